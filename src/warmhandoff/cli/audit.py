"""`warmhandoff audit verify|export`: the audit checked against its hashes, and taken out as JSON lines."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warmhandoff.cli.environment import start_django
from warmhandoff.rules.refusals import BadInput, Problem, Unavailable

if TYPE_CHECKING:
    from warmhandoff.core.verifying import ChainReport, Report

audit_app = typer.Typer(no_args_is_help=True)


@audit_app.command()
def verify(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Check every entry of every practice, the heads, the anchors and the append-only triggers.

    Example: warmhandoff audit verify --json

    Exit code 0: all of it holds; 1: something was changed, and where it begins is said; 4: database, keys or anchor
    file are out of reach.
    """
    start_django()
    from warmhandoff.core import audit

    report = audit.verify()
    names = _names()
    if as_json:
        chains = [{**asdict(found), "practice": names.get(found.chain)} for found in report.chains]
        typer.echo(json.dumps({**asdict(report), "chains": chains, "sound": report.sound}, indent=1))
    else:
        for line in _lines(report, names):
            typer.echo(line)
    if not report.sound:
        raise typer.Exit(1)


def _names() -> dict[str, str]:
    from warmhandoff.accounts.queries import slugs_of_practices

    return {practice.hex: slug for practice, slug in slugs_of_practices().items()}


def _lines(report: Report, names: dict[str, str]) -> Iterator[str]:
    for found in report.chains:
        name = names.get(found.chain, found.chain)
        yield f"{name}: {_said(found)}"
    yield from (f"FAULT: {fault}" for fault in report.faults)
    if report.anchors:
        yield f"{report.anchors:,} anchors, the last of {report.last_anchor}"
    else:
        yield "No anchors yet: the worker writes one an hour. Until then a tail that was cut off cannot be seen."


def _said(found: ChainReport) -> str:
    if found.broken is None:
        return f"{found.entries:,} entries, all as they were written"
    where = f" (row {found.broken.entry})" if found.broken.entry else ""
    return f"BROKEN at {found.broken.number}, {found.broken.kind}: {found.broken.words}{where}"


@audit_app.command()
def export(
    path: Annotated[str, typer.Argument(metavar="PATH|-", help="A new file, or - for standard output.")],
    practice: Annotated[str | None, typer.Option(metavar="SLUG", help="Only this practice's entries.")] = None,
) -> None:
    """Write the audit as JSON lines, oldest first: ids, verbs, times and hashes, never content.

    Example: warmhandoff audit export audit.jsonl --practice lakeside

    The export is an entry of its own. Exit code 2: there is no such practice, or the file is there already.
    """
    start_django()
    from warmhandoff.core import clock
    from warmhandoff.core.exporting import export_lines
    from warmhandoff.directory.queries import practice_of_slug

    practice_id = practice_of_slug(practice) if practice else None
    if path == "-":
        for line in export_lines(practice_id, now=clock.now()):
            sys.stdout.write(line + "\n")
        return
    typer.echo(f"{_to_file(Path(path), export_lines(practice_id, now=clock.now())):,} entries in {path}")


def _to_file(path: Path, lines: Iterator[str]) -> int:
    """Write a file only its owner can read; how many lines there are."""
    count = 0
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise BadInput(Problem("is there already, and was left as it is", file=str(path))) from error
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            for line in lines:
                file.write(line + "\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise Unavailable(f"{path} could not be written to its end, and was removed: {error.strerror}") from error
    return count
