"""A supervisor's co-signature where the practice asks for it: on transfers and discharge summaries.

Never in a crisis: nothing that averts harm waits for a signature. Whoever works under nobody signs alone. After the
rules for trainees and associates (the supervisor answers for their work; state boards), read 2026-11: support, and off
until a practice switches it on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from django.db import IntegrityError, transaction

from warmhandoff.accounts.queries import colleague
from warmhandoff.accounts.switches import is_on
from warmhandoff.clients.caring import note_change
from warmhandoff.clients.queries import client_row
from warmhandoff.referrals.models import CoSign, CrisisNote, DischargeSummary, Referral
from warmhandoff.referrals.queries import referral_row
from warmhandoff.rules.access import Actor
from warmhandoff.rules.discharge import fingerprint
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere, Problem

if TYPE_CHECKING:
    from warmhandoff.accounts.models import Membership

LONGEST = 5_000  # characters
State = Literal["not_needed", "to_ask", "asked", "agreed", "sent_back"]


@dataclass(frozen=True)
class Standing:
    """Where a co-signature stands. words: the supervisor's, where she sent it back; supervisor: her name."""

    state: State
    supervisor: str = ""
    words: str = ""

    @property
    def holds_up(self) -> bool:
        return self.state in ("to_ask", "asked", "sent_back")


_NOT_NEEDED = Standing("not_needed")


def supervisor_of(member: Membership) -> Membership | None:
    """Her supervisor who is still there; None for whoever has none."""
    found = member.supervisor
    return found if found is not None and found.left_at is None else None


def in_crisis(client_id: UUID) -> bool:
    """Whether somebody is still to ask after her since a crisis."""
    return CrisisNote.objects.filter(client_id=client_id, followed_up_at=None).exists()


def of_transfer(referral: Referral, actor: Actor) -> Standing:
    """Where the co-signature of a transfer stands, for whoever is about to send it.

    It is that of the supervisor of the referral's owner; what the supervisor sends herself needs none.
    """
    if referral.kind != "transfer" or referral.reason == "crisis":
        return _NOT_NEEDED
    if not is_on(referral.practice_id, "cosign_transfers") or in_crisis(referral.client_id):
        return _NOT_NEEDED
    return _standing(referral.owner, actor, CoSign.objects.filter(referral=referral).order_by("-asked_at").first())


def on_the_page(actor: Actor, referral_id: UUID) -> Standing:
    """`of_transfer` for the page of a referral; NotThere for strangers."""
    return of_transfer(referral_row(actor, referral_id), actor)


def of_writing(actor: Actor, client_id: UUID) -> Standing:
    """`of_summary` for the client's summary in writing; not needed where there is none. NotThere for strangers."""
    row = client_row(actor, client_id, "see_clinical")
    summary = DischargeSummary.objects.filter(client=row, signed_at=None).first()
    return of_summary(summary, actor) if summary is not None else _NOT_NEEDED


def of_summary(summary: DischargeSummary, actor: Actor) -> Standing:
    """Where that of a summary in writing stands: for the text as it is, and for no other."""
    if not is_on(summary.practice_id, "cosign_summaries") or in_crisis(summary.client_id):
        return _NOT_NEEDED
    sha256 = fingerprint(summary.chart.reveal() or {}, summary.shareable.reveal() or {})
    rows = CoSign.objects.filter(summary=summary, sha256=sha256).order_by("-asked_at")
    return _standing(colleague(summary.practice_id, actor.member), actor, rows.first())


def _standing(member: Membership, actor: Actor, row: CoSign | None) -> Standing:
    supervisor = supervisor_of(member)
    if supervisor is None or supervisor.pk == actor.membership_id:
        return _NOT_NEEDED
    name = supervisor.user.name
    if row is None:
        return Standing("to_ask", name)
    if row.decision == "agreed":
        return Standing("agreed", name)
    return Standing("sent_back", name, row.words.reveal()) if row.decision else Standing("asked", name)


def must_be_cosigned(standing: Standing) -> None:
    """Refuse (NotNow) what still waits for a co-signature."""
    if standing.holds_up:
        raise NotNow(f"{standing.supervisor} co-signs this first. Ask her on its page; in a crisis nothing waits.")


def ask_for_transfer(actor: Actor, referral_id: UUID, *, now: datetime) -> None:
    """Ask the owner's supervisor to co-sign a transfer. NotNow where none is needed, or it is asked already."""
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "change")
        if of_transfer(referral, actor).state not in ("to_ask", "sent_back"):
            raise NotNow("No co-signature is needed here, or it was asked for already.", subject=referral_id)
        _ask(CoSign(practice_id=referral.practice_id, client=referral.client, referral=referral), actor, now)
        note_change(referral.client, "ask_cosign", actor, now)


def ask_for_summary(actor: Actor, client_id: UUID, *, now: datetime) -> None:
    """Ask one's supervisor to co-sign the summary in writing as it stands. An earlier request falls away."""
    with transaction.atomic():
        row = client_row(actor, client_id, "change")
        summary = DischargeSummary.objects.filter(client=row, signed_at=None).first()
        if summary is None or of_summary(summary, actor).state not in ("to_ask", "sent_back"):
            raise NotNow("No co-signature is needed here, or it was asked for already.", subject=client_id)
        CoSign.objects.filter(summary=summary, decided_at=None).delete()  # of an earlier text
        sha256 = fingerprint(summary.chart.reveal() or {}, summary.shareable.reveal() or {})
        _ask(CoSign(practice_id=row.practice_id, client=row, summary=summary, sha256=sha256), actor, now)
        note_change(row, "ask_cosign", actor, now)


def _ask(row: CoSign, actor: Actor, now: datetime) -> None:
    row.asked_by, row.asked_at = colleague(row.practice_id, actor.member), now
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise NotNow("It was asked for already.") from error


@dataclass(frozen=True)
class CoSigned:
    """One request as its page shows it. mine: whether the actor is to decide now."""

    asked_by: str
    asked_at: datetime
    referral_id: UUID | None
    summary_id: UUID | None
    decision: str
    decided_at: datetime | None
    decided_by: str
    words: str
    mine: bool


def must_be_hers(actor: Actor, client_id: UUID, cosign_id: UUID) -> None:
    """NotThere for a request that is not about this client, before anything else is said of it."""
    client = client_row(actor, client_id)
    if not CoSign.objects.filter(pk=cosign_id, client=client).exists():
        raise NotThere(subject=cosign_id)


def open_cosign(actor: Actor, client_id: UUID, cosign_id: UUID) -> CoSigned:
    """One request behind the client's door; NotThere for strangers and another client's."""
    row = _row(actor, client_id, cosign_id)
    return CoSigned(
        row.asked_by.user.name, row.asked_at, row.referral_id, row.summary_id, row.decision, row.decided_at,
        row.decided_by.user.name if row.decided_by else "", row.words.reveal(),
        row.decided_at is None and _decider(row) == actor.membership_id,
    )


def _row(actor: Actor, client_id: UUID, cosign_id: UUID) -> CoSign:
    client = client_row(actor, client_id, "see_clinical")
    rows = CoSign.objects.filter(pk=cosign_id, client=client)
    row = rows.select_related("asked_by__user", "referral__owner", "summary", "decided_by__user", "client").first()
    if row is None:
        raise NotThere(subject=cosign_id)
    return row


def _decider(row: CoSign) -> UUID | None:
    """Who decides: the supervisor of the referral's owner, or of whoever wrote the summary."""
    member = row.referral.owner if row.referral is not None else row.asked_by
    return member.supervisor_id


def decide(
    actor: Actor, client_id: UUID, cosign_id: UUID, *, agreed: bool, words: str, now: datetime
) -> None:
    """The supervisor co-signs, or sends it back with words.

    Refuses strangers (NotThere), everyone but that supervisor (NotAllowed), what was decided already or is another
    text by now (NotNow), and sending back without a word (BadInput).
    """
    if (not agreed and not words.strip()) or len(words) > LONGEST:
        raise BadInput(Problem("say what is to be changed", field="words"))
    with transaction.atomic():
        row = _row(actor, client_id, cosign_id)
        if _decider(row) != actor.membership_id:
            raise NotAllowed("This is co-signed by the supervisor of whoever asked.", subject=cosign_id)
        if row.summary is not None and row.sha256 != fingerprint(
            row.summary.chart.reveal() or {}, row.summary.shareable.reveal() or {}
        ):
            raise NotNow("The summary was changed since it was shown to you. Its author asks again.", subject=cosign_id)
        decided = CoSign.objects.filter(pk=row.pk, decided_at=None)
        decision = "agreed" if agreed else "sent_back"
        if not decided.update(decision=decision, decided_at=now, decided_by_id=actor.member):
            raise NotNow("It was decided already.", subject=cosign_id)
        row.refresh_from_db()
        row.words = words.strip()
        row.save(update_fields=["words"])
        note_change(row.client, "decide_cosign", actor, now)
