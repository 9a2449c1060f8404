"""Blind indexes of clients: equal names, telephones and e-mail addresses are found without opening any.

What they tell whoever reads the database is which clients have the same one (docs/understanding/blind-indexes.md).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from uuid import UUID

from warmhandoff.clients.models import Client
from warmhandoff.core import jobs
from warmhandoff.core.sealing import blind_index

_AT_ONCE = 500


def plain_name(name: str) -> str:
    """"Martínez, Rosa-María " and "rosa maria MARTINEZ" are one: letters alone, without accents, words in order."""
    letters = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()
    return " ".join(sorted(re.findall(r"\w+", letters))) or letters.strip()


def plain_phone(phone: str) -> str:
    """The last ten digits: with or without +1, spaces and dashes."""
    return re.sub(r"\D", "", phone)[-10:]


def plain_email(email: str) -> str:
    return email.strip().casefold()


def indexes(practice_id: UUID, name: str, phone: str, email: str) -> tuple[str, str, str]:
    """The three indexes of one practice; "" for what is not given."""
    values = (("name", plain_name(name)), ("phone", plain_phone(phone)), ("email", plain_email(email)))
    found = [blind_index(practice_id, f"client {what}", value) if value else "" for what, value in values]
    return found[0], found[1], found[2]


@jobs.every_tick("blind_indexes", while_closed=True)
def fill(now: datetime) -> None:
    """Index the clients who were added before there were indexes, some at each tick."""
    for row in Client.objects.filter(name_index="").order_by("pk")[:_AT_ONCE]:
        contact = row.contact.reveal() or {}
        named = indexes(row.practice_id, row.name.reveal(), contact.get("phone", ""), contact.get("email", ""))
        Client.objects.filter(pk=row.pk, name_index="").update(
            name_index=named[0], phone_index=named[1], email_index=named[2]
        )
