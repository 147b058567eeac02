# SPDX-License-Identifier: MIT
"""CRIU302: each pair of options, with the releases, roles and commands in which it conflicts."""

from __future__ import annotations

import pytest

from criulint.criu.context import Role
from criulint.finding import Severity
from criulint.rules.conflicts.conflicting_options import (
    check_cgroups,
    check_final_state,
    check_namespaces,
    check_page_server_address,
    check_page_server_socket,
    check_program,
    check_status,
    check_stream,
    check_stream_to_page_server,
    check_tcp,
    conflicting_options,
)
from tests.rules.asking import Check, fixed, lines, problem, settings


@pytest.mark.parametrize(
    ("check", "text", "expected"),
    [
        (check_tcp, "tcp-established\ntcp-close\n", [1]),
        (check_tcp, "tcp-close\ntcp-established\n", [2]),
        (check_tcp, "tcp-established\ntcp-close\nno-tcp-close\n", []),
        (check_tcp, "tcp-established\nno-tcp-established\ntcp-close\n", []),
        (check_final_state, "leave-running\nleave-stopped\n", [1]),
        (check_final_state, "leave-stopped\nleave-running\n", [1]),
        (check_final_state, "leave-running\nleave-running\n", []),
        (check_namespaces, "join-ns net:/x\nempty-ns net\n", [2]),
        (check_namespaces, "empty-ns net\njoin-ns net:/x\n", [2]),
        (check_namespaces, "empty-ns net\njoin-ns ipc:/x\n", []),
        (check_namespaces, "empty-ns net\njoin-ns ipc:/x\njoin-ns net:/x\n", [3]),
        (check_namespaces, "join-ns net:/x\n", []),
        (check_status, "status-fd 3\ndaemon\n", [1]),
        (check_status, "status-fd 3\ndaemon\nno-daemon\n", []),
        (check_status, "daemon\n", []),
        (check_program, "daemon\n", []),
        (check_stream, "stream\nprev-images-dir a\n", [2]),
        (check_stream, "stream\nno-stream\nprev-images-dir a\n", []),
        (check_stream, "prev-images-dir a\n", []),
        (check_cgroups, "cgroup-root /a\nmanage-cgroups=ignore\ncgroup-yard /b\n", [1, 3]),
        (check_cgroups, "manage-cgroups=ignore\ncgroup-props-file a\n", [2]),
        (check_cgroups, "manage-cgroups=ignore\ncgroup-dump-controller cpu\n", [2]),
        (check_cgroups, "manage-cgroups=soft\ncgroup-root /a\n", []),
        (check_cgroups, "manage-cgroups=ignore\nmanage-cgroups=full\ncgroup-root /a\n", []),
    ],
)
def test_pairs(check: Check, text: str, expected: list[int]) -> None:
    assert lines(check, settings(text)) == expected
    assert lines(conflicting_options.check, settings(text)) == expected


@pytest.mark.parametrize(
    ("role", "commands", "expected"),
    [
        (None, ("restore",), [1]),
        (None, ("dump", "pre-dump"), []),
        (Role.CLI, ("restore",), [1]),
        (Role.RPC, ("restore",), []),
    ],
)
def test_program_of_a_detached_restore(
    role: Role | None, commands: tuple[str, ...], expected: list[int]
) -> None:
    file = settings("exec-cmd\nrestore-detached\n", role=role, commands=commands)
    assert lines(check_program, file) == expected


def test_program_without_detaching() -> None:
    assert lines(check_program, settings("exec-cmd\nno-daemon\n")) == []


@pytest.mark.parametrize(
    ("criu", "text", "expected"),
    [
        ("3.11", "ps-socket 7\naddress a\nport 1\n", [2, 3]),
        ("4.2.1", "ps-socket 7\naddress a\n", [2]),
        ("4.2.1", "ps-socket 7\naddress a\nport 1\ntls\n", [3]),
        ("4.2.1", "ps-socket -1\naddress a\n", []),
        ("4.2.1", "ps-socket 7\nps-socket -1\naddress a\n", []),
        ("4.2.1", "address a\nport 1\n", []),
    ],
)
def test_address_beside_a_socket(criu: str, text: str, expected: list[int]) -> None:
    assert lines(check_page_server_address, settings(text, criu=criu)) == expected


@pytest.mark.parametrize(
    ("criu", "text", "expected"),
    [
        ("3.12", "ps-socket 1\ndaemon\n", []),
        ("3.13", "ps-socket 1\ndaemon\n", [1]),
        ("4.2.1", "ps-socket 2\nrestore-detached\n", [1]),
        ("4.2.1", "ps-socket 3\ndaemon\n", []),
        ("4.2.1", "ps-socket 0\ndaemon\n", [1]),
        ("4.2.1", "ps-socket -1\ndaemon\n", []),
        ("4.2.1", "ps-socket -2\ndaemon\n", [1]),
        ("4.2.1", "ps-socket 1\ndaemon\nno-daemon\n", []),
        ("4.2.1", "ps-socket 1\n", []),
    ],
)
def test_standard_descriptor_of_a_detached_criu(criu: str, text: str, expected: list[int]) -> None:
    assert lines(check_page_server_socket, settings(text, criu=criu)) == expected


def test_severities() -> None:
    socket = settings("ps-socket 1\ndaemon\n")
    assert problem(check_page_server_socket, socket).severity is Severity.ERROR
    namespaces = settings("empty-ns net\njoin-ns net:/x\n")
    assert problem(check_namespaces, namespaces).severity is Severity.ERROR
    assert problem(check_status, settings("status-fd 3\ndaemon\n")).severity is None


def test_what_loses_is_removed() -> None:
    assert fixed(check_tcp, settings("tcp-established\ntcp-close\n")) == ["-"]
    assert fixed(check_tcp, settings("tcp-established # why\ntcp-close\n")) == [None]
    assert fixed(check_final_state, settings("leave-running\nleave-stopped\n")) == ["-"]


@pytest.mark.parametrize(
    ("text", "criu", "commands", "expected"),
    [
        ("stream\npage-server\n", "4.3", ("dump",), [2]),
        ("page-server\nstream\n", "4.3", ("pre-dump",), [2]),
        ("page-server\nstream\n", "4.3", ("restore",), []),
        ("page-server\nstream\nno-page-server\n", "4.3", ("dump",), []),
        ("page-server\nstream\n", "4.2.1", ("dump",), []),
    ],
)
def test_a_dump_does_not_stream_to_a_page_server(
    text: str, criu: str, commands: tuple[str, ...], expected: list[int]
) -> None:
    file = settings(text, criu=criu, commands=commands)
    assert lines(check_stream_to_page_server, file) == expected
