"""The accounting of disclosures: what about one client went to whom, when, why and on what ground.

45 CFR 164.528 and 42 CFR 2.25. One list for all ways out: each app registers what it disclosed (core.holding). The law
asks for less than is shown; `required` marks what it asks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from warmhandoff.clients.queries import client_row
from warmhandoff.clients.releasing import record_refused_disclosure
from warmhandoff.core import audit, holding
from warmhandoff.core.holding import Disclosure
from warmhandoff.core.queries import Refused, refused_disclosures
from warmhandoff.rules import part2
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotThere


@dataclass(frozen=True)
class Accounting:
    """`lines`, newest first: everything that was disclosed; `refused`: what was not, with the reason."""

    lines: Sequence[Disclosure]
    refused: Sequence[Refused]


def accounting(actor: Actor, client_id: UUID, *, now: datetime) -> Accounting:
    """Everything that left about one client, and what was refused, for staff who may see her; audited."""
    row = client_row(actor, client_id)
    audit.record(actor, "open", "accounting", row.pk, now=now, clients=[row.pk])
    return Accounting(holding.disclosed(row.pk)[::-1], refused_disclosures(row.pk))


def spreadsheet_rows(actor: Actor, client_id: UUID, *, now: datetime) -> list[Disclosure]:
    """As `accounting`, to be taken out as a spreadsheet.

    BadInput where substance-use records are in it: a spreadsheet cannot carry the notice that must go along (2.32).
    """
    lines = list(accounting(actor, client_id, now=now).lines)
    if any(part2.applies(line.what) for line in lines):
        row = client_row(actor, client_id)
        record_refused_disclosure(actor, row, "A spreadsheet cannot carry the notice of 42 CFR 2.32.", 0, now=now)
        raise BadInput(
            "Records of substance-use treatment were shared. A spreadsheet cannot carry the notice that goes with "
            "them: print the page instead."
        )
    return lines


def shared_about_me(actor: Actor, *, now: datetime) -> list[Disclosure]:
    """The client reads on her own page what was shared about her, newest first.

    What she was not told of because telling her is unsafe is not here either: a shared device would tell it.
    """
    if actor.side != "client" or actor.client_id is None:
        raise NotThere
    row = client_row(actor, actor.client_id)
    audit.record(actor, "open", "accounting", row.pk, now=now, clients=[row.pk])
    return [line for line in holding.disclosed(row.pk)[::-1] if line.told]
