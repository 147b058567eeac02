# SPDX-License-Identifier: MIT
"""Why CRIU failed: from the messages of a log to the cause.

The log of a success contains lines of level `Error` too, and a cause is followed by its
consequences; CRIU stops at the first cause. Numbers from a log may become part of a remedy; its
text never does.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from criulint.advise import signs
from criulint.advise.messages import messages, noise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from criulint.advise.log import Log, LogEntry
    from criulint.advise.messages import Message, Remedy
    from criulint.criu.releases import Release

#: How many different messages of a log are examined.
_MAX_MESSAGES = 4000
_MAX_CAUSES = 8

# The first explains the second, which is printed too.
_EXPLAINS = (
    ("timeout-stuck", "timeout"),
    ("cuda-frozen", "timeout"),
    ("ptrace", "zombie"),
    ("own-tree", "ptrace"),
    ("mnt-root-console", "mnt-root"),
)
# The socket that CRIU complains about: its peer, and the number of its type.
_EXTERN = re.compile(
    r"(?:Dumping extern|Runaway socket): ino (?:0x)?[0-9a-f]{1,16} "
    r"peer_ino (?P<peer>(?:0x)?[0-9a-f]{1,16}) family \S{1,8} type (?P<type>\d{1,3})"
)
_SHARED = re.compile(r"shared_id: (\d{1,9})")
_DATAGRAM = "2"
_MEBIBYTE = 1 << 20
_GIBIBYTE = 1 << 30
_CUT = (
    "the log ends without a result: CRIU crashed or was killed (see `dmesg`), is still running, or"
    " the log is cut off; a pre-dump on a kernel without CONFIG_MEM_SOFT_DIRTY ends like that"
)


class Cause(NamedTuple):
    """What made CRIU fail.

    `entry` is the message that says so. `message` is its row in the table, None if there is none.
    `kind` is ``option``, ``no-option``, ``configuration`` or ``unknown``. `remedies` are those
    that this release has, with numbers from the log where it has them.
    """

    entry: LogEntry | None
    message: Message | None
    kind: str
    advice: str
    remedies: tuple[Remedy, ...] = ()

    @property
    def id(self) -> str:
        """The name of the row."""
        return self.message.id if self.message else "unknown"

    @property
    def confidence(self) -> str:
        """How certain the cause is: ``high`` for a line in CRIU's own format."""
        if self.message is None:
            return "none"
        return "high" if self.entry and self.entry.stamped else "medium"


def diagnose(log: Log, release: Release | None = None) -> list[Cause]:
    """Return why CRIU failed, the likeliest cause first; empty if it did not.

    `release` is that of the CRIU that wrote the log, None if it is not known.
    """
    if log.ended_well:
        return []
    found = _find_messages(log)
    if found:
        causes = [_make_cause(message, entry, log, release) for message, entry in found]
        return causes[:_MAX_CAUSES]
    return [_describe_unknown(log)]


def _find_messages(log: Log) -> list[tuple[Message, LogEntry]]:
    """Return the messages that are a cause, each once, the likeliest first.

    Of several runs in one text the last one counts most; successful ones do not count.
    """
    found: dict[str, tuple[Message, LogEntry]] = {}
    for run in reversed(_runs(log)):
        inside: dict[str, tuple[Message, LogEntry]] = {}
        for entry in _candidates(run):
            message = _match(entry)
            if message and message.id not in inside:
                inside[message.id] = (message, entry)
        for cause, follower in _EXPLAINS:
            if cause in inside:
                inside.pop(follower, None)
        for name, pair in inside.items():
            found.setdefault(name, pair)
    several = list(found.values())
    return [pair for pair in several if not pair[0].is_follower] or several


def _runs(log: Log) -> list[list[LogEntry]]:
    """Return the entries of each failed run of CRIU.

    After the line that ends a run, an error or the release begins the next one.
    """
    runs: list[list[LogEntry]] = [[]]
    has_ended = False
    for entry in log.entries:
        if has_ended and _begins_run(entry):
            runs.append([])
            has_ended = False
        runs[-1].append(entry)
        if signs.ENDED_WELL.search(entry.text):
            runs[-1].clear()
            has_ended = True
        elif signs.FAILED.search(entry.text):
            has_ended = True
    return runs


def _begins_run(entry: LogEntry) -> bool:
    if not entry.stamped:
        return False
    if signs.RELEASE.search(entry.text):
        return True
    return entry.level == "Error" and not is_noise(entry.text)


def _candidates(entries: Iterable[LogEntry]) -> Iterator[LogEntry]:
    """Return the entries that may name a cause, without repetitions."""
    different: dict[tuple[str, ...], LogEntry] = {}
    for entry in entries:
        different.setdefault(tuple(re.split(r"\d+", entry.text)), entry)
    several = islice(different.values(), _MAX_MESSAGES)
    return (entry for entry in several if not is_noise(entry.text))


def _match(entry: LogEntry) -> Message | None:
    """Return the row of the table for a message; None for one that explains nothing."""
    is_quiet = entry.stamped and entry.level not in ("Error", "Warn")
    for message in messages().values():
        if message.is_callers and entry.stamped:
            continue
        if (message.is_quiet or not is_quiet) and message.pattern.search(entry.text):
            return message
    return None


def is_noise(text: str) -> bool:
    """Return whether a message says nothing about the cause."""
    return any(row.pattern.search(text) for row in noise())


def _describe_unknown(log: Log) -> Cause:
    errors = [entry for entry in log.entries if entry.level == "Error"]
    entry = next((entry for entry in errors if not is_noise(entry.text)), None)
    if entry is None:
        warnings = (entry for entry in log.entries if entry.level == "Warn")
        entry = next((entry for entry in warnings if not is_noise(entry.text)), None)
    if entry is None and log.pointer:
        named = next((each for each in log.entries if log.pointer in each.text), None)
        said = (each for each in log.entries if named and each.line == named.line)
        entry = next((each for each in said if "failed" in each.text), named)
        advice = f"this is the caller's error; the cause is in CRIU's own log: {log.pointer}"
        return Cause(entry, None, "unknown", advice)
    if entry:
        advice = "criulint does not know this message; search CRIU's issues for it"
    elif log.is_cut:
        advice = _CUT
    else:
        advice = "the text names no cause; look for a `dump.log` or `restore.log` written with -v4"
    return Cause(entry, None, "unknown", advice)


def _make_cause(message: Message, entry: LogEntry, log: Log, release: Release | None) -> Cause:
    remedies = tuple(_fill_in(message, entry, log))
    usable = tuple(remedy for remedy in remedies if _is_known(remedy, release, message))
    kind, advice = message.kind, message.advice
    if usable:
        kind = "option"
    elif kind == "option":
        kind = "no-option"
        since = min(remedy.since for remedy in remedies if remedy.since)
        names = " or ".join(f"`{remedy.option}`" for remedy in remedies)
        update = f"update to CRIU {since} or later for {names}"
        if advice.startswith("or "):
            advice = f"{advice.removeprefix('or ')}, or {update}"
        else:
            advice = f"{advice}; {update}" if advice else update
    return Cause(entry, message, kind, advice, usable)


def _is_known(remedy: Remedy, release: Release | None, message: Message) -> bool:
    """Return whether a release has the option.

    Where the row says that no option helps, the text is that of a release without the option,
    unless the release is known to have it.
    """
    if remedy.since is None:
        return True
    if release is None:
        return message.kind != "no-option"
    return release >= remedy.since


def _fill_in(message: Message, entry: LogEntry, log: Log) -> Iterable[Remedy]:
    """Return the remedies with the numbers from the log."""
    fill = _FILL.get(message.id)
    return fill(message.remedies, entry, log) if fill else message.remedies


def _fill_ghost_limit(remedies: Sequence[Remedy], _entry: LogEntry, log: Log) -> Iterator[Remedy]:
    pattern = messages()["ghost-limit"].pattern
    sizes = [int(found["size"]) for entry in log.entries if (found := pattern.search(entry.text))]
    line = f"ghost-limit {spell_size(max(sizes))}"
    return (remedy._replace(line=line) for remedy in remedies)


def spell_size(size: int) -> str:
    """Return the next power of two as CRIU reads it, in MiB or GiB, at least `size` bytes."""
    limit = _MEBIBYTE
    while limit < size:
        limit *= 2
    if limit >= _GIBIBYTE:
        return f"{limit // _GIBIBYTE}G"
    return f"{limit // _MEBIBYTE}M"


def _fill_masters(remedies: Sequence[Remedy], entry: LogEntry, _log: Log) -> Iterator[Remedy]:
    shared = _SHARED.search(entry.text)
    is_shared = shared is not None and int(shared[1]) != 0
    for remedy in remedies:
        if is_shared and remedy.line == "external mnt[]:m":
            yield remedy._replace(line="external mnt[]:sm")
        else:
            yield remedy


def _fill_unix(remedies: Sequence[Remedy], entry: LogEntry, log: Log) -> Iterator[Remedy]:
    """Yield the remedies for the kind of the socket, which the line before shows.

    Source: criu/sk-unix.c, `show_one_unix`.
    """
    found = _last_socket(entry, log)
    if found is None:
        yield from remedies
        for remedy in messages()["unix-half-stream"].remedies:
            yield remedy._replace(rank=2, when=f"it is a stream socket, and {remedy.when}")
    elif found["type"] == _DATAGRAM:
        yield from (remedy._replace(when="") for remedy in remedies)
    else:
        yield from _fill_half_stream(messages()["unix-half-stream"].remedies, entry, log)


def _fill_half_stream(remedies: Sequence[Remedy], entry: LogEntry, log: Log) -> Iterator[Remedy]:
    found = _last_socket(entry, log)
    peer = _inode(found["peer"]) if found else 0
    for remedy in remedies:
        if peer:
            line = remedy.line.replace("INODE", str(peer))
            when = f"the restore gets a socket for it with `inherit-fd fd[N]:socket:[{peer}]`"
            yield remedy._replace(line=line, when=when)
        else:
            yield remedy


def _inode(text: str) -> int:
    """Return an inode; up to about 3.12 CRIU printed them in hexadecimal."""
    return int(text, 16 if text.startswith("0x") or not text.isdecimal() else 10)


def _last_socket(entry: LogEntry, log: Log) -> re.Match[str] | None:
    """Return what the log says about the last UNIX socket before an entry."""
    before = [each.text for each in log.entries if each.line < entry.line]
    return next(filter(None, map(_EXTERN.search, reversed(before))), None)


_FILL = {
    "ghost-limit": _fill_ghost_limit,
    "mnt-masters": _fill_masters,
    "unix-external": _fill_unix,
    "unix-half-stream": _fill_half_stream,
}
