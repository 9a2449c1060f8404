"""The command line: one module a command, each a thin call to what the web app calls too."""

from __future__ import annotations

import os
import sys

import typer
from typer.exceptions import TyperException

from warmhandoff.rules.refusals import Refusal, Unavailable


def _show(wrong: TyperException) -> None:
    """Say what was wrong with the command, in the library's own words: its tree does not type this method."""
    show = getattr(wrong, "show", None)
    show() if show else typer.echo(str(wrong), err=True)


def _drop_output() -> None:
    """Nobody takes the output any more: what is left of it must not fail once more at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main() -> None:
    """Run one command; every refusal becomes its message on standard error and its exit code."""
    from warmhandoff.cli.app import app

    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except Refusal as refusal:
        typer.echo(refusal.message, err=True)
        sys.exit(refusal.exit_code)
    except TyperException as wrong:
        _show(wrong)
        sys.exit(2)
    except typer.Abort:
        sys.exit(130)
    except BrokenPipeError:
        _drop_output()
        sys.exit(0)
    except OSError as error:  # a full disk behind standard output, or a file that went away
        _drop_output()
        typer.echo(f"The answer could not be written: {error.strerror or error}.", err=True)
        sys.exit(Unavailable.exit_code)
    sys.exit(code if isinstance(code, int) else 0)
