"""Who looked: the audit of the practice for its administrators, and of one client for those who may see her."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from warmhandoff.accounts.api_clients import names_of_api_clients
from warmhandoff.accounts.queries import names_of_members
from warmhandoff.clients import queries as clients
from warmhandoff.core.looking import Asked, Looks, entries
from warmhandoff.web.context import here
from warmhandoff.web.desk.audit_words import verbs, what, who
from warmhandoff.web.requests import StaffRequest


class AuditForm(forms.Form):
    """Which entries. What cannot be understood is left out rather than refused: it came from an address."""

    member = forms.UUIDField(required=False)
    verb = forms.CharField(required=False, max_length=40)
    clientless = forms.BooleanField(required=False)
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62)

    def asked(self) -> Asked:
        self.is_valid()
        given = self.cleaned_data
        return Asked(
            given.get("member"), given.get("verb", ""), bool(given.get("clientless")), given.get("before")
        )


@require_safe
def audit(request: StaffRequest) -> HttpResponse:
    asked = AuditForm(request.GET).asked()
    looks = entries(request.actor, asked, now=request.now)
    kept = {"member": asked.membership_id or "", "verb": asked.verb, "clientless": "on" if asked.clientless else ""}
    page = {
        **_page(request, looks, {name: value for name, value in kept.items() if value}),
        "asked": asked,
        "members": _names(request).items(),
        "verbs": verbs(),
        "section": "colleagues",
    }
    return render(request, "desk/audit/practice.html", page)


@require_safe
def client_looked(request: StaffRequest, client_id: UUID) -> HttpResponse:
    asked = AuditForm(request.GET).asked()
    looks = clients.who_looked(request.actor, client_id, now=request.now, before=asked.before)
    page = {**_page(request, looks, {}), "client_id": client_id, "section": "clients"}
    return render(request, "desk/audit/client.html", page)


def _names(request: StaffRequest) -> dict[UUID, str]:
    """Members and programs: whoever an entry of the practice can name."""
    programs = names_of_api_clients(request.actor.practice_id)
    return names_of_members(request.actor.practice_id) | {key: f"{name} (program)" for key, name in programs.items()}


def _page(request: StaffRequest, looks: Looks, kept: dict[str, Any]) -> dict[str, Any]:
    """Lines in words, and the way to older ones with the same filter."""
    names = _names(request)
    return {
        "now": here(request),
        "lines": [(look, who(look, names), what(look)) for look in looks.lines],
        "older": "?" + urlencode({**kept, "before": looks.older}) if looks.older else "",
        "newest": "?" + urlencode(kept) if request.GET.get("before") else "",
    }


urlpatterns = [
    path("practice/audit/", audit, name="audit"),
    path("clients/<uuid:client_id>/looked/", client_looked, name="client_looked"),
]
