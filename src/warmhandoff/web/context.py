"""What every staff page needs besides its own contents."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest

from warmhandoff.referrals.rail import Rail, count_rail
from warmhandoff.rules.access import Actor
from warmhandoff.rules.switches import all_of, is_on
from warmhandoff.web.requests import StaffRequest

if TYPE_CHECKING:
    from warmhandoff.accounts.models import Practice


class Counts:
    """The numbers in the rail, counted when a page draws them and once at most."""

    def __init__(self, actor: Actor, now: datetime) -> None:
        self._actor, self._now = actor, now

    @cached_property
    def _rail(self) -> Rail:
        return count_rail(self._actor, now=self._now)

    @property
    def today(self) -> int:
        return self._rail.today

    @property
    def inbox(self) -> int:
        return self._rail.inbox

    @property
    def supervises(self) -> int:
        return self._rail.supervises


def desk(request: HttpRequest) -> dict[str, Any]:
    """The actor and the counts of the rail; nothing for pages without an account."""
    actor, now = getattr(request, "actor", None), getattr(request, "now", None)
    if actor is None or now is None or actor.side != "referrer":
        return {"actor": actor} if actor else {}
    said = practice(cast(StaffRequest, request)).switches
    return {
        "actor": actor, "counts": Counts(actor, now), "idle_minutes": settings.IDLE_MINUTES,
        "switches": all_of(said),
    }


def practice(request: StaffRequest) -> Practice:
    """The practice of whoever asks, as the door found it."""
    return request.practice


def uses(request: StaffRequest, code: str) -> bool:
    """Whether an optional part is on for the practice of whoever asks. KeyError for a code nobody registered."""
    return is_on(code, practice(request).switches)


def here(request: StaffRequest) -> datetime:
    """The moment of the request on the clock of the practice: what templates take as `now`."""
    return request.now.astimezone(ZoneInfo(practice(request).time_zone))
