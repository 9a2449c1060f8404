"""Signing beside the client, or in her place, on the clinician's device; and taking a signature back.

Whoever signs sees the release and nothing else of the client's. A signature that was taken back ends the release,
whoever else signed it: before everyone has signed it never comes into force, and afterwards nothing leaves on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from warmhandoff.clients import minors
from warmhandoff.clients.models import Client, Release, ReleaseSigner
from warmhandoff.clients.queries import ReleaseCard, SignerCard, releases_of
from warmhandoff.clients.release_rows import note, release_row, today_at
from warmhandoff.clients.release_signing import Signature, kind_of, place_fault
from warmhandoff.core import audit, journal
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere, Problem


@dataclass(frozen=True)
class Handed:
    """Who is handed the device: whose place (0 is the client's), and how staff know who it is.

    kind, scope and evidence as with `Signature`: by what right someone signs in the client's place.
    """

    order: int
    identity: str
    kind: str = ""
    scope: str = ""
    evidence: str = ""


def hand_to_signer(actor: Actor, release_id: UUID, handed: Handed, *, now: datetime) -> Actor:
    """The locked view of one release for one who signs it; staff sign in again afterwards.

    Refused: without a word on how staff know who it is, a right that does not count (BadInput), a release that was
    taken back (NotNow), a place that is not there (NotThere). The client herself, of age, has her own page for it.
    """
    with transaction.atomic():
        if actor.side != "referrer":
            raise NotAllowed("The device is handed over by staff.")
        release = release_row(actor, release_id, lock=True)
        place = release.signers.filter(order=handed.order).first()
        if place is None:
            raise NotThere(subject=release_id)
        if release.revoked_at or place.withdrawn_at:
            raise NotNow("This was taken back: write the release anew.")
        if not handed.identity.strip():
            raise BadInput(Problem("say how you know who it is", field="identity"))
        if place.signed_at is None:
            _prepare(release, place, handed, now)
        audit.record(actor, "hand_device_to", "release", release.pk, now=now, clients=[release.client_id])
        return _actor(place, release.client)


def _prepare(release: Release, place: ReleaseSigner, handed: Handed, now: datetime) -> None:
    place.client_age = minors.age_of(release.client, today_at(release.client.practice, now))
    place.kind = kind_of(place.order, handed.kind, place.client_age)
    place.scope, place.evidence = handed.scope.strip(), handed.evidence.strip()
    place.identity_check = handed.identity.strip()
    if fault := place_fault(release, place):
        raise BadInput(Problem(fault[:1].lower() + fault[1:], field="kind"))
    place.save()


def _actor(place: ReleaseSigner, client: Client) -> Actor:
    return Actor(
        side="client", practice_id=place.practice_id, client_id=client.pk, signer_id=place.pk, name=place.name.reveal()
    )


def signer_actor(signer_id: UUID) -> Actor:
    """The actor of a session on the device that is still good; NotThere once the release was written anew."""
    place = ReleaseSigner.objects.select_related("release__client").filter(pk=signer_id).first()
    if place is None:
        raise NotThere
    return _actor(place, place.release.client)


@dataclass(frozen=True)
class SignerPage:
    """What one who signs sees: the release, her own place among those who sign, and whether she took it back."""

    release: ReleaseCard
    mine: SignerCard
    zone: str


def _own_place(actor: Actor) -> ReleaseSigner:
    rows = ReleaseSigner.objects.select_related("release__client__practice")
    place = rows.filter(pk__in=[actor.signer_id], practice_id=actor.practice_id).first()
    if place is None or actor.side != "client":
        raise NotThere
    return place


def signer_page(actor: Actor, *, now: datetime) -> SignerPage:
    """The door of one who signs: the one release, with the audit row; nothing else of the client's."""
    place = _own_place(actor)
    practice = place.release.client.practice
    cards = releases_of(place.release.client_id, today=today_at(practice, now))
    card = next(one for one in cards if one.id == place.release_id)
    audit.record(actor, "open", "release", card.id, now=now, clients=[place.release.client_id])
    return SignerPage(card, next(one for one in card.signers if one.id == place.pk), practice.time_zone)


def own_signature(actor: Actor, name: str) -> Signature:
    """The signature of one who signs on the device, with what staff wrote down when they handed it over."""
    place = _own_place(actor)
    said = "" if place.kind in ("self", "participant") else place.kind
    return Signature(
        "device", name, identity=place.identity_check.reveal(), kind=said, scope=place.scope.reveal(),
        evidence=place.evidence.reveal(), signer=place.pk,
    )


def whose_word(actor: Actor, release: Release, *, now: datetime) -> str:
    """On whose word a release ends: client, referrer, or "signer"; that one's signature is marked as taken back."""
    if actor.signer_id and release.signers.filter(pk=actor.signer_id, order__gt=0).update(withdrawn_at=now):
        return "signer"
    return "client" if actor.side == "client" else "referrer"


def take_signature_back(actor: Actor, release_id: UUID, *, now: datetime) -> None:
    """Before everyone has signed: one signature is taken back, and the release never comes into force.

    Whose: the actor's own (`signer_id`), else the client's. NotNow where it is not there, or the release is in force
    already: then it is revoked.
    """
    with transaction.atomic():
        release = release_row(actor, release_id, lock=True)
        places = release.signers.filter(signed_at__isnull=False, withdrawn_at=None)
        place = (places.filter(pk=actor.signer_id) if actor.signer_id else places.filter(order=0)).first()
        if release.signed_at or place is None:
            raise NotNow("There is no signature to take back.")
        place.withdrawn_at = now
        place.save(update_fields=["withdrawn_at"])
        note(release, "take_signature_back", actor, now)
        journal.note("signature_taken_back", release.practice_id, place.pk, now=now)
