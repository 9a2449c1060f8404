"""The engine's answers in words: why a listing stands where it does, what to ask it, what would open more options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from warmhandoff import matching
from warmhandoff.directory.queries import Card
from warmhandoff.rules.vocab import vocabulary
from warmhandoff.web.templatetags.words import away, join_and, money

TERMS = {
    "specialism": "Specialises in it",
    "concerns_wished": "Experience you would like",
    "modality": "Method you would like",
    "identity": "Who they are",
    "times": "Times that work",
    "distance": "Distance",
    "wait": "Soon",
    "trust": "You know them",
    "responsiveness": "Answers quickly",
    "freshness": "Recently checked",
}
# What to ask a listing of which a must is unknown.
ASK = {
    "kind": "Is this the kind of help you offer?",
    "level": "Which level of care do you offer?",
    "accepting": "Are you taking new clients, and how long is the wait?",
    "concerns": "Do you work with this?",
    "modalities_must": "Do you offer this method?",
    "identities_must": "Does someone on your team match what the client asked for?",
    "access": "Can you meet these access needs?",
    "age_group": "Do you see this age group?",
    "participants": "Do you see individuals, couples, families or groups?",
    "languages": "Which languages do you hold sessions in?",
    "payment": "Do you take this way of paying?",
    "place": "Do you offer sessions in this format, and are you licensed where the client is?",
    "times": "Which times do you have?",
}
FAILS = {
    "kind": "another kind of help",
    "level": "another level of care",
    "exclude": "was tried already, or is set aside for this referral",
    "accepting": "takes no new clients within the wait that is fine",
    "concerns": "does not work with this",
    "modalities_must": "does not offer this method",
    "identities_must": "does not match what the client asked for",
    "access": "does not meet these access needs",
    "age_group": "does not see this age group",
    "participants": "does not see those who would take part",
    "languages": "no sessions in the language",
    "payment": "does not take this way of paying",
    "place": "too far away, another format, or not licensed where the client is",
    "times": "no time that works",
}
_VOCABULARY = {
    "concerns": "concerns", "modalities_must": "modalities", "identities_must": "identities", "access": "access",
}
_PAYMENT = {
    "out_of_network": "out of network", "sliding": "sliding scale within the budget", "fee": "fee within the budget",
}
_KNOWN = {"know_well": "you know them well", "met": "you have met", "heard_of": "you have heard of them"}


def label(name: str, code: str) -> str:
    """A code's label; a code that only this server knows is its own label."""
    words = vocabulary(name)
    return words.label(code) if code in words else code


def shares(terms: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The terms of a score for parts/score.html; takes engine terms or their JSON form, the largest share first."""
    rows = [row if isinstance(row, Mapping) else vars(row) for row in terms.values()]
    drawn = [
        {"label": TERMS.get(name, name), "share": row["share"], "weight": row["weight"], "t": row["t"]}
        for name, row in zip(terms, rows, strict=True)
    ]
    return sorted(drawn, key=lambda row: -row["share"])


def _specialism(card: Card, need: Mapping[str, Any]) -> str:
    wanted = [label("concerns", code) for code in [*(need.get("concerns") or []), *(need.get("concerns_wished") or [])]]
    shown = [name for name in wanted if name in card.specialises_in]
    if shown:
        return f"specialises in {join_and(shown).lower()}"
    treats = [name for name in wanted if name in card.treats]
    return f"works with {join_and(treats).lower()}" if treats else ""


def _method(card: Card, need: Mapping[str, Any]) -> str:
    codes = [*(need.get("modalities_must") or []), *(need.get("modalities_wished") or [])]
    shown = [name for name in (label("modalities", code) for code in codes) if name in card.modalities]
    return join_and(shown)


def _pays(need: Mapping[str, Any], route: str) -> str:
    payment = need.get("payment") or {}
    if route == "plan" and payment.get("plan"):
        return f"lists {label('plans', payment['plan'])}"
    return _PAYMENT.get(route, "")


def reasons(option: Mapping[str, Any], card: Card | None, need: Mapping[str, Any]) -> str:
    """One sentence on why this listing is an option: what it is good at, payment, way and wait. `option` as in JSON."""
    parts = [_specialism(card, need), _method(card, need)] if card else []
    parts.append(_pays(need, str(option.get("payment", ""))))
    distance = option.get("miles")
    if option.get("format") == "in_person":
        parts.append(f"in person, {away(distance)}" if distance is not None else "in person")
    elif option.get("format") == "telehealth":
        parts.append("telehealth")
    if card:
        parts += [card.fee, f"openings {card.wait}" if card.wait else ""]
        parts.append(_KNOWN.get(card.relationship, "not yet in your network"))
    said = [part for part in parts if part]
    sentence = "; ".join(said)
    return f"{sentence[:1].upper()}{sentence[1:]}." if said else ""


def questions(ask: Sequence[str]) -> list[str]:
    """What to ask a listing that is likely, to confirm."""
    return [ASK.get(must, must) for must in ask]


def faults(found: Sequence[str]) -> list[str]:
    """`fails` of an explanation in words: "does not work with this (grief)"."""
    return [_with_code(FAILS, entry) for entry in found]


def unknowns(found: Sequence[str]) -> list[str]:
    """`unknown` of an explanation as questions."""
    return [_with_code(ASK, entry) for entry in found]


def _with_code(words: Mapping[str, str], entry: str) -> str:
    must, _, code = entry.partition(":")
    said = words.get(must, must)
    return f"{said} ({label(_VOCABULARY[must], code)})" if code and must in _VOCABULARY else said


@dataclass(frozen=True)
class Loosening:
    """One change of the need, in words, and what it would open. `place` names it without saying what it is."""

    place: int
    words: str
    total: int


def loosenings(answer: matching.Answer) -> list[Loosening]:
    """The changes that would open more options than there are now, those that open most first."""
    found = [
        Loosening(place, change_in_words(one.must, one.change), one.total)
        for place, one in enumerate(answer.relaxations or ()) if one.total > answer.total
    ]
    return sorted(found, key=lambda one: (-one.total, one.place))


_CHANGES = {
    ("payment", "out_of_network"): "Out of network too",
    ("payment", "+25%"): "A quarter more a session",
    ("payment", "+50%"): "Half as much again a session",
    ("payment", "drop"): "Any way of paying",
    ("radius_miles", "x2"): "Twice the distance",
    ("radius_miles", "x4"): "Four times the distance",
    ("formats", "add:telehealth"): "Telehealth too",
    ("formats", "add:in_person"): "In person too",
    ("accepting", "waitlist"): "A waiting list, however long",
    ("age_group", "drop"): "Any age group",
    ("participants", "drop"): "Whoever takes part",
    ("languages", "drop"): "Any language",
    ("times", "drop"): "Any time of the week",
}


def change_in_words(must: str, change: str) -> str:
    """A loosening as a person says it: "Without “EMDR”", "Twice the distance"."""
    if (must, change) in _CHANGES:
        return _CHANGES[must, change]
    code = change.partition(":")[2]
    return f"Without “{label(_VOCABULARY[must], code)}”" if must in _VOCABULARY else f"{must}: {change}"


def loosened(need: Mapping[str, Any], place: int) -> dict[str, Any]:
    """The need.json with the loosening at this place made; the need as it is where there is no such place."""
    found = matching.loosenings(matching.parse_need(dict(need)))
    if not 0 <= place < len(found):
        return dict(need)
    return _changed(dict(need), found[place].field, found[place].change)


def _changed(need: dict[str, Any], name: str, change: str) -> dict[str, Any]:
    verb, _, code = change.partition(":")
    if name == "accepting":
        return need | {"max_wait_days": 3650}
    if name == "radius_miles":
        return need | {name: need[name] * int(change[1:])}
    if verb == "add":
        return need | {name: [*need[name], code]}
    if name == "payment":
        return need | {"payment": _paid(dict(need["payment"]), change)}
    if code:
        return need | {name: [one for one in need[name] if one != code]}
    return {key: value for key, value in need.items() if key != name}


def _paid(payment: dict[str, Any], change: str) -> dict[str, Any]:
    if change == "out_of_network":
        return payment | {"accepts_out_of_network": True}
    if change in ("+25%", "+50%"):
        return {"budget": payment["budget"] * (125 if change == "+25%" else 150) // 100}
    return {"any": True}


def need_in_words(need: Mapping[str, Any]) -> str:
    """A need on one line: "Therapist · trauma · Aetna · within 20 miles of 78704 or telehealth"."""
    words = [label("kinds", need["kind"]).partition(" (")[0]] if need.get("kind") else []
    if need.get("level") and need["level"] != "outpatient":
        words.append(label("levels", need["level"]))
    for name in ("concerns", "modalities_must", "identities_must"):
        words += [label(_VOCABULARY[name], code) for code in need.get(name) or []]
    if need.get("age_group"):
        words.append(label("age_groups", need["age_group"]))
    words.append(_payment_in_words(need.get("payment") or {}))
    words.append(_place_in_words(need))
    words += [join_and([label("languages", code) for code in need.get("languages") or []])]
    return " · ".join(word for word in words if word)


def _payment_in_words(payment: Mapping[str, Any]) -> str:
    if payment.get("plan"):
        outside = " or out of network" if payment.get("accepts_out_of_network") else ""
        return label("plans", payment["plan"]) + outside
    return f"up to {money(payment['budget'])} a session" if payment.get("budget") is not None else ""


def _place_in_words(need: Mapping[str, Any]) -> str:
    formats, zip_code = need.get("formats") or [], (need.get("place") or {}).get("zip", "")
    ways = []
    if "in_person" in formats:
        ways.append(f"within {need.get('radius_miles') or 0:g} miles" + (f" of {zip_code}" if zip_code else ""))
    if "telehealth" in formats:
        ways.append("telehealth")
    return " or ".join(ways)
