# SPDX-License-Identifier: MIT
"""What CRIU says when it fails, and whether `criulint advise` leads out of it.

Each story dumps a program that holds what CRIU does not save by itself. After each failure
``criulint advise --apply`` reads the log and writes a line, until the dump succeeds.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from criulint.advise.diagnose import diagnose
from criulint.advise.log import Log
from criulint.advise.messages import messages
from criulint.cli import main
from tests.oracle import inside
from tests.oracle.inside import IMAGES, SUBJECT, WORK
from tests.oracle.roots import SUITES, prepare
from tests.oracle.sandbox import DEFAULT_FILE, RPC_FILE, Sandbox

if TYPE_CHECKING:
    from pathlib import Path

# On this kernel 4.1.1 cannot save TCP sockets, whatever the options.
_RELEASES = pytest.mark.parametrize("sandbox", ["4.2.1", "4.3"], indirect=True)
_LOG = f"{IMAGES}/dump.log"
_MAX_LOGS = 12

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
    for _ in range(_MAX_LOGS):
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
    for _ in range(_MAX_LOGS):
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
    assert f"the log shows that {RPC_FILE} did not exist" in cause["advice"]


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


@_RELEASES
@pytest.mark.parametrize("what", ["nothing", "file", "connection", "datagram", "renamed", "lock"])
def test_successful_dumps_and_restores_of_all_kinds_have_no_cause(
    sandbox: Sandbox, what: str
) -> None:
    process = sandbox.start(what)
    options = ("--tcp-close", "--ext-unix-sk", "--link-remap", "--file-locks", "-v4")
    done = sandbox.criu("dump", "-t", str(process), "-o", "dump.log", *options)
    assert done.status == 0, sandbox.read(_LOG)[-2000:]
    assert diagnose(Log(sandbox.read(_LOG))) == []
    assert sandbox.ends(process)
    if what == "datagram":
        return  # its other end is gone
    done = sandbox.criu("restore", "-d", "-o", "restore.log", *options)
    log = sandbox.read(f"{IMAGES}/restore.log")
    assert done.status == 0, log[-2000:]
    assert diagnose(Log(log)) == []


# What is not in Debian's builds, and what other programs than CRIU say.
_ELSEWHERE = frozenset(
    (
        *("bpf-map", "config-argument", "config-tls", "config-unknown"),
        *("cuda-frozen", "io-uring", "iptables-chain", "nftables-build", "proc-unprivileged"),
        *("disk-full", "soft-dirty", "too-many-files", "vvar", "xtables-lock"),
    )
)
_LONG_ENOUGH = 10


def test_the_table_has_messages_of_real_criu() -> None:
    """A piece of each pattern is in a program of one of the releases."""
    programs = b"".join(
        path.read_bytes() for release in SUITES for path in _programs(prepare(release).path)
    )
    for message in messages().values():
        if message.id in _ELSEWHERE or message.is_callers:
            continue
        pieces = re.findall(rf"[A-Za-z_' -]{{{_LONG_ENOUGH},}}", message.pattern.pattern)
        windows = (
            piece[start : start + _LONG_ENOUGH]
            for piece in pieces
            for start in range(len(piece) - _LONG_ENOUGH + 1)
        )
        assert any(each.encode() in programs for each in windows), message.pattern.pattern


def _programs(root: Path) -> list[Path]:
    names = ("usr/sbin/criu", "usr/lib/*/libcompel.so*", "usr/lib/*/criu/*.so", "usr/lib/criu/*.so")
    return [path for name in names for path in root.glob(name) if path.is_file()]


class Failure(NamedTuple):
    """A command that fails, and the row of the table that says why.

    `subject` is a word of ``subject.c``; `words` are options of the command, and `file` is the
    ``default.conf``. `change` is what happens to ``/tmp/file`` between dump and restore;
    `also` is the row where CRIU says less.
    """

    id: str
    subject: str = "nothing"
    file: str = ""
    command: str = "dump"
    words: tuple[str, ...] = ()
    change: str = ""
    also: str = ""


_LOCKED = ("--tcp-established", "--network-lock", "skip")
_FAILURES = [
    Failure("tcp-connected", "connection"),
    Failure("tcp-lock", "connection", words=("--tcp-established",)),
    Failure("tcp-in-flight", "in-flight"),
    Failure("ghost-limit", "ghost"),
    Failure("file-locks", "lock"),
    Failure("link-remap", "renamed"),
    Failure("session-leader", "job"),
    Failure("tty-no-master", "terminal"),
    Failure("unix-external", "datagram"),
    Failure("unix-half-stream", "stream", words=("--ext-unix-sk",)),
    Failure("netlink-data", "netlink"),
    Failure("udp-corked", "corked"),
    Failure("device-file", "perf"),
    Failure("device-file", "userfaultfd"),
    Failure("send-fds", "io-uring"),
    Failure("socket-family", "vsock"),
    Failure("mptcp", "mptcp"),
    Failure("pidfd", "pidfd"),
    Failure("sysv-shm", "shared-memory"),
    Failure("ptrace", "traced"),
    Failure("userns", "user-namespace"),
    Failure("no-process", "pid-namespace"),
    Failure("mnt-masters", "slave-mount"),
    Failure("mnt-unsupported", "ramfs"),
    Failure("tool-tar", "tmpfs"),
    Failure("network-lock", "network-namespace", also="iptables-missing"),
    Failure("own-tree", words=("-t", "1")),
    Failure("soft-dirty", command="pre-dump"),
    Failure("config-unknown", file="no-such-option"),
    Failure("config-format", file="log-file a bb cc"),
    Failure("config-argument", file="tcp-close=1"),
    Failure("config-argument", file="ghost-limit"),
    Failure("config-argument", file="tcp"),
    Failure("config-value", file="network-lock foo"),
    Failure("config-value", file="empty-ns foo"),
    Failure("config-value", file="join-ns foo:1"),
    Failure("config-value", file="lsm-profile x"),
    Failure("config-work-dir", file="work-dir /no/such"),
    Failure("config-images-dir", file="images-dir /no/such"),
    Failure("config-log-file", words=("-o", "/no/such/x.log")),
    Failure("config-libdir", file="libdir /no/such"),
    Failure("config-mntns-compat-mode", file="mntns-compat-mode"),
    Failure("config-restore-sibling", file="restore-sibling"),
    Failure("config-inherit-fd", file="inherit-fd fd[1]:x"),
    Failure("config-exec-cmd", file="exec-cmd"),
    Failure("config-script", file="action-script /bin/false"),
    Failure("config-join-ns", file="join-ns net:/proc/1/ns/net\nempty-ns net"),
    Failure("config-lazy-pages", file="lazy-pages", command="pre-dump"),
    Failure("config-pidfile", file="pidfile /tmp/file", command="restore", subject="file"),
    Failure("streamer", file="stream"),
    Failure("page-server", file="page-server\naddress 127.0.0.1\nport 9"),
    Failure("parent-images", file="prev-images-dir /no/such"),
    Failure("lsm-unsupported", file="lsm-profile apparmor:x"),
    Failure("freezer-path", file="freeze-cgroup /tmp"),
    Failure("track-mem", file="track-mem"),
    Failure("no-image", command="restore", change="no images"),
    Failure("file-missing", "file", command="restore", change="removed"),
    Failure("file-size", "file", command="restore", change="longer"),
    Failure("file-mode", "file", command="restore", change="mode"),
    Failure("file-build-id", "file", command="restore", change="rebuilt"),
    Failure("pid-exists", "file", command="restore", change="running"),
    Failure("tcp-in-image", "connection", command="restore", words=_LOCKED),
    Failure("tcp-close-needed", "connection", command="restore", words=("--tcp-close",)),
    Failure("cpu-image", command="restore", file="cpu-cap=cpu"),
    Failure("lazy-daemon", command="restore", file="lazy-pages"),
]


@_RELEASES
@pytest.mark.parametrize(
    "failure", _FAILURES, ids=[f"{each.id}-{index}" for index, each in enumerate(_FAILURES)]
)
def test_a_real_failure_is_recognized(sandbox: Sandbox, failure: Failure) -> None:
    process = sandbox.start(failure.subject)
    if failure.command == "restore":
        _prepare_restore(sandbox, failure, process)
        words: tuple[str, ...] = ("restore", "-d", "-v4", "-o", "out.log")
    else:
        words = (failure.command, "-t", str(process), "-v4", "-o", "out.log", *failure.words)
    sandbox.write(DEFAULT_FILE, f"{failure.file}\n")
    done = sandbox.criu(*words)
    assert done.status != 0
    text = f"{done.output}\n{sandbox.read(f'{IMAGES}/out.log')}"
    causes = diagnose(Log(text))
    assert causes[0].id in (failure.id, failure.also), text[-3000:]


def _prepare_restore(sandbox: Sandbox, failure: Failure, process: int) -> None:
    if failure.change == "no images":
        return
    running = ("--leave-running",) if failure.change == "running" else ()
    words = ("dump", "-t", str(process), "-o", "dump.log", *failure.words, *running)
    done = sandbox.criu(*words)
    assert done.status == 0, done.output
    if not running:
        assert sandbox.ends(process)
    if failure.change == "removed":
        sandbox.remove("/tmp/file")
    elif failure.change == "longer":
        sandbox.write("/tmp/file", "longer than it was")
    elif failure.change == "rebuilt":
        program = sandbox.call(inside.read_bytes, SUBJECT)
        place = program.index(_BUILD_ID) + len(_BUILD_ID)
        sandbox.call(inside.write_bytes, SUBJECT, _flip(program, place))
    elif failure.change == "mode":
        sandbox.call(inside.chmod, "/tmp/file", 0o666)


@_RELEASES
def test_who_is_not_root_is_told(sandbox: Sandbox) -> None:
    text = sandbox.call(inside.criu_of_nobody, ("check",)).output
    assert diagnose(Log(text))[0].id == "capabilities"


# The head of the note: sizes of name and content, NT_GNU_BUILD_ID, the name.
_BUILD_ID = b"\4\0\0\0\x14\0\0\0\3\0\0\0GNU\0"


def _flip(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]


def test_sixty_rows_are_shown_by_real_failures() -> None:
    shown = {failure.id for failure in _FAILURES} | {"capabilities", *_STORY}
    assert shown <= set(messages())
    assert len(shown) >= 60
