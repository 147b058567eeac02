# SPDX-License-Identifier: GPL-2.0-only
"""Which files to check: CRIU's own on this host, those that lie in a directory, and what holds others."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


#: Names of directories whose ``*.conf`` files are CRIU's.
_DIRECTORIES = frozenset(("criu", ".criu"))
_SKIPPED = frozenset((".git", ".hg", ".svn"))


def host_paths(environment: Mapping[str, str]) -> list[str]:
    """Where CRIU and the runtimes above it look for files, if CRIU has this environment.

    Sources: criu/config.c, ``next_config`` (v4.2): /etc/criu/default.conf, $HOME/.criu/default.conf, $CRIU_CONFIG_FILE;
    runc reads /etc/criu/runc.conf, crun /etc/criu/crun.conf and then runc.conf.
    """
    paths = ["/etc/criu/default.conf"]
    if environment.get("HOME"):
        paths.append(os.path.join(environment["HOME"], ".criu", "default.conf"))
    if environment.get("CRIU_CONFIG_FILE"):
        paths.append(environment["CRIU_CONFIG_FILE"])
    paths += ["/etc/criu/runc.conf", "/etc/criu/crun.conf"]
    return list(dict.fromkeys(paths))


def host_files(environment: Mapping[str, str]) -> list[str]:
    """The files that CRIU and the runtimes above it read on this host, those that exist."""
    return [path for path in host_paths(environment) if os.path.isfile(path)]


def holds_files(name: str) -> bool:
    """Whether CRIU's files may be inside of a file with this name, instead of its being one."""
    return name.lower().endswith((".yaml", ".yml", ".bu", ".json", ".ign"))


class Choice(Protocol):
    """What a configuration says of files in directories, by their absolute paths."""

    def includes(self, path: str) -> bool:
        """Whether to check a file whatever its name is."""

    def excludes(self, path: str, *, is_directory: bool = False) -> bool:
        """Whether to leave a file or a directory out."""


def find_files(
    directory: str,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    choice: Choice | None = None,
) -> Iterator[str]:
    """The configuration files below a directory, sorted: ``criu/*.conf``, ``.criu/*.conf``, and what `include` names.

    `include` and `exclude` hold patterns of gitignore(5) for paths below `directory`; what is excluded, also by `choice`,
    is left out, and so is what a ``.gitignore`` of the directories up to the repository's root leaves out. Symbolic links
    to directories are not followed. OSError if the directory can't be read, ValueError for a pattern that is none.
    """
    root = os.path.abspath(directory)
    return _Walk(root, include, exclude, choice).files(directory, root)


class _Walk:
    """A search for files below `root`."""

    def __init__(
        self, root: str, include: Sequence[str], exclude: Sequence[str], choice: Choice | None
    ) -> None:
        self._root = root
        self._include = patterns(include) if include else None
        self._exclude = patterns(exclude) if exclude else None
        self._choice = choice
        self._ignored = _Ignored(root)

    def files(self, shown: str, path: str) -> Iterator[str]:
        """The files in the directory `path`, which is called `shown`, and below it."""
        self._ignored.enter(path)
        ours = os.path.basename(path) in _DIRECTORIES
        with os.scandir(path) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                below = os.path.join(shown, entry.name)
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in _SKIPPED and not self._left_out(entry, is_directory=True):
                        try:
                            yield from self.files(below, entry.path)
                        except PermissionError:
                            continue
                    continue
                wanted = (ours and entry.name.endswith(".conf")) or self._included(entry)
                if wanted and entry.is_file() and not self._left_out(entry, is_directory=False):
                    yield below

    def _included(self, entry: os.DirEntry[str]) -> bool:
        if self._include and self._include.match_file(self._relative(entry)):
            return True
        return self._choice is not None and self._choice.includes(entry.path)

    def _left_out(self, entry: os.DirEntry[str], *, is_directory: bool) -> bool:
        if self._exclude and self._exclude.match_file(self._relative(entry) + "/" * is_directory):
            return True
        if self._choice and self._choice.excludes(entry.path, is_directory=is_directory):
            return True
        return self._ignored.matches(entry.path, is_directory=is_directory)

    def _relative(self, entry: os.DirEntry[str]) -> str:
        return os.path.relpath(entry.path, self._root).replace(os.sep, "/")


def patterns(lines: Sequence[str]) -> GitIgnoreSpec:
    """The patterns of gitignore(5) in `lines`. ValueError if one is none."""
    import warnings

    from pathspec import GitIgnoreSpec

    with warnings.catch_warnings():
        # What is odd in a pattern is odd in the regular expression that pathspec makes of it.
        warnings.simplefilter("ignore", FutureWarning)
        return GitIgnoreSpec.from_lines(lines)


def _is_pattern(line: str) -> bool:
    try:
        patterns([line])
    except ValueError:
        return False
    return True


class _Ignored:
    """The ``.gitignore`` files that hold for a directory and what is below it."""

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
        except ValueError:  # git passes by what is no pattern
            self._specs[directory] = patterns([line for line in lines if _is_pattern(line)])

    def matches(self, path: str, *, is_directory: bool) -> bool:
        """Whether git leaves a path out; the innermost file that speaks of it decides."""
        if not self._specs:
            return False
        parent = os.path.dirname(path)
        while True:
            spec = self._specs.get(parent)
            if spec:
                relative = os.path.relpath(path, parent).replace(os.sep, "/") + (
                    "/" if is_directory else ""
                )
                verdict = spec.check_file(relative).include
                if verdict is not None:
                    return verdict
            above = os.path.dirname(parent)
            if above == parent:
                return False
            parent = above


def read_together(paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Of `paths`, the pairs that CRIU reads in one run, in its order: a ``default.conf`` and a runtime's file beside it."""
    known = frozenset(paths)
    for path in paths:
        directory, name = os.path.split(path)
        default = os.path.join(directory, "default.conf")
        if name in ("runc.conf", "crun.conf") and default in known:
            yield default, path
