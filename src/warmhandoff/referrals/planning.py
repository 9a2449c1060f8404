"""From "someone else would help her better" to a recorded need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from warmhandoff.accounts.queries import actor_of_membership, colleague
from warmhandoff.clients.caring import put_on_team
from warmhandoff.clients.queries import client_row
from warmhandoff.matching import parse_need
from warmhandoff.referrals.asking import note_if_unmet
from warmhandoff.referrals.models import Referral
from warmhandoff.referrals.moving import Made, move, start
from warmhandoff.referrals.queries import referral_row, visible_referrals
from warmhandoff.referrals.reason_list import check_reasons, keep_others
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, Problem
from warmhandoff.rules.vocab import vocabulary

if TYPE_CHECKING:
    from warmhandoff.accounts.models import Membership


@dataclass(frozen=True)
class NewReferral:
    """What a referral starts with. `need` is in the form of need.json; the two reasons are different texts.

    kind: transfer, adjunct, redirect or advice. chart_reason is private; client_reason is what the client reads.
    reason is the primary one; others: those beside it, None leaves them as they are.
    """

    kind: str
    reason: str
    need: Mapping[str, Any]
    purpose: str = "same_service"
    title: str = ""
    chart_reason: str = ""
    client_reason: str = ""
    hoped_for: str = ""
    background: str = ""
    others: Sequence[str] | None = None


def _check(new: NewReferral, practice_id: UUID) -> None:
    problems = []
    for field, value, words in (("kind", new.kind, "kinds_of_referral"), ("purpose", new.purpose, "purposes")):
        if value not in vocabulary(words):
            problems.append(Problem(f"unknown code {value!r}", field=field))
    problems += check_reasons(practice_id, [new.reason], field="reason")
    problems += check_reasons(practice_id, new.others or (), field="others")
    if problems:
        raise BadInput(*problems)
    parse_need(dict(new.need))


def title_of(need: Mapping[str, Any]) -> str:
    """A short name for a need: "Therapist: trauma", as lists show it."""
    kind = vocabulary("kinds").label(need["kind"]).partition(" (")[0]
    concerns = [vocabulary("concerns").plain(code) for code in need.get("concerns") or []][:2]
    title = f"{kind}: {' and '.join(concerns)}" if concerns else kind
    return title[:1].upper() + title[1:]


def record_need(actor: Actor, client_id: UUID, new: NewReferral, *, now: datetime) -> UUID:
    """Start a referral: one need, one reason, and at once a first next step. Returns its id.

    Refuses a client the actor may not change (NotThere) and unknown codes or a need that contradicts itself (BadInput).
    """
    _check(new, actor.practice_id)
    with transaction.atomic():
        client = client_row(actor, client_id, "change")
        owner = colleague(client.practice_id, actor.member, lock=True)
        referral = Referral(
            practice=client.practice, client=client, owner=owner, kind=new.kind, reason=new.reason,
            purpose=new.purpose, title=new.title.strip() or title_of(new.need), chart_reason=new.chart_reason.strip(),
            client_reason=new.client_reason.strip(), need=dict(new.need), hoped_for=new.hoped_for.strip(),
            background=new.background.strip(), created_at=now,
        )
        start(referral, Made(facts={"need": True, "reason": new.reason}), actor=actor, now=now)
        keep_others(referral, new.others or (), now)
        let_in(referral, owner, actor, now=now)
    note_if_unmet(referral, now=now)
    return referral.pk


def change_need(actor: Actor, referral_id: UUID, new: NewReferral, *, seen: int | None, now: datetime) -> None:
    """Change what a referral is for, before it is with anyone; options are looked for again."""
    _check(new, actor.practice_id)
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "change")
        changes = {
            "kind": new.kind, "reason": new.reason, "purpose": new.purpose, "need": dict(new.need),
            "title": new.title.strip() or title_of(new.need), "chart_reason": new.chart_reason.strip(),
            "client_reason": new.client_reason.strip(), "hoped_for": new.hoped_for.strip(),
            "background": new.background.strip(),
        }
        move(referral, "change_need", Made(changes=changes, seen=seen), actor=actor, now=now)
        if new.others is not None:
            keep_others(referral, new.others, now)
    note_if_unmet(referral, now=now)


def put_off(actor: Actor, referral_id: UUID, *, due_at: datetime, why: str, now: datetime) -> None:
    """Give the next step another date, with a reason. A date in the past is refused."""
    if due_at <= now:
        raise BadInput(Problem("choose a day that is still to come", field="due_at"))
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "send")
        made = Made(facts={"due_at": due_at, "why": why.strip()}, due_at=due_at)
        move(referral, "put_off", made, actor=actor, now=now)


def hand_to(actor: Actor, referral_id: UUID, membership_id: UUID, *, now: datetime) -> None:
    """Give the referral and its next step to a colleague who is still there; she joins the care team where needed."""
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "change")
        heir = colleague(referral.practice_id, membership_id, lock=True)
        made = Made(facts={"owner": str(heir.pk)}, owner=heir, changes={"owner": heir})
        move(referral, "hand_to", made, actor=actor, now=now)
        let_in(referral, heir, actor, now=now)


def let_in(referral: Referral, owner: Membership, actor: Actor, *, now: datetime, field: str = "colleague") -> None:
    """Nobody has a step she cannot open: its owner joins the client's care team, where she may not see all clients.

    To supervise someone on the team is not enough: that ends with the place of the other, and the step with it.
    """
    if "see" not in actor_of_membership(owner).verbs("practice"):
        put_on_team(referral.client, owner.pk, actor, now)
    if not visible_referrals(actor_of_membership(owner)).filter(pk=referral.pk).exists():
        why = "this colleague has no access to clients, by role or for want of a second factor"
        raise BadInput(Problem(why, field=field))
