"""One referral's way, step by step, through the actions: stories start where they need it."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from tests.cast import Cast
from tests.flows import listings
from warmhandoff.clients.caring import record_identity_check
from warmhandoff.clients.inviting import client_actor_by_id
from warmhandoff.clients.releasing import ReleaseDraft, Signature, draft_release
from warmhandoff.core import jobs
from warmhandoff.core.models import Message
from warmhandoff.referrals import answering, asking, choosing, planning, sending
from warmhandoff.referrals.models import Delivery, Referral
from warmhandoff.rules.access import Actor

CLASSES = ("contact", "logistics", "reason")


@dataclass
class Walk:
    """A referral under way. `now` moves forward as the story asks."""

    cast: Cast
    now: datetime
    listing_ids: list[int] = field(default_factory=list)
    referral_id: UUID | None = None
    release_id: UUID | None = None

    @property
    def row(self) -> Referral:
        return Referral.objects.get(pk=self.referral_id)

    @property
    def delivery(self) -> Delivery:
        return Delivery.objects.filter(referral_id=self.referral_id).latest("queued_at")

    @property
    def staff(self) -> Actor:
        return self.cast.actor()

    @property
    def client(self) -> Actor:
        return client_actor_by_id(self.cast.practice.pk, self.cast.client.pk)

    def later(self, **span: Any) -> Walk:
        self.now += timedelta(**span)
        return self


def recorded(cast: Cast, **need: Any) -> Walk:
    walk = Walk(cast, cast.now, listings.three(cast))
    new = planning.NewReferral(
        kind="transfer", reason="outside_competence", need={**listings.NEED, **need}, purpose="specialized",
        client_reason="You need someone trained in trauma work.", chart_reason="beyond my training",
        hoped_for="Sleep through the night", background="Two years of weekly sessions.",
    )
    walk.referral_id = planning.record_need(walk.staff, cast.client.pk, new, now=walk.now)
    return walk


def offered(cast: Cast) -> Walk:
    walk = recorded(cast)
    asking.offer(walk.staff, walk.referral_id, walk.listing_ids, now=walk.now)
    return walk


def chosen(cast: Cast, *, go_on: bool = False, rank: int = 1) -> Walk:
    walk = offered(cast)
    choice = choosing.ClientChoice("choose", "portal", ranked=walk.listing_ids[:rank], go_on=go_on,
                                   words="I do not want to tell the accident again")
    choosing.record_choice(walk.client, walk.referral_id, choice, now=walk.now)
    return walk


def released(cast: Cast, *, go_on: bool = False, rank: int = 1, named: int = 1, news: bool = False) -> Walk:
    walk = chosen(cast, go_on=go_on, rank=rank)
    names = {o.listing_id: o.listing.name for o in walk.row.options.select_related("listing")}
    draft = ReleaseDraft(
        walk.referral_id, [(key, names[key]) for key in walk.listing_ids[:named]], CLASSES, "specialized",
        expires_on=walk.now.date() + timedelta(days=90), news_back=news,
    )
    walk.release_id = draft_release(walk.staff, cast.client.pk, draft, now=walk.now)
    record_identity_check(walk.staff, cast.client.pk, how="seen in session", now=walk.now)
    choosing.sign(walk.client, walk.referral_id, walk.release_id, Signature("portal", "Rosalind Marlowe"), now=walk.now)
    return walk


def order(walk: Walk, listing_id: int | None = None, way: str = "link") -> sending.Order:
    target = listing_id or walk.listing_ids[0]
    shown = sending.preview(walk.staff, walk.referral_id, target, CLASSES, now=walk.now)
    return sending.Order(target, CLASSES, way, shown.sha256, to="lena@listing.example", attested=True)


def queued(cast: Cast, **how: Any) -> Walk:
    walk = released(cast, **how)
    sending.send(walk.staff, walk.referral_id, order(walk), now=walk.now)
    return walk


def sent(cast: Cast, **how: Any) -> Walk:
    walk = queued(cast, **how)
    jobs.run_due(walk.now)
    return walk


def given(walk: Walk) -> Walk:
    """Staff handed the link over, and the recipient looked at it once."""
    Delivery.objects.filter(pk=walk.delivery.pk, opened_at=None).update(opened_at=walk.now)
    return walk


def token_of(delivery: Delivery) -> str:
    """The token of a recipient's link: as kept until it leaves, then as the mail in the folder has it."""
    kept: str = delivery.token.reveal()
    if kept or not settings.SMTP_URL:
        return kept
    message = Message.objects.filter(subject_id=delivery.pk, template="recipient_link").latest("created_at")
    mail = email.message_from_bytes(
        (Path(urlsplit(settings.SMTP_URL).path) / f"{message.pk}.eml").read_bytes(), policy=email.policy.default
    )
    found = re.search(r"/r/#(\w+)", mail.get_content())
    return found[1] if found else ""


def recipient(walk: Walk) -> Actor:
    """The recipient behind the link of the last delivery and the code given by phone."""
    delivery = walk.delivery
    return answering.open_with_code(token_of(delivery), delivery.code.reveal(), now=walk.now)


def accepted(cast: Cast, **how: Any) -> Walk:
    walk = sent(cast, **how)
    answer = answering.Answer("accept", openings="Thursday 26 November at 5 pm", methods="EMDR", fees="in network")
    answering.answer_delivery(recipient(walk), answer, now=walk.now)
    return walk
