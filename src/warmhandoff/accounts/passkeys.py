"""Passkeys: WebAuthn credentials as a second factor, and as a whole sign-in of their own.

A passkey asks for the person's finger, face or PIN itself (user verification is required each time), so it stands for
both steps. The challenge is made and kept by the caller, for one answer. No attestation is asked for: which make of
key someone uses is not ours to know.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.exceptions import UnsupportedAlgorithm
from django.conf import settings
from django.db import IntegrityError, transaction
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorAssertionResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from warmhandoff.accounts.factors_gone import note_gone
from warmhandoff.accounts.models import AuthenticatorApp, Passkey, User
from warmhandoff.accounts.queries import actor_of
from warmhandoff.accounts.second_factors import LAST, factor_added, factor_removed, user_of
from warmhandoff.core import limits
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotThere, Problem

WRONG = "this passkey was not accepted: try again, or use a code"
LONGEST_ANSWER = 20_000  # characters; a passkey's answer has one or two thousand
MOST = 20  # passkeys of one person
_VERIFIED = UserVerificationRequirement.REQUIRED
# Everything the library raises over an answer that is not one.
_TORN = (ValueError, KeyError, TypeError, AttributeError, IndexError, struct.error, UnsupportedAlgorithm,
         RecursionError, AssertionError)  # fmt: skip


def possible() -> bool:
    """Whether browsers allow passkeys at this server's address: a name, with https unless it is localhost."""
    parts = urlsplit(settings.BASE_URL)
    host = parts.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return bool(host) and (parts.scheme == "https" or host == "localhost")
    return False


def _server() -> Fido2Server:
    parts = urlsplit(settings.BASE_URL)
    origin = f"{parts.scheme}://{parts.netloc}"
    party = PublicKeyCredentialRpEntity(name="Warm Handoff", id=parts.hostname or "localhost")
    return Fido2Server(party, verify_origin=lambda given: given == origin)


def _state(challenge: bytes) -> dict[str, Any]:
    return {"challenge": websafe_encode(challenge), "user_verification": _VERIFIED}


def _kept(rows: Sequence[Passkey]) -> list[AttestedCredentialData]:
    return [AttestedCredentialData(bytes(row.credential)) for row in rows]


def making_options(actor: Actor, challenge: bytes) -> str:
    """What the browser needs to make a passkey, as JSON."""
    user = user_of(actor)
    person = PublicKeyCredentialUserEntity(name=user.email, id=user.pk.bytes, display_name=user.name)
    kept = _kept(list(Passkey.objects.filter(user=user)))
    options, _ = _server().register_begin(
        person, kept, ResidentKeyRequirement.REQUIRED, _VERIFIED, challenge=challenge
    )
    return json.dumps(dict(options)["publicKey"])


def asking_options(user_id: UUID | None, challenge: bytes) -> str:
    """What the browser needs to ask for a passkey, as JSON: for one of this user's, or (None) for any it holds."""
    kept = _kept(list(Passkey.objects.filter(user_id=user_id))) if user_id else None
    options, _ = _server().authenticate_begin(kept, _VERIFIED, challenge=challenge)
    return json.dumps(dict(options)["publicKey"])


def has_passkey(user_id: UUID) -> bool:
    return Passkey.objects.filter(user_id=user_id).exists()


def add_passkey(
    actor: Actor, answer: str, challenge: bytes, *, name: str, keep: UUID | None, now: datetime
) -> list[str]:
    """Keep the passkey the browser has made. Returns recovery codes with a person's first factor, else [].

    BadInput where the answer is not one to this challenge from this address, by a person who was verified.
    """
    made = _answer_of_making(answer, challenge)
    try:
        with transaction.atomic():
            user = user_of(actor, lock=True)
            if Passkey.objects.filter(user=user).count() >= MOST:
                raise BadInput(Problem(f"{MOST} passkeys are the most: take one away first", field="answer"))
            Passkey.objects.create(
                user=user, credential_id=websafe_encode(made.credential_id), credential=bytes(made),
                name=name.strip()[:60] or "Passkey", created_at=now,
            )
            return factor_added(actor, user, "passkey", keep=keep, now=now)
    except IntegrityError as error:
        raise BadInput(Problem("this passkey is here already", field="answer")) from error


def _answer_of_making(answer: str, challenge: bytes) -> AttestedCredentialData:
    try:
        made = _server().register_complete(_state(challenge), _read(answer)).credential_data
        if made is None:
            raise ValueError("no credential")
    except _TORN as error:
        raise BadInput(Problem("this passkey could not be made: try again", field="answer")) from error
    return made


def _answer_of_use(answer: str, challenge: bytes, *rows: Passkey) -> AuthenticatorAssertionResponse:
    """The answer, once one of these passkeys is known to have signed it."""
    try:
        found = AuthenticationResponse.from_dict(_read(answer))
        _server().authenticate_complete(_state(challenge), _kept(rows), found)
    except _TORN as error:
        raise BadInput(Problem(WRONG, field="answer")) from error
    return found.response


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > LONGEST_ANSWER:
        raise ValueError("too long")
    found = json.loads(answer, parse_int=_small)
    if not isinstance(found, dict):
        raise TypeError("no object")
    return found


def _small(digits: str) -> int:
    """The only numbers an answer holds are codes of algorithms, of 16 bits. Where bytes belong the library would take
    one for their length, and a large one would fill the memory."""
    number = int(digits)
    if not -(2**15) <= number < 2**15:
        raise ValueError("a number out of range")
    return number


def remove_passkey(actor: Actor, passkey_id: UUID, *, keep: UUID | None, now: datetime) -> None:
    """Take a passkey away. NotThere for anyone else's, NotAllowed for the last factor."""
    with transaction.atomic():
        user = user_of(actor, lock=True)
        rows = Passkey.objects.filter(user=user)
        row = rows.filter(pk=passkey_id).first()
        if row is None:
            raise NotThere(subject=passkey_id)
        if rows.count() == 1 and not AuthenticatorApp.objects.filter(user=user, since__isnull=False).exists():
            raise NotAllowed(LAST)
        note_gone(row, actor.practice_id, now=now)
        row.delete()
        factor_removed(actor, keep=keep, now=now)


def use_passkey(
    answer: str, challenge: bytes, *, user_id: UUID | None, now: datetime, address: str = ""
) -> User:
    """Whose passkey answered the challenge. With `user_id`, hers alone will do; without, whoever's it is.

    BadInput in the same words whatever is wrong with it; TooMany after repeated failures.
    """
    who = str(user_id or _credential_of(answer))
    limits.check("passkey", who, now=now, address=address)
    user = _answered(answer, challenge, user_id, now)
    if user is None or actor_of(user) is None:
        limits.failed("passkey", who, now=now, address=address)
        raise BadInput(Problem(WRONG, field="answer"))
    limits.succeeded("passkey", who, address=address)
    return user


def _credential_of(answer: str) -> str:
    try:
        return str(_read(answer).get("id", ""))[:1400]
    except _TORN:
        return ""


def _answered(answer: str, challenge: bytes, user_id: UUID | None, now: datetime) -> User | None:
    row = Passkey.objects.select_related("user").filter(credential_id=_credential_of(answer)).first()
    if row is None or (user_id is not None and row.user_id != user_id):
        return None
    try:
        response = _answer_of_use(answer, challenge, row)
    except BadInput:
        return None
    if response.user_handle is not None and bytes(response.user_handle) != row.user.pk.bytes:
        return None
    return row.user if _counted(row, response.authenticator_data.counter, now) else None


def _counted(row: Passkey, count: int, now: datetime) -> bool:
    """A counter that does not rise means a copied key; passkeys that are synchronised leave it at nought."""
    unused = Passkey.objects.filter(pk=row.pk, sign_count=row.sign_count)
    if (count or row.sign_count) and count <= row.sign_count:
        return False
    return bool(unused.update(sign_count=count, last_used_at=now))
