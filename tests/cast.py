"""The people of every test: one practice with its staff and a client, a stranger's practice, someone who left."""

from __future__ import annotations

from base64 import b32encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.test import Client as WebClient

from warmhandoff.accounts import sessions
from warmhandoff.accounts.joining import NewAccount, NewPractice, add_member, create_practice
from warmhandoff.accounts.models import AuthenticatorApp, Membership, Practice, SignedIn
from warmhandoff.accounts.queries import actor_of_membership
from warmhandoff.accounts.second_factors import STEP, code_at
from warmhandoff.clients.caring import ClientFacts, add_client
from warmhandoff.clients.models import Client
from warmhandoff.core import clock
from warmhandoff.rules.access import Actor
from warmhandoff.rules.switches import differing

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # a Monday morning in Texas
PASSWORD = "a long enough pass phrase"
SECRETS = {
    part: b32encode(f"{part:.<20}".encode()[:20]).decode()
    for part in ("clinician", "colleague", "supervisor", "coordinator", "admin", "departed", "outsider")
}  # of the authenticator apps
CLIENT_NAME = "Rosalind Marlowe"


@dataclass
class Cast:
    """Members by part: clinician, supervisor, coordinator, admin, colleague; outsider (another practice), departed.

    newcomer: a clinician without a second factor, who meets no client yet. All others have an authenticator app, whose
    secret stands in SECRETS.
    """

    practice: Practice
    members: dict[str, Membership]
    client: Client
    now: datetime = NOW
    _web: dict[str, WebClient] = field(default_factory=dict)

    def actor(self, part: str = "clinician") -> Actor:
        return actor_of_membership(self.members[part])

    @property
    def clinician(self) -> Membership:
        return self.members["clinician"]

    def web(self, part: str = "clinician") -> WebClient:
        """A test client signed in as this member."""
        if part not in self._web:
            self._web[part] = WebClient()
            sign_in(self._web[part], self.members[part])
        row = SignedIn.objects.filter(membership=self.members[part], ended_at=None)
        row.update(seen_at=clock.now(), started_at=clock.now(), confirmed_at=clock.now())
        return self._web[part]

    def uses(self, part: str = "clinician", **switches: bool) -> None:
        """Switch optional parts on or off for this member's practice; what was said of others stays."""
        row = Practice.objects.get(pk=self.members[part].practice_id)
        row.switches = differing({**row.switches, **switches})
        row.save(update_fields=["switches"])

    def add_client(self, name: str = "Jonas Thule", **facts: Any) -> UUID:
        return add_client(self.actor(), ClientFacts(name=name, **facts), now=self.now)


def sign_in(browser: WebClient, member: Membership) -> SignedIn:
    """Sign a member in as the pages would, asking her nothing and without a word to the audit."""
    browser.force_login(member.user)
    now, way = clock.now(), "code" if member.user.second_factor_since else "password"
    row = SignedIn.objects.create(
        membership=member, roles=sorted(member.roles), way=way, browser="Firefox on Linux", started_at=now, seen_at=now,
        confirmed_at=now,
    )
    session = browser.session
    session[sessions.KEY] = str(row.pk)
    session.save()
    return row


def code_now(part: str, *, after: int = 0) -> str:
    """What this member's authenticator app shows; `after` counts time steps from now."""
    return code_at(SECRETS[part], int(clock.now().timestamp()) // STEP + after)


def _member(practice: Practice, part: str, roles: list[str]) -> Membership:
    account = NewAccount(email=f"{part}@{practice.slug}.example", name=f"{part.capitalize()} Person", password=PASSWORD)
    member = add_member(practice, account, roles, now=NOW)
    if part in SECRETS:
        AuthenticatorApp.objects.create(user=member.user, practice=practice, secret=SECRETS[part], since=NOW)
        member.user.second_factor_since = NOW
        member.user.save(update_fields=["second_factor_since"])
    return member


def make_cast() -> Cast:
    practice = create_practice(
        NewPractice("Lakeside Counseling", zip="78704", phone="512-555-0100"), now=NOW - timedelta(days=400)
    )
    other = create_practice(NewPractice("Elsewhere Group", zip="10001"), now=NOW - timedelta(days=400))
    roles = {
        "clinician": ["clinician"], "colleague": ["clinician"], "supervisor": ["clinician", "supervisor"],
        "coordinator": ["coordinator"], "admin": ["admin"], "departed": ["clinician"],
        "newcomer": ["clinician"],
    }
    members = {part: _member(practice, part, part_roles) for part, part_roles in roles.items()}
    members["outsider"] = _member(other, "outsider", ["clinician", "supervisor", "coordinator", "admin"])
    members["clinician"].supervisor = members["supervisor"]
    members["clinician"].save()
    members["departed"].left_at = NOW - timedelta(days=7)
    members["departed"].save()
    facts = ClientFacts(
        name=CLIENT_NAME, birth_date="1991-04-02", phone="512-555-0142", email="rosalind@client.example", zip="78704",
        safe_contact={"channels": ["mail", "phone"], "voicemail": False, "note": "after six, no voicemail"},
    )
    client_id = add_client(actor_of_membership(members["clinician"]), facts, now=NOW)
    return Cast(practice, members, Client.objects.get(pk=client_id))

