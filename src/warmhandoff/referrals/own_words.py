"""What a client does not want to tell all over again: hers to write, and hers to say whether it may go along."""

from __future__ import annotations

from warmhandoff.referrals.models import Choice, Referral


def _last_with_words(referral: Referral) -> Choice | None:
    rows = referral.choices.select_related("more").order_by("-at")
    return next((row for row in rows if row.words.reveal()), None)


def may_share(referral: Referral) -> bool:
    """Whether she ticked, with the words that stand now, that they may go along."""
    last = _last_with_words(referral)
    return last is not None and hasattr(last, "more") and last.more.share_words


def words_for_packet(referral: Referral) -> str:
    """Her own words for a packet; empty unless she herself allowed them to go along."""
    return referral.own_words.reveal() if may_share(referral) else ""
