# SPDX-License-Identifier: MIT
"""Which files CRIU and the runtimes read, and what their names say."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import criulint
from criulint.criu.context import Role
from criulint.criu.paths import (
    CONFIG_ANNOTATION,
    CONFIG_VARIABLE,
    DEFAULT_FILE,
    RUNTIME_FILES,
    has_criu_name,
    host_paths,
    inferred_role,
    is_destination,
    is_drop_in_directory,
    is_named_for_criu,
    is_read_by_name,
    place_on_machine,
    read_together,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_names_are_those_of_criu_and_of_the_runtimes() -> None:
    assert (DEFAULT_FILE, CONFIG_VARIABLE) == ("/etc/criu/default.conf", "CRIU_CONFIG_FILE")
    assert RUNTIME_FILES == ("/etc/criu/runc.conf", "/etc/criu/crun.conf")
    assert CONFIG_ANNOTATION == "org.criu.config"


posix = pytest.mark.skipif(os.name == "nt", reason="CRIU's hosts have Linux's paths")


@posix
@pytest.mark.parametrize(
    ("environment", "between"),
    [
        ({}, []),
        ({"HOME": ""}, []),
        ({"HOME": "/root"}, ["/root/.criu/default.conf"]),
        ({"HOME": "/h", "CRIU_CONFIG_FILE": "x"}, ["/h/.criu/default.conf", "x"]),
        ({"CRIU_CONFIG_FILE": "/etc/criu/default.conf"}, []),
    ],
)
def test_host_paths_are_in_the_order_of_criu(
    environment: dict[str, str], between: list[str]
) -> None:
    assert host_paths(environment) == [
        "/etc/criu/default.conf",
        *between,
        "/etc/criu/runc.conf",
        "/etc/criu/crun.conf",
    ]


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("/etc/criu/default.conf", Role.DEFAULT),
        ("x/criu/default.conf", Role.DEFAULT),
        ("criu/default.conf", Role.DEFAULT),
        ("home\\.criu\\default.conf", Role.USER),
        ("default.conf", None),
        ("etc/default.conf", None),
        ("runc.conf", Role.RPC),
        ("x/crun.conf", Role.RPC),
        ("crun.conf.orig", None),
        (None, None),
    ],
)
def test_role_is_inferred_from_the_path(path: str | None, role: Role | None) -> None:
    assert inferred_role(path) is role


@posix
def test_files_of_one_directory_are_read_together_in_the_order_of_criu() -> None:
    paths = ["a/runc.conf", "a/default.conf", "b/crun.conf", "a/crun.conf", "b/x.conf"]
    assert list(read_together(paths)) == [
        ("a/default.conf", "a/runc.conf"),
        ("a/default.conf", "a/crun.conf"),
    ]


@pytest.mark.parametrize(
    ("path", "by_name", "for_criu"),
    [
        ("default.conf", True, False),
        ("/etc/criu/runc.conf", True, True),
        ("mydefault.conf", False, False),
        ("crun.conf", True, True),
        ("criu/x.conf", False, True),
        ("/x/.criu/x.conf", False, True),
        ("my-criu-settings.conf", False, True),
        ("criu/x/y.conf", False, False),
        ("criu/10-x.conf", False, True),
        ("etc/crio/crio.conf.d/10-criu.conf", False, False),
        ("10-criu.conf", False, False),
        ("/etc/init/criu.conf", False, False),
        ("/etc/modules-load.d/criu.conf", False, False),
        ("/etc/nginx/conf.d/runc.conf", True, False),
        ("/etc/criu.conf", False, True),
        ("criu.conf.j2", False, False),
    ],
)
def test_names_of_files(path: str, by_name: bool, for_criu: bool) -> None:
    assert is_read_by_name(path) is by_name
    assert is_named_for_criu(path) is for_criu


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/etc/criu/runc.conf", True),
        ("/etc/criu/any-name.conf", True),
        ("criu/default.conf", True),
        ("rootfs/etc/criu/runc.conf", True),
        ("\ufffc/etc/criu/runc.conf", True),
        ("\ufffc/criu/\ufffc.conf", True),
        ("/root/.criu/default.conf", True),
        ("/etc/criu.conf", True),
        ("/root/.criu.conf", True),
        ("/etc/criu/conf.d/10-x.conf", True),
        ("/etc/init/criu.conf", False),
        ("/etc/modules-load.d/criu.conf", False),
        ("/etc/crio/crio.conf.d/10-criu.conf", False),
        ("/etc/nginx/conf.d/runc.conf", False),
        ("/etc/criu/runc.conf.bak", False),
        ("/etc/criu/runc.conf.d", False),
        ("/etc/mycriu/runc.conf", False),
        ("/etc/runc.conf", False),
        ("runc.conf", False),
        ("/etc/criu/", False),
    ],
)
def test_destinations_are_crius_by_their_directory(path: str, expected: bool) -> None:
    assert is_destination(path) is expected


@pytest.mark.parametrize(("length", "is_path"), [(4096, True), (4097, False)])
def test_what_is_longer_than_a_path_names_no_file(length: int, is_path: bool) -> None:
    text = "/criu/x.conf".rjust(length, "x")
    assert is_named_for_criu(text) is is_destination(text) is is_path


@pytest.mark.parametrize(
    ("path", "home", "place"),
    [
        ("etc/criu/runc.conf", "", "/etc/criu/runc.conf"),
        ("roles/criu/files/etc/criu/x.conf", "/root", "/etc/criu/x.conf"),
        ("/etc/criu/runc.conf", "", "/etc/criu/runc.conf"),
        ("criu/runc.conf", "/root", None),
        ("etc/criu/x/y.conf", "/root", None),
        (".criu/default.conf", "/root", "/root/.criu/default.conf"),
        ("home/.criu/default.conf", "/", "/.criu/default.conf"),
        (".criu/default.conf", "", None),
        (".criu/runc.conf", "/root", None),
    ],
)
def test_place_on_machine(path: str, home: str, place: str | None) -> None:
    assert place_on_machine(path, home) == place


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/etc/criu/default.conf", True),
        ("/opt/criu/x.conf", True),
        ("/home/a/.criu/default.conf", True),
        ("/etc/criu.conf", True),
        ("/etc/criu.d/a.conf", True),
        ("/etc/criu/runc.d/a.conf", True),
        ("/root/.criurc", True),
        ("/etc/crun.conf", True),
        ("/etc/criu/default.cfg", True),
        ("/etc/criu/README", False),
        ("/etc/criu", False),
        ("/etc/nginx/default.conf", False),
        ("/usr/share/criu/x.conf", False),
        ("/proc/1/root/etc/criu/default.conf", False),
    ],
)
def test_names_in_an_image(path: str, expected: bool) -> None:
    assert has_criu_name(path) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/etc/criu.d", True),
        ("/etc/criu.conf.d", True),
        ("/etc/criu/runc.conf.d", True),
        ("/etc/criu", False),
        ("/etc/criu/a.d/b.d", False),
        ("/opt/etc/criu.d", False),
    ],
)
def test_drop_in_directories(path: str, expected: bool) -> None:
    assert is_drop_in_directory(path) is expected


_PACKAGE = Path(criulint.__file__).parent
# A path, a name, or a variable of CRIU's that is not part of a sentence.
_FACT = re.compile(
    r"[^\s|]*/etc/criu(?:/[^\s|]*)?|[^\s|]*\b(?:default|runc|crun)\.conf"
    r"|CRIU_CONFIG_FILE|org\.criu\.config"
)


def _strings(node: ast.AST) -> Iterator[str]:
    """Yield the strings of code, without docstrings and the examples of rules."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Constant) and isinstance(child.value, str | bytes):
            yield child.value if isinstance(child.value, str) else child.value.decode("latin-1")
        elif not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)):
            yield from () if child in getattr(node, "decorator_list", ()) else _strings(child)


def test_what_criu_reads_is_said_once() -> None:
    """The other modules ask `criulint.criu.paths`, or the facts about runtimes."""
    found = {
        name: texts
        for path in sorted(_PACKAGE.rglob("*.py"))
        if (name := path.relative_to(_PACKAGE).as_posix()) != "criu/paths.py"
        if (texts := set(filter(_FACT.fullmatch, _strings(ast.parse(path.read_bytes())))))
    }
    assert found == {}
