"""kill -9 of the server at random points of the walk: nothing acknowledged is lost, nothing is delivered twice."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.cast import PASSWORD, SECRETS
from tests.faults.places import PYTHON, ROOT, database
from tests.faults.servers import Server
from warmhandoff.demo.walk import STEPS, NotClosed, Walk

KILLS = int(os.environ.get("WARMHANDOFF_TEST_KILLS", "6"))
SEED = int(os.environ.get("WARMHANDOFF_TEST_SEED", "20261123"))


class Record:
    """What the database holds, read beside the server."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def ask(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        with sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=20) as database:
            return database.execute(sql, values).fetchall()

    def moves(self, client_id: str) -> Counter[str]:
        sql = "SELECT move FROM core_event WHERE client_id = ?"
        return Counter(str(row[0]) for row in self.ask(sql, client_id.replace("-", "")))

    def newest_client(self) -> str:
        rows = self.ask("SELECT subject_id FROM core_event WHERE move = 'add_client' ORDER BY at DESC LIMIT 1")
        return _dashed(str(rows[0][0])) if rows else ""

    def referral_of(self, client_id: str) -> str:
        rows = self.ask("SELECT id FROM referrals_referral WHERE client_id = ?", client_id.replace("-", ""))
        return _dashed(str(rows[0][0])) if rows else ""

    def release_of(self, referral_id: str) -> str:
        sql = "SELECT id FROM clients_release WHERE referral_id = ? ORDER BY drafted_at DESC"
        rows = self.ask(sql, referral_id.replace("-", ""))
        return _dashed(str(rows[0][0])) if rows else ""


def _dashed(hexadecimal: str) -> str:
    return "-".join((hexadecimal[:8], hexadecimal[8:12], hexadecimal[12:16], hexadecimal[16:20], hexadecimal[20:]))


class Killer(threading.Thread):
    """Kills the server after a while, once."""

    def __init__(self, server: Server, after: float) -> None:
        super().__init__(daemon=True)
        self.server, self.after, self.done = server, after, threading.Event()

    def run(self) -> None:
        time.sleep(self.after)
        self.server.kill()
        self.done.set()


class Story:
    """Walk after walk, with a kill somewhere in most steps, and a ledger of what was acknowledged."""

    def __init__(self, server: Server, record: Record, mail: Path, chance: random.Random) -> None:
        self.server, self.record, self.mail, self.chance = server, record, mail, chance
        self.kills = 0
        self.starts: list[float] = []

    def play(self, kills: int) -> list[Walk]:
        walks = []
        while self.kills < kills:
            walks.append(self._walk(kills))
        return walks

    def _walk(self, kills: int) -> Walk:
        address = "clinician@lakeside-counseling.example"
        walk = Walk(self.server.base, self.mail, address, PASSWORD, SECRETS["clinician"], say=lambda text: None)
        known, ledger = self.record.newest_client(), []
        for _, step, name in STEPS:
            killer = Killer(self.server, self.chance.uniform(0.0, 0.6)) if self.kills < kills else None
            if killer:
                killer.start()
            self._until_done(walk, step, name, known)
            if killer:
                killer.join()
                self._bring_back()
            ledger.append(name)
            self._nothing_lost(walk, ledger)
        assert walk.is_closed()
        return walk

    def _until_done(self, walk: Walk, step: object, name: str, known: str) -> None:
        for _ in range(6):
            try:
                step(walk)  # type: ignore[operator]
                return
            except (OSError, RuntimeError, LookupError, NotClosed):
                self._bring_back()
                self._catch_up(walk, known)
                if name and self.record.moves(walk.client_id)[name]:
                    return
        step(walk)  # type: ignore[operator]

    def _bring_back(self) -> None:
        if not self.server.answers():
            self.server.kill()
            self.starts.append(self.server.start())
            self.kills += 1

    def _catch_up(self, walk: Walk, known: str) -> None:
        """What an answer that never arrived would have told: ids of what was made all the same."""
        newest = self.record.newest_client()
        walk.client_id = walk.client_id or (newest if newest != known else "")
        walk.referral_id = walk.referral_id or (self.record.referral_of(walk.client_id) if walk.client_id else "")
        walk.release_id = walk.release_id or (self.record.release_of(walk.referral_id) if walk.referral_id else "")

    def _nothing_lost(self, walk: Walk, ledger: list[str]) -> None:
        moves = self.record.moves(walk.client_id) if walk.client_id else Counter()
        lost = [name for name in ledger if name and not moves[name]]
        assert not lost, f"acknowledged, but not in the record: {lost}"


def test_nothing_acknowledged_is_lost_and_nothing_delivered_twice(tmp_path: Path, say: Callable[[str], None]) -> None:
    with database("sqlite", tmp_path) as env:
        subprocess.run([PYTHON, "-m", "tests.faults.serving"], env=env, cwd=ROOT, check=True)
        server = Server(env, tmp_path / "server.log")
        server.start()
        record = Record(tmp_path / "data" / "warmhandoff.sqlite3")
        story = Story(server, record, tmp_path / "mail", random.Random(SEED))
        try:
            walks = story.play(KILLS)
        finally:
            server.kill()
    say(f"{story.kills} kills over {len(walks)} walks; started again in {max(story.starts):.1f} s at most")
    assert story.kills >= KILLS
    for walk in walks:
        _delivered_once(record, walk)
    assert record.ask("PRAGMA integrity_check") == [("ok",)]


def _delivered_once(record: Record, walk: Walk) -> None:
    referral = walk.referral_id.replace("-", "")
    twice = record.ask("SELECT move FROM core_event WHERE subject_id = ? GROUP BY move HAVING count(*) > 1", referral)
    assert {move for (move,) in twice} <= {"talk"}, twice  # a talk logged again by hand is no second delivery
    handed_over = record.ask(
        "SELECT id FROM referrals_delivery WHERE referral_id = ? AND state = 'handed_over'", referral
    )
    assert len(handed_over) == 1
    about = "SELECT id FROM core_message WHERE subject_kind = 'delivery' AND subject_id = ? AND state = 'sent'"
    messages = record.ask(about, str(handed_over[0][0]))
    assert len(messages) == 1
    numbers = [n for (n,) in record.ask("SELECT number FROM core_event WHERE subject_id = ? ORDER BY number", referral)]
    assert numbers == list(range(1, len(numbers) + 1))
