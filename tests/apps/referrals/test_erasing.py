"""A draft goes without a trace; whatever anyone but its owner may know of stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import DatabaseError, transaction

from tests.apps.referrals.loop import DAY, NEED, WAYS, Loop, loop_at
from tests.cast import NOW, Cast
from warmhandoff.clients import inviting
from warmhandoff.clients.caring import join_team, new_access_code, record_identity_check
from warmhandoff.clients.erasing import erase_client
from warmhandoff.clients.erasing import why_not as why_not_client
from warmhandoff.clients.models import Client
from warmhandoff.clients.releasing import ReleaseDraft, draft_release
from warmhandoff.core import journal
from warmhandoff.core.fields import SealedField
from warmhandoff.core.models import AuditedClient, AuditEntry, Event, JournalEntry
from warmhandoff.referrals import closing, planning, talking
from warmhandoff.referrals.erasing import erase_draft, why_not
from warmhandoff.referrals.models import Referral
from warmhandoff.referrals.restored import erase_draft_again
from warmhandoff.rules.erasing import DRAFT_MOVES, Draft, why_not_erased
from warmhandoff.rules.lifecycle import MOVES
from warmhandoff.rules.refusals import NotNow, NotThere

pytestmark = pytest.mark.slow  # goes through every state

KEPT = {AuditEntry, AuditedClient, JournalEntry}  # ids only: what was done, and what a backup must not bring back


def _values(row: Any) -> Iterator[str]:
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        yield str(value.reveal() if isinstance(field, SealedField) else value)


def tables_that_name(*ids: UUID) -> set[str]:
    """Every table with a row in which one of these ids occurs, sealed values opened."""
    wanted = {text for one in ids for text in (str(one), one.hex)}
    return {
        model._meta.label for model in apps.get_models(include_auto_created=True) if model not in KEPT
        for row in model._base_manager.all() if any(text in value for value in _values(row) for text in wanted)
    }


def drafted(cast: Cast) -> Loop:
    """A draft to which everything was done that leaves it one."""
    loop = Loop(cast)
    new = planning.NewReferral(kind="adjunct", reason="modality", need=NEED, background="Said in passing.")
    planning.change_need(loop.actor, loop.id, new, seen=None, now=NOW)
    planning.put_off(loop.actor, loop.id, due_at=NOW + timedelta(days=3), why="not yet", now=NOW)
    planning.hand_to(loop.actor, loop.id, cast.members["supervisor"].pk, now=NOW)
    planning.hand_to(cast.actor("supervisor"), loop.id, cast.clinician.pk, now=NOW)
    return loop


def test_a_draft_goes_without_a_trace(cast: Cast) -> None:
    loop, other = drafted(cast), Loop(cast)
    assert tables_that_name(loop.id) == {"referrals.Referral", "core.Event"}
    erase_draft(loop.actor, loop.id, now=NOW)
    assert tables_that_name(loop.id) == set()
    entry = AuditEntry.objects.get(verb="erase")
    assert (entry.subject_kind, entry.subject_id) == ("referral", str(loop.id))
    assert [row.client_id for row in entry.clients.all()] == [cast.client.pk]
    assert JournalEntry.objects.get(subject_id=loop.id).kind == "referral_erased"
    assert Event.objects.filter(subject_id=other.id).exists() and other.state == "needed"
    with pytest.raises(NotThere):
        erase_draft(loop.actor, loop.id, now=NOW)


@pytest.mark.parametrize("state", [state for state in WAYS if state != "needed"])
def test_what_left_draft_stays(cast: Cast, state: str) -> None:
    loop = loop_at(cast, state)
    events = Event.objects.count()
    with pytest.raises(NotNow, match="stays in the record|offered"):
        erase_draft(loop.actor, loop.id, now=NOW)
    assert loop.state == state and Event.objects.count() == events


def _talk(loop: Loop) -> None:
    talking.log_conversation(loop.actor, loop.id, held_on=NOW.date(), how="session", beats=[], how_taken="", now=NOW)


def _invite(loop: Loop) -> None:
    inviting.invite_client(loop.actor, loop.cast.client.pk, referral_id=loop.id, now=NOW)


def _reopened(loop: Loop) -> None:
    closing.close(loop.actor, loop.id, outcome="cancelled", why="a mistake", now=NOW)
    closing.reopen(loop.actor, loop.id, why="not a mistake", now=NOW)


def _draft_a_release(loop: Loop) -> None:
    wanted = ReleaseDraft(loop.id, [(loop.listings[0], "Avery Lowell")], ["contact"], "same_service", NOW.date() + DAY)
    draft_release(loop.actor, loop.cast.client.pk, wanted, now=NOW)


@pytest.mark.parametrize("told", [_talk, _invite, _reopened, _draft_a_release])
def test_a_draft_that_was_told_of_stays(cast: Cast, told: Callable[[Loop], Any]) -> None:
    loop = Loop(cast)
    told(loop)
    assert loop.state == "needed" and why_not(loop.actor, loop.id)
    with pytest.raises(NotNow):
        erase_draft(loop.actor, loop.id, now=NOW)


def test_only_its_owner_erases_it(cast: Cast) -> None:
    loop = Loop(cast)
    with pytest.raises(NotNow, match="looks after it"):
        erase_draft(cast.actor("supervisor"), loop.id, now=NOW)
    for part in ("colleague", "coordinator", "admin", "outsider"):
        with pytest.raises(NotThere):
            erase_draft(cast.actor(part), loop.id, now=NOW)
    assert loop.state == "needed"


def test_the_database_lets_no_other_event_go(cast: Cast) -> None:
    erased, other = Loop(cast), Loop(cast)
    erase_draft(erased.actor, erased.id, now=NOW)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.objects.filter(subject_id=other.id).delete()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.objects.filter(subject_id=cast.client.pk).delete()


def test_every_move_is_a_drafts_or_not() -> None:
    """A new move is looked at: one that tells anyone of the referral must not stand among the draft's."""
    for code, move in MOVES.items():
        reason = why_not_erased(Draft(state=move.to or "needed", moves=frozenset({"record_need", code})))
        assert (reason == "") == (code in DRAFT_MOVES), code
    assert not any(MOVES[code].discloses for code in DRAFT_MOVES)


def test_a_restored_backup_erases_again(cast: Cast) -> None:
    loop = Loop(cast)
    line = journal.Line(loop.id, NOW, "referral_erased", cast.practice.pk, loop.id)
    JournalEntry.objects.create(kind=line.kind, practice_id=line.practice_id, subject_id=loop.id, at=NOW)
    assert erase_draft_again(line, NOW) is True
    assert tables_that_name(loop.id) == set()
    assert erase_draft_again(line, NOW) is None


# --- a client added by mistake


def mistaken(cast: Cast) -> UUID:
    client_id = cast.add_client("Nobody Really")
    join_team(cast.actor(), client_id, cast.members["colleague"].pk, now=NOW)
    new_access_code(cast.actor(), client_id, how="seen in session", now=NOW)
    new = planning.NewReferral(kind="transfer", reason="modality", need=NEED)
    planning.record_need(cast.actor(), client_id, new, now=NOW)
    return client_id


def test_a_client_added_by_mistake_goes_with_her_drafts(cast: Cast) -> None:
    client_id = mistaken(cast)
    draft = Referral.objects.get(client_id=client_id).pk
    assert why_not_client(cast.actor(), client_id) == ""
    erase_client(cast.actor(), client_id, now=NOW)
    assert tables_that_name(client_id, draft) == set()
    assert Client.objects.filter(pk=cast.client.pk).exists()
    assert AuditEntry.objects.filter(verb="erase", subject_id=str(client_id)).exists()


@pytest.mark.parametrize("what", [
    lambda cast, client: record_identity_check(cast.actor(), client, how="seen in session", now=NOW),
    lambda cast, client: inviting.invite_client(cast.actor(), client, referral_id=None, now=NOW),
    lambda cast, client: _talk_about(cast, client),
    lambda cast, client: planning.hand_to(
        cast.actor(), Referral.objects.get(client_id=client).pk, cast.members["colleague"].pk, now=NOW
    ),
])  # fmt: skip
def test_a_client_with_a_record_stays(cast: Cast, what: Callable[[Cast, UUID], Any]) -> None:
    client_id = mistaken(cast)
    what(cast, client_id)
    with pytest.raises(NotNow):
        erase_client(cast.actor(), client_id, now=NOW)
    assert Client.objects.filter(pk=client_id).exists()


def _talk_about(cast: Cast, client_id: UUID) -> None:
    draft = Referral.objects.get(client_id=client_id).pk
    talking.log_conversation(cast.actor(), draft, held_on=NOW.date(), how="phone", beats=[], how_taken="", now=NOW)


def test_who_erases_a_client(cast: Cast) -> None:
    client_id = mistaken(cast)
    with pytest.raises(NotNow, match="who added her|looks after"):
        erase_client(cast.actor("colleague"), client_id, now=NOW)
    for part in ("coordinator", "admin", "outsider"):
        with pytest.raises(NotThere):
            erase_client(cast.actor(part), client_id, now=NOW)
