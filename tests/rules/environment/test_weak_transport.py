# SPDX-License-Identifier: MIT
"""CRIU506, which needs no host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from criulint.criu.context import COMMANDS, Context
from criulint.criu.reading import Reading
from criulint.criu.releases import find_release
from criulint.criu.settings import Settings
from criulint.rules.environment.weak_transport import check_encryption, check_peer_name
from criulint.source import Source

if TYPE_CHECKING:
    from criulint.rules.base import Problem

SERVER = "page-server\nport 27\n"


def settings(text: str, criu: str = "4.2.1", commands: tuple[str, ...] = COMMANDS) -> Settings:
    reading = Reading(Source(text.encode()), find_release(criu))
    return Settings(reading, Context(commands=commands))


def encryption(text: str, criu: str = "4.2.1") -> list[Problem]:
    return [found.problem for found in check_encryption(settings(text, criu))]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.1.2.3", "::1", "0:0:0:0:0:0:0:1", "LOCALHOST", "::ffff:127.0.0.1", "/a"],
)
def test_this_host_is_not_a_network(address: str) -> None:
    assert encryption(f"{SERVER}address {address}\n") == []


@pytest.mark.parametrize(
    "address", ["192.0.2.7", "::2", "localhost.example.org", "127.0.0.1.nip.io"]
)
def test_other_hosts_are(address: str) -> None:
    (problem,) = encryption(f"{SERVER}address {address}\n")
    assert problem.message.endswith(f" in clear text to whatever answers at {address}")


@pytest.mark.parametrize("line", ["tls", "ps-socket 5", "no-page-server"])
def test_what_makes_it_safe(line: str) -> None:
    assert encryption(f"{SERVER}address 192.0.2.7\n{line}\n") == []


def test_only_dumps_send_pages() -> None:
    text = f"{SERVER}address 192.0.2.7\n"
    for command in COMMANDS:
        found = list(check_encryption(settings(text, commands=(command,))))
        assert bool(found) == (command != "restore"), command


@pytest.mark.parametrize(("criu", "expected"), [("3.12", "send it"), ("3.13", "add `tls`")])
def test_advice_is_for_the_release(criu: str, expected: str) -> None:
    (problem,) = encryption(f"{SERVER}address 192.0.2.7\n", criu)
    assert problem.help.startswith(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tls\ntls-no-cn-verify\n", ["None"]),
        ("tls\ntls-no-cn-verify\ntls-cacert /ca\n", ["info"]),
        ("tls-no-cn-verify\n", []),
        ("tls\nno-tls\ntls-no-cn-verify\n", []),
    ],
)
def test_any_certificate_will_do(text: str, expected: list[str]) -> None:
    found = check_peer_name(settings(text))
    assert [str(problem.problem.severity) for problem in found] == expected
