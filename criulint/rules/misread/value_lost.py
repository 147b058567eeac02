# SPDX-License-Identifier: MIT
"""CRIU218: a value that older releases free before they use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import FileProblem, problem_at, rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from criulint.criu.releases import Release
    from criulint.criu.settings import Setting, Settings

#: Up to 3.15: the options whose value CRIU frees before it uses it, and for which values.
_FREED_UP_TO_3_15: dict[str, Callable[[bytes], bool]] = {
    "action-script": lambda _: True,
    "cgroup-root": lambda value: b":" in value,
    "external": lambda value: not value.startswith(b"mnt[]"),
    "inherit-fd": lambda _: True,
    "join-ns": lambda _: True,
    "libdir": lambda _: True,
}


@rule(
    "CRIU218",
    "value-lost",
    Severity.WARNING,
    bad="libdir /usr/lib/criu\n",
    good="# the caller passes --libdir /usr/lib/criu\n",
    criu="3.15",
    options=(*_FREED_UP_TO_3_15, "irmap-scan-path"),
)
def value_lost(settings: Settings) -> Iterator[FileProblem]:
    """CRIU frees the value before it uses it, and then reads whatever its memory holds.

    CRIU up to 3.15 frees the words of a file once it has read the file, but still uses them as
    the values of `action-script`, `cgroup-root`, `external`, `inherit-fd`, `join-ns` and
    `libdir`; up to 3.19 it does so with `irmap-scan-path`. These values are garbage then: CRIU
    does not find the directory, matches no resource, or crashes. From 3.17 on it frees the user
    and group of `join-ns user:PID,UID,GID`. On the command line the same options work.

    Sources: criu/config.c, criu/external.c (v3.15; fixed in 3.16); criu/irmap.c (v3.19; fixed
    in 4.0); criu/namespaces.c (v4.2).
    """
    release = settings.release
    for setting in settings.all:
        if is_freed(setting, release):
            yield problem_at(
                setting,
                f"CRIU {release} uses garbage instead of this value:"
                " it frees the value before using it",
                "give the option on the command line, or use a newer CRIU",
            )
        elif frees_user_and_group(setting, release):
            yield problem_at(
                setting,
                "CRIU may use another user and group: it frees their numbers before using them",
                "remove the user and group",
            )


def is_freed(setting: Setting, release: Release) -> bool:
    """Return whether the release frees the setting's value before it uses it."""
    if setting.name == "irmap-scan-path":
        return release < "4.0"
    applies = _FREED_UP_TO_3_15.get(setting.name)
    if applies is None or release >= "3.16":
        return False
    assert setting.value is not None
    return applies(setting.value)


def frees_user_and_group(setting: Setting, release: Release) -> bool:
    """Return whether the release frees the IDs of `join-ns user:PID,UID,GID` before their use."""
    if setting.name != "join-ns" or release < "3.17":
        return False
    assert setting.value is not None
    return setting.value.startswith(b"user:") and b"," in setting.value
