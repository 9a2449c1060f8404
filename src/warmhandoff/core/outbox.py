"""The one way out: messages hold neutral words and a link, never health information.

A message is written in the transaction of the change that wants it and handed over by a job. It is marked in flight
before it is handed over and sent after; a crash in between hands it over again under the same name and with the same
link, so the far end sees one message and the link does its work once. What could not leave after eight tries, over
some four hours, is parked: it blocks nothing, shows as an alarm, and waits for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from warmhandoff.core import carriers, jobs, steps
from warmhandoff.core.carriers import HAND_OVER
from warmhandoff.core.models import Message
from warmhandoff.rules.refusals import NotThere

__all__ = ["HAND_OVER", "Envelope", "Verdict"]


def mail_works() -> bool:
    """Whether this server can send mail at all; without it, staff hand links over themselves."""
    return carriers.works("mail")


@dataclass(frozen=True)
class Verdict:
    """Whether a message may leave now. `until`: it waits for that moment; `stop`: it never leaves."""

    until: datetime | None = None
    stop: bool = False


GO = Verdict()
Gate = Callable[[Message, datetime], Verdict]
_GATES: dict[str, Gate] = {}
Heard = Callable[[UUID, datetime], None]
_WHEN_DROPPED: dict[str, Heard] = {}
_WHEN_LEFT: dict[str, Heard] = {}


def gate_of(subject_kind: str) -> Callable[[Gate], Gate]:
    """Register what decides, at the moment of handing over, whether messages about such a subject may leave."""

    def register(gate: Gate) -> Gate:
        _GATES[subject_kind] = gate
        return gate

    return register


def when_dropped(subject_kind: str, work: Heard) -> None:
    """Register what is told (the subject's id) when staff drop a message about such a subject."""
    _WHEN_DROPPED[subject_kind] = work


def when_left(subject_kind: str, work: Heard) -> None:
    """Register what is told (the subject's id), in the same transaction, when such a message was handed over."""
    _WHEN_LEFT[subject_kind] = work


def _tell(listeners: dict[str, Heard], message: Message, now: datetime) -> None:
    if message.subject_kind in listeners:
        listeners[message.subject_kind](message.subject_id, now)


@dataclass(frozen=True)
class Envelope:
    """Who a message is for and about which record; `dedupe_key` makes asking for it twice harmless.

    channel: by which carrier; `to` is what that carrier takes. not_before: it waits for this moment.
    """

    practice_id: UUID
    client_id: UUID | None
    subject_kind: str
    subject_id: UUID
    to: str
    dedupe_key: str
    channel: str = "mail"
    not_before: datetime | None = None


def post(envelope: Envelope, template: str, words: dict[str, str], *, now: datetime, language: str = "en") -> Message:
    """Add a message within the caller's transaction; sent by a job, or left for staff to hand over."""
    message, made = _write(envelope, template, words, now=now, language=language)
    if made and message.channel != "by_hand":
        jobs.enqueue("send_message", {"message": str(message.pk)}, now=now, run_at=envelope.not_before)
    return message


def post_inline(envelope: Envelope, template: str, words: dict[str, str], *, now: datetime) -> Message:
    """As `post`, for a job that hands the message over itself, under a decision of its own."""
    return _write(envelope, template, words, now=now, language="en")[0]


def posted(dedupe_keys: Iterable[str]) -> set[str]:
    """Which of these were asked for before, whatever became of them."""
    return set(Message.objects.filter(dedupe_key__in=list(dedupe_keys)).values_list("dedupe_key", flat=True))


def _write(
    envelope: Envelope, template: str, words: dict[str, str], *, now: datetime, language: str
) -> tuple[Message, bool]:
    channel = envelope.channel if envelope.to and carriers.works(envelope.channel) else "by_hand"
    return Message.objects.get_or_create(
        dedupe_key=envelope.dedupe_key,
        defaults={
            "practice_id": envelope.practice_id, "client_id": envelope.client_id, "created_at": now,
            "subject_kind": envelope.subject_kind, "subject_id": envelope.subject_id, "channel": channel,
            "template": template, "to": envelope.to, "body": {**words, "language": language},
            "state": "waiting", "not_before": envelope.not_before if channel != "by_hand" else None,
        },
    )


@jobs.job("send_message", sends=True)
def send_message(payload: dict[str, Any], now: datetime) -> None:
    """Past its gate, mark in flight, hand over, mark sent. Safe to run again after a crash at any point."""
    message = _take_off(UUID(payload["message"]), now)
    if message is None:
        return
    hand_over(message)
    steps.passed("before_landing")
    landed(message, now)
    steps.passed("after_landing")


def _take_off(message_id: UUID, now: datetime) -> Message | None:
    with transaction.atomic():
        steps.passed("before_gate")
        rows = Message.objects.select_for_update().filter(pk=message_id, state__in=["waiting", "in_flight"])
        message = rows.exclude(channel="by_hand").first()
        if message is None or not _may_leave(message, now):
            return None
        steps.passed("after_gate")
        steps.passed("before_take_off")
        message.state, message.deadline_at = "in_flight", now + HAND_OVER
        message.save(update_fields=["state", "deadline_at"])
    steps.passed("after_take_off")
    return message


def _may_leave(message: Message, now: datetime) -> bool:
    """What the gate says now; a message that waits has a job for the moment it waits for, a stopped one no body."""
    gate = _GATES.get(message.subject_kind)
    verdict = gate(message, now) if gate else GO
    if verdict.stop:
        message.state, message.body = "stopped", None
        message.save(update_fields=["state", "body"])
    elif verdict.until is not None and verdict.until > now:
        message.state, message.not_before = "waiting", verdict.until
        message.save(update_fields=["state", "not_before"])
        jobs.enqueue("send_message", {"message": str(message.pk)}, now=now, run_at=verdict.until)
    else:
        return True
    return False


def landed(message: Message, now: datetime) -> None:
    """Handed over: the body, with its link, is erased."""
    with transaction.atomic():
        Message.objects.filter(pk=message.pk).update(state="sent", sent_at=now, body=None)
        _tell(_WHEN_LEFT, message, now)


def take_off(message: Message, *, now: datetime) -> None:
    """Mark a message as being handed over now; one for staff to hand over goes on waiting for them."""
    if message.channel != "by_hand":
        rows = Message.objects.filter(pk=message.pk).exclude(state="sent")
        rows.update(state="in_flight", deadline_at=now + HAND_OVER)


def any_in_flight(subject_kind: str, subject_ids: Sequence[UUID], *, now: datetime) -> bool:
    """Whether a hand-over about one of these is under way and has not passed its deadline."""
    rows = Message.objects.filter(subject_kind=subject_kind, subject_id__in=subject_ids, state="in_flight")
    return rows.filter(deadline_at__gt=now).exists()


def stop_waiting(subject_kind: str, client_id: UUID) -> None:
    """Messages of this kind to a client that have not left: a newer one takes their place."""
    Message.objects.filter(subject_kind=subject_kind, client_id=client_id, state="waiting").update(
        state="stopped", body=None
    )


def stop_about(subject_kind: str, subject_ids: Iterable[UUID]) -> None:
    """Messages about these records that have not left: what they lead to is closed."""
    Message.objects.filter(subject_kind=subject_kind, subject_id__in=list(subject_ids), state="waiting").update(
        state="stopped", body=None
    )


def stop_all() -> list[str]:
    """Stop every message that has not left, after a restore: it may have left already. What they were about."""
    rows = Message.objects.filter(state__in=["waiting", "in_flight"])
    named = [f"{row.template} about {row.subject_kind} {row.subject_id}" for row in rows.order_by("created_at")]
    rows.update(state="stopped", body=None)
    return named


def stop_of(practice_id: UUID) -> int:
    """Stop every message of a practice that has not left, and the jobs that would send it; how many messages."""
    rows = Message.objects.filter(practice_id=practice_id, state__in=["waiting", "in_flight"])
    named = [str(pk) for pk in rows.values_list("pk", flat=True)]
    for pk in named:
        jobs.give_up({"message": pk}, because="shredded")
    return rows.update(state="stopped", body=None)


def try_again(message_id: UUID, practice_id: UUID, now: datetime) -> None:
    """Let the job of a message that was given up run again. NotThere where none was given up."""
    row = Message.objects.filter(pk=message_id, practice_id=practice_id, state__in=["waiting", "in_flight"]).first()
    if row is None or not jobs.revive({"message": str(row.pk)}, {"delivery": str(row.subject_id)}, now=now):
        raise NotThere


def given_by_hand(message_id: UUID, practice_id: UUID, now: datetime) -> None:
    """Staff say that they gave the link themselves."""
    rows = Message.objects.filter(pk=message_id, practice_id=practice_id, channel="by_hand", state="waiting")
    message = rows.first()
    if message is None or not rows.update(state="sent", sent_at=now, body=None):
        raise NotThere
    _tell(_WHEN_LEFT, message, now)


def given_after_all(subject_kind: str, subject_id: UUID, now: datetime) -> None:
    """What waits for a hand and leads to this subject was given, since it was used: it is marked so and erased."""
    rows = Message.objects.filter(subject_kind=subject_kind, subject_id=subject_id, channel="by_hand", state="waiting")
    rows.update(state="sent", sent_at=now, body=None)


def waits_for_a_hand(subject_kind: str, subject_id: UUID) -> bool:
    """Whether a message about this record still waits for staff to hand it over."""
    rows = Message.objects.filter(subject_kind=subject_kind, subject_id=subject_id, channel="by_hand", state="waiting")
    return rows.exists()


def drop(message_id: UUID, practice_id: UUID, now: datetime) -> None:
    """Staff give up on a message that could not leave: it never does, and its link is erased here.

    NotThere for a message that was not given up.
    """
    with transaction.atomic():
        row = Message.objects.filter(pk=message_id, practice_id=practice_id, state__in=["waiting", "in_flight"]).first()
        payloads = [{"message": str(row.pk)}, {"delivery": str(row.subject_id)}] if row else []
        if row is None or not sum(jobs.lay_aside(payload, because="dropped") for payload in payloads):
            raise NotThere(subject=message_id)
        row.state, row.body = "stopped", None
        row.save(update_fields=["state", "body"])
        _tell(_WHEN_DROPPED, row, now)


def hand_over(message: Message) -> None:
    """Give one message to its carrier, under the message's own name. Raises OSError, SMTPException or Unavailable."""
    parcel = carriers.Parcel(str(message.pk), message.to.reveal(), message.template, message.body.reveal() or {})
    carriers.carrier(message.channel).carry(parcel)


def reach() -> None:
    """Say hello to the mail server, or look at the folder, without sending anything. Raises OSError or SMTPException.

    Nothing to do where no mail is set up.
    """
    carriers.carrier("mail").reach()
