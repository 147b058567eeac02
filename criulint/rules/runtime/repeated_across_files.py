# SPDX-License-Identifier: GPL-2.0-only
"""CRIU405: one function for each option of a file that CRIU reads twice, and one for two files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.criu.context import Role
from criulint.finding import Severity
from criulint.rules.base import FileProblem, problem_at, rule
from criulint.rules.runtime.placement import advise
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
                f" as CRIU {settings.release} reads this file twice",
                advise(settings, script, "CRIU405"),
            )


def check_verbosity(settings: Settings) -> Iterator[FileProblem]:
    """Without a value it raises the level each time it is read."""
    for verbosity in settings.named("verbosity"):
        if verbosity.value is None:
            yield problem_at(
                verbosity,
                f"the log level rises by two, as CRIU {settings.release} reads this file twice",
                "write `verbosity=LEVEL`",
            )


def check_bridge(settings: Settings) -> Iterator[FileProblem]:
    """A device with a bridge is attached to it each time (criu/net.c)."""
    for device in settings.named("external"):
        if re.match(rb"veth\[[^\]]*\]:[^@]*@", device.value or b""):
            yield problem_at(
                device,
                "the device is attached to its bridge twice,"
                f" as CRIU {settings.release} reads this file twice",
                "let the runtime name the device",
            )


CHECKS = (check_action_script, check_verbosity, check_bridge)


# `options` is left out: `find_repeats` looks at more.
@rule(
    "CRIU405",
    "repeated-across-files",
    Severity.WARNING,
    bad="action-script /usr/libexec/criu-hook\n",
    good="tcp-established\n",
    path="/etc/criu/runc.conf",
    criu="4.1.1",
    about_option=True,
)
def repeated_across_files(settings: Settings) -> Iterator[FileProblem]:
    """CRIU reads the line twice, and the second time adds to the first.

    Up to 4.1.1 CRIU reads a file for RPC clients before and after the client's own settings.
    What collects values collects them twice then: each `action-script` runs twice per stage, a
    bare `verbosity` raises the level by two. The same happens when two of CRIU's files hold the
    same line.

    Source: criu/cr-service.c, `setup_opts_from_req` (v4.1.1).
    """
    if settings.role is Role.RPC and settings.release < "4.2":
        for check in CHECKS:
            yield from check(settings)


def find_repeats(first: Settings, second: Settings) -> Iterator[FileProblem]:
    """Find what `second` sets again, of two files that CRIU reads one after the other."""
    known: dict[tuple[str, bytes | None], Setting] = {}
    for setting in first.all:
        known.setdefault((setting.name, setting.value), setting)
    path = escape(first.reading.source.path or "")
    for setting in second.all:
        same = known.get((setting.name, setting.value))
        if same and _adds_up(setting):
            effect = _EFFECTS.get(setting.name, "CRIU registers the value twice")
            yield problem_at(
                setting, f"{effect}: line {same.line} of {path} sets it, too", "keep one of them"
            )


def _adds_up(setting: Setting) -> bool:
    """Return whether a setting does something more when it is read a second time."""
    if setting.name == "verbosity":
        return setting.value is None
    return setting.option.accumulates and setting.name != "cpu-cap"
