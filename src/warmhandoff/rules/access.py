"""Who may do what to whom: one printable table, and the actor every action is given.

The table is the permission: queries turn it into a filter, doors into a check, the docs into a page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from warmhandoff.rules.refusals import NotAllowed

Side = Literal["referrer", "client", "recipient", "system", "api"]
Role = Literal["clinician", "supervisor", "coordinator", "admin"]
Relation = Literal["team", "supervises", "practice", "emergency"]
Verb = Literal["see", "see_clinical", "change", "send", "directory", "policy", "audit", "reports"]
Scope = Literal["directory:read", "directory:write", "match", "audit:read"]

ROLES: tuple[Role, ...] = ("clinician", "supervisor", "coordinator", "admin")

# role x relation -> verbs. "team": on this client's care team. "supervises": supervises someone on it.
# "practice": a member of the client's practice and nothing more. "emergency": opened this client in an emergency,
# which lasts hours (rules.emergency): to look, and neither to change nor to send anything.
# A role's rows add up; roles add up.
TABLE: dict[tuple[Role, Relation], frozenset[Verb]] = {
    ("clinician", "team"): frozenset({"see", "see_clinical", "change", "send"}),
    ("clinician", "emergency"): frozenset({"see", "see_clinical"}),
    ("clinician", "practice"): frozenset({"directory"}),
    ("supervisor", "supervises"): frozenset({"see", "see_clinical", "change", "send"}),
    ("supervisor", "emergency"): frozenset({"see", "see_clinical"}),
    ("supervisor", "practice"): frozenset({"directory", "reports"}),
    ("coordinator", "practice"): frozenset({"see", "send", "directory"}),
    ("admin", "practice"): frozenset({"directory", "policy", "audit", "reports"}),
}


@dataclass(frozen=True)
class Grant:
    """What a scope opens to a program, in words, and the verbs it gives over what is the practice's."""

    words: str
    verbs: frozenset[Verb] = frozenset()


# Scopes add up. Each speaks of the practice alone, so that none reaches a client's record; reading the directory and
# matching against it need no verb, as they need none of a member.
SCOPES: dict[Scope, Grant] = {
    "directory:read": Grant("Read the directory: listings, what is known of them and how old it is"),
    "directory:write": Grant(
        "Change the practice's own listings: enter them, change facts, say that they are still true",
        frozenset({"directory"}),
    ),
    "match": Grant("Match a need against the directory"),
    "audit:read": Grant("Read the audit: who looked at, changed or was refused what", frozenset({"audit"})),
}
# What staff may do who have no second factor yet: find someone, keep the network, invite colleagues; meet no client.
WITHOUT_CLIENTS: frozenset[Verb] = frozenset({"directory", "policy"})


@dataclass(frozen=True)
class Actor:
    """Who acts, and on which side of a referral. Built once, at the door, and passed down.

    A client or recipient is known by link and code, not by an account; `client_id` or `delivery_id` then says
    which one record the link opened, and nothing else is reachable. `signer_id`: whose signature on one release it is
    about, where someone signs beside the client or in her place. A program (side "api") is known by its token,
    and has `scopes` in place of roles. Staff without a second factor (R-35) have what
    needs no client: the verbs of WITHOUT_CLIENTS and no others.
    """

    side: Side
    practice_id: UUID
    membership_id: UUID | None = None
    user_id: UUID | None = None
    roles: frozenset[str] = field(default_factory=frozenset)
    client_id: UUID | None = None
    delivery_id: UUID | None = None
    signer_id: UUID | None = None
    api_client_id: UUID | None = None
    scopes: frozenset[str] = field(default_factory=frozenset)
    name: str = ""
    second_factor: bool = False

    @property
    def member(self) -> UUID:
        """The membership of a member of staff; whoever is none is refused."""
        if self.membership_id is None:
            raise NotAllowed("This is for members of the practice.")
        return self.membership_id

    @property
    def who(self) -> UUID | None:
        """Whom the audit names: a membership or a program; None for clients, recipients and the product itself."""
        return self.membership_id or self.api_client_id

    @property
    def account(self) -> UUID:
        """The user who acts; whoever has no account is refused."""
        if self.user_id is None:
            raise NotAllowed("This is for members of the practice.")
        return self.user_id

    def verbs(self, *relations: Relation) -> frozenset[Verb]:
        """Every verb this actor's roles give over something it has these relations to."""
        found: set[Verb] = set()
        for (role, relation), verbs in TABLE.items():
            if role in self.roles and relation in relations:
                found |= self._given(verbs)
        if "practice" in relations:
            found |= self._granted()
        return frozenset(found)

    def relations_for(self, verb: Verb) -> frozenset[Relation]:
        """The relations through which this actor's roles or scopes give `verb`: the filter behind every list."""
        given = {rel for (role, rel), verbs in TABLE.items() if role in self.roles and verb in self._given(verbs)}
        return frozenset(given | ({"practice"} if verb in self._granted() else set()))

    @property
    def lacks_second_factor(self) -> bool:
        """Whether a missing second factor is what keeps this member of staff from clients."""
        return self.side == "referrer" and not self.second_factor

    def _given(self, verbs: frozenset[Verb]) -> frozenset[Verb]:
        return verbs & WITHOUT_CLIENTS if self.lacks_second_factor else verbs

    def _granted(self) -> frozenset[Verb]:
        """What the scopes of a program give; nobody else has any."""
        verbs = (grant.verbs for scope, grant in SCOPES.items() if self.side == "api" and scope in self.scopes)
        return frozenset[Verb]().union(*verbs)


def system(practice_id: UUID) -> Actor:
    """The product itself, acting within one practice: the clock, the outbox."""
    return Actor(side="system", practice_id=practice_id, name="Warm Handoff")
