"""A snapshot of advisories (OSV documents), and an endpoint on loopback that answers for it as the OSV service would.

A snapshot is a folder or an archive (.zip, .tar.xz ...) of JSON or YAML files, as Python's advisory database has them.
"""

from __future__ import annotations

import json
import re
import tarfile
import threading
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

_SUFFIXES = (".json", ".yaml", ".yml")
_NAME = re.compile(r"""name['"]?\s*:\s*['"]?([A-Za-z0-9._-]+)""")
_MODIFIED = re.compile(r"""(?:modified|published)['"]?\s*:\s*['"]?(\d{4}-\d\d-\d\d)""")


@dataclass
class Advisories:
    """Documents by canonical name of the package. `asked`: the packages and versions the endpoint was asked about."""

    documents: int = 0
    newest: str = ""
    by_package: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    asked: set[tuple[str, str]] = field(default_factory=set)

    def about(self, name: str, version: str) -> list[dict[str, Any]]:
        self.asked.add((canonicalize_name(name), version))
        return [one for one in self.by_package.get(canonicalize_name(name), []) if _affects(one, name, version)]

    def days_old(self, now: datetime) -> int:
        return (now - datetime.fromisoformat(self.newest).replace(tzinfo=UTC)).days


def read(snapshot: Path, wanted: Collection[str]) -> Advisories:
    """The advisories of a snapshot about the packages of these canonical names."""
    found = Advisories()
    for text in _texts(snapshot):
        found.documents += 1
        found.newest = max([found.newest, *_MODIFIED.findall(text)])
        for name in {canonicalize_name(name) for name in _NAME.findall(text)} & set(wanted):
            found.by_package.setdefault(name, []).append(_document(text))
    return found


def _texts(snapshot: Path) -> Iterator[str]:
    if snapshot.is_dir():
        for path in sorted(p for p in snapshot.rglob("*") if p.suffix in _SUFFIXES):
            yield path.read_text(encoding="utf-8")
    elif snapshot.suffix == ".zip":
        with zipfile.ZipFile(snapshot) as packed:
            for name in packed.namelist():
                if name.endswith(_SUFFIXES):
                    yield packed.read(name).decode()
    else:
        with tarfile.open(snapshot) as archive:
            for member in archive:
                file = archive.extractfile(member) if member.name.endswith(_SUFFIXES) else None
                if file is not None:
                    yield file.read().decode()


def _document(text: str) -> dict[str, Any]:
    if text.lstrip().startswith("{"):
        return dict(json.loads(text))
    # Everything as text: a version such as 1.10 is no number, and a time is answered as it was written.
    document = yaml.load(text, Loader=yaml.BaseLoader)
    return {key: value for key, value in document.items() if value not in ("", "~", "null")}


def _affects(document: dict[str, Any], name: str, version: str) -> bool:
    return any(
        version in one.get("versions", []) or any(_in_range(span, Version(version)) for span in one.get("ranges", []))
        for one in document.get("affected", [])
        if canonicalize_name(one["package"]["name"]) == canonicalize_name(name)
    )


def _in_range(span: dict[str, Any], version: Version) -> bool:
    """Whether the version lies in a range of versions: the last event before it decides."""
    inside = False
    for event in span["events"] if span["type"] == "ECOSYSTEM" else []:
        ((kind, at),) = event.items()
        try:
            begun = at == "0" or version >= Version(at)
        except InvalidVersion:
            continue
        if kind == "introduced" and begun:
            inside = True
        elif (kind == "fixed" and begun) or (kind == "last_affected" and version > Version(at)):
            inside = False
    return inside


@contextmanager
def endpoint(advisories: Advisories) -> Iterator[str]:
    """The address of an endpoint that answers queries from these advisories, while the block runs."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found = advisories.about(query["package"]["name"], query["version"])
            body = json.dumps({"vulns": found} if found else {}, default=str).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        server.server_close()
