"""The demo practice as built: alive on any day, whole, and of nobody who exists."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.db import transaction
from django.test import override_settings

from warmhandoff.accounts import second_factors
from warmhandoff.accounts.models import Membership, Practice, User
from warmhandoff.accounts.queries import actor_of_membership
from warmhandoff.clients.models import Client
from warmhandoff.core.models import Event, Job, Message
from warmhandoff.demo import practice
from warmhandoff.demo.practice import DemoPractice
from warmhandoff.directory.models import Listing, Overlay
from warmhandoff.referrals.day import today
from warmhandoff.referrals.inbox import list_incoming
from warmhandoff.referrals.models import Asked, Incoming, Inquiry, NeedPost, Option, PostReply, Referral
from warmhandoff.rules.incoming import ANSWERED
from warmhandoff.rules.lifecycle import STATES
from warmhandoff.rules.refusals import NotNow

pytestmark = pytest.mark.slow
MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SUNDAY = datetime(2027, 3, 14, 13, 30, tzinfo=UTC)  # before nine, and the clocks just changed
INVENTED_PHONE = re.compile(r"(512|737|325|830)-555-01\d\d")


@contextmanager
def _built(mail: Path, now: datetime) -> Iterator[DemoPractice]:
    """A demo practice that is gone afterwards."""
    light = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(SMTP_URL=f"file://{mail}", PASSWORD_HASHERS=light), transaction.atomic():
        yield practice.build(now=now)
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def portrait_before(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What an earlier build of the same day came to."""
    with django_db_blocker.unblock(), _built(tmp_path_factory.mktemp("mail"), MONDAY):
        return _portrait()


@pytest.fixture(scope="module")
def demo(
    portrait_before: Any, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DemoPractice]:
    with django_db_blocker.unblock(), _built(tmp_path_factory.mktemp("mail"), MONDAY) as made:
        yield made


def _portrait() -> list[object]:
    """Everyone and everything in the practice, without ids, links and codes."""
    clients = [(c.name.reveal(), c.birth_date.reveal(), c.contact.reveal()) for c in Client.objects.all()]
    referrals = [
        (r.client.name.reveal(), r.title.reveal(), r.state, r.due_at, r.outcome, r.own_words.reveal(), r.created_at)
        for r in Referral.objects.select_related("client")
    ]
    options = [(o.referral.title.reveal(), o.order, o.listing.name) for o in Option.objects.select_related()]
    said = ("value", "seen_on", "verified_on")
    listings = [
        (row.name, {field: [fact[key] for key in said] for field, fact in row.facts_now.items()})
        for row in Listing.objects.all()
    ]
    return [sorted(map(repr, rows)) for rows in (clients, referrals, options, listings)]


def test_forty_clients_in_every_state_of_the_loop(demo: DemoPractice) -> None:
    assert Client.objects.count() == 40
    states = Counter(Referral.objects.values_list("state", flat=True))
    assert set(states) == set(STATES)
    assert states.total() == 41 and states["closed"] >= 6
    assert len(set(Referral.objects.filter(state="closed").values_list("outcome", flat=True))) >= 6


def test_the_network_is_known_to_different_degrees(demo: DemoPractice) -> None:
    assert Listing.objects.count() == 150
    assert Listing.objects.filter(practice=None).count() > 15
    known = Counter(Overlay.objects.values_list("relationship", flat=True))
    assert all(known[code] > 10 for code in ("know_well", "met", "heard_of", "unknown"))
    assert Overlay.objects.filter(excluded=True).count() == 1
    assert Overlay.objects.filter(confirmed=False).count() == 6
    assert all(Overlay.objects.exclude(tie_kind="").values_list("tie_text", flat=True))


def test_every_open_referral_has_its_next_step(demo: DemoPractice) -> None:
    for row in Referral.objects.exclude(state="closed"):
        assert row.next_step and row.next_owner_id and row.due_at and row.waiting_on, row.state


def test_the_main_clinicians_day(demo: DemoPractice) -> None:
    member = Membership.objects.get(user__email=demo.clinician.email)
    day = today(actor_of_membership(member), now=MONDAY)
    assert (len(day.mine), len(day.waiting)) == (7, 11)
    assert 1 <= day.overdue <= 4
    assert {line.state for line in day.mine} >= {"silent", "declined", "asked", "missed", "undecided", "released"}


def test_one_asks_without_a_name_and_one_posts_a_need(demo: DemoPractice) -> None:
    asked = Counter(Asked.objects.values_list("state", flat=True))
    assert asked["yes"] == 1 <= asked["waiting"] and set(asked) == {"yes", "waiting"}
    assert Inquiry.objects.get().consent_words.reveal()
    post, reply = NeedPost.objects.get(), PostReply.objects.get()
    assert reply.post_id == post.pk and reply.said.reveal()["openings"]
    for row in (Inquiry.objects.select_related("referral__client").get(), post):
        words = set(re.findall(r"\w+", row.text.reveal()))
        assert not words & set(re.findall(r"\w+", row.referral.client.name.reveal()))
        assert not row.checked.reveal()["why"], "nothing in it had to be explained away"


def test_her_inbox_and_whom_she_has_to_thank(demo: DemoPractice) -> None:
    actor = actor_of_membership(Membership.objects.get(user__email=demo.clinician.email))
    waiting = list_incoming(actor, now=MONDAY)
    assert [line.overdue for line in waiting] == [True, False, False, False]
    assert waiting[1].due_at is not None and waiting[1].due_at.date() == MONDAY.date()
    assert {line.state for line in list_incoming(actor, now=MONDAY, tab="answered")} == ANSWERED
    assert len(list_incoming(actor, now=MONDAY, tab="thanks")) == 2
    assert Incoming.objects.filter(state="asked").count() == 1


def test_everything_happened_before_now_and_some_of_it_today(demo: DemoPractice) -> None:
    times = list(Event.objects.order_by("at").values_list("at", flat=True))
    assert max(times) == MONDAY and min(times) > MONDAY - timedelta(days=120)
    assert sum(at > MONDAY - timedelta(hours=2) for at in times) >= 3
    for row in Referral.objects.all():
        moved = list(Event.objects.filter(subject_id=row.pk).order_by("number").values_list("at", flat=True))
        assert moved == sorted(moved) and len(moved) == row.moves_made, "the past was played in its order"
    assert all(at > MONDAY for at in Referral.objects.filter(state="booked").values_list("session_at", flat=True))


def test_the_worker_did_its_work_and_one_packet_is_on_its_way(demo: DemoPractice) -> None:
    left = [(job.name, job.state) for job in Job.objects.exclude(state="done")]
    assert left == [("deliver", "ready")]
    assert not Message.objects.filter(channel="mail").exclude(state="sent").exists()


def test_nobody_in_it_can_be_reached(demo: DemoPractice, tmp_path: Path) -> None:
    facts = [row.facts_now for row in Listing.objects.all()]
    phones = [fact["phone"]["value"] for fact in facts if "phone" in fact]
    mails = [fact["email"]["value"] for fact in facts if "email" in fact]
    for row in Client.objects.all():
        phones.append(row.contact.reveal()["phone"])
        mails.append(row.contact.reveal()["email"])
    mails += Membership.objects.values_list("user__email", flat=True)
    mails += [row.to.reveal() for row in Message.objects.filter(channel="mail")]
    assert len(set(phones)) == len(phones) > 180
    assert all(INVENTED_PHONE.fullmatch(phone) for phone in [*phones, Practice.objects.get().phone])
    assert all(mail.endswith(".example") for mail in mails)


def test_who_must_not_get_mail_got_none(demo: DemoPractice) -> None:
    never = [c for c in Client.objects.all() if "Never mail" in c.safe_contact.reveal()["note"]]
    assert len(never) == 1
    assert not Message.objects.filter(client_id=never[0].pk, template="client_link", channel="mail").exists()
    assert Client.objects.filter(language="es").count() == 1


def test_only_the_printed_log_ins_open(demo: DemoPractice) -> None:
    roles = {"director", "clinician", "supervisor", "coordinator", "admin", "trainee"}
    assert {one.role for one in demo.logins} == roles and len(demo.logins) == 6
    light = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(PASSWORD_HASHERS=light):
        assert all(authenticate(username=one.email, password=one.password) for one in demo.logins)
    usable = [m.user.has_usable_password() for m in Membership.objects.select_related("user")]
    assert (len(usable), sum(usable)) == (14, 6)


def test_every_log_in_has_a_second_factor_that_works(demo: DemoPractice) -> None:
    for one in demo.logins:
        user = User.objects.get(email=one.email)
        shown = second_factors.code_at(one.secret, int(MONDAY.timestamp()) // second_factors.STEP)
        with transaction.atomic():
            assert second_factors.use_code(user, shown, now=MONDAY) == "code"
            assert second_factors.use_code(user, one.codes[0], now=MONDAY) == "recovery"
            transaction.set_rollback(True)
    assert not User.objects.filter(second_factor_since=None).exists()


def test_it_is_built_once(demo: DemoPractice) -> None:
    assert practice.is_built()
    with pytest.raises(NotNow):
        practice.build(now=MONDAY)


def test_the_same_day_gives_the_same_people(demo: DemoPractice, portrait_before: list[object]) -> None:
    assert _portrait() == portrait_before


@pytest.mark.skipif(os.environ.get("WARMHANDOFF_TEST_PROFILE") != "nightly", reason="one more build: ./run nightly")
@pytest.mark.django_db
def test_a_sunday_has_everything_too(tmp_path: Path) -> None:
    assert not practice.is_built()
    with _built(tmp_path, SUNDAY):
        assert set(Referral.objects.values_list("state", flat=True)) == set(STATES)
        assert Client.objects.count() == 40
