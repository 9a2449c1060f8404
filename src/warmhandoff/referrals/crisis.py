"""What was done in a crisis, written down; and asking after her within a day, which nobody forgets.

A note is about a client, with or without a referral. Whoever sees her may write one: whoever took the call, did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from warmhandoff.accounts import holding
from warmhandoff.clients import teams
from warmhandoff.clients.caring import note_change
from warmhandoff.clients.disclosing import said_of
from warmhandoff.clients.lawful import Record, write_down
from warmhandoff.clients.queries import client_row, verbs_on, visible_clients
from warmhandoff.core import audit, jobs
from warmhandoff.core.queries import practices_with_keys
from warmhandoff.referrals.models import CrisisNote
from warmhandoff.rules.access import Actor, system
from warmhandoff.rules.crisis import Band, check_answers, follow_up_due, labels, triage
from warmhandoff.rules.lawful import bases, to_complete
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere, Problem

if TYPE_CHECKING:
    from warmhandoff.accounts.models import Membership

ON_RELEASE = "release"  # told on a release that she signed: no disclosure without one


@dataclass(frozen=True)
class CrisisFacts:
    """What is written down afterwards; all of it may stay empty but one.

    place: where she was. screening: question -> answer; judgment: the clinician's own, above the screener's band.
    done: codes of rules/crisis.toml. recipient: who outside was told; told: what; basis: ON_RELEASE, or a ground of
    rules/lawful_bases.toml, "" where it is to be completed.
    """

    place: str = ""
    screening: Mapping[str, str] = field(default_factory=dict)
    judgment: str = ""
    done: Sequence[str] = ()
    words: str = ""
    recipient: str = ""
    told: str = ""
    basis: str = ""

    @property
    def tells(self) -> bool:
        """Whether someone outside was told, as far as it is said."""
        return bool(self.recipient.strip() or self.told.strip() or self.basis)


@dataclass(frozen=True)
class NoteLine:
    """A note as those read it who may see clinical texts.

    disclosure_id: the record of what was told without a release; lacks: what is to complete there.
    """

    id: UUID
    at: datetime
    by: str
    place: str
    band: Band | None
    answers: list[tuple[str, str]]
    judgment: str
    done: list[str]
    words: str
    told: str
    basis: str
    disclosure_id: UUID | None
    lacks: tuple[str, ...]
    reviewed: bool
    owner: str
    due_at: datetime
    followed_up_at: datetime | None
    followed_up_by: str
    follow_up: str


@dataclass(frozen=True)
class FollowUp:
    """Someone is to be asked after. `mine`: the reader owns it; else it came to her because it is overdue."""

    id: UUID
    client_id: UUID
    initials: str
    owner: str
    due_at: datetime
    overdue: bool
    mine: bool


def _check(facts: CrisisFacts) -> dict[str, str]:
    problems = []
    if any(code not in labels("done") for code in facts.done):
        problems.append(Problem("choose from the list", field="done"))
    if facts.basis == ON_RELEASE and not _told(facts):
        problems.append(Problem("say who was told, and what", field="recipient"))
    screening = check_answers(facts.screening)
    asked = {code: answer for code, answer in screening.items() if answer != "not_asked"}
    if not (asked or facts.done or facts.tells or facts.judgment.strip() or facts.words.strip()):
        problems.append(Problem("say what was done, in a word or two", field="words"))
    if problems:
        raise BadInput(*problems)
    return asked


def _told(facts: CrisisFacts) -> str:
    return ": ".join(words for words in (facts.recipient.strip(), facts.told.strip()) if words)


def record_crisis(actor: Actor, client_id: UUID, facts: CrisisFacts, *, now: datetime) -> UUID:
    """Write down what was found and done. Someone asks after her within 24 hours; returns the note's id.

    It falls to the actor where she cares for the client, else to a clinician on the care team. What was told without a
    release becomes a lawful disclosure, to be completed and reviewed like any other (clients.lawful). Refuses strangers
    (NotThere), unknown codes, and a note that says nothing (BadInput).
    """
    asked = _check(facts)
    with transaction.atomic():
        client = client_row(actor, client_id)
        owner = actor.member if "change" in verbs_on(actor, client_id) else _who_cares(client_id) or actor.member
        released = facts.basis == ON_RELEASE
        row = CrisisNote(
            practice_id=client.practice_id, client=client, by_id=actor.member, at=now, place=facts.place.strip(),
            screening=asked or None, judgment=facts.judgment.strip(), done=list(facts.done) or None,
            words=facts.words.strip(), told=_told(facts) if released else "", basis=ON_RELEASE if released else "",
            follow_up_owner_id=owner, follow_up_due_at=follow_up_due(now), follow_up="",
        )
        if facts.tells and not released:
            record = Record(basis=facts.basis, recipient=facts.recipient, facts=facts.told)
            row.disclosure_id = write_down(actor, client, record, now=now)
        row.save(force_insert=True)
        note_change(client, "record_crisis", actor, now)
    return row.pk


def _who_cares(client_id: UUID, *, but: UUID | None = None) -> UUID | None:
    """The clinician who has been on her team longest and is still there."""
    on_it = [place for place in teams.team_of(client_id) if place.until is None and not place.left]
    treats = [place for place in on_it if {"clinician", "supervisor"} & set(place.roles)]
    return next((place.membership_id for place in treats if place.membership_id != but), None)


def notes_of(actor: Actor, client_id: UUID, *, now: datetime) -> list[NoteLine]:
    """What was written down of a client's crises, newest first. Clinical: nothing for whoever may not read that."""
    if not visible_clients(actor, "see_clinical").filter(pk=client_id).exists():
        return []
    rows = CrisisNote.objects.filter(client_id=client_id).order_by("-at")
    found = list(rows.select_related("by__user", "follow_up_owner__user", "followed_up_by__user", "disclosure")[:50])
    if found:
        audit.record(actor, "list", "crisis", now=now, clients=[client_id])
    return [_line(row) for row in found]


def _line(row: CrisisNote) -> NoteLine:
    answers = row.screening.reveal() or {}
    questions, done = labels("question"), labels("done")
    told, basis, lacks = _what_was_told(row)
    return NoteLine(
        id=row.pk, at=row.at, by=row.by.user.name, place=row.place.reveal(), band=triage(answers) if answers else None,
        answers=[(questions[code], answer) for code, answer in answers.items()], judgment=row.judgment.reveal(),
        done=[done.get(code, code) for code in row.done.reveal() or ()], words=row.words.reveal(),
        told=told, basis=basis, disclosure_id=row.disclosure_id, lacks=lacks,
        reviewed=bool(row.disclosure and row.disclosure.reviewed_at), owner=row.follow_up_owner.user.name,
        due_at=row.follow_up_due_at, followed_up_at=row.followed_up_at,
        followed_up_by=row.followed_up_by.user.name if row.followed_up_by else "", follow_up=row.follow_up.reveal(),
    )


def _what_was_told(row: CrisisNote) -> tuple[str, str, tuple[str, ...]]:
    """Who was told what, on what ground, and what of that is to complete."""
    kept = row.disclosure
    if kept is None:
        return row.told.reveal(), labels("basis").get(row.basis, ""), ()
    ground = bases().get(kept.basis)
    words = ": ".join(text for text in (kept.recipient.reveal(), kept.facts.reveal()) if text)
    return words, f"{ground.label} ({ground.source})" if ground else "", tuple(to_complete(said_of(kept)))


def follow_up(actor: Actor, note_id: UUID, *, reached: bool, words: str, now: datetime) -> None:
    """She was asked after, or nobody reached her. Only having reached her, or knowing how she is, ends it.

    Refuses: NotThere for strangers, NotAllowed for whoever may not change her record and does not own it, NotNow where
    it is done already, BadInput where she was reached and nothing is said of how she is.
    """
    with transaction.atomic():
        row = _open_row(actor, note_id)
        if reached and not words.strip():
            raise BadInput(Problem("say in a word how she is", field="words"))
        if not reached:
            note_change(row.client, "not_reached", actor, now)
            return
        done = CrisisNote.objects.filter(pk=row.pk, followed_up_at=None)
        if not done.update(followed_up_at=now, followed_up_by_id=actor.member):
            raise NotNow("A colleague has asked after her already.")
        row.follow_up = words.strip()
        row.save(update_fields=["follow_up"])
        note_change(row.client, "follow_up", actor, now)


def open_follow_up(actor: Actor, client_id: UUID, note_id: UUID) -> None:
    """The door to asking after one client for one note: NotThere where the two do not belong together."""
    if not CrisisNote.objects.filter(pk=note_id, client__in=visible_clients(actor), client_id=client_id).exists():
        raise NotThere(subject=note_id)


def _open_row(actor: Actor, note_id: UUID) -> CrisisNote:
    rows = CrisisNote.objects.filter(client__in=visible_clients(actor)).select_related("client")
    row = rows.filter(pk=note_id).first()
    if row is None:
        raise NotThere(subject=note_id)
    if row.follow_up_owner_id != actor.member and "change" not in verbs_on(actor, row.client_id):
        raise NotAllowed("Those who care for her ask after her.", subject=note_id)
    if row.followed_up_at is not None:
        raise NotNow("A colleague has asked after her already.")
    return row


def due_follow_ups(actor: Actor, *, now: datetime) -> QuerySet[CrisisNote]:
    """The actor's own; and, once overdue, those of her supervisees and of clients she cares for."""
    mine = Q(follow_up_owner_id=actor.membership_id)
    cares = Exists(visible_clients(actor, "change").filter(pk=OuterRef("client")))
    late = Q(follow_up_due_at__lt=now) & (Q(follow_up_owner__supervisor_id=actor.membership_id) | Q(cares))
    rows = CrisisNote.objects.filter(practice_id=actor.practice_id, followed_up_at=None)
    return rows.filter(client__in=visible_clients(actor)).filter(mine | late)


def follow_ups(actor: Actor, *, now: datetime) -> list[FollowUp]:
    """Whom the actor is to ask after, soonest due first; one audit entry where there is anyone."""
    due = due_follow_ups(actor, now=now).order_by("follow_up_due_at")
    rows = list(due.select_related("client", "follow_up_owner__user"))
    if rows:
        audit.record(actor, "list", "crisis", now=now, clients={row.client_id for row in rows})
    return [
        FollowUp(
            row.pk, row.client_id, row.client.initials.reveal(), row.follow_up_owner.user.name, row.follow_up_due_at,
            row.follow_up_due_at < now, row.follow_up_owner_id == actor.membership_id,
        )
        for row in rows
    ]  # fmt: skip


@jobs.every_tick("crisis follow-ups")
def find_overdue_follow_ups(now: datetime) -> None:
    """Nobody asked after her in time: that is an event of its own, once; from then on the supervisor sees it too."""
    rows = CrisisNote.objects.filter(practice_id__in=practices_with_keys(), followed_up_at=None, overdue_since=None)
    for row in rows.filter(follow_up_due_at__lt=now).select_related("client"):
        with transaction.atomic():
            if CrisisNote.objects.filter(pk=row.pk, followed_up_at=None, overdue_since=None).update(overdue_since=now):
                note_change(row.client, "follow_up_overdue", system(row.practice_id), now)


@teams.tie
def asks_after(client_id: UUID, membership_id: UUID) -> str:
    """Nobody leaves a team while she is the one to ask after the client."""
    rows = CrisisNote.objects.filter(client_id=client_id, follow_up_owner_id=membership_id, followed_up_at=None)
    return "This colleague is to ask after her within a day. That comes first." if rows.exists() else ""


@holding.parting("crisis follow-ups")
def hand_on(member: Membership, actor: Actor, now: datetime) -> None:
    """Whoever leaves hands on whom she was to ask after: to someone on the care team, else to her supervisor."""
    for row in CrisisNote.objects.filter(follow_up_owner=member, followed_up_at=None).select_related("client"):
        heir = _who_cares(row.client_id, but=member.pk) or member.supervisor_id or actor.membership_id
        if heir is not None:
            CrisisNote.objects.filter(pk=row.pk).update(follow_up_owner_id=heir)
