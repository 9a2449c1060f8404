"""One listing as it comes from outside, read strictly into a `Listing`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from warmhandoff.matching.reading import Fields
from warmhandoff.matching.types import INT64_MIN, Listing
from warmhandoff.rules.places import looks_like_zip, place_of_zip
from warmhandoff.rules.refusals import BadInput, Problem
from warmhandoff.rules.vocab import vocabulary

VOCABULARY_OF = {
    "levels": "levels",
    "licensed_states": "states",
    "compacts": "compacts",
    "treats": "concerns",
    "specialises_in": "concerns",
    "modalities": "modalities",
    "age_groups": "age_groups",
    "participants": "participants",
    "languages": "languages",
    "formats": "formats",
    "times": "times",
    "identities": "identities",
    "access": "access",
}
WHOLE = ("fee", "sliding_floor", "wait_days", "verified_days", "openings")
FIELDS = frozenset(field.name for field in fields(Listing)) | {"zip", "state"}


def unknown_fields(raw: Mapping[str, object]) -> list[str]:
    """The field names of a listing that do not exist: left unread, and counted by whoever reads the file."""
    return [name for name in raw if name not in FIELDS]


def parse_listing(raw: Mapping[str, object]) -> Listing:
    """A mapping as in listings.jsonl -> `Listing`. Left out or null is unknown (`trust`: 0, `compacts`: none).

    `zip` gives the point where `lat` and `lon` are not both given; a ZIP that is not in the table leaves the
    place unknown (see `place_is_lost`). Refuses, with every fault and its field: a missing `id` or `kind`, an
    unknown code, an impossible number, `specialises_in` outside `treats` or without it.
    """
    read = Fields(raw)
    values: dict[str, object] = {name: read.codes(name, vocabulary(source)) for name, source in VOCABULARY_OF.items()}
    values |= {name: read.whole(name) for name in WHOLE}
    values |= {"plans": read.plans("plans"), "name": read.text("name")}
    values |= {name: read.flag(name) for name in ("out_of_network", "sliding_scale")}
    values |= {"accepting": read.code("accepting", vocabulary("accepting"))}
    values |= {name: read.number(name, low=0, high=1) for name in ("trust", "responsiveness")}
    values |= dict(zip(("lat", "lon"), _point(read), strict=True))
    values["id"], values["kind"] = _key(read)
    read.code("state", vocabulary("states"))
    _check_specialises_in(read, values)
    read.refuse_if_wrong()
    values["compacts"] = values["compacts"] or ()
    values["trust"] = values["trust"] or 0.0
    return Listing(**values)  # type: ignore[arg-type]  # each value was read by the type of its field


def place_is_lost(raw: Mapping[str, object]) -> bool:
    """A ZIP was given and nothing else says where: it is well formed, and not in the table."""
    if raw.get("lat") is not None and raw.get("lon") is not None:
        return False
    zip_code = raw.get("zip")
    return isinstance(zip_code, str) and looks_like_zip(zip_code) and place_of_zip(zip_code) is None


def _key(read: Fields) -> tuple[int | None, str | None]:
    for name in ("id", "kind"):
        if not read.given(name):
            read.wrong(name, "is missing")
    return read.whole("id", low=INT64_MIN), read.code("kind", vocabulary("kinds"))


def _point(read: Fields) -> tuple[float | None, float | None]:
    lat, lon = read.number("lat", low=-90, high=90), read.number("lon", low=-180, high=180)
    zip_code = read.text("zip")
    if zip_code is not None and not looks_like_zip(zip_code):
        read.wrong("zip", f"a ZIP of five digits is needed, not {zip_code[:20]!a}")
    elif zip_code is not None and not (read.given("lat") and read.given("lon")):
        place = place_of_zip(zip_code)
        return (place.lat, place.lon) if place else (None, None)
    return lat, lon


def _check_specialises_in(read: Fields, values: Mapping[str, object]) -> None:
    treats, special = values["treats"], values["specialises_in"]
    if not isinstance(special, tuple):
        return
    if not read.given("treats"):
        read.wrong("specialises_in", "is given while treats is unknown")
    elif isinstance(treats, tuple):
        for code in special:
            if code not in treats and code in vocabulary("concerns"):
                read.wrong("specialises_in", f"'{code}' is not within treats")


def refuse_repeated_id(listing_id: int) -> BadInput:
    return BadInput(Problem(f"two listings have the id {listing_id}", field="id"))
