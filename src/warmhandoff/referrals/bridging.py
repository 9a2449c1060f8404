"""Keeping the bridge: dates, notice and caretaker, tries to reach her, and letting her go on a recorded ground.

Every change is an event of the client: the timeline, which the database never lets change, is the evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from warmhandoff.accounts.queries import colleague
from warmhandoff.clients import treatment
from warmhandoff.clients.caring import note_change
from warmhandoff.clients.queries import client_row
from warmhandoff.referrals.bridge_view import facts_of
from warmhandoff.referrals.models import Bridge, BridgeTry
from warmhandoff.rules.access import Actor
from warmhandoff.rules.bridge import TRIES, grounds, missing
from warmhandoff.rules.refusals import BadInput, NotNow, Problem, Stale

if TYPE_CHECKING:
    from warmhandoff.clients.models import Client

LONGEST = 5_000  # characters


@dataclass(frozen=True)
class BridgeFacts:
    """What is written down of the bridge; all of it may stay empty. Days are those of the practice's calendar.

    holder, caretaker: memberships. caretaker_words: someone outside the practice, and how to reach her.
    """

    holder: UUID | None = None
    caretaker: UUID | None = None
    caretaker_words: str = ""
    next_session_at: datetime | None = None
    last_session_on: date | None = None
    notice_on: date | None = None
    notice_words: str = ""
    end_on: date | None = None


def _open_bridge(row: Client, now: datetime) -> Bridge:
    """The open one, begun where there is none; within the caller's transaction."""
    if row.ended_at is not None:
        raise NotNow("Care here has ended. Begin it again first.")
    found = Bridge.objects.filter(client=row, let_go_at=None).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return Bridge.objects.create(practice_id=row.practice_id, client=row, begun_at=now)
    except IntegrityError as error:  # two at once: the other one began it
        raise Stale(subject=row.pk) from error


def _today(row: Client, now: datetime) -> date:
    return now.astimezone(ZoneInfo(row.practice.time_zone)).date()


def _check(row: Client, facts: BridgeFacts, now: datetime) -> None:
    problems = []
    treats = {member for member, _ in treatment.who_treats([row.pk]).get(row.pk, [])}
    if facts.holder is not None and facts.holder not in treats:
        problems.append(Problem("choose a clinician on her care team", field="holder"))
    if facts.notice_on is not None and facts.notice_on > _today(row, now):
        problems.append(Problem("notice is recorded once it was given", field="notice_on"))
    if facts.notice_on and facts.end_on and facts.end_on < facts.notice_on:
        problems.append(Problem("the end date lies before the notice", field="end_on"))
    if facts.last_session_on and facts.end_on and facts.last_session_on > facts.end_on:
        problems.append(Problem("the last session lies after the end date", field="last_session_on"))
    problems += [
        Problem(f"shorten it to {LONGEST} characters", field=name)
        for name in ("caretaker_words", "notice_words") if len(getattr(facts, name)) > LONGEST
    ]
    if problems:
        raise BadInput(*problems)


def keep_bridge(actor: Actor, client_id: UUID, facts: BridgeFacts, *, seen: int, now: datetime) -> None:
    """Write down how she is held. seen: the number of changes that was looked at (0 before the first).

    Refuses strangers (NotThere), care that ended (NotNow), a holder who does not treat her, a caretaker who is not of
    the practice, days that contradict each other (BadInput), and a page that is no longer the newest (Stale).
    """
    with transaction.atomic():
        row = client_row(actor, client_id, "change")
        _check(row, facts, now)
        bridge = _open_bridge(row, now)
        if facts.caretaker is not None:
            colleague(row.practice_id, facts.caretaker, lock=True)
        if not Bridge.objects.filter(pk=bridge.pk, changes=seen, let_go_at=None).update(changes=seen + 1):
            raise Stale(subject=client_id)
        bridge.changes = seen + 1
        bridge.holder_id, bridge.caretaker_id = facts.holder, facts.caretaker
        bridge.caretaker_words, bridge.notice_words = facts.caretaker_words.strip(), facts.notice_words.strip()
        bridge.next_session_at, bridge.last_session_on = facts.next_session_at, facts.last_session_on
        bridge.notice_on, bridge.end_on = facts.notice_on, facts.end_on
        bridge.save()
        note_change(row, "keep_bridge", actor, now)


def log_try(actor: Actor, client_id: UUID, *, on: date, way: str, words: str, now: datetime) -> None:
    """A try to reach her, and what came of it. Refuses an unknown way, a day to come and no words (BadInput)."""
    with transaction.atomic():
        row = client_row(actor, client_id, "change")
        problems = []
        if way not in TRIES:
            problems.append(Problem("choose from the list", field="way"))
        if on > _today(row, now):
            problems.append(Problem("this day is still to come", field="on"))
        if not words.strip() or len(words) > LONGEST:
            problems.append(Problem("say in a few words what came of it", field="words"))
        if problems:
            raise BadInput(*problems)
        bridge = _open_bridge(row, now)
        BridgeTry.objects.create(
            practice_id=row.practice_id, bridge=bridge, on=on, way=way, words=words.strip(), by_id=actor.member, at=now
        )
        note_change(row, "try_to_reach", actor, now)


def let_go(actor: Actor, client_id: UUID, *, ground: str, words: str, now: datetime) -> None:
    """Treatment here ends, on a ground: the bridge is closed, and releases that end with treatment end at once.

    Refuses strangers (NotThere), an unknown ground and one for which the record lacks something, each said in a
    sentence (BadInput); care that ended already (NotNow).
    """
    if ground not in grounds():
        raise BadInput(Problem("choose a ground", field="ground"))
    with transaction.atomic():
        row = client_row(actor, client_id, "change")
        bridge = _open_bridge(row, now)
        lacking = missing(ground, facts_of(row, bridge, now=now), words)
        if len(words) > LONGEST:
            lacking.append(f"Shorten it to {LONGEST} characters.")
        if lacking:
            raise BadInput(*[Problem(sentence, field="ground") for sentence in lacking])
        changed = Bridge.objects.filter(pk=bridge.pk, let_go_at=None)
        if not changed.update(let_go_at=now, let_go_by_id=actor.member, ground=ground):
            raise Stale(subject=client_id)
        bridge.refresh_from_db()
        bridge.words = words.strip()
        bridge.save(update_fields=["words"])
        treatment.end_treatment(row, actor, now=now)


def take_up_again(actor: Actor, client_id: UUID, *, now: datetime) -> None:
    """Care here begins again; a new bridge is begun when wanted. Releases that ended with treatment stay ended."""
    with transaction.atomic():
        row = client_row(actor, client_id, "change")
        if row.ended_at is None:
            raise NotNow("Care here goes on.")
        if not treatment.who_treats([row.pk]):
            raise NotNow("Nobody who treats clients is on her care team. Add a colleague first.")
        treatment.begin_again(row, actor, now=now)
