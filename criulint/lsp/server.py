# SPDX-License-Identifier: MIT
"""The server's state: the client, its documents and its settings."""

from __future__ import annotations

import asyncio
import os
import traceback
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types as lsp
from pygls.exceptions import FeatureRequestError, JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.protocol import default_converter
from pygls.uris import to_fs_path

from criulint import __version__
from criulint.configuration.search import NAMES
from criulint.formatter import lay_out
from criulint.lsp import actions, completion
from criulint.lsp.configuration import ConfigurationText, is_configuration
from criulint.lsp.diagnostics import diagnostics
from criulint.lsp.document import CRIU_LANGUAGE, Document, is_foreign
from criulint.lsp.logs import log_diagnostics
from criulint.lsp.protocol import Protocol, StrictWorkspace
from criulint.lsp.settings import SECTION, EditorSettings
from criulint.text import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

# Seconds without typing before diagnostics are pushed.
_TYPING_PAUSE = 0.1
# Seconds between two checks of the client's process and the configuration files.
_WATCH_INTERVAL = 2.0

# How much is remembered: messages, characters of the documents with known findings, and requests
# that the client has not answered.
_MAX_MESSAGES = 1_000
_MAX_KNOWN_CHARACTERS = 4_000_000
_MAX_REQUESTS = 8
# Linux, PATH_MAX and NAME_MAX.
_MAX_PATH = 4096
_MAX_NAME = 255

_T = TypeVar("_T")


class Server(LanguageServer):
    """The language server of criulint."""

    def __init__(self) -> None:
        super().__init__(
            "criulint", __version__, protocol_cls=Protocol, converter_factory=default_converter
        )
        self._settings = EditorSettings(self.show_error_once, self.log_once)
        # The newest version of each document, least recently used first.
        self._documents: dict[str, Document] = {}
        # The last report on each document: its number, the document's version, and its content.
        self._reports: dict[str, tuple[str, int | None, list[lsp.Diagnostic]]] = {}
        self._report_numbers = count(1)
        self._scheduled: dict[str, asyncio.TimerHandle] = {}
        self._errors_shown: set[str] = set()
        self._messages_logged: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._settings_requests = 0
        self._settings_answers = 0

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log pygls' internal errors, which it would show to the user."""
        if source is not FeatureRequestError:
            self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, f"{error}"))

    @property
    def strict_protocol(self) -> Protocol:
        """The protocol, as our own class."""
        assert isinstance(self.protocol, Protocol)
        return self.protocol

    # --- the client

    def on_initialize(self, params: lsp.InitializeParams) -> None:
        """Use the client's folders and initial settings."""
        self.strict_protocol.use_strict_workspace()
        if not self._formats_by_language:
            self._register_formatting()
        self._settings.start(params.initialization_options, self.root)

    def on_initialized(self) -> None:
        """Request the client's settings; watch them, the configuration files and its process."""
        registrations = []
        if self._formats_by_language:
            self._register_formatting()
            own = lsp.DocumentFormattingRegistrationOptions(
                [lsp.TextDocumentFilterLanguage(language=CRIU_LANGUAGE)]
            )
            registrations.append(
                lsp.Registration("criulint-formatting", lsp.TEXT_DOCUMENT_FORMATTING, own)
            )
        if self._client_capability("workspace", "did_change_watched_files", "dynamic_registration"):
            files = lsp.DidChangeWatchedFilesRegistrationOptions(
                [lsp.FileSystemWatcher(f"**/{name}") for name in NAMES]
            )
            registrations.append(
                lsp.Registration(
                    "criulint-configuration", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, files
                )
            )
        if self._client_capability("workspace", "did_change_configuration", "dynamic_registration"):
            section = lsp.DidChangeConfigurationRegistrationOptions(SECTION)
            registrations.append(
                lsp.Registration(
                    "criulint-settings", lsp.WORKSPACE_DID_CHANGE_CONFIGURATION, section
                )
            )
        if registrations:
            self.client_register_capability(lsp.RegistrationParams(registrations))
        self._start_task(self.request_settings())
        self._start_task(self._watch(self.process_id if os.name == "posix" else None))

    def _register_formatting(self) -> None:
        def format_document(document: Document) -> list[lsp.TextEdit]:
            if document.kind or document.too_large:
                return []
            return document.changes(lay_out(document.reading).data)

        @self.feature(lsp.TEXT_DOCUMENT_FORMATTING)
        def formatting(params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit]:
            return self.with_document(params.text_document.uri, format_document, [])

    @property
    def _formats_by_language(self) -> bool:
        """Whether the client can register formatting for CRIU's files only, and not host files."""
        return bool(self._client_capability("text_document", "formatting", "dynamic_registration"))

    def _start_task(self, work: Coroutine[Any, Any, None]) -> None:
        async def run() -> None:
            try:
                await work
            except Exception:
                self._log_bug()

        task = asyncio.get_running_loop().create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _log_bug(self) -> None:
        """Write the exception that is being handled into the client's log."""
        message = f"internal error (please report it):\n{traceback.format_exc()}"
        self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, message))

    def log_bugs(self, work: Callable[[], _T], default: _T) -> _T:
        """Return what `work` returns; log a bug in it, and return `default`."""
        try:
            return work()
        except JsonRpcException:
            raise
        except Exception:
            self._log_bug()
            return default

    async def _watch(self, process: int | None) -> None:
        """Regularly check what the client may not report: its own end, and changes of files."""
        while True:
            await asyncio.sleep(_WATCH_INTERVAL)
            if process and not _process_is_alive(process):
                os._exit(1)  # a killed client sends no `exit`, and the input may stay open
            if self._settings.is_outdated():
                self.reload_settings()

    def _client_capability(self, *names: str) -> Any:
        """Return a value of the client's capabilities, None if it is not there."""
        found: Any = self.client_capabilities
        for name in names:
            found = getattr(found, name, None)
        return found

    @property
    def client_pulls(self) -> bool:
        """Whether the client asks for diagnostics, so that they need not be pushed."""
        return self._client_capability("text_document", "diagnostic") is not None

    def client_shows_markdown(self, *names: str) -> bool:
        """Return whether the client renders Markdown there; one that does not say does."""
        formats = self._client_capability("text_document", *names)
        return formats is None or lsp.MarkupKind.Markdown in formats

    @property
    def completion_support(self) -> completion.CompletionSupport:
        """What the client can do with a completion."""
        item = ("completion", "completion_item")
        return completion.CompletionSupport(
            snippets=bool(self._client_capability("text_document", *item, "snippet_support")),
            markdown=self.client_shows_markdown(*item, "documentation_format"),
        )

    @property
    def action_support(self) -> actions.ActionSupport:
        """What the client can do with a code action."""
        action = ("text_document", "code_action")
        resolved = self._client_capability(*action, "resolve_support", "properties") or ()
        return actions.ActionSupport(
            opens_pages=bool(self._client_capability("window", "show_document", "support")),
            resolves="edit" in resolved and bool(self._client_capability(*action, "data_support")),
        )

    def show_error_once(self, message: str) -> None:
        """Show the user a message that was not shown since the settings last changed."""
        if message not in self._errors_shown:
            _remember(self._errors_shown, message)
            params = lsp.ShowMessageParams(lsp.MessageType.Error, f"criulint: {escape(message)}")
            self.window_show_message(params)

    def log_once(self, message: str) -> None:
        """Write a message into the client's log, unless it is already there."""
        if message not in self._messages_logged:
            _remember(self._messages_logged, message)
            params = lsp.LogMessageParams(lsp.MessageType.Info, f"criulint: {escape(message)}")
            self.window_log_message(params)

    # --- settings

    def on_configuration(self, settings: object) -> None:
        """Use the settings that the client sends, and request those that it only announces."""
        self._errors_shown.clear()
        self._settings.update(settings)
        self.refresh()
        self._start_task(self.request_settings())

    async def request_settings(self) -> None:
        """Request the client's settings, if it answers such requests."""
        if not self._client_capability("workspace", "configuration"):
            return
        if self._settings_requests - self._settings_answers >= _MAX_REQUESTS:
            return  # the client does not answer
        self._settings_requests += 1
        number = self._settings_requests
        scopes = {"": None, **{path: uri for uri in self._folders() if (path := to_fs_path(uri))}}
        items = [lsp.ConfigurationItem(uri, SECTION) for uri in scopes.values()]
        try:
            answers = await self.workspace_configuration_async(lsp.ConfigurationParams(items))
        except JsonRpcException:
            return
        finally:
            self._settings_answers += 1
        by_folder = dict(zip(scopes, answers or (), strict=False))
        is_newest = number == self._settings_requests
        if is_newest and self._settings.update_scopes(by_folder):
            self.refresh()

    def _folders(self) -> list[str]:
        return [folder.uri for folder in self.workspace.folders.values()]

    def reload_settings(self) -> None:
        """Read the configuration files again, and show again what is wrong with them."""
        self._errors_shown.clear()
        self._settings.forget()
        self.refresh()

    def refresh(self) -> None:
        """Make the client refresh everything for the current settings."""
        for document in list(self.strict_workspace.text_documents.values()):
            self.schedule_diagnostics(document.uri, at_once=True)
        if self.client_pulls and self._client_can_refresh("diagnostics"):
            self.workspace_diagnostic_refresh(None)
        if self._client_can_refresh("inlay_hint"):
            self.workspace_inlay_hint_refresh(None)
        if self._client_can_refresh("semantic_tokens"):
            self.workspace_semantic_tokens_refresh(None)

    def _client_can_refresh(self, feature: str) -> bool:
        return bool(self._client_capability("workspace", feature, "refresh_support"))

    # --- documents

    @property
    def strict_workspace(self) -> StrictWorkspace:
        """The open documents."""
        assert isinstance(self.workspace, StrictWorkspace)
        return self.workspace

    def document(self, uri: str) -> Document | None:
        """Return the newest version of an open document, None if it is not open, or excluded."""
        text = self.strict_workspace.open_document(uri)
        if text is None:
            return None
        path = _path(uri)
        if is_configuration(path) or is_foreign(text.language_id, path):
            return None
        if self._settings.is_outdated(path):
            self._settings.forget()
            asyncio.get_running_loop().call_soon(self.reload_settings)
        settings, linter = self._settings.settings_of(path) or (None, None)
        known = self._documents.pop(text.uri, None)
        if known:
            self._documents[text.uri] = known  # the most recently used one
        if known and known.text == text.source and known.settings is settings:
            return known
        if settings is None or linter is None:
            return None
        encoding = lsp.PositionEncodingKind(self.workspace.position_encoding)
        document = Document(text.source, path, settings, linter, encoding, text.language_id)
        self._documents[text.uri] = document
        self._forget_documents()
        return document

    def _forget_documents(self) -> None:
        """Forget what is known about the least recently used documents."""
        size = sum(len(document.text) for document in self._documents.values())
        for uri in list(self._documents)[:-1]:
            if size <= _MAX_KNOWN_CHARACTERS:
                break
            size -= len(self._documents.pop(uri).text)

    def with_document(self, uri: str, work: Callable[[Document], _T], default: _T) -> _T:
        """Return what `work` returns for a document; `default` without one, or after a bug."""

        def run() -> _T:
            document = self.document(uri)
            return work(document) if document else default

        return self.log_bugs(run, default)

    def configuration(self, uri: str) -> ConfigurationText | None:
        """Return an open document that is criulint's own configuration, None if it is not."""
        text = self.strict_workspace.open_document(uri)
        if text is None or not is_configuration(_path(uri)):
            return None
        encoding = lsp.PositionEncodingKind(self.workspace.position_encoding)
        return ConfigurationText(text.source, _path(uri), encoding)

    @property
    def root(self) -> str:
        """The directory that the client works in, the first of several; empty if there is none."""
        paths = map(to_fs_path, self._folders())
        return self.workspace.root_path or next(filter(None, paths), "")

    def text_of(self, path: str) -> str | None:
        """Return the text of a file that is open in the editor, by its path; None for others."""
        open_texts = self.strict_workspace.text_documents.values()
        return next((text.source for text in open_texts if _path(text.uri) == path), None)

    def edit(self, uri: str, edits: list[lsp.TextEdit]) -> lsp.WorkspaceEdit:
        """Return edits as a change of the workspace, for this version only if the client can."""
        if self._client_capability("workspace", "workspace_edit", "document_changes"):
            identifier = lsp.OptionalVersionedTextDocumentIdentifier(uri, self.version_of(uri))
            return lsp.WorkspaceEdit(
                document_changes=[lsp.TextDocumentEdit(identifier, list(edits))]
            )
        return lsp.WorkspaceEdit(changes={uri: edits})

    def version_of(self, uri: str) -> int | None:
        """Return the version of an open document."""
        text = self.strict_workspace.open_document(uri)
        return text.version if text else None

    def on_close(self, uri: str) -> None:
        """Forget a document, and remove its diagnostics."""
        self._cancel_diagnostics(uri)
        self._documents.pop(uri, None)
        self._reports.pop(uri, None)
        directory = os.path.dirname(_path(uri))
        others = map(_path, self.strict_workspace.text_documents)
        if directory not in map(os.path.dirname, others):
            self._settings.forget_directory(directory)
        if not self.client_pulls:
            self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))

    # --- diagnostics

    def diagnostics_of(self, uri: str) -> list[lsp.Diagnostic]:
        """Return the diagnostics of a document."""
        own = self.configuration(uri)
        if own:
            return self.log_bugs(own.diagnostics, [])

        def find(document: Document) -> list[lsp.Diagnostic]:
            return log_diagnostics(document) if document.is_log else diagnostics(document)

        return self.with_document(uri, find, [])

    def report(self, uri: str, known: str | None) -> lsp.DocumentDiagnosticReport:
        """Return the diagnostics of a document; `known` is the report that the client has.

        An editor moves what it shows with the text, so that after each change it needs a new one.
        """
        found = self.diagnostics_of(uri)
        if not self.strict_workspace.open_document(uri):
            return lsp.RelatedFullDocumentDiagnosticReport(found)
        version = self.version_of(uri)
        number, *before = self._reports.get(uri, ("", None, None))
        if before != [version, found]:
            number = str(next(self._report_numbers))
            self._reports[uri] = number, version, found
        elif number == known:
            return lsp.RelatedUnchangedDocumentDiagnosticReport(number)
        return lsp.RelatedFullDocumentDiagnosticReport(found, result_id=number)

    def schedule_diagnostics(self, uri: str, *, at_once: bool = False) -> None:
        """Push the diagnostics of a document after a pause, if the client does not pull them."""
        if self.client_pulls:
            return
        self._cancel_diagnostics(uri)
        loop = asyncio.get_running_loop()
        pause = 0 if at_once else _TYPING_PAUSE
        self._scheduled[uri] = loop.call_later(pause, self._push_diagnostics, uri)

    def _cancel_diagnostics(self, uri: str) -> None:
        scheduled = self._scheduled.pop(uri, None)
        if scheduled:
            scheduled.cancel()

    def _push_diagnostics(self, uri: str) -> None:
        self._scheduled.pop(uri, None)
        if self.strict_workspace.open_document(uri):
            version = self.version_of(uri)
            self.text_document_publish_diagnostics(
                lsp.PublishDiagnosticsParams(uri, self.diagnostics_of(uri), version)
            )


def _path(uri: str) -> str:
    """Return the path of a document, or its URI if it is not a file.

    For a URI that cannot be a path: its last component, without what a path cannot contain.
    """
    path = to_fs_path(uri)
    name = path if path and uri.startswith("file:") else uri
    if len(name) > _MAX_PATH or "\0" in name:
        name = name.rpartition("/")[2][-_MAX_NAME:].replace("\0", "\ufffd")
    return name


def _remember(messages: set[str], message: str) -> None:
    """Add a message to the bounded set of those that need not be repeated."""
    if len(messages) >= _MAX_MESSAGES:
        messages.clear()
    messages.add(message)


def _process_is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
