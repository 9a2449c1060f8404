"""What the network can answer, whom to meet next, and the needs that are expected."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.directory.listing import may_change
from warmhandoff.network.coverage import coverage
from warmhandoff.network.expecting import expect, expect_no_more, expected_by
from warmhandoff.rules.circle import help_types
from warmhandoff.rules.gaps import LEAST
from warmhandoff.rules.refusals import BadInput
from warmhandoff.web.context import here, practice
from warmhandoff.web.explaining import label, need_in_words, questions
from warmhandoff.web.forms.network import ExpectedForm
from warmhandoff.web.requests import StaffRequest, posted


@require_safe
def network_coverage(request: StaffRequest) -> HttpResponse:
    """The grid, the few people worth meeting, and what is worth a thought. Counts only; small ones are put together."""
    found = coverage(request.actor, now=request.now)
    context = {
        "found": found, "percent": round(found.closes * 100), "least": LEAST,
        "now": here(request), "section": "listings", "list": help_types(),
        "bare": [one for one in found.types if not one.have], "had": [one for one in found.types if one.have],
        "same": [(label("concerns", one.code), one) for one in found.same],
        "ask": [(one, questions(one.ask)) for one in found.ask],
    }  # fmt: skip
    return render(request, "desk/network/coverage.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def network_expected(request: StaffRequest) -> HttpResponse:
    """What the practice expects, and one more of it."""
    may_change(request.actor)
    initial = {"zip": practice(request).zip, "formats": ["in_person", "telehealth"], "payment": "any"}
    form = ExpectedForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            expect(request.actor, form.need(), form.cleaned_data["a_year"], now=request.now)
        except BadInput as refusal:
            form.tell(refusal)
        else:
            messages.success(request, "It counts from now on.")
            return redirect("network_expected")
    rows = [(one, need_in_words(one.need)) for one in expected_by(request.actor.practice_id)]
    context = {"form": form, "rows": rows, "section": "listings"}
    return render(request, "desk/network/expected.html", context, status=422 if form.errors else 200)


@require_POST
def network_expected_remove(request: StaffRequest, expected_id: UUID) -> HttpResponse:
    expect_no_more(request.actor, expected_id, now=request.now)
    messages.success(request, "It no longer counts.")
    return redirect("network_expected")


urlpatterns = [
    path("network/coverage/", network_coverage, name="network_coverage"),
    path("network/expected/", network_expected, name="network_expected"),
    path("network/expected/<uuid:expected_id>/remove/", network_expected_remove, name="network_expected_remove"),
]
