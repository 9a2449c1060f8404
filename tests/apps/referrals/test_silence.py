"""Silence on every way out: noticed, told, counted only against those who were asked, and nudged where mail reaches."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.apps.referrals.loop import DAY, Loop
from tests.cast import Cast
from warmhandoff.core import jobs, outbox
from warmhandoff.core.models import AuditEntry, Message
from warmhandoff.directory.models import Report
from warmhandoff.referrals import answering, going_on, linking, nudging, overdue
from warmhandoff.referrals.models import ArrivedPacket, Incoming, LinkIssue
from warmhandoff.referrals.receipts import receipts
from warmhandoff.rules.lifecycle import STATES

pytestmark = pytest.mark.slow


@pytest.fixture
def mail(settings: Any, tmp_path: Any) -> Any:
    settings.SMTP_URL = f"file://{tmp_path}/mail"
    return tmp_path / "mail"


def sent(cast: Cast, *, go_on: bool = False, **order: Any) -> Loop:
    loop = Loop(cast)
    return loop.offer().choose(go_on=go_on).sign().send(**order)


def late(loop: Loop) -> Loop:
    loop.now += 6 * DAY
    jobs.run_due(loop.now)
    return loop


@pytest.mark.parametrize("order", [{"way": "link", "to": "avery@lowell.example"}, {"way": "paper"}, {"way": "phone"}])
def test_on_every_way_silence_becomes_the_owners_step_and_goes_on_where_agreed(
    cast: Cast, mail: Any, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = late(sent(cast, **order))
    assert (loop.state, loop.row.next_step) == ("silent", STATES["silent"].step)
    assert [row.kind for row in Report.objects.all()] == ["silent"]
    monkeypatch.setattr(going_on, "mail_address", lambda actor, listing_id: "blake@moreno.example")
    agreed = late(sent(cast, go_on=True, **order))
    assert agreed.state == "sent" and agreed.row.deliveries.count() == 2
    receipt = receipts(loop.actor, loop.id)[loop.row.deliveries.get().pk]
    assert receipt.nudges == (1 if order["way"] == "link" else 0)


def test_by_phone_it_is_kept_as_what_was_told_and_answered_by_staff(cast: Cast) -> None:
    loop = sent(cast, way="phone")
    row = loop.row.deliveries.get()
    assert (row.state, row.way, row.token_hash) == ("handed_over", "phone", None) and row.handed_over_at
    assert AuditEntry.objects.filter(verb="hand_over_on_paper", basis=loop.release_id).exists()
    assert loop.accept().state == "accepted"


def test_the_one_who_fell_silent_by_mail_is_reminded_once_by_itself(cast: Cast, mail: Any) -> None:
    loop = sent(cast, to="avery@lowell.example")
    old = loop.row.deliveries.get().token_hash
    late(loop)
    issue, row = LinkIssue.objects.get(), loop.row.deliveries.get()
    assert (issue.kind, issue.by, row.token_hash != old) == ("nudge", None, True)
    assert len(list(mail.glob("*.eml"))) == 2
    assert AuditEntry.objects.filter(verb="link_nudge", side="system", basis=loop.release_id).count() == 1
    late(loop)
    assert LinkIssue.objects.count() == 1 and not linking.nudge(row.pk, now=loop.now)


def test_no_reminder_where_the_release_has_run_out_and_it_is_recorded(cast: Cast, mail: Any) -> None:
    loop = sent(cast, to="avery@lowell.example")
    loop.now += 90 * DAY
    assert not linking.nudge(loop.row.deliveries.get().pk, now=loop.now)
    assert not LinkIssue.objects.exists() and AuditEntry.objects.filter(verb="refuse_disclosure").count() == 1


def test_a_link_that_nobody_handed_over_is_nobodys_silence(cast: Cast) -> None:
    """Without a mail server the link waits for a hand: the listing was never asked, so nothing counts against it."""
    loop = late(sent(cast, go_on=True))
    assert (loop.state, loop.row.next_step, loop.row.waiting_on) == ("silent", overdue.NOT_GIVEN, "referrer")
    assert not Report.objects.exists() and loop.row.deliveries.count() == 1
    assert not loop.row.options.exclude(tried="").exists()
    answering.log_answer(loop.actor, loop.id, loop.row.deliveries.get().pk,
                         answering.Answer("accept", openings="Monday"), now=loop.now)  # fmt: skip
    assert loop.state == "accepted"


def test_handed_over_it_counts_as_asked(cast: Cast) -> None:
    loop = sent(cast)
    message = Message.objects.get(subject_kind="delivery")
    outbox.given_by_hand(message.pk, cast.practice.pk, loop.now)
    late(loop)
    assert loop.row.next_step == STATES["silent"].step and Report.objects.count() == 1


def test_it_does_not_go_on_by_a_mail_without_an_address(
    cast: Cast, mail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(going_on, "mail_address", lambda actor, listing_id: "")
    loop = late(sent(cast, go_on=True, way="paper"))
    assert loop.state == "silent" and loop.row.deliveries.count() == 1


def test_nobody_is_reminded_of_what_the_client_took_back(cast: Cast, mail: Any) -> None:
    from warmhandoff.referrals.receiving import NewIncoming, log_incoming

    given = log_incoming(cast.actor(), NewIncoming("Hill Country Physicians", "sleep"), now=cast.now)
    row = Incoming.objects.get(pk=given)
    packet = ArrivedPacket(practice=cast.practice, incoming=row, delivery_id=given, sender_id=given, sha256="",
                           content={}, pdf=b"", arrived_at=cast.now, taken_back_at=cast.now)  # fmt: skip
    packet.save(force_insert=True)
    assert row.due_at is not None
    for at in (row.due_at - timedelta(hours=1), row.due_at + DAY):
        nudging.nudge_inbox(at)
    assert not Message.objects.filter(subject_kind="inbox").exists()
    ArrivedPacket.objects.update(taken_back_at=None)
    nudging.nudge_inbox(row.due_at - timedelta(hours=1))
    assert Message.objects.filter(subject_kind="inbox").count() == 1
