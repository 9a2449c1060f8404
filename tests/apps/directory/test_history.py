"""Who said what, and why one word holds: the sentence comes from the rule."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.apps.directory.test_listing import enter_dana, shared_dana
from tests.apps.directory.test_merging import land, one
from tests.apps.directory.test_own_word import asked
from tests.cast import Cast
from warmhandoff.directory import own_word
from warmhandoff.directory.history import FieldHistory, histories
from warmhandoff.directory.listing import edit
from warmhandoff.rules.refusals import NotThere


def of(cast: Cast, listing_id: int, field: str, part: str = "clinician") -> FieldHistory:
    return next(h for h in histories(cast.actor(part), listing_id)[2] if h.field == field)


def test_each_word_says_why_it_holds_or_not(cast: Cast) -> None:
    dana = shared_dana(cast)
    edit(cast.actor(), dana, {"fee": 9000}, now=cast.now, verified=True)
    edit(cast.actor(), dana, {"fee": 9500}, now=cast.now + timedelta(days=1))
    own_word.change(asked(cast, dana, days=1), {"fee": 12000}, now=cast.now + timedelta(days=1))
    words = of(cast, dana, "fee").words
    assert [(word.words, word.holds) for word in words] == [("$120", True), ("$95", False), ("$90", False),
                                                            ("$150", False)]
    assert [word.why[:30] for word in words[1:]] == [
        "On one day the listing's own w", "The same source said it anew l", "Whoever answers for it (a pers"
    ]  # fmt: skip
    assert words[1].by == "Clinician Person" and words[0].source.startswith("The listing itself")
    assert [word.words for word in of(cast, dana, "fee", "outsider").words] == ["$150"]


def test_files_are_told_apart_and_merged_rows_speak_together(cast: Cast) -> None:
    base = {"name": "Dana", "kind": "therapist"}
    a, = land(cast, "old list", ("1", {**base, "phone": "1"}))
    b, = land(cast, "new list", ("1", {**base, "phone": "2"}))
    one(cast, a, b)
    phones = of(cast, a, "phone").words
    assert {(word.words, word.source) for word in phones} == {("1", "old list"), ("2", "new list")}
    assert [word.why for word in phones if not word.holds] == ["The other was said later the same day."]
    land(cast, "new list", ("1", base))
    assert {word.why for word in of(cast, a, "phone").words if not word.holds} == {
        "This source says nothing of it any more.", "The same source said it anew later.",
    }  # fmt: skip


def test_a_confidential_place_has_no_history_and_strangers_see_none(cast: Cast) -> None:
    dana = enter_dana(cast, confidential=True, address="12 Hidden Street")
    assert "Hidden" not in repr(histories(cast.actor(), dana))
    with pytest.raises(NotThere):
        histories(cast.actor("outsider"), dana)
