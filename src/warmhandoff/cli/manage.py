"""`warmhandoff manage …`: the framework's own commands."""

from __future__ import annotations

import typer

from warmhandoff.cli.environment import start_django


def manage(context: typer.Context) -> None:
    """Run one of the framework's own commands.

    Example: warmhandoff manage showmigrations
    """
    start_django(migrate=False)
    from django.core.management import execute_from_command_line

    execute_from_command_line(["warmhandoff manage", *context.args])
