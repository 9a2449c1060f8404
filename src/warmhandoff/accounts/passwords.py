"""What a new password must not be: a breached one, or made of words anyone who knows the practice would try first.

Length is asked for, and common passwords are refused, by Django's own validators. There are no rules of composition,
and passwords do not grow old (NIST SP 800-63B, 5.1.1.2).
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from warmhandoff.accounts.models import Membership, User
from warmhandoff.core.breaches import is_listed
from warmhandoff.rules.refusals import BadInput, Problem

SHORTEST_WORD = 3
MUST_REMAIN = 5  # characters beside own words, digits and signs
_PRODUCT = ("warmhandoff", "warm", "handoff")


def check_new_password(password: str, user: User, *own_words: str) -> None:
    """Refuse (BadInput) a password that is too short, common, breached, or made of own words.

    own_words: what else is known of whose it is: the practice's name, where the user has no membership yet.
    """
    user.own_words = own_words
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise BadInput(*[Problem(text, field="password") for text in error.messages]) from error


class OwnWords:
    """Refuses a password of which little remains without the names of product, server, practice and person."""

    def validate(self, password: str, user: User | None = None) -> None:
        rest = password.casefold()
        for word in sorted(_own_words(user), key=len, reverse=True):
            rest = rest.replace(word, " ")
        if len(re.sub(r"[\W\d_]", "", rest)) < MUST_REMAIN:
            raise ValidationError(
                "This password is made of names and numbers that others can guess. Add words of another kind.",
                code="password_own_words",
            )

    def get_help_text(self) -> str:
        return "Your password can’t be made of the names of your practice, yourself or this program."


def _own_words(user: User | None) -> set[str]:
    texts = [*_PRODUCT, urlsplit(settings.BASE_URL).hostname or ""]
    if user is not None:
        texts += [user.email, user.name, *user.own_words]
        if not user._state.adding:
            texts += Membership.objects.filter(user_id=user.pk).values_list("practice__name", flat=True)
    words = {word for text in texts for word in re.findall(r"[^\W\d_]+", text.casefold())}
    return {word for word in words if len(word) >= SHORTEST_WORD}


class Breached:
    """Refuses a password of the operator's breach list, where there is one. It is searched in the file, not read."""

    def validate(self, password: str, user: User | None = None) -> None:
        if settings.PASSWORD_BLOCKLIST and is_listed(password, Path(settings.PASSWORD_BLOCKLIST)):
            raise ValidationError("This password is known from a breach elsewhere. Choose another.", code="breached")

    def get_help_text(self) -> str:
        return "Your password can’t be one that is known from a breach."
