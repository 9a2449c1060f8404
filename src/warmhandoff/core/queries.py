"""What others may read of core's tables: messages on their way, what happened, signs of life."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Min, Q, QuerySet

from warmhandoff.core.models import Event, Job, Message, PracticeKey

ALIVE = timedelta(minutes=2)  # six ticks of the worker


@dataclass(frozen=True)
class MessageRow:
    """One message. `link` is there while it has not left; `state` is the row's, or "failed" once nobody tries again."""

    id: UUID
    client_id: UUID | None
    subject_kind: str
    subject_id: UUID
    channel: str
    template: str
    to: str
    link: str
    state: str
    created_at: datetime
    sent_at: datetime | None
    not_before: datetime | None = None


def messages(practice_id: UUID, clients: Collection[UUID], *, limit: int = 100) -> list[MessageRow]:
    """The newest messages of a practice about these clients, whose doors the caller has passed."""
    rows = Message.objects.filter(practice_id=practice_id, client_id__in=clients).order_by("-created_at")[:limit]
    given_up = _given_up()
    return [_row(row, given_up) for row in rows]


@dataclass(frozen=True)
class UnsentRow:
    """A message that nobody sends by itself: staff have yet to hand it over (`by_hand`), or it was given up."""

    subject_id: UUID
    client_id: UUID | None
    by_hand: bool


def unsent(practice_id: UUID) -> list[UnsentRow]:
    """The messages of a practice that wait for a hand, and those that nobody tries any more."""
    rows = Message.objects.filter(practice_id=practice_id, state__in=["waiting", "in_flight"])
    found = list(rows.values_list("pk", "subject_id", "client_id", "channel", "state"))
    # Who was given up is asked only where something tries to leave at all.
    given_up = _given_up() if any(channel != "by_hand" for *_, channel, _ in found) else frozenset()
    return [
        UnsentRow(subject, client, channel == "by_hand")
        for pk, subject, client, channel, state in found
        if (state == "waiting" if channel == "by_hand" else {str(pk), str(subject)} & given_up)
    ]


def client_of_message(message_id: UUID, practice_id: UUID) -> UUID | None:
    """Whom a message is about: what a door needs to know before it lets anyone touch it."""
    return Message.objects.filter(pk=message_id, practice_id=practice_id).values_list("client_id", flat=True).first()


def was_written_to(client_id: UUID) -> bool:
    """Whether any message was ever made for a client whose door is open."""
    return Message.objects.filter(client_id=client_id).exists()


def reached(state: str, subjects: Collection[UUID]) -> list[tuple[UUID, datetime]]:
    """Each time one of these subjects came to a state, whatever became of it later."""
    rows = Event.objects.filter(subject_id__in=subjects, to_state=state).values_list("subject_id", "at")
    return list(rows)
@dataclass(frozen=True)
class Refused:
    """A disclosure that was refused: when, why, who asked for it, and the listing it would have gone to, if one."""

    at: datetime
    reason: str
    by: str
    recipient: int | None


def refused_disclosures(client_id: UUID) -> list[Refused]:
    """What was refused about a client whose door is open, newest first."""
    rows = Event.objects.filter(client_id=client_id, move="refuse_disclosure").order_by("-at", "-number")
    found = [(row, row.facts.reveal() or {}) for row in rows]
    return [
        Refused(row.at, facts.get("reason", ""), row.actor_name.reveal(), facts.get("recipient") or None)
        for row, facts in found
    ]


ASKED, GAVE = "ask_for_record", "export_record"  # what happened with a client's copy of her record


def exports_of(client_id: UUID) -> list[datetime]:
    """When a client whose door is open was given everything that is held about her."""
    return list(Event.objects.filter(client_id=client_id, move=GAVE).order_by("at").values_list("at", flat=True))


def asked_for_record(clients: Collection[UUID]) -> dict[UUID, datetime]:
    """Which of these clients asked for a copy of the record since they last got one, and when."""
    asked: dict[UUID, datetime] = {}
    rows = Event.objects.filter(client_id__in=clients, move__in=(ASKED, GAVE)).order_by("at", "number")
    for client_id, move, at in rows.values_list("client_id", "move", "at"):
        if client_id and move == ASKED:
            asked.setdefault(client_id, at)
        elif client_id:
            asked.pop(client_id, None)
    return asked


def _given_up() -> frozenset[str]:
    """Ids of the messages and deliveries whose job was tried for the last time."""
    dead = Job.objects.filter(state="dead", name__in=("send_message", "deliver")).values_list("payload", flat=True)
    return frozenset(str(value) for payload in dead for value in payload.values())


def _row(row: Message, given_up: frozenset[str]) -> MessageRow:
    unsent = row.state in ("waiting", "in_flight")
    failed = unsent and row.channel != "by_hand" and bool({str(row.pk), str(row.subject_id)} & given_up)
    words = (row.body.reveal() or {}) if unsent else {}
    return MessageRow(
        id=row.pk,
        client_id=row.client_id,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        channel=row.channel,
        template=row.template,
        to=row.to.reveal(),
        link=words.get("link", ""),
        state="failed" if failed else row.state,
        created_at=row.created_at,
        sent_at=row.sent_at,
        not_before=row.not_before,
    )


@dataclass(frozen=True)
class Happened:
    """One change in a record: what, when and by whom, without its contents."""

    at: datetime
    move: str
    subject_kind: str
    by: str
    side: str


def happened_to(client_id: UUID, *, limit: int = 40) -> list[Happened]:
    """What happened around a client whose door is open, newest first."""
    return _happened(Event.objects.filter(client_id=client_id).order_by("-at", "-number")[:limit])


def happened_with(subject_id: UUID) -> list[Happened]:
    """What happened with one subject whose door is open, newest first."""
    return _happened(Event.objects.filter(subject_id=subject_id).order_by("-number"))


def _happened(rows: Iterable[Event]) -> list[Happened]:
    return [Happened(row.at, row.move, row.subject_kind, row.actor_name.reveal(), row.side) for row in rows]


def practices_with_keys() -> QuerySet[PracticeKey, UUID]:
    """Ids of the practices that were not shredded, to filter by: of the others nothing can be read or written."""
    return PracticeKey.objects.values_list("practice_id", flat=True)


def database_answers() -> None:
    """Ask the database for one row; raises what it raises when it is out of reach."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def worker_is_alive(*, now: datetime) -> bool:
    """Whether a worker left its sign of life within the last two minutes."""
    return Job.objects.filter(name="heartbeat", run_at__gt=now - ALIVE).exists()


def send_states(deliveries: Collection[str]) -> dict[str, tuple[str, datetime]]:
    """For deliveries on their way: the state of the job that hands each over ("dead": given up), and its next time."""
    keys = {f"deliver:{one}": one for one in deliveries}
    rows = Job.objects.filter(dedupe_key__in=list(keys)).values_list("dedupe_key", "state", "run_at")
    return {keys[str(key)]: (state, run_at) for key, state, run_at in rows if key in keys}


def outbox_counts(*, now: datetime) -> dict[str, int]:
    """How many messages of the whole server wait, are late, were sent, or were given up. Counts name nobody."""
    rows = Message.objects.exclude(channel="by_hand")
    unsent = rows.filter(state__in=["waiting", "in_flight"])
    return {
        "waiting": unsent.count(),
        "late": unsent.filter(created_at__lt=now - timedelta(hours=1)).filter(_due(now)).count(),
        "sent": rows.filter(state="sent").count(),
        "parked": Job.objects.filter(state="dead", name__in=("send_message", "deliver")).count(),
    }


def _due(now: datetime) -> Q:
    return Q(not_before=None) | Q(not_before__lt=now - timedelta(hours=1))


def first_reached(
    subject_kind: str, subjects: QuerySet[Any], states: Mapping[str, Collection[str]]
) -> dict[UUID, dict[str, datetime | None]]:
    """subject -> step -> when it first came to one of the step's states, None where it never did. One query."""
    about = Event.objects.filter(subject_kind=subject_kind, subject_id__in=subjects)
    firsts = {step: Min("at", filter=Q(to_state__in=sorted(codes))) for step, codes in states.items()}
    rows: Iterable[tuple[Any, ...]] = about.values_list("subject_id").annotate(**firsts).order_by()
    return {subject: dict(zip(firsts, found, strict=True)) for subject, *found in rows}
