# SPDX-License-Identifier: MIT
"""The files that a run without names, or with a directory, checks."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from criulint.discovery import find_files


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("tcp-close\n", encoding="utf-8")


def found(root: Path, *include: str) -> list[str]:
    return [Path(path).relative_to(root).as_posix() for path in find_files(str(root), include)]


def test_directories_named_criu_hold_configuration_files(tmp_path: Path) -> None:
    make(
        tmp_path,
        "etc/criu/runc.conf",
        "home/.criu/default.conf",
        "etc/criu/notes.txt",
        "etc/nginx/nginx.conf",
        "a.conf",
    )
    assert found(tmp_path) == ["etc/criu/runc.conf", "home/.criu/default.conf"]
    assert found(tmp_path / "etc/criu") == ["runc.conf"]


def test_patterns_add_files_by_name_or_path(tmp_path: Path) -> None:
    make(tmp_path, "a/checkpoint.conf", "b/checkpoint.conf", "criu/x.conf")
    assert found(tmp_path, "checkpoint.conf") == [
        "a/checkpoint.conf",
        "b/checkpoint.conf",
        "criu/x.conf",
    ]
    assert found(tmp_path, "a/*.conf") == ["a/checkpoint.conf", "criu/x.conf"]


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_gitignore_counts_as_it_does_for_git(tmp_path: Path) -> None:
    names = [
        "criu/a.conf",
        "criu/b.conf",
        "build/criu/c.conf",
        "deep/criu/d.conf",
        "deep/criu/e.conf",
        "deep/criu/keep.conf",
    ]
    make(tmp_path, *names)
    (tmp_path / ".gitignore").write_text("build/\ncriu/b.conf\n*.conf.bak\n", encoding="utf-8")
    (tmp_path / "deep/.gitignore").write_text("*.conf\n!keep.conf\n", encoding="utf-8")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    listed = subprocess.run(
        ["git", "-C", tmp_path, "ls-files", "--others", "--exclude-standard", "*.conf"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert (
        found(tmp_path) == sorted(listed.stdout.split()) == ["criu/a.conf", "deep/criu/keep.conf"]
    )
    assert found(tmp_path / "deep") == ["criu/keep.conf"]


def test_what_is_excluded_is_left_out(tmp_path: Path) -> None:
    make(tmp_path, "a/criu/x.conf", "a/criu/y.conf", "b/criu/x.conf", "vendor/criu/x.conf")
    files = find_files(str(tmp_path), (), ("vendor/", "a/**/x.conf"))
    assert [Path(path).relative_to(tmp_path).as_posix() for path in files] == [
        "a/criu/y.conf",
        "b/criu/x.conf",
    ]


def test_invalid_lines_of_a_gitignore_are_skipped(tmp_path: Path) -> None:
    make(tmp_path, "criu/a.conf", "criu/b.conf")
    (tmp_path / ".gitignore").write_text("!\n\\\n[[a]\nb.conf\n", encoding="utf-8")
    assert found(tmp_path) == ["criu/a.conf"]


@pytest.mark.skipif(
    not hasattr(os, "symlink") or os.name == "nt", reason="symbolic links need rights on Windows"
)
def test_loops_of_links_are_not_followed(tmp_path: Path) -> None:
    make(tmp_path, "criu/a.conf")
    (tmp_path / "criu/loop").symlink_to(tmp_path)
    (tmp_path / "criu/gone.conf").symlink_to("nowhere")
    (tmp_path / "criu/also.conf").symlink_to("a.conf")
    assert found(tmp_path) == ["criu/a.conf", "criu/also.conf"]
