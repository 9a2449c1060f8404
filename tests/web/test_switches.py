"""What a practice switched off is neither shown nor taken, and what was kept stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from tests.cast import NOW, Cast, code_now
from tests.flows import walk as way
from tests.web.visits import Browser, at, entered, invited, words
from warmhandoff.accounts.models import SignedIn
from warmhandoff.accounts.switches import set_switches, switches_of
from warmhandoff.clients.inviting import invite_client
from warmhandoff.core import clock
from warmhandoff.core.models import AuditEntry
from warmhandoff.referrals import attending, taking
from warmhandoff.referrals.models import CheckIn, Choice, Gap
from warmhandoff.rules.refusals import NotAllowed, NotNow
from warmhandoff.rules.switches import SWITCHES, all_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def off(cast: Cast, *codes: str) -> None:
    set_switches(cast.actor("admin"), dict.fromkeys(codes, False), now=NOW)


def test_the_page_shows_every_switch_and_keeps_what_is_set(cast: Cast) -> None:
    web = cast.web("admin")
    page = words(web.get(reverse("switches")))
    assert all(one.label in page for one in SWITCHES.values())
    wanted = {code: "on" for code in SWITCHES if code != "helpers"}
    assert web.post(reverse("switches"), wanted).status_code == 302
    assert [code for code, on in switches_of(cast.practice.pk).items() if not on] == ["helpers"]
    assert AuditEntry.objects.filter(verb="set_switches").count() == 1
    assert switches_of(cast.members["outsider"].practice_id) == all_of({}), "each practice has its own"


def test_only_administrators_set_them(cast: Cast) -> None:
    assert cast.web().get(reverse("switches")).status_code == 403
    with pytest.raises(NotAllowed):
        set_switches(cast.actor(), {"portal": False}, now=NOW)


def test_setting_them_wants_a_fresh_proof(cast: Cast) -> None:
    web = cast.web("admin")
    SignedIn.objects.update(confirmed_at=NOW - timedelta(minutes=6))
    asked = web.post(reverse("switches"), {"portal": "on"})
    assert asked.status_code == 200 and 'name="confirm_code"' in asked.content.decode()
    assert switches_of(cast.practice.pk) == all_of({})
    assert web.post(reverse("switches"), {"portal": "on", "confirm_code": code_now("admin")}).status_code == 302
    assert [code for code, on in switches_of(cast.practice.pk).items() if on] == ["portal"]


def test_without_the_portal_no_link_is_made_and_open_ones_lead_nowhere(cast: Cast) -> None:
    walk = way.offered(cast)
    token = invited(cast)
    off(cast, "portal")
    answer = Browser().post("/c/", {"token": token, "code": str(cast.client.access_code.reveal())})
    assert answer.status_code == 404
    with pytest.raises(NotNow):
        invite_client(cast.actor(), cast.client.pk, referral_id=None, now=NOW)
    page = cast.web().get(reverse("referral_choice", args=[walk.referral_id])).content.decode()
    assert "Send her the link" not in page and "Hand the device to her" in page
    assert "Send her a link" not in cast.web().get(reverse("client", args=[cast.client.pk])).content.decode()


def test_questions_and_helpers_that_are_off_are_not_asked_nor_taken(cast: Cast) -> None:
    walk = way.offered(cast)
    web = entered(cast)
    before = taking.paper_form(walk.staff, walk.referral_id, now=NOW)
    off(cast, "choice_questions", "helpers")
    with translation.override("en"):
        page = words(web.get(at("portal_referral", walk)))
    assert "How likely" not in page and "tell all over again" not in page and "Did someone help" not in page
    said = {"kind": "not_now", "seen": walk.row.moves_made, "likely": "3", "words": "No", "helped_by": "supporter"}
    assert web.post(at("portal_choice", walk), said).status_code == 302
    kept = Choice.objects.get()
    assert (kept.likely, kept.words.reveal(), kept.more.helped_by) == (None, "", "")
    staff = cast.web().get(reverse("referral_choice", args=[walk.referral_id])).content.decode()
    assert "How likely" not in staff and "helped her" not in staff
    assert len(taking.paper_form(walk.staff, walk.referral_id, now=NOW)) < len(before)


def test_without_the_log_of_conversations_the_next_step_is_another(cast: Cast) -> None:
    walk = way.offered(cast)
    entered(cast).post(at("portal_choice", walk), {"kind": "talk_first", "seen": walk.row.moves_made})
    talk = reverse("referral_talk", args=[walk.referral_id])
    assert f'href="{talk}">Talk it over' in cast.web().get(at("referral", walk)).content.decode()
    off(cast, "conversations")
    page = cast.web().get(at("referral", walk)).content.decode()
    assert talk not in page and "Find and offer options</a>" in page
    assert cast.web().post(talk, {"held_on": "2026-11-23", "how": "session"}).status_code == 409
    assert not walk.row.conversations.exists()


def test_what_to_say_and_the_pause_do_not_hang_on_the_log_of_conversations(cast: Cast) -> None:
    walk = way.offered(cast)
    off(cast, "conversations")
    words_page, web = reverse("referral_words", args=[walk.referral_id]), cast.web()
    page = web.get(words_page).content.decode()
    assert "Keep it</button>" in page and "Share with her" in page and "Log a conversation" not in page
    assert reverse("client_pause", args=[cast.client.pk]) in web.get(at("referral", walk)).content.decode()
    off(cast, "portal")
    page = web.get(words_page).content.decode()
    assert "Keep it</button>" in page and "Share with her" not in page


def test_without_check_ins_an_attended_session_is_closed(cast: Cast) -> None:
    walk = way.accepted(cast)
    attending.book(walk.client, walk.referral_id, session_at=NOW, now=NOW)
    attending.tell_attendance(walk.client, walk.referral_id, told="attended", now=NOW)
    web = entered(cast)
    off(cast, "check_ins")
    page = cast.web().get(at("referral", walk)).content.decode()
    assert "Close the loop</a>" in page and "Log a check-in" not in page
    with translation.override("en"):
        assert "How is it going?" not in words(web.get(at("portal_referral", walk)))
    assert web.post(at("portal_check_in", walk), {"fits": "yes"}).status_code == 409
    assert not CheckIn.objects.exists()


def test_without_the_register_nothing_is_counted(cast: Cast) -> None:
    off(cast, "gap_register")
    way.recorded(cast, concerns=["grief"])
    assert not Gap.objects.exists()
    assert "switched off" in words(cast.web().get(reverse("gaps")))
