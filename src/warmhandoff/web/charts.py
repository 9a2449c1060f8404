"""Charts as SVG, drawn here and not by script: bars, each with its words and its number.

A chart says in its title and description what it shows, and always stands beside a table of the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, ROW, BAR = 320, 40, 12  # user units
_LONGEST = 38  # characters of a label that fit


@dataclass(frozen=True)
class Bar:
    """One bar. value None: left out, which is said in words and drawn as no bar; shown: the number as it is read."""

    label: str
    value: float | None
    shown: str


def bars(key: str, title: str, description: str, rows: Sequence[Bar]) -> SafeString:
    """Horizontal bars, the longest over the whole width. key: an id of its own on the page."""
    most = max((row.value for row in rows if row.value is not None), default=0) or 1
    drawn = format_html_join("", "{}", ((_bar(row, place, most),) for place, row in enumerate(rows)))
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-title {}-words">'
        '<title id="{}-title">{}</title><desc id="{}-words">{}</desc>{}</svg>',
        WIDTH, max(len(rows), 1) * ROW, key, key, key, title, key, description, drawn,
    )  # fmt: skip


def _bar(row: Bar, place: int, most: float) -> SafeString:
    top = place * ROW
    label = row.label if len(row.label) <= _LONGEST else row.label[: _LONGEST - 1] + "…"
    length = 0 if row.value is None else round(WIDTH * row.value / most, 1)
    return format_html(
        '<text x="0" y="{}">{}</text><text class="amount" x="{}" y="{}">{}</text>'
        '<rect class="bed" x="0" y="{}" width="{}" height="{}" rx="3"/>'
        '<rect class="length" x="0" y="{}" width="{}" height="{}" rx="3"/>',
        top + 14, label, WIDTH, top + 14, row.shown, top + 20, WIDTH, BAR, top + 20, length, BAR,
    )  # fmt: skip
