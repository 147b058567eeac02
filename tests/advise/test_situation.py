# SPDX-License-Identifier: MIT
"""Who called CRIU, from a log and what the user says."""

from __future__ import annotations

import pytest

from criulint.advise.advice import advise
from criulint.advise.log import Log
from criulint.advise.situation import Situation
from criulint.criu.runtimes import find_caller


@pytest.mark.parametrize(
    ("log", "caller"),
    [
        ("Error: runc checkpoint failed: x\n", "runc"),
        (
            "Error response from daemon: Cannot checkpoint container x: runc failed\n",
            "docker",
        ),
        ("(00.1) Error (criu/x.c:1): x\n", None),
    ],
)
def test_caller_is_that_of_the_log(log: str, caller: str | None) -> None:
    found = Situation(Log(log), None, None, None).caller
    assert (found and found.name) == caller


@pytest.mark.parametrize(
    ("caller", "runtime", "engine"),
    [
        ("runc@1.1.15", "1.1.15", None),
        ("podman@5.4.2+runc@1.1.15", "1.1.15", "5.4.2"),
        ("podman@5.4.2", None, "5.4.2"),
        ("runc", None, None),
    ],
)
def test_versions_are_those_that_are_named(
    caller: str, runtime: str | None, engine: str | None
) -> None:
    found = Situation(Log(""), find_caller(caller), None, None).invocation("dump")
    assert (found.version, found.engine_version) == (runtime, engine)


@pytest.mark.parametrize(
    ("log", "runtimes"), [("x", ("crun", "runc")), ("/usr/bin/runc checkpoint", ("runc",))]
)
def test_the_runtime_of_an_engine_is_that_of_the_log(log: str, runtimes: tuple[str, ...]) -> None:
    assert Situation(Log(log), find_caller("podman"), None, None).runtimes == runtimes


def test_of_a_host_that_is_not_here_no_files_are_known() -> None:
    log = Log("inet: Connected TCP socket, consider using --tcp-established option.")
    (advice,) = advise(log, Situation(log, find_caller("runc"), None, None))
    assert advice.notes == ()
    assert advice.first_choice
    assert advice.first_choice.place.file == "/etc/criu/runc.conf"
    assert advice.first_choice.existing == ()
