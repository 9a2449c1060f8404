"""Links and codes for the scanner test, on the data of the environment: python -m tests.browser.links"""

from __future__ import annotations

import json

from warmhandoff.cli.environment import start_django


def _made() -> dict[str, tuple[str, str]]:
    from tests.cast import make_cast
    from tests.flows import walk as way
    from warmhandoff.clients.inviting import invite_client
    from warmhandoff.core import clock
    from warmhandoff.directory.own_word import ask_listing

    cast = make_cast()
    cast.now = now = clock.now()
    walk = way.sent(cast)
    asked = ask_listing(cast.actor(), walk.listing_ids[1], now=now, by_hand=True)
    client = invite_client(cast.actor(), cast.client.pk, referral_id=None, now=now)
    return {
        "/c/": ((client.link or "").partition("#")[2], cast.client.access_code.reveal()),
        "/r/": (way.token_of(walk.delivery), walk.delivery.code.reveal()), "/v/": (asked.link.partition("#")[2], ""),
    }  # fmt: skip


if __name__ == "__main__":
    start_django()
    print(json.dumps(_made()))
