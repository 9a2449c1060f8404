"""Whether two rows are the same clinician or programme: which pairs to compare, and a weight that can be explained.

Pure: rows in, pairs with their weights out. The weights are data (`matching_up.toml`), the sum is shown to whoever
decides, and only what `is_sure` says is ever merged without a person.
"""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from itertools import combinations
from typing import Any
from urllib.parse import urlsplit

from warmhandoff.directory.name_likeness import alike_names

MOST_IN_A_BLOCK = 60
PEOPLE = frozenset({"therapist", "prescriber"})
_FILLING = frozenset({
    "a", "and", "at", "center", "centre", "clinic", "counseling", "dr", "for", "group", "health", "inc", "llc",
    "mental", "mr", "mrs", "ms", "mx", "of", "pa", "pc", "pllc", "practice", "program", "programs", "service",
    "services", "the", "therapy",
})  # fmt: skip
_STREET = {"avenue": "ave", "boulevard": "blvd", "drive": "dr", "lane": "ln", "road": "rd", "street": "st",
           "suite": "ste", "north": "n", "south": "s", "east": "e", "west": "w", "highway": "hwy"}  # fmt: skip


@cache
def weights() -> dict[str, Any]:
    return tomllib.loads(files("warmhandoff.directory").joinpath("matching_up.toml").read_text(encoding="utf-8"))


@cache
def bits(field: str, level: str) -> float:
    """log2(m / u) of one field that agrees on this level."""
    level_weights = weights()[field][level]
    return round(math.log2(level_weights["m"] / level_weights["u"]), 1)


@cache
def _credentials() -> frozenset[str]:
    raw = tomllib.loads(files("warmhandoff.directory").joinpath("credentials.toml").read_text(encoding="utf-8"))
    return frozenset(part for codes in raw.values() for code in codes for part in _words(code))


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign)).replace("'", "").replace(".", "")
    return re.findall(r"[a-z0-9]+", plain)


@dataclass(frozen=True)
class Compared:
    """One row as it is compared. `owner`: the practice whose own it is, as text; "" for a shared one."""

    id: int
    owner: str
    values: Mapping[str, Any]
    changed: bool = True

    def text(self, field: str) -> str:
        return str(self.values.get(field) or "")

    @cached_property
    def person(self) -> bool:
        return self.text("kind") in PEOPLE

    @cached_property
    def name(self) -> tuple[str, ...]:
        """The words of the name that tell; credentials, titles and what every practice is called are left out."""
        words = _words(self.text("name").partition(",")[0] if self.person else self.text("name"))
        telling = [word for word in words if word not in _FILLING and not (self.person and word in _credentials())]
        return tuple(telling or words)

    @cached_property
    def phone(self) -> str:
        digits = re.sub(r"\D", "", re.split(r"(?i)\s*(?:ext|x)", self.text("phone"))[0])
        return digits[-10:] if len(digits) >= 10 else ""

    @cached_property
    def site(self) -> str:
        parts = urlsplit(self.text("website").casefold())
        return (parts.netloc.removeprefix("www.") + parts.path.rstrip("/")) if parts.netloc else ""

    @cached_property
    def street(self) -> str:
        return " ".join(_STREET.get(word, word) for word in _words(self.text("address")))

    @cached_property
    def email(self) -> str:
        return self.text("email").casefold()


def _exactly(first: str, second: str) -> str:
    return "" if not first or not second else "same" if first == second else "other"


def _place(first: Compared, second: Compared) -> str:
    zips, cities = (first.text("zip"), second.text("zip")), (first.text("city"), second.text("city"))
    if all(zips) and zips[0] == zips[1]:
        return "same" if first.street and first.street == second.street else "zip"
    if all(cities) and cities[0].casefold() == cities[1].casefold():
        return "city"
    return "other" if all(zips) or all(cities) else ""


def _name(first: Compared, second: Compared) -> str:
    alike = alike_names(first.name, second.name, whole=not (first.person and second.person))
    return "same" if alike >= 0.97 else "close" if alike >= 0.9 else "partly" if alike >= 0.8 else "other"


def levels(first: Compared, second: Compared) -> dict[str, str]:
    """field -> level on which the two agree, but for the name; fields that one of them does not know are left out."""
    found = {
        "npi": _exactly(first.text("npi"), second.text("npi")), "phone": _exactly(first.phone, second.phone),
        "place": _place(first, second), "email": _exactly(first.email, second.email),
        "website": _exactly(first.site, second.site), "kind": "same" if first.person == second.person else "other",
    }  # fmt: skip
    return {field: level for field, level in found.items() if level}


@dataclass(frozen=True)
class Pair:
    """Two rows, the lower id first, and what their weight is the sum of: (field, level, bits)."""

    first: int
    second: int
    weight: float
    why: tuple[tuple[str, str, float], ...]
    sure: bool


def compare(first: Compared, second: Compared) -> Pair | None:
    """The weight of two rows being the same, in bits: the sum of the fields' shares, what houses share capped.

    None where it does not reach `ask_from`; names, which take longest, are looked at only where they could matter.
    """
    if first.id > second.id:
        first, second = second, first
    found = levels(first, second)
    why = [(field, level, bits(field, level)) for field, level in found.items()]
    excess = sum(share for field, _, share in why if field in weights()["shared"]) - weights()["most_shared"]
    if excess > 0:
        why.append(("cap", "over", round(-excess, 1)))
    least = weights()["ask_from"]
    if sum(share for _, _, share in why) + bits("name", "same") < least:
        return None
    found["name"] = _name(first, second)
    why.insert(0, ("name", found["name"], bits("name", found["name"])))
    weight = round(sum(share for _, _, share in why), 1)
    return Pair(first.id, second.id, weight, tuple(why), is_sure(first, second, found)) if weight >= least else None


def is_sure(first: Compared, second: Compared, found: Mapping[str, str]) -> bool:
    """Whether no person need be asked: one NPI, of one sort, of one name, and not two places.

    An NPI is one person's or one organisation's (45 CFR 162.408); an organisation may use one for many sites, and a
    clinician with two offices may be listed twice on purpose. So an organisation must share the address as well.
    """
    if found.get("npi") != "same" or found["kind"] != "same" or found["name"] not in ("same", "close"):
        return False
    return found.get("place") == "same" if not first.person else found.get("place") != "other"


def _blocks(row: Compared) -> Iterator[tuple[str, ...]]:
    initial = row.name[0][:1] if row.name else ""
    if row.text("npi"):
        yield ("npi", row.text("npi"))
    for field, value in (("phone", row.phone), ("email", row.email)):
        if value:
            yield (field, value, initial)
            yield (field, value, row.name[-1][:1] if row.name else "")
    for word in set(row.name):
        if row.text("zip") and len(word) > 2:
            yield ("zip", row.text("zip"), word[:4])
    longest = sorted(sorted(set(row.name)), key=len)[-2:]
    if len(longest) == 2:
        yield ("name", *sorted(longest), row.text("state"))


@dataclass
class Found:
    """What a look brought: pairs from `ask_from` on, how many were compared, and how many blocks were too large."""

    pairs: list[Pair]
    compared: int = 0
    too_large: int = 0


def find_pairs(rows: Iterable[Compared]) -> Found:
    """Every pair within a block that weighs enough to be asked about; what is sure is among them.

    Two rows are compared when they share an NPI; telephone or e-mail and an initial; ZIP and the beginning of a word
    of the name; or two words of the name in one state. A block of more than MOST_IN_A_BLOCK rows tells nothing and is
    left out (of NPIs too: such a number is a mistake), so the work grows with the rows and not with their square.
    Pairs of which neither row changed, and pairs of two practices, are left out.
    """
    known: dict[int, Compared] = {}
    blocks: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row in rows:
        known[row.id] = row
        for key in set(_blocks(row)):
            blocks[key].append(row.id)
    found, seen = Found([]), set[tuple[int, int]]()
    for members in blocks.values():
        if len(members) > MOST_IN_A_BLOCK:
            found.too_large += 1
            continue
        for one, other in combinations(sorted(members), 2):
            first, second = known[one], known[other]
            if (one, other) in seen or not (first.changed or second.changed) or not _may_meet(first, second):
                continue
            seen.add((one, other))
            pair = compare(first, second)
            if pair is not None:
                found.pairs.append(pair)
    found.compared = len(seen)
    found.pairs.sort(key=lambda pair: (-pair.weight, pair.first, pair.second))
    return found


def _may_meet(first: Compared, second: Compared) -> bool:
    return first.owner == second.owner or not first.owner or not second.owner
