# SPDX-License-Identifier: MIT
"""CRIU402."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from criulint.criu.paths import DIRECTORY, RUNTIME_NAMES, is_read_by_name
from criulint.finding import Severity
from criulint.rules.base import FileProblem, rule
from criulint.rules.runtime.problems import problem_of_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Settings

# Patterns are compiled when a path needs them: compiling them all would slow every start.
_CRIU_DIRECTORIES = (DIRECTORY, "/.criu")
# The prefix that CRIU is built for does not count: criu/Makefile names the directory. Nor does the
# directory that the XDG specification names: CRIU's is ~/.criu.
_OTHER_DIRECTORIES = (f"/usr/local{DIRECTORY}", "/.config/criu")
_DROP_IN_DIRECTORY = r"(^|/)etc/criu/[^/]*\.d$|(^|/)etc/criu\.(conf\.)?d$"
# Names that look like CRIU's, and the directories in which they do.
_PLAUSIBLE_NAME = (
    r"(criu|dump|pre-?dump|restore|check|config|swrk|service|page-server|lazy-pages|rpc|main"
    r"|podman|docker|containerd|cri-?o|kubelet|kubernetes|youki|lxc|lxd|incus|buildah"
    r"|libcontainer)\.(conf|cfg|ini|config)"
    r"|config|default|default\.(cfg|ini|config)|\.?criu(\.conf|rc)?|\.criu"
)
_PLAUSIBLE_DIRECTORIES = ("/etc", DIRECTORY, "/.criu", "/.config/criu")


@rule(
    "CRIU402",
    "file-never-read",
    Severity.WARNING,
    severity_varies=True,
    bad="tcp-close\n",
    good="# moved to /etc/criu/default.conf\n",
    path="/etc/criu.conf",
)
def file_never_read(settings: Settings) -> Iterator[FileProblem]:
    """Neither CRIU nor a runtime opens a file of this name.

    CRIU opens `/etc/criu/default.conf`, `~/.criu/default.conf`, and what `$CRIU_CONFIG_FILE`,
    `--config` or an RPC client names. runc names `/etc/criu/runc.conf`; crun
    `/etc/criu/crun.conf` or else `/etc/criu/runc.conf`. There is no file for one command or for
    an engine, and no directory whose files are all read; a missing file is not an error, so there
    is no message. A CRIU in `/usr/local` reads `/etc/criu/default.conf`, too, and `~/.config` is
    not looked at.

    Sources: criu/config.c, `next_config` (v4.2); criu/Makefile, `GLOBAL_CONFIG_DIR`; runc
    libcontainer/criu_linux.go; crun src/libcrun/criu.c.
    """
    path = settings.reading.source.path
    if path is None or settings.context.role is not None:
        return
    if is_never_opened(path):
        yield problem_of_file(
            settings,
            "no effect: neither CRIU nor any runtime opens a file of this name",
            is_unread=True,
        )
    elif is_opened_if_named(path):
        yield problem_of_file(
            settings,
            "CRIU reads this file only if $CRIU_CONFIG_FILE, --config or the annotation"
            " org.criu.config names it",
            "if so, set the file's role: `--role env`, `--role cli` or `--role rpc`",
            Severity.INFO,
        )


def is_never_opened(path: str) -> bool:
    """Return whether a file looks like one of CRIU's, but nothing opens a file with its name."""
    directory, name = _split(path)
    if directory.endswith(".criu") and name in RUNTIME_NAMES:
        return True
    if name.endswith(".conf") and directory.endswith(_OTHER_DIRECTORIES):
        return True
    if is_read_by_name(name):
        return False
    if name in (".criu.conf", ".criurc"):
        return True
    if name.endswith(".conf") and re.search(_DROP_IN_DIRECTORY, directory):
        return True
    return directory.endswith(_PLAUSIBLE_DIRECTORIES) and bool(re.fullmatch(_PLAUSIBLE_NAME, name))


def is_opened_if_named(path: str) -> bool:
    """Return whether a file is beside CRIU's, under a name that a user may give to CRIU."""
    directory, name = _split(path)
    return (
        name.endswith(".conf")
        and not is_read_by_name(name)
        and directory.endswith(_CRIU_DIRECTORIES)
    )


def _split(path: str) -> tuple[str, str]:
    """Return the directory, with a slash before it, and the name."""
    directory, name = posixpath.split(path.replace("\\", "/"))
    return f"/{directory}", name
