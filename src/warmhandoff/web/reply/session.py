"""The recipient's session: begun by link and code, for one delivery, and apart from any account."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest

from warmhandoff.core import clock
from warmhandoff.referrals.answering import recipient_actor_by_id
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import NotThere

KEY = "reply"
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=2)


def _now(request: HttpRequest) -> datetime:
    return getattr(request, "now", None) or clock.now()


def start(request: HttpRequest, actor: Actor) -> None:
    """Begin the session of the delivery that link and code opened; an earlier one ends."""
    request.session.cycle_key()
    moment = _now(request).isoformat()
    request.session[KEY] = {"delivery": str(actor.delivery_id), "started_at": moment, "last_at": moment}


def actor_of(request: HttpRequest) -> Actor | None:
    """The recipient whose session this is; None once it, its link or its release has ended."""
    held = request.session.get(KEY)
    if held is None:
        return None
    now = _now(request)
    started, last = datetime.fromisoformat(held["started_at"]), datetime.fromisoformat(held["last_at"])
    if now - last > IDLE or now - started > LONGEST:
        end(request)
        return None
    try:
        actor = recipient_actor_by_id(UUID(held["delivery"]), now=now)
    except NotThere:
        end(request)
        return None
    request.session[KEY] = {**held, "last_at": now.isoformat()}
    return actor


def end(request: HttpRequest) -> None:
    """End it. An account that is signed in in the same browser stays so."""
    if request.user.is_authenticated:
        request.session.pop(KEY, None)
    else:
        request.session.flush()
