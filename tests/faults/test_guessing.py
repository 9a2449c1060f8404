"""Guessing at real processes: the count holds under races, the owner gets in after a flood, memory stays bounded."""

from __future__ import annotations

import http.cookiejar
import os
import re
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cast import PASSWORD, code_now
from tests.faults.places import PYTHON, ROOT, database
from tests.faults.servers import Server
from warmhandoff.accounts import hashing

OWNER = "clinician@lakeside-counseling.example"
FLOOD = int(os.environ.get("WARMHANDOFF_TEST_FLOOD", "24"))
PROCESSES, TRIES = 6, 50


def _run(env: dict[str, str], module: str, *arguments: str) -> subprocess.Popen[str]:
    command = [PYTHON, "-m", f"tests.faults.{module}", *arguments]
    return subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _answer(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out.strip().splitlines()[-1] if out.strip() else ""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_processes_guessing_at_once_get_no_more_than_the_five_free_tries(
    kind: str, tmp_path: Path, say: Callable[[str], None]
) -> None:
    with database(kind, tmp_path) as env:
        _answer(_run(env, "guessing", "prepare"))
        guessers = [_run(env, "guessing", str(TRIES), str(tmp_path / "go")) for _ in range(PROCESSES)]
        for guesser in guessers:
            assert guesser.stdout is not None
            assert guesser.stdout.readline().strip() == "ready", guesser.communicate()
        (tmp_path / "go").touch()
        through = [int(_answer(guesser)) for guesser in guessers]
        say(f"{kind}: {PROCESSES * TRIES} tries of {PROCESSES} processes at once: {sum(through)} got through")
        assert sum(through) == 5


class Browser:
    """A browser of the standard library; `address` is what the proxy before the server says it saw."""

    def __init__(self, base: str, address: str) -> None:
        self.base, self.address = base, address
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self.token = ""

    def ask(self, path: str, data: dict[str, str] | None = None, address: str = "") -> int:
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": self.token, **data}).encode() if data else None
        request = urllib.request.Request(self.base + path, body, {"X-Forwarded-For": address or self.address})
        try:
            with self.opener.open(request, timeout=60) as answer:
                page = answer.read().decode()
                status = 302 if data and answer.url != self.base + path else answer.status
        except urllib.error.HTTPError as error:
            page, status = error.read().decode(), error.code
        if found := re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page):
            self.token = found[1]
        return int(status)

    def sign_in(self, email: str, password: str, address: str = "") -> int:
        """302 when it led in."""
        return self.ask("/sign-in/", {"email": email, "password": password}, address)


def _memory(server: Server, what: str) -> int:
    """MiB of all processes of the server. `what`: VmRSS."""
    assert server.process is not None
    total = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if os.getpgid(int(status.parent.name)) == server.process.pid:
                total += int(re.findall(rf"{what}:\s+(\d+)", status.read_text())[0])
        except (OSError, IndexError):
            continue
    return total // 1024


class Watch(threading.Thread):
    """Looks at the server's memory until told to stop."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.server, self.most, self.done = server, 0, threading.Event()

    def run(self) -> None:
        while not self.done.wait(0.01):
            self.most = max(self.most, _memory(self.server, "VmRSS"))


def _flood(base: str, emails: list[str]) -> list[int]:
    """A wrong password for each of these, 16 at a time, each from an address of its own and with one session."""
    page = Browser(base, "198.18.0.1")
    page.ask("/sign-in/")

    def one(number: int) -> int:
        guesser = Browser(base, f"198.18.{number // 250 + 1}.{number % 250 + 1}")
        guesser.cookies, guesser.opener, guesser.token = page.cookies, page.opener, page.token
        return guesser.sign_in(emails[number], f"guess number {number}")

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(one, range(len(emails))))


def test_a_flood_locks_out_strangers_but_not_the_owner_and_memory_stays_bounded(tmp_path: Path) -> None:
    with database("sqlite", tmp_path) as env:
        _answer(_run(env, "serving"))
        server = Server({**env, "WARMHANDOFF_TRUSTED_PROXIES": "1"}, tmp_path / "log")
        server.start()
        try:
            _owner_gets_in(server)
        finally:
            server.kill()


def _owner_gets_in(server: Server) -> None:
    owner = Browser(server.base, "203.0.113.4")
    owner.ask("/sign-in/")
    assert owner.sign_in(OWNER, PASSWORD) == 302
    assert owner.ask("/sign-in/second/", {"code": code_now("clinician")}) == 302
    before, watch = _memory(server, "VmRSS"), Watch(server)
    watch.start()
    started = time.monotonic()
    at_her = _flood(server.base, [OWNER] * FLOOD)
    at_all = _flood(server.base, [f"someone-{number}@lakeside-counseling.example" for number in range(FLOOD)])
    took = time.monotonic() - started
    watch.done.set()
    watch.join()
    assert owner.ask("/sign-out/", {"x": ""}) == 302 and owner.ask("/sign-in/") == 200
    begun = time.monotonic()
    assert owner.sign_in(OWNER, PASSWORD) == 302, "her browser is known"
    assert owner.ask("/sign-in/second/", {"code": code_now("clinician", after=1)}) == 302
    hers = time.monotonic() - begun
    stranger = Browser(server.base, "203.0.113.99")
    stranger.ask("/sign-in/")
    assert stranger.sign_in(OWNER, PASSWORD) == 429, "the same, right password from elsewhere"
    print(f"{2 * FLOOD} guesses in {took:.1f} s: {at_her.count(422)} at the owner reached the hash, "
          f"{at_her.count(429)} were refused; {at_all.count(422)} at others; owner in after {hers:.2f} s; "
          f"memory {before} MiB before, {watch.most} MiB at most")
    assert at_her.count(422) == 5 and at_her.count(429) == FLOOD - 5
    assert set(at_all) <= {422, 503}
    assert watch.most <= before + hashing.AT_ONCE * 100 + 100, "four hashes of 100 MiB and a little more"


def test_an_address_of_which_the_proxy_tells_is_limited_and_what_the_sender_writes_is_not_believed(
    tmp_path: Path,
) -> None:
    with database("sqlite", tmp_path) as env:
        _answer(_run(env, "serving"))
        server = Server({**env, "WARMHANDOFF_TRUSTED_PROXIES": "1"}, tmp_path / "log")
        server.start()
        try:
            guesser = Browser(server.base, "")
            guesser.ask("/r/")
            told = [
                guesser.ask("/r/", {"token": f"guess{number}", "code": "0000-0000"}, f"10.9.8.{number}, 198.51.100.66")
                for number in range(105)
            ]
        finally:
            server.kill()
    assert told == [404] * 100 + [429] * 5
