# SPDX-License-Identifier: MIT
"""criulint: a linter for CRIU configuration files that reads them as CRIU does."""

from criulint.criu.reading import ReadError, Reading, ReadOption, read
from criulint.criu.releases import UnknownReleaseError
from criulint.finding import Edit, Finding, Fix, Severity, Span
from criulint.linter.linter import check

__version__ = "0.1.0"

__all__ = [
    "Edit",
    "Finding",
    "Fix",
    "ReadError",
    "ReadOption",
    "Reading",
    "Severity",
    "Span",
    "UnknownReleaseError",
    "__version__",
    "check",
    "read",
]
