"""May she stay in another way? Asked by her clinician, answered by the client on her own page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from warmhandoff.referrals.staying import WaysToStay, tell_ways, ways_for_client
from warmhandoff.rules.refusals import BadInput
from warmhandoff.web.portal import session
from warmhandoff.web.portal.door import ClientRequest, for_client, mend, page

YES_OR_NO = (
    ("yes", gettext_lazy("Yes, that would be all right")), ("no", gettext_lazy("No")),
    ("", gettext_lazy("I would rather talk about it")),
)  # fmt: skip


class WaysForm(forms.Form):
    """One question for each way to stay. Nothing is required."""

    def __init__(self, data: Any = None, *, ways: WaysToStay) -> None:
        super().__init__(data)
        spanish = (get_language() or "en").startswith("es")
        for code, plain, plain_es, hers in ways.ways:
            self.fields[code] = forms.ChoiceField(
                label=plain_es if spanish else plain, choices=YES_OR_NO, required=False, initial=hers,
                widget=forms.RadioSelect,
            )  # fmt: skip

    def answers(self) -> dict[str, str]:
        return {code: said for code, said in self.cleaned_data.items() if said}


@for_client
@require_http_methods(["GET", "HEAD", "POST"])
def ways(request: ClientRequest, referral_id: UUID) -> HttpResponse:
    """The ways to stay, and what she says of each."""
    asked = ways_for_client(request.actor, referral_id, now=request.now)
    form = WaysForm(request.POST if request.method == "POST" else None, ways=asked)
    if request.method != "POST" or not form.is_valid():
        return page(request, "portal/ways.html", {"asked": asked, "form": form}, status=422 if form.errors else 200)
    if not form.answers():
        messages.success(request, _("Thank you. We will talk about it."))
        return redirect("portal")
    told_by = "device" if session.mode_of(request) == "device" else "portal"
    try:
        tell_ways(request.actor, referral_id, form.answers(), told_by=told_by, now=request.now)
    except BadInput as refusal:
        mend(form, refusal)
        return page(request, "portal/ways.html", {"asked": asked, "form": form}, status=422)
    messages.success(request, _("Thank you. We have kept what you said."))
    return redirect("portal")


urlpatterns = [path("c/ways/<uuid:referral_id>/", ways, name="portal_ways")]
