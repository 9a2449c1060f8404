"""Doors around a referral: an id that is none of hers, and a role it is not for, are refused by the action itself.

Each line is one guard (R-04): what is tried, and how it is refused. The pages ask the same guards again (tests/web).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from tests.apps.referrals.loop import NEED, Loop
from tests.apps.referrals.test_basis_links import frozen, given
from tests.apps.referrals.test_packets import record
from tests.cast import NOW, Cast
from tests.leaving.sinks import light_pdf
from warmhandoff.clients.inviting import client_actor
from warmhandoff.clients.models import LawfulDisclosure, Release
from warmhandoff.referrals import (
    amending,
    answering,
    basis_links,
    client_view,
    conditions,
    cosigning,
    crisis,
    discharge_view,
    discharging,
    freezing,
    inbox,
    inquiring,
    inquiry_answers,
    joint,
    linking,
    measures,
    moving,
    on_a_basis,
    panel,
    papers,
    plan_members,
    plan_view,
    plans,
    posting,
    queries,
    reason_list,
    reasoning,
    receiving,
    recording,
    redirecting,
    reflecting,
    safety,
    sending,
    staying,
    supervising,
    talking,
)
from warmhandoff.referrals.answering import Answer
from warmhandoff.referrals.models import Delivery, JointSession
from warmhandoff.rules.access import Actor
from warmhandoff.rules.periods import period
from warmhandoff.rules.refusals import NotAllowed, NotThere

DAY = timedelta(days=1)
FACTS = panel.PanelFacts("practice_going_self_pay", date(2026, 12, 1), date(2027, 1, 31), NEED)
ACCEPT = Answer("accept", openings="Tuesday")


@pytest.fixture(autouse=True)
def _light(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (freezing, on_a_basis):
        monkeypatch.setattr(module, "packet_pdf", light_pdf)


@dataclass(frozen=True)
class World:
    """A referral of the clinician's client, and who tries."""

    cast: Cast
    loop: Loop

    @property
    def me(self) -> Actor:
        return self.cast.actor()

    @property
    def desk(self) -> Actor:
        """The front desk sees clients, and nothing clinical."""
        return self.cast.actor("coordinator")

    @property
    def client(self) -> Actor:
        return client_actor(self.cast.client)

    @property
    def her(self) -> UUID:
        return self.cast.client.pk

    @property
    def id(self) -> UUID:
        return self.loop.id

    @property
    def panel(self) -> UUID:
        return panel.begin(self.me, FACTS, now=NOW)

    @property
    def call(self) -> UUID:
        return receiving.log_incoming(self.me, receiving.NewIncoming("Dr. Alvarez", "Panic after a crash"), now=NOW)


def no_release_given(w: World) -> None:
    disclosure = record(w.loop)
    LawfulDisclosure.objects.filter(pk=disclosure).update(client=w.cast.add_client())
    on_a_basis.both(w.me, w.id, disclosure)


# What does not exist, or is not hers: as if it were not there.
NOT_THERE: dict[str, Callable[[World], Any]] = {
    "a referral": lambda w: queries.referral_row(w.me, uuid4()),
    "a call": lambda w: inbox.incoming_row(w.me, uuid4()),
    "a paper that came with a call": lambda w: papers.arrived_file(w.me, w.call, now=NOW),
    "a listing as the sender": lambda w: receiving.log_incoming(
        w.me, receiving.NewIncoming("Dr. Alvarez", "Panic", listing_id=2**40), now=NOW),
    "a listing to name instead": lambda w: redirecting.redirect(
        w.me, w.call, redirecting.Redirect([2**40], words="She is good."), today=NOW.date(), now=NOW),
    "a hand-over to amend": lambda w: amending.classes_now(w.me, w.id, uuid4()),
    "a hand-over that answered": lambda w: answering.log_answer(w.me, w.id, uuid4(), ACCEPT, now=NOW),
    "a hand-over to open": lambda w: answering.recipient_actor_by_id(uuid4(), now=NOW),
    "a link to a packet": lambda w: answering.open_with_code("unknown", "123456", now=NOW),
    "a question to answer": lambda w: answering.answer_question(w.me, w.id, words="Evenings.", now=NOW),
    "a code to give anew": lambda w: linking.give_new_code(w.me, w.id, uuid4(), how="phone", now=NOW),
    "a copy of what she never signed": lambda w: client_view.release_copy(w.client, w.id, now=NOW),
    "a link on a lawful basis": lambda w: basis_links.open_basis_link("unknown", "123456", now=NOW),
    "what such a link leads to": lambda w: basis_links.shared_page(uuid4(), now=NOW),
    "a basis of another client": no_release_given,
    "a packet on a basis": lambda w: on_a_basis.basis_packet_file(w.me, w.id, record(w.loop), now=NOW),
    "a co-signature": lambda w: cosigning.open_cosign(w.me, w.her, uuid4()),
    "a co-signature of hers": lambda w: cosigning.must_be_hers(w.me, w.her, uuid4()),
    "a question to a supervisor": lambda w: supervising.must_be_hers(w.me, w.her, uuid4()),
    "a question about another referral": lambda w: supervising.ask(
        w.me, w.cast.add_client(), "May I?", referral_id=w.id, now=NOW),
    "a question to answer as supervisor": lambda w: supervising.answer(
        w.cast.actor("supervisor"), w.her, uuid4(), decision="advice", words="Yes.", now=NOW),
    "a note of a crisis": lambda w: crisis.open_follow_up(w.me, w.her, uuid4()),
    "a note to ask after": lambda w: crisis.follow_up(w.me, uuid4(), reached=True, words="", now=NOW),
    "a safety plan": lambda w: safety.safety_plan_pdf(w.me, w.her, now=NOW),
    "a summary": lambda w: discharge_view.must_be_hers(w.me, w.her, uuid4()),
    "a summary on paper": lambda w: discharge_view.summary_pdf(w.me, w.her, uuid4(), "chart", now=NOW),
    "a summary to add to": lambda w: discharging.add_addendum(
        w.me, w.her, uuid4(), part="chart", words="More.", now=NOW),
    "someone asked": lambda w: inquiring.confirm(w.me, w.id, uuid4(), now=NOW),
    "an inquiry": lambda w: inquiring.end(w.me, w.id, uuid4(), now=NOW),
    "the page of an inquiry": lambda w: inquiry_answers.inquiry_page(uuid4(), now=NOW),
    "a joint session": lambda w: joint.call_off(w.me, w.id, seen=0, now=NOW),
    "its appointment": lambda w: joint.appointment_of(w.me, w.id, now=NOW),
    "a client of a panel": lambda w: panel.panel_client(w.me, w.panel, uuid4()),
    "a client for a panel": lambda w: panel.pick(w.me, w.panel, [uuid4()], now=NOW),
    "a meeting of a panel": lambda w: panel.met(w.me, w.panel, uuid4(), now=NOW),
    "another client's referral in a plan": lambda w: plan_members.take_in(w.me, w.cast.add_client(), w.id, now=NOW),
    "an item of a plan": lambda w: plans.end_item(w.me, w.her, uuid4(), why="", now=NOW),
    "a post to close": lambda w: posting.close(w.me, w.id, uuid4(), now=NOW),
    "a post to read": lambda w: posting.post_page(uuid4(), now=NOW),
    "a reply to a post": lambda w: posting.set_aside(w.me, w.id, uuid4(), now=NOW),
    "a reason": lambda w: reason_list.switch(w.cast.actor("admin"), "no_such_reason", off=True, now=NOW),
    "a step before": lambda w: reasoning.pass_over(w.me, w.id, "no_such_step", now=NOW),
    "what she kept for herself": lambda w: reflecting.throw_away(w.me, w.her, uuid4(), now=NOW),
    "ways to stay that nobody asked her of": lambda w: staying.ways_for_client(w.client, w.id, now=NOW),
    "a letter that is not shared": lambda w: talking.unshare_letter(w.me, w.id, now=NOW),
    "her letter, not shared": lambda w: talking.talk_pdf(w.client, w.id, "letter", now=NOW),
    "a text that is none": lambda w: talking.talk_pdf(w.me, w.id, "other", now=NOW),
}  # fmt: skip

# What is there, and not for her role.
NOT_ALLOWED: dict[str, Callable[[World], Any]] = {
    "the desk prints no record": lambda w: recording.referral_record(w.desk, w.id, now=NOW),
    "the desk reads no plan": lambda w: plan_view.open_plan(w.desk, w.her, now=NOW),
    "the desk reads no safety plan": lambda w: safety.open_safety_plan(w.desk, w.her, now=NOW),
    "the desk prints no safety plan": lambda w: safety.safety_plan_pdf(w.desk, w.her, now=NOW),
    "staff have no page of hers": lambda w: safety.own_safety_plan(w.me, now=NOW),
    "nor ask what stands there": lambda w: safety.shares_safety_plan(w.me),
    "the desk reads nothing said to her": lambda w: talking.open_talk(w.desk, w.id, now=NOW),
    "staff read no text as she does": lambda w: talking.shared_texts(w.me, w.id),
    "a clinician has no figures of all": lambda w: measures.measure(w.me, period("2026"), whole=True, now=NOW),
    "nobody has small numbers of all": lambda w: measures.measure(
        w.cast.actor("admin"), period("2026"), whole=True, exact=True, now=NOW),
    "a clinician switches no reason off": lambda w: reason_list.switch(w.me, "crisis", off=True, now=NOW),
    "a clinician adds no reason": lambda w: reason_list.add_reason(
        w.me, reason_list.NewReason("Other", "other help is better", "otra ayuda es mejor"), now=NOW),
    "an administrator logs no calls": lambda w: receiving.log_incoming(
        w.cast.actor("admin"), receiving.NewIncoming("Dr. Alvarez", "Panic", to_member=w.cast.clinician.pk), now=NOW),
    "the desk hands no panel on": lambda w: panel.begin(w.desk, FACTS, now=NOW),
    "a client offers herself nothing": lambda w: moving.move(
        w.loop.row, "offer", moving.Made(), actor=w.client, now=NOW),
}  # fmt: skip


@pytest.fixture
def world(cast: Cast) -> World:
    cast.uses(plans=True, need_posts=True)
    return World(cast, Loop(cast))


def let_through(world: World, attempts: dict[str, Callable[[World], Any]], refusal: type[Exception]) -> list[str]:
    """Those of the attempts that were not refused so. All in one test: a world for each would take seconds."""
    through = []
    for name, attempt in attempts.items():
        with suppress(refusal), transaction.atomic():
            attempt(world)
            through.append(name)
    return through


def test_what_is_not_hers_is_not_there(world: World) -> None:
    assert let_through(world, NOT_THERE, NotThere) == []


def test_what_is_not_for_her_role_is_not_allowed(world: World) -> None:
    assert let_through(world, NOT_ALLOWED, NotAllowed) == []


def test_who_sees_her_and_does_not_care_for_her_asks_nothing(world: World) -> None:
    note = crisis.record_crisis(world.me, world.her, crisis.CrisisFacts(words="She called from the car."), now=NOW)
    with pytest.raises(NotAllowed):
        crisis.follow_up(world.desk, note, reached=True, words="", now=NOW)


def test_a_condition_and_a_co_signature_are_her_supervisors_to_decide(world: World) -> None:
    item = plans.add_item(world.me, world.her, plans.NewItem("A DBT group"), now=NOW)
    words = ("the team", date(2026, 11, 20), "attempts", "alone it cannot hold", "We go on.", date(2027, 1, 15))
    assert conditions.propose(world.me, world.her, item, conditions.NewCondition(*words), now=NOW) == "waiting"
    with pytest.raises(NotAllowed):
        conditions.decide(world.me, world.her, item, agreed=True, now=NOW)
    consult = supervising.ask(world.me, world.her, "May I refer her?", now=NOW)
    with pytest.raises(NotAllowed):
        supervising.answer(world.me, world.her, consult, decision="go_ahead", words="Yes.", now=NOW)
    world.cast.uses(cosign_transfers=True)
    cosigning.ask_for_transfer(world.me, world.id, now=NOW)
    asked = supervising.waiting_for(world.cast.actor("supervisor"), now=NOW).co_signs[0].id
    with pytest.raises(NotAllowed):
        cosigning.decide(world.me, world.her, asked, agreed=True, words="", now=NOW)


def test_a_recipient_speaks_for_herself_and_reads_no_more_once_nothing_covers_it(world: World) -> None:
    loop = world.loop.offer().choose().sign().send()
    row = loop.row
    recipient = answering.recipient_actor(row.deliveries.select_related("listing").get())
    assert answering.open_delivery(recipient, now=NOW).is_live
    JointSession.objects.create(
        practice=row.practice, referral=row, delivery_id=loop.delivery_id, by=row.owner, where="Oak Street",
        at=NOW + DAY, minutes=50, proposed_at=NOW, changed_at=NOW,
    )  # fmt: skip
    with pytest.raises(NotThere):
        joint.agree(world.client, loop.id, "recipient", seen=0, now=NOW)
    joint.agree(recipient, loop.id, "recipient", seen=0, now=NOW)
    assert JointSession.objects.get().client_at is None
    Release.objects.update(revoked_at=NOW)
    with pytest.raises(NotThere):
        answering.open_delivery(recipient, now=NOW)
    with pytest.raises(NotThere):
        answering.answer_delivery(recipient, ACCEPT, now=NOW)
    assert not Delivery.objects.get().answer


def test_a_refusal_names_the_packet_that_was_asked_for(world: World) -> None:
    wanted = uuid4()
    with pytest.raises(NotThere) as refused:
        sending.packet_file(world.me, wanted, now=NOW)
    assert refused.value.details["subject"] == wanted


def test_a_release_is_taken_back_on_its_own_referral(world: World) -> None:
    signed, second = world.loop.offer().choose().sign(), Loop(world.cast)
    with pytest.raises(NotThere):
        sending.revoke(world.me, second.id, signed.release_id, now=NOW)
    assert Release.objects.get().revoked_at is None


def test_a_link_on_a_basis_opens_no_more_once_the_basis_is_gone(world: World) -> None:
    link = given(world.loop, frozen(world.loop))
    assert basis_links.shared_page(link.pk, now=NOW).content
    LawfulDisclosure.objects.update(basis="")
    with pytest.raises(NotThere):
        basis_links.shared_page(link.pk, now=NOW)
