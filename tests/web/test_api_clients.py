"""The page of programs with access: let in, token shown once, new token, end; and who may look."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from tests.cast import NOW, Cast
from tests.web.visits import words
from warmhandoff.accounts.api_clients import NewApiClient, create, end, enter
from warmhandoff.accounts.models import ApiClient
from warmhandoff.core import clock
from warmhandoff.rules.refusals import NoToken

pytestmark = pytest.mark.slow

PAGE = "/practice/api/"
FORM = {"name": "Website", "purpose": "shows openings", "scopes": ["directory:read", "match"], "days": "90"}
TOKEN = re.compile(r"wh_[0-9a-z]{52}")


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def token_on(answer: Any) -> str:
    found = TOKEN.findall(answer.content.decode())
    assert len(found) == 1
    return str(found[0])


def works(token: str) -> bool:
    try:
        enter(token, address="", now=NOW + timedelta(seconds=1))
    except NoToken:
        return False
    return True


def test_an_empty_list_says_what_it_is_for(cast: Cast) -> None:
    page = words(cast.web("admin").get(PAGE))
    assert "No program has access" in page and "Let a program in" in page
    assert re.search("Programs with access ?: none", words(cast.web("admin").get(reverse("colleagues"))))


def test_a_token_is_shown_once(cast: Cast) -> None:
    web = cast.web("admin")
    made = web.post(PAGE, FORM)
    assert made.status_code == 200 and works(token_on(made))
    page = web.get(PAGE)
    assert not TOKEN.search(page.content.decode())
    said = words(page)
    assert "Website shows openings" in said and "Admin Person, Monday 23 November" in said
    assert "Match a need against the directory" in said
    assert "Website" in words(web.get(reverse("colleagues")))
    assert ApiClient.objects.get().expires_at == NOW + timedelta(days=90)


def test_what_was_typed_is_kept(cast: Cast) -> None:
    answer = cast.web("admin").post(PAGE, {**FORM, "scopes": [], "purpose": "kept words"})
    assert answer.status_code == 422 and 'value="kept words"' in answer.content.decode()
    bad = cast.web("admin").post(PAGE, {**FORM, "scopes": ["policy"], "days": "9999", "name": "\x07"})
    assert bad.status_code == 422 and not ApiClient.objects.exists()


def test_a_new_token_and_the_end_are_asked_first(cast: Cast) -> None:
    web = cast.web("admin")
    first = token_on(web.post(PAGE, FORM))
    row = ApiClient.objects.get()
    renewal, ending = (reverse(name, args=[row.pk]) for name in ("api_client_renew", "api_client_end"))
    assert "opens nothing from the moment" in words(web.get(renewal)) and works(first)
    assert web.post(renewal, {"days": "1000"}).status_code == 422 and works(first)
    second = token_on(web.post(renewal, {"days": "30"}))
    assert works(second) and not works(first)
    assert "for good" in words(web.get(ending)) and works(second)
    answer = web.post(ending, follow=True)
    assert "Website gets in no more" in words(answer) and "Ended Monday 23 November" in words(answer)
    assert not works(second)
    assert web.post(ending).status_code == 409


def test_whoever_made_one_and_left_is_named(cast: Cast) -> None:
    create(cast.actor("admin"), NewApiClient("Website", "w", ("match",)), now=NOW)
    maker, deputy = cast.members["admin"], cast.members["colleague"]
    deputy.roles, maker.left_at = ["admin"], NOW
    deputy.save()
    maker.save()
    assert "Admin Person has left" in words(cast.web("colleague").get(PAGE))


def test_the_audit_names_the_program(cast: Cast) -> None:
    web = cast.web("admin")
    web.post(PAGE, FORM)
    end(cast.actor("admin"), ApiClient.objects.get().pk, now=NOW)
    page = words(web.get(reverse("audit")))
    assert "Added a program's access" in page and "Ended a program's access" in page and "Website (program)" in page


def test_no_one_else_sees_it(cast: Cast) -> None:
    for part in ("clinician", "coordinator", "supervisor"):
        assert cast.web(part).get(PAGE).status_code == 403
        assert cast.web(part).post(PAGE, FORM).status_code == 403
        assert "Programs with access" not in words(cast.web(part).get(reverse("colleagues")))


def test_the_list_asks_the_database_little(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        create(cast.actor("admin"), NewApiClient(f"Program {number}", "w", ("match",)), now=NOW)
    web = cast.web("admin")
    with django_assert_max_num_queries(12):
        web.get(PAGE)
