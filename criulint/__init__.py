# SPDX-License-Identifier: MIT
"""criulint: a linter for CRIU configuration files that reads them as CRIU does."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from criulint.criu.outcome import ReadError
    from criulint.criu.reading import Reading, ReadOption, read
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

if not TYPE_CHECKING:  # a type checker sees the imports above
    # The module of each name, imported when the name is first used: a command imports only what it
    # needs.
    _HOMES = {
        "Edit": "criulint.finding",
        "Finding": "criulint.finding",
        "Fix": "criulint.finding",
        "ReadError": "criulint.criu.outcome",
        "ReadOption": "criulint.criu.reading",
        "Reading": "criulint.criu.reading",
        "Severity": "criulint.finding",
        "Span": "criulint.finding",
        "UnknownReleaseError": "criulint.criu.releases",
        "check": "criulint.linter.linter",
        "read": "criulint.criu.reading",
    }

    def __getattr__(name):
        from importlib import import_module

        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
