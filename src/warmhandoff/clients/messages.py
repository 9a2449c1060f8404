"""Messages about clients, for the staff who may send them: what left, what waits for a hand, what could not leave."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from warmhandoff.clients.models import PortalKey
from warmhandoff.clients.queries import client_row, visible_clients
from warmhandoff.core import audit, carriers, outbox, queries
from warmhandoff.core.queries import MessageRow
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import NotThere


@dataclass(frozen=True)
class MessageLine:
    """A message in the list. `state`: by_hand (yours to give), waiting, in_flight, sent, ended, stopped, failed.

    waits_until: the first of her safe hours it waits for. text: a text message that a folder took for the outside.
    """

    id: UUID
    client_id: UUID
    initials: str
    for_client: bool
    channel: str
    to: str
    link: str
    state: str
    created_at: datetime
    sent_at: datetime | None
    waits_until: datetime | None = None
    text: str = ""


def list_messages(actor: Actor, *, now: datetime) -> list[MessageLine]:
    """The newest messages about the clients this actor may send for; one audit entry for the list."""
    names = {
        row.pk: row.initials.reveal() for row in visible_clients(actor, "send").only("pk", "practice_id", "initials")
    }
    rows = queries.messages(actor.practice_id, list(names)) if actor.practice_id else []
    ended = _ended([row.subject_id for row in rows if row.subject_kind == "portal_key"], now)
    lines = [_line(row, names[row.client_id], row.subject_id in ended, now) for row in rows if row.client_id]
    audit.record(actor, "list", "message", now=now, clients={line.client_id for line in lines})
    return lines


@dataclass(frozen=True)
class Unsent:
    """by_hand: messages that wait for the actor's hand. parked: those that could not leave."""

    by_hand: int
    parked: int


def count_unsent(actor: Actor, *, now: datetime) -> Unsent:
    """How many messages that this actor may send have not left. Counts name nobody and are not audited."""
    rows = queries.unsent(actor.practice_id) if actor.practice_id else []
    if not rows:
        return Unsent(0, 0)
    clients = {row.client_id for row in rows if row.client_id}
    mine = set(visible_clients(actor, "send").filter(pk__in=clients).values_list("pk", flat=True))
    hers = [row for row in rows if row.client_id in mine]
    by_hand = [row.subject_id for row in hers if row.by_hand]
    ended = _ended(by_hand, now) if by_hand else frozenset()
    return Unsent(sum(subject not in ended for subject in by_hand), sum(not row.by_hand for row in hers))


def _ended(keys: Collection[UUID], now: datetime) -> frozenset[UUID]:
    """The client links among these that open nothing any more: used, replaced, or past their time."""
    over = Q(used_at__isnull=False) | Q(ended_at__isnull=False) | Q(expires_at__lte=now)
    return frozenset(PortalKey.objects.filter(over, pk__in=keys).values_list("pk", flat=True))


def _line(row: MessageRow, initials: str, ended: bool, now: datetime) -> MessageLine:
    assert row.client_id is not None
    state = row.state
    if ended and state in ("waiting", "failed"):
        state = "ended"
    elif state == "waiting" and row.channel == "by_hand":
        state = "by_hand"
    return MessageLine(
        id=row.id,
        client_id=row.client_id,
        initials=initials,
        for_client=row.subject_kind == "portal_key",
        channel=row.channel,
        to=row.to,
        link=row.link if state == "by_hand" else "",
        state=state,
        created_at=row.created_at,
        sent_at=row.sent_at,
        waits_until=row.not_before if state == "waiting" and row.not_before and row.not_before > now else None,
        text=carriers.captured("sms", str(row.id)) if row.channel == "sms" and state == "sent" else "",
    )


def given_by_hand(actor: Actor, message_id: UUID, *, now: datetime) -> None:
    """Staff say that they gave the link themselves. NotThere for messages that do not wait for a hand."""
    with transaction.atomic():
        client_id, practice_id = _door(actor, message_id)
        outbox.given_by_hand(message_id, practice_id, now)
        audit.record(actor, "give_by_hand", "message", message_id, now=now, clients=[client_id])


def try_again(actor: Actor, message_id: UUID, *, now: datetime) -> None:
    """Let the worker try a message again that it had given up. NotThere where there is nothing to try."""
    with transaction.atomic():
        client_id, practice_id = _door(actor, message_id)
        outbox.try_again(message_id, practice_id, now)
        audit.record(actor, "try_again", "message", message_id, now=now, clients=[client_id])


def drop(actor: Actor, message_id: UUID, *, now: datetime) -> None:
    """Give up on a message that could not leave: it never does. NotThere where nothing was given up by itself."""
    with transaction.atomic():
        client_id, practice_id = _door(actor, message_id)
        outbox.drop(message_id, practice_id, now)
        audit.record(actor, "drop_message", "message", message_id, now=now, clients=[client_id])


def _door(actor: Actor, message_id: UUID) -> tuple[UUID, UUID]:
    client_id = queries.client_of_message(message_id, actor.practice_id) if actor.practice_id else None
    if client_id is None or actor.practice_id is None:
        raise NotThere(subject=message_id)
    client_row(actor, client_id, "send")
    return client_id, actor.practice_id
