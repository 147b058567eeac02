# SPDX-License-Identifier: MIT
"""A registry on loopback that answers as it is told, and remembers what it was sent."""

from __future__ import annotations

import json
import socket
import struct
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

from tests.image.make import compressed, digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.image.make import Made

#: The types of a manifest and of an index.
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


class Request:
    """A request to the registry. The answer is written by one of the methods."""

    def __init__(self, handler: BaseHTTPRequestHandler, registry: HostileRegistry) -> None:
        self._handler = handler
        self.registry = registry
        self.path = handler.path
        self.host = handler.headers.get("Host", "")
        self.authorization = handler.headers.get("Authorization", "")

    def answer(self, data: bytes = b"", status: int = 200, **headers: str) -> bool:
        headers.setdefault("Content_Length", str(len(data)))
        self.begin(status, **headers)
        if self._handler.command != "HEAD":
            self._handler.wfile.write(data)
        return True

    def begin(self, status: int = 200, **headers: str) -> None:
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.end_headers()

    def redirect(self, target: str) -> bool:
        return self.answer(status=307, Location=target)

    def write(self, data: bytes) -> None:
        """Write raw bytes."""
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def reset(self) -> None:
        """End the connection as a broken one ends."""
        linger = struct.pack("ii", 1, 0)
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._handler.connection.close()

    def repeat(self, data: bytes, seconds: float = 0) -> None:
        """Write the same bytes again and again, until the client or the server ends."""
        while True:
            self.write(data)
            time.sleep(seconds)


class HostileRegistry:
    """A registry with one image, `x:v1`, whose answers a behavior replaces."""

    def __init__(self, made: Made, behavior: Callable[[Request], object] | None = None) -> None:
        self.requests: list[Request] = []
        self._behavior = behavior
        self._blobs: dict[str, bytes] = {}
        layers = [self._put(compressed(layer, made.compression)) for layer in made.layers]
        config = self._put(json.dumps(made.config).encode())
        document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers}
        document["config"] = {**config, "mediaType": "application/vnd.oci.image.config.v1+json"}
        self.manifest = json.dumps(document).encode()
        self._put(self.manifest)
        registry = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                self.do_GET()

            def do_GET(self) -> None:
                request = Request(self, registry)
                registry.requests.append(request)
                with suppress(OSError):
                    registry._answer(request)
                self.close_connection = True

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.address}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def _put(self, data: bytes) -> dict[str, Any]:
        self._blobs[digest(data)] = data
        media_type = "application/vnd.oci.image.layer.v1.tar+gzip"
        return {"mediaType": media_type, "digest": digest(data), "size": len(data)}

    def _answer(self, request: Request) -> None:
        if self._behavior and self._behavior(request) is not False:
            return
        name = request.path.rpartition("/")[2]
        if request.path == "/v2/":
            request.answer(b"{}")
        elif "/manifests/" in request.path and name in ("v1", digest(self.manifest)):
            request.answer(self.manifest, Content_Type=MANIFEST)
        elif name in self._blobs:
            request.answer(self._blobs[name])
        elif request.path.endswith("/tags/list"):
            request.answer(b'{"name": "x", "tags": ["v1", "v2"]}')
        else:
            error = {"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}
            request.answer(json.dumps(error).encode(), 404)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
