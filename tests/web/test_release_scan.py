"""The scan of a release that was signed on paper: brought, seen by those who may see the release, never required."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.apps.referrals.loop import Loop, loop_at
from tests.cast import NOW, Cast
from tests.core.hostile import good
from warmhandoff.clients.models import Release
from warmhandoff.core import clock
from warmhandoff.core.models import Attachment, AuditEntry
from warmhandoff.core.uploads import MOST_BYTES

pytestmark = pytest.mark.slow  # starts a process a file


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def loop(cast: Cast) -> Loop:
    chosen = loop_at(cast, "chosen")
    chosen.draft()
    return chosen


def sign(loop: Loop, name: str = "scan.jpg", data: bytes | None = None) -> Any:
    scan = {} if data is None else {"scan": SimpleUploadedFile(name, data)}
    address = reverse("referral_sign", args=[loop.id])
    return loop.cast.web().post(address, {"signed_name": "Rosalind Marlowe", "identity": "seen", **scan})


def address_of(loop: Loop) -> str:
    return reverse("referral_release_scan", args=[loop.id, Release.objects.get().pk, Attachment.objects.get().pk])


def test_a_scan_is_kept_shown_and_handed_out(loop: Loop) -> None:
    assert sign(loop, data=good("jpeg")).status_code == 302 and loop.state == "released"
    for page in ("referral", "referral_release"):
        assert address_of(loop) in loop.cast.web().get(reverse(page, args=[loop.id])).content.decode()
    answer = loop.cast.web().get(address_of(loop))
    assert answer.content.startswith(b"\xff\xd8\xff") and b"CanaryCamera" not in answer.content
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Disposition"] == 'attachment; filename="file.jpg"'
    assert answer["Content-Security-Policy"].endswith("; sandbox") and answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    assert AuditEntry.objects.filter(verb="open", subject_kind="attachment").count() == 1


def test_who_may_see_the_release_may_see_its_scan(loop: Loop) -> None:
    sign(loop, "scan.pdf", good("pdf"))
    seen = {part: loop.cast.web(part).get(address_of(loop)).status_code
            for part in ("supervisor", "coordinator", "colleague", "admin", "outsider")}
    assert seen == {"supervisor": 200, "coordinator": 200, "colleague": 404, "admin": 404, "outsider": 404}
    other = Loop(loop.cast)
    release = Release.objects.get().pk
    for referral, of, scan in ((other.id, release, Attachment.objects.get().pk), (loop.id, release, uuid4()),
                               (loop.id, uuid4(), Attachment.objects.get().pk)):  # fmt: skip
        address = reverse("referral_release_scan", args=[referral, of, scan])
        assert loop.cast.web().get(address).status_code == 404


def test_it_is_never_required(loop: Loop) -> None:
    assert sign(loop).status_code == 302 and loop.state == "released"
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(("name", "data"), [
    ("scan.pdf", good("jpeg")), ("scan.jpg", good("jpeg") + b"<?php x ?>"), ("scan.jpg", good("jpeg")[:200]),
    ("scan.svg", b"<svg onload=alert(1)>"), ("scan.pdf", b"%PDF-1.7" + b"\0" * MOST_BYTES),
])  # fmt: skip
def test_what_cannot_be_kept_is_refused_and_nothing_is_signed(loop: Loop, name: str, data: bytes) -> None:
    answer = sign(loop, name, data)
    page = answer.content.decode()
    assert answer.status_code == 422 and loop.state == "chosen" and not Attachment.objects.exists()
    assert 'value="Rosalind Marlowe"' in page and "id_scan" in page
    assert "svg onload" not in page


def test_she_gets_it_with_everything_else(loop: Loop) -> None:
    sign(loop, "scan.png", good("png"))
    packed = loop.cast.web().post(reverse("client_record", args=[loop.cast.client.pk])).content
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        row = json.loads(archive.read("record.json"))["record"]["Files"][0]
        assert archive.read(row["File"]).startswith(b"\x89PNG") and row["Belongs to"] == "release"
        assert row["Added by"] == "Clinician Person"


def test_what_may_be_kept_is_never_laid_in_a_temporary_file() -> None:
    assert settings.FILE_UPLOAD_MAX_MEMORY_SIZE > MOST_BYTES
