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
    "sign_in_second": Secret("totp", "desk.second_step.CodeForm", {"code": "000000"}, who="half way"),
    "sign_in_passkey": Secret("passkey", "desk.second_step.AnswerForm", {"answer": "{}"}),
    "inquiry_link": Secret("inquiry_link", "link_forms.TokenForm", {"token": WRONG}),
    "post_link": Secret("post_link", "link_forms.TokenForm", {"token": WRONG}),
    "portal_link": Secret("client_link", "link_forms.ClientLinkForm", {"token": WRONG, "code": "0000-0000"}),
    "verify_link": Secret("asking_link", "link_forms.TokenForm", {"token": WRONG}),
    "shared_link": Secret("basis_link", "link_forms.RecipientLinkForm", {"token": WRONG, "code": "0000-0000"}),
    "reply_link": Secret("reply_link", "link_forms.RecipientLinkForm", {"token": WRONG, "code": "0000-0000"}),
}
TAKES_NONE: dict[str, str] = {
    "portal_language": "a language", "portal_leave": "ends a session", "portal_left": "ends a session",
    "signer": "a name, within a session on the device", "signer_take_back": "a button within a session",
    "portal_handed_back": "ends a session", "reply_leave": "ends a session",
    "verify_answer": "a button within a session", "inquiry_answer": "an answer within a session",
    "post_page": "an answer within a session, a few a day",
}  # fmt: skip
# Asked of someone who is signed in already, at an address of her own: the form, and the address that shows it.
INSIDE: dict[str, Secret] = {
    "account_password": Secret(
        "own_password", "desk.account.PasswordForm",
        {"old": "not the right one", "new": "quite another long phrase", "confirm_code": "000000"},
    ),
    "claim_confirm": Secret("claim_link", "desk.claims.LinkForm", {"token": WRONG}),
    "account_factors": Secret("totp", "desk.account_factors.FirstCodeForm", {"kind": "confirm_app", "code": "000000"}),
}
# Asked before whatever needs a fresh proof (web/confirming.py), at the address of that.
CONFIRMING = {"confirming._CodeForm": "totp", "confirming._PasswordForm": "own_password"}
# Forms with a field of such a name that is no secret, and why.
FORMS_WITHOUT: dict[str, str] = {
    "desk.account_factors.PasskeyForm": "a new passkey introduces itself: there is nothing to guess",
}
