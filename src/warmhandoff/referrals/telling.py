"""Telling people that there is something for them to see: neutral words and a link, by a way they named safe."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from warmhandoff.accounts.switches import is_on
from warmhandoff.clients.inviting import Invited, invite_row
from warmhandoff.clients.minors import why_no_page
from warmhandoff.clients.reaching import safe_way
from warmhandoff.clients.releasing import today_at
from warmhandoff.core import outbox
from warmhandoff.referrals.models import Delivery, Referral
from warmhandoff.rules.access import system


def tell_client(referral: Referral, *, now: datetime) -> Invited | None:
    """Send the client a new link to where things stand, by a way she named safe; within the transaction.

    Otherwise nothing is sent: the owner's next step says what to tell her in person. So it is for a client under 18 of
    whom it is not recorded who may view her page.
    """
    client = referral.client
    if not is_on(referral.practice_id, "portal") or why_no_page(client, today_at(client.practice, now)):
        return None
    if not safe_way(client, now).to:
        return None
    return invite_row(system(referral.practice_id), client, referral_id=referral.pk, now=now)


def tell_recipient(delivery: Delivery, dedupe_key: str, *, now: datetime) -> bool:
    """Mail the recipient that there is something new on the page she knows; within the transaction.

    False where there is no such page (paper, a member's inbox, a link that has ended) or no address: then she is told
    by whoever wrote. It leaves only while the release covers what the link opens.
    """
    to = delivery.to.reveal()
    if delivery.way != "link" or delivery.token_hash is None or not to or not outbox.mail_works():
        return False
    envelope = outbox.Envelope(
        delivery.practice_id, delivery.referral.client_id, "delivery", delivery.pk, to, dedupe_key=dedupe_key
    )
    words = {"link": f"{settings.BASE_URL}/r/#{delivery.token.reveal()}", "sender": delivery.referral.practice.name}
    outbox.post(envelope, "recipient_news", words, now=now)
    return True
