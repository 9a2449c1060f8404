"""Walls of clients: whose record, release, key and journal line it is decides who reads or ends it (R-04).

One wall at a time, as in test_other_practices.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from tests.apps.clients.releases import asked, drafted, idle, signed
from tests.cast import CLIENT_NAME, NOW, Cast
from warmhandoff.accounts.models import Membership
from warmhandoff.clients import (
    accounting,
    emergency,
    emergency_rate,
    exporting,
    figures,
    inviting,
    lawful,
    process_notes,
    release_history,
    restored,
    signatures,
    teams,
)
from warmhandoff.clients.caring import ClientFacts, add_client
from warmhandoff.clients.models import (
    CareTeam,
    Client,
    EmergencyAccess,
    LawfulDisclosure,
    PortalKey,
    ProcessNoteKey,
    Release,
)
from warmhandoff.clients.narrowing import Narrower, narrow_release
from warmhandoff.clients.queries import visible_clients
from warmhandoff.core import clock
from warmhandoff.core.journal import Line
from warmhandoff.rules.refusals import NotAllowed, NotThere, Unavailable

HOUR = timedelta(hours=1)
WHY = emergency.Asked("danger", "She called in distress and hung up.", name=CLIENT_NAME)


@pytest.fixture
def other(cast: Cast) -> UUID:
    return cast.members["outsider"].practice_id


def theirs(cast: Cast) -> UUID:
    """A client of the other practice."""
    return add_client(cast.actor("outsider"), ClientFacts(name="Priya Vandermeer", zip="10001"), now=NOW)


def line(kind: str, practice: UUID, subject: UUID, *, later: timedelta = timedelta()) -> Line:
    return Line(uuid4(), NOW + later, kind, practice, subject)


def test_a_client_is_seen_in_her_practice_whoever_else_stands_on_a_team(cast: Cast, other: UUID) -> None:
    elsewhere = theirs(cast)
    CareTeam.objects.create(client_id=elsewhere, membership=cast.clinician, since=NOW)
    assert [row.pk for row in visible_clients(cast.actor())] == [cast.client.pk]
    her = inviting.client_actor(cast.client)
    assert visible_clients(her).get() == cast.client
    assert not visible_clients(replace(her, practice_id=other)).exists()


def test_what_she_may_see_goes_with_her_role(cast: Cast, other: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    emergency.open_in_emergency(cast.actor("colleague"), WHY, now=NOW)
    parts = ("clinician", "supervisor", "colleague")

    def seen() -> list[int]:
        return [visible_clients(cast.actor(part)).count() for part in parts]

    assert seen() == [1, 1, 1]
    EmergencyAccess.objects.update(practice_id=other)
    assert seen() == [1, 1, 0], "what was opened elsewhere opens nothing here"
    EmergencyAccess.objects.update(practice_id=cast.practice.pk)
    for part, roles in zip(parts, (["admin"], ["clinician"], ["admin"]), strict=True):
        Membership.objects.filter(pk=cast.members[part].pk).update(roles=roles)
        cast.members[part].refresh_from_db()
    assert seen() == [0, 0, 0], "team, supervision and emergency are still on the record"


def test_what_was_shared_about_her_stands_on_her_own_page_alone(cast: Cast) -> None:
    assert accounting.shared_about_me(inviting.client_actor(cast.client), now=NOW) == []
    for actor in (cast.actor(), replace(cast.actor(), client_id=cast.client.pk)):
        with pytest.raises(NotThere):
            accounting.shared_about_me(actor, now=NOW)


def test_how_often_clients_are_opened_in_an_emergency_is_counted_by_practice(cast: Cast, other: UUID) -> None:
    emergency.open_in_emergency(cast.actor("colleague"), WHY, now=NOW)
    signed(cast)

    def counted(part: str) -> tuple[int, int]:
        rate = emergency_rate.emergency_rate(cast.actor(part), now=NOW + HOUR)
        return rate.emergencies, rate.releases

    assert (counted("admin"), counted("outsider")) == ((1, 1), (0, 0))
    EmergencyAccess.objects.update(practice_id=other)
    assert (counted("admin"), counted("outsider")) == ((0, 1), (1, 0))
    with pytest.raises(NotAllowed):
        counted("clinician")


def test_her_whole_record_is_taken_out_by_those_who_care_for_her(cast: Cast) -> None:
    for actor in (cast.actor("coordinator"), inviting.client_actor(cast.client)):
        with pytest.raises(NotAllowed):
            exporting.export_record(actor, cast.client.pk, now=NOW)


def test_she_asks_for_her_record_herself(cast: Cast) -> None:
    for actor in (cast.actor(), replace(cast.actor(), client_id=cast.client.pk)):
        with pytest.raises(NotAllowed):
            exporting.ask_for_record(actor, now=NOW)
    with pytest.raises(NotThere):
        exporting.has_asked(cast.actor())
    assert not exporting.has_asked(inviting.client_actor(cast.client))


def test_reports_count_the_clients_of_one_practice(cast: Cast, other: UUID) -> None:
    CareTeam.objects.update(until=NOW)
    assert figures.held_by_nobody(cast.practice.pk) == 1 and figures.held_by_nobody(other) == 0
    assert figures.languages_and_births(cast.practice.pk, [cast.client.pk]) == {cast.client.pk: ("en", "1991-04-02")}
    assert figures.languages_and_births(other, [cast.client.pk]) == {}


def test_a_client_is_given_to_an_heir_by_her_own_administrators(cast: Cast) -> None:
    heir = cast.members["colleague"]
    with pytest.raises(NotAllowed):
        teams.give_client(cast.actor(), cast.client.pk, heir, now=NOW)
    elsewhere = theirs(cast)
    CareTeam.objects.filter(client_id=elsewhere).delete()
    for wanted, to in ((elsewhere, cast.members["outsider"]), (uuid4(), heir)):
        with pytest.raises(NotThere):
            teams.give_client(cast.actor("admin"), wanted, to, now=NOW)
    assert not CareTeam.objects.filter(membership=heir).exists()
    teams.give_client(cast.actor("admin"), cast.client.pk, heir, now=NOW)
    assert CareTeam.objects.get(membership=heir).client == cast.client


def test_process_notes_of_two_practices_are_under_two_keys(cast: Cast) -> None:
    parts = {"outsider": theirs(cast), "clinician": cast.client.pk}

    def read(part: str) -> list[str]:
        return [note.text for note in process_notes.own_notes(cast.actor(part), parts[part], now=NOW)]

    for part, client in parts.items():
        cast.uses(part, process_notes=True)
        process_notes.write_note(cast.actor(part), client, f"by the {part}", now=NOW)
        assert read(part) == [f"by the {part}"]
    assert read("outsider") == ["by the outsider"], "also with another practice's key beside it"
    ProcessNoteKey.objects.filter(practice_id=cast.members["outsider"].practice_id).delete()
    assert read("clinician") == ["by the clinician"]
    with pytest.raises(Unavailable):
        read("outsider")


def test_a_release_is_opened_and_copied_as_its_own_clients(cast: Cast) -> None:
    release, second = signed(cast), cast.add_client()
    assert release_history.one_release(cast.actor(), cast.client.pk, release, now=NOW).id == release
    with pytest.raises(NotThere):
        release_history.one_release(cast.actor(), second, release, now=NOW)
    with pytest.raises(NotThere):
        release_history.record_copy(cast.actor(), second, release, how="print", now=NOW)
    assert Release.objects.get(pk=release).copy_given_at is None


def test_a_shredded_practice_ends_no_other_ones_links(cast: Cast, other: UUID) -> None:
    inviting.invite_client(cast.actor(), cast.client.pk, referral_id=None, now=NOW)
    assert restored.end_portal_keys_of(other, NOW) == 0
    assert PortalKey.objects.get().ended_at is None
    assert restored.end_portal_keys_of(cast.practice.pk, NOW) == 1


def test_another_practices_journal_ends_no_release(cast: Cast, other: UUID) -> None:
    release = signed(cast)
    for again, kind in ((restored.revoke_again, "release_revoked"), (restored.narrow_again, "release_narrowed")):
        assert again(line(kind, other, release), NOW) is None
    assert asked(cast).allowed
    narrow_release(cast.actor(), release, Narrower(classes=["reason"]), now=NOW + HOUR, in_flight=idle)
    assert restored.narrow_again(line("release_narrowed", cast.practice.pk, release), NOW) is False, "it is narrow"
    assert restored.narrow_again(line("release_narrowed", other, release), NOW) is None, "there is none of theirs"
    assert restored.revoke_again(line("release_revoked", cast.practice.pk, release), NOW) is True
    assert not asked(cast).allowed


def test_another_practices_journal_takes_no_signature_back(cast: Cast, other: UUID) -> None:
    release = Release.objects.get(pk=signed(cast))
    place = release.signers.get()
    assert restored.take_back_again(line("signature_taken_back", other, place.pk), NOW) is None
    place.refresh_from_db()
    assert place.withdrawn_at is None
    assert restored.take_back_again(line("signature_taken_back", cast.practice.pk, place.pk), NOW) is True


def test_another_practices_journal_erases_no_client(cast: Cast, other: UUID) -> None:
    assert restored.erase_client_again(line("client_erased", other, cast.client.pk), NOW) is None
    assert Client.objects.filter(pk=cast.client.pk).exists()


def test_what_was_told_without_a_release_is_one_practices(cast: Cast, other: UUID) -> None:
    told = lawful.record_disclosure(cast.actor(), cast.client.pk, lawful.Record(), now=NOW)
    assert lawful.disclosure_row(cast.actor(), told).pk == told
    with pytest.raises(NotAllowed, match="someone other"):
        lawful.review_disclosure(cast.actor(), told, "It was needed.", now=NOW)
    LawfulDisclosure.objects.update(practice_id=other)
    with pytest.raises(NotThere):
        lawful.disclosure_row(cast.actor(), told)
    with pytest.raises(NotThere):
        lawful.review_disclosure(cast.actor("admin"), told, "It was needed.", now=NOW)


def test_who_signs_on_the_device_signs_at_one_practice(cast: Cast, other: UUID) -> None:
    release = drafted(cast, others=["Paul Marlowe"])
    him = signatures.hand_to_signer(cast.actor(), release, signatures.Handed(1, "seen in session"), now=NOW)
    assert signatures.own_signature(him, "Paul Marlowe").signer == him.signer_id
    for actor in (replace(him, practice_id=other), replace(cast.actor(), signer_id=him.signer_id)):
        with pytest.raises(NotThere):
            signatures.own_signature(actor, "Paul Marlowe")
