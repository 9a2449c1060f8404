"""What was shared about the client, for herself: what went to whom, when, why and on what ground."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import path
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from warmhandoff.clients.accounting import shared_about_me
from warmhandoff.core.holding import Disclosure
from warmhandoff.rules.record import in_words
from warmhandoff.web.portal.door import ClientRequest, for_client, page
from warmhandoff.web.portal.words import plain


@for_client
@require_safe
def shared(request: ClientRequest) -> HttpResponse:
    lines = [_line(one) for one in shared_about_me(request.actor, now=request.now)]
    return page(request, "portal/shared.html", {"lines": lines})


def _line(one: Disclosure) -> dict[str, Any]:
    """In her words and language. To herself it is a copy, and needs no reason."""
    language = "es" if (get_language() or "en").startswith("es") else "en"
    return {
        "at": one.at, "to": one.to, "herself": one.ground == "right_of_access", "later": one.version > 1,
        "what": [plain("information_classes", code) for code in one.what], "released": one.ground == "release",
        "why": plain("purposes", one.purpose) if one.ground == "release" else in_words(one.ground, language),
    }


urlpatterns = [path("c/shared/", shared, name="portal_shared")]
