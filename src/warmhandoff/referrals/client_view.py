"""What a client's own pages show: her referrals, the options offered to her, and where things stand.

Values and codes only: the pages turn them into plain words in her language. Nothing of the chart is read here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef

from warmhandoff.clients.queries import ReleaseCard, client_row, is_identified, releases_of
from warmhandoff.clients.release_copy import copy_of
from warmhandoff.clients.release_history import record_copy
from warmhandoff.clients.releasing import today_at
from warmhandoff.core import audit
from warmhandoff.directory.queries import known_facts, ties_of
from warmhandoff.referrals.models import Delivery, Option, Reasoning, Referral
from warmhandoff.referrals.queries import last_move, referral_row, visible_referrals
from warmhandoff.referrals.staying import all_told
from warmhandoff.rules.access import Actor
from warmhandoff.rules.lifecycle import arcs, moves_from
from warmhandoff.rules.refusals import NotThere
from warmhandoff.rules.switches import moves_off


@dataclass(frozen=True)
class OptionCard:
    """One option as the client compares it. None is "not known". `fee` and `sliding_floor` in cents a session.

    plan: the plan the need names; lists_plan: whether the listing says it takes it.
    rank: the client's own (1 is first); tried: declined, silent, missed, poor_fit or not_wanted.
    ask: the musts of which nothing is known: the option is likely, to confirm.
    """

    listing_id: int
    name: str
    about: str
    treats: tuple[str, ...]
    modalities: tuple[str, ...]
    plan: str
    lists_plan: bool | None
    out_of_network: bool | None
    fee: int | None
    sliding_scale: bool | None
    sliding_floor: int | None
    accepting: str
    wait_days: int | None
    formats: tuple[str, ...]
    miles: float | None
    city: str
    times: tuple[str, ...]
    languages: tuple[str, ...]
    access: tuple[str, ...]
    phone: str
    email: str
    website: str
    address: str
    tie_text: str
    rank: int | None
    tried: str
    ask: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClientLine:
    """One referral in the client's list. `help`: code of the kind of help; `hers`: the next step is hers."""

    id: UUID
    help: str
    state: str
    hers: bool


@dataclass(frozen=True)
class ClientPage:
    """Everything the client's page of one referral shows.

    moves: what she may do now; last_move: what happened last; arcs: six of done, now (hers), hold and "".
    recipient: who has or had the packet last, else her first choice; answer: what they said, as facts.
    draft and signed: the release to sign, and the one in force. told: what she said of her first session.
    """

    id: UUID
    state: str
    kind: str
    help: str
    therapist: str
    practice: str
    phone: str
    zone: str
    reason: str
    single_option_reason: str
    moves: frozenset[str]
    last_move: str
    arcs: tuple[str, ...]
    due_at: datetime | None
    session_at: datetime | None
    moves_made: int
    go_on_agreed: bool
    identified: bool
    told: str
    checked_in: bool
    outcome: str
    recipient: OptionCard | None
    draft: ReleaseCard | None
    signed: ReleaseCard | None
    options: tuple[OptionCard, ...] = ()
    answer: Mapping[str, Any] = field(default_factory=dict)

    @property
    def open_options(self) -> tuple[OptionCard, ...]:
        """Those that can still be chosen."""
        return tuple(option for option in self.options if not option.tried)

    @property
    def choosing(self) -> str:
        """The move that chooses now: choose, choose_next, or "" where there is nothing to choose."""
        found = [code for code in ("choose", "choose_next") if code in self.moves]
        return found[0] if found and self.open_options else ""


def language_of(actor: Actor) -> str:
    """The language of the client behind this session."""
    assert actor.client_id is not None
    return client_row(actor, actor.client_id).language


@dataclass(frozen=True)
class ClientHome:
    """lines: the client's referrals, open ones first, newest first. to_stay: those that ask if another way would do."""

    lines: list[ClientLine]
    to_stay: list[UUID]


def client_home(actor: Actor, *, now: datetime) -> ClientHome:
    """What the client's page begins with; one audit entry."""
    offered = Exists(Option.objects.filter(referral=OuterRef("pk")))
    asked = Exists(Reasoning.objects.filter(referral=OuterRef("pk"), asked_client_at__isnull=False))
    found = visible_referrals(actor).annotate(offered=offered, asked_to_stay=asked)
    rows: list[Any] = list(found.order_by("closed_at", "-created_at"))
    audit.record(actor, "list", "referral", now=now, clients=[actor.client_id] if actor.client_id else [])
    lines = [
        ClientLine(row.pk, (row.need.reveal() or {}).get("kind", ""), row.state, row.waiting_on == "client")
        for row in rows
        # A need that was never offered is the clinician's thought still: it is talked about before it is read here.
        if row.state != "needed" or row.offered
    ]
    return ClientHome(
        lines=sorted(lines, key=lambda line: line.state == "closed"),
        to_stay=[row.pk for row in rows if row.asked_to_stay and row.state != "closed" and not all_told(row)],
    )


def client_page(actor: Actor, referral_id: UUID, *, now: datetime) -> ClientPage:
    """The client's door to one of her referrals, with the audit row. NotThere for anyone else's."""
    row = referral_row(actor, referral_id)
    audit.record(actor, "open", "referral", row.pk, now=now, clients=[row.client_id])
    today = today_at(row.practice, now)
    options = _options(row, today)
    delivery = _last_delivery(row)
    releases = releases_of(row.client_id, today=today, referral_id=row.pk)
    told = row.attendances.filter(side="client", attempt=row.attempt).order_by("-at").first()
    hers = row.waiting_on == "client"
    return ClientPage(
        id=row.pk, state=row.state, kind=row.kind, help=(row.need.reveal() or {}).get("kind", ""),
        therapist=row.owner.user.name, practice=row.practice.name, phone=row.practice.phone,
        zone=row.practice.time_zone, reason=row.client_reason.reveal(),
        single_option_reason=row.single_option_reason.reveal(),
        moves=frozenset(move.code for move in moves_from(row.state, side="client")) - moves_off(row.practice.switches),
        last_move=last_move(row),
        arcs=tuple(arcs(row.state, waiting_on="referrer" if hers else "others")), due_at=row.due_at,
        session_at=row.session_at, moves_made=row.moves_made, go_on_agreed=row.go_on_agreed,
        identified=is_identified(row.client_id), told=told.told if told else "",
        checked_in=row.check_ins.filter(side="client", attempt=row.attempt).exists(), outcome=row.outcome,
        recipient=_recipient(options, delivery), draft=_draft(row, releases),
        signed=next((release for release in releases if release.in_force), None), options=options,
        answer=dict(delivery.answer_facts.reveal() or {}) if delivery else {},
    )  # fmt: skip


def _last_delivery(row: Referral) -> Delivery | None:
    rows = row.deliveries.exclude(state__in=("withdrawn", "failed"))
    return rows.select_related("packet").order_by("-queued_at", "-packet__version").first()


def _draft(row: Referral, releases: list[ReleaseCard]) -> ReleaseCard | None:
    if row.state != "chosen":
        return None
    return next((release for release in releases if release.signed_at is None), None)


def _recipient(options: tuple[OptionCard, ...], delivery: Delivery | None) -> OptionCard | None:
    if delivery is not None:
        return next((option for option in options if option.listing_id == delivery.listing_id), None)
    ranked = [option for option in options if option.rank is not None and not option.tried]
    return min(ranked, key=lambda option: option.rank or 0, default=None)


def _options(row: Referral, today: date) -> tuple[OptionCard, ...]:
    rows = list(Option.objects.filter(referral=row, dropped_at=None).select_related("listing").order_by("order"))
    known = known_facts(row.practice_id, [option.listing_id for option in rows], today=today)
    need = row.need.reveal() or {}
    ties = ties_of(row.practice_id, [option.listing_id for option in rows])
    return tuple(
        replace(card, tie_text=ties[card.listing_id][1] or card.tie_text) if card.listing_id in ties else card
        for card in (_card(option, known.get(option.listing_id, {}), need) for option in rows)
    )


def _first(wanted: list[str], offered: list[str], count: int) -> tuple[str, ...]:
    """What was asked for and is offered comes first."""
    asked = [code for code in wanted if code in offered]
    return tuple([*asked, *(code for code in offered if code not in asked)][:count])


def _card(option: Option, known: dict[str, Any], need: Mapping[str, Any]) -> OptionCard:
    plan = (need.get("payment") or {}).get("plan") or ""
    secret = bool(known.get("confidential"))
    why = option.why.reveal() or {}
    wanted = [*(need.get("concerns") or []), *(need.get("concerns_wished") or [])]
    methods = [*(need.get("modalities_must") or []), *(need.get("modalities_wished") or [])]
    plans = known.get("plans")
    return OptionCard(
        listing_id=option.listing_id, name=known.get("name") or option.listing.name, about=known.get("about") or "",
        treats=_first(wanted, known.get("specialises_in") or known.get("treats") or [], 3),
        modalities=_first(methods, known.get("modalities") or [], 3), plan=plan,
        lists_plan=None if plans is None or not plan else plan in plans, out_of_network=known.get("out_of_network"),
        fee=known.get("fee"), sliding_scale=known.get("sliding_scale"), sliding_floor=known.get("sliding_floor"),
        accepting=known.get("accepting") or "", wait_days=known.get("wait_days"),
        formats=tuple(known.get("formats") or ()), miles=None if secret else why.get("miles"),
        city="" if secret else known.get("city") or "", times=tuple(known.get("times") or ()),
        languages=tuple(known.get("languages") or ()), access=tuple(known.get("access") or ()),
        phone=known.get("phone") or "", email=known.get("email") or "", website=known.get("website") or "",
        address="" if secret else _address(known), tie_text=option.tie_text, rank=option.client_rank,
        tried=option.tried, ask=tuple(why.get("ask") or ()),
    )  # fmt: skip


def _address(known: Mapping[str, Any]) -> str:
    place = " ".join(filter(None, (known.get("state"), known.get("zip"))))
    return ", ".join(filter(None, (known.get("address"), known.get("city"), place)))


def release_copy(actor: Actor, referral_id: UUID, *, now: datetime) -> bytes:
    """The client's copy of the release she signed last for this referral, as PDF. NotThere where she signed none."""
    row = referral_row(actor, referral_id)
    releases = releases_of(row.client_id, today=today_at(row.practice, now), referral_id=row.pk)
    signed = [release for release in releases if release.signed_at]
    if not signed:
        raise NotThere(subject=referral_id)
    audit.record(actor, "copy", "release", signed[0].id, now=now, clients=[row.client_id])
    record_copy(actor, row.client_id, signed[0].id, how="portal", now=now)
    return copy_of(signed[0], ZoneInfo(row.practice.time_zone))
