"""Finding options for a referral: the engine's answer, and what of it is offered to the client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from warmhandoff import matching
from warmhandoff.core import audit
from warmhandoff.directory.columns import directory_for
from warmhandoff.directory.queries import ties_of
from warmhandoff.directory.ties import sharing_tie
from warmhandoff.directory.weighing import WeightsNow, weights_of
from warmhandoff.directory.writing import led_to
from warmhandoff.referrals import gaps
from warmhandoff.referrals.models import Option, Reasoning, Referral
from warmhandoff.referrals.moving import Made, move
from warmhandoff.referrals.queries import referral_row
from warmhandoff.referrals.trying import remember_tried
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, Problem

USUAL = 3


def need_of(referral: Referral) -> dict[str, Any]:
    """The referral's need, with everyone already tried left out, and whoever shares the tie it was made for."""
    need = dict(referral.need.reveal() or {})
    gone = referral.options.exclude(tried="").values_list("listing_id", flat=True)
    tried = led_to([*gone, *turned_down(referral), *left_out_of(referral)])
    need["exclude"] = sorted({*(need.get("exclude") or []), *tried, *tried.values()})
    return need


def left_out_of(referral: Referral) -> list[int]:
    """The listings a referral leaves out because they share the tie for which it was made."""
    kept = Reasoning.objects.filter(referral=referral).first()
    if kept is None:
        return []
    return sorted({*kept.left_out, *sharing_tie(referral.practice_id, kept.tie_kind)})


def turned_down(referral: Referral) -> list[int]:
    """Those of whom she said "none of these", as long as others are looked for: remembered, not asked about again."""
    last = referral.choices.order_by("-at").first()
    if last is None or last.kind != "choose_none" or referral.state not in ("needed", "undecided"):
        return []
    rows = referral.options.filter(tried="", dropped_at=None, added_at__lte=last.at)
    return list(rows.values_list("listing_id", flat=True))


def find_options(
    actor: Actor, referral_id: UUID, *, now: datetime, k: int = 8, relax: bool = False
) -> matching.Answer:
    """The exact best options for a referral in the practice's directory, today; those tried are left out."""
    referral = referral_row(actor, referral_id)
    audit.record(actor, "match", "referral", referral.pk, now=now, clients=[referral.client_id])
    return _search(referral, now, k=k, relax=relax)


def _search(referral: Referral, now: datetime, *, k: int, relax: bool = False) -> matching.Answer:
    directory = directory_for(referral.practice_id, today=now.date())
    weights = weights_of(referral.practice_id).weights
    return matching.search(directory, matching.parse_need(need_of(referral)), k=k, relax=relax, weights=weights)


def note_if_unmet(referral: Referral, *, now: datetime) -> bool:
    """Whether nobody meets the referral's need, not even likely: then it enters the gap register, without whose it is.

    The sender is told on the page of options, which comes next.
    """
    return gaps.note_unmet(
        referral.practice_id, need_of(referral), _search(referral, now, k=1), whose=str(referral.pk), now=now
    )


def why_not(actor: Actor, referral_id: UUID, listing_id: int, *, now: datetime) -> matching.Explanation:
    """Every must a listing fails for this referral, and every one that is unknown."""
    referral = referral_row(actor, referral_id)
    directory = directory_for(referral.practice_id, today=now.date())
    return matching.explain(directory, matching.parse_need(need_of(referral)), listing_id)


def _why(
    directory: matching.Directory, need: matching.Need, listing_id: int, weighing: WeightsNow
) -> Mapping[str, Any] | None:
    """How a listing stands, as it is kept with the option, with the numbers of the weights and of the directory.

    None where it fails a must, is excluded or is not there.
    """
    try:
        found = matching.stand(directory, need, listing_id, weights=weighing.weights)
    except BadInput:
        return None
    if found is None:
        return None
    kept = {**asdict(found), "weights": weighing.number, "directory": directory.version}
    return {**kept, "ask": list(kept["ask"])} if "ask" in kept else kept


def offer(
    actor: Actor, referral_id: UUID, listing_ids: Sequence[int], *, now: datetime, seen: int | None = None,
    single_reason: str = "",
) -> None:
    """Offer these listings to the client, in this order; earlier options that were tried stay remembered.

    Refused: none chosen; one alone without a recorded reason, which the client is shown; a listing that is neither
    option nor possible for the need; one with an undisclosed tie.
    """
    chosen = list(dict.fromkeys(listing_ids))
    if not chosen:
        raise BadInput(Problem("choose at least two options", field="options"))
    if len(chosen) == 1 and not single_reason.strip():
        raise BadInput(Problem("offering a single option needs a reason, which the client will see",
                               field="single_option_reason"))
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "change")
        directory = directory_for(referral.practice_id, today=now.date())
        need, weighing = matching.parse_need(need_of(referral)), weights_of(referral.practice_id)
        _replace_options(referral, {one: _why(directory, need, one, weighing) for one in chosen}, now)
        made = Made(facts={"options": chosen}, changes={"single_option_reason": single_reason.strip()}, seen=seen)
        move(referral, "offer", made, actor=actor, now=now)


def _replace_options(referral: Referral, chosen: Mapping[int, Mapping[str, Any] | None], now: datetime) -> None:
    ties = ties_of(referral.practice_id, list(chosen))
    referral.options.filter(listing_id__in=turned_down(referral)).update(tried="not_wanted", client_rank=None)
    referral.options.filter(tried="").exclude(listing_id__in=chosen).update(dropped_at=now)
    for order, (listing_id, why) in enumerate(chosen.items(), start=1):
        if why is None:
            raise BadInput(Problem("one of these no longer meets the need; look again", field="options"))
        kind, words = ties.get(listing_id, ("", ""))
        if kind and not words:
            raise BadInput(Problem("a tie must be disclosed in words before this option is offered", field="options"))
        option, made = Option.objects.get_or_create(
            referral=referral, listing_id=listing_id,
            defaults={"practice_id": referral.practice_id, "order": order, "added_at": now, "why": dict(why)},
        )
        if not made:
            option.why, option.order, option.dropped_at, option.client_rank = dict(why), order, None, None
        option.tie_text = words
        option.save()


def find_more(actor: Actor, referral_id: UUID, *, now: datetime, seen: int | None = None) -> None:
    """Go back to looking, with what was tried remembered: the shortlist is extended, not restarted."""
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "change")
        remember_tried(referral)
        move(referral, "find_more", Made(seen=seen), actor=actor, now=now)
    note_if_unmet(referral, now=now)
