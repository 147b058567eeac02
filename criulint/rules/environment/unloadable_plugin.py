# SPDX-License-Identifier: MIT
"""CRIU507."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from criulint.finding import Aspect, Severity
from criulint.host.filesystem import FileSystem, HostContext, Kind
from criulint.rules.base import FileProblem, problem_at, rule
from criulint.rules.environment.advice import about
from criulint.rules.environment.paths import NamedPath, resolve_last, resolve_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Settings

_ELF_MARK = b"\x7fELF"


@rule(
    "CRIU507",
    "unloadable-plugin",
    Severity.ERROR,
    bad="libdir /opt/criu/plugins\n",
    bad_host=("0644 /opt/criu/plugins/amdgpu.so: <!DOCTYPE html>",),
    good="libdir /opt/criu/plugins\n",
    good_host=("0644 /opt/criu/plugins/amdgpu.so: \x7fELF",),
    path="/etc/criu/default.conf",
)
def unloadable_plugin(settings: Settings, host: HostContext) -> Iterator[FileProblem]:
    """A file in `libdir` is named `*.so`, but is not a library.

    CRIU loads all of them, whatever they are for, when a dump or restore begins. If it cannot
    load one, because it is something else or a dangling link, the command fails: “Unable to
    load …”. A directory of system libraries does not work as `libdir`: some files for linkers
    there, such as `libc.so`, are text.

    Source: criu/plugin.c, `cr_plugin_init` and `cr_lib_load` (v4.2).
    """
    libdir = resolve_last(host.file_system, settings, "libdir")
    if libdir is None or not libdir.is_directory:
        return
    directory = libdir.resolved.path
    for name in sorted(host.file_system.listdir(directory) or ()):
        if not name.endswith(".so"):
            continue
        path = posixpath.join(directory, name)
        plugin = resolve_target(host.file_system, libdir.setting, path)
        defect = _find_defect(host.file_system, plugin) if plugin else None
        if plugin and defect:
            problem = problem_at(
                libdir.setting,
                f"{plugin.shown} is {defect}: every dump and restore fails with"
                f" “Unable to load {plugin.shown.strip('`')}”",
                "remove it, or choose a directory that holds only plugins",
            )
            yield about(problem, host, path, Aspect.NAME)
            return


def _find_defect(file_system: FileSystem, plugin: NamedPath) -> str | None:
    """Return what a file is if CRIU cannot load it as a library, or None."""
    resolved = plugin.resolved
    if resolved.missing:
        return "a dangling link" if plugin.is_missing else None
    if resolved.status.kind is not Kind.FILE:
        return "not a regular file"
    head = file_system.read_head(resolved.path, len(_ELF_MARK))
    return None if head is None or head == _ELF_MARK else "not a library"
