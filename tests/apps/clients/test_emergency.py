"""Emergency access: who, how found, how long, who is told and who reviews it; and the blind indexes it searches by."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from tests.apps.referrals.loop import Loop
from tests.cast import CLIENT_NAME, NOW, PASSWORD, Cast
from warmhandoff.accounts.joining import NewAccount, add_member
from warmhandoff.accounts.models import Membership, User
from warmhandoff.clients import caring, emergency, indexing
from warmhandoff.clients.caring import ClientFacts
from warmhandoff.clients.emergency import Asked
from warmhandoff.clients.emergency_rate import emergency_rate, emergency_rate_of_server
from warmhandoff.clients.models import Client, EmergencyAccess
from warmhandoff.clients.queries import alike, client_row, open_client, verbs_on, visible_clients, who_looked
from warmhandoff.core import clock, sealing
from warmhandoff.core.models import AuditedClient, AuditEntry, PracticeKey
from warmhandoff.referrals.queries import open_referral
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotThere, Stale, TooMany, Unavailable

ASKED = Asked("danger", "She called the desk and spoke of a bridge.", name=CLIENT_NAME)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def at(monkeypatch: pytest.MonkeyPatch, later: timedelta) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + later)


def ask(cast: Cast, part: str = "colleague", asked: Asked = ASKED, **more: str) -> object:
    return emergency.open_in_emergency(cast.actor(part), replace(asked, **more), now=NOW)


def test_she_is_opened_for_hours_to_look_and_nothing_else(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = Loop(cast)
    assert ask(cast) == cast.client.pk
    actor = cast.actor("colleague")
    assert verbs_on(actor, cast.client.pk) == {"see", "see_clinical", "directory"}
    assert open_client(actor, cast.client.pk, now=NOW).name == CLIENT_NAME
    assert open_referral(actor, loop.id, now=NOW).chart_reason == "a private chart reason"
    for verb in ("change", "send"):
        with pytest.raises(NotThere):
            client_row(actor, cast.client.pk, verb)  # type: ignore[arg-type]
    at(monkeypatch, 11 * HOUR + timedelta(minutes=59))
    assert visible_clients(actor).exists()
    at(monkeypatch, 12 * HOUR)
    assert not visible_clients(actor).exists() and verbs_on(actor, cast.client.pk) == {"directory"}


def test_it_is_hers_alone(cast: Cast) -> None:
    other = add_member(cast.practice, NewAccount("o@desk.example", "Other", PASSWORD), ["clinician"], now=NOW)
    ask(cast)
    from warmhandoff.accounts.queries import actor_of_membership

    assert not visible_clients(actor_of_membership(other)).exists()
    assert "see" not in verbs_on(actor_of_membership(other), cast.client.pk)


@pytest.mark.parametrize("part", ["coordinator", "admin"])
def test_only_those_who_treat_or_supervise(cast: Cast, part: str) -> None:
    with pytest.raises(NotAllowed):
        ask(cast, part)
    assert not EmergencyAccess.objects.exists()


@pytest.mark.parametrize("wrong", [
    {"kind": "curious"}, {"words": "too short, really"}, {"words": " " * 40}, {"name": " "},
])  # fmt: skip
def test_there_is_no_search_without_a_reason(cast: Cast, wrong: dict[str, str]) -> None:
    before = AuditEntry.objects.count()
    with pytest.raises(BadInput):
        ask(cast, **wrong)
    assert AuditEntry.objects.count() == before and not EmergencyAccess.objects.exists()


def test_the_reason_lies_sealed(cast: Cast) -> None:
    ask(cast)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM clients_emergencyaccess")
        assert "bridge" not in repr(cursor.fetchall())


@pytest.mark.parametrize("how", [
    {"name": "marlowe,  ROSALIND"}, {"name": "", "phone": "+1 (512) 555 0142"},
    {"name": "", "email": " Rosalind@Client.example"}, {"phone": "5125550142"},
])  # fmt: skip
def test_she_is_found_however_it_is_written(cast: Cast, how: dict[str, str]) -> None:
    assert ask(cast, **how) == cast.client.pk


@pytest.mark.parametrize("how", [
    {"name": "Rosalind"}, {"name": "Rosalind Marlow"}, {"phone": "512-555-0143"}, {"email": "other@client.example"},
])  # fmt: skip
def test_what_does_not_fit_exactly_finds_nobody(cast: Cast, how: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        ask(cast, **how)
    assert not EmergencyAccess.objects.exists()


def test_clients_of_another_practice_are_not_found(cast: Cast) -> None:
    caring.add_client(cast.actor("outsider"), ClientFacts("Priya Vandermeer", phone="512-555-0142"), now=NOW)
    with pytest.raises(BadInput):
        ask(cast, name="Priya Vandermeer")
    assert ask(cast, name="", phone="512-555-0142") == cast.client.pk


def test_several_who_fit_are_told_apart_by_more(cast: Cast) -> None:
    second = cast.add_client(CLIENT_NAME, phone="512-555-0199")
    with pytest.raises(BadInput):
        ask(cast)
    assert ask(cast, phone="512-555-0199") == second


def test_whoever_sees_her_anyway_opens_nothing(cast: Cast) -> None:
    assert ask(cast, "clinician") == ask(cast, "supervisor") == cast.client.pk
    assert not EmergencyAccess.objects.exists()


def test_searches_are_counted_and_on_the_record_also_misses(cast: Cast) -> None:
    for number in range(10):
        with pytest.raises(BadInput):
            ask(cast, name=f"Nobody {number}")
    with pytest.raises(TooMany):
        ask(cast)
    assert AuditEntry.objects.filter(verb="look_in_emergency").count() == 10
    assert not AuditedClient.objects.filter(entry__verb="look_in_emergency").exists()
    later = NOW + timedelta(days=1)
    emergency.open_in_emergency(cast.actor("colleague"), ASKED, now=later)
    assert AuditedClient.objects.filter(entry__verb="look_in_emergency", client_id=cast.client.pk).count() == 1


def test_her_team_supervisors_and_administrators_are_told(cast: Cast) -> None:
    ask(cast)
    for part, initials in (("clinician", "R. M."), ("supervisor", "R. M."), ("admin", "")):
        (line,) = emergency.list_emergencies(cast.actor(part), now=NOW, latest=True)
        assert (line.by, line.initials, line.mine) == ("Colleague Person", initials, False)
        assert b"Opened in an emergency" in cast.web(part).get("/").content
    assert emergency.list_emergencies(cast.actor("colleague"), now=NOW, latest=True) == []
    assert [line.mine for line in emergency.list_emergencies(cast.actor("colleague"), now=NOW)] == [True]
    for part in ("coordinator", "outsider"):
        assert emergency.list_emergencies(cast.actor(part), now=NOW) == []
    looks = who_looked(cast.actor(), cast.client.pk, now=NOW).lines
    assert {"look_in_emergency", "open_in_emergency"} <= {look.verb for look in looks}


def test_the_supervisor_of_whoever_opened_is_told(cast: Cast) -> None:
    second = add_member(
        cast.practice, NewAccount("s@desk.example", "Second", PASSWORD), ["supervisor"], now=NOW
    )
    User.objects.filter(pk=second.user_id).update(second_factor_since=NOW)
    second.refresh_from_db()
    Membership.objects.filter(pk=cast.members["colleague"].pk).update(supervisor=second)
    ask(cast)
    from warmhandoff.accounts.queries import actor_of_membership

    (line,) = emergency.list_emergencies(actor_of_membership(second), now=NOW)
    assert line.initials == "" and line.words == ASKED.words


def test_another_person_reviews_it_once(cast: Cast) -> None:
    ask(cast)
    row = EmergencyAccess.objects.get()
    with pytest.raises(NotAllowed):
        emergency.review(cast.actor("colleague"), row.pk, "all fine", now=NOW)
    for part in ("coordinator", "outsider"):
        with pytest.raises(NotThere):
            emergency.review(cast.actor(part), row.pk, "all fine", now=NOW)
    with pytest.raises(BadInput):
        emergency.review(cast.actor("admin"), row.pk, " ", now=NOW)
    emergency.review(cast.actor("admin"), row.pk, "She did right.", now=NOW)
    with pytest.raises(Stale):
        emergency.review(cast.actor(), row.pk, "again", now=NOW)
    (line,) = emergency.list_emergencies(cast.actor(), now=NOW)
    assert (line.reviewed_by, line.review, line.reviewed_at) == ("Admin Person", "She did right.", NOW)
    later = NOW + timedelta(days=8)
    assert emergency.list_emergencies(cast.actor(), now=later, latest=True) == []
    with pytest.raises(IntegrityError), transaction.atomic():
        EmergencyAccess.objects.filter(pk=row.pk).update(reviewed_by_id=row.membership_id)


def test_a_practice_of_one_has_no_emergency_among_colleagues(cast: Cast) -> None:
    assert not emergency.may_open(cast.actor("outsider")) and emergency.may_open(cast.actor("colleague"))
    with pytest.raises(NotThere):
        ask(cast, "outsider")


# --- blind indexes


def test_equal_values_match_within_one_practice_and_purpose_only(cast: Cast) -> None:
    here, there = cast.practice.pk, cast.members["outsider"].practice_id
    one = sealing.blind_index(here, "client name", "rosalind")
    assert one == sealing.blind_index(here, "client name", "rosalind") and len(one) == 64
    others = {
        sealing.blind_index(there, "client name", "rosalind"), sealing.blind_index(here, "client phone", "rosalind"),
        sealing.blind_index(here, "client name", "rosalinda"),
    }  # fmt: skip
    assert len(others | {one}) == 4


def test_the_index_key_outlasts_new_data_keys_and_dies_with_the_practice(cast: Cast) -> None:
    here = cast.practice.pk
    before = sealing.blind_index(here, "p", "v")
    sealing.add_data_key(here, 2)
    sealing.forget_keys()
    assert sealing.blind_index(here, "p", "v") == before
    assert sealing._data_key(here, 0)[0] == 2
    PracticeKey.objects.filter(practice_id=here).delete()
    sealing.forget_keys()
    with pytest.raises(Unavailable):
        sealing.blind_index(here, "p", "v")
    assert not PracticeKey.objects.filter(practice_id=here).exists(), "a shredded practice gets no new key"


def test_a_practice_older_than_the_indexes_is_filled_in(cast: Cast) -> None:
    filled = Client.objects.values_list("name_index", "phone_index", "email_index").get(pk=cast.client.pk)
    assert all(filled)
    Client.objects.update(name_index="", phone_index="", email_index="")
    PracticeKey.objects.filter(version=sealing.INDEX_KEY).delete()
    sealing.forget_keys()
    indexing.fill(NOW)
    assert ask(cast) == cast.client.pk
    indexing.fill(NOW)


def test_an_index_follows_the_record(cast: Cast) -> None:
    caring.change_client(cast.actor(), cast.client.pk, ClientFacts("Rosalind Other"), now=NOW)
    with pytest.raises(BadInput):
        ask(cast)
    with pytest.raises(BadInput):
        ask(cast, name="", phone="512-555-0142")
    assert ask(cast, name="Rosalind Other") == cast.client.pk


def test_who_may_be_the_same_is_told_to_those_who_see_her(cast: Cast) -> None:
    for given_ in ({"name": "rosalind marlowe"}, {"phone": "(512) 5550142"}, {"email": "ROSALIND@client.example"}):
        asked = {"name": "", "phone": "", "email": "", **given_}
        assert [line.id for line in alike(cast.actor(), **asked, now=NOW)] == [cast.client.pk]
        assert alike(cast.actor("colleague"), **asked, now=NOW) == []
    assert alike(cast.actor(), name="", phone="", email="", now=NOW) == []


@given(st.text(max_size=40))
def test_a_name_is_plain_once_and_for_all(name: str) -> None:
    plain = indexing.plain_name(name)
    assert indexing.plain_name(plain) == plain
    assert indexing.plain_name(f"  {name.upper()} ") in (plain, indexing.plain_name(name.upper()))


def test_how_often_beside_signed_releases(cast: Cast) -> None:
    assert emergency_rate(cast.actor("admin"), now=NOW).per_hundred is None
    Loop(cast).offer().choose().sign()
    ask(cast)
    rate = emergency_rate(cast.actor("admin"), now=NOW + timedelta(minutes=1))
    assert (rate.emergencies, rate.releases, rate.per_hundred) == (1, 1, 100.0)
    assert emergency_rate(cast.actor("outsider"), now=NOW + timedelta(minutes=1)).emergencies == 0
    assert emergency_rate_of_server(now=NOW + timedelta(minutes=1)).releases == 1
    assert emergency_rate(cast.actor("admin"), now=NOW + timedelta(days=366)).releases == 0
    with pytest.raises(NotAllowed):
        emergency_rate(cast.actor(), now=NOW)
