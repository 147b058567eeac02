# SPDX-License-Identifier: GPL-2.0-only
"""Which CRIU release is chosen; it may be that of the CRIU that is installed here."""

from __future__ import annotations

import sys
from functools import cache

from criulint.configuration import ConfigurationError
from criulint.criu.releases import (
    UnknownReleaseError,
    find_release,
    latest_release,
    nearest_release,
    releases,
)


def chosen_release(text: str | None) -> str:
    """The release that ``criu`` is set to, the newest known one if it is not (None). ConfigurationError if there is none."""
    if text is None:
        return latest_release()
    if text == "installed":
        return _installed_release()
    try:
        return find_release(text)
    except UnknownReleaseError as error:
        raise ConfigurationError(str(error)) from None


@cache
def _installed_release() -> str:
    from criulint.schemagen.probe import ProbeError, find_binary, version

    try:
        told = version(find_binary())
        release = nearest_release(told)
    except (ProbeError, ValueError) as error:
        raise ConfigurationError(f"--criu installed: {error}") from None
    if told not in releases():
        # For a command that is where notes go, and for the language server the editor's log.
        print(f"criulint: CRIU {told} has no schema; taking {release} for it", file=sys.stderr)  # noqa: T201
    return release
