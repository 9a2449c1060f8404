"""A mapping: how the columns of one kind of CSV file become facts. TOML, described in docs/guides/importing.md."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from warmhandoff.directory.fields import FIELDS, checked
from warmhandoff.rules.refusals import BadInput, Problem

Otherwise = Literal["reject", "unknown", "keep"]
IN_FORM = re.compile(r"\{([^{}]+)\}")  # a column's name in a form
_BLOCKS = {"source", "file", "key", "unknown", "dates", "constants", "facts", "point", "sets", "only"}


@dataclass(frozen=True)
class FactRule:
    """Where one fact comes from: one column, the first of several that is not blank, several joined, or a form."""

    fact: str
    columns: tuple[str, ...]
    form: str = ""
    first: bool = False
    blank: bool = False
    join: str = " "
    split: str = ""
    values: AnyMapping[str, Any] = field(default_factory=dict)
    otherwise: Otherwise = "reject"
    unknown: frozenset[str] = frozenset()
    case: str = ""
    date_format: str = "%Y-%m-%d"
    money: str = "dollars"
    none: str = ""
    as_is: bool = False


@dataclass(frozen=True)
class SetRule:
    """One column whose texts each set several facts."""

    column: str
    values: AnyMapping[str, AnyMapping[str, Any]]
    otherwise: Otherwise


@dataclass(frozen=True)
class OnlyRule:
    """Rows whose text in this column is not among `values` are not for us."""

    column: str
    values: frozenset[str]
    reason: str


@dataclass(frozen=True)
class DateRule:
    column: str
    format: str


@dataclass(frozen=True)
class PointRule:
    """A point as WKT in one column, or as two numbers in two; texts that mean "not known" beside it."""

    wkt: str = ""
    lat: str = ""
    lon: str = ""
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Mapping:
    name: str
    title: str
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    key: tuple[str, ...]
    unknown: frozenset[str]
    constants: AnyMapping[str, Any]
    facts: tuple[FactRule, ...]
    sets: tuple[SetRule, ...]
    only: tuple[OnlyRule, ...]
    point: PointRule | None
    stated: DateRule | None
    verified: DateRule | None
    each: str = ""
    guarded: bool = False

    def columns(self) -> set[str]:
        """Every column the mapping reads."""
        used = {*self.key, *(rule.column for rule in self.sets), *(rule.column for rule in self.only)}
        used |= {column for rule in self.facts for column in rule.columns}
        used |= {rule.column for rule in (self.stated, self.verified) if rule} | ({self.each} - {""})
        return used | ({self.point.wkt, self.point.lat, self.point.lon} - {""} if self.point else set())


class _Reader:
    """Reads the parsed TOML and gathers every fault, each with the key where it stands."""

    def __init__(self, raw: AnyMapping[str, Any], file: str) -> None:
        self.raw, self.file, self.problems = raw, file, list[Problem]()

    def wrong(self, where: str, reason: str) -> None:
        self.problems.append(Problem(reason, field=where, file=self.file))

    def block(self, name: str, known: str, *, inside: AnyMapping[str, Any] | None = None) -> AnyMapping[str, Any]:
        found = self.raw.get(name, {}) if inside is None else inside
        if not isinstance(found, dict):
            self.wrong(name, "a table is needed")
            return {}
        for key in found:
            if known != "*" and key not in known.split():
                self.wrong(f"{name}.{key}", f"there is no such key; known are: {known.replace(' ', ', ')}")
        return found

    def text(self, where: str, value: object, default: str | None = None) -> str:
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or (not value and default is None):
            self.wrong(where, "is missing" if value is None else "a text is needed")
            return default or ""
        return value

    def texts(self, where: str, value: object) -> tuple[str, ...]:
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.wrong(where, "a list of texts is needed")
            return ()
        return tuple(item.strip() for item in value)

    def facts(self, where: str, values: object) -> dict[str, Any]:
        """Facts written out in the mapping itself, checked as any others are."""
        if not isinstance(values, dict):
            self.wrong(where, "a table of facts is needed")
            return {}
        try:
            return checked(values)
        except BadInput as refusal:
            for problem in refusal.problems:
                self.wrong(f"{where}.{problem.field}", problem.reason)
            return {}

    def otherwise(self, where: str, value: object, *, may_keep: bool = False) -> Otherwise:
        if value == "keep" and may_keep:
            return "keep"
        if value not in (None, "reject", "unknown"):
            self.wrong(where, f"reject{', unknown or keep' if may_keep else ' or unknown'} is needed")
        return "unknown" if value == "unknown" else "reject"


def parse_mapping(text: str, file: str) -> Mapping:
    """The text of a mapping file -> `Mapping`. Refuses (BadInput) with every fault, the file and the key."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(Problem(f"is not TOML: {error}", file=file)) from error
    read = _Reader(raw, file)
    for name in raw:
        if name not in _BLOCKS:
            read.wrong(name, "there is no such table")
    mapping = _mapping(read)
    if read.problems:
        raise BadInput(*read.problems)
    return mapping


def _mapping(read: _Reader) -> Mapping:
    source, file = read.block("source", "name title"), read.block("file", "encoding delimiter header guarded")
    name = read.text("source.name", source.get("name"))
    encoding, delimiter = file.get("encoding", "utf-8"), file.get("delimiter", ",")
    if not isinstance(encoding, str) or not _is_encoding(encoding):
        read.wrong("file.encoding", "utf-8, cp1252 or latin-1 is needed")
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n':
        read.wrong("file.delimiter", "one character is needed")
    key = read.texts("key.columns", read.block("key", "columns").get("columns"))
    if not key:
        read.wrong("key.columns", "is missing: the columns that together name a row, the same in every edition")
    dates = read.block("dates", "stated verified each")
    rules = tuple(_fact_rule(read, fact, rule) for fact, rule in read.block("facts", "*").items())
    sets = tuple(_set_rule(read, f"sets.{place}", rule) for place, rule in enumerate(_tables(read, "sets")))
    constants = read.facts("constants", read.raw.get("constants", {}))
    _check_gives(read, constants, rules, sets)
    return Mapping(
        name=name, title=read.text("source.title", source.get("title"), name), encoding=encoding, delimiter=delimiter,
        header=read.texts("file.header", file.get("header")), key=key,
        unknown=frozenset(read.texts("unknown.texts", read.block("unknown", "texts").get("texts"))),
        constants=constants, facts=rules, sets=sets,
        only=tuple(_only_rule(read, f"only.{place}", rule) for place, rule in enumerate(_tables(read, "only"))),
        point=_point_rule(read), stated=_date_rule(read, "dates.stated", dates.get("stated")),
        verified=_date_rule(read, "dates.verified", dates.get("verified")),
        each=read.text("dates.each", dates.get("each"), "").strip(), guarded=file.get("guarded") is True,
    )  # fmt: skip


def _is_encoding(name: str) -> bool:
    try:
        return codecs.lookup(name).name in ("utf-8", "utf-8-sig", "cp1252", "iso8859-1", "ascii")
    except LookupError:
        return False


def _tables(read: _Reader, name: str) -> Sequence[Any]:
    found = read.raw.get(name, [])
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        read.wrong(name, f"tables like [[{name}]] are needed")
        return []
    return found


def _check_gives(
    read: _Reader, constants: AnyMapping[str, Any], rules: Sequence[FactRule], sets: Sequence[SetRule]
) -> None:
    given = {*constants, *(rule.fact for rule in rules)}
    given |= {fact for rule in sets for facts in rule.values.values() for fact in facts}
    for needed in ("name", "kind"):
        if needed not in given:
            read.wrong(f"facts.{needed}", "is missing: a listing needs a name and a kind")


_FACT_KEYS = "column columns form first blank join split values otherwise unknown case date_format money none as_is"


def _fact_rule(read: _Reader, fact: str, raw: Any) -> FactRule:
    where = f"facts.{fact}"
    if fact not in FIELDS:
        read.wrong(where, "there is no such fact")
    rule = read.block(where, _FACT_KEYS, inside=raw)
    form = read.text(f"{where}.form", rule.get("form"), "")
    columns = read.texts(f"{where}.columns", rule.get("columns"))
    if "column" in rule:
        columns = (read.text(f"{where}.column", rule["column"]).strip(), *columns)
    if form:
        columns = (*columns, *(name.strip() for name in IN_FORM.findall(form)))
    if not columns:
        read.wrong(where, "say where it comes from: column, columns or form")
    values = rule.get("values", {})
    if fact in FIELDS and isinstance(values, dict):
        values = {
            " ".join(text.split()): read.facts(f"{where}.values", {fact: value}).get(fact)
            for text, value in values.items()
        }
    return FactRule(
        fact=fact, columns=columns, form=form, first=rule.get("first") is True,
        blank=rule.get("blank") is True,
        join=read.text(f"{where}.join", rule.get("join"), " "),
        split=read.text(f"{where}.split", rule.get("split"), ""),
        values=values, otherwise=read.otherwise(f"{where}.otherwise", rule.get("otherwise"), may_keep=fact == "plans"),
        unknown=frozenset(read.texts(f"{where}.unknown", rule.get("unknown"))),
        case=read.text(f"{where}.case", rule.get("case"), ""),
        date_format=read.text(f"{where}.date_format", rule.get("date_format"), "%Y-%m-%d"),
        money=read.text(f"{where}.money", rule.get("money"), "dollars"),
        none=read.text(f"{where}.none", rule.get("none"), ""), as_is=rule.get("as_is") is True,
    )  # fmt: skip


def _set_rule(read: _Reader, where: str, raw: AnyMapping[str, Any]) -> SetRule:
    read.block(where, "column values otherwise", inside=raw)
    values = raw.get("values", {})
    if not isinstance(values, dict) or not values:
        read.wrong(f"{where}.values", "is missing: texts of the column, and the facts each sets")
        values = {}
    facts = {" ".join(text.split()): read.facts(f"{where}.values.{text}", given) for text, given in values.items()}
    column = read.text(f"{where}.column", raw.get("column")).strip()
    return SetRule(column, facts, read.otherwise(f"{where}.otherwise", raw.get("otherwise")))


def _only_rule(read: _Reader, where: str, raw: AnyMapping[str, Any]) -> OnlyRule:
    read.block(where, "column values reason", inside=raw)
    values = frozenset(read.texts(f"{where}.values", raw.get("values")))
    column = read.text(f"{where}.column", raw.get("column")).strip()
    return OnlyRule(column, values, read.text(f"{where}.reason", raw.get("reason"), "not among the rows asked for"))


def _date_rule(read: _Reader, where: str, raw: Any) -> DateRule | None:
    if raw is None:
        return None
    rule = read.block(where, "column format", inside=raw)
    column = read.text(f"{where}.column", rule.get("column")).strip()
    return DateRule(column, read.text(f"{where}.format", rule.get("format"), "%Y-%m-%d"))


def _point_rule(read: _Reader) -> PointRule | None:
    if "point" not in read.raw:
        return None
    raw = read.block("point", "wkt lat lon unknown")
    wkt, lat, lon = (read.text(f"point.{key}", raw.get(key), "").strip() for key in ("wkt", "lat", "lon"))
    rule = PointRule(
        wkt, lat, lon,
        unknown=frozenset(read.texts("point.unknown", raw.get("unknown"))),
    )
    if bool(rule.wkt) == bool(rule.lat or rule.lon) or bool(rule.lat) != bool(rule.lon):
        read.wrong("point", "either wkt, or lat and lon, is needed")
    return rule


@cache
def shipped() -> AnyMapping[str, Mapping]:
    """The mappings that come with the product, by their short name."""
    folder = files("warmhandoff.imports").joinpath("mappings")
    found = sorted((path for path in folder.iterdir() if path.name.endswith(".toml")), key=lambda path: path.name)
    return {path.name[:-5]: parse_mapping(path.read_text(encoding="utf-8"), path.name) for path in found}


def open_mapping(name_or_path: str) -> Mapping:
    """A shipped mapping by name, or one from a file. Refuses what is neither, naming what is shipped."""
    if name_or_path in shipped():
        return shipped()[name_or_path]
    path = Path(name_or_path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        known = ", ".join(shipped())
        raise BadInput(Problem(
            f"is neither a mapping file that can be read nor a shipped mapping ({known})", file=name_or_path[:200],
        )) from error  # fmt: skip
    return parse_mapping(text, name_or_path)


def recognise(header: Sequence[str], file: str) -> Mapping:
    """The shipped mapping made for exactly this header. Refuses any other, saying how to get one."""
    wanted = tuple(name.strip() for name in header)
    for mapping in shipped().values():
        if mapping.header and mapping.header == wanted:
            return mapping
    raise BadInput(Problem(
        "no shipped mapping fits this header. Write a mapping (docs/guides/importing.md shows how, from a short "
        f"example) and name it with --mapping FILE; shipped are: {', '.join(shipped())}", field="header", file=file,
    ))  # fmt: skip
