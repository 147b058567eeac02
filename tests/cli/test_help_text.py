# SPDX-License-Identifier: MIT
"""The help of criulint and of its commands."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from criulint.cli import Parser, full_parser, main
from criulint.cli.help_text import program_usage, render_help
from criulint.report.terminal import PLAIN, Style
from tests.cli.test_man import parsers

if TYPE_CHECKING:
    from tests.golden import Golden

_FOLDER = Path(__file__).with_name("help")
_FULL = full_parser()
_PARSERS = cast("list[Parser]", list(parsers(_FULL)))
_IDS = [parser.prog.replace(" ", "-") for parser in _PARSERS]


@pytest.mark.parametrize("parser", _PARSERS, ids=_IDS)
@pytest.mark.parametrize("width", [60, 80, 120])
def test_help_fits(parser: Parser, width: int) -> None:
    text = render_help(parser, Style(width=width), parser.command_groups())
    assert max(map(len, text.splitlines())) <= width
    assert len(text.partition("\n\n")[0].splitlines()) <= 3
    assert text.startswith(program_usage(parser).split()[0])


@pytest.mark.parametrize("parser", _PARSERS, ids=_IDS)
def test_all_arguments_are_described_once(parser: Parser) -> None:
    text = render_help(parser, PLAIN, parser.command_groups())
    for action in parser._actions:
        for option in action.option_strings:
            assert len(re.findall(rf"^  (\S+, )?{option}\b(?!-)", text, re.MULTILINE)) == 1
        if not isinstance(action, argparse._SubParsersAction):
            assert action.help, action
    assert parser.description


@pytest.mark.parametrize("parser", _PARSERS, ids=_IDS)
def test_commands_and_groups_have_an_example_that_works(parser: Parser) -> None:
    groups = [group for group in parser._action_groups if group.title not in (None, "options")]
    examples = [group.description for group in groups if "arguments" not in str(group.title)]
    for example in (parser.epilog, *examples):
        assert example
        program, *words = shlex.split(example)
        assert program == "criulint"
        assert example.startswith(parser.prog)
        _FULL.parse_args(words)


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("command", ["", "effective", "rule", "schema"])
def test_help(command: str, width: int, golden: Golden) -> None:
    program = f"criulint {command}".strip()
    parser = next(each for each in parsers(full_parser()) if each.prog == program)
    assert isinstance(parser, Parser)
    text = render_help(parser, Style(width=width), parser.command_groups())
    golden(_FOLDER / f"{command or 'criulint'}.{width}", text)
    painted = render_help(parser, Style(colour=True, width=width), parser.command_groups())
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == text


@pytest.mark.parametrize(
    ("variables", "has_colours"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colours(
    variables: dict[str, str],
    has_colours: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        main(["check", "--help"])
    assert ended.value.code == 0
    assert ("\x1b[1musage:\x1b[0m" in capsys.readouterr().out) == has_colours


def test_a_wrong_argument_shows_one_line_of_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["check", "--role", "x"])
    assert ended.value.code == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first == "usage: criulint check [OPTION...] [PATH ...]"
    assert second.startswith("criulint check: error: argument --role: invalid choice")
