"""What a listing can be looked up by: its words, without accents or capitals, and its facets with how long they count.

Pure, and derived from facts as the other columns are. Where a place is kept confidential, neither its town nor its ZIP
is among the words: finding it there would tell where it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from warmhandoff.directory.fields import FIELDS
from warmhandoff.directory.freshness import PLACE, FactsNow, dated, days_known
from warmhandoff.rules.vocab import vocabulary

FACETS = ("kind", "treats", "languages", "plans", "formats", "accepting", "state")
OF_A_PLACE = PLACE
"""The facts that are neither shown, sought nor given out where a place is confidential."""
MOST_WORDS = 8
_LONGEST = 40
_WORD = re.compile(r"[^\W_]+")
_FOREVER = 0  # as it is stored
ALWAYS = date.max.toordinal()
_FACET, _CODE = "\x1f", "\x1e"  # what no text of a fact can hold


def tokens(text: str) -> list[str]:
    """Words of letters and digits, in lower case and without accents; each at most 40 letters long."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return [word[:_LONGEST] for word in _WORD.findall(bare)]


@cache
def _code_words(name: str, code: str) -> str:
    """A code's label and what else it is called."""
    known = vocabulary(name)
    if code not in known:
        return code
    entry = known.entry(code)
    return f"{entry.label} {' '.join(entry.synonyms)}"


def without_hidden_place(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values without where it is, if that is kept confidential."""
    hidden = OF_A_PLACE if values.get("confidential") else ()
    return {field: value for field, value in values.items() if field not in hidden}


def words_of(facts: FactsNow) -> tuple[str, str]:
    """The words of a listing's names, and its others, each apart by blanks and none twice."""
    values = without_hidden_place({field: fact["value"] for field, fact in facts.items() if fact["value"] is not None})
    names = _joined(str(values.get(field, "")) for field in ("name", "other_names"))
    plain = ("program_type", "credentials", "city", "zip", "about")
    others = [str(values.get(field, "")) for field in plain]
    for field in ("kind", "state", "treats", "specialises_in", "modalities"):
        value = values.get(field) or ()
        codes = [value] if isinstance(value, str) else value
        others += [_code_words(FIELDS[field].vocabulary, code) for code in codes]
    return names, _joined(others)


def _joined(texts: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(word for text in texts for word in tokens(text)))


def facets_of(facts: FactsNow) -> str:
    """For each of FACETS the last day on which it counts (0: always) and its codes; nothing for what is not known."""
    return _FACET.join(_facet(facts.get(name), name) for name in FACETS)


def _facet(fact: Mapping[str, Any] | None, name: str) -> str:
    if fact is None or fact["value"] is None:
        return ""
    value, days = fact["value"], days_known(name)
    last = _FOREVER if days is None else (dated(fact) + timedelta(days=days)).toordinal()
    return _CODE.join([str(last), *([value] if isinstance(value, str) else value)])


def until_and_codes(facet: str) -> tuple[int, tuple[str, ...] | None]:
    """The last day on which one facet counts, as an ordinal, and its codes; None where nothing is known."""
    if not facet:
        return ALWAYS, None
    last, *codes = facet.split(_CODE)
    return int(last) or ALWAYS, tuple(codes)


def split_facets(facets: str) -> list[str]:
    """One text for each of FACETS."""
    return facets.split(_FACET) if facets else [""] * len(FACETS)


def facets_on(facets: str, today: date) -> dict[str, tuple[str, ...]]:
    """facet -> codes of what still counts as known on `today`."""
    said = {name: until_and_codes(facet) for name, facet in zip(FACETS, split_facets(facets), strict=True)}
    day = today.toordinal()
    return {name: codes for name, (until, codes) in said.items() if codes is not None and until >= day}
