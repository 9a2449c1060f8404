"""The gap register: needs nobody met, counted for the network, without whose they were."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from warmhandoff.accounts.switches import is_on
from warmhandoff.core import audit
from warmhandoff.matching import Answer
from warmhandoff.referrals.models import Gap
from warmhandoff.rules.access import Actor
from warmhandoff.rules.gaps import Counted, counted, zip3

LOOKED_BACK = timedelta(days=365)


def _mark(whose: str, need: Mapping[str, Any]) -> str:
    text = json.dumps([whose, dict(need)], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def note_unmet(
    practice_id: UUID, need: Mapping[str, Any], answer: Answer, *, whose: str, now: datetime
) -> bool:
    """Count a need that nobody meets, not even likely; whether it is counted (again or anew).

    whose: what tells this need from another of the same kind; only a one-way mark of it is kept. Nothing is counted
    where the practice switched the register off.
    """
    if answer.total or answer.possible_total or not is_on(practice_id, "gap_register"):
        return False
    opening = [[one.must, one.change, one.total] for one in answer.relaxations or () if one.total]
    payment, place = need.get("payment") or {}, need.get("place") or {}
    Gap.objects.get_or_create(
        practice_id=practice_id, once=_mark(whose, need),
        defaults={
            "found_on": now.date(), "kind": str(need.get("kind", "")), "concerns": list(need.get("concerns") or []),
            "plan": str(payment.get("plan") or ""), "zip3": zip3(str(place.get("zip", ""))), "would_open": opening,
        },
    )  # fmt: skip
    return True


@dataclass(frozen=True)
class WouldOpen:
    """One single change: for how many needs it would have opened something, and how many options in the middle."""

    must: str
    change: str
    needs: int
    options: int


@dataclass(frozen=True)
class Gaps:
    """The register of the last year. Counts under five are left out everywhere."""

    since: date
    total: Counted
    kinds: Counted
    concerns: Counted
    plans: Counted
    zips: Counted
    would_open: tuple[WouldOpen, ...]


def gaps(actor: Actor, *, now: datetime) -> Gaps:
    """What was looked for in the last year and not found, in the actor's practice. The register names nobody."""
    since = (now - LOOKED_BACK).date()
    rows = list(Gap.objects.filter(practice_id=actor.practice_id, found_on__gte=since).order_by("found_on", "pk"))
    audit.record(actor, "list", "gaps", now=now)
    return Gaps(
        since=since, total=counted({"all": len(rows)}), kinds=_count(row.kind for row in rows),
        concerns=_count(code for row in rows for code in dict.fromkeys(row.concerns)),
        plans=_count(row.plan for row in rows if row.plan), zips=_count(row.zip3 for row in rows if row.zip3),
        would_open=_would_open(rows),
    )


def _count(codes: Iterable[str]) -> Counted:
    return counted(dict(sorted(Counter(codes).items())))


def _would_open(rows: list[Gap]) -> tuple[WouldOpen, ...]:
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in rows:
        for must, change, total in row.would_open:
            found[must, change].append(total)
    by_name = {"\n".join(key): key for key in sorted(found)}
    told = counted({name: len(found[key]) for name, key in by_name.items()})
    return tuple(WouldOpen(*by_name[name], needs, round(median(found[by_name[name]]))) for name, needs in told.shown)
