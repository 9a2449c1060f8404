"""A listing's own word: the link, what it opens, what it changes, and what is never done again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.apps.directory.test_listing import DANA, NEED, enter_dana, shared_dana
from tests.apps.directory.test_merging import land
from tests.cast import Cast
from warmhandoff.core import jobs, restoring
from warmhandoff.core.models import AuditEntry, Message
from warmhandoff.directory import own_word
from warmhandoff.directory.finding import find
from warmhandoff.directory.listing import edit, relate, retire
from warmhandoff.directory.models import Asking
from warmhandoff.directory.own_word import ask_listing, open_asking, own_page
from warmhandoff.directory.queries import known_facts, listing_page
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere


def asked(cast: Cast, listing_id: int, part: str = "clinician", **when: Any) -> UUID:
    """The asking behind a link handed over."""
    now = cast.now + timedelta(**when)
    link = ask_listing(cast.actor(part), listing_id, now=now, by_hand=True).link
    return open_asking(link.partition("#")[2], now=now)


def mailed(cast: Cast, listing_id: int, mail: Any, **when: Any) -> UUID:
    """The asking behind a link that was mailed."""
    now = cast.now + timedelta(**when)
    assert ask_listing(cast.actor(), listing_id, now=now).mailed
    jobs.run_due(now)
    text = max(mail.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns).read_text()
    return open_asking(text.partition("/v/#")[2].split()[0], now=now)


def test_a_link_handed_over_speaks_for_the_practice_that_handed_it_over_alone(cast: Cast, mail: Any) -> None:
    """Else any member could speak for a shared listing to all practices, by opening her own link."""
    dana = shared_dana(cast, email="dana@listing.example")
    own_word.change(asked(cast, dana), {"fee": 1000}, now=cast.now)
    assert (known(cast, dana)["fee"], known(cast, dana, "outsider")["fee"]) == (1000, 15000)
    own_word.remove(asked(cast, dana), now=cast.now)
    assert [len(find(cast.actor(part), NEED, today=cast.now.date()).options) for part in ("clinician", "outsider")] == [
        0, 1
    ]  # fmt: skip
    other, = land(cast, "b", ("1", {**DANA, "name": "Other Person"}))
    edit(cast.actor(), other, {"email": "me@lakeside.example"}, now=cast.now)  # an address only this practice reads
    own_word.change(mailed(cast, other, mail), {"fee": 1000}, now=cast.now)
    assert known(cast, other, "outsider")["fee"] == 15000


def known(cast: Cast, listing_id: int, part: str = "clinician", days: int = 0) -> dict[str, Any]:
    today = (cast.now + timedelta(days=days)).date()
    return known_facts(cast.members[part].practice_id, [listing_id], today=today)[listing_id]


@pytest.fixture
def mail(settings: Any, tmp_path: Any) -> Any:
    settings.SMTP_URL = f"file://{tmp_path}/mail"
    return tmp_path / "mail"


def test_the_mail_is_neutral_and_the_token_is_kept_as_a_hash(cast: Cast, mail: Any) -> None:
    dana = enter_dana(cast, email="dana@listing.example")
    assert ask_listing(cast.actor(), dana, now=cast.now).mailed
    jobs.run_due(cast.now)
    text = next(mail.glob("*.eml")).read_text()
    token = text.partition("/v/#")[2].split()[0]
    assert "Lakeside Counseling" in text and "not to be written to" in text
    assert not Asking.objects.filter(token_hash=token).exists() and open_asking(token, now=cast.now)
    assert Message.objects.get().client_id is None


def test_one_mail_a_quarter_whoever_asks(cast: Cast, mail: Any) -> None:
    dana = shared_dana(cast, email="dana@listing.example")
    ask_listing(cast.actor(), dana, now=cast.now)
    for part in ("clinician", "outsider"):
        with pytest.raises(NotNow):
            ask_listing(cast.actor(part), dana, now=cast.now + timedelta(days=90))
    own = enter_dana(cast, email="dana@listing.example")  # the same person again, in a practice's own list
    with pytest.raises(NotNow):
        ask_listing(cast.actor(), own, now=cast.now + timedelta(days=1))
    assert ask_listing(cast.actor("outsider"), dana, now=cast.now, by_hand=True).link
    assert ask_listing(cast.actor("outsider"), dana, now=cast.now + timedelta(days=92)).mailed


def test_an_address_that_does_not_want_mail_gets_none(cast: Cast, mail: Any) -> None:
    dana = enter_dana(cast, email="Dana@Listing.example")
    own_word.no_mail(asked(cast, dana), now=cast.now)
    with pytest.raises(NotNow):
        ask_listing(cast.actor(), dana, now=cast.now + timedelta(days=400))
    other = enter_dana(cast, name="Somebody Else", email="dana@listing.example")
    with pytest.raises(NotNow):
        ask_listing(cast.actor(), other, now=cast.now)


def test_still_true_makes_everything_fresh_by_its_own_word(cast: Cast) -> None:
    dana = enter_dana(cast)
    asking = asked(cast, dana, days=100)
    assert "fee" not in known(cast, dana, days=100)
    own_word.still_true(asking, now=cast.now + timedelta(days=100))
    assert known(cast, dana, days=100)["fee"] == 15000
    page = listing_page(cast.actor(), dana, today=(cast.now + timedelta(days=100)).date())
    fee = next(fact for fact in page.facts if fact.field == "fee")
    assert (fee.source, fee.verified, fee.age) == ("The listing itself", True, "today")
    assert AuditEntry.objects.latest("number").side == "recipient"


def test_its_newer_word_outweighs_a_person_and_a_persons_newer_word_outweighs_it(cast: Cast, mail: Any) -> None:
    dana = shared_dana(cast, email="dana@listing.example")
    edit(cast.actor(), dana, {"fee": 9000}, now=cast.now, verified=True)
    own_word.change(mailed(cast, dana, mail, days=1), {"fee": 12000}, now=cast.now + timedelta(days=1))
    assert known(cast, dana)["fee"] == known(cast, dana, "outsider")["fee"] == 12000
    edit(cast.actor(), dana, {"fee": 13000}, now=cast.now + timedelta(days=2))
    assert (known(cast, dana)["fee"], known(cast, dana, "outsider")["fee"]) == (13000, 12000)


def test_a_pause_holds_until_its_day_and_is_not_known_from_then_on(cast: Cast) -> None:
    dana = enter_dana(cast)
    until = cast.now.date() + timedelta(days=60)
    own_word.pause(asked(cast, dana), until, now=cast.now)
    assert known(cast, dana, days=59)["accepting"] == "closed"
    assert "accepting" not in known(cast, dana, days=60)
    edit(cast.actor(), dana, {"accepting": "open"}, now=cast.now + timedelta(days=61))
    assert known(cast, dana, days=61)["accepting"] == "open"
    for wrong in (cast.now.date(), date(2028, 1, 1)):
        with pytest.raises(BadInput):
            own_word.pause(asked(cast, dana), wrong, now=cast.now)


def test_who_asks_to_be_taken_off_stays_off(cast: Cast) -> None:
    dana = enter_dana(cast)
    today = cast.now.date()
    asking = asked(cast, dana)
    own_word.remove(asking, now=cast.now)
    assert not find(cast.actor(), NEED, today=today).options
    retire(cast.actor(), dana, now=cast.now, back=True)
    assert not find(cast.actor(), NEED, today=today).options
    with pytest.raises(NotNow):
        ask_listing(cast.actor(), dana, now=cast.now, by_hand=True)
    with pytest.raises(NotNow):
        own_word.still_true(asking, now=cast.now)


def test_a_link_ends_with_its_answer_with_time_with_a_new_one_and_with_a_restore(cast: Cast) -> None:
    dana = enter_dana(cast)

    def link() -> str:
        return ask_listing(cast.actor(), dana, now=cast.now, by_hand=True).link.partition("#")[2]

    def is_open(token: str, days: int = 0) -> bool:
        try:
            return bool(open_asking(token, now=cast.now + timedelta(days=days)))
        except NotThere:
            return False

    first = link()
    assert is_open(first) and is_open(first, 13) and not is_open(first, 14)
    second = link()
    assert not is_open(first) and is_open(second)
    own_word.still_true(open_asking(second, now=cast.now), now=cast.now)
    assert not is_open(second)
    third = link()
    restoring._FENCES["asking"](cast.now)
    assert not is_open(third)


def test_the_page_holds_nothing_a_practice_noted_or_measured(cast: Cast) -> None:
    dana = shared_dana(cast)
    relate(cast.actor(), dana, now=cast.now, relationship="met", notes="my own note")
    edit(cast.actor(), dana, {"fee": 9000}, now=cast.now)
    page = own_page(asked(cast, dana), now=cast.now)
    assert page.values["fee"] == 15000 and "my own note" not in repr(page)
    with pytest.raises(BadInput):
        own_word.change(asked(cast, dana), {"responsiveness": 1}, now=cast.now)


def test_a_confidential_place_is_not_on_the_page(cast: Cast) -> None:
    dana = enter_dana(cast, confidential=True, address="12 Hidden Street", city="Austin")
    assert "Hidden" not in repr(own_page(asked(cast, dana), now=cast.now))


def test_another_practices_listing_is_not_asked(cast: Cast) -> None:
    with pytest.raises(NotThere):
        ask_listing(cast.actor("outsider"), enter_dana(cast), now=cast.now)
