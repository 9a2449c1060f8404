"""`warmhandoff export`: the directory into a file that others, and we ourselves, can read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from warmhandoff.cli.environment import start_django
from warmhandoff.cli.import_ import progress_bar

export_app = typer.Typer(no_args_is_help=True)

FilePath = Annotated[Path, typer.Argument(metavar="PATH", help="The file to write; it must not be there yet.")]
Practice = Annotated[
    str | None,
    typer.Option(metavar="SLUG", help="This practice's own network, as it knows it. Left out: what all share."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


@export_app.callback()
def common() -> None:
    """Take the directory out. What was exported can be imported again and says the same, with every fact's dates."""


@export_app.command()
def csv(path: FilePath, practice: Practice = None, as_json: AsJson = False) -> None:
    """One table, which `warmhandoff import csv` reads back whole.

    Example: warmhandoff export csv network.csv --practice lakeside

    Exit code 0: written whole; 2: the file is there already or its ending is another; 4: it cannot be written.
    """
    _export("csv", path, practice, as_json)


@export_app.command()
def hsds(path: FilePath, practice: Practice = None, as_json: AsJson = False) -> None:
    """Open Referral HSDS 3.0: one JSON page of services (.json), or the tables (.zip).

    Example: warmhandoff export hsds directory.json

    Exit codes as of `csv`.
    """
    _export("hsds", path, practice, as_json)


@export_app.command()
def fhir(path: FilePath, practice: Practice = None, as_json: AsJson = False) -> None:
    """Da Vinci Plan-Net 1.1.0 (FHIR 4.0.1): a bundle (.json), or one resource a line (.ndjson).

    Example: warmhandoff export fhir directory.ndjson

    Exit codes as of `csv`.
    """
    _export("fhir", path, practice, as_json)


def _export(kind: str, path: Path, practice: str | None, as_json: bool) -> None:
    start_django()
    from warmhandoff.directory.queries import practice_of_slug
    from warmhandoff.exports.files import export_to

    practice_id = practice_of_slug(practice) if practice else None
    done = export_to(path, kind, practice_id=practice_id, progress=progress_bar(as_json))
    told = f"{done['listings']:,} listings, {done['size']:,} bytes: {done['file']}"
    typer.echo(json.dumps(done) if as_json else told)
