# SPDX-License-Identifier: GPL-2.0-only
"""Family 5xx: the machine around the file, and what is not safe there.

Most of these rules look at paths of the machine that the file is on (`criulint.host.filesystem`), and run only where that is
known. They tell of what is sure: a path that can't be looked at, one that is relative to a directory that the caller
chooses, and one that an image only has once it runs are passed over.

CRIU runs as root, and so does who can choose what it runs. Root is user 0, and whoever owns ``/``: an image that somebody
unpacked without being root is that user's.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

from criulint.criu.context import COMMANDS, Role
from criulint.criu.settings import Setting, Settings
from criulint.finding import Severity
from criulint.host.filesystem import FileSystem, HostContext, Kind, ResolvedPath, resolve_path
from criulint.rules.base import FileProblem, Problem, problem_at, rule
from criulint.source import decode
from criulint.text import shorten

# What an image has there tells nothing: a running machine mounts or makes it.
_MADE_AT_START = r"/(dev|media|mnt|proc|run|sys|tmp|var/(lock|run|tmp))(/|$)"
# Writable for everyone on all machines, if there: FHS 3.0; systemd's basic.conf; tmpfs of POSIX shared memory.
_PUBLIC = r"/(tmp|var/tmp|dev/shm)(/|$)"
# Where programs are looked for if nobody says otherwise: sudo's secure_path in Debian, systemd's DefaultPath.
_PROGRAM_DIRECTORIES = (
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
)
# The kernel reads no more of a file to find its interpreter: Linux include/uapi/linux/binfmts.h, BINPRM_BUF_SIZE.
_HEAD = 256


class _Missing(NamedTuple):
    """`outcome`, with CRIU's message, is what `commands` come to if the path of an option is missing."""

    commands: tuple[str, ...]
    outcome: str


_DIRECTORIES = {
    "images-dir": _Missing(
        COMMANDS, "every command{unless} fails: “Can't open dir {path}: {error}”"
    ),
    "work-dir": _Missing(
        COMMANDS, "every command{unless} fails: “Can't change directory to {path}: {error}”"
    ),
    "libdir": _Missing(
        COMMANDS, "dumps and restores fail: “Unable to open directory {path}: {error}”"
    ),
    "prev-images-dir": _Missing(
        COMMANDS, "every command fails: “Invalid parent image directory provided: {error}”"
    ),
    "freeze-cgroup": _Missing(
        ("dump", "pre-dump"),
        "every dump fails: “Neither a cgroupv1 (freezer.state) or cgroupv2 (cgroup.freeze) control file found.”",
    ),
    "cgroup-yard": _Missing(
        ("dump", "restore"),
        "processes with control groups of their own, as containers, can't be dumped or restored: “couldn't open {path}/…”",
    ),
}
_FILES = {
    "cgroup-props-file": _Missing(("dump",), "every dump fails: “Can't open file {path}: {error}”"),
    "tls-cacert": _Missing(("dump", "pre-dump"), "CRIU gives up when it connects to a page server"),
    "tls-cacrl": _Missing(
        ("dump", "pre-dump"),
        "CRIU gives up when it connects to a page server: “Can't read certificate revocation list {path}: {error}”",
    ),
    "tls-cert": _Missing(
        ("dump", "pre-dump"),
        "CRIU gives up when it connects to a page server: “Failed to set certificate/private key pair”",
    ),
    "tls-key": _Missing(
        ("dump", "pre-dump"),
        "CRIU gives up when it connects to a page server: “Failed to set certificate/private key pair”",
    ),
}
# Made by CRIU, in a directory that has to be there.
_OUTPUTS = {
    "log-file": _Missing(
        COMMANDS, "every command{unless} fails: “Can't create log file {path}: {error}”"
    ),
    "pidfile": _Missing(
        ("restore",), "a restore fails, after its work: “pidfile: Can't open {path}: {error}”"
    ),
}


def _path(setting: Setting | None) -> str | None:
    """The absolute path that a setting has for its value, if it has one."""
    if setting is None or setting.value is None or not setting.value.startswith(b"/"):
        return None
    return decode(setting.value)


def _told(
    outcome: str, path: str, seen: ResolvedPath, problem: str = "", role: Role | None = None
) -> str:
    # A file for RPC clients comes last, and overrules them.
    unless = "" if role is Role.RPC else " whose caller names no other"
    return (
        outcome.replace("{unless}", unless)
        .replace("{error}", problem or seen.error)
        .replace("{path}", shorten(path))
    )


def _is_there_at_start(machine: FileSystem, path: str, seen: ResolvedPath) -> bool:
    """Whether a path that is missing may be there once the machine runs, or is CRIU's own view of the kernel."""
    if path.startswith("/proc/"):
        return True
    return not machine.running and bool(
        re.match(_MADE_AT_START, path) or re.match(_MADE_AT_START, seen.path)
    )


def _absent(path: str, seen: ResolvedPath) -> str:
    """Tell what is missing for a path to be there."""
    if posixpath.normpath(path) == seen.path or seen.path == path:
        return f"`{shorten(path)}` does not exist"
    if not posixpath.normpath(path).startswith(f"{seen.path}/"):
        return f"`{shorten(path)}` leads to `{shorten(seen.path)}`, which does not exist"
    return f"`{shorten(path)}` does not exist, as `{shorten(seen.path)}` does not"


@rule(
    "CRIU501",
    "path-missing",
    Severity.ERROR,
    bad="action-script /usr/libexec/criu-hook\nlibdir /usr/lib/criu\n",
    bad_host=("0755 /usr/lib/criu/",),
    good="action-script /usr/libexec/criu-hook\nlibdir /usr/lib/criu\n",
    good_host=("0755 /usr/lib/criu/", "0755 /usr/libexec/criu-hook: #!/bin/sh", "0755 /bin/sh"),
    path="/etc/criu/default.conf",
)
def path_missing(settings: Settings, around: HostContext) -> Iterator[FileProblem]:
    """The file names something that is not on this machine, and CRIU's commands fail for it.

    `work-dir` and `log-file` are for all commands, `criu check` too; a missing `action-script` fails at the first stage
    of a dump or restore, with “execvp("…", ...) failed: No such file or directory”; a missing `libdir` ends both before
    they begin. Of a file that CRIU makes itself (`log-file`, `pidfile`) the directory has to be there.

    Only absolute paths are looked at: CRIU looks for others in the directory that its caller chose. In an image nothing is
    said of places that a machine fills when it starts, such as `/run` and `/tmp`.

    Sources: criu/crtools.c, `main`; criu/log.c; criu/image.c; criu/plugin.c; criu/action-scripts.c; criu/cgroup-props.c;
    criu/seize.c; criu/cgroup.c; criu/tls.c; criu/namespaces.c, `check_ns_file` (v4.2).
    """
    machine = around.file_system
    for script in settings.named("action-script"):
        yield from _missing_script(settings, machine, script)
    for name, use in _DIRECTORIES.items():
        yield from _missing_directory(settings, machine, name, use)
    with_tls = settings.switched_on("tls")
    for name, use in _FILES.items():
        setting = settings.last(name)
        path = _path(setting)
        if not name.startswith("tls-") or with_tls:
            yield from _missing_file(settings, machine, setting, path, use)
    if with_tls and not settings.last("tls-key", "tls-cert"):
        yield from _missing_default_key(settings, machine, with_tls)
    for name, use in _OUTPUTS.items():
        yield from _missing_place(settings, machine, name, use)
    for joined in settings.named("join-ns"):
        path = decode(joined.value or b"").partition(":")[2].partition(",")[0]
        if path.startswith("/"):
            use = _Missing(
                COMMANDS, "CRIU refuses this file: “Can't access join-ns file {path}: {error}”"
            )
            yield from _missing_file(settings, machine, joined, path, use)


def _missing_script(
    settings: Settings, machine: FileSystem, script: Setting
) -> Iterator[FileProblem]:
    if not settings.on("dump", "restore"):
        return
    name = decode(script.value or b"")
    if name and "/" not in name:
        places = [
            resolve_path(machine, f"{directory}/{name}") for directory in _PROGRAM_DIRECTORIES
        ]
        if all(seen and seen.missing for seen in places):
            yield problem_at(
                script,
                f"`{shorten(name)}` is in none of the directories that programs usually are in: unless the caller's PATH has"
                " another, every dump and restore fails with “No such file or directory”",
                "write the whole path",
                severity=Severity.WARNING,
            )
        return
    path = _path(script)
    seen = resolve_path(machine, path) if path else None
    if path and seen and seen.missing and not _is_there_at_start(machine, path, seen):
        outcome = 'every dump and restore fails: “execvp("{path}", ...) failed: {error}”'
        yield problem_at(
            script,
            f"{_absent(path, seen)}, and {_told(outcome, path, seen)}",
            "install it, or correct the path",
        )


def _missing_directory(
    settings: Settings, machine: FileSystem, name: str, use: _Missing
) -> Iterator[FileProblem]:
    setting = settings.last(name)
    path = _path(setting)
    if (
        not setting
        or not path
        or not settings.on(*use.commands)
        or (name == "prev-images-dir" and settings.release < "3.16")
    ):
        return
    seen = resolve_path(machine, path)
    if not seen or _is_there_at_start(machine, path, seen):
        return
    outcome = use.outcome
    if settings.role is Role.RPC and name == "work-dir":
        outcome = "every request fails: “Can't chdir to work_dir: {error}”"
    if seen.missing:
        yield problem_at(
            setting,
            f"{_absent(path, seen)}, and {_told(outcome, path, seen, role=settings.role)}",
            "make the directory",
        )
    elif seen.status.kind is not Kind.DIRECTORY and name != "prev-images-dir":
        told = _told(outcome, path, seen, "Not a directory", settings.role)
        yield problem_at(
            setting, f"`{shorten(path)}` is no directory, and {told}", "name a directory"
        )
    elif name == "freeze-cgroup":
        controls = [
            resolve_path(machine, posixpath.join(seen.path, control))
            for control in ("freezer.state", "cgroup.freeze")
        ]
        if all(control and control.missing for control in controls):
            yield problem_at(
                setting,
                f"`{shorten(path)}` is no control group with a freezer, and {outcome}",
                "name a control group",
            )


def _missing_file(
    settings: Settings,
    machine: FileSystem,
    setting: Setting | None,
    path: str | None,
    use: _Missing,
) -> Iterator[FileProblem]:
    seen = resolve_path(machine, path) if path and settings.on(*use.commands) else None
    if not setting or not path or not seen or _is_there_at_start(machine, path, seen):
        return
    if seen.missing:
        yield problem_at(
            setting,
            f"{_absent(path, seen)}, and {_told(use.outcome, path, seen, role=settings.role)}",
            "correct the path",
        )
    elif seen.status.kind is Kind.DIRECTORY:
        told = _told(use.outcome, path, seen, "Is a directory")
        yield problem_at(setting, f"`{shorten(path)}` is a directory, and {told}", "name a file")


def _missing_default_key(
    settings: Settings, machine: FileSystem, tls: Setting
) -> Iterator[FileProblem]:
    for name in ("tls-cert", "tls-key"):
        path = settings.table.options[name].default_path
        seen = resolve_path(machine, path) if path and settings.on("dump", "pre-dump") else None
        if seen and seen.missing:
            yield problem_at(
                tls,
                f"there is no `{name}`, and CRIU's own, `{path}`, does not exist: it gives up when it connects to a page"
                " server, unless its caller names one",
                "add `tls-cert FILE` and `tls-key FILE`",
                severity=Severity.WARNING,
            )
            return


def _missing_place(
    settings: Settings, machine: FileSystem, name: str, use: _Missing
) -> Iterator[FileProblem]:
    setting = settings.last(name)
    path = _path(setting)
    if not setting or not path or not settings.on(*use.commands):
        return
    directory = posixpath.dirname(path) or "/"
    seen = resolve_path(machine, directory)
    if seen and seen.missing and not _is_there_at_start(machine, directory, seen):
        help = f"make the directory, or write a relative path: `{name} {shorten(posixpath.basename(path)) or 'criu.log'}`"
        yield problem_at(
            setting,
            f"{_absent(directory, seen)}, and {_told(use.outcome, path, seen, role=settings.role)}",
            help,
        )
        return
    itself = resolve_path(machine, path)
    if itself and itself.status.kind is Kind.DIRECTORY:
        told = _told(
            use.outcome,
            path,
            itself,
            "Is a directory" if name == "log-file" else "File exists",
            settings.role,
        )
        yield problem_at(setting, f"`{shorten(path)}` is a directory, and {told}", "name a file")


@rule(
    "CRIU502",
    "not-executable",
    Severity.ERROR,
    bad="action-script /usr/libexec/criu-hook\n",
    bad_host=("0644 /usr/libexec/criu-hook: #!/bin/sh", "0755 /bin/sh"),
    good="action-script /usr/libexec/criu-hook\n",
    good_host=("0755 /usr/libexec/criu-hook: #!/bin/sh", "0755 /bin/sh"),
    path="/etc/criu/default.conf",
)
def not_executable(settings: Settings, around: HostContext) -> Iterator[FileProblem]:
    """The `action-script` is there, and can't be run.

    CRIU starts it with `execvp`, as root and without arguments, at each stage. If that fails, so does the dump or the
    restore: “execvp("…", ...) failed: Permission denied” for a file that is not executable. “No such file or directory”, of
    a script that is there, means the interpreter in its first line; CR LF at the end of that line is part of its name. A
    script without such a line is run by `sh`, but only by the C library of GNU.

    Sources: criu/action-scripts.c, `run_shell_scripts`; criu/util.c, `cr_system_userns` (v4.2); execvp(3).
    """
    if not settings.on("dump", "restore"):
        return
    for script in settings.named("action-script"):
        name = decode(script.value or b"")
        paths = (
            [name] if "/" in name else [f"{directory}/{name}" for directory in _PROGRAM_DIRECTORIES]
        )
        if not name.startswith("/") and "/" in name:
            continue
        for path in paths:
            seen = resolve_path(around.file_system, path)
            if seen is None:
                break
            if not seen.missing:
                yield from _unstartable(around.file_system, script, path, seen)
                break


def _unstartable(
    machine: FileSystem, script: Setting, path: str, seen: ResolvedPath
) -> Iterator[FileProblem]:
    failing = 'every dump and restore fails: “execvp("{path}", ...) failed: {error}”'
    status = seen.status
    if status.kind is not Kind.FILE:
        what = "a directory" if status.kind is Kind.DIRECTORY else "no regular file"
        told = _told(failing, path, seen, "Permission denied")
        yield problem_at(script, f"`{shorten(path)}` is {what}, and {told}", "name a program")
        return
    if not status.mode & 0o111:
        told = _told(failing, path, seen, "Permission denied")
        yield problem_at(
            script,
            f"`{shorten(path)}` is not executable, and {told}",
            f"run `chmod +x {shorten(path)}`",
        )
        return
    head = machine.read_head(seen.path, _HEAD)
    if head is None:
        return
    if not head.startswith(b"#!"):
        if head and b"\0" not in head and not head.startswith(b"\xef\xbb\xbf"):
            yield problem_at(
                script,
                f"`{shorten(path)}` does not begin with `#!`: `sh` runs it, but not if CRIU is built with musl",
                "let it begin with `#!/bin/sh`",
                severity=Severity.INFO,
            )
        return
    line, newline, _ = head[2:].partition(b"\n")
    words = decode(line).strip(" \t").split(None, 1)
    interpreter = words[0] if words else ""
    if newline and line.endswith(b"\r"):
        yield problem_at(
            script,
            f"the first line of `{shorten(path)}` ends with CR LF, and CR belongs to its interpreter's name or argument:"
            " dumps and restores fail",
            "write the script with LF at the end of its lines",
        )
        return
    if not newline or not interpreter.startswith("/"):
        return
    found = resolve_path(machine, interpreter)
    if found and found.missing and not _is_there_at_start(machine, interpreter, found):
        told = _told(failing, path, seen, found.error)
        yield problem_at(
            script,
            f"`{shorten(path)}` asks for `{shorten(interpreter)}`, which does not exist, and {told}",
            "install it",
        )
    elif (
        found
        and posixpath.basename(interpreter) == "env"
        and len(words) > 1
        and re.fullmatch(r"[\w.+-]+", words[1])
    ):
        programs = [
            resolve_path(machine, f"{directory}/{words[1]}") for directory in _PROGRAM_DIRECTORIES
        ]
        if not words[1].startswith("-") and all(
            program and program.missing for program in programs
        ):
            yield problem_at(
                script,
                f"`{shorten(path)}` asks for `{words[1]}`, which is in none of the directories that programs usually are in:"
                " if it is not found, every dump and restore fails",
                "install it",
                severity=Severity.WARNING,
            )


class _Trust:
    """Whose files are as good as root's."""

    def __init__(self, settings: Settings, around: HostContext) -> None:
        self._machine = around.file_system
        self.users, self.groups = {0}, {0}
        self._add("/")
        if around.path and settings.role is Role.USER:
            self._add(posixpath.dirname(posixpath.dirname(around.path)))  # whose CRIU reads it
        elif around.path and settings.role in (None, Role.ENV, Role.CLI):
            self._add(around.path)  # who names it

    def _add(self, path: str) -> None:
        seen = resolve_path(self._machine, path)
        if seen and not seen.missing:
            self.users.add(seen.status.uid)
            self.groups.add(seen.status.gid)

    def breach(self, seen: ResolvedPath) -> str | None:
        """Who else can decide what is at the end of a way, told with the place that lets them; None if nobody."""
        before_is_public = False
        steps = [*seen.traversed, *([] if seen.missing else [(seen.path, seen.status)])]
        for number, (path, status) in enumerate(steps):
            if path == "/":
                continue
            name = f"`{shorten(path)}`"
            if status.kind is Kind.LINK:
                if before_is_public and status.uid not in self.users:
                    return f"{name} belongs to user {status.uid}"
                continue
            if status.uid not in self.users:
                return f"{name} belongs to user {status.uid}"
            # In a directory with the sticky bit nobody can replace what is another's.
            before_is_public = (
                status.kind is Kind.DIRECTORY
                and bool(status.mode & 0o1000)
                and bool(status.mode & 0o022)
            )
            if before_is_public and number < len(steps) - 1:
                continue
            if status.mode & 0o002:
                return f"everyone can write to {name}"
            if status.mode & 0o020 and status.gid not in self.groups:
                return f"group {status.gid} can write to {name}"
        return None


@rule(
    "CRIU503",
    "writable-by-others",
    Severity.WARNING,
    bad="action-script /opt/hooks/criu\n",
    bad_host=("0777 /opt/hooks/", "0755 /opt/hooks/criu: #!/bin/sh", "0755 /bin/sh"),
    good="action-script /opt/hooks/criu\n",
    good_host=("0755 /opt/hooks/", "0755 /opt/hooks/criu: #!/bin/sh", "0755 /bin/sh"),
    path="/etc/criu/default.conf",
)
def writable_by_others(settings: Settings, around: HostContext) -> Iterator[FileProblem]:
    """Somebody who is not root decides what CRIU runs as root.

    CRIU runs each `action-script`, and loads each `*.so` in `libdir` into itself. Whoever can write to one of them, to a
    directory or link on the way there, or to the configuration file, which can name others, becomes root with the next
    checkpoint. The permissions of all directories on the way count. In one with the sticky bit, such as `/tmp`, nobody can
    replace what is there, but anyone can be the first to put it there, as after a restart.

    Users and groups are told by their numbers. Those that own `/` count as root, for an image may be unpacked without
    being root; those of a home directory do for the file in it, whose CRIU is that user's.

    Sources: criu/action-scripts.c; criu/plugin.c (v4.2).
    """
    trust = _Trust(settings, around)
    machine = around.file_system
    seen = resolve_path(machine, around.path) if around.path else None
    breach = trust.breach(seen) if seen and not seen.missing else None
    if breach:
        message = (
            f"{breach}: so others can have CRIU run any program as root, which this file can name"
        )
        help = "let root alone write there"
        if settings.all:
            yield problem_at(settings.all[0], message, help)
        else:
            yield FileProblem(1, Problem(0, len(settings.reading.source.text(1)), message, help))
    for script in settings.named("action-script"):
        path = _path(script)
        if path:
            yield from _others(trust, machine, script, path, "CRIU runs it, as root")
    libdir = settings.last("libdir")
    directory = _path(libdir)
    if libdir and directory:
        found = [*_others(trust, machine, libdir, directory, "CRIU loads each *.so there, as root")]
        yield from found or _others_of_plugins(trust, machine, libdir, directory)


def _others(
    trust: _Trust, machine: FileSystem, setting: Setting, path: str, why: str
) -> Iterator[FileProblem]:
    seen = resolve_path(machine, path)
    breach = trust.breach(seen) if seen else None
    if breach:
        message = f"{breach}: so others decide what `{shorten(path)}` is, and {why}"
        yield problem_at(setting, message, "let root alone write there")
        return
    public = _public_directory(seen, path)
    if public:
        yield problem_at(
            setting,
            f"everyone can write to `{shorten(public[0])}`, and put something there when `{shorten(path)}` is gone, as after a"
            f" restart: {why}",
            "keep it where root alone can write",
        )


def _others_of_plugins(
    trust: _Trust, machine: FileSystem, libdir: Setting, directory: str
) -> Iterator[FileProblem]:
    seen = resolve_path(machine, directory)
    names = machine.listdir(seen.path) if seen and seen.status.kind is Kind.DIRECTORY else None
    for name in sorted(names or ()):
        plugin = (
            resolve_path(machine, posixpath.join(directory, name)) if name.endswith(".so") else None
        )
        breach = trust.breach(plugin) if plugin else None
        if breach:
            yield problem_at(
                libdir,
                f"{breach}: so others decide what CRIU loads, as root",
                "let root alone write there",
            )
            return


@rule(
    "CRIU504",
    "key-readable-by-others",
    Severity.WARNING,
    bad="tls\ntls-cert /etc/pki/criu/cert.pem\ntls-key /etc/pki/criu/key.pem\n",
    bad_host=("0644 /etc/pki/criu/cert.pem", "0644 /etc/pki/criu/key.pem"),
    good="tls\ntls-cert /etc/pki/criu/cert.pem\ntls-key /etc/pki/criu/key.pem\n",
    good_host=("0644 /etc/pki/criu/cert.pem", "0600 /etc/pki/criu/key.pem"),
    path="/etc/criu/default.conf",
)
def key_readable_by_others(settings: Settings, around: HostContext) -> Iterator[FileProblem]:
    """Others than root can read the private key that CRIU proves with who it is.

    With it they can pass for a page server, and get the memory of the processes that are dumped, or for the host that
    dumps, and put memory of their own in the place of it. CRIU itself does not look at the permissions.

    The directories above count: in one that others can't enter, the key is safe. A group that may read the key is told of
    as a note.

    Source: criu/tls.c, `tls_x509_setup_creds` (v4.2).
    """
    setting = settings.last("tls-key")
    path = _path(setting)
    if not setting:
        setting = settings.switched_on("tls")
        path = settings.table.options["tls-key"].default_path if setting else None
    seen = resolve_path(around.file_system, path) if path else None
    if not setting or not path or not seen or seen.status.kind is not Kind.FILE:
        return
    trust = _Trust(settings, around)
    status = seen.status
    directories = [step for _, step in seen.traversed if step.kind is Kind.DIRECTORY]
    name = f"`{shorten(path)}`"
    if status.uid not in trust.users:
        yield problem_at(
            setting,
            f"the private key {name} belongs to user {status.uid}",
            f"run `chown root {shorten(path)}`",
        )
    elif status.mode & 0o004 and all(step.mode & 0o001 for step in directories):
        yield problem_at(
            setting, f"everyone can read the private key {name}", f"run `chmod 600 {shorten(path)}`"
        )
    elif (
        status.mode & 0o040
        and status.gid not in trust.groups
        and all(
            step.mode & 0o001 or (step.mode & 0o010 and step.gid == status.gid)
            for step in directories
        )
    ):
        message = f"the members of group {status.gid} can read the private key {name}"
        yield problem_at(setting, message, "make sure that they all may", severity=Severity.INFO)


@rule(
    "CRIU505",
    "in-world-writable-place",
    Severity.WARNING,
    bad="work-dir /var/tmp\n",
    bad_host=("1777 /var/tmp/",),
    good="work-dir /var/lib/criu\n",
    good_host=("0700 /var/lib/criu/",),
    path="/etc/criu/default.conf",
)
def in_world_writable_place(settings: Settings, around: HostContext) -> Iterator[FileProblem]:
    """CRIU writes, as root, where everyone can write.

    Anyone can put a symbolic link where CRIU will make its file: it empties and overwrites what the link leads to. Where
    the kernel protects links and files in such directories (`fs.protected_symlinks`, `fs.protected_regular`), what lies
    there makes CRIU fail instead. Images hold the memory of the processes, passwords and keys with it, and CRIU makes them
    readable for everyone (mode 0644, less the umask); who can change them decides what a restore runs, as root.

    A directory that root has in such a place is safe as long as it is there, and told of as a note: after a restart
    somebody else may be the first to make it.

    Sources: criu/log.c, `log_init`, `write_pidfile`; criu/image.c; criu/include/crtools.h, `CR_FD_PERM`;
    criu/cr-service.c, `cr_service` (v4.2); Linux Documentation/admin-guide/sysctl/fs.rst.
    """
    trust = _Trust(settings, around)
    for name, (is_directory, why) in _WRITTEN.items():
        setting = settings.last(name)
        path = _path(setting)
        if (
            not setting
            or not path
            or path.startswith(("/dev/null", "/proc/"))
            or path in ("/dev/stdout", "/dev/stderr")
        ):
            continue
        if name == "pidfile" and not settings.on("restore"):
            continue
        place = path if is_directory else posixpath.dirname(path)
        seen = resolve_path(around.file_system, place)
        public = _public_directory(seen, place)
        if not public:
            continue
        directory, sticky = public
        told = f"everyone can write to `{shorten(directory)}`"
        if (
            sticky
            and seen
            and not seen.missing
            and seen.path != directory
            and seen.status.uid in trust.users
        ):
            yield problem_at(
                setting,
                f"{told}, and may be the first to make `{shorten(place)}` when it is gone, as after a restart",
                "keep it where root alone can write",
                severity=Severity.INFO,
            )
        else:
            message = f"{told}: {why.replace('{path}', shorten(path))}"
            yield problem_at(setting, message, "choose a directory that root alone can write to")


def _public_directory(seen: ResolvedPath | None, path: str) -> tuple[str, bool] | None:
    """The last directory on the way to a directory, or itself, in which everyone can write, and whether it is sticky."""
    steps = (
        []
        if seen is None
        else [*seen.traversed, *([] if seen.missing else [(seen.path, seen.status)])]
    )
    for place, status in reversed(steps):
        if status.kind is Kind.DIRECTORY and status.mode & 0o002 and place != "/":
            return place, bool(status.mode & 0o1000)
    named = re.match(_PUBLIC, path)
    return (f"/{named[1]}", True) if named and seen and seen.missing else None


# Option -> whether it is a directory itself, and what others can do there.
_WRITTEN = {
    "log-file": (
        False,
        "who puts a link there has CRIU overwrite, as root, what it leads to, or fail",
    ),
    "pidfile": (
        False,
        "who puts a file there first makes every restore fail, after its work: “pidfile: Can't open {path}: File exists”",
    ),
    "work-dir": (
        True,
        "who puts links there has CRIU overwrite, as root, what they lead to with its log and statistics",
    ),
    "images-dir": (
        True,
        "others can read the memory of the processes there, and change what a restore runs, as root",
    ),
    "prev-images-dir": (
        True,
        "others can change the memory there that a restore takes for the processes'",
    ),
    "address": (False, "who puts a socket there first is taken for the service of CRIU"),
}


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
def unloadable_plugin(settings: Settings, around: HostContext) -> Iterator[FileProblem]:
    """A file in `libdir` whose name ends with `.so` is no library.

    CRIU loads all of them, whatever they are for, when a dump or restore begins. If it can't load one, because it is
    something else, or a link to nothing, the command ends there: “Unable to load …”. A directory of the system's libraries
    is no good `libdir`: what is for linkers there, such as `libc.so`, is a text.

    Source: criu/plugin.c, `cr_plugin_init` and `cr_lib_load` (v4.2).
    """
    machine = around.file_system
    libdir = settings.last("libdir")
    path = _path(libdir)
    seen = resolve_path(machine, path) if path else None
    if not libdir or not seen or seen.status.kind is not Kind.DIRECTORY:
        return
    for name in sorted(machine.listdir(seen.path) or ()):
        if not name.endswith(".so"):
            continue
        file = posixpath.join(seen.path, name)
        plugin = resolve_path(machine, file)
        if plugin is None:
            continue
        if plugin.missing:
            if _is_there_at_start(machine, file, plugin):
                continue
            what = "is a link to nothing"
        elif plugin.status.kind is Kind.FILE:
            head = machine.read_head(plugin.path, 4)
            if head is None or head == b"\x7fELF":
                continue
            what = "is no library"
        else:
            what = "is no file"
        outcome = f"every dump and restore ends with “Unable to load {shorten(file)}”"
        yield problem_at(
            libdir,
            f"`{shorten(file)}` {what}, and {outcome}",
            "remove it, or choose a directory for plugins alone",
        )
        return


_LOOPBACK = rb"(?i)(::ffff:)?127(\.[0-9]{1,3}){3}|::1|(0{1,4}:){7}0{0,3}1|localhost(\.localdomain)?|ip6-localhost|ip6-loopback"


@rule(
    "CRIU506",
    "weak-transport",
    Severity.WARNING,
    bad="page-server\naddress 192.0.2.7\nport 27\n",
    good="page-server\naddress 192.0.2.7\nport 27\ntls\n",
)
def weak_transport(settings: Settings) -> Iterator[FileProblem]:
    """The memory of the processes goes over the network, and others can read it, or put theirs in its place.

    `page-server` without `tls` sends it in clear, with the passwords and keys in it, to whoever answers at the address.
    With `tls` and `tls-no-cn-verify` any certificate will do that an authority vouches for: without `tls-cacert` these are
    all authorities that the host trusts, so that anybody can get one. With `tls-cacert` it is told of as a note.

    An address of this host (`127.0.0.1`, `::1`, `localhost`) is fine, be it a tunnel's or a test's, and so is `ps-socket`:
    its caller made the connection.

    Sources: criu/page-xfer.c, `connect_to_page_server_to_send`; criu/tls.c, `tls_x509_verify_peer_cert`,
    `tls_x509_setup_creds` (v4.2).
    """
    tls = settings.switched_on("tls")
    server = settings.switched_on("page-server")
    address = settings.last("address")
    if server and address and address.value and not tls and not settings.last("ps-socket"):
        remote = not re.fullmatch(_LOOPBACK, address.value) and not address.value.startswith(b"/")
        if remote and settings.on("dump", "pre-dump"):
            where = shorten(decode(address.value))
            yield problem_at(
                server,
                f"the memory of the processes goes to {where} in clear, and to whoever answers there",
                "add `tls`, with `tls-cacert`, `tls-cert` and `tls-key`"
                if settings.release >= "3.13"
                else "send it through a tunnel, as of ssh",
            )
    unchecked = settings.last("tls-no-cn-verify")
    if unchecked and tls:
        own = settings.last("tls-cacert")
        yield problem_at(
            unchecked,
            "CRIU takes any certificate of its `tls-cacert` for that of the page server"
            if own
            else "CRIU takes any certificate for that of the page server, if one of the authorities that this host trusts"
            " made it",
            "name the page server by what its certificate says, and remove the line",
            severity=Severity.INFO if own else None,
        )


SETTINGS_RULES = (weak_transport,)
HOST_RULES = (
    path_missing,
    not_executable,
    writable_by_others,
    key_readable_by_others,
    in_world_writable_place,
    unloadable_plugin,
)
