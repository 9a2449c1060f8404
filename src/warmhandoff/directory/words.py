"""What a listing can be looked up by: its words, without accents or capitals, and its facets with how long they count.

Pure, and derived from facts as the other columns are. Where a place is kept confidential, neither its town nor its ZIP
is among the words: finding it there would tell where it is.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from warmhandoff.directory.fields import FIELDS
from warmhandoff.directory.freshness import FactsNow, dated, days_known
from warmhandoff.rules.vocab import vocabulary

FACETS = ("kind", "treats", "languages", "plans", "formats", "accepting", "state")
OF_A_PLACE = ("address", "city", "zip", "lat", "lon")
"""The facts that are neither shown, sought nor given out where a place is confidential."""
MOST_WORDS = 8
_LONGEST = 40
_WORD = re.compile(r"[^\W_]+")
_FOREVER = 0


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
    """JSON: facet -> [the last day on which it counts, or 0 for always; its codes]. What is not known is left out."""
    found: dict[str, list[Any]] = {}
    for field in FACETS:
        fact = facts.get(field)
        if fact is None or fact["value"] is None:
            continue
        value, days = fact["value"], days_known(field)
        last = _FOREVER if days is None else (dated(fact) + timedelta(days=days)).toordinal()
        found[field] = [last, [value] if isinstance(value, str) else value]
    return json.dumps(found, separators=(",", ":"), sort_keys=True)


def facets_on(facets: str, today: date) -> dict[str, tuple[str, ...]]:
    """facet -> codes of what still counts as known on `today`."""
    day = today.toordinal()
    said = json.loads(facets) if facets else {}
    return {field: tuple(codes) for field, (last, codes) in said.items() if last == _FOREVER or last >= day}
