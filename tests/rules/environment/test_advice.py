# SPDX-License-Identifier: MIT
"""Which path a finding about a host is about, and which aspect of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from criulint.finding import Aspect, Subject
from criulint.rules.environment.in_world_writable_place import in_world_writable_place
from criulint.rules.environment.key_readable_by_others import key_readable_by_others
from criulint.rules.environment.not_executable import not_executable
from criulint.rules.environment.path_missing import path_missing
from criulint.rules.environment.unloadable_plugin import unloadable_plugin
from criulint.rules.environment.writable_by_others import writable_by_others
from tests.rules.environment.hosts import find

if TYPE_CHECKING:
    from criulint.rules.base import Rule


@pytest.mark.parametrize(
    ("rule", "file", "host", "subject"),
    [
        (
            in_world_writable_place,
            "log-file /var/x.log",
            ["/var -> /srv", "1777 /srv/"],
            Subject("/srv", Aspect.ACCESS),
        ),
        # What the configuration chose, and nobody can make safe.
        (in_world_writable_place, "log-file /tmp/x.log", ["1777 /tmp/"], None),
        (
            key_readable_by_others,
            "tls-key /k/key",
            ["/k/key -> /l/key", "0644 /l/key"],
            Subject("/l/key", Aspect.ACCESS),
        ),
        (
            not_executable,
            "action-script /hook",
            ["/hook -> /opt/hook", "0644 /opt/hook"],
            Subject("/opt/hook", Aspect.ACCESS),
        ),
        (
            not_executable,
            "action-script /hook",
            ["0755 /hook: #!/bin/sh"],
            Subject("/hook", Aspect.CONTENT),
        ),
        (
            unloadable_plugin,
            "libdir /l",
            ["/l/x.so -> /gone.so"],
            Subject("/l/x.so", Aspect.NAME),
        ),
        (
            writable_by_others,
            "action-script /opt/hook",
            ["0777 /opt/", "0755 /opt/hook"],
            Subject("/opt", Aspect.ACCESS),
        ),
        # What is not there was made by nobody, but a link that leads there was.
        (path_missing, "log-file /gone/x.log", [], None),
        (path_missing, "action-script /h", ["/h -> /gone"], Subject("/h", Aspect.NAME)),
        (path_missing, "action-script /h", ["/h -> a", "/a -> b/c"], Subject("/a", Aspect.NAME)),
        (path_missing, "libdir /l/x", ["/l -> ../gone/y"], Subject("/l", Aspect.NAME)),
        (path_missing, "libdir /l/x", ["/l -> srv", "0755 /srv/"], None),
        (path_missing, "libdir /l/x", ["/l -> /srv/..", "0755 /srv/"], None),
    ],
)
def test_subject(rule: Rule[..., Any], file: str, host: list[str], subject: Subject | None) -> None:
    (problem,) = find(rule, file, *host)
    assert problem.subject == subject
