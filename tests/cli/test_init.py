# SPDX-License-Identifier: MIT
"""``criulint init``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from criulint.cli import init, main
from criulint.host import installed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/nonexistent")


def _write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("tcp-close\n")


@pytest.mark.parametrize(
    ("names", "line"),
    [
        ([], '# runtime = "runc@1.3.0"'),
        (["etc/criu/runc.conf"], 'runtime = "runc"'),
        (["etc/criu/crun.conf", "etc/criu/default.conf"], 'runtime = "crun"'),
        (["a/runc.conf", "b/crun.conf"], '# runtime = "runc@1.3.0"'),
    ],
)
def test_the_runtime(tmp_path: Path, names: list[str], line: str) -> None:
    _write(tmp_path, *names)
    assert main(["init"]) == 0
    text = (tmp_path / "criulint.toml").read_text()
    assert line in text.splitlines()
    assert all(name in text for name in names)


def test_the_configuration_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(tmp_path, "criu/runc.conf", *(f"criu/{number}.conf" for number in range(9)))
    assert main(["init", "--stdout"]) == 0
    assert not (tmp_path / "criulint.toml").exists()
    assert "#   and 5 more" in capsys.readouterr().out
    assert main(["init"]) == 0
    assert main(["check", "."]) == 0


def test_nothing_is_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "criulint.toml").write_text('criu = "4.0"\n')
    assert main(["init"]) == 2
    assert "criulint.toml already exists" in capsys.readouterr().err
    assert (tmp_path / "criulint.toml").read_text() == 'criu = "4.0"\n'


def test_the_installed_criu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "find_binary", lambda: tmp_path / "criu")
    monkeypatch.setattr(installed, "version", lambda _path: "4.1.1")
    assert 'criu = "4.1.1"' in init._describe_release()
