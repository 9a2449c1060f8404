"""What reaches the practice is logged, answered in its promise by whoever is first, and thanked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from tests.cast import NOW, Cast
from warmhandoff.accounts.answer_settings import set_answers
from warmhandoff.core.models import AuditEntry, Event
from warmhandoff.directory.listing import enter
from warmhandoff.referrals import inbox, receiving
from warmhandoff.referrals.answering import Answer
from warmhandoff.referrals.models import Incoming
from warmhandoff.referrals.receiving import NewIncoming
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere, Stale

ACCEPT = Answer("accept", openings="Thursday at five")
ASK = Answer("ask", question="Does she drive?")
WAIT = Answer("waitlist", weeks=6)
DECLINE = Answer("decline", decline_reason="full", words="Try Dana Reyes.")
DAY = timedelta(days=1)


def log(cast: Cast, part: str = "clinician", **facts: Any) -> UUID:
    new = NewIncoming(**{"from_name": "Dr. Alvarez", "about": "Panic after a crash, Aetna", **facts})
    return receiving.log_incoming(cast.actor(part), new, now=NOW)


def row(incoming_id: UUID) -> Incoming:
    return Incoming.objects.get(pk=incoming_id)


def test_two_words_are_enough_and_the_promise_runs(cast: Cast) -> None:
    found = row(log(cast))
    assert found.to_member == cast.clinician and found.state == "waiting" and found.came_by == "phone"
    assert found.due_at is not None and found.due_at.isoformat() == "2026-11-25T23:00:00+00:00"  # Wednesday, five
    event = Event.objects.get(subject_id=found.pk)
    assert (event.subject_kind, event.move, event.number, found.moves_made) == ("incoming", "log", 1, 1)
    assert AuditEntry.objects.filter(verb="log", subject_kind="incoming", subject_id=str(found.pk)).count() == 1


def test_the_promise_counts_from_when_it_came_and_knows_holidays(cast: Cast) -> None:
    tuesday = NOW + DAY
    new = NewIncoming("Dr. Alvarez", "a place", received_at=NOW - 3 * DAY)  # Friday
    found = row(receiving.log_incoming(cast.actor(), new, now=tuesday))
    assert found.due_at is not None and found.due_at.date().isoformat() == "2026-11-24"
    late = row(receiving.log_incoming(cast.actor(), NewIncoming("A", "b"), now=tuesday))
    assert late.due_at is not None and late.due_at.date().isoformat() == "2026-11-30"  # Thanksgiving, and the day after


def test_urgent_means_the_phone_unless_somebody_staffs_a_queue(cast: Cast) -> None:
    with pytest.raises(BadInput, match="use the phone"):
        log(cast, urgent=True)
    set_answers(cast.actor("admin"), promise_days=3, urgent_hours=2, now=NOW)
    urgent, other = row(log(cast, urgent=True)), row(log(cast))
    assert urgent.urgent and urgent.due_at == NOW + timedelta(hours=2) and not other.urgent
    assert other.due_at is not None and other.due_at.date().isoformat() == "2026-11-30"  # as above
    assert [line.urgent for line in inbox.list_incoming(cast.actor(), now=NOW)] == [True, False]
    later = NOW + timedelta(hours=1)
    receiving.answer_incoming(cast.actor(), urgent.pk, ASK, now=later)
    receiving.hear_back(cast.actor(), urgent.pk, "She does.", now=later)
    assert row(urgent.pk).due_at == later + timedelta(hours=2)


def test_only_administrators_say_how_soon_and_within_reason(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        set_answers(cast.actor(), promise_days=1, urgent_hours=None, now=NOW)
    with pytest.raises(BadInput) as refused:
        set_answers(cast.actor("admin"), promise_days=0, urgent_hours=3, now=NOW)
    assert [one.field for one in refused.value.problems] == ["promise_days", "urgent_hours"]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"from_name": " "}, "from_name"), ({"about": ""}, "about"), ({"came_by": "pigeon"}, "came_by"),
        ({"from_kind": "stranger"}, "from_kind"), ({"received_at": NOW + DAY}, "received_at"),
        ({"received_at": NOW - 400 * DAY}, "received_at"),
    ],
)  # fmt: skip
def test_what_cannot_be_logged(cast: Cast, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        log(cast, **facts)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert not Incoming.objects.exists()


def test_a_sender_who_is_in_the_network_is_known_by_her_name(cast: Cast) -> None:
    listing = enter(cast.actor(), {"name": "Sofia Alvarez, LCSW", "kind": "therapist"}, now=NOW)
    assert row(log(cast, from_name="sofia alvarez, LCSW ")).listing_id == listing
    assert row(log(cast, from_name="Sofia Alvarez")).listing_id is None
    assert row(log(cast, from_name="Sofia Alvarez, LCSW", from_kind="client")).listing_id is None
    with pytest.raises(NotThere):
        log(cast, listing_id=listing + 1000)
    foreign = enter(cast.actor("outsider"), {"name": "Else", "kind": "therapist"}, now=NOW)
    with pytest.raises(NotThere):
        log(cast, listing_id=foreign)


def test_who_sees_it(cast: Cast) -> None:
    mine, hers = log(cast), log(cast, "colleague")
    sees = {
        part: set(inbox.visible_incoming(cast.actor(part)).values_list("pk", flat=True))
        for part in ("clinician", "colleague", "supervisor", "coordinator", "admin", "outsider")
    }
    assert sees == {
        "clinician": {mine}, "colleague": {hers}, "supervisor": {mine}, "coordinator": {mine, hers}, "admin": set(),
        "outsider": set(),
    }  # fmt: skip
    for part in ("colleague", "admin", "outsider"):
        with pytest.raises(NotThere):
            inbox.open_incoming(cast.actor(part), mine, now=NOW)
        for act in (
            lambda actor: receiving.answer_incoming(actor, mine, ACCEPT, now=NOW),
            lambda actor: receiving.hand_on(actor, mine, cast.members["colleague"].pk, now=NOW),
            lambda actor: receiving.thank(actor, mine, "thanks", now=NOW),
            lambda actor: receiving.skip_thanks(actor, mine, now=NOW),
            lambda actor: receiving.hear_back(actor, mine, "yes", now=NOW),
        ):
            with pytest.raises(NotThere):
                act(cast.actor(part))
    assert row(mine).moves_made == 1


def test_who_logs_and_for_whom(cast: Cast) -> None:
    given = log(cast, "coordinator", to_member=cast.clinician.pk)
    assert row(given).to_member == cast.clinician
    with pytest.raises(NotAllowed):
        log(cast, "admin")
    for part in ("outsider", "departed"):
        with pytest.raises(NotThere):
            log(cast, to_member=cast.members[part].pk)
    with pytest.raises(BadInput):
        log(cast, to_member=cast.members["admin"].pk)
    assert Incoming.objects.count() == 1


def test_handing_on_keeps_the_date_and_moves_the_door(cast: Cast) -> None:
    given, colleague = log(cast), cast.members["colleague"].pk
    due = row(given).due_at
    receiving.hand_on(cast.actor(), given, colleague, now=NOW + DAY, seen=1)
    assert row(given).to_member_id == colleague and row(given).due_at == due
    with pytest.raises(NotThere):
        inbox.open_incoming(cast.actor(), given, now=NOW)
    for wrong, refusal in ((colleague, BadInput), (cast.members["admin"].pk, BadInput), (uuid4(), NotThere)):
        with pytest.raises(refusal):
            receiving.hand_on(cast.actor("colleague"), given, wrong, now=NOW)
    assert row(given).to_member_id == colleague and row(given).moves_made == 2


@pytest.mark.parametrize(
    ("answer", "state", "field"),
    [(ACCEPT, "accepted", "openings"), (DECLINE, "declined", "decline_reason"), (WAIT, "waitlisted", "weeks"),
     (ASK, "asked", "question")],
)  # fmt: skip
def test_the_four_answers(cast: Cast, answer: Answer, state: str, field: str) -> None:
    given = log(cast)
    with pytest.raises(BadInput) as refused:
        receiving.answer_incoming(cast.actor(), given, Answer(answer.kind), now=NOW)
    assert refused.value.problems[0].field == field
    receiving.answer_incoming(cast.actor(), given, answer, now=NOW + DAY, seen=1)
    found = row(given)
    assert found.state == state and found.answer_facts.reveal() == answer.facts()
    assert (found.answered_at is None) == (state == "asked")
    assert (found.due_at is None) == (state in ("accepted", "declined"))


def test_a_question_keeps_the_answer_owed(cast: Cast) -> None:
    given, actor = log(cast), cast.actor()
    with pytest.raises(NotNow):
        receiving.hear_back(actor, given, "She does.", now=NOW)
    receiving.answer_incoming(actor, given, ASK, now=NOW)
    with pytest.raises(BadInput):
        receiving.hear_back(actor, given, " ", now=NOW)
    receiving.hear_back(actor, given, "She does.", now=NOW + DAY)
    found = row(given)
    assert found.state == "waiting" and found.due_at is not None and found.due_at > NOW + 3 * DAY
    receiving.answer_incoming(actor, given, ACCEPT, now=NOW + DAY)
    facts = row(given).answer_facts.reveal()
    assert facts == {"question": "Does she drive?", "question_answer": "She does.", "openings": "Thursday at five"}


def test_a_waiting_list_comes_back_when_its_weeks_are_over(cast: Cast) -> None:
    given, actor = log(cast), cast.actor()
    receiving.answer_incoming(actor, given, WAIT, now=NOW)
    due = row(given).due_at
    assert due is not None and 41 * DAY < due - NOW < 45 * DAY
    assert inbox.owed_by(actor, now=NOW).count() == 0 == len(inbox.list_incoming(actor, now=NOW))
    assert inbox.owed_by(actor, now=due + DAY).count() == 1 == len(inbox.list_incoming(actor, now=due + DAY))
    assert inbox.inbox_today(actor, now=due + DAY).look_again
    receiving.answer_incoming(actor, given, ACCEPT, now=due + DAY)
    assert row(given).state == "accepted" and "weeks" not in row(given).answer_facts.reveal()


def test_of_two_answers_one_wins(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    given, before = log(cast), inbox.incoming_row
    with pytest.raises(Stale):
        receiving.answer_incoming(cast.actor(), given, ACCEPT, now=NOW, seen=0)

    def overtaken(*args: Any) -> Incoming:
        found = before(*args)
        monkeypatch.setattr(receiving, "incoming_row", before)
        receiving.answer_incoming(cast.actor("supervisor"), given, DECLINE, now=NOW)
        return found

    recorded, record = [], receiving._record
    monkeypatch.setattr(receiving, "_record", lambda *a, **more: (recorded.append(a[1]), record(*a, **more)))
    monkeypatch.setattr(receiving, "incoming_row", overtaken)
    with pytest.raises(Stale):
        receiving.answer_incoming(cast.actor(), given, ACCEPT, now=NOW)
    assert recorded == ["decline"]
    assert "openings" not in (row(given).answer_facts.reveal() or {})


def test_a_last_word_stays(cast: Cast) -> None:
    given = log(cast)
    receiving.answer_incoming(cast.actor(), given, DECLINE, now=NOW)
    with pytest.raises(NotNow):
        receiving.answer_incoming(cast.actor(), given, ACCEPT, now=NOW)
    with pytest.raises(NotNow):
        receiving.hand_on(cast.actor(), given, cast.members["colleague"].pk, now=NOW)


def test_thanks_are_due_after_an_answer_and_once(cast: Cast) -> None:
    given, actor = log(cast), cast.actor()
    with pytest.raises(NotNow):
        receiving.thank(actor, given, receiving.THANKS, now=NOW)
    receiving.answer_incoming(actor, given, DECLINE, now=NOW)
    assert [line.id for line in inbox.list_incoming(actor, now=NOW, tab="thanks")] == [given]
    with pytest.raises(BadInput):
        receiving.thank(actor, given, " ", now=NOW)
    receiving.thank(actor, given, receiving.THANKS, now=NOW + DAY)
    found = row(given)
    assert found.thanked_at == NOW + DAY and found.thanks.reveal() == receiving.THANKS and not found.thanks_skipped
    with pytest.raises(NotNow):
        receiving.thank(actor, given, "Again.", now=NOW)
    with pytest.raises(NotNow):
        receiving.skip_thanks(actor, given, now=NOW)
    assert inbox.list_incoming(actor, now=NOW, tab="thanks") == []


def test_a_thank_you_names_no_client(cast: Cast) -> None:
    given = log(cast, client_name="Lena Alvarez")
    receiving.answer_incoming(cast.actor(), given, ACCEPT, now=NOW)
    with pytest.raises(BadInput):
        receiving.thank(cast.actor(), given, "Thank you, Lena came today.", now=NOW)
    receiving.thank(cast.actor(), given, "Thank you, Dr. Alvarez.", now=NOW)


def test_nobody_is_thanked_for_calling_herself_and_thanks_may_be_skipped(cast: Cast) -> None:
    actor, herself, given = cast.actor(), log(cast, from_kind="client"), log(cast)
    for one in (herself, given):
        receiving.answer_incoming(actor, one, ACCEPT, now=NOW)
    assert [line.id for line in inbox.list_incoming(actor, now=NOW, tab="thanks")] == [given]
    with pytest.raises(NotNow):
        receiving.thank(actor, herself, receiving.THANKS, now=NOW)
    receiving.skip_thanks(actor, given, now=NOW)
    assert row(given).thanks_skipped and row(given).thanked_at is None
    assert inbox.list_incoming(actor, now=NOW, tab="thanks") == []


@pytest.mark.parametrize(
    "columns",
    [{"state": "accepted"}, {"answered_at": NOW}, {"due_at": None}, {"state": "lost"},
     {"thanked_at": NOW, "thanks_skipped": True}],
)  # fmt: skip
def test_the_database_holds_states_together(cast: Cast, columns: dict[str, Any]) -> None:
    given = log(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Incoming.objects.filter(pk=given).update(**columns)


def test_every_look_is_audited(cast: Cast) -> None:
    given = log(cast)
    before = set(AuditEntry.objects.values_list("pk", flat=True))
    inbox.open_incoming(cast.actor(), given, now=NOW)
    inbox.list_incoming(cast.actor(), now=NOW)
    new = AuditEntry.objects.exclude(pk__in=before).order_by("verb")
    told = new.values_list("verb", "subject_kind", "subject_id")
    assert list(told) == [("list", "incoming", ""), ("open", "incoming", str(given))]


def test_what_was_told_lies_sealed(cast: Cast) -> None:
    given = log(cast, client_name="Lena Alvarez", from_contact="512-555-0161")
    receiving.answer_incoming(cast.actor(), given, ACCEPT, now=NOW)
    raw = repr(Incoming.objects.filter(pk=given).values())
    for words in ("Alvarez", "Panic", "512-555", "Thursday"):
        assert words not in raw
