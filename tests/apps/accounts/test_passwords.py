"""What a password may be: long and of any kind, but not common, not breached, and not made of one's own names."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.password_validation import CommonPasswordValidator

from tests.cast import NOW, PASSWORD, Cast
from warmhandoff.accounts.joining import NewAccount, add_member, reset_password
from warmhandoff.accounts.models import User
from warmhandoff.accounts.passwords import check_new_password
from warmhandoff.core import breaches
from warmhandoff.core.breaches import fault_of, is_listed
from warmhandoff.rules.refusals import BadInput, Unavailable

ADA = User(email="ada.okafor@desk.example", name="Ada Okafor")


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest().upper()


@pytest.fixture
def breached(tmp_path: Path, settings: Any) -> Path:
    """A sorted list of 5,000 hashes with counts, as breach lists come."""
    count = random.Random(7)
    words = [f"leaked {number}" for number in range(5000)]
    path = tmp_path / "breached.txt"
    lines = [f"{line}:{count.randint(1, 10 ** count.randint(1, 7))}\r\n" for line in sorted(map(sha1, words))]
    path.write_text("".join(lines))
    settings.PASSWORD_BLOCKLIST = str(path)
    return path


@pytest.mark.parametrize("password", [
    "warmhandoff2026!", "Lakeside-Counseling-1", "ada.okafor@desk.example", "OkaforAda12345", "warm handoff 2026",
    "123456789012345", "lakeside counseling ada okafor",
])
def test_own_words_and_numbers_alone_are_refused(password: str) -> None:
    with pytest.raises(BadInput):
        check_new_password(password, ADA, "Lakeside Counseling")


@pytest.mark.parametrize("password", [
    PASSWORD, "lakeside heron umbrella", "nur kleine buchstaben", "пароль из пяти слов", "a" * 20 + " bcdef" * 50,
])
def test_length_is_enough_and_no_kinds_of_characters_are_asked_for(password: str) -> None:
    check_new_password(password, ADA, "Lakeside Counseling")


def test_the_practices_name_counts_when_joining_and_when_the_operator_resets(cast: Cast) -> None:
    with pytest.raises(BadInput, match="names and numbers"):
        add_member(cast.practice, NewAccount(ADA.email, ADA.name, "LakesideCounseling2026"), ["clinician"], now=NOW)
    with pytest.raises(BadInput, match="names and numbers"):
        reset_password(NewAccount(cast.clinician.user.email, "", "LakesideCounseling2026"), now=NOW)


def test_at_least_three_thousand_common_passwords_are_known() -> None:
    assert len(CommonPasswordValidator().passwords) >= 3000


def test_a_breached_password_is_refused_and_no_other(breached: Path) -> None:
    assert all(is_listed(f"leaked {number}", breached) for number in range(5000))
    assert not any(is_listed(f"never seen {number}", breached) for number in range(5000))
    with pytest.raises(BadInput, match="known from a breach"):
        check_new_password("leaked 4711", ADA)
    check_new_password("a quite different heron", ADA)


@pytest.mark.parametrize("form", ["{}", "{}:1", "{}:23\n", "{}\r\n"])
def test_small_lists_and_last_lines_are_searched_to_the_end(form: str, tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_text(form.format(sha1("one word").lower()))
    assert is_listed("one word", path) and not is_listed("another", path)
    path.write_text("")
    assert not is_listed("one word", path)


def test_a_list_is_searched_and_not_read(breached: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[int] = []
    real = breaches._first_line_from
    monkeypatch.setattr(breaches, "_first_line_from", lambda file, at: reads.append(at) or real(file, at))
    assert is_listed("leaked 17", breached)
    assert len(reads) <= breached.stat().st_size.bit_length() + 2


def test_a_list_that_is_gone_takes_no_new_password(settings: Any, tmp_path: Path) -> None:
    settings.PASSWORD_BLOCKLIST = str(tmp_path / "gone.txt")
    with pytest.raises(Unavailable, match="cannot be read"):
        check_new_password(PASSWORD, ADA)


def test_doctor_sees_a_list_in_which_nothing_would_be_found(breached: Path) -> None:
    assert fault_of(breached) == ""
    lines = breached.read_text().splitlines()
    breached.write_text("\n".join(reversed(lines)))
    assert fault_of(breached) == "is not sorted by its hashes"
    breached.write_text("password\nletmein\n")
    assert "does not hold" in fault_of(breached)
    assert "cannot be read" in fault_of(breached.parent / "gone")
