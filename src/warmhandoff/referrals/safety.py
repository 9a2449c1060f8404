"""Her safety plan, in versions that stay; and the crisis services near the place where she is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from warmhandoff.clients.caring import note_change
from warmhandoff.clients.queries import client_row, visible_clients
from warmhandoff.clients.releasing import today_at
from warmhandoff.core import audit
from warmhandoff.directory.finding import find
from warmhandoff.directory.queries import Card, listing_card
from warmhandoff.documents import release_pdf
from warmhandoff.referrals.models import SafetyPlan
from warmhandoff.rules.access import Actor
from warmhandoff.rules.crisis import labels, plan_paragraphs
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotThere, Problem, Stale

MOST = 4_000  # characters a part: one page is read in a crisis, ten are not
NEAR_MILES = 50
NEAREST = 5
# What helps in a crisis, as needs of the engine: crisis services, and programmes of that level.
_NEEDS: tuple[dict[str, Any], ...] = (
    {"kind": "crisis_service", "level": "crisis"}, {"kind": "program", "level": "crisis"},
)


@dataclass(frozen=True)
class PlanView:
    """The newest version of a safety plan. `number` counts versions; 0: there is none yet."""

    number: int
    parts: Mapping[str, str]
    shared: bool
    by: str
    at: datetime | None


_NONE = PlanView(0, {}, False, "", None)


def _newest(client_id: UUID) -> SafetyPlan | None:
    return SafetyPlan.objects.filter(client_id=client_id).select_related("by__user").order_by("-number").first()


def open_safety_plan(actor: Actor, client_id: UUID, *, now: datetime) -> PlanView:
    """Her safety plan as it stands, with the audit row. NotThere for strangers, NotAllowed without clinical sight."""
    client = client_row(actor, client_id)
    if not visible_clients(actor, "see_clinical").filter(pk=client.pk).exists():
        raise NotAllowed("Her safety plan is for those who care for her.", subject=client_id)
    row = _newest(client.pk)
    audit.record(actor, "open", "safety_plan", row.pk if row else "", now=now, clients=[client.pk])
    return _view(row)


def _view(row: SafetyPlan | None) -> PlanView:
    if row is None:
        return _NONE
    return PlanView(row.number, dict(row.parts.reveal() or {}), row.shared, row.by.user.name, row.at)


def keep_safety_plan(
    actor: Actor, client_id: UUID, parts: Mapping[str, str], *, seen: int, shared: bool, now: datetime
) -> int:
    """Keep a new version of her plan; the earlier ones stay. Returns its number.

    seen: the number of the version that was looked at. Refuses whoever may not change her record (NotThere), a version
    that is no longer the newest (Stale), unknown parts, parts that are too long, and a plan without words (BadInput).
    """
    said = {code: text.strip() for code, text in parts.items() if text.strip()}
    problems = [Problem("unknown part", field=code) for code in said if code not in labels("part")]
    problems += [Problem("shorter: she reads it in a crisis", field=code) for code in said if len(said[code]) > MOST]
    if not said:
        problems.append(Problem("write at least one line", field="warning_signs"))
    if problems:
        raise BadInput(*problems)
    with transaction.atomic():
        client = client_row(actor, client_id, "change")
        newest = _newest(client.pk)
        if (newest.number if newest else 0) != seen:
            raise Stale(subject=client_id)
        row = SafetyPlan(practice_id=client.practice_id, client=client, number=seen + 1, parts=said, shared=shared,
                         by_id=actor.member, at=now)
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as error:  # someone else kept the same number at the same moment
            raise Stale(subject=client_id) from error
        note_change(client, "keep_safety_plan", actor, now)
    return row.number


def safety_plan_pdf(actor: Actor, client_id: UUID, *, now: datetime) -> bytes:
    """Her copy, in her language, for paper: for those who care for her, and for herself where it is shared.

    NotThere where there is none, or where she asks for one that is not shared with her.
    """
    client = client_row(actor, client_id)
    row = _newest(client.pk)
    hers = actor.side == "client"
    if not hers and not visible_clients(actor, "see_clinical").filter(pk=client.pk).exists():
        raise NotAllowed("Her safety plan is for those who care for her.", subject=client_id)
    if row is None or (hers and not row.shared):
        raise NotThere(subject=client_id)
    audit.record(actor, "copy", "safety_plan", row.pk, now=now, clients=[client.pk])
    paragraphs = _paragraphs(row, client.language)
    return release_pdf(paragraphs, [], language=client.language)


def _paragraphs(row: SafetyPlan, language: str) -> list[str]:
    return plan_paragraphs(row.parts.reveal() or {}, today_at(row.practice, row.at), language)


def own_safety_plan(actor: Actor, *, now: datetime) -> list[str]:
    """What the client reads of her own plan, title first; nothing where none is shared with her."""
    if actor.side != "client" or actor.client_id is None:
        raise NotAllowed("This is her own page.")
    client = client_row(actor, actor.client_id)
    row = _newest(client.pk)
    if row is None or not row.shared:
        return []
    audit.record(actor, "open", "safety_plan", row.pk, now=now, clients=[client.pk])
    return _paragraphs(row, client.language)


def shares_safety_plan(actor: Actor) -> bool:
    """Whether a safety plan is shared with the client whose page it is. That one is there is no look into it."""
    if actor.side != "client":
        raise NotAllowed("This is her own page.")
    rows = SafetyPlan.objects.filter(client__in=visible_clients(actor)).order_by("-number")
    return bool(rows.values_list("shared", flat=True).first())


@dataclass(frozen=True)
class Near:
    """A crisis service of the directory; `miles` is None where its place is not known, or kept secret."""

    card: Card
    miles: float | None
    sure: bool


def services_near(actor: Actor, zip_code: str, *, today: date) -> list[Near]:
    """The nearest crisis services that the practice's directory knows, nearest first; none without a ZIP code.

    Those of which something is not known come after the others, and say so. What must be called first is 911 or 988.
    """
    found: dict[int, tuple[float | None, bool]] = {}
    for kind in _NEEDS if zip_code else ():
        need = {**kind, "place": {"zip": zip_code}, "radius_miles": NEAR_MILES, "formats": ["in_person", "telehealth"],
                "payment": {"any": True}}  # fmt: skip
        answer = find(actor, need, today=today, k=20)
        found |= {option.id: (option.miles, True) for option in answer.options}
        found |= {possible.id: (None, False) for possible in answer.possibles if possible.id not in found}
    order = sorted(found, key=lambda one: (not found[one][1], found[one][0] is None, found[one][0] or 0.0))
    cards = listing_card(actor, order, today=today)[:NEAREST]
    return [Near(card, None if card.confidential else found[card.id][0], found[card.id][1]) for card in cards]
