"""The world in which things leave, and how what comes out of it is held to the oracle."""

from __future__ import annotations

import gc
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from uuid import UUID

from django.db import transaction
from hypothesis.stateful import RuleBasedStateMachine

from tests.apps.referrals.loop import Loop
from tests.cast import NOW, Cast
from tests.leaving.oracle import Oracle, Paper
from tests.leaving.sinks import CLASSES, Tally, mark, marks_in, unpacked
from warmhandoff.clients.caring import ClientFacts, change_client
from warmhandoff.clients.models import Client
from warmhandoff.documents import packet_pdf
from warmhandoff.referrals import packets
from warmhandoff.referrals.models import Delivery, Packet
from warmhandoff.rules.refusals import NoRelease, NotThere, Refusal

PURPOSE, OTHER = "same_service", "specialized"
IN_EARNEST = 6  # one of so many packets that come out is rendered as a PDF besides


@dataclass
class Given:
    """A delivery as the recipient has it. `token` is empty where it was only ever in her mail."""

    id: UUID
    client: int
    listing: int
    token: str
    code: str
    on_paper: bool


@dataclass
class World:
    """Made once: two clients of one practice with a chosen referral each, every text of theirs marked."""

    cast: Cast
    loops: list[Loop]
    mail: Path
    tally: Tally = field(default_factory=Tally)


def make_world(cast: Cast, mail: Path) -> World:
    loops = []
    for number in (0, 1):
        if number:
            cast.client = type(cast.client).objects.get(pk=cast.add_client("Second"))
        loop = Loop(cast)
        loop.client_id = cast.client.pk  # type: ignore[attr-defined]
        loops.append(loop.offer().choose(loop.listings))
        _mark(loop, number)
    return World(cast, loops, mail)


def facts_of(number: int, born: str) -> ClientFacts:
    return ClientFacts(f"Ann {mark(number, 'contact')}", birth_date=born, phone="512-555-0142",
                       email=f"ann{number}@client.example", zip="78704")  # fmt: skip


def _mark(loop: Loop, number: int) -> None:
    change_client(loop.actor, loop.row.client_id, facts_of(number, "1991-04-02"), now=NOW)
    row = loop.row
    need = row.need.reveal()
    need["payment"] = {"plan": mark(number, "logistics")}
    row.need, row.hoped_for, row.background = need, mark(number, "reason"), mark(number, "background")
    row.own_words, row.chart_reason = mark(number, "own_words"), mark(number, "chart")
    row.save()
    texts = {code: mark(number, code) for code in ("risk", "diagnoses", "medications", "course", "substance_use")}
    packets.write_texts(loop.actor, loop.id, texts, now=NOW)


class _Log(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


class Held(RuleBasedStateMachine):
    """`world` is set by the test, and nothing of an example is kept."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.kept = transaction.atomic()
        self.kept.__enter__()
        self.now, self.oracle, self.tally = NOW, Oracle(), self.world.tally
        self.releases: list[tuple[UUID, Paper]] = []  # those that were signed
        self.given: list[Given] = []
        self.seen: dict[tuple[int, int, tuple[str, ...]], str] = {}  # hashes of previews
        self.clients: dict[int, Client] = {}  # read once, until something of them changes
        self.chance = 0  # all that was drawn so far in this life
        self.log = _Log()
        logging.getLogger().addHandler(self.log)

    def teardown(self) -> None:
        logging.getLogger().removeHandler(self.log)
        shutil.rmtree(self.world.mail.parent / "anchors", ignore_errors=True)  # of a chain that is rolled back
        transaction.set_rollback(True)
        self.kept.__exit__(None, None, None)
        gc.collect(1)
        self.look("logs", "\n".join(self.log.lines).encode(), lambda client, code: False)

    def loop(self, client: int) -> Loop:
        return self.world.loops[client]

    def client_id(self, client: int) -> UUID:
        return self.loop(client).client_id  # type: ignore[attr-defined, no-any-return]

    def tried(self, action: Callable[[], object]) -> bool:
        try:
            with transaction.atomic():
                action()
        except Refusal:
            return False
        return True

    def count(self, why: list[str], did: bool) -> None:
        self.tally.answers["denied" if why else "allowed"] += 1
        assert not (why and did), f"it left although the oracle says no: {why}"
        if len(why) == 1:
            self.tally.sole[why[0]] += 1
        self.tally.answers["refused though allowed"] += not why and not did

    def counted(self, client: int, listing: int, classes: list[str], action: Callable[[], object]) -> None:
        """Try something that the gate decides; refusals for other reasons (the referral's state) count for nothing."""
        why = self.oracle.why_not(client, listing, frozenset(classes), PURPOSE, self.now)
        try:
            action()
        except (NoRelease, NotThere):
            did = False
        except Refusal:
            return
        else:
            did = True
        self.count(why, did)

    def taken(self, one: Given, sink: str, action: Callable[[], bytes]) -> None:
        """What comes out for one delivery, if it does: held to what may be told now."""
        row = Delivery.objects.select_related("packet").get(pk=one.id)
        last = row.amendments.select_related("packet").order_by("-packet__edition").first()
        packet = last.packet if last else row.packet
        had: list[bytes] = []
        if row.state == "handed_over":
            self.counted(one.client, one.listing, list(packet.classes), lambda: had.append(action()))
        else:
            self.tried(lambda: had.append(action()))
        for data in had:
            self.look(sink, data, lambda whose, code: whose == one.client and self.may(one, packet, code))
            if sum(self.tally.hits.values()) % IN_EARNEST == 0:
                self._in_earnest(one, packet)

    def may(self, one: Given, packet: Packet, code: str) -> bool:
        wanted = frozenset({"background" if code == "own_words" else code})
        if code not in CLASSES or self.oracle.why_not(one.client, one.listing, wanted, PURPOSE, self.now):
            return False
        return self.covers(one.client, code, frozenset(packet.classes))

    def covers(self, client: int, code: str, classes: frozenset[str]) -> bool:
        if code == "own_words":
            return "background" in classes and client in self.oracle.own_words
        return code in classes

    def _in_earnest(self, one: Given, packet: Packet) -> None:
        data = packet_pdf(packet.content.reveal())
        self.look("rendered", data, lambda whose, code: whose == one.client and self.may(one, packet, code))

    def look(self, sink: str, data: bytes, may: Callable[[int, str], bool]) -> None:
        found = marks_in(data)
        self.tally.looked[sink] += 1
        self.tally.hits[sink] += bool(found)
        wrong = [key for key in sorted(found) if not may(*key)]
        assert not wrong, f"{sink}: {wrong} may not be told here and now"
        # The marks may be wherever the record has them; the notice goes with substance-use records alone.
        if sink in ("page", "pdf", "data", "ground") and found:
            noticed = b"42 CFR part 2 prohibits" in unpacked(data)
            assert noticed == any(code == "substance_use" for _, code in found), f"{sink}: the notice of part 2"
