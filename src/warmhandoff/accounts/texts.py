"""The practice's own texts for its staff: administrators write them, everyone on the staff reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from warmhandoff.accounts.models import PracticeText
from warmhandoff.accounts.roles import must_set_policy
from warmhandoff.core import audit
from warmhandoff.rules.access import Actor
from warmhandoff.rules.crisis import labels
from warmhandoff.rules.refusals import BadInput, NotThere, Problem

MOST = 20_000  # characters


@dataclass(frozen=True)
class OwnText:
    """A text as it stands. `reviewed_on`: the day counsel or the practice last read it."""

    code: str
    text: str
    reviewed_on: date | None
    by: str
    at: datetime


def texts_of(practice_id: UUID) -> dict[str, OwnText]:
    """The texts that were written, by code."""
    rows = PracticeText.objects.filter(practice_id=practice_id).exclude(text="").select_related("by__user")
    return {row.code: OwnText(row.code, row.text, row.reviewed_on, row.by.user.name, row.at) for row in rows}


def keep_text(actor: Actor, code: str, text: str, *, reviewed_on: date | None, now: datetime) -> None:
    """Write one text of the practice, or empty it.

    Refuses: NotAllowed without the right to policy, NotThere for an unknown code, BadInput for a day to come and for
    more than 20,000 characters.
    """
    must_set_policy(actor)
    if code not in labels("text"):
        raise NotThere(subject=code)
    if reviewed_on is not None and reviewed_on > now.date():
        raise BadInput(Problem("this day is still to come", field="reviewed_on"))
    if len(text) > MOST:
        raise BadInput(Problem(f"this is longer than {MOST:,} characters", field="text"))
    with transaction.atomic():
        row, _ = PracticeText.objects.update_or_create(
            practice_id=actor.practice_id, code=code,
            defaults={"text": text.strip(), "reviewed_on": reviewed_on, "by_id": actor.member, "at": now},
        )
        audit.record(actor, "keep_text", "practice_text", row.pk, now=now)
