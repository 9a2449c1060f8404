"""Reading names out of pasted text: a list, one line each, signatures, cells of a spreadsheet, or vCards.

Guesses are shown to the person before anything is kept. What is not understood is kept as words in `rest`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from warmhandoff.directory.reading_vcards import is_vcards, read_vcards
from warmhandoff.rules.places import place_of_zip
from warmhandoff.rules.refusals import BadInput, Problem
from warmhandoff.rules.vocab import vocabulary

LONGEST = 100_000
MOST = 150


@dataclass(frozen=True)
class PastedContact:
    """One contact as it was read. Empty is not known. `kind` only where the credentials leave no doubt."""

    name: str
    credentials: str = ""
    kind: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    address: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    rest: str = ""


_EMAIL = re.compile(r"(?:mailto:)?([\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+)", re.ASCII)
_PHONE = re.compile(
    r"(?:\+?1[-. ]?)?\(?\b[2-9][0-9]{2}\)?[-./ ]{0,2}[0-9]{3}[-. ]?[0-9]{4}\b(?:\s?(?:x|ext\.?)\s?[0-9]{1,6})?", re.I
)
_WEBSITE = re.compile(r"(?:https?://|www\.)[^\s,;<>|]{3,200}", re.I)
_STATE_ZIP = re.compile(r"\b([A-Z]{2})\.?[ ,]+([0-9]{5})(?:-[0-9]{4})?\b")
_ZIP = re.compile(r"[0-9]{5}(?:-[0-9]{4})?")
_STREET = re.compile(r"[0-9]+[A-Za-z]?(?:-[0-9]+)? +\S+.*|(?:suite|ste|apt|floor|p\.?o\.? box)\b.*", re.I)
_LABEL = re.compile(
    r"\b(?:phone|tel(?:ephone)?|cell|mobile|office|fax|e-?mail|web(?:site)?|ph|[pefmtoc])\s*[:.]?\s*$", re.I
)
_BULLET = re.compile(r"^\s*(?:[-*\u2022\u2013\u2014>]+|[0-9]{1,3}[.)])\s+")
_SPLIT = re.compile(r"\s*(?:[,;|\u2022\u00b7]|\s[-\u2013\u2014]\s)\s*")
_TAB = re.compile("\t")
_ODD = re.compile(r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f\u200b-\u200f\u2028-\u202e\ufeff]")

_HEADERS = {
    "name": "name", "full name": "name", "provider": "name", "contact": "name", "therapist": "name",
    "first name": "first", "first": "first", "last name": "last", "last": "last", "credentials": "credentials",
    "credential": "credentials", "title": "credentials", "license": "credentials", "licence": "credentials",
    "phone": "phone", "phone number": "phone", "telephone": "phone", "tel": "phone", "mobile": "phone",
    "cell": "phone", "email": "email", "e-mail": "email", "email address": "email", "website": "website",
    "web": "website", "url": "website", "address": "address", "street": "address", "city": "city", "town": "city",
    "state": "state", "zip": "zip", "zip code": "zip", "postal code": "zip", "notes": "rest", "note": "rest",
    "specialty": "rest", "specialties": "rest", "speciality": "rest",
}  # fmt: skip


@cache
def _credentials() -> dict[str, str]:
    raw = tomllib.loads(files("warmhandoff.directory").joinpath("credentials.toml").read_text(encoding="utf-8"))
    return {token: kind if kind != "other" else "" for kind, tokens in raw.items() for token in tokens}


@cache
def _cities() -> frozenset[str]:
    places = (place_of_zip(f"{number:05d}") for number in range(501, 99951))
    return frozenset(place.city.casefold() for place in places if place)


def _is_city(text: str) -> bool:
    words = _STATE_ZIP.sub("", text).strip(" ,")
    return words.casefold() in _cities()


def kind_of(credentials: str) -> str:
    """The kind that credentials tell of, "" where they leave doubt: "PhD, LCSW" is a therapist, "MD, LPC" is asked."""
    kinds = {_credentials().get(_token(word), "") for word in re.split(r"[,/;\s]+", credentials)} - {""}
    return kinds.pop() if len(kinds) == 1 else ""


def _token(word: str) -> str:
    return word.upper().replace(".", "").strip("(),")


def _is_credentials(text: str) -> bool:
    words = [word for word in re.split(r"[/\s]+", text) if word]
    return 0 < len(words) <= 6 and all(_token(word) in _credentials() for word in words)


def read_pasted(text: str) -> list[PastedContact]:
    """The contacts in a pasted text, in its order; nothing for a text without names.

    Refuses (BadInput) more than 100,000 characters or 150 contacts at once: those are for an import.
    """
    if len(text) > LONGEST:
        raise BadInput(Problem("is too long to paste: import it as a file", field="text"))
    clean = _ODD.sub("", text.encode("utf-8", "ignore").decode()).replace("\r\n", "\n").replace("\r", "\n")
    if is_vcards(clean):
        found = [PastedContact(**card) for card in read_vcards(clean)]
    else:
        found = _table(clean.split("\n")) if "\t" in clean else _blocks(clean.split("\n"))
    contacts = [_finished(contact) for contact in found if contact.name]
    if len(contacts) > MOST:
        raise BadInput(Problem(f"holds {len(contacts)} contacts; {MOST} can be pasted at once", field="text"))
    return contacts


def _finished(contact: PastedContact) -> PastedContact:
    name, trailing = _without_credentials(contact.name.strip(" ,;.-"))
    credentials = ", ".join(filter(None, (trailing, contact.credentials)))[:120]
    state, zip_code = contact.state.upper(), contact.zip[:5]
    place = place_of_zip(zip_code) if zip_code else None
    return replace(
        contact, name=name[:300], credentials=credentials, kind=contact.kind or kind_of(credentials),
        state=(state if state in vocabulary("states") else "") or (place.state if place else ""),
        zip=zip_code if _ZIP.fullmatch(zip_code) else "", phone=contact.phone[:60], email=contact.email[:254],
        website=contact.website[:300], address=contact.address[:300],
        city=(contact.city or (place.city if place else ""))[:120], rest=contact.rest[:2000],
    )  # fmt: skip


def _without_credentials(name: str) -> tuple[str, str]:
    words, trailing = name.split(), list[str]()
    # A surname may look like credentials ("Mary Ma"): only what is written in capitals, or as PhD and PsyD are, counts.
    while len(words) > 1 and _token(words[-1]) in _credentials() and sum(map(str.isupper, words[-1])) > 1:
        trailing.insert(0, words.pop().strip("(),"))
    return " ".join(words), ", ".join(trailing)


def _table(lines: Iterable[str]) -> list[PastedContact]:
    rows = [[" ".join(cell.split()) for cell in line.split("\t")] for line in lines if line.strip()]
    names = [_HEADERS.get(cell.casefold().rstrip(":"), "") for cell in rows[0]] if rows else []
    if not any(name in ("name", "first", "last") for name in names):
        # A list may hold one line copied from a sheet: each line is read by its own kind.
        return [_line("\t".join(row), _TAB if len(row) > 1 else _SPLIT) for row in rows]
    return [_by_header(names, row) for row in rows[1:]]


def _by_header(names: list[str], row: list[str]) -> PastedContact:
    found: dict[str, list[str]] = {}
    for name, cell in zip(names, row, strict=False):
        if cell:
            found.setdefault(name or "rest", []).append(cell)
    given = {name: " ".join(cells) for name, cells in found.items() if name not in ("first", "last")}
    whole = " ".join(found.get("first", []) + found.get("last", []))
    email = _EMAIL.search(given.get("email", ""))
    given["email"] = email.group(1) if email else ""
    return PastedContact(**{**given, "name": given.get("name") or whole})


def _blocks(lines: list[str]) -> list[PastedContact]:
    found: list[PastedContact] = []
    block: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            block.append(_BULLET.sub("", line).strip())
        elif block:
            found += [_signature(block)] if _is_signature(block) else [_line(line, _SPLIT) for line in block]
            block = []
    return found


def _bare(line: str) -> str:
    """What is left of a line without addresses, numbers and their labels."""
    for pattern in (_EMAIL, _WEBSITE, _PHONE):
        while match := pattern.search(line):
            line = _LABEL.sub("", line[: match.start()]).rstrip() + " " + line[match.end() :]
    return line.strip(" ,;|:-/()")


def _is_signature(block: list[str]) -> bool:
    """Several lines about one person: one below the first is nothing but a number, an address or a place."""
    return len(block) > 1 and any(_is_detail(line) for line in block[1:])


def _is_detail(line: str) -> bool:
    told = any(pattern.search(line) for pattern in (_EMAIL, _PHONE, _WEBSITE))
    if told:
        return len(_bare(line)) < 4
    place = _STATE_ZIP.search(line)
    # "12 Main St, Austin, TX 78704" is the place of the one above; "Bo Ray, MD, Austin, TX 78704" is someone else.
    first = line.split(",")[0].strip() if place else ""
    return place is not None and (place.start() == 0 or bool(_STREET.fullmatch(first)) or _is_city(first))


def _signature(block: list[str]) -> PastedContact:
    first = _line(block[0], _SPLIT)
    return _line("\n".join(block), re.compile(r"\s*[\n,;|\u2022]\s*"), first_name=first.name)


def _line(text: str, split: re.Pattern[str], first_name: str = "") -> PastedContact:
    """One contact: the first piece is the name; others are told by their looks, or kept as words."""
    found: dict[str, str] = {}
    text = _taken(text, found, "email", _EMAIL, lambda match: match.group(1))
    text = _taken(text, found, "website", _WEBSITE, lambda match: match.group(0).rstrip("."))
    text = _taken(text, found, "phone", _PHONE, lambda match: match.group(0).strip())
    text = _taken(text, found, "zip", _STATE_ZIP, lambda match: match.group(2), found_state=True)
    pieces = [piece.strip(" ,-:()<>\"") for piece in split.split(text)]
    pieces = [piece for piece in pieces if piece and re.search(r"\w", piece)]
    name = first_name or (pieces[0] if pieces else "")
    _tell_apart(pieces[1:], found)
    return PastedContact(name=" ".join(name.split()), **found)


def _taken(
    text: str, found: dict[str, str], name: str, pattern: re.Pattern[str], value: Callable[[re.Match[str]], str],
    *, found_state: bool = False,
) -> str:  # fmt: skip
    """Take the first match out of the text into `found`; the words that only labelled it go with it."""
    match = pattern.search(text)
    if match is None:
        return text
    found[name] = value(match)
    if found_state:
        found["state"] = match.group(1)
    return _LABEL.sub("", text[: match.start()]).rstrip(" <") + "," + text[match.end() :].lstrip(" >")


def _tell_apart(pieces: list[str], found: dict[str, str]) -> None:
    credentials: list[str] = []
    rest: list[str] = []
    for place, piece in enumerate(pieces):
        if len(credentials) == place and _is_credentials(piece):  # directly after the name: MA there is no state
            credentials.append(piece)
        elif "state" not in found and piece.upper() in vocabulary("states") and len(piece) == 2:
            found["state"] = piece.upper()
        elif "zip" not in found and _ZIP.fullmatch(piece):
            found["zip"] = piece
        elif "address" not in found and _STREET.fullmatch(piece):
            found["address"] = piece
        elif "city" not in found and piece.casefold() in _cities():
            found["city"] = piece
        else:
            rest.append(piece)
    found["credentials"], found["rest"] = ", ".join(credentials), ", ".join(rest)
