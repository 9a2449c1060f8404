"""The first day on an empty server: from the link it prints to a list of two people on paper, in a handful of pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import ChromiumBrowser, Watch, chromium
from tests.faults.places import environment
from tests.faults.servers import Server
from warmhandoff.demo.browser import Form, Page

COLLEAGUES = """\
Ana Rivera, LCSW, 512-555-0121, ana@rivera-therapy.example, Austin TX 78704
Dr. Philip Osei, psychologist, 512-555-0122, Austin, TX 78745
Marguerite Bell, LPC - trauma, EMDR - (512) 555-0123
Hill Street Counseling, 512-555-0124, https://hillstreet.example, 78702
Tomoko Ishii, PsyD, tomoko@ishii.example, 512-555-0125, Austin TX 78757
Gabriel Santos LMFT 512-555-0126 couples
Dr. Renee Whitlock, MD, psychiatrist, 512-555-0127
Ruth Adeyemi, LCSW-S; 512-555-0128; ruth@adeyemi.example
Ben Carrow, PhD, 512-555-0129, Round Rock TX 78664
Lakeview Family Center, 512-555-0130, intake@lakeview.example, 78731
"""
MOST_PAGES = 10  # until the list is in hand; more than that is no five minutes
MOST_REQUIRED = 16


@pytest.fixture
def empty(tmp_path: Path, chromium_there: None) -> Iterator[Server]:
    """A server nobody has used yet, with nothing set but its folder."""
    server = Server(environment(tmp_path / "data"), tmp_path / "server.log")
    server.start()
    yield server
    server.kill()


class Beginner(ChromiumBrowser):
    """Counts what the first day asks for: pages, and fields that must be filled in by hand."""

    required: int = 0

    def send(
        self, form: Form, values: dict[str, str | list[str]] | None = None, *, button: str = "",  # type: ignore[override]
        expect: int | None = 200,
    ) -> Page:
        needed = self._form(form).locator("[required]:visible").all()
        self.required += sum(1 for field in needed if not field.evaluate("e => e.type == 'hidden' || e.value"))
        return super().send(form, values, button=button, expect=expect)


def _open_desk(server: Server, browser: Beginner) -> None:
    """The printed link: its secret moves from the address bar into the form, and works once."""
    link = re.search(r"/start/#(\w{10,})", server.log.read_text())
    assert link, "the server printed no link for the first account"
    page = browser.get(f"/start/#{link[1]}")
    assert browser.tab.url == f"{server.base}/start/"
    assert browser.tab.locator("[name=token]").input_value() == link[1]
    assert not browser.tab.locator("[name=token]").is_visible()
    today = browser.send(page.form("/start/"), {
        "name": "Dr. June Aldous", "email": "june@aldous.example", "password": "four quiet words here",
        "practice_name": "Aldous Practice", "zip": "78704",
    })  # fmt: skip
    assert today.url == f"{server.base}/"
    assert "Three first things" in today.text
    again = Beginner(server.base, browser.context.browser, browser.watch)  # type: ignore[arg-type]
    assert again.get("/start/").form("/start/").fields.keys() >= {"token"}
    assert "practice_name" not in again.tab.content()
    again.context.close()


def _find(browser: Beginner) -> Page:
    page = browser.get("/find/")
    return browser.send(page.form("/find/"), {"payment": "any", "formats": ["in_person", "telehealth"]})


def _bring_colleagues(browser: Beginner) -> None:
    page = browser.get("/network/paste/")
    read = browser.send(page.form("/network/paste/"), {"text": COLLEAGUES})
    assert read.text.count("Address, website, notes") <= 10
    assert browser.tab.locator("fieldset.group").count() == 10
    form = read.form("/network/paste/")
    unsaid = [name for name, value in form.fields.items() if name.endswith("-kind") and value == [""]]
    browser.required += len(unsaid)
    network = browser.send(form, dict.fromkeys(unsaid, "therapist"))
    assert network.url.endswith("/network/")
    assert "10 contacts were added" in network.text


def test_first_day(empty: Server) -> None:
    watch = Watch(names=("Ana Rivera",))
    with chromium() as chrome:
        browser = Beginner(empty.base, chrome, watch)
        _open_desk(empty, browser)
        nobody = browser.get("/find/")
        assert "There is nobody in your network yet" in nobody.text
        assert nobody.link("/network/paste/")
        assert "Paste contacts" in _find(browser).text
        _bring_colleagues(browser)
        found = _find(browser)
        assert "Likely, to confirm" in found.text
        picks = found.form("/find/print/")
        ticked = [value for value, _ in picks.choices["listing"][:2]]
        paper = browser.send(picks, {"listing": ticked})
        assert "What to do first" in paper.text
        assert browser.tab.locator("article.card").count() == 2
        _looks_like_paper(browser)
        pages, required = sum(watch.seen.values()), browser.required
        print(f"first day: {pages} pages, {required} fields that had to be filled in")
        assert pages - 3 <= MOST_PAGES, watch.seen  # three were only looked at here, to see what they say
        assert required <= MOST_REQUIRED
    assert not watch.faults, "\n".join(watch.faults)


def _looks_like_paper(browser: Beginner) -> None:
    browser.tab.emulate_media(media="print")
    for gone in (".rail", ".skip", ".no-print", "form.jump"):
        for element in browser.tab.locator(gone).all():
            assert not element.is_visible(), f"{gone} would be printed"
    assert browser.tab.get_by_text("What to do first").is_visible()
    assert browser.tab.get_by_text("512-555-0").first.is_visible()
    browser.tab.emulate_media(media="screen")
