"""The network: who is in it, what is known of each and how fresh it is, and what the practice knows of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.directory.browsing import Asked, browse, found_ids
from warmhandoff.directory.drafts import drafts_of, erase_draft, keep_draft, open_draft
from warmhandoff.directory.fields import FIELDS
from warmhandoff.directory.listing import confirm, confirm_contact, edit, enter, relate, retire
from warmhandoff.directory.lists import ListView, ids_on, lists_of, lists_with
from warmhandoff.directory.mapping import MOST as MOST_ON_A_MAP
from warmhandoff.directory.mapping import map_of
from warmhandoff.directory.measuring import met_with
from warmhandoff.directory.queries import ListingView, listing_page, network_is_empty
from warmhandoff.rules.refusals import BadInput
from warmhandoff.web.context import here
from warmhandoff.web.desk.bringing_in import urlpatterns as bringing_in
from warmhandoff.web.desk.lists import urlpatterns as list_pages
from warmhandoff.web.desk.taking_out import urlpatterns as taking_out
from warmhandoff.web.forms.browsing import SCOPES, address_of, asked_in
from warmhandoff.web.forms.listing import ListingForm, RelationForm, as_typed
from warmhandoff.web.forms.problems import tell
from warmhandoff.web.requests import StaffRequest


def page_context(request: StaffRequest) -> dict[str, Any]:
    return {"section": "listings", "now": here(request)}


@require_safe
def listing_list(request: StaffRequest) -> HttpResponse:
    lists = lists_of(request.actor)
    asked, chosen = _asked(request, lists)
    found = browse(request.actor, asked, today=here(request).date())
    context = {
        **page_context(request), "found": found, "asked": asked, "scopes": SCOPES, "lists": lists, "chosen": chosen,
        "nobody": not found.total and network_is_empty(request.actor), "narrowed": bool(asked.facets or chosen),
        "here": address_of(asked, chosen), "drafts": drafts_of(request.actor),
    }  # fmt: skip
    return render(request, "desk/listings/list.html", context)


def _asked(request: StaffRequest, lists: tuple[ListView, ...]) -> tuple[Asked, ListView | None]:
    """What the address asks for, and the list in which."""
    chosen = next((one for one in lists if str(one.id) == request.GET.get("list")), None)
    return asked_in(request.GET, ids_on(request.actor, chosen.id) if chosen else None), chosen


@require_safe
def listing_map(request: StaffRequest) -> HttpResponse:
    """What the same address finds in the list, as dots by ZIP and as a table."""
    asked, chosen = _asked(request, lists_of(request.actor))
    ids = found_ids(request.actor, asked, today=here(request).date())
    drawn = map_of(request.actor, ids)
    dots = [
        (dot, address_of(replace(asked, words=f"{asked.words} {dot.zip}".strip()), chosen)) for dot in drawn.dots
    ]
    context = {
        **page_context(request), "map": drawn, "dots": dots, "here": address_of(asked, chosen),
        "too_many": len(ids) > MOST_ON_A_MAP, "most": MOST_ON_A_MAP,
    }  # fmt: skip
    return render(request, "desk/listings/map.html", context)


def _view(request: StaffRequest, listing_id: int) -> ListingView:
    return listing_page(request.actor, listing_id, today=here(request).date())


def _page(
    request: StaffRequest, view: ListingView, form: RelationForm | None = None, status: int = 200
) -> HttpResponse:
    initial = {
        "relationship": view.line.relationship, "how_met": view.how_met, "excluded": view.line.excluded,
        "tie_kind": view.tie_kind, "tie_text": view.line.tie_text, "notes": view.notes,
    }  # fmt: skip
    lists = lists_of(request.actor)
    context = {
        **page_context(request), "view": view, "form": form or RelationForm(initial=initial), "lists": lists,
        "on_lists": lists_with(request.actor, view.line.id) if lists else (),
        "met": met_with(request.actor, view.line.id, now=request.now),
    }  # fmt: skip
    return render(request, "desk/listings/listing.html", context, status=status)


@require_safe
def listing(request: StaffRequest, listing_id: int) -> HttpResponse:
    view = _view(request, listing_id)
    if view.line.id != listing_id:  # merged into another: that is where what is known of it stands
        return redirect("listing", view.line.id)
    return _page(request, view)


@require_POST
def listing_relation(request: StaffRequest, listing_id: int) -> HttpResponse:
    """Relationship, tie, set aside, notes."""
    view, form = _view(request, listing_id), RelationForm(request.POST)
    if form.is_valid():
        try:
            relate(request.actor, listing_id, now=request.now, **form.cleaned_data)
        except BadInput as refusal:
            tell(form, refusal)
    if form.errors:
        return _page(request, view, form, status=422)
    messages.success(request, _("Saved."))
    return redirect("listing", listing_id)


@require_POST
def listing_still_true(request: StaffRequest, listing_id: int) -> HttpResponse:
    """ "Still true", for one fact or, with none named, for all that are stale."""
    view = _view(request, listing_id)
    named = [field for field in request.POST.getlist("field") if field in FIELDS]
    fields = named or [fact.field for fact in view.stale]
    if fields:
        count = confirm(request.actor, listing_id, fields, now=request.now)
        messages.success(request, _("Checked today: %(count)d.") % {"count": count})
    if request.POST.get("back") == "fresh":
        return redirect("fresh")
    return redirect("listing", view.line.id)


@require_POST
def contact_confirm(request: StaffRequest, listing_id: int) -> HttpResponse:
    confirm_contact(request.actor, listing_id, now=request.now)
    messages.success(request, _("Confirmed."))
    return redirect("listing", listing_id)


@require_POST
def listing_retire(request: StaffRequest, listing_id: int) -> HttpResponse:
    """Out of use, or in again; what was said of the listing stays."""
    back = request.POST.get("back") == "yes"
    retire(request.actor, listing_id, now=request.now, back=back)
    messages.success(request, _("In use again.") if back else _("No longer in use. Nothing was erased."))
    return redirect("listing", listing_id)


def _form_page(
    request: StaffRequest, form: ListingForm, view: ListingView | None = None, *, draft_id: UUID | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    context = {**page_context(request), "form": form, "view": view, "draft_id": draft_id}
    return render(request, "desk/listings/edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def listing_add(request: StaffRequest) -> HttpResponse:
    """The form; with POST a listing, or with "draft" what was typed so far, kept as it is."""
    if request.method != "POST":
        return _form_page(request, ListingForm(initial={"name": request.GET.get("name", "")[:300]}))
    return _add(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def listing_draft(request: StaffRequest, draft_id: UUID) -> HttpResponse:
    """Going on with a draft: the form as it was left."""
    typed = open_draft(request.actor, draft_id)
    if request.method != "POST":
        return _form_page(request, ListingForm(initial=as_typed(typed)), draft_id=draft_id)
    return _add(request, draft_id)


def _add(request: StaffRequest, draft_id: UUID | None) -> HttpResponse:
    form = ListingForm(request.POST)
    try:
        if "draft" in request.POST:
            kept = keep_draft(request.actor, dict(request.POST.lists()), now=request.now, draft_id=draft_id)
            messages.success(request, _("Kept as a draft. Nobody is offered it until you enter it."))
            return redirect("listing_draft", kept)
        if form.is_valid():
            made = enter(request.actor, form.facts(), now=request.now, verified=form.cleaned_data["verified"],
                         relationship="met")  # fmt: skip
            if draft_id is not None:
                erase_draft(request.actor, draft_id)
            messages.success(request, _("Added to your network."))
            return redirect("listing", made)
    except BadInput as refusal:
        tell(form, refusal)
    return _form_page(request, form, draft_id=draft_id, status=422)


@require_POST
def draft_erase(request: StaffRequest, draft_id: UUID) -> HttpResponse:
    open_draft(request.actor, draft_id)
    erase_draft(request.actor, draft_id)
    messages.success(request, _("The draft was erased."))
    return redirect("listings")


@require_http_methods(["GET", "HEAD", "POST"])
def listing_edit(request: StaffRequest, listing_id: int) -> HttpResponse:
    view = _view(request, listing_id)
    if request.method != "POST":
        return _form_page(request, ListingForm(held=view.values), view)
    form = ListingForm(request.POST, held=view.values)
    if form.is_valid():
        try:
            changed = edit(request.actor, listing_id, form.facts(), now=request.now,
                           verified=form.cleaned_data["verified"])  # fmt: skip
        except BadInput as refusal:
            tell(form, refusal)
        else:
            saved = changed or form.cleaned_data["verified"]
            messages.success(request, _("Saved.") if saved else _("Nothing changed."))
            return redirect("listing", listing_id)
    return _form_page(request, form, view, status=422)


urlpatterns = [
    path("network/", listing_list, name="listings"),
    path("network/map/", listing_map, name="listing_map"),
    path("network/add/", listing_add, name="listing_add"),
    *bringing_in,
    *taking_out,
    *list_pages,
    path("network/drafts/<uuid:draft_id>/", listing_draft, name="listing_draft"),
    path("network/drafts/<uuid:draft_id>/erase/", draft_erase, name="draft_erase"),
    path("network/<int:listing_id>/", listing, name="listing"),
    path("network/<int:listing_id>/edit/", listing_edit, name="listing_edit"),
    path("network/<int:listing_id>/relation/", listing_relation, name="listing_relation"),
    path("network/<int:listing_id>/still-true/", listing_still_true, name="listing_still_true"),
    path("network/<int:listing_id>/confirm/", contact_confirm, name="contact_confirm"),
    path("network/<int:listing_id>/retire/", listing_retire, name="listing_retire"),
]
