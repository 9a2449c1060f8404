"""The check before a text leaves without a name: what in it could point at the client, and how many share what it says.

It compares with the client's own record, so it is made by those who may see her; it warns and never decides: whoever
sends a text all the same says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from warmhandoff.referrals.models import Referral
from warmhandoff.referrals.queries import referral_row
from warmhandoff.rules.access import Actor
from warmhandoff.rules.identifying import Found, findings, names_in
from warmhandoff.rules.inquiry import LONGEST_TEXT
from warmhandoff.rules.refusals import BadInput, Problem
from warmhandoff.rules.sharing import Estimate, estimate

_TEXTS = ("chart_reason", "client_reason", "hoped_for", "background", "own_words")


@dataclass(frozen=True)
class TextCheck:
    """What the check says of a text. `least`: how many the practice wants to share what it tells."""

    found: tuple[Found, ...]
    estimate: Estimate
    least: int

    @property
    def too_few(self) -> bool:
        return bool(self.estimate.facts) and self.estimate.k < self.least

    @property
    def passes(self) -> bool:
        return not self.found and not self.too_few

    def kept(self, why: str) -> dict[str, Any]:
        """As it is stored with the text: what was found, never the words themselves."""
        return {"k": self.estimate.k, "kinds": sorted({one.kind for one in self.found}), "why": why.strip()}


def check_text(actor: Actor, referral_id: UUID, text: str) -> TextCheck:
    """Check a text about the need of a referral. NotThere for strangers; nothing of the record is returned."""
    return check_of(referral_row(actor, referral_id, "send"), text, own=actor.name)


def check_of(referral: Referral, text: str, *, own: str = "") -> TextCheck:
    """The same for a row whose door is open. own: the name of whoever signs the text."""
    practice = referral.practice
    found = findings(text, known=_known(referral), ours=(practice.name, practice.phone, own))
    return TextCheck(found, estimate(text, home=practice.zip), practice.share_at_least)


def _known(referral: Referral) -> list[str]:
    """Names, addresses and numbers of the client's record: whoever reads the text must not find them in it."""
    client, words = referral.client, set[str]()
    for name in (client.name.reveal(), *_values(client.safe_contact.reveal() or {}, "alias")):
        words |= {name, *(part for part in re.split(r"[\s,]+", name) if len(part) > 1)}
    contact = client.contact.reveal() or {}
    words |= {*_values(contact, "phone", "email", "address"), client.birth_date.reveal()}
    for name in _TEXTS:
        words |= names_in(getattr(referral, name).reveal())
    return sorted(word for word in words if word.strip())


def _values(held: dict[str, Any], *names: str) -> Iterator[str]:
    for name in names:
        if isinstance(held.get(name), str) and held[name].strip():
            yield held[name].strip()


def checked(referral: Referral, text: str, why: str, *, own: str) -> dict[str, Any]:
    """What is kept of the check. Refuses (BadInput) an empty or long text, and one that does not pass without why."""
    if not text.strip():
        raise BadInput(Problem("write what is looked for", field="text"))
    if len(text) > LONGEST_TEXT:
        raise BadInput(Problem(f"is longer than {LONGEST_TEXT} characters", field="text"))
    check = check_of(referral, text, own=own)
    if not check.passes and len(why.strip()) < 10:
        raise BadInput(Problem("change the text, or say why it may go out as it is", field="why"))
    return check.kept("" if check.passes else why)
