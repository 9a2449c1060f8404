"""Files that a browser shows or keeps."""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse

from warmhandoff.core.uploads import MOST_BYTES, Checked, check

SANDBOX = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"


def pdf(content: bytes, name: str) -> HttpResponse:
    """A PDF to be looked at or printed. `name` is neutral: it lands in download folders."""
    return HttpResponse(
        content, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


def download(content: bytes, kind: str, name: str) -> HttpResponse:
    """A file to be kept, never shown within a page of ours: whatever is in it runs nowhere. `name` is neutral."""
    return HttpResponse(content, content_type=kind, headers={
        "Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": SANDBOX,
    })


def checked(file: UploadedFile, field: str) -> Checked:
    """What someone sent, looked at; BadInput on the field for what cannot be kept. One too large is not even read."""
    data = b"" if (file.size or 0) > MOST_BYTES else file.read()
    return check(data, file.name or "", field=field)
