# SPDX-License-Identifier: MIT
"""Finding configuration files in directories: by their names, by patterns, and by .gitignore."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from criulint.criu.paths import is_named_for_criu

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pathspec import GitIgnoreSpec

_SKIPPED = frozenset((".git", ".hg", ".svn"))


class FileFilter(Protocol):
    """What a configuration says about files in directories, by their absolute paths."""

    def includes(self, path: str) -> bool:
        """Return whether to check a file whatever its name."""

    def excludes(self, path: str, *, is_directory: bool = False) -> bool:
        """Return whether to leave a file or a directory out."""


def find_files(
    directory: str,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    file_filter: FileFilter | None = None,
    is_host: Callable[[str], bool] | None = None,
) -> Iterator[str]:
    """Return the configuration files below a directory, sorted.

    They are those named for CRIU (`criulint.criu.paths.is_named_for_criu`), and what `include` or
    `file_filter` names, without what `exclude`, `file_filter`, or a ``.gitignore`` in the
    directories up to the repository's root leaves out. `is_host` says of other files, by their
    paths, whether they may hold such files. `include` and `exclude` are patterns of
    gitignore(5) for paths below `directory`. Symbolic links to directories are not followed.
    OSError if the directory cannot be read, ValueError for an invalid pattern.
    """
    root = os.path.abspath(directory)
    return _Walk(root, include, exclude, file_filter, is_host).files(directory, root)


class _Walk:
    """A search for files below `root`."""

    def __init__(
        self,
        root: str,
        include: Sequence[str],
        exclude: Sequence[str],
        file_filter: FileFilter | None,
        is_host: Callable[[str], bool] | None,
    ) -> None:
        self._root = root
        self._is_host = is_host
        self._include = patterns(include) if include else None
        self._exclude = patterns(exclude) if exclude else None
        self._file_filter = file_filter
        self._ignored = _Ignored(root)

    def files(self, shown: str, path: str) -> Iterator[str]:
        """Yield the files in and below the directory `path`, which reports call `shown`."""
        self._ignored.enter(path)
        directory = os.path.basename(path)
        with os.scandir(path) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                below = os.path.join(shown, entry.name)
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in _SKIPPED and not self._excludes(entry, is_directory=True):
                        with suppress(PermissionError):
                            yield from self.files(below, entry.path)
                    continue
                named = is_named_for_criu(f"{directory}/{entry.name}")
                included = named or self._includes(entry) or self._is_host is not None
                if not (included and entry.is_file()) or self._excludes(entry, is_directory=False):
                    continue
                if named or self._includes(entry) or self._holds(entry):
                    yield below

    def _holds(self, entry: os.DirEntry[str]) -> bool:
        return self._is_host is not None and self._is_host(entry.path)

    def _includes(self, entry: os.DirEntry[str]) -> bool:
        if self._include and self._include.match_file(self._relative(entry)):
            return True
        return self._file_filter is not None and self._file_filter.includes(entry.path)

    def _excludes(self, entry: os.DirEntry[str], *, is_directory: bool) -> bool:
        if self._exclude:
            relative = self._relative(entry)
            if self._exclude.match_file(f"{relative}/" if is_directory else relative):
                return True
        if self._file_filter and self._file_filter.excludes(entry.path, is_directory=is_directory):
            return True
        return self._ignored.matches(entry.path, is_directory=is_directory)

    def _relative(self, entry: os.DirEntry[str]) -> str:
        return os.path.relpath(entry.path, self._root).replace(os.sep, "/")


def patterns(lines: Sequence[str]) -> GitIgnoreSpec:
    """Return the patterns of gitignore(5) in `lines`. ValueError if one is invalid."""
    import warnings

    from pathspec import GitIgnoreSpec

    with warnings.catch_warnings():
        # An odd pattern becomes an odd regular expression, about which `re` warns.
        warnings.simplefilter("ignore", FutureWarning)
        return GitIgnoreSpec.from_lines(lines)


def _is_pattern(line: str) -> bool:
    try:
        patterns([line])
    except ValueError:
        return False
    return True


class _Ignored:
    """The ``.gitignore`` files that apply to a directory and what is below it."""

    def __init__(self, root: str) -> None:
        self._specs: dict[str, GitIgnoreSpec] = {}
        parents = [root]
        while not os.path.exists(os.path.join(parents[-1], ".git")):
            parent = os.path.dirname(parents[-1])
            if parent == parents[-1]:
                parents = [root]  # no repository around it
                break
            parents.append(parent)
        for parent in parents[1:]:
            self.enter(parent)

    def enter(self, directory: str) -> None:
        """Read the ``.gitignore`` of a directory, if it has one."""
        try:
            with open(
                os.path.join(directory, ".gitignore"), encoding="utf-8", errors="surrogateescape"
            ) as file:
                lines = file.read().splitlines()
        except OSError:
            return
        try:
            self._specs[directory] = patterns(lines)
        except ValueError:  # git skips invalid patterns
            self._specs[directory] = patterns([line for line in lines if _is_pattern(line)])

    def matches(self, path: str, *, is_directory: bool) -> bool:
        """Return whether git ignores a path; the innermost file with a matching pattern decides."""
        if not self._specs:
            return False
        parent = os.path.dirname(path)
        while True:
            spec = self._specs.get(parent)
            if spec:
                relative = os.path.relpath(path, parent).replace(os.sep, "/")
                verdict = spec.check_file(f"{relative}/" if is_directory else relative).include
                if verdict is not None:
                    return verdict
            above = os.path.dirname(parent)
            if above == parent:
                return False
            parent = above
