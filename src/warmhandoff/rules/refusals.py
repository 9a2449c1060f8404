"""Every way in which the product says no, as one tree.

    Refusal
    |-- NoToken           a program that is not known asks          exit 3, HTTP 401
    |-- BadInput          what was given cannot be understood         exit 2, HTTP 422
    |-- NotThere          no such thing, or not yours to see          exit 3, HTTP 404
    |-- NotAllowed        you may see it, but not do this             exit 3, HTTP 403
    |   `-- NoRelease     no release in force covers this disclosure  exit 3, HTTP 403
    |-- NotNow            the referral is not at this point           exit 3, HTTP 409
    |   `-- Stale         someone else was faster                     exit 3, HTTP 409
    |-- TooMany           a limit on attempts was reached             exit 3, HTTP 429
    `-- Unavailable       database, disk or key is out of reach       exit 4, HTTP 503

A refused action always raises one of these; nothing returns quietly without having done its work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input. `line` counts from 1; None where the input has no lines."""

    reason: str
    field: str | None = None
    line: int | None = None
    file: str | None = None

    def __str__(self) -> str:
        where = [self.file, f"line {self.line}" if self.line is not None else None, self.field]
        place = ", ".join(part for part in where if part)
        return f"{place}: {self.reason}" if place else self.reason


class Refusal(Exception):
    """The root. `message` is a whole sentence that may be shown to the person who asked."""

    status = 400
    exit_code = 3
    code = "refused"
    title = "Refused"  # what every refusal of the kind has in common: the title of a problem (RFC 9457)

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class NoToken(Refusal):
    """No token, or one that is unknown, has ended or has expired: all of them look the same from outside."""

    status, code, title = 401, "no_token", "A token in force is needed"

    def __init__(self, message: str = "Send a token in force: Authorization: Bearer wh_...", **details: object) -> None:
        super().__init__(message, **details)


class BadInput(Refusal):
    """What was given cannot be understood; `problems` names file, line and field of each fault."""

    status, exit_code, code = 422, 2, "bad_input"
    title = "This cannot be understood"

    def __init__(self, *problems: Problem | str) -> None:
        self.problems: Sequence[Problem] = [Problem(p) if isinstance(p, str) else p for p in problems]
        super().__init__("\n".join(str(p) for p in self.problems))


class NotThere(Refusal):
    """Does not exist, or is not the actor's to see: the two look the same from outside."""

    status, code, title = 404, "not_there", "Nothing here"

    def __init__(self, message: str = "There is nothing here, or it is not yours to see.", **details: object) -> None:
        super().__init__(message, **details)


class NotAllowed(Refusal):
    status, code, title = 403, "not_allowed", "Not allowed"


class NoRelease(NotAllowed):
    """No release in force covers recipient, purpose and classes (45 CFR 164.508; 42 CFR 2.31)."""

    code, title = "no_release", "No release covers this"


class NotNow(Refusal):
    status, code, title = 409, "not_now", "Not at this point"


class Stale(NotNow):
    """The row changed between reading and writing: exactly one of two racing moves wins."""

    code, title = "stale", "Someone else was faster"

    def __init__(
        self, message: str = "Someone changed this while you were looking at it. Nothing was lost.", **details: object
    ) -> None:
        super().__init__(message, **details)


class TooMany(Refusal):
    status, code, title = 429, "too_many", "Too many tries"


class Unavailable(Refusal):
    status, exit_code, code = 503, 4, "unavailable"
    title = "Out of reach just now"
