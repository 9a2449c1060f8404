"""What in a text about a need could point at one person: found by patterns and lists, explained, never blocked.

Pure and deterministic. The text is meant to be about the helper sought. What is found follows the identifiers of
45 CFR 164.514(b)(2)(i) and what a town recognises (work, school, family, rare conditions); the lists and the advice
are data (identifying.toml). A text in which nothing is found is not thereby anonymous: see rules/sharing.py for how
many people share what it says.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from warmhandoff.rules.vocab import vocabulary


@dataclass(frozen=True, order=True)
class Found:
    """One place in a text. `kind`: a code of `kinds()`; `words`: the text as it stands there."""

    start: int
    end: int
    kind: str
    words: str

    @property
    def label(self) -> str:
        return kinds()[self.kind]["label"]

    @property
    def advice(self) -> str:
        return kinds()[self.kind]["advice"]


@cache
def _data() -> dict[str, Any]:
    text = files("warmhandoff.rules").joinpath("identifying.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def kinds() -> dict[str, dict[str, str]]:
    """Kind -> its label and what to do about it."""
    return dict(_data()["kinds"])


def _list(name: str) -> list[str]:
    return list(_data()["lists"][name])


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in sorted(words, key=len, reverse=True))


_MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_SMALL = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NUMBERS = (
    "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|"
    "(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ](?:" + "|".join(_SMALL) + "))?|" + "|".join(_SMALL)
)
_AGE = rf"(?:\d{{1,3}}|{_NUMBERS})"
_CAPITAL = r"[A-ZÁÉÍÓÚÑ](?:[\w'’&-]|\.(?=\w))*"
_PROPER = rf"(?:(?:St|Mt|Ft)\.\s+)?{_CAPITAL}(?:\s+(?:of\s+|the\s+|and\s+)?{_CAPITAL}){{0,4}}"
_SCHOOL = r"(?:[Uu]niversity|[Cc]ollege|[Aa]cademy|[Ss]chool|High|Elementary|Middle|ISD|Seminary|Polytechnic)"
_STREET = (
    r"(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|circle|cir|place|pl|way|parkway|pkwy"
    r"|highway|hwy|trail|terrace)"
)
_WHO = r"(?:[Cc]lient|[Pp]atient|[Pp]t|[Tt]een(?:ager)?|[Gg]irl|[Bb]oy|[Ww]oman|[Mm]an|[Pp]erson|[Kk]id)"


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Kind and pattern, in the order in which they are tried. A group named `it` is what is found, else the whole."""
    jobs, relatives = _any(_list("occupations")), _any(_list("relatives"))
    loose = re.IGNORECASE
    return (
        ("contact", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
        ("contact", re.compile(
            r"\b[\w.]+\s*[(\[]?\s*\bat\b\s*[)\]]?\s*\w+\s*[(\[]?\s*\bdot\b\s*[)\]]?\s*\w{2,4}\b", loose)),
        ("contact", re.compile(r"(?:https?://|www\.)\S+|(?<![\w.])@\w{3,}", loose)),
        ("number", re.compile(r"\b\d{3}-\d{2}-\d{4}\b")),
        ("number", re.compile(
            r"\b(?:mrn|ssn|(?:member|policy|record|chart|case|account|license|id|claim|group)\s*"
            r"(?:id|no|nr|number|#))\s*[:.#]?\s*(?:is\s+)?[\w-]*\d[\w-]*", loose)),
        ("contact", re.compile(r"(?<![\d-])(?:\+?1[\s.-]?)?\(?\d{3}\)?[\s./-]?\d{3}[\s./-]?\d{4}(?!\d)")),
        ("contact", re.compile(r"(?<![\d-])\d{3}[.-]\d{4}(?!\d)")),
        ("address", re.compile(rf"\b\d{{1,5}}\s+(?:[NSEW]\.?\s+)?(?:[\w'-]+\s+){{1,3}}{_STREET}\b", loose)),
        ("address", re.compile(r"\b(?:p\.?\s?o\.?\s+box|apt\.?|apartment|unit|suite)\s*#?\s*\w*\d\w*", loose)),
        ("address", re.compile(rf"\b(?:lives|living|stays|staying)\s+(?:on|at)\s+(?P<it>(?:the\s+)?{_PROPER})")),
        ("date", re.compile(r"\b(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4})\b")),
        ("date", re.compile(rf"\b{_MONTHS}\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}})?", loose)),
        ("date", re.compile(rf"\b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTHS}\b(?:,?\s+\d{{4}})?", loose)),
        ("date", re.compile(rf"\b{_MONTHS}\s+(?:of\s+)?(?:19|20)\d{{2}}\b", loose)),
        ("date", re.compile(r"\b(?:born|dob|d\.o\.b\.|class of|birthday)\b[^.;\n]{0,20}?\b(?:19|20)\d{2}\b", loose)),
        ("age", re.compile(rf"\b{_AGE}[\s-]*(?:years?|yrs?)[\s-]*(?:old|of age)\b", loose)),
        ("age", re.compile(rf"\b{_AGE}[\s-]*(?:y/?o|y\.o\.)(?!\w)", loose)),
        ("age", re.compile(rf"\b(?:aged?)\s+{_AGE}\b(?!\s*(?:to|-|–|and|or)\b)", loose)),
        ("age", re.compile(
            rf"\b(?:turning|turns|turned|(?:she|he)(?:\s+is|['’]s))\s+(?:just\s+)?{_AGE}\b"
            rf"(?!\s*(?:weeks?|months?|days?|minutes?|hours?|sessions?|miles?|to|of|-)\b)", loose)),
        ("age", re.compile(r"\b\d{1,2}\s?[MF]\b|\b[MF]\s?\d{1,2}\b")),
        ("age", re.compile(rf"\b(?:{_AGE})[\s-](?:months?|weeks?)[\s-]old\b", loose)),
        ("name", re.compile(rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr)\.?\s+(?P<it>{_CAPITAL})")),
        ("name", re.compile(
            rf"\b[Mm]y\s+{_WHO},?\s+(?P<it>(?!(?:I|Is|Who|Has|Needs|Lives|And|In|With|A)\b){_CAPITAL})")),
        ("name", re.compile(rf"\b{_WHO},?\s+(?:named|called|by the name of)\s+(?P<it>{_CAPITAL})")),
        ("name", re.compile(
            rf"\b(?:[Nn]amed|[Nn]ame is|[Nn]ame:|[Cc]alls (?:her|him)self|goes by|[Ii]nitials(?:\s+are)?)"
            rf"\s*(?P<it>{_CAPITAL})")),
        ("name", re.compile(rf"\b{_WHO}\s+(?P<it>[A-Z]\.\s?[A-Z]\.?)")),
        ("name", re.compile(
            rf"\b(?i:her|his|their|the|client['’]s|with|my)\s+(?i:{relatives}),?\s+(?:is\s+)?"
            rf"(?P<it>(?!(?:I|Who|And|But|In)\b){_CAPITAL})")),
        ("name", re.compile(rf"\b(?P<it>(?:{_any(_list('first_names'))})(?:\s+{_CAPITAL})?)\b")),
        ("work", re.compile(
            rf"\b(?:[Ww]orks?|[Ww]orking|[Ww]orked|[Ee]mployed|[Ee]mployee|[Jj]ob|[Mm]anager|[Oo]wner|CEO|[Ii]ntern|[Ss]hift)\s+"
            rf"(?:there\s+)?(?:at|for|by|of|with)\s+(?:the\s+)?(?P<it>{_PROPER})")),
        ("work", re.compile(
            r"\b(?:works?|working|employed|employee|job)\s+(?:at|for|by|of)\s+(?:the|a|an|her|his|our)\s+(?:local\s+)?"
            r"(?:\w+\s+){0,2}(?:bank|hospital|police|sheriff|school|church|plant|factory|store|office|county|city"
            r"|university|library|station|airport|prison|jail|mill|mine|restaurant)\b", loose)),
        ("work", re.compile(
            rf"\b(?P<it>{_CAPITAL}(?:\s+{_CAPITAL}){{0,3}}\s+(?:Inc|LLC|Corp|Corporation|Ltd|Co|Company|Industries))\b")),
        ("school", re.compile(rf"\b(?:{_CAPITAL}\s+){{1,4}}{_SCHOOL}\b|\b(?:University|College)\s+of\s+{_CAPITAL}")),
        ("school", re.compile(
            rf"\b(?:[Aa]ttends?|[Aa]ttending|[Ss]tud(?:ent|ies|ying)\s+at|[Gg]oes to|[Ff]reshman at|[Ss]ophomore at"
            rf"|[Jj]unior at|[Ss]enior at|[Ee]nrolled (?:at|in)|[Gg]raduate of)\s+(?:the\s+)?(?P<it>{_PROPER})")),
        ("school", re.compile(
            r"\b(?:\d{1,2}(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh"
            r"|twelfth)[\s-]grade(?:r)?\b|\bkindergartn?er\b", loose)),
        ("occupation", re.compile(
            rf"\b(?:(?:she|he|who|they|client|patient|mother|father|husband|wife|parent|mom|dad|partner)"
            rf"(?:\s+(?:is|was|are)|['’]s)|(?:works?|working|worked|trained|training|career|job)\s+as"
            rf"|(?:for|room for|by trade|retired|former|local|young|off-duty))"
            rf"\s+(?:an?\s+|the\s+)?(?:\w+\s+)?(?P<it>{jobs})s?\b(?!\s+practitioner)", loose)),
        ("school", re.compile(
            r"\b(?:freshman|sophomore|undergrad(?:uate)?|(?:first|second|third|fourth)-year\s+(?:at|in|student)"
            r"|(?:law|medical|med|nursing|graduate|grad|dental) school)\b", loose)),
        ("occupation", re.compile(r"\bteaches\s+\w+", loose)),
        ("occupation", re.compile(rf"\b(?:daughter|son|wife|husband|child) of (?:an?|the) (?P<it>{jobs})\b", loose)),
        ("occupation", re.compile(rf"\b(?:is|was)\s+an?\s+(?P<it>{jobs})\b(?!\s+practitioner)", loose)),
        ("occupation", re.compile(
            rf"\b(?:an?|the)\s+(?:\w+\s+)?(?P<it>{jobs})\s+(?:who|with|by\s+(?:profession|trade)|from"
            rf"|in\s+(?:her|his|their))\b", loose)),
        ("rare", re.compile(rf"(?<!\w)(?:{_any(_list('rare'))})(?!\w)", loose)),
        ("unusual", re.compile(rf"(?<!\w)(?:{_any(_list('unusual'))})(?!\w)", loose)),
        ("unusual", re.compile(
            r"\bthe (?:only|first)\s+(?:\w+\s+){1,3}(?:in|at|to|on)\b(?!\s+(?:session|visit|appointment))", loose)),
    )  # fmt: skip


def findings(text: str, *, known: Iterable[str] = (), ours: Iterable[str] = ()) -> tuple[Found, ...]:
    """Everything in `text` that could point at one person, in its order; what overlaps is told once.

    known: names and other words of the client's record, found in whatever case they are written.
    ours: words of the practice itself (its name, telephone, site), which point at nobody's client.
    """
    spare = [(match.start(), match.end()) for word in ours if word.strip() for match in _spelled(word, text)]
    found = [one for one in _all(text, known) if not any(start <= one.start < end for start, end in spare)]
    kept: list[Found] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return tuple(kept)


def _spelled(words: str, text: str) -> Iterator[re.Match[str]]:
    spelled = re.escape(words.strip()).replace(r"\ ", r"\s+")
    return re.finditer(rf"(?<!\w){spelled}(?!\w)", text, re.IGNORECASE)


def _all(text: str, known: Iterable[str]) -> Iterator[Found]:
    plain = frozenset(_list("also_words"))
    for words in known:
        for match in _spelled(words, text) if len(words.strip()) > 1 else ():
            if not match[0].islower() or match[0] not in plain:
                yield Found(match.start(), match.end(), "record", match[0])
    for kind, pattern in _patterns():
        for match in pattern.finditer(text):
            part = "it" if "it" in pattern.groupindex else 0
            yield Found(match.start(part), match.end(part), kind, match[part])


_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_BEGINS = re.compile(r"(?:^|[.!?:;\n•-])\s*[\"“(]*$")


@cache
def _plain_words() -> frozenset[str]:
    """Capitalised words that are nobody's name: those of the vocabularies, days and months."""
    names = ("concerns", "modalities", "plans", "languages", "identities", "states", "kinds", "levels", "compacts")
    labels = " ".join(vocabulary(name).label(code) for name in names for code in vocabulary(name))
    calendar = (
        "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
        "september october november december christmas thanksgiving easter i she he they her his their"
    )
    return frozenset(word.casefold() for word in _WORD.findall(f"{labels} {calendar}"))


def names_in(text: str) -> frozenset[str]:
    """Words of a record that look like names: written with a capital within a sentence, and in no vocabulary."""
    found = set()
    for match in _WORD.finditer(text):
        word = match[0]
        inside = not _BEGINS.search(text[: match.start()])
        if inside and len(word) > 2 and word[0].isupper() and not word.isupper():
            found.add(word.removesuffix("'s").removesuffix("’s"))
    return frozenset(word for word in found if word.casefold() not in _plain_words())
