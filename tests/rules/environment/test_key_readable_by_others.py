# SPDX-License-Identifier: MIT
"""CRIU504: who other than root can read the private key."""

from __future__ import annotations

import pytest

from criulint.rules.environment.key_readable_by_others import key_readable_by_others
from tests.rules.environment.hosts import find, message, severities


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ([], []),
        (["0600 /k/key"], []),
        (["0644 /k/key"], ["warning"]),
        (["0700 /k/", "0644 /k/key"], []),
        (["0640 0:110 /k/key"], ["info"]),
        (["0640 /k/key"], []),
        (["0600 0:110 /k/key"], []),
        (["0710 0:110 /k/", "0640 0:110 /k/key"], ["info"]),
        (["0710 0:0 /k/", "0640 0:110 /k/key"], []),
        (["0700 /k/", "0640 0:110 /k/key"], []),
        (["0700 0:110 /k/", "0640 0:110 /k/key"], []),
        (["0600 1000:0 /k/key"], ["warning"]),
        (["/k/key -> /l/key", "0700 /l/", "0644 /l/key"], []),
        (["/k/key -> /l/key", "0644 /l/key"], ["warning"]),
        (["0755 /k/key/"], []),
    ],
)
def test_who_can_read_it(host: list[str], expected: list[str]) -> None:
    found = find(key_readable_by_others, "tls-key /k/key", *host)
    assert severities(key_readable_by_others, found) == expected


@pytest.mark.parametrize(
    ("file", "count"),
    [("tls", 1), ("tls\nno-tls", 0), ("tcp-close", 0), ("tls\ntls-key key.pem", 0)],
)
def test_default_key_counts_with_tls(file: str, count: int) -> None:
    host = "0644 /etc/pki/criu/private/key.pem"
    assert len(find(key_readable_by_others, file, host)) == count


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (
            "0600 1000:0 /k/key",
            "the private key `/k/key` belongs to user 1000, who can impersonate this host with it",
        ),
        (
            "0644 /k/key",
            "everyone can read the private key `/k/key`, and impersonate this host with it",
        ),
        (
            "0640 0:110 /k/key",
            "the members of group 110 can read the private key `/k/key`,"
            " and impersonate this host with it",
        ),
    ],
)
def test_message_says_what_they_can_do(host: str, expected: str) -> None:
    assert message(find(key_readable_by_others, "tls-key /k/key", host)) == expected
