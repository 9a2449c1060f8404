"""Releases: drafted, signed, taken back, and the gate that every disclosure passes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from warmhandoff.clients.models import Client, IdentityCheck, Release, ReleaseRecipient
from warmhandoff.clients.queries import client_row
from warmhandoff.core import attachments, audit, events, journal
from warmhandoff.core import gate as server_gate
from warmhandoff.core.uploads import Checked
from warmhandoff.rules.access import Actor, Verb
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere, Problem
from warmhandoff.rules.release import (
    LONGEST_DAYS,
    NEVER_ON_A_GENERAL_RELEASE,
    Decision,
    Disclosure,
    Terms,
    decide,
)
from warmhandoff.rules.vocab import vocabulary
from warmhandoff.rules.wording import ReleaseWords, release_text

if TYPE_CHECKING:
    from warmhandoff.accounts.models import Practice

SIGNED_HOW = ("portal", "device", "paper")


@dataclass(frozen=True)
class ReleaseDraft:
    """What a release is to say. `recipients` are (listing id, name); `expires_on` is its last day."""

    referral_id: UUID
    recipients: Sequence[tuple[int, str]]
    classes: Sequence[str]
    purpose: str
    expires_on: date
    news_back: bool = False


def today_at(practice: Practice, now: datetime) -> date:
    return now.astimezone(ZoneInfo(practice.time_zone)).date()


def _check(draft: ReleaseDraft, today: date) -> None:
    known = vocabulary("information_classes")
    problems = [Problem(f"unknown class {code!r}", field="classes") for code in draft.classes if code not in known]
    if not draft.classes:
        problems.append(Problem("choose at least one class of information", field="classes"))
    if set(draft.classes) & NEVER_ON_A_GENERAL_RELEASE:
        problems.append(Problem("psychotherapy notes need an authorization of their own", field="classes"))
    if not draft.recipients:
        problems.append(Problem("a release names at least one recipient", field="recipients"))
    if draft.purpose not in vocabulary("purposes"):
        problems.append(Problem(f"unknown purpose {draft.purpose!r}", field="purpose"))
    if not today <= draft.expires_on <= today + timedelta(days=LONGEST_DAYS):
        problems.append(Problem(f"a release ends within {LONGEST_DAYS} days from today", field="expires_on"))
    if problems:
        raise BadInput(*problems)


def draft_release(actor: Actor, client_id: UUID, draft: ReleaseDraft, *, now: datetime) -> UUID:
    """Write a release for the client to read and sign, in her language. Earlier unsigned drafts for it go."""
    with transaction.atomic():
        row = client_row(actor, client_id, "change")
        practice = row.practice
        _check(draft, today_at(practice, now))
        Release.objects.filter(referral_id=draft.referral_id, client=row, signed_at=None).delete()
        classes, plain = vocabulary("information_classes"), row.language
        text = "\n".join(release_text(
            ReleaseWords(
                client=row.name.reveal(), practice=practice.name, recipients=[name for _, name in draft.recipients],
                classes=[classes.plain(code, plain) for code in draft.classes],
                purpose=vocabulary("purposes").plain(draft.purpose, plain), expires_on=draft.expires_on,
                news_back=draft.news_back,
            ), plain,
        ))
        release = Release(
            practice=practice, client=row, referral_id=draft.referral_id, classes=list(draft.classes),
            purpose=draft.purpose, news_back=draft.news_back, expires_on=draft.expires_on, language=plain, text=text,
            text_hash=hashlib.sha256(text.encode()).hexdigest(), drafted_at=now,
        )
        release.save()
        ReleaseRecipient.objects.bulk_create(
            [ReleaseRecipient(release=release, listing_id=listing, name=name) for listing, name in draft.recipients]
        )
        _note(release, "draft_release", actor, now)
    return release.pk


@dataclass(frozen=True)
class Signature:
    """How a release was signed. `name` as written; `identity` (device, paper): how staff know it is she."""

    how: str
    name: str
    identity: str = ""
    scan: Checked | None = None


def sign_release(actor: Actor, release_id: UUID, signature: Signature, *, now: datetime) -> Release:
    """Sign within the caller's transaction. By herself she needs a recorded identity check; staff record one with it.

    Refuses another client's release (NotThere), one already signed (NotNow) and a signature without a name.
    """
    release = _release_row(actor, release_id)
    if release.signed_at:
        raise NotNow("This release is signed already.")
    if signature.how not in SIGNED_HOW or not signature.name.strip():
        raise BadInput(Problem("write your name to sign", field="signed_name"))
    if actor.side == "referrer" and signature.how == "portal":
        raise NotAllowed("Staff cannot sign for the client.")
    if signature.how == "paper" and actor.side != "referrer":
        raise NotAllowed("A paper release is entered by staff.")
    checked = IdentityCheck.objects.filter(client_id=release.client_id).exists()
    if signature.how == "portal" and not checked:
        raise NotAllowed(
            "Before you sign here, your therapist's office has to check once that it is you. Please call them."
        )
    changed = Release.objects.filter(pk=release.pk, signed_at=None).update(signed_at=now, signed_how=signature.how)
    if not changed:
        raise NotNow("This release is signed already.")
    release.refresh_from_db()
    release.signed_name, release.identity_check = signature.name.strip(), signature.identity.strip()
    release.save(update_fields=["signed_name", "identity_check"])
    _note(release, "sign_release", actor, now)
    if signature.scan is not None:
        attachments.attach(_subject(release), signature.scan, actor=actor, now=now)
    return release


def _release_row(actor: Actor, release_id: UUID, *, lock: bool = False, verb: Verb = "change") -> Release:
    rows = Release.objects.select_related("client")
    if lock:
        rows = rows.select_for_update(of=("self",))
    release = rows.filter(pk=release_id, practice_id=actor.practice_id).first()
    if release is None:
        raise NotThere(subject=release_id)
    client_row(actor, release.client_id, verb if actor.side == "referrer" else "see")
    return release


InFlight = Callable[[Release, datetime], bool]


def revoke_release(
    actor: Actor, release_id: UUID, *, now: datetime, in_flight: InFlight, wait_seconds: float = 15.0
) -> Release:
    """Take a release back, at once: after this returns, nothing leaves on it.

    A hand-over already in flight is waited for up to its deadline (security requirement R-13): the sending worker
    holds no lock while it talks to a mail server, so its row is what says that one is under way.
    """
    until = time.monotonic() + wait_seconds
    while True:
        with transaction.atomic():
            release = _release_row(actor, release_id, lock=True)
            if not release.signed_at:
                raise NotNow("This release is not signed: there is nothing to take back.")
            if release.revoked_at:
                return release
            if not in_flight(release, now) or time.monotonic() >= until:
                Release.objects.filter(pk=release.pk).update(
                    revoked_at=now, revoked_by="client" if actor.side == "client" else "referrer"
                )
                release.refresh_from_db()
                _note(release, "revoke_release", actor, now)
                journal.note("release_revoked", release.practice_id, release.pk, now=now)
                return release
        time.sleep(0.2)


def gate(
    client: Client, recipient: int, *, classes: Sequence[str], purpose: str, now: datetime, lock: bool = False
) -> Decision:
    """The release decision: the only way to a disclosure. With `lock`, the client's releases are locked until the
    caller's transaction ends, so that a revocation comes wholly before or wholly after."""
    if server_gate.is_closed():
        return Decision(False, reason=server_gate.REASON)
    rows = Release.objects.filter(client=client, practice_id=client.practice_id)
    if lock:
        rows = rows.select_for_update()
    today = today_at(client.practice, now)
    terms = [_terms(row) for row in rows.order_by("-drafted_at")]
    return decide(terms, Disclosure(recipient, frozenset(classes), purpose, today))


def _terms(row: Release) -> Terms:
    return Terms(
        id=row.pk, recipients=frozenset(r.listing_id for r in row.recipients.all()), classes=frozenset(row.classes),
        purpose=row.purpose, signed_at=row.signed_at, expires_on=row.expires_on, revoked_at=row.revoked_at,
    )


def covering(referral_id: UUID, recipient: int, *, now: datetime) -> UUID | None:
    """The release of a referral that is in force and names this recipient already, or None."""
    rows = Release.objects.filter(referral_id=referral_id, recipients__listing_id=recipient).select_related("practice")
    for row in rows.order_by("-drafted_at"):
        wanted = Disclosure(recipient, frozenset(row.classes), row.purpose, today_at(row.practice, now))
        if decide([_terms(row)], wanted).allowed:
            return row.pk
    return None


def record_refused_disclosure(actor: Actor, client: Client, reason: str, recipient: int, *, now: datetime) -> None:
    """A disclosure that was refused leaves its reason in the client's record."""
    subject = events.Subject("client", client.pk, client.practice_id, client.pk)
    change = events.Change(
        "refuse_disclosure", events.next_number(client.pk), facts={"reason": reason, "recipient": recipient}
    )
    events.record(subject, change, actor=actor, now=now)
    audit.record(actor, "refuse_disclosure", "client", client.pk, now=now, clients=[client.pk])


def open_scan(actor: Actor, release_id: UUID, attachment_id: UUID, *, now: datetime) -> attachments.File:
    """A scan of a release signed on paper, for those who may see the release. NotThere for anyone else."""
    return attachments.open_file(_subject(_release_row(actor, release_id, verb="see")), attachment_id, actor=actor,
                                 now=now)


def _subject(release: Release) -> events.Subject:
    return events.Subject("release", release.pk, release.practice_id, release.client_id)


def _note(release: Release, verb: str, actor: Actor, now: datetime) -> None:
    number = events.next_number(release.pk)
    events.record(_subject(release), events.Change(verb, number, release_id=release.pk), actor=actor, now=now)
    audit.record(actor, verb, "release", release.pk, now=now, clients=[release.client_id], basis=release.pk)
