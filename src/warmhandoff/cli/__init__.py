"""The command line: one module a command, each a thin call to what the web app calls too."""

from __future__ import annotations

import os
import sys

import typer
from typer.exceptions import TyperException

from warmhandoff.rules.refusals import Refusal


def _show(wrong: TyperException) -> None:
    """Say what was wrong with the command, in the library's own words: its tree does not type this method."""
    show = getattr(wrong, "show", None)
    show() if show else typer.echo(str(wrong), err=True)


def main() -> None:
    """Run one command; every refusal becomes its message on standard error and its exit code."""
    from warmhandoff.cli.app import app

    try:
        code = app(standalone_mode=False)
    except Refusal as refusal:
        typer.echo(refusal.message, err=True)
        sys.exit(refusal.exit_code)
    except TyperException as wrong:
        _show(wrong)
        sys.exit(2)
    except typer.Abort:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)
