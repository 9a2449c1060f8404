"""Accounts from the terminal: what the operator does for someone who lost her second factor."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from tests.cast import Cast
from warmhandoff.accounts.models import User
from warmhandoff.cli.app import app
from warmhandoff.rules.refusals import NotThere


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setattr("warmhandoff.cli.accounts.start_django", lambda: None)
    return CliRunner()


def test_a_lost_second_factor_is_taken_away(cast: Cast, run: CliRunner) -> None:
    done = run.invoke(app, ["user", "reset", cast.clinician.user.email, "--second-factor"])
    assert done.exit_code == 0 and "Every session of this account has ended" in done.output
    user = User.objects.get(pk=cast.clinician.user_id)
    assert user.second_factor_since is None and user.password == cast.clinician.user.password


def test_a_lost_password_is_replaced_and_the_factor_stays(cast: Cast, run: CliRunner) -> None:
    new = "seven other quiet words"
    done = run.invoke(app, ["user", "reset", cast.clinician.user.email], input=f"{new}\n{new}\n")
    assert done.exit_code == 0, done.output
    user = User.objects.get(pk=cast.clinician.user_id)
    assert user.check_password(new) and user.second_factor_since is not None


def test_an_unknown_address_is_refused(cast: Cast, run: CliRunner) -> None:
    done = run.invoke(app, ["user", "reset", "nobody@desk.example", "--second-factor"])
    assert isinstance(done.exception, NotThere)
