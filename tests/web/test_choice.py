"""The client's choice by every route, the list she takes along, and what is told before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from tests.apps.referrals.loop import FACTS, NEED, Loop
from tests.cast import CLIENT_NAME, NOW, Cast
from tests.flows import listings
from tests.flows import walk as way
from tests.web.visits import Browser, Clock, at, entered, on_device, shown, words
from warmhandoff.clients.models import Client
from warmhandoff.core import clock
from warmhandoff.directory import listing
from warmhandoff.directory.listing import relate
from warmhandoff.referrals import asking, attending, choosing, conflicts, packets, sending
from warmhandoff.referrals.models import Choice, Gap, Option
from warmhandoff.rules.refusals import BadInput, NotNow
from warmhandoff.rules.release import Decision
from warmhandoff.web.urls import urlpatterns

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NOT_READ = {"en": "Nobody reads this right away. If you need help now, call or text 988.", "es": "988"}


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def time(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Clock:
    held = Clock(cast)
    monkeypatch.setattr(clock, "now", lambda: held.now)
    return held


def chosen_how(walk: way.Walk, kind: str = "choose", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "seen": walk.row.moves_made, "who_calls": "client", **more}


# --- free text


def _pages_with_forms(cast: Cast, time: Clock) -> Iterator[tuple[str, str]]:
    """Every page of the client's on which she may write, in the state in which she may."""
    yield "link", Browser().get("/c/").content.decode()
    walk = way.offered(cast)
    web = entered(cast, walk.referral_id)
    yield "offered", web.get(at("portal_referral", walk)).content.decode()
    yield "home", web.get(reverse("portal")).content.decode()
    choosing.record_choice(walk.client, walk.referral_id, choosing.ClientChoice("not_now", "portal"), now=walk.now)
    yield "undecided", web.get(at("portal_referral", walk)).content.decode()


def _later_pages(cast: Cast, time: Clock) -> Iterator[tuple[str, str]]:
    walk = way.accepted(cast)
    web = entered(cast, walk.referral_id)
    yield "accepted", web.get(at("portal_referral", walk)).content.decode()
    attending.book(walk.client, walk.referral_id, session_at=walk.now + timedelta(hours=1), now=walk.now)
    time.later(hours=2)
    web = Browser()
    attending.tell_attendance(walk.client, walk.referral_id, told="attended", now=time.now)
    cast.now = time.now
    web = entered(cast, walk.referral_id)
    yield "attended", web.get(at("portal_referral", walk)).content.decode()


_TYPED = r"<input(?![^>]*type=\"(?:hidden|radio|checkbox|date|time)\")[^>]*name=\"(\w+)\""
# Fields for one word or a name: nobody would write there how she is.
_ONE_WORD = {"token", "code", "signed_name", "helper", "seen", "first"}


def test_above_every_free_text_box_it_says_that_nobody_reads_it_at_once(cast: Cast, time: Clock) -> None:
    found = 0
    for name, html in [*_pages_with_forms(cast, time), *_later_pages(cast, time)]:
        for box in re.finditer(r"<textarea[^>]*>", html):
            above = html[:box.start()].rpartition("<label")[2]
            assert NOT_READ["en"] in above, f"{name}: {box[0]}"
            assert "aria-describedby" in box[0], "it is read out with the box"
            found += 1
        for field in re.finditer(_TYPED, html):
            assert field[1] in _ONE_WORD, f"{name}: {field[0]} is a box for free text without a textarea"
    assert found >= 3


def test_every_client_form_with_a_text_box_is_known_to_this_test() -> None:
    from django import forms as plain

    from warmhandoff.web.portal import forms

    fields = {
        f"{name}.{field}": one for name, form in vars(forms).items()
        if isinstance(form, type) and issubclass(form, plain.Form) for field, one in form.base_fields.items()
        if isinstance(one.widget, plain.Textarea)
    }
    assert set(fields) == {"ChoiceForm.words", "CheckInForm.words", "WaitingForm.words"}
    assert all(one.help_text == forms.NOT_READ for one in fields.values())


# --- the locked view


def test_from_the_clients_view_on_the_device_no_staff_page_can_be_reached(cast: Cast, time: Clock, rf: Any) -> None:
    walk = way.offered(cast)
    web = on_device(cast, rf)
    ids = {"client_id": cast.client.pk, "referral_id": walk.referral_id, "listing_id": walk.listing_ids[0]}
    tried = 0
    for pattern in urlpatterns:
        wanted = pattern.pattern.converters
        staff = getattr(pattern.callback, "login_required", True)
        if not staff or not set(wanted) <= set(ids):
            continue
        answer = web.get(reverse(pattern.name, kwargs={name: ids[name] for name in wanted}))
        assert answer.status_code in (302, 405), pattern.name
        if answer.status_code == 302:
            assert answer["Location"].startswith("/sign-in/"), pattern.name
        tried += 1
    assert tried > 40
    assert "hand the device back" in shown(web, walk)
    web.post(reverse("portal_handed_back"))
    assert web.get(at("portal_referral", walk)).status_code == 404
    assert web.get(reverse("today")).status_code == 302, "the way back is password and second factor"


# --- words of her own, and who helped


def test_her_words_go_along_only_if_she_ticks_it(cast: Cast, time: Clock) -> None:
    walk = way.offered(cast)
    web = entered(cast)
    said = {"first": walk.listing_ids[0], "words": "Not the accident again."}
    web.post(at("portal_choice", walk), chosen_how(walk, **said))
    row = walk.row
    assert row.own_words.reveal() == "Not the accident again."
    assert _background(row, walk.listing_ids[0]) == ["Two years of weekly sessions."]
    again = chosen_how(walk, "talk_first")
    time.later(minutes=1)
    web.post(at("portal_choice", walk), again)
    time.later(minutes=1)
    web.post(at("portal_choice", walk), chosen_how(walk, share_words="on", **said))
    assert _background(walk.row, walk.listing_ids[0])[-1] == "Not the accident again."
    page = cast.web().get(reverse("referral", args=[walk.referral_id])).content.decode()
    assert "Not the accident again." in page, "her own clinician reads them either way"


def _background(row: Any, listing_id: int) -> list[str]:
    frame = packets.frame_of(row, listing_id, Decision(False))
    content = packets.compose_packet(row, frame, ["background"], now=NOW)
    return [line["text"] for line in content["sections"][0]["lines"]]


def test_a_supporter_is_recorded_and_may_have_a_copy(cast: Cast, time: Clock) -> None:
    walk = way.offered(cast)
    entered(cast).post(at("portal_choice", walk), chosen_how(
        walk, "talk_first", helped_by="supporter", helper="Her sister Ines", helper_gets_list="on",
    ))  # fmt: skip
    more = Choice.objects.get().more
    assert (more.helped_by, more.helper.reveal(), more.helper_gets_list) == ("supporter", "Her sister Ines", True)
    page = cast.web().get(reverse("referral_list", args=[walk.referral_id])).content.decode()
    assert "She allows a copy for: <strong>Her sister Ines</strong>" in page


def test_a_copy_without_a_helper_is_nobodys(cast: Cast) -> None:
    walk = way.offered(cast)
    wrong = choosing.ClientChoice("not_now", "session", helper_gets_list=True)
    with pytest.raises(BadInput):
        choosing.record_choice(walk.staff, walk.referral_id, wrong, now=walk.now)


@pytest.mark.parametrize("route", ["session", "paper", "phone"])
def test_staff_write_down_what_she_said_by_any_route(cast: Cast, time: Clock, route: str) -> None:
    walk = way.offered(cast)
    first = walk.listing_ids[1]
    answer = cast.web().post(reverse("referral_choice", args=[walk.referral_id]), {
        "kind": "choose", "told_by": route, f"rank_{first}": "1", "likely": "6", "words": "Not again.",
        "share_words": "on", "helped_by": "interpreter", "helper": "A. Duarte", "seen": walk.row.moves_made,
    })  # fmt: skip
    assert answer.status_code == 302, words(answer)
    kept = Choice.objects.get()
    assert (kept.told_by, kept.ranked, kept.likely, kept.more.helped_by) == (route, [first], 6, "interpreter")


# --- the list


def test_taking_the_list_asks_at_the_next_session(cast: Cast, time: Clock) -> None:
    walk = way.offered(cast)
    page = reverse("referral_list", args=[walk.referral_id])
    past = cast.web().post(page, {"ask_on": "2026-11-01", "seen": walk.row.moves_made})
    assert past.status_code == 422 and "still to come" in words(past) and walk.row.state == "offered"
    assert cast.web().post(page, {"ask_on": "2026-11-30", "seen": walk.row.moves_made}).status_code == 302
    row = walk.row
    assert row.state == "taken" and row.next_step == "Ask how it went"
    assert row.due_at is not None and row.due_at.isoformat() == "2026-11-30T23:00:00+00:00"


def test_without_a_day_it_is_two_weeks(cast: Cast, time: Clock) -> None:
    walk = way.offered(cast)
    cast.web().post(reverse("referral_list", args=[walk.referral_id]), {"seen": walk.row.moves_made})
    assert walk.row.due_at is not None and (walk.row.due_at.date() - NOW.date()).days == 14


def test_list_and_sheet_are_files_in_her_language_that_name_nobody(cast: Cast, time: Clock) -> None:
    Client.objects.filter(pk=cast.client.pk).update(language="es")
    walk = way.offered(cast)
    page = words(cast.web().get(reverse("referral_list", args=[walk.referral_id])))
    assert "Personas que pueden ayudar" in page and "Lo que puede decir cuando llama" in page
    assert "trained in trauma work" not in page, "a sheet that lies about says nothing of why"
    for name in ("referral_list_pdf", "referral_paper"):
        answer = cast.web().get(reverse(name, args=[walk.referral_id]))
        assert answer.content.startswith(b"%PDF") and CLIENT_NAME not in answer["Content-Disposition"]
    assert entered(cast).get(at("portal_list", walk)).content.startswith(b"%PDF")
    empty = Loop(cast)
    assert cast.web().get(reverse("referral_paper", args=[empty.id])).status_code == 409


# --- likely, to confirm; ties; what was tried


def test_a_likely_option_is_labelled_so_for_her(cast: Cast, time: Clock) -> None:
    walk = way.recorded(cast)
    unsure = listings.add(cast, "Eli Unknown", plans=None)
    asking.offer(walk.staff, walk.referral_id, [walk.listing_ids[0], unsure], now=walk.now)
    text = shown(entered(cast), walk)
    assert text.count("Likely, but not sure yet.") == 1
    assert "Do they take my plan, or what do they charge?" in text
    paper = words(cast.web().get(reverse("referral_list", args=[walk.referral_id])))
    assert paper.count("Likely, but not sure yet.") == 1


def test_a_tie_recorded_after_the_choice_stops_the_packet_until_she_is_told(cast: Cast, time: Clock) -> None:
    walk = way.released(cast)
    tied = walk.listing_ids[0]
    relate(walk.staff, tied, now=walk.now, tie_kind="family", tie_text="Her sister works here.")
    with pytest.raises(NotNow, match="has not been told"):
        sending.send(walk.staff, walk.referral_id, way.order(walk), now=walk.now)
    assert walk.row.state == "released" and not walk.row.deliveries.exists()
    page = cast.web().get(reverse("referral", args=[walk.referral_id])).content.decode()
    assert "Tell her first" in page and "Her sister works here." in page
    told = cast.web().post(reverse("referral_ties", args=[walk.referral_id]), {"seen": walk.row.moves_made})
    assert told.status_code == 302
    assert Option.objects.get(referral=walk.row, listing_id=tied).tie_text == "Her sister works here."
    sending.send(walk.staff, walk.referral_id, way.order(walk), now=walk.now)
    assert walk.row.state == "queued"
    with pytest.raises(NotNow):
        conflicts.tell_ties(walk.staff, walk.referral_id, now=walk.now)


def test_a_tie_she_read_on_her_page_counts_as_told(cast: Cast, time: Clock) -> None:
    walk = way.offered(cast)
    relate(walk.staff, walk.listing_ids[0], now=walk.now, tie_kind="financial", tie_text="They rent us a room.")
    web = entered(cast)
    assert "They rent us a room." in shown(web, walk)
    web.post(at("portal_choice", walk), chosen_how(walk, first=walk.listing_ids[0]))
    assert not conflicts.undisclosed(walk.row)


def test_going_on_by_itself_stops_before_an_undisclosed_tie(cast: Cast, time: Clock) -> None:
    walk = way.given(way.sent(cast, go_on=True, rank=2, named=2))
    relate(walk.staff, walk.listing_ids[1], now=walk.now, tie_kind="other", tie_text="We trained together.")
    from warmhandoff.core import jobs

    jobs.run_due(walk.now + timedelta(days=5))
    assert walk.row.state == "silent" and walk.row.deliveries.count() == 1


def test_none_of_these_is_remembered_and_the_list_is_extended(cast: Cast, time: Clock) -> None:
    walk = way.offered(cast)
    choosing.record_choice(walk.client, walk.referral_id, choosing.ClientChoice("choose_none", "portal"), now=walk.now)
    fresh = [listings.add(cast, "Noa Field"), listings.add(cast, "Ada Brook")]
    found = asking.find_options(walk.staff, walk.referral_id, now=walk.now)
    assert {option.id for option in found.options} == set(fresh)
    asking.offer(walk.staff, walk.referral_id, fresh, now=walk.now)
    tried = dict(walk.row.options.values_list("listing_id", "tried"))
    assert tried == {**dict.fromkeys(walk.listing_ids, "not_wanted"), **dict.fromkeys(fresh, "")}
    page = words(cast.web().get(reverse("referral_options", args=[walk.referral_id])))
    assert "Lena Ortiz, LCSW: not the one for her" in page


def test_more_names_keeps_what_she_has_even_when_it_is_not_found_again(cast: Cast, time: Clock) -> None:
    walk = way.offered(cast)
    choosing.record_choice(walk.client, walk.referral_id, choosing.ClientChoice("ask_for_more", "portal"), now=walk.now)
    listing.edit(walk.staff, walk.listing_ids[2], {"accepting": "closed"}, now=walk.now)
    html = cast.web().get(reverse("referral_options", args=[walk.referral_id])).content.decode()
    assert "Offered to her already" in html and _ticked(html) == 3


def _ticked(html: str) -> int:
    return len(re.findall(r'name="options"[^>]* checked', html))


def test_three_are_ticked_from_the_start(cast: Cast, time: Clock) -> None:
    walk = way.recorded(cast)
    listings.add(cast, "Fourth One", wait_days=28)
    html = cast.web().get(reverse("referral_options", args=[walk.referral_id])).content.decode()
    assert _ticked(html) == asking.USUAL == 3


# --- nobody


def test_no_match_is_told_at_once_and_counted_without_whose_it_is(cast: Cast, time: Clock) -> None:
    loop = Loop(cast, plans=["cigna"])
    page = words(cast.web().get(reverse("referral_options", args=[loop.id])))
    assert "Nobody meets this need" in page and "Any way of paying" in page
    gap = Gap.objects.get()
    assert (gap.kind, gap.concerns, gap.plan, gap.zip3) == ("therapist", ["trauma"], "aetna", "787")
    assert ["payment", "drop", 3] in gap.would_open
    assert str(loop.id) not in gap.once and str(cast.client.pk) not in str(vars(gap))
    asking.note_if_unmet(loop.row, now=NOW)
    assert Gap.objects.count() == 1, "the same need counts once"


def test_the_register_leaves_small_numbers_out(cast: Cast, time: Clock) -> None:
    for number in range(6):
        asking.gaps.note_unmet(
            cast.practice.pk, {**NEED, "concerns": ["trauma"] if number else ["grief"]},
            _nobody(), whose=str(number), now=NOW,
        )  # fmt: skip
    page = words(cast.web().get(reverse("gaps")))
    assert "6 needs found nobody." in page and "Twice the distance" in page
    assert "grief" not in page.casefold() and "Others, too few of each to be told: 6 in all." in page
    outside = words(cast.web("outsider").get(reverse("gaps")))
    assert "No gaps are known" in outside


def _nobody() -> Any:
    from warmhandoff.matching import Answer, Relaxation

    return Answer(0, (), 0, (), (Relaxation("radius_miles", "x2", 4, 1),))


def test_find_someone_counts_too(cast: Cast, time: Clock) -> None:
    listing.enter(cast.actor(), {**FACTS, "name": "Far away", "plans": ["cigna"]}, now=NOW, verified=True)
    asked = {"kind": "therapist", "level": "outpatient", "payment": "plan:aetna", "zip": "78704",
             "formats": "in_person", "radius_miles": "20"}
    assert cast.web().post(reverse("find_someone"), asked).status_code == 200
    assert Gap.objects.count() == 1
