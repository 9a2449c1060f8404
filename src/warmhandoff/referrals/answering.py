"""The recipient's answer: on the reply page behind link and code, or logged by staff who took the call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from warmhandoff.clients import releasing
from warmhandoff.core import audit, limits
from warmhandoff.core.links import same_code, token_hash
from warmhandoff.directory.answered import facts_of_answer, heard
from warmhandoff.directory.measuring import note_outcome
from warmhandoff.referrals.crossing import tell_receiver
from warmhandoff.referrals.leaving import (
    Form,
    Given,
    cleared_delivery,
    content_of,
    current,
    data_of,
    gate_of_delivery,
    pdf_of,
)
from warmhandoff.referrals.models import Delivery, Referral
from warmhandoff.referrals.moving import Made, move
from warmhandoff.referrals.queries import referral_row
from warmhandoff.referrals.telling import tell_client
from warmhandoff.referrals.timers import answer_due
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NoRelease, NotNow, NotThere, Problem
from warmhandoff.rules.release import Decision
from warmhandoff.rules.vocab import vocabulary

WRONG_CODES = 5
MOST_NAMES, LONGEST_NAME = 3, 300
ANSWERS = ("accept", "decline", "ask", "waitlist")
_UNKNOWN = "This link and code do not fit together, or the link has ended. Please call the sender."


def open_with_code(token: str, code: str, *, now: datetime, address: str = "") -> Actor:
    """The recipient behind link and code. Unknown, ended, revoked links and wrong codes look the same (NotThere)."""
    key = token_hash("reply", token)
    limits.check("reply_link", key, now=now, address=address)
    delivery = Delivery.objects.filter(token_hash=key, state="handed_over", expires_at__gt=now).first()
    if delivery is None or delivery.wrong_codes >= WRONG_CODES or not same_code(code, delivery.code.reveal()):
        limits.failed("reply_link", key, now=now, address=address)
        if delivery is not None:
            Delivery.objects.filter(pk=delivery.pk).update(wrong_codes=F("wrong_codes") + 1)
        raise NotThere(_UNKNOWN)
    limits.succeeded("reply_link", key, address=address)
    return recipient_actor(delivery)


def recipient_actor(delivery: Delivery) -> Actor:
    return Actor(
        side="recipient", practice_id=delivery.practice_id, delivery_id=delivery.pk, name=delivery.listing.name
    )


def recipient_actor_by_id(delivery_id: UUID, *, now: datetime) -> Actor:
    """The actor of a reply session whose link is still good."""
    delivery = Delivery.objects.filter(
        pk=delivery_id, state="handed_over", expires_at__gt=now, token_hash__isnull=False
    ).first()
    if delivery is None:
        raise NotThere(_UNKNOWN)
    return recipient_actor(delivery)


@dataclass(frozen=True)
class ReplyPage:
    """What the recipient sees: the packet as frozen, and where the referral stands for her.

    is_live: whether the client is with this recipient still; else nothing of where she went is told.
    """

    referral_id: UUID
    is_live: bool
    content: dict[str, Any]
    sha256: str
    practice: str
    state: str
    answer: str
    answered: bool
    question: str
    question_answer: str
    session_at: datetime | None
    time_zone: str
    due_at: datetime | None
    moves_made: int


def delivery_of(actor: Actor) -> Delivery:
    """The delivery behind link and code. NotThere for anyone else."""
    rows = Delivery.objects.select_related("referral__client__practice", "referral__practice", "packet", "listing")
    delivery = rows.filter(pk__in=[actor.delivery_id], practice_id=actor.practice_id, state="handed_over").first()
    if actor.side != "recipient" or delivery is None:
        raise NotThere(_UNKNOWN)
    return delivery


def _given(actor: Actor, form: Form[Given], now: datetime) -> tuple[Delivery, Given]:
    """Past the gate, with the release held until it is read: a revocation comes wholly before this, or after it."""
    try:
        with transaction.atomic():
            delivery = delivery_of(actor)
            cleared = cleared_delivery(delivery, now)
            given = form(current(delivery), cleared)
            Delivery.objects.filter(pk=delivery.pk, opened_at=None).update(opened_at=now)
            audit.record(actor, "disclose", "delivery", delivery.pk, now=now, clients=[delivery.referral.client_id],
                         basis=cleared.basis)
            return delivery, given
    except NoRelease as refusal:
        row = delivery_of(actor)
        releasing.record_refused_disclosure(actor, row.referral.client, refusal.message, row.listing_id, now=now)
        raise NotThere(_UNKNOWN) from refusal


def open_delivery(actor: Actor, *, now: datetime) -> ReplyPage:
    """The recipient's door: past the gate again on every look, and audited as a disclosure."""
    delivery, content = _given(actor, content_of, now)
    referral = delivery.referral
    live = is_live(delivery)
    return ReplyPage(
        referral_id=referral.pk, is_live=live, content=content,
        sha256=current(delivery).sha256, practice=referral.practice.name,
        state=referral.state if live else "", answer=delivery.answer, answered=bool(delivery.answered_at),
        question=delivery.question.reveal(), question_answer=delivery.question_answer.reveal(),
        session_at=referral.session_at if live else None, time_zone=referral.practice.time_zone,
        due_at=referral.due_at if live else None,
        moves_made=referral.moves_made,
    )


def packet_for_recipient(actor: Actor, *, now: datetime) -> bytes:
    """The frozen PDF, past the gate like the page."""
    return _given(actor, pdf_of, now)[1]


def packet_data_for_recipient(actor: Actor, *, now: datetime) -> bytes:
    """The packet as data, past the gate like the page."""
    return _given(actor, data_of, now)[1]


@dataclass(frozen=True)
class Answer:
    """What the recipient says. Which facts are needed depends on `kind`: accept openings; decline a reason code;
    ask a question; waitlist about how many weeks. names: others who would fit, with a decline."""

    kind: str
    openings: str = ""
    methods: str = ""
    fees: str = ""
    limits: str = ""
    expectations: str = ""
    words: str = ""
    decline_reason: str = ""
    question: str = ""
    weeks: int | None = None
    names: list[str] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "kind" and value}


def check_answer(answer: Answer) -> None:
    """Refuse (BadInput) an answer that lacks what goes with its kind."""
    if answer.kind not in ANSWERS:
        raise BadInput(Problem("choose an answer", field="kind"))
    if answer.kind == "accept" and not answer.openings.strip():
        raise BadInput(Problem("name one or more first openings", field="openings"))
    if answer.kind == "decline" and answer.decline_reason not in vocabulary("decline_reasons"):
        raise BadInput(Problem("choose a reason", field="decline_reason"))
    if len(answer.names) > MOST_NAMES or any(len(name) > LONGEST_NAME for name in answer.names):
        raise BadInput(Problem("name three at most, each in a line", field="names"))
    if answer.kind == "ask" and not answer.question.strip():
        raise BadInput(Problem("write your question", field="question"))
    if answer.kind == "waitlist" and not (answer.weeks and 1 <= answer.weeks <= 104):
        raise BadInput(Problem("about how many weeks? (1 to 104)", field="weeks"))


def answer_delivery(actor: Actor, answer: Answer, *, now: datetime, seen: int | None = None) -> None:
    """The recipient answers on the reply page. Refused once someone else's answer came first (NotNow or Stale)."""
    check_answer(answer)
    with transaction.atomic():
        delivery = delivery_of(actor)
        if not gate_of_delivery(delivery, now).allowed:
            raise NotThere(_UNKNOWN)
        must_be_live(actor, delivery.referral)
        _answer(delivery, answer, actor=actor, now=now, seen=seen)
    heard(actor, delivery.listing_id, facts_of_answer(answer.kind, answer.facts()), now=now)


def log_answer(actor: Actor, referral_id: UUID, delivery_id: UUID, answer: Answer, *, now: datetime) -> None:
    """Staff log what the recipient said by phone or on paper."""
    check_answer(answer)
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "send")
        delivery = referral.deliveries.select_related("referral__practice", "listing").filter(
            pk=delivery_id, state="handed_over"
        ).first()
        if delivery is None:
            raise NotThere(subject=delivery_id)
        _answer(delivery, answer, actor=actor, now=now, seen=None)
    heard(actor, delivery.listing_id, facts_of_answer(answer.kind, answer.facts()), now=now)


def _answer(delivery: Delivery, answer: Answer, *, actor: Actor, now: datetime, seen: int | None) -> None:
    referral = delivery.referral
    facts = {"delivery": str(delivery.pk), "recipient": delivery.listing.name, **answer.facts()}
    if referral.state == "sent" and (referral.due_at is None or now <= referral.due_at):
        note_outcome(delivery.practice_id, delivery.listing_id, "answered", about=delivery.pk, now=now)
    move(referral, answer.kind, Made(facts=facts, seen=seen), actor=actor, now=now)
    delivery.answer, delivery.answered_at, delivery.answer_facts = answer.kind, now, answer.facts()
    if answer.kind == "ask":
        delivery.question = answer.question.strip()
    delivery.save()
    if answer.kind == "decline":
        referral.options.filter(listing_id=delivery.listing_id).update(tried="declined")
    if answer.kind in ("accept", "decline"):
        tell_client(referral, now=now)


def answer_question(actor: Actor, referral_id: UUID, *, words: str, now: datetime, seen: int | None = None) -> None:
    """Answer a recipient's question: words about the client, so the release decision is taken again."""
    if not words.strip():
        raise BadInput(Problem("write an answer", field="words"))
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "change")
        delivery = referral.deliveries.select_related("referral__client__practice", "packet", "listing").filter(
            state="handed_over", answer="ask"
        ).order_by("-queued_at").first()
        if delivery is None:
            raise NotThere(subject=referral_id)
        decision: Decision = gate_of_delivery(delivery, now, lock=True)
        if decision.allowed:
            due = answer_due(delivery.listing, referral.practice, now)
            facts = {"words": True, "delivery": str(delivery.pk)}
            move(referral, "answer_question", Made(facts=facts, decision=decision, seen=seen, due_at=due),
                 actor=actor, now=now)
            delivery.question_answer, delivery.answer = words.strip(), ""
            delivery.save()
            tell_receiver(delivery, words.strip(), cleared_delivery(delivery, now), now=now)
            return
    releasing.record_refused_disclosure(actor, referral.client, decision.reason, delivery.listing_id, now=now)
    raise NoRelease(decision.reason)


def live_delivery(referral: Referral) -> Delivery | None:
    """The delivery that was handed over last: whom we are talking to now. None once she turned away from there."""
    left = referral.options.filter(tried__in=("poor_fit", "missed")).values("listing_id")
    rows = referral.deliveries.filter(state="handed_over").exclude(listing_id__in=left)
    return rows.order_by("-handed_over_at", "-packet__version").first()


def is_live(delivery: Delivery) -> bool:
    """Whether the client is still with this recipient, and has not gone on to another."""
    live = live_delivery(delivery.referral)
    return live is not None and live.pk == delivery.pk


def must_be_live(actor: Actor, referral: Referral) -> None:
    """A recipient from whom the client has gone on no longer moves the referral (NotNow). Other sides always pass."""
    live = live_delivery(referral)
    if actor.side == "recipient" and (live is None or live.pk != actor.delivery_id):
        raise NotNow("The client has gone on to someone else since then.")


def booking_facts(session_at: datetime | None, now: datetime) -> Mapping[str, Any]:
    """Check a first session's time: it is needed, and lies between a year ago and two years ahead."""
    if session_at is None:
        raise BadInput(Problem("when is the first session?", field="session_at"))
    if not -366 <= (session_at - now).days <= 732:
        raise BadInput(Problem("this day cannot be right", field="session_at"))
    return {"session_at": session_at}
