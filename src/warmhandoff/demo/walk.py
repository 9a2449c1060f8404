"""One referral through the whole loop, over the HTTP interface of a running server, as the people would do it.

The clinician, the client and the recipient each have a browser of their own; the client and the recipient read their
links from the mail the server sent. Every step prints what was disclosed to whom, and the release it rode on.
"""

from __future__ import annotations

import email
import email.policy
import re
import time
from base64 import b32decode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings

from warmhandoff.core import clock
from warmhandoff.demo.browser import Browser, Page
from warmhandoff.rules.vocab import vocabulary

Say = Callable[[str], None]
CLIENT_NAME = "Marisol Vega"
CLIENT_MAIL = "marisol@client.example"
CLASSES = ("contact", "logistics", "reason")
PATIENCE = 45.0


class NotClosed(Exception):
    """The walk could not go on; the message says at which step and why."""


@dataclass
class Walk:
    """The state of one walk. `base`: the server's address; `mail`: the folder where its messages arrive."""

    base: str
    mail: Path
    address: str
    password: str
    secret: str = ""  # of the authenticator app, base 32
    zone: str = "America/Chicago"
    say: Say = print
    new_browser: Callable[[str], Browser] = Browser
    staff: Browser = field(init=False)
    client: Browser = field(init=False)
    recipient: Browser = field(init=False)
    client_id: str = ""
    referral_id: str = ""
    release_id: str = ""
    recipient_mail: str = ""
    recipient_code: str = ""
    links_before: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.staff, self.client, self.recipient = [self.new_browser(self.base) for _ in range(3)]

    # The clinician's side

    @property
    def _referral(self) -> str:
        return f"/referrals/{self.referral_id}/"

    def _page(self, part: str = "") -> Page:
        return self.staff.get(f"{self._referral}{part}")

    def sign_in(self) -> None:
        page = self.staff.get("/sign-in/")
        asked = self.staff.send(page.form("/sign-in/"), {"email": self.address, "password": self.password})
        self.staff.send(asked.form("/sign-in/second/"), {"code": next_code(self.secret)})
        self.say(f"{self.address} signs in with her password and the code of her app.")

    def add_client(self) -> None:
        page = self.staff.get("/clients/add/")
        added = self.staff.send(page.form("/clients/add/"), {
            "name": CLIENT_NAME, "zip": "78704", "email": CLIENT_MAIL, "phone": "512-555-0188",
            "channels": ["mail", "phone"], "note": "Weekdays after six.",
        }, expect=None)  # fmt: skip
        if added.status == 409:  # an earlier walk added someone of this name; the page asks whether she is the same
            added = self.staff.send(added.form("/clients/add/"), {"another": ["yes"]})
        self.client_id = _uuid(added.url)
        self.say("She adds a client. The name is sealed; lists show M. V.")

    def record_need(self) -> None:
        address = f"/clients/{self.client_id}/refer/"
        page = self.staff.get(address)
        options = self.staff.send(page.form(address), {
            "reason": "outside_competence", "kind": "therapist", "level": "outpatient", "concerns": ["trauma"],
            "payment": "any", "zip": "78704", "formats": ["in_person", "telehealth"], "radius_miles": "25",
            "client_reason": "You told me about the accident. I want you to see someone trained in this kind of work.",
            "hoped_for": "Sleep through the night again, and drive without fear.", "purpose": "specialized",
        })  # fmt: skip
        self.referral_id = _uuid(options.url)
        self.say("A need and its reason are recorded; the next step is there at once, with an owner and a date.")

    def offer(self) -> None:
        page = self._page("options/")
        form = page.form("/options/")
        ticked = [value for value, _ in form.choices["options"][:3]]
        if len(ticked) < 2:
            raise NotClosed("fewer than two options were found")
        for line in _first_lines(page, ticked):
            self.say(f"    option: {line}")
        self.staff.send(form, {"options": ticked})
        self.say(f"{len(ticked)} options are offered, each with its reasons.")

    def talk(self) -> None:
        page = self._page("talk/")
        form = page.form("/talk/")
        beats = [value for value, _ in form.choices["beats"]]
        self.staff.send(form, {"beats": beats, "how_taken": "Relieved, a little sad. Wants to think about video."})
        self.say("They talk about it in session; the conversation is logged.")

    def check_identity(self) -> None:
        page = self.staff.get(f"/clients/{self.client_id}/")
        if not any(form.action.endswith("/identity/") for form in page.forms):
            return
        self.staff.send(page.form("/identity/"), {"how": "seen in session every week"})
        self.say("She records how she knows that it is the client who will sign.")

    def _invite(self) -> None:
        page = self.staff.get(f"/clients/{self.client_id}/")
        self.staff.send(page.form("/invite/"), {})

    def _code(self) -> str:
        text = self.staff.get(f"/clients/{self.client_id}/code/").text
        return _search(r"\b[0-9a-hjkmnp-tv-z]{4}-[0-9a-hjkmnp-tv-z]{4}\b", text, "the client's code")

    # The client's side

    def client_enters(self) -> Page:
        """A new link by mail, the code she was given in session: neither opens anything alone."""
        tried = _links(self.mail, CLIENT_MAIL, "/c/#")
        code = self._code()
        self._invite()

        def try_links() -> bool:
            # A message written earlier may arrive last, with a link that a newer one has ended: she tries both.
            fresh = _links(self.mail, CLIENT_MAIL, "/c/#") - tried
            tried.update(fresh)
            return any(self._opens(token, code) for token in fresh)

        _wait(try_links, "the client's link")
        return self.client.get(f"/c/about/{self.referral_id}/")

    def _opens(self, token: str, code: str) -> bool:
        self.client = self.new_browser(self.base)
        page = self.client.get("/c/")
        return self.client.send(page.form("/c/"), {"token": token, "code": code}, expect=None).status == 200

    def choose(self) -> None:
        page = self.client_enters()
        form = page.form("/choice/")
        picked = [value for value, _ in form.choices["first"]]
        second = {"place_2": picked[1]} if len(picked) > 1 else {}
        self.client.send(form, {
            "first": picked[0], **second, "likely": "8", "who_calls": "recipient",
            "words": "I do not want to tell the accident again.",
        }, button="kind=choose")  # fmt: skip
        self.say("The client opens her page with link and code, reads her options, and chooses.")

    def draft_release(self) -> None:
        page = self._page("release/")
        form = page.form("/release/")
        recipients = form.fields.get("recipients") or [form.choices["recipients"][0][0]]
        signing = self.staff.send(form, {"recipients": recipients[:1], "classes": list(CLASSES)})
        self.say("A release is drafted: to one recipient, three classes, ninety days.")
        self.release_id = release_on(signing)

    def sign_release(self) -> None:
        self.client_enters()
        address = f"/c/about/{self.referral_id}/release/"
        page = self.client.get(address)
        self.client.send(page.form(address), {"signed_name": CLIENT_NAME, "read": "on"})
        self.say(f"The client reads the release and signs it (release {self.release_id[:8]}).")

    # Handing over

    def send_packet(self) -> None:
        page = self._page("packet/")
        looked = self.staff.send(page.form("/packet/"), {"classes": list(CLASSES), "way": "link"})
        order = next(form for form in looked.forms if "sha256" in form.fields)
        self.recipient_mail = order.fields["to"][0]
        self.links_before = _links(self.mail, self.recipient_mail, "/r/#")
        self._confirmed(self.staff.send(order, {"attested": "on"}))
        self.say("The packet is previewed, frozen and sent: the mail holds a link and neutral words.")

    def _confirmed(self, page: Page) -> Page:
        """The page after "Confirm it is you", which is asked when the walk took more than five minutes so far."""
        asking = next((form for form in page.forms if "confirm_code" in form.fields), None)
        if asking is None:
            return page
        return self.staff.send(asking, {"confirm_code": next_code(self.secret)})

    def wait_for_delivery(self) -> None:
        _wait(lambda: "Recipient answers" in self._page().text, "the delivery")
        self.say(
            f"    disclosed: nothing yet but a link, to {self.recipient_mail}; the packet opens with the code only."
        )

    def recipient_enters(self) -> Page:
        """Link from the mail, code by phone."""
        if not self.recipient_code:
            told = r"they need it with the link\.\s*([0-9a-z]{4}-[0-9a-z]{4})"
            self.recipient_code = _search(told, self._page().text, "the recipient's code")
        token = _wait(
            lambda: next(iter(_links(self.mail, self.recipient_mail, "/r/#") - self.links_before), None),
            "the recipient's link",
        )
        self.recipient = self.new_browser(self.base)
        page = self.recipient.get("/r/")
        return self.recipient.send(page.form("/r/"), {"token": token, "code": self.recipient_code})

    def accept(self) -> None:
        page = self.recipient_enters()
        known = vocabulary("information_classes")
        shown = [code for code in known if known.label(code) in page.text.partition("Shared with")[0]]
        if CLIENT_NAME not in page.text or sorted(shown) != sorted(CLASSES):
            raise NotClosed(f"the packet shows {shown}, not what was chosen")
        words = ", ".join(known.label(code).lower() for code in shown)
        self.say(f"    disclosed: {words}; to {self.recipient_mail}; on release {self.release_id[:8]}.")
        form = page.form("/answer/", kind="accept")
        self.recipient.send(form, {"openings": "Thursday at 5 pm", "methods": "EMDR", "fees": "In network with most"})
        self.say("The recipient, without an account, accepts and names first openings.")

    def book(self) -> None:
        page = self.recipient_enters()
        # The walk does not wait for days: the session is set an hour back, so that it can be told about at once.
        then = clock.now().astimezone(ZoneInfo(self.zone)) - timedelta(hours=1)
        values = {"day": then.date().isoformat(), "time": then.strftime("%H:%M")}
        self.recipient.send(page.form("/book/"), values)
        self.say("The first session is booked (here: an hour ago, so that the story can go on).")

    def recipient_tells(self) -> None:
        page = self.recipient_enters()
        self.recipient.send(page.form("/attendance/"), button="told=attended")
        self.say("The recipient tells that the session took place.")

    def client_tells(self) -> None:
        page = self.client_enters()
        self.client.send(page.form("/attendance/"), button="told=attended")
        self.say("The client tells the same, on her own page: two sides, two facts.")

    def check_in(self) -> None:
        page = self.client_enters()
        form = page.form("/check-in/")
        self.client.send(form, {"fits": "yes", "comfort": "8", "words": "I am glad I went."})
        self.say("Check-in: it fits.")

    def close(self) -> None:
        page = self._page("close/")
        self.staff.send(page.form("/close/"), {"outcome": "attended_fit"})
        self.say("The clinician closes the loop with its outcome.")

    def is_closed(self) -> bool:
        """Whether the referral's page shows the whole ring."""
        return "The loop is closed" in self._page().text


# Each step with the moves it makes: after a crash, a step whose last move is in the record is not made again.
STEPS: tuple[tuple[str, Callable[[Walk], None], str], ...] = (
    ("Sign in", Walk.sign_in, ""),
    ("Add a client", Walk.add_client, "add_client"),
    ("Record the need", Walk.record_need, "record_need"),
    ("Offer options", Walk.offer, "offer"),
    ("Log the conversation", Walk.talk, "talk"),
    ("Check who she is", Walk.check_identity, "record_identity_check"),
    ("The client chooses", Walk.choose, "choose"),
    ("Draft the release", Walk.draft_release, "draft_release"),
    ("The client signs", Walk.sign_release, "sign_release"),
    ("Send the packet", Walk.send_packet, "send"),
    ("The packet is delivered", Walk.wait_for_delivery, "hand_over"),
    ("The recipient accepts", Walk.accept, "accept"),
    ("The first session is booked", Walk.book, "book"),
    ("The recipient tells", Walk.recipient_tells, "tell_attended"),
    ("The client tells", Walk.client_tells, "confirm_attendance"),
    ("Check in", Walk.check_in, "check_in_well"),
    ("Close the loop", Walk.close, "close"),
)


def play(base: str, practice: Any, mail_folder: Path, *, say: Say) -> bool:
    """Play every step; True only if the loop is closed at the end. A step that fails ends the walk with its reason.

    `practice` gives the clinician's log-in (`practice.clinician`: email, password) and the time zone.
    """
    login = practice.clinician
    walk = Walk(base, mail_folder, login.email, login.password, login.secret, say=say)
    for number, (title, step, _) in enumerate(STEPS, start=1):
        say(f"{number:2}. {title}")
        try:
            step(walk)
        except (LookupError, RuntimeError, OSError, NotClosed) as fault:
            say(f"    The walk stops here: {fault}")
            return False
    closed = walk.is_closed()
    say("The ring is whole: the loop is closed." if closed else "The loop is not closed.")
    return closed


_LAST_STEP: dict[str, int] = {}  # the newest time step whose code was given, by secret: no code is taken twice


def next_code(secret: str) -> str:
    """What an authenticator app shows for this secret (RFC 6238), not given before; waits where that takes a while."""
    while True:
        real = clock.now() - timedelta(seconds=settings.CLOCK_OFFSET_SECONDS)  # phones know no demo day
        present = int(real.timestamp()) // 30
        step = max(present - 1, _LAST_STEP.get(secret, 0) + 1)
        if step <= present + 1:  # the neighbours of the present code are taken too
            _LAST_STEP[secret] = step
            return TOTP(b32decode(secret), 6, SHA1(), 30).generate(step * 30).decode()  # noqa: S303 # nosec B303
        time.sleep(1)


def release_on(page: Page) -> str:
    """The id of the newest release on a referral's page."""
    return _search(r"/release/([0-9a-f-]{36})\.pdf", " ".join(address for address, _ in page.links), "the release")


def _uuid(address: str) -> str:
    return _search(r"([0-9a-f]{8}-[0-9a-f-]{27})", address, "an id")


def _search(pattern: str, text: str, what: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise NotClosed(f"{what} is not on the page")
    return found.group(found.lastindex or 0)


def _wait(look: Callable[[], Any], what: str) -> Any:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise NotClosed(f"{what} did not come within {PATIENCE:.0f} seconds")


def _links(folder: Path, to: str, mark: str) -> set[str]:
    """The tokens of the links in every mail to this address."""
    found = set()
    for path in folder.glob("*.eml"):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        if to and to in str(mail["To"]):
            found.update(re.findall(re.escape(mark) + r"([0-9a-z]+)", mail.get_content()))
    return found


def _first_lines(page: Page, ticked: list[str]) -> list[str]:
    """The options that are about to be offered: name, fit and why, as the page shows them."""
    found = re.findall(r"\d+\.\s+(.{3,90}?\d+\.\d\s+fit)\s+(.+?\.)\s", page.text)
    return [f"{name}: {why}" for name, why in found[: len(ticked)]]
