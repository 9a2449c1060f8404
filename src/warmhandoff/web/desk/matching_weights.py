"""What counts in matching, and how much: shown to every member, changed by an administrator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from warmhandoff.accounts.queries import names_of_members
from warmhandoff.directory.weighing import WeightsLine, set_weights, weights_history, weights_of
from warmhandoff.matching import DEFAULT_WEIGHTS
from warmhandoff.rules.refusals import NotAllowed
from warmhandoff.web.context import here, practice
from warmhandoff.web.desk.referral_common import attempt, status_of
from warmhandoff.web.explaining import TERMS
from warmhandoff.web.forms.weights import WeightsForm
from warmhandoff.web.requests import StaffRequest, posted


@dataclass(frozen=True)
class Change:
    """One set of the past, in words."""

    number: int
    at: datetime
    by: str
    words: tuple[str, ...]


@require_http_methods(["GET", "HEAD", "POST"])
def matching_weights(request: StaffRequest) -> HttpResponse:
    """The weights of today with their shares, the form to change them, and every earlier set."""
    may_change = "policy" in request.actor.verbs("practice")
    if request.method == "POST" and not may_change:
        raise NotAllowed("Changing what counts in matching is for administrators of the practice.")
    current = weights_of(request.actor.practice_id)
    form = WeightsForm(posted(request), initial={**current.weights, "seen": current.number})
    if request.method == "POST" and form.is_valid() and attempt(form, lambda: _change(request, form)):
        messages.success(request, "Saved. It counts from the next search on.")
        return redirect("matching_weights")
    whole = sum(current.weights.values())
    page = {
        "form": form, "may_change": may_change, "number": current.number, "now": here(request),
        "terms": [(TERMS[term], weight, _percent(weight, whole), DEFAULT_WEIGHTS[term])
                  for term, weight in current.weights.items()],
        "history": _history(request), "practice": practice(request), "section": "colleagues",
    }  # fmt: skip
    return render(request, "desk/practice/weights.html", page, status=status_of(form))


def _change(request: StaffRequest, form: WeightsForm) -> None:
    wanted = dict(DEFAULT_WEIGHTS) if "usual" in request.POST else form.weights()
    set_weights(request.actor, wanted, now=request.now, seen=form.cleaned_data["seen"])


def _percent(weight: int, whole: int) -> int:
    return round(100 * weight / whole) if whole else 0


def _history(request: StaffRequest) -> list[Change]:
    names = names_of_members(request.actor.practice_id)
    return [_in_words(line, names.get(line.by, "") if line.by else "")
            for line in weights_history(request.actor.practice_id)]  # fmt: skip


def _in_words(line: WeightsLine, by: str) -> Change:
    words = tuple(f"{TERMS[term]}: {before} to {after}" for term, (before, after) in line.changes.items())
    return Change(line.number, line.at, by, words)


urlpatterns = [path("practice/matching/", matching_weights, name="matching_weights")]
