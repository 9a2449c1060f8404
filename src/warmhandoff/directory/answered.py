"""What a listing says of itself in answer to a question of ours: kept as its own word, for the practice that asked."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from warmhandoff.accounts.queries import practice_of
from warmhandoff.core import audit, outbox
from warmhandoff.core.sealing import fingerprint
from warmhandoff.directory.fields import checked
from warmhandoff.directory.listing import reachable, today_of
from warmhandoff.directory.models import Fact, Listing, OptOut
from warmhandoff.directory.own_word import ITSELF_BY_HAND
from warmhandoff.directory.queries import mail_address
from warmhandoff.directory.writing import derive, in_use, raise_version, source_of
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotThere


def own_word(actor: Actor, listing_id: int, values: Mapping[str, object], *, now: datetime) -> None:
    """Append what the listing said of itself, verified today. It counts for the actor's practice alone, for nobody
    else knows who opened the link or took the call. Refuses values that are none (BadInput)."""
    facts = checked(values)
    if not facts:
        return
    with transaction.atomic():
        version, listing = raise_version(), reachable(actor, listing_id)
        source = source_of(practice_of(actor).pk, "self", ITSELF_BY_HAND, now=now)
        today = today_of(actor, now)
        Fact.objects.bulk_create([
            Fact(listing=listing, field=field, value=value, source=source, seen_on=today, verified_on=today)
            for field, value in facts.items()
        ])  # fmt: skip
        derive([listing.pk], version=version, now=now)
        audit.record(actor, "edit", "listing", listing.pk, now=now)


def askable(actor: Actor, listing_ids: list[int]) -> dict[int, str]:
    """Of these, the listings in use for the practice -> their name. NotThere where one is none of them."""
    rows = Listing.objects.filter(in_use(actor.practice_id), pk__in=listing_ids)
    found = {
        row.pk: row.name for row in rows.filter(Q(practice__isnull=True) | Q(practice_id=actor.practice_id))
    }
    if len(found) != len(set(listing_ids)):
        raise NotThere()
    return found


def writable_address(actor: Actor, listing_id: int) -> str:
    """Where a mail may go: "" without mail, without an address, and where they asked not to be written to."""
    address = mail_address(actor, listing_id) if outbox.mail_works() else ""
    if address and OptOut.objects.filter(pk=fingerprint("address", address.strip().casefold())).exists():
        return ""
    return address


def heard(actor: Actor, listing_id: int, facts: Mapping[str, object], *, now: datetime) -> None:
    """The same of what an answer told in passing, once the answer stands: a fact that the directory refuses does not
    take the answer with it."""
    if facts:
        with suppress(BadInput, NotThere):
            own_word(actor, listing_id, facts, now=now)


def facts_of_answer(answer: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """The listing's facts that an answer tells: whether it takes clients, and how long the wait is. `answer`: yes,
    waitlist or no to an inquiry; waitlist or decline to a packet, whose yes is one about this client alone."""
    if answer == "yes":
        return {"accepting": "open", **({"wait_days": said["wait_days"]} if said.get("wait_days") is not None else {})}
    if answer == "waitlist":
        return {"accepting": "waitlist", "wait_days": 7 * int(said["weeks"])}
    full = "full" in (said.get("why"), said.get("decline_reason"))
    return {"accepting": "closed"} if answer in ("no", "decline") and full else {}
