"""Random lives of a referral: anyone does anything, at any time, through the real actions, on real rows."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.cast import Cast
from tests.flows import walk as way
from warmhandoff.clients.caring import ClientFacts, add_client, record_identity_check
from warmhandoff.clients.inviting import client_actor_by_id
from warmhandoff.clients.models import Release
from warmhandoff.clients.releasing import ReleaseDraft, Signature, draft_release
from warmhandoff.core import jobs
from warmhandoff.referrals import (
    answering,
    asking,
    attending,
    checking_in,
    choosing,
    closing,
    going_on,
    handing_over,
    linking,
    planning,
    sending,
    talking,
)
from warmhandoff.referrals.models import Delivery, Referral
from warmhandoff.rules.access import Actor
from warmhandoff.rules.outcomes import reasons
from warmhandoff.rules.vocab import vocabulary

CLASSES = ("contact", "logistics", "reason")
OWNERS = ("clinician", "colleague", "supervisor")
Act = Callable[["Life"], Any]


@dataclass
class Life:
    """One referral of a client of its own, and what was done with it so far."""

    cast: Cast
    listings: list[int]
    seed: int
    done: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.now = self.cast.now
        self.owner = "clinician"
        facts = ClientFacts(
            name=f"Zenobia Quill{self.seed}", phone="512-555-0177", email="zenobia@client.example", zip="78704",
            safe_contact={"channels": self.pick([["mail"], [], ["mail", "phone"]]), "voicemail": False, "note": ""},
        )
        self.client_id = add_client(self.staff, facts, now=self.now)
        record_identity_check(self.staff, self.client_id, how="seen in session", now=self.now)
        self.referral_id = planning.record_need(self.staff, self.client_id, self.new(), now=self.now)

    def new(self) -> planning.NewReferral:
        return planning.NewReferral(
            kind=self.pick(["transfer", "transfer", "adjunct"]), reason="outside_competence", purpose="specialized",
            need=dict(way.listings.NEED), client_reason="You need someone trained in trauma work.",
        )

    def pick(self, among: Any) -> Any:
        return self.chance.choice(list(among))

    @property
    def row(self) -> Referral:
        return Referral.objects.select_related("owner", "next_owner", "client").get(pk=self.referral_id)

    @property
    def staff(self) -> Actor:
        return self.cast.actor(self.owner)

    @property
    def client(self) -> Actor:
        return client_actor_by_id(self.cast.practice.pk, self.client_id)

    @property
    def side(self) -> Actor:
        """Someone of any side: a recipient may be one of long ago."""
        return self.pick([lambda: self.staff, lambda: self.client, self.recipient])()

    def recipient(self) -> Actor:
        return answering.recipient_actor(self.delivery())

    def delivery(self) -> Delivery:
        rows = Delivery.objects.select_related("listing").filter(referral_id=self.referral_id)
        return self.pick(rows.order_by("queued_at", "pk"))

    def release_id(self) -> UUID:
        rows = Release.objects.filter(client_id=self.client_id).order_by("drafted_at", "pk")
        return self.pick(rows.values_list("pk", flat=True))

    def some(self, at_least: int = 1) -> list[int]:
        return self.chance.sample(self.listings, self.chance.randint(at_least, len(self.listings)))


def offer(life: Life) -> None:
    asking.offer(life.staff, life.referral_id, life.some(2), now=life.now)


def choose(life: Life) -> None:
    kind = life.pick(["choose", "choose", "choose_next", *choosing.KINDS])
    ranked = life.some() if kind.startswith("choose") and kind != "choose_none" else []
    choice = choosing.ClientChoice(kind, "portal", ranked=ranked, go_on=life.chance.random() < 0.7)
    choosing.record_choice(life.pick([life.client, life.staff]), life.referral_id, choice, now=life.now)


def draft(life: Life) -> None:
    names = dict(life.row.options.values_list("listing_id", "listing__name"))
    named = [one for one in life.some() if one in names] or list(names)[:1]
    until = life.now.date() + timedelta(days=life.pick([0, 20, 90]))
    new = ReleaseDraft(
        life.referral_id, [(one, names[one]) for one in named], CLASSES[: life.pick([2, 3])], "specialized",
        expires_on=until,
    )
    draft_release(life.staff, life.client_id, new, now=life.now)


def sign(life: Life) -> None:
    how = Signature("portal", "Zenobia Quill")
    choosing.sign(life.client, life.referral_id, life.release_id(), how, now=life.now)


def draft_and_sign(life: Life) -> None:
    draft(life)
    newest = Release.objects.filter(client_id=life.client_id).latest("drafted_at")
    choosing.sign(life.client, life.referral_id, newest.pk, Signature("portal", "Zenobia Quill"), now=life.now)


def send(life: Life) -> None:
    first = life.row.options.filter(client_rank=1).values_list("listing_id", flat=True).first()
    to = first if first and life.chance.random() < 0.8 else life.pick(life.listings)
    classes = CLASSES[: life.pick([1, 2, 3])]
    shown = sending.preview(life.staff, life.referral_id, to, classes, now=life.now)
    mail = life.pick(["", "lena@listing.example"])
    by = life.pick(["link", "link", "paper", "phone"])
    order = sending.Order(to, classes, by, shown.sha256, to=mail, attested=True)
    sending.send(life.staff, life.referral_id, order, now=life.now)


def an_answer(life: Life) -> answering.Answer:
    kind = life.pick(["accept", "accept", *answering.ANSWERS])
    facts = {"accept": {"openings": "Monday at nine"}, "ask": {"question": "Which evenings?"},
             "decline": {"decline_reason": life.pick(vocabulary("decline_reasons"))},
             "waitlist": {"weeks": life.chance.randint(1, 12)}}
    return answering.Answer(kind, **facts[kind])  # type: ignore[arg-type]


def answer(life: Life) -> None:
    answering.answer_delivery(life.recipient(), an_answer(life), now=life.now)


def log_answer(life: Life) -> None:
    answering.log_answer(life.staff, life.referral_id, life.delivery().pk, an_answer(life), now=life.now)


def answer_question(life: Life) -> None:
    answering.answer_question(life.staff, life.referral_id, words="Thursdays", now=life.now)


def look(life: Life) -> None:
    answering.open_delivery(life.recipient(), now=life.now)


def book(life: Life) -> None:
    at = life.now + timedelta(days=life.chance.randint(-2, 9))
    attending.book(life.side, life.referral_id, session_at=at, now=life.now)


def tell(life: Life) -> None:
    told = life.pick(["attended", "attended", *attending.TOLD])
    attending.tell_attendance(life.side, life.referral_id, told=told, now=life.now)


def check_in(life: Life) -> None:
    by = life.pick([life.client, life.staff])
    comfort = life.pick([None, *range(11)])
    attending.check_in(by, life.referral_id, fits=life.pick(attending.FITS), comfort=comfort, words="",
                       needs_else=life.chance.random() < 0.2, now=life.now)


def agree(life: Life) -> None:
    by = life.pick([life.client, life.staff])
    checking_in.agree(by, life.referral_id, how=life.pick(["page", "phone"]), now=life.now)


def stop_asking(life: Life) -> None:
    checking_in.stop(life.client, life.referral_id, now=life.now)


def tell_waiting(life: Life) -> None:
    by = life.pick([life.client, life.staff])
    needs_else = life.chance.random() < 0.3
    checking_in.tell_waiting(by, life.referral_id, comfort=4, words="", needs_else=needs_else, now=life.now)


def talk(life: Life) -> None:
    talking.log_conversation(life.staff, life.referral_id, held_on=life.now.date(), how="phone", beats=[],
                             how_taken="", now=life.now)


def close(life: Life) -> None:
    outcome = life.pick(["attended_fit", "attended_poor_fit", *vocabulary("outcomes")])
    fitting = [code for code, one in reasons().items() if outcome in one.outcomes]
    closing.close(life.staff, life.referral_id, outcome=outcome, why="said so", reason=life.pick(["", *fitting]),
                  now=life.now)


def reopen(life: Life) -> None:
    closing.reopen(life.staff, life.referral_id, why="she asked again", now=life.now)


def revoke(life: Life) -> None:
    sending.revoke(life.pick([life.client, life.staff]), life.referral_id, life.release_id(), now=life.now)


def go_on(life: Life) -> None:
    going_on.go_on(life.staff, life.referral_id, way=life.pick(["", "link", "paper", "phone"]), now=life.now)


def hand_to(life: Life) -> None:
    heir = life.pick(OWNERS)
    planning.hand_to(life.staff, life.referral_id, life.cast.members[heir].pk, now=life.now)
    life.owner = heir


def hand_over(life: Life) -> None:
    """The owner leaves what she holds to another, all of it."""
    heir = life.pick([one for one in OWNERS if one != life.owner])
    plan = handing_over.Plan(heir=life.cast.members[heir].pk, supervisor=None)
    handing_over.hand_over(life.cast.actor("admin"), life.cast.members[life.owner].pk, plan, now=life.now)
    life.owner = heir


def leave(life: Life) -> None:
    """The owner leaves the practice; without an heir it is refused."""
    heir = life.pick([None, *(one for one in OWNERS if one != life.owner)])
    plan = handing_over.Plan(heir=life.cast.members[heir].pk if heir else None)
    gone = life.cast.members[life.owner]
    handing_over.hand_over(life.cast.actor("admin"), gone.pk, plan, now=life.now, leave=True)
    life.owner = heir or life.owner


def find_more(life: Life) -> None:
    asking.find_more(life.staff, life.referral_id, now=life.now)


def change_need(life: Life) -> None:
    planning.change_need(life.staff, life.referral_id, life.new(), seen=None, now=life.now)


def put_off(life: Life) -> None:
    later = life.now + timedelta(days=life.chance.randint(-1, 20))
    planning.put_off(life.staff, life.referral_id, due_at=later, why="she is away", now=life.now)


def remind(life: Life) -> None:
    linking.remind(life.staff, life.referral_id, life.delivery().pk, now=life.now)


def clock(life: Life) -> None:
    jobs.run_due(life.now)


def time_passes(life: Life) -> None:
    life.now += timedelta(days=life.pick([1, 3, 8, 30]))
    jobs.run_due(life.now)


# What is done next, the likelier where the referral stands; anything may be tried anywhere.
ANYTIME: tuple[Act, ...] = (
    offer, choose, draft, sign, send, answer, log_answer, answer_question, look, book, tell, check_in, close, reopen,
    revoke, go_on, hand_to, hand_over, leave, find_more, change_need, put_off, remind, clock, time_passes,
    agree, agree, stop_asking, tell_waiting, talk,
)
LIKELY: dict[str, tuple[Act, ...]] = {
    "needed": (offer,), "offered": (choose,), "undecided": (choose, offer, find_more), "chosen": (draft_and_sign,),
    "released": (send,), "queued": (clock, time_passes, revoke), "sent": (answer, log_answer, time_passes, look),
    "asked": (answer_question,), "silent": (go_on, choose, log_answer), "declined": (go_on, choose, find_more),
    "waitlisted": (answer, choose), "accepted": (book, tell), "taken": (tell, book), "booked": (tell, time_passes),
    "missed": (book, choose, find_more), "attended": (check_in, tell), "mismatched": (choose, find_more, close),
    "settled": (close, check_in), "closed": (reopen,),
}  # fmt: skip


def next_act(life: Life) -> Act:
    likely = LIKELY[Referral.objects.values_list("state", flat=True).get(pk=life.referral_id)]
    act: Act = life.pick(likely if life.chance.random() < 0.75 else ANYTIME)
    return act
