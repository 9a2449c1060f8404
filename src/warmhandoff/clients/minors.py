"""Clients under 18: who consented to their care, who may view their page, and what stands still until that is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from warmhandoff.clients.caring import note_change
from warmhandoff.clients.models import Client, MinorConsent
from warmhandoff.clients.queries import client_row
from warmhandoff.clients.release_rows import today_at
from warmhandoff.core import audit
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotAllowed, Problem
from warmhandoff.rules.signers import (
    CONSENTED,
    NO_CONSENT,
    VIEWERS,
    Consent,
    StateRule,
    age_on,
    alone,
    is_minor,
    standing,
    state_rules,
)


@dataclass(frozen=True)
class Recorded:
    """What was recorded of a minor, by whom and when."""

    consented: str
    viewers: tuple[str, ...]
    words: str
    by: str
    at: datetime


@dataclass(frozen=True)
class UnderAge:
    """How things stand for a client who is under 18. rule: the state's, if it is switched on; consent: what counts."""

    age: int
    rule: StateRule | None
    consent: Consent | None
    history: tuple[Recorded, ...]


def age_of(client: Client, day: date) -> int | None:
    return age_on(client.birth_date.reveal(), day)


def rule_of(client: Client) -> StateRule | None:
    """The rule of the practice's state, where the practice has switched it on."""
    practice = client.practice
    return state_rules().get(practice.state) if practice.state in practice.minor_rules else None


def recorded_of(client: Client) -> Consent | None:
    row = MinorConsent.objects.filter(client=client).order_by("-at", "-pk").first()
    return Consent(row.consented, frozenset(row.viewers)) if row else None


def why_no_packet(client: Client, day: date) -> str:
    """Why nothing about her may leave on any release yet: nobody said who consented to her care. "" for all others."""
    age = age_of(client, day)
    if not is_minor(age):
        return ""
    return "" if standing(age, rule_of(client), recorded_of(client)) else NO_CONSENT


def why_no_page(client: Client, day: date) -> str:
    """Why she gets no link to a page: no record, or she is not among those who may view it. "" for all others."""
    age = age_of(client, day)
    if not is_minor(age):
        return ""
    consent = standing(age, rule_of(client), recorded_of(client))
    if consent is None:
        return NO_CONSENT
    return "" if consent.viewers else "What is recorded of her lets nobody view her page."


def record_consent(
    actor: Actor, client_id: UUID, *, consented: str, viewers: Sequence[str], words: str, now: datetime
) -> None:
    """Record who consented to a minor's care and who may view her page; what was recorded before stays.

    Refused: for someone of age or without a date of birth; without words on how it is known; a consent by the minor
    alone that no switched-on rule allows at her age.
    """
    with transaction.atomic():
        row = client_row(actor, client_id, "change")
        age = age_of(row, today_at(row.practice, now))
        if not is_minor(age):
            raise NotAllowed("This is for clients who are under 18 by their date of birth.")
        problems = []
        if consented not in CONSENTED:
            problems.append(Problem("choose who consented", field="consented"))
        elif consented == "minor" and not alone(age, rule_of(row)):
            problems.append(Problem("no rule that your practice switched on lets her decide alone", field="consented"))
        if not set(viewers) <= set(VIEWERS):
            problems.append(Problem("choose who may view her page", field="viewers"))
        if consented == "minor" and "representative" in viewers and "minor" not in viewers:
            problems.append(Problem("she consented alone: her parent does not view it in her place", field="viewers"))
        if not words.strip():
            problems.append(Problem("say how you know", field="words"))
        if problems:
            raise BadInput(*problems)
        MinorConsent(
            practice_id=row.practice_id, client=row, consented=consented, viewers=sorted(set(viewers)),
            words=words.strip(), recorded_by_id=actor.member, at=now,
        ).save()
        note_change(row, "record_minor_consent", actor, now)


def under_age(actor: Actor, client_id: UUID, *, now: datetime) -> UnderAge | None:
    """What is recorded of a client who is under 18, with the audit row; None for everyone else."""
    row = client_row(actor, client_id)
    age = age_of(row, today_at(row.practice, now))
    if age is None or not is_minor(age):
        return None
    audit.record(actor, "open", "client", row.pk, now=now, clients=[row.pk])
    rows = MinorConsent.objects.filter(client=row).select_related("recorded_by__user").order_by("-at", "-pk")
    history = tuple(
        Recorded(one.consented, tuple(one.viewers), one.words.reveal(), one.recorded_by.user.name, one.at)
        for one in rows
    )
    rule = rule_of(row)
    return UnderAge(age, rule, standing(age, rule, recorded_of(row)), history)
