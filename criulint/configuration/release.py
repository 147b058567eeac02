# SPDX-License-Identifier: GPL-2.0-only
"""Which CRIU release is chosen; it may be that of the CRIU that is installed on this host."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from criulint.configuration import ConfigurationError
from criulint.criu.releases import (
    Release,
    UnknownReleaseError,
    find_release,
    latest_release,
    nearest_release,
    releases,
)


class ChosenRelease(NamedTuple):
    """A known release, and a note for the user if it only stands in for another one."""

    release: Release
    note: str = ""


def chosen_release(text: str | None) -> ChosenRelease:
    """Return the release that ``criu`` is set to, the newest known one for None.

    ConfigurationError if it is unknown, or ``installed`` and no CRIU is.
    """
    if text is None:
        return ChosenRelease(latest_release())
    if text == "installed":
        return _installed_release()
    try:
        return ChosenRelease(find_release(text))
    except UnknownReleaseError as error:
        raise ConfigurationError(str(error)) from None


@cache
def _installed_release() -> ChosenRelease:
    from criulint.host.installed import ProbeError, find_binary, version

    try:
        installed = version(find_binary())
        release = nearest_release(installed)
    except (ProbeError, ValueError) as error:
        raise ConfigurationError(f"--criu installed: {error}") from None
    if installed in releases():
        return ChosenRelease(release)
    return ChosenRelease(release, f"no schema for CRIU {installed}; using that of {release}")
