# SPDX-License-Identifier: MIT
"""Reading text that contains messages of CRIU: its log, a runtime's error, a pasted quote.

A line of CRIU is ``(SS.uuuuuu) PID: Error (file.c:LINE): subsystem: text``. Any part may be missing
(criu/log.c, `print_on_level`): time stamps come with ``-v3``, and up to 3.15 early messages lack
the line feed. journald, kubelet, runtimes and people add text around it.
"""

from __future__ import annotations

import re
import time
from collections import deque
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from criulint.advise import signs
from criulint.advise.dates import last_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from criulint.advise.signs import Sign

#: In bytes; of a longer log the last part is read, where CRIU says how it ended.
MAX_LOG_SIZE = 16 << 20
_MAX_LINE = 8192
_MAX_FILES = 100
# The last lines count, as many as fit into a log of the greatest length.
_MAX_LINES = 200_000
# In characters, from the end: where the last date is looked for.
_MAX_DATED = 200_000
#: How many lines a message may take that was wrapped when it was pasted.
_MAX_WRAPPED = 4

# A time stamp, perhaps without what was lost before it: `(00.012345) `, `.269)`.
_STAMP = re.compile(r"\(?\d{0,6}\.\d{3,6}\) ?")
# `Error (criu/cr-dump.c:123): `
_LEVEL = re.compile(r"\b(Error|Warn|Info|Debug) {0,4}\((?:[^\s()]{1,200}:\d{1,7})\): ?")
# Up to 3.15 a time stamp may directly follow the text of the previous message.
_GLUED = re.compile(r"(?<=[^\s(])(?=\(\d{2,6}\.\d{6}\) ?)")
_PROCESS = re.compile(r"(?:pie: )?\s{0,12}\d{1,7}: ")
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "r": "\r", "/": "/"}
_ESCAPE = re.compile(r"\\([nrt\"\\/])")
_QUOTED = re.compile(r"\\[n\"t]")
_MAX_QUOTED = 3

# A path that ends with `/dump.log`, `/criu-restore.log`.
_LOG_NAME = re.compile(r"/(?:[\w.-]{0,64}(?:dump|restore|checkpoint)[\w.-]{0,64}\.log)$")


class LogEntry(NamedTuple):
    """A message: the 1-based line that it is on, its level (empty if it has none), and its text.

    `text` has white space folded, and what was wrapped joined; `stamped` says whether CRIU's own
    format was recognized.
    """

    line: int
    level: str
    text: str
    stamped: bool


class ReadFile(NamedTuple):
    """A configuration file that a log mentions, and whether CRIU read it (None: not said).

    `is_named`: whether a client named it.
    """

    path: str
    read: bool | None
    is_named: bool = False


class Log:
    """The messages of a text, and what it says about CRIU and its caller.

    `modified` is when the file of the text last changed, in seconds since 1970; None if unknown.
    `first_line` is the 1-based number of the first line.
    """

    def __init__(self, text: str, modified: float | None = None, *, first_line: int = 1) -> None:
        self._modified = modified
        self._outer: Log | None = None
        #: Each line with its 1-based number; the lines of a quoted text share the number of its
        #: line.
        self._lines = _last_lines(text, first_line)
        self._text = "\n".join(part for _, part in self._lines)

    def called_in(self, outer: Log) -> None:
        """Copy who called CRIU from the error that named this log."""
        self._outer = outer

    @cached_property
    def entries(self) -> list[LogEntry]:
        """All messages and other lines, in order."""
        return list(_entries(self._lines))

    @cached_property
    def release(self) -> str | None:
        """The release of CRIU that wrote the log, such as ``4.1.1``."""
        found = signs.RELEASE.search(self._text)
        return found[1] if found else None

    @cached_property
    def written(self) -> float | None:
        """The latest time by which CRIU had failed, in seconds since 1970; None if unknown.

        The text's own date counts, else that of its file.
        """
        date = last_date(
            self._text[-_MAX_DATED:], time.time() if self._modified is None else self._modified
        )
        return self._modified if date is None else date + 1  # dates are in whole seconds

    @cached_property
    def command(self) -> str | None:
        """The command of CRIU that ran, such as ``dump``; the last one if there are several."""
        places = [(_last(pattern, self._text), command) for pattern, command in signs.STAGES]
        found = [(place, command) for place, command in places if place is not None]
        if found:
            return max(found)[1]
        for pattern, command in signs.COMMAND_SIGNS:
            if pattern.search(self._text):
                return command
        return None

    @cached_property
    def caller(self) -> str | None:
        """Who called CRIU: the name of an engine or a runtime."""
        for pattern, name in signs.CALLERS:
            if pattern.search(self._text):
                return name
        return self._outer.caller if self._outer else None

    @cached_property
    def runtimes(self) -> tuple[str, ...]:
        """The names of the runtimes that the text shows at work."""
        found = {name for pattern, name in signs.RUNTIMES if pattern.search(self._text)}
        if not found and self._outer:
            return self._outer.runtimes
        return tuple(sorted(found))

    @cached_property
    def is_rpc(self) -> bool:
        """Whether CRIU served a request instead of a command line."""
        return bool(signs.RPC.search(self._text) or signs.NAMED.search(self._text))

    @cached_property
    def is_jvm(self) -> bool:
        """Whether the Java virtual machine OpenJ9 called CRIU, through libcriu."""
        return bool(signs.JVM.search(self._text))

    @cached_property
    def files(self) -> list[ReadFile]:
        """The configuration files that it mentions.

        CRIU 3.15 and later log each file that they read; the file that a client names is logged
        even if it does not exist (criu/cr-service.c, `setup_opts_from_req`).
        """
        parsed = _paths(signs.PARSED, self._text)
        named = _paths(signs.NAMED, self._text)
        files = [ReadFile(path, read=True, is_named=path in named) for path in sorted(parsed)]
        # Up to 3.14 CRIU logs only the file that is named, in other words.
        is_old = "Overwriting RPC settings" in self._text
        logs_files = bool(parsed) or (
            not is_old and "(00." in self._text and self.release is not None
        )
        files += [
            ReadFile(path, read=False if logs_files else None, is_named=True)
            for path in named
            if path not in parsed
        ]
        return files

    @property
    def mentions(self) -> list[tuple[LogEntry, ReadFile]]:
        """The messages that name configuration files."""
        files = {file.path: file for file in self.files}
        found = []
        for entry in self.entries:
            match = signs.PARSED.search(entry.text) or signs.NAMED.search(entry.text)
            if match and match[1] in files:
                found.append((entry, files[match[1]]))
        return found

    @cached_property
    def is_cut(self) -> bool:
        """Whether CRIU's own log ends before CRIU says how it ended."""
        return self.release is not None and not (
            signs.ENDED_WELL.search(self._text) or signs.FAILED.search(self._text)
        )

    @cached_property
    def ended_well(self) -> bool:
        """Whether the last thing that CRIU says is that it succeeded."""
        well = _last(signs.ENDED_WELL, self._text)
        return well is not None and well > (_last(signs.FAILED, self._text) or -1)

    @cached_property
    def pointer(self) -> str | None:
        """The path of CRIU's own log that the text names."""
        paths = [match[1].rstrip("\\.") for match in signs.POINTER.finditer(self._text)]
        return next((path for path in paths if _LOG_NAME.search(path)), None)


def _paths(sign: Sign, text: str) -> list[str]:
    """Return the paths that a sign finds, each once, in order; not more than CRIU ever reads."""
    return list(islice(dict.fromkeys(match[1] for match in sign.finditer(text)), _MAX_FILES))


def _last(pattern: Sign, text: str) -> int | None:
    """Return the offset of the last match, None if there is none."""
    return max((match.start() for match in pattern.finditer(text)), default=None)


def _last_lines(text: str, first_line: int) -> deque[tuple[int, str]]:
    """Return the lines of a text with their numbers, and those of what is quoted in them."""
    found: deque[tuple[int, str]] = deque(maxlen=_MAX_LINES)
    lines = text.rsplit("\n", _MAX_LINES)
    for number, line in enumerate(lines, first_line + text.count("\n") + 1 - len(lines)):
        parts = _unquote(line.rstrip("\r")).rsplit("\n", _MAX_LINES)
        found.extend((number, part) for part in parts)
    return found


def _unquote(text: str) -> str:
    """Return a text with the quoted messages in it as they were.

    Engines quote what a runtime printed, and kubelet quotes that again, with two backslashes.
    """
    for _ in range(_MAX_QUOTED):
        if "\\" not in text or not _QUOTED.search(text):
            break
        text = _ESCAPE.sub(lambda match: _ESCAPES[match[1]], text)
    return text


def _entries(numbered: Iterable[tuple[int, str]]) -> Iterator[LogEntry]:
    parts = ((number, part) for number, line in numbered for part in _split(line[:_MAX_LINE]))
    lines = list(deque(parts, _MAX_LINES))
    parsed = [_parse(line) for _, line in lines]
    for index, (number, _) in enumerate(lines):
        level, body, stamped = parsed[index]
        if not body.strip():
            continue
        pieces = [body]
        if level or not stamped:
            # What follows without a sign of CRIU may be the rest of a message.
            following = range(index + 1, min(index + _MAX_WRAPPED, len(lines)))
            for other in following:
                _, further, is_own = parsed[other]
                # What a quoted text has after a line feed is another line.
                is_quoted = lines[other][0] == lines[other - 1][0]
                if is_own or is_quoted or not further.strip():
                    break
                pieces.append(further)
        yield LogEntry(number, level, " ".join(" ".join(pieces).split())[:_MAX_LINE], stamped)


def _split(line: str) -> list[str]:
    """Return the messages of a line."""
    return _GLUED.split(line) if "(" in line[1:] else [line]


def _parse(line: str) -> tuple[str, str, bool]:
    """Return the level, the text, and whether the line is in CRIU's format."""
    found = _LEVEL.search(line) if "):" in line else None
    if found:
        return found[1], line[found.end() :], True
    stamp = _STAMP.search(line)
    if stamp and (stamp.start() == 0 or line[stamp.start()] == "("):
        rest = line[stamp.end() :]
        process = _PROCESS.match(rest)
        return "", rest[process.end() :] if process else rest, True
    return "", line, False
