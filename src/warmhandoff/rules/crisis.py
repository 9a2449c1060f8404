"""The crisis path as rules: what the screener suggests, which lines answer, what a safety plan holds, when to ask.

Nothing here decides. A suggestion carries its source and date, and the clinician's judgment stands above it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from warmhandoff.rules.places import normalised_zip, place_of_zip
from warmhandoff.rules.refusals import BadInput, Problem
from warmhandoff.rules.wording import plain_date

FOLLOW_UP_WITHIN = timedelta(hours=24)
ANSWERS = {"yes": "Yes", "no": "No", "not_asked": "Not asked"}
# Question 6 knows when: within the last three months, or before.
WHEN = {"recent": "Yes, in the last 3 months", "before": "Yes, longer ago", "no": "No", "not_asked": "Not asked"}


@cache
def table() -> dict[str, Any]:
    """Everything in crisis.toml, as it stands there."""
    return tomllib.loads(files("warmhandoff.rules").joinpath("crisis.toml").read_text(encoding="utf-8"))


@cache
def labels(name: str) -> dict[str, str]:
    """Code -> words of one list of crisis.toml: question, band, done, basis, text or part."""
    return {entry["code"]: entry.get("label") or entry["asks"] for entry in table()[name]}


@dataclass(frozen=True)
class Line:
    """A line that answers day and night. `call`, `text`: as written down; "" where there is no such way."""

    name: str
    call: str
    text: str
    for_whom: str
    chat: str
    source: str
    as_of: str


@cache
def lines() -> tuple[Line, ...]:
    """The 24-hour lines, 988 first."""
    return tuple(Line(**entry) for entry in table()["line"])


@dataclass(frozen=True)
class Band:
    """What the answers suggest: code, words, and what the guidance behind it asks for."""

    code: str
    label: str
    says: str


def check_answers(answers: Mapping[str, str]) -> dict[str, str]:
    """The answers to the screener by question; those left out were not asked. Unknown ones are refused."""
    known = labels("question")
    problems = [Problem(f"unknown question {code!r}", field="screening") for code in answers if code not in known]
    found = {}
    for code in known:
        answer = answers.get(code) or "not_asked"
        if answer not in (WHEN if code == "behavior" else ANSWERS):
            problems.append(Problem("choose one of the answers", field=f"screening_{code}"))
        found[code] = answer
    if problems:
        raise BadInput(*problems)
    return found


def triage(answers: Mapping[str, str]) -> Band:
    """The band that the answers to the C-SSRS screener suggest.

    High: intent (4), a plan with intent (5), or behaviour within three months (6). Moderate: a method (3), or behaviour
    longer ago. Low: a wish to be dead (1) or thoughts (2). None: 1, 2 and 6 answered with no; else too few answers.
    Source: The Columbia Lighthouse Project, screener with triage points; see crisis.toml for the date.
    """
    given = check_answers(answers)
    if "yes" in (given["intent"], given["plan"]) or given["behavior"] == "recent":
        return _band("high")
    if given["method"] == "yes" or given["behavior"] == "before":
        return _band("moderate")
    if "yes" in (given["wish"], given["thoughts"]):
        return _band("low")
    asked_all = all(given[code] == "no" for code in ("wish", "thoughts", "behavior"))
    return _band("none" if asked_all else "open")


def not_asked(answers: Mapping[str, str]) -> list[str]:
    """The questions that the screener would ask as well, given these answers: 1, 2, 6, and 3 to 5 after a yes to 2."""
    given = check_answers(answers)
    wanted = ["wish", "thoughts", *(["method", "intent", "plan"] if given["thoughts"] == "yes" else []), "behavior"]
    return [labels("question")[code] for code in wanted if given[code] == "not_asked"]


def _band(code: str) -> Band:
    return next(Band(**entry) for entry in table()["band"] if entry["code"] == code)


def band_of(code: str) -> Band | None:
    """A band that was kept; None where no screening was."""
    return _band(code) if code in labels("band") else None


def follow_up_due(now: datetime) -> datetime:
    """When someone asks after her at the latest: within 24 hours of what was written down."""
    return now + FOLLOW_UP_WITHIN


@dataclass(frozen=True)
class Where:
    """Where she is now, as far as it was said. `zip`: "" where none is known; `says`: whom to call for that place."""

    zip: str
    says: str


def where(said: str) -> Where:
    """What is said about the place where she is: a ZIP code, a country of crisis.toml, or anything else.

    By telehealth 911 reaches the dispatcher of the place where the clinician is (FCC 911 rules for wireless and VoIP).
    """
    code = normalised_zip(said)
    place = place_of_zip(code) if code else None
    if place is not None:
        town = f"{place.city.title()}, {place.state} {place.zip}"
        says = (f"Near {town}. Are you somewhere else? Tell 911 at once that she is near {town}, and ask to be put "
                "through to the dispatcher there.")  # fmt: skip
        return Where(place.zip, says)
    for country in table()["country"]:
        if country["name"].casefold() == said.strip().casefold():
            read = f"({country['source']}, {country['as_of']}; where it differs, what you know of the place counts.)"
            return Where("", f"{country['name']}: {country['says']} {read}")
    if not said.strip():
        return Where("", "")
    return Where("", "No such ZIP code is known, so nothing near it can be shown. 911 reaches the dispatcher of the "
                     "place where you are: tell them where she is, and ask to be put through.")


def plan_paragraphs(parts: Mapping[str, str], made_on: date, language: str) -> list[str]:
    """Her copy of the safety plan, title first, in her language; parts without words are left out."""
    words = table()["words"]["es" if language == "es" else "en"]
    found = [words["title"], words["about"]]
    for entry in table()["part"]:
        if text := parts.get(entry["code"], "").strip():
            found += [f"{entry['es' if language == 'es' else 'en']}:", *text.splitlines()]
    return [*found, words["danger"], words["made"].format(day=plain_date(made_on, language))]
