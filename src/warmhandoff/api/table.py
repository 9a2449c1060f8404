"""The API as one table: routes, permissions, checks, OpenAPI and the pages that explain it come from it.

What stands in no line here is not answered, and a line without an answer in api/answers.py fails the tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from warmhandoff.api.schemas import STATES_AND_KINDS
from warmhandoff.rules.access import Scope

ROOT = "/api/v1/"
Method = Literal["GET", "POST", "PATCH"]
Needs = Scope | Literal["", "any"]  # "": no token; "any": a token in force, whatever its scopes


@dataclass(frozen=True)
class Parameter:
    """One name in the query, the address or a header, by `place`; `schema` is what its value is checked against."""

    name: str
    words: str
    schema: Mapping[str, Any]
    place: Literal["query", "path", "header"] = "query"
    required: bool = False


@dataclass(frozen=True)
class Endpoint:
    """One line: `path` below ROOT with {names}, `answer` and `body` names of schemas, `problems` codes of refusals.

    `once`: it writes, and is done once for each Idempotency-Key.
    """

    name: str
    method: Method
    path: str
    needs: Needs
    title: str
    words: str
    answer: str
    kind: str = "application/json"
    parameters: tuple[Parameter, ...] = ()
    body: str = ""
    once: bool = False
    problems: tuple[str, ...] = field(default=())

    @property
    def refusals(self) -> tuple[str, ...]:
        """Codes of every refusal this line can give."""
        if not self.needs:
            return ()
        scoped = () if self.needs == "any" else ("not_allowed",)
        return ("no_token", *scoped, *self.problems, "bad_input", "too_many", "unavailable")


_PAGE = Parameter("page", "Which page, from 1.", {"type": "integer", "minimum": 1, "maximum": 1_000_000, "default": 1})
_LISTINGS = (
    Parameter(
        "scope", "network: the practice's own and those it knows; shared: those that all practices share; all.",
        {"enum": ["network", "shared", "all"], "default": "network"},
    ),
    Parameter("words", "Every word must occur in name, city or ZIP.", {"type": "string", "maxLength": 200}),
    Parameter("state", "Where the listing is.", STATES_AND_KINDS["state"]),
    Parameter("kind", "What kind it is of.", STATES_AND_KINDS["kind"]),
    _PAGE,
    Parameter("per_page", "How many on a page.", {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}),
)  # fmt: skip

_ID = Parameter("listing_id", "Its id.", {"type": "integer", "minimum": 0}, "path")
_KEY = Parameter(
    "Idempotency-Key", "A text of your own for this request: sent again within a day, it is answered the same and "
    "nothing is done twice. With another request it is refused.",
    {"type": "string", "pattern": "^[!-~]{1,128}$", "maxLength": 128}, "header",
)  # fmt: skip
_IF_MATCH = Parameter(
    "If-Match", "The ETag of the listing as you read it. Where it was changed since then, nothing is written.",
    {"type": "string", "pattern": '^"[0-9a-f]{32}"$'}, "header", required=True,
)  # fmt: skip

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "practice", "GET", "practice", "any", "Who am I",
        "The practice the token belongs to, what the token may do, and when it runs out.", "Practice",
    ),
    Endpoint(
        "listings", "GET", "listings", "directory:read", "List listings",
        "Listings by name, each with every fact, its age and whether it still counts as known. A fact that is not "
        "there is not known. Where a place is kept confidential it is left out, and nothing can be found by it.",
        "Listings", parameters=_LISTINGS,
    ),
    Endpoint(
        "listing", "GET", "listings/{listing_id}", "directory:read", "One listing",
        "One listing with every fact. Another practice's looks as if it did not exist.", "Listing",
        parameters=(_ID,), problems=("not_there",),
    ),
    Endpoint(
        "listing_add", "POST", "listings", "directory:write", "Enter a listing",
        "A new listing of the practice, with the facts that are known; name and kind are needed.", "Listing",
        parameters=(_KEY,), body="NewListing", once=True,
    ),
    Endpoint(
        "listing_change", "PATCH", "listings/{listing_id}", "directory:write", "Change a listing",
        "Facts of one of the practice's own listings; null makes one unknown. Read the listing first and send its ETag "
        "as If-Match: nobody's change is written over.", "Listing",
        parameters=(_ID, _IF_MATCH), body="ChangedListing", problems=("not_there", "stale"),
    ),
    Endpoint(
        "listing_still_true", "POST", "listings/{listing_id}/still-true", "directory:write", "Say what is still true",
        "Facts of one of the practice's own listings that were checked today, with the listing itself, and hold.",
        "Listing", parameters=(_ID, _KEY), body="StillTrue", once=True, problems=("not_there",),
    ),
    Endpoint(
        "match", "POST", "match", "match", "Match a need",
        "The best options for a need as in need.json, over the practice's directory: the document of "
        "warmhandoff match --json. Nothing is kept, so an Idempotency-Key may be sent and changes nothing. Send no "
        "names: a need says what is looked for, not who looks.",
        "Answer", body="Need",
        parameters=(
            Parameter("k", "How many options and possibles.",
                      {"type": "integer", "minimum": 1, "maximum": 100, "default": 3}),
            Parameter("relax", "Say what one loosening would open, also where options suffice.",
                      {"type": "boolean", "default": False}),
        ),
    ),
    Endpoint(
        "audit", "GET", "audit", "audit:read", "Read the audit",
        "Who looked at, changed or was refused what in this practice, newest first. Ids and verbs, never content; that "
        "it was read is an entry too.", "Looks",
        parameters=(
            Parameter("before", "Entries before this number: the `older` of the page before.",
                      {"type": "integer", "minimum": 1, "maximum": 2**62}),
            Parameter("verb", "Only this verb.", {"type": "string", "pattern": "^[a-z_]{1,40}$"}),
            Parameter("who", "Only this member or program.", {"type": "string", "format": "uuid"}),
        ),
    ),
    Endpoint(
        "openapi", "GET", "openapi.json", "", "This description", "The OpenAPI 3.1 document of this API.", "OpenApi",
    ),
    Endpoint(
        "docs", "GET", "docs", "", "This description, to read", "The same as a page.", "", kind="text/html",
    ),
)  # fmt: skip


def by_path() -> Iterator[tuple[str, dict[str, Endpoint]]]:
    """Each path with its lines by method."""
    for path in dict.fromkeys(endpoint.path for endpoint in ENDPOINTS):
        yield path, {endpoint.method: endpoint for endpoint in ENDPOINTS if endpoint.path == path}
