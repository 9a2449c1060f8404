"""A signed release can be made narrower at once and never wider; every version is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.apps.clients.releases import REFERRAL, TODAY, asked, drafted, idle, signed
from tests.cast import NOW, Cast
from warmhandoff.clients import inviting, releasing, restored
from warmhandoff.clients.models import Release, ReleaseVersion
from warmhandoff.clients.narrowing import Narrower, narrow_release
from warmhandoff.core import journal
from warmhandoff.core.models import JournalEntry
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere


def _narrow(cast: Cast, release: Any, **more: Any) -> Release:
    return narrow_release(cast.actor(), release, Narrower(**more), now=NOW, in_flight=idle)


def test_fewer_classes_recipients_and_days_hold_at_once(cast: Cast) -> None:
    release = signed(cast, back_classes=["progress_updates"])
    text = Release.objects.get().text.reveal()
    end = TODAY + timedelta(days=10)
    _narrow(cast, release, classes=["reason"], recipients=[7], expires_on=end, back_classes=[])
    assert asked(cast, "reason").allowed and not asked(cast, "background").allowed
    assert not asked(cast, "reason", to=8).allowed and not asked(cast, "progress_updates", back=True).allowed
    assert not asked(cast, "reason", at=NOW + timedelta(days=11)).allowed
    assert releasing.covering(REFERRAL, 8, now=NOW) is None
    assert Release.objects.get().text.reveal() == text, "what was signed stays as it was signed"


def test_every_version_is_kept_with_who_and_when(cast: Cast) -> None:
    release = signed(cast)
    _narrow(cast, release, classes=["reason"])
    her = inviting.client_actor(cast.client)
    narrow_release(her, release, Narrower(recipients=[8]), now=NOW + timedelta(days=1), in_flight=idle)
    versions = list(ReleaseVersion.objects.order_by("number"))
    assert [one.number for one in versions] == [1, 2, 3]
    assert [one.classes for one in versions] == [["reason", "background"], ["reason"], ["reason"]]
    assert [len(one.recipients) for one in versions] == [2, 2, 1]
    assert [(one.side, one.by_id) for one in versions] == [
        ("referrer", cast.clinician.pk), ("referrer", cast.clinician.pk), ("client", None),
    ]  # fmt: skip


@pytest.mark.parametrize(("wider", "field"), [
    ({"classes": ["reason", "risk"]}, "classes"), ({"recipients": [7, 9]}, "recipients"),
    ({"back_classes": ["course"]}, "back_classes"), ({"expires_on": TODAY + timedelta(days=91)}, "expires_on"),
    ({"expires_on": TODAY - timedelta(days=1)}, "expires_on"), ({"classes": []}, "classes"),
    ({"recipients": []}, "recipients"),
])  # fmt: skip
def test_it_never_becomes_wider_nor_empty(cast: Cast, wider: dict[str, Any], field: str) -> None:
    release = signed(cast)
    with pytest.raises(BadInput) as refused:
        _narrow(cast, release, **wider)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert ReleaseVersion.objects.count() == 1 and asked(cast, "background", to=8).allowed


def test_the_same_again_is_no_version(cast: Cast) -> None:
    release = signed(cast)
    _narrow(cast, release, classes=["background", "reason"], recipients=[7, 8])
    assert ReleaseVersion.objects.count() == 1 and not JournalEntry.objects.filter(kind="release_narrowed").exists()


def test_only_what_is_in_force_is_narrowed_and_by_those_who_may(cast: Cast) -> None:
    draft = drafted(cast)
    with pytest.raises(NotNow):
        _narrow(cast, draft, classes=["reason"])
    release = signed(cast)
    for part in ("coordinator", "colleague", "outsider"):
        with pytest.raises(NotThere):
            narrow_release(cast.actor(part), release, Narrower(classes=["reason"]), now=NOW, in_flight=idle)
    releasing.revoke_release(cast.actor(), release, now=NOW, in_flight=idle)
    with pytest.raises(NotNow):
        _narrow(cast, release, classes=["reason"])


def test_it_waits_for_a_hand_over_under_way(cast: Cast) -> None:
    release, looked = signed(cast), []

    def under_way(row: Release, now: object) -> bool:
        looked.append(list(row.classes))
        return len(looked) < 3

    narrow_release(cast.actor(), release, Narrower(classes=["reason"]), now=NOW, in_flight=under_way, wait_seconds=5)
    assert looked == [["reason", "background"]] * 3 and not asked(cast, "background").allowed


def test_a_restore_from_before_takes_a_narrowed_release_back(cast: Cast) -> None:
    release = signed(cast)
    _narrow(cast, release, classes=["reason"])
    said = JournalEntry.objects.get(kind="release_narrowed")
    line = journal.Line(said.pk, said.at, said.kind, said.practice_id, said.subject_id)
    assert restored.narrow_again(line, NOW) is False, "what was restored has it already"
    ReleaseVersion.objects.filter(number=2).delete()
    Release.objects.filter(pk=release).update(classes=["reason", "background"])
    assert restored.narrow_again(line, NOW) is True and not asked(cast).allowed
