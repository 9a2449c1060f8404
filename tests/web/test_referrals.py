"""Staff pages of a referral: the list, every step of every state, new referral, and the way round the loop."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest

from tests.apps.referrals.loop import DAY, WAYS, Loop, loop_at
from tests.cast import CLIENT_NAME, NOW, Cast
from warmhandoff.core import clock
from warmhandoff.referrals.models import Referral

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def title_of(page: str) -> str:
    found = re.search(r"<title>(.*?)</title>", page, re.DOTALL)
    assert found
    return found[1]


def pages_from(page: str, referral_id: UUID) -> set[str]:
    """Every page of the referral that this page links to, without files."""
    links = re.findall(rf'href="(/referrals/{referral_id}/[^"?]*)', page)
    return {link for link in links if not link.endswith(".pdf")}


@pytest.mark.slow
@pytest.mark.parametrize("state", sorted(WAYS))
def test_every_step_a_state_offers_opens(cast: Cast, state: str) -> None:
    loop = loop_at(cast, state)
    web = cast.web()
    page = text_of(web.get(f"/referrals/{loop.id}/"))
    assert page.count('class="btn main"') == 1
    assert CLIENT_NAME not in title_of(page)
    links = pages_from(page, loop.id)
    assert links
    for link in links:
        response = web.get(link)
        opened = text_of(response)
        assert response.status_code == 200, link
        assert CLIENT_NAME not in title_of(opened)
        assert len(re.findall(r"<h1[ >]", opened)) == 1
        assert opened.count('class="btn main"') <= 1, link


def post(web: Any, path: str, **data: Any) -> Any:
    return web.post(path, data)


def test_the_list_has_three_tabs_and_names_nobody_in_the_title(cast: Cast) -> None:
    open_one, closed = loop_at(cast, "sent"), loop_at(cast, "closed")
    web = cast.web()
    page = text_of(web.get("/referrals/"))
    assert f"/referrals/{open_one.id}/" in page and f"/referrals/{closed.id}/" not in page
    assert "Recipient answers, due in 2 days." in page
    assert CLIENT_NAME not in page  # lists show initials
    assert f"/referrals/{closed.id}/" in text_of(web.get("/referrals/?show=closed"))
    assert "Nothing is overdue" in text_of(web.get("/referrals/?show=overdue"))
    Referral.objects.filter(pk=open_one.id).update(due_at=NOW - DAY)
    overdue = text_of(web.get("/referrals/?show=overdue"))
    assert "was due yesterday" in overdue and ">overdue</span>" in overdue


def test_an_empty_list_says_what_to_do(cast: Cast) -> None:
    page = text_of(cast.web().get("/referrals/?show=nonsense"))
    assert "No open referrals" in page and 'href="/clients/"' in page


def test_lists_take_few_queries_however_long(cast: Cast, django_assert_max_num_queries: Any) -> None:
    loop = Loop(cast)
    for _ in range(6):
        loop.refer()
    web = cast.web()
    web.get("/")  # the first page also writes the session
    with django_assert_max_num_queries(12):
        web.get("/referrals/")


@pytest.mark.parametrize("part", ["outsider", "admin", "colleague"])
def test_strangers_are_told_that_nothing_is_there(cast: Cast, part: str) -> None:
    loop = loop_at(cast, "sent")
    delivery = loop.row.deliveries.get()
    web = cast.web(part)
    paths = {f"/referrals/{loop.id}/", f"/clients/{cast.client.pk}/refer/"}
    paths |= {f"/referrals/{loop.id}/{page}/" for page in
              ("options", "need", "choice", "talk", "list", "release", "packet", "answer", "close", "go-on")}
    paths.add(f"/referrals/{loop.id}/deliveries/{delivery.pk}.pdf")
    paths.add(f"/referrals/{loop.id}/release/{loop.release_id}.pdf")
    for path in paths:
        assert web.get(path).status_code == 404, path
    assert post(web, f"/referrals/{loop.id}/go-on/").status_code == 404
    assert str(loop.id) not in text_of(web.get("/referrals/"))


def test_without_an_account_one_signs_in_first(cast: Cast, client: Any) -> None:
    response = client.get(f"/referrals/{Loop(cast).id}/")
    assert response.status_code == 302 and "sign-in" in response["Location"]


NEW = {
    "reason": "outside_competence", "kind": "therapist", "level": "outpatient", "payment": "plan:aetna", "zip": "78704",
    "formats": ["in_person"], "radius_miles": "20",
}


def new_path(cast: Cast) -> str:
    return f"/clients/{cast.client.pk}/refer/"


def test_a_plain_transfer_asks_six_things_most_of_them_preset(cast: Cast) -> None:
    page = text_of(cast.web().get(new_path(cast)))
    required = set(re.findall(r'name="(\w+)"[^>]* required', page))
    assert required <= {"reason", "kind", "level", "payment", "zip", "formats"}
    assert 'value="78704"' in page and 'value="20"' in page


def test_new_referral_leads_to_the_options(cast: Cast) -> None:
    Loop(cast)
    response = post(cast.web(), new_path(cast), **NEW, concerns=["trauma", ""])
    made = Referral.objects.get(pk=response["Location"].split("/")[2])
    assert response.status_code == 302 and response["Location"].endswith("/options/")
    assert made.kind == "transfer" and made.title.reveal() == "Therapist: trauma"
    assert made.need.reveal() == {
        "kind": "therapist", "level": "outpatient", "payment": {"plan": "aetna"}, "place": {"zip": "78704"},
        "formats": ["in_person"], "radius_miles": 20.0, "concerns": ["trauma"],
    }
    assert made.client_reason.reveal().endswith(".")


def test_a_crisis_goes_to_the_numbers_first(cast: Cast) -> None:
    response = post(cast.web(), new_path(cast), **{**NEW, "reason": "crisis"})
    assert response["Location"] == "/crisis/" and Referral.objects.count() == 1


def test_the_kind_follows_the_reason_unless_said_otherwise(cast: Cast) -> None:
    web = cast.web()
    post(web, new_path(cast), **{**NEW, "reason": "medication_evaluation"})
    post(web, new_path(cast), **{**NEW, "reason": "medication_evaluation", "referral_kind": "transfer"})
    assert sorted(Referral.objects.values_list("kind", flat=True)) == ["adjunct", "transfer"]


@pytest.mark.parametrize(("changed", "words"), [
    ({"zip": "00000"}, "is not a known five-digit ZIP"), ({"radius_miles": ""}, "How far can she travel?"),
    ({"payment": "budget"}, "How much can she pay a session?"), ({"reason": ""}, "This field is required."),
])  # fmt: skip
def test_what_was_typed_is_kept_when_something_is_wrong(cast: Cast, changed: dict[str, str], words: str) -> None:
    response = post(cast.web(), new_path(cast), **{**NEW, "background": "Typed at length.", **changed})
    page = text_of(response)
    assert response.status_code == 422
    assert words in page and "Typed at length." in page and 'class="problems"' in page
    assert not Referral.objects.exists()


def test_a_changed_need_keeps_the_texts_and_looks_again(cast: Cast) -> None:
    loop = loop_at(cast, "offered")
    web, path = cast.web(), f"/referrals/{loop.id}/need/"
    page = text_of(web.get(path))
    assert "a private chart reason" in page and "A short background." in page
    seen = str(loop.row.moves_made)
    post(web, path, **{**NEW, "payment": "budget", "budget": "120.50", "seen": seen, "chart_reason": "kept"})
    assert loop.state == "needed" and loop.row.need.reveal()["payment"] == {"budget": 12050}
    assert loop.row.title.reveal() == "Therapist"  # made anew: trauma is no longer asked for
    assert post(web, path, **NEW, seen=seen).status_code == 409  # drawn before the change


def test_the_way_round_the_loop_by_hand(cast: Cast) -> None:
    loop = Loop(cast)
    web, at = cast.web(), f"/referrals/{loop.id}/"
    first, second, _ = loop.listings
    post(web, f"{at}options/", options=[str(first), str(second)], seen="1")
    post(web, f"{at}talk/", held_on="2026-11-23", how="session", beats=["reason", "choice"], how_taken="well")
    post(web, f"{at}choice/", kind="choose", who_calls="client", go_on="on",
         **{f"rank_{second}": "1", f"rank_{first}": "2"})
    post(web, f"{at}release/", recipients=[str(first), str(second)], classes=["contact", "reason"],
         purpose="same_service", expires_on="2027-01-22")
    post(web, f"{at}release/sign/", signed_name="Rosalind Marlowe", identity="signed before me")
    assert loop.state == "released"
    look = web.get(f"{at}packet/", {"recipient": str(second), "classes": ["contact"], "way": "paper"})
    sha256 = re.search(r'name="sha256" value="(\w{64})"', text_of(look))
    assert sha256
    post(web, f"{at}packet/", recipient=str(second), classes=["contact"], way="paper", sha256=sha256[1], attested="on")
    assert loop.state == "sent"
    delivery = loop.row.deliveries.get()
    printed = web.get(f"{at}deliveries/{delivery.pk}.pdf")
    assert printed.content.startswith(b"%PDF") and "packet.pdf" in printed["Content-Disposition"]
    post(web, f"{at}answer/", delivery=str(delivery.pk), kind="accept", openings="Tuesday")
    post(web, f"{at}session/", day="2026-11-24", time="15:00")
    assert loop.row.session_at.isoformat() == "2026-11-24T21:00:00+00:00"  # three o'clock in Texas
    post(web, f"{at}attendance/", told="attended")
    post(web, f"{at}check-in/", fits="yes", comfort="8")
    post(web, f"{at}close/", outcome="attended_fit")
    assert loop.state == "closed"
    page = text_of(web.get(at))
    assert "The loop is closed" in page and "Attended, fits" in page
    post(web, f"{at}reopen/", why="she asked for another")
    assert loop.state == "needed"


def test_disagreement_is_shown_plainly(cast: Cast) -> None:
    from warmhandoff.clients.inviting import client_actor
    from warmhandoff.referrals.attending import tell_attendance

    loop = loop_at(cast, "attended")
    tell_attendance(client_actor(cast.client), loop.id, told="missed", now=NOW)
    page = text_of(cast.web().get(f"/referrals/{loop.id}/"))
    assert "does not agree" in page and "said the client" in page and "said our side" in page


def test_code_and_link_are_shown_apart_and_gone_once_closed(cast: Cast) -> None:
    loop = loop_at(cast, "settled")
    code = loop.row.deliveries.get().code.reveal()
    at = f"/referrals/{loop.id}/"
    page = text_of(cast.web().get(at))
    assert code in page and "/r/#" in page
    loop.close()
    page = text_of(cast.web().get(at))
    assert code not in page and "/r/#" not in page


def test_the_front_desk_books_but_reads_no_chart(cast: Cast) -> None:
    loop = loop_at(cast, "accepted")
    web, at = cast.web("coordinator"), f"/referrals/{loop.id}/"
    page = text_of(web.get(at))
    assert "a private chart reason" not in page and "A short background." not in page
    assert f'class="btn main" href="{at}session/"' in page and f"{at}close/" not in page
    post(web, f"{at}session/", day="2026-12-01", time="09:30")
    assert loop.state == "booked"
    assert web.get(f"{at}close/").status_code == 409


def test_a_step_out_of_place_is_refused_with_a_sentence(cast: Cast) -> None:
    loop = loop_at(cast, "needed")
    response = cast.web().get(f"/referrals/{loop.id}/session/")
    assert response.status_code == 409 and "Need recorded" in text_of(response)


@pytest.mark.parametrize(("path", "data", "words"), [
    ("put-off", {"day": "2026-11-01", "why": "away"}, "Choose a day that is still to come."),
    ("hand-to", {"colleague": ""}, "This field is required."),
    ("talk", {"held_on": "2026-12-24", "how": "session"}, "This day is still to come."),
    ("close", {"outcome": "client_declined", "why": ""}, "Is needed for this step."),
    ("choice", {"kind": "choose", "who_calls": "client"}, "Say which one is her first choice."),
])  # fmt: skip
def test_refusals_come_back_to_the_form(cast: Cast, path: str, data: dict[str, str], words: str) -> None:
    loop = loop_at(cast, "offered")
    response = post(cast.web(), f"/referrals/{loop.id}/{path}/", **data)
    assert response.status_code == 422 and words in text_of(response)
    assert loop.state == "offered"


def test_handing_on_and_another_date(cast: Cast) -> None:
    loop = loop_at(cast, "offered")
    web, at = cast.web(), f"/referrals/{loop.id}/"
    post(web, f"{at}put-off/", day="2026-12-01", why="she is away")
    assert loop.row.due_at is not None and loop.row.due_at.isoformat() == "2026-12-01T23:00:00+00:00"
    post(web, f"{at}hand-to/", colleague=str(cast.members["colleague"].pk))
    assert loop.row.next_owner_id == cast.members["colleague"].pk
    assert cast.web("colleague").get(at).status_code == 200


def test_nothing_moves_by_looking(cast: Cast) -> None:
    loop = loop_at(cast, "declined")
    before = loop.row.moves_made
    for path in ("go-on", "find-more", "close", "release/revoke"):
        cast.web().get(f"/referrals/{loop.id}/{path}/")
    assert loop.row.moves_made == before
