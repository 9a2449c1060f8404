"""Opens one file that came from outside, in a process of its own with little memory and little time (core/uploads.py).

Run as a script: the kind as its argument, the bytes on its input. It answers with the clean bytes and 0, or with the
name of a fault and 3; whatever else happens (no memory, no time, a decoder that falls over) is a refusal as well.
Nothing of the product is imported here, so that the process starts quickly and has nothing to lose.
"""

from __future__ import annotations

import io
import re
import sys
import zlib
from collections.abc import Iterator
from typing import Any

MEMORY = 640 * 1024 * 1024  # of addresses; a third of it is never touched
SECONDS = 4  # of the processor
MOST_PIXELS = 40_000_000  # a page at 600 dots an inch
MOST_PLANES = 100_000_000  # bytes of an opened picture
MOST_OBJECTS = 20_000
MOST_PAGES = 100
MOST_INFLATED = 96 * 1024 * 1024
REFUSED = 3
_RUNS = ("/JavaScript", "/JS", "/Launch", "/AA", "/RichMedia", "/XFA", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE",
         "/Movie", "/Sound", "/Rendition")
_CARRIES = ("/EmbeddedFile", "/EmbeddedFiles", "/EF", "/AF", "/Collection")
# Marks of other kinds of files within this one. Long enough not to occur by chance in ten million bytes.
_OTHERS = re.compile(rb"<\?php|<script|<html|<svg|<iframe|javascript:|#!/bin/|EICAR-STANDARD-ANTIVIRUS", re.IGNORECASE)
_ARCHIVE_ENDS = b"PK\x05\x06"


class Refused(Exception):
    """The name of a fault; core/uploads.py has its sentence."""


def examine(kind: str, data: bytes) -> bytes:
    """The bytes to keep of a file of this kind (pdf, png, jpeg). Refused with the name of the fault.

    Decoders raise whatever they like on what is not theirs: that ends the process, which is a refusal too.
    """
    if _OTHERS.search(data) or _ARCHIVE_ENDS in data[-66_000:]:
        raise Refused("two_kinds")
    return _pdf(data) if kind == "pdf" else _picture(kind, data)


# --- pictures


def _picture(kind: str, data: bytes) -> bytes:
    """Decode every pixel and write a new file of them alone: no place, camera, comment or hidden tail comes along."""
    import warnings

    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    _ends_where_it_ends(kind, data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd metadata, which is dropped; sizes are looked at below
        with Image.open(io.BytesIO(data), formats=[kind.upper()]) as opened:
            width, height = opened.size
            if width * height > MOST_PIXELS or width * height * len(opened.getbands()) > MOST_PLANES:
                raise Refused("too_many_pixels")
            if kind == "png" and getattr(opened, "n_frames", 1) != 1:
                raise Refused("moving")
            opened.load()
            upright = ImageOps.exif_transpose(opened)
            plain = _on_white(upright if upright is not None else opened)
    clean = io.BytesIO()
    if kind == "png":
        plain.save(clean, "PNG", compress_level=3)
    else:
        plain.save(clean, "JPEG", quality=90)
    return clean.getvalue()


def _on_white(picture: Any) -> Any:
    """Grey or coloured, without a see-through plane, and without what the file said beside the pixels."""
    from PIL import Image

    if "A" in picture.getbands() or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        picture = Image.new("RGB", layer.size, "white")
        picture.paste(layer, mask=layer.getchannel("A"))
    plain = picture if picture.mode in ("L", "RGB") else picture.convert("L" if picture.mode == "1" else "RGB")
    plain.info = {}
    return plain


def _ends_where_it_ends(kind: str, data: bytes) -> None:
    """Nothing stands behind the picture's own end, where another file could hide."""
    if kind == "jpeg":
        if not data.rstrip(b"\0").endswith(b"\xff\xd9"):
            raise Refused("two_kinds" if b"\xff\xd9" in data else "broken")
        return
    place = 8
    while place + 12 <= len(data):
        length, name = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        place += 12 + length
        if name == b"IEND":
            break
    else:
        raise Refused("broken")
    if place != len(data):
        raise Refused("two_kinds" if place < len(data) else "broken")


# --- PDF


def _pdf(data: bytes) -> bytes:
    """Look at every object of the file, also at those nothing points to. The file itself stays as it is."""
    import logging

    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)  # it quotes what it reads
    _has_its_end(data)
    _look_at_text(data)
    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted or "/Encrypt" in reader.trailer:
        raise Refused("encrypted")
    left = [MOST_INFLATED]
    for thing in _objects(reader):
        _look_at(thing, left, 0)
    pages = len(reader.pages)
    if not 1 <= pages <= MOST_PAGES:
        raise Refused("too_many_pages" if pages else "broken")
    for page in reader.pages:
        page.mediabox  # noqa: B018 - a page without a size does not open anywhere
    return data


def _has_its_end(data: bytes) -> None:
    end = data.rfind(b"%%EOF")
    start = re.search(rb"startxref\s+(\d+)\s+%%EOF", data[max(0, end - 64) :])
    if end < 0 or start is None or not 0 < int(start[1]) < len(data):
        raise Refused("broken")
    if data[end + 5 :].strip(b"\r\n\t \0"):
        raise Refused("two_kinds")


def _look_at_text(data: bytes) -> None:
    """A second net, over the bytes: names in any spelling (#4a for J), also where no object tells of them."""
    names = re.compile(rb"/[A-Za-z#0-9]+")
    for found in names.finditer(data):
        _name(re.sub(rb"#([0-9A-Fa-f]{2})", lambda two: bytes([int(two[1], 16)]), found[0]).decode("latin-1"))


def _name(name: str) -> None:
    # Two letters occur by chance in compressed bytes; as names of real objects they are found by _look_at.
    if len(name) > 4 and name in _RUNS:
        raise Refused("runs")
    if len(name) > 4 and name in _CARRIES:
        raise Refused("carries")
    if name == "/Encrypt":
        raise Refused("encrypted")


def _objects(reader: Any) -> Iterator[Any]:
    from pypdf.generic import IndirectObject

    numbers = {number for one in reader.xref.values() for number in one} | set(reader.xref_objStm)
    if len(numbers) > MOST_OBJECTS:
        raise Refused("too_many_objects")
    yield reader.trailer
    generations = {number: generation for generation, one in reader.xref.items() for number in one}
    for number in sorted(numbers):
        if number:
            yield reader.get_object(IndirectObject(number, generations.get(number, 0), reader))


def _look_at(thing: Any, left: list[int], depth: int) -> None:
    """One object with what lies directly in it; what it points to is looked at by its own number."""
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

    if depth > 60:
        raise Refused("broken")
    if isinstance(thing, IndirectObject):
        return
    if isinstance(thing, DictionaryObject):
        _look_at_keys(thing)
        if isinstance(thing, StreamObject):
            _look_at_stream(thing, left)
        for value in thing.values():
            _look_at(value, left, depth + 1)
    elif isinstance(thing, ArrayObject):
        for value in thing:
            _look_at(value, left, depth + 1)


def _at(thing: Any, key: str) -> Any:
    """What stands under a key, behind a reference where there is one; None where nothing does."""
    held = thing.get(key)
    return held.get_object() if hasattr(held, "get_object") else held


def _look_at_keys(thing: Any) -> None:
    names = {str(key) for key in thing} | {str(_at(thing, key)) for key in ("/S", "/Type", "/Subtype")}
    if names & set(_RUNS):
        raise Refused("runs")
    if names & set(_CARRIES):
        raise Refused("carries")
    if not isinstance(_at(thing, "/OpenAction"), (list, type(None))):
        raise Refused("runs")  # a list is a place to open at, anything else is an action
    if int(_at(thing, "/Width") or 0) * int(_at(thing, "/Height") or 0) > 2 * MOST_PIXELS:
        raise Refused("too_many_pixels")


def _look_at_stream(thing: Any, left: list[int]) -> None:
    """Inflate what is deflated, a piece at a time, and keep nothing of it: a bomb is one that does not end."""
    named = _at(thing, "/Filter") or []
    filters = [str(one) for one in (named if isinstance(named, list) else [named])]
    if len(filters) > 2 or filters.count("/FlateDecode") > 1:
        raise Refused("bomb")
    if filters[:1] != ["/FlateDecode"] and "/LZWDecode" not in filters and "/RunLengthDecode" not in filters:
        return
    if filters[:1] != ["/FlateDecode"]:
        raise Refused("odd")  # what no scanner writes, and what cannot be measured as it opens
    inflating, data = zlib.decompressobj(), thing._data
    while data and not inflating.eof:
        left[0] -= len(inflating.decompress(data, 1 << 20))
        data = inflating.unconsumed_tail
        if left[0] < 0:
            raise Refused("bomb")


# --- the process


def _confine() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(kind: str) -> int:
    _confine()
    try:
        sys.stdout.buffer.write(examine(kind, sys.stdin.buffer.read()))
    except Refused as fault:
        sys.stdout.buffer.write(str(fault).encode())
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
