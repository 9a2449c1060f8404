"""About how many people share what a text tells: k-anonymity against facts given, as an estimate that warns.

k = people of the place x share of the age x share of the concerns x share of languages x share of identities.
Figures are rough, dated and sourced (sharing.toml). The population of a ZIP is not kept: a state's people are spread
evenly over its ZIPs, less where ZIPs lie far apart, and what HHS lists as small stays small. Of several concerns the
rarest counts in full and each further one by its square root, for they come together more often than by chance; of
several ages and places the smallest counts. So leaving a fact out never lowers k (a property test holds it to that).
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from warmhandoff.rules.identifying import findings
from warmhandoff.rules.places import Place, place_of_zip, places_in_state
from warmhandoff.rules.vocab import vocabulary

_NEAR_MILES, _USUAL_NEAR = 10.0, 10


@dataclass(frozen=True)
class Fact:
    """Something the text tells. `people`: how many live there (places alone); `share`: of everyone (all others)."""

    kind: str
    code: str
    words: str
    share: float = 1.0
    people: int = 0
    source: str = ""


@dataclass(frozen=True)
class Drop:
    """What k becomes without one fact."""

    fact: Fact
    k: int


@dataclass(frozen=True)
class Estimate:
    """`k`: about how many people share all facts. `drops`: one for each fact, the one that helps most first."""

    k: int
    facts: tuple[Fact, ...]
    drops: tuple[Drop, ...]


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("warmhandoff.rules").joinpath("sharing.toml").read_text(encoding="utf-8"))


def usual_least() -> int:
    """The k below which is warned, where a practice says nothing else."""
    return int(_data()["usual_least"])


def sources() -> dict[str, str]:
    """Code of a source -> where the figure comes from, and as of when."""
    return dict(_data()["sources"])


def share_of(kind: str, code: str) -> tuple[float, str]:
    """The share of people of whom this is true, and the code of its source. kind: ages, concerns, languages ..."""
    table = _data()[kind]
    if code in table["shares"]:
        named = (source for source, codes in table.get("figures", {}).items() if code in codes)
        return float(table["shares"][code]), str(next(named, table["source"]))
    return float(_data()["unknown"][kind]), str(_data()["unknown"]["source"])


def population(state: str) -> int:
    """The people of a state; of a place without a figure, those of the smallest."""
    states = _data()["population"]["states"]
    return int(states.get(state) or min(states.values()))


def everyone() -> int:
    """All people of whom there is a figure: where no place is told."""
    return sum(_data()["population"]["states"].values())


@lru_cache(maxsize=4096)
def people_of_zip(zip_code: str) -> int:
    """About how many live in a ZIP, or in those that begin with three digits; 0 where no such ZIP is known."""
    rows = _beginning(zip_code[:3])
    here = [row for row in rows if row.zip.startswith(zip_code)]
    if not here:
        return 0
    each = [population(row.state) / len(places_in_state()[row.state]) * _density(row, rows) for row in here]
    small = _data()["small_zip3"]
    most = small["most"] * len(here) / len(rows) if zip_code[:3] in small["codes"] else math.inf
    return max(1, int(min(sum(each), most)))


@cache
def _beginning(three: str) -> tuple[Place, ...]:
    return tuple(row for rows in places_in_state().values() for row in rows if row.zip.startswith(three))


def _density(row: Place, rows: Iterable[Place]) -> float:
    """1 where ten ZIPs of the region lie within ten miles; a tenth where it lies alone."""
    width = math.cos(math.radians(row.lat))
    near = sum(
        math.hypot((one.lat - row.lat) * 69, (one.lon - row.lon) * 69 * width) <= _NEAR_MILES for one in rows
    )
    return min(1.0, near / _USUAL_NEAR)


@cache
def _cities(state: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in places_in_state().get(state, ()):
        found.setdefault(row.city.casefold(), []).append(row.zip)
    return {city: tuple(zips) for city, zips in found.items()}


@lru_cache(maxsize=1024)
def people_of_city(city: str, state: str) -> int:
    """About how many live in the ZIPs of this post-office name; 0 where the state has none of it."""
    return sum(people_of_zip(zip_code) for zip_code in _cities(state).get(city.casefold(), ()))


@cache
def _spellings(kind: str) -> tuple[re.Pattern[str], dict[str, str]]:
    """One pattern for everything of this kind, and the code behind each spelling."""
    codes: dict[str, str] = {}
    if kind != "ages":
        for code in vocabulary(kind):
            for word in re.split(r" \(|\)|, ", vocabulary(kind).label(code)):
                codes.setdefault(word.strip().casefold(), code)
    for code, words in _data()["spellings"].get(kind, {}).items():
        codes |= {word.casefold(): code for word in words}
    codes.pop("", None)
    spelled = "|".join(re.escape(word) for word in sorted(codes, key=len, reverse=True))
    return re.compile(rf"(?<![\w-])(?:{spelled})(?![\w])", re.IGNORECASE), codes


_LANGUAGE = re.compile(
    r"\b([A-Z][a-z]+)(?:[- ]speaking|[- ]speaker)|\b(?:in|speaks?|speaking|language:?)\s+([A-Z][a-z]+)\b"
    r"|\b(ASL|Spanish|Mandarin|Cantonese|bilingual Spanish)\b"
)
_OTHER_LANGUAGES = {"asl": "ase", "mandarin": "zh", "cantonese": "zh"}


@cache
def _labels_of_languages() -> dict[str, str]:
    words = vocabulary("languages")
    return {words.label(code).casefold(): code for code in words} | _OTHER_LANGUAGES


def _languages(text: str) -> Iterator[tuple[str, str]]:
    labels = _labels_of_languages()
    for match in _LANGUAGE.finditer(text):
        said = next(part for part in match.groups() if part)
        if said.casefold() in labels:
            yield labels[said.casefold()], said


def _told(text: str) -> Iterator[Fact]:
    for kind in ("ages", "concerns", "identities"):
        pattern, codes = _spellings(kind)
        for match in pattern.finditer(text):
            code = codes[match[0].casefold()]
            yield _fact(kind, code, match[0])
    for code, said in _languages(text):
        yield _fact("languages", code, said)
    for one in findings(text):
        if one.kind == "age":
            yield _fact("ages", "one_year", one.words)


def _fact(kind: str, code: str, words: str) -> Fact:
    share, source = share_of(kind, code)
    return Fact(kind, code, words, share=share, source=source)


_ZIP = re.compile(r"(?<![\d-])(\d{5})(?![\d])|(?<!\d)(\d{3})(?:xx|XX|\*\*)(?!\w)")
_CITY = re.compile(
    r"\b(?:in|near|around|of|from)\s+((?:[A-Z][\w.'-]+\s?){1,3})"
    r"|\b((?:[A-Z][\w.'-]+\s?){1,3}),\s*([A-Z]{2})\b"
)


def _places(text: str, home: str) -> Iterator[Fact]:
    for match in _ZIP.finditer(text):
        said = match[1] or match[2]
        if people := people_of_zip(said):
            yield Fact("place", said, match[0], people=people, source="census2020")
    near = place_of_zip(home)
    for match in _CITY.finditer(text):
        words, state = (match[1] or match[2]).split(), match[3] or (near.state if near else "")
        for count in range(len(words), 0, -1):
            city = " ".join(words[:count]).rstrip(".,")
            if people := people_of_city(city, state):
                yield Fact("place", f"{city.casefold()}, {state}", city, people=people, source="census2020")
                break


def facts_in(text: str, *, home: str = "") -> tuple[Fact, ...]:
    """What the text tells that others could match with a person, each fact once. home: the ZIP of the practice."""
    found: dict[tuple[str, str], Fact] = {}
    for fact in (*_places(text, home), *_told(text)):
        found.setdefault((fact.kind, fact.code), fact)
    return tuple(found.values())


def estimated(facts: Iterable[Fact], *, home: str = "") -> int:
    """k of these facts. home: the ZIP of the practice, in whose region the text is read anyway."""
    shares: dict[str, list[float]] = {}
    people = people_of_zip(home[:3]) if home else 0
    least = float(people or everyone())
    for fact in facts:
        if fact.kind == "place":
            least = min(least, fact.people)
        else:
            shares.setdefault(fact.kind, []).append(fact.share)
    for kind, values in shares.items():
        least *= _together(kind, sorted(values))
    return int(least)


def _together(kind: str, shares: list[float]) -> float:
    if kind == "ages":
        return shares[0]
    if kind == "concerns":
        return shares[0] * math.prod(math.sqrt(share) for share in shares[1:])
    return math.prod(shares)


def estimate(text: str, *, home: str = "") -> Estimate:
    """About how many people share everything the text tells, and what leaving out each fact would bring."""
    facts = facts_in(text, home=home)
    drops = [Drop(fact, estimated([one for one in facts if one != fact], home=home)) for fact in facts]
    return Estimate(estimated(facts, home=home), facts, tuple(sorted(drops, key=lambda drop: -drop.k)))


def about(k: int) -> str:
    """A number as an estimate says it: "fewer than 10", "about 40", "about 3,000", "more than 100,000"."""
    if k < 10:
        return "fewer than 10"
    if k >= 100_000:
        return "more than 100,000"
    digits = 10 ** (len(str(k)) - 1)
    return f"about {k // digits * digits:,}"
