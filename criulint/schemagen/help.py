# SPDX-License-Identifier: MIT
"""A parser for the text that `criu --help` prints: facts about options.

Every release from 3.11 to 4.3 has the same layout (`criu/crtools.c`): an option in the first 24
columns, its description from column 24 on; an option that is too long has a line of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from criulint.schemagen.facts import DocumentedOption, Page, merge_documented

#: The column (0-based) where descriptions start.
_TEXT_COLUMN = 24

# `  -D|--images-dir DIR   text`
_OPTION = re.compile(
    r" {2,6}(?:-(?P<short>[A-Za-z])[^\s|]*\|)?--(?P<name>[A-Za-z0-9][A-Za-z0-9_-]*)(?P<rest>.*)"
)
_SECTION = re.compile(r"(?:\* )?(?P<title>\S.*):$")
# The value that a description calls the default, in three spellings.
_DEFAULT = re.compile(
    r"'(?P<quoted>[\w-]+)' \(default[,)]"
    r"|\(by default (?P<path>[^\s)]+)\)"
    r"|\(default (?P<number>[0-9]+)\b"
)
_QUOTED = r"'[\w-]+'(?: \([^)]*\))?"
# `one of: a, b`, or `'a', 'b' (text), or 'c'`
_CHOICES = re.compile(
    rf"\bone of: (?P<plain>[\w-]+(?:, [\w-]+)+)|(?P<quoted>{_QUOTED}(?:(?:,| or|, or) {_QUOTED})+)"
)
_WORD = re.compile(r"'([\w-]+)'")
_NEGATION = re.compile(r"prefixed with --no-")


@dataclass
class _Entry:
    option: DocumentedOption
    text: str


def parse(text: str) -> Page:
    """Return what the help text says about options, in its order; empty for other text.

    An option that is listed several times (`--verbosity` and `--verbosity=NUM`) gives one fact.
    """
    entries: list[_Entry] = []
    section = ""
    for line in text.splitlines():
        if found := _SECTION.match(line):
            section = found["title"]
        elif found := _OPTION.match(line):
            entries.append(_entry(line, found, section))
        elif entries:
            entries[-1].text += " " + line.strip()
    for entry in entries:
        if found := _DEFAULT.search(entry.text):
            entry.option.default = found["quoted"] or found["path"] or found["number"]
        if found := _CHOICES.search(" ".join(entry.text.split())):
            plain, quoted = found["plain"], found["quoted"]
            entry.option.choices = plain.split(", ") if plain else _WORD.findall(quoted)
    return Page(
        negation=bool(_NEGATION.search(" ".join(text.split()))),
        options=merge_documented(entry.option for entry in entries),
    )


def _entry(line: str, found: re.Match[str], section: str) -> _Entry:
    value, text = "", ""
    start = found.start("rest")
    if found["rest"].startswith("="):
        value, _, text = line[start + 1 :].partition(" ")
    elif found["rest"].startswith(" "):
        word = start + 1
        if line[word : word + 1].strip() and word != _TEXT_COLUMN:
            value, _, text = line[word:].partition(" ")
        else:
            text = line[word:]
    option = DocumentedOption(
        name=found["name"], short=found["short"], sections=[section] if section else []
    )
    option.add_value(value)
    return _Entry(option, text.strip())
