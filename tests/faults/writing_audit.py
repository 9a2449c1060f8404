"""What each process writing into the audit at once runs.

python -m tests.faults.writing_audit prepare            brings the database up to date
python -m tests.faults.writing_audit PRACTICE COUNT GO  says ready, waits until the file GO is there, writes COUNT
                                                        entries in each of two threads
python -m tests.faults.writing_audit verify             prints the report as JSON
"""

from __future__ import annotations

import json
import sys
import threading
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from warmhandoff.cli.environment import start_django


def _write(practice: UUID, count: int, failures: list[str]) -> None:
    from django.db import connection

    from warmhandoff.core import audit
    from warmhandoff.rules.access import system
    from warmhandoff.rules.refusals import NotThere, Refusal

    try:
        for number in range(count):
            audit.record(system(practice), "open", "client", now=datetime.now(UTC), clients=[uuid4()])
            if number % 5 == 0:
                audit.record_refusal(None, NotThere(), now=datetime.now(UTC))
    except Refusal as refusal:
        failures.append(f"{refusal.message}: {refusal.__cause__!r}")
    finally:
        connection.close()


def _race(practice: UUID, count: int, go: Path) -> list[str]:
    failures: list[str] = []
    threads = [threading.Thread(target=_write, args=(practice, count, failures)) for _ in range(2)]
    print("ready", flush=True)
    while not go.exists():
        time.sleep(0.0005)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def main(arguments: list[str]) -> None:
    start_django(migrate=arguments[0] == "prepare")
    if arguments[0] == "prepare":
        print("prepared")
    elif arguments[0] == "verify":
        from warmhandoff.core import audit

        print(json.dumps(asdict(audit.verify())))
    else:
        print(json.dumps(_race(UUID(arguments[0]), int(arguments[1]), Path(arguments[2]))))


if __name__ == "__main__":
    main(sys.argv[1:])
