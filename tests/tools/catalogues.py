"""Take the words of the pages for clients and recipients into the Spanish catalogue, and compile it.

    ./run python -m tests.tools.catalogues            mend the catalogue after texts were changed
    ./run python -m tests.tools.catalogues --check    say what is missing, change nothing

Words that are new come in empty, words that went are dropped; what was translated stays. There is no guessing
(fuzzy matching): a translation is a person's.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from warmhandoff.rules.vocab import vocabulary

WEB = Path(__file__).parents[2] / "src" / "warmhandoff" / "web"
CATALOGUE = WEB / "locale" / "es" / "LC_MESSAGES" / "django.po"
# The desk's own pages are in English alone.
CODE = ("portal", "reply", "templatetags", "link_forms")
TEMPLATES = ("base", "parts", "errors", "portal", "reply")
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
_ORIGIN = datetime(2026, 11, 22, tzinfo=UTC)  # the same words give the same file on every day


def sources() -> Iterator[tuple[str, str]]:
    """Every file with words, relative to the web folder, and its text as Python source."""
    for folder in CODE:
        for path in sorted((WEB / folder).rglob("*.py")) or [WEB / f"{folder}.py"]:
            yield str(path.relative_to(WEB)), path.read_text(encoding="utf-8")
    for folder in TEMPLATES:
        for path in sorted((WEB / "templates" / folder).rglob("*.html")):
            yield str(path.relative_to(WEB)), templatize(path.read_text(encoding="utf-8"), origin=path.name)


def extracted() -> Catalog:
    """The words of the pages, without translations."""
    found = Catalog(
        locale="es", project="Warm Handoff", version="1", charset="utf-8", creation_date=_ORIGIN,
        revision_date=_ORIGIN, header_comment="# Spanish words of the pages for clients and recipients.", fuzzy=False,
        msgid_bugs_address="none", last_translator="Warm Handoff", language_team="es",
    )  # fmt: skip
    for name, text in sources():
        reading = BytesIO(text.encode())
        options = {"encoding": "utf-8"}
        for _line, message, _comments, context in extract("python", reading, keywords=KEYWORDS, options=options):
            found.add(message, locations=[(name, 0)], context=context, flags=_flags(message))
    reasons = vocabulary("decline_reasons")
    for code in reasons:
        found.add(reasons.label(code), locations=[("reply/views.py", 0)])
    return found


def _flags(message: str | tuple[str, ...]) -> set[str]:
    text = message if isinstance(message, str) else message[0]
    return {"python-format"} if "%(" in text else set()


def kept() -> Catalog:
    """The catalogue as it lies in the tree."""
    if not CATALOGUE.exists():
        return Catalog(locale="es")
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="es")


def merged(words: Catalog, old: Catalog) -> Catalog:
    """The words of the pages with the translations there are."""
    for message in words:
        known = old.get(message.id, context=message.context) if message.id else None
        if known is not None and not known.fuzzy:
            message.string = known.string
    return words


def missing(catalogue: Catalog) -> list[str]:
    """Words without a translation."""
    found = []
    for message in catalogue:
        words = [message.string] if isinstance(message.string, str) else list(message.string or [""])
        if message.id and not all(words):
            found.append(str(message.id))
    return found


def as_po(catalogue: Catalog) -> bytes:
    file = BytesIO()
    write_po(file, catalogue, width=110, sort_output=True, include_lineno=False, omit_header=False)
    return file.getvalue()


def as_mo(catalogue: Catalog) -> bytes:
    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def stale() -> list[str]:
    """What the committed catalogue lacks or has too much, a line each; empty when it is as the pages are."""
    words, old = extracted(), kept()
    now = {(m.context, m.id) for m in words if m.id}
    had = {(m.context, m.id) for m in old if m.id}
    said = StringIO()
    for _context, message in sorted(now - had, key=repr):
        said.write(f"not in the catalogue: {message!r}\n")
    for _context, message in sorted(had - now, key=repr):
        said.write(f"no longer on any page: {message!r}\n")
    compiled = CATALOGUE.with_suffix(".mo")
    if not compiled.exists() or compiled.read_bytes() != as_mo(old):
        said.write("the compiled catalogue is not what the catalogue says\n")
    return said.getvalue().splitlines()


def main() -> int:
    if "--check" in sys.argv:
        found = [*stale(), *(f"no Spanish for {text}" for text in missing(kept()))]
        print("\n".join(found) or "The catalogue is whole.")
        return 1 if found else 0
    catalogue = merged(extracted(), kept())
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_bytes(as_po(catalogue))
    CATALOGUE.with_suffix(".mo").write_bytes(as_mo(kept()))
    gaps = missing(catalogue)
    print("\n".join(f"no Spanish for {text}" for text in gaps) or "The catalogue is whole.")
    return 1 if gaps else 0


if __name__ == "__main__":
    raise SystemExit(main())
