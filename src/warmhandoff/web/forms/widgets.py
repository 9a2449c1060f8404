"""Controls that Django does not have, drawn so that they work with a keyboard and without script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class SeveralSelects(forms.SelectMultiple):
    """A few answers out of many: plain selects under one name, with one left empty for the next.

    A select finds its entry by typing; eighty boxes to tick would bury the rest of the form.
    """

    use_fieldset = True

    def __init__(self, *, least: int = 2, most: int = 5, empty: str = "choose") -> None:
        super().__init__()
        self.least, self.most, self.empty = least, most, empty

    def render(self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: Any = None) -> SafeString:
        values = [str(one) for one in value or ()]
        count = max(len(values), min(self.most, max(self.least, len(values) + 1)))
        base = {**self.attrs, **(attrs or {})}
        drawn = [self._one(name, values[place] if place < len(values) else "", place, base) for place in range(count)]
        return format_html("<div>{}</div>", format_html_join("", "{}", ((one,) for one in drawn)))

    def _one(self, name: str, value: str, place: int, base: Mapping[str, Any]) -> SafeString:
        attrs = {key: part for key, part in base.items() if key not in ("id", "required", "multiple")}
        attrs |= {"id": self.id_for_label(str(base.get("id", "")), str(place)), "aria-label": f"Choice {place + 1}"}
        choices = [("", self.empty if place == 0 else "and ..."), *self.choices]
        return forms.Select(choices=choices).render(name, value, attrs)

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return f"{id_}_{index or 0}" if id_ else id_

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        given = data.getlist(name) if hasattr(data, "getlist") else data.get(name) or []
        return list(dict.fromkeys(one for one in given if one))
