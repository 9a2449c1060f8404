"""`warmhandoff demo`: what it refuses, what it removes, and the clock and settings it hands its server."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from warmhandoff.cli import demo
from warmhandoff.rules.refusals import BadInput, Unavailable

NOW = datetime(2026, 11, 22, 13, 0, 0, 1, tzinfo=UTC)
ROUND = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BASE_URL", "WORKER", "CLOCK_OFFSET", "SMTP_URL", "DATABASE_URL"):
        # Set, then deleted: whatever the command sets itself is taken back as well.
        monkeypatch.setenv(f"WARMHANDOFF_{name}", "")
        monkeypatch.delenv(f"WARMHANDOFF_{name}")


def test_the_clock_of_a_day_stands_at_nine_in_the_practices_zone() -> None:
    moved = NOW + timedelta(seconds=demo.clock_offset("2026-11-23", now=NOW))
    assert timedelta(0) <= moved - datetime(2026, 11, 23, 15, 0, tzinfo=UTC) < timedelta(seconds=1)
    summer = ROUND + timedelta(seconds=demo.clock_offset("2026-07-01", now=ROUND))
    assert summer == datetime(2026, 7, 1, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["tomorrow", "2026-02-30", "", "11/23/2026", "1987-01-01"])
def test_a_day_that_is_none_is_refused_by_the_name_of_its_option(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        demo.clock_offset(text, now=NOW)
    assert refused.value.problems[0].field == "--as-of" and refused.value.exit_code == 2


def test_a_busy_port_is_refused_before_anything_is_built() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(Unavailable, match="--port") as refused:
            demo.check_port(other.getsockname()[1])
    assert refused.value.exit_code == 4


def test_an_earlier_demo_is_removed(tmp_path: Path) -> None:
    folder = demo.fresh_folder(tmp_path / "demo")
    (folder / "old").write_text("invented")
    assert [path.name for path in demo.fresh_folder(folder).iterdir()] == [demo.MARKER]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    assert demo.fresh_folder(tmp_path) == tmp_path
    assert (tmp_path / demo.MARKER).is_file()


def test_a_folder_with_anything_else_in_it_is_left_alone(tmp_path: Path) -> None:
    kept = tmp_path / "warmhandoff.sqlite3"
    kept.write_text("a real practice")
    with pytest.raises(BadInput, match="--data"):
        demo.fresh_folder(tmp_path)
    with pytest.raises(BadInput, match="--data"):
        demo.fresh_folder(kept)
    assert kept.read_text() == "a real practice" and len(list(tmp_path.iterdir())) == 1


def test_a_folder_reached_by_a_link_is_left_alone(tmp_path: Path) -> None:
    real = demo.fresh_folder(tmp_path / "real")
    (tmp_path / "link").symlink_to(real)
    with pytest.raises(BadInput):
        demo.fresh_folder(tmp_path / "link")
    assert (real / demo.MARKER).is_file()


def test_the_servers_settings(tmp_path: Path) -> None:
    os.environ["WARMHANDOFF_BASE_URL"] = "https://desk.example"
    assert demo.set_environment(tmp_path / "a b", 8123, 60) == tmp_path / "a b" / "mail"
    assert os.environ["WARMHANDOFF_BASE_URL"] == "http://127.0.0.1:8123"
    assert os.environ["WARMHANDOFF_CLOCK_OFFSET"] == "60"


def test_mail_goes_where_it_was_told_to(tmp_path: Path) -> None:
    os.environ["WARMHANDOFF_SMTP_URL"] = f"file://{tmp_path}/elsewhere"
    assert demo.set_environment(tmp_path / "demo", 8123, None) == tmp_path / "elsewhere"
    assert "WARMHANDOFF_CLOCK_OFFSET" not in os.environ


def test_invented_people_do_not_land_in_a_real_database(tmp_path: Path) -> None:
    os.environ["WARMHANDOFF_DATABASE_URL"] = "postgresql://desk/real"
    with pytest.raises(BadInput, match="WARMHANDOFF_DATABASE_URL"):
        demo.set_environment(tmp_path, 8123, None)


def test_what_an_earlier_demo_left_beside_its_folder_goes_with_it(tmp_path: Path) -> None:
    folder = demo.fresh_place(tmp_path / "demo")
    (tmp_path / "demo-keys" / "audit-anchors.jsonl").write_text("of a practice that is gone")
    demo.fresh_place(folder)
    assert [path.name for path in (tmp_path / "demo-keys").iterdir()] == [demo.MARKER]


def test_keys_that_are_no_demos_are_left_alone(tmp_path: Path) -> None:
    keys = tmp_path / "var-keys"
    keys.mkdir()
    (keys / "encryption.key").write_text("somebody's")
    with pytest.raises(BadInput):
        demo.fresh_place(tmp_path / "var")
    assert (keys / "encryption.key").read_text() == "somebody's"
