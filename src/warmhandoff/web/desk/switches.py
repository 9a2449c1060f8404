"""What the practice uses: every optional part, on or off, on one page."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from warmhandoff.accounts.switches import set_switches
from warmhandoff.rules.refusals import NotAllowed
from warmhandoff.rules.switches import SWITCHES, all_of
from warmhandoff.web.confirming import confirm_first
from warmhandoff.web.context import practice
from warmhandoff.web.requests import StaffRequest, posted


class SwitchesForm(forms.Form):
    """One tick a switch, from the registry."""

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        for one in SWITCHES.values():
            self.fields[one.code] = forms.BooleanField(label=one.label, help_text=one.shows, required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@confirm_first
def switches(request: StaffRequest) -> HttpResponse:
    """Look at them and set them. What is off is neither shown nor asked; nothing that was kept is lost."""
    if "policy" not in request.actor.verbs("practice"):
        raise NotAllowed("What a practice uses is set by its administrators.")
    form = SwitchesForm(posted(request), initial=all_of(practice(request).switches))
    if request.method == "POST" and form.is_valid():
        set_switches(request.actor, form.cleaned_data, now=request.now)
        messages.success(request, "Saved. It holds from now on, for everyone in the practice.")
        return redirect("switches")
    return render(request, "desk/practice/switches.html", {"form": form, "section": "colleagues"})


urlpatterns = [path("practice/switches/", switches, name="switches")]
