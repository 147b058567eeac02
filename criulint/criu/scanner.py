# SPDX-License-Identifier: MIT
"""CRIU's line scanners: how the lines of a file become words for ``getopt_long``.

There are two generations, each a function from one line to a `LineScan`. CRIU's C code keeps
nothing but the array of words from one line to the next, so a line's scan is the same in every
file; `scan_file` adds the array.

Sources: ``parse_statement`` and ``parse_config`` in criu/config.c of v3.11, v3.15 (first
generation) and of v3.16 and v4.2 (second generation, unchanged in 4.2.1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from criulint.criu.releases import Release
from criulint.named_tuple import NamedTuple

SYNTAX_MESSAGE = "Unsupported configuration file format. Please consult man page criu(8)"

# isspace() in the C locale, without LF, which no line contains.
_SPACE = b" \t\v\f\r"
_QUOTE = ord('"')


class Word(NamedTuple):
    """A word for ``getopt_long``, made of the bytes from `start` to `end` of its line."""

    text: bytes
    start: int
    end: int


class LineScan(NamedTuple):
    """What one line becomes.

    `words`: none, one or two from 3.16 on, any number before.
    `refused`: CRIU gives up at this line ("Unsupported configuration file format").
    `refused_at`: the byte offset in the line of what made it give up, or -1.
    `undefined`: the C code reads or writes outside its buffers. The words are then what it reads
    if the memory there holds zeros.
    `unsafe`: it does so in a way that is known to crash or to garble words.
    `slots`: how many array elements the line writes to, from that of its first word on (first
    generation only).
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
    """Scan one line (without its LF) as 3.16 and later do.

    The name ends at the first space; only where there is none, at the first tab. What follows is
    one value, quoted or bare, and perhaps a comment.
    """
    nul = line.find(b"\0")
    if nul >= 0:
        # C strings end at a NUL, so CRIU does not see the rest, nor the LF.
        line, has_newline = line[:nul], False
    start = _skip_space(line, 0)
    is_blank = start == len(line) and (has_newline or not line)
    if is_blank or line.startswith(b"#", start):
        return _NOTHING
    separator = _find_separator(line, start)
    if separator == -1:
        return LineScan((Word(b"--" + line[start:], start, len(line)),))
    name = Word(b"--" + line[start:separator], start, separator)
    value_start = _skip_space(line, separator + 1)
    if line.startswith(b"#", value_start):
        return LineScan((name,))
    if line.startswith(b'"', value_start):
        return _scan_quoted_value(line, start, value_start, name)
    # CRIU looks for a second word where the value has its first space.
    first_space = line.find(b" ", value_start)
    search_from = max(first_space - value_start, 0)
    return _finish_value(_Value(line, value_start, value_start, len(line), search_from), name)


def _find_separator(line: bytes, start: int) -> int:
    space = line.find(b" ", start)
    return space if space != -1 else line.find(b"\t", start)


def _scan_quoted_value(line: bytes, start: int, quote: int, name: Word) -> LineScan:
    """Scan a line whose text begins at `start` and whose value opens with the quote at `quote`."""
    text_start = quote + 1
    if line.startswith(b'"', text_start):
        return LineScan((name, Word(b"", quote, text_start + 1)))
    end = _closing_quote(line, text_start)
    if end == -1:
        return _refusal(quote)
    junk = _junk_after_quote(line, end + 1)
    if junk != -1:
        return _refusal(junk)
    # CRIU looks for a second word from an offset of the line, but counts it in the value.
    search_from = text_start - start + 1
    return _finish_value(_Value(line, quote, text_start, end, search_from), name)


def _refusal(at: int, *, undefined: bool = False) -> LineScan:
    return LineScan((), refused=True, refused_at=at, undefined=undefined)


def _junk_after_quote(line: bytes, start: int) -> int:
    """Find what CRIU refuses after a closing quote, or -1.

    It looks only if a space is there, stops at a comment, and never looks at the last character.
    """
    rest = line[start:]
    if b" " not in rest:
        return -1
    first = _skip_space(rest[:-1], 0)
    if first == len(rest) - 1 or rest.startswith(b"#", first):
        return -1
    return start + first


class _Value(NamedTuple):
    """A value as written: ``line[text_start:end]``; with its quote it begins at `start`.

    CRIU looks for a second word from the index `search_from` of the value on.
    """

    line: bytes
    start: int
    text_start: int
    end: int
    search_from: int


def _finish_value(value: _Value, name: Word) -> LineScan:
    """Scan what CRIU does to a value: unescape quotes, cut a comment, look for a second word."""
    written = value.line[value.text_start : value.end]
    buffer, unescaped = _unescape(written)
    removed = len(written) - len(unescaped)
    search_from = value.search_from + (removed + 1 if removed else 0)
    undefined = search_from > len(unescaped)
    buffer = _cut_comment(buffer)

    tail = _c_string(buffer, search_from)
    space = tail.find(b" ")
    if space >= 0:
        if tail[:-1].strip(_SPACE):
            leading = len(tail) - len(tail.lstrip(b" "))
            second = value.text_start + search_from + (leading or space)
            return _refusal(min(second, len(value.line)), undefined=undefined)
        buffer = _cut(buffer, search_from + space)
    taken = _c_string(buffer)
    end = value.text_start + _written_length(written, len(taken))
    if end == value.end < len(value.line):
        end += 1  # the closing quote
    return LineScan((name, Word(taken, value.start, end)), undefined=undefined)


def _unescape(written: bytes) -> tuple[bytes, bytes]:
    r"""Return the buffer after each ``\"`` became ``"``, and the text in it.

    The text is shortened in place, so what it no longer covers stays in the buffer after its NUL.
    """
    text = written.replace(b'\\"', b'"')
    buffer = written + b"\0"
    if len(text) < len(written):
        buffer = text + b"\0" + buffer[len(text) + 1 :]
    return buffer, text


def _cut_comment(buffer: bytes) -> bytes:
    comment = _c_string(buffer).find(b"#")
    return buffer if comment < 0 else _cut(buffer, comment)


def _cut(buffer: bytes, index: int) -> bytes:
    """Write a NUL at `index`."""
    return buffer[:index] + b"\0" + buffer[index + 1 :]


def _c_string(buffer: bytes, start: int = 0) -> bytes:
    """Return the bytes from `start` to the next NUL."""
    return buffer[start:].partition(b"\0")[0]


def _written_length(written: bytes, length: int) -> int:
    """Count the bytes of a `written` value that became the first `length` unescaped bytes."""
    removed = 0
    escape = written.find(b'\\"')
    while 0 <= escape < length + removed:
        removed += 1
        escape = written.find(b'\\"', escape + 2)
    return length + removed


def _closing_quote(line: bytes, text_start: int) -> int:
    """Find the quote that closes a value, or -1.

    It is the first one after the value's first character that does not follow a backslash.
    """
    end = line.find(b'"', text_start + 1)
    while end >= 0 and line.startswith(b"\\", end - 1):
        end = line.find(b'"', end + 1)
    return end


def scan_line_3_11(line: bytes, has_newline: bool) -> LineScan:
    """Scan one line (without its LF) as 3.11 to 3.15 do.

    The line is split at spaces and tabs into any number of words; quotes hold one together. Where
    CRIU keeps a pointer into its line buffer, or reads outside it, the result is `undefined`: the
    last word is then what live memory would have given, and the words after it are left out.
    """
    visible, nul, _ = line.partition(b"\0")
    text = bytearray(visible)
    if has_newline and not nul:
        text += b"\n"
    text.append(0)
    words: list[Word] = []
    undefined = unsafe = False
    offset = 0
    while not undefined:
        while text[offset] in _SPACE:
            offset += 1
        if text[offset] in b"\n\0#":
            break
        word = _scan_word(text, offset)
        undefined = word.undefined or (word.text == b"" and not words)
        # Such a word was not allocated separately, and CRIU frees it at the end of the file.
        unsafe |= word.undefined or word.text == b""
        prefix = b"" if words else b"--"
        words.append(Word(prefix + word.text, offset, min(offset + word.length, len(line))))
        offset += word.length
        if offset >= len(text):
            undefined = True  # CRIU reads on after the end of the line
    return LineScan(
        tuple(words), undefined=undefined, unsafe=unsafe or undefined, slots=len(words) + 1
    )


class _ScannedWord(NamedTuple):
    """A word of the first generation, and how many bytes CRIU advances after it."""

    text: bytes
    length: int
    undefined: bool = False


def _scan_word(text: bytearray, offset: int) -> _ScannedWord:
    if text[offset] == _QUOTE and text.find(b'"', offset + 1) >= 0:
        return _scan_quoted_word(text, offset)
    end = offset
    while text[end] not in b" \t\n\0":
        end += 1
    return _ScannedWord(bytes(text[offset:end]), end - offset)


def _scan_quoted_word(text: bytearray, offset: int) -> _ScannedWord:
    """Scan a word that opens with a quote at `offset`.

    The word is made of the pieces between quotes: a piece that ends with a backslash goes on with
    the next one. The quote after each piece becomes a NUL in `text`. CRIU advances by the length
    of the result and two quotes, wherever the pieces were.
    """
    if text.startswith(b'""', offset) and text[offset + 2] in b" \t\n\0":
        return _ScannedWord(b"", 2)
    piece = _take_piece(text, offset)
    if piece is None:
        return _ScannedWord(b"", len(text) - 1 - offset, undefined=True)
    value, after = piece
    is_copied = False
    length = 2
    while value.endswith(b"\\"):
        length += 1
        value = value[:-1] + b'"'
        if text[after] == _QUOTE:
            break
        piece = _take_piece(text, after)
        if piece is None:
            return _ScannedWord(value, length + len(value), undefined=True)
        value += piece[0]
        after = piece[1]
        is_copied = True
    # One piece alone stays in CRIU's line buffer, several are copied.
    return _ScannedWord(value, length + len(value), undefined=not is_copied)


def _take_piece(text: bytearray, position: int) -> tuple[bytes, int] | None:
    """Return the piece after the quotes at `position`, and where the search continues.

    The quote that ends it becomes a NUL. None if there is no piece before the end of the text.
    """
    end_of_text = len(text) - 1  # where the NUL is
    while text[position] == _QUOTE:
        position += 1
    if position == end_of_text:
        return None
    end = text.find(b'"', position, end_of_text)
    if end == -1:
        return bytes(text[position:end_of_text]), end_of_text
    text[end] = 0
    return bytes(text[position:end]), min(end + 1, end_of_text)


class FileScan(NamedTuple):
    """What a file becomes: a `LineScan` for each of its `lines`, and what only the whole shows.

    `refused_line`: the first line (1-based) that CRIU refuses, or 0.
    `undefined`: CRIU leaves its buffers somewhere in what it reads of the file.
    `overflow_line`: the first line (1-based) whose words do not fit into CRIU's array, or 0.
    """

    lines: list[LineScan]
    refused_line: int
    undefined: bool
    overflow_line: int


LineScanner = Callable[[bytes, bool], LineScan]


def line_scanner(release: str) -> LineScanner:
    """Return the function that scans one line, given without its LF, and whether it had one."""
    return scan_line_3_16 if Release(release) >= "3.16" else scan_line_3_11


def scan_file(lines: Sequence[bytes], ends_with_newline: bool, release: str) -> FileScan:
    """Scan a file's `lines`, which are without LF, as `release` does."""
    scans = _scan_lines(lines, ends_with_newline, line_scanner(release))
    array: _Array311 | _Array316 = _Array316() if Release(release) >= "3.16" else _Array311()
    refused_line = overflow_line = 0
    undefined = False
    for number, scan in enumerate(scans, 1):
        undefined |= scan.undefined
        fits = array.add(lines[number - 1], scan)
        if not fits and not overflow_line:
            overflow_line = number
        if scan.refused:
            refused_line = number
            break
    if not refused_line and not overflow_line and not array.has_room_for_end():
        overflow_line = len(lines)
    if overflow_line or (release == "3.11" and not lines):
        undefined = True  # 3.11 leaves the array of a file without lines without an end
    return FileScan(scans, refused_line, undefined, overflow_line)


def _scan_lines(
    lines: Sequence[bytes], ends_with_newline: bool, scanner: LineScanner
) -> list[LineScan]:
    """Scan each line, equal ones once."""
    if not lines:
        return []
    known: dict[bytes, LineScan] = {}
    scans: list[LineScan] = []
    for line in lines[:-1]:
        scan = known.get(line)
        if scan is None:
            scan = known[line] = scanner(line, True)
        scans.append(scan)
    scans.append(scanner(lines[-1], ends_with_newline))
    return scans


class _Array311:
    """The array of words up to 3.15: 10 elements, doubled line by line when nearly full."""

    def __init__(self) -> None:
        self.size, self.used = 10, 1

    def add(self, _line: bytes, scan: LineScan) -> bool:
        """Add the words of a line, and return whether they fit."""
        if self.used >= self.size - 1:
            self.size *= 2
        touched = self.used + scan.slots
        self.used += len(scan.words)
        return touched <= self.size

    def has_room_for_end(self) -> bool:
        """Return whether the end of the array fits: one slot of the last line is kept for it."""
        return True


class _Array316:
    """The array of words since 3.16: grown by the number of spaces of a line, and one."""

    def __init__(self) -> None:
        self.size, self.used = 10, 1

    def add(self, line: bytes, scan: LineScan) -> bool:
        """Add the words of a line, and return whether they fit."""
        spaces = 1 + line.partition(b"\0")[0].count(b" ")
        if self.used + spaces >= self.size - 1:
            self.size += spaces
        touched = self.used + (2 if scan.refused else len(scan.words))
        self.used += len(scan.words)
        return touched <= self.size

    def has_room_for_end(self) -> bool:
        """Return whether the element that ends the array fits."""
        return self.used < self.size
