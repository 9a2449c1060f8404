"""Safe-contact rules: a client is in danger from whoever holds her phone. Only ways she named are used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def may_use(channel: str, rules: Mapping[str, Any]) -> bool:
    """Whether a message may go by `channel` ("mail", "phone", "paper"). With nothing recorded, none may."""
    if rules.get("never"):
        return False
    return channel in rules.get("channels", ())
