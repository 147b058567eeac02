# SPDX-License-Identifier: MIT
"""Files that a host copies to one of CRIU's paths are checked as what they become."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from criulint.cli import main


def _findings(directory: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    main(["check", "--isolated", "--criu", "4.2.1", "--format", "json", str(directory)])
    found = json.loads(capsys.readouterr().out)
    return {
        str(Path(one["path"]).relative_to(directory)): one["code"]
        for one in found
        if one["severity"] != "info"
    }


@pytest.mark.parametrize(
    ("host", "text", "found"),
    [
        ("Dockerfile", "FROM a\nCOPY conf/a.cfg /etc/criu/runc.conf\n", {"conf/a.cfg": "CRIU101"}),
        ("Dockerfile", 'FROM a\nADD ["conf/a.cfg", "/x/criu/a.conf"]\n', {"conf/a.cfg": "CRIU101"}),
        ("Dockerfile", "FROM a\nCOPY conf /etc/criu\n", {"conf/default.conf": "CRIU201"}),
        (
            "Dockerfile",
            "FROM a\nCOPY conf/default.conf b /etc/criu/\n",
            {"conf/default.conf": "CRIU201"},
        ),
        (
            "Dockerfile",
            "FROM a\nWORKDIR /etc\nCOPY conf/a.cfg criu/x.conf\n",
            {"conf/a.cfg": "CRIU101"},
        ),
        ("Dockerfile", "FROM a\nCOPY --from=b conf/a.cfg /etc/criu/runc.conf\n", {}),
        ("Dockerfile", "FROM a\nCOPY conf/a.cfg /etc/init/criu.conf\n", {}),
        ("Dockerfile", "FROM a\nCOPY ../x.cfg conf/none /etc/criu/\n", {}),
        (
            "Vagrantfile",
            'config.vm.provision "file", source: "conf/a.cfg",\n'
            '  destination: "/etc/criu/x.conf"\n',
            {"conf/a.cfg": "CRIU101"},
        ),
        (
            "x.pkr.hcl",
            'build {\n  provisioner "file" {\n    source = "conf/a.cfg"\n'
            '    destination = "/etc/criu/x.conf"\n  }\n}\n',
            {"conf/a.cfg": "CRIU101"},
        ),
    ],
)
def test_copied_files(
    host: str,
    text: str,
    found: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "a.cfg").write_text("shell_job\n", encoding="utf-8")
    (tmp_path / "conf" / "default.conf").write_text("tcp-close no\n", encoding="utf-8")
    (tmp_path / host).write_text(text, encoding="utf-8")
    assert _findings(tmp_path, capsys) == found


_COPYING = "FROM a\nCOPY conf/a.cfg /etc/criu/default.conf\n"


@pytest.mark.parametrize(
    ("option", "after"),
    [
        ("--fix", "no-tcp-close\n"),
        ("--add-ignore", "tcp-close no # criulint: ignore[CRIU201]\n"),
    ],
)
def test_a_copied_file_is_changed_and_its_host_is_not(
    option: str, after: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copied, host, other = (tmp_path / name for name in ("conf/a.cfg", "Dockerfile", "a.cfg"))
    copied.parent.mkdir()
    for path in (copied, other):
        path.write_text("tcp-close no\n", encoding="utf-8")
    host.write_text(_COPYING, encoding="utf-8")
    main(["check", "--isolated", "--criu", "4.2.1", option, str(tmp_path)])
    capsys.readouterr()
    assert copied.read_text(encoding="utf-8") == after
    assert [path.read_text(encoding="utf-8") for path in (host, other)] == [
        _COPYING,
        "tcp-close no\n",
    ]
    assert _findings(tmp_path, capsys) == {}


def test_too_many_findings_in_a_copied_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.cfg").write_text("a\nb\nc\n", encoding="utf-8")
    (tmp_path / "Dockerfile").write_text("FROM a\nCOPY a.cfg /etc/criu/x.conf\n", encoding="utf-8")
    assert main(["check", "--isolated", "--limit", "findings=2", str(tmp_path)]) == 2
    assert "a.cfg: more findings than a run may have" in capsys.readouterr().err
