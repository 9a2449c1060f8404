"""Text messages: fixed words, a neutral sender and a link. At most 160 signs of the alphabet every phone knows."""

from __future__ import annotations

from collections.abc import Mapping

# GSM 03.38, the letters that take one place each; those of the extension table (€ and others) are not used.
GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
LONGEST = 160
LONGEST_LABEL = 11

_TEXTS = {
    ("client_link", "en"): "{label}: you have a message. Open it with your code: {link}",
    ("client_link", "es"): "{label}: tiene un mensaje. Abra con su clave: {link}",
}


def templates() -> list[tuple[str, str]]:
    """Every text there is, by name and language."""
    return sorted(_TEXTS)


def sms_text(template: str, words: Mapping[str, str]) -> str:
    """The text of a message. Unknown templates raise KeyError: there is no text without fixed words.

    ValueError where it would not fit into one message, or holds a sign that not every phone knows: nothing is cut.
    """
    language = words.get("language", "en")
    shape = _TEXTS.get((template, language)) or _TEXTS[(template, "en")]
    text = shape.format(label=words["label"], link=words["link"])
    if len(text) > LONGEST or not GSM_7.issuperset(text) or "\n" in text or "\r" in text:
        raise ValueError("this does not fit into one text message")
    return text
