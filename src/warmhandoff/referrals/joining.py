"""The same help looked for twice: noticed, said, and joined where that is wanted. It never stops anyone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from warmhandoff.referrals.closing import close
from warmhandoff.referrals.models import Reasoning, Referral
from warmhandoff.referrals.queries import referral_row, visible_referrals
from warmhandoff.referrals.reason_list import keep_others
from warmhandoff.rules.access import Actor
from warmhandoff.rules.lifecycle import STATES
from warmhandoff.rules.refusals import BadInput, Problem

BEGINNING = frozenset({"needed", "offered", "undecided"})  # nothing was chosen yet: it can still be folded in
_FOLDED = ("hoped_for", "background", "chart_reason")


@dataclass(frozen=True)
class Same:
    """Another open referral of the same client that looks for the same."""

    id: UUID
    title: str
    state: str


def same_help(actor: Actor, referral_id: UUID) -> list[Same]:
    """Other open referrals of the client for the same kind of help, for the same reason or some concern of both.

    Empty once something was chosen here. Two kinds of help for one reason are usual in a plan, and are not the same.
    """
    referral = referral_row(actor, referral_id)
    if referral.state not in BEGINNING:
        return []
    rows = visible_referrals(actor).filter(client_id=referral.client_id).exclude(state="closed")
    others = rows.exclude(pk=referral.pk).order_by("created_at")
    return [Same(row.pk, row.title.reveal(), STATES[row.state].label) for row in others if _is_same(referral, row)]


def _is_same(one: Referral, other: Referral) -> bool:
    need, known = one.need.reveal() or {}, other.need.reveal() or {}
    if need.get("kind") != known.get("kind"):
        return False
    concerns = set(need.get("concerns") or []) & set(known.get("concerns") or [])
    return one.reason == other.reason or bool(concerns)


def join(actor: Actor, referral_id: UUID, into: UUID, *, now: datetime, seen: int | None = None) -> None:
    """End this beginning referral as replaced, and fold what was written for it into the other; nothing is lost.

    Its reasons stand beside the other's, its texts below the other's. BadInput where the other is not one that looks
    for the same.
    """
    with transaction.atomic():
        if into not in {one.id for one in same_help(actor, referral_id)}:
            raise BadInput(Problem("choose a referral that looks for the same", field="into"))
        referral, other = (referral_row(actor, one, "change") for one in (referral_id, into))
        kept = dict(Reasoning.objects.filter(referral__in=[referral, other]).values_list("referral_id", "others"))
        extra = [*kept.get(other.pk, []), referral.reason, *kept.get(referral.pk, [])]
        keep_others(other, extra, now)
        _fold_texts(referral, other)
        close(
            actor, referral_id, outcome="superseded", reason="asked_twice", now=now, seen=seen,
            why=f"Joined with “{other.title.reveal()}”.",
        )  # fmt: skip


def _fold_texts(referral: Referral, other: Referral) -> None:
    for name in _FOLDED:
        said, known = getattr(referral, name).reveal(), getattr(other, name).reveal()
        if said and said not in known:
            setattr(other, name, f"{known}\n\n{said}".strip())
    other.save(update_fields=list(_FOLDED))
