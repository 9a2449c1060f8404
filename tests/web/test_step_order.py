"""The steps of signing in, in any order at all (security requirement R-37): what comes at the wrong time has no effect.

A walk presses buttons at random: of the right person, of another one, with right and wrong secrets, sooner and later. A
small model beside it says who has to be in. What the pages say is compared after every press.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.test import Client as Browser

from tests.apps.accounts.authenticator import ORIGIN, Authenticator
from tests.cast import NOW, PASSWORD, SECRETS, Cast
from warmhandoff.accounts import passkeys, second_factors
from warmhandoff.accounts.models import AuthenticatorApp, User
from warmhandoff.core import clock, limits
from warmhandoff.core.models import Attempt
from warmhandoff.web.desk.second_step import HALF_WAY
from warmhandoff.web.signed_in import challenge

pytestmark = pytest.mark.slow

PARTS = ("clinician", "colleague", "newcomer")
STEPS = 9
IDLE = timedelta(minutes=15)


@dataclass
class Model:
    """Who is in, who is half way, and since when; which codes were used: what the rules say, nothing of the pages."""

    now: datetime
    inside: str = ""
    half: str = ""
    half_at: datetime | None = None
    seen_at: datetime | None = None
    used: dict[str, int] = field(default_factory=dict)

    def half_way(self) -> str:
        fresh = self.half_at is not None and self.now - self.half_at <= HALF_WAY
        return self.half if fresh else ""

    def enter(self, part: str) -> None:
        self.inside, self.half, self.seen_at = part, "", self.now

    def look(self) -> str:
        """Whoever is in when a request comes; it is a sign of life, noted once a minute."""
        if self.inside and self.seen_at is not None:
            if self.now - self.seen_at > IDLE:
                self.inside, self.half = "", ""  # the whole session goes
            elif self.now - self.seen_at >= timedelta(minutes=1):
                self.seen_at = self.now
        return self.inside


class Walker:
    def __init__(self, cast: Cast, random: Random, moment: list[datetime], keys: dict[str, Authenticator]) -> None:
        self.cast, self.random, self.moment, self.keys = cast, random, moment, keys
        self.model, self.browser, self.said = Model(moment[0]), Browser(), []  # type: ignore[var-annotated]

    def go(self) -> None:
        presses = (self.password, self.password, self.code, self.code, self.recovery, self.passkey, self.out,
                   self.wait, self.second_page, self.page)  # fmt: skip
        for _ in range(STEPS):
            press = self.random.choice(presses)
            self.said.append(press.__name__)
            press()
            self.compare()

    def compare(self) -> None:
        """Who the door lets in: one of the members, or nobody."""
        inside = self.model.look()
        answer = self.browser.post("/account/still-here/")
        who = answer.wsgi_request.actor
        assert (answer.status_code == 204) == bool(inside), f"{self.said}: {inside or 'nobody'} should be in"
        wanted = self.cast.members[inside].pk if inside else None
        assert (who and who.membership_id) == wanted, f"{self.said}: someone else than {inside} is in"

    def _idle(self) -> bool:
        """A form sent too late does nothing, whatever it was."""
        was = self.model.inside
        return bool(was) and not self.model.look()

    def password(self) -> None:
        part, right = self.random.choice(PARTS), self.random.random() < 0.8
        too_late = self._idle()
        given = {"email": self.cast.members[part].user.email, "password": PASSWORD if right else "no"}
        self.browser.post("/sign-in/", given)
        if too_late or not right:
            return
        if part == "newcomer":
            self.model.enter(part)
        else:  # a right password ends whatever session there was
            self.model.inside, self.model.half, self.model.half_at = "", part, self.model.now

    def code(self) -> None:
        """A code of someone's app: present, old or to come; used or not."""
        part, after = self.random.choice(PARTS[:2]), self.random.choice((-2, -1, 0, 0, 0, 1, 2))
        step = int(self.model.now.timestamp()) // 30 + after
        too_late, half = self._idle(), self.model.half_way()
        self.browser.post("/sign-in/second/", {"code": second_factors.code_at(SECRETS[part], step)})
        if not too_late and half == part and -1 <= after <= 1 and step > self.model.used.get(part, 0):
            self.model.used[part] = step
            self.model.enter(part)

    def recovery(self) -> None:
        too_late, half = self._idle(), self.model.half_way()
        part = self.random.choice(PARTS[:2])
        codes = self.codes[part]
        code = self.random.choice(codes)
        self.browser.post("/sign-in/second/", {"code": code})
        if not too_late and half == part:
            codes.remove(code)
            codes.append("0000-0000")  # used: from now on it is one like any other wrong one
            if code != "0000-0000":
                self.model.enter(part)

    def passkey(self) -> None:
        """A signed answer to the right challenge, to another one, or by somebody else's key; at either door."""
        part, second = self.random.choice(PARTS[:2]), self.random.random() < 0.5
        too_late, half = self._idle(), self.model.half_way()
        purpose, address = ("second", "/sign-in/second/") if second else ("sign_in", "/sign-in/passkey/")
        self.browser.get("/sign-in/second/" if second else "/sign-in/")
        asked = self._asked(purpose)
        right = asked is not None and self.random.random() < 0.7
        self.browser.post(address, {"answer": self.keys[part].use(asked if asked and right else os.urandom(32))})
        if right and not too_late and (not second or half == part):
            self.model.enter(part)

    def _asked(self, purpose: str) -> bytes | None:
        held = self.browser.session.get("challenges") or {}
        request: Any = type("Request", (), {"session": {"challenges": held}})
        return challenge(request, purpose) if purpose in held else None

    def out(self) -> None:
        if not self._idle() and self.model.inside:
            self.model.inside = self.model.half = ""
        self.browser.post("/sign-out/")

    def wait(self) -> None:
        self.moment[0] += timedelta(seconds=self.random.choice((1, 20, 45, 300, 601, 901)))
        self.model.now = self.moment[0]

    def second_page(self) -> None:
        too_late, half = self._idle(), self.model.half_way()
        answer = self.browser.get("/sign-in/second/")
        assert too_late or (answer.status_code == 200) == bool(half), self.said

    def page(self) -> None:
        inside = self.model.look()
        answer = self.browser.get(f"/clients/{self.cast.client.pk}/")
        wanted = {"clinician": 200, "colleague": 404}.get(inside, 302)
        assert answer.status_code == wanted, f"{self.said}: {answer.status_code}"

    codes: dict[str, list[str]]


def walk_about(cast: Cast, walks: int, moment: list[datetime]) -> int:
    keys = {part: _with_passkey(cast, part) for part in PARTS[:2]}
    insides = 0
    for seed in range(walks):
        moment[0] = NOW + timedelta(days=1)
        with transaction.atomic():
            Attempt.objects.all().delete()
            AuthenticatorApp.objects.update(last_step=0)
            walker = Walker(cast, Random(seed), moment, keys)
            walker.codes = {
                part: second_factors.new_recovery_codes(cast.actor(part), now=moment[0]) for part in PARTS[:2]
            }
            walker.go()
            insides += bool(walker.model.inside)
            transaction.set_rollback(True)
    return insides


def _with_passkey(cast: Cast, part: str) -> Authenticator:
    key, asked = Authenticator(cast.members[part].user_id), os.urandom(32)
    passkeys.add_passkey(cast.actor(part), key.make(asked), asked, name="Key", keep=None, now=NOW)
    return key


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[datetime]:
    settings.BASE_URL = ORIGIN
    now = [NOW]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    # Waiting after wrong secrets has tests of its own; here it would only hide what comes after.
    generous = limits.Figures(10_000, 10_000, timedelta(hours=24))
    for name, value in (("EVERY_PATH", generous), ("PATHS", {}), ("ADDRESS", generous)):
        monkeypatch.setattr(limits, name, value)
    return now


def test_a_sample_of_walks(cast: Cast, moment: list[datetime]) -> None:
    assert User.objects.count() and walk_about(cast, 12, moment) > 1, "some of them do get in"


@pytest.mark.slow
def test_more_walks(cast: Cast, moment: list[datetime]) -> None:
    assert walk_about(cast, 150, moment) > 15


@pytest.mark.nightly
def test_many_walks(cast: Cast, moment: list[datetime]) -> None:
    assert walk_about(cast, 5_000, moment) > 500
