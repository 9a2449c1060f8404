"""The pause: a clinician's own questions before a referral. Nothing of it is kept unless she saves it.

What is saved is hers, and her supervisor's where she showed it. It is no part of the record: no event, packet, export,
report or search reads it, and no other module imports it (import contract "Reflections stay with their author"). The
audit says that a reflection was kept, by its id alone; it names no client.

Private is not privileged: APA Ethics Code 4.02 (limits of confidentiality) and 45 CFR 164.501 (psychotherapy notes),
read 2026-11; a court may ask for anything that is written down. Support for the clinician, whose counsel decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from warmhandoff.accounts.queries import colleague
from warmhandoff.accounts.switches import must_be_on
from warmhandoff.clients.queries import client_row, visible_clients
from warmhandoff.core import audit
from warmhandoff.referrals.models.reflection import Reflection
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, Problem

QUESTIONS = {
    "too_much": "Am I handing off because it is too much?",
    "competence_or_values": "Is it my competence, or my values?",
    "repair": "What would repair it?",
    "consulted": "Whom did I consult, or whom could I?",
    "support": "Which support do I need?",
}
LONGEST = 10_000


@dataclass(frozen=True)
class Kept:
    """One reflection as its reader sees it. `mine`: the reader wrote it; shown_to: the name it was shown to, or ""."""

    id: UUID
    client_id: UUID
    author: str
    mine: bool
    kept_at: datetime
    answers: Mapping[str, str]
    shown_to: str


def _readable(actor: Actor) -> QuerySet[Reflection]:
    """What this actor wrote, and what was shown to her; of clients she may still see in the chart."""
    hers = Q(author_id=actor.member) | Q(shown_to_id=actor.member)
    rows = Reflection.objects.filter(hers, practice_id=actor.practice_id)
    return rows.filter(client__in=visible_clients(actor, "see_clinical"))


def reflections(actor: Actor, client_id: UUID, *, now: datetime) -> list[Kept]:
    """The actor's own reflections about a client, and those shown to her, newest first."""
    client_row(actor, client_id, "see_clinical")
    rows = list(_readable(actor).filter(client_id=client_id).select_related("author__user", "shown_to__user")
                .order_by("-kept_at"))  # fmt: skip
    for row in rows:
        audit.record(actor, "open", "reflection", row.pk, now=now)
    return [
        Kept(row.pk, row.client_id, row.author.user.name, row.author_id == actor.member, row.kept_at,
             row.words.reveal() or {}, row.shown_to.user.name if row.shown_to else "")
        for row in rows
    ]  # fmt: skip


def has_kept(actor: Actor, client_id: UUID) -> bool:
    """Whether there is anything of this client for the actor to read: hers, or shown to her. Opens nothing."""
    return _readable(actor).filter(client_id=client_id).exists()


def keep(actor: Actor, client_id: UUID, answers: Mapping[str, str], *, now: datetime) -> UUID:
    """Keep a reflection, for its author alone.

    Refuses an empty one and unknown questions (BadInput), and NotNow where the practice has switched the pause off.
    """
    must_be_on(actor.practice_id, "pause")
    said = {name: words.strip()[:LONGEST] for name, words in answers.items() if words.strip()}
    if not said or set(said) - set(QUESTIONS):
        raise BadInput(Problem("there is nothing to keep yet", field="too_much"))
    with transaction.atomic():
        client = client_row(actor, client_id, "change")
        author = colleague(client.practice_id, actor.member, lock=True)
        row = Reflection(practice_id=client.practice_id, author=author, client_id=client.pk, words=said, kept_at=now)
        row.save()
        audit.record(actor, "keep", "reflection", row.pk, now=now)
    return row.pk


def _mine(actor: Actor, client_id: UUID, reflection_id: UUID) -> Reflection:
    row = _readable(actor).filter(client_id=client_id, pk=reflection_id, author_id=actor.member).first()
    if row is None:
        raise NotThere(subject=reflection_id)
    return row


def show_supervisor(actor: Actor, client_id: UUID, reflection_id: UUID, *, shown: bool, now: datetime) -> None:
    """Show one's own reflection to one's supervisor, or take it back.

    Showing is refused to someone who has none, and where the practice has switched the pause off (NotNow). Taking back
    and throwing away are always hers to do.
    """
    if shown:
        must_be_on(actor.practice_id, "pause")
    with transaction.atomic():
        row = _mine(actor, client_id, reflection_id)
        supervisor = colleague(row.practice_id, actor.member).supervisor_id
        if shown and supervisor is None:
            raise NotNow("Nobody is recorded as your supervisor. An administrator can do that under Members.")
        Reflection.objects.filter(pk=row.pk).update(
            shown_to=supervisor if shown else None, shown_at=now if shown else None
        )
        audit.record(actor, "show" if shown else "take_back", "reflection", row.pk, now=now)


def throw_away(actor: Actor, client_id: UUID, reflection_id: UUID, *, now: datetime) -> None:
    """Erase one's own reflection. It was never part of the record, so nothing of it is kept."""
    with transaction.atomic():
        row = _mine(actor, client_id, reflection_id)
        row.delete()
        audit.record(actor, "throw_away", "reflection", reflection_id, now=now)
