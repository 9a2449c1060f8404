"""The anonymous inquiry by its actions: consent, check, answers, one confirmed, silence, and what the mails hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.apps.referrals.loop import FACTS, NEED, Loop
from tests.cast import CLIENT_NAME, NOW, Cast
from warmhandoff.core import jobs
from warmhandoff.core.models import Event, Message
from warmhandoff.directory import listing
from warmhandoff.directory.queries import known_facts
from warmhandoff.referrals import closing, inquiries, inquiring
from warmhandoff.referrals.inquiry_answers import (
    InquiryAnswer,
    answer_inquiry,
    answer_their_question,
    inquiry_page,
    log_inquiry_answer,
    open_inquiry,
)
from warmhandoff.referrals.models import Asked, Inquiry, Option
from warmhandoff.rules.inquiry import ASKED_BACK, HEARD, NOBODY, SILENT, WAITING, draft_inquiry
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere, TooMany

TEXT = draft_inquiry(NEED, home="78704")
YES = InquiryAnswer("yes", openings="Tuesday at three", first_on=(NOW + timedelta(days=8)).date(), fee="$120")


class Asking:
    """A loop whose three listings were asked."""

    def __init__(self, cast: Cast, *, mail: bool = False, **more: Any) -> None:
        self.loop = Loop(cast)
        if mail:
            for number, one in enumerate(self.loop.listings):
                listing.edit(cast.actor(), one, {"email": f"room{number}@listing.example"}, now=NOW)
        self.cast, self.actor, self.id = cast, cast.actor(), self.loop.id
        self.inquiry = self.ask(**more)

    def ask(self, **more: Any) -> Any:
        given = {"text": TEXT, "listing_ids": self.loop.listings, "consent_on": NOW.date(), **more}
        return inquiring.inquire(self.actor, self.id, inquiring.NewInquiry(**given), now=more.pop("now", NOW))

    def row(self, number: int) -> Asked:
        return Asked.objects.get(listing_id=self.loop.listings[number], inquiry_id=self.inquiry)

    def says(self, number: int, answer: InquiryAnswer = YES, now: Any = NOW) -> None:
        token = self.row(number).token.reveal()
        answer_inquiry(open_inquiry(token, now=now), answer, now=now)


def test_an_inquiry_is_asked_answered_and_confirmed_and_the_others_are_thanked(
    cast: Cast, settings: Any, tmp_path: Any
) -> None:
    settings.SMTP_URL = f"file://{tmp_path}"
    asking = Asking(cast, mail=True, consent_words="yes, ask around")
    assert (asking.loop.row.next_step, asking.loop.row.waiting_on) == (WAITING, "recipient")
    asking.says(0)
    assert (asking.loop.row.next_step, asking.loop.row.waiting_on) == (HEARD, "referrer")
    assert known_facts(cast.practice.pk, asking.loop.listings, today=NOW.date())[asking.loop.listings[0]][
        "wait_days"
    ] == 8
    asking.says(1, InquiryAnswer("no", why="full"))
    assert known_facts(cast.practice.pk, asking.loop.listings, today=NOW.date())[asking.loop.listings[1]][
        "accepting"
    ] == "closed"
    assert inquiring.confirm(asking.actor, asking.id, asking.row(0).pk, now=NOW) is False  # nothing was offered yet
    assert [asking.row(n).state for n in range(3)] == ["yes", "no", "withdrawn"]
    assert asking.loop.row.next_step == "Offer options"
    assert inquiry_page(asking.row(2).pk, now=NOW).found and inquiry_page(asking.row(0).pk, now=NOW).confirmed
    with pytest.raises(NotNow, match="found"):
        asking.says(2)
    sent = Message.objects.filter(template="inquiry_found")
    assert [one.to.reveal() for one in sent] == ["room2@listing.example"]
    jobs.run_due(NOW)
    mails = [path.read_text() for path in tmp_path.glob("*.eml")]
    assert len(mails) == 4
    for held in (CLIENT_NAME, "Rosalind", "trauma", "Aetna", "78704"):
        assert not [mail for mail in mails if held in mail], f"a mail names {held}"
    moves = list(Event.objects.filter(subject_id=asking.id).order_by("number").values_list("move", flat=True))
    assert moves == ["record_need", "inquire", "answer_inquiry", "answer_inquiry", "confirm_inquiry"]


def test_her_yes_to_an_option_on_offer_is_her_choice(cast: Cast) -> None:
    loop = Loop(cast).offer()
    given = inquiring.NewInquiry(TEXT, loop.listings, NOW.date())
    inquiring.inquire(cast.actor(), loop.id, given, now=NOW)
    assert loop.row.next_step == "Client chooses", "an inquiry does not hide that she is choosing"
    row = Asked.objects.get(listing_id=loop.listings[1])
    log_inquiry_answer(cast.actor(), loop.id, row.pk, YES, now=NOW)
    assert loop.row.next_step == HEARD
    assert inquiries.said_by_listing(cast.actor(), loop.id)[loop.listings[1]].facts["openings"] == "Tuesday at three"
    assert inquiring.confirm(cast.actor(), loop.id, row.pk, now=NOW) is True
    assert loop.state == "chosen" and Option.objects.get(client_rank=1).listing_id == loop.listings[1]


@pytest.mark.parametrize(("wrong", "field"), [
    ({"consent_on": None}, "consent_on"), ({"consent_on": (NOW + timedelta(days=1)).date()}, "consent_on"),
    ({"consent_on": (NOW - timedelta(days=91)).date()}, "consent_on"), ({"listing_ids": []}, "listings"),
    ({"days": 0}, "days"), ({"text": " "}, "text"), ({"text": "x" * 2001}, "text"),
    ({"text": "Room for my client Rosalind?"}, "why"), ({"text": "Room for a 15-year-old?"}, "why"),
    ({"text": "Room for a teenager with OCD near 78704?"}, "why"),
    ({"text": "Room for a 15-year-old?", "why": "short"}, "why"),
])  # fmt: skip
def test_what_is_missing_or_says_too_much_is_refused(cast: Cast, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        Asking(cast, **wrong)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert not Inquiry.objects.exists()


def test_a_reason_overrides_the_check_and_is_kept_without_the_words_found(cast: Cast) -> None:
    asking = Asking(cast, text="Room for a 15-year-old?", why="she asked me to say her age")
    kept = Inquiry.objects.get(pk=asking.inquiry).checked.reveal()
    assert kept["kinds"] == ["age"] and kept["why"] == "she asked me to say her age" and "15" not in str(kept)


def test_strangers_switches_and_places_out_of_reach(cast: Cast) -> None:
    asking = Asking(cast)
    given = inquiring.NewInquiry(TEXT, asking.loop.listings, NOW.date())
    for part in ("outsider", "colleague"):
        with pytest.raises(NotThere):
            inquiring.inquire(cast.actor(part), asking.id, given, now=NOW)
    theirs = listing.enter(cast.actor("outsider"), {**FACTS, "name": "Theirs"}, now=NOW)
    with pytest.raises(NotThere):
        asking.ask(listing_ids=[theirs])
    with pytest.raises(NotThere):
        inquiring.confirm(cast.actor("colleague"), asking.id, asking.row(0).pk, now=NOW)
    with pytest.raises((NotThere, NotAllowed)):
        inquiring.confirm(cast.actor("coordinator"), asking.id, asking.row(0).pk, now=NOW)
    cast.uses(inquiries=False)
    with pytest.raises(NotNow, match="switched"):
        asking.ask()


def test_silence_becomes_the_next_step_once_and_an_answer_takes_it_back(cast: Cast) -> None:
    asking = Asking(cast)
    jobs.run_due(NOW + timedelta(days=1))
    assert asking.loop.row.next_step == WAITING
    late = Inquiry.objects.get(pk=asking.inquiry).due_at + timedelta(minutes=1)
    assert late.day == 30, "Thanksgiving and the day after lie between"
    for _ in range(2):
        jobs.run_due(late)
    row = asking.loop.row
    assert (row.next_step, row.waiting_on) == (SILENT, "referrer") and row.due_at and row.due_at > late
    assert Event.objects.filter(subject_id=asking.id, move="inquiry_silent").count() == 1
    asking.says(0, InquiryAnswer("waitlist", weeks=6), now=late)
    assert asking.loop.row.next_step == HEARD


def test_everyone_says_no_and_a_question_is_answered_without_her_name(cast: Cast) -> None:
    asking = Asking(cast)
    asking.says(0, InquiryAnswer("question", question="Does she need evenings?"))
    assert asking.loop.row.next_step == ASKED_BACK
    with pytest.raises(BadInput, match="Rosalind"):
        answer_their_question(asking.actor, asking.id, asking.row(0).pk, words="Rosalind can do mornings", now=NOW)
    answer_their_question(asking.actor, asking.id, asking.row(0).pk, words="Mornings are fine.", now=NOW)
    assert asking.loop.row.next_step == WAITING
    assert inquiry_page(asking.row(0).pk, now=NOW).question_answer == "Mornings are fine."
    for number in range(3):
        asking.says(number, InquiryAnswer("no", why="times"))
    assert asking.loop.row.next_step == NOBODY


def test_one_is_confirmed_until_it_falls_through(cast: Cast) -> None:
    asking = Asking(cast)
    asking.says(0)
    inquiring.confirm(asking.actor, asking.id, asking.row(0).pk, now=NOW)
    again = asking.ask()
    asking.inquiry = again
    asking.says(1)
    with pytest.raises(NotNow, match="fell through"):
        inquiring.confirm(asking.actor, asking.id, asking.row(1).pk, now=NOW)
    first = Asked.objects.get(confirmed_at__isnull=False)
    inquiring.fell_through(asking.actor, asking.id, first.pk, why="the day does not work", now=NOW)
    inquiring.confirm(asking.actor, asking.id, asking.row(1).pk, now=NOW)
    assert Asked.objects.filter(confirmed_at__isnull=False, fell_through_at=None).count() == 1
    with pytest.raises(NotNow):
        inquiring.fell_through(asking.actor, asking.id, first.pk, why="", now=NOW)


def test_asking_again_within_a_month_is_told_and_never_refused(cast: Cast) -> None:
    asking = Asking(cast)
    lately = inquiries.asked_lately(asking.actor, asking.loop.listings, now=NOW + timedelta(days=29))
    assert set(lately) == set(asking.loop.listings)
    assert not inquiries.asked_lately(asking.actor, asking.loop.listings, now=NOW + timedelta(days=31))
    asking.says(0)
    assert asking.loop.listings[0] not in inquiries.asked_lately(asking.actor, asking.loop.listings, now=NOW)
    assert asking.ask()


def test_an_inquiry_ends_when_we_end_it_or_the_referral_goes_on(cast: Cast) -> None:
    asking = Asking(cast)
    inquiring.end(asking.actor, asking.id, asking.inquiry, now=NOW)
    assert asking.loop.row.next_step == "Offer options" and asking.row(0).state == "withdrawn"
    with pytest.raises(NotThere):
        inquiring.end(asking.actor, asking.id, asking.inquiry, now=NOW)
    asking.inquiry = asking.ask()
    closing.close(asking.actor, asking.id, outcome="cancelled", why="she moved", now=NOW)
    with pytest.raises(NotNow):
        asking.says(0)
    jobs.run_due(NOW)
    assert asking.row(0).state == "withdrawn" and Inquiry.objects.get(pk=asking.inquiry).ended == "over"


def test_wrong_links_look_alike_and_are_counted(cast: Cast) -> None:
    asking = Asking(cast)
    token = asking.row(0).token.reveal()
    with pytest.raises(NotThere) as gone:
        open_inquiry(token, now=NOW + timedelta(days=31))
    with pytest.raises(NotThere) as never:
        open_inquiry("n0ne", now=NOW)
    assert gone.value.message == never.value.message
    with pytest.raises(TooMany):
        for _ in range(30):
            try:
                open_inquiry("n0ne", now=NOW)
            except NotThere:
                continue


def test_the_database_itself_refuses_a_second_yes(cast: Cast) -> None:
    asking = Asking(cast)
    Asked.objects.filter(pk=asking.row(0).pk).update(confirmed_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Asked.objects.filter(pk=asking.row(1).pk).update(confirmed_at=NOW)
