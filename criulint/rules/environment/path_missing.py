# SPDX-License-Identifier: MIT
"""CRIU501: one function for each way in which a path is used."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from criulint.criu.context import COMMANDS, Role
from criulint.finding import Aspect, Severity, Subject
from criulint.host.filesystem import FileSystem, HostContext, resolve_path
from criulint.rules.base import FileProblem, problem_at, rule
from criulint.rules.environment.advice import about
from criulint.rules.environment.failures import BAD_SCRIPT, Failure
from criulint.rules.environment.paths import (
    NamedPath,
    is_installed,
    resolve_last,
    resolve_target,
    resolve_value,
)
from criulint.source import decode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Setting, Settings

_NO_SUCH_FILE = "No such file or directory"
_NOT_A_DIRECTORY = "Not a directory"
_IS_A_DIRECTORY = "Is a directory"
_FILE_EXISTS = "File exists"

_PAGE_SERVER_FAILS = "every dump to a page server fails"
_BAD_KEY_PAIR = Failure(
    ("dump", "pre-dump"), _PAGE_SERVER_FAILS, "Failed to set certificate/private key pair"
)
_BAD_NAMESPACE = Failure(
    COMMANDS, "CRIU refuses the file", "Can't access join-ns file {path}: {error}"
)
_BAD_FREEZER = Failure(
    ("dump", "pre-dump"),
    "every dump fails",
    "Neither a cgroupv1 (freezer.state) or cgroupv2 (cgroup.freeze) control file found.",
    ("3.14", "Unable to open {path}/freezer.state"),
)
_DIRECTORIES = {
    "images-dir": Failure(COMMANDS, "every command fails", "Can't open dir {path}: {error}"),
    "work-dir": Failure(
        COMMANDS, "every command fails", "Can't change directory to {path}: {error}"
    ),
    "libdir": Failure(
        COMMANDS, "every dump and restore fails", "Unable to open directory {path}: {error}"
    ),
    "freeze-cgroup": _BAD_FREEZER,
    "cgroup-yard": Failure(
        ("dump", "restore"),
        "dumping or restoring processes with cgroups of their own, such as containers, fails",
        "couldn't open {path}/…",
    ),
}
_PREVIOUS_IMAGES = Failure(
    COMMANDS, "every command fails", "Invalid parent image directory provided: {error}"
)
_FILES = {
    "cgroup-props-file": Failure(("dump",), "every dump fails", "Can't open file {path}: {error}")
}
_TLS_FILES = {
    "tls-cacert": Failure(("dump", "pre-dump"), _PAGE_SERVER_FAILS),
    "tls-cacrl": Failure(
        ("dump", "pre-dump"),
        _PAGE_SERVER_FAILS,
        "Can't read certificate revocation list {path}: {error}",
    ),
    "tls-cert": _BAD_KEY_PAIR,
    "tls-key": _BAD_KEY_PAIR,
}
# Files that CRIU creates, and the error if a directory is in their place.
_OUTPUTS = {
    "log-file": (
        Failure(COMMANDS, "every command fails", "Can't create log file {path}: {error}"),
        _IS_A_DIRECTORY,
    ),
    "pidfile": (
        Failure(
            ("restore",),
            "every restore fails at the very end",
            "pidfile: Can't open {path}: {error}",
            ("3.18", "Can't open {path}: {error}"),
        ),
        _FILE_EXISTS,
    ),
}
# Options that a caller can replace with its own.
_OVERRIDABLE = ("images-dir", "work-dir", "log-file")


def check_action_scripts(settings: Settings, file_system: FileSystem) -> Iterator[FileProblem]:
    """CRIU runs each `action-script` at each stage, and fails if it is missing."""
    if not settings.on(*BAD_SCRIPT.commands):
        return
    for script in settings.named("action-script"):
        name = decode(script.given_value)
        target = resolve_value(file_system, script)
        if target and target.is_missing:
            failure = BAD_SCRIPT.as_of(settings.release)
            yield _missing(target, failure, "install it, or correct the path")
        elif name and "/" not in name and not is_installed(file_system, name):
            yield problem_at(
                script,
                f"`{shorten(name)}` is in none of the usual program directories: every dump and"
                " restore fails with “No such file or directory” unless it is in the caller's PATH",
                "write the absolute path",
                severity=Severity.WARNING,
            )


def check_directories(settings: Settings, file_system: FileSystem) -> Iterator[FileProblem]:
    """CRIU opens these directories, or changes to them, and never creates them."""
    for name, usual_failure in _DIRECTORIES.items():
        failure = _in_this_file(settings, name, usual_failure).as_of(settings.release)
        target = _used_target(settings, file_system, name, failure)
        if target is None:
            continue
        if target.is_missing:
            yield _missing(target, failure, "create the directory")
        elif not target.is_directory:
            yield problem_at(
                target.setting,
                failure.describe(
                    f"{target.shown} is not a directory", target.path, _NOT_A_DIRECTORY
                ),
                "name a directory",
            )


def check_freezer(settings: Settings, file_system: FileSystem) -> Iterator[FileProblem]:
    """The directory of `freeze-cgroup` holds a freezer of cgroup v1 or v2."""
    failure = _BAD_FREEZER.as_of(settings.release)
    target = _used_target(settings, file_system, "freeze-cgroup", failure)
    if target is None or not target.is_directory:
        return
    for control in ("freezer.state", "cgroup.freeze"):
        path = posixpath.join(target.resolved.path, control)
        resolved = resolve_path(file_system, path)
        if resolved is None or not resolved.missing:
            return
    yield problem_at(
        target.setting,
        failure.describe(
            f"{target.shown} is not a cgroup with a freezer", target.path, _NO_SUCH_FILE
        ),
        "name a cgroup",
    )


def check_previous_images(settings: Settings, file_system: FileSystem) -> Iterator[FileProblem]:
    """From 3.16 on CRIU looks up `prev-images-dir` at once, whether or not it is a directory."""
    if settings.release < "3.16":
        return
    target = _used_target(settings, file_system, "prev-images-dir", _PREVIOUS_IMAGES)
    if target and target.is_missing:
        yield _missing(target, _PREVIOUS_IMAGES, "create the directory")


def check_files(settings: Settings, file_system: FileSystem) -> Iterator[FileProblem]:
    """CRIU reads these files."""
    for name, failure in _FILES.items():
        target = _used_target(settings, file_system, name, failure)
        yield from _check_file(target, failure)


def check_tls_files(settings: Settings, file_system: FileSystem) -> Iterator[FileProblem]:
    """With `tls` CRIU reads certificates and keys when it connects to a page server."""
    if not settings.switched_on("tls"):
        return
    for name, failure in _TLS_FILES.items():
        target = _used_target(settings, file_system, name, failure)
        yield from _check_file(target, failure)


def check_default_key(settings: Settings, file_system: FileSystem) -> Iterator[FileProblem]:
    """With `tls` and no key or certificate CRIU uses its defaults."""
    tls = settings.switched_on("tls")
    if not tls or settings.last("tls-key", "tls-cert") or not settings.on(*_BAD_KEY_PAIR.commands):
        return
    for name in ("tls-cert", "tls-key"):
        path = settings.table.options[name].default_path
        resolved = resolve_path(file_system, path)
        if resolved and resolved.missing:
            yield problem_at(
                tls,
                f"`{name}` is not set, and CRIU's default, `{path}`, does not exist:"
                f" {_PAGE_SERVER_FAILS} unless the caller names one",
                "add `tls-cert FILE` and `tls-key FILE`",
                severity=Severity.WARNING,
            )
            return


def check_outputs(settings: Settings, file_system: FileSystem) -> Iterator[FileProblem]:
    """CRIU creates these files, in a directory that has to be there."""
    for name, (failure, error) in _OUTPUTS.items():
        setting = settings.last(name)
        if setting and settings.on(*failure.commands):
            failure_here = _in_this_file(settings, name, failure).as_of(settings.release)
            yield from _check_output(file_system, setting, failure_here, error)


def check_namespaces(settings: Settings, file_system: FileSystem) -> Iterator[FileProblem]:
    """CRIU looks up the file that `join-ns` names at once, but joins it only in a restore."""
    for setting in settings.named("join-ns"):
        path = decode(setting.given_value).partition(":")[2].partition(",")[0]
        target = resolve_target(file_system, setting, path) if path.startswith("/") else None
        if target is None or target.is_volatile:
            continue
        if target.is_missing:
            yield _missing(target, _BAD_NAMESPACE, "correct the path")
        elif target.is_directory:
            yield problem_at(
                setting,
                f"{target.shown} is a directory, not a namespace: every restore fails",
                "name a file",
            )


CHECKS = (
    check_action_scripts,
    check_directories,
    check_freezer,
    check_previous_images,
    check_files,
    check_tls_files,
    check_default_key,
    check_outputs,
    check_namespaces,
)


@rule(
    "CRIU501",
    "path-missing",
    Severity.ERROR,
    severity_varies=True,
    bad="action-script /usr/libexec/criu-hook\nlibdir /usr/lib/criu\n",
    bad_host=("0755 /usr/lib/criu/",),
    good="action-script /usr/libexec/criu-hook\nlibdir /usr/lib/criu\n",
    good_host=("0755 /usr/lib/criu/", "0755 /usr/libexec/criu-hook: #!/bin/sh", "0755 /bin/sh"),
    path="/etc/criu/default.conf",
)
def path_missing(settings: Settings, host: HostContext) -> Iterator[FileProblem]:
    """The file names a path that does not exist on this host, and CRIU fails.

    A missing `work-dir`, or a missing directory for `log-file`, makes every command fail, even
    `criu check`; a missing `action-script` fails at the first stage of a dump or restore, with
    “execvp("…", ...) failed: No such file or directory”; a missing `libdir` ends both before they
    begin. A file that CRIU creates itself (`log-file`, `pidfile`) needs its directory.

    An image that names a CRIU configuration file in the variable `CRIU_CONFIG_FILE` or in a label
    or annotation `org.criu.config`, and does not contain it, is reported as a warning: CRIU runs
    without the file, and prints no message.

    Only absolute paths are checked: CRIU looks up others in a directory that its caller chooses.
    In an image, places that a host fills when it starts, such as `/run` and `/tmp`, are skipped.

    Sources: criu/crtools.c, `main`; criu/log.c; criu/image.c; criu/plugin.c;
    criu/action-scripts.c; criu/cgroup-props.c; criu/seize.c; criu/cgroup.c; criu/tls.c;
    criu/namespaces.c, `check_ns_file` (v4.2).
    """
    for check in CHECKS:
        for problem in check(settings, host.file_system):
            yield about(problem, host)


def _used_target(
    settings: Settings, file_system: FileSystem, name: str, failure: Failure
) -> NamedPath | None:
    """Return where an option's path leads, if a command uses it and what is there now counts."""
    if not settings.on(*failure.commands):
        return None
    target = resolve_last(file_system, settings, name)
    return None if target is None or target.is_volatile else target


def _in_this_file(settings: Settings, name: str, failure: Failure) -> Failure:
    """Return the failure with what holds for callers that name another path.

    A file for RPC comes last and overrides them; they override any other.
    """
    if name not in _OVERRIDABLE:
        return failure
    if settings.role is not Role.RPC:
        return failure._replace(outcome=f"every command without its own `{name}` fails")
    if name == "work-dir":
        return Failure(COMMANDS, "every request fails", "Can't chdir to work_dir: {error}")
    return failure


def _missing(target: NamedPath, failure: Failure, advice: str) -> FileProblem:
    message = failure.describe(target.absence, target.path, target.resolved.error)
    found = problem_at(
        target.setting, message, "correct the path" if target.is_unusable else advice
    )
    link = target.dangling_link
    subject = Subject(link, Aspect.NAME) if link else None
    return found._replace(problem=found.problem._replace(subject=subject))


def _check_file(target: NamedPath | None, failure: Failure) -> Iterator[FileProblem]:
    if target is None or target.is_volatile:
        return
    if target.is_missing:
        yield _missing(target, failure, "correct the path")
    elif target.is_directory:
        yield problem_at(
            target.setting,
            failure.describe(f"{target.shown} is a directory", target.path, _IS_A_DIRECTORY),
            "name a file",
        )


def _check_output(
    file_system: FileSystem, setting: Setting, failure: Failure, error: str
) -> Iterator[FileProblem]:
    """Check the path of a file to create; `error` is what CRIU says if it is a directory."""
    target = resolve_value(file_system, setting)
    if target is None:
        return
    directory, name = posixpath.split(target.path)
    parent = resolve_target(file_system, setting, directory)
    if parent and parent.is_missing:
        yield problem_at(
            setting,
            failure.describe(parent.absence, target.path, parent.resolved.error),
            "create the directory, or write a relative path:"
            f" `{setting.name} {shorten(name) or 'criu.log'}`",
        )
    elif target.is_directory:
        problem = f"{target.shown} is a directory"
        yield problem_at(setting, failure.describe(problem, target.path, error), "name a file")
