"""The work behind a panel transition, done by the worker: assigning shortlists, and making the referrals.

Both can be run twice: assigning counts only while the transition stands as it did when it was asked for, and a client
who has her referral is passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from time import monotonic
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from warmhandoff import matching
from warmhandoff.accounts.queries import actor_of_membership
from warmhandoff.core import audit, jobs
from warmhandoff.directory.columns import directory_for
from warmhandoff.directory.queries import listing_card
from warmhandoff.directory.weighing import weights_of
from warmhandoff.referrals.asking import offer
from warmhandoff.referrals.models import PanelClient, PanelMeeting, PanelTransition, Referral, TalkPlan
from warmhandoff.referrals.moving import due_facts
from warmhandoff.referrals.planning import NewReferral, put_off, record_need
from warmhandoff.referrals.reason_list import plain_reason
from warmhandoff.rules.access import Actor
from warmhandoff.rules.clock import due_in_business_days
from warmhandoff.rules.refusals import BadInput, Refusal, Stale

if TYPE_CHECKING:
    from warmhandoff.clients.models import Client

OPTIONS = 3
MET = frozenset({"know_well", "met"})
MEET_WITHIN = 5  # business days
ONE_ALONE = {
    "en": "Right now only one place fits what you need and has room.",
    "es": "Por ahora solo un lugar tiene lo que usted necesita y tiene cupo.",
}
_TELL_EVERY = 0.5  # seconds
_AGES = ((5, "early_childhood"), (12, "child"), (17, "adolescent"), (25, "young_adult"), (64, "adult"),
         (200, "older_adult"))  # fmt: skip


def need_for(one: PanelClient, common: dict[str, Any], today: date) -> dict[str, Any]:
    """What this client needs: her own need, else the common one with her ZIP, age and language where they are known."""
    own = one.need.reveal()
    if own:
        return dict(own)
    client, need = one.client, dict(common)
    if zip_code := str((client.contact.reveal() or {}).get("zip") or ""):
        need["place"] = {**(need.get("place") or {}), "zip": zip_code}
    if "age_group" not in need and (born := client.birth_date.reveal()):
        need["age_group"] = age_group(date.fromisoformat(born), today)
    if not need.get("languages") and client.language != "en":
        need["languages"] = [client.language]
    return need


def age_group(born: date, today: date) -> str:
    """The code of rules/vocab/age_groups.toml for someone born on this day."""
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return next(code for most, code in _AGES if age <= most)


def _teller(transition_id: UUID, moves: int) -> Callable[[int], None]:
    """Write how far the work is, now and then: outside any transaction, so that the page sees it."""
    last = monotonic()

    def tell(done: int) -> None:
        nonlocal last
        if monotonic() - last >= _TELL_EVERY:
            last = monotonic()
            PanelTransition.objects.filter(pk=transition_id, state="working", moves_made=moves).update(done=done)

    return tell


@jobs.job("panel_assign")
def assign_panel(payload: dict[str, Any], now: datetime) -> None:
    """One first option for each client within the openings there are. What has changed since is not touched."""
    rows = PanelTransition.objects.select_related("practice", "owner__user")
    row = rows.filter(pk=payload["transition"], state="working", moves_made=payload["moves"]).first()
    if row is None:
        return
    today = now.astimezone(ZoneInfo(row.practice.time_zone)).date()
    clients, common = list(row.clients.select_related("client").order_by("pk")), dict(row.need.reveal() or {})
    asked = [(str(one.pk), matching.parse_need(need_for(one, common, today))) for one in clients]
    directory = directory_for(row.practice_id, today=now.date())
    answer = matching.assign(
        directory, asked, OPTIONS, weights=weights_of(row.practice_id).weights,
        progress=_teller(row.pk, row.moves_made),
    )
    needs = dict(asked)
    fitting = {left.client: matching.search(directory, needs[left.client], k=1).total for left in answer.unmatched}
    with transaction.atomic():
        mine = PanelTransition.objects.filter(pk=row.pk, state="working", moves_made=row.moves_made)
        said = {"served": len(answer.assigned), "optimal": answer.optimal}
        if not mine.update(state="ready", done=len(clients), moves_made=row.moves_made + 1, said=said):
            return  # dropped or begun anew meanwhile: this answer is of something else
        _keep(clients, answer, fitting)
        _to_meet(row, actor_of_membership(row.owner), answer, now)


def _keep(clients: list[PanelClient], answer: matching.Panel, fitting: dict[str, int]) -> None:
    """fitting: how many fit without a change, openings aside; a change is told of that makes them more."""
    by_name = {str(one.pk): one for one in clients}
    for found in answer.assigned:
        one = by_name[found.client]
        one.options, one.first, one.score, one.opens = list(found.options), found.first, found.score, []
    for left in answer.unmatched:
        one = by_name[left.client]
        more = ((each, each.total - fitting[left.client]) for each in left.relaxations)
        opens = [[each.must, each.change, count] for each, count in more if count > 0]
        one.options, one.first, one.score, one.opens = list(left.options), None, None, opens
    PanelClient.objects.bulk_update(clients, ["options", "first", "score", "opens"])


def _to_meet(row: PanelTransition, actor: Actor, answer: matching.Panel, now: datetime) -> None:
    """Whoever is to be sent someone and was never met: a task with a date. Tasks of an earlier answer go, if not done.

    The advice is the articles': meet first whom one does not know.
    """
    firsts = sorted({found.first for found in answer.assigned})
    cards = listing_card(actor, firsts, today=now.astimezone(ZoneInfo(row.practice.time_zone)).date())
    unknown = [card.id for card in cards if card.relationship not in MET]
    row.meetings.filter(met_at=None).exclude(listing_id__in=unknown).delete()
    held = set(row.meetings.values_list("listing_id", flat=True))
    facts = due_facts(row.practice)
    due = due_in_business_days(now, MEET_WITHIN, zone=facts.zone, state=facts.state)
    PanelMeeting.objects.bulk_create(
        PanelMeeting(practice_id=row.practice_id, transition=row, listing_id=pk, due_at=due)
        for pk in unknown if pk not in held
    )  # fmt: skip


@jobs.job("panel_accept")
def accept_panel(payload: dict[str, Any], now: datetime) -> None:
    """A referral for each client who is not left out and has none yet; each in a transaction of its own."""
    rows = PanelTransition.objects.select_related("practice", "owner__user")
    row = rows.filter(pk=payload["transition"], state="accepting", owner__left_at=None).first()
    if row is None:
        return  # done; or its owner left (a restore), and whoever takes it over asks for it again
    directory_for(row.practice_id, today=now.date())  # read once, before the transactions that use it
    for one in row.clients.filter(left_out=False, referral=None).select_related("client").order_by("pk"):
        try:
            _refer_for_owner(row, one, now)
        except Stale:  # another worker made this one
            continue
        except Refusal as refusal:  # she stays in the list with why; the others go on
            one.problem = refusal.message
            one.save(update_fields=["problem"])
        made = PanelClient.objects.filter(transition=row, referral__isnull=False).count()
        PanelTransition.objects.filter(pk=row.pk).update(done=made)
    with transaction.atomic():
        mine = PanelTransition.objects.filter(pk=row.pk, state="accepting")
        if mine.update(state="accepted", accepted_at=now, moves_made=row.moves_made + 1):
            audit.record(_actor(row), "accepted_panel", "transition", row.pk, now=now)


def _actor(row: PanelTransition) -> Actor:
    """Whoever runs the transition now: it may be handed over while its referrals are made."""
    return actor_of_membership(PanelTransition.objects.select_related("owner__user").get(pk=row.pk).owner)


def _refer_for_owner(row: PanelTransition, one: PanelClient, now: datetime) -> None:
    """One referral, made by whoever runs the transition; once more where it changed hands just now."""
    actor = _actor(row)
    try:
        _refer(actor, row, one, now)
    except Refusal:
        heir = _actor(row)
        if heir.member == actor.member:
            raise
        _refer(heir, row, one, now)


def _refer(actor: Actor, row: PanelTransition, one: PanelClient, now: datetime) -> None:
    today = now.astimezone(ZoneInfo(row.practice.time_zone)).date()
    client, need = one.client, need_for(one, dict(row.need.reveal() or {}), today)
    new = NewReferral(
        kind="transfer", reason=row.reason, need=need,
        client_reason=plain_reason(row.practice_id, row.reason, client.language),
    )
    with transaction.atomic():
        referral_id = record_need(actor, client.pk, new, now=now)
        if not PanelClient.objects.filter(pk=one.pk, referral=None).update(referral_id=referral_id, problem=None):
            raise Stale(subject=one.pk)
        if problem := _offered(actor, referral_id, one, client, now):
            one.problem = problem
            one.save(update_fields=["problem"])
        _give_notice(actor, row, referral_id, client, now)


def _offered(actor: Actor, referral_id: UUID, one: PanelClient, client: Client, now: datetime) -> str:
    """Offer her shortlist; "" or why that was refused: then the referral waits for options like any other."""
    if one.first is None:
        return ""
    alone = ONE_ALONE.get(client.language, ONE_ALONE["en"]) if len(one.options) == 1 else ""
    try:
        with transaction.atomic():
            offer(actor, referral_id, one.options, now=now, single_reason=alone)
    except BadInput as refusal:
        return refusal.message
    return ""


def _give_notice(actor: Actor, row: PanelTransition, referral_id: UUID, client: Client, now: datetime) -> None:
    """The talk and the letter are due with the notice; the letter says until when she is seen."""
    due = datetime.combine(row.notice_on, time(17), ZoneInfo(row.practice.time_zone))
    if due > now:
        put_off(actor, referral_id, due_at=due, why="Tell her by the day of notice", now=now)
    TalkPlan.objects.create(
        practice_id=row.practice_id, referral=Referral.objects.get(pk=referral_id), language=client.language,
        until=row.last_on, first_on=row.notice_on, by_id=actor.member, at=now, versions=1,
    )  # fmt: skip
