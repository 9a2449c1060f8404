"""What the web server calls: Django's own handler, but no encoding of a sender's choice is looked up."""

from __future__ import annotations

import re
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.http.response import HttpResponseBase

_CHARSET = re.compile(r";\s*charset\s*=[^;]*", re.IGNORECASE)


class Entrance(WSGIHandler):
    """Only UTF-8 is spoken here. A name like "hex" would break the request before any code of ours could answer."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> HttpResponseBase:
        environ["CONTENT_TYPE"] = _CHARSET.sub("", environ.get("CONTENT_TYPE") or "")
        return super().__call__(environ, start_response)
