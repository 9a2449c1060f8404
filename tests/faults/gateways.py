"""A gateway for text messages on loopback: it keeps what it is given, and misbehaves as it is told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Gateway:
    """What arrived, by Idempotency-Key; `answers` are the status codes still to be given (then 200 for ever)."""

    def __init__(self) -> None:
        self.texts: dict[str, dict[str, Any]] = {}
        self.headers: list[dict[str, str]] = []
        self.answers: list[int] = []
        self.trickle = 0.0
        self.paths: list[str] = []
        self.url = ""


@contextmanager
def running_gateway() -> Iterator[Gateway]:
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802 - the library's name
            body = self.rfile.read(int(self.headers["Content-Length"]))
            gateway.paths.append(self.path)
            gateway.headers.append(dict(self.headers))
            status = gateway.answers.pop(0) if gateway.answers else 200
            if status == 200:
                gateway.texts[self.headers["Idempotency-Key"]] = json.loads(body)
            if gateway.trickle:
                for byte in b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 400:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(gateway.trickle)
                return
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *words: object) -> None:
            return

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    gateway.url = f"http://127.0.0.1:{server.server_address[1]}/send?way=quick"
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
