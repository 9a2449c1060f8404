"""Lives of releases and packets at random, through the real actions: each byte that comes out is held to the oracle."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.apps.referrals.loop import Loop
from tests.cast import NOW, Cast
from tests.leaving.oracle import ZONE, Ground, Oracle, Paper
from tests.leaving.sinks import CLASSES, TRAVEL, Tally, mark, marks_in, unpacked
from warmhandoff.clients import lawful, releasing
from warmhandoff.clients.accounting import spreadsheet_rows
from warmhandoff.core import jobs
from warmhandoff.core.models import Epoch
from warmhandoff.documents import packet_pdf
from warmhandoff.referrals import amending, answering, choosing, on_a_basis, packets, sending
from warmhandoff.referrals.models import Delivery, Packet
from warmhandoff.rules.refusals import NoRelease, NotThere, Refusal

PURPOSE, OTHER = "same_service", "specialized"
FACTS = "She said that she would not be there tomorrow, and where she is."
CLIENTS = st.sampled_from([0, 1])
PLACES = st.sampled_from([0, 1, 2])
# One to three classes: small enough that releases cover them as often as not.
SOME = st.lists(st.sampled_from(TRAVEL), min_size=1, max_size=3, unique=True)
MANY = st.one_of(st.just(list(TRAVEL)), st.lists(st.sampled_from(TRAVEL), min_size=3, unique=True))


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


def _mark(loop: Loop, number: int) -> None:
    row = loop.row
    client = row.client
    client.name = f"Ann {mark(number, 'contact')}"
    client.save()
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


class Leaving(RuleBasedStateMachine):
    """Each rule is something people do; `world` is set by the test, and nothing of an example is kept."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.kept = transaction.atomic()
        self.kept.__enter__()
        self.now, self.oracle, self.tally = NOW, Oracle(), self.world.tally
        self.releases: list[tuple[UUID, Paper]] = []
        self.deliveries: list[tuple[UUID, int, int, str, str, bool]] = []  # id, client, listing, token, code, paper
        self.grounds: list[tuple[UUID, Ground, bool]] = []
        self.log = _Log()
        logging.getLogger().addHandler(self.log)

    def teardown(self) -> None:
        logging.getLogger().removeHandler(self.log)
        shutil.rmtree(self.world.mail.parent / "anchors", ignore_errors=True)  # of a chain that is rolled back
        transaction.set_rollback(True)
        self.kept.__exit__(None, None, None)
        self._look("logs", "\n".join(self.log.lines).encode(), lambda client, code: False)

    # ---- what is said

    @rule(client=CLIENTS, to=st.lists(PLACES, min_size=1, max_size=2, unique=True), classes=MANY,
          days=st.integers(1, 60), right=st.integers(0, 9), sign=st.integers(0, 9))
    def a_release(self, client: int, to: list[int], classes: list[str], days: int, right: int, sign: int) -> None:
        """Drafted; mostly for the referral's own purpose, and mostly signed."""
        self.tally.steps += 1
        loop, purpose = self.world.loops[client], PURPOSE if right else OTHER
        last_day = self.now.astimezone(ZONE).date() + timedelta(days=days)
        listings = [loop.listings[one] for one in to]
        draft = releasing.ReleaseDraft(loop.id, [(one, f"Place {one}") for one in listings], classes, purpose, last_day)
        pk = releasing.draft_release(loop.actor, loop.client_id, draft, now=self.now)  # type: ignore[attr-defined]
        # A newer draft takes the place of one that was never signed.
        self.oracle.papers = [p for p in self.oracle.papers if p.signed or p.client != client]
        paper = Paper(client, frozenset(listings), frozenset(classes), purpose, last_day)
        self.oracle.papers.append(paper)
        if sign:
            self._sign(loop, pk)
            paper.signed = True
            self.releases.append((pk, paper))

    def _sign(self, loop: Loop, pk: UUID) -> None:
        signature = releasing.Signature("paper", "Ann", "signed before me")
        try:
            choosing.sign(loop.actor, loop.id, pk, signature, now=self.now)
        except Refusal:
            releasing.sign_release(loop.actor, pk, signature, now=self.now)

    @initialize(classes=MANY, client=CLIENTS, to=st.lists(PLACES, min_size=1, max_size=3, unique=True))
    def it_begins_with_one(self, classes: list[str], client: int, to: list[int]) -> None:
        self.a_release(client, to, classes, 40, 1, 1)

    @precondition(lambda self: self.releases)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        self.tally.steps += 1
        pk, paper = data.draw(st.sampled_from(self.releases))
        loop = self.world.loops[paper.client]
        sending.revoke(loop.actor, loop.id, pk, now=self.now)
        paper.taken_back = True

    @rule(days=st.integers(1, 9))
    def time_goes_by(self, days: int) -> None:
        self.tally.steps += 1
        self.now += timedelta(days=days)

    @rule(client=CLIENTS, share=st.booleans())
    def she_chooses_again(self, client: int, share: bool) -> None:
        self.tally.steps += 1
        loop = self.world.loops[client]
        for kind in ("choose", "choose_next"):
            choice = choosing.ClientChoice(kind, "paper", ranked=loop.listings, share_words=share, go_on=True)
            if self._tried(lambda made=choice: choosing.record_choice(loop.actor, loop.id, made, now=self.now)):
                if share:
                    self.oracle.own_words.add(client)
                return

    @rule(shut=st.sampled_from([False, False, True]))
    def a_restore_shuts_the_gate(self, shut: bool) -> None:
        self.tally.steps += 1
        if shut == self.oracle.shut:
            return
        if self.oracle.shut:
            Epoch.objects.filter(gate_opened_at=None).update(gate_opened_at=self.now)
        else:
            last = Epoch.objects.order_by("-number").first()
            Epoch.objects.create(number=(last.number if last else 0) + 1, began_at=self.now, backup_at=self.now)
        self.oracle.shut = not self.oracle.shut

    # ---- what is tried

    @rule(client=CLIENTS, to=PLACES, classes=SOME, paper=st.sampled_from([False, False, True]),
          swap=st.integers(0, 9), data=st.data())
    def send(
        self, client: int, to: int, classes: list[str], paper: bool, swap: int, data: st.DataObject
    ) -> None:
        """Look, then order; mostly what some release says, now and then something else than was looked at."""
        self.tally.steps += 1
        if self.releases and swap > 2:
            said = data.draw(st.sampled_from(self.releases))[1]
            client, listing = said.client, sorted(said.recipients)[0]
            classes = sorted(said.classes)[: 1 + swap % 4] if swap < 7 else sorted(said.classes)
        loop = self.world.loops[client]
        if not (self.releases and swap > 2):
            listing = loop.listings[to]
        seen = sending.preview(loop.actor, loop.id, listing, classes, now=self.now)
        if swap == 0:
            listing = loop.listings[(to + 1) % 3]
        elif swap == 1:
            classes = [*classes, next(code for code in TRAVEL if code not in classes)]
        way = "paper" if paper else "link"
        order = sending.Order(listing, classes, way, seen.sha256, to="to@recipient.example", attested=True)
        made: list[UUID] = []
        self._counted(client, listing, classes, lambda: made.append(
            sending.send(loop.actor, loop.id, order, now=self.now)))
        if made:
            row = Delivery.objects.get(pk=made[0])
            self.deliveries.append((row.pk, client, listing, row.token.reveal(), row.code.reveal(), paper))
            if swap % 3:
                sending.deliver({"delivery": str(row.pk)}, self.now)

    @precondition(lambda self: self.deliveries)
    @rule(data=st.data())
    def the_recipient_says_no(self, data: st.DataObject) -> None:
        """Then she chooses the next, and what covers that one goes on."""
        self.tally.steps += 1
        pk, client, *_ = data.draw(st.sampled_from(self.deliveries))
        loop = self.world.loops[client]
        no = answering.Answer("decline", decline_reason="full")
        self._tried(lambda: answering.log_answer(loop.actor, loop.id, pk, no, now=self.now))

    @rule()
    def the_worker_runs(self) -> None:
        self.tally.steps += 1
        jobs.run_due(self.now)
        self._note_new()
        for path in self.world.mail.glob("*"):
            self._look("mail", path.read_bytes(), lambda client, code: False)
            path.unlink()

    def _note_new(self) -> None:
        """What the clock sent on to the next option by itself."""
        known = {one[0] for one in self.deliveries}
        for row in Delivery.objects.exclude(pk__in=known).select_related("referral"):
            number = next(n for n, loop in enumerate(self.world.loops) if loop.id == row.referral_id)
            self.deliveries.append(
                (row.pk, number, row.listing_id, row.token.reveal(), row.code.reveal(), row.way == "paper")
            )

    @precondition(lambda self: self.deliveries)
    @rule(data=st.data(), again=st.sampled_from([False] * 5 + [True]))
    def the_recipient_looks(self, data: st.DataObject, again: bool) -> None:
        """With the link as it was given her, whatever happened since; or the worker tries the delivery again."""
        self.tally.steps += 1
        pk, client, listing, token, code, paper = data.draw(st.sampled_from(self.deliveries))
        if again or paper:
            self._tried(lambda: sending.deliver({"delivery": str(pk)}, self.now))
            return
        try:
            actor = answering.open_with_code(token, code, now=self.now)
        except Refusal:
            actor = answering.recipient_actor(Delivery.objects.select_related("listing").get(pk=pk))  # an old session
        forms: dict[str, Callable[[], bytes]] = {
            "page": lambda: json.dumps(asdict(answering.open_delivery(actor, now=self.now)), default=str).encode(),
            "pdf": lambda: answering.packet_for_recipient(actor, now=self.now),
            "data": lambda: answering.packet_data_for_recipient(actor, now=self.now),
        }
        for form, action in forms.items():
            self._given(pk, client, listing, form, action)

    @precondition(lambda self: self.deliveries)
    @rule(data=st.data())
    def staff_print(self, data: st.DataObject) -> None:
        self.tally.steps += 1
        pk, client, listing, *_ = data.draw(st.sampled_from(self.deliveries))
        self._given(pk, client, listing, "print",
                    lambda: sending.packet_file(self.world.loops[client].actor, pk, now=self.now))

    @precondition(lambda self: self.deliveries)
    @rule(data=st.data(), classes=SOME)
    def amend(self, data: st.DataObject, classes: list[str]) -> None:
        self.tally.steps += 1
        pk, client, listing, *_ = data.draw(st.sampled_from(self.deliveries))
        loop = self.world.loops[client]
        change = amending.Change(pk, classes, "a new medicine")
        try:
            seen = amending.preview_amendment(loop.actor, loop.id, change, now=self.now)
        except Refusal:
            return
        change = amending.Change(pk, classes, "a new medicine", seen.sha256)
        self._counted(client, listing, classes, lambda: amending.amend(loop.actor, loop.id, change, now=self.now))

    @rule(client=CLIENTS, basis=st.sampled_from(["", "serious_threat", "medical_emergency", "treatment"]),
          facts=st.sampled_from([FACTS, FACTS, "short"]),
          to=st.sampled_from(["Crisis team", "Crisis team", ""]), classes=SOME, wanted=SOME)
    def on_a_ground(
        self, client: int, basis: str, facts: str, to: str, classes: list[str], wanted: list[str]
    ) -> None:
        """Recorded as far as it is known; then a packet is tried on it."""
        self.tally.steps += 1
        loop = self.world.loops[client]
        record = lawful.Record("paper", basis, to, "they are near", facts, tuple(classes))
        try:
            pk = lawful.record_disclosure(loop.actor, loop.client_id, record, now=self.now)  # type: ignore[attr-defined]
        except Refusal:
            return
        if wanted[0] > "d":
            wanted = classes[:2]
        ground = Ground(client, basis, facts, to, frozenset(classes))
        may = self.oracle.on_a_ground(ground, frozenset(wanted))
        sent = self._tried(lambda: on_a_basis.send_on_basis(
            loop.actor, loop.id, pk, wanted, now=self.now,
            sha256=on_a_basis.preview_on_basis(loop.actor, loop.id, pk, wanted, now=self.now).sha256,
        ))
        self._count(may, sent)
        if sent:
            data = on_a_basis.basis_packet_file(loop.actor, loop.id, pk, now=self.now)
            self._look("ground", data, lambda whose, code: whose == client and may and self._covers(
                client, code, frozenset(wanted)))

    @rule(client=CLIENTS)
    def a_spreadsheet(self, client: int) -> None:
        self.tally.steps += 1
        loop = self.world.loops[client]
        rows: list[Any] = []
        if self._tried(lambda: rows.extend(spreadsheet_rows(
            loop.actor, loop.client_id, now=self.now))):  # type: ignore[attr-defined]
            assert not any("substance_use" in row.what for row in rows), "a spreadsheet cannot carry the notice"
            self._look("csv", str(rows).encode(), lambda whose, code: False)

    # ---- how it is held to the oracle

    def _covers(self, client: int, code: str, classes: frozenset[str]) -> bool:
        if code == "own_words":
            return "background" in classes and client in self.oracle.own_words
        return code in classes

    def _tried(self, action: Callable[[], object]) -> bool:
        try:
            with transaction.atomic():
                action()
        except Refusal:
            return False
        return True

    def _count(self, may: bool, did: bool) -> None:
        self.tally.answers["allowed" if may else "denied"] += 1
        assert may or not did, "it left although the oracle says no"
        self.tally.answers["refused though allowed"] += may and not did

    def _counted(self, client: int, listing: int, classes: list[str], action: Callable[[], object]) -> None:
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
        if len(why) == 1:
            self.tally.sole[why[0]] += 1
        self._count(not why, did)

    def _given(self, pk: UUID, client: int, listing: int, sink: str, action: Callable[[], bytes]) -> None:
        row = Delivery.objects.get(pk=pk)
        last = row.amendments.order_by("-packet__edition").first()
        packet = last.packet if last else row.packet
        given: list[bytes] = []
        was = row.state == "handed_over"
        if was:
            self._counted(client, listing, list(packet.classes), lambda: given.append(action()))
        else:
            self._tried(lambda: given.append(action()))
        for data in given:
            self._look(sink, data, lambda whose, code: whose == client and self._may(client, listing, packet, code))
            if sink in ("pdf", "data", "page") and self.tally.steps % 150 == 0:
                self._in_earnest(packet, client, listing)

    def _may(self, client: int, listing: int, packet: Packet, code: str) -> bool:
        wanted = frozenset({"background" if code == "own_words" else code})
        if code not in CLASSES or self.oracle.why_not(client, listing, wanted, PURPOSE, self.now):
            return False
        return self._covers(client, code, frozenset(packet.classes))

    def _in_earnest(self, packet: Packet, client: int, listing: int) -> None:
        self.tally.rendered += 1
        data = packet_pdf(packet.content.reveal())
        self._look("rendered", data, lambda whose, code: whose == client and self._may(client, listing, packet, code))

    def _look(self, sink: str, data: bytes, may: Callable[[int, str], bool]) -> None:
        found = marks_in(data)
        self.tally.looked[sink] += 1
        self.tally.hits[sink] += len(found)
        wrong = [key for key in sorted(found) if not may(*key)]
        assert not wrong, f"{sink}: {wrong} may not be told here and now"
        # The marks may be wherever the record has them; the notice goes with substance-use records alone.
        if sink in ("page", "pdf", "data", "ground") and found:
            noticed = b"42 CFR part 2 prohibits" in unpacked(data)
            assert noticed == any(code == "substance_use" for _, code in found), sink

