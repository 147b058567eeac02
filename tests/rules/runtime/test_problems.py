# SPDX-License-Identifier: MIT
"""What is said of a whole file that nothing reads, whatever is in it."""

from __future__ import annotations

import pytest

from criulint.criu.context import Context
from criulint.criu.runtimes import find_caller
from criulint.finding import Severity
from criulint.linter.linter import Linter
from criulint.source import Source

_NEVER, _UNREAD, _READ = "/etc/criu.conf", "/etc/criu/crun.conf", "/etc/criu/runc.conf"
_NAMED, _HOME = "/etc/criu/example.conf", "/root/.criu/default.conf"

_WITHOUT_LINES = [b"", b"\n\n", b"# tcp-close\n", b"# moved\n\n  # to another file", b"\t#\r\n"]
# With the number of the first line that CRIU reads.
_WITH_LINES = {
    b"tcp-close\nshell-job\n": 1,
    b"# why\nnonsense\nmore\n": 2,
    b"ghost-limit = 64M\n": 1,
    b"tcp-close\0\n": 1,
}


@pytest.mark.parametrize(
    ("path", "runtime", "code"),
    [
        (_NEVER, None, "CRIU402"),
        (_NEVER, "crun@1.20", "CRIU402"),
        ("/etc/criu/dump.conf", None, "CRIU402"),
        (_UNREAD, "crun@1.20", "CRIU403"),
        (_READ, "crun@1.20", "CRIU403"),
        (_READ, "youki", "CRIU403"),
        (_HOME, "cri-o", "CRIU408"),
        # Read by some, or perhaps
        (_UNREAD, None, None),
        (_UNREAD, "crun@1.27", None),
        (_READ, "runc@1.1.12", None),
        (_NAMED, None, None),
        (_HOME, None, None),
        ("/etc/criu/default.conf", "crun@1.20", None),
        (None, None, None),
    ],
)
def test_a_file_without_lines(path: str | None, runtime: str | None, code: str | None) -> None:
    """It is a note if nothing reads it, at its first line; with lines it is more than that."""
    linter = Linter("4.2", context=Context(caller=find_caller(runtime) if runtime else None))
    for data in _WITHOUT_LINES:
        found = linter.check(Source(data, path)).findings
        assert [each.code for each in found] == ([code] if code else []), data
        for finding in found:
            assert (finding.severity, finding.span.line) == (Severity.INFO, 1)
            assert finding.help == "remove it: lines that are added to it have no effect"
    for data, line in _WITH_LINES.items() if code else ():
        found = linter.check(Source(data, path)).findings
        (finding,) = (each for each in found if each.code == code)
        assert (finding.severity, finding.span.line) == (Severity.WARNING, line), data
        assert "no effect" not in finding.help
