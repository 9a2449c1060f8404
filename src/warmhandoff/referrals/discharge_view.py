"""Discharge summaries as their page, their paper and a packet show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from warmhandoff.clients.queries import client_row
from warmhandoff.core import audit
from warmhandoff.documents import record_pdf
from warmhandoff.referrals import packets
from warmhandoff.referrals.models import DischargeSummary, Referral
from warmhandoff.rules.access import Actor
from warmhandoff.rules.discharge import lines
from warmhandoff.rules.refusals import NotThere
from warmhandoff.rules.wording import plain_date

_TITLES = {"chart": "Discharge summary: for the chart", "shareable": "Discharge summary"}


@dataclass(frozen=True)
class Added:
    at: datetime
    by: str
    part: str
    words: str


@dataclass(frozen=True)
class SummaryView:
    """One summary. chart, shareable: section -> text; signed_at None while it is being written."""

    id: UUID
    chart: Mapping[str, str]
    shareable: Mapping[str, str]
    changes: int
    begun_at: datetime
    begun_by: str
    signed_at: datetime | None
    signed_by: str
    sha256: str
    added: Sequence[Added]

    @property
    def chart_lines(self) -> list[tuple[str, str]]:
        return lines(self.chart)

    @property
    def shareable_lines(self) -> list[tuple[str, str]]:
        return lines(self.shareable)


@dataclass(frozen=True)
class Summaries:
    """All of a client's, newest first. ended_at, None while care here goes on."""

    client_id: UUID
    name: str
    initials: str
    ended_at: datetime | None
    rows: Sequence[SummaryView]

    @property
    def in_writing(self) -> SummaryView | None:
        return next((row for row in self.rows if row.signed_at is None), None)

    @property
    def may_begin(self) -> bool:
        """Whether the time of care that ended last has no summary yet."""
        ended = self.ended_at
        return ended is not None and not any(row.begun_at >= ended for row in self.rows)

    @property
    def signed(self) -> list[SummaryView]:
        return [row for row in self.rows if row.signed_at]


def _view(row: DischargeSummary) -> SummaryView:
    added = row.addenda.select_related("by__user").order_by("at", "pk")
    return SummaryView(
        row.pk, row.chart.reveal() or {}, row.shareable.reveal() or {}, row.changes, row.begun_at,
        row.begun_by.user.name, row.signed_at, row.signed_by.user.name if row.signed_by else "", row.sha256,
        [Added(one.at, one.by.user.name, one.part, one.words.reveal()) for one in added],
    )  # fmt: skip


def summaries_of(actor: Actor, client_id: UUID, *, now: datetime) -> Summaries:
    """The door to a client's summaries, with the audit row. Clinical: NotThere for whoever may not read that."""
    row = client_row(actor, client_id, "see_clinical")
    rows = DischargeSummary.objects.filter(client=row).order_by("-begun_at")
    found = [_view(one) for one in rows.select_related("begun_by__user", "signed_by__user")]
    audit.record(actor, "open", "discharge_summary", row.pk, now=now, clients=[row.pk])
    return Summaries(row.pk, row.name.reveal(), row.initials.reveal(), row.ended_at, found)


def must_be_hers(actor: Actor, client_id: UUID, summary_id: UUID) -> None:
    """NotThere for a summary that is not this client's, before anything else is said of it."""
    client = client_row(actor, client_id)
    if not DischargeSummary.objects.filter(pk=summary_id, client=client).exists():
        raise NotThere(subject=summary_id)


def summary_pdf(actor: Actor, client_id: UUID, summary_id: UUID, part: str, *, now: datetime) -> bytes:
    """One part of a signed summary on paper, with its addenda. NotThere for strangers, and before it is signed."""
    row = client_row(actor, client_id, "see_clinical")
    found = DischargeSummary.objects.filter(client=row, pk=summary_id, signed_at__isnull=False)
    summary = found.select_related("begun_by__user", "signed_by__user").first()
    if summary is None or part not in _TITLES:
        raise NotThere(subject=summary_id)
    audit.record(actor, "copy", "discharge_summary", summary.pk, now=now, clients=[row.pk])
    practice = row.practice
    return record_pdf(as_document(_view(summary), part, (row.name.reveal(), practice.name, practice.time_zone)))


def as_document(view: SummaryView, part: str, about: tuple[str, str, str]) -> dict[str, Any]:
    """What documents.record_pdf draws of one part. about: the client's name, the practice's, its zone."""
    client, practice, zone = about
    said = [(label, [[["Text", text]]]) for label, text in lines(view.chart if part == "chart" else view.shareable)]
    added = [
        (f"Addendum of {_day(one.at, zone)}", [[["Text", one.words], ["By", one.by]]])
        for one in view.added if one.part == part
    ]  # fmt: skip
    signed = f"Signed by {view.signed_by}, {_day(view.signed_at, zone)}." if view.signed_at else "Not signed."
    return {
        "language": "en", "title": _TITLES[part], "nothing": "Nothing is recorded.",
        "lead": [f"About {client}. {practice}.", signed, "Confidential."],
        "sections": [{"title": title, "level": 1, "rows": rows} for title, rows in (*said, *added)],
    }  # fmt: skip


def _day(at: datetime, zone: str) -> str:
    return plain_date(at.astimezone(ZoneInfo(zone)).date(), "en")


def shareable_lines(referral: Referral) -> list[tuple[str, str]]:
    """For a packet: the shareable part of the latest signed summary with its addenda; [] while there is none."""
    rows = DischargeSummary.objects.filter(client_id=referral.client_id, signed_at__isnull=False)
    row = rows.select_related("begun_by__user", "signed_by__user").order_by("-signed_at").first()
    if row is None:
        return []
    view, zone = _view(row), referral.practice.time_zone
    added = [(f"Added {_day(one.at, zone)}", one.words) for one in view.added if one.part == "shareable"]
    return [*lines(view.shareable), *added]


packets.give("discharge_summary", shareable_lines)
