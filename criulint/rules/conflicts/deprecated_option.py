# SPDX-License-Identifier: MIT
"""CRIU307."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import FileProblem, Rewrite, Tag, problem_at, rule
from criulint.rules.conflicts.removal import remove_line
from criulint.source import decode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Setting, Settings


@rule(
    "CRIU307",
    "deprecated-option",
    Severity.INFO,
    bad="veth-pair eth0=veth7\n",
    good="external veth[eth0]:veth7\n",
    fixable=True,
    about_option=True,
    tag=Tag.DEPRECATED,
)
def deprecated_option(settings: Settings) -> Iterator[FileProblem]:
    """The option still works, but CRIU has a successor for it.

    CRIU's help and manual no longer mention these options, and its own messages recommend the
    successor. Both do the same.

    Sources: criu/config.c, criu/net.c, criu/mount.c, criu/sk-unix.c (v4.2).
    """
    for setting in settings.all:
        if not setting.option.is_deprecated:
            continue
        successor = successor_of(setting)
        if successor is None:
            advice, rewrite = f"use `{setting.option.replaced_by}`", None
        else:
            advice = f"write `{shorten(successor)}`"
            rewrite = _replace_line(settings, setting, successor)
        yield problem_at(setting, f"`{setting.name}` is deprecated", advice, rewrite)


def successor_of(setting: Setting) -> str | None:
    """Return the line that does the same without the deprecated option, if one line can."""
    if setting.name == "veth-pair":
        kind, separator = "veth", "="
    # `ext-mount-map auto` also implies what two lines with `external` say.
    elif setting.name == "ext-mount-map" and setting.value != b"auto":
        kind, separator = "mnt", ":"
    else:
        return None
    value = decode(setting.given_value)
    if any(character.isspace() or character in ("#", '"') for character in value):
        return None
    key, _, mapped = value.partition(separator)
    return f"external {kind}[{key}]:{mapped}" if key and mapped else None


def _replace_line(settings: Settings, setting: Setting, successor: str) -> Rewrite | None:
    if remove_line(settings, setting) is None:
        return None
    text = settings.reading.source.text(setting.line)
    indent = text[: len(text) - len(text.lstrip())]
    return Rewrite(f"Write `{shorten(successor)}`", indent + successor, safe=False)
