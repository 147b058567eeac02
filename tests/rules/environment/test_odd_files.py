# SPDX-License-Identifier: MIT
"""The rules handle all files of the other tests, on hosts that are almost empty."""

from __future__ import annotations

import pytest

from criulint.criu.context import Context
from criulint.criu.reading import Reading
from criulint.criu.releases import find_release
from criulint.criu.settings import Settings
from criulint.host.filesystem import HostContext
from criulint.rules.environment import HOST_RULES
from criulint.source import Source
from tests.golden import CASES
from tests.listing import Listing
from tests.rules.environment.hosts import Image, Unreadable

PATH = "/etc/criu/runc.conf"


@pytest.mark.parametrize("criu", ["3.11", "3.15", "4.2.1"])
@pytest.mark.parametrize("kind", [Listing, Image, Unreadable])
def test_no_file_is_too_odd(criu: str, kind: type[Listing]) -> None:
    host = HostContext(kind([]), PATH)
    for case in CASES:
        reading = Reading(Source(case.data, PATH), find_release(criu))
        settings = Settings(reading, Context())
        for rule in HOST_RULES:
            for found in rule.check(settings, host):
                assert 1 <= found.line <= case.data.count(b"\n") + 1
