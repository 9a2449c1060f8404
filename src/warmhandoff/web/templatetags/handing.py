"""The select beside one thing that is handed over."""

from __future__ import annotations

from uuid import UUID

from django import template
from django.utils.safestring import SafeString

from warmhandoff.web.forms.members import HandOverForm

register = template.Library()


@register.simple_tag
def heir_of(form: HandOverForm, pk: UUID) -> SafeString:
    """The select for one thing, named for those who hear the page."""
    bound = form.rows[str(pk)]
    return bound.as_widget(attrs={"aria-label": str(bound.label)})
