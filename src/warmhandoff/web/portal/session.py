"""The client's session: begun by link and code or on the clinician's device, short, and apart from any account."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, cast
from uuid import UUID

from django.http import HttpRequest
from django.utils import translation

from warmhandoff.clients.inviting import client_actor_by_id
from warmhandoff.core import clock
from warmhandoff.referrals.client_view import language_of
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import NotThere
from warmhandoff.web import signed_in

KEY = "portal"
LANGUAGE = "portal_language"
LANGUAGES = ("en", "es")
IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=2)
Mode = Literal["portal", "device"]


def _now(request: HttpRequest) -> datetime:
    return getattr(request, "now", None) or clock.now()


def start(request: HttpRequest, actor: Actor, referral_id: UUID | None, mode: Mode) -> None:
    """Begin the client's session. Whatever session there was, a staff member's above all, ends with it.

    actor: the client, as link and code or `start_on_device` gave her. referral_id: the one she came for.
    """
    switched = request.session.get(LANGUAGE)
    signed_in.leave(request)
    request.session.cycle_key()
    moment = _now(request).isoformat()
    request.session[KEY] = {
        "client": str(actor.client_id), "practice": str(actor.practice_id), "mode": mode, "started_at": moment,
        "last_at": moment, "referral": str(referral_id) if referral_id else "",
    }  # fmt: skip
    request.session[LANGUAGE] = switched or language_of(actor)


def actor_of(request: HttpRequest) -> Actor | None:
    """The client whose session this is, or None where there is none any more; every look prolongs it a little.

    Someone who signed in to an account since then is no client: on a shared device the two must never mix.
    """
    held = request.session.get(KEY)
    if held is None:
        return None
    if request.user.is_authenticated:
        del request.session[KEY]
        return None
    now = _now(request)
    started, last = datetime.fromisoformat(held["started_at"]), datetime.fromisoformat(held["last_at"])
    if now - last > IDLE or now - started > LONGEST:
        end(request)
        return None
    try:
        actor = client_actor_by_id(UUID(held["practice"]), UUID(held["client"]))
    except NotThere:
        end(request)
        return None
    request.session[KEY] = {**held, "last_at": now.isoformat()}
    return actor


def mode_of(request: HttpRequest) -> Mode:
    """ "device" in the locked view on the clinician's device, else "portal"."""
    held = request.session.get(KEY) or {}
    return cast(Mode, held.get("mode", "portal"))


def end(request: HttpRequest) -> None:
    """End the client's session; the language stays, so that the last page can be read. An account stays signed in."""
    language = request.session.get(LANGUAGE)
    if request.user.is_authenticated:
        request.session.pop(KEY, None)
        return
    request.session.flush()
    if language:
        request.session[LANGUAGE] = language


def speak(request: HttpRequest) -> None:
    """Use the client's language, once it is known, instead of the browser's."""
    language = request.session.get(LANGUAGE)
    if language in LANGUAGES:
        translation.activate(language)
        request.LANGUAGE_CODE = language


def switch(request: HttpRequest, language: str) -> None:
    """Keep the language she asked for; any other is left alone."""
    if language in LANGUAGES:
        request.session[LANGUAGE] = language
        speak(request)
