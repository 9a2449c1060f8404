"""What a practice can switch off: every optional part in one list, so that a plain referral stays plain.

A part is added here with one line; `accounts.switches.is_on` and `switches.CODE` in templates ask for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from warmhandoff.rules.refusals import BadInput, Problem


@dataclass(frozen=True)
class Switch:
    """One optional part. `default`: on or off where the practice said nothing; `shows`: what is there when it is on."""

    code: str
    label: str
    default: bool
    shows: str


SWITCHES: dict[str, Switch] = {
    one.code: one
    for one in (
        Switch(
            "portal", "Pages for clients on their own phone or computer", True,
            "“Send her the link”. Off: no links are made and open ones lead nowhere; list, paper and the view on your "
            "device stay.",
        ),
        Switch(
            "choice_questions", "Questions beside the choice", True,
            "How likely she is to go, what might stop her, and what she does not want to tell again. Always optional "
            "to answer.",
        ),
        Switch(
            "helpers", "Someone who helps her choose", True,
            "Who interpreted or sat beside her, and whether that person may have a copy of the list.",
        ),
        Switch(
            "conversations", "Log of conversations", True,
            "“Log a conversation” on each referral: what was said and how she took it.",
        ),
        Switch(
            "check_ins", "Check-ins and comfort ratings", True,
            "“How is it going?” on her page, and the check-in to log after a first session. Off: an attended session "
            "is closed without one.",
        ),
        Switch(
            "goals", "Goals", True,
            "Up to five goals a referral, scored from 0 to 10 after the first session, by her and by you. Nothing "
            "shows on her page until a goal is set.",
        ),
        Switch(
            "gap_register", "Gap register", True,
            "The list of needs nobody met: kind of help, concern, plan and three digits of the ZIP code, never whose.",
        ),
        Switch(
            "fairness_groups", "Replies by client group", True,
            "In the reports: whether some groups of clients are answered or declined more often, by language and age "
            "alone, for the record holds no others. Small numbers are left out.",
        ),
        Switch(
            "inquiries", "Anonymous inquiries", True,
            "“Ask several, without a name”: whether colleagues have room. Off: no new ones; answers still come in.",
        ),
        Switch(
            "need_posts", "Need posts", True,
            "A text without a name for a listserv or a group. Off: no new ones; answers still come in.",
        ),
        Switch(
            "plans", "The plan for several services", True,
            "One thing at a time, in an order that is suggested, explained and freely changed.",
        ),
        Switch(
            "pause", "The pause", True,
            "Questions for the clinician alone before a referral; kept only if she saves them.",
        ),
        Switch(
            "reciprocity", "Sent and received, by colleague", False,
            "On a colleague's page: how many people you sent them, how many they sent you, how many thanks. Shown to "
            "people only; it is no score, and options are never ranked by it.",
        ),
        Switch(
            "cosign_transfers", "Co-signature for transfers", False,
            "Where the owner of a transfer has a supervisor, the packet leaves once she co-signed. Never in a crisis; "
            "the list a client takes along waits for nobody.",
        ),
        Switch(
            "cosign_summaries", "Co-signature for discharge summaries", False,
            "Where whoever writes it has a supervisor, she co-signs before it is signed and locked.",
        ),
        Switch(
            "process_notes", "Psychotherapy notes", False,
            "Clinicians may keep them here: apart from the record, under a key of their own, seen by nobody but their "
            "author.",
        ),
    )
}


def is_on(code: str, said: Mapping[str, bool]) -> bool:
    """Whether a part is on. said: what the practice set, code to on. KeyError for a code nobody registered."""
    return bool(said.get(code, SWITCHES[code].default))


def all_of(said: Mapping[str, bool]) -> dict[str, bool]:
    """Every registered code with whether it is on."""
    return {code: is_on(code, said) for code in SWITCHES}


MOVES_OF = {
    "conversations": ("talk",), "check_ins": ("check_in_well", "check_in_open", "check_in_poor", "check_in_waiting"),
    "inquiries": ("inquire",),
    "need_posts": ("post_need",),
}  # fmt: skip
"""The moves of a referral that a switch takes away."""


def moves_off(said: Mapping[str, bool]) -> frozenset[str]:
    """The codes of the moves that are not offered, for what the practice switched off."""
    return frozenset(move for code, moves in MOVES_OF.items() if not is_on(code, said) for move in moves)


def differing(wanted: Mapping[str, bool]) -> dict[str, bool]:
    """What of `wanted` differs from the defaults: that alone is kept. BadInput for a code nobody registered."""
    unknown = [code for code in wanted if code not in SWITCHES]
    if unknown:
        raise BadInput(Problem(f"there is no switch {unknown[0]!r}", field="switches"))
    return {code: on for code, on in wanted.items() if on != SWITCHES[code].default}
