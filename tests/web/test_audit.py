"""Who looked: for administrators by practice, for the care team by client; and no audit, no data."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse

from tests.cast import CLIENT_NAME, Cast
from tests.house.tree import SOURCE, parsed
from tests.web.table_access import ACCESS, PEOPLE, may
from tests.web.table_people import NAMES, Stage, make_stage
from tests.web.test_permissions import patterns
from tests.web.visits import words
from warmhandoff.core import audit, clock
from warmhandoff.core.looking import EACH
from warmhandoff.core.models import AuditEntry
from warmhandoff.rules.access import system
from warmhandoff.rules.lifecycle import MOVES
from warmhandoff.web.desk.audit_words import verbs

pytestmark = pytest.mark.slow  # a walk each

# --- the practice's page


def test_an_administrator_reads_who_did_what_and_no_contents(cast: Cast) -> None:
    cast.web().get(reverse("client", args=[cast.client.pk]))
    answer = cast.web("admin").get(reverse("audit"))
    text = words(answer)
    assert answer.status_code == 200 and "Clinician Person" in text and "Opened a client 1 client" in text
    assert CLIENT_NAME not in text and "Rosalind" not in answer.content.decode()
    assert str(cast.client.pk) not in answer.content.decode()


def test_reading_the_audit_is_audited(cast: Cast) -> None:
    cast.web("admin").get(reverse("audit"))
    cast.web().get(reverse("client_looked", args=[cast.client.pk]))
    read = AuditEntry.objects.filter(subject_kind="audit").order_by("number")
    members = [cast.members["admin"].pk, cast.clinician.pk]
    assert list(read.values_list("verb", "membership_id")) == list(zip(("list", "open"), members, strict=True))


@pytest.mark.parametrize("part", ["clinician", "supervisor", "coordinator"])
def test_others_are_refused_and_that_is_an_entry(cast: Cast, part: str) -> None:
    assert cast.web(part).get(reverse("audit")).status_code == 403
    assert "Was refused something that is not theirs to do" in words(cast.web("admin").get(reverse("audit")))


def test_filters_by_member_verb_and_what_concerns_no_client(cast: Cast) -> None:
    cast.web().get(reverse("client", args=[cast.client.pk]))
    rows = cast.web("admin")

    def shown(**asked: Any) -> str:
        return words(rows.get(reverse("audit"), asked)).partition("What ")[2].rpartition("Entries, newest first")[2]

    assert "Supervisor" not in shown(member=cast.clinician.pk) and "Clinician Person" in shown(member=cast.clinician.pk)
    assert "Opened" in shown(verb="open") and "Added" not in shown(verb="open")
    assert "1 client" not in shown(clientless="on") and "Joined" in shown(clientless="on")
    assert "No entries like that" in words(rows.get(reverse("audit"), {"member": uuid4()}))
    for nonsense in ({"member": "x"}, {"before": "-1"}, {"before": "9" * 40}, {"verb": "x" * 99}):
        assert rows.get(reverse("audit"), nonsense).status_code == 200


def test_pages_of_fifty_with_the_filter_kept(cast: Cast) -> None:
    for _ in range(EACH + 5):
        audit.record(system(cast.practice.pk), "open", "client", now=cast.now)
    first = cast.web("admin").get(reverse("audit"), {"verb": "open"}).content.decode()
    assert first.count("<tr><th scope=\"row\">") == EACH and "Newest" not in first
    older = re.search(r'href="(\?[^"]*before=\d+)">Older', first)
    assert older is not None and "verb=open" in older[1]
    rest = cast.web("admin").get(reverse("audit") + older[1].replace("&amp;", "&")).content.decode()
    assert rest.count("<tr><th scope=\"row\">") == 5 and "Newest" in rest and "Older" not in rest


def test_another_practice_sees_none_of_it(cast: Cast) -> None:
    cast.web().get(reverse("client", args=[cast.client.pk]))
    assert "Clinician Person" not in words(cast.web("outsider").get(reverse("audit")))


# --- one client's page


def test_the_care_team_sees_who_looked_at_her(cast: Cast) -> None:
    other = cast.add_client("Jonas Thule")
    cast.web("coordinator").get(reverse("client", args=[cast.client.pk]))
    page = words(cast.web().get(reverse("client_looked", args=[cast.client.pk])))
    assert "Coordinator Person" in page and "Opened a client" in page and CLIENT_NAME not in page
    assert "Coordinator Person" not in words(cast.web().get(reverse("client_looked", args=[other])))
    assert reverse("client_looked", args=[cast.client.pk]) in cast.web().get(
        reverse("client", args=[cast.client.pk])
    ).content.decode()


@pytest.mark.parametrize("part", ["colleague", "admin", "outsider"])
def test_strangers_to_her_see_nothing(cast: Cast, part: str) -> None:
    assert cast.web(part).get(reverse("client_looked", args=[cast.client.pk])).status_code == 404


# --- every verb has words


# what writes an entry, with the verb as the second thing it is given
_WRITERS = ("audit.record", "note", "note_change", "_note")


def said_by(node: ast.expr) -> set[str]:
    """The words an expression can come to; what it asks to choose between two of them is none."""
    if isinstance(node, ast.IfExp):
        return said_by(node.body) | said_by(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def written_verbs() -> set[str]:
    """Every literal verb the product writes into the audit, read from its source."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in _WRITERS:
                found |= said_by(node.args[1])
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "verb":
                found |= said_by(node.value)
    return found


def test_every_verb_is_said_in_words() -> None:
    known = {verb for verb, _ in verbs()} | set(MOVES)
    assert len(written_verbs()) > 25
    assert sorted(written_verbs() - known) == []


# --- no audit, no data


@pytest.fixture
def stage(db: None, monkeypatch: pytest.MonkeyPatch) -> Stage:
    from tests.cast import NOW

    monkeypatch.setattr(clock, "now", lambda: NOW)
    return make_stage()


@contextmanager
def audit_out_of_order() -> Iterator[None]:
    """The database takes no entry: what a full disk or a right taken away looks like from above."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("set constraints all immediate")
            cursor.execute("create function no_entry() returns trigger language plpgsql as "
                           "$$ begin raise exception 'disk full'; end $$", None)  # fmt: skip
            cursor.execute("create trigger no_entry before insert on core_auditentry execute function no_entry()")
        else:
            cursor.execute("create trigger no_entry before insert on core_auditentry "
                           "begin select raise(abort, 'disk full'); end")  # fmt: skip
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            on = " on core_auditentry" if connection.vendor == "postgresql" else ""
            cursor.execute(f"drop trigger no_entry{on}")


def clients_pages(stage: Stage) -> list[tuple[str, str, str]]:
    """Person, name and address of every page that shows something of a client, from the table of addresses."""
    found = []
    for pattern in patterns():
        access = ACCESS[pattern.name]
        relation = "own" if pattern.pattern.converters else "none"
        if access.door == "public" or not access.get:
            continue
        person = next((one for one in ("clinician", *PEOPLE) if may(one, access, access.get, relation)), None)
        if person is None:
            continue
        url = stage.url(pattern, relation)
        answer = stage.ask(person, "GET", url)
        if answer.status == 200 and (tells(answer.body) or access.about in ("care", "part")):
            found.append((person, pattern.name, url))
    return found


def tells(body: bytes) -> bool:
    return any(name.encode() in body for name in NAMES.values()) or b"512-555-0142" in body or b">RM" in body


@pytest.mark.slow
def test_without_an_audit_no_page_shows_a_client(stage: Stage) -> None:
    pages = clients_pages(stage)
    assert len(pages) >= 20 and {person for person, _, _ in pages} >= {"clinician", "client", "recipient"}
    wrong = []
    with audit_out_of_order():
        for person, name, url in pages:
            answer = stage.ask(person, "GET", url)
            if answer.status != 503 or tells(answer.body):
                wrong.append(f"{name}: {answer.status}")
    assert not wrong


CHANGES = {
    "client_add": {"name": "Nobody Yet", "language": "en"},
    "client_identity": {"how": "seen in session"},
    "client_new_code": {"how": "seen in session"}, "client_invite": {}, "client_device": {},
}  # fmt: skip


def test_without_an_audit_nothing_is_changed(stage: Stage) -> None:
    from tests.web.test_permissions import fingerprints

    named = {pattern.name: pattern for pattern in patterns()}
    before = fingerprints()
    with audit_out_of_order():
        for name, data in CHANGES.items():
            url = stage.url(named[name], "own" if named[name].pattern.converters else "none")
            answer = stage.ask("clinician", "POST", url, data)
            assert answer.status == 503, (name, answer.status, answer.body)
    assert fingerprints() == before
