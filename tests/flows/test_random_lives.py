"""Whatever anyone does in whatever order, no client falls through and nothing leaves uncovered.

WARMHANDOFF_TEST_LIVES: how many lives (nightly 5,000). A life that breaks prints its seed and what was done; with
WARMHANDOFF_TEST_LIFE set to that seed it alone is lived again.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from tests.cast import Cast
from tests.flows import listings
from tests.flows.lives import Life, next_act
from warmhandoff.accounts.models import Membership
from warmhandoff.accounts.queries import actor_of_membership
from warmhandoff.clients.models import CareTeam, Release
from warmhandoff.core.models import AuditEntry, Event, Message
from warmhandoff.referrals import freezing
from warmhandoff.referrals.models import Delivery, Referral
from warmhandoff.referrals.queries import visible_referrals
from warmhandoff.rules.lifecycle import MOVES, STATES
from warmhandoff.rules.refusals import Refusal

pytestmark = pytest.mark.slow

LIVES = int(os.environ.get("WARMHANDOFF_TEST_LIVES", "20"))
PARTS = 5 if LIVES >= 1000 else 1
ONE = os.environ.get("WARMHANDOFF_TEST_LIFE", "")
STEPS = 24


@pytest.fixture(autouse=True)
def _one_print(monkeypatch: Any) -> None:
    """What a page of paper looks like is tested elsewhere; here it is only carried."""
    monkeypatch.setattr(freezing, "packet_pdf", lambda content: b"%PDF-" + repr(sorted(content)).encode())


def covers(release: Release, listing_id: int, classes: list[str], purpose: str, at: datetime) -> bool:
    """Whether a release allowed this at that moment: written out again, from the row, without the gate."""
    day = at.astimezone(ZoneInfo("America/Chicago")).date()
    signed = release.signed_at is not None and release.signed_at <= at
    standing = release.revoked_at is None or release.revoked_at >= at
    named = release.recipients.filter(listing_id=listing_id).exists()
    return (signed and standing and named and release.expires_on >= day and set(classes) <= set(release.classes)
            and release.purpose == purpose)  # fmt: skip


class Witness:
    """Looks at the rows after each step, and remembers what it saw before."""

    def __init__(self, life: Life) -> None:
        self.life, self.seen_events = life, 0
        self.seen_handoffs: set[UUID] = set()
        self.seen_messages: set[UUID] = set()
        self.seen_audit = {*AuditEntry.objects.filter(verb="disclose").values_list("pk", flat=True)}

    def look(self) -> None:
        row = self.life.row
        self.one_next_step(row)
        self.somebody_holds_her(row)
        self.nothing_uncovered(row)
        self.nothing_said_in_mail()

    def one_next_step(self, row: Referral) -> None:
        if row.state == "closed":
            assert row.outcome and not row.next_step and row.due_at is None and row.next_owner is None
            assert row.endings.latest("at").outcome == row.outcome
            return
        assert row.next_step and row.waiting_on and row.due_at is not None, row.state
        assert row.next_owner is not None and row.next_owner.left_at is None and row.owner.left_at is None
        for member in {row.next_owner, row.owner}:
            mine = visible_referrals(actor_of_membership(Membership.objects.get(pk=member.pk)))
            assert mine.filter(pk=row.pk).exists(), f"{member} has the step of a referral she cannot open"

    def somebody_holds_her(self, row: Referral) -> None:
        """While a transfer is open, someone who treats and is still here is on her care team."""
        if row.kind == "transfer" and row.state != "closed":
            team = CareTeam.objects.filter(client_id=row.client_id, until=None, membership__left_at=None)
            assert any("clinician" in one.membership.roles for one in team.select_related("membership")), row.state

    def nothing_uncovered(self, row: Referral) -> None:
        events = Event.objects.filter(subject_id=row.pk, number__gt=self.seen_events).order_by("number")
        for event in events:
            self.seen_events = event.number
            if MOVES[event.move].discloses:
                assert event.release_id is not None, event.move
                to = Delivery.objects.get(pk=event.facts.reveal()["delivery"])
                release = Release.objects.get(pk=event.release_id)
                assert covers(release, to.listing_id, to.packet.classes, row.purpose, event.at), event.move
        for entry in AuditEntry.objects.filter(verb="disclose", outcome="done").exclude(pk__in=self.seen_audit):
            self.seen_audit.add(entry.pk)
            release = Release.objects.get(pk=entry.basis)
            to = Delivery.objects.get(pk=entry.subject_id)
            assert covers(release, to.listing_id, to.packet.classes, row.purpose, entry.at), "disclosed uncovered"
        live = Delivery.objects.filter(referral=row, handed_over_at__isnull=False).exclude(pk__in=self.seen_handoffs)
        for to in live.select_related("release", "packet"):
            self.seen_handoffs.add(to.pk)
            assert covers(to.release, to.listing_id, to.packet.classes, row.purpose, to.handed_over_at)
        assert Event.objects.filter(subject_id=row.pk, move__in=MOVES).count() == row.moves_made

    def nothing_said_in_mail(self) -> None:
        for message in Message.objects.filter(client_id=self.life.client_id).exclude(pk__in=self.seen_messages):
            self.seen_messages.add(message.pk)
            body = str(message.body.reveal())
            assert "Zenobia" not in body and "Quill" not in body and "trauma" not in body, message.template


def lived(life: Life) -> None:
    witness = Witness(life)
    for _ in range(STEPS):
        life.now += timedelta(minutes=3)
        act = next_act(life)
        try:
            with transaction.atomic():
                act(life)
            life.done.append(act.__name__)
        except (Refusal, IndexError, Release.DoesNotExist):
            life.done.append(f"({act.__name__})")  # refused, or nothing there to do it with
        witness.look()


@pytest.mark.parametrize("part", range(PARTS))
def test_no_life_falls_through(
    cast: Cast, settings: Any, tmp_path: Any, part: int, say: Callable[[str], None]
) -> None:
    settings.SMTP_URL = f"file://{tmp_path}/mail"
    known = listings.three(cast)
    states: set[str] = set()
    seeds = [int(ONE)] if ONE else range(part, LIVES, PARTS)
    done = refused = 0
    for seed in seeds:
        with transaction.atomic():
            life = Life(Cast(cast.practice, dict(cast.members), cast.client), known, seed)
            try:
                lived(life)
            except Exception as fault:
                raise AssertionError(f"life {seed}: {', '.join(life.done)}") from fault
            states |= set(Event.objects.filter(subject_id=life.referral_id).values_list("to_state", flat=True))
            transaction.set_rollback(True)
        refused += sum(one.startswith("(") for one in life.done)
        done += len(life.done)
    seen = f"{len(states & {*STATES})} of {len(STATES)} states"
    say(f"{len(seeds)} lives, {done} steps, {refused} of them refused; {seen}")
    assert ONE or LIVES < 200 or states >= {*STATES}, f"never came to {sorted({*STATES} - states)}"
