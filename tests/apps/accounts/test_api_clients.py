"""Programs that a practice lets in: tokens that are shown once and end at once, and who may say so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import connection

from tests.cast import NOW, Cast
from warmhandoff.accounts import api_clients
from warmhandoff.accounts.api_clients import NewApiClient, create, end, enter, renew
from warmhandoff.accounts.leaving import end_membership
from warmhandoff.accounts.models import ApiClient
from warmhandoff.core import journal, restoring
from warmhandoff.core.models import AuditEntry
from warmhandoff.rules.access import SCOPES
from warmhandoff.rules.refusals import BadInput, NotAllowed, NoToken, NotThere, Stale, TooMany

NEW = NewApiClient("Website", "shows our directory", ("directory:read", "match"))
SOON = NOW + timedelta(seconds=30)


def let_in(cast: Cast, part: str = "admin", **more: Any) -> str:
    return create(cast.actor(part), NewApiClient(**{**vars(NEW), **more}), now=NOW)


def only() -> UUID:
    return ApiClient.objects.get().pk


def gets_in(token: str, now: Any = SOON, address: str = "192.0.2.1") -> bool:
    try:
        enter(token, address=address, now=now)
    except NoToken:
        return False
    return True


def everything() -> Iterator[str]:
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            yield from (repr(row) for row in cursor.fetchall())


def test_a_token_lets_a_program_in_with_its_scopes_and_no_more(cast: Cast) -> None:
    found = enter(let_in(cast), address="192.0.2.1", now=SOON)
    assert found.practice == cast.practice and found.expires_at == NOW + timedelta(days=365)
    actor = found.actor
    assert actor.side == "api" and actor.scopes == {"directory:read", "match"} and actor.who == only()
    assert actor.verbs("team", "supervises", "practice") == frozenset() and actor.membership_id is None


def test_a_token_is_new_long_and_in_no_row(cast: Cast) -> None:
    tokens = {let_in(cast) for _ in range(3)}
    assert len(tokens) == 3 and all(token.startswith("wh_") and len(token) == 55 for token in tokens)
    rows = list(everything())
    assert any("shows our directory" in row for row in rows)
    assert not [row for row in rows for token in tokens if token[3:] in row]


def test_only_administrators_of_the_practice(cast: Cast) -> None:
    let_in(cast)
    for part in ("clinician", "supervisor", "coordinator", "colleague"):
        actor = cast.actor(part)
        with pytest.raises(NotAllowed):
            create(actor, NEW, now=NOW)
        with pytest.raises(NotAllowed):
            renew(actor, only(), now=NOW)
        with pytest.raises(NotAllowed):
            end(actor, only(), now=NOW)
        with pytest.raises(NotAllowed):
            api_clients.api_clients(actor)
    for other in (only(), uuid4()):
        actor = cast.actor("outsider" if other == only() else "admin")
        with pytest.raises(NotThere):
            renew(actor, other, now=NOW)
        with pytest.raises(NotThere):
            end(actor, other, now=NOW)
    assert api_clients.api_clients(cast.actor("outsider")) == []


def test_a_program_cannot_let_programs_in(cast: Cast) -> None:
    actor = enter(let_in(cast, scopes=tuple(SCOPES)), address="", now=SOON).actor
    with pytest.raises(NotAllowed):
        create(actor, NEW, now=NOW)


@pytest.mark.parametrize(("fault", "field"), [
    ({"name": " "}, "name"), ({"name": "x" * 81}, "name"), ({"name": "a\x00b"}, "name"), ({"purpose": ""}, "purpose"),
    ({"scopes": ()}, "scopes"), ({"scopes": ("directory:read", "policy")}, "scopes"), ({"days": 0}, "days"),
    ({"days": 731}, "days"),
])  # fmt: skip
def test_what_is_refused_at_the_beginning(cast: Cast, fault: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        let_in(cast, **fault)
    assert [problem.field for problem in refusal.value.problems] == [field]
    assert not ApiClient.objects.exists()


def test_a_token_runs_out(cast: Cast) -> None:
    token = let_in(cast, days=1)
    assert gets_in(token, NOW + timedelta(hours=23))
    assert not gets_in(token, NOW + timedelta(days=1))


def test_a_new_token_ends_the_one_before(cast: Cast) -> None:
    old = let_in(cast)
    new = renew(cast.actor("admin"), only(), days=30, now=NOW)
    assert gets_in(new) and not gets_in(old)
    assert ApiClient.objects.get().expires_at == NOW + timedelta(days=30)
    with pytest.raises(BadInput):
        renew(cast.actor("admin"), only(), days=731, now=NOW)


def test_an_end_holds_at_once_and_for_good(cast: Cast) -> None:
    token = let_in(cast)
    end(cast.actor("admin"), only(), now=NOW)
    assert not gets_in(token)
    with pytest.raises(Stale):
        end(cast.actor("admin"), only(), now=NOW)
    with pytest.raises(Stale):
        renew(cast.actor("admin"), only(), now=NOW)
    verbs = AuditEntry.objects.filter(subject_kind="api_client").order_by("number").values_list("verb", flat=True)
    assert list(verbs) == ["add", "end_access"]


@pytest.mark.parametrize("token", ["", "wh_", "wh_" + "0" * 52, "0" * 52, "Bearer", "wh_\x00\ud800", "WH_" + "0" * 52])
def test_what_is_no_token_opens_nothing(cast: Cast, token: str) -> None:
    let_in(cast)
    assert not gets_in(token)


def test_without_its_prefix_a_token_opens_nothing(cast: Cast) -> None:
    assert not gets_in(let_in(cast)[3:])


def test_wrong_tokens_are_limited_and_right_ones_are_not(cast: Cast) -> None:
    token = let_in(cast)
    for guess in range(5):
        assert not gets_in(f"wh_{guess}")
    with pytest.raises(TooMany):
        enter("wh_6", address="192.0.2.1", now=SOON)
    assert not gets_in("wh_6", address="192.0.2.2"), "others are not made to wait"
    assert gets_in(token), "nobody can lock a program out"
    with pytest.raises(NoToken):
        enter("", address="192.0.2.1", now=SOON)


def test_its_last_use_is_noted_once_a_minute(cast: Cast, django_assert_num_queries: Any) -> None:
    token = let_in(cast)
    enter(token, address="", now=NOW)
    with django_assert_num_queries(1):
        enter(token, address="", now=NOW + timedelta(seconds=59))
    assert ApiClient.objects.get().last_used_at == NOW
    enter(token, address="", now=NOW + timedelta(seconds=61))
    assert ApiClient.objects.get().last_used_at == NOW + timedelta(seconds=61)


def test_who_leaves_ends_no_program_and_is_told_of_them(cast: Cast) -> None:
    token = let_in(cast)
    maker = cast.members["admin"]
    assert [line.name for line in api_clients.made_by(cast.practice.pk, maker.pk, now=SOON)] == ["Website"]
    deputy = cast.members["clinician"]
    deputy.roles = ["admin"]
    deputy.save()
    end_membership(cast.actor("clinician"), maker, now=NOW)
    assert gets_in(token)
    line = api_clients.api_clients(cast.actor("clinician"))[0]
    assert line.made_by == "Admin Person" and line.made_by_left
    end(cast.actor("clinician"), line.id, now=NOW)
    assert api_clients.made_by(cast.practice.pk, maker.pk, now=SOON) == []


def test_a_restore_ends_every_token_and_brings_no_program_back(cast: Cast) -> None:
    token = let_in(cast)
    told = restoring._FENCES["api_client"](SOON)
    assert told == [f"{only()} of lakeside-counseling needs a new token"] and not gets_in(token)
    again = renew(cast.actor("admin"), only(), now=SOON)
    assert gets_in(again), "let in again by a person"
    line = journal.Line(uuid4(), NOW, "api_client_ended", cast.practice.pk, only())
    assert journal._AGAIN["api_client_ended"](line, SOON) is True
    assert journal._AGAIN["api_client_ended"](line, SOON) is False and not gets_in(again)
    gone = journal.Line(uuid4(), NOW, "api_client_ended", cast.practice.pk, uuid4())
    assert journal._AGAIN["api_client_ended"](gone, SOON) is None


def test_an_end_reaches_the_journal(cast: Cast) -> None:
    let_in(cast)
    end(cast.actor("admin"), only(), now=NOW)
    from warmhandoff.core.models import JournalEntry

    assert list(JournalEntry.objects.values_list("kind", "subject_id")) == [("api_client_ended", only())]
