# SPDX-License-Identifier: MIT
"""CRIU304: each option that needs another."""

from __future__ import annotations

import pytest

from criulint.criu.context import COMMANDS, Role
from criulint.finding import Severity
from criulint.rules.conflicts.missing_companion import (
    check_external_mounts,
    check_page_server,
    check_sibling,
    check_tls_is_on,
    check_tls_pair,
)
from tests.rules.asking import Check, lines, problem, settings


@pytest.mark.parametrize(
    ("role", "commands", "severity"),
    [
        (None, COMMANDS, Severity.ERROR),
        (Role.RPC, COMMANDS, Severity.ERROR),
        (None, ("dump",), Severity.ERROR),
        (None, ("pre-dump",), Severity.ERROR),
    ],
)
def test_sibling_breaks_dumps(
    role: Role | None, commands: tuple[str, ...], severity: Severity
) -> None:
    file = settings("restore-sibling\n", role=role, commands=commands)
    assert problem(check_sibling, file).severity is severity


def test_sibling_with_restores_alone() -> None:
    file = settings("restore-sibling\n", commands=("restore",))
    found = problem(check_sibling, file)
    assert (found.severity, found.help) == (None, "add `restore-detached`")
    # The restore of an RPC client is detached by itself.
    file = settings("restore-sibling\n", commands=("restore",), role=Role.RPC)
    assert lines(check_sibling, file) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("restore-sibling\n", [1]),
        ("restore-sibling\nrestore-detached\n", []),
        ("restore-sibling\ndaemon\n", []),
        ("restore-sibling\ndaemon\nno-restore-detached\n", [1]),
        ("restore-sibling\nno-restore-sibling\n", []),
    ],
)
def test_sibling_needs_a_detached_restore(text: str, expected: list[int]) -> None:
    assert lines(check_sibling, settings(text)) == expected


@pytest.mark.parametrize(
    ("criu", "option"), [("3.14", "--restore-detach”"), ("3.15", "--restore-detached”")]
)
def test_sibling_has_the_message_of_the_release(criu: str, option: str) -> None:
    assert problem(check_sibling, settings("restore-sibling\n", criu=criu)).message.endswith(option)


@pytest.mark.parametrize(
    ("text", "commands", "advice"),
    [
        ("page-server\n", COMMANDS, "add `address HOST` and `port NUMBER`"),
        ("page-server\nport 1\n", COMMANDS, "add `address HOST` and `port NUMBER`"),
        ("page-server\naddress a\n", COMMANDS, "add `port NUMBER`"),
        ("page-server\naddress a\n", ("pre-dump",), "add `port NUMBER`"),
        ("page-server\naddress a\nport 1\n", COMMANDS, None),
        ("page-server\nps-socket 7\n", COMMANDS, None),
        ("page-server\n", ("restore",), None),
        ("page-server\nno-page-server\n", COMMANDS, None),
    ],
)
def test_page_server_needs_address_and_port(
    text: str, commands: tuple[str, ...], advice: str | None
) -> None:
    found = [each.problem for each in check_page_server(settings(text, commands=commands))]
    expected = [] if advice is None else [(Severity.ERROR, advice)]
    assert [(each.severity, each.help) for each in found] == expected


@pytest.mark.parametrize(
    ("check", "text", "expected"),
    [
        (check_tls_is_on, "tls-cacert /a\ntls-cacrl /b\ntls-cert /c\n", [1, 2, 3]),
        (check_tls_is_on, "tls-key /a\ntls-no-cn-verify\n", [1, 2]),
        (check_tls_is_on, "tls-key /a\ntls\n", []),
        (check_tls_is_on, "tls-key /a\nno-tls\n", []),
        (check_tls_pair, "tls\ntls-cert /a\n", [2]),
        (check_tls_pair, "tls\ntls-key /a\n", [2]),
        (check_tls_pair, "tls\ntls-key /a\ntls-cert /b\n", []),
        (check_tls_pair, "tls-cert /a\n", []),
        (check_tls_pair, "tls\nno-tls\ntls-cert /a\n", []),
    ],
)
def test_tls(check: Check, text: str, expected: list[int]) -> None:
    assert lines(check, settings(text)) == expected


def test_tls_pair_names_the_default_of_the_other_half() -> None:
    assert (
        "/etc/pki/criu/private/key.pem"
        in problem(check_tls_pair, settings("tls\ntls-cert /a\n")).message
    )


@pytest.mark.parametrize(
    ("criu", "role", "caller", "expected"),
    [
        ("3.11", Role.RPC, None, []),
        ("3.12", Role.RPC, None, [1]),
        ("3.11", Role.DEFAULT, None, [1]),
        ("3.11", Role.DEFAULT, "runc", []),
        ("3.12", Role.DEFAULT, "runc", [1]),
        ("3.11", Role.DEFAULT, "lxc", [1]),
    ],
)
def test_3_11_checks_no_request(
    criu: str, role: Role, caller: str | None, expected: list[int]
) -> None:
    file = settings("restore-sibling\n", criu=criu, role=role, caller=caller)
    assert lines(check_sibling, file) == expected


def test_restores_over_rpc_are_detached() -> None:
    file = settings("restore-sibling\n", role=Role.RPC)
    assert problem(check_sibling, file).message.startswith("every dump fails: ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("enable-external-masters\nenable-external-sharing\n", [1, 2]),
        ("enable-external-masters\nexternal mnt[a]:b\n", [1]),
        ("enable-external-masters\nexternal mnt[]\n", []),
        ("external mnt[]:s\nenable-external-masters\n", []),
        ("enable-external-masters\next-mount-map auto\n", []),
        ("enable-external-masters\next-mount-map a:b\n", [1]),
    ],
)
def test_options_for_external_mounts(text: str, expected: list[int]) -> None:
    assert lines(check_external_mounts, settings(text)) == expected
    assert lines(check_external_mounts, settings(text, commands=("restore",))) == []
    # LXC passes `--ext-mount-map auto`.
    assert lines(check_external_mounts, settings(text, role=Role.DEFAULT, caller="lxc")) == []


def test_advice_for_external_mounts() -> None:
    masters = problem(check_external_mounts, settings("enable-external-masters\n"))
    sharing = problem(check_external_mounts, settings("enable-external-sharing\n"))
    assert (masters.help, sharing.help) == (
        "write `external mnt[]:m`",
        "write `external mnt[]:s`",
    )
