"""Lives of releases and packets at random, through the real actions: each byte that comes out is held to the oracle."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.leaving.holding import PURPOSE, Given
from tests.leaving.oracle import Ground
from tests.leaving.saying import Said, many
from tests.leaving.sinks import TRAVEL
from warmhandoff.clients import disclosing, lawful
from warmhandoff.clients.accounting import spreadsheet_rows
from warmhandoff.core import jobs
from warmhandoff.referrals import amending, answering, basis_links, on_a_basis, sending
from warmhandoff.referrals.models import Delivery
from warmhandoff.rules.refusals import Refusal, Stale

FACTS = "She said that she would not be there tomorrow, and where she is."
NOTES = "psychotherapy_notes"
# The only thing that is to be wrong with what is tried ("": nothing).
WISHES = ("", "", "", "", "", "other client", "unsigned", "signer", "taken back", "run out", "event", "recipient",
          "purpose", "classes", "element", "part 2", "never", "shut", "minor", "run out", "purpose")  # fmt: skip
# What kind of release is written where none is there that fails only this.
KIND_FOR = {"unsigned": "unsigned", "purpose": "purpose", "element": "general", "part 2": "part2", "event": "event",
            "run out": ""}  # fmt: skip
RARE = ("event", "unsigned", "run out", "purpose", "element")
ON_GROUNDS = ("", "", "other client", "shut", "basis", "facts", "recipient", "classes", "never", "part 2")
# How often each is done, in proportion.
DEEDS = {
    "ask": 55, "send": 8, "the_recipient_looks": 10, "time_goes_by": 7, "a_release": 3, "she_chooses_again": 4,
    "on_a_ground": 4, "staff_print": 4, "take_back": 3, "what_is_known_of_her": 3, "the_worker_runs": 2, "amend": 1,
    "the_recipient_says_no": 1, "a_restore_shuts_the_gate": 1, "a_spreadsheet": 2,
}  # fmt: skip


def some(pick: Random) -> list[str]:
    """One to three classes: small enough that releases cover them as often as not."""
    return pick.sample(TRAVEL, pick.randint(1, 3))


class Leaving(Said):
    """Each deed is something people do. One rule draws for all of them: so each comes as often as is said."""

    @rule(drawn=st.integers(0, 2**24 - 1))
    def a_deed(self, drawn: int) -> None:
        self.tally.steps += 1
        self.chance = hash((self.chance, drawn))  # some numbers are drawn again and again: what came before counts too
        pick = Random(self.chance)
        name = pick.choices(list(DEEDS), list(DEEDS.values()))[0]
        note(name)  # shown of a life that failed
        getattr(self, name)(pick)

    @initialize(drawn=st.integers(0, 2**64 - 1))
    def it_begins_with_one(self, drawn: int) -> None:
        """A release; and in two lives of three something left on it at once."""
        self.chance = drawn
        pick = Random(drawn)
        client, to, classes = pick.choice((0, 1)), pick.sample(range(3), pick.randint(1, 3)), many(pick)
        self._release(client, to, classes, 40, "")
        if pick.random() < 0.67:
            self._send(pick, client, self.loop(client).listings[to[0]], pick.sample(classes, 3))

    # ---- what is tried

    def ask(self, pick: Random) -> None:
        """The gate alone, where all that leaves is cleared: it answers many times for each thing that is sent."""
        client, listing, classes = self._meant(pick, pick.choice(WISHES))
        row = self.loop(client).row.client if client not in self.clients else self.clients[client]
        self.clients[client] = row
        self.counted(client, listing, classes, lambda: disclosing.clear(
            row, listing, classes=classes, purpose=PURPOSE, now=self.now))

    def send(self, pick: Random) -> None:
        """Ordered by staff; then the worker has it at once, or later."""
        self._send(pick, *self._meant(pick, pick.choice(WISHES)))

    def _send(self, pick: Random, client: int, listing: int, classes: list[str]) -> None:
        paper = pick.random() < 0.3
        made: list[UUID] = []
        self.counted(client, listing, classes, lambda: made.append(self._order(client, listing, classes, paper)))
        if made:
            row = Delivery.objects.get(pk=made[0])
            self.given.append(Given(row.pk, client, listing, row.token.reveal(), row.code.reveal(), paper))
            if pick.random() < 0.7:
                sending.deliver({"delivery": str(row.pk)}, self.now)

    def _meant(self, pick: Random, wish: str) -> tuple[int, int, list[str]]:
        """Client, listing and classes that fail for one reason alone, or for none; if none are such, any."""
        client, classes, chance = pick.choice((0, 1)), some(pick), pick.randrange(12)
        if wish != "shut":
            self._shut(shut=self.oracle.shut and pick.random() < 0.7)
        self._bring_about(wish, client)
        found = next(self._with_only(wish, classes, chance), None)
        if found is None and wish in KIND_FOR and chance < (6 if wish in RARE else 2):
            self._release(client, [chance % 3], classes, 1 if wish == "run out" else 9, KIND_FOR[wish])
            if wish == "run out":
                self.now += timedelta(days=2)
            found = next(self._with_only(wish, classes, chance), None)
        return found or (client, pick.choice(self.loop(client).listings), classes)

    def _bring_about(self, wish: str, client: int) -> None:
        """What holds for everything of a client, just before something is tried."""
        if wish == "shut":
            self._shut(True)
        elif wish == "minor":
            self._grow(client, child=True)
        elif wish == "event":
            self._end(client, ended=True)
        elif wish == "signer" and not any(p.by_a_parent and p.client == client for p in self.oracle.papers):
            self._grow(client, child=True)
            self._consent(client)
            self._release(client, [0, 1], ["contact", "reason", "risk", "course"], 40, "")
            self._grow(client, child=False)

    def _with_only(self, wish: str, classes: list[str], chance: int) -> Iterator[tuple[int, int, list[str]]]:
        """Client, listing and classes that fail this one condition and no other."""
        papers = self.oracle.papers
        for paper in papers[chance % len(papers) :] + papers[: chance % len(papers)]:
            client, listing = paper.client, sorted(paper.recipients)[chance % len(paper.recipients)]
            wanted = [code for code in classes if code in paper.classes] or sorted(paper.classes)[:2]
            if wish == "other client":
                client = 1 - client
            elif wish == "recipient":
                listing = self.loop(client).listings[chance % 3]
            elif wish == "classes":
                wanted = [*wanted, next((code for code in TRAVEL if code not in paper.classes), NOTES)]
            elif wish == "part 2":
                wanted = ["substance_use"]
            elif wish == "never":
                wanted = [*wanted, NOTES]
            elif not wish and chance % 3 == 0:
                wanted = sorted(paper.classes)
            why = self.oracle.why_not(client, listing, frozenset(wanted), PURPOSE, self.now)
            if why == ([wish] if wish else []):
                yield client, listing, wanted

    def _order(self, client: int, listing: int, classes: list[str], paper: bool) -> UUID:
        """With the hash of an earlier preview, as someone whose page is open; looked at again where it is stale."""
        loop, key = self.loop(client), (client, listing, tuple(classes))
        way = "paper" if paper else "link"

        def order() -> UUID:
            wanted = sending.Order(listing, classes, way, self.seen.get(key, ""), "to@recipient.example", True)
            return sending.send(loop.actor, loop.id, wanted, now=self.now)

        try:
            return order()
        except Stale:  # past the gate
            self.seen[key] = sending.preview(loop.actor, loop.id, listing, classes, now=self.now).sha256
            return order()

    def the_recipient_says_no(self, pick: Random) -> None:
        """Then she chooses the next, and what covers that one goes on."""
        if not self.given:
            return
        one = pick.choice(self.given)
        loop, no = self.loop(one.client), answering.Answer("decline", decline_reason="full")
        self.tried(lambda: answering.log_answer(loop.actor, loop.id, one.id, no, now=self.now))

    def the_worker_runs(self, pick: Random) -> None:
        """What is due; now and then what looks at the clock before that."""
        if pick.random() < 0.2:
            jobs.tick(self.now)
        while jobs.run_one("worker", self.now):
            pass
        self._note_new()
        for path in self.world.mail.glob("*"):
            self.look("mail", path.read_bytes(), lambda client, code: False)
            path.unlink()

    def _note_new(self) -> None:
        """What the clock sent on to the next option by itself."""
        known = {one.id for one in self.given}
        for row in Delivery.objects.exclude(pk__in=known).select_related("referral"):
            number = next(n for n, loop in enumerate(self.world.loops) if loop.id == row.referral_id)
            self.given.append(
                Given(row.pk, number, row.listing_id, row.token.reveal(), row.code.reveal(), row.way == "paper")
            )

    def the_recipient_looks(self, pick: Random) -> None:
        """With the link as it was given her, whatever happened since; or the worker tries the delivery again."""
        if not self.given:
            return
        one = pick.choice(self.given)
        if pick.random() < 0.1:
            self.tried(lambda: sending.deliver({"delivery": str(one.id)}, self.now))
            return
        try:
            actor = answering.open_with_code(one.token, one.code, now=self.now)
        except Refusal:
            row = Delivery.objects.select_related("listing").get(pk=one.id)
            actor = answering.recipient_actor(row)  # of an old session
        forms: dict[str, Callable[[], bytes]] = {
            "page": lambda: json.dumps(asdict(answering.open_delivery(actor, now=self.now)), default=str).encode(),
            "pdf": lambda: answering.packet_for_recipient(actor, now=self.now),
            "data": lambda: answering.packet_data_for_recipient(actor, now=self.now),
        }
        form = pick.choice(list(forms))
        self.taken(one, form, forms[form])

    def staff_print(self, pick: Random) -> None:
        if not self.given:
            return
        one = pick.choice(self.given)
        self.taken(one, "print", lambda: sending.packet_file(self.loop(one.client).actor, one.id, now=self.now))

    def amend(self, pick: Random) -> None:
        if not self.given:
            return
        one = pick.choice(self.given)
        classes = some(pick)
        loop, change = self.loop(one.client), amending.Change(one.id, classes, "a new medicine")
        try:
            seen = amending.preview_amendment(loop.actor, loop.id, change, now=self.now)
        except Refusal:
            return
        change = amending.Change(one.id, classes, "a new medicine", seen.sha256)
        self.counted(one.client, one.listing, classes,
                     lambda: amending.amend(loop.actor, loop.id, change, now=self.now))

    def on_a_ground(self, pick: Random) -> None:
        """Recorded as far as it is known; then a packet is tried on it."""
        client, classes, wanted = pick.choice((0, 1)), some(pick), pick.choice(ON_GROUNDS)
        basis = "" if wanted == "basis" else "medical_emergency"
        facts, to = "short" if wanted == "facts" else FACTS, "" if wanted == "recipient" else "Crisis team"
        loop = self.loop(client)
        if wanted == "part 2":
            classes, basis = ["substance_use"], "serious_threat"
        record = lawful.Record("paper", basis, to, "they are near", facts, tuple(classes))
        ground = Ground(client, basis, facts, to, frozenset(classes))
        pk = lawful.record_disclosure(loop.actor, self.client_id(client), record, now=self.now)
        if wanted == "other client":
            loop, client = self.loop(1 - client), 1 - client
        elif wanted == "shut":
            self._shut(True)
        more = {"classes": [next(code for code in TRAVEL if code not in classes)], "never": [NOTES]}
        asked = [*classes[:2], *more.get(wanted, [])]
        why = self.oracle.why_no_ground(ground, client, frozenset(asked))
        sent = self.tried(lambda: self._send_on(loop, pk, asked))
        self.count(why, sent)
        if sent:
            for data in self._read_on(loop, pk):
                self.look("ground", data, lambda whose, code: whose == client and not why and self.covers(
                    client, code, frozenset(asked)))
        if wanted == "shut":
            self._shut(False)

    def _send_on(self, loop: Any, pk: UUID, classes: list[str]) -> None:
        seen = on_a_basis.preview_on_basis(loop.actor, loop.id, pk, classes, now=self.now)
        on_a_basis.send_on_basis(loop.actor, loop.id, pk, classes, sha256=seen.sha256, now=self.now)

    def _read_on(self, loop: Any, pk: UUID) -> list[bytes]:
        """As it is printed, and as it is read behind a link."""
        link = basis_links.give_link(loop.actor, loop.id, pk, to="", now=self.now)
        page = str(basis_links.shared_page(link, now=self.now).content).encode()
        printed = on_a_basis.basis_packet_file(loop.actor, loop.id, pk, now=self.now)
        return [printed, basis_links.shared_file(link, now=self.now), page]

    def a_spreadsheet(self, pick: Random) -> None:
        client = pick.choice((0, 1))
        rows: list[Any] = []
        if self.tried(lambda: rows.extend(spreadsheet_rows(
            self.loop(client).actor, self.client_id(client), now=self.now))):
            assert not any("substance_use" in row.what for row in rows), "a spreadsheet cannot carry the notice"
            self.look("csv", str(rows).encode(), lambda whose, code: False)
