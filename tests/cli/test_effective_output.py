# SPDX-License-Identifier: MIT
"""The output of ``criulint effective``: ``effective/NAME.txt`` and ``effective/NAME.json``."""

from __future__ import annotations

import shlex
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from criulint.cli import main
from criulint.criu.context import Role
from criulint.criu.precedence import ConfigFile, make_invocation
from criulint.report.effective import Winners, render_effective
from criulint.report.terminal import Style

if TYPE_CHECKING:
    from tests.golden import Golden

_FOLDER = Path(__file__).with_name("effective")

_DEFAULT, _USER = "etc/criu/default.conf", "root/.criu/default.conf"
_RUNC, _CRUN = "etc/criu/runc.conf", "etc/criu/crun.conf"
_ADDS_UP = "action-script /hook\nverbosity\nexternal mnt[a]:b\n"


class Scenario(NamedTuple):
    """The arguments of the command, and the files below the root (``ROOT``)."""

    arguments: str
    files: dict[str, str]
    status: int = 0


_SCENARIOS = {
    "nothing": Scenario("--criu 4.2.1", {_DEFAULT: "# nothing\n"}),
    "refused": Scenario("--criu 4.2.1", {_DEFAULT: "tcp-close\nbogus\n", _USER: "tcp-close\n"}, 1),
    "exits": Scenario("--criu 4.2.1", {_DEFAULT: "tcp-close\nversion\n"}, 1),
    "crashes": Scenario("--criu 4.2 --runtime runc", {_RUNC: "network-lock skip\n"}, 1),
    "no-address": Scenario("--criu 4.2.1", {_DEFAULT: "page-server\n"}, 1),
    "another-kind": Scenario("--criu 4.2.1", {_DEFAULT: '{\n  "tcp-close": true\n}\n'}, 1),
    "command-line": Scenario(
        "--criu 4.2.1 -- --external mnt[c]:d -vv --no-shell-job",
        {_DEFAULT: "external mnt[a]:b\nshell-job\nverbosity=1\n", _USER: "shell-job\nverbosity\n"},
    ),
    "config": Scenario(
        "--criu 4.2.1 --config ROOT/own.conf", {_DEFAULT: "tcp-close\n", "own.conf": "shell-job\n"}
    ),
    "rpc": Scenario(
        "--criu 4.2.1 --rpc /own.conf", {_DEFAULT: "tcp-close\n", "own.conf": "shell-job\n"}
    ),
    "rpc-read-twice": Scenario("--criu 4.1.1 --runtime runc", {_RUNC: _ADDS_UP}),
    "rpc-read-once": Scenario("--criu 4.2 --runtime runc", {_RUNC: _ADDS_UP}),
    "rpc-before-twice": Scenario("--criu 3.18 --runtime runc", {_RUNC: _ADDS_UP}),
    "verbosity-read-twice": Scenario(
        "--criu 4.1.1 --runtime runc --explain verbosity", {_RUNC: "verbosity\n"}
    ),
    "client": Scenario(
        "--criu 4.2.1 --runtime runc",
        {_DEFAULT: "leave-running\nlog-file a\nverbosity=1\ntcp-established\n"},
    ),
    "client-restore": Scenario(
        "--criu 4.2.1 --runtime runc --for restore",
        {_DEFAULT: "leave-running\nlog-file a\nrestore-detached\n", _RUNC: "log-file b\n"},
    ),
    "crun-own-file": Scenario(
        "--criu 4.2.1 --runtime crun", {_CRUN: "tcp-close\n", _RUNC: "no-tcp-close\n"}
    ),
    "crun-other-file": Scenario("--criu 4.2.1 --runtime crun", {_RUNC: "no-tcp-close\n"}),
    "crun-before-files": Scenario("--criu 4.2.1 --runtime crun@1.20", {_RUNC: "tcp-close\n"}),
    "youki": Scenario("--criu 4.2.1 --runtime youki", {_DEFAULT: "tcp-close\n", _RUNC: "bogus\n"}),
    "podman-dump": Scenario("--criu 4.2.1 --runtime podman", {_USER: "tcp-close\n"}),
    "podman-restore": Scenario(
        "--criu 4.2.1 --runtime podman --for restore", {_USER: "tcp-close\n"}
    ),
    "podman-flags": Scenario(
        "--criu 4.2.1 --runtime podman@5.4.2+runc@1.1.15 --for restore -- --tcp-established",
        {_RUNC: "ghost-limit 4M\n"},
    ),
    "runc-flags": Scenario(
        "--criu 4.2.1 --runtime runc -- --page-server 10.0.0.1:27 --manage-cgroups-mode=full",
        {_DEFAULT: "manage-cgroups=strict\n"},
    ),
    "parent-images": Scenario(
        "--criu 4.2.1 --runtime runc --explain prev-images-dir -- --parent-path ../p",
        {_DEFAULT: "prev-images-dir ../d\n", _RUNC: "prev-images-dir ../q\n"},
    ),
    "lxc-flags": Scenario("--criu 4.2.1 --runtime lxc -- -s -v", {_DEFAULT: "leave-running\n"}),
    "splice": Scenario(
        "--criu 4.2.1 --for pre-dump", {_DEFAULT: "pre-dump-mode read\npre-dump-mode splice\n"}
    ),
    "explain-splice": Scenario(
        "--criu 4.2.1 --explain pre-dump-mode", {_DEFAULT: "pre-dump-mode splice\n"}
    ),
    "explain-list": Scenario(
        "--criu 4.2.1 --explain external",
        {_DEFAULT: "external mnt[a]:b\n", _USER: "external mnt[c]:d\n"},
    ),
    "explain-unset": Scenario("--criu 4.2.1 --explain ghost-limit", {_DEFAULT: "tcp-close\n"}),
    "old-release": Scenario(
        "--criu 3.11", {_DEFAULT: "log-file a\nexternal mnt[a]:b\n", _USER: "ghost-limit 2M\n"}
    ),
}


# Their colours are tested, too; ``^[`` is ESC.
_COLOURED = (
    "client-restore",
    "crashes",
    "crun-other-file",
    "exits",
    "explain-list",
    "explain-splice",
    "no-address",
    "parent-images",
    "refused",
)


@pytest.mark.parametrize(
    ("name", "form"),
    [*product(_SCENARIOS, ("txt", "json")), *((name, "colour") for name in _COLOURED)],
)
def test_output(
    name: str,
    form: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    golden: Golden,
) -> None:
    if form == "colour":
        monkeypatch.setenv("FORCE_COLOR", "1")
    scenario = _SCENARIOS[name]
    for path, text in scenario.files.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    words = [word.replace("ROOT", str(tmp_path)) for word in shlex.split(scenario.arguments)]
    wanted = ["--format", "json"] if form == "json" else []
    assert main(["effective", "--root", str(tmp_path), *wanted, *words]) == scenario.status
    # The columns of a table are as wide as the paths in it.
    lines = capsys.readouterr().out.replace(str(tmp_path), "ROOT").splitlines()
    lines = [line.replace("\x1b", "^[") for line in lines]
    if form != "json":
        lines = ["  ".join(filter(None, map(str.strip, line.split("  ")))) for line in lines]
    golden(_FOLDER / f"{name}.{form}", "".join(f"{line}\n" for line in lines))


def test_each_expected_output_has_its_scenario() -> None:
    assert {path.stem for path in _FOLDER.iterdir()} == set(_SCENARIOS)


def test_paths_are_links_to_files_that_are_there() -> None:
    files = [
        ConfigFile(f"/{state}", Role.DEFAULT, state) for state in ("read", "missing", "not-read")
    ]
    files.append(ConfigFile("/" + "a" * 25 + " " + "b" * 28, Role.DEFAULT))
    caller = make_invocation(None, "dump")
    found = Winners("4.2", caller, files, [], None)
    lines = list(render_effective(found, None, {}, Style(width=40, links=True)))
    assert [line for line in lines if "\x1b]8;;" not in line] == [
        "CRIU 4.2, for dump",
        "  /missing: missing",
        "  /not-read: not read",
        "  /aaaaaaaaaaaaaaaaaaaaaaaaa",
        "      bbbbbbbbbbbbbbbbbbbbbbbbbbbb: read",
        "",
        "Nothing is set.",
    ]


def test_variable_names_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "own.conf"
    file.write_text("ghost-limit 3M\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CRIU_CONFIG_FILE", str(file))
    assert main(["effective", "--criu", "4.2.1", "--explain", "ghost-limit"]) == 0
    assert f"{file}:1: ghost-limit 3145728: this is what counts\n" in capsys.readouterr().out
