# SPDX-License-Identifier: MIT
"""Finding configuration files in directories: by their names, by patterns, and by .gitignore."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from criulint.criu.paths import is_named_for_criu
from criulint.named_tuple import NamedTuple
from criulint.text import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from criulint.patterns import Patterns

_SKIPPED = frozenset((".git", ".hg", ".svn"))
# The most bytes of a .gitignore, and patterns for one directory; more are reported and ignored.
_MAX_IGNORE_FILE = 1 << 20
_MAX_IGNORE_PATTERNS = 50_000


class FileFilter(Protocol):
    """Which files in directories a configuration includes and excludes, by their absolute paths."""

    def includes(self, path: str) -> bool:
        """Return whether to check a file whatever its name."""

    def excludes(self, path: str, *, is_directory: bool = False) -> bool:
        """Return whether to leave a file or a directory out."""


class Messages(Protocol):
    """Where a search reports what it cannot do."""

    def error(self, message: str) -> None:
        """Report what is not searched."""

    def warn(self, message: str) -> None:
        """Report what is not taken into account."""


def find_files(
    directory: str,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    file_filter: FileFilter | None = None,
    messages: Messages | None = None,
    is_host_file: Callable[[str], bool] | None = None,
) -> Iterator[str]:
    """Return the configuration files below a directory, sorted.

    They are those named for CRIU (`criulint.criu.paths.is_named_for_criu`), and those that
    `include` or `file_filter` names, except those that `exclude`, `file_filter`, or a
    ``.gitignore`` in the directories up to the repository's root leaves out. `is_host_file` returns
    whether another file, given its path, may contain such files. `include` and `exclude` are
    patterns of gitignore(5) for paths below `directory`. Symbolic links to directories are not
    followed. Directories that this user may not read are passed over. OSError if `directory` itself
    cannot be read, ValueError for an invalid pattern.
    """
    return _Walk(directory, include, exclude, file_filter, messages, is_host_file).files()


class _Directory(NamedTuple):
    """A directory during a walk: its name in reports, and the entries that are left.

    `relative` is its path below the top of the walk: empty, or with a slash at its end.
    """

    shown: str
    path: str
    relative: str
    entries: Iterator[os.DirEntry[str]]


class _Walk:
    """A search for files below the directory `top`."""

    def __init__(
        self,
        top: str,
        include: Sequence[str],
        exclude: Sequence[str],
        file_filter: FileFilter | None,
        messages: Messages | None,
        is_host_file: Callable[[str], bool] | None,
    ) -> None:
        self._is_host_file = is_host_file
        self._top = top
        self._include = _parse(include)
        self._exclude = _parse(exclude)
        self._file_filter = file_filter
        self._messages = messages
        self._ignored = _IgnoreFiles(os.path.abspath(top), messages)

    def files(self) -> Iterator[str]:
        """Yield the files in and below the top."""
        path = os.path.abspath(self._top)
        if self._ignored.excludes_top:
            return
        ways = [self._enter(_Directory(self._top, path, "", _entries(path)))]
        while ways:
            here = ways[-1]
            entry = next(here.entries, None)
            if entry is None:
                self._ignored.leave(here.path)
                ways.pop()
                continue
            shown, relative = os.path.join(here.shown, entry.name), here.relative + entry.name
            if entry.is_dir(follow_symlinks=False):
                if not self._excludes(entry, relative, is_directory=True):
                    entries = self._list(shown, entry.path)
                    if entries is not None:
                        found = _Directory(shown, entry.path, f"{relative}/", entries)
                        ways.append(self._enter(found))
            elif self._is_wanted(entry, shown, relative, os.path.basename(here.path)):
                yield shown

    def _is_wanted(
        self, entry: os.DirEntry[str], shown: str, relative: str, directory: str
    ) -> bool:
        """Return whether to find a file; its content is looked at last."""
        is_named = self._is_named(entry, relative, directory)
        if not (is_named or self._is_host_file) or not self._is_file(shown, entry):
            return False
        if self._excludes(entry, relative):
            return False
        return is_named or (self._is_host_file is not None and self._is_host_file(entry.path))

    def _enter(self, directory: _Directory) -> _Directory:
        self._ignored.enter(directory.path)
        return directory

    def _list(self, shown: str, path: str) -> Iterator[os.DirEntry[str]] | None:
        try:
            return _entries(path)
        except OSError as error:
            self._report(shown, error)
            return None

    def _is_file(self, shown: str, entry: os.DirEntry[str]) -> bool:
        try:
            return entry.is_file()
        except OSError as error:
            self._report(shown, error)
            return False

    def _report(self, shown: str, error: OSError) -> None:
        """Report what cannot be searched, unless it is gone or this user may not see it."""
        if self._messages and not isinstance(
            error, (FileNotFoundError, NotADirectoryError, PermissionError)
        ):
            self._messages.error(f"{escape(shown)}: {error.strerror or error}")

    def _is_named(self, entry: os.DirEntry[str], relative: str, directory: str) -> bool:
        """Return whether to find a file because of its name, or of what the user says."""
        if is_named_for_criu(f"{directory}/{entry.name}"):
            return True
        if self._include and self._include.match(relative):
            return True
        return self._file_filter is not None and self._file_filter.includes(entry.path)

    def _excludes(
        self, entry: os.DirEntry[str], relative: str, *, is_directory: bool = False
    ) -> bool:
        if is_directory and entry.name in _SKIPPED:
            return True
        if self._exclude and self._exclude.match(relative, is_directory=is_directory):
            return True
        if self._file_filter and self._file_filter.excludes(entry.path, is_directory=is_directory):
            return True
        return self._ignored.excludes(entry.path, is_directory=is_directory)


def _entries(path: str) -> Iterator[os.DirEntry[str]]:
    """Return what is in a directory, sorted. OSError if it cannot be read."""
    with os.scandir(path) as entries:
        return iter(sorted(entries, key=lambda entry: entry.name))


def _parse(lines: Sequence[str]) -> Patterns | None:
    if not lines:
        return None
    from criulint.patterns import parse_patterns

    return parse_patterns(lines)


class _IgnoreFiles:
    """The ``.gitignore`` files that apply to a directory and what is below it."""

    def __init__(self, top: str, messages: Messages | None) -> None:
        self._messages = messages
        self._specs: dict[str, Patterns] = {}
        self._count = 0
        parents = [top]
        while not os.path.exists(os.path.join(parents[-1], ".git")):
            parent = os.path.dirname(parents[-1])
            if parent == parents[-1]:
                parents = [top]  # no repository around it
                break
            parents.append(parent)
        #: Whether the top itself, or a directory above it, is ignored.
        self.excludes_top = False
        for parent, below in zip(reversed(parents[1:]), reversed(parents[:-1]), strict=True):
            self.enter(parent)
            self.excludes_top |= self.excludes(below, is_directory=True)

    def enter(self, directory: str) -> None:
        """Read the ``.gitignore`` of a directory, if it has one."""
        path = os.path.join(directory, ".gitignore")
        if not os.path.lexists(path):
            return
        from criulint import files
        from criulint.patterns import parse_leniently

        try:
            # git does not follow a link here, either.
            data = files.read(path, _MAX_IGNORE_FILE, follow=False)
        except OSError as error:
            self._pass_over(path, str(error.strerror or error))
            return
        lines = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff").split("\n")
        found = parse_leniently(lines)
        self._count += len(found)
        self._specs[directory] = found
        if self._count > _MAX_IGNORE_PATTERNS:
            self.leave(directory)
            self._pass_over(path, f"more than {_MAX_IGNORE_PATTERNS} patterns apply here")

    def _pass_over(self, path: str, reason: str) -> None:
        if self._messages:
            self._messages.warn(f"warning: {escape(path)} is not used: {reason}")

    def leave(self, directory: str) -> None:
        """Forget the ``.gitignore`` of a directory."""
        if found := self._specs.pop(directory, None):
            self._count -= len(found)

    def excludes(self, path: str, *, is_directory: bool) -> bool:
        """Return whether git ignores a path whose parents it does not ignore.

        The innermost file with a pattern for it decides.
        """
        parent = os.path.dirname(path)
        while self._specs:
            spec = self._specs.get(parent)
            if spec:
                relative = path[len(parent) :].lstrip(os.sep).replace(os.sep, "/")
                verdict = spec.decide(relative, is_directory=is_directory)
                if verdict is not None:
                    return verdict
            above = os.path.dirname(parent)
            if above == parent:
                break
            parent = above
        return False
