"""What processes of the backup tests run: python -m tests.cli.practice make | write FOLDER"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from warmhandoff.cli.environment import start_django


def _write(stop: Path) -> None:
    """Add clients, each with its event and its audit entry in one transaction, until the file is there."""
    from tests.cast import NOW
    from warmhandoff.accounts.models import Membership
    from warmhandoff.accounts.queries import actor_of_membership
    from warmhandoff.clients.caring import ClientFacts, add_client

    actor = actor_of_membership(Membership.objects.select_related("user").get(user__email__startswith="clinician@"))
    print("writing", flush=True)
    count = 0
    while not stop.exists():
        add_client(actor, ClientFacts(name=f"Person {count}"), now=NOW)
        count += 1
        time.sleep(0.002)
    print(count, flush=True)


if __name__ == "__main__":
    start_django()
    if sys.argv[1] == "make":
        from tests.cast import make_cast

        make_cast()
    else:
        _write(Path(sys.argv[2]))
