# SPDX-License-Identifier: MIT
"""The dates that journals, runtimes and CI systems add to CRIU's messages, which have none."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LEAP_YEAR = 2000
# In years: how far back a day is looked for.
_MAX_YEARS = 100
_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
# At the start of a line, or as a field: messages about files may contain dates, too.
_FULL = re.compile(
    r"(?m)(?:^(?:> ?){0,3}\[?|\btime[\\\"=: ]{1,9})"
    rf"(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)[T ]{_CLOCK}(?:[.,]\d{{1,9}})?"
    r" ?(?P<zone>Z|[+-]\d\d:?\d\d)?"
)
# Of syslog and journald, and of Kubernetes (klog).
_YEARLESS = (
    re.compile(rf"(?m)^(?P<month>{'|'.join(_MONTHS)}) {{1,2}}(?P<day>\d{{1,2}}) {_CLOCK}\b"),
    re.compile(rf"(?m)^[IWEF](?P<month>\d\d)(?P<day>\d\d) {_CLOCK}\."),
)


def last_date(text: str, before: float) -> float | None:
    """Return the last date and time in a text, in seconds since 1970; None if there is none.

    A date without a year is the last such day before `before` (in seconds, too); a date without a
    time zone is local.
    """
    found = [match for pattern in (_FULL, *_YEARLESS) for match in pattern.finditer(text)]
    for match in sorted(found, key=re.Match.start, reverse=True):
        with suppress(ValueError, OverflowError, OSError):  # the 31st of February
            return _seconds(match, before)
    return None


def _seconds(match: re.Match[str], before: float) -> float:
    """Return the date and time of a match, in seconds since 1970. ValueError if there is none."""
    parts = match.groupdict()
    month = parts["month"]
    number = int(month) if month.isdecimal() else _MONTHS.index(month) + 1
    day, hour, minute, second = (int(parts[name]) for name in ("day", "hour", "minute", "second"))
    # In a leap year, so that all days are valid.
    rest = datetime(_LEAP_YEAR, number, day, hour, minute, second)  # noqa: DTZ001 - local
    if "year" not in parts:
        return _last_such_day(rest, before)
    when = rest.replace(year=int(parts["year"]))
    if not parts["zone"]:
        return when.timestamp()
    return when.replace(tzinfo=timezone.utc).timestamp() - _parse_zone(parts["zone"])


def _parse_zone(zone: str) -> int:
    """Return how many seconds a time zone is ahead of UTC: 19800 for ``+05:30``, 0 for ``Z``."""
    if zone == "Z":
        return 0
    digits = zone[1:].replace(":", "")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if zone.startswith("-") else seconds


def _last_such_day(rest: datetime, before: float) -> float:
    """Return when a day and time last occurred, whatever its year. ValueError if never."""
    year = datetime.fromtimestamp(before).year  # noqa: DTZ006 - local
    years = range(year, year - _MAX_YEARS, -1)
    return max(seconds for seconds in _in_each(years, rest) if seconds <= before)


def _in_each(years: Iterable[int], rest: datetime) -> Iterator[float]:
    """Yield a day and time in each of the years that have it, in seconds since 1970."""
    for year in years:
        with suppress(ValueError):  # the 29th of February
            yield rest.replace(year=year).timestamp()
