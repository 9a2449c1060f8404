"""A recipient's link after it was made: forgotten once it left, sent again, given anew with a note."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from tests.cast import NOW, Cast
from tests.flows import listings
from tests.flows import walk as way
from warmhandoff.clients import messages
from warmhandoff.core import clock, jobs
from warmhandoff.core.models import AuditEntry, Job, Message
from warmhandoff.referrals import answering, linking, receipts, sending
from warmhandoff.referrals.models import Delivery, LinkIssue
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NoRelease, NotThere

pytestmark = pytest.mark.slow  # a walk each


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def mail(settings: Any, tmp_path: Any) -> Any:
    settings.SMTP_URL = f"file://{tmp_path}/mail"
    return tmp_path / "mail"


def _mails(mail: Any) -> int:
    return len(list(mail.glob("*.eml")))


def test_once_it_left_its_hash_is_all_there_is(cast: Cast, mail: Any) -> None:
    walk = way.queued(cast)
    assert walk.delivery.token.reveal(), "needed until it leaves, and sealed"
    jobs.run_due(NOW)
    kept = walk.delivery
    assert not kept.token and kept.token_hash and not Message.objects.get().body.reveal()
    assert answering.open_with_code(way.token_of(kept), kept.code.reveal(), now=NOW).delivery_id == kept.pk


def test_a_link_for_staff_to_give_is_kept_until_it_was_given(cast: Cast) -> None:
    walk = way.sent(cast)
    assert walk.delivery.token.reveal()
    messages.given_by_hand(walk.staff, Message.objects.get().pk, now=NOW)
    assert not walk.delivery.token and walk.delivery.token_hash


def test_a_link_that_was_opened_was_given(cast: Cast) -> None:
    walk = way.sent(cast)
    answering.open_delivery(way.recipient(walk), now=NOW)
    linking.forget_links(NOW + timedelta(hours=23))
    assert walk.delivery.token.reveal()
    linking.forget_links(NOW + timedelta(hours=25))
    assert not walk.delivery.token and Message.objects.get().state == "sent"


def test_a_nudge_sends_a_new_link_and_is_counted(cast: Cast, mail: Any) -> None:
    walk = way.sent(cast)
    old, code = way.token_of(walk.delivery), walk.delivery.code.reveal()
    linking.remind(walk.staff, walk.referral_id, walk.delivery.pk, now=NOW + timedelta(hours=1))
    jobs.run_due(NOW + timedelta(hours=1))
    new = way.token_of(walk.delivery)
    assert _mails(mail) == 2 and new != old and not walk.delivery.token and walk.delivery.code.reveal() == code
    with pytest.raises(NotThere):
        answering.open_with_code(old, code, now=NOW)
    answering.open_with_code(new, code, now=NOW)
    receipt = receipts.receipts(walk.staff, walk.referral_id)[walk.delivery.pk]
    assert (receipt.nudges, receipt.nudged_at) == (1, NOW + timedelta(hours=1))
    assert AuditEntry.objects.get(verb="link_nudge").basis == walk.release_id


def test_a_new_code_needs_a_word_on_whom_it_was_given(cast: Cast) -> None:
    walk = way.sent(cast)
    before = walk.delivery.code.reveal()
    with pytest.raises(BadInput, match="with whom you spoke"):
        linking.give_new_code(walk.staff, walk.referral_id, walk.delivery.pk, how="  ", now=NOW)
    assert walk.delivery.code.reveal() == before and not LinkIssue.objects.exists()
    with pytest.raises(NotThere):
        linking.give_new_code(cast.actor("outsider"), walk.referral_id, walk.delivery.pk, how="", now=NOW)
    code = linking.give_new_code(walk.staff, walk.referral_id, walk.delivery.pk, how="called the office", now=NOW)
    assert code == walk.delivery.code.reveal() != before
    assert LinkIssue.objects.get().how.reveal() == "called the office"
    assert all(code not in str(row.body.reveal()) for row in Message.objects.all()), "no code travels with a link"


def test_nothing_is_given_again_without_a_release_or_to_strangers(cast: Cast, mail: Any) -> None:
    walk = way.sent(cast)
    for part in ("colleague", "outsider", "admin"):
        with pytest.raises(NotThere):
            linking.remind(cast.actor(part), walk.referral_id, walk.delivery.pk, now=NOW)
    with pytest.raises(NotThere):
        linking.remind(walk.staff, walk.referral_id, uuid4(), now=NOW)
    linking.remind(walk.staff, walk.referral_id, walk.delivery.pk, now=NOW)
    sending.revoke(walk.staff, walk.referral_id, walk.release_id, now=NOW)
    jobs.run_due(NOW)
    assert _mails(mail) == 1, "taken back after the nudge, before it left"
    Delivery.objects.update(token_hash="x")
    with pytest.raises(NoRelease):
        linking.remind(walk.staff, walk.referral_id, walk.delivery.pk, now=NOW)


def _parked(actor: Actor) -> int:
    return messages.count_unsent(actor, now=NOW).parked


def test_what_could_not_leave_alarms_and_can_be_dropped(cast: Cast, settings: Any) -> None:
    settings.SMTP_URL = "smtp://127.0.0.1:1"
    walk = way.queued(cast)
    later = NOW
    for _ in range(8):
        jobs.run_one("w", later)
        later += timedelta(hours=3)
    assert Job.objects.get(name="deliver").state == "dead" and _parked(walk.staff) == 1
    assert _parked(cast.actor("colleague")) == 0 == _parked(cast.actor("outsider"))
    told = receipts.receipts(walk.staff, walk.referral_id)[walk.delivery.pk]
    assert "could not be delivered" in told.next
    message = Message.objects.get()
    with pytest.raises(NotThere):
        messages.drop(cast.actor("outsider"), message.pk, now=later)
    messages.drop(walk.staff, message.pk, now=later)
    assert (walk.row.state, walk.delivery.state) == ("released", "failed") and _parked(walk.staff) == 0
    assert not Message.objects.get().body.reveal() and not walk.delivery.token
    with pytest.raises(NotThere):
        messages.drop(walk.staff, message.pk, now=later)


@pytest.mark.parametrize(("place", "due"), [
    ({"zip": "96813", "state": "HI"}, datetime(2026, 11, 25, 17, tzinfo=ZoneInfo("Pacific/Honolulu"))),
    ({"zip": "", "state": "NY"}, datetime(2026, 11, 25, 17, tzinfo=ZoneInfo("America/New_York"))),
    ({"zip": "", "state": ""}, datetime(2026, 11, 25, 17, tzinfo=ZoneInfo("America/Chicago"))),
])  # fmt: skip
def test_silence_is_noticed_at_the_end_of_their_day(cast: Cast, place: dict[str, str], due: datetime) -> None:
    walk = way.released(cast)
    from warmhandoff.directory.models import Listing

    Listing.objects.filter(pk=walk.listing_ids[0]).update(**place)
    sending.send(walk.staff, walk.referral_id, way.order(walk), now=NOW)
    jobs.run_due(NOW)
    assert walk.row.due_at == due
    receipt = receipts.receipts(walk.staff, walk.referral_id)[walk.delivery.pk]
    assert receipt.next_at == due and receipt.next.startswith("Without an answer")
    jobs.run_due(due)
    assert walk.row.state == "sent"
    jobs.run_due(due + timedelta(minutes=1))
    assert walk.row.state == "silent"


def test_their_holidays_count_and_not_ours(cast: Cast) -> None:
    """Thanksgiving is everybody's; the day after is a holiday in Texas and not in Hawaii."""
    from warmhandoff.directory.models import Listing
    from warmhandoff.referrals.timers import answer_due

    wednesday = NOW + timedelta(days=2)
    listing = Listing.objects.get(pk=listings.add(cast, "Mele Kai, LCSW"))
    days = {}
    for state, zip_code in (("HI", "96813"), ("TX", "78704")):
        listing.state, listing.zip = state, zip_code
        zone = ZoneInfo("Pacific/Honolulu" if state == "HI" else "America/Chicago")
        days[state] = answer_due(listing, cast.practice, wednesday).astimezone(zone).date().isoformat()
    assert days == {"HI": "2026-11-30", "TX": "2026-12-01"}


def test_receipts_tell_each_step_with_its_time(cast: Cast, mail: Any) -> None:
    walk = way.sent(cast)
    told = receipts.receipts(walk.staff, walk.referral_id)[walk.delivery.pk]
    assert [name for name, at in told.steps if at] == ["Queued", "Link handed over"] and told.may_remind
    answering.open_delivery(way.recipient(walk), now=NOW + timedelta(hours=2))
    answering.answer_delivery(
        way.recipient(walk), answering.Answer("accept", openings="Monday"), now=NOW + timedelta(hours=3)
    )
    told = receipts.receipts(walk.staff, walk.referral_id)[walk.delivery.pk]
    assert told.steps[2:] == (("Opened by the recipient", NOW + timedelta(hours=2)),
                              ("Accepted", NOW + timedelta(hours=3)))
    assert told.next == "Book the first session" and not told.may_remind
    with pytest.raises(NotThere):
        receipts.receipts(cast.actor("outsider"), walk.referral_id)
