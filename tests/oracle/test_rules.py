# SPDX-License-Identifier: GPL-2.0-only
"""The rules about commands and clients say what the claims of ``test_commands.py`` and ``test_rpc.py`` show.

A file that breaks a command gets an error or a warning, and one that breaks nothing gets no error. Where a path is missing,
criulint has to be shown the file system.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from criulint import Finding, Severity
from criulint.criu.context import COMMANDS, Context, Role
from criulint.engine import Linter
from criulint.root import Root
from criulint.surroundings import Surroundings
from tests.oracle import test_commands, test_rpc

_HERE_ONLY = ("nowhere", test_rpc.WORK)


def _findings(text: str, release: str, role: Role, commands: tuple[str, ...]) -> list[Finding]:
    return Linter(release, context=Context(role, commands=commands)).check(text.encode() + b"\n")


@pytest.mark.parametrize(
    ("claim", "release"),
    [
        pytest.param(claim, release, id=f"{claim.id} {release}")
        for claim in test_commands._CLAIMS
        for release in claim.releases
        if "/nowhere" in claim.file
    ],
)
def test_missing_paths(claim: test_commands.Claim, release: str, tmp_path: Path) -> None:
    around = Surroundings(Root(str(tmp_path)), None, is_host=True)
    findings = Linter(release, context=Context(Role.DEFAULT)).check(claim.file.encode() + b"\n", None, around)
    assert "CRIU501" in _errors(findings), claim.fact


def _told(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings if finding.severity > Severity.INFO]


def _errors(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings if finding.severity is Severity.ERROR]


@pytest.mark.parametrize(
    ("claim", "release"),
    [
        pytest.param(claim, release, id=f"{claim.id} {release}")
        for claim in test_commands._CLAIMS
        for release in claim.releases
        if "nowhere" not in claim.file
    ],
)
def test_commands(claim: test_commands.Claim, release: str) -> None:
    broken = tuple(command for command in COMMANDS if command in claim.breaks)
    if broken:
        assert _told(_findings(claim.file, release, Role.DEFAULT, broken)), claim.fact
    spared = tuple(command for command in COMMANDS if command in claim.spares)
    if spared:
        assert not _errors(_findings(claim.file, release, Role.DEFAULT, spared)), claim.fact


@pytest.mark.parametrize(
    ("claim", "release"),
    [
        pytest.param(claim, release, id=f"{claim.id} {release}")
        for claim in test_rpc._CLAIMS
        for release in claim.releases
        if claim.kind in COMMANDS and not any(path in claim.rpc + claim.default for path in _HERE_ONLY)
    ],
)
def test_clients(claim: test_rpc.Claim, release: str) -> None:
    role, text = (Role.RPC, claim.rpc) if claim.rpc else (Role.DEFAULT, claim.default)
    findings = _findings(text, release, role, (claim.kind,))
    if claim.outcome != test_rpc._SERVED:
        assert _told(findings), claim.fact
    elif role is Role.RPC:
        assert not _errors(findings), claim.fact
