# SPDX-License-Identifier: GPL-2.0-only
"""Family 4xx: which file it is, who reads it, and what the runtime above CRIU makes of it.

The role of a file (`criulint.criu.context.Role`) comes from its path or from the user. Where the runtime is not known, a
rule tells of all runtimes that it knows to be affected, in one finding.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from criulint.criu.context import COMMANDS, Role
from criulint.criu.settings import Setting, Settings
from criulint.finding import Severity
from criulint.rules.base import FileProblem, Problem, problem_at, rule
from criulint.source import decode
from criulint.text import escape, shorten

if TYPE_CHECKING:  # the facts about runtimes take long to load, and many files do without
    from criulint.criu.runtimes import RequestField, Runtime

#: The files that CRIU reads before it takes what its caller says.
DEFAULT_ROLES = frozenset((Role.DEFAULT, Role.USER, Role.ENV))

# In the directories where people look for CRIU's files, CRIU and the runtimes open these alone.
_OPENED = frozenset(("default.conf", "runc.conf", "crun.conf"))
_DIRECTORY = r"(^|/)(etc/criu|\.criu)$"
# Names that look as if something read them.
_BELIEVED = (
    r"(criu|dump|pre-?dump|restore|check|config|swrk|service|page-server|lazy-pages|rpc|main|podman|docker|containerd|cri-?o"
    r"|kubelet|kubernetes|youki|lxc|lxd|incus|buildah|libcontainer)\.(conf|cfg|ini|config)"
    r"|config|default|default\.(cfg|ini|config)|\.?criu(\.conf|rc)?|\.criu"
)


@rule(
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
    A CRIU in `/usr/local` reads `/etc/criu/default.conf`, too.

    Sources: criu/config.c, `next_config` (v4.2); criu/Makefile, `GLOBAL_CONFIG_DIR`; runc libcontainer/criu_linux.go; crun
    src/libcrun/criu.c.
    """
    path = settings.reading.source.path
    if path is None or settings.context.role is not None:
        return
    directory, name = posixpath.split(path.replace("\\", "/"))
    # The prefix that CRIU is built for does not count: criu/Makefile names the directory.
    prefixed = re.search(r"(^|/)usr/local/etc/criu$", directory) and name.endswith(".conf")
    if name in _OPENED and not directory.endswith(".criu") and not prefixed:
        return
    ours = re.search(_DIRECTORY, directory)
    known_wrong = re.fullmatch(_BELIEVED, name) and re.search(
        r"(^|/)(etc|etc/criu|\.criu|\.config/criu)$", directory
    )
    hidden = re.search(
        r"(^|/)etc/criu/[^/]*\.d$|(^|/)etc/criu\.(conf\.)?d$", directory
    ) and name.endswith(".conf")
    home = name in (".criu.conf", ".criurc")
    user_runtime = directory.endswith(".criu") and name in ("runc.conf", "crun.conf")
    if known_wrong or prefixed or hidden or home or user_runtime:
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


def _whole_file(
    settings: Settings, message: str, help: str, severity: Severity | None = None
) -> FileProblem:
    """A problem of the whole file, told of at the first thing that it sets."""
    first = settings.all[0]
    return FileProblem(
        first.line, Problem(first.start, first.end, message, help, severity=severity)
    )


@rule(
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
        yield problem_at(
            stream,
            "CRIU aborts when a runtime calls it, and the runtime reports a broken connection",
            "remove the line",
        )
    if settings.role is not Role.RPC:
        return
    anywhere = settings.context.any_release
    lock = settings.last("network-lock")
    affected = settings.release >= "3.16" and settings.release < "4.2.1"
    if lock and (affected or anywhere):
        yield problem_at(
            lock,
            "CRIU crashes with a segmentation fault, and the runtime reports an unexpected EOF"
            if affected
            else "CRIU 3.16 to 4.2 crash here with a segmentation fault, and the runtime reports an unexpected EOF",
            "move the line to /etc/criu/default.conf",
            severity=None if affected else Severity.WARNING,
        )
    script = settings.last("action-script")
    if script and settings.release < "3.19":
        yield problem_at(
            script,
            "CRIU aborts here when the runtime asks for notifications, as runc does",
            "move the line to /etc/criu/default.conf",
        )


@rule(
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
        "images-dir": (
            "the images of all containers land in one directory and overwrite one another",
            None,
        ),
        "log-file": (
            "every command, for every container, empties this file and writes its own log to it",
            Severity.INFO,
        ),
        "work-dir": (
            "the logs and statistics of all containers land in one directory",
            Severity.INFO,
        ),
    }
    if settings.role is Role.RPC and settings.release < "4.2":
        told["images-dir"] = (
            "every request fails: CRIU takes no other directory than the caller's",
            Severity.ERROR,
        )
    for name, (message, severity) in told.items():
        setting = settings.last(name)
        if not setting or setting.value is None or not setting.value.startswith(b"/"):
            continue
        if setting.value.startswith((b"/dev/", b"/proc/")) or (
            name == "pidfile" and not settings.on("restore")
        ):
            continue
        if name == "images-dir" and settings.role is not Role.RPC:
            severity = (
                Severity.INFO
            )  # callers replace it: on the command line with -D, over RPC always
        relative = shorten(posixpath.basename(decode(setting.value).rstrip("/"))) or "criu"
        help = (
            f"write a relative path: `{name} {relative}`"
            if name in ("log-file", "pidfile")
            else "let the caller choose it"
        )
        yield problem_at(setting, message, help, severity=severity)


@rule(
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
    if settings.role is not Role.RPC or settings.release >= "4.2":
        return
    for script in settings.named("action-script") if settings.release >= "3.19" else ():
        yield problem_at(
            script,
            f"CRIU {settings.release} reads this file twice, and runs the script twice at each stage",
            "move the line to /etc/criu/default.conf",
        )
    for verbosity in settings.named("verbosity"):
        if verbosity.value is None:
            yield problem_at(
                verbosity,
                f"CRIU {settings.release} reads this file twice, and raises the level by two",
                "write `verbosity=LEVEL`",
            )
    for device in settings.named("external"):
        if re.match(rb"veth\[[^\]]*\]:[^@]*@", device.value or b""):
            yield problem_at(
                device,
                f"CRIU {settings.release} reads this file twice, and attaches the device to its bridge twice",
                "let the runtime name the device",
            )


def repeated_in_both(first: Settings, second: Settings) -> Iterator[FileProblem]:
    """CRIU405 for two files that CRIU reads one after the other: what `second` adds to what `first` has already."""
    for setting in second.all:
        repeat = setting.option.repeat
        if repeat not in ("accumulate", "increment") or setting.name == "cpu-cap":
            continue
        same = next(
            (other for other in first.named(setting.name) if other.value == setting.value), None
        )
        if not same or (setting.name == "verbosity" and setting.value is not None):
            continue
        effect = {
            "action-script": "the script runs twice at each stage",
            "verbosity": "the level rises twice",
        }.get(setting.name, "CRIU registers the value twice")
        path = escape(first.reading.source.path or "")
        yield problem_at(
            setting, f"line {same.line} of {path} says the same, and {effect}", "keep one of them"
        )


def _certainty(settings: Settings) -> Severity | None:
    """The severity of what only some runtimes do: as the rule's if the user has named it."""
    return None if settings.context.caller else Severity.INFO


def _versioned(runtime: Runtime, version: str | None, sent: RequestField) -> str:
    """The runtime's name, with the version where it began unless the user has named a version."""
    return f"{runtime.title} from {sent.since} on" if sent.since and not version else runtime.title


def _place(runtime: Runtime) -> str:
    """Where a line for a runtime is not overridden."""
    if not runtime.files:
        return "no file: its own command line decides"
    file = runtime.files[0]
    needs = [f"{runtime.title} {file.since}"] if file.criu else []
    needs += [f"CRIU {file.criu}"] if file.criu else []
    return file.path + (f" ({' with '.join(needs)} or later)" if needs else "")


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


@rule(
    "CRIU401",
    "overridden-by-runtime",
    Severity.WARNING,
    bad="tcp-established\n",
    good="ghost-limit 64M\n",
    path="/etc/criu/default.conf",
    runtime="runc",
)
def overridden_by_runtime(settings: Settings) -> Iterator[FileProblem]:
    """The runtime sends a value of its own with each request, and the line in the default file has no effect.

    CRIU reads its default files first, then takes what the runtime sends, and at last reads the runtime's own file. runc,
    crun and youki send an explicit false for `tcp-established`, `shell-job`, `file-locks` and `ext-unix-sk` unless their
    user asks for more, and their own log file, level and directories always. The dump then fails as if the line were not
    there. In the runtime's own file (`/etc/criu/runc.conf`, `/etc/criu/crun.conf`) the line holds.

    Sources: criu/cr-service.c, `setup_opts_from_req` (v4.2); runc libcontainer/criu_linux.go; crun src/libcrun/criu.c;
    youki container_checkpoint.rs; lxc src/lxc/criu.c.
    """
    if settings.role is Role.RPC:
        yield from _level_over_rpc(settings)
    if settings.role not in DEFAULT_ROLES:
        return
    for several in settings.by_name.values():
        setting = several[-1]
        overriding = list(_overriding(settings, setting))
        if not overriding:
            continue
        by_words: dict[str, list[str]] = {}
        for runtime, version, sent, commands in overriding:
            name = _versioned(runtime, version, sent)
            by_words.setdefault(sent.words, []).append(
                f"{name} ({', '.join(commands)})" if commands else name
            )
        who = _joined([name for names in by_words.values() for name in names])
        said = "; ".join(
            (f"{_joined(names)} " if len(by_words) > 1 else "")
            + f"{'sends' if len(names) == 1 else 'send'} {words}"
            for words, names in by_words.items()
        )
        subject = "" if len(by_words) > 1 else ("it " if len(overriding) == 1 else "they ")
        yield problem_at(
            setting,
            f"{who} {'overrides' if len(overriding) == 1 else 'override'} this line: {subject}{said}",
            _advice(settings, setting, [runtime for runtime, *_ in overriding]),
            severity=_certainty(settings),
        )


def _overriding(
    settings: Settings, setting: Setting
) -> Iterator[tuple[Runtime, str | None, RequestField, tuple[str, ...]]]:
    """The runtimes that override a setting, what they send, and the commands if they are not all that use the option."""
    from criulint.criu.runtimes import cannot_be_cleared, engine_of, runtimes_of

    negated = setting.option.negates
    name: str = negated or setting.name
    used = settings.table.options[name].commands or COMMANDS
    engine = engine_of(settings.context.caller)
    for runtime, version in runtimes_of(settings.context.caller):
        relevant = [
            command for command in runtime.commands if command in used and settings.on(command)
        ]
        found: list[tuple[str, RequestField]] = []
        for command in relevant:
            sent = (engine.sends(name, command) if engine else None) or runtime.sends(
                name, command, version
            )
            if sent and not (version is None and sent.until):
                found.append((command, sent))
        found = [
            (command, sent) for command, sent in found if not _same(setting, bool(negated), sent)
        ]
        if name == "tcp-close" and settings.release >= "3.15":
            continue  # CRIU409
        if found and not (runtime.rpc and found[0][1].value is False and cannot_be_cleared(name)):
            commands = tuple(command for command, _ in found)
            yield runtime, version, found[0][1], () if len(commands) == len(relevant) else commands


def _same(setting: Setting, negated: bool, sent: RequestField) -> bool:
    """Whether a setting says what is sent anyway."""
    if isinstance(sent.value, bool):
        return sent.value is not negated
    if sent.value is None or setting.value is None:
        return False
    number = setting.option.number(setting.value)
    return sent.value == (decode(setting.value) if number is None else number)


def _advice(settings: Settings, setting: Setting, runtimes: list[Runtime]) -> str:
    if setting.name in (
        "verbosity",
        "images-dir",
        "root",
        "freeze-cgroup",
        "restore-detached",
        "daemon",
        "tree",
    ):
        return "remove the line: it is the caller's to choose"
    from criulint.criu.runtimes import engine_of

    places = [_place(runtime) for runtime in runtimes if runtime.files]
    engine = engine_of(settings.context.caller)
    help = f"put it into {' or '.join(places)}" if places else "no file of CRIU's changes that"
    negates = setting.option.positive
    if engine and not any(
        engine.has_flag(negates, command) for command in settings.context.commands
    ):
        help += f"; {engine.title} has no flag for it"
    return help


def _level_over_rpc(settings: Settings) -> Iterator[FileProblem]:
    level = settings.last("verbosity")
    if level and settings.release >= "4.2":
        yield problem_at(
            level,
            "from 4.2 on CRIU takes the level that the caller sends, and this line has no effect",
            "remove it",
        )


@rule(
    "CRIU403",
    "not-read-by-runtime",
    Severity.WARNING,
    bad="tcp-established\n",
    good="# crun reads no file of its own with this CRIU\n",
    path="/etc/criu/crun.conf",
    runtime="crun@1.20",
)
def not_read_by_runtime(settings: Settings) -> Iterator[FileProblem]:
    """The runtime does not name this file to CRIU, so nobody reads it.

    runc names `/etc/criu/runc.conf` from 1.0.0-rc7 on. crun names `/etc/criu/crun.conf`, or `/etc/criu/runc.conf` if that
    does not exist, from 1.26 on and only with CRIU 4.2 or later; before that, its users have no file but the default ones.
    youki, LXC and Incus name none. A file that is not named is not missed: there is no message.

    Sources: runc libcontainer/criu_linux.go; crun src/libcrun/criu.c, `handle_criu_config_file`; youki; lxc src/lxc/criu.c.
    """
    if settings.role is not Role.RPC or settings.context.role is not None:
        return
    from criulint.criu.runtimes import runtimes_of

    path = "/etc/criu/" + posixpath.basename(
        (settings.reading.source.path or "").replace("\\", "/")
    )
    caller = settings.context.caller
    anywhere = caller is None and settings.context.any_release
    candidates = [
        (runtime, version)
        for runtime, version in runtimes_of(caller)
        if caller or any(file.path == path for file in runtime.files)
    ]
    deaf = [
        (runtime, version)
        for runtime, version in candidates
        if not runtime.reads(path, version, settings.release)
    ]
    if not deaf or anywhere or (caller is None and len(deaf) < len(candidates)):
        return
    told = "; ".join(_why_not_read(runtime, path) for runtime, _ in deaf)
    yield _whole_file(
        settings,
        f"{_joined([runtime.title for runtime, _ in deaf])} {'does' if len(deaf) == 1 else 'do'} not read this file: {told}",
        "the default files are read: /etc/criu/default.conf",
        None if len(deaf) == len(candidates) else Severity.INFO,
    )


def _why_not_read(runtime: Runtime, path: str) -> str:
    for file in runtime.files:
        if file.path == path:
            needs = f"{runtime.title} {file.since}" + (
                f" and CRIU {file.criu}" if file.criu else ""
            )
            return f"that takes {needs} or later"
    names = [file.path for file in runtime.files]
    return (
        f"{runtime.title} names {_joined(names)}"
        if names
        else f"{runtime.title} names no file to CRIU"
    )


@rule(
    "CRIU407",
    "cannot-be-undone",
    Severity.WARNING,
    bad="leave-running\n",
    good="ghost-limit 64M\n",
    path="/etc/criu/default.conf",
)
def cannot_be_undone(settings: Settings) -> Iterator[FileProblem]:
    """No caller can switch the option off again, neither a runtime nor the command line.

    CRIU takes `leave-running` and `leave-stopped` from an RPC client only when they are true, and there is no
    `no-leave-running`. In a default file they hold for every dump of the host: a container that was to stop for the
    checkpoint runs on, and its engine believes that it has stopped.

    Source: criu/cr-service.c, `setup_opts_from_req`; criu/config.c (v4.2).
    """
    if settings.role not in DEFAULT_ROLES:
        return
    final = settings.last("leave-running", "leave-stopped")
    if final and settings.on("dump", "pre-dump"):
        state = "run on" if final.name == "leave-running" else "stay stopped"
        yield problem_at(
            final,
            f"all processes {state} after each dump, and no caller can change that",
            "let the caller ask for it: `--leave-running`"
            if state == "run on"
            else "give it on the command line",
        )


@rule(
    "CRIU408",
    "environment-stripped",
    Severity.WARNING,
    bad="ghost-limit 64M\n",
    good="# moved to /etc/criu/default.conf\n",
    path="/root/.criu/default.conf",
    runtime="podman",
)
def environment_stripped(settings: Settings) -> Iterator[FileProblem]:
    """The engine starts the runtime without the environment variable that leads CRIU to this file.

    Podman runs a checkpoint with no more than PATH and XDG_RUNTIME_DIR, CRI-O everything: without HOME CRIU does not look
    for `~/.criu/default.conf`, and without CRIU_CONFIG_FILE not for that file. Podman's restore has them, so that dump and
    restore may read different settings. Services of systemd, such as containerd, mostly have no HOME either.

    Sources: podman libpod/oci_conmon_common.go; cri-o internal/oci/runtime_oci.go; criu/config.c, `next_config` (v4.2).
    """
    variable = {Role.USER: "HOME", Role.ENV: "CRIU_CONFIG_FILE"}.get(settings.role or Role.DEFAULT)
    if not variable:
        return
    from criulint.criu.runtimes import engine_of, engines

    caller = settings.context.caller
    engine = engine_of(caller)
    known = [engine] if engine else ([] if caller else list(engines().values()))
    told = []
    for each in known:
        commands = [
            command
            for command in COMMANDS
            if settings.on(command) and each.strips(variable, command)
        ]
        if commands:
            told.append(f"{each.title} ({', '.join(commands)})")
    if told:
        yield _whole_file(
            settings,
            f"{_joined(told)} {'starts' if len(told) == 1 else 'start'} the runtime without {variable}, and CRIU does not"
            " find this file",
            "move the lines to /etc/criu/default.conf",
            _certainty(settings),
        )


@rule(
    "CRIU409",
    "needs-both-sides",
    Severity.WARNING,
    bad="tcp-close\n",
    good="ghost-limit 64M\n",
    path="/etc/criu/default.conf",
    runtime="crun@1.23",
)
def needs_both_sides(settings: Settings) -> Iterator[FileProblem]:
    """Only the dump sees the option, or only the restore, and CRIU wants it on both sides.

    What is dumped with `tcp-close` can only be restored with `tcp-close`: “Need to set the --tcp-close options”. So it is
    with `tcp-established` (“Connected TCP socket in image”) and `allow-uprobes`, and the other way round with `cpu-cap`:
    a restore with it wants images that were made with it. The other side may have it from elsewhere; `--for dump` and
    `--for restore` tell criulint which side reads the file.

    crun from 1.23 on overrides `tcp-close` in a default file at restore, and not at dump.

    Sources: criu/image.c, `check_img_inventory`; criu/sk-inet.c; criu/arch/x86/cpu.c (v4.2); crun src/libcrun/criu.c.
    """
    dumps, restores = settings.on("dump", "pre-dump"), settings.on("restore")
    if dumps and not restores:
        needed = {
            "tcp-established": "Connected TCP socket in image",
            "allow-uprobes": "Need to set it on restore as well",
        }
        if settings.release >= "3.15":
            needed["tcp-close"] = "Need to set the --tcp-close options"
        for name, message in needed.items():
            setting = settings.switched_on(name)
            if setting:
                yield problem_at(
                    setting,
                    f"a restore without `{name}` fails: “{message}”",
                    "let the restore have it too",
                )
    close = settings.switched_on("tcp-close")
    if (
        close
        and dumps
        and restores
        and settings.role in DEFAULT_ROLES
        and settings.release >= "3.15"
    ):
        from criulint.criu.runtimes import runtimes_of

        for runtime, version in runtimes_of(settings.context.caller):
            sent = runtime.sends("tcp-close", "restore", version)
            if sent and sent.value is False and not runtime.sends("tcp-close", "dump", version):
                yield problem_at(
                    close,
                    f"{_versioned(runtime, version, sent)} overrides this line at restore and not at dump, so that the"
                    f" restore fails unless `{sent.flag}` is given: “Need to set the --tcp-close options”",
                    f"put it into {_place(runtime)}",
                    severity=_certainty(settings),
                )
    processor = settings.last("cpu-cap")
    if restores and not dumps and processor and processor.value != b"none":
        message = (
            "No cpuinfo image" if settings.release >= "4.2" else "Unexpected EOF on (empty-image)"
        )
        yield problem_at(
            processor,
            f"a restore of images that were dumped without `cpu-cap` fails: “{message}”",
            "let the dump have it too",
        )


SETTINGS_RULES = (
    overridden_by_runtime,
    file_never_read,
    not_read_by_runtime,
    crashes_criu,
    repeated_across_files,
    shared_output,
    cannot_be_undone,
    environment_stripped,
    needs_both_sides,
)
