# SPDX-License-Identifier: MIT
"""The shell code in HCL: provisioners of Packer and Terraform, and the files that they write.

Sources: developer.hashicorp.com (Packer: shell and file provisioners; Terraform: provisioners,
strings and templates).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from criulint.embedded.following import follow_scripts
from criulint.embedded.manifest.shells import shell_words
from criulint.embedded.model import (
    UNKNOWN,
    CopiedFile,
    HostedText,
    Script,
    join,
    separate,
    surround,
)
from criulint.embedded.steps import Steps, join_lines, scripts_of, shebang_words
from criulint.source import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.embedded.model import FollowedHost
    from criulint.source import Source

# Tokens that may be skipped, the mark of a here-document, and what attributes and blocks need.
_TOKEN = re.compile(
    r"(?P<skip>\s+|#[^\n]*|//[^\n]*|/\*.*?\*/)"
    r"|<<(?P<dash>-?)(?P<word>[A-Za-z_][\w-]*)[ \t]*\r?\n"
    r'|(?P<quote>")|(?P<name>[A-Za-z_][\w.-]*)|(?P<mark>[{}\[\]=(),:])|(?P<other>.)',
    re.DOTALL,
)
# In a string: an escaped or a real template, an escape, and the quote that ends it.
_PIECE = re.compile(
    r"\$\$\{|%%\{|(?P<open>[$%]\{)"
    r"|\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(?P<escape>.))|(?P<end>\")",
    re.DOTALL,
)
_TEMPLATE = re.compile(r"\$\$\{|%%\{|(?P<open>[$%]\{)")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
# `${var.name}`, without the braces.
_REFERENCE = re.compile(r"~?\s*((?:var|local)\.[\w-]+)\s*~?")
_SHELL_PROVISIONERS = frozenset(("shell", "shell-local", "remote-exec", "local-exec"))
# `${join(", ", var.names)}`, without the braces.
_JOIN = re.compile(
    r"""\s*join\(\s*"((?:[^"\\$%]|\\[nt])*)"\s*,\s*((?:var|local)\.[\w-]+)\s*\)\s*"""
)
_NESTING = {"[": 1, "(": 1, "]": -1, ")": -1}
_MAX_DEPTH = 200


class _Block(NamedTuple):
    """A block or an object: its type and labels, and what it holds, in order.

    `parts` are the offsets at which each attribute and block in it begins and ends.
    """

    names: list[str]
    values: dict[str, list[HostedText]]
    blocks: list[_Block]
    parts: list[tuple[int, int]]

    def value(self, *names: str) -> HostedText | None:
        """Return the first of the attributes whose value is text."""
        found = next((self.values[name] for name in names if self.values.get(name)), None)
        return found[0] if found else None


def follow(source: Source) -> FollowedHost:
    """Return the files that a file in HCL writes. HostError if it cannot be followed."""
    text = decode(source.data)
    root = _read(text)
    found = follow_scripts(_find_scripts(root))._replace(copies=tuple(_find_copies(root)))
    return surround(found, (part for block in _walk(root) for part in block.parts))


def _find_scripts(root: _Block) -> list[Script]:
    """Return a script for each block with provisioners, and one for each script in an attribute."""
    steps = [_provision(block) for block in _walk(root)]
    return scripts_of([*steps, *_find_whole_scripts(root)])


def _read(text: str) -> _Block:
    """Read a file twice: the second time, its variables are known."""
    known: dict[str, list[HostedText]] = {}
    root = _Parser(text, known).parse()
    for block in root.blocks:
        kind = block.names[0] if block.names else ""
        default = block.value("default")
        if kind == "variable" and len(block.names) > 1 and default is not None:
            known[f"var.{block.names[1]}"] = block.values["default"]
        elif kind == "locals":
            for name in block.values:
                if block.values[name]:
                    known[f"local.{name}"] = block.values[name]
    return _Parser(text, known).parse() if known else root


class _Parser:
    """A parser that reads what it knows, and skips the rest."""

    def __init__(self, text: str, known: dict[str, list[HostedText]]) -> None:
        self._text = text
        self._host = HostedText.of(text)
        self._known = known
        self._position = 0

    def parse(self) -> _Block:
        """Return the file as a block without names."""
        root = _Block([], {}, [], [])
        while self._position < len(self._text):
            self._fill(root, 0)
        return root

    def _fill(self, block: _Block, depth: int) -> None:
        """Read the body of a block up to its end."""
        names: list[str] = []
        start = self._position
        while match := self._next():
            if not names:
                start = match.start()
            if match["name"]:
                names.append(match["name"])
            elif match["quote"]:
                value = self._read_string()
                names.append(value.text if value else "")
            elif match["mark"] in ("=", ":") and names:
                block.values[names[-1]] = self._read_value(block, names[-1], depth)
                block.parts.append((start, self._position))
                names = []
            elif match["mark"] == "{":
                self._read_block(block, names, depth)
                block.parts.append((start, self._position))
                names = []
            elif match["mark"] == "}":
                return
            else:
                names = []

    def _next(self) -> re.Match[str] | None:
        while match := _TOKEN.match(self._text, self._position):
            self._position = match.end()
            if match["skip"] is None:
                return match
        return None

    def _read_value(self, block: _Block, name: str, depth: int) -> list[HostedText]:
        """Read the value of an attribute: a text, or the texts of a list; an object is a block."""
        texts: list[HostedText] = []
        nesting = 0
        is_begun = False
        start = self._position
        while match := self._next():
            mark = match["mark"] or ""
            has_ended = is_begun and not nesting and "\n" in self._text[start : match.start()]
            if has_ended or mark == "}":
                self._position = match.start()
                break
            is_begun = True
            nesting += _NESTING.get(mark, 0)
            if mark == "{":
                self._read_block(block, [name], depth)
            elif match["name"]:
                texts += self._known.get(match["name"], ())
            elif (text := self._read_text(match)) is not None:
                texts.append(text)
            if nesting <= 0 and mark in ("]", ")", ","):
                break
            start = self._position
        return texts

    def _read_block(self, outer: _Block, names: list[str], depth: int) -> None:
        inner = _Block(names, {}, [], [])
        outer.blocks.append(inner)
        if depth < _MAX_DEPTH:
            self._fill(inner, depth + 1)

    def _read_text(self, match: re.Match[str]) -> HostedText | None:
        """Return the text that begins with a token; None if it is not known."""
        if match["quote"]:
            return self._read_string()
        return self._read_heredoc(match) if match["word"] else None

    def _read_string(self) -> HostedText | None:
        """Read a string after its quote; None if nothing ends it on its line."""
        parts: list[HostedText] = []
        begin = self._position
        while match := _PIECE.search(self._text, begin):
            parts.append(self._host[begin : match.start()])
            begin = match.end()
            if match["end"]:
                self._position = begin
                return join(parts, match.start())
            if match["open"]:
                begin = self._skip_template(match.end())
                parts.append(self._resolve(match.start(), begin))
            else:
                parts.append(HostedText.at(_unescape(match), match.start(), match.end()))
        self._position = len(self._text)
        return None

    def _skip_template(self, start: int) -> int:
        """Return the offset after the ``}`` that closes a template."""
        depth = 1
        for position in range(start, len(self._text)):
            depth += {"{": 1, "}": -1}.get(self._text[position], 0)
            if not depth:
                return position + 1
        return len(self._text)

    def _resolve(self, start: int, end: int) -> HostedText:
        """Return the value of a template between two offsets; unknown if it is more than a name."""
        inner = (self._text, start + 2, max(end - 1, start + 2))
        reference = _REFERENCE.fullmatch(*inner)
        if reference and len(values := self._known.get(reference[1], [])) == 1:
            return values[0]
        joined = _JOIN.fullmatch(*inner)
        if joined and (values := self._known.get(joined[2], [])):
            separator = re.sub(r"\\([nt])", lambda match: _ESCAPES[match[1]], joined[1])
            return join(separate(values, separator))
        return HostedText.at(UNKNOWN, start, end)

    def _read_heredoc(self, mark: re.Match[str]) -> HostedText:
        """Return the text of a here-document; ``<<-`` drops the indent that all lines have."""
        lines: list[HostedText] = []
        while self._position < len(self._text):
            end = self._text.find("\n", self._position) + 1 or len(self._text)
            line = self._host[self._position : end]
            self._position = end
            if line.text.strip() == mark["word"]:
                # The line end belongs to what follows.
                self._position -= len(line.text) - len(line.text.rstrip("\r\n"))
                break
            lines.append(line)
        if mark["dash"]:
            indents = [
                len(line.text) - len(line.text.lstrip(" \t")) for line in lines if line.text.strip()
            ]
            width = min(indents, default=0)
            lines = [line[width if line.text.strip() else 0 :] for line in lines]
        return self._expand(join(lines, self._position))

    def _expand(self, text: HostedText) -> HostedText:
        """Return the text of a here-document with its templates replaced."""
        parts: list[HostedText] = []
        begin = 0
        while match := _TEMPLATE.search(text.text, begin):
            parts.append(text[begin : match.start()])
            start = text.offsets[match.start()]
            if match["open"]:
                end = self._skip_template(start + 2)
                parts.append(self._resolve(start, end))
                begin = match.end()
                while begin < len(text) and text.offsets[begin] < end:
                    begin += 1
            else:
                begin = match.end()
                parts.append(HostedText.at(match[0][1:], start, text.offsets[begin]))
        return join([*parts, text[begin:]])


def _unescape(match: re.Match[str]) -> str:
    """Return what an escape stands for."""
    if match[0] in ("$${", "%%{"):
        return match[0][1:]
    code = match[2] or match[3]
    if code:
        return chr(min(int(code, 16), 0x10FFFF))
    return _ESCAPES.get(match["escape"], match["escape"])


def _walk(block: _Block) -> Iterator[_Block]:
    waiting = [block]
    while waiting:
        block = waiting.pop()
        yield block
        waiting += reversed(block.blocks)


def _provision(block: _Block) -> Steps:
    """Return what the provisioners of a block do, in their order."""
    steps = Steps()
    if block.names[:2] in (["resource", "local_file"], ["resource", "local_sensitive_file"]):
        content, path = block.value("content"), block.value("filename")
        if content is not None and path is not None:
            steps.write(path, content)
    for inner in block.blocks:
        if inner.names[:1] != ["provisioner"] or len(inner.names) < 2:
            continue
        if inner.names[1] in _SHELL_PROVISIONERS:
            _run(inner, steps)
        elif inner.names[1] == "file":
            content, target = inner.value("content"), inner.value("destination")
            if content is not None and target is not None:
                steps.write(target, content)
    return steps


def _run(block: _Block, steps: Steps) -> None:
    """Add the code of a shell provisioner."""
    lines = block.values.get("inline") or block.values.get("command") or []
    if not lines:
        return
    variables: dict[str, HostedText] = {}
    for entry in block.values.get("environment_vars", ()):
        name, separator, _ = entry.text.partition("=")
        if separator:
            variables[name] = entry[len(name) + 1 :]
    shebang = block.value("inline_shebang")
    words = [word for inner in block.values.get("interpreter", ()) for word in inner.text.split()]
    shell = shell_words(shebang.text if shebang else " ".join(words) or "sh")
    if shell is None:
        return
    steps.run(join_lines(lines), shell, variables)


def _find_whole_scripts(root: _Block) -> Iterator[Steps]:
    """Yield the attributes that are a script by their first line, such as ``user_data``."""
    for block in _walk(root):
        if block.names[:1] == ["provisioner"]:
            continue
        for texts in block.values.values():
            for text in texts:
                if shebang_words(text):
                    steps = Steps()
                    steps.run(text)
                    yield steps


def _find_copies(root: _Block) -> list[CopiedFile]:
    """Return the files that the provisioners of the kind ``file`` copy."""
    found = []
    for block in _walk(root):
        source, target = block.value("source"), block.value("destination")
        if block.names[:2] == ["provisioner", "file"] and source is not None and target is not None:
            found.append(CopiedFile(source.text, target.text, source.offsets[0]))
    return found
