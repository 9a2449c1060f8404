"""Consulting a supervisor, her co-signature, and her page: what waits for her and nothing private."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.apps.referrals.loop import Loop, loop_at
from tests.apps.referrals.test_discharge import TEXTS, begun
from tests.cast import NOW, Cast
from warmhandoff.accounts.models import Membership
from warmhandoff.clients.models import CareTeam, Client
from warmhandoff.core.models import AuditEntry
from warmhandoff.referrals import cosigning, discharging, reflecting, supervising
from warmhandoff.referrals.crisis import CrisisFacts, record_crisis
from warmhandoff.referrals.models import Consult, CoSign, DischargeSummary, Referral
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere

DAY = timedelta(days=1)


def waiting(cast: Cast, part: str = "supervisor", days: int = 0) -> supervising.Waiting:
    return supervising.waiting_for(cast.actor(part), now=NOW + days * DAY)


def asked(cast: Cast, **more: Any) -> Any:
    return supervising.ask(cast.actor(), cast.client.pk, "May I refer her?", now=NOW, **more)


def test_a_question_is_asked_and_answered_once(cast: Cast) -> None:
    consult = asked(cast, referral_id=Loop(cast).id)
    [one] = waiting(cast).consults
    assert (one.id, one.question, one.asked_by) == (consult, "May I refer her?", "Clinician Person")
    assert [one.id for one in waiting(cast, "clinician").asked] == [consult]
    assert supervising.count_waiting(cast.actor("supervisor")) == 1
    with pytest.raises(NotAllowed):
        supervising.answer(cast.actor(), cast.client.pk, consult, decision="advice", words="yes", now=NOW)
    for wrong in ({"decision": "maybe", "words": "yes"}, {"decision": "advice", "words": " "}):
        with pytest.raises(BadInput):
            supervising.answer(cast.actor("supervisor"), cast.client.pk, consult, now=NOW, **wrong)
    supervising.answer(cast.actor("supervisor"), cast.client.pk, consult, decision="go_ahead", words="yes", now=NOW)
    with pytest.raises(NotNow):
        supervising.answer(cast.actor("supervisor"), cast.client.pk, consult, decision="advice", words="no", now=NOW)
    [kept] = supervising.consults_of(cast.actor(), cast.client.pk, now=NOW)
    assert (kept.decision, kept.answer, kept.answered_by) == ("Go ahead", "yes", "Supervisor Person")
    assert waiting(cast).consults == [] and waiting(cast, "clinician").asked == []


def test_who_has_no_supervisor_is_told_so(cast: Cast) -> None:
    Membership.objects.filter(pk=cast.clinician.pk).update(supervisor=None)
    with pytest.raises(NotNow, match="Nobody is recorded"):
        asked(cast)
    with pytest.raises(BadInput):
        supervising.ask(cast.actor(), cast.client.pk, " ", now=NOW)


def test_a_question_follows_a_change_of_supervisors(cast: Cast) -> None:
    asked(cast)
    Membership.objects.filter(pk=cast.clinician.pk).update(supervisor=cast.members["colleague"])
    Membership.objects.filter(pk=cast.members["colleague"].pk).update(roles=["clinician", "supervisor"])
    assert waiting(cast).consults == []
    cast.members["colleague"].refresh_from_db()
    assert len(waiting(cast, "colleague").consults) == 1


def test_strangers_neither_ask_nor_read(cast: Cast) -> None:
    consult = asked(cast)
    elsewhere = Loop(cast).id
    other = cast.add_client()
    for part in ("colleague", "coordinator", "outsider"):
        with pytest.raises(NotThere):
            supervising.consults_of(cast.actor(part), cast.client.pk, now=NOW)
        with pytest.raises(NotThere):
            supervising.ask(cast.actor(part), cast.client.pk, "x", now=NOW)
        assert waiting(cast, part).nothing
    with pytest.raises(NotThere):
        supervising.ask(cast.actor(), other, "x", referral_id=elsewhere, now=NOW)
    with pytest.raises(NotThere):
        supervising.answer(cast.actor("supervisor"), other, consult, decision="advice", words="x", now=NOW)


def test_private_reflections_are_not_on_her_page_and_shown_ones_only_where_they_are_shown(cast: Cast) -> None:
    asked(cast)
    mine = reflecting.keep(cast.actor(), cast.client.pk, {"repair": "SECRET-OF-MINE"}, now=NOW)
    boss = cast.actor("supervisor")
    assert reflecting.reflections(boss, cast.client.pk, now=NOW) == []
    reflecting.show_supervisor(cast.actor(), cast.client.pk, mine, shown=True, now=NOW)
    assert "SECRET-OF-MINE" not in str(waiting(cast))
    assert "SECRET-OF-MINE" not in str(supervising.consults_of(boss, cast.client.pk, now=NOW))
    [shown] = reflecting.reflections(boss, cast.client.pk, now=NOW)
    assert shown.answers == {"repair": "SECRET-OF-MINE"}
    reflecting.show_supervisor(cast.actor(), cast.client.pk, mine, shown=False, now=NOW)
    assert reflecting.reflections(boss, cast.client.pk, now=NOW) == []


def test_overdue_steps_and_unheld_clients_are_hers_to_see(cast: Cast) -> None:
    loop = loop_at(cast, "offered")
    assert waiting(cast).overdue == [] and waiting(cast).unheld == []
    assert [line.id for line in waiting(cast, days=30).overdue] == [loop.id]
    assert waiting(cast, "clinician", days=30).overdue == []
    CareTeam.objects.create(client=cast.client, membership=cast.members["coordinator"], since=NOW)
    Membership.objects.filter(pk=cast.clinician.pk).update(roles=["coordinator"])
    assert [one.client_id for one in waiting(cast).unheld] == [cast.client.pk]
    entry = AuditEntry.objects.filter(subject_kind="supervision").count()
    assert entry >= 1


def to_send(cast: Cast, **switches: bool) -> Loop:
    cast.uses(cosign_transfers=True, **switches)
    return loop_at(cast, "released")


def test_a_transfer_waits_for_the_co_signature_where_the_practice_asks(cast: Cast) -> None:
    loop = to_send(cast)
    with pytest.raises(NotNow, match="Supervisor Person co-signs this first"):
        loop.send()
    cosigning.ask_for_transfer(cast.actor(), loop.id, now=NOW)
    with pytest.raises(NotNow):
        cosigning.ask_for_transfer(cast.actor(), loop.id, now=NOW)
    with pytest.raises(NotNow):
        loop.send()
    [one] = waiting(cast).co_signs
    with pytest.raises(NotAllowed):
        cosigning.decide(cast.actor(), cast.client.pk, one.id, agreed=True, words="", now=NOW)
    with pytest.raises(BadInput):
        cosigning.decide(cast.actor("supervisor"), cast.client.pk, one.id, agreed=False, words="", now=NOW)
    cosigning.decide(cast.actor("supervisor"), cast.client.pk, one.id, agreed=False, words="say more", now=NOW)
    assert cosigning.on_the_page(cast.actor(), loop.id).words == "say more"
    with pytest.raises(NotNow):
        loop.send()
    cosigning.ask_for_transfer(cast.actor(), loop.id, now=NOW + DAY)
    [again] = waiting(cast).co_signs
    cosigning.decide(cast.actor("supervisor"), cast.client.pk, again.id, agreed=True, words="", now=NOW + DAY)
    loop.send()
    assert loop.state == "sent" and waiting(cast).co_signs == []


@pytest.mark.parametrize("free", ["off", "crisis note", "crisis referral", "adjunct", "no supervisor", "supervisor"])
def test_nothing_waits_that_need_not(cast: Cast, free: str) -> None:
    loop = to_send(cast)
    if free == "off":
        cast.uses(cosign_transfers=False)
    elif free == "crisis note":
        record_crisis(cast.actor(), cast.client.pk, CrisisFacts(words="a hard night"), now=NOW)
    elif free == "crisis referral":
        Referral.objects.filter(pk=loop.id).update(reason="crisis")
    elif free == "adjunct":
        Referral.objects.filter(pk=loop.id).update(kind="adjunct")
    elif free == "no supervisor":
        Membership.objects.filter(pk=cast.clinician.pk).update(supervisor=None)
    else:
        loop.actor = cast.actor("supervisor")
    loop.send()
    assert loop.state == "sent" and not CoSign.objects.exists()


def test_the_desk_cannot_send_around_it(cast: Cast) -> None:
    loop = to_send(cast)
    loop.actor = cast.actor("coordinator")
    with pytest.raises(NotNow):
        loop.send()


def test_a_summary_is_co_signed_word_for_word(cast: Cast) -> None:
    cast.uses(cosign_summaries=True)
    begun(cast)
    clinician, boss, client = cast.actor(), cast.actor("supervisor"), cast.client.pk
    with pytest.raises(NotNow, match="co-signs this first"):
        discharging.sign_summary(clinician, client, TEXTS, seen=0, now=NOW)
    discharging.keep_summary(clinician, client, TEXTS, seen=0, now=NOW)
    cosigning.ask_for_summary(clinician, client, now=NOW)
    [one] = waiting(cast).co_signs
    assert one.what == "discharge summary"
    discharging.keep_summary(clinician, client, {"chart": {"course": "three years"}}, seen=1, now=NOW)
    with pytest.raises(NotNow, match="was changed since"):
        cosigning.decide(boss, client, one.id, agreed=True, words="", now=NOW)
    cosigning.ask_for_summary(clinician, client, now=NOW)
    [again] = waiting(cast).co_signs
    cosigning.decide(boss, client, again.id, agreed=True, words="", now=NOW)
    with pytest.raises(NotNow):
        discharging.sign_summary(clinician, client, {"chart": {"course": "four years"}}, seen=2, now=NOW)
    discharging.sign_summary(clinician, client, {}, seen=2, now=NOW)
    assert DischargeSummary.objects.get().signed_at == NOW


def test_thrown_away_it_takes_its_requests_along(cast: Cast) -> None:
    cast.uses(cosign_summaries=True)
    begun(cast)
    cosigning.ask_for_summary(cast.actor(), cast.client.pk, now=NOW)
    discharging.throw_away_summary(cast.actor(), cast.client.pk, now=NOW)
    assert not CoSign.objects.exists() and waiting(cast).co_signs == []
    assert Client.objects.filter(pk=cast.client.pk).exists() and not Consult.objects.exists()
