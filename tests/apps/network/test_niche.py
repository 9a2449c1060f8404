"""The niche: one or two sentences, said again in time, with what each source learned; and reciprocity, which ranks
nobody."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from tests.apps.network.test_coverage import someone
from tests.apps.referrals.loop import NEED, Loop
from tests.cast import NOW, Cast
from warmhandoff.directory.finding import find
from warmhandoff.network.meeting import Touch, keep_contact, log_outreach
from warmhandoff.network.models import Niche
from warmhandoff.network.niche import last_heard, niche_of, said, set_niche, sources
from warmhandoff.referrals import receiving
from warmhandoff.referrals.answering import Answer
from warmhandoff.referrals.by_source import exchanged_with
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere

pytestmark = pytest.mark.slow

MINE = "I help adults who live with pain or a long illness get their lives back."
TODAY = date(2026, 11, 23)


def came(cast: Cast, listing_id: int, answer: str = "accept", part: str = "clinician", **facts: Any) -> Any:
    new = receiving.NewIncoming(from_name="Dr. Ines Falk", about="someone who sleeps badly", listing_id=listing_id)
    key = receiving.log_incoming(cast.actor(part), new, now=NOW)
    given = {"accept": {"openings": "Tuesday"}, "decline": {"decline_reason": "outside_niche"}}[answer]
    receiving.answer_incoming(cast.actor(part), key, Answer(kind=answer, **{**given, **facts}), now=NOW)
    return key


def test_one_or_two_plain_sentences_of_ones_own(cast: Cast) -> None:
    set_niche(cast.actor(), f"  {MINE} ", now=NOW)
    assert niche_of(cast.clinician.pk) == MINE and niche_of(cast.members["colleague"].pk) == ""
    set_niche(cast.actor(), MINE, now=NOW)
    assert Niche.objects.count() == 1, "the same sentence is not a new one"
    set_niche(cast.actor(), "I work with couples who want to stay together.", now=NOW)
    assert Niche.objects.filter(ended_at=None).count() == 1 and Niche.objects.count() == 2
    hard = "Psychodynamic conceptualization of multigenerational interpersonal dysregulation"
    for text in ("Pain.", "I see adults. I see teens. I see couples.", " ".join(["word"] * 51), f"{hard} and {hard}."):
        with pytest.raises(BadInput):
            set_niche(cast.actor(), text, now=NOW)
    set_niche(cast.actor(), "", now=NOW)
    assert niche_of(cast.clinician.pk) == ""


def test_what_each_source_heard_and_how_it_fits(cast: Cast) -> None:
    key, other = someone(cast, "Dr. Ines Falk"), someone(cast, "Olivia Cedar")
    with pytest.raises(NotNow):
        said(cast.actor(), key, "thanks", now=NOW)
    set_niche(cast.actor(), MINE, now=NOW)
    for answer in ("accept", "decline", "decline"):
        came(cast, key, answer)
    came(cast, key, "decline", decline_reason="full")
    came(cast, other, part="colleague")
    (source,) = sources(cast.actor(), now=NOW)
    assert (source.name, source.fits, source.poor, source.other, source.heard_on) == ("Dr. Ines Falk", 1, 2, 1, None)
    said(cast.actor(), key, "thanks", now=NOW)
    assert sources(cast.actor(), now=NOW)[0].heard_on == TODAY
    heard = last_heard(cast.actor(), key)
    assert heard and (heard.text, heard.place) == (MINE, "In a thank-you")
    assert last_heard(cast.actor("colleague"), key) is None
    for wrong, place, refusal in ((key, "moon", BadInput), (10**9, "talk", NotThere)):
        with pytest.raises(refusal):
            said(cast.actor(), wrong, place, now=NOW)
    assert sources(cast.actor(), now=NOW + timedelta(days=400)) == []


def test_what_was_given_and_received_is_counted(cast: Cast) -> None:
    key = someone(cast, "Dr. Ines Falk")
    receiving.thank(cast.actor(), came(cast, key), "Thank you.", now=NOW)
    came(cast, key, "decline")
    found = exchanged_with(cast.practice.pk, [key])
    assert (found.sent, found.received, found.thanked) == (0, 2, 1)
    assert exchanged_with(cast.members["outsider"].practice_id, [key]).received == 0


@pytest.mark.slow
def test_the_ranking_is_the_same_whoever_gave_and_whoever_received(cast: Cast) -> None:
    """Each listing in turn gives most, is thanked most, is met for coffee: the same answer."""
    keys = [someone(cast, name, "met") for name in ("Avery", "Blake", "Casey")]
    set_niche(cast.actor(), MINE, now=NOW)
    before = find(cast.actor(), NEED, today=TODAY)
    assert len(before.options) == 3
    for order in permutations(keys):
        for times, key in enumerate(order):
            for _ in range(times):
                receiving.thank(cast.actor(), came(cast, key), "Thank you.", now=NOW)
                log_outreach(cast.actor(), Touch("coffee", TODAY, key), now=NOW)
                said(cast.actor(), key, "talk", now=NOW)
            keep_contact(cast.actor(), key, style="gives much", fees="", next_on=None, now=NOW)
        after = find(cast.actor(), NEED, today=TODAY)
        assert after.options == before.options and after.weights == before.weights


@pytest.mark.slow
def test_what_was_sent_is_counted_once_a_referral(cast: Cast) -> None:
    loop = Loop(cast).offer().choose().sign().send()
    assert exchanged_with(cast.practice.pk, [loop.listings[0]]).sent == 1
