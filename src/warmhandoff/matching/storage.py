"""An index as a folder of raw arrays and a small meta.json: written whole or not at all, opened by mapping the files.

The files are derived: they can be deleted at any time, and are never backed up. Processes that have mapped an older
folder go on reading it after its name is gone.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from warmhandoff.matching.segment import ARRAYS, Segment

FORMAT = 2
"""Raised by every change of the layout: an index of another format is no index."""
META = "meta.json"
_LARGE_PAGE = 2 << 20
_DESCRIPTIONS = ("columns", "values", "kinds", "group_of", "mask_at")


class NoIndex(Exception):
    """There is no whole index of this format in the folder: build it anew."""


Arrays = Mapping[str, np.ndarray[Any, Any]]


def saved(segment: Segment, folder: Path, *, beside: Arrays | None = None, **facts: object) -> None:
    """Write the index to a folder that is not there yet. `facts` (plain values) stand in meta.json beside it.

    `beside`: arrays of the maker's own, under names that are no array of the index; `opened_beside` maps them.

    Everything is on the disk before the folder gets its name, so a crash leaves no folder, or a whole one.
    """
    half = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    try:
        arrays = {**{name: getattr(segment, name) for name in ARRAYS}, **(beside or {})}
        files = {name: _written(half / name, array) for name, array in arrays.items()}
        for name in files:
            _read_again(half / name)
        described = {name: _plain(getattr(segment, name)) for name in _DESCRIPTIONS}
        meta = {"format": FORMAT, "byte_order": sys.byteorder, **described, "files": files, "facts": facts}
        text = json.dumps(meta)
        _flushed(half / META, (hashlib.sha256(text.encode()).hexdigest() + "\n" + text).encode())
        _flush_folder(half)
        half.rename(folder)
        _flush_folder(folder.parent)
    finally:
        shutil.rmtree(half, ignore_errors=True)


def opened(folder: Path) -> tuple[Segment, Mapping[str, Any]]:
    """The index of a folder, mapped and not read, with its facts. Raises NoIndex where it is not whole."""
    meta = _meta(folder)
    whole: dict[str, Any] = {name: _mapped(folder / name, meta["files"].get(name)) for name in ARRAYS}
    whole |= {name: meta[name] for name in _DESCRIPTIONS}
    return Segment(**whole), meta["facts"]


def opened_beside(folder: Path, name: str) -> np.ndarray[Any, Any]:
    """An array that was saved beside the index. Raises NoIndex where it is not whole."""
    return _mapped(folder / name, _meta(folder)["files"].get(name))


def _meta(folder: Path) -> dict[str, Any]:
    try:
        digest, _, text = (folder / META).read_text(encoding="utf-8").partition("\n")
    except (OSError, ValueError) as error:
        raise NoIndex(f"{folder}: {error}") from error
    if hashlib.sha256(text.encode()).hexdigest() != digest:
        raise NoIndex(f"{folder / META} is damaged")
    meta: dict[str, Any] = json.loads(text)
    if meta["format"] != FORMAT or meta["byte_order"] != sys.byteorder:
        raise NoIndex(f"{folder} is of another format")
    return meta


def checked_whole(folder: Path) -> None:
    """Read every byte and compare it with what was written. Raises NoIndex where anything differs."""
    opened(folder)
    for name, about in _meta(folder)["files"].items():
        with (folder / name).open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != about["sha256"]:
                raise NoIndex(f"{folder / name} is damaged")


def _plain(described: object) -> object:
    return dict(described) if isinstance(described, Mapping) else described


def _written(path: Path, array: np.ndarray[Any, Any]) -> dict[str, Any]:
    array = np.ascontiguousarray(array)
    with path.open("wb") as stream:
        array.tofile(stream)
        stream.flush()
        os.fsync(stream.fileno())
    digest = hashlib.sha256(array.view(np.uint8).data if array.size else b"").hexdigest()
    return {"type": _spelled(array.dtype), "shape": list(array.shape), "bytes": array.nbytes, "sha256": digest}


def _spelled(kind: np.dtype[Any]) -> object:
    return kind.str if kind.names is None else kind.descr


def _mapped(path: Path, about: Mapping[str, Any] | None) -> np.ndarray[Any, Any]:
    if about is None or not path.is_file():
        raise NoIndex(f"{path} is not there")
    spelled = about["type"]
    kind = np.dtype(spelled if isinstance(spelled, str) else [_field(one) for one in spelled])
    if path.stat().st_size != about["bytes"]:
        raise NoIndex(f"{path} has another size than was written")
    shape = tuple(about["shape"])
    if not about["bytes"]:
        return np.zeros(shape, dtype=kind)
    mapped = np.memmap(path, dtype=kind, mode="r", shape=shape)
    _in_large_pages(mapped)
    return np.asarray(mapped)


def _in_large_pages(mapped: np.memmap[Any, Any]) -> None:
    """Ask for pages of 2 MiB, which a search misses far less often than small ones. Where a system has none, nothing
    changes."""
    advice = getattr(mmap, "MADV_HUGEPAGE", None)
    if advice is not None and mapped.nbytes >= _LARGE_PAGE:
        with suppress(OSError):
            mapped._mmap.madvise(advice)  # type: ignore[attr-defined]  # numpy keeps it there


def _read_again(path: Path) -> None:
    """Bring a file just written into memory anew: it was written in small pages, and is read in large ones."""
    if not hasattr(os, "posix_fadvise") or path.stat().st_size < _LARGE_PAGE:
        return
    with path.open("rb") as stream:
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    mapped = np.memmap(path, dtype=np.uint8, mode="r")
    _in_large_pages(mapped)
    mapped[:: mmap.PAGESIZE].max()


def _field(spelled: list[Any]) -> tuple[Any, ...]:
    return tuple(tuple(part) if isinstance(part, list) else part for part in spelled)


def _flushed(path: Path, data: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
