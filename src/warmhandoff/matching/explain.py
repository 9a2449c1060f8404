"""Why a listing is not among the options."""

from __future__ import annotations

from collections.abc import Iterator

from warmhandoff.matching.answer import Explanation
from warmhandoff.matching.columns import Columns, Tri
from warmhandoff.matching.musts import CODE_MUSTS, MUSTS, Question
from warmhandoff.matching.types import Need
from warmhandoff.matching.view import Directory, listing_at


def explain(directory: Directory, need: Need, listing_id: int) -> Explanation:
    """Every must that the listing fails, and every one that is unknown of it; both empty for an option.

    Concerns, modalities, identities and access are named code by code. Refuses an id that is not there.
    """
    part, row = directory.find(listing_id)
    listing = listing_at(part.segment, row)
    answers = list(_answers(Question.of(Columns.of([listing]), need)))
    fails = tuple(shown for shown, answer in answers if answer.no[0])
    unknown = tuple(shown for shown, answer in answers if answer.unknown[0])
    return Explanation(listing_id, listing.name, fails, unknown)


def _answers(question: Question) -> Iterator[tuple[str, Tri]]:
    for name, must in MUSTS.items():
        if name in CODE_MUSTS:
            column = question.directory.codes[CODE_MUSTS[name]]
            for code in getattr(question.need, name):
                yield f"{name}:{code}", column.has(code)
        else:
            yield name, must(question)
