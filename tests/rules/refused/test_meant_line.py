# SPDX-License-Identifier: MIT
"""What a line was meant to be whose first word is not an option."""

from __future__ import annotations

import pytest

from criulint.rules.refused.meant_line import meant_line
from tests.rules.misread.report import line

_COMMAND = "this is a command line: a file holds only options, one per line and without dashes"


@pytest.mark.parametrize(
    ("text", "advice", "fixed"),
    [
        ("criu dump -t 1", _COMMAND, None),
        ("/usr/sbin/criu check", _COMMAND, None),
        ("sudo criu dump", _COMMAND, None),
        ("runc checkpoint x", _COMMAND, None),
        ("export A=b", "this is shell syntax: CRIU has no option `export`", None),
        ("no tcp-close", "did you mean `no-tcp-close`?", "no-tcp-close"),
        ("disable tcp-close # x", "did you mean `no-tcp-close`?", "no-tcp-close # x"),
        ("  enable tcp-close", "did you mean `tcp-close`?", "  tcp-close"),
        ("set tcp-close yes", "did you mean `tcp-close`?", "tcp-close"),
        ("set tcp-close off", "did you mean `no-tcp-close`?", "no-tcp-close"),
        ("set timeout 5", "did you mean `timeout 5`?", "timeout 5"),
        ("set timeout=5", "did you mean `timeout=5`?", "timeout=5"),
        ("set port x", "did you mean `port x`?", None),
        ("v4", "did you mean `verbosity=4`?", "verbosity=4"),
        ("D /srv", "did you mean `images-dir /srv`?", "images-dir /srv"),
        ("D", "did you mean `images-dir VALUE`?", None),
        ("t 1", "remove the line, and pass `--tree` on the command line", None),
    ],
)
def test_guess(text: str, advice: str, fixed: str | None) -> None:
    meant = meant_line(line(text))
    assert meant
    assert (meant.help, meant.text) == (advice, fixed)


@pytest.mark.parametrize("text", ["criu", "frobnicate", "no", "no frobnicate", "no port 1", "Z"])
def test_no_guess(text: str) -> None:
    assert meant_line(line(text)) is None
