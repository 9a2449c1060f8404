"""One member: what she does here and who supervises her; and her leaving, with everything she holds."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from warmhandoff.accounts import queries as accounts
from warmhandoff.accounts import roles
from warmhandoff.referrals import handing_over
from warmhandoff.rules.refusals import BadInput, NotNow
from warmhandoff.web.confirming import confirm_first
from warmhandoff.web.context import here
from warmhandoff.web.desk.practice import roles_in_words
from warmhandoff.web.forms.members import HandOverForm, MemberForm, People
from warmhandoff.web.forms.problems import tell
from warmhandoff.web.requests import StaffRequest, posted


def _people(request: StaffRequest, *, but: UUID, role: str = "") -> People:
    """Colleagues to choose from: everyone who is there, or those with a role."""
    rows = accounts.colleagues(request.actor)
    return [(row.pk, row.user.name) for row in rows if row.pk != but and (not role or role in row.roles)]


@require_http_methods(["GET", "HEAD", "POST"])
@confirm_first
def member(request: StaffRequest, membership_id: UUID) -> HttpResponse:
    """Roles, credentials and supervisor of one member, for an administrator."""
    found = accounts.open_member(request.actor, membership_id)
    if request.method == "POST" and found.left_at is not None:
        raise NotNow(f"{found.name} has left. She can be invited again.")
    initial = {"roles": list(found.roles), "credentials": found.credentials, "supervisor": found.supervisor or ""}
    form = MemberForm(posted(request), initial=initial, supervisors=_people(request, but=found.id, role="supervisor"))
    if request.method == "POST" and form.is_valid():
        try:
            roles.change_member(request.actor, membership_id, form.facts(), now=request.now)
        except BadInput as refusal:
            tell(form, refusal)
        except NotNow as refusal:
            form.add_error("roles", refusal.message)
        else:
            messages.success(request, "Saved. It holds from the next page they open.")
            return redirect("member", membership_id)
    page = {
        "member": found,
        "roles": roles_in_words(found.roles),
        "me": found.id == request.actor.membership_id,
        "form": form,
        "now": here(request),
        "section": "colleagues",
        "alone": accounts.is_solo(request.actor.practice_id),
    }
    return render(request, "desk/practice/member.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@confirm_first
def member_leaving(request: StaffRequest, membership_id: UUID) -> HttpResponse:
    """What a member holds; it is handed over and her membership ended in one step. Who left already: handed over."""
    held = handing_over.holdings(request.actor, membership_id, now=request.now)
    form = HandOverForm(
        posted(request), held=held, initial={"heir": held.supervisor or ""},
        colleagues=_people(request, but=membership_id),
        supervisors=_people(request, but=membership_id, role="supervisor"),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        stays = "stay" in request.POST and not held.left
        try:
            if stays:
                handing_over.hand_on(request.actor, membership_id, form.some(), now=request.now)
            else:
                handing_over.hand_over(
                    request.actor, membership_id, form.plan(), now=request.now, leave=not held.left
                )  # fmt: skip
        except BadInput as refusal:
            tell(form, refusal)
        else:
            if stays:
                messages.success(request, f"Handed over. {held.name} stays a member.")
                return redirect("member_leaving", membership_id)
            done = "Handed over." if held.left else f"{held.name} has left. Her next page is the sign-in page."
            messages.success(request, done)
            return redirect("today" if membership_id == request.actor.membership_id else "colleagues")
    page = {"held": held, "form": form, "now": here(request), "section": "colleagues"}
    return render(request, "desk/practice/leaving.html", page, status=422 if form.errors else 200)


_ONE = "practice/members/<uuid:membership_id>/"
urlpatterns = [
    path(_ONE, member, name="member"),
    path(f"{_ONE}leaving/", member_leaving, name="member_leaving"),
]
