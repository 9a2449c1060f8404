"""What an import did, told: the JSON document, row by row as it is written, and the lines for people."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from warmhandoff.directory.importing import Rejects, Report

FIGURES = ("rows", "added", "changed", "unchanged", "merged", "retired")
REASONS_SHOWN = 20
_SOME = 500  # rows written at once


@dataclass(frozen=True)
class Told:
    """What importing one file did. `unknown`: facts of rows that landed, left unknown because they cannot be right."""

    file: str
    part: str
    report: Report
    unknown: Rejects | None = None


def totals(told: Sequence[Told]) -> dict[str, int]:
    """The counts of all files together."""
    figures = [one.report.figures() for one in told]
    return {name: sum(each[name] for each in figures) for name in FIGURES}


def rejected_rows(told: Sequence[Told]) -> int:
    return sum(len(one.report.rejects) for one in told)


def json_of(told: Sequence[Told]) -> Iterator[str]:
    """The document of `import --json` in pieces, so that a million rejected rows need no memory.

    Beside the contract's keys: "left_unknown" (facts of rows that landed) and, of several files, "files" with the
    counts of each, and the file's name with each row.
    """
    counts = json.dumps(totals(told))
    yield counts[:-1] + ', "rejected": ['
    yield from _listed(told, lambda one: one.report.rejects)
    yield "]"
    if any(one.unknown is not None for one in told):
        yield ', "left_unknown": ['
        yield from _listed(told, lambda one: one.unknown)
        yield "]"
    if len(told) > 1:
        files = [
            {"file": one.file, "part": one.part, **one.report.figures(), "rejected": len(one.report.rejects)}
            for one in told
        ]
        yield f', "files": {json.dumps(files)}'
    yield "}\n"


def _listed(told: Sequence[Told], rows: Callable[[Told], Rejects | None]) -> Iterator[str]:
    first, waiting = True, list[str]()
    for one in told:
        more = {"file": one.file} if len(told) > 1 else {}
        for row in rows(one) or ():
            waiting.append(("\n" if first else ",\n") + json.dumps({**row, **more}))
            first = False
            if len(waiting) >= _SOME:
                yield "".join(waiting)
                waiting = []
    yield "".join(waiting)


def lines_of(told: Sequence[Told], *, dry_run: bool) -> Iterator[str]:
    """The report for people: counts, then the reasons, the commonest first."""
    if len(told) > 1:
        for one in told:
            yield f"{one.file} ({one.part.replace('_', ' ')})"
            yield f"  {_counts(one.report.figures(), len(one.report.rejects))}"
    sums = totals(told)
    yield _counts(sums, rejected_rows(told))
    if sums["retired"]:
        yield f"{sums['retired']:,} listings are no longer in their source and were retired."
    yield from _reasons([one.report.rejects for one in told])
    unknown = [one.unknown for one in told if one.unknown is not None]
    if any(map(len, unknown)):
        yield "Left unknown in rows that landed, because it cannot be right:"
        yield from _reasons(unknown)
    if dry_run:
        yield "Nothing was written: this was a dry run."


def _counts(figures: dict[str, int], rejected: int) -> str:
    counts = ", ".join(f"{figures[name]:,} {name}" for name in ("added", "changed", "unchanged", "merged"))
    return f"{figures['rows']:,} rows: {counts}, {rejected:,} rejected."


def _reasons(lists: Sequence[Rejects]) -> Iterator[str]:
    reasons: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], int] = {}
    for run in (run for rejects in lists for run in rejects.runs()):
        reason: Any = (run.field or "row", run.reason)
        if len(reasons) < 10_000 or reason in reasons:
            reasons[reason] += run.rows
            first.setdefault(reason, run.line)
    for (field, reason), count in reasons.most_common(REASONS_SHOWN):
        more = f" and {count - 1:,} more" if count > 1 else ""
        yield f"  line {first[field, reason]}{more}: {field}: {reason}"
    if len(reasons) > REASONS_SHOWN:
        yield f"  {len(reasons) - REASONS_SHOWN:,} other reasons; --json lists every row."
