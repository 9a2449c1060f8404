"""What every test stands on: a configuration of its own, closed sockets, and the cast."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.environment import prepare
from tests.walls import flush_behind_the_walls

prepare()
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the browser's driver holds an event loop

settings.register_profile("fast", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("fast"), max_examples=150)
settings.register_profile("nightly", parent=settings.get_profile("fast"), max_examples=1000)
settings.load_profile(os.environ.get("WARMHANDOFF_TEST_PROFILE", "fast"))

_connect = socket.socket.connect


def _only_here(self: socket.socket, address: Any) -> None:
    host = address[0] if isinstance(address, tuple) else "local"
    if host not in ("127.0.0.1", "::1", "localhost", "local"):
        raise OSError(f"a test tried to reach {host}: nothing calls out")
    _connect(self, address)


@pytest.fixture(autouse=True, scope="session")
def _closed_sockets() -> Iterator[None]:
    socket.socket.connect = _only_here  # type: ignore[method-assign,assignment]
    yield
    socket.socket.connect = _connect  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """On SQLite the tables are made from the models, seconds sooner. PostgreSQL and every real server migrate, and
    tests/core/test_schema.py compares both."""
    from django.db import connection

    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["MIGRATE"] = False


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    from tests.schema import finish_tables

    with django_db_blocker.unblock():
        finish_tables()


@pytest.fixture(autouse=True, scope="session")
def _flush_behind_the_walls() -> None:
    flush_behind_the_walls()


@pytest.fixture(autouse=True)
def _light_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _own_anchors(settings: Any, tmp_path: Path) -> None:
    settings.AUDIT_ANCHOR_FILE = tmp_path / "anchors" / "audit-anchors.jsonl"


@pytest.fixture(autouse=True)
def _forgotten_keys() -> Iterator[None]:
    from warmhandoff.core.sealing import forget_keys

    forget_keys()
    yield


@pytest.fixture(autouse=True)
def _forgotten_directories() -> Iterator[None]:
    """What a process keeps of the directory is of one database, and every test has another."""
    yield
    for name in ("columns", "shelf"):
        module = sys.modules.get(f"warmhandoff.directory.{name}")
        if module is not None:
            module.forget()


@pytest.fixture
def cast(db: None) -> Any:
    """The people of every test: see tests/cast.py."""
    from tests.kept_cast import cast_of_test

    return cast_of_test()


@pytest.fixture
def say(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Keep figures of a test for the end of the run, whichever worker measured them."""
    return lambda words: record_property("figures", words)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The figures that tests came to."""
    every = [one for reports in terminalreporter.stats.values() for one in reports]
    calls = [one for one in every if getattr(one, "when", "") == "call"]
    for report in sorted(calls, key=lambda one: str(one.nodeid)):
        for name, words in report.user_properties:
            if name == "figures":
                terminalreporter.write_line(f"{report.nodeid}: {words}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Everything under a folder gets that folder's marker, so that no slow test slips into the fast set."""
    marks = {"browser": "browser", "faults": "faults"}
    for item in items:
        for folder, mark in marks.items():
            if f"tests/{folder}/" in str(item.path):
                item.add_marker(getattr(pytest.mark, mark))
