"""What of a referral ends a release by itself: that it was closed, and that the first session took place.

Read off the timeline and not off the state, so that a referral opened again does not bring a release back to life.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from warmhandoff.clients.endings import tells
from warmhandoff.core.queries import reached

if TYPE_CHECKING:
    from warmhandoff.clients.models import Release


def _since_signed(rows: Sequence[Release], state: str) -> set[UUID]:
    when = reached(state, [row.referral_id for row in rows if row.referral_id])
    return {
        row.pk for row in rows
        if row.referral_id is None
        or any(of == row.referral_id and row.signed_at and at >= row.signed_at for of, at in when)
    }  # fmt: skip


@tells("referral_closed")
def _closed(rows: Sequence[Release]) -> set[UUID]:
    return _since_signed(rows, "closed")


@tells("first_session")
def _first_session(rows: Sequence[Release]) -> set[UUID]:
    return _since_signed(rows, "attended")
