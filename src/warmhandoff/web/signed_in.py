"""The browser's session of a member of staff: begun, found at the door, proved again, ended."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth import HASH_SESSION_KEY, login, logout
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from warmhandoff.accounts import sessions
from warmhandoff.accounts.queries import actor_of
from warmhandoff.core import clock
from warmhandoff.rules.refusals import NotThere

if TYPE_CHECKING:
    from warmhandoff.accounts.models import User

WHY = "signed_out_because"
_CHALLENGES = "challenges"


def enter(request: HttpRequest, user: User, way: sessions.Way) -> None:
    """Sign in with a new session: nothing of what the browser was before, not even a client's view, lives on in it."""
    request.session.flush()
    login(request, user)
    actor = actor_of(user)
    if actor is None:
        raise NotThere("This account has no part in a practice any more.")
    agent = request.headers.get("User-Agent", "")
    found = sessions.begin(actor, way, user_agent=agent, now=request.now)  # type: ignore[attr-defined]
    request.session[sessions.KEY] = str(found)


def find(request: HttpRequest, now: datetime) -> sessions.Live | sessions.Ending | None:
    """Whose request this is. None where nobody was signed in; "idle" or "ended" where the session counts no more."""
    held = request.session.get(sessions.KEY)
    if not isinstance(held, str):
        return None
    found = sessions.look(held, now=now)
    if isinstance(found, str):
        return found
    mark = str(request.session.get(HASH_SESSION_KEY, ""))  # the password's: another one ends the session by itself
    return found if constant_time_compare(mark, found.membership.user.get_session_auth_hash()) else "ended"


def leave(request: HttpRequest, why: sessions.Ending | None = None) -> None:
    """End the session and its row; `why` is told on the sign-in page."""
    held = request.session.get(sessions.KEY)
    if isinstance(held, str):
        sessions.signed_out(held, now=getattr(request, "now", None) or clock.now())
    logout(request)
    if why:
        request.session[WHY] = why


def prove(request: Any) -> None:
    """Note that the person proved again who she is; the session gets a new key (R-36)."""
    request.session.cycle_key()
    sessions.confirmed(request.signed_in.id, now=request.now)


# A passkey signs a challenge that was made for this browser, for one purpose, and counts once.


def challenge(request: HttpRequest, purpose: str) -> bytes:
    """The challenge that waits for its answer; the same one in every tab until it is used."""
    held = request.session.get(_CHALLENGES) or {}
    if purpose not in held:
        held = {**held, purpose: b64encode(os.urandom(32)).decode()}
        request.session[_CHALLENGES] = held
    return b64decode(held[purpose])


def take_challenge(request: HttpRequest, purpose: str) -> bytes:
    """The challenge, used up. Where none was made, one that nobody knows."""
    held = dict(request.session.get(_CHALLENGES) or {})
    found = held.pop(purpose, None)
    request.session[_CHALLENGES] = held
    return b64decode(found) if found else os.urandom(32)
