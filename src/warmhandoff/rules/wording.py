"""The product's own words to people outside: mail (neutral, never health information) and the release's text.

Client-facing sentences are plain and warm, in English and Spanish; tests measure their reading level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

_MAIL: dict[tuple[str, str], tuple[str, str]] = {
    ("client_link", "en"): (
        "You have a message",
        "Hello,\n\nthere is a message for you:\n{link}\n\nYou will need the code that you were given. "
        "The link works once and ends after a few days.\n\nPlease do not answer this mail: nobody reads it.\n",
    ),
    ("client_link", "es"): (
        "Tiene un mensaje",
        "Hola:\n\nhay un mensaje para usted:\n{link}\n\nNecesita el código que le dieron. "
        "El enlace sirve una vez y vence en unos días.\n\nPor favor no conteste este correo: nadie lo lee.\n",
    ),
    ("recipient_link", "en"): (
        "A colleague has a message for you",
        "Hello,\n\n{sender} has a message for you:\n{link}\n\n"
        "The code comes by another way (by phone, or on paper). An answer by {due} would help.\n\n"
        "Please do not answer this mail: nobody reads it.\n",
    ),
    ("claim_link", "en"): (
        "Is this listing yours?",
        "Hello,\n\n{who} of {sender} asks to keep the listing that names this address. If that is you, sign in and "
        "open this link:\n{link}\n\nIf it is not, you need do nothing: the link works for nobody else and ends after "
        "three days.\n\nPlease do not answer this mail: nobody reads it.\n",
    ),
    ("inquiry_link", "en"): (
        "A colleague asks whether you have room",
        "Hello,\n\n{sender} asks whether you have room for someone:\n{link}\n\nWhat is looked for stands on that page. "
        "Nobody is named, and you can answer there in a minute, without an account. An answer by {due} would help.\n\n"
        "Please do not answer this mail: nobody reads it.\n",
    ),
    ("inquiry_found", "en"): (
        "Found, thank you",
        "Hello,\n\nnot long ago {sender} asked whether you have room for someone. A place is found now, so nothing "
        "more is needed. Thank you for thinking along.\n\nPlease do not answer this mail: nobody reads it.\n",
    ),
    ("listing_link", "en"): (
        "Is what we say about you still true?",
        "Hello,\n\n{sender} keeps a list of colleagues and services to send people to, and you are on it. Please "
        "have a look whether it is still true:\n{link}\n\nIt takes a minute and needs no account. You can also ask not "
        "to be listed, or not to be written to again. The link works until {until}. We write at most once in three "
        "months.\n\nPlease do not answer this mail: nobody reads it.\n",
    ),
}


def mail_text(template: str, words: Mapping[str, str]) -> tuple[str, str]:
    """Subject and text of a mail. Unknown templates raise KeyError: there is no mail without fixed words."""
    language = words.get("language", "en")
    subject, text = _MAIL.get((template, language)) or _MAIL[(template, "en")]
    return subject, text.format(**words)


@dataclass(frozen=True)
class ReleaseWords:
    """What a release's text is made of: labels, not codes. `expires_on` is its last day."""

    client: str
    practice: str
    recipients: Sequence[str]
    classes: Sequence[str]
    purpose: str
    expires_on: date
    news_back: bool


_RELEASE = {
    "en": {
        "title": "Permission to share",
        "who": "This is about you, {client}. You allow {practice} to share what is listed here.",
        "to": "They may share it with: {recipients}.",
        "what": "They may share only this: {classes}.",
        "why": "Why: {purpose}.",
        "until": "This ends on {expires}. You can end it sooner.",
        "back": "They may also send news about your care back to {practice}.",
        "no_back": "This does not allow news to be sent back.",
        "revoke": "You can take this back at any time, here on this page or in writing. Then nothing more is shared. "
        "What was already shared cannot be called back.",
        "condition": "You do not have to sign. Your care does not depend on it.",
        "redisclosure": "Whoever gets this may share it again. The law may then no longer protect it.",
        "copy": "You get a copy of this page.",
    },
    "es": {
        "title": "Permiso para compartir",
        "who": "Esto es sobre usted, {client}. Usted permite que {practice} comparta lo que está en esta lista.",
        "to": "Lo pueden compartir con: {recipients}.",
        "what": "Pueden compartir solo esto: {classes}.",
        "why": "Para qué: {purpose}.",
        "until": "Esto termina el {expires}. Usted puede terminarlo antes.",
        "back": "También pueden mandar noticias de su atención a {practice}.",
        "no_back": "Esto no permite mandar noticias de vuelta.",
        "revoke": "Usted puede quitar este permiso cuando quiera, en esta página o por escrito. Entonces no se "
        "comparte nada más. Lo que ya se compartió no se puede recuperar.",
        "condition": "No tiene que firmar. Su atención no depende de esto.",
        "redisclosure": "Quien reciba esto lo puede compartir otra vez. Es posible que la ley ya no lo proteja.",
        "copy": "Usted recibe una copia de esta página.",
    },
}
_MONTHS_ES = [
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
]  # fmt: skip


def plain_date(day: date, language: str) -> str:
    """"November 5, 2026" or "5 de noviembre de 2026"."""
    if language == "es":
        return f"{day.day} de {_MONTHS_ES[day.month - 1]} de {day.year}"
    return f"{day:%B} {day.day}, {day.year}"


def release_text(words: ReleaseWords, language: str) -> list[str]:
    """The release as paragraphs, first the title. Elements of 45 CFR 164.508(c), in plain words."""
    phrases = _RELEASE[language]
    values = {
        "client": words.client, "practice": words.practice, "recipients": "; ".join(words.recipients),
        "classes": "; ".join(words.classes), "purpose": words.purpose,
        "expires": plain_date(words.expires_on, language),
    }
    keys = ["title", "who", "to", "what", "why", "until", "back" if words.news_back else "no_back", "revoke",
            "condition", "redisclosure", "copy"]
    return [phrases[key].format(**values) for key in keys]
