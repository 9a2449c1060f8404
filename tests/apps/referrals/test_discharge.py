"""The discharge summary: after care ended on a ground, drafted from the record, locked by the database once signed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction

from tests.apps.referrals.loop import Loop, loop_at
from tests.cast import NOW, Cast
from warmhandoff.clients import treatment
from warmhandoff.clients.models import CareTeam, Client
from warmhandoff.clients.queries import client_row
from warmhandoff.core import resealing
from warmhandoff.core.walls import missing_walls
from warmhandoff.referrals import bridging, discharge_view, discharging, packets, reflecting, sending
from warmhandoff.referrals.models import Addendum, DischargeSummary
from warmhandoff.rules.discharge import CRISIS, SECTIONS
from warmhandoff.rules.refusals import BadInput, NoRelease, NotNow, NotThere, Stale

TEXTS = {
    "chart": {"treated_for": "worry", "course": "two years", "ending": "she moved", "risk": "low",
              "diagnosis": "F41.1"},
    "shareable": {"treated_for": "worry", "course": "two years"},
}
DAY = timedelta(days=1)


def ended(cast: Cast, ground: str = "agreed") -> None:
    bridging.let_go(cast.actor(), cast.client.pk, ground=ground, words="as we agreed in spring", now=NOW)


def begun(cast: Cast) -> UUID:
    ended(cast)
    return discharging.begin_summary(cast.actor(), cast.client.pk, now=NOW)


def signed(cast: Cast) -> DischargeSummary:
    made = begun(cast)
    discharging.sign_summary(cast.actor(), cast.client.pk, TEXTS, seen=0, now=NOW)
    return DischargeSummary.objects.get(pk=made)


def in_writing(cast: Cast) -> discharge_view.SummaryView:
    found = discharge_view.summaries_of(cast.actor(), cast.client.pk, now=NOW).in_writing
    assert found is not None
    return found


def test_no_discharge_while_care_goes_on_or_nobody_let_her_go(cast: Cast) -> None:
    with pytest.raises(NotNow, match="not ended on a recorded ground"):
        discharging.begin_summary(cast.actor(), cast.client.pk, now=NOW)
    CareTeam.objects.filter(client=cast.client).exclude(membership=cast.clinician).update(until=NOW)
    treatment.end_treatment(client_row(cast.actor(), cast.client.pk), cast.actor(), now=NOW)  # without a ground
    with pytest.raises(NotNow, match="not ended on a recorded ground"):
        discharging.begin_summary(cast.actor(), cast.client.pk, now=NOW)


def test_it_is_not_signed_once_care_goes_on_again(cast: Cast) -> None:
    begun(cast)
    bridging.take_up_again(cast.actor(), cast.client.pk, now=NOW)
    with pytest.raises(NotNow):
        discharging.sign_summary(cast.actor(), cast.client.pk, TEXTS, seen=0, now=NOW)


def test_the_draft_says_what_the_record_says_and_nothing_private(cast: Cast) -> None:
    loop = loop_at(cast, "closed")
    packets.write_texts(cast.actor(), loop.id, {"diagnoses": "F43.10", "risk": "none now"}, now=NOW)
    reflecting.keep(cast.actor(), cast.client.pk, {"repair": "SECRET-OF-MINE"}, now=NOW)
    begun(cast)
    made = in_writing(cast)
    assert set(made.chart) == set(SECTIONS) == set(made.shareable)
    assert made.chart["diagnosis"] == "F43.10" and made.shareable["diagnosis"] == ""
    assert made.chart["risk"].startswith("none now\nNo crisis is written down.") and made.shareable["risk"] == ""
    assert "a private chart reason" in made.chart["ending"] and "as we agreed in spring" in made.chart["ending"]
    assert made.shareable["ending"] == "You need someone trained in trauma."
    assert "Avery Lowell" in made.shareable["referrals"] and "Attended, fits" in made.shareable["referrals"]
    assert made.chart["crisis"] == made.shareable["crisis"] == CRISIS
    assert "SECRET-OF-MINE" not in str(made)


def test_what_is_needed_is_asked_for_before_signing(cast: Cast) -> None:
    begun(cast)
    with pytest.raises(BadInput) as refused:
        discharging.sign_summary(
            cast.actor(), cast.client.pk, {"chart": {"course": " ", "risk": ""}}, seen=0, now=NOW
        )
    fields = {problem.field for problem in refused.value.problems}
    assert {"chart_course", "chart_risk"} <= fields
    assert in_writing(cast).changes == 0, "kept in spite of the refusal"


@pytest.mark.parametrize("texts", [{"chart": {"weather": "mild"}}, {"notes": {}}, {"chart": {"risk": "x" * 10_001}}])
def test_what_it_has_no_place_for_is_refused(cast: Cast, texts: Any) -> None:
    begun(cast)
    with pytest.raises(BadInput):
        discharging.keep_summary(cast.actor(), cast.client.pk, texts, seen=0, now=NOW)


def test_of_two_who_write_one_wins(cast: Cast) -> None:
    begun(cast)
    discharging.keep_summary(cast.actor(), cast.client.pk, TEXTS, seen=0, now=NOW)
    with pytest.raises(Stale):
        discharging.keep_summary(cast.actor(), cast.client.pk, TEXTS, seen=0, now=NOW)
    assert in_writing(cast).chart["diagnosis"] == "F41.1"


def test_signed_the_database_refuses_every_change(cast: Cast) -> None:
    assert missing_walls() == []
    row = signed(cast)
    discharging.add_addendum(cast.actor(), cast.client.pk, row.pk, part="chart", words="a letter came", now=NOW)
    note = Addendum.objects.get()
    for change in (
        lambda: DischargeSummary.objects.filter(pk=row.pk).update(sha256="0" * 64),
        lambda: DischargeSummary.objects.filter(pk=row.pk).update(signed_at=None, signed_by=None, sha256=""),
        lambda: DischargeSummary.objects.filter(pk=row.pk).update(changes=9),
        lambda: _rewritten(row),
        lambda: DischargeSummary.objects.filter(pk=row.pk).delete(),
        lambda: Addendum.objects.filter(pk=note.pk).delete(),
        lambda: Addendum.objects.filter(pk=note.pk).update(part="shareable"),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    with pytest.raises(NotNow):
        discharging.keep_summary(cast.actor(), cast.client.pk, TEXTS, seen=row.changes, now=NOW)
    with pytest.raises(NotNow):
        discharging.throw_away_summary(cast.actor(), cast.client.pk, now=NOW)


def _rewritten(row: DischargeSummary) -> None:
    row.chart = {"course": "another story"}
    row.save(update_fields=["chart"])


def test_in_writing_it_can_be_thrown_away_and_begun_anew(cast: Cast) -> None:
    begun(cast)
    with pytest.raises(NotNow):
        discharging.begin_summary(cast.actor(), cast.client.pk, now=NOW)
    discharging.throw_away_summary(cast.actor(), cast.client.pk, now=NOW)
    discharging.begin_summary(cast.actor(), cast.client.pk, now=NOW)


def test_each_time_of_care_has_one_summary(cast: Cast) -> None:
    signed(cast)
    with pytest.raises(NotNow, match="add to it"):
        discharging.begin_summary(cast.actor(), cast.client.pk, now=NOW)
    bridging.take_up_again(cast.actor(), cast.client.pk, now=NOW + DAY)
    bridging.let_go(cast.actor(), cast.client.pk, ground="agreed", words="again", now=NOW + 9 * DAY)
    assert discharge_view.summaries_of(cast.actor(), cast.client.pk, now=NOW).may_begin
    discharging.begin_summary(cast.actor(), cast.client.pk, now=NOW + 9 * DAY)


def test_addenda_stand_beside_what_was_signed(cast: Cast) -> None:
    made = begun(cast)
    with pytest.raises(NotNow):
        discharging.add_addendum(cast.actor(), cast.client.pk, made, part="chart", words="early", now=NOW)
    discharging.sign_summary(cast.actor(), cast.client.pk, TEXTS, seen=0, now=NOW)
    for wrong in ({"part": "notes", "words": "x"}, {"part": "chart", "words": " "}):
        with pytest.raises(BadInput):
            discharging.add_addendum(cast.actor(), cast.client.pk, made, now=NOW, **wrong)
    discharging.add_addendum(cast.actor(), cast.client.pk, made, part="shareable", words="she wrote", now=NOW + DAY)
    with pytest.raises(NotThere):
        discharging.add_addendum(cast.actor(), cast.add_client(), made, part="chart", words="x", now=NOW)
    view = discharge_view.summaries_of(cast.actor(), cast.client.pk, now=NOW).signed[0]
    about = ("Rosalind Marlowe", "Lakeside Counseling", "America/Chicago")
    chart, shareable = (str(discharge_view.as_document(view, part, about)) for part in ("chart", "shareable"))
    assert "F41.1" in chart and "she wrote" not in chart
    assert "F41.1" not in shareable and "she wrote" in shareable and "November 24, 2026" in shareable
    pdf = discharge_view.summary_pdf(cast.actor(), cast.client.pk, made, "shareable", now=NOW)
    assert pdf.startswith(b"%PDF-")


def test_strangers_get_nothing_of_it(cast: Cast) -> None:
    row = signed(cast)
    for part in ("outsider", "colleague", "coordinator"):
        with pytest.raises(NotThere):
            discharge_view.summaries_of(cast.actor(part), cast.client.pk, now=NOW)
        with pytest.raises(NotThere):
            discharge_view.summary_pdf(cast.actor(part), cast.client.pk, row.pk, "chart", now=NOW)


def test_only_the_shareable_part_travels_and_only_under_a_release_that_covers_it(cast: Cast) -> None:
    loop = Loop(cast).offer().choose()
    assert "discharge_summary" not in packets.held(loop.id)
    signed(cast)
    assert "discharge_summary" in packets.held(loop.id)
    loop.sign(classes=("contact", "reason"))
    refused = loop.order(classes=("contact", "discharge_summary"))
    with pytest.raises(NoRelease):
        sending.send(loop.actor, loop.id, refused, now=NOW)
    other = Loop(cast).offer().choose().sign(classes=("contact", "discharge_summary"))
    seen = sending.preview(other.actor, other.id, other.listings[0], ("contact", "discharge_summary"), now=NOW)
    text = str(seen.content)
    assert "two years" in text and "F41.1" not in text and "she moved" not in text
    assert sending.send(other.actor, other.id, other.order(classes=("contact", "discharge_summary")), now=NOW)
    assert Client.objects.get(pk=cast.client.pk).ended_at is not None


def test_a_renewed_key_still_opens_what_is_locked(cast: Cast) -> None:
    row = signed(cast)
    resealing.renew(cast.practice.pk, now=NOW)
    assert list(resealing.work_through(cast.practice.pk, clock=lambda: NOW + timedelta(minutes=5)))[-1] == 0
    again = DischargeSummary.objects.get(pk=row.pk)
    assert again.chart.reveal()["diagnosis"] == "F41.1"
