"""Releases: drafted in her language, signed by her or on paper, and taken back at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from tests.cast import CLIENT_NAME, NOW, Cast
from warmhandoff.clients import caring, releasing
from warmhandoff.clients.inviting import client_actor
from warmhandoff.clients.models import Release
from warmhandoff.clients.queries import releases_of
from warmhandoff.clients.releasing import ReleaseDraft, Signature
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere
from warmhandoff.rules.release import NEVER_ON_A_GENERAL_RELEASE
from warmhandoff.rules.vocab import vocabulary

TODAY = date(2026, 11, 23)
CLASSES = [code for code in vocabulary("information_classes") if code not in NEVER_ON_A_GENERAL_RELEASE][:2]
PURPOSE = next(iter(vocabulary("purposes")))
DRAFT = ReleaseDraft(
    referral_id=uuid4(), recipients=[(7, "Lena Ortiz, LCSW")], classes=CLASSES, purpose=PURPOSE,
    expires_on=TODAY + timedelta(days=90),
)  # fmt: skip
PAPER = Signature("paper", CLIENT_NAME, "signed in session")


def _draft(cast: Cast, draft: ReleaseDraft = DRAFT) -> UUID:
    return releasing.draft_release(cast.actor(), cast.client.pk, draft, now=NOW)


def _allowed(cast: Cast, *, recipient: int = 7, classes: list[str] = CLASSES, days: int = 0) -> bool:
    moment = NOW + timedelta(days=days)
    return releasing.gate(cast.client, recipient, classes=classes, purpose=PURPOSE, now=moment).allowed


def test_a_draft_says_what_it_allows_and_allows_nothing_yet(cast: Cast) -> None:
    _draft(cast)
    card = releases_of(cast.client.pk, today=TODAY)[0]
    text = " ".join(card.text)
    assert CLIENT_NAME in text and "Lena Ortiz" in text and card.referral_id == DRAFT.referral_id
    assert not card.in_force and not _allowed(cast)


def test_it_is_written_in_her_language(cast: Cast) -> None:
    cast.client.language = "es"
    cast.client.save()
    _draft(cast)
    assert "Permiso" in Release.objects.get().text.reveal()


def test_a_newer_draft_takes_the_place_of_the_older(cast: Cast) -> None:
    first, second = _draft(cast), _draft(cast)
    assert list(Release.objects.values_list("pk", flat=True)) == [second] and first != second


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"classes": []}, "classes"), ({"classes": ["gossip"]}, "classes"),
        ({"classes": sorted(NEVER_ON_A_GENERAL_RELEASE)[:1]}, "classes"), ({"recipients": []}, "recipients"),
        ({"purpose": "curiosity"}, "purpose"), ({"expires_on": TODAY - timedelta(days=1)}, "expires_on"),
        ({"expires_on": TODAY + timedelta(days=4000)}, "expires_on"),
    ],
)  # fmt: skip
def test_a_release_that_cannot_be_is_refused(cast: Cast, wrong: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        _draft(cast, replace(DRAFT, **wrong))  # type: ignore[arg-type]
    assert field in [problem.field for problem in refused.value.problems] and not Release.objects.exists()


@pytest.mark.parametrize("part", ["coordinator", "colleague", "outsider", "admin"])
def test_only_those_who_care_for_her_draft_and_enter_paper(cast: Cast, part: str) -> None:
    with pytest.raises(NotThere):
        releasing.draft_release(cast.actor(part), cast.client.pk, DRAFT, now=NOW)
    release = _draft(cast)
    with pytest.raises(NotThere):
        releasing.sign_release(cast.actor(part), release, PAPER, now=NOW)


def test_signed_it_covers_exactly_what_it_names_until_its_last_day(cast: Cast) -> None:
    releasing.sign_release(cast.actor(), _draft(cast), PAPER, now=NOW)
    assert _allowed(cast) and _allowed(cast, classes=CLASSES[:1]) and _allowed(cast, days=90)
    assert not _allowed(cast, recipient=8) and not _allowed(cast, days=91)
    other = next(code for code in vocabulary("information_classes") if code not in CLASSES)
    assert not _allowed(cast, classes=[*CLASSES, other])


def test_she_signs_by_herself_once_her_identity_was_checked(cast: Cast) -> None:
    release, her = _draft(cast), client_actor(cast.client)
    portal = Signature("portal", "Rosalind M.")
    with pytest.raises(NotAllowed, match="check once that it is you"):
        releasing.sign_release(her, release, portal, now=NOW)
    caring.record_identity_check(cast.actor("coordinator"), cast.client.pk, how="photo", now=NOW)
    signed = releasing.sign_release(her, release, portal, now=NOW)
    assert signed.signed_name.reveal() == "Rosalind M." and _allowed(cast)
    with pytest.raises(NotNow):
        releasing.sign_release(her, release, portal, now=NOW)


@pytest.mark.parametrize(
    ("signature", "refusal"),
    [(Signature("paper", "  "), BadInput), (Signature("stamp", "R"), BadInput), (Signature("portal", "R"), NotAllowed)],
)
def test_a_signature_has_a_name_and_staff_never_sign_for_her(
    cast: Cast, signature: Signature, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        releasing.sign_release(cast.actor(), _draft(cast), signature, now=NOW)
    assert Release.objects.get().signed_at is None


def test_another_clients_release_is_not_there(cast: Cast) -> None:
    release = _draft(cast)
    other = caring.client_row(cast.actor(), cast.add_client("Jonas Thule"))
    with pytest.raises(NotThere):
        releasing.sign_release(client_actor(other), release, Signature("portal", "J"), now=NOW)


def _nothing_under_way(release: Release, now: object) -> bool:
    return False


def test_taken_back_it_covers_nothing_more_and_the_other_stays(cast: Cast) -> None:
    release = _draft(cast)
    with pytest.raises(NotNow):
        releasing.revoke_release(cast.actor(), release, now=NOW, in_flight=_nothing_under_way)
    releasing.sign_release(cast.actor(), release, PAPER, now=NOW)
    her = client_actor(cast.client)
    revoked = releasing.revoke_release(her, release, now=NOW, in_flight=_nothing_under_way)
    assert revoked.revoked_by == "client" and not _allowed(cast)
    again = releasing.revoke_release(cast.actor(), release, now=NOW + timedelta(days=1), in_flight=_nothing_under_way)
    assert again.revoked_at == NOW


def test_taking_back_waits_for_a_hand_over_under_way(cast: Cast) -> None:
    release, looked = _draft(cast), []
    releasing.sign_release(cast.actor(), release, PAPER, now=NOW)

    def under_way(row: Release, now: object) -> bool:
        looked.append(row.revoked_at)
        return len(looked) < 3

    releasing.revoke_release(cast.actor(), release, now=NOW, in_flight=under_way, wait_seconds=5)
    assert looked == [None, None, None] and not _allowed(cast)
