"""Panel transition: picked, assigned within the openings, looked at, accepted; one wins of two, and nothing is sent."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.cast import NOW, Cast
from tests.flows import listings
from warmhandoff.clients.caring import ClientFacts, add_client
from warmhandoff.core import clock, jobs
from warmhandoff.core.models import AuditEntry, Event, Job, Message
from warmhandoff.directory.listing import relate
from warmhandoff.directory.models import Overlay
from warmhandoff.referrals import panel, panel_view, panel_work
from warmhandoff.referrals.models import Delivery, PanelClient, PanelMeeting, PanelTransition, Referral, TalkPlan
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere, Stale

pytestmark = pytest.mark.slow

NOTICE, LAST = date(2026, 12, 1), date(2027, 1, 31)
FACTS = panel.PanelFacts("practice_going_self_pay", NOTICE, LAST, listings.NEED)


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def begun(cast: Cast, clients: int = 3, openings: tuple[int, ...] = (1, 1)) -> tuple[UUID, list[UUID]]:
    """A transition with as many clients, and a listing for each number of openings."""
    for place, count in enumerate(openings):
        listings.add(cast, f"Place{place} Example", openings=count)
    ids = [cast.client.pk, *(cast.add_client(f"Client {n}", zip="78704") for n in range(1, clients))]
    made = panel.begin(cast.actor(), FACTS, now=NOW)
    panel.pick(cast.actor(), made, ids, now=NOW)
    return made, ids


def assigned(cast: Cast, clients: int = 3, openings: tuple[int, ...] = (1, 1)) -> UUID:
    made, _ = begun(cast, clients, openings)
    panel.begin_assigning(cast.actor(), made, now=NOW)
    jobs.run_due(NOW)
    return made


def view(cast: Cast, made: UUID) -> panel_view.TransitionView:
    return panel_view.open_transition(cast.actor(), made, now=NOW)


def test_no_opening_is_promised_twice_and_who_is_left_is_told_why(cast: Cast) -> None:
    made = assigned(cast)
    found = view(cast, made)
    assert found.state == "ready" and found.done == found.total == 3 and found.optimal
    firsts = [line.options[0].id for line in found.matched]
    assert len(firsts) == len(set(firsts)) == 2 and len(found.unmatched) == 1
    assert all(len(line.options) == 2 for line in found.lines)  # also the one without a place sees who would fit
    assert found.unmatched[0].score is None and found.unmatched[0].opens == ()  # all who fit are counted already
    assert not found.meetings  # she knows both well
    assert not Referral.objects.exists()


def test_accepted_each_client_has_her_own_referral_and_nothing_leaves(cast: Cast) -> None:
    made = assigned(cast)
    panel.leave_out(cast.actor(), made, view(cast, made).matched[0].id, True, now=NOW)
    panel.accept(cast.actor(), made, seen=view(cast, made).moves_made, now=NOW)
    jobs.run_due(NOW)
    found = view(cast, made)
    assert found.state == "accepted" and Referral.objects.count() == 2 and not any(one.problem for one in found.lines)
    offered, needed = Referral.objects.get(state="offered"), Referral.objects.get(state="needed")
    kept = PanelClient.objects.get(referral=offered)
    assert [one.listing_id for one in offered.options.order_by("order")] == kept.options
    assert kept.options[0] == kept.first
    for row in (offered, needed):
        assert row.reason == "practice_going_self_pay" and row.owner == cast.clinician
        assert row.due_at == datetime(2026, 12, 1, 23, 0, tzinfo=row.due_at.tzinfo)  # 17:00 in Texas, the day of notice
        talk = TalkPlan.objects.get(referral=row)
        assert (talk.until, talk.first_on) == (LAST, NOTICE)
    assert not Delivery.objects.exists() and not Message.objects.exists()
    assert PanelClient.objects.filter(left_out=True, referral=None).count() == 1


def test_letters_say_until_when_in_her_language(cast: Cast) -> None:
    made, _ = begun(cast, 1)
    es = add_client(cast.actor(), ClientFacts(name="Marta Ruiz", zip="78704", language="es"), now=NOW)
    listings.add(cast, "Habla Example", openings=2, languages=["es", "en"])
    panel.pick(cast.actor(), made, [cast.client.pk, es], now=NOW)
    panel.begin_assigning(cast.actor(), made, now=NOW)
    jobs.run_due(NOW)
    with pytest.raises(NotNow):
        panel_view.letters(cast.actor(), made, now=NOW)
    marta = next(line for line in view(cast, made).lines if line.client_id == es)
    assert [card.name for card in marta.options] == ["Habla Example"]  # she speaks Spanish: the record says so
    panel.accept(cast.actor(), made, seen=view(cast, made).moves_made, now=NOW)
    jobs.run_due(NOW)
    assert Referral.objects.get(client_id=es).single_option_reason.reveal() == panel_work.ONE_ALONE["es"]
    assert panel_view.letters(cast.actor(), made, now=NOW).startswith(b"%PDF-")
    english = panel_view.open_talk(cast.actor(), Referral.objects.get(client=cast.client).pk, now=NOW).texts["letter"]
    spanish = panel_view.open_talk(cast.actor(), Referral.objects.get(client_id=es).pk, now=NOW).texts["letter"]
    assert "31 January 2027" in english or "January 31, 2027" in english
    assert "31 de enero de 2027" in spanish


def test_a_letter_that_is_too_hard_is_not_printed(cast: Cast) -> None:
    made = assigned(cast, 1)
    panel.accept(cast.actor(), made, seen=view(cast, made).moves_made, now=NOW)
    jobs.run_due(NOW)
    hard = "Notwithstanding considerable therapeutic accomplishments, organizational reconfiguration necessitates " * 3
    plan = TalkPlan.objects.get()
    plan.letter = hard
    plan.save(update_fields=["letter"])
    with pytest.raises(BadInput, match="too hard to read"):
        panel_view.letters(cast.actor(), made, now=NOW)


def test_strangers_are_met_first(cast: Cast) -> None:
    unknown = listings.add(cast, "Nora Unknown", openings=1)
    relate(cast.actor(), unknown, now=NOW, relationship="heard_of")
    made = assigned(cast, 1, openings=())
    (meeting,) = view(cast, made).meetings
    assert meeting.name == "Nora Unknown" and meeting.due_at > NOW and not meeting.overdue
    steps = panel_view.panel_steps(cast.actor(), now=NOW + timedelta(days=30))
    assert [step.overdue for step in steps] == [True, False] and "Nora Unknown" in steps[0].what
    panel.met(cast.actor(), made, meeting.id, now=NOW)
    panel.met(cast.actor(), made, meeting.id, now=NOW)
    assert Overlay.objects.get(listing_id=unknown).relationship == "met"
    assert [step.what[:4] for step in panel_view.panel_steps(cast.actor(), now=NOW)] == ["Look"]
    panel.begin_assigning(cast.actor(), made, now=NOW)
    jobs.run_due(NOW)
    assert PanelMeeting.objects.get().met_at == NOW  # what was done is not asked again


def test_until_accepted_it_is_dropped_without_a_trace(cast: Cast) -> None:
    made, ids = begun(cast)
    panel.begin_assigning(cast.actor(), made, now=NOW)
    panel.drop(cast.actor(), made, now=NOW)
    jobs.run_due(NOW)  # the work finds nothing, and makes nothing
    assert not PanelTransition.objects.exists() and not PanelClient.objects.exists()
    assert not Job.objects.filter(name="panel_assign").exclude(state="done").exists()
    assert not Event.objects.filter(client_id__in=ids, subject_kind="referral").exists()
    assert AuditEntry.objects.filter(verb="erase", subject_kind="transition").count() == 1
    accepted = assigned(cast, 1, openings=())
    panel.accept(cast.actor(), accepted, seen=view(cast, accepted).moves_made, now=NOW)
    for state in ("accepting", "accepted"):
        assert view(cast, accepted).state == state
        for refused in (
            lambda: panel.drop(cast.actor(), accepted, now=NOW),
            lambda: panel.accept(cast.actor(), accepted, seen=view(cast, accepted).moves_made, now=NOW),
            lambda: panel.pick(cast.actor(), accepted, ids, now=NOW),
        ):
            with pytest.raises(NotNow):
                refused()
        jobs.run_due(NOW)


def test_of_two_that_race_one_wins(cast: Cast) -> None:
    made = assigned(cast)
    seen = view(cast, made).moves_made
    one, other = (panel.transition_row(cast.actor(), made) for _ in range(2))
    panel.change(one, ("ready",))
    with pytest.raises(Stale):
        panel.change(other, ("ready",))
    with pytest.raises(Stale):
        panel.accept(cast.actor(), made, seen=seen, now=NOW)  # something changed since it was looked at
    panel.accept(cast.actor(), made, seen=seen + 1, now=NOW)
    panel_work.accept_panel({"transition": str(made)}, NOW)
    panel_work.accept_panel({"transition": str(made)}, NOW)  # run twice, as jobs may be
    PanelTransition.objects.update(state="accepting")
    panel_work.accept_panel({"transition": str(made)}, NOW)  # a worker that died before it could say so
    assert Referral.objects.count() == 3


def test_an_answer_to_another_question_is_thrown_away(cast: Cast) -> None:
    made, ids = begun(cast)
    panel.begin_assigning(cast.actor(), made, now=NOW)
    old = Job.objects.get(name="panel_assign").payload
    PanelTransition.objects.update(state="picking", moves_made=99)
    panel_work.assign_panel(old, NOW)
    assert view(cast, made).state == "picking" and not view(cast, made).matched
    assert ids


def test_her_own_need_counts_for_her_alone(cast: Cast) -> None:
    made, ids = begun(cast, 2, openings=(5,))
    line = next(one for one in view(cast, made).lines if one.client_id == ids[1])
    panel.set_need(cast.actor(), made, line.id, {**listings.NEED, "modalities_must": ["dbt"]}, now=NOW)
    panel.begin_assigning(cast.actor(), made, now=NOW)
    jobs.run_due(NOW)
    found = {one.client_id: one for one in view(cast, made).lines}
    assert found[ids[0]].matched and not found[ids[1]].matched and found[ids[1]].own_need
    assert ("modalities_must", "drop:dbt", 1) in found[ids[1]].opens


def test_the_age_of_the_record_is_looked_for() -> None:
    today = date(2026, 11, 23)
    born = {"2021-11-23": "early_childhood", "2014-11-24": "child", "2008-11-24": "adolescent",
            "2008-11-23": "young_adult", "1961-11-24": "adult", "1961-11-23": "older_adult"}  # fmt: skip
    assert {day: panel_work.age_group(date.fromisoformat(day), today) for day in born} == born


def test_whose_it_is(cast: Cast) -> None:
    made, ids = begun(cast)
    for part in ("colleague", "supervisor", "coordinator", "admin", "outsider"):
        with pytest.raises(NotThere):
            panel_view.open_transition(cast.actor(part), made, now=NOW)
        with pytest.raises(NotThere):
            panel.accept(cast.actor(part), made, seen=1, now=NOW)
    for part in ("admin", "coordinator", "newcomer"):
        with pytest.raises(NotAllowed):
            panel.begin(cast.actor(part), FACTS, now=NOW)
    with pytest.raises(NotThere):  # a colleague's panel cannot take my clients
        theirs = panel.begin(cast.actor("colleague"), FACTS, now=NOW)
        panel.pick(cast.actor("colleague"), theirs, ids[:1], now=NOW)
    assert panel_view.transitions(cast.actor("colleague"))[0].clients == 0


@pytest.mark.parametrize(
    "odd", [{"reason": "crisis"}, {"notice_on": date(2026, 11, 1)}, {"last_on": date(2026, 11, 30)}, {"need": {}}]
)
def test_odd_facts_are_refused(cast: Cast, odd: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        panel.begin(cast.actor(), panel.PanelFacts(**{**vars(FACTS), **odd}), now=NOW)


def test_nobody_and_too_many_are_refused(cast: Cast) -> None:
    made, ids = begun(cast, 1)
    for wanted in ([], [UUID(int=n) for n in range(501)]):
        with pytest.raises(BadInput):
            panel.pick(cast.actor(), made, wanted, now=NOW)
    panel.begin_assigning(cast.actor(), made, now=NOW)
    jobs.run_due(NOW)
    panel.leave_out(cast.actor(), made, view(cast, made).lines[0].id, True, now=NOW)
    with pytest.raises(BadInput):
        panel.accept(cast.actor(), made, seen=view(cast, made).moves_made, now=NOW)
    assert ids


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)  # as it is served: a process keeps the directory between transactions
def test_two_hundred_clients(cast: Cast, monkeypatch: pytest.MonkeyPatch, say: Callable[[str], None]) -> None:
    """Progress is seen on the way; nobody's openings are promised twice; every client has one referral."""
    monkeypatch.setattr(panel_work, "_TELL_EVERY", 0.0)
    made, _ = begun(cast, 200, openings=tuple(1 + n % 4 for n in range(60)))
    panel.begin_assigning(cast.actor(), made, now=NOW)
    told: list[int] = []
    assign = panel_work._teller

    def watched(pk: UUID, moves: int) -> Any:
        tell = assign(pk, moves)

        def both(done: int) -> None:
            tell(done)
            told.append(PanelTransition.objects.values_list("done", flat=True).get(pk=pk))

        return both

    monkeypatch.setattr(panel_work, "_teller", watched)
    began = time.monotonic()
    jobs.run_due(NOW)
    took = time.monotonic() - began
    found = view(cast, made)
    assert told == list(range(1, 201)) and len(found.matched) == 150 and len(found.unmatched) == 50
    given: dict[int, int] = {}
    for line in found.matched:
        given[line.options[0].id] = given.get(line.options[0].id, 0) + 1
    openings = {card.id: int(card.name.split()[0][5:]) % 4 + 1 for line in found.lines for card in line.options}
    assert all(count <= openings[pk] for pk, count in given.items())
    panel.accept(cast.actor(), made, seen=found.moves_made, now=NOW)
    began = time.monotonic()
    jobs.run_due(NOW)
    say(f"200 clients: assigned in {took:.1f} s, accepted in {time.monotonic() - began:.1f} s")
    assert view(cast, made).state == "accepted" and not any(one.problem for one in view(cast, made).lines)
    assert Referral.objects.count() == 200 and Referral.objects.filter(state="offered").count() == 150
    assert Referral.objects.values("client").distinct().count() == 200
