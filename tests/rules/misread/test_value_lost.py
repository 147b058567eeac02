# SPDX-License-Identifier: MIT
"""CRIU218: values that a release frees before it uses them."""

from __future__ import annotations

import pytest

from criulint.criu.context import Context
from criulint.criu.reading import Reading
from criulint.criu.settings import Settings
from criulint.rules.misread.value_lost import value_lost
from criulint.source import Source


@pytest.mark.parametrize(
    ("text", "affected", "unaffected"),
    [
        ("libdir /a", "3.15", "3.16"),
        ("action-script /a", "3.15", "3.16"),
        ("inherit-fd fd[1]:a", "3.15", "3.16"),
        ("cgroup-root cpu:/a", "3.15", "3.16"),
        ("external dev[1/2]:a", "3.15", "3.16"),
        ("join-ns net:/proc/1/ns/net", "3.15", "3.16"),
        ("join-ns net:4711", "3.15", "3.16"),
        ("join-ns user:1", "3.11", "3.16"),
        ("irmap-scan-path /a", "3.19", "4.0"),
        ("join-ns user:1,2,3", "3.17", "3.16"),
    ],
)
def test_value_lost(text: str, affected: str, unaffected: str) -> None:
    assert _lines(text, affected) == [1]
    assert _lines(text, unaffected) == []


@pytest.mark.parametrize("text", ["cgroup-root /a", "external mnt[]:m", "work-dir /a"])
def test_other_values_are_used(text: str) -> None:
    assert _lines(text, "3.15") == _lines(text, "4.2.1") == []


def _lines(text: str, release: str) -> list[int]:
    reading = Reading(Source(f"{text}\n".encode()), release)
    return [found.line for found in value_lost.check(Settings(reading, Context()))]
