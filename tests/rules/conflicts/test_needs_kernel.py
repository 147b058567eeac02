# SPDX-License-Identifier: MIT
"""CRIU311."""

from __future__ import annotations

import pytest

from criulint.criu.context import COMMANDS, Role
from criulint.rules.conflicts.needs_kernel import check_lazy_pages, check_track_mem
from tests.rules.asking import fixed, lines, problem, settings


@pytest.mark.parametrize(
    ("criu", "start"), [("3.17.1", "every dump fails"), ("3.18", "every command fails")]
)
def test_track_mem_by_release(criu: str, start: str) -> None:
    file = settings("track-mem\n", criu=criu)
    assert problem(check_track_mem, file).message.startswith(start)
    assert fixed(check_track_mem, file) == ["-"]


def test_track_mem_switched_off() -> None:
    assert lines(check_track_mem, settings("track-mem\nno-track-mem\n")) == []


@pytest.mark.parametrize(
    ("role", "commands", "expected"),
    [
        (None, COMMANDS, []),  # CRIU305
        (None, ("dump", "restore"), [1]),
        (Role.RPC, COMMANDS, [1]),
        (Role.RPC, ("pre-dump",), []),
        (None, ("restore",), [1]),
    ],
)
def test_lazy_pages(role: Role | None, commands: tuple[str, ...], expected: list[int]) -> None:
    assert (
        lines(check_lazy_pages, settings("lazy-pages\n", role=role, commands=commands)) == expected
    )


def test_lazy_pages_up_to_3_11() -> None:
    assert lines(check_lazy_pages, settings("lazy-pages\n", criu="3.11")) == [1]


@pytest.mark.parametrize(
    ("commands", "message"),
    [
        (("dump",), "every dump hangs until a client has fetched the pages"),
        (("restore",), "a restore needs userfaultfd and a running `criu lazy-pages`"),
    ],
)
def test_lazy_pages_says_what_the_command_does(commands: tuple[str, ...], message: str) -> None:
    assert problem(check_lazy_pages, settings("lazy-pages\n", commands=commands)).message == message


@pytest.mark.parametrize(("caller", "expected"), [("runc", []), ("crun", [1]), (None, [])])
def test_lazy_pages_by_caller(caller: str | None, expected: list[int]) -> None:
    file = settings("lazy-pages\n", role=Role.DEFAULT, caller=caller)
    assert lines(check_lazy_pages, file) == expected
