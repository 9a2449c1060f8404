"""The audit cannot be bent unseen: two hundred ways to tamper, each found at the place where it begins."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from tests import walls as tests_walls
from warmhandoff.core import anchors, audit, chain, events, sealing, walls
from warmhandoff.core.keys import make_encryption_key
from warmhandoff.core.models import AuditEntry, Event
from warmhandoff.core.verifying import ChainReport, Report
from warmhandoff.rules.access import Actor, system
from warmhandoff.rules.refusals import NotThere

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
LONG, SHORT = 40, 15
COLUMNS = ("practice_id", "at", "side", "membership_id", "verb", "subject_kind", "subject_id", "outcome", "basis",
           "signed_by", "mac")  # fmt: skip


@dataclass
class Tampering:
    """A database with two practices' chains and the server's, and a way to run SQL on it."""

    long: str
    short: str
    random: random.Random

    def sql(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(text, list(values))
            return cursor.fetchall() if cursor.description else []

    def id(self, number: int, name: str = "") -> Any:
        found = self.sql("select id from core_auditentry where chain = %s and number = %s", name or self.long, number)
        return found[0][0]

    def delete(self, where: str, *values: Any) -> None:
        chosen = f"select id from core_auditentry where {where}"
        self.sql(f"delete from core_auditedclient where entry_id in ({chosen})", *values)
        self.sql(f"delete from core_auditentry where {where}", *values)

    def shift(self, since: int, by: int) -> None:
        """Give the entries behind `since` other numbers, by way of numbers that are free."""
        where = "where chain = %s and number"
        self.sql(f"update core_auditentry set number = number + 100000 {where} >= %s", self.long, since)
        self.sql(f"update core_auditentry set number = number - 100000 + %s {where} >= 100000", by, self.long)

    def copy(self, source: Any, name: str, number: int, *, practice: bool = False) -> None:
        """Put in a copy of an entry at another place, with a new id."""
        new, columns = uuid4(), ", ".join(column for column in COLUMNS if column != "practice_id")
        owner = "%s" if practice else "practice_id"
        values = [_id(UUID(hex=name))] if practice else []
        self.sql(f"insert into core_auditentry (id, chain, number, practice_id, {columns}) "
                 f"select %s, %s, %s, {owner}, {columns} from core_auditentry where id = %s",
                 _id(new), name, number, *values, source)  # fmt: skip

    def fix_head(self, name: str = "") -> None:
        """What a careful tamperer does: the head names the last row that is there."""
        chosen = name or self.long
        self.sql("update core_audithead set (number, mac) = (select number, mac from core_auditentry where chain = %s "
                 "order by number desc limit 1) where chain = %s", chosen, chosen)


def _id(value: UUID) -> Any:
    return value.hex if connection.vendor == "sqlite" else value


def actor(practice: UUID | None = None) -> Actor:
    return Actor(side="referrer", practice_id=practice or uuid4(), membership_id=uuid4(), name="Lena")


def fill(who: Actor, count: int, now: datetime) -> str:
    for n in range(count):
        audit.record(who, f"verb{n % 7}", "client", uuid4(), now=now + timedelta(seconds=n), basis=uuid4(),
                     clients=[uuid4() for _ in range(n % 4)])
    return chain.chain_of(who.practice_id)


@pytest.fixture
def tampering(now: datetime) -> Tampering:
    long, short = fill(actor(), LONG, now), fill(actor(), SHORT, now)
    audit.record_refusal(None, NotThere(), now=now)
    return Tampering(long, short, random.Random("tampering"))


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside is rolled back, the missing triggers too."""
    with transaction.atomic():
        tests_walls.lift()
        yield
        transaction.set_rollback(True)


def chains(report: Report) -> dict[str, ChainReport]:
    return {one.chain: one for one in report.chains}


# Each way changes something and says at which number of the long chain the break must be found.


def alter(t: Tampering) -> int:
    number, column = t.random.randint(1, LONG), t.random.choice(COLUMNS)
    value = f"%s where id = {'%s'}"
    new: Any = {"at": "2020-01-01 00:00:00+00" if connection.vendor == "postgresql" else "2020-01-01 00:00:00"}.get(
        column, "x")
    if column in ("practice_id", "membership_id", "basis"):
        new = _id(uuid4())
    t.sql(f"update core_auditentry set {column} = {value}", new, t.id(number))
    return number


def alter_client(t: Tampering) -> int:
    number = t.random.choice([n for n in range(1, LONG + 1) if (n - 1) % 4])
    row = t.sql("select min(id) from core_auditedclient where entry_id = %s", t.id(number))[0][0]
    if t.random.random() < 0.5:
        t.sql("update core_auditedclient set client_id = %s where id = %s", _id(uuid4()), row)
    else:
        t.sql("delete from core_auditedclient where id = %s", row)
    return number


def add_client(t: Tampering) -> int:
    number = t.random.randint(1, LONG)
    t.sql("insert into core_auditedclient (client_id, entry_id) values (%s, %s)", _id(uuid4()), t.id(number))
    return number


def delete(t: Tampering) -> int:
    number = t.random.randint(1, LONG - 1)
    t.delete("chain = %s and number = %s", t.long, number)
    if t.random.random() < 0.5:
        t.shift(number + 1, -1)
        t.fix_head()
    return number


def insert(t: Tampering) -> int:
    number = t.random.randint(1, LONG)
    t.shift(number, 1)
    t.copy(t.id(number + 1), t.long, number)
    t.sql("update core_auditentry set mac = %s where id = %s", "0" * 64, t.id(number))
    t.fix_head()
    return number


def insert_behind(t: Tampering) -> int:
    t.copy(t.id(t.random.randint(1, LONG)), t.long, LONG + 1)
    if t.random.random() < 0.5:
        t.fix_head()
    return LONG + 1


def swap(t: Tampering) -> int:
    first, second = sorted(t.random.sample(range(1, LONG + 1), 2))
    one, two = t.id(first), t.id(second)
    for number, row in ((100000, one), (first, two), (second, one)):
        t.sql("update core_auditentry set number = %s where id = %s", number, row)
    t.fix_head()
    return first


def truncate(t: Tampering) -> int:
    keep = t.random.randint(0, LONG - 1)
    t.delete("chain = %s and number > %s", t.long, keep)
    return keep + 1


def truncate_and_fix_the_head(t: Tampering) -> int:
    keep = t.random.randint(1, LONG - 1)
    t.delete("chain = %s and number > %s", t.long, keep)
    t.fix_head()
    return keep + 1


def wipe_out(t: Tampering) -> int:
    t.delete("chain = %s", t.long)
    t.sql("delete from core_audithead where chain = %s", t.long)
    return 1


def replay_another_chain(t: Tampering) -> int:
    start, count = t.random.randint(1, LONG - 5), t.random.randint(1, 5)
    for number in range(start, start + count):
        t.delete("chain = %s and number = %s", t.long, number)
        t.copy(t.id(number % SHORT + 1, t.short), t.long, number, practice=t.random.random() < 0.5)
    return start


def replay_own_segment(t: Tampering) -> int:
    start = t.random.randint(10, LONG)
    t.delete("chain = %s and number = %s", t.long, start)
    t.copy(t.id(t.random.randint(1, 9)), t.long, start)
    t.fix_head()
    return start


def move_the_head(t: Tampering) -> int:
    number = t.random.randint(1, LONG - 1)
    t.sql("update core_audithead set (number, mac) = (select number, mac from core_auditentry where id = %s) "
          "where chain = %s", t.id(number), t.long)
    return LONG


WAYS: list[tuple[Callable[[Tampering], int], set[str], int]] = [
    (alter, {"altered", "foreign"}, 50), (alter_client, {"altered"}, 15), (add_client, {"altered"}, 10),
    (delete, {"deleted", "altered"}, 25), (insert, {"inserted"}, 15), (insert_behind, {"inserted", "replayed"}, 5),
    (swap, {"swapped"}, 25), (truncate, {"truncated"}, 10), (truncate_and_fix_the_head, {"truncated"}, 15),
    (wipe_out, {"truncated"}, 2), (replay_another_chain, {"foreign"}, 15), (replay_own_segment, {"replayed"}, 8),
    (move_the_head, {"head"}, 5),
]  # fmt: skip


def test_two_hundred_tamperings_are_found_where_they_begin(tampering: Tampering, now: datetime) -> None:
    assert sum(count for _, _, count in WAYS) == 200 and audit.verify().sound
    assert anchors.anchor(now) == 3
    found = 0
    for way, kinds, count in WAYS:
        for _ in range(count):
            with undone():
                expected = way(tampering)
                seen = chains(audit.verify())
            broken = seen[tampering.long].broken
            assert broken is not None, f"{way.__name__} at {expected} was not seen"
            assert (broken.number, broken.kind in kinds) == (expected, True), (way.__name__, expected, broken)
            assert seen[tampering.short].broken is None and seen[chain.SERVER].broken is None
            found += 1
    assert found == 200 and audit.verify().sound


def test_without_an_anchor_a_fixed_head_hides_a_cut_tail(tampering: Tampering) -> None:
    with undone():
        truncate_and_fix_the_head(tampering)
        assert chains(audit.verify())[tampering.long].broken is None, "then anchors would be needless"


def test_a_chain_taken_back_and_written_on_is_found_by_its_anchor(tampering: Tampering, now: datetime) -> None:
    anchors.anchor(now)
    with undone():
        tampering.delete("chain = %s and number > 30", tampering.long)
        tampering.fix_head()
        fill(actor(UUID(hex=tampering.long)), 20, now)
        broken = chains(audit.verify(tampering.long))[tampering.long].broken
        assert broken is not None and (broken.number, broken.kind) == (1, "rewritten")
        assert f"another entry {LONG}" in broken.words


def test_two_histories_cannot_be_mixed(tampering: Tampering, now: datetime) -> None:
    """Every hash is genuine at its number, but does not follow the one before it: only the link can tell."""
    with undone():
        columns = "id, chain, number, practice_id, " + ", ".join(c for c in COLUMNS if c != "practice_id")
        old = tampering.sql(f"select {columns} from core_auditentry where chain = %s and number = 37", tampering.long)
        tampering.delete("chain = %s and number > 30", tampering.long)
        tampering.fix_head()
        who = actor(UUID(hex=tampering.long))
        for _ in range(10):
            audit.record(who, "open", "client", now=now)
        tampering.delete("chain = %s and number = 37", tampering.long)
        tampering.sql(f"insert into core_auditentry ({columns}) values ({', '.join(['%s'] * 14)})", *old[0])
        broken = chains(audit.verify(tampering.long))[tampering.long].broken
        assert broken is not None and (broken.number, broken.kind) == (37, "altered")


def test_every_entry_has_its_number_and_the_head_names_the_last(tampering: Tampering) -> None:
    numbers = list(AuditEntry.objects.filter(chain=tampering.long).order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, LONG + 1))
    assert chain.head_of(tampering.long) == (LONG, AuditEntry.objects.get(chain=tampering.long, number=LONG).mac)
    entries = {one.chain: one.entries for one in audit.verify().chains}
    assert entries == {tampering.long: LONG, tampering.short: SHORT, chain.SERVER: 1}


def test_pages_are_joined_without_a_seam(tampering: Tampering, monkeypatch: pytest.MonkeyPatch) -> None:
    for page in (1, 7, LONG, LONG + 1):
        monkeypatch.setattr(chain, "PAGE", page)
        assert chains(audit.verify())[tampering.long].entries == LONG and audit.verify().sound


def test_another_key_does_not_verify_and_a_lost_one_is_named(
    tampering: Tampering, settings: Any, tmp_path: Path
) -> None:
    settings.ENCRYPTION_KEY_FILE = tmp_path / "other.key"
    make_encryption_key(settings.ENCRYPTION_KEY_FILE)
    sealing.forget_keys()
    broken = chains(audit.verify())[tampering.long].broken
    assert broken is not None and (broken.number, broken.kind) == (1, "altered")
    text = settings.ENCRYPTION_KEY_FILE.read_text().replace("k1", "k2")
    settings.ENCRYPTION_KEY_FILE.write_text(text)
    sealing.forget_keys()
    broken = chains(audit.verify())[tampering.long].broken
    assert broken is not None and "'k1'" in broken.words


def test_entries_outlive_a_new_key_in_the_ring(tampering: Tampering, settings: Any, tmp_path: Path) -> None:
    ring = json.loads(settings.ENCRYPTION_KEY_FILE.read_text())
    ring["keys"]["k2"], ring["primary"] = base64.b64encode(b"7" * 32).decode(), "k2"
    settings.ENCRYPTION_KEY_FILE = tmp_path / "rotated.key"
    settings.ENCRYPTION_KEY_FILE.write_text(json.dumps(ring))
    settings.ENCRYPTION_KEY_FILE.chmod(0o600)
    sealing.forget_keys()
    audit.record(system(UUID(hex=tampering.long)), "open", "client", now=datetime.fromisoformat("2026-11-23T16:00Z"))
    assert set(AuditEntry.objects.filter(chain=tampering.long).values_list("signed_by", flat=True)) == {"k1", "k2"}
    assert audit.verify().sound


# --- the walls

REWRITES = [
    "update core_auditentry set verb = 'x'", "delete from core_auditentry", "update core_auditedclient set id = id",
    "delete from core_auditedclient", "update core_event set move = 'x'", "delete from core_event",
]  # fmt: skip


@pytest.mark.parametrize("sql", REWRITES)
def test_the_database_refuses_to_rewrite(tampering: Tampering, now: datetime, sql: str, practice: Any) -> None:
    events.record(events.Subject("client", uuid4(), practice.pk), events.Change("add", 1), actor=actor(), now=now)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        tampering.sql(sql)
    assert Event.objects.count() == 1 and audit.verify().sound


def test_replacing_and_truncating_are_refused_too(tampering: Tampering) -> None:
    sql = "set constraints all immediate; truncate core_auditentry cascade"
    if connection.vendor == "sqlite":
        sql = "insert or replace into core_auditentry select * from core_auditentry where number = 3"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        tampering.sql(sql)
    assert audit.verify().sound


def test_a_missing_wall_is_said(tampering: Tampering) -> None:
    assert walls.missing_walls() == [], "a migration that rebuilt a table has to put its walls up again"
    with undone():
        report = audit.verify()
        assert not report.sound and len(report.faults) == len(walls._fences())
        walls.raise_walls()
        assert audit.verify().sound
