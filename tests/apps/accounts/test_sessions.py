"""Sessions: how long they last, and everything that ends them; always from the very next look on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tests.apps.accounts.test_second_factors import live, session_of
from tests.cast import NOW, PASSWORD, Cast
from warmhandoff.accounts import joining, leaving, own_account, second_factors, sessions
from warmhandoff.accounts.models import Membership, SignedIn, User
from warmhandoff.clients.caring import join_team
from warmhandoff.core.models import AuditEntry
from warmhandoff.rules.refusals import BadInput, NotThere, TooMany


def look(row: SignedIn, after: timedelta) -> object:
    return sessions.look(str(row.pk), now=NOW + after)


def test_fifteen_minutes_of_rest_end_it(cast: Cast) -> None:
    row = session_of(cast, "clinician")
    assert isinstance(look(row, timedelta(minutes=15)), sessions.Live)
    row = session_of(cast, "clinician")
    assert look(row, timedelta(minutes=15, seconds=1)) == "idle"


def test_twelve_hours_end_it_however_busy(cast: Cast) -> None:
    row = session_of(cast, "clinician")
    for minutes in range(0, 12 * 60 + 1, 10):
        assert isinstance(look(row, timedelta(minutes=minutes)), sessions.Live)
    assert look(row, timedelta(hours=12, seconds=1)) == "ended"


def test_being_seen_is_written_once_a_minute(cast: Cast, django_assert_num_queries: Callable[[int], object]) -> None:
    row = session_of(cast, "clinician")
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        look(row, timedelta(seconds=59))
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        look(row, timedelta(seconds=60))
    row.refresh_from_db()
    assert row.seen_at == NOW + timedelta(seconds=60)


def _change_password(cast: Cast, keep: SignedIn | None, now: datetime) -> None:
    own_account.change_password(
        cast.actor(), old=PASSWORD, new="seven other quiet words", keep=keep.pk if keep else None, now=now
    )


def _reset_password(cast: Cast, keep: SignedIn | None, now: datetime) -> None:
    joining.reset_password(joining.NewAccount(cast.clinician.user.email, "", "seven other quiet words"), now=now)


def _end_membership(cast: Cast, keep: SignedIn | None, now: datetime) -> None:
    join_team(cast.actor(), cast.client.pk, cast.members["colleague"].pk, now=now)  # or she could not leave yet
    leaving.end_membership(cast.actor("admin"), cast.clinician, now=now)


def _change_roles(cast: Cast, keep: SignedIn | None, now: datetime) -> None:
    Membership.objects.filter(pk=cast.clinician.pk).update(roles=["coordinator"])


def _deactivate(cast: Cast, keep: SignedIn | None, now: datetime) -> None:
    User.objects.filter(pk=cast.clinician.user_id).update(is_active=False)


def _lose_factor(cast: Cast, keep: SignedIn | None, now: datetime) -> None:
    second_factors.reset_factors(cast.clinician.user.email, now=now)


def _end_others(cast: Cast, keep: SignedIn | None, now: datetime) -> None:
    sessions.end_others(cast.actor(), keep.pk if keep else None, now=now)


def _restore(cast: Cast, keep: SignedIn | None, now: datetime) -> None:
    sessions.end_every_session(now)


@pytest.mark.parametrize(
    "trigger",
    [_change_password, _reset_password, _end_membership, _change_roles, _deactivate, _lose_factor, _end_others,
     _restore],
)  # fmt: skip
def test_what_ends_every_session(cast: Cast, trigger: Callable[[Cast, SignedIn | None, datetime], None]) -> None:
    rows = [session_of(cast, "clinician") for _ in range(3)]
    colleague = session_of(cast, "colleague")
    assert all(live(row) for row in rows)
    trigger(cast, None, NOW)
    assert not any(live(row) for row in rows)
    assert live(colleague) == (trigger is not _restore), "nobody else's"


@pytest.mark.parametrize("trigger", [_change_password, _end_others])
def test_what_spares_the_session_it_is_done_in(
    cast: Cast, trigger: Callable[[Cast, SignedIn | None, datetime], None]
) -> None:
    here, there = session_of(cast, "clinician"), session_of(cast, "clinician")
    trigger(cast, here, NOW)
    assert live(here) and not live(there)


def test_one_is_ended_by_its_owner_and_by_nobody_else(cast: Cast) -> None:
    row, other = session_of(cast, "clinician"), session_of(cast, "clinician")
    with pytest.raises(NotThere):
        sessions.end_session(cast.actor("colleague"), row.pk, now=NOW)
    assert live(row)
    sessions.end_session(cast.actor(), row.pk, now=NOW)
    assert not live(row) and live(other)
    assert [line.id for line in sessions.sessions_of(cast.actor(), now=NOW)] == [other.pk]
    assert AuditEntry.objects.filter(verb="end_session", subject_id=str(row.pk)).count() == 1
    with pytest.raises(NotThere):
        sessions.end_session(cast.actor(), row.pk, now=NOW)


@pytest.mark.parametrize("held", ["", "x", "0" * 36, "00000000-0000-0000-0000-000000000000", "1'; drop table"])
def test_an_unknown_session_is_none(cast: Cast, held: str) -> None:
    assert sessions.look(held, now=NOW) == "ended"


def test_the_old_password_is_asked_for_with_a_limit(cast: Cast) -> None:
    for _ in range(5):
        with pytest.raises(BadInput):
            own_account.change_password(cast.actor(), old="wrong", new="seven other words", keep=None, now=NOW)
    with pytest.raises(TooMany):
        _change_password(cast, None, NOW)


def test_a_weak_new_password_is_refused_beside_its_field(cast: Cast) -> None:
    with pytest.raises(BadInput) as refused:
        own_account.change_password(cast.actor(), old=PASSWORD, new="short", keep=None, now=NOW)
    assert {problem.field for problem in refused.value.problems} == {"new"}
    assert User.objects.get(pk=cast.clinician.user_id).check_password(PASSWORD)


def test_a_name_is_changed_and_never_emptied(cast: Cast) -> None:
    own_account.change_name(cast.actor(), name=" Dr. Ada Okafor ", credentials="PhD", now=NOW)
    member = Membership.objects.select_related("user").get(pk=cast.clinician.pk)
    assert (member.user.name, member.credentials) == ("Dr. Ada Okafor", "PhD")
    with pytest.raises(BadInput):
        own_account.change_name(cast.actor(), name="  ", credentials="", now=NOW)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML) Version/17.5 Safari/605.1.15",
         "Safari on a Mac"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML) Chrome/126.0 Mobile Safari/537.36",
         "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1", "Safari on an iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0", "Edge on Windows"),
        ("curl/8.5", "A browser"), ("", "A browser"),
    ],
)  # fmt: skip
def test_a_browser_is_named_in_plain_words(agent: str, words: str) -> None:
    assert sessions.plain_browser(agent) == words
