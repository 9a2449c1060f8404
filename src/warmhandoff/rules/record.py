"""A client's whole record: the document she gets as data, and the same in words, to be read or printed.

After 45 CFR 164.524 (access: everything held about her but psychotherapy notes) and 164.528 (accounting of
disclosures, six years back). Read 2026-11; support for the practice, whose counsel decides.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from warmhandoff.rules.privacy import tables
from warmhandoff.rules.vocab import names, vocabulary
from warmhandoff.rules.wording import plain_date

SCHEMA = 1
ACCOUNTED = timedelta(days=6 * 366)  # 164.528(a)(1): six years back
DAYS_TO_ANSWER = 30  # 164.524(b)(2)(i); once 30 more, with the reason in writing
_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_REFERENCES = ("Reference", "Referral", "Release", "Packet", "Fingerprint", "Fingerprint of the text")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Numbers of the engine and marks of the program: record.json has them, the page to read is better without.
_NOT_READ = frozenset({"terms", "points", "score", "id", "schema", "sha256", "options", "ranked"})
# Where a field or key names the vocabulary its codes are of; elsewhere the first that has the code is asked.
_VOCABULARIES = {
    "Kinds of information": "information_classes", "What was shared": "information_classes",
    "classes": "information_classes", "class": "information_classes", "Purpose": "purposes", "purpose": "purposes",
    "Reason": "reasons", "reason": "reasons", "Kind": "kinds_of_referral", "Outcome": "outcomes",
    "outcome": "outcomes", "What might stop you": "barriers", "decline_reason": "decline_reasons", "kind": "kinds",
}
_BOTH = {
    "title": ("Everything we hold about you", "Todo lo que tenemos sobre usted"),
    "made": ("Made on {day} by {practice}.", "Hecho el {day} por {practice}."),
    "about": (
        "This is your record. It says what we know of you, what was done, who saw it, and with whom we shared it. "
        "Ask us about anything that is not clear or not right.",
        "Este es su expediente. Dice qué sabemos de usted, qué se hizo, quién lo vio y con quién lo compartimos. "
        "Pregúntenos si algo no está claro o no es correcto.",
    ),
    "nothing": ("Nothing is recorded here.", "Aquí no hay nada anotado."),
    "phone": ("Questions? Call {phone}.", "¿Preguntas? Llame al {phone}."),
}


@dataclass(frozen=True)
class Office:
    """Who hands the record over. `zone`: in which its times are read."""

    name: str
    phone: str
    zone: str


@cache
def _words() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("warmhandoff.rules").joinpath("record_words.toml").read_text(encoding="utf-8"))


def heading(words: str, language: str) -> str:
    """A heading or field name in her language. KeyError where it has no Spanish yet."""
    return str(_words()["words"][words]) if language == "es" else words


def in_words(code: str, language: str, field: str = "") -> str:
    """A stored code as she reads it; what is no known code is given back as it is. field: where it stands."""
    if not _CODE.fullmatch(code):
        return code
    hinted = _VOCABULARIES.get(field)
    if hinted and code in vocabulary(hinted).entries:
        return vocabulary(hinted).plain(code, language)
    if code in _words()["codes"]:
        return str(_words()["codes"][code][language == "es"])
    if len(code) > 3:  # shorter ones are words as often as codes
        for name in names():
            if code in vocabulary(name).entries:
                return vocabulary(name).plain(code, language)
    return code.replace("_", " ")


def _key(name: str, language: str) -> str:
    """A key within a value: what was noted, how to reach her."""
    both = _words()["keys"].get(name)
    return str(both[language == "es"]) if both else name.replace("_", " ")


def document(
    parts: Mapping[str, Sequence[Mapping[str, Any]]], accounting: Iterable[Mapping[str, Any]], office: Office, *,
    language: str, made_at: datetime,
) -> dict[str, Any]:
    """What record.json holds. accounting: lines with `When` (an ISO instant) and `required`, oldest first.

    "Required" is what 164.528 asks for: of six years, without treatment, the client herself and what she authorized.
    """
    lines = list(accounting)
    since = (made_at - ACCOUNTED).isoformat()

    def shown(line: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in line.items() if name != "required"}

    return {
        "schema": SCHEMA, "made_at": made_at.isoformat(), "language": language,
        "practice": {"name": office.name, "phone": office.phone},
        "disclosures": {
            "required_by_law": [shown(line) for line in lines if line["required"] and line["When"] >= since],
            "everything": [shown(line) for line in lines],
        },
        "record": {words: [dict(row) for row in rows] for words, rows in parts.items()},
    }


def schema() -> dict[str, Any]:
    """The JSON Schema of record.json, made from the privacy tables."""
    fields = sorted({words for model in tables().values() for words in model.exported.values()})
    line = {"type": "object", "required": ["When", "Recipient", "What was shared"], "properties": {
        "When": {"type": "string", "format": "date-time"}, "Recipient": {"type": "string"},
        "Address": {"type": "string"}, "What was shared": {"type": "array", "items": {"type": "string"}},
        "Purpose": {"type": "string"}, "On what ground": {"type": "string"}, "Release": {"type": "string"},
    }, "additionalProperties": False}
    row = {"type": "object", "propertyNames": {"enum": fields}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Everything a practice holds about one client: record.json",
        "description": "Each part of `record` is a list of rows; a row's fields are named in words. A value "
        "\"files/...\" names a file beside it. Times are ISO 8601 in UTC; codes are those of the vocabularies.",
        "type": "object",
        "required": ["schema", "made_at", "language", "practice", "disclosures", "record"],
        "additionalProperties": False,
        "properties": {
            "schema": {"const": SCHEMA}, "made_at": {"type": "string", "format": "date-time"},
            "language": {"enum": ["en", "es"]},
            "practice": {"type": "object", "properties": {"name": {"type": "string"}, "phone": {"type": "string"}}},
            "disclosures": {
                "type": "object", "required": ["required_by_law", "everything"],
                "properties": {name: {"type": "array", "items": line} for name in ("required_by_law", "everything")},
            },
            "record": {"type": "object", "additionalProperties": {"type": "array", "items": row}},
        },
    }


def readable(content: Mapping[str, Any], *, zone: str) -> dict[str, Any]:
    """The document in words, for documents.record_pdf: each referral with everything that belongs to it below it."""
    told = _Told(str(content["language"]), ZoneInfo(zone))
    office, parts = content["practice"], content["record"]
    under = [words for words, rows in parts.items() if any("Referral" in row for row in rows) and words != "Releases"]
    sections: list[dict[str, Any]] = []
    for words, rows in parts.items():
        if words == "Referrals":
            for row in rows:
                sections += told.referral(row, {name: parts[name] for name in under})
        elif words not in under:
            sections.append(told.section(words, rows, 1))
    shared = content["disclosures"]
    sections += [
        told.section("Shared with others: everything", shared["everything"], 1),
        told.section("Shared with others: what the law asks us to list", shared["required_by_law"], 1),
    ]
    day = plain_date(datetime.fromisoformat(content["made_at"]).astimezone(told.zone).date(), told.language)
    lead = [told.both("made").format(day=day, practice=office["name"]), told.both("about")]
    if office["phone"]:
        lead.append(told.both("phone").format(phone=office["phone"]))
    return {"language": told.language, "title": told.both("title"), "lead": lead, "nothing": told.both("nothing"),
            "sections": sections}


_HAPPENED = ("When", "What happened", "Who", "Side", "State before", "State after", "What was noted", "Release")


def readable_referral(
    parts: Mapping[str, Sequence[Mapping[str, Any]]], reference: str, office: Office, *, made_at: datetime, by: str
) -> dict[str, Any]:
    """The record of one referral in words, for documents.record_pdf: what was done, when, by whom and why, in order.

    parts: what is held about the client, as `core.holding.gather` gives it. It holds what her own record holds of this
    referral and nothing else, in the same words, so what is held back from her is not in it.
    """
    told = _Told("en", ZoneInfo(office.zone))
    row = next(one for one in parts["Referrals"] if one["Reference"] == reference)
    happened = [{name: one[name] for name in _HAPPENED if name in one}
                for one in parts["What happened"] if one["Reference"] == reference]
    below = {words: [one for one in rows if one.get("Referral") == reference]
             for words, rows in parts.items() if words != "Referrals"}
    order = [told.section("The referral", [row], 1), told.section("What was done, when, by whom and why", happened, 1)]
    order += [told.section(words, rows, 1) for words, rows in below.items() if rows]
    day = plain_date(made_at.astimezone(told.zone).date(), "en")
    lead = [f"{row['Title']}. Printed on {day} by {by}, {office.name}.",
            "It is the referral's part of the client's own record, as it stood then, in the words she reads there: "
            "“you” is the client. Times are the practice's."]
    return {"language": "en", "title": "Referral record", "lead": lead, "nothing": _BOTH["nothing"][0],
            "sections": [{**one, "rows": _without_files(one["rows"])} for one in order]}


def _without_files(rows: Sequence[Sequence[Sequence[str]]]) -> list[list[list[str]]]:
    """Without the names of files, which stand beside a whole record only."""
    return [[[name, text] for name, text in row if not text.startswith("files/")] for row in rows]


class _Told:
    """Rows in words of one language, times in one zone."""

    def __init__(self, language: str, zone: ZoneInfo) -> None:
        self.language, self.zone = language, zone

    def both(self, key: str) -> str:
        return _BOTH[key][self.language == "es"]

    def section(self, words: str, rows: Sequence[Mapping[str, Any]], level: int) -> dict[str, Any]:
        return {"title": heading(words, self.language), "level": level, "rows": [self.row(row) for row in rows]}

    def referral(
        self, row: Mapping[str, Any], below: Mapping[str, Sequence[Mapping[str, Any]]]
    ) -> list[dict[str, Any]]:
        """A referral, and under it what belongs to it."""
        title = f"{heading('Referral', self.language)}: {row['Title']}"
        mine = {name: [one for one in rows if one.get("Referral") == row["Reference"]] for name, rows in below.items()}
        return [{"title": title, "level": 1, "rows": [self.row(row)]},
                *(self.section(name, rows, 2) for name, rows in mine.items() if rows)]

    def row(self, row: Mapping[str, Any]) -> list[list[str]]:
        shown = [(name, self.text(value, name)) for name, value in row.items() if name not in _REFERENCES]
        return [[heading(name, self.language), text] for name, text in shown if text]

    def text(self, value: Any, name: str = "") -> str:
        """One value in words: times read, codes told, lists and tables as sentences. name: the field it stands in."""
        if isinstance(value, bool):
            return in_words("true" if value else "false", self.language)
        if value is None or value == "":
            return ""
        if isinstance(value, Mapping):
            return self._table(value)
        if isinstance(value, (list, tuple)):
            said = [text for one in value if (text := self.text(one, name))]
            return ("; " if any(";" in text or "," in text for text in said) else ", ").join(said)
        return self._scalar(str(value), name)

    def _table(self, value: Mapping[str, Any]) -> str:
        if value.keys() == {"label", "text"}:
            return f"{value['label']}: {value['text']}"
        said = [(_key(key, self.language), self.text(one, key)) for key, one in value.items() if key not in _NOT_READ]
        return "; ".join(f"{key}: {one}" for key, one in said if one)

    def _scalar(self, text: str, name: str) -> str:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return plain_date(date.fromisoformat(text), self.language)
        if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+([+-][\d:]+|Z)", text):
            at = datetime.fromisoformat(text).astimezone(self.zone)
            return f"{plain_date(at.date(), self.language)}, {at:%H:%M}"
        return "" if _UUID.fullmatch(text) else in_words(text, self.language, name)
