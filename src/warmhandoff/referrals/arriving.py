"""The carrier between two practices of this server: a packet becomes an incoming referral, an answer travels back.

Each side's rows are written under its own key, and each parcel is taken in once: its name is kept with what it did.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from warmhandoff.accounts.queries import colleague, practice_by_id
from warmhandoff.core import audit, carriers, clock, events
from warmhandoff.core.carriers import Carrier, Parcel
from warmhandoff.directory.kept_by import keeper_of
from warmhandoff.referrals import answering, attending, joint, news, receiving, ways
from warmhandoff.referrals.amended_crossing import take_in_amended
from warmhandoff.referrals.crossing import CHANNEL
from warmhandoff.referrals.joint_crossing import take_in_joint, tell_joint
from warmhandoff.referrals.models import ArrivedPacket, Delivery, Incoming, JointSession, TakenIn
from warmhandoff.referrals.moving import Made
from warmhandoff.rules.access import Actor, system
from warmhandoff.rules.incoming import Promise, answer_due
from warmhandoff.rules.refusals import NoRelease, NotNow, NotThere, Stale, Unavailable

Words = Mapping[str, str]


def _first_time(parcel: Parcel, practice_id: UUID, now: datetime) -> bool:
    return TakenIn.objects.get_or_create(pk=UUID(parcel.name), defaults={"practice_id": practice_id, "at": now})[1]


def _carry(parcel: Parcel) -> None:
    now, to, delivery_id = clock.now(), UUID(parcel.to), UUID(parcel.words["delivery"])
    with transaction.atomic():
        if not _first_time(parcel, to, now):
            return
        if parcel.template == "packet":
            _take_in(to, delivery_id, now)
        elif parcel.template in _TAKES:
            _TAKES[parcel.template](delivery_id, parcel.words, now)
        else:
            raise Unavailable(f"Nothing takes in {parcel.template!r}.")


def _take_in(practice_id: UUID, delivery_id: UUID, now: datetime) -> None:
    """The packet as an incoming referral of whoever keeps the listing, with an answer due by her practice's promise."""
    sent = Delivery.objects.values_list("practice_id", "listing_id").get(pk=delivery_id)
    found = keeper_of(sent[1], not_in=sent[0])
    if found is None or found[0] != practice_id:
        raise Unavailable("Nobody of that practice keeps this listing any more.")
    content, pdf, sha256 = ways.packet_to_carry(delivery_id, now=now)
    practice = practice_by_id(practice_id)
    member = colleague(practice_id, found[1], lock=True)
    row = Incoming(
        practice=practice, to_member=member, came_by="member", from_name=content["from"],
        from_contact=content.get("from_contact", ""), about=_about(content), state="waiting", received_at=now,
        client_name=content["client"] if "contact" in content["classes"] else "", moves_made=1, created_at=now,
        due_at=answer_due(now, Promise(practice.promise_days, practice.time_zone, practice.state or None)),
    )
    row.save(force_insert=True)
    arrived = ArrivedPacket(
        practice=practice, incoming=row, delivery_id=delivery_id, sender_id=sent[0], content=content, pdf=pdf,
        sha256=sha256, arrived_at=now,
    )
    arrived.save(force_insert=True)
    actor = system(practice_id)
    audit.record(actor, "arrive", "incoming", row.pk, now=now)
    change = events.Change("arrive", 1, "", "waiting", {"to": str(member.pk), "came_by": "member"})
    events.record(events.Subject("incoming", row.pk, practice_id), change, actor=actor, now=now)


def _about(content: dict[str, Any]) -> str:
    """What is looked for, in the words of the packet; where it does not say, that it does not."""
    lines = [line["text"] for part in content["sections"] if part["class"] == "reason" for line in part["lines"]]
    return "\n\n".join(lines) or "The packet does not say why; it stands below."


def _answer(delivery_id: UUID, words: Words, now: datetime) -> None:
    """The receiver's answer, at the sender's: as if given on the reply page. Of one too late she is told."""
    delivery = Delivery.objects.select_related("listing").get(pk=delivery_id)
    if delivery.state in ("queued", "in_flight"):
        raise Unavailable("The delivery is not marked as handed over yet.")
    try:
        with transaction.atomic():
            answer = answering.Answer(words["kind"], **json.loads(words["facts"]))
            answering.answer_delivery(answering.recipient_actor(delivery), answer, now=now)
    except (NotNow, NotThere, Stale):
        ArrivedPacket.objects.filter(delivery_id=delivery_id).update(told="too_late")


def _booked(delivery_id: UUID, words: Words, now: datetime) -> None:
    at = datetime.fromisoformat(json.loads(words["facts"])["session_at"])
    _course(delivery_id, lambda actor, referral: attending.book(actor, referral, session_at=at, now=now), now)


def _attended(delivery_id: UUID, words: Words, now: datetime) -> None:
    told = json.loads(words["facts"])["told"]
    _course(delivery_id, lambda actor, referral: attending.tell_attendance(actor, referral, told=told, now=now), now)


def _course(delivery_id: UUID, tell: Callable[[Actor, UUID], None], now: datetime) -> None:
    """Day of the first session, or whether it took place, at the sender's: as if told on the reply page."""
    delivery = Delivery.objects.select_related("listing").get(pk=delivery_id)
    actor = answering.recipient_actor(delivery)
    try:
        with transaction.atomic():
            if not answering.gate_of_delivery(delivery, now).allowed:
                raise NotNow("The client took back her permission.")
            tell(actor, delivery.referral_id)
    except (NotNow, NotThere, Stale):
        ArrivedPacket.objects.filter(delivery_id=delivery_id).update(told="too_late")


def _news(delivery_id: UUID, words: Words, now: datetime) -> None:
    delivery = Delivery.objects.select_related("listing").get(pk=delivery_id)
    try:
        news.tell_news(answering.recipient_actor(delivery), words["kind"], words["text"], now=now)
    except (NoRelease, NotNow, NotThere):  # refused, and on her record there
        ArrivedPacket.objects.filter(delivery_id=delivery_id).update(told="too_late")


def _thanks(delivery_id: UUID, words: Words, now: datetime) -> None:
    news.note_thanks(delivery_id, words["text"], now=now)


def _over(delivery_id: UUID, words: Words, now: datetime) -> None:
    receiving.hear_over(Incoming.objects.get(packet__delivery_id=delivery_id), now=now)


def _amended(delivery_id: UUID, words: Words, now: datetime) -> None:
    take_in_amended(delivery_id, now=now)


def _joint(delivery_id: UUID, words: Words, now: datetime) -> None:
    take_in_joint(delivery_id, UUID(words["joint"]), now=now)


def _joint_said(delivery_id: UUID, words: Words, now: datetime) -> None:
    """A yes or no to a joint session, at the sender's: the recipient's own. To an older time it changes nothing there,
    and how it stands now is told anew."""
    delivery = Delivery.objects.select_related("listing", "referral__client__practice").get(pk=delivery_id)
    actor, joint_id, seen = answering.recipient_actor(delivery), UUID(words["joint"]), int(words["revision"])
    try:
        with transaction.atomic():
            if not answering.gate_of_delivery(delivery, now).allowed:
                raise NotNow("The client took back her permission.")
            joint.hear_recipient(actor, delivery.referral_id, joint_id, words["said"], seen=seen, now=now)
    except Stale:
        tell_joint(JointSession.objects.get(pk=joint_id), now=now, to=delivery, again=f"again{seen}{words['said']}")
    except (NotNow, NotThere):
        ArrivedPacket.objects.filter(delivery_id=delivery_id).update(told="too_late")


def _taken_back(delivery_id: UUID, words: Words, now: datetime) -> None:
    """She took back her permission: the copy stays where the law lets it, and whoever holds it knows."""
    arrived = ArrivedPacket.objects.select_related("incoming").filter(delivery_id=delivery_id, taken_back_at=None)
    for one in arrived:
        ArrivedPacket.objects.filter(pk=one.pk).update(taken_back_at=now)
        receiving.advance(one.incoming, "take_back", Made(), actor=system(one.practice_id), now=now)


def _hear(delivery_id: UUID, words: Words, now: datetime) -> None:
    row = Incoming.objects.select_related("practice").get(packet__delivery_id=delivery_id)
    receiving.hear_from_sender(row, words["text"], now=now)


def _reaches(practice_id: UUID, listing_id: int) -> str:
    found = keeper_of(listing_id, not_in=practice_id)
    return str(found[0]) if found else ""


_TAKES: dict[str, Callable[[UUID, Words, datetime], None]] = {
    "answer": _answer, "words": _hear, "booked": _booked, "attendance": _attended, "news": _news, "thanks": _thanks,
    "taken_back": _taken_back, "over": _over, "amended": _amended, "joint": _joint, "joint_said": _joint_said,
}
carriers.register(CHANNEL, Carrier(lambda: True, _carry, lambda: None, ""))
ways.register_way(CHANNEL, ways.Way(
    label="To their inbox: they keep their listing on this server",
    said="The packet is on its way to their inbox on this server. Their answer comes back here.",
    channel=CHANNEL, reaches=_reaches,
))  # fmt: skip
