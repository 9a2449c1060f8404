"""The programs of every test of the API, and the time they ask at."""

from __future__ import annotations

import pytest

from tests.api.programs import Programs, make_programs
from tests.cast import NOW, Cast
from warmhandoff.core import clock


@pytest.fixture
def programs(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Programs:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return make_programs(cast)
