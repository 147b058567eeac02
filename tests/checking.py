# SPDX-License-Identifier: MIT
"""Checking and fixing bytes, for tests that care about nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from criulint.finding import CheckResult, Finding
from criulint.linter import fixing
from criulint.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from criulint.linter.linter import Linter


def finder(linter: Linter, path: str | None = None) -> Callable[[bytes], list[Finding]]:
    """Return the function that returns what a linter finds in bytes."""
    return lambda data: linter.check(Source(data, path)).findings


class FixedFile(NamedTuple):
    """The bytes after fixing, what is left to find in them, and how many fixes were applied."""

    data: bytes
    findings: list[Finding]
    applied: int


def fix(data: bytes, find: Callable[[bytes], list[Finding]], *, unsafe: bool = False) -> FixedFile:
    """Fix bytes in which `find` finds what can be fixed."""

    def check(source: Source) -> CheckResult:
        return CheckResult(find(source.data), [])

    source, checked, applied = fixing.fix(Source(data), check, unsafe=unsafe)
    return FixedFile(source.data, checked.findings, applied)
