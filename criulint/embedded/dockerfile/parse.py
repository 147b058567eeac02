# SPDX-License-Identifier: MIT
"""The instructions of a Dockerfile, with their places.

Source: BuildKit, frontend/dockerfile/parser/parser.go and directives.go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from criulint.embedded.model import HostedText, join

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# `# escape=NAME`
_DIRECTIVE = re.compile(r"#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*\Z")
_COMMENT = re.compile(r"[ \t\r\v\f]*#")
_NAME = re.compile(r"[^\s]+")
# `--mount=type=cache`, `--from="a b"`
_FLAG = re.compile(r"\s*--[a-z][a-z-]*(?:=(?:\"[^\"]*\"|\\.|[^\s\\])*)?(?=\s|\Z)", re.DOTALL)
# ParseHeredoc; the quotes may stand around a part of the word, too.
_HEREDOC = re.compile(r"(?<!\S)\d*<<(-?)([^<\s]+)(?=\s|\Z)")
_TAKES_HEREDOCS = frozenset(("RUN", "COPY", "ADD"))
_TRIGGER = "ONBUILD"
_LEADING_TABS = re.compile(r"^\t+", re.MULTILINE)


class DockerfileHeredoc(NamedTuple):
    """A here-document: its lines as written, with their line ends.

    `source` is the same with the line that ends it.
    """

    name: str
    content: HostedText
    source: HostedText
    strips_tabs: bool
    expands: bool

    @property
    def body(self) -> HostedText:
        """The content, without the tabs that ``<<-`` strips."""
        if not self.strips_tabs:
            return self.content
        parts = []
        for line in self.content.lines():
            tabs = _LEADING_TABS.match(line.text)
            parts.append(line[tabs.end() :] if tabs else line)
        return join(parts, self.content.offsets[-1])


class Instruction(NamedTuple):
    """An instruction from a 1-based line to another, with the offset of its beginning.

    `flags` are its first words that begin with two dashes; `value` is the rest, without line
    continuations and the comments between them. An ONBUILD instruction is the one that it
    triggers, with `is_trigger`.
    """

    name: str
    flags: tuple[HostedText, ...]
    value: HostedText
    line: int
    last_line: int
    start: int
    heredocs: tuple[DockerfileHeredoc, ...] = ()
    is_trigger: bool = False


class ParsedDockerfile(NamedTuple):
    """What a Dockerfile says; `escape` is the character that continues lines."""

    instructions: list[Instruction]
    escape: str


def parse_dockerfile(text: HostedText) -> ParsedDockerfile:
    """Parse a Dockerfile; invalid parts are kept as they are."""
    lines = list(text.lines())
    escape = _find_escape(lines)
    return ParsedDockerfile(list(_Lines(lines, escape).instructions()), escape)


def _find_escape(lines: Sequence[HostedText]) -> str:
    """Return the escape character that the directives at the top of the file set."""
    for line in lines:
        match = _DIRECTIVE.match(line.text.removeprefix("\ufeff").strip())
        if not match:
            break
        if match[1].lower() == "escape" and match[2] in ("\\", "`"):
            return match[2]
    return "\\"


class _Lines:
    """The lines of a Dockerfile, and how many of them are read."""

    def __init__(self, lines: Sequence[HostedText], escape: str) -> None:
        self._lines = lines
        self._next = 0
        mark = re.escape(escape)
        self._continued = re.compile(rf"(?:\A|(?<=[^{mark}])){mark}[ \t]*\Z")

    def instructions(self) -> Iterator[Instruction]:
        """Yield the instructions."""
        while self._next < len(self._lines):
            number = self._next
            logical = self._read_logical_line()
            if logical is None:
                continue
            instruction = _split(logical, number + 1)
            if instruction:
                marks = find_heredocs(instruction)
                heredocs = tuple(map(self._read_heredoc, marks))
                yield instruction._replace(heredocs=heredocs, last_line=self._next)

    def _read_logical_line(self) -> HostedText | None:
        """Return the next line with those that continue it, None for a comment or nothing."""
        parts: list[HostedText] = []
        is_continued = True
        while is_continued and self._next < len(self._lines):
            line = _without_end(self._lines[self._next])
            self._next += 1
            is_skipped = _COMMENT.match(line.text) or not line.text.strip()
            if is_skipped and not parts:
                return None
            if is_skipped:
                continue
            if not parts:
                line = line[len(line.text) - len(line.text.lstrip("\ufeff \t\r\v\f")) :]
            match = self._continued.search(line.text)
            is_continued = match is not None
            parts.append(line[: match.start()] if match else line)
        return join(parts) if parts else None

    def _read_heredoc(self, mark: re.Match[str]) -> DockerfileHeredoc:
        """Read a here-document up to the line that ends it, or to the end of the file."""
        strips_tabs, word = bool(mark[1]), mark[2]
        name = re.sub(r"[\"']", "", word)
        before = self._lines[self._next - 1].offsets[-1]
        first = self._next
        content = source = HostedText("", [before])
        while self._next < len(self._lines):
            line = _without_end(self._lines[self._next])
            self._next += 1
            if (line.text.lstrip("\t") if strips_tabs else line.text) == name:
                content = join(self._lines[first : self._next - 1], before)
                source = join([*self._lines[first : self._next - 1], line])
                break
        else:
            content = source = join(self._lines[first:], before)
        return DockerfileHeredoc(name, content, source, strips_tabs, name == word)


def _without_end(line: HostedText) -> HostedText:
    return line[: len(line.text.rstrip("\r\n"))]


def _split(logical: HostedText, line: int, *, is_trigger: bool = False) -> Instruction | None:
    """Return the instruction on a line with its continuations."""
    name = _NAME.match(logical.text)
    if not name:
        return None
    start = logical.offsets[0]
    rest = logical[name.end() :]
    rest = rest[len(rest.text) - len(rest.text.lstrip()) :]
    if name[0].upper() == _TRIGGER and not is_trigger:
        inner = _split(rest, line, is_trigger=True)
        return inner and inner._replace(start=start)
    flags = []
    position = 0
    while match := _FLAG.match(rest.text, position):
        flag = rest[position : match.end()]
        flags.append(flag[len(flag.text) - len(flag.text.lstrip()) :])
        position = match.end()
    value = rest[position:]
    text = value.text
    value = value[len(text) - len(text.lstrip()) : len(text.rstrip())]
    words = tuple(flags)
    return Instruction(name[0].upper(), words, value, line, line, start, is_trigger=is_trigger)


def find_heredocs(instruction: Instruction) -> list[re.Match[str]]:
    """Return the marks of the here-documents that follow an instruction."""
    if instruction.name not in _TAKES_HEREDOCS:
        return []
    hidden = _hide_quotes(instruction.value.text)
    return list(_HEREDOC.finditer(hidden))


# What hides a `<<`: an escaped character, or text in quotes.
_QUOTED = re.compile(r"\\.|'[^']*'|\"(?:\\.|[^\"\\])*\"", re.DOTALL)


def _hide_quotes(text: str) -> str:
    """Return the text with blanks quoted no longer splitting words, in the same length.

    The delimiter of a here-document may be quoted: those quotes stay.
    """

    def hide(match: re.Match[str]) -> str:
        word = match[0]
        is_delimiter = re.search(r"<<-?\Z", text[: match.start()][-3:]) and not re.search(
            r"\s", word
        )
        return word if is_delimiter else "x" * len(word)

    return _QUOTED.sub(hide, text)
