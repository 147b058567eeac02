# SPDX-License-Identifier: MIT
"""Which of the client's messages is handled by what."""

from __future__ import annotations

import logging
import os
import signal
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcContentModified, JsonRpcException

from criulint.criu.releases import releases
from criulint.lsp import actions, completion, definition, hints, hover, symbols, tokens, views
from criulint.lsp.protocol import MessageReader
from criulint.lsp.server import Server

if TYPE_CHECKING:
    from criulint.lsp.document import Document

# The command that returns the release and runtime for a document, by its URI, and the known
# releases.
_IN_FORCE = "criulint.inForce"
# The commands that return texts about a document, by its URI; see `views`. The second one also
# takes a position.
_SHOW_READING = "criulint.reading"
_SHOW_WINNERS = "criulint.winners"

# The protocol's RequestFailed: a valid request that could not be fulfilled.
_REQUEST_FAILED = -32803


def serve() -> int:
    """Serve a client on standard input and output until it ends; return the exit status."""
    logging.basicConfig(level=logging.CRITICAL)
    # Python would wait for the reading thread, and that for the client.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    server = make_server()
    # Standard output is the protocol's alone; prints go to the editor's log.
    sys.stdout.flush()
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as output, redirect_stdout(sys.stderr):
        server.start_io(MessageReader(sys.stdin.buffer), output)  # type: ignore[arg-type]
    return 0 if server.strict_protocol.is_shut_down else 1


def make_server() -> Server:
    """Return a server that handles all messages."""
    server = Server()
    for register in _FEATURES:
        register(server)
    return server


def _register_lifecycle(server: Server) -> None:
    @server.feature(lsp.INITIALIZE)
    def initialize(params: lsp.InitializeParams) -> None:
        server.on_initialize(params)

    @server.feature(lsp.INITIALIZED)
    async def initialized(_: lsp.InitializedParams) -> None:
        server.on_initialized()

    @server.feature(lsp.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def did_change_configuration(params: lsp.DidChangeConfigurationParams) -> None:
        server.on_configuration(params.settings)

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def did_change_watched_files(_: lsp.DidChangeWatchedFilesParams) -> None:
        server.reload_settings()

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    async def did_change_folders(_: lsp.DidChangeWorkspaceFoldersParams) -> None:
        await server.request_settings()


def _register_documents(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    async def did_open(params: lsp.DidOpenTextDocumentParams) -> None:
        server.schedule_diagnostics(params.text_document.uri, at_once=True)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    async def did_change(params: lsp.DidChangeTextDocumentParams) -> None:
        server.schedule_diagnostics(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    async def did_save(params: lsp.DidSaveTextDocumentParams) -> None:
        server.schedule_diagnostics(params.text_document.uri, at_once=True)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    async def did_close(params: lsp.DidCloseTextDocumentParams) -> None:
        server.on_close(params.text_document.uri)


def _register_diagnostics(server: Server) -> None:
    options = lsp.DiagnosticOptions(
        identifier="criulint", inter_file_dependencies=False, workspace_diagnostics=False
    )

    @server.feature(lsp.TEXT_DOCUMENT_DIAGNOSTIC, options)
    def diagnostic(params: lsp.DocumentDiagnosticParams) -> lsp.DocumentDiagnosticReport:
        return server.report(params.text_document.uri, params.previous_result_id)


def _register_hover(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def text_hover(params: lsp.HoverParams) -> lsp.Hover | None:
        markdown = server.client_shows_markdown("hover", "content_format")
        own = server.configuration(params.text_document.uri)
        if own:
            return server.log_bugs(lambda: own.hover(params.position, markdown=markdown), None)
        return server.with_document(
            params.text_document.uri,
            lambda document: hover.hover(document, params.position, markdown=markdown),
            None,
        )


def _register_completion(server: Server) -> None:
    options = lsp.CompletionOptions(
        trigger_characters=[" ", "-", "=", ",", "/", "["], resolve_provider=True
    )

    @server.feature(lsp.TEXT_DOCUMENT_COMPLETION, options)
    def text_completion(params: lsp.CompletionParams) -> lsp.CompletionList:
        uri = params.text_document.uri
        typed = params.context.trigger_character if params.context else None
        nothing = lsp.CompletionList(False, [])
        own = server.configuration(uri)
        if own:
            return server.log_bugs(lambda: own.completion(params.position), nothing)
        offered = server.with_document(
            uri,
            lambda document: completion.completion(
                document, params.position, server.completion_support, typed=typed
            ),
            nothing,
        )
        for item in offered.items:
            if isinstance(item.data, dict):
                item.data["uri"] = uri
        return offered

    @server.feature(lsp.COMPLETION_ITEM_RESOLVE)
    def resolve(item: lsp.CompletionItem) -> lsp.CompletionItem:
        data = _as_dict(item.data)
        uri, name = str(data.get("uri")), str(data.get("option"))
        return server.with_document(
            uri,
            lambda document: completion.resolve(item, name, document, server.completion_support),
            item,
        )


def _register_actions(server: Server) -> None:
    options = lsp.CodeActionOptions(
        code_action_kinds=[lsp.CodeActionKind.QuickFix, actions.FIX_ALL], resolve_provider=True
    )

    @server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, options)
    def code_action(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        uri = params.text_document.uri
        only = params.context.only
        wanted = [str(getattr(kind, "value", kind)) for kind in only] if only else None
        nothing: list[lsp.CodeAction] = []
        found = server.with_document(
            uri,
            lambda document: actions.actions(
                document,
                params.range,
                wanted,
                lambda edits: server.edit(uri, edits),
                server.action_support,
            ),
            nothing,
        )
        for action in found:
            if isinstance(action.data, dict):
                action.data |= {"uri": uri, "version": server.version_of(uri)}
        return found

    @server.feature(lsp.CODE_ACTION_RESOLVE)
    def resolve(action: lsp.CodeAction) -> lsp.CodeAction:
        data = _as_dict(action.data)
        uri = str(data.get("uri"))
        if action.edit or not data:
            return action
        if server.version_of(uri) != data.get("version"):
            raise JsonRpcContentModified("the text has changed")

        def add_edit(document: Document) -> lsp.CodeAction:
            try:
                return actions.resolve(
                    document, action, data, lambda edits: server.edit(uri, edits)
                )
            except LookupError as error:
                raise JsonRpcException(str(error), _REQUEST_FAILED) from None

        return server.with_document(uri, add_edit, action)

    @server.command(actions.OPEN_RULE)
    def open_rule(url: str = "") -> None:
        if url.startswith("https://"):
            server.window_show_document(lsp.ShowDocumentParams(url, external=True))


def _register_commands(server: Server) -> None:
    def describe(document: Document) -> dict[str, object]:
        settings = document.settings
        return {
            "criu": str(settings.release),
            "runtime": str(settings.context.caller or ""),
            "releases": [str(release) for release in reversed(releases())],
        }

    @server.command(_IN_FORCE)
    def in_force(uri: str = "") -> dict[str, object] | None:
        return server.with_document(uri, describe, None)

    @server.command(_SHOW_READING)
    def show_reading(uri: str = "") -> dict[str, object] | None:
        return server.with_document(
            uri, lambda document: views.show_reading(document, uri, server.root), None
        )

    @server.command(_SHOW_WINNERS)
    def show_winners(uri: str = "", *position: Any) -> dict[str, object] | None:
        place = _read_position(position[0] if position else None)
        return server.with_document(
            uri,
            lambda document: views.show_winners(document, uri, place, server.text_of, server.root),
            None,
        )


def _register_symbols(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def document_symbol(params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        return server.with_document(params.text_document.uri, symbols.symbols, [])

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_LINK)
    def document_link(params: lsp.DocumentLinkParams) -> list[lsp.DocumentLink]:
        return server.with_document(params.text_document.uri, symbols.links, [])


def _register_definition(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def text_definition(params: lsp.DefinitionParams) -> list[lsp.Location]:
        return server.with_document(
            params.text_document.uri,
            lambda document: definition.definition(document, params.position),
            [],
        )


def _register_hints(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)
    def inlay_hint(params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
        return server.with_document(
            params.text_document.uri, lambda document: hints.hints(document, params.range), []
        )


def _register_tokens(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, tokens.LEGEND)
    def semantic_tokens(params: lsp.SemanticTokensParams) -> lsp.SemanticTokens:
        return server.with_document(params.text_document.uri, tokens.tokens, lsp.SemanticTokens([]))

    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, tokens.LEGEND)
    def semantic_tokens_range(params: lsp.SemanticTokensRangeParams) -> lsp.SemanticTokens:
        return server.with_document(
            params.text_document.uri,
            lambda document: tokens.tokens(document, params.range),
            lsp.SemanticTokens([]),
        )


_FEATURES = (
    _register_lifecycle,
    _register_documents,
    _register_diagnostics,
    _register_hover,
    _register_completion,
    _register_actions,
    _register_commands,
    _register_symbols,
    _register_definition,
    _register_hints,
    _register_tokens,
)


def _read_position(given: object) -> lsp.Position | None:
    """Return a position that a client passes to a command, None if it is not one."""
    values = _as_dict(given)
    line, character = values.get("line"), values.get("character")
    if isinstance(line, int) and isinstance(character, int) and line >= 0 <= character:
        return lsp.Position(line, character)
    return None


def _as_dict(value: object) -> dict[str, object]:
    """Return a JSON object, which pygls may have turned into a tuple; empty for anything else."""
    return dict(value) if isinstance(value, dict) else dict(getattr(value, "_asdict", dict)())
