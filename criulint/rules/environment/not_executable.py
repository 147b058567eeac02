# SPDX-License-Identifier: MIT
"""CRIU502: from the file's permissions to the interpreter in its first line."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from criulint.finding import Aspect, Severity
from criulint.host.filesystem import FileSystem, HostContext, Kind
from criulint.rules.base import FileProblem, problem_at, rule
from criulint.rules.environment.advice import about
from criulint.rules.environment.failures import BAD_SCRIPT, Failure
from criulint.rules.environment.paths import NamedPath, is_installed, program_paths, resolve_target
from criulint.source import decode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Setting, Settings

# The kernel reads no more of a file to find its interpreter: Linux
# include/uapi/linux/binfmts.h, BINPRM_BUF_SIZE.
_HEAD_SIZE = 256
_EXECUTABLE = 0o111
_UTF8_MARK = b"\xef\xbb\xbf"
# The argument of `env`, if it is a program and no option or variable.
_PROGRAM = re.compile(r"[\w.+][\w.+-]*")


@rule(
    "CRIU502",
    "not-executable",
    Severity.ERROR,
    severity_varies=True,
    bad="action-script /usr/libexec/criu-hook\n",
    bad_host=("0644 /usr/libexec/criu-hook: #!/bin/sh", "0755 /bin/sh"),
    good="action-script /usr/libexec/criu-hook\n",
    good_host=("0755 /usr/libexec/criu-hook: #!/bin/sh", "0755 /bin/sh"),
    path="/etc/criu/default.conf",
)
def not_executable(settings: Settings, host: HostContext) -> Iterator[FileProblem]:
    """The `action-script` exists, but cannot be run.

    CRIU starts it with `execvp`, as root and without arguments, at each stage. If that fails, so
    does the dump or restore: with “execvp("…", ...) failed: Permission denied” (“exec(…, ...)” up
    to 3.15) for a file that is not executable. “No such file or directory”, for a script that
    exists, is about the interpreter in its first line; if that line ends in CR LF, the CR is part
    of the interpreter's name. A script without such a line is run by `sh`, but only by the GNU C
    library.

    Sources: criu/action-scripts.c, `run_shell_scripts`; criu/util.c, `cr_system_userns` (v4.2);
    execvp(3).
    """
    if not settings.on(*BAD_SCRIPT.commands):
        return
    failure = BAD_SCRIPT.as_of(settings.release)
    for script in settings.named("action-script"):
        target = _find_script(host.file_system, script)
        if target is None:
            continue
        path = target.resolved.path
        for problem in check_mode(target, failure):
            yield about(problem, host, path, Aspect.ACCESS)
            break
        else:
            for problem in check_first_line(host.file_system, target, failure):
                yield about(problem, host, path)


def check_mode(target: NamedPath, failure: Failure) -> list[FileProblem]:
    """Only a regular file that is executable can be run."""
    status = target.resolved.status
    problem, advice = "", "name a program"
    if status.kind is Kind.DIRECTORY:
        problem = "is a directory"
    elif status.kind is not Kind.FILE:
        problem = "is not a regular file"
    elif not status.mode & _EXECUTABLE:
        problem = "is not executable"
        advice = f"run `chmod +x {shorten(target.path)}`"
    if not problem:
        return []
    message = failure.describe(f"{target.shown} {problem}", target.path, "Permission denied")
    return [problem_at(target.setting, message, advice)]


def check_first_line(
    file_system: FileSystem, target: NamedPath, failure: Failure
) -> Iterator[FileProblem]:
    """A script names its interpreter, which has to exist."""
    head = file_system.read_head(target.resolved.path, _HEAD_SIZE)
    if not head:
        return
    if not head.startswith(b"#!"):
        if b"\0" not in head and not head.startswith(_UTF8_MARK):
            yield problem_at(
                target.setting,
                f"{target.shown} does not begin with `#!`: a CRIU built with musl cannot run it",
                "begin it with `#!/bin/sh`",
                severity=Severity.INFO,
            )
        return
    line, newline, _ = head[2:].partition(b"\n")
    if not newline:
        return
    if line.endswith(b"\r"):
        yield problem_at(
            target.setting,
            f"the first line of {target.shown} ends in CR LF: every dump and restore fails,"
            " because the CR becomes part of the interpreter's name or argument",
            "save the script with Unix line endings (LF)",
        )
        return
    interpreter, _, argument = decode(line).strip(" \t").replace("\t", " ").partition(" ")
    if interpreter.startswith("/"):
        yield from _check_interpreter(
            file_system, target, failure, interpreter, argument.lstrip(" ")
        )


def _find_script(file_system: FileSystem, script: Setting) -> NamedPath | None:
    """Return the file that is run; None if none is found, or something is not known."""
    name = decode(script.given_value)
    if "/" in name and not name.startswith("/"):
        return None
    for path in [name] if "/" in name else program_paths(name):
        target = resolve_target(file_system, script, path)
        if target is None or not target.resolved.missing:
            return target
    return None


def _check_interpreter(
    file_system: FileSystem, target: NamedPath, failure: Failure, interpreter: str, argument: str
) -> Iterator[FileProblem]:
    found = resolve_target(file_system, target.setting, interpreter)
    if found is None:
        return
    if found.is_missing:
        problem = f"{target.shown} needs {found.shown}, which does not exist"
        message = failure.describe(problem, target.path, found.resolved.error)
        yield problem_at(target.setting, message, "install it")
    elif (
        posixpath.basename(interpreter) == "env"
        and _PROGRAM.fullmatch(argument)
        and not is_installed(file_system, argument)
    ):
        yield problem_at(
            target.setting,
            f"{target.shown} needs `{argument}`, which is in none of the usual program directories:"
            " every dump and restore fails unless it is in the caller's PATH",
            "install it",
            severity=Severity.WARNING,
        )
