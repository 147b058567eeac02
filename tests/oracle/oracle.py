# SPDX-License-Identifier: MIT
"""Ask a real CRIU how it reads a configuration file.

CRIU is started once, with the library of ``preload.c`` before the C library, as ``criu COMMAND
--config FILE`` with a command that does not exist: it reads the file, complains of the command
and ends. It is held just before it opens the file, and a copy of the process reads each file
that is asked about, so that a question takes less than a millisecond.
"""

from __future__ import annotations

import mmap
import os
import re
import socket
import struct
import subprocess
import tempfile
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.oracle.roots import RootError, preload, prepare

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

_COMMAND = "no-such-command"
_RECORD_SIZE = 1 << 25
_TIMEOUT = 60
_ALARM = 14

# What libc and CRIU put before a message.
_PREFIX = re.compile(rb"criu: |(?:Error|Warn) +\([^)]*:[0-9]+\): ")
# CRIU keeps its messages in 1024 bytes until it ends.
_NOTE = b"The early log buffer is full, some messages may have been lost"


class Kind(str, Enum):
    """How the reading of a file ended."""

    #: CRIU took the whole file.
    READ = "read"
    #: The line scanner gave up: no word reached getopt_long.
    SYNTAX = "syntax"
    #: getopt_long refused a word.
    GETOPT = "getopt"
    #: CRIU refused an option or its value.
    VALUE = "value"
    #: CRIU ended with status 0 at an option (help, version).
    STOPPED = "stopped"
    #: A signal killed CRIU.
    CRASH = "crash"
    #: CRIU did not come to an end.
    TIMEOUT = "timeout"


class Entry(NamedTuple):
    """A long option of CRIU's table: `arity` is 0 for none, 1 for required, 2 for optional;
    `flag` tells its variable.
    """

    name: str
    arity: int
    value: int
    flag: int | None


class Taken(NamedTuple):
    """An option as getopt_long returned it: a long one by its full `name`, a short one by its
    letter in `short`.
    """

    name: str | None
    short: str | None
    value: bytes | None


class OracleReading(NamedTuple):
    """How CRIU read a file.

    `argv`: the words that the scanner made of it, or None if it did not get that far.
    `options`: those that CRIU took, in order. `refused_option` is the one at which CRIU gave up
    (`Kind.VALUE`, and `Kind.STOPPED`, or where it crashed). `dropped`: the words that no option
    took. `message`: the last thing CRIU said when it refused the file, without its place in the
    code; `status`: its exit status, or the negated signal. `settings`: CRIU's variables behind
    the file, as bytes.
    """

    kind: Kind
    argv: list[bytes] | None
    options: list[Taken]
    refused_option: Taken | None
    dropped: list[bytes]
    message: bytes
    status: int
    stdout: bytes
    stderr: bytes
    settings: bytes

    @property
    def refused(self) -> bool:
        """Whether CRIU did not get through the file."""
        return self.kind is not Kind.READ


class Oracle:
    """The CRIU of a release in `roots.SUITES`. RootError if it can't be had or does not start."""

    def __init__(self, release: str) -> None:
        self.release = release
        criu = prepare(release).command(preload())
        self._temporary = tempfile.TemporaryDirectory(prefix="criulint-oracle-", dir=_memory())
        self._directory = Path(self._temporary.name)
        self._config = self._directory / "config"
        record = self._directory / "record"
        with record.open("w+b") as file:
            file.truncate(_RECORD_SIZE)
            self._record = mmap.mmap(file.fileno(), _RECORD_SIZE)
        self._command = [*criu, _COMMAND, "--config", str(self._config)]
        self._environment = {"LC_ALL": "C", "CRIULINT_RECORD": str(record)}
        self._socket, theirs = socket.socketpair()
        self._socket.settimeout(_TIMEOUT)
        with (self._directory / "start").open("wb") as complaints, theirs:
            self._process = subprocess.Popen(
                self._command,
                env={**self._environment, "CRIULINT_CONFIG": str(self._config)},
                cwd=self._directory,
                stdin=theirs.fileno(),
                stdout=complaints,
                stderr=complaints,
            )
        try:
            empty = self.read(b"")
        except OSError as error:
            output = (self._directory / "start").read_text(errors="replace").strip()
            self.close()
            raise RootError(f"CRIU {release} does not start: {output or error}") from error
        if empty.kind is not Kind.READ:
            self.close()
            raise RootError(f"CRIU {release} does not read an empty file: {empty}")

    def __enter__(self) -> Oracle:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End CRIU and remove its files."""
        self._socket.close()
        self._process.wait(_TIMEOUT)
        self._record.close()
        self._temporary.cleanup()

    @property
    def table(self) -> list[Entry]:
        """The long options, in getopt_long's order."""
        return self._table

    @property
    def short_options(self) -> str:
        """The short option string that getopt_long is given."""
        return self._short_options

    def read(self, data: bytes) -> OracleReading:
        """Let CRIU read a file of these bytes."""
        self._config.write_bytes(data)
        self._socket.sendall(b"?")
        answer = self._socket.recv(4)
        if len(answer) != 4:
            raise ConnectionError("CRIU is gone")
        status = os.waitstatus_to_exitcode(int(struct.unpack("=i", answer)[0]))
        return self._reading(
            status,
            (self._directory / "stdout").read_bytes(),
            (self._directory / "stderr").read_bytes(),
        )

    def read_afresh(self, data: bytes) -> OracleReading:
        """The same with a CRIU that is started for this file alone, to see that the copies
        behave as it does.
        """
        self._config.write_bytes(data)
        done = subprocess.run(
            self._command,
            env=self._environment,
            cwd=self._directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
        return self._reading(done.returncode, done.stdout, done.stderr)

    def settings_after(self, home: bytes, environment: bytes, words: Sequence[str]) -> bytes:
        """CRIU's variables when it has read a file of the home directory, that of
        CRIU_CONFIG_FILE, and these words.
        """
        (self._directory / ".criu").mkdir(exist_ok=True)
        (self._directory / ".criu/default.conf").write_bytes(home)
        self._config.write_bytes(environment)
        command = [*self._command[: self._command.index("--config")], *words]
        files = {"HOME": str(self._directory), "CRIU_CONFIG_FILE": str(self._config)}
        subprocess.run(
            command,
            env={**self._environment, **files},
            cwd=self._directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
        return last_settings(self._record[:])

    def _reading(self, status: int, stdout: bytes, stderr: bytes) -> OracleReading:
        record = _Record(self._record)
        argv: list[bytes] | None = None
        options: list[Taken] = []
        dropped: list[bytes] = []
        settings = b""
        failed = ended = accepted = False
        while letter := record.letter():
            if letter == b"T":
                self._short_options = record.string().decode()
                self._table = [_entry(record) for _ in range(record.number())]
            elif letter == b"R" and argv is None:
                argv = record.strings()
            elif letter == b"R":
                accepted = True
                break
            elif letter == b"O":
                value, index = record.number(), record.number()
                argument = record.string() if record.number() else None
                if value == ord("?"):
                    failed = True
                elif index >= 0:
                    options.append(Taken(self._table[index].name, None, argument))
                else:
                    options.append(Taken(None, chr(value), argument))
            else:
                dropped, settings = record.strings(), record.string()
                ended = True
        if status == -_ALARM:
            kind = Kind.TIMEOUT
        elif status < 0:
            kind = Kind.CRASH
        elif accepted:
            kind = Kind.READ
        elif argv is None:
            kind = Kind.SYNTAX
        elif failed:
            kind = Kind.GETOPT
        else:
            kind = Kind.STOPPED if status == 0 else Kind.VALUE
        refused = options.pop() if options and not failed and not ended else None
        message = _message(stderr, kind) if kind is not Kind.READ else b""
        return OracleReading(
            kind, argv, options, refused, dropped, message, status, stdout, stderr, settings
        )


def last_settings(record: bytes) -> bytes:
    """CRIU's variables at the end of the last source that it read, out of the record of
    ``preload.c``.
    """
    return _Record(record).last_settings()


class _Record:
    """The record's entries, one after the other; `preload.c` tells what they are."""

    def __init__(self, memory: mmap.mmap | bytes) -> None:
        self._data = memory[: struct.unpack_from("=I", memory)[0]]
        self._offset = 4

    def letter(self) -> bytes:
        self._offset += 1
        return self._data[self._offset - 1 : self._offset]

    def number(self) -> int:
        self._offset += 4
        return int(struct.unpack_from("=i", self._data, self._offset - 4)[0])

    def string(self) -> bytes:
        size = self.number()
        self._offset += size
        return self._data[self._offset - size : self._offset]

    def strings(self) -> list[bytes]:
        return [self.string() for _ in range(self.number())]

    def last_settings(self) -> bytes:
        """CRIU's variables at the end of its last source."""
        settings = b""
        while letter := self.letter():
            if letter == b"T":
                self.string()
                for _ in range(self.number()):
                    _entry(self)
            elif letter == b"R":
                self.strings()
            elif letter == b"O":
                self.number(), self.number()
                if self.number():
                    self.string()
            else:
                self.strings()
                settings = self.string()
        return settings


def _entry(record: _Record) -> Entry:
    name, arity, value, flag = (
        record.string().decode(),
        record.number(),
        record.number(),
        record.number(),
    )
    return Entry(name, arity, value, None if flag < 0 else flag)


def _message(stderr: bytes, kind: Kind) -> bytes:
    """The message of what ended the reading, without what is put before it. No value in it can
    hold a NUL or LF.
    """
    lines = [line for line in stderr.split(b"\n") if line and _NOTE not in line]
    if kind is Kind.GETOPT:
        # libc writes at once, and CRIU writes what it had to say before that at its end.
        lines = [line for line in lines if line.startswith(b"criu: ")][:1]
    return _PREFIX.sub(b"", lines[-1], count=1) if lines else b""


def _memory() -> str | None:
    """A directory in memory, if there is one."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
