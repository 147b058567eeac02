# SPDX-License-Identifier: MIT
"""CRIU402."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.paths import is_never_opened, is_opened_if_named
from criulint.finding import Severity
from criulint.rules.base import FileProblem, rule
from criulint.rules.runtime.problems import problems_of_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Settings


@rule(
    "CRIU402",
    "file-never-read",
    Severity.WARNING,
    severity_varies=True,
    bad="tcp-close\n",
    good="tcp-close\n",
    path="/etc/criu.conf",
    good_path="/etc/criu/default.conf",
)
def file_never_read(settings: Settings) -> Iterator[FileProblem]:
    """Neither CRIU nor a runtime opens a file of this name.

    CRIU opens `/etc/criu/default.conf`, `~/.criu/default.conf`, and what `$CRIU_CONFIG_FILE`,
    `--config` or an RPC client names. runc names `/etc/criu/runc.conf`; crun
    `/etc/criu/crun.conf` or else `/etc/criu/runc.conf`. There is no file for one command or for
    an engine, and no directory whose files are all read; a missing file is not an error, so there
    is no message. A CRIU in `/usr/local` reads `/etc/criu/default.conf`, too, and `~/.config` is
    not looked at.

    A file without lines, empty or with comments only, is an `info`: nothing is lost so far, but
    whatever is written there later, or mounted over it, will be.

    Sources: criu/config.c, `next_config` (v4.2); criu/Makefile, `GLOBAL_CONFIG_DIR`; runc
    libcontainer/criu_linux.go; crun src/libcrun/criu.c.
    """
    path = settings.reading.source.path
    if path is None or settings.context.role is not None:
        return
    if is_never_opened(path):
        yield from problems_of_file(
            settings,
            "no effect: neither CRIU nor any runtime opens a file of this name",
            is_unread=True,
        )
    elif is_opened_if_named(path):
        yield from problems_of_file(
            settings,
            "CRIU reads this file only if `$CRIU_CONFIG_FILE`, `--config` or the annotation"
            " `org.criu.config` names it",
            "if so, set the file's role: `--role env`, `--role cli` or `--role rpc`",
            Severity.INFO,
        )
