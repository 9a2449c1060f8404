"""The inbox: a call logged, answered and thanked for; what Today and the rail say of it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.cast import NOW, Cast
from tests.web.test_finding import enter_dana
from warmhandoff.core import clock
from warmhandoff.network.niche import last_heard, set_niche
from warmhandoff.referrals import receiving
from warmhandoff.referrals.answering import Answer
from warmhandoff.referrals.models import Incoming
from warmhandoff.referrals.receiving import NewIncoming

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def log(cast: Cast, part: str = "clinician", **facts: Any) -> UUID:
    usual = {"from_name": "Dr. Alvarez", "about": "Panic after a crash", "client_name": "Lena Brook"}
    return receiving.log_incoming(cast.actor(part), NewIncoming(**{**usual, **facts}), now=NOW)


def answered(cast: Cast, **facts: Any) -> UUID:
    given = log(cast, **facts)
    receiving.answer_incoming(cast.actor(), given, Answer("accept", openings="Thursday at five"), now=NOW)
    return given


def get(cast: Cast, url: str, part: str = "clinician") -> str:
    answer = cast.web(part).get(url)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def send(cast: Cast, incoming_id: UUID, kind: str, **typed: Any) -> Any:
    return cast.web().post(f"/inbox/{incoming_id}/", {"kind": kind, **typed})


def title(html: str) -> str:
    return re.findall("<title>(.*?)</title>", html)[0]


def test_an_empty_inbox_says_what_to_do(cast: Cast) -> None:
    html = get(cast, "/inbox/")
    assert "Nobody waits for your answer" in html and 'href="/inbox/log/"' in html and html.count("btn main") == 1
    html = get(cast, "/inbox/", "admin")
    assert "Log a call" not in html and "Nothing here is yours" in html
    assert "Everyone is thanked" in get(cast, "/inbox/?show=thanks")
    assert "Nothing is answered yet" in get(cast, "/inbox/?show=answered")


def test_a_call_is_logged_with_two_fields(cast: Cast) -> None:
    answer = cast.web().post("/inbox/log/", {"from_name": "Dr. Alvarez", "about": "Panic after a crash"})
    assert answer.status_code == 302 and answer.headers["Location"] == "/inbox/"
    html = get(cast, "/inbox/")
    assert "From Dr. Alvarez" in html and "Panic after a crash" in html
    assert "Answer promised by Wednesday 25 November, 5:00 pm." in html and "overdue" not in html
    assert re.search(r">Inbox</span><span class=\"tag\">1<", html)


def test_logging_for_a_colleague_and_by_the_clock_of_the_practice(cast: Cast) -> None:
    typed = {
        "from_name": "Dr. Alvarez", "about": "A place", "to_member": str(cast.clinician.pk), "came_by": "voicemail",
        "received_at": "2026-11-20T16:30", "client_name": "Lena Brook",
    }  # fmt: skip
    assert cast.web("coordinator").post("/inbox/log/", typed).status_code == 302
    found = Incoming.objects.get()
    assert found.to_member == cast.clinician and found.received_at.isoformat() == "2026-11-20T22:30:00+00:00"
    assert "Clinician Person has it" in get(cast, "/inbox/", "coordinator")
    assert "By voicemail, 3 days ago" in get(cast, f"/inbox/{found.pk}/", "coordinator")


def test_an_urgent_queue_is_offered_where_it_is_staffed(cast: Cast) -> None:
    web, admin = cast.web("clinician"), cast.web("admin")
    assert "urgent means the phone" in (page := web.get("/inbox/log/").content.decode()) and "urgent\"" not in page
    assert web.get("/practice/answers/").status_code == 403
    assert admin.post("/practice/answers/", {"promise_days": "1", "urgent_hours": "3"}).status_code == 422
    assert admin.post("/practice/answers/", {"promise_days": "1", "urgent_hours": "4"}).status_code == 302
    assert 'value="4"' in (page := admin.get("/practice/answers/").content.decode()) and "checked" in page
    assert "within 4 working hours" in web.get("/inbox/log/").content.decode()
    web.post("/inbox/log/", {"from_name": "Dr. Alvarez", "about": "Not sleeping at all", "urgent": "on"})
    assert Incoming.objects.get().urgent
    listed = web.get("/inbox/").content.decode()
    assert "urgent</span>" in listed and "within one business day. Urgent ones within 4 working hours." in listed


def test_what_is_missing_is_said_and_what_was_typed_is_kept(cast: Cast) -> None:
    answer = cast.web().post("/inbox/log/", {"about": "A place for Tuesday", "received_at": "2027-01-01T09:00"})
    html = answer.content.decode()
    assert answer.status_code == 422 and "This field is required" in html and "A place for Tuesday" in html
    answer = cast.web().post("/inbox/log/", {"from_name": "A", "about": "b", "received_at": "2027-01-01T09:00"})
    assert answer.status_code == 422 and "This time cannot be right." in answer.content.decode()
    assert cast.web().post("/inbox/log/").status_code == 422
    assert cast.web("admin").get("/inbox/log/").status_code == 403
    assert not Incoming.objects.exists()


def test_by_due_time_with_the_overdue_marked(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    log(cast, from_name="Later Office")
    log(cast, from_name="Earlier Office", received_at=NOW - 3 * DAY)
    monkeypatch.setattr(clock, "now", lambda: NOW + 2 * DAY)
    html = get(cast, "/inbox/")
    assert html.index("Earlier Office") < html.index("Later Office")
    assert html.count(">overdue<") == 1 and "was promised by Tuesday 24 November." in html
    assert html.count("btn main") == 1


def test_the_page_of_one_asks_three_questions_and_titles_name_nobody(cast: Cast) -> None:
    html = get(cast, f"/inbox/{log(cast)}/")
    for asked in ("Can I?", "Have I room?", "Do I want it?"):
        assert asked in html
    assert "Lena Brook" in html and title(html) == "Referral to you - Warm Handoff"
    assert html.count("btn main") == 1 and "Say thank you" not in html
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("kind", "typed", "state"),
    [
        ("accept", {"openings": "Thursday at five", "fees": "Aetna"}, "accepted"),
        ("decline", {"decline_reason": "full", "words": "Try Dana Reyes."}, "declined"),
        ("ask", {"question": "Does she drive?"}, "asked"), ("waitlist", {"weeks": "6"}, "waitlisted"),
    ],
)  # fmt: skip
def test_answers_are_noted_and_shown(cast: Cast, kind: str, typed: dict[str, str], state: str) -> None:
    given = log(cast)
    assert send(cast, given, kind, seen="1").status_code == 422
    assert send(cast, given, kind, seen="1", **typed).headers["Location"] == f"/inbox/{given}/"
    assert Incoming.objects.get().state == state
    html = get(cast, f"/inbox/{given}/")
    assert next(iter(typed.values())).replace("full", "No openings") in html
    assert ("Your answer" in html) == (state in ("asked", "waitlisted"))
    assert ("Say thank you" in html) == (state != "asked") and html.count("btn main") == 1


def test_the_slower_of_two_is_told(cast: Cast) -> None:
    given = answered(cast)
    assert send(cast, given, "decline", seen="1", decline_reason="full").status_code == 409
    assert Incoming.objects.get().state == "accepted"
    assert send(cast, given, "nonsense").status_code == 404


def test_what_they_called_back_with(cast: Cast) -> None:
    given = log(cast)
    send(cast, given, "ask", question="Does she drive?")
    assert "question asked" in get(cast, "/inbox/")
    assert send(cast, given, "hear_back", words="She does.").status_code == 302
    html = get(cast, f"/inbox/{given}/")
    assert "Does she drive?" in html and "She does." in html and "I said yes" in html


def test_handed_on_it_is_gone(cast: Cast) -> None:
    given = log(cast)
    assert send(cast, given, "hand_on", colleague="").status_code == 422
    assert send(cast, given, "hand_on", colleague=str(uuid4())).status_code == 422
    answer = send(cast, given, "hand_on", colleague=str(cast.members["colleague"].pk))
    assert answer.headers["Location"] == "/inbox/"
    assert cast.web().get(f"/inbox/{given}/").status_code == 404
    assert "Handed to a colleague" in get(cast, f"/inbox/{given}/", "colleague")


def test_thanks_with_a_draft_that_reveals_nothing(cast: Cast) -> None:
    given = answered(cast)
    assert "Thank you for thinking of us." in get(cast, f"/inbox/{given}/")
    assert "From Dr. Alvarez" in get(cast, "/inbox/?show=thanks")
    answer = cast.web().post(f"/inbox/{given}/thank/", {"words": "Lena was here, thank you."})
    assert answer.status_code == 422 and "This names the client" in answer.content.decode()
    assert cast.web().get(f"/inbox/{given}/thank/").status_code == 405
    assert cast.web().post(f"/inbox/{given}/thank/", {"words": "Thank you.", "seen": "2"}).status_code == 302
    assert "Thanked today" in get(cast, f"/inbox/{given}/")
    assert "Everyone is thanked" in get(cast, "/inbox/?show=thanks")


def test_thanks_carry_what_she_does_best_and_it_is_kept_who_heard_it(cast: Cast) -> None:
    mine = "I help adults who live with pain or a long illness get their lives back."
    set_niche(cast.actor(), mine, now=NOW)
    source = enter_dana(cast)
    first, second = answered(cast, listing_id=source), answered(cast, listing_id=source)
    assert mine in get(cast, f"/inbox/{first}/")
    cast.web().post(f"/inbox/{first}/thank/", {"words": "Thank you.", "seen": "2"})
    assert last_heard(cast.actor(), source) is None, "she took the sentence out"
    cast.web().post(f"/inbox/{second}/thank/", {"words": f"Thank you.\r\n\r\n{mine}", "seen": "2"})
    heard = last_heard(cast.actor(), source)
    assert heard is not None and (heard.text, heard.place, heard.on) == (mine, "In a thank-you", NOW.date())


def test_no_thanks_this_time(cast: Cast) -> None:
    given = answered(cast)
    assert cast.web().post(f"/inbox/{given}/thank/", {"skip": "1", "seen": "1"}).status_code == 409
    assert cast.web().post(f"/inbox/{given}/thank/", {"skip": "1", "seen": "2"}).status_code == 302
    assert Incoming.objects.get().thanks_skipped
    assert "Say thank you" not in get(cast, f"/inbox/{given}/")


def test_strangers_get_nothing(cast: Cast) -> None:
    given = log(cast)
    for part in ("colleague", "admin", "outsider"):
        assert "Alvarez" not in get(cast, "/inbox/", part)
        assert cast.web(part).get(f"/inbox/{given}/").status_code == 404
        assert cast.web(part).post(f"/inbox/{given}/", {"kind": "accept", "openings": "x"}).status_code == 404
        assert cast.web(part).post(f"/inbox/{given}/thank/", {"words": "x"}).status_code == 404
    assert "Alvarez" in get(cast, "/inbox/", "supervisor")


def test_today_says_how_many_by_when_and_whom_to_thank(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    html = get(cast, "/")
    assert "to you." not in html and "Say thank you" not in html
    log(cast, received_at=NOW - 3 * DAY)
    log(cast, from_kind="client", from_name="Lena Brook")
    answered(cast, from_name="Hill Clinic", received_at=NOW - 3 * DAY)
    html = get(cast, "/")
    assert "<strong>2</strong> referrals to you." in html
    assert "The oldest is promised an answer by <strong>Tuesday 24 November, 5:00 pm</strong>." in html
    assert "To Hill Clinic, who sent you someone on Friday 20 November." in html
    assert "Lena" not in html and "Brook" not in html
    assert html.count("btn main") <= 1 and "Your inbox is what waits" in html
    monkeypatch.setattr(clock, "now", lambda: NOW + 3 * DAY)
    assert "was promised an answer by" in get(cast, "/")
    assert "referrals to you." not in get(cast, "/", "supervisor"), "Today is about one's own"


def test_the_jump_box_knows_it(cast: Cast) -> None:
    assert 'href="/inbox/log/"' in cast.web().post("/jump/", {"q": "log a"}).content.decode()


def test_many_cost_no_more(cast: Cast, django_assert_max_num_queries: Any) -> None:
    browser = cast.web()
    browser.get("/")  # the first page also writes the session
    given = [log(cast, from_name=f"Office {number}") for number in range(5)]
    for number in range(3):
        answered(cast, from_name=f"Clinic {number}")
    for url in ("/", "/inbox/", "/inbox/?show=thanks", "/inbox/log/", f"/inbox/{given[0]}/"):
        with django_assert_max_num_queries(12):
            assert browser.get(url).status_code == 200
