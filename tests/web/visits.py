"""Visits to the pages of people without accounts: a clock that can be moved, and a client's browser."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import reverse

from tests.cast import Cast
from tests.flows import walk as way
from warmhandoff.clients.inviting import invite_client, start_on_device
from warmhandoff.web.portal import session


class Clock:
    """The time of the server, as the tests say."""

    def __init__(self, cast: Cast) -> None:
        self.now = cast.now

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)


def invited(cast: Cast, referral_id: Any = None, now: Any = None) -> str:
    """The token of a new link, as staff hand it over."""
    link = invite_client(cast.actor(), cast.client.pk, referral_id=referral_id, now=now or cast.now).link
    assert link is not None
    return link.partition("#")[2]


def code(cast: Cast) -> str:
    return str(cast.client.access_code.reveal())


def entered(cast: Cast, referral_id: Any = None, **browser: Any) -> Browser:
    """A browser inside the client's session."""
    web = Browser(**browser)
    answer = web.post("/c/", {"token": invited(cast, referral_id), "code": code(cast)})
    assert answer.status_code == 302, answer.content.decode()
    return web


def at(name: str, walk: way.Walk) -> str:
    return reverse(name, args=[walk.referral_id])


def words(answer: HttpResponse) -> str:
    """The page's text without markup, in one line."""
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", text).replace("&#x27;", "'")


def shown(web: Browser, walk: way.Walk) -> str:
    answer = web.get(at("portal_referral", walk))
    assert answer.status_code == 200, words(answer)
    html = answer.content.decode()
    assert html.count("<h1") == 1 and html.count('class="btn main"') <= 1
    return words(answer)


def on_device(cast: Cast, rf: Any) -> Browser:
    """The clinician's own browser, handed to the client."""
    web = cast.web("clinician")
    request = rf.get("/")
    request.session, request.user, request.now = web.session, cast.clinician.user, cast.now
    session.start(request, start_on_device(cast.actor(), cast.client.pk, now=cast.now), None, mode="device")
    request.session.save()
    web.cookies["session"] = request.session.session_key
    return web
