"""The client's way in: a single-use link, and the code she was given by another way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from warmhandoff.accounts.switches import is_on
from warmhandoff.clients import minors
from warmhandoff.clients.models import Client, PortalKey
from warmhandoff.clients.queries import visible_clients
from warmhandoff.clients.reaching import safe_way
from warmhandoff.clients.release_rows import today_at
from warmhandoff.core import audit, limits, outbox
from warmhandoff.core.links import new_token, same_code, token_hash
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import NotNow, NotThere

WRONG_CODES = 5
_UNKNOWN = "This link and code do not fit together, or the link has ended. Ask for a new one."


@dataclass(frozen=True)
class Invited:
    """How the client's link goes out: sent by a way she named safe, or shown to staff once, to hand over.

    channel: mail, sms or by_hand. waits_until: the moment from which her hours allow it, where that is not now.
    """

    channel: str
    link: str | None
    message_id: UUID
    waits_until: datetime | None = None

    @property
    def mailed(self) -> bool:
        return self.channel == "mail"


def link_life() -> timedelta:
    """How long a client's link works, if it is not used: 72 hours unless the server's settings say otherwise."""
    return timedelta(hours=settings.CLIENT_LINK_HOURS)


def invite_client(actor: Actor, client_id: UUID, *, referral_id: UUID | None, now: datetime) -> Invited:
    """Make a new link (older ones end) and send it the way she named safe, or hand it to staff."""
    with transaction.atomic():
        row = visible_clients(actor, "send").filter(pk=client_id).first()
        if row is None:
            raise NotThere(subject=client_id)
        if not is_on(row.practice_id, "portal"):
            raise NotNow("Pages for clients are switched off in this practice.", subject=client_id)
        return invite_row(actor, row, referral_id=referral_id, now=now)


def invite_row(actor: Actor, row: Client, *, referral_id: UUID | None, now: datetime) -> Invited:
    """As `invite_client`, for a row whose door was passed; within the caller's transaction.

    NotNow for a client under 18 of whom it is not recorded who consented to her care and who may view her page.
    """
    _check_age(row, now)
    PortalKey.objects.filter(client=row, used_at=None, ended_at=None).update(ended_at=now)
    outbox.stop_waiting("portal_key", row.pk)
    token, way = new_token(), safe_way(row, now)
    key = PortalKey.objects.create(
        practice_id=row.practice_id, client=row, referral_id=referral_id, created_at=now,
        expires_at=(way.not_before or now) + link_life(),
        token_hash=token_hash("client", token),
    )
    link = f"{settings.BASE_URL}/c/#{token}"
    envelope = outbox.Envelope(
        row.practice_id, row.pk, "portal_key", key.pk, way.to, dedupe_key=f"portal:{key.pk}", channel=way.channel,
        not_before=way.not_before,
    )
    message = outbox.post(envelope, "client_link", {"link": link}, now=now, language=row.language)
    audit.record(actor, "invite", "client", row.pk, now=now, clients=[row.pk])
    by_hand = message.channel == "by_hand"
    waits = message.not_before if message.not_before and message.not_before > now else None
    return Invited(message.channel, link if by_hand else None, message.pk, waits)


def _check_age(row: Client, now: datetime) -> None:
    if reason := minors.why_no_page(row, today_at(row.practice, now)):
        raise NotNow(reason)


def redeem(token: str, code: str, *, now: datetime, address: str = "") -> tuple[Actor, UUID | None]:
    """The client behind link and code, and the referral the link was about. A link works once.

    Unknown, used, ended links and wrong codes look the same (NotThere); five wrong codes end the link.
    """
    link = token_hash("client", token)
    limits.check("client_link", link, now=now, address=address)
    key = PortalKey.objects.select_related("client__practice").filter(
        token_hash=link, used_at=None, ended_at=None, expires_at__gt=now
    ).first()
    if key is None or not is_on(key.practice_id, "portal") or not same_code(code, key.client.access_code.reveal()):
        limits.failed("client_link", link, now=now, address=address)
        _count_wrong(key, now)
        raise NotThere(_UNKNOWN)
    limits.succeeded("client_link", link, address=address)
    with transaction.atomic():
        live = PortalKey.objects.filter(pk=key.pk, used_at=None, ended_at=None, expires_at__gt=now)
        if minors.why_no_page(key.client, today_at(key.client.practice, now)) or not live.update(used_at=now):
            raise NotThere(_UNKNOWN)
        actor = client_actor(key.client)
        audit.record(actor, "enter", "portal", key.pk, now=now, clients=[key.client_id])
    return actor, key.referral_id


def _count_wrong(key: PortalKey | None, now: datetime) -> None:
    if key is None:
        return
    PortalKey.objects.filter(pk=key.pk).update(wrong_codes=F("wrong_codes") + 1)
    PortalKey.objects.filter(pk=key.pk, wrong_codes__gte=WRONG_CODES, ended_at=None).update(ended_at=now)


def client_actor(row: Client) -> Actor:
    return Actor(side="client", practice_id=row.practice_id, client_id=row.pk, name=row.initials.reveal())


def client_actor_by_id(practice_id: UUID, client_id: UUID) -> Actor:
    """The actor of a portal session that is still good."""
    row = Client.objects.filter(pk=client_id, practice_id=practice_id).first()
    if row is None:
        raise NotThere
    return client_actor(row)


def start_on_device(actor: Actor, client_id: UUID, *, now: datetime) -> Actor:
    """The locked client view on the clinician's device: the client takes over, and staff must sign in again."""
    with transaction.atomic():
        row = visible_clients(actor, "see").filter(pk=client_id).first()
        if row is None:
            raise NotThere(subject=client_id)
        _check_age(row, now)
        audit.record(actor, "hand_device_to", "client", row.pk, now=now, clients=[row.pk])
    return client_actor(row)
