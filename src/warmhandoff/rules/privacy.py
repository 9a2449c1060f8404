"""The privacy class of every field that is stored: what it is about, sealed or not, exported, kept how long, scrubbed.

The tables are TOML, one file an app and one table a model, in privacy_tables/. A field without an entry fails a test
(`tests/rules/test_privacy.py`), whose message says what to write. Retention is support for the practice: the rules
carry source and date, its counsel decides, and a legal hold stands above them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Class = Literal["identity", "clinical", "work", "account", "directory", "operational", "key"]
CLASSES: dict[str, str] = {
    "identity": "says who a client is, or how to reach her; always sealed",
    "clinical": "says how she is, in anyone's words; always sealed",
    "work": "the course of her referrals: codes, dates and staff's words",
    "account": "members of staff and their practice",
    "directory": "whom one can be referred to",
    "operational": "ids, times and counts without which the server could not work",
    "key": "opens something; never shown again, never exported",
}
SEALED_CLASSES = frozenset({"identity", "clinical"})
ABOUT = frozenset({"client", "stranger", "member", "practice", "listing", "nobody"})
_FOLDER = "privacy_tables"
_KNOWN_OF_MODEL = {"about", "kept", "scrubbed", "reason", "fields"}
_KNOWN_OF_FIELD = {"class", "sealed", "exported", "held_back", "kept", "scrubbed", "reason"}


@dataclass(frozen=True)
class FieldPrivacy:
    """One field. `exported`: the words under which the client's export has it; "" where it is not in there.

    held_back: why a client does not get it. kept, scrubbed: codes of rules.toml; reason: why what is kept is kept.
    """

    name: str
    privacy: str
    sealed: bool
    exported: str
    held_back: str
    kept: str
    scrubbed: str
    reason: str


@dataclass(frozen=True)
class ModelPrivacy:
    """One model's fields by name. `about`: whom its rows are about."""

    label: str
    about: str
    fields: Mapping[str, FieldPrivacy]

    @property
    def exported(self) -> dict[str, str]:
        """Field name -> words, for what a client's export holds."""
        return {name: field.exported for name, field in self.fields.items() if field.exported}


@dataclass(frozen=True)
class Stored:
    """A field as the database has it, for comparing. `privacy`: what a sealed field itself says it is about."""

    model: str
    name: str
    sealed: bool
    privacy: str = ""


@dataclass(frozen=True)
class Keeping:
    """A rule of retention, with where it comes from."""

    code: str
    words: str
    source: str
    as_of: date


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("warmhandoff.rules").joinpath(_FOLDER, name).read_text(encoding="utf-8"))


@cache
def keepings() -> dict[str, Keeping]:
    """Every rule of retention by its code."""
    raw = _read("rules.toml")["kept"]
    return {code: Keeping(code, one["words"], one["source"], one["as_of"]) for code, one in raw.items()}


@cache
def scrubbings() -> dict[str, str]:
    """What each way of scrubbing means."""
    return dict(_read("rules.toml")["scrubbed"])


def years_kept(state: str = "") -> int:
    """For how many years after the last service a record is kept in this state; the default where none is known.

    Source: rules.toml, each with its date. An example for the practice's counsel to confirm, not a legal answer.
    """
    years = _read("rules.toml")["years"]
    found = years["states"].get(state.upper())
    return int(found["years"] if found else years["default"])


@cache
def tables() -> dict[str, ModelPrivacy]:
    """Every model's table by its label ("clients.Client"). ValueError where a table contradicts itself."""
    folder = files("warmhandoff.rules").joinpath(_FOLDER)
    apps = sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".toml") and p.name != "rules.toml")
    found = {}
    for app in apps:
        for model, raw in _read(f"{app}.toml").items():
            found[f"{app}.{model}"] = _model(f"{app}.{model}", raw)
    return found


def _model(label: str, raw: Mapping[str, Any]) -> ModelPrivacy:
    if raw.keys() - _KNOWN_OF_MODEL or raw.get("about") not in ABOUT:
        raise ValueError(f"{label}: needs about (one of {sorted(ABOUT)}), kept, scrubbed, fields; reason where kept")
    return ModelPrivacy(label, raw["about"], {
        name: _field(f"{label}.{name}", name, one, raw) for name, one in raw["fields"].items()
    })


def _field(label: str, name: str, raw: Mapping[str, Any], model: Mapping[str, Any]) -> FieldPrivacy:
    if unknown := raw.keys() - _KNOWN_OF_FIELD:
        raise ValueError(f"{label}: unknown {sorted(unknown)}")
    sealed, scrubbed = bool(raw.get("sealed")), raw.get("scrubbed", model["scrubbed"])
    if scrubbed == "key_destroyed" and not sealed:
        scrubbed = "erased"  # destroying a key does nothing to a plain value
    field = FieldPrivacy(
        name=name, privacy=raw["class"], sealed=sealed, exported=raw.get("exported", ""),
        held_back=raw.get("held_back", ""), kept=raw.get("kept", model["kept"]), scrubbed=scrubbed,
        reason=raw.get("reason", model.get("reason", "")),
    )
    if fault := _fault(field, model["about"]):
        raise ValueError(f"{label}: {fault}")
    return field


def _fault(field: FieldPrivacy, about: str) -> str:
    """What one entry contradicts, or ""."""
    if field.privacy not in CLASSES:
        return f"class must be one of {sorted(CLASSES)}"
    if field.kept not in keepings() or field.scrubbed not in scrubbings():
        return f"kept must be one of {sorted(keepings())}, scrubbed one of {sorted(scrubbings())}"
    if field.privacy in SEALED_CLASSES and not field.sealed:
        return f"{field.privacy} is sealed: make it a SealedField, and write sealed = true"
    if field.privacy == "key" and field.exported:
        return "a key is never exported"
    if field.exported and (field.held_back or about != "client"):
        return "exported is for models about a client, and then nothing is held back"
    if field.privacy in SEALED_CLASSES | {"work"} and not field.exported and not field.held_back:
        return 'write exported = "the words a client reads", or held_back = "why she does not get it"'
    return "say with reason why it is kept" if field.scrubbed == "kept" and not field.reason else ""


def differences(stored: Iterable[Stored]) -> list[str]:
    """Where the tables and the database disagree, each as a sentence that says what to write. Empty: they agree."""
    known, found = tables(), list(stored)
    faults = [_differs(one, known) for one in found]
    there = {(one.model, one.name) for one in found}
    stale = [
        f"{label}.{name} is not in the database any more: take its line out of {_file(label)}"
        for label, model in known.items() for name in model.fields if (label, name) not in there
    ]  # fmt: skip
    return [fault for fault in faults if fault] + stale


def _differs(one: Stored, known: Mapping[str, ModelPrivacy]) -> str:
    model = known.get(one.model)
    if model is None or one.name not in model.fields:
        return f"{one.model}.{one.name} has no privacy class. {_to_write(one, model)}"
    entry = model.fields[one.name]
    if entry.sealed != one.sealed:
        said = str(entry.sealed).lower()
        return f"{one.model}.{one.name}: {_file(one.model)} says sealed = {said}, the model does not"
    if one.sealed and entry.privacy != one.privacy:
        return (f'{one.model}.{one.name}: the model says privacy="{one.privacy}", {_file(one.model)} says class = '
                f'"{entry.privacy}"')
    return ""


def _file(label: str) -> str:
    return f"src/warmhandoff/rules/{_FOLDER}/{label.partition('.')[0]}.toml"


def _to_write(one: Stored, model: ModelPrivacy | None) -> str:
    name = one.model.partition(".")[2]
    head = "" if model else (
        f'[{name}] with about = one of {", ".join(sorted(ABOUT))}; kept = one of {", ".join(sorted(keepings()))}; '
        f'scrubbed = one of {", ".join(scrubbings())} (with reason = "..." for kept); and under '
    )
    more = ', sealed = true, exported = "Words a client reads"' if one.sealed else ""
    kind = one.privacy or "/".join(sorted(set(CLASSES) - SEALED_CLASSES))
    return f'In {_file(one.model)} write {head}[{name}.fields]: {one.name} = {{ class = "{kind}"{more} }}'
