"""`warmhandoff import`: the rows of a file, or of a set of files, into the directory."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from warmhandoff.cli.environment import start_django
from warmhandoff.cli.match import printable

if TYPE_CHECKING:
    from warmhandoff.imports.telling import Told

import_app = typer.Typer(no_args_is_help=True)

FilePath = Annotated[Path, typer.Argument(metavar="PATH", help="A file, or a folder or zip with the files.")]
Practice = Annotated[
    str | None,
    typer.Option(metavar="SLUG", help="Into this practice's own network. Left out: shared by the whole server."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and write nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


Name = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The source's name, the same for each edition. Left out: made from the file's."),
]


@import_app.callback()
def common() -> None:
    """Bring listings in from files. Importing the same file again changes nothing; one that was killed goes on."""


@import_app.command()
def csv(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The CSV file, or an Excel workbook's first sheet.")],
    mapping: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A mapping file, or a shipped mapping's name; else known by the header."),
    ] = None,
    practice: Practice = None, dry_run: DryRun = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Import a CSV file, as docs/guides/importing.md describes.

    Example: warmhandoff import csv programs.csv --mapping ny-omh-programs --dry-run

    Exit code 0: every row landed; 1: some rows were rejected, each with line, field and reason, and the rest landed;
    2: file, header or mapping cannot be read, and nothing was written.
    """
    start_django()
    from warmhandoff.imports.inputs import only_input
    from warmhandoff.imports.sheet import import_sheet, open_sheet
    from warmhandoff.imports.telling import Told
    from warmhandoff.imports.workbook import as_csv, is_workbook

    file = only_input(path)
    sheet = open_sheet(as_csv(file) if is_workbook(file) else file, str(path), mapping)
    report = import_sheet(sheet, **_how(practice, dry_run, as_json))
    _tell([Told(str(path), "csv", report)], dry_run, as_json)


@import_app.command()
def nppes(
    path: FilePath,
    snapshot: Annotated[
        bool, typer.Option("--snapshot", help="The files are the whole register: whom they do not hold is retired.")
    ] = False,
    practice: Practice = None, dry_run: DryRun = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Import the national provider register: monthly or weekly files, of 329 or 330 columns, and what comes with them.

    Example: warmhandoff import nppes NPPES_Data_Dissemination_November_2025_V2.zip --dry-run

    Only behavioural health becomes listings; every other row is rejected with that reason. Exit codes as of `csv`.
    """
    start_django()
    from warmhandoff.imports.inputs import inputs_at
    from warmhandoff.imports.register import import_register

    told = import_register(inputs_at(path), snapshot=snapshot, **_how(practice, dry_run, as_json))
    _tell(told, dry_run, as_json)


@import_app.command()
def hsds(
    path: FilePath, name: Name = None, practice: Practice = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Import Open Referral HSDS 3.0: a JSON page or list of services, or the tables as CSV files.

    Example: warmhandoff import hsds county-211.zip --practice lakeside

    Each service is a listing at each of its places. Exit codes as of `csv`.
    """
    start_django()
    from warmhandoff.imports.hsds import import_hsds
    from warmhandoff.imports.inputs import inputs_at

    told = import_hsds(inputs_at(path), str(path), name=name, **_how(practice, dry_run, as_json))
    _tell([told], dry_run, as_json)


@import_app.command()
def plan_net(
    path: FilePath, name: Name = None, practice: Practice = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Import a health plan's directory, Da Vinci Plan-Net 1.1.0: bundles, single resources, or one a line (ndjson).

    Example: warmhandoff import plan-net acme-directory.json

    Each role of a practitioner and each service of behavioural health is a listing at each of its places. Exit codes as
    of `csv`.
    """
    start_django()
    from warmhandoff.imports.inputs import inputs_at
    from warmhandoff.imports.plan_net import import_plan_net

    told = import_plan_net(inputs_at(path), str(path), name=name, **_how(practice, dry_run, as_json))
    _tell([told], dry_run, as_json)


def _how(practice: str | None, dry_run: bool, as_json: bool) -> dict[str, Any]:
    """What every import is told alike."""
    from warmhandoff.core import clock
    from warmhandoff.directory.queries import practice_of_slug

    practice_id: UUID | None = practice_of_slug(practice) if practice else None
    return {"practice_id": practice_id, "now": clock.now(), "dry_run": dry_run, "progress": progress_bar(as_json)}


def progress_bar(as_json: bool) -> Callable[[int, int], None] | None:
    if as_json or not sys.stderr.isatty():
        return None

    def show(done: int, whole: int) -> None:
        part = min(1.0, done / whole) if whole else 0.0
        end = "\n" if whole and done >= whole else ""
        filled = int(40 * part)
        typer.echo(f"\r[{'#' * filled}{'.' * (40 - filled)}] {part:4.0%}{end}", nl=False, err=True)

    return show


def _tell(told: Sequence[Told], dry_run: bool, as_json: bool) -> None:
    from warmhandoff.imports.telling import json_of, lines_of, rejected_rows

    if as_json:
        for piece in json_of(told):
            typer.echo(piece, nl=False)
    else:
        for line in lines_of(told, dry_run=dry_run):
            typer.echo(printable(line))
    if rejected_rows(told):
        raise typer.Exit(1)
