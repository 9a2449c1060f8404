"""What the pages of one referral share: the door, the frame, and forms that keep what was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render

from warmhandoff.clients.queries import verbs_on
from warmhandoff.referrals.queries import ReferralPage, open_referral
from warmhandoff.rules.access import Verb
from warmhandoff.rules.refusals import BadInput, NotAllowed
from warmhandoff.web.context import practice
from warmhandoff.web.forms.problems import tell
from warmhandoff.web.requests import StaffRequest


@dataclass(frozen=True)
class Opened:
    """A referral whose door was passed, with the moment of the request in the practice's zone."""

    id: UUID
    page: ReferralPage
    zone: ZoneInfo
    here: datetime

    def context(self, **more: Any) -> dict[str, Any]:
        return {"page": self.page, "line": self.page.line, "now": self.here, "section": "referrals", **more}


@dataclass(frozen=True)
class Words:
    """A simple step in words: the page's heading, what stands above the form, and its button."""

    heading: str
    button: str
    lead: str = ""
    note: str = ""


def open_page(request: StaffRequest, referral_id: UUID, to: Verb = "see") -> Opened:
    """Through the door of one referral, with its audit row; NotThere for strangers.

    to: what sending the page's form needs. Whoever may only look is refused before the form is read.
    """
    page = open_referral(request.actor, referral_id, now=request.now)
    zone = ZoneInfo(practice(request).time_zone)
    opened = Opened(referral_id, page, zone, request.now.astimezone(zone))
    form_needs(request, opened, to)
    return opened


def form_needs(request: StaffRequest, opened: Opened, to: Verb) -> None:
    """Refuse whoever may look at the referral but not send this form; pages about a part of it find that part first."""
    if request.method == "POST" and to != "see" and to not in verbs_on(request.actor, opened.page.line.client_id):
        raise NotAllowed("This step is taken by those who care for the client.", subject=opened.id)


def attempt(form: forms.BaseForm, action: Callable[[], object], names: Mapping[str, str] | None = None) -> bool:
    """Do it, or put what was refused on the form. Other refusals go on to their own page."""
    try:
        action()
    except BadInput as refusal:
        tell(form, refusal, names)
        return False
    return True


def step(request: StaffRequest, opened: Opened, form: forms.BaseForm, words: Words, **more: Any) -> HttpResponse:
    """The page of a simple step; 422 where the form came back with something to mend."""
    context = opened.context(form=form, words=words, **more)
    return render(request, "desk/referrals/step.html", context, status=status_of(form))


def status_of(form: forms.BaseForm) -> int:
    return 422 if form.is_bound and form.errors else 200


def back(referral_id: UUID) -> HttpResponse:
    return redirect("referral", referral_id)


def can(page: ReferralPage, *moves: str) -> bool:
    """Whether the actor may make one of these moves now."""
    return any(move.code in moves for move in page.moves)


def seen_of(form: forms.BaseForm) -> int | None:
    return form.cleaned_data.get("seen")
