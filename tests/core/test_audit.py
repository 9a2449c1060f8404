"""The audit and the timeline: ids, verbs and sealed facts; refusals outlive the rollback."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import pytest
from django.db import transaction

from warmhandoff.accounts.models import Practice
from warmhandoff.core import audit, events
from warmhandoff.core.models import AuditedClient, AuditEntry, Event
from warmhandoff.rules.access import Actor, system
from warmhandoff.rules.refusals import NoRelease, NotThere, Refusal, Stale, Unavailable

pytestmark = pytest.mark.django_db
ACTOR = Actor(side="referrer", practice_id=uuid4(), membership_id=uuid4(), roles=frozenset({"clinician"}), name="Lena")


def test_one_entry_for_a_list_with_an_index_of_who_was_on_it(now: datetime) -> None:
    clients = [uuid4() for _ in range(3)]
    audit.record(ACTOR, "listed", "client", now=now, clients=clients)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.subject_kind, entry.outcome, entry.side) == ("listed", "client", "done", "referrer")
    assert (entry.practice_id, entry.membership_id, entry.at) == (ACTOR.practice_id, ACTOR.membership_id, now)
    assert set(AuditedClient.objects.filter(entry=entry).values_list("client_id", flat=True)) == set(clients)


def test_a_disclosure_names_the_release_it_rode_on(now: datetime) -> None:
    release, referral = uuid4(), uuid4()
    audit.record(system(uuid4()), "disclosed", "referral", referral, now=now, basis=release)
    entry = AuditEntry.objects.get()
    assert entry.basis == release and entry.subject_id == str(referral) and entry.side == "system"


def test_an_entry_that_cannot_be_written_fails_the_action(now: datetime) -> None:
    with pytest.raises(Unavailable), transaction.atomic():
        audit.record(ACTOR, None, "client", now=now)  # type: ignore[arg-type]


@pytest.mark.parametrize("refusal", [
    NoRelease("No release covers this."), NotThere(subject=uuid4()), Stale(), NotThere(subject="x" * 500),
])
def test_a_refusal_leaves_a_row_after_the_rollback(now: datetime, refusal: Refusal) -> None:
    try:
        with transaction.atomic():
            audit.record(ACTOR, "opened", "client", uuid4(), now=now)
            raise refusal
    except Refusal as caught:
        audit.record_refusal(ACTOR, caught, now=now)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.outcome, entry.subject_kind) == ("refused", "refused", refusal.code)
    assert entry.subject_id == str(refusal.details.get("subject", ""))[:64]
    assert entry.membership_id == ACTOR.membership_id


def test_a_stranger_who_is_refused_is_recorded_too(now: datetime) -> None:
    audit.record_refusal(None, NotThere(), now=now)
    entry = AuditEntry.objects.get()
    assert entry.side == "stranger" and entry.practice_id is None and entry.membership_id is None


def test_an_event_seals_its_facts_and_its_actor(practice: Practice, now: datetime) -> None:
    subject = events.Subject("referral", uuid4(), practice.pk, uuid4())
    events.record(subject, events.Change("decline", 1, "sent", "declined", {"words": "no room"}), actor=ACTOR, now=now)
    event = Event.objects.get()
    assert (event.move, event.from_state, event.to_state, event.number) == ("decline", "sent", "declined", 1)
    assert str(event.facts) == str(event.actor_name) == "•••"
    assert event.facts.reveal() == {"words": "no room"} and event.actor_name.reveal() == "Lena"


def test_two_changes_cannot_both_be_the_nth(practice: Practice, now: datetime) -> None:
    subject = events.Subject("referral", uuid4(), practice.pk)
    assert events.next_number(subject.id) == 1
    events.record(subject, events.Change("accept", 1), actor=ACTOR, now=now)
    assert events.next_number(subject.id) == 2
    with pytest.raises(Stale):
        events.record(subject, events.Change("decline", 1), actor=ACTOR, now=now)
    events.record(events.Subject("referral", uuid4(), practice.pk), events.Change("accept", 1), actor=ACTOR, now=now)
