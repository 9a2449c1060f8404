"""Whatever way something about a client would leave: a refusal is recorded in her record, with its reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.apps.referrals.loop import DAY, Loop
from tests.cast import Cast
from warmhandoff.clients import accounting, inviting
from warmhandoff.core import jobs, outbox
from warmhandoff.core.models import AuditEntry, Message
from warmhandoff.core.queries import refused_disclosures
from warmhandoff.referrals import amending, answering, going_on, linking, packets, papers, sending
from warmhandoff.rules.refusals import BadInput, NoRelease, NotThere

pytestmark = pytest.mark.slow
RUN_OUT = "The release has run out."
MAILED = {"way": "link", "to": "avery@lowell.example"}


@pytest.fixture
def mail(settings: Any, tmp_path: Any) -> Any:
    settings.SMTP_URL = f"file://{tmp_path}/mail"
    return tmp_path / "mail"


def reasons(cast: Cast) -> list[str]:
    found = [one.reason for one in refused_disclosures(cast.client.pk)]
    assert AuditEntry.objects.filter(verb="refuse_disclosure").count() == len(found)
    return found


def run_out(loop: Loop) -> Loop:
    loop.now += 90 * DAY
    return loop


def _released(cast: Cast) -> Loop:
    loop = Loop(cast)
    return loop.offer().choose().sign()


def _send(loop: Loop) -> None:
    order = loop.order()
    sending.send(loop.actor, loop.id, order, now=run_out(loop).now)


def _row(loop: Loop) -> Any:
    return loop.row.deliveries.select_related("listing").get()


def _page(loop: Loop) -> None:
    answering.open_delivery(answering.recipient_actor(_row(loop)), now=loop.now)


def _page_pdf(loop: Loop) -> None:
    answering.packet_for_recipient(answering.recipient_actor(_row(loop)), now=loop.now)


def _page_data(loop: Loop) -> None:
    answering.packet_data_for_recipient(answering.recipient_actor(_row(loop)), now=loop.now)


def _pdf(loop: Loop) -> None:
    sending.packet_file(loop.actor, _row(loop).pk, now=loop.now)


def _fax(loop: Loop) -> None:
    papers.covered_file(loop.actor, _row(loop).pk, day=loop.now.date(), now=loop.now)


def _remind(loop: Loop) -> None:
    linking.remind(loop.actor, loop.id, _row(loop).pk, now=loop.now)


def _amend(loop: Loop) -> None:
    change = amending.Change(_row(loop).pk, ["reason"], "she moved", "0" * 64)
    amending.amend(loop.actor, loop.id, change, now=loop.now)


@pytest.mark.parametrize(("sent", "attempt"), [
    ({"way": "link"}, _page), ({"way": "link"}, _page_pdf), ({"way": "link"}, _page_data), ({"way": "paper"}, _pdf),
    ({"way": "paper"}, _fax), ({"way": "phone"}, _pdf), ({"way": "link"}, _remind), ({"way": "link"}, _amend),
])  # fmt: skip
def test_what_was_sent_is_refused_later_and_recorded(
    cast: Cast, sent: dict[str, Any], attempt: Callable[[Loop], None]
) -> None:
    loop = run_out(_released(cast).send(**sent))
    with pytest.raises((NoRelease, NotThere)):
        attempt(loop)
    assert reasons(cast) == [RUN_OUT]


def test_sending_it_is_refused_and_recorded(cast: Cast) -> None:
    with pytest.raises(NoRelease):
        _send(_released(cast))
    assert reasons(cast) == [RUN_OUT] and not Message.objects.exists()


def test_the_mail_on_its_way_is_stopped_and_recorded(cast: Cast, mail: Any) -> None:
    loop = _released(cast)
    sending.send(loop.actor, loop.id, loop.order(**MAILED), now=loop.now)
    jobs.run_due(run_out(loop).now)
    assert reasons(cast) == [RUN_OUT] and not list(mail.glob("*.eml"))


def test_the_mail_that_brings_the_link_again_is_stopped_and_recorded(cast: Cast, mail: Any) -> None:
    loop = _released(cast).send(**MAILED)
    linking.remind(loop.actor, loop.id, _row(loop).pk, now=loop.now)
    message = Message.objects.filter(subject_kind="delivery", state="waiting").get()
    outbox.send_message({"message": str(message.pk)}, run_out(loop).now)
    message.refresh_from_db()
    assert message.state == "stopped" and reasons(cast) == [RUN_OUT]


def test_going_on_is_refused_and_recorded(cast: Cast) -> None:
    loop = Loop(cast)
    loop.offer().choose(go_on=True).sign(ids=loop.listings[:1]).send().fall_silent()
    before = len(reasons(cast))
    with pytest.raises(NoRelease):
        going_on.go_on(loop.actor, loop.id, now=loop.now)
    assert reasons(cast)[0] == "The release does not name this recipient." and len(reasons(cast)) == before + 1


def test_an_answer_to_a_question_is_refused_and_recorded(cast: Cast) -> None:
    loop = run_out(_released(cast).send().answer("ask", question="How old?"))
    with pytest.raises(NoRelease):
        answering.answer_question(loop.actor, loop.id, words="forty", now=loop.now)
    assert reasons(cast) == [RUN_OUT]


def test_a_spreadsheet_that_cannot_carry_the_notice_is_refused_and_recorded(cast: Cast) -> None:
    loop = Loop(cast)
    loop.offer().choose()
    packets.write_texts(loop.actor, loop.id, {"substance_use": "twelve weeks"}, now=loop.now)
    loop.sign(classes=("contact", "substance_use")).send(classes=("substance_use",))
    with pytest.raises(BadInput, match="print the page"):
        accounting.spreadsheet_rows(loop.actor, cast.client.pk, now=loop.now)
    assert "42 CFR 2.32" in reasons(cast)[0]


@pytest.mark.parametrize(("channel", "server"), [("mail", "SMTP_URL"), ("sms", "SMS_URL")])
def test_a_message_to_her_that_is_not_safe_any_more_is_stopped_and_recorded(
    cast: Cast, settings: Any, tmp_path: Any, channel: str, server: str
) -> None:
    settings.SMTP_URL = settings.SMS_URL = ""
    setattr(settings, server, f"file://{tmp_path}")
    cast.client.contact = {"email": "r@marlowe.example", "phone": "512-555-0101", "zip": "78704"}
    cast.client.safe_contact = {"channels": [channel], "voicemail": False}
    cast.client.save()
    inviting.invite_client(cast.actor(), cast.client.pk, referral_id=None, now=cast.now)
    message = Message.objects.get(subject_kind="portal_key", channel=channel)
    cast.client.safe_contact = {"never": True}
    cast.client.save()
    outbox.send_message({"message": str(message.pk)}, cast.now)
    message.refresh_from_db()
    assert message.state == "stopped" and "named safe" in reasons(cast)[0]
