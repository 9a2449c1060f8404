"""What the record says, for the first text of a discharge summary. Nothing private to a clinician is read here."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from warmhandoff.referrals.models import (
    Bridge,
    CheckIn,
    CrisisNote,
    Delivery,
    Option,
    PacketPart,
    PlanItem,
    Referral,
    SafetyPlan,
)
from warmhandoff.rules.bridge import grounds
from warmhandoff.rules.discharge import Facts, Made
from warmhandoff.rules.lifecycle import STATES
from warmhandoff.rules.vocab import vocabulary

if TYPE_CHECKING:
    from warmhandoff.clients.models import Client

_FITS = {"yes": "it fits", "unsure": "not sure yet", "no": "it does not fit"}


def facts_of(row: Client) -> Facts:
    """The facts of a client whose door was passed, and whose care has ended."""
    zone = ZoneInfo(row.practice.time_zone)
    referrals = list(Referral.objects.filter(client=row).order_by("created_at"))
    parts = PacketPart.objects.filter(referral__in=referrals).order_by("written_at")
    written: dict[str, list[str]] = {}
    for part in parts:
        written.setdefault(part.part, []).append(part.text.reveal())
    needs = [one.need.reveal() or {} for one in referrals]
    concerns = dict.fromkeys(code for need in needs for code in need.get("concerns") or [])
    bridge = Bridge.objects.filter(client=row, let_go_at__isnull=False).order_by("-let_go_at").first()
    return Facts(
        in_care_from=_day(row.created_at, zone), ended_on=_day(row.ended_at or row.created_at, zone),
        reasons=[one.chart_reason.reveal() for one in referrals],
        client_reasons=[one.client_reason.reveal() for one in referrals],
        concerns=[vocabulary("concerns").label(code) for code in concerns],
        background=[one.background.reveal() for one in referrals],
        diagnoses=written.get("diagnoses", []), course=written.get("course", []), goals=_goals(row, referrals),
        check_ins=_check_ins(referrals, zone), ground=grounds()[bridge.ground].label if bridge else "",
        ground_words=bridge.words.reveal() if bridge else "", risk=written.get("risk", []),
        crises=[_day(note.at, zone) for note in CrisisNote.objects.filter(client=row).order_by("at")],
        safety_plan=SafetyPlan.objects.filter(client=row).exists(), referrals=[_made(one) for one in referrals],
    )  # fmt: skip


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _goals(row: Client, referrals: list[Referral]) -> list[str]:
    planned = [one.goal.reveal() for one in PlanItem.objects.filter(plan__client=row).order_by("hers", "created_at")]
    return [words for words in (*planned, *(one.hoped_for.reveal() for one in referrals)) if words]


def _check_ins(referrals: list[Referral], zone: ZoneInfo) -> list[str]:
    rows = CheckIn.objects.filter(referral__in=referrals).order_by("at")
    return [f"{_day(row.at, zone):%Y-%m-%d}, asked how it goes elsewhere: {_FITS.get(row.fits, row.fits)}."
            for row in rows]


def _made(row: Referral) -> Made:
    """To whom she went, or else whose names she was given; and what came of it."""
    taken = Delivery.objects.filter(referral=row, answer="accept", state="handed_over").order_by("-answered_at")
    names = list(taken.values_list("listing__name", flat=True)[:1])
    if not names:
        names = list(Option.objects.filter(referral=row, dropped_at=None).order_by("order")
                     .values_list("listing__name", flat=True))
    outcomes = vocabulary("outcomes")
    came_of = outcomes.label(row.outcome) if row.outcome else STATES[row.state].label
    return Made(row.title.reveal(), tuple(names), came_of)
