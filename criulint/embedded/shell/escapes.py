# SPDX-License-Identifier: MIT
"""The backslashes of `echo`, of `printf`, and of quotes with a dollar sign.

Sources: POSIX.1-2024, echo and printf; bash(1), QUOTING; dash(1); BusyBox, libbb/process_escape_
sequence.c.
"""

from __future__ import annotations

import re

from criulint.embedded.model import HostedText, join

_SIMPLE = {
    "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\",
}  # fmt: skip
# Octal digits: `echo` and `%b` take a zero before three of them, formats do not.
_OCTAL = {
    "echo": r"0(?P<after_zero>[0-7]{0,3})|(?P<octal>[1-7][0-7]{0,2})",
    "%b": r"0(?P<after_zero>[0-7]{0,3})|(?P<octal>[1-7][0-7]{0,2})",
    "format": r"(?P<octal>[0-7]{1,3})",
    "quotes": r"(?P<octal>[0-7]{1,3})",
}
_REST = (
    r"|x(?P<hexadecimal>[0-9a-fA-F]{1,2})"
    r"|u(?P<short>[0-9a-fA-F]{1,4})|U(?P<long>[0-9a-fA-F]{1,8})|(?s:(?P<letter>.))"
)


def expand_escapes(text: HostedText, reader: str, shell: str) -> tuple[HostedText, bool]:
    r"""Return a text with its backslash escapes replaced, and whether ``\c`` ends it.

    `reader` is ``echo``, ``%b``, ``format`` of printf, or ``quotes`` with a dollar sign.
    """
    pieces: list[HostedText] = []
    position = 0
    for found in re.finditer(rf"\\(?:{_OCTAL[reader]}{_REST})", text.text):
        if found["letter"] == "c" and _ends(reader, shell):
            pieces.append(text[position : found.start()])
            return join(pieces, text.offsets[0]), True
        character = _character(found, reader, shell)
        if character is not None:
            edges = (text.offsets[found.start()], text.offsets[found.end()])
            pieces += (text[position : found.start()], HostedText.at(character, *edges))
            position = found.end()
    return join([*pieces, text[position:]], text.offsets[0]), False


def _ends(reader: str, shell: str) -> bool:
    r"""Return whether ``\c`` ends the text."""
    return reader in ("echo", "%b") or (reader == "format" and shell == "busybox")


def _character(found: re.Match[str], reader: str, shell: str) -> str | None:
    """Return the value of an escape, None if it is not an escape."""
    octal = found["octal"]
    if octal and reader == "echo" and shell == "bash":
        return None
    if octal is None:
        octal = found.groupdict().get("after_zero")
    if octal is not None:
        return _byte(int(octal or "0", 8) & 0xFF)
    if found["hexadecimal"]:
        return None if shell == "dash" else _byte(int(found["hexadecimal"], 16))
    if code_point := found["short"] or found["long"]:
        code = int(code_point, 16)
        return chr(code) if shell == "bash" and code < 0x100000 else None
    letter = found["letter"]
    if shell == "bash" and letter == "E":
        return "\x1b"
    is_quote = letter in "'\"?" and (reader == "quotes" or (reader == "format" and shell == "bash"))
    return letter if is_quote else _SIMPLE.get(letter)


def _byte(value: int) -> str:
    """Return a byte as `criulint.source.decode` does."""
    return chr(value) if value < 0x80 else chr(0xDC00 + value)
