# SPDX-License-Identifier: MIT
"""A JSON-RPC client of ``criulint lsp``, which it runs as a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

# For a server on a busy machine; only a broken one takes longer.
SECONDS = 300


class Client:
    """A server and what it sent. As a context manager it shuts the server down at the end."""

    def __init__(
        self,
        root: Path,
        capabilities: dict[str, Any] | None = None,
        options: object = None,
        process_id: int | None = None,
        arguments: tuple[str, ...] = (),
        settings: dict[str, Any] | None = None,
        folders: list[str] | None = None,
    ) -> None:
        #: The directory that the client works in.
        self.root = root
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-m", "criulint", "lsp", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=root,
            env={**os.environ, "HOME": str(root), "XDG_CONFIG_HOME": str(root / ".config")},
        )
        self._received: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._number = 0
        #: The answers to requests for settings: by URI of the folder, "" for all documents.
        self.settings = settings or {}
        self._versions: dict[str, int] = {}
        #: Messages that nothing has waited for.
        self.notes: list[dict[str, Any]] = []
        answer = self.request(
            "initialize",
            {
                "processId": process_id,
                "rootUri": None if folders else root.as_uri(),
                "workspaceFolders": [{"uri": uri, "name": uri} for uri in folders]
                if folders
                else None,
                "capabilities": capabilities or {},
                "initializationOptions": options,
            },
        )
        self.server: dict[str, Any] = answer["capabilities"]
        self.info: dict[str, Any] = answer["serverInfo"]
        self.notify("initialized", {})

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None and self.process.poll() is None:
                assert self.end() == 0
        finally:
            self.process.kill()
            self.process.wait()
            self._reader.join()
            for stream in (self.process.stdin, self.process.stdout, self._errors):
                with contextlib.suppress(OSError):
                    stream.close()  # type: ignore[union-attr]

    def _read(self) -> None:
        stdout = self.process.stdout
        assert stdout
        while True:
            length = 0
            while (line := stdout.readline()).strip():
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if not line:
                self._received.put(None)
                return
            self._received.put(json.loads(stdout.read(length)))

    def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.raw(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def notify(self, method: str, params: object) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: object) -> dict[str, Any]:
        """Send a request, and return the whole answer."""
        number = self.send(method, params)
        return self.wait(lambda message: message.get("id") == number and "method" not in message)

    def send(self, method: str, params: object) -> int:
        """Send a request without waiting, and return its number."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        return self._number

    def request(self, method: str, params: object) -> Any:
        """Send a request, and return its result."""
        answer = self.ask(method, params)
        assert "error" not in answer, answer
        return answer["result"]

    def wait(self, wanted: Any) -> dict[str, Any]:
        """Return the first message that is `wanted`; answer requests, keep all else in `notes`."""
        for index, note in enumerate(self.notes):
            if wanted(note):
                return self.notes.pop(index)
        while True:
            message = self._received.get(timeout=SECONDS)
            if message is None:
                self._errors.seek(0)
                raise AssertionError(f"the server ended: {self._errors.read().decode()}")
            if "method" in message and "id" in message:
                self._send(
                    {
                        "id": message["id"],
                        "result": self._answer(message["method"], message.get("params")),
                    }
                )
            if wanted(message):
                return message
            self.notes.append(message)

    def _answer(self, method: str, params: Any) -> Any:
        if method == "workspace/configuration":
            return [self.settings.get(item.get("scopeUri", "")) for item in params["items"]]
        return {"success": True} if method == "window/showDocument" else None

    def method(self, name: str) -> dict[str, Any]:
        """Return the next message of this method."""
        return self.wait(lambda message: message.get("method") == name)

    # --- documents

    def open(self, path: Path | str, text: str, language: str = "criu") -> str:
        """Open a document, and return its URI."""
        uri = path if isinstance(path, str) else path.as_uri()
        self._versions[uri] = 1
        item = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return uri

    def change(self, uri: str, *changes: dict[str, Any]) -> None:
        """Change a document."""
        self._versions[uri] += 1
        identifier = {"uri": uri, "version": self._versions[uri]}
        self.notify(
            "textDocument/didChange", {"textDocument": identifier, "contentChanges": list(changes)}
        )

    def pushed(self, uri: str, version: int | None = None) -> list[dict[str, Any]]:
        """Wait for the diagnostics that are pushed for a version of a document."""
        message = self.wait(
            lambda message: (
                message.get("method") == "textDocument/publishDiagnostics"
                and message["params"]["uri"] == uri
                and (version is None or message["params"].get("version") == version)
            )
        )
        diagnostics: list[dict[str, Any]] = message["params"]["diagnostics"]
        return diagnostics

    def pulled(self, uri: str) -> list[dict[str, Any]]:
        """Request the diagnostics of a document."""
        report = self.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})
        items: list[dict[str, Any]] = report["items"]
        return items

    def of(
        self, uri: str, method: str, line: int | None = None, character: int = 0, **more: object
    ) -> Any:
        """Return the result of a request about a document, or about a place in it."""
        params: dict[str, object] = {"textDocument": {"uri": uri}, **more}
        if line is not None:
            params["position"] = {"line": line, "character": character}
        return self.request(f"textDocument/{method}", params)

    def end(self) -> int:
        """Shut the server down, and return its exit status."""
        self.request("shutdown", None)
        self.notify("exit", None)
        return self.process.wait(SECONDS)
