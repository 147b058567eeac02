# SPDX-License-Identifier: MIT
"""``criulint advise``: ``advise/NAME.txt`` is what it prints for ``advise/NAME.log``."""

from __future__ import annotations

import io
import json
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from criulint.advise import log, logs
from criulint.cli import main
from criulint.criu.releases import latest_release
from criulint.host.config_files import ConfigFiles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.golden import Golden

_FOLDER = Path(__file__).with_name("advise")
_DEFAULT, _RUNC = "etc/criu/default.conf", "etc/criu/runc.conf"
_TCP = "Error (criu/sk-inet.c:1): inet: Connected TCP socket, consider using --tcp-established\n"


class Scenario(NamedTuple):
    """Arguments, and the files of the host; `later` seconds after the log they were written."""

    arguments: tuple[str, ...] = ()
    files: Mapping[str, str] = {}
    later: int = -100
    #: The name of the log if it is not that of the scenario.
    log: str = ""


_SET = {_RUNC: "# c\ntcp-established\n"}
_SCENARIOS = {
    "tcp-runc": Scenario(),
    "tcp-wrong-file": Scenario(files={_DEFAULT: "tcp-established\n"}),
    "tcp-set-already": Scenario(files=_SET),
    "tcp-set-since": Scenario(files=_SET, later=100, log="tcp-set-already"),
    # Written within the same moment: it is not known which came first.
    "tcp-set-at-once": Scenario(files=_SET, later=0, log="tcp-set-already"),
    "tcp-set-after-a-date": Scenario(files=_SET),
    "tcp-set-but-not-read": Scenario(files=_SET),
    "tcp-close-set-since": Scenario(files={_RUNC: "tcp-close\n"}, later=100, log="tcp-set-already"),
    "tcp-refused-file": Scenario(files={_DEFAULT: "tcp-established = true\n"}),
    "ghost-misread": Scenario(("--runtime", "docker"), {_RUNC: "ghost-limit 10m\n"}),
    "ghost-beside-misread": Scenario(
        ("--runtime", "docker"),
        {_RUNC: "ghost-limit 2M\ntcp-close false\n"},
        log="ghost-misread",
    ),
    "ghost-too-small": Scenario(
        ("--runtime", "docker"), {_RUNC: "ghost-limit 2M\n"}, log="ghost-misread"
    ),
    "ghost-more-since": Scenario(
        ("--runtime", "docker"), {_RUNC: "ghost-limit 64M\n"}, 100, "ghost-misread"
    ),
    "ghost-twice": Scenario(
        ("--runtime", "docker"), {_RUNC: "ghost-limit 1M\nghost-limit 2M\n"}, log="ghost-misread"
    ),
    # Only the latest of the releases that it may be has the option.
    "uprobes-newer-option": Scenario(
        ("--runtime", "runc"),
        {_RUNC: "allow-uprobes\n", "etc/criu/x.conf": "allow-uprobes\n"},
    ),
    # Nothing says who called CRIU, which matters only if another file is for its caller.
    "tcp-command-line": Scenario(),
    "ghost-command-line": Scenario(),
    "page-server": Scenario(files={_DEFAULT: "# c\npage-server\nport 27\n"}),
    "unix-stream": Scenario(),
    "console": Scenario(),
    "success": Scenario(),
    "unknown": Scenario(),
    "pointer": Scenario(),
}


def test_a_file_whose_time_is_not_known_may_be_newer_than_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ConfigFiles, "modification_time", lambda *_: None)
    _write(tmp_path, _SET)
    assert main(["advise", "--root", str(tmp_path), str(_FOLDER / "tcp-set-already.log")]) == 0
    assert "already: if the line was added after the failure, try again" in capsys.readouterr().out


@pytest.mark.parametrize("name", _SCENARIOS)
def test_output(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], golden: Golden
) -> None:
    scenario = _SCENARIOS[name]
    log = _FOLDER / f"{scenario.log or name}.log"
    _write(tmp_path, scenario.files)
    when = log.stat().st_mtime + scenario.later
    for file in scenario.files:
        os.utime(tmp_path / file, (when, when))
    status = main(["advise", "--root", str(tmp_path), *scenario.arguments, str(log)])
    captured = capsys.readouterr()
    printed = (captured.out + captured.err).replace(str(tmp_path), "ROOT")
    golden(_FOLDER / f"{name}.txt", printed.replace(str(log), log.name) + f"exit status {status}\n")


def _write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def _report(
    capsys: pytest.CaptureFixture[str], log: Path, *arguments: str, status: int = 0
) -> dict[str, Any]:
    assert main(["advise", "--format", "json", *arguments, str(log)]) == status
    report: dict[str, Any] = json.loads(capsys.readouterr().out)[0]
    return report


def _log(folder: Path, text: str) -> Path:
    path = folder / "dump.log"
    path.write_text(text)
    return path


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = _log(tmp_path, _TCP)
    report = _report(capsys, log, "--root", str(tmp_path), "--runtime", "podman", "--criu", "4.3")
    assert list(report) == ["log", "log_path", "criu", "runtime", "command", "files", "causes"]
    assert (report["criu"], report["runtime"], report["command"]) == ("4.3", "podman", None)
    cause = report["causes"][0]
    assert list(cause) == ["id", "line", "text", "kind", "advice", "remedies"]
    assert cause["remedies"][0] == {
        "option": "tcp-established",
        "line": "tcp-established",
        "file": "/etc/criu/crun.conf",
        "flag": "podman container checkpoint --tcp-established and podman container restore"
        " --tcp-established",
        "commands": ["dump", "restore"],
        "persistent": True,
        "rank": 1,
        "risk": "restore needs the same IP address, and the other end must not have closed the"
        " connection",
    }


def test_an_unknown_release_gets_a_file_that_works_with_old_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`network-lock` in runc.conf crashes CRIU 3.16 to 4.2."""
    log = _log(tmp_path, "Error (criu/sk-tcp.c:1): Failed to lock TCP connection\n")
    arguments = ("--root", str(tmp_path), "--runtime", "runc")
    for release, file in (
        ((), "default"),
        (("--criu", "4.3"), "runc"),
        (("--criu", "4.2"), "default"),
    ):
        remedy = _report(capsys, log, *arguments, *release)["causes"][0]["remedies"][0]
        assert remedy["file"] == f"/etc/criu/{file}.conf"


@pytest.mark.parametrize(
    ("arguments", "files", "file", "text"),
    [
        ("--runtime crun", {}, "/etc/criu/crun.conf", "needs crun 1.26 or later with CRIU 4.2"),
        ("--runtime crun@1.26 --criu 4.2", {}, "/etc/criu/crun.conf", ""),
        # crun reads runc.conf if there is no crun.conf: a new crun.conf would hide it.
        ("--runtime crun@1.26 --criu 4.2", {_RUNC: "link-remap\n"}, "/etc/criu/runc.conf", ""),
        ("--runtime crun@1.26 --criu 4.1.1", {}, None, "update to CRIU 4.2 or later"),
        (
            "--runtime crun --criu 4.1.1 --rpc /etc/criu/x.conf",
            {},
            None,
            "/etc/criu/x.conf stops CRIU: crun fails: libcriu RPC config files",
        ),
        ("--runtime cri-o --criu 4.1.1", {}, "/etc/criu/runc.conf", "with crun: no file works"),
        ("--runtime runc --rpc /etc/criu/x.conf", {}, "/etc/criu/x.conf", ""),
        ("--runtime runc --rpc=", {}, None, "an empty annotation turns"),
        ("--config x.conf", {}, "x.conf", ""),
        ("--runtime lxc", {}, None, "LXC decides this itself"),
        ("--runtime youki", {}, None, "youki overrides all files"),
    ],
)
def test_places(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: str,
    files: dict[str, str],
    file: str | None,
    text: str,
) -> None:
    _write(tmp_path, files)
    log = _log(tmp_path, _TCP)
    words = ("--root", str(tmp_path), *arguments.split())
    assert _report(capsys, log, *words)["causes"][0]["remedies"][0]["file"] == file
    assert main(["advise", *words, str(log)]) == 0
    assert text in capsys.readouterr().out


@pytest.mark.parametrize(
    ("option", "release", "file", "text"),
    [
        # crun leaves it to CRIU's own file, runc does not;
        ("link-remap", "4.1.1", "default", "with runc: /etc/criu/runc.conf"),
        # neither of them sends it;
        ("ghost-limit", "4.1.1", "default", ""),
        # both do, and only runc has a file of its own with this CRIU.
        ("tcp", "4.1.1", "runc", "with crun: no file works with this version"),
    ],
)
def test_the_usual_runtime_of_an_engine_comes_first(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    option: str,
    release: str,
    file: str,
    text: str,
) -> None:
    messages = {
        "link-remap": "Can't create link remap for /x. Use link-remap option.",
        "ghost-limit": "Can't dump ghost file /x of 5000000 size, increase limit",
        "tcp": _TCP,
    }
    log = _log(tmp_path, messages[option])
    words = ("--root", str(tmp_path), "--runtime", "podman", "--criu", release)
    cause = _report(capsys, log, *words)["causes"][0]
    assert cause["remedies"][0]["file"] == f"/etc/criu/{file}.conf"
    assert text in cause["advice"]
    assert ("with " in cause["advice"]) == bool(text)


def test_what_older_runtimes_leave_to_criu_s_own_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = _log(tmp_path, "Can't create link remap for /x. Use link-remap option.\n")
    words = ["advise", "--root", str(tmp_path), str(log), "--runtime"]
    assert main([*words, "runc"]) == 0
    assert "all versions (/etc/criu/default.conf only before runc 1.3.0)" in capsys.readouterr().out
    assert main([*words, "runc@1.3.0"]) == 0
    assert "versions" not in capsys.readouterr().out


def test_the_client_s_own_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No path of a log is written to, so the user has to name it."""
    named = "Would overwrite RPC settings with values from /etc/criu/mine.conf"
    log = _log(tmp_path, f"(00.000302) {named}\n{_TCP}")
    report = _report(capsys, log, "--root", str(tmp_path))
    assert report["files"] == [{"path": "/etc/criu/mine.conf", "role": "rpc", "read": None}]
    assert report["causes"][0]["remedies"][0]["file"] is None
    assert "--rpc /etc/criu/mine.conf" in report["causes"][0]["advice"]


def test_nothing_is_written_while_a_line_waits_for_a_try(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = _log(tmp_path, _TCP)
    _write(tmp_path, {_RUNC: "tcp-established\n"})
    words = ["advise", "--root", str(tmp_path), "--criu", "4.3", "--runtime", "runc", "--apply"]
    assert main([*words, str(log)]) == 0
    assert "runc.conf:1 already sets `tcp-established`; try again" in capsys.readouterr().err
    assert (tmp_path / _RUNC).read_text() == "tcp-established\n"


def test_of_an_unknown_release_the_latest_must_read_what_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(tmp_path, {_RUNC: ""})
    log = _log(tmp_path, "Error (criu/proc_parse.c:1): has uprobes vma\n")
    words = ["advise", "--root", str(tmp_path), "--runtime", "runc", "--apply"]
    assert main([*words, str(log)]) == 0
    assert (tmp_path / _RUNC).read_text() == "allow-uprobes\n"
    note = f"the log does not name the CRIU release; assuming {latest_release()} (--criu sets it)"
    assert note in capsys.readouterr().err


def test_the_json_of_a_log_that_says_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = _report(capsys, _log(tmp_path, ""), "--root", str(tmp_path), status=1)
    (cause,) = report["causes"]
    assert (cause["line"], cause["text"], cause["remedies"]) == (None, "", [])


def test_apply_is_idempotent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = _log(tmp_path, _TCP)
    words = ["advise", "--root", str(tmp_path), "--criu", "4.3", "--runtime", "runc", str(log)]
    assert main([*words, "--diff"]) == 0
    assert not (tmp_path / _RUNC).exists()
    assert "+tcp-established\n" in capsys.readouterr().out
    assert main([*words, "--apply"]) == 0
    assert (tmp_path / _RUNC).read_text() == "tcp-established\n"


@pytest.mark.parametrize(
    ("arguments", "files", "message"),
    [
        ("--runtime runc", {_RUNC: "tcp-close\n"}, "CRIU302 "),
        ("--runtime runc", {_RUNC: "tcp-closed\n"}, "CRIU refuses the file at line 1: "),
        (
            "--runtime runc",
            {_DEFAULT: "x\n", _RUNC: ""},
            "ROOT/etc/criu/default.conf stops CRIU before that: ",
        ),
        (
            "--runtime runc",
            {_RUNC: "version\n"},
            "ROOT/etc/criu/runc.conf stops CRIU before that: ",
        ),
        # A later file has another value;
        (
            "",
            {_DEFAULT: "", "root/.criu/default.conf": "no-tcp-established\n"},
            "`tcp-established` would not take effect for dump",
        ),
        # crun, which Podman usually calls, reads no runc.conf with this CRIU.
        (
            "--runtime podman --criu 4.1.1",
            {_RUNC: ""},
            "`tcp-established` would not take effect for dump",
        ),
    ],
)
def test_apply_refuses_what_does_not_help(
    arguments: str,
    files: dict[str, str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _write(tmp_path, files)
    log = _log(tmp_path, _TCP)
    words = ["advise", "--root", str(tmp_path), "--criu", "4.3", "--apply", *arguments.split()]
    assert main([*words, str(log)]) == 2
    error = capsys.readouterr().err.replace(str(tmp_path), "ROOT")
    assert f".conf: not changed: {message}" in error
    assert "--force" not in error
    assert {name: (tmp_path / name).read_text() for name in files} == files


_LOCK = "Error (criu/sk-tcp.c:1): Failed to lock TCP connection\n"
_REMAP = "Can't create link remap for /x. Use link-remap option.\n"
_HANDLE = "Error (criu/fsnotify.c:1): fsnotify: Can't dump that handle\n"


@pytest.mark.parametrize(
    ("log", "before", "after"),
    [
        # What was there when CRIU failed did not help, so the next best is written;
        (_LOCK, "", "network-lock nftables\n"),
        (_LOCK, "network-lock nftables\n", "network-lock skip\n"),
        (_LOCK, "network-lock skip\n", "network-lock nftables\n"),
        # but nothing in place of a line that the user has to complete.
        (_HANDLE, "", ""),
        (_REMAP, "link-remap\n", "link-remap\n"),
    ],
)
def test_the_best_line_that_was_not_tried_is_written(
    log: str, before: str, after: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(tmp_path, {_RUNC: before})
    os.utime(tmp_path / _RUNC, (1000, 1000))
    path = _log(tmp_path, log)
    words = ["advise", "--root", str(tmp_path), "--criu", "4.3", "--runtime", "runc", "--apply"]
    assert main([*words, str(path)]) == 0
    assert (tmp_path / _RUNC).read_text() == after
    nothing = "nothing written: no remedy is a complete line for a file"
    assert (nothing in capsys.readouterr().err) is (before == after)


@pytest.mark.parametrize(("arguments", "is_said"), [((), False), (("--for", "restore"), True)])
def test_a_log_that_names_no_command_is_probably_of_a_dump(
    arguments: tuple[str, ...],
    is_said: bool,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """runc sends `freeze-cgroup` with a dump, so that a file does not matter."""
    _write(tmp_path, {_DEFAULT: "freeze-cgroup /x\n"})
    log = _log(tmp_path, "Error (criu/x.c:1): Neither a cgroupv1 (freezer.state) or cgroupv2\n")
    words = ("--root", str(tmp_path), "--runtime", "runc", *arguments)
    (cause,) = _report(capsys, log, *words)["causes"]
    assert ("default.conf:1 sets `freeze-cgroup /x`" in cause["advice"]) is is_said


def test_a_directory_has_the_newest_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = _log(tmp_path, _TCP)
    assert _report(capsys, tmp_path)["log"] == str(log)


def test_a_directory_may_have_its_logs_deeper(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Docker: ``checkpoints/NAME/criu.work/restore-TIME/restore.log``."""
    place = tmp_path / "checkpoints/one/criu.work/restore-1"
    place.mkdir(parents=True)
    log = _log(place, _TCP)
    assert _report(capsys, tmp_path)["log"] == str(log)


def test_markdown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "<b>*dump*.log"
    path.write_text("(00.1) Error (criu/x.c:1): ```<i>" + _TCP.partition("inet: ")[2])
    words = ["--root", str(tmp_path), "--runtime", "runc", "--criu", "4.3", "--format", "md"]
    assert main(["advise", *words, str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("&#60;b&#62;&#42;dump&#42;.log: CRIU 4.3, called by runc")
    assert lines[2:5] == [
        "```text",
        "'''<i>Connected TCP socket, consider using --tcp-established",
        "```",
    ]
    assert lines[6].startswith("A TCP connection is open ([tcp-connected](https://")
    assert lines[8].startswith(
        "1. <code>tcp-established</code>. Write it into <code>/etc/criu/runc.conf</code>, for dump"
    )
    assert lines[-1] == "Confidence: high."


def test_a_pointer_is_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(tmp_path, {"work/dump.log": _TCP})
    error = tmp_path / "error.txt"
    error.write_text("criu failed: type NOTIFY errno 0\nlog file: /work/dump.log\n")
    report = _report(capsys, error, "--root", str(tmp_path))
    assert report["causes"][0]["id"] == "tcp-connected"
    assert report["runtime"] == "runc"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no-such.log"], "no-such.log: No such file or directory"),
        (["/dev/null"], "/dev/null: not a file"),
        (["--explain", "tcp-conected"], "no message 'tcp-conected'; did you mean 'tcp-connected'?"),
        (["--runtime", "nobody", "x"], "--runtime: "),
        (["--root", "/no/such", "x"], "--root /no/such: No such file or directory"),
    ],
)
def test_errors(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    assert main(["advise", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_an_empty_directory_and_a_host_without_logs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["advise", str(tmp_path)]) == 2
    assert main(["advise", "--root", str(tmp_path)]) == 2
    errors = capsys.readouterr().err
    assert "no CRIU log in this directory" in errors
    assert "no log found where runtimes leave them" in errors


def test_explain_and_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["advise", "--explain", "ghost-limit"]) == 0
    assert "1. ghost-limit SIZE (dump)" in capsys.readouterr().out
    assert main(["advise", "--list"]) == 0
    assert "tcp-connected " in capsys.readouterr().out


@pytest.mark.parametrize("counted", [1 << 30, 20_004, 1000])
def test_only_the_end_of_a_long_log_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: int
) -> None:
    monkeypatch.setattr(logs, "MAX_LOG_SIZE", 1000)
    monkeypatch.setattr(logs, "_PIECE", 100)
    monkeypatch.setattr(logs, "_MAX_COUNTED", counted)
    log = _log(tmp_path, "x\n" * 10_000 + "end\n")
    entries = logs.read_log(str(log)).entries
    assert len(entries) == (501 if counted > 1000 else 499)
    last = entries[-1]
    assert last.text == "end"
    # Counting the lines of an endless log would take too long.
    assert last.line == (10_001 if counted > 1000 else 499)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_read_to_its_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As with ``criulint advise <(journalctl -u crio)``."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    descriptor = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # so that a writer can open it
    writer = threading.Thread(target=_write_slowly, args=(os.open(pipe, os.O_WRONLY),))
    writer.start()
    try:
        assert _report(capsys, pipe, "--root", str(tmp_path))["causes"][0]["id"] == "tcp-connected"
    finally:
        writer.join()
        os.close(descriptor)


def _write_slowly(descriptor: int) -> None:
    with open(descriptor, "w") as file:
        time.sleep(0.2)
        file.write(_TCP)


def test_json_is_alone_on_standard_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = _log(tmp_path, _TCP)
    words = ["--root", str(tmp_path), "--criu", "4.3", "--runtime", "runc", "--format", "json"]
    assert main(["advise", *words, "--apply", str(log)]) == 0
    captured = capsys.readouterr()
    assert len(json.loads(captured.out)) == 1
    assert "+tcp-established\n" in captured.err


@pytest.mark.parametrize("name", ["{", "{0}", "{0.x}", "a*b", "[a]", "%s"])
def test_a_directory_may_have_any_name(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(tmp_path, {f"{name}/work/dump.log": _TCP})
    directory = tmp_path / name
    assert _report(capsys, directory)["log"] == str(directory / "work/dump.log")
    _write(tmp_path, {f"{name}/var/log/dump.log": _TCP})
    assert main(["advise", "--root", str(directory)]) == 0
    assert f"reading {directory}/var/log/dump.log" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="needs pipes")
def test_a_slow_pipe_is_read_to_its_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def write() -> None:
        with pipe.open("w") as stream:
            for piece in ("x\n", _TCP):
                stream.write(piece)
                stream.flush()
                time.sleep(0.05)

    writer = threading.Thread(target=write)
    writer.start()
    assert _report(capsys, pipe)["causes"][0]["id"] == "tcp-connected"
    writer.join()


def test_an_endless_log_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_MAX_STREAM", 3 << 20)
    with pytest.raises(OSError, match="more than 3145728 bytes"):
        logs.read_log_stream(io.BytesIO(bytes(4 << 20)))
    assert logs.read_log_stream(io.BytesIO(b"x" * (2 << 20) + b"end")).entries


@pytest.mark.parametrize("line", ["", "a", "Error (a.c:1): x", r"a\n" * 400, "(00.000001) a" * 60])
def test_a_log_of_many_lines_is_bounded(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_MAX_LINES", 1000)
    many = log.Log(f"{line}\n" * 3000 + "Error (b.c:1): the end")
    assert len(many.entries) <= 1000
    assert many.entries[-1].text == "the end"
    assert many.entries[-1].line == 3001


def test_nothing_outside_of_a_root_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "root"
    _write(tmp_path, {"outside/dump.log": _TCP, "root/error.txt": "log file: /work/dump.log\n"})
    root.joinpath("var").mkdir()
    for link in ("tmp", "work", "var/log"):
        root.joinpath(link).symlink_to(tmp_path / "outside")
    assert main(["advise", "--root", str(root)]) == 2
    assert main(["advise", "--root", str(root), str(root / "error.txt")]) == 1
    assert "tcp-established" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "path",
    [
        "/var/lib/containers/storage/overlay-containers/1a/userdata/dump.log",
        "/run/containers/storage/overlay-containers/1a/userdata/restore.log",
        "/run/containerd/io.containerd.runtime.v2.task/k8s.io/1a/criu-dump.log",
        "/var/lib/docker/containers/1a/checkpoints/c1/criu.work/criu-dump.log",
        "/var/lib/docker/containers/1a/checkpoints/c1/criu.work/restore-2026/restore.log",
        "/run/runc/1a/criu.work/dump.log",
        "/logs/checkpoint/dump.log",
        "/var/log/criu.log",
        "/tmp/dump.log",
    ],
)
def test_where_logs_are_searched_for(path: str, tmp_path: Path) -> None:
    _write(tmp_path, {path.lstrip("/"): _TCP})
    found = logs.find_anywhere(str(tmp_path))
    assert found
    assert found.name == f"{tmp_path}{path}"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
def test_a_strangers_log_is_not_searched_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anyone can write a log into /tmp that `advise --apply` would obey."""
    monkeypatch.setattr(logs, "_PATTERNS", (str(tmp_path),))
    mine = _log(tmp_path, _TCP)
    theirs = tmp_path / "restore.log"
    theirs.write_text(_TCP)
    os.chown(theirs, 65534, 65534)
    os.utime(mine, (1, 1))
    found = logs.find_anywhere()
    assert found
    assert found.name == str(mine)
    monkeypatch.setattr(os, "geteuid", lambda: 65534)
    for each in (theirs, mine):
        found = logs.find_anywhere()
        assert found
        assert found.name == str(each)
        each.unlink()
