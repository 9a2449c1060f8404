"""One row's cells -> facts, as the mapping says. A cell that cannot be read rejects its row, with field and reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping as AnyMapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from warmhandoff.directory.fields import FIELDS, checked
from warmhandoff.directory.importing import Row
from warmhandoff.imports.carried import day_of
from warmhandoff.imports.mapping import IN_FORM, DateRule, FactRule, Mapping, PointRule, SetRule
from warmhandoff.rules.places import normalised_zip
from warmhandoff.rules.refusals import BadInput, Problem
from warmhandoff.rules.vocab import vocabulary

Cells = AnyMapping[str, str]
_WKT = re.compile(r"POINT\s*\(\s*(-?[0-9.]+)\s+(-?[0-9.]+)\s*\)", re.IGNORECASE)
_YES_NO = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}


def wrong(field: str, reason: str) -> BadInput:
    return BadInput(Problem(reason, field=field))


def key_of(mapping: Mapping, cells: Cells) -> str | None:
    """The row's key within its source; None when one of its columns is blank or it is too long to be one."""
    parts = [cells.get(column, "").strip() for column in mapping.key]
    key = "/".join(parts)
    return key if all(parts) and len(key) <= 200 and key.isprintable() else None


_GUARDED = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", "'")


def unguarded(cell: str) -> str:
    """A cell without the apostrophe that our own export put before a sign of formulas."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_GUARDED) else cell


def row_of(mapping: Mapping, cells: Cells, line: int, today: date) -> Row:
    """The row as it lands. Refuses (BadInput, each problem with its field) what cannot be read."""
    for only in mapping.only:
        text = cells[only.column].strip()
        if text not in only.values:
            raise wrong(only.column, f"{only.reason} ({text[:80] or 'blank'})")
    key = key_of(mapping, cells)
    if key is None:
        raise wrong("key", f"{' and '.join(mapping.key)} must not be blank, and at most 200 characters together")
    facts = dict(mapping.constants)
    for rule in mapping.sets:
        facts |= _set(mapping, rule, cells)
    problems: list[Problem] = []
    for fact in mapping.facts:
        try:
            value = _fact(mapping, fact, cells)
        except BadInput as refusal:
            problems += refusal.problems
            continue
        if value is not None:
            facts[fact.fact] = value
    if problems:
        raise BadInput(*problems)
    facts |= _point(mapping.point, cells) if mapping.point else {}
    return Row(
        line=line, key=key, facts=_whole(facts), stated_on=_date(mapping.stated, cells, today),
        verified_on=_date(mapping.verified, cells, today),
        dates=_each_date(mapping.each, cells, today) if mapping.each else {},
    )  # fmt: skip


def _whole(facts: dict[str, Any]) -> dict[str, Any]:
    found = {field: value for field, value in checked(facts).items() if value is not None}
    for needed in ("name", "kind"):
        if not found.get(needed):
            raise wrong(needed, "is blank: a listing needs it")
    return found


def _text(mapping: Mapping, rule: FactRule, text: str) -> str:
    clean = text.strip() if rule.as_is else " ".join(text.split())
    return "" if clean in mapping.unknown or clean in rule.unknown else clean


def _written(mapping: Mapping, rule: FactRule, cells: Cells) -> str:
    texts = {column: _text(mapping, rule, cells[column]) for column in rule.columns}
    if rule.form:
        filled = IN_FORM.sub(lambda found: texts[found[1].strip()], rule.form)
        return " ".join(filled.split()).strip(" ,;") if any(texts.values()) else ""
    given = [text for text in texts.values() if text]
    if rule.first:
        return given[0] if given else ""
    return rule.join.join(given)


def _fact(mapping: Mapping, rule: FactRule, cells: Cells) -> Any:
    text = _written(mapping, rule, cells)
    if rule.blank:
        return None if text else True
    if not text:
        return None
    if rule.case == "title":
        text = text.title()
    shape = FIELDS[rule.fact].shape
    if shape in ("codes", "plans"):
        return _codes(rule, text)
    if rule.values:
        return _looked_up(rule, text)
    return _READ.get(shape, lambda rule, text: text)(rule, text)


def _codes(rule: FactRule, text: str) -> list[str] | None:
    if rule.none and text == rule.none:
        return []
    parts = [part.strip() for part in text.split(rule.split or ";")]
    found: list[str] = []
    for part in filter(None, parts):
        value = _looked_up(rule, part)
        found += value if isinstance(value, list) else [value] if value is not None else []
    return found or None


def _looked_up(rule: FactRule, text: str) -> Any:
    if text in rule.values:
        return rule.values[text]
    field = FIELDS[rule.fact]
    if field.shape == "plans" and (not rule.values or rule.otherwise == "keep"):
        return text
    if field.vocabulary:
        known = vocabulary(field.vocabulary)
        code = text.upper() if field.vocabulary == "states" else text.lower().replace(" ", "_").replace("-", "_")
        if code in known:
            return code
        if rule.otherwise == "reject":
            raise wrong(rule.fact, known.unknown(text))
    if rule.otherwise == "reject":
        raise wrong(rule.fact, f"the mapping has no value for {text[:80]!r}")
    return None


def _flag(rule: FactRule, text: str) -> bool:
    if text.lower() not in _YES_NO:
        raise wrong(rule.fact, f"yes or no is needed, not {text[:40]!r}")
    return _YES_NO[text.lower()]


def _number(rule: FactRule, text: str) -> Decimal:
    try:
        value = Decimal(text.replace("$", "").replace(",", "").strip())
    except InvalidOperation as error:
        raise wrong(rule.fact, f"a number is needed, not {text[:40]!r}") from error
    if not value.is_finite() or abs(value) > 10**12:
        raise wrong(rule.fact, f"{text[:40]!r} is no possible number")
    return value


def _whole_number(rule: FactRule, text: str) -> int:
    value = _number(rule, text)
    if rule.fact in ("fee", "sliding_floor") and rule.money == "dollars":
        value *= 100
    if value != int(value):
        raise wrong(rule.fact, f"a whole number is needed, not {text[:40]!r}")
    return int(value)


def _zip(rule: FactRule, text: str) -> str:
    found = normalised_zip(text)
    if found is None:
        raise wrong(rule.fact, f"a ZIP of five digits is needed, not {text[:20]!r}")
    return found


def _day(rule: FactRule, text: str) -> str:
    return _parsed(text, rule.date_format, rule.fact).isoformat()


_READ: dict[str, Callable[[FactRule, str], Any]] = {
    "flag": _flag, "whole": _whole_number, "number": lambda rule, text: float(_number(rule, text)), "zip": _zip,
    "date": _day, "code": _looked_up,
}  # fmt: skip


def _set(mapping: Mapping, rule: SetRule, cells: Cells) -> AnyMapping[str, Any]:
    text = " ".join(cells[rule.column].split())
    if text in rule.values:
        return rule.values[text]
    if text and text not in mapping.unknown and rule.otherwise == "reject":
        raise wrong(rule.column, f"the mapping does not know {text[:80]!r}")
    return {}


def _point(rule: PointRule, cells: Cells) -> dict[str, float]:
    if rule.wkt:
        text = cells[rule.wkt].strip()
        if not text or text in rule.unknown:
            return {}
        found = _WKT.fullmatch(text)
        if found is None:
            raise wrong(rule.wkt, f"a point like POINT (-73.9 41.6) is needed, not {text[:60]!r}")
        lon, lat = found.groups()
    else:
        lat, lon = cells[rule.lat].strip(), cells[rule.lon].strip()
        if (not lat and not lon) or f"{lat} {lon}" in rule.unknown:
            return {}
    try:
        return {"lat": float(lat), "lon": float(lon)}
    except ValueError as error:
        raise wrong("lat", f"numbers are needed, not {lat[:20]!r} and {lon[:20]!r}") from error


def _each_date(column: str, cells: Cells, today: date) -> dict[str, tuple[date | None, date | None]]:
    """ "fee 2026-10-02; plans 2026-10-02 2026-10-03": of each fact the day it was seen, and the day it was verified."""
    found: dict[str, tuple[date | None, date | None]] = {}
    for part in filter(None, map(str.strip, cells[column].split(";"))):
        field, *days = part.split()
        if field not in FIELDS or not 1 <= len(days) <= 2:
            raise wrong(column, f"a fact with one or two dates is needed, not {part[:60]!r}")
        seen, verified = (day_of(day, column, today) for day in (*days, "")[:2])
        found[field] = (seen, verified)
    return found


def _parsed(text: str, form: str, field: str) -> date:
    """`form` as strptime takes it, or "excel": days since the last of 1899, which is how a workbook holds them."""
    try:
        if form == "excel":
            return date(1899, 12, 30) + timedelta(days=int(float(text)))
        return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day on the calendar, in no zone
    except (ValueError, OverflowError) as error:
        raise wrong(field, f"a date as {form} is needed, not {text[:40]!r}") from error


def _date(rule: DateRule | None, cells: Cells, today: date) -> date | None:
    text = cells[rule.column].strip() if rule else ""
    if rule is None or not text:
        return None
    day = _parsed(text, rule.format, rule.column)
    if day > today:
        raise wrong(rule.column, f"{day.isoformat()} is yet to come")
    return day
