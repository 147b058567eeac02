# SPDX-License-Identifier: MIT
"""``criulint effective``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from criulint.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in (
        (
            "etc/criu/default.conf",
            "tcp-established\nghost-limit 64M\nexternal mnt[a]:b\nverbosity=3\nlog-file a.log\n",
        ),
        ("root/.criu/default.conf", "external mnt[c]:d\nghost-limit 1M\nno-tcp-close\n"),
        ("etc/criu/runc.conf", "log-file b.log\nverbosity=1\nlink-remap\n"),
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def _run(root: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["effective", "--criu", "4.2.1", "--root", str(root), *words]) == 0
    return capsys.readouterr().out.replace(str(root), "ROOT")


def test_command_line(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = _run(root, capsys, "--", "--no-tcp-established", "-v4")
    assert "\n".join(" ".join(line.split()) for line in out.splitlines()) == (
        """\
CRIU 4.2.1, for dump
ROOT/etc/criu/default.conf: read
ROOT/root/.criu/default.conf: read

OPTION VALUE FROM NOTE
external mnt[a]:b ROOT/etc/criu/default.conf:3
external mnt[c]:d ROOT/root/.criu/default.conf:1
ghost-limit 1048576 ROOT/root/.criu/default.conf:2 overrides ROOT/etc/criu/default.conf:2 (67108864)
log-file a.log ROOT/etc/criu/default.conf:5
tcp-close off ROOT/root/.criu/default.conf:3
tcp-established off command line overrides ROOT/etc/criu/default.conf:1 (on)
verbosity 4 command line overrides ROOT/etc/criu/default.conf:4 (3)"""
    )


@pytest.mark.parametrize(
    ("words", "story"),
    [
        (
            ["--runtime", "runc", "--explain", "tcp-established"],
            """\
CRIU's default of tcp-established is off.
ROOT/etc/criu/default.conf:1: tcp-established on: overridden by runc
runc: tcp-established off: this is what counts
""",
        ),
        (
            ["--runtime", "runc", "--explain", "no-tcp-established"],
            """\
ROOT/etc/criu/default.conf:1: tcp-established on: overridden by runc
runc: tcp-established off: this is what counts
""",
        ),
        (
            ["--runtime", "runc", "--explain", "log-file"],
            """\
ROOT/etc/criu/default.conf:5: log-file a.log: overridden by runc
runc: log-file dump.log: overridden by ROOT/etc/criu/runc.conf:1
ROOT/etc/criu/runc.conf:1: log-file b.log: this is what counts
""",
        ),
        (
            ["--runtime", "runc", "--explain", "verbosity"],
            """\
CRIU's default of verbosity is 2.
ROOT/etc/criu/default.conf:4: verbosity 3: ignored: every request of a client sets it
runc: verbosity 4: this is what counts
ROOT/etc/criu/runc.conf:2: verbosity 1: ignored: since 4.2 CRIU uses the client's level
""",
        ),
        (
            ["--runtime", "runc", "--for", "restore", "--explain", "restore-detached"],
            """\
CRIU's default of restore-detached is off.
every RPC request: restore-detached on: this is what counts
""",
        ),
        (
            ["--explain=--shell-job"],
            "CRIU's default of shell-job is off.\nNothing sets shell-job.\n",
        ),
        (
            ["--runtime", "podman", "--explain", "ghost-limit"],
            """\
CRIU's default of ghost-limit is 1048576.
ROOT/etc/criu/default.conf:2: ghost-limit 67108864: this is what counts
""",
        ),
        (
            ["--explain", "external"],
            """\
ROOT/etc/criu/default.conf:3: external mnt[a]:b: added
ROOT/root/.criu/default.conf:1: external mnt[c]:d: added
""",
        ),
    ],
)
def test_one_options_story(
    root: Path, words: list[str], story: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(root, capsys, *words).partition("\n\n")[2] == story


@pytest.mark.parametrize(
    ("words", "state"),
    [
        (
            ["--runtime", "podman"],
            "ROOT/root/.criu/default.conf: not read (Podman starts the runtime without HOME)",
        ),
        (["--runtime", "podman", "--for", "restore"], "ROOT/root/.criu/default.conf: read"),
        (["--runtime", "crun"], "ROOT/etc/criu/crun.conf: missing"),
        (["--runtime", "crun"], "ROOT/etc/criu/runc.conf: read"),
        (
            ["--runtime", "crun@1.20"],
            "ROOT/etc/criu/runc.conf: not read (needs crun 1.26 and CRIU 4.2 or later)",
        ),
        (
            ["--runtime", "crun@1.21", "--rpc", "/etc/criu/runc.conf"],
            "ROOT/etc/criu/runc.conf: not read (crun passes the annotation on only since 1.26)",
        ),
        (
            ["--runtime", "runc@1.0.0-rc6", "--rpc", "/etc/criu/runc.conf"],
            "ROOT/etc/criu/runc.conf: not read (runc passes the annotation on only since"
            " 1.0.0-rc7)",
        ),
        (
            ["--runtime", "podman@3.0.1"],
            "ROOT/root/.criu/default.conf: read",
        ),
    ],
)
def test_which_files_are_read(
    root: Path, words: list[str], state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"  {state}\n" in _run(root, capsys, *words)


def test_json(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = json.loads(
        _run(root, capsys, "--runtime", "runc", "--format", "json", "--explain", "link-remap")
    )
    assert report == {
        "criu": "4.2.1",
        "caller": "runc",
        "command": "dump",
        "files": [
            {
                "path": "ROOT/etc/criu/default.conf",
                "role": "default",
                "state": "read",
                "reason": "",
            },
            {"path": "ROOT/root/.criu/default.conf", "role": "user", "state": "read", "reason": ""},
            {"path": "ROOT/etc/criu/runc.conf", "role": "rpc", "state": "read", "reason": ""},
        ],
        "options": [
            {
                "option": "link-remap",
                "value": True,
                "list": False,
                "steps": [
                    {
                        "from": "runc",
                        "file": None,
                        "line": None,
                        "name": "link-remap",
                        "value": False,
                        "effect": "overridden",
                        "reason": "ROOT/etc/criu/runc.conf:3",
                    },
                    {
                        "from": "file",
                        "file": "ROOT/etc/criu/runc.conf",
                        "line": 3,
                        "name": "link-remap",
                        "value": True,
                        "effect": "wins",
                        "reason": "",
                    },
                ],
            }
        ],
        "error": None,
    }


def test_an_annotation_that_libcriu_can_not_pass_on(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """crun 1.26 then fails before it calls CRIU, even at an empty annotation."""
    for annotation in ("/etc/criu/runc.conf", ""):
        words = ["--root", str(root), "--runtime", "crun@1.28", "--rpc", annotation]
        assert main(["effective", "--criu", "4.1.1", *words]) == 1
        out = capsys.readouterr().out
        assert "refused (crun fails: libcriu RPC config files supported in CRIU >= 4.2)\n" in out
        assert out.endswith("crun does not call CRIU: every checkpoint and restore fails.\n")
        assert main(["effective", "--criu", "4.1.1", "--format", "json", *words]) == 1
        assert json.loads(capsys.readouterr().out)["error"]["line"] is None


def test_an_empty_annotation_names_no_file(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "runc.conf" not in _run(root, capsys, "--runtime", "runc", "--rpc", "")


@pytest.mark.parametrize(
    ("release", "default", "rpc", "words", "option", "values"),
    [
        # A level of a file counts once, as the request sets it between CRIU's two readings.
        ("4.1.1", "", "verbosity", ["--runtime", "runc"], "verbosity", [5]),
        ("4.1.1", "verbosity", "verbosity=vv", ["--runtime", "runc"], "verbosity", [7]),
        ("4.2.1", "", "verbosity", ["--runtime", "runc"], "verbosity", [4]),
        # Files add up, and a request replaces them.
        ("4.2.1", "ext-unix-sk", "", ["--runtime", "runc"], "ext-unix-sk", [False]),
        ("4.2.1", "ext-unix-sk=7", "ext-unix-sk=8", ["--runtime", "runc"], "ext-unix-sk", ["8"]),
        ("4.1.1", "", "ext-unix-sk=8", ["--runtime", "runc"], "ext-unix-sk", ["8"]),
        ("4.2.1", "empty-ns net", "", ["--runtime", "runc"], "empty-ns", ["net"]),
        ("4.2.1", "empty-ns net", "", ["--runtime", "crun"], "empty-ns", ["net"]),
        # Some values replace earlier ones.
        (
            "4.2.1",
            "cgroup-root /a\ncgroup-root cpu:/b\ncgroup-root /c",
            "",
            [],
            "cgroup-root",
            ["cpu:/b", "/c"],
        ),
        (
            "4.2.1",
            "cgroup-root /a\ncgroup-root cpu:/b",
            "",
            ["--runtime", "crun", "--for", "restore"],
            "cgroup-root",
            ["cpu:/b", "the container's cgroup"],
        ),
        (
            "4.2.1",
            "cpu-cap=cpu\ncpu-cap=none\ncpu-cap=ins\ncpu-cap=fpu",
            "",
            [],
            "cpu-cap",
            ["none", "ins", "fpu"],
        ),
        (
            "4.2.1",
            "work-dir /w",
            "",
            ["--runtime", "podman"],
            "work-dir",
            ["the container's directory"],
        ),
        (
            "4.2.1",
            "work-dir /w",
            "",
            ["--runtime", "runc@1.0.3"],
            "work-dir",
            ["its own directory"],
        ),
        ("4.2.1", "work-dir /w", "", ["--runtime", "runc"], "work-dir", ["/w"]),
        ("4.2.1", "", "prev-images-dir ../p", ["--runtime", "runc"], "prev-images-dir", ["../p"]),
        # A container's cgroup is that of a controller.
        (
            "4.2.1",
            "",
            "cgroup-root /a",
            ["--runtime", "runc", "--for", "restore"],
            "cgroup-root",
            ["the container's cgroup", "/a"],
        ),
        (
            "4.2.1",
            "enable-fs a\nforce-irmap",
            "",
            ["--runtime", "lxc"],
            "enable-fs",
            ["a", "hugetlbfs", "tracefs"],
        ),
        ("4.2.1", "leave-stopped", "", ["--runtime", "containerd"], "leave-running", [True]),
        ("4.2.1", "leave-stopped", "", ["--runtime", "docker"], "leave-stopped", [True]),
    ],
)
def test_what_counts(
    release: str,
    default: str,
    rpc: str,
    words: list[str],
    option: str,
    values: list[bool | int | str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    etc = tmp_path / "etc/criu"
    etc.mkdir(parents=True)
    (etc / "default.conf").write_text(default + "\n", encoding="utf-8")
    (etc / "runc.conf").write_text(rpc + "\n", encoding="utf-8")
    main(["effective", "--criu", release, "--root", str(tmp_path), *words, "--format", "json"])
    found = {each["option"]: each for each in json.loads(capsys.readouterr().out)["options"]}
    steps = [step for step in found[option]["steps"] if step["effect"] in ("wins", "adds")]
    # A file for RPC clients is read twice up to 4.1.1.
    assert list(dict.fromkeys(step["value"] for step in steps)) == values


def test_a_refused_file_ends_it(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = root / "etc/criu/default.conf"
    file.write_text("tcp-close\nbogus\n", encoding="utf-8")
    assert main(["effective", "--root", str(root)]) == 1
    assert f"CRIU refuses {file}:2: unrecognized option '--bogus'\n" in capsys.readouterr().out
    assert main(["effective", "--root", str(root), "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["line"] == 2


@pytest.mark.parametrize(
    ("text", "words", "crashes"),
    [
        ("page-server\n", [], True),
        ("page-server\nport 80\n", ["--for", "pre-dump"], True),
        ("page-server\n", ["--for", "restore"], False),
        ("page-server\naddress 10.0.0.1\n", [], False),
        ("page-server\n", ["--", "--address", "10.0.0.1"], False),
        ("page-server\nps-socket 5\n", [], False),
        ("page-server\nno-page-server\n", [], False),
    ],
)
def test_a_dump_to_no_address_crashes(
    text: str,
    words: list[str],
    crashes: bool,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "etc/criu/default.conf"
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    arguments = ["effective", "--criu", "4.2.1", "--root", str(tmp_path)]
    assert main([*arguments, *words]) == crashes
    assert (f"CRIU crashes because of {file}:1: " in capsys.readouterr().out) == crashes
    assert main([*arguments, "--format", "json", *words]) == crashes
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error and error["line"]) == (1 if crashes else None)


@pytest.mark.parametrize(
    ("runtime", "is_known", "last"),
    [
        ("podman+crun", True, "Podman --tcp-close: tcp-close on: this is what counts"),
        ("podman+runc", False, "default.conf:3: no-tcp-close: this is what counts"),
    ],
)
def test_a_flag_may_need_a_runtime(
    runtime: str, is_known: bool, last: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "--runtime",
        runtime,
        "--for",
        "restore",
        "--explain",
        "tcp-close",
        "--root",
        str(root),
    ]
    assert main(["effective", "--criu", "4.2.1", *words, "--", "--tcp-close"]) == 0
    out, err = capsys.readouterr()
    assert out.rstrip().endswith(last)
    assert ("--tcp-close changes nothing" not in err) is is_known


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--runtime", "rnc"], "--runtime: no runtime 'rnc'; did you mean 'runc'?"),
        (["--root", "/nowhere"], "--root /nowhere: No such file or directory"),
        (["--explain", "tcp-clsoe"], "no option 'tcp-clsoe'; did you mean 'tcp-close'?"),
        (["--explain", "tcp"], "--explain: 'tcp' is ambiguous: tcp-established, tcp-close"),
        (["--runtime", "youki", "--rpc", "x"], "--rpc: youki passes no file to CRIU"),
        (
            ["--runtime", "runc", "--config", "x"],
            "--config: an RPC client gives CRIU no command line",
        ),
        (["--from", "x", "--root", "."], "--from cannot be combined with --root"),
        (["--", "--bogus"], "CRIU's command line: unrecognized option '--bogus'"),
        (["--", "--port", "0"], "CRIU's command line: invalid argument for --port: 0"),
        (["--", "--config", "x"], "pass --config to criulint"),
        (["--rpc", "x", "--", "-v4"], "an RPC client gives CRIU no command line"),
        (["--runtime", "runc", "--", "--work-path"], "--work-path needs a value"),
    ],
)
def test_contradictions(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["effective", *words]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"criulint: error: {message}")
    assert error.count("\n") == 1
