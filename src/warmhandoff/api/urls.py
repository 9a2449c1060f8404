"""Addresses of the API, from the table: one for each path, whatever its methods."""

from __future__ import annotations

from django.urls import URLPattern, path

from warmhandoff.api.door import Route
from warmhandoff.api.table import by_path

urlpatterns: list[URLPattern] = [
    path(address.replace("{", "<int:").replace("}", ">"), Route(lines), name=f"api_{next(iter(lines.values())).name}")
    for address, lines in by_path()
]
