"""`warmhandoff demo`: a fresh practice of invented people, one referral played through its loop, then a server."""

from __future__ import annotations

import http.client
import math
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import typer

from warmhandoff.cli.environment import start_django
from warmhandoff.rules.refusals import BadInput, Problem, Unavailable

if TYPE_CHECKING:
    from warmhandoff.demo.practice import DemoPractice

HOST = "127.0.0.1"
MARKER = "warmhandoff-demo"
SHOWN_CODES = 4  # of each log-in's ten
PATIENCE = 60.0  # seconds the server is given to come up, and to stop
OPENS = time_of_day(9, 0, tzinfo=ZoneInfo("America/Chicago"))


def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop after the walk; exit 0 only if the loop closed.")] = False,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    data: Annotated[Path | None, typer.Option(help="Folder of the demo, made anew each time.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="The day the demo takes place.")] = None,
) -> None:
    """Build a practice of invented people, play one referral through the whole loop, and go on serving.

    Example: warmhandoff demo --once --as-of 2026-11-23
    """
    offset = clock_offset(as_of, now=datetime.now(UTC)) if as_of is not None else None
    check_port(port)
    folder = fresh_place(data or Path("var-demo"))
    mail = set_environment(folder, port, offset)
    start_django(folder)
    practice = _build()
    with _server(folder, port) as server:
        closed = _walk(f"http://{HOST}:{port}", practice, mail)
        if once:
            raise typer.Exit(0 if closed else 1)
        _say_log_ins(f"http://{HOST}:{port}", practice)
        _serve_on(server, folder)


def clock_offset(as_of: str, *, now: datetime) -> int:
    """Seconds from `now` to nine in the morning of that day in the practice's zone. Refuses what is no date."""
    try:
        day = date.fromisoformat(as_of)
    except ValueError as error:
        raise BadInput(Problem(f"{as_of!r} is no date; write it like 2026-11-23", field="--as-of")) from error
    if not 2000 <= day.year <= 2100:
        raise BadInput(Problem("choose a day between 2000 and 2100", field="--as-of"))
    return math.ceil((datetime.combine(day, OPENS) - now).total_seconds())


def check_port(port: int) -> None:
    """Refuse (Unavailable) a port where something else listens, before anything is built."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError as error:
            raise Unavailable(
                f"Port {port} cannot be used ({error.strerror}). Stop what runs there, or choose another: --port 8001"
            ) from error


def fresh_place(folder: Path) -> Path:
    """The demo's folder and, beside it, the one of its keys, both new. Refuses as `fresh_folder` does.

    Keys, anchors and journal of an earlier demo go with it: a new practice must not be measured by them.
    """
    folder = folder.absolute()
    fresh_folder(folder.with_name(f"{folder.name}-keys")).chmod(0o700)
    return fresh_folder(folder)


def fresh_folder(folder: Path) -> Path:
    """An empty folder with our marker in it. Only what an earlier demo left there is removed.

    Refuses (BadInput) a file, and a folder that holds anything but a demo; Unavailable where it cannot be written.
    """
    folder = folder.absolute()
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise BadInput(Problem(f"{folder} is not a folder of its own", field="--data"))
    try:
        if folder.is_dir() and any(folder.iterdir()):
            if not (folder / MARKER).is_file():
                raise BadInput(Problem(
                    f"{folder} holds something that is no demo, and was left as it is; name another folder",
                    field="--data",
                ))
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARKER).write_text("Everything in this folder is invented, and removed when the demo starts again.\n")
    except OSError as error:
        raise Unavailable(f"The folder of the demo cannot be made: {error}") from error
    return folder


def set_environment(folder: Path, port: int, offset: int | None) -> Path:
    """The settings of the demo's own server, for this process and its child. Returns the folder where mail arrives.

    Refuses (BadInput) another database than the embedded one: invented people must not land among real ones.
    """
    if os.environ.get("WARMHANDOFF_DATABASE_URL"):
        why = "the demo has a database of its own; unset this first"
        raise BadInput(Problem(why, field="WARMHANDOFF_DATABASE_URL"))
    os.environ["WARMHANDOFF_BASE_URL"] = f"http://{HOST}:{port}"
    os.environ["WARMHANDOFF_WORKER"] = "inside"
    if offset is not None:
        os.environ["WARMHANDOFF_CLOCK_OFFSET"] = str(offset)
    os.environ.setdefault("WARMHANDOFF_SMS_URL", (folder / "texts").as_uri())
    smtp = os.environ.setdefault("WARMHANDOFF_SMTP_URL", (folder / "mail").as_uri())
    parts = urlsplit(smtp)
    return Path(unquote(parts.path)) if parts.scheme == "file" else folder / "mail"


def _say(words: str) -> None:
    # Flushed at once: whoever reads through a pipe sees each step when it happens.
    typer.echo(words)
    sys.stdout.flush()


def _build() -> DemoPractice:
    from django.db import connections

    from warmhandoff.core import clock
    from warmhandoff.demo.practice import build

    _say("Building the demo practice. Everyone in it is invented.")
    started, terminal = time.monotonic(), sys.stdout.isatty()

    def progress(done: int, every: int) -> None:
        typer.echo(f"\r  {done} of {every} things that happened", nl=done == every)
        sys.stdout.flush()

    practice = build(now=clock.now(), progress=progress if terminal else None)
    connections.close_all()  # the server is next to use the database
    _say(f"Built in {time.monotonic() - started:.0f} seconds.")
    return practice


@contextmanager
def _server(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`serve` as a child process, up when this begins and stopped when it ends, however it ends."""
    command = [sys.executable, "-m", "warmhandoff", "serve", "--data", str(folder), "--port", str(port)]
    before = signal.signal(signal.SIGTERM, _stop_asked)
    with (folder / "serve.log").open("wb") as log:
        # A session of its own: Ctrl-C reaches this process alone, which then stops the server in order.
        child = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            _wait_until_up(child, folder, port)
            yield child
        finally:
            _stop(child)
            signal.signal(signal.SIGTERM, before)


def _stop_asked(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _wait_until_up(child: subprocess.Popen[bytes], folder: Path, port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and child.poll() is None:
        if _is_up(port):
            return
        time.sleep(0.1)
    said = (folder / "serve.log").read_text(errors="replace").strip().splitlines()[-12:]
    raise Unavailable("\n".join(["The server did not start. It said:", *said]))


def _is_up(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _walk(base: str, practice: DemoPractice, mail: Path) -> bool:
    from warmhandoff.demo import walk

    _say("\nOne referral, from the first doubt to the closed loop:")
    return walk.play(base, practice, mail, say=_say)


def _say_log_ins(base: str, practice: DemoPractice) -> None:
    _say(f"\nThe demo practice is open at {base}\nThe password of all of them: {practice.clinician.password}")
    width = max(len(one.email) for one in practice.logins)
    for one in practice.logins:
        _say(f"  {one.role:<12} {one.email:<{width}}  {one.name}: {one.note}")
    _say("\nAfter the password a code is asked for. To try it without an authenticator app, use one of these; each")
    _say("works once. In an app, add an account by hand with the key that stands behind them.")
    for one in practice.logins:
        _say(f"  {one.role:<12} {'  '.join(one.codes[:SHOWN_CODES])}  key {one.secret}")
    _say("Stop with Ctrl-C.")


def _serve_on(server: subprocess.Popen[bytes], folder: Path) -> None:
    try:
        server.wait()
    except KeyboardInterrupt:
        _say("\nStopping.")
        return
    raise Unavailable(f"The server stopped by itself; {folder / 'serve.log'} says why.")
