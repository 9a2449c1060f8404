"""Lawful bases other than a release: which there are, what their record needs, and when a sending may ride on one.

In the moment nothing is mandatory: a call that had to be made is recorded afterwards, and what is missing is shown as
to complete. Only a *sending* by this product needs basis, facts and classes first. Sources stand with each basis in
lawful_bases.toml; the figures are security requirement R-15. Read 2026-11; support, not legal advice.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files

from warmhandoff.rules import part2
from warmhandoff.rules.refusals import Problem
from warmhandoff.rules.release import NEVER_ON_A_GENERAL_RELEASE

LEAST_FACTS = 40  # characters
REVIEWED_WITHIN = timedelta(hours=24)
WAYS = {"phone": "by telephone", "in_person": "in person", "paper": "on paper or by fax",
        "link": "by a secure link"}


@dataclass(frozen=True)
class Basis:
    """One ground. accounted: 164.528 asks for it; part2: substance-use records may go along; off: needs a switch."""

    code: str
    label: str
    plain: str
    plain_es: str
    source: str
    as_of: date
    accounted: bool
    help: str
    part2: bool = False
    off: bool = False


@cache
def bases() -> dict[str, Basis]:
    """Every basis by its code."""
    text = files("warmhandoff.rules").joinpath("lawful_bases.toml").read_text(encoding="utf-8")
    return {code: Basis(code, **one) for code, one in tomllib.loads(text).items()}


def offered(*, for_treatment: bool) -> dict[str, Basis]:
    """The bases this practice uses. for_treatment: whether it turned on what is off by default."""
    return {code: one for code, one in bases().items() if for_treatment or not one.off}


@dataclass(frozen=True)
class Said:
    """What is recorded of one disclosure; every part may be empty at first. told: the client was told."""

    basis: str = ""
    facts: str = ""
    recipient: str = ""
    able: str = ""
    classes: Sequence[str] = ()
    told: bool = False
    untold_why: str = ""


def to_complete(said: Said) -> list[str]:
    """What the record still lacks, as sentences; empty where it is whole."""
    lacks = [
        (said.basis not in bases(), "On what ground it was told."),
        (len(said.facts.strip()) < LEAST_FACTS, f"What happened, in {LEAST_FACTS} characters or more."),
        (not said.recipient.strip(), "Whom it was told."),
        (not said.able.strip(), "What they could do about it."),
        (not said.classes, "What kinds of information it was."),
        (not said.told and not said.untold_why.strip(), "Whether she was told, or why telling her is unsafe."),
    ]
    return [words for lacking, words in lacks if lacking]


def against_sending(said: Said, classes: Sequence[str], *, for_treatment: bool) -> list[Problem]:
    """Why `classes` may not be sent on what is recorded, each on its field; empty: they may.

    Psychotherapy notes never; substance-use records only where part 2 has a door of its own (42 CFR 2.51).
    """
    basis = offered(for_treatment=for_treatment).get(said.basis)
    problems = []
    if basis is None:
        problems.append(Problem("choose on what ground it is sent", field="basis"))
    if len(said.facts.strip()) < LEAST_FACTS:
        problems.append(Problem(f"say in {LEAST_FACTS} characters or more what happens", field="facts"))
    if not said.recipient.strip():
        problems.append(Problem("say who gets it", field="recipient"))
    if not classes or not set(classes) <= set(said.classes):
        problems.append(Problem("choose what goes along: only what is recorded can be sent", field="classes"))
    if set(classes) & NEVER_ON_A_GENERAL_RELEASE:
        problems.append(Problem("psychotherapy notes are never sent on this ground", field="classes"))
    if part2.applies(classes) and not (basis and basis.part2):
        problems.append(Problem("substance-use records go only in a medical emergency (42 CFR 2.51)", field="classes"))
    return problems


def is_late(recorded_at: datetime, reviewed_at: datetime | None, now: datetime) -> bool:
    """Whether nobody looked at it within the time promised."""
    return reviewed_at is None and now > recorded_at + REVIEWED_WITHIN
