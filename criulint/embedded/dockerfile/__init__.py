# SPDX-License-Identifier: MIT
"""Dockerfiles: `parse` reads the instructions, `expand` the words, `build` says what they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from criulint.embedded.model import FollowedHost
    from criulint.source import Source


def follow(source: Source) -> FollowedHost:
    """Return the files that building a Dockerfile writes. HostError if it cannot be followed."""
    from criulint.embedded.dockerfile.build import build
    from criulint.embedded.following import follow_scripts
    from criulint.embedded.model import HostedText, surround
    from criulint.source import decode

    built = build(HostedText.of(decode(source.data)))
    found = follow_scripts(built.scripts)._replace(copies=tuple(built.copies))
    return surround(found, built.instructions)
