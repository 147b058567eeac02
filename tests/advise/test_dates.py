# SPDX-License-Identifier: MIT
"""The dates beside CRIU's messages."""

from __future__ import annotations

import calendar
from datetime import datetime, timezone

import pytest

from criulint.advise.dates import last_date


def _local(year: int, month: int, day: int, hour: int, minute: int = 0, second: int = 0) -> float:
    return datetime(year, month, day, hour, minute, second).timestamp()  # noqa: DTZ001


_NOW = datetime(2026, 3, 1, 12, tzinfo=timezone.utc).timestamp()
_LOCAL = _local(2026, 2, 10, 1, 38, 52)
_UTC = datetime(2026, 2, 10, 1, 38, 52, tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('time="2026-02-10T01:38:52Z" level=error', _UTC),
        ('time="2026-02-10T09:38:52+08:00" level=error', _UTC),
        ('time="2026-02-10T07:23:52+05:45" level=error', _UTC),
        ("2026-02-09T20:38:52.123456789-0500 crun: x", _UTC),
        ("2026-02-10 01:38:52,123 x", _LOCAL),
        ("Feb 10 01:38:52 host crio[1]: x", _LOCAL),
        ("E0210 01:38:52.123456    1 x.go:1] x", _LOCAL),
        (r"failed: time=\"2026-02-10T01:38:52Z\" level=error", _UTC),
        ("> [2026-02-10T01:38:52Z] x", _UTC),
        # The last one counts, and one that is no date does not.
        ("2020-01-01T00:00:00Z a\n2026-02-10T01:38:52Z b\n2026-02-31T00:00:00Z c", _UTC),
        # Without a year it is the last such day that has been.
        ("Dec 31 23:00:00 host x", _local(2025, 12, 31, 23)),
        ("Jan 01 00:00:00 host x", _local(2026, 1, 1, 0)),
        ("(00.123456) Error (criu/x.c:1): x", None),
        ("2026-02-10", None),
        ("(00.1) Dumping path for 5 fd [/log/2026-02-10T01:38:52Z]", None),
        ("Feb 29 01:38:52 host x", _local(2024, 2, 29, 1, 38, 52)),
        ("Feb 30 01:38:52 host x", None),
        ("", None),
    ],
)
def test_last_date(text: str, expected: float | None) -> None:
    assert last_date(text, _NOW) == expected


@pytest.mark.parametrize("month", range(1, 13))
def test_each_month(month: int) -> None:
    name = calendar.month_abbr[month]
    when = _local(2025, month, 9, 1)
    assert last_date(f"{name}  9 01:00:00 host x", when) == when


def test_a_leap_day_can_be_eight_years_ago() -> None:
    assert last_date("Feb 29 01:38:52 host x", _local(2104, 2, 28, 0)) == _local(
        *(2096, 2, 29), *(1, 38, 52)
    )
