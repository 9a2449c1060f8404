"""The conversation about a referral: what is said, in which tone, in her language; and words that hurt.

The drafts are built from the referral's own facts and are for editing: a start, never a form. The beats, the tones and
the words stand in conversation.toml, each with its source.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from warmhandoff.rules.vocab import LANGUAGES_OF_CLIENTS, vocabulary
from warmhandoff.rules.wording import plain_date


@cache
def table() -> dict[str, Any]:
    """Everything in conversation.toml, as it stands there."""
    return tomllib.loads(files("warmhandoff.rules").joinpath("conversation.toml").read_text(encoding="utf-8"))


BEATS: dict[str, str] = {beat["code"]: beat["label"] for beat in table()["beat"]}
FIRST = tuple(beat["code"] for beat in table()["beat"] if "1" in beat["talk"])
SECOND = tuple(beat["code"] for beat in table()["beat"] if "2" in beat["talk"])
TONES: tuple[str, ...] = tuple(table()["en"]["reason"])


@dataclass(frozen=True)
class Facts:
    """What a draft is made of. `kind`: transfer, adjunct, redirect or advice; `reason`: its code.

    reason_words: the client-facing words, "" for the reason's own. help: plain words for the kind of help. names: the
    options in their order; trusted: whether the clinician knows every one of them. single: why there is only one.
    until: the day up to which she is seen at least, where one was agreed on. plan: her plan's name, "" where she pays.
    """

    client: str
    therapist: str
    practice: str
    phone: str
    language: str
    kind: str
    reason: str
    reason_words: str = ""
    help: str = ""
    names: tuple[str, ...] = ()
    trusted: bool = False
    single: str = ""
    progress: str = ""
    until: date | None = None
    plan: str = ""

    @property
    def tongue(self) -> str:
        return self.language if self.language in LANGUAGES_OF_CLIENTS else "en"


def tone_of(reason: str, kind: str = "transfer") -> str:
    """The tone for a reason; a practice's own reasons are said plainly, and whatever adds to our work as such."""
    tone = str(table()["tone"].get(reason, "plain"))
    return "together" if kind == "adjunct" and tone in ("plain", "training") else tone


def _sentence(text: str) -> str:
    said = text.strip()
    said = said[:1].upper() + said[1:]
    return said if not said or said[-1] in ".?!…" else f"{said}."


def said_for(beat: str, facts: Facts) -> str:
    """What is said for one beat, in her language."""
    words = table()[facts.tongue]["words"]
    tone = tone_of(facts.reason, facts.kind)
    if beat == "progress" and facts.progress.strip():
        return str(words["progress_said"].format(progress=_sentence(facts.progress)))
    if beat == "reason":
        why = facts.reason_words.strip() or _plain_reason(facts)
        return f"{table()[facts.tongue]['reason'][tone]} {words['reason'].format(reason=_sentence(why))}".strip()
    if beat == "gain":
        return str(table()[facts.tongue]["gain"][tone])
    if beat == "list":
        return f"{_list(facts, words)} {words['more']}"
    if beat == "holding":
        return _holding(facts, words)
    return str(words[beat])


def _plain_reason(facts: Facts) -> str:
    reasons = vocabulary("reasons")
    return reasons.plain(facts.reason, facts.tongue) if facts.reason in reasons.entries else ""


def _list(facts: Facts, words: dict[str, str]) -> str:
    if not facts.names:
        return words["list_none"]
    if len(facts.names) == 1:
        return words["list_one"].format(names=facts.names[0], single=_sentence(facts.single)).strip()
    joined = _join(facts.names, facts.tongue)
    return words["list_trust" if facts.trusted else "list_many"].format(count=len(facts.names), names=joined)


def _join(names: tuple[str, ...], language: str) -> str:
    return f"{', '.join(names[:-1])} {'y' if language == 'es' else 'and'} {names[-1]}"


def _holding(facts: Facts, words: dict[str, str]) -> str:
    if facts.kind == "adjunct" or facts.kind == "advice":
        return words["holding_adjunct"]
    if facts.kind == "redirect":
        return words["holding_redirect"]
    if facts.until is not None:
        return words["holding_until"].format(until=plain_date(facts.until, facts.tongue))
    return words["holding_transfer"]


def first_talk(facts: Facts) -> str:
    """The first talk: opened, said why, and nothing to decide. One paragraph a beat."""
    said = [said_for(beat, facts) for beat in FIRST]
    return "\n\n".join([*said, table()[facts.tongue]["words"]["first_end"]])


def second_talk(facts: Facts) -> str:
    """The second: how it was to think about it, what she gains, the names, and her choice."""
    start = table()[facts.tongue]["words"]["second_start"]
    return "\n\n".join([start, *(said_for(beat, facts) for beat in SECOND)])


def letter(facts: Facts) -> str:
    """The letter for the client: all nine beats, signed by the clinician."""
    words = table()[facts.tongue]["words"]
    end = [words["letter_phone"].format(phone=facts.phone)] if facts.phone else []
    first_name = facts.client.split()[0] if facts.client.split() else ""
    said = [said_for(beat, facts) for beat in BEATS]
    return "\n\n".join([words["dear"].format(name=first_name), *said, *end, words["close"], facts.therapist])


def call_script(facts: Facts) -> str:
    """What she can say when she calls for the first time, for herself to read from. Title first."""
    words = table()[facts.tongue]["words"]
    filled = {
        "name": "___", "practice": facts.practice, "help": facts.help, "plan": facts.plan, "therapist": facts.therapist,
    }
    keys = ["call_title", "call_hello", "call_voicemail", "call_from", *(["call_need"] if facts.help else []),
            "call_plan" if facts.plan else "call_fee", "call_when", "call_first", "call_no", "call_end"]
    lines = [words[key].format(**filled) for key in keys]
    return "\n\n".join([*lines, *([words["call_list"], *facts.names] if facts.names else [])])


@dataclass(frozen=True)
class Flag:
    """A word that may hurt: as it stands in the text, why, what could be said instead, and who says so."""

    phrase: str
    why: str
    kinder: str
    source: str


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], dict[str, Any]], ...]:
    found = []
    for entry in table()["word"]:
        if entry["language"] == language:
            phrases = "|".join(re.escape(phrase).replace(r"\*", r"\w*") for phrase in entry["says"])
            found.append((re.compile(rf"(?<!\w)(?:{phrases})(?!\w)", re.IGNORECASE), entry))
    return tuple(found)


def flags(text: str, language: str = "en") -> list[Flag]:
    """Words in a text that a client may hear as rejection or blame, in the order of the text; each phrase once.

    They are pointed out and never stop anyone: whoever knows her decides.
    """
    plain = text.replace("’", "'")
    found: dict[str, tuple[int, Flag]] = {}
    for pattern, entry in _patterns(language if language in LANGUAGES_OF_CLIENTS else "en"):
        for hit in pattern.finditer(plain):
            flag = Flag(hit[0], entry["why"], entry["kinder"], entry["source"])
            found.setdefault(hit[0].casefold(), (hit.start(), flag))
    return [flag for _, flag in sorted(found.values(), key=lambda pair: pair[0])]


@dataclass(frozen=True)
class Note:
    """A word for the clinician in doubt, with the article it comes from."""

    code: str
    doubt: str
    says: str
    source: str


def notes(tone: str) -> list[Note]:
    """All notes at the moment of doubt; those that go with the tone first."""
    entries: Iterable[dict[str, Any]] = sorted(table()["note"], key=lambda entry: tone not in entry["tones"])
    return [Note(entry["code"], entry["doubt"], entry["says"], entry["source"]) for entry in entries]
