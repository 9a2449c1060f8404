"""Clients an actor may see. The list is the permission: the filter here is also the check at the door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from warmhandoff.clients import endings
from warmhandoff.clients.indexing import indexes
from warmhandoff.clients.models import (
    CareTeam,
    Client,
    EmergencyAccess,
    IdentityCheck,
    PortalKey,
    Release,
    ReleaseSigner,
)
from warmhandoff.core import attachments, audit, clock, looking
from warmhandoff.rules.access import Actor, Relation, Verb
from warmhandoff.rules.refusals import NotThere


def visible_clients(actor: Actor, verb: Verb = "see") -> QuerySet[Client]:
    """Every client of the actor's practice whom the permission table gives this verb for; a client sees herself."""
    rows = Client.objects.filter(practice_id=actor.practice_id)
    if actor.side == "client":
        return rows.filter(pk=actor.client_id) if actor.client_id else rows.none()
    relations = actor.relations_for(verb) if actor.side == "referrer" else frozenset()
    allowed = Q(pk__in=[])
    if "practice" in relations:
        allowed |= Q(practice_id=actor.practice_id)
    if "team" in relations:
        allowed |= Q(team__membership_id=actor.membership_id, team__until=None)
    if "supervises" in relations:
        allowed |= Q(team__membership__supervisor_id=actor.membership_id, team__until=None)
    if "emergency" in relations:
        allowed |= Q(pk__in=open_emergencies(actor).values("client"))
    return rows.filter(pk__in=Client.objects.filter(allowed).values("pk"))


def open_emergencies(actor: Actor) -> QuerySet[EmergencyAccess]:
    """What the actor opened in an emergency and may still look at. A filter takes no time, so it reads the clock."""
    rows = EmergencyAccess.objects.filter(practice_id=actor.practice_id, membership_id=actor.member)
    return rows.filter(ends_at__gt=clock.now())


def client_row(actor: Actor, client_id: UUID, verb: Verb = "see") -> Client:
    """The row, for actions; strangers get what a client who does not exist gets."""
    found = visible_clients(actor, verb).filter(pk=client_id).first()
    if found is None:
        raise NotThere(subject=client_id)
    return found


def verbs_on(actor: Actor, client_id: UUID) -> frozenset[Verb]:
    """What the actor may do with a client of her practice: which buttons there are. The doors check again."""
    relations: set[Relation] = {"practice"}
    team = CareTeam.objects.filter(client_id=client_id, client__practice_id=actor.practice_id, until=None)
    for member, supervisor in team.values_list("membership_id", "membership__supervisor_id"):
        if member == actor.membership_id:
            relations.add("team")
        if supervisor is not None and supervisor == actor.membership_id:
            relations.add("supervises")
    if "emergency" in actor.relations_for("see") and open_emergencies(actor).filter(client_id=client_id).exists():
        relations.add("emergency")
    return actor.verbs(*relations)


@dataclass(frozen=True)
class ClientCard:
    """A client as opened by someone who may see her. `contact` and `safe_contact` as in the model."""

    id: UUID
    name: str
    initials: str
    birth_date: str
    contact: dict[str, Any]
    safe_contact: dict[str, Any]
    access_code: str
    language: str
    team: list[str]
    identified: bool
    created_at: datetime


@dataclass(frozen=True)
class ClientLine:
    id: UUID
    name: str
    initials: str
    language: str
    created_at: datetime


def card(row: Client) -> ClientCard:
    team = [m.membership.user.name for m in row.team.filter(until=None).select_related("membership__user")]
    return ClientCard(
        id=row.pk, name=row.name.reveal(), initials=row.initials.reveal(), birth_date=row.birth_date.reveal(),
        contact=row.contact.reveal() or {}, safe_contact=row.safe_contact.reveal() or {},
        access_code=row.access_code.reveal(), language=row.language, team=team,
        identified=IdentityCheck.objects.filter(client=row).exists(), created_at=row.created_at,
    )


def open_client(actor: Actor, client_id: UUID, *, now: datetime) -> ClientCard:
    """The door to one client: what the actor may see, with the audit row. NotThere for strangers."""
    row = client_row(actor, client_id)
    audit.record(actor, "open", "client", row.pk, now=now, clients=[row.pk])
    return card(row)


def who_looked(actor: Actor, client_id: UUID, *, now: datetime, before: int | None = None) -> looking.Looks:
    """Who looked at, changed or passed on anything of this client, newest first; itself audited."""
    row = client_row(actor, client_id)
    audit.record(actor, "open", "audit", row.pk, now=now, clients=[row.pk])
    return looking.at_client(row.practice_id, row.pk, before=before)


def list_clients(actor: Actor, *, now: datetime, words: str = "") -> list[ClientLine]:
    """The actor's clients by name; one audit entry for the list. Names are sealed: words are matched after opening."""
    rows = list(visible_clients(actor).order_by("-created_at"))
    lines = [ClientLine(r.pk, r.name.reveal(), r.initials.reveal(), r.language, r.created_at) for r in rows]
    wanted = words.casefold().split()
    lines = [line for line in lines if all(word in line.name.casefold() for word in wanted)]
    audit.record(actor, "list", "client", now=now, clients=[line.id for line in lines])
    return sorted(lines, key=lambda line: line.name.casefold())


def alike(actor: Actor, *, name: str, phone: str, email: str, now: datetime) -> list[ClientLine]:
    """The clients the actor sees who have this name, telephone or e-mail already: perhaps the same person."""
    same = Q(pk__in=[])
    columns = ("name_index", "phone_index", "email_index")
    for column, index in zip(columns, indexes(actor.practice_id, name, phone, email), strict=True):
        if index:
            same |= Q(**{column: index})
    rows = visible_clients(actor).filter(same).order_by("created_at")[:5]
    lines = [ClientLine(r.pk, r.name.reveal(), r.initials.reveal(), r.language, r.created_at) for r in rows]
    if lines:
        audit.record(actor, "list", "client", now=now, clients=[line.id for line in lines])
    return lines


@dataclass(frozen=True)
class SignerCard:
    """One who signs. kind: of rules.signers.KINDS, "participant", or "" before the signature."""

    id: UUID
    order: int
    kind: str
    name: str
    scope: str
    evidence: str
    signed_at: datetime | None
    signed_how: str
    withdrawn_at: datetime | None = None


@dataclass(frozen=True)
class ReleaseCard:
    """A release as shown to staff and client.

    ended: whether the event it ends with has happened. narrowed_at: when something was taken out of it last.
    """

    id: UUID
    text: list[str]
    recipients: list[str]
    classes: list[str]
    purpose: str
    expires_on: date
    drafted_at: datetime
    signed_at: datetime | None
    signed_how: str
    signed_name: str
    revoked_at: datetime | None
    in_force: bool
    language: str
    referral_id: UUID | None = None
    scans: tuple[UUID, ...] = ()
    kind: str = "general"
    back_classes: tuple[str, ...] = ()
    ends_with: str = ""
    ended: bool = False
    records: tuple[date | None, date | None] = (None, None)
    to_treating: bool = False
    recipient_ids: tuple[int, ...] = ()
    signers: tuple[SignerCard, ...] = ()
    narrowed_at: datetime | None = None
    copy_given_at: datetime | None = None
    copy_how: str = ""

    @property
    def waits_for(self) -> tuple[SignerCard, ...]:
        """Who has not signed yet."""
        return tuple(one for one in self.signers if one.signed_at is None)

    @property
    def taken_back(self) -> bool:
        """Whether one of those who sign took it back before everyone had signed: it never comes into force."""
        return self.signed_at is None and any(one.withdrawn_at for one in self.signers)

    @property
    def client_signed(self) -> bool:
        """Whether the first signature, hers or in her place, is there."""
        return bool(self.signed_at) or any(one.order == 0 and one.signed_at for one in self.signers)


def _signer_card(row: ReleaseSigner) -> SignerCard:
    return SignerCard(
        row.pk, row.order, row.kind, row.name.reveal(), row.scope.reveal(), row.evidence.reveal(), row.signed_at,
        row.signed_how, row.withdrawn_at,
    )


def release_card(row: Release, *, today: date, ended: bool, scans: Sequence[UUID] = ()) -> ReleaseCard:
    versions = sorted(row.versions.all(), key=lambda one: one.number)
    return ReleaseCard(
        id=row.pk, text=row.text.reveal().split("\n"), recipients=[r.name for r in row.recipients.all()],
        classes=list(row.classes), purpose=row.purpose, expires_on=row.expires_on, drafted_at=row.drafted_at,
        signed_at=row.signed_at, signed_how=row.signed_how, signed_name=row.signed_name.reveal(),
        revoked_at=row.revoked_at, language=row.language, referral_id=row.referral_id,
        in_force=bool(row.signed_at and not row.revoked_at and row.expires_on >= today and not ended),
        scans=tuple(scans), kind=row.kind, back_classes=tuple(row.back_classes), ends_with=row.ends_with, ended=ended,
        records=(row.records_from, row.records_until), to_treating=row.to_treating,
        recipient_ids=tuple(r.listing_id for r in row.recipients.all()),
        signers=tuple(_signer_card(one) for one in sorted(row.signers.all(), key=lambda one: one.order)),
        narrowed_at=versions[-1].at if len(versions) > 1 else None, copy_given_at=row.copy_given_at,
        copy_how=row.copy_how,
    )  # fmt: skip


def releases_of(client_id: UUID, *, today: date, referral_id: UUID | None = None) -> list[ReleaseCard]:
    """Releases of a client whose door is already open, newest first."""
    rows = Release.objects.filter(client_id=client_id).select_related("client").order_by("-drafted_at")
    if referral_id is not None:
        rows = rows.filter(referral_id=referral_id)
    found = list(rows.prefetch_related("recipients", "signers", "versions"))
    scans = attachments.of_subjects([row.pk for row in found])
    over = endings.ended(found)
    return [release_card(row, today=today, ended=row.pk in over, scans=scans.get(row.pk, ())) for row in found]


def is_identified(client_id: UUID) -> bool:
    """Whether staff recorded that the person behind link and code is the client; for a door already open."""
    return IdentityCheck.objects.filter(client_id=client_id).exists()


def has_clients(actor: Actor) -> bool:
    """Whether there is any client this actor may see. Names nobody, and is not audited."""
    return visible_clients(actor).exists()


def was_invited_about(referral_id: UUID) -> bool:
    """Whether a link about this referral was ever made for its client; for a door already open."""
    return PortalKey.objects.filter(referral_id=referral_id).exists()


def was_release_written(referral_id: UUID) -> bool:
    """Whether there is a release for this referral, signed or not; for a door already open."""
    return Release.objects.filter(referral_id=referral_id).exists()
