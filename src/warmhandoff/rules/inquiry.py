"""The anonymous inquiry and the need post as rules: what they say, their states, and when an answer is due.

Both are written about the helper sought, from the need alone: nothing of the chart is read. An inquiry asks several
listings at once, before anyone is told who it is for; of all their answers the client confirms one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from warmhandoff.rules.places import place_of_zip
from warmhandoff.rules.sharing import estimate, usual_least
from warmhandoff.rules.vocab import vocabulary

# Where an inquiry stands with one listing. "withdrawn": someone else was found, or the need is gone.
STATES = {
    "waiting": "Not answered yet", "yes": "Has room", "waitlist": "Has a waiting list", "no": "No room",
    "question": "Asks something first", "withdrawn": "Told that someone was found",
}
ANSWERS = ("yes", "waitlist", "no", "question")
OPEN = frozenset({"waiting", "question", "yes", "waitlist"})
WAYS = {"mail": "by mail", "by_hand": "by a link handed over", "phone": "by phone"}
ENDS = {"found": "Someone was found", "ended": "Ended by us", "over": "The referral went on without it"}

# What stands on the referral as its one next step, in place of what its state says, while an inquiry is out.
WAITING, HEARD, ASKED_BACK, NOBODY, SILENT = (
    "Hear who has room", "Tell the client who has room", "Answer a question to the inquiry",
    "Nobody asked has room: ask others", "The inquiry went unanswered: call, or ask others",
)
STEPS = frozenset({WAITING, HEARD, ASKED_BACK, NOBODY, SILENT})
# Where an inquiry may begin, and where its news may stand as the next step: before anything about her has left.
BEFORE_NAMES = frozenset({"needed", "offered", "undecided", "declined", "silent", "waitlisted", "missed", "taken"})

USUAL_DAYS, LONGEST_DAYS = 3, 20  # business days until an answer is hoped for
ASKED_AGAIN = timedelta(days=30)
MOST_AT_ONCE = 12
POST_LIFE = timedelta(days=14)
LONGEST_POST = timedelta(days=60)
LONGEST_TEXT = 2000


def next_step(states: Collection[str], *, silent: bool = False) -> tuple[str, str]:
    """The step an open inquiry asks for and whom it waits on, from what those asked have said so far."""
    if "question" in states:
        return ASKED_BACK, "referrer"
    if {"yes", "waitlist"} & set(states):
        return HEARD, "referrer"
    if "waiting" not in states:
        return NOBODY, "referrer"
    return (SILENT, "referrer") if silent else (WAITING, "recipient")


def _plain(name: str, code: str) -> str:
    words = vocabulary(name)
    return words.label(code).partition(" (")[0] if code in words else code


def _and(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


_HELPER = {
    "therapist": "therapist", "prescriber": "prescriber", "evaluation": "evaluation or testing",
    "group": "therapy or skills group", "program": "treatment program", "peer_support": "peer support",
}
_AGES = {
    "early_childhood": "young children", "child": "children", "adolescent": "teenagers", "young_adult": "young adults",
    "adult": "adults", "older_adult": "older adults",
}
_PARTS = ("morning", "midday", "afternoon", "evening")
_METHODS = {
    "dbt": "DBT", "dbt_comprehensive": "comprehensive DBT", "cbt": "CBT", "act": "ACT", "emdr": "EMDR", "ifs": "IFS",
    "cbt_i": "CBT-I", "erp": "ERP", "cpt": "CPT", "eft": "EFT", "tfcbt": "TF-CBT", "pcit": "PCIT",
}


def _helper(need: Mapping[str, Any]) -> str:
    """"Spanish-speaking DBT therapist who works with trauma and grief"."""
    spoken = [_plain("languages", code) for code in need.get("languages") or [] if code != "en"]
    methods = [_METHODS.get(code) or _plain("modalities", code) for code in need.get("modalities_must") or []]
    level = need.get("level") or ""
    words = [f"{'- and '.join(spoken)}-speaking"] if spoken else []
    words += ["/".join(methods)] if methods else []
    words += [_plain("levels", level).lower()] if level not in ("", "outpatient", "not_clinical") else []
    kind = str(need.get("kind") or "therapist")
    words.append(_HELPER.get(kind) or _plain("kinds", kind).lower())
    concerns = [_lower(_plain("concerns", code)) for code in need.get("concerns") or []]
    works = {"group": " for ", "program": " for ", "therapist": " who works with "}.get(kind, " experienced with ")
    return " ".join(words) + (works + _and(concerns) if concerns else "")


def _lower(label: str) -> str:
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _times(codes: list[str]) -> str:
    """"evenings", or "Monday evening and Saturday morning" where it is few."""
    parts = {code.partition("_")[2] for code in codes}
    if len(codes) <= 2:
        return _and([_plain("times", code) for code in codes])
    named = [f"{part}s" if part != "midday" else part for part in _PARTS if part in parts]
    if all(code[:3] in ("sat", "sun") for code in codes):
        return "weekends"
    return _and(named) if len(named) < len(_PARTS) else "any time of day"


def _pays(payment: Mapping[str, Any]) -> str:
    if payment.get("plan"):
        return _plain("plans", payment["plan"])
    if payment.get("budget") is not None:
        return f"up to ${payment['budget'] // 100} a session"
    return ""


def place_words(zip_code: str, near: str) -> str:
    """Where, as exact as asked for: "zip", "city" or "region"."""
    place = place_of_zip(zip_code)
    if place is None or near == "zip":
        return zip_code
    return place.city if near == "city" else f"{zip_code[:3]}xx"


def _where(need: Mapping[str, Any], near: str) -> str:
    zip_code = str((need.get("place") or {}).get("zip") or "")
    formats, ways = need.get("formats") or [], []
    if "in_person" in formats:
        ways.append(f"in person near {place_words(zip_code, near)}" if zip_code else "in person")
    if "telehealth" in formats:
        ways.append("by telehealth")
    return " or ".join(ways)


def _compose(need: Mapping[str, Any], begin: str, near: str) -> str:
    age = _AGES.get(str(need.get("age_group") or ""), "")
    taking_part = {"couple": "a couple", "family": "a family"}.get(str(need.get("participants") or ""), "")
    lines = [f"{begin} {_helper(need)}.", f"Seeing {age}." if age else "", f"For {taking_part}." if taking_part else ""]
    wanted = [_plain("identities", code) for code in need.get("identities_must") or []]
    lines.append(f"Wished: {_and(wanted)}." if wanted else "")
    details = [_pays(need.get("payment") or {}), _times(list(need.get("times") or [])), _where(need, near)]
    details += [_lower(_plain("access", code)) for code in need.get("access") or []]
    said = ", ".join(part for part in details if part)
    lines.append(f"{said[:1].upper()}{said[1:]}." if said else "")
    return " ".join(line for line in lines if line)


def _safest(need: Mapping[str, Any], begin: str, home: str, least: int) -> str:
    """With the place as exact as leaves at least so many people who share it all; else with the region."""
    text = ""
    for near in ("zip", "city", "region"):
        text = _compose(need, begin, near)
        if estimate(text, home=home).k >= least:
            break
    return text


def draft_inquiry(need: Mapping[str, Any], *, home: str = "", least: int | None = None) -> str:
    """The question to listings, from the need: about the helper sought. home: the practice's ZIP."""
    text = _safest(need, "Do you have room? Sought: a", home, usual_least() if least is None else least)
    return text.replace("Sought: a evaluation", "Sought: an evaluation").replace("Sought: a inte", "Sought: an inte")


def draft_post(need: Mapping[str, Any], *, home: str = "", least: int | None = None) -> str:
    """The text for a listserv or a group, from the need: "Seeking a Spanish-speaking DBT therapist. Aetna, ..."."""
    text = _safest(need, "Seeking a", home, usual_least() if least is None else least)
    return text.replace("Seeking a evaluation", "Seeking an evaluation").replace("Seeking a inte", "Seeking an inte")
