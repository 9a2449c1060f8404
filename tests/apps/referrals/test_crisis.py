"""In a crisis: what is written down, who asks after her and who sees it when nobody does, and her safety plan."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.cast import CLIENT_NAME, NOW, Cast
from warmhandoff.accounts.texts import keep_text, texts_of
from warmhandoff.clients.accounting import accounting
from warmhandoff.clients.caring import join_team
from warmhandoff.clients.emergency import Asked, open_in_emergency
from warmhandoff.clients.exporting import export_record
from warmhandoff.clients.lawful import list_disclosures, review_disclosure
from warmhandoff.clients.models import LawfulDisclosure
from warmhandoff.clients.teams import leave_team
from warmhandoff.core.holding import disclosed
from warmhandoff.core.models import AuditEntry, Event
from warmhandoff.directory import listing
from warmhandoff.referrals.crisis import (
    CrisisFacts,
    due_follow_ups,
    find_overdue_follow_ups,
    follow_up,
    follow_ups,
    hand_on,
    notes_of,
    record_crisis,
)
from warmhandoff.referrals.models import CrisisNote, Referral, SafetyPlan
from warmhandoff.referrals.safety import keep_safety_plan, open_safety_plan, safety_plan_pdf, services_near
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere, Stale

HIGH = {"wish": "yes", "thoughts": "yes", "intent": "yes", "behavior": "no"}
DAY = timedelta(hours=24)


def count_follow_ups(actor: Actor, *, now: datetime) -> int:
    return due_follow_ups(actor, now=now).count()


def _recorded(cast: Cast, part: str = "clinician", **facts: Any) -> Any:
    given = {"words": "She called from the car. Her sister drove her home.", **facts}
    return record_crisis(cast.actor(part), cast.client.pk, CrisisFacts(**given), now=NOW)


def test_it_needs_no_referral_and_opens_a_follow_up_within_a_day(cast: Cast) -> None:
    note = _recorded(cast, screening=HIGH, done=["stayed", "means"], place="78704", judgment="High, I agree.")
    assert not Referral.objects.exists()
    (due,) = follow_ups(cast.actor(), now=NOW)
    assert (due.id, due.mine, due.overdue) == (note, True, False) and due.due_at == NOW + DAY
    (line,) = notes_of(cast.actor(), cast.client.pk, now=NOW)
    assert line.band and line.band.code == "high" and line.judgment == "High, I agree." and len(line.done) == 2
    assert Event.objects.filter(client_id=cast.client.pk, move="record_crisis").count() == 1
    assert AuditEntry.objects.filter(verb="record_crisis").count() == 1


def test_what_lies_in_the_database_says_nothing(cast: Cast) -> None:
    _recorded(cast, place="78704", judgment="a judgment", screening=HIGH, done=["stayed"])
    for name in ("words", "place", "judgment", "screening", "done"):
        kept = CrisisNote.objects.values_list(name, flat=True).get()
        assert b"sister" not in kept and b"78704" not in kept and b"stayed" not in kept and b"yes" not in kept


def test_overdue_it_comes_to_the_supervisor_and_is_an_event_once(cast: Cast) -> None:
    _recorded(cast)
    assert count_follow_ups(cast.actor("supervisor"), now=NOW + DAY) == 0
    late = NOW + DAY + timedelta(minutes=1)
    (seen,) = follow_ups(cast.actor("supervisor"), now=late)
    assert seen.overdue and not seen.mine and seen.owner == "Clinician Person"
    assert count_follow_ups(cast.actor("colleague"), now=late) == 0 == count_follow_ups(cast.actor("admin"), now=late)
    find_overdue_follow_ups(NOW)
    assert not Event.objects.filter(move="follow_up_overdue").exists()
    for _ in range(2):
        find_overdue_follow_ups(late)
    assert Event.objects.filter(move="follow_up_overdue").count() == 1


def test_a_colleague_on_the_team_sees_it_once_it_is_late(cast: Cast) -> None:
    _recorded(cast)
    join_team(cast.actor(), cast.client.pk, cast.members["colleague"].pk, now=NOW)
    assert [count_follow_ups(cast.actor("colleague"), now=NOW + span) for span in (DAY, 2 * DAY)] == [0, 1]


def test_only_having_reached_her_ends_it(cast: Cast) -> None:
    note = _recorded(cast)
    follow_up(cast.actor(), note, reached=False, words="", now=NOW)
    assert count_follow_ups(cast.actor(), now=NOW) == 1
    with pytest.raises(BadInput):
        follow_up(cast.actor(), note, reached=True, words="  ", now=NOW)
    follow_up(cast.actor("supervisor"), note, reached=True, words="She slept, and is at her sister's.", now=NOW)
    assert count_follow_ups(cast.actor(), now=NOW) == 0
    (line,) = notes_of(cast.actor(), cast.client.pk, now=NOW)
    assert line.followed_up_by == "Supervisor Person" and "slept" in line.follow_up
    with pytest.raises(NotNow):
        follow_up(cast.actor(), note, reached=True, words="again", now=NOW)


def test_the_front_desk_writes_it_down_and_a_clinician_asks_after_her(cast: Cast) -> None:
    note = _recorded(cast, "coordinator")
    assert CrisisNote.objects.get(pk=note).follow_up_owner_id == cast.clinician.pk
    assert notes_of(cast.actor("coordinator"), cast.client.pk, now=NOW) == []
    with pytest.raises(NotAllowed):
        follow_up(cast.actor("coordinator"), note, reached=True, words="well", now=NOW)


def test_whoever_leaves_hands_it_on(cast: Cast) -> None:
    note = _recorded(cast)
    join_team(cast.actor(), cast.client.pk, cast.members["colleague"].pk, now=NOW)
    hand_on(cast.clinician, cast.actor("admin"), NOW)
    assert CrisisNote.objects.get(pk=note).follow_up_owner_id == cast.members["colleague"].pk


def test_nobody_leaves_the_team_with_a_follow_up_in_hand(cast: Cast) -> None:
    _recorded(cast)
    join_team(cast.actor(), cast.client.pk, cast.members["colleague"].pk, now=NOW)
    with pytest.raises(NotNow, match="to ask after her"):
        leave_team(cast.actor(), cast.client.pk, cast.clinician.pk, now=NOW)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"words": " "}, "words"),
        ({"done": ["flew"]}, "done"),
        ({"basis": "release"}, "recipient"),
        ({"told": "her brother", "basis": "threat"}, "basis"),
        ({"told": "her brother", "basis": "treatment"}, "basis"),
        ({"told": "her brother", "basis": "gossip"}, "basis"),
        ({"screening": {"wish": "maybe"}}, "screening_wish"),
    ],
)
def test_what_cannot_be_written_down(cast: Cast, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        _recorded(cast, **facts)
    assert field in {problem.field for problem in refused.value.problems}
    assert not CrisisNote.objects.exists()


@pytest.mark.parametrize("part", ["colleague", "admin", "outsider"])
def test_strangers_find_nothing(cast: Cast, part: str) -> None:
    note = _recorded(cast)
    with pytest.raises(NotThere):
        _recorded(cast, part)
    with pytest.raises(NotThere):
        follow_up(cast.actor(part), note, reached=True, words="well", now=NOW)
    assert notes_of(cast.actor(part), cast.client.pk, now=NOW) == []
    with pytest.raises(NotThere):
        open_safety_plan(cast.actor(part), cast.client.pk, now=NOW)


TELLING = {"recipient": "The police in Austin", "told": "Where she is, that she has said goodbye and holds a weapon."}


@pytest.mark.parametrize(("basis", "required"), [("serious_threat", True), ("medical_emergency", False), ("", True)])
def test_what_was_told_without_a_release_is_one_record(cast: Cast, basis: str, required: bool) -> None:
    """It stands once in the accounting, waits for completing and review where all such records do, and is hers."""
    _recorded(cast, basis=basis, **TELLING)
    row, note = LawfulDisclosure.objects.get(), CrisisNote.objects.get()
    assert note.disclosure_id == row.pk and (note.told.reveal(), note.basis) == ("", "")
    (one,) = accounting(cast.actor(), cast.client.pk, now=NOW).lines
    assert (one.to, one.ground, one.required) == ("The police in Austin", basis, required)
    (line,) = list_disclosures(cast.actor("admin"), now=NOW, latest=True)
    assert line.id == row.pk and line.lacks and line.initials == ""
    (read,) = notes_of(cast.actor(), cast.client.pk, now=NOW)
    assert read.told == f"{TELLING['recipient']}: {TELLING['told']}" and read.lacks and not read.reviewed
    assert ("45 CFR" in read.basis) is bool(basis)
    with pytest.raises(NotAllowed):
        review_disclosure(cast.actor(), row.pk, "It was right.", now=NOW)
    review_disclosure(cast.actor("supervisor"), row.pk, "It was right.", now=NOW)
    (read,) = notes_of(cast.actor(), cast.client.pk, now=NOW)
    assert read.reviewed
    assert export_record(cast.actor(), cast.client.pk, now=NOW)


def test_what_was_told_on_her_release_is_no_such_record(cast: Cast) -> None:
    _recorded(cast, basis="release", **TELLING)
    assert not LawfulDisclosure.objects.exists()
    (one,) = disclosed(cast.client.pk)
    assert one.to.startswith("The police in Austin: Where") and one.ground == "basis_release" and not one.required


def test_whoever_opened_her_in_an_emergency_can_say_whom_she_told(cast: Cast) -> None:
    """To look is enough for the note; and the disclosure is written down with it, or neither is."""
    asked = Asked("danger", "She called the desk, and is alone.", name=CLIENT_NAME)
    open_in_emergency(cast.actor("colleague"), asked, now=NOW)
    _recorded(cast, "colleague", basis="serious_threat", **TELLING)
    assert LawfulDisclosure.objects.get().by_id == cast.members["colleague"].pk
    with pytest.raises(BadInput):
        _recorded(cast, basis="gossip", **TELLING)
    assert CrisisNote.objects.count() == LawfulDisclosure.objects.count() == 1


def test_the_safety_plan_has_versions_and_of_two_writers_one_wins(cast: Cast) -> None:
    her = cast.client.pk
    assert open_safety_plan(cast.actor(), her, now=NOW).number == 0
    assert keep_safety_plan(cast.actor(), her, {"coping": "Walk", "people": " "}, seen=0, shared=False, now=NOW) == 1
    assert keep_safety_plan(cast.actor("supervisor"), her, {"coping": "Swim"}, seen=1, shared=True, now=NOW) == 2
    with pytest.raises(Stale):
        keep_safety_plan(cast.actor(), her, {"coping": "Run"}, seen=1, shared=False, now=NOW)
    plan = open_safety_plan(cast.actor(), her, now=NOW)
    assert plan.parts == {"coping": "Swim"} and plan.shared and SafetyPlan.objects.count() == 2


@pytest.mark.parametrize("parts", [{}, {"coping": "  "}, {"mood": "low"}, {"coping": "x" * 4001}])
def test_a_plan_that_cannot_be_kept(cast: Cast, parts: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        keep_safety_plan(cast.actor(), cast.client.pk, parts, seen=0, shared=False, now=NOW)


def test_her_copy_is_hers_only_when_shared(cast: Cast) -> None:
    her = Actor(side="client", practice_id=cast.practice.pk, client_id=cast.client.pk)
    keep_safety_plan(cast.actor(), cast.client.pk, {"coping": "Walk"}, seen=0, shared=False, now=NOW)
    assert safety_plan_pdf(cast.actor(), cast.client.pk, now=NOW).startswith(b"%PDF-")
    with pytest.raises(NotThere):
        safety_plan_pdf(her, cast.client.pk, now=NOW)
    keep_safety_plan(cast.actor(), cast.client.pk, {"coping": "Walk"}, seen=1, shared=True, now=NOW)
    assert safety_plan_pdf(her, cast.client.pk, now=NOW).startswith(b"%PDF-")
    with pytest.raises(NotAllowed):
        safety_plan_pdf(cast.actor("coordinator"), cast.client.pk, now=NOW)


def test_crisis_services_near_her_are_the_nearest_of_the_directory(cast: Cast) -> None:
    def enter(name: str, **facts: Any) -> int:
        return listing.enter(cast.actor(), {"name": name, "phone": "512-555-0101", **facts}, now=NOW, verified=True)

    enter("Far Crisis Center", kind="crisis_service", zip="78660", formats=["in_person"])
    near = enter("Near Crisis Team", kind="crisis_service", zip="78704", formats=["in_person"])
    enter("A Therapist", kind="therapist", zip="78704", formats=["in_person"])
    enter("Crisis Programme", kind="program", levels=["crisis"], zip="78745", formats=["in_person"])
    enter("Too Far", kind="crisis_service", zip="10001", formats=["in_person"])
    found = services_near(cast.actor(), "78704", today=NOW.date())
    assert found[0].card.id == near
    assert {one.card.name for one in found} == {"Near Crisis Team", "Crisis Programme", "Far Crisis Center"}
    assert services_near(cast.actor(), "", today=NOW.date()) == []


def test_the_practices_own_texts_are_the_administrators(cast: Cast) -> None:
    assert texts_of(cast.practice.pk) == {}
    keep_text(cast.actor("admin"), "protocol", " Call Ana first. ", reviewed_on=NOW.date(), now=NOW)
    assert texts_of(cast.practice.pk)["protocol"].text == "Call Ana first."
    with pytest.raises(NotAllowed):
        keep_text(cast.actor(), "protocol", "mine", reviewed_on=None, now=NOW)
    with pytest.raises(NotThere):
        keep_text(cast.actor("admin"), "law", "ours", reviewed_on=None, now=NOW)
    with pytest.raises(BadInput):
        keep_text(cast.actor("admin"), "protect", "x", reviewed_on=NOW.date() + DAY, now=NOW)
    keep_text(cast.actor("admin"), "protocol", "", reviewed_on=None, now=NOW)
    assert texts_of(cast.practice.pk) == {} and texts_of(uuid4()) == {}
