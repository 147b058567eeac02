# SPDX-License-Identifier: GPL-2.0-only
"""What criulint says of a file: a finding, where it is, and how to mend it."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Severity(IntEnum):
    """How bad a finding is; the greater the worse."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()


class Span(NamedTuple):
    """A piece of a file. Lines and columns are 1-based, columns count code points, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Edit(NamedTuple):
    """Replace what `span` holds by `text`; an empty span inserts, an empty text deletes."""

    span: Span
    text: str


class Fix(NamedTuple):
    """A change that mends a finding. `safe` if what the author meant is beyond doubt."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool


class Finding(NamedTuple):
    """One mistake. `message` says what CRIU does with it, `help` what to write instead (or is empty)."""

    code: str
    name: str
    severity: Severity
    message: str
    help: str
    path: str | None
    span: Span
    fix: Fix | None
    url: str

    @property
    def full_message(self) -> str:
        """`message` and `help` in one line."""
        return f"{self.message}; {self.help}" if self.help else self.message
