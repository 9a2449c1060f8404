"""Who may ask what: every line of the table x every token x every record, compared with a second table written here."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from tests.api.programs import GOOD, LINES, Programs
from tests.web.test_permissions import fingerprints
from warmhandoff.api.answers import ANSWERS
from warmhandoff.api.table import ENDPOINTS, Endpoint
from warmhandoff.core.models import AuditEntry
from warmhandoff.rules.access import SCOPES

# Written a second time on purpose. "": without a token; "any": any token in force.
NEEDS = {
    "practice": "any", "listings": "directory:read", "listing": "directory:read", "match": "match",
    "listing_add": "directory:write", "listing_change": "directory:write", "listing_still_true": "directory:write",
    "audit": "audit:read", "openapi": "", "docs": "",
}  # fmt: skip
STRANGERS = ("none", "wrong", "expired", "ended", "no token")
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
RELATIONS = ("own", "shared", "foreign", "random")
WRITES = {"listing_add", "listing_change", "listing_still_true"}
REACHES = {"all": ("own", "shared"), "foreign": ("shared", "foreign")}
KEPT = ("directory_listing", "directory_fact", "accounts_apianswer")
TRACES = ("core_attempt", "accounts_apiclient")  # wrong tokens are counted, and good ones were used


def test_every_line_was_decided_on_and_has_an_answer() -> None:
    assert NEEDS.keys() == GOOD.keys() == LINES.keys() and len(LINES) == len(ENDPOINTS)
    assert {name for name, needs in NEEDS.items() if needs} == ANSWERS.keys()
    assert set(SCOPES) <= set(NEEDS.values()), "a scope that opens nothing is a promise"


def expected(line: Endpoint, token: str, relation: str, method: str) -> int:
    methods = {one.method: one for one in ENDPOINTS if one.path == line.path}
    if method not in methods and not (method == "HEAD" and "GET" in methods):
        return 405
    line = methods["GET" if method == "HEAD" else method]
    needs = NEEDS[line.name]
    if not needs:
        return 200
    if token in STRANGERS:
        return 401
    if needs != "any" and token in SCOPES and token != needs:
        return 403
    about = "{" in line.path
    if line.name in WRITES and about and relation == "shared":
        return 403
    return 200 if not about or relation in REACHES.get(token, REACHES["all"]) else 404


def cells(programs: Programs) -> list[tuple[Endpoint, str, str, str]]:
    wanted = product(ENDPOINTS, programs.tokens, RELATIONS, METHODS)
    return [cell for cell in wanted if "{" in cell[0].path or cell[2] == "own"]


def asked(programs: Programs, line: Endpoint, token: str, relation: str, method: str) -> Any:
    from warmhandoff.core.models import Attempt

    Attempt.objects.all().delete()  # the wait after wrong tokens has a test of its own
    return programs.ask(line, token, relation=relation, method=method)


@pytest.mark.slow
def test_every_cell(programs: Programs, say: Callable[[str], None]) -> None:
    """Every question but those that write, which are asked with their own line below."""
    wanted, wrong = [cell for cell in cells(programs) if not _writes(cell)], []
    before = {table: rows for table, rows in fingerprints().items() if table not in TRACES}
    for cell in wanted:
        answer = asked(programs, *cell)
        if answer.status_code != expected(*cell):
            wrong.append(f"{cell[0].name} {cell[1:]}: {answer.status_code} instead of {expected(*cell)}")
        assert not answer.cookies and "Set-Cookie" not in answer.headers
    say(f"table of the API: {len(wanted):,} cells, {len(wrong)} wrong")
    assert not wrong, "\n".join(wrong)
    assert len(wanted) >= 700
    assert {table: rows for table, rows in fingerprints().items() if table not in TRACES} == before


def _writes(cell: tuple[Endpoint, str, str, str]) -> bool:
    line, _, _, method = cell
    return any(one.name in WRITES and one.path == line.path and one.method == method for one in ENDPOINTS)


@pytest.mark.slow
def test_every_cell_that_writes(programs: Programs, say: Callable[[str], None]) -> None:
    wanted = [cell for cell in cells(programs) if _writes(cell) and cell[0].method == cell[3]]
    for cell in wanted:
        before = {table: rows for table, rows in fingerprints().items() if table in KEPT}
        answer = asked(programs, *cell)
        assert answer.status_code == expected(*cell), (cell[0].name, cell[1:], answer.content)
        after = {table: rows for table, rows in fingerprints().items() if table in KEPT}
        assert (after == before) == (answer.status_code != 200), (cell[0].name, cell[1:])
    say(f"table of the API: {len(wanted)} cells that write")
    assert len(wanted) >= 60


def seen(answer: Any) -> tuple[int, bytes, dict[str, str]]:
    return answer.status_code, answer.content, dict(answer.headers)


def test_a_strangers_listing_looks_like_none(programs: Programs) -> None:
    for token, relation in (("all", "foreign"), ("foreign", "own")):
        found = programs.ask("listing", token, relation=relation)
        assert found.status_code == 404
        assert seen(found) == seen(programs.ask("listing", token, relation="random"))
        listed = programs.ask("listings", token).json()["listings"]
        assert programs.ids[relation] not in [one["id"] for one in listed]


def test_whatever_is_wrong_with_a_token_looks_the_same(programs: Programs) -> None:
    for line in ENDPOINTS:
        if NEEDS[line.name]:
            answers = [seen(asked(programs, line, token, "foreign", line.method)) for token in STRANGERS]
            assert all(answer == answers[0] for answer in answers)
            assert answers[0][2]["WWW-Authenticate"] == 'Bearer realm="Warm Handoff"'


@pytest.mark.parametrize("header", ["Basic {}", "bearer", "Token {}", "{}", "Bearer {}x", "Bearer wh_{}"])
def test_a_token_counts_in_its_header_alone(programs: Programs, header: str) -> None:
    token = programs.tokens["all"]
    sent = header.replace("{}", token)
    assert programs.ask("practice", "none", headers={"Authorization": sent}).status_code == 401
    assert programs.ask("practice", "none", query={"access_token": token}).status_code == 401
    assert programs.ask("practice", "none", headers={"Authorization": f"bearer  {token}"}).status_code == 200


def test_a_session_opens_nothing_and_a_token_no_page(programs: Programs) -> None:
    member = programs.cast.web("admin")
    assert member.get("/api/v1/practice").status_code == 401
    page = member.get("/practice/", headers={"Authorization": f"Bearer {programs.tokens['all']}"})
    assert page.status_code == 200
    alone = programs.web.get("/practice/", headers={"Authorization": f"Bearer {programs.tokens['all']}"})
    assert alone.status_code == 302


def test_guessing_is_slowed_down_and_good_tokens_are_not(programs: Programs) -> None:
    answers = [programs.ask("practice", f"wh_{number}") for number in range(7)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 2
    assert programs.ask("practice").status_code == 200
    assert programs.ask("practice", "none").status_code == 401


def test_refusals_are_entries_of_the_audit(programs: Programs) -> None:
    programs.ask("audit", "match")
    programs.ask("listing", relation="foreign")
    programs.ask("practice", "wrong")
    programs.ask("practice", "none")
    programs.ask("match", body={})
    rows = AuditEntry.objects.filter(outcome="refused").values_list("side", "subject_kind", "practice_id")
    own = programs.cast.practice.pk
    assert sorted(rows, key=str) == [
        ("api", "not_allowed", own), ("api", "not_there", own), ("stranger", "no_token", None),
    ]  # fmt: skip
    told = json.loads(programs.ask("audit").content)["entries"]
    refused = [look for look in told if look["refused"]]
    assert [(look["side"], look["name"], look["subject"]) for look in refused] == [
        ("api", "Website", "not_there"), ("api", "Website", "not_allowed"),
    ]  # fmt: skip


def test_no_audit_no_data(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import DatabaseError, transaction

    from warmhandoff.core import chain

    def broken(*args: Any) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(chain, "append", broken)
    for question in (("audit",), ("audit", "match")):
        answer = programs.ask(*question)
        transaction.set_rollback(False)  # the test's own transaction goes on, as a server's next one would
        assert answer.status_code == 503 and answer.json()["code"] == "unavailable"
