# SPDX-License-Identifier: MIT
"""pygls, adapted to the protocol where it is more lenient or stricter: see each class.

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

# `Content-Length: 123`
_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*([0-9]+)\s*", re.IGNORECASE)
# Bytes of a header, and of a message.
_MAX_HEADER = 8 << 10
_MAX_MESSAGE = 64 << 20
# Documents, and the characters in all of them together.
_MAX_DOCUMENTS = 5_000
_MAX_CHARACTERS = 128 << 20


class HeaderError(Exception):
    """A header that cannot be read, after which no message can be either; the text is one line."""


class MessageReader:
    """The client's messages.

    pygls only recognizes the usual spelling of the one header that matters, and reads a body of any
    length.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._left = _MAX_HEADER  # bytes of this message's header

    def readline(self) -> bytes:
        """Return the next line of a header.

        Raise HeaderError if the header is too long, or the message would be.
        """
        line = self._stream.readline(self._left)
        self._left -= len(line)
        if not self._left:
            raise HeaderError("the client sent a header that is too long")
        if not line.strip():
            self._left = _MAX_HEADER
        length = _LENGTH.fullmatch(line)
        if length is None:
            return b"\r\n" if line == b"\n" else line
        digits = length[1].lstrip(b"0")
        if len(digits) > len(str(_MAX_MESSAGE)) or int(digits or b"0") > _MAX_MESSAGE:
            raise HeaderError("the client announced a message that is too long")
        return b"Content-Length: %d\r\n" % int(length[1])

    def read(self, size: int) -> bytes:
        """Return the body of a message."""
        return self._stream.read(size)


class Protocol(LanguageServerProtocol):
    """pygls' protocol, made to answer every request, even a malformed or untimely one."""

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
    """pygls' documents, with only the protocol's line ends; pygls recognizes more."""

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

    def put_text_document(
        self, text_document: lsp.TextDocumentItem, notebook_uri: str | None = None
    ) -> None:
        """Keep a document, unless there are too many, or too much is in them."""
        known = self.open_document(text_document.uri)
        others = [text for text in self.text_documents.values() if text is not known]
        size = sum(len(text.source) for text in others) + len(text_document.text)
        if len(others) >= _MAX_DOCUMENTS or size > _MAX_CHARACTERS:
            self.remove_text_document(text_document.uri)
        else:
            super().put_text_document(text_document, notebook_uri)

    def remove_text_document(self, doc_uri: str) -> None:
        """Forget a document, if it is open."""
        if self.open_document(doc_uri):
            super().remove_text_document(doc_uri)

    def open_document(self, uri: str) -> TextDocument | None:
        """Return an open document, also by a URI that is escaped differently."""
        document: TextDocument | None = self.text_documents.get(unquote(uri))
        return document
