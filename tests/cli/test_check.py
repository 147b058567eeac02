# SPDX-License-Identifier: MIT
"""``criulint check`` as a process would see it: what it prints where, and its exit status."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from criulint import __version__
from criulint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

GOOD, WARNED, REFUSED = b"tcp-close\n", b"tcp-close false\n", b"log_file /x\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "runc.conf"


def run(
    *arguments: object, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """criulint as a process of its own."""
    clean = {
        key: value
        for key, value in os.environ.items()
        if key not in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE")
    }
    return subprocess.run(
        [sys.executable, "-m", "criulint", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env={**clean, **environment},
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("data", "arguments", "status"),
    [
        (GOOD, [], 0),
        (b"", [], 0),
        (WARNED, [], 1),
        (REFUSED, [], 1),
        (WARNED, ["--fail-on", "error"], 0),
        (WARNED, ["--fail-on", "info"], 1),
        (REFUSED, ["--fail-on", "error"], 1),
        (REFUSED, ["--fail-on", "never"], 0),
        (WARNED, ["--ignore", "CRIU201"], 0),
        (WARNED, ["--ignore", "value-ignored"], 0),
        (WARNED, ["--select", "CRIU1"], 0),
        (WARNED, ["--select", "criu2"], 1),
        (WARNED, ["--select", "ALL", "--ignore", "CRIU2,CRIU1"], 0),
        (b"allow-uprobes\n", ["--criu", "v4.2"], 0),
        (b"allow-uprobes\n", ["--criu", "4.1"], 1),
    ],
)
@pytest.mark.parametrize("format_", ["full", "concise", "json"])
def test_exit_status(
    file: Path, data: bytes, arguments: list[str], status: int, format_: str
) -> None:
    file.write_bytes(data)
    assert main(["check", "--format", format_, *arguments, str(file)]) == status


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "/nonexistent/x.conf"], "/nonexistent/x.conf: No such file or directory"),
        (["check", "--criu", "2.0", "-"], "no schema for CRIU 2.0"),
        (["check", "--select", "value-ignord", "-"], "did you mean 'value-ignored'?"),
        (["check", "--unsafe-fixes", "-"], "--unsafe-fixes needs --fix or --diff"),
        (["rule", "CRIU999"], "no rule 'CRIU999'"),
        (["read", "/nonexistent"], "No such file"),
        (["read", "--criu", "x", "-"], "no schema for CRIU x"),
    ],
)
def test_a_mistake_of_the_user_is_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err.splitlines()[0]
    assert captured.err.startswith("criulint: error: ")


def test_a_missing_file_does_not_hide_the_findings_of_others(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(WARNED)
    assert main(["check", "--format", "concise", str(file.parent / "gone.conf"), str(file)]) == 2
    assert "CRIU201" in capsys.readouterr().out


def test_concise_is_one_line_a_finding(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(b"shell-job\nport 0\ntcp-close no\n")
    assert main(["check", "--format", "concise", "--criu", "4.2.1", str(file)]) == 1
    assert capsys.readouterr().out == (
        f"{file}:2:6: error: CRIU106 invalid-value:"
        " CRIU refuses this value of `port`: invalid argument for --port: 0;"
        " it accepts a number from 1 to 65535\n"
        f"{file}:3:11: warning: CRIU201 value-ignored:"
        " CRIU ignores `no` and switches it ON: `tcp-close` is a flag;"
        " write `tcp-close` to switch it on, `no-tcp-close` to switch it off\n"
    )


def test_full_marks_the_columns(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("# first\nlog-file\t\u65e5\u672c.log # \u00e9\n", encoding="utf-8")
    assert main(["check", "--color", "never", "--criu", "4.2.1", str(file)]) == 1
    assert capsys.readouterr().out == (
        "error[CRIU113 tab-before-space]: CRIU reads the tab as part of the option name, because a"
        " space follows later in the line: unrecognized option '--log-file\\t\u65e5\u672c.log'\n"
        f"  --> {file}:2:9\n"
        "   |\n"
        " 2 | log-file\u2409\u65e5\u672c.log # \u00e9\n"
        "   |         ^\n"
        "   = help: use a space instead of the tab\n"
        "   = fix: Replace the tabs with spaces (--fix)\n"
        " 2 - log-file\u2409\u65e5\u672c.log # \u00e9\n"
        " 2 + log-file \u65e5\u672c.log # \u00e9\n"
        "\n"
    )


def test_json_has_the_documented_keys(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(WARNED + b"log-file \xff~\n")
    main(["check", "--format", "json", str(file)])
    (finding,) = json.loads(capsys.readouterr().out)
    message, url = finding.pop("message"), finding.pop("url")
    assert "switches it ON" in message
    assert url.endswith("/value-ignored/")
    assert finding == {
        "path": str(file),
        "line": 1,
        "column": 11,
        "end_line": 1,
        "end_column": 16,
        "code": "CRIU201",
        "name": "value-ignored",
        "severity": "warning",
        "fix": {
            "title": "Write `no-tcp-close`",
            "safe": True,
            "edits": [
                {"line": 1, "column": 1, "end_line": 1, "end_column": 16, "text": "no-tcp-close"}
            ],
        },
    }


def test_an_empty_json_report_is_a_document(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(GOOD)
    assert main(["check", "--format", "json", str(file)]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_fix_changes_the_file_and_reports_what_is_left(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(b"--tcp-close\r\nmanage-cgroups ignore\nlog-file $X\n")
    assert main(["check", "--fix", "--format", "concise", str(file)]) == 1
    assert file.read_bytes() == b"tcp-close\nmanage-cgroups=ignore\nlog-file $X\n"
    assert [line.split(": ")[2].split()[0] for line in capsys.readouterr().out.splitlines()] == [
        "CRIU208",
    ]


def test_unsafe_fixes_are_made_only_when_asked_for(file: Path) -> None:
    file.write_bytes(b"tcp-establised\n")
    assert main(["check", "--fix", str(file)]) == 1
    assert file.read_bytes() == b"tcp-establised\n"
    assert main(["check", "--fix", "--unsafe-fixes", str(file)]) == 0
    assert file.read_bytes() == b"tcp-established\n"


def test_diff_changes_nothing(file: Path) -> None:
    file.write_bytes(b"# \xff\ntcp-close no")
    done = run("check", "--diff", file)
    assert done.returncode == 1
    assert done.stdout.splitlines()[2:] == [
        b"@@ -1,2 +1,2 @@",
        b" # \\xff",
        b"-tcp-close no",
        b"\\ No newline at end of file",
        b"+no-tcp-close",
        b"\\ No newline at end of file",
    ]
    assert file.read_bytes() == b"# \xff\ntcp-close no"
    file.write_bytes(GOOD)
    assert run("check", "--diff", file).returncode == 0


def test_standard_input_is_fixed_to_standard_output() -> None:
    done = run(
        "check",
        "--fix",
        "--format",
        "concise",
        "--stdin-filename",
        "a/runc.conf",
        "-",
        stdin=b"tcp-close no\nport $P\n",
    )
    assert done.stdout == b"no-tcp-close\nport $P\n"
    assert done.stderr.startswith(b"a/runc.conf:2:6: error: CRIU106")
    assert done.returncode == 1


def test_standard_input_that_cannot_be_followed_is_not_lost() -> None:
    done = run("check", "--fix", "--stdin-filename", "a.yaml", "-", stdin=b"runc.conf: [\n")
    assert done.stdout == b"runc.conf: [\n"
    assert b"a.yaml: line 2: not YAML" in done.stderr
    assert done.returncode == 2


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
@pytest.mark.skipif(
    hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere"
)
def test_a_file_that_cannot_be_written_is_reported(file: Path) -> None:
    file.write_bytes(WARNED)
    file.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        done = run("check", "--fix", file)
    finally:
        file.parent.chmod(stat.S_IRWXU)
    assert done.returncode == 2
    assert b"not fixed: Permission denied" in done.stderr
    assert file.read_bytes() == WARNED


@pytest.mark.parametrize(
    ("arguments", "environment", "coloured"),
    [
        ([], {}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"CLICOLOR_FORCE": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colours(arguments: list[str], environment: dict[str, str], coloured: bool) -> None:
    done = run("check", *arguments, "-", stdin=WARNED, **environment)
    assert (b"\x1b[" in done.stdout) == coloured


def test_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "criu").mkdir()
    (tmp_path / "criu" / "runc.conf").write_bytes(WARNED)
    (tmp_path / "other.conf").write_bytes(REFUSED)
    assert main(["check", "--format", "concise", str(tmp_path)]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert main(["check", "--format", "concise", "--include", "other.conf", str(tmp_path)]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX file names and devices")
@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_odd_names_and_outputs(tmp_path: Path, encoding: str) -> None:
    name = os.fsdecode(b"\xff\n\xe9.conf")
    (tmp_path / name).write_bytes("log_file \u65e5\udcff\n".encode("utf-8", "surrogateescape"))
    for format_ in ("full", "concise", "json"):
        done = run(
            "check", "--format", format_, tmp_path / name, PYTHONIOENCODING=encoding, LC_ALL="C"
        )
        assert done.returncode == 1
        assert b"Traceback" not in done.stderr
    done = run("read", tmp_path / name, PYTHONIOENCODING=encoding, LC_ALL="C")
    assert done.returncode == 0
    for device in ("/dev/zero", "/dev"):
        done = run("read", device)
        assert done.returncode == 2
        assert done.stderr.count(b"\n") == 1


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        ["--version"],
        ["--help"],
        ["check", "--help"],
        ["read", "--help"],
        ["rule", "--help"],
    ):
        with pytest.raises(SystemExit) as exit_:
            main(arguments)
        assert exit_.value.code == 0
    assert capsys.readouterr().out.startswith(f"criulint {__version__}\n")


def test_a_bug_is_status_3(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr("criulint.linter.linter.Linter.check", broken)
    monkeypatch.delenv("CRIULINT_TRACEBACK", raising=False)
    file.write_bytes(GOOD)
    assert main(["check", str(file)]) == 3
    assert capsys.readouterr().err.startswith(
        "criulint: internal error: RuntimeError: two (please report it"
    )
