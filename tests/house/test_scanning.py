"""The scanners find what is planted for them, and the bill of materials is what the lock says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.house import sbom, scanning
from tests.house.tree import ROOT

LOCK = ROOT / "requirements" / "base.txt"
# Put together here, so that this file holds none of what it plants.
PLANTED = {
    "a cloud key": ("AWS Access Key", "key = 'AKIA" + "QWERTYUIOPASDFGH'"),
    "a private key": ("Private Key", "-----BEGIN RSA " + "PRIVATE KEY-----"),
    "a signing key": ("Secret Keyword", "SECRET" + "_KEY = 'f3vq8zw1nd93mxk20cj5p'"),
    "an address": ("Basic Auth Credentials", "url = 'postgresql://ada:h" + "eron77blue@db.internal/desk'"),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_secret_is_found(what: str, tmp_path: Path) -> None:
    kind, line = PLANTED[what]
    path = tmp_path / "module.py"
    path.write_text(f"import os\n\n{line}\n")
    found = scanning.secrets([path], root=tmp_path)
    assert (kind, 3) in {(one.kind, at) for one, at in found.items()}


@pytest.mark.slow
def test_a_new_finding_fails_and_so_does_a_known_one_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "module.py"
    path.write_text(PLANTED["a cloud key"][1] + "\n")
    monkeypatch.setattr(scanning, "files", lambda: (path,))
    monkeypatch.setattr(scanning, "BASELINE", tmp_path / "known.json")
    monkeypatch.setattr(scanning, "SEEN", tmp_path / "seen")
    monkeypatch.setattr(scanning, "name_of", lambda file: file.name)
    real = scanning.secrets
    monkeypatch.setattr(scanning, "secrets", lambda paths: real(paths, root=tmp_path))
    assert scanning.new_secrets() == ["module.py:1: AWS Access Key"]
    assert scanning.new_secrets() == ["module.py:1: AWS Access Key"], "what was found is never taken as clean"
    known = [vars(one) for one in scanning.secrets([path])]
    scanning.BASELINE.write_text(json.dumps(known))
    path.write_text("\n\n" + path.read_text())
    assert scanning.new_secrets() == [], "it moved, and is the same"
    path.write_text("nothing = 1\n")
    assert scanning.new_secrets() == ["module.py: AWS Access Key is in known.json and no longer there"]
    monkeypatch.setattr(scanning, "secrets", lambda paths: {} if not paths else pytest.fail("scanned again"))
    assert len(scanning.new_secrets()) == 1, "a clean file is not scanned twice"


@pytest.mark.slow
def test_a_planted_dangerous_call_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import subprocess\n\ndef f(x: str) -> None:\n    subprocess.call(x, shell=True)\n")
    (tmp_path / "b.py").write_text("def g(x: str) -> object:\n    return eval(x)\n")
    found = scanning.dangerous(tmp_path)
    assert any("a.py:4: B602" in line for line in found) and any("b.py:2: B307" in line for line in found)
    (tmp_path / "a.py").write_text("fine = 1\n")
    (tmp_path / "b.py").write_text("def broken(:\n")
    assert ["could not read" in line for line in scanning.dangerous(tmp_path)] == [True]


def test_the_bill_of_materials_is_what_the_lock_says_and_says_the_same_again() -> None:
    bill = sbom.document()
    assert sbom.differences(bill, LOCK) == [] and bill == sbom.document()
    made = json.loads(bill)
    assert made["specVersion"] == "1.6" and len(made["components"]) == len(list(sbom.pins(LOCK))) >= 30
    assert "serialNumber" not in made and "timestamp" not in made["metadata"]
    asked_for = next(one["dependsOn"] for one in made["dependencies"] if one["ref"] == "warmhandoff")
    assert "django@5.2.19" in asked_for


def test_a_bill_of_another_form_is_refused() -> None:
    assert sbom.faults_of_form(sbom.document()) == []
    assert sbom.faults_of_form('{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"name": 1}]}')


@pytest.mark.parametrize(("old", "new", "said"), [
    ("argon2-cffi==", "argon2-cffi==9", 2), ("argon2-cffi==", "kite==", 2), ("--hash=sha256:", "--hash=sha256:0", 2),
])
def test_a_lock_that_moved_on_is_noticed(old: str, new: str, said: int, tmp_path: Path) -> None:
    lock = tmp_path / "base.txt"
    text = LOCK.read_text()
    moved = text.replace(old, new, 1)
    if new.endswith(":0"):
        start = text.index(old) + len(old)
        moved = text[:start] + "0" * 64 + text[start + 64 :]
    lock.write_text(moved)
    assert len(sbom.differences(sbom.document(), lock)) == said
