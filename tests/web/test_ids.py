"""Ids everywhere else (security requirement R-02): in a form, another practice's id is like one that never was.

The fields that may name an object are found in the source of the forms and views; one without a case here fails.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client as WebClient

import warmhandoff.web
from tests.apps.referrals.loop import FACTS, Loop
from tests.cast import NOW, Cast, sign_in
from tests.web.table_people import TRACES, _as, _client_inside, _transition
from tests.web.test_permissions import fingerprints
from warmhandoff.accounts.models import Passkey
from warmhandoff.clients.caring import ClientFacts, add_client
from warmhandoff.clients.models import Release
from warmhandoff.core import clock
from warmhandoff.directory import listing
from warmhandoff.directory.lists import make_list
from warmhandoff.directory.models import Claim, Listing
from warmhandoff.referrals import receiving
from warmhandoff.referrals.models import PanelMeeting, PanelTransition
from warmhandoff.rules.access import Actor

WEB = Path(warmhandoff.web.__file__).parent
# Fields whose value names an object, by "module.field".
NAMING = {
    "bridge.holder", "bridge.caretaker", "finding.list", "lists.listing", "lists.list", "lists.id",
    "claims.claim", "keeping.about",
    "account.session", "account_factors.factor",
    "members.supervisor", "members.heir", "members.each", "client.referral", "client.membership", "referrals.delivery",
    "referrals.colleague", "releases.recipients", "forms.recipients", "referrals.recipient",
    "referral_options.options", "inbox.to_member",
    "inbox.colleague", "audit.member", "finding.listing", "forms.first",
    "inquiry.listings", "panel.clients", "panel.client", "panel.meeting",
    "inbox_after.listing",
    "referral_following.into",
}  # fmt: skip
# Fields that look as if they could, and what they hold instead.
PLAIN = {
    "calendar_feed.do": "make or end", "joint.said": "which answer", "joint.seen": "a count of changes",
    "practice_texts.code": "which of four texts", "crisis_path.place": "words for a place",
    "crisis.basis": "which of some grounds", "crisis_path.reached": "yes or no",
    "conversation.share": "yes or no", "conversation.seen": "a count of versions",
    "claims.kind": "ask, approve or let go", "doubles.answer": "same, different or later",
    "keeping.agree": "yes or nothing", "keeping.outcome": "what the call brought", "keeping.way": "mail or by hand",
    "account_factors.kind": "app or passkey", "second_step.answer": "what a passkey signed",
    "views.kind": "which answer", "views.told": "attended or missed", "clients.q": "words to search by",
    "clients.another": "yes or nothing", "inbox.kind": "which answer", "inbox.seen": "a count of moves",
    "inbox_after.kind": "which step", "inbox_joint.said": "which answer", "inbox_joint.seen": "a count of changes",
    "referral_options.seen": "a count of moves", "referral_options.then": "list or nothing",
    "referral_choice.seen": "a count of moves", "referral_options.single_option_reason": "words",
    "signing.token": "a secret, looked up by its hash", "listings.field": "which fact", "listings.back": "yes or no",
    "finding.loosen": "which of the rules shown", "finding.whom": "words", "referral_ending.seen": "a count of moves",
    "bringing_in.relationship": "how the practice knows them", "bringing_in.drop": "which columns",
    "jump.q": "words to search by", "referrals.kind": "which answer", "referrals.told": "attended or missed",
    "referrals.outcome": "what came of it", "referrals.classes": "what may be shared",
    "releases.classes": "what may be shared", "releases.whose": "a place among those who sign",
    "forms.classes": "what may be shared", "listing.mapping": "a column", "disclosures.on": "yes or no",
    "disclosures.classes": "what was told", "disclosures.basis": "which ground",
    "packet_more.classes": "what goes along", "entering.language": "en or es", "pause.shown": "yes or no",
    "plan.area": "which area of harm", "plan.severity": "a number to 4", "plan.way": "up or down",
    "plan.whose": "her order or the order", "plan.proposal": "which next step", "plan.reason": "why, as a code",
    "plan_items.agreed": "yes or no", "plan_items.what": "which step", "practice_reasons.do": "which button",
    "practice_reasons.reason": "a code of the practice's list", "referral_reason.do": "which button",
    "referral_reason.seen": "a count of moves", "referral_reason.step": "a code of the catalogue",
    "referrals.other_reasons": "why, as codes", "referrals.reason": "why, as a code",
    "clients.how": "how she is known", "deliveries.how": "how they were known", "referrals.way": "which way it goes",
    "network_niche.place": "where it was said", "network_circle.do": "plan or log",
    "panel.do": "which button", "panel.seen": "a count of changes",
    "following.how": "on her page, by phone, or not",
    "need_post.kind": "add, offer or aside", "referral_inquiry.why": "words",
}  # fmt: skip


def _text(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _in_file(path: Path) -> Iterator[str]:
    """Fields of one module that take whatever is sent: UUIDs, choices made at run time, and what views read bare."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            bare = ast.unparse(node.func.value) == "request.POST" and node.func.attr in ("get", "getlist")
            if bare and _text(node.args[0]):
                yield _text(node.args[0])
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "ids_of":
            yield _text(node.args[1])
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "_choose":
            yield from (_text(part.slice) for part in ast.walk(node.args[0]) if isinstance(part, ast.Subscript))
            if isinstance(node.args[0], ast.Name):
                yield "each"
        made = node.value if isinstance(node, ast.Assign) else None
        if isinstance(node, ast.Assign) and isinstance(made, ast.Call) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id if ast.unparse(made.func) == "forms.UUIDField" else ""
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith(".choices"):
            for part in ast.walk(node.targets[0]):
                yield _text(part.slice) if isinstance(part, ast.Subscript) else ""
                yield _text(part.args[0]) if isinstance(part, ast.Call) and part.args else ""


def found() -> set[str]:
    paths = [path for folder in ("desk", "forms", "portal", "reply") for path in (WEB / folder).glob("*.py")]
    return {f"{path.stem}.{name}" for path in paths for name in _in_file(path) if name}


def test_every_field_that_could_name_an_object_is_known() -> None:
    unknown = found() - NAMING - PLAIN.keys()
    assert not unknown, f"say in NAMING (with a case) or PLAIN (with a reason) what these are: {sorted(unknown)}"
    assert not PLAIN.keys() - found(), "reasons for fields that are gone"
    assert {name for case in CASES for name in case.names} == NAMING, "a field without a case"


@dataclass(frozen=True)
class Case:
    """A form, filled so that only the id is wrong. `kind`: whose id it is; `part`: who sends it."""

    names: tuple[str, ...]
    url: str
    field: str
    kind: str
    part: str = "clinician"
    more: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return self.names[0]


_NEED = (
    ("kind", "therapist"), ("level", "outpatient"), ("payment", "any"), ("zip", "78704"), ("formats", "telehealth"),
)  # fmt: skip
_MEMBER = "/practice/members/{clinician}/"
CASES = (
    Case(("members.supervisor",), _MEMBER, "supervisor", "member", "admin", (("roles", "clinician"),)),
    Case(("members.heir",), f"{_MEMBER}leaving/", "heir", "member", "admin"),
    Case(("members.each",), f"{_MEMBER}leaving/", "each-{referral}", "member", "admin", (("heir", "{colleague}"),)),
    Case(("bridge.holder",), "/clients/{client}/bridge/", "holder", "member"),
    Case(("bridge.caretaker",), "/clients/{client}/bridge/", "caretaker", "member"),
    Case(("client.membership",), "/clients/{client}/team/", "membership", "member"),
    Case(("client.membership",), "/clients/{client}/team/leave/", "membership", "member"),
    Case(("client.referral",), "/clients/{client}/invite/", "referral", "referral"),
    Case(("client.referral",), "/clients/{client}/device/", "referral", "referral"),
    Case(("referrals.colleague",), "/referrals/{referral}/hand-to/", "colleague", "member"),
    Case(("referral_following.into",), "/referrals/{referral}/join/", "into", "referral"),
    Case(("referral_options.options",), "/referrals/{referral}/options/", "options", "listing", more=(
        ("single_option_reason", "one only"),)),
    Case(("inbox.to_member",), "/inbox/log/", "to_member", "member", more=(
        ("came_by", "phone"), ("from_kind", "colleague"), ("from_name", "Dr. Falk"), ("about", "sleep"))),
    Case(("inbox.colleague",), "/inbox/{incoming}/", "colleague", "member", more=(("kind", "hand_on"),)),
    Case(("inbox_after.listing",), "/inbox/{incoming}/others/", "listing", "listing", more=(
        *_NEED, ("tell", "1"), ("decline_reason", "outside_niche"), ("words", "one only"))),
    Case(("releases.recipients",), "/referrals/{chosen}/release/", "recipients", "listing", more=(
        ("classes", "contact"), ("purpose", "same_service"), ("expires_on", "2027-02-01"))),
    Case(("releases.recipients",), "/clients/{client}/releases/{release}/narrow/", "recipients", "listing", more=(
        ("classes", "contact"), ("expires_on", "2026-12-01"))),
    Case(("forms.recipients",), "/c/about/{released}/release/less/", "recipients", "listing", "client", (
        ("classes", "contact"), ("expires_on", "2026-12-01"))),
    Case(("inquiry.listings",), "/referrals/{referral}/inquire/", "listings", "listing", more=(
        ("text", "Room for someone?"), ("consent_on", "2026-11-23"), ("days", "3"))),
    Case(("referrals.recipient",), "/referrals/{released}/packet/", "recipient", "listing", more=(
        ("classes", "contact"), ("way", "mail"), ("to", "a@recipient.example"))),
    Case(("referrals.delivery",), "/referrals/{sent}/answer/", "delivery", "delivery", more=(
        ("kind", "decline"), ("decline_reason", "full"))),
    Case(("finding.listing",), "/find/print/", "listing", "listing"),
    Case(("forms.first",), "/c/about/{offered}/choice/", "first", "listing", "client", (("kind", "choose"),)),
    Case(("account.session",), "/account/sessions/end/", "session", "session"),
    Case(("account_factors.factor",), "/account/second-factor/remove/", "factor", "passkey"),
    Case(("claims.claim",), "/network/{listing}/claim/", "claim", "claim", "admin", (("kind", "approve"),)),
    Case(("keeping.about",), "/network/{listing}/report/", "about", "delivery", more=(("kind", "number_dead"),)),
    Case(("finding.list",), "/find/", "list", "list", more=_NEED),
    Case(("lists.list",), "/network/{listing}/lists/", "list", "list"),
    Case(("lists.listing",), "/network/lists/{list}/off/", "listing", "listing"),
    Case(("lists.id",), "/network/compare/", "id", "listing"),
    Case(("panel.clients",), "/transitions/{transition}/", "clients", "client", more=(("do", "pick"),)),
    Case(("panel.client",), "/transitions/{transition}/", "client", "panel_client", more=(("do", "out"),)),
    Case(("panel.meeting",), "/transitions/{transition}/", "meeting", "meeting", more=(("do", "met"),)),
    Case(("audit.member",), "/practice/audit/", "member", "member", "admin"),
)


def _listing(actor: Actor) -> int:
    """A listing of the actor's practice alone, with an id as long as one that never was: no page says it by chance."""
    row = Listing.objects.get(pk=listing.enter(actor, {**FACTS, "name": "Theirs"}, now=NOW, verified=True))
    row.pk, row.source_key = 654_320, "moved"
    row.save(force_insert=True)
    return row.pk


def _claim(actor: Actor, cast: Cast) -> UUID:
    """A claim that waits in another practice."""
    return Claim.objects.create(
        practice_id=actor.practice_id, membership=cast.members["outsider"], listing_id=_plain_listing(actor),
        how="practice", asked_at=NOW, expires_at=NOW + timedelta(days=7),
    ).pk


def _meeting(cast: Cast) -> UUID:
    """Someone a clinician of another practice is to meet."""
    row = PanelTransition.objects.get(owner=cast.clinician)
    return PanelMeeting.objects.create(
        practice=cast.practice, transition=row, listing_id=_plain_listing(cast.actor()), due_at=NOW
    ).pk


def _plain_listing(actor: Actor) -> int:
    return listing.enter(actor, {**FACTS, "name": "Claimed"}, now=NOW, verified=True)


def _passkey(user_id: UUID) -> UUID:
    return Passkey.objects.create(
        user_id=user_id, credential_id="a2V5", credential=b"key", name="Key", created_at=NOW
    ).pk


@pytest.fixture
def ids(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """"here": what stands in the addresses; "there": the same kinds of another practice; "nowhere": of nobody."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    other = cast.actor("outsider")
    elsewhere = _as(cast, "outsider", add_client(other, ClientFacts("Priya Vandermeer", zip="78704"), now=NOW))
    theirs = Loop(elsewhere).offer().choose().sign()
    theirs.send(to="a@recipient.example")
    mine, chosen, released, sent = Loop(cast), Loop(cast).offer().choose(), Loop(cast), Loop(cast)
    offered = Loop(cast).offer()
    released.offer().choose().sign()
    sent.offer().choose().sign()
    sent.send(to="avery@recipient.example")
    call = receiving.log_incoming(
        cast.actor(), receiving.NewIncoming(from_name="Dr. Ines Falk", about="someone who sleeps badly"), now=NOW
    )
    return {
        "here": {
            "clinician": cast.clinician.pk, "colleague": cast.members["colleague"].pk, "client": cast.client.pk,
            "referral": mine.id, "chosen": chosen.id, "released": released.id, "sent": sent.id, "incoming": call,
            "release": Release.objects.get(referral_id=released.id).pk,
            "offered": offered.id, "listing": mine.listings[0],
            "list": make_list(cast.actor(), "Mine", now=NOW), "transition": _transition(cast)["transition_id"],
        },
        "there": {
            "member": cast.members["outsider"].pk, "referral": theirs.id, "delivery": theirs.delivery_id,
            "listing": _listing(other), "session": sign_in(WebClient(), cast.members["outsider"]).pk,
            "claim": _claim(other, cast), "list": make_list(other, "Theirs", now=NOW),
            "passkey": _passkey(cast.members["outsider"].user_id), "client": elsewhere.client.pk,
            "panel_client": _transition(elsewhere)["panel_client_id"], "meeting": _meeting(elsewhere),
        },
        "nowhere": {"member": uuid4(), "referral": uuid4(), "delivery": uuid4(), "listing": 654_321,
                    "session": uuid4(), "claim": uuid4(), "list": uuid4(), "passkey": uuid4(),
                    "client": uuid4(), "panel_client": uuid4(), "meeting": uuid4()},
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=str)
def test_anothers_id_is_refused_like_one_that_never_was(cast: Cast, ids: dict[str, dict[str, Any]], case: Case) -> None:
    here, web = ids["here"], WebClient() if case.part == "client" else cast.web(case.part)
    if case.part == "client":
        web.cookies = _client_inside(cast)
    web.get("/")
    url, field = case.url.format(**here), case.field.format(**here)
    more = {name: value.format(**here) for name, value in case.more}
    before = fingerprints()
    answers = []
    for whose in ("there", "nowhere"):
        value = str(ids[whose][case.kind])
        send = web.get if case.names in (("audit.member",), ("lists.id",)) else web.post
        answer = send(url, {**more, field: value})
        answers.append((answer.status_code, answer.headers.get("Location", ""), _plain(answer.content, value)))
    assert answers[0] == answers[1], f"{case.url}: {[answer[:2] for answer in answers]}"
    changed = [table for table, rows in fingerprints().items() if rows != before[table] and table not in TRACES]
    assert not changed
    assert answers[0][0] in (200, 302, 403, 404, 409, 422)


def _plain(content: bytes, value: str) -> str:
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"|"X-CSRFToken": "[^"]+"', "", content.decode())
    return text.replace(value, "VALUE")
