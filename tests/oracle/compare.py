# SPDX-License-Identifier: MIT
"""Where criulint's reading of a file differs from the real CRIU's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint import read
from criulint.criu.getopt import ErrorKind
from criulint.linter.linter import Linter
from criulint.source import Source, decode
from tests.oracle.oracle import Kind, OracleReading, Taken

if TYPE_CHECKING:
    from criulint.criu.reading import Reading

# A value that another host's CRIU takes: a descriptor, a process, a file or an interface is
# missing here.
_HOST = re.compile(
    rb"[Cc]an't (?:fstat inherit fd|write debug message|access join-ns file|get ifindex)|Invalid join_ns pid:"
)
# CRIU has 1024 bytes for its messages until it ends, and up to 4.1.1 prints garbage when one is
# longer.
_LONGEST_MESSAGE = 900
# The rule for files on which CRIU reads or writes outside of its buffers. Most crash it; with
# others nothing happens, as malloc() gives a little more than it is asked for.
_UNSAFE = "CRIU115"

_Option = tuple[str | None, str | None, str | None]


def host_dependent(real: OracleReading) -> bool:
    """Whether CRIU refused something only because of the machine that it runs on."""
    return real.kind is Kind.VALUE and _HOST.search(real.stderr) is not None


def differences(data: bytes, release: str, real: OracleReading) -> list[str]:
    """What differs between criulint and `real`, CRIU's own reading of the same file by the same
    release.
    """
    reading = read(data, criu=release)
    codes = sorted(
        {
            finding.code
            for finding in Linter(release).check(Source(data)).findings
            if finding.code.startswith("CRIU1")
        }
    )
    if real.kind is Kind.CRASH:
        return (
            []
            if _UNSAFE in codes
            else [f"CRIU crashes with signal {-real.status}, criulint says {codes}"]
        )
    if reading.undefined and real.kind is Kind.SYNTAX and not reading.error:
        return []  # CRIU looks for a second word behind the value's memory, and what is there is chance
    found = _reading_differences(reading, real)
    lucky = real.kind is Kind.READ and reading.undefined and codes == [_UNSAFE]
    if not lucky and not host_dependent(real) and real.refused != bool(codes):
        found.append(
            f"CRIU {'refuses' if real.refused else 'takes'} the file, criulint says {codes}"
        )
    return found


def _reading_differences(reading: Reading, real: OracleReading) -> list[str]:
    found: list[str] = []

    def compare(what: str, ours: object, theirs: object) -> None:
        if ours != theirs:
            found.append(f"{what}: CRIU has {theirs!r:.500}, criulint {ours!r:.500}")

    compare("argv", reading.argv, [decode(word) for word in real.argv or []])
    options: list[_Option] = [
        (option.name, option.short, option.value) for option in reading.options
    ]
    theirs = [_option(option) for option in real.options]
    if real.kind is Kind.READ:
        compare("error", reading.error, None)
        compare("options", options, theirs)
        compare("dropped", reading.dropped, [decode(word) for word in real.dropped])
        return found
    last = [_option(real.refused_option)] if real.refused_option else []
    invalid = reading.error is not None and reading.error.kind is ErrorKind.INVALID_VALUE
    if host_dependent(real) and options == theirs and invalid:
        return found  # refused on every host, and this one says so for a reason of its own
    if real.kind is Kind.STOPPED or host_dependent(real) or (last and last[0][0] == "ms"):
        # criulint reads on.
        compare("options", options[: len(theirs) + 1], theirs + last)
        return found
    compare("options", options, theirs)
    kind = reading.error and reading.error.kind
    if real.kind is Kind.SYNTAX:
        compare("kind", kind, ErrorKind.SYNTAX)
    elif real.kind is Kind.VALUE:
        compare("kind", kind, ErrorKind.INVALID_VALUE)
    else:
        compare(
            "getopt's refusal", kind not in (None, ErrorKind.SYNTAX, ErrorKind.INVALID_VALUE), True
        )
    if len(real.message) < _LONGEST_MESSAGE and real.message:
        compare("message", reading.error and reading.error.message, decode(real.message))
    return found


def _option(option: Taken) -> _Option:
    return option.name, option.short, None if option.value is None else decode(option.value)
