"""Is this you? Keeping a listing as one's own."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from warmhandoff.directory.claiming import approve_claim, claim, claim_page, confirm_claim, let_go
from warmhandoff.directory.queries import listing_page
from warmhandoff.rules.refusals import NotThere
from warmhandoff.web.context import here
from warmhandoff.web.desk.referral_common import status_of
from warmhandoff.web.requests import StaffRequest, posted


class LinkForm(forms.Form):
    token = forms.CharField(
        label="The long word from your link", max_length=200, help_text="It is the part after the # sign.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def listing_claim(request: StaffRequest, listing_id: int) -> HttpResponse:
    """Ask to keep it, let it go, or (an administrator) say that it is hers."""
    if request.method == "POST":
        _act(request, listing_id)
        return redirect("listing_claim", listing_id)
    context = {
        "section": "listings", "now": here(request), "claims": claim_page(request.actor, listing_id, now=request.now),
        "view": listing_page(request.actor, listing_id, today=here(request).date()),
    }  # fmt: skip
    return render(request, "desk/keeping/claim.html", context)


def _act(request: StaffRequest, listing_id: int) -> None:
    if request.POST.get("kind") == "let_go":
        let_go(request.actor, listing_id, now=request.now)
        messages.success(request, "You keep it no longer. What you said of it stays.")
    elif request.POST.get("kind") == "approve":
        approve_claim(request.actor, _uuid(request.POST.get("claim", "")), now=request.now)
        messages.success(request, "Confirmed: they keep this listing.")
    elif claim(request.actor, listing_id, now=request.now) == "mail":
        messages.success(request, "A link goes to the address of the listing. Open it signed in here.")
    else:
        messages.success(request, "An administrator of your practice confirms it.")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotThere(subject=text[:20]) from error


@require_http_methods(["GET", "HEAD", "POST"])
def claim_confirm(request: StaffRequest) -> HttpResponse:
    """The link from the mail, opened by the member who asked. Only sending the form confirms."""
    form = LinkForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            listing_id = confirm_claim(request.actor, form.cleaned_data["token"], now=request.now)
        except NotThere as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, "This listing is yours to keep. What you change now is its own word.")
            return redirect("listing", listing_id)
    context = {"section": "listings", "now": here(request), "form": form}
    return render(request, "desk/keeping/claim_confirm.html", context, status=status_of(form))


urlpatterns = [
    path("network/claim/", claim_confirm, name="claim_confirm"),
    path("network/<int:listing_id>/claim/", listing_claim, name="listing_claim"),
]
