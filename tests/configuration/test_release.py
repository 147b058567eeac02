# SPDX-License-Identifier: MIT
"""The release that the key `criu` names; a configuration does not look for programs."""

from __future__ import annotations

import pytest

from criulint.configuration import ConfigurationError
from criulint.configuration.release import known_release
from criulint.criu.releases import Release, latest_release


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        (None, latest_release()),
        ("4.2", "4.2"),
        ("v4.2", "4.2"),
        (Release("3.11"), "3.11"),
        (latest_release(), latest_release()),
    ],
)
def test_release(text: str | None, chosen: str) -> None:
    assert known_release(text) == (chosen, "")


@pytest.mark.parametrize("text", ["", "9.9", "newest", "installed", "/usr/sbin/criu"])
def test_unknown_release(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^no schema for CRIU"):
        known_release(text)
