# SPDX-License-Identifier: MIT
"""The outcome of a file: what CRIU sets, and what stops it."""

from __future__ import annotations

import pytest

from criulint.criu.context import Role
from criulint.criu.getopt import ErrorKind
from criulint.criu.outcome import Outcome, crashes_at_network_lock, overflowing_line, tabbed_lines
from criulint.criu.reading import Reading
from criulint.criu.releases import Release
from criulint.source import Source


def _reading(text: str, criu: str = "4.2") -> Reading:
    return Reading(Source(text.encode()), criu)


@pytest.mark.parametrize(
    ("text", "criu", "role", "state", "stopped", "options"),
    [
        ("", "4.2", None, "read", None, []),
        ("tcp-close\n", "4.2", None, "read", None, ["tcp-close"]),
        ("tcp-close\nbogus\nshell-job\n", "4.2", None, "refused", 2, ["tcp-close"]),
        ("shell-job\nport x\n", "4.2", None, "refused", 2, ["shell-job"]),
        ("tcp-close\nversion\nshell-job\n", "4.2", None, "exits", 2, ["tcp-close"]),
        ("help\n", "4.2", None, "exits", 1, []),
        ("help\n", "4.2", Role.RPC, "refused", 1, []),
        ("shell-job\nms\n", "3.19", None, "refused", 2, ["shell-job"]),
        ('shell-job\nlog-file "a\n', "4.2", None, "refused", 2, []),
        ("shell-job\nnetwork-lock skip\n", "4.2", Role.RPC, "crashes", 2, ["shell-job"]),
        (
            "shell-job\nnetwork-lock skip\n",
            "4.2",
            None,
            "read",
            None,
            ["shell-job", "network-lock"],
        ),
        ("network-lock skip\n", "4.2.1", Role.RPC, "read", None, ["network-lock"]),
        ("shell-job\nexternal macvlan\n", "4.2", None, "crashes", 2, ["shell-job"]),
        ("external macvlan[a]:b\n", "4.2", None, "read", None, ["external"]),
        # The words are garbage from here on, and those before them are not used either.
        ('tcp-close\nshell-job\n""\n', "3.15", None, "crashes", 3, []),
    ],
)
def test_state(
    text: str, criu: str, role: Role | None, state: str, stopped: int | None, options: list[str]
) -> None:
    outcome = Outcome(_reading(text, criu), role)
    assert outcome.state == state
    assert (outcome.stop and outcome.stop.line) == stopped
    assert [option.name for option in outcome.options] == options


def test_kinds_of_errors_are_an_interface() -> None:
    assert [kind.value for kind in ErrorKind] == [
        "syntax",
        "unrecognized-option",
        "ambiguous-option",
        "missing-value",
        "unexpected-value",
        "invalid-value",
        "refused-option",
        "exit",
        "crash",
    ]


def test_json() -> None:
    reading = _reading("tcp-close false\nversion\n")
    assert Outcome(reading, Role.ENV).to_json() == {
        "file": None,
        "criu": "4.2",
        "role": "env",
        "argv": ["--tcp-close", "false", "--version"],
        "options": [{"name": "tcp-close", "value": None, "line": 1}],
        "dropped": [],
        "state": "exits",
        "error": {
            "kind": "exit",
            "line": 2,
            "message": "`version` makes it print its version instead of running the command",
        },
        "undefined": False,
    }


@pytest.mark.parametrize(
    ("text", "dropped"), [("tcp-close false\n", ["false"]), ("tcp-close false\nbogus\n", [])]
)
def test_dropped_words(text: str, dropped: list[str]) -> None:
    assert Outcome(_reading(text)).dropped == dropped


@pytest.mark.parametrize(
    ("criu", "role", "crashes"),
    [
        ("3.16", Role.RPC, True),
        ("4.2", Role.RPC, True),
        ("4.2.1", Role.RPC, False),
        ("4.2", Role.DEFAULT, False),
        ("4.2", None, False),
    ],
)
def test_network_lock(criu: str, role: Role | None, crashes: bool) -> None:
    assert crashes_at_network_lock(Release(criu), role) is crashes


@pytest.mark.parametrize(
    ("text", "criu", "lines"),
    [
        ("log-file\ta\n", "4.2", [1]),
        ("log-file\ta\n", "3.16", [1]),
        ("log-file\ta\n", "3.15", []),
        ("log-file a\n", "4.2", []),
        ("log-file \ta\n", "4.2", []),
        ("tcp-close\t\n", "4.2", [1]),
        ("tcp-close\n", "4.2", []),
        ("tcp-close\nlog-file\ta\nwork-dir\tb\n", "4.2", [2, 3]),
    ],
)
def test_tabbed_lines(text: str, criu: str, lines: list[int]) -> None:
    assert list(tabbed_lines(_reading(text, criu))) == lines


@pytest.mark.parametrize("text", ["log-file a\n", "log-file\ta\n", "tcp-close\n" * 50])
def test_no_line_overflows_where_the_words_fit(text: str) -> None:
    reading = _reading(text)
    assert bool(overflowing_line(reading)) == bool(reading.scan.overflow_line)
