"""A referral walked through its loop by the actions themselves: what the tests of actions and pages stand on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.cast import NOW, Cast
from warmhandoff.clients.releasing import ReleaseDraft, Signature, draft_release
from warmhandoff.core import jobs
from warmhandoff.directory import listing
from warmhandoff.referrals import answering, asking, attending, choosing, closing, planning, sending
from warmhandoff.referrals.models import Referral

NEED: dict[str, Any] = {
    "kind": "therapist", "level": "outpatient", "payment": {"plan": "aetna"}, "place": {"zip": "78704"},
    "formats": ["in_person"], "radius_miles": 20, "concerns": ["trauma"],
}
FACTS: dict[str, Any] = {
    "kind": "therapist", "levels": ["outpatient"], "treats": ["trauma"], "plans": ["aetna"], "zip": "78704",
    "formats": ["in_person"], "accepting": "open", "wait_days": 7, "phone": "512-555-0101", "address": "1 Oak Street",
    "city": "Austin", "state": "TX",
}
CLASSES = ("contact", "reason")
DAY = timedelta(days=1)


class Loop:
    """One referral of the cast's client, with three listings that meet its need. Each method is one step."""

    def __init__(self, cast: Cast, **listing_facts: Any) -> None:
        self.cast, self.now = cast, NOW
        self.actor = cast.actor()
        names = ("Avery Lowell", "Blake Moreno", "Casey Nguyen")
        self.listings = [self.listing(name, **listing_facts) for name in names]
        self.id = self.refer()

    def listing(self, name: str, **facts: Any) -> int:
        return listing.enter(self.actor, {**FACTS, "name": name, **facts}, now=self.now, verified=True)

    def refer(self, **more: Any) -> UUID:
        new = planning.NewReferral(
            kind="transfer", reason="outside_competence", need=NEED, chart_reason="a private chart reason",
            client_reason="You need someone trained in trauma.", background="A short background.", **more,
        )
        return planning.record_need(self.actor, self.cast.client.pk, new, now=self.now)

    @property
    def row(self) -> Referral:
        return Referral.objects.select_related("practice", "client").get(pk=self.id)

    @property
    def state(self) -> str:
        return self.row.state

    def offer(self, ids: Sequence[int] | None = None, **more: Any) -> Loop:
        asking.offer(self.actor, self.id, self.listings if ids is None else ids, now=self.now, **more)
        return self

    def choose(self, ids: Sequence[int] | None = None, kind: str = "choose", **more: Any) -> Loop:
        ranked = tuple(self.listings[:2] if ids is None else ids)
        choosing.record_choice(
            self.actor, self.id, choosing.ClientChoice(kind=kind, told_by="paper", ranked=ranked, **more), now=self.now
        )
        return self

    def draft(self, classes: Sequence[str] = CLASSES, ids: Sequence[int] | None = None, **more: Any) -> UUID:
        wanted = self.listings[:2] if ids is None else ids
        names = dict(self.row.options.values_list("listing_id", "listing__name"))
        draft = ReleaseDraft(
            referral_id=self.id, recipients=[(one, names[one]) for one in wanted], classes=list(classes),
            purpose="same_service", expires_on=more.get("expires_on", (self.now + 60 * DAY).date()),
        )
        return draft_release(self.actor, self.cast.client.pk, draft, now=self.now)

    def sign(self, **more: Any) -> Loop:
        self.release_id = self.draft(**more)
        signature = Signature(how="paper", name="Rosalind Marlowe", identity="signed before me")
        choosing.sign(self.actor, self.id, self.release_id, signature, now=self.now)
        return self

    def order(self, listing_id: int | None = None, way: str = "link", **more: Any) -> sending.Order:
        to = self.listings[0] if listing_id is None else listing_id
        classes = more.pop("classes", CLASSES)
        seen = sending.preview(self.actor, self.id, to, classes, now=self.now)
        sha256, attested = more.pop("sha256", seen.sha256), more.pop("attested", True)
        return sending.Order(to, classes, way, sha256, attested=attested, **more)

    def send(self, **more: Any) -> Loop:
        self.delivery_id = sending.send(self.actor, self.id, self.order(**more), now=self.now)
        jobs.run_due(self.now)
        return self

    def fall_silent(self) -> Loop:
        """The promise passes; the clock looks, then comes back to the present."""
        self.row.deliveries.update(opened_at=self.now)  # they had it
        jobs.run_due(self.now + 5 * DAY)
        return self

    def answer(self, kind: str, **facts: Any) -> Loop:
        delivery = self.row.deliveries.filter(state="handed_over").order_by("-handed_over_at").first()
        assert delivery is not None
        answering.log_answer(self.actor, self.id, delivery.pk, answering.Answer(kind=kind, **facts), now=self.now)
        return self

    def accept(self) -> Loop:
        return self.answer("accept", openings="Tuesday at three")

    def decline(self) -> Loop:
        return self.answer("decline", decline_reason="full")

    def book(self) -> Loop:
        attending.book(self.actor, self.id, session_at=self.now + 3 * DAY, now=self.now)
        return self

    def attend(self, told: str = "attended") -> Loop:
        attending.tell_attendance(self.actor, self.id, told=told, now=self.now)
        return self

    def check_in(self, fits: str = "yes") -> Loop:
        attending.check_in(self.actor, self.id, fits=fits, comfort=8, words="", now=self.now)
        return self

    def close(self, outcome: str = "attended_fit", why: str = "") -> Loop:
        closing.close(self.actor, self.id, outcome=outcome, why=why, now=self.now)
        return self


def _released(loop: Loop) -> Loop:
    return loop.offer().choose().sign()


# How a referral comes to each state in which staff find it.
WAYS: dict[str, Callable[[Loop], Any]] = {
    "needed": lambda loop: loop,
    "offered": lambda loop: loop.offer(),
    "undecided": lambda loop: loop.offer().choose((), kind="talk_first"),
    "chosen": lambda loop: loop.offer().choose(),
    "released": _released,
    "queued": lambda loop: sending.send(loop.actor, loop.id, _released(loop).order(), now=loop.now),
    "sent": lambda loop: _released(loop).send(),
    "silent": lambda loop: _released(loop).send().fall_silent(),
    "asked": lambda loop: _released(loop).send().answer("ask", question="Which evenings?"),
    "waitlisted": lambda loop: _released(loop).send().answer("waitlist", weeks=4),
    "declined": lambda loop: _released(loop).send().decline(),
    "accepted": lambda loop: _released(loop).send().accept(),
    "taken": lambda loop: loop.offer().choose((), kind="take_list"),
    "booked": lambda loop: _released(loop).send().accept().book(),
    "missed": lambda loop: _released(loop).send().accept().book().attend("missed"),
    "attended": lambda loop: _released(loop).send().accept().attend(),
    "settled": lambda loop: _released(loop).send().accept().attend().check_in(),
    "mismatched": lambda loop: _released(loop).send().accept().attend().check_in("no"),
    "closed": lambda loop: _released(loop).send().accept().attend().check_in().close(),
}


def loop_at(cast: Cast, state: str) -> Loop:
    loop = Loop(cast)
    WAYS[state](loop)
    assert loop.state == state
    return loop
