"""The jump box: to a client, a referral, a listing or an action. What is typed comes in a POST body."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from warmhandoff.clients.queries import alike, list_clients
from warmhandoff.directory.browsing import listings
from warmhandoff.referrals.queries import find_referrals
from warmhandoff.web.context import here
from warmhandoff.web.desk.today import may_add
from warmhandoff.web.requests import StaffRequest

EACH = 5
LEAST = 2  # letters; with fewer everything fits, and everything would be opened


@dataclass(frozen=True)
class Link:
    label: str
    hint: str
    url: str


_ACTIONS = (
    ("Today", "what needs you", "today"), ("Find someone", "search without a client", "find_someone"),
    ("Clients", "everyone you see", "clients"), ("Referrals", "all of them", "referrals"),
    ("Inbox", "referrals to you", "inbox"), ("Log a call", "a referral that reached you", "inbox_log"),
    ("Network", "people and services", "listings"), ("Messages", "what left, what waits", "outgoing"),
    ("Members", "of the practice, and inviting", "colleagues"),
    ("Your account", "password, second factor, sessions", "account"),
    ("Who may do what", "roles and what they give", "permissions"), ("Crisis help", "988 and 911", "crisis"),
)  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def jump(request: StaffRequest) -> HttpResponse:
    words = request.POST.get("q", "").strip()[:200]
    links = links_for(request, words) if len(words) >= LEAST else []
    if request.accepts("application/json") and not request.accepts("text/html"):
        return JsonResponse({"links": [asdict(link) for link in links]})
    return render(request, "desk/jump/jump.html", {"links": links, "words": words})


def links_for(request: StaffRequest, words: str) -> list[Link]:
    """Actions first, then clients, referrals and listings that hold every word."""
    return [
        *_actions(request, words),
        *_clients(request, words),
        *_referrals(request, words),
        *_listings(request, words),
    ]


def _actions(request: StaffRequest, words: str) -> list[Link]:
    wanted = words.casefold().split()
    actions = [*_ACTIONS, *([("Add a client", "a name is enough", "client_add")] if may_add(request) else [])]
    return [
        Link(label, hint, reverse(name))
        for label, hint, name in actions
        if all(word in label.casefold() for word in wanted)
    ]


def _clients(request: StaffRequest, words: str) -> list[Link]:
    """Whom exactly this name, telephone or e-mail belongs to, also spelled without its accents; then by words."""
    exact = alike(request.actor, name=words, phone=words, email=words, now=request.now)
    known = {line.id for line in exact}
    found = [line for line in list_clients(request.actor, now=request.now, words=words) if line.id not in known]
    return [Link(line.name, "client", reverse("client", args=[line.id])) for line in [*exact, *found][:EACH]]


def _referrals(request: StaffRequest, words: str) -> list[Link]:
    found = find_referrals(request.actor, words=words, now=request.now, limit=EACH)
    return [
        Link(
            f"{line.initials} {line.title}",
            f"referral, {line.state_label.lower()}",
            reverse("referral", args=[line.id]),
        )
        for line in found
    ]


def _listings(request: StaffRequest, words: str) -> list[Link]:
    found = listings(request.actor, today=here(request).date(), scope="all", words=words).lines[:EACH]
    return [
        Link(
            line.name,
            ", ".join(part for part in (line.kind_label, line.place) if part),
            reverse("listing", args=[line.id]),
        )
        for line in found
    ]


urlpatterns = [path("jump/", jump, name="jump")]
