# SPDX-License-Identifier: MIT
"""What CRIU does with each line, in a few words."""

from __future__ import annotations

import pytest

from criulint.criu.context import Role
from criulint.criu.narration import narrate
from criulint.criu.outcome import Outcome
from criulint.criu.reading import Reading
from criulint.source import Source


def _reading(text: str, criu: str = "4.2") -> Reading:
    return Reading(Source(text.encode()), criu)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# a\n\n", []),
        ("tcp-close\n", [(1, "sets tcp-close")]),
        ("log-file a.log\n", [(1, "sets log-file to `a.log`")]),
        ("timeout 10\n", [(1, "sets timeout to `10`")]),
        ("timeout 10m\n", [(1, "sets timeout to 10 (`10m`)")]),
        ("ghost-limit 1M\n", [(1, "sets ghost-limit to 1048576 (`1M`)")]),
        ("verbosity\n", [(1, "sets verbosity to 3")]),
        ("verbosity\nverbosity\n", [(1, "sets verbosity to 3"), (2, "sets verbosity to 4")]),
        ("tcp-close false\n", [(1, "sets tcp-close"), (1, "ignores `false`")]),
        (
            "log-file\ntcp-close\n",
            [(1, "sets log-file to `--tcp-close`"), (2, "read as the value of `log-file`")],
        ),
        ("--\ntcp-close\n", [(1, "refused: unrecognized option '----'"), (2, "sets tcp-close")]),
        (
            "tcp-close --\nshell-job\n",
            [
                (1, "sets tcp-close"),
                (1, "`--`: ignores what follows"),
                (2, "ignores `--shell-job`"),
            ],
        ),
        # From 3.16 on, spaces at the end of a file are a word.
        (" ", [(1, "`--`: ignores what follows")]),
        ("bogus\n", [(1, "refused: unrecognized option '--bogus'")]),
        ("port 0\n", [(1, "refused: invalid argument for --port: 0")]),
        (
            "external macvlan\n",
            [(1, "crashes: `macvlan` without `]:` makes it follow a null pointer")],
        ),
        (
            "bogus\ntcp-close\n",
            [(1, "refused: unrecognized option '--bogus'"), (2, "sets tcp-close")],
        ),
        (
            'tcp-close\nlog-file "a\n',
            [(2, "refused: Unsupported configuration file format"), (1, "sets tcp-close")],
        ),
    ],
)
def test_each_line_on_its_own(text: str, expected: list[tuple[int, str]]) -> None:
    """Without the outcome, all lines are read as if CRIU went on."""
    assert list(narrate(_reading(text))) == expected


@pytest.mark.parametrize(
    ("text", "criu", "role", "expected"),
    [
        ("tcp-close\n", "4.2", None, [(1, "sets tcp-close")]),
        ("bogus\ntcp-close\n", "4.2", None, [(1, "refused: unrecognized option '--bogus'")]),
        (
            "tcp-close\nversion\nshell-job\n",
            "4.2",
            None,
            [
                (1, "sets tcp-close"),
                (2, "exits: `version` makes it print its version instead of running the command"),
            ],
        ),
        (
            "network-lock skip\ntcp-close\n",
            "4.2",
            Role.RPC,
            [(1, "crashes: `network-lock` makes it look for a command that does not exist")],
        ),
        (
            "network-lock skip\ntcp-close\n",
            "4.2.1",
            Role.RPC,
            [(1, "sets network-lock to `skip`"), (2, "sets tcp-close")],
        ),
        (
            "bogus\ntcp-close\nbad\n",
            "4.2",
            None,
            [
                (1, "refused: unrecognized option '--bogus'"),
                (3, "refused: unrecognized option '--bad'"),
            ],
        ),
    ],
)
def test_lines_of_a_file_that_stops_criu(
    text: str, criu: str, role: Role | None, expected: list[tuple[int, str]]
) -> None:
    """With the outcome, nothing is set after CRIU stops; other refusals are still shown."""
    reading = _reading(text, criu)
    assert list(narrate(reading, Outcome(reading, role))) == expected
