"""Lists, drafts and listings side by side."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.cast import NOW, Cast
from tests.web.test_finding import ASKED, enter_dana
from warmhandoff.core import clock
from warmhandoff.core.models import AuditEntry
from warmhandoff.directory import drafts, lists
from warmhandoff.directory.comparing import compare
from warmhandoff.directory.listing import edit, relate
from warmhandoff.directory.models import Fact, ListEntry, Listing, ListingDraft, ListingList
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotThere

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def get(cast: Cast, address: str, part: str = "clinician", status: int = 200) -> str:
    answer = cast.web(part).get(address)
    assert answer.status_code == status, answer.content
    return str(answer.content.decode())


def post(cast: Cast, address: str, given: dict[str, Any], status: int = 200, part: str = "clinician") -> str:
    answer = cast.web(part).post(address, given, follow=True)
    assert answer.status_code == status
    return str(answer.content.decode())


def test_a_list_is_made_filled_and_used(cast: Cast) -> None:
    dana, eli = enter_dana(cast), enter_dana(cast, name="Eli Example")
    assert "No lists yet" in get(cast, "/network/lists/")
    assert "Nobody is on this list yet" in post(cast, "/network/lists/", {"name": " My  trusted prescribers "})
    mine = ListingList.objects.get()
    assert mine.name == "My trusted prescribers" and not mine.shared
    assert "you have a list of this name already" in post(
        cast, "/network/lists/", {"name": "My trusted prescribers"}, 422
    ).replace("You have", "you have")
    html = post(cast, f"/network/{dana}/lists/", {"list": [str(mine.pk), "nonsense", str(uuid4())]})
    assert f'value="{mine.pk}" checked' in html
    found = get(cast, f"/network/?list={mine.pk}")
    assert "One listing" in found and "Dana Example" in found and "Eli Example" not in found
    assert "Eli Example" in get(cast, "/network/?list=nonsense")
    assert "Dana Example" in get(cast, f"/network/lists/{mine.pk}/")
    post(cast, f"/network/lists/{mine.pk}/off/", {"listing": dana})
    assert not ListEntry.objects.exists()
    post(cast, f"/network/{eli}/lists/", {"list": str(mine.pk)})
    post(cast, f"/network/{eli}/lists/", {})
    assert not ListEntry.objects.exists()
    post(cast, f"/network/lists/{mine.pk}/end/", {})
    assert not ListingList.objects.exists() and Listing.objects.count() == 2
    assert set(AuditEntry.objects.filter(subject_kind="list").values_list("verb", flat=True)) == {
        "add", "edit", "retire"
    }  # fmt: skip


def test_whose_list_it_is(cast: Cast) -> None:
    dana = enter_dana(cast)
    mine = lists.make_list(cast.actor(), "Mine", now=NOW)
    other = cast.actor("colleague")
    for refused in (
        lambda: lists.open_list(other, mine), lambda: lists.put_on(other, mine, [dana], now=NOW),
        lambda: lists.ids_on(other, mine), lambda: lists.end_list(other, mine, now=NOW),
    ):  # fmt: skip
        with pytest.raises(NotThere):
            refused()
    lists.change_list(cast.actor(), mine, name="Ours", shared=True, now=NOW)
    assert lists.put_on(other, mine, [dana, dana], now=NOW) == 1 and lists.ids_on(other, mine) == {dana}
    assert [(one.name, one.mine, one.count) for one in lists.lists_of(other)] == [("Ours", False, 1)]
    with pytest.raises(NotAllowed):
        lists.change_list(other, mine, name="Theirs", shared=True, now=NOW)
    with pytest.raises(NotAllowed):
        lists.end_list(other, mine, now=NOW)
    assert lists.lists_of(cast.actor("outsider")) == ()
    with pytest.raises(NotThere):
        lists.put_on(cast.actor("outsider"), mine, [dana], now=NOW)
    theirs = lists.make_list(cast.actor("outsider"), "Mine", now=NOW)
    with pytest.raises(NotThere):
        lists.put_on(cast.actor("outsider"), theirs, [dana], now=NOW)
    for name in ("", " ", "x" * 101):
        with pytest.raises(BadInput):
            lists.make_list(cast.actor(), name, now=NOW)


def test_a_half_entered_listing_is_kept_and_entered_later(cast: Cast) -> None:
    typed = {"name": "Eli Example", "zip": "12", "treats": ["grief"], "draft": "yes", "languages": ["es", ""]}
    html = post(cast, "/network/add/", typed)
    draft = ListingDraft.objects.get()
    assert "Kept as a draft" in html and 'value="12"' in html and 'value="Eli Example"' in html
    assert not Listing.objects.exists() and not Fact.objects.exists()
    assert draft.typed == {"name": ["Eli Example"], "zip": ["12"], "treats": ["grief"], "languages": ["es"]}
    assert "Eli Example" in get(cast, "/network/") and "Eli Example" not in get(cast, "/network/", "colleague")
    address = f"/network/drafts/{draft.pk}/"
    post(cast, address, {**typed, "kind": "therapist"})
    assert ListingDraft.objects.get().typed["kind"] == ["therapist"]
    whole = {name: value for name, value in typed.items() if name != "draft"} | {"kind": "therapist"}
    assert "ZIP of five digits" in post(cast, address, whole, 422) and ListingDraft.objects.exists()
    post(cast, address, {**whole, "zip": "78704"})
    assert Listing.objects.get().name == "Eli Example" and not ListingDraft.objects.exists()
    get(cast, address, status=404)


def test_drafts_are_their_typists_and_are_erased(cast: Cast) -> None:
    kept = drafts.keep_draft(cast.actor(), {"name": ["A"], "csrfmiddlewaretoken": ["x"]}, now=NOW)
    assert drafts.open_draft(cast.actor(), kept) == {"name": ["A"]}
    for part in ("colleague", "outsider", "admin"):
        with pytest.raises(NotThere):
            drafts.open_draft(cast.actor(part), kept)
        with pytest.raises(NotThere):
            drafts.keep_draft(cast.actor(part), {"name": ["B"]}, now=NOW, draft_id=kept)
        drafts.erase_draft(cast.actor(part), kept)
    for nothing in ({}, {"name": [" "]}, {"about": ["x" * 30_001]}):
        with pytest.raises(BadInput):
            drafts.keep_draft(cast.actor(), nothing, now=NOW)
    post(cast, f"/network/drafts/{kept}/erase/", {})
    assert not ListingDraft.objects.exists()
    drafts.keep_draft(cast.actor(), {"name": ["old"]}, now=NOW - timedelta(days=91))
    drafts.keep_draft(cast.actor(), {"name": ["new"]}, now=NOW)
    assert [line.name for line in drafts.drafts_of(cast.actor())] == ["new"]
    assert isinstance(kept, UUID)


def test_side_by_side(cast: Cast, django_assert_max_num_queries: Any) -> None:
    ids = [enter_dana(cast, name=f"Person {number}") for number in range(5)]
    edit(cast.actor(), ids[1], {"fee": 9900}, now=NOW)
    edit(cast.actor(), ids[2], {"fee": None, "confidential": True}, now=NOW)
    cast.web()
    with django_assert_max_num_queries(12):
        html = get(cast, "/network/compare/?" + "&".join(f"id={key}" for key in ids) + "&id=x&id=999999999")
    assert "Person 3" in html and "Person 4" not in html and "not shown" in html and "$99" in html
    found = compare(cast.actor(), ids[:3], today=NOW.date())
    told = {fact.label: fact for fact in found.facts}
    assert told["Fee a session"].differs and [cell.words if cell else None for cell in told["Fee a session"].cells] == [
        "$150", "$99", None
    ]  # fmt: skip
    assert not told["Kind"].differs and told["ZIP"].cells[2] is None
    assert all(cell.age == "today" for fact in found.facts for cell in fact.cells if cell)
    assert "Nobody to compare" in get(cast, f"/network/compare/?id={ids[0]}", "outsider")


def test_finding_someone_on_one_list_alone(cast: Cast) -> None:
    dana, eli = enter_dana(cast), enter_dana(cast, name="Eli Example")
    mine = lists.make_list(cast.actor(), "Trusted", now=NOW)
    lists.put_on(cast.actor(), mine, [eli], now=NOW)
    assert "only the list “Trusted”" in get(cast, "/find/")
    html = post(cast, "/find/", {**ASKED, "list": str(mine)})
    assert "Eli Example" in html and "Dana Example" not in html and f'value="{mine}" selected' in html
    assert "Dana Example" in post(cast, "/find/", {**ASKED, "list": "nonsense"})
    relate(cast.actor(), eli, excluded=True, now=NOW)
    assert "Eli Example" not in post(cast, "/find/", {**ASKED, "list": str(mine)})
    assert dana
