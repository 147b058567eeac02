# SPDX-License-Identifier: MIT
"""Shell code: the files that running it would leave on disk.

`follow_script` takes shell code in any host, `follow` a file that is a script.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.embedded.hosted import HostedText, Script
from criulint.embedded.hosts import interpreter
from criulint.source import decode

if TYPE_CHECKING:
    from criulint.embedded.hosted import Followed
    from criulint.source import Source


def follow(source: Source) -> Followed:
    """Return the files that a shell script writes. HostError if it cannot be followed."""
    return follow_script(Script(HostedText.of(decode(source.data)), interpreter(source.data[:256])))


def follow_script(script: Script) -> Followed:
    """Return the files that shell code writes. HostError if it cannot be followed."""
    from criulint.embedded.shell.evaluation import evaluate

    return evaluate(script)
