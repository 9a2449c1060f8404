"""Every fact a listing can have: what it is called, what values it takes, and how a value is checked.

The engine's fields are those of listings.jsonl; the others are for people. A value that fails its check is refused
with its field's name: a wrong guess about a fact becomes a wrong referral.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from urllib.parse import urlsplit

from warmhandoff.rules.places import looks_like_zip
from warmhandoff.rules.refusals import BadInput, Problem
from warmhandoff.rules.vocab import vocabulary

Shape = Literal["text", "code", "codes", "plans", "flag", "whole", "number", "zip", "npi", "email", "website", "date"]


@dataclass(frozen=True)
class FactField:
    """One field: its words for staff, its shape, its vocabulary (codes) or its bounds (numbers, length of texts)."""

    name: str
    label: str
    shape: Shape
    vocabulary: str = ""
    low: float = 0
    high: float = 2**31 - 1
    length: int = 300


FIELDS: dict[str, FactField] = {
    field.name: field
    for field in (
        FactField("name", "Name", "text"),
        FactField("other_names", "Other names", "text"),
        FactField("credentials", "Credentials", "text", length=120),
        FactField("kind", "Kind", "code", "kinds"),
        FactField("program_type", "Type of programme", "text"),
        FactField("levels", "Levels of care", "codes", "levels"),
        FactField("accepting", "New clients", "code", "accepting"),
        FactField("wait_days", "Days to a first appointment", "whole", high=3650),
        FactField("openings", "Openings", "whole", high=100_000),
        FactField("treats", "Works with", "codes", "concerns"),
        FactField("specialises_in", "Specialises in", "codes", "concerns"),
        FactField("modalities", "Methods", "codes", "modalities"),
        FactField("age_groups", "Ages", "codes", "age_groups"),
        FactField("participants", "Sees", "codes", "participants"),
        FactField("languages", "Languages", "codes", "languages"),
        FactField("plans", "Plans", "plans"),
        FactField("out_of_network", "Works out of network", "flag"),
        FactField("fee", "Fee a session", "whole", high=10_000_000),
        FactField("sliding_scale", "Sliding scale", "flag"),
        FactField("sliding_floor", "Lowest sliding fee", "whole", high=10_000_000),
        FactField("formats", "Formats", "codes", "formats"),
        FactField("times", "Times", "codes", "times"),
        FactField("identities", "Describes themselves as", "codes", "identities"),
        FactField("access", "Access", "codes", "access"),
        FactField("licensed_states", "Licensed in", "codes", "states"),
        FactField("licensed_until", "Licence runs until", "date"),
        FactField("compacts", "Compacts", "codes", "compacts"),
        FactField("responsiveness", "Answers", "number", high=1),
        FactField("phone", "Phone", "text", length=60),
        FactField("fax", "Fax", "text", length=60),
        FactField("email", "E-mail", "email", length=254),
        FactField("direct_address", "Direct address", "email", length=254),
        FactField("website", "Website", "website"),
        FactField("address", "Address", "text"),
        FactField("city", "City", "text", length=120),
        FactField("state", "State", "code", "states"),
        FactField("zip", "ZIP", "zip"),
        FactField("lat", "Latitude", "number", low=-90, high=90),
        FactField("lon", "Longitude", "number", low=-180, high=180),
        FactField("confidential", "Place kept confidential", "flag"),
        FactField("npi", "NPI", "npi"),
        FactField("about", "About", "text", length=2000),
    )
}

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NPI = re.compile(r"[0-9]{10}")
_EMAIL = re.compile(r"[^\s@<>(),;:\"]+@[^\s@<>(),;:\"]+\.[^\s@<>(),;:\"]+")


class _Wrong(Exception):
    """The reason why one value was refused."""


def is_npi(text: str) -> bool:
    """Ten digits whose last is the check digit: Luhn over 80840 and the number (CMS, NPI check digit calculation)."""
    if not _NPI.fullmatch(text):
        return False
    total = 0
    for place, digit in enumerate(reversed("80840" + text)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _text(field: FactField, value: object) -> str | None:
    if not isinstance(value, str):
        raise _Wrong("text is needed")
    text = value.strip()
    if _CONTROL.search(text):
        raise _Wrong("holds a control character")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _Wrong("holds half a character") from error
    if len(text) > field.length:
        raise _Wrong(f"is longer than {field.length} characters")
    return text or None


def _code(field: FactField, value: object) -> str:
    known = vocabulary(field.vocabulary)
    if not isinstance(value, str):
        raise _Wrong("a code is needed")
    if value not in known:
        raise _Wrong(known.unknown(value))
    return value


def _items(value: object) -> list[object]:
    if not isinstance(value, (list, tuple, set, frozenset)):
        raise _Wrong("a list is needed")
    return sorted(value, key=repr) if isinstance(value, (set, frozenset)) else list(value)


def _codes(field: FactField, value: object) -> list[str]:
    known = vocabulary(field.vocabulary)
    wanted = {_code(field, item) for item in _items(value)}
    order = {code: place for place, code in enumerate(known.entries)}
    return sorted(wanted, key=lambda code: (order.get(code, len(order)), code))


def _plans(field: FactField, value: object) -> list[str]:
    found = []
    for item in _items(value):
        plan = _text(FactField("plans", "Plans", "text", length=100), item)
        if plan is None:
            raise _Wrong("a plan's name is empty")
        found.append(plan)
    return sorted(set(found))


def _flag(field: FactField, value: object) -> bool:
    if not isinstance(value, bool):
        raise _Wrong("yes or no is needed")
    return value


def _whole(field: FactField, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Wrong("a whole number is needed")
    if not field.low <= value <= field.high:
        raise _Wrong(f"a whole number from {field.low:.0f} to {field.high:.0f} is needed")
    return value


def _number(field: FactField, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _Wrong("a number is needed")
    if not math.isfinite(value) or not field.low <= value <= field.high:
        raise _Wrong(f"a number from {field.low:g} to {field.high:g} is needed")
    return float(value)


def _zip(field: FactField, value: object) -> str:
    if not isinstance(value, str) or not looks_like_zip(value):
        raise _Wrong("a ZIP of five digits is needed")
    return value


def _npi(field: FactField, value: object) -> str:
    if not isinstance(value, str) or not is_npi(value):
        raise _Wrong("is no NPI: ten digits, the last of which checks the others")
    return value


def _email(field: FactField, value: object) -> str | None:
    text = _text(field, value)
    if text is not None and not _EMAIL.fullmatch(text):
        raise _Wrong("is no e-mail address")
    return text


def _website(field: FactField, value: object) -> str | None:
    text = _text(field, value)
    if text is None:
        return None
    address = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(address)
        named = parts.scheme in ("http", "https") and "." in (parts.hostname or "")
    except ValueError:
        named = False
    if not named or re.search(r"\s", address):
        raise _Wrong("is no address of a website")
    return address


def _date(field: FactField, value: object) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError as error:
        raise _Wrong("a date like 2027-06-30 is needed") from error


_CHECKS: dict[Shape, Callable[[FactField, object], Any]] = {
    "text": _text, "code": _code, "codes": _codes, "plans": _plans, "flag": _flag, "whole": _whole,
    "number": _number, "zip": _zip, "npi": _npi, "email": _email, "website": _website, "date": _date,
}  # fmt: skip


def checked(values: Mapping[str, object]) -> dict[str, Any]:
    """field -> value as it is stored: codes in the vocabulary's order without repetition, texts trimmed.

    None stays None ("unknown"), an empty text becomes None; an empty list is a known "none". Refuses, with every
    fault and its field: a field that does not exist, a value of another shape, an unknown code, an impossible number,
    a point of one number or at 0, 0 (which is what lost coordinates look like), a speciality outside what is treated.
    """
    problems: list[Problem] = []
    found: dict[str, Any] = {}
    for name, value in values.items():
        field = FIELDS.get(name)
        if field is None:
            problems.append(Problem("there is no such fact", field=str(name)[:60]))
        elif value is None:
            found[name] = None
        else:
            try:
                found[name] = _CHECKS[field.shape](field, value)
            except _Wrong as wrong:
                problems.append(Problem(str(wrong), field=name))
    problems += _contradictions(found, {problem.field for problem in problems})
    if problems:
        raise BadInput(*problems)
    return found


def _contradictions(values: Mapping[str, Any], faulty: set[str | None]) -> list[Problem]:
    problems = []
    lat, lon = values.get("lat"), values.get("lon")
    if faulty & {"lat", "lon"}:
        pass  # one fault of the point is enough
    elif (lat is None) != (lon is None):
        missing = "lat" if lat is None else "lon"
        problems.append(Problem("a point needs both its numbers", field=missing))
    elif lat == 0 and lon == 0:
        problems.append(Problem("0, 0 lies in the sea off Africa: the coordinates are lost", field="lat"))
    treats, special = values.get("treats"), values.get("specialises_in")
    if special and "treats" in values:
        outside = [code for code in special if code not in (treats or ())]
        if outside:
            problems.append(Problem(f"{', '.join(outside)} is not among what is treated", field="specialises_in"))
    return problems
