"""What a packet can hold, its later versions, and what leaves on another lawful ground."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.apps.referrals.loop import DAY, Loop, loop_at
from tests.cast import Cast
from tests.leaving.sinks import light_pdf
from warmhandoff.accounts.policies import allow_treatment_disclosures
from warmhandoff.clients import accounting, lawful
from warmhandoff.clients.inviting import client_actor
from warmhandoff.clients.models import Client
from warmhandoff.core import jobs
from warmhandoff.core.models import AuditEntry, Message
from warmhandoff.referrals import amending, answering, freezing, on_a_basis, packets, sending
from warmhandoff.referrals.models import Amendment, Packet
from warmhandoff.rules.packet import schema
from warmhandoff.rules.refusals import BadInput, NoRelease, NotAllowed, NotNow, NotThere, Stale

pytestmark = pytest.mark.slow
FACTS = "She said that she would not be there tomorrow, and where she is."
ALL = ("contact", "reason", "background", "risk", "medications", "substance_use")


@pytest.fixture(autouse=True)
def _light(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (freezing, on_a_basis):
        monkeypatch.setattr(module, "packet_pdf", light_pdf)


@pytest.fixture
def loop(cast: Cast) -> Loop:
    made = loop_at(cast, "chosen")
    packets.write_texts(made.actor, made.id, {"medications": "sertraline 50 mg", "substance_use": "twelve weeks"},
                        now=made.now)
    return made.sign(classes=ALL)


def shown(loop: Loop) -> dict[str, Any]:
    row = loop.row.deliveries.select_related("listing").get()
    return answering.open_delivery(answering.recipient_actor(row), now=loop.now).content


def section(content: dict[str, Any], code: str) -> str:
    return str(next(one["lines"] for one in content["sections"] if one["class"] == code))


def test_written_texts_go_along_with_their_class_alone(loop: Loop) -> None:
    loop.send(classes=("medications",))
    content = shown(loop)
    assert "sertraline" in section(content, "medications") and "twelve" not in str(content)
    with pytest.raises(BadInput):
        packets.write_texts(loop.actor, loop.id, {"contact": "no"}, now=loop.now)
    with pytest.raises(NotThere):
        packets.write_texts(loop.cast.actor("coordinator"), loop.id, {"risk": "no"}, now=loop.now)


def test_her_own_words_stay_hers_until_she_lets_them_go(cast: Cast) -> None:
    for share in (False, True):
        loop = Loop(cast).offer().choose(words="never say it twice", share_words=share).sign(classes=ALL)
        loop.send(classes=("background",))
        assert ("never say it twice" in str(shown(loop))) is share


def test_a_discharge_summary_has_its_place_and_nobody_who_fills_it_yet(loop: Loop, monkeypatch: Any) -> None:
    assert "discharge_summary" not in packets.held(loop.id)
    monkeypatch.setattr(packets, "_GIVEN", {})
    packets.give("discharge_summary", lambda referral: [("How it went", "well")])
    assert "discharge_summary" in packets.held(loop.id)
    with pytest.raises(ValueError, match="not a class"):
        packets.give("risk", lambda referral: [])


def test_the_data_fits_its_schema_and_the_page(loop: Loop) -> None:
    loop.send(classes=ALL)
    row = loop.row.deliveries.select_related("listing").get()
    data = json.loads(answering.packet_data_for_recipient(answering.recipient_actor(row), now=loop.now))
    Draft202012Validator(schema()).validate(data)
    assert {key: value for key, value in data.items() if key != "sha256"} == shown(loop)
    assert not Draft202012Validator(schema()).is_valid({**data, "part2": None})


def change(loop: Loop, **more: Any) -> amending.Change:
    given = {"delivery_id": loop.delivery_id, "classes": ("medications",), "changed": "a new medicine", **more}
    asked = amending.Change(**given)
    seen = amending.preview_amendment(loop.actor, loop.id, asked, now=loop.now)
    return amending.Change(**given, sha256=seen.sha256)


def test_a_later_version_says_what_changed_and_takes_the_place_of_the_first(
    loop: Loop, settings: Any, tmp_path: Path
) -> None:
    settings.SMTP_URL = f"file://{tmp_path}/mail"
    loop.send(classes=("medications",), to="lena@listing.example")
    packets.write_texts(loop.actor, loop.id, {"medications": "sertraline 100 mg"}, now=loop.now)
    assert "50 mg" in str(shown(loop))
    order = change(loop)
    loop.now += DAY
    with pytest.raises(Stale):
        amending.amend(loop.actor, loop.id, order, now=loop.now)  # another day: not what was seen
    assert amending.amend(loop.actor, loop.id, change(loop), now=loop.now), "a mail goes out"
    content = shown(loop)
    assert content["version"] == 2 and content["changed"] == "a new medicine" and "100 mg" in str(content)
    assert content["amends"] == "2026-11-23" and Packet.objects.count() == 2
    assert Packet.objects.get(edition=1).content.reveal()["version"] == 1
    told = Message.objects.get(template="recipient_news")
    jobs.run_due(loop.now)
    assert "sertraline" not in str(told.body.reveal())


def test_a_later_version_passes_the_same_gate(loop: Loop) -> None:
    loop.send(classes=("medications",))
    order = change(loop, classes=("medications", "course"))  # her release does not cover it
    with pytest.raises(NoRelease):
        amending.amend(loop.actor, loop.id, order, now=loop.now)
    assert not Amendment.objects.exists()
    assert [one.reason for one in accounting.accounting(loop.actor, loop.cast.client.pk, now=loop.now).refused] == [
        "The release does not cover everything that was chosen."]
    sending.revoke(loop.actor, loop.id, loop.release_id, now=loop.now)
    with pytest.raises(NotNow):
        change(loop)  # the link has ended


def test_it_goes_to_those_who_have_a_packet_and_did_not_say_no(loop: Loop) -> None:
    loop.send(classes=("medications",))
    with pytest.raises(BadInput):
        change(loop, changed=" ")
    loop.decline()
    with pytest.raises(NotNow):
        change(loop)


def test_a_wider_release_is_signed_while_the_referral_goes_on(loop: Loop) -> None:
    loop.send(classes=("medications",))
    state = loop.state
    loop.sign(classes=(*ALL, "course"))
    assert loop.state == state
    amending.amend(loop.actor, loop.id, change(loop, classes=("medications", "course")), now=loop.now)
    assert shown(loop)["classes"] == ["medications", "course"]


def record(loop: Loop, **more: Any) -> Any:
    given = {"way": "paper", "basis": "serious_threat", "recipient": "Crisis team", "able": "they are near",
             "facts": FACTS, "classes": ("contact", "risk"), **more}
    return lawful.record_disclosure(loop.actor, loop.cast.client.pk, lawful.Record(**given), now=loop.now)


def test_a_call_is_recorded_with_what_one_knows_and_completed_later(loop: Loop) -> None:
    pk = lawful.record_disclosure(loop.actor, loop.cast.client.pk, lawful.Record(), now=loop.now)
    line = lawful.list_disclosures(loop.cast.actor("admin"), now=loop.now, latest=True)[0]
    assert len(line.lacks) == 6 and line.initials == "" and not line.late  # the privacy officer sees that, not who
    assert lawful.list_disclosures(loop.actor, now=loop.now + 2 * DAY)[0].late
    assert AuditEntry.objects.filter(verb="disclose", basis=pk).exists()
    lawful.complete_disclosure(loop.actor, pk, lawful.Record(
        basis="serious_threat", recipient="Crisis team", able="near", facts=FACTS, classes=("risk",),
        told_at=loop.now), now=loop.now)  # fmt: skip
    assert lawful.open_disclosure(loop.actor, pk, now=loop.now).lacks == ()
    with pytest.raises(BadInput):
        lawful.record_disclosure(loop.actor, loop.cast.client.pk,
                                 lawful.Record(classes=("psychotherapy_notes",)), now=loop.now)
    with pytest.raises(NotThere):
        lawful.record_disclosure(loop.cast.actor("colleague"), loop.cast.client.pk, lawful.Record(), now=loop.now)


def test_a_second_person_reviews_it_once(loop: Loop) -> None:
    pk = record(loop)
    with pytest.raises(NotAllowed):
        lawful.review_disclosure(loop.actor, pk, "fine", now=loop.now)
    with pytest.raises(NotThere):
        lawful.review_disclosure(loop.cast.actor("colleague"), pk, "fine", now=loop.now)
    with pytest.raises(BadInput):
        lawful.review_disclosure(loop.cast.actor("supervisor"), pk, " ", now=loop.now)
    lawful.review_disclosure(loop.cast.actor("admin"), pk, "well done", now=loop.now)
    with pytest.raises(Stale):
        lawful.review_disclosure(loop.cast.actor("supervisor"), pk, "again", now=loop.now)
    with pytest.raises(Stale):
        lawful.complete_disclosure(loop.actor, pk, lawful.Record(), now=loop.now)


@pytest.mark.parametrize(("more", "field"), [
    ({"basis": ""}, "basis"), ({"facts": "too short"}, "facts"), ({"recipient": ""}, "recipient"),
    ({"classes": ("reason",)}, "classes"),
])  # fmt: skip
def test_a_sending_needs_basis_facts_recipient_and_classes(loop: Loop, more: dict[str, Any], field: str) -> None:
    pk = record(loop, **more)
    with pytest.raises(BadInput) as refused:
        on_a_basis.preview_on_basis(loop.actor, loop.id, pk, ["contact", "risk"], now=loop.now)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_a_packet_on_a_ground_is_frozen_once_and_says_its_ground(loop: Loop) -> None:
    pk = record(loop)
    seen = on_a_basis.preview_on_basis(loop.actor, loop.id, pk, ["contact"], now=loop.now)
    assert "45 CFR 164.512(j)" in seen.content["release"] and seen.content["to"] == "Crisis team"
    with pytest.raises(Stale):
        on_a_basis.send_on_basis(loop.actor, loop.id, pk, ["contact"], sha256="0" * 64, now=loop.now)
    on_a_basis.send_on_basis(loop.actor, loop.id, pk, ["contact"], sha256=seen.sha256, now=loop.now)
    assert on_a_basis.basis_packet_file(loop.actor, loop.id, pk, now=loop.now) == seen.pdf
    with pytest.raises(Stale):
        on_a_basis.send_on_basis(loop.actor, loop.id, pk, ["contact"], sha256=seen.sha256, now=loop.now)


def test_substance_use_goes_in_a_medical_emergency_alone(loop: Loop) -> None:
    for basis, may in (("serious_threat", False), ("court_order", False), ("medical_emergency", True)):
        pk = record(loop, basis=basis, classes=("substance_use",))
        try:
            seen = on_a_basis.preview_on_basis(loop.actor, loop.id, pk, ["substance_use"], now=loop.now)
        except BadInput:
            assert not may
        else:
            assert may and seen.content["part2"]


def test_treatment_without_an_authorization_is_off_until_the_practice_turns_it_on(loop: Loop) -> None:
    with pytest.raises(BadInput):
        record(loop, basis="treatment")
    with pytest.raises(NotAllowed):
        allow_treatment_disclosures(loop.actor, on=True, now=loop.now)
    allow_treatment_disclosures(loop.cast.actor("admin"), on=True, now=loop.now)
    pk = record(loop, basis="treatment")
    assert on_a_basis.preview_on_basis(loop.actor, loop.id, pk, ["contact"], now=loop.now)
    allow_treatment_disclosures(loop.cast.actor("admin"), on=False, now=loop.now)
    with pytest.raises(BadInput):
        on_a_basis.preview_on_basis(loop.actor, loop.id, pk, ["contact"], now=loop.now)


def test_the_accounting_holds_every_way_out_and_marks_what_the_law_asks_for(loop: Loop) -> None:
    loop.send(classes=("medications",))
    amending.amend(loop.actor, loop.id, change(loop), now=loop.now)
    record(loop, told_at=loop.now)
    record(loop, classes=())  # nobody has said yet whether telling her is safe
    record(loop, basis="involved_in_care", untold_why="her brother reads her telephone", recipient="her mother")
    found = accounting.accounting(loop.actor, loop.cast.client.pk, now=loop.now)
    assert sorted((line.ground, line.version, line.required) for line in found.lines) == [
        ("involved_in_care", 1, False), ("release", 1, False), ("release", 2, False), ("serious_threat", 1, True),
        ("serious_threat", 1, True)]
    her = client_actor(Client.objects.get(pk=loop.cast.client.pk))
    hers = accounting.shared_about_me(her, now=loop.now)
    assert "her mother" not in [line.to for line in hers] and len(hers) == 3
    assert len(accounting.spreadsheet_rows(loop.actor, loop.cast.client.pk, now=loop.now)) == 5
    with pytest.raises(NotThere):
        accounting.accounting(loop.cast.actor("colleague"), loop.cast.client.pk, now=loop.now)


def test_a_spreadsheet_refuses_substance_use(loop: Loop) -> None:
    loop.send(classes=("substance_use",))
    with pytest.raises(BadInput, match="print the page"):
        accounting.spreadsheet_rows(loop.actor, loop.cast.client.pk, now=loop.now)
