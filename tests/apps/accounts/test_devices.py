"""A flood against an account locks strangers out, not its owner; and a mark is worth nothing elsewhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import RequestFactory

from tests.cast import NOW, PASSWORD, Cast
from warmhandoff.accounts import devices, hashing
from warmhandoff.accounts.joining import NewAccount, reset_password
from warmhandoff.accounts.models import User
from warmhandoff.accounts.signing_in import check_password
from warmhandoff.rules.refusals import BadInput, TooMany, Unavailable

pytestmark = pytest.mark.slow

STRANGER = "203.0.113.50"


def _try(email: str, password: str, *, device: str = "", address: str = STRANGER, now: object = NOW) -> str:
    request = RequestFactory().post("/sign-in/", REMOTE_ADDR=address)
    request.COOKIES["device"] = device
    try:
        check_password(request, email=email, password=password, now=now)  # type: ignore[arg-type]
    except (BadInput, TooMany) as refusal:
        return refusal.code
    return "in"


def _flood(email: str) -> None:
    for _ in range(5):
        assert _try(email, "guess") == "bad_input"
    assert _try(email, PASSWORD, address="198.51.100.7") == "too_many", "strangers are locked out, wherever they are"


def test_a_flood_locks_strangers_and_not_the_owner(cast: Cast) -> None:
    user = cast.clinician.user
    mark = devices.marked("", user, now=NOW)
    _flood(user.email)
    assert _try(user.email, PASSWORD, device=mark, address=STRANGER) == "in"
    assert _try(user.email.upper(), PASSWORD, device=mark) == "in"
    assert _try(user.email, PASSWORD) == "too_many", "her success opens nothing for strangers"


def test_a_flood_from_the_owners_own_network_does_not_keep_her_out_either(cast: Cast) -> None:
    for number in range(100):
        _try(f"nobody-{number}@lakeside.example", "guess")
    user = cast.clinician.user
    assert _try(user.email, PASSWORD) == "too_many"
    assert _try(user.email, PASSWORD, device=devices.marked("", user, now=NOW)) == "in"


def test_a_stolen_mark_has_a_count_of_its_own(cast: Cast) -> None:
    user = cast.clinician.user
    stolen, other = devices.marked("", user, now=NOW), devices.marked("", user, now=NOW)
    told = [_try(user.email, "guess", device=stolen) for _ in range(6)]
    assert told == ["bad_input"] * 5 + ["too_many"]
    assert _try(user.email, PASSWORD, device=other) == "in" == _try(user.email, PASSWORD)


@pytest.mark.parametrize(
    "spoilt", ["other account", "altered", "older than a year", "from tomorrow", "new password", ""]
)
def test_a_mark_that_is_not_good_makes_a_stranger(cast: Cast, spoilt: str) -> None:
    user, password = cast.clinician.user, PASSWORD
    owner = cast.members["colleague"].user if spoilt == "other account" else user
    made = {"older than a year": NOW - timedelta(days=366), "from tomorrow": NOW + timedelta(days=1)}.get(spoilt, NOW)
    mark = devices.marked("", owner, now=made)
    if spoilt == "altered":
        mark = mark[:-1] + ("0" if mark[-1] != "0" else "1")
    _flood(user.email)
    if spoilt == "new password":
        password = "another long pass phrase"
        reset_password(NewAccount(user.email, "", password), now=NOW)
        _flood(user.email)
    if not spoilt:
        mark = "..-x." + "a" * 400
    assert _try(user.email, password, device=mark) == "too_many"


def test_several_people_of_one_browser_each_have_a_mark_and_no_name_is_readable(cast: Cast) -> None:
    users = [member.user for part, member in cast.members.items() if part not in ("departed", "newcomer")]
    cookie = ""
    for user in users:
        cookie = devices.marked(cookie, user, now=NOW)
    assert devices.marked(cookie, users[0], now=NOW).count(".") == len(users) - 1, "hers is renewed, not added"
    for user in users:
        assert str(user.pk) not in cookie and user.email not in cookie and user.name not in cookie
        request = RequestFactory().get("/")
        request.COOKIES["device"] = cookie
        who, address = devices.asker(request, user.email, now=NOW)
        assert who.startswith(f"{user.email} ") and not address
    assert len(cookie) < 1000


@pytest.mark.parametrize("guesses", [500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_of_ten_thousand_guesses_in_a_day_at_most_twenty_reach_the_hash(
    guesses: int, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[str] = []
    real = User.check_password
    monkeypatch.setattr(User, "check_password", lambda self, raw: reached.append(raw) or real(self, raw))
    email, step = cast.clinician.user.email, timedelta(days=1) / guesses
    for number in range(guesses):  # each from an address of its own
        _try(email, f"guess {number}", address=f"198.18.{number // 250}.{number % 250 + 1}", now=NOW + number * step)
    print(f"{guesses:,} guesses at one account in a day: {len(reached)} reached the hash")
    assert 5 <= len(reached) <= 15


def test_no_more_hashes_at_once_than_there_are_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "LONGEST_WAIT_SECONDS", 0.01)
    for _ in range(hashing.AT_ONCE):
        assert hashing._places.acquire(blocking=False)
    try:
        with pytest.raises(Unavailable, match="Many people are signing in"):
            hashing.Argon2().encode("a pass phrase", "saltsaltsaltsalt")
    finally:
        hashing._places.release(hashing.AT_ONCE)


def test_every_place_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing.Argon2, "memory_cost", 64)
    hasher = hashing.Argon2()
    kept = hasher.encode("a pass phrase", "saltsaltsaltsalt")
    told = [hasher.verify(word, kept) for word in ("a pass phrase", "another", "", "x" * 900, "a pass phrase")]
    assert told == [True, False, False, False, True] and kept.startswith("argon2$argon2id$")
    assert hashing._places._value == hashing.AT_ONCE  # type: ignore[attr-defined]
