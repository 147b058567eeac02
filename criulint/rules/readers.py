# SPDX-License-Identifier: GPL-2.0-only
"""Family 4xx: which file it is, who reads it, and what the runtime above CRIU makes of it.

The role of a file (`criulint.criu.context.Role`) comes from its path or from the user. Where the runtime is not known, a
rule tells of all runtimes that it knows to be affected, in one finding.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from criulint.criu.context import Role
from criulint.criu.settings import Settings
from criulint.finding import Severity
from criulint.rules.base import FileProblem, Problem, at, settings_rule
from criulint.rules.words import shown
from criulint.source import decode

# In the directories where people look for CRIU's files, CRIU and the runtimes open these alone.
_OPENED = frozenset(("default.conf", "runc.conf", "crun.conf"))
_DIRECTORY = re.compile(r"(^|/)(etc/criu|\.criu)$")
# Names that look as if something read them.
_BELIEVED = re.compile(
    r"(?x) (criu | dump | pre-?dump | restore | check | config | swrk | service | page-server | lazy-pages | rpc | main"
    r" | podman | docker | containerd | cri-?o | kubelet | kubernetes | youki | lxc | lxd | incus | buildah | libcontainer)"
    r" \.(conf|cfg|ini|config) | config | default | default\.(cfg|ini|config) | \.?criu(\.conf|rc)? | \.criu"
)


@settings_rule(
    "CRIU402",
    "file-never-read",
    Severity.WARNING,
    bad="tcp-close\n",
    good="# moved to /etc/criu/default.conf\n",
    path="/etc/criu.conf",
)
def file_never_read(settings: Settings) -> Iterator[FileProblem]:
    """Nobody opens a file of this name: CRIU does not look for it, and no runtime does.

    CRIU opens `/etc/criu/default.conf`, `~/.criu/default.conf`, and what `$CRIU_CONFIG_FILE`, `--config` or an RPC client
    names. runc names `/etc/criu/runc.conf`; crun `/etc/criu/crun.conf` or else `/etc/criu/runc.conf`. There is no file for
    one command, for an engine, and no directory whose files are all read; a missing file is no error, so nothing tells.

    Sources: criu/config.c, `next_config` (v4.2); runc libcontainer/criu_linux.go; crun src/libcrun/criu.c.
    """
    path = settings.reading.source.path
    if path is None or settings.context.role is not None:
        return
    directory, name = posixpath.split(path.replace("\\", "/"))
    ours = _DIRECTORY.search(directory)
    known_wrong = bool(_BELIEVED.fullmatch(name)) and bool(
        re.search(r"(^|/)(etc|etc/criu|\.criu|\.config/criu)$", directory)
    )
    hidden = re.search(r"(^|/)etc/criu/[^/]*\.d$|(^|/)etc/criu\.(conf\.)?d$", directory) and name.endswith(".conf")
    home = name in (".criu.conf", ".criurc")
    user_runtime = directory.endswith(".criu") and name in ("runc.conf", "crun.conf")
    if known_wrong or hidden or home or user_runtime:
        yield _whole_file(
            settings,
            "CRIU and the runtimes never open a file of this name",
            "move it to /etc/criu/default.conf, or to the runtime's own file: /etc/criu/runc.conf, /etc/criu/crun.conf",
        )
    elif ours and name.endswith(".conf") and name not in _OPENED:
        yield _whole_file(
            settings,
            "CRIU reads this file only if $CRIU_CONFIG_FILE, --config or the annotation org.criu.config names it",
            "tell criulint its role if something does",
            Severity.INFO,
        )


def _whole_file(settings: Settings, message: str, help: str, severity: Severity | None = None) -> FileProblem:
    """A problem of the whole file, told of at the first thing that it sets."""
    first = settings.all[0]
    return FileProblem(first.line, Problem(first.start, first.end, message, help, severity=severity))


@settings_rule(
    "CRIU404",
    "crashes-criu",
    Severity.ERROR,
    bad="network-lock nftables\n",
    good="tcp-established\n",
    path="/etc/criu/runc.conf",
    criu="4.2",
)
def crashes_criu(settings: Settings) -> Iterator[FileProblem]:
    """CRIU dies at this option in a file for RPC clients; the runtime tells only of a connection that broke.

    `network-lock` in such a file makes CRIU 3.16 to 4.2 look at a command word that is not there: a segmentation fault,
    which runc reports as “unexpected EOF”. In `/etc/criu/default.conf` the same line is fine. `stream` makes every release
    abort, in default files too, and `action-script` those up to 3.18 when the runtime asks for notifications, as runc does.

    Sources: criu/config.c, `parse_options`; criu/img-streamer.c (v4.2); criu/action-scripts.c (v3.18). The crash at
    `network-lock` is mended in 4.2.1.
    """
    stream = settings.switched_on("stream")
    if stream and settings.role not in (None, Role.CLI):
        yield at(
            stream, "CRIU aborts when a runtime calls it, and the runtime reports a broken connection", "remove the line"
        )
    if settings.role is not Role.RPC:
        return
    anywhere = settings.context.any_release
    lock = settings.last("network-lock")
    affected = settings.since(3, 16) and not settings.since(4, 2, 1)
    if lock and (affected or anywhere):
        yield at(
            lock,
            "CRIU crashes with a segmentation fault, and the runtime reports an unexpected EOF"
            if affected
            else "CRIU 3.16 to 4.2 crash here with a segmentation fault, and the runtime reports an unexpected EOF",
            "move the line to /etc/criu/default.conf",
            severity=None if affected else Severity.WARNING,
        )
    script = settings.last("action-script")
    if script and not settings.since(3, 19):
        yield at(
            script,
            "CRIU aborts here when the runtime asks for notifications, as runc does",
            "move the line to /etc/criu/default.conf",
        )


@settings_rule(
    "CRIU406",
    "shared-output",
    Severity.WARNING,
    bad="pidfile /run/criu.pid\n",
    good="log-file criu.log\n",
)
def shared_output(settings: Settings) -> Iterator[FileProblem]:
    """All containers and all commands write to this one path.

    A file is read for each container and each command. A second restore fails with “pidfile: Can't open …: File exists”
    after it has killed what it restored; a `log-file` is emptied by every command, also by `criu check`, and holds what
    the last one wrote; all images land in one `images-dir` and overwrite one another. A relative path is looked up in the
    working directory that the caller chose, and is fine.

    Sources: criu/log.c; criu/cr-restore.c; criu/crtools.c (v4.2).
    """
    told = {
        "pidfile": ("the second restore fails, as the file exists: “pidfile: Can't open”", None),
        "images-dir": ("the images of all containers land in one directory and overwrite one another", None),
        "log-file": ("every command, for every container, empties this file and writes its own log to it", Severity.INFO),
        "work-dir": ("the logs and statistics of all containers land in one directory", Severity.INFO),
    }
    if settings.role is Role.RPC and not settings.since(4, 2):
        told["images-dir"] = ("every request fails: CRIU takes no other directory than the caller's", Severity.ERROR)
    for name, (message, severity) in told.items():
        setting = settings.last(name)
        if not setting or setting.value is None or not setting.value.startswith(b"/"):
            continue
        if setting.value.startswith((b"/dev/", b"/proc/")) or (name == "pidfile" and not settings.on("restore")):
            continue
        if name == "images-dir" and settings.role is not Role.RPC:
            severity = Severity.INFO  # callers replace it: on the command line with -D, over RPC always
        relative = shown(posixpath.basename(decode(setting.value).rstrip("/"))) or "criu"
        help = (
            f"write a relative path: `{name} {relative}`" if name in ("log-file", "pidfile") else "let the caller choose it"
        )
        yield at(setting, message, help, severity=severity)


@settings_rule(
    "CRIU405",
    "repeated-across-files",
    Severity.WARNING,
    bad="action-script /usr/libexec/criu-hook\n",
    good="tcp-established\n",
    path="/etc/criu/runc.conf",
    criu="4.1.1",
)
def repeated_across_files(settings: Settings) -> Iterator[FileProblem]:
    """CRIU takes the line twice, and it does not say the same twice.

    Up to 4.1.1 CRIU reads a file for RPC clients before and after the client's own settings. What collects values collects
    them twice then: each `action-script` runs twice per stage, a bare `verbosity` raises the level by two. The same happens
    when two of CRIU's files hold the same line.

    Source: criu/cr-service.c, `setup_opts_from_req` (v4.1.1).
    """
    if settings.role is not Role.RPC or settings.since(4, 2):
        return
    for script in settings.named("action-script") if settings.since(3, 19) else ():
        yield at(
            script,
            f"CRIU {settings.release} reads this file twice, and runs the script twice at each stage",
            "move the line to /etc/criu/default.conf",
        )
    for verbosity in settings.named("verbosity"):
        if verbosity.value is None:
            yield at(
                verbosity,
                f"CRIU {settings.release} reads this file twice, and raises the level by two",
                "write `verbosity=LEVEL`",
            )
    for device in settings.named("external"):
        if re.match(rb"veth\[[^\]]*\]:[^@]*@", device.value or b""):
            yield at(
                device,
                f"CRIU {settings.release} reads this file twice, and attaches the device to its bridge twice",
                "let the runtime name the device",
            )


def repeated_in_both(first: Settings, second: Settings) -> Iterator[FileProblem]:
    """CRIU405 for two files that CRIU reads one after the other: what `second` adds to what `first` has already."""
    for setting in second.all:
        repeat = setting.option.facts.get("x-criu-repeat")
        if repeat not in ("accumulate", "increment") or setting.name == "cpu-cap":
            continue
        same = next((other for other in first.named(setting.name) if other.value == setting.value), None)
        if not same or (setting.name == "verbosity" and setting.value is not None):
            continue
        effect = {
            "action-script": "the script runs twice at each stage",
            "verbosity": "the level rises twice",
        }.get(setting.name, "CRIU registers the value twice")
        path = shown(first.reading.source.path or "")
        yield at(setting, f"line {same.line} of {path} says the same, and {effect}", "keep one of them")


SETTINGS_RULES = (file_never_read, crashes_criu, repeated_across_files, shared_output)
