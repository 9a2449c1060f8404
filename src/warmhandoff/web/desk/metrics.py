"""Counts of the whole server for the operator's monitoring, in the text format that Prometheus reads.

Not public (security requirement R-43): without the token of WARMHANDOFF_METRICS_TOKEN the address is like one that does
not exist. Counts name nobody, and no practice.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from warmhandoff.clients.emergency_rate import emergency_rate_of_server
from warmhandoff.core import clock, limits
from warmhandoff.core.addresses import address_of
from warmhandoff.core.queries import outbox_counts, worker_is_alive
from warmhandoff.core.sealing import fingerprint

_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SCHEME = "Bearer "


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, to whoever brings the token; NotFound to everyone else, and wrong tokens are counted."""
    now = clock.now()
    given = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not given.startswith(_SCHEME):
        raise Http404
    _check(given.removeprefix(_SCHEME), address_of(request), now)
    return HttpResponse("".join(_figures(now)), content_type=_TYPE)


def _check(token: str, address: str, now: datetime) -> None:
    who = fingerprint("metrics", token)
    limits.check("metrics", who, now=now, address=address)
    if not hmac.compare_digest(token.encode(), settings.METRICS_TOKEN.encode()):
        limits.failed("metrics", who, now=now, address=address)
        raise Http404
    limits.succeeded("metrics", who, address=address)


def _figures(now: datetime) -> Iterator[str]:
    outbox, rate = outbox_counts(now=now), emergency_rate_of_server(now=now)
    yield _gauge("warmhandoff_worker_alive", "1 while a worker beats.", int(worker_is_alive(now=now)))
    yield _gauge("warmhandoff_outbox_waiting", "Messages that have not left yet.", outbox["waiting"])
    yield _gauge("warmhandoff_outbox_late", "Messages that should have left an hour ago.", outbox["late"])
    yield _gauge("warmhandoff_outbox_parked", "Messages that were given up: somebody must look.", outbox["parked"])
    yield _gauge("warmhandoff_outbox_sent", "Messages that left.", outbox["sent"])
    yield _gauge("warmhandoff_emergency_openings_365_days", "Clients opened in an emergency.", rate.emergencies)
    yield _gauge("warmhandoff_releases_signed_365_days", "Releases that were signed.", rate.releases)
    if rate.per_hundred is not None:
        yield _gauge("warmhandoff_emergency_openings_per_100_releases", "The two above as a ratio.", rate.per_hundred)


def _gauge(name: str, words: str, value: float) -> str:
    return f"# HELP {name} {words}\n# TYPE {name} gauge\n{name} {value}\n"


urlpatterns = [path("metrics", metrics, name="metrics")]
