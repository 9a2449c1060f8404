"""The permission table: every address x method x person x record, made from the resolver and never by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver

from tests.web.table_access import ACCESS, HIDDEN, PEOPLE, VISIBLE, Access, may, sees
from tests.web.table_people import NAMES, TRACES, Outcome, Stage, make_stage
from warmhandoff.core import clock

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
SAFE = ("GET", "HEAD", "OPTIONS")
REFUSED = (403, 404, 409)  # 409: not now, for nobody
REACHED = (200, 204, 302, 409, 422)
# Which clients a person may meet on any page at all.
MEETS = {
    "clinician": {"own"}, "supervisor": {"own"}, "coordinator": {"own", "neighbour"}, "colleague": {"neighbour"},
    "outsider": {"foreign"}, "client": {"own"}, "recipient": {"own"}, "other_client": {"neighbour"},
    "other_recipient": {"neighbour"},
}  # fmt: skip
# That the recipient opened what was sent is noted with the delivery: the one thing that looking writes.
ALSO = {
    **dict.fromkeys(("reply", "reply_packet", "reply_packet_data"), frozenset({"referrals_delivery"})),  # opened
    "calendar_feed": frozenset({"core_attempt"}),  # that a wrong secret was tried
    "reply_joint_ics": frozenset({"referrals_delivery"}),  # opened
    "portal_release_copy": frozenset({"clients_release", "core_event"}),  # that she has her copy (164.508(c)(4))
}


def patterns(resolver: Any = None) -> Iterator[URLPattern]:
    for found in (resolver or get_resolver()).url_patterns:
        if isinstance(found, URLResolver):
            yield from patterns(found)
        else:
            yield found


@pytest.fixture
def stage(db: None, monkeypatch: pytest.MonkeyPatch) -> Stage:
    from tests.cast import NOW

    monkeypatch.setattr(clock, "now", lambda: NOW)
    return make_stage()


def test_every_address_stands_in_the_table() -> None:
    assert not [str(p.pattern) for p in patterns() if p.name not in ACCESS], "addresses nobody decided on"
    assert not ACCESS.keys() - {p.name for p in patterns()}, "lines of the table without an address"


def relations(access: Access) -> list[str]:
    return [*VISIBLE[access.about]]


def faults(stage: Stage, pattern: URLPattern, relation: str, person: str, method: str) -> list[str]:
    """What is wrong in one cell, in words."""
    access = ACCESS[pattern.name]
    outcome = stage.ask_once(person, method, stage.url(pattern, relation))
    group = {"GET": access.get, "HEAD": access.get, "POST": access.post, "PATCH": access.patch}.get(method, "")
    allowed = may(person, access, group, relation)
    wrong = []
    if outcome.status >= 500 or (allowed and not reached(outcome, access)):
        wrong.append(f"{outcome.status} although it is theirs")
    if not allowed and not refused(outcome, access, person, relation, group):
        wrong.append(f"{outcome.status} although it is not theirs")
    if outcome.wrote - ALSO.get(pattern.name, frozenset()) and (method in SAFE or not allowed):
        wrong.append(f"wrote {sorted(outcome.wrote)}")
    if access.door not in ("public",) and not allowed and relation not in ("none", "random"):
        wrong += differs(stage, pattern, person, method, relation, outcome)
    wrong += [f"names {name}" for name in strangers(person) if name.encode() in outcome.body]
    return wrong


def reached(outcome: Outcome, access: Access) -> bool:
    wanted = (*REACHED, 404) if access.door in ("public", "recipient") or access.about == "care" else REACHED
    return outcome.status in wanted and (access.door != "staff" or not outcome.to_sign_in)


def refused(outcome: Outcome, access: Access, person: str, relation: str, group: str) -> bool:
    if access.door == "public":
        return outcome.status == 405
    if access.door == "program":
        return outcome.status == (401 if group else 405)
    if access.door == "staff" and person not in VISIBLE[""]["none"]:
        return outcome.to_sign_in
    if sees(person, access, relation):
        return outcome.status in (REFUSED if group else (405,))
    return outcome.status in (404, 405)


def differs(
    stage: Stage, pattern: URLPattern, person: str, method: str, relation: str, outcome: Outcome
) -> list[str]:
    """A record that is someone else's must look like one that is not there, to the byte."""
    access = ACCESS[pattern.name]
    if sees(person, access, relation):
        return []
    nothing = stage.ask_once(person, method, stage.url(pattern, HIDDEN.get(relation, "random")))
    if outcome.to_sign_in and nothing.to_sign_in:
        return []
    same = (nothing.status, nothing.body, nothing.headers) == (outcome.status, outcome.body, outcome.headers)
    return [] if same else [f"looks other than nothing: {outcome.status}, {nothing.status}"]


def strangers(person: str) -> list[str]:
    return [name for relation, name in NAMES.items() if relation not in MEETS.get(person, ())]


def cells() -> list[tuple[URLPattern, str, str, str]]:
    return [
        (pattern, relation, person, method)
        for pattern in patterns() if pattern.name in ACCESS
        for relation in relations(ACCESS[pattern.name])
        for person in PEOPLE
        for method in METHODS
    ]  # fmt: skip


def look_at(stage: Stage, wanted: list[tuple[URLPattern, str, str, str]], say: Callable[[str], None]) -> None:
    before = fingerprints()
    wrong = [
        f"{method} {pattern.name} ({relation}) as {person}: {fault}"
        for pattern, relation, person, method in wanted
        for fault in faults(stage, pattern, relation, person, method)
    ]
    people = Counter(person for *_, person, _ in wanted)
    say(f"permission table: {len(wanted):,} cells, {len(people)} people, {len(wrong)} wrong")
    assert not wrong, "\n".join([f"{len(wrong)} wrong of {len(wanted)}:", *wrong[:600]])
    assert fingerprints() == before


def fingerprints() -> dict[str, Any]:
    """Every row of every table that looking must not change."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            if table not in TRACES:
                cursor.execute(f'SELECT * FROM "{table}"')
                found[table] = sorted(repr(row) for row in cursor.fetchall())
    return found


@pytest.mark.nightly
def test_the_whole_table(stage: Stage, say: Callable[[str], None]) -> None:
    wanted = cells()
    assert len(wanted) >= 10_000
    look_at(stage, wanted, say)


@pytest.mark.slow
def test_a_sample_of_the_table(stage: Stage, say: Callable[[str], None]) -> None:
    look_at(stage, cells()[::67], say)
