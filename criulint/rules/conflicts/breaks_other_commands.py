# SPDX-License-Identifier: GPL-2.0-only
"""CRIU305: one function for each option."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.context import Role
from criulint.finding import Severity
from criulint.rules.base import FileProblem, problem_at, rule
from criulint.rules.conflicts.removal import remove_line
from criulint.rules.conflicts.variables import last_of_variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Settings

_ON_THE_COMMAND_LINE = "pass it on the command line"
_WITH_THE_RESTORE = "pass it to each restore instead of setting it in a file"


def check_mntns_compat_mode(settings: Settings) -> Iterator[FileProblem]:
    """Only restore accepts it (criu/config.c, `check_options`)."""
    compat = settings.switched_on("mntns-compat-mode")
    if compat and settings.on("dump", "pre-dump"):
        yield problem_at(
            compat,
            "every dump fails: “Option --mntns-compat-mode is only valid on restore”",
            _WITH_THE_RESTORE,
        )


def check_inherit_fd(settings: Settings) -> Iterator[FileProblem]:
    """Only restore accepts it on a command line (criu/crtools.c, `main`).

    Up to 4.1.1 CRIU reads a file for RPC clients twice, and stores the descriptor twice
    (criu/cr-service.c, `setup_opts_from_req`).
    """
    is_rpc = settings.role is Role.RPC
    for inherited in settings.named("inherit-fd"):
        if is_rpc and settings.release < "4.2" and settings.on("restore"):
            yield problem_at(
                inherited,
                f"every restore fails, as CRIU {settings.release} reads this file twice:"
                " “Can't send fd N into store”",
                "let the caller pass the descriptor",
            )
        elif not is_rpc and settings.on("dump", "pre-dump"):
            yield problem_at(
                inherited,
                "every dump fails: “--inherit-fd is restore-only option”",
                _WITH_THE_RESTORE,
            )


def check_exec_cmd(settings: Settings) -> Iterator[FileProblem]:
    """It needs a program after the options (criu/crtools.c, `main`)."""
    program = settings.last("exec-cmd")
    if program and settings.role is not Role.RPC:
        yield problem_at(
            program,
            "every command fails, except a restore with a program: “--exec-cmd requires a command”",
            "pass it on the command line, with the program after `--`",
        )


def check_stream(settings: Settings) -> Iterator[FileProblem]:
    """Only dump and restore accept it (criu/crtools.c, `main`).

    In files for RPC clients, and in those that CRIU reads by default, CRIU404 has the crash.
    """
    stream = settings.switched_on("stream")
    if stream and settings.role in (None, Role.CLI):
        yield problem_at(
            stream,
            "check, page-server, lazy-pages and service fail (“--stream cannot be used with the"
            " check command”), and dump and restore need criu-image-streamer",
            _ON_THE_COMMAND_LINE,
        )


def check_lazy_pages(settings: Settings) -> Iterator[FileProblem]:
    """From 3.12 on a pre-dump refuses it (criu/crtools.c, `main`).

    Where there is no pre-dump, and over RPC, it is CRIU311.
    """
    lazy = settings.last("lazy-pages")
    if (
        lazy
        and settings.role is not Role.RPC
        and settings.on("pre-dump")
        and settings.release >= "3.12"
    ):
        yield problem_at(
            lazy,
            "a pre-dump fails (“Cannot pre-dump with --lazy-pages”), a dump waits until a client"
            " has fetched the pages, and a restore fails without a running `criu lazy-pages`",
            _ON_THE_COMMAND_LINE,
        )


def check_prev_images_dir(settings: Settings) -> Iterator[FileProblem]:
    """Every command that opens the images looks for it; 3.16 says so (criu/image.c)."""
    previous = settings.last("prev-images-dir")
    if not previous:
        return
    message = "the directory must exist"
    if settings.release >= "3.16":
        message = "“Invalid parent image directory provided”"
    yield problem_at(
        previous,
        "the first dump of a chain fails, and so does every command whose images have no such"
        f" directory: {message}",
        "pass it on the command line of the dumps that need it",
    )


def check_auto_dedup(settings: Settings) -> Iterator[FileProblem]:
    """A restore punches holes into the images that it reads (criu/pagemap.c)."""
    dedup = settings.switched_on("auto-dedup")
    if dedup and settings.on("restore"):
        yield problem_at(
            dedup,
            "a restore punches holes in the images that it reads: they can be restored only once",
            "pass it on the command line of the dump",
            severity=Severity.WARNING,
        )


def check_lsm_profile(settings: Settings) -> Iterator[FileProblem]:
    """A dump, too, checks that the security module is active (criu/lsm.c)."""
    profile = settings.last("lsm-profile")
    if profile and settings.on("dump", "pre-dump"):
        yield problem_at(
            profile,
            "a dump fails on hosts where this security module is not active",
            _WITH_THE_RESTORE,
            severity=Severity.WARNING,
        )


def check_no_restore_detached(settings: Settings) -> Iterator[FileProblem]:
    """A restore in the foreground keeps its RPC client waiting (criu/cr-restore.c)."""
    if settings.role is not Role.RPC or not settings.on("restore"):
        return
    last = last_of_variable(settings, "restore-detached")
    if last and last.option.negates is not None:
        yield problem_at(
            last,
            "a restore over RPC does not return until the restored processes end",
            "remove the line",
            remove_line(settings, last),
        )


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
    ),
    about_option=True,
)
def breaks_other_commands(settings: Settings) -> Iterator[FileProblem]:
    """The option is for one command: others that read the file fail, or do harm.

    Every command reads a configuration file. `mntns-compat-mode` is fine for restore, and makes
    each dump fail with “Option --mntns-compat-mode is only valid on restore”, so that no new
    checkpoint can be made. If only restores read the file, say so with `--for restore`.

    Sources: criu/config.c, `check_options`; criu/crtools.c, `main`; criu/cr-service.c;
    criu/image.c (v4.2).
    """
    for check in CHECKS:
        yield from check(settings)
