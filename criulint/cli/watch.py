# SPDX-License-Identifier: MIT
"""``criulint check --watch``: check again whenever something changes.

Files are read again and again, instead of asking the system to report changes. CRIU's files are few
and small, and it works the same everywhere: on network file systems, which report nothing of other
hosts, and whose attributes are cached while what is opened is not; where time stamps are coarse;
with editors that replace a file by another one; and for files and configurations that do not exist
yet. Where a look takes long, the next one comes later.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING
from zlib import crc32

from criulint import files
from criulint.cli import UsageError
from criulint.cli.console import say
from criulint.cli.signals import clean_exit
from criulint.cli.streams import write_safe
from criulint.configuration.search import NAMES
from criulint.named_tuple import NamedTuple
from criulint.text import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# Seconds between two looks, and how many times longer that is than a look keeps the processor busy.
_PAUSE = 0.5
_SHARE = 10
# Seconds without a change before the files are checked, and those after which they are anyway.
_QUIET = 0.1
_PATIENCE = 2.0
# Bytes of a file that are read to see whether it changed; of larger ones, the time counts.
_MAX_BYTES = 1 << 20

# The exit status of a run that could not look at everything, and that of an interrupted one.
_FAILED, _INTERRUPTED = 2, 130

_CLEAR = "\x1b[H\x1b[2J"

#: What each file holds, by its path, in a form that can be compared.
Look = dict[str, object]


class RunResult(NamedTuple):
    """The result of a run: its exit status, how many problems it found, and what it read."""

    status: int
    problems: int
    paths: Iterable[str] = ()


class Clock(NamedTuple):
    """The time, that for which the processor was busy, and how to let it pass, in seconds."""

    now: Callable[[], float] = time.monotonic
    busy: Callable[[], float] = time.process_time
    sleep: Callable[[float], object] = time.sleep


class Watch:
    """Checks files whenever they change.

    `check` checks them, and reports. `find` returns the paths of the files that it would check now.
    Either may raise UsageError for what a change may put right. `sign` says what a file holds.
    """

    def __init__(
        self,
        check: Callable[[], RunResult],
        find: Callable[[], Iterable[str]],
        sign: Callable[[str], object],
        clock: Clock = Clock(),  # noqa: B008 - it has no state
    ) -> None:
        self._check = check
        self._find = find
        self._sign = sign
        self._clock = clock
        self._paths: Iterable[str] = ()
        self._status = _INTERRUPTED

    def run(self, *, quiet: bool = False) -> int:
        """Check until Ctrl-C; return the exit status of the last check that was finished."""
        with clean_exit():
            try:
                while True:
                    before = self.look()
                    self._report(quiet=quiet)
                    self.wait(before)
            except KeyboardInterrupt:
                if sys.stderr.isatty():
                    print(file=sys.stderr)  # after the ^C of the terminal
                return self._status

    def _report(self, *, quiet: bool) -> None:
        if sys.stdout.isatty():
            write_safe(sys.stdout, _CLEAR)
        try:
            checked = self._check()
        except UsageError as error:
            say(str(error), is_error=True)
            checked = RunResult(_FAILED, 0)
        sys.stdout.flush()
        self._paths = checked.paths
        self._status = checked.status
        if not quiet:
            found = plural(checked.problems, "problem")
            if checked.status == _FAILED:
                found += ", not all could be checked"
            say(f"{time.strftime('%H:%M:%S')}: {found}; waiting for changes (Ctrl-C ends)")

    def look(self) -> Look:
        """Return what there is to check now, and what decides about how it is checked."""
        try:
            found = sorted(self._find())
        except UsageError as error:
            return {"": str(error)}
        paths = {*found, *self._paths, *configuration_places((*found, *self._paths))}
        return {"": found, **{path: self._sign(path) for path in sorted(paths)}}

    def wait(self, before: Look) -> None:
        """Return when something is not as it was before, and then stays as it is for a moment."""
        now = before
        while now == before:
            started = self._clock.busy()
            now = self.look()
            took = self._clock.busy() - started
            if now == before:
                self._clock.sleep(max(_PAUSE, took * _SHARE))
        end = self._clock.now() + _PATIENCE
        while self._clock.now() < end:
            self._clock.sleep(_QUIET)
            last, now = now, self.look()
            if last == now:
                return


def configuration_places(paths: Iterable[str]) -> set[str]:
    """Return where configurations for these files are, or may be some day."""
    places: set[str] = set()
    left = {os.path.abspath(os.path.dirname(path)) for path in paths} or {os.path.abspath("")}
    while left:
        places |= left
        left = {os.path.dirname(directory) for directory in left} - places
    return {os.path.join(directory, name) for directory in places for name in NAMES}


def sign(path: str, opener: Callable[[str, int], int] | None = None) -> object:
    """Return what a file holds: a sum of it, or when it was written, or why it cannot be read."""
    try:
        return crc32(files.read(path, _MAX_BYTES, opener))
    except files.TooLargeError:
        return _stat(path)
    except OSError as error:
        return error.strerror or str(error)
    except ValueError as error:  # a NUL in the path
        return str(error)


def _stat(path: str) -> object:
    try:
        status = os.stat(path)
    except OSError as error:
        return str(error)
    return status.st_mtime_ns, status.st_size, status.st_ino


def given_files(names: Mapping[str, object]) -> list[str]:
    """Return the files among what the options of the command line name."""
    return [
        name
        for key in ("config", "baseline", "criu", "files_from")
        if isinstance(name := names.get(key), str) and os.path.isfile(name)
    ]
