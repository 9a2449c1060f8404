"""What referrals tell of a listing: whether it answers in time, and how long the wait really is.

People's reports and referrals' outcomes are appended as counts; from them two facts are measured for the practice
whose they are. Who refers to whom in return, and money, never enter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from warmhandoff.accounts.queries import practice_by_id
from warmhandoff.core import audit, jobs
from warmhandoff.directory.deriving import Said, holding
from warmhandoff.directory.freshness import days_known
from warmhandoff.directory.listing import edit, may_change, reachable
from warmhandoff.directory.models import Fact, Listing, Report, SharedCounts
from warmhandoff.directory.writing import derive, led_to, raise_version, said_of, source_of
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, Problem

# Beta(2, 2): as if two of four had been answered in time. Its mean, 0.5, is what the engine takes for not known, and
# it takes about four handoffs of our own to weigh as much.
PRIOR_ANSWERED, PRIOR_ASKED = 2, 4
# A stated wait weighs as much as three first appointments; without one, three are needed to say anything.
STATED_WEIGHS = 3
COUNTED = timedelta(days=730)
GHOSTS = {
    "number_dead": "The number is dead", "never_answered": "They never answered",
    "not_accepting": "They take no new clients", "wrong_kind": "They do not offer this kind of care",
}  # fmt: skip
MEASURED, SHARED = "Measured by your referrals", "Measured by practices that share their counts"
_UNANSWERED = ("silent", "never_answered", "number_dead")
_TOLD_AGAIN = timedelta(days=1)


@dataclass(frozen=True)
class Counts:
    """What was met with: asked, of these answered in time, reports by kind, and days to first appointments."""

    asked: int
    answered: int
    ghosts: dict[str, int]
    waits: tuple[int, ...]
    last_on: date | None


def responsiveness(answered: int, asked: int) -> float:
    """The mean of the Beta posterior, 0 to 1: (2 + answered in time) / (4 + asked)."""
    return round((PRIOR_ANSWERED + answered) / (PRIOR_ASKED + asked), 3)


def softened_wait(observed: Sequence[int], stated: int | None) -> int | None:
    """Days to a first appointment: the median of those observed, drawn towards what is stated while they are few.

    (n * median + 3 * stated) / (n + 3). Without a stated wait, the median from three on; else None, not known.
    """
    if not observed or (stated is None and len(observed) < STATED_WEIGHS):
        return None
    middle, count = median(observed), len(observed)
    if stated is None:
        return round(middle)
    return round((count * middle + STATED_WEIGHS * stated) / (count + STATED_WEIGHS))


def note_outcome(
    practice_id: UUID, listing_id: int, kind: str, *, about: UUID, now: datetime, days: int | None = None
) -> None:
    """What a referral tells, within its own transaction: "answered" in time, "silent", or "first_seen" after `days`.

    `about`: the handoff; told twice, or both ways, the first stands. Facts are measured by a job afterwards, so that
    a move of a referral never waits for the directory.
    """
    assert kind in ("answered", "silent", "first_seen")
    row = Report(practice_id=practice_id, listing_id=listing_id, kind=kind, about=about, days=days, at=now)
    Report.objects.bulk_create([row], ignore_conflicts=True)
    jobs.enqueue("measure", {"practice": str(practice_id), "listing": listing_id}, now=now)


def report(
    actor: Actor, listing_id: int, kind: str, *, now: datetime, words: str = "", about: UUID | None = None
) -> None:
    """One tap of someone who tried: "number_dead", "never_answered", "not_accepting" or "wrong_kind".

    "not_accepting" is also a fact by a person, today. Refuses an unknown kind, words that are too long, and the same
    report of the same listing a second time within a day.
    """
    may_change(actor)
    if kind not in GHOSTS:
        raise BadInput(Problem("choose what happened", field="kind"))
    if len(words) > 500:
        raise BadInput(Problem("is longer than 500 characters", field="words"))
    listing = reachable(actor, listing_id)
    with transaction.atomic():
        again = Report.objects.filter(practice_id=actor.practice_id, listing=listing, kind=kind)
        if again.filter(Q(at__gt=now - _TOLD_AGAIN) | Q(about=about, about__isnull=False)).exists():
            raise NotNow("This was reported already.")
        if kind == "not_accepting":
            edit(actor, listing.pk, {"accepting": "closed"}, now=now, verified=True)
        Report.objects.create(
            practice_id=actor.practice_id, listing=listing, kind=kind, about=about, words=words.strip(), at=now,
            by=actor.member,
        )  # fmt: skip
        jobs.enqueue("measure", {"practice": str(actor.practice_id), "listing": listing.pk}, now=now)
        audit.record(actor, "report", "listing", listing.pk, now=now)


def _rows(listing_id: int) -> list[int]:
    return list(Listing.objects.filter(Q(pk=listing_id) | Q(survivor=listing_id)).values_list("pk", flat=True))


def counts_of(practice_ids: Iterable[UUID], listing_id: int, *, now: datetime) -> Counts:
    """What these practices met with at a listing, and at all that is merged into it, in the last two years."""
    rows = Report.objects.filter(practice_id__in=list(practice_ids), listing_id__in=_rows(listing_id))
    told = list(rows.filter(at__gt=now - COUNTED).order_by("at").values_list("kind", "about", "days", "at"))
    silent = {about for kind, about, _, _ in told if kind == "silent"}
    answered = sum(kind == "answered" for kind, *_ in told)
    # A person's "never answered" of a handoff that fell silent anyway is the same silence.
    unanswered = sum(kind in _UNANSWERED and (kind == "silent" or about not in silent) for kind, about, *_ in told)
    ghosts = {kind: sum(kind == each for each, *_ in told) for kind in GHOSTS}
    waits = tuple(days for kind, _, days, _ in told if kind == "first_seen" and days is not None)
    return Counts(answered + unanswered, answered, {k: n for k, n in ghosts.items() if n}, waits,
                  told[-1][3].date() if told else None)


@jobs.job("measure")
def measure(payload: dict[str, Any], now: datetime) -> None:
    """Measure a listing anew for one practice, and for the server where the practice shares its counts. Repeatable."""
    practice_id = UUID(payload["practice"])
    with transaction.atomic():
        version = raise_version()
        root = led_to([payload["listing"]], practice_id).get(payload["listing"])
        if root is None:
            return
        today = now.astimezone(ZoneInfo(practice_by_id(practice_id).time_zone)).date()
        counts = counts_of([practice_id], root, now=now)
        facts = _measured(root, practice_id, counts, today)
        wrote = _say(root, practice_id, MEASURED, facts, now=now, today=today)
        if Listing.objects.filter(pk=root, practice=None).exists():
            together = counts_of(SharedCounts.objects.values_list("practice_id", flat=True), root, now=now)
            wrote |= _say(root, None, SHARED, _answers(together), now=now, today=today)
        if wrote:
            derive([root], version=version, now=now)


def _answers(counts: Counts) -> dict[str, Any]:
    return {"responsiveness": responsiveness(counts.answered, counts.asked)} if counts.asked else {}


def _measured(root: int, practice_id: UUID, counts: Counts, today: date) -> dict[str, Any]:
    wait = softened_wait(counts.waits, _stated_wait(root, practice_id, today)) if counts.waits else None
    return _answers(counts) | ({} if wait is None else {"wait_days": wait})


def _stated_wait(root: int, practice_id: UUID, today: date) -> int | None:
    """The wait as someone stated it and as it still counts, leaving aside what was measured."""
    stated: list[Said] = [word for word in said_of(root, practice_id) if word.voice != "measured"]
    word = holding(stated).get("wait_days")
    limit = days_known("wait_days")
    if word is None or word.value is None or (limit is not None and (today - word.dated).days > limit):
        return None
    return int(word.value)


def _say(root: int, owner: UUID | None, name: str, facts: dict[str, Any], *, now: datetime, today: date) -> bool:
    """Append what was measured, where it differs from what was measured last; what is measured no more is null."""
    source = source_of(owner, "measured", name, now=now)
    before = Fact.objects.filter(source=source, listing_id__in=_rows(root)).order_by("id")
    last = dict(before.values_list("field", "value"))
    new = {field: facts.get(field) for field in {**last, **facts} if facts.get(field) != last.get(field)}
    Fact.objects.bulk_create([
        Fact(listing_id=root, field=field, value=value, source=source, seen_on=today) for field, value in new.items()
    ])  # fmt: skip
    return bool(new)


def shares_counts(practice_id: UUID) -> bool:
    """Whether the practice lets its counts into what all practices of the server read."""
    return SharedCounts.objects.filter(practice_id=practice_id).exists()


def share_counts(actor: Actor, agree: bool, *, now: datetime) -> None:
    """Agree to share the practice's counts on shared listings, or take that back; what was told is measured anew.

    For administrators of the practice (NotAllowed else). Only sums of those who agree are told, never whose they are.
    """
    if "policy" not in actor.verbs("practice"):
        raise NotAllowed("An administrator of the practice decides this.")
    with transaction.atomic():
        if agree:
            SharedCounts.objects.get_or_create(
                practice_id=actor.practice_id, defaults={"agreed_at": now, "agreed_by": actor.member}
            )
        else:
            SharedCounts.objects.filter(practice_id=actor.practice_id).delete()
        told = Report.objects.filter(practice_id=actor.practice_id, listing__practice=None)
        for listing_id in told.values_list("listing_id", flat=True).distinct():
            jobs.enqueue("measure", {"practice": str(actor.practice_id), "listing": listing_id}, now=now)
        audit.record(actor, "share_counts" if agree else "keep_counts", "listing", now=now)


@dataclass(frozen=True)
class MetWith:
    """What the practice's own referrals met with at a listing, in words. Empty `reports`: nobody reported anything."""

    asked: int
    answered: int
    reports: tuple[tuple[str, int], ...]
    waits: tuple[int, ...]
    usual_wait: int | None
    last_on: date | None


def met_with(actor: Actor, listing_id: int, *, now: datetime) -> MetWith:
    """The practice's own counts of one listing over two years, as its page tells them. NotThere for a stranger's."""
    counts = counts_of([actor.practice_id], reachable(actor, listing_id).pk, now=now)
    reports = tuple((GHOSTS[kind], count) for kind, count in counts.ghosts.items())
    usual = round(median(counts.waits)) if counts.waits else None
    return MetWith(counts.asked, counts.answered, reports, counts.waits, usual, counts.last_on)
