"""`warmhandoff doctor`: is this server well, and if not, what to do."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warmhandoff.cli.environment import use_data_folder
from warmhandoff.cli.match import printable

if TYPE_CHECKING:
    from warmhandoff.core.checkup import Finding


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded database; keys lie beside it.")] = None,
) -> None:
    """Check settings, keys, database, disk, worker, clock, backups, mail and documents, and say what to do.

    Example: warmhandoff doctor

    Changes nothing, makes nothing, and works where a start would be refused. Exit code 0: all is well; 1: there is
    something to mend; 4: the server cannot work so.
    """
    use_data_folder(data)
    refused = _settings_refused()
    if refused:
        code, rows = 4, [{"check": "settings", "state": "unusable", "says": refused, "do": "Mend this first."}]
    else:
        code, rows = _look()
    if as_json:
        typer.echo(json.dumps({"well": code == 0, "findings": rows}, indent=1))
    else:
        for row in rows:
            for line in _lines(row):
                typer.echo(printable(line))
    raise typer.Exit(code)


def _settings_refused() -> str:
    """Why the settings cannot be read, or nothing. Nothing is made on the way: a doctor does not heal unasked."""
    import django
    from django.core.exceptions import ImproperlyConfigured

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "warmhandoff.settings")
    try:
        django.setup()
    except (ImproperlyConfigured, ValueError, OSError) as error:
        return str(error)
    return ""


def _look() -> tuple[int, list[dict[str, str]]]:
    from warmhandoff.core import clock
    from warmhandoff.core.checkup import look

    found: list[Finding] = look(clock.now())
    states = {one.state for one in found}
    code = 4 if "unusable" in states else 1 if "finding" in states else 0
    return code, [vars(one) for one in found]


def _lines(row: dict[str, str]) -> Iterator[str]:
    mark = {"ok": "ok", "finding": "MEND", "unusable": "BROKEN"}[row["state"]]
    yield f"{mark:<7} {row['check']}: {row['says']}"
    if row["do"]:
        yield f"        {row['do']}"
