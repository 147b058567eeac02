# SPDX-License-Identifier: MIT
"""``criulint format``: what it writes where, and its exit status."""

from __future__ import annotations

import io
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from criulint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

BEFORE, AFTER = (
    b"  tcp-close\n\n\n#why\nlog-file=/x   # c\n",
    b"tcp-close\n\n# why\nlog-file /x # c\n",
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "criu" / "runc.conf"
    path.parent.mkdir()
    path.write_bytes(BEFORE)
    return path


def test_a_file_is_rewritten_and_keeps_its_mode(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.chmod(0o640)
    assert main(["format", str(file)]) == 0
    assert file.read_bytes() == AFTER
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert capsys.readouterr().err == "criulint: 1 of 1 file formatted\n"
    assert main(["format", "--check", str(file)]) == 0


@pytest.mark.parametrize("name", ["configmap.yaml", "config.JSON"])
def test_host_files_are_left_alone(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    """As blanks at the beginning of a line are something in YAML."""
    data = b"data:\n  runc.conf: |\n    tcp-close\n\n\n"
    path = tmp_path / name
    path.write_bytes(data)
    assert main(["format", "--include", "*.*", str(tmp_path)]) == 0
    assert path.read_bytes() == data
    assert b"0 of 1 file formatted" in capfdbinary.readouterr().err
    for options, out in ([], data), (["--check"], b""), (["--diff"], b""):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        assert main(["format", *options, "--stdin-filename", name, "-"]) == 0
        assert capfdbinary.readouterr().out == out


@pytest.mark.parametrize("option", ["--check", "--diff"])
def test_check_and_diff_change_nothing(
    file: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["format", option, str(file.parent.parent)]) == 1
    assert file.read_bytes() == BEFORE
    out = capsys.readouterr().out
    assert out == f"would format {file}\n" if option == "--check" else "+log-file /x # c\n" in out


def test_standard_input_goes_to_standard_output(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BEFORE)))
    assert main(["format", "-"]) == 0
    assert capfdbinary.readouterr().out == AFTER
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BEFORE)))
    assert main(["format", "--check", "--stdin-filename", "a.conf", "-"]) == 1
    assert capfdbinary.readouterr().out == b"would format a.conf\n"


@pytest.mark.parametrize(
    ("data", "release", "message"),
    [
        (b"tcp-close\0\n  \n", "4.2.1", "not formatted: it holds NUL bytes or is UTF-16"),
        (
            "tcp-close\n\n\n".encode("utf-16"),
            "4.2.1",
            "not formatted: it holds NUL bytes or is UTF-16",
        ),
        (
            b'  log-file "/x"\n',
            "3.15",
            "not formatted: CRIU 3.15 reads memory out of bounds while it reads the file",
        ),
        (
            b"log-file\tx\n" * 20,
            "4.2.1",
            "not formatted: CRIU 4.2.1 reads memory out of bounds while it reads the file",
        ),
        (
            b"log-file /x\t# c\n",
            "4.2.1",
            "line 1 not formatted: CRIU would read the formatted text differently",
        ),
    ],
)
def test_what_cannot_be_formatted_stays_and_is_reported(
    file: Path, data: bytes, release: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(data)
    assert main(["format", "--criu", release, str(file)]) == 0
    assert message in capsys.readouterr().err
    if "left" in message:
        assert file.read_bytes() == data


def test_what_can_not_be_read_or_written_is_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["format", str(tmp_path / "missing.conf")]) == 2
    assert "No such file" in capsys.readouterr().err
    assert main(["format", str(tmp_path)]) == 0
    assert "no configuration file in" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"tcp-establ\n", b"tcp-established\n"),
        (b"log-file=/x\n", b"log-file /x\n"),
        (b"log-file=a#b\n", b"log-file=a#b\n"),
        (b"manage-cgroups=full \t\n", b"manage-cgroups=full\n"),
        (b"verbosity=4\t#c\n", b"verbosity=4 # c\n"),
        (b"images-dir\t/x\n", b"images-dir /x\n"),
        (b'images-dir   "/x"\n', b'images-dir "/x"\n'),
        (
            b'work-dir                    "/home/me/my dir with blanks"\n',
            b'work-dir           "/home/me/my dir with blanks"\n',
        ),
        (b"tcp-close  false\n", b"tcp-close false\n"),
        (b"tcp-close\r\n", b"tcp-close\r\n"),
        (b"# c\r\n\r\n#d\r\n", b"# c\n\n# d\n"),
        (b" # c\r\ntcp-close\r\n", b"# c\r\ntcp-close\r\n"),
        (b"\n\n\n", b"\n"),
        (b"", b""),
        (b"  \n\ntcp-close", b"tcp-close\n"),
        (b"#!x\n##\n#-\n#\n#\tx\n", b"#!x\n##\n# -\n#\n#\tx\n"),
        # The next line is the value, and no option.
        (b"log-file\n  tcp-establ\n", b"log-file\ntcp-establ\n"),
        (b"tcp-close --\n  tcp-establ\n", b"tcp-close --\ntcp-establ\n"),
        # What CRIU refuses is the fixes' business.
        (b"  log-file = x\n", b"log-file = x\n"),
        (b"\tlog-file x y  z\t\n", b"log-file x y  z\n"),
        (b"  --tcp-close\n", b"--tcp-close\n"),
    ],
)
def test_layout(file: Path, before: bytes, after: bytes) -> None:
    file.write_bytes(before)
    assert main(["format", "--criu", "4.2.1", str(file)]) == 0
    assert file.read_bytes() == after


def test_other_releases_that_accept_the_file_count(file: Path) -> None:
    """3.11 has no second option that begins so, 4.2.1 has."""
    from criulint.criu.options import option_table

    old, new = option_table("3.11"), option_table("4.2.1")
    prefix = next(
        name[:length]
        for name in old.options
        for length in range(3, len(name))
        if old.resolve(name[:length].encode())[0] is old.options[name]
        and new.resolve(name[:length].encode())[1]
    )
    file.write_bytes(f"{prefix}\n".encode())
    assert main(["format", "--criu", "4.2.1", str(file)]) == 0
    assert file.read_bytes() == f"{prefix}\n".encode()


def test_layout_is_checked_only_if_it_is_selected(file: Path) -> None:
    assert main(["check", str(file)]) == 0
    assert main(["check", "--ignore", "CRIU201", str(file)]) == 0
    assert main(["check", "--fail-on", "info", "--select", "layout", str(file)]) == 1
    assert main(["check", "--select", "layout", "--fix", str(file)]) == 0
    assert file.read_bytes() == AFTER
