"""What is prepared for the talks: drafted from the referral, edited, shared in plain words, and taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from tests.apps.referrals.loop import Loop
from tests.cast import NOW, Cast
from warmhandoff.clients.exporting import export_record
from warmhandoff.core.models import Event
from warmhandoff.directory import listing
from warmhandoff.referrals import erasing
from warmhandoff.referrals.models import TalkPlan
from warmhandoff.referrals.talking import (
    TalkFacts,
    keep_talk,
    log_conversation,
    open_talk,
    share_letter,
    shared_texts,
    talk_pdf,
    unshare_letter,
)
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotThere, Stale

HARD = ("Notwithstanding considerable therapeutic advancement, interdisciplinary specialization necessitates immediate "
        "transition to an alternative psychotherapeutic professional.")  # fmt: skip


@pytest.fixture
def loop(cast: Cast) -> Loop:
    return Loop(cast)


def _her(cast: Cast) -> Actor:
    return Actor(side="client", practice_id=cast.practice.pk, client_id=cast.client.pk)


def _keep(loop: Loop, seen: int = 0, facts: TalkFacts | None = None, **texts: str) -> None:
    keep_talk(loop.actor, loop.id, facts or TalkFacts(), texts, seen=seen, now=NOW)


def test_the_draft_is_made_of_the_referrals_own_facts(loop: Loop) -> None:
    loop.offer()
    view = open_talk(loop.actor, loop.id, now=NOW)
    letter = view.texts["letter"]
    assert "Dear Rosalind," in letter and "Avery Lowell, Blake Moreno and Casey Nguyen" in letter
    assert "You need someone trained in trauma." in view.texts["first"] and "Avery" not in view.texts["first"]
    assert "trust" not in view.texts["letter"] and "a private chart reason" not in " ".join(view.texts.values())
    assert "Aetna" in view.texts["call"] and view.own == frozenset() and view.versions == 0
    assert not TalkPlan.objects.exists(), "looking keeps nothing"


def test_trust_is_said_of_those_she_knows_well(loop: Loop) -> None:
    loop.offer()
    for one in loop.listings:
        listing.relate(loop.actor, one, relationship="know_well", now=NOW)
    assert "I know them and trust them" in open_talk(loop.actor, loop.id, now=NOW).texts["letter"]


def test_what_is_edited_is_kept_and_the_rest_stays_drafted(loop: Loop) -> None:
    before = open_talk(loop.actor, loop.id, now=NOW).texts
    facts = TalkFacts(progress="You drive again.", until=date(2027, 1, 15), first_on=NOW.date())
    _keep(loop, facts=facts, **{**before, "first": "My own words for her."})
    view = open_talk(loop.actor, loop.id, now=NOW)
    assert view.own == {"first"} and view.texts["first"] == "My own words for her." and view.versions == 1
    assert "You drive again." in view.texts["letter"] and "January 15, 2027" in view.texts["letter"]
    loop.offer()
    assert "Avery Lowell" in open_talk(loop.actor, loop.id, now=NOW).texts["letter"]
    kept = TalkPlan.objects.values_list("first", "progress").get()
    assert b"own words" not in kept[0] and b"drive" not in kept[1]


def test_in_her_language(loop: Loop) -> None:
    _keep(loop, facts=TalkFacts(language="es"))
    assert "Hola, Rosalind:" in open_talk(loop.actor, loop.id, now=NOW).texts["letter"]


def test_of_two_who_keep_one_wins(loop: Loop) -> None:
    _keep(loop, letter="One.")
    for stale in (lambda: _keep(loop, letter="Two."), lambda: share_letter(loop.actor, loop.id, seen=0, now=NOW)):
        with pytest.raises(Stale):
            stale()


@pytest.mark.parametrize(
    ("facts", "texts", "field"),
    [
        (TalkFacts(language="fr"), {}, "language"),
        (TalkFacts(until=NOW.date()), {}, "until"),
        (TalkFacts(first_on=NOW.date(), second_on=NOW.date() - timedelta(days=1)), {}, "second_on"),
        (TalkFacts(), {"poem": "x"}, "poem"),
        (TalkFacts(), {"letter": "x" * 20_001}, "letter"),
    ],
)
def test_what_cannot_be_kept(loop: Loop, facts: TalkFacts, texts: dict[str, str], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        _keep(loop, facts=facts, **texts)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_she_reads_it_once_it_is_shared_and_as_it_was_shared(loop: Loop, cast: Cast) -> None:
    her = _her(cast)
    assert shared_texts(her, loop.id) == {}
    with pytest.raises(NotThere):
        talk_pdf(her, loop.id, "letter", now=NOW)
    share_letter(loop.actor, loop.id, seen=0, now=NOW)
    before = shared_texts(her, loop.id)
    assert "Dear Rosalind," in before["letter"] and "My first call" in before["call"]
    loop.offer()
    assert shared_texts(her, loop.id) == before, "what she has read does not change behind her back"
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(talk_pdf(her, loop.id, "call", now=NOW))).pages)
    assert "My first call" in text
    unshare_letter(loop.actor, loop.id, now=NOW)
    assert shared_texts(her, loop.id) == {}
    with pytest.raises(NotThere):
        unshare_letter(loop.actor, loop.id, now=NOW)
    moves = list(Event.objects.filter(client_id=cast.client.pk).values_list("move", flat=True))
    assert "share_letter" in moves and "unshare_letter" in moves


def test_changing_it_takes_it_off_her_page(loop: Loop, cast: Cast) -> None:
    share_letter(loop.actor, loop.id, seen=0, now=NOW)
    _keep(loop, seen=1, letter="Dear Rosalind, a new letter.")
    assert shared_texts(_her(cast), loop.id) == {}


def test_nothing_above_the_eighth_grade_reaches_her(loop: Loop) -> None:
    _keep(loop, letter=HARD)
    with pytest.raises(BadInput, match="at grade"):
        share_letter(loop.actor, loop.id, seen=1, now=NOW)
    with pytest.raises(BadInput, match="at grade"):
        talk_pdf(loop.actor, loop.id, "letter", now=NOW)
    assert talk_pdf(loop.actor, loop.id, "call", now=NOW).startswith(b"%PDF-")


def test_a_draft_that_she_has_read_about_is_not_erased(loop: Loop) -> None:
    _keep(loop, letter="Not shared yet.")
    assert erasing.why_not(loop.actor, loop.id) == ""
    share_letter(loop.actor, loop.id, seen=1, now=NOW)
    assert "told" in erasing.why_not(loop.actor, loop.id)


@pytest.mark.parametrize("act", [
    lambda actor, loop: open_talk(actor, loop.id, now=NOW),
    lambda actor, loop: talk_pdf(actor, loop.id, "call", now=NOW),
    lambda actor, loop: keep_talk(actor, loop.id, TalkFacts(), {}, seen=0, now=NOW),
    lambda actor, loop: share_letter(actor, loop.id, seen=0, now=NOW),
])  # fmt: skip
def test_it_is_for_those_who_care_for_her(loop: Loop, cast: Cast, act: Any) -> None:
    for part in ("colleague", "admin", "outsider"):
        with pytest.raises(NotThere):
            act(cast.actor(part), loop)
    with pytest.raises((NotAllowed, NotThere)):
        act(cast.actor("coordinator"), loop)


def test_another_client_finds_nothing(loop: Loop, cast: Cast) -> None:
    share_letter(loop.actor, loop.id, seen=0, now=NOW)
    other = replace(_her(cast), client_id=cast.add_client())
    for act in (lambda: shared_texts(other, loop.id), lambda: talk_pdf(other, loop.id, "letter", now=NOW)):
        with pytest.raises(NotThere):
            act()


def test_what_was_held_stands_beside_it_and_in_her_record(loop: Loop) -> None:
    log_conversation(loop.actor, loop.id, held_on=NOW.date(), how="session", beats=["reason", "choice"],
                     how_taken="Relieved.", now=NOW)
    _keep(loop, letter="Dear Rosalind, thank you.")
    (line,) = open_talk(loop.actor, loop.id, now=NOW).held
    assert line.how_taken == "Relieved." and len(line.beats) == 2
    assert export_record(loop.actor, loop.cast.client.pk, now=NOW)
