"""The columns of a file whose headings are not ours: what each holds, and what its words mean."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django import forms

from warmhandoff.directory.fields import FIELDS
from warmhandoff.imports import choosing
from warmhandoff.imports.choosing import Choices
from warmhandoff.imports.first_look import Column, FirstLook
from warmhandoff.rules.refusals import BadInput
from warmhandoff.web.forms.listing import GROUPS
from warmhandoff.web.forms.need import choices_of
from warmhandoff.web.forms.problems import sentence

MOST_WORDS = 60
_LEFT_OUT = ("", "Leave it out")
_SEEMS = ("", "As each column seems to have it")


def _targets() -> list[Any]:
    """The facts in the groups of the listing's own form, then dates and the point."""
    shown = {name for _, names in GROUPS for name in names}
    groups = [
        (title, [(name, choosing.TARGETS[name]) for name in names if name in choosing.TARGETS])
        for title, names in GROUPS
    ]
    rest = [(name, label) for name, label in choosing.TARGETS.items() if name not in shown]
    return [_LEFT_OUT, *groups, ("Dates and the rest", rest)]


@dataclass(frozen=True)
class ColumnLine:
    """One column as the table shows it."""

    column: Column
    field: forms.BoundField | None
    number: int
    key: bool


class ColumnsForm(forms.Form):
    """One select a column, and one for each word that spells no code. `choices()` is what was chosen so far."""

    name = forms.CharField(
        label="Name of this mapping", max_length=60,
        help_text="Listings are known by this name and the ticked columns. A later file under the same name changes "
        "the same listings, and retires those it no longer holds.",
    )
    kind = forms.ChoiceField(
        label="Kind of those who do not say", required=False, choices=lambda: [("", "None"), *choices_of("kinds")]
    )
    state = forms.ChoiceField(
        label="State of those who do not say", required=False,
        choices=lambda: [("", "None"), *choices_of("states")],
    )
    apart = forms.ChoiceField(
        label="Several answers in one cell are set apart by", required=False,
        choices=[_SEEMS, *choosing.APART.items()],
    )
    days = forms.ChoiceField(label="Days are written as", required=False, choices=[_SEEMS, *choosing.DAYS.items()])
    strict = forms.BooleanField(
        label="Reject a row with a word that is not known", required=False,
        help_text="Otherwise the word is left out and the row lands.",
    )

    def __init__(self, look: FirstLook, data: Any = None, *, choices: Choices) -> None:
        self.look, self.begun = look, choices
        given = {"name": choices.name, "kind": choices.kind, "state": choices.state, "apart": choices.apart,
                 "days": choices.days, "strict": choices.strict}  # fmt: skip
        super().__init__(data, initial=given)
        usable = [(number, column) for number, column in enumerate(look.columns) if not column.fault]
        for number, column in usable:
            self.fields[f"target_{number}"] = forms.ChoiceField(
                label=column.heading, choices=_targets(), required=False,
                initial=choices.targets.get(column.heading, ""),
            )  # fmt: skip
        self.fields["key"] = forms.MultipleChoiceField(
            label="What tells one row from another", choices=[(str(number), c.heading) for number, c in usable],
            required=False, initial=[str(number) for number, column in usable if column.heading in choices.key],
        )  # fmt: skip
        self._words = dict(self._word_fields())

    def _word_fields(self) -> Iterator[tuple[str, tuple[str, str, int]]]:
        """Name of the field -> fact, word and how often; of the columns as they are chosen now."""
        for fact, words in choosing.unknown_words(self.look, self.choices()).items():
            for word, count in words[:MOST_WORDS]:
                name = f"word_{fact}_{hashlib.sha256(word.encode()).hexdigest()[:12]}"
                self.fields[name] = forms.ChoiceField(
                    label=word, choices=[_LEFT_OUT, *choices_of(FIELDS[fact].vocabulary)], required=False,
                    initial=self.begun.words.get(fact, {}).get(word, ""),
                )  # fmt: skip
                yield name, (fact, word, count)

    def choices(self) -> Choices:
        """What is chosen: as it was sent, where it was sent, and as it began elsewhere."""
        targets = {
            column.heading: self._now(f"target_{number}") for number, column in enumerate(self.look.columns)
            if f"target_{number}" in self.fields
        }  # fmt: skip
        key = [self.look.columns[int(number)].heading for number in self._several("key")]
        words: dict[str, dict[str, str]] = {}
        for name, (fact, word, _) in getattr(self, "_words", {}).items():
            words.setdefault(fact, {})[word] = self._now(name)
        return replace(
            self.begun, name=self._now("name"), targets={k: v for k, v in targets.items() if v in choosing.TARGETS},
            key=tuple(key), kind=self._now("kind"), state=self._now("state"), apart=self._now("apart"),
            days=self._now("days"), strict=bool(self["strict"].value()), words=words,
        )  # fmt: skip

    def _now(self, name: str) -> str:
        return str(self[name].value() or "").strip()

    def _several(self, name: str) -> list[str]:
        allowed = {number for number, _ in self.fields[name].choices}  # type: ignore[attr-defined]
        return [number for number in self[name].value() or () if number in allowed]

    def lines(self) -> list[ColumnLine]:
        """The columns in the file's order."""
        key = set(self._several("key"))
        return [
            ColumnLine(column, None if column.fault else self[f"target_{number}"], number, str(number) in key)
            for number, column in enumerate(self.look.columns)
        ]

    def words(self) -> list[tuple[str, list[tuple[forms.BoundField, int]]]]:
        """What a fact is called, with the words that spell no code and how often each occurs."""
        found: dict[str, list[tuple[forms.BoundField, int]]] = {}
        for name, (fact, _, count) in self._words.items():
            found.setdefault(FIELDS[fact].label, []).append((self[name], count))
        return list(found.items())

    def settings(self) -> list[forms.BoundField]:
        return [self[name] for name in ("name", "kind", "state", "apart", "days", "strict")]

    def missing(self) -> list[str]:
        """What the choices lack, as sentences; nothing where they make a mapping."""
        return [sentence(problem.reason) for problem in choosing.faults_of(self.look, self.choices())]

    def tell_missing(self) -> None:
        for problem in choosing.faults_of(self.look, self.choices()):
            name = problem.field if problem.field in self.fields else None
            self.add_error(name, sentence(problem.reason))

    def text(self) -> str:
        """The choices as a mapping file. Refuses (BadInput) as `choosing.mapping_text`, and choices not on offer."""
        if self.is_bound and not self.is_valid():
            raise BadInput
        return choosing.mapping_text(self.look, self.choices())
