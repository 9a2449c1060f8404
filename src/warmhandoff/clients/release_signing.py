"""Signing a release: by the client, by whoever stands for her, and by everyone else whom it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from warmhandoff.clients import minors
from warmhandoff.clients.models import IdentityCheck, Release, ReleaseSigner, ReleaseVersion
from warmhandoff.clients.release_rows import note, release_row, subject, today_at
from warmhandoff.core import attachments
from warmhandoff.core.uploads import Checked
from warmhandoff.rules import signers
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, Problem

SIGNED_HOW = ("portal", "device", "paper")
TAKEN_BACK = "Someone who signed this release has taken the signature back."


@dataclass(frozen=True)
class Signature:
    """How a release was signed. `name` as written; `identity` (device, paper): how staff know who signed.

    kind: who signs (rules.signers.KINDS; "" is the client herself, as her age has it). scope and evidence: by what
    right someone signs for her, and what was seen of it. signer: whose signature, where several sign; without it the
    client's, and then the next one's.
    """

    how: str
    name: str
    identity: str = ""
    scan: Checked | None = None
    kind: str = ""
    scope: str = ""
    evidence: str = ""
    signer: UUID | None = None


def sign_release(actor: Actor, release_id: UUID, signature: Signature, *, now: datetime) -> Release:
    """Sign within the caller's transaction; in force once everyone has signed, which `signed_at` then says.

    By herself the client needs a recorded identity check; staff record one with it. Refuses another client's release
    (NotThere), one already signed (NotNow), a signature without a name, and one that does not count (rules.signers).
    """
    release = release_row(actor, release_id, lock=True)
    if release.signed_at:
        raise NotNow("This release is signed already.")
    if release.signers.filter(withdrawn_at__isnull=False).exists():
        raise NotNow("Someone took a signature back: write the release anew.")
    _check(actor, release, signature)
    place = _place(release, signature, actor.signer_id or signature.signer)
    _fill(place, release, signature, now)
    if fault := place_fault(release, place):
        raise BadInput(Problem(fault[:1].lower() + fault[1:], field="kind"))
    place.save()
    note(release, "sign_release", actor, now)
    if signature.scan is not None:
        attachments.attach(subject(release), signature.scan, actor=actor, now=now)
    _complete(actor, release, now)
    return release


def _check(actor: Actor, release: Release, signature: Signature) -> None:
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


def _place(release: Release, signature: Signature, whose: UUID | None) -> ReleaseSigner:
    """The row that waits for this signature. A release of before has none: then it is the client's.

    Whoever signs herself signs in the place that is hers, and never for the next one who is awaited.
    """
    waiting = list(release.signers.filter(signed_at=None).order_by("order"))
    if not waiting and not release.signers.exists():
        return ReleaseSigner(practice_id=release.practice_id, release=release, order=0)
    if whose is not None:
        waiting = [one for one in waiting if one.pk == whose]
    elif signature.how != "paper":
        waiting = [one for one in waiting if one.order == 0]
    if not waiting or (signature.how == "portal" and waiting[0].order != 0):
        raise NotNow("This signature is there already.")
    return waiting[0]


def _fill(place: ReleaseSigner, release: Release, signature: Signature, now: datetime) -> None:
    client = release.client
    age = minors.age_of(client, today_at(client.practice, now))
    place.kind = kind_of(place.order, signature.kind, age)
    place.name, place.client_age = signature.name.strip(), age
    place.scope, place.evidence = signature.scope.strip(), signature.evidence.strip()
    place.identity_check = signature.identity.strip()
    place.signed_at, place.signed_how = now, signature.how


def kind_of(order: int, said: str, age: int | None) -> str:
    """As what someone signs. Besides the client: a participant, or the second of the two who decide about a minor."""
    if order:
        return said if said in ("minor", "representative") else "participant"
    return said or ("minor" if signers.is_minor(age) else "self")


def _complete(actor: Actor, release: Release, now: datetime) -> None:
    """In force once the last one has signed: then what was signed is kept as the first version."""
    everyone = list(release.signers.order_by("order"))
    if any(one.signed_at is None or one.withdrawn_at for one in everyone):
        return
    first = everyone[0]
    changed = Release.objects.filter(pk=release.pk, signed_at=None).update(signed_at=now, signed_how=first.signed_how)
    if not changed:
        raise NotNow("This release is signed already.")
    release.refresh_from_db()
    release.signed_name = "; ".join(one.name.reveal() for one in everyone)
    release.identity_check = "; ".join(filter(None, (one.identity_check.reveal() for one in everyone)))
    release.save(update_fields=["signed_name", "identity_check"])
    keep_version(actor, release, now)


def keep_version(actor: Actor, release: Release, now: datetime) -> None:
    """Keep what the release allows from now on as its next version."""
    ReleaseVersion.objects.create(
        practice_id=release.practice_id, release=release, number=release.versions.count() + 1, classes=release.classes,
        back_classes=release.back_classes, recipients=[one.name for one in release.recipients.order_by("pk")],
        expires_on=release.expires_on, side=actor.side, by_id=actor.membership_id, at=now,
    )


def _as_signer(one: ReleaseSigner, release: Release, kinds: set[str]) -> signers.Signer:
    return signers.Signer(
        kind=one.kind, age=one.client_age, classes=frozenset([*release.classes, *release.back_classes]),
        scope=one.scope.reveal(), evidence=one.evidence.reveal(), with_minor="minor" in kinds,
        with_representative="representative" in kinds, programme=release.client.practice.part2_programme,
    )


def place_fault(release: Release, place: ReleaseSigner) -> str:
    """Why this signature could not count. Where both sign for a minor, the other's may still be awaited."""
    if place.kind == "participant":
        return ""
    kinds = {one.kind for one in release.signers.exclude(signed_at=None)} | {place.kind}
    awaited = release.signers.filter(signed_at=None).exclude(pk=place.pk).exists()
    if awaited and place.kind in ("minor", "representative"):
        kinds |= {"minor", "representative"}
    return _refusal(release, place, kinds)


def _refusal(release: Release, one: ReleaseSigner, kinds: set[str]) -> str:
    client = release.client
    return signers.refusal(_as_signer(one, release, kinds), minors.rule_of(client), minors.recorded_of(client))


def fault_of(release: Release, everyone: Iterable[ReleaseSigner], day: date) -> str:
    """Why a signature under a release does not count on this day, or "": its kind, its right, her age, the rule."""
    everyone = list(everyone)
    if release.revoked_at is None and any(one.withdrawn_at for one in everyone):
        return TAKEN_BACK
    signed = [one for one in everyone if one.signed_at and one.kind != "participant"]
    kinds = {one.kind for one in signed}
    age_now = minors.age_of(release.client, day)
    for one in signed:
        if signers.outgrown(_as_signer(one, release, kinds), age_now):
            return "She is of age now: her own signature is needed."
        judged = one.client_age is not None or one.kind in ("representative", "agent")
        if judged and (fault := _refusal(release, one, kinds)):
            return fault
    return ""


def says_by_what_right(everyone: Iterable[ReleaseSigner]) -> bool:
    """Whether each signature for somebody else says its right (the element "authority")."""
    stands_for = [one for one in everyone if one.kind in ("representative", "agent")]
    return all(one.scope and one.evidence for one in stands_for)
