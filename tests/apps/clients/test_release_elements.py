"""The gate asks for every element, the elements of Part 2 where they are due, and the event a release ends with."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.apps.clients.releases import DRAFT, REFERRAL, TODAY, asked, drafted, signed
from tests.cast import NOW, Cast
from warmhandoff.clients import endings, releasing
from warmhandoff.clients.models import Release
from warmhandoff.clients.queries import releases_of
from warmhandoff.core import events
from warmhandoff.rules.access import system
from warmhandoff.rules.refusals import BadInput
from warmhandoff.rules.release_elements import elements
from warmhandoff.rules.release_elements import endings as known_endings


@pytest.mark.parametrize("code", ["revoke", "condition", "redisclosure", "copy"])
def test_a_release_whose_text_lacks_a_statement_covers_nothing(cast: Cast, code: str) -> None:
    release = signed(cast)
    assert asked(cast).allowed
    row = Release.objects.get(pk=release)
    row.statements.remove(code)
    row.save()
    assert elements()[code].cite in asked(cast).reason


def test_every_statement_it_claims_stands_in_its_text(cast: Cast) -> None:
    for language in ("en", "es"):
        cast.client.language = language
        cast.client.save()
        row = Release.objects.get(pk=drafted(cast, classes=["reason", "substance_use"]))
        said = row.text.reveal().split("\n")
        assert [elements()[code].text(language) for code in row.statements] == said[-len(row.statements):]


def test_records_of_a_substance_use_programme_need_their_own_elements(cast: Cast) -> None:
    plain = signed(cast, classes=["reason", "substance_use"])
    assert asked(cast, "substance_use").allowed
    row = Release.objects.get(pk=plain)
    row.statements = [code for code in row.statements if not code.startswith("part2_red")]
    row.save()
    assert asked(cast, "reason").allowed
    assert "42 CFR 2.31(a)(4)(iii)" in asked(cast, "substance_use").reason


def test_a_practice_that_is_such_a_programme_needs_them_for_everything(cast: Cast) -> None:
    signed(cast)
    cast.practice.part2_programme = True
    cast.practice.save()
    cast.client.practice.refresh_from_db()
    assert "42 CFR 2.31" in asked(cast).reason
    signed(cast)
    assert asked(cast).allowed


def test_the_general_designation_stands_in_the_text_and_opens_no_other_door(cast: Cast) -> None:
    release = signed(cast, classes=["substance_use"], to_treating=True)
    assert "those who treat you" in Release.objects.get(pk=release).text.reveal()
    assert asked(cast, "substance_use").allowed and not asked(cast, "substance_use", to=99).allowed


def test_what_may_come_back_is_its_own_permission(cast: Cast) -> None:
    release = signed(cast, back_classes=["progress_updates", "course"])
    assert asked(cast, "course", back=True).allowed and not asked(cast, "course").allowed
    assert not asked(cast, "reason", back=True).allowed
    assert "how your treatment has gone" in Release.objects.get(pk=release).text.reveal()


def test_news_alone_is_news_in_general(cast: Cast) -> None:
    signed(cast, news_back=True)
    assert asked(cast, "progress_updates", back=True).allowed and not asked(cast, "course", back=True).allowed


def test_it_says_which_records_are_meant(cast: Cast) -> None:
    row = Release.objects.get(pk=drafted(cast, records=(date(2025, 1, 1), date(2026, 1, 1))))
    assert "from January 1, 2025 to January 1, 2026" in row.text.reveal()
    with pytest.raises(BadInput):
        drafted(cast, records=(date(2026, 1, 1), date(2025, 1, 1)))


@pytest.mark.parametrize(("more", "field"), [
    ({"ends_with": "whenever"}, "ends_with"), ({"ends_with": "referral_closed", "referral_id": None}, "ends_with"),
    ({"back_classes": ["gossip"]}, "back_classes"), ({"back_classes": ["psychotherapy_notes"]}, "classes"),
    ({"others": [" "]}, "others"), ({"others": ["A"] * 9}, "others"), ({"kind": "stamp"}, "kind"),
    ({"kind": "process_notes"}, "classes"),
    ({"kind": "process_notes", "classes": ["psychotherapy_notes", "reason"]}, "classes"),
    ({"kind": "process_notes", "classes": ["psychotherapy_notes"], "back_classes": ["course"]}, "classes"),
])  # fmt: skip
def test_what_cannot_be_is_refused_beside_its_field(cast: Cast, more: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        drafted(cast, **more)
    assert field in [problem.field for problem in refused.value.problems]


def test_the_practice_sets_how_long_and_never_more_than_a_year(cast: Cast) -> None:
    cast.practice.release_longest_days = 30
    cast.practice.save()
    cast.client.practice.refresh_from_db()
    with pytest.raises(BadInput, match="30 days"):
        drafted(cast)
    cast.practice.release_longest_days = 4000
    cast.practice.save()
    with pytest.raises(BadInput, match="365 days"):
        drafted(cast, expires_on=TODAY + timedelta(days=366))


def _reaches(cast: Cast, state: str) -> None:
    subject = events.Subject("referral", REFERRAL, cast.practice.pk, cast.client.pk)
    change = events.Change("close", events.next_number(REFERRAL), to_state=state)
    events.record(subject, change, actor=system(cast.practice.pk), now=NOW + timedelta(hours=1))


@pytest.mark.parametrize(("event", "state", "other"), [
    ("referral_closed", "closed", "attended"), ("first_session", "attended", "booked"),
])  # fmt: skip
def test_it_ends_by_itself_and_does_not_come_back(cast: Cast, event: str, state: str, other: str) -> None:
    release = signed(cast, ends_with=event)
    _reaches(cast, other)
    assert asked(cast).allowed
    _reaches(cast, state)
    assert not asked(cast).allowed and "ended with" in asked(cast).reason
    _reaches(cast, "needed")  # opened again
    assert not asked(cast).allowed
    card = releases_of(cast.client.pk, today=TODAY)[0]
    assert card.id == release and card.ended and not card.in_force
    assert releasing.covering(REFERRAL, 7, now=NOW) is None


def test_what_happened_before_it_was_signed_ends_nothing(cast: Cast) -> None:
    _reaches(cast, "closed")
    cast.now = NOW + timedelta(hours=2)
    signed(cast, ends_with="referral_closed")
    assert asked(cast).allowed


def test_it_ends_with_treatment_here(cast: Cast) -> None:
    signed(cast, ends_with="treatment_ended")
    assert asked(cast).allowed
    cast.client.ended_at = NOW
    cast.client.save()
    assert not asked(cast).allowed


def test_every_event_is_told_by_someone_and_one_nobody_tells_has_happened(cast: Cast) -> None:
    assert set(known_endings()) == set(endings._TELLS)
    release = signed(cast)
    Release.objects.filter(pk=release).update(ends_with="given_up_event")
    assert not asked(cast).allowed


def test_a_draft_of_before_is_kept_apart_from_an_authorization_for_notes(cast: Cast) -> None:
    general = drafted(cast)
    notes = drafted(cast, kind="process_notes", classes=["psychotherapy_notes"])
    assert set(Release.objects.values_list("pk", flat=True)) == {general, notes}
    assert DRAFT.kind == "general"
