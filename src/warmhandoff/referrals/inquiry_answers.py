"""What those say who were asked without a name: on the page behind their link, or to staff by telephone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from warmhandoff.core.links import LinkKind, row_behind
from warmhandoff.directory.answered import facts_of_answer, heard
from warmhandoff.referrals.identifying import check_of
from warmhandoff.referrals.inquiring import asked_row, locked_row, settle_step
from warmhandoff.referrals.models import Asked, Referral
from warmhandoff.rules.access import Actor
from warmhandoff.rules.inquiry import ANSWERS
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, Problem
from warmhandoff.rules.vocab import vocabulary

_UNKNOWN = "This link is not known, or it has ended."
_LINK = LinkKind("inquiry", "inquiry_link", _UNKNOWN)
_FOUND = "Someone was found in the meantime. Thank you for answering."
LONGEST = 1000


@dataclass(frozen=True)
class InquiryAnswer:
    """What is said. yes: openings (and the first day, fee, formats where said); waitlist: about how many weeks;
    no: a reason code; question: a question. `words`: anything else."""

    kind: str
    openings: str = ""
    first_on: date | None = None
    fee: str = ""
    formats: tuple[str, ...] = ()
    weeks: int | None = None
    why: str = ""
    question: str = ""
    words: str = ""

    def facts(self, today: date) -> dict[str, Any]:
        """As they are kept with the answer."""
        said: dict[str, Any] = {"words": self.words.strip()}
        if self.kind == "yes":
            said |= {"openings": self.openings.strip(), "fee": self.fee.strip(), "formats": list(self.formats)}
            said |= {"first_on": str(self.first_on), "wait_days": (self.first_on - today).days} if self.first_on else {}
        elif self.kind == "waitlist":
            said |= {"weeks": self.weeks, "fee": self.fee.strip()}
        elif self.kind == "no":
            said["why"] = self.why
        else:
            said["question"] = self.question.strip()
        return {name: value for name, value in said.items() if value not in ("", [], None)}


def _check(answer: InquiryAnswer, today: date) -> None:
    problems = []
    if answer.kind not in ANSWERS:
        problems.append(Problem("choose an answer", field="kind"))
    if answer.kind == "yes" and not (answer.openings.strip() or answer.first_on):
        problems.append(Problem("name one or more first openings", field="openings"))
    if answer.first_on and not 0 <= (answer.first_on - today).days <= 366:
        problems.append(Problem("choose a day within the next year", field="first_on"))
    if answer.kind == "waitlist" and not (answer.weeks and 1 <= answer.weeks <= 104):
        problems.append(Problem("about how many weeks? (1 to 104)", field="weeks"))
    if answer.kind == "no" and answer.why not in vocabulary("decline_reasons"):
        problems.append(Problem("choose a reason", field="why"))
    if answer.kind == "question" and not answer.question.strip():
        problems.append(Problem("write your question", field="question"))
    if any(code not in vocabulary("formats") for code in answer.formats):
        problems.append(Problem("choose how sessions are held", field="formats"))
    texts = {"openings": answer.openings, "fee": answer.fee, "question": answer.question, "words": answer.words}
    problems += [Problem(f"is longer than {LONGEST} characters", field=f) for f, t in texts.items() if len(t) > LONGEST]
    if problems:
        raise BadInput(*problems)


def open_inquiry(token: str, *, now: datetime, address: str = "") -> UUID:
    """Who was asked, behind a link; TooMany after many wrong ones, NotThere for one unknown or ended."""
    rows = Asked.objects.filter(expires_at__gt=now)
    return row_behind(_LINK, rows, token, now=now, address=address).pk


@dataclass(frozen=True)
class InquiryPage:
    """What the link shows: what is looked for, who asks, and what was answered. Nothing of the client or referral."""

    name: str
    practice: str
    phone: str
    text: str
    state: str
    found: bool
    confirmed: bool
    due_on: date
    today: date
    said: dict[str, Any]
    question_answer: str


def _row(asked_id: UUID, now: datetime) -> Asked:
    rows = Asked.objects.select_related("inquiry__practice", "listing__survivor", "referral")
    row = rows.filter(pk=asked_id, expires_at__gt=now, token_hash__isnull=False).first()
    if row is None:
        raise NotThere(_UNKNOWN)
    return row


def _actor(row: Asked) -> Actor:
    return Actor(side="recipient", practice_id=row.practice_id, name=row.listing.name)


def _today(row: Asked, now: datetime) -> date:
    return now.astimezone(ZoneInfo(row.inquiry.practice.time_zone)).date()


def inquiry_page(asked_id: UUID, *, now: datetime) -> InquiryPage:
    """The page of one who was asked. NotThere once the link has ended."""
    row = _row(asked_id, now)
    practice = row.inquiry.practice
    found = row.state == "withdrawn" or (row.inquiry.ended_at is not None and row.confirmed_at is None)
    return InquiryPage(
        name=row.listing.name, practice=practice.name, phone=practice.phone, text=row.inquiry.text.reveal(),
        state=row.state, found=found, confirmed=row.confirmed_at is not None and row.fell_through_at is None,
        due_on=row.inquiry.due_at.astimezone(ZoneInfo(practice.time_zone)).date(), today=_today(row, now),
        said=row.answer_facts.reveal() or {}, question_answer=row.question_answer.reveal(),
    )  # fmt: skip


def answer_inquiry(asked_id: UUID, answer: InquiryAnswer, *, now: datetime) -> None:
    """The answer on the page; a later one replaces it until someone is found (then NotNow)."""
    row = _row(asked_id, now)
    actor, today = _actor(row), _today(row, now)
    _check(answer, today)
    with transaction.atomic():
        referral = _held(row)
        _write(asked_id, referral, answer.kind, answer.facts(today), told_by="page", now=now)
        settle_step(referral, "answer_inquiry", _told(row, answer, today), actor=actor, now=now)
    heard(actor, row.listing_id, facts_of_answer(answer.kind, answer.facts(today)), now=now)


def _held(row: Asked) -> Referral:
    """The referral behind the link, ours until the transaction ends; the one who was asked never sees it."""
    Referral.objects.select_for_update().filter(pk=row.referral_id).first()
    rows = Referral.objects.select_related("practice", "client", "owner", "next_owner")
    referral = rows.get(pk=row.referral_id)
    if referral.state == "closed":
        raise NotNow(_FOUND)
    return referral


def log_inquiry_answer(
    actor: Actor, referral_id: UUID, asked_id: UUID, answer: InquiryAnswer, *, now: datetime
) -> None:
    """Staff write down what was said by telephone."""
    with transaction.atomic():
        referral = locked_row(actor, referral_id)
        row = asked_row(actor, referral, asked_id)
        today = _today(row, now)
        _check(answer, today)
        _write(row.pk, referral, answer.kind, answer.facts(today), told_by="phone", now=now)
        settle_step(referral, "answer_inquiry", _told(row, answer, today), actor=actor, now=now)
    heard(actor, row.listing_id, facts_of_answer(answer.kind, answer.facts(today)), now=now)


def _write(
    asked_id: UUID, referral: Referral, state: str, facts: dict[str, Any], *, told_by: str, now: datetime
) -> None:
    row = Asked.objects.select_related("inquiry").get(pk=asked_id, referral=referral)
    if row.state == "withdrawn" or row.inquiry.ended_at is not None:
        raise NotNow(_FOUND)
    row.state, row.answer_facts, row.answered_at, row.told_by = state, facts, now, told_by
    row.question_answer = ""
    row.save()


def _told(row: Asked, answer: InquiryAnswer, today: date) -> dict[str, object]:
    """What the timeline keeps of it."""
    return {"answer": answer.kind, "recipient": row.listing.name, "decline_reason": answer.why, "weeks": answer.weeks}


def answer_their_question(actor: Actor, referral_id: UUID, asked_id: UUID, *, words: str, now: datetime) -> None:
    """Answer a question to an inquiry. It stands on their page and is as nameless as the inquiry: the check holds."""
    with transaction.atomic():
        referral = locked_row(actor, referral_id)
        row = asked_row(actor, referral, asked_id)
        if row.state != "question":
            raise NotNow("There is no open question of theirs.")
        if not words.strip() or len(words) > LONGEST:
            raise BadInput(Problem("write an answer, not longer than a page", field="words"))
        if found := check_of(referral, words, own=actor.name).found:
            said = ", ".join(f"“{one.words}”" for one in found)
            raise BadInput(Problem(f"nobody has her name yet; leave out {said}", field="words"))
        row.question_answer, row.state = words.strip(), "waiting"
        row.save()
        settle_step(referral, "answer_inquiry", {"answer": "answered", "recipient": row.listing.name}, actor=actor,
                    now=now)
