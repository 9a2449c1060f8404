"""`warmhandoff manage …`: the framework's own commands."""

from __future__ import annotations

import typer

from warmhandoff.cli.environment import start_django


def manage(context: typer.Context) -> None:
    """Run one of the framework's own commands; `migrate` as the database's owner where one is configured.

    Example: warmhandoff manage showmigrations

    Says on standard error when the app's own role can do more to the database than it needs.
    """
    start_django(migrate=False)
    from django.core.management import execute_from_command_line

    from warmhandoff.core import db, roles

    if too_much := roles.warning():
        typer.echo(f"Note: {too_much} docs/guides/postgresql.md tells how to make two roles.", err=True)
    if context.args[:1] != ["migrate"]:
        execute_from_command_line(["warmhandoff manage", *context.args])
        return
    with roles.as_owner():
        execute_from_command_line(["warmhandoff manage", *context.args])
    db.bring_up_to_date()  # the triggers, and the app's rights to what is new
