"""`warmhandoff import csv`: a file's rows into the directory."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from warmhandoff.cli.environment import start_django
from warmhandoff.cli.match import printable

import_app = typer.Typer(no_args_is_help=True)
REASONS_SHOWN = 20


@import_app.callback()
def common() -> None:
    """Bring listings in from files. Importing the same file again changes nothing."""


@import_app.command()
def csv(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The CSV file.")],
    mapping: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A mapping file, or a shipped mapping's name; else known by the header."),
    ] = None,
    practice: Annotated[
        str | None,
        typer.Option(metavar="SLUG", help="Into this practice's own network. Left out: shared by the whole server."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Import a CSV file, as docs/guides/importing.md describes.

    Example: warmhandoff import csv programs.csv --mapping ny-omh-programs --dry-run

    Exit code 0: every row landed; 1: some rows were rejected, each with line, field and reason, and the rest landed;
    2: file, header or mapping cannot be read, and nothing was written.
    """
    start_django()
    from warmhandoff.core import clock
    from warmhandoff.directory.queries import practice_of_slug
    from warmhandoff.imports.inputs import only_input
    from warmhandoff.imports.sheet import import_sheet, open_sheet

    sheet = open_sheet(only_input(path), str(path), mapping)
    report = import_sheet(
        sheet, practice_id=practice_of_slug(practice) if practice else None, now=clock.now(), dry_run=dry_run,
        progress=_bar(as_json),
    )  # fmt: skip
    document = report.as_json()
    if as_json:
        typer.echo(json.dumps(document, indent=1))
    else:
        for line in _lines(document, dry_run):
            typer.echo(printable(line))
    if document["rejected"]:
        raise typer.Exit(1)


def _bar(as_json: bool) -> Callable[[int, int], None] | None:
    if as_json or not sys.stderr.isatty():
        return None

    def show(done: int, rows: int) -> None:
        filled = 40 * done // max(1, rows)
        end = "\n" if done >= rows else ""
        typer.echo(f"\r[{'#' * filled}{'.' * (40 - filled)}] {done:,} of {rows:,} rows{end}", nl=False, err=True)

    return show


def _lines(document: dict[str, Any], dry_run: bool) -> Iterator[str]:
    rejected = document["rejected"]
    counts = ", ".join(f"{document[name]:,} {name}" for name in ("added", "changed", "unchanged", "merged"))
    yield f"{document['rows']:,} rows: {counts}, {len(rejected):,} rejected."
    if document["retired"]:
        yield f"{document['retired']:,} listings of this source are no longer in the file and were retired."
    reasons = Counter((row["field"] or "row", row["reason"]) for row in rejected)
    first = {(row["field"] or "row", row["reason"]): row["line"] for row in reversed(rejected)}
    for (field, reason), count in reasons.most_common(REASONS_SHOWN):
        more = f" and {count - 1:,} more" if count > 1 else ""
        yield f"  line {first[field, reason]}{more}: {field}: {reason}"
    if len(reasons) > REASONS_SHOWN:
        yield f"  {len(reasons) - REASONS_SHOWN:,} other reasons; --json lists every row."
    if dry_run:
        yield "Nothing was written: this was a dry run."
