"""One's own calendar: an address that calendar programs ask, and the answer they get."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from warmhandoff.accounts import calendar_feeds
from warmhandoff.core import clock
from warmhandoff.core.addresses import address_of
from warmhandoff.referrals.joint import appointments_of_member
from warmhandoff.rules.appointments import WORK, calendar
from warmhandoff.rules.calendar import MEDIA_TYPE
from warmhandoff.web.confirming import confirm_first
from warmhandoff.web.context import here
from warmhandoff.web.requests import StaffRequest


@require_http_methods(["GET", "HEAD", "POST"])
@confirm_first
def account_calendar(request: StaffRequest) -> HttpResponse:
    """Make an address (shown this once), make another, or end it."""
    link = ""
    if request.method == "POST":
        if request.POST.get("do") == "end":
            calendar_feeds.end_feed(request.actor, now=request.now)
            messages.success(request, "The address opens nothing any more.")
            return redirect("account_calendar")
        token = calendar_feeds.make_feed(request.actor, now=request.now)
        link = f"{settings.BASE_URL}/calendar/{token}.ics"
    feed = calendar_feeds.feed_of(request.actor)
    page = {"link": link, "feed": feed, "now": here(request), "section": "account"}
    return render(request, "desk/account/calendar.html", page)


@login_not_required
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """What a calendar program gets: times of appointments, for whoever knows the address. No account, no session."""
    now = getattr(request, "now", None) or clock.now()
    actor = calendar_feeds.actor_behind(token, now=now, address=address_of(request))
    body = calendar(appointments_of_member(actor, now=now), summary=WORK)
    return HttpResponse(body, MEDIA_TYPE, headers={"Referrer-Policy": "no-referrer"})


urlpatterns = [
    path("account/calendar/", account_calendar, name="account_calendar"),
    path("calendar/<str:token>.ics", calendar_feed, name="calendar_feed"),
]
