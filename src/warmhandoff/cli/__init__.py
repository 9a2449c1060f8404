"""The command line: one module a command, each a thin call to what the web app calls too."""

from __future__ import annotations

import os
import sys

import typer

from warmhandoff.rules.refusals import Refusal


def main() -> None:
    """Run one command; every refusal becomes its message on standard error and its exit code."""
    from warmhandoff.cli.app import app

    try:
        app(standalone_mode=False)
    except Refusal as refusal:
        typer.echo(refusal.message, err=True)
        sys.exit(refusal.exit_code)
    except typer.Exit as leave:
        sys.exit(leave.exit_code)
    except typer.Abort:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as fault:  # noqa: BLE001 - usage errors come from two libraries' trees; anything else is raised on
        usage = getattr(fault, "show", None)
        if usage is None:
            raise
        usage()
        sys.exit(2)
