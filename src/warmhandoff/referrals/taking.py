"""The list a client takes along, and the sheet to choose on: gathered from what is offered to her today."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from warmhandoff.accounts.switches import switches_of
from warmhandoff.clients.releasing import today_at
from warmhandoff.core import audit
from warmhandoff.directory.queries import Card, known_facts, listing_card, ties_of
from warmhandoff.directory.wording import code_in_words
from warmhandoff.documents import choice_pdf, list_pdf
from warmhandoff.referrals.models import Option, Referral
from warmhandoff.referrals.queries import referral_row
from warmhandoff.rules import take_list
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import NotNow


def _facts(card: Card, plan: str, language: str) -> dict[str, str]:
    """What stands under a name, by the names of rules.take_list.WORDS and in the order of the page."""
    words = take_list.WORDS[language]
    old = " " + words["old"]
    place = words["private_place"] if card.confidential else card.address or words["unknown"]
    wait = card.wait + (f".{old}" if "wait_days" in card.stale else "") if card.wait else ""
    named = code_in_words("plans", plan, language) if plan else ""
    lists = bool(plan) and plan in (card.plan_codes or ()) and "plans" not in card.stale
    return {
        "call": card.phone or words["unknown"], "mail": card.email, "web": card.website,
        "where": f"{place} ({card.formats})" if card.formats else place,
        "cost": take_list.cost(words, plan=named, lists=lists, fee=card.fee),
        "plans": card.plans + (f".{old}" if "plans" in card.stale else "") if card.plans else "",
        "openings": wait, "offers": card.modalities, "languages": card.languages, "times": card.times,
        "access": card.access,
    }  # fmt: skip


def _content(row: Referral, actor: Actor, *, now: datetime, script: str = "") -> dict[str, Any]:
    need, language = row.need.reveal() or {}, row.client.language
    options = list(Option.objects.filter(referral=row, dropped_at=None, tried="").order_by("order"))
    ids, today = [option.listing_id for option in options], today_at(row.practice, now)
    cards = {card.id: card for card in listing_card(actor, ids, today=today, language=language)}
    known, ties = known_facts(row.practice_id, ids, today=today), ties_of(row.practice_id, ids)
    plan = (need.get("payment") or {}).get("plan") or ""
    taken = [
        _taken(option, cards[option.listing_id], known.get(option.listing_id, {}), _facts(
            cards[option.listing_id], plan, language), ties.get(option.listing_id, ("", ""))[1])
        for option in options if option.listing_id in cards
    ]  # fmt: skip
    sender = ", ".join(filter(None, (row.practice.name, row.practice.phone)))
    return take_list.compose(
        taken, language=language, sender=sender, from_zip=(need.get("place") or {}).get("zip", ""),
        single_reason=row.single_option_reason.reveal() if len(taken) == 1 else "", script=script,
    )


def _taken(
    option: Option, card: Card, known: Mapping[str, Any], facts: Mapping[str, str], tie: str
) -> take_list.Taken:
    why = option.why.reveal() or {}
    name = f"{card.name}, {card.credentials}" if card.credentials else card.name
    return take_list.Taken(
        name, facts, tie=tie or option.tie_text, ask=tuple(why.get("ask") or ()),
        miles=None if card.confidential else why.get("miles"), zip=known.get("zip") or "",
        confidential=card.confidential,
    )


def list_content(actor: Actor, referral_id: UUID, *, now: datetime, script: str = "") -> dict[str, Any]:
    """The list of what is offered and not tried yet, in her language, as rules.take_list composes it.

    For staff and for the client herself. `options` is empty where nothing is offered. script: her call script.
    """
    row = referral_row(actor, referral_id)
    content = _content(row, actor, now=now, script=script)
    audit.record(actor, "read_list", "referral", row.pk, now=now, clients=[row.client_id])
    return content


def list_file(actor: Actor, referral_id: UUID, *, now: datetime) -> bytes:
    """The list as PDF. NotNow where nothing is offered."""
    return list_pdf(_offered(list_content(actor, referral_id, now=now)))


def paper_form(actor: Actor, referral_id: UUID, *, now: datetime) -> bytes:
    """The list with boxes to mark and the reason in her clinician's words, as PDF. NotNow with nothing offered.

    Staff write down afterwards what she marked. What the practice switched off is not asked on paper either.
    """
    content = _offered(list_content(actor, referral_id, now=now))
    why = referral_row(actor, referral_id).client_reason.reveal()
    on = switches_of(actor.practice_id)
    return choice_pdf({**content, "why": why, "questions": on["choice_questions"], "helpers": on["helpers"]})


def _offered(content: dict[str, Any]) -> dict[str, Any]:
    if not content["options"]:
        raise NotNow("There is no list yet: options are offered first.")
    return content


def helper_with_copy(actor: Actor, referral_id: UUID) -> tuple[str, str]:
    """(kind of helper, name) of whom she allowed a copy of the list with her last choice; ("", "") for nobody."""
    row = referral_row(actor, referral_id)
    last = row.choices.select_related("more").order_by("-at").first()
    more = getattr(last, "more", None)
    return (more.helped_by, more.helper.reveal()) if more is not None and more.helper_gets_list else ("", "")
