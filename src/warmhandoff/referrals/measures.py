"""Reports: how far referrals came, how long it took, who answers whom; counts, told so that they show nobody.

All figures are counted from the timeline (core.Event) and the rows it writes; nothing is kept beside it. A referral
belongs to the period in which its need was recorded, and is followed to today.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median
from zoneinfo import ZoneInfo

from warmhandoff.accounts.queries import practice_of
from warmhandoff.accounts.switches import is_on
from warmhandoff.clients.figures import held_by_nobody
from warmhandoff.core import audit
from warmhandoff.referrals import counting
from warmhandoff.referrals.counting import Handoff, Loop
from warmhandoff.referrals.models import Gap
from warmhandoff.rules.access import Actor
from warmhandoff.rules.incoming import ANSWERED
from warmhandoff.rules.periods import Period, periods
from warmhandoff.rules.refusals import NotAllowed
from warmhandoff.rules.small_numbers import Told, apart, is_small, rule, table

BY_LOOP = ("began", "handed_on", "answered", "attended", "closed")
MORE_STEPS = ("offered", "chosen", "taken", "sent", "booked", "told", "settled")
FUNNEL = ("began", "offered", "chosen", "handed_on", "answered", "booked", "attended", "settled", "closed")
BY_HANDOFF = ("handed_over", "answered", "accepted", "declined")
BY_ARRIVAL = ("came", "answered", "accepted", "declined")
SPANS = (("began", "chosen"), ("began", "sent"), ("sent", "answered"), ("began", "booked"), ("began", "attended"),
         ("attended", "settled"), ("began", "closed"))
_STEP_MEANS = {"handed_on": ("sent", "taken"), "told": ("attended", "missed")}


@dataclass(frozen=True)
class Figures:
    """A table. rows: a code or name with its numbers, None for what is left out; more: how many rows are left out
    whole. adds_up: the rows add up to the total.
    """

    key: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Told, ...]], ...]
    total: tuple[Told, ...] = ()
    more: int = 0


@dataclass(frozen=True)
class Span:
    """How long it took from one step to another, in days, in the middle; None where too few came that far.

    loops: of how many, None where that is left out.
    """

    begins: str
    ends: str
    loops: Told
    days: float | None


@dataclass(frozen=True)
class Report:
    """One report. whole: of the practice, not of the reader's own clients; exact: nothing is left out.

    counts: step -> how many came to it ("handed_on": sent or taken along; "told": it is known whether she attended).
    unheld: clients nobody holds, for the whole practice alone (None: a few); register: whether unmet needs are counted.
    """

    period: Period
    whole: bool
    exact: bool
    counts: dict[str, Told]
    spans: tuple[Span, ...]
    tables: tuple[Figures, ...]
    unheld: Told
    register: bool


def may_see_whole(actor: Actor) -> bool:
    """Whether the permission table gives the actor the figures of the whole practice."""
    return "reports" in actor.verbs("practice")


def periods_of(actor: Actor, *, now: datetime) -> list[Period]:
    """The periods there is something to tell of, the latest first; this year at least."""
    zone = ZoneInfo(practice_of(actor).time_zone)
    first = counting.first_begun(actor) or now
    return periods(first.astimezone(zone).date(), now.astimezone(zone).date())


def measure(actor: Actor, period: Period, *, whole: bool, now: datetime, exact: bool = False) -> Report:
    """The report of a period: of the whole practice, or of the clients the actor can open.

    exact: also the small numbers, for one's own clients alone, each of whom she can open anyway. Refuses (NotAllowed)
    the whole practice to whoever the permission table does not give it, and its small numbers to everyone.
    """
    if whole and not may_see_whole(actor):
        raise NotAllowed("The figures of the whole practice are for supervisors and administrators.")
    if whole and exact:
        raise NotAllowed("Small numbers of the whole practice are told to nobody.")
    practice, least = practice_of(actor), 0 if exact else rule().least
    since, until = period.instants(practice.time_zone)
    every = counting.scope_of(actor, whole=whole)
    rows = every.filter(created_at__gte=since, created_at__lt=until)
    found, handed = counting.loops(rows), counting.handoffs(rows)
    counts = _counts(found, least)
    tables = [
        _by_loop("reasons", found, least), _by_handoff("listings", handed, lambda one: one.listing, least),
        _by_handoff("sources", handed, lambda one: f"{'shared' if one.shared else 'own'}:{one.source}", least),
        _arrived(counting.arrivals(actor, since, until, whole=whole), least),
        _overdue(counting.standing(every, now), least),
    ]
    register = is_on(actor.practice_id, "gap_register")
    if register:
        tables.append(_unmet(actor, period, rule().least))
    if is_on(actor.practice_id, "fairness_groups"):
        tables += _fairness(actor, handed, now.astimezone(ZoneInfo(practice.time_zone)).date())
    unheld = apart([held_by_nobody(actor.practice_id)], least=least)[0] if whole else 0
    audit.record(actor, "list", "report", now=now)
    return Report(period, whole, exact, counts, _spans(found, counts, least), tuple(tables), unheld, register)


def _reached(loops: Iterable[Loop], step: str) -> int:
    return sum(loop.has(*_STEP_MEANS.get(step, (step,))) for loop in loops)


def _counts(loops: Sequence[Loop], least: int) -> dict[str, Told]:
    """What the tables tell too comes first, so that page and table leave out the same."""
    main = apart([_reached(loops, step) for step in BY_LOOP], least=least)
    more = apart([_reached(loops, step) for step in MORE_STEPS], least=least, beside=main)
    return dict(zip((*BY_LOOP, *MORE_STEPS), (*main, *more), strict=True))


def _spans(loops: Sequence[Loop], counts: dict[str, Told], least: int) -> tuple[Span, ...]:
    """The median of each span. How many it is of is told where that gives no other number away."""
    took = [
        [(loop.at[ends] - loop.at[begins]).total_seconds() / 86400 for loop in loops
         if loop.has(begins) and loop.has(ends) and loop.at[ends] >= loop.at[begins]]
        for begins, ends in SPANS
    ]  # fmt: skip
    told = apart([len(days) for days in took], least=least, beside=list(counts.values()))
    return tuple(
        Span(begins, ends, count, round(median(days), 1) if days and not is_small(len(days), least) else None)
        for (begins, ends), days, count in zip(SPANS, took, told, strict=True)
    )


def _figures(
    key: str, columns: tuple[str, ...], rows: dict[str, list[int]], least: int, *, order: Callable[[str], Hashable]
) -> Figures:
    """The table of these rows, the fullest first; rows of which nothing but zeros is left are counted only."""
    names = sorted(rows, key=lambda name: (-rows[name][0], order(name)))
    told = table([rows[name] for name in names], least=least) if names else None
    kept = list(zip(names, told.rows, strict=True)) if told else []
    shown = [(name, cells) for name, cells in kept if any(cells)]
    return Figures(key, columns, tuple(shown), told.total if told else (0,) * len(columns), len(kept) - len(shown))


def _by_loop(key: str, loops: Sequence[Loop], least: int) -> Figures:
    grouped: dict[str, list[Loop]] = defaultdict(list)
    for loop in loops:
        grouped[loop.reason].append(loop)
    rows = {name: [_reached(some, step) for step in BY_LOOP] for name, some in grouped.items()}
    return _figures(key, BY_LOOP, rows, least, order=str)


def _by_handoff(key: str, handed: Sequence[Handoff], group: Callable[[Handoff], str], least: int) -> Figures:
    rows: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for one in handed:
        told = (True, bool(one.answer), one.answer == "accept", one.answer == "decline")
        rows[group(one)] = [count + more for count, more in zip(rows[group(one)], told, strict=True)]
    return _figures(key, BY_HANDOFF, rows, least, order=str)


def _arrived(arrived: Sequence[tuple[str, str]], least: int) -> Figures:
    rows: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for name, state in arrived:
        told = (True, state in ANSWERED, state == "accepted", state == "declined")
        rows[name] = [count + more for count, more in zip(rows[name], told, strict=True)]
    return _figures("senders", BY_ARRIVAL, rows, least, order=str)


def _overdue(standing: Sequence[tuple[str, bool]], least: int) -> Figures:
    rows: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for state, late in standing:
        rows[state] = [rows[state][0] + 1, rows[state][1] + late]
    return _figures("overdue", ("open", "overdue"), rows, least, order=str)


def _unmet(actor: Actor, period: Period, least: int) -> Figures:
    """The gap register of the period. It is the practice's and names nobody; small numbers are left out for all."""
    found = Gap.objects.filter(practice_id=actor.practice_id, found_on__gte=period.first, found_on__lte=period.last)
    counted = Counter(found.values_list("kind", flat=True))
    rows = {kind: [count] for kind, count in counted.items()}
    return _figures("unmet", ("needs",), rows, least, order=str)


def _fairness(actor: Actor, handed: Sequence[Handoff], today: date) -> list[Figures]:
    """Replies by what the record holds of the client. Small numbers are left out even of one's own."""
    groups = counting.groups_of(actor, {one.client_id for one in handed}, today)
    least = rule().least
    return [
        _by_handoff("language", handed, lambda one: groups[one.client_id].language, least),
        _by_handoff("age", handed, lambda one: groups[one.client_id].age, least),
    ]
