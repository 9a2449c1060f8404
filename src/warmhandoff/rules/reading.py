"""How hard a text for clients is to read, as a school grade, in English and Spanish.

English: Flesch-Kincaid grade level (Kincaid, Fishburne, Rogers, Chissom 1975, Research Branch Report 8-75):
0.39 * words/sentences + 11.8 * syllables/words - 15.59. Spanish: the index of Fernández Huerta (1959) as corrected by
Law (2015), 206.84 - 60 * syllables/words - 1.02 * words/sentences, put into grades by the author's own table (90 to
100: fourth grade; 80: fifth; 70: sixth; 60: seventh and eighth; 50: up to twelfth), in straight lines between.

Syllables: by groups of vowels, and never fewer than the parts of pyphen (the hyphenation of LibreOffice), since a
hyphen always stands between two syllables but not between any two. A sentence is what a full stop, a colon, a semicolon
or the end of a line closes (Flesch 1979, How to Write Plain English).

The aim is the sixth grade, the limit the eighth (AMA Health Literacy manual, 2007; NIH Clear Communication, as read in
November 2026). A formula counts letters and stops, not sense: it is a floor, not a proof that a text is understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import pyphen  # type: ignore[import-untyped]  # it ships no types

from warmhandoff.rules.refusals import BadInput, Problem

AIM = 6.0
LIMIT = 8.0
FEWEST = 10  # words: of less, a formula says nothing
_GRADES = ((100.0, 3.0), (90.0, 4.0), (80.0, 5.0), (70.0, 6.0), (60.0, 8.0), (50.0, 12.0), (0.0, 22.0))
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_END = re.compile(r"[.!?…:;]+[\"”’)]*(?=\s|$)|\n+")
_ABBREVIATED = re.compile(r"\b(Dr|Dra|Mr|Mrs|Ms|Sr|Sra|St|vs|a\.m|p\.m|e\.g|i\.e)\.", re.IGNORECASE)
_VOWELS = re.compile(r"[aeiouy]+")
# An e that is not spoken: at the end, before the endings of the first group, in names-, hop-ed, some-thing.
_ENDINGS = "ly|ments?|ful|fully|less|ness|thing|one|ones|body|place|where|times?|mail|what|self|selves|how|day"
_SILENT = re.compile(
    rf"(?<=[aeiouy][bcdfgklmnprstvwz])e(?=(?:{_ENDINGS})$)|(?<=[aeiouy][rnlt][csgv])e(?=(?:{_ENDINGS})$)"
    r"|(?<=[^aeiouyl])e$|(?<=[aeiouyrl]l)e$|(?<=[aeiouy])e$|(?<=[^aeiouytdl])e(?=d$)|(?<=[aeiouyrl]l)e(?=d$)"
    r"|(?<=[^aeiouycsgxzlh])e(?=s$)|(?<=th)e(?=s$)|(?<=[aeiouyrl]l)e(?=s$)"
)
# Two vowels in two syllables: cre-ate, sci-ence, di-et, vi-o-lent, ar-e-a, grad-u-al, flu-id, be-ing.
_APART = re.compile(
    r"(?<![ctsg])ia(?!ge|n[ct]e)|ia(?=t[eir])|(?<![tcsgx])io|(?<=[tcsg])io(?=[lstr](?!$))|eo(?!us|pl|ne)|iet|(?<![ctsg])ien[ct]|(?<=sc)ienc|ea(?=t[eio]|$|s$)"
    r"|(?<!q)(?<!g)ua|uou|(?<=fl)ui|rui|[eo]ing|ying|reac|(?<=sui)ci|(?<=[^gq])uie|duo|iu"
)
_STRONG, _WEAK = "aeoáéóíú", "iuü"


@dataclass(frozen=True)
class Level:
    """A text as measured. `grade`: years of school; of a `short` text it means nothing."""

    grade: float
    words: int
    sentences: int

    @property
    def short(self) -> bool:
        return self.words < FEWEST

    @property
    def too_hard(self) -> bool:
        """Above the limit: not for a client as it stands."""
        return not self.short and self.grade > LIMIT

    @property
    def above_aim(self) -> bool:
        return not self.short and self.grade > AIM

    def in_words(self) -> str:
        """One sentence for whoever writes the text."""
        if self.short:
            return "Too short to say how hard it is to read."
        said = f"Reads at about grade {self.grade:.1f}; the aim is {AIM:.0f}"
        return f"{said}, and {LIMIT:.0f} is the most." if self.above_aim else f"{said}."


def measure(text: str, language: str = "en") -> Level:
    """The reading level of a text in `language` (en or es; anything else is refused). Never below grade 0."""
    sentences = sentences_of(text)
    words = [word for sentence in sentences for word in _WORD.findall(sentence)]
    if not words:
        return Level(0.0, 0, 0)
    per_sentence = len(words) / len(sentences)
    per_word = sum(syllables(word, language) for word in words) / len(words)
    if language == "es":
        grade = _grade_of(206.84 - 60.0 * per_word - 1.02 * per_sentence)
    else:
        grade = 0.39 * per_sentence + 11.8 * per_word - 15.59
    return Level(max(0.0, round(grade, 1)), len(words), len(sentences))


def sentences_of(text: str) -> list[str]:
    """The sentences of a text: a full stop, colon or semicolon ends one, and so does the end of a line."""
    parts = _END.split(_ABBREVIATED.sub(lambda found: found[0].replace(".", ""), text))
    return [part.strip() for part in parts if part and _WORD.search(part)]


def hardest(text: str, language: str = "en", count: int = 2) -> list[str]:
    """The sentences that a text would be easier without, hardest first, as far as they are above the limit."""
    measured = [(measure(sentence, language), sentence) for sentence in sentences_of(text)]
    hard = [(level.grade, sentence) for level, sentence in measured if level.grade > LIMIT and level.words > 3]
    return [sentence for _, sentence in sorted(hard, key=lambda pair: -pair[0])[:count]]


def must_be_plain(text: str, language: str, field: str) -> Level:
    """The level of a text that is about to reach a client; above the limit it is refused, with what to mend first."""
    level = measure(text, language)
    if level.too_hard:
        which = "; ".join(f"“{sentence}”" for sentence in hardest(text, language))
        first = f" Begin with: {which}." if which else ""
        raise BadInput(Problem(
            f"this reads at grade {level.grade:.1f}, and a client's text at {LIMIT:.0f} at most: shorter sentences and "
            f"shorter words help.{first}", field=field,
        ))
    return level


def worst(texts: Iterable[tuple[str, str]], language: str) -> tuple[str, Level]:
    """Of named texts the one that is hardest to read, and its level. Short ones do not count."""
    measured = [(name, measure(text, language)) for name, text in texts]
    return max(((name, level) for name, level in measured if not level.short), key=lambda pair: pair[1].grade)


def _grade_of(index: float) -> float:
    """Fernández Huerta's index as a grade; straight lines between the edges of his table."""
    if index >= _GRADES[0][0]:
        return _GRADES[0][1]
    for (above, low), (below, high) in zip(_GRADES, _GRADES[1:], strict=False):
        if index >= below:
            return low + (above - index) / (above - below) * (high - low)
    return _GRADES[-1][1]


@cache
def _hyphens(language: str) -> pyphen.Pyphen:
    if language not in ("en", "es"):
        raise BadInput(Problem(f"there is no reading level for {language!r}", field="language"))
    return pyphen.Pyphen(lang={"en": "en_US", "es": "es"}[language])


def syllables(word: str, language: str = "en") -> int:
    """Syllables of one word, at least 1; a number counts as one."""
    return sum(_syllables(part, language) for part in word.lower().split("-") if part) or 1


@cache
def _syllables(word: str, language: str) -> int:
    parts = len(_hyphens(language).positions(word)) + 1
    if any(sign.isdigit() for sign in word):
        return 1
    return max(parts, _spanish(word) if language == "es" else _english(re.sub(r"['’]\w*$", "", word)))


def _english(word: str) -> int:
    """English syllables by groups of vowels, without the e that is not spoken, with the vowels spoken apart."""
    if len(word) < 4:
        return max(1, len(_VOWELS.findall(word)) - (word.endswith("e") and len(_VOWELS.findall(word)) > 1))
    return max(1, len(_VOWELS.findall(_SILENT.sub("", word))) + len(_APART.findall(word)))


def _spanish(word: str) -> int:
    """Spanish syllables: one for each strong vowel, and one for weak ones that lean on no strong one."""
    spoken = re.sub(r"(?<=q)u|(?<=g)u(?=[eiéí])", "", word)
    spoken = re.sub(r"y$", "i", spoken)
    groups = re.findall(rf"[{_STRONG}{_WEAK}]+", spoken)
    return max(1, sum(max(1, sum(sign in _STRONG for sign in group)) for group in groups))
