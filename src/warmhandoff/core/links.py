"""Links and codes: a link is a random token in the address's fragment, a code travels by another way.

Tokens have 256 bits and are kept as hashes only; they are written in an alphabet without look-alikes, so that they
can be typed where there is no script. Codes have 8 such characters (40 bits) and are useless without the link.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import models

from warmhandoff.core import limits
from warmhandoff.core.sealing import fingerprint
from warmhandoff.rules.refusals import NotThere

Row = TypeVar("Row", bound=models.Model)

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, small letters
_TOKEN_LENGTH = 52
_CODE_LENGTH = 8
_LOOK_ALIKES = str.maketrans({"o": "0", "i": "1", "l": "1"})


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def new_token() -> str:
    return _random(_TOKEN_LENGTH)


def new_code() -> str:
    code = _random(_CODE_LENGTH)
    return f"{code[:4]}-{code[4:]}"


def clean(typed: str) -> str:
    """What was typed or pasted, without spaces, hyphens and look-alikes."""
    return re.sub(r"[^0-9a-z]", "", typed.strip().lower()).translate(_LOOK_ALIKES)


def token_hash(purpose: str, token: str) -> str:
    """What is stored of a token; bound to its purpose, so that a token of one kind opens nothing of another."""
    return fingerprint(f"link:{purpose}", clean(token))


def same_code(given: str, kept: str) -> bool:
    """Whether these are the same code; where none is kept, nothing is."""
    wanted = clean(kept)
    return bool(wanted) and hmac.compare_digest(clean(given).encode(), wanted.encode())


@dataclass(frozen=True)
class LinkKind:
    """A kind of link without a code. purpose: what its tokens are bound to; path: the limit its tries count under;
    unknown: the one answer to a token that opens nothing, whatever the reason."""

    purpose: str
    path: str
    unknown: str


def row_behind(kind: LinkKind, rows: models.QuerySet[Row], token: str, *, now: datetime, address: str = "") -> Row:
    """The row a token opens among `rows`; NotThere where none is, TooMany after many wrong ones."""
    key = token_hash(kind.purpose, token)
    limits.check(kind.path, key, now=now, address=address)
    row = rows.filter(token_hash=key).first()
    if row is None:
        limits.failed(kind.path, key, now=now, address=address)
        raise NotThere(kind.unknown)
    limits.succeeded(kind.path, key, address=address)
    return row
