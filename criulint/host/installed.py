# SPDX-License-Identifier: MIT
"""The CRIU that is installed on this host: where it is, and what it prints."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

#: Where to look for criu when PATH lacks the system's directories, as for users other than root.
_BINARY_DIRECTORIES = ("/usr/local/sbin", "/usr/sbin", "/sbin")
#: Seconds that a run of CRIU may take.
_TIMEOUT = 20

_VERSION = re.compile(r"^Version: (\S+)", re.MULTILINE)


class ProbeError(Exception):
    """A CRIU that could not be run; the text is one line for the user."""


def find_binary() -> Path:
    """Return the installed criu. ProbeError if there is none."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *_BINARY_DIRECTORIES])
    if found := shutil.which("criu", path=path):
        return Path(found)
    raise ProbeError("no criu is installed")


def version(criu: Path) -> str:
    """Return the version that a binary prints.

    ProbeError if it cannot be run or is not CRIU 3.11 or later.
    """
    with tempfile.TemporaryDirectory() as directory:
        found = _VERSION.search(ask(criu.absolute(), directory, "--version"))
    if not found:
        raise ProbeError(f"{criu.absolute()} is not CRIU 3.11 or later (no version in its output)")
    return found[1]


def ask(criu: Path, directory: str, *arguments: str) -> str:
    """Run CRIU in a directory, without a command, and return what it prints.

    It reads no configuration file. ProbeError if it cannot be run or takes too long.
    """
    try:
        answer = subprocess.run(
            [criu, "--no-default-config", *arguments],
            cwd=directory,
            env={"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ProbeError(f"{criu} did not answer within {_TIMEOUT} seconds") from error
    except OSError as error:
        raise ProbeError(f"cannot run {criu}: {error.strerror}") from error
    return answer.stdout.decode("utf-8", "replace")
