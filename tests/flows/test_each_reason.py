"""Every reason of the catalogue as a story by the pages: what comes first changes the path, and leads on or ends."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.urls import reverse

from tests.cast import NOW, Cast
from tests.flows import listings
from tests.web.visits import entered
from warmhandoff.core import clock
from warmhandoff.directory import listing
from warmhandoff.referrals.asking import find_options, need_of
from warmhandoff.referrals.models import Reasoning, Referral
from warmhandoff.referrals.reasoning import before_options
from warmhandoff.rules.reasons import catalogue, open_steps
from warmhandoff.rules.vocab import vocabulary

pytestmark = pytest.mark.slow

TYPED: dict[str, Any] = {
    "kind": "therapist", "level": "outpatient", "payment": "any", "zip": "78704", "formats": ["in_person"],
    "radius_miles": "20",
}
# What is answered to each step that asks something, and what then stands in the need.
ANSWERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "plan": ({"payment": "plan:aetna"}, {"payment": {"plan": "aetna"}}),
    "ways_to_stay": ({f"{who}_{way}": "no" for who in ("ours", "hers")
                      for way in ("self_pay", "out_of_network", "superbill")}, {}),
    "reduced_fee": ({"ours_reduced_fee": "yes", "hers_reduced_fee": "no", "note_reduced_fee": "others may ask"}, {}),
    "affordable": ({"payment": "budget", "budget": "120"}, {"payment": {"budget": 12000}}),
    "times": ({"times": ["mon_evening"]}, {"times": ["mon_evening"]}),
    "moving": ({"zip": "78757", "moving_on": "2027-02-01", "bridge": "until the end of January"},
               {"place": {"zip": "78757"}}),
    "concern": ({"concerns": ["trauma"]}, {"concerns": ["trauma"]}),
    "method": ({"modalities_must": ["emdr"], "symptoms": "nightmares"}, {"modalities_must": ["emdr"]}),
    "level_up": ({"level": "intensive_outpatient", "sessions_now": "once a week", "dimensions": ["Risk of harm"]},
                 {"level": "intensive_outpatient"}),
    "level_down": ({"level": "outpatient", "sessions_now": "more than once a week",
                    "dimensions": ["Functional status"]}, {"level": "outpatient"}),
    "repair": ({"tried": "a talk about our talks", "feedback_asked": "on", "feedback_applied": "slower pace",
                "consulted": "Ines Falk, Monday", "values_checked": "on"}, {}),
    "relation": ({"tie": "family", "words": "related by marriage since June"}, {}),
}  # fmt: skip


# Every reason's story: which steps come first where the need says nothing yet, and where the first page leads. A new
# reason has no story until it stands here.
STORIES: dict[str, tuple[str, ...]] = {
    "insurance_not_accepted": ("plan",), "practice_going_self_pay": ("plan",),
    "coverage_changed": ("ways_to_stay", "plan"), "cannot_afford": ("reduced_fee", "affordable"),
    "schedule_mismatch": ("times",), "caseload_full": ("times",), "client_moving": ("moving",),
    "outside_competence": ("concern",), "needs_changed": ("concern",), "outside_niche": (), "modality": ("method",),
    "higher_level_of_care": ("level_up",), "lower_level_of_care": ("level_down",), "client_request": (),
    "diagnostic_clarification": (), "medication_evaluation": (), "instability_support": (),
    "living_circumstances": (), "recommended_practice": (), "crisis": (), "weak_alliance": ("repair",),
    "personality_clash": ("repair",), "treatment_disagreement": ("repair",), "no_progress": ("repair",),
    "loss_of_impartiality": ("relation",), "clinician_leaving": (), "poor_fit_incoming": (),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


class Story:
    """One referral begun by the page, with three who could help."""

    def __init__(self, cast: Cast, reason: str, **typed: Any) -> None:
        self.cast, self.web = cast, cast.web()
        self.listings = [*listings.three(cast), listings.add(
            cast, "Riverbend Program", levels=["intensive_outpatient"], kind="program", fee=9000)]
        address, known = reverse("referral_new", args=[cast.client.pk]), set(Referral.objects.values_list("pk"))
        self.answer = self.web.post(address, {**TYPED, "reason": reason, **typed})
        assert self.answer.status_code == 302, text(self.answer)
        (self.id,) = (set(Referral.objects.values_list("pk")) - known).pop()
        self.before = reverse("referral_before", args=[self.id])
        self.options = reverse("referral_options", args=[self.id])

    @property
    def row(self) -> Referral:
        return Referral.objects.get(pk=self.id)

    @property
    def need(self) -> dict[str, Any]:
        return dict(self.row.need.reveal())

    def post(self, **data: Any) -> Any:
        return self.web.post(self.before, data)

    def found(self) -> set[int]:
        answer = find_options(self.cast.actor(), self.id, now=NOW)
        return {one.id for one in answer.options} | {one.id for one in answer.possibles}


def text(answer: Any) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


def test_every_reason_has_its_story() -> None:
    assert STORIES.keys() == set(vocabulary("reasons").codes), "a reason without a story, or a story without a reason"


@pytest.mark.parametrize("code", STORIES)
def test_each_story_goes_on_to_the_list_she_takes(cast: Cast, code: str) -> None:
    """From the doubt through what comes first to two names that meet the need, and the list in her hands."""
    story = Story(cast, code)
    both = [listings.add(cast, name, levels=["outpatient", "intensive_outpatient"], fee=9000)
            for name in ("Elm Street Care", "Oak Street Care")]
    assert tuple(step.code for step in before_options(cast.actor(), story.id).open) == STORIES[code]
    for step in STORIES[code]:
        assert story.post(do="answer", step=step, **ANSWERS[step][0]).status_code == 302
    assert set(both) <= {one.id for one in find_options(cast.actor(), story.id, now=NOW).options}
    assert story.web.post(story.options, {"options": [str(one) for one in both]}).status_code == 302
    assert story.web.get(reverse("referral_list_pdf", args=[story.id])).content.startswith(b"%PDF")
    taken = story.web.post(reverse("referral_choice", args=[story.id]), {"kind": "take_list", "who_calls": "client"})
    assert taken.status_code == 302 and story.row.state == "taken"
    assert story.row.next_step and story.row.due_at is not None and story.row.due_at > NOW
    assert story.row.kind == catalogue().reasons[code].kind


@pytest.mark.parametrize("code", vocabulary("reasons").codes)
def test_from_the_reason_to_options_that_meet_it(cast: Cast, code: str) -> None:
    reason = catalogue().reasons[code]
    story = Story(cast, code)
    assert story.row.kind == reason.kind
    assert story.row.client_reason.reveal() == reason.sentence("en")
    asked = open_steps(catalogue().before([code]), story.need, ())
    if code == "crisis":
        assert story.answer["Location"] == reverse("crisis")
    elif asked:
        assert story.answer["Location"] == story.before
        page = story.web.get(story.before)
        assert reason.first in text(page) and all(step.label in text(page) for step in asked)
        assert story.before in story.web.get(reverse("referral", args=[story.id])).content.decode()
    else:
        assert story.answer["Location"] == story.options
    for step in asked:
        given, wanted = ANSWERS[step.code]
        assert story.post(do="answer", step=step.code, **given).status_code == 302
        assert {name: story.need[name] for name in wanted} == wanted
    assert before_options(cast.actor(), story.id).open == ()
    assert story.web.get(story.options).status_code == 200
    assert story.row.state == "needed" and story.row.due_at is not None


@pytest.mark.parametrize("code", [code for code in vocabulary("reasons").codes if catalogue().before([code])])
def test_every_step_can_be_passed_over_and_the_record_says_so(cast: Cast, code: str) -> None:
    story = Story(cast, code)
    asked = [step.code for step in open_steps(catalogue().before([code]), story.need, ())]
    for place, step in enumerate(asked):
        last = place == len(asked) - 1
        assert story.post(do="pass", step=step)["Location"] == (story.options if last else story.before)
    if asked:
        assert Reasoning.objects.get(referral=story.id).passed_over == asked
        assert "passed over" in text(story.web.get(story.before))
    assert story.web.get(story.options).status_code == 200


def test_a_plain_transfer_meets_none_of_it(cast: Cast) -> None:
    story = Story(cast, "outside_competence", concerns=["trauma"])
    assert story.answer["Location"] == story.options
    assert not Reasoning.objects.exists()
    assert Story(cast, "client_request").answer["Location"].endswith("/options/")


def test_one_way_that_suits_both_and_nobody_has_to_leave(cast: Cast) -> None:
    story = Story(cast, "coverage_changed")
    story.post(do="answer", step="ways_to_stay", ours_self_pay="no", ours_superbill="yes", ours_out_of_network="no",
               ask_client="on")
    assert story.post(do="stay").status_code == 409  # she has not said anything yet
    hers = entered(cast)
    assert "Could you stay with us?" in text(hers.get(reverse("portal")))
    ways = reverse("portal_ways", args=[story.id])
    assert "get a bill to send to your insurance" in text(hers.get(ways))
    assert "visits yourself" not in text(hers.get(ways))  # her clinician said no to that
    assert hers.post(ways, {"superbill": "maybe"}).status_code == 422
    assert hers.post(ways, {"superbill": "yes"})["Location"] == reverse("portal")
    assert "Could you stay" not in text(hers.get(reverse("portal")))
    assert "She can stay" in text(story.web.get(story.before))
    assert story.post(do="stay").status_code == 302
    assert (story.row.state, story.row.outcome) == ("closed", "stayed")
    assert "superbill" in story.row.outcome_why.reveal()
    assert hers.get(ways).status_code == 404


def test_the_way_to_stay_is_told_in_spanish(cast: Cast) -> None:
    cast.client.language = "es"
    cast.client.save()
    story = Story(cast, "cannot_afford")
    story.post(do="answer", step="reduced_fee", ours_reduced_fee="yes", ask_client="on")
    page = text(entered(cast).get(reverse("portal_ways", args=[story.id])))
    assert "Usted paga menos por las visitas aquí" in page and "Could you" not in page


def test_nobody_is_asked_on_her_page_who_was_not_meant_to_be(cast: Cast) -> None:
    story = Story(cast, "cannot_afford")
    hers = entered(cast)
    assert hers.get(reverse("portal_ways", args=[story.id])).status_code == 404
    assert "stay with us" not in text(hers.get(reverse("portal")))


def test_earlier_openings_rank_higher_where_time_is_the_reason(cast: Cast) -> None:
    story = Story(cast, "schedule_mismatch")
    story.post(do="answer", step="times", times=["mon_evening"])
    answer = find_options(cast.actor(), story.id, now=NOW)
    waits = dict(zip(story.listings, (7, 14, 21, 7), strict=True))
    alike = [waits[one.id] for one in answer.options if one.id in story.listings[:3]]
    assert alike == sorted(alike)
    story.post(do="answer", step="times", times=["tue_morning"])
    assert not find_options(cast.actor(), story.id, now=NOW).options


def test_who_moves_needs_someone_licensed_there(cast: Cast) -> None:
    story = Story(cast, "client_moving", formats=["telehealth"], radius_miles="")
    there = listing.enter(cast.actor(), {
        "name": "Tulsa Talk", "kind": "therapist", "levels": ["outpatient"], "formats": ["telehealth"], "zip": "74103",
        "licensed_states": ["OK"], "accepting": "open",
    }, now=NOW, verified=True)  # fmt: skip
    assert there not in story.found()
    story.post(do="answer", step="moving", zip="74103", moving_on="2027-02-01")
    assert there in story.found() and not story.found() & set(story.listings)
    page = text(story.web.get(story.before))
    assert "She will be in OK" in page and "PSYPACT" in page and "as of 2026-02" in page


def test_whoever_shares_the_tie_is_left_out(cast: Cast) -> None:
    story = Story(cast, "loss_of_impartiality")
    lena, sam, bridge, _ = story.listings
    listing.relate(cast.actor(), sam, now=NOW, tie_kind="family", tie_text="A cousin works there.")
    assert {lena, sam, bridge} <= story.found()
    page = story.web.get(story.before).content.decode()
    assert f'value="{lena}"' in page
    story.post(do="answer", step="relation", tie="family", words="married since June", left_out=[str(lena)])
    assert {lena, sam} <= set(need_of(story.row)["exclude"])
    assert story.found() & set(story.listings) == {bridge}
    for shown in (reverse("referral_options", args=[story.id]), reverse("referral", args=[story.id])):
        assert "married since June" not in text(story.web.get(shown))


@pytest.mark.parametrize("whose", ["there", "nowhere"])
def test_a_listing_out_of_reach_cannot_be_left_out(cast: Cast, whose: str) -> None:
    story = Story(cast, "loss_of_impartiality")
    theirs = listing.enter(cast.actor("outsider"), {"name": "Theirs", "kind": "therapist"}, now=NOW)
    one = theirs if whose == "there" else 987_654_321
    answer = story.post(do="answer", step="relation", tie="family", left_out=[str(one)])
    assert answer.status_code == 422 and not Reasoning.objects.filter(referral=story.id).exists()


def test_a_recheck_lets_the_referral_wait_for_its_day(cast: Cast) -> None:
    story = Story(cast, "weak_alliance")
    assert "Conflict alone is no reason" in text(story.web.get(story.before))
    assert story.post(do="answer", step="repair", recheck_on="2026-11-20").status_code == 422
    story.post(do="answer", step="repair", tried="slower", recheck_on="2026-12-21")
    assert story.row.due_at is not None and story.row.due_at.date().isoformat() == "2026-12-21"
    assert before_options(cast.actor(), story.id).facts["repair"]["tried"] == "slower"
    assert before_options(cast.actor("coordinator"), story.id).facts == {}


def test_no_progress_may_simply_end_without_names(cast: Cast) -> None:
    story = Story(cast, "no_progress")
    assert "Names are for her to ask for" in text(story.web.get(story.before))
    assert story.post(do="end").status_code == 302
    assert (story.row.state, story.row.outcome) == ("closed", "ended_well")
    other = Story(cast, "weak_alliance")
    assert other.post(do="end").status_code == 409 and other.row.state == "needed"


def test_other_reasons_bring_their_steps_too(cast: Cast) -> None:
    story = Story(cast, "insurance_not_accepted", other_reasons=["schedule_mismatch"])
    asked = [step.code for step in before_options(cast.actor(), story.id).open]
    assert asked == ["plan", "times"]
    assert "No time that works" in text(story.web.get(reverse("referral", args=[story.id])))


def test_a_step_the_reason_does_not_bring_is_not_there(cast: Cast) -> None:
    story = Story(cast, "modality")
    assert story.post(do="answer", step="relation", tie="family").status_code == 404
    assert story.post(do="pass", step="times").status_code == 404


def test_a_reason_of_ones_own_works_like_any_other(cast: Cast) -> None:
    admin, address = cast.web("admin"), reverse("practice_reasons")
    given = {"do": "add", "label": "Office moves", "plain": "our office is moving.", "plain_es": "nos mudamos",
             "kind": "transfer", "before": ["times"]}
    assert admin.post(address, {**given, "plain_es": ""}).status_code == 422
    assert admin.post(address, given).status_code == 302
    story = Story(cast, "own_office_moves")
    assert story.answer["Location"] == story.before
    assert story.row.client_reason.reveal() == "Our office is moving."
    page = text(story.web.get(reverse("referral", args=[story.id])))
    assert "Office moves" in page and "own_office" not in page
    assert admin.post(address, {"do": "off", "reason": "own_office_moves"}).status_code == 302
    form = story.web.get(reverse("referral_new", args=[cast.client.pk])).content.decode()
    assert "Office moves" not in form
    changed = story.web.get(reverse("referral_need", args=[story.id])).content.decode()
    assert "Office moves" in changed  # it stands there already
    assert story.web.post(reverse("referral_new", args=[cast.client.pk]), {
        **TYPED, "reason": "own_office_moves"}).status_code == 422
    assert cast.web("outsider").post(reverse("practice_reasons"), {
        "do": "on", "reason": "own_office_moves"}).status_code == 404
