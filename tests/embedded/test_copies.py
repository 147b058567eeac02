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
