"""Passkeys in Chromium with its virtual authenticator, under the content policy people have; and an empty store after.

The server stands at http://localhost, where browsers allow passkeys without a certificate.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.chromium import ChromiumBrowser, Mode, Watch, chromium
from tests.cast import CLIENT_NAME, PASSWORD, SECRETS
from tests.faults.places import PYTHON, ROOT, environment
from tests.faults.servers import Server
from warmhandoff.demo.walk import next_code

NEWCOMER = "newcomer@lakeside-counseling.example"
STORES = """async () => ({
    local: Object.entries(localStorage), session: Object.entries(sessionStorage),
    bases: (await indexedDB.databases()).map((base) => base.name), caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length, cookies: document.cookie,
})"""
LOOKS = (Mode("dark", 1280), Mode("light", 360), Mode("dark", 360, axe=False))
EMPTY = {"local": [], "session": [], "bases": [], "caches": [], "workers": 0, "cookies": ""}


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory, chromium_there: None) -> Iterator[tuple[Server, Path]]:
    """The cast's practice on a server with a name, and its database file."""
    folder = tmp_path_factory.mktemp("named")
    env = environment(folder / "data")
    subprocess.run([PYTHON, "-m", "tests.faults.serving"], env=env, cwd=ROOT, check=True)
    server = Server(env, folder / "server.log")
    server.base = server.env["WARMHANDOFF_BASE_URL"] = f"http://localhost:{server.port}"
    server.start()
    yield server, folder / "data" / "warmhandoff.sqlite3"
    server.kill()


@pytest.fixture
def watch() -> Iterator[Watch]:
    found = Watch(names=(CLIENT_NAME, "Rosalind", "Marlowe"))
    yield found
    assert not found.faults, "\n".join(dict.fromkeys(found.faults))


class Person(ChromiumBrowser):
    """A window under the strict policy, with a passkey device that says yes."""

    def give_device(self) -> str:
        self.devtools = self.context.new_cdp_session(self.tab)
        self.devtools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }  # fmt: skip
        made = self.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return str(made["authenticatorId"])

    def press(self, name: str) -> None:
        with self.tab.expect_navigation():
            self.tab.get_by_role("button", name=name).first.click()

    def sign_in(self, address: str) -> None:
        self.get("/sign-in/")
        self.tab.fill("#id_email", address)
        self.tab.fill("#id_password", PASSWORD)
        self.press("Sign in")

    def sign_out(self) -> None:
        self.press("Sign out")

    def path(self) -> str:
        return self.tab.url.removeprefix(self.base)


@pytest.fixture
def person(named: tuple[Server, Path], watch: Watch) -> Iterator[Person]:
    with chromium() as chrome:
        # A stored answer is dropped when a click leaves the page: that is a person's own doing, and no fault.
        yield Person(named[0].base, chrome, watch, strict=True, viewport={"width": 1280, "height": 900})


def test_a_passkey_from_the_set_up_to_a_sign_in_of_its_own(person: Person, named: tuple[Server, Path]) -> None:
    device = person.give_device()
    tab = person.tab
    person.sign_in(NEWCOMER)
    person.get("/clients/")
    assert person.path() == "/account/second-factor/", "no client before a second factor"
    tab.fill("#id_name", "My laptop")
    person.press("Make a passkey")
    assert tab.locator(".codes code").count() == 10, tab.content()
    person.get("/clients/")
    assert person.path() == "/clients/"

    person.sign_out()
    person.press("Use a passkey")  # no address, no password
    assert person.path() == "/"
    person.sign_out()
    person.sign_in(NEWCOMER)
    assert person.path() == "/sign-in/second/"
    person.press("Use a passkey")
    assert person.path() == "/"

    _last_proof_was_long_ago(named[1])
    person.get("/account/")
    tab.get_by_role("button", name="Make new ones").click()
    person.press("Really end the old codes?")
    assert tab.locator("h1").inner_text() == "Confirm it is you"
    person.press("Use a passkey")
    assert tab.locator(".codes code").count() == 10, tab.content()

    person.sign_out()
    person.devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    tab.get_by_role("button", name="Use a passkey").click()
    tab.get_by_text("The browser gave no passkey").wait_for()
    person.get("/")
    assert person.path().startswith("/sign-in/"), "a device that does not know its owner opens nothing"


def _last_proof_was_long_ago(database: Path) -> None:
    with sqlite3.connect(database, timeout=20) as open_one:
        open_one.execute("update accounts_signedin set confirmed_at = datetime(confirmed_at, '-6 minutes')")


def test_the_store_is_empty_after_a_tour_and_back_shows_nothing(person: Person) -> None:
    tab = person.tab
    person.sign_in("clinician@lakeside-counseling.example")
    tab.fill("#id_code", next_code(SECRETS["clinician"]))
    person.press("Go on")
    person.get("/clients/")
    hers = tab.get_by_role("link", name=CLIENT_NAME).first
    if not hers.count():
        hers = tab.locator("main a[href^='/clients/']").first
    address = hers.get_attribute("href") or ""
    tab.goto(f"{person.base}{address}")
    assert CLIENT_NAME in tab.content(), "a positive control: the tour did meet her name"
    tab.fill("input[name=q]", "Rosalind")
    for page in ("/", "/find/", "/inbox/", "/messages/", "/account/", "/account/second-factor/", "/practice/"):
        person.get(page)
    assert tab.evaluate(STORES) == EMPTY
    person.get(address)
    person.sign_out()
    assert tab.evaluate(STORES) == EMPTY
    tab.go_back()
    assert CLIENT_NAME not in tab.content() and "/sign-in/" in tab.url


def test_the_warning_comes_two_minutes_before_and_a_sign_of_life_takes_it_away(person: Person) -> None:
    tab = person.tab
    tab.clock.install()
    person.sign_in("clinician@lakeside-counseling.example")
    tab.fill("#id_code", next_code(SECRETS["clinician"]))
    person.press("Go on")
    warning = tab.locator(".js-idle")
    tab.clock.run_for(11 * 60_000)
    assert not warning.is_visible()
    tab.clock.run_for(80_000)
    assert warning.is_visible() and "In two minutes" in warning.inner_text()
    with tab.expect_response("**/account/still-here/") as answer:
        warning.get_by_role("button").click()
    assert answer.value.status == 204
    warning.wait_for(state="hidden")
    tab.clock.run_for(14 * 60_000 + 10_000)
    assert "You have been signed out" in warning.inner_text() and not warning.get_by_role("button").count()


def test_every_page_of_it_in_every_look(named: tuple[Server, Path], watch: Watch) -> None:
    pictures = os.environ.get("WARMHANDOFF_TEST_PICTURES")
    watch.modes, watch.pictures = LOOKS, Path(pictures) / "account" if pictures else None
    with chromium() as chrome:
        person = Person(named[0].base, chrome, watch, viewport={"width": 1280, "height": 900})
        _visit(person, named[1])


def _visit(person: Person, database: Path) -> Any:
    tab, look = person.tab, person.watch.look
    person.get("/sign-in/")
    person.sign_in("coordinator@lakeside-counseling.example")
    look(tab)
    tab.fill("#id_code", "000000")
    person.press("Go on")
    look(tab)
    tab.fill("#id_code", next_code(SECRETS["coordinator"]))
    person.press("Go on")
    person.get("/account/")
    person.get("/account/password/")
    person.get("/account/second-factor/")
    person.press("Show the square to scan")
    look(tab)
    person.get("/account/")
    tab.get_by_role("button", name="Make new ones").click()
    person.press("Really end the old codes?")
    look(tab)
    _last_proof_was_long_ago(database)
    person.get("/account/password/")
    tab.fill("#id_old", PASSWORD)
    tab.fill("#id_new", "seven other quiet words")
    person.press("Change it")
    look(tab)
    person.sign_out()
    person.sign_in(NEWCOMER)
    look(tab)
