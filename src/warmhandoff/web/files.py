"""Files that a browser shows or keeps."""

from __future__ import annotations

from django.http import HttpResponse

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
