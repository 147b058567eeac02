# SPDX-License-Identifier: MIT
"""Which release the key `criu` names, as far as that can be known without looking at the host."""

from __future__ import annotations

from criulint.configuration import ConfigurationError
from criulint.criu.releases import Release, UnknownReleaseError, find_release, latest_release
from criulint.named_tuple import NamedTuple


class ChosenRelease(NamedTuple):
    """A known release, and a note for the user if it only stands in for another one."""

    release: Release
    note: str = ""


def known_release(text: str | None) -> ChosenRelease:
    """Return the release that ``criu`` is set to, the newest known one for None.

    ConfigurationError if it is unknown.
    """
    if text is None:
        return ChosenRelease(latest_release())
    if isinstance(text, Release):
        return ChosenRelease(text)
    try:
        return ChosenRelease(find_release(text))
    except UnknownReleaseError as error:
        raise ConfigurationError(str(error)) from None
