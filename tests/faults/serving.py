"""A practice for the kill tests, made in the data folder of the environment: python -m tests.faults.serving"""

from __future__ import annotations

from warmhandoff.cli.environment import start_django

if __name__ == "__main__":
    start_django()
    from tests.cast import make_cast
    from tests.flows import listings

    listings.three(make_cast())
