"""Panel transition: leaving a panel, going self-pay, retiring. Clients picked, shortlists assigned, then accepted.

Nothing of it leaves the practice. Until it is accepted it can be changed and dropped; accepted, there is one referral
for each client, each going its own way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from warmhandoff.accounts.queries import colleague
from warmhandoff.clients.queries import visible_clients
from warmhandoff.clients.releasing import today_at
from warmhandoff.core import audit, jobs
from warmhandoff.directory.listing import relate
from warmhandoff.directory.queries import listing_card
from warmhandoff.matching import parse_need
from warmhandoff.referrals.models import PanelClient, PanelMeeting, PanelTransition
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere, Problem, Stale

REASONS = {
    "insurance_not_accepted": "I am leaving an insurance panel",
    "practice_going_self_pay": "I am going self-pay",
    "clinician_leaving": "I am retiring or leaving the practice",
}
MOST = 500
NOTICE_DAYS = 30  # the usual notice period of the product (design: the bridge); a start, changed freely


@dataclass(frozen=True)
class PanelFacts:
    """What a transition starts with. notice_on: when clients hear of it; last_on: the last day they are seen.

    need: the common one in the form of need.json; where a client lives and what she speaks comes from her record.
    """

    reason: str
    notice_on: date
    last_on: date
    need: Mapping[str, Any]


def may_have(actor: Actor) -> bool:
    """Whether the actor treats clients, whom she could hand on."""
    return "change" in actor.verbs("team", "supervises")


def transition_row(actor: Actor, transition_id: UUID) -> PanelTransition:
    """The actor's own transition; NotThere for everyone else's, NotAllowed for whoever treats nobody."""
    rows = PanelTransition.objects.select_related("practice", "owner__user")
    found = rows.filter(pk=transition_id, practice_id=actor.practice_id, owner_id=actor.membership_id).first()
    if found is None:
        raise NotThere(subject=transition_id)
    if not may_have(actor):
        raise NotAllowed("A panel is handed on by the clinician whose it is.")
    return found


def begin(actor: Actor, facts: PanelFacts, *, now: datetime) -> UUID:
    """Begin a transition; nobody is concerned yet. Refuses unknown reasons, days in the wrong order, odd needs."""
    if not may_have(actor):
        raise NotAllowed("A panel is handed on by the clinician whose it is.")
    problems = []
    if facts.reason not in REASONS:
        problems.append(Problem("choose from the list", field="reason"))
    if facts.notice_on < now.date():
        problems.append(Problem("choose a day that is still to come", field="notice_on"))
    if facts.last_on < facts.notice_on:
        problems.append(Problem("the last day comes after the notice", field="last_on"))
    if problems:
        raise BadInput(*problems)
    parse_need(dict(facts.need))
    with transaction.atomic():
        owner = colleague(actor.practice_id, actor.member, lock=True)  # she cannot leave it behind unseen
        made = PanelTransition.objects.create(
            practice_id=actor.practice_id, owner=owner, reason=facts.reason, notice_on=facts.notice_on,
            last_on=facts.last_on, need=dict(facts.need), created_at=now,
        )
        audit.record(actor, "add", "transition", made.pk, now=now)
    return made.pk


def change(row: PanelTransition, states: Sequence[str], **columns: Any) -> None:
    """Change a transition that stands in one of these states, as it was seen. NotNow elsewhere; Stale when outrun."""
    if row.state not in states:
        raise NotNow("This is not possible now: look at where the transition stands.")
    mine = PanelTransition.objects.filter(pk=row.pk, state=row.state, moves_made=row.moves_made)
    if not mine.update(moves_made=row.moves_made + 1, **columns):
        raise Stale(subject=row.pk)
    row.moves_made += 1


def pick(actor: Actor, transition_id: UUID, client_ids: Sequence[UUID], *, now: datetime) -> None:
    """These clients are concerned, and no others; what was assigned before is assigned anew.

    Refuses nobody, more than 500, and (NotThere) clients whose record is not the actor's to change.
    """
    wanted = list(dict.fromkeys(client_ids))
    if not wanted:
        raise BadInput(Problem("tick at least one client", field="clients"))
    if len(wanted) > MOST:
        raise BadInput(Problem(f"at most {MOST} at once", field="clients"))
    with transaction.atomic():
        row = transition_row(actor, transition_id)
        hers = set(visible_clients(actor, "change").filter(pk__in=wanted).values_list("pk", flat=True))
        if hers != set(wanted):
            raise NotThere(subject=transition_id)
        change(row, ("picking", "ready"), state="picking", said={})
        row.clients.exclude(client_id__in=wanted).delete()
        row.clients.update(options=[], first=None, score=None, opens=[])
        held = set(row.clients.values_list("client_id", flat=True))
        PanelClient.objects.bulk_create(
            PanelClient(practice_id=row.practice_id, transition=row, client_id=pk, added_at=now)
            for pk in wanted if pk not in held
        )  # fmt: skip
        audit.record(actor, "pick", "transition", row.pk, now=now, clients=wanted)


def panel_client(actor: Actor, transition_id: UUID, panel_client_id: UUID) -> PanelClient:
    """One client of the actor's own transition. NotThere else."""
    row = transition_row(actor, transition_id)
    found = row.clients.select_related("client").filter(pk=panel_client_id).first()
    if found is None:
        raise NotThere(subject=panel_client_id)
    return found


def set_need(
    actor: Actor, transition_id: UUID, panel_client_id: UUID, need: Mapping[str, Any], *, now: datetime
) -> None:
    """Say what this one client needs, where it is not the common need; what was assigned is assigned anew."""
    parse_need(dict(need))
    with transaction.atomic():
        one = panel_client(actor, transition_id, panel_client_id)
        row = transition_row(actor, transition_id)
        change(row, ("picking", "ready"), state="picking", said={})
        one.need = dict(need)
        one.save(update_fields=["need"])
        audit.record(actor, "edit", "transition", row.pk, now=now, clients=[one.client_id])


def leave_out(actor: Actor, transition_id: UUID, panel_client_id: UUID, out: bool, *, now: datetime) -> None:
    """Leave a client out of what is accepted, or take her in again; her shortlist stays."""
    with transaction.atomic():
        one = panel_client(actor, transition_id, panel_client_id)
        row = transition_row(actor, transition_id)
        change(row, ("ready",))
        PanelClient.objects.filter(pk=one.pk).update(left_out=out)
        audit.record(actor, "edit", "transition", row.pk, now=now, clients=[one.client_id])


def begin_assigning(actor: Actor, transition_id: UUID, *, now: datetime) -> None:
    """Have the engine look for everyone at once, in the background. Refuses a transition of nobody."""
    with transaction.atomic():
        row = transition_row(actor, transition_id)
        count = row.clients.count()
        if not count:
            raise BadInput(Problem("tick at least one client", field="clients"))
        change(row, ("picking", "ready"), state="working", done=0, total=count)
        jobs.enqueue("panel_assign", {"transition": str(row.pk), "moves": row.moves_made}, now=now)
        audit.record(actor, "assign", "transition", row.pk, now=now)


def accept(actor: Actor, transition_id: UUID, *, seen: int, now: datetime) -> None:
    """Accept what was assigned: one referral for each client who is not left out, made in the background.

    seen: the changes that were looked at. Refuses (Stale) what changed meanwhile, and a transition all of whose
    clients are left out. From here on it cannot be dropped: each referral goes its own way.
    """
    with transaction.atomic():
        row = transition_row(actor, transition_id)
        if row.moves_made != seen:
            raise Stale(subject=transition_id)
        count = row.clients.filter(left_out=False).count()
        if row.state == "ready" and not count:
            raise BadInput(Problem("all clients are left out", field="clients"))
        change(row, ("ready",), state="accepting", done=0, total=count)
        jobs.enqueue("panel_accept", {"transition": str(row.pk)}, now=now)
        audit.record(actor, "accept_panel", "transition", row.pk, now=now)


def drop(actor: Actor, transition_id: UUID, *, now: datetime) -> None:
    """Throw a transition away that is not accepted yet: nothing of it stays but the audit."""
    with transaction.atomic():
        row = transition_row(actor, transition_id)
        change(row, ("picking", "working", "ready"))
        clients = list(row.clients.values_list("client_id", flat=True))
        row.delete()
        audit.record(actor, "erase", "transition", transition_id, now=now, clients=clients)


def met(actor: Actor, transition_id: UUID, meeting_id: UUID, *, now: datetime) -> None:
    """She has been met: kept with the contact too, so that nobody meets her for the first time again."""
    with transaction.atomic():
        row = transition_row(actor, transition_id)
        meeting = row.meetings.filter(pk=meeting_id).first()
        if meeting is None:
            raise NotThere(subject=meeting_id)
        if PanelMeeting.objects.filter(pk=meeting.pk, met_at=None).update(met_at=now):
            cards = listing_card(actor, [meeting.listing_id], today=today_at(row.practice, now))
            if cards and cards[0].relationship not in ("know_well", "met"):
                relate(actor, meeting.listing_id, now=now, relationship="met")
            audit.record(actor, "met", "transition", row.pk, now=now)
