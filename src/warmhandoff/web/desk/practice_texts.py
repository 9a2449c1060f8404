"""The practice's own texts: its crisis protocol, what its counsel says of duties, the emergency rooms it knows."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from warmhandoff.accounts.roles import must_set_policy
from warmhandoff.accounts.texts import keep_text, texts_of
from warmhandoff.rules.refusals import BadInput, Problem
from warmhandoff.web.context import here
from warmhandoff.web.forms.crisis import PracticeTextForm, text_forms
from warmhandoff.web.forms.problems import tell
from warmhandoff.web.requests import StaffRequest


@require_http_methods(["GET", "HEAD", "POST"])
def practice_texts(request: StaffRequest) -> HttpResponse:
    """Everyone on the staff reads them; administrators write them, one at a time."""
    if request.method != "POST":
        return _page(request)
    must_set_policy(request.actor)
    code = request.POST.get("code", "")
    if code not in text_forms():
        raise BadInput(Problem("say which text this is", field="code"))
    form = PracticeTextForm(request.POST, prefix=code)
    if form.is_valid():
        given = form.cleaned_data
        try:
            keep_text(request.actor, code, given["text"], reviewed_on=given["reviewed_on"], now=request.now)
        except BadInput as refusal:
            tell(form, refusal)
        else:
            messages.success(request, "Kept. It stands on the crisis path of every colleague.")
            return redirect("practice_texts")
    return _page(request, code, form)


def _page(request: StaffRequest, code: str = "", bound: PracticeTextForm | None = None) -> HttpResponse:
    own = texts_of(request.actor.practice_id)
    rows = []
    for one, entry in text_forms().items():
        text = own.get(one)
        initial = {"text": text.text, "reviewed_on": text.reviewed_on} if text else {}
        form = bound if bound is not None and one == code else PracticeTextForm(initial=initial, prefix=one)
        rows.append((entry, text, form))
    page = {"rows": rows, "bound": bound, "may_change": "policy" in request.actor.verbs("practice"),
            "now": here(request), "section": "colleagues"}
    return render(request, "desk/practice/texts.html", page, status=422 if bound is not None else 200)


urlpatterns = [path("practice/texts/", practice_texts, name="practice_texts")]
