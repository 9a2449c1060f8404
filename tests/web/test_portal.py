"""The client's pages: what each state shows, and what she may do there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from tests.cast import CLIENT_NAME, Cast
from tests.flows import walk as way
from tests.web.visits import Browser, Clock, at, code, entered, invited, on_device, shown, words
from warmhandoff.clients.caring import record_identity_check
from warmhandoff.clients.releasing import ReleaseDraft, draft_release
from warmhandoff.core import clock
from warmhandoff.directory.listing import relate
from warmhandoff.referrals import asking, attending, choosing, closing
from warmhandoff.referrals.client_view import client_page
from warmhandoff.referrals.models import Attendance, CheckIn, Choice, Referral
from warmhandoff.rules.lifecycle import STATES
from warmhandoff.web.portal import views

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def time(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Clock:
    held = Clock(cast)
    monkeypatch.setattr(clock, "now", lambda: held.now)
    return held


# --- choosing


def test_the_choice_page_shows_what_she_needs_to_compare(cast: Cast, time: Clock) -> None:
    walk = way.offered(cast)
    text = shown(entered(cast), walk)
    for said in ("3 places that could help", "You need someone trained in trauma work.", "Lena Ortiz, LCSW",
                 "Lists Aetna. Check with your plan.", "In about 1 week", "by video", "Monday evening",
                 "None of these", "More names, please", "Talk about it first", "Not now",
                 "Nobody reads this right away", "988"):  # fmt: skip
        assert said in text, said
    assert "beyond my training" not in text and "Two years of weekly" not in text


def test_a_tie_and_the_reason_for_a_single_option_are_shown(cast: Cast, time: Clock) -> None:
    walk = way.recorded(cast)
    relate(walk.staff, walk.listing_ids[1], now=walk.now, tie_kind="employment", tie_text="They share an office.")
    asking.offer(walk.staff, walk.referral_id, walk.listing_ids[1:2], now=walk.now, single_reason="Only one has room.")
    text = shown(entered(cast), walk)
    assert "One thing to know: They share an office." in text and "Nobody is paid" in text
    assert "Why there is just one: Only one has room." in text


def _choice(walk: way.Walk, kind: str = "choose", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "seen": walk.row.moves_made, "who_calls": "together", **more}


def test_she_chooses_ranks_and_says_it_in_her_words(cast: Cast, time: Clock) -> None:
    walk = way.offered(cast)
    first, second, third = walk.listing_ids
    answer = entered(cast).post(at("portal_choice", walk), _choice(
        walk, first=second, place_2=first, place_3=second, go_on="on", likely="7", barrier="transport",
        words="Not the accident again.",
    ))  # fmt: skip
    assert answer.status_code == 302
    kept = Choice.objects.get()
    assert (kept.kind, kept.ranked, kept.likely, kept.barrier, kept.who_calls, kept.told_by) == (
        "choose", [second, first], 7, "transport", "together", "portal",
    )  # fmt: skip
    row = walk.row
    assert row.state == "chosen" and row.go_on_agreed and row.own_words.reveal() == "Not the accident again."


def test_choosing_nobody_is_mended_on_the_page_and_keeps_her_words(cast: Cast, time: Clock) -> None:
    walk = way.offered(cast)
    answer = entered(cast).post(at("portal_choice", walk), _choice(walk, words="Keep me"))
    assert answer.status_code == 422 and "Pick one, or say that none fits" in words(answer)
    assert "Keep me" in words(answer) and walk.row.state == "offered"


@pytest.mark.parametrize(
    ("kind", "state", "said"),
    [("choose_none", "undecided", "find more names"), ("ask_for_more", "undecided", "find more names"),
     ("talk_first", "undecided", "Let us talk first"), ("not_now", "undecided", "Not now is fine"),
     ("take_list", "taken", "You call by yourself")],
)  # fmt: skip
def test_every_other_answer_is_as_good(cast: Cast, time: Clock, kind: str, state: str, said: str) -> None:
    walk = way.offered(cast)
    web = entered(cast)
    assert web.post(at("portal_choice", walk), _choice(walk, kind)).status_code == 302
    assert walk.row.state == state and said in shown(web, walk)


def test_what_moved_on_meanwhile_is_told_and_not_overwritten(cast: Cast, time: Clock) -> None:
    walk = way.offered(cast)
    web = entered(cast)
    stale = _choice(walk, first=walk.listing_ids[0])
    choosing.record_choice(walk.client, walk.referral_id, choosing.ClientChoice("not_now", "paper"), now=walk.now)
    answer = web.post(at("portal_choice", walk), stale)
    assert answer.status_code == 409 and "Something changed" in words(answer)
    assert walk.row.state == "undecided"


def test_on_the_clinicians_device_it_is_told_so_and_handed_back(cast: Cast, time: Clock, rf: Any) -> None:
    walk = way.offered(cast)
    web = on_device(cast, rf)
    assert "device" in shown(web, walk) and "hand the device back" in shown(web, walk)
    web.post(at("portal_choice", walk), _choice(walk, first=walk.listing_ids[0]))
    assert Choice.objects.get().told_by == "device"
    assert web.get(reverse("today")).status_code == 302, "staff must sign in again"
    assert web.post(reverse("portal_handed_back")).status_code == 302
    assert "Please hand the device back" in words(web.get(reverse("portal_handed_back")))
    assert web.get("/c/home/").status_code == 404


# --- the release


def drafted(cast: Cast) -> way.Walk:
    walk = way.chosen(cast)
    draft = ReleaseDraft(walk.referral_id, [(walk.listing_ids[0], "Lena Ortiz, LCSW")], way.CLASSES, "specialized",
                         expires_on=walk.now.date() + timedelta(days=90))  # fmt: skip
    walk.release_id = draft_release(walk.staff, cast.client.pk, draft, now=walk.now)
    return walk


def test_before_the_paper_is_ready_she_reads_so(cast: Cast, time: Clock) -> None:
    walk = way.chosen(cast)
    web = entered(cast)
    assert "is getting a paper ready" in shown(web, walk)
    assert web.get(at("portal_release", walk)).status_code == 404


def test_she_reads_signs_and_gets_a_copy(cast: Cast, time: Clock) -> None:
    walk = drafted(cast)
    record_identity_check(walk.staff, cast.client.pk, how="seen in session", now=walk.now)
    web = entered(cast)
    assert "One page to read and sign" in shown(web, walk)
    page = words(web.get(at("portal_release", walk)))
    assert "You can take this back at any time" in page and "Lena Ortiz" in page
    unread = web.post(at("portal_release", walk), {"signed_name": CLIENT_NAME, "seen": walk.row.moves_made})
    assert unread.status_code == 422 and walk.row.state == "chosen"
    signed = {"signed_name": CLIENT_NAME, "read": "on", "seen": walk.row.moves_made}
    assert web.post(at("portal_release", walk), signed).status_code == 302
    assert walk.row.state == "released"
    copy = web.get(at("portal_release_copy", walk))
    assert copy.content.startswith(b"%PDF") and CLIENT_NAME not in copy["Content-Disposition"]


def test_without_an_identity_check_she_is_asked_to_call(cast: Cast, time: Clock) -> None:
    walk = drafted(cast)
    web = entered(cast)
    assert "Please call them" in words(web.get(at("portal_release", walk)))
    signed = {"signed_name": CLIENT_NAME, "read": "on", "seen": walk.row.moves_made}
    answer = web.post(at("portal_release", walk), signed)
    assert answer.status_code == 403 and "Please call them" in words(answer) and walk.row.state == "chosen"


def test_on_the_device_staff_vouch_for_her(cast: Cast, time: Clock, rf: Any) -> None:
    walk = drafted(cast)
    web = on_device(cast, rf)
    signed = {"signed_name": CLIENT_NAME, "read": "on", "seen": walk.row.moves_made}
    assert web.post(at("portal_release", walk), signed).status_code == 302
    release = client_page(walk.client, walk.referral_id, now=walk.now).signed
    assert release is not None and release.signed_how == "device"


def test_taking_back_asks_first_and_stops_the_recipient(cast: Cast, time: Clock) -> None:
    walk = way.sent(cast)
    token, secret = way.token_of(walk.delivery), walk.delivery.code.reveal()
    reader = Browser()
    assert reader.post("/r/", {"token": token, "code": secret}).status_code == 302
    web = entered(cast)
    assert "cannot be called back" in words(web.get(at("portal_revoke", walk)))
    assert walk.row.state == "sent"
    web.post(at("portal_revoke", walk))
    assert walk.row.state == "undecided"
    text = shown(web, walk)
    assert "You took it back" in text and "cannot be called back: Lena Ortiz, LCSW" in text
    assert reader.get("/r/page/").status_code == 404
    assert web.get(at("portal_revoke", walk)).status_code == 404


# --- where things stand


def test_after_sending_she_reads_who_is_asked(cast: Cast, time: Clock) -> None:
    text = shown(entered(cast), way.sent(cast))
    assert "We asked Lena Ortiz, LCSW" in text and "Take it back" in text
    assert "You choose (done)" in text and "They answer waiting" in text


def test_a_yes_shows_what_they_said_and_takes_the_day(cast: Cast, time: Clock) -> None:
    walk = way.accepted(cast)
    web = entered(cast)
    text = shown(web, walk)
    assert "They said yes" in text and "Thursday 26 November at 5 pm" in text and "512-555-0111" in text
    day = {"day": "2026-11-26", "time": "17:00", "seen": walk.row.moves_made}
    assert web.post(at("portal_book", walk), day).status_code == 302
    assert walk.row.session_at is not None and walk.row.session_at.isoformat() == "2026-11-26T23:00:00+00:00"
    assert "Thursday 26 November, 5:00 pm" in shown(web, walk)


def test_a_day_that_cannot_be_is_mended(cast: Cast, time: Clock) -> None:
    walk = way.accepted(cast)
    day = {"day": "2036-11-26", "time": "17:00", "seen": walk.row.moves_made}
    answer = entered(cast).post(at("portal_book", walk), day)
    assert answer.status_code == 422 and "This day cannot be right" in words(answer)


def booked(cast: Cast, time: Clock) -> way.Walk:
    walk = way.accepted(cast)
    attending.book(walk.client, walk.referral_id, session_at=walk.now + timedelta(days=1), now=walk.now)
    time.later(days=2)
    return walk


def inside(cast: Cast, time: Clock) -> Browser:
    web = Browser()
    web.post("/c/", {"token": invited(cast, now=time.now), "code": code(cast)})
    return web


@pytest.mark.parametrize(
    ("told", "state"), [("attended", "attended"), ("missed", "missed"), ("rather_not", "booked")]
)
def test_attendance_may_be_told_or_not(cast: Cast, time: Clock, told: str, state: str) -> None:
    walk = booked(cast, time)
    web = inside(cast, time)
    assert "Did you go to your first visit?" in shown(web, walk)
    assert web.post(at("portal_attendance", walk), {"told": told}).status_code == 302
    assert Attendance.objects.get().told == told and walk.row.state == state
    assert "Did you go" not in shown(web, walk), "the question is closed"
    assert web.post(at("portal_attendance", walk), {"told": "who knows"}).status_code == 422


def test_a_check_in_settles_it_and_the_closed_page_says_whom_to_call(cast: Cast, time: Clock) -> None:
    walk = booked(cast, time)
    attending.tell_attendance(walk.client, walk.referral_id, told="attended", now=time.now)
    web = inside(cast, time)
    assert "How is it going?" in shown(web, walk)
    assert web.post(at("portal_check_in", walk), {"words": "x"}).status_code == 422
    assert web.post(at("portal_check_in", walk), {"fits": "yes", "comfort": "8"}).status_code == 302
    assert CheckIn.objects.get().comfort == 8 and walk.row.state == "settled"
    assert "Good to hear" in shown(web, walk)
    closing.close(walk.staff, walk.referral_id, outcome="attended_fit", now=time.now)
    assert "You can call Clinician Person at Lakeside Counseling again. 512-555-0100" in shown(web, walk)


def test_every_state_has_a_page_of_its_own(cast: Cast, time: Clock) -> None:
    walk = booked(cast, time)
    web = inside(cast, time)
    assert set(views.NOW) == set(STATES)
    for state in views.NOW:
        Referral.objects.filter(pk=walk.referral_id).exclude(state="closed").update(
            state=state, **({"next_step": "", "waiting_on": "", "next_owner": None, "due_at": None,
                             "closed_at": time.now, "outcome": "attended_fit"} if state == "closed" else {})
        )  # fmt: skip
        text = shown(web, walk)
        assert "988" in text and "911" in text and "Leave this page" in text, state
