# SPDX-License-Identifier: MIT
"""How a command fails that cannot use a path, and CRIU's message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.named_tuple import NamedTuple
from criulint.text import shorten

if TYPE_CHECKING:
    from criulint.criu.releases import Release


class Failure(NamedTuple):
    """What happens if CRIU cannot use a path: `outcome` says how `commands` end.

    `message` is CRIU's, with ``{path}`` and ``{error}`` in it, or empty if CRIU prints none.
    `earlier` is the first release with that message, and the message of those before.
    """

    commands: tuple[str, ...]
    outcome: str
    message: str = ""
    earlier: tuple[str, str] | None = None

    def as_of(self, release: Release) -> Failure:
        """Return the failure with the message of a release."""
        if self.earlier and release < self.earlier[0]:
            return self._replace(message=self.earlier[1])
        return self

    def describe(self, problem: str, path: str, error: str) -> str:
        """Return the message of a finding: `problem`, and its consequence."""
        if not self.message:
            return f"{problem}: {self.outcome}"
        message = self.message.replace("{error}", error).replace("{path}", shorten(path))
        return f"{problem}: {self.outcome} with “{message}”"


#: An `action-script` that is missing, or cannot be run (criu/util.c, `cr_system_userns`).
BAD_SCRIPT = Failure(
    ("dump", "restore"),
    "every dump and restore fails",
    'execvp("{path}", ...) failed: {error}',
    ("3.16", "exec({path}, ...) failed: {error}"),
)
