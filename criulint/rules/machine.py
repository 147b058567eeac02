# SPDX-License-Identifier: GPL-2.0-only
"""Family 5xx: the machine or image around the file.

CRIU mostly runs as root, with the paths that its files name. These rules look at a file system
(`criulint.surroundings.View`) and say nothing of what they can't see. What appears only at run time (``/run``, ``/proc``,
...) is never called missing.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from criulint.criu.settings import Setting, Settings
from criulint.finding import Severity
from criulint.rules.base import FileProblem, Problem, at, settings_rule, surroundings_rule
from criulint.rules.words import shown
from criulint.source import decode
from criulint.surroundings import Kind, Status, Surroundings, View

_OTHERS_WRITE, _STICKY, _OTHERS_READ, _EXECUTE = 0o002, 0o1000, 0o004, 0o111
# Filled when the machine runs.
_TRANSIENT = ("/proc/", "/sys/", "/dev/", "/run/", "/var/run/", "/tmp/", "/var/tmp/")

# Option -> what has to be there, and what fails with which message.
_DIRECTORIES = {
    "images-dir": "every command fails: “Couldn't open image dir {}”",
    "work-dir": "every command fails: “Can't change directory to {}”",
    "libdir": "dump and restore fail: “Unable to open directory {}”",
    "cgroup-yard": "a dump fails: “couldn't open {}”",
    "freeze-cgroup": "a dump fails: “Neither a cgroupv1 (freezer.state) or cgroupv2 (cgroup.freeze) control file found.”",
}
_FILES = {
    "cgroup-props-file": "a dump fails: “cg-prop: Can't open file {}”",
    "action-script": 'dump and restore fail: “execvp("{}", ...) failed: No such file or directory”',
}
_TLS_FILES = {
    "tls-cacert": "no connection is made: CRIU can't read its certification authority",
    "tls-cacrl": "no connection is made: “Can't read certificate revocation list {}”",
    "tls-cert": "no connection is made: “Failed to set certificate/private key pair”",
    "tls-key": "no connection is made: “Failed to set certificate/private key pair”",
}
_CREATED = {
    "log-file": "every command fails: “Can't create log file {}”",
    "pidfile": "a restore fails: “pidfile: Can't open {}”",
}


def _path(setting: Setting | None) -> str | None:
    """The absolute path that a setting names; None for a relative one, whose directory the caller chooses."""
    if setting is None or setting.value is None or not setting.value.startswith(b"/"):
        return None
    return posixpath.normpath(decode(setting.value))


def _lasting(path: str) -> bool:
    return not f"{path}/".startswith(_TRANSIENT)


def _named(settings: Settings, *names: str) -> Iterator[tuple[Setting, str]]:
    """The settings of these options that count, with their absolute paths."""
    for name in names:
        several = settings.by_name.get(name, [])
        for setting in several if name == "action-script" else several[-1:]:
            path = _path(setting)
            if path:
                yield setting, path


def _tls(settings: Settings) -> bool:
    return settings.switched_on("tls") is not None


@surroundings_rule(
    "CRIU501",
    "path-missing",
    Severity.ERROR,
    bad="libdir /usr/lib/criu-plugins\n",
    good="libdir /usr/lib/criu\n",
    tree=[("/usr/lib/criu/", 0o755)],
)
def path_missing(settings: Settings, around: Surroundings) -> Iterator[FileProblem]:
    """A path that CRIU opens does not exist.

    CRIU does not look at paths while it reads the file. It opens most of them at each command, also at those that have no
    use for them: a missing `work-dir` breaks `criu check` as well as a dump. Files that CRIU creates need their directory.
    Relative paths, and places that are filled only when the machine runs, are left out. In an image it is a warning: a
    volume may bring the path.

    Sources: criu/crtools.c; criu/image.c; criu/log.c; criu/plugin.c; criu/action-scripts.c; criu/tls.c (v4.2).
    """
    view = around.view
    severity = None if around.is_host else Severity.WARNING
    files = {**_FILES, **(_TLS_FILES if _tls(settings) else {})}
    for wanted, told in ((Kind.DIRECTORY, _DIRECTORIES), (Kind.FILE, files)):
        for setting, path in _named(settings, *told):
            status = view.stat(path)
            if not _lasting(path) or (status and status.kind in (wanted, Kind.UNKNOWN, Kind.OTHER)):
                continue
            there = "is missing" if status is None else f"is no {wanted.value}"
            message = told[setting.name].format(shown(path))
            yield at(setting, f"{shown(path)} {there}; {message}", severity=severity)
    for setting, path in _named(settings, *_CREATED):
        directory = posixpath.dirname(path)
        if _lasting(path) and view.stat(directory) is None:
            message = _CREATED[setting.name].format(shown(path))
            yield at(setting, f"the directory {shown(directory)} is missing; {message}", severity=severity)


@surroundings_rule(
    "CRIU502",
    "not-executable",
    Severity.ERROR,
    bad="action-script /usr/libexec/criu-hook\n",
    good="action-script /usr/libexec/criu-notify\n",
    tree=[("/usr/libexec/criu-hook", 0o644), ("/usr/libexec/criu-notify", 0o755)],
)
def not_executable(settings: Settings, around: Surroundings) -> Iterator[FileProblem]:
    """CRIU can't run the script: its execute permission or its interpreter is missing.

    The first stage that runs the script fails then, with “execvp(…) failed” and “One of more action scripts failed”, and
    the dump or restore with it.

    Source: criu/action-scripts.c, `run_shell_scripts` (v4.2).
    """
    for setting, path in _named(settings, "action-script"):
        status = around.view.stat(path)
        if not status or status.kind is not Kind.FILE:
            continue
        if not status.mode & _EXECUTE:
            yield at(
                setting,
                f"{shown(path)} is not executable: dump and restore fail with “execvp(…) failed: Permission denied”",
                "run `chmod +x` on it",
            )
            continue
        interpreter = _interpreter(around.view.head(path))
        if interpreter and _lasting(interpreter) and around.view.stat(interpreter) is None:
            yield at(
                setting,
                f"the interpreter of {shown(path)}, {shown(interpreter)}, is missing: dump and restore fail with"
                " “execvp(…) failed: No such file or directory”",
                "install it, or change the first line of the script",
            )


def _interpreter(head: bytes) -> str | None:
    """The absolute path behind ``#!``, if there is one."""
    line = head.partition(b"\n")[0]
    words = line[2:].split() if line.startswith(b"#!") else []
    return decode(words[0]) if words and words[0].startswith(b"/") else None


@surroundings_rule(
    "CRIU503",
    "writable-by-others",
    Severity.WARNING,
    bad="action-script /opt/hooks/notify\n",
    good="action-script /usr/libexec/notify\n",
    tree=[("/opt/hooks/", 0o777), ("/opt/hooks/notify", 0o755), ("/usr/libexec/notify", 0o755)],
)
def writable_by_others(settings: Settings, around: Surroundings) -> Iterator[FileProblem]:
    """Any user can change what CRIU runs or reads as root: the file itself, a script, a plugin, or a directory above them.

    Who can write the configuration file can name an `action-script` and so becomes root at the next checkpoint. The same
    goes for the script, for `libdir` and the plugins in it, and for each directory above them, unless it has the sticky bit.

    Sources: criu/action-scripts.c; criu/plugin.c (v4.2): CRIU does not look at owners or permissions.
    """
    if around.path:
        for place in _writable(around.view, around.path):
            first = settings.all[0]
            problem = Problem(
                first.start, first.end, f"any user can write to {shown(place)}, and CRIU trusts this file", _chmod(place)
            )
            yield FileProblem(first.line, problem)
    for setting, path in _named(settings, "action-script", "libdir"):
        runs = "runs it as root" if setting.name == "action-script" else "loads the plugins in it as root"
        for place in _writable(around.view, path):
            yield at(setting, f"any user can write to {shown(place)}, and CRIU {runs}", _chmod(place))
        if setting.name == "libdir":
            for name in around.view.names(path):
                status = around.view.stat(plugin := posixpath.join(path, name))
                if name.endswith(".so") and status and status.kind is Kind.FILE and status.mode & _OTHERS_WRITE:
                    yield at(setting, f"any user can write to {shown(plugin)}, and CRIU {runs}", _chmod(plugin))


def _writable(view: View, path: str) -> Iterator[str]:
    """What any user can write to, of a path and the directories above it."""
    status = view.stat(path)
    for directory, above in view.parents(path) if status else ():
        if above.mode & _OTHERS_WRITE and not above.mode & _STICKY:
            yield directory
    if status and status.kind in (Kind.FILE, Kind.DIRECTORY) and _exposed(status):
        yield path


def _exposed(status: Status) -> bool:
    sticky = status.kind is Kind.DIRECTORY and status.mode & _STICKY
    return bool(status.mode & _OTHERS_WRITE) and not sticky


def _chmod(path: str) -> str:
    return f"run `chmod o-w {shown(path)}`"


@surroundings_rule(
    "CRIU504",
    "key-readable-by-others",
    Severity.WARNING,
    bad="tls\ntls-cert /etc/criu/cert.pem\ntls-key /etc/criu/open.pem\n",
    good="tls\ntls-cert /etc/criu/cert.pem\ntls-key /etc/criu/key.pem\n",
    tree=[("/etc/criu/cert.pem", 0o644), ("/etc/criu/open.pem", 0o644), ("/etc/criu/key.pem", 0o600)],
)
def key_readable_by_others(settings: Settings, around: Surroundings) -> Iterator[FileProblem]:
    """Any user can read the private key of CRIU's page server.

    Who has it can take the place of the server, and is sent the memory of the processes. CRIU does not mind.

    Source: criu/tls.c (v4.2).
    """
    for setting, path in _named(settings, "tls-key"):
        status = around.view.stat(path)
        hidden = any(not above.mode & 0o001 for _, above in around.view.parents(path))
        if status and status.kind is Kind.FILE and status.mode & _OTHERS_READ and not hidden:
            yield at(setting, f"any user can read the key {shown(path)}", f"run `chmod 600 {shown(path)}`")


@surroundings_rule(
    "CRIU505",
    "in-world-writable-place",
    Severity.WARNING,
    bad="log-file /tmp/criu.log\n",
    good="log-file criu.log\n",
    tree=[("/tmp/", 0o1777)],
)
def in_world_writable_place(settings: Settings, around: Surroundings) -> Iterator[FileProblem]:
    """CRIU writes as root where any user can put something first.

    CRIU follows a symbolic link that waits at the name of its log file and empties what it leads to. In a directory for
    images or logs that somebody else has made, all that is written is theirs to read and to replace, and images hold the
    memory of processes.

    Sources: criu/log.c; criu/image.c; criu/util.c (v4.2).
    """
    for setting, path in _named(settings, "log-file", "pidfile", "work-dir", "images-dir", "address"):
        status = around.view.stat(path)
        directory = status is not None and status.kind is Kind.DIRECTORY
        above = [(path, status)] if directory and status else []
        for place, found in [*around.view.parents(path), *above]:
            if found.mode & _OTHERS_WRITE and not (directory and place != path and found.mode & _STICKY):
                yield at(
                    setting,
                    f"any user can write to {shown(place)}, and CRIU writes there as root",
                    "take a directory that only root can write to",
                )
                break


@settings_rule(
    "CRIU506",
    "weak-transport",
    Severity.WARNING,
    bad="tls\ntls-no-cn-verify\n",
    good="tls\n",
)
def weak_transport(settings: Settings) -> Iterator[FileProblem]:
    """The memory of processes goes over the network in clear, or to a server that is not who it should be.

    `tls-no-cn-verify` takes any certificate of the right authority for that of the server, for every connection of this
    host, and nothing can switch it back. `page-server` without `tls` sends memory in clear; to the own host that is fine.

    Sources: criu/tls.c; criu/page-xfer.c (v4.2).
    """
    unverified = settings.last("tls-no-cn-verify")
    if unverified and _tls(settings):
        yield at(unverified, "CRIU takes any server with a certificate of the same authority for the right one", "remove it")
    server, address = settings.switched_on("page-server"), settings.last("address")
    if server and address and not settings.last("tls", "no-tls", "ps-socket") and settings.since(3, 13):
        host = decode(address.value or b"")
        if not host.startswith(("127.", "/", "::1", "localhost")):
            yield at(
                server,
                f"the memory of the processes goes to {shown(host)} in clear",
                "add `tls`, with certificates on both sides, unless the network is a private one",
                severity=Severity.INFO,
            )


SETTINGS_RULES = (weak_transport,)

SURROUNDINGS_RULES = (
    path_missing,
    not_executable,
    writable_by_others,
    key_readable_by_others,
    in_world_writable_place,
)
