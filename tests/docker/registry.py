"""A registry that speaks the distribution protocol, with one image of a megabyte of noise; as slow as is wished."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import io
import json
import os
import tarfile
import threading
from typing import Any, Self

SIZE, PIECE = 1_000_000, 50_000  # bytes
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def described(kind: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": kind, "size": len(data), "digest": digest(data)}


def image() -> dict[str, tuple[str, bytes]]:
    """Type and bytes of all that a client asks for, by digest; the manifest also as "manifest"."""
    files = io.BytesIO()
    with tarfile.open(fileobj=files, mode="w") as tar:
        (info := tarfile.TarInfo("noise")).size = SIZE
        tar.addfile(info, io.BytesIO(os.urandom(SIZE)))
    layer = gzip.compress(files.getvalue())
    rootfs = {"type": "layers", "diff_ids": [digest(files.getvalue())]}
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": rootfs}).encode()
    whole = {"schemaVersion": 2, "mediaType": MANIFEST, "config": described(CONFIG, config)}
    manifest = json.dumps({**whole, "layers": [described(LAYER, layer)]}).encode()
    parts = {digest(data): (kind, data) for kind, data in ((MANIFEST, manifest), (CONFIG, config), (LAYER, layer))}
    return {**parts, "manifest": (MANIFEST, manifest)}


class Registry:
    """`address` is host:port; each piece of the layer takes `pause` seconds."""

    def __init__(self) -> None:
        self.pause = 0.0
        self._closing = threading.Event()
        parts, registry = image(), self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                self.head()

            def do_GET(self) -> None:
                body = self.head()
                for start in range(0, len(body), PIECE):
                    self.wfile.write(body[start : start + PIECE])
                    registry._closing.wait(registry.pause if len(body) >= SIZE else 0)

            def head(self) -> bytes:
                key = self.path.rpartition("/")[2]
                kind, body = parts.get(key, parts["manifest"])
                self.send_response(200)
                for name, value in {"Type": kind, "Length": str(len(body))}.items():
                    self.send_header(f"Content-{name}", value)
                self.send_header("Docker-Content-Digest", digest(body))
                self.end_headers()
                return body

            def log_message(self, *args: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *_: None  # who was killed reads no more
        self.address = f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
