"""What stands between practices, and between parts of one, taken one wall at a time (R-04).

Where two walls stand behind each other, a row is bent by hand so that only the one looked at holds it back.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from tests.apps.referrals.loop import CLASSES, FACTS, NEED, Loop
from tests.cast import CLIENT_NAME, NOW, Cast
from warmhandoff.accounts import joining, leaving, queries
from warmhandoff.accounts.models import Invitation, Membership
from warmhandoff.clients import emergency, inviting, messages, releasing, teams
from warmhandoff.clients.caring import ClientFacts, add_client
from warmhandoff.clients.models import CareTeam, Client, PortalKey, Release
from warmhandoff.clients.queries import verbs_on
from warmhandoff.clients.releasing import Signature
from warmhandoff.core.journal import Line
from warmhandoff.core.models import Message
from warmhandoff.directory import listing, uploads
from warmhandoff.directory.models import Listing, Overlay, Upload
from warmhandoff.directory.queries import (
    in_scope,
    listing_name,
    mail_address,
    names_in_network,
    plans_in_use,
    ties_of,
)
from warmhandoff.referrals import handing_over, inbox, panel, receiving
from warmhandoff.referrals.models import Incoming, Option, PanelTransition, Referral
from warmhandoff.referrals.queries import offered_lately
from warmhandoff.rules.access import system
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotThere

DAY = timedelta(days=1)


@pytest.fixture
def other(cast: Cast) -> UUID:
    return cast.members["outsider"].practice_id


def shared(cast: Cast, name: str = "Dana Reyes", **facts: Any) -> int:
    """A listing that all practices share."""
    made = listing.enter(cast.actor(), {**FACTS, "name": name, **facts}, now=NOW)
    Listing.objects.filter(pk=made).update(practice=None)
    Overlay.objects.filter(listing_id=made).delete()
    return made


def test_a_shredded_practice_ends_its_own_members_alone(cast: Cast, other: UUID) -> None:
    for part in ("admin", "outsider"):
        joining.invite(cast.actor(part), email=f"{part}@new.example", roles=["clinician"], now=NOW)
    assert [one.email for one in queries.open_invitations(cast.actor("outsider"), now=NOW)] == ["outsider@new.example"]
    for part in ("clinician", "outsider"):
        session = SessionStore()
        session["_auth_user_id"] = str(cast.members[part].user_id)
        session.save()
    leaving.end_memberships(cast.practice.pk, NOW)
    leaving.end_sessions(cast.practice.pk, NOW)
    assert Membership.objects.filter(left_at=None).get().practice_id == other
    assert Invitation.objects.get(expires_at__gt=NOW).practice_id == other
    held = [session.get_decoded()["_auth_user_id"] for session in Session.objects.all()]
    assert held == [str(cast.members["outsider"].user_id)]


def test_who_left_is_one_practices_and_so_is_a_line_of_the_journal(cast: Cast, other: UUID) -> None:
    assert not queries.who_left(other).exists() and queries.who_left(cast.practice.pk).exists()
    line = Line(uuid4(), NOW + DAY, "member_left", other, cast.clinician.pk)
    assert leaving.leave_again(line, NOW) is None
    assert Membership.objects.get(pk=cast.clinician.pk).left_at is None


def test_an_emergency_finds_no_other_practices_client(cast: Cast, other: UUID) -> None:
    facts = ClientFacts(name="Priya Vandermeer", zip="10001", email="priya@client.example")
    theirs = add_client(cast.actor("outsider"), facts, now=NOW)
    index = Client.objects.get(pk=cast.client.pk).name_index
    Client.objects.filter(pk=cast.client.pk).update(name_index="")
    Client.objects.filter(pk=theirs).update(name_index=index)  # as if both practices had one key
    asked = emergency.Asked("danger", "She called in distress and hung up.", name=CLIENT_NAME)
    with pytest.raises(BadInput):
        emergency.open_in_emergency(cast.actor("colleague"), asked, now=NOW)
    Client.objects.filter(pk=cast.client.pk).update(name_index=index)
    assert emergency.open_in_emergency(cast.actor("colleague"), asked, now=NOW) == cast.client.pk


def test_a_link_works_once_also_when_two_come_at_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    inviting.invite_client(cast.actor(), cast.client.pk, referral_id=None, now=NOW)
    token = str(Message.objects.get().body.reveal()["link"]).partition("#")[2]

    def someone_was_faster(given: str, kept: str) -> bool:
        PortalKey.objects.update(used_at=NOW)
        return True

    monkeypatch.setattr(inviting, "same_code", someone_was_faster)
    with pytest.raises(NotThere):
        inviting.redeem(token, "whatever", now=NOW)


def test_a_portal_session_is_one_practices(cast: Cast, other: UUID) -> None:
    assert inviting.client_actor_by_id(cast.practice.pk, cast.client.pk).client_id == cast.client.pk
    for practice, client in ((other, cast.client.pk), (cast.practice.pk, uuid4())):
        with pytest.raises(NotThere):
            inviting.client_actor_by_id(practice, client)


def test_a_place_on_a_strangers_team_gives_nothing(cast: Cast) -> None:
    theirs = add_client(cast.actor("outsider"), ClientFacts(name="Priya Vandermeer", zip="10001"), now=NOW)
    CareTeam.objects.create(client_id=theirs, membership=cast.clinician, since=NOW)
    assert "change" not in verbs_on(cast.actor(), theirs)
    assert "change" in verbs_on(cast.actor(), cast.client.pk)


def test_staff_never_sign_for_her_and_she_enters_no_paper(cast: Cast) -> None:
    loop = Loop(cast).offer().choose()
    release = loop.draft()
    with pytest.raises(NotAllowed, match="Staff cannot sign"):
        releasing.sign_release(cast.actor(), release, Signature("portal", CLIENT_NAME), now=NOW)
    with pytest.raises(NotAllowed, match="entered by staff"):
        releasing.sign_release(
            inviting.client_actor_by_id(cast.practice.pk, cast.client.pk), release, Signature("paper", CLIENT_NAME),
            now=NOW,
        )  # fmt: skip
    assert Release.objects.get(pk=release).signed_at is None


def test_a_release_of_another_practice_opens_and_ends_nothing(cast: Cast, other: UUID) -> None:
    loop = Loop(cast).offer().choose().sign()

    def decided() -> bool:
        return releasing.gate(
            Client.objects.get(pk=cast.client.pk), loop.listings[0], classes=CLASSES, purpose="same_service", now=NOW
        ).allowed

    assert decided()
    Release.objects.filter(pk=loop.release_id).update(practice_id=other)
    assert not decided()
    with pytest.raises(NotThere):
        releasing.revoke_release(cast.actor(), loop.release_id, now=NOW, in_flight=lambda release, now: False)


def test_the_places_of_a_practice_are_its_own_and_for_whoever_sets_policy(cast: Cast, other: UUID) -> None:
    add_client(cast.actor("outsider"), ClientFacts(name="Priya Vandermeer", zip="10001"), now=NOW)
    assert [place.client_id for place in teams.places_in(cast.practice.pk)] == [cast.client.pk]
    assert [held.id for held in teams.clients_of(cast.actor("admin"), cast.clinician.pk)] == [cast.client.pk]
    assert teams.clients_of(cast.actor("admin"), cast.members["outsider"].pk) == []
    with pytest.raises(NotAllowed):
        teams.clients_of(cast.actor(), cast.clinician.pk)


def test_a_message_that_is_not_there_is_what_is_refused(cast: Cast) -> None:
    wanted = uuid4()
    with pytest.raises(NotThere) as refused:
        messages.given_by_hand(cast.actor(), wanted, now=NOW)
    assert refused.value.details["subject"] == wanted


def test_lists_and_drafts_are_a_members(cast: Cast) -> None:
    assert listing.member_of(cast.actor()) == cast.clinician.pk
    with pytest.raises(NotAllowed):
        listing.member_of(system(cast.practice.pk))


def test_what_another_practice_says_of_a_shared_listing_stays_there(cast: Cast, other: UUID) -> None:
    one = shared(cast, email="desk@dana.example")
    word = {"email": {"value": "private@dana.example", "seen_on": "2026-11-20", "verified_on": None, "source": None}}
    Overlay.objects.create(
        practice_id=other, listing_id=one, relationship="know_well", tie_kind="family", tie_text="My sister.",
        facts_now=word,
    )  # fmt: skip
    ours, theirs = cast.actor(), cast.actor("outsider")
    row = Listing.objects.get(pk=one)
    assert listing.facts_seen(theirs, row)["email"]["value"] == mail_address(theirs, one) == "private@dana.example"
    assert listing.facts_seen(ours, row)["email"]["value"] == mail_address(ours, one) == "desk@dana.example"
    assert ties_of(other, [one]) and not ties_of(cast.practice.pk, [one])
    assert in_scope(theirs, "network").exists() and not in_scope(ours, "network").exists()


def test_what_all_share_is_not_ones_own(cast: Cast) -> None:
    shared(cast, plans=["A plan of theirs"])
    assert not names_in_network(cast.actor()) and not plans_in_use(cast.actor())
    listing.enter(cast.actor(), {**FACTS, "name": "Kim", "plans": ["A plan of ours"]}, now=NOW)
    assert names_in_network(cast.actor()) == {"kim"} and plans_in_use(cast.actor()) == ("A plan of ours",)


def test_a_listing_that_is_not_there_has_no_name(cast: Cast) -> None:
    with pytest.raises(NotThere):
        listing_name(2**40)


def test_a_file_is_opened_and_thrown_away_by_its_practice(cast: Cast) -> None:
    sent = uploads.keep_upload(cast.actor(), "people.csv", "", b"a,b\n", now=NOW)
    for wanted in (sent, uuid4()):
        with pytest.raises(NotThere):
            uploads.open_upload(cast.actor("outsider"), wanted)
    uploads.drop_upload(cast.actor("outsider"), sent)
    uploads.set_mapping(cast.actor("outsider"), sent, "theirs")
    assert Upload.objects.get(pk=sent).mapping == "" and uploads.open_upload(cast.actor(), sent).data == b"a,b\n"


def log(cast: Cast, part: str = "clinician") -> UUID:
    new = receiving.NewIncoming(from_name="Dr. Alvarez", about="Panic after a crash")
    return receiving.log_incoming(cast.actor(part), new, now=NOW)


@pytest.mark.parametrize("what", ["referral", "call", "panel"])
def test_what_a_leaver_holds_is_counted_in_its_practice(cast: Cast, other: UUID, what: str) -> None:
    departed, admin = cast.members["departed"], cast.actor("admin")
    if what == "referral":
        rows: Any = Referral.objects.filter(pk=Loop(cast).id)
        rows.update(owner=departed)
    elif what == "panel":
        day = NOW.date()
        rows = PanelTransition.objects.filter(pk=panel.begin(
            cast.actor(), panel.PanelFacts("clinician_leaving", day, day, NEED), now=NOW,
        ))
        rows.update(owner=departed)
    else:
        rows = Incoming.objects.filter(pk=log(cast))
        rows.update(to_member=departed)
    assert [name for _, name in handing_over.leavers(admin)] == ["Departed Person"]
    rows.update(practice_id=other)
    assert handing_over.leavers(admin) == []


def test_a_call_at_another_practice_is_nobodys_here(cast: Cast, other: UUID) -> None:
    one = log(cast)

    def found() -> tuple[int, int, int]:
        actor = cast.actor()
        return inbox.visible_incoming(actor).count(), inbox.owed_by(actor, now=NOW).count(), inbox.inbox_today(
            actor, now=NOW).waiting

    assert found() == (1, 1, 1)
    Incoming.objects.filter(pk=one).update(practice_id=other)
    assert found() == (0, 0, 0)


def test_who_no_longer_supervises_sees_no_calls_of_hers(cast: Cast) -> None:
    log(cast)
    assert inbox.visible_incoming(cast.actor("supervisor")).count() == 1
    Membership.objects.filter(pk=cast.members["supervisor"].pk).update(roles=["clinician"])
    cast.members["supervisor"].refresh_from_db()
    assert inbox.visible_incoming(cast.actor("supervisor")).count() == 0


def test_what_others_offered_is_not_counted(cast: Cast, other: UUID) -> None:
    loop = Loop(cast).offer()
    assert sum(offered_lately(cast.actor(), now=NOW).values()) == len(loop.listings)
    Option.objects.update(practice_id=other)
    assert offered_lately(cast.actor(), now=NOW) == {}
