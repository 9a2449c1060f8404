"""Signed-in sessions: a row for each, looked up at the door of every request, so that ending one ends it everywhere.

Security requirement R-36: fifteen idle minutes, twelve hours at most, and a session ends with the membership, with
other roles, with another password or second factor, or by the hand of its owner. The row is read anew each time, so
all of that holds from the next request on, whichever process answers it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore

from warmhandoff.accounts.models import Membership, SignedIn
from warmhandoff.core import audit, jobs, restoring
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import NotThere

KEY = "signed_in"  # under which the browser's session holds the row's id
LONGEST = timedelta(hours=12)
KEPT = timedelta(days=7)  # how long the row of a session stays after it began
SEEN_EACH = timedelta(minutes=1)  # how often a look is written down: the idle limit is exact to this much
FRESH = timedelta(minutes=5)  # how old the last confirmation may be where more than a session is asked
Way = Literal["password", "code", "recovery", "passkey"]
Ending = Literal["idle", "ended"]


@dataclass(frozen=True)
class Live:
    """A session that counts: its row's id, whose it is, and when she last proved who she is."""

    id: UUID
    membership: Membership
    confirmed_at: datetime

    def is_fresh(self, now: datetime) -> bool:
        return now - self.confirmed_at <= FRESH


@dataclass(frozen=True)
class SessionLine:
    """One of a person's sessions, for her own page."""

    id: UUID
    browser: str
    way: str
    started_at: datetime
    seen_at: datetime


def idle_limit() -> timedelta:
    return timedelta(minutes=settings.IDLE_MINUTES)


def begin(actor: Actor, way: Way, *, user_agent: str, now: datetime) -> UUID:
    """Note that someone signed in, and audit it. Returns what the browser's session has to hold under KEY."""
    row = SignedIn.objects.create(
        membership_id=actor.member, roles=sorted(actor.roles), way=way, browser=plain_browser(user_agent),
        started_at=now, seen_at=now, confirmed_at=now,
    )
    audit.record(actor, "sign_in", "session", row.pk, now=now)
    return row.pk


def look(session_id: str, *, now: datetime) -> Live | Ending:
    """The session, if it still counts; else "idle" where rest alone ended it, "ended" for all other reasons.

    One query. Being seen is written once a minute at most.
    """
    rows = SignedIn.objects.select_related("membership__user", "membership__practice")
    wanted = _uuid(session_id)
    row = rows.filter(pk=wanted, ended_at=None).first() if wanted else None
    if row is None or not _is_hers_still(row) or now - row.started_at > LONGEST:
        return "ended"
    if now - row.seen_at > idle_limit():
        return "idle"
    if now - row.seen_at >= SEEN_EACH:
        SignedIn.objects.filter(pk=row.pk, ended_at=None).update(seen_at=now)
    row.membership.user.present = row.membership
    return Live(row.pk, row.membership, row.confirmed_at)


def _uuid(text: str) -> UUID | None:
    return UUID(text) if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) else None


def _is_hers_still(row: SignedIn) -> bool:
    member, user = row.membership, row.membership.user
    # Whoever has a second factor is nowhere signed in by password alone.
    enough = row.way != "password" or user.second_factor_since is None
    return member.left_at is None and user.is_active and sorted(member.roles) == row.roles and enough


def confirmed(session_id: UUID, *, now: datetime) -> None:
    """Note that the person of this session has just proved again who she is."""
    SignedIn.objects.filter(pk=session_id, ended_at=None).update(confirmed_at=now, seen_at=now)


def secured(session_id: UUID, way: Way) -> None:
    """Note that a session begun by password alone has proved a second factor: it was set up in it."""
    SignedIn.objects.filter(pk=session_id, way="password").update(way=way)


def sessions_of(actor: Actor, *, now: datetime) -> list[SessionLine]:
    """The actor's sessions that count, the newest sign of life first."""
    rows = SignedIn.objects.filter(
        membership__user_id=actor.account, ended_at=None, started_at__gt=now - LONGEST, seen_at__gte=now - idle_limit()
    ).order_by("-seen_at")
    return [SessionLine(row.pk, row.browser, row.way, row.started_at, row.seen_at) for row in rows]


def end_session(actor: Actor, session_id: UUID, *, now: datetime) -> None:
    """End one of one's own sessions. NotThere for anyone else's, and for one that has ended."""
    rows = SignedIn.objects.filter(pk=session_id, membership__user_id=actor.account, ended_at=None)
    if not rows.update(ended_at=now):
        raise NotThere(subject=session_id)
    audit.record(actor, "end_session", "session", session_id, now=now)


def end_others(actor: Actor, keep: UUID | None, *, now: datetime) -> int:
    """End all of one's own sessions but `keep`; how many that were."""
    ended = end_all(actor.account, keep=[keep] if keep else [], now=now)
    audit.record(actor, "end_session", "session", now=now)
    return ended


def end_all(user_id: UUID, *, now: datetime, keep: Iterable[UUID] = ()) -> int:
    """End the sessions of a user, without a word to the audit: for actions that write their own."""
    rows = SignedIn.objects.filter(membership__user_id=user_id, ended_at=None)
    return rows.exclude(pk__in=list(keep)).update(ended_at=now)


def signed_out(session_id: str, *, now: datetime) -> None:
    """End the row of a session that its owner leaves; where it has ended already, nothing changes."""
    wanted = _uuid(session_id)
    if wanted:
        SignedIn.objects.filter(pk=wanted, ended_at=None).update(ended_at=now)


@restoring.fence("session")
def end_every_session(now: datetime) -> list[str]:
    """After a restore: rows of sessions are in no backup; whatever came along in an older one ends."""
    SignedIn.objects.filter(ended_at=None).update(ended_at=now)
    return []


_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (("Windows", "Windows"), ("iPhone", "an iPhone"), ("iPad", "an iPad"), ("Android", "Android"),
            ("Mac OS X", "a Mac"), ("CrOS", "a Chromebook"), ("Linux", "Linux"))  # fmt: skip


def plain_browser(user_agent: str) -> str:
    """What a browser says of itself in words its owner knows: "Firefox on Windows"."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser


@jobs.every_tick("sessions", while_closed=True)
def tidy(now: datetime) -> None:
    """Sessions that began more than a week ago are over and seen by nobody: their rows go."""
    SignedIn.objects.filter(started_at__lt=now - KEPT).delete()
    SessionStore.clear_expired()
