"""Gathering what a packet could say from the client's and the referral's record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from warmhandoff.clients.releasing import today_at
from warmhandoff.core import audit
from warmhandoff.directory.queries import listing_name
from warmhandoff.referrals.models import PacketPart, Referral
from warmhandoff.referrals.queries import referral_row
from warmhandoff.rules.access import Actor
from warmhandoff.rules.packet import MOST_CHARACTERS, NOTICE, WHY, WRITTEN, Later, PacketFacts, compose
from warmhandoff.rules.refusals import BadInput, Problem
from warmhandoff.rules.release import Decision
from warmhandoff.rules.vocab import vocabulary
from warmhandoff.rules.wording import plain_date

if TYPE_CHECKING:
    from warmhandoff.clients.models import Client

Lines = list[tuple[str, str]]
# What another part of the product gives for a class (a discharge summary's shareable part, say), by its code.
_GIVEN: dict[str, Callable[[Referral], Lines]] = {}


def give(code: str, find: Callable[[Referral], Lines]) -> None:
    """Register who fills a class of packets from a record of its own: label and text pairs, [] while there is none.

    For `discharge_summary`: the shareable part of the signed summary, never the chart's.
    """
    if code not in WHY or code in WRITTEN:
        raise ValueError(f"{code} is not a class that something else can fill")
    _GIVEN[code] = find


def held(referral_id: UUID) -> tuple[str, ...]:
    """The classes a packet of this referral can hold now; for a door already open."""
    if "discharge_summary" not in _GIVEN:
        return tuple(code for code in WHY if code != "discharge_summary")
    row = Referral.objects.select_related("client").get(pk=referral_id)
    return tuple(code for code in WHY if code != "discharge_summary" or _GIVEN[code](row))


@dataclass(frozen=True)
class Frame:
    """What stands around the classes: for whom, on what it is shared, and whether it amends an earlier one."""

    recipient: str
    summary: str
    later: Later | None = None
    notice: str = NOTICE


def _labels(words: str, codes: Sequence[str]) -> str:
    known = vocabulary(words)
    return ", ".join(known.label(code) for code in codes)


def _payment(need: Mapping[str, Any]) -> str:
    payment = need.get("payment") or {}
    if payment.get("plan"):
        plans = vocabulary("plans")
        plan = payment["plan"]
        return f"Plan: {plans.label(plan) if plan in plans else plan}"
    if payment.get("budget") is not None:
        return f"Can pay up to ${payment['budget'] / 100:.0f} a session"
    return ""


def _contact(client: Client, who_calls: str) -> list[tuple[str, str]]:
    contact, safe = client.contact.reveal() or {}, client.safe_contact.reveal() or {}
    ways = [way for way in ("phone", "mail") if way in safe.get("channels", ())]
    call = {"client": "She will call you herself.", "recipient": "Please call her.",
            "together": "We would like to call together."}[who_calls]
    lines = [("Name", client.name.reveal()), ("Born", client.birth_date.reveal())]
    if "phone" in ways:
        lines.append(("Phone", contact.get("phone", "")))
    if "mail" in ways:
        lines.append(("E-mail", contact.get("email", "")))
    lines += [("How to reach her safely", safe.get("note", "")), ("First contact", call)]
    return lines


def _logistics(need: Mapping[str, Any], client: Client) -> list[tuple[str, str]]:
    return [
        ("Payment", _payment(need)),
        ("Formats", _labels("formats", need.get("formats") or [])),
        ("Times that work", _labels("times", need.get("times") or [])),
        ("Languages", ", ".join(need.get("languages") or [])),
        ("Access needs", _labels("access", need.get("access") or [])),
        ("Pages in", {"en": "English", "es": "Spanish"}[client.language]),
    ]


def _lines(referral: Referral) -> dict[str, list[tuple[str, str]]]:
    need = referral.need.reveal() or {}
    last = referral.choices.filter(kind__in=["choose", "choose_next"]).order_by("-at").first()
    return {
        "contact": _contact(referral.client, last.who_calls if last else "client"),
        "logistics": _logistics(need, referral.client),
        "reason": [
            ("Looking for", referral.title.reveal()),
            ("Concerns", _labels("concerns", need.get("concerns") or [])),
            ("Why", referral.client_reason.reveal()),
            ("What she hopes for", referral.hoped_for.reveal()),
        ],
        "background": [
            ("From the referring clinician", referral.background.reveal()),
            # Her own words are hers: they go along only if she said so.
            ("In her own words", referral.own_words.reveal() if referral.share_own_words else ""),
        ],
        **{code: [("From the referring clinician", text)] for code, text in texts_of(referral.pk).items()},
        **{code: find(referral) for code, find in _GIVEN.items()},
    }


def texts_of(referral_id: UUID) -> dict[str, str]:
    """What was written for the packets of a referral, class by class; for a door already open."""
    return {row.part: row.text.reveal() for row in PacketPart.objects.filter(referral_id=referral_id)}


def write_texts(actor: Actor, referral_id: UUID, texts: Mapping[str, str], *, now: datetime) -> None:
    """Keep what a clinician typed or pasted for classes the record has no fields for; "" takes a text away.

    Refuses strangers (NotThere), classes that are not written by hand, and texts beyond the length (BadInput). A packet
    that was frozen keeps what it said.
    """
    problems = [Problem("this is not written by hand", field=code) for code in texts if code not in WRITTEN]
    for code, text in texts.items():
        if len(text) > MOST_CHARACTERS:
            problems.append(Problem(f"shorten it to {MOST_CHARACTERS} characters", field=code))
    if problems:
        raise BadInput(*problems)
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "change")
        for code, text in texts.items():
            _keep(referral, code, text.strip(), actor, now)
        audit.record(actor, "write_packet_texts", "referral", referral.pk, now=now, clients=[referral.client_id])


def _keep(referral: Referral, code: str, text: str, actor: Actor, now: datetime) -> None:
    row = PacketPart.objects.filter(referral=referral, part=code).first()
    if not text:
        PacketPart.objects.filter(referral=referral, part=code).delete()
    elif row is None or row.text.reveal() != text:
        row = row or PacketPart(practice_id=referral.practice_id, referral=referral, part=code)
        row.text, row.written_at, row.written_by_id = text, now, actor.member
        row.save()


def compose_packet(
    referral: Referral, frame: Frame, classes: Sequence[str], *, now: datetime
) -> dict[str, Any]:
    """The packet's content for one recipient, from the record as it is now. Refuses classes it cannot hold."""
    can_hold = held(referral.pk)
    wrong = [code for code in classes if code not in can_hold]
    if wrong:
        raise BadInput(Problem(f"a packet cannot hold {wrong[0]!r}", field="classes"))
    titles = {code: vocabulary("information_classes").label(code) for code in WHY}
    practice, owner = referral.practice, referral.owner.user
    facts = PacketFacts(
        sender=f"{owner.name}, {practice.name}", sender_contact=practice.phone, recipient=frame.recipient,
        client=referral.client.name.reveal(), purpose=vocabulary("purposes").label(referral.purpose),
        release_summary=frame.summary, prepared_on=today_at(practice, now), lines=_lines(referral),
        later=frame.later, notice=frame.notice,
    )
    return compose(facts, classes, titles)


def frame_of(referral: Referral, listing_id: int, decision: Decision, later: Later | None = None) -> Frame:
    """The frame of a packet that rides on a release: which permission it is, and what that covers."""
    return Frame(listing_name(listing_id), _summary(referral, decision), later)


def _summary(referral: Referral, decision: Decision) -> str:
    if not decision.allowed or decision.release_id is None:
        return "Not covered by a release: this packet cannot be sent."
    release = referral.client.releases.get(pk=decision.release_id)
    signed = plain_date(release.signed_at.date(), "en") if release.signed_at else ""
    shown = "; ".join(vocabulary("information_classes").label(code) for code in release.classes)
    return (
        f"Shared with the client's written permission of {signed}, which covers: {shown}. "
        f"It ends on {plain_date(release.expires_on, 'en')}; the client can end it sooner."
    )
