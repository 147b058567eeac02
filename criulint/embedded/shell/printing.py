# SPDX-License-Identifier: MIT
"""The output of `echo` and `printf` in dash, bash and BusyBox.

Sources: POSIX.1-2024, echo and printf; dash(1); bash(1); BusyBox, coreutils/echo.c and printf.c.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded.model import HostedText, join
from criulint.embedded.shell.escapes import expand_escapes
from criulint.embedded.shell.state import is_known

if TYPE_CHECKING:
    from collections.abc import Sequence

# `%%`, or `%-5.2s`: flags, width, precision, letter.
_DIRECTIVE = re.compile(r"%(?:%|([-+ #0]*)(\d+|\*)?(?:\.(\d+|\*)?)?([a-zA-Z]))|%")
_INTEGERS = "diouxX"


def format_echo(words: Sequence[HostedText], shell: str, end: int) -> HostedText:
    """Return what `echo` of a shell prints; `end` is the offset of the end of the command."""
    words = list(words)
    has_newline, has_escapes = True, shell == "dash"
    options = r"-n" if shell == "dash" else r"-[neE]+"
    while words and re.fullmatch(options, words[0].text):
        letters = words.pop(0).text
        has_newline &= "n" not in letters
        if shell == "dash":
            break
        for letter in letters:
            has_escapes = {"e": True, "E": False}.get(letter, has_escapes)
    pieces: list[HostedText] = []
    for number, word in enumerate(words):
        if number:
            pieces.append(_after(words[number - 1], " "))
        pieces.append(word)
    text = join(pieces, end)
    if has_escapes and "\\" in text.text:
        text, is_ended = expand_escapes(text, "echo", shell)
        has_newline &= not is_ended
    if not has_newline:
        return text
    newline = _after(words[-1], "\n") if words else HostedText.at("\n", end, end)
    return join([text, newline])


def _after(text: HostedText, character: str) -> HostedText:
    return HostedText.at(character, text.offsets[-1], text.offsets[-1])


def format_printf(
    form: HostedText, arguments: Sequence[HostedText], shell: str
) -> HostedText | None:
    """Return what `printf` of a shell prints, None if that is not known."""
    if not is_known(form.text):
        return None
    waiting = list(arguments)
    pieces: list[HostedText] = []
    while True:
        before = len(waiting)
        is_ended = _print_once(form, waiting, shell, pieces)
        if is_ended is None:
            return None
        if is_ended or not waiting or len(waiting) == before:
            return join(pieces, form.offsets[-1])


def _print_once(
    form: HostedText, waiting: list[HostedText], shell: str, pieces: list[HostedText]
) -> bool | None:
    r"""Print the format once; return whether ``\c`` ended it, None if that is not known."""
    position = 0
    for found in _DIRECTIVE.finditer(form.text):
        literal, is_ended = expand_escapes(form[position : found.start()], "format", shell)
        pieces.append(literal)
        if is_ended:
            return True
        position = found.end()
        edges = (form.offsets[found.start()], form.offsets[found.end()])
        if found[0] == "%%":
            pieces.append(HostedText.at("%", *edges))
            continue
        printed = _directive(found, waiting, edges, shell)
        if printed is None:
            return None
        text, is_ended = printed
        pieces.append(text)
        if is_ended:
            return True
    literal, is_ended = expand_escapes(form[position:], "format", shell)
    pieces.append(literal)
    return is_ended


def _directive(
    found: re.Match[str], waiting: list[HostedText], edges: tuple[int, int], shell: str
) -> tuple[HostedText, bool] | None:
    """Return what a directive prints and whether it ends the output; None if not known."""
    flags, width, precision, letter = found.groups()
    if not letter or "*" in (width, precision):
        return None
    is_missing = not waiting
    argument = waiting.pop(0) if waiting else HostedText("", (edges[1],))
    is_ended = False
    if letter == "b":
        argument, is_ended = expand_escapes(argument, "%b", shell)
    elif letter in _INTEGERS:
        number = _integer(argument.text, letter, is_missing=is_missing)
        if number is None or precision:
            return None
        argument = HostedText.at(number, *_edges(argument))
    elif letter == "c":
        argument = argument[:1]
    elif letter != "s":
        return None
    is_cut = width or precision is not None
    # Some count bytes, some characters; BusyBox knows `%b` alone.
    if is_cut and (not argument.text.isascii() or (letter == "b" and shell == "busybox")):
        return None
    if precision is not None and letter in "sb" and is_known(argument.text):
        argument = argument[: int(precision or 0)]
    return _pad(argument, flags or "", int(width or 0), edges, letter), is_ended


def _edges(text: HostedText) -> tuple[int, int]:
    return text.offsets[0], text.offsets[-1]


def _integer(text: str, letter: str, *, is_missing: bool) -> str | None:
    """Return a number as a directive prints it, None if it is written in an odd way."""
    if is_missing or not text:
        return "0"
    if not re.fullmatch(r"[-+]?(?:0|[1-9]\d{0,15})", text):
        return None
    value = int(text)
    if letter in "di":
        return str(value)
    if value < 0:
        return None
    return f"{value:{'d' if letter == 'u' else letter}}"


def _pad(
    text: HostedText, flags: str, width: int, edges: tuple[int, int], letter: str
) -> HostedText:
    missing = width - len(text)
    if missing <= 0 or width > 1000:
        return text
    if "-" in flags:
        return join([text, HostedText.at(" " * missing, text.offsets[-1], text.offsets[-1])])
    if "0" in flags and letter in _INTEGERS:
        return HostedText.at(text.text.zfill(width), *_edges(text))
    return join([HostedText.at(" " * missing, edges[0], edges[0]), text])
