# SPDX-License-Identifier: MIT
"""Releases with a schema of their own."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criulint.cli import main
from criulint.criu.builds import Build, make_release
from criulint.criu.releases import Release, find_release, load_schema, releases, schema_dir

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("release", releases())
def test_the_schema_of_a_release_is_that_release(release: Release) -> None:
    made = make_release(load_schema(release), "x")
    assert type(made) is Release
    assert made == release


def test_a_schema_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (schema_dir() / "criu-4.3.schema.json").read_text(encoding="utf-8")
    schema = tmp_path / "vendor.schema.json"
    schema.write_text(text.replace("stream", "compress-region"), encoding="utf-8")
    file = tmp_path / "default.conf"
    file.write_text("stream\n")
    command = ["check", "--isolated", "--format", "concise", "--criu", str(schema), str(file)]
    assert main(command) == 1
    assert f"CRIU 4.3 ({schema}) does not know `stream`" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("part", "change", "differs"),
    [
        ("x-criu-short-options", {"v": {"option": "verbosity", "arity": "required"}}, True),
        ("properties", {"stream": {"x-criu-arity": "optional"}}, True),
        ("$defs", {"network-lock": {"enum": ["skip"]}}, True),
        ("properties", {"stream": {"description": "Streams."}}, False),
    ],
)
def test_a_build_differs_from_its_release(
    part: str, change: dict[str, dict[str, Any]], differs: bool
) -> None:
    schema = copy.deepcopy(load_schema("4.3"))
    for name, facts in change.items():
        schema[part][name] |= facts
    assert (type(make_release(schema, "x")) is Build) is differs


@pytest.mark.parametrize("arity", ["none", "optional"])
def test_a_build_whose_options_have_no_values(
    arity: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = copy.deepcopy(load_schema("4.3"))
    for facts in schema["properties"].values():
        facts["x-criu-arity"] = arity
        facts.pop("x-criu-default", None)
        facts.pop("x-criu-commands", None)
    made = tmp_path / "made.json"
    made.write_text(json.dumps(schema), encoding="utf-8")
    for role in ("default", "rpc"):
        file = tmp_path / "etc/criu" / f"{role}.conf"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{name}\n" for name in schema["properties"]), encoding="utf-8")
        place = ["--root", str(tmp_path), "--role", role, "--criu", str(made), str(file)]
        assert main(["check", "--isolated", *place]) == 1
        assert "CRIU" in capsys.readouterr().out


def test_a_build_finds_itself() -> None:
    schema = dict(load_schema("4.3"))
    schema["x-criu-short-options"] = {}
    build = make_release(schema, "x")
    assert find_release(build) is build
    assert load_schema(build) is schema
    assert load_schema("4.3") is not schema


def test_a_build_equals_only_itself() -> None:
    schema = dict(load_schema("4.3"))
    schema["x-criu-short-options"] = {}
    build, other = make_release(schema, "x"), make_release(schema, "x")
    assert str(build) == "4.3 (x)"
    assert (build == build, build != build) == (True, False)
    assert (build == other, build != other) == (False, True)
    assert (build == "4.3 (x)", build != "4.3 (x)") == (False, True)
    assert "4.2.1" < build <= "4.3"


def test_a_build_has_the_number_of_a_release() -> None:
    with pytest.raises(ValueError, match=r"^names no release$"):
        make_release(load_schema("4.3") | {"x-criu-release": "criu-dev"}, "x")


def test_a_schema_with_an_unknown_check_is_refused() -> None:
    schema = copy.deepcopy(dict(load_schema("4.3")))
    for value in schema["$defs"].values():
        if "x-criu-check" in value:
            value["x-criu-check"] = "no-such-check"
    with pytest.raises(ValueError, match="not a schema of CRIU's options"):
        make_release(schema, "x")


@pytest.mark.parametrize("part", ["x-criu-repeat", "x-criu-since", "description", "x-criu-arity"])
def test_a_schema_without_what_is_asked_later_is_refused(part: str) -> None:
    schema = copy.deepcopy(load_schema("4.3"))
    del schema["properties"]["stream"][part]
    with pytest.raises(ValueError, match="not a schema of CRIU's options"):
        make_release(schema, "x")


def test_a_schema_with_a_pattern_that_cannot_be_read_is_refused() -> None:
    schema = copy.deepcopy(load_schema("4.3"))
    schema["$defs"]["veth-pair"]["pattern"] = "("
    with pytest.raises(ValueError, match="not a schema of CRIU's options"):
        make_release(schema, "x")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
_KEYS = st.sampled_from(["x-criu-release", "properties", "$defs", "x-criu-short-options"])


@given(st.dictionaries(_KEYS, _JSON | st.just("4.3")) | _JSON)
def test_other_data_is_not_a_schema(data: Any) -> None:
    try:
        make_release(data, "x")
    except ValueError:
        return
    assert data["x-criu-release"] == "4.3"
