# SPDX-License-Identifier: GPL-2.0-only
"""The facts about the programs that call CRIU."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from criulint.criu import runtimes
from criulint.criu.context import COMMANDS, Caller
from criulint.criu.options import option_table
from criulint.criu.releases import latest_release
from criulint.criu.runtimes import UnknownCallerError, engines, find_caller, in_range, runtimes_of

_FACTS = json.loads(Path(runtimes.__file__).with_suffix(".json").read_text(encoding="utf-8"))


def test_facts_have_their_shape() -> None:
    schema = json.loads(
        (Path(__file__).parent / "data/runtimes.schema.json").read_text(encoding="utf-8")
    )
    jsonschema.Draft202012Validator(schema).validate(_FACTS)


def test_options_exist() -> None:
    known = option_table(latest_release()).options
    sent = [
        sent["option"]
        for part in ("runtimes", "engines")
        for caller in _FACTS[part].values()
        for sent in caller["sends"]
    ]
    flags = [option for engine in _FACTS["engines"].values() for option in engine["flags"]]
    listed = [option for facts in _FACTS["criu"].values() for option in facts["options"]]
    assert set(sent + flags + listed) <= set(known)


def test_a_runtime_sends_an_option_once_with_a_command() -> None:
    for runtime in runtimes.runtimes().values():
        for command in COMMANDS:
            options = [sent.option for sent in runtime.all_sent(command)]
            assert len(options) == len(set(options))


@pytest.mark.parametrize(
    ("text", "caller"),
    [
        ("runc", Caller("runc", None)),
        ("crun@1.26", Caller("crun", "1.26")),
        (" RunC@v1.0.0-rc7 ", Caller("runc", "1.0.0-rc7")),
        ("crio", Caller("cri-o", None)),
        ("Podman@5.7.0", Caller("podman", "5.7.0")),
    ],
)
def test_callers_are_found(text: str, caller: Caller) -> None:
    assert find_caller(text) == caller


@pytest.mark.parametrize("text", ["", "rnc", "runc.conf", "kata@1"])
def test_unknown_callers(text: str) -> None:
    with pytest.raises(UnknownCallerError, match="known ones: runc, crun"):
        find_caller(text)


@pytest.mark.parametrize("text", ["runc@", "runc@latest", "crun@1.x"])
def test_versions_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="has no version after the @"):
        find_caller(text)


@pytest.mark.parametrize(
    ("version", "since", "until", "inside"),
    [
        ("1.0.0-rc6", "1.0.0-rc7", None, False),
        ("1.0.0-rc7", "1.0.0-rc7", None, True),
        ("1.0.0-rc10", "1.0.0-rc7", None, True),
        ("1.0.0", "1.0.0-rc7", None, True),
        ("1.3", "1.3.0", None, True),
        ("1.19.1", "1.19", "1.20", True),
        ("1.20", "1.19", "1.20", False),
        ("1.9", "1.23", None, False),
        (None, "1.23", None, True),
    ],
)
def test_ranges_of_versions(
    version: str | None, since: str | None, until: str | None, inside: bool
) -> None:
    assert in_range(version, since, until) is inside


def test_an_engine_uses_its_runtimes() -> None:
    assert [runtime.name for runtime, _ in runtimes_of(find_caller("podman"))] == ["crun", "runc"]
    assert [
        (runtime.name, version) for runtime, version in runtimes_of(find_caller("crun@1.2"))
    ] == [("crun", "1.2")]
    assert len(runtimes_of(None)) == len(runtimes.runtimes())
    assert all(
        name in runtimes.runtimes() for engine in engines().values() for name in engine.runtimes
    )
