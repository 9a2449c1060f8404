"""The tables of a report in words: headings, columns and rows, for the page and for the files taken from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from warmhandoff.referrals.measures import FUNNEL, Figures, Report, Span
from warmhandoff.rules.lifecycle import STATES
from warmhandoff.rules.small_numbers import Told, share
from warmhandoff.web.charts import Bar
from warmhandoff.web.explaining import label

LEFT_OUT = "left out"
STEPS = {
    "began": "Need recorded", "offered": "Options offered", "chosen": "She chose", "handed_on": "Sent, or taken along",
    "sent": "Sent", "taken": "Took the list herself", "answered": "Answered", "booked": "First session booked",
    "attended": "Attended", "told": "Heard whether she attended", "settled": "Checked in, it fits", "closed": "Closed",
}  # fmt: skip
SPAN_WORDS = {
    ("began", "chosen"): "From the need to her choice", ("began", "sent"): "From the need to sending",
    ("sent", "answered"): "From sending to the answer", ("began", "booked"): "From the need to a booked session",
    ("began", "attended"): "From the need to the first session attended",
    ("attended", "settled"): "From the first session to “it fits”", ("began", "closed"): "From the need to the close",
}  # fmt: skip
_SOURCES = {
    "entered": "entered by hand", "pasted": "pasted contacts", "csv": "an imported file", "nppes": "the NPI register",
    "hsds": "an HSDS directory", "plan_net": "a Plan-Net directory", "demo": "the demonstration",
    "own_word": "their own word", "measured": "measured",
}  # fmt: skip
COLUMNS = STEPS | {
    "handed_over": "Handed over", "accepted": "Accepted", "declined": "Declined", "came": "Came in", "open": "Open",
    "overdue": "Overdue", "needs": "Needs",
}  # fmt: skip


@dataclass(frozen=True)
class Heading:
    """How a table is headed. of: (part, whole), the columns of which a share is told; "" where none is."""

    title: str
    rows: str
    words: str
    name: Callable[[str], str]
    of: tuple[str, str] = ("", "")
    share: str = ""


def _source(code: str) -> str:
    owner, _, kind = code.partition(":")
    whose = "Shared directory" if owner == "shared" else "Your own network"
    return f"{whose}: {_SOURCES.get(kind, kind)}"


def _sender(code: str) -> str:
    return {"client": "Clients themselves", "": "Others, not in the network"}.get(code, code)


HEADINGS = {
    "reasons": Heading("By reason", "Reason", "How far referrals for each reason came.",
                       lambda code: label("reasons", code), ("closed", "began"), "Loops closed"),
    "listings": Heading("By listing", "Listing", "How those answered to whom something was handed over.",
                        str, ("answered", "handed_over"), "Answered"),
    "sources": Heading("By where the listing came from", "Source", "Handoffs by the source of the listing.",
                       _source, ("answered", "handed_over"), "Answered"),
    "senders": Heading("By who sends to you", "Sender", "Referrals that reached you in this period.",
                       _sender, ("accepted", "came"), "Accepted"),
    "overdue": Heading("Open and overdue now", "Where they stand", "All that are open today, whenever they began.",
                       lambda code: STATES[code].label if code in STATES else code, ("overdue", "open"), "Overdue"),
    "unmet": Heading("Needs nobody met", "Kind of help", "From the gap register, which names nobody.",
                     lambda code: label("kinds", code)),
    "language": Heading("Replies by her language", "Language", "Whether some are answered or declined more often.",
                        lambda code: {"en": "English", "es": "Spanish"}.get(code, code),
                        ("declined", "handed_over"), "Declined"),
    "age": Heading("Replies by her age today", "Age", "Whether some are answered or declined more often.",
                   lambda code: code.replace("-", " to ") or "Not recorded", ("declined", "handed_over"), "Declined"),
}  # fmt: skip


def number(told: Told) -> str:
    return LEFT_OUT if told is None else f"{told:,}"


def percent(part: Told, whole: Told) -> str:
    """A share in words of the page; "" where there is nothing to share."""
    found = share(part, whole)
    if found is not None:
        return f"{found:g} %"
    return "" if whole == 0 else LEFT_OUT


@dataclass(frozen=True)
class Shown:
    """A table as page and file show it. cells: words of each row, its name first; total: the same for all rows."""

    key: str
    title: str
    words: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...]
    bars: tuple[Bar, ...]
    more: int = 0

    @property
    def labelled(self) -> list[list[tuple[str, str]]]:
        """Each row, and the total below them, as pairs of column and cell."""
        rows = (*self.rows, *((self.total,) if self.total else ()))
        return [list(zip(self.header, row, strict=True)) for row in rows]


def funnel(report: Report) -> Shown:
    """How far they came: each step with its share of all that were begun."""
    counts = report.counts
    rows = [(STEPS[step], number(counts[step]), percent(counts[step], counts["began"])) for step in FUNNEL]
    drawn = tuple(Bar(STEPS[step], counts[step], number(counts[step])) for step in FUNNEL)
    return Shown("funnel", "How far they came", "Referrals whose need was recorded in this period, followed to today.",
                 ("Step", "Referrals", "Of all"), tuple(rows), (), drawn)


def rates(report: Report) -> Shown:
    """Closed loops and attendance, with what each is a share of."""
    counts = report.counts
    lines = (
        ("Loops closed", "closed", "began", "of all that were begun"),
        ("Attended", "attended", "handed_on", "of those sent or taken along"),
        ("Attended, where it is known", "attended", "told", "of those of whom it was told"),
        ("It fits", "settled", "attended", "of those who attended"),
    )
    rows = [
        (words, number(counts[part]), number(counts[whole]), percent(counts[part], counts[whole]), of)
        for words, part, whole, of in lines
    ]
    drawn = tuple(
        Bar(words, share(counts[part], counts[whole]), percent(counts[part], counts[whole]) or "none")
        for words, part, whole, _ in lines
    )
    return Shown("rates", "Loops closed and sessions attended", "Silence closes nothing: only an outcome does.",
                 ("Rate", "Referrals", "Of", "Share", "Of what"), tuple(rows), (), drawn)


def spans(report: Report) -> Shown:
    """The medians."""
    def days(one: Span) -> str:
        if one.loops == 0:
            return "none yet"
        return LEFT_OUT if one.days is None else f"{one.days:g}"

    rows = [(SPAN_WORDS[one.begins, one.ends], days(one), number(one.loops)) for one in report.spans]
    drawn = tuple(
        Bar(SPAN_WORDS[one.begins, one.ends], one.days, days(one) if one.days is None else f"{days(one)} days")
        for one in report.spans
    )
    return Shown("times", "How long it took", "Days in the middle: half took longer, half were faster.",
                 ("Span", "Days in the middle", "Referrals"), tuple(rows), (), drawn)


def shown(figures: Figures) -> Shown:
    """A table in words."""
    heading = HEADINGS[figures.key]

    def cells(name: str, told: tuple[Told, ...]) -> tuple[str, ...]:
        found = dict(zip(figures.columns, told, strict=True))
        part, whole = heading.of
        return (name, *map(number, told), *((percent(found[part], found[whole]),) if part else ()))

    columns = tuple(COLUMNS[column] for column in figures.columns)
    header = (heading.rows, *columns, *((f"{heading.share}, share",) if heading.share else ()))
    rows = tuple(cells(heading.name(code), told) for code, told in figures.rows)
    drawn = tuple(Bar(heading.name(code), told[0], number(told[0])) for code, told in figures.rows)
    return Shown(figures.key, heading.title, heading.words, header, rows, cells("All", figures.total), drawn,
                 figures.more)


def all_shown(report: Report) -> list[Shown]:
    """Every table of a report in the order of the page."""
    return [funnel(report), rates(report), spans(report), *map(shown, report.tables)]
