"""The discharge summary: its sections, and a first text of each drafted from facts of the record, never made up.

Sections after the articles and the usual content of a closing summary (APA Record Keeping Guidelines 2007, no. 2; LOINC
18842-5), read 2026-11. Two parts: the chart's, and a shareable one, which starts without diagnosis and risk.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from warmhandoff.rules.wording import plain_date

SECTIONS = {
    "treated_for": "Reason for treatment",
    "diagnosis": "Diagnosis",
    "course": "Course",
    "progress": "Progress toward goals",
    "ending": "Reason for ending",
    "risk": "Risk at ending",
    "referrals": "Referrals given",
    "recommendations": "Recommendations",
    "crisis": "In a crisis",
}
NEEDED = ("treated_for", "course", "ending", "risk")  # without these a chart's part is not signed
LONGEST = 10_000  # characters of a section
CRISIS = (
    "In danger: call 911, or go to the nearest emergency room. At any hour call or text 988 (988 Suicide & Crisis "
    "Lifeline); chat at 988lifeline.org."
)


@dataclass(frozen=True)
class Made:
    """One referral as the summary tells it. to: who took her, or whom she was given; came_of: in plain words."""

    what: str
    to: Sequence[str]
    came_of: str


@dataclass(frozen=True)
class Facts:
    """What the record says. Texts are the clinician's own; what the record does not hold is "" or empty.

    in_care_from, ended_on: days on the practice's calendar. reasons, client_reasons: of her referrals, the chart's
    words and hers. crises: days of notes; safety_plan: whether there is one. ground, ground_words: of the bridge.
    """

    in_care_from: date
    ended_on: date
    reasons: Sequence[str] = ()
    client_reasons: Sequence[str] = ()
    concerns: Sequence[str] = ()
    background: Sequence[str] = ()
    diagnoses: Sequence[str] = ()
    course: Sequence[str] = ()
    goals: Sequence[str] = ()
    check_ins: Sequence[str] = ()
    ground: str = ""
    ground_words: str = ""
    risk: Sequence[str] = ()
    crises: Sequence[date] = ()
    safety_plan: bool = False
    referrals: Sequence[Made] = ()


def draft(facts: Facts) -> tuple[dict[str, str], dict[str, str]]:
    """A first text of both parts, (chart, shareable): section -> text, "" where the record says nothing.

    The same facts give the same words. The shareable part holds neither diagnosis nor risk nor the chart's reasons:
    whoever wants them in it writes them there.
    """
    span = f"In care here from {_day(facts.in_care_from)} to {_day(facts.ended_on)}."
    treated_for = _lines(f"Came for: {', '.join(facts.concerns)}." if facts.concerns else "", *facts.background)
    referrals = _lines(*(_referral(one) for one in facts.referrals)) or "None."
    progress = _lines(*(f"Goal: {goal}" for goal in facts.goals))
    recommended = _recommended(facts.referrals)
    chart = {
        "treated_for": treated_for, "diagnosis": _lines(*facts.diagnoses), "course": _lines(span, *facts.course),
        "progress": _lines(progress, *facts.check_ins),
        "ending": _lines(_sentence(facts.ground), facts.ground_words, *facts.reasons), "risk": _risk(facts),
        "referrals": referrals, "recommendations": recommended, "crisis": CRISIS,
    }
    shareable = dict.fromkeys(SECTIONS, "") | {
        "treated_for": treated_for, "course": span, "progress": progress,
        "ending": _lines(*facts.client_reasons), "referrals": referrals, "recommendations": recommended,
        "crisis": CRISIS,
    }
    return chart, shareable


def _day(day: date) -> str:
    return plain_date(day, "en")


def _lines(*texts: str) -> str:
    """Every text once, in order, one a line."""
    return "\n".join(dict.fromkeys(text.strip() for text in texts if text.strip()))


def _sentence(words: str) -> str:
    return f"{words}." if words and not words.endswith(".") else words


def _referral(one: Made) -> str:
    to = f" ({', '.join(one.to)})" if one.to else ""
    return f"{one.what}{to}: {one.came_of}."


def _recommended(made: Sequence[Made]) -> str:
    names = dict.fromkeys(name for one in made for name in one.to)
    return f"To go on with, or to turn to: {', '.join(names)}." if names else ""


def _risk(facts: Facts) -> str:
    days = ", ".join(_day(day) for day in facts.crises)
    return _lines(
        *facts.risk,
        f"Crises written down: {days}." if days else "No crisis is written down.",
        "There is a safety plan." if facts.safety_plan else "There is no safety plan in the record.",
    )


def lacking(chart: Mapping[str, str]) -> list[str]:
    """The sections without which the chart's part is not signed, and which are empty."""
    return [code for code in NEEDED if not chart.get(code, "").strip()]


def lines(part: Mapping[str, str]) -> list[tuple[str, str]]:
    """What a part says, section by section in order, without those that are empty."""
    return [(label, part[code]) for code, label in SECTIONS.items() if part.get(code, "").strip()]


def fingerprint(chart: Mapping[str, str], shareable: Mapping[str, str]) -> str:
    """SHA-256 (hex) over both parts as signed."""
    both = {"chart": dict(chart), "shareable": dict(shareable)}
    return hashlib.sha256(json.dumps(both, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
