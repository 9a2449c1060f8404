"""The product's own words to people outside: mail (neutral, never health information) and the release's text.

Client-facing sentences are plain and warm, in English and Spanish; tests measure their reading level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from warmhandoff.rules.release_elements import elements, statements

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
    ("basis_link", "en"): (
        "A colleague has a message for you",
        "Hello,\n\n{sender} has a message for you:\n{link}\n\n"
        "The code comes by another way (by phone, or on paper). The link ends on {due}.\n\n"
        "Please do not answer this mail: nobody reads it.\n",
    ),
    ("recipient_news", "en"): (
        "A colleague has a message for you",
        "Hello,\n\n{sender} has something new for you, on the page you know:\n{link}\n\n"
        "The code is the one you were given.\n\nPlease do not answer this mail: nobody reads it.\n",
    ),
    ("recipient_closed", "en"): (
        "Nothing more is needed",
        "Hello,\n\n{sender} has finished its part of what it wrote to you about on {day}. Nothing more is needed for "
        "it from you, and the link of that message has ended. Thank you for your time.\n\n"
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
    ("inbox_due", "en"): (
        "Something waits for you",
        "Hello,\n\nan answer that your practice promised is due today. Please sign in and look at your inbox:\n{link}"
        "\n\nPlease do not answer this mail: nobody reads it.\n",
    ),
    ("inbox_late", "en"): (
        "Something waits in your practice",
        "Hello,\n\nan answer that someone you supervise promised is late. Please sign in and look at the inbox:\n"
        "{link}\n\nPlease do not answer this mail: nobody reads it.\n",
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
    """What a release's text is made of: labels, not codes. `expires_on` is its last day.

    back: what may come back, in words; with news_back alone, news in general. ends_with: an event in words.
    records: first and last day of the records meant. others: those who sign besides the client.
    statements: codes of the statements in it; without any, those of every release.
    to_treating: the general designation of 42 CFR 2.31(a)(4). notes: an authorization for psychotherapy notes alone.
    """

    client: str
    practice: str
    recipients: Sequence[str]
    classes: Sequence[str]
    purpose: str
    expires_on: date
    news_back: bool
    back: Sequence[str] = ()
    ends_with: str = ""
    records: tuple[date | None, date | None] = (None, None)
    others: Sequence[str] = ()
    statements: Sequence[str] = ()
    to_treating: bool = False
    notes: bool = False


_RELEASE = {
    "en": {
        "title": "Permission to share",
        "title_notes": "Permission to share your therapist's own notes",
        "who": "This is about you, {client}. You allow {practice} to share what is listed here.",
        "others": "It is also about {others}. It counts once all of you have signed.",
        "to": "They may share it with: {recipients}.",
        "treating": "Also with those who treat you, your health plans, those who pay for your care, and those who "
        "help to run this program.",
        "what": "They may share only this: {classes}.",
        "from": "Only what is from {from} or later.",
        "up_to": "Only what is from before {up_to}.",
        "between": "Only what is from {from} to {up_to}.",
        "why": "Why: {purpose}.",
        "until": "This ends on {expires}. You can end it sooner.",
        "until_event": "This ends on {expires}, or sooner: {event}. You can end it before that.",
        "back": "They may also send news about your care back to {practice}.",
        "back_only": "They may also send this back to {practice}: {back}.",
        "no_back": "This does not allow news to be sent back.",
    },
    "es": {
        "title": "Permiso para compartir",
        "title_notes": "Permiso para compartir las notas propias de su terapeuta",
        "who": "Esto es sobre usted, {client}. Usted permite que {practice} comparta lo que está en esta lista.",
        "others": "También es sobre {others}. Vale cuando todos hayan firmado.",
        "to": "Lo pueden compartir con: {recipients}.",
        "treating": "También con quienes le atienden, sus seguros de salud, quienes pagan su atención y quienes "
        "ayudan a este programa.",
        "what": "Pueden compartir solo esto: {classes}.",
        "from": "Solo lo que es del {from} o después.",
        "up_to": "Solo lo que es de antes del {up_to}.",
        "between": "Solo lo que es del {from} al {up_to}.",
        "why": "Para qué: {purpose}.",
        "until": "Esto termina el {expires}. Usted puede terminarlo antes.",
        "until_event": "Esto termina el {expires}, o antes: {event}. Usted puede terminarlo antes de eso.",
        "back": "También pueden mandar noticias de su atención a {practice}.",
        "back_only": "También pueden mandar esto a {practice}: {back}.",
        "no_back": "Esto no permite mandar noticias de vuelta.",
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


def _keys(words: ReleaseWords) -> list[list[str]]:
    """The phrases of each paragraph before the statements."""
    first, last = words.records
    dates = "between" if first and last else "from" if first else "up_to" if last else ""
    back = "back_only" if words.back else "back" if words.news_back else "no_back"
    return [
        ["title_notes" if words.notes else "title"],
        ["who", "others"] if words.others else ["who"],
        ["to", "treating"] if words.to_treating else ["to"],
        ["what", dates] if dates else ["what"],
        ["why"],
        ["until_event" if words.ends_with else "until"],
        [back],
    ]


def release_text(words: ReleaseWords, language: str) -> list[str]:
    """The release as paragraphs, first the title. Elements of 45 CFR 164.508(c) and 42 CFR 2.31(a), in plain words."""
    phrases = _RELEASE[language]
    first, last = (plain_date(day, language) if day else "" for day in words.records)
    values = {
        "client": words.client, "practice": words.practice, "recipients": "; ".join(words.recipients),
        "classes": "; ".join(words.classes), "purpose": words.purpose, "back": "; ".join(words.back),
        "expires": plain_date(words.expires_on, language), "event": words.ends_with, "from": first, "up_to": last,
        "others": "; ".join(words.others),
    }
    said = [" ".join(phrases[key].format(**values) for key in keys) for keys in _keys(words)]
    return [*said, *(elements()[code].text(language) for code in words.statements or statements(()))]
