"""One referral's story, told through the actions: each line of it is something that someone did at a certain time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from warmhandoff.clients import caring, inviting, releasing
from warmhandoff.core import jobs, outbox
from warmhandoff.demo.asking import ASKING
from warmhandoff.demo.calendar import ZONE, Calendar
from warmhandoff.directory.queries import mail_address
from warmhandoff.referrals import answering, asking, attending, choosing, closing, planning, queries, sending, talking
from warmhandoff.rules.access import Actor

BEATS = ("common", "progress", "reason", "responsibility", "choice", "holding", "questions")
CLASSES = ("contact", "logistics", "reason")


@dataclass
class Person:
    """A client of the demo. `id` is known once she has been added; `identified` once someone checked who she is."""

    about: dict[str, Any]
    facts: caring.ClientFacts
    actor: Actor
    id: UUID | None = None
    identified: bool = False

    @property
    def added(self) -> UUID:
        assert self.id is not None, "a story begins after its client was added"
        return self.id


@dataclass(frozen=True)
class Step:
    """One line of a story: "13 11:30 offer 3 | words". `when` is None for what happens at the very end ("now ...")."""

    when: datetime | None
    verb: str
    how: tuple[str, ...]
    words: str

    @classmethod
    def read(cls, line: str, calendar: Calendar) -> Step:
        head, _, words = line.partition("|")
        day, *rest = head.split()
        if day == "now":
            return cls(None, rest[0], tuple(rest[1:]), words.strip())
        return cls(calendar.moment(int(day), rest[0]), rest[1], tuple(rest[2:]), words.strip())


@dataclass
class Story:
    """A referral under way."""

    person: Person
    about: dict[str, Any]
    calendar: Calendar
    referral_id: UUID | None = None
    release_id: UUID | None = None
    names: dict[int, str] = field(default_factory=dict)  # of the options offered, in their order
    ranked: list[int] = field(default_factory=list)
    delivery: queries.DeliveryLine | None = None

    @property
    def staff(self) -> Actor:
        return self.person.actor

    @property
    def id(self) -> UUID:
        assert self.referral_id is not None, "a story begins with its need"
        return self.referral_id

    def client(self) -> Actor:
        assert self.staff.practice_id is not None
        return inviting.client_actor_by_id(self.staff.practice_id, self.person.added)

    def sent(self, now: datetime) -> queries.DeliveryLine:
        """The delivery as the sender sees it, with the link and the code she would tell by phone."""
        if self.delivery is None:
            self.delivery = queries.open_referral(self.staff, self.id, now=now).deliveries[-1]
        return self.delivery

    def steps(self) -> list[Step]:
        return [Step.read(line, self.calendar) for line in self.about["story"]]

    def session(self) -> datetime | None:
        """The first session this story will come to: a plus before its day means that it is still to come."""
        for step in self.steps():
            if step.verb == "book":
                back = -int(step.how[0]) if step.how[0].startswith("+") else int(step.how[0])
                return self.calendar.moment(back, step.how[1])
        return None

    def do(self, step: Step, now: datetime) -> None:
        VERBS[step.verb](self, step, now)


Verb = Callable[[Story, Step, datetime], None]


def _need(story: Story, step: Step, now: datetime) -> None:
    about, person = story.about, story.person
    need = {"place": {"zip": person.facts.zip}, "participants": "individual", **about["need"]}
    if need["kind"] in ("group", "program"):
        need["participants"] = "group"
    if need["kind"] in ("therapist", "prescriber", "evaluation"):
        need["age_group"] = _age_group(person.about["age"])
    new = planning.NewReferral(
        kind=about["kind"], reason=about["reason"], purpose=about["purpose"], need=need, title=about["title"],
        chart_reason=about["chart"], client_reason=about["plain"], hoped_for=about.get("hope", ""),
        background=about.get("background", ""),
    )
    story.referral_id = planning.record_need(story.staff, person.added, new, now=now)


def _age_group(age: int) -> str:
    return "adolescent" if age < 18 else "young_adult" if age < 26 else "adult" if age < 65 else "older_adult"


def _talk(story: Story, step: Step, now: datetime) -> None:
    beats = BEATS[: 3 + len(step.words) % 4]
    talking.log_conversation(
        story.staff, story.id, held_on=now.astimezone(ZONE).date(), how=step.how[0], beats=beats, how_taken=step.words,
        now=now,
    )


def _offer(story: Story, step: Step, now: datetime) -> None:
    found = asking.find_options(story.staff, story.id, now=now)
    names = [(option.id, option.name) for option in found.options]
    names += [(possible.id, possible.name) for possible in found.possibles]
    story.names = {key: name or "" for key, name in names[: int(step.how[0])]}
    asking.offer(story.staff, story.id, list(story.names), now=now, single_reason=story.about.get("single", ""))


def _invite(story: Story, step: Step, now: datetime) -> None:
    invited = inviting.invite_client(story.staff, story.person.added, referral_id=story.id, now=now)
    if invited.mailed:
        jobs.run_due(now)
    elif story.staff.practice_id is not None:
        outbox.given_by_hand(invited.message_id, story.staff.practice_id, now)


def _choose(story: Story, step: Step, now: datetime) -> None:
    count, told_by, *likely = step.how
    story.ranked = list(story.names)[: int(count)]
    sure = int(likely[0]) if likely else None
    who = "recipient" if told_by == "paper" else "together" if sure is not None and sure < 7 else "client"
    choice = choosing.ClientChoice(
        "choose", told_by, ranked=story.ranked, go_on=int(count) > 1, words=story.about.get("words", ""), likely=sure,
        who_calls=who, share_words=True,
    )
    _decide(story, choice, now)


def _decided_otherwise(kind: str) -> Verb:
    def decide(story: Story, step: Step, now: datetime) -> None:
        told_by, likely, barrier = (*step.how, "", "")[:3]
        choice = choosing.ClientChoice(
            kind, told_by, words=story.about.get("words", ""), likely=int(likely) if likely else None, barrier=barrier
        )
        _decide(story, choice, now)

    return decide


def _decide(story: Story, choice: choosing.ClientChoice, now: datetime) -> None:
    actor = story.staff if choice.told_by == "paper" else story.client()
    choosing.record_choice(actor, story.id, choice, now=now)


def _draft(story: Story, step: Step, now: datetime) -> None:
    classes = [*CLASSES, "background"] if story.about.get("background") else CLASSES
    draft = releasing.ReleaseDraft(
        story.id, [(key, story.names[key]) for key in story.ranked], classes, story.about["purpose"],
        expires_on=now.astimezone(ZONE).date() + timedelta(days=90), news_back=story.about["kind"] == "adjunct",
    )
    story.release_id = releasing.draft_release(story.staff, story.person.added, draft, now=now)


def _sign(story: Story, step: Step, now: datetime) -> None:
    how, person = step.how[0], story.person
    if not person.identified:
        caring.record_identity_check(story.staff, person.added, how="Seen in session for months", now=now)
        person.identified = True
    actor = story.staff if how == "paper" else story.client()
    signature = releasing.Signature(how, person.facts.name, identity="" if how == "portal" else "Signed in session")
    if guardian := person.about.get("guardian"):  # signs for a client under 18, by a right that was told and seen
        signature = replace(signature, kind="representative", **guardian)
    assert story.release_id is not None, "a release is drafted before it is signed"
    choosing.sign(actor, story.id, story.release_id, signature, now=now)


def _send(story: Story, step: Step, now: datetime) -> None:
    way, *more = step.how
    classes, listing_id = (*CLASSES, *more), story.ranked[0]
    shown = sending.preview(story.staff, story.id, listing_id, classes, now=now)
    order = sending.Order(
        listing_id, classes, way, shown.sha256, to=mail_address(story.staff, listing_id) if way == "link" else "",
        attested=True,
    )
    sending.send(story.staff, story.id, order, now=now)
    if step.when is not None:
        jobs.run_due(now)


def _recipient(story: Story, now: datetime) -> Actor:
    """Whoever came in by the link and code of the last delivery."""
    return answering.recipient_actor_by_id(story.sent(now).id, now=now)


def _opened(story: Story, step: Step, now: datetime) -> None:
    answering.open_delivery(_recipient(story, now), now=now)


def _answer(story: Story, answer: answering.Answer, now: datetime) -> None:
    delivery = story.sent(now)
    if delivery.way == "link":
        answering.answer_delivery(_recipient(story, now), answer, now=now)
    else:
        answering.log_answer(story.staff, story.id, delivery.id, answer, now=now)
    jobs.run_due(now)


def _accept(story: Story, step: Step, now: datetime) -> None:
    session = story.session()
    when = f"{session:%A, %B} {session.day} at {session:%I:%M %p}".replace(" at 0", " at ") if session else ""
    answer = answering.Answer(
        "accept", openings=step.words.replace("{session}", when), fees="as listed, or by plan",
        expectations="Fifty minutes. A call the week before helps.",
    )
    _answer(story, answer, now)


def _decline(story: Story, step: Step, now: datetime) -> None:
    _answer(story, answering.Answer("decline", decline_reason=step.how[0], words=step.words), now)


def _ask(story: Story, step: Step, now: datetime) -> None:
    _answer(story, answering.Answer("ask", question=step.words), now)


def _waitlist(story: Story, step: Step, now: datetime) -> None:
    _answer(story, answering.Answer("waitlist", weeks=int(step.how[0]), words=step.words), now)


def _book(story: Story, step: Step, now: datetime) -> None:
    attending.book(story.staff, story.id, session_at=story.session(), now=now)


def _teller(story: Story, side: str, now: datetime) -> Actor:
    return {"client": story.client, "staff": lambda: story.staff, "recipient": lambda: _recipient(story, now)}[side]()


def _told(what: str) -> Verb:
    def tell(story: Story, step: Step, now: datetime) -> None:
        attending.tell_attendance(_teller(story, step.how[0], now), story.id, told=what, now=now)

    return tell


def _checkin(story: Story, step: Step, now: datetime) -> None:
    side, fits, comfort = step.how
    attending.check_in(
        _teller(story, side, now), story.id, fits=fits, comfort=int(comfort), words=step.words, now=now
    )


def _close(story: Story, step: Step, now: datetime) -> None:
    closing.close(story.staff, story.id, outcome=step.how[0], why=step.words, now=now)


VERBS: dict[str, Verb] = {
    "need": _need, "talk": _talk, "offer": _offer, "invite": _invite, "choose": _choose,
    "talk_first": _decided_otherwise("talk_first"), "not_now": _decided_otherwise("not_now"),
    "more": _decided_otherwise("ask_for_more"), "take_list": _decided_otherwise("take_list"), "draft": _draft,
    "sign": _sign, "send": _send, "open": _opened, "accept": _accept, "decline": _decline, "ask": _ask,
    "waitlist": _waitlist, "book": _book, "attended": _told("attended"), "missed": _told("missed"),
    "checkin": _checkin, "close": _close, "end": _close, **ASKING,
}  # fmt: skip
