"""`warmhandoff user add|list|reset`: accounts from the terminal, for the operator of the server."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from warmhandoff.cli.environment import start_django

user_app = typer.Typer(no_args_is_help=True)


@user_app.command()
def add(
    email: str,
    practice: Annotated[str, typer.Option(help="The practice's short name.")],
    role: Annotated[list[str] | None, typer.Option(help="clinician, supervisor, coordinator or admin.")] = None,
) -> None:
    """Invite a colleague: prints a one-time link with which she makes her account.

    Example: warmhandoff user add lena@example.org --practice lakeside --role clinician
    """
    start_django()
    from django.conf import settings

    from warmhandoff.accounts.joining import invite_from_terminal
    from warmhandoff.core import clock

    token = invite_from_terminal(practice, email, list(role or ["clinician"]), now=clock.now())
    typer.echo(f"{settings.BASE_URL}/start/#{token}")


@user_app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """List the accounts of this server.

    Example: warmhandoff user list --json
    """
    start_django()
    from warmhandoff.accounts.queries import accounts

    rows = [vars(row) for row in accounts()]
    if as_json:
        typer.echo(json.dumps(rows, default=str))
        return
    for row in rows:
        typer.echo(f"{row['email']}\t{row['name']}\t{row['practice']}\t{', '.join(row['roles'])}")


@user_app.command()
def reset(
    email: str,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Take away a second factor that was lost, instead of the password.")
    ] = False,
) -> None:
    """Set a new password for someone who lost hers, or take away a second factor that was lost; her sessions end.

    Example: warmhandoff user reset lena@example.org --second-factor
    """
    start_django()
    from warmhandoff.accounts.joining import NewAccount, reset_password
    from warmhandoff.accounts.second_factors import reset_factors
    from warmhandoff.core import clock

    if second_factor:
        reset_factors(email, now=clock.now())
        typer.echo("Done. Every session of this account has ended; clients are closed to it until a factor is set up.")
        return
    password = typer.prompt("New password", hide_input=True, confirmation_prompt=True)
    reset_password(NewAccount(email=email, name="", password=password), now=clock.now())
    typer.echo("Done. Every session of this account has ended.")
