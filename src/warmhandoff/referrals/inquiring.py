"""The anonymous inquiry: listings are asked for room before anyone is told who it is for.

Several at once, with the client's spoken consent; the text passes the check (referrals.identifying) or says why it
need not. Of all who have room the client says yes to one, and then the others are told: whoever confirms holds the
referral's row meanwhile, and the database itself refuses a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from warmhandoff.accounts.queries import practice_of
from warmhandoff.accounts.switches import is_on
from warmhandoff.core import outbox
from warmhandoff.core.links import new_token, token_hash
from warmhandoff.directory.answered import askable, writable_address
from warmhandoff.referrals.choosing import ClientChoice, record_choice
from warmhandoff.referrals.identifying import checked
from warmhandoff.referrals.models import Asked, Inquiry, Referral
from warmhandoff.referrals.moving import Made, due_facts, move
from warmhandoff.referrals.queries import referral_row
from warmhandoff.rules.access import Actor, Verb, system
from warmhandoff.rules.clock import due_in_business_days
from warmhandoff.rules.inquiry import BEFORE_NAMES, LONGEST_DAYS, MOST_AT_ONCE, OPEN, STEPS, USUAL_DAYS, next_step
from warmhandoff.rules.lifecycle import due_at
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, Problem

LINK_LIFE = timedelta(days=30)
_OLDEST_CONSENT = 90


@dataclass(frozen=True)
class NewInquiry:
    """What is asked, of whom, and that she agreed. `why`: why a text that does not pass the check may go all the same.

    days: business days until an answer is hoped for. by_hand: never by mail; the links are handed over.
    """

    text: str
    listing_ids: Sequence[int]
    consent_on: date | None
    consent_words: str = ""
    why: str = ""
    days: int = USUAL_DAYS
    by_hand: bool = False


def locked_row(actor: Actor, referral_id: UUID, verb: Verb = "send") -> Referral:
    """The referral, ours until the transaction ends: answers, confirming and ending never cross each other."""
    referral_row(actor, referral_id, verb)
    Referral.objects.select_for_update().filter(pk=referral_id).first()
    return referral_row(actor, referral_id, verb)


def _checked_consent(new: NewInquiry, today: date) -> date:
    """The day on which she agreed. Refuses (BadInput) an inquiry without it, without listings, or with too many."""
    problems = []
    if not new.listing_ids:
        problems.append(Problem("tick whom to ask", field="listings"))
    if len(set(new.listing_ids)) > MOST_AT_ONCE:
        problems.append(Problem(f"ask at most {MOST_AT_ONCE} at once", field="listings"))
    if new.consent_on is None:
        problems.append(Problem("when did she agree to this?", field="consent_on"))
    elif not 0 <= (today - new.consent_on).days <= _OLDEST_CONSENT:
        problems.append(Problem("this day is to come, or long past: ask her again", field="consent_on"))
    if not 1 <= new.days <= LONGEST_DAYS:
        problems.append(Problem(f"from 1 to {LONGEST_DAYS} business days", field="days"))
    if problems or new.consent_on is None:
        raise BadInput(*problems)
    return new.consent_on


def inquire(actor: Actor, referral_id: UUID, new: NewInquiry, *, now: datetime) -> UUID:
    """Ask listings whether they have room, without a name. Returns the inquiry's id.

    Mailed where an address is known (a link, and nothing of the text), else a link to hand over; or staff call and
    log what was said. Refuses (BadInput) an inquiry without consent, listings or a text that passes, (NotNow) where
    the practice does not use inquiries or the referral is past the point where nobody has her name, and (NotThere)
    listings out of reach. Asking a listing again warns on the page and is never refused.
    """
    practice = practice_of(actor)
    if not is_on(practice.pk, "inquiries"):
        raise NotNow("Your practice has switched inquiries off.")
    agreed_on = _checked_consent(new, now.astimezone(ZoneInfo(practice.time_zone)).date())
    with transaction.atomic():
        referral = locked_row(actor, referral_id)
        names = askable(actor, list(dict.fromkeys(new.listing_ids)))
        kept = checked(referral, new.text, new.why, own=actor.name)
        facts = due_facts(practice)
        inquiry = Inquiry.objects.create(
            practice=practice, referral=referral, by_id=actor.member, text=new.text.strip(), consent_on=agreed_on,
            consent_words=new.consent_words.strip(), checked=kept, asked_at=now,
            due_at=due_in_business_days(now, new.days, zone=facts.zone, state=facts.state),
        )  # fmt: skip
        for listing_id in names:
            _ask(actor, inquiry, listing_id, new.by_hand, now)
        said = {"inquiry": str(inquiry.pk), "asked": list(names), "consent": str(new.consent_on),
                "to": ", ".join(names.values()), "why": kept["why"]}
        made = Made(facts=said, step=_step(referral), due_at=inquiry.due_at if _mine(referral) else None)
        move(referral, "inquire", made, actor=actor, now=now)
    return inquiry.pk


def _mine(referral: Referral) -> bool:
    """Whether the news of an inquiry may be the next step: it never takes the place of what waits on the client."""
    return referral.state in BEFORE_NAMES and (referral.waiting_on == "referrer" or referral.next_step in STEPS)


def _step(referral: Referral, *, silent: bool = False) -> tuple[str, str] | None:
    """The next step while inquiries are out; ("", "") for the state's own, None where it stays as it is."""
    states = list(_open(referral).values_list("state", flat=True))
    if not states:
        return ("", "") if referral.next_step in STEPS else None
    wanted = next_step(states, silent=silent)
    news = wanted[1] == "referrer" and not silent and referral.state in BEFORE_NAMES
    return wanted if _mine(referral) or news else None


def _open(referral: Referral) -> QuerySet[Asked]:
    return Asked.objects.filter(referral=referral, inquiry__ended_at=None).exclude(state="withdrawn")


def _ask(actor: Actor, inquiry: Inquiry, listing_id: int, by_hand: bool, now: datetime) -> None:
    address, token = "" if by_hand else writable_address(actor, listing_id), new_token()
    row = Asked(
        practice_id=inquiry.practice_id, inquiry=inquiry, referral=inquiry.referral, listing_id=listing_id,
        way="mail" if address else "by_hand", to=address, token_hash=token_hash("inquiry", token), token=token,
        asked_at=now, expires_at=now + LINK_LIFE,
    )  # fmt: skip
    row.save(force_insert=True)
    if address:
        due = inquiry.due_at.astimezone(ZoneInfo(inquiry.practice.time_zone))
        words = {"link": link_of(token), "sender": inquiry.practice.name, "due": f"{due:%B} {due.day}"}
        _mail(row, "inquiry_link", words, now)


def link_of(token: str) -> str:
    return f"{settings.BASE_URL}/i/#{token}" if token else ""


def _mail(row: Asked, template: str, words: dict[str, str], now: datetime) -> None:
    envelope = outbox.Envelope(
        row.practice_id, row.inquiry.referral.client_id, "inquiry", row.pk, row.to.reveal(),
        dedupe_key=f"{template}:{row.pk}",
    )
    outbox.post(envelope, template, words, now=now)


def settle_step(referral: Referral, name: str, facts: dict[str, object], *, actor: Actor, now: datetime) -> None:
    """Make a move about an inquiry, and let the next step say what it asks for now."""
    step, facts_of_due = _step(referral, silent=name == "inquiry_silent"), due_facts(referral.practice)
    due = None
    if step == ("", "") and referral.state != "waitlisted":
        due = due_at(referral.state, now=now, facts=facts_of_due)
    elif step and step[1] == "referrer":
        due = due_in_business_days(now, 1, zone=facts_of_due.zone, state=facts_of_due.state)
    move(referral, name, Made(facts=facts, step=step, due_at=due), actor=actor, now=now)


def asked_row(actor: Actor, referral: Referral, asked_id: UUID) -> Asked:
    row = Asked.objects.select_related("inquiry", "listing").filter(pk=asked_id, referral=referral).first()
    if row is None:
        raise NotThere(subject=asked_id)
    return row


def confirm(actor: Actor, referral_id: UUID, asked_id: UUID, *, now: datetime) -> bool:
    """The client says yes to one who has room; all others are told kindly that someone was found.

    True where that was her choice among the options offered, and is written down as such. Refuses (NotNow) one who
    has no room, and a second yes while the first stands: of two racers exactly one wins.
    """
    with transaction.atomic():
        referral = locked_row(actor, referral_id, "change")
        row = asked_row(actor, referral, asked_id)
        if row.state not in ("yes", "waitlist"):
            raise NotNow("They have not said that they have room.")
        try:
            with transaction.atomic():
                won = Asked.objects.filter(pk=row.pk, confirmed_at=None, state=row.state).update(confirmed_at=now)
        except IntegrityError as error:
            raise NotNow("She has said yes to another one. Say first that it fell through.") from error
        if not won:
            raise NotNow("This is confirmed already.")
        withdraw(referral, "found", now=now, but=row.pk)
        said: dict[str, object] = {"listing": row.listing_id, "to": row.listing.name}
        settle_step(referral, "confirm_inquiry", said, actor=actor, now=now)
        return _chosen(actor, referral, row.listing_id, now)


def _chosen(actor: Actor, referral: Referral, listing_id: int, now: datetime) -> bool:
    offered = referral.options.filter(dropped_at=None, tried="", listing_id=listing_id).exists()
    if not offered or referral.state not in ("offered", "undecided"):
        return False
    choice = ClientChoice("choose", "device" if actor.side == "client" else "paper", ranked=(listing_id,))
    record_choice(actor, referral.pk, choice, now=now)
    return True


def withdraw(
    referral: Referral, ended: str, *, now: datetime, but: UUID | None = None, only: UUID | None = None
) -> None:
    """End the open inquiries of a referral and tell those who were asked; within the transaction that holds the row.

    but: the one asked who has been confirmed. only: one inquiry, else all.
    """
    inquiries = Inquiry.objects.filter(referral=referral, ended_at=None)
    inquiries = inquiries.filter(pk=only) if only else inquiries
    rows = Asked.objects.filter(inquiry__in=inquiries, state__in=OPEN)
    rows = rows.exclude(pk=but) if but else rows
    asked = list(rows.select_related("inquiry__practice", "inquiry__referral"))
    Asked.objects.filter(pk__in=[row.pk for row in asked]).update(state="withdrawn")
    inquiries.update(ended_at=now, ended=ended)
    for row in asked:
        if row.way == "mail":
            _mail(row, "inquiry_found", {"sender": row.inquiry.practice.name}, now)


def fell_through(actor: Actor, referral_id: UUID, asked_id: UUID, *, why: str, now: datetime) -> None:
    """The one she said yes to did not work out: another may be confirmed, and others asked anew."""
    with transaction.atomic():
        referral = locked_row(actor, referral_id, "change")
        row = asked_row(actor, referral, asked_id)
        won = Asked.objects.filter(pk=row.pk, confirmed_at__isnull=False, fell_through_at=None).update(
            fell_through_at=now
        )
        if not won:
            raise NotNow("This is not the one she said yes to.")
        made = Made(facts={"why": why.strip(), "to": row.listing.name})
        move(referral, "reopen_inquiry", made, actor=actor, now=now)


def end(actor: Actor, referral_id: UUID, inquiry_id: UUID, *, now: datetime) -> None:
    """End one inquiry: its links say that someone was found, and those who were mailed are told."""
    with transaction.atomic():
        referral = locked_row(actor, referral_id)
        inquiry = Inquiry.objects.filter(pk=inquiry_id, referral=referral, ended_at=None).first()
        if inquiry is None:
            raise NotThere(subject=inquiry_id)
        withdraw(referral, "ended", now=now, only=inquiry.pk)
        settle_step(referral, "end_inquiry", {"inquiry": str(inquiry.pk)}, actor=actor, now=now)


def watch(referral_id: UUID, *, now: datetime) -> None:
    """What the clock does with a referral's open inquiries: end those it went on without, and tell of silence once."""
    with transaction.atomic():
        Referral.objects.select_for_update().filter(pk=referral_id).first()
        referral = Referral.objects.select_related("practice", "client", "owner", "next_owner").get(pk=referral_id)
        if referral.state not in BEFORE_NAMES and not _still_useful(referral):
            withdraw(referral, "over", now=now)
            return
        late = Inquiry.objects.filter(referral=referral, ended_at=None, silent_at=None, due_at__lt=now)
        silent = [one for one in late if one.asked.filter(state="waiting").exists()]
        late.update(silent_at=now)
        if silent and referral.state in BEFORE_NAMES:
            said: dict[str, object] = {"inquiry": str(silent[0].pk)}
            settle_step(referral, "inquiry_silent", said, actor=system(referral.practice_id), now=now)


def _still_useful(referral: Referral) -> bool:
    """She chose, but nobody has her name yet: whoever has room may still answer."""
    return referral.state in ("chosen", "released")
