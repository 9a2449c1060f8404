"""Pages for colleagues without an account: behind a link, and in English like everything between professionals."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import translation


def without_account(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view that asks for no sign-in. What it shows, it has to ask its own session or link for."""

    @login_not_required
    @wraps(view)
    def shown(request: HttpRequest) -> HttpResponse:
        with translation.override("en"):
            return view(request)

    return shown
