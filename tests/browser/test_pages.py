"""Every page there is, found by the routes themselves: the walk makes what fills their addresses; each is looked at.

A route that is neither looked at nor named here with the reason why it is no page fails the test.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.urls import Resolver404, resolve, reverse

from tests.browser.chromium import ChromiumBrowser, Mode, Watch, chromium
from tests.browser.people import PlainBrowser, become
from tests.cast import PASSWORD, SECRETS
from tests.faults.servers import Server
from warmhandoff.demo.browser import Browser
from warmhandoff.demo.walk import CLIENT_NAME, STEPS, Walk
from warmhandoff.web.urls import urlpatterns

# Which pages are looked at after which step of the walk, and by whom; "" is before the first step.
NOBODY = ("sign_in", "start", "crisis", "portal_link", "portal_handed_back", "portal_left", "reply_link", "verify_link")
DESK = (
    "today", "clients", "client_add", "outgoing", "colleagues", "permissions", "emergencies",
    "crisis", "jump", "find_someone", "listings", "listing_add", "contacts_paste",
    "directory_import", "listing", "listing_edit",
    "referrals", "inbox", "inbox_log", "inbox_one",
    "account", "account_password", "account_factors",
    "doubles", "merged", "fresh", "shared_counts", "listing_call", "listing_report",
    "listing_history", "listing_claim", "claim_confirm",
    "directory_export", "listing_compare", "listing_map", "lists", "list", "listing_draft",
)  # fmt: skip
STAFF: dict[str, tuple[str, ...]] = {
    "Sign in": DESK,
    "Add a client": ("client", "client_edit", "client_code", "client_looked", "client_erase", "client_record",
                     "referral_new"),
    "Record the need": ("referral_options", "referral_erase"),
    "Offer options": ("referral", "referral_need", "referral_talk", "referral_choice", "referral_list",
                      "referral_put_off", "referral_hand_to", "referral_close"),
    "The client chooses": ("referral_release",),
    "Draft the release": ("referral_release",),
    "The client signs": ("referral_packet", "referral_release", "referral_revoke", "client"),
    "The packet is delivered": ("referral_answer", "referral_go_on", "outgoing"),
    "They have a question": ("referral_question", "today"),
    "The recipient accepts": ("referral_book",),
    "The first session is booked": ("referral_attendance",),
    "The client tells": ("referral_check_in", "referral_find_more"),
    "Check in": ("referral_close",),
    "Close the loop": ("referral", "referral_reopen", "referrals", "client", "today"),
}  # fmt: skip
CLIENT: dict[str, tuple[str, ...]] = {
    "Check who she is": ("portal", "portal_referral"),
    "Draft the release": ("portal_release", "portal_referral"),
    "The client signs": ("portal_referral", "portal_release", "portal_revoke"),
    "The packet is delivered": ("portal_referral",),
    "The recipient accepts": ("portal_referral",),
    "The first session is booked": ("portal_referral",),
    "The client tells": ("portal_referral",),
    "Check in": ("portal_referral",),
    "Close the loop": ("portal", "portal_referral"),
}
RECIPIENT: dict[str, tuple[str, ...]] = {
    "They have a question": ("reply",), "The recipient accepts": ("reply",), "The first session is booked": ("reply",),
}  # fmt: skip
# Routes without a page of their own, each with what a GET must get instead of one.
ONLY_BY_POST = {
    "staff": ("sign_out", "client_identity", "client_new_code", "client_invite", "client_device", "client_team",
              "client_team_leave", "emergency_review",
              "outgoing_given", "outgoing_again", "outgoing_drop", "delivery_remind", "delivery_code",
              "directory_land", "listing_relation", "listing_still_true",
              "contact_confirm", "listing_retire", "inbox_thank", "invitation_end", "invitation_again",
              "account_factor_remove", "account_codes", "account_session_end", "account_still_here", "sign_in_passkey",
              "double_answer", "merge_undo", "listing_ask", "verify_answer",
              "list_end", "list_off", "listing_lists", "draft_erase"),
    "client": ("portal_language", "portal_leave", "portal_choice", "portal_book", "portal_attendance",
               "portal_check_in", "portal_ask_for_record"),
    "recipient": ("reply_answer", "reply_book", "reply_attendance", "reply_leave"),
}  # fmt: skip
FILES = {
    "staff": ("healthz", "readyz", "robots", "referral_packet_preview_pdf", "delivery_pdf", "delivery_fax",
              "referral_release_pdf", "referral_release_scan"),
    "client": ("portal_release_copy",),
    "recipient": ("reply_packet",),
}
# Their page answers a POST; a GET is sent back to where it begins.
ELSEWHERE = ("find_print", "referral_sign", "sign_in_second", "verify")
# Looked at elsewhere, for the walk has one clinician: tests/web/test_audit.py, tests/web/test_members.py,
# tests/web/test_emergency.py, tests/web/test_api_clients.py.
NO_PART = ("audit", "member", "member_leaving", "emergency_access", "api_clients", "api_client_renew", "api_client_end")
SAME_AS = {"join": "start"}


class Tour:
    """The walk with a stop at every page. `looks`: the Chromium windows that go along."""

    def __init__(self, server: Server, mail: Path, looks: list[ChromiumBrowser]) -> None:
        self.looks = looks
        self.client: Browser | None = None
        self.walk = Walk(
            server.base, mail, "clinician@lakeside-counseling.example", PASSWORD, SECRETS["clinician"],
            say=lambda text: None,
            new_browser=PlainBrowser,
        )  # fmt: skip
        made_later = (
            "message_id", "upload_id", "delivery_id", "attachment_id", "merge_id", "emergency_id", "membership_id",
            "invitation_id", "api_client_id",
        )
        self.filled: dict[str, Any] = {**dict.fromkeys(made_later, _ANY), "likeness_id": 1}

    def go(self) -> None:
        self._visit(None, NOBODY)
        for title, step, _ in STEPS:
            step(self.walk)
            self._note()
            self._stop(title)
            if title == "The packet is delivered":
                self._question()
            if title == "The first session is booked":
                self._no_pages()
        assert self.walk.is_closed()

    def _note(self) -> None:
        walk = self.walk
        if "listing_id" not in self.filled:
            links = [a for a, _ in walk.staff.get("/network/").links if a.rstrip("/").rsplit("/", 1)[1].isdigit()]
            self.filled["listing_id"] = int(links[0].rstrip("/").rsplit("/", 1)[1])
            self.filled["incoming_id"] = self._call_logged()
            self._list_and_draft()
        found = {"client_id": walk.client_id, "referral_id": walk.referral_id, "release_id": walk.release_id}
        self.filled |= {name: value for name, value in found.items() if value}

    def _list_and_draft(self) -> None:
        """A list with a listing on it, and a draft."""
        staff, listing = self.walk.staff, self.filled["listing_id"]
        page = staff.send(staff.get("/network/lists/").form("/network/lists/"), {"name": "Trusted"})
        self.filled["list_id"] = page.url.rstrip("/").rsplit("/", 1)[1]
        form = staff.get(f"/network/{listing}/").form(f"/network/{listing}/lists/")
        staff.send(form, {"list": self.filled["list_id"]})
        page = staff.send(staff.get("/network/add/").form("/network/add/"), {"name": "Half A. Name"}, button="draft")
        self.filled["draft_id"] = page.url.rstrip("/").rsplit("/", 1)[1]

    def _call_logged(self) -> str:
        """A referral that reached us by telephone."""
        form = self.walk.staff.get("/inbox/log/").form("/inbox/log/")
        inbox = self.walk.staff.send(form, {"from_name": "Dr. Park's office", "about": "A place for a teenager"})
        return next(found[1] for a, _ in inbox.links if (found := re.search(r"/inbox/([0-9a-f-]{36})/", a)))

    def _stop(self, title: str) -> None:
        self._visit(self.walk.staff, STAFF.get(title, ()))
        if title in CLIENT:
            self._visit(self._her(), CLIENT[title])
        if title in RECIPIENT:
            self._visit(self.walk.recipient, RECIPIENT[title])

    def _question(self) -> None:
        """The recipient asks before she accepts, so that there is a question to look at and to answer."""
        page = self.walk.recipient_enters()
        self._visit(self.walk.recipient, RECIPIENT["They have a question"])
        self.walk.recipient.send(page.form("/answer/", kind="ask"), {"question": "Does she drive again?"})
        self._stop("They have a question")
        page = self.walk._page("question/")
        self.walk.staff.send(page.form("/question/"), {"words": "Not yet; that is what she hopes for."})

    def _address(self, name: str) -> str:
        wanted = next(pattern for pattern in urlpatterns if pattern.name == name).pattern.converters
        return reverse(name, kwargs={argument: self.filled[argument] for argument in wanted})

    def _visit(self, person: Browser | None, names: tuple[str, ...]) -> None:
        for look in self.looks if names else ():
            look.context.clear_cookies()
            if person is not None:
                become(look, person)
            for name in names:
                page = look.get(self._address(name), expect=None)
                if page.status != 200:
                    look.watch.faults.append(f"{name} answered {page.status}: {page.text[:200]}")
                if not look.scripts:
                    _works_without_script(look, name)

    def _no_pages(self) -> None:
        """What is no page answers as said above, to the very people who may use it."""
        people = {"staff": self.walk.staff, "client": self._her(), "recipient": self.walk.recipient}
        referral = self.walk._page()
        self.filled["delivery_id"] = next(
            (a.rsplit("/", 1)[1].removesuffix(".pdf") for a, _ in referral.links if "/deliveries/" in a), _ANY
        )
        for person, names in ONLY_BY_POST.items():
            for name in names:
                people[person].get(self._address(name), expect=405)
        for person, names in FILES.items():
            for name in names:
                page = people[person].get(self._address(name), expect=None)
                assert page.kind != "text/html" or page.status in (404, 409, 422), f"{name} is a page"
        for name in ELSEWHERE:
            assert people["staff"].get(self._address(name)).url != f"{self.walk.base}{self._address(name)}"

    def _her(self) -> Browser:
        """The client's browser: she comes in once, and stays through the tour."""
        if self.client is None:
            self.walk.client_enters()
            self.client = self.walk.client
        return self.client


_ANY = "00000000-0000-4000-8000-000000000000"


def _works_without_script(look: ChromiumBrowser, name: str) -> None:
    """Its contents are there, every form can be sent to an address of ours, and no button waits for a script."""
    tab, wrong = look.tab, look.watch.faults.append
    if not tab.locator("main h1").is_visible():
        wrong(f"{name}: no heading without script")
    if len(tab.locator("main").inner_text()) < 60:
        wrong(f"{name}: no contents without script")
    for form in tab.locator("form:not([hidden])").all():
        action = (form.get_attribute("action") or tab.url).removeprefix(look.base).partition("?")[0]
        try:
            resolve(action)
        except Resolver404:
            wrong(f"{name}: a form goes to {action}, which is nowhere")
        posts = form.get_attribute("method") == "post"
        if posts and not form.locator("[name=csrfmiddlewaretoken]").count():
            wrong(f"{name}: the form for {action} would be refused")
        if not form.locator("button:not([type=button])").count() and form.get_attribute("role") != "search":
            wrong(f"{name}: the form for {action} has no button")
    if waiting := tab.locator("button[type=button]:visible:not([popovertarget])").all_inner_texts():
        wrong(f"{name}: buttons that do nothing without script: {waiting}")


@contextmanager
def _tour(place: tuple[Server, Path], looks: Callable[[Any, Any], list[ChromiumBrowser]]) -> Iterator[Tour]:
    server, mail = place
    with chromium() as browser:
        yield Tour(server, mail, looks(server.base, browser))


def test_every_route_is_looked_at_or_named() -> None:
    """No server needed: the tables above hold every route, and each once."""
    pages = {*NOBODY, *(name for table in (STAFF, CLIENT, RECIPIENT) for names in table.values() for name in names)}
    named = (names for table in (ONLY_BY_POST, FILES) for names in table.values())
    others = [*ELSEWHERE, *NO_PART, *SAME_AS, *(name for names in named for name in names)]
    assert len(others) == len(set(others))
    assert not pages & set(others)
    assert pages | set(others) == {pattern.name for pattern in urlpatterns}


def _see_all(place: tuple[Server, Path], watch: Watch, looks: Callable[[Any, Any], list[ChromiumBrowser]]) -> None:
    with _tour(place, looks) as tour:
        tour.go()
        for look in tour.looks:
            become(look, tour.walk.staff)
            assert "There is nothing here" in look.get("/nowhere/", expect=404).text
            look.context.clear_cookies()
            for address in ("/c/home/", "/r/page/"):  # the sessions there have ended
                look.get(address, expect=404)
    assert not watch.faults, "\n".join(dict.fromkeys(watch.faults))


def test_every_page_and_each_without_script(place: tuple[Server, Path]) -> None:
    watch = Watch(names=(CLIENT_NAME, "Marisol", "Vega"), modes=(Mode("light", 360, axe=False),))
    plain = Watch()

    def looks(base: str, browser: Any) -> list[ChromiumBrowser]:
        return [ChromiumBrowser(base, browser, watch, viewport={"width": 1280, "height": 900}),
                ChromiumBrowser(base, browser, plain, java_script_enabled=False)]

    _see_all(place, watch, looks)
    assert not plain.faults, "\n".join(dict.fromkeys(plain.faults))


@pytest.mark.slow
def test_every_page_dark_and_narrow(place: tuple[Server, Path]) -> None:
    pictures = os.environ.get("WARMHANDOFF_TEST_PICTURES")
    watch = Watch(
        names=(CLIENT_NAME, "Marisol", "Vega"), pictures=Path(pictures) / "pages" if pictures else None,
        modes=(Mode("light", 360), Mode("dark", 1280), Mode("dark", 360)),
    )

    def looks(base: str, browser: Any) -> list[ChromiumBrowser]:
        return [ChromiumBrowser(base, browser, watch, color_scheme="light", viewport={"width": 1280, "height": 900})]

    _see_all(place, watch, looks)
