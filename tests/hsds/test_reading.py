"""The read API of HSDS: the shared listings, for whom the server lets, and nothing hidden."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests.cast import NOW, Cast
from tests.exports.listings import EVERYTHING, make_listing
from warmhandoff.core import clock
from warmhandoff.directory.fields import checked
from warmhandoff.directory.models import Listing


@pytest.fixture(autouse=True)
def _public(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PUBLIC_DIRECTORY = True
    monkeypatch.setattr(clock, "now", lambda: NOW)


def read(address: str, status: int = 200) -> Any:
    answer = Client().get(f"/hsds/{address}")
    assert answer.status_code == status
    return answer.json() if status == 200 else None


def test_services_are_listed_in_pages_and_read_one_by_one(cast: Cast) -> None:
    for number in range(5):
        make_listing(checked({**EVERYTHING, "name": f"Person {number}"}), key=str(number))
    make_listing(checked({**EVERYTHING, "name": "Own Person"}), practice_id=cast.practice.pk)
    assert read("")["version"] == "3.0"
    page = read("services?per_page=2&page=3")
    assert {name: page[name] for name in ("total_items", "total_pages", "page_number", "size", "last_page")} == {
        "total_items": 5, "total_pages": 3, "page_number": 3, "size": 1, "last_page": True,
    }  # fmt: skip
    assert [one["name"] for one in page["contents"]] == ["Person 4"]
    assert "phones" not in page["contents"][0] and page["contents"][0]["organization"]["name"] == "Person 4"
    whole = read(f"services/{page['contents'][0]['id']}")
    assert whole["phones"] and whole["service_at_locations"][0]["location"]["addresses"]
    assert read("services?full=true&search=person+2")["contents"][0]["phones"]
    assert read("services?search=own")["total_items"] == 0 == read("services?modified_after=2026-12-31")["total_items"]
    (one,) = read("services?search=person+1")["contents"]
    assert read("services?modified_after=2026-01-01&search=person+1&minimal=true")["contents"] == [
        {"id": one["id"], "modified_date": one["last_modified"]}
    ]
    assert read("services?page=0&per_page=x")["page_number"] == 1 and read("services?page=99")["empty"]


def test_what_is_not_shared_retired_or_hidden_is_not_told(cast: Cast) -> None:
    own = make_listing(checked({**EVERYTHING, "name": "Own"}), practice_id=cast.practice.pk)
    hidden = make_listing(checked({**EVERYTHING, "name": "House", "confidential": True}), key="h")
    (told,) = read("services?full=true")["contents"]
    assert told["name"] == "House" and "service_at_locations" not in told and "78704" not in str(told)
    assert read("services?search=78704")["total_items"] == 0
    for key in (uuid4(), own.source_id):
        read(f"services/{key}", 404)
    Listing.objects.filter(pk=hidden.pk).update(retired_at=NOW)
    read(f"services/{told['id']}", 404)
    assert Client().post("/hsds/services").status_code == 405


def test_a_server_that_is_not_open_tells_members_alone(cast: Cast, settings: Any) -> None:
    settings.PUBLIC_DIRECTORY = False
    make_listing(checked(EVERYTHING))
    for address in ("", "services", f"services/{uuid4()}"):
        read(address, 404)
    assert cast.web().get("/hsds/services").json()["total_items"] == 1
