"""What one does best, in one or two plain sentences; how often to say it again; and the kind note when it did not fit.

The figures are this product's own: an article asks for "1-2 sentences" and to "regularly reinforce" them, and says no
more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from warmhandoff.rules.reading import Level, measure, sentences_of
from warmhandoff.rules.refusals import BadInput, Problem

MOST_SENTENCES, MOST_WORDS, FEWEST_WORDS = 2, 50, 5
CADENCE = timedelta(days=90)
TOO_FEW = 5
POOR_FITS = 2
PLACES = {
    "thanks": "In a thank-you", "reply": "In a reply", "note": "In a note or mail", "talk": "In a talk",
    "profile": "On your profile",
}  # fmt: skip


def checked_niche(text: str) -> tuple[str, Level]:
    """The statement as it is kept, and its reading level. Refuses (BadInput, field "text") fewer than 5 or more than
    50 words, more than two sentences, and what is too hard to read for anyone who might pass it on."""
    plain = " ".join(text.split())
    level, sentences = measure(plain), len(sentences_of(plain))
    if level.words < FEWEST_WORDS:
        raise BadInput(Problem("say in a sentence whom you help best, and with what", field="text"))
    if sentences > MOST_SENTENCES or level.words > MOST_WORDS:
        why = f"this has {sentences} sentences and {level.words} words; one or two and {MOST_WORDS} are remembered"
        raise BadInput(Problem(why, field="text"))
    if level.too_hard:
        raise BadInput(Problem(f"{level.in_words()} Shorter words are remembered better", field="text"))
    return plain, level


@dataclass(frozen=True)
class Source:
    """A colleague who sends people. fits: accepted; poor: declined as outside niche or competence; other: declined for
    another reason (no openings, times), which says nothing of the fit. heard_on: when she last heard the niche."""

    listing_id: int
    name: str
    fits: int
    poor: int
    other: int
    heard_on: date | None

    @property
    def judged(self) -> int:
        return self.fits + self.poor

    @property
    def rate(self) -> float | None:
        """The share that fitted; None where fewer than five were judged: too few to say."""
        return self.fits / self.judged if self.judged >= TOO_FEW else None


def fit_in_words(source: Source) -> str:
    """The fit with its counts; few are called few."""
    counts = f"{source.fits} of {source.judged} fitted"
    if not source.judged:
        return "Nothing to tell a fit by yet."
    return f"{counts}." if source.rate is not None else f"{counts} so far: too few to say."


def taught(source: Source) -> str:
    """What one's accepts teach this source."""
    if not source.fits:
        return ""
    times = "once" if source.fits == 1 else f"{source.fits} times"
    return f"You said yes {times}. Each yes says: send me more like this one."


def say_again(source: Source, today: date) -> bool:
    """Whether it is worth telling this source one's niche again: never told, or not for three months."""
    return source.heard_on is None or today - source.heard_on >= CADENCE


def wants_note(source: Source, today: date) -> bool:
    """Whether a kind note helps: two poor fits or more, as many as fits at least, and nothing was said lately."""
    return source.poor >= POOR_FITS and source.poor >= source.fits and say_again(source, today)


def kind_note(name: str, niche: str) -> str:
    """A note after poor fits: thanks first, what does fit, an offer to help all the same. It speaks of no client."""
    fits = niche if niche.endswith((".", "!")) else f"{niche}."
    return (
        f"Dear {name}, thank you for thinking of me. It means a lot that you trust me with people. What I do best: "
        f"{fits} When someone needs something else, do call: I am glad to help you find a good place."
    )
