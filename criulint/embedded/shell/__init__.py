# SPDX-License-Identifier: MIT
"""Shell code: the files that running it would leave on disk.

`follow_script` takes shell code in any host, `follow` a file that is a script.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.embedded.hosts import HEAD, interpreter, may_hold
from criulint.embedded.model import FollowedHost, HostedText, Script
from criulint.source import decode

if TYPE_CHECKING:
    from criulint.source import Source

# Shells by suffix: a file without a `#!` line is read by the shell that its name ends with.
_SHELLS = {"bash": "bash", "dash": "dash", "ash": "ash"}


def follow(source: Source) -> FollowedHost:
    """Return the files that a shell script writes. HostError if it cannot be followed."""
    if not may_hold(source.data):
        return FollowedHost([], [])
    shell = interpreter(source.data[:HEAD]) or _SHELLS.get(
        (source.path or "").rpartition(".")[2], ""
    )
    return follow_script(Script(HostedText.of(decode(source.data)), shell))


def follow_script(script: Script) -> FollowedHost:
    """Return the files that shell code writes. HostError if it cannot be followed."""
    from criulint.embedded.shell.evaluation import evaluate

    return evaluate(script)
