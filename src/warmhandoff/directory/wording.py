"""Facts in words: for staff by default, plainly for clients where asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from warmhandoff.directory.fields import FIELDS
from warmhandoff.rules.vocab import vocabulary

_MONEY = ("fee", "sliding_floor")


def dollars(cents: int) -> str:
    """15000 -> "$150"; 15050 -> "$150.50"."""
    whole, rest = divmod(cents, 100)
    return f"${whole:,}" + (f".{rest:02d}" if rest else "")


def code_in_words(name: str, code: str, language: str | None = None) -> str:
    """A code's label for staff, or with `language` its plain words for clients. A plan unknown here is its own name."""
    known = vocabulary(name)
    if code not in known:
        return code
    return known.plain(code, language) if language else known.label(code)


def fact_in_words(name: str, value: Any, language: str | None = None) -> str:
    """A fact's value as people read it; "none" for an empty list, "" for what is unknown."""
    if value is None:
        return ""
    field = FIELDS[name]
    if field.shape in ("codes", "plans"):
        words = ", ".join(code_in_words(field.vocabulary or "plans", code, language) for code in value)
        return words or ("ninguno" if language == "es" else "none")
    if field.shape == "code":
        return code_in_words(field.vocabulary, value, language)
    if field.shape == "flag":
        return ("sí" if value else "no") if language == "es" else ("yes" if value else "no")
    if name in _MONEY:
        return dollars(value)
    if field.shape == "date":
        day = date.fromisoformat(value)
        return f"{day.day} {day:%B %Y}"
    return str(value)


def wait_in_words(days: int | None, language: str | None = None) -> str:
    """0 -> "at once", 9 -> "in about 9 days", 21 -> "in about 3 weeks"; "" where it is not known."""
    if days is None:
        return ""
    spanish = language == "es"
    if days == 0:
        return "enseguida" if spanish else "at once"
    if days < 14:
        unit = ("día" if spanish else "day") + ("s" if days > 1 else "")
        return f"en unos {days} {unit}" if spanish and days > 1 else f"{'en' if spanish else 'in about'} {days} {unit}"
    weeks = round(days / 7)
    return f"en unas {weeks} semanas" if spanish else f"in about {weeks} weeks"


def fee_in_words(values: Mapping[str, Any], language: str | None = None) -> str:
    """Fee, sliding scale and out of network in one phrase: "$150 a session, sliding scale from $60"."""
    spanish = language == "es"
    parts = []
    if values.get("fee") is not None:
        parts.append(f"{dollars(values['fee'])} {'por sesión' if spanish else 'a session'}")
    if values.get("sliding_scale"):
        floor, scale = values.get("sliding_floor"), "escala según ingresos" if spanish else "sliding scale"
        parts.append(scale if floor is None else f"{scale} {'desde' if spanish else 'from'} {dollars(floor)}")
    if values.get("out_of_network"):
        parts.append("fuera de la red" if spanish else "out of network")
    return ", ".join(parts)


def age_in_words(days: int) -> str:
    """How long ago: "today", "12 days ago", "3 months ago", "4 years ago"."""
    if days <= 0:
        return "today"
    for length, unit in ((365, "year"), (30, "month"), (1, "day")):
        if days >= 2 * length or (length == 1 and days >= 1):
            count = days // length
            return f"{count} {unit}{'s' if count != 1 else ''} ago"
    return "today"
