"""The door to referrals, and what pages are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from warmhandoff.clients.queries import visible_clients
from warmhandoff.core import audit
from warmhandoff.core.models import Event
from warmhandoff.referrals.models import Delivery, Option, Referral
from warmhandoff.rules.access import Actor, Verb
from warmhandoff.rules.lifecycle import ARCS, MOVES, STATES, Move, arcs, moves_from
from warmhandoff.rules.refusals import NotThere
from warmhandoff.rules.switches import moves_off


def visible_referrals(actor: Actor, verb: Verb = "see") -> QuerySet[Referral]:
    """The referrals of every client the actor may see; a recipient sees the one her delivery is about."""
    rows = Referral.objects.filter(practice_id=actor.practice_id)
    if actor.side == "system":
        return rows
    if actor.side == "recipient":
        live = Delivery.objects.filter(pk__in=[actor.delivery_id], state="handed_over")
        return rows.filter(pk__in=live.values("referral_id"))
    return rows.filter(client__in=visible_clients(actor, verb))


def referral_row(actor: Actor, referral_id: UUID, verb: Verb = "see") -> Referral:
    """The row, for actions; strangers get what a referral that does not exist gets."""
    found = (
        visible_referrals(actor, verb)
        .select_related("client", "practice", "owner__user", "next_owner__user")
        .filter(pk=referral_id)
        .first()
    )
    if found is None:
        raise NotThere(subject=referral_id)
    return found


@dataclass(frozen=True)
class ReferralLine:
    """A referral in a list: the ring, whose step it is, when it is due, and no more than that."""

    id: UUID
    client_id: UUID
    initials: str
    title: str
    state: str
    state_label: str
    ring: list[str]
    ring_label: str
    next_step: str
    waiting_on: str
    owner: str
    due_at: datetime | None
    overdue: bool
    outcome: str = ""
    why: str = ""  # why it stands where it does, in a sentence; on Today alone
    urgency: int = 2  # as rules.today.urgency


def ring_label(row: Referral) -> str:
    """The ring in words, for those who do not see it."""
    if row.state == "closed":
        return "The loop is closed"
    arc = STATES[row.state].arc
    whose = "Yours to do." if row.waiting_on == "referrer" else f"Waiting on the {row.waiting_on}."
    return f"Step {arc + 1} of 6: {ARCS[arc].lower()}. {whose}"


def line(row: Referral, now: datetime) -> ReferralLine:
    return ReferralLine(
        id=row.pk, client_id=row.client_id, initials=row.client.initials.reveal(), title=row.title.reveal(),
        state=row.state, state_label=STATES[row.state].label, ring=arcs(row.state, waiting_on=row.waiting_on),
        ring_label=ring_label(row), next_step=row.next_step, waiting_on=row.waiting_on,
        owner=row.next_owner.user.name if row.next_owner else "", due_at=row.due_at,
        overdue=bool(row.due_at and row.due_at < now), outcome=row.outcome,
    )


def list_referrals(
    actor: Actor, *, now: datetime, state: str = "open", client_id: UUID | None = None
) -> list[ReferralLine]:
    """The referrals the actor may see, soonest due first: "open", "closed", "overdue" or "all". One audit entry."""
    rows = visible_referrals(actor).select_related("client", "next_owner__user")
    if state == "open":
        rows = rows.exclude(state="closed")
    elif state == "closed":
        rows = rows.filter(state="closed")
    elif state == "overdue":
        rows = rows.filter(due_at__lt=now)
    if client_id is not None:
        rows = rows.filter(client_id=client_id)
    lines = [line(row, now) for row in rows.order_by("due_at", "created_at")]
    audit.record(actor, "list", "referral", now=now, clients={item.client_id for item in lines})
    return lines


def find_referrals(actor: Actor, *, words: str, now: datetime, limit: int = 8) -> list[ReferralLine]:
    """Open referrals whose title or initials hold all of these words; one audit entry for those found."""
    wanted = words.casefold().split()
    rows = visible_referrals(actor).exclude(state="closed").select_related("client", "next_owner__user")
    lines = (line(row, now) for row in rows.order_by("due_at"))
    found = [item for item in lines if all(w in f"{item.initials} {item.title}".casefold() for w in wanted)][:limit]
    audit.record(actor, "list", "referral", now=now, clients={item.client_id for item in found})
    return found


def count_open_by_client(actor: Actor) -> dict[UUID, int]:
    """How many open referrals each client has whom the actor may see."""
    rows = visible_referrals(actor).exclude(state="closed").values_list("client_id")
    return dict(rows.annotate(Count("pk")).order_by())


def is_handoff(actor: Actor, delivery_id: UUID, listing_id: int) -> bool:
    """Whether this is a delivery to the listing, of a referral that the actor may see."""
    rows = Delivery.objects.filter(pk=delivery_id, listing_id=listing_id, referral__in=visible_referrals(actor))
    return rows.exists()


def offered_lately(actor: Actor, *, now: datetime) -> dict[int, int]:
    """listing -> how often the practice offered it to clients in the last 90 days. Counts name nobody."""
    rows = Option.objects.filter(practice_id=actor.practice_id, added_at__gt=now - timedelta(days=90))
    return dict(rows.values_list("listing_id").annotate(Count("pk")).order_by())


def steps_of(actor: Actor, *, now: datetime) -> QuerySet[Referral]:
    """The referrals whose next step is the actor's to do now: what the rail counts."""
    rows = visible_referrals(actor).filter(next_owner_id=actor.membership_id)
    return rows.filter(Q(waiting_on="referrer") | Q(due_at__lt=now))


@dataclass(frozen=True)
class TimelineEntry:
    at: datetime
    move: str
    label: str
    who: str
    side: str
    facts: dict[str, Any]
    release_id: UUID | None


@dataclass(frozen=True)
class OptionLine:
    id: UUID
    listing_id: int
    name: str
    order: int
    why: dict[str, Any]
    tie_text: str
    client_rank: int | None
    tried: str


@dataclass(frozen=True)
class DeliveryLine:
    id: UUID
    listing_id: int
    recipient: str
    way: str
    state: str
    to: str
    queued_at: datetime
    handed_over_at: datetime | None
    opened_at: datetime | None
    answer: str
    answered_at: datetime | None
    facts: dict[str, Any]
    question: str
    code: str
    token: str


@dataclass(frozen=True)
class ReferralPage:
    """Everything the referral's page shows someone who may see it. Clinical texts are empty without that right."""

    line: ReferralLine
    client_name: str
    client_language: str
    kind: str
    reason: str
    purpose: str
    chart_reason: str
    client_reason: str
    hoped_for: str
    background: str
    own_words: str
    need: dict[str, Any]
    go_on_agreed: bool
    session_at: datetime | None
    outcome_why: str
    moves_made: int
    moves: list[Move]
    options: list[OptionLine] = field(default_factory=list)
    deliveries: list[DeliveryLine] = field(default_factory=list)
    timeline: list[TimelineEntry] = field(default_factory=list)
    attendance: list[tuple[str, str, datetime]] = field(default_factory=list)
    attendance_disagrees: bool = False


def options_of(row: Referral) -> list[OptionLine]:
    rows = Option.objects.filter(referral=row, dropped_at=None).select_related("listing").order_by("order")
    return [
        OptionLine(
            o.pk, o.listing_id, o.listing.name, o.order, o.why.reveal() or {}, o.tie_text, o.client_rank, o.tried
        )
        for o in rows
    ]


def _delivery(row: Delivery) -> DeliveryLine:
    return DeliveryLine(
        id=row.pk, listing_id=row.listing_id, recipient=row.listing.name, way=row.way, state=row.state,
        to=row.to.reveal(), queued_at=row.queued_at, handed_over_at=row.handed_over_at, opened_at=row.opened_at,
        answer=row.answer, answered_at=row.answered_at, facts=row.answer_facts.reveal() or {},
        question=row.question.reveal(), code=row.code.reveal(), token=row.token.reveal(),
    )


def move_label(code: str) -> str:
    return MOVES[code].label if code in MOVES else code.replace("_", " ").capitalize()


def timeline(row: Referral) -> list[TimelineEntry]:
    """What happened to a referral whose door is open, oldest first."""
    rows = Event.objects.filter(subject_id=row.pk).order_by("number")
    return [
        TimelineEntry(e.at, e.move, move_label(e.move), e.actor_name.reveal(), e.side, e.facts.reveal() or {},
                      e.release_id)
        for e in rows
    ]


def last_move(row: Referral) -> str:
    """What happened to it last, as the code of the move."""
    return Event.objects.filter(subject_id=row.pk).order_by("-number").values_list("move", flat=True).first() or ""


def open_referral(actor: Actor, referral_id: UUID, *, now: datetime) -> ReferralPage:
    """The door to one referral for staff, with the audit row."""
    row = referral_row(actor, referral_id)
    audit.record(actor, "open", "referral", row.pk, now=now, clients=[row.client_id])
    clinical = visible_referrals(actor, "see_clinical").filter(pk=row.pk).exists()

    def text(value: Any) -> str:
        return value.reveal() if clinical else ""

    told = [(a.side, a.told, a.at) for a in row.attendances.filter(attempt=row.attempt).order_by("at")]
    said = set({side: word for side, word, _ in told}.values()) - {"rather_not"}  # what each side said last
    verbs = {verb for verb in ("change", "send") if visible_referrals(actor, verb).filter(pk=row.pk).exists()}
    off = moves_off(row.practice.switches)
    return ReferralPage(
        line=line(row, now), client_name=row.client.name.reveal(), client_language=row.client.language, kind=row.kind,
        reason=row.reason, purpose=row.purpose, chart_reason=text(row.chart_reason),
        client_reason=row.client_reason.reveal(), hoped_for=text(row.hoped_for), background=text(row.background),
        own_words=text(row.own_words), need=row.need.reveal() or {}, go_on_agreed=row.go_on_agreed,
        session_at=row.session_at, outcome_why=text(row.outcome_why), moves_made=row.moves_made,
        moves=[m for m in moves_from(row.state, side="referrer") if m.verb in verbs and m.code not in off],
        options=options_of(row),
        deliveries=[_delivery(d) for d in row.deliveries.select_related("listing").order_by("queued_at")],
        timeline=timeline(row), attendance=told, attendance_disagrees=len(said) > 1,
    )
