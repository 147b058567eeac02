# SPDX-License-Identifier: MIT
"""``check``, ``read`` and ``effective`` agree on whether, where and why CRIU stops at a file.

What real CRIUs did (``tests/criu/data``) decides; the other files only compare the three.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criulint import read
from criulint.cli import main
from criulint.criu.context import Context, Role
from criulint.criu.getopt import ErrorKind
from criulint.criu.outcome import Outcome, ReadError
from criulint.criu.reading import Reading
from criulint.criu.releases import releases
from criulint.criu.settings import Settings
from criulint.filetype import foreign_type
from criulint.linter.linter import Linter
from criulint.rules.registry import RULES
from criulint.rules.runtime.crashes_criu import check_network_lock
from criulint.source import Source, is_utf16
from tests.criu.test_reading import HOST, rows
from tests.golden import CASES
from tests.strategies import FILES, RELEASES

if TYPE_CHECKING:
    from pathlib import Path

    from criulint.finding import Finding


_ROLES = (None, *Role)
_CRASH_CODES = {"CRIU115", "CRIU404"}
_CODES = {
    ErrorKind.CRASH: _CRASH_CODES,
    ErrorKind.EXIT: {"CRIU114"},
    ErrorKind.REFUSED_OPTION: {"CRIU114"},
}


# The rules that can say so; others take most of the time.
_STOPPING = frozenset(rule.code for rule in RULES if rule.code.startswith("CRIU1")) | {"CRIU404"}


def _stopping_findings(
    data: bytes, release: str, role: Role | None, codes: frozenset[str] | None
) -> list[Finding]:
    """What ``check`` finds that makes CRIU stop at the file, suppressed or not."""
    source, context = Source(data), Context(role)
    settings = Settings(Reading(source, release), context)
    locks = {problem.line for problem in check_network_lock(settings)}
    checked = Linter(release, codes, context).check(source)
    return [
        finding
        for finding in (*checked.findings, *checked.hidden)
        if finding.code.startswith("CRIU1")
        or (finding.code == "CRIU404" and finding.span.line in locks)
    ]


def _explains(finding: Finding, stop: ReadError) -> bool:
    """Whether a finding is about what stops CRIU, by its place and its rule."""
    if finding.span.line == stop.line - 1 and finding.code == "CRIU111":
        return True  # a line that was meant to go on on the next one, which CRIU refuses
    if finding.span.line != stop.line:
        return False
    if stop.kind in _CODES:
        return finding.code in _CODES[stop.kind]
    return finding.code not in _CRASH_CODES


def check_agrees(
    data: bytes, release: str, role: Role | None, codes: frozenset[str] | None = None
) -> None:
    stop = Outcome(Reading(Source(data), release), role).stop
    found = _stopping_findings(data, release, role, codes)
    if stop is None:
        assert not found, (data, release, role)
    elif is_utf16(data) or foreign_type(Reading(Source(data), release)):
        # One finding for the whole file, at its beginning.
        assert found, (data, release, role)
    else:
        assert any(_explains(finding, stop) for finding in found), (data, release, role, stop)


_TEXTS = sorted(
    {
        *(case.data for case in CASES),
        *(row["text"].encode() for row in rows("reading.jsonl")),
        *(row["text"].encode(row.get("encoding", "utf-8")) for row in rows("quirks.jsonl")),
    }
)


# Up to 3.15 nothing but these lines came through with a word that is garbage.
_GARBAGE = {"quoted-backslash-end", "lsm-ctx-hash"}


@pytest.mark.parametrize(
    "row", rows("quirks.jsonl"), ids=lambda row: f"{row['id']}-{row['releases'][0]}"
)
def test_real_crius_end_the_same(row: dict[str, Any]) -> None:
    if any(text in row.get("message", "") for text in HOST):
        return
    state = {"error": "refused", "exits": "exits"}.get(row["outcome"], "read")
    if "signal" in row:
        state = "crashes"
    for release in row["releases"]:
        outcome = Outcome(read(row["text"].encode(row.get("encoding", "utf-8")), criu=release))
        is_garbage = outcome.reading.undefined and row["id"] in _GARBAGE
        if is_garbage or (outcome.reading.scan.overflow_line and "signal" not in row):
            continue  # what lies beside CRIU's memory was not needed
        assert outcome.state == state


@pytest.mark.parametrize("release", releases())
def test_check_agrees_on_cases(release: str) -> None:
    for case in CASES:
        check_agrees(case.data, release, None)


@pytest.mark.slow
@pytest.mark.parametrize("role", _ROLES)
@pytest.mark.parametrize("release", releases())
def test_check_agrees_on_all_files(release: str, role: Role | None) -> None:
    for data in _TEXTS:
        check_agrees(data, release, role, _STOPPING)


@given(FILES, RELEASES, st.sampled_from(_ROLES))
def test_check_agrees(data: bytes, release: str, role: Role | None) -> None:
    check_agrees(data, release, role)


#: The state of a file, and the line and the message of what stops CRIU.
_Ending = tuple[str, tuple[int, str] | None]


class Commands:
    """A root directory with one file of CRIU's, and what the commands say of it."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._root = root
        self._capsys = capsys

    def run(self, *words: str) -> tuple[int, Any]:
        status = main([*words, "--format", "json"])
        return status, json.loads(self._capsys.readouterr().out)

    def stops(self, data: bytes, release: str, role: Role) -> tuple[_Ending, _Ending]:
        """The state and the error of the file in `criulint read` and in `criulint effective`."""
        names = {Role.RPC: "etc/criu/runc.conf", Role.USER: "root/.criu/default.conf"}
        file = self._root / names.get(role, "etc/criu/default.conf")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        status, shown = self.run("read", "--isolated", "--criu", release, str(file))
        assert (status, shown["role"]) == (0, role.value)
        read_so = (shown["state"], _place(shown["error"]))
        words = ["--runtime", "runc"] if role is Role.RPC else []
        # A dump may crash later, when all files are read.
        words += ["--criu", release, "--root", str(self._root), "--for", "restore"]
        status, shown = self.run("effective", *words)
        error = shown["error"]
        assert status == (error is not None)
        state = next(each["state"] for each in shown["files"] if each["path"] == str(file))
        file.unlink()
        return read_so, (state, _place(error))


def _place(error: dict[str, Any] | None) -> tuple[int, str] | None:
    return (error["line"], error["message"]) if error else None


@pytest.fixture
def commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(tmp_path, capsys)


_MS = '--ms is deprecated; see "Check options" of criu --help'
_MACVLAN = "`macvlan` without `]:` makes it follow a null pointer"
_FREED = "it frees the memory that holds a value, and still uses it"
_ARRAY = "its array is too small for the words in the file"


@pytest.mark.parametrize(
    ("text", "release", "role", "state", "line", "message", "options"),
    [
        ("tcp-close\nms\nlink-remap\n", "4.2.1", "default", "refused", 2, _MS, ["tcp-close"]),
        (
            "version\ntcp-close\n",
            "4.2.1",
            "user",
            "exits",
            1,
            "`version` makes it print its version instead of running the command",
            [],
        ),
        ("V\n", "4.2.1", "default", "refused", 1, "unrecognized option '--V'", []),
        (
            "h\n",
            "3.11",
            "default",
            "exits",
            1,
            "`help` makes it print its help instead of running the command",
            [],
        ),
        ("help\n", "4.2.1", "rpc", "refused", 1, "`help` makes the client's request fail", []),
        (
            "version\n",
            "4.2.1",
            "rpc",
            "exits",
            1,
            "`version` makes it exit without a reply to its client",
            [],
        ),
        ("all\nexternal macvlan\n", "4.2.1", "default", "crashes", 2, _MACVLAN, ["all"]),
        ("external macvlan[a]\n", "3.11", "rpc", "crashes", 1, _MACVLAN, []),
        ('all\nskip-mnt ""\ntls\n', "3.15", "default", "crashes", 2, _FREED, ["all"]),
        ('skip-mnt ""\n', "3.16", "default", "read", 0, "", ["skip-mnt"]),
        ('skip-mnt ""\nbogus\n', "3.15", "default", "refused", 2, "", ["skip-mnt"]),
        ('log-file "a"\n', "3.15", "default", "crashes", 1, _FREED, []),
        ('all ""\nlog-file "a"\n', "3.15", "default", "crashes", 2, _FREED, []),
        ('all\nD "" # c\n', "3.15", "default", "refused", 2, "unrecognized option '--D'", ["all"]),
        ('ghost-limit\ntls-cacrl "" y\n', "3.11", "default", "crashes", 2, _FREED, ["ghost-limit"]),
        ("log-file\nx --external macvlan\n", "3.15", "rpc", "crashes", 2, _MACVLAN, ["log-file"]),
        ("all --bogus --external macvlan\n", "3.15", "rpc", "refused", 1, "--bogus", ["all"]),
        ("log-file\ta\n" * 7, "4.2.1", "default", "crashes", 6, _ARRAY, []),
        ("log-file\ta\0 b b b\n" * 7, "4.2.1", "default", "crashes", 6, _ARRAY, []),
        ('tls-cert "a"\n' + "log-file\ta\n" * 7, "4.2.1", "default", "crashes", 6, _ARRAY, []),
        ('log-file "a"\nall' + " a" * 9, "3.15", "default", "crashes", 2, _ARRAY, []),
        ("log-file\ta\n" * 7, "3.15", "default", "read", 0, "", ["log-file"] * 7),
        ("all\nnetwork-lock skip\ntls\n", "4.2", "rpc", "crashes", 2, "", ["all"]),
        ("network-lock skip\nbogus\n", "4.2", "rpc", "refused", 2, "", ["network-lock"]),
        ("network-lock skip\n", "4.2", "default", "read", 0, "", ["network-lock"]),
        ("network-lock skip\n", "4.2.1", "rpc", "read", 0, "", ["network-lock"]),
        ("network-lock nft\n", "4.2", "rpc", "refused", 1, "", []),
        ("external mnt[]:x\n", "3.14", "default", "refused", 1, "", []),
    ],
)
def test_commands_agree(
    text: str,
    release: str,
    role: str,
    state: str,
    line: int,
    message: str,
    options: list[str],
    commands: Commands,
) -> None:
    read_so, effective_so = commands.stops(text.encode(), release, Role(role))
    assert read_so == effective_so
    found_line, found_message = read_so[1] or (0, "")
    assert (read_so[0], found_line) == (state, line)
    assert message in found_message
    outcome = Outcome(read(text.encode(), criu=release), Role(role))
    assert [option.name for option in outcome.options] == options
    check_agrees(text.encode(), release, Role(role))


@pytest.mark.slow
@pytest.mark.parametrize("role", [Role.DEFAULT, Role.RPC])
@pytest.mark.parametrize("release", ["3.15", "4.2", "4.2.1"])
def test_commands_agree_on_all_files(release: str, role: Role, commands: Commands) -> None:
    for data in _TEXTS:
        read_so, effective_so = commands.stops(data, release, role)
        assert read_so == effective_so
