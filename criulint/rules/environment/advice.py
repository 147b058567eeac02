# SPDX-License-Identifier: MIT
"""What to do about a path: on a host run a command, in an image change the Dockerfile."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.finding import Aspect, Subject

if TYPE_CHECKING:
    from criulint.host.filesystem import HostContext
    from criulint.rules.base import FileProblem

_COMMAND = re.compile(r"run `([^`]*)`")
# What the author of an image does in the Dockerfile.
_DEED = re.compile(r"^(install it|create the directory)\b")


def about(
    found: FileProblem, host: HostContext, path: str | None = None, aspect: Aspect = Aspect.CONTENT
) -> FileProblem:
    """Return a problem with the path on the host that it is about, and advice for that host.

    Without a `path` it stays the one that the problem has.
    """
    problem = found.problem
    advice = problem.help
    if host.is_image:
        advice = _COMMAND.sub(r"add `RUN \1` to the Dockerfile", advice)
        advice = _DEED.sub(r"\1 in the Dockerfile", advice)
    subject = Subject(path, aspect) if path else problem.subject
    return found._replace(problem=problem._replace(help=advice, subject=subject))
