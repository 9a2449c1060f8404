"""Writing, signing and amending a discharge summary. Signed, it is locked by the database; then there are addenda."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, transaction

from warmhandoff.clients.caring import note_change
from warmhandoff.clients.queries import client_row
from warmhandoff.referrals.cosigning import must_be_cosigned, of_summary
from warmhandoff.referrals.discharge_facts import facts_of
from warmhandoff.referrals.models import Addendum, DischargeSummary
from warmhandoff.referrals.standing import standing_of
from warmhandoff.rules.access import Actor
from warmhandoff.rules.discharge import LONGEST, SECTIONS, draft, fingerprint, lacking
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, Problem, Stale

if TYPE_CHECKING:
    from warmhandoff.clients.models import Client

PARTS = {"chart": "For the chart", "shareable": "To be shared"}


def _must_have_ended(row: Client) -> None:
    """A discharge needs care that ended on a ground: while nobody holds her, none is begun or signed."""
    stands = standing_of(row.pk)
    if not (stands.ended_at and stands.ground):
        raise NotNow(
            "Care here has not ended on a recorded ground. Say on the bridge how it ends; the summary follows.",
            subject=row.pk,
        )


def begin_summary(actor: Actor, client_id: UUID, *, now: datetime) -> UUID:
    """Begin a summary, drafted from the record, within care that ended. Returns its id.

    Refuses strangers (NotThere), care that has not ended on a ground, and a second summary of it (NotNow).
    """
    with transaction.atomic():
        row = client_row(actor, client_id, "change")
        _must_have_ended(row)
        if DischargeSummary.objects.filter(client=row, signed_at__isnull=False, begun_at__gte=row.ended_at).exists():
            raise NotNow("There is a signed summary of this time of care: add to it.", subject=client_id)
        chart, shareable = draft(facts_of(row))
        summary = DischargeSummary(
            practice_id=row.practice_id, client=row, chart=chart, shareable=shareable, begun_by_id=actor.member,
            begun_at=now,
        )
        try:
            with transaction.atomic():
                summary.save(force_insert=True)
        except IntegrityError as error:
            raise NotNow("A summary is being written already.", subject=client_id) from error
        note_change(row, "begin_summary", actor, now)
    return summary.pk


def _in_writing(row: Client, seen: int) -> DischargeSummary:
    """The one in writing, claimed at the version that was seen; within the caller's transaction."""
    summary = DischargeSummary.objects.filter(client=row, signed_at=None).first()
    if summary is None:
        raise NotNow("No summary is being written.", subject=row.pk)
    claimed = DischargeSummary.objects.filter(pk=summary.pk, changes=seen, signed_at=None)
    if not claimed.update(changes=seen + 1):
        raise Stale(subject=row.pk)
    summary.changes = seen + 1
    return summary


def keep_summary(
    actor: Actor, client_id: UUID, texts: Mapping[str, Mapping[str, str]], *, seen: int, now: datetime
) -> None:
    """Keep both parts as written. texts: part -> section -> text.

    Refuses strangers (NotThere), unknown parts or sections and texts beyond the length (BadInput), and a version that
    is no longer the newest (Stale).
    """
    problems = [Problem("unknown part", field=part) for part in texts if part not in PARTS]
    for part, sections in texts.items():
        for code, text in sections.items():
            if code not in SECTIONS:
                problems.append(Problem("unknown section", field=f"{part}_{code}"))
            elif len(text) > LONGEST:
                problems.append(Problem(f"shorten it to {LONGEST} characters", field=f"{part}_{code}"))
    if problems:
        raise BadInput(*problems)
    with transaction.atomic():
        row = client_row(actor, client_id, "change")
        summary = _in_writing(row, seen)
        for part, sections in texts.items():
            kept = getattr(summary, part).reveal() or {}
            setattr(summary, part, {**kept, **{code: text.strip() for code, text in sections.items()}})
        summary.save(update_fields=["chart", "shareable"])
        note_change(row, "keep_summary", actor, now)


def sign_summary(
    actor: Actor, client_id: UUID, texts: Mapping[str, Mapping[str, str]], *, seen: int, now: datetime
) -> None:
    """Sign and lock it, with `texts` as `keep_summary` takes them, whole or not at all.

    From then on the database refuses every change of it; addenda stand beside it.

    Refuses strangers (NotThere), care that has not ended on a recorded ground or a text that waits for a co-signature
    (NotNow), a chart's part that lacks a section (BadInput), and a version that is no longer the newest (Stale).
    """
    with transaction.atomic():
        row = client_row(actor, client_id, "change")
        _must_have_ended(row)
        keep_summary(actor, client_id, texts, seen=seen, now=now)
        summary = _in_writing(row, seen + 1)
        chart, shareable = summary.chart.reveal() or {}, summary.shareable.reveal() or {}
        must_be_cosigned(of_summary(summary, actor))
        if empty := lacking(chart):
            raise BadInput(*[Problem("this is needed before it is signed", field=f"chart_{code}") for code in empty])
        signed = DischargeSummary.objects.filter(pk=summary.pk, signed_at=None)
        signed.update(signed_at=now, signed_by_id=actor.member, sha256=fingerprint(chart, shareable))
        note_change(row, "sign_summary", actor, now)


def throw_away_summary(actor: Actor, client_id: UUID, *, now: datetime) -> None:
    """Throw a summary in writing away; a signed one cannot be."""
    with transaction.atomic():
        row = client_row(actor, client_id, "change")
        gone, _ = DischargeSummary.objects.filter(client=row, signed_at=None).delete()
        if not gone:
            raise NotNow("No summary is being written.", subject=client_id)
        note_change(row, "throw_away_summary", actor, now)


def add_addendum(
    actor: Actor, client_id: UUID, summary_id: UUID, *, part: str, words: str, now: datetime
) -> None:
    """Add to a signed summary; it stays as it was signed.

    Refuses strangers and another client's summary (NotThere), one that is not signed (NotNow), an unknown part and no
    words (BadInput).
    """
    with transaction.atomic():
        row = client_row(actor, client_id, "change")
        summary = DischargeSummary.objects.filter(client=row, pk=summary_id).first()
        if summary is None:
            raise NotThere(subject=summary_id)
        if summary.signed_at is None:
            raise NotNow("It is not signed yet: change it instead.", subject=summary_id)
        problems = [] if part in PARTS else [Problem("choose a part", field="part")]
        if not words.strip() or len(words) > LONGEST:
            problems.append(Problem("write what is to be added", field="words"))
        if problems:
            raise BadInput(*problems)
        Addendum(
            practice_id=row.practice_id, summary=summary, part=part, words=words.strip(), by_id=actor.member, at=now
        ).save(force_insert=True)
        note_change(row, "add_addendum", actor, now)
