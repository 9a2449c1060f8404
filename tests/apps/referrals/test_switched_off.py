"""What a practice has switched off is refused by the action itself, whatever page or program calls it.

One entry a switch: what is tried with the part off. An action is refused; a part that only shows or counts something
holds nothing. A switch without an entry here fails.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.apps.referrals.loop import NEED, Loop, loop_at
from tests.cast import NOW, Cast
from warmhandoff.clients import process_notes
from warmhandoff.clients.inviting import client_actor_by_id, invite_client
from warmhandoff.network.circle import exchange_with
from warmhandoff.referrals import (
    asking,
    attending,
    checking_in,
    choosing,
    conditions,
    cosigning,
    following_through,
    goals,
    inquiring,
    measures,
    plan_members,
    planning,
    plans,
    posting,
    reflecting,
    talking,
)
from warmhandoff.referrals.models import Gap, PlanItem, PlanStep
from warmhandoff.referrals.models.reflection import Reflection
from warmhandoff.rules.inquiry import draft_inquiry
from warmhandoff.rules.periods import period
from warmhandoff.rules.refusals import NotNow, NotThere
from warmhandoff.rules.switches import SWITCHES

Tries = list[Callable[[], object]]
REFUSED = (NotNow, NotThere)


def portal(cast: Cast) -> Tries:
    loop = Loop(cast)
    return [lambda: invite_client(cast.actor(), cast.client.pk, referral_id=None, now=NOW),
            lambda: talking.share_letter(loop.actor, loop.id, seen=0, now=NOW)]


def choice_questions(cast: Cast) -> Tries:
    loop = Loop(cast).offer()
    beside: list[dict[str, Any]] = [{"likely": 3}, {"barrier": "fear"}, {"words": "not my childhood again"},
                                    {"share_words": True}]
    return [lambda more=more: choosing.record_choice(
        loop.actor, loop.id, choosing.ClientChoice("not_now", "paper", **more), now=NOW) for more in beside]


def helpers(cast: Cast) -> Tries:
    loop = Loop(cast).offer()
    choice = choosing.ClientChoice("not_now", "paper", helped_by="interpreter")
    return [lambda: choosing.record_choice(loop.actor, loop.id, choice, now=NOW)]


def conversations(cast: Cast) -> Tries:
    loop = Loop(cast)
    return [lambda: talking.log_conversation(loop.actor, loop.id, held_on=NOW.date(), how="session", beats=[],
                                             how_taken="well", now=NOW)]


def check_ins(cast: Cast) -> Tries:
    attended = loop_at(cast, "attended")
    waiting = loop_at(cast, "sent")
    her = client_actor_by_id(cast.practice.pk, cast.client.pk)
    return [
        lambda: checking_in.agree(attended.actor, attended.id, how="page", now=attended.now),
        *[lambda fits=fits: attending.check_in(her, attended.id, fits=fits, comfort=5, words="", now=attended.now)
          for fits in ("yes", "unsure", "no")],
        lambda: checking_in.tell_waiting(her, waiting.id, comfort=4, words="", needs_else=False, now=waiting.now),
    ]


def set_goals(cast: Cast) -> Tries:
    loop = Loop(cast)
    return [lambda: goals.set_goals(loop.actor, loop.id, ["to sleep"], now=NOW),
            lambda: goals.score_goals(loop.actor, loop.id, {}, now=NOW)]


def inquiries(cast: Cast) -> Tries:
    loop = Loop(cast)
    new = inquiring.NewInquiry(draft_inquiry(NEED, home="78704"), loop.listings, NOW.date())
    return [lambda: inquiring.inquire(loop.actor, loop.id, new, now=NOW)]


def need_posts(cast: Cast) -> Tries:
    loop = Loop(cast)
    return [lambda: posting.write(loop.actor, loop.id, posting.drafted(loop.actor, loop.id), now=NOW)]


def the_plan(cast: Cast) -> Tries:
    """Every action of a plan, on a plan that was made while they were on."""
    me, her = cast.actor(), cast.client.pk
    new = plans.NewItem("A DBT group", reduces={"housing": 2}, waiting_list="agreed")
    one, begun, gone = (plans.add_item(me, her, new, now=NOW) for _ in range(3))
    need = planning.NewReferral(kind="adjunct", reason="recommended_practice", need=NEED)
    plans.begin_item(me, her, begun, need, now=NOW)
    plans.end_item(me, her, gone, why="", now=NOW)
    plans.set_harms(me, her, {"housing": (3, "acute")}, now=NOW)
    beside = Loop(cast)
    condition = conditions.NewCondition("team", date(2026, 11, 20), "a", "b", "c", date(2027, 1, 15))
    return [
        lambda: plans.add_item(me, her, new, now=NOW),
        lambda: plans.change_item(me, her, one, new, now=NOW),
        lambda: plans.move_item(me, her, one, "down", whose="hers", now=NOW),
        lambda: plans.suggest_again(me, her, now=NOW),
        lambda: plans.set_harms(me, her, {"housing": (1, "standing")}, now=NOW),
        lambda: plans.record_reduced(me, her, "housing", 1, now=NOW),
        lambda: plans.begin_item(me, her, one, need, now=NOW),
        lambda: plans.end_item(me, her, one, why="", now=NOW),
        lambda: plan_members.take_in(me, her, beside.id, now=NOW),
        lambda: plan_members.put_back(me, her, gone, now=NOW),
        lambda: plan_members.on_waiting_list(me, her, one, now=NOW),
        lambda: following_through.answer(me, her, begun, barrier="fear", proposal="talk", words="", now=NOW),
        lambda: following_through.done(me, her, one, "bring_back", now=NOW),
        lambda: following_through.rest(me, her, one, resting=True, now=NOW),
        lambda: conditions.propose(me, her, one, condition, now=NOW),
        lambda: conditions.decide(me, her, one, agreed=True, now=NOW),
        lambda: conditions.review(me, her, one, again_on=None, now=NOW),
    ]


def pause(cast: Cast) -> Tries:
    one = reflecting.keep(cast.actor(), cast.client.pk, {"repair": "a talk"}, now=NOW)
    return [lambda: reflecting.keep(cast.actor(), cast.client.pk, {"repair": "another"}, now=NOW),
            lambda: reflecting.show_supervisor(cast.actor(), cast.client.pk, one, shown=True, now=NOW)]


def cosign_transfers(cast: Cast) -> Tries:
    loop = Loop(cast)
    return [lambda: cosigning.ask_for_transfer(loop.actor, loop.id, now=NOW)]


def cosign_summaries(cast: Cast) -> Tries:
    return [lambda: cosigning.ask_for_summary(cast.actor(), cast.client.pk, now=NOW)]


def keep_process_notes(cast: Cast) -> Tries:
    note = process_notes.write_note(cast.actor(), cast.client.pk, "before", now=NOW)
    return [lambda: process_notes.write_note(cast.actor(), cast.client.pk, "x", now=NOW),
            lambda: process_notes.change_note(cast.actor(), cast.client.pk, note, "x", now=NOW),
            lambda: process_notes.own_notes(cast.actor(), cast.client.pk, now=NOW)]


ACTIONS: dict[str, Callable[[Cast], Tries]] = {
    "portal": portal, "choice_questions": choice_questions, "helpers": helpers, "conversations": conversations,
    "check_ins": check_ins, "goals": set_goals, "inquiries": inquiries, "need_posts": need_posts, "plans": the_plan,
    "pause": pause, "cosign_transfers": cosign_transfers, "cosign_summaries": cosign_summaries,
    "process_notes": keep_process_notes,
}  # fmt: skip
SHOWS_ONLY = {"gap_register", "fairness_groups", "reciprocity"}


def test_every_switch_is_in_one_of_the_two_tables() -> None:
    assert ACTIONS.keys() | SHOWS_ONLY == SWITCHES.keys() and not ACTIONS.keys() & SHOWS_ONLY


@pytest.mark.slow
@pytest.mark.parametrize("code", ACTIONS)
def test_what_is_off_is_refused_at_the_action(cast: Cast, code: str) -> None:
    if code == "process_notes":
        cast.uses(process_notes=True)
    tries = ACTIONS[code](cast)
    cast.uses(**{code: False})
    for number, attempt in enumerate(tries):
        try:
            attempt()
        except REFUSED:
            continue
        pytest.fail(f"{code}: try {number} was not refused")


@pytest.mark.slow
def test_what_only_counts_or_shows_holds_nothing(cast: Cast) -> None:
    cast.uses(**dict.fromkeys(SHOWS_ONLY, False))
    loop = Loop(cast)
    nobody = planning.NewReferral(kind="transfer", reason="modality", need={**NEED, "concerns": ["grief"]})
    asking.find_options(cast.actor(), planning.record_need(cast.actor(), cast.client.pk, nobody, now=NOW), now=NOW)
    assert not Gap.objects.exists()
    assert exchange_with(cast.actor(), loop.listings[0]) is None
    off = {table.key for table in measures.measure(cast.actor(), period("2026"), whole=False, now=NOW).tables}
    cast.uses(**dict.fromkeys(SHOWS_ONLY, True))
    on = {table.key for table in measures.measure(cast.actor(), period("2026"), whole=False, now=NOW).tables}
    assert off < on and exchange_with(cast.actor(), loop.listings[0]) is not None


@pytest.mark.slow
def test_what_was_kept_stays_hers_and_the_clock_is_silent(cast: Cast) -> None:
    one = reflecting.keep(cast.actor(), cast.client.pk, {"repair": "a talk"}, now=NOW)
    reflecting.show_supervisor(cast.actor(), cast.client.pk, one, shown=True, now=NOW)
    loop = loop_at(cast, "missed")
    plan_members.take_in(cast.actor(), cast.client.pk, loop.id, now=NOW)
    cast.uses(pause=False, plans=False)
    following_through.notice(loop.now)
    assert not PlanStep.objects.exists() and PlanItem.objects.count() == 1
    reflecting.show_supervisor(cast.actor(), cast.client.pk, one, shown=False, now=NOW)
    reflecting.throw_away(cast.actor(), cast.client.pk, one, now=NOW)
    assert not Reflection.objects.exists()
    cast.uses(plans=True)
    following_through.notice(loop.now)
    assert PlanStep.objects.get().what == "not_followed"
