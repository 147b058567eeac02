# SPDX-License-Identifier: MIT
"""The table of CRIU's messages: its shape, and that each row can be found."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

import criulint.advise.messages as table
from criulint.advise.diagnose import is_noise
from criulint.advise.messages import Message, Remedy, messages
from criulint.assign import AssignError, parse_assignment
from criulint.criu.options import option_table
from criulint.criu.releases import Release, latest_release, releases
from criulint.linter.linter import Linter
from criulint.source import Source

_PATH = Path(table.__file__).with_name("messages.json")
_COMMANDS = [
    *("any", "check", "cpuinfo", "dump", "page-server", "pre-dump", "restore", "service"),
]
_REMEDY_COMMANDS = [["dump"], ["restore"], ["dump", "restore"], ["dump", "pre-dump"]]
_TEXT = {"type": "string", "pattern": r"^[^\n]+[^.\n]$"}
_SCHEMA = {
    "type": "object",
    "required": ["id", "kind", "source", "commands", "words", "pattern", "means"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "pattern": "^[a-z0-9-]+$"},
        "kind": {"enum": ["option", "no-option", "configuration"]},
        "source": {"type": "string", "minLength": 3},
        "commands": {"type": "array", "items": {"enum": _COMMANDS}, "minItems": 1},
        "words": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "pattern": {"type": "string", "format": "regex"},
        "means": _TEXT,
        "advice": _TEXT,
        "after": {"const": True},
        "quiet": {"const": True},
        "bare": {"const": True},
        "options": {"type": "array", "items": {"type": "string"}},
        "remedies": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["line", "commands", "rank", "persistent"],
                "additionalProperties": False,
                "properties": {
                    "line": {"type": "string"},
                    "commands": {"enum": _REMEDY_COMMANDS},
                    "rank": {"type": "integer", "minimum": 1},
                    "persistent": {"type": "boolean"},
                    "when": _TEXT,
                    "risk": _TEXT,
                    "since": {"type": "string"},
                },
            },
        },
    },
}
_ROWS = json.loads(_PATH.read_text(encoding="utf-8"))["messages"]
_ids = pytest.mark.parametrize("row", _ROWS, ids=[row["id"] for row in _ROWS])


@_ids
def test_shape(row: dict[str, object]) -> None:
    jsonschema.validate(row, _SCHEMA)


def test_identifiers_are_unique() -> None:
    names = [row["id"] for row in _ROWS]
    assert len(set(names)) == len(names)


def test_rows_with_remedies_are_those_with_an_option() -> None:
    for message in messages().values():
        if message.kind == "option":
            assert message.remedies, message.id
            assert min(remedy.rank for remedy in message.remedies) == 1, message.id
        else:  # only what a later release has
            assert all(remedy.since for remedy in message.remedies), message.id


def test_options_exist() -> None:
    table = option_table(latest_release())
    for message in messages().values():
        names = [*message.options, *(remedy.option for remedy in message.remedies)]
        assert [name for name in names if name not in table.options] == [], message.id


def test_words_in_capitals_are_left_to_the_user() -> None:
    for message in messages().values():
        for remedy in message.remedies:
            assert remedy.is_complete is remedy.line.islower(), remedy.line


def test_complete_lines_are_accepted_by_each_release_with_the_option() -> None:
    for message in messages().values():
        for remedy in message.remedies:
            if not remedy.is_complete:
                continue
            name, value = remedy.option, remedy.line.partition(" ")[2]
            for release in releases():
                if remedy.since and release < remedy.since:
                    continue
                try:
                    parse_assignment(f"{name}={value}" if value else name, option_table(release))
                except AssignError as error:
                    # An option that came later than its row says.
                    pytest.fail(f"{message.id}: {remedy.line}: CRIU {release}: {error}")


_FILLED = {"SIZE": "16M", "SECONDS": "60", "TYPE": "x", "MNT": "1", "INODE": "1"}
# Codes of what CRIU refuses, and of what it reads otherwise than it looks.
_WRONG = ("CRIU1", "CRIU2")


def test_lines_are_spelled_as_criu_reads_them() -> None:
    lines = {remedy.line for message in messages().values() for remedy in message.remedies}
    for line in sorted(lines):
        filled = re.sub(r"[A-Z]{2,}", lambda word: _FILLED.get(word[0], word[0].lower()), line)
        found = Linter(latest_release()).check(Source(filled.encode() + b"\n")).findings
        assert [each.code for each in found if each.code.startswith(_WRONG)] == [], line


@_ids
def test_only_repetitions_of_digits_are_unbounded(row: dict[str, str]) -> None:
    """A log is hostile text, and is searched with each pattern."""
    bare = re.sub(r"\\d\+", "", row["pattern"])
    assert not re.search(r"(?<!\\)[+*]|,\}", bare), row["pattern"]


@_ids
def test_the_pattern_finds_the_words(row: dict[str, list[str]]) -> None:
    message = Message(row)
    for words in message.words:
        assert message.pattern.search(words), words
        assert not is_noise(words)


def test_a_full_row_and_a_short_one() -> None:
    short = {
        "id": "x",
        "kind": "no-option",
        "source": "criu/x.c",
        "commands": ["dump"],
        "words": ["one 1"],
        "pattern": "one \\d",
        "means": "what it means",
    }
    message = Message(short)
    assert (message.id, message.kind, message.source) == ("x", "no-option", "criu/x.c")
    assert (message.commands, message.words) == (("dump",), ("one 1",))
    assert (message.means, message.advice) == ("what it means", "")
    assert (message.remedies, message.options) == ((), ())
    assert (message.is_follower, message.is_quiet, message.is_callers) == (False, False, False)
    assert message.pattern.search("ONE 2")
    plain = {"line": "tcp-close", "commands": ["dump"], "rank": 1, "persistent": True}
    more = {"when": "it is so", "risk": "it is slow", "since": "3.15"}
    message = Message(
        {
            **short,
            "advice": "or wait",
            "remedies": [plain, {**plain, **more, "persistent": False, "rank": 2}],
            "options": ["tcp-close"],
            "after": True,
            "quiet": True,
            "bare": True,
        }
    )
    assert (message.advice, message.options) == ("or wait", ("tcp-close",))
    assert message.remedies == (
        Remedy("tcp-close", ("dump",), 1, persistent=True),
        Remedy(
            *("tcp-close", ("dump",), 2),
            persistent=False,
            when="it is so",
            risk="it is slow",
            since=Release("3.15"),
        ),
    )
    assert (message.is_follower, message.is_quiet, message.is_callers) == (True, True, True)


def test_no_row_is_noise() -> None:
    for text in ("Unexpected EOF on (empty-image)", "zombie found while seizing"):
        assert not is_noise(text)
