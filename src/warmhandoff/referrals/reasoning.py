"""What is looked at before options are offered: the steps a referral's reasons bring, answered or passed over.

Answers change the path: they go into the need as musts, let the client stay, wait for a day, or leave listings out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from warmhandoff.core import audit
from warmhandoff.directory.queries import lines_of
from warmhandoff.matching import parse_need
from warmhandoff.referrals.closing import close
from warmhandoff.referrals.models import Reasoning, Referral, StayAnswer
from warmhandoff.referrals.moving import Made, move
from warmhandoff.referrals.planning import put_off
from warmhandoff.referrals.queries import referral_row, visible_referrals
from warmhandoff.referrals.reason_list import reasons_of
from warmhandoff.rules.access import Actor
from warmhandoff.rules.clock import END_OF_DAY
from warmhandoff.rules.places import place_of_zip
from warmhandoff.rules.reasons import Answered, Licence, Reason, Step, licence_after, open_steps, suits_both
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, Problem

BEFORE_OPTIONS = frozenset({"needed", "offered", "undecided", "declined"})
ANSWERS = ("yes", "no", "")


@dataclass(frozen=True)
class Before:
    """What a referral's reasons bring. open: still to be asked; done: answered, passed over or not asking anything.

    facts: step -> what was written down, for those who may read the chart. stay: alternatives with both answers.
    suits: those that suit both. licence: what her new place means, where she moves. left_out: listing ids.
    """

    reasons: tuple[Reason, ...]
    open: tuple[Step, ...] = ()
    done: tuple[Step, ...] = ()
    passed_over: frozenset[str] = frozenset()
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    stay: Mapping[str, Answered] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    suits: tuple[str, ...] = ()
    licence: Licence | None = None
    left_out: tuple[int, ...] = ()
    asked_client: bool = False

    @property
    def others(self) -> tuple[Reason, ...]:
        return self.reasons[1:]

    @property
    def ends(self) -> Reason | None:
        """The reason by which the work may simply end, where there is one."""
        return next((reason for reason in self.reasons if reason.ends), None)


def before_options(actor: Actor, referral_id: UUID) -> Before:
    """What is looked at before options; for a door already open. Without the right to the chart, facts are empty."""
    row = referral_row(actor, referral_id)
    clinical = visible_referrals(actor, "see_clinical").filter(pk=row.pk).exists()
    return before_of(row, clinical=clinical)


def before_of(row: Referral, *, clinical: bool = True) -> Before:
    kept = Reasoning.objects.filter(referral=row).first()
    known = reasons_of(row.practice_id)
    codes = [row.reason, *(kept.others if kept else ())]
    steps, need, seen = known.before(codes), row.need.reveal() or {}, kept.seen if kept else []
    stay = {one.alternative: one for one in StayAnswer.objects.filter(referral=row)}
    still = open_steps(steps, need, seen)
    answers = {code: Answered(code, one.ours, one.hers) for code, one in stay.items()}  # type: ignore[arg-type]
    return Before(
        reasons=tuple(known.reasons[code] for code in codes if code in known), open=still,
        done=tuple(step for step in steps if step not in still), suits=suits_both(answers.values()),
        passed_over=frozenset(kept.passed_over if kept else ()), stay=answers,
        facts=(kept.facts.reveal() or {}) if kept and clinical else {},
        notes={code: one.note.reveal() for code, one in stay.items()} if clinical else {},
        licence=_licence(row, need) if any(step.licence for step in steps) else None,
        left_out=tuple(kept.left_out) if kept and clinical else (),
        asked_client=bool(kept and kept.asked_client_at),
    )  # fmt: skip


def _licence(row: Referral, need: Mapping[str, Any]) -> Licence | None:
    place = place_of_zip(str((need.get("place") or {}).get("zip") or ""))
    office = place_of_zip(row.practice.zip)
    here = row.practice.state or (office.state if office else "")
    return licence_after(here, place.state) if place and here else None


def is_waiting(actor: Actor, referral_id: UUID) -> bool:
    """Whether something is to be looked at before options are; for a door already open."""
    row = referral_row(actor, referral_id)
    return row.state == "needed" and bool(before_of(row).open)


@dataclass(frozen=True)
class StepAnswer:
    """What was answered to one step. need: fields of need.json; facts: what is written down, dates as ISO text.

    stay: alternative -> (ours, hers, note), with yes, no or "" for each side. left_out: listings that share the tie.
    """

    step: str
    need: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    stay: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    left_out: Sequence[int] = ()
    ask_client: bool = False


def answer_step(
    actor: Actor, referral_id: UUID, answer: StepAnswer, *, now: datetime, seen: int | None = None
) -> None:
    """Answer one step: musts go into the need, words into the chart, a re-check puts the referral off until its day.

    Refuses: a step the reasons do not bring (NotThere), unknown codes, a need that contradicts itself, listings out of
    reach or a day that is past (BadInput), and a referral that is past its options (NotNow).
    """
    with transaction.atomic():
        row = referral_row(actor, referral_id, "change")
        step = _step_of(row, answer.step)
        _check(step, answer, row, now)
        _must_be_before_options(row)
        kept = reasoning_of(row, now)
        kept.facts = {**(kept.facts.reveal() or {}), step.code: _facts(answer)} if answer.facts else kept.facts
        if step.alternatives:
            _keep_stay(row, answer, now)
            kept.asked_client_at = now if answer.ask_client else kept.asked_client_at
        if step.relation:
            kept.tie_kind = str(answer.facts.get("tie") or "")
            kept.left_out = _reachable(actor, answer.left_out, now)
        done = is_answered(step, row)
        kept.seen = [*dict.fromkeys([*kept.seen, step.code])] if done else kept.seen
        kept.passed_over = [code for code in kept.passed_over if code != step.code]
        kept.changed_at = now
        kept.save()
        _change_need(row, answer, actor, now, seen)
        audit.record(actor, "answer_step", "referral", row.pk, now=now, clients=[row.client_id])
        if again := answer.facts.get("recheck_on"):
            put_off(actor, row.pk, due_at=_end_of(date.fromisoformat(str(again)), row), why="to look at it again",
                    now=now)


def _facts(answer: StepAnswer) -> dict[str, Any]:
    return {name: value for name, value in answer.facts.items() if value not in (None, "", [], False)}


def _step_of(row: Referral, code: str) -> Step:
    found = before_of(row)
    step = next((one for one in (*found.open, *found.done) if one.code == code), None)
    if step is None:
        raise NotThere(subject=row.pk)
    return step


def _must_be_before_options(row: Referral) -> None:
    if row.state not in BEFORE_OPTIONS:
        raise NotNow("This is looked at before options are chosen; she has gone further already.")


def _check(step: Step, answer: StepAnswer, row: Referral, now: datetime) -> None:
    asked = {one.name: one for one in step.record}
    problems = [Problem("this step does not ask it", field=name) for name in answer.facts if name not in asked]
    for name, value in answer.facts.items():
        known = [code for code, _ in asked[name].choices] if name in asked else []
        said = value if isinstance(value, list) else [value]
        if known and any(one and one not in known for one in said):
            problems.append(Problem("unknown answer", field=name))
    for code, (ours, hers, _note) in answer.stay.items():
        if code not in step.alternatives or ours not in ANSWERS or hers not in ANSWERS:
            problems.append(Problem("unknown answer", field=code))
    again = answer.facts.get("recheck_on")
    if again and date.fromisoformat(str(again)) <= now.astimezone(ZoneInfo(row.practice.time_zone)).date():
        problems.append(Problem("choose a day that is still to come", field="recheck_on"))
    if problems:
        raise BadInput(*problems)


def reasoning_of(row: Referral, now: datetime) -> Reasoning:
    return Reasoning.objects.filter(referral=row).first() or Reasoning(
        practice_id=row.practice_id, referral=row, changed_at=now
    )


def _keep_stay(row: Referral, answer: StepAnswer, now: datetime) -> None:
    """Both answers as staff write them down; what she said on her own page stays where nothing else is said."""
    for code, (ours, hers, note) in answer.stay.items():
        one = StayAnswer.objects.filter(referral=row, alternative=code).first() or StayAnswer(
            practice_id=row.practice_id, referral=row, alternative=code
        )
        if ours != one.ours:
            one.ours, one.ours_at = ours, now if ours else None
        if hers and hers != one.hers:
            one.hers, one.hers_at, one.told_by = hers, now, "paper"
        one.note = note.strip() or one.note
        one.save()


def is_answered(step: Step, row: Referral) -> bool:
    """A step of alternatives waits for both sides, unless ours was no already; every other one is answered at once."""
    if not step.alternatives:
        return True
    rows = {one.alternative: one for one in StayAnswer.objects.filter(referral=row)}
    if suits_both(Answered(code, one.ours, one.hers) for code, one in rows.items()):  # type: ignore[arg-type]
        return True
    return all(code in rows and (rows[code].ours == "no" or rows[code].hers) for code in step.alternatives)


def _reachable(actor: Actor, ids: Sequence[int], now: datetime) -> list[int]:
    found = {line.id for line in lines_of(actor, list(ids), today=now.date())}
    if set(ids) - found:
        raise BadInput(Problem("one of these is not in your network", field="left_out"))
    return sorted(found)


def _change_need(row: Referral, answer: StepAnswer, actor: Actor, now: datetime, seen: int | None) -> None:
    need = {**(row.need.reveal() or {}), **{k: v for k, v in answer.need.items() if v not in (None, "", [])}}
    if need == row.need.reveal():
        return
    parse_need(need)
    move(row, "change_need", Made(facts={"step": answer.step}, changes={"need": need}, seen=seen), actor=actor, now=now)


def _end_of(day: date, row: Referral) -> datetime:
    return datetime.combine(day, END_OF_DAY, ZoneInfo(row.practice.time_zone))


def pass_over(actor: Actor, referral_id: UUID, step: str, *, now: datetime) -> None:
    """Go on without answering a step: it is not asked again, and the record says that it was passed over."""
    with transaction.atomic():
        row = referral_row(actor, referral_id, "change")
        found = _step_of(row, step)
        kept = reasoning_of(row, now)
        kept.seen = [*dict.fromkeys([*kept.seen, found.code])]
        kept.passed_over = [*dict.fromkeys([*kept.passed_over, found.code])]
        kept.changed_at = now
        kept.save()
        audit.record(actor, "pass_over_step", "referral", row.pk, now=now, clients=[row.client_id])


def stay(actor: Actor, referral_id: UUID, *, now: datetime, seen: int | None = None) -> None:
    """She stays: a way was found that suits both. The referral ends with that outcome; NotNow where none does."""
    row = referral_row(actor, referral_id, "change")
    found = before_of(row)
    if not found.suits:
        raise NotNow("There is no way to stay yet to which both of you said yes.")
    known = reasons_of(row.practice_id).alternatives
    why = "; ".join(known[code].label for code in found.suits)
    close(actor, referral_id, outcome="stayed", why=why, now=now, seen=seen)


def end_without_names(actor: Actor, referral_id: UUID, *, now: datetime, seen: int | None = None) -> None:
    """The work simply ends, where a reason allows it (no progress). Names only if she still wants help."""
    row = referral_row(actor, referral_id, "change")
    reason = before_of(row).ends
    if reason is None:
        raise NotNow("This reason does not end the work by itself.")
    close(actor, referral_id, outcome=reason.ends, why=reason.label, now=now, seen=seen)
