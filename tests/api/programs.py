"""Programs of two practices with every kind of token, listings for them to read, and one good question of each line."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.test import Client as Browser

from tests.cast import NOW, Cast
from tests.flows.listings import NEED, add
from warmhandoff.accounts.api_clients import NewApiClient, create, end, enter
from warmhandoff.api.table import ENDPOINTS, ROOT, Endpoint
from warmhandoff.directory import listing
from warmhandoff.directory.models import Listing, Source
from warmhandoff.rules.access import SCOPES

LINES = {line.name: line for line in ENDPOINTS}
# A question of each line that is well put: query and body.
GOOD: dict[str, tuple[dict[str, str], Any]] = {
    "practice": ({}, None), "listings": ({"scope": "all", "per_page": "100"}, None), "listing": ({}, None),
    "listing_add": ({}, {"facts": {"name": "Noor Haddad", "kind": "therapist", "zip": "78704"}}),
    "listing_change": ({}, {"facts": {"fee": 12000}, "verified": True}),
    "listing_still_true": ({}, {"facts": ["name"]}),
    "match": ({"k": "2"}, NEED), "audit": ({}, None), "openapi": ({}, None), "docs": ({}, None),
}  # fmt: skip


@dataclass
class Programs:
    """Tokens by name, ids of listings by relation, and a way to ask."""

    cast: Cast
    tokens: dict[str, str] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    web: Browser = field(default_factory=lambda: Browser(raise_request_exception=False))

    def ask(self, line: Endpoint | str, token: str = "all", **more: Any) -> Any:
        """A good question with this token, changed by `relation`, `method`, `query`, `body`, `headers`."""
        line = LINES[line] if isinstance(line, str) else line
        query, body = GOOD[line.name]
        sent = more.get("body", body)
        given = self.tokens.get(token, token)
        shown = {"Authorization": f"Bearer {given}"} if given else {}
        headers = {**self._if_match(line, more), **shown, **more.get("headers", {})}
        path = ROOT + line.path.replace("{listing_id}", str(self.ids[more.get("relation", "own")]))
        return self.web.generic(
            more.get("method", line.method), path, sent if isinstance(sent, bytes) else json.dumps(sent or {}).encode(),
            content_type=more.get("kind", "application/json"), query_params=more.get("query", query), headers=headers,
        )  # fmt: skip


    def _if_match(self, line: Endpoint, more: dict[str, Any]) -> dict[str, str]:
        """The version of the listing, for lines that want it, as a program that may read all would know it."""
        if line.name != "listing_change" or more.get("versioned"):
            return {}
        read = self.ask("listing", "foreign" if more.get("relation") == "foreign" else "all",
                        relation=more.get("relation", "own"))  # fmt: skip
        return {"If-Match": read.headers.get("ETag", f'"{"0" * 32}"')}


def token_of(cast: Cast, part: str, *scopes: str, days: int = 365, now: Any = NOW) -> str:
    return create(cast.actor(part), NewApiClient("Website", "shows the directory", scopes, days), now=now)


def shared(name: str) -> int:
    source = Source.objects.create(name=f"of the server: {name}", kind="entered", created_at=NOW)
    row = Listing.objects.create(
        practice=None, source=source, source_key="1", name=name, kind="therapist", changed_at=NOW
    )
    return row.pk


def make_programs(cast: Cast) -> Programs:
    made = Programs(cast)
    made.tokens = {scope: token_of(cast, "admin", scope) for scope in SCOPES}
    made.tokens |= {
        "all": token_of(cast, "admin", *SCOPES), "foreign": token_of(cast, "outsider", *SCOPES),
        "expired": token_of(cast, "admin", *SCOPES, days=1, now=NOW - timedelta(days=2)),
        "ended": token_of(cast, "admin", *SCOPES), "wrong": "wh_" + "0" * 52, "none": "", "no token": "Basic",
    }  # fmt: skip
    ended = enter(made.tokens["ended"], address="", now=NOW).actor.api_client_id
    assert ended is not None
    end(cast.actor("admin"), ended, now=NOW)
    facts = {"name": "Of Elsewhere", "kind": "therapist", "zip": "78704", "treats": ["trauma"]}
    made.ids = {
        "own": add(cast, "Lena Ortiz, LCSW"), "shared": shared("Open Door"), "random": 987_654_321,
        "foreign": listing.enter(cast.actor("outsider"), facts, now=NOW, verified=True),
    }  # fmt: skip
    return made
