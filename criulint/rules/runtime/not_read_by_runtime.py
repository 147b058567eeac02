# SPDX-License-Identifier: MIT
"""CRIU403."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.context import Role
from criulint.finding import Severity
from criulint.rules.base import FileProblem, rule
from criulint.rules.runtime.callers import knows_runtimes, path_on_host, possible_runtimes
from criulint.rules.runtime.problems import problems_of_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.runtimes import Runtime
    from criulint.criu.settings import Settings


@rule(
    "CRIU403",
    "not-read-by-runtime",
    Severity.WARNING,
    severity_varies=True,
    bad="ghost-limit 64M\n",
    good="ghost-limit 64M\n",
    path="/etc/criu/crun.conf",
    good_path="/etc/criu/default.conf",
    runtime="crun@1.20",
)
def not_read_by_runtime(settings: Settings) -> Iterator[FileProblem]:
    """The runtime does not pass this file to CRIU, so it is never read.

    runc names `/etc/criu/runc.conf` from 1.0.0-rc7 on. crun names `/etc/criu/crun.conf`, or
    `/etc/criu/runc.conf` if that does not exist, from 1.26 on and only with CRIU 4.2 or later (the
    release of libcriu.so counts, not that of the program). Users of an older crun have only the
    default files. youki, LXC and Incus name none. The annotation `org.criu.config` names another
    file; only runc knows it, and crun from 1.26 on. CRIU prints no message about a file that is not
    named.

    A file without lines, empty or with comments only, is an `info`, and is reported only if none of
    the runtimes in question reads it.

    Sources: runc libcontainer/criu_linux.go; crun src/libcrun/criu.c, `handle_criu_config_file`;
    youki; lxc src/lxc/criu.c.
    """
    context = settings.context
    if settings.role is not Role.RPC or (context.role is not None and not context.by_annotation):
        return
    is_known = knows_runtimes(settings)
    if not is_known and context.any_release:
        return
    verdicts = _judge_annotation(settings) if context.by_annotation else _judge_path(settings)
    deaf = [runtime.title for runtime, reason in verdicts if reason]
    is_read_by_some = len(deaf) < len(verdicts)
    if deaf and (is_known or not is_read_by_some):
        reasons = "; ".join(reason for _, reason in verdicts if reason)
        yield from problems_of_file(
            settings,
            f"no effect under {', '.join(deaf)}: {reasons}",
            severity=Severity.INFO if is_read_by_some else None,
            is_unread=not is_read_by_some,
        )


def _judge_path(settings: Settings) -> list[tuple[Runtime, str]]:
    """Return the runtimes that may read the file because of its path, each with why it does not."""
    path = path_on_host(settings)
    possible = possible_runtimes(settings)
    # If several are present, a file is for the one that knows its name.
    knowing = [pair for pair in possible if any(file.path == path for file in pair[0].files)]
    candidates = knowing
    if settings.context.caller or (knows_runtimes(settings) and not knowing):
        candidates = possible
    return [
        (
            runtime,
            "" if runtime.reads(path, version, settings.release) else describe_files(runtime, path),
        )
        for runtime, version in candidates
    ]


def _judge_annotation(settings: Settings) -> list[tuple[Runtime, str]]:
    """Return the runtimes, each with why it does not read a file that an annotation names."""
    return [
        (
            runtime,
            ""
            if runtime.reads_annotation(version, settings.release)
            else describe_annotation(runtime, version),
        )
        for runtime, version in possible_runtimes(settings)
        if knows_runtimes(settings) or runtime.annotation
    ]


def describe_annotation(runtime: Runtime, version: str | None) -> str:
    """Return since when a runtime, which does not read an annotated file, knows the annotation."""
    from criulint.criu.runtimes import in_range

    annotation = runtime.annotation
    if annotation is None:
        return f"{runtime.title} does not know the annotation `org.criu.config`"
    if version and in_range(version, annotation.since, None):
        message = f"libcriu RPC config files supported in CRIU >= {annotation.criu}"
        return f"{runtime.title} fails with “{message}”"
    criu = f", with CRIU {annotation.criu} or later" if annotation.criu else ""
    since = f"{annotation.since} on{criu}"
    return f"{runtime.title} knows the annotation `{annotation.name}` only from {since}"


def describe_files(runtime: Runtime, path: str) -> str:
    """Return what a runtime reads instead of `path`, and since when."""
    for file in runtime.files:
        if file.path == path:
            criu = f", with CRIU {file.criu} or later" if file.criu else ""
            return f"{runtime.title} reads this file only from {file.since} on{criu}"
    if not runtime.files:
        return f"{runtime.title} reads no file of its own"
    return f"{runtime.title} reads only {' or '.join(file.path for file in runtime.files)}"
