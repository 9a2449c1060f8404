"""How soon we answer: the practice's promise to those who send, and its queue for the urgent."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from warmhandoff.accounts.answer_settings import set_answers
from warmhandoff.rules.incoming import LONGEST_PROMISE, URGENT_HOURS
from warmhandoff.rules.refusals import NotAllowed
from warmhandoff.web.context import practice
from warmhandoff.web.desk.referral_common import attempt, status_of
from warmhandoff.web.requests import StaffRequest, posted

_STAFFED = [(str(hours), f"Yes: within {hours} working hour{'s' if hours > 1 else ''}") for hours in URGENT_HOURS]


class AnswersForm(forms.Form):
    promise_days = forms.IntegerField(
        label="Business days until we answer", min_value=1, max_value=LONGEST_PROMISE,
        help_text="What comes from now on is due by this. Dates already promised stay.",
    )
    urgent_hours = forms.TypedChoiceField(
        label="Does someone here look at what is urgent?", coerce=int, empty_value=None, required=False,
        choices=[("", "No: urgent means the phone"), *_STAFFED], widget=forms.RadioSelect,
        help_text="Only where someone truly does, on business days from 9 to 5. In danger: the crisis line, always.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def practice_answers(request: StaffRequest) -> HttpResponse:
    """See and set both."""
    if "policy" not in request.actor.verbs("practice"):
        raise NotAllowed("This is decided by an administrator of the practice.")
    here = practice(request)
    form = AnswersForm(posted(request), initial={
        "promise_days": here.promise_days, "urgent_hours": here.urgent_hours or "",
    })  # fmt: skip

    def change() -> None:
        set_answers(request.actor, **form.cleaned_data, now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, change):
        messages.success(request, "Saved.")
        return redirect("practice_answers")
    page = {"form": form, "section": "colleagues"}
    return render(request, "desk/practice/answers.html", page, status=status_of(form))


urlpatterns = [path("practice/answers/", practice_answers, name="practice_answers")]
