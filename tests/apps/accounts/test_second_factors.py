"""Second factors: set up, used once each, renewed, taken away; and what each change ends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser

from tests.cast import NOW, SECRETS, Cast, sign_in
from warmhandoff.accounts import factors_gone, second_factors, sessions
from warmhandoff.accounts.models import AuthenticatorApp, Passkey, RecoveryCode, SignedIn, User
from warmhandoff.accounts.queries import actor_of_membership
from warmhandoff.core import journal
from warmhandoff.core.models import AuditEntry
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere, TooMany


@pytest.fixture(autouse=True)
def _own_journal(settings: Any, tmp_path: Path) -> None:
    settings.JOURNAL_FILE = tmp_path / "journal.jsonl"


def code(secret: str, moment: Any = NOW, *, after: int = 0) -> str:
    return second_factors.code_at(secret, int(moment.timestamp()) // second_factors.STEP + after)


def session_of(cast: Cast, part: str) -> SignedIn:
    row = sign_in(Browser(), cast.members[part])
    SignedIn.objects.filter(pk=row.pk).update(started_at=NOW, seen_at=NOW)
    return row


def live(row: SignedIn) -> bool:
    return isinstance(sessions.look(str(row.pk), now=NOW), sessions.Live)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037"),
     (20000000000, "353130")],
)  # fmt: skip
def test_codes_are_those_of_the_standard(seconds: int, shown: str) -> None:
    """RFC 6238, appendix B: its test vectors for SHA-1, the last six digits."""
    assert second_factors.code_at("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", seconds // 30) == shown


def test_setting_up_an_app_gives_recovery_codes_and_opens_clients(cast: Cast) -> None:
    actor = cast.actor("newcomer")
    assert not actor.second_factor and second_factors.pending_secret(actor) == ""
    second_factors.begin_app(actor)
    secret = second_factors.pending_secret(actor)
    assert len(secret) == 32 and second_factors.factors_of(actor.account).app_since is None
    with pytest.raises(BadInput):
        second_factors.confirm_app(actor, code(secret, after=7), keep=None, now=NOW)
    codes = second_factors.confirm_app(actor, code(secret), keep=None, now=NOW)
    assert len(codes) == len(set(codes)) == 10
    member = cast.members["newcomer"]
    member.user.refresh_from_db()
    assert member.user.second_factor_since == NOW and actor_of_membership(member).second_factor
    assert AuditEntry.objects.filter(verb="add_factor", membership_id=member.pk).count() == 1
    with pytest.raises(BadInput):  # the code that set it up is used up too
        second_factors.use_code(member.user, code(secret), now=NOW)


def test_secrets_lie_sealed_and_codes_as_hashes(cast: Cast) -> None:
    secret, codes = second_factors.equip(cast.members["newcomer"], now=NOW)
    row = AuthenticatorApp.objects.filter(user=cast.members["newcomer"].user).values().get()
    assert secret.encode() not in bytes(row["secret"])
    kept = set(RecoveryCode.objects.values_list("code_hash", flat=True))
    assert len(kept) == 10 and not kept & {*codes, *(one.replace("-", "") for one in codes)}


def test_a_code_counts_once_and_a_step_to_each_side(cast: Cast) -> None:
    user = cast.clinician.user
    for after in (-1, 0, 1):  # in the order of their time each is taken once
        assert second_factors.use_code(user, code(SECRETS["clinician"], after=after), now=NOW) == "code"
        with pytest.raises(BadInput):
            second_factors.use_code(user, code(SECRETS["clinician"], after=after), now=NOW)


def test_a_code_older_than_the_last_one_used_is_refused(cast: Cast) -> None:
    user = cast.clinician.user
    second_factors.use_code(user, code(SECRETS["clinician"]), now=NOW)
    with pytest.raises(BadInput):
        second_factors.use_code(user, code(SECRETS["clinician"], after=-1), now=NOW)


@pytest.mark.parametrize("after", [-2, 2])
def test_two_steps_off_is_too_far(cast: Cast, after: int) -> None:
    with pytest.raises(BadInput):
        second_factors.use_code(cast.clinician.user, code(SECRETS["clinician"], after=after), now=NOW)


def test_somebody_elses_code_opens_nothing(cast: Cast) -> None:
    with pytest.raises(BadInput):
        second_factors.use_code(cast.clinician.user, code(SECRETS["colleague"]), now=NOW)


@pytest.mark.parametrize("typed", ["", " ", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "0000-0000", "x" * 4000])
def test_whatever_else_is_typed_is_refused_in_the_same_words(cast: Cast, typed: str) -> None:
    with pytest.raises(BadInput) as refused:
        second_factors.use_code(cast.clinician.user, typed, now=NOW)
    assert refused.value.problems[0].reason == second_factors.WRONG


def test_guesses_are_limited(cast: Cast) -> None:
    user = cast.clinician.user
    for _ in range(5):
        with pytest.raises(BadInput):
            second_factors.use_code(user, "000000", now=NOW)
    with pytest.raises(TooMany):  # also the right one has to wait
        second_factors.use_code(user, code(SECRETS["clinician"]), now=NOW)


def test_a_recovery_code_counts_once_and_for_its_owner(cast: Cast) -> None:
    codes = second_factors.new_recovery_codes(cast.actor(), now=NOW)
    with pytest.raises(BadInput):
        second_factors.use_code(cast.members["colleague"].user, codes[0], now=NOW)
    assert second_factors.use_code(cast.clinician.user, f" {codes[0].upper()} ", now=NOW) == "recovery"
    with pytest.raises(BadInput):
        second_factors.use_code(cast.clinician.user, codes[0], now=NOW)
    assert second_factors.factors_of(cast.clinician.user_id).codes_left == 9


def test_new_recovery_codes_end_the_old(cast: Cast) -> None:
    old = second_factors.new_recovery_codes(cast.actor(), now=NOW)
    new = second_factors.new_recovery_codes(cast.actor(), now=NOW)
    assert not set(old) & set(new) and RecoveryCode.objects.filter(user=cast.clinician.user).count() == 10
    with pytest.raises(BadInput):
        second_factors.use_code(cast.clinician.user, old[0], now=NOW)
    with pytest.raises(NotNow):
        second_factors.new_recovery_codes(cast.actor("newcomer"), now=NOW)


def test_the_last_factor_stays(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        second_factors.remove_app(cast.actor(), keep=None, now=NOW)
    with pytest.raises(NotThere):
        second_factors.remove_app(cast.actor("newcomer"), keep=None, now=NOW)
    Passkey.objects.create(user=cast.clinician.user, credential_id="a", credential=b"", name="Key", created_at=NOW)
    second_factors.remove_app(cast.actor(), keep=None, now=NOW)
    assert second_factors.factors_of(cast.clinician.user_id).app_since is None


def test_another_app_takes_the_place_of_the_old_only_with_its_code(cast: Cast) -> None:
    second_factors.begin_app(cast.actor())
    later = NOW + timedelta(minutes=5)
    assert second_factors.use_code(cast.clinician.user, code(SECRETS["clinician"], later), now=later) == "code"
    fresh = second_factors.pending_secret(cast.actor())
    assert second_factors.confirm_app(cast.actor(), code(fresh, later), keep=None, now=later) == []
    much_later = NOW + timedelta(hours=1)
    with pytest.raises(BadInput):
        second_factors.use_code(cast.clinician.user, code(SECRETS["clinician"], much_later), now=much_later)
    assert second_factors.use_code(cast.clinician.user, code(fresh, much_later), now=much_later) == "code"
    with pytest.raises(NotNow):
        second_factors.confirm_app(cast.actor(), code(fresh, much_later), keep=None, now=much_later)


def test_adding_and_removing_ends_every_other_session(cast: Cast) -> None:
    here, there, colleague = session_of(cast, "clinician"), session_of(cast, "clinician"), session_of(cast, "colleague")
    second_factors.begin_app(cast.actor())
    secret = second_factors.pending_secret(cast.actor())
    second_factors.confirm_app(cast.actor(), code(secret), keep=here.pk, now=NOW)
    assert live(here) and not live(there) and live(colleague)
    there = session_of(cast, "clinician")
    Passkey.objects.create(user=cast.clinician.user, credential_id="a", credential=b"", name="Key", created_at=NOW)
    second_factors.remove_app(cast.actor(), keep=here.pk, now=NOW)
    assert live(here) and not live(there) and live(colleague)


def test_a_session_by_password_alone_goes_on_only_where_the_factor_was_set_up(cast: Cast) -> None:
    here, there = session_of(cast, "newcomer"), session_of(cast, "newcomer")
    assert live(here) and live(there)
    User.objects.filter(pk=cast.members["newcomer"].user_id).update(second_factor_since=NOW)
    assert not live(there), "whoever has a second factor is nowhere signed in by password alone"
    sessions.secured(here.pk, "code")
    assert live(here)


def test_the_operator_takes_lost_factors_away(cast: Cast) -> None:
    row = session_of(cast, "clinician")
    second_factors.new_recovery_codes(cast.actor(), now=NOW)
    second_factors.reset_factors(" Clinician@lakeside-counseling.example", now=NOW)
    user = User.objects.get(pk=cast.clinician.user_id)
    assert user.second_factor_since is None and not live(row)
    assert second_factors.factors_of(user.pk) == second_factors.Factors(None, (), 0)
    assert AuditEntry.objects.filter(verb="reset_factors").exists()
    with pytest.raises(NotThere):
        second_factors.reset_factors("nobody@lakeside-counseling.example", now=NOW)


def test_phones_know_the_real_time_while_the_demo_is_elsewhere(cast: Cast, settings: Any) -> None:
    settings.CLOCK_OFFSET_SECONDS = 86_400 * 3 + 17
    shifted = NOW + timedelta(seconds=settings.CLOCK_OFFSET_SECONDS)
    assert second_factors.use_code(cast.clinician.user, code(SECRETS["clinician"], NOW), now=shifted) == "code"


def test_what_was_taken_away_stays_away_after_a_restore(cast: Cast) -> None:
    """The rows as an older backup holds them, met by the journal of what came after it."""
    earlier, user = NOW - timedelta(days=1), cast.clinician.user
    AuthenticatorApp.objects.filter(user=user).update(since=earlier)
    key = Passkey.objects.create(user=user, credential_id="a", credential=b"", name="Key", created_at=earlier)
    old = list(AuthenticatorApp.objects.filter(user=user).values())
    second_factors.new_recovery_codes(cast.actor(), now=NOW)
    second_factors.reset_factors(user.email, now=NOW)
    journal.write_out(NOW)

    AuthenticatorApp.objects.bulk_create([AuthenticatorApp(**row) for row in old])
    Passkey.objects.bulk_create([key])
    User.objects.filter(pk=user.pk).update(second_factor_since=earlier)
    RecoveryCode.objects.create(user=user, code_hash="0" * 64)
    factors_gone.end_recovery_codes(NOW)
    assert len(journal.apply_all(NOW).again) == 2
    assert second_factors.factors_of(user.pk) == second_factors.Factors(None, (), 0)
    assert User.objects.get(pk=user.pk).second_factor_since is None


def test_an_app_that_took_the_place_of_another_survives_the_journal(cast: Cast) -> None:
    AuthenticatorApp.objects.filter(user=cast.clinician.user).update(since=NOW - timedelta(days=1))
    second_factors.begin_app(cast.actor())
    fresh = second_factors.pending_secret(cast.actor())
    second_factors.confirm_app(cast.actor(), code(fresh), keep=None, now=NOW)
    journal.write_out(NOW)
    assert journal.apply_all(NOW).again == []
    assert second_factors.factors_of(cast.clinician.user_id).app_since == NOW
