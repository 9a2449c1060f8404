"""Walls of referrals: what is sent, asked, planned, counted and ended is within one practice (R-04).

One wall at a time, as in test_other_practices.py; where a row is bent, it is as if she had been a member elsewhere.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.apps.referrals.loop import NEED, Loop
from tests.apps.referrals.test_basis_links import frozen, given
from tests.apps.referrals.test_inquiring import Asking
from tests.cast import NOW, Cast
from tests.leaving.sinks import light_pdf
from warmhandoff.accounts.models import Membership
from warmhandoff.core.journal import Line
from warmhandoff.referrals import (
    answering,
    by_source,
    counting,
    crisis,
    freezing,
    gaps,
    inbox,
    inquiries,
    joint,
    measures,
    of_a_year,
    on_a_basis,
    panel,
    panel_view,
    plans,
    posting,
    queries,
    reason_list,
    receiving,
    reflecting,
    restored,
)
from warmhandoff.referrals.models import (
    Asked,
    CrisisNote,
    Gap,
    JointSession,
    NeedPost,
    PanelMeeting,
    PanelTransition,
    Referral,
    ReferralPlan,
)
from warmhandoff.referrals.models.reflection import Reflection
from warmhandoff.rules.periods import period
from warmhandoff.rules.refusals import NotAllowed, NotThere

DAY = timedelta(days=1)
TODAY, THIS_YEAR = NOW.date(), period("2026")


@pytest.fixture(autouse=True)
def _light(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (freezing, on_a_basis):
        monkeypatch.setattr(module, "packet_pdf", light_pdf)


@pytest.fixture
def other(cast: Cast) -> UUID:
    return cast.members["outsider"].practice_id


@pytest.fixture
def sent(cast: Cast) -> Loop:
    return Loop(cast).offer().choose().sign().send()


def test_a_referral_is_found_in_its_practice(cast: Cast, other: UUID) -> None:
    loop = Loop(cast)
    assert queries.referral_row(cast.actor(), loop.id).pk == loop.id
    Referral.objects.update(practice_id=other)
    with pytest.raises(NotThere):
        queries.referral_row(cast.actor(), loop.id)


def test_a_recipients_link_leads_into_one_practice_and_ends_with_it(sent: Loop, other: UUID) -> None:
    recipient = answering.recipient_actor(sent.row.deliveries.select_related("listing").get())
    assert answering.delivery_of(recipient).pk == sent.delivery_id
    for actor in (replace(recipient, practice_id=other), replace(sent.actor, delivery_id=sent.delivery_id)):
        with pytest.raises(NotThere):
            answering.delivery_of(actor)
    assert restored.end_deliveries_of(other, NOW) == 0
    assert sent.row.deliveries.get().token_hash is not None
    assert restored.end_deliveries_of(sent.row.practice_id, NOW) == 1


def test_what_was_exchanged_and_sent_is_counted_by_practice(cast: Cast, sent: Loop, other: UUID) -> None:
    to, ours = sent.listings[0], cast.practice.pk
    new = receiving.NewIncoming(from_name="Avery Lowell", about="someone who sleeps badly", listing_id=to)
    receiving.log_incoming(cast.actor(), new, now=NOW)
    counts = [by_source.exchanged_with(practice, [to]) for practice in (ours, other)]
    assert [(one.sent, one.received) for one in counts] == [(1, 1), (0, 0)]
    assert of_a_year.sent_since(ours, NOW - DAY) == {to: 1} and of_a_year.sent_since(other, NOW - DAY) == {}
    assert len(of_a_year.needs_since(ours, NOW - DAY)) == 1 and of_a_year.needs_since(other, NOW - DAY) == []


def test_reports_of_a_whole_practice_are_of_one(cast: Cast) -> None:
    Loop(cast)
    receiving.log_incoming(cast.actor(), receiving.NewIncoming(from_name="Dr. Alvarez", about="Panic"), now=NOW)

    def counted(part: str) -> tuple[int, int, bool]:
        actor = cast.actor(part)
        arrived = counting.arrivals(actor, NOW - DAY, NOW + DAY, whole=True)
        return counting.scope_of(actor, whole=True).count(), len(arrived), counting.first_begun(actor) is not None

    assert (counted("admin"), counted("outsider")) == ((1, 1, True), (0, 0, False))


def test_what_another_practice_did_not_find_is_no_gap_here(cast: Cast, other: UUID) -> None:
    for number in range(30):
        Gap.objects.create(practice_id=other, found_on=TODAY, kind="therapist", once=f"{number}")
    seen = {part: gaps.gaps(cast.actor(part), now=NOW) for part in ("admin", "outsider")}
    assert seen["outsider"].kinds != seen["admin"].kinds == gaps.counted({})
    tables = {
        part: {table.key: table for table in measures.measure(cast.actor(part), THIS_YEAR, whole=True, now=NOW).tables}
        for part in ("admin", "outsider")
    }
    assert tables["outsider"]["unmet"].rows and not tables["admin"]["unmet"].rows


def test_who_asks_after_a_client_does_so_at_her_practice(cast: Cast, other: UUID) -> None:
    crisis.record_crisis(cast.actor(), cast.client.pk, crisis.CrisisFacts(words="She called from the car."), now=NOW)
    assert crisis.due_follow_ups(cast.actor(), now=NOW).count() == 1
    CrisisNote.objects.update(practice_id=other)
    assert crisis.due_follow_ups(cast.actor(), now=NOW).count() == 0


def test_what_was_asked_and_posted_is_a_practices(cast: Cast, other: UUID) -> None:
    asking = Asking(cast)
    cast.uses(need_posts=True)
    actor, ids = cast.actor(), asking.loop.listings
    posting.write(actor, asking.id, posting.drafted(actor, asking.id), now=NOW)
    assert set(inquiries.asked_lately(actor, ids, now=NOW)) == set(ids)
    assert inquiries.asked_lately(cast.actor("outsider"), ids, now=NOW) == {}
    assert inquiries.end_links_of(other, NOW) == posting.end_posts_of(other, NOW) == 0
    assert Asked.objects.filter(token_hash=None).count() == 0 and NeedPost.objects.get().closed_at is None
    assert inquiries.end_links_of(cast.practice.pk, NOW) == len(ids) and posting.end_posts_of(cast.practice.pk, NOW)


def test_a_joint_session_stands_in_the_calendar_of_its_practice(sent: Loop, other: UUID) -> None:
    when = {"at": NOW + DAY, "minutes": 50, "proposed_at": NOW, "changed_at": NOW}
    row = sent.row
    JointSession.objects.create(
        practice=row.practice, referral=row, delivery_id=sent.delivery_id, by=row.owner, where="Oak Street", **when
    )
    assert len(joint.appointments_of_member(sent.actor, now=NOW)) == 1
    JointSession.objects.update(practice_id=other)
    assert joint.appointments_of_member(sent.actor, now=NOW) == []


def test_a_shredded_practice_ends_no_other_ones_links_on_a_lawful_basis(cast: Cast, other: UUID) -> None:
    loop = Loop(cast)
    link = given(loop, frozen(loop))
    assert restored.end_basis_links_of(other, NOW) == 0
    link.refresh_from_db()
    assert link.ended_at is None
    assert restored.end_basis_links_of(cast.practice.pk, NOW) == 1


def test_another_practices_journal_erases_no_draft(cast: Cast, other: UUID) -> None:
    loop = Loop(cast)
    assert restored.erase_draft_again(Line(uuid4(), NOW, "referral_erased", other, loop.id), NOW) is None
    assert Referral.objects.filter(pk=loop.id).exists()


def test_a_panel_is_handed_on_at_one_practice(cast: Cast, other: UUID) -> None:
    actor = cast.actor()
    facts = panel.PanelFacts("practice_going_self_pay", date(2026, 12, 1), date(2027, 1, 31), NEED)
    made = panel.begin(actor, facts, now=NOW)
    to = Loop(cast).listings[0]
    PanelMeeting.objects.create(practice=cast.practice, transition_id=made, listing_id=to, due_at=NOW + DAY)
    PanelTransition.objects.update(state="ready")

    def found() -> tuple[int, int, int]:
        steps = panel_view.panel_steps(actor, now=NOW)
        return len(panel_view.transitions(actor)), panel_view.open_transitions(actor).count(), len(steps)

    assert found() == (1, 1, 2) and panel.transition_row(actor, made).pk == made
    PanelTransition.objects.update(practice_id=other)
    assert found() == (0, 0, 1), "the meeting is still here"
    PanelMeeting.objects.update(practice_id=other)
    assert found() == (0, 0, 0)
    with pytest.raises(NotThere):
        panel.transition_row(actor, made)


def became(cast: Cast, part: str, *roles: str) -> None:
    """Her roles are others from now on."""
    Membership.objects.filter(pk=cast.members[part].pk).update(roles=list(roles))
    cast.members[part].refresh_from_db()


def test_who_no_longer_treats_has_no_panel_and_no_calls(cast: Cast) -> None:
    facts = panel.PanelFacts("practice_going_self_pay", date(2026, 12, 1), date(2027, 1, 31), NEED)
    made = panel.begin(cast.actor(), facts, now=NOW)
    receiving.log_incoming(cast.actor(), receiving.NewIncoming(from_name="Dr. Alvarez", about="Panic"), now=NOW)
    seen = {part: inbox.visible_incoming(cast.actor(part)).count() for part in ("clinician", "coordinator", "admin")}
    assert seen == {"clinician": 1, "coordinator": 1, "admin": 0}
    became(cast, "clinician", "admin")
    assert inbox.visible_incoming(cast.actor()).count() == 0
    with pytest.raises(NotAllowed):
        panel.transition_row(cast.actor(), made)
    with pytest.raises(NotAllowed):
        panel.begin(cast.actor(), facts, now=NOW)


def test_a_plan_is_a_practices(cast: Cast, other: UUID) -> None:
    cast.uses(plans=True)
    plans.add_item(cast.actor(), cast.client.pk, plans.NewItem("A DBT group"), now=NOW)
    assert plans.has_plan(cast.actor(), cast.client.pk) and not plans.has_plan(cast.actor("outsider"), cast.client.pk)
    ReferralPlan.objects.update(practice_id=other)
    assert not plans.has_plan(cast.actor(), cast.client.pk)


def reason(cast: Cast, part: str, **more: Any) -> str:
    words = {"plain": "we need other help now", "plain_es": "ahora otra ayuda es mejor", **more}
    return reason_list.add_reason(cast.actor(part), reason_list.NewReason("Other help", **words), now=NOW)


def test_a_practice_has_reasons_of_its_own(cast: Cast, other: UUID) -> None:
    theirs = reason(cast, "outsider")
    assert theirs in reason_list.reasons_of(other) and theirs not in reason_list.reasons_of(cast.practice.pk)
    assert reason(cast, "admin") == theirs, "the words are free here"
    assert reason(cast, "admin") != theirs


def test_what_she_kept_for_herself_stays_at_its_practice(cast: Cast, other: UUID) -> None:
    reflecting.keep(cast.actor(), cast.client.pk, {"too_much": "The session ran over."}, now=NOW)

    def read() -> int:
        return len(reflecting.reflections(cast.actor(), cast.client.pk, now=NOW))

    assert read() == 1
    Reflection.objects.update(practice_id=other)
    assert read() == 0
