"""Files in folders and zips: read where they lie, and no bomb goes off."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from warmhandoff.imports.inputs import MOST_ENTRIES, RATIO_FROM, inputs_at, only_input
from warmhandoff.rules.refusals import BadInput


def zipped(path: Path, entries: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def test_a_file_a_folder_and_a_zip_are_read_alike(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.csv").write_bytes(b"one")
    (tmp_path / "folder" / ".hidden").write_bytes(b"")
    archive = zipped(tmp_path / "b.zip", {"in/a.csv": b"one", "in/": b""})
    for path in (tmp_path / "folder", tmp_path / "folder" / "a.csv", archive):
        file = only_input(path)
        with file.open() as opened:
            assert (file.base, file.size, opened.read()) == ("a.csv", 3, b"one")
            assert opened.seek(1) == 1 and opened.read() == b"ne"
    assert inputs_at(archive)[0].fingerprint == inputs_at(archive)[0].fingerprint
    zipped(tmp_path / "c.zip", {})
    with pytest.raises(BadInput, match="2 files"):
        only_input(tmp_path)


def test_a_changed_file_has_another_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one")
    first = only_input(tmp_path / "a").fingerprint
    (tmp_path / "a").write_bytes(b"two")
    assert only_input(tmp_path / "a").fingerprint != first


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"../out.csv": b""}, "outside"), ({"/etc/x": b""}, "outside"), ({"c:/x": b""}, "outside"),
        ({"bomb.csv": b"0" * (RATIO_FROM + 1)}, "times its size"),
        ({f"{n}.csv": b"" for n in range(MOST_ENTRIES + 1)}, "entries"),
    ],
)  # fmt: skip
def test_a_hostile_zip_is_refused(tmp_path: Path, entries: dict[str, bytes], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        inputs_at(zipped(tmp_path / "x.zip", entries))


def test_links_encryption_and_damage_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    data = bytearray(zipped(tmp_path / "y.zip", {"a.csv": b"one"}).read_bytes())
    place = data.index(b"PK\x01\x02")
    data[place + 8] |= 1  # the flag of an encrypted entry
    (tmp_path / "locked.zip").write_bytes(data)
    for name in ("link.zip", "locked.zip", "gone.zip"):
        with pytest.raises(BadInput):
            inputs_at(tmp_path / name)
