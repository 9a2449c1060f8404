"""Checking the audit: every hash again, every number in its place, every head and anchor where it says.

A break is reported where it begins, once for each chain: behind it no hash can hold. The kind says what it looks like
from the rows that are there; the place is exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from warmhandoff.core import anchors, chain
from warmhandoff.core.chain import Row, mac_of
from warmhandoff.core.sealing import derived_key
from warmhandoff.core.walls import missing_walls


@dataclass(frozen=True)
class Break:
    """Where a chain stops being what was written. `entry`: the id of the row there, "" where it is gone.

    Kinds: altered, deleted, inserted, swapped, replayed (a copy), foreign (of another chain), truncated, rewritten
    (an anchor says otherwise), head (the rows hold, but the head does not name their end).
    """

    number: int
    kind: str
    words: str
    entry: str = ""


@dataclass
class ChainReport:
    """One chain: how many entries hold from the first on, and where it breaks, if it does."""

    chain: str
    entries: int = 0
    last_mac: str = ""
    broken: Break | None = None


@dataclass
class Report:
    """What was found. `faults`: what is wrong beside the chains (anchor file, missing triggers), in words."""

    chains: list[ChainReport] = field(default_factory=list)
    anchors: int = 0
    last_anchor: str = ""
    faults: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.faults and all(found.broken is None for found in self.chains)


def verify(chain_name: str | None = None) -> Report:
    """Check one chain, or all. Reads page by page, beside those who write. Unavailable when keys or file are away."""
    known = anchors.read()
    faults = [*known.faults, *(f"the trigger {name} is missing" for name in missing_walls())]
    report = Report(anchors=known.lines, last_anchor=known.last_at, faults=faults)
    names = [chain_name] if chain_name else sorted({*chain.names_of_chains(), *known.heads})
    report.chains = [_Walk(name, known.heads.get(name, {})).run() for name in names]
    return report


class _Walk:
    """One walk along one chain, from its first entry to its head."""

    def __init__(self, name: str, anchored: dict[int, str]) -> None:
        self.name, self.anchored, self.report = name, anchored, ChainReport(name)
        self.keys: dict[str, bytes | None] = {}

    def run(self) -> ChainReport:
        while self.report.broken is None:
            head = chain.head_of(self.name)  # before the rows: what it names was committed with it
            before = self.report.entries
            self._rows()
            if self.report.broken is None and self._reached(head, before):
                break
        return self.report

    def _reached(self, head: tuple[int, str] | None, before: int) -> bool:
        """Whether the walk is over: at the head, or broken there. Entries written meanwhile want another round."""
        last = self.report.entries
        number, mac = head or (0, "")
        if last > number and last > before:
            return False
        if number > last:
            self._break(last + 1, "truncated", f"the head says that there are {number} entries; they end at {last}")
        elif number < last or mac != self.report.last_mac:
            self._break(last, "head", "the entries hold, but the head does not name the last of them")
        elif max(self.anchored, default=0) > last:
            self._break(last + 1, "truncated", f"an anchor saw {max(self.anchored)} entries; they end at {last}")
        return True

    def _rows(self) -> None:
        report, name, anchored, key_of = self.report, self.name, self.anchored, self._key
        for row in chain.rows(name, report.entries or -1):
            number, key = report.entries + 1, key_of(row.signed_by)
            if row.number != number or key is None or row.mac != mac_of(
                key, report.last_mac, (name, number), row.cells, row.clients
            ):
                self._judge(row, number)
                return
            if number in anchored and anchored[number] != row.mac:
                since = max((n for n in anchored if n < number), default=0)
                self._break(since + 1, "rewritten", f"an anchor saw another entry {number}; {since} was still the same")
                return
            report.entries, report.last_mac = number, row.mac

    def _key(self, name: str) -> bytes | None:
        if name not in self.keys:
            try:
                self.keys[name] = derived_key(chain.PURPOSE, name)[1] if name else None
            except KeyError:
                self.keys[name] = None
        return self.keys[name]

    def _holds(self, row: Row, previous: str, number: int) -> bool:
        """Whether the row is the genuine n-th entry behind an entry with this hash."""
        key = self._key(row.signed_by)
        return key is not None and row.mac == mac_of(key, previous, (self.name, number), row.cells, row.clients)

    def _break(self, number: int, kind: str, words: str, entry: str = "") -> None:
        self.report.broken = Break(number, kind, words, entry)

    def _judge(self, row: Row, number: int) -> None:
        """Say what the row looks like that is not the n-th entry."""
        if row.number > number:
            self._break(number, "deleted", f"entries {number} to {row.number - 1} are gone")
            return
        kind, words = "inserted", "a second entry with this number was put in"
        if row.number == number:
            kind, words = self._look(row, number)
        self._break(row.number, kind, words, row.id)

    def _look(self, row: Row, number: int) -> tuple[str, str]:
        copies = chain.others_with(row.mac, but=row.id)
        elsewhere = [place for place in copies if place[0] != self.name]
        if elsewhere or row.practice != (self.name if self.name != chain.SERVER else ""):
            return "foreign", "the entry belongs to another chain"
        if copies:
            return "replayed", f"a copy of entry {copies[0][1]}"
        if self._key(row.signed_by) is None:
            return "altered", f"signed with the key {row.signed_by!r}, which the encryption key file does not hold"
        true = self._true(number)
        if true is not None and true.number == number + 1 and not self._holds(row, true.mac, true.number):
            return "inserted", "an entry was put in here, and those behind it were given new numbers"
        if true is not None:
            return "swapped", f"the true entry {number} stands at {true.number}"
        head = chain.head_of(self.name)
        if head is None or number > head[0]:
            return "inserted", "an entry was put behind the end"
        return "altered", "the entry is not what was written"

    def _true(self, number: int) -> Row | None:
        """The genuine n-th entry, if it stands further on. Looked for among the next million rows."""
        previous = self.report.last_mac
        behind: Iterator[Row] = islice(chain.rows(self.name, number), 1_000_000)
        return next((row for row in behind if self._holds(row, previous, number)), None)
