"""Two clients of the articles, told by the pages: three services of which none was taken up, and an eating disorder."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse

from tests.cast import NOW, Cast
from tests.flows import listings
from tests.flows.test_each_reason import TYPED
from warmhandoff.core import clock, jobs
from warmhandoff.core.models import Event
from warmhandoff.referrals.models import PlanItem, PlanStep, Referral, ReferralPlan, TherapyCondition
from warmhandoff.referrals.plans import order_of

pytestmark = pytest.mark.slow


class Desk:
    """The clinician's browser, a clock that moves, and the client's plan."""

    def __init__(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cast, self.now = cast, NOW
        monkeypatch.setattr(clock, "now", lambda: self.now)
        self.client = cast.client.pk

    def url(self, name: str, *more: Any) -> str:
        return reverse(name, args=[self.client, *more])

    def get(self, address: str, part: str = "clinician") -> str:
        answer = self.cast.web(part).get(address)
        assert answer.status_code == 200, answer.status_code
        return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))

    def post(self, address: str, part: str = "clinician", /, **data: Any) -> Any:
        answer = self.cast.web(part).post(address, data)
        assert answer.status_code == 302, (answer.status_code, answer.content.decode()[:3000])
        return answer

    def plan_item(self, name: str, **more: Any) -> UUID:
        self.post(self.url("plan_item_add"), name=name, **{"help": "therapist", "reason": "recommended_practice",
                                                           **more})
        return next(row.pk for row in PlanItem.objects.all() if row.name.reveal() == name)

    def order(self) -> list[str]:
        found = order_of(ReferralPlan.objects.get(client=self.client))
        names = {str(row.pk): row.name.reveal() for row in PlanItem.objects.all()}
        return [names[line.id] + ("" if line.now else " later") for line in found.lines]

    def later(self, **span: int) -> None:
        self.now += timedelta(**span)
        self.cast._web.clear()  # a session does not last that long
        jobs.run_due(self.now)


@pytest.fixture
def desk(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(cast, monkeypatch)


def test_three_services_none_of_which_she_followed(desk: Desk) -> None:
    evaluation = desk.plan_item(
        "A psychiatric evaluation", help="prescriber", reason="diagnostic_clarification", reduces_suicidality="3",
        willingness="4", helps_our_work="We would know better what we work on.",
    )
    group = desk.plan_item("A DBT group", help="group", reduces_suicidality="2", willingness="8",
                           goal="to get through the nights", beside="We practise one skill a session.")
    home = desk.plan_item("The housing programme", help="social_service", reason="living_circumstances",
                          reduces_housing="4", willingness="9", waiting_list="agreed")
    assert desk.order() == ["A psychiatric evaluation", "A DBT group", "The housing programme"]  # her own order so far
    desk.post(desk.url("plan_harms"), band_suicidality="acute", severity_suicidality="4", band_housing="serious",
              severity_housing="3")
    assert desk.order() == ["A DBT group", "A psychiatric evaluation later", "The housing programme later"]
    page = desk.get(desk.url("client_plan"))
    assert "First A DBT group: it reduces suicidal thoughts or behaviour and is what she is most willing to do" in page
    assert "When you record that suicidal thoughts or behaviour has become less." in page
    assert "988" in page and "We practise one skill a session." in page and "She agrees to join it now" in page

    # it is begun, with a list; she does not choose, and the clock notices
    here = [listings.add(desk.cast, name, kind="group", plans=["aetna"], participants=["group"], fee=4000)
            for name in ("Steady Minds DBT", "Evening Skills Group")]
    begun = desk.post(desk.url("plan_item_begin", group), **{**TYPED, "kind": "group"}, reason="recommended_practice",
                      referral_kind="adjunct")
    referral = Referral.objects.get(plan_item=group)
    assert begun["Location"] == reverse("referral_options", args=[referral.pk])
    assert referral.kind == "adjunct" and desk.order()[0] == "A DBT group"
    desk.post(reverse("referral_options", args=[referral.pk]), options=[str(one) for one in here])
    assert "Ask what got in the way" not in desk.get("/")
    desk.later(days=14)
    today = desk.get("/")
    assert "Ask what got in the way" in today and "She has not chosen yet." in today
    desk.later(hours=1)
    assert PlanStep.objects.filter(item=group, what="not_followed").count() == 1  # noticed once
    page = desk.get(desk.url("plan_item_barrier", group))
    assert "nobody's fault" in page
    desk.post(desk.url("plan_item_barrier", group), barrier="rejection", proposal="talk",
              words="it felt like being sent away")
    step = PlanStep.objects.get(item=group, what="not_followed")
    assert step.done_at is not None and step.words.reveal() == "it felt like being sent away"
    assert "Do what was agreed" in desk.get("/")
    desk.post(desk.url("plan_item_step", group), what="next_talk")

    # the risk becomes less: what waited comes back, each with a day
    desk.post(desk.url("plan_reduced"), area="suicidality", severity="1")
    assert desk.order() == ["The housing programme", "A psychiatric evaluation", "A DBT group"]
    back = PlanStep.objects.filter(what="bring_back", done_at=None)
    assert {row.item_id for row in back} == {evaluation, home} and all(row.due_at > desk.now for row in back)
    assert "Bring it back" in desk.get("/")
    desk.post(desk.url("plan_move", evaluation), way="up")
    assert desk.order()[0] == "A psychiatric evaluation"
    assert "An order set by hand." in desk.get(desk.url("client_plan"))
    desk.post(desk.url("plan_suggested"))
    desk.post(desk.url("plan_move", evaluation), way="up", whose="hers")
    assert desk.order() == ["The housing programme", "A psychiatric evaluation", "A DBT group"]
    assert Event.objects.filter(move="plan_reordered").count() == 2
    desk.post(desk.url("plan_item_end", home), why="A cousin has a room for her.")
    assert desk.order() == ["A psychiatric evaluation", "A DBT group"]
    assert "A cousin has a room for her." in desk.get(desk.url("client_plan"))
    assert "The housing programme" not in desk.get("/")


def test_danger_leads_to_the_crisis_path_and_no_list(desk: Desk) -> None:
    desk.plan_item("A DBT group", reduces_suicidality="2", willingness="8")
    desk.post(desk.url("plan_harms"), band_suicidality="imminent", severity_suicidality="4")
    page = desk.get(desk.url("client_plan"))
    assert "The crisis path comes first" in page and "911" in page and "988" in page
    assert desk.order() == ["A DBT group later"]
    desk.post(desk.url("plan_reduced"), area="suicidality", severity="3")
    assert desk.order() == ["A DBT group"]


def test_fewer_things_at_once_and_what_rested_wakes(desk: Desk) -> None:
    group, home = desk.plan_item("A DBT group"), desk.plan_item("The housing programme")
    desk.post(desk.url("plan_item_begin", group), **TYPED, reason="client_request")
    desk.post(desk.url("plan_item_barrier", group), barrier="logistics", proposal="fewer_items")
    assert desk.order() == ["A DBT group", "The housing programme later"]
    assert "When A DBT group is settled." in desk.get(desk.url("client_plan"))
    referral = Referral.objects.get(plan_item=group)
    desk.post(reverse("referral_close", args=[referral.pk]), outcome="client_declined", why="She found it too much.")
    desk.later(hours=1)
    assert desk.order() == ["The housing programme"]
    assert PlanStep.objects.get(item=home, what="bring_back").done_at is None


def test_a_condition_of_therapy_is_the_supervisors_to_decide(desk: Desk) -> None:
    group = desk.plan_item("A DBT group")
    address = desk.url("plan_item_condition", group)
    told = {"consulted": "Supervision, with the team", "consulted_on": "2026-11-20", "risk": "attempts this year",
            "rationale": "therapy alone cannot hold it", "wording": "We go on, and the group belongs to it.",
            "review_on": "2027-01-15"}  # fmt: skip
    for missing in ("consulted", "risk", "rationale", "wording", "review_on"):
        assert desk.cast.web().post(address, {**told, missing: ""}).status_code == 422
    assert desk.cast.web().post(address, {**told, "consulted_on": "2026-12-20"}).status_code == 422
    assert desk.cast.web().post(address, {**told, "review_on": "2026-11-20"}).status_code == 422
    desk.post(address, **told)
    assert "her supervisor decides" in desk.get(desk.url("client_plan"))
    assert desk.cast.web().post(address, {"agreed": "yes"}).status_code == 403  # who proposes does not decide
    assert "Decide on the condition" in desk.get("/", "supervisor") and "Decide on the" not in desk.get("/")
    desk.post(address, "supervisor", agreed="yes")
    row = TherapyCondition.objects.get()
    assert (row.decision, row.decided_by) == ("in_force", desk.cast.members["supervisor"])
    assert "A condition of therapy, until it is looked at on" in desk.get(desk.url("client_plan"))
    review = PlanStep.objects.get(what="review")
    assert review.due_at.date() == date(2027, 1, 15)
    desk.post(address, again_on="2027-03-01")
    assert PlanStep.objects.get(what="review", done_at=None).due_at.date() == date(2027, 3, 1)
    desk.post(address, again_on="")
    assert TherapyCondition.objects.get().decision == "ended"
    assert not PlanStep.objects.filter(done_at=None).exists()


def test_without_a_supervisor_the_recorded_consultation_decides(desk: Desk) -> None:
    desk.cast.clinician.supervisor = None
    desk.cast.clinician.save()
    group = desk.plan_item("A DBT group")
    desk.post(desk.url("plan_item_condition", group), consulted="Ines Falk, by phone", consulted_on="2026-11-20",
              risk="attempts", rationale="cannot hold it alone", wording="We go on.", review_on="2027-01-15")
    assert TherapyCondition.objects.get().decision == "in_force"


def test_an_eating_disorder_shows_up_and_someone_trained_is_found(desk: Desk) -> None:
    """She discloses anorexia; her therapist is not trained in it, and keeps seeing her until someone has her."""
    here = [listings.add(desk.cast, name, treats=["eating_disorder"], specialises_in=["eating_disorder"])
            for name in ("Nora Blum, LCSW", "Table Talk Therapy")]
    other = listings.add(desk.cast, "Lena Ortiz, LCSW")
    desk.post(desk.url("referral_new"), **TYPED, reason="outside_competence",
              hoped_for="to eat with my sister again")
    referral = Referral.objects.get()
    before = reverse("referral_before", args=[referral.pk])
    assert "What does she need that someone else is trained in?" in desk.get(before)
    desk.post(before, do="answer", step="concern", concerns=["eating_disorder"])
    options = desk.get(reverse("referral_options", args=[referral.pk]))
    assert "Nora Blum" in options and "Table Talk" in options and "Lena Ortiz" not in options
    assert desk.cast.web().post(reverse("referral_options", args=[referral.pk]), {
        "options": [str(other), str(here[0])]}).status_code == 422
    desk.post(reverse("referral_options", args=[referral.pk]), options=[str(one) for one in here])
    desk.post(reverse("referral_talk", args=[referral.pk]), held_on="2026-11-23", how="session",
              beats=["progress", "reason", "holding"], how_taken="relieved, a little sad")
    desk.post(reverse("referral_choice", args=[referral.pk]), kind="take_list", who_calls="client")
    desk.later(days=10)
    desk.post(reverse("referral_attendance", args=[referral.pk]), told="attended")
    desk.post(reverse("referral_check_in", args=[referral.pk]), fits="yes", comfort="8")
    desk.post(reverse("referral_close", args=[referral.pk]), outcome="attended_fit")
    referral.refresh_from_db()
    assert (referral.state, referral.outcome, referral.kind) == ("closed", "attended_fit", "transfer")
    assert referral.client_reason.reveal() == "Someone trained in exactly this can help you more."
    assert not ReferralPlan.objects.exists()  # a plain transfer makes no plan


def test_what_the_practice_switched_off_is_nowhere(desk: Desk) -> None:
    page = desk.get(desk.url("client"))
    assert "The plan" in page and "Pause and reflect" in page
    desk.cast.uses(plans=False, pause=False)
    page = desk.get(desk.url("client"))
    assert "The plan" not in page and "Pause and reflect" not in page
    for name in ("client_plan", "client_pause"):
        assert desk.cast.web().get(desk.url(name)).status_code == 409
    desk.cast.uses(plans=True, pause=True)
    assert "The plan" in desk.get(desk.url("client"))
