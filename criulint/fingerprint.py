# SPDX-License-Identifier: MIT
"""The identity of a finding: what it is recognized by when the file around it changes.

It holds no line numbers: the file's path, the rule's code, and the text of the line without its
comment and with single blanks. So it survives changes of other lines and the moving of its own.
"""

from __future__ import annotations

import os
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from criulint.named_tuple import NamedTuple
from criulint.syntax import parse_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from criulint.finding import Finding


class Identity(NamedTuple):
    """What a finding is recognized by; several findings of a file can share one."""

    path: str
    code: str
    line: str


def identify(finding: Finding, directory: str) -> Identity:
    """Return the identity of a finding, with its path relative to `directory`.

    In an image the path is that in the image, after the image's name without tag and digest.
    """
    origin = finding.origin
    if origin:
        path = f"{origin.repository}:{origin.path}"
    else:
        path = normal_path(finding.path or "", directory)
    return Identity(path, finding.code, normal_line(finding.line_text))


def fingerprints(findings: Iterable[Finding], directory: str) -> list[str]:
    """Return 32 hexadecimal digits for each finding, different for each.

    They stay the same when other lines change or the lines of the file move. Paths are relative to
    `directory`.
    """
    from hashlib import sha256

    seen: Counter[Identity] = Counter()
    prints = []
    for finding in findings:
        identity = identify(finding, directory)
        seen[identity] += 1
        whole = "\0".join((*identity, str(seen[identity])))
        prints.append(sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()[:32])
    return prints


def normal_path(path: str, directory: str) -> str:
    """Return a path with ``/``: relative to `directory` if it is below it, else absolute.

    A name that is not a path, such as ``<stdin>``, is returned unchanged.
    """
    if path.startswith("<") or not path:
        return path
    relative = _below(path, directory) or _below(_resolve(path), os.path.realpath(directory))
    return (relative or os.path.abspath(path)).replace(os.sep, "/")


def _below(path: str, directory: str) -> str | None:
    with suppress(ValueError):  # another drive
        relative = os.path.relpath(path, directory)
        if not f"{relative}{os.sep}".startswith(os.pardir + os.sep):
            return relative
    return None


def _resolve(path: str) -> str:
    """Return a path whose directories are not symbolic links; the file itself may be one."""
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def normal_line(text: str) -> str:
    """Return a line's text without its comment, with single blanks between the words."""
    comment = parse_line(text).comment
    if comment and text[: comment.start].strip():
        text = text[: comment.start]
    return " ".join(text.split())
