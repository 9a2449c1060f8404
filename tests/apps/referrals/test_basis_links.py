"""A packet on a lawful basis by link: the same gate on every look, its basis in the audit, and an end to all of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.apps.referrals.loop import Loop
from tests.apps.referrals.test_packets import record
from tests.cast import Cast
from warmhandoff.accounts.policies import allow_treatment_disclosures
from warmhandoff.clients import accounting, lawful
from warmhandoff.core import gate as server_gate
from warmhandoff.core import outbox
from warmhandoff.core.models import AuditEntry, Message
from warmhandoff.core.queries import refused_disclosures
from warmhandoff.referrals import basis_links, on_a_basis
from warmhandoff.referrals.models import BasisLink
from warmhandoff.referrals.restored import end_basis_links
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere

HOURS = timedelta(hours=1)


@pytest.fixture
def loop(cast: Cast) -> Loop:
    return Loop(cast)


def frozen(loop: Loop, **more: Any) -> UUID:
    pk = record(loop, **more)
    seen = on_a_basis.preview_on_basis(loop.actor, loop.id, pk, ["contact"], now=loop.now)
    on_a_basis.send_on_basis(loop.actor, loop.id, pk, ["contact"], sha256=seen.sha256, now=loop.now)
    return pk


def given(loop: Loop, pk: UUID, to: str = "") -> BasisLink:
    return BasisLink.objects.get(pk=basis_links.give_link(loop.actor, loop.id, pk, to=to, now=loop.now))


def opened(loop: Loop, link: BasisLink, *, after: timedelta = HOURS) -> UUID:
    token, code = link.token.reveal(), link.code.reveal()
    return basis_links.open_basis_link(token, code, now=loop.now + after, address="192.0.2.7")


def test_it_is_read_by_link_and_code_and_each_look_is_audited_on_its_basis(loop: Loop) -> None:
    pk = frozen(loop)
    link = opened(loop, given(loop, pk))
    shown = basis_links.shared_page(link, now=loop.now + HOURS)
    assert "45 CFR 164.512(j)" in shown.content["release"] and shown.content["to"] == "Crisis team"
    assert basis_links.shared_file(link, now=loop.now + HOURS).startswith(b"%PDF")
    assert AuditEntry.objects.filter(verb="disclose", side="recipient", basis=pk).count() == 2
    assert AuditEntry.objects.filter(verb="link_on_basis", basis=pk).count() == 1
    line = next(one for one in accounting.accounting(loop.actor, loop.cast.client.pk, now=loop.now).lines)
    assert (line.ground, line.way, line.required) == ("serious_threat", "link", True)
    assert [one.lacks for one in lawful.list_disclosures(loop.cast.actor("admin"), now=loop.now)], "waits for a review"
    assert lawful.list_disclosures(loop.actor, now=loop.now + 25 * HOURS)[0].late


def test_the_mail_holds_a_link_and_nothing_else(loop: Loop, settings: Any, tmp_path: Any) -> None:
    settings.SMTP_URL = f"file://{tmp_path}"
    pk = frozen(loop)
    link = given(loop, pk, "crisis@team.example")
    message = Message.objects.get(subject_kind="basis_link")
    said = str(message.body.reveal())
    assert message.to.reveal() == "crisis@team.example" and link.token.reveal() in said
    assert link.code.reveal() not in said and "Rosalind" not in said and "Crisis" not in said


def test_what_does_not_fit_looks_like_nothing(loop: Loop) -> None:
    link = given(loop, frozen(loop))
    token, code = link.token.reveal(), link.code.reveal()
    for wrong in ((token, "0000-0000"), ("x" * 43, code)):
        with pytest.raises(NotThere, match="do not fit together"):
            basis_links.open_basis_link(*wrong, now=loop.now, address="192.0.2.7")
    with pytest.raises(NotThere):
        opened(loop, link, after=timedelta(hours=72, seconds=1))
    BasisLink.objects.update(wrong_codes=basis_links.WRONG_CODES)
    with pytest.raises(NotThere):
        opened(loop, link)


@pytest.mark.parametrize("how", ["ended", "newer", "restored", "no record", "gate closed"])
def test_it_closes_at_once(loop: Loop, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pk = frozen(loop)
    link = opened(loop, given(loop, pk))
    if how == "ended":
        basis_links.end_link(loop.actor, loop.id, pk, now=loop.now)
    elif how == "newer":
        given(loop, pk)
    elif how == "restored":
        end_basis_links(loop.now)
    elif how == "no record":  # the record says now that this was not to go along
        lawful.complete_disclosure(loop.actor, pk, lawful.Record(
            way="link", basis="serious_threat", recipient="Crisis team", facts="x" * 50, classes=("risk",),
        ), now=loop.now)  # fmt: skip
    else:
        monkeypatch.setattr(server_gate, "is_closed", lambda: True)
    before = AuditEntry.objects.filter(verb="disclose").count()
    for look in (basis_links.shared_page, basis_links.shared_file):
        with pytest.raises(NotThere):
            look(link, now=loop.now + HOURS)  # type: ignore[operator]
    assert AuditEntry.objects.filter(verb="disclose").count() == before
    wanted = 2 if how in ("no record", "gate closed") else 0
    assert AuditEntry.objects.filter(verb="refuse_disclosure", side="recipient").count() == wanted


def test_no_link_without_a_frozen_packet_and_none_after_the_review(loop: Loop) -> None:
    pk = record(loop)
    with pytest.raises(NotNow, match="freeze"):
        given(loop, pk)
    pk = frozen(loop)
    lawful.review_disclosure(loop.cast.actor("supervisor"), pk, "it was right", now=loop.now)
    with pytest.raises(NotNow, match="reviewed"):
        given(loop, pk)
    late = record(loop)
    seen = on_a_basis.preview_on_basis(loop.actor, loop.id, late, ["contact"], now=loop.now)
    lawful.review_disclosure(loop.cast.actor("supervisor"), late, "a call only", now=loop.now)
    with pytest.raises(NotNow, match="reviewed"):
        on_a_basis.send_on_basis(loop.actor, loop.id, late, ["contact"], sha256=seen.sha256, now=loop.now)


def test_a_basis_that_was_turned_off_lets_nothing_out_and_says_so(loop: Loop, settings: Any, tmp_path: Any) -> None:
    settings.SMTP_URL = f"file://{tmp_path}"
    allow_treatment_disclosures(loop.cast.actor("admin"), on=True, now=loop.now)
    pk = frozen(loop, basis="treatment")
    given(loop, pk, "crisis@team.example")
    allow_treatment_disclosures(loop.cast.actor("admin"), on=False, now=loop.now)
    message = Message.objects.get(subject_kind="basis_link")
    outbox.send_message({"message": str(message.pk)}, loop.now)
    message.refresh_from_db()
    assert message.state == "stopped"
    with pytest.raises(BadInput):
        given(loop, pk)
    reasons = [one.reason for one in refused_disclosures(loop.cast.client.pk)]
    assert reasons == ["choose on what ground it is sent"] * 2


def test_only_those_who_may_send_for_her(loop: Loop) -> None:
    pk = frozen(loop)
    for part in ("colleague", "outsider", "admin"):
        for attempt in (basis_links.end_link, basis_links.links_of):
            with pytest.raises(NotThere):
                attempt(loop.cast.actor(part), loop.id, pk, now=loop.now)  # type: ignore[operator]
        with pytest.raises(NotThere):
            basis_links.give_link(loop.cast.actor(part), loop.id, pk, to="", now=loop.now)
    with pytest.raises(NotNow):
        basis_links.end_link(loop.actor, loop.id, pk, now=loop.now)
