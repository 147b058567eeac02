# SPDX-License-Identifier: MIT
"""CRIU501 for a configuration file that an image names and does not have."""

from __future__ import annotations

import pytest

from criulint.finding import Severity
from criulint.host.filesystem import resolve_path
from criulint.rules.environment.named_file import NamedFile, named_file_missing
from tests.listing import Listing
from tests.rules.environment.hosts import DEFAULT

_HOST = Listing(
    [
        "0644 /opt/criu.conf",
        "0755 /opt/criu/",
        "/opt/link -> /gone",
        "/opt/volatile -> /run/criu.conf",
        "/tmp/link -> /gone",
        f"{DEFAULT} -> /usr/share/criu.conf",
        "/etc/criu/runc.conf -> /run/criu.conf",
        "0755 /etc/criu/crun.conf/",
    ]
)
_VARIABLE, _ENV = "the variable `CRIU_CONFIG_FILE`", "ENV CRIU_CONFIG_FILE"


def _check(path: str, key: str = "", instruction: str = "") -> list[tuple[Severity | None, str]]:
    resolved = resolve_path(_HOST, path) if path.startswith("/") else None
    found = list(named_file_missing.check(NamedFile(path, key, instruction, resolved)))
    assert all((each.line, each.problem.start, each.problem.end) == (1, 0, 0) for each in found)
    return [
        (each.problem.severity, f"{each.problem.message}; {each.problem.help}") for each in found
    ]


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/opt/criu.conf", _VARIABLE),
        ("/opt/criu.conf", ""),
        # Whatever a host puts there when it starts is expected by whoever made the link.
        ("/etc/criu/runc.conf", ""),
    ],
)
def test_silence(path: str, key: str) -> None:
    assert _check(path, key) == []


@pytest.mark.parametrize(
    ("path", "key", "instruction", "severity", "text"),
    [
        (
            "/opt/gone.conf",
            _VARIABLE,
            _ENV,
            Severity.WARNING,
            "the variable `CRIU_CONFIG_FILE` names `/opt/gone.conf`, which does not exist: CRIU"
            " runs without it, and prints no message; copy the file there in the Dockerfile, or"
            " remove `ENV CRIU_CONFIG_FILE`",
        ),
        (
            "/opt/gone.conf",
            "the annotation `org.criu.config`",
            "",
            Severity.WARNING,
            "the annotation `org.criu.config` names `/opt/gone.conf`, which does not exist: CRIU"
            " runs without it, and prints no message; add the file, or remove the annotation"
            " `org.criu.config`",
        ),
        (
            "opt/criu.conf",
            _VARIABLE,
            _ENV,
            Severity.WARNING,
            "the variable `CRIU_CONFIG_FILE` names `opt/criu.conf`, which is not an absolute path:"
            " CRIU runs without it, and prints no message; copy the file there in the Dockerfile,"
            " or remove `ENV CRIU_CONFIG_FILE`",
        ),
        (
            "/run/gone.conf",
            _VARIABLE,
            "",
            Severity.INFO,
            "the variable `CRIU_CONFIG_FILE` names `/run/gone.conf`, which does not exist (`/run`"
            " is missing): CRIU runs without it, and prints no message, unless it is put there when"
            " a container starts; add the file, or remove the variable `CRIU_CONFIG_FILE`",
        ),
    ],
)
def test_what_is_wrong(
    path: str, key: str, instruction: str, severity: Severity, text: str
) -> None:
    assert _check(path, key, instruction) == [(severity, text)]


_ABSENT = "which does not exist"
_NO_MESSAGE = "CRIU runs without it, and prints no message"


@pytest.mark.parametrize(
    ("path", "key", "severity", "message"),
    [
        ("/opt/criu", _VARIABLE, Severity.WARNING, "which is a directory: "),
        (
            "/opt/link",
            _VARIABLE,
            Severity.WARNING,
            "which leads to `/gone`, which does not exist: ",
        ),
        (
            "/opt/volatile",
            _VARIABLE,
            Severity.INFO,
            "which leads to `/run`, which does not exist: ",
        ),
        (
            "/tmp/link",
            _VARIABLE,
            Severity.INFO,
            "which leads to `/gone`, which does not exist: ",
        ),
        (DEFAULT, "", Severity.WARNING, f"`{DEFAULT}` leads to `/usr`, which does not exist: "),
        ("/etc/criu/crun.conf", "", Severity.WARNING, "`/etc/criu/crun.conf` is a directory: "),
    ],
)
def test_links_and_directories(path: str, key: str, severity: Severity, message: str) -> None:
    subject = f"{key} names `{path}`, " if key else ""
    volatile = ", unless it is put there when a container starts"
    remedy = f"add the file, or remove {key or 'what is there'}"
    end = f"{volatile if severity is Severity.INFO else ''}; {remedy}"
    assert _check(path, key) == [(severity, f"{subject}{message}{_NO_MESSAGE}{end}")]
