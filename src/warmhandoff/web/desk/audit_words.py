"""What an entry of the audit says, in words: who, and what she did."""

from __future__ import annotations

from uuid import UUID

from warmhandoff.core.looking import Look
from warmhandoff.referrals.queries import move_label

_SUBJECTS = {
    "client": "a client", "referral": "a referral", "today": "the page of the day", "message": "messages",
    "packet": "a packet", "delivery": "a packet", "release": "a release", "listing": "a listing", "audit": "the audit",
    "membership": "a colleague", "portal": "the client's page", "session": "the desk",
    "directory": "the directory", "list": "a list of listings",
    "incoming": "a referral to the practice",
}  # fmt: skip
_LISTS = {"client": "clients", "referral": "referrals", "incoming": "the inbox"}
_WORDS = {
    "open": "Opened {}", "list": "Saw the list: {}", "copy": "Took a copy of {}",
    "preview": "Looked at {} before sending",
    "match": "Looked for options", "disclose": "Was given {}", "export": "Took out {}", "enter": "Came in to {}",
    "sign_in": "Signed in", "join": "Joined the practice", "invite": "Made a link for {}",
    "set_supervisor": "Set a supervisor", "add": "Added {}", "change_client": "Changed what is known of a client",
    "leave": "Ended a membership",
    "join_team": "Put a colleague on a care team", "show_access_code": "Saw an access code",
    "new_access_code": "Made a new access code", "record_identity_check": "Recorded an identity check",
    "hand_device_to": "Handed the device to a client", "draft_release": "Drafted a release",
    "sign_release": "Signed a release", "revoke_release": "Took back a release",
    "refuse_disclosure": "Stopped: no release covers it", "give_by_hand": "Handed over a link",
    "try_again": "Sent a message again", "paste": "Pasted contacts", "edit": "Changed {}", "confirm": "Confirmed {}",
    "retire": "Took {} out of use", "return": "Put {} back into use", "relate": "Noted how the practice knows {}",
}  # fmt: skip
_REFUSED = {
    "not_there": "what is not there, or not theirs to see", "not_allowed": "something that is not theirs to do",
    "no_release": "a disclosure without a release", "not_now": "a step at the wrong time",
    "stale": "a step that someone else had made", "too_many": "another try: too many were wrong",
    "bad_input": "something that could not be understood", "unavailable": "something while the server was in trouble",
}  # fmt: skip
_SIDES = {"client": "The client", "recipient": "A recipient", "system": "The server",
          "stranger": "Someone without an account"}  # fmt: skip


def verbs() -> list[tuple[str, str]]:
    """The verbs to choose from, with their words."""
    plain = [(verb, words.replace("{}", "…")) for verb, words in _WORDS.items()]
    return sorted([*plain, ("refused", "Was refused")], key=lambda pair: pair[1])


def who(look: Look, names: dict[UUID, str]) -> str:
    if look.membership_id is not None:
        return names.get(look.membership_id, "Someone who is not known any more")
    return _SIDES.get(look.side, look.side)


def what(look: Look) -> str:
    if look.refused:
        return f"Was refused {_REFUSED.get(look.subject_kind, 'something')}"
    if look.verb == "enter" and look.subject_kind == "listing":
        return "Entered a listing"
    words = _WORDS.get(look.verb)
    if words is None:
        return move_label(look.verb)
    subject = _SUBJECTS.get(look.subject_kind, look.subject_kind)
    return words.format(_LISTS.get(look.subject_kind, subject) if look.verb == "list" else subject)
