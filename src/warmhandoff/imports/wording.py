"""What free words say of a service: words.toml, with its sources and date. Only what is said outright counts."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from warmhandoff.rules.vocab import vocabulary

_AGES = {"early_childhood": (0, 5), "child": (6, 12), "adolescent": (13, 17), "young_adult": (18, 25),
         "adult": (26, 64), "older_adult": (65, 90)}  # fmt: skip
_PARTS = {"morning": (6, 11), "midday": (11, 14), "afternoon": (14, 17), "evening": (17, 22)}
_DAYS = {"MO": "mon", "TU": "tue", "WE": "wed", "TH": "thu", "FR": "fri", "SA": "sat", "SU": "sun"}
_FREE = re.compile(r"(none|free|no (fees?|charge|cost))( of charge)?[.!]?", re.IGNORECASE)
_SLIDING = re.compile(r"\bsliding\b(?! door)", re.IGNORECASE)
_NEGATED = r"\b(no|not|isn't|without|limited|lacks?)\b[^.;]{0,30}"


@dataclass(frozen=True)
class _Words:
    kinds: tuple[tuple[re.Pattern[str], dict[str, Any]], ...]
    access: dict[str, re.Pattern[str]]
    confidential: dict[str, re.Pattern[str]]


@cache
def _words() -> _Words:
    raw = tomllib.loads(files("warmhandoff.imports").joinpath("words.toml").read_text(encoding="utf-8"))
    kinds = [
        (re.compile(entry["words"], re.IGNORECASE), {k: v for k, v in entry.items() if k != "words"})
        for entry in raw["kinds"]
    ]
    return _Words(
        tuple(kinds), {code: re.compile(words, re.IGNORECASE) for code, words in raw["access"].items()},
        {name: re.compile(words, re.IGNORECASE) for name, words in raw["confidential"].items()},
    )  # fmt: skip


def kind_of(text: str) -> dict[str, Any]:
    """Kind and, where it is clear, level of care of a service by its name and terms."""
    for words, facts in _words().kinds:
        if words.search(text):
            return dict(facts)
    return {"kind": "social_service", "levels": ["not_clinical"]}


def is_confidential(name: str, everything: str) -> bool:
    """Whether the place of a service is to be kept from others. `everything`: all that is said of it and its place."""
    rules = _words().confidential
    hidden = rules["stay"].search(name) and rules["violence"].search(everything)
    return bool(rules["said"].search(everything) or rules["named"].search(name) or hidden)


def access_of(texts: Iterable[str]) -> list[str]:
    """Codes of access that these notes speak of, and do not deny."""
    found = set()
    for text in texts:
        for code, words in _words().access.items():
            said = words.search(text)
            if said and not re.search(_NEGATED + re.escape(said[0]), text, re.IGNORECASE):
                found.add(code)
    return sorted(found)


@cache
def _languages() -> tuple[re.Pattern[str], dict[str, str]]:
    labels = {entry.label.lower(): entry.code for entry in vocabulary("languages").entries.values()}
    longest_first = sorted(labels, key=len, reverse=True)
    return re.compile(r"\b(" + "|".join(map(re.escape, longest_first)) + r")\b", re.IGNORECASE), labels


def languages_of(texts: Iterable[str]) -> list[str]:
    """Codes of the languages that these notes name, but for those of which little is spoken."""
    pattern, labels = _languages()
    found = set()
    for text in texts:
        for said in pattern.finditer(text):
            before = text[max(0, said.start() - 30) : said.start()]
            if not re.search(r"\b(no|not|limited|some|little)\b[^.;]*$", before, re.IGNORECASE):
                found.add(labels[said[0].lower()])
    return sorted(found)


def ages_of(lowest: float | None, highest: float | None) -> list[str] | None:
    """The age groups that lie wholly between two ages; None where neither is told, or no group does."""
    if lowest is None and highest is None:
        return None
    low, high = lowest or 0, 120 if highest is None else highest
    return [code for code, (first, last) in _AGES.items() if low <= first and last <= high] or None


def times_of(days: Iterable[str], opens: str, closes: str) -> set[str]:
    """The parts of these days (MO, TU, ...) of which at least an hour lies between two times like 09:00."""
    begin, end = _hour(opens), _hour(closes)
    if begin is None or end is None or end <= begin:
        return set()
    parts = [part for part, (first, last) in _PARTS.items() if min(end, last) - max(begin, first) >= 1]
    return {f"{_DAYS[day]}_{part}" for day in days if day in _DAYS for part in parts}


def _hour(text: str) -> float | None:
    found = re.match(r"(\d{1,2}):(\d{2})", text)
    if not found or int(found[1]) > 24 or int(found[2]) > 59:
        return None
    return int(found[1]) + int(found[2]) / 60


def fee_of(text: str) -> dict[str, Any]:
    """What a note about fees says outright: that there is none, or that it slides."""
    if _FREE.fullmatch(" ".join(text.split())):
        return {"fee": 0}
    return {"sliding_scale": True} if _SLIDING.search(text) else {}
