# SPDX-License-Identifier: GPL-2.0-only
"""CRIU's line scanners: how the lines of a configuration file become the words that ``getopt_long`` is given.

There are two generations, each a function from one line to a `LineScan`. CRIU's C code keeps nothing from one line to
the next but the array that the words go into, so a line's scan is the same in every file; `scan_file` adds the array.

Sources: ``parse_statement`` and ``parse_config`` in criu/config.c of v3.11, v3.15 (first generation) and of v3.16 and
v4.2 (second generation, unchanged in 4.2.1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from criulint.criu.releases import Release

SYNTAX_MESSAGE = "Unsupported configuration file format. Please consult man page criu(8)"

# isspace() in the C locale, without LF: no line holds one.
_SPACE = b" \t\v\f\r"


class Word(NamedTuple):
    """One word for ``getopt_long``; `start` and `end` are the bytes of the line that it was made of."""

    text: bytes
    start: int
    end: int


class LineScan(NamedTuple):
    """What one line becomes.

    `words`: none, one or two from 3.16 on, any number before.
    `refused`: CRIU gives up at this line ("Unsupported configuration file format").
    `refused_at`: byte offset in the line of what made it give up, or -1.
    `undefined`: the C code reads or writes outside its buffers (the words are then what empty memory there gives).
    `unsafe`: of these, the ones that are known to crash or to garble.
    `slots`: array elements that the line writes to, from the element of its first word on (first generation only).
    """

    words: tuple[Word, ...]
    refused: bool = False
    refused_at: int = -1
    undefined: bool = False
    unsafe: bool = False
    slots: int = 0


_NOTHING = LineScan(())


def _skip_space(line: bytes, offset: int) -> int:
    return len(line) - len(line[offset:].lstrip(_SPACE))


def scan_line_3_16(line: bytes, has_newline: bool) -> LineScan:
    """Scan one line as 3.16 and later do. `line` is without its LF; `has_newline` says whether it had one."""
    nul = line.find(b"\0")
    if nul >= 0:
        # C takes the text up to the NUL for the line, and then finds no LF in it.
        line, has_newline = line[:nul], False
    if not line and not has_newline:
        return _NOTHING
    start = _skip_space(line, 0)
    if (start == len(line) and has_newline) or line[start : start + 1] == b"#":
        return _NOTHING

    separator = line.find(b" ", start)
    if separator < 0:
        separator = line.find(b"\t", start)
    if separator < 0:
        return LineScan((Word(b"--" + line[start:], start, len(line)),))
    name = Word(b"--" + line[start:separator], start, separator)
    value_start = _skip_space(line, separator + 1)
    if line[value_start : value_start + 1] == b"#":
        return LineScan((name,))
    return _scan_value(line, start, value_start, name)


def _scan_value(line: bytes, start: int, value_start: int, name: Word) -> LineScan:
    """The value of a line whose text begins at `start`; `check` becomes the index that C looks for a second word at."""

    def refuse(at: int, undefined: bool = False) -> LineScan:
        return LineScan((), refused=True, refused_at=at, undefined=undefined)

    if line[value_start : value_start + 1] == b'"':
        text_start = value_start + 1
        if text_start == len(line):
            return refuse(value_start)
        if line[text_start : text_start + 1] == b'"':
            return LineScan((name, Word(b"", value_start, text_start + 1)))
        end = _closing_quote(line, text_start)
        if end < 0:
            return refuse(value_start)
        behind = line[end + 1 :]
        if b" " in behind:
            # The very last character is not looked at.
            junk = len(behind[:-1]) - len(behind[:-1].lstrip(_SPACE))
            if junk < len(behind) - 1 and behind[junk : junk + 1] != b"#":
                return refuse(end + 1 + junk)
        # C adds one and then uses this offset into the line as an index into the value.
        check = text_start - start + 1
    else:
        text_start, end = value_start, len(line)
        check = max(line.find(b" ", text_start) - text_start, 0)
    value = line[text_start:end]

    # `memory` is the buffer of the value, its last NUL included.
    shorter = value
    memory = value + b"\0"
    if b'\\"' in value:
        shorter = value.replace(b'\\"', b'"')
        removed = len(value) - len(shorter)
        # What the shorter text leaves over of the longer one stays behind its NUL.
        memory = shorter + b"\0" + memory[len(shorter) + 1 :]
        check += removed + 1
    text = memory.partition(b"\0")[0]
    comment = text.find(b"#")
    if comment >= 0:
        memory = text[:comment] + b"\0" + memory[comment + 1 :]

    undefined = check > len(shorter)
    tail = memory[check:].partition(b"\0")[0]
    space = tail.find(b" ")
    if space >= 0:
        if tail[:-1].strip(_SPACE):
            first = check + len(tail) - len(tail.lstrip(b" ")) if space == 0 else check + space
            return refuse(min(text_start + first, len(line)), undefined)
        memory = memory[: check + space] + b"\0" + memory[check + space + 1 :]
    taken = memory.partition(b"\0")[0]
    taken_end = text_start + _written_length(value, len(taken))
    if taken_end == end < len(line):
        taken_end += 1  # the closing quote
    return LineScan((name, Word(taken, value_start, taken_end)), undefined=undefined)


def _written_length(written: bytes, length: int) -> int:
    """How many bytes of a `written` value became the first `length` bytes of the one whose escapes are removed."""
    removed = 0
    escape = written.find(b'\\"')
    while 0 <= escape < length + removed:
        removed += 1
        escape = written.find(b'\\"', escape + 2)
    return length + removed


def _closing_quote(line: bytes, text_start: int) -> int:
    """The first quote behind the value's first character that no backslash stands before, or -1."""
    end = line.find(b'"', text_start + 1)
    while end >= 0 and line[end - 1 : end] == b"\\":
        end = line.find(b'"', end + 1)
    return end


def scan_line_3_11(line: bytes, has_newline: bool) -> LineScan:
    """Scan one line as 3.11 to 3.15 do. `line` is without its LF; `has_newline` says whether it had one.

    Where C stores a pointer into its line buffer, or leaves its buffers otherwise, the result is `undefined`; the last
    word is then what C would have got from live memory, and the words behind it are left out.
    """
    nul = line.find(b"\0")
    text = bytearray(line + b"\n" if has_newline and nul < 0 else line[: nul if nul >= 0 else None])
    text.append(0)
    words: list[Word] = []
    undefined = unsafe = False
    offset = 0
    while offset < len(text) and not undefined:
        while text[offset] in _SPACE:
            offset += 1
        if text[offset] in b"\n\0#":
            break
        if text[offset] == 0x22 and text.find(b'"', offset + 1) >= 0:
            word, length, undefined = _scan_quoted(text, offset)
        else:
            end = offset
            while text[end] not in b" \t\n\0":
                end += 1
            word, length = bytes(text[offset:end]), end - offset
        if word == b"" or undefined:
            unsafe = (
                True  # not C's own memory: free() aborts at the end of the file, realloc() at once
            )
        if words:
            words.append(Word(word, offset, min(offset + length, len(line))))
        else:
            undefined |= word == b""
            words.append(Word(b"--" + word, offset, min(offset + length, len(line))))
        offset += length
        if offset >= len(text):
            # C goes on reading behind the end of the line.
            undefined = True
    return LineScan(
        tuple(words), undefined=undefined, unsafe=unsafe or undefined, slots=len(words) + 1
    )


class _Quoted(NamedTuple):
    text: bytes
    length: int
    undefined: bool


def _scan_quoted(text: bytearray, offset: int) -> _Quoted:
    """A word that opens with a quote at `offset`; ``strtok_r`` writes NULs into `text` as C's does."""
    end_of_text = len(text) - 1
    if text[offset : offset + 2] == b'""' and text[offset + 2] in b" \t\n\0":
        return _Quoted(b"", 2, False)  # a string literal

    def strtok(position: int) -> tuple[int, int] | None:
        while position < end_of_text and text[position] == 0x22:
            position += 1
        if position >= end_of_text:
            return None
        end = text.find(b'"', position, end_of_text)
        if end < 0:
            return position, end_of_text
        text[end] = 0
        return position, end

    token = strtok(offset)
    if token is None:
        return _Quoted(b"", end_of_text - offset, True)  # strlen(NULL)
    start, end = token
    value = text[start:end]
    after = min(end + 1, end_of_text)
    owned = False
    length = 2
    while value.endswith(b"\\"):
        length += 1
        value[-1:] = b'"'
        if text[after] == 0x22:
            break
        token = strtok(after)
        if token is None:
            return _Quoted(bytes(value), length + len(value), True)  # strlen(NULL)
        start, end = token
        value += text[start:end]
        after = min(end + 1, end_of_text)
        owned = True
    return _Quoted(bytes(value), length + len(value), not owned)


class FileScan(NamedTuple):
    """What a file becomes: a `LineScan` for each of its `lines`, and what only the whole tells.

    `refused_line`: the first line (1-based) at which CRIU gives up, or 0.
    `undefined`: C leaves its buffers somewhere in what it reads of the file.
    `overflow_line`: the first line (1-based) whose words no longer fit into the array, or 0.
    """

    lines: list[LineScan]
    refused_line: int
    undefined: bool
    overflow_line: int


LineScanner = Callable[[bytes, bool], LineScan]


def line_scanner(release: str) -> LineScanner:
    """The function that scans one line (without its LF; and whether it had one) as `release` does."""
    return scan_line_3_16 if Release(release) >= "3.16" else scan_line_3_11


def scan_file(lines: Sequence[bytes], ends_with_newline: bool, release: str) -> FileScan:
    """Scan a file's `lines` (without LF; the last one had an LF if `ends_with_newline`) as `release` does."""
    scanner = line_scanner(release)
    second = scanner is scan_line_3_16
    scans: list[LineScan] = []
    seen: dict[bytes, LineScan] = {}
    refused_line = overflow_line = 0
    undefined = False
    size, used = 10, 1  # elements that the array has, and that are in use
    last = len(lines) - 1
    for number, line in enumerate(lines):
        if number == last and not ends_with_newline:
            scan = scanner(line, False)
        else:
            cached = seen.get(line)
            if cached is None:
                cached = seen[line] = scanner(line, True)
            scan = cached
        scans.append(scan)
        if refused_line:
            continue
        if scan.undefined:
            undefined = True
        if second:
            spaces = 1 + line.count(b" ", 0, line.find(b"\0") if b"\0" in line else len(line))
            if used + spaces >= size - 1:
                size += spaces
            touched = used + max(len(scan.words), 2 if scan.refused else 0)
        else:
            if used >= size - 1:
                size *= 2
            touched = used + scan.slots
        used += len(scan.words)
        if touched > size and not overflow_line:
            overflow_line = number + 1
        if scan.refused:
            refused_line = number + 1
    if second and not refused_line and used >= size and not overflow_line:
        overflow_line = len(lines)
    if overflow_line or (release == "3.11" and not lines):
        undefined = True  # 3.11 leaves the array of a file without lines without an end
    return FileScan(scans, refused_line, undefined, overflow_line)
