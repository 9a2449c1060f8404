"""Today: what needs me, what waits on others, where to begin, and the rail's counts."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse

from tests.cast import NOW, Cast
from tests.flows import walk as way
from warmhandoff.clients.inviting import invite_client
from warmhandoff.clients.models import CareTeam
from warmhandoff.core import clock
from warmhandoff.core.models import AuditedClient
from warmhandoff.referrals import conditions, overdue, panel, plans, supervising
from warmhandoff.referrals.escalating import find_left_lying
from warmhandoff.referrals.models import PanelTransition, PlanItem, Referral
from warmhandoff.referrals.planning import NewReferral, record_need
from warmhandoff.rules.lifecycle import STATES
from warmhandoff.rules.today import Standing, why
from warmhandoff.rules.vocab import vocabulary
from warmhandoff.web.desk.today import greeting

NEED = {
    "kind": "therapist", "level": "outpatient", "formats": ["telehealth"], "payment": {"budget": 15000},
    "place": {"zip": "78704"}, "concerns": ["trauma"],
}  # fmt: skip

HARM = next(iter(vocabulary("harm_areas")))


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def refer(cast: Cast, client_id: UUID | None = None, **more: Any) -> UUID:
    new = NewReferral(kind="transfer", reason="outside_competence", need=NEED, title="to trauma therapy")
    return record_need(cast.actor(), client_id or cast.client.pk, new, now=more.get("now", NOW))


def waits(referral_id: UUID, on: str, **more: Any) -> None:
    Referral.objects.filter(pk=referral_id).update(state="sent", next_step="Recipient answers", waiting_on=on, **more)


@pytest.mark.parametrize(
    ("hour", "said"), [(6, "Good morning"), (12, "Good afternoon"), (17, "Good afternoon"), (18, "Good evening")]
)
def test_the_greeting_goes_by_the_hour(hour: int, said: str) -> None:
    assert greeting(NOW.replace(hour=hour)) == said


def test_what_needs_me_and_what_waits_in_sentences(cast: Cast) -> None:
    refer(cast)
    waits(refer(cast), "recipient", due_at=NOW + timedelta(days=2))
    html = cast.web().get("/").content.decode()
    assert "Good morning, Clinician Person" in html and "Monday 23 November." in html
    assert "One step is yours; one waits on others; nothing is without a next step." in html
    mine, waiting = html[html.index("Needs you") :].split("Waiting on others</h2>")
    assert "R. M. to trauma therapy" in mine and "Offer options, due in 2 days." in mine
    assert "Nothing has been offered to her yet." in mine
    assert "The recipient has it and has promised an answer." in waiting
    assert "Recipient answers, by Wednesday 25 November." in waiting
    assert 'aria-label="Step 2 of 6: choice. Yours to do."' in mine
    assert html.count("btn main") == 1
    assert re.search(r">Today</span><span class=\"tag\">1<", html)


def test_what_others_let_pass_comes_back_to_me(cast: Cast) -> None:
    waits(refer(cast), "recipient", due_at=NOW - timedelta(days=2))
    html = cast.web().get("/").content.decode()
    assert "Needs you" in html and "that was due 2 days ago. Ask after it." in html
    assert "one is overdue" in html and "Waiting on others" not in html


def begun(cast: Cast, title: str, **more: Any) -> Referral:
    referral_id = refer(cast)
    row = Referral.objects.get(pk=referral_id)
    row.title = title
    for name, value in more.items():
        setattr(row, name, value)
    row.save()
    return row


def test_harm_comes_before_dates(cast: Cast) -> None:
    begun(cast, "to late therapy", due_at=NOW - timedelta(days=9))
    begun(cast, "to crisis therapy", reason="crisis", due_at=NOW + timedelta(days=2))
    planned = begun(cast, "to planned therapy", due_at=NOW + timedelta(days=3))
    plans.set_harms(cast.actor(), cast.client.pk, {HARM: (3, "acute")}, now=NOW)
    item = plans.add_item(cast.actor(), cast.client.pk, plans.NewItem("DBT", reduces={HARM: 2}), now=NOW)
    PlanItem.objects.filter(pk=item).update(referral=planned)
    html = cast.web().get("/").content.decode()
    places = [html.index(f"{name} therapy") for name in ("crisis", "planned", "late")]
    assert places == sorted(places) and "acute harm" in html
    # whoever reads no clinical words learns of no harm
    Referral.objects.update(next_owner=cast.members["coordinator"])
    html = cast.web("coordinator").get("/").content.decode()
    places = [html.index(f"{name} therapy") for name in ("crisis", "late", "planned")]
    assert places == sorted(places) and "acute harm" not in html


def test_what_is_overdue_is_the_owners_first_and_then_her_supervisors(cast: Cast) -> None:
    row = begun(cast, "to trauma therapy", due_at=NOW - timedelta(hours=3))
    assert "overdue" in cast.web().get("/").content.decode()
    assert "trauma therapy" not in cast.web("supervisor").get("/").content.decode()
    Referral.objects.filter(pk=row.pk).update(due_at=NOW - timedelta(days=6))
    find_left_lying(NOW)
    html = cast.web("supervisor").get("/").content.decode()
    assert "Overdue with those you supervise" in html and "Clinician Person has it." in html
    assert "Nothing waits for you" not in html
    assert "those you supervise" not in cast.web().get("/").content.decode()
    assert "trauma therapy" not in cast.web("colleague").get("/").content.decode()


def test_why_says_who_and_what_is_left(cast: Cast) -> None:
    walk = way.given(way.sent(cast))
    who = walk.delivery.listing.name
    assert f"{who} has it and has promised an answer." in cast.web().get("/").content.decode()
    Referral.objects.update(due_at=NOW - timedelta(days=1))
    assert f"{who} has not answered by the promised day." in cast.web().get("/").content.decode()
    overdue.fall_silent(walk.referral_id, now=NOW)
    assert f"{who} has not answered in time; two options are ready." in cast.web().get("/").content.decode()


@pytest.mark.parametrize("state", [code for code in STATES if STATES[code].is_open])
def test_every_state_has_its_sentence(state: str) -> None:
    for standing in (Standing(state), Standing(state, "Lena", "Sam", 1, True)):
        said = why(standing)
        assert said.endswith(".") and "{" not in said and said[0].isupper() and ".." not in said


def test_a_panel_that_is_handed_on_stands_on_the_day(cast: Cast) -> None:
    made = panel.begin(cast.actor(), panel.PanelFacts("clinician_leaving", NOW.date(), NOW.date(), NEED), now=NOW)
    assert "Handing on a panel" not in cast.web().get("/").content.decode()
    PanelTransition.objects.filter(pk=made).update(state="ready")
    html = cast.web().get("/").content.decode()
    assert "Look at who would go where, and accept" in html and f"/transitions/{made}/" in html
    assert "Handing on a panel" not in cast.web("colleague").get("/").content.decode()


def test_a_new_practice_is_shown_three_first_things(cast: Cast) -> None:
    html = cast.web("colleague").get("/").content.decode()
    assert "Three first things" in html
    assert [
        name for name in ("Find someone</strong>", "Bring ten colleagues", "Add a client</strong>") if name in html
    ] != []
    assert 'href="/clients/add/"' in html and "steps are yours" not in html
    assert "Invite your colleagues" in cast.web("admin").get("/").content.decode()


def test_with_clients_and_nothing_to_do_one_is_sent_to_them(cast: Cast) -> None:
    html = cast.web().get("/").content.decode()
    assert "Nothing waits for you" in html and "Three first things" not in html


def test_a_stranger_sees_nothing_and_titles_name_nobody(cast: Cast) -> None:
    refer(cast)
    assert "to trauma therapy" not in cast.web("outsider").get("/").content.decode()
    title = re.search("<title>(.*?)</title>", cast.web().get("/").content.decode())
    assert title is not None and title[1] == "Today - Warm Handoff"


def test_a_link_to_give_by_hand_is_pointed_to(cast: Cast) -> None:
    assert "To hand over" not in cast.web().get("/").content.decode()
    invite_client(cast.actor(), cast.client.pk, referral_id=None, now=NOW)
    assert "One link waits" in cast.web().get("/").content.decode()
    assert "To hand over" not in cast.web("colleague").get("/").content.decode()


def test_many_referrals_cost_no_more_queries_and_one_audit_entry(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    browser, supervisor = cast.web(), cast.web("supervisor")
    browser.get("/")  # the first page also writes the session
    supervisor.get("/")
    for name in ("Ada Bell", "Cora Dahl", "Eve Finn"):
        refer(cast, cast.add_client(name))
    before = set(AuditedClient.objects.values_list("pk", flat=True))
    Referral.objects.update(state="silent", next_step="Call", due_at=NOW - timedelta(days=9), escalated_at=NOW)
    with django_assert_max_num_queries(12):
        browser.get("/")
    with django_assert_max_num_queries(12):
        supervisor.get("/")
    new = AuditedClient.objects.exclude(pk__in=before)
    assert new.values("entry").distinct().count() == 2 and new.count() == 6  # hers, and her supervisor's


@pytest.mark.slow
def test_what_waits_for_a_supervisor_and_who_is_held_by_nobody(cast: Cast, django_assert_max_num_queries: Any) -> None:
    web = cast.web("supervisor")
    page = web.get("/").content.decode()
    assert "As a supervisor" in page and "No question to you, nothing to co-sign" in page
    assert "As a supervisor" not in cast.web().get("/").content.decode()
    refer(cast)
    supervising.ask(cast.actor(), cast.client.pk, "May I refer her?", now=NOW)
    page = web.get("/").content.decode()
    assert "Nothing waits for you" not in page and "What waits for you as a supervisor" in page
    item = plans.add_item(cast.actor(), cast.client.pk, plans.NewItem("A DBT group"), now=NOW)
    condition = conditions.NewCondition("team", date(2026, 11, 20), "risk", "why", "We go on.", date(2027, 1, 15))
    conditions.propose(cast.actor(), cast.client.pk, item, condition, now=NOW)
    page = web.get("/").content.decode()
    assert "Nothing waits for you" not in page
    assert "One question to you" in page and "One condition of therapy to decide" in page
    assert reverse("supervision") in page and "Clients nobody holds" not in page
    cast.uses(plans=False)
    assert "condition of therapy" not in web.get("/").content.decode()
    CareTeam.objects.filter(client=cast.client).update(until=NOW)
    CareTeam.objects.create(client=cast.client, membership=cast.members["coordinator"], since=NOW)
    for part in ("coordinator", "admin", "colleague"):
        found = "Clients nobody holds" in cast.web(part).get("/").content.decode()
        assert found is (part == "coordinator"), part
    with django_assert_max_num_queries(14):
        web.get("/")
