# SPDX-License-Identifier: MIT
"""Twice the file is twice the work. Lines of Python are counted, as clocks cannot be trusted.

That sees loops in Python only. What one call into C costs (a regular expression, a slice) was
timed by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from criulint import read
from criulint.criu.releases import latest_release
from criulint.linter import fixing
from criulint.linter.linter import Linter
from criulint.rules.registry import RULE_INDEX
from criulint.source import Source
from criulint.suppressions.comments import SuppressionParser
from criulint.suppressions.editing import add_suppressions
from criulint.syntax import parse_file
from tests.checking import finder
from tests.cli.harmless import run
from tests.counting import count_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Each `%d` is another number, so that no line is remembered from before.
_LINES = (
    *(
        "log-file a%d\n",
        "tcp-close false # %d\n",
        "tcp_close # %d\n",
        "bogus%d\n",
        "log-file\na%d\n",
        "external\tx%d\n",
    ),
    *(
        "ghost-limit %d M\n",
        "verbosity %d\r\n",
        'log-file "a#%d"\n',
        "key%d : value\n",
        "--tcp-close # %d\n",
        "\\%d\\\n",
    ),
    *(
        "log-file # %d\n",
        "-j\n-v%d\n",
        "tcp-close log-file a%d shell-job\n",
        "config %d\n",
        "a%d\0b\n",
        "log-file = '%d';\n",
    ),
)
# As above, on one line, which is long enough for the grammar even at first (parser._CACHED_LENGTH).
_WORDS = (
    "a%d ",
    "tcp-close%d ",
    '"%d" ',
    "=%d",
    "%d,",
    "\\%d",
    "#%d",
    "\t%d",
    "\r%d",
    "\0%d",
    "-%d",
    ":%d",
    "é%d",
    "%d'",
    "[%d",
)


def _check(data: bytes) -> None:
    Linter().check(Source(data))


def _fix(data: bytes) -> None:
    fixing.fix(Source(data), Linter().check, unsafe=True)


def _read(data: bytes) -> None:
    read(data).to_json()


def _work(task: Callable[[bytes], object], data: bytes) -> int:
    return count_lines(lambda: task(data))


@pytest.mark.slow
@pytest.mark.parametrize(
    "task", [parse_file, _check, _fix, _read], ids=["parse", "check", "fix", "read"]
)
@pytest.mark.parametrize(
    ("before", "repeated", "size"),
    [
        *(("", line, 40) for line in _LINES),
        *((name, word, 300) for name in ("", "log-file ", "tcp-close=") for word in _WORDS),
    ],
)
def test_work_grows_as_the_file_does(
    task: Callable[[bytes], object], before: str, repeated: str, size: int
) -> None:
    def file(count: int, first: int) -> bytes:
        numbers = (repeated.replace("%d", str(number)) for number in range(first, first + count))
        return (before + "".join(numbers) + "\n").encode()

    task(file(10, 1_000_000))  # what is only done once
    small, large = (_work(task, file(size * factor, 1_000_000 * (factor + 1))) for factor in (1, 4))
    assert large < 5 * small + 2000


def _add_ignore(data: bytes) -> None:
    add_suppressions(data, finder(Linter()), SuppressionParser(latest_release(), RULE_INDEX))


@pytest.mark.parametrize("task", [_check, _add_ignore], ids=["check", "add-ignore"])
@pytest.mark.parametrize(
    ("repeated", "last"),
    [
        # Each line has findings that the lines above it can hide.
        ("# criulint: ignore[CRIU902, CRIU201, nope%d]\n", "tcp-close false\n"),
        ("# criulint: ignore[CRIU902]\n# criulint: ignore[nope%d]\n", "tcp-close\n"),
        ("# criulint: ignore[CRIU9]\n# criulint: ignroe %d\n", "tcp-close\n"),
        ("# criulint: ignore-file[CRIU902, nope%d]\n", "tcp-close\n"),
        ("tcp-close %d # criulint: ignore[CRIU202]\n", ""),
    ],
)
def test_work_grows_as_the_suppressions_do(
    task: Callable[[bytes], object], repeated: str, last: str
) -> None:
    def file(count: int, first: int) -> bytes:
        numbers = (repeated.replace("%d", str(number)) for number in range(first, first + count))
        return ("".join(numbers) + last).encode()

    task(file(10, 1_000_000))  # what is only done once
    small, large = (_work(task, file(30 * factor, 1_000_000 * (factor + 1))) for factor in (1, 4))
    assert large < 5 * small + 2000


_LOG = (
    b"Error (criu/sk-inet.c:1): inet: Connected TCP socket, consider using --tcp-established\n"
    b"Error (criu/files-reg.c:1): Can't dump ghost file x of 99999 size, increase limit\n"
)


@pytest.mark.parametrize(
    "words",
    [
        ["effective"],
        ["effective", "--runtime", "runc", "--format", "json"],
        ["advise", "-"],
        ["set", "--check", "--force", "--diff", "ghost-limit=2M", "shell-job"],
        ["unset", "--check", "external", "tcp-close"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    "repeated", ["shell-job\n", "external mnt[a]:%d\n", "ghost-limit %dM\n", "tcp-close\n", "x%d\n"]
)
def test_work_of_commands_grows_as_the_file_does(
    words: list[str], repeated: str, tmp_path: Path
) -> None:
    file = tmp_path / "etc/criu/default.conf"
    file.parent.mkdir(parents=True)

    def work(count: int) -> int:
        lines = (repeated.replace("%d", str(1000 * count + number)) for number in range(count))
        file.write_text("".join(lines), encoding="utf-8")
        command, *rest = words
        return count_lines(lambda: run(command, "--root", tmp_path, *rest, stdin=_LOG))

    work(3)  # what is only done once
    small, large = work(40), work(160)
    assert large < 5 * small + 2000
