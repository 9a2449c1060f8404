"""Asking the client how it goes: only if she agreed, on her page or by telephone, and until she stops it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from warmhandoff.accounts.switches import is_on
from warmhandoff.clients.queries import visible_clients
from warmhandoff.core import audit, jobs
from warmhandoff.core.queries import practices_with_keys
from warmhandoff.referrals.answering import live_delivery
from warmhandoff.referrals.models import CheckIn, CheckInAsk, CheckInConsent, Referral
from warmhandoff.referrals.moving import Made, move
from warmhandoff.referrals.queries import referral_row
from warmhandoff.referrals.telling import tell_client
from warmhandoff.rules.access import Actor, system
from warmhandoff.rules.check_ins import ASKED_ELSE, CALL, HOW, ONCE_MORE, STEPS, WAITING, Ask, ask_at, asks
from warmhandoff.rules.lifecycle import STATES
from warmhandoff.rules.refusals import BadInput, NotNow, Problem, Stale

LOOK_AGAIN = timedelta(hours=1)
_WITH_HER = WAITING | {"attended", "mismatched", "settled"}


def agree(actor: Actor, referral_id: UUID, *, how: str, now: datetime) -> None:
    """She agrees to be asked, herself or as staff write it down. how: page or phone; agreeing again changes the way.

    NotNow where the practice switched check-ins off; BadInput for another way.
    """
    with transaction.atomic():
        referral = _row(actor, referral_id)
        if how not in HOW:
            raise BadInput(Problem("choose how she is asked", field="how"))
        if not is_on(referral.practice_id, "check_ins"):
            raise NotNow("Check-ins are switched off in this practice.")
        CheckInConsent.objects.update_or_create(
            referral=referral,
            defaults={"practice_id": referral.practice_id, "how": how, "side": actor.side, "agreed_at": now,
                      "stopped_at": None, "looked_at": None},
        )  # fmt: skip
        _note(actor, referral, "check_ins_agreed", now)


def stop(actor: Actor, referral_id: UUID, *, now: datetime) -> None:
    """She does not want to be asked any more. Nothing more is asked from here on; it needs no reason."""
    with transaction.atomic():
        referral = _row(actor, referral_id)
        CheckInConsent.objects.filter(referral=referral, stopped_at=None).update(stopped_at=now)
        CheckInAsk.objects.filter(referral=referral, answered_at=None).update(answered_at=now)
        if referral.next_step == CALL:
            move(referral, "ask_how_it_goes", Made(step=("", "")), actor=system(referral.practice_id), now=now)
        _note(actor, referral, "check_ins_stopped", now)


def _row(actor: Actor, referral_id: UUID) -> Referral:
    return referral_row(actor, referral_id, "send" if actor.side == "referrer" else "see")


def _note(actor: Actor, referral: Referral, verb: str, now: datetime) -> None:
    audit.record(actor, verb, "referral", referral.pk, now=now, clients=[referral.client_id])


@jobs.every_tick("check_ins")
def ask_who_agreed(now: datetime) -> None:
    """Everyone who agreed and is to be asked by now: once each time, by the way she chose. Looked for hourly."""
    rows = CheckInConsent.objects.filter(
        Q(looked_at=None) | Q(looked_at__lt=now - LOOK_AGAIN),
        stopped_at=None, practice_id__in=practices_with_keys(), referral__state__in=sorted(_WITH_HER)
    )
    for consent in rows.select_related("referral__practice", "referral__client__practice", "referral__owner"):
        CheckInConsent.objects.filter(pk=consent.pk).update(looked_at=now)
        if is_on(consent.practice_id, "check_ins"):
            _ask(consent, now)


def _ask(consent: CheckInConsent, now: datetime) -> None:
    referral = consent.referral
    asked = set(referral.check_in_asks.filter(attempt=referral.attempt).values_list("what", flat=True))
    due = [one for one in _due(referral, now) if one.code not in asked]
    if not due:
        return
    if referral.next_step not in (STATES[referral.state].step, ONCE_MORE) and consent.how == "phone":
        return  # something else is to be done first; she is called after that
    try:
        with transaction.atomic():
            how = "page" if consent.how == "page" and tell_client(referral, now=now) else "phone"
            for one in due:  # what came due while the server slept is asked once
                CheckInAsk.objects.create(
                    practice_id=referral.practice_id, referral=referral, attempt=referral.attempt, what=one.code,
                    how=how, asked_at=now,
                )
            free = referral.next_step in (STATES[referral.state].step, ONCE_MORE)
            made = Made(facts={"ask": due[-1].code}, step=(CALL, "referrer") if how == "phone" and free else None)
            move(referral, "ask_how_it_goes", made, actor=system(referral.practice_id), now=now)
    except Stale:
        return  # it moved meanwhile: the next look finds it


def once_more(referral: Referral, now: datetime) -> tuple[tuple[str, str] | None, datetime | None]:
    """The step and date of the last time of asking, where she agreed to it and it is still to come; else nothing."""
    consent = CheckInConsent.objects.filter(referral=referral, stopped_at=None).first()
    last = list(asks().values())[-1]
    if consent is None or referral.check_in_asks.filter(attempt=referral.attempt, what=last.code).exists():
        return None, None
    at = _times(referral)[last.code]
    return ((ONCE_MORE, "client"), at) if at is not None and at > now else (None, None)


def _due(referral: Referral, now: datetime) -> list[Ask]:
    return [asks()[code] for code, at in _times(referral).items() if at is not None and at <= now]


def _times(referral: Referral) -> dict[str, datetime | None]:
    """When she is to be asked each time, as far as the facts are there: sent and still waiting, or seen there."""
    delivery = live_delivery(referral)
    sent = delivery.handed_over_at if delivery else None
    told = referral.attendances.filter(attempt=referral.attempt, told="attended").order_by("at").first()
    facts = {"sent": sent if referral.state in WAITING else None,
             "session": (referral.session_at or told.at) if told else None}  # fmt: skip
    practice = referral.practice
    return {
        code: ask_at(one, facts, zone=practice.time_zone, state=practice.state or None) for code, one in asks().items()
    }


def answered(referral: Referral, *, now: datetime) -> None:
    """A check-in came: what was open of asking is answered; within its transaction."""
    referral.check_in_asks.filter(answered_at=None).update(answered_at=now)


def tell_waiting(
    actor: Actor, referral_id: UUID, *, comfort: int | None, words: str, needs_else: bool, now: datetime
) -> None:
    """How she is while nothing has begun yet: told by the client or logged after a call. comfort 0 to 10, or None.

    Asking for something else becomes the owner's next step, whatever it waited on; the date of the answer awaited
    stays. NotNow before anything was sent or taken, and after the first session (that is `attending.check_in`).
    """
    if comfort is not None and not 0 <= comfort <= 10:
        raise BadInput(Problem("choose a number from 0 to 10", field="comfort"))
    with transaction.atomic():
        referral = _row(actor, referral_id)
        row = CheckIn(
            practice_id=referral.practice_id, referral=referral, comfort=comfort, fits="", words=words.strip(),
            side=actor.side, attempt=referral.attempt, needs_else=needs_else, at=now,
        )
        row.save()
        move(referral, "check_in_waiting", Made(facts={"check_in": str(row.pk)}, step=step_after(referral, needs_else)),
             actor=actor, now=now)  # fmt: skip
        answered(referral, now=now)


def step_after(referral: Referral, needs_else: bool) -> tuple[str, str] | None:
    """The step a check-in leaves: the owner's, where something else is needed; the state's own after a call."""
    if needs_else:
        return ASKED_ELSE, "referrer"
    return ("", "") if referral.next_step == CALL else None


def step_after_talk(referral: Referral) -> tuple[str, str] | None:
    """A conversation answers a call that was due, and what she asked for: the state's own step comes back."""
    return ("", "") if referral.next_step in STEPS else None


@dataclass(frozen=True)
class CheckInLine:
    """One check-in as staff see it. fits: yes, unsure, no, or "" while she waits; words: "" without the right."""

    at: datetime
    side: str
    fits: str
    comfort: int | None
    needs_else: bool
    words: str


@dataclass(frozen=True)
class CheckIns:
    """how: page, phone, or "" where she did not agree or stopped it; open_asks: labels of what waits for an answer."""

    how: str
    stopped: bool
    open_asks: tuple[str, ...]
    lines: tuple[CheckInLine, ...]


def check_ins_of(actor: Actor, referral_id: UUID) -> CheckIns:
    """What stands about check-ins, for the page of a referral whose door was passed; NotThere for strangers."""
    referral = referral_row(actor, referral_id)
    clinical = actor.side == "client" or visible_clients(actor, "see_clinical").filter(pk=referral.client_id).exists()
    consent = CheckInConsent.objects.filter(referral=referral).first()
    rows = referral.check_ins.order_by("-at")
    if actor.side == "client":
        rows = rows.filter(side="client")
    waiting = referral.check_in_asks.filter(answered_at=None, attempt=referral.attempt).values_list("what", flat=True)
    return CheckIns(
        how=consent.how if consent and consent.stopped_at is None else "",
        stopped=bool(consent and consent.stopped_at), open_asks=tuple(asks()[one].label for one in waiting),
        lines=tuple(
            CheckInLine(one.at, one.side, one.fits, one.comfort, one.needs_else,
                        one.words.reveal() if clinical else "")
            for one in rows
        ),
    )  # fmt: skip
