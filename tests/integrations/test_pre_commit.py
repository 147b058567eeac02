# SPDX-License-Identifier: MIT
"""The hooks, run by the real pre-commit from this repository in one that uses them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from criulint import __version__
from criulint.embedded.hosts import kind_of

_TOP = Path(__file__).parents[2]
_HOOKS: list[dict[str, Any]] = yaml.safe_load(
    (_TOP / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
)


# Those for files of their own.
_FOR_FILES = [
    hook for hook in _HOOKS if hook["id"] in ("criulint", "criulint-fix", "criulint-format")
]


def test_the_hooks_differ_in_their_entries_alone() -> None:
    assert [hook["id"] for hook in _HOOKS] == [
        "criulint",
        "criulint-fix",
        "criulint-format",
        "criulint-scripts",
        "criulint-yaml",
    ]
    same = [
        {key: hook[key] for key in hook.keys() - {"id", "name", "description", "entry"}}
        for hook in _FOR_FILES
    ]
    assert same == [same[0]] * len(same)


@pytest.mark.parametrize("hook", _FOR_FILES, ids=lambda hook: str(hook["id"]))
@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("etc/criu/default.conf", True),
        ("criu/default.conf", True),
        ("roles/node/files/etc/criu/runc.conf", True),
        ("home/user/.criu/default.conf", True),
        (".criu/default.conf", True),
        ("criu.conf", True),
        ("files/my-criu-dump.conf", True),
        ("files/criu.d.conf", True),
        ("deploy/criu/conf/nginx.conf", False),
        ("etc/nginx/default.conf", False),
        ("nginx.conf", False),
        ("criu/README.md", False),
        ("criu/default.conf.j2", False),
        ("xcriu/default.conf", False),
        ("criu.config", False),
        ("src/criu.c", False),
        ("criu/default.conf/x", False),
    ],
)
def test_which_paths_are_ours(hook: dict[str, Any], path: str, ours: bool) -> None:
    assert bool(re.search(hook["files"], path)) == ours


@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("deploy/Dockerfile", True),
        ("Dockerfile.debug", True),
        ("x.dockerfile", True),
        ("Makefile", True),
        ("rules/criu.mk", True),
        ("justfile", True),
        ("ci/setup.sh", True),
        ("test/checkpoint.bats", True),
        ("Vagrantfile", True),
        ("image.pkr.hcl", True),
        ("main.tf", True),
        ("criu.service", True),
        ("README", False),
        ("x.rb", False),
        ("criu/runc.conf", False),
        ("values.yaml", False),
    ],
)
def test_the_hook_for_scripts_gets_hosts_alone(path: str, ours: bool) -> None:
    """Others would be checked as a CRIU configuration."""
    (hook,) = [hook for hook in _HOOKS if hook["id"] == "criulint-scripts"]
    assert bool(re.search(hook["files"], path)) == ours
    assert not ours or kind_of(path) is not None


def test_the_names_of_the_stages_are_known() -> None:
    """Before 3.2 pre-commit refuses the whole file, without this for a reason that does not help
    anyone.
    """
    assert {
        hook["minimum_pre_commit_version"] for hook in _HOOKS if "pre-commit" in hook["stages"]
    } == {"3.2.0"}


def test_the_documented_revision_is_this_version() -> None:
    for page in ("README.md", "docs/guide/ci.md"):
        assert re.findall(r"rev: (\S+)", (_TOP / page).read_text(encoding="utf-8")) == [
            f"v{__version__}"
        ], page


def _git(directory: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", "-C", directory, *identity, *arguments], check=True, capture_output=True, text=True
    ).stdout


def _try(repository: Path, home: Path) -> tuple[int, dict[str, tuple[str, str]]]:
    """The exit status of ``pre-commit try-repo``, and for each hook how it ended and what it
    printed.
    """
    program = shutil.which(
        "pre-commit", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    )
    assert program, "pre-commit is a part of the extra `dev`"
    done = subprocess.run(
        [program, "try-repo", _TOP, "--all-files", "--color", "never"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PRE_COMMIT_HOME": str(home)},
        timeout=300,
    )
    ended = r"^(criulint(?: \([\w ]+\))?)\.+(?:\(.*\))?(Passed|Failed|Skipped)$"
    parts = re.split(ended, done.stdout, flags=re.MULTILINE)
    return done.returncode, {
        name: (how, result)
        for name, how, result in zip(parts[1::3], parts[2::3], parts[3::3], strict=True)
    }


@pytest.mark.network
@pytest.mark.skipif(not (_TOP / ".git").exists(), reason="the hooks come out of a git repository")
@pytest.mark.skipif(sys.platform == "win32", reason="paths as pre-commit prints them")
def test_pre_commit_installs_fails_fixes_and_passes(tmp_path: Path) -> None:
    """From scratch: the hooks are installed, find what is wrong, fix it, and pass on the result."""
    repository = tmp_path / "repository"
    (repository / "etc" / "criu").mkdir(parents=True)
    (repository / "etc" / "nginx").mkdir()
    (repository / "vendor" / "criu").mkdir(parents=True)
    _git(repository, "init", "-q")
    config = repository / "etc" / "criu" / "default.conf"
    config.write_text("tcp-close false\n\n\n\nlog-file   /var/log/criu.log\n", encoding="utf-8")
    (repository / "etc" / "nginx" / "default.conf").write_text("server {}\n", encoding="utf-8")
    (repository / "vendor" / "criu" / "x.conf").write_text("bad_\n", encoding="utf-8")
    configmap = repository / "configmap.yaml"
    configmap.write_text("data:\n  runc.conf: |\n    tcp-close no\n", encoding="utf-8")
    script = repository / "setup.sh"
    script.write_text("#!/bin/sh\necho 'tcp-close no' > /etc/criu/runc.conf\n", encoding="utf-8")
    (repository / "template.yaml").write_text("{{ if .Values.x }}\n", encoding="utf-8")
    (repository / "criulint.toml").write_text(
        'exclude = ["vendor/"]\ncriu = "4.1.1"\n', encoding="utf-8"
    )
    _git(repository, "add", ".")
    _git(repository, "commit", "-qm", "x")

    status, hooks = _try(repository, tmp_path / "home")
    assert status == 1
    how, result = hooks["criulint"]
    assert how == "Failed"
    assert "- exit code: 1" in result
    assert "warning[CRIU201 value-ignored]" in result
    assert "--> etc/criu/default.conf:1:11" in result
    assert "1 file checked for CRIU 4.1.1" in result  # neither nginx's nor what is excluded
    how, result = hooks["criulint (fix)"]
    assert how == "Failed"
    assert "- files were modified by this hook" in result
    assert hooks["criulint (format)"][0] == "Failed"
    how, result = hooks["criulint (in scripts)"]
    assert how == "Failed"
    assert "--> setup.sh:2:17" in result
    how, result = hooks["criulint (in YAML)"]
    assert how == "Failed"
    assert "--> configmap.yaml:3:15" in result
    assert config.read_text(encoding="utf-8") == "no-tcp-close\n\nlog-file /var/log/criu.log\n"

    configmap.write_text("data:\n  runc.conf: |\n    tcp-close\n", encoding="utf-8")
    script.unlink()
    _git(repository, "commit", "-qam", "x")
    status, hooks = _try(repository, tmp_path / "home")
    assert status == 0
    assert {name: how for name, (how, _) in hooks.items()} == {
        **dict.fromkeys(
            ("criulint", "criulint (fix)", "criulint (format)", "criulint (in YAML)"), "Passed"
        ),
        "criulint (in scripts)": "Skipped",
    }
    assert _git(repository, "status", "--porcelain") == ""
