"""The day of one member: what needs her, what waits on others, why, and what those she supervises let pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from warmhandoff.core import audit
from warmhandoff.referrals.models import Delivery, Option, Referral
from warmhandoff.referrals.queries import ReferralLine, line, visible_referrals
from warmhandoff.rules.access import Actor
from warmhandoff.rules.today import Standing, urgency, why


@dataclass(frozen=True)
class Today:
    """What needs me and what waits on others, by harm and then by date; `unheld`: in the hands of who left.

    theirs: what those whom the actor supervises left lying (referrals.escalating).
    """

    mine: Sequence[ReferralLine]
    waiting: Sequence[ReferralLine]
    overdue: int
    unheld: Sequence[ReferralLine] = ()
    theirs: Sequence[ReferralLine] = ()


# Whose owner left. The actions never let it come to this; a restored backup can (handing_over gives it new hands).
OWNER_LEFT = Q(owner__left_at__isnull=False) | Q(next_owner__left_at__isnull=False)


def today(actor: Actor, *, now: datetime) -> Today:
    """The next steps owned by the actor: hers to do now (or overdue, whoever is waited for), and the rest.

    What is most urgent comes first, then what is due first; each with why, in a sentence.
    """
    left_lying = Q(next_owner__supervisor_id=actor.member, escalated_at__isnull=False)
    wanted = _with_reasons(visible_referrals(actor).exclude(state="closed")).filter(
        Q(next_owner_id=actor.membership_id) | OWNER_LEFT | left_lying
    )
    rows = list(wanted.order_by("due_at"))
    audit.record(actor, "list", "today", now=now, clients={row.client_id for row in rows})
    clinical = bool(actor.relations_for("see_clinical"))
    lines = sorted(
        (_reasoned(row, now, clinical) for row in rows if row.next_owner_id == actor.membership_id),
        key=lambda item: item.urgency,
    )
    mine = [item for item in lines if item.waiting_on == "referrer" or item.overdue]
    waiting = [item for item in lines if item not in mine]
    gone = [row for row in rows if row.owner.left_at or (row.next_owner and row.next_owner.left_at)]
    theirs = [
        _reasoned(row, now, clinical) for row in rows
        if row.next_owner and row.next_owner.supervisor_id == actor.membership_id and row not in gone
        and row.escalated_at
    ]
    return Today(
        mine=mine, waiting=waiting, overdue=sum(item.overdue for item in lines),
        unheld=[_reasoned(row, now, clinical) for row in gone], theirs=sorted(theirs, key=lambda item: item.urgency),
    )


def _with_reasons(rows: QuerySet[Referral]) -> QuerySet[Referral]:
    """With what the sentences are made of: last recipient, first choice, options left. All within the one query."""
    last = Delivery.objects.filter(referral=OuterRef("pk")).order_by("-queued_at").values("listing__name")[:1]
    open_options = Option.objects.filter(referral=OuterRef("pk"), tried="", dropped_at=None)
    first = open_options.filter(client_rank__isnull=False).order_by("client_rank").values("listing__name")[:1]
    count = open_options.order_by().values("referral").annotate(count=Count("pk")).values("count")
    return rows.select_related("client", "practice", "owner", "next_owner__user", "plan_item__plan").annotate(
        last_recipient=Subquery(last), first_choice=Subquery(first), options_left=Subquery(count)
    )


def _reasoned(row: Any, now: datetime, clinical: bool) -> ReferralLine:
    """The line with its sentence. clinical: whether the reader may know of harms; others see the crisis alone."""
    item = line(row, now)
    planned = getattr(row, "plan_item", None) if clinical else None
    harms = (planned.plan.harms.reveal() or {}) if planned else {}
    reduces = (planned.reduces.reveal() or {}) if planned else {}
    standing = Standing(
        row.state, row.last_recipient or "", row.first_choice or "", row.options_left or 0, item.overdue
    )
    return replace(item, why=why(standing), urgency=urgency(row.reason, harms, reduces))
