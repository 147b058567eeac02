# SPDX-License-Identifier: MIT
"""How criulint is called, rightly and wrongly: commands, options, and which files they mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from criulint.cli import main

WRONG = "tcp-closs\n"
JSON = '{\n  "tcp-established": true\n}\n'


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    try:
        status = main([*map(str, words)])
    except SystemExit as error:
        status = int(error.code or 0)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a wrong file and a right one."""
    for name, text in (("etc/criu/runc.conf", WRONG), ("criu/good.conf", "tcp-close\n")):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), "effective"),
        (("chekc", "."), "no command 'chekc'; did you mean 'check'?"),
        (("check", "--fixx", "x"), "unrecognized arguments: --fixx; did you mean '--fix'?"),
        (("check", "--criu", "3.10", "x"), "oldest known release is 3.11"),
        (("help", "chek"), "did you mean 'check'?"),
        (("format",), "name the files"),
    ],
)
def test_mistake_ends_with_2(
    words: tuple[str, ...], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, *words)
    assert (status, out) == (2, "")
    assert expected in err


def test_unknown_option_shows_the_usage_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert "usage: criulint check " in run(capsys, "check", "--fixx")[2]


@pytest.mark.parametrize("words", [("help",), ("help", "check"), ("-V",)])
def test_help_and_version(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, *words)
    assert (status, err) == (0, "")
    assert out.startswith(("usage: criulint", "criulint "))


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    ("words", "status", "found"),
    [
        (("etc",), 1, True),
        (("--exit-zero", "etc"), 0, True),
        (("--exclude", "etc/criu/runc.conf", "--force-exclude", "etc/criu/runc.conf"), 0, False),
        (("--exclude", "etc/criu/runc.conf", "etc/criu/runc.conf"), 1, True),
        (("--files-from", "list"), 1, True),
        (("--min-severity", "error", "etc"), 1, True),
    ],
)
def test_options_of_check(
    words: tuple[str, ...], status: int, found: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("list").write_text("etc/criu/runc.conf\ncriu\n", encoding="utf-8")
    got, out, _ = run(capsys, "check", *words)
    assert (got, "CRIU101" in out) == (status, found)


def test_min_severity_hides_what_is_less(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "criu/good.conf").write_text("log-file /var/log/x.log\n", encoding="utf-8")
    assert "CRIU406" in run(capsys, "check", "criu")[1]
    assert run(capsys, "check", "--min-severity", "warning", "criu")[:2] == (0, "")


def test_suppressions_can_be_ignored(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "# criulint: ignore-file[CRIU201] on purpose\ntcp-close false\n"
    (tree / "criu/good.conf").write_text(text, encoding="utf-8")
    assert "CRIU201" not in run(capsys, "check", "criu")[1]
    assert "CRIU201" in run(capsys, "check", "--ignore-suppressions", "criu")[1]


def test_flood_is_cut(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "criu/good.conf").write_text("tcp-close\n" + WRONG * 9, encoding="utf-8")
    status, out, err = run(capsys, "check", "--format", "concise", "--max-findings", "4", "criu")
    assert (status, len(out.splitlines())) == (1, 4)
    assert "criu/good.conf: 5 more findings not shown (--max-findings)" in err


def test_every_root_is_checked(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "other/etc/criu").mkdir(parents=True)
    (tree / "other/etc/criu/default.conf").write_text("file-lockz\n", encoding="utf-8")
    _, out, _ = run(capsys, "check", "--root", tree, "--root", tree / "other")
    assert "tcp-closs" in out
    assert "file-lockz" in out
    assert run(capsys, "check", "--root", tree, "--root", tree, "criu")[0] == 2


def test_project_without_a_path_is_pointed_out(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / ".git").mkdir()
    status, _, err = run(capsys, "check")
    assert status == 2
    assert "criu/good.conf is not checked" in err
    assert "criulint check ." in err


@pytest.mark.parametrize("name", ["runc.conf", "crun.conf", "my-criu.conf", "etc/criu.conf"])
def test_directory_is_searched_for_files_named_for_criu(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / name).write_text(WRONG, encoding="utf-8")
    assert "tcp-closs" in run(capsys, "check", tmp_path)[1]


def test_nothing_to_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "check", tmp_path)
    assert status == 0
    assert err.startswith("criulint: warning: no configuration file in ")
    assert run(capsys, "check", "--error-on-no-files", tmp_path)[0] == 2


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("main.go", "package main\n", "a Go program"),
        ("x.sh", "#!/bin/sh\ncriu check\n", "a shell script"),
        ("Dockerfile", "FROM debian\n", "a Dockerfile"),
    ],
)
def test_program_without_configuration(
    name: str,
    text: str,
    kind: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(text, encoding="utf-8")
    message = f"no CRIU configuration found in {name}, {kind}; name the file that CRIU reads\n"
    assert run(capsys, "check", name) == (0, "", f"criulint: warning: {message}")
    assert run(capsys, "check", "--error-on-no-files", name) == (
        2,
        "",
        f"criulint: error: {message}",
    )


def test_directory_with_programs_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.sh").write_text("cat /etc/criu/runc.conf\n", encoding="utf-8")
    status, _, err = run(capsys, "check", tmp_path)
    assert status == 0
    assert "warning: no CRIU configuration found in " in err
    assert run(capsys, "check", "--error-on-no-files", tmp_path)[0] == 2


@pytest.mark.parametrize(
    "words", [("check", "--fix"), ("check", "--fix", "--unsafe-fixes"), ("format",)]
)
def test_foreign_file_is_never_changed(
    words: tuple[str, ...], tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tree / "criu/good.conf"
    file.write_text(JSON, encoding="utf-8")
    _, out, err = run(capsys, *words, file)
    assert file.read_text(encoding="utf-8") == JSON
    assert "JSON, not a CRIU configuration file" in out + err
    run(capsys, "check", "--add-ignore", "--reason", "x", file)
    assert file.read_text(encoding="utf-8") == JSON


@pytest.mark.parametrize(("version", "status"), [(">=0.0.1", 0), (">=1000", 2), ("x", 2)])
def test_required_version(
    version: str, status: int, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "criulint.toml").write_text(f'required-version = "{version}"\n', encoding="utf-8")
    assert run(capsys, "check", "criu")[0] == status
