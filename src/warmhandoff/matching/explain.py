"""Why a listing is not among the options."""

from __future__ import annotations

import numpy as np

from warmhandoff.matching.answer import Explanation
from warmhandoff.matching.columns import Directory
from warmhandoff.matching.musts import CODE_MUSTS, MUSTS, Question
from warmhandoff.matching.types import Need


def explain(directory: Directory, need: Need, listing_id: int) -> Explanation:
    """Every must that the listing fails, and every one that is unknown of it; both empty for an option.

    Concerns, modalities, identities and access are named code by code. Refuses an id that is not there.
    """
    row = directory.row_of(listing_id)
    question = Question.of(directory.take(np.array([row], dtype=np.int64)), need)
    fails: list[str] = []
    unknown: list[str] = []
    for name, must in MUSTS.items():
        if name in CODE_MUSTS:
            column = question.directory.codes[CODE_MUSTS[name]]
            answers = [(f"{name}:{code}", column.has(code)) for code in getattr(need, name)]
        else:
            answers = [(name, must(question))]
        fails += [shown for shown, answer in answers if answer.no[0]]
        unknown += [shown for shown, answer in answers if answer.unknown[0]]
    return Explanation(listing_id, directory.names[row], tuple(fails), tuple(unknown))
