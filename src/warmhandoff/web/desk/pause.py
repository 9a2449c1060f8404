"""The pause: questions for the clinician alone. Reading them and writing beside them leaves nothing behind."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from warmhandoff.accounts.queries import colleague
from warmhandoff.clients.queries import open_client, verbs_on
from warmhandoff.referrals import reflecting
from warmhandoff.rules.refusals import NotAllowed, NotNow
from warmhandoff.web.context import here, uses
from warmhandoff.web.desk.referral_common import attempt, status_of
from warmhandoff.web.requests import StaffRequest, posted


class PauseForm(forms.Form):
    """One box a question. The browser is asked not to remember what is typed."""

    def __init__(self, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        for name, question in reflecting.QUESTIONS.items():
            self.fields[name] = forms.CharField(
                label=question, required=False, max_length=reflecting.LONGEST,
                widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
            )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def client_pause(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """The questions, and what was kept of earlier pauses. A POST keeps this one.

    Where the practice has switched the pause off, what one kept before can still be read and thrown away.
    """
    client = open_client(request.actor, client_id, now=request.now)
    if "change" not in verbs_on(request.actor, client_id):
        raise NotAllowed("The pause is for those who care for the client.")
    on = uses(request, "pause")
    if not on and (request.method == "POST" or not reflecting.has_kept(request.actor, client_id)):
        raise NotNow("Your practice has switched the pause off.")
    form = PauseForm(posted(request))

    def keep() -> None:
        reflecting.keep(request.actor, client_id, form.cleaned_data, now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, keep):
        messages.success(request, "Kept, for you alone.")
        return redirect("client_pause", client_id)
    page = {
        "form": form, "on": on, "client": client, "section": "clients", "now": here(request),
        "kept": [
            (one, [(reflecting.QUESTIONS[name], words) for name, words in one.answers.items()])
            for one in reflecting.reflections(request.actor, client_id, now=request.now)
        ],
        "has_supervisor": colleague(request.actor.practice_id, request.actor.member).supervisor_id is not None,
    }  # fmt: skip
    return render(request, "desk/clients/pause.html", page, status=status_of(form))


@require_POST
def reflection_show(request: StaffRequest, client_id: UUID, reflection_id: UUID) -> HttpResponse:
    """Show it to one's supervisor, or take that back."""
    shown = request.POST.get("shown") == "yes"
    reflecting.show_supervisor(request.actor, client_id, reflection_id, shown=shown, now=request.now)
    messages.success(request, "Your supervisor may read it now." if shown else "It is yours alone again.")
    return redirect("client_pause", client_id)


@require_POST
def reflection_throw_away(request: StaffRequest, client_id: UUID, reflection_id: UUID) -> HttpResponse:
    """Erase it."""
    reflecting.throw_away(request.actor, client_id, reflection_id, now=request.now)
    messages.success(request, "Gone.")
    return redirect("client_pause", client_id)


urlpatterns = [
    path("clients/<uuid:client_id>/pause/", client_pause, name="client_pause"),
    path("clients/<uuid:client_id>/pause/<uuid:reflection_id>/show/", reflection_show, name="reflection_show"),
    path("clients/<uuid:client_id>/pause/<uuid:reflection_id>/throw-away/", reflection_throw_away,
         name="reflection_throw_away"),
]  # fmt: skip
