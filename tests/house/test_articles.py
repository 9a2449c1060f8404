"""The page that says where each sentence of the articles went: every path and address on it exists."""

from __future__ import annotations

import re

import pytest

from tests.house.tree import ROOT, SOURCE
from warmhandoff.rules.vocab import vocabulary

PAGE = (ROOT / "docs" / "understanding" / "from-the-articles.md").read_text()
_ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \|$", re.MULTILINE)
ROWS = _ROW.findall(PAGE)
NAMED = sorted(set(re.findall(r"`([^`]+)`", "\n".join(where for _, _, where in ROWS))))
CODES = {code for name in ("reasons", "kinds_of_referral", "barriers") for code in vocabulary(name)}


def test_five_articles_are_gone_through_without_a_gap() -> None:
    articles = PAGE.split("\n## ")[1:6]
    assert [len(_ROW.findall(article)) for article in articles] == [51, 30, 48, 51, 23]
    for article in articles:
        numbers = [int(number) for number, _, _ in _ROW.findall(article)]
        assert numbers == list(range(1, len(numbers) + 1))


def test_every_row_says_where_or_honestly_that_it_is_not_there() -> None:
    for number, sentence, where in ROWS:
        assert "`" in where or "later (" in where or where == "nothing to build", f"{number}: {sentence}"


def _addresses() -> set[str]:
    from warmhandoff.web.urls import urlpatterns

    return {"/" + re.sub(r"<[^>]+>", "#", str(pattern.pattern)) for pattern in urlpatterns}


@pytest.mark.parametrize("named", NAMED)
def test_what_it_names_exists(named: str) -> None:
    if named.startswith("/"):
        assert named in _addresses(), f"no page has the address {named}"
    elif "/" in named:
        home = ROOT if named.startswith(("tests/", "docs/")) else SOURCE
        assert (home / named).is_file(), f"{named} is not there"
    else:
        assert named in CODES, f"{named} is no code of a reason, kind or barrier"
