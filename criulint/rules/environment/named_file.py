# SPDX-License-Identifier: MIT
"""CRIU501 for a configuration file that should be in an image, and is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.host.filesystem import Kind, ResolvedPath
from criulint.named_tuple import NamedTuple
from criulint.rules.base import FileProblem, Problem
from criulint.rules.environment.path_missing import path_missing
from criulint.rules.environment.paths import describe_absence, is_filled_at_start
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator


class NamedFile(NamedTuple):
    """A configuration file that an image names, or links to; `resolved` is where its path leads.

    `key` is what names it, as in ``the variable `CRIU_CONFIG_FILE```, empty if its path is one that
    CRIU or a runtime opens; `instruction` sets that in a Dockerfile, and is empty if none does.
    `resolved` is None for a path that is not absolute. `is_directory`: whether it should be a
    directory of such files.
    """

    path: str
    key: str
    instruction: str
    resolved: ResolvedPath | None
    is_directory: bool = False


@path_missing.also
def named_file_missing(named: NamedFile) -> Iterator[FileProblem]:
    """CRIU skips a file of its own that it cannot open, or is a directory (criu/config.c)."""
    defect = _find_defect(named)
    if not defect:
        return
    remedy = "copy the file there in the Dockerfile" if named.instruction else "add the file"
    if named.is_directory:
        remedy = "make it a directory"
    removal = f"`{named.instruction}`" if named.instruction else named.key or "what is there"
    resolved = named.resolved
    places = (named.path, resolved.path) if resolved else ()
    volatile = any(map(is_filled_at_start, places))
    if volatile and not named.key:
        return
    subject = f"{named.key} names " if named.key else ""
    words = defect if named.key else defect.replace(", which", "", 1)
    message = f"{subject}{words}"
    if named.is_directory:
        message += ": CRIU runs without its files, and prints no message"
    elif resolved is None or resolved.status.kind in (Kind.MISSING, Kind.DIRECTORY):
        message += ": CRIU runs without it, and prints no message"
    if volatile:
        message += ", unless it is put there when a container starts"
    yield FileProblem(
        1,
        Problem(
            0,
            0,
            message,
            f"{remedy}, or remove {removal}",
            severity=Severity.INFO if volatile else Severity.WARNING,
        ),
    )


def _find_defect(named: NamedFile) -> str:
    """Return what is wrong with the file, in words; empty if it is one."""
    shown = f"`{shorten(named.path)}`"
    if named.resolved is None:
        return f"{shown}, which is not an absolute path"
    kind = named.resolved.status.kind
    if kind is Kind.MISSING:
        leads, which, rest = describe_absence(named.path, named.resolved).partition(", which ")
        if which:
            return f"{shown}, which{leads.removeprefix(shown)}, which {rest}"
        return f"{shown}, which{leads.removeprefix(shown)}"
    if named.is_directory:
        return f"{shown}, which is not a directory"
    if kind is Kind.FILE:
        return ""
    return f"{shown}, which is a {'directory' if kind is Kind.DIRECTORY else kind.value}"
