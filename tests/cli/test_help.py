# SPDX-License-Identifier: MIT
"""``criulint help``."""

from __future__ import annotations

import pytest

from criulint.cli import command_names, main


def _output(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(words) == 0
    return capsys.readouterr().out


def test_help_lists_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    text = _output(capsys, "help")
    for name in command_names():
        assert f"\n  {name} " in text


@pytest.mark.parametrize("name", command_names())
def test_help_of_a_command_is_what_its_option_prints(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = _output(capsys, "help", name)
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == text
    assert text.startswith(f"usage: criulint {name} ")


def test_unknown_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "chek"]) == 2
    assert capsys.readouterr().err == "criulint: error: no command 'chek'; did you mean 'check'?\n"
