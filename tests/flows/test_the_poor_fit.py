"""A poor fit from a hub, as the article tells it: physicians telephone about pain and dependence on medication.

The therapist works with chronic illness. She takes the call, weighs it, names three who would fit, thanks the hub
in words that tell nobody's story, and the hub hears what does fit her. Told through the pages, from call to thanks.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import NOW, Cast
from tests.flows import listings
from warmhandoff.core import clock, jobs
from warmhandoff.core.models import Message
from warmhandoff.directory import listing
from warmhandoff.directory.models import Listing
from warmhandoff.referrals import redirecting
from warmhandoff.referrals.models import Incoming, Weighed
from warmhandoff.rules.refusals import NotThere

pytestmark = pytest.mark.slow
HUB = "Hill Country Physicians"
NEED = {
    "kind": "therapist", "level": "outpatient", "payment": "plan:aetna", "zip": "78704", "formats": "telehealth",
    "concerns": ["chronic_pain", "medication_dependence"],
}  # fmt: skip
DEPENDENCE: dict[str, Any] = {
    "treats": ["chronic_pain", "medication_dependence"], "specialises_in": ["medication_dependence"],
}


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def _call(cast: Cast) -> Incoming:
    typed = {"from_name": HUB, "about": "Chronic pain for years; now depends on the pain medication. Aetna.",
             "client_name": "Warren Teller", "came_by": "phone", "from_contact": "512-555-0199"}
    assert cast.web().post("/inbox/log/", typed).status_code == 302
    return Incoming.objects.get(state="waiting")


def _three(cast: Cast) -> list[int]:
    good = [listings.add(cast, name, **DEPENDENCE) for name in ("Ana Ruiz, LPC", "Bea Stone, LCSW", "Cy Young, PsyD")]
    listings.add(cast, "Not For This, LMFT")
    return good


def test_from_the_call_to_the_thanks(cast: Cast) -> None:
    web, three = cast.web(), _three(cast)
    row = _call(cast)
    url = f"/inbox/{row.pk}/"
    page = web.get(url).content.decode()
    assert "Can I?" in page and "Have I room?" in page and "Do I want it?" in page and "Name others" in page

    # Technically in scope, and there is room: a yes without wanting it is asked about once, with what it would teach.
    weighed = {"kind": "accept", "openings": "Monday", "can": "yes", "room": "yes", "want": "no", "seen": "1"}
    asked = web.post(url, weighed)
    assert asked.status_code == 422 and "tells the sender to send more like this" in asked.content.decode()
    assert Incoming.objects.get(pk=row.pk).state == "waiting" and not Weighed.objects.exists()

    # Who would fit better: matched in her own network, three ticked before she presses anything.
    found = web.post(f"{url}others/", {**NEED, "look": "1"}).content.decode()
    ticked = [int(one) for one in re.findall(r'name="listing" value="(\d+)" id="pick-\d+" checked', found)]
    assert sorted(ticked) == sorted(three) and "Not For This" not in found

    # Words that hurt are pointed out once; kind ones pass, and carry what does fit her.
    hard = {**NEED, "tell": "1", "listing": ticked, "decline_reason": "outside_niche", "seen": "1",
            "words": "Unfortunately he is too complex for me."}
    assert web.post(f"{url}others/", hard).status_code == 422
    kind = {**hard, "words": "They do this every day. I am at my best with cancer, diabetes, autoimmune illness."}
    assert web.post(f"{url}others/", kind).headers["Location"] == url
    done = Incoming.objects.get(pk=row.pk)
    assert done.state == "redirected" and len(done.answer_facts.reveal()["names"]) == 3
    page = web.get(url).content.decode()
    assert all(name in page for name in ("Ana Ruiz", "Bea Stone", "Cy Young")) and "diabetes" in page
    assert not Message.objects.exists(), "nothing goes to those who were named"

    # The hub is thanked, and hears the niche; who came, and whether, stands in no thank-you.
    for words in ("Thank you for Warren, he came on Monday.", "Thank you for Teller."):
        assert web.post(f"{url}thank/", {"words": words}).status_code == 422
    words = "Thank you for thinking of me. Send me people who live with long illness: that is my best work."
    assert web.post(f"{url}thank/", {"words": words}).status_code == 302
    assert Incoming.objects.get(pk=row.pk).thanks.reveal() == words

    # The next one from the hub: what the answers have taught it stands beside the question.
    later = _call(cast)
    page = web.get(f"/inbox/{later.pk}/").content.decode()
    assert "1 came from them within a year, 1 outside your work; you said yes to 0." in page


def test_taken_against_better_judgment_it_is_looked_at_early(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    web, row = cast.web(), _call(cast)
    url = f"/inbox/{row.pk}/"
    yes = {"kind": "accept", "openings": "Monday", "can": "yes", "room": "yes", "want": "no", "as_it_is": "on"}
    assert web.post(url, yes).status_code == 302 and Weighed.objects.get().want == "no"
    in_a_month = NOW + timedelta(days=30)
    monkeypatch.setattr(clock, "now", lambda: in_a_month)
    web = cast.web()
    inbox = _page(web, "/inbox/")
    assert "Does it fit?" in inbox and HUB in inbox
    answer = web.post(f"{url}after/", {"kind": "recheck", "fits": "no", "words": "I dread the hour."})
    assert answer.status_code == 302
    page = _page(web, url)
    assert "It does not fit." in page and "say so kindly" in page and "Does it fit?" not in _page(web, "/inbox/")


def _page(web: Any, url: str) -> str:
    answer = web.get(url)
    assert answer.status_code == 200, (answer.status_code, answer.headers.get("Location"))
    return str(answer.content.decode())


def test_nobody_outside_the_network_can_be_named(cast: Cast) -> None:
    row = _call(cast)
    stranger = listings.add(cast, "Ana Ruiz, LPC", **DEPENDENCE)
    foreign = listing.enter(cast.actor("outsider"), {"name": "Else", "kind": "therapist"}, now=NOW)
    order = redirecting.Redirect([stranger, foreign])
    with pytest.raises(NotThere):
        redirecting.redirect(cast.actor(), row.pk, order, today=NOW.date(), now=NOW)
    assert Listing.objects.count() == 2 and jobs.run_due(NOW) >= 0
