# SPDX-License-Identifier: MIT
"""How much the files of a run may cost."""

from __future__ import annotations

from criulint.named_tuple import NamedTuple


class RunLimits(NamedTuple):
    """The limits of a run. No honest file reaches the defaults."""

    #: Bytes of a configuration file.
    size: int = 1 << 20
    #: Bytes of a YAML or JSON file, which may embed configuration files.
    document: int = 16 << 20
    #: Findings in all files.
    findings: int = 50_000
    #: Seconds for all files.
    time: int = 600


DEFAULT_LIMITS = RunLimits()
