"""Gathering what a packet could say from the client's and the referral's record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from warmhandoff.clients.releasing import today_at
from warmhandoff.directory.queries import listing_name
from warmhandoff.referrals.models import Referral
from warmhandoff.referrals.own_words import words_for_packet
from warmhandoff.rules.packet import PacketFacts, compose
from warmhandoff.rules.refusals import BadInput, Problem
from warmhandoff.rules.release import Decision
from warmhandoff.rules.vocab import vocabulary
from warmhandoff.rules.wording import plain_date

if TYPE_CHECKING:
    from warmhandoff.clients.models import Client

# The classes a packet can hold today; the record has no fields of its own for the others yet.
HELD = ("contact", "logistics", "reason", "background")


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
            ("In her own words", words_for_packet(referral)),
        ],
    }


def compose_packet(
    referral: Referral, listing_id: int, classes: Sequence[str], decision: Decision, *, now: datetime
) -> dict[str, Any]:
    """The packet's content for one recipient, from the record as it is now. Refuses classes it cannot hold."""
    wrong = [code for code in classes if code not in HELD]
    if wrong:
        raise BadInput(Problem(f"a packet cannot hold {wrong[0]!r} yet", field="classes"))
    titles = {code: vocabulary("information_classes").label(code) for code in HELD}
    practice, owner = referral.practice, referral.owner.user
    facts = PacketFacts(
        sender=f"{owner.name}, {practice.name}", sender_contact=practice.phone, recipient=listing_name(listing_id),
        client=referral.client.name.reveal(), purpose=vocabulary("purposes").label(referral.purpose),
        release_summary=_summary(referral, decision), prepared_on=today_at(practice, now), lines=_lines(referral),
    )
    return compose(facts, classes, titles)


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
