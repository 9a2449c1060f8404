"""The compiled kernel: the same steps as the Python beside it, in C. Never needed; used where it was built.

It is built once at set-up, where a C compiler is there (`python -m warmhandoff.matching.native`), into the library
folder of the environment, under a name that holds the hash of its source: a kernel of other source is never loaded.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import sysconfig
from functools import cache
from importlib.machinery import ExtensionFileLoader
from importlib.resources import files
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

_FLAGS = ("-O3", "-fPIC", "-shared", "-std=c99", "-ffp-contract=off", "-Wall", "-Wextra")


@cache
def _headers() -> Path | None:
    """Where Python's own headers are; without them needs are put to the kernel by `compiled.py` alone."""
    folder = Path(sysconfig.get_path("include"))
    return folder if (folder / "Python.h").is_file() else None


def _sources() -> tuple[str, ...]:
    return ("flow.c", "sweep.c") if _headers() is None else ("flow.c", "sweep.c", "asking.c")


def _texts() -> list[bytes]:
    return [files("warmhandoff.matching.native").joinpath(name).read_bytes() for name in _sources()]


@cache
def place() -> Path:
    """Where the kernel of this source and interpreter lies once it is built."""
    digest = hashlib.sha256(b"\0".join([*_texts(), " ".join(_FLAGS).encode()])).hexdigest()[:16]
    return Path(sysconfig.get_path("platlib")) / f"warmhandoff-kernel-{digest}-{sysconfig.get_platform()}.so"


def compiler() -> str | None:
    """The C compiler of this machine, or None."""
    return next(filter(None, map(shutil.which, (os.environ.get("CC", ""), "cc", "gcc", "clang"))), None)


def build() -> Path | None:
    """Build the kernel unless it is there. None where no compiler is; OSError or CalledProcessError where it fails."""
    target, command = place(), compiler()
    if target.exists():
        return target
    if command is None:
        return None
    folder = Path(str(files("warmhandoff.matching.native")))
    half = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        sources = [str(folder / name) for name in _sources()]
        headers = [] if _headers() is None else [f"-I{_headers()}"]
        subprocess.run([command, *_FLAGS, *headers, "-o", str(half), *sources, "-lm"], check=True, capture_output=True)
        half.replace(target)  # whole or not at all: another process may be building the same
    finally:
        half.unlink(missing_ok=True)
    return target


@cache
def kernel() -> ctypes.CDLL | None:
    """The built kernel, or None: then Python and NumPy do the same work, slower."""
    if not place().exists():
        return None
    try:
        library = ctypes.CDLL(str(place()))
    except OSError:
        return None
    at, whole = ctypes.c_void_p, ctypes.c_int64
    library.warmhandoff_search.argtypes = [at, at, at, at]
    library.warmhandoff_options.argtypes = [at, at, at, whole, at, at]
    library.warmhandoff_options.restype = whole
    library.warmhandoff_relax.argtypes = [at, at, at, at]
    return library


@cache
def asking() -> Any:
    """The kernel's own reader of needs (asking.c), or None where it was built without Python's headers."""
    if kernel() is None or _headers() is None:
        return None
    loader = ExtensionFileLoader("warmhandoff_asking", str(place()))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module
