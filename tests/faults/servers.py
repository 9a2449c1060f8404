"""A real server in processes of its own, which can be killed whole and started again."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

from tests.faults.places import PYTHON, ROOT


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`warmhandoff serve` on a data folder. `log` keeps what every one of its lives printed."""

    def __init__(self, env: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.env = {**env, "WARMHANDOFF_BASE_URL": self.base}
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, patience: float = 60.0) -> float:
        """Start and wait for the first answer; the seconds it took."""
        begun = time.monotonic()
        with self.log.open("ab") as out:
            command = [PYTHON, "-m", "warmhandoff", "serve", "--port", str(self.port)]
            self.process = subprocess.Popen(
                command, env=self.env, cwd=ROOT, stdout=out, stderr=out, start_new_session=True
            )
        while time.monotonic() - begun < patience:
            if self.answers():
                return time.monotonic() - begun
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"the server did not start:\n{self.log.read_text()[-3000:]}")

    def answers(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.base}/healthz", timeout=2) as answer:
            return answer.status == 200
        return False

    def kill(self) -> None:
        """kill -9 of every process of the server at once: nothing gets the chance to tidy up."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        while self.answers():  # the port is free once the last of them is gone
            time.sleep(0.02)
