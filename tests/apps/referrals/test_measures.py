"""Reports: every figure is worked out a second time, from the timeline alone, and is the same."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from tests.cast import NOW, Cast
from tests.flows import walk as way
from warmhandoff.accounts.models import Practice
from warmhandoff.core import clock
from warmhandoff.core.events import Change, Subject, record
from warmhandoff.core.models import AuditEntry, Event
from warmhandoff.referrals import measures
from warmhandoff.referrals.models import Gap, Referral
from warmhandoff.rules.access import system
from warmhandoff.rules.lifecycle import MOVES, STATES
from warmhandoff.rules.periods import period, periods
from warmhandoff.rules.refusals import BadInput, NotAllowed

REASONS = ("insurance_not_accepted", "outside_competence", "client_moving")
THIS_YEAR = period("2026")


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def wander(cast: Cast, client_ids: list[UUID], count: int, seed: int) -> None:
    """Referrals that wander over the table of moves at random, written as `moving` writes them."""
    chance = random.Random(seed)
    rows = []
    for number in range(count):
        began = NOW - timedelta(days=chance.randrange(2, 700), hours=chance.randrange(24))
        owner = cast.members[chance.choice(["clinician", "colleague"])]
        row = Referral(
            id=uuid4(), practice=cast.practice, client_id=client_ids[number % len(client_ids)], owner=owner,
            kind="transfer", reason=chance.choice(REASONS), title="t", need={}, created_at=began, state="needed",
        )
        walked(row, began, chance)
        rows.append(row)
    Referral.objects.bulk_create(rows)


def walked(row: Referral, at: datetime, chance: random.Random) -> None:
    subject, actor = Subject("referral", row.pk, row.practice_id, row.client_id), system(row.practice_id)
    record(subject, Change("record_need", 1, "", "needed"), actor=actor, now=at)
    row.moves_made = 1
    for _ in range(chance.randrange(14)):
        at += timedelta(hours=chance.randrange(1, 200))
        early = chance.random() < 0.05  # "end" stands open everywhere, and would end every walk at once
        moves = [one for one in MOVES.values() if row.state in one.sources and (early or one.code != "end")]
        if not moves or at >= NOW:
            break
        on = [one for one in moves if one.to and STATES[one.to].arc >= STATES[row.state].arc and one.to != row.state]
        moves = on if on and chance.random() < 0.8 else moves  # mostly onward, or hardly any would come to a session
        move = chance.choice(moves)
        before, row.state = row.state, move.to or row.state
        row.moves_made += 1
        row.closed_at = at if row.state == "closed" else None
        record(subject, Change(move.code, row.moves_made, before, row.state), actor=actor, now=at)
    state = STATES[row.state]
    if state.is_open:
        row.next_step, row.waiting_on, row.next_owner = state.step, state.waiting_on, row.owner
        row.due_at = NOW + timedelta(days=chance.choice([-3, 5]))
    else:
        row.outcome = "attended_fit"


def told_by_events(practice: Practice, mine: set[UUID] | None) -> dict[UUID, list[tuple[str, str, datetime]]]:
    """subject -> (move, state after it, when) of every referral that began in the year; written apart from counting."""
    begins = datetime(2026, 1, 1, tzinfo=ZoneInfo(practice.time_zone))
    found: dict[UUID, list[tuple[str, str, datetime]]] = {}
    for one in Event.objects.filter(practice_id=practice.pk, subject_kind="referral").order_by("subject_id", "number"):
        if mine is None or one.client_id in mine:
            found.setdefault(one.subject_id, []).append((one.move, one.to_state, one.at))
    return {key: life for key, life in found.items() if life[0][2] >= begins}


def first(life: list[tuple[str, str, datetime]], *states: str) -> datetime | None:
    return next((at for _, state, at in life if state in states), None)


def steps_of(life: list[tuple[str, str, datetime]]) -> dict[str, datetime | None]:
    steps: dict[str, datetime | None] = {
        "began": life[0][2], "offered": first(life, "offered"), "chosen": first(life, "chosen", "taken"),
        "taken": first(life, "taken"), "sent": first(life, "sent"), "handed_on": first(life, "sent", "taken"),
        "answered": first(life, "accepted", "declined", "waitlisted", "asked"), "booked": first(life, "booked"),
        "attended": first(life, "attended", "settled"), "settled": first(life, "settled"),
        "told": first(life, "attended", "settled", "missed"),
    }
    closings = [at for (_, state, at), before in zip(life[1:], life, strict=False) if state == "closed" != before[1]]
    return steps | {"closed": closings[-1] if life[-1][1] == "closed" else None}


@pytest.mark.parametrize("seed", [1, 2])
def test_every_figure_is_what_the_events_say(cast: Cast, seed: int) -> None:
    mine = [cast.client.pk, *(cast.add_client(f"Client {n}") for n in range(3))]
    wander(cast, mine, 90, seed)
    lives = told_by_events(cast.practice, None)
    steps = {key: steps_of(life) for key, life in lives.items()}
    report = measures.measure(cast.actor(), THIS_YEAR, whole=False, now=NOW, exact=True)
    assert 20 < len(lives) < 90
    for state in ("asked", "booked", "attended"):  # the walks come far enough to be worth counting
        assert any(first(life, state) for life in lives.values()), state
    for step in (*measures.BY_LOOP, *measures.MORE_STEPS):
        assert report.counts[step] == sum(bool(one[step]) for one in steps.values()), step
    for span in report.spans:
        days = [(one[span.ends] - one[span.begins]).total_seconds() / 86400  # type: ignore[operator]
                for one in steps.values() if one[span.begins] and one[span.ends]
                and one[span.ends] >= one[span.begins]]  # type: ignore[operator]
        assert span.loops == len(days) and span.days == (round(median(days), 1) if days else None)
    reasons = dict(Referral.objects.values_list("pk", "reason"))
    told = tables(report)["reasons"]
    for reason, cells in told.rows:
        these = [one for key, one in steps.items() if reasons[key] == reason]
        assert cells == tuple(sum(bool(one[step]) for one in these) for step in measures.BY_LOOP)
    assert len(told.rows) == len({reasons[key] for key in steps}) and told.total[0] == len(steps)
    whole_life = Counter(
        Event.objects.filter(subject_id=row.pk).order_by("-number").values_list("to_state", flat=True)[0]
        for row in Referral.objects.all()
    )
    assert {state: cells[0] for state, cells in tables(report)["overdue"].rows} == {
        state: count for state, count in whole_life.items() if state != "closed"
    }
    late = Referral.objects.filter(due_at__lt=NOW).count()
    assert tables(report)["overdue"].total[1] == late and late


def tables(report: measures.Report) -> dict[str, measures.Figures]:
    return {one.key: one for one in report.tables}


def test_the_whole_practice_leaves_small_numbers_out(cast: Cast) -> None:
    wander(cast, [cast.client.pk], 60, 3)
    exact = measures.measure(cast.actor(), THIS_YEAR, whole=False, now=NOW, exact=True)
    whole = measures.measure(cast.actor("supervisor"), THIS_YEAR, whole=True, now=NOW)
    assert not whole.exact
    told = [count for count in whole.counts.values() if count is not None]
    assert told and not any(0 < count < 11 for count in told)
    assert not any(0 < abs(one - other) < 11 for one in told for other in told if one and other)
    for step, count in whole.counts.items():
        assert count is None or count == exact.counts[step]
    assert any(count is None for count in whole.counts.values())
    for table in whole.tables:
        for _, cells in table.rows:
            assert not any(count and count < 11 for count in cells)


def test_handoffs_by_listing_source_and_group(cast: Cast) -> None:
    walk = way.accepted(cast)
    report = measures.measure(walk.staff, THIS_YEAR, whole=False, now=walk.now, exact=True)
    assert report.counts["sent"] == 1 and report.counts["answered"] == 1 and report.counts["attended"] == 0
    assert tables(report)["listings"].rows == ((walk.delivery.listing.name, (1, 1, 1, 0)),)
    assert tables(report)["sources"].total == (1, 1, 1, 0)
    # replies by group: one person is never told of, not even to whoever may open her
    assert tables(report)["language"].rows == () and tables(report)["language"].more == 1
    cast.uses(fairness_groups=False)
    assert "language" not in tables(measures.measure(walk.staff, THIS_YEAR, whole=False, now=walk.now))


@pytest.mark.parametrize(
    ("born", "band"),
    [("", ""), ("2009-11-24", "0-17"), ("2008-11-23", "18-25"), ("1961-11-24", "26-64"), ("1961-11-23", "65+")],
)
def test_the_ages_the_record_holds(born: str, band: str) -> None:
    assert measures.counting.age_band(born, NOW.date()) == band


def test_unmet_needs_and_clients_nobody_holds(cast: Cast) -> None:
    Gap.objects.bulk_create(
        Gap(practice=cast.practice, found_on=NOW.date(), kind="psychiatrist" if n < 12 else "therapist", once=str(n))
        for n in range(25)
    )
    supervisor = cast.actor("supervisor")
    report = measures.measure(supervisor, THIS_YEAR, whole=True, now=NOW)
    assert report.unheld == 0
    assert dict(tables(report)["unmet"].rows) == {"psychiatrist": (12,), "therapist": (13,)}
    assert tables(measures.measure(supervisor, period("2025"), whole=True, now=NOW))["unmet"].rows == ()
    cast.client.team.update(until=NOW)
    assert measures.measure(supervisor, THIS_YEAR, whole=True, now=NOW).unheld is None


def test_who_may_see_what(cast: Cast) -> None:
    wander(cast, [cast.client.pk], 3, 4)
    for part in ("supervisor", "admin"):
        assert measures.may_see_whole(cast.actor(part))
    for part in ("clinician", "colleague", "coordinator", "newcomer"):
        assert not measures.may_see_whole(cast.actor(part))
        with pytest.raises(NotAllowed):
            measures.measure(cast.actor(part), THIS_YEAR, whole=True, now=NOW)
    with pytest.raises(NotAllowed):
        measures.measure(cast.actor("admin"), THIS_YEAR, whole=True, now=NOW, exact=True)
    for part, seen in {"clinician": True, "colleague": False, "admin": False, "outsider": False}.items():
        report = measures.measure(cast.actor(part), period("2026"), whole=False, now=NOW, exact=True)
        assert bool(report.counts["began"] or tables(report)["overdue"].rows) is seen, part
    assert measures.measure(cast.actor("outsider"), THIS_YEAR, whole=True, now=NOW).counts["began"] == 0
    assert AuditEntry.objects.filter(verb="list", subject_kind="report").count() == 5


def test_periods_are_whole_quarters_and_years(cast: Cast) -> None:
    assert [one.key for one in periods(datetime(2026, 5, 2, tzinfo=UTC).date(), NOW.date())] == [
        "2026", "2026-Q4", "2026-Q3", "2026-Q2"
    ]  # fmt: skip
    first_day, after = period("2026-Q4").instants("America/Chicago")
    assert first_day.isoformat() == "2026-10-01T00:00:00-05:00" and after.isoformat() == "2027-01-01T00:00:00-06:00"
    assert period("2026").last.isoformat() == "2026-12-31" and period("2024-Q1").last.isoformat() == "2024-03-31"
    for odd in ("", "2026-Q5", "26", "2026-Q1 or 1=1", "1999"):
        with pytest.raises(BadInput):
            period(odd)
    assert [one.key for one in measures.periods_of(cast.actor(), now=NOW)][0] == "2026"


def test_a_report_costs_the_same_however_much_there_is(cast: Cast, django_assert_max_num_queries: Any) -> None:
    wander(cast, [cast.client.pk], 40, 5)
    with django_assert_max_num_queries(20):
        measures.measure(cast.actor("supervisor"), THIS_YEAR, whole=True, now=NOW)
