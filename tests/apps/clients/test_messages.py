"""The message list's door: whose messages, in which state, and who may touch them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import NOW, Cast
from warmhandoff.clients.inviting import invite_client
from warmhandoff.clients.messages import Unsent, count_unsent, given_by_hand, list_messages, try_again
from warmhandoff.core import outbox
from warmhandoff.core.models import AuditEntry, Message
from warmhandoff.rules.refusals import NotThere


def _invite(cast: Cast) -> Message:
    invite_client(cast.actor(), cast.client.pk, referral_id=None, now=NOW)
    return Message.objects.get()


def test_messages_are_seen_by_those_who_may_send_for_the_client(cast: Cast) -> None:
    _invite(cast)
    parts = cast.members.keys() - {"departed", "newcomer"}
    seen = {part: len(list_messages(cast.actor(part), now=NOW)) for part in parts}
    assert seen == {"clinician": 1, "supervisor": 1, "coordinator": 1, "colleague": 0, "admin": 0, "outsider": 0}
    counted = {part: count_unsent(cast.actor(part), now=NOW) for part in ("coordinator", "colleague")}
    assert counted == {"coordinator": Unsent(1, 0), "colleague": Unsent(0, 0)}


def test_a_link_past_its_time_is_no_longer_shown_or_counted(cast: Cast) -> None:
    _invite(cast)
    late = NOW + timedelta(hours=72)
    assert [(line.state, line.link) for line in list_messages(cast.actor(), now=late)] == [("ended", "")]
    assert count_unsent(cast.actor(), now=late).by_hand == 0


def test_giving_it_erases_the_link_and_is_audited(cast: Cast) -> None:
    message = _invite(cast)
    assert list_messages(cast.actor(), now=NOW)[0].link.partition("#")[2]
    given_by_hand(cast.actor("coordinator"), message.pk, now=NOW)
    line = list_messages(cast.actor(), now=NOW)[0]
    assert (line.state, line.link, line.sent_at) == ("sent", "", NOW)
    assert AuditEntry.objects.get(verb="give_by_hand").subject_id == str(message.pk)


@pytest.mark.parametrize("act", [given_by_hand, try_again])
@pytest.mark.parametrize("part", ["colleague", "outsider", "admin"])
def test_others_do_not_touch_them(cast: Cast, act: object, part: str) -> None:
    message = _invite(cast)
    with pytest.raises(NotThere):
        act(cast.actor(part), message.pk, now=NOW)  # type: ignore[operator]
    assert Message.objects.get().state == "waiting"


def test_what_leads_nowhere_any_more_is_not_handed_over(cast: Cast) -> None:
    message = _invite(cast)
    outbox.stop_about("delivery", [message.subject_id])
    assert Message.objects.get().state == "waiting"
    outbox.stop_about("portal_key", [message.subject_id])
    stopped = Message.objects.get()
    assert stopped.state == "stopped" and stopped.body.reveal() is None
