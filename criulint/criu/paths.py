# SPDX-License-Identifier: MIT
"""Which files CRIU and the runtimes that call it read, and what their names say.

Sources: criu/config.c, ``next_config`` (v4.2): /etc/criu/default.conf, $HOME/.criu/default.conf,
$CRIU_CONFIG_FILE; runc reads /etc/criu/runc.conf, crun /etc/criu/crun.conf, or else runc.conf.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from criulint.criu.context import Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: The file that CRIU reads for all users.
DEFAULT_FILE = "/etc/criu/default.conf"
#: The files that runtimes name to CRIU in their requests.
RUNTIME_FILES = ("/etc/criu/runc.conf", "/etc/criu/crun.conf")
#: Names of directories whose ``*.conf`` files are CRIU's.
DIRECTORY_NAMES = frozenset(("criu", ".criu"))

_DEFAULT_NAME = os.path.basename(DEFAULT_FILE)
_RUNTIME_NAMES = tuple(map(os.path.basename, RUNTIME_FILES))
_IN_CRIUS_DIRECTORY = r"(?s:(.*/)?\.?criu/[^/]+\.conf)"
_NAMED_FOR_CRIU = r"(?s:(.*/)?([^/]*criu[^/]*|runc|crun)\.conf)"
# Parts of another program's configuration: CRI-O's 10-criu.conf, modules-load.d/criu.conf.
_PART_OF_ANOTHER = r"(?s:(.*/)?([0-9]+-[^/]*|(init|[^/]+\.d)/[^/]*))"
# What people take for CRIU's files, and CRIU never opens.
_MISTAKEN_FOR_CRIUS = (
    r"(?s:(.*/)?(etc/criu\.conf|\.config/criu\.conf|\.criu\.conf|\.criurc"
    r"|etc/criu/[^/]+\.d/[^/]+\.conf|etc/criu\.(conf\.)?d/[^/]+\.conf))"
)


def user_file(home: str) -> str:
    """Return the path of a user's own file in the home directory."""
    return os.path.join(home, ".criu", _DEFAULT_NAME)


def host_paths(environment: Mapping[str, str]) -> list[str]:
    """Return where CRIU, run with this environment, and the runtimes look for files, in order."""
    paths = [DEFAULT_FILE]
    if environment.get("HOME"):
        paths.append(user_file(environment["HOME"]))
    if environment.get("CRIU_CONFIG_FILE"):
        paths.append(environment["CRIU_CONFIG_FILE"])
    return list(dict.fromkeys((*paths, *RUNTIME_FILES)))


def is_read_by_name(path: str) -> bool:
    """Return whether a path ends with the name of a file that CRIU or a runtime reads."""
    return os.path.basename(path) in (_DEFAULT_NAME, *_RUNTIME_NAMES)


def is_named_for_criu(path: str) -> bool:
    """Return whether a path, whatever it is relative to, can only mean a file of CRIU.

    ``default.conf`` alone says too little.
    """
    if re.fullmatch(_IN_CRIUS_DIRECTORY, path):
        return True
    named = re.fullmatch(_NAMED_FOR_CRIU, path)
    return named is not None and not re.fullmatch(_PART_OF_ANOTHER, path)


def is_destination(path: str) -> bool:
    """Return whether what is written to a path is meant for CRIU, whatever is before `criu/`."""
    in_directory = re.fullmatch(_IN_CRIUS_DIRECTORY, path)
    return (in_directory or re.fullmatch(_MISTAKEN_FOR_CRIUS, path)) is not None


def is_default_name(path: str) -> bool:
    """Return whether a path ends with ``default.conf``, which programs other than CRIU have too."""
    return path.rpartition("/")[2] == _DEFAULT_NAME


def inferred_role(path: str | None) -> Role | None:
    """Return the role that a path gives a file, None if it may have any."""
    directory, _, name = (path or "").replace("\\", "/").rpartition("/")
    if name == _DEFAULT_NAME:
        parent = directory.rpartition("/")[2]
        return {".criu": Role.USER, "criu": Role.DEFAULT}.get(parent)
    return Role.RPC if name in _RUNTIME_NAMES else None


def read_together(paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Return those pairs of `paths` that CRIU reads in one run, in its order.

    They are a ``default.conf`` and a runtime's file beside it.
    """
    known = frozenset(paths)
    for path in paths:
        directory, name = os.path.split(path)
        default = os.path.join(directory, _DEFAULT_NAME)
        if name in _RUNTIME_NAMES and default in known:
            yield default, path
