"""Time tells nobody what exists: neither an account at the sign-in, nor another practice's record behind an address.

Security requirement R-05: interleaved pairs, ratio of the medians 0.9-1.1 for accounts and 0.8-1.25 for records.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from http.cookies import SimpleCookie
from statistics import median

import pytest
from django.conf import LazySettings
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import get_resolver, reverse

from tests.cast import NOW, PASSWORD, Cast
from tests.web.table_people import make_stage
from warmhandoff.core import clock
from warmhandoff.core.models import Attempt

pytestmark = pytest.mark.slow
PAIRS = int(os.environ.get("WARMHANDOFF_TEST_PAIRS", "40"))


def _ratio(one: Callable[[], HttpResponse], other: Callable[[], HttpResponse], status: int, pairs: int) -> float:
    """Median time of `one` to that of `other`, asked in turn; the first of a pair changes places."""
    took: dict[Callable[[], HttpResponse], list[float]] = {one: [], other: []}
    for ask in (one, other):
        assert ask().status_code == status  # warm caches count for neither
    for number in range(pairs):
        for ask in (one, other) if number % 2 else (other, one):
            Attempt.objects.all().delete()
            begun = time.perf_counter()
            answer = ask()
            took[ask].append(time.perf_counter() - begun)
            assert answer.status_code == status
    return median(took[one]) / median(took[other])


@pytest.mark.parametrize("known", ["a member", pytest.param("who has left", marks=pytest.mark.nightly)])
def test_signing_in_takes_as_long_for_no_account_as_for_one(
    known: str, cast: Cast, settings: LazySettings, say: Callable[[str], None]
) -> None:
    settings.PASSWORD_HASHERS = ["warmhandoff.accounts.hashing.Argon2"]
    user = cast.members["clinician" if known == "a member" else "departed"].user
    user.set_password(PASSWORD)
    user.save()
    browser = Browser()

    def post(email: str) -> Callable[[], HttpResponse]:
        return lambda: browser.post("/sign-in/", {"email": email, "password": "not the right one"})

    ratio = _ratio(post(user.email), post("nobody@lakeside-counseling.example"), 422, PAIRS)
    say(f"sign-in, {known} to nobody: {PAIRS} pairs, ratio {ratio:.3f}")
    assert 0.9 <= ratio <= 1.1


def test_a_foreign_record_takes_as_long_as_one_that_is_not_there(
    db: None, monkeypatch: pytest.MonkeyPatch, say: Callable[[str], None]
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    stage = make_stage()
    stage.browser.cookies = SimpleCookie(stage.sessions["clinician"].output(header="", sep=";"))
    ratios = {}
    for name in ("client", "referral", "listing", "delivery_pdf", "referral_release"):
        needed = get_resolver().reverse_dict.getlist(name)[0][0][0][1]

        def get(relation: str, name: str = name, needed: list[str] = needed) -> Callable[[], HttpResponse]:
            url = reverse(name, kwargs={key: stage.ids[relation][key] for key in needed})
            return lambda: stage.browser.get(url)

        ratios[name] = _ratio(get("foreign"), get("random"), 404, PAIRS)
    listed = ", ".join(f"{name} {ratio:.3f}" for name, ratio in ratios.items())
    say(f"foreign to random, {PAIRS} pairs: {listed}")
    assert all(0.8 <= ratio <= 1.25 for ratio in ratios.values()), ratios
