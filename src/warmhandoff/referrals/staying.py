"""The client's side of the ways to stay: she is asked on her own page, and says of each whether it would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from warmhandoff.core import audit
from warmhandoff.referrals.models import Referral, StayAnswer
from warmhandoff.referrals.queries import referral_row
from warmhandoff.referrals.reason_list import reasons_of
from warmhandoff.referrals.reasoning import Before, before_of, is_answered, reasoning_of
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotThere, Problem


def _codes(found: Before) -> list[str]:
    """The alternatives to ask her of: those her clinician has not said no to."""
    codes = [code for step in (*found.open, *found.done) for code in step.alternatives]
    return [code for code in codes if code not in found.stay or found.stay[code].ours != "no"]


@dataclass(frozen=True)
class WaysToStay:
    """What the client is asked: may she stay in another way? ours, hers: answers so far, by alternative."""

    referral_id: UUID
    therapist: str
    ways: tuple[tuple[str, str, str, str], ...]  # code, words in English, in Spanish, her answer


def ways_for_client(actor: Actor, referral_id: UUID, *, now: datetime) -> WaysToStay:
    """The client's door to the ways to stay. NotThere for anyone else's, and where nobody asked her."""
    row = referral_row(actor, referral_id)
    found = before_of(row)
    if actor.side != "client" or not found.asked_client or row.state == "closed":
        raise NotThere(subject=referral_id)
    audit.record(actor, "open", "referral", row.pk, now=now, clients=[row.client_id])
    known = reasons_of(row.practice_id).alternatives
    ways = tuple(
        (code, known[code].plain, known[code].plain_es, found.stay[code].hers if code in found.stay else "")
        for code in _codes(found)
    )
    return WaysToStay(row.pk, row.owner.user.name, ways)


def all_told(row: Referral) -> bool:
    """Whether the client has said of every way she was asked about whether it would let her stay."""
    found = before_of(row)
    return all(code in found.stay and found.stay[code].hers for code in _codes(found))


def tell_ways(
    actor: Actor, referral_id: UUID, answers: Mapping[str, str], *, told_by: str, now: datetime
) -> None:
    """The client says of each way whether it would do. Her clinician's step is to look at it today."""
    ways = {code for code, *_ in ways_for_client(actor, referral_id, now=now).ways}
    if not answers or any(code not in ways or said not in ("yes", "no") for code, said in answers.items()):
        raise BadInput(Problem("choose an answer", field="answers"))
    with transaction.atomic():
        row = referral_row(actor, referral_id)
        for code, said in answers.items():
            StayAnswer.objects.update_or_create(
                referral=row, alternative=code,
                defaults={"practice_id": row.practice_id, "hers": said, "hers_at": now, "told_by": told_by},
            )
        kept = reasoning_of(row, now)
        for step in before_of(row).open:
            if step.alternatives and is_answered(step, row):
                kept.seen = [*dict.fromkeys([*kept.seen, step.code])]
        kept.save()
        audit.record(actor, "tell_ways", "referral", row.pk, now=now, clients=[row.client_id])
