"""Nothing leaves without a release in force that covers recipient, purpose and class, and nothing after its end."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.apps.referrals.loop import DAY, Loop, loop_at
from tests.cast import Cast
from tests.flows.walk import token_of
from warmhandoff.core import jobs
from warmhandoff.core.models import AuditEntry, Event, Message
from warmhandoff.referrals import answering, sending
from warmhandoff.referrals.models import Delivery, Packet
from warmhandoff.rules.refusals import BadInput, NoRelease, NotNow, NotThere, Stale

pytestmark = pytest.mark.slow


@pytest.fixture
def loop(cast: Cast) -> Loop:
    return loop_at(cast, "released")


def refused_disclosures() -> int:
    return Event.objects.filter(move="refuse_disclosure").count()


def send(loop: Loop, order: sending.Order, now: datetime | None = None) -> None:
    sending.send(loop.actor, loop.id, order, now=now or loop.now)


def test_without_a_release_the_preview_says_no_and_sending_is_refused(cast: Cast) -> None:
    loop = loop_at(cast, "chosen")
    order = loop.order()
    assert not sending.preview(loop.actor, loop.id, loop.listings[0], ["contact"], now=loop.now).decision.allowed
    with pytest.raises(NoRelease):
        send(loop, order)
    assert refused_disclosures() == 1
    assert not Packet.objects.exists() and loop.state == "chosen"


@pytest.mark.parametrize("what", ["another recipient", "another class", "after its last day"])
def test_a_release_covers_what_it_names_and_no_more(loop: Loop, what: str) -> None:
    order, now = loop.order(), loop.now
    if what == "another recipient":
        order = loop.order(loop.listings[2])
    elif what == "another class":
        order = loop.order(classes=("contact", "background"))
    else:
        now = loop.now + 61 * DAY
    with pytest.raises(NoRelease):
        send(loop, order, now)
    assert refused_disclosures() == 1
    assert not Delivery.objects.exists() and loop.state == "released"


def test_on_its_last_day_it_still_counts(loop: Loop) -> None:
    loop.now = loop.now + 60 * DAY
    loop.send()
    assert loop.state == "sent"


def test_what_leaves_is_what_was_seen(loop: Loop) -> None:
    order = loop.order()
    row = loop.row
    row.hoped_for = "something else by now"
    row.save()
    with pytest.raises(Stale):
        send(loop, order)
    assert not Packet.objects.exists() and loop.state == "released"


@pytest.mark.parametrize(("more", "field"), [
    ({"attested": False}, "attested"), ({"way": "pigeon"}, "way"), ({"classes": ()}, "classes"),
])  # fmt: skip
def test_an_order_says_what_how_and_that_nothing_is_paid(loop: Loop, more: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        send(loop, loop.order(**more))
    assert [problem.field for problem in refused.value.problems] == [field]


def test_a_packet_holds_the_chosen_classes_only(loop: Loop) -> None:
    loop.send(classes=("reason",))
    content = Packet.objects.get().content.reveal()
    assert content["classes"] == ["reason"]
    text = str(content)
    assert "Rosalind" not in text and "512-555-0142" not in text and "a private chart reason" not in text


def test_the_frozen_packet_does_not_follow_the_record(loop: Loop) -> None:
    loop.send()
    before = Packet.objects.get()
    row = loop.row
    row.client_reason = "another reason"
    row.save()
    assert Packet.objects.get().content.reveal() == before.content.reveal()


def test_taken_back_before_it_left_stops_it(loop: Loop) -> None:
    sending.send(loop.actor, loop.id, loop.order(), now=loop.now)
    assert loop.state == "queued"
    sending.revoke(loop.actor, loop.id, loop.release_id, now=loop.now)
    jobs.run_due(loop.now)
    delivery = Delivery.objects.get()
    assert delivery.state == "withdrawn" and delivery.handed_over_at is None
    assert loop.state == "undecided" and not Message.objects.filter(state="sent").exists()


def test_taken_back_afterwards_closes_the_link_and_says_who_had_it(loop: Loop) -> None:
    loop.send()
    delivery = Delivery.objects.get()
    token, code = token_of(delivery), delivery.code.reveal()
    actor = answering.open_with_code(token, code, now=loop.now)
    assert answering.open_delivery(actor, now=loop.now).content["to"] == "Avery Lowell"
    assert sending.revoke(loop.actor, loop.id, loop.release_id, now=loop.now) == ["Avery Lowell"]
    with pytest.raises(NotThere):
        answering.open_with_code(token, code, now=loop.now)
    with pytest.raises(NotThere):
        answering.open_delivery(actor, now=loop.now)
    assert loop.state == "undecided"


def test_a_release_that_runs_out_closes_the_open_page_too(loop: Loop) -> None:
    loop.send()
    actor = answering.recipient_actor(Delivery.objects.select_related("listing").get())
    with pytest.raises(NotThere):
        answering.open_delivery(actor, now=loop.now + 61 * DAY)


def test_paper_passes_the_gate_each_time_it_is_printed(loop: Loop) -> None:
    loop.send(way="paper")
    assert loop.state == "sent"
    delivery = Delivery.objects.get()
    assert delivery.token_hash is None
    assert sending.packet_file(loop.actor, delivery.pk, now=loop.now).startswith(b"%PDF")
    assert AuditEntry.objects.filter(verb="disclose", basis=loop.release_id).exists()
    sending.revoke(loop.actor, loop.id, loop.release_id, now=loop.now)
    with pytest.raises(NoRelease):
        sending.packet_file(loop.actor, delivery.pk, now=loop.now)
    assert refused_disclosures() == 1


def test_a_question_is_answered_only_while_the_release_lasts(cast: Cast) -> None:
    loop = loop_at(cast, "asked")
    late = loop.now + timedelta(days=61)
    with pytest.raises(NoRelease):
        answering.answer_question(loop.actor, loop.id, words="Evenings.", now=late)
    assert loop.state == "asked"
    answering.answer_question(loop.actor, loop.id, words="Evenings.", now=loop.now)
    assert loop.state == "sent"
    assert Delivery.objects.get().question_answer.reveal() == "Evenings."


def test_a_second_packet_to_the_same_one_is_not_a_second_handoff(loop: Loop) -> None:
    order = loop.order()
    send(loop, order)
    with pytest.raises(NotNow):
        send(loop, order)
    assert Delivery.objects.count() == 1


def test_delivering_twice_changes_nothing(loop: Loop) -> None:
    loop.send()
    before = Delivery.objects.get().handed_over_at
    sending.deliver({"delivery": str(loop.delivery_id)}, loop.now + DAY)
    assert Delivery.objects.get().handed_over_at == before
    assert Message.objects.filter(subject_kind="delivery").count() == 1
