"""`warmhandoff serve`: web app and worker in one command."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from warmhandoff.cli.environment import start_django, use_data_folder

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def settle_address(host: str, port: int) -> str:
    """The address people use: WARMHANDOFF_BASE_URL, or this host and port."""
    return os.environ.setdefault("WARMHANDOFF_BASE_URL", f"http://{host}:{port}")


def run_server(host: str, port: int) -> None:
    """Serve until told to stop. One process holds pages and worker; it is started again if it dies."""
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "warmhandoff.wsgi:application", address=host, port=port, interface=Interfaces.WSGI, workers=1,
        blocking_threads=4, websockets=False, respawn_failed_workers=True, log_enabled=False,
    ).serve()


def say_first_link(base: str) -> None:
    """On a server without accounts, print the one-time link for the first one."""
    from warmhandoff.accounts.joining import first_link
    from warmhandoff.core import clock

    token = first_link(now=clock.now())
    if token:
        typer.echo(f"Make the first account here (the link works once, for 24 hours):\n  {base}/start/#{token}")


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded database; keys lie beside it.")] = None,
) -> None:
    """Start the web app and its worker; the first time, make database, keys and a link for the first account.

    Example: warmhandoff serve --port 8000 --data ./var
    """
    use_data_folder(data)
    base = settle_address(host, port)
    if host not in LOOPBACK and urlsplit(base).scheme != "https":
        typer.echo(
            "Note: others can reach this address, and pages go over the network unprotected. Put a proxy with HTTPS "
            "before it and name the address in WARMHANDOFF_BASE_URL.", err=True,
        )
    start_django()
    typer.echo(f"Warm Handoff is at {base}")
    say_first_link(base)
    sys.stdout.flush()
    run_server(host, port)


def worker() -> None:
    """Run the worker in a process of its own, for servers started with WARMHANDOFF_WORKER=apart.

    Example: WARMHANDOFF_WORKER=apart warmhandoff worker
    """
    start_django()
    from warmhandoff.core.jobs import run_for_ever

    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    typer.echo("The worker runs. Stop it with Ctrl-C.")
    run_for_ever(stop)
