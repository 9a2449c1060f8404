"""A later version of a packet reaches a practice of the same server, once; the one before is kept there."""

from __future__ import annotations

import html
import re

import pytest

from tests.cast import NOW, Cast
from tests.flows import neighbours
from tests.flows import walk as way
from warmhandoff.clients.caring import ClientFacts, change_client
from warmhandoff.core import carriers, clock, jobs
from warmhandoff.core.models import Event, Message
from warmhandoff.referrals import amending, papers, sending
from warmhandoff.referrals.models import ArrivedPacket, ArrivedVersion

pytestmark = pytest.mark.slow  # a walk each


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def _amend(walk: way.Walk, changed: str) -> bool:
    classes = amending.classes_now(walk.staff, walk.referral_id, walk.delivery.pk)
    asked = amending.Change(walk.delivery.pk, classes, changed)
    seen = amending.preview_amendment(walk.staff, walk.referral_id, asked, now=NOW)
    given = amending.Change(walk.delivery.pk, classes, changed, sha256=seen.sha256)
    return amending.amend(walk.staff, walk.referral_id, given, now=NOW)


def _text(cast: Cast, part: str = "outsider") -> str:
    answer = cast.web(part).get(f"/inbox/{neighbours.incoming(cast).pk}/")
    assert answer.status_code == 200
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


def test_it_takes_the_place_of_the_one_before_which_is_kept(cast: Cast) -> None:
    walk = neighbours.arrived(cast)
    first = ArrivedPacket.objects.get()
    before, sha = first.pdf.reveal(), first.sha256
    assert _amend(walk, "zq-a-new-number"), "nobody is left to be told by hand"
    jobs.run_due(NOW)
    now_there = ArrivedPacket.objects.get()
    newest = walk.delivery.amendments.get().packet
    assert now_there.sha256 == newest.sha256 != sha and now_there.pdf.reveal() == newest.pdf.reveal()
    assert now_there.content.reveal() == newest.content.reveal()
    kept = ArrivedVersion.objects.get()
    assert (kept.version, kept.sha256, kept.pdf.reveal()) == (1, sha, before)
    assert kept.practice_id == cast.members["outsider"].practice_id
    shown = _text(cast)
    assert "Version 2. What changed: zq-a-new-number" in shown and "Version 1, as it stood until" in shown
    url = f"/inbox/{neighbours.incoming(cast).pk}/packet/{kept.pk}.pdf"
    assert cast.web("outsider").get(url).content == before
    assert cast.web("outsider").get(url.replace(str(kept.pk), str(now_there.pk))).status_code == 404
    for other in ("clinician", "colleague", "admin"):
        assert cast.web(other).get(url).status_code == 404
    assert papers.arrived_file(cast.actor("outsider"), neighbours.incoming(cast).pk, now=NOW) == newest.pdf.reveal()


def test_two_in_a_row_and_each_parcel_twice(cast: Cast) -> None:
    """The first is carried when the second stands: it brings the newest, and the second brings nothing more."""
    walk = neighbours.arrived(cast)
    _amend(walk, "once")
    change_client(walk.staff, cast.client.pk, ClientFacts(name="Rosalind Marlowe", phone="512-555-0111"), now=NOW)
    _amend(walk, "twice")
    waiting = list(Message.objects.filter(template="amended").order_by("created_at"))
    assert len(waiting) == 2
    for message in [*waiting, *waiting]:
        carriers.carrier("member").carry(
            carriers.Parcel(str(message.pk), message.to.reveal(), "amended", message.body.reveal())
        )
    jobs.run_due(NOW)
    assert ArrivedPacket.objects.get().content.reveal()["version"] == 3
    assert list(ArrivedVersion.objects.values_list("version", flat=True)) == [1]
    assert Event.objects.filter(subject_id=neighbours.incoming(cast).pk, move="amended").count() == 1


def test_a_release_taken_back_in_between_lets_nothing_arrive(cast: Cast) -> None:
    walk = neighbours.arrived(cast)
    sha = ArrivedPacket.objects.get().sha256
    _amend(walk, "zq-canary")
    sending.revoke(walk.client, walk.referral_id, walk.release_id, now=NOW)
    jobs.run_due(NOW)
    message = Message.objects.get(template="amended")
    assert message.state == "stopped" and not message.body.reveal()
    assert ArrivedPacket.objects.get().sha256 == sha and not ArrivedVersion.objects.exists()
    assert "zq-canary" not in _text(cast)
    assert Event.objects.filter(client_id=cast.client.pk, move="refuse_disclosure").count() == 1


def test_on_paper_it_stays_with_staff(cast: Cast) -> None:
    walk = way.released(cast)
    sending.send(walk.staff, walk.referral_id, way.order(walk, way="paper"), now=walk.now)
    assert not _amend(walk, "by post")
    assert not Message.objects.filter(template="amended").exists()
