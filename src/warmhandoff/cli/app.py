"""The commands, in one list."""

from __future__ import annotations

import typer

from warmhandoff import __version__
from warmhandoff.cli.accounts import user_app
from warmhandoff.cli.audit import audit_app
from warmhandoff.cli.backup import backup, drill, restore
from warmhandoff.cli.coverage import coverage
from warmhandoff.cli.demo import demo
from warmhandoff.cli.doctor import doctor
from warmhandoff.cli.export import export_app
from warmhandoff.cli.import_ import import_app
from warmhandoff.cli.keys import keys_app
from warmhandoff.cli.manage import manage
from warmhandoff.cli.match import match
from warmhandoff.cli.panel import panel
from warmhandoff.cli.serve import serve, worker

app = typer.Typer(
    name="warmhandoff", no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False,
    help="The referral desk of mental-health clinicians: from the first doubt to the closed loop.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def common(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Shared by all commands."""


app.command()(serve)
app.command()(worker)
app.command()(demo)
app.command()(match)
app.command()(panel)
app.command()(coverage)
app.add_typer(audit_app, name="audit", help="Check the audit, and take it out.")
app.command()(backup)
app.command()(restore)
app.command()(drill)
app.command()(doctor)
app.add_typer(import_app, name="import", help="Bring listings in from files.")
app.add_typer(export_app, name="export", help="Take the directory out.")
app.add_typer(keys_app, name="keys", help="Renew and destroy the keys everything is sealed with.")
app.add_typer(user_app, name="user", help="Accounts.")
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(manage)
