# SPDX-License-Identifier: GPL-2.0-only
"""Which files to check: CRIU's own on this host, and those that lie in a directory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatch
from typing import TYPE_CHECKING

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


def find_files(directory: str, include: Sequence[str] = ()) -> Iterator[str]:
    """The configuration files below a directory, sorted: ``criu/*.conf``, ``.criu/*.conf``, and what `include` names.

    An `include` pattern with a slash is for the path below `directory`, one without for the name. Symbolic links to
    directories are not followed; what a ``.gitignore`` of the directories up to the repository's root leaves out is left
    out. OSError if the directory can't be read.
    """
    root = os.path.abspath(directory)
    ignored = _Ignored(root)
    yield from _walk(directory, root, root, include, ignored)


def _walk(shown: str, path: str, root: str, include: Sequence[str], ignored: _Ignored) -> Iterator[str]:
    ignored.enter(path)
    ours = os.path.basename(path) in _DIRECTORIES
    with os.scandir(path) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            below = os.path.join(shown, entry.name)
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _SKIPPED and not ignored.matches(entry.path, is_directory=True):
                    try:
                        yield from _walk(below, entry.path, root, include, ignored)
                    except PermissionError:
                        continue
                continue
            wanted = (ours and entry.name.endswith(".conf")) or _included(entry, root, include)
            if wanted and entry.is_file() and not ignored.matches(entry.path, is_directory=False):
                yield below


def _included(entry: os.DirEntry[str], root: str, include: Sequence[str]) -> bool:
    if not include:
        return False
    relative = os.path.relpath(entry.path, root).replace(os.sep, "/")
    return any(fnmatch(relative if "/" in pattern else entry.name, pattern) for pattern in include)


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
            with open(os.path.join(directory, ".gitignore"), encoding="utf-8", errors="surrogateescape") as file:
                lines = file.read().splitlines()
        except OSError:
            return
        from pathspec import GitIgnoreSpec

        self._specs[directory] = GitIgnoreSpec.from_lines(lines)

    def matches(self, path: str, *, is_directory: bool) -> bool:
        """Whether git leaves a path out; the innermost file that speaks of it decides."""
        if not self._specs:
            return False
        parent = os.path.dirname(path)
        while True:
            spec = self._specs.get(parent)
            if spec:
                relative = os.path.relpath(path, parent).replace(os.sep, "/") + ("/" if is_directory else "")
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
