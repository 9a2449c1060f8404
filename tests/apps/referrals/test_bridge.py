"""The bridge: she is held until there is a ground to let her go, and the record shows it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from tests.apps.referrals.loop import DAY, Loop, loop_at
from tests.cast import NOW, Cast
from warmhandoff.accounts.ending_settings import set_notice_days
from warmhandoff.accounts.models import Membership, Practice, User
from warmhandoff.clients import figures, treatment
from warmhandoff.clients.caring import join_team
from warmhandoff.clients.models import CareTeam, Client, Release
from warmhandoff.clients.queries import releases_of
from warmhandoff.core.models import Event
from warmhandoff.referrals import bridge_view, bridging
from warmhandoff.referrals.bridging import BridgeFacts
from warmhandoff.referrals.crisis import CrisisFacts, record_crisis
from warmhandoff.referrals.models import Bridge
from warmhandoff.referrals.rail import sections_today
from warmhandoff.referrals.standing import standing_of
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere, Stale


def leave_alone(cast: Cast) -> None:
    """Nobody is on her team any more: what only a restored backup, or another role, can bring about."""
    CareTeam.objects.filter(client=cast.client).update(until=NOW)


def keep(cast: Cast, seen: int = 0, **facts: object) -> None:
    bridging.keep_bridge(cast.actor(), cast.client.pk, BridgeFacts(**facts), seen=seen, now=NOW)  # type: ignore[arg-type]


def end(cast: Cast, ground: str = "agreed", words: str = "we said goodbye", days: int = 0) -> None:
    bridging.let_go(cast.actor(), cast.client.pk, ground=ground, words=words, now=NOW + timedelta(days=days))


def view(cast: Cast, part: str = "clinician") -> bridge_view.BridgeView:
    return bridge_view.bridge_of(cast.actor(part), cast.client.pk, now=NOW)


@pytest.mark.parametrize(("state", "outcome"), [("offered", "client_declined"), ("attended", "attended_poor_fit")])
def test_a_referral_cannot_end_while_nobody_holds_her(cast: Cast, state: str, outcome: str) -> None:
    loop = loop_at(cast, state)
    Membership.objects.filter(pk=cast.clinician.pk).update(roles=["coordinator"])  # she has gone to the desk
    with pytest.raises(NotNow, match="Nobody holds this client"):
        loop.close(outcome, "she said no")
    assert loop.state == state
    Membership.objects.filter(pk=cast.clinician.pk).update(roles=["clinician"])
    loop.close(outcome, "she said no")
    assert loop.state == "closed"


def test_seen_elsewhere_she_is_held_by_others(cast: Cast) -> None:
    loop = loop_at(cast, "settled")
    leave_alone(cast)
    stands = standing_of(cast.client.pk)
    assert (stands.holders, stands.attended, stands.is_held) == ((), True, True)
    assert not standing_of(cast.client.pk, without=loop.id).is_held


def test_the_stated_end_date_lets_her_go_only_after_notice_names_and_tries(cast: Cast) -> None:
    loop_at(cast, "offered")
    keep(cast, notice_on=NOW.date(), end_on=(NOW + 30 * DAY).date(), notice_words="by letter")
    for day in (1, 20):
        with pytest.raises(BadInput):
            end(cast, "end_date", "", 31)
        bridging.log_try(cast.actor(), cast.client.pk, on=(NOW + day * DAY).date(), way="phone", words="nobody there",
                         now=NOW + day * DAY)
    with pytest.raises(BadInput, match="has not passed"):
        end(cast, "end_date", "", 30)
    end(cast, "end_date", "", 31)
    row = Client.objects.get(pk=cast.client.pk)
    assert row.ended_at == NOW + 31 * DAY
    moves = list(Event.objects.filter(subject_id=row.pk).order_by("number").values_list("move", flat=True))
    assert moves[-4:] == ["keep_bridge", "try_to_reach", "try_to_reach", "end_treatment"]


def test_the_notice_is_the_practices_own(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        set_notice_days(cast.actor(), 14, now=NOW)
    with pytest.raises(BadInput):
        set_notice_days(cast.actor("admin"), 0, now=NOW)
    set_notice_days(cast.actor("admin"), 14, now=NOW)
    keep(cast, notice_on=NOW.date())
    assert view(cast).facts.earliest_end == NOW.date() + timedelta(days=14)


def test_releases_that_end_with_treatment_end_at_once_and_stay_ended(cast: Cast) -> None:
    loop = loop_at(cast, "released")
    Release.objects.filter(pk=loop.release_id).update(ends_with="treatment_ended")

    def in_force() -> bool:
        return releases_of(cast.client.pk, today=NOW.date())[0].in_force

    assert in_force()
    end(cast)
    assert not in_force()
    bridging.take_up_again(cast.actor(), cast.client.pk, now=NOW + DAY)
    assert Client.objects.get(pk=cast.client.pk).ended_at is None and not in_force()
    Release.objects.filter(pk=loop.release_id).update(signed_at=NOW + 2 * DAY)
    assert in_force()


def test_care_ends_once_and_begins_again_once(cast: Cast) -> None:
    end(cast)
    with pytest.raises(NotNow):
        end(cast)
    with pytest.raises(NotNow):
        keep(cast)
    bridging.take_up_again(cast.actor(), cast.client.pk, now=NOW)
    with pytest.raises(NotNow):
        bridging.take_up_again(cast.actor(), cast.client.pk, now=NOW)
    keep(cast)
    assert Bridge.objects.filter(client=cast.client).count() == 2


def test_what_was_looked_at_counts(cast: Cast) -> None:
    keep(cast, last_session_on=NOW.date())
    with pytest.raises(Stale):
        keep(cast, seen=0)
    keep(cast, seen=1, caretaker=cast.members["colleague"].pk)
    assert view(cast).caretaker_name == "Colleague Person"


@pytest.mark.parametrize(("facts", "field"), [
    ({"notice_on": NOW.date() + timedelta(days=1)}, "notice_on"),
    ({"notice_on": NOW.date(), "end_on": NOW.date() - timedelta(days=1)}, "end_on"),
    ({"last_session_on": NOW.date(), "end_on": NOW.date() - timedelta(days=1)}, "last_session_on"),
    ({"holder": UUID(int=1)}, "holder"),
])  # fmt: skip
def test_days_that_contradict_each_other_are_refused(cast: Cast, facts: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        keep(cast, **facts)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_a_caretaker_is_of_the_practice(cast: Cast) -> None:
    with pytest.raises(NotThere):
        keep(cast, caretaker=cast.members["outsider"].pk)


def test_what_the_page_calls_whole_the_record_bears_out(cast: Cast) -> None:
    def whole() -> set[str]:
        return {ground.code for ground, lacks in view(cast).lacking if not lacks}

    loop = loop_at(cast, "attended")
    assert "attended" in whole() and "declined" not in whole() and "end_date" not in whole()
    loop.close("attended_fit")
    assert "attended" in whole()
    other = Loop(cast)
    other.close("client_declined", "she said no")
    assert {"attended", "declined"} <= whole()


def test_what_lies_before_care_began_again_is_no_evidence(cast: Cast) -> None:
    loop_at(cast, "closed")
    end(cast, "attended", "")
    assert view(cast).facts.attended and standing_of(cast.client.pk).attended
    bridging.take_up_again(cast.actor(), cast.client.pk, now=NOW + DAY)
    assert not view(cast).facts.attended and not standing_of(cast.client.pk).attended
    with pytest.raises(BadInput, match="how it is known"):
        end(cast, "attended", "")


def test_others_neither_see_nor_keep_it(cast: Cast) -> None:
    for part in ("outsider", "colleague", "coordinator"):
        with pytest.raises(NotThere):
            view(cast, part)
        with pytest.raises(NotThere):
            bridging.keep_bridge(cast.actor(part), cast.client.pk, BridgeFacts(), seen=0, now=NOW)
        with pytest.raises(NotThere):
            bridging.let_go(cast.actor(part), cast.client.pk, ground="agreed", words="x", now=NOW)
    assert view(cast, "supervisor").initials == "R. M."


def test_after_a_crisis_nobody_is_let_go_by_date(cast: Cast) -> None:
    record_crisis(cast.actor(), cast.client.pk, CrisisFacts(words="a hard night"), now=NOW)
    with pytest.raises(BadInput, match="Since a crisis"):
        end(cast)


def test_the_page_says_what_is_open(cast: Cast) -> None:
    loop_at(cast, "offered")
    assert view(cast).open_points == ["No next session is written down.", "No emergency caretaker is named."]
    keep(cast, next_session_at=NOW - 2 * DAY, caretaker_words="Dr. Falk, 512-555-0177")
    assert view(cast).open_points == ["The next session that is written down has passed."]
    assert view(cast).facts.names == 3
    leave_alone(cast)
    CareTeam.objects.create(client=cast.client, membership=cast.members["colleague"], since=NOW)
    assert [name for _, name in view(cast, "colleague").holders] == ["Colleague Person"]


def test_clients_nobody_holds_are_found(cast: Cast) -> None:
    coordinator = cast.actor("coordinator")
    assert treatment.unheld_clients(coordinator, now=NOW) == []
    leave_alone(cast)
    assert [one.client_id for one in treatment.unheld_clients(coordinator, now=NOW)] == [cast.client.pk]
    assert treatment.unheld_clients(cast.actor("outsider"), now=NOW) == []
    CareTeam.objects.create(client=cast.client, membership=cast.members["coordinator"], since=NOW)
    assert len(treatment.unheld_clients(coordinator, now=NOW)) == 1  # the desk sees her, and holds nobody
    Client.objects.filter(pk=cast.client.pk).update(ended_at=NOW)
    assert treatment.unheld_clients(coordinator, now=NOW) == []


def test_on_paper_it_is_the_same(cast: Cast) -> None:
    loop_at(cast, "attended")
    keep(cast, notice_on=NOW.date(), end_on=(NOW + 40 * DAY).date())
    bridging.log_try(cast.actor(), cast.client.pk, on=NOW.date(), way="mail", words="a letter", now=NOW)
    end(cast, "attended", "")
    shown = bridge_view.as_document(view(cast), practice="Lakeside Counseling", zone="America/Chicago")
    text = str(shown)
    for said in ("a letter", "She attended elsewhere", "Avery Lowell", "November 23, 2026"):
        assert said in text
    assert bridge_view.bridge_pdf(cast.actor(), cast.client.pk, now=NOW).startswith(b"%PDF-")


def test_notice_days_stay_with_the_practice(cast: Cast) -> None:
    set_notice_days(cast.actor("admin"), 45, now=NOW)
    assert Practice.objects.get(pk=cast.practice.pk).notice_days == 45
    assert Practice.objects.exclude(pk=cast.practice.pk).get().notice_days == 30


def test_nobody_holds_her_means_the_same_everywhere(cast: Cast) -> None:
    """Reports, Today and the supervisor's page count the same clients, whoever is left on the team."""
    def agree(count: int) -> None:
        desk = cast.actor("coordinator")
        assert figures.held_by_nobody(cast.practice.pk) == count
        assert len(treatment.unheld_clients(desk, now=NOW)) == count
        assert sections_today(desk, now=NOW).get("unheld", 0) == count
        assert (cast.client.pk not in treatment.who_treats([cast.client.pk])) is bool(count)

    agree(0)
    join_team(cast.actor(), cast.client.pk, cast.members["coordinator"].pk, now=NOW)
    for change, back in (({"left_at": NOW}, {"left_at": None}), ({"roles": ["coordinator"]}, {"roles": ["clinician"]})):
        Membership.objects.filter(pk=cast.clinician.pk).update(**change)
        agree(1)
        Membership.objects.filter(pk=cast.clinician.pk).update(**back)
        agree(0)
    User.objects.filter(pk=cast.clinician.user_id).update(is_active=False)
    agree(1)
    treatment.end_treatment(cast.client, cast.actor("supervisor"), now=NOW)
    assert figures.held_by_nobody(cast.practice.pk) == 0
    assert treatment.unheld_clients(cast.actor("coordinator"), now=NOW) == []
