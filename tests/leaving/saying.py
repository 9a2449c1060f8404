"""What people say that lets things leave, or stops them: releases, what is known of a client, a restore."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from uuid import UUID

from tests.leaving.holding import OTHER, PURPOSE, Held, facts_of
from tests.leaving.oracle import ZONE, Paper
from tests.leaving.sinks import TRAVEL
from warmhandoff.clients import caring, minors, releasing
from warmhandoff.clients.models import Client, Release
from warmhandoff.clients.narrowing import Narrower
from warmhandoff.core.models import Epoch
from warmhandoff.referrals import choosing, narrowing, sending
from warmhandoff.referrals.models import Referral
from warmhandoff.rules import release_elements

BORN = "2010-06-01"  # of a child: the lives here are shorter than it takes her to come of age
OF_AGE = "1991-04-02"
STATEMENTS = {law: sorted(one.code for one in release_elements.elements().values()
                          if one.law == law and one.is_statement) for law in ("general", "part2")}  # fmt: skip
# How a release comes about.
KINDS = ("", "", "", "", "unsigned", "purpose", "general", "part2", "event")


def many(pick: Random) -> list[str]:
    return list(TRAVEL) if pick.random() < 0.35 else pick.sample(TRAVEL, pick.randint(3, len(TRAVEL)))


class Said(Held):
    """Each deed is told to the oracle as it is told to the product."""

    def a_release(self, pick: Random) -> None:
        """Drafted; mostly for the referral's own purpose, and mostly signed."""
        client, to, days = pick.choice((0, 1)), pick.sample(range(3), pick.randint(1, 2)), pick.randint(1, 15)
        self._release(client, to, many(pick), days, pick.choice(KINDS))

    def _release(self, client: int, to: list[int], classes: list[str], days: int, kind: str) -> None:
        loop, purpose = self.loop(client), OTHER if kind == "purpose" else PURPOSE
        last_day = self.now.astimezone(ZONE).date() + timedelta(days=days)
        listings = [loop.listings[one] for one in to]
        if kind == "part2":
            classes = sorted({*classes, "substance_use"})
        draft = releasing.ReleaseDraft(loop.id, [(one, f"Place {one}") for one in listings], classes, purpose, last_day,
                                       ends_with="treatment_ended" if kind == "event" else "")  # fmt: skip
        pk = releasing.draft_release(loop.actor, self.client_id(client), draft, now=self.now)
        # A newer draft takes the place of one that was never signed.
        self.oracle.papers = [p for p in self.oracle.papers if p.signed or p.client != client]
        paper = Paper(client, frozenset(listings), frozenset(classes), purpose, last_day, kind == "event")
        self.oracle.papers.append(paper)
        if kind in STATEMENTS:
            self._leave_out(pk, paper, kind)
        if kind != "unsigned":
            self._sign(pk, paper)

    def _leave_out(self, pk: UUID, paper: Paper, law: str) -> None:
        """As a text of before, or of elsewhere, may lack a statement: nothing that is drafted here does."""
        said = Release.objects.get(pk=pk).statements
        without = STATEMENTS[law][self.tally.steps % len(STATEMENTS[law])]
        Release.objects.filter(pk=pk).update(statements=[code for code in said if code != without])
        paper.lacks = law

    def _sign(self, pk: UUID, paper: Paper) -> None:
        loop, child = self.loop(paper.client), paper.client in self.oracle.children
        how = ("representative", "as her mother", "her birth certificate") if child else ("", "", "")
        signature = releasing.Signature("paper", "Ann", "signed before me", None, *how)
        in_turn = Referral.objects.filter(pk=loop.id, state="chosen").exists()  # else it moves nothing on
        if not self.tried(
            (lambda: choosing.sign(loop.actor, loop.id, pk, signature, now=self.now)) if in_turn else
            (lambda: releasing.sign_release(loop.actor, pk, signature, now=self.now))
        ):
            return  # of a child: who decides about her is another test's; unsigned it stays
        paper.signed, paper.by_a_parent = True, child
        self.releases.append((pk, paper))

    def take_back(self, pick: Random) -> None:
        """The whole of it, or a class and a recipient."""
        if not self.releases:
            return
        pk, paper = pick.choice(self.releases)
        loop = self.loop(paper.client)
        if pick.random() < 0.7:
            sending.revoke(loop.actor, loop.id, pk, now=self.now)
            paper.taken_back = True
            return
        classes, to = sorted(paper.classes)[1:], sorted(paper.recipients)[:1]
        if self.tried(lambda: narrowing.narrow(loop.actor, self.client_id(paper.client), pk,
                                               Narrower(classes=classes, recipients=to), now=self.now)):
            paper.classes, paper.recipients = frozenset(classes), frozenset(to)

    def time_goes_by(self, pick: Random) -> None:
        self.now += timedelta(days=pick.randint(1, 9))

    def she_chooses_again(self, pick: Random) -> None:
        client, share = pick.choice((0, 1)), pick.random() < 0.5
        loop = self.loop(client)
        for kind in ("choose", "choose_next"):
            choice = choosing.ClientChoice(kind, "paper", ranked=loop.listings, share_words=share, go_on=True)
            if self.tried(lambda made=choice: choosing.record_choice(loop.actor, loop.id, made, now=self.now)):
                if share:
                    self.oracle.own_words.add(client)
                return

    def a_restore_shuts_the_gate(self, pick: Random) -> None:
        self._shut(pick.random() < 0.2)

    def _shut(self, shut: bool) -> None:
        if shut == self.oracle.shut:
            return
        if self.oracle.shut:
            Epoch.objects.filter(gate_opened_at=None).update(gate_opened_at=self.now)
        else:
            last = Epoch.objects.order_by("-number").first()
            Epoch.objects.create(number=(last.number if last else 0) + 1, began_at=self.now, backup_at=self.now)
        self.oracle.shut = shut

    def what_is_known_of_her(self, pick: Random) -> None:
        """Her date of birth is put right, who consented is written down, or her care here ends or begins again."""
        client, ended = pick.choice((0, 1)), pick.random() < 0.3
        self._grow(client, pick.random() < 0.4)
        if pick.random() < 0.4:
            self._consent(client)
        self._end(client, ended)

    def _end(self, client: int, ended: bool) -> None:
        if ended != (client in self.oracle.care_ended):
            Client.objects.filter(pk=self.client_id(client)).update(ended_at=self.now if ended else None)
            self.oracle.care_ended ^= {client}
            self.clients.pop(client, None)

    def _grow(self, client: int, child: bool) -> None:
        if child != (client in self.oracle.children):
            facts = facts_of(client, BORN if child else OF_AGE)
            caring.change_client(self.loop(client).actor, self.client_id(client), facts, now=self.now)
            self.oracle.children ^= {client}
            self.clients.pop(client, None)

    def _consent(self, client: int) -> None:
        if client in self.oracle.children - self.oracle.consented:
            minors.record_consent(self.loop(client).actor, self.client_id(client), consented="representative",
                                  viewers=["representative"], words="her mother told me", now=self.now)
            self.oracle.consented.add(client)
