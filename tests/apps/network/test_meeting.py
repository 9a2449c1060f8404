"""Coffee, calls and notes: planned, done, followed up; what one learns; goals that scold nobody."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.apps.network.test_coverage import someone
from tests.cast import NOW, Cast
from warmhandoff.core.models import AuditEntry
from warmhandoff.directory.acquaintance import relationships_of
from warmhandoff.directory.columns import directory_for
from warmhandoff.directory.listing import relate
from warmhandoff.network.circle import calendar_of, circle, known_of
from warmhandoff.network.meeting import (
    Touch,
    add_group,
    done_outreach,
    drop_outreach,
    end_group,
    followed_up,
    keep_contact,
    log_outreach,
    plan_outreach,
    set_goal,
)
from warmhandoff.network.models import Contact, Outreach
from warmhandoff.rules.meeting import goal_in_words, scripts, ways
from warmhandoff.rules.reading import measure
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)


def test_from_a_plan_to_someone_the_engine_trusts(cast: Cast) -> None:
    key = someone(cast, "Olivia Cedar")
    plan = plan_outreach(cast.actor(), Touch("coffee", TODAY + DAY, key), now=NOW)
    shown = circle(cast.actor(), today=TODAY)
    assert [(one.with_whom, one.way) for one in shown.planned] == [("Olivia Cedar", "Coffee")]
    assert circle(cast.actor("colleague"), today=TODAY).planned == (), "plans are one's own"
    later = NOW + 2 * DAY
    done = Touch("coffee", TODAY + DAY, words="Warm, dry humor.", follow_up_on=TODAY + 6 * DAY)
    done_outreach(cast.actor(), plan, done, now=later)
    assert relationships_of(cast.practice.pk) == {key: "met"}
    directory = directory_for(cast.actor(), today=TODAY)
    part, row = directory.find(key)
    assert part.segment.values and row >= 0
    shown = circle(cast.actor(), today=TODAY + 2 * DAY)
    assert shown.planned == () and [one.with_whom for one in shown.follow_ups] == ["Olivia Cedar"]
    assert shown.latest[0].words == "Warm, dry humor."
    assert known_of(cast.actor("colleague"), key, today=TODAY).last_on == TODAY + DAY, "the practice knows of it"
    followed_up(cast.actor(), plan, now=later)
    assert circle(cast.actor(), today=TODAY).follow_ups == ()
    with pytest.raises(NotNow):
        followed_up(cast.actor(), plan, now=later)
    with pytest.raises(NotNow):
        drop_outreach(cast.actor(), plan, now=later)


def test_a_note_is_no_meeting_and_nobody_is_known_less_for_a_coffee(cast: Cast) -> None:
    stranger, friend = someone(cast, "Stranger"), someone(cast, "Friend", "know_well")
    log_outreach(cast.actor(), Touch("note", TODAY, stranger), now=NOW)
    log_outreach(cast.actor(), Touch("lunch", TODAY, friend), now=NOW)
    assert relationships_of(cast.practice.pk) == {friend: "know_well"}
    log_outreach(cast.actor(), Touch("call", TODAY, stranger, relationship="heard_of"), now=NOW)
    assert relationships_of(cast.practice.pk)[stranger] == "heard_of", "what she says counts"


def test_what_cannot_be_is_refused(cast: Cast) -> None:
    key, group = someone(cast, "Someone"), add_group(cast.actor(), "Listserv", "group", now=NOW)
    for touch, field in (
        (Touch("dance", TODAY, key), "way"), (Touch("call", TODAY - DAY, key), "on"), (Touch("call", TODAY), "listing"),
        (Touch("call", TODAY, key, group), "listing"), (Touch("call", TODAY + 800 * DAY, key), "on"),
        (Touch("call", TODAY, key, words="x" * 2001), "words"),
    ):  # fmt: skip
        with pytest.raises(BadInput) as refused:
            plan_outreach(cast.actor(), touch, now=NOW)
        assert field in {problem.field for problem in refused.value.problems}
    with pytest.raises(BadInput):
        log_outreach(cast.actor(), Touch("call", TODAY + DAY, key), now=NOW)
    for touch in (Touch("call", TODAY, key), Touch("group", TODAY, group_id=group)):
        with pytest.raises(NotThere):
            plan_outreach(cast.actor("outsider"), touch, now=NOW)
    with pytest.raises(NotThere):
        end_group(cast.actor("outsider"), group, now=NOW)
    assert not Outreach.objects.exists()


def test_what_is_noted_of_a_colleague_lies_sealed(cast: Cast) -> None:
    key = someone(cast, "Olivia Cedar", participants=["couple"])
    keep_contact(cast.actor(), key, style="Quiet, structured", fees="150, slides to 80", next_on=TODAY + DAY, now=NOW)
    known = known_of(cast.actor("colleague"), key, today=TODAY)
    assert (known.style, known.fees, known.next_on) == ("Quiet, structured", "150, slides to 80", TODAY + DAY)
    assert [one.code for one in known.types] == ["couples_families", "trauma"]
    assert "Quiet" not in str(Contact.objects.values_list("style").get()) and str(Contact.objects.get().style) == "•••"
    assert [one.name for one in circle(cast.actor(), today=TODAY).due] == ["Olivia Cedar"]
    with pytest.raises(BadInput):
        keep_contact(cast.actor(), key, style="", fees="", next_on=TODAY - DAY, now=NOW)
    with pytest.raises(NotThere):
        known_of(cast.actor("outsider"), key, today=TODAY)
    assert known_of(cast.actor("outsider"), _shared(cast), today=TODAY).style == ""


def _shared(cast: Cast) -> int:
    from tests.apps.directory.test_listing import shared_dana

    key = shared_dana(cast, name="Shared Dana")
    keep_contact(cast.actor(), key, style="for us alone", fees="", next_on=None, now=NOW)
    return key


def test_goals_count_new_faces_once_and_scold_nobody(cast: Cast) -> None:
    set_goal(cast.actor(), "new", 3, now=NOW)
    old, new = someone(cast, "Old Friend"), someone(cast, "New Face")
    log_outreach(cast.actor(), Touch("coffee", TODAY - 60 * DAY, old), now=NOW)
    for key, way in ((old, "lunch"), (new, "coffee"), (new, "call"), (someone(cast, "By Mail"), "note")):
        log_outreach(cast.actor(), Touch(way, TODAY, key), now=NOW)
    (goal,) = circle(cast.actor(), today=TODAY).goals
    assert (goal.done, goal.a_month) == (1, 3)
    assert goal.words == "1 of the 3 new colleagues you meant for this month. A small circle is enough."
    assert circle(cast.actor("colleague"), today=TODAY).goals == ()
    set_goal(cast.actor(), "new", 1, now=NOW)
    assert circle(cast.actor(), today=TODAY).goals[0].words.startswith("1 new colleague this month")
    set_goal(cast.actor(), "new", 0, now=NOW)
    assert circle(cast.actor(), today=TODAY).goals == ()
    for what, number in (("new", 32), ("new", -1), ("score", 3)):
        with pytest.raises(BadInput):
            set_goal(cast.actor(), what, number, now=NOW)
    for done in range(4):
        said = goal_in_words("new", done, 3).lower()
        assert not any(word in said for word in ("only", "behind", "fail", "miss", "should", "must"))


def test_the_calendar_says_with_whom_and_nothing_else(cast: Cast) -> None:
    key = someone(cast, "Olivia Cedar")
    group = add_group(cast.actor(), "Southside consultation", "group", place="Library", now=NOW)
    plan_outreach(cast.actor(), Touch("lunch", TODAY + DAY, key, words="Rosalind may fit her"), now=NOW)
    dropped = plan_outreach(cast.actor(), Touch("group", TODAY + DAY, group_id=group), now=NOW)
    log_outreach(cast.actor(), Touch("call", TODAY, key, follow_up_on=TODAY + 5 * DAY), now=NOW)
    text = calendar_of(cast.actor(), now=NOW).decode()
    assert text.count("BEGIN:VEVENT") == 3 and "SUMMARY:Lunch: Olivia Cedar" in text and "LOCATION:Library" in text
    assert "DTSTART;VALUE=DATE:20261128" in text and "Write to Olivia Cedar" in text and "Rosalind" not in text
    assert "BEGIN:VEVENT" not in calendar_of(cast.actor("colleague"), now=NOW).decode()
    drop_outreach(cast.actor(), dropped, now=NOW)
    gone = calendar_of(cast.actor(), dropped, now=NOW).decode()
    assert "STATUS:CANCELLED" in gone and "SEQUENCE:1" in gone


def test_scripts_are_plain_and_about_no_client() -> None:
    assert {way for one in scripts() for way in one.ways} == set(ways())
    for one in scripts():
        assert not measure(one.text).too_hard, one.code
        assert "“" in one.source and "your client" not in one.text


def test_everything_done_is_in_the_audit(cast: Cast) -> None:
    key = someone(cast, "Someone")
    relate(cast.actor(), key, now=NOW, relationship="met")
    log_outreach(cast.actor(), Touch("call", TODAY, key), now=NOW)
    add_group(cast.actor(), "Listserv", "group", now=NOW)
    kinds = AuditEntry.objects.values_list("verb", "subject_kind")
    assert ("log", "outreach") in kinds and ("add", "group") in kinds
