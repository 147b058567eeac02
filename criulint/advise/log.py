# SPDX-License-Identifier: MIT
"""Reading the text in which CRIU's messages stand: its log, a runtime's error, a pasted quote.

A line of CRIU is ``(SS.uuuuuu) PID: Error (file.c:LINE): subsystem: text``, of which any part may
be missing (criu/log.c, `print_on_level`): time stamps come with ``-v3``, and up to 3.15 early
messages lack the line feed. Around it stands what journald, kubelet, runtimes and people add.
"""

from __future__ import annotations

import os.path
import re
from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: In characters; what is longer is looked at in its last part, where CRIU says how it ended.
MAX_LENGTH = 16 << 20
_MAX_LINE = 8192
# The last ones count, too, if there are more lines.
_MAX_LINES = 200_000
#: How many lines a message that was wrapped when it was pasted may take.
_MAX_WRAPPED = 4

# A time stamp, perhaps without what was lost before it: `(00.012345) `, `.269)`.
_STAMP = re.compile(r"\(?\d{0,6}\.\d{3,6}\) ?")
_LEVEL = re.compile(r"\b(Error|Warn|Info|Debug) {0,4}\((?:[^\s()]{1,200}:\d{1,7})\): ?")
# Up to 3.15 a stamp may stand right after the text of the message before.
_GLUED = re.compile(r"(?<=[^\s(])(?=\(\d{2,6}\.\d{6}\) ?)")
_PROCESS = re.compile(r"(?:pie: )?\s{0,12}\d{1,7}: ")
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "r": "\r", "/": "/"}
_ESCAPE = re.compile(r"\\([nrt\"\\/])")
_MAX_QUOTED = 3

_RELEASE = re.compile(r"\bVersion: (\d{1,3}(?:\.\d{1,4}){1,3})")
_PARSED = re.compile(r"\bParsing config file (/\S{1,4096})")
_NAMED = re.compile(r"(?:Would overwrite|Overwriting) RPC settings with values from (/\S{1,4096})")
_ENDED_WELL = re.compile(
    r"\b(?:(?P<predump>Pre-dumping)|Dumping|(?P<restore>Restore)) finished successfully"
)
_FAILED = re.compile(r"\b(?P<what>Pre-dumping|Dumping|Restoring) FAILED")
_POINTER = re.compile(
    r"(?:log file: |logfile |Quoting \"|excerpt from CRIU log `|\bpath= ?)(/[^\s\"'`:,]{1,4096})"
)
_LOG_NAME = re.compile(r"/(?:[\w.-]{0,64}(?:dump|restore|checkpoint)[\w.-]{0,64}\.log)$")


class Entry(NamedTuple):
    """A message: the 1-based line of the text, its level (empty if it has none), and its text.

    `text` has white space folded, and what was wrapped joined; `stamped` says whether CRIU's own
    format was recognized.
    """

    line: int
    level: str
    text: str
    stamped: bool


class ReadFile(NamedTuple):
    """A configuration file that a log mentions, and whether CRIU read it (None: not said)."""

    path: str
    read: bool | None


class Log:
    """The messages of a text, and what it says of CRIU and its caller."""

    def __init__(self, text: str) -> None:
        self._outer: Log | None = None
        #: Each line with its 1-based number; a quoted text has several with one number.
        self._lines = _last_lines(text[-MAX_LENGTH:])
        self._text = "\n".join(part for _, part in self._lines)

    def called_in(self, outer: Log) -> None:
        """Take who called CRIU from the error that named this log."""
        self._outer = outer

    @cached_property
    def entries(self) -> list[Entry]:
        """All messages and other lines, in order."""
        return list(_entries(self._lines))

    @cached_property
    def release(self) -> str | None:
        """The release of CRIU that wrote the log, such as ``4.1.1``."""
        found = _RELEASE.search(self._text)
        return found[1] if found else None

    @cached_property
    def command(self) -> str | None:
        """The command of CRIU that ran, such as ``dump``."""
        for pattern, command in _COMMANDS:
            if pattern.search(self._text):
                return command
        return None

    @cached_property
    def caller(self) -> str | None:
        """Who called CRIU: the name of an engine or a runtime."""
        for pattern, name in _CALLERS:
            if pattern.search(self._text):
                return name
        return self._outer.caller if self._outer else None

    @cached_property
    def runtimes(self) -> tuple[str, ...]:
        """The names of the runtimes that the text shows at work."""
        found = {name for pattern, name in _RUNTIMES if pattern.search(self._text)}
        named = [os.path.basename(file.path).removesuffix(".conf") for file in self.files]
        if not found:
            found = {name for name in named if name in ("runc", "crun")}
        if not found and self._outer:
            return self._outer.runtimes
        return tuple(sorted(found))

    @cached_property
    def is_rpc(self) -> bool:
        """Whether CRIU served a request instead of a command line."""
        return bool(_RPC.search(self._text) or _NAMED.search(self._text))

    @cached_property
    def files(self) -> list[ReadFile]:
        """The configuration files that it mentions.

        CRIU 3.15 and later log each file that they read; the file that a client names is logged
        even if it does not exist (criu/cr-service.c, `setup_opts_from_req`).
        """
        parsed = {match[1] for match in _PARSED.finditer(self._text)}
        named = [match[1] for match in _NAMED.finditer(self._text)]
        files = [ReadFile(path, read=True) for path in sorted(parsed)]
        tells = bool(parsed) or ("(00." in self._text and self.release is not None)
        files += [
            ReadFile(path, read=False if tells else None)
            for path in dict.fromkeys(named)
            if path not in parsed
        ]
        return files

    @cached_property
    def ended_well(self) -> bool:
        """Whether the last thing that CRIU says is that it succeeded."""
        well = _last(_ENDED_WELL, self._text)
        return well is not None and well > (_last(_FAILED, self._text) or -1)

    @cached_property
    def pointer(self) -> str | None:
        """The path of CRIU's own log that the text names."""
        paths = [match[1].rstrip("\\.") for match in _POINTER.finditer(self._text)]
        return next((path for path in paths if _LOG_NAME.search(path)), None)


_COMMANDS = (
    (re.compile(r"Pre-dumping (?:FAILED|finished|task)|checkpoint --pre-dump"), "pre-dump"),
    (re.compile(r"Restoring FAILED|Restore finished|Reading image tree|type: ?RESTORE"), "restore"),
    (re.compile(r"Dumping (?:FAILED|finished|processes)|type: ?DUMP"), "dump"),
    (re.compile(r"CRIU restoring failed|\brestore\.log\b|criu restore\b|runc restore"), "restore"),
    (
        re.compile(
            r"CRIU checkpointing failed|\bdump\.log\b|criu dump\b|checkpointing of|"
            r"Cannot checkpoint|criu/(?:cr-dump|seize)\.c|migration dump failed"
        ),
        "dump",
    ),
    (re.compile(r"criu/cr-restore\.c|pie: \s*\d+: Error"), "restore"),
)
_RUNTIMES = (
    (re.compile(r"criu failed: type|\brunc(?:\"\]| checkpoint| restore| --)|/runc\b"), "runc"),
    (
        re.compile(
            r"CRIU (?:checkpoint|restor)ing failed|\bcrun(?: checkpoint| restore| --)|/crun\b"
        ),
        "crun",
    ),
    (re.compile(r"\byouki (?:checkpoint|restore)|/youki\b"), "youki"),
)
_RPC = re.compile(r"(?m)^\(\d+\.\d+\) \tRPC\s*$")
_USERDATA = r"/overlay-containers/[0-9a-f]{1,64}/userdata/"
# The first that matches is the most particular one.
_CALLERS = (
    (re.compile(r"(?i)\bcrio\b|cri-o|checkpointing of \S{1,300} failed"), "cri-o"),
    (re.compile(r"\bpodman\b|\blibpod\b"), "podman"),
    (re.compile(r"Error response from daemon|\bdocker\b|\bmoby\b"), "docker"),
    (re.compile(r"containerd"), "containerd"),
    (re.compile(r"(?i)\blx[dc]\b|migration dump failed|snapshot dump failed|\bincus\b"), "lxc"),
    (re.compile(_USERDATA), "podman"),
    (re.compile(r"CRIU (?:checkpoint|restor)ing failed|\bcrun\b"), "crun"),
    (re.compile(r"criu failed: type|\brunc\b|/run/runc/"), "runc"),
    (re.compile(r"\byouki\b"), "youki"),
)


def _last(pattern: re.Pattern[str], text: str) -> int | None:
    """Return the offset of the last match, None if there is none."""
    return max((match.start() for match in pattern.finditer(text)), default=None)


def _last_lines(text: str) -> deque[tuple[int, str]]:
    """Return the lines of a text with their numbers, and those of what is quoted in them."""
    found: deque[tuple[int, str]] = deque(maxlen=_MAX_LINES)
    lines = text.rsplit("\n", _MAX_LINES)
    for number, line in enumerate(lines, text.count("\n") + 2 - len(lines)):
        parts = _unquote(line.rstrip("\r")).rsplit("\n", _MAX_LINES)
        found.extend((number, part) for part in parts)
    return found


def _unquote(text: str) -> str:
    """Return a text with the quoted messages in it as they were.

    Engines quote what a runtime printed, and kubelet quotes that again, with two backslashes.
    """
    for _ in range(_MAX_QUOTED):
        if not re.search(r"\\n|\\\"|\\t", text):
            break
        text = _ESCAPE.sub(lambda match: _ESCAPES[match[1]], text)
    return text


def _entries(numbered: Iterable[tuple[int, str]]) -> Iterator[Entry]:
    parts = ((number, part) for number, line in numbered for part in _GLUED.split(line[:_MAX_LINE]))
    lines = list(deque(parts, _MAX_LINES))
    parsed = [_parse(line) for _, line in lines]
    for index, (number, _) in enumerate(lines):
        level, body, stamped = parsed[index]
        if not body:
            continue
        pieces = [body]
        if level or not stamped:
            # What follows without a sign of CRIU may be the rest of a message.
            for _, further, is_own in parsed[index + 1 : index + _MAX_WRAPPED]:
                if is_own or not further.strip():
                    break
                pieces.append(further)
        yield Entry(number, level, " ".join(" ".join(pieces).split())[:_MAX_LINE], stamped)


def _parse(line: str) -> tuple[str, str, bool]:
    """Return the level, the text, and whether the line is in CRIU's format."""
    if not line or line.isspace():
        return "", "", False
    found = _LEVEL.search(line)
    if found:
        return found[1], line[found.end() :], True
    stamp = _STAMP.search(line)
    if stamp and (stamp.start() == 0 or line[stamp.start()] == "("):
        rest = line[stamp.end() :]
        process = _PROCESS.match(rest)
        return "", rest[process.end() :] if process else rest, True
    return "", line, False
