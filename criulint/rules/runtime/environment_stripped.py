# SPDX-License-Identifier: MIT
"""CRIU408."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import FileProblem, rule
from criulint.rules.runtime.callers import VARIABLES, is_read, stripping_engines
from criulint.rules.runtime.problems import problems_of_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Settings


@rule(
    "CRIU408",
    "environment-stripped",
    Severity.WARNING,
    severity_varies=True,
    bad="ghost-limit 64M\n",
    good="ghost-limit 64M\n",
    path="/root/.criu/default.conf",
    good_path="/etc/criu/default.conf",
    runtime="podman",
)
def environment_stripped(settings: Settings) -> Iterator[FileProblem]:
    """The engine starts the runtime without the variable that leads CRIU to this file.

    Podman 4.0 or later runs checkpoints with only `PATH` and `XDG_RUNTIME_DIR` in the environment,
    and CRI-O runs everything like that. Without `HOME` CRIU does not look for
    `~/.criu/default.conf`; without `CRIU_CONFIG_FILE` it does not look for the file that this
    variable names. Podman's restore has both (`CRIU_CONFIG_FILE` since 4.8), so dump and restore
    may read different settings. Services of systemd, such as containerd, usually have no `HOME`
    either. A file without lines is only an `info`.

    Sources: requests of Podman 3.0 to 6.1; podman libpod/oci_conmon_common.go; cri-o
    internal/oci/runtime_oci.go; criu/config.c, `next_config` (v4.2).
    """
    context = settings.context
    stripping = [
        f"{engine.title} ({', '.join(commands)})"
        for engine, commands in stripping_engines(settings)
    ]
    if stripping:
        variable = VARIABLES[settings.role]
        yield from problems_of_file(
            settings,
            f"CRIU does not find this file under {', '.join(stripping)}: `{variable}` is not set",
            severity=None if context.caller or context.present else Severity.INFO,
            is_unread=not is_read(settings),
        )
