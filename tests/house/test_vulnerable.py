"""The gate on known vulnerabilities goes red when it should: for a flaw, and for what was not audited."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests import check
from tests.house import vulnerable
from tests.tools import advisories

INVENTED = Path(__file__).parent / "advisories"
NOW = datetime(2026, 10, 11, tzinfo=UTC)
HASH = " \\\n    --hash=sha256:" + "0" * 64 + "\n"


def lock(folder: Path, *pins: str) -> Path:
    path = folder / "lock.txt"
    path.write_text("".join(pin + HASH for pin in pins))
    return path


@pytest.mark.slow
def test_invented_flaws_turn_it_red_on_every_platform_and_their_mended_versions_do_not(tmp_path: Path) -> None:
    flawed = lock(
        tmp_path, "django==4.2.8", "lamp-post==1.4 ; sys_platform == 'nowhere'", "lamp-post==1.5 ; python_version > '3'"
    )
    told = vulnerable.audit(flawed, INVENTED, now=NOW)
    assert sorted(told.faults) == [
        "django 4.2.8: INVENTED-2026-1 (mended in 4.2.9)", "lamp-post 1.4: INVENTED-2026-2 (mended in no version yet)",
    ]  # fmt: skip
    assert told.notes == ["3 packages against 2 advisories, the newest 10 days old (2026-10-01)"]
    sound = vulnerable.audit(lock(tmp_path, "django==4.2.9", "lamp-post==0.9"), INVENTED, now=NOW)
    assert sound.faults == []


@pytest.mark.slow
def test_what_pip_audit_skips_or_never_asks_about_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = lock(tmp_path, "django==5.2.19", "kite==1.0")
    parts = vulnerable._parts

    def one_forgotten(lock: Path) -> list[str]:
        return ["".join(part.split("kite")[0] for part in parts(lock))]

    monkeypatch.setattr(vulnerable, "_parts", one_forgotten)
    assert vulnerable.audit(path, INVENTED, now=NOW).faults == ["not audited: kite 1.0"]


def test_what_is_said_of_a_skipped_package_is_a_failure_and_not_an_audit() -> None:
    told = vulnerable.Told()
    vulnerable._judge({"name": "Kite", "skip_reason": "not found"}, told)
    vulnerable._judge({"name": "Lamp_Post", "version": "1.5", "vulns": []}, told)
    assert told.faults == ["skipped: Kite: not found"] and told.done == {("lamp-post", "1.5")}


@pytest.mark.slow
def test_an_endpoint_that_does_not_answer_is_a_failure() -> None:
    told = vulnerable.ask("django==5.2.19" + HASH, "http://127.0.0.1:1/v1/query")
    assert told.faults and not told.done


def test_an_empty_snapshot_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    told = vulnerable.audit(lock(tmp_path, "django==5.2.19"), tmp_path / "empty")
    assert told.faults == [f"{tmp_path / 'empty'} holds no advisories"]


def test_without_advisories_the_check_says_so_and_does_not_say_that_all_is_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(vulnerable.SNAPSHOT, raising=False)
    said = check.CHECKS["known vulnerabilities"]()
    assert said.faults == [] and said.notes[0].startswith("not audited: no advisories given")


def test_an_old_snapshot_says_its_age(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vulnerable, "_parts", lambda lock: [])
    told = vulnerable.audit(lock(tmp_path, "django==5.2.19"), INVENTED, now=datetime(2028, 10, 1, tzinfo=UTC))
    assert "731 days old" in told.notes[0] and "a release needs a live audit" in told.notes[0]


@pytest.mark.parametrize(("version", "flawed"), [("0.9", False), ("1.0", True), ("1.4", True), ("1.4.1", False)])
def test_ranges_of_versions(version: str, flawed: bool) -> None:
    known = advisories.read(INVENTED, {"lamp-post"})
    assert bool(known.about("lamp.post", version)) is flawed and known.asked == {("lamp-post", version)}


@pytest.mark.parametrize("kind", ["zip", "tar.xz"])
def test_a_snapshot_may_be_an_archive(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"snapshot.{kind}"
    texts = {file.name: file.read_bytes() for file in INVENTED.iterdir()}
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as packed:
            for name, text in texts.items():
                packed.writestr(f"vulns/{name}", text)
    else:
        with tarfile.open(path, "w:xz") as archive:
            for name, text in texts.items():
                member = tarfile.TarInfo(f"vulns/{name}")
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text))
    known = advisories.read(path, {"django", "lamp-post"})
    assert known.documents == 2 and known.newest == "2026-10-01" and len(known.by_package) == 2
    assert json.dumps(known.about("Django", "4.2.1")[0]["published"]) == '"2026-09-01T00:00:00Z"'
