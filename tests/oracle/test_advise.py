# SPDX-License-Identifier: MIT
"""What CRIU says when it fails, and whether `criulint advise` leads out of it.

Each story dumps a program that holds what CRIU does not save by itself. After each failure
``criulint advise --apply`` reads the log and writes a line, until the dump succeeds.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from criulint.advise.messages import messages
from criulint.cli import main
from tests.oracle.inside import IMAGES, WORK
from tests.oracle.roots import SUITES, prepare
from tests.oracle.sandbox import DEFAULT_FILE, RPC_FILE, Sandbox

if TYPE_CHECKING:
    from pathlib import Path

# On this kernel 4.1.1 cannot save TCP sockets, whatever the options.
_RELEASES = pytest.mark.parametrize("sandbox", ["4.2.1", "4.3"], indirect=True)
_LOG = f"{IMAGES}/dump.log"
_MOST = 12

_STORY = {
    "session-leader": "shell-job",
    "file-locks": "file-locks",
    "tcp-connected": "tcp-established",
    "tcp-lock": "network-lock skip",
    "link-remap": "link-remap",
    "ghost-limit": "ghost-limit 2M",
    "unix-external": "ext-unix-sk",
}


class _Host:
    """A directory that stands for the host's /etc, and the sandbox that has its files."""

    def __init__(self, root: Path, sandbox: Sandbox, log: str = _LOG) -> None:
        self._root = root
        self._sandbox = sandbox
        self._log = log

    def advise(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
        """Return what ``criulint advise`` says of the last log; it may write a file."""
        log = self._root / "dump.log"
        log.write_text(self._sandbox.read(self._log), encoding="utf-8")
        words = ["advise", "--root", str(self._root), "--format", "json", *arguments, str(log)]
        assert main(words) == 0
        output = capsys.readouterr().out
        report: dict[str, Any] = json.loads(output[: output.index("\n]") + 2])[0]
        for path in (DEFAULT_FILE, RPC_FILE):
            file = self._root / path.lstrip("/")
            if file.exists():
                self._sandbox.write(path, file.read_text(encoding="utf-8"))
        return report


@_RELEASES
def test_the_command_line_is_led_to_a_dump(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host = _Host(tmp_path, sandbox)
    process = sandbox.start("all")
    found: dict[str, str] = {}
    for _ in range(_MOST):
        done = sandbox.criu("dump", "-t", str(process), "-v4", "-o", "dump.log")
        if done.status == 0:
            break
        cause = host.advise(capsys, "--apply")["causes"][0]
        found[cause["id"]] = cause["remedies"][0]["line"]
    assert done.status == 0, sandbox.read(_LOG)[-2000:]
    assert found.items() <= _STORY.items() | {("tcp-lock", "network-lock nftables")}
    assert set(found) >= {"file-locks", "tcp-connected", "link-remap", "ghost-limit"}


@_RELEASES
def test_a_runtime_is_led_to_a_dump(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host = _Host(tmp_path, sandbox)
    process = sandbox.start("all")
    request = {"pid": process, "log_file": "dump.log", "log_level": 4, "config_file": RPC_FILE}
    sent = {"tcp_established": False, "shell_job": False, "file_locks": False, "ext_unix_sk": False}
    for _ in range(_MOST):
        answer = sandbox.ask("dump", {**request, **sent})
        if answer.success:
            break
        report = host.advise(capsys, "--apply")
        assert report["runtime"] == "runc"  # the log names its file
        assert report["causes"][0]["remedies"][0]["file"] == RPC_FILE
    assert answer.success, sandbox.read(_LOG)[-2000:]
    assert "tcp-established" in sandbox.read(RPC_FILE)
    assert sandbox.read(DEFAULT_FILE) == ""


@_RELEASES
def test_a_line_in_the_wrong_file_is_found_in_the_log_alone(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.write(DEFAULT_FILE, "tcp-established\n")
    process = sandbox.start("connection")
    request = {"pid": process, "log_file": "dump.log", "log_level": 4, "config_file": RPC_FILE}
    assert not sandbox.ask("dump", {**request, "tcp_established": False}).success
    report = _Host(tmp_path, sandbox).advise(capsys)
    read = {file["path"]: file["read"] for file in report["files"]}
    assert read == {DEFAULT_FILE: True, RPC_FILE: False}
    cause = report["causes"][0]
    assert (cause["id"], cause["remedies"][0]["file"]) == ("tcp-connected", RPC_FILE)
    assert f"the log shows that {RPC_FILE} does not exist" in cause["advice"]


@_RELEASES
def test_the_kind_of_a_socket_decides(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    process = sandbox.start("stream")
    words = ("dump", "-t", str(process), "-v4", "-o", "dump.log")
    assert sandbox.criu(*words).status
    remedy = _Host(tmp_path, sandbox).advise(capsys)["causes"][0]["remedies"][0]
    line = re.fullmatch(r"external (unix\[[0-9]+\])", remedy["line"])
    assert line
    assert remedy["file"] is None
    done = sandbox.criu(*words, "--external", line[1])
    assert done.status == 0, sandbox.read(_LOG)[-2000:]


@_RELEASES
@pytest.mark.parametrize("what", ["nothing", "ghost"])
def test_a_successful_log_gets_no_advice(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    process = sandbox.start(what)
    done = sandbox.criu(
        *("dump", "-t", str(process), "-v4", "-o", "dump.log", "--ghost-limit", "4M"),
        *("-W", WORK, "--leave-running"),
    )
    assert done.status == 0
    assert _Host(tmp_path, sandbox, f"{WORK}/dump.log").advise(capsys)["causes"] == []


# What is not in Debian's builds, and what other programs than CRIU say.
_ELSEWHERE = frozenset(
    (
        *("bpf-map", "caller-no-answer", "config-argument", "config-tls", "config-unknown"),
        *("cuda-frozen", "io-uring", "iptables-chain", "nftables-build", "proc-unprivileged"),
        *("too-many-files", "vvar", "xtables-lock"),
    )
)
_LONG_ENOUGH = 10


def test_the_table_has_messages_of_real_criu() -> None:
    """A piece of each pattern is in a program of one of the releases."""
    programs = b"".join(
        path.read_bytes() for release in SUITES for path in _programs(prepare(release).path)
    )
    for message in messages().values():
        if message.id in _ELSEWHERE:
            continue
        pieces = re.findall(rf"[A-Za-z_' -]{{{_LONG_ENOUGH},}}", message.pattern.pattern)
        found = [piece for piece in pieces if piece.encode() in programs]
        assert found, f"{message.id}: {message.pattern.pattern}"


def _programs(root: Path) -> list[Path]:
    names = ("usr/sbin/criu", "usr/lib/*/libcompel.so*", "usr/lib/*/criu/*.so", "usr/lib/criu/*.so")
    return [path for name in names for path in root.glob(name) if path.is_file()]
