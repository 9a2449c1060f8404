"""Emergency access: a colleague who is not on the team looks at a client for some hours, with a reason, and openly.

Looking for her tells no more than it must: it takes an exact name, telephone or address and a reason first, is counted,
and is on the record whether it found someone or not. Whoever cares for her is told, and another person reviews it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from warmhandoff.accounts.queries import is_solo
from warmhandoff.clients.caring import note_change
from warmhandoff.clients.indexing import indexes
from warmhandoff.clients.models import Client, EmergencyAccess
from warmhandoff.clients.queries import open_emergencies, visible_clients
from warmhandoff.core import audit, limits
from warmhandoff.rules.access import Actor
from warmhandoff.rules.emergency import KINDS, LASTS, LEAST_WORDS, SEARCH_SPAN, SEARCHES, SHOWN_FOR
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotThere, Problem, Stale


@dataclass(frozen=True)
class Asked:
    """Whom someone looks for, and why. Name, telephone and e-mail as the record has them; all that are given fit."""

    kind: str
    words: str
    name: str = ""
    phone: str = ""
    email: str = ""


def may_open(actor: Actor) -> bool:
    """Whether this actor's roles know emergency access; a practice of one has nobody to hide from."""
    return "emergency" in actor.relations_for("see") and not is_solo(actor.practice_id)


def open_in_emergency(actor: Actor, asked: Asked, *, now: datetime) -> UUID:
    """Find a client exactly and open her for some hours; of one whom the actor sees already, nothing is opened.

    Returns her id. Refuses: NotAllowed for roles without emergency access, NotThere in a practice of one, TooMany
    after the searches of a day, BadInput without kind, reason or anything to look by, and where not one client fits.
    """
    if "emergency" not in actor.relations_for("see"):
        raise NotAllowed("Clients are opened in an emergency by those who treat or supervise.")
    if is_solo(actor.practice_id):
        raise NotThere
    _check(asked)
    found = _search(actor, asked, now)
    if len(found) != 1:
        several = "several clients fit: add a telephone number or an e-mail address"
        raise BadInput(Problem(several if found else "no client of the practice fits exactly", field="name"))
    client = found[0]
    if not visible_clients(actor).filter(pk=client.pk).exists():
        _open(actor, client, asked, now)
    return client.pk


def _check(asked: Asked) -> None:
    problems = []
    if asked.kind not in KINDS:
        problems.append(Problem("choose what comes nearest", field="kind"))
    if len(asked.words.strip()) < LEAST_WORDS:
        problems.append(Problem(f"say in {LEAST_WORDS} characters or more what happens", field="words"))
    if not any(_given(asked)):
        problems.append(Problem("her name, telephone number or e-mail address is needed", field="name"))
    if problems:
        raise BadInput(*problems)


def _given(asked: Asked) -> tuple[str, str, str]:
    return asked.name.strip(), asked.phone.strip(), asked.email.strip()


def _search(actor: Actor, asked: Asked, now: datetime) -> list[Client]:
    """Counted and audited first and for good, whatever it finds and whatever comes of it."""
    limits.spend("emergency", str(actor.member), most=SEARCHES, span=SEARCH_SPAN, now=now)
    given = zip(("name_index", "phone_index", "email_index"),
                indexes(actor.practice_id, asked.name, asked.phone, asked.email), strict=True)
    wanted = {column: index for column, index in given if index}
    rows = Client.objects.filter(practice_id=actor.practice_id, **wanted)
    found = list(rows.order_by("created_at")[:2]) if wanted else []
    audit.record(actor, "look_in_emergency", "client", now=now, clients=[row.pk for row in found])
    return found


def _open(actor: Actor, client: Client, asked: Asked, now: datetime) -> None:
    with transaction.atomic():
        row = EmergencyAccess(
            practice_id=client.practice_id, client=client, membership_id=actor.member, kind=asked.kind,
            words=asked.words.strip(), opened_at=now, ends_at=now + LASTS,
        )
        row.save()
        note_change(client, "open_in_emergency", actor, now)


def until(actor: Actor, client_id: UUID) -> datetime | None:
    """Until when the actor may look at this client by an emergency, or None."""
    return open_emergencies(actor).filter(client_id=client_id).order_by("-ends_at").values_list(
        "ends_at", flat=True).first()


def visible_emergencies(actor: Actor) -> QuerySet[EmergencyAccess]:
    """For whoever sets policy all there are; else her own, her supervisees', and those of clients she cares for."""
    rows = EmergencyAccess.objects.filter(practice_id=actor.practice_id)
    if actor.side != "referrer":
        return rows.none()
    if "policy" in actor.verbs("practice"):
        return rows
    hers = Q(client__in=visible_clients(actor, "change")) | Q(membership_id=actor.membership_id)
    if "supervises" in actor.relations_for("see"):
        hers |= Q(membership__supervisor_id=actor.membership_id)
    return rows.filter(hers)


@dataclass(frozen=True)
class EmergencyLine:
    """One emergency access. `initials` only for those who care for the client; `mine`: opened by the reader."""

    id: UUID
    client_id: UUID
    initials: str
    by: str
    kind: str
    words: str
    opened_at: datetime
    ends_at: datetime
    mine: bool
    reviewed_at: datetime | None
    reviewed_by: str
    review: str


def latest_emergencies(actor: Actor, *, now: datetime) -> QuerySet[EmergencyAccess]:
    """What others opened, of those the actor may know of: awaiting a review, or a few days old."""
    rows = visible_emergencies(actor).exclude(membership_id=actor.member)
    return rows.filter(Q(reviewed_at=None) | Q(opened_at__gt=now - SHOWN_FOR))


def list_emergencies(actor: Actor, *, now: datetime, latest: bool = False) -> list[EmergencyLine]:
    """Those the actor may know of, newest first; `latest`: others' that await a review or are a few days old."""
    mine = visible_clients(actor, "change").filter(pk=OuterRef("client"))
    rows = latest_emergencies(actor, now=now) if latest else visible_emergencies(actor)
    rows = rows.annotate(cared_for=Exists(mine)).order_by("-opened_at")
    rows = rows.select_related("client", "membership__user", "reviewed_by__user")
    lines = [_line(row, actor) for row in rows[:200]]
    if lines:
        named = {line.client_id for line in lines if line.initials}
        audit.record(actor, "list", "emergency", now=now, clients=named)
    return lines


def _line(row: EmergencyAccess, actor: Actor) -> EmergencyLine:
    named = row.cared_for  # type: ignore[attr-defined]  # annotated by list_emergencies
    return EmergencyLine(
        id=row.pk, client_id=row.client_id, initials=row.client.initials.reveal() if named else "",
        by=row.membership.user.name, kind=KINDS.get(row.kind, row.kind), words=row.words.reveal(),
        opened_at=row.opened_at, ends_at=row.ends_at, mine=row.membership_id == actor.membership_id,
        reviewed_at=row.reviewed_at, reviewed_by=row.reviewed_by.user.name if row.reviewed_by else "",
        review=row.review.reveal(),
    )


def review(actor: Actor, emergency_id: UUID, words: str, *, now: datetime) -> None:
    """Another person says what she found. Once: Stale afterwards.

    Refuses: NotThere for what is not the actor's to know of, NotAllowed for her own, BadInput without words.
    """
    with transaction.atomic():
        row = visible_emergencies(actor).filter(pk=emergency_id).select_related("client").first()
        if row is None:
            raise NotThere(subject=emergency_id)
        if row.membership_id == actor.membership_id:
            raise NotAllowed("It is reviewed by someone other than the one who opened it.")
        if not words.strip():
            raise BadInput(Problem("say what you found", field="review"))
        if row.reviewed_at is not None:
            raise Stale(subject=row.pk)
        now_hers = EmergencyAccess.objects.filter(pk=row.pk, reviewed_at=None)
        if not now_hers.update(reviewed_at=now, reviewed_by_id=actor.member):
            raise Stale(subject=row.pk)
        row.review = words.strip()
        row.save(update_fields=["review"])
        note_change(row.client, "review_emergency", actor, now)
