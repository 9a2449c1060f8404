"""Reports as pages and files: charts beside their tables, nothing small, nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest

from tests.apps.referrals.test_measures import wander
from tests.cast import NOW, Cast
from tests.flows import walk as way
from warmhandoff.core import clock
from warmhandoff.directory.models import Listing
from warmhandoff.exports.sheet import table
from warmhandoff.web.charts import Bar, bars

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def page(cast: Cast, part: str = "clinician", query: str = "") -> str:
    answer = cast.web(part).get(f"/reports/{query}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def sheet(cast: Cast, query: str, part: str = "clinician") -> list[list[str]]:
    answer = cast.web(part).get(f"/reports/table.csv?{query}")
    assert answer.status_code == 200 and answer["Content-Disposition"].startswith("attachment")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_chart_says_what_it_shows_and_stands_beside_its_table(cast: Cast, django_assert_max_num_queries: Any) -> None:
    wander(cast, [cast.client.pk], 60, 3)
    cast.web()
    page(cast)
    with django_assert_max_num_queries(24):
        html = page(cast, query="?period=2026&small=shown")
    for key in ("funnel", "rates", "times", "reasons", "overdue"):
        chart = re.search(rf'<svg class="chart"[^>]* aria-labelledby="chart-{key}-title chart-{key}-words">', html)
        assert chart and f'<title id="chart-{key}-title">' in html and f'<desc id="chart-{key}-words">' in html
        assert f'id="table-{key}"' in html
    assert "Small numbers are shown" in html and "The clients you can open." in html
    assert "style=" not in html.split("<main")[1]
    hidden = page(cast)
    assert "left out" in hidden and "CMS Cell Size Suppression Policy" in hidden


def test_the_practice_is_for_those_who_may(cast: Cast) -> None:
    wander(cast, [cast.client.pk], 30, 3)
    assert "The whole practice." in page(cast, "supervisor") and "The whole practice." in page(cast, "admin", "?of=all")
    assert "The clients you can open." in page(cast, "supervisor", "?of=mine")
    assert "The clients you can open." in page(cast, "clinician", "?of=all")
    # asked for small numbers of the whole practice, the page tells none
    assert "Small numbers are shown" not in page(cast, "supervisor", "?small=shown")
    assert "Every client in care is held by someone." in page(cast, "admin")
    cast.client.team.update(until=NOW)
    assert "A few clients (fewer than 11)" in page(cast, "admin")
    assert "Nothing began in this period" in page(cast, "colleague")
    assert cast.web("newcomer").get("/reports/").url == "/account/second-factor/"
    cast.client.team.update(until=None)
    assert 'aria-current="page"><span>Reports' in page(cast)


def test_odd_addresses_show_the_usual(cast: Cast) -> None:
    assert "2026." in page(cast, query="?period=nonsense&of=%00&small=x")
    assert cast.web().get("/reports/table.csv?table=nonsense").status_code == 404
    assert cast.web().post("/reports/").status_code == 405


def test_a_file_is_harmless_and_tells_no_small_number(cast: Cast) -> None:
    wander(cast, [cast.client.pk], 60, 3)
    funnel = sheet(cast, "table=funnel&period=2026&small=shown")
    assert funnel[0] == ["Step", "Referrals", "Of all"] and funnel[1][0] == "Need recorded"
    assert int(funnel[1][1]) >= 11 and any(row[1] == "left out" for row in funnel[1:])
    assert not any(0 < int(row[1]) < 11 for row in funnel[1:] if row[1].isdecimal())
    walk = way.accepted(cast)
    Listing.objects.filter(pk=walk.listing_ids[0]).update(name="=HYPERLINK(1)")
    html = page(cast, query="?small=shown")
    assert "=HYPERLINK(1)" in html
    lines = table(["=1+1", "n"], [("@SUM(A1)", 3), ("fine", -2.5)]).decode("utf-8-sig").splitlines()
    assert lines == ["'=1+1,n", "'@SUM(A1),3", "fine,-2.5"]
    for key in ("rates", "times", "reasons", "listings", "sources", "senders", "overdue", "unmet", "language", "age"):
        assert not any(cell.startswith(("=", "+", "@", "-")) for row in sheet(cast, f"table={key}") for cell in row)


def test_bars_are_escaped_and_say_what_is_left_out() -> None:
    drawn = bars("k", "<b>", '"', [Bar("<script>", 5, "5"), Bar("x" * 60, None, "left out"), Bar("none", 0, "0")])
    assert "<script>" not in drawn and "&lt;script&gt;" in drawn and "…" in drawn and drawn.count('class="length"') == 3
    assert 'width="320.0"' in drawn and 'width="0"' in drawn and ">left out<" in drawn
    assert "<svg" in bars("k", "t", "d", [])
