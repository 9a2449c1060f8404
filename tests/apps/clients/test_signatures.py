"""Signatures on the clinician's device: each in its own place, each able to end the release, none able to see more."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.apps.clients.releases import asked, born, drafted, idle
from tests.cast import NOW, Cast
from warmhandoff.clients import inviting, minors, releasing
from warmhandoff.clients.models import Release, ReleaseSigner
from warmhandoff.clients.restored import take_back_again
from warmhandoff.clients.signatures import (
    Handed,
    hand_to_signer,
    own_signature,
    signer_actor,
    signer_page,
    take_signature_back,
)
from warmhandoff.core import journal
from warmhandoff.core.models import AuditEntry, JournalEntry
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere


def _handed(cast: Cast, release: UUID, order: int = 1, **more: Any) -> Actor:
    return hand_to_signer(cast.actor(), release, Handed(order, "seen in session", **more), now=NOW)


def _sign(actor: Actor, release: UUID, name: str = "Paul Marlowe") -> Release:
    return releasing.sign_release(actor, release, own_signature(actor, name), now=NOW)


def test_it_counts_once_each_of_them_has_signed_on_the_device(cast: Cast) -> None:
    release = drafted(cast, others=["Paul Marlowe", "Eve Marlowe"])
    her = inviting.client_actor(cast.client)
    releasing.sign_release(her, release, releasing.Signature("device", "Rosalind", identity="in session"), now=NOW)
    for order in (2, 1):
        assert not asked(cast).allowed
        last = _sign(_handed(cast, release, order), release, f"signer {order}")
    assert last.signed_at == NOW and asked(cast).allowed
    rows = ReleaseSigner.objects.filter(release=release).order_by("order")
    assert [one.name.reveal() for one in rows] == ["Rosalind", "signer 1", "signer 2"]
    assert rows[1].identity_check.reveal() == "seen in session" and rows[1].signed_how == "device"
    assert AuditEntry.objects.filter(verb="hand_device_to", subject_kind="release").count() == 2


def test_she_signs_for_herself_and_never_for_the_next_one(cast: Cast) -> None:
    release = drafted(cast, others=["Paul Marlowe"])
    her = inviting.client_actor(cast.client)
    signature = releasing.Signature("device", "Rosalind", identity="in session")
    releasing.sign_release(her, release, signature, now=NOW)
    with pytest.raises(NotNow):
        releasing.sign_release(her, release, signature, now=NOW)
    assert not asked(cast).allowed and ReleaseSigner.objects.get(release=release, order=1).signed_at is None


def test_the_signer_of_one_place_cannot_fill_another(cast: Cast) -> None:
    release = drafted(cast, others=["Paul Marlowe"])
    him = _handed(cast, release)
    hers = ReleaseSigner.objects.get(release=release, order=0)
    stolen = releasing.Signature("device", "Paul Marlowe", identity="x", signer=hers.pk)
    releasing.sign_release(him, release, stolen, now=NOW)
    hers.refresh_from_db()
    assert hers.signed_at is None and ReleaseSigner.objects.get(release=release, order=1).signed_at == NOW


def test_the_device_is_handed_over_by_staff_who_say_how_they_know(cast: Cast) -> None:
    release = drafted(cast, others=["Paul Marlowe"])
    with pytest.raises(BadInput, match="how you know"):
        hand_to_signer(cast.actor(), release, Handed(1, " "), now=NOW)
    with pytest.raises(NotThere):
        hand_to_signer(cast.actor(), release, Handed(7, "seen"), now=NOW)
    with pytest.raises(NotAllowed):
        hand_to_signer(inviting.client_actor(cast.client), release, Handed(1, "seen"), now=NOW)
    for part in ("colleague", "outsider", "coordinator"):
        with pytest.raises(NotThere):
            hand_to_signer(cast.actor(part), release, Handed(1, "seen"), now=NOW)


def test_a_mother_signs_for_her_child_and_the_right_is_what_staff_saw(cast: Cast) -> None:
    born(cast, "2015-01-05")
    release = drafted(cast)
    right = {"kind": "representative", "scope": "mother", "evidence": "birth certificate seen"}
    with pytest.raises(BadInput, match="record first who consented"):
        _handed(cast, release, 0, **right)
    minors.record_consent(cast.actor(), cast.client.pk, consented="representative", viewers=["representative"],
                          words="Intake form", now=NOW)  # fmt: skip
    with pytest.raises(BadInput, match="by what right"):
        _handed(cast, release, 0, kind="representative", scope="mother")
    mother = _handed(cast, release, 0, **right)
    assert _sign(mother, release, "Ida Marlowe").signed_at == NOW and asked(cast).allowed
    row = ReleaseSigner.objects.get(release=release)
    assert (row.kind, row.evidence.reveal(), row.client_age) == ("representative", "birth certificate seen", 11)


def test_one_of_them_ends_it_for_all(cast: Cast) -> None:
    release = drafted(cast, others=["Paul Marlowe"])
    releasing.sign_release(cast.actor(), release, releasing.Signature("paper", "Rosalind", "seen"), now=NOW)
    him = _handed(cast, release)
    _sign(him, release)
    assert asked(cast).allowed
    releasing.revoke_release(him, release, now=NOW, in_flight=idle)
    row = Release.objects.get(pk=release)
    assert row.revoked_at == NOW and row.revoked_by == "signer"
    assert ReleaseSigner.objects.get(release=release, order=1).withdrawn_at == NOW
    assert ReleaseSigner.objects.get(release=release, order=0).withdrawn_at is None
    assert asked(cast).reason == "The client has taken this release back."
    with pytest.raises(NotNow):
        _handed(cast, release)


@pytest.mark.parametrize("who", [0, 1])
def test_whoever_takes_it_back_before_the_other_signed_stops_it_for_good(cast: Cast, who: int) -> None:
    release = drafted(cast, others=["Paul Marlowe"])
    people = [inviting.client_actor(cast.client), _handed(cast, release)]
    signatures = [releasing.Signature("device", "Rosalind", identity="in session"), own_signature(people[1], "Paul")]
    with pytest.raises(NotNow):
        take_signature_back(people[who], release, now=NOW)
    releasing.sign_release(people[who], release, signatures[who], now=NOW)
    take_signature_back(people[who], release, now=NOW)
    with pytest.raises(NotNow, match="anew"):
        releasing.sign_release(people[1 - who], release, signatures[1 - who], now=NOW)
    assert not asked(cast).allowed and Release.objects.get(pk=release).signed_at is None


def test_the_gate_itself_refuses_a_signature_taken_back(cast: Cast) -> None:
    """However such a row came to be: by hand, by a restore in the middle."""
    release = drafted(cast)
    releasing.sign_release(cast.actor(), release, releasing.Signature("paper", "Rosalind", "seen"), now=NOW)
    ReleaseSigner.objects.filter(release=release).update(withdrawn_at=NOW)
    assert asked(cast).reason == "Someone who signed this release has taken the signature back."


def test_a_restore_does_not_give_the_signature_back(cast: Cast) -> None:
    release = drafted(cast, others=["Paul Marlowe"])
    him = _handed(cast, release)
    _sign(him, release)
    take_signature_back(him, release, now=NOW)
    said = JournalEntry.objects.get(kind="signature_taken_back")
    line = journal.Line(said.pk, said.at, said.kind, said.practice_id, said.subject_id)
    assert take_back_again(line, NOW) is False
    ReleaseSigner.objects.filter(release=release).update(withdrawn_at=None)
    assert take_back_again(line, NOW) is True
    with pytest.raises(NotNow):
        releasing.sign_release(cast.actor(), release, releasing.Signature("paper", "Rosalind", "seen"), now=NOW)


def test_a_release_written_anew_closes_the_device(cast: Cast) -> None:
    him = _handed(cast, drafted(cast, others=["Paul Marlowe"]))
    assert signer_page(him, now=NOW).mine.order == 1 and him.signer_id is not None
    drafted(cast, others=["Paul Marlowe"])
    with pytest.raises(NotThere):
        signer_actor(him.signer_id)
    with pytest.raises(NotThere):
        signer_page(him, now=NOW)
