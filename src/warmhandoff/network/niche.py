"""Saying what one does best: the sentence, to whom it was said last, and what each source has learned of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from warmhandoff.core import audit
from warmhandoff.directory.listing import may_change, reachable, today_of
from warmhandoff.directory.queries import known_facts
from warmhandoff.directory.writing import led_to
from warmhandoff.network.models import Niche, NicheSaid
from warmhandoff.referrals.by_source import came_from
from warmhandoff.rules.access import Actor
from warmhandoff.rules.niche import PLACES, Source, checked_niche
from warmhandoff.rules.refusals import BadInput, NotNow, Problem

YEAR = timedelta(days=365)


def niche_of(membership_id: UUID) -> str:
    """What this member says she does best; "" where she said nothing. For profiles, replies and thank-yous."""
    text = Niche.objects.filter(membership_id=membership_id, ended_at=None).values_list("text", flat=True).first()
    return text or ""


def niches_in(actor: Actor) -> list[tuple[str, str]]:
    """(name, sentence) of the members of the actor's practice who are still there, by name."""
    rows = Niche.objects.filter(practice_id=actor.practice_id, ended_at=None, membership__left_at=None)
    return list(rows.order_by("membership__user__name").values_list("membership__user__name", "text"))


def set_niche(actor: Actor, text: str, *, now: datetime) -> None:
    """Keep the actor's sentence in place of the one before; an empty text takes it away. Refuses as `checked_niche`."""
    may_change(actor)
    plain = checked_niche(text)[0] if text.strip() else ""
    if plain == niche_of(actor.member):
        return
    with transaction.atomic():
        Niche.objects.filter(membership_id=actor.member, ended_at=None).update(ended_at=now)
        if plain:
            Niche.objects.create(
                practice_id=actor.practice_id, membership_id=actor.member, text=plain, set_at=now
            )
        audit.record(actor, "set_niche", "membership", actor.member, now=now)


def said(actor: Actor, listing_id: int, place: str, *, now: datetime) -> None:
    """The actor told this colleague what she does best, today. Whoever writes replies and thank-yous calls this too.

    Refuses an unknown place (BadInput), a listing out of reach (NotThere), and where there is no sentence yet (NotNow).
    """
    may_change(actor)
    listing = reachable(actor, listing_id)
    if place not in PLACES:
        raise BadInput(Problem("choose where it was said", field="place"))
    niche = Niche.objects.filter(membership_id=actor.member, ended_at=None).first()
    if niche is None:
        raise NotNow("Write your sentence first.")
    with transaction.atomic():
        NicheSaid.objects.create(
            practice_id=actor.practice_id, niche=niche, listing=listing, place=place, said_on=today_of(actor, now)
        )
        audit.record(actor, "say_niche", "listing", listing.pk, now=now)


@dataclass(frozen=True)
class Heard:
    """What one colleague heard last from the actor."""

    text: str
    place: str
    on: date


def last_heard(actor: Actor, listing_id: int) -> Heard | None:
    """What this colleague heard last from the actor, or nothing. NotThere for a listing out of reach."""
    listing = reachable(actor, listing_id)
    rows = NicheSaid.objects.filter(practice_id=actor.practice_id, niche__membership_id=actor.member, listing=listing)
    row = rows.select_related("niche").order_by("-said_on", "-niche__set_at").first()
    return Heard(row.niche.text, PLACES[row.place], row.said_on) if row else None


def sources(actor: Actor, *, now: datetime) -> list[Source]:
    """The colleagues who sent the actor someone in the past year: how it fitted, and when they last heard her niche.

    Those who sent most come first.
    """
    came = came_from(actor, now - YEAR)
    rows = NicheSaid.objects.filter(practice_id=actor.practice_id, niche__membership_id=actor.member)
    last = list(rows.values_list("listing_id").annotate(last=Max("said_on")))
    led = led_to([key for key, _ in last])
    heard: dict[int, date] = {}
    for key, on in last:
        heard[led[key]] = max(on, heard.get(led[key], on))
    names = known_facts(actor.practice_id, came, today=today_of(actor, now))
    found = [
        Source(key, str(names[key]["name"]), one.fits, one.poor, one.other, heard.get(key))
        for key, one in came.items() if key in names
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.judged - one.other, one.name))
