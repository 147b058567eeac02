# SPDX-License-Identifier: MIT
"""Ask one rule about a file on a host that is a list of lines (`tests.listing`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from criulint.criu.context import COMMANDS, Context, Role
from criulint.criu.reading import Reading
from criulint.criu.releases import find_release
from criulint.criu.settings import Settings
from criulint.host.filesystem import HostContext, Status
from criulint.source import Source
from tests.listing import Listing

if TYPE_CHECKING:
    from criulint.rules.base import Problem, Rule

DEFAULT = "/etc/criu/default.conf"


class Image(Listing):
    """A host that does not run."""

    running = False


class Unreadable(Listing):
    """A host on which only ``/`` can be looked up."""

    def lstat(self, path: str) -> Status | None:
        return super().lstat(path) if path == "/" else None


class Closed(Listing):
    """A host on which nothing below ``/closed`` can be looked up."""

    def lstat(self, path: str) -> Status | None:
        return None if path.startswith("/closed/") else super().lstat(path)


def find(
    rule: Rule[..., Any],
    file: str,
    *host: str,
    path: str | None = DEFAULT,
    kind: type[Listing] = Listing,
    criu: str = "4.2.1",
    role: Role | None = None,
    commands: tuple[str, ...] = COMMANDS,
) -> list[Problem]:
    """Return what a rule finds in a file with these lines, at `path` on the host, in order."""
    reading = Reading(Source(f"{file}\n".encode(), path), find_release(criu))
    context = HostContext(kind(host), path)
    found = rule.check(Settings(reading, Context(role, commands=commands)), context)
    return [entry.problem for entry in sorted(found, key=lambda entry: entry.line)]


def severities(rule: Rule[..., Any], problems: list[Problem]) -> list[str]:
    """Return how bad each problem is."""
    return [str(problem.severity or rule.severity) for problem in problems]


def message(problems: list[Problem]) -> str:
    """Return the message of the only problem."""
    (problem,) = problems
    return problem.message
