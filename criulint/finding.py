# SPDX-License-Identifier: GPL-2.0-only
"""What criulint says of a file: a finding, where it is, and how to mend it."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

# A step can be a whole script; who reads of it on a line wants to know it again.
_LONGEST_STEP = 160


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


class Origin(NamedTuple):
    """Where in a container image a file comes from.

    `image` is the name that the image was asked for by, `digest` that of its manifest, `path` the file's in the image.
    `layer` counts from 1 and has the digests `layer_digest` (as stored; empty in a docker archive) and `diff_id`; `step` is
    the build step that made it, or empty; it stands on the 1-based `line` of `dockerfile`, if that is known. The file was
    checked for the `release` of CRIU; `criu` is the version in the image, and `runtime` who calls it there, as
    ``runc@1.3.0``; both are empty if that is not known.
    """

    image: str
    digest: str
    platform: str
    path: str
    layer: int
    layer_digest: str
    diff_id: str
    step: str
    dockerfile: str | None = None
    line: int = 0
    release: str = ""
    criu: str = ""
    runtime: str = ""

    def __str__(self) -> str:
        """The layer, the step and its line, in a few words."""
        parts = [f"layer {self.layer}"] if self.layer else []
        if self.dockerfile:
            parts.append(f"{self.dockerfile}:{self.line}")
        step = self.step if len(self.step) <= _LONGEST_STEP else f"{self.step[:_LONGEST_STEP]}..."
        return ", ".join(parts) + (f": {step}" if step else "")


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
    origin: Origin | None = None

    @property
    def full_message(self) -> str:
        """`message` and `help` in one line."""
        return f"{self.message}; {self.help}" if self.help else self.message

    def placed(self, message: str) -> str:
        """`message`, with the place in the image that the file comes from, if it does."""
        return (
            f"{self.path}:{self.span.line}: {message} [{self.origin}]" if self.origin else message
        )
