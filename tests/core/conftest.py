"""A practice with a data key and a client: the least that core's tests stand on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from warmhandoff.accounts.models import Practice
from warmhandoff.clients.models import Client
from warmhandoff.core.sealing import create_practice_key

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def new_practice(slug: str) -> Practice:
    practice = Practice.objects.create(name=slug.title(), slug=slug, created_at=NOW)
    create_practice_key(practice.pk)
    return practice


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def practice(db: None) -> Practice:
    return new_practice("willow")


@pytest.fixture
def other(db: None) -> Practice:
    return new_practice("harbor")


@pytest.fixture
def client_row(practice: Practice) -> Client:
    return Client.objects.create(
        practice=practice, name="Maya Ortiz", initials="MO", contact={"phone": "512 555 0100", "zip": "78704"},
        created_at=NOW,
    )
