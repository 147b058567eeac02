# SPDX-License-Identifier: GPL-2.0-only
"""The server: which message asks for what, and the settings and texts that the answers are made of."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable, Coroutine
from contextlib import redirect_stdout
from itertools import count
from typing import Any, TypeVar

from lsprotocol import types as lsp
from pygls.exceptions import FeatureRequestError, JsonRpcContentModified, JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.protocol import default_converter
from pygls.uris import to_fs_path

from criulint import __version__
from criulint.configuration import NAMES
from criulint.formatter import lay_out
from criulint.lsp import actions, completion, hints, hover, symbols, tokens
from criulint.lsp.diagnostics import diagnostics
from criulint.lsp.document import Document
from criulint.lsp.protocol import Input, Protocol, Texts
from criulint.lsp.settings import SECTION, EditorSettings
from criulint.text import escape

# Seconds without typing before diagnostics are pushed, and between two looks at the client's process and at the
# configuration files.
_PAUSE = 0.1
_WATCH = 2.0

# RequestFailed of the protocol: the request was right, but nothing came of it.
_REQUEST_FAILED = -32803

_T = TypeVar("_T")


class Server(LanguageServer):
    """The language server of criulint."""

    def __init__(self) -> None:
        super().__init__(
            "criulint", __version__, protocol_cls=Protocol, converter_factory=default_converter
        )
        self._settings = EditorSettings(self.tell, self.log_once)
        self._documents: dict[str, Document] = {}  # of the newest version of each
        self._reports: dict[str, tuple[str, list[lsp.Diagnostic]]] = {}
        self._report_numbers = count(1)
        self._waiting: dict[str, asyncio.TimerHandle] = {}
        self._told: set[str] = set()
        self._logged: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._questions = 0
        _register(self)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Write into the client's log what pygls shows to the user: a message that nobody understands is none of his."""
        if source is not FeatureRequestError:
            self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, f"{error}"))

    # --- the client

    def begin(self, params: lsp.InitializeParams) -> None:
        """Take what the client says of itself."""
        workspace = self.workspace
        self.protocol._workspace = Texts(
            workspace.root_uri,
            lsp.TextDocumentSyncKind.Incremental,
            list(workspace.folders.values()),
            workspace.position_encoding,
        )
        root = workspace.root_path or next(filter(None, map(to_fs_path, self._folders())), "")
        self._settings.begin(params.initialization_options, root)

    def follow(self) -> None:
        """Ask for the client's settings, follow them and the configuration files, and end with the client's process."""
        registrations = []
        watches = self._ability("workspace", "did_change_watched_files", "dynamic_registration")
        if watches:
            options = lsp.DidChangeWatchedFilesRegistrationOptions(
                [lsp.FileSystemWatcher(f"**/{name}") for name in NAMES]
            )
            registrations.append(
                lsp.Registration(
                    "criulint-configuration", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, options
                )
            )
        if self._ability("workspace", "did_change_configuration", "dynamic_registration"):
            section = lsp.DidChangeConfigurationRegistrationOptions(SECTION)
            registrations.append(
                lsp.Registration(
                    "criulint-settings", lsp.WORKSPACE_DID_CHANGE_CONFIGURATION, section
                )
            )
        if registrations:
            self.client_register_capability(lsp.RegistrationParams(registrations))
        self._start(self.ask_settings())
        self._start(self._watch(self.process_id if os.name == "posix" else None))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        async def run() -> None:
            try:
                await work
            except Exception:
                self.log_bug()

        task = asyncio.get_running_loop().create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def log_bug(self) -> None:
        """Write the exception that was just caught into the client's log."""
        message = f"internal error (please report it):\n{traceback.format_exc()}"
        self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, message))

    async def _watch(self, process: int | None) -> None:
        """Look now and then for what nobody tells of."""
        while True:
            await asyncio.sleep(_WATCH)
            if process and not _runs(process):
                os._exit(1)  # who was killed says no good-bye, and the input may stay open
            if self._settings.outdated():
                self.read_again()

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

    async def ask_settings(self) -> None:
        """Ask the client for its settings, if it answers that."""
        if not self._ability("workspace", "configuration"):
            return
        self._questions += 1
        question = self._questions
        scopes = {"": None, **{path: uri for uri in self._folders() if (path := to_fs_path(uri))}}
        items = [lsp.ConfigurationItem(uri, SECTION) for uri in scopes.values()]
        try:
            answers = await self.workspace_configuration_async(lsp.ConfigurationParams(items))
        except JsonRpcException:
            return
        told = dict(zip(scopes, answers or (), strict=False))
        if question == self._questions and self._settings.answer(told):
            self.refresh()

    def _folders(self) -> list[str]:
        return [folder.uri for folder in self.workspace.folders.values()]

    def sent(self, settings: object) -> None:
        """Take the settings that the client sends, and ask for those that it only tells of."""
        self._told.clear()
        self._settings.take(settings)
        self.refresh()
        self._start(self.ask_settings())

    def tell(self, message: str) -> None:
        """Show the user a message, once."""
        if message not in self._told:
            self._told.add(message)
            params = lsp.ShowMessageParams(lsp.MessageType.Error, f"criulint: {escape(message)}")
            self.window_show_message(params)

    def log_once(self, message: str) -> None:
        """Write a message to the client's log, once."""
        if message not in self._logged:
            self._logged.add(message)
            params = lsp.LogMessageParams(lsp.MessageType.Info, f"criulint: {escape(message)}")
            self.window_log_message(params)

    # --- documents

    @property
    def texts(self) -> Texts:
        """The documents that are open."""
        assert isinstance(self.workspace, Texts)
        return self.workspace

    def document(self, uri: str) -> Document | None:
        """The newest version of a document that is open; None if it is not, or excluded."""
        if self._settings.outdated():
            self._settings.forget()
            asyncio.get_running_loop().call_soon(self.read_again)
        text = self.texts.opened(uri)
        if text is None:
            return None
        path = _path(uri)
        settings, linter = self._settings.of(path) or (None, None)
        known = self._documents.get(text.uri)
        if known and known.text == text.source and known.settings is settings:
            return known
        if settings is None or linter is None:
            return None
        encoding = lsp.PositionEncodingKind(self.workspace.position_encoding)
        document = Document(text.source, path, settings, linter, encoding, text.language_id)
        self._documents[text.uri] = document
        return document

    def edit(self, uri: str, edits: list[lsp.TextEdit]) -> lsp.WorkspaceEdit:
        """A change of the workspace; bound to the version of the document, if the client can do that."""
        if self._ability("workspace", "workspace_edit", "document_changes"):
            identifier = lsp.OptionalVersionedTextDocumentIdentifier(uri, self.version_of(uri))
            return lsp.WorkspaceEdit(
                document_changes=[lsp.TextDocumentEdit(identifier, list(edits))]
            )
        return lsp.WorkspaceEdit(changes={uri: edits})

    def version_of(self, uri: str) -> int | None:
        """The version of a document that is open."""
        text = self.texts.opened(uri)
        return text.version if text else None

    # --- diagnostics

    def check(self, uri: str) -> list[lsp.Diagnostic]:
        """The diagnostics of a document."""

        def found() -> list[lsp.Diagnostic]:
            document = self.document(uri)
            return diagnostics(document) if document else []

        return _guarded(self, found, [])

    def report(self, uri: str, known: str | None) -> lsp.DocumentDiagnosticReport:
        """The diagnostics of a document for a client that has those of the report `known`."""
        found = self.check(uri)
        number, before = self._reports.get(uri, ("", None))
        if found != before:
            number = str(next(self._report_numbers))
            self._reports[uri] = number, found
        elif number == known:
            return lsp.RelatedUnchangedDocumentDiagnosticReport(number)
        return lsp.RelatedFullDocumentDiagnosticReport(found, result_id=number)

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
        if self.texts.opened(uri):
            version = self.version_of(uri)
            self.text_document_publish_diagnostics(
                lsp.PublishDiagnosticsParams(uri, self.check(uri), version)
            )

    def closed(self, uri: str) -> None:
        """Take back what was said of a document."""
        if waiting := self._waiting.pop(uri, None):
            waiting.cancel()
        self._documents.pop(uri, None)
        self._reports.pop(uri, None)
        if not self.pulls:
            self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))

    def read_again(self) -> None:
        """Read the configuration files again, and tell again what is wrong with them."""
        self._told.clear()
        self._settings.forget()
        self.refresh()

    def refresh(self) -> None:
        """Let the client show everything anew, with other settings."""
        for document in list(self.texts.text_documents.values()):
            self.changed(document.uri, at_once=True)
        if self.pulls and self._ability("workspace", "diagnostics", "refresh_support"):
            self.workspace_diagnostic_refresh(None)
        if self._ability("workspace", "inlay_hint", "refresh_support"):
            self.workspace_inlay_hint_refresh(None)
        if self._ability("workspace", "semantic_tokens", "refresh_support"):
            self.workspace_semantic_tokens_refresh(None)


def _path(uri: str) -> str:
    """What a document is called."""
    path = to_fs_path(uri)
    return path if path and uri.startswith("file:") else uri


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _guarded(server: Server, work: Callable[[], _T], otherwise: _T) -> _T:
    """What `work` gives; a bug is written into the log, and the server lives."""
    try:
        return work()
    except JsonRpcException:
        raise
    except Exception:
        server.log_bug()
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
        server.follow()

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
        server.read_again()

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    async def _folders(params: lsp.DidChangeWorkspaceFoldersParams) -> None:
        await server.ask_settings()

    @server.feature(lsp.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def _configuration(params: lsp.DidChangeConfigurationParams) -> None:
        server.sent(params.settings)

    diagnostic_options = lsp.DiagnosticOptions(
        identifier="criulint", inter_file_dependencies=False, workspace_diagnostics=False
    )

    @server.feature(lsp.TEXT_DOCUMENT_DIAGNOSTIC, diagnostic_options)
    def _diagnostic(params: lsp.DocumentDiagnosticParams) -> lsp.DocumentDiagnosticReport:
        return server.report(params.text_document.uri, params.previous_result_id)

    def markdown(*names: str) -> bool:
        """Whether the client shows Markdown there; one that does not say is taken to."""
        formats = server._ability("text_document", *names)
        return formats is None or lsp.MarkupKind.Markdown in formats

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def _hover(params: lsp.HoverParams) -> lsp.Hover | None:
        shows_markdown = markdown("hover", "content_format")
        return on(
            params.text_document.uri,
            lambda document: hover.hover(document, params.position, markdown=shows_markdown),
            None,
        )

    def abilities() -> completion.Abilities:
        item = "completion", "completion_item"
        snippets = server._ability("text_document", *item, "snippet_support")
        return completion.Abilities(bool(snippets), markdown(*item, "documentation_format"))

    @server.feature(
        lsp.TEXT_DOCUMENT_COMPLETION,
        lsp.CompletionOptions(
            trigger_characters=[" ", "-", "=", ",", "/", "["], resolve_provider=True
        ),
    )
    def _completion(params: lsp.CompletionParams) -> lsp.CompletionList:
        uri = params.text_document.uri
        typed = params.context.trigger_character if params.context else None
        offered = on(
            uri,
            lambda document: completion.completion(
                document, params.position, abilities(), typed=typed
            ),
            lsp.CompletionList(False, []),
        )
        for item in offered.items:
            if isinstance(item.data, dict):
                item.data["uri"] = uri
        return offered

    @server.feature(lsp.COMPLETION_ITEM_RESOLVE)
    def _resolve(item: lsp.CompletionItem) -> lsp.CompletionItem:
        data = _data(item)
        uri, name = str(data.get("uri")), str(data.get("option"))
        return on(
            uri, lambda document: completion.resolved(item, name, document, abilities()), item
        )

    kinds = [lsp.CodeActionKind.QuickFix, actions.FIX_ALL]

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION,
        lsp.CodeActionOptions(code_action_kinds=kinds, resolve_provider=True),
    )
    def _actions(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        uri = params.text_document.uri
        only = params.context.only
        wanted = [str(getattr(kind, "value", kind)) for kind in only] if only else None
        resolves = (
            server._ability("text_document", "code_action", "resolve_support", "properties") or ()
        )
        client = actions.Client(
            opens=bool(server._ability("window", "show_document", "support")),
            resolves="edit" in resolves
            and bool(server._ability("text_document", "code_action", "data_support")),
        )
        nothing: list[lsp.CodeAction] = []
        found = on(
            uri,
            lambda document: actions.actions(
                document, params.range, wanted, lambda edits: server.edit(uri, edits), client
            ),
            nothing,
        )
        for action in found:
            if isinstance(action.data, dict):
                action.data |= {"uri": uri, "version": server.version_of(uri)}
        return found

    @server.feature(lsp.CODE_ACTION_RESOLVE)
    def _resolve_action(action: lsp.CodeAction) -> lsp.CodeAction:
        data = _data(action)
        uri = str(data.get("uri"))
        if action.edit or not data:
            return action
        if server.version_of(uri) != data.get("version"):
            raise JsonRpcContentModified("the text was changed since")

        def resolved(document: Document) -> lsp.CodeAction:
            try:
                return actions.resolved(
                    document, action, data, lambda edits: server.edit(uri, edits)
                )
            except LookupError as error:
                raise JsonRpcException(str(error), _REQUEST_FAILED) from None

        return on(uri, resolved, action)

    @server.command(actions.OPEN_RULE)
    def _open_rule(url: str = "") -> None:
        if url.startswith("https://"):
            server.window_show_document(lsp.ShowDocumentParams(url, external=True))

    @server.feature(lsp.TEXT_DOCUMENT_FORMATTING)
    def _formatting(params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit]:
        def laid_out(document: Document) -> list[lsp.TextEdit]:
            return (
                []
                if document.embeds or document.too_large
                else document.changes(lay_out(document.reading).data)
            )

        return on(params.text_document.uri, laid_out, [])

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def _symbols(params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        return on(params.text_document.uri, symbols.symbols, [])

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_LINK)
    def _links(params: lsp.DocumentLinkParams) -> list[lsp.DocumentLink]:
        return on(params.text_document.uri, symbols.links, [])

    @server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)
    def _hints(params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
        return on(
            params.text_document.uri, lambda document: hints.hints(document, params.range), []
        )

    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, tokens.LEGEND)
    def _tokens(params: lsp.SemanticTokensParams) -> lsp.SemanticTokens:
        return on(params.text_document.uri, tokens.tokens, lsp.SemanticTokens([]))

    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, tokens.LEGEND)
    def _tokens_range(params: lsp.SemanticTokensRangeParams) -> lsp.SemanticTokens:
        return on(
            params.text_document.uri,
            lambda document: tokens.tokens(document, params.range),
            lsp.SemanticTokens([]),
        )


def _data(item: lsp.CompletionItem | lsp.CodeAction) -> dict[str, object]:
    """What the server gave an item to be known by."""
    data = item.data
    return dict(data) if isinstance(data, dict) else dict(getattr(data, "_asdict", dict)())


def serve() -> int:
    """Speak the protocol on standard input and output until the client ends it; the exit status."""
    logging.basicConfig(level=logging.CRITICAL)
    # Python would wait for the thread that reads, and that for the client.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    server = Server()
    # The protocol has standard output for itself; whatever else is printed is for the editor's log.
    sys.stdout.flush()
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as output, redirect_stdout(sys.stderr):
        server.start_io(Input(sys.stdin.buffer), output)  # type: ignore[arg-type]
    return 0 if server.protocol._shutdown else 1
