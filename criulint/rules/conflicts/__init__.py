# SPDX-License-Identifier: GPL-2.0-only
"""Family 3xx: options that fight, miss a companion, or do not belong in a file.

CRIU takes all of these lines as they are written. The trouble comes later: at another command, or with another option.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from criulint.criu.context import Role
from criulint.criu.settings import Setting, Settings
from criulint.finding import Severity
from criulint.rules.base import FileProblem, Rewrite, problem_at, rule
from criulint.source import decode
from criulint.text import shorten

# They share a variable (criu/include/cr_options.h, v4.2: a union).
_ONE_SWITCH = {"daemon": "restore-detached", "no-daemon": "no-restore-detached"}


def _key(setting: Setting) -> str:
    """One name for all spellings of a setting that goes by the last one."""
    name = setting.name
    return _ONE_SWITCH.get(name, name)


def _variable(setting: Setting) -> str:
    """One name for all options that set one variable."""
    positive: str = setting.option.positive
    if positive == "leave-stopped":
        return "leave-running"
    return _ONE_SWITCH.get(positive, positive)


def _value(setting: Setting) -> str:
    return "" if setting.value is None else shorten(decode(setting.value))


def _removal(settings: Settings, setting: Setting) -> Rewrite | None:
    """The fix that takes a setting's line out, if there is nothing else on it, and it does not swallow the next one."""
    text = settings.reading.source.text(setting.line)
    if setting.takes_next_line or text.strip() != text[setting.start : setting.end].strip():
        return None
    return Rewrite("Remove the line", None, safe=False)


@rule(
    "CRIU301",
    "duplicate-option",
    Severity.WARNING,
    bad="timeout 60\ntcp-close\ntimeout 120\ntcp-close\n",
    good="timeout 120\ntcp-close\n",
    fixable=True,
)
def duplicate_option(settings: Settings) -> Iterator[FileProblem]:
    """An option is set twice: the last line wins, the two add up, or one says the same again.

    CRIU takes each line in turn and says nothing of what a later one overwrites, so a person who reads the first line
    believes in a value that is not used. `verbosity` without a value raises the level with every line. Options that
    collect their values (`external`, `skip-mnt`, `irmap-scan-path`, ...) may stand as often as they have values; the same
    value twice is registered twice.
    """
    seen: dict[str, list[Setting]] = {}
    # What set the same variable before: between two equal lines there may be one that undoes the first.
    earlier: dict[tuple[int, int], Setting | None] = {}
    latest: dict[str, Setting] = {}
    for setting in settings.all:
        seen.setdefault(_key(setting), []).append(setting)
        variable = _variable(setting)
        earlier[_place(setting)] = latest.get(variable)
        latest[variable] = setting
    for name, several in seen.items():
        if len(several) == 1:
            continue
        repeat = several[0].option.repeat
        if repeat in ("accumulate", "increment"):
            yield from _repeated_values(settings, several)
            continue
        last = several[-1]
        for setting in several[:-1]:
            if setting.value == last.value:
                continue
            yield problem_at(
                setting,
                f"CRIU takes `{name}` from line {last.line}, and this line has no effect",
                "keep one of them",
                _removal(settings, setting),
            )
        for before, setting in pairwise(several):
            if setting.value == before.value:
                yield problem_at(
                    setting,
                    f"`{setting.name}` says again what line {before.line} says",
                    "keep one of them",
                    _removal(settings, setting) if earlier[_place(setting)] is before else None,
                )


def _repeated_values(settings: Settings, several: list[Setting]) -> Iterator[FileProblem]:
    name = several[0].name
    if name == "verbosity":
        for before, setting in pairwise(several):
            if setting.value is None:
                yield problem_at(
                    setting,
                    f"`verbosity` adds one to the level of line {before.line}",
                    "write `verbosity=LEVEL` once",
                )
            else:
                yield problem_at(
                    before,
                    f"CRIU takes `verbosity` from line {setting.line}, and this line has no effect",
                    "keep one of them",
                    _removal(settings, before),
                )
        return
    first: dict[bytes | None, Setting] = {}
    # In `cpu-cap` a value can take back what another one said between two equal ones.
    neutral = name != "cpu-cap" or len({setting.value for setting in several}) == 1
    for setting in several:
        known = first.setdefault(setting.value, setting)
        if known is not setting:
            yield problem_at(
                setting,
                f"`{name}` has the value of line {known.line} once more",
                "keep one of them",
                _removal(settings, setting) if neutral else None,
            )


@rule(
    "CRIU303",
    "contradicted-option",
    Severity.WARNING,
    bad="shell-job\ntcp-close\nno-shell-job\n",
    good="tcp-close\nno-shell-job\n",
    fixable=True,
)
def contradicted_option(settings: Settings) -> Iterator[FileProblem]:
    """A flag is switched on and off in one file: the last line wins.

    `NAME` and `no-NAME` set one variable, and CRIU takes them in turn. `daemon` and `restore-detached` are one switch too.
    """
    last = {_variable(setting): setting for setting in settings.all}
    for loser in settings.all:
        winner = last[_variable(loser)]
        if (loser.option.negates is not None) != (winner.option.negates is not None):
            yield problem_at(
                loser,
                f"line {winner.line} undoes this one: CRIU ends up with `{winner.name}`",
                "keep one of them",
                _removal(settings, loser),
            )


@rule(
    "CRIU302",
    "conflicting-options",
    Severity.WARNING,
    bad="tcp-established\ntcp-close\n",
    good="tcp-established\n",
    fixable=True,
)
def conflicting_options(settings: Settings) -> Iterator[FileProblem]:
    """Two options cancel each other, or CRIU refuses to run with both.

    Nothing is said when the file is read. `tcp-close` closes the connections that `tcp-established` would keep;
    `leave-running` and `leave-stopped` set one variable, so that the later line wins; `join-ns net` with `empty-ns net` ends
    every command with “Conflicting flags: --join-ns and --empty-ns”.

    Sources: criu/sk-tcp.c, criu/config.c, criu/crtools.c, criu/namespaces.c, criu/image.c (v4.2).
    """
    close, established = settings.switched_on("tcp-close"), settings.switched_on("tcp-established")
    if close and established:
        yield problem_at(
            established,
            f"`tcp-close` on line {close.line} wins: CRIU closes the connections that `tcp-established` would keep",
            "keep one of them",
            _removal(settings, established),
        )
    winner = settings.last("leave-running", "leave-stopped")
    for loser in settings.named("leave-running", "leave-stopped"):
        if winner and loser.name != winner.name:
            yield problem_at(
                loser,
                f"`{winner.name}` on line {winner.line} undoes this line: the two set one variable",
                "keep one of them",
                _removal(settings, loser),
            )
    yield from _namespace_conflict(settings)
    detached = _detached(settings)
    program = settings.last("exec-cmd")
    if program and detached and settings.role is not Role.RPC and settings.on("restore"):
        yield problem_at(
            program,
            f"restore refuses to run with `{detached.name}` on line {detached.line}:"
            " “--restore-detached and --exec-cmd cannot be used together”",
            severity=Severity.ERROR,
        )
    status = settings.last("status-fd")
    if status and detached:
        yield problem_at(
            status,
            f"CRIU's manual advises against `status-fd` with `{detached.name}` (line {detached.line}): the end of the call"
            " says already that CRIU is ready",
            "keep one of them",
        )
    yield from _page_socket_conflicts(settings, detached)
    stream, previous = settings.switched_on("stream"), settings.last("prev-images-dir")
    if stream and previous:
        yield problem_at(
            previous,
            f"CRIU ignores `prev-images-dir` when it streams (line {stream.line})",
            "remove one of them",
        )
    yield from _cgroup_conflicts(settings)


def _place(setting: Setting) -> tuple[int, int]:
    return setting.line, setting.start


def _detached(settings: Settings) -> Setting | None:
    last = settings.last("restore-detached", "daemon", "no-restore-detached", "no-daemon")
    return last if last and not last.name.startswith("no-") else None


def _namespace_conflict(settings: Settings) -> Iterator[FileProblem]:
    empty = settings.last("empty-ns")
    joined = next(
        (
            setting
            for setting in settings.named("join-ns")
            if (setting.value or b"").startswith(b"net:")
        ),
        None,
    )
    if empty and joined:
        second, first = sorted((empty, joined), key=_place, reverse=True)
        yield problem_at(
            second,
            f"every command refuses to run with this and line {first.line}: “Conflicting flags: --join-ns and --empty-ns”",
            "remove one of them",
            severity=Severity.ERROR,
        )


def _page_socket_conflicts(settings: Settings, detached: Setting | None) -> Iterator[FileProblem]:
    socket = settings.last("ps-socket")
    number = socket and socket.value is not None and socket.option.number(socket.value)
    if not socket or number == -1:
        return
    for other in settings.named("address", "port"):
        if settings.release >= "3.12":
            yield problem_at(
                other,
                f"CRIU uses the connection of `ps-socket` (line {socket.line}) and not `{other.name}`",
                "remove one of them",
            )
    if detached and isinstance(number, int) and number <= 2 and settings.release >= "3.13":
        yield problem_at(
            socket,
            f"every command refuses to run with `{detached.name}` on line {detached.line}:"
            " “Standard file descriptors will be closed in daemon mode”",
            severity=Severity.ERROR,
        )


def _cgroup_conflicts(settings: Settings) -> Iterator[FileProblem]:
    mode = settings.last("manage-cgroups")
    if mode and mode.value == b"ignore":
        for name in (
            "cgroup-root",
            "cgroup-props",
            "cgroup-props-file",
            "cgroup-dump-controller",
            "cgroup-yard",
        ):
            for setting in settings.named(name):
                yield problem_at(
                    setting,
                    f"with `manage-cgroups=ignore` (line {mode.line}) CRIU leaves cgroups alone, and `{name}` has no effect",
                    "remove one of them",
                )


@rule(
    "CRIU304",
    "missing-companion",
    Severity.WARNING,
    bad="tls-cert /etc/criu/cert.pem\ntls-key /etc/criu/key.pem\n",
    good="tls\ntls-cert /etc/criu/cert.pem\ntls-key /etc/criu/key.pem\n",
)
def missing_companion(settings: Settings) -> Iterator[FileProblem]:
    """An option does nothing, or breaks CRIU, without another one that the file does not set.

    `restore-sibling` without `restore-detached` ends every command, dump and check too; `page-server` without `address`
    crashes every dump; the names of certificates do nothing unless `tls` is on. Whoever calls CRIU may give the other
    option on the command line, so only what no caller can be expected to give is told of.

    Sources: criu/config.c, `check_options`; criu/page-xfer.c; criu/util.c; criu/tls.c (v4.2).
    """
    sibling = settings.switched_on("restore-sibling")
    if sibling and not _detached(settings):
        option = "--restore-detached" if settings.release >= "3.15" else "--restore-detach"
        message = f"“--restore-sibling only makes sense with {option}”"
        if settings.on("dump", "pre-dump"):
            yield problem_at(
                sibling,
                f"every dump ends with {message}, and so does each other command",
                "give both on the command line of the restore",
                severity=Severity.ERROR,
            )
        elif settings.role is not Role.RPC:  # a restore over RPC is detached by itself
            yield problem_at(
                sibling,
                f"a restore in the foreground ends with {message}",
                "add `restore-detached`",
            )
    server = settings.switched_on("page-server")
    if server and settings.on("dump", "pre-dump") and not settings.last("ps-socket"):
        if not settings.last("address"):
            yield problem_at(
                server,
                "a dump without an address crashes, after “Failed to resolve hostname”",
                "add `address HOST` and `port NUMBER`",
                severity=Severity.ERROR,
            )
        elif not settings.last("port"):
            yield problem_at(
                server,
                "a dump without a port tries to connect to port 0 and fails",
                "add `port NUMBER`",
                severity=Severity.ERROR,
            )
    if not settings.last("tls", "no-tls"):
        for setting in settings.named(
            "tls-cacert", "tls-cacrl", "tls-cert", "tls-key", "tls-no-cn-verify"
        ):
            yield problem_at(
                setting, f"`{setting.name}` has no effect unless `tls` is on", "add `tls`"
            )
    for name, other in (("tls-cert", "tls-key"), ("tls-key", "tls-cert")):
        part = settings.last(name)
        if part and settings.switched_on("tls") and not settings.last(other):
            default = settings.table.options[other].default
            yield problem_at(
                part, f"CRIU takes `{default}` for the other half, `{other}`", f"add `{other} FILE`"
            )


@rule(
    "CRIU305",
    "breaks-other-commands",
    Severity.ERROR,
    bad="mntns-compat-mode\n",
    good="# mntns-compat-mode: give it on the command line of the restore\ntcp-close\n",
)
def breaks_other_commands(settings: Settings) -> Iterator[FileProblem]:
    """The option is for one command, and makes the others that read the file fail, or do harm.

    A configuration file is read by every command. `mntns-compat-mode` in it is fine for restore, and ends each dump with
    “Option --mntns-compat-mode is only valid on restore”, so that no new checkpoint can be made. Tell criulint with
    `--for restore` if only restores read the file.

    Sources: criu/config.c, `check_options`; criu/crtools.c, `main`; criu/cr-service.c; criu/image.c (v4.2).
    """
    rpc = settings.role is Role.RPC
    dumps = settings.on("dump", "pre-dump")
    restore_line = "give it where a restore is asked for, and not in a file"
    compat = settings.switched_on("mntns-compat-mode")
    if compat and dumps:
        yield problem_at(
            compat,
            "every dump fails: “Option --mntns-compat-mode is only valid on restore”",
            restore_line,
        )
    for inherited in settings.named("inherit-fd"):
        if rpc and settings.release < "4.2" and settings.on("restore"):
            yield problem_at(
                inherited,
                f"CRIU {settings.release} reads this file twice, and every restore fails: “Can't send fd N into store”",
                "let the program that calls CRIU pass the descriptor",
            )
        elif not rpc and dumps:
            yield problem_at(
                inherited, "every dump fails: “--inherit-fd is restore-only option”", restore_line
            )
    program = settings.last("exec-cmd")
    if program and not rpc:
        yield problem_at(
            program,
            "every command but a restore with a program fails: “--exec-cmd requires a command”",
            "give it on the command line, with the program behind `--`",
        )
    yield from _streaming(settings)
    lazy = settings.last("lazy-pages")
    if lazy and settings.on("pre-dump") and not rpc and settings.release >= "3.12":
        yield problem_at(
            lazy,
            "a pre-dump fails (“Cannot pre-dump with --lazy-pages”), a dump does not end until a client has taken the pages,"
            " and a restore fails without a running `criu lazy-pages`",
            "give it on the command line",
        )
    previous = settings.last("prev-images-dir")
    if previous:
        message = (
            "“Invalid parent image directory provided”"
            if settings.release >= "3.16"
            else "the directory must exist"
        )
        yield problem_at(
            previous,
            f"the first dump of a chain fails, and so does each command whose images have no such directory: {message}",
            "give it on the command line of the dumps that need it",
        )
    dedup = settings.switched_on("auto-dedup")
    if dedup and settings.on("restore"):
        yield problem_at(
            dedup,
            "a restore punches holes into the images that it reads: they can be restored once and never again",
            "give it on the command line of the dump",
            severity=Severity.WARNING,
        )
    label = settings.last("lsm-profile")
    if label and dumps:
        yield problem_at(
            label,
            "a dump fails on a host where that security module is not active",
            restore_line,
            severity=Severity.WARNING,
        )
    if rpc and settings.on("restore"):
        attached = settings.last("restore-detached", "daemon", "no-restore-detached", "no-daemon")
        if attached and attached.name.startswith("no-"):
            yield problem_at(
                attached,
                "a restore that is asked for over RPC does not answer until the restored processes end",
                "remove the line",
                _removal(settings, attached),
            )


def _streaming(settings: Settings) -> Iterator[FileProblem]:
    stream = settings.switched_on("stream")
    if stream and settings.role in (None, Role.CLI):  # CRIU404 tells of the crash in the others
        yield problem_at(
            stream,
            "check, page-server, lazy-pages and service refuse to run (“--stream cannot be used with the check command”),"
            " and dump and restore need criu-image-streamer",
            "give it on the command line",
        )


@rule(
    "CRIU306",
    "not-for-a-file",
    Severity.WARNING,
    bad="tree 4711\n",
    good="# the process is named on the command line: criu dump --tree PID\n",
    fixable=True,
)
def not_for_a_file(settings: Settings) -> Iterator[FileProblem]:
    """The value belongs to one moment, a process or a descriptor, and a file is read at all times.

    A process number is another process's tomorrow, and a descriptor of the caller is something else in the next call:
    `close 3` closes whatever CRIU, or the program that started it, has there, also the connection to the runtime.

    Sources: criu/config.c, `parse_options`; criu/cr-check.c (v4.2).
    """
    told = {
        "tree": "the process with this number is another one at the next dump",
        "close": "CRIU closes this descriptor of its own while it reads the file, whatever it is at that time",
        "status-fd": "the number of a descriptor belongs to one call of CRIU",
        "ps-socket": "the number of a descriptor belongs to one call of CRIU",
        "feature": "`criu check` then tests this one feature and nothing else",
    }
    if settings.role is Role.RPC:
        told["exec-cmd"] = "CRIU ignores it in a file for RPC clients"
    for name, message in told.items():
        for setting in settings.named(name):
            yield problem_at(
                setting, message, "give it on the command line", _removal(settings, setting)
            )


_SUCCESSORS = {
    "enable-external-masters": "external mnt[]:m",
    "enable-external-sharing": "external mnt[]:s",
}


@rule(
    "CRIU307",
    "deprecated-option",
    Severity.INFO,
    bad="veth-pair eth0=veth7\n",
    good="external veth[eth0]:veth7\n",
    fixable=True,
)
def deprecated_option(settings: Settings) -> Iterator[FileProblem]:
    """CRIU still takes the option, and has a successor for it.

    CRIU's help and manual no longer name these options, and its own messages recommend the successor. Both work alike.

    Sources: criu/config.c, criu/net.c, criu/mount.c, criu/sk-unix.c (v4.2).
    """
    for setting in settings.all:
        if not setting.option.is_deprecated:
            continue
        successor = _successor(setting)
        rewrite = None
        text = settings.reading.source.text(setting.line)
        if successor and _removal(settings, setting):
            indent = text[: len(text) - len(text.lstrip())]
            rewrite = Rewrite(f"Write `{shorten(successor)}`", indent + successor, safe=False)
        other = setting.option.replaced_by
        yield problem_at(
            setting,
            f"`{setting.name}` is deprecated",
            f"write `{shorten(successor)}`" if successor else f"use `{other}`",
            rewrite,
        )


def _successor(setting: Setting) -> str | None:
    """The line that does the same without the deprecated option, if one line can."""
    if setting.name in _SUCCESSORS:
        return _SUCCESSORS[setting.name]
    value = "" if setting.value is None else decode(setting.value)
    if any(character.isspace() or character in '#"' for character in value):
        return None
    if setting.name == "veth-pair":
        inner, _, outer = value.partition("=")
        return f"external veth[{inner}]:{outer}" if inner and outer else None
    if setting.name == "ext-mount-map":
        if value == "auto":
            return None  # it also implies what two lines with `external` say
        key, _, mapped = value.partition(":")
        return f"external mnt[{key}]:{mapped}" if key and mapped else None
    return None


@rule(
    "CRIU308",
    "undocumented-option",
    Severity.INFO,
    bad="deprecated\n",
    good="tcp-close\n",
)
def undocumented_option(settings: Settings) -> Iterator[FileProblem]:
    """Neither CRIU's help nor its manual knows the option: it may go without notice.

    CRIU takes it as its source does. Whoever reads the file next finds it explained nowhere.
    """
    for setting in settings.all:
        facts = setting.option.facts
        if not facts.get("x-criu-documented") and not facts.get("deprecated"):
            description = facts.get("description", "")
            yield problem_at(
                setting,
                f"neither the help nor the manual of CRIU {settings.release} has `{setting.name}`",
                description[:1].lower() + description[1:].rstrip("."),
            )


@rule(
    "CRIU309",
    "risky-option",
    Severity.INFO,
    bad="skip-file-rwx-check\n",
    good="tcp-close\n",
)
def risky_option(settings: Settings) -> Iterator[FileProblem]:
    """The option switches a protection off, or changes what every dump does, for all that read the file.

    It may be just what is wanted for one container. In a file it holds for each one.
    """
    clearable = settings.role not in (Role.DEFAULT, Role.USER, Role.ENV)  # else CRIU407
    for setting in settings.all:
        told = _risk(setting)
        if told and (clearable or not setting.name.startswith("leave-")):
            yield problem_at(
                setting, told, "make sure that each container that reads this file wants it"
            )


def _risk(setting: Setting) -> str | None:
    name, value = setting.name, setting.value
    if name == "enable-fs":
        return (
            "CRIU dumps filesystems that it does not know, without a warning"
            if value == b"all"
            else None
        )
    if name == "cpu-cap":
        return (
            "a restore no longer checks whether the processor can run the program"
            if value == b"none"
            else None
        )
    if name == "network-lock":
        return (
            "packets go on arriving during a dump, and connections may break"
            if value in (b"skip", b"none")
            else None
        )
    if name == "verbosity":
        return (
            "CRIU logs nothing at all, no error either"
            if value is not None and setting.option.number(value) == 0
            else None
        )
    return {
        "leave-running": "the processes run on after each dump, and change what the images do not know of",
        "leave-stopped": "the processes stay stopped after each dump, and nobody starts them again",
        "skip-file-rwx-check": "a restore no longer notices that a file's permissions have changed",
        "evasive-devices": "CRIU takes any path to a device that has the same number",
        "unprivileged": "CRIU does less even when it runs as root: cgroups are not dumped, time namespaces not restored",
    }.get(name)


@rule(
    "CRIU310",
    "no-effect-value",
    Severity.INFO,
    bad="timeout 10\npre-dump-mode splice\n",
    good="timeout 60\npre-dump-mode read\n",
    path="/etc/criu/default.conf",
    fixable=True,
)
def no_effect_value(settings: Settings) -> Iterator[FileProblem]:
    """The line sets what CRIU does anyway.

    `pre-dump-mode splice` does not even undo an earlier `read`: CRIU takes the value and changes nothing. Of the files that
    come first, criulint also tells of a default that is written out.

    Source: criu/config.c, `parse_options` and `init_opts` (v4.2).
    """
    first = settings.role in (Role.DEFAULT, Role.CLI)
    for setting in settings.all:
        name, value = setting.name, setting.value
        if name == "pre-dump-mode" and value == b"splice":
            message = "`splice` is what CRIU does anyway, and it does not undo an earlier `read`"
        elif first and len(settings.by_name[name]) == 1 and _is_default(settings, setting):
            message = "this is what CRIU does anyway"
        else:
            continue
        yield problem_at(setting, message, "remove the line", _removal(settings, setting))


def _is_default(settings: Settings, setting: Setting) -> bool:
    facts, value = setting.option.facts, setting.value
    positive = facts.get("x-criu-negates")
    if positive:
        # A positive form before it makes it CRIU303's.
        return (
            settings.table.options[positive].default is False and positive not in settings.by_name
        )
    default = facts.get("x-criu-default")
    if default is True:
        return value is None
    if (
        default is None
        or default is False
        or value is None
        or setting.name in ("cpu-cap", "libdir", "verbosity")
    ):
        return False
    if setting.name == "network-lock" and settings.release >= "4.1":
        return False  # chosen when CRIU is built
    number = setting.option.number(value)
    return bool(default == (decode(value) if number is None else number))


@rule(
    "CRIU311",
    "needs-kernel",
    Severity.WARNING,
    bad="track-mem\n",
    good="# pre-dump tracks memory by itself\n",
    fixable=True,
)
def needs_kernel(settings: Settings) -> Iterator[FileProblem]:
    """CRIU fails where the kernel lacks what the option needs, and the file is read on every host and by every command.

    From 3.18 on `track-mem` ends each command, check and restore too, with “Tracking memory is not available. Consider
    omitting --track-mem option.” on a kernel without soft-dirty tracking. A pre-dump switches it on by itself.

    Source: criu/config.c, `check_options`; criu/cr-dump.c (v4.2).
    """
    tracking = settings.switched_on("track-mem")
    if tracking:
        fails = "every command ends" if settings.release >= "3.18" else "a dump ends"
        yield problem_at(
            tracking,
            f"{fails} with “Tracking memory is not available” where the kernel can't track it",
            "remove it: a pre-dump tracks memory by itself",
            _removal(settings, tracking),
        )
    lazy = settings.last("lazy-pages")
    if lazy and (settings.role is Role.RPC or not settings.on("pre-dump")):
        yield problem_at(
            lazy,
            "a dump then waits for a client, and a restore needs userfaultfd and a running `criu lazy-pages`",
            "let the program that calls CRIU ask for it",
        )


SETTINGS_RULES = (
    duplicate_option,
    conflicting_options,
    contradicted_option,
    missing_companion,
    breaks_other_commands,
    not_for_a_file,
    deprecated_option,
    undocumented_option,
    risky_option,
    no_effect_value,
    needs_kernel,
)
