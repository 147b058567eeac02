# SPDX-License-Identifier: MIT
"""What hosts write, as text that expected files hold, and as patterns for what they really write.

Each file is its path with the line of the command, then its lines with the places where they
begin in the host::

    /etc/criu/runc.conf, by line 12
        8:5 tcp-established\n
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded import hosts
from criulint.embedded.model import UNKNOWN
from criulint.linter.embedded_files import check_embedded_files
from criulint.linter.linter import Linter
from criulint.source import Source, decode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from criulint.embedded.model import FollowedHost, WrittenFile


def follow(host: Path) -> FollowedHost:
    """Return what a host writes."""
    data = host.read_bytes()
    kind = hosts.kind_of(host.name, data[: hosts.HEAD])
    assert kind
    return hosts.follow_host(Source(data, host.name), kind)


def describe(host: Path) -> str:
    """Return CRIU's files that a host writes, and what could not be followed, as text."""
    text = decode(host.read_bytes())
    followed = follow(host)
    lines = [line for file in followed.files for line in _lines(file, text)]
    lines += [f"{_place(text, offset)} {reason}" for offset, reason in followed.problems]
    return "".join(f"{line}\n" for line in lines)


def describe_findings(host: Path) -> str:
    """Return the findings in what a host writes: line and columns, code, message."""
    source = Source(host.read_bytes(), host.name)
    check = Linter("4.2.1").check
    files = follow(host).files
    findings = check_embedded_files(source, files, check, lambda _: files).findings
    lines = [
        f"{finding.span.line}:{finding.span.column}-{finding.span.end_column} "
        f"{finding.code} {finding.message}\n"
        for finding in findings
    ]
    return "".join(["\n", *lines] if lines else [])


def _lines(file: WrittenFile, text: str) -> Iterator[str]:
    command = _place(text, file.command).partition(":")[0]
    yield f"{_show(file.path)}, by line {command}"
    for line in file.content.lines():
        yield f"    {_place(text, line.offsets[0])} {_show(line.text)}"


def _place(text: str, offset: int) -> str:
    line = text.count("\n", 0, offset) + 1
    return f"{line}:{offset - text.rfind(chr(10), 0, offset)}"


def _show(text: str) -> str:
    return repr(text.replace(UNKNOWN, "\u2026"))[1:-1]


def pattern(text: str) -> re.Pattern[str]:
    """Return what matches the text with anything for its unknown parts."""
    return re.compile(".*".join(map(re.escape, text.split(UNKNOWN))), re.DOTALL)
