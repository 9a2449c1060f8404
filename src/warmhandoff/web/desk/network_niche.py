"""What one does best: the sentence, each source and what it learned, and the kind note after poor fits."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from warmhandoff.network.niche import niche_of, niches_in, said, set_niche, sources
from warmhandoff.rules.niche import CADENCE, PLACES, fit_in_words, kind_note, say_again, taught, wants_note
from warmhandoff.rules.reading import measure
from warmhandoff.rules.refusals import BadInput
from warmhandoff.web.context import here
from warmhandoff.web.forms.network import NicheForm
from warmhandoff.web.forms.problems import tell
from warmhandoff.web.requests import StaffRequest, posted


@require_http_methods(["GET", "HEAD", "POST"])
def network_niche(request: StaffRequest) -> HttpResponse:
    """Look at it and change it; beside it who sent someone lately, how it fitted, and what they last heard."""
    mine = niche_of(request.actor.member)
    form = NicheForm(posted(request), initial={"text": mine})
    if request.method == "POST" and form.is_valid():
        try:
            set_niche(request.actor, form.cleaned_data["text"], now=request.now)
            messages.success(request, "Kept.")
            return redirect("network_niche")
        except BadInput as refusal:
            tell(form, refusal)
    today = here(request).date()
    rows = [
        {
            "source": one, "fit": fit_in_words(one), "taught": taught(one), "again": say_again(one, today),
            "note": kind_note(one.name, mine) if mine and wants_note(one, today) else "",
        }
        for one in sources(request.actor, now=request.now)
    ]  # fmt: skip
    context = {
        "form": form, "mine": mine, "level": measure(mine).in_words() if mine else "", "rows": rows, "places": PLACES,
        "colleagues": [one for one in niches_in(request.actor) if one[1] != mine], "days": CADENCE.days,
        "now": here(request), "section": "listings",
    }  # fmt: skip
    return render(request, "desk/network/niche.html", context, status=422 if form.errors else 200)


@require_POST
def network_niche_said(request: StaffRequest, listing_id: int) -> HttpResponse:
    """Note that it was told to a colleague."""
    said(request.actor, listing_id, request.POST.get("place", ""), now=request.now)
    messages.success(request, "Noted.")
    return redirect("network_niche")


urlpatterns = [
    path("network/niche/", network_niche, name="network_niche"),
    path("network/<int:listing_id>/niche-said/", network_niche_said, name="network_niche_said"),
]
