# SPDX-License-Identifier: GPL-2.0-only
"""pygls, held to the protocol where it takes more than that, or less: messages, requests, and changes of texts."""

from __future__ import annotations

import re
from typing import Any, BinaryIO
from urllib.parse import unquote

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException, JsonRpcInvalidRequest, JsonRpcServerNotInitialized
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.json_rpc import RPCRequest
from pygls.workspace import TextDocument, Workspace

from criulint.lsp.document import Text

_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*([0-9]+)\s*", re.IGNORECASE)
# No length of a message has more.
_MOST_DIGITS = 9


class HeaderError(Exception):
    """A message of the client that can't be read, nor any that follows; the text says why in one line."""


class Input:
    """The client's messages. pygls takes the one header that counts only if it is spelled as most clients do, and reads as
    much as it says.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readline(self) -> bytes:
        """The next line of a header. HeaderError if no message can be so long."""
        line = self._stream.readline()
        length = _LENGTH.fullmatch(line)
        if length is None:
            return b"\r\n" if line == b"\n" else line
        if len(length[1]) > _MOST_DIGITS:
            raise HeaderError("the client tells of a message that is too long")
        return b"Content-Length: %d\r\n" % int(length[1])

    def read(self, size: int) -> bytes:
        """The body of a message."""
        return self._stream.read(size)


class Protocol(LanguageServerProtocol):
    """pygls' protocol, in which each request is answered, also one that can't be understood, or can't be made now."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        """A message out of JSON."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "method" in data and isinstance(data.get("id"), int | str):
                self._send_response(data["id"], error=error.to_response_error())
            raise

    def handle_message(self, message: Any) -> None:
        """Do what a message says."""
        if self._shutdown and isinstance(message, RPCRequest):
            error = JsonRpcInvalidRequest("the server is shut down")
            self._send_response(message.id, error=error.to_response_error())
        else:
            super().handle_message(message)

    def _get_handler(self, feature_name: str) -> Any:
        begun = self._workspace is not None
        if feature_name == lsp.INITIALIZE and begun:
            raise JsonRpcInvalidRequest("the server is initialized already")
        if feature_name not in (lsp.INITIALIZE, lsp.EXIT) and not begun:
            raise JsonRpcServerNotInitialized("the server is not initialized yet")
        return super()._get_handler(feature_name)


class Texts(Workspace):
    """pygls' documents; it takes more characters for line ends than the protocol does, so the changes are made here."""

    def update_text_document(
        self,
        text_doc: lsp.VersionedTextDocumentIdentifier,
        change: lsp.TextDocumentContentChangeEvent,
    ) -> None:
        """Apply a change to a document; to one that is not open, nothing can be changed."""
        document = self.opened(text_doc.uri)
        if document is None:
            return
        text = change.text
        if isinstance(change, lsp.TextDocumentContentChangePartial):
            encoding = lsp.PositionEncodingKind(self.position_encoding)
            text = Text(document.source, encoding).replaced(change.range, change.text)
        self.put_text_document(
            lsp.TextDocumentItem(document.uri, document.language_id or "", text_doc.version, text)
        )

    def remove_text_document(self, doc_uri: str) -> None:
        """Forget a document, if it is open."""
        if self.opened(doc_uri):
            super().remove_text_document(doc_uri)

    def opened(self, uri: str) -> TextDocument | None:
        """An open document, which clients may name with other escapes than when they opened it."""
        document: TextDocument | None = self.text_documents.get(unquote(uri))
        return document
