# SPDX-License-Identifier: GPL-2.0-only
"""What a file's path, its role and the runtime above CRIU change."""

from __future__ import annotations

from pathlib import Path

import pytest

from criulint import Severity, check
from criulint.cli import main
from criulint.criu.context import Context, Role
from criulint.criu.paths import inferred_role
from criulint.criu.runtimes import find_caller
from criulint.linter.linter import Linter
from criulint.source import Source


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("/etc/criu/default.conf", Role.DEFAULT),
        ("image/rootfs/etc/criu/default.conf", Role.DEFAULT),
        ("criu/default.conf", Role.DEFAULT),
        ("/root/.criu/default.conf", Role.USER),
        (".criu/default.conf", Role.USER),
        ("/etc/criu/runc.conf", Role.RPC),
        ("crun.conf", Role.RPC),
        ("C:\\work\\criu\\default.conf", Role.DEFAULT),
        ("default.conf", None),
        ("/etc/default.conf", None),
        ("/etc/criu/lxc.conf", None),
        ("myrunc.conf", None),
        (None, None),
    ],
)
def test_path_gives_the_role(path: str | None, role: Role | None) -> None:
    assert inferred_role(path) is role


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("/etc/criu.conf", Severity.WARNING),
        ("/usr/local/etc/criu/default.conf", Severity.WARNING),
        ("rootfs/usr/local/etc/criu/runc.conf", Severity.WARNING),
        ("/etc/criu/criu.conf", Severity.WARNING),
        ("/etc/criu/dump.conf", Severity.WARNING),
        ("/etc/criu/podman.conf", Severity.WARNING),
        ("image/etc/criu/restore.conf", Severity.WARNING),
        ("/etc/criu.d/tcp.conf", Severity.WARNING),
        ("/etc/criu/conf.d/10-tcp.conf", Severity.WARNING),
        ("/home/me/.criu.conf", Severity.WARNING),
        ("/root/.criu/runc.conf", Severity.WARNING),
        ("/root/.config/criu/criu.conf", Severity.WARNING),
        ("/etc/criu/tcp.conf", Severity.INFO),
        ("/etc/criu/default.conf", None),
        ("/etc/criu/runc.conf", None),
        ("/etc/criu/crun.conf", None),
        ("/root/.criu/default.conf", None),
        ("criu.conf", None),
        ("examples/criu/tcp.conf", None),
        (None, None),
    ],
)
def test_files_that_nobody_reads(path: str | None, severity: Severity | None) -> None:
    found = [
        finding.severity
        for finding in check(b"# c\ntcp-close\n", path=path)
        if finding.code == "CRIU402"
    ]
    assert found == ([] if severity is None else [severity])


def test_a_file_that_sets_nothing_may_have_any_name() -> None:
    assert check(b"# nothing here\n", path="/etc/criu.conf") == []


_DEFAULT = "/etc/criu/default.conf"


@pytest.mark.parametrize(
    ("caller", "path", "criu", "text", "told"),
    [
        # What a runtime sends, and from when on.
        ("runc", _DEFAULT, "4.2.1", "tcp-established", "CRIU401"),
        ("runc@1.2.9", _DEFAULT, "4.2.1", "link-remap", None),
        ("runc@1.3.0", _DEFAULT, "4.2.1", "link-remap", "CRIU401"),
        ("crun", _DEFAULT, "4.2.1", "link-remap", None),
        ("crun@1.19.1", _DEFAULT, "4.2.1", "network-lock nftables", "CRIU401"),
        ("crun@1.20", _DEFAULT, "4.2.1", "network-lock nftables", None),
        ("youki", _DEFAULT, "4.2.1", "shell-job", "CRIU401"),
        ("lxc", _DEFAULT, "4.2.1", "tcp-established", None),
        ("lxc", _DEFAULT, "4.2.1", "no-tcp-established", "CRIU401"),
        ("incus", _DEFAULT, "4.2.1", "manage-cgroups=soft", "CRIU401"),
        ("incus", _DEFAULT, "4.2.1", "manage-cgroups=full", None),
        ("runc", _DEFAULT, "4.2.1", "no-tcp-established", None),
        ("runc", _DEFAULT, "4.2.1", "verbosity=4", None),
        ("runc", _DEFAULT, "4.2.1", "verbosity=3", "CRIU401"),
        ("cri-o", _DEFAULT, "4.2.1", "no-file-locks", "CRIU401"),
        ("podman", _DEFAULT, "4.2.1", "ghost-limit 64M", None),
        ("runc", "/etc/criu/runc.conf", "4.2.1", "tcp-established", None),
        ("runc", "/etc/criu/runc.conf", "4.1.1", "verbosity=3", None),
        ("runc", "/etc/criu/runc.conf", "4.2.1", "verbosity=3", "CRIU401"),
        # Who reads a file.
        ("runc@1.0.0-rc6", "/etc/criu/runc.conf", "4.2.1", "tcp-established", "CRIU403"),
        ("runc", "/etc/criu/crun.conf", "4.2.1", "tcp-established", "CRIU403"),
        ("crun@1.25.1", "/etc/criu/runc.conf", "4.2.1", "tcp-established", "CRIU403"),
        ("crun@1.26", "/etc/criu/runc.conf", "4.1.1", "tcp-established", "CRIU403"),
        ("crun@1.26", "/etc/criu/runc.conf", "4.2", "tcp-established", None),
        ("crun@1.26", "/etc/criu/crun.conf", "4.2", "tcp-established", None),
        (None, "/etc/criu/crun.conf", "4.1.1", "tcp-established", "CRIU403"),
        (None, "/etc/criu/crun.conf", None, "tcp-established", None),
        (None, "/etc/criu/runc.conf", "4.1.1", "tcp-established", None),
        ("youki", "/etc/criu/runc.conf", "4.2.1", "tcp-established", "CRIU403"),
        ("docker", "/etc/criu/runc.conf", "4.2.1", "tcp-established", None),
        # What cannot be undone.
        ("runc", _DEFAULT, "4.2.1", "leave-running", "CRIU407"),
        ("runc", "/etc/criu/runc.conf", "4.2.1", "leave-running", "CRIU309"),
        # Whose environment is stripped.
        ("podman", "/root/.criu/default.conf", "4.2.1", "ghost-limit 64M", "CRIU408"),
        ("cri-o", "/root/.criu/default.conf", "4.2.1", "ghost-limit 64M", "CRIU408"),
        ("docker", "/root/.criu/default.conf", "4.2.1", "ghost-limit 64M", None),
        ("runc", "/root/.criu/default.conf", "4.2.1", "ghost-limit 64M", None),
        # What needs both sides.
        ("crun@1.22", _DEFAULT, "4.2.1", "tcp-close", None),
        ("crun@1.23", _DEFAULT, "4.2.1", "tcp-close", "CRIU409"),
        ("crun@1.23", _DEFAULT, "3.14", "tcp-close", "CRIU401"),
        ("runc", _DEFAULT, "4.2.1", "tcp-close", None),
        ("crun", "/etc/criu/crun.conf", "4.2.1", "tcp-close", None),
    ],
)
def test_callers(
    caller: str | None, path: str, criu: str | None, text: str, told: str | None
) -> None:
    context = Context(caller=find_caller(caller) if caller else None)
    findings = Linter(criu, context=context).check(Source(text.encode() + b"\n", path)).findings
    assert [finding.code for finding in findings if finding.code != "CRIU310"] == (
        [told] if told else []
    )


@pytest.mark.parametrize(
    ("commands", "text", "told"),
    [
        (("dump",), "tcp-close", "CRIU409"),
        (("dump", "pre-dump"), "tcp-established", "CRIU409"),
        (("dump",), "allow-uprobes", "CRIU409"),
        (("restore",), "tcp-close", None),
        (("restore",), "cpu-cap", "CRIU409"),
        (("restore",), "cpu-cap=none", "CRIU309"),
        (("dump", "restore"), "cpu-cap", None),
        (("restore",), "mntns-compat-mode", None),
        (("dump",), "mntns-compat-mode", "CRIU305"),
    ],
)
def test_commands(commands: tuple[str, ...], text: str, told: str | None) -> None:
    linter = Linter("4.2.1", context=Context(commands=commands))
    findings = linter.check(Source(text.encode() + b"\n")).findings
    assert [finding.code for finding in findings] == ([told] if told else [])


def test_all_affected_runtimes_are_in_one_finding() -> None:
    (finding,) = Linter("4.2.1").check(Source(b"shell-job\n", _DEFAULT)).findings
    assert finding.severity is Severity.INFO
    assert finding.full_message == (
        "runc, crun and youki override this line: they send false unless `--shell-job` is given;"
        " put it into /etc/criu/runc.conf or /etc/criu/crun.conf (crun 1.26 with CRIU 4.2 or later)"
    )


def test_an_engine_without_a_flag_is_told_of() -> None:
    linter = Linter("4.2.1", context=Context(caller=find_caller("podman")))
    (finding,) = linter.check(Source(b"shell-job\n", _DEFAULT)).findings
    assert finding.severity is Severity.WARNING
    assert finding.help.endswith("; Podman has no flag for it")


@pytest.mark.parametrize(
    ("first", "second", "lines"),
    [
        ("action-script /a\n", "tcp-close\naction-script /a\n", [2]),
        ("external mnt[a]:b\n", "external mnt[a]:b\nexternal mnt[a]:c\n", [1]),
        ("verbosity\n", "verbosity\n", [1]),
        ("verbosity=4\n", "verbosity=4\n", []),
        ("tcp-close\ntimeout 20\n", "tcp-close\ntimeout 30\n", []),
    ],
)
def test_files_that_are_read_together(first: str, second: str, lines: list[int]) -> None:
    sources = [Source(first.encode(), "default.conf"), Source(second.encode(), "runc.conf")]
    findings = Linter("4.2.1").check_together(*sources).findings
    assert [(finding.code, finding.path, finding.span.line) for finding in findings] == [
        ("CRIU405", "runc.conf", line) for line in lines
    ]


def test_files_of_one_directory_are_read_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("default.conf", "crun.conf"):
        (tmp_path / name).write_text("action-script /a\n", encoding="utf-8")
    assert (
        main(
            [
                "check",
                "--format",
                "concise",
                "--criu",
                "4.2.1",
                *map(str, sorted(tmp_path.iterdir())),
            ]
        )
        == 1
    )
    out = capsys.readouterr().out
    assert f"{tmp_path / 'crun.conf'}:1:1: warning: CRIU405" in out
    assert out.count("\n") == 1
