# SPDX-License-Identifier: MIT
"""What ``criulint effective`` says of several files is what a real CRIU has in its variables
when it has read them.
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from criulint.criu.context import Context, Role
from criulint.criu.getopt import ParsedOption, parse_words
from criulint.criu.options import OptionTable, option_table
from criulint.criu.precedence import (
    ConfigFile,
    Effective,
    command_line_layer,
    effective,
    file_layer,
)
from criulint.criu.reading import Reading
from criulint.criu.settings import Settings
from criulint.source import Source
from tests.oracle.test_values import place_of_number

if TYPE_CHECKING:
    from tests.oracle.oracle import Oracle

_INTEGER = struct.Struct("=i")
_NUMBERS = {
    "timeout": struct.Struct("=I"),
    "ghost-limit": struct.Struct("=Q"),
    "verbosity": _INTEGER,
}
_LINES = st.sampled_from(
    [
        *(
            "tcp-close",
            "no-tcp-close",
            "shell-job",
            "no-shell-job",
            "link-remap",
            "daemon",
            "no-daemon",
            "restore-detached",
        ),
        *(
            "no-restore-detached",
            "file-locks",
            "display-stats",
            "no-display-stats",
            "track-mem",
            "auto-dedup",
            "tls",
        ),
        *(
            "timeout 5",
            "timeout 0",
            "timeout 7x",
            "ghost-limit 1M",
            "ghost-limit 5",
            "verbosity",
            "verbosity=1",
        ),
        *(
            "verbosity=4",
            "verbosity=vv",
            "external mnt[a]:b",
            "skip-mnt /a",
            "log-file a.log",
            "leave-running",
        ),
    ]
)
_FILES = st.lists(_LINES, max_size=6).map(
    lambda lines: "".join(f"{line}\n" for line in lines).encode()
)
_WORDS = st.lists(
    st.sampled_from(
        [
            "--tcp-close",
            "--no-shell-job",
            "-d",
            "-v4",
            "-v",
            "--timeout=9",
            "-l",
            "--no-tls",
            "--ghost-limit=3",
        ]
    ),
    max_size=4,
)


def _effective(
    table: OptionTable, home: bytes, environment: bytes, words: list[str]
) -> dict[str, Effective]:
    layers = []
    for role, data in ((Role.USER, home), (Role.ENV, environment)):
        reading = Reading(Source(data, role.value), table.release)
        assert reading.error is None
        layers.append(
            file_layer(ConfigFile(role.value, role, settings=Settings(reading, Context(role))))
        )
    parsed = parse_words([word.encode() for word in words], table)
    layers.append(
        command_line_layer(event for event in parsed.results if isinstance(event, ParsedOption))
    )
    return {option.option: option for option in effective(table, layers, "", rpc=False)}


@pytest.mark.skipif(
    os.path.exists("/etc/criu/default.conf"), reason="this machine has a default file of its own"
)
@settings(max_examples=60, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(home=_FILES, environment=_FILES, words=_WORDS)
def test_flags_and_numbers(
    oracle: Oracle, home: bytes, environment: bytes, words: list[str]
) -> None:
    real = oracle.settings_after(home, environment, words)
    table = option_table(oracle.release)
    ours = _effective(table, home, environment, words)
    for entry in oracle.table:
        if entry.flag is not None and entry.value == 1 and entry.name in ours:
            # A flag is an int or a bool; in this byte order both begin with the same byte.
            assert bool(real[entry.flag]) is ours[entry.name].value, entry.name
    for name, number in _NUMBERS.items():
        if name in ours:
            assert (
                number.unpack_from(real, place_of_number(oracle, name, number))[0]
                == ours[name].value
            ), name


@pytest.mark.skipif(
    os.path.exists("/etc/criu/default.conf"), reason="this machine has a default file of its own"
)
def test_nothing_else_is_switched_on(oracle: Oracle) -> None:
    """The flags that no source sets have CRIU's defaults."""
    table = option_table(oracle.release)
    real = oracle.settings_after(b"tcp-close\n", b"shell-job\nno-tcp-close\n", ["--file-locks"])
    on = {
        entry.name
        for entry in oracle.table
        if entry.flag is not None and entry.value == 1 and real[entry.flag]
    }
    defaults = {name for name, option in table.options.items() if option.default is True}
    assert on == {"shell-job", "file-locks"} | defaults
