"""What registers work, gates or carriers is loaded with its app: a worker imports no page that would load it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.environment import SOURCE
from tests.faults.places import environment

_REGISTERS = re.compile(r"^@(?:jobs|outbox)\.\w+\(", re.MULTILINE)


def test_every_module_that_registers_is_loaded_by_itself(tmp_path: Path) -> None:
    found = [
        ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        for path in SOURCE.rglob("*.py")
        if _REGISTERS.search(path.read_text(encoding="utf-8"))
    ]
    start = "import sys; from warmhandoff.cli.environment import start_django; start_django(migrate=False)"
    code = f"{start}; print([one for one in {found!r} if one not in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(tmp_path / "data"), capture_output=True, text=True, check=False
    )
    assert len(found) > 10 and done.stdout.strip() == "[]", done.stdout + done.stderr[-500:]
