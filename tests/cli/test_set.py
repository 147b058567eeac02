# SPDX-License-Identifier: MIT
"""``criulint set`` and ``criulint unset``."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from criulint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

_RUNC, _DEFAULT = "etc/criu/runc.conf", "etc/criu/default.conf"


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (["tcp-established"], _DEFAULT),
        (["--runtime", "runc", "tcp-established"], _RUNC),
        (["--runtime", "crun", "tcp-established"], "etc/criu/crun.conf"),
        (["--runtime", "docker", "ghost-limit=16M"], _RUNC),
        (["--runtime", "crun@1.20", "ghost-limit=16M"], _DEFAULT),
        (["--runtime", "lxc", "ghost-limit=16M"], _DEFAULT),
        # There it would crash CRIU.
        (["--runtime", "runc", "--criu", "4.1.1", "network-lock=nftables"], _DEFAULT),
        (["--runtime", "runc", "shell-job", "/etc/criu/other.conf"], "etc/criu/other.conf"),
    ],
)
def test_the_file_that_works(tmp_path: Path, arguments: list[str], file: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    assert main(["set", "--root", str(root), *arguments]) == 0
    assert [str(path.relative_to(root)) for path in root.rglob("*.conf")] == [file]
    assert (root / file).stat().st_mode & 0o777 == 0o644


def test_a_new_file_does_not_hide_another(tmp_path: Path) -> None:
    """crun reads runc.conf as long as there is no crun.conf."""
    (tmp_path / "etc/criu").mkdir(parents=True)
    (tmp_path / _RUNC).write_text("link-remap\n")
    words = ["set", "--root", str(tmp_path), "--runtime", "crun", "tcp-established"]
    assert main(words) == 0
    assert (tmp_path / _RUNC).read_text() == "link-remap\ntcp-established\n"
    (tmp_path / "etc/criu/crun.conf").write_text("")
    assert main(words) == 0
    assert (tmp_path / "etc/criu/crun.conf").read_text() == "tcp-established\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--runtime", "crun@1.20", "tcp-established"],
            "`tcp-established` has no effect in any file under crun: no file works with this"
            " version: update to crun 1.26 or later; use `crun checkpoint --tcp-established` and"
            " `crun restore --tcp-established`",
        ),
        (
            ["--runtime", "lxc", "tcp-established"],
            "`tcp-established` has no effect in any file under lxc: LXC decides this itself",
        ),
        (
            ["--runtime", "runc", "--criu", "4.1.1", "network-lock=skip", "tcp-established"],
            "under runc these options belong in several files: `network-lock skip` in"
            " /etc/criu/default.conf and `tcp-established` in /etc/criu/runc.conf",
        ),
        (["--runtime", "nobody", "shell-job"], "--runtime: "),
        (["--append", "shell-job"], "--append: `shell-job` has only one value"),
        (["--append", "--replace", "external=a[b]"], "--append cannot be combined with --replace"),
        (["x.conf"], "name the options before the file"),
        (["ghost-limit=10m"], "CRIU206 number-misread"),
        (["--criu", "9.9", "shell-job"], "no schema for CRIU 9.9"),
    ],
)
def test_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["set", "--root", str(tmp_path), *arguments]) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.rglob("*")) == []


def test_idempotent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "runc.conf"
    words = ["set", "tcp-established", "ghost-limit=16M", str(file)]
    assert [main([*words, "--check"]), main(words), main(words), main([*words, "--check"])] == [
        *(1, 0, 0, 0),
    ]
    output = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in output] == ["changed", "changed", "ok", "ok"]
    assert file.read_text() == "tcp-established\nghost-limit 16M\n"


def test_for_ansible(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "runc.conf"
    file.write_text("link-remap\n")
    assert main(["unset", "--format", "json", "link-remap", str(file)]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "changed": True,
        "path": str(file),
        "options": ["link-remap"],
    }


def test_json_is_alone_on_standard_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["set", "--format", "json", "--diff", "link-remap", str(tmp_path / "runc.conf")]
    assert main(words) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["changed"]
    assert "+link-remap\n" in captured.err


def test_check_and_diff_change_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "runc.conf"
    file.write_text("ghost-limit 1M # c\n")
    assert main(["set", "--check", "--diff", "ghost-limit=2M", str(file)]) == 1
    assert "-ghost-limit 1M # c\n+ghost-limit 2M # c\n" in capsys.readouterr().out
    assert file.read_text() == "ghost-limit 1M # c\n"


def test_force_writes_what_criulint_warns_of(tmp_path: Path) -> None:
    file = tmp_path / "runc.conf"
    assert main(["set", "ghost-limit=10m", str(file)]) == 2
    assert not file.exists()
    assert main(["set", "--force", "ghost-limit=10m", str(file)]) == 0
    assert file.read_text() == "ghost-limit 10m\n"


def test_a_link_out_of_the_root_leads_nowhere(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside.conf"
    (root / "etc/criu").mkdir(parents=True)
    outside.write_text("# stays\n")
    (root / _DEFAULT).symlink_to(outside)
    main(["set", "--root", str(root), "shell-job"])
    assert outside.read_text() == "# stays\n"


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX links")
def test_a_directory_link_out_of_the_root_leads_nowhere(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "etc").mkdir(parents=True)
    outside.mkdir()
    (root / "etc/criu").symlink_to(outside)
    main(["set", "--root", str(root), "shell-job"])
    assert list(outside.iterdir()) == []
