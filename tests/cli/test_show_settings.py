# SPDX-License-Identifier: MIT
"""What ``--show-settings`` prints is TOML that says where each value comes from."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criulint.cli.show_settings import _toml, render_settings
from criulint.configuration.load import load_configuration
from criulint.configuration.resolve import Resolver

if TYPE_CHECKING:
    from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def test_no_settings() -> None:
    lines = render_settings(["a.conf"], Resolver({"criu": "4.2"}).settings).splitlines()
    assert [" ".join(line.split()) for line in lines] == [
        '["a.conf"]',
        'criu = "4.2" # --criu',
        "# runtime is not set: anything may call CRIU",
        "# role is not set: the file may have any role",
        'commands = ["dump", "pre-dump", "restore"] # default',
        lines[5],
        'fail-on = "warning" # default',
    ]
    assert lines[5].startswith("# ")
    assert lines[5].endswith(" rules are reported, not CRIU601")


@pytest.mark.parametrize(
    ("given_values", "path", "line"),
    [
        ({}, "a.conf", "# default: the newest known"),
        ({}, "/etc/criu/runc.conf", 'role = "rpc" # default: its path'),
        ({"role": "cli"}, "/etc/criu/runc.conf", 'role = "cli" # --role'),
        ({"runtime": "runc@1.3.0"}, "a.conf", 'runtime = "runc@1.3.0" # --runtime'),
        ({"commands": ["dump"]}, "a.conf", 'commands = ["dump"] # --for'),
        ({"select": ["CRIU2"]}, "a.conf", 'select = ["CRIU2"] # --select'),
        ({"ignore": ["CRIU2", "CRIU3"]}, "a.conf", 'ignore = ["CRIU2", "CRIU3"] # --ignore'),
        ({"fail-on": "never"}, "a.conf", 'fail-on = "never" # --fail-on'),
    ],
)
def test_place_of_a_value(given_values: dict[str, Any], path: str, line: str) -> None:
    shown = " ".join(render_settings([path], Resolver(given_values).settings).split())
    assert line in shown


def test_places_in_a_configuration(tmp_path: Path) -> None:
    file = tmp_path / "criulint.toml"
    file.write_text(
        'ignore = ["CRIU301"]\n[per-file-ignores]\n"*.conf" = ["CRIU2"]\n'
        '[severity]\nCRIU1 = "info"\n',
        encoding="utf-8",
    )
    resolver = Resolver({"ignore": ["CRIU4"]}, load_configuration(str(file)))
    text = render_settings([str(tmp_path / "a.conf")], resolver.settings)
    place = f"{file}:1, --ignore, {file}:3"
    (ignored,) = [line for line in text.splitlines() if line.startswith("ignore")]
    assert ignored == f'ignore = ["CRIU301", "CRIU4", "CRIU2"]        # {place}'
    assert tomllib.loads(text)[str(tmp_path / "a.conf")]["severity"] == {"CRIU1": "info"}


def test_each_file_once() -> None:
    text = render_settings(["a", "b", "a"], Resolver({}).settings)
    assert list(tomllib.loads(text)) == ["a", "b"]


@given(
    st.recursive(
        st.text(st.characters(exclude_categories=["Cs"])),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii")), inner)
        ),
    )
)
def test_a_value_is_read_back(value: object) -> None:
    assert tomllib.loads(f"x = {_toml(value)}") == {"x": value}
