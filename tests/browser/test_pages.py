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
from urllib.request import Request
from uuid import uuid4

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
NOBODY = (
    "sign_in", "start", "crisis", "help_now", "help_now_es", "portal_link", "portal_handed_back", "portal_left",
    "reply_link", "verify_link", "inquiry_link", "post_link",
    "shared_link",
)  # fmt: skip
DESK = (
    "today", "clients", "client_add", "outgoing", "colleagues", "disclosures", "permissions",
    "emergencies", "crisis", "crisis_near", "practice_texts", "jump", "find_someone", "listings", "listing_add",
    "contacts_paste",
    "directory_import", "directory_columns", "listing", "listing_edit",
    "referrals", "inbox", "inbox_log", "inbox_one",
    "account", "account_password", "account_factors", "account_calendar",
    "inbox_others", "inbox_room",
    "doubles", "merged", "fresh", "shared_counts", "listing_call", "listing_report",
    "listing_history", "listing_claim", "claim_confirm",
    "directory_export", "listing_compare", "listing_map", "lists", "list", "listing_draft", "gaps",
    "network_coverage", "network_expected", "network_circle", "network_niche", "network_known",
    "network_touch", "network_group_touch", "network_outreach_done",
    "reports", "transitions", "matching_weights",
)  # fmt: skip
STAFF: dict[str, tuple[str, ...]] = {
    "Sign in": DESK,
    "Add a client": ("client", "client_edit", "client_code", "client_looked", "client_erase", "client_record",
                     "client_crisis", "safety_plan", "referral_new", "client_pause", "client_plan", "plan_harms",
                     "plan_item_add", "plan_item", "plan_item_begin", "plan_item_barrier", "plan_item_condition",
                     "plan_item_end", "client_releases", "client_consent", "client_bridge", "client_let_go",
                     "client_discharge", "client_consult", "supervision",
                     "client_accounting", "disclosure_add"),
    "Record the need": ("referral_options", "referral_erase"),
    "Offer options": ("referral", "referral_need", "referral_talk", "referral_before", "referral_choice",
                      "referral_words", "referral_list", "client_crisis", "crisis_follow_up", "safety_plan", "today",
                      "referral_inquire", "referral_inquiries", "referral_post", "asked_answer",
                      "referral_put_off", "referral_hand_to", "referral_close", "referral_goals", "referral_check_ins"),
    "The client chooses": ("referral_release",),
    "Draft the release": ("referral_release",),
    "The client signs": ("referral_packet", "referral_release", "referral_revoke", "client", "client_releases",
                         "client_release_narrow", "release_device"),
    "The packet is delivered": ("referral_joint", "referral_answer", "referral_go_on", "outgoing",
              "referral_waiting"),
    "They have a question": ("referral_question", "today"),
    "The recipient accepts": ("referral_book",),
    "The first session is booked": ("referral_attendance",),
    "The client tells": ("referral_check_in", "referral_find_more"),
    "Check in": ("referral_close",),
    "Close the loop": ("referral", "referral_reopen", "referrals", "client", "today"),
}  # fmt: skip
CLIENT: dict[str, tuple[str, ...]] = {
    "Check who she is": ("portal", "portal_shared", "portal_referral", "portal_letter", "portal_safety_plan"),
    "Draft the release": ("portal_release", "portal_referral"),
    "The client signs": ("portal_referral", "portal_release", "portal_allow_less", "portal_revoke"),
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
COLLEAGUE = ("inquiry", "post_page")  # of someone who was asked for room without a name
# Routes without a page of their own, each with what a GET must get instead of one.
ONLY_BY_POST = {
    "staff": ("sign_out", "client_identity", "client_new_code", "client_invite", "client_device", "client_team",
              "client_team_leave", "emergency_review", "disclosure_review", "disclosures_treatment",
              "client_crisis_record", "referral_words_share",
              "outgoing_drop", "delivery_remind", "delivery_code", "outgoing_given", "outgoing_again", "directory_land",
              "directory_mapping_remove",
              "listing_relation", "listing_still_true",
              "contact_confirm", "listing_retire", "inbox_thank", "inbox_after", "inbox_joint",
              "invitation_end", "invitation_again",
              "account_factor_remove", "account_codes", "account_session_end", "account_still_here", "sign_in_passkey",
              "double_answer", "merge_undo", "listing_ask", "verify_answer",
              "plan_reduced", "plan_suggested", "plan_move", "plan_item_step", "plan_item_back",
              "referral_into_plan", "reflection_show",
              "inquiry_answer", "inquiry_end", "asked_confirm", "asked_fell_through", "post_close", "post_reply",
              "reflection_throw_away", "referral_ties", "client_release_copy", "list_end", "list_off", "listing_lists",
              "draft_erase", "network_expected_remove", "network_niche_said", "network_goals",
              "network_group_add", "network_group_end",
              "network_outreach_drop", "network_followed_up",
              "client_bridge_try", "client_again", "client_discharge_begin", "client_discharge_sign",
              "client_discharge_throw", "client_discharge_cosign", "referral_cosign",
              "referral_joint_said", "referral_join"),
    "client": ("portal_language", "portal_leave", "portal_choice", "portal_book", "portal_attendance",
               "portal_check_in", "portal_ask_for_record", "portal_joint", "portal_may_ask", "portal_waiting",
               "portal_goals"),
    "recipient": ("reply_answer", "reply_book", "reply_attendance", "reply_leave", "reply_joint", "reply_news"),
}  # fmt: skip
FILES = {
    "staff": ("healthz", "readyz", "metrics", "robots", "referral_packet_preview_pdf", "delivery_pdf",
              "referral_release_pdf", "referral_release_scan", "client_accounting_csv", "safety_plan_pdf",
              "referral_letter_pdf", "referral_call_pdf", "referral_list_pdf", "referral_paper", "directory_mapping",
              "client_release_pdf", "delivery_fax",
              "network_calendar", "network_outreach_calendar",
              "report_csv", "referral_record_pdf",
              "client_bridge_pdf"),
    "client": ("portal_release_copy", "portal_list", "portal_letter_copy", "portal_call_copy",
               "portal_safety_plan_copy", "portal_ways"),  # ways: only where she was asked, which this walk does not
    "recipient": ("reply_packet", "reply_packet_data"),
}
# Their page answers a POST; a GET is sent back to where it begins.
ELSEWHERE = ("find_print", "referral_sign", "sign_in_second", "verify")
# Looked at elsewhere, for the walk has one clinician: tests/web/test_audit.py, tests/web/test_members.py,
# tests/web/test_emergency.py, tests/web/test_api_clients.py, tests/web/test_disclosures.py, tests/web/test_switches.py,
# tests/web/test_releases.py, tests/web/test_process_notes.py, tests/browser/test_panel.py, tests/web/test_discharge.py,
# tests/web/test_supervision.py, tests/web/test_joint.py, tests/web/test_bridge.py, tests/web/test_signing_on_device.py,
# tests/web/test_basis_link.py.
NO_PART = (
    "signer", "signer_take_back", "basis_link", "shared_page", "shared_page_pdf",
    "audit", "switches", "member", "member_leaving", "emergency_access", "api_clients", "api_client_renew",
    "api_client_end", "disclosure", "basis_packet", "basis_packet_pdf", "referral_amend",
    "inbox_packet", "inbox_packet_before", "inbox_joint_ics",
    "practice_reasons", "referral_packet_texts", "practice_asking", "release_settings",
    "client_notes", "client_note", "client_notes_release",
    "transition", "transition_need", "transition_letters",
    "practice_answers", "practice_ending",
    "discharge_addendum", "discharge_pdf", "discharge_share_pdf", "cosign", "consult_answer",
    "referral_joint_ics", "calendar_feed", "portal_joint_ics", "reply_joint_ics",
)
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
            "message_id", "mapping_id", "delivery_id", "attachment_id", "merge_id", "emergency_id", "disclosure_id",
            "membership_id", "invitation_id", "api_client_id", "reflection_id", "inquiry_id", "asked_id", "post_id",
            "reply_id", "expected_id",
        )
        self.filled: dict[str, Any] = {**dict.fromkeys(made_later, _ANY), "likeness_id": 1}

    def go(self) -> None:
        self._visit(None, NOBODY)
        for title, step, _ in STEPS:
            step(self.walk)
            self._note()
            if title == "Offer options":
                self._after_a_crisis()
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
            self._circle()
            self.filled["upload_id"] = self._file_sent()
        found = {"client_id": walk.client_id, "referral_id": walk.referral_id, "release_id": walk.release_id}
        self.filled |= {name: value for name, value in found.items() if value}
        if walk.client_id and "item_id" not in self.filled:
            self._item_planned()

    def _item_planned(self) -> None:
        """One thing she could do, on her plan."""
        where = f"/clients/{self.filled['client_id']}/plan/"
        staff = self.walk.staff
        plan = staff.send(staff.get(f"{where}add/").form(f"{where}add/"), {"name": "A DBT group"})
        self.filled["item_id"] = next(
            found[1] for a, _ in plan.links if (found := re.search(r"/plan/([0-9a-f-]{36})/", a))
        )

    def _circle(self) -> None:
        """A group that meets, and an evening in it that is planned."""
        staff = self.walk.staff
        page = staff.send(staff.get("/network/circle/").form("/network/groups/"), {"name": "Southside consultation"})
        touch = next(a for a, _ in page.links if "/network/groups/" in a)
        self.filled["group_id"] = touch.rstrip("/").rsplit("/", 2)[1]
        page = staff.send(staff.get(touch).form("/touch/"), button="do=plan")
        found = next(re.search(r"/outreach/([0-9a-f-]{36})/", a) for a, _ in page.links if "/outreach/" in a)
        assert found
        self.filled["outreach_id"] = found[1]

    def _list_and_draft(self) -> None:
        """A list with a listing on it, and a draft."""
        staff, listing = self.walk.staff, self.filled["listing_id"]
        page = staff.send(staff.get("/network/lists/").form("/network/lists/"), {"name": f"Trusted {uuid4().hex[:6]}"})
        self.filled["list_id"] = page.url.rstrip("/").rsplit("/", 1)[1]
        form = staff.get(f"/network/{listing}/").form(f"/network/{listing}/lists/")
        staff.send(form, {"list": self.filled["list_id"]})
        page = staff.send(staff.get("/network/add/").form("/network/add/"), {"name": "Half A. Name"}, button="draft")
        self.filled["draft_id"] = page.url.rstrip("/").rsplit("/", 1)[1]

    def _after_a_crisis(self) -> None:
        """A crisis is written down, her safety plan and the letter about the referral are on her own page."""
        staff, her = self.walk.staff, f"/clients/{self.walk.client_id}/"
        form = staff.get(f"{her}crisis/").form("/crisis/record/")
        page = staff.send(form, {"words": "A hard night; her sister came."})
        self.filled["crisis_id"] = next(
            found[1] for a, _ in page.links if (found := re.search(r"/crisis/([0-9a-f-]{36})/", a))
        )
        plan = {"coping": "Walk to the lake", "shared": "on"}
        staff.send(staff.get(f"{her}safety-plan/").form("/safety-plan/"), plan)
        words = f"/referrals/{self.walk.referral_id}/words/"
        staff.send(staff.get(words).form("/words/share/"))

    def _file_sent(self) -> str:
        """A file whose headings are not ours, waiting to be told what its columns hold."""
        staff = self.walk.staff
        form = staff.get("/network/import/").form("/network/import/")
        rows = "Provider,Role,Insurance,Zip,Horses\nAna Lopez,Psychologist,Aetna,78704,two\nBo Chen,Wizard,,7870,\n"
        parts = {'name="csrfmiddlewaretoken"': form.fields["csrfmiddlewaretoken"][0],
                 'name="file"; filename="county.csv"': rows}  # fmt: skip
        lines = [f"--edge\r\nContent-Disposition: form-data; {name}\r\n\r\n{text}\r\n" for name, text in parts.items()]
        headers = {"Referer": staff.base, "Origin": staff.base, "Content-Type": "multipart/form-data; boundary=edge"}
        body = ("".join(lines) + "--edge--\r\n").encode()
        page = staff._fetch(Request(f"{staff.base}/network/import/", body, headers, method="POST"), 200)
        return page.url.rstrip("/").rsplit("/", 2)[1]

    def _call_logged(self) -> str:
        """A referral that reached us by telephone."""
        form = self.walk.staff.get("/inbox/log/").form("/inbox/log/")
        inbox = self.walk.staff.send(form, {"from_name": "Dr. Park's office", "about": "A place for a teenager"})
        return next(found[1] for a, _ in inbox.links if (found := re.search(r"/inbox/([0-9a-f-]{36})/", a)))

    def _stop(self, title: str) -> None:
        if title == "Offer options":
            self._asked_for_room()
        self._visit(self.walk.staff, STAFF.get(title, ()))
        if title in CLIENT:
            self._visit(self._her(), CLIENT[title])
        if title in RECIPIENT:
            self._visit(self.walk.recipient, RECIPIENT[title])

    def _asked_for_room(self) -> None:
        """An inquiry and a need post, each with its colleague's page."""
        staff, of = self.walk.staff, f"/referrals/{self.walk.referral_id}/"
        form = staff.get(f"{of}inquire/").form(f"{of}inquire/")
        page = staff.send(form, {"listings": [value for value, _ in form.choices["listings"]][:2], "by_hand": "on"})
        self.filled["asked_id"] = next(found[1] for a, _ in page.links if (found := re.search(r"/asked/([^/]+)/", a)))
        asked = re.search(r"/i/#(\w+)", page.text)
        post = staff.send(staff.get(f"{of}post/").form(f"{of}post/"))
        posted = re.search(r"/i/post/#(\w+)", post.text)
        assert asked and posted
        colleague = self.walk.new_browser(self.walk.base)
        for path, token in (("/i/", asked[1]), ("/i/post/", posted[1])):
            colleague.send(colleague.get(path).form(path), {"token": token})
        self._visit(colleague, COLLEAGUE)

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
            (found[1] for a, _ in referral.links if (found := re.search(r"/deliveries/([0-9a-f-]{36})", a))), _ANY
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
    """Its contents are there, help in a crisis is one press away, every form can be sent to an address of ours, and no
    button waits for a script."""
    tab, wrong = look.tab, look.watch.faults.append
    helps = "a[href='/crisis/'], a[href='/c/help-now/'], a[href='/c/ayuda/'], a[href='tel:988']"
    if not any(link.is_visible() for link in tab.locator(helps).all()):
        wrong(f"{name}: no help in a crisis without script")
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
    tables = (STAFF, CLIENT, RECIPIENT)
    pages = {*NOBODY, *COLLEAGUE, *(name for table in tables for names in table.values() for name in names)}
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
