"""Clients: who sees whom, what is kept of them and how, and their way in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from tests.cast import CLIENT_NAME, NOW, Cast
from warmhandoff.clients import caring, inviting
from warmhandoff.clients.caring import ClientFacts
from warmhandoff.clients.models import CareTeam, Client, PortalKey
from warmhandoff.clients.queries import client_row, has_clients, list_clients, open_client, verbs_on, visible_clients
from warmhandoff.core.models import AuditedClient, AuditEntry, Message
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotThere, TooMany

SEES = {
    "clinician": True,
    "supervisor": True,
    "coordinator": True,
    "colleague": False,
    "admin": False,
    "outsider": False,
}


@pytest.mark.parametrize(("part", "sees"), SEES.items())
def test_who_sees_the_client(cast: Cast, part: str, sees: bool) -> None:
    assert visible_clients(cast.actor(part)).filter(pk=cast.client.pk).exists() is sees
    assert [line.name for line in list_clients(cast.actor(part), now=NOW)] == ([CLIENT_NAME] if sees else [])
    assert has_clients(cast.actor(part)) is sees


@pytest.mark.parametrize(
    ("part", "verbs"),
    [
        ("clinician", {"see", "see_clinical", "change", "send", "directory"}),
        ("supervisor", {"see", "see_clinical", "change", "send", "directory", "reports"}),
        ("coordinator", {"see", "send", "directory"}),
        ("colleague", {"directory"}),
        ("admin", {"directory", "policy", "audit", "reports"}),
    ],
)
def test_the_buttons_agree_with_the_doors(cast: Cast, part: str, verbs: set[str]) -> None:
    assert verbs_on(cast.actor(part), cast.client.pk) == verbs
    for verb in ("see", "see_clinical", "change", "send"):
        assert visible_clients(cast.actor(part), verb).exists() is (verb in verbs)  # type: ignore[arg-type]


def test_a_stranger_gets_what_nobody_gets(cast: Cast) -> None:
    for client_id in (cast.client.pk, uuid4()):
        with pytest.raises(NotThere) as refused:
            open_client(cast.actor("outsider"), client_id, now=NOW)
        assert refused.value.message == NotThere().message


def test_leaving_the_team_ends_the_sight(cast: Cast) -> None:
    CareTeam.objects.filter(client=cast.client).update(until=NOW)
    for part in ("clinician", "supervisor"):
        with pytest.raises(NotThere):
            client_row(cast.actor(part), cast.client.pk)
    assert "see" not in verbs_on(cast.actor(), cast.client.pk)


def test_opening_and_listing_are_audited_with_every_client_named(cast: Cast) -> None:
    before = AuditEntry.objects.filter(chain=cast.practice.pk.hex).count()
    cast.add_client("Jonas Thule")
    open_client(cast.actor(), cast.client.pk, now=NOW)
    list_clients(cast.actor(), now=NOW, words="jonas")
    written = AuditEntry.objects.filter(chain=cast.practice.pk.hex).order_by("number")
    verbs = list(written.values_list("verb", flat=True))[before:]
    assert sorted(verbs) == ["add", "list", "open"]
    assert AuditedClient.objects.filter(entry__verb="list").count() == 1


def test_nothing_of_a_client_lies_open_in_the_database(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM clients_client")
        stored = repr([bytes(part) if isinstance(part, memoryview) else part for part in cursor.fetchone()])
    for said in ("Rosalind", "Marlowe", "R. M.", "512-555", "client.example", "1991", "78704", "voicemail"):
        assert said not in stored
    assert cast.client.access_code.reveal() not in stored


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (ClientFacts(name="  "), "name"), (ClientFacts(name="A", zip="00000"), "zip"),
        (ClientFacts(name="A", birth_date="1.2.1990"), "birth_date"),
        (ClientFacts(name="A", birth_date="1850-01-01"), "birth_date"),
        (ClientFacts(name="A", birth_date="2027-01-01"), "birth_date"),
        (ClientFacts(name="A", language="fr"), "language"),
    ],
)  # fmt: skip
def test_facts_that_cannot_be_are_refused(cast: Cast, facts: ClientFacts, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        caring.add_client(cast.actor(), facts, now=NOW)
    assert [problem.field for problem in refused.value.problems] == [field]
    with pytest.raises(BadInput):
        caring.change_client(cast.actor(), cast.client.pk, facts, now=NOW)
    assert open_client(cast.actor(), cast.client.pk, now=NOW).name == CLIENT_NAME and Client.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Rosa Maria Martinez", "R. M."),
        ("Rosa", "R."),
        ("ána de la Cruz", "Á. C."),
        ("(anonymous)", "?"),
        ("J. T.", "J. T."),
    ],
)
def test_initials(name: str, shown: str) -> None:
    assert caring.initials(name) == shown


@pytest.mark.parametrize("part", ["coordinator", "admin"])
def test_clients_are_added_by_those_who_see_them(cast: Cast, part: str) -> None:
    with pytest.raises(NotAllowed):
        caring.add_client(cast.actor(part), ClientFacts(name="A"), now=NOW)


def test_the_front_desk_changes_nothing(cast: Cast) -> None:
    with pytest.raises(NotThere):
        caring.change_client(cast.actor("coordinator"), cast.client.pk, ClientFacts(name="A"), now=NOW)
    with pytest.raises(NotThere):
        caring.new_access_code(cast.actor("coordinator"), cast.client.pk, how="seen in session", now=NOW)
    assert caring.show_access_code(cast.actor("coordinator"), cast.client.pk, now=NOW)


def test_joining_a_team_twice_is_joining_once(cast: Cast) -> None:
    for _ in range(2):
        caring.join_team(cast.actor(), cast.client.pk, cast.members["colleague"].pk, now=NOW)
    assert CareTeam.objects.filter(client=cast.client).count() == 2
    for part in ("outsider", "departed"):
        with pytest.raises(NotThere):
            caring.join_team(cast.actor(), cast.client.pk, cast.members[part].pk, now=NOW)


# --- her way in


def _link(cast: Cast) -> str:
    invited = inviting.invite_client(cast.actor(), cast.client.pk, referral_id=None, now=NOW)
    assert invited.link is not None and not invited.mailed
    return invited.link.partition("#")[2]


def _code(cast: Cast) -> str:
    return str(cast.client.access_code.reveal())


def test_link_and_code_together_open_once(cast: Cast) -> None:
    token = _link(cast)
    actor, referral = inviting.redeem(token, _code(cast).upper().replace("-", " "), now=NOW)
    assert (actor.side, actor.client_id, actor.practice_id) == ("client", cast.client.pk, cast.practice.pk)
    assert referral is None and actor.name == "R. M."
    with pytest.raises(NotThere):
        inviting.redeem(token, _code(cast), now=NOW)


def test_neither_alone_opens_and_the_words_are_the_same(cast: Cast) -> None:
    token, said = _link(cast), set()
    for given in ((token, "0000-0000"), ("0" * 52, _code(cast)), ("", "")):
        with pytest.raises(NotThere) as refused:
            inviting.redeem(*given, now=NOW)
        said.add(refused.value.message)
    assert len(said) == 1


def test_a_link_ends_after_three_days_or_when_a_newer_one_is_made(cast: Cast) -> None:
    first = _link(cast)
    with pytest.raises(NotThere):
        inviting.redeem(first, _code(cast), now=NOW + timedelta(hours=72))
    second = _link(cast)
    with pytest.raises(NotThere):
        inviting.redeem(first, _code(cast), now=NOW)
    assert inviting.redeem(second, _code(cast), now=NOW)
    assert [message.state for message in Message.objects.order_by("created_at", "state")] == ["stopped", "waiting"]


def test_five_wrong_codes_end_the_link(cast: Cast) -> None:
    token = _link(cast)
    for _ in range(5):
        with pytest.raises(NotThere):
            inviting.redeem(token, "0000-0000", now=NOW)
    with pytest.raises(TooMany):
        inviting.redeem(token, _code(cast), now=NOW)
    with pytest.raises(NotThere):
        inviting.redeem(token, _code(cast), now=NOW + timedelta(hours=2))
    assert PortalKey.objects.get().ended_at is not None


@pytest.mark.parametrize(
    ("rules", "mailed"),
    [({"channels": ["mail"]}, True), ({"channels": ["phone"]}, False), ({}, False),
     ({"channels": ["mail"], "never": True}, False)],
)  # fmt: skip
def test_mail_goes_only_where_she_said_it_is_safe(
    cast: Cast, settings: Any, rules: dict[str, Any], mailed: bool
) -> None:
    settings.SMTP_URL = "file:///nowhere"
    cast.client.safe_contact = rules
    cast.client.save()
    invited = inviting.invite_client(cast.actor(), cast.client.pk, referral_id=None, now=NOW)
    assert invited.mailed is mailed and (invited.link is None) is mailed
    assert Message.objects.get().to.reveal() == ("rosalind@client.example" if mailed else "")


def test_a_link_is_made_by_those_who_may_send(cast: Cast) -> None:
    for part in ("outsider", "colleague", "admin"):
        with pytest.raises(NotThere):
            inviting.invite_client(cast.actor(part), cast.client.pk, referral_id=None, now=NOW)
        with pytest.raises(NotThere):
            inviting.start_on_device(cast.actor(part), cast.client.pk, now=NOW)
    her = inviting.start_on_device(cast.actor("coordinator"), cast.client.pk, now=NOW)
    assert her.side == "client" and list(visible_clients(her)) == [cast.client]
