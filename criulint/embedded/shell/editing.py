# SPDX-License-Identifier: MIT
"""Applying `sed` and `grep` to a text, as far as scripts use them for configuration files.

Source: POSIX.1-2024, sed, grep, and Regular Expressions; sed(1) of GNU.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from criulint.embedded.expressions import Regex, compile_regex
from criulint.embedded.hosted import HostedText, join
from criulint.embedded.shell.state import is_known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from criulint.embedded.expressions import Match

_ADDRESS = re.compile(r"\s*(\d+|\$|/((?:[^/\\\n]|\\.)*)/(I?)|\\(.)(.*?)\4)")
_CLASS = re.compile(r"\[:(\w+):\]")
_CLASSES = {
    "alpha": "A-Za-z", "digit": "0-9", "alnum": "A-Za-z0-9", "space": r"\s", "upper": "A-Z",
    "lower": "a-z", "blank": r" \t", "xdigit": "0-9A-Fa-f", "punct": r"!-/:-@\[-`{-~",
}  # fmt: skip
# More characters are not followed, and more commands on lines.
_MAX_EDITED = 20_000
_MAX_EDITS = 100_000


class _Edit(NamedTuple):
    """A command of `sed`: the lines that it applies to, what it does, and its arguments."""

    first: str | Regex | None
    last: str | Regex | None
    is_negated: bool
    command: str
    pattern: Regex | None
    text: HostedText
    flags: str


def translate_regex(pattern: str, *, is_extended: bool) -> str | None:
    """Return a regular expression of POSIX as one of RE2's, None if it has no equivalent there."""
    pieces: list[str] = []
    position = 0
    while position < len(pattern):
        character = pattern[position]
        if character == "[":
            found = re.compile(r"\[(\^?)(\]?(?:\[:\w+:\]|[^\]])*)\]").match(pattern, position)
            if found is None:
                return None
            body = _CLASS.sub(
                lambda match: _CLASSES.get(match[1], ""), found[2].replace("\\", "\\\\")
            )
            pieces.append(f"[{found[1]}{body.replace('[', chr(92) + '[')}]")
            position = found.end()
            continue
        if character == "\\" and position + 1 < len(pattern):
            piece = _translate_escape(pattern[position + 1], is_extended=is_extended)
            if piece is None:
                return None
            pieces.append(piece)
            position += 2
            continue
        if not is_extended and character in "+?(){}|":
            piece = re.escape(character)
        elif character == "*" and (not pieces or pieces[-1] in ("^", "(")):
            piece = r"\*"
        elif character == "^" and not is_extended and pieces and pieces[-1] != "(":
            piece = r"\^"
        elif character == "$" and not is_extended and position + 1 < len(pattern):
            piece = r"\$"
        else:
            piece = character
        pieces.append(piece)
        position += 1
    return "".join(pieces)


def _translate_escape(letter: str, *, is_extended: bool) -> str | None:
    if not is_extended and letter in "(){}+?|":
        return letter
    if letter in ".*[]^$/\\+?(){}|-#,&@:%!\"'~=;< >" and letter not in "<>":
        return re.escape(letter)
    return {"n": r"\n", "t": r"\t", "s": r"\s", "S": r"\S", "w": r"\w", "b": r"\b"}.get(letter)


def grep_lines(pattern: str, text: HostedText, flags: set[str]) -> list[HostedText] | None:
    """Return the lines that `grep` prints, None if that is not known."""
    if not is_known(pattern) or not is_known(text.text):
        return None
    if flags - set("qFExivsnHhw") or flags & set("n"):
        return None
    if "F" in flags:
        source: str | None = re.escape(pattern)
    else:
        source = translate_regex(pattern, is_extended="E" in flags)
    if source is None or len(text) > _MAX_EDITED:
        return None
    if "x" in flags:
        source = rf"^(?:{source})$"
    if "w" in flags:
        source = rf"(?:^|\W)(?:{source})(?:\W|$)"
    expression = compile_regex(source, ignores_case="i" in flags)
    if expression is None:
        return None
    found = []
    for line in text.lines():
        matches = expression.search(line.text.rstrip("\n")) is not None
        if matches != ("v" in flags):
            found.append(line)
    return found


def edit_lines(
    scripts: Sequence[HostedText], text: HostedText, *, is_extended: bool, is_silent: bool
) -> HostedText | None:
    """Return a text edited by `sed`, None if that is not known."""
    if not scripts or len(text) > _MAX_EDITED:
        return None
    edits = _parse_all(scripts, is_extended=is_extended)
    if edits is None:
        return None
    lines = list(text.lines())
    if len(lines) * len(edits) > _MAX_EDITS:
        return None
    pieces: list[HostedText] = []
    is_inside = [False] * len(edits)
    for number, line in enumerate(lines, 1):
        if not is_known(line.text) and any(isinstance(edit.first, Regex) for edit in edits):
            return None
        done = _edit_line(
            edits, line, number, is_last=number == len(lines), is_inside=is_inside, silent=is_silent
        )
        if done is None:
            return None
        pieces += done
    return join(pieces, text.offsets[0])


def _edit_line(
    edits: Sequence[_Edit],
    line: HostedText,
    number: int,
    *,
    is_last: bool,
    is_inside: list[bool],
    silent: bool,
) -> list[HostedText] | None:
    """Return the lines that replace a line, None if that is not known."""
    before: list[HostedText] = []
    after: list[HostedText] = []
    has_newline = line.text.endswith("\n")
    newline = line[len(line) - 1 :] if has_newline else line[len(line) :]
    body = line[: len(line) - 1] if has_newline else line
    for at, edit in enumerate(edits):
        if not _applies(edit, body, number, is_last, is_inside, at):
            continue
        if edit.command == "d":
            return [*before, *after]
        if edit.command == "i":
            before.append(edit.text)
        elif edit.command == "a":
            after.append(edit.text)
        elif edit.command == "c":
            return [*before, edit.text, *after]
        elif edit.command == "p":
            before += [body, newline]
        elif edit.command == "q":
            return None
        elif edit.command == "s":
            replaced = _substitute(edit, body)
            if replaced is None:
                return None
            body = replaced
    printed = [] if silent else [body, newline]
    if after and not has_newline:
        end = body.offsets[-1]
        printed.append(HostedText("\n", (end, end)))
        after[-1] = after[-1][: len(after[-1]) - 1]
    return [*before, *printed, *after]


def _applies(
    edit: _Edit, line: HostedText, number: int, is_last: bool, is_inside: list[bool], at: int
) -> bool:
    if edit.first is None:
        return not edit.is_negated
    if edit.last is None:
        return _matches(edit.first, line, number, is_last) != edit.is_negated
    if is_inside[at]:
        is_inside[at] = not _matches(edit.last, line, number, is_last)
        return not edit.is_negated
    if _matches(edit.first, line, number, is_last):
        is_inside[at] = not (
            isinstance(edit.last, str) and edit.last.isdigit() and int(edit.last) <= number
        )
        return not edit.is_negated
    return edit.is_negated


def _matches(address: str | Regex, line: HostedText, number: int, is_last: bool) -> bool:
    if isinstance(address, str):
        return is_last if address == "$" else int(address) == number
    return address.search(line.text) is not None


def _substitute(edit: _Edit, line: HostedText) -> HostedText | None:
    assert edit.pattern
    if not is_known(line.text):
        return None
    pieces: list[HostedText] = []
    position = 0
    length = 0
    for found in edit.pattern.matches(line.text):
        replacement = _replacement(edit.text, found, line)
        if replacement is None:
            return None
        length += len(replacement)
        if length > _MAX_EDITED:
            return None
        pieces += (line[position : found.start()], replacement)
        position = found.end()
        if "g" not in edit.flags:
            break
    replaced = join([*pieces, line[position:]], line.offsets[0])
    return replaced if len(replaced) <= _MAX_EDITED else None


def _replacement(text: HostedText, found: Match, line: HostedText) -> HostedText | None:
    pieces: list[HostedText] = []
    position = 0
    for sign in re.finditer(r"\\(.|\n)|&", text.text):
        pieces.append(text[position : sign.start()])
        position = sign.end()
        if sign[0] == "&":
            pieces.append(line[found.start() : found.end()])
        elif sign[1].isdigit():
            if int(sign[1]) > len(found.groups()):
                return None
            start, end = found.span(int(sign[1]))
            pieces.append(line[max(start, 0) : max(end, 0)])
        elif sign[1] in "nt":
            edges = (text.offsets[sign.start()], text.offsets[sign.end()])
            pieces.append(HostedText.at("\n" if sign[1] == "n" else "\t", *edges))
        elif sign[1] in "LUElu":
            return None
        else:
            pieces.append(text[sign.start(1) : sign.end(1)])
    return join([*pieces, text[position:]], text.offsets[0])


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
    text = script.text
    position = 0
    while True:
        while position < len(text) and text[position] in " \t\n;":
            position += 1
        if position >= len(text):
            return edits
        addresses: list[str | Regex] = []
        while len(addresses) < 2 and (found := _ADDRESS.match(text, position)):
            address = _address(found, is_extended=is_extended)
            if address is None:
                return None
            addresses.append(address)
            position = found.end()
            comma = re.compile(r"\s*,").match(text, position)
            if comma is None or len(addresses) == 2:
                break
            position = comma.end()
        negation = re.compile(r"\s*(!?)\s*").match(text, position)
        assert negation
        position = negation.end()
        first = addresses[0] if addresses else None
        last = addresses[1] if len(addresses) > 1 else None
        rest = script[position:]
        parsed = _parse_command(rest, is_extended=is_extended)
        if parsed is None:
            return None
        command, pattern, argument, flags, length = parsed
        edits.append(_Edit(first, last, bool(negation[1]), command, pattern, argument, flags))
        position += length


def _address(found: re.Match[str], *, is_extended: bool) -> str | Regex | None:
    if found[1] == "$" or found[1].isdigit():
        return found[1] if found[1] != "0" else None
    if found[3] or not is_known(found[0]):
        return None
    body = found[2] if found[2] is not None else found[5]
    return _compile(body, is_extended=is_extended)


def _compile(pattern: str, *, is_extended: bool) -> Regex | None:
    translated = translate_regex(pattern, is_extended=is_extended)
    return None if translated is None else compile_regex(translated)


def _parse_command(
    rest: HostedText, *, is_extended: bool
) -> tuple[str, Regex | None, HostedText, str, int] | None:
    """Return a command, its pattern, its text, its flags, and its length."""
    letter = rest.text[:1]
    if letter in ("d", "p"):
        is_alone = rest.text[1:].lstrip(" \t")[:1] in ("", ";", "\n")
        return (letter, None, rest[:0], "", 1) if is_alone else None
    if letter in ("a", "i", "c"):
        added = _added_text(rest)
        return None if added is None else (letter, None, added[0], "", added[1])
    if letter != "s" or len(rest) < 2:
        return None
    return _parse_substitution(rest, is_extended=is_extended)


def _parse_substitution(
    rest: HostedText, *, is_extended: bool
) -> tuple[str, Regex | None, HostedText, str, int] | None:
    delimiter = re.escape(rest.text[1])
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
    return "s", pattern, rest[found.start(2) : found.end(2)], found[3], found.end()


def _added_text(rest: HostedText) -> tuple[HostedText, int] | None:
    """Return the text that ``a``, ``i`` or ``c`` takes, and the length of the command."""
    found = re.compile(r"[aic][ \t]*(?:\\[ \t]*\n?)?[ \t]*((?:[^\\\n]|\\(?s:.))*)(\n?)").match(
        rest.text
    )
    if found is None or not found[1]:
        return None
    body = rest[found.start(1) : found.end(1)]
    pieces: list[HostedText] = []
    position = 0
    for sign in re.finditer(r"\\((?s:.))", body.text):
        pieces.append(body[position : sign.start()])
        if sign[1] in "tn":
            edges = (body.offsets[sign.start()], body.offsets[sign.end()])
            pieces.append(HostedText.at("\t" if sign[1] == "t" else "\n", *edges))
        else:
            pieces.append(body[sign.start(1) : sign.end(1)])
        position = sign.end()
    end = body.offsets[-1]
    return join([*pieces, body[position:], HostedText("\n", (end, end))]), found.end()


def appended_lines(scripts: Sequence[HostedText]) -> HostedText | None:
    """Return the lines that `sed` adds after the last line of a file that is not known."""
    edits = _parse_all(scripts, is_extended=False)
    if not edits or any(edit.command != "a" or edit.first != "$" for edit in edits):
        return None
    return join([edit.text for edit in edits])
