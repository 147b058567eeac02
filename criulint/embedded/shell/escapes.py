# SPDX-License-Identifier: MIT
"""The backslashes of `echo`, of `printf`, and of quotes with a dollar sign.

Sources: POSIX.1-2024, echo and printf; bash(1), QUOTING; dash(1); BusyBox, libbb/process_escape_
sequence.c.
"""

from __future__ import annotations

import re

from criulint.embedded.hosted import HostedText, join

_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
# By what reads them: `echo` and `%b` have a zero before octal digits, formats have none.
_OCTAL = {
    "echo": r"0([0-7]{0,3})",
    "%b": r"0([0-7]{0,3})|([1-7][0-7]{0,2})",
    "format": r"([0-7]{1,3})",
    "quotes": r"([0-7]{1,3})",
}


def unescape(text: HostedText, reader: str, *, has_hex: bool = True) -> tuple[HostedText, bool]:
    r"""Return what a reader makes of a text with backslashes, and whether ``\c`` ends it.

    `reader` is ``echo``, ``%b``, ``format`` or ``quotes``; `has_hex`: it knows ``\x`` and ``\e``.
    """
    pattern = re.compile(
        rf"\\(?:{_OCTAL[reader]}|x([0-9a-fA-F]{{1,2}})|u([0-9a-fA-F]{{1,4}})|U([0-9a-fA-F]{{1,8}})"
        r"|(?s:(.)))"
    )
    octals = 2 if reader == "%b" else 1
    pieces: list[HostedText] = []
    position = 0
    for found in pattern.finditer(text.text):
        character = _character(found, octals, reader, has_hex=has_hex)
        if character is None:
            continue
        pieces.append(text[position : found.start()])
        if character == "stop":
            return join(pieces, text.offsets[0]), True
        edges = (text.offsets[found.start()], text.offsets[found.end()])
        pieces.append(HostedText.at(character, *edges))
        position = found.end()
    return join([*pieces, text[position:]], text.offsets[0]), False


def _character(found: re.Match[str], octals: int, reader: str, *, has_hex: bool) -> str | None:
    """Return what an escape stands for, None if it is none."""
    for number in range(1, octals + 1):
        if found[number] is not None:
            return _byte(int(found[number] or "0", 8) & 0xFF)
    hexadecimal, short, long, letter = (found[octals + number] for number in range(1, 5))
    if hexadecimal:
        return _byte(int(hexadecimal, 16)) if has_hex else None
    if short or long:
        code = int(short or long, 16)
        return chr(code) if has_hex and code < 0x100000 else None
    if letter == "c" and reader in ("echo", "%b"):
        return "stop"
    if letter in ("e", "E") and has_hex:
        return "\x1b"
    if letter in "'\"?" and reader == "quotes":
        return letter
    if letter == '"' and reader == "format":
        return letter
    return _SIMPLE.get(letter)


def _byte(value: int) -> str:
    return chr(value) if value < 0x80 else chr(0xDC00 + value)
