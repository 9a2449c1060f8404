"""Psychotherapy notes: the page of their author. It is there only where the practice has switched it on."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from warmhandoff.clients import notes_authorization, process_notes
from warmhandoff.clients.queries import open_client
from warmhandoff.clients.releasing import usual_days
from warmhandoff.rules.refusals import NotThere
from warmhandoff.web.context import here, practice
from warmhandoff.web.desk.referral_common import attempt, status_of
from warmhandoff.web.forms.need import choices_of
from warmhandoff.web.requests import StaffRequest, posted


class NoteForm(forms.Form):
    text = forms.CharField(
        label="Note", max_length=process_notes.LONGEST, widget=forms.Textarea(attrs={"rows": 8}),
        help_text="Only you can read it. It goes into no packet, no search and no copy of the record.",
    )


class AuthorizationForm(forms.Form):
    """An authorization for these notes that was signed on paper."""

    recipient = forms.CharField(label="For whom", max_length=300)
    purpose = forms.ChoiceField(label="What for", choices=lambda: choices_of("purposes"))
    expires_on = forms.DateField(label="Last day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    signed_name = forms.CharField(label="Name as it is signed", max_length=200)
    identity = forms.CharField(label="How you know who signed", max_length=300)


@require_http_methods(["GET", "HEAD", "POST"])
def client_notes(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """One's own notes about a client, and a new one."""
    _must_be_kept(request, client_id)
    form = NoteForm(posted(request))

    def write() -> None:
        process_notes.write_note(request.actor, client_id, form.cleaned_data["text"], now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, write):
        messages.success(request, "Kept. Only you can read it.")
        return redirect("client_notes", client_id)
    card = open_client(request.actor, client_id, now=request.now)
    page = {
        "card": card, "form": form, "notes": process_notes.own_notes(request.actor, client_id, now=request.now),
        "elsewhere": process_notes.KEPT_ELSEWHERE, "now": here(request), "section": "clients",
    }
    return render(request, "desk/clients/notes.html", page, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
def client_note(request: StaffRequest, client_id: UUID, note_id: UUID) -> HttpResponse:
    """One note of one's own, to be changed."""
    _must_be_kept(request, client_id)
    notes = process_notes.own_notes(request.actor, client_id, now=request.now)
    note = next((one for one in notes if one.id == note_id), None)
    if note is None:
        raise NotThere(subject=note_id)
    form = NoteForm(posted(request), initial={"text": note.text})

    def change() -> None:
        process_notes.change_note(request.actor, client_id, note_id, form.cleaned_data["text"], now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, change):
        messages.success(request, "Changed.")
        return redirect("client_notes", client_id)
    card = open_client(request.actor, client_id, now=request.now)
    page = {"card": card, "form": form, "section": "clients"}
    return render(request, "desk/clients/note.html", page, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
def client_notes_release(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """Keep an authorization for these notes: never one with another, and nothing is sent on it from here."""
    _must_be_kept(request, client_id)
    last = here(request).date() + timedelta(days=usual_days(practice(request)))
    form = AuthorizationForm(posted(request), initial={"expires_on": last})

    def record() -> None:
        given = notes_authorization.NotesAuthorization(**form.cleaned_data)
        notes_authorization.record_authorization(request.actor, client_id, given, now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, record):
        messages.success(request, "Kept with her releases.")
        return redirect("client_releases", client_id)
    card = open_client(request.actor, client_id, now=request.now)
    page = {"card": card, "form": form, "section": "clients"}
    return render(request, "desk/clients/notes_release.html", page, status=status_of(form))


def _must_be_kept(request: StaffRequest, client_id: UUID) -> None:
    """The door: those who care for her, where the practice keeps such notes; else as if it were not there."""
    if not process_notes.are_kept(request.actor, client_id):
        raise NotThere(subject=client_id)


urlpatterns = [
    path("clients/<uuid:client_id>/notes/", client_notes, name="client_notes"),
    path("clients/<uuid:client_id>/notes/authorization/", client_notes_release, name="client_notes_release"),
    path("clients/<uuid:client_id>/notes/<uuid:note_id>/", client_note, name="client_note"),
]
