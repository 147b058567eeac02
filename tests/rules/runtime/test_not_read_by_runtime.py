# SPDX-License-Identifier: MIT
"""CRIU403: which runtime names which file, from which version on."""

from __future__ import annotations

import pytest

from criulint.criu.context import Role
from criulint.finding import Aspect, Severity, Subject
from criulint.rules.runtime.not_read_by_runtime import not_read_by_runtime
from tests.rules.asking import lines, problem, settings

_RUNC, _CRUN = "/etc/criu/runc.conf", "/etc/criu/crun.conf"


@pytest.mark.parametrize(
    ("caller", "path", "criu", "is_read"),
    [
        ("runc", _RUNC, "4.2.1", True),
        ("runc@1.0.0-rc6", _RUNC, "4.2.1", False),
        ("runc@1.0.0-rc7", _RUNC, "4.2.1", True),
        ("runc", _CRUN, "4.2.1", False),
        ("crun@1.25.1", _RUNC, "4.2.1", False),
        ("crun@1.26", _RUNC, "4.1.1", False),
        ("crun@1.26", _RUNC, "4.2", True),
        ("crun@1.26", _CRUN, "4.2", True),
        ("crun@1.26", "image/etc/criu/crun.conf", "4.2", True),
        ("youki", _RUNC, "4.2.1", False),
        ("youki", "/etc/criu/default.conf", "4.2.1", True),
        ("runc", _CRUN, None, False),
        ("lxc", _RUNC, "4.2.1", False),
        ("docker", _RUNC, "4.2.1", True),
        (None, _CRUN, "4.1.1", False),
        (None, _CRUN, "4.2", True),
        (None, _CRUN, None, True),
        (None, _RUNC, "4.1.1", True),  # by runc
    ],
)
def test_who_reads_a_file(caller: str | None, path: str, criu: str | None, is_read: bool) -> None:
    file = settings("tcp-established\n", path=path, criu=criu, caller=caller)
    assert lines(not_read_by_runtime.check, file) == ([] if is_read else [1])


@pytest.mark.parametrize(
    ("present", "path", "deaf"),
    [
        (("runc",), _RUNC, None),
        (("runc",), _CRUN, "runc"),
        (("youki",), _RUNC, "youki"),
        # It is for those that know its name.
        (("runc", "youki"), _RUNC, None),
        (("crun@1.20", "youki"), _RUNC, "crun"),
    ],
)
def test_who_reads_a_file_on_a_host(present: tuple[str, ...], path: str, deaf: str | None) -> None:
    file = settings("tcp-established\n", path=path, present=present)
    found = [each.problem.message for each in not_read_by_runtime.check(file)]
    assert [message.partition(":")[0] for message in found] == (
        [f"no effect under {deaf}"] if deaf else []
    )


def test_the_user_knows_who_reads_the_file() -> None:
    file = settings("tcp-close\n", path=_CRUN, role=Role.RPC, caller="runc")
    assert lines(not_read_by_runtime.check, file) == []


@pytest.mark.parametrize(
    ("caller", "path", "criu", "message", "severity"),
    [
        ("runc", _CRUN, "4.2.1", "under runc: runc reads only /etc/criu/runc.conf", None),
        ("youki", _RUNC, "4.2.1", "under youki: youki reads no file of its own", None),
        (
            "runc@1.0.0-rc6",
            _RUNC,
            "4.2.1",
            "under runc: runc reads this file only from 1.0.0-rc7 on",
            None,
        ),
        (
            "podman",
            _RUNC,
            "4.1.1",
            "under crun: crun reads this file only from 1.26 on, with CRIU 4.2 or later",
            Severity.INFO,
        ),
    ],
)
def test_messages(
    caller: str, path: str, criu: str, message: str, severity: Severity | None
) -> None:
    file = settings("tcp-established\n", path=path, criu=criu, caller=caller)
    found = problem(not_read_by_runtime.check, file)
    assert (found.message, found.severity) == (f"no effect {message}", severity)
    assert found.subject == Subject(path, Aspect.NAME)


_ANNOTATION = "the annotation `org.criu.config`"


@pytest.mark.parametrize(
    ("caller", "criu", "reason"),
    [
        ("runc", "4.1.1", None),
        ("runc@1.0.0-rc3", "4.2", f"runc: runc knows {_ANNOTATION} only from 1.0.0-rc7 on"),
        ("crun@1.26", "4.2", None),
        (
            "crun@1.25",
            "4.2",
            f"crun: crun knows {_ANNOTATION} only from 1.26 on, with CRIU 4.2 or later",
        ),
        (
            "crun@1.26",
            "4.1.1",
            "crun: crun fails with “libcriu RPC config files supported in CRIU >= 4.2”",
        ),
        ("youki", "4.2", f"youki: youki does not know {_ANNOTATION}"),
        ("incus", "4.2", f"LXC: LXC does not know {_ANNOTATION}"),
        (None, "4.1.1", None),  # by runc
    ],
)
def test_who_reads_what_an_annotation_names(
    caller: str | None, criu: str, reason: str | None
) -> None:
    file = settings(
        "ghost-limit 64M\n",
        path="/opt/a.conf",
        role=Role.RPC,
        criu=criu,
        caller=caller,
        by_annotation=True,
    )
    found = [each.problem.message for each in not_read_by_runtime.check(file)]
    assert found == ([] if reason is None else [f"no effect under {reason}"])
