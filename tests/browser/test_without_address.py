"""A server that sends no mail, for a client without a safe address: device, paper and telephone close the ring too."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.browser.chromium import ChromiumBrowser, Watch, chromium
from tests.browser.people import PlainBrowser, become
from tests.cast import PASSWORD, SECRETS
from tests.faults.places import PYTHON, ROOT, environment
from tests.faults.servers import Server
from warmhandoff.core import clock
from warmhandoff.demo.walk import CLASSES, CLIENT_NAME, Walk, release_on


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory, chromium_there: None) -> Iterator[Server]:
    """The cast's practice on a server without WARMHANDOFF_SMTP_URL."""
    folder = tmp_path_factory.mktemp("quiet")
    env = environment(folder / "data")
    subprocess.run([PYTHON, "-m", "tests.faults.serving"], env=env, cwd=ROOT, check=True)
    server = Server(env, folder / "server.log")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def watch() -> Iterator[Watch]:
    found = Watch(names=(CLIENT_NAME, "Marisol", "Vega"))
    yield found
    assert not found.faults, "\n".join(dict.fromkeys(found.faults))


@pytest.fixture
def walk(quiet: Server, watch: Watch) -> Iterator[Walk]:
    """Signed in in Chromium, with a client whose options are on the table."""
    with chromium() as chrome:
        begun = Walk(
            quiet.base, Path("/nowhere"), "clinician@lakeside-counseling.example", PASSWORD, SECRETS["clinician"],
            say=lambda text: None,
            new_browser=PlainBrowser,
        )  # fmt: skip
        for step in (begun.sign_in, begun.add_client, begun.record_need, begun.offer):
            step()
        desk = ChromiumBrowser(quiet.base, chrome, watch)
        become(desk, begun.staff)
        begun.staff, begun.client = desk, ChromiumBrowser(quiet.base, chrome, watch)
        yield begun


def _hand_device(walk: Walk, choose: str) -> None:
    """The device changes hands: her page opens, and the desk is locked until staff sign in again."""
    page = walk._page(choose)
    her_page = walk.staff.send(page.form("/device/"))
    assert "/c/" in her_page.url
    assert "on your therapist" in her_page.text
    for address in ("/", "/clients/", f"/clients/{walk.client_id}/", f"/referrals/{walk.referral_id}/", "/messages/"):
        assert "/sign-in/" in walk.staff.get(address).url, f"{address} opens on the client's device"
    walk.staff.get(f"/c/about/{walk.referral_id}/")


def _take_back(walk: Walk) -> None:
    page = walk.staff.get(f"/c/about/{walk.referral_id}/")
    back = walk.staff.send(page.form("/c/handed-back/"))
    assert back.url.endswith("/c/handed-back/")
    walk.staff.get(f"/c/about/{walk.referral_id}/", expect=404)
    assert "/sign-in/" in walk.staff.get("/").url
    walk.sign_in()


def _choose_here(walk: Walk) -> None:
    _hand_device(walk, "choice/")
    page = walk.staff.get(f"/c/about/{walk.referral_id}/")
    form = page.form("/choice/")
    walk.staff.send(form, {"first": form.choices["first"][0][0]}, button="kind=choose")
    _take_back(walk)


def _sign_here(walk: Walk) -> None:
    _hand_device(walk, "release/")
    address = f"/c/about/{walk.referral_id}/release/"
    page = walk.staff.get(address)
    walk.staff.send(page.form(address), {"signed_name": CLIENT_NAME, "read": "on"})
    _take_back(walk)


def _print_packet(walk: Walk) -> None:
    page = walk._page("packet/")
    looked = walk.staff.send(page.form("/packet/"), {"classes": list(CLASSES), "way": "paper"})
    order = next(form for form in looked.forms if "sha256" in form.fields)
    sent = walk.staff.send(order, {"attested": "on"})
    assert isinstance(walk.staff, ChromiumBrowser)
    pdf = walk.staff.context.request.get(next(a for a, _ in sent.links if "/deliveries/" in a and a.endswith(".pdf")))
    assert pdf.status == 200
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.body().startswith(b"%PDF-")


def _by_telephone(walk: Walk) -> None:
    """What the recipient and the client said is written down by the clinician."""
    page = walk._page("answer/")
    walk.staff.send(page.form("/answer/"), {"kind": "accept", "openings": "Tuesday at noon"})
    then = clock.now().astimezone(ZoneInfo(walk.zone)) - timedelta(hours=1)
    page = walk._page("session/")
    walk.staff.send(page.form("/session/"), {"day": then.date().isoformat(), "time": then.strftime("%H:%M")})
    page = walk._page("attendance/")
    walk.staff.send(page.form("/attendance/"), {"told": "attended"})
    page = walk._page("check-in/")
    walk.staff.send(page.form("/check-in/"), {"fits": "yes", "comfort": "7"})


def test_the_ring_closes_on_one_device_and_on_paper(walk: Walk) -> None:
    _choose_here(walk)
    page = walk._page("release/")
    form = page.form("/release/")
    recipients = form.fields.get("recipients") or [form.choices["recipients"][0][0]]
    release_on(walk.staff.send(form, {"recipients": recipients[:1], "classes": list(CLASSES)}))
    _sign_here(walk)
    _print_packet(walk)
    _by_telephone(walk)
    walk.close()
    assert walk.is_closed()


def test_a_link_given_by_hand(walk: Walk, quiet: Server) -> None:
    walk.check_identity()
    walk._invite()
    page = walk.staff.get("/messages/")
    assert "This server sends no mail" in page.text
    assert "Yours to give" in page.text
    token = re.search(r"/c/#([0-9a-z]+)", page.text)
    assert token, "the messages page does not show the link"
    code = walk._code()
    given = walk.staff.send(next(f for f in walk.staff.get("/messages/").forms if f.action.endswith("/given/")))
    assert token[1] not in given.text
    assert re.search(r"her page By hand, today at .{4,9}\. given today at", given.text), given.text
    page = walk.client.get(f"/c/#{token[1]}")
    assert page.url == f"{quiet.base}/c/", "the secret stays in the address bar"
    opened = walk.client.send(page.form("/c/"), {"code": code})
    assert f"/c/about/{walk.referral_id}/" in opened.url or opened.url.endswith("/c/home/")
    opened = walk.client.get(f"/c/about/{walk.referral_id}/")
    assert opened.form("/choice/")
