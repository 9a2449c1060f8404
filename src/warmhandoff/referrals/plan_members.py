"""Which referrals are in a client's plan: one that exists already joins it, leaves it again, and comes back.

And the waiting lists that she joins meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from warmhandoff.clients.queries import client_row
from warmhandoff.referrals.models import PlanItem, Referral
from warmhandoff.referrals.plans import begun, bring_back, item_row, last_of_hers, note, order_of
from warmhandoff.referrals.queries import referral_row, visible_referrals
from warmhandoff.rules.access import Actor
from warmhandoff.rules.lifecycle import STATES
from warmhandoff.rules.plan import Order
from warmhandoff.rules.refusals import NotNow, NotThere, Stale


@dataclass(frozen=True)
class Outside:
    """An open referral of the client that is in no plan. state: where it stands, in words."""

    id: UUID
    title: str
    state: str


def outside(actor: Actor, client_id: UUID) -> list[Outside]:
    """The client's open referrals that could join her plan, oldest first; through her door."""
    client = client_row(actor, client_id)
    inside = PlanItem.objects.filter(plan__client=client, ended_at=None, referral__isnull=False).values("referral")
    rows = visible_referrals(actor).filter(client=client).exclude(state="closed").exclude(pk__in=inside)
    return [Outside(row.pk, row.title.reveal(), STATES[row.state].label) for row in rows.order_by("created_at")]


def is_outside(actor: Actor, referral_id: UUID) -> bool:
    """Whether this referral, whose door is open, is open itself and in no plan."""
    rows = visible_referrals(actor).filter(pk=referral_id).exclude(state="closed")
    return rows.exclude(plan_item__isnull=False, plan_item__ended_at=None).exists()


def take_in(actor: Actor, client_id: UUID, referral_id: UUID, *, now: datetime) -> Order:
    """Put a referral that exists already into the plan, last in her own order; the order as it stands then.

    What the referral says of itself goes along: name, kind of help, reason, what she hopes for. Nothing of the referral
    changes, and leaving the plan (`plans.end_item`) undoes it. One that left earlier comes back as it was. Refuses a
    referral of another client (NotThere), and one that is closed or in the plan already (NotNow).
    """
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "change")
        if referral.client_id != client_id:
            raise NotThere(subject=referral_id)
        if referral.state == "closed":
            raise NotNow("This referral is closed. The plan holds what still goes on.")
        known = PlanItem.objects.filter(referral=referral).first()
        if known is not None and known.ended_at is None:
            raise NotNow("This referral is in the plan already.")
        if known is not None:
            return put_back(actor, client_id, known.pk, now=now)
        return _add(actor, client_id, referral, now)


def _add(actor: Actor, client_id: UUID, referral: Referral, now: datetime) -> Order:
    plan = begun(actor, client_id, now=now)
    need, title = referral.need.reveal() or {}, referral.title.reveal()
    try:
        with transaction.atomic():
            PlanItem.objects.create(
                practice_id=plan.practice_id, plan=plan, referral=referral, name=title, help=need["kind"],
                reason=referral.reason, goal=referral.hoped_for.reveal(), purpose="", helps_our_work="", beside="",
                reduces={}, hers=last_of_hers(plan) + 1, created_at=now, ended_why="",
            )
    except IntegrityError as error:  # two at once: the other one put it there
        raise Stale(subject=referral.pk) from error
    note(plan, "plan_item_joined", {"item": title}, actor, now)
    return order_of(plan)


def put_back(actor: Actor, client_id: UUID, item_id: UUID, *, now: datetime) -> Order:
    """Put an item back that was taken off, in the place of her order it had; the order as it stands then.

    NotNow where it is in the plan, or where its referral has been closed meanwhile. A condition of therapy that ended
    when it was taken off stays ended.
    """
    with transaction.atomic():
        row = item_row(actor, client_id, item_id)
        if row.ended_at is None:
            raise NotNow("This is in the plan already.")
        if row.referral is not None and row.referral.state == "closed":
            raise NotNow("Its referral has been closed. The plan holds what still goes on.")
        before = order_of(row.plan)
        row.ended_at, row.ended_why, row.resting = None, "", False
        row.save()
        bring_back(row.plan, before, now)
        note(row.plan, "plan_item_back", {"item": row.name.reveal()}, actor, now)
        return order_of(row.plan)


def on_waiting_list(actor: Actor, client_id: UUID, item_id: UUID, *, now: datetime) -> None:
    """She has joined the waiting list she agreed to, while the item itself may still wait. NotNow where she did not."""
    with transaction.atomic():
        row = item_row(actor, client_id, item_id)
        if row.waiting_list != "agreed":
            raise NotNow("She has not said that she wants to be on it, or is on it already.")
        row.waiting_list = "joined"
        row.save(update_fields=["waiting_list"])
        note(row.plan, "plan_item_changed", {"item": row.name.reveal(), "waiting_list": "joined"}, actor, now)
