"""The locked view of one who signs beside the client, or in her place, on the clinician's device.

A session of its own: it opens the one release and nothing of the client's pages. It ends as theirs does.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from warmhandoff.clients.signatures import SignerPage, own_signature, signer_actor, signer_page, take_signature_back
from warmhandoff.core import audit
from warmhandoff.referrals import choosing, sending
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, Refusal
from warmhandoff.web import signed_in
from warmhandoff.web.portal import session
from warmhandoff.web.portal.door import ClientRequest, mend, page, refused
from warmhandoff.web.portal.forms import SignForm

KEY = "signer"


def start(request: Any, actor: Actor, language: str) -> None:
    """Begin it on the device that is handed over. Whatever session there was, the staff member's above all, ends."""
    signed_in.leave(request)
    request.session.cycle_key()
    moment = request.now.isoformat()
    request.session[KEY] = {"signer": str(actor.signer_id), "started_at": moment, "last_at": moment}
    request.session[session.LANGUAGE] = language


def actor_of(request: Any) -> Actor | None:
    """Who signs in this session, or None where there is none any more; every look prolongs it a little."""
    held, now = request.session.get(KEY), request.now
    if held is None:
        return None
    started, last = datetime.fromisoformat(held["started_at"]), datetime.fromisoformat(held["last_at"])
    over = now - last > session.IDLE or now - started > session.LONGEST
    try:
        actor = None if over or request.user.is_authenticated else signer_actor(UUID(held["signer"]))
    except NotThere:
        actor = None
    if actor is None:
        del request.session[KEY]
        return None
    request.session[KEY] = {**held, "last_at": now.isoformat()}
    return actor


def _for_signer(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @login_not_required
    @wraps(view)
    def guarded(request: Any) -> HttpResponse:
        session.speak(request)
        actor = actor_of(request)
        if actor is None:
            return page(request, "portal/ended.html", status=404)
        request.actor = actor
        try:
            return view(request, signer_page(actor, now=request.now))
        except Refusal as refusal:
            audit.record_refusal(actor, refusal, now=request.now)
            return refused(request, refusal)

    return guarded


def _show(request: HttpRequest, shown: SignerPage, form: SignForm, *, status: int = 200) -> HttpResponse:
    context = {"shown": shown, "release": shown.release, "form": form, "inside": True, "on_device": True}
    return page(request, "portal/signer.html", context, status=status, zone=shown.zone)


@require_http_methods(["GET", "HEAD", "POST"])
@_for_signer
def signer(request: ClientRequest, shown: SignerPage) -> HttpResponse:
    """Read the release, and sign it in one's own name."""
    form = SignForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _show(request, shown, form)
    if not form.is_valid():
        return _show(request, shown, form, status=422)
    signature = own_signature(request.actor, form.cleaned_data["signed_name"])
    try:
        choosing.sign(request.actor, _referral(shown), shown.release.id, signature, now=request.now)
    except BadInput as refusal:
        mend(form, refusal)
        return _show(request, shown, form, status=422)
    several = len(shown.release.waits_for) > 1
    messages.success(request, _("You signed. It counts once the others have signed too.") if several
                     else _("You signed. You can take this back at any time: tell the office."))  # fmt: skip
    return redirect("signer")


def _referral(shown: SignerPage) -> UUID:
    if shown.release.referral_id is None:
        raise NotNow("This release is signed on paper.")
    return shown.release.referral_id


@require_http_methods(["GET", "HEAD", "POST"])
@_for_signer
def signer_take_back(request: ClientRequest, shown: SignerPage) -> HttpResponse:
    """Take one's signature back, after a page that says what this does: nothing more leaves, whoever else signed."""
    if shown.mine.signed_at is None or shown.mine.withdrawn_at or shown.release.revoked_at:
        raise NotThere
    if request.method != "POST":
        context = {"shown": shown, "release": shown.release, "inside": True, "on_device": True}
        return page(request, "portal/signer_take_back.html", context, zone=shown.zone)
    reached: list[str] = []
    if shown.release.signed_at:
        reached = sending.revoke(request.actor, _referral(shown), shown.release.id, now=request.now)
    else:
        take_signature_back(request.actor, shown.release.id, now=request.now)
    messages.success(request, _("You took it back. Nothing more is shared from now on."))
    if reached:
        names = {"names": ", ".join(dict.fromkeys(reached))}
        messages.warning(request, _("This was sent before and cannot be called back: %(names)s.") % names)
    return redirect("signer")


urlpatterns = [
    path("c/sign/", signer, name="signer"),
    path("c/sign/take-back/", signer_take_back, name="signer_take_back"),
]
