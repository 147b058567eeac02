# SPDX-License-Identifier: MIT
"""``criulint read``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from criulint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

TEXT = """\
# c
tcp-close false
verbosity 4
verbosity=vv
port 70000
log-file
root /x
tcp-close -z
port 0
"""


def test_text_describes_each_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.conf"
    file.write_text(TEXT, encoding="utf-8")
    assert main(["read", "--criu", "4.2.1", str(file)]) == 0
    assert capsys.readouterr().out == (
        f"{file} as CRIU 4.2.1 reads it:\n"
        "    1  # c              comment\n"
        "    2  tcp-close false  sets tcp-close; ignores `false`\n"
        "    3  verbosity 4      sets verbosity to 3; ignores `4`\n"
        "    4  verbosity=vv     sets verbosity to 6\n"
        "    5  port 70000       sets port to 4464 (`70000`)\n"
        "    6  log-file         sets log-file to `--root`\n"
        "    7  root /x          read as the value of `log-file`; ignores `/x`\n"
        "    8  tcp-close -z     sets tcp-close; refused: invalid option -- 'z'\n"
        "    9  port 0           not reached\n"
        "CRIU 4.2.1 stops at line 8: invalid option -- 'z'\n"
    )


def test_lines_that_criu_does_not_reach_are_not_described(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.conf"
    file.write_text("# c\ntcp-close no\n\nlog-file a b c\nport 0\n# c\n", encoding="utf-8")
    assert main(["read", "--criu", "4.2.1", str(file)]) == 0
    assert capsys.readouterr().out.splitlines()[1:-1] == [
        "    1  # c             comment",
        "    2  tcp-close no    not set",
        "    3",
        "    4  log-file a b c  refused: Unsupported configuration file format",
        "    5  port 0          not reached",
        "    6  # c             comment",
    ]


def test_json_is_one_object_a_line_and_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / "a.conf", tmp_path / "b.conf"]
    for file in files:
        file.write_bytes(b"tcp-close\nport 0\n")
    assert main(["read", "--format", "json", "--criu", "3.17.1", *map(str, files)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["file"] for line in lines] == [str(file) for file in files]
    assert list(json.loads(lines[0])) == [
        "file",
        "criu",
        "role",
        "argv",
        "options",
        "dropped",
        "state",
        "error",
        "undefined",
    ]
    assert json.loads(lines[0])["error"] == {
        "kind": "invalid-value",
        "line": 2,
        "message": "invalid argument for --port: 0",
    }
