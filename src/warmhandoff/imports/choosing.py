"""What a person chose for the columns of a file, what we would guess, and both as a mapping file.

Guesses come from headings.toml and from the words in the cells; nothing is used that the person was not shown.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from warmhandoff.directory.fields import FIELDS
from warmhandoff.imports.first_look import Column, FirstLook
from warmhandoff.rules.refusals import BadInput, Problem
from warmhandoff.rules.vocab import vocabulary

DATES = {"verified": "Checked with them on", "stated": "Written down on"}
POINT = {"lat": FIELDS["lat"].label, "lon": FIELDS["lon"].label}
NOT_FROM_A_SHEET = {"responsiveness", "lat", "lon"}
TARGETS = {name: one.label for name, one in FIELDS.items() if name not in NOT_FROM_A_SHEET} | DATES | POINT
APART = {";": "semicolons ;", ",": "commas ,", "/": "strokes /", "|": "bars |"}
DAYS = {
    "%Y-%m-%d": "2026-11-01", "%m/%d/%Y": "11/01/2026 (month first)", "%m/%d/%y": "11/01/26 (month first)",
    "%d/%m/%Y": "01/11/2026 (day first)", "%B %d, %Y": "November 1, 2026", "excel": "the day numbers of Excel",
}  # fmt: skip
NOT_KNOWN = ("n/a", "N/A", "na", "NA", "?", "-", "unknown", "Unknown")
_SEVERAL = ("codes", "plans")
_LAST = re.compile(r"\b(last|last name|surname|family name)$")
_JOINED = {"name": " ", "address": ", ", "about": "; ", "credentials": ", ", "other_names": "; ", "program_type": ", "}
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_EXCEL_DAY = re.compile(r"[1-9][0-9]{4}(\.0)?")


@dataclass(frozen=True)
class Choices:
    """What was chosen. `targets`: heading -> one of TARGETS. `key`: the headings that together name a row.

    `kind`, `state`: of rows that do not say. `apart`, `days`: "" is what each column seems to use. `words`: fact ->
    word -> code, "" for one that is to be left out. `strict`: a row with a word that is not known is rejected.
    """

    name: str
    targets: Mapping[str, str]
    key: tuple[str, ...]
    kind: str = ""
    state: str = ""
    apart: str = ""
    days: str = ""
    strict: bool = False
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "key": list(self.key)}


def choices_from(kept: Mapping[str, Any]) -> Choices:
    """Choices as they were kept (`Choices.as_json`)."""
    return replace(Choices(**kept), key=tuple(kept["key"]))


@dataclass(frozen=True)
class _Headings:
    whole: dict[str, str]
    within: tuple[tuple[str, str], ...]
    key: frozenset[str]
    words: dict[str, dict[str, str]]


@cache
def _headings() -> _Headings:
    raw = tomllib.loads(files("warmhandoff.imports").joinpath("headings.toml").read_text(encoding="utf-8"))
    whole: dict[str, str] = {}
    for fact, spelled in raw["whole"].items():
        for heading in spelled:
            whole.setdefault(_plain(heading), fact)
    within = tuple((fact, _plain(part)) for fact, parts in raw["within"].items() for part in parts)
    words = {
        fact: {_plain(word): code for code, words in codes.items() for word in words}
        for fact, codes in raw["words"].items()
    }
    return _Headings(whole, within, frozenset(map(_plain, raw["key"]["headings"])), words)


def _plain(text: str) -> str:
    """ "Phone_Number:" -> "phone number"."""
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text.lower()).split())


def guess(look: FirstLook, name: str) -> Choices:
    """What the columns most likely are. `name`: of the file; the mapping is called after it."""
    targets: dict[str, str] = {}
    for column in look.columns:
        wanted = "" if column.fault else _target_of(column.heading)
        if wanted:
            targets[column.heading] = wanted
    named = [heading for heading, target in targets.items() if target == "name"]
    known = _headings().key
    ids = [column.heading for column in look.columns if not column.fault and _names_rows(column, known, look.rows)]
    return Choices(name=name_from(name), targets=targets, key=tuple(ids[:1] or named))


def _names_rows(column: Column, known: frozenset[str], rows: int) -> bool:
    """Whether every row has a text of its own here (as far as was counted)."""
    full = sum(column.texts.values()) >= min(rows, 500) and all(count == 1 for count in column.texts.values())
    return _plain(column.heading) in known and full


def _target_of(heading: str) -> str:
    plain = _plain(heading)
    found = _headings().whole.get(plain)
    if found is None:
        found = next((fact for fact, part in _headings().within if f" {part}" in f" {plain}"), "")
    return found


def name_from(text: str) -> str:
    """A name for a mapping: "County List (2026).csv" -> "county-list-2026"."""
    return "-".join(_plain(text.rsplit(".", 1)[0]).split())[:60].strip("-") or "my-file"


def faults_of(look: FirstLook, choices: Choices) -> list[Problem]:
    """What is missing or contradicts itself in these choices, each with its field."""
    found = []
    given = set(choices.targets.values())
    if not _NAME.fullmatch(choices.name) or len(choices.name) > 60:
        reason = "use small letters a to z, digits and single hyphens between them, at most 60 in all"
        found.append(Problem(reason, field="name"))
    if "name" not in given:
        found.append(Problem("say which column holds the name", field="targets"))
    if "kind" not in given and not choices.kind:
        found.append(Problem("no column says of which kind they are: choose it here", field="kind"))
    if not choices.key:
        found.append(Problem("tick the column, or the columns, that tell one row from another", field="key"))
    if ("lat" in given) != ("lon" in given):
        found.append(Problem("a point needs both latitude and longitude", field="targets"))
    for target in (*DATES, *POINT):
        if list(choices.targets.values()).count(target) > 1:
            found.append(Problem(f"only one column can be “{TARGETS[target]}”", field="targets"))
    return found


def columns_for(look: FirstLook, choices: Choices, target: str) -> list[Column]:
    """The columns chosen for one target, in the file's order, but for family names, which come last."""
    found = [one for one in look.columns if not one.fault and choices.targets.get(one.heading) == target]
    return sorted(found, key=lambda one: bool(_LAST.search(_plain(one.heading))))


def _separator(choices: Choices, columns: Iterable[Column]) -> str:
    if choices.apart:
        return choices.apart
    texts = [text for column in columns for text in column.texts]
    return max(APART, key=lambda mark: sum(mark in text for text in texts)) if texts else ";"


def words_of(look: FirstLook, choices: Choices, fact: str) -> Counter[str]:
    """The words in the columns of one coded fact, with how often each occurs."""
    columns = columns_for(look, choices, fact)
    several = FIELDS[fact].shape in _SEVERAL
    mark = _separator(choices, columns)
    found: Counter[str] = Counter()
    for column in columns:
        for text, count in ((text, count) for text, count in column.texts.items() if text not in NOT_KNOWN):
            for part in text.split(mark) if several else [text]:
                if part.strip():
                    found[part.strip()] += count
    return found


def code_of(fact: str, word: str) -> str | None:
    """The code that a word spells: by itself, its label, a word for it, or what we know people write. None: unknown."""
    return _spellings(fact).get(_plain(word))


@cache
def _spellings(fact: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for code, entry in vocabulary(_vocabulary(fact)).entries.items():
        for spelled in (code, entry.label, entry.label.split(" (")[0], *entry.synonyms):
            found.setdefault(_plain(spelled), code)
    return _headings().words.get(fact, {}) | found


def _vocabulary(fact: str) -> str:
    return FIELDS[fact].vocabulary or "plans"


def coded(choices: Choices) -> Iterator[str]:
    """The facts among the choices whose words are codes; plans of any name are allowed, and are not among them."""
    chosen = set(choices.targets.values())
    return (name for name, one in FIELDS.items() if name in chosen and one.vocabulary and one.shape != "plans")


def unknown_words(look: FirstLook, choices: Choices) -> dict[str, list[tuple[str, int]]]:
    """fact -> the words in its columns that spell no code, the commonest first."""
    found = {}
    for fact in coded(choices):
        words = words_of(look, choices, fact).most_common()
        if strange := [(word, count) for word, count in words if code_of(fact, word) is None]:
            found[fact] = strange
    return found


def _day_form(choices: Choices, columns: list[Column]) -> str:
    """The form in which most of a column's days are written."""
    texts = [text for column in columns for text in column.texts]
    if choices.days or not texts:
        return choices.days or "%Y-%m-%d"
    return max(DAYS, key=lambda form: sum(_is_day(text, form) for text in texts))


def _is_day(text: str, form: str) -> bool:
    if form == "excel":
        return bool(_EXCEL_DAY.fullmatch(text))
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 - a day on the calendar, in no zone
    except ValueError:
        return False
    return True


def mapping_text(look: FirstLook, choices: Choices) -> str:
    """The choices as a mapping file (docs/guides/importing.md). Refuses (BadInput) what `faults_of` finds."""
    faults = faults_of(look, choices)
    if faults:
        raise BadInput(*faults)
    lines = [
        "[source]", f"name = {_toml(choices.name)}", "", "[file]", f"encoding = {_toml(look.encoding)}",
        f"delimiter = {_toml(look.delimiter)}", "", "[key]", f"columns = {_toml(list(choices.key))}", "",
        "[unknown]", f"texts = {_toml(list(NOT_KNOWN))}",
    ]  # fmt: skip
    constants = {name: value for name, value in (("kind", choices.kind), ("state", choices.state)) if value}
    if constants:
        lines += ["", "[constants]", *(f"{name} = {_toml(value)}" for name, value in constants.items())]
    dated = [(name, found) for name in DATES if (found := columns_for(look, choices, name))]
    if dated:
        lines += ["", "[dates]"]
        lines += [_date_line(choices, name, found) for name, found in dated]
    for fact in FIELDS:
        if fact not in NOT_FROM_A_SHEET and (columns := columns_for(look, choices, fact)):
            lines += ["", f"[facts.{fact}]", *_fact_lines(look, choices, fact, columns)]
    point = {name: columns_for(look, choices, name) for name in POINT}
    if all(point.values()):
        lines += ["", "[point]", *(f"{name} = {_toml(found[0].heading)}" for name, found in point.items())]
    return "\n".join(lines) + "\n"


def _date_line(choices: Choices, name: str, found: list[Column]) -> str:
    return f"{name} = {{ column = {_toml(found[0].heading)}, format = {_toml(_day_form(choices, found))} }}"


def _fact_lines(look: FirstLook, choices: Choices, fact: str, columns: list[Column]) -> Iterator[str]:
    shape, headings = FIELDS[fact].shape, [column.heading for column in columns]
    yield f"columns = {_toml(headings)}"
    if shape in _SEVERAL:
        mark = _separator(choices, columns)
        yield f"split = {_toml(mark)}"
        yield f"join = {_toml(mark)}"
    elif len(headings) > 1:
        yield f"join = {_toml(_JOINED[fact])}" if fact in _JOINED else "first = true"
    if shape == "date":
        yield f"date_format = {_toml(_day_form(choices, columns))}"
    if shape == "plans":
        yield 'otherwise = "keep"'
    elif FIELDS[fact].vocabulary:
        yield f"otherwise = {_toml('reject' if choices.strict else 'unknown')}"
    if shape in _SEVERAL or FIELDS[fact].vocabulary:
        yield from _value_lines(fact, words_of(look, choices, fact), choices.words.get(fact, {}))


def _value_lines(fact: str, words: Iterable[str], chosen: Mapping[str, str]) -> Iterator[str]:
    several = FIELDS[fact].shape in _SEVERAL
    values, left_out = dict[str, Any](), list[str]()
    for word in sorted(words):
        code = chosen.get(word) or code_of(fact, word)
        if code:
            values[word] = [code] if several else code
        elif word in chosen and several:
            values[word] = []
        elif word in chosen:
            left_out.append(word)
    if left_out:
        yield f"unknown = {_toml(left_out)}"
    if values:
        yield "values = { " + ", ".join(f"{_toml(word)} = {_toml(value)}" for word, value in values.items()) + " }"


def _toml(value: str | list[str]) -> str:
    """A text or a list of texts as TOML writes it: like JSON, but for the delete character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
