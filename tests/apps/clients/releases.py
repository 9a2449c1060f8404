"""A release for tests: drafted, signed on paper, and asked of the gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.cast import CLIENT_NAME, NOW, Cast
from warmhandoff.clients import releasing
from warmhandoff.clients.models import Release
from warmhandoff.clients.releasing import ReleaseDraft, Signature
from warmhandoff.rules.release import Decision

TODAY = date(2026, 11, 23)
PURPOSE = "specialized"
REFERRAL = UUID(int=77)
DRAFT = ReleaseDraft(
    referral_id=REFERRAL, recipients=[(7, "Lena Ortiz, LCSW"), (8, "Harbor House")],
    classes=["reason", "background"], purpose=PURPOSE, expires_on=TODAY + timedelta(days=90),
)  # fmt: skip
PAPER = Signature("paper", CLIENT_NAME, "signed in session")
MOTHER = replace(PAPER, name="Ida Marlowe", kind="representative", scope="mother", evidence="birth certificate seen")


def drafted(cast: Cast, **more: Any) -> UUID:
    return releasing.draft_release(cast.actor(), cast.client.pk, replace(DRAFT, **more), now=cast.now)


def signed(cast: Cast, signature: Signature = PAPER, **more: Any) -> UUID:
    release = drafted(cast, **more)
    releasing.sign_release(cast.actor(), release, signature, now=cast.now)
    return release


def asked(
    cast: Cast, *classes: str, to: int = 7, at: datetime = NOW, lock: bool = False, back: bool = False
) -> Decision:
    """What the gate says, for a client read anew."""
    cast.client.refresh_from_db()
    cast.practice.refresh_from_db()
    wanted: Sequence[str] = classes or ("reason",)
    direction: Any = "back" if back else "there"
    return releasing.gate(cast.client, to, classes=wanted, purpose=PURPOSE, now=at, lock=lock, direction=direction)


def idle(release: Release, now: datetime) -> bool:
    """No hand-over is under way."""
    return False


def born(cast: Cast, day: str) -> None:
    cast.client.birth_date = day
    cast.client.save()
