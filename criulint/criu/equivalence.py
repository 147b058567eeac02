# SPDX-License-Identifier: MIT
"""Whether CRIU reads two versions of a file the same.

Every fix or change of layout that must not change what CRIU does has to prove this.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from criulint.criu.getopt import ParsedOption, ParseError, parse_words
from criulint.criu.options import option_table
from criulint.criu.reading import Reading
from criulint.criu.releases import releases
from criulint.criu.scanner import FileScan, LineScan, LineScanner, line_scanner, scan_file

if TYPE_CHECKING:
    from criulint.source import Source

# Enough for the lines of one file; a language server meets new lines for weeks.
_CACHED_LINES = 10_000


def reads_the_same(before: Source, after: Source, release: str) -> bool:
    """Return whether CRIU reads `after` as it reads `before`.

    That is: the same options with the same values in the same order, the same words ignored, the
    same refusals. An empty word that no option takes does not count; from 3.16 on CRIU makes one
    from blanks at the end of a line.

    It is proved for `release`, and for each other known release that accepts `before`. False if
    it is not known what `release` reads (`knowable`).
    """
    if not _alike(Reading(before, release), Reading(after, release)):
        return False
    for several in generations().values():
        *_, newest = several
        if _same_words(_scan(before, newest), _scan(after, newest)):
            continue  # the same words have the same meaning, whatever it is
        for other in several:
            known = Reading(before, other)
            if knowable(known) and known.error is None and not _alike(known, Reading(after, other)):
                return False
    return True


def line_reads_the_same(before: bytes, after: bytes, release: str, *, alone: bool) -> bool:
    """Return whether CRIU reads the line `after` as `before`, both without LF.

    `alone`: the line is an option with all that belongs to it, so its words may differ as long as
    they mean the same. Otherwise the words must be equal: what they mean depends on the lines
    before. See `reads_the_same` for the rest.
    """
    for scanner, several in generations().items():
        old, new = scanner(before, True), scanner(after, True)
        if release not in several and (old.refused or old.unsafe):
            continue
        if (
            old.refused != new.refused
            or old.unsafe
            or new.unsafe
            or (new.undefined and not old.undefined)
        ):
            return False
        if _words(old) == _words(new):
            continue
        if not alone:
            return False
        for other in several:
            meant = _meaning(_words(old), other)
            if (other == release or not meant[1]) and meant != _meaning(_words(new), other):
                return False
    return True


def knowable(reading: Reading) -> bool:
    """Return whether it is known what CRIU reads in a file.

    Up to 3.15 it is not once CRIU leaves its buffers. From 3.16 on CRIU often reads memory after
    a quoted value, which is nearly always empty and does no harm; only more words than it has
    room for make its reading unknown.
    """
    return not (reading.scan.overflow_line if reading.uses_scanner_3_16 else reading.undefined)


@cache
def generations() -> dict[LineScanner, tuple[str, ...]]:
    """Return the known releases by their line scanner."""
    found: dict[LineScanner, tuple[str, ...]] = {}
    for release in releases():
        scanner = line_scanner(release)
        found[scanner] = (*found.get(scanner, ()), release)
    return found


def _words(scan: LineScan) -> tuple[bytes, ...]:
    return tuple(word.text for word in scan.words)


def _scan(source: Source, release: str) -> FileScan:
    return scan_file(source.lines, source.ends_with_newline, release)


def _same_words(before: FileScan, after: FileScan) -> bool:
    def words(scan: FileScan) -> Any:
        return [(line.refused, _words(line)) for line in scan.lines if line.refused or line.words]

    # 3.11 alone mishandles a file without lines.
    safe = bool(before.lines and after.lines) and not (before.undefined or after.undefined)
    return safe and words(before) == words(after)


@lru_cache(maxsize=_CACHED_LINES)
def _meaning(words: tuple[bytes, ...], release: str) -> tuple[list[Any], bool, list[bytes]]:
    """Return the options of some words, whether CRIU refuses one, and the words it ignores."""
    parsed = parse_words(words, option_table(release))
    events = [_event(event) for event in parsed.results]
    refused = any(
        isinstance(event, ParseError) or event.refusal is not None for event in parsed.results
    )
    return events, refused, [words[index] for index in parsed.dropped if words[index]]


def _alike(before: Reading, after: Reading) -> bool:
    if not knowable(before) or not knowable(after) or (after.undefined and not before.undefined):
        return False
    if _is_unsafe(after) and not _is_unsafe(before):
        return False
    return bool(_outcome(before) == _outcome(after))


def _is_unsafe(reading: Reading) -> bool:
    return any(line.unsafe for line in reading.scan.lines)


def _outcome(reading: Reading) -> Any:
    """Return what CRIU reads in a file, even after its first refusal, without line numbers.

    What it refuses first follows from that.
    """
    return (
        sum(line.refused for line in reading.scan.lines),
        [_event(event) for event in reading.parsed.results],
        [reading.words[index] for index in reading.parsed.dropped if reading.words[index]],
    )


def _event(event: ParsedOption | ParseError) -> Any:
    if isinstance(event, ParseError):
        return event.message
    return event.option.name, event.value, event.short
