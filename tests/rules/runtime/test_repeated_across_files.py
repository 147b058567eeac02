# SPDX-License-Identifier: MIT
"""CRIU405: what adds up when CRIU reads a file twice, or two files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from criulint.cli import main
from criulint.criu.context import Role
from criulint.linter.linter import Linter
from criulint.rules.runtime.repeated_across_files import find_repeats, repeated_across_files
from criulint.source import Source
from tests.rules.asking import lines, settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "criu", "role", "expected"),
    [
        ("action-script /a", "4.1.1", Role.RPC, [1]),
        ("action-script /a", "4.2", Role.RPC, []),
        ("action-script /a", "3.19", Role.RPC, [1]),
        ("action-script /a", "3.18", Role.RPC, []),  # CRIU404
        ("action-script /a", "4.1.1", Role.DEFAULT, []),
        ("action-script /a", "4.1.1", None, []),
        # The request sets the level between the two readings.
        ("verbosity\nverbosity=4\nverbosity", "4.1.1", Role.RPC, []),
        ("verbosity", "4.2", Role.RPC, []),
        ("external veth[a]:b@c", "4.1.1", Role.RPC, [1]),
        ("external veth[a]:b", "4.1.1", Role.RPC, []),
        ("external mnt[a]:b@c", "4.1.1", Role.RPC, []),
        ("veth-pair a=b@c", "4.1.1", Role.RPC, [1]),
        ("veth-pair a=b", "4.1.1", Role.RPC, []),
        ("external veth[a]:b@c", "4.2", Role.RPC, []),
    ],
)
def test_file_that_is_read_twice(
    text: str, criu: str, role: Role | None, expected: list[int]
) -> None:
    file = settings(f"{text}\n", criu=criu, role=role)
    assert lines(repeated_across_files.check, file) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("action-script /a\n", "tcp-close\naction-script /a\n", [2]),
        ("external mnt[a]:b\n", "external mnt[a]:b\nexternal mnt[a]:c\n", [1]),
        ("verbosity\n", "verbosity\n", [1]),
        ("verbosity=4\n", "verbosity=4\n", []),
        ("cpu-cap=cpu\n", "cpu-cap=cpu\n", []),
        ("action-script /a\n", "external /a\n", []),
        ("tcp-close\ntimeout 20\n", "tcp-close\ntimeout 20\n", []),
    ],
)
def test_two_files(first: str, second: str, expected: list[int]) -> None:
    found = find_repeats(settings(first), settings(second))
    assert [problem.line for problem in found] == expected
    sources = [Source(first.encode(), "a.conf"), Source(second.encode(), "b.conf")]
    findings = Linter("4.2.1").check_together(*sources).findings
    assert [(finding.code, finding.path, finding.span.line) for finding in findings] == [
        ("CRIU405", "b.conf", line) for line in expected
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "action-script /a",
            "the script runs twice at each stage: a\\n.conf sets it, too",
        ),
        ("verbosity", "the level rises twice: a\\n.conf sets it, too"),
        ("skip-mnt /a", "CRIU registers the value twice: a\\n.conf sets it, too"),
    ],
)
def test_messages_name_the_first_line(text: str, message: str) -> None:
    first = settings(f"tcp-close\n{text}\n{text}\n", path="a\n.conf")
    (found,) = find_repeats(first, settings(f"{text}\n"))
    assert found.problem.message == message
    assert [(place.path, place.line) for place in found.related] == [("a\n.conf", 2)]


def test_requests_replace_the_level_of_default_files() -> None:
    first = settings("verbosity\n", role=Role.DEFAULT)
    assert not list(find_repeats(first, settings("verbosity\n", role=Role.RPC)))


def test_suppressions_hide_repeats() -> None:
    first = Source(b"action-script /a\n", "default.conf")
    second = Source(b"action-script /a # criulint: ignore[CRIU405]\n", "runc.conf")
    assert Linter("4.2.1").check_together(first, second).findings == []


def test_files_of_one_directory_are_read_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("default.conf", "crun.conf"):
        (tmp_path / name).write_text("action-script /a\n", encoding="utf-8")
    files = map(str, sorted(tmp_path.iterdir()))
    assert main(["check", "--format", "concise", "--criu", "4.2.1", *files]) == 1
    out = capsys.readouterr().out
    assert f"{tmp_path / 'crun.conf'}:1:1: warning: CRIU405" in out
    assert out.count("\n") == 1
