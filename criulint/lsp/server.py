# SPDX-License-Identifier: GPL-2.0-only
"""The server: which message asks for what, and the settings and texts that the answers are made of."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from typing import Any, TypeVar

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path
from pygls.workspace import TextDocument, Workspace

from criulint import __version__
from criulint.cli import UsageError
from criulint.cli.inputs import chosen_release
from criulint.configuration import ConfigurationError, Search
from criulint.configuration.load import load
from criulint.configuration.resolve import FileSettings, Resolver
from criulint.layout import lay_out
from criulint.lsp import actions, completion, hints, hover, symbols, tokens
from criulint.lsp.diagnostics import diagnostics
from criulint.lsp.document import Document, Text
from criulint.machine import Host
from criulint.rules.words import visible

_CONFIGURATION_FILES = ("**/criulint.toml", "**/.criulint.toml", "**/pyproject.toml")
# How the client names settings, and the configuration file; a client may use either.
_SETTINGS = {"extendSelect": "extend-select", "failOn": "fail-on", "targetVersion": "criu", "for": "commands"}
_KNOWN = ("criu", "runtime", "role", "commands", "select", "extend-select", "ignore")
# Seconds without typing before diagnostics are pushed, and between two looks at the client's process.
_PAUSE = 0.1
_WATCH = 2.0

_T = TypeVar("_T")
_Encoding = lsp.PositionEncodingKind


class _Texts(Workspace):
    """pygls' documents; it takes more characters for line ends than the protocol does, so the changes are made here."""

    def update_text_document(
        self, text_doc: lsp.VersionedTextDocumentIdentifier, change: lsp.TextDocumentContentChangeEvent
    ) -> None:
        """Apply a change to a document."""
        document = self.get_text_document(text_doc.uri)
        text = change.text
        if isinstance(change, lsp.TextDocumentContentChangePartial):
            text = Text(document.source, _Encoding(self.position_encoding)).replaced(change.range, change.text)
        opened = lsp.TextDocumentItem(text_doc.uri, document.language_id or "", text_doc.version, text)
        self.put_text_document(opened)


class Server(LanguageServer):
    """The language server of criulint."""

    def __init__(self) -> None:
        super().__init__("criulint", __version__)
        self._given: dict[str, Any] = {}
        self._configuration: str | None = None
        self._resolver: Resolver | None = None
        self._documents: dict[str, Document] = {}  # of the newest version of each
        self._waiting: dict[str, asyncio.TimerHandle] = {}
        self._told: set[str] = set()
        self._watcher: asyncio.Task[None] | None = None
        _register(self)

    # --- the client

    def begin(self, params: lsp.InitializeParams) -> None:
        """Take what the client says of itself."""
        workspace = self.workspace
        self.protocol._workspace = _Texts(
            workspace.root_uri,
            lsp.TextDocumentSyncKind.Incremental,
            list(workspace.folders.values()),
            workspace.position_encoding,
        )
        self.configure(params.initialization_options)

    async def follow(self) -> None:
        """Watch the configuration files, if the client can, and end with the client's process."""
        watched = self._ability("workspace", "did_change_watched_files", "dynamic_registration")
        if watched:
            options = lsp.DidChangeWatchedFilesRegistrationOptions(
                [lsp.FileSystemWatcher(pattern) for pattern in _CONFIGURATION_FILES]
            )
            registration = lsp.Registration("criulint-configuration", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            self.client_register_capability(lsp.RegistrationParams([registration]))
        if self.process_id and os.name == "posix":
            self._watcher = asyncio.get_running_loop().create_task(_end_with(self.process_id))

    def _ability(self, *names: str) -> Any:
        """What the client says that it can do, None if it does not say."""
        found: Any = self.client_capabilities
        for name in names:
            found = getattr(found, name, None)
        return found

    @property
    def pulls(self) -> bool:
        """Whether the client asks for diagnostics, so that they need not be sent."""
        return self._ability("text_document", "diagnostic") is not None

    # --- settings

    def configure(self, options: object) -> None:
        """Take the client's settings, and forget all that hung on others."""
        given: dict[str, Any] = {}
        self._configuration = None
        if isinstance(options, Mapping):
            inner = options.get("criulint", options)
            for key, value in (inner if isinstance(inner, Mapping) else {}).items():
                name = _SETTINGS.get(key, key)
                if name == "configuration" and isinstance(value, str) and value:
                    self._configuration = os.path.expanduser(value)
                elif name in _KNOWN and value not in (None, "", []):
                    given[name] = value
        self._given = given
        self._told.clear()
        self.forget()

    def forget(self) -> None:
        """Read the configuration files again."""
        self._resolver = None
        self._documents.clear()

    def _settings(self, path: str) -> FileSettings | None:
        """The settings of a file; None if it is excluded. What can't be used is told of once, and left out."""
        try:
            resolver = self._resolver
            if resolver is None:
                configuration = load(self._configuration) if self._configuration else None
                search = None if self._configuration else Search()
                resolver = self._resolver = Resolver(
                    self._given, chosen_release, configuration, search, Host(os.environ).locate
                )
            return None if resolver.excludes(path) else resolver.settings(path)
        except (ConfigurationError, UsageError, ValueError, OSError) as error:
            self.tell(str(error))
        try:
            return Resolver(self._given, chosen_release).settings(path)
        except (UsageError, ValueError) as error:
            self.tell(str(error))
            return Resolver({}, chosen_release).settings(path)

    def tell(self, message: str) -> None:
        """Show the user a message, once."""
        if message not in self._told:
            self._told.add(message)
            params = lsp.ShowMessageParams(lsp.MessageType.Error, f"criulint: {visible(message)}")
            self.window_show_message(params)

    # --- documents

    def document(self, uri: str) -> Document | None:
        """The newest version of a document; None if it is excluded."""
        text = self.workspace.get_text_document(uri)
        known = self._documents.get(uri)
        if known and known.text == _source(text):
            return known
        path = _path(uri)
        settings = self._settings(path)
        if settings is None:
            return None
        document = Document(_source(text), path, settings, _Encoding(self.workspace.position_encoding), text.language_id)
        self._documents[uri] = document
        return document

    def edit(self, uri: str, edits: list[lsp.TextEdit]) -> lsp.WorkspaceEdit:
        """A change of the workspace; bound to the version of the document, if the client can do that."""
        if self._ability("workspace", "workspace_edit", "document_changes"):
            identifier = lsp.OptionalVersionedTextDocumentIdentifier(uri, self.workspace.get_text_document(uri).version)
            return lsp.WorkspaceEdit(document_changes=[lsp.TextDocumentEdit(identifier, list(edits))])
        return lsp.WorkspaceEdit(changes={uri: edits})

    # --- diagnostics

    def check(self, uri: str) -> list[lsp.Diagnostic]:
        """The diagnostics of a document."""
        document = self.document(uri)
        return diagnostics(document) if document else []

    def changed(self, uri: str, *, at_once: bool = False) -> None:
        """Push diagnostics of a document, when nobody types any more, to a client that does not ask for them."""
        if self.pulls:
            return
        if waiting := self._waiting.pop(uri, None):
            waiting.cancel()
        loop = asyncio.get_running_loop()
        self._waiting[uri] = loop.call_later(0 if at_once else _PAUSE, self._push, uri)

    def _push(self, uri: str) -> None:
        self._waiting.pop(uri, None)
        if uri not in self.workspace.text_documents:
            return
        version = self.workspace.get_text_document(uri).version
        nothing: list[lsp.Diagnostic] = []
        found = _guarded(self, lambda: self.check(uri), nothing)
        self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found, version))

    def closed(self, uri: str) -> None:
        """Take back what was said of a document."""
        if waiting := self._waiting.pop(uri, None):
            waiting.cancel()
        self._documents.pop(uri, None)
        if not self.pulls:
            self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))

    async def refresh(self) -> None:
        """Let the client show everything anew."""
        self.forget()
        for uri in list(self.workspace.text_documents):
            self.changed(uri, at_once=True)
        if self.pulls and self._ability("workspace", "diagnostics", "refresh_support"):
            self.workspace_diagnostic_refresh(None)
        if self._ability("workspace", "inlay_hint", "refresh_support"):
            self.workspace_inlay_hint_refresh(None)
        if self._ability("workspace", "semantic_tokens", "refresh_support"):
            self.workspace_semantic_tokens_refresh(None)


def _source(document: TextDocument) -> str:
    """The text of a document; nothing if it is not open and can't be read."""
    try:
        return str(document.source)
    except (OSError, ValueError):
        return ""


def _path(uri: str) -> str:
    """What a document is called."""
    path = to_fs_path(uri)
    return path if path and uri.startswith("file:") else uri


async def _end_with(process: int) -> None:
    """End when a process has ended, as one that was killed says no good-bye."""
    while True:
        await asyncio.sleep(_WATCH)
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            os._exit(1)
        except OSError:
            continue


def _guarded(server: Server, work: Callable[[], _T], otherwise: _T) -> _T:
    """What `work` gives; a bug is written into the log, and the server lives."""
    try:
        return work()
    except Exception:
        message = f"internal error (please report it):\n{traceback.format_exc()}"
        server.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, message))
        return otherwise


def _register(server: Server) -> None:
    """Tell pygls which message asks for what."""

    def on(uri: str, work: Callable[[Document], _T], otherwise: _T) -> _T:
        """What is told of a document that is not excluded."""

        def ask() -> _T:
            document = server.document(uri)
            return work(document) if document else otherwise

        return _guarded(server, ask, otherwise)

    @server.feature(lsp.INITIALIZE)
    def _initialize(params: lsp.InitializeParams) -> None:
        server.begin(params)

    @server.feature(lsp.INITIALIZED)
    async def _initialized(params: lsp.InitializedParams) -> None:
        await server.follow()

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    async def _open(params: lsp.DidOpenTextDocumentParams) -> None:
        server.changed(params.text_document.uri, at_once=True)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    async def _change(params: lsp.DidChangeTextDocumentParams) -> None:
        server.changed(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    async def _save(params: lsp.DidSaveTextDocumentParams) -> None:
        server.changed(params.text_document.uri, at_once=True)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    async def _close(params: lsp.DidCloseTextDocumentParams) -> None:
        server.closed(params.text_document.uri)

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def _files(params: lsp.DidChangeWatchedFilesParams) -> None:
        await server.refresh()

    @server.feature(lsp.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def _configuration(params: lsp.DidChangeConfigurationParams) -> None:
        server.configure(params.settings)
        await server.refresh()

    diagnostic_options = lsp.DiagnosticOptions(
        identifier="criulint", inter_file_dependencies=False, workspace_diagnostics=False
    )

    @server.feature(lsp.TEXT_DOCUMENT_DIAGNOSTIC, diagnostic_options)
    def _diagnostic(params: lsp.DocumentDiagnosticParams) -> lsp.DocumentDiagnosticReport:
        nothing: list[lsp.Diagnostic] = []
        found = _guarded(server, lambda: server.check(params.text_document.uri), nothing)
        return lsp.RelatedFullDocumentDiagnosticReport(items=found)

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def _hover(params: lsp.HoverParams) -> lsp.Hover | None:
        formats = server._ability("text_document", "hover", "content_format")
        markdown = formats is None or lsp.MarkupKind.Markdown in formats
        return on(params.text_document.uri, lambda document: hover.hover(document, params.position, markdown=markdown), None)

    @server.feature(
        lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=[" ", "-", "=", "/"], resolve_provider=True)
    )
    def _completion(params: lsp.CompletionParams) -> lsp.CompletionList:
        snippets = server._ability("text_document", "completion", "completion_item", "snippet_support")
        abilities = completion.Abilities(bool(snippets))
        uri = params.text_document.uri
        offered = on(
            uri,
            lambda document: completion.completion(document, params.position, abilities),
            lsp.CompletionList(False, []),
        )
        for item in offered.items:
            if isinstance(item.data, dict):
                item.data["uri"] = uri
        return offered

    @server.feature(lsp.COMPLETION_ITEM_RESOLVE)
    def _resolve(item: lsp.CompletionItem) -> lsp.CompletionItem:
        data = item.data
        uri = data.get("uri") if isinstance(data, dict) else getattr(data, "uri", None)
        if not isinstance(uri, str):
            return item
        name = data["option"] if isinstance(data, dict) else getattr(data, "option", "")
        return on(uri, lambda document: completion.resolved(item, str(name), document), item)

    kinds = [lsp.CodeActionKind.QuickFix, actions.FIX_ALL]

    @server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=kinds))
    def _actions(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        uri = params.text_document.uri
        only = params.context.only
        wanted = [str(getattr(kind, "value", kind)) for kind in only] if only else None
        can_open = bool(server._ability("window", "show_document", "support"))
        return on(
            uri,
            lambda document: actions.actions(
                document, params.range, wanted, lambda edits: server.edit(uri, edits), can_open=can_open
            ),
            [],
        )

    @server.command(actions.OPEN_RULE)
    def _open_rule(url: str) -> None:
        if url.startswith("https://"):
            server.window_show_document(lsp.ShowDocumentParams(url, external=True))

    @server.feature(lsp.TEXT_DOCUMENT_FORMATTING)
    def _formatting(params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit]:
        def laid_out(document: Document) -> list[lsp.TextEdit]:
            return [] if document.embeds else document.changes(lay_out(document.reading).data)

        return on(params.text_document.uri, laid_out, [])

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def _symbols(params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        return on(params.text_document.uri, lambda document: [] if document.embeds else symbols.symbols(document), [])

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_LINK)
    def _links(params: lsp.DocumentLinkParams) -> list[lsp.DocumentLink]:
        return on(params.text_document.uri, lambda document: [] if document.embeds else symbols.links(document), [])

    @server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)
    def _hints(params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
        return on(
            params.text_document.uri, lambda document: [] if document.embeds else hints.hints(document, params.range), []
        )

    nothing = lsp.SemanticTokens([])

    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, tokens.LEGEND)
    def _tokens(params: lsp.SemanticTokensParams) -> lsp.SemanticTokens:
        return on(
            params.text_document.uri, lambda document: nothing if document.embeds else tokens.tokens(document), nothing
        )

    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, tokens.LEGEND)
    def _tokens_range(params: lsp.SemanticTokensRangeParams) -> lsp.SemanticTokens:
        def within(document: Document) -> lsp.SemanticTokens:
            first, _ = document.line_of(document.offset(params.range.start))
            last, _ = document.line_of(document.offset(params.range.end))
            return nothing if document.embeds else tokens.tokens(document, first, last)

        return on(params.text_document.uri, within, nothing)


def serve() -> int:
    """Speak the protocol on standard input and output until the client ends it; the exit status."""
    logging.basicConfig(level=logging.CRITICAL)
    server = Server()
    # The protocol has standard output for itself; whatever else is printed is for the editor's log.
    sys.stdout.flush()
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as output, redirect_stdout(sys.stderr):
        server.start_io(stdout=output)
    return 0 if server.protocol._shutdown else 1
