"""Consulting one's supervisor, and everything that waits for a supervisor. Private reflections are no part of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from warmhandoff.accounts.queries import colleague, supervised_by
from warmhandoff.accounts.switches import is_on
from warmhandoff.clients.caring import note_change
from warmhandoff.clients.queries import client_row, visible_clients
from warmhandoff.clients.treatment import Unheld, unheld_clients
from warmhandoff.core import audit
from warmhandoff.referrals import cosigning
from warmhandoff.referrals.models import Consult, CoSign, Referral, TherapyCondition
from warmhandoff.referrals.queries import ReferralLine, line, visible_referrals
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere, Problem

if TYPE_CHECKING:
    from warmhandoff.clients.models import Client

LONGEST = 5_000  # characters
DECISIONS = {
    "advice": "Advice; it is yours to decide", "go_ahead": "Go ahead", "not_yet": "Not yet", "mine": "I take this over",
}  # fmt: skip


@dataclass(frozen=True)
class Consulted:
    """One consultation as those read it who may read clinical words."""

    id: UUID
    client_id: UUID
    initials: str
    referral_id: UUID | None
    question: str
    asked_by: str
    asked_at: datetime
    mine: bool
    decision: str
    answer: str
    answered_by: str
    answered_at: datetime | None
    may_answer: bool


@dataclass(frozen=True)
class CoSignLine:
    """A co-signature that waits. what: "transfer" or "discharge summary"."""

    id: UUID
    client_id: UUID
    initials: str
    what: str
    asked_by: str
    asked_at: datetime


@dataclass(frozen=True)
class ConditionLine:
    """A condition of therapy that waits for the supervisor's decision."""

    client_id: UUID
    item_id: UUID
    initials: str
    proposed_by: str
    proposed_at: datetime


@dataclass(frozen=True)
class Waiting:
    """What waits for a supervisor, each oldest first; `asked`: what the actor herself asked and nobody answered."""

    consults: Sequence[Consulted]
    co_signs: Sequence[CoSignLine]
    conditions: Sequence[ConditionLine]
    unheld: Sequence[Unheld]
    overdue: Sequence[ReferralLine]
    asked: Sequence[Consulted]

    @property
    def nothing(self) -> bool:
        return not (self.consults or self.co_signs or self.conditions or self.unheld or self.overdue or self.asked)


def ask(actor: Actor, client_id: UUID, question: str, *, referral_id: UUID | None = None, now: datetime) -> UUID:
    """Ask one's supervisor about a client. Returns the consultation's id.

    Refuses strangers and a referral of another client (NotThere), someone with no supervisor (NotNow), and no words
    (BadInput).
    """
    if not question.strip() or len(question) > LONGEST:
        raise BadInput(Problem("write your question", field="question"))
    with transaction.atomic():
        row = client_row(actor, client_id, "change")
        if referral_id is not None and not Referral.objects.filter(pk=referral_id, client=row).exists():
            raise NotThere(subject=referral_id)
        if supervisor_of(actor) is None:
            raise NotNow("Nobody is recorded as your supervisor. An administrator can do that under Members.")
        made = Consult(
            practice_id=row.practice_id, client=row, referral_id=referral_id, question=question.strip(),
            asked_by_id=actor.member, asked_at=now,
        )
        made.save(force_insert=True)
        note_change(row, "ask_supervisor", actor, now)
    return made.pk


def supervisor_of(actor: Actor) -> str | None:
    """The name of the actor's supervisor; None where nobody is, or she left."""
    found = cosigning.supervisor_of(colleague(actor.practice_id, actor.member))
    return found.user.name if found else None


def answer(
    actor: Actor, client_id: UUID, consult_id: UUID, *, decision: str, words: str, now: datetime
) -> None:
    """The supervisor of whoever asked answers, once.

    Refuses strangers (NotThere), everyone else (NotAllowed), an unknown decision or no words (BadInput), and what was
    answered already (NotNow).
    """
    problems = [] if decision in DECISIONS else [Problem("choose from the list", field="decision")]
    if not words.strip() or len(words) > LONGEST:
        problems.append(Problem("write your answer", field="words"))
    if problems:
        raise BadInput(*problems)
    with transaction.atomic():
        client = client_row(actor, client_id, "see_clinical")
        row = Consult.objects.filter(pk=consult_id, client=client).select_related("asked_by").first()
        if row is None:
            raise NotThere(subject=consult_id)
        if row.asked_by.supervisor_id != actor.membership_id:
            raise NotAllowed("This is answered by the supervisor of whoever asked.", subject=consult_id)
        open_row = Consult.objects.filter(pk=row.pk, answered_at=None)
        if not open_row.update(decision=decision, answered_at=now, answered_by_id=actor.member):
            raise NotNow("It was answered already.", subject=consult_id)
        row.refresh_from_db()
        row.answer = words.strip()
        row.save(update_fields=["answer"])
        note_change(client, "answer_consult", actor, now)


def must_be_hers(actor: Actor, client_id: UUID, consult_id: UUID) -> None:
    """NotThere for a consultation that is not about this client, before anything else is said of it."""
    client = client_row(actor, client_id)
    if not Consult.objects.filter(pk=consult_id, client=client).exists():
        raise NotThere(subject=consult_id)


def consults_of(actor: Actor, client_id: UUID, *, now: datetime) -> list[Consulted]:
    """A client's consultations, newest first: part of the chart, for those who may read it (else NotThere)."""
    client = client_row(actor, client_id, "see_clinical")
    rows = _full(Consult.objects.filter(client=client)).order_by("-asked_at")
    found = [_consulted(row, actor) for row in rows]
    if found:
        audit.record(actor, "list", "consult", now=now, clients=[client.pk])
    return found


def _full(rows: QuerySet[Consult]) -> QuerySet[Consult]:
    return rows.select_related("client", "asked_by__user", "answered_by__user")


def _consulted(row: Consult, actor: Actor) -> Consulted:
    return Consulted(
        row.pk, row.client_id, row.client.initials.reveal(), row.referral_id, row.question.reveal(),
        row.asked_by.user.name, row.asked_at, row.asked_by_id == actor.membership_id,
        DECISIONS.get(row.decision, ""), row.answer.reveal(), row.answered_by.user.name if row.answered_by else "",
        row.answered_at, row.answered_at is None and row.asked_by.supervisor_id == actor.membership_id,
    )  # fmt: skip


def waiting_for(actor: Actor, *, now: datetime) -> Waiting:
    """Everything that waits for this supervisor, of clients she may see; and what she asked herself.

    For whoever supervises nobody and asked nothing, all of it is empty. One audit entry for what names a client.
    """
    seen = visible_clients(actor, "see_clinical")
    me = actor.member
    consults = _full(Consult.objects.filter(client__in=seen, answered_at=None)).order_by("asked_at")
    hers = [_consulted(row, actor) for row in consults.filter(Q(asked_by__supervisor_id=me) | Q(asked_by_id=me))]
    co_signs, conditions = _co_signs(actor, seen), _conditions(actor, seen)
    supervises = bool(supervised_by(colleague(actor.practice_id, me)))
    overdue = _overdue(actor, now) if supervises else []
    found = Waiting(
        consults=[one for one in hers if one.may_answer], co_signs=co_signs, conditions=conditions,
        unheld=unheld_clients(actor, now=now) if supervises else [], overdue=overdue,
        asked=[one for one in hers if one.mine],
    )
    named = {one.client_id for one in hers} | {one.client_id for one in co_signs}
    named |= {one.client_id for one in conditions} | {one.client_id for one in overdue}
    if named:
        audit.record(actor, "list", "supervision", now=now, clients=named)
    return found


def waiting_rows(actor: Actor) -> dict[str, QuerySet[Any]]:
    """What only this supervisor can answer, by kind: "consults", "co_signs", "conditions". For counting."""
    seen = visible_clients(actor, "see_clinical")
    consults = Consult.objects.filter(client__in=seen, answered_at=None, asked_by__supervisor_id=actor.member)
    return {"consults": consults, "co_signs": _to_co_sign(actor, seen), "conditions": _to_decide(actor, seen)}


def _to_co_sign(actor: Actor, seen: QuerySet[Client]) -> QuerySet[CoSign]:
    of = Q(referral__owner__supervisor_id=actor.member) | Q(
        referral=None, asked_by__supervisor_id=actor.member, summary__signed_at=None
    )
    return CoSign.objects.filter(of, client__in=seen, decided_at=None)


def _to_decide(actor: Actor, seen: QuerySet[Client]) -> QuerySet[TherapyCondition]:
    return TherapyCondition.objects.filter(
        decision="waiting", proposed_by__supervisor_id=actor.member, item__plan__client__in=seen
    )


def _co_signs(actor: Actor, seen: QuerySet[Client]) -> list[CoSignLine]:
    rows = _to_co_sign(actor, seen).select_related("client", "asked_by__user")
    return [
        CoSignLine(row.pk, row.client_id, row.client.initials.reveal(),
                   "transfer" if row.referral_id else "discharge summary", row.asked_by.user.name, row.asked_at)
        for row in rows.order_by("asked_at")
    ]  # fmt: skip


def _conditions(actor: Actor, seen: QuerySet[Client]) -> list[ConditionLine]:
    rows = _to_decide(actor, seen) if is_on(actor.practice_id, "plans") else TherapyCondition.objects.none()
    return [
        ConditionLine(row.item.plan.client_id, row.item_id, row.item.plan.client.initials.reveal(),
                      row.proposed_by.user.name, row.proposed_at)
        for row in rows.select_related("item__plan__client", "proposed_by__user").order_by("proposed_at")
    ]  # fmt: skip


def _overdue(actor: Actor, now: datetime) -> list[ReferralLine]:
    """The overdue steps of those she supervises."""
    rows = visible_referrals(actor).filter(next_owner__supervisor_id=actor.member, due_at__lt=now)
    return [line(row, now) for row in rows.select_related("client", "next_owner__user").order_by("due_at")]


def count_waiting(actor: Actor) -> int:
    """How much waits for this supervisor to answer. Names nobody, and is not audited."""
    return sum(rows.count() for rows in waiting_rows(actor).values())
