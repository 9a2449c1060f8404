"""`warmhandoff backup`, `restore` and `drill`: a sealed copy, the way back from it, and the proof that it works."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from warmhandoff.cli.environment import start_django
from warmhandoff.cli.match import printable
from warmhandoff.rules.refusals import BadInput, Problem

if TYPE_CHECKING:
    from warmhandoff.core.restoring import Drilled, Restored

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]


def backup(
    file: File,
    as_json: Json = False,
    drill_too: Annotated[bool, typer.Option("--drill", help="Then restore it into a scratch folder.")] = False,
) -> None:
    """Write everything into one encrypted file, while the server goes on.

    Example: warmhandoff backup /mnt/elsewhere/monday.whbackup

    The keys are not in it. Keep them elsewhere: without them nobody can read it, and neither can you. Refused (exit
    code 3) in a folder that holds the keys. The file gets its name once it is whole and was read back.
    """
    start_django()
    from warmhandoff.core import clock
    from warmhandoff.core.backing_up import back_up

    made = back_up(file, now=clock.now(), progress=_bar(as_json, "backup"))
    drilled = _drill(file, as_json) if drill_too else None
    if as_json:
        _say_json({**made.as_json(), **({"drill": drilled.as_json()} if drilled else {})})
    else:
        typer.echo(f"{made.rows:,} rows of {made.tables} tables in {made.size:,} bytes: {made.file}")
        for line in _drill_lines(drilled) if drilled else ():
            typer.echo(printable(line))
    if drilled and drilled.faults:
        raise typer.Exit(1)


def restore(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="The backup.")] = None,
    data: Annotated[Path | None, typer.Option(help="The new, empty folder of the embedded database.")] = None,
    open_gate: Annotated[bool, typer.Option("--open-gate", help="Let things leave again.")] = False,
    as_json: Json = False,
) -> None:
    """Put a backup into a new, empty place, with every session and link ended and nothing sent.

    Example: warmhandoff restore /mnt/elsewhere/monday.whbackup --data ./var-restored
    Example: warmhandoff restore --open-gate --data ./var-restored

    Nothing leaves the restored server until you have looked at what it lists and opened the gate.
    """
    if (file is None) != open_gate:
        raise BadInput(Problem("name a backup, or give --open-gate after a restore, and not both", field="FILE"))
    if file is None:
        _open_gate(data, as_json)
        return
    if not file.is_file():
        raise BadInput(Problem("there is no such file", file=str(file)))
    start_django(data, migrate=False, new_ring=False)
    from warmhandoff.core import clock
    from warmhandoff.core.restoring import journal_place
    from warmhandoff.core.restoring import restore as put_back

    done = put_back(file, now=clock.now(), progress=_bar(as_json, "restore"))
    if as_json:
        _say_json({**done.as_json(), "gate": "closed"})
        return
    for line in _restore_lines(done, journal_place()):
        typer.echo(printable(line))


def drill(file: File, as_json: Json = False) -> None:
    """Restore a backup into a scratch folder, count its rows, open a sample of every sealed field, and say how long.

    Example: warmhandoff drill /mnt/elsewhere/monday.whbackup

    Nothing of this server is touched. Exit code 0: it would restore; 1: something is wrong with it.
    """
    if not file.is_file():
        raise BadInput(Problem("there is no such file", file=str(file)))
    start_django(migrate=False, new_ring=False)
    drilled = _drill(file, as_json)
    if as_json:
        _say_json(drilled.as_json())
    else:
        for line in _drill_lines(drilled):
            typer.echo(printable(line))
    if drilled.faults:
        raise typer.Exit(1)


def _open_gate(data: Path | None, as_json: bool) -> None:
    start_django(data)
    from warmhandoff.core import clock, gate

    gate.open_gate(now=clock.now())
    if as_json:
        _say_json({"gate": "open"})
    else:
        typer.echo("The gate is open: what is asked for from now on can leave again. What was stopped stays stopped.")


def _drill(file: Path, as_json: bool) -> Drilled:
    from warmhandoff.core.restoring import drill as try_out

    with tempfile.TemporaryDirectory(prefix="warmhandoff-drill-") as scratch:
        return try_out(file, Path(scratch), progress=_bar(as_json, "drill"))


def _drill_lines(drilled: Drilled) -> Iterator[str]:
    yield (
        f"Restored {drilled.rows:,} rows of {drilled.tables} tables (made {drilled.created_at}) in "
        f"{drilled.seconds} seconds, and opened {drilled.values:,} values of {drilled.fields} sealed fields."
    )
    yield from (f"  {fault}" for fault in drilled.faults)
    yield "Something is wrong with this backup." if drilled.faults else "All is well: this backup would restore."


def _restore_lines(done: Restored, journal: str) -> Iterator[str]:
    yield f"Restored {done.rows:,} rows as of {done.created_at}. This is epoch {done.epoch} of this database."
    yield "Every session and every link has ended. Nothing that had not left is sent by itself:"
    yield from _listed(done.to_look_at)
    if done.journal_found:
        yield f"From the journal ({journal}), made true again:"
        yield from _listed(done.reapplied)
        yield "In the journal, about records younger than this backup:"
        yield from _listed(done.not_in_backup)
    else:
        yield f"There is no journal at {journal}: take back by hand what was taken back since, and end who left since."
    if done.by_hand:
        yield "In the journal, for you to do by hand:"
        yield from _listed(done.by_hand)
    yield "The gate is closed: nothing leaves. When you have looked, open it: warmhandoff restore --open-gate"


def _listed(lines: list[str]) -> Iterator[str]:
    yield from (f"  {line}" for line in lines or ["nothing"])


def _say_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, indent=1))


def _bar(as_json: bool, what: str) -> Callable[[int, int], None] | None:
    if as_json or not sys.stderr.isatty():
        return None

    def show(done: int, rows: int) -> None:
        filled = 40 * done // max(1, rows)
        end = "\n" if done >= rows else ""
        typer.echo(f"\r{what} [{'#' * filled}{'.' * (40 - filled)}] {done:,} of {rows:,} rows{end}", nl=False, err=True)

    return show
