"""Names out of vCards (RFC 6350, and the 2.1 and 3.0 that address books still write), as text."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator

_BEGIN = re.compile(r"^\s*BEGIN:VCARD\s*$", re.I | re.M)
_LINE = re.compile(r"(?:[\w-]+\.)?(?P<name>[\w-]+)(?P<more>(?:;[^:\"]*(?:\"[^\"]*\")?)*):(?P<value>.*)", re.S)
_UNESCAPED = re.compile(r"\\(.)", re.S)


def is_vcards(text: str) -> bool:
    """Whether a pasted text is one or more vCards."""
    return _BEGIN.search(text) is not None


def read_vcards(text: str) -> list[dict[str, str]]:
    """Each card's name, credentials, phone, email, website, address, city, state, zip, and the rest in words.

    Photos, keys and birthdays are passed over: nothing of them is needed to refer to someone.
    """
    return [card for each in _BEGIN.split(text)[1:] if (card := _card(each)).get("name")]


def _card(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    rest: list[str] = []
    for name, value in _fields(text):
        if name == "END":
            break
        _take(name, value, found, rest)
    if "name" not in found and found.get("parts"):
        family, given, *_ = [*_pieces(found["parts"], ";"), "", ""]
        found["name"] = " ".join(filter(None, (given, family)))
    found.pop("parts", None)
    return {**found, "rest": "; ".join(rest)}


def _take(name: str, value: str, found: dict[str, str], rest: list[str]) -> None:
    if name == "FN":
        found.setdefault("name", _plain(value))
    elif name == "N":
        found.setdefault("parts", value)
        suffix = [*_pieces(value, ";"), "", "", "", "", ""][4]
        if suffix:
            found.setdefault("credentials", suffix)
    elif name == "ADR":
        _, more, street, city, state, code, *_ = [*_pieces(value, ";"), "", "", "", "", "", "", ""]
        given = {"address": ", ".join(filter(None, (street, more))), "city": city, "state": state, "zip": code[:5]}
        for field, words in given.items():
            if words:
                found.setdefault(field, words)
    elif name in ("TEL", "EMAIL", "URL"):
        field = {"TEL": "phone", "EMAIL": "email", "URL": "website"}[name]
        found.setdefault(field, re.sub(r"^(?:tel|mailto):", "", _plain(value), flags=re.I))
    elif name in ("TITLE", "ORG", "ROLE", "NOTE") and _plain(value):
        rest.append(", ".join(_pieces(value, ";")) if name == "ORG" else _plain(value))


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """(name, value) of each line; folded lines are put together again, quoted-printable (2.1) is read."""
    whole = re.sub(r"\n[ \t]", "", text)
    whole = re.sub(r"(?i)(;ENCODING=QUOTED-PRINTABLE[^\n]*)=\n", r"\1", whole)
    for line in whole.split("\n"):
        found = _LINE.fullmatch(line.strip())
        if found is None:
            continue
        value = found["value"]
        if "QUOTED-PRINTABLE" in found["more"].upper():
            value = quopri.decodestring(value.encode("utf-8", "ignore")).decode("utf-8", "replace")
        yield found["name"].upper(), value


def _pieces(value: str, sign: str) -> list[str]:
    parts = re.split(rf"(?<!\\){sign}", value)
    return [_plain(part) for part in parts]


def _plain(value: str) -> str:
    words = _UNESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)
    return " ".join(words.split())
