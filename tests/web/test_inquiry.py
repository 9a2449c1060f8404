"""Asking without a name, through the pages: the question, the answer without an account, her yes; and a need post."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client as Browser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.apps.referrals.loop import Loop
from tests.cast import CLIENT_NAME, NOW, Cast
from warmhandoff.accounts.models import Practice
from warmhandoff.core import clock
from warmhandoff.referrals.models import Asked, Inquiry, NeedPost, PostReply, Referral

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def loop(cast: Cast) -> Loop:
    return Loop(cast)


def see(loop: Loop, path: str, part: str = "clinician", status: int = 200) -> str:
    answer = loop.cast.web(part).get(f"/referrals/{loop.id}/{path}")
    assert answer.status_code == status, answer.content
    return str(answer.content.decode())


def send(loop: Loop, path: str, part: str = "clinician", **typed: Any) -> Any:
    return loop.cast.web(part).post(f"/referrals/{loop.id}/{path}", typed)


def drafted(page: str) -> str:
    found = re.search(r'<textarea name="text"[^>]*>\s*(.*?)</textarea>', page, re.S)
    assert found
    return found[1].strip()


def ask(loop: Loop, **typed: Any) -> Any:
    whom = {"listings": [str(one) for one in loop.listings], "consent_on": "2026-11-23", "days": "3"}
    return send(loop, "inquire/", **{"text": drafted(see(loop, "inquire/")), **whom, **typed})


def entered(path: str, token: str) -> Browser:
    browser = Browser()
    assert browser.get(path).status_code == 200
    answer = browser.post(path, {"token": token})
    assert answer.status_code == 302, answer.content
    return browser


def test_from_the_options_to_her_yes(loop: Loop) -> None:
    loop.offer()
    assert "Ask several, without a name" in see(loop, "options/")
    form = see(loop, "inquire/")
    assert "Nothing found that points at her" in form and "Avery Lowell" in form and CLIENT_NAME not in form
    assert ask(loop, consent_words="ask around, fine").status_code == 302
    asked = {row.listing.name: row for row in Asked.objects.select_related("listing")}
    colleague = entered("/i/", asked["Avery Lowell"].token.reveal())
    page = colleague.get("/i/page/").content.decode()
    assert "Do you have room?" in page and "trauma" in page and "Lakeside Counseling" in page
    assert CLIENT_NAME not in page and "Rosalind" not in page
    wrong = colleague.post("/i/page/answer/", {"kind": "yes", "openings": " "})
    assert wrong.status_code == 422 and b"Name one or more first openings" in wrong.content
    said = {"kind": "yes", "openings": "Thursday at 5 pm", "first_on": "2026-12-03", "fee": "$120"}
    assert colleague.post("/i/page/answer/", said).status_code == 302
    assert "You answered: Thursday at 5 pm" in colleague.get("/i/page/").content.decode()
    referral = see(loop, "")
    assert "Tell the client who has room" in referral and "See who has room" in referral
    assert "Thursday at 5 pm" in see(loop, "options/")
    assert "Thursday at 5 pm; first on December 3; $120" in see(loop, "inquiries/")
    answer = send(loop, f"asked/{asked['Avery Lowell'].pk}/confirm/")
    assert answer.status_code == 302 and loop.state == "chosen"
    other = entered("/i/", asked["Blake Moreno"].token.reveal())
    assert "Someone was found" in other.get("/i/page/").content.decode()
    assert other.post("/i/page/answer/", said).status_code == 302
    assert Asked.objects.get(pk=asked["Blake Moreno"].pk).state == "withdrawn"
    assert "The client said yes to you" in colleague.get("/i/page/").content.decode()
    assert send(loop, f"asked/{asked['Avery Lowell'].pk}/fell-through/", why="the day").status_code == 302


def test_a_text_that_points_at_her_comes_back_with_why(loop: Loop) -> None:
    text = "Room for Rosalind, a 15-year-old with OCD near 78704?"
    answer = ask(loop, text=text)
    page = answer.content.decode()
    assert answer.status_code == 422 and not Inquiry.objects.exists()
    assert "From her record: “Rosalind”" in page and "An age: “15-year-old”" in page
    assert "drop one fact" in page and "Without “78704”" in page and text in page
    looked = ask(loop, text=text, check="1")
    assert looked.status_code == 200 and "This could point at her" in looked.content.decode()
    assert ask(loop, text=text, why="she wants her name said").status_code == 302


def test_an_answer_by_telephone_a_question_and_the_end(loop: Loop) -> None:
    ask(loop, by_hand="on")
    first, second, _ = Asked.objects.order_by("listing__name")
    assert "/i/#" in see(loop, "inquiries/")
    page = see(loop, f"asked/{first.pk}/")
    assert "What did Avery Lowell say?" in page
    assert send(loop, f"asked/{first.pk}/", kind="waitlist").status_code == 422
    assert send(loop, f"asked/{first.pk}/", kind="waitlist", weeks="6").status_code == 302
    colleague = entered("/i/", second.token.reveal())
    colleague.post("/i/page/answer/", {"kind": "question", "question": "Evenings only?"})
    assert "Evenings only?" in see(loop, f"asked/{second.pk}/")
    assert send(loop, f"asked/{second.pk}/", words="Rosalind can come at noon").status_code == 422
    assert send(loop, f"asked/{second.pk}/", words="Noon is fine too.").status_code == 302
    assert "Noon is fine too." in colleague.get("/i/page/").content.decode()
    again = see(loop, "inquire/")
    assert "asked today" in again and "not answered" in again, "asking again warns"
    assert "Avery Lowell" not in again, "who said six weeks is no option any more"
    assert ask(loop, listings=[str(one) for one in loop.listings[1:]]).status_code == 302, "and never blocks"
    inquiry = Inquiry.objects.latest("asked_at")
    assert send(loop, f"inquiries/{inquiry.pk}/end/").status_code == 302


def test_a_post_is_copied_answered_and_offered(loop: Loop) -> None:
    loop.offer()
    page = see(loop, "post/")
    assert send(loop, "post/", text=drafted(page), days="14").status_code == 302
    post = NeedPost.objects.get()
    page = see(loop, "post/")
    assert f"/i/post/#{post.token.reveal()}" in page and "readonly" in page
    stranger = entered("/i/post/", post.token.reveal())
    assert "trauma" in stranger.get("/i/post/page/").content.decode()
    assert stranger.post("/i/post/page/", {"name": "Dr. Falk"}).status_code == 422
    said = {"name": "Dr. <b>Ines</b> Falk", "phone": "512-555-0177", "openings": "Mondays", "words": "EMDR"}
    assert stranger.post("/i/post/page/", said).status_code == 302
    page = see(loop, "post/")
    assert "Dr. &lt;b&gt;Ines&lt;/b&gt; Falk" in page and "1 answer" in page
    reply = PostReply.objects.get()
    assert send(loop, f"replies/{reply.pk}/", kind="nothing").status_code == 409
    assert send(loop, f"replies/{reply.pk}/", kind="offer").status_code == 302
    assert Referral.objects.get(pk=loop.id).options.filter(dropped_at=None).count() == 4
    assert "In your network" in see(loop, "post/")
    assert send(loop, f"post/{post.pk}/close/").status_code == 302
    assert stranger.get("/i/post/page/").status_code == 302, "a closed post shows nothing"
    assert stranger.post("/i/post/page/", said).status_code == 302 and PostReply.objects.count() == 1
    assert Browser().post("/i/post/", {"token": post.token.reveal()}).status_code == 404


def test_offering_one_alone_leads_to_the_options(loop: Loop) -> None:
    send(loop, "post/", text="Seeking a therapist.", days="14")
    stranger = entered("/i/post/", NeedPost.objects.get().token.reveal())
    stranger.post("/i/post/page/", {"name": "Dr. Falk", "phone": "512-555-0177"})
    answer = send(loop, f"replies/{PostReply.objects.get().pk}/", kind="offer")
    assert answer.headers["Location"].endswith("/options/")


def test_a_scanner_that_follows_links_changes_nothing(loop: Loop) -> None:
    ask(loop)
    browser = Browser()
    for path in ("/i/", "/i/page/", "/i/post/", "/i/post/page/"):
        assert browser.get(path).status_code in (200, 302)
        assert browser.head(path).status_code in (200, 302)
    assert set(Asked.objects.values_list("state", flat=True)) == {"waiting"}
    token = Asked.objects.first().token.reveal()  # type: ignore[union-attr]
    assert browser.post("/i/post/", {"token": token}).status_code == 404, "a token of one kind opens nothing of another"


def test_a_sitting_ends_after_an_hour(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(loop)
    browser = entered("/i/", Asked.objects.first().token.reveal())  # type: ignore[union-attr]
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=61))
    assert browser.get("/i/page/").status_code == 302


def test_the_switches(loop: Loop, cast: Cast) -> None:
    assert cast.web().get("/practice/asking/").status_code == 403
    admin = cast.web("admin")
    assert admin.get("/practice/asking/").status_code == 200
    assert admin.post("/practice/asking/", {"share_at_least": "0"}).status_code == 422
    assert admin.post("/practice/asking/", {"share_at_least": "50"}).status_code == 302
    assert Practice.objects.get(pk=cast.practice.pk).share_at_least == 50
    assert "/practice/switches/" in admin.get("/practice/asking/").content.decode()
    assert "Ask several" in see(loop, "options/") and "need post" in see(loop, "options/")
    cast.uses(inquiries=False, need_posts=False)
    assert "need post" not in see(loop, "options/")
    assert "Ask several" not in see(loop, "options/")
    see(loop, "inquire/", status=409)
    assert "switched need posts off" in see(loop, "post/")
    assert send(loop, "post/", text="Seeking a therapist.", days="14").status_code == 409


FIELDS = (
    "kind", "openings", "first_on", "fee", "formats", "weeks", "why", "question", "words", "name", "practice", "phone",
    "email", "token",
)  # fmt: skip
VALUES = st.text(max_size=60) | st.sampled_from(["yes", "no", "waitlist", "question"])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(typed=st.dictionaries(st.sampled_from(FIELDS), VALUES))
def test_whatever_a_stranger_types_is_answered(public: tuple[Browser, Browser], typed: dict[str, str]) -> None:
    for browser, paths in zip(public, (("/i/", "/i/page/answer/"), ("/i/post/", "/i/post/page/")), strict=True):
        for path in paths:
            assert browser.post(path, typed).status_code in (302, 404, 422, 429)


@pytest.fixture
def public(loop: Loop) -> tuple[Browser, Browser]:
    ask(loop)
    send(loop, "post/", text="Seeking a therapist.", days="14")
    token: Any = Asked.objects.first()
    return entered("/i/", token.token.reveal()), entered("/i/post/", NeedPost.objects.get().token.reveal())


def test_pages_of_an_inquiry_ask_few_questions_of_the_database(loop: Loop, django_assert_max_num_queries: Any) -> None:
    ask(loop)
    web = loop.cast.web()
    web.get(f"/referrals/{loop.id}/inquiries/")
    with django_assert_max_num_queries(24):
        web.get(f"/referrals/{loop.id}/inquiries/")
    assert UUID(str(loop.id))
