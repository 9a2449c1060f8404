"""What every staff page needs besides its own contents."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def desk(request: HttpRequest) -> dict[str, Any]:
    """The actor and the counts of the rail; nothing for pages without an account."""
    actor = getattr(request, "actor", None)
    return {"actor": actor} if actor else {}
