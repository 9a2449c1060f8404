"""The one function through which everything that changes a referral passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from warmhandoff.core import audit, events
from warmhandoff.referrals.models import Referral
from warmhandoff.rules.access import Actor
from warmhandoff.rules.check_ins import ASKED_ELSE
from warmhandoff.rules.lifecycle import MOVES, NEW, STATES, DueFacts, Move, due_at
from warmhandoff.rules.refusals import BadInput, NoRelease, NotAllowed, NotNow, Problem, Stale
from warmhandoff.rules.release import Decision
from warmhandoff.rules.switches import moves_off

if TYPE_CHECKING:
    from warmhandoff.accounts.models import Membership, Practice
    from warmhandoff.core.models import Event


@dataclass(frozen=True)
class Made:
    """What comes with a move.

    facts: what the move needs and what the timeline keeps (sealed).
    changes: columns of the referral that change with it.
    decision: the release decision, for moves that disclose.
    seen: the referral's `moves_made` as the actor saw it; another number means someone was faster.
    due_at, owner: instead of what the table gives.
    step: another next step than the state's and whom it waits on; ("", "") puts the state's own back.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    decision: Decision | None = None
    seen: int | None = None
    due_at: datetime | None = None
    owner: Membership | None = None
    step: tuple[str, str] | None = None


def due_facts(practice: Practice, *, session_at: datetime | None = None, weeks: int | None = None) -> DueFacts:
    return DueFacts(
        zone=practice.time_zone, state=practice.state or None, promise_days=practice.promise_days,
        session_at=session_at, weeks=weeks,
    )


def _check(referral: Referral, move: Move, actor: Actor, made: Made) -> None:
    if actor.side not in move.sides:
        raise NotAllowed(f"“{move.label}” is not yours to do.")
    if made.seen is not None and made.seen != referral.moves_made:
        raise Stale
    if referral.state not in move.sources:
        where = STATES[referral.state].label if referral.state in STATES else "new"
        raise NotNow(f"“{move.label}” is not possible now: this referral is at “{where}”.")
    if move.code in moves_off(referral.practice.switches):
        raise NotNow(f"Your practice has switched this off: “{move.label}”.")
    missing = [name for name in move.needs if not made.facts.get(name)]
    if missing:
        raise BadInput(*[Problem("is needed for this step", field=name) for name in missing])
    if move.outcomes and made.facts.get("outcome") not in move.outcomes:
        raise BadInput(Problem("this outcome does not go with this step", field="outcome"))
    if move.discloses and (made.decision is None or not made.decision.allowed):
        raise NoRelease(made.decision.reason if made.decision else "There is no release for this yet.")


def _columns(referral: Referral, move: Move, made: Made, now: datetime) -> dict[str, Any]:
    """The state, next step, owner and due date after the move; nothing else decides them."""
    if move.to is None:
        kept: dict[str, Any] = {}
        if made.due_at is not None:
            kept["due_at"] = made.due_at
            kept["escalated_at"] = None
        if made.owner is not None:
            kept["next_owner"] = made.owner
            kept["escalated_at"] = None
        if made.step is not None and STATES[referral.state].is_open:
            usual = STATES[referral.state]
            kept["next_step"], kept["waiting_on"] = made.step if made.step[0] else (usual.step, usual.waiting_on)
        return kept
    state = STATES[move.to]
    if not state.is_open:
        return {"state": state.code, "next_step": "", "next_owner": None, "waiting_on": "", "due_at": None,
                "escalated_at": None, "outcome": made.facts["outcome"], "closed_at": now}
    again = {"attempt": referral.attempt + 1, "session_at": None} if move.begins else {}
    session_at = None if move.begins else made.changes.get("session_at", referral.session_at)
    facts = due_facts(referral.practice, session_at=session_at, weeks=made.facts.get("weeks"))
    step, waiting_on = made.step if made.step and made.step[0] else (state.step, state.waiting_on)
    return {
        "state": state.code, "next_step": step, "waiting_on": waiting_on,
        "next_owner": made.owner or referral.next_owner or referral.owner,
        "due_at": made.due_at or due_at(state.code, now=now, facts=facts), "outcome": "", "closed_at": None,
        "escalated_at": None, **again,
    }


def _still_asked(referral: Referral, move: Move, made: Made, actor: Actor) -> Made:
    """What she asked for stays the owner's step until the owner does something, whatever others do meanwhile."""
    if referral.next_step != ASKED_ELSE or actor.side == "referrer" or made.step is not None:
        return made
    onward = move.to is not None and STATES[move.to].is_open
    return replace(made, step=(ASKED_ELSE, "referrer")) if onward else made


def move(referral: Referral, name: str, made: Made, *, actor: Actor, now: datetime) -> Event:
    """Make one move of one referral, whole or not at all.

    Refuses: NotAllowed (not this side), Stale (someone was faster), NotNow (not from this state, or the practice has
    switched it off), BadInput (a fact is missing), NoRelease (it discloses and the decision says no). The update is
    conditional on the state and count the actor saw, so of two racing moves exactly one wins, on SQLite and PostgreSQL
    alike.
    """
    rule = MOVES[name]
    with transaction.atomic():
        _check(referral, rule, actor, made)
        made = _still_asked(referral, rule, made, actor)
        columns = _columns(referral, rule, made, now)
        won = Referral.objects.filter(
            pk=referral.pk, state=referral.state, moves_made=referral.moves_made
        ).update(moves_made=referral.moves_made + 1, **columns)
        if won != 1:
            raise Stale(subject=referral.pk)
        before = referral.state
        _apply(referral, {**columns, "moves_made": referral.moves_made + 1}, made.changes)
        return _record(referral, rule, before, made, actor=actor, now=now)


def _apply(referral: Referral, columns: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    for column, value in {**columns, **changes}.items():
        setattr(referral, column, value)
    if changes:
        referral.save(update_fields=sorted(changes))


def _record(
    referral: Referral, rule: Move, before: str, made: Made, *, actor: Actor, now: datetime
) -> Event:
    subject = events.Subject("referral", referral.pk, referral.practice_id, referral.client_id)
    release_id: UUID | None = made.decision.release_id if made.decision else None
    change = events.Change(
        rule.code, referral.moves_made, before, referral.state, _plain(made.facts), release_id
    )
    event = events.record(subject, change, actor=actor, now=now)
    audit.record(actor, rule.code, "referral", referral.pk, now=now, clients=[referral.client_id], basis=release_id)
    return event


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as JSON holds them: ids and instants become text."""
    return {
        key: value if isinstance(value, (str, int, float, bool, list, dict, type(None))) else str(value)
        for key, value in facts.items()
    }


def start(referral: Referral, made: Made, *, actor: Actor, now: datetime) -> Event:
    """The first move: the row is written with its first next step already there."""
    rule = MOVES["record_need"]
    with transaction.atomic():
        referral.state = NEW
        _check(referral, rule, actor, made)
        for column, value in {**_columns(referral, rule, made, now), "moves_made": 1, **made.changes}.items():
            setattr(referral, column, value)
        referral.save(force_insert=True)
        return _record(referral, rule, "", made, actor=actor, now=now)
