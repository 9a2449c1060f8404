"""A listing's own word: it is asked by a link, looks at what is held of it, and says what is true.

No account and no client data: what the link opens is what every practice that shares the listing reads anyway. The
token stands behind the #, its hash is kept, a GET changes nothing, and the link ends with the answer or after 14 days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from warmhandoff.accounts.queries import practice_by_id
from warmhandoff.core import audit, outbox, restoring
from warmhandoff.core.links import LinkKind, new_token, row_behind, token_hash
from warmhandoff.core.sealing import fingerprint
from warmhandoff.directory.fields import FIELDS, checked, narrowed
from warmhandoff.directory.freshness import PLACE, age, is_stale
from warmhandoff.directory.listing import ITSELF, may_change, reachable
from warmhandoff.directory.models import Asking, Fact, Listing, OptOut, Overlay, Source
from warmhandoff.directory.queries import mail_address
from warmhandoff.directory.wording import age_in_words, fact_in_words
from warmhandoff.directory.writing import derive, overlay_of, raise_version, source_of
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, Problem

LINK_LIFE = timedelta(days=14)
QUARTER = timedelta(days=91)
ITSELF_BY_HAND = "The listing itself, by a link that was handed over"
LONGEST_PAUSE = timedelta(days=366)
_UNKNOWN = "This link is not known, or it has ended. Nothing was changed."
_LINK = LinkKind("asking", "asking_link", _UNKNOWN)
# What is never told or asked on the page of a link: what others measured, and places of confidential listings.
_NOT_ITS_OWN = frozenset({"responsiveness", "lat", "lon", "npi"})


@dataclass(frozen=True)
class Asked:
    """How the link goes out: mailed (`link` empty), or shown to staff once, to hand over."""

    mailed: bool
    link: str


def _group(listing: Listing) -> list[int]:
    return list(Listing.objects.filter(Q(pk=listing.pk) | Q(survivor=listing)).values_list("pk", flat=True))


def _address_hash(address: str) -> str:
    return fingerprint("address", address.strip().casefold())


def ask_listing(actor: Actor, listing_id: int, *, now: datetime, by_hand: bool = False) -> Asked:
    """Ask a listing what is true, by a link: mailed where its address is known, else for staff to hand over.

    Refuses (NotNow) a second mail within a quarter, by whichever practice, an address that asked not to be written
    to, and a listing that asked not to be listed. A link of this practice that is still open ends.
    """
    may_change(actor)
    with transaction.atomic():
        reachable(actor, listing_id)
        raise_version()  # two at once: one mail
        listing = reachable(actor, listing_id)
        if listing.asked_out_at is not None:
            raise NotNow("They asked not to be listed: they are not asked again.")
        address = "" if by_hand or not outbox.mail_works() else mail_address(actor, listing.pk)
        if address:
            _may_write(listing, address, now)
        Asking.objects.filter(practice_id=actor.practice_id, listing__in=_group(listing)).update(token_hash=None)
        token = new_token()
        row = Asking(
            practice_id=actor.practice_id, listing=listing, way="mail" if address else "by_hand", to=address,
            to_hash=_address_hash(address) if address else "", token_hash=token_hash("asking", token), asked_at=now,
            expires_at=now + LINK_LIFE, by=actor.member, for_all=bool(address) and _is_shared(listing, address),
        )  # fmt: skip
        row.save(force_insert=True)
        link = f"{settings.BASE_URL}/v/#{token}"
        if address:
            _mail(row, address, link, now)
        audit.record(actor, "ask", "listing", listing.pk, now=now)
    return Asked(bool(address), "" if address else link)


def _is_shared(listing: Listing, address: str) -> bool:
    """Whether this address stands in the facts that everyone reads who sees the listing."""
    return listing.practice_id is not None or (listing.facts_now.get("email") or {}).get("value") == address


def _may_write(listing: Listing, address: str, now: datetime) -> None:
    if OptOut.objects.filter(pk=_address_hash(address)).exists():
        raise NotNow("They asked not to be written to. Please call instead, or hand the link over yourself.")
    same = Q(listing__in=_group(listing)) | Q(to_hash=_address_hash(address), listing__name__iexact=listing.name)
    before = Asking.objects.filter(same, way="mail", asked_at__gt=now - QUARTER)
    if before.exists():
        raise NotNow("They were written to within the last three months, by this or another practice of the server. "
                     "Please call instead, or hand the link over yourself.")  # fmt: skip


def _mail(row: Asking, address: str, link: str, now: datetime) -> None:
    envelope = outbox.Envelope(row.practice_id, None, "asking", row.pk, address, dedupe_key=f"asking:{row.pk}")
    until = row.expires_at
    words = {"link": link, "sender": practice_by_id(row.practice_id).name, "until": f"{until:%B} {until.day}"}
    outbox.post(envelope, "listing_link", words, now=now)


def open_asking(token: str, *, now: datetime, address: str = "") -> UUID:
    """The asking behind a link; TooMany after many wrong ones, NotThere for one that is unknown, used or ended."""
    rows = Asking.objects.filter(expires_at__gt=now, answered_at=None)
    return row_behind(_LINK, rows, token, now=now, address=address).pk


@dataclass(frozen=True)
class HeldFact:
    field: str
    label: str
    words: str
    age: str
    stale: bool


@dataclass(frozen=True)
class OwnPage:
    """What is held of a listing, as it is shown to the listing itself: shared facts, and nothing a practice noted."""

    name: str
    practice: str
    facts: tuple[HeldFact, ...]
    values: dict[str, Any]
    answer: str
    confidential: bool
    today: date


def _row(asking_id: UUID, now: datetime) -> Asking:
    row = Asking.objects.select_related("listing__survivor").filter(pk=asking_id, expires_at__gt=now).first()
    if row is None:
        raise NotThere(_UNKNOWN)
    return row


def _listing(row: Asking) -> Listing:
    return row.listing.survivor or row.listing


def _actor(row: Asking) -> Actor:
    return Actor(side="recipient", practice_id=row.practice_id, name=_listing(row).name)


def _today(row: Asking, now: datetime) -> date:
    return now.astimezone(ZoneInfo(practice_by_id(row.practice_id).time_zone)).date()


def own_page(asking_id: UUID, *, now: datetime) -> OwnPage:
    """What the link shows. NotThere once its time is over."""
    row = _row(asking_id, now)
    listing, today = _listing(row), _today(row, now)
    facts = _shown(listing)
    held = tuple(
        HeldFact(field, FIELDS[field].label, fact_in_words(field, facts[field]["value"]),
                 age_in_words(age(facts[field], today)), is_stale(facts, field, today))
        for field in FIELDS if field in facts
    )  # fmt: skip
    values = {field: fact["value"] for field, fact in facts.items()}
    return OwnPage(
        listing.name, practice_by_id(row.practice_id).name, held, values, row.answer, _confidential(listing), today
    )


def _confidential(listing: Listing) -> bool:
    return bool(listing.facts_now.get("confidential", {}).get("value"))


def _shown(listing: Listing) -> dict[str, dict[str, Any]]:
    hidden = {*_NOT_ITS_OWN, *(PLACE if _confidential(listing) else ())}
    facts = {
        field: fact for field, fact in listing.facts_now.items() if fact["value"] is not None and field not in hidden
    }
    said = {fact["source"] for fact in facts.values()}
    measured = {str(key) for key in Source.objects.filter(pk__in=said, kind="measured").values_list("pk", flat=True)}
    return {field: fact for field, fact in facts.items() if fact["source"] not in measured}


def still_true(asking_id: UUID, *, now: datetime) -> None:
    """Everything on the page is true today, by the listing's own word."""
    with transaction.atomic():
        row = _answered(asking_id, "still", now)
        listing = _listing(row)
        held = {field: fact["value"] for field, fact in _shown(listing).items()}
        _say(row, held, now)
        audit.record(_actor(row), "confirm", "listing", listing.pk, now=now)


def change(asking_id: UUID, values: Mapping[str, object], *, now: datetime) -> None:
    """The listing says these facts of itself; what it leaves empty is not known. Refuses values that are none."""
    facts = checked(values)
    foreign = [Problem("is not yours to say here", field=field) for field in facts if field in _NOT_ITS_OWN]
    if foreign:
        raise BadInput(*foreign)
    with transaction.atomic():
        row = _answered(asking_id, "change", now)
        listing = _listing(row)
        held = {field: fact["value"] for field, fact in _shown(listing).items()}
        facts |= narrowed(held, facts)
        checked({**held, **facts})
        said = {field: value for field, value in facts.items() if value is not None or held.get(field) is not None}
        _say(row, said, now)
        audit.record(_actor(row), "edit", "listing", listing.pk, now=now)


def pause(asking_id: UUID, until: date, *, now: datetime) -> None:
    """No new clients until a day, at most a year ahead; from that day on it is not known, and asked."""
    with transaction.atomic():
        row = _answered(asking_id, "pause", now)
        today = _today(row, now)
        if not today < until <= today + LONGEST_PAUSE:
            raise BadInput(Problem("choose a day within the next year", field="until"))
        _say(row, {"accepting": "closed", "paused_until": until.isoformat()}, now)
        audit.record(_actor(row), "edit", "listing", _listing(row).pk, now=now)


def remove(asking_id: UUID, *, now: datetime) -> None:
    """The listing asks not to be listed: it is out of use at once, and no import brings it back.

    By a link that a practice handed over, a shared listing is out of use for that practice.
    """
    with transaction.atomic():
        row = _answered(asking_id, "remove", now)
        version, listing = raise_version(), _listing(row)
        if listing.practice_id is not None or row.for_all:
            Listing.objects.filter(pk=listing.pk).update(asked_out_at=now, changed_at=now, changed_in=version)
        else:  # nobody but this practice knows who opened the link it handed over
            overlay_of(row.practice_id, listing.pk)
            Overlay.objects.filter(practice_id=row.practice_id, listing=listing).update(
                excluded=True, changed_in=version
            )
        _never_write(row, now)
        audit.record(_actor(row), "retire", "listing", listing.pk, now=now)


def no_mail(asking_id: UUID, *, now: datetime) -> None:
    """The address to which the link went is never written to again, by nobody on this server."""
    with transaction.atomic():
        row = _row(asking_id, now)
        _never_write(row, now)
        audit.record(_actor(row), "opt_out", "listing", _listing(row).pk, now=now)


def _never_write(row: Asking, now: datetime) -> None:
    own = (_listing(row).facts_now.get("email") or {}).get("value")
    hashes = {row.to_hash, _address_hash(own) if own else ""} - {""}
    OptOut.objects.bulk_create([OptOut(address_hash=each, at=now) for each in hashes], ignore_conflicts=True)


def _answered(asking_id: UUID, answer: str, now: datetime) -> Asking:
    """The asking, answered: its link opens nothing any more. What is said in the same sitting is added."""
    raise_version()
    row = _row(asking_id, now)
    if row.answer == "remove":
        raise NotNow("You asked not to be listed. That stands.")
    Asking.objects.filter(pk=row.pk).update(answer=answer, answered_at=now, token_hash=None)
    return row


def _say(row: Asking, facts: Mapping[str, Any], now: datetime) -> None:
    """Append facts as the listing's own word, verified today, within the caller's transaction.

    By a link that went to the address everyone reads it is for everyone; by one that a practice handed over, for that
    practice alone: who opened it is known to nobody else.
    """
    listing, today = _listing(row), _today(row, now)
    if listing.practice_id is not None or row.for_all:
        source = source_of(listing.practice_id, "self", ITSELF, now=now)
    else:
        source = source_of(row.practice_id, "self", ITSELF_BY_HAND, now=now)
    Fact.objects.bulk_create([
        Fact(listing=listing, field=field, value=value, source=source, seen_on=today, verified_on=today)
        for field, value in facts.items()
    ])  # fmt: skip
    derive([listing.pk], version=raise_version(), now=now)


@restoring.fence("asking")
def end_links(now: datetime) -> list[str]:
    """After a restore: links were used since the backup, or will be asked for again."""
    Asking.objects.filter(token_hash__isnull=False).update(token_hash=None)
    return []


def label_of(field: str) -> str:
    """What a fact is called on the page of a link."""
    return FIELDS[field].label
