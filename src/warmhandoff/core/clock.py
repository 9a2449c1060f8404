"""The one place where the time is read: at a door (a request, a command, a turn of the worker), then passed down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings


def now() -> datetime:
    """The present instant in UTC, moved by the demo's offset where one is set."""
    return datetime.now(UTC) + timedelta(seconds=settings.CLOCK_OFFSET_SECONDS)
