# SPDX-License-Identifier: MIT
"""The settings for a document: the editor's, over those of the configuration file on disk."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Any

from criulint.chosen_criu import chosen_release, given_release
from criulint.configuration import ConfigurationError
from criulint.configuration.keys import KEYS, Section, WrongValueError
from criulint.configuration.load import load_configuration
from criulint.configuration.resolve import FileSettings, Resolver
from criulint.configuration.search import NAMES, Search
from criulint.criu.releases import Release
from criulint.host.local import Host
from criulint.linter.linter import Linter, LinterCache
from criulint.text import did_you_mean

SECTION = "criulint"

_FILE = "configuration"
# Editors use camel case, and some names of their own.
_ALIASES = {"extendSelect": "extend-select", "targetVersion": "criu", "for": "commands"}
_KNOWN = (
    "criu",
    "runtime",
    "role",
    "commands",
    "select",
    "extend-select",
    "ignore",
    "severity",
    _FILE,
)
# The variables in editor settings that are expanded: `${workspaceFolder}`, `${env:HOME}`.
_VARIABLE = re.compile(r"\$\{(?:(workspaceFolder|userHome)|env:([^}$]+))\}")

# Directories with open documents, for which configuration files are remembered.
_MAX_DIRECTORIES = 1_000

_Values = dict[str, Any]
# The modification time, the size and the inode of a file; None if there is no such file.
_FileStamp = tuple[int, int, int] | None


class EditorSettings:
    """The settings of the documents in one editor.

    There are four sources: what the editor passes at start-up, what it sends later, and what it
    answers when asked, for all documents and for those in a folder. Later ones win, key by key.
    `show_error` shows the user which setting is not valid; it is then ignored. `log` writes into
    the client's log.
    """

    def __init__(self, show_error: Callable[[str], None], log: Callable[[str], None]) -> None:
        self._show_error = show_error
        self._log = log
        self._root = ""
        self._at_start: _Values = {}
        self._sent: _Values = {}
        self._answered: dict[str, _Values] = {}  # by folder; "" for all documents
        self._scopes: dict[str, _Scope] = {}

    def start(self, options: object, root: str) -> None:
        """Use the editor's initial settings; `root` is the directory it works in, or empty."""
        self._root = root
        self._at_start = self._read(_section(options))
        self.forget()

    def update(self, settings: object) -> None:
        """Use settings that the editor sends, which may include those of other servers.

        Many editors send None, only to say that something has changed.
        """
        if settings is not None:
            ours = isinstance(settings, Mapping) and SECTION in settings
            self._sent = self._read(_section(settings), ours=ours)
        self.forget()

    def update_scopes(self, answers: Mapping[str, object]) -> bool:
        """Use the editor's answers by folder, "" for all documents. Return whether any is new."""
        read = {folder: self._read(answer) for folder, answer in answers.items()}
        if read == self._answered or not any((*read.values(), *self._answered.values())):
            return False
        self._answered = read
        self.forget()
        return True

    def forget(self) -> None:
        """Forget the configuration files, so that they are read again."""
        self._scopes.clear()

    def is_outdated(self, path: str | None = None) -> bool:
        """Return whether a configuration file was changed, removed or added since it was read.

        With a `path`, only the files that may apply to this document count.
        """
        directory = None if path is None else os.path.dirname(path)
        return any(scope.is_outdated(directory) for scope in self._scopes.values())

    def forget_directory(self, directory: str) -> None:
        """Forget what was read for the documents in a directory, none of which is open any more."""
        for scope in self._scopes.values():
            scope.forget_directory(directory)

    def settings_of(self, path: str) -> tuple[FileSettings, Linter] | None:
        """Return the settings of a file and its linter, None if it is excluded."""
        folder = max(
            (folder for folder in self._answered if _is_in(path, folder)), key=len, default=""
        )
        scope = self._scopes.get(folder)
        if scope is None:
            values = {
                **self._at_start,
                **self._sent,
                **self._answered.get("", {}),
                **self._answered.get(folder, {}),
            }
            scope = self._scopes[folder] = _Scope(values, folder or self._root)
        try:
            resolver = scope.resolver(path)
            if resolver.excludes(path):
                return None
            settings = resolver.settings(path)
            if settings.note:
                self._log(settings.note)
            return settings, scope.linters.get(settings)
        except (ValueError, OSError) as error:
            self._show_error(str(error))
        try:
            settings = Resolver(scope.given, choose=chosen_release).settings(path)
        except ValueError as error:  # a CRIU that is not installed
            self._show_error(str(error))
            settings = Resolver({}).settings(path)
        return settings, LinterCache().get(settings)

    def _read(self, section: object, *, ours: bool = True) -> _Values:
        """Return what is set, by the keys of the configuration file.

        If the section is not `ours`, it may contain settings of other servers, which are not
        checked.
        """
        if not isinstance(section, Mapping):
            if section not in (None, "", []):
                self._show_error("the settings must be an object with a value for each key")
            return {}
        values: _Values = {}
        for name, given in section.items():
            key = _ALIASES.get(name, name)
            # Editors also send settings that are not set, or meant for the extension.
            if key not in _KNOWN:
                hint = did_you_mean(name, (*_KNOWN, *_ALIASES)) if ours else ""
                if hint:
                    self._show_error(f"unknown setting {name!r}{hint}")
            elif given not in (None, "", [], {}):
                value = self._find_release(given) if key == "criu" else given
                if value is not None and self._is_valid(key, value):
                    values[key] = value
        return values

    def _find_release(self, value: object) -> object:
        """Return the release if a program or a schema is named; None if that has none.

        Like a command line, the editor's settings are the user's own. A configuration file cannot
        name a program.
        """
        if not isinstance(value, str):
            return value
        try:
            return given_release(_expand(value, self._root))
        except ConfigurationError as error:
            self._show_error(f"setting criu: {str(error).removeprefix('--criu').lstrip(': ')}")
            return None

    def _is_valid(self, key: str, value: Any) -> bool:
        try:
            if isinstance(value, Release):
                return True
            if key != _FILE:
                Section(KEYS).read({key: value})
            elif not isinstance(value, str):
                raise WrongValueError(f"{key}: must be a string, the path of a file")
        except WrongValueError as error:
            self._show_error(f"setting {error}")
            return False
        return True


class _Scope:
    """The editor's settings for all documents, or for those in a folder."""

    def __init__(self, values: _Values, folder: str) -> None:
        self.given = dict(values)
        file = self.given.pop(_FILE, None)
        self._file = os.path.join(folder, _expand(file, folder)) if file else None
        self._forget()

    def _forget(self) -> None:
        self._resolver: Resolver | None = None
        self.linters = LinterCache(Host(os.environ).locate)
        self._stamps: dict[str, tuple[_FileStamp, ...]] = {}
        # How many directories the resolver was asked about, also those that are forgotten.
        self._asked = 0

    def resolver(self, path: str) -> Resolver:
        """Return the resolver for a file. Raise ConfigurationError if its file is broken."""
        directory = os.path.dirname(path)
        if directory not in self._stamps:
            if self._asked >= _MAX_DIRECTORIES:
                self._forget()
            self._asked += 1
            self._stamps[directory] = self._stamp(directory)
        if self._resolver is None:
            configuration = load_configuration(self._file) if self._file else None
            search = None if self._file else Search()
            self._resolver = Resolver(self.given, configuration, search, choose=chosen_release)
        return self._resolver

    def is_outdated(self, directory: str | None) -> bool:
        """Return whether a configuration file that is used, or would be, was changed.

        Either for the documents in a directory, or for all.
        """
        if directory is None:
            return any(self._stamp(name) != stamp for name, stamp in self._stamps.items())
        known = self._stamps.get(directory)
        return known is not None and self._stamp(directory) != known

    def forget_directory(self, directory: str) -> None:
        """Forget the configuration files for a directory."""
        self._stamps.pop(directory, None)

    def _stamp(self, directory: str) -> tuple[_FileStamp, ...]:
        """Return the stamps of all configuration files that may apply in a directory."""
        if self._file:
            return (_stamp_file(self._file),)
        directory = os.path.abspath(directory)
        stamps: list[_FileStamp] = []
        while True:
            stamps += [_stamp_file(os.path.join(directory, name)) for name in NAMES]
            parent = os.path.dirname(directory)
            if parent == directory:
                return tuple(stamps)
            directory = parent


def _section(settings: object) -> object:
    """Return criulint's section of an editor's settings, which may also be that section."""
    return settings.get(SECTION, settings) if isinstance(settings, Mapping) else settings


def _is_in(path: str, folder: str) -> bool:
    return not folder or path.startswith(os.path.join(folder, ""))


def _expand(path: str, folder: str) -> str:
    """Return a path with the variables of editor settings and ``~`` expanded."""

    def value(match: re.Match[str]) -> str:
        if match[2]:
            return os.environ.get(match[2], "")
        return folder if match[1] == "workspaceFolder" else os.path.expanduser("~")

    return os.path.expanduser(_VARIABLE.sub(value, path))


def _stamp_file(path: str) -> _FileStamp:
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
