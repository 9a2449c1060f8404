"""What the pages of a panel transition show, its letters, and what of it needs its owner today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from warmhandoff.clients.queries import visible_clients
from warmhandoff.clients.releasing import today_at
from warmhandoff.core import audit
from warmhandoff.directory.queries import Card, listing_card
from warmhandoff.documents import letters_pdf
from warmhandoff.referrals.models import PanelClient, PanelMeeting, PanelTransition
from warmhandoff.referrals.panel import panel_client, transition_row
from warmhandoff.referrals.panel_work import need_for
from warmhandoff.referrals.talking import open_talk, paragraphs_of
from warmhandoff.rules.access import Actor
from warmhandoff.rules.reading import must_be_plain
from warmhandoff.rules.refusals import BadInput, NotNow, Problem


@dataclass(frozen=True)
class TransitionLine:
    id: UUID
    reason: str
    state: str
    clients: int
    last_on: date
    created_at: datetime


@dataclass(frozen=True)
class PanelLine:
    """One client of a transition. options: cards, the one whose opening is kept for her first."""

    id: UUID
    client_id: UUID
    name: str
    initials: str
    options: tuple[Card, ...]
    matched: bool
    score: float | None
    opens: tuple[tuple[str, str, int], ...]
    own_need: bool
    left_out: bool
    referral_id: UUID | None
    problem: str


@dataclass(frozen=True)
class Meeting:
    id: UUID
    listing_id: int
    name: str
    due_at: datetime
    overdue: bool
    met_at: datetime | None


@dataclass(frozen=True)
class TransitionView:
    """A transition as its owner sees it. percent: how far the work under way is."""

    id: UUID
    reason: str
    state: str
    notice_on: date
    last_on: date
    need: Mapping[str, Any]
    done: int
    total: int
    moves_made: int
    optimal: bool
    lines: tuple[PanelLine, ...]
    meetings: tuple[Meeting, ...]

    @property
    def matched(self) -> tuple[PanelLine, ...]:
        return tuple(line for line in self.lines if line.matched)

    @property
    def unmatched(self) -> tuple[PanelLine, ...]:
        return tuple(line for line in self.lines if not line.matched)

    @property
    def taken(self) -> int:
        return sum(not line.left_out for line in self.lines)


def transitions(actor: Actor) -> list[TransitionLine]:
    """The actor's own, the latest first."""
    rows = PanelTransition.objects.filter(practice_id=actor.practice_id, owner_id=actor.membership_id)
    counts = dict.fromkeys(rows.values_list("pk", flat=True), 0)
    for pk in PanelClient.objects.filter(transition__in=rows).values_list("transition_id", flat=True):
        counts[pk] += 1
    return [
        TransitionLine(row.pk, row.reason, row.state, counts[row.pk], row.last_on, row.created_at)
        for row in rows.order_by("-created_at")
    ]


def open_transition(actor: Actor, transition_id: UUID, *, now: datetime) -> TransitionView:
    """The door to a transition of one's own, with the audit row for every client in it.

    Whose record is not the actor's to see is not in it: a transition taken over may hold clients who went to others.
    """
    row = transition_row(actor, transition_id)
    clients = list(row.clients.select_related("client").filter(client__in=visible_clients(actor)))
    audit.record(actor, "open", "transition", row.pk, now=now, clients=[one.client_id for one in clients])
    wanted = sorted({pk for one in clients for pk in one.options})
    cards = {card.id: card for card in listing_card(actor, wanted, today=today_at(row.practice, now))}
    lines = sorted((_line(one, cards) for one in clients), key=lambda line: line.name.casefold())
    meetings = row.meetings.select_related("listing").order_by("due_at", "listing__name")
    return TransitionView(
        id=row.pk, reason=row.reason, state=row.state, notice_on=row.notice_on, last_on=row.last_on,
        need=dict(row.need.reveal() or {}), done=row.done, total=row.total, moves_made=row.moves_made,
        optimal=bool(row.said.get("optimal")), lines=tuple(lines),
        meetings=tuple(
            Meeting(one.pk, one.listing_id, one.listing.name, one.due_at, one.met_at is None and one.due_at < now,
                    one.met_at) for one in meetings
        ),
    )  # fmt: skip


def _line(one: PanelClient, cards: Mapping[int, Card]) -> PanelLine:
    return PanelLine(
        id=one.pk, client_id=one.client_id, name=one.client.name.reveal(), initials=one.client.initials.reveal(),
        options=tuple(cards[pk] for pk in one.options if pk in cards), matched=one.first is not None, score=one.score,
        opens=tuple((must, change, total) for must, change, total in one.opens), own_need=bool(one.need.reveal()),
        left_out=one.left_out, referral_id=one.referral_id, problem=one.problem.reveal(),
    )


@dataclass(frozen=True)
class Candidate:
    """A client whom a transition could concern."""

    id: UUID
    name: str
    picked: bool


def candidates(actor: Actor, transition_id: UUID, *, now: datetime) -> list[Candidate]:
    """Every client whose record is the actor's to change, by name; one audit entry."""
    row = transition_row(actor, transition_id)
    picked = set(row.clients.values_list("client_id", flat=True))
    rows = list(visible_clients(actor, "change").filter(ended_at=None))
    audit.record(actor, "list", "client", now=now, clients=[one.pk for one in rows])
    found = [Candidate(one.pk, one.name.reveal(), one.pk in picked) for one in rows]
    return sorted(found, key=lambda one: one.name.casefold())


def need_of_client(actor: Actor, transition_id: UUID, panel_client_id: UUID, *, now: datetime) -> dict[str, Any]:
    """What is looked for for this client: her own need, or the common one with what her record says."""
    one = panel_client(actor, transition_id, panel_client_id)
    row = transition_row(actor, transition_id)
    audit.record(actor, "open", "transition", row.pk, now=now, clients=[one.client_id])
    return need_for(one, dict(row.need.reveal() or {}), today_at(row.practice, now))


def letters(actor: Actor, transition_id: UUID, *, now: datetime) -> bytes:
    """The letters of an accepted transition in one PDF, each on a page of its own, in the client's language.

    Each passes the check of how hard it is to read: BadInput names whose letter has to be shortened first. NotNow
    while nothing is accepted.
    """
    view = open_transition(actor, transition_id, now=now)
    if view.state != "accepted":
        raise NotNow("Letters are made from the referrals: accept first.")
    pages, hard = [], []
    for line in view.lines:
        if line.referral_id is None:
            continue
        talk = open_talk(actor, line.referral_id, now=now)
        text, language = talk.texts["letter"], talk.facts.language
        try:
            must_be_plain(text, language, "letter")
        except BadInput:
            hard.append(line.initials)
        pages.append({"language": language, "paragraphs": paragraphs_of("letter", text, language)})
    if hard:
        raise BadInput(Problem(f"These letters are too hard to read; shorten them first: {', '.join(hard)}", "letters"))
    return letters_pdf(pages)


@dataclass(frozen=True)
class PanelStep:
    """What a transition wants of its owner: someone to meet, or a result to look at."""

    transition_id: UUID
    what: str
    due_at: datetime | None
    overdue: bool


def open_transitions(actor: Actor) -> QuerySet[PanelTransition]:
    """The actor's transitions of which something may want her."""
    rows = PanelTransition.objects.filter(practice_id=actor.practice_id, owner_id=actor.membership_id)
    return rows.filter(Q(state="ready") | Q(pk__in=PanelMeeting.objects.filter(met_at=None).values("transition")))


def panel_steps(actor: Actor, *, now: datetime) -> list[PanelStep]:
    """What the actor's transitions want of her, meetings first by their date."""
    mine = {"practice_id": actor.practice_id, "transition__owner_id": actor.membership_id}
    rows = PanelMeeting.objects.filter(**mine, met_at=None).select_related("listing").order_by("due_at")
    found = [
        PanelStep(row.transition_id, f"Meet {row.listing.name}, before clients are sent there", row.due_at,
                  row.due_at < now) for row in rows
    ]
    ready = PanelTransition.objects.filter(
        practice_id=actor.practice_id, owner_id=actor.membership_id, state="ready"
    ).order_by("created_at")
    return found + [PanelStep(row.pk, "Look at who would go where, and accept", None, False) for row in ready]

