"""What staff see of inquiries: whom one can ask, what was asked and said, and the clock that notices silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from warmhandoff.accounts.queries import practice_of
from warmhandoff.core import jobs, restoring, shredding
from warmhandoff.core.queries import practices_with_keys
from warmhandoff.referrals.inquiring import link_of, watch
from warmhandoff.referrals.models import Asked, Inquiry
from warmhandoff.referrals.queries import referral_row
from warmhandoff.rules.access import Actor
from warmhandoff.rules.inquiry import ASKED_AGAIN, STATES, draft_inquiry


@dataclass(frozen=True)
class AskedLine:
    """One who was asked, as staff see it. `link`: to hand over, while it opens something."""

    id: UUID
    listing_id: int
    name: str
    way: str
    to: str
    link: str
    state: str
    label: str
    answered_at: datetime | None
    told_by: str
    said: dict[str, Any]
    question_answer: str
    confirmed: bool
    fell_through: bool


@dataclass(frozen=True)
class InquiryLine:
    id: UUID
    text: str
    by: str
    consent_on: date
    consent_words: str
    checked: dict[str, Any]
    asked_at: datetime
    due_at: datetime
    silent: bool
    ended_at: datetime | None
    ended: str
    asked: tuple[AskedLine, ...]


def _asked(row: Asked, now: datetime) -> AskedLine:
    live = row.expires_at > now and row.state != "withdrawn"
    return AskedLine(
        id=row.pk, listing_id=row.listing_id, name=row.listing.name, way=row.way, to=row.to.reveal(),
        link=link_of(row.token.reveal()) if live else "", state=row.state, label=STATES[row.state],
        answered_at=row.answered_at, told_by=row.told_by, said=row.answer_facts.reveal() or {},
        question_answer=row.question_answer.reveal(), confirmed=bool(row.confirmed_at and not row.fell_through_at),
        fell_through=bool(row.fell_through_at),
    )  # fmt: skip


def inquiries_of(actor: Actor, referral_id: UUID, *, now: datetime) -> list[InquiryLine]:
    """The inquiries of a referral, newest first, for who has passed its door. NotThere for strangers."""
    referral = referral_row(actor, referral_id)
    rows = Inquiry.objects.filter(referral=referral).select_related("by__user").order_by("-asked_at")
    asked: dict[UUID, list[AskedLine]] = {}
    for row in Asked.objects.filter(referral=referral).select_related("listing").order_by("asked_at", "listing__name"):
        asked.setdefault(row.inquiry_id, []).append(_asked(row, now))
    return [
        InquiryLine(
            id=row.pk, text=row.text.reveal(), by=row.by.user.name, consent_on=row.consent_on,
            consent_words=row.consent_words.reveal(), checked=row.checked.reveal() or {}, asked_at=row.asked_at,
            due_at=row.due_at, silent=row.silent_at is not None, ended_at=row.ended_at, ended=row.ended,
            asked=tuple(asked.get(row.pk, ())),
        )
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What one option said to an inquiry about this referral last."""

    state: str
    label: str
    at: datetime
    facts: dict[str, Any]
    confirmed: bool


def said_by_listing(actor: Actor, referral_id: UUID) -> dict[int, Said]:
    """listing -> what it answered last, for the list of options."""
    rows = Asked.objects.filter(referral=referral_row(actor, referral_id), answered_at__isnull=False)
    return {
        row.listing_id: Said(row.state, STATES[row.state], row.answered_at, row.answer_facts.reveal() or {},
                             bool(row.confirmed_at and not row.fell_through_at))
        for row in rows.order_by("answered_at") if row.answered_at
    }  # fmt: skip


def asked_lately(actor: Actor, listing_ids: list[int], *, now: datetime) -> dict[int, datetime]:
    """listing -> when this practice last asked it within 30 days, for any client, without an answer since."""
    rows = Asked.objects.filter(
        practice_id=actor.practice_id, listing_id__in=listing_ids, answered_at=None, asked_at__gt=now - ASKED_AGAIN
    )
    return dict(rows.order_by("asked_at").values_list("listing_id", "asked_at"))


def drafted(actor: Actor, referral_id: UUID) -> str:
    """The text of an inquiry, drafted from the need alone."""
    referral, practice = referral_row(actor, referral_id), practice_of(actor)
    return draft_inquiry(referral.need.reveal() or {}, home=practice.zip, least=practice.share_at_least)


@jobs.every_tick("inquiries")
def watch_all(now: datetime) -> None:
    """Silence becomes the owner's step, and inquiries end that a referral went on without."""
    live = Inquiry.objects.filter(practice_id__in=practices_with_keys(), ended_at=None)
    over = Q(referral__state__in=_OVER)
    due = live.filter(over | Q(due_at__lt=now, silent_at=None)).values_list("referral_id", flat=True).distinct()
    for referral_id in list(due):
        watch(referral_id, now=now)


_OVER = ("queued", "sent", "asked", "accepted", "booked", "attended", "mismatched", "settled", "closed")


@restoring.fence("inquiry")
def end_links(now: datetime) -> list[str]:
    """After a restore: links may have been ended since the backup, so all of them end."""
    Asked.objects.filter(Q(token_hash__isnull=False) | Q(token__isnull=False)).update(token_hash=None, token=None)
    return []


@shredding.ends("links of inquiries")
def end_links_of(practice_id: UUID, now: datetime) -> int:
    """When a practice is shredded, its links end."""
    rows = Asked.objects.filter(practice_id=practice_id, token_hash__isnull=False)
    return rows.update(token_hash=None, token=None)
