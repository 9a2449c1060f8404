"""What was told without a release is seen by whom it concerns in the practice, and by no other practice."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.cast import NOW, Cast
from warmhandoff.clients.lawful import Record, disclosure_row, record_disclosure, visible_disclosures
from warmhandoff.rules.refusals import NotThere


def test_another_practice_finds_none_of_them(cast: Cast) -> None:
    told = record_disclosure(cast.actor(), cast.client.pk, Record(), now=NOW)
    assert [row.pk for row in visible_disclosures(cast.actor("admin"))] == [told]
    assert not visible_disclosures(cast.actor("outsider")).exists(), "she sets policy, elsewhere"
    for actor, one in ((cast.actor("outsider"), told), (cast.actor(), uuid4())):
        with pytest.raises(NotThere):
            disclosure_row(actor, one)
    assert disclosure_row(cast.actor(), told).pk == told
