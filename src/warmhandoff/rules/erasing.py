"""What may be erased: a draft that nobody but the staff of the practice ever knew of.

Everything else is the record: it is closed, not erased, and kept as long as privacy_tables/rules.toml says (45 CFR
164.316(b)(2)(i), 164.528; APA Record Keeping Guidelines, guideline 7). Read 2026-11; support for the practice.
"""

from __future__ import annotations

from dataclasses import dataclass

# Moves that leave a referral a draft: nobody outside the practice, and not the client either, heard of it.
DRAFT_MOVES = frozenset({"record_need", "change_need", "put_off", "hand_to"})
# What may have been done with a client who was added by mistake.
MISTAKE_MOVES = frozenset({"add_client", "change_client", "join_team", "new_access_code"})


@dataclass(frozen=True)
class Draft:
    """What is known of a referral that someone wants to erase.

    moves: every move ever made with it. offered, released, disclosed: whether it has options, releases (also unsigned
    ones) or packets and deliveries. told: whether a conversation was logged or a link about it was made for the client.
    """

    state: str
    moves: frozenset[str]
    offered: bool = False
    released: bool = False
    disclosed: bool = False
    told: bool = False
    mine: bool = True


def why_not_erased(draft: Draft) -> str:
    """The reason why this referral stays in the record, as a sentence; "" when it is a draft and may go."""
    reasons = (
        (not draft.mine, "A draft is erased by the one who looks after it."),
        (draft.disclosed, "A packet was made from it: what was disclosed, or was to be, stays in the record."),
        (draft.released, "A release was written for it: that stays in the record."),
        (draft.offered, "Options were offered, so the client may know of it: it stays in the record."),
        (draft.told, "The client was told of it: it stays in the record."),
        (draft.state != "needed" or bool(draft.moves - DRAFT_MOVES), "It is more than a draft by now: it stays in the "
         "record."),
    )  # fmt: skip
    return next((reason for holds, reason in reasons if holds), "")


def why_client_not_erased(moves: frozenset[str], *, mine: bool, reached: bool) -> str:
    """The reason why this client's record stays, or "". mine: the actor added her; reached: she was sent something."""
    if not mine:
        return "A client who was added by mistake is erased by the one who added her."
    if reached:
        return "A link was made for her or a message written: her record stays."
    if moves - MISTAKE_MOVES:
        return "There is more than drafts in her record, so it stays."
    return ""
