"""The bridge as its page and its paper show it: who holds her, the evidence so far, what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from warmhandoff.clients.queries import client_row
from warmhandoff.clients.treatment import who_treats
from warmhandoff.core import audit
from warmhandoff.documents import record_pdf
from warmhandoff.referrals.models import Bridge, BridgeTry, Conversation, CrisisNote, Option
from warmhandoff.referrals.standing import is_seen_elsewhere, transfers_since
from warmhandoff.rules.access import Actor
from warmhandoff.rules.bridge import TRIES, Facts, Ground, grounds, missing
from warmhandoff.rules.lifecycle import STATES
from warmhandoff.rules.wording import plain_date

if TYPE_CHECKING:
    from warmhandoff.clients.models import Client


@dataclass(frozen=True)
class Transfer:
    """One of her transfers, as evidence. names: whom she was offered."""

    id: UUID
    title: str
    state_label: str
    names: tuple[str, ...]
    talks: tuple[date, ...]
    attended: bool
    declined: bool


@dataclass(frozen=True)
class Try:
    on: date
    way: str
    words: str
    by: str


@dataclass(frozen=True)
class LetGo:
    """That she was let go: on which ground, in whose words, by whom and when."""

    at: datetime
    by: str
    ground: str
    words: str
    try_words: tuple[Try, ...] = ()


@dataclass(frozen=True)
class BridgeView:
    """Everything the page shows."""

    client_id: UUID
    name: str
    initials: str
    holders: tuple[tuple[UUID, str], ...]
    holder: UUID | None
    holder_name: str
    caretaker: UUID | None
    caretaker_name: str
    caretaker_words: str
    next_session_at: datetime | None
    last_session_on: date | None
    notice_on: date | None
    notice_words: str
    end_on: date | None
    facts: Facts
    transfers: Sequence[Transfer]
    tries: Sequence[Try]
    past: Sequence[LetGo]
    ended_at: datetime | None
    changes: int
    today: date

    @property
    def lacking(self) -> list[tuple[Ground, list[str]]]:
        """For each ground, what the record lacks; of those that need a sentence, what there is besides it."""
        return [
            (ground, missing(code, self.facts, "" if ground.kind == "record" else "said"))
            for code, ground in grounds().items()
        ]

    @property
    def open_points(self) -> list[str]:
        """What a careful colleague would look at now, in sentences."""
        if self.ended_at is not None:
            return []
        said = []
        if not self.holders:
            said.append("Nobody who treats clients is on her care team: nobody holds her.")
        if self.next_session_at is None:
            said.append("No next session is written down.")
        elif self.next_session_at.date() < self.today:
            said.append("The next session that is written down has passed.")
        if not (self.caretaker_name or self.caretaker_words):
            said.append("No emergency caretaker is named.")
        return said


def transfers_of(client_id: UUID) -> list[Transfer]:
    """Her transfers of this time of care, oldest first; for a door already open. Four queries."""
    rows = list(transfers_since(client_id).order_by("created_at"))
    names: dict[UUID, list[str]] = {row.pk: [] for row in rows}
    for referral, name in Option.objects.filter(referral__in=rows).values_list("referral_id", "listing__name"):
        names[referral].append(name)
    talks: dict[UUID, list[date]] = {row.pk: [] for row in rows}
    held = Conversation.objects.filter(referral__in=rows).order_by("held_on")
    for referral, on in held.values_list("referral_id", "held_on"):
        talks[referral].append(on)
    return [
        Transfer(row.pk, row.title.reveal(), STATES[row.state].label, tuple(names[row.pk]), tuple(talks[row.pk]),
                 is_seen_elsewhere(row.state, row.outcome), row.outcome == "client_declined")
        for row in rows
    ]  # fmt: skip


def facts_of(row: Client, bridge: Bridge | None, *, now: datetime) -> Facts:
    """What the record holds now, for the rules; for a client whose door was passed."""
    transfers = transfers_of(row.pk)
    tries = bridge.tries.count() if bridge else 0
    return _facts(row, bridge, transfers, tries, now)


def _facts(row: Client, bridge: Bridge | None, transfers: Sequence[Transfer], tries: int, now: datetime) -> Facts:
    return Facts(
        today=now.astimezone(ZoneInfo(row.practice.time_zone)).date(), notice_days=row.practice.notice_days,
        attended=any(one.attended for one in transfers), declined=bool(transfers) and transfers[-1].declined,
        names=len({name for one in transfers for name in one.names}), attempts=tries,
        notice_on=bridge.notice_on if bridge else None, end_on=bridge.end_on if bridge else None,
        caretaker=bool(bridge and (bridge.caretaker_id or bridge.caretaker_words.reveal())),
        follow_up=CrisisNote.objects.filter(client_id=row.pk, followed_up_at=None).exists(),
    )


def _tries(bridges: Sequence[Bridge]) -> dict[UUID, list[Try]]:
    found: dict[UUID, list[Try]] = {one.pk: [] for one in bridges}
    for row in BridgeTry.objects.filter(bridge__in=bridges).select_related("by__user").order_by("on", "at"):
        found[row.bridge_id].append(Try(row.on, TRIES[row.way], row.words.reveal(), row.by.user.name))
    return found


def bridge_of(actor: Actor, client_id: UUID, *, now: datetime) -> BridgeView:
    """The door to a client's bridge, with the audit row. Clinical: NotThere for whoever may not read that."""
    row = client_row(actor, client_id, "see_clinical")
    audit.record(actor, "open", "bridge", row.pk, now=now, clients=[row.pk])
    rows = Bridge.objects.filter(Q(client=row)).order_by("begun_at")
    bridges = list(rows.select_related("holder__user", "caretaker__user", "let_go_by__user"))
    bridge = next((one for one in bridges if one.let_go_at is None), None)
    tries, transfers = _tries(bridges), transfers_of(row.pk)
    holders = tuple(who_treats([row.pk]).get(row.pk, [])) if row.ended_at is None else ()
    mine = tries[bridge.pk] if bridge else []
    return BridgeView(
        client_id=row.pk, name=row.name.reveal(), initials=row.initials.reveal(), holders=holders,
        **_kept(bridge), facts=_facts(row, bridge, transfers, len(mine), now), transfers=transfers, tries=mine,
        past=[
            LetGo(one.let_go_at, one.let_go_by.user.name if one.let_go_by else "", grounds()[one.ground].label,
                  one.words.reveal(), tuple(tries[one.pk]))
            for one in bridges if one.let_go_at
        ],
        ended_at=row.ended_at, today=now.astimezone(ZoneInfo(row.practice.time_zone)).date(),
    )  # fmt: skip


def _kept(bridge: Bridge | None) -> dict[str, Any]:
    if bridge is None:
        return {"holder": None, "holder_name": "", "caretaker": None, "caretaker_name": "", "caretaker_words": "",
                "next_session_at": None, "last_session_on": None, "notice_on": None, "notice_words": "",
                "end_on": None, "changes": 0}  # fmt: skip
    return {
        "holder": bridge.holder_id, "holder_name": bridge.holder.user.name if bridge.holder else "",
        "caretaker": bridge.caretaker_id, "caretaker_name": bridge.caretaker.user.name if bridge.caretaker else "",
        "caretaker_words": bridge.caretaker_words.reveal(), "next_session_at": bridge.next_session_at,
        "last_session_on": bridge.last_session_on, "notice_on": bridge.notice_on,
        "notice_words": bridge.notice_words.reveal(), "end_on": bridge.end_on, "changes": bridge.changes,
    }  # fmt: skip


def bridge_pdf(actor: Actor, client_id: UUID, *, now: datetime) -> bytes:
    """The bridge on paper, for the chart; doors and audit are those of the page."""
    view = bridge_of(actor, client_id, now=now)
    row = client_row(actor, client_id, "see_clinical")
    return record_pdf(as_document(view, practice=row.practice.name, zone=row.practice.time_zone))


def _day(day: date | None) -> str:
    return plain_date(day, "en") if day else "not written down"


def _of_try(one: Try) -> list[list[str]]:
    return [["When", _day(one.on)], ["How", one.way], ["What came of it", one.words], ["Who", one.by]]


def as_document(view: BridgeView, *, practice: str, zone: str) -> dict[str, Any]:
    """What documents.record_pdf draws of it."""
    at = view.next_session_at.astimezone(ZoneInfo(zone)) if view.next_session_at else None
    held = [
        ["Held by", ", ".join(name for _, name in view.holders) or "nobody here"],
        ["Answers for it", view.holder_name or "not said"],
        ["Emergency caretaker", " ".join(filter(None, (view.caretaker_name, view.caretaker_words))) or "not named"],
        ["Next session", f"{_day(at.date())}, {at:%H:%M}" if at else "not written down"],
        ["Last session planned", _day(view.last_session_on)], ["Notice given", _day(view.notice_on)],
        ["How notice was given", view.notice_words or "not said"], ["Stated end date", _day(view.end_on)],
    ]
    let_go = [
        [["When", _day(one.at.astimezone(ZoneInfo(zone)).date())], ["Ground", one.ground],
         ["In words", one.words or "as the referrals say"], ["By", one.by]]
        for one in view.past
    ]  # fmt: skip
    earlier = [_of_try(one) for past in view.past for one in past.try_words]
    sections = [
        ("How she is held", [held]), ("Transfers", [_of_transfer(one) for one in view.transfers]),
        ("Tries to reach her", [*earlier, *(_of_try(one) for one in view.tries)]), ("Let go", let_go),
        ("Still open", [[["To do", point]] for point in view.open_points]),
    ]
    return {
        "language": "en", "title": f"The bridge: {view.name}", "nothing": "Nothing is recorded.",
        "lead": [f"{practice}. Made {_day(view.today)}. Confidential."],
        "sections": [{"title": title, "level": 1, "rows": rows} for title, rows in sections],
    }  # fmt: skip


def _of_transfer(one: Transfer) -> list[list[str]]:
    talks = ", ".join(_day(day) for day in one.talks) or "none logged"
    return [["What", one.title], ["Where it stands", one.state_label], ["Names given", ", ".join(one.names) or "none"],
            ["Conversations", talks], ["Attended", "yes" if one.attended else "not told"]]
