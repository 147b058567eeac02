# SPDX-License-Identifier: MIT
"""The targets of an Earthfile: each is like a stage of a Dockerfile.

Source: docs.earthly.dev, *Earthfile reference*.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded.dockerfile.build import build
from criulint.embedded.following import follow_scripts
from criulint.embedded.model import HostedText, Script, join
from criulint.source import decode

if TYPE_CHECKING:
    from criulint.embedded.model import FollowedHost
    from criulint.source import Source

# `name:`, at the beginning of a line.
_TARGET = re.compile(r"^(\+?[A-Za-z][\w.-]*):[ \t]*(?:#[^\n]*)?\r?$", re.MULTILINE)


def follow(source: Source) -> FollowedHost:
    """Return the files that an Earthfile writes. HostError if it cannot be followed."""
    return follow_scripts(find_scripts(decode(source.data)))


def find_scripts(text: str) -> list[Script]:
    """Return a script for each target."""
    host = HostedText.of(text)
    parts = []
    begin = 0
    for match in _TARGET.finditer(text):
        start = match.start()
        parts.append(host[begin:start])
        # What precedes the targets is the base of all of them.
        parts.append(HostedText.at(f"FROM criulint-base AS +{match[1]}", start, start))
        begin = match.end()
    if not parts:
        return []
    first = parts[0]
    base = [HostedText.at("FROM scratch AS criulint-base\n", 0, 0), *_without_from(first)]
    return build(join([*base, *parts[1:], host[begin:]])).scripts


def _without_from(text: HostedText) -> list[HostedText]:
    return [line for line in text.lines() if not re.match(r"\s*(?:FROM|VERSION)\b", line.text)]
