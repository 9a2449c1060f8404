"""kill -9 of a worker at every named point of handing a message over: each takes effect once, none is missing.

The far end is a real mail server whose own ledger says what took effect: by Message-ID, as receivers tell doubles.
"""

from __future__ import annotations

import email
import email.policy
import json
import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.faults.places import PYTHON, ROOT, database
from tests.faults.servers import free_port
from warmhandoff.core import steps

KILLS = int(os.environ.get("WARMHANDOFF_TEST_OUTBOX_KILLS", "1"))
PACKETS = max(1, KILLS // 10)


class Ledger:
    """A mail server that takes everything, and keeps a ledger: Message-ID -> the links that came under it."""

    def __init__(self) -> None:
        self.taken = 0
        self.links: dict[str, set[str]] = defaultdict(set)

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        found = re.search(r"/[cr]/#(\w+)", mail.get_content())
        self.taken += 1
        self.links[str(mail["Message-ID"])].add(found[1] if found else "")
        return "250 taken"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_message_takes_effect_once_whenever_its_worker_dies(
    kind: str, tmp_path: Path, say: Callable[[str], None]
) -> None:
    ledger, port = Ledger(), free_port()
    controller = Controller(ledger, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with database(kind, tmp_path) as env:
            env["WARMHANDOFF_SMTP_URL"] = f"smtp://127.0.0.1:{port}"
            command = [PYTHON, "-m", "tests.faults.sending", str(KILLS), str(PACKETS)]
            done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    finally:
        controller.stop()
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.strip().splitlines()[-1])
    _each_point_was_met(said)
    expected = {f"<{name}@messages.invalid>" for name in said["names"]}
    assert set(ledger.links) == expected, "nothing is missing, and nothing came under another name"
    assert len(said["messages"]) + len(said["links"]) == len(expected), "one message for each thing there was to send"
    links = [link for under in ledger.links.values() for link in under]
    assert len(links) == len(set(links)) == len(expected), "a message that came twice carried the same link"
    assert ledger.taken > len(expected), "some did come twice: the kills after the data were felt"
    assert said["unsent"] == said["bodies"] == said["tokens"] == 0 and said["jobs"] == [], said
    assert said["states"] == ["handed_over"]
    assert said["handed_over"] == said["audited"] == len(said["links"]) + len(said["crossed"])
    assert sorted(said["arrived"]) == sorted(said["crossed"]), "each packet arrived at its neighbour's once"
    say(f"{kind}: {sum(said['killed'].values())} kills at {len(said['killed'])} points, {len(expected)} messages, "
        f"{ledger.taken} taken, {len(said['crossed'])} crossed")


def _each_point_was_met(said: dict[str, Any]) -> None:
    assert len(steps.NAMES) >= 12 and set(said["killed"]) == set(steps.NAMES)
    assert all(count >= KILLS for count in said["killed"].values()), said["killed"]
