# SPDX-License-Identifier: GPL-2.0-only
"""The settings that hold for a document: the editor's own, over those of the configuration file on the disk."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Any

from criulint.configuration import NAMES, Search
from criulint.configuration.keys import KEYS, Section, WrongValueError
from criulint.configuration.load import load
from criulint.configuration.resolve import FileSettings, Resolver
from criulint.host.local import Host
from criulint.linter.linter import Linter, LinterCache
from criulint.text import did_you_mean

SECTION = "criulint"

_FILE = "configuration"
# Editors write a name in one word, and have names of their own.
_OTHER_NAMES = {"extendSelect": "extend-select", "targetVersion": "criu", "for": "commands"}
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
_VARIABLE = re.compile(r"\$\{(?:(workspaceFolder|userHome)|env:([^}]+))\}")

_Values = dict[str, Any]
# The time, the size and the number of each file that could be a configuration; None for one that is not there.
_Stamp = tuple[tuple[int, int, int] | None, ...]


class EditorSettings:
    """The settings of the documents of one editor.

    It gives some when it starts the server, may send others, and answers when it is asked: for all documents, and for those
    in a folder. What comes later in this list counts more, key by key. `tell` shows its user what can't be used, which is
    then left out.
    """

    def __init__(self, tell: Callable[[str], None], log: Callable[[str], None]) -> None:
        self._tell = tell
        self._log = log
        self._root = ""
        self._at_start: _Values = {}
        self._sent: _Values = {}
        self._answered: dict[str, _Values] = {}  # by folder; "" for all documents
        self._scopes: dict[str, _Scope] = {}

    def begin(self, options: object, root: str) -> None:
        """Take the settings that the editor starts with, and the directory that it works in, or an empty string."""
        self._root = root
        self._at_start = self._read(_section(options))
        self.forget()

    def take(self, settings: object) -> None:
        """Take settings that the editor sends, those of other servers among them. Many send nothing, only to say that
        something has changed.
        """
        if settings is not None:
            ours = isinstance(settings, Mapping) and SECTION in settings
            self._sent = self._read(_section(settings), ours=ours)
        self.forget()

    def answer(self, answers: Mapping[str, object]) -> bool:
        """Take what the editor answers, by folder, with "" for all documents; whether that is new."""
        read = {folder: self._read(answer) for folder, answer in answers.items()}
        if read == self._answered or not any((*read.values(), *self._answered.values())):
            return False
        self._answered = read
        self.forget()
        return True

    def forget(self) -> None:
        """Read the configuration files again."""
        self._scopes.clear()

    def outdated(self) -> bool:
        """Whether a configuration file was changed, has gone, or has come since one was looked for."""
        return any(scope.outdated() for scope in self._scopes.values())

    def of(self, path: str) -> tuple[FileSettings, Linter] | None:
        """Return the settings of a file and the linter for it; None if it is excluded."""
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
            self._tell(str(error))
        try:
            settings = Resolver(scope.given).settings(path)
        except ValueError as error:  # a CRIU that is not installed
            self._tell(str(error))
            settings = Resolver({}).settings(path)
        return settings, LinterCache().get(settings)

    def _read(self, section: object, *, ours: bool = True) -> _Values:
        """What is set, by the keys of the configuration file. If it is not `ours`, settings of others may be among them."""
        values: _Values = {}
        if isinstance(section, Mapping):
            for name, value in section.items():
                key = _OTHER_NAMES.get(name, name)
                # Editors send what is not set, and what is not for the server.
                if key in _KNOWN and value not in (None, "", [], {}) and self._takes(key, value):
                    values[key] = value
                elif (
                    key not in _KNOWN
                    and ours
                    and (hint := did_you_mean(name, (*_KNOWN, *_OTHER_NAMES)))
                ):
                    self._tell(f"no setting {name!r}{hint}")
        elif section not in (None, "", []):
            self._tell("the settings have to be an object, with a value for each key")
        return values

    def _takes(self, key: str, value: Any) -> bool:
        try:
            if key != _FILE:
                Section(KEYS).read({key: value})
            elif not isinstance(value, str):
                raise WrongValueError(f"{key}: takes a string, the path of a file")
        except WrongValueError as error:
            self._tell(f"the setting {error}")
            return False
        return True


class _Scope:
    """What the editor sets for documents, which may be those in a folder only."""

    def __init__(self, values: _Values, folder: str) -> None:
        self.given = dict(values)
        file = self.given.pop(_FILE, None)
        self._file = os.path.join(folder, _expanded(file, folder)) if file else None
        self._resolver: Resolver | None = None
        self.linters = LinterCache(Host(os.environ).locate)
        self._stamps: dict[str, _Stamp] = {}

    def resolver(self, path: str) -> Resolver:
        """What finds the settings of a file. ConfigurationError if the one configuration file can't be used."""
        directory = os.path.dirname(path)
        if directory not in self._stamps:
            self._stamps[directory] = self._stamp(directory)
        if self._resolver is None:
            configuration = load(self._file) if self._file else None
            search = None if self._file else Search()
            self._resolver = Resolver(self.given, configuration, search)
        return self._resolver

    def outdated(self) -> bool:
        """Whether something has happened to a configuration file that counts, or could."""
        return any(self._stamp(directory) != stamp for directory, stamp in self._stamps.items())

    def _stamp(self, directory: str) -> _Stamp:
        if self._file:
            return (_stamp(self._file),)
        directory = os.path.abspath(directory)
        stamps: list[tuple[int, int, int] | None] = []
        while True:
            stamps += [_stamp(os.path.join(directory, name)) for name in NAMES]
            above = os.path.dirname(directory)
            if above == directory:
                return tuple(stamps)
            directory = above


def _section(settings: object) -> object:
    """What is criulint's of an editor's settings, which may hold those of others, too, or nothing else."""
    return settings.get(SECTION, settings) if isinstance(settings, Mapping) else settings


def _is_in(path: str, folder: str) -> bool:
    return not folder or path.startswith(os.path.join(folder, ""))


def _expanded(path: str, folder: str) -> str:
    """A path as people write it in the settings of editors, written out."""

    def value(match: re.Match[str]) -> str:
        if match[2]:
            return os.environ.get(match[2], "")
        return folder if match[1] == "workspaceFolder" else os.path.expanduser("~")

    return os.path.expanduser(_VARIABLE.sub(value, path))


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
