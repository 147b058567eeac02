# SPDX-License-Identifier: MIT
"""The rules about commands and clients say what the claims of ``test_commands.py`` and
``test_rpc.py`` show.

A file that breaks a command gets an error or a warning, and one that breaks nothing gets no
error. The rules see the machine that the claims are about: it has no ``/nowhere``.
"""

from __future__ import annotations

import pytest

from criulint import Finding, Severity
from criulint.criu.context import COMMANDS, Context, Role
from criulint.host.filesystem import HostContext
from criulint.linter.linter import Linter
from criulint.source import Source
from tests.listing import Listing
from tests.oracle import test_commands as commands
from tests.oracle import test_rpc as clients
from tests.oracle.inside import WORK

_MACHINE = Listing([f"0755 {WORK}/"])


def _findings(text: str, release: str, role: Role, commands: tuple[str, ...]) -> list[Finding]:
    linter = Linter(
        release, context=Context(role, commands=commands), find_host=lambda _: HostContext(_MACHINE)
    )
    return linter.check(Source(text.encode() + b"\n", "criu.conf")).findings


def _reported_codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings if finding.severity > Severity.INFO]


def _errors(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings if finding.severity is Severity.ERROR]


@pytest.mark.parametrize(
    ("claim", "release"),
    [
        pytest.param(claim, release, id=f"{claim.id} {release}")
        for claim in commands._CLAIMS
        for release in claim.releases
    ],
)
def test_commands(claim: commands.Claim, release: str) -> None:
    broken = tuple(command for command in COMMANDS if command in claim.breaks)
    if broken:
        result = _reported_codes(_findings(claim.file, release, Role.DEFAULT, broken))
        assert result, claim.fact
        assert "/nowhere" not in claim.file or "CRIU501" in result, claim.fact
    spared = tuple(command for command in COMMANDS if command in claim.spares)
    if spared:
        assert not _errors(_findings(claim.file, release, Role.DEFAULT, spared)), claim.fact


@pytest.mark.parametrize(
    ("claim", "release"),
    [
        pytest.param(claim, release, id=f"{claim.id} {release}")
        for claim in clients._CLAIMS
        for release in claim.releases
        if claim.kind in COMMANDS
    ],
)
def test_clients(claim: clients.Claim, release: str) -> None:
    role, text = (Role.RPC, claim.rpc) if claim.rpc else (Role.DEFAULT, claim.default)
    findings = _findings(text, release, role, (claim.kind,))
    if claim.outcome != clients._SERVED:
        assert _reported_codes(findings), claim.fact
    elif role is Role.RPC:
        assert not _errors(findings), claim.fact
