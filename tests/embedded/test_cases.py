# SPDX-License-Identifier: MIT
"""Hosts of all kinds, what they write, and what is found in that.

``cases/KIND/NAME.expected`` holds for ``cases/KIND/NAME`` each written file with the place in the
host of each of its lines, and the findings (`tests.golden`).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from criulint.embedded.hosts import follow_host, kind_of
from criulint.embedded.model import UNKNOWN, WrittenFile
from criulint.linter.embedded_files import HostFile, check_embedded_files
from criulint.linter.linter import Linter
from criulint.source import Source
from tests.golden import Golden, describe

_FOLDER = Path(__file__).with_name("cases")
_CASES = sorted(
    path for path in _FOLDER.glob("*/*") if path.is_file() and path.suffix != ".expected"
)


def _name(path: Path) -> str:
    return str(path.relative_to(_FOLDER))


def _text(path: Path) -> str:
    data = path.read_bytes()
    source = Source(data, path.name)
    kind = kind_of(path.name, data)
    assert kind
    followed = follow_host(source, kind)
    assert not followed.errors
    checked = check_embedded_files(
        source, followed.files, Linter("4.2.1").check, lambda after: follow_host(after, kind).files
    )
    host = HostFile(source)
    problems = "".join(f"not followed: {reason}\n" for _, reason in followed.problems)
    written = "".join(_describe_file(file, host) for file in followed.files)
    return written + problems + describe(checked.findings, data)


def _describe_file(file: WrittenFile, host: HostFile) -> str:
    lines = [f"{file.shown_path}\n"]
    for line in file.content.lines():
        row, column = host.place(line.offsets[0])
        lines.append(f"    {row}:{column} {line.text.replace(UNKNOWN, '…')!r}\n")
    return "".join(lines)


@pytest.mark.parametrize("path", _CASES, ids=_name)
def test_what_is_written_and_found_is_as_expected(path: Path, golden: Golden) -> None:
    golden(path.with_name(f"{path.name}.expected"), _text(path))


def test_each_expected_file_has_its_case() -> None:
    expected = {path.with_suffix("") for path in _FOLDER.glob("*/*.expected")}
    assert expected == set(_CASES)
