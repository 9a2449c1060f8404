"""The conversation: referral is part of the therapy, and a talk about it can be logged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from warmhandoff.referrals.models import Conversation
from warmhandoff.referrals.moving import Made, move
from warmhandoff.referrals.queries import referral_row
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, Problem

# What such a talk touches, after the articles the product is built on; ticked as said, never required.
BEATS = {
    "common": "This is a common part of care",
    "progress": "The progress made so far",
    "reason": "Why, in plain words",
    "responsibility": "It is my job that you get the right help",
    "gain": "What you gain",
    "choice": "It is a suggestion: you choose who and when",
    "list": "People I trust, and more names if it does not work out",
    "holding": "I keep seeing you until you have someone, or this adds to our work",
    "questions": "Questions or worries?",
}
HOW = ("session", "phone", "video")


def log_conversation(
    actor: Actor, referral_id: UUID, *, held_on: date, how: str, beats: Sequence[str], how_taken: str, now: datetime
) -> None:
    """Log that the referral was talked about, and how the client took it. The next step stays what it was."""
    if how not in HOW or any(beat not in BEATS for beat in beats):
        raise BadInput(Problem("unknown kind of conversation", field="how"))
    if held_on > now.date():
        raise BadInput(Problem("this day is still to come", field="held_on"))
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "change")
        talk = Conversation.objects.create(
            practice_id=referral.practice_id, referral=referral, held_on=held_on, how=how, beats=list(beats),
            how_taken=how_taken.strip(), by_id=actor.member, at=now,
        )
        made = Made(facts={"conversation": str(talk.pk), "held_on": held_on.isoformat(), "beats": len(list(beats))})
        move(referral, "talk", made, actor=actor, now=now)
