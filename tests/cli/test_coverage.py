"""`warmhandoff coverage`: what is printed, the document, the exit codes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.apps.network.test_coverage import refer, someone
from tests.apps.referrals.loop import NEED
from tests.cast import NOW, Cast
from warmhandoff.cli.app import app
from warmhandoff.core import clock
from warmhandoff.network.expecting import expect
from warmhandoff.rules.refusals import BadInput


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["coverage", *arguments])


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def test_the_document_and_the_lines_say_the_same(cast: Cast) -> None:
    refer(cast, 6)
    expect(cast.actor(), {**NEED, "concerns": ["ocd"]}, 2, now=NOW)
    key = someone(cast, "Olivia Cedar", treats=["ocd", "trauma"])
    done = run("--practice", cast.practice.slug, "--json")
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert told["practice"] == cast.practice.slug and told["needs"] == {"past": 6, "expected": 2, "left_out": 0}
    assert [one["id"] for one in told["meet"]] == [key] and told["gap"] == 1.0
    assert {(one["concern"], one["past"], one["expected"], one["known"]) for one in told["grid"]} == {
        ("trauma", 6, 0, 0), ("ocd", None, 2, 0),
    }  # fmt: skip
    lines = run("--practice", cast.practice.slug).stdout
    assert "1. Olivia Cedar: The first you know for about 8 needs a year" in lines and "A prescriber" in lines
    assert "Rosalind" not in done.stdout + lines and "78704" not in done.stdout + lines


def test_a_practice_that_is_none_is_bad_input(cast: Cast) -> None:
    done = run("--practice", "nowhere")
    assert isinstance(done.exception, BadInput) and done.exception.exit_code == 2
    assert "nowhere" in done.exception.message
