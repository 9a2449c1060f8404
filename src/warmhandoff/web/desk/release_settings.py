"""What the practice decides about releases, minors and psychotherapy notes."""

from __future__ import annotations

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from warmhandoff.accounts.release_settings import ReleaseSettings, change_release_settings, release_settings
from warmhandoff.rules.refusals import NotAllowed
from warmhandoff.rules.signers import state_rules
from warmhandoff.web.context import practice
from warmhandoff.web.desk.referral_common import attempt, status_of
from warmhandoff.web.forms.releases import ReleaseSettingsForm
from warmhandoff.web.requests import StaffRequest, posted


@require_http_methods(["GET", "HEAD", "POST"])
def settings_of_releases(request: StaffRequest) -> HttpResponse:
    """Days, the Part 2 flag, and rules for minors with source and date."""
    if "policy" not in request.actor.verbs("practice"):
        raise NotAllowed("This is decided by an administrator of the practice.")
    form = ReleaseSettingsForm(posted(request), initial=asdict(release_settings(request.actor)))

    def change() -> None:
        change_release_settings(request.actor, ReleaseSettings(**form.cleaned_data), now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, change):
        messages.success(request, "Saved.")
        return redirect("release_settings")
    page = {
        "form": form, "rules": state_rules().values(), "practice": practice(request), "section": "colleagues",
    }
    return render(request, "desk/practice/release_settings.html", page, status=status_of(form))


urlpatterns = [path("practice/releases/", settings_of_releases, name="release_settings")]
