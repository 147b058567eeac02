# SPDX-License-Identifier: MIT
"""Strings as programming languages write them: escapes, indentation, and what fills templates.

Each function keeps places: a character of the result has the place in the host that it came from.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from criulint.embedded.model import UNKNOWN, HostedText, join
from criulint.source import decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

#: The escapes of C, which most languages share.
C_ESCAPES: Mapping[str, str] = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"',
}  # fmt: skip


class Escapes(NamedTuple):
    """How a language escapes characters.

    The `pattern` matches an escape; its groups are `name` (a key of `names`), `hex` and `octal` (a
    code), `bytes` and `octal_bytes` (one that stands for a byte), and `unknown`; digits after these
    names make them different. What matches without a group stands for nothing, and a name that is
    not in `names` for itself, with its backslash if `keeps_unknown`.
    """

    pattern: re.Pattern[str]
    names: Mapping[str, str] = C_ESCAPES
    keeps_unknown: bool = True


#: Characters; a longer text is unknown, because it is too long for a configuration file.
MAX_TEXT = 1 << 20


def join_limited(parts: Iterable[HostedText], end: int = 0) -> HostedText:
    """Return the texts as one, unknown if that is too long; `end` is as for `join`."""
    taken: list[HostedText] = []
    length = 0
    for part in parts:
        length += len(part)
        taken.append(part)
        if length > MAX_TEXT:
            return hole(taken[0].offsets[0])
    return join(taken, end)


def unescape_literal(raw: str, start: int, escapes: Escapes) -> HostedText:
    """Return the value of `raw`, the source of a literal at the offset `start`."""
    if len(raw) > MAX_TEXT:
        return hole(start)
    characters: list[str] = []
    offsets: list[int] = []
    last = 0
    for match in escapes.pattern.finditer(raw):
        characters.append(raw[last : match.start()])
        offsets.extend(range(start + last, start + match.start()))
        last = match.end()
        begin = start + match.start()
        if text := _meaning(match, escapes):
            characters.append(text)
            is_as_written = text == match[0]
            offsets.extend(range(begin, start + last) if is_as_written else [begin] * len(text))
    characters.append(raw[last:])
    offsets.extend(range(start + last, start + len(raw) + 1))
    return _put_bytes_together(HostedText("".join(characters), offsets))


def _meaning(match: re.Match[str], escapes: Escapes) -> str:
    text = match[match.lastgroup] if match.lastgroup else ""
    kind = (match.lastgroup or "").rstrip("0123456789")
    if kind == "unknown":
        return UNKNOWN
    if kind in ("hex", "octal"):
        code = int(text, 16 if kind == "hex" else 8)
        return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"
    if kind in ("bytes", "octal_bytes"):
        code = int(text, 16 if kind == "bytes" else 8) & 0xFF
        return chr(code) if code < 0x80 else chr(0xDC00 + code)
    if not kind:
        return ""
    return escapes.names.get(text, match[0] if escapes.keeps_unknown else text)


def _put_bytes_together(text: HostedText) -> HostedText:
    """Return the text with escaped bytes that encode a character in UTF-8 as that character."""
    if not re.search("[\udc80-\udcff]", text.text):
        return text
    parts: list[HostedText] = []
    last = 0
    for match in re.finditer("[\udc80-\udcff]+", text.text):
        parts.append(text[last : match.start()])
        last = match.end()
        characters = decode(encode(match[0]))
        parts.append(
            HostedText.at(characters, text.offsets[match.start()], text.offsets[match.end()])
        )
    parts.append(text[last:])
    return join(parts)


def unify_line_ends(text: HostedText, raw: str, start: int) -> HostedText:
    """Return the text with LF for the line ends that `raw`, its source, has as CR LF or CR."""
    parts: list[HostedText] = []
    last = 0
    for index, character in enumerate(text.text):
        offset = text.offsets[index]
        if character == "\r" and raw[max(offset - start, 0) :][:1] == "\r":
            parts.append(text[last:index])
            if text.text[index + 1 : index + 2] != "\n":
                parts.append(HostedText.at("\n", offset, offset + 1))
            last = index + 1
    parts.append(text[last:])
    return join(parts)


def hole(offset: int) -> HostedText:
    """Return the text of an unknown part at an offset."""
    return HostedText.at(UNKNOWN, offset, offset)


def dedent(text: HostedText) -> HostedText:
    """Return the text as Python's ``textwrap.dedent`` does."""
    lines = list(text.lines())
    margin: str | None = None
    for line in lines:
        indent = line.text[: len(line.text) - len(line.text.lstrip(" \t"))]
        if line.text.strip(" \t\n"):
            margin = indent if margin is None else _common(margin, indent)
    cut = len(margin or "")
    kept: list[HostedText] = []
    for line in lines:
        if line.text.strip(" \t\n"):
            kept.append(line[cut:])
        else:  # only blanks
            kept.append(line[len(line.text.rstrip("\n")) :])
    return join(kept, text.offsets[-1])


def _common(one: str, other: str) -> str:
    length = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        length += 1
    return one[:length]


def strip(text: HostedText, characters: str | None = None, sides: str = "lr") -> HostedText:
    """Return the text as Python's ``strip`` does; `sides` may be ``l`` or ``r``."""
    start, end = 0, len(text)
    if "l" in sides:
        start = end - len(text.text.lstrip(characters))
    if "r" in sides:
        end = max(start, len(text.text.rstrip(characters)))
    return text[start:end]


def split(text: HostedText, separator: str) -> list[HostedText]:
    """Return the parts of the text between separators."""
    parts = []
    start = 0
    while (end := text.text.find(separator, start)) >= 0:
        parts.append(text[start:end])
        start = end + len(separator)
    parts.append(text[start:])
    return parts


def replace_text(text: HostedText, old: str, new: HostedText) -> HostedText:
    """Return the text with each `old` replaced."""
    if not old or old not in text.text:
        return text
    parts: list[HostedText] = []
    for index, part in enumerate(split(text, old)):
        if index:
            offset = parts[-1].offsets[-1]
            parts.append(HostedText.at(new.text, offset, offset))
        parts.append(part)
    return join_limited(parts)


def fill(
    template: HostedText, pattern: re.Pattern[str], value: Callable[[re.Match[str]], object]
) -> HostedText:
    """Return the template with each match of the pattern replaced by its value.

    A value is text of the host, a string that stands for the match, or None for an unknown one.
    """
    parts: list[HostedText] = []
    last = 0
    for match in pattern.finditer(template.text):
        parts.append(template[last : match.start()])
        last = match.end()
        start, end = template.offsets[match.start()], template.offsets[match.end()]
        found = value(match)
        if isinstance(found, HostedText):
            parts.append(found)
        elif isinstance(found, str):
            parts.append(HostedText.at(found, start, end))
        else:
            parts.append(HostedText.at(UNKNOWN, start, end))
    parts.append(template[last:])
    return join_limited(parts)


# `%%`, `%(name)s`, `%s`, and conversions that are not filled.
_CONVERSION = re.compile(r"%(?:(%)|\((\w+)\)([sdv])|([sdviu]|l?l?[du])|[-+ #0-9.*]*\w)")


def fill_conversions(
    template: HostedText,
    values: Sequence[HostedText | None],
    named: Mapping[str, HostedText | None] | None = None,
) -> HostedText:
    """Return a template of ``printf``, Go's ``Sprintf`` or Python's ``%`` with its values."""
    rest: Iterator[HostedText | None] = iter(values)

    def value(match: re.Match[str]) -> object:
        if match[1]:
            return "%"
        if match[2]:
            return (named or {}).get(match[2])
        found = next(rest, None)
        return found if match[4] else None

    return fill(template, _CONVERSION, value)


_FIELD = re.compile(r"(\{\{|\}\})|\{(\w*)\}|\{[^{}]*\}")


def fill_fields(
    template: HostedText,
    values: Sequence[HostedText | None],
    named: Mapping[str, HostedText | None] | None = None,
) -> HostedText:
    """Return a template of Python's ``format`` or Rust's ``format!`` with its values."""
    rest = iter(values)

    def value(match: re.Match[str]) -> object:
        if match[1]:
            return match[1][0]
        name = match[2]
        if name is None:
            return None
        if not name:
            return next(rest, None)
        if name.isdecimal():
            return values[int(name)] if len(name) < 4 and int(name) < len(values) else None
        return (named or {}).get(name)

    return fill(template, _FIELD, value)
