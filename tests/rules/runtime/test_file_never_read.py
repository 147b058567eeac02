# SPDX-License-Identifier: MIT
"""CRIU402: files that look like CRIU's."""

from __future__ import annotations

import pytest

from criulint import Severity, check
from criulint.criu.context import Role
from criulint.criu.paths import is_never_opened, is_opened_if_named
from criulint.rules.runtime.file_never_read import file_never_read
from tests.rules.asking import lines, problem, settings


@pytest.mark.parametrize(
    "path",
    [
        "/etc/criu.conf",
        "C:\\etc\\criu.conf",
        "/usr/local/etc/criu/default.conf",
        "rootfs/usr/local/etc/criu/runc.conf",
        "/etc/criu/criu.conf",
        "/etc/criu/dump.conf",
        "/etc/criu/podman.conf",
        "/etc/criu/config",
        "/etc/criu/default",
        "image/etc/criu/restore.conf",
        "/etc/criu.d/tcp.conf",
        "/etc/criu.conf.d/tcp.conf",
        "/etc/criu/conf.d/10-tcp.conf",
        "/home/me/.criu.conf",
        "/home/me/.criurc",
        "/root/.criu/runc.conf",
        "/root/.criu/crun.conf",
        "/root/.config/criu/criu.conf",
        "/root/.config/criu/default.conf",
        "/root/.config/criu.conf",
        "/root/.config/criu/config",
        "/root/.criu/config",
        "/etc/criurc",
    ],
)
def test_names_that_nothing_opens(path: str) -> None:
    assert is_never_opened(path)
    found = problem(file_never_read.check, settings("# c\ntcp-close\n", path=path))
    assert found.severity is None


@pytest.mark.parametrize("path", ["/etc/criu/tcp.conf", "/root/.criu/tcp.conf", "etc/criu/a.conf"])
def test_names_that_a_caller_may_give(path: str) -> None:
    assert is_opened_if_named(path) and not is_never_opened(path)
    found = problem(file_never_read.check, settings("tcp-close\n", path=path))
    assert found.severity is Severity.INFO


@pytest.mark.parametrize(
    "path",
    [
        "/etc/criu/default.conf",
        "/etc/criu/runc.conf",
        "/etc/criu/crun.conf",
        "/etc/criu/conf.d/default.conf",
        "/root/.criu/default.conf",
        "/usr/local/etc/criu/default.txt",
        "criu.conf",
        "examples/criu/tcp.conf",
        "/etc/criu/tcp.txt",
        "/etc/criu.d/tcp.txt",
        None,
    ],
)
def test_other_names(path: str | None) -> None:
    assert lines(file_never_read.check, settings("tcp-close\n", path=path)) == []


@pytest.mark.parametrize("path", ["/etc/criu/tcp.conf", "/etc/criu.conf"])
def test_the_user_knows_who_reads_the_file(path: str) -> None:
    file = settings("tcp-close\n", path=path, role=Role.RPC)
    assert lines(file_never_read.check, file) == []


def test_it_is_reported_at_the_first_option() -> None:
    file = settings("# c\n\n  tcp-close\nshell-job\n", path="/etc/criu.conf")
    assert lines(file_never_read.check, file) == [3]
    found = problem(file_never_read.check, file)
    assert (found.start, found.end) == (2, 11)


@pytest.mark.parametrize("text", ["ghost-limit = 4\n", "# c\n\n  tcp_close\n", "x y z a b\n"])
def test_a_file_of_which_criu_refuses_every_line(text: str) -> None:
    found = [each for each in check(text.encode(), path="/etc/criu.conf") if each.code == "CRIU402"]
    assert len(found) == 1
    number = next(i for i, line in enumerate(text.split("\n"), 1) if line and line[0] != "#")
    assert found[0].span.line == number
