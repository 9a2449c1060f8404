"""Messages: what left, what waits for a hand, what could not leave; and the members' page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import NOW, Cast
from warmhandoff.clients.inviting import invite_client, redeem
from warmhandoff.core import clock, jobs
from warmhandoff.core.models import Job, Message

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def _page(cast: Cast, part: str = "clinician") -> str:
    answer = cast.web(part).get("/messages/")
    assert answer.status_code == 200
    return answer.content.decode()


def _invite(cast: Cast) -> str:
    return invite_client(cast.actor(), cast.client.pk, referral_id=None, now=NOW).link or ""


def test_an_empty_list_says_what_will_be_there(cast: Cast) -> None:
    html = _page(cast)
    assert "No messages yet" in html and "This server sends no mail" in html


def test_a_link_waits_for_a_hand_until_someone_says_it_was_given(cast: Cast) -> None:
    link = _invite(cast)
    html = _page(cast)
    assert "Yours to give" in html and link in html and "R. M., her page" in html and "Rosalind" not in html
    message = Message.objects.get()
    assert cast.web().post(f"/messages/{message.pk}/given/").headers["Location"] == "/messages/"
    html = _page(cast)
    assert link not in html and "given today" in html and "Yours to give" not in html
    assert Message.objects.get().body.reveal() is None
    assert cast.web().post(f"/messages/{message.pk}/given/").status_code == 404


def test_the_front_desk_hands_over_too_and_strangers_see_nothing(cast: Cast) -> None:
    link, message = _invite(cast), Message.objects.get()
    assert link in _page(cast, "coordinator")
    for part in ("outsider", "colleague", "admin"):
        assert link not in _page(cast, part)
        assert cast.web(part).post(f"/messages/{message.pk}/given/").status_code == 404
        assert cast.web(part).post(f"/messages/{message.pk}/again/").status_code == 404
    assert (
        Message.objects.get().state == "waiting" and cast.web().get(f"/messages/{message.pk}/given/").status_code == 405
    )


def test_a_newer_link_takes_the_place_of_the_older(cast: Cast) -> None:
    first, second = _invite(cast), _invite(cast)
    html = _page(cast)
    assert first not in html and second in html and "not sent any more" in html


def test_a_link_that_was_used_or_is_too_old_is_not_handed_over(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    link = _invite(cast)
    redeem(link.partition("#")[2], cast.client.access_code.reveal(), now=NOW)
    assert link not in _page(cast) and "used or ended" in _page(cast)
    newer = _invite(cast)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=73))
    assert newer not in _page(cast) and "Yours to give" not in _page(cast)


def test_a_message_that_was_given_up_can_be_tried_again(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.SMTP_URL = f"file://{tmp_path / 'mail'}"
    (tmp_path / "mail").write_text("a file where the folder should be")
    _invite(cast)
    Job.objects.update(max_attempts=1)
    jobs.run_one("test", NOW)
    html = _page(cast)
    assert "Could not be delivered" in html and "rosalind@client.example" in html and "mend it on" in html
    (tmp_path / "mail").unlink()
    message = Message.objects.get()
    assert cast.web().post(f"/messages/{message.pk}/again/").status_code == 302
    assert Job.objects.get(name="send_message").attempts == 0
    assert jobs.run_one("test", NOW) and len(list((tmp_path / "mail").glob("*.eml"))) == 1
    assert "handed over today" in _page(cast)
    assert cast.web().post(f"/messages/{message.pk}/again/").status_code == 404


def test_the_list_costs_no_more_with_more_messages(cast: Cast, django_assert_max_num_queries: Any) -> None:
    browser = cast.web()
    browser.get("/")  # the first page also writes the session
    for name in ("Ada Bell", "Cora Dahl", "Eve Finn"):
        invite_client(cast.actor(), cast.add_client(name), referral_id=None, now=NOW)
    with django_assert_max_num_queries(12):
        assert browser.get("/messages/").status_code == 200


def test_members_are_listed_and_only_administrators_invite(cast: Cast) -> None:
    html = cast.web().get("/practice/").content.decode()
    assert "Lakeside Counseling" in html and "Coordinator Person" in html and "Front desk" in html
    assert "Departed Person" not in html and "Outsider" not in html and "Make a link" not in html
    assert cast.web().post("/practice/", {"roles": ["clinician"]}).status_code == 403


def test_an_invitation_is_shown_once(cast: Cast) -> None:
    answer = cast.web("admin").post(
        "/practice/", {"email": "new@lakeside.example", "roles": ["clinician", "supervisor"]}
    )
    assert answer.status_code == 200 and b"/start/#" in answer.content
    assert b"/start/#" not in cast.web("admin").get("/practice/").content
    assert cast.web("admin").post("/practice/", {"roles": []}).status_code == 422
