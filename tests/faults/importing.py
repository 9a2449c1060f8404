"""`warmhandoff` with small batches, so that an import has many places to be killed at: importing.py BATCH ARGUMENTS."""

from __future__ import annotations

import sys

from warmhandoff.cli import main
from warmhandoff.cli.environment import start_django

if __name__ == "__main__":
    start_django()
    from warmhandoff.directory import landing

    landing.BATCH = int(sys.argv[1])
    sys.argv = ["warmhandoff", *sys.argv[2:]]
    main()
