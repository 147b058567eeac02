# SPDX-License-Identifier: MIT
"""How text is shown on a terminal, and elsewhere."""

from __future__ import annotations

import io

import pytest

from criulint.report.terminal import Style, style_for


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
