"""Two hundred clients of one clinician and sixty places with openings: python -m tests.browser.many_clients"""

from __future__ import annotations

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

    clinician = Membership.objects.get(user__email="clinician@lakeside-counseling.example")
    actor, now = actor_of_membership(clinician), clock.now()
    for number in range(CLIENTS):
        add_client(actor, ClientFacts(name=f"Nadia Client{number:03}", zip="78704"), now=NOW)
    for number in range(PLACES):
        facts = {**_COMMON, "name": f"Place {number:02} Example", "openings": 1 + number % 4,
                 "email": f"place{number}@listing.example"}  # fmt: skip
        enter(actor, facts, now=now, verified=True, relationship="met" if number else "heard_of")
