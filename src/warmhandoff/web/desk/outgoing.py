"""Messages: what left, what waits for a hand, and what could not leave."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from warmhandoff.clients import messages as letters
from warmhandoff.core.outbox import mail_works
from warmhandoff.web.context import here
from warmhandoff.web.requests import StaffRequest


@require_safe
def outgoing(request: StaffRequest) -> HttpResponse:
    lines = letters.list_messages(request.actor, now=request.now)
    page = {
        "now": here(request),
        "mail_works": mail_works(),
        "by_hand": [line for line in lines if line.state == "by_hand"],
        "failed": [line for line in lines if line.state == "failed"],
        "others": [line for line in lines if line.state not in ("by_hand", "failed")],
    }
    return render(request, "desk/outgoing/outgoing.html", page)


@require_POST
def outgoing_given(request: StaffRequest, message_id: UUID) -> HttpResponse:
    letters.given_by_hand(request.actor, message_id, now=request.now)
    messages.success(request, "Noted. The link is erased here; only whoever has it can use it.")
    return redirect("outgoing")


@require_POST
def outgoing_again(request: StaffRequest, message_id: UUID) -> HttpResponse:
    letters.try_again(request.actor, message_id, now=request.now)
    messages.success(request, "It is tried again now. Look here in a few minutes.")
    return redirect("outgoing")


@require_POST
def outgoing_drop(request: StaffRequest, message_id: UUID) -> HttpResponse:
    letters.drop(request.actor, message_id, now=request.now)
    messages.success(request, "It is not tried any more, and its link is erased here.")
    return redirect("outgoing")


urlpatterns = [
    path("messages/", outgoing, name="outgoing"),
    path("messages/<uuid:message_id>/given/", outgoing_given, name="outgoing_given"),
    path("messages/<uuid:message_id>/again/", outgoing_again, name="outgoing_again"),
    path("messages/<uuid:message_id>/drop/", outgoing_drop, name="outgoing_drop"),
]
