"""The pictures of the README, made from the demo practice in Chromium: ./run screenshots"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.environment import prepare  # noqa: E402

prepare()
import django  # noqa: E402

django.setup()
from tests.browser.chromium import ChromiumBrowser, Watch, chromium  # noqa: E402
from tests.faults.places import PYTHON, ROOT, environment  # noqa: E402
from tests.faults.servers import free_port  # noqa: E402
from warmhandoff.demo import walk  # noqa: E402
from warmhandoff.demo.walk import Walk  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
SIZE = {"width": 1180, "height": 900}


def _shoot(browser: ChromiumBrowser, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    browser.tab.screenshot(path=PICTURES / f"{name}.png")
    print(f"docs/pictures/{name}.png")


def _walk(base: str, mail: Path, log_in: tuple[str, str, str]) -> None:
    with chromium() as engine:

        def window(address: str) -> ChromiumBrowser:
            browser = ChromiumBrowser(address, engine, Watch(), viewport=SIZE, color_scheme="light")
            browser.axe = False  # nothing is judged here, only pictured
            return browser

        ours = Walk(base, mail, *log_in, say=lambda text: None, new_browser=window)
        ours.sign_in()
        _shoot(ours.staff, "today")  # type: ignore[arg-type]
        for step in (Walk.add_client, Walk.record_need):
            step(ours)
        _shoot(ours.staff, "options")  # type: ignore[arg-type]
        for step in (Walk.offer, Walk.check_identity):
            step(ours)
        ours.client_enters()
        _shoot(ours.client, "choice")  # type: ignore[arg-type]
        for step in (Walk.choose, Walk.draft_release, Walk.sign_release, Walk.send_packet, Walk.wait_for_delivery):
            step(ours)
        ours.recipient_enters()
        _shoot(ours.recipient, "reply")  # type: ignore[arg-type]


def main() -> int:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="warmhandoff-pictures-") as home:
        data = Path(home) / "demo"
        command = [PYTHON, "-m", "warmhandoff", "demo", "--data", str(data), "--port", str(port)]
        demo = subprocess.Popen(command, cwd=ROOT, env=environment(data), stdout=subprocess.PIPE, text=True)
        try:
            assert demo.stdout is not None
            log_in = _log_in(demo.stdout)
            # The demo's own walk signed in as the same clinician: codes it may have used are not taken again.
            walk._LAST_STEP[log_in[2]] = int(time.time()) // 30 + 1
            _walk(f"http://127.0.0.1:{port}", data / "mail", log_in)
        finally:
            demo.terminate()
            demo.wait(timeout=60)
    return 0


def _log_in(output: object) -> tuple[str, str, str]:
    """The clinician's address, password and authenticator key, as the demo prints them."""
    address = password = ""
    for line in output:  # type: ignore[attr-defined]
        if line.startswith("The password of all of them:"):
            password = line.partition(":")[2].strip()
        elif line.split()[:1] == ["clinician"] and "  key " in line:
            return address, password, line.split()[-1]
        elif line.split()[:1] == ["clinician"]:
            address = line.split()[1]
    raise RuntimeError("the demo ended before it printed its log-ins")


if __name__ == "__main__":
    sys.exit(main())
