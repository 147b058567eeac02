# SPDX-License-Identifier: MIT
"""Advice holds: the line takes effect in the file that it names, without new problems."""

from __future__ import annotations

from itertools import islice

import pytest

from criulint.criu.context import Role
from criulint.rules.placement import advise_file, find_placement
from criulint.rules.runtime.callers import possible_callers
from tests.rules.asking import settings
from tests.rules.runtime.advice import RELEASES, Case, cases, follow, opposites

# Every case takes minutes (`python -m tests.rules.runtime.advice`); a prime step meets all of them
# in some release, file, and caller.
_STEP = 97
_OTHER_STEP = 29
# Files that an engine's variables do not lead to have advice of their own.
_UNFOUND = [
    Case("skip-in-flight", "skip-in-flight", "/root/.criu/default.conf", "cri-o", "4.1.1"),
    Case("pidfile=/p", "pidfile", "/root/.criu/default.conf", "cri-o", "3.18"),
]


@pytest.mark.parametrize("release", RELEASES)
def test_advice_holds(release: str) -> None:
    pieces = [
        (case, finding.code, path, why)
        for case in islice(cases((release,)), 0, None, _STEP)
        for finding, path, why in follow(case)
    ]
    assert len(pieces) > 20
    assert [piece for piece in pieces if piece[3]] == []


@pytest.mark.parametrize("case", _UNFOUND, ids=lambda case: case.option)
def test_advice_holds_for_files_that_are_not_found(case: Case) -> None:
    assert [why for _, _, why in follow(case) if why] == []


@pytest.mark.parametrize("release", ["3.15", "4.1.1", "4.2.1"])
def test_no_line_has_opposite_advice(release: str) -> None:
    for case in islice(cases((release,)), 0, None, _OTHER_STEP):
        assert opposites(case.check(case.path)) == [], case


@pytest.mark.parametrize(
    ("line", "path", "caller", "criu", "codes"),
    [
        ("inherit-fd fd[3]:a", "/etc/criu/runc.conf", "podman", "3.15", ["CRIU305", "CRIU403"]),
        ("prev-images-dir /p", "/etc/criu/runc.conf", "podman", "4.1.1", ["CRIU305", "CRIU403"]),
        ("work-dir /w", "/root/.criu/default.conf", None, "4.2.1", ["CRIU406", "CRIU408"]),
        ("leave-stopped", "/root/.criu/default.conf", "podman", "4.2.1", ["CRIU407", "CRIU408"]),
        ("root /r", "/root/.criu/default.conf", None, "4.2.1", ["CRIU401", "CRIU408"]),
        ("join-ns net:1", "/root/.criu/default.conf", "podman", "4.2.1", ["CRIU302", "CRIU408"]),
        ("inherit-fd fd[3]:a", "/root/.criu/default.conf", None, "4.2.1", ["CRIU305", "CRIU408"]),
        ("restore-sibling", "/etc/criu/runc.conf", "lxc", "4.2.1", ["CRIU403"]),
        ("restore-sibling", "/etc/criu.conf", None, "4.2.1", ["CRIU402"]),
        ("enable-external-masters", "/etc/criu/runc.conf", "lxc", "4.3", ["CRIU308", "CRIU403"]),
        ("pidfile /run/p", "/etc/criu/runc.conf", "podman", "4.1.1", ["CRIU403", "CRIU406"]),
    ],
)
def test_findings_on_one_line_agree(
    line: str, path: str, caller: str | None, criu: str, codes: list[str]
) -> None:
    case = Case(line, line.partition(" ")[0], path, caller, criu)
    findings = [finding for finding in case.check(path) if finding.code >= "CRIU3"]
    assert sorted(finding.code for finding in findings) == codes
    assert opposites(findings) == []


@pytest.mark.parametrize(
    ("caller", "criu", "role", "text", "files", "flags", "upgrade"),
    [
        ("runc", "4.2.1", Role.DEFAULT, "tcp-established", ["/etc/criu/runc.conf"], None, ""),
        ("runc", "4.1.1", Role.RPC, "network-lock skip", ["/etc/criu/default.conf"], [], ""),
        (
            "crun@1.18",
            "4.0",
            Role.RPC,
            "tcp-established",
            [],
            ["crun checkpoint --tcp-established", "crun restore --tcp-established"],
            "crun 1.26 or later with CRIU 4.2 or later",
        ),
        ("crun@1.18", "4.2.1", Role.RPC, "tcp-established", [], None, "crun 1.26 or later"),
        ("crun", "4.1.1", Role.DEFAULT, "tcp-established", [], None, "CRIU 4.2 or later"),
        ("youki", "4.2.1", Role.DEFAULT, "root /srv", [], [], ""),
        ("podman", "4.2.1", Role.DEFAULT, "no-shell-job", ["/etc/criu/crun.conf"], [], ""),
        # CRIU407 says: remove it.
        ("containerd", "4.2.1", Role.DEFAULT, "leave-running", [], [], ""),
        # What needs another option does no harm elsewhere, unless it refuses every file alone.
        ("runc", "4.2.1", Role.DEFAULT, "page-server", ["/etc/criu/runc.conf"], None, ""),
        ("runc", "4.2.1", Role.DEFAULT, "restore-sibling", [], None, ""),
        # The value may stand on the next line, and the engine may have a runtime of its own.
        ("runc", "4.2.1", Role.DEFAULT, "ghost-limit\n1M", ["/etc/criu/runc.conf"], [], ""),
        ("podman+runc", "4.2.1", Role.DEFAULT, "no-shell-job", ["/etc/criu/runc.conf"], [], ""),
        ("podman+crun@1.18", "4.2.1", Role.DEFAULT, "no-shell-job", [], [], "crun 1.26 or later"),
    ],
)
def test_placement(
    caller: str,
    criu: str,
    role: Role,
    text: str,
    files: list[str],
    flags: list[str] | None,
    upgrade: str,
) -> None:
    file = settings(f"{text}\n", criu=criu, role=role, caller=caller)
    place = find_placement(file, file.all[0], possible_callers(file)[0])
    assert list(place.files) == files
    assert flags is None or list(place.flags) == flags
    assert place.upgrade == upgrade


@pytest.mark.parametrize(
    ("caller", "criu", "role", "text", "is_unwanted"),
    [
        ("runc", "4.2.1", Role.DEFAULT, "ghost-limit 1M", False),
        ("runc", "4.2.1", Role.DEFAULT, "tcp-established", False),
        ("runc", "4.2.1", Role.DEFAULT, "images-dir /a", True),
        ("runc", "4.2.1", Role.DEFAULT, "leave-running", True),
        ("runc", "4.2.1", Role.DEFAULT, "join-ns net:1", True),
        (None, "4.2.1", Role.DEFAULT, "join-ns net:1", False),
        (None, "4.2.1", Role.RPC, "join-ns net:1", True),
        ("runc", "4.2.1", Role.DEFAULT, "stream", True),
        ("runc", "4.2.1", Role.DEFAULT, "track-mem", True),
        ("runc", "4.2.1", Role.RPC, "verbosity=3", True),
        ("runc", "4.1.1", Role.RPC, "verbosity=3", False),
        ("runc", "4.2.1", Role.RPC, "no-restore-detached", True),
        ("runc", "4.2.1", Role.RPC, "restore-sibling", True),
        ("runc", "4.2.1", Role.RPC, "images-dir /a", True),
        ("runc", "4.2.1", Role.RPC, "work-dir /a", True),
        ("runc", "4.2.1", Role.RPC, "tree 1", True),
        ("runc", "3.18", Role.RPC, "action-script /a", True),
        ("runc", "3.18", Role.DEFAULT, "action-script /a", True),
        ("lxc", "4.2.1", Role.RPC, "tree 1", False),
    ],
)
def test_lines_to_remove(
    caller: str | None, criu: str, role: Role, text: str, is_unwanted: bool
) -> None:
    """A line that a rule says to remove is moved nowhere, but only if its file is read."""
    file = settings(f"{text}\n", criu=criu, role=role, caller=caller)
    place = find_placement(file, file.all[0], possible_callers(file)[0])
    assert place.unwanted is is_unwanted
    assert not is_unwanted or not place.files


@pytest.mark.parametrize(
    ("caller", "text", "advice"),
    [
        (None, "ghost-limit 1M", "move the lines to /etc/criu/default.conf"),
        (
            None,
            "tcp-established",
            "runc: move the lines to /etc/criu/runc.conf; crun: move the lines to"
            " /etc/criu/crun.conf (crun 1.26 or later with CRIU 4.2 or later)",
        ),
        ("runc", "ghost-limit 1M\ntcp-established", "move the lines to /etc/criu/runc.conf"),
        ("crun@1.26", "tcp-established", "move the lines to /etc/criu/crun.conf"),
        ("lxc", "log-file a", "no file can change that: remove the line"),
        (
            "crun@1.18",
            "ghost-limit 1M\nshell-job",
            "`ghost-limit`: move it to /etc/criu/default.conf;"
            " `shell-job`: no file works with these versions:"
            " use `crun checkpoint --shell-job` and `crun restore --shell-job`,"
            " or update to crun 1.26 or later",
        ),
        ("podman", "restore-sibling", "no file can change that; Podman has no flag for it"),
        (
            "lxc",
            "pre-dump-mode read\npre-dump-mode splice",
            "`pre-dump-mode`: move it to /etc/criu/default.conf;"
            " `pre-dump-mode`: no file can change that: remove the line",
        ),
    ],
)
def test_lines(caller: str | None, text: str, advice: str) -> None:
    file = settings(f"{text}\n", caller=caller, path="/etc/criu.conf")
    assert advise_file(file) == advice


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        (
            "join-ns net:/run/netns/blue\nghost-limit 1M\ntcp-established\n",
            "move the lines to /etc/criu/runc.conf",
        ),
        ("join-ns net:/run/netns/blue\n", ""),
    ],
)
def test_lines_that_another_rule_removes_are_left_to_it(text: str, advice: str) -> None:
    file = settings(text, caller="podman+runc", path="/root/.criu/default.conf")
    assert advise_file(file) == advice


@pytest.mark.parametrize(
    ("present", "files"),
    [
        (("podman",), [("/etc/criu/crun.conf",), ("/etc/criu/runc.conf",)]),
        (("podman", "runc"), [("/etc/criu/runc.conf",)]),
        (("runc",), [("/etc/criu/runc.conf",)]),
        (("containerd",), [("/etc/criu/runc.conf",)]),
    ],
)
def test_callers_on_the_host(present: tuple[str, ...], files: list[tuple[str, ...]]) -> None:
    file = settings("no-shell-job\n", role=Role.DEFAULT, present=present)
    places = [find_placement(file, file.all[0], each) for each in possible_callers(file)]
    assert [place.files for place in places] == files


@pytest.mark.parametrize(
    ("path", "caller", "criu", "text", "advice"),
    [
        ("crun.conf", "runc", "4.2.1", "link-remap", "move the lines to /etc/criu/runc.conf"),
        ("crun.conf", "runc", "4.2.1", "ghost-limit 1", "move the lines to /etc/criu/default.conf"),
        # crun reads it, so its lines need another file for runc only.
        ("crun.conf", "podman", "4.2.1", "link-remap", "move the lines to /etc/criu/runc.conf"),
        (
            "crun.conf",
            "crun@1.20",
            "4.1.1",
            "shell-job",
            "no file works with these versions: use `crun checkpoint --shell-job` and"
            " `crun restore --shell-job`, or update to crun 1.26 or later with CRIU 4.2 or later",
        ),
        # A rule says to remove it, but only from a file that is read.
        (
            "crun.conf",
            "crun@1.20",
            "4.2.1",
            "work-dir /w",
            "move the lines to /etc/criu/default.conf",
        ),
    ],
)
def test_lines_of_a_file_for_another_runtime(
    path: str, caller: str, criu: str, text: str, advice: str
) -> None:
    file = settings(f"{text}\n", criu=criu, caller=caller, path=f"/etc/criu/{path}")
    assert advise_file(file) == advice


@pytest.mark.parametrize(
    ("caller", "advice"),
    [
        ("runc", ""),
        ("crun@1.26", ""),
        ("crun@1.18", "move the lines to /etc/criu/default.conf"),
        ("youki", "no file can change that: use `youki checkpoint --link-remap`"),
    ],
)
def test_lines_of_a_file_that_an_annotation_names(caller: str, advice: str) -> None:
    file = settings("link-remap\n", role=Role.RPC, caller=caller, by_annotation=True)
    assert advise_file(file) == advice


def test_lines_for_other_commands_need_no_place() -> None:
    file = settings("restore-sibling\n", caller="runc", path="/etc/criu.conf", commands=("dump",))
    assert advise_file(file) == ""


@pytest.mark.parametrize(
    ("caller", "text", "is_unwanted"),
    [
        ("runc", "join-ns net:/run/netns/blue", True),
        ("runc", "work-dir /w", True),
        ("runc", "root /r", False),
        ("crun", "join-ns net:/run/netns/blue", False),
    ],
)
def test_lines_that_no_file_for_requests_should_have(
    caller: str, text: str, is_unwanted: bool
) -> None:
    file = settings(f"{text}\n", role=Role.RPC, caller=caller)
    place = find_placement(file, file.all[0], possible_callers(file)[0])
    assert place.unwanted is is_unwanted
