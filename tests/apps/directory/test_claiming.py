"""A listing kept by its owner: shown to be hers, spoken for by her, and hers no longer when she leaves."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest

from tests.apps.directory.test_listing import enter_dana, shared_dana
from tests.cast import Cast
from warmhandoff.accounts.leaving import end_membership
from warmhandoff.clients.caring import join_team
from warmhandoff.core import jobs, restoring
from warmhandoff.directory.claiming import approve_claim, claim, claim_page, confirm_claim, let_go
from warmhandoff.directory.listing import edit
from warmhandoff.directory.models import Claim
from warmhandoff.directory.queries import known_facts
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import NotAllowed, NotNow, NotThere

ADDRESS = "dana@listing.example"


@pytest.fixture
def mail(settings: Any, tmp_path: Any) -> Any:
    settings.SMTP_URL = f"file://{tmp_path}/mail"
    return tmp_path / "mail"


def fee(cast: Cast, listing_id: int, part: str) -> Any:
    return known_facts(cast.members[part].practice_id, [listing_id], today=cast.now.date())[listing_id]["fee"]


def mailed_token(cast: Cast, mail: Any) -> str:
    jobs.run_due(cast.now)
    found, = (message_from_bytes(path.read_bytes(), policy=policy.default) for path in mail.glob("*.eml"))
    assert found["To"] == ADDRESS
    return str(found.get_content()).partition("/claim/#")[2].split()[0]


def kept(cast: Cast, mail: Any) -> tuple[int, Actor]:
    dana, actor = shared_dana(cast, email=ADDRESS), cast.actor()
    assert claim(actor, dana, now=cast.now) == "mail"
    assert confirm_claim(actor, mailed_token(cast, mail), now=cast.now) == dana
    return dana, actor


def test_whoever_keeps_it_speaks_for_it_to_everyone(cast: Cast, mail: Any) -> None:
    dana, actor = kept(cast, mail)
    edit(actor, dana, {"fee": 12000}, now=cast.now)
    assert fee(cast, dana, "outsider") == 12000
    edit(cast.actor("colleague"), dana, {"fee": 13000}, now=cast.now + timedelta(days=1))
    assert fee(cast, dana, "outsider") == 12000  # a colleague's word is her practice's alone
    with pytest.raises(NotNow):
        claim(cast.actor("outsider"), dana, now=cast.now)


def test_she_speaks_for_it_no_longer_when_she_leaves_or_lets_go(cast: Cast, mail: Any) -> None:
    dana, actor = kept(cast, mail)
    let_go(actor, dana, now=cast.now)
    edit(actor, dana, {"fee": 12000}, now=cast.now)
    assert fee(cast, dana, "outsider") == 15000
    with pytest.raises(NotNow):
        let_go(actor, dana, now=cast.now)
    claimed = Claim.objects.get()
    Claim.objects.filter(pk=claimed.pk).update(ended_at=None)
    join_team(cast.actor(), cast.client.pk, cast.members["colleague"].pk, now=cast.now)
    end_membership(cast.actor("admin"), cast.members["clinician"], now=cast.now)
    assert not claim_page(cast.actor("colleague"), dana, now=cast.now).kept
    edit(actor, dana, {"fee": 12500}, now=cast.now)
    assert fee(cast, dana, "outsider") == 15000


def test_the_link_works_for_whoever_asked_once_and_for_three_days(cast: Cast, mail: Any) -> None:
    dana = shared_dana(cast, email=ADDRESS)
    claim(cast.actor(), dana, now=cast.now)
    token = mailed_token(cast, mail)
    for part, when in (("colleague", 0), ("outsider", 0), ("clinician", 3)):
        with pytest.raises(NotThere):
            confirm_claim(cast.actor(part), token, now=cast.now + timedelta(days=when))
    confirm_claim(cast.actor(), token, now=cast.now)
    with pytest.raises(NotThere):
        confirm_claim(cast.actor(), token, now=cast.now)


def test_an_address_a_practice_noted_for_itself_proves_nothing(cast: Cast, mail: Any) -> None:
    dana = shared_dana(cast)
    edit(cast.actor(), dana, {"email": "me@lakeside.example"}, now=cast.now)
    with pytest.raises(NotNow):
        claim(cast.actor(), dana, now=cast.now)
    assert claim_page(cast.actor(), dana, now=cast.now).way == ""


def test_of_a_practices_own_listing_its_administrator_decides(cast: Cast) -> None:
    dana = enter_dana(cast, email=ADDRESS)
    assert claim(cast.actor(), dana, now=cast.now) == "practice"
    with pytest.raises(NotNow):
        claim(cast.actor(), dana, now=cast.now)
    waiting = claim_page(cast.actor("admin"), dana, now=cast.now).waiting
    assert [one.name for one in waiting] == ["Clinician Person"] and not claim_page(
        cast.actor(), dana, now=cast.now).waiting
    with pytest.raises(NotAllowed):
        approve_claim(cast.actor(), waiting[0].id, now=cast.now)
    with pytest.raises(NotThere):
        approve_claim(cast.actor("outsider"), waiting[0].id, now=cast.now)
    approve_claim(cast.actor("admin"), waiting[0].id, now=cast.now)
    assert claim_page(cast.actor(), dana, now=cast.now).mine
    with pytest.raises(NotThere):
        claim(cast.actor("outsider"), dana, now=cast.now)


def test_a_restore_ends_open_links(cast: Cast, mail: Any) -> None:
    dana = shared_dana(cast, email=ADDRESS)
    claim(cast.actor(), dana, now=cast.now)
    token = mailed_token(cast, mail)
    restoring._FENCES["claim"](cast.now)
    with pytest.raises(NotThere):
        confirm_claim(cast.actor(), token, now=cast.now)
