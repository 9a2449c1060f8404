"""Which addresses take a secret, written down a second time: each must ask the limiter (security requirement R-35).

An address that anyone may post to stands in one of the two tables; so does every form with a field for a secret. A new
one without a line here fails the build.
"""

from __future__ import annotations

from dataclasses import dataclass, field

WRONG = "wr0ngwr0ngwr0ng"
# Names of fields that hold a secret; a field that hides what is typed counts, whatever its name.
SECRET_FIELDS = frozenset({
    "password", "current_password", "new_password", "token", "code", "otp", "totp", "pin", "secret", "key", "api_key",
    "recovery_code", "assertion", "credential",
})  # fmt: skip


@dataclass(frozen=True)
class Secret:
    """`path`: the limiter's name for it. `form`: the class that reads it. `given`: a whole form with a wrong secret."""

    path: str
    form: str
    given: dict[str, str] = field(default_factory=dict)
    who: str = "anonymous"  # whose session it is asked from


_ACCOUNT = {
    "token": WRONG, "name": "Ada Okafor", "email": "ada@desk.example", "password": "a long enough pass phrase",
    "practice_name": "Desk", "time_zone": "America/Chicago",
}  # fmt: skip
TAKES: dict[str, Secret] = {
    "sign_in": Secret(
        "sign_in", "desk.signing.SignInForm", {"email": "ada@desk.example", "password": "not the right one"}
    ),
    "start": Secret("invitation", "desk.signing.AccountForm", _ACCOUNT),
    "join": Secret("invitation", "desk.signing.AccountForm", _ACCOUNT),
    "portal_link": Secret("client_link", "portal.forms.LinkForm", {"token": WRONG, "code": "0000-0000"}),
    "reply_link": Secret("reply_link", "reply.forms.LinkForm", {"token": WRONG, "code": "0000-0000"}),
}
TAKES_NONE: dict[str, str] = {
    "portal_language": "a language", "portal_leave": "ends a session", "portal_left": "ends a session",
    "portal_handed_back": "ends a session", "reply_leave": "ends a session",
}  # fmt: skip
# Forms with a field of such a name that is no secret, and why.
FORMS_WITHOUT: dict[str, str] = {}
