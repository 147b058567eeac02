# SPDX-License-Identifier: MIT
"""Whether, where and why CRIU stops at a file: the one answer of all commands and rules.

CRIU stops at what it refuses (`Reading.error`), at an option that makes it print something and
exit, and where its C code crashes. Sources: criu/config.c, ``parse_config`` and ``parse_options``
(v3.11 to v4.2.1); what real CRIUs did is in tests/criu/data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from criulint.criu.context import Role
from criulint.criu.getopt import ErrorKind, ParsedOption
from criulint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.reading import Reading
    from criulint.criu.releases import Release

# The message is that of criu/config.c (v4.2).
_MS = '--ms is deprecated; see "Check options" of criu --help'
_EXITS = {
    "help": "print its help instead of running the command",
    "version": "print its version instead of running the command",
}
_EXIT = "exit without running the command"
_EXIT_OVER_RPC = "exit without a reply to its client"
_STATES = {ErrorKind.EXIT: "exits", ErrorKind.CRASH: "crashes"}


class ReadError(NamedTuple):
    """What ends the reading, on a 1-based line.

    The message is CRIU's or ``getopt_long``'s, without a program name or a place in CRIU's source.
    """

    kind: ErrorKind
    line: int
    message: str


class Outcome:
    """The outcome of reading a file: the options that CRIU sets, and what stops it.

    `role` is that of the file, None if it may be any. What CRIU sets on a line after the one that
    makes it stop does not count.
    """

    def __init__(self, reading: Reading, role: Role | None = None) -> None:
        self.reading = reading
        self.role = role
        count, self.stop = _find_stop(reading, role)
        #: The options that CRIU sets before it stops, in order.
        self.options = reading.options[:count]

    @property
    def state(self) -> str:
        """How the reading ends: ``read``, ``refused``, ``exits`` or ``crashes``."""
        if self.stop is None:
            return "read"
        return _STATES.get(self.stop.kind, "refused")

    @property
    def dropped(self) -> list[str]:
        """The words that no option takes, which CRIU ignores; empty if it stops."""
        return [] if self.stop else self.reading.dropped

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``criulint read --format json`` prints for a file."""
        reading, stop = self.reading, self.stop
        return {
            "file": reading.source.path,
            "criu": reading.release,
            "role": self.role and self.role.value,
            "argv": reading.argv,
            "options": [
                {"name": option.name, "value": option.value, "line": option.line}
                for option in self.options
            ],
            "dropped": self.dropped,
            "state": self.state,
            "error": stop and {"kind": stop.kind.value, "line": stop.line, "message": stop.message},
            "undefined": reading.undefined,
        }


def crashes_at_network_lock(release: Release, role: Role | None) -> bool:
    """Return whether CRIU crashes at a file that sets ``network-lock``.

    With a client's file, 3.16 (the first with the option) to 4.2 look for a command word that is
    not there, after the last option (criu/config.c, ``parse_options``).
    """
    return role is Role.RPC and release < "4.2.1"


def tabbed_lines(reading: Reading) -> Iterator[int]:
    """Yield the 1-based lines with two words where CRIU only makes room for one.

    It counts spaces to know how many words follow, and a tab separates words, too.
    """
    if not reading.uses_scanner_3_16:
        return
    for number, (raw, scan) in enumerate(
        zip(reading.source.lines, reading.scan.lines, strict=True), 1
    ):
        if b"\t" in raw and b" " not in raw and len(scan.words) == 2:
            yield number


def overflowing_line(reading: Reading) -> int:
    """Return the 1-based line that is one too many for CRIU's array of words, 0 if all fit.

    It is the last of the lines that lead to the overflow, which may show only after it.
    """
    overflow = reading.scan.overflow_line
    if not overflow:
        return 0
    return max((number for number in tabbed_lines(reading) if number <= overflow), default=overflow)


def _find_stop(reading: Reading, role: Role | None) -> tuple[int, ReadError | None]:
    """Return how many options CRIU sets before it stops, and what stops it."""
    overflow = overflowing_line(reading)
    if overflow:
        return 0, _crash(overflow, "its array is too small for the words in the file")
    accepted = reading.accepted
    for index, found in enumerate(accepted):
        stop = stop_at(found, reading.word_lines[found.word], role)
        if stop:
            return index, stop
    if reading.error:
        return len(accepted), reading.error
    crash = _crash_after_options(reading, role)
    if crash is None:
        return len(accepted), None
    return sum(option.line < crash.line for option in reading.options), crash


def _unsafe_crash(number: int) -> ReadError:
    return _crash(number, "it frees the memory that holds a value, and still uses it")


def stop_at(found: ParsedOption, line: int, role: Role | None) -> ReadError | None:
    """Return what stops CRIU at an option, on a 1-based line, whose value it accepts."""
    name = found.option.name
    if found.crashes:
        return _crash(line, "`macvlan` without `]:` makes it follow a null pointer")
    if not found.option.exits:
        return None
    if name == "ms":
        return ReadError(ErrorKind.REFUSED_OPTION, line, _MS)
    if name == "help" and role is Role.RPC:
        return ReadError(ErrorKind.REFUSED_OPTION, line, "`help` makes the client's request fail")
    effect = _EXIT_OVER_RPC if role is Role.RPC else _EXITS.get(name, _EXIT)
    return ReadError(ErrorKind.EXIT, line, f"`{name}` makes it {effect}")


def _crash_after_options(reading: Reading, role: Role | None) -> ReadError | None:
    if crashes_at_network_lock(reading.release, role):
        for option in reversed(reading.options):
            if option.name == "network-lock":
                return _crash(
                    option.line, "`network-lock` makes it look for a command that does not exist"
                )
    # Up to 3.15 a word may be garbage, and no line is read.
    is_garbage = reading.undefined and not reading.uses_scanner_3_16
    for number, scan in enumerate(reading.scan.lines, 1):
        if scan.undefined if is_garbage else scan.unsafe:
            return _unsafe_crash(number)
    return None


def _crash(line: int, reason: str) -> ReadError:
    return ReadError(ErrorKind.CRASH, line, reason)
