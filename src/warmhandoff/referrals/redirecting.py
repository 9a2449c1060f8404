"""Redirecting: not me, but these would fit. Up to three names from the practice's own network, matched to the need.

Nothing is sent to those who are named: the client and whoever sent her decide. The three questions before an answer
(can I, have I room, do I want it) are kept apart, and stay on this side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from warmhandoff import matching
from warmhandoff.directory.browsing import Asked, found_ids
from warmhandoff.directory.finding import find
from warmhandoff.directory.kept_by import kept_listings
from warmhandoff.directory.queries import Card, listing_card
from warmhandoff.referrals.answering import MOST_NAMES, Answer, check_answer
from warmhandoff.referrals.crossing import tell_sender
from warmhandoff.referrals.inbox import incoming_row, visible_incoming
from warmhandoff.referrals.models import Incoming, Weighed
from warmhandoff.referrals.moving import Made
from warmhandoff.referrals.receiving import advance
from warmhandoff.rules.access import Actor
from warmhandoff.rules.incoming import THREE_QUESTIONS
from warmhandoff.rules.refusals import BadInput, NotThere, Problem

_LOOKED_BACK = timedelta(days=366)
_MOST_LOOKED_AT = 200
OUTSIDE = frozenset({"outside_niche", "outside_competence", "level_of_care"})


def find_others(actor: Actor, incoming_id: UUID, need: Mapping[str, Any], *, today: date) -> matching.Answer:
    """The best options and possibles for a need within the practice's own network, as `directory.finding.find`.

    Without the listings that whoever has the referral keeps as her own, and without the sender's. NotThere for
    strangers; refuses a need as `matching.parse_need` does.
    """
    row = incoming_row(actor, incoming_id, "send")
    own = found_ids(actor, Asked(scope="network"), today=today)
    others = set(own) - set(kept_listings(row.to_member_id)) - {row.listing_id}
    return find(actor, need, today=today, within=others)


@dataclass(frozen=True)
class Redirect:
    """Who is named, why it is not us (a code of decline_reasons), and words to go with it."""

    listings: Sequence[int]
    decline_reason: str = "outside_niche"
    words: str = ""


def redirect(
    actor: Actor, incoming_id: UUID, given: Redirect, *, today: date, now: datetime, seen: int | None = None
) -> list[str]:
    """Name others who would fit in place of a yes. Returns the names as they are told.

    Refuses none or more than three, a single one without words of why (BadInput), who is not in the practice's
    network (NotThere), an answer after the last word (NotNow), and the slower of two who answer at once (Stale).
    """
    wanted = list(dict.fromkeys(given.listings))
    if not 1 <= len(wanted) <= MOST_NAMES:
        raise BadInput(Problem("choose one, two or three names", field="listing"))
    if len(wanted) == 1 and not given.words.strip():
        raise BadInput(Problem("one name alone: say why this one", field="words"))
    with transaction.atomic():
        row = incoming_row(actor, incoming_id, "send")
        names = _names(actor, wanted, today)
        answer = Answer("decline", decline_reason=given.decline_reason, words=given.words.strip(), names=names)
        check_answer(answer)
        facts = answer.facts()
        before = row.answer_facts.reveal() or {}
        talk = {name: before[name] for name in ("question", "question_answer") if before.get(name)}
        changes = {"due_at": None, "answered_at": now, "answer_facts": {**talk, **facts}}
        told = {"decline_reason": given.decline_reason, "listings": wanted}
        advance(row, "redirect", Made(facts=told, changes=changes, seen=seen), actor=actor, now=now)
        tell_sender(row, "decline", facts, now=now)
    return names


def _names(actor: Actor, wanted: Sequence[int], today: date) -> list[str]:
    """Each as a line to read out: name, credentials, telephone, and a tie of ours, which nobody is to learn later."""
    known = set(found_ids(actor, Asked(scope="network"), today=today))
    if not known.issuperset(wanted):
        raise NotThere(subject=wanted[0])
    cards = {card.id: card for card in listing_card(actor, list(wanted), today=today)}
    return [_line(cards[one]) for one in wanted if one in cards]


def _line(card: Card) -> str:
    words = ", ".join(part for part in (card.name, card.credentials, card.phone) if part)
    tie = f" (a tie of ours: {card.tie_text})" if card.tie_text else ""
    return f"{words}{tie}"[:300]


def weigh(actor: Actor, incoming_id: UUID, answers: Mapping[str, str], *, now: datetime) -> None:
    """Keep the answers to the three questions ("can", "room", "want": yes, no or ""). Refuses others (BadInput)."""
    if any(name not in THREE_QUESTIONS or said not in ("", "yes", "no") for name, said in answers.items()):
        raise BadInput(Problem("yes or no", field="can"))
    row = incoming_row(actor, incoming_id, "send")
    if any(answers.values()):
        told = {name: answers.get(name, "") for name in THREE_QUESTIONS}
        Weighed.objects.update_or_create(incoming=row, defaults={"practice_id": row.practice_id, "at": now, **told})


@dataclass(frozen=True)
class Source:
    """What came from the same sender within a year before, and what became of it: what a yes would add to."""

    came: int
    accepted: int
    outside: int


def source_before(actor: Actor, incoming_id: UUID, *, now: datetime) -> Source:
    """Counts of the sender's other referrals that the actor may see, by listing or else by name."""
    row = incoming_row(actor, incoming_id)
    if row.from_kind != "colleague":
        return Source(0, 0, 0)
    others = visible_incoming(actor).filter(from_kind="colleague", received_at__gt=now - _LOOKED_BACK)
    latest = others.exclude(pk=row.pk).order_by("-received_at")[:_MOST_LOOKED_AT]
    same = [one for one in latest if _same_sender(row, one)]
    return Source(len(same), sum(one.state == "accepted" for one in same), sum(_was_outside(one) for one in same))


def _same_sender(row: Incoming, other: Incoming) -> bool:
    if row.listing_id is not None and other.listing_id is not None:
        return row.listing_id == other.listing_id
    return bool(row.from_name.reveal().casefold().strip() == other.from_name.reveal().casefold().strip())


def _was_outside(row: Incoming) -> bool:
    facts = row.answer_facts.reveal() or {}
    return row.state in ("declined", "redirected") and facts.get("decline_reason") in OUTSIDE
