"""The life of a referral: the table by itself, and random walks over it by every side."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from warmhandoff.rules.access import Side, Verb
from warmhandoff.rules.lifecycle import (
    ARCS,
    MOVES,
    NEW,
    OPEN,
    STATES,
    DueFacts,
    Move,
    Waiting,
    arcs,
    due_at,
    moves_from,
)
from warmhandoff.rules.vocab import vocabulary

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SIDES = get_args(Side)
EDGES = {(source, move.to) for move in MOVES.values() for source in move.sources if move.to}


def reachable(start: str, edges: Iterable[tuple[str, str]] = tuple(EDGES)) -> set[str]:
    found, todo = {start}, [start]
    while todo:
        here = todo.pop()
        for source, target in edges:
            if source == here and target not in found:
                found.add(target)
                todo.append(target)
    return found


def test_every_state_can_be_reached_from_new() -> None:
    assert reachable(NEW) == {NEW, *STATES}


@pytest.mark.parametrize("state", sorted(OPEN))
def test_every_open_state_can_be_closed(state: str) -> None:
    assert "closed" in reachable(state)


@pytest.mark.parametrize("state", sorted(OPEN))
def test_staff_alone_can_bring_every_open_state_to_its_end(state: str) -> None:
    # A client who never answers and a recipient who never does must not leave a referral hanging for ever. Only a
    # packet on its way is in the system's hands, for minutes.
    sides = {"referrer"} if state != "queued" else {"referrer", "system"}
    edges = {(s, m.to) for m in MOVES.values() if m.sides & sides for s in m.sources if m.to}
    assert "closed" in reachable(state, edges)


@pytest.mark.parametrize("state", sorted(OPEN))
def test_whoever_a_state_waits_on_can_leave_it(state: str) -> None:
    leaving = [m for m in moves_from(state, side=STATES[state].waiting_on) if m.to != state and m.to is not None]
    assert leaving, f"{state} waits on the {STATES[state].waiting_on}, who has no move out of it"


@pytest.mark.parametrize("state", sorted(OPEN))
def test_an_open_state_has_a_step_an_owner_and_a_date(state: str) -> None:
    here = STATES[state]
    assert here.step and here.label and here.waiting_on in get_args(Waiting)
    assert due_at(state, now=NOW, facts=DueFacts(zone="America/Chicago")) > NOW


def test_only_a_packet_on_its_way_waits_on_the_system() -> None:
    assert [code for code in STATES if code in OPEN and STATES[code].waiting_on == "system"] == ["queued"]


def test_closed_has_no_step_no_date_and_only_reopening() -> None:
    assert not STATES["closed"].is_open and not STATES["closed"].step
    assert {m.code for m in MOVES.values() if "closed" in m.sources} == {"reopen"}
    with pytest.raises(ValueError, match="no next step"):
        due_at("closed", now=NOW, facts=DueFacts(zone="UTC"))


@pytest.mark.parametrize("move", MOVES.values(), ids=lambda move: move.code)
def test_every_move_is_whole(move: Move) -> None:
    assert move.sources and move.sources <= {NEW, *STATES}
    assert move.to is None or move.to in STATES
    assert move.sides and move.sides <= set(SIDES)
    assert move.verb in get_args(Verb) and move.label
    assert len(set(move.needs)) == len(move.needs)
    assert (move.to == "closed") == bool(move.outcomes), "closing takes an outcome, and nothing else does"
    assert not move.outcomes or "outcome" in move.needs


def test_only_new_begins_and_only_one_way() -> None:
    assert [m.code for m in MOVES.values() if NEW in m.sources] == ["record_need"]


def test_states_and_moves_have_labels_of_their_own() -> None:
    for table in (STATES, MOVES):
        labels = [entry.label for entry in table.values()]
        assert len(set(labels)) == len(labels)


# What leaves the practice: written out again, so that a new way out is a decision made twice.
DISCLOSING = {"send", "hand_over", "hand_over_on_paper", "go_on", "go_on_on_paper", "answer_question", "amend"}


def test_what_discloses_is_said_to_disclose() -> None:
    assert {m.code for m in MOVES.values() if m.discloses} == DISCLOSING


def test_nothing_gets_to_a_recipient_without_a_move_that_discloses() -> None:
    quiet = {(s, m.to) for m in MOVES.values() if not m.discloses for s in m.sources if m.to}
    assert not reachable(NEW, quiet) & {"queued", "sent", "asked", "silent", "waitlisted"}


@pytest.mark.parametrize("move", sorted(DISCLOSING))
def test_a_client_or_recipient_never_discloses_for_us(move: str) -> None:
    assert not MOVES[move].sides & {"client", "recipient"}


@pytest.mark.parametrize("state", ["released", "queued", "sent", "asked", "silent", "waitlisted"])
def test_a_client_can_take_the_release_back_wherever_something_may_be_disclosed(state: str) -> None:
    assert "revoke_release" in {m.code for m in moves_from(state, side="client")}


def test_every_way_out_goes_through_a_signed_release() -> None:
    # Both bring the release as a fact: one signs it, the other finds it signed for an earlier recipient.
    signed = [m for m in MOVES.values() if "release" in m.needs and m.to == "released"]
    assert {m.code for m in signed} == {"sign_release", "keep_release"}
    unsigned = {(s, m.to) for m in MOVES.values() if m not in signed for s in m.sources if m.to}
    assert not reachable(NEW, unsigned) & {"released", "queued", "sent"}


def test_every_outcome_is_in_the_vocabulary_and_can_be_reached() -> None:
    given = [outcome for move in MOVES.values() for outcome in move.outcomes]
    assert len(given) == len(set(given)), "one outcome, one way to say it"
    assert set(given) == set(vocabulary("outcomes"))


def test_an_attended_outcome_is_given_only_after_attendance() -> None:
    for move in MOVES.values():
        if any(outcome.startswith("attended") for outcome in move.outcomes):
            assert move.sources <= {"attended", "mismatched", "settled"}


@pytest.mark.parametrize("state", sorted(STATES))
@pytest.mark.parametrize("waiting_on", get_args(Waiting))
def test_the_ring_has_six_arcs_and_one_open(state: str, waiting_on: str) -> None:
    ring = arcs(state, waiting_on=waiting_on)
    assert len(ring) == len(ARCS) == 6
    if not STATES[state].is_open:
        assert ring == ["done"] * 6
        return
    at = STATES[state].arc
    assert ring[:at] == ["done"] * at and set(ring[at + 1 :]) <= {""}
    assert ring[at] == ("now" if waiting_on == "referrer" else "hold")


def test_moves_from_gives_each_side_its_own() -> None:
    assert [m.code for m in moves_from("queued", side="client")] == ["revoke_release"]
    assert moves_from("closed", side="recipient") == []
    for state in (NEW, *STATES):
        for side in SIDES:
            assert all(state in m.sources and side in m.sides for m in moves_from(state, side=side))


FACTS = st.builds(
    DueFacts,
    zone=st.sampled_from(["America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "UTC"]),
    state=st.sampled_from([None, "TX", "CA", "HI", "??"]),
    promise_days=st.integers(1, 15),
    session_at=st.none() | st.datetimes(datetime(2026, 1, 2), datetime(2027, 6, 1), timezones=st.just(UTC)),
    weeks=st.none() | st.integers(1, 52),
)


@given(state=st.sampled_from(sorted(OPEN)), facts=FACTS,
       now=st.datetimes(datetime(2026, 1, 2), datetime(2027, 6, 1), timezones=st.just(UTC)))
def test_a_due_date_lies_ahead_and_within_reason(state: str, facts: DueFacts, now: datetime) -> None:
    due = due_at(state, now=now, facts=facts)
    assert due > now and due.utcoffset() == timedelta(0)
    kind = STATES[state].due.kind
    if kind == "after_session" and facts.session_at and facts.session_at > now:
        assert due > facts.session_at
        return
    most = {"weeks_named": timedelta(weeks=facts.weeks or 4), "minutes": timedelta(0), "days": timedelta(days=14)}
    assert due <= now + most.get(kind, timedelta(days=2 * max(facts.promise_days, 5))) + timedelta(days=7)


class Life(RuleBasedStateMachine):
    """Anyone makes any move at any time; what the table refuses changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.now = NEW, NOW
        self.due: datetime | None = None
        self.released = False

    @rule(data=st.data(), hours=st.integers(0, 24 * 20))
    def move(self, data: Any, hours: int) -> None:
        self.now += timedelta(hours=hours)
        side = data.draw(st.sampled_from([s for s in SIDES if moves_from(self.state, side=s)]))
        chosen = data.draw(st.sampled_from(moves_from(self.state, side=side)))
        # A later version is for someone who has a packet, wherever the referral stands by then: no state says so. The
        # action asks for that delivery, and `move` for the decision (tests/apps/referrals/test_packets.py).
        if chosen.discloses and chosen.code != "amend":
            assert self.released, f"{chosen.code} would disclose without a release in force"
        if chosen.code in ("sign_release", "keep_release"):
            self.released = True
        if chosen.code == "revoke_release":
            self.released = False
        if chosen.to is None:
            return
        self.state = chosen.to
        facts = DueFacts(zone="America/Chicago", session_at=self.now + timedelta(days=3))
        self.due = due_at(self.state, now=self.now, facts=facts) if STATES[self.state].is_open else None
        assert self.due is None or self.due > self.now

    @rule(data=st.data())
    def a_move_from_elsewhere_is_not_offered(self, data: Any) -> None:
        move = data.draw(st.sampled_from(sorted(MOVES)))
        offered = {m.code for side in SIDES for m in moves_from(self.state, side=side)}
        assert (move in offered) == (self.state in MOVES[move].sources)

    @invariant()
    def there_is_always_a_next_step_until_it_is_closed(self) -> None:
        if self.state == NEW:
            return
        assert STATES[self.state].is_open == (self.due is not None)
        assert any(moves_from(self.state, side=side) for side in SIDES)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
