"""Everyone who could knock, each with a session of her own, and four referrals for them to knock at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.test import Client as Browser
from django.urls import URLPattern, reverse

from tests.apps.network.rows import network_ids
from tests.cast import Cast, make_cast
from tests.flows import listings
from tests.flows import walk as way
from warmhandoff.accounts import joining
from warmhandoff.accounts.api_clients import NewApiClient, create
from warmhandoff.accounts.models import ApiClient, Invitation, Practice
from warmhandoff.accounts.queries import actor_of_membership
from warmhandoff.clients.caring import ClientFacts, add_client
from warmhandoff.clients.inviting import invite_client
from warmhandoff.clients.models import Client, EmergencyAccess, LawfulDisclosure, Release
from warmhandoff.clients.process_notes import write_note
from warmhandoff.core.attachments import attach
from warmhandoff.core.events import Subject
from warmhandoff.core.models import Message
from warmhandoff.core.uploads import Checked
from warmhandoff.directory.column_mappings import keep_mapping
from warmhandoff.directory.drafts import keep_draft
from warmhandoff.directory.listing import enter
from warmhandoff.directory.lists import make_list
from warmhandoff.directory.merging import Grounds, join
from warmhandoff.directory.models import Likeness, Listing, Source
from warmhandoff.directory.uploads import keep_upload
from warmhandoff.referrals import panel, plans, receiving, reflecting
from warmhandoff.referrals.crisis import CrisisFacts, record_crisis
from warmhandoff.referrals.models import (
    ArrivedJoint,
    ArrivedPacket,
    ArrivedVersion,
    Asked,
    BasisPacket,
    Consult,
    CoSign,
    DischargeSummary,
    Inquiry,
    NeedPost,
    PanelClient,
    PostReply,
)
from warmhandoff.referrals.safety import keep_safety_plan

NAMES = {"own": "Rosalind Marlowe", "neighbour": "Jonas Thule", "foreign": "Priya Vandermeer"}
# Looking may leave these and nothing else behind: that someone looked, and that her session goes on or has ended.
TRACES = frozenset({"core_auditentry", "core_auditedclient", "core_audithead", "django_session",
                    "accounts_signedin"})  # fmt: skip
_WRITE = re.compile(r'^\s*(?:INSERT INTO|INSERT OR \w+ INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?', re.I)
_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"')


@dataclass(frozen=True)
class Outcome:
    """An answer, without what differs each time. `wrote`: tables written to, traces apart."""

    status: int
    location: str
    body: bytes
    headers: frozenset[str]
    wrote: frozenset[str]

    @property
    def to_sign_in(self) -> bool:
        return self.status == 302 and self.location.startswith("/sign-in/?next=")


@dataclass
class Stage:
    """Sessions by person; ids by relation and the name they have in an address."""

    cast: Cast
    sessions: dict[str, SimpleCookie] = field(default_factory=dict)
    ids: dict[str, dict[str, Any]] = field(default_factory=dict)
    walks: dict[str, way.Walk] = field(default_factory=dict)
    asked: dict[tuple[str, str, str], Outcome] = field(default_factory=dict)
    browser: Browser = field(default_factory=lambda: Browser(raise_request_exception=False))

    def url(self, pattern: URLPattern, relation: str) -> str:
        names = list(pattern.pattern.converters)
        ids = self.ids[relation] if names else {}
        return reverse(pattern.name, kwargs={name: ids[name] for name in names})

    def ask_once(self, person: str, method: str, url: str) -> Outcome:
        """As `ask`; the answer to the same question is remembered, for nothing of it was kept."""
        key = (person, method, url)
        if key not in self.asked:
            self.asked[key] = self.ask(*key)
        return self.asked[key]

    def ask(self, person: str, method: str, url: str, data: Any = None, **more: Any) -> Outcome:
        """One request in the person's session, and nothing of it kept."""
        self.browser.cookies = SimpleCookie(self.sessions[person].output(header="", sep=";"))
        body = {"data": data} if data is not None else {}
        with written() as wrote, transaction.atomic():
            answer = getattr(self.browser, method.lower())(url, **body, **more)
            transaction.set_rollback(True)
        content = _TOKEN.sub(b"", answer.getvalue())
        return Outcome(
            answer.status_code, answer.headers.get("Location", ""), content, frozenset(answer.headers),
            frozenset(wrote - TRACES),
        )  # fmt: skip


@contextmanager
def written() -> Iterator[set[str]]:
    """The tables written to meanwhile, also by what was rolled back."""
    tables: set[str] = set()

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found = _WRITE.match(sql)
        if found:
            tables.add(found[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield tables


def _as(cast: Cast, part: str, client_id: UUID) -> Cast:
    """The cast as seen by another clinician: her client, and herself in the clinician's place."""
    member = cast.members[part]
    return replace(
        cast, practice=Practice.objects.get(pk=member.practice_id), client=Client.objects.get(pk=client_id),
        members={**cast.members, "clinician": member}, _web={},
    )  # fmt: skip


def _casts(cast: Cast) -> dict[str, Cast]:
    made = {"own": cast}
    for relation, part in (("neighbour", "colleague"), ("foreign", "outsider")):
        facts = ClientFacts(name=NAMES[relation], zip="78704", email=f"{relation}@client.example")
        made[relation] = _as(cast, part, add_client(cast.actor(part), facts, now=cast.now))
    return made


def _ids(cast: Cast, walk: way.Walk) -> dict[str, Any]:
    message = Message.objects.filter(client_id=cast.client.pk).latest("created_at")
    upload = keep_upload(cast.actor(), "sheet.csv", "", b"name,kind\nA,therapist\n", now=cast.now)
    mapping = keep_mapping(
        cast.actor(), [f"of {cast.client.pk}"], name=f"list-{cast.client.pk}", choices={}, text="", now=cast.now
    )
    mine = make_list(cast.actor(), f"List of {cast.client.pk}", now=cast.now)
    draft = keep_draft(cast.actor(), {"name": ["Half A. Name"]}, now=cast.now)
    call = receiving.NewIncoming(from_name="Dr. Ines Falk", about="someone who sleeps badly")
    scan = attach(
        Subject("release", walk.release_id, cast.practice.pk, cast.client.pk), Checked("pdf", b"%PDF-1.7"),
        actor=cast.actor(), now=cast.now,
    )
    return {
        "crisis_id": _crisis(cast), "summary_id": _summary(cast), **_supervised(cast, walk),
        "attachment_id": scan, **_asked_for_room(cast, walk),
        "api_client_id": _program(cast),
        "emergency_id": _emergency(cast), "disclosure_id": _disclosure(cast, walk),
        "membership_id": cast.clinician.pk, "invitation_id": _invitation(cast),
        **_pair(cast),
        **_arrived(cast, receiving.log_incoming(cast.actor(), call, now=cast.now)),
        "client_id": cast.client.pk, "referral_id": walk.referral_id, "listing_id": walk.listing_ids[0],
        "delivery_id": walk.delivery.pk, "release_id": walk.release_id, "message_id": message.pk, "upload_id": upload,
        "mapping_id": mapping, "list_id": mine, "draft_id": draft, "service_id": uuid4(), "token": uuid4().hex,
        "note_id": _note(cast),
        "item_id": plans.add_item(cast.actor(), cast.client.pk, plans.NewItem("A DBT group"), now=cast.now),
        **network_ids(cast),
        **_transition(cast),
        "reflection_id": reflecting.keep(cast.actor(), cast.client.pk, {"repair": "a talk"}, now=cast.now),
    }  # fmt: skip


def _transition(cast: Cast) -> dict[str, Any]:
    """A panel that is to be handed on, with her client in it."""
    day = cast.now.date() + timedelta(days=7)
    facts = panel.PanelFacts("clinician_leaving", day, day, listings.NEED)
    made = panel.begin(cast.actor(), facts, now=cast.now)
    panel.pick(cast.actor(), made, [cast.client.pk], now=cast.now)
    return {"transition_id": made, "panel_client_id": PanelClient.objects.get(transition_id=made).pk}


def _note(cast: Cast) -> UUID:
    """A psychotherapy note, in a practice that keeps them."""
    cast.uses(process_notes=True)
    return write_note(cast.actor(), cast.client.pk, "what nobody but its author reads", now=cast.now)


def _asked_for_room(cast: Cast, walk: way.Walk) -> dict[str, Any]:
    """An inquiry that one listing has answered, and a need post with an answer."""
    inquiry = Inquiry.objects.create(
        practice=cast.practice, referral_id=walk.referral_id, by=cast.clinician, text="Room for someone?",
        consent_on=cast.now.date(), asked_at=cast.now, due_at=cast.now + timedelta(days=3),
    )
    asked = Asked.objects.create(
        practice=cast.practice, inquiry=inquiry, referral_id=walk.referral_id, listing_id=walk.listing_ids[0],
        way="phone", state="yes", asked_at=cast.now, expires_at=cast.now + timedelta(days=30), answered_at=cast.now,
    )
    post = NeedPost.objects.create(
        practice=cast.practice, referral_id=walk.referral_id, by=cast.clinician, text="Seeking a therapist.",
        posted_at=cast.now, expires_at=cast.now + timedelta(days=14),
    )
    reply = PostReply.objects.create(practice=cast.practice, post=post, said={"name": "Dr. Ines Falk"}, at=cast.now)
    return {"inquiry_id": inquiry.pk, "asked_id": asked.pk, "post_id": post.pk, "reply_id": reply.pk}


def _arrived(cast: Cast, incoming_id: UUID) -> dict[str, UUID]:
    """With a packet, as if a practice of the server had sent it."""
    packet = ArrivedPacket(
        practice=cast.practice, incoming_id=incoming_id, delivery_id=uuid4(), sender_id=uuid4(), sha256="",
        content={"sections": [], "notice": ""}, pdf=b"%PDF-1.7", arrived_at=cast.now,
    )
    packet.save(force_insert=True)
    earlier = ArrivedVersion(
        practice=cast.practice, packet=packet, version=1, pdf=b"%PDF-1.7", sha256="", replaced_at=cast.now
    )
    earlier.save(force_insert=True)
    together = ArrivedJoint(
        practice=cast.practice, incoming_id=incoming_id, joint_id=uuid4(), at=cast.now + timedelta(days=2), minutes=50,
        state="proposed", revision=0, changed_at=cast.now,
    )
    together.save(force_insert=True)
    return {"incoming_id": incoming_id, "version_id": earlier.pk}


def _program(cast: Cast) -> UUID:
    """A program that an administrator of the practice let in; where there are two, one for each."""
    admin = cast.actor("outsider" if cast.practice.pk == cast.members["outsider"].practice_id else "admin")
    create(admin, NewApiClient("Website", "shows the directory", ("directory:read",)), now=cast.now)
    return ApiClient.objects.filter(practice=cast.practice).latest("created_at").pk


def _emergency(cast: Cast) -> UUID:
    """One that is over, opened by someone who has left meanwhile."""
    at = cast.now - timedelta(days=9)
    return EmergencyAccess.objects.create(
        practice=cast.practice, client=cast.client, membership=cast.members["departed"], kind="danger",
        words="she called from a bridge", opened_at=at, ends_at=at + timedelta(hours=12),
    ).pk


def _disclosure(cast: Cast, walk: way.Walk) -> UUID:
    """One that somebody who has left recorded, with a packet that was frozen on it."""
    at = cast.now - timedelta(days=9)
    row = LawfulDisclosure.objects.create(
        practice=cast.practice, client=cast.client, referral_id=walk.referral_id, basis="serious_threat", way="paper",
        recipient="Crisis team", able="they can be with her tonight", classes=["reason"], disclosed_at=at,
        facts="She said on the telephone that she would not be there tomorrow.", by=cast.members["departed"],
        recorded_at=at, told_at=at,
    )
    BasisPacket.objects.create(
        practice=cast.practice, referral_id=walk.referral_id, disclosure=row, classes=["reason"], content={},
        pdf=b"%PDF-1.7", sha256="0" * 64, frozen_at=at, frozen_by=cast.members["departed"],
    )
    return row.pk


def _crisis(cast: Cast) -> UUID:
    """What was done in a crisis, and a safety plan on her own page."""
    keep_safety_plan(cast.actor(), cast.client.pk, {"coping": "Walk to the lake"}, seen=0, shared=True, now=cast.now)
    return record_crisis(cast.actor(), cast.client.pk, CrisisFacts(words="a hard night"), now=cast.now)


def _summary(cast: Cast) -> UUID:
    """A signed discharge summary, of a time of care that is over."""
    words = {"treated_for": "worry"}
    row = DischargeSummary(
        practice=cast.practice, client=cast.client, chart=words, shareable=words, begun_by=cast.clinician,
        begun_at=cast.now, signed_by=cast.clinician, signed_at=cast.now, sha256="0" * 64,
    )
    row.save(force_insert=True)
    return row.pk


def _supervised(cast: Cast, walk: way.Walk) -> dict[str, Any]:
    """A question to the supervisor, and a co-signature that waits."""
    asked = {"practice": cast.practice, "client": cast.client, "asked_by": cast.clinician, "asked_at": cast.now}
    consult = Consult(**asked, question="May I?")
    consult.save(force_insert=True)
    return {
        "consult_id": consult.pk, "cosign_id": CoSign.objects.create(**asked, referral_id=walk.referral_id).pk,
    }


def _invitation(cast: Cast) -> UUID:
    admin = next(m for m in cast.members.values() if "admin" in m.roles and m.practice_id == cast.practice.pk)
    joining.invite(actor_of_membership(admin), email="", roles=["clinician"], now=cast.now)
    return Invitation.objects.filter(practice=cast.practice).latest("created_at").pk


def _pair(cast: Cast) -> dict[str, Any]:
    """Two listings that may be the same, and two that were merged."""
    a, b, c, d = (
        enter(cast.actor(), {"name": f"Double {number}", "kind": "therapist"}, now=cast.now) for number in range(4)
    )
    likeness = Likeness.objects.create(
        practice=cast.practice, first_id=a, second_id=b, weight=9, found_at=cast.now, why=[["name", "same", 9.6]]
    )
    return {"likeness_id": likeness.pk, "merge_id": join(c, d, Grounds("person"), now=cast.now)}


def _inside(url: str, token: str, code: str) -> SimpleCookie:
    browser = Browser()
    answer = browser.post(url, {"token": token, "code": code})
    assert answer.status_code == 302, answer.content
    return browser.cookies


def _client_inside(cast: Cast) -> SimpleCookie:
    link = invite_client(cast.actor(), cast.client.pk, referral_id=None, now=cast.now).link
    assert link is not None
    return _inside("/c/", link.partition("#")[2], cast.client.access_code.reveal())


def _holder(cast: Cast) -> SimpleCookie:
    """Someone with a good link and no code: she looked, and guessed once."""
    link = invite_client(cast.actor(), cast.client.pk, referral_id=None, now=cast.now).link
    assert link is not None
    browser = Browser()
    browser.get("/c/")
    assert browser.post("/c/", {"token": link.partition("#")[2], "code": "0000-0000"}).status_code == 404
    return browser.cookies


def make_stage(cast: Cast | None = None) -> Stage:
    stage = Stage(cast or make_cast())
    casts = _casts(stage.cast)
    for relation, cast in casts.items():
        stage.walks[relation] = way.sent(cast)
        signed = Release.objects.get(pk=stage.walks[relation].release_id)
        signed.signed_name = NAMES[relation]  # the story signs with one name for all
        signed.save(update_fields=["signed_name"])
        for signer in signed.signers.all():
            signer.name = NAMES[relation]
            signer.save(update_fields=["name"])
    for part in ("clinician", "colleague", "supervisor", "coordinator", "admin", "outsider", "departed"):
        stage.sessions[part] = stage.cast.web(part).cookies
    for person, relation in (("client", "own"), ("other_client", "neighbour")):
        stage.sessions[person] = _client_inside(casts[relation])
    for person, relation in (("recipient", "own"), ("other_recipient", "neighbour")):
        delivery = stage.walks[relation].delivery
        stage.sessions[person] = _inside("/r/", way.token_of(delivery), delivery.code.reveal())
    stage.sessions |= {"anonymous": SimpleCookie(), "link_holder": _holder(stage.cast)}
    stage.ids = {relation: _ids(cast, stage.walks[relation]) for relation, cast in casts.items()}
    _more_ids(stage)
    return stage


def _more_ids(stage: Stage) -> None:
    own, neighbour = stage.ids["own"], stage.ids["neighbour"]
    nothing = {name: 987_654_321 if name in ("listing_id", "likeness_id") else uuid4() for name in own}
    parts = (
        "delivery_id", "release_id", "attachment_id", "note_id", "disclosure_id", "item_id", "reflection_id",
        "crisis_id", "inquiry_id", "asked_id", "post_id", "reply_id", "panel_client_id", "summary_id", "consult_id",
        "cosign_id",
    )  # fmt: skip
    source = Source.objects.create(name="of the server", kind="entered", created_at=stage.cast.now)
    shared = Listing.objects.create(
        practice=None, source=source, source_key="1", name="Open Door", kind="therapist", changed_at=stage.cast.now
    )
    stage.ids |= {
        "random": nothing, "mixed": own | {name: neighbour[name] for name in parts},
        "mixed random": own | {name: nothing[name] for name in parts}, "shared": {"listing_id": shared.pk},
    }  # fmt: skip
