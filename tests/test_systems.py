# SPDX-License-Identifier: MIT
"""Files are checked, fixed and formatted without what macOS and Windows lack."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.image.make import image, member

_TOP = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="is such a system")

_WRONG = b"tcp-close no\n"
_FIXED = b"no-tcp-close\n"


@pytest.fixture(params=["macos", "windows"])
def system(request: pytest.FixtureRequest) -> str:
    """The system that is simulated."""
    name: str = request.param
    return name


def _run(system: str, directory: Path, *words: str, data: bytes = b"") -> tuple[int, bytes, bytes]:
    environment = {**os.environ, "PYTHONPATH": str(_TOP), "CRIULINT_TRACEBACK": "1"}
    command = [sys.executable, "-m", "tests.systems", system, *words]
    done = subprocess.run(
        command, cwd=directory, input=data, env=environment, capture_output=True, check=False
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done.returncode, done.stdout, done.stderr


def test_files_are_fixed_and_formatted(system: str, tmp_path: Path) -> None:
    directory = tmp_path / "criu"
    directory.mkdir()
    file = directory / "x.conf"
    file.write_bytes(_WRONG)
    assert _run(system, tmp_path, "check", ".")[0] == 1
    assert _run(system, tmp_path, "check", "--diff", ".")[0] == 1
    assert _run(system, tmp_path, "check", "--fix", ".")[0] == 0
    assert file.read_bytes() == _FIXED
    file.write_bytes(b"  tcp-close\n")
    assert _run(system, tmp_path, "format", ".")[0] == 0
    assert file.read_bytes() == b"tcp-close\n"
    assert _run(system, tmp_path, "check", "--fix", "-", data=_WRONG)[:2] == (0, _FIXED)
    assert sorted(path.name for path in directory.iterdir()) == ["x.conf"]


def test_reports_and_baselines_are_written(system: str, tmp_path: Path) -> None:
    (tmp_path / "x.conf").write_bytes(b"port 0\n")
    assert _run(system, tmp_path, "check", "--output", "json:a/b/out.json", "x.conf")[0] == 1
    assert b"CRIU106" in (tmp_path / "a/b/out.json").read_bytes()
    for _ in range(2):
        assert _run(system, tmp_path, "check", "--write-baseline=known.json", "x.conf")[0] == 0
    assert _run(system, tmp_path, "check", "--baseline", "known.json", "x.conf")[0] == 0


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("check", "gone.conf"), 2),
        (("check", "--limit", "time=60", "x.conf"), 1),
        (("check", "--limit", "time=0", "x.conf"), 2),
        (("check", "--limit", "size=1", "x.conf"), 2),
        (("check", "x.yaml"), 1),
        (("read", "x.conf"), 0),
        (("effective", "--root", "root"), 0),
        (("check", "--root", "root"), 1),
        (("schema", "validate", "x.yaml"), 1),
        (("rule", "CRIU201"), 0),
        (("completion", "bash"), 0),
        (("image", "layout"), 1),
        (("image", "dir:root"), 1),
    ],
)
def test_other_commands_run(
    words: tuple[str, ...], status: int, system: str, tmp_path: Path
) -> None:
    (tmp_path / "x.conf").write_bytes(b"port 0\n")
    (tmp_path / "x.yaml").write_bytes(b"runc.conf: |\n  port 0\n")
    (tmp_path / "root/etc/criu").mkdir(parents=True)
    (tmp_path / "root/etc/criu/runc.conf").write_bytes(b"port 0\n")
    image([member("etc/criu/runc.conf", b"port 0\n")]).oci(tmp_path / "layout")
    assert _run(system, tmp_path, *words)[0] == status
