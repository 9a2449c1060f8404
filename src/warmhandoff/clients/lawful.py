"""Disclosures on another lawful basis than a release: recorded, completed, told to her, and reviewed by another.

Nothing is mandatory in the moment: a call that had to be made is recorded as far as one knows it. 45 CFR 164.512 and
164.510, 42 CFR 2.51; security requirement R-15. What each needs stands in rules.lawful.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from warmhandoff.accounts.queries import is_solo
from warmhandoff.clients.caring import note_change
from warmhandoff.clients.disclosing import said_of
from warmhandoff.clients.models import Client, LawfulDisclosure
from warmhandoff.clients.queries import client_row, visible_clients
from warmhandoff.core import audit
from warmhandoff.rules.access import Actor
from warmhandoff.rules.lawful import WAYS, bases, is_late, offered, to_complete
from warmhandoff.rules.packet import WHY
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotThere, Problem, Stale
from warmhandoff.rules.vocab import vocabulary

_OLDEST = timedelta(days=366)
SHOWN_FOR = timedelta(days=7)  # on the page of the day, also after the review


@dataclass(frozen=True)
class Record:
    """What someone writes down. All but `way` may be empty for now; `disclosed_at`: when it was told, else now.

    told_at: when the client was told; untold_why: why telling her is unsafe.
    """

    way: str = "phone"
    basis: str = ""
    recipient: str = ""
    able: str = ""
    facts: str = ""
    classes: tuple[str, ...] = ()
    disclosed_at: datetime | None = None
    told_at: datetime | None = None
    untold_why: str = ""
    referral_id: UUID | None = None


def _check(record: Record, offered_codes: set[str], now: datetime) -> None:
    """What cannot be at all; what is merely missing yet is no fault."""
    problems = []
    if record.way not in WAYS:
        problems.append(Problem("choose how it was told", field="way"))
    if record.basis and record.basis not in offered_codes:
        problems.append(Problem("choose one of these grounds", field="basis"))
    if unknown := set(record.classes) - set(WHY):
        problems.append(Problem(f"{sorted(unknown)[0]} cannot be told on this ground", field="classes"))
    if record.disclosed_at and not now - _OLDEST <= record.disclosed_at <= now:
        problems.append(Problem("this time cannot be right", field="disclosed_at"))
    if problems:
        raise BadInput(*problems)


def record_disclosure(actor: Actor, client_id: UUID, record: Record, *, now: datetime) -> UUID:
    """Write down that something was told without a release, as far as it is known; returns its id.

    Refuses strangers (NotThere) and what cannot be (BadInput): unknown codes, psychotherapy notes, a time to come.
    """
    with transaction.atomic():
        return write_down(actor, client_row(actor, client_id, "send"), record, now=now)


def write_down(actor: Actor, client: Client, record: Record, *, now: datetime) -> UUID:
    """As `record_disclosure`, behind a door already open and within the caller's transaction: the crisis path."""
    _check(record, set(offered(for_treatment=client.practice.discloses_for_treatment)), now)
    row = LawfulDisclosure(
        practice_id=client.practice_id, client=client, referral_id=record.referral_id,
        disclosed_at=record.disclosed_at or now, by_id=actor.member, recorded_at=now,
    )
    _write(row, record)
    note_change(client, "record_disclosure", actor, now)
    audit.record(actor, "disclose", "lawful_disclosure", row.pk, now=now, clients=[client.pk], basis=row.pk)
    return row.pk


def _write(row: LawfulDisclosure, record: Record) -> None:
    row.way, row.basis, row.classes = record.way, record.basis, sorted(set(record.classes))
    row.recipient, row.able, row.facts = record.recipient.strip(), record.able.strip(), record.facts.strip()
    row.told_at, row.untold_why = record.told_at, record.untold_why.strip()
    if record.disclosed_at:
        row.disclosed_at = record.disclosed_at
    row.save()


def complete_disclosure(actor: Actor, disclosure_id: UUID, record: Record, *, now: datetime) -> None:
    """Fill in or mend what was recorded, until it was reviewed (Stale afterwards). Refuses as `record_disclosure`."""
    with transaction.atomic():
        row = disclosure_row(actor, disclosure_id, lock=True)
        if row.reviewed_at:
            raise Stale("This was reviewed: it stays as it is.")
        codes = set(offered(for_treatment=row.practice.discloses_for_treatment)) | {row.basis} - {""}
        _check(record, codes, now)
        _write(row, record)
        note_change(row.client, "complete_disclosure", actor, now)


def disclosure_row(actor: Actor, disclosure_id: UUID, *, lock: bool = False) -> LawfulDisclosure:
    """The row, for those who may send for its client; NotThere for everyone else."""
    rows = LawfulDisclosure.objects.select_related("client__practice", "practice", "by__user")
    if lock:
        rows = rows.select_for_update(of=("self",))
    row = rows.filter(pk=disclosure_id, practice_id=actor.practice_id).first()
    if row is None:
        raise NotThere(subject=disclosure_id)
    client_row(actor, row.client_id, "send")
    return row


def locked_disclosure(disclosure_id: UUID) -> LawfulDisclosure:
    """The row under its lock, for a door that a link opened; within a transaction."""
    rows = LawfulDisclosure.objects.select_related("client__practice", "practice").select_for_update(of=("self",))
    return rows.get(pk=disclosure_id)


def visible_disclosures(actor: Actor) -> QuerySet[LawfulDisclosure]:
    """For whoever sets policy (the privacy officer) all of the practice; else of the clients she sees clinically."""
    rows = LawfulDisclosure.objects.filter(practice_id=actor.practice_id)
    if actor.side != "referrer":
        return rows.none()
    if "policy" in actor.verbs("practice"):
        return rows
    return rows.filter(Q(client__in=visible_clients(actor, "see_clinical")) | Q(by_id=actor.membership_id))


@dataclass(frozen=True)
class DisclosureLine:
    """One recorded disclosure. `initials` only for those who see the client; `lacks`: what is to complete."""

    id: UUID
    client_id: UUID
    initials: str
    by: str
    mine: bool
    basis: str
    source: str
    way: str
    recipient: str
    able: str
    facts: str
    classes: tuple[str, ...]
    disclosed_at: datetime
    recorded_at: datetime
    told_at: datetime | None
    untold_why: str
    lacks: tuple[str, ...]
    late: bool
    reviewed_at: datetime | None
    reviewed_by: str
    review: str
    consultant: str


def latest_disclosures(actor: Actor, *, now: datetime) -> QuerySet[LawfulDisclosure]:
    """Those the actor may know of that await a review or completing, or are a few days old."""
    return visible_disclosures(actor).filter(Q(reviewed_at=None) | Q(recorded_at__gt=now - SHOWN_FOR))


def list_disclosures(actor: Actor, *, now: datetime, latest: bool = False) -> list[DisclosureLine]:
    """What the actor may know of, newest first; `latest`: what awaits a review or completing, or is a few days old."""
    rows = latest_disclosures(actor, now=now) if latest else visible_disclosures(actor)
    rows = rows.select_related("client", "by__user", "reviewed_by__user").order_by("-recorded_at")[:200]
    seen = set(visible_clients(actor).filter(lawful_disclosures__in=[r.pk for r in rows]).values_list("pk", flat=True))
    lines = [line_of(row, actor, now, named=row.client_id in seen) for row in rows]
    if lines:
        audit.record(actor, "list", "lawful_disclosure", now=now, clients={line.client_id for line in lines})
    return lines


def open_disclosure(actor: Actor, disclosure_id: UUID, *, now: datetime) -> DisclosureLine:
    """One of them, for those who may send for its client; audited."""
    row = disclosure_row(actor, disclosure_id)
    audit.record(actor, "open", "lawful_disclosure", row.pk, now=now, clients=[row.client_id])
    return line_of(row, actor, now, named=True)


def line_of(row: LawfulDisclosure, actor: Actor, now: datetime, *, named: bool) -> DisclosureLine:
    """A row in words. named: whether the reader sees the client."""
    basis = bases().get(row.basis)
    kinds = vocabulary("information_classes")
    return DisclosureLine(
        id=row.pk, client_id=row.client_id, initials=row.client.initials.reveal() if named else "",
        by=row.by.user.name, mine=row.by_id == actor.membership_id, basis=basis.label if basis else "",
        source=basis.source if basis else "", way=WAYS.get(row.way, row.way), recipient=row.recipient.reveal(),
        able=row.able.reveal(), facts=row.facts.reveal(), classes=tuple(kinds.label(code) for code in row.classes),
        disclosed_at=row.disclosed_at, recorded_at=row.recorded_at, told_at=row.told_at,
        untold_why=row.untold_why.reveal(), lacks=tuple(to_complete(said_of(row))),
        late=is_late(row.recorded_at, row.reviewed_at, now), reviewed_at=row.reviewed_at,
        reviewed_by=row.reviewed_by.user.name if row.reviewed_by else "", review=row.review.reveal(),
        consultant=row.consultant.reveal(),
    )


def review_disclosure(
    actor: Actor, disclosure_id: UUID, words: str, *, now: datetime, consultant: str = ""
) -> None:
    """A second person says what she found; in a practice of one, its member herself or with a consultant she names.

    Refuses: NotThere for what is not hers to know of, NotAllowed for her own among colleagues, BadInput without words,
    Stale once it was reviewed.
    """
    with transaction.atomic():
        row = visible_disclosures(actor).filter(pk=disclosure_id).select_related("client").first()
        if row is None:
            raise NotThere(subject=disclosure_id)
        if row.by_id == actor.membership_id and not is_solo(actor.practice_id):
            raise NotAllowed("It is reviewed by someone other than the one who disclosed it.")
        if not words.strip():
            raise BadInput(Problem("say what you found", field="review"))
        unreviewed = LawfulDisclosure.objects.filter(pk=row.pk, reviewed_at=None)
        if not unreviewed.update(reviewed_at=now, reviewed_by_id=actor.member):
            raise Stale(subject=row.pk)
        row.review, row.consultant = words.strip(), consultant.strip()
        row.save(update_fields=["review", "consultant"])
        note_change(row.client, "review_disclosure", actor, now)
