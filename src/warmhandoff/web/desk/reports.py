"""Reports: how far referrals came and how long it took, drawn, in tables, and as files."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from warmhandoff.exports.sheet import table as table_file
from warmhandoff.referrals.measures import Report, may_see_whole, measure, periods_of
from warmhandoff.rules.periods import Period, period
from warmhandoff.rules.refusals import BadInput
from warmhandoff.rules.small_numbers import rule
from warmhandoff.web.charts import bars
from warmhandoff.web.context import here, uses
from warmhandoff.web.desk.report_words import LEFT_OUT, Shown, all_shown
from warmhandoff.web.files import download
from warmhandoff.web.requests import StaffRequest

DRAWN = 12  # bars at most; the table has them all


def _asked(request: StaffRequest, choices: list[Period]) -> tuple[Period, bool]:
    """The period and scope of the address; what it does not say, or says wrongly, is the usual."""
    try:
        chosen = period(request.GET.get("period", ""))
    except BadInput:
        chosen = choices[0]
    whole = may_see_whole(request.actor) and request.GET.get("of") != "mine"
    return chosen, whole


@require_safe
def reports(request: StaffRequest) -> HttpResponse:
    choices = periods_of(request.actor, now=request.now)
    chosen, whole = _asked(request, choices)
    exact = not whole and request.GET.get("small") == "shown"
    report = measure(request.actor, chosen, whole=whole, now=request.now, exact=exact)
    tables = [(one, _chart(one)) for one in all_shown(report)]
    context = {
        "report": report, "tables": tables, "periods": choices, "may_whole": may_see_whole(request.actor),
        "least": rule().least, "source": rule().source, "left_out": LEFT_OUT, "section": "reports",
        "nothing": report.counts["began"] == 0, "fair": uses(request, "fairness_groups"), "now": here(request),
        "here": urlencode({"period": chosen.key, "of": "all" if whole else "mine"}),
    }  # fmt: skip
    return render(request, "desk/reports/reports.html", context)


def _chart(one: Shown) -> Any:
    if not any(bar.value for bar in one.bars):
        return ""
    words = "; ".join(f"{bar.label}: {bar.shown}" for bar in one.bars[:DRAWN])
    return bars(f"chart-{one.key}", one.title, f"Bars. {words}. The table has the same numbers.", one.bars[:DRAWN])


@require_safe
def report_csv(request: StaffRequest) -> HttpResponse:
    """One table as a file. Files are made to be handed on: small numbers are left out of every one."""
    chosen, whole = _asked(request, periods_of(request.actor, now=request.now))
    name = request.GET.get("table", "funnel")
    report: Report = measure(request.actor, chosen, whole=whole, now=request.now)
    for one in all_shown(report):
        if one.key == name:
            rows = [*one.rows, *([one.total] if one.total else [])]
            return download(
                table_file(one.header, [tuple(map(_plain, row)) for row in rows]), "text/csv; charset=utf-8",
                f"report-{name}-{chosen.key}.csv",
            )
    raise Http404


def _plain(cell: str) -> str:
    """Numbers as programs read them."""
    return cell.replace(",", "") if cell.replace(",", "").isdecimal() else cell


urlpatterns = [
    path("reports/", reports, name="reports"),
    path("reports/table.csv", report_csv, name="report_csv"),
]
