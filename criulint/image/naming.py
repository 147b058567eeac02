# SPDX-License-Identifier: MIT
"""Which files of an image are CRIU's: by their names, or because the image names them."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from criulint.criu.context import Role
from criulint.criu.paths import (
    CONFIG_ANNOTATION,
    CONFIG_VARIABLE,
    DEFAULT_FILE,
    DIRECTORY,
    MACHINE_HOME,
    RUNTIME_FILES,
    has_criu_name,
    user_file,
)
from criulint.host.filesystem import Kind, ResolvedPath, resolve_path
from criulint.source import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.image.filesystem import FileContent, FileTree
    from criulint.image.images import Image

PASSWD = "/etc/passwd"
#: The files that CRIU and runtimes open, with any caller.
DEFAULT_PATHS = (DEFAULT_FILE, *RUNTIME_FILES)
_MAX_HOMES = 10_000
_MIN_PASSWD_FIELDS = 6


class Naming(NamedTuple):
    """How the image's own documents name a configuration file.

    `key` is the variable, label or annotation, and `instruction` what sets it in a Dockerfile;
    empty for an annotation.
    """

    path: str
    role: Role
    key: str
    instruction: str

    @property
    def is_annotation(self) -> bool:
        """Whether a runtime has to know the annotation for the file to be read."""
        return self.role is Role.RPC


class Candidate(NamedTuple):
    """A file that may be CRIU's.

    `path` is what is opened and `resolved` the plain path that it leads to; `naming` is None if
    the path itself gives the file its role.
    """

    path: str
    resolved: str
    naming: Naming | None


class AbsentFile(NamedTuple):
    """A file that should be there, but is not, or is something else.

    The image names it, or there is a link or a directory in its place (`naming` is None then).
    `resolved` is None if it is not known where the path leads. `is_directory`: whether it should be
    a directory.
    """

    path: str
    naming: Naming | None
    resolved: ResolvedPath | None
    is_directory: bool = False


@dataclass
class Candidates:
    """The files that may be CRIU's, once for each role.

    `inaccessible` are the paths that could not be looked up.
    """

    files: list[Candidate] = field(default_factory=list)
    absent: list[AbsentFile] = field(default_factory=list)
    inaccessible: list[str] = field(default_factory=list)


def find_candidates(image: Image, tree: FileTree, passwd: FileContent | None) -> Candidates:
    """Return the files that may be CRIU's; `passwd` is ``/etc/passwd``."""
    home = image.environment.get("HOME", "")
    homes = [home] if home else []
    homes += list_homes(passwd.data if passwd else b"")
    expected: list[tuple[str, Naming | None]] = [(path, None) for path in DEFAULT_PATHS]
    expected += [(user_file(home), None) for home in dict.fromkeys(homes)]
    expected += [(naming.path, naming) for naming in named_files(image)]
    found = Candidates()
    for path, naming in dict.fromkeys(expected):
        seen = resolve_path(tree, path)
        if seen and seen.status.kind is Kind.FILE:
            found.files.append(Candidate(path, seen.path, naming))
        elif seen is None and path.startswith("/"):
            found.inaccessible.append(path)
        elif naming or (seen and _has_something(tree, path)):
            found.absent.append(AbsentFile(path, naming, seen))
    directories = dict.fromkeys(posixpath.dirname(path) for path, naming in expected if not naming)
    found.absent += filter(None, (_find_broken_directory(tree, path) for path in directories))
    # A file that is read under another name is not a file that nothing reads.
    known = {candidate.resolved for candidate in found.files}
    for path in _find_by_name(tree):
        seen = resolve_path(tree, path)
        if seen and seen.status.kind is Kind.FILE and seen.path not in known:
            known.add(seen.path)
            found.files.append(Candidate(path, seen.path, None))
    return found


def _find_broken_directory(tree: FileTree, path: str) -> AbsentFile | None:
    """Return a directory of CRIU's files that is something else, if it is."""
    seen = resolve_path(tree, path)
    if seen is None or seen.status.kind is Kind.DIRECTORY or not _has_something(tree, path):
        return None
    return AbsentFile(path, None, seen, is_directory=True)


def _has_something(tree: FileTree, path: str) -> bool:
    """Return whether there is anything at a path, even a dangling link."""
    directory, name = posixpath.split(path)
    parent = resolve_path(tree, directory)
    if parent is None or parent.status.kind is not Kind.DIRECTORY:
        return False
    status = tree.lstat(posixpath.join(parent.path, name))
    return status is not None and status.kind is not Kind.MISSING


def _find_by_name(tree: FileTree) -> list[str]:
    """Return the paths of files that are named like CRIU's."""
    names = set(tree.names())
    directory = resolve_path(tree, DIRECTORY)
    if directory and directory.path != DIRECTORY:
        # It is a link.
        names |= {f"{DIRECTORY}/{name}" for name in tree.listdir(directory.path) or ()}
    return sorted(filter(has_criu_name, names))


def named_files(image: Image) -> Iterator[Naming]:
    """Yield the files that the image's own documents name, and their roles."""
    variable = image.environment.get(CONFIG_VARIABLE)
    if variable:
        path = posixpath.join(image.working_directory, variable)
        yield Naming(path, Role.ENV, CONFIG_VARIABLE, "ENV")
    for instruction, labels in (("", image.annotations), ("LABEL", image.labels)):
        # A relative path there is not relative to anything in the image.
        path = labels.get(CONFIG_ANNOTATION, "")
        if path:
            yield Naming(path, Role.RPC, CONFIG_ANNOTATION, instruction)


def list_homes(passwd: bytes) -> list[str]:
    """Return the home of each user in ``/etc/passwd``, after root's usual one."""
    found = [MACHINE_HOME]
    for line in decode(passwd).split("\n")[:_MAX_HOMES]:
        fields = line.split(":")
        if len(fields) >= _MIN_PASSWD_FIELDS and fields[5].startswith("/"):
            names = [name for name in fields[5].split("/") if name not in ("", ".")]
            found.append("/" + "/".join(names))
    return found
