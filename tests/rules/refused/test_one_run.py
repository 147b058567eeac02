# SPDX-License-Identifier: MIT
"""An option for one run of CRIU should be removed, however it is written; no fix writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from criulint.criu.options import Arity, Option, option_table
from criulint.linter.linter import Linter
from criulint.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

_TABLE = option_table("4.2.1")
_OPTIONS = [option for option in _TABLE.options.values() if option.is_for_one_run]
_LETTERS = {short.option.name: letter.decode() for letter, short in _TABLE.short.items()}


def _spellings(option: Option) -> Iterator[str]:
    name = option.name
    value = "" if option.arity is Arity.NONE else " 7"
    if option.name == "feature":
        value = " uffd"
    yield f"--{name}{value}"
    yield f"{name.upper()}{value}"
    yield f"{name.title()}{value} # why"
    yield f"- {name}{value}"
    if name in _LETTERS:
        yield f"-{_LETTERS[name]}{value}"
    if value:
        yield f"{name}: {value}"
    else:
        yield f"{name};"


@pytest.mark.parametrize("option", _OPTIONS, ids=lambda option: option.name)
def test_help_is_to_remove_the_line(option: Option) -> None:
    for text in _spellings(option):
        findings = Linter("4.2.1").check(Source(f"{text}\n".encode())).findings
        assert len(findings) == 1, text
        assert findings[0].help.startswith("remove the line"), text
        assert findings[0].fix is None, text


@pytest.mark.parametrize(
    "text", ["V", "h", "-h", "version", "ms", "t 1", "-t 1", "tcp-close\t-h # why"]
)
def test_letters(text: str) -> None:
    (finding,) = Linter("4.2.1").check(Source(f"{text}\n".encode())).findings
    assert finding.help.startswith("remove the line")


@pytest.mark.parametrize("text", ["verson", "hlp", "mss", "enable help"])
def test_nothing_is_guessed(text: str) -> None:
    (finding,) = Linter("4.2.1").check(Source(f"{text}\n".encode())).findings
    assert "did you mean" not in finding.help
    assert finding.fix is None


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("j", "did you mean `shell-job`? In a file `j` is short for `join-ns`"),
        ("log-f", "write `log-file VALUE` or `log-file=VALUE`"),
        ("tcp-close -o", "write `log-file VALUE` on a line of its own"),
    ],
)
def test_missing_value(text: str, advice: str) -> None:
    *_, finding = Linter("4.2.1").check(Source(f"{text}\n".encode())).findings
    assert (finding.code, finding.help) == ("CRIU104", advice)
