"""Freshness as work: whom to ask first, and what came of a call."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.apps.directory.test_listing import enter_dana, shared_dana
from tests.cast import Cast
from warmhandoff.directory import freshness
from warmhandoff.directory.listing import confirm, relate, retire
from warmhandoff.directory.measuring import report
from warmhandoff.directory.own_word import ask_listing
from warmhandoff.directory.queries import known_facts
from warmhandoff.directory.reverifying import Queue, called_in_vain, questions, queue, record_call, script, staleness
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere

FULL: dict[str, Any] = {
    "sliding_scale": False, "out_of_network": False, "wait_days": 3, "times": ["morning"], "access": [],
    "age_groups": ["adults"], "licensed_states": ["TX"],
}  # fmt: skip


def full(cast: Cast, name: str) -> int:
    from warmhandoff.rules.vocab import vocabulary

    codes = {field: [next(iter(vocabulary(field)))] for field in ("times", "age_groups")}
    return enter_dana(cast, **{**FULL, **codes}, name=name)


def asked(cast: Cast, now: datetime, offered: dict[int, int] | None = None, part: str = "clinician") -> Queue:
    return queue(cast.actor(part), today=now.date(), now=now, offered=offered or {})


def test_what_is_fresh_is_not_asked_about(cast: Cast) -> None:
    full(cast, "Fresh Person")
    assert asked(cast, cast.now).lines == ()


def test_those_offered_most_come_first_and_the_stalest_among_them(cast: Cast) -> None:
    a, b, c = full(cast, "A"), full(cast, "B"), full(cast, "C")
    now = cast.now + timedelta(days=40)
    confirm(cast.actor(), c, ["accepting"], now=now)  # of C only the wait is too old
    order = [line.id for line in asked(cast, now).lines]
    assert order == [a, b, c]
    lines = asked(cast, now, {b: 2, c: 9}).lines
    assert [line.id for line in lines] == [b, c, a] or [line.id for line in lines] == [c, b, a]
    by_id = {line.id: line for line in lines}
    assert by_id[b].urgency == pytest.approx(3 * by_id[a].urgency, abs=0.2) and by_id[c].offered == 9


def test_the_queue_is_the_practices_own(cast: Cast) -> None:
    dana, mine = shared_dana(cast), enter_dana(cast)
    assert [line.id for line in asked(cast, cast.now).lines] == [mine]
    assert asked(cast, cast.now, part="outsider").lines == ()
    assert [line.id for line in asked(cast, cast.now, {dana: 1, mine: 1}, "outsider").lines] == [dana]
    relate(cast.actor(), dana, now=cast.now, relationship="met")
    assert {line.id for line in asked(cast, cast.now).lines} == {dana, mine}
    relate(cast.actor(), dana, now=cast.now, excluded=True)
    retire(cast.actor(), mine, now=cast.now)
    assert asked(cast, cast.now).lines == ()


def test_not_known_weighs_like_just_too_old_and_the_oldest_no_more_than_thrice(cast: Cast) -> None:
    today = cast.now.date()
    fact = {"value": 100, "seen_on": (today - timedelta(days=10_000)).isoformat(), "verified_on": None}
    assert staleness({"fee": fact}, today)["fee"] == 3 * freshness.serves()["fee"]
    assert staleness({}, today)["fee"] == freshness.serves()["fee"]


def test_a_call_makes_fresh_what_was_heard(cast: Cast) -> None:
    dana = full(cast, "Dana Example")
    now = cast.now + timedelta(days=100)
    fields = {question.field for question in questions(cast.actor(), dana, today=now.date())}
    assert {"accepting", "fee", "plans"} <= fields and "formats" not in fields
    record_call(cast.actor(), dana, still=["fee"], changed={"accepting": "waitlist", "wait_days": 30}, now=now)
    known = known_facts(cast.practice.pk, [dana], today=now.date())[dana]
    assert (known["fee"], known["accepting"], known["wait_days"]) == (15000, "waitlist", 30)
    with pytest.raises(BadInput):
        record_call(cast.actor(), dana, still=["about"], changed={}, now=now)
    with pytest.raises(NotThere):
        record_call(cast.actor("outsider"), dana, still=["fee"], changed={}, now=now)


def test_a_call_in_vain_rests_three_days(cast: Cast) -> None:
    dana = enter_dana(cast)
    called_in_vain(cast.actor(), dana, now=cast.now)
    found = asked(cast, cast.now + timedelta(days=2))
    assert (found.lines, found.resting) == ((), 1)
    assert len(asked(cast, cast.now + timedelta(days=4)).lines) == 1
    with pytest.raises(NotNow):
        called_in_vain(cast.actor(), dana, now=cast.now + timedelta(minutes=1))


def test_who_was_written_to_is_left_in_peace(cast: Cast) -> None:
    dana = enter_dana(cast)
    ask_listing(cast.actor(), dana, now=cast.now, by_hand=True)
    assert asked(cast, cast.now + timedelta(days=13)).resting == 1
    assert len(asked(cast, cast.now + timedelta(days=15)).lines) == 1


def test_a_dead_number_is_looked_into_until_someone_is_reached(cast: Cast) -> None:
    dana = full(cast, "Dana Example")
    report(cast.actor(), dana, "number_dead", now=cast.now)
    assert asked(cast, cast.now).lines[0].reports == ("The number is dead",)
    record_call(cast.actor(), dana, still=["fee"], changed={}, now=cast.now + timedelta(hours=1))
    assert asked(cast, cast.now + timedelta(hours=2)).lines == ()


def test_there_is_a_question_for_everything_that_is_asked_about() -> None:
    assert script()["questions"].keys() == freshness.serves().keys()
