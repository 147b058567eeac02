# SPDX-License-Identifier: MIT
"""CRIU305: one function for each option."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.context import Role
from criulint.finding import Severity
from criulint.rules.base import FileProblem, Scope, problem_at, rule
from criulint.rules.conflicts.removal import remove_line
from criulint.rules.runtime.callers import (
    is_called_by_command_line,
    is_called_by_rpc,
    knows_runtimes,
    possible_runtimes,
)
from criulint.rules.runtime.overridden_by_runtime import is_overridden
from criulint.rules.runtime.problems import problem_in_any_file
from criulint.rules.variables import last_of_variable
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Settings

_ON_THE_COMMAND_LINE = "pass it on the command line"
_COMPRESSION = ("compress", "compress-acceleration", "compress-block")
_WITH_THE_RESTORE = "pass it to each restore instead of setting it in a file"
_DUMPS, _RESTORE = ("dump", "pre-dump"), ("restore",)
_LSM_TYPES = ("apparmor", "selinux")


def check_mntns_compat_mode(settings: Settings) -> Iterator[FileProblem]:
    """Only restore accepts it (criu/config.c, `check_options`)."""
    compat = settings.switched_on("mntns-compat-mode")
    if compat and settings.on("dump", "pre-dump"):
        yield problem_in_any_file(
            settings,
            compat,
            "every dump fails: “Option --mntns-compat-mode is only valid on restore”",
            _WITH_THE_RESTORE,
            _RESTORE,
        )


def check_inherit_fd(settings: Settings) -> Iterator[FileProblem]:
    """Only restore accepts it on a command line (criu/crtools.c, `main`).

    Up to 4.1.1 CRIU reads a file for RPC clients twice, and stores the descriptor twice
    (criu/cr-service.c, `setup_opts_from_req`).
    """
    for inherited in settings.named("inherit-fd"):
        if is_called_by_rpc(settings):
            if settings.role is Role.RPC and settings.release < "4.2" and settings.on("restore"):
                yield problem_in_any_file(
                    settings,
                    inherited,
                    f"every restore fails, because CRIU {settings.release} reads this file twice:"
                    " “Can't send fd N into store”",
                    _WITH_THE_RESTORE,
                    _RESTORE,
                )
        elif settings.on("dump", "pre-dump"):
            yield problem_in_any_file(
                settings,
                inherited,
                "every dump fails: “--inherit-fd is restore-only option”",
                _WITH_THE_RESTORE,
                _RESTORE,
            )


def check_exec_cmd(settings: Settings) -> Iterator[FileProblem]:
    """It needs a program after the options (criu/crtools.c, `main`). Over RPC it is CRIU306."""
    program = settings.last("exec-cmd")
    if program and not is_called_by_rpc(settings):
        yield problem_in_any_file(
            settings,
            program,
            "every command fails, except a restore with a program: “--exec-cmd requires a command”",
            "pass it on the command line, with the program after `--`",
        )


def check_stream(settings: Settings) -> Iterator[FileProblem]:
    """Only dump and restore accept it (criu/crtools.c, `main`).

    Where a runtime may send a request, up to 4.2.1 CRIU404 has the crash.
    """
    stream = settings.switched_on("stream")
    if not stream:
        return
    if settings.role in (None, Role.CLI) or is_called_by_command_line(settings):
        yield problem_in_any_file(
            settings,
            stream,
            "check, page-server, lazy-pages and service fail (“--stream cannot be used with the"
            " check command”), and dump and restore need criu-image-streamer",
            _ON_THE_COMMAND_LINE,
        )
    elif settings.release >= "4.3":
        yield problem_in_any_file(
            settings,
            stream,
            "dump and restore fail without criu-image-streamer, which no runtime starts",
            _ON_THE_COMMAND_LINE,
        )


def check_lazy_pages(settings: Settings) -> Iterator[FileProblem]:
    """From 3.12 on a pre-dump refuses it (criu/crtools.c, `main`). Elsewhere it is CRIU311."""
    lazy = settings.last("lazy-pages")
    if lazy and refuses_lazy_pages(settings):
        effects = ["every pre-dump fails (“Cannot pre-dump with --lazy-pages”)"]
        if settings.on("dump"):
            effects.append("every dump waits until a client has fetched the pages")
        if settings.on("restore"):
            effects.append("every restore fails without a running `criu lazy-pages`")
        if effects[1:]:
            effects[-1] = f"and {effects[-1]}"
        yield problem_in_any_file(settings, lazy, ", ".join(effects), _ON_THE_COMMAND_LINE)


def refuses_lazy_pages(settings: Settings) -> bool:
    """Return whether a pre-dump that reads the file refuses `lazy-pages`."""
    return settings.on("pre-dump") and settings.release >= "3.12" and not is_called_by_rpc(settings)


def check_prev_images_dir(settings: Settings) -> Iterator[FileProblem]:
    """From 3.16 on every command that opens the images looks for it (criu/image.c).

    Over RPC what the client sends comes after all files (criu/cr-service.c). Whether an absolute
    path exists on this host is CRIU501; up to 4.2.1 an existing directory does no harm, from 4.3
    on a dump reads the inventory in it.
    """
    previous = settings.last("prev-images-dir")
    if not previous or settings.release < "3.16":
        return
    unless = ", unless the caller sends another one" if is_called_by_rpc(settings) else ""
    also = ""
    if settings.release >= "4.3" and settings.on("dump", "pre-dump"):
        also = (
            "; a dump also fails if the directory holds no images:"
            " “Failed to read parent pre-dump inventory entry”"
        )
    advice = "pass it on the command line of the dumps that need it"
    if previous.given_value.startswith(b"/"):
        yield problem_in_any_file(
            settings,
            previous,
            f"every command fails where this directory does not exist{unless}:"
            f" “Invalid parent image directory provided”{also}",
            advice,
            _DUMPS,
            severity=Severity.WARNING if settings.release >= "4.3" else Severity.INFO,
        )
    else:
        yield problem_in_any_file(
            settings,
            previous,
            "the first dump of a chain fails, and so does every command whose images directory does"
            f" not contain this directory{unless}: “Invalid parent image directory provided”{also}",
            advice,
            _DUMPS,
        )


def check_auto_dedup(settings: Settings) -> Iterator[FileProblem]:
    """A restore punches holes into the images that it reads (criu/pagemap.c)."""
    dedup = settings.switched_on("auto-dedup")
    if dedup and settings.on("restore") and not is_overridden(settings, dedup):
        yield problem_in_any_file(
            settings,
            dedup,
            "a restore punches holes in the images that it reads: they can be restored only once",
            "pass it on the command line of the dump",
            _DUMPS,
            severity=Severity.WARNING,
        )


def check_lsm_profile(settings: Settings) -> Iterator[FileProblem]:
    """A dump, too, looks at the security module (criu/lsm.c); all hosts have `none:`."""
    profile = settings.last("lsm-profile")
    if not profile:
        return
    module, colon, _ = profile.given_value.decode("utf-8", "replace").partition(":")
    if not colon:
        yield problem_at(
            profile,
            f"every dump and restore fails: “invalid argument {shorten(module)} for --lsm-profile”",
            "write `TYPE:NAME`; the types are apparmor, selinux and none",
        )
    elif module in _LSM_TYPES:
        if settings.on("dump", "pre-dump"):
            yield problem_in_any_file(
                settings,
                profile,
                "every dump fails on hosts where this security module is not active",
                _WITH_THE_RESTORE,
                _RESTORE,
                severity=Severity.WARNING,
            )
    elif module != "none":
        yield problem_at(
            profile,
            f"every dump and restore fails: “unknown lsm {shorten(module)}”",
            "the types are apparmor, selinux and none",
        )


def check_no_restore_detached(settings: Settings) -> Iterator[FileProblem]:
    """It undoes what each RPC request for a restore sets (criu/cr-service.c).

    The restore keeps its client waiting then, or is refused from 3.12 on if the client sends
    `restore-sibling` (criu/config.c, `check_options`).
    """
    if settings.role is not Role.RPC or not settings.on("restore"):
        return
    last = last_of_variable(settings, "restore-detached")
    if last and last.option.negates is not None:
        yield problem_at(
            last,
            _describe_attached_restore(settings),
            "remove the line",
            remove_line(settings, last),
            scope=Scope.LINE,
            unwanted=True,
        )


def check_compression(settings: Settings) -> Iterator[FileProblem]:
    """4.3 refuses it without LZ4, and for page-server (criu/config.c:1230 and 1236)."""
    compression = settings.last(*_COMPRESSION)
    if compression:
        yield problem_in_any_file(
            settings,
            compression,
            "every command fails if CRIU was built without LZ4, as Debian's is (“Memory page"
            " compression requires CRIU built with LZ4 support”); page-server always fails",
            "pass it on the command line of the dump",
            _DUMPS,
            severity=Severity.WARNING,
        )


def _describe_attached_restore(settings: Settings) -> str:
    waits = "does not return until the restored processes end"
    runtimes = possible_runtimes(settings)
    senders = [
        runtime.title
        for runtime, version in runtimes
        if runtime.sends("restore-sibling", "restore", version) and runtime.rpc
    ]
    if not senders or settings.release < "3.12":
        return f"a restore over RPC {waits}"
    refusal = f"“--restore-sibling only makes sense with {restore_detached_flag(settings)}”"
    if knows_runtimes(settings) and len(senders) == len(runtimes):
        return f"every restore fails: {refusal}"
    failure = f"every restore fails under {' and '.join(senders)} ({refusal}); any other restore"
    return f"{failure} {waits}"


def restore_detached_flag(settings: Settings) -> str:
    """Return how CRIU's messages spell the option: without the last `d` up to 3.14."""
    return "--restore-detached" if settings.release >= "3.15" else "--restore-detach"


CHECKS = (
    check_mntns_compat_mode,
    check_inherit_fd,
    check_exec_cmd,
    check_stream,
    check_lazy_pages,
    check_prev_images_dir,
    check_auto_dedup,
    check_lsm_profile,
    check_no_restore_detached,
    check_compression,
)


@rule(
    "CRIU305",
    "breaks-other-commands",
    Severity.ERROR,
    severity_varies=True,
    bad="mntns-compat-mode\n",
    good="# mntns-compat-mode: pass it on the command line of the restore\ntcp-close\n",
    options=(
        "mntns-compat-mode",
        "inherit-fd",
        "exec-cmd",
        "stream",
        "lazy-pages",
        "prev-images-dir",
        "auto-dedup",
        "lsm-profile",
        "no-restore-detached",
        "no-daemon",
        *_COMPRESSION,
    ),
    about_option=True,
)
def breaks_other_commands(settings: Settings) -> Iterator[FileProblem]:
    """The option is for one command, and others that read the file fail or do harm.

    Every command reads a configuration file, and so does every request of a runtime.
    `mntns-compat-mode` is fine for restore, and makes each dump fail with “Option
    --mntns-compat-mode is only valid on restore”, so that no new checkpoint can be made. If only
    restores read the file, say so with `--for restore`.

    Sources: criu/config.c, `check_options`; criu/crtools.c, `main`; criu/cr-service.c;
    criu/image.c; criu/lsm.c (v4.2).
    """
    for check in CHECKS:
        yield from check(settings)
