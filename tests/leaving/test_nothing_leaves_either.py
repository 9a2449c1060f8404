"""R-11, the other half of the lives (see test_nothing_leaves): in a file of its own for a worker of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cast import Cast
from tests.leaving import running
from tests.leaving.holding import World

pytestmark = pytest.mark.slow


@pytest.fixture
def world(cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> World:
    return running.make_world(cast, tmp_path, monkeypatch, settings)


@pytest.mark.parametrize("part", range(1, running.PARTS, 2))
def test_no_mark_comes_out_where_the_oracle_says_no(
    world: World, part: int, say: Callable[[str], None]
) -> None:
    running.hold(world, part, say)
