# SPDX-License-Identifier: MIT
"""All mistakes of a configuration, each at its place."""

from __future__ import annotations

import pytest

from criulint.configuration import ConfigurationError
from criulint.configuration.load import load_configuration
from criulint.configuration.mistakes import find_mistakes

_ALL = """\
criu = "9.9"
selekt = ["CRIU2"]
ignore = [
  "CRIU2",
  "nonsense", "value-ignored", "rubbish"
]
fail-on = 5
[severity]
CRIU201 = "eror"
[files."a/*.conf"]
role = "no"
[limits]
size = "x"
"""


def _marked(text: str, path: str = "criulint.toml") -> list[tuple[int, str, str]]:
    """The line, the words that are marked there, and the message of each mistake."""
    lines = text.split("\n")
    return [
        (found.line, lines[found.line - 1][found.start : found.end], found.message)
        for found in find_mistakes(text, path)
    ]


def test_each_mistake_is_at_its_word() -> None:
    found = _marked(_ALL)
    assert [(line, word) for line, word, _ in found] == [
        (1, '"9.9"'),
        (2, "selekt"),
        (5, '"nonsense"'),
        (5, '"rubbish"'),
        (7, "fail-on"),
        (9, '"eror"'),
        (11, '"no"'),
        (13, "size"),
    ]
    assert found[1][2] == "no key 'selekt'; did you mean 'select'?"
    assert found[5][2] == "severity: CRIU201: unknown value 'eror'; did you mean 'error'?"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ('criu = "4.2"\nignore = ["CRIU2"]\n', []),
        ("x = ", [(1, "x =", "not TOML: Invalid value")]),
        ("\n[tool.criulint]\n", [(2, "[tool.criulint]", "belongs in pyproject.toml")]),
        ("ignore = []\n", [(1, "ignore", "the list is empty")]),
        ('ignore = ["xx", "xx"]\n', [(1, '"xx"', "no rule 'xx'")]),
        ("severity = 1\r\n", [(1, "severity", "must be a table, not a number")]),
    ],
)
def test_texts(text: str, found: list[tuple[int, str, str]]) -> None:
    actual = _marked(text)
    assert [each[:2] for each in actual] == [each[:2] for each in found]
    assert all(part in message for (*_, message), (*_, part) in zip(actual, found, strict=True))


def test_pyproject_is_looked_into_in_its_section() -> None:
    text = "[project]\nselekt = 1\n[tool.criulint]\nselekt = 1\n"
    assert [each[:2] for each in _marked(text, "pyproject.toml")] == [(4, "selekt")]
    assert _marked("[project]\nselekt = 1\n", "pyproject.toml") == []


def test_the_first_one_is_what_a_run_reports(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("x") / "criulint.toml"
    lines = _ALL.splitlines(keepends=True)
    for start in range(len(lines)):
        text = "".join(lines[start:])
        file.write_text(text, encoding="utf-8")
        found = find_mistakes(text, str(file))
        assert found, text
        with pytest.raises(ConfigurationError) as error:
            load_configuration(str(file))
        assert any(f":{each.line}: {each.message}" in str(error.value) for each in found), text


def test_many_are_cut_off() -> None:
    text = "".join(f"x{number} = 1\n" for number in range(500))
    assert len(find_mistakes(text, "criulint.toml")) == 100
