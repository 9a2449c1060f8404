"""The bridge: who holds a client until she is seen elsewhere, the evidence so far, and letting her go on a ground."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.accounts.ending_settings import set_notice_days
from warmhandoff.accounts.queries import colleagues
from warmhandoff.clients.queries import client_row, verbs_on
from warmhandoff.referrals import bridge_view, bridging
from warmhandoff.rules.refusals import NotAllowed, NotNow
from warmhandoff.web.context import here, practice
from warmhandoff.web.desk.referral_common import attempt, status_of
from warmhandoff.web.forms.bridge import BridgeForm, LetGoForm, NoticeForm, TryForm, initial_of_bridge
from warmhandoff.web.requests import StaffRequest, posted


def _door(request: StaffRequest, client_id: UUID) -> bridge_view.BridgeView:
    """Through her door; what is clinical is for those who care for her, and a form for those who may change it."""
    client_row(request.actor, client_id)
    verbs = verbs_on(request.actor, client_id)
    if "see_clinical" not in verbs or (request.method == "POST" and "change" not in verbs):
        raise NotAllowed("The bridge is kept by those who care for her.", subject=client_id)
    return bridge_view.bridge_of(request.actor, client_id, now=request.now)


def _zone(request: StaffRequest) -> ZoneInfo:
    return ZoneInfo(practice(request).time_zone)


def _form(request: StaffRequest, view: bridge_view.BridgeView, data: Any = None) -> BridgeForm:
    people = [(one.pk, one.user.name) for one in colleagues(request.actor)]
    return BridgeForm(
        data, team=view.holders, colleagues=people, initial=initial_of_bridge(view, _zone(request))
    )  # fmt: skip


def _page(request: StaffRequest, view: bridge_view.BridgeView, **forms: Any) -> HttpResponse:
    form = forms.get("form") or _form(request, view)
    trying = forms.get("trying") or TryForm(initial={"on": view.today})
    context = {
        "view": view, "form": form, "trying": trying, "now": here(request), "section": "clients",
        "may_change": "change" in verbs_on(request.actor, view.client_id),
    }
    bad = status_of(form) == 422 or status_of(trying) == 422
    return render(request, "desk/bridge/bridge.html", context, status=422 if bad else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def client_bridge(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """The page; by POST what is written down of how she is held."""
    view = _door(request, client_id)
    if request.method != "POST":
        return _page(request, view)
    form = _form(request, view, posted(request))

    def keep() -> None:
        bridging.keep_bridge(request.actor, client_id, form.facts(_zone(request)),
                             seen=form.cleaned_data["seen"] or 0, now=request.now)

    if form.is_valid() and attempt(form, keep):
        messages.success(request, "Written down.")
        return redirect("client_bridge", client_id)
    return _page(request, view, form=form)


@require_POST
def client_bridge_try(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """One try to reach her."""
    view = _door(request, client_id)
    form = TryForm(posted(request))

    def log() -> None:
        given = form.cleaned_data
        bridging.log_try(request.actor, client_id, on=given["on"], way=given["way"], words=given["words"],
                         now=request.now)

    if form.is_valid() and attempt(form, log):
        messages.success(request, "In the record.")
        return redirect("client_bridge", client_id)
    return _page(request, view, trying=form)


@require_http_methods(["GET", "HEAD", "POST"])
def client_let_go(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """Care here ends, on a ground."""
    view = _door(request, client_id)
    if view.ended_at is not None:
        raise NotNow("Care here has ended already.")
    form = LetGoForm(posted(request))

    def end() -> None:
        given = form.cleaned_data
        bridging.let_go(request.actor, client_id, ground=given["ground"], words=given["words"], now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, end):
        messages.success(request, "Care here has ended. Releases that end with it have ended too.")
        return redirect("client_bridge", client_id)
    context = {"view": view, "form": form, "now": here(request), "section": "clients"}
    return render(request, "desk/bridge/let_go.html", context, status=status_of(form))


@require_POST
def client_again(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """Care here begins again."""
    _door(request, client_id)
    bridging.take_up_again(request.actor, client_id, now=request.now)
    messages.success(request, "Care goes on. Releases that ended with it stay ended: she signs new ones.")
    return redirect("client_bridge", client_id)


@require_safe
def client_bridge_pdf(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """The same on paper. Its name says nothing."""
    _door(request, client_id)
    pdf = bridge_view.bridge_pdf(request.actor, client_id, now=request.now)
    return HttpResponse(pdf, "application/pdf", headers={"Content-Disposition": 'inline; filename="record.pdf"'})


@require_http_methods(["GET", "HEAD", "POST"])
def practice_ending(request: StaffRequest) -> HttpResponse:
    """How many days of notice the practice gives."""
    if "policy" not in request.actor.verbs("practice"):
        raise NotAllowed("This is decided by an administrator of the practice.")
    form = NoticeForm(posted(request), initial={"notice_days": practice(request).notice_days})

    def change() -> None:
        set_notice_days(request.actor, form.cleaned_data["notice_days"], now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, change):
        messages.success(request, "Saved.")
        return redirect("practice_ending")
    page = {"form": form, "section": "colleagues"}
    return render(request, "desk/practice/ending.html", page, status=status_of(form))


_ONE = "clients/<uuid:client_id>/bridge/"
urlpatterns = [
    path(_ONE, client_bridge, name="client_bridge"),
    path(f"{_ONE}try/", client_bridge_try, name="client_bridge_try"),
    path(f"{_ONE}let-go/", client_let_go, name="client_let_go"),
    path(f"{_ONE}again/", client_again, name="client_again"),
    path(f"{_ONE}bridge.pdf", client_bridge_pdf, name="client_bridge_pdf"),
    path("practice/ending/", practice_ending, name="practice_ending"),
]
