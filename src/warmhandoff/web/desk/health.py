"""Signs of life for whoever watches the server, and no for whoever indexes it. They say what, never why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from warmhandoff.core import clock
from warmhandoff.core.queries import database_answers, worker_is_alive
from warmhandoff.core.sealing import check_ring
from warmhandoff.rules.refusals import Unavailable


def _plain(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(f"{text}\n", content_type="text/plain; charset=utf-8", status=status)


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks neither database nor keys."""
    return _plain("ok")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether work can be done: 503 with the names of what is missing."""
    missing = list(_missing(clock.now()))
    return _plain(f"missing: {', '.join(missing)}", 503) if missing else _plain("ready")


def _missing(now: datetime) -> Iterator[str]:
    if not _works(database_answers):
        yield "database"
    elif settings.WORKER == "inside" and not _works(lambda: _worker(now)):
        yield "worker"
    if not _works(check_ring):
        yield "keys"


def _worker(now: datetime) -> None:
    if not worker_is_alive(now=now):
        raise Unavailable("no worker")


def _works(check: Callable[[], None]) -> bool:
    try:
        check()
    except (Error, OSError, Unavailable):
        return False
    return True


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return _plain("User-agent: *\nDisallow: /")


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("robots.txt", robots, name="robots"),
]
