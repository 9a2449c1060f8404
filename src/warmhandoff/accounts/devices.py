"""Browsers an account has signed in with before: their tries are counted apart from strangers' (OWASP device cookies).

The limiter must stop a guesser without letting him lock out whoever he guesses at. A browser that has signed in carries
a mark; with a good one, wrong passwords count for this browser alone, and neither the count of strangers nor that of
its address keeps it out. A mark names nobody, works for one account, lasts a year, and ends when the password changes.
It gives no access: the password and second factors are asked for as ever.
"""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest

from warmhandoff.accounts.models import User
from warmhandoff.core.addresses import address_of
from warmhandoff.core.sealing import fingerprint

LIFE = timedelta(days=365)
MOST_IN_A_BROWSER = 6  # people who share it; the one who signed in longest ago goes
_MARK = re.compile(r"[0-9a-f]{1,12}-[0-9a-f]{32}-[0-9a-f]{64}")


def marked(cookie: str, user: User, *, now: datetime) -> str:
    """The browser's cookie after `user` signed in: a new date for her mark, or a new mark, before everyone else's."""
    others = [mark for mark in _marks(cookie) if not _number(mark, user, now)]
    number = next((found for mark in _marks(cookie) if (found := _number(mark, user, now))), secrets.token_hex(16))
    at = f"{int(now.timestamp()):x}"
    return ".".join([f"{at}-{number}-{_proof(user, at, number)}", *others][:MOST_IN_A_BROWSER])


def asker(request: HttpRequest, email: str, *, now: datetime) -> tuple[str, str]:
    """Who the limiter counts for a try at this account, and from which address.

    A browser that knows the account counts by itself, at no address; all others count together, and by address.
    """
    who = email.strip().lower()
    marks = _marks(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""))
    user = User.objects.filter(email=who).first() if marks else None
    for mark in marks:
        if user is not None and (number := _number(mark, user, now)):
            return f"{who} {number}", ""
    return who, address_of(request)


def _marks(cookie: str) -> list[str]:
    return [mark for mark in cookie.split(".")[:MOST_IN_A_BROWSER] if _MARK.fullmatch(mark)]


def _number(mark: str, user: User, now: datetime) -> str:
    """The number of a mark that is good for this account today, else nothing."""
    at, number, proof = mark.split("-")
    young = timedelta(minutes=-5) <= now - datetime.fromtimestamp(int(at, 16), now.tzinfo) <= LIFE
    return number if young and hmac.compare_digest(proof, _proof(user, at, number)) else ""


def _proof(user: User, at: str, number: str) -> str:
    # The session hash is made of the stored password: a new password makes every older mark worthless.
    return fingerprint("device", f"{user.pk}\x1f{user.get_session_auth_hash()}\x1f{at}\x1f{number}")
