"""Keeping facts true as work: whom to ask first, what to ask, and what came of a call.

First come those who are offered most and of whom most is too old: (1 + how often offered) times the staleness of
what searches need. How often something was offered is handed in: what referrals know of it is not known here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q

from warmhandoff.core import audit
from warmhandoff.directory.deriving import over
from warmhandoff.directory.fields import FIELDS, narrowed
from warmhandoff.directory.freshness import age, days_known, is_stale, serves
from warmhandoff.directory.listing import confirm, edit, facts_seen, may_change, reachable
from warmhandoff.directory.measuring import GHOSTS
from warmhandoff.directory.models import Asking, Listing, Overlay, Report
from warmhandoff.directory.wording import age_in_words, code_in_words, fact_in_words
from warmhandoff.directory.writing import in_use, led_to, reachable_by
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import NotNow

NO_ANSWER = timedelta(days=3)
ASKED = timedelta(days=14)
OLDEST = 3.0  # beyond three times its age a fact weighs no more: it is as good as not known
EACH = 20
# By telephone one asks after what changes from week to week even where it is never written down.
ALWAYS = ("accepting", "wait_days", "plans")


@dataclass(frozen=True)
class Question:
    """One fact to ask about: what to say, what we hold ("" is not known), and how old that is."""

    field: str
    label: str
    ask: str
    value: Any
    words: str
    age: str


@dataclass(frozen=True)
class ToAsk:
    """One line of the queue, with what it is ordered by: `urgency` = (1 + offered) x staleness.

    stale: whether something is held that has grown too old, so that "still true" says something.
    """

    id: int
    name: str
    kind_label: str
    phone: str
    email: bool
    offered: int
    urgency: float
    asks: tuple[str, ...]
    stale: bool
    reports: tuple[str, ...]
    verified_age: str


@dataclass(frozen=True)
class Queue:
    """Whom to ask first. `resting`: called in vain or written to, and left in peace for some days."""

    lines: tuple[ToAsk, ...]
    total: int
    resting: int


@cache
def script() -> dict[str, Any]:
    return tomllib.loads(files("warmhandoff.directory").joinpath("phone_script.toml").read_text(encoding="utf-8"))


def staleness(facts: Mapping[str, Mapping[str, Any]], today: date) -> dict[str, float]:
    """field -> how much asking after it would help: its weight for the musts, times its age over what counts as known.

    A fact that still counts weighs nothing; one not known weighs once; one too old at most OLDEST times.
    """
    found = {}
    for field, weight in serves().items():
        fact = facts.get(field)
        if fact is None or fact["value"] is None:
            found[field] = float(weight)
        elif is_stale(facts, field, today):
            limit = days_known(field) or 1
            found[field] = weight * min(OLDEST, max(1.0, age(fact, today) / limit))
    return found


def queue(actor: Actor, *, today: date, now: datetime, offered: Mapping[int, int], limit: int = EACH) -> Queue:
    """Whom this practice should ask first, among its own listings, those it knows, and those it offered.

    offered: listing id -> how often it was offered lately; ids of merged listings count for what they lead to.
    """
    counts: dict[int, int] = {}
    for key, root in led_to(offered, actor.practice_id).items():
        counts[root] = counts.get(root, 0) + offered[key]
    rows = list(_candidates(actor, counts))
    overlays = {
        row.listing_id: row.facts_now
        for row in Overlay.objects.filter(practice_id=actor.practice_id).exclude(facts_now={}).only(
            "listing_id", "facts_now"
        )
    }  # fmt: skip
    resting = _resting(actor, now)
    told = _ghosts(actor, now)
    lines = []
    for row in rows:
        line = _line(row, over(row.facts_now, overlays.get(row.pk, {})), counts.get(row.pk, 0), told, today)
        if line is not None and row.pk not in resting:
            lines.append(line)
    lines.sort(key=lambda line: (-line.urgency, line.name))
    return Queue(tuple(lines[:limit]), len(lines), sum(row.pk in resting for row in rows))


def _candidates(actor: Actor, counts: Mapping[int, int]) -> Iterable[Listing]:
    known = Overlay.objects.filter(practice_id=actor.practice_id, excluded=False).exclude(relationship="unknown")
    mine = Q(practice_id=actor.practice_id) | Q(pk__in=known.values("listing_id")) | Q(pk__in=list(counts))
    set_aside = Overlay.objects.filter(practice_id=actor.practice_id, excluded=True).values("listing_id")
    rows = Listing.objects.filter(reachable_by(actor.practice_id)).filter(in_use(actor.practice_id)).filter(mine)
    return rows.exclude(pk__in=set_aside).only("pk", "name", "kind", "facts_now").iterator(chunk_size=1000)


def _resting(actor: Actor, now: datetime) -> frozenset[int]:
    called = Report.objects.filter(practice_id=actor.practice_id, kind="no_answer", at__gt=now - NO_ANSWER)
    asked = Asking.objects.filter(practice_id=actor.practice_id, answered_at=None, asked_at__gt=now - ASKED)
    keys = {*called.values_list("listing_id", flat=True), *asked.values_list("listing_id", flat=True)}
    return frozenset(led_to(keys).values())


def _ghosts(actor: Actor, now: datetime) -> dict[int, tuple[str, ...]]:
    """listing -> what was reported of it since someone last reached it, in words with counts."""
    rows = Report.objects.filter(practice_id=actor.practice_id, at__gt=now - timedelta(days=365))
    reached = dict(rows.filter(kind="reached").values_list("listing_id").annotate(Max("at")).order_by())
    told = rows.filter(kind__in=GHOSTS).values_list("listing_id", "kind").annotate(n=Count("pk"), last=Max("at"))
    found: dict[int, tuple[str, ...]] = {}
    for key, kind, count, last in told.order_by("kind"):
        if key not in reached or reached[key] < last:
            words = GHOSTS[kind] + (f" ({count} times)" if count > 1 else "")
            found[key] = (*found.get(key, ()), words)
    return found


def _line(
    row: Listing, facts: dict[str, Any], offered: int, told: Mapping[int, tuple[str, ...]], today: date
) -> ToAsk | None:
    stale = staleness(facts, today)
    reports = told.get(row.pk, ())
    if not stale and not reports:
        return None
    urgency = round((1 + offered) * (sum(stale.values()) + 3 * len(reports)), 1)
    labels = sorted(stale, key=lambda field: -stale[field])
    dates = [date.fromisoformat(fact["verified_on"]) for fact in facts.values() if fact.get("verified_on")]
    phone = facts.get("phone", {}).get("value") or ""
    return ToAsk(
        id=row.pk, name=facts.get("name", {}).get("value") or row.name, kind_label=code_in_words("kinds", row.kind),
        phone=phone, email=bool(facts.get("email", {}).get("value")), offered=offered, urgency=urgency,
        asks=tuple(FIELDS[field].label for field in labels), reports=reports,
        stale=any(facts.get(field, {}).get("value") is not None for field in stale),
        verified_age=age_in_words(max(0, (today - max(dates)).days)) if dates else "",
    )  # fmt: skip


def questions(actor: Actor, listing_id: int, *, today: date) -> tuple[Question, ...]:
    """What to ask a listing by telephone: what is too old or not known, and always whether they take new clients."""
    listing = reachable(actor, listing_id)
    facts = facts_seen(actor, listing)
    stale = staleness(facts, today)
    wanted = sorted({*stale, *ALWAYS}, key=lambda field: (-serves()[field], -stale.get(field, 0), field))
    return tuple(_question(field, facts, today) for field in wanted)


def _question(field: str, facts: Mapping[str, Mapping[str, Any]], today: date) -> Question:
    fact = facts.get(field)
    value = fact["value"] if fact else None
    return Question(
        field=field, label=FIELDS[field].label, ask=script()["questions"][field], value=value,
        words=fact_in_words(field, value), age=age_in_words(age(fact, today)) if fact and value is not None else "",
    )  # fmt: skip


def record_call(
    actor: Actor, listing_id: int, *, still: Iterable[str], changed: Mapping[str, object], now: datetime
) -> None:
    """What a call brought: facts that are still true, and new values; all verified today, by whoever called.

    Refuses as `confirm` and `edit` do. A call in which nothing was learnt is "no_answer" or nothing at all.
    """
    may_change(actor)
    still = list(still)
    with transaction.atomic():
        listing = reachable(actor, listing_id)
        key = listing.pk
        if changed:
            held = {field: fact["value"] for field, fact in facts_seen(actor, listing).items()}
            edit(actor, key, {**changed, **narrowed(held, changed)}, now=now, verified=True)
        if still:
            confirm(actor, key, still, now=now)
        Report.objects.create(practice_id=actor.practice_id, listing_id=key, kind="reached", at=now, by=actor.member)


def called_in_vain(actor: Actor, listing_id: int, *, now: datetime) -> None:
    """Called, and nobody answered: put off for NO_ANSWER. It counts against nobody."""
    may_change(actor)
    with transaction.atomic():
        key = reachable(actor, listing_id).pk
        recent = Report.objects.filter(practice_id=actor.practice_id, listing_id=key, kind="no_answer")
        if recent.filter(at__gt=now - timedelta(minutes=5)).exists():
            raise NotNow("This call was noted already.")
        Report.objects.create(practice_id=actor.practice_id, listing_id=key, kind="no_answer", at=now, by=actor.member)
        audit.record(actor, "call", "listing", key, now=now)
