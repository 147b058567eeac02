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

#: The directory of CRIU's files for all users.
DIRECTORY = "/etc/criu"
#: The file that CRIU reads for all users.
DEFAULT_FILE = f"{DIRECTORY}/default.conf"
#: The files that runtimes name to CRIU in their requests.
RUNTIME_FILES = (f"{DIRECTORY}/runc.conf", f"{DIRECTORY}/crun.conf")
#: Their names.
RUNTIME_NAMES = tuple(map(os.path.basename, RUNTIME_FILES))
#: What names another file to CRIU: an environment variable, and an annotation of a container.
CONFIG_VARIABLE = "CRIU_CONFIG_FILE"
CONFIG_ANNOTATION = "org.criu.config"
#: The home directory of root, who runs CRIU on a machine that is not this one.
MACHINE_HOME = "/root"
#: Names of directories whose ``*.conf`` files are CRIU's.
DIRECTORY_NAMES = frozenset(("criu", ".criu"))

_CRIU_DIRECTORIES = (DIRECTORY, "/.criu")
# The prefix that CRIU is built for does not count: criu/Makefile names the directory. Nor does the
# directory that the XDG specification names: CRIU's is ~/.criu.
_OTHER_DIRECTORIES = (f"/usr/local{DIRECTORY}", "/.config/criu")
# Names that look like CRIU's if the file has options in it, and the directories in which they do.
# Compiled when a path needs it: compiling it would slow every start.
_PLAUSIBLE_NAME = (
    r"(criu|dump|pre-?dump|restore|check|config|swrk|service|page-server|lazy-pages|rpc|main"
    r"|podman|docker|containerd|cri-?o|kubelet|kubernetes|youki|lxc|lxd|incus|buildah"
    r"|libcontainer)\.(conf|cfg|ini|config)"
    r"|config|default|default\.(cfg|ini|config)|\.?criu(\.conf|rc)?|\.criu"
)
# Names that CRIU's files have on a machine, or are believed to have; in CRIU's own directories,
# others may seem to be CRIU's, too. Packages install examples, which CRIU does not read.
_BELIEVED_NAME = (
    r"(?s).*/\.?criu/[^/]+\.conf"
    r"|/etc/criu[^/]*\.conf|/etc/criu[^/]*\.d/[^/]+\.conf|/etc/criu/[^/]+\.d/[^/]+\.conf"
    r"|.*/\.(criu\.conf|criurc)|/etc/(runc|crun)\.conf"
)
_BESIDE = r"(?s).*/(?:etc/criu|\.criu)/[^/]+"
_EXAMPLE = r"(?s)/usr/(share|src|lib|include)/.*|/proc/.*|/sys/.*"
_PLAUSIBLE_DIRECTORIES = ("/etc", *_CRIU_DIRECTORIES, "/.config/criu")
_DEFAULT_NAME = os.path.basename(DEFAULT_FILE)
_SUFFIX = ".conf"
# The part of a path that says where a file is on a machine.
_SYSTEM = re.compile(r"(?:.*/)?etc/(criu/[^/]+\.conf)", re.DOTALL)
_USER = re.compile(r"(?:.*/)?\.criu/default\.conf", re.DOTALL)
# Linux, PATH_MAX: a path is not longer.
_MAX_LENGTH = 4096


def user_file(home: str) -> str:
    """Return the path of a user's own file in the home directory."""
    return f"{home.rstrip('/')}/.criu/{_DEFAULT_NAME}"


def host_paths(environment: Mapping[str, str]) -> list[str]:
    """Return where CRIU, run with this environment, and the runtimes look for files, in order."""
    paths = [DEFAULT_FILE]
    if environment.get("HOME"):
        paths.append(user_file(environment["HOME"]))
    if environment.get(CONFIG_VARIABLE):
        paths.append(environment[CONFIG_VARIABLE])
    return list(dict.fromkeys((*paths, *RUNTIME_FILES)))


def is_read_by_name(path: str) -> bool:
    """Return whether a path ends with the name of a file that CRIU or a runtime reads."""
    return os.path.basename(path) in (_DEFAULT_NAME, *RUNTIME_NAMES)


def is_named_for_criu(path: str) -> bool:
    """Return whether a path, whatever it is relative to, can only mean a file of CRIU.

    ``default.conf`` alone says too little.
    """
    above, _, name = path.rpartition("/")
    if len(path) > _MAX_LENGTH or not name.endswith(_SUFFIX):
        return False
    stem, directory = name.removesuffix(_SUFFIX), above.rpartition("/")[2]
    if directory in DIRECTORY_NAMES and stem:
        return True
    named = "criu" in stem or name in RUNTIME_NAMES
    return named and not _is_part_of_another(name, directory)


def _is_part_of_another(name: str, directory: str) -> bool:
    """Return whether a file is part of another program's configuration.

    That is CRI-O's 10-criu.conf, modules-load.d/criu.conf, init/criu.conf of Upstart.
    """
    number, dash, _ = name.partition("-")
    is_numbered = bool(dash) and number.isascii() and number.isdecimal()
    return is_numbered or directory == "init" or (directory.endswith(".d") and directory != ".d")


def is_destination(path: str) -> bool:
    """Return whether a file written to a path is meant for CRIU, whatever precedes `criu/`."""
    if len(path) > _MAX_LENGTH:
        return False
    above, _, name = path.rpartition("/")
    is_in_directory = above.rpartition("/")[2] in DIRECTORY_NAMES
    if is_in_directory and name.endswith(_SUFFIX) and name != _SUFFIX:
        return True
    return _has_misleading_name(path)


def is_never_opened(path: str) -> bool:
    """Return whether a file with options in it looks like CRIU's, but nothing opens its name."""
    path = "/" + path.replace("\\", "/")
    directory, _, name = path.rpartition("/")
    if directory.endswith(".criu") and name in RUNTIME_NAMES:
        return True
    if name.endswith(_SUFFIX) and directory.endswith(_OTHER_DIRECTORIES):
        return True
    if is_read_by_name(name):
        return False
    is_plausible = directory.endswith(_PLAUSIBLE_DIRECTORIES)
    return _has_misleading_name(path) or (
        is_plausible and re.fullmatch(_PLAUSIBLE_NAME, name) is not None
    )


def is_opened_if_named(path: str) -> bool:
    """Return whether a file is beside CRIU's, under a name that a user may give to CRIU."""
    directory, _, name = ("/" + path.replace("\\", "/")).rpartition("/")
    is_beside = name.endswith(_SUFFIX) and directory.endswith(_CRIU_DIRECTORIES)
    return is_beside and not is_read_by_name(name)


def _has_misleading_name(path: str) -> bool:
    """Return whether a path can only mean a file of CRIU, and yet CRIU never opens it."""
    *_, third, second, parent, name = f"///{path}".split("/")
    if name in (".criu.conf", ".criurc"):
        return True
    if name == "criu.conf" and parent in ("etc", ".config"):
        return True
    if not name.endswith(_SUFFIX) or name == _SUFFIX:
        return False
    is_below = parent.endswith(".d") and parent != ".d" and (third, second) == ("etc", "criu")
    return is_below or (parent in ("criu.d", "criu.conf.d") and second == "etc")


def has_criu_name(path: str) -> bool:
    """Return whether a file of a machine has a name that CRIU's files have, or seem to have.

    `path` is its plain path there. Not those of packages, which install examples.
    """
    if "criu" not in path and not path.endswith(RUNTIME_NAMES):
        return False  # as nearly all files of an image
    is_named = re.fullmatch(_BELIEVED_NAME, path) or (
        re.fullmatch(_BESIDE, path) and is_never_opened(path)
    )
    return bool(is_named) and not re.fullmatch(_EXAMPLE, path)


def is_drop_in_directory(path: str) -> bool:
    """Return whether a plain path is that of a directory from which CRIU is believed to read."""
    return re.fullmatch(r"(?s)/etc/criu(?:[^/]*\.d|/[^/]+\.d)", path) is not None


def is_default_name(path: str) -> bool:
    """Return whether a path ends with ``default.conf``, which programs other than CRIU have too."""
    return path.rpartition("/")[2] == _DEFAULT_NAME


def inferred_role(path: str | None) -> Role | None:
    """Return the role that a path gives a file, None if it may have any."""
    directory, _, name = (path or "").replace("\\", "/").rpartition("/")
    if name == _DEFAULT_NAME:
        parent = directory.rpartition("/")[2]
        return {".criu": Role.USER, "criu": Role.DEFAULT}.get(parent)
    return Role.RPC if name in RUNTIME_NAMES else None


def place_on_machine(path: str, home: str) -> str | None:
    """Return where a file in a repository goes on a machine; None if CRIU does not look there.

    `home` is the home directory of the user there, or empty.
    """
    if system := _SYSTEM.fullmatch(path):
        return f"/etc/{system[1]}"
    return user_file(home) if home and _USER.fullmatch(path) else None


def read_together(paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield those pairs of `paths` that CRIU reads in one run, in its order.

    They are a ``default.conf`` and a runtime's file beside it.
    """
    known = frozenset(paths)
    for path in paths:
        directory, name = os.path.split(path)
        default = os.path.join(directory, _DEFAULT_NAME)
        if name in RUNTIME_NAMES and default in known:
            yield default, path
