"""A file as a stream of sealed chunks: what a backup is written in and read from.

    8 bytes    WHBACKUP
    4 bytes    length of the header (big-endian)
    header     JSON, plain: it says how to read the rest and names nobody
    32 bytes   SHA-256 of all before it: tells a damaged header from a wrong key
    chunks     4 bytes length, then AES-256-GCM of up to 64 KiB of deflated lines

The key is derived from the encryption key ring with a salt of the file's own. A chunk's nonce is its number; the
header's hash, the number and whether it is the last are authenticated with it, so that chunks that were altered, left
out, moved, cut off or taken from another file do not open.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from warmhandoff.core.sealing import derive_key
from warmhandoff.rules.refusals import BadInput, Problem, Unavailable

MAGIC = b"WHBACKUP"
FORMAT = 1
_LENGTH = struct.Struct(">I")
_BOUND = struct.Struct(">32sQ?")
_CHUNK = 64 * 1024
_TAG = 16
_LONGEST_HEADER = 1024 * 1024
_LABEL, _CHECK = "backup", "backup key check"


def altered(name: str) -> BadInput:
    return BadInput(Problem("this backup was altered, damaged or cut off; nothing was written", file=name))


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


class Writer:
    """Writes the header at once, then takes lines; `close` seals the last chunk."""

    def __init__(self, file: BinaryIO, header: dict[str, Any], salt: bytes) -> None:
        name, key = derive_key(_LABEL, salt)
        check = derive_key(_CHECK, salt)[1]
        full = {**header, "format": FORMAT, "key": name, "salt": salt.hex(), "key_check": check.hex()}
        text = json.dumps(full, sort_keys=True).encode()
        head = MAGIC + _LENGTH.pack(len(text)) + text
        self._bound = hashlib.sha256(head).digest()
        self._file, self._cipher, self._number = file, AESGCM(key), 0
        self._deflate, self._waiting = zlib.compressobj(6), bytearray()
        file.write(head + self._bound)

    def line(self, value: Any) -> None:
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        self._waiting += self._deflate.compress(text)
        while len(self._waiting) > _CHUNK:  # the last chunk is never sealed here: only `close` knows that it is
            self._seal(bytes(self._waiting[:_CHUNK]), last=False)
            del self._waiting[:_CHUNK]

    def close(self) -> None:
        self._waiting += self._deflate.flush()
        while len(self._waiting) > _CHUNK:
            self._seal(bytes(self._waiting[:_CHUNK]), last=False)
            del self._waiting[:_CHUNK]
        self._seal(bytes(self._waiting), last=True)

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        bound = _BOUND.pack(self._bound, self._number, last)
        sealed = self._cipher.encrypt(_nonce(self._number), chunk, bound)
        self._file.write(_LENGTH.pack(len(sealed)) + sealed)
        self._number += 1


def key_of_backup(path: Path) -> str:
    """The name of the wrapping key a backup was sealed with, from its plain header; "" where that cannot be read."""
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                return ""
            length = min(_LENGTH.unpack(file.read(_LENGTH.size))[0], _LONGEST_HEADER)
            return str(json.loads(file.read(length))["key"])
    except (OSError, ValueError, KeyError, struct.error):
        return ""


class Reader:
    """Reads the header at once (BadInput: no backup or altered; Unavailable: another key), then gives the lines."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file, self._name = file, name
        self.header = self._header()
        salt = bytes.fromhex(self.header["salt"])
        check = derive_key(_CHECK, salt, name=self.header["key"])[1]
        if check.hex() != self.header["key_check"]:
            raise Unavailable(
                f"{name} was sealed with another encryption key than the one configured here. Put the key file of that "
                "server in its place, or name it in WARMHANDOFF_ENCRYPTION_KEY_FILE. Nothing was written."
            )
        self._cipher = AESGCM(derive_key(_LABEL, salt, name=self.header["key"])[1])

    def _header(self) -> dict[str, Any]:
        if self._file.read(len(MAGIC)) != MAGIC:
            raise BadInput(Problem("this is no backup of Warm Handoff", file=self._name))
        size = self._file.read(_LENGTH.size)
        length = _LENGTH.unpack(size)[0] if len(size) == _LENGTH.size else _LONGEST_HEADER + 1
        if length > _LONGEST_HEADER:
            raise altered(self._name)
        text = self._file.read(length)
        self._bound = hashlib.sha256(MAGIC + size + text).digest()
        if self._file.read(len(self._bound)) != self._bound:
            raise altered(self._name)
        header: dict[str, Any] = json.loads(text)
        if header.get("format") != FORMAT:
            raise BadInput(Problem(f"format {header.get('format')} is newer than this program", file=self._name))
        return header

    def lines(self) -> Iterator[Any]:
        """Every line, in order. BadInput at the first chunk that is not as it was written."""
        inflate, rest = zlib.decompressobj(), b""
        for chunk in self._chunks():
            *whole, rest = (rest + inflate.decompress(chunk)).split(b"\n")
            yield from map(json.loads, whole)
        if rest or not inflate.eof:
            raise altered(self._name)

    def _chunks(self) -> Iterator[bytes]:
        number, size = 0, self._file.read(_LENGTH.size)
        while len(size) == _LENGTH.size:
            length = _LENGTH.unpack(size)[0]
            if not _TAG <= length <= _CHUNK + _TAG:
                raise altered(self._name)
            sealed, size = self._file.read(length), self._file.read(_LENGTH.size)
            last = not size
            if len(sealed) != length:
                raise altered(self._name)
            try:
                yield self._cipher.decrypt(_nonce(number), sealed, _BOUND.pack(self._bound, number, last))
            except InvalidTag as error:
                raise altered(self._name) from error
            number += 1
            if last:
                return
        raise altered(self._name)
