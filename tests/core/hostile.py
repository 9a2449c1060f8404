"""Files that must not be kept, each with its name: what test_uploads.py throws at the checks. None is stored."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache, partial

from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, StreamObject, TextStringObject

from warmhandoff.documents import release_pdf

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
Bytes = bytes | Callable[[], bytes]  # some are large, and made when they are thrown
Hostile = tuple[str, str, Bytes]  # what it is, its name, its bytes


@cache
def good(kind: str) -> bytes:
    """A small sane file; the pictures with a place, a camera and a comment in them."""
    if kind == "pdf":
        return release_pdf(["Permission to share", "One line."], ["Signed by A"], language="en")
    picture = Image.new("RGB", (60, 40), (200, 30, 30))
    exif = Image.Exif()
    exif[0x010F] = "CanaryCamera"
    exif.get_ifd(0x8825)[1] = "N"
    held = io.BytesIO()
    more = {"comment": b"canary-comment"} if kind == "jpeg" else {}
    picture.save(held, kind.upper(), exif=exif, **more)
    return held.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, data: bytes, *more: bytes, mode: int = 2) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, mode, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def archive() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr("run.exe", b"MZ")
    return held.getvalue()


def _pdf(change: Callable[[PdfWriter], object]) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(good("pdf"))))
    change(writer)
    held = io.BytesIO()
    writer.write(held)
    return held.getvalue()


def _root(key: str, **entries: str) -> Callable[[PdfWriter], None]:
    def change(writer: PdfWriter) -> None:
        action = DictionaryObject({NameObject(f"/{name}"): NameObject(f"/{value}") for name, value in entries.items()})
        writer.root_object[NameObject(f"/{key}")] = writer._add_object(action)

    return change


def _page(key: str, **entries: str) -> Callable[[PdfWriter], None]:
    def change(writer: PdfWriter) -> None:
        action = DictionaryObject({NameObject(f"/{name}"): NameObject(f"/{value}") for name, value in entries.items()})
        writer.pages[0][NameObject(f"/{key}")] = action

    return change


def _stream(data: Bytes, **entries: object) -> Callable[[PdfWriter], None]:
    def change(writer: PdfWriter) -> None:
        stream = StreamObject()
        stream._data = data() if callable(data) else data
        for name, value in entries.items():
            stream[NameObject(f"/{name}")] = value
        writer.pages[0][NameObject("/PieceInfo")] = writer._add_object(stream)

    return change


def _scripts(writer: PdfWriter) -> None:
    script = DictionaryObject({NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("x")})
    tree = DictionaryObject({NameObject("/Names"): ArrayObject([TextStringObject("a"), writer._add_object(script)])})
    writer.root_object[NameObject("/Names")] = DictionaryObject({NameObject("/JavaScript"): tree})


def _zeros(count: int, times: int = 1) -> bytes:
    data = b"\0" * count
    for _ in range(times):
        data = zlib.compress(data, 1)
    return data


def _names(*names: str) -> ArrayObject:
    return ArrayObject([NameObject(f"/{name}") for name in names])


def _link(kind: str) -> Callable[[PdfWriter], None]:
    def change(writer: PdfWriter) -> None:
        action = DictionaryObject({NameObject("/S"): NameObject(f"/{kind}"), NameObject("/F"): TextStringObject("x")})
        note = DictionaryObject({
            NameObject("/Type"): NameObject("/Annot"), NameObject("/Subtype"): NameObject("/Link"),
            NameObject("/Rect"): ArrayObject([NumberObject(0)] * 4), NameObject("/A"): action,
        })
        writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(note)])

    return change


def _no_pages(writer: PdfWriter) -> None:
    writer.root_object["/Pages"].update({NameObject("/Kids"): ArrayObject(), NameObject("/Count"): NumberObject(0)})


def pdfs() -> Iterator[Hostile]:
    """PDFs that do something, carry something, or grow."""
    flate, number = NameObject("/FlateDecode"), NumberObject
    acts: dict[str, Callable[[PdfWriter], object]] = {
        "javascript by name": _scripts, "javascript on opening": _root("OpenAction", S="JavaScript"),
        "launch on opening": _root("OpenAction", S="Launch"),
        "a web form on opening": _root("OpenAction", S="SubmitForm"),
        "a link on opening": _root("OpenAction", S="URI"), "going elsewhere on opening": _root("OpenAction", S="GoToR"),
        "additional actions": _root("AA", O="X"), "actions of a page": _page("AA", O="X"),
        "an XFA form": _root("AcroForm", XFA="X"), "a collection": _root("Collection", View="D"),
        "embedded files": lambda w: w.add_attachment("run.exe", b"MZ"), "associated files": _root("AF", X="Y"),
        "a file behind a page": _page("AF", X="Y"), "rich media": _page("PieceInfo", Subtype="RichMedia"),
        "a movie": _page("PieceInfo", S="Movie"), "a sound": _page("PieceInfo", S="Sound"),
        "launch in a link": _link("Launch"), "javascript in a link": _link("JavaScript"),
        "another document in a link": _link("GoToE"), "a form sent by a link": _link("SubmitForm"),
        "data taken in by a link": _link("ImportData"), "a rendition": _link("Rendition"),
        "a password": lambda w: w.encrypt("secret", algorithm="RC4-128"),
        "no password but a lock": lambda w: w.encrypt("", "owner", algorithm="RC4-128"),
        "a bomb": _stream(lambda: _zeros(110_000_000), Filter=flate),
        "a bomb of ones": _stream(lambda: zlib.compress(b"1" * 110_000_000, 9), Filter=flate),
        "a bomb in a bomb": _stream(lambda: _zeros(10**8, 2), Filter=_names("FlateDecode", "FlateDecode")),
        "many filters": _stream(b"x", Filter=_names("ASCIIHexDecode", "ASCII85Decode", "FlateDecode")),
        "lengths of runs": _stream(b"\x81\0" * 9, Filter=NameObject("/RunLengthDecode")),
        "LZW": _stream(b"\x80\x0b", Filter=NameObject("/LZWDecode")),
        "a picture too large": _stream(b"", Width=number(100_000), Height=number(100_000)),
        "no pages": _no_pages,
        "too many pages": lambda w: [w.add_blank_page(100, 100) for _ in range(101)],
        "too many objects": lambda w: [w._add_object(number(n)) for n in range(21_000)],
    }  # fmt: skip
    for what, change in acts.items():
        yield f"pdf: {what}", "scan.pdf", partial(_pdf, change)
    sane = good("pdf")
    hidden = b"\n9999 0 obj\n<< /S /Java#53cript /J#53 (app.alert(1)) >>\nendobj\n"
    yield "pdf: a hidden object, its name spelt otherwise", "scan.pdf", sane[:-300] + hidden + sane[-300:]
    yield "pdf: an archive behind it", "scan.pdf", sane + archive()
    yield "pdf: an archive before its end", "scan.pdf", sane + archive() + b"\n%%EOF\n"
    yield "pdf: a page of the web behind it", "scan.pdf", sane + b"<html><script>alert(1)</script>"
    yield "pdf: a script within", "scan.pdf", sane.replace(b"%%EOF", b"%<?php system($x)?>\n%%EOF")
    yield "pdf: a virus (for tests) within", "scan.pdf", sane.replace(b"%%EOF", b"%" + EICAR + b"\n%%EOF")
    yield "pdf: text before it", "scan.pdf", b"GIF89a\n" + sane
    yield "pdf: a head alone", "scan.pdf", b"%PDF-1.7\n"
    yield "pdf: without its end", "scan.pdf", sane[: sane.rindex(b"startxref")]
    yield "pdf: an end that points nowhere", "scan.pdf", b"%PDF-1.7\nstartxref\n99999999\n%%EOF"
    yield "pdf: an end that points to itself", "scan.pdf", b"%PDF-1.7\nstartxref\n9\n%%EOF"
    yield "pdf: zeros", "scan.pdf", b"%PDF-1.7\n" + b"\0" * 9_000_000 + b"\nstartxref\n9\n%%EOF"
    yield "pdf: open brackets", "scan.pdf", b"%PDF-1.7\n1 0 obj\n" + b"[" * 500_000 + b"\nstartxref\n9\n%%EOF"
    for part in (3, 5, 9):
        yield f"pdf: cut off at {part} tenths", "scan.pdf", sane[: len(sane) * part // 10]


def pictures() -> Iterator[Hostile]:
    """Pictures that are no picture, or too much of one."""
    flood = zlib.compress(b"\0" * 100_000, 9)
    for width, height in ((30_000, 30_000), (2**31 - 1, 2**31 - 1), (1, 2**31 - 1), (65_535, 65_535), (8_000, 8_000)):
        yield f"png: a flood of {width} x {height}", "scan.png", png(width, height, flood)
    yield "png: a real flood", "scan.png", lambda: png(7_000, 6_000, _zeros(21_001 * 6_000))
    yield "png: nothing in it", "scan.png", png(0, 0, b"")
    yield "png: no pixels", "scan.png", png(9, 9, zlib.compress(b""))
    yield "png: pixels that are none", "scan.png", png(9, 9, b"junk")
    for what, name in (("text", b"zTXt"), ("colours", b"iCCP")):
        yield f"png: a bomb of {what}", "scan.png", partial(_bomb_beside, name)
    for kind, name in (("png", "scan.png"), ("jpeg", "scan.jpg")):
        sane = good(kind)
        yield f"{kind}: an archive behind it", name, sane + archive()
        yield f"{kind}: a program behind it", name, sane + b"MZ" * 400
        yield f"{kind}: a document behind it", name, sane + good("pdf")
        yield f"{kind}: a script behind it", name, sane + b"<?php system($_GET[0]); ?>"
        yield f"{kind}: a virus (for tests) behind it", name, sane + EICAR
        yield f"{kind}: a head alone", name, sane[:12]
        for part in (3, 6, 9):
            yield f"{kind}: cut off at {part} tenths", name, sane[: len(sane) * part // 10]
    comment = b"\xff\xfe" + struct.pack(">H", 32) + b"<script>alert(document)</script>"[:30]
    yield "jpeg: a script in its comment", "scan.jpg", good("jpeg")[:2] + comment + good("jpeg")[2:]
    yield "jpeg: a flood", "scan.jpg", _flooded()
    yield "png: a script in its text", "scan.png", png(9, 9, flood, chunk(b"tEXt", b"k\0<script>alert(1)</script>"))
    held = io.BytesIO()
    frames = [Image.new("RGB", (9, 9), (n, 0, 0)) for n in range(3)]
    frames[0].save(held, "PNG", save_all=True, append_images=frames[1:])
    yield "png: a moving one", "scan.png", held.getvalue()


def _bomb_beside(name: bytes) -> bytes:
    """A small picture beside which something inflates without an end."""
    return png(9, 9, zlib.compress(b"\0" * 300), chunk(name, b"k\0\0" + _zeros(80_000_000)))


def _flooded() -> bytes:
    """A JPEG whose head says 65,500 x 65,500."""
    sane = good("jpeg")
    place = sane.index(b"\xff\xc0") + 5
    return sane[:place] + struct.pack(">HH", 65_500, 65_500) + sane[place + 4 :]


def others() -> Iterator[Hostile]:
    """Names and kinds that are not what they say."""
    pdf, jpeg = good("pdf"), good("jpeg")
    for name in ("scan.exe", "scan", "scan.pdf.exe", "scan.svg", "scan.html", "scan.pdf.", "scan.gif", ".pdf", "  .pdf",
                 "../scan.pdf", "..\\scan.pdf", "/etc/scan.pdf", "C:scan.pdf", "scan\0.pdf", "scan\u202efdp.pdf",
                 "scan\u200b.pdf", "scan\n.pdf", "s" * 300 + ".pdf", "scan.pdf\u202e", "sc\ud800an.pdf"):  # fmt: skip
        yield f"name: {name!r}", name, pdf
    yield "a picture called a document", "scan.pdf", jpeg
    yield "a document called a picture", "scan.png", pdf
    yield "a JPEG called a PNG", "scan.png", jpeg
    yield "nothing", "scan.pdf", b""
    yield "one byte", "scan.jpg", b"\xff"
    yield "a virus (for tests)", "scan.pdf", EICAR
    yield "a page of the web", "scan.jpg", b"<html><script>alert(1)</script></html>"
    yield "a drawing with a script", "scan.png", b"<svg onload=alert(1)>"
    yield "a program", "scan.png", b"MZ" + b"\0" * 500
    yield "an archive", "scan.pdf", archive()
    for kind in ("GIF", "BMP", "TIFF", "WEBP"):
        held = io.BytesIO()
        Image.new("RGB", (9, 9)).save(held, kind)
        yield f"a {kind}", "scan.png", held.getvalue()
    yield "too large", "scan.pdf", b"%PDF-1.7" + b"\0" * (10 * 1024 * 1024)


def corpus() -> list[Hostile]:
    return [*others(), *pictures(), *pdfs()]


def bytes_of(made: Hostile) -> bytes:
    return made[2]() if callable(made[2]) else made[2]
