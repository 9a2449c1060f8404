"""Adding a client, keeping how she may be reached, and who cares for her."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from warmhandoff.accounts.queries import colleague
from warmhandoff.clients.indexing import indexes
from warmhandoff.clients.models import CareTeam, Client, IdentityCheck
from warmhandoff.clients.queries import client_row
from warmhandoff.core import audit, events
from warmhandoff.core.links import new_code
from warmhandoff.rules.access import Actor
from warmhandoff.rules.places import place_of_zip
from warmhandoff.rules.refusals import BadInput, NotAllowed, Problem

CHANNELS = ("mail", "sms", "phone", "paper")


@dataclass(frozen=True)
class ClientFacts:
    """What is known of a client. Only the name is needed; `birth_date` is ISO, `language` "en" or "es"."""

    name: str
    birth_date: str = ""
    phone: str = ""
    email: str = ""
    zip: str = ""
    language: str = "en"
    safe_contact: Mapping[str, Any] = field(default_factory=dict)


def initials(name: str) -> str:
    """"Rosa Maria Martinez" -> "R. M."; what lists and titles show."""
    words = [word for word in name.split() if word[:1].isalpha()]
    picked = [words[0], words[-1]] if len(words) > 1 else words
    return " ".join(f"{word[0].upper()}." for word in picked) or "?"


def _check(facts: ClientFacts, today: date) -> None:
    problems = []
    if not facts.name.strip():
        problems.append(Problem("a name, or what you call her, is needed", field="name"))
    if facts.zip and place_of_zip(facts.zip) is None:
        problems.append(Problem(f"no ZIP code {facts.zip} is known", field="zip"))
    if facts.birth_date:
        try:
            if not date(1900, 1, 1) <= date.fromisoformat(facts.birth_date) <= today:
                problems.append(Problem("this date cannot be a date of birth", field="birth_date"))
        except ValueError:
            problems.append(Problem("a date is written YYYY-MM-DD", field="birth_date"))
    if facts.language not in ("en", "es"):
        problems.append(Problem("only English and Spanish pages exist", field="language"))
    if problems:
        raise BadInput(*problems)


def _fill(row: Client, facts: ClientFacts) -> None:
    row.name, row.initials, row.birth_date = facts.name.strip(), initials(facts.name), facts.birth_date
    row.contact = {"phone": facts.phone.strip(), "email": facts.email.strip(), "zip": facts.zip.strip()}
    row.name_index, row.phone_index, row.email_index = indexes(row.practice_id, facts.name, facts.phone, facts.email)
    row.safe_contact, row.language = dict(facts.safe_contact), facts.language


def add_client(actor: Actor, facts: ClientFacts, *, now: datetime) -> UUID:
    """Add a client to the actor's practice, with the actor on her care team. Returns the client's id.

    NotAllowed without a role that cares for clients, and without a second factor (R-35: before the first name).
    """
    if "change" not in actor.verbs("team", "supervises"):
        raise NotAllowed("A client is added by the clinician who sees her.")
    _check(facts, now.date())
    with transaction.atomic():
        row = Client(practice_id=actor.practice_id, created_at=now, access_code=new_code())
        _fill(row, facts)
        row.save()
        CareTeam.objects.create(client=row, membership=colleague(actor.practice_id, actor.member, lock=True), since=now)
        subject = events.Subject("client", row.pk, row.practice_id, row.pk)
        events.record(subject, events.Change("add_client", 1), actor=actor, now=now)
        audit.record(actor, "add", "client", row.pk, now=now, clients=[row.pk])
    return row.pk


def change_client(actor: Actor, client_id: UUID, facts: ClientFacts, *, now: datetime) -> None:
    """Change what is known of a client."""
    _check(facts, now.date())
    with transaction.atomic():
        row = client_row(actor, client_id, "change")
        _fill(row, facts)
        row.save()
        note_change(row, "change_client", actor, now)


def join_team(actor: Actor, client_id: UUID, membership_id: UUID, *, now: datetime) -> None:
    """Put a colleague of the practice on the client's care team; doing it twice changes nothing."""
    with transaction.atomic():
        row = client_row(actor, client_id, "change")
        put_on_team(row, membership_id, actor, now)


def put_on_team(row: Client, membership_id: UUID, actor: Actor, now: datetime) -> None:
    """As `join_team`, for a client whose door was passed; NotThere for whoever is no present member."""
    member = colleague(row.practice_id, membership_id, lock=True)
    _, made = CareTeam.objects.get_or_create(client=row, membership=member, until=None, defaults={"since": now})
    if made:
        note_change(row, "join_team", actor, now)


def show_access_code(actor: Actor, client_id: UUID, *, now: datetime) -> str:
    """The client's access code, to hand to her by another way than the link; that it was shown is audited."""
    with transaction.atomic():
        row = client_row(actor, client_id, "send")
        audit.record(actor, "show_access_code", "client", row.pk, now=now, clients=[row.pk])
    return str(row.access_code.reveal())


def new_access_code(actor: Actor, client_id: UUID, *, how: str, now: datetime) -> str:
    """Give the client another access code, in session or on paper; the old one ends at once.

    how: how staff know that it is she; kept with the change. Refused without it (BadInput).
    """
    with transaction.atomic():
        row = client_row(actor, client_id, "change")
        if not how.strip():
            why = "say how you know that it is she (seen in session, by name and photo, …)"
            raise BadInput(Problem(why, field="how"))
        row.access_code = code = new_code()
        row.save(update_fields=["access_code"])
        subject = events.Subject("client", row.pk, row.practice_id, row.pk)
        change = events.Change("new_access_code", events.next_number(row.pk), facts={"how": how.strip()})
        events.record(subject, change, actor=actor, now=now)
        audit.record(actor, "new_access_code", "client", row.pk, now=now, clients=[row.pk])
    return code


def record_identity_check(actor: Actor, client_id: UUID, *, how: str, now: datetime) -> None:
    """Staff know that the person who uses this client's link and code is she; needed before she signs by herself."""
    if not how.strip():
        raise BadInput(Problem("say how you know (seen in session, by name and photo, …)", field="how"))
    with transaction.atomic():
        row = client_row(actor, client_id, "see")
        IdentityCheck.objects.create(
            practice_id=row.practice_id, client=row, how=how.strip(), by_id=actor.member, at=now
        )
        note_change(row, "record_identity_check", actor, now)


def note_change(row: Client, verb: str, actor: Actor, now: datetime) -> None:
    """What changed about a client, on her timeline and in the audit."""
    subject = events.Subject("client", row.pk, row.practice_id, row.pk)
    events.record(subject, events.Change(verb, events.next_number(row.pk)), actor=actor, now=now)
    audit.record(actor, verb, "client", row.pk, now=now, clients=[row.pk])
