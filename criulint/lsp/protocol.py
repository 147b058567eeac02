# SPDX-License-Identifier: MIT
"""pygls, made to follow the protocol where it is more lenient or stricter: see each class.

pygls has no public hooks for this, hence the access to what it keeps private.
"""

from __future__ import annotations

import re
from typing import Any, BinaryIO
from urllib.parse import unquote

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException, JsonRpcInvalidRequest, JsonRpcServerNotInitialized
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.json_rpc import RPCRequest
from pygls.workspace import TextDocument, Workspace

from criulint.lsp.document import PositionMap

_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*([0-9]+)\s*", re.IGNORECASE)
# Digits of a message's length.
_MAX_LENGTH_DIGITS = 9


class HeaderError(Exception):
    """A header that cannot be read, so that no later message can be, either: a one-line reason."""


class Input:
    """The client's messages.

    pygls reads the one header that matters only in its usual spelling, and a body of any length.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readline(self) -> bytes:
        """Return the next line of a header. Raise HeaderError if the message would be too long."""
        line = self._stream.readline()
        length = _LENGTH.fullmatch(line)
        if length is None:
            return b"\r\n" if line == b"\n" else line
        if len(length[1]) > _MAX_LENGTH_DIGITS:
            raise HeaderError("the client announced a message that is too long")
        return b"Content-Length: %d\r\n" % int(length[1])

    def read(self, size: int) -> bytes:
        """Return the body of a message."""
        return self._stream.read(size)


class Protocol(LanguageServerProtocol):
    """pygls' protocol, which answers every request, also a malformed or an untimely one."""

    @property
    def is_shut_down(self) -> bool:
        """Whether the client has sent ``shutdown``."""
        return bool(self._shutdown)

    def use_strict_workspace(self) -> None:
        """Replace the workspace that ``initialize`` has just made by a `StrictWorkspace`."""
        made = self.workspace
        self._workspace = StrictWorkspace(
            made.root_uri,
            lsp.TextDocumentSyncKind.Incremental,
            list(made.folders.values()),
            made.position_encoding,
        )

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Return the message in a JSON object; answer a request that cannot be one."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "method" in data and isinstance(data.get("id"), int | str):
                self._send_response(data["id"], error=error.to_response_error())
            raise

    def handle_message(self, message: Any) -> None:
        """Handle a message; refuse requests after ``shutdown``."""
        if self._shutdown and isinstance(message, RPCRequest):
            error = JsonRpcInvalidRequest("the server is shut down")
            self._send_response(message.id, error=error.to_response_error())
        else:
            super().handle_message(message)

    def _get_handler(self, feature_name: str) -> Any:
        initialized = self._workspace is not None
        if feature_name == lsp.INITIALIZE and initialized:
            raise JsonRpcInvalidRequest("the server is already initialized")
        if feature_name not in (lsp.INITIALIZE, lsp.EXIT) and not initialized:
            raise JsonRpcServerNotInitialized("the server is not initialized yet")
        return super()._get_handler(feature_name)


class StrictWorkspace(Workspace):
    """pygls' documents, with changes applied by the protocol's line ends; pygls knows more."""

    def update_text_document(
        self,
        text_doc: lsp.VersionedTextDocumentIdentifier,
        change: lsp.TextDocumentContentChangeEvent,
    ) -> None:
        """Apply a change to a document; ignore one to a document that is not open."""
        document = self.open_document(text_doc.uri)
        if document is None:
            return
        text = change.text
        if isinstance(change, lsp.TextDocumentContentChangePartial):
            encoding = lsp.PositionEncodingKind(self.position_encoding)
            text = PositionMap(document.source, encoding).replace(change.range, change.text)
        self.put_text_document(
            lsp.TextDocumentItem(document.uri, document.language_id or "", text_doc.version, text)
        )

    def remove_text_document(self, doc_uri: str) -> None:
        """Forget a document, if it is open."""
        if self.open_document(doc_uri):
            super().remove_text_document(doc_uri)

    def open_document(self, uri: str) -> TextDocument | None:
        """Return an open document, also by a URI with other escapes than it was opened with."""
        document: TextDocument | None = self.text_documents.get(unquote(uri))
        return document
