# SPDX-License-Identifier: MIT
"""Logs that are found on a host."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

import pytest

from criulint.advise import logs
from criulint.advise.logs import (
    find_anywhere,
    find_in_directory,
    find_named,
    read_log,
    read_log_stream,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(sys.platform == "win32", reason="needs a FIFO")
def test_a_log_that_became_a_fifo(tmp_path: Path) -> None:
    (tmp_path / "dump.log").write_text("(00.1) Error (criu/x.c:1): x\n")
    found = find_in_directory(str(tmp_path))
    assert found and found.name == str(tmp_path / "dump.log")
    (tmp_path / "dump.log").unlink()
    os.mkfifo(tmp_path / "dump.log")
    with pytest.raises(OSError, match="not a file"):
        found.read()


def test_no_more_places_are_looked_at_than_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        (tmp_path / name).mkdir()
        (tmp_path / name / "dump.log").write_text("x\n")
    for limit, is_found in ((0, False), (20, True)):
        monkeypatch.setattr(logs, "_MAX_DIRECTORIES", limit)
        assert (find_in_directory(str(tmp_path)) is not None) is is_found


def test_bytes_that_are_not_utf_8_do_not_matter() -> None:
    log = read_log_stream(io.BytesIO(b"(00.1) Error (criu/x.c:1): Can't open /a\xff\n"))
    assert [entry.text for entry in log.entries] == ["Can't open /a\ufffd"]


@pytest.mark.skipif(not hasattr(os, "set_blocking"), reason="needs os.set_blocking")
def test_a_file_that_has_nothing_yet_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as files of the kernel, which a test cannot make."""
    asked = []
    monkeypatch.setattr(os, "set_blocking", lambda _, blocking: asked.append(blocking))
    (tmp_path / "dump.log").write_text("x\n")
    assert read_log(str(tmp_path / "dump.log")).entries
    assert asked == [False]


def test_of_two_logs_the_newer_one_is_found(tmp_path: Path) -> None:
    for name, when in (("restore.log", 2000), ("dump.log", 1000)):
        (tmp_path / name).write_text("x\n")
        os.utime(tmp_path / name, (when, when))
    found = find_in_directory(str(tmp_path))
    assert found and found.name == str(tmp_path / "restore.log")


def test_the_log_at_a_path(tmp_path: Path) -> None:
    (tmp_path / "X").mkdir()
    log = tmp_path / "X" / "dump.log"
    log.write_text("x\n")
    for path, root in ((str(log), None), ("/X/dump.log", str(tmp_path))):
        found = find_named(path, root)
        assert found and found.name == str(log)
        assert found.read().entries[0].text == "x"
    assert find_named("/dump.log", str(tmp_path)) is None


@pytest.mark.parametrize(
    "place",
    [
        "var/lib/containers/storage/overlay-containers/c/userdata",
        "run/containers/storage/overlay-containers/c/userdata",
        "root/.local/share/containers/storage/overlay-containers/c/userdata",
        "run/containerd/io.containerd.runtime.v1.linux/moby/c",
        "run/containerd/io.containerd.runtime.v2.task/k8s.io/c",
        "var/lib/docker/containers/c/checkpoints/one/criu.work",
        "var/lib/docker/containers/c/checkpoints/one/criu.work/restore-1",
        "run/runc/c/criu.work",
        "logs/checkpoint",
        "var/log",
        "tmp",
    ],
)
def test_logs_are_found_where_callers_keep_them(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/root")
    (tmp_path / place).mkdir(parents=True)
    assert find_anywhere(str(tmp_path)) is None
    for name in ("dump.log", "restore.log", "criu-dump.log", "criu-restore.log", "criu.log"):
        log = tmp_path / place / name
        log.write_text("x\n")
        found = find_anywhere(str(tmp_path))
        assert found and found.name == str(log)
        log.unlink()
