# SPDX-License-Identifier: MIT
"""CRIU305: each option, with the releases, roles and commands that it breaks."""

from __future__ import annotations

import pytest

from criulint.criu.context import COMMANDS, Role
from criulint.finding import Severity
from criulint.rules.conflicts.breaks_other_commands import (
    breaks_other_commands,
    check_auto_dedup,
    check_compression,
    check_exec_cmd,
    check_inherit_fd,
    check_lazy_pages,
    check_lsm_profile,
    check_mntns_compat_mode,
    check_no_restore_detached,
    check_prev_images_dir,
    check_stream,
)
from tests.rules.asking import Check, fixed, lines, problem, settings

_DUMP, _PRE_DUMP, _RESTORE = ("dump",), ("pre-dump",), ("restore",)


@pytest.mark.parametrize(
    ("check", "text", "role", "commands", "is_found"),
    [
        (check_mntns_compat_mode, "mntns-compat-mode", None, COMMANDS, True),
        (check_mntns_compat_mode, "mntns-compat-mode", Role.RPC, COMMANDS, True),
        (check_mntns_compat_mode, "mntns-compat-mode", None, _DUMP, True),
        (check_mntns_compat_mode, "mntns-compat-mode", None, _PRE_DUMP, True),
        (check_mntns_compat_mode, "mntns-compat-mode", None, _RESTORE, False),
        (check_mntns_compat_mode, "no-mntns-compat-mode", None, COMMANDS, False),
        (check_inherit_fd, "inherit-fd fd[1]:x", None, COMMANDS, True),
        (check_inherit_fd, "inherit-fd fd[1]:x", None, _DUMP, True),
        (check_inherit_fd, "inherit-fd fd[1]:x", None, _PRE_DUMP, True),
        (check_inherit_fd, "inherit-fd fd[1]:x", None, _RESTORE, False),
        (check_inherit_fd, "inherit-fd fd[1]:x", Role.RPC, COMMANDS, False),
        (check_exec_cmd, "exec-cmd", None, COMMANDS, True),
        (check_exec_cmd, "exec-cmd", None, _RESTORE, True),
        (check_exec_cmd, "exec-cmd", Role.RPC, COMMANDS, False),
        (check_stream, "stream", None, COMMANDS, True),
        (check_stream, "stream", Role.CLI, COMMANDS, True),
        (check_stream, "stream", Role.DEFAULT, COMMANDS, False),
        (check_stream, "stream", Role.RPC, COMMANDS, False),
        (check_lazy_pages, "lazy-pages", None, COMMANDS, True),
        (check_lazy_pages, "lazy-pages", None, _PRE_DUMP, True),
        (check_lazy_pages, "lazy-pages", None, _DUMP, False),
        (check_lazy_pages, "lazy-pages", Role.RPC, COMMANDS, False),
        (check_prev_images_dir, "prev-images-dir a", None, _RESTORE, True),
        (check_auto_dedup, "auto-dedup", None, COMMANDS, True),
        (check_auto_dedup, "auto-dedup", None, _RESTORE, True),
        (check_auto_dedup, "auto-dedup", None, _DUMP, False),
        (check_auto_dedup, "no-auto-dedup", None, COMMANDS, False),
        (check_lsm_profile, "lsm-profile apparmor:a", None, COMMANDS, True),
        (check_lsm_profile, "lsm-profile selinux:a", None, _DUMP, True),
        (check_lsm_profile, "lsm-profile apparmor:a", None, _PRE_DUMP, True),
        (check_lsm_profile, "lsm-profile apparmor:a", None, _RESTORE, False),
        (check_lsm_profile, "lsm-profile none:", None, COMMANDS, False),
        (check_lsm_profile, "lsm-profile none:a", Role.RPC, COMMANDS, False),
        (check_lsm_profile, "lsm-profile none", None, _RESTORE, True),
        (check_lsm_profile, "lsm-profile smack:a", None, _RESTORE, True),
        (check_no_restore_detached, "no-restore-detached", Role.RPC, COMMANDS, True),
        (check_no_restore_detached, "no-daemon", Role.RPC, _RESTORE, True),
        (check_no_restore_detached, "no-restore-detached", Role.RPC, _DUMP, False),
        (check_no_restore_detached, "no-restore-detached", Role.CLI, COMMANDS, False),
        (check_no_restore_detached, "restore-detached", Role.RPC, COMMANDS, False),
        (check_no_restore_detached, "no-daemon\nrestore-detached", Role.RPC, COMMANDS, False),
    ],
)
def test_options(
    check: Check, text: str, role: Role | None, commands: tuple[str, ...], is_found: bool
) -> None:
    file = settings(f"{text}\n", role=role, commands=commands)
    assert lines(check, file) == ([1] if is_found else [])
    assert lines(breaks_other_commands.check, file) == ([1] if is_found else [])


@pytest.mark.parametrize(("criu", "expected"), [("4.1.1", [1]), ("4.2", [])])
def test_rpc_file_that_is_read_twice_stores_descriptors_twice(
    criu: str, expected: list[int]
) -> None:
    text = "inherit-fd fd[1]:x\n"
    assert lines(check_inherit_fd, settings(text, criu=criu, role=Role.RPC)) == expected
    file = settings(text, criu=criu, role=Role.RPC, commands=_DUMP)
    assert lines(check_inherit_fd, file) == []
    assert problem(check_inherit_fd, settings(text, criu=criu)).message.startswith("every dump")
    assert lines(check_inherit_fd, settings(text, criu=criu, commands=_RESTORE)) == []


@pytest.mark.parametrize(("criu", "expected"), [("3.11", []), ("3.12", [1])])
def test_lazy_pages_by_release(criu: str, expected: list[int]) -> None:
    assert lines(check_lazy_pages, settings("lazy-pages\n", criu=criu)) == expected


@pytest.mark.parametrize(("criu", "expected"), [("3.15", []), ("3.16", [1])])
def test_prev_images_dir_by_release(criu: str, expected: list[int]) -> None:
    assert lines(check_prev_images_dir, settings("prev-images-dir a\n", criu=criu)) == expected


def test_an_absolute_prev_images_dir_may_exist() -> None:
    assert problem(check_prev_images_dir, settings("prev-images-dir ../a\n")).severity is None
    found = problem(check_prev_images_dir, settings("prev-images-dir /a\n"))
    assert found.severity is Severity.INFO
    assert "unless the caller sends another" not in found.message
    found = problem(check_prev_images_dir, settings("prev-images-dir a\n", role=Role.RPC))
    assert "unless the caller sends another" in found.message


@pytest.mark.parametrize(
    ("criu", "commands", "end"),
    [
        ("3.16", COMMANDS, "“Invalid parent image directory provided”"),
        ("4.2.1", COMMANDS, "“Invalid parent image directory provided”"),
        ("4.3", _DUMP, "“Failed to read parent pre-dump inventory entry”"),
        ("4.3", _RESTORE, "“Invalid parent image directory provided”"),
    ],
)
def test_prev_images_dir_has_the_message_of_the_release(
    criu: str, commands: tuple[str, ...], end: str
) -> None:
    file = settings("prev-images-dir a\n", criu=criu, commands=commands)
    assert problem(check_prev_images_dir, file).message.endswith(end)


@pytest.mark.parametrize(
    ("check", "text", "caller", "is_found"),
    [
        # What `main` checks, a request does not pass.
        (check_exec_cmd, "exec-cmd", "runc", False),
        (check_exec_cmd, "exec-cmd", "podman", False),
        (check_exec_cmd, "exec-cmd", "lxc", True),
        (check_inherit_fd, "inherit-fd fd[3]:a", "crun", False),
        (check_inherit_fd, "inherit-fd fd[3]:a", "lxc", True),
        (check_lazy_pages, "lazy-pages", "crun", False),
        (check_lazy_pages, "lazy-pages", "lxc", True),
        (check_stream, "stream", "runc", False),
        (check_stream, "stream", "lxc", True),
        # What `check_options` checks, it does.
        (check_mntns_compat_mode, "mntns-compat-mode", "runc", True),
        # runc sends false (CRIU401), crun nothing.
        (check_auto_dedup, "auto-dedup", "runc", False),
        (check_auto_dedup, "auto-dedup", "crun", True),
    ],
)
def test_callers_of_a_default_file(check: Check, text: str, caller: str, is_found: bool) -> None:
    file = settings(f"{text}\n", role=Role.DEFAULT, caller=caller)
    assert lines(check, file) == ([1] if is_found else [])


@pytest.mark.parametrize(
    ("criu", "caller", "message"),
    [
        ("4.2.1", "runc", "every restore fails: “--restore-sibling only makes sense with"),
        ("3.12", "crun", "every restore fails: “--restore-sibling only makes sense with"),
        ("4.2.1", None, "every restore fails under runc and crun (“--restore-sibling only makes"),
        ("3.11", "runc", "a restore over RPC does not return until the restored processes end"),
        ("4.2.1", "youki", "a restore over RPC does not return until the restored processes end"),
    ],
)
def test_what_no_restore_detached_does(criu: str, caller: str | None, message: str) -> None:
    file = settings("no-restore-detached\n", criu=criu, role=Role.RPC, caller=caller)
    assert problem(check_no_restore_detached, file).message.startswith(message)


@pytest.mark.parametrize(
    ("commands", "effects"),
    [
        (_PRE_DUMP, "{}"),
        (_PRE_DUMP + _DUMP, "{}, and every dump waits until a client has fetched the pages"),
        (_PRE_DUMP + _RESTORE, "{}, and every restore fails without a running `criu lazy-pages`"),
        (
            COMMANDS,
            "{}, every dump waits until a client has fetched the pages, and every restore fails"
            " without a running `criu lazy-pages`",
        ),
    ],
)
def test_lazy_pages_says_what_the_commands_do(commands: tuple[str, ...], effects: str) -> None:
    found = problem(check_lazy_pages, settings("lazy-pages\n", commands=commands))
    first = "every pre-dump fails (“Cannot pre-dump with --lazy-pages”)"
    assert found.message == effects.format(first)


def test_a_caller_by_rpc_has_no_command_line() -> None:
    file = settings("mntns-compat-mode\n", role=Role.RPC)
    assert problem(check_mntns_compat_mode, file).help == "have the caller request it"


def test_prev_images_dir_is_not_looked_up_before_3_16() -> None:
    assert lines(check_prev_images_dir, settings("prev-images-dir a\n", criu="3.15")) == []


@pytest.mark.parametrize(
    ("text", "role", "commands", "expected"),
    [
        ("compress\n", None, COMMANDS, [1]),
        ("compress-block 4K\n", Role.RPC, _RESTORE, [1]),
        ("compress-acceleration 2\ncompress\n", Role.DEFAULT, _DUMP, [2]),
        ("decompress-threads 2\n", None, COMMANDS, []),
    ],
)
def test_compression_by_role_and_command(
    text: str, role: Role | None, commands: tuple[str, ...], expected: list[int]
) -> None:
    file = settings(text, criu="4.3", role=role, commands=commands)
    assert lines(check_compression, file) == expected
    assert lines(breaks_other_commands.check, file) == expected


def test_severities_and_fixes() -> None:
    assert problem(check_auto_dedup, settings("auto-dedup\n")).severity is Severity.WARNING
    found = problem(check_lsm_profile, settings("lsm-profile selinux:a\n"))
    assert found.severity is Severity.WARNING
    found = problem(check_lsm_profile, settings("lsm-profile none\n"))
    assert (found.severity, "“invalid argument none for" in found.message) == (None, True)
    found = problem(check_lsm_profile, settings("lsm-profile a:b\n"))
    assert (found.severity, "“unknown lsm a”" in found.message) == (None, True)
    assert problem(check_exec_cmd, settings("exec-cmd\n")).severity is None
    file = settings("no-restore-detached\n", role=Role.RPC)
    assert fixed(check_no_restore_detached, file) == ["-"]
