"""What became of each delivery: queued, sent, opened, answered, with times; and what happens next, by itself or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from warmhandoff.core.queries import send_states
from warmhandoff.referrals.answering import is_live
from warmhandoff.referrals.models import Delivery, LinkIssue, Referral
from warmhandoff.referrals.queries import referral_row
from warmhandoff.referrals.timers import place_of
from warmhandoff.rules.access import Actor

_SENT = {
    "link": "Link handed over", "paper": "Frozen for paper or fax", "phone": "Told by phone",
    "member": "Arrived in their inbox",
}
_OPENED = {"link": "Opened by the recipient", "member": "Opened by the recipient"}
_ANSWERED = {"accept": "Accepted", "decline": "Declined", "ask": "Asked a question", "waitlist": "Waiting list offered"}


@dataclass(frozen=True)
class Receipt:
    """One delivery's way so far. steps: what happened and when (None: not yet). next_at: when what `next` says happens.

    place: the recipient's time zone, whose business days count. nudges: how often the link was sent again.
    """

    delivery_id: UUID
    steps: tuple[tuple[str, datetime | None], ...]
    next: str
    next_at: datetime | None
    place: ZoneInfo
    nudges: int
    nudged_at: datetime | None
    link_ends_at: datetime | None
    may_remind: bool


def receipts(actor: Actor, referral_id: UUID) -> dict[UUID, Receipt]:
    """The receipts of a referral whose page is open, by delivery. NotThere for strangers."""
    referral = referral_row(actor, referral_id)
    rows = list(referral.deliveries.select_related("listing", "referral__practice"))
    issues = LinkIssue.objects.filter(delivery__referral=referral, kind="nudge").values_list("delivery_id", "at")
    nudges = {row.pk: sorted(at for key, at in issues if key == row.pk) for row in rows}
    sending = send_states([str(row.pk) for row in rows if row.state in ("queued", "in_flight")])
    return {row.pk: _receipt(row, referral, sending.get(str(row.pk)), nudges[row.pk]) for row in rows}


def _receipt(
    row: Delivery, referral: Referral, job: tuple[str, datetime] | None, nudged: Sequence[datetime]
) -> Receipt:
    steps: list[tuple[str, datetime | None]] = [("Queued", row.queued_at)]
    steps.append((_SENT.get(row.way, "Handed over"), row.handed_over_at))
    if row.way in _OPENED:
        steps.append((_OPENED[row.way], row.opened_at))
    steps.append((_ANSWERED.get(row.answer, "Answered"), row.answered_at))
    live = row.state == "handed_over" and is_live(row)
    words, at = _next(row, referral, job, live)
    waits = live and referral.state in ("sent", "silent", "asked", "waitlisted")
    return Receipt(
        row.pk, tuple(steps), words, at, ZoneInfo(place_of(row.listing, referral.practice).zone), len(nudged),
        nudged[-1] if nudged else None, row.expires_at if row.token_hash else None, waits and row.way == "link",
    )


def _next(
    row: Delivery, referral: Referral, job: tuple[str, datetime] | None, live: bool
) -> tuple[str, datetime | None]:
    if row.state in ("queued", "in_flight"):
        if job is not None and job[0] == "dead":
            return "It could not be delivered. Try again, or drop it, under Messages.", None
        return "It is handed over, or tried again", job[1] if job else None
    if row.state in ("withdrawn", "failed"):
        return "Nothing: this does not leave.", None
    if not live:
        return "Nothing: the client has gone on to someone else.", None
    if referral.state == "sent":
        go_on = "the next option she ranked is asked" if referral.go_on_agreed else "it comes back to you"
        return f"Without an answer, {go_on}", referral.due_at
    return (referral.next_step or "Nothing: the loop is closed.", referral.due_at)
