# SPDX-License-Identifier: MIT
"""How text is shown on a terminal, and elsewhere."""

from __future__ import annotations

import io

import pytest

from criulint.report.terminal import Style, lay_out_table, style_for


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "choice", "style"),
    [
        ({}, "auto", Style(colour=True)),
        ({}, "never", Style()),
        ({"NO_COLOR": "1"}, "auto", Style()),
        ({"NO_COLOR": "1"}, "always", Style(colour=True)),
        ({"TERM": "dumb"}, "auto", Style()),
        ({"COLUMNS": "90"}, "never", Style(width=90)),
        ({"COLUMNS": "x"}, "never", Style()),
        ({"VTE_VERSION": "7006"}, "auto", Style(colour=True, links=True)),
        ({"VTE_VERSION": "4000"}, "auto", Style(colour=True)),
        ({"TERM_PROGRAM": "vscode"}, "auto", Style(colour=True, links=True)),
        ({"TERM_PROGRAM": "vscode", "NO_COLOR": "1"}, "auto", Style()),
        ({"WT_SESSION": "x", "FORCE_HYPERLINK": "0"}, "auto", Style(colour=True)),
    ],
)
def test_a_terminal(environment: dict[str, str], choice: str, style: Style) -> None:
    assert style_for(_Terminal(), choice, environment) == style


@pytest.mark.parametrize(
    ("environment", "choice", "style"),
    [
        ({}, "auto", Style()),
        ({"FORCE_COLOR": "1"}, "auto", Style(colour=True)),
        ({"FORCE_COLOR": "1", "VTE_VERSION": "7006"}, "auto", Style(colour=True)),
        ({}, "always", Style(colour=True)),
        ({"COLUMNS": "60"}, "auto", Style(width=60)),
    ],
)
def test_a_pipe(environment: dict[str, str], choice: str, style: Style) -> None:
    assert style_for(io.StringIO(), choice, environment) == style


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (None, ["one two three four five six seven eight nine ten"]),
        (40, ["one two three four five six", "seven eight nine ten"]),
        (10, ["one two three four five six", "seven eight nine ten"]),
    ],
)
def test_wrapping(width: int | None, lines: list[str]) -> None:
    text = "one two three four five six seven eight nine ten"
    assert Style(width=width).wrap(text, 12, 8) == lines


_ROWS = [
    ("OPTION", "VALUE", "FROM"),
    ("log-file", "dump.log", "runc"),
    ("external", "mnt[/sys/firmware/efi/efivars]:efivars", "a file with a long name"),
    ("root", "", "漢字"),
]


@pytest.mark.parametrize("width", [None, 20, 60, 80])
def test_a_table_fits_and_keeps_its_words(width: int | None) -> None:
    lines = lay_out_table(_ROWS, Style(width=width), 30)
    if width:
        assert max(map(len, lines)) <= max(width, 40)
    text = "".join("".join(lines).split())
    assert all(text.count(char) >= "".join(map("".join, _ROWS)).count(char) for char in "[]漢:/")
    if width is None:
        assert lines[1] == "log-file  dump.log                        runc"
        assert lines[3] == "root                                      漢字"
