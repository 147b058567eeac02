# SPDX-License-Identifier: MIT
"""CRIU403."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.context import Role
from criulint.finding import Severity
from criulint.rules.base import FileProblem, rule
from criulint.rules.runtime.callers import path_on_host, possible_runtimes
from criulint.rules.runtime.placement import advise_lines
from criulint.rules.runtime.problems import problem_of_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.runtimes import Runtime
    from criulint.criu.settings import Settings


@rule(
    "CRIU403",
    "not-read-by-runtime",
    Severity.WARNING,
    severity_varies=True,
    bad="tcp-established\n",
    good="# crun reads no file of its own with this CRIU\n",
    path="/etc/criu/crun.conf",
    runtime="crun@1.20",
)
def not_read_by_runtime(settings: Settings) -> Iterator[FileProblem]:
    """The runtime does not name this file to CRIU, so that nothing reads it.

    runc names `/etc/criu/runc.conf` from 1.0.0-rc7 on. crun names `/etc/criu/crun.conf`, or
    `/etc/criu/runc.conf` if that does not exist, from 1.26 on and only with CRIU 4.2 or later (it
    is the libcriu.so of that release that counts, not the program); before that, its users have no
    file but the default ones. youki, LXC and Incus name none. CRIU
    does not miss a file that is not named: there is no message.

    Sources: runc libcontainer/criu_linux.go; crun src/libcrun/criu.c, `handle_criu_config_file`;
    youki; lxc src/lxc/criu.c.
    """
    if settings.role is not Role.RPC or settings.context.role is not None:
        return
    caller, release = settings.context.caller, settings.release
    if caller is None and settings.context.any_release:
        return
    path = path_on_host(settings)
    candidates = [
        (runtime, version)
        for runtime, version in possible_runtimes(settings)
        if caller or any(file.path == path for file in runtime.files)
    ]
    deaf = [runtime for runtime, version in candidates if not runtime.reads(path, version, release)]
    is_read_by_some = len(deaf) < len(candidates)
    if deaf and (caller or not is_read_by_some):
        reasons = "; ".join(describe_files(runtime, path) for runtime in deaf)
        yield problem_of_file(
            settings,
            f"no effect under {', '.join(runtime.title for runtime in deaf)}: {reasons}",
            advise_lines(settings, "CRIU403"),
            Severity.INFO if is_read_by_some else None,
        )


def describe_files(runtime: Runtime, path: str) -> str:
    """Return what a runtime that does not read `path` reads, and from when on."""
    for file in runtime.files:
        if file.path == path:
            criu = f", with CRIU {file.criu} or later" if file.criu else ""
            return f"{runtime.title} reads this file only from {file.since} on{criu}"
    if not runtime.files:
        return f"{runtime.title} reads no file of its own"
    return f"{runtime.title} reads only {' or '.join(file.path for file in runtime.files)}"
