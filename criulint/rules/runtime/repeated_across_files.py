# SPDX-License-Identifier: MIT
"""CRIU405: one function for each option of a file that CRIU reads twice, and one for two files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.context import Role
from criulint.finding import Severity
from criulint.rules.base import FileProblem, Move, problem_at, relate, rule
from criulint.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Setting, Settings

_EFFECTS = {
    "action-script": "the script runs twice at each stage",
    "verbosity": "the level rises twice",
}


def check_action_script(settings: Settings) -> Iterator[FileProblem]:
    """From 3.19 to 4.1.1 it runs twice. Before that it is CRIU404."""
    if settings.release >= "3.19":
        for script in settings.named("action-script"):
            yield problem_at(
                script,
                "the script runs twice at each stage,"
                f" because CRIU {settings.release} reads this file twice",
                move=Move(script),
            )


def check_bridge(settings: Settings) -> Iterator[FileProblem]:
    """A device is attached to its bridge each time, which Linux refuses (criu/net.c).

    CRIU makes an `external` of each `veth-pair`. Linux: net/bridge/br_if.c, `br_add_if`.
    """
    if not settings.on("restore"):
        return
    for device in settings.named("external", "veth-pair"):
        start, end = (b"veth[", b"]:") if device.name == "external" else (b"", b"=")
        inside, _, outside = device.given_value.partition(end)
        if inside.startswith(start) and b"@" in outside:
            yield problem_at(
                device,
                "every restore fails: it attaches the device to its bridge twice,"
                f" because CRIU {settings.release} reads this file twice (“Can't add interface”)",
                "have the runtime name the device",
                severity=Severity.ERROR,
            )


CHECKS = (check_action_script, check_bridge)


# `options` is left out: `find_repeats` looks at more.
@rule(
    "CRIU405",
    "repeated-across-files",
    Severity.WARNING,
    bad="action-script /usr/libexec/criu-hook\n",
    good="# action-script: in /etc/criu/default.conf\n",
    path="/etc/criu/runc.conf",
    criu="4.1.1",
    about_option=True,
    severity_varies=True,
)
def repeated_across_files(settings: Settings) -> Iterator[FileProblem]:
    """CRIU reads the line twice, and the second time adds to the first.

    Up to 4.1.1 CRIU reads a file for RPC clients before and after the client's own settings.
    Options that collect values then hold each one twice: an `action-script` runs twice per stage.
    The same happens when two of CRIU's files hold the same line, and a bare `verbosity` in both
    raises the level by two.

    Source: criu/cr-service.c, `setup_opts_from_req` (v4.1.1).
    """
    if settings.role is Role.RPC and settings.release < "4.2":
        for check in CHECKS:
            yield from check(settings)


def find_repeats(first: Settings, second: Settings) -> Iterator[FileProblem]:
    """Find what `second` sets again, of two files that CRIU reads one after the other.

    Each request replaces the level that default files set (criu/cr-service.c).
    """
    known: dict[tuple[str, bytes | None], Setting] = {}
    for setting in first.all:
        known.setdefault((setting.name, setting.value), setting)
    path = first.reading.source.path or ""
    for setting in second.all:
        same = known.get((setting.name, setting.value))
        is_replaced = setting.name == "verbosity" and second.role is Role.RPC
        if same and _adds_up(setting) and not is_replaced:
            effect = _EFFECTS.get(setting.name, "CRIU registers the value twice")
            yield problem_at(
                setting,
                f"{effect}: {escape(path)} sets it, too",
                "keep one of them",
                related=relate(same, path),
            )


def _adds_up(setting: Setting) -> bool:
    """Return whether a setting does something more when it is read a second time."""
    if setting.name == "verbosity":
        return setting.value is None
    return setting.option.accumulates and setting.name != "cpu-cap"
