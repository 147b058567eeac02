# SPDX-License-Identifier: MIT
"""Where reports go: standard output, files, the summary of a step; and where they cannot go."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from criulint.cli import main
from criulint.report import FORMATS
from tests.measuring import unmeasured_environment

BAD = b"tcp-close false\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of its own with a bad and a good file in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.conf").write_bytes(BAD)
    (tmp_path / "good.conf").write_bytes(b"tcp-close\n")
    return tmp_path


def test_several_reports_in_one_run(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "check",
        "--output",
        "sarif:out.sarif",
        "--output",
        "github",
        "--output",
        "gitlab:gl.json",
        "bad.conf",
    ]
    assert main(arguments) == 1
    out = capsys.readouterr().out
    assert out.startswith("::warning title=CRIU201 value-ignored,file=bad.conf,line=1,")
    assert (
        json.loads((here / "out.sarif").read_text(encoding="utf-8"))["runs"][0]["results"][0][
            "ruleId"
        ]
        == "CRIU201"
    )
    assert (
        json.loads((here / "gl.json").read_text(encoding="utf-8"))[0]["location"]["path"]
        == "bad.conf"
    )


def test_a_report_in_a_file_takes_nothing_from_standard_output(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--output", "json:out.json", "bad.conf"]) == 1
    captured = capsys.readouterr()
    assert captured.out.startswith("warning[CRIU201 ")
    assert captured.err.startswith("criulint: 1 file checked")


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("name", ["good.conf", "bad.conf"])
def test_a_file_holds_what_standard_output_would(
    name: str, format_: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["check", "--format", format_, "--color", "always", name])
    shown = capsys.readouterr().out
    main(["check", "--output", f"{format_}:out", "--color", "always", name])
    assert (here / "out").read_bytes().decode() == shown


@pytest.mark.parametrize("format_", FORMATS)
def test_no_colours_into_pipes_and_nothing_else_on_standard_output(
    format_: str, here: Path
) -> None:
    command = [sys.executable, "-m", "criulint", "check", "--format", format_, "bad.conf"]
    done = subprocess.run(
        command, capture_output=True, check=False, env={**os.environ, "TERM": "xterm-256color"}
    )
    assert done.returncode == 1
    assert b"\x1b" not in done.stdout + done.stderr
    # The title of the page says how the run went.
    assert (b"criulint: 1 file" in done.stdout) == (format_ == "html")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--output", "sariff:x"], "no format 'sariff'; did you mean 'sarif'?"),
        (["--output", "x.json"], "no format 'x.json'; did you mean 'json:x.json'?"),
        (["--output", "out/x"], "no format 'out/x'; did you mean 'FORMAT:out/x'?"),
        (["--output", "x.txt", "--format", "junit"], "did you mean 'junit:x.txt'?"),
        (["--output", "sarif:"], "the file name after the colon is missing"),
        (["--output", "sarif:x", "--output", "json:./x"], "./x can take only one report"),
        (["--output", "sarif:."], ". is not a file that can be written"),
        (["--output", "sarif:good.conf/x"], "good.conf/x is not a file that can be written"),
        (["--output", "sarif:gone/"], "gone/ is not a file that can be written"),
        (
            ["--output", "sarif:-", "--format", "full"],
            "standard output takes one format, not full and sarif",
        ),
        (
            ["--output", "sarif:/dev/stdout", "--output", "json"],
            "standard output takes one format, not sarif and json",
        ),
        (["--output", "sarif:x", "--write-baseline"], "--write-baseline cannot be combined with"),
        (
            ["--output", "github", "--format", "full"],
            "standard output takes one format, not full and github",
        ),
        (["--output", "sarif:bad.conf"], "bad.conf is a file to check"),
        (["--output", "sarif:x", "--diff"], "--diff prints what would change"),
        (["--output", "sarif:x", "--statistics"], "--statistics can be printed as text"),
    ],
)
def test_impossible_outputs_are_one_line(
    arguments: list[str], message: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", *arguments, "bad.conf"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert len(captured.err.splitlines()) == 1
    assert (here / "bad.conf").read_bytes() == BAD


class TestFilesThatAreRead:
    """A report replaces none of them, whatever it is called, and nothing is written before the
    error.
    """

    @pytest.fixture(autouse=True)
    def _files(self, here: Path) -> None:
        (here / "criulint.toml").write_text("criu = '4.2'\n", encoding="utf-8")
        (here / "baseline.json").write_text('{"version": 1, "findings": []}\n', encoding="utf-8")
        os.link("bad.conf", "hard.conf")
        (here / "criu").mkdir()
        (here / "criu" / "runc.conf").write_bytes(BAD)

    @pytest.mark.parametrize(
        ("output", "arguments", "message"),
        [
            ("./bad.conf", ["bad.conf"], "bad.conf is a file to check"),
            ("hard.conf", ["bad.conf"], "bad.conf is a file to check"),
            ("criu/runc.conf", ["."], "./criu/runc.conf is a file to check"),
            ("criu/runc.conf", ["bad.conf", "criu"], "criu/runc.conf is a file to check"),
            ("bad.conf", ["--stdin-filename", "bad.conf", "-"], "bad.conf is a file to check"),
            ("good.conf", ["-"], "- is a file to check"),
            ("criulint.toml", ["bad.conf"], "criulint.toml is a configuration"),
            (
                "criulint.toml",
                ["--config", "criulint.toml", "bad.conf"],
                "criulint.toml is a configuration",
            ),
            (
                "baseline.json",
                ["--baseline", "baseline.json", "bad.conf"],
                "baseline.json is the baseline",
            ),
        ],
    )
    def test_none_is_replaced(
        self,
        output: str,
        arguments: list[str],
        message: str,
        here: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        before = {path: path.read_bytes() for path in here.rglob("*.*") if path.is_file()}
        with (here / "good.conf").open(encoding="utf-8") as file:
            monkeypatch.setattr(sys, "stdin", file)
            assert (
                main(
                    [
                        "check",
                        "--fix",
                        "--output",
                        "json:new/x.json",
                        "--output",
                        f"sarif:{output}",
                        *arguments,
                    ]
                )
                == 2
            )
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err == f"criulint: error: --output: {message}\n"
        assert {path: path.read_bytes() for path in here.rglob("*.*") if path.is_file()} == before


def test_the_home_is_found(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(here / "home"))
    assert (
        main(["check", "--output", "json:~/x.json", "--output", "json:./~/x.json", "bad.conf"]) == 1
    )
    assert (here / "home" / "x.json").read_bytes() == (here / "~" / "x.json").read_bytes()


def test_directories_are_made(here: Path) -> None:
    assert (
        main(["check", "--output", "json:a/b/x.json", "--output", "jsonl:a/b/x.jsonl", "bad.conf"])
        == 1
    )
    assert json.loads((here / "a" / "b" / "x.json").read_bytes()) == [
        json.loads((here / "a" / "b" / "x.jsonl").read_bytes())
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="links and modes of POSIX")
class TestReplacing:
    """A report that already exists."""

    def test_links_and_modes_stay(self, here: Path) -> None:
        (here / "real.json").write_text("old", encoding="utf-8")
        (here / "real.json").chmod(0o640)
        (here / "link.json").symlink_to("real.json")
        (here / "dangling.json").symlink_to("new.json")
        main(["check", "--output", "json:link.json", "--output", "jsonl:dangling.json", "bad.conf"])
        assert (here / "link.json").is_symlink()
        assert json.loads((here / "real.json").read_bytes())[0]["code"] == "CRIU201"
        assert (here / "real.json").stat().st_mode & 0o777 == 0o640
        assert json.loads((here / "new.json").read_bytes())["code"] == "CRIU201"

    def test_the_old_one_stays_if_the_new_one_can_not_be_written(self, here: Path) -> None:
        (here / "old.json").write_text("old", encoding="utf-8")
        script = (
            f'ulimit -f 0; "{sys.executable}" -Bm criulint check -q'
            " --output json:old.json --format concise bad.conf"
        )
        done = subprocess.run(
            ["sh", "-c", script],
            env=unmeasured_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert done.stdout.startswith("bad.conf:1:11: warning: CRIU201")
        assert done.stderr == "criulint: error: --output: old.json: File too large\n"
        assert (here / "old.json").read_text(encoding="utf-8") == "old"
        assert not list(here.glob(".criulint-*"))

    def test_a_file_in_a_directory_of_others_is_written_all_the_same(
        self, here: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As a file that is mounted into a container."""
        (here / "old.json").write_text("old", encoding="utf-8")

        def refused(*arguments: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("criulint.files._open_temporary", refused)
        assert main(["check", "--output", "json:old.json", "bad.conf"]) == 1
        assert json.loads((here / "old.json").read_bytes())[0]["code"] == "CRIU201"

    def test_a_log_keeps_what_it_holds(self, here: Path) -> None:
        program = f'"{sys.executable}" -m criulint check -q --format concise bad.conf'
        script = f"""
            echo before >err; cp err three; cp err four
            {program} --output jsonl:/dev/stderr >/dev/null 2>>err; echo after >>err
            (echo again; {program} --output jsonl:/dev/fd/3 >/dev/null) >three 3>&1; echo after >>three
            {program} --output jsonl:/proc/self/fd/4 4>>four >/dev/null; echo after >>four
        """
        subprocess.run(["sh", "-c", script], check=True)
        for name, first in (("err", "before"), ("three", "again"), ("four", "before")):
            before, report, after = (here / name).read_text(encoding="utf-8").splitlines()
            assert (before, json.loads(report)["code"], after) == (first, "CRIU201", "after"), name

    def test_what_the_shell_has_open(self, here: Path) -> None:
        """Standard error, a pipe to another program, and the file that standard output goes to."""
        program = f'"{sys.executable}" -m criulint check -q'
        script = f"""
            {program} --output json:/dev/stderr --format concise bad.conf 2>err >out
            {program} --output json:/dev/stdout bad.conf >stdout
            {program} --output json:- bad.conf >minus
            {program} --output json:/dev/fd/3 --format concise bad.conf 3>three >/dev/null
            {program} --output json:/dev/fd/4 --format concise bad.conf 4>&1 >/dev/null | cat >pipe
        """
        subprocess.run(["sh", "-c", script], check=True)
        for name in ("err", "stdout", "minus", "three", "pipe"):
            assert json.loads((here / name).read_bytes())[0]["code"] == "CRIU201", name
        assert (
            (here / "out").read_text(encoding="utf-8").startswith("bad.conf:1:11: warning: CRIU201")
        )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--output", "sarif:/dev/full", "bad.conf"]) == 2
    assert "/dev/full: No space left on device" in capsys.readouterr().err


class TestGitHubActions:
    """What a step does by default, and what only on request."""

    @pytest.fixture(autouse=True)
    def _step(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        monkeypatch.setenv("GITHUB_WORKSPACE", str(here))
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(here / "summary.md"))

    def test_annotations_and_summary(
        self, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.example")
        monkeypatch.setenv("GITHUB_REPOSITORY", "owner/name")
        monkeypatch.setenv("GITHUB_SHA", "0123abc")
        (here / "bad.conf").write_bytes(b"tcp-close false # a|b\nlog-file a|b`c<d>\nport 0\n")
        assert main(["check", "bad.conf"]) == 1
        captured = capsys.readouterr()
        assert [line.split()[0] for line in captured.out.splitlines()] == ["::error", "::warning"]
        assert "1 error" in captured.err
        summary = (here / "summary.md").read_text(encoding="utf-8").splitlines()
        assert summary[0] == "### ❌ criulint: 1 error, 1 warning"
        assert summary[2].startswith("1 file checked for CRIU ")
        assert summary[2].endswith("; 1 fixable with <code>--fix</code>.")
        assert summary[6].startswith("<tr><td nowrap>❌ error</td><td><a href=")
        assert "https://github.example/owner/name/blob/0123abc/bad.conf&#35;L3" in summary[6]
        assert "<code>bad.conf:3</code>" in summary[6]
        assert "CRIU ignores <code>false</code> and switches it ON" in summary[7]

    def test_paths_count_from_the_workspace(
        self, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (here / "sub").mkdir()
        (here / "sub" / "x.conf").write_bytes(BAD)
        monkeypatch.chdir(here / "sub")
        main(["check", "x.conf"])
        assert ",file=sub/x.conf," in capsys.readouterr().out

    @pytest.mark.skipif(sys.platform == "win32", reason="links take a privilege")
    @pytest.mark.parametrize("way", ["workspace", "directory", "path"])
    def test_a_link_on_the_way_to_the_workspace(
        self,
        way: str,
        here: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        (here / "real" / "sub").mkdir(parents=True)
        (here / "real" / "sub" / "x.conf").write_bytes(BAD)
        (here / "link").symlink_to("real")
        monkeypatch.setenv(
            "GITHUB_WORKSPACE", str(here / ("link" if way == "workspace" else "real"))
        )
        monkeypatch.chdir(here / ("link" if way == "directory" else "real"))
        main(["check", str(here / "link" / "sub" / "x.conf") if way == "path" else "sub/x.conf"])
        assert ",file=sub/x.conf," in capsys.readouterr().out

    def test_a_chosen_format_counts(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        main(["check", "--format", "concise", "bad.conf"])
        assert capsys.readouterr().out.startswith("bad.conf:1:11: warning")
        assert not (here / "summary.md").exists()

    def test_a_summary_that_cannot_be_written_is_reported(
        self, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(here / "gone" / "summary.md"))
        assert main(["check", "bad.conf"]) == 1
        assert "cannot write the job summary: " in capsys.readouterr().err

    def test_statistics_and_diffs_stay_what_they_are(
        self, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["check", "--statistics", "bad.conf"]) == 1
        assert capsys.readouterr().out == "1  CRIU201  warning  value-ignored (1 fixable)\n"
        assert main(["check", "--diff", "bad.conf"]) == 1
        assert capsys.readouterr().out.startswith("--- bad.conf\n")

    def test_a_summary_of_many_findings_is_cut(
        self, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (here / "bad.conf").write_bytes(BAD * 900)
        main(["check", "--select", "CRIU201", "bad.conf"])
        assert "400 more are in the log." in (here / "summary.md").read_text(encoding="utf-8")
        assert len(capsys.readouterr().out.splitlines()) == 900
