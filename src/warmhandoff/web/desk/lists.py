"""Lists of listings, and listings side by side."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.directory.comparing import MOST, compare
from warmhandoff.directory.lists import (
    change_list,
    end_list,
    ids_on,
    lists_of,
    make_list,
    open_list,
    set_lists,
    take_off,
)
from warmhandoff.directory.queries import lines_of
from warmhandoff.rules.refusals import BadInput
from warmhandoff.web.context import here
from warmhandoff.web.desk.finding import ids_of
from warmhandoff.web.forms.browsing import ListForm
from warmhandoff.web.forms.problems import tell
from warmhandoff.web.requests import StaffRequest


@require_http_methods(["GET", "HEAD", "POST"])
def list_lists(request: StaffRequest) -> HttpResponse:
    """The lists, and a form for another."""
    form = ListForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = make_list(request.actor, now=request.now, **form.cleaned_data)
        except BadInput as refusal:
            tell(form, refusal)
        else:
            return redirect("list", made)
    context = {"section": "listings", "lists": lists_of(request.actor), "form": form}
    return render(request, "desk/listings/lists.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def list_one(request: StaffRequest, list_id: UUID) -> HttpResponse:
    """Who is on it; with POST, its name and whether it is shared."""
    found = open_list(request.actor, list_id)
    form = ListForm(request.POST or None, initial={"name": found.name, "shared": found.shared})
    if request.method == "POST" and form.is_valid():
        try:
            change_list(request.actor, list_id, now=request.now, **form.cleaned_data)
        except BadInput as refusal:
            tell(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("list", list_id)
    lines = lines_of(request.actor, sorted(ids_on(request.actor, list_id)), today=here(request).date())
    by_name = sorted(lines, key=lambda line: line.name.casefold())
    context = {"section": "listings", "list": found, "form": form, "lines": by_name}
    return render(request, "desk/listings/one_list.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def list_end(request: StaffRequest, list_id: UUID) -> HttpResponse:
    end_list(request.actor, list_id, now=request.now)
    messages.success(request, _("The list is gone; whoever was on it stays in your network."))
    return redirect("lists")


@require_POST
def list_off(request: StaffRequest, list_id: UUID) -> HttpResponse:
    open_list(request.actor, list_id)
    for listing_id in ids_of(request.POST, "listing")[:1]:
        take_off(request.actor, list_id, listing_id, now=request.now)
    return redirect("list", list_id)


@require_POST
def listing_lists(request: StaffRequest, listing_id: int) -> HttpResponse:
    """Put a listing on the lists that are ticked, and off the others."""
    known = {str(one.id): one.id for one in lists_of(request.actor)}
    wanted = [known[text] for text in request.POST.getlist("list") if text in known]
    set_lists(request.actor, listing_id, wanted, now=request.now)
    messages.success(request, _("Saved."))
    return redirect("listing", listing_id)


@require_safe
def listing_compare(request: StaffRequest) -> HttpResponse:
    """Up to four listings side by side."""
    ids = ids_of(request.GET, "id")
    context = {
        "section": "listings", "found": compare(request.actor, ids, today=here(request).date()), "now": here(request),
        "more": max(0, len(ids) - MOST), "most": MOST,
    }  # fmt: skip
    return render(request, "desk/listings/compare.html", context)


urlpatterns = [
    path("network/compare/", listing_compare, name="listing_compare"),
    path("network/lists/", list_lists, name="lists"),
    path("network/lists/<uuid:list_id>/", list_one, name="list"),
    path("network/lists/<uuid:list_id>/end/", list_end, name="list_end"),
    path("network/lists/<uuid:list_id>/off/", list_off, name="list_off"),
    path("network/<int:listing_id>/lists/", listing_lists, name="listing_lists"),
]
