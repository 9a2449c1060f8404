"""Who may sign a release: the client, a representative, a minor where a state's rule lets her, an agent.

Sources: 45 CFR 164.508(c)(1)(vi) (a representative's authority is described), 164.502(g) (who stands for whom, and
that the minor who lawfully consented decides), 42 CFR 2.14 (minors in substance-use programmes). State rules are data
(release_tables/minors.toml) that the practice switches on. Read 2026-11; support for the practice, whose counsel
decides.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from warmhandoff.rules.release_elements import PART2_CLASSES, is_part2

OF_AGE = 18
KINDS: Mapping[str, str] = {
    "self": "The client herself",
    "minor": "The client, under 18, where the law lets her decide",
    "representative": "A parent, guardian or other personal representative",
    "agent": "An agent under a power of attorney",
}
CONSENTED = {
    "representative": "A parent or guardian consented to care",
    "minor": "The minor consented alone, as the state's rule allows",
    "both": "Both consented",
}
VIEWERS = {"minor": "The client herself", "representative": "Her parent or guardian"}


@dataclass(frozen=True)
class StateRule:
    """From which age a minor may consent alone; None where the source does not say. `also`: what else it asks for."""

    state: str
    name: str
    mental_health: int | None
    substance_use: int | None
    source: str
    read_on: date
    also: str


@cache
def state_rules() -> dict[str, StateRule]:
    """The rules there are, by state. None counts until a practice switches it on."""
    text = files("warmhandoff.rules").joinpath("release_tables", "minors.toml").read_text(encoding="utf-8")
    return {
        state: StateRule(state, one["name"], one.get("mental_health"), one.get("substance_use"), one["source"],
                         one["read_on"], one["also"])
        for state, one in tomllib.loads(text).items()
    }


def age_on(born: str, day: date) -> int | None:
    """Full years on `day` of someone born on an ISO date; None where it is not recorded."""
    try:
        birth = date.fromisoformat(born)
    except ValueError:
        return None
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def is_minor(age: int | None) -> bool:
    """Whether she is known to be under 18. Of whom no date of birth is recorded, nothing else is assumed."""
    return age is not None and age < OF_AGE


@dataclass(frozen=True)
class Consent:
    """What is recorded of a minor: who consented to care (CONSENTED), and who may view her page (VIEWERS)."""

    by: str
    viewers: frozenset[str]


def alone(age: int | None, rule: StateRule | None, *, part2: bool = False) -> bool:
    """Whether a minor of this age decides by herself under a rule that is switched on; part2: about substance use."""
    if age is None or rule is None:
        return False
    needed = rule.substance_use if part2 else rule.mental_health
    return needed is not None and age >= needed


def standing(age: int | None, rule: StateRule | None, recorded: Consent | None) -> Consent | None:
    """Who consented and who may view, for a minor: as recorded, or, where a switched-on rule lets her decide alone,
    she alone. None where nothing says so: then she has no page, and nothing about her leaves."""
    if recorded is not None:
        return recorded
    return Consent("minor", frozenset({"minor"})) if alone(age, rule) else None


@dataclass(frozen=True)
class Signer:
    """One signature to be judged. `age`: the client's; `scope`, `evidence`: by what right, and what was seen of it.

    with_minor, with_representative: whether the other of the two signs this release as well.
    programme: the practice is a substance-use programme, so that all its records fall under 42 CFR Part 2.
    """

    kind: str
    age: int | None
    classes: frozenset[str]
    scope: str = ""
    evidence: str = ""
    with_minor: bool = False
    with_representative: bool = False
    programme: bool = False

    @property
    def part2(self) -> bool:
        return is_part2(self.classes, programme=self.programme)

    @property
    def other_care(self) -> bool:
        """Whether anything but substance use is in it."""
        return bool(self.classes - PART2_CLASSES) or not self.classes


NO_CONSENT = "She is under 18: record first who consented to her care and who may view her page."


def refusal(signer: Signer, rule: StateRule | None, recorded: Consent | None) -> str:
    """Why this signature does not count, as a sentence; "" when it does.

    rule: the state's rule if the practice has switched it on. recorded: who consented to care and who may view.
    """
    if signer.kind not in KINDS:
        return "Say who signs."
    if signer.kind in ("representative", "agent") and not (signer.scope.strip() and signer.evidence.strip()):
        return "Say by what right someone signs for her, and what you saw of it."
    if not is_minor(signer.age):
        return "She is of age: she signs for herself." if signer.kind == "minor" else ""
    if signer.kind in ("self", "agent"):
        return "She is under 18: she signs as a minor where the rule allows it, or a representative signs."
    consent = standing(signer.age, rule, recorded)
    if consent is None:
        return NO_CONSENT
    fault = _about_substance_use(signer, rule) if signer.part2 else ""
    if fault or not signer.other_care:
        return fault
    return _about_other_care(signer, rule, consent)


def _about_substance_use(signer: Signer, rule: StateRule | None) -> str:
    """42 CFR 2.14: the minor alone where state law lets her consent to this treatment alone; else both of them."""
    if alone(signer.age, rule, part2=True):
        mine = signer.kind == "minor" or signer.with_minor
        return "" if mine else "Only she may allow this: the law lets her decide about this treatment."
    other = signer.with_representative if signer.kind == "minor" else signer.with_minor
    return "" if other else "Both sign this: she, and her parent or guardian."


def _about_other_care(signer: Signer, rule: StateRule | None, consent: Consent) -> str:
    """45 CFR 164.502(g)(3): who lawfully consented to the care decides about it."""
    if signer.kind == "representative":
        hers = consent.by == "minor" and not signer.with_minor
        return "She consented to this care herself: she decides who is told of it." if hers else ""
    if signer.with_representative:
        return ""
    if consent.by == "representative":
        return "Her parent or guardian consented to this care: the parent or guardian signs."
    return "" if alone(signer.age, rule) else "No rule that your practice switched on lets her sign alone."


def outgrown(signer: Signer, age_now: int | None) -> bool:
    """Whether a representative signed while she was under 18 and she is of age now: then she signs herself."""
    return signer.kind == "representative" and is_minor(signer.age) and age_now is not None and age_now >= OF_AGE
