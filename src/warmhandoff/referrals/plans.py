"""A client's plan: several things she could do, in an order that is suggested, explained and freely changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from warmhandoff.accounts.switches import must_be_on
from warmhandoff.clients.queries import client_row, visible_clients
from warmhandoff.core import audit, events
from warmhandoff.referrals.models import PlanItem, PlanStep, Referral, ReferralPlan, TherapyCondition
from warmhandoff.referrals.planning import NewReferral, record_need
from warmhandoff.referrals.reason_list import check_reasons
from warmhandoff.rules.access import Actor
from warmhandoff.rules.clock import due_in_business_days
from warmhandoff.rules.plan import BANDS, MOST_WILLING, SEVEREST, Harm, Item, Order, comes_back, order
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, Problem, Stale
from warmhandoff.rules.vocab import vocabulary

WAITING_LIST = {"": "Not asked", "agreed": "She agrees to join it", "joined": "On it", "not_wanted": "Not wanted"}
BRING_BACK_DAYS = 2
LOOK_AGAIN = timedelta(days=7)


@dataclass(frozen=True)
class NewItem:
    """What is said of one thing she could do. help: code of a kind of help; reduces: area -> 0 to 4."""

    name: str
    help: str = "therapist"
    reason: str = "recommended_practice"
    purpose: str = ""
    goal: str = ""
    helps_our_work: str = ""
    beside: str = ""
    reduces: Mapping[str, int] = field(default_factory=dict)
    willingness: int | None = None
    waiting_list: str = ""


def has_plan(actor: Actor, client_id: UUID) -> bool:
    """Whether there is a plan for a client whose door is open, or more than one open referral to put in order."""
    if ReferralPlan.objects.filter(client_id=client_id, practice_id=actor.practice_id).exists():
        return True
    return Referral.objects.filter(client_id=client_id).exclude(state="closed").count() > 1


def plan_of(actor: Actor, client_id: UUID, *, now: datetime, make: bool = False) -> ReferralPlan | None:
    """The client's plan, through her door. make: begin one where there is none, within the caller's transaction."""
    client = client_row(actor, client_id, "change" if make else "see")
    found = ReferralPlan.objects.filter(client=client).select_related("practice").first()
    if found is not None or not make:
        return found
    try:
        with transaction.atomic():
            return ReferralPlan.objects.create(
                practice_id=client.practice_id, client=client, created_at=now, changed_at=now
            )
    except IntegrityError as error:  # two at once: the other one made it
        raise Stale(subject=client_id) from error


def begun(actor: Actor, client_id: UUID, *, now: datetime) -> ReferralPlan:
    """The client's plan for changing it; begun where there is none. Within the caller's transaction.

    NotNow where the practice has switched plans off.
    """
    must_be_on(actor.practice_id, "plans")
    made = plan_of(actor, client_id, now=now, make=True)
    assert made is not None
    return made


def item_row(actor: Actor, client_id: UUID, item_id: UUID) -> PlanItem:
    """An item of this client's plan, for changing it. NotThere for anyone else's; NotNow where plans are off."""
    client = client_row(actor, client_id, "change")
    must_be_on(client.practice_id, "plans")
    found = PlanItem.objects.filter(plan__client=client, pk=item_id)
    item = found.select_related("plan__practice", "plan__client", "referral").first()
    if item is None:
        raise NotThere(subject=item_id)
    return item


def is_item(client_id: UUID, item_id: UUID) -> bool:
    """Whether this is an item of the plan of a client whose door is open."""
    return PlanItem.objects.filter(plan__client_id=client_id, pk=item_id).exists()


def open_items(plan: ReferralPlan) -> QuerySet[PlanItem]:
    """What still goes on or waits: not ended, and its referral not closed."""
    rows = PlanItem.objects.filter(plan=plan, ended_at=None).filter(~Q(referral__state="closed") | Q(referral=None))
    return rows.select_related("referral")


def harms_of(plan: ReferralPlan) -> list[Harm]:
    return [Harm(area, one["severity"], one["band"]) for area, one in (plan.harms.reveal() or {}).items()]


def order_of(plan: ReferralPlan) -> Order:
    """The order as it stands now."""
    items = [
        Item(str(row.pk), row.name.reveal(), row.hers, row.reduces.reveal() or {}, row.willingness, row.resting)
        for row in open_items(plan)
    ]  # fmt: skip
    return order(harms_of(plan), items, by_hand=plan.by_hand)


def note(plan: ReferralPlan, what: str, facts: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    """Write one change of a plan down: timeline, count, audit; within the caller's transaction."""
    won = ReferralPlan.objects.filter(pk=plan.pk, moves_made=plan.moves_made).update(
        moves_made=plan.moves_made + 1, changed_at=now
    )
    if won != 1:
        raise Stale(subject=plan.pk)
    plan.moves_made += 1
    subject = events.Subject("plan", plan.pk, plan.practice_id, plan.client_id)
    events.record(subject, events.Change(what, plan.moves_made, facts=dict(facts)), actor=actor, now=now)
    audit.record(actor, what, "plan", plan.pk, now=now, clients=[plan.client_id])


def add_step(plan: ReferralPlan, item: PlanItem, what: str, due_at: datetime, now: datetime, where: str = "") -> None:
    """A dated next step, unless the same one is open already."""
    PlanStep.objects.get_or_create(
        item=item, what=what, where=where, done_at=None,
        defaults={"practice_id": plan.practice_id, "plan": plan, "due_at": due_at, "made_at": now},
    )


def finish_steps(item: PlanItem, actor: Actor, now: datetime, *what: str) -> None:
    PlanStep.objects.filter(item=item, what__in=what, done_at=None).update(
        done_at=now, done_by_id=actor.membership_id
    )


def in_days(plan: ReferralPlan, days: int, now: datetime) -> datetime:
    practice = plan.practice
    return due_in_business_days(now, days, zone=practice.time_zone, state=practice.state or None)


def bring_back(plan: ReferralPlan, before: Order, now: datetime) -> list[UUID]:
    """For everything that waited and goes on now, a dated next step; which items they are."""
    ids = [UUID(one) for one in comes_back(before, order_of(plan))]
    for item in PlanItem.objects.filter(pk__in=ids):
        add_step(plan, item, "bring_back", in_days(plan, BRING_BACK_DAYS, now), now)
    return ids


def set_harms(actor: Actor, client_id: UUID, harms: Mapping[str, tuple[int, str]], *, now: datetime) -> int:
    """Say where the harm is: area -> (severity 0 to 4, band). How many items come back because a risk has become less.

    An order set by hand ends with it where something is more pressing than it was. Refuses unknown areas and bands,
    and severities out of range (BadInput).
    """
    _check_harms(harms)
    with transaction.atomic():
        plan = begun(actor, client_id, now=now)
        before, was = order_of(plan), {one.area: one.band for one in harms_of(plan)}
        bands = list(BANDS)
        worse = any(bands.index(band) < bands.index(was.get(area, "standing"))  # type: ignore[arg-type]
                    for area, (_, band) in harms.items())
        plan.harms = {area: {"severity": severity, "band": band} for area, (severity, band) in harms.items()}
        plan.by_hand = [] if worse else plan.by_hand
        plan.save(update_fields=["harms", "by_hand"])
        back = bring_back(plan, before, now)
        facts = {"harms": {area: {"severity": s, "band": band} for area, (s, band) in harms.items()}}
        note(plan, "plan_harms_set", facts, actor, now)
    return len(back)


def _check_harms(harms: Mapping[str, tuple[int, str]]) -> None:
    problems = [
        Problem("unknown area, band, or a number out of range", field=area) for area, (severity, band) in harms.items()
        if area not in vocabulary("harm_areas") or band not in BANDS or not 0 <= severity <= SEVEREST
    ]  # fmt: skip
    if problems:
        raise BadInput(*problems)


def record_reduced(actor: Actor, client_id: UUID, area: str, severity: int, *, now: datetime) -> int:
    """The clinician records that a risk has become less: what waited for it comes back. How many items do.

    NotNow where this area does not stand as acute or as danger.
    """
    plan = plan_of(actor, client_id, now=now)
    known = {one.area: one for one in harms_of(plan)} if plan else {}
    if area not in known or known[area].band not in ("imminent", "acute"):
        raise NotNow("This does not stand as acute.")
    harms: dict[str, tuple[int, str]] = {one.area: (one.severity, one.band) for one in known.values()}
    harms[area] = (severity, "serious" if severity >= 3 else "standing")
    return set_harms(actor, client_id, harms, now=now)


def _check_item(new: NewItem, practice_id: UUID) -> None:
    problems = check_reasons(practice_id, [new.reason], field="reason")
    if not new.name.strip():
        problems.append(Problem("a name is needed", field="name"))
    if new.help not in vocabulary("kinds"):
        problems.append(Problem("unknown kind of help", field="help"))
    if new.willingness is not None and not 0 <= new.willingness <= MOST_WILLING:
        problems.append(Problem("choose a number from 0 to 10", field="willingness"))
    if new.waiting_list not in WAITING_LIST:
        problems.append(Problem("unknown answer", field="waiting_list"))
    problems += [Problem("unknown area, or a number out of range", field=f"reduces_{area}")
                 for area, by in new.reduces.items() if area not in vocabulary("harm_areas") or not 0 <= by <= SEVEREST]
    if problems:
        raise BadInput(*problems)


_WORDS = ("name", "purpose", "goal", "helps_our_work", "beside")


def _fill(row: PlanItem, new: NewItem) -> None:
    for name in _WORDS:
        setattr(row, name, getattr(new, name).strip())
    row.help, row.reason, row.willingness, row.waiting_list = new.help, new.reason, new.willingness, new.waiting_list
    row.reduces = {area: by for area, by in new.reduces.items() if by}


def last_of_hers(plan: ReferralPlan) -> int:
    """The last place of her own order, taken off or not; 0 where there is none."""
    return PlanItem.objects.filter(plan=plan).order_by("-hers").values_list("hers", flat=True).first() or 0


def add_item(actor: Actor, client_id: UUID, new: NewItem, *, now: datetime) -> UUID:
    """Plan one more thing, last in her own order. It becomes a referral when it is begun."""
    _check_item(new, actor.practice_id)
    with transaction.atomic():
        plan = begun(actor, client_id, now=now)
        row = PlanItem(practice_id=plan.practice_id, plan=plan, hers=last_of_hers(plan) + 1, created_at=now)
        _fill(row, new)
        row.save()
        note(plan, "plan_item_added", {"item": new.name.strip()}, actor, now)
    return row.pk


def change_item(actor: Actor, client_id: UUID, item_id: UUID, new: NewItem, *, now: datetime) -> None:
    """Say something else of an item."""
    _check_item(new, actor.practice_id)
    with transaction.atomic():
        row = item_row(actor, client_id, item_id)
        _fill(row, new)
        row.save()
        note(row.plan, "plan_item_changed", {"item": new.name.strip()}, actor, now)


def move_item(
    actor: Actor, client_id: UUID, item_id: UUID, way: Literal["up", "down"], *, whose: Literal["hers", "ours"],
    now: datetime,
) -> None:
    """Move an item one place. hers: in her own order, from which the suggestion is made; ours: the order itself."""
    with transaction.atomic():
        row = item_row(actor, client_id, item_id)
        plan = row.plan
        ids = [str(one.pk) for one in open_items(plan)] if whose == "hers" else [x.id for x in order_of(plan).lines]
        moved = _moved(ids, str(item_id), -1 if way == "up" else 1)
        if whose == "hers":
            for place, one in enumerate(moved, start=1):
                PlanItem.objects.filter(pk=one).update(hers=place)
        else:
            plan.by_hand = moved
            plan.save(update_fields=["by_hand"])
        note(plan, "plan_reordered", {"item": row.name.reveal(), "way": way, "whose": whose}, actor, now)


def _moved(ids: list[str], one: str, by: int) -> list[str]:
    if one not in ids:
        raise NotNow("This item is not in the order any more.")
    place = ids.index(one)
    other = min(max(place + by, 0), len(ids) - 1)
    ids[place], ids[other] = ids[other], ids[place]
    return ids


def suggest_again(actor: Actor, client_id: UUID, *, now: datetime) -> None:
    """Let go of an order set by hand: the suggestion counts again."""
    with transaction.atomic():
        plan = begun(actor, client_id, now=now)
        plan.by_hand = []
        plan.save(update_fields=["by_hand"])
        note(plan, "plan_order_suggested", {}, actor, now)


def end_item(actor: Actor, client_id: UUID, item_id: UUID, *, why: str, now: datetime) -> None:
    """Take an item off the plan, with the reason if one is given. Its referral, if any, goes its own way.

    A condition of therapy on it ends with it: none stands where nothing is there to be looked at. NotNow where it was
    taken off before.
    """
    with transaction.atomic():
        row = item_row(actor, client_id, item_id)
        if row.ended_at is not None:
            raise NotNow("This was taken off already.")
        before = order_of(row.plan)
        standing = TherapyCondition.objects.filter(item=row, decision__in=["waiting", "in_force"])
        standing.update(decision="ended", decided_at=now, decided_by_id=actor.member)
        row.ended_at, row.ended_why = now, why.strip()
        row.save()
        PlanStep.objects.filter(item=row, done_at=None).update(done_at=now, done_by_id=actor.member)
        bring_back(row.plan, before, now)
        note(row.plan, "plan_item_ended", {"item": row.name.reveal(), "why": why.strip()}, actor, now)


def begin_item(actor: Actor, client_id: UUID, item_id: UUID, new: NewReferral, *, now: datetime) -> UUID:
    """Begin an item: it becomes a referral with a need. NotNow where it was begun already."""
    with transaction.atomic():
        row = item_row(actor, client_id, item_id)
        if row.referral_id or row.ended_at:
            raise NotNow("This item was begun already.")
        referral_id = record_need(actor, client_id, new, now=now)
        row.referral_id, row.resting = referral_id, False
        row.save(update_fields=["referral", "resting"])
        finish_steps(row, actor, now, "bring_back")
        note(row.plan, "plan_item_begun", {"item": row.name.reveal()}, actor, now)
    return referral_id


def sees_chart(actor: Actor, client_id: UUID) -> bool:
    """Whether the actor may read the plan's clinical texts, which is all there is to a plan."""
    return visible_clients(actor, "see_clinical").filter(pk=client_id).exists()
