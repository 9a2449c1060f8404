"""The record of one referral: everything of it in order, nothing of another, and only for who may read it."""

from __future__ import annotations

import pytest

from tests.cast import NOW, Cast
from tests.flows import walk as way
from warmhandoff.accounts.queries import names_of_members
from warmhandoff.clients.process_notes import write_note
from warmhandoff.core import clock, holding
from warmhandoff.core.models import AuditEntry
from warmhandoff.referrals import planning, reflecting
from warmhandoff.referrals.recording import referral_record
from warmhandoff.rules.record import Office, readable_referral
from warmhandoff.rules.refusals import NotAllowed, NotThere

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def words_of(cast: Cast, walk: way.Walk) -> str:
    parts = holding.gather(cast.client.pk, names_of_members(cast.practice.pk)).parts
    office = Office(cast.practice.name, cast.practice.phone, cast.practice.time_zone)
    content = readable_referral(parts, str(walk.referral_id), office, made_at=walk.now, by="Clinician Person")
    lines = [*content["lead"]]
    for section in content["sections"]:
        lines += [section["title"], *(f"{name}: {text}" for row in section["rows"] for name, text in row)]
    return "\n".join(lines)


def test_what_was_done_when_by_whom_and_why(cast: Cast) -> None:
    walk = way.accepted(cast)
    planning.put_off(walk.staff, walk.referral_id, due_at=walk.now.replace(month=12), why="she is travelling",
                     now=walk.now)
    other = planning.NewReferral(
        kind="transfer", reason="client_moving", need=way.listings.NEED, title="to another matter"
    )
    planning.record_need(walk.staff, cast.client.pk, other, now=walk.now)
    cast.uses(process_notes=True)
    write_note(cast.actor(), cast.client.pk, "what nobody but its author reads", now=NOW)
    reflecting.keep(cast.actor(), cast.client.pk, {"repair": "a thought of mine alone"}, now=NOW)
    told = words_of(cast, walk)
    for said in (
        "Printed on", "What was done, when, by whom and why", "Who: Clinician Person", "Who: R. M.",
        "she is travelling", "Reason in the chart: beyond my training", walk.delivery.listing.name, "EMDR",
        "Reason as told to you", "“you” is the client",
    ):  # fmt: skip
        assert said in told, said
    assert told.index("What was done") < told.index("\nOptions")
    for absent in ("another matter", "nobody but its author", "of mine alone", "files/"):
        assert absent not in told, absent


def test_the_pdf_and_who_gets_it(cast: Cast) -> None:
    walk = way.accepted(cast)
    assert referral_record(walk.staff, walk.referral_id, now=walk.now).startswith(b"%PDF-")
    assert AuditEntry.objects.filter(verb="copy", subject_kind="referral").count() == 1
    assert referral_record(cast.actor("supervisor"), walk.referral_id, now=walk.now).startswith(b"%PDF-")
    with pytest.raises(NotAllowed):
        referral_record(cast.actor("coordinator"), walk.referral_id, now=walk.now)
    for part in ("colleague", "admin", "outsider"):
        with pytest.raises(NotThere):
            referral_record(cast.actor(part), walk.referral_id, now=walk.now)
    page = cast.web().get(f"/referrals/{walk.referral_id}/")
    assert b"record.pdf" in page.content and b"record.pdf" not in cast.web("coordinator").get(
        f"/referrals/{walk.referral_id}/").content
    answer = cast.web().get(f"/referrals/{walk.referral_id}/record.pdf")
    assert answer["Content-Type"] == "application/pdf" and 'filename="referral.pdf"' in answer["Content-Disposition"]
