# SPDX-License-Identifier: MIT
"""What the path of a file says about it: who reads it, and whether its name misleads."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from criulint.criu import paths

if TYPE_CHECKING:
    from tests.golden import Golden

_HERE = Path(__file__).parent
_DIRECTORIES = (
    *(
        "",
        "/",
        "/etc/criu/",
        "/etc/",
        "/etc/criu.d/",
        "/etc/criu.conf.d/",
        "/etc/criu/runc.conf.d/",
    ),
    *("/etc/criu/.d/", "/root/.criu/", "/root/.config/criu/", "/root/.config/", "/root/", "/srv/"),
    *("/usr/local/etc/criu/", "/usr/etc/criu/", "criu/", ".criu/", "etc/criu/", "files/etc/criu/"),
    *(
        "/etc/init/",
        "/etc/modules-load.d/",
        "x.criu/",
        "/srv/criu/",
        "/etc/criu/x/",
        "a\\\\.criu\\\\",
    ),
)
_NAMES = (
    *("default.conf", "runc.conf", "crun.conf", "youki.conf", "podman.conf", "my.conf", ".conf"),
    *("criu.conf", ".criu.conf", ".criurc", "criurc", "my-criu.conf", "10-criu.conf", "default"),
    *("default.cfg", "config", "pre-dump.conf", "predump.ini", "crio.config", "cri-o.conf", "x"),
    *("Default.conf", "runc.conf.bak", "runc.CONF", "1.conf"),
)


def _describe(path: str) -> str:
    role = paths.inferred_role(path)
    said = [f"role {role.value}"] if role else []
    predicates = (
        *(paths.is_read_by_name, paths.is_named_for_criu, paths.is_destination),
        *(paths.is_never_opened, paths.is_opened_if_named, paths.is_default_name),
    )
    said += [check.__name__ for check in predicates if check(path)]
    place = paths.place_on_machine(path, "/home/a/")
    return ", ".join([*said, *([f"goes to {place}"] if place else [])])


def test_paths(golden: Golden) -> None:
    lines = (
        f"{path}: {said}\n"
        for path in map("".join, product(_DIRECTORIES, _NAMES))
        if (said := _describe(path))
    )
    golden(_HERE / "paths.expected", "".join(lines))
