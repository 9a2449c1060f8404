"""Second factors: an authenticator app, passkeys (see `passkeys`), and ten recovery codes on paper.

Staff have one before the first client's name is stored (security requirement R-35); `User.second_factor_since` says
so, and the table of access does the rest. Adding or removing one ends every other session of the person (R-36).
"""

from __future__ import annotations

import hmac
import os
from base64 import b32decode, b32encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import quote
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings
from django.db import transaction

from warmhandoff.accounts import sessions
from warmhandoff.accounts.factors_gone import note_gone
from warmhandoff.accounts.models import AuthenticatorApp, Membership, Passkey, RecoveryCode, User
from warmhandoff.accounts.queries import actor_of_membership, membership_of
from warmhandoff.core import audit, limits
from warmhandoff.core.links import clean, new_code
from warmhandoff.core.sealing import fingerprint
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere, Problem

STEP = 30  # seconds a code counts (RFC 6238, what every app uses)
DIGITS = 6
SECRET_BYTES = 20  # RFC 4226 section 4, R6: 160 bits
RECOVERY_CODES = 10
WRONG = "this code is not right, has ended or was used before"
LAST = "This is your only second factor, and it stays: add another one first, then take this one away."


@dataclass(frozen=True)
class PasskeyLine:
    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True)
class Factors:
    """What someone has set up. `codes_left` counts recovery codes that were not used."""

    app_since: datetime | None
    passkeys: tuple[PasskeyLine, ...]
    codes_left: int


def factors_of(user_id: UUID) -> Factors:
    app = AuthenticatorApp.objects.filter(user_id=user_id).values_list("since", flat=True).first()
    keys = Passkey.objects.filter(user_id=user_id).order_by("created_at")
    return Factors(
        app, tuple(PasskeyLine(k.pk, k.name, k.created_at, k.last_used_at) for k in keys),
        RecoveryCode.objects.filter(user_id=user_id, used_at=None).count(),
    )


# The authenticator app


def begin_app(actor: Actor) -> None:
    """Make a secret for an authenticator app. It counts once a code of it was given; until then the old one does."""
    user = user_of(actor)
    row, _ = AuthenticatorApp.objects.get_or_create(user=user, defaults={"practice_id": actor.practice_id})
    row.pending = b32encode(os.urandom(SECRET_BYTES)).decode()
    row.save(update_fields=["pending"])


def pending_secret(actor: Actor) -> str:
    """The secret that waits for its first code, in base 32, or ""."""
    row = AuthenticatorApp.objects.filter(user_id=actor.account).first()
    return str(row.pending.reveal()) if row else ""


def app_address(actor: Actor, secret: str) -> str:
    """What the square to scan says: the otpauth address of a secret."""
    name = quote(user_of(actor).email)
    return f"otpauth://totp/Warm%20Handoff:{name}?secret={secret}&issuer=Warm%20Handoff&digits={DIGITS}&period={STEP}"


def confirm_app(actor: Actor, code: str, *, keep: UUID | None, now: datetime) -> list[str]:
    """Take the app whose first code this is into use. Returns new recovery codes with a person's first factor, else [].

    keep: the session that goes on. BadInput for a wrong code, NotNow where no secret waits, TooMany after wrong ones.
    """
    who = str(actor.account)
    if not pending_secret(actor):
        raise NotNow("Begin anew: there is no secret that waits for its code.")
    limits.check("totp", who, now=now)
    codes = _take_into_use(actor, code, keep=keep, now=now)
    if codes is None:
        limits.failed("totp", who, now=now)
        raise BadInput(Problem(WRONG, field="code"))
    limits.succeeded("totp", who)
    return codes


def _take_into_use(actor: Actor, code: str, *, keep: UUID | None, now: datetime) -> list[str] | None:
    with transaction.atomic():
        user = user_of(actor, lock=True)
        row = AuthenticatorApp.objects.filter(user=user).first()
        step = _step_of(row.pending.reveal(), code, 0, now) if row and row.pending else None
        if row is None or step is None:
            return None
        if row.since is not None:
            note_gone(row, row.practice_id, now=now)
        row.secret, row.pending, row.last_step, row.since = row.pending, None, step, now
        row.save()
        return factor_added(actor, user, "code", keep=keep, now=now)


def remove_app(actor: Actor, *, keep: UUID | None, now: datetime) -> None:
    """Take the authenticator app away. NotAllowed for the last factor, NotThere where there is none."""
    with transaction.atomic():
        user = user_of(actor, lock=True)
        row = AuthenticatorApp.objects.filter(user=user, since__isnull=False).first()
        if row is None:
            raise NotThere("There is no authenticator app to take away.")
        if not Passkey.objects.filter(user=user).exists():
            raise NotAllowed(LAST)
        note_gone(row, row.practice_id, now=now)
        row.delete()
        factor_removed(actor, keep=keep, now=now)


def _step_of(secret: str, code: str, last_step: int, now: datetime) -> int | None:
    """The time step whose code this is: the present one or a neighbour, and newer than `last_step`; else None."""
    # Phones know the real time, also while the demo's clock is set to another day.
    real = now - timedelta(seconds=settings.CLOCK_OFFSET_SECONDS)
    present = int(real.timestamp()) // STEP
    found = None
    for step in (present - 1, present, present + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()) and step > last_step:
            found = step
    return found


def code_at(secret: str, step: int) -> str:
    """The code of a base 32 secret in a time step (RFC 6238: SHA-1, six digits, thirty seconds)."""
    totp = TOTP(b32decode(secret), DIGITS, SHA1(), STEP)  # noqa: S303 # nosec B303 - what the standard and every app use
    return totp.generate(step * STEP).decode()


# Giving a code


def use_code(user: User, typed: str, *, now: datetime, address: str = "") -> Literal["code", "recovery"]:
    """Check a code of the app or a recovery code, and use it up; which of the two it was.

    BadInput in the same words for every wrong one; TooMany after repeated failures, of hers or from `address`.
    """
    code = clean(typed)
    digits = code if len(code) == DIGITS and code.isascii() and code.isdigit() else ""
    path, who = ("totp" if digits else "recovery"), str(user.pk)
    limits.check(path, who, now=now, address=address)
    right = _use_digits(user, digits, now) if digits else _use_recovery(user, code, now)
    if not right:
        limits.failed(path, who, now=now, address=address)
        raise BadInput(Problem(WRONG, field="code"))
    limits.succeeded(path, who, address=address)
    return "code" if digits else "recovery"


def _use_digits(user: User, code: str, now: datetime) -> bool:
    row = AuthenticatorApp.objects.filter(user=user, since__isnull=False).first()
    if row is None:
        return False
    step = _step_of(row.secret.reveal(), code, row.last_step, now)
    if step is None:
        return False
    return bool(AuthenticatorApp.objects.filter(pk=row.pk, last_step__lt=step).update(last_step=step))


def _recovery_hash(user_id: UUID, code: str) -> str:
    return fingerprint(f"recovery:{user_id}", clean(code))


def _use_recovery(user: User, code: str, now: datetime) -> bool:
    rows = RecoveryCode.objects.filter(user=user, code_hash=_recovery_hash(user.pk, code), used_at=None)
    return bool(rows.update(used_at=now))


def new_recovery_codes(actor: Actor, *, now: datetime) -> list[str]:
    """Ten new recovery codes, shown this once; older ones end. NotNow without a second factor to recover."""
    with transaction.atomic():
        user = user_of(actor, lock=True)
        if user.second_factor_since is None:
            raise NotNow("Recovery codes come with the first second factor: set one up.")
        codes = _new_codes(user)
        audit.record(actor, "new_recovery_codes", "account", user.pk, now=now)
    return codes


def _new_codes(user: User) -> list[str]:
    codes = [new_code() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create([RecoveryCode(user=user, code_hash=_recovery_hash(user.pk, c)) for c in codes])
    return codes


# What every factor has in common


def user_of(actor: Actor, *, lock: bool = False) -> User:
    """The user who acts; locked within a transaction where two changes at once could leave her without a factor."""
    rows = User.objects.select_for_update() if lock else User.objects.all()
    return rows.get(pk=actor.account)


def factor_added(
    actor: Actor, user: User, way: Literal["code", "passkey"], *, keep: UUID | None, now: datetime
) -> list[str]:
    """What adding any factor brings along, within its transaction. Recovery codes with the first one, else []."""
    codes: list[str] = []
    if user.second_factor_since is None:
        user.second_factor_since = now
        user.save(update_fields=["second_factor_since"])
        codes = _new_codes(user)
    if keep is not None:
        sessions.secured(keep, way)
    sessions.end_all(user.pk, keep=[keep] if keep else [], now=now)
    audit.record(actor, "add_factor", "account", user.pk, now=now)
    return codes


def factor_removed(actor: Actor, *, keep: UUID | None, now: datetime) -> None:
    """What removing any factor brings along, within its transaction."""
    sessions.end_all(actor.account, keep=[keep] if keep else [], now=now)
    audit.record(actor, "remove_factor", "account", actor.account, now=now)


def reset_factors(email: str, *, now: datetime) -> None:
    """Take every factor from someone who lost hers, by the operator of the server; her sessions end.

    Until she sets up another she finds people and sees no client. NotThere for an unknown address.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().filter(email=email.strip().lower()).first()
        if user is None:
            raise NotThere("No account has this address.")
        practice_id = Membership.objects.filter(user=user).order_by("joined_at")[0].practice_id
        rows: list[AuthenticatorApp | Passkey] = list(AuthenticatorApp.objects.filter(user=user))
        rows += Passkey.objects.filter(user=user)
        for row in rows:
            note_gone(row, practice_id, now=now)
            row.delete()
        RecoveryCode.objects.filter(user=user).delete()
        user.second_factor_since = None
        user.save(update_fields=["second_factor_since"])
        sessions.end_all(user.pk, now=now)
        membership = membership_of(user)
        if membership is not None:
            audit.record(actor_of_membership(membership), "reset_factors", "account", user.pk, now=now)


def equip(membership: Membership, *, now: datetime) -> tuple[str, list[str]]:
    """Give a member an app and recovery codes at once, without a phone: for invented people. Secret and codes."""
    secret = b32encode(os.urandom(SECRET_BYTES)).decode()
    user = membership.user
    with transaction.atomic():
        AuthenticatorApp.objects.create(user=user, practice_id=membership.practice_id, secret=secret, since=now)
        codes = factor_added(actor_of_membership(membership), user, "code", keep=None, now=now)
    return secret, codes
