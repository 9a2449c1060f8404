"""The request as views get it: the actor and the time were settled at the door."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.http import HttpRequest, QueryDict

from warmhandoff.rules.access import Actor

if TYPE_CHECKING:
    from warmhandoff.accounts.models import Practice
    from warmhandoff.accounts.sessions import Live


class StaffRequest(HttpRequest):
    """A request of someone signed in whose membership has not ended."""

    actor: Actor
    now: datetime
    practice: Practice
    signed_in: Live


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: the posted fields, also when there are none, and nothing for a page just opened."""
    return request.POST if request.method == "POST" else None
