"""Real directories, where they are at hand: everything that was read of them goes out and comes back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.cast import NOW, Cast
from tests.exports.listings import said
from tests.exports.test_round_trips import bring_in, written
from warmhandoff.directory.models import Listing
from warmhandoff.imports.hsds import import_hsds
from warmhandoff.imports.inputs import inputs_at, only_input
from warmhandoff.imports.sheet import import_sheet, open_sheet

DATA = os.environ.get("WARMHANDOFF_TEST_DATA", "")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not DATA, reason="WARMHANDOFF_TEST_DATA is not set")]


def _baltimore() -> Any:
    folder = Path(DATA) / "hsds-3.0-baltimore"
    return import_hsds(inputs_at(folder), str(folder), practice_id=None, now=NOW)


def _new_york() -> Any:
    (path,) = (Path(DATA) / "ny-omh-local-mental-health-programs").glob("*.csv")
    return import_sheet(open_sheet(only_input(path), str(path)), practice_id=None, now=NOW)


@pytest.mark.parametrize(
    ("read", "form"), [(_baltimore, "hsds"), (_baltimore, "hsds_tables"), (_baltimore, "fhir"), (_new_york, "csv")]
)
def test_a_real_directory_goes_out_and_comes_back(cast: Cast, form: str, read: Any, tmp_path: Path) -> None:
    read()
    before = sorted(repr(said(listing)) for listing in Listing.objects.filter(practice=None, retired_at=None))
    assert len(before) > 500
    assert bring_in(form, written(form), tmp_path, cast.practice.pk) == []
    assert sorted(repr(said(listing)) for listing in Listing.objects.filter(practice=cast.practice)) == before
