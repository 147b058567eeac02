# SPDX-License-Identifier: MIT
"""Editing a text as `sed` does, as far as scripts use it for configuration files.

What is not known here, or depends on what is not known, gives None. The caller then reads the
edited text as unknown.

Source: POSIX.1-2024, sed; sed(1) of GNU.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from criulint.embedded.expressions import Regex, compile_regex, translate_regex
from criulint.embedded.model import HostedText, join
from criulint.embedded.shell.state import is_known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from criulint.embedded.expressions import Match

# Between two commands.
_BETWEEN = re.compile(r"[ \t\n;]*")
# A line number, `$`, `/REGEX/` (or with another character: `\,REGEX,`).
_ADDRESS = re.compile(r"\s*(\d+|\$|/((?:[^/\\\n]|\\.)*)/(I?)|\\(.)(.*?)\4)")
_COMMA = re.compile(r"\s*,")
_NEGATION = re.compile(r"\s*(!?)\s*")
# `a TEXT`, `a\TEXT`, or `a\` with the text on the next line; a backslash continues the text there.
_ADDITION = re.compile(r"[aic][ \t]*(?:\\[ \t]*\n?)?[ \t]*((?:[^\\\n]|\\(?s:.))*)(\n?)")
_ESCAPE = re.compile(r"\\((?s:.))")
# In the replacement of `s`: `&` is the match, `\1` a group.
_REPLACEMENT_SIGN = re.compile(r"\\(.|\n)|&")
_ESCAPES = {"n": "\n", "t": "\t"}
# GNU: they change the case of what follows.
_CASE_ESCAPES = "LUElu"
# The most characters of a text, and commands applied to lines.
_MAX_LENGTH = 20_000
_MAX_EDITS = 100_000

# A line number, `$` for the last line, or what the line has to match.
_Address = str | Regex


class _Command(NamedTuple):
    """A command without its addresses, which takes `length` characters of the script.

    `text` is what `a`, `i` and `c` write, or the replacement of `s`; `pattern` and `flags` are
    those of `s`.
    """

    name: str
    text: HostedText
    length: int
    pattern: Regex | None = None
    flags: str = ""


class _Edit(NamedTuple):
    """A command and its addresses: none for all lines, one, or two for a range of lines.

    `is_negated`: it applies to all other lines.
    """

    addresses: Sequence[_Address]
    is_negated: bool
    command: _Command


class _Line(NamedTuple):
    """A line as `sed` sees it: without its newline, with its 1-based number."""

    text: HostedText
    newline: HostedText
    number: int
    is_last: bool


def edit_lines(
    scripts: Sequence[HostedText], text: HostedText, *, is_extended: bool, is_silent: bool
) -> HostedText | None:
    """Return a text edited by `sed`, None if that is not known.

    `is_extended` and `is_silent` are its options ``-E`` and ``-n``.
    """
    if not scripts or len(text) > _MAX_LENGTH:
        return None
    edits = _parse_all(scripts, is_extended=is_extended)
    if edits is None:
        return None
    lines = list(text.lines())
    if len(lines) * len(edits) > _MAX_EDITS:
        return None
    editor = _Editor(edits, is_silent=is_silent)
    depends_on_text = any(
        isinstance(address, Regex) for edit in edits for address in edit.addresses[:1]
    )
    pieces: list[HostedText] = []
    for number, line in enumerate(lines, 1):
        if depends_on_text and not is_known(line.text):
            return None
        edited = editor.edit(_make_line(line, number, is_last=number == len(lines)))
        if edited is None:
            return None
        pieces += edited
    return join(pieces, text.offsets[0])


def appended_lines(scripts: Sequence[HostedText]) -> HostedText | None:
    """Return the lines that `sed` adds after the last line of a file that is not known."""
    edits = _parse_all(scripts, is_extended=False)
    if not edits or any(edit.command.name != "a" or edit.addresses[:1] != ["$"] for edit in edits):
        return None
    return join([edit.command.text for edit in edits])


def _make_line(line: HostedText, number: int, *, is_last: bool) -> _Line:
    end = len(line.text.removesuffix("\n"))
    return _Line(line[:end], line[end:], number, is_last)


class _Editor:
    """Applies commands to the lines of a text, one line after the other."""

    def __init__(self, edits: Sequence[_Edit], *, is_silent: bool) -> None:
        self._edits = edits
        self._is_silent = is_silent
        # The indexes of the commands whose range of lines has begun and has not ended yet.
        self._open_ranges: set[int] = set()

    def edit(self, line: _Line) -> list[HostedText] | None:
        """Return the lines that replace a line, None if they are not known."""
        before: list[HostedText] = []
        after: list[HostedText] = []
        for index, (_, _, command) in enumerate(self._edits):
            if not self._applies(index, line):
                continue
            if command.name == "d":
                return [*before, *after]
            if command.name == "c":
                return [*before, command.text, *after]
            if command.name == "i":
                before.append(command.text)
            elif command.name == "a":
                after.append(command.text)
            elif command.name == "p":
                before += [line.text, line.newline]
            else:
                replaced = _substitute(command, line.text)
                if replaced is None:
                    return None
                line = line._replace(text=replaced)
        return [*before, *self._print(line, after)]

    def _applies(self, index: int, line: _Line) -> bool:
        """Return whether the command with this index applies to a line."""
        addresses, is_negated, _ = self._edits[index]
        if len(addresses) == 2:
            is_addressed = self._is_in_range(index, line)
        else:
            is_addressed = not addresses or _matches(addresses[0], line)
        return is_addressed != is_negated

    def _is_in_range(self, index: int, line: _Line) -> bool:
        """Return whether a line is in the range of a command, and note where that begins and ends.

        The line that ends a range is part of it. A range up to a line number that has passed is a
        single line.
        """
        first, last = self._edits[index].addresses
        if index in self._open_ranges:
            if _matches(last, line):
                self._open_ranges.remove(index)
            return True
        if not _matches(first, line):
            return False
        if not (isinstance(last, str) and last.isdigit() and int(last) <= line.number):
            self._open_ranges.add(index)
        return True

    def _print(self, line: _Line, after: list[HostedText]) -> list[HostedText]:
        """Return a line, and what is added after it without a newline if the line has none."""
        printed = [] if self._is_silent else [line.text, line.newline]
        if not after or line.newline.text:
            return [*printed, *after]
        end = line.text.offsets[-1]
        last = after[-1][: len(after[-1]) - 1]
        return [*printed, HostedText("\n", (end, end)), *after[:-1], last]


def _matches(address: _Address, line: _Line) -> bool:
    if isinstance(address, str):
        return line.is_last if address == "$" else int(address) == line.number
    return address.search(line.text.text) is not None


# --- replacing


def _substitute(command: _Command, line: HostedText) -> HostedText | None:
    """Return a line after the command `s`, None if it is not known."""
    assert command.pattern
    if not is_known(line.text):
        return None
    pieces: list[HostedText] = []
    position = 0
    length = 0
    for found in command.pattern.matches(line.text):
        replacement = _replacement(command.text, found, line)
        if replacement is None:
            return None
        length += len(replacement)
        if length > _MAX_LENGTH:
            return None
        pieces += (line[position : found.start()], replacement)
        position = found.end()
        if "g" not in command.flags:
            break
    replaced = join([*pieces, line[position:]], line.offsets[0])
    return replaced if len(replaced) <= _MAX_LENGTH else None


def _replacement(text: HostedText, found: Match, line: HostedText) -> HostedText | None:
    """Return what replaces a match in a line, None if it is not known."""
    pieces: list[HostedText] = []
    position = 0
    for sign in _REPLACEMENT_SIGN.finditer(text.text):
        pieces.append(text[position : sign.start()])
        position = sign.end()
        if sign[0] == "&":
            pieces.append(line[found.start() : found.end()])
        elif sign[1].isdigit():
            if int(sign[1]) > len(found.groups()):
                return None
            start, end = found.span(int(sign[1]))
            pieces.append(line[max(start, 0) : max(end, 0)])
        elif sign[1] in _CASE_ESCAPES:
            return None
        else:
            pieces.append(_unescape(text, sign))
    return join([*pieces, text[position:]], text.offsets[0])


def _unescape(text: HostedText, sign: re.Match[str]) -> HostedText:
    """Return what a backslash and the character after it (the group 1) mean in a text."""
    if sign[1] in _ESCAPES:
        edges = (text.offsets[sign.start()], text.offsets[sign.end()])
        return HostedText.at(_ESCAPES[sign[1]], *edges)
    return text[sign.start(1) : sign.end(1)]


# --- parsing


def _parse_all(scripts: Sequence[HostedText], *, is_extended: bool) -> list[_Edit] | None:
    edits: list[_Edit] = []
    for script in scripts:
        parsed = _parse(script, is_extended=is_extended)
        if parsed is None:
            return None
        edits += parsed
    return edits


def _parse(script: HostedText, *, is_extended: bool) -> list[_Edit] | None:
    """Return the commands of a script of `sed`, None if one is not known here."""
    edits: list[_Edit] = []
    position = _match(_BETWEEN, script, 0).end()
    while position < len(script):
        addresses: list[_Address] = []
        while found := _ADDRESS.match(script.text, position):
            address = _address(found, is_extended=is_extended)
            if address is None:
                return None
            addresses.append(address)
            position = found.end()
            comma = _COMMA.match(script.text, position)
            if comma is None or len(addresses) == 2:
                break
            position = comma.end()
        negation = _match(_NEGATION, script, position)
        position = negation.end()
        command = _parse_command(script[position:], is_extended=is_extended)
        if command is None:
            return None
        edits.append(_Edit(addresses, bool(negation[1]), command))
        position = _match(_BETWEEN, script, position + command.length).end()
    return edits


def _match(pattern: re.Pattern[str], script: HostedText, position: int) -> re.Match[str]:
    """Return the match of a pattern that also matches nothing."""
    found = pattern.match(script.text, position)
    assert found
    return found


def _address(found: re.Match[str], *, is_extended: bool) -> _Address | None:
    if found[1] == "$" or found[1].isdigit():
        return found[1] if found[1] != "0" else None
    if found[3] or not is_known(found[0]):
        return None
    body = found[2] if found[2] is not None else found[5]
    return _compile(body, is_extended=is_extended)


def _compile(pattern: str, *, is_extended: bool) -> Regex | None:
    translated = translate_regex(pattern, is_extended=is_extended)
    return None if translated is None else compile_regex(translated)


def _parse_command(rest: HostedText, *, is_extended: bool) -> _Command | None:
    """Return the command that a script begins with, None if it is not known here."""
    name = rest.text[:1]
    if name in ("d", "p"):
        is_alone = rest.text[1:].lstrip(" \t")[:1] in ("", ";", "\n")
        return _Command(name, rest[:0], 1) if is_alone else None
    if name in ("a", "i", "c"):
        return _parse_addition(rest)
    if name != "s" or len(rest) < 2:
        return None
    return _parse_substitution(rest, is_extended=is_extended)


def _parse_substitution(rest: HostedText, *, is_extended: bool) -> _Command | None:
    """Return the command `s`, None if an expression or a flag is not known here."""
    delimiter = re.escape(rest.text[1])
    # s/PATTERN/REPLACEMENT/FLAGS: a backslash before the delimiter makes it a part of the text.
    found = re.compile(
        rf"s{delimiter}((?:\\(?s:.)|(?!{delimiter})[^\\])*){delimiter}"
        rf"((?:\\(?s:.)|(?!{delimiter})[^\\])*){delimiter}([gI\d]*)[ \t]*(?=[;\n}}]|\Z)"
    ).match(rest.text)
    if found is None or not is_known(found[1]) or set(found[3]) - {"g"}:
        return None
    source = found[1]
    if rest.text[1] != "/":
        source = source.replace("\\" + rest.text[1], rest.text[1])
    pattern = _compile(source, is_extended=is_extended)
    if pattern is None:
        return None
    replacement = rest[found.start(2) : found.end(2)]
    return _Command("s", replacement, found.end(), pattern, found[3])


def _parse_addition(rest: HostedText) -> _Command | None:
    """Return the command `a`, `i` or `c`, whose text is whole lines."""
    found = _ADDITION.match(rest.text)
    if found is None or not found[1]:
        return None
    body = rest[found.start(1) : found.end(1)]
    pieces: list[HostedText] = []
    position = 0
    for sign in _ESCAPE.finditer(body.text):
        pieces += (body[position : sign.start()], _unescape(body, sign))
        position = sign.end()
    end = body.offsets[-1]
    text = join([*pieces, body[position:], HostedText("\n", (end, end))])
    return _Command(rest.text[0], text, found.end())
