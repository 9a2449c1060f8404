"""The reason catalogue: what a reason makes usual, and what is looked at before options are offered.

All of it is data (reasons.toml, and the words in vocab/reasons.toml): a new reason touches no code. A practice switches
reasons off and adds its own, which use the same steps. Nothing here is required of anyone: a step is answered, or
passed over.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from warmhandoff.rules.refusals import BadInput, Problem
from warmhandoff.rules.vocab import Vocabulary, vocabulary

OWN = "own_"  # what the code of a practice's own reason begins with
FieldKind = Literal["text", "date", "tick", "ticks", "choice"]
Answer = Literal["yes", "no", ""]


@dataclass(frozen=True)
class Asked:
    """One thing a step writes down. `choices`: what is stored and what is read, for ticks and choice."""

    name: str
    label: str
    kind: FieldKind
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Step:
    """What is looked at before options are offered.

    need: fields of the need asked here; wants: the path in the need that has to be filled for the step to be done.
    record: what goes to the chart. alternatives: ways to stay, each answered by clinician and client.
    licence, pause, relation: that the step shows the licence rule, leads to the pause, leaves ties out.
    page: the name of a page the step leads to. source, as_of: of a rule behind it.
    """

    code: str
    label: str
    lead: str
    need: tuple[str, ...] = ()
    wants: str = ""
    record: tuple[Asked, ...] = ()
    alternatives: tuple[str, ...] = ()
    licence: bool = False
    pause: bool = False
    relation: bool = False
    page: str = ""
    source: str = ""
    as_of: str = ""

    @property
    def asks(self) -> bool:
        """Whether there is something to answer; else it is a word of advice."""
        return bool(self.need or self.record or self.alternatives)


@dataclass(frozen=True)
class Alternative:
    """A way to stay, in words for staff and for clients."""

    code: str
    label: str
    plain: str
    plain_es: str


@dataclass(frozen=True)
class Reason:
    """One reason. kind: what it usually does to the care that exists; also: what it may do as well.

    ends, ends_as: an outcome by which the work may simply end, and how that reads; "" where it does not.
    """

    code: str
    label: str
    plain: str
    plain_es: str
    group: str
    kind: str
    also: tuple[str, ...] = ()
    first: str = ""
    before: tuple[str, ...] = ()
    ends: str = ""
    ends_as: str = ""

    def sentence(self, language: str) -> str:
        """The reason as the client may read it: the no-fault words as a sentence, in English or Spanish."""
        words = self.plain_es if language == "es" else self.plain
        return f"{words[:1].upper()}{words[1:]}."


@dataclass(frozen=True)
class Catalogue:
    """Reasons by code, those on offer first of all by group. `off`: known, and not on offer."""

    groups: tuple[str, ...]
    reasons: Mapping[str, Reason]
    steps: Mapping[str, Step]
    alternatives: Mapping[str, Alternative]
    off: frozenset[str] = field(default_factory=frozenset)

    def __contains__(self, code: object) -> bool:
        return code in self.reasons

    def reason(self, code: str) -> Reason:
        """The reason of this code; BadInput for one that is not known."""
        found = self.reasons.get(code)
        if found is None:
            raise BadInput(Problem(vocabulary("reasons").unknown(code), field="reason"))
        return found

    def on_offer(self) -> tuple[Reason, ...]:
        return tuple(reason for code, reason in self.reasons.items() if code not in self.off)

    def choices(self, *, keep: str = "") -> list[tuple[str, list[tuple[str, str]]]]:
        """The reasons on offer, grouped for choosing. keep: one that is switched off and stands in a form already."""
        shown = [one for one in self.reasons.values() if one.code not in self.off or one.code == keep]
        grouped = [(name, [(one.code, one.label) for one in shown if one.group == name]) for name in self.groups]
        return [(name, rows) for name, rows in grouped if rows]

    def before(self, codes: Iterable[str]) -> tuple[Step, ...]:
        """The steps before options for these reasons, the primary one first, each once."""
        wanted = [step for code in codes if code in self.reasons for step in self.reasons[code].before]
        return tuple(self.steps[code] for code in dict.fromkeys(wanted))

    def with_practice(self, own: Iterable[Reason], off: Collection[str]) -> Catalogue:
        """The catalogue of one practice: with its own reasons, without those it switched off."""
        reasons = {**self.reasons, **{one.code: one for one in own}}
        groups = tuple(dict.fromkeys((*self.groups, *(one.group for one in reasons.values()))))
        return Catalogue(groups, reasons, self.steps, self.alternatives, frozenset(off) | self.off)


def read(raw: Mapping[str, Any], words: Vocabulary) -> Catalogue:
    """A catalogue from what reasons.toml and the vocabulary hold.

    ValueError for a reason without words or with a step, group or kind that does not exist, and for words without a
    reason: what is data has to be whole, like code.
    """
    steps = {code: _step(code, one) for code, one in raw["step"].items()}
    alternatives = {code: Alternative(code, **one) for code, one in raw["alternative"].items()}
    reasons = {code: _reason(code, one, words) for code, one in raw["reason"].items()}
    made = Catalogue(
        tuple(raw["groups"]), reasons, steps, alternatives,
        frozenset(code for code, entry in words.entries.items() if entry.retired),
    )
    if faults := _faults(made, words):
        raise ValueError("; ".join(faults))
    return made


def _faults(made: Catalogue, words: Vocabulary) -> list[str]:
    kinds = vocabulary("kinds_of_referral")
    faults = [f"{code} has no row in reasons.toml" for code in words.entries if code not in made.reasons]
    for reason in made.reasons.values():
        faults += [f"{reason.code}: no step {code}" for code in reason.before if code not in made.steps]
        faults += [f"{reason.code}: no kind {code}" for code in (reason.kind, *reason.also) if code not in kinds]
        faults += [] if reason.group in made.groups else [f"{reason.code}: no group {reason.group}"]
        faults += [] if not reason.ends or reason.ends in vocabulary("outcomes") else [f"{reason.code}: no outcome"]
    for step in made.steps.values():
        faults += [f"{step.code}: no alternative {one}" for one in step.alternatives if one not in made.alternatives]
    return faults


def _reason(code: str, raw: Mapping[str, Any], words: Vocabulary) -> Reason:
    if code not in words.entries:
        raise ValueError(f"{code} has no words in vocab/reasons.toml")
    entry = words.entries[code]
    return Reason(
        code, entry.label, entry.plain, entry.plain_es, raw["group"], raw["kind"], tuple(raw.get("also", ())),
        raw.get("first", ""), tuple(raw.get("before", ())), raw.get("ends", ""), raw.get("ends_as", ""),
    )


def _step(code: str, raw: Mapping[str, Any]) -> Step:
    plain = {name: value for name, value in raw.items() if name not in ("need", "record", "alternatives")}
    return Step(
        code=code, need=tuple(raw.get("need", ())), alternatives=tuple(raw.get("alternatives", ())),
        record=tuple(_asked(one) for one in raw.get("record", ())), **plain,
    )


def _asked(raw: Mapping[str, Any]) -> Asked:
    if raw.get("vocabulary"):
        known = vocabulary(raw["vocabulary"])
        choices = tuple((code, known.label(code)) for code in known)
    else:
        choices = tuple((words, words) for words in raw.get("choices", ()))
    return Asked(raw["name"], raw["label"], raw["kind"], raw.get("hint", ""), choices)


@cache
def catalogue() -> Catalogue:
    """The catalogue as it comes with the program, read once a process."""
    text = files("warmhandoff.rules").joinpath("reasons.toml").read_text(encoding="utf-8")
    return read(tomllib.loads(text), vocabulary("reasons"))


def stands_in(need: Mapping[str, Any], path: str) -> bool:
    """Whether something stands at this path of a need as in need.json; the budget 0 is something."""
    value: Any = need
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value is not None and value is not False and value not in ("", [], {})


def is_done(step: Step, need: Mapping[str, Any], seen: Collection[str]) -> bool:
    """Whether a step needs no asking any more: advice, answered or passed over (`seen`), or the need has it already."""
    return not step.asks or step.code in seen or (bool(step.wants) and stands_in(need, step.wants))


def open_steps(steps: Iterable[Step], need: Mapping[str, Any], seen: Collection[str]) -> tuple[Step, ...]:
    """What is still to be asked before options are offered, in the catalogue's order."""
    return tuple(step for step in steps if not is_done(step, need, seen))


@dataclass(frozen=True)
class Answered:
    """An alternative with what each side said of it."""

    code: str
    ours: Answer = ""
    hers: Answer = ""


def suits_both(answers: Iterable[Answered]) -> tuple[str, ...]:
    """The alternatives to which both clinician and client said yes."""
    return tuple(one.code for one in answers if one.ours == one.hers == "yes")


@dataclass(frozen=True)
class Licence:
    """What the move means for sessions after it. compacts: (name, as of) of those that both states belong to."""

    moves: bool
    state: str
    compacts: tuple[tuple[str, str], ...] = ()


def licence_after(here: str, there: str) -> Licence:
    """Which licence counts where she will be: that place's own, or an agreement that both states have joined.

    here, there: two-letter states. Source: vocab/compacts.toml, with the day each list was read; boards decide.
    """
    known = vocabulary("compacts")
    found = []
    for code in known:
        more = known.entry(code).more
        members = more["members"]
        if isinstance(members, list) and here in members and there in members:
            found.append((known.label(code), str(more["as_of"])))
    return Licence(here != there, there, tuple(found))
