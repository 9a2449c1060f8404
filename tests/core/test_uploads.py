"""What may be kept of the files that people bring, and a corpus of those that may not."""

from __future__ import annotations

import io
import re
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from tests.core import hostile
from tests.core.hostile import good
from warmhandoff.core import opening, uploads
from warmhandoff.core.attachments import attach, of_subjects, open_file
from warmhandoff.core.events import Subject
from warmhandoff.core.models import Attachment, AuditEntry
from warmhandoff.core.uploads import MOST_BYTES, Checked, check
from warmhandoff.rules.refusals import BadInput, NotThere

pytestmark = pytest.mark.slow  # starts a process a file

MIB = 1024 * 1024


@pytest.mark.parametrize(("kind", "name"), [
    ("pdf", "scan.pdf"), ("pdf", "Signed page 3.PDF"), ("png", "scan.png"), ("jpeg", "scan.jpg"),
    ("jpeg", "Año nuevo.JPEG"),
])  # fmt: skip
def test_good_files_are_kept(kind: str, name: str) -> None:
    kept = check(good(kind), name)
    assert kept.kind == kind
    if kind == "pdf":
        assert kept.data == good("pdf")
        return
    assert b"CanaryCamera" in good(kind) and b"CanaryCamera" not in kept.data and b"canary-comment" not in kept.data
    with Image.open(io.BytesIO(kept.data)) as picture:
        assert picture.size == (60, 40) and not picture.getexif() and picture.format == kind.upper()
        red, green, blue = picture.convert("RGB").getpixel((30, 20))  # type: ignore[misc]
        assert red > 150 and green < 80 and blue < 80


def _saved(picture: Image.Image, kind: str, **more: Any) -> bytes:
    held = io.BytesIO()
    picture.save(held, kind, **more)
    return held.getvalue()


def test_pictures_of_every_sane_sort_are_kept() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # held upright, stored on its side
    turned = opening.examine("jpeg", _saved(Image.new("RGB", (60, 40)), "JPEG", exif=exif))
    assert Image.open(io.BytesIO(turned)).size == (40, 60)
    for mode in ("1", "L", "P", "RGBA", "LA", "I;16"):
        clean = opening.examine("png", _saved(Image.new(mode, (9, 9)), "PNG"))
        assert Image.open(io.BytesIO(clean)).mode in ("L", "RGB")
    opening.examine("jpeg", _saved(Image.new("CMYK", (9, 9)), "JPEG", progressive=True))
    clear = opening.examine("png", _saved(Image.new("RGBA", (9, 9), (0, 0, 0, 0)), "PNG"))
    assert Image.open(io.BytesIO(clear)).getpixel((4, 4)) == (255, 255, 255)  # not a black page


def test_a_page_that_opens_at_a_place_is_kept() -> None:
    from pypdf.generic import ArrayObject, NameObject, NumberObject

    def change(writer: Any) -> None:
        place = [writer.pages[0].indirect_reference, NameObject("/XYZ"), *[NumberObject(0)] * 3]
        writer.root_object[NameObject("/OpenAction")] = ArrayObject(place)

    data = hostile._pdf(change)
    assert opening.examine("pdf", data) == data and len(PdfReader(io.BytesIO(data)).pages) == 1


FEW = ("jpeg: an archive behind it", "pdf: javascript by name", "pdf: no password but a lock", "nothing")


@pytest.fixture(scope="module")
def corpus() -> list[hostile.Hostile]:
    return hostile.corpus()


def _refused(corpus: list[hostile.Hostile]) -> Iterator[str]:
    """Every file of these that was taken, or cost too much."""
    for made in corpus:
        (what, name, _), data = made, hostile.bytes_of(made)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        try:
            check(data, name)
            yield f"{what}: taken"
        except BadInput as refusal:
            if not refusal.problems[0].reason:
                yield f"{what}: no reason"
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        if seconds > 2:
            yield f"{what}: {seconds:.1f} s of the processor"


MEASURING = """
import sys
sys.path.insert(0, {folder!r})
import opening
try:
    sys.exit(opening.main(sys.argv[1]))
finally:
    status = open("/proc/self/status").read()
    sys.stderr.write("held " + status.partition("VmHWM:")[2].split()[0])
"""


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[int]:
    """The most memory each process held, in bytes. What the system tells of ended processes counts their parent in."""
    script, found, run = tmp_path / "measuring.py", [], subprocess.run
    script.write_text(MEASURING.format(folder=str(uploads._OPENER.parent)))

    def measured(*given: Any, **more: Any) -> Any:
        done = run(*given, **more)
        told = re.search(rb"held (\d+)", done.stderr)
        found.append(int(told[1]) * 1024 if told else 0)
        return done

    monkeypatch.setattr(uploads, "_OPENER", script)
    monkeypatch.setattr(subprocess, "run", measured)
    return found


@pytest.mark.slow
def test_no_hostile_file_is_kept(corpus: list[hostile.Hostile], held: list[int]) -> None:
    assert len(corpus) >= 80 and len({what for what, _, _ in corpus}) == len(corpus)
    assert list(_refused(corpus)) == []
    assert len(held) > 60 and min(held) > 0 and max(held) <= 256 * MIB
    print(f"{len(corpus)} hostile files, none kept; {len(held)} processes, the largest of {max(held) / MIB:.0f} MiB")


@pytest.mark.slow
def test_the_largest_sane_picture_fits(held: list[int]) -> None:
    page = Image.effect_noise((4960, 7016), 3)  # a page at 600 dots an inch, grey
    assert check(_saved(page, "JPEG", quality=40), "scan.jpg")
    photograph = Image.merge("RGB", [Image.effect_noise((5000, 4000), 3)] * 3)
    assert check(_saved(photograph, "JPEG", quality=40), "scan.jpg")
    assert max(held) <= 256 * MIB


def test_the_worst_of_them_are_refused() -> None:
    made = [one for one in hostile.corpus() if one[0] in FEW]
    assert {what for what, _, _ in made} == set(FEW)
    assert list(_refused(made)) == []


@pytest.mark.parametrize(("change", "fault"), [
    ("a bomb", "bomb"), ("javascript in a link", "runs"), ("associated files", "carries"), ("a password", "encrypted"),
    ("too many pages", "too_many_pages"), ("a picture too large", "too_many_pixels"),
    pytest.param("too many objects", "too_many_objects", marks=pytest.mark.slow),
])  # fmt: skip
def test_each_is_refused_for_what_it_is(corpus: list[hostile.Hostile], change: str, fault: str) -> None:
    data = hostile.bytes_of(next(made for made in corpus if made[0] == f"pdf: {change}"))
    with pytest.raises(opening.Refused, match=f"^{fault}$"):
        opening.examine("pdf", data)


def test_a_process_that_needs_too_much_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    left = str(tmp_path / "left")
    for greed in ("bytearray(1 << 30)", f"open({left!r}, 'wb').write(b'x')", "1 / 0"):
        script = tmp_path / "greedy.py"
        script.write_text(
            f"import sys; sys.path.insert(0, {str(uploads._OPENER.parent)!r}); import opening; "
            f"opening.examine = lambda kind, data: {greed}; sys.exit(opening.main(sys.argv[1]))"
        )
        monkeypatch.setattr(uploads, "_OPENER", script)
        with pytest.raises(BadInput, match="cannot be opened"):
            check(good("png"), "scan.png")
        monkeypatch.undo()


def test_one_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    script = tmp_path / "slow.py"
    script.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(uploads, "_OPENER", script)
    monkeypatch.setattr(uploads, "WAIT", 0.2)
    with pytest.raises(BadInput, match="cannot be opened"):
        check(good("png"), "scan.png")


def _here(kind: str, data: bytes, field: str) -> bytes:
    """As in the process of its own, where whatever a decoder raises is a refusal."""
    try:
        return opening.examine(kind, data)
    except Exception as fault:
        raise BadInput("refused") from fault


BEGINS = {"scan.pdf": b"%PDF-1.7\n", "scan.png": b"\x89PNG\r\n\x1a\n", "scan.jpg": b"\xff\xd8\xff"}


@given(
    name=st.sampled_from([*BEGINS, "scan.exe"]) | st.text(max_size=30), data=st.binary(max_size=300),
    begins=st.booleans(),
)
@example(name="scan.pdf", data=b"startxref\n1\n%%EOF", begins=True)
def test_nothing_but_bad_input_comes_out(name: str, data: bytes, begins: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uploads, "_opened", _here)
        try:
            check(BEGINS.get(name, b"") + data if begins else data, name)
        except BadInput as refusal:
            assert refusal.problems


@given(kind=st.sampled_from(["pdf", "png", "jpeg"]), data=st.data())
def test_a_good_file_with_bytes_changed_is_good_or_refused(kind: str, data: st.DataObject) -> None:
    sane = bytearray(good(kind))
    for _ in range(data.draw(st.integers(1, 6))):
        sane[data.draw(st.integers(0, len(sane) - 1))] = data.draw(st.integers(0, 255))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uploads, "_opened", _here)
        try:
            kept = check(bytes(sane), "scan.pdf" if kind == "pdf" else f"scan.{kind}")
        except BadInput:
            return
    assert kept.kind == kind and len(kept.data) <= MOST_BYTES


def test_limits_of_a_packet_are_said() -> None:
    assert (uploads.MOST_BYTES, uploads.MOST_BYTES_A_PACKET, uploads.MOST_FILES_A_PACKET) == (10 * MIB, 25 * MIB, 50)


def test_a_file_is_sealed_with_its_subject(cast: Any) -> None:
    subject = Subject("release", uuid4(), cast.practice.pk, cast.client.pk)
    other = Subject("release", uuid4(), cast.practice.pk, cast.client.pk)
    pk = attach(subject, Checked("png", good("png")), actor=cast.actor(), now=cast.now)
    assert of_subjects([subject.id, other.id]) == {subject.id: [pk]}
    file = open_file(subject, pk, actor=cast.actor(), now=cast.now)
    assert (file.data, file.content_type, file.name) == (good("png"), "image/png", "file.png")
    assert bytes(Attachment.objects.values_list("data", flat=True).get())[:4] != good("png")[:4]
    verbs = AuditEntry.objects.filter(subject_kind="attachment").values_list("verb", flat=True)
    assert set(verbs) == {"attach", "open"}
    with pytest.raises(NotThere):
        open_file(other, pk, actor=cast.actor(), now=cast.now)
