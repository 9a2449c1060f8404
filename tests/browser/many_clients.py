"""Two hundred clients of one clinician and sixty places: python -m tests.browser.many_clients [clients] [places]"""

from __future__ import annotations

import sys

from warmhandoff.cli.environment import start_django

CLIENTS, PLACES = 200, 60

if __name__ == "__main__":
    start_django()
    from tests.cast import NOW
    from tests.flows.listings import _COMMON
    from warmhandoff.accounts.models import Membership
    from warmhandoff.accounts.queries import actor_of_membership
    from warmhandoff.clients.caring import ClientFacts, add_client
    from warmhandoff.core import clock
    from warmhandoff.directory.listing import enter

    clients, places = (int(text) for text in sys.argv[1:] or (CLIENTS, PLACES))
    clinician = Membership.objects.get(user__email="clinician@lakeside-counseling.example")
    actor, now = actor_of_membership(clinician), clock.now()
    for number in range(clients):
        add_client(actor, ClientFacts(name=f"Nadia Client{number:03}", zip="78704"), now=NOW)
    for number in range(places):
        facts = {**_COMMON, "name": f"Place {number:02} Example", "openings": 1 + number % 4,
                 "email": f"place{number}@listing.example"}  # fmt: skip
        enter(actor, facts, now=now, verified=True, relationship="met" if number else "heard_of")
