"""The inbox: referrals that reached this practice, by the time an answer is promised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from warmhandoff.core import audit
from warmhandoff.core.queries import Happened, happened_with
from warmhandoff.referrals.models import Incoming
from warmhandoff.rules.access import Actor, Relation, Verb
from warmhandoff.rules.incoming import MOVES, STATES, TO_THANK
from warmhandoff.rules.refusals import NotThere

TABS = ("waiting", "answered", "thanks")


def visible_incoming(actor: Actor, verb: Verb = "see") -> QuerySet[Incoming]:
    """Every incoming referral the permission table gives this verb for. "team" is here: it is mine."""
    rows = Incoming.objects.filter(practice_id=actor.practice_id)
    relations = actor.relations_for(verb) if actor.side == "referrer" else frozenset()
    allowed = Q(pk__in=[])
    if "practice" in relations:
        allowed |= Q(practice_id=actor.practice_id)
    if "team" in relations:
        allowed |= Q(to_member_id=actor.membership_id)
    if "supervises" in relations:
        allowed |= Q(to_member__supervisor_id=actor.membership_id)
    return rows.filter(allowed)


def incoming_row(actor: Actor, incoming_id: UUID, verb: Verb = "see") -> Incoming:
    """The row, for actions; strangers get what an incoming referral that does not exist gets."""
    rows = visible_incoming(actor, verb).select_related("practice", "to_member__user", "listing")
    found = rows.filter(pk=incoming_id).first()
    if found is None:
        raise NotThere(subject=incoming_id)
    return found


def may_log(actor: Actor) -> bool:
    """Whether this actor takes calls: whoever may send referrals may write down that one came."""
    return bool(actor.relations_for("send"))


def _owed(now: datetime) -> Q:
    """Something is owed now: an answer, a reply we wait for, or a look at the waiting list whose weeks are over."""
    return Q(state__in=["waiting", "asked"]) | Q(state="waitlisted", due_at__lt=now)


_THANKS_DUE = Q(from_kind="colleague", state__in=sorted(TO_THANK), thanked_at=None, thanks_skipped=False)


@dataclass(frozen=True)
class IncomingLine:
    """An incoming referral in a list."""

    id: UUID
    from_name: str
    from_kind: str
    came_by: str
    about: str
    state: str
    state_label: str
    member: str
    is_mine: bool
    received_at: datetime
    due_at: datetime | None
    overdue: bool
    urgent: bool
    answered_at: datetime | None
    over_at: datetime | None
    thanks_due: bool


def thanks_due(row: Incoming) -> bool:
    """A colleague was answered, or closed it first, and was neither thanked nor was it decided not to."""
    return (
        row.from_kind == "colleague" and row.state in TO_THANK and row.thanked_at is None and not row.thanks_skipped
    )


def _line(row: Incoming, actor: Actor, now: datetime) -> IncomingLine:
    return IncomingLine(
        id=row.pk, from_name=row.from_name.reveal(), from_kind=row.from_kind, came_by=row.came_by,
        about=row.about.reveal(), state=row.state, state_label=STATES[row.state], member=row.to_member.user.name,
        is_mine=row.to_member_id == actor.membership_id, received_at=row.received_at, due_at=row.due_at,
        overdue=bool(row.due_at and row.due_at < now), urgent=row.urgent, answered_at=row.answered_at,
        over_at=row.over_at, thanks_due=thanks_due(row),
    )


def list_incoming(actor: Actor, *, now: datetime, tab: str = "waiting") -> list[IncomingLine]:
    """One tab of the inbox: "waiting" by due time, "answered" and "thanks" latest first. One audit entry."""
    rows = visible_incoming(actor).select_related("to_member__user")
    if tab == "waiting":
        rows = rows.filter(_owed(now)).order_by("due_at", "received_at")
    else:
        rows = rows.filter(_THANKS_DUE if tab == "thanks" else Q(state__in=sorted(TO_THANK)))
        rows = rows.order_by(Coalesce("answered_at", "over_at").desc())
    lines = [_line(row, actor, now) for row in rows]
    audit.record(actor, "list", "incoming", now=now)
    return lines


@dataclass(frozen=True)
class IncomingPage:
    """Everything about one incoming referral. `moves`: the codes of rules.incoming that the actor may make now."""

    line: IncomingLine
    from_contact: str
    client_name: str
    listing_id: int | None
    listing: str
    facts: dict[str, Any]
    thanks: str
    thanked_at: datetime | None
    thanks_skipped: bool
    moves_made: int
    moves: Sequence[str]
    happened: Sequence[Happened]


def open_incoming(actor: Actor, incoming_id: UUID, *, now: datetime) -> IncomingPage:
    """The door to one incoming referral, with the audit row. NotThere for strangers."""
    row = incoming_row(actor, incoming_id)
    audit.record(actor, "open", "incoming", row.pk, now=now)
    return IncomingPage(
        line=_line(row, actor, now), from_contact=row.from_contact.reveal(), client_name=row.client_name.reveal(),
        listing_id=row.listing_id, listing=row.listing.name if row.listing else "",
        facts=row.answer_facts.reveal() or {}, thanks=row.thanks.reveal(), thanked_at=row.thanked_at,
        thanks_skipped=row.thanks_skipped, moves_made=row.moves_made, moves=_moves(actor, row),
        happened=happened_with(row.pk),
    )


def _moves(actor: Actor, row: Incoming) -> list[str]:
    """What may be done with it now: by its state, and by what the table gives the actor over it."""
    relations: set[Relation] = {"practice"}
    if row.to_member_id == actor.membership_id:
        relations.add("team")
    if row.to_member.supervisor_id is not None and row.to_member.supervisor_id == actor.membership_id:
        relations.add("supervises")
    verbs = actor.verbs(*relations)
    found = [code for code, move in MOVES.items() if row.state in move.sources and move.verb in verbs]
    return found if thanks_due(row) else [code for code in found if code not in ("thank", "skip_thanks")]


def owed_by(actor: Actor, *, now: datetime) -> QuerySet[Incoming]:
    """Those of the actor's own for which something is owed: what the rail counts."""
    return Incoming.objects.filter(_owed(now), practice_id=actor.practice_id, to_member_id=actor.membership_id)


@dataclass(frozen=True)
class ThankLine:
    """A thank-you that is due, without a word about who was sent."""

    id: UUID
    to: str
    received_at: datetime


@dataclass(frozen=True)
class InboxToday:
    """What Today says of the actor's own inbox: how many, the one promised an answer first, the oldest thank-you."""

    waiting: int
    first_id: UUID | None
    first_due: datetime | None
    overdue: bool
    look_again: bool
    thank: ThankLine | None
    thanks: int


def inbox_today(actor: Actor, *, now: datetime) -> InboxToday:
    """The actor's own inbox in short. The one name in it is a colleague's: no client's record is opened or audited."""
    mine = Incoming.objects.filter(practice_id=actor.practice_id, to_member_id=actor.membership_id)
    rows = list(mine.filter(_owed(now) | _THANKS_DUE).order_by("due_at", "received_at"))
    owed = [row for row in rows if row.state in ("waiting", "asked") or (row.due_at and row.due_at < now)]
    due = sorted((row for row in rows if thanks_due(row)), key=lambda row: row.received_at)
    thank = ThankLine(due[0].pk, due[0].from_name.reveal(), due[0].received_at) if due else None
    first = owed[0] if owed else None
    return InboxToday(
        waiting=len(owed), first_id=first.pk if first else None, first_due=first.due_at if first else None,
        overdue=bool(first and first.due_at and first.due_at < now),
        look_again=bool(first and first.state == "waitlisted"), thank=thank, thanks=len(due),
    )
