# SPDX-License-Identifier: MIT
"""Files that write CRIU's files, on the command line."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import pytest

from criulint.cli import main
from criulint.embedded.shell import syntax

if TYPE_CHECKING:
    from pathlib import Path

_SCRIPT = """\
#!/bin/sh
mkdir -p /etc/criu
cat > /etc/criu/runc.conf <<EOF
tcp-close yes
EOF
curl -o /etc/criu/default.conf https://example.org/x
"""
_UNRELATED = "#!/bin/sh\necho tcp-close yes > /etc/nginx/conf.d/site.conf\n"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with scripts and other files, which is the current one."""
    monkeypatch.chdir(tmp_path)
    files = {
        "setup.sh": _SCRIPT,
        "tools/install": _SCRIPT,
        "other.sh": _UNRELATED,
        "notes.txt": _SCRIPT,
        "chart.yaml": "a: {{ .Values.criu }}\n  b: [\n",
        "runc.conf": "link-remap\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"\x7fELF criu.conf\0" * 100)
    return tmp_path


@pytest.mark.usefixtures("tree")
def test_a_directory_is_searched_for_what_scripts_write(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", "--format", "concise", "."]) == 1
    places = [line.split(": ")[0] for line in capsys.readouterr().out.splitlines()]
    assert places == ["./setup.sh:4:11", "./tools/install:4:11"]


@pytest.mark.usefixtures("tree")
def test_show_files_says_what_a_host_writes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--show-files", ".", "other.sh"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "./runc.conf",
        "./setup.sh:3: /etc/criu/runc.conf (rpc)",
        "./tools/install:3: /etc/criu/runc.conf (rpc)",
        "other.sh",
    ]


@pytest.mark.usefixtures("tree")
def test_verbose_says_what_is_not_followed(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "-v", "setup.sh"])
    assert (
        "criulint: setup.sh: line 6: not followed: what `curl` does with /etc/criu/default.conf\n"
        in capsys.readouterr().err
    )


def test_standard_input_is_a_script_if_its_name_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(_SCRIPT.encode())))
    assert main(["check", "--format", "concise", "--stdin-filename", "x.sh", "-"]) == 1
    assert capsys.readouterr().out.startswith("x.sh:4:11: warning: CRIU201")


def test_fix_changes_words_of_the_script(tree: Path) -> None:
    assert main(["check", "-q", "--fix", "setup.sh", "other.sh"]) == 0
    assert (tree / "setup.sh").read_text("utf-8") == _SCRIPT.replace("tcp-close yes", "tcp-close")
    assert (tree / "other.sh").read_text("utf-8") == _UNRELATED


def test_full_output_shows_the_line_of_the_script(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "one.sh").write_text("\techo 'tcp-close yes' >/etc/criu/runc.conf\n", "utf-8")
    main(["check", "one.sh"])
    assert "echo 'tcp-close yes' >/etc/criu/runc.conf\n" in capsys.readouterr().out


@pytest.mark.usefixtures("tree")
def test_without_the_extra_scripts_are_named_and_the_rest_is_checked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "tree_sitter_bash", None)
    syntax._parser.cache_clear()
    syntax.parse_shell.cache_clear()
    try:
        assert main(["check", "."]) == 0
    finally:
        monkeypatch.undo()
        syntax._parser.cache_clear()
    reason = "shell code needs tree-sitter: install criulint with the extra `scripts`"
    errors = capsys.readouterr().err.splitlines()
    assert errors[:2] == [
        f"criulint: ./setup.sh: {reason}",
        f"criulint: ./tools/install: {reason}",
    ]
    assert errors[2].startswith("criulint: 1 file checked")


def test_effective_takes_a_script_as_the_files_of_a_machine(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "etc/criu").mkdir(parents=True)
    (tree / "etc/criu/default.conf").write_text("shell-job\n", "utf-8")
    arguments = ["effective", "--criu", "4.2.1", "--runtime", "runc", "--format", "json"]
    assert main([*arguments, "--from", "setup.sh", "--from", "etc"]) == 0
    report = json.loads(capsys.readouterr().out)
    states = {file["path"]: file["state"] for file in report["files"]}
    assert states["setup.sh:3"] == states["etc/criu/default.conf"] == "read"
    steps = {
        (option["option"], step["file"], step["line"])
        for option in report["options"]
        for step in option["steps"]
    }
    assert ("tcp-close", "setup.sh:3", 1) in steps
    assert ("shell-job", "etc/criu/default.conf", 1) in steps


@pytest.mark.usefixtures("tree")
def test_effective_refuses_two_versions_of_a_file(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "again.sh").write_text("echo a > /etc/criu/runc.conf\n", "utf-8")
    assert main(["effective", "--from", "setup.sh", "--from", "again.sh"]) == 2
    assert capsys.readouterr().err == (
        "criulint: error: --from: setup.sh:3 and again.sh:1 differ, and both become"
        " /etc/criu/runc.conf\n"
    )
