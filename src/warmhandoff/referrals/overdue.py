"""The guard against silence: what is overdue becomes an event, and the owner's step."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from warmhandoff.clients.releasing import record_refused_disclosure
from warmhandoff.core import jobs, outbox
from warmhandoff.core.queries import practices_with_keys
from warmhandoff.directory.measuring import note_outcome
from warmhandoff.referrals import linking
from warmhandoff.referrals.going_on import go_on_to_next, next_ranked
from warmhandoff.referrals.models import Delivery, Referral
from warmhandoff.referrals.moving import Made, move
from warmhandoff.referrals.telling import tell_client
from warmhandoff.rules.access import system
from warmhandoff.rules.refusals import NoRelease, Stale

NOT_GIVEN = "Give them the link: nobody has handed it over yet"


@jobs.every_tick("overdue")
def find_overdue(now: datetime) -> None:
    """Every sent referral whose answer is overdue falls silent: the owner is told; the next option goes if agreed."""
    readable = Referral.objects.filter(practice_id__in=practices_with_keys())
    late = readable.filter(state="sent", due_at__lt=now).values_list("pk", flat=True)
    for referral_id in list(late):
        fall_silent(referral_id, now=now)
    stuck = readable.filter(state="queued", due_at__lt=now).values_list("pk", flat=True)
    for referral_id in list(stuck):
        fail_if_given_up(referral_id, now=now)


def fail_if_given_up(referral_id: UUID, *, now: datetime) -> None:
    """A delivery the worker gave up on after its tries: its link ends, and sending again is the owner's step."""
    with transaction.atomic():
        referral = Referral.objects.select_related("practice", "owner", "next_owner").get(pk=referral_id)
        rows = referral.deliveries.filter(state__in=["queued", "in_flight"])
        dead = [row for row in rows if jobs.was_given_up(f"deliver:{row.pk}")]
        if referral.state != "queued" or not dead:
            return
        referral.deliveries.filter(pk__in=[row.pk for row in dead]).update(
            state="failed", token_hash=None, token=None, code=None
        )
        made = Made(facts={"why": "the mail server did not take the message"})
        move(referral, "fail_delivery", made, actor=system(referral.practice_id), now=now)


def fall_silent(referral_id: UUID, *, now: datetime) -> None:
    """One referral's silence. Racing workers: one makes the move, the others find it made."""
    with transaction.atomic():
        referral = (
            Referral.objects.select_related("practice", "client", "owner", "next_owner")
            .filter(pk=referral_id, state="sent", due_at__lt=now)
            .first()
        )
        if referral is None:
            return
        actor = system(referral.practice_id)
        last = referral.deliveries.filter(state="handed_over").order_by("-handed_over_at").first()
        asked = last is None or not never_given(last)
        try:
            move(referral, "fall_silent", Made(step=None if asked else (NOT_GIVEN, "referrer")), actor=actor, now=now)
        except Stale:
            return
        if not asked:
            return  # nobody was silent: the link still lies here
        if last is not None:
            referral.options.filter(listing_id=last.listing_id).update(tried="silent")
            note_outcome(referral.practice_id, last.listing_id, "silent", about=last.pk, now=now)
    if not (referral.go_on_agreed and _go_on(referral, now)) and last is not None:
        linking.nudge(last.pk, now=now)


def never_given(delivery: Delivery) -> bool:
    """Whether its link still waits for somebody's hand: kept here, never opened, and not sent again since."""
    waits = delivery.way == "link" and bool(delivery.token.reveal()) and delivery.opened_at is None
    return waits and outbox.waits_for_a_hand("delivery", delivery.pk)


def _go_on(referral: Referral, now: datetime) -> bool:
    """To the client's next choice, if she ranked one and her release names it; otherwise it stays the owner's step."""
    try:
        with transaction.atomic():
            gone_on = go_on_to_next(system(referral.practice_id), referral, now=now)
            if gone_on:
                tell_client(referral, now=now)
            return gone_on
    except NoRelease as refusal:  # it stays in the client's record; the owner has the step
        record_refused_disclosure(
            system(referral.practice_id), referral.client, refusal.message, next_ranked(referral) or 0, now=now
        )
        return False
