"""The client's pages: the way in, each state's page, what she may do, and what nobody may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import reverse
from django.utils import translation

from tests.cast import CLIENT_NAME, Cast
from tests.flows import walk as way
from warmhandoff.clients.caring import record_identity_check
from warmhandoff.clients.inviting import invite_client, start_on_device
from warmhandoff.clients.models import PortalKey
from warmhandoff.clients.releasing import ReleaseDraft, draft_release
from warmhandoff.core import clock
from warmhandoff.referrals import asking, attending, choosing, closing
from warmhandoff.referrals.client_view import client_page
from warmhandoff.referrals.models import Attendance, CheckIn, Choice, Referral
from warmhandoff.web.portal import session, views

pytestmark = pytest.mark.django_db


class Clock:
    """The time of the server, as the tests say."""

    def __init__(self, cast: Cast) -> None:
        self.now = cast.now

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def time(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Clock:
    held = Clock(cast)
    monkeypatch.setattr(clock, "now", lambda: held.now)
    return held


def invited(cast: Cast, referral_id: Any = None, now: Any = None) -> str:
    """The token of a new link, as staff hand it over."""
    link = invite_client(cast.actor(), cast.client.pk, referral_id=referral_id, now=now or cast.now).link
    assert link is not None
    return link.partition("#")[2]


def code(cast: Cast) -> str:
    return str(cast.client.access_code.reveal())


def entered(cast: Cast, referral_id: Any = None, **browser: Any) -> Browser:
    """A browser inside the client's session."""
    web = Browser(**browser)
    answer = web.post("/c/", {"token": invited(cast, referral_id), "code": code(cast)})
    assert answer.status_code == 302, answer.content.decode()
    return web


def at(name: str, walk: way.Walk) -> str:
    return reverse(name, args=[walk.referral_id])


def words(answer: HttpResponse) -> str:
    """The page's text without markup, in one line."""
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", text).replace("&#x27;", "'")


def shown(web: Browser, walk: way.Walk) -> str:
    answer = web.get(at("portal_referral", walk))
    assert answer.status_code == 200, words(answer)
    html = answer.content.decode()
    assert html.count("<h1") == 1 and html.count('class="btn main"') <= 1
    return words(answer)


# --- the way in


def test_fetching_the_link_page_changes_nothing(cast: Cast, time: Clock) -> None:
    token = invited(cast)
    before = PortalKey.objects.values().get()
    web = Browser()
    assert web.get("/c/").status_code == 200 and web.head("/c/").status_code == 200
    assert PortalKey.objects.values().get() == before
    assert web.post("/c/", {"token": token, "code": code(cast)}).status_code == 302


def test_link_and_code_open_the_referral_they_were_about(cast: Cast, time: Clock) -> None:
    walk = way.offered(cast)
    answer = Browser().post("/c/", {"token": invited(cast, walk.referral_id), "code": code(cast)})
    assert answer["Location"] == at("portal_referral", walk)


def test_a_used_link_looks_like_an_unknown_one(cast: Cast, time: Clock) -> None:
    token = invited(cast)
    Browser().post("/c/", {"token": token, "code": code(cast)})
    used = Browser().post("/c/", {"token": token, "code": code(cast)})
    unknown = Browser().post("/c/", {"token": "0" * 52, "code": code(cast)})
    assert used.status_code == unknown.status_code == 404
    assert words(used) == words(unknown)
    assert "Ask for a new one" in words(used)


def test_five_wrong_codes_end_the_link(cast: Cast, time: Clock) -> None:
    token = invited(cast)
    for _ in range(5):
        assert Browser().post("/c/", {"token": token, "code": "wrong-one"}).status_code == 404
    assert Browser().post("/c/", {"token": token, "code": code(cast)}).status_code == 429
    time.later(hours=25)
    assert Browser().post("/c/", {"token": token, "code": code(cast)}).status_code == 404


def test_an_empty_code_says_what_to_mend_and_keeps_the_rest(cast: Cast, time: Clock) -> None:
    answer = Browser().post("/c/", {"token": "abc", "code": ""})
    assert answer.status_code == 422 and 'value="abc"' in answer.content.decode()


def test_coming_in_ends_a_staff_session(cast: Cast, time: Clock) -> None:
    staff = cast.web("clinician")
    old = staff.session.session_key
    staff.post("/c/", {"token": invited(cast), "code": code(cast)})
    assert staff.session.session_key != old and "_auth_user_id" not in staff.session
    assert staff.get("/c/home/").status_code == 200


def test_signing_in_ends_the_clients_view(cast: Cast, time: Clock) -> None:
    web = entered(cast)
    web.force_login(cast.clinician.user)
    assert web.get("/c/home/").status_code == 404


# --- how long it lasts


def test_a_visit_ends_after_fifteen_quiet_minutes(cast: Cast, time: Clock) -> None:
    web = entered(cast)
    time.later(minutes=14)
    assert web.get("/c/home/").status_code == 200
    time.later(minutes=16)
    answer = web.get("/c/home/")
    assert answer.status_code == 404 and "ask for a new link" in words(answer)
    time.later(minutes=-16)
    assert web.get("/c/home/").status_code == 404, "it does not come back"


def test_a_visit_ends_after_two_hours_however_busy(cast: Cast, time: Clock) -> None:
    web = entered(cast)
    for _ in range(12):
        time.later(minutes=10)
        assert web.get("/c/home/").status_code == 200
    time.later(minutes=1)
    assert web.get("/c/home/").status_code == 404


def test_leaving_ends_it_and_clears_the_browser(cast: Cast, time: Clock) -> None:
    web = entered(cast)
    answer = web.post("/c/leave/")
    assert answer.status_code == 204 and '"cookies"' in answer["Clear-Site-Data"]
    assert web.get("/c/home/").status_code == 404
    assert web.get("/c/leave/").status_code == 405


def test_without_a_visit_every_page_is_closed(cast: Cast, time: Clock) -> None:
    walk = way.offered(cast)
    for pattern in views.urlpatterns:
        if "referral" in str(pattern.pattern) or pattern.name == "portal":
            url = reverse(pattern.name, args=[walk.referral_id] if "referral" in str(pattern.pattern) else [])
            assert Browser().get(url).status_code == 404, url
            assert Browser().post(url).status_code == 404, url
            assert cast.web("clinician").get(url).status_code == 404, url


# --- whose pages


def test_another_clients_referral_does_not_exist(cast: Cast, time: Clock) -> None:
    walk = way.released(cast)
    other = cast.add_client()
    link = invite_client(cast.actor(), other, referral_id=None, now=cast.now).link or ""
    theirs = Browser()
    from warmhandoff.clients.models import Client

    theirs.post("/c/", {"token": link.partition("#")[2], "code": Client.objects.get(pk=other).access_code.reveal()})
    assert theirs.get("/c/home/").status_code == 200
    for name in ("portal_referral", "portal_release", "portal_release_copy", "portal_revoke"):
        assert theirs.get(at(name, walk)).status_code == 404, name
    for name in ("portal_choice", "portal_release", "portal_revoke", "portal_book", "portal_attendance",
                 "portal_check_in"):  # fmt: skip
        sent = {"kind": "not_now", "told": "attended", "fits": "yes", "signed_name": "x", "read": "on",
                "day": "2026-12-01", "time": "10:00", "who_calls": "client"}  # fmt: skip
        assert theirs.post(at(name, walk), sent).status_code == 404, name
    assert walk.row.state == "released" and not Choice.objects.filter(kind="not_now").exists()
    assert theirs.get(reverse("portal_referral", args=[uuid4()])).status_code == 404


def test_a_need_not_talked_about_yet_is_not_listed(cast: Cast, time: Clock) -> None:
    walk = way.recorded(cast)
    web = entered(cast)
    assert "nothing here for you to do" in words(web.get("/c/home/"))
    asking.offer(walk.staff, walk.referral_id, walk.listing_ids, now=walk.now)
    assert "Your turn" in words(web.get("/c/home/"))


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
    from warmhandoff.directory.listing import relate

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
    web = _on_device(cast, rf)
    assert "device" in shown(web, walk) and "hand the device back" in shown(web, walk)
    web.post(at("portal_choice", walk), _choice(walk, first=walk.listing_ids[0]))
    assert Choice.objects.get().told_by == "device"
    assert web.get(reverse("today")).status_code == 302, "staff must sign in again"
    assert web.post(reverse("portal_handed_back")).status_code == 302
    assert "Please hand the device back" in words(web.get(reverse("portal_handed_back")))
    assert web.get("/c/home/").status_code == 404


def _on_device(cast: Cast, rf: Any) -> Browser:
    """The clinician's own browser, handed to the client."""
    web = cast.web("clinician")
    request = rf.get("/")
    request.session, request.user, request.now = web.session, cast.clinician.user, cast.now
    session.start(request, start_on_device(cast.actor(), cast.client.pk, now=cast.now), None, mode="device")
    request.session.save()
    web.cookies["session"] = request.session.session_key
    return web


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
    assert "I can take this back at any time" in page and "Lena Ortiz" in page
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
    web = _on_device(cast, rf)
    signed = {"signed_name": CLIENT_NAME, "read": "on", "seen": walk.row.moves_made}
    assert web.post(at("portal_release", walk), signed).status_code == 302
    release = client_page(walk.client, walk.referral_id, now=walk.now).signed
    assert release is not None and release.signed_how == "device"


def test_taking_back_asks_first_and_stops_the_recipient(cast: Cast, time: Clock) -> None:
    walk = way.sent(cast)
    token, secret = walk.delivery.token.reveal(), walk.delivery.code.reveal()
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
    from warmhandoff.rules.lifecycle import STATES

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


# --- language, titles, weight


def test_her_language_counts_not_the_browsers(cast: Cast, time: Clock) -> None:
    type(cast.client).objects.filter(pk=cast.client.pk).update(language="es")
    walk = way.offered(cast)
    web = entered(cast, headers={"Accept-Language": "en"})
    answer = web.get(at("portal_referral", walk))
    assert '<html lang="es"' in answer.content.decode() and answer["Content-Language"] == "es"
    assert "Ninguna de estas" in words(answer)
    back = web.post("/c/language/", {"language": "en"}, headers={"Referer": f"http://testserver{at('portal_referral', walk)}"})
    assert back["Location"] == at("portal_referral", walk)
    assert "None of these" in shown(web, walk)
    assert web.post("/c/language/", {"language": "es"}, headers={"Referer": "http://evil.example/c/"})["Location"] == "/c/home/"


def test_before_the_code_the_browsers_language_counts_until_it_is_switched(cast: Cast, time: Clock) -> None:
    web = Browser(headers={"Accept-Language": "es"})
    assert '<html lang="es"' in web.get("/c/").content.decode()
    web.post("/c/language/", {"language": "en"})
    assert '<html lang="en"' in web.get("/c/").content.decode()
    web.post("/c/", {"token": invited(cast), "code": code(cast)})
    assert '<html lang="en"' in web.get("/c/home/").content.decode()


def test_titles_say_nothing(cast: Cast, time: Clock) -> None:
    walk = way.accepted(cast)
    web = entered(cast)
    for url in ("/c/", "/c/home/", at("portal_referral", walk), at("portal_release", walk), at("portal_revoke", walk)):
        html = web.get(url).content.decode()
        assert re.findall("<title>(.*?)</title>", html) == ["Your page"], url
        assert "Rosalind" not in html or url.endswith("/release/"), url
        assert "warmhandoff" not in re.sub(r"/static/\w+/warmhandoff", "", html).lower()


def test_the_pages_take_few_queries(cast: Cast, time: Clock, django_assert_max_num_queries: Any) -> None:
    way.offered(cast)
    way.offered(cast)
    web = entered(cast)
    with django_assert_max_num_queries(12):
        web.get("/c/home/")
