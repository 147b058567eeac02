# SPDX-License-Identifier: MIT
"""One cause gets one finding, from one of the rules of the families 3xx and 4xx."""

from __future__ import annotations

import pytest

from criulint.criu.context import Context
from criulint.criu.runtimes import find_caller
from criulint.linter.linter import Linter
from criulint.source import Source

_DEFAULT = "/etc/criu/default.conf"


@pytest.mark.parametrize(
    ("caller", "path", "criu", "text", "code"),
    [
        # CRIU401: what a runtime sends, and from when on.
        ("runc", _DEFAULT, "4.2.1", "tcp-established", "CRIU401"),
        ("runc@1.2.9", _DEFAULT, "4.2.1", "link-remap", None),
        ("runc@1.3.0", _DEFAULT, "4.2.1", "link-remap", "CRIU401"),
        ("crun", _DEFAULT, "4.2.1", "link-remap", None),
        ("crun@1.19.1", _DEFAULT, "4.0", "network-lock nftables", "CRIU401"),
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
        # CRIU403: who reads a file.
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
        # CRIU407: what cannot be undone.
        ("runc", _DEFAULT, "4.2.1", "leave-running", "CRIU407"),
        ("runc", "/etc/criu/runc.conf", "4.2.1", "leave-running", "CRIU309"),
        # CRIU408: whose environment is stripped.
        ("podman", "/root/.criu/default.conf", "4.2.1", "ghost-limit 64M", "CRIU408"),
        ("cri-o", "/root/.criu/default.conf", "4.2.1", "ghost-limit 64M", "CRIU408"),
        ("docker", "/root/.criu/default.conf", "4.2.1", "ghost-limit 64M", None),
        ("runc", "/root/.criu/default.conf", "4.2.1", "ghost-limit 64M", None),
        # CRIU409: what needs both sides.
        ("crun@1.22", _DEFAULT, "4.2.1", "tcp-close", None),
        ("crun@1.23", _DEFAULT, "4.2.1", "tcp-close", "CRIU409"),
        ("crun@1.23", _DEFAULT, "3.14", "tcp-close", "CRIU401"),
        ("runc", _DEFAULT, "4.2.1", "tcp-close", None),
        ("crun", "/etc/criu/crun.conf", "4.2.1", "tcp-close", None),
    ],
)
def test_callers(
    caller: str | None, path: str, criu: str | None, text: str, code: str | None
) -> None:
    context = Context(caller=find_caller(caller) if caller else None)
    findings = Linter(criu, context=context).check(Source(text.encode() + b"\n", path)).findings
    assert [finding.code for finding in findings if finding.code != "CRIU310"] == (
        [code] if code else []
    )


@pytest.mark.parametrize(
    ("commands", "text", "code"),
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
        (("dump", "restore"), "lazy-pages", "CRIU311"),
        (("pre-dump",), "lazy-pages", "CRIU305"),
    ],
)
def test_commands(commands: tuple[str, ...], text: str, code: str | None) -> None:
    linter = Linter("4.2.1", context=Context(commands=commands))
    findings = linter.check(Source(text.encode() + b"\n")).findings
    assert [finding.code for finding in findings] == ([code] if code else [])


@pytest.mark.parametrize(
    ("caller", "path", "criu", "text", "codes"),
    [
        # What CRIU would do with a line does not matter in a file that nothing reads.
        ("lxc", "/etc/criu/runc.conf", "3.18", "action-script /x", ["CRIU403"]),
        ("lxc", "/etc/criu/runc.conf", "4.2.1", "lazy-pages", ["CRIU403"]),
        ("runc", "/etc/criu/crun.conf", "4.1.1", "images-dir /x", ["CRIU403"]),
        ("runc", "/etc/criu.conf", "4.2.1", "exec-cmd", ["CRIU402"]),
        (None, "/etc/criu.conf", "4.2.1", "leave-stopped", ["CRIU402"]),
        (None, "/etc/criu.conf", "4.2.1", "pre-dump-mode splice", ["CRIU402"]),
        (None, "/etc/criu.conf", "4.2.1", "track-mem", ["CRIU402"]),
        ("runc", "/usr/local/etc/criu/runc.conf", "3.18", "action-script /x", ["CRIU402"]),
        (None, "/usr/local/etc/criu/runc.conf", "4.1.1", "action-script /x", ["CRIU402"]),
        (None, "/etc/criu.conf", "4.2.1", "log-file /a", ["CRIU402"]),
        ("cri-o", "/root/.criu/default.conf", "4.2.1", "leave-running", ["CRIU408"]),
        ("youki", "/etc/criu/runc.conf", "4.2.1", "verbosity", ["CRIU403"]),
        ("cri-o", "/root/.criu/default.conf", "4.2.1", "lazy-pages", ["CRIU408"]),
        # It does where somebody may read it.
        ("podman", "/etc/criu/runc.conf", "4.2.1", "lazy-pages", ["CRIU311"]),
        ("podman@4.3.1", "/root/.criu/default.conf", "4.2.1", "lazy-pages", ["CRIU311", "CRIU408"]),
        # What is wrong with the line itself is wrong everywhere.
        ("lxc", "/etc/criu/runc.conf", "4.2.1", "tcp-close false", ["CRIU201", "CRIU403"]),
        ("lxc", "/etc/criu/runc.conf", "4.2.1", "tls-cert /x", ["CRIU304", "CRIU403"]),
        # What CRIU refuses is reported even in a line that should be removed.
        (None, _DEFAULT, "3.15", "track-mem --bogus x", ["CRIU101", "CRIU311"]),
        # That a caller overrides a line is said if nothing else says enough.
        (None, _DEFAULT, "4.2.1", "no-restore-detached", ["CRIU310"]),
        ("runc", _DEFAULT, "4.2.1", "no-restore-detached", ["CRIU401"]),
        (None, _DEFAULT, "4.2.1", "lazy-pages", ["CRIU305"]),
        ("runc", _DEFAULT, "4.2.1", "lazy-pages", ["CRIU401"]),
        ("podman", _DEFAULT, "4.2.1", "lazy-pages", ["CRIU311"]),
        ("containerd", _DEFAULT, "4.2.1", "leave-stopped", ["CRIU407"]),
        (None, _DEFAULT, "4.2.1", "log-file /x", ["CRIU401", "CRIU406"]),
        ("docker", _DEFAULT, "4.2.1", "work-dir /x", ["CRIU401"]),
    ],
)
def test_one_cause(caller: str | None, path: str, criu: str, text: str, codes: list[str]) -> None:
    context = Context(caller=find_caller(caller) if caller else None)
    findings = Linter(criu, context=context).check(Source(text.encode() + b"\n", path)).findings
    assert sorted(finding.code for finding in findings) == codes


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("tcp-established\ntcp-close false", {(1, "CRIU302", False), (2, "CRIU201", True)}),
        ("tcp-established\ntcp-close", {(1, "CRIU302", True)}),
        ("tcp-close false\ntcp-established", {(1, "CRIU201", True), (2, "CRIU302", False)}),
        ("ghost-limit 10M\nghost-limit 1g", {(1, "CRIU301", False), (2, "CRIU206", True)}),
        ("ghost-limit 1g\nghost-limit 10M", {(1, "CRIU206", True)}),
    ],
)
def test_what_a_misread_line_does_to_another_has_no_advice(
    text: str, found: set[tuple[int, str, bool]]
) -> None:
    findings = Linter("4.2.1").check(Source(text.encode() + b"\n", "x/runc.conf")).findings
    assert {(each.span.line, each.code, bool(each.help)) for each in findings} == found
    for finding in findings:
        assert finding.help or not finding.fix


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# c\n tcp-close\nshell-job\n", 2),
        # The first word, if CRIU refuses all, and the line that it refuses, if there is no word.
        ("# c\n bogus\n", 2),
        ('# c\n\n log-file "a\n', 3),
    ],
)
def test_a_file_that_nothing_reads_is_reported_where_it_says_something(
    text: str, line: int
) -> None:
    findings = Linter("4.2.1").check(Source(text.encode(), "/etc/criu.conf")).findings
    (unread,) = [finding for finding in findings if finding.code == "CRIU402"]
    assert unread.span.line == line


@pytest.mark.parametrize(
    ("caller", "path", "code"),
    [
        (None, "/etc/criu.conf", "CRIU402"),
        ("youki", "/etc/criu/runc.conf", "CRIU403"),
        ("cri-o", "/root/.criu/default.conf", "CRIU408"),
        ("cri-o", _DEFAULT, None),
    ],
)
@pytest.mark.parametrize("data", ["tcp-close\n".encode("utf-16"), b'log-file "a\n'])
def test_who_reads_a_file_that_criu_refuses(
    caller: str | None, path: str, code: str | None, data: bytes
) -> None:
    context = Context(caller=find_caller(caller) if caller else None)
    findings = Linter("4.2.1", context=context).check(Source(data, path)).findings
    found = {finding.code for finding in findings if not finding.code.startswith("CRIU1")}
    assert found == ({code} if code else set())
    assert len(findings) > len(found)
