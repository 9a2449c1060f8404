"""Files that people bring: PDF, PNG or JPEG, looked at before they are kept (security requirement R-72).

A file is what its name says, what its first bytes say and what a decoder can open, all three, or it is refused. The
decoder runs in a process of its own (core/opening.py) with limits on memory and time. Pictures are written anew.
"""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from warmhandoff.core.opening import REFUSED
from warmhandoff.rules.refusals import BadInput, Problem

MOST_BYTES = 10 * 1024 * 1024
MOST_BYTES_A_PACKET = 25 * 1024 * 1024
MOST_FILES_A_PACKET = 50
WAIT = 20  # seconds on a busy machine; the process's own share of the processor is far less
KINDS = {"pdf": "pdf", "png": "png", "jpg": "jpeg", "jpeg": "jpeg"}
CONTENT_TYPES = {"pdf": "application/pdf", "png": "image/png", "jpeg": "image/jpeg"}
_BEGINS = {"pdf": (b"%PDF-1.", b"%PDF-2."), "png": (b"\x89PNG\r\n\x1a\n",), "jpeg": (b"\xff\xd8\xff",)}
_OPENER = Path(__file__).with_name("opening.py")
_NEEDED = "a PDF, PNG or JPEG of up to 10 MB is needed"
_FAULTS = {
    "two_kinds": "there is another file hidden in this one; scan or save it anew",
    "too_many_pixels": "the picture is too large; scan it with at most 600 dots an inch",
    "moving": "a moving picture cannot be kept; save a still one",
    "encrypted": "the PDF is locked; save it without a password",
    "runs": "the PDF does something by itself when opened; print it to a new PDF",
    "carries": "the PDF carries other files; print it to a new PDF",
    "too_many_pages": "the PDF has more than 100 pages",
    "too_many_objects": "the PDF has too many parts; print it to a new PDF",
    "bomb": "the PDF grows far too large when opened",
    "odd": "the PDF is packed in a way that cannot be checked; print it to a new PDF",
    "broken": "the file cannot be opened; it may be cut off or damaged",
}


@dataclass(frozen=True)
class Checked:
    """A file that passed `check`; core/attachments.py takes nothing else."""

    kind: str
    data: bytes


def check(data: bytes, name: str, *, field: str = "file") -> Checked:
    """The file as it may be kept, its pictures written anew. BadInput on `field` for everything else.

    data: the whole file; callers look at its size before they read it. name: as the browser gave it; only its ending
    counts, and nothing of it is kept.
    """
    kind = _kind(name)
    if not data or len(data) > MOST_BYTES or kind is None or not data.startswith(_BEGINS[kind]):
        raise BadInput(Problem(_NEEDED, field=field))
    clean = _opened(kind, data, field)
    if not clean.startswith(_BEGINS[kind]) or len(clean) > MOST_BYTES:
        raise BadInput(Problem(_NEEDED, field=field))
    return Checked(kind, clean)


def _kind(name: str) -> str | None:
    """What the ending says; None for a name that could mislead: a path, marks that turn writing round, no ending."""
    odd = any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn") for letter in name)
    if odd or len(name) > 200 or any(part in name for part in ("/", "\\", "..", ":")) or name.startswith("."):
        return None
    stem, dot, ending = name.rpartition(".")
    return KINDS.get(ending.casefold()) if dot and stem.strip() else None


def _opened(kind: str, data: bytes, field: str) -> bytes:
    command = [sys.executable, "-I", str(_OPENER), kind]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=WAIT, env={}, check=False)
    except subprocess.TimeoutExpired as error:
        raise BadInput(Problem(_FAULTS["broken"], field=field)) from error
    if done.returncode:
        fault = done.stdout.decode("ascii", "replace") if done.returncode == REFUSED else "broken"
        raise BadInput(Problem(_FAULTS.get(fault, _FAULTS["broken"]), field=field))
    return done.stdout
