"""A release on paper: its text as signed, who signed, and what became of it since."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from warmhandoff.clients.queries import ReleaseCard, SignerCard
from warmhandoff.documents import release_pdf
from warmhandoff.rules.vocab import vocabulary
from warmhandoff.rules.wording import plain_date

_WORDS = {
    "en": {
        "signature": "Signature", "date": "Date", "signed": "Signed by", "for": "{name}, {scope}",
        "back": "Taken back on", "since": "Since {day} it allows less. What:", "to": "To:", "until": "Until:",
    },
    "es": {
        "signature": "Firma", "date": "Fecha", "signed": "Firmado por", "for": "{name}, {scope}",
        "back": "Retirado el", "since": "Desde el {day} permite menos. Qué:", "to": "A:", "until": "Hasta:",
    },
}  # fmt: skip


def lines_below(card: ReleaseCard, zone: ZoneInfo) -> list[str]:
    """The lines under the text: a place to sign for everyone who has to, or who signed and when; then what changed."""
    words = _WORDS[card.language]
    lines: list[str] = []
    for one in card.signers:
        lines += _signature(one, card, zone)
    if not card.signers:  # from before signers were rows of their own
        day = plain_date(card.signed_at.astimezone(zone).date(), card.language) if card.signed_at else ""
        lines = [f"{words['signed']}: {card.signed_name}", f"{words['date']}: {day}"] if card.signed_at else [
            words["signature"], words["date"],
        ]  # fmt: skip
    if card.narrowed_at:
        known = vocabulary("information_classes")
        day = plain_date(card.narrowed_at.astimezone(zone).date(), card.language)
        allowed = "; ".join(known.plain(code, card.language) for code in card.classes)
        lines += [
            f"{words['since'].format(day=day)} {allowed}", f"{words['to']} {'; '.join(card.recipients)}",
            f"{words['until']} {plain_date(card.expires_on, card.language)}",
        ]  # fmt: skip
    if card.revoked_at:
        lines.append(f"{words['back']}: {plain_date(card.revoked_at.astimezone(zone).date(), card.language)}")
    return lines


def _signature(one: SignerCard, card: ReleaseCard, zone: ZoneInfo) -> list[str]:
    words = _WORDS[card.language]
    if one.signed_at is None:
        several = len(card.signers) > 1
        return [f"{words['signature']} ({one.name})" if several else words["signature"], words["date"]]
    name = words["for"].format(name=one.name, scope=one.scope) if one.scope else one.name
    day = plain_date(one.signed_at.astimezone(zone).date(), card.language)
    return [f"{words['signed']}: {name}", f"{words['date']}: {day}"]


def copy_of(card: ReleaseCard, zone: ZoneInfo) -> bytes:
    """The release as a tagged PDF."""
    return release_pdf(card.text, lines_below(card, zone), language=card.language)
