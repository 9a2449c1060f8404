"""The conversation about a referral: prepared, in tone and language; shared or printed; and logged when it was held."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.clients.queries import verbs_on
from warmhandoff.referrals import talking
from warmhandoff.rules.conversation import flags, notes, tone_of
from warmhandoff.rules.reading import hardest, measure
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow
from warmhandoff.web.desk.referral_common import Opened, Words, attempt, back, can, open_page, status_of, step
from warmhandoff.web.forms.conversation import WordsForm
from warmhandoff.web.forms.referrals import TalkForm
from warmhandoff.web.requests import StaffRequest, posted


@require_http_methods(["GET", "HEAD", "POST"])
def referral_talk(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Log that the referral was talked about."""
    opened = open_page(request, referral_id, "change")
    if request.method == "POST" and not can(opened.page, "talk"):
        raise NotNow("The log of conversations is switched off in this practice.")
    form = TalkForm(request.POST or None, initial={"held_on": opened.here.date(), "seen": opened.page.moves_made})

    def log() -> None:
        given = form.cleaned_data
        talking.log_conversation(
            request.actor, referral_id, held_on=given["held_on"], how=given["how"], beats=given["beats"],
            how_taken=given["how_taken"], now=request.now,
        )

    if request.method == "POST" and form.is_valid() and attempt(form, log):
        messages.success(request, "The conversation is in the record. The next step stays what it was.")
        return back(referral_id)
    words = Words("A conversation about it", "Log the conversation",
                  "Tick what was said; nothing here is required but the day.")
    return step(request, opened, form, words)


@require_http_methods(["GET", "HEAD", "POST"])
def referral_words(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """What to say, in two talks; the letter; her own first call. Drafted from the referral, kept where changed."""
    opened = open_page(request, referral_id, "change")
    view = talking.open_talk(request.actor, referral_id, now=request.now)
    form = WordsForm(posted(request), view=view)

    def keep() -> None:
        talking.keep_talk(
            request.actor, referral_id, form.facts(), form.texts(), seen=form.cleaned_data["seen"], now=request.now
        )

    if request.method == "POST" and form.is_valid() and attempt(form, keep):
        messages.success(request, "Kept with the referral.")
        return redirect("referral_words", referral_id)
    return _page(request, opened, view, form)


def _page(request: StaffRequest, opened: Opened, view: talking.TalkView, form: WordsForm) -> HttpResponse:
    language = view.facts.language
    shown = [_shown(form, name, language) for name in talking.TEXTS]
    verbs = verbs_on(request.actor, opened.page.line.client_id)
    context = opened.context(
        form=form, view=view, shown=shown, notes=notes(tone_of(view.reason, view.kind)),
        may_change=opened.page.line.state != "closed" and "change" in verbs,  # whether talks are logged or not
    )
    return render(request, "desk/referrals/words.html", context, status=status_of(form))


def _shown(form: WordsForm, name: str, language: str) -> dict[str, Any]:
    """One text with how hard it is to read, its hardest sentences, and the words in it that may hurt."""
    text = str(form[name].value() or "")
    level = measure(text, language)
    return {
        "field": form[name], "name": name, "level": level, "flags": flags(text, language),
        "hardest": hardest(text, language) if level.above_aim else [],
    }  # fmt: skip


@require_POST
def referral_words_share(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Put letter and call script on her page, or take them off it again."""
    opened = open_page(request, referral_id, "change")
    if request.POST.get("share") == "no":
        talking.unshare_letter(request.actor, referral_id, now=request.now)
        messages.success(request, "Taken off her page. What she printed stays hers.")
        return redirect("referral_words", referral_id)
    seen = request.POST.get("seen", "")
    view = talking.open_talk(request.actor, referral_id, now=request.now)
    try:
        number = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else -1
        talking.share_letter(request.actor, referral_id, seen=number, now=request.now)
    except BadInput as refusal:
        form = WordsForm(view=view)
        context = opened.context(form=form, view=view, shown=[_shown(form, name, view.facts.language)
                                 for name in talking.TEXTS], notes=notes(tone_of(view.reason, view.kind)),
                                 may_change=True, problems=[problem.reason for problem in refusal.problems])
        return render(request, "desk/referrals/words.html", context, status=422)
    messages.success(request, "She finds the letter and her call script on her page now.")
    return redirect("referral_words", referral_id)


def _pdf(request: StaffRequest, referral_id: UUID, name: str) -> HttpResponse:
    try:
        pdf = talking.talk_pdf(request.actor, referral_id, name, now=request.now)
    except BadInput as refusal:
        raise NotAllowed(f"This cannot be printed for her yet: {refusal.problems[0].reason}") from refusal
    return HttpResponse(pdf, "application/pdf", headers={"Content-Disposition": f'inline; filename="{name}.pdf"'})


@require_safe
def referral_letter_pdf(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    return _pdf(request, referral_id, "letter")


@require_safe
def referral_call_pdf(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    return _pdf(request, referral_id, "call")


_ONE = "referrals/<uuid:referral_id>/"
urlpatterns = [
    path(f"{_ONE}talk/", referral_talk, name="referral_talk"),
    path(f"{_ONE}words/", referral_words, name="referral_words"),
    path(f"{_ONE}words/share/", referral_words_share, name="referral_words_share"),
    path(f"{_ONE}letter.pdf", referral_letter_pdf, name="referral_letter_pdf"),
    path(f"{_ONE}call.pdf", referral_call_pdf, name="referral_call_pdf"),
]
