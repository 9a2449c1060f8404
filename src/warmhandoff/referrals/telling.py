"""Telling people that there is something for them to see: neutral words and a link, by a way they named safe."""

from __future__ import annotations

from datetime import datetime

from warmhandoff.accounts.switches import is_on
from warmhandoff.clients.inviting import Invited, invite_row
from warmhandoff.clients.minors import why_no_page
from warmhandoff.clients.reaching import safe_way
from warmhandoff.clients.releasing import today_at
from warmhandoff.referrals.models import Referral
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
