# SPDX-License-Identifier: MIT
"""The facts about the programs that call CRIU."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from criulint.criu import runtimes
from criulint.criu.context import COMMANDS, Caller, Context
from criulint.criu.options import option_table
from criulint.criu.releases import latest_release
from criulint.criu.runtimes import (
    Engine,
    Runtime,
    UnknownCallerError,
    caller_names,
    engines,
    engines_present,
    find_caller,
    find_chains,
    in_range,
    runtimes_of,
)

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
    flags = [
        flag["option"]
        for part in ("runtimes", "engines")
        for caller in _FACTS[part].values()
        for flag in caller["flags"]
    ]
    listed = [option for facts in _FACTS["criu"].values() for option in facts["options"]]
    assert set(sent + flags + listed) <= set(known)


def test_a_runtime_sends_an_option_once_with_a_command() -> None:
    for runtime in runtimes.runtimes().values():
        for command in COMMANDS:
            options = [sent.option for sent in runtime.all_sent(command) if not sent.adds]
            assert len(options) == len(set(options))


def test_fields_that_add_are_options_that_accumulate() -> None:
    table = option_table(latest_release()).options
    callers: list[Runtime | Engine] = [*runtimes.runtimes().values(), *engines().values()]
    for caller in callers:
        for command in COMMANDS:
            for sent in caller.all_sent(command):
                option = table[sent.option]
                adds = option.accumulates and not runtimes.is_replaced(sent.option)
                # The root of all control groups replaces another, that of a controller does not.
                assert sent.adds is adds or sent.option == "cgroup-root"


def test_unavailable_versions_were_read_in_the_source() -> None:
    for part, name in (("runtimes", "youki"), ("engines", "cri-o"), ("engines", "incus")):
        facts = _FACTS[part][name]
        entries = [*facts["sends"], *facts["flags"], *facts.get("stripped", [])]
        assert {entry["seen"] for entry in entries} == {"in the source"}


@pytest.mark.parametrize(
    ("caller", "version", "option", "command", "flag"),
    [
        ("podman", "5.4.2", "tcp-close", "restore", ""),
        ("podman", "5.7.0", "tcp-close", "restore", "--tcp-close"),
        ("podman", "3.0.1", "file-locks", "dump", ""),
        ("podman", None, "file-locks", "dump", "--file-locks"),
        ("containerd", None, "leave-running", "dump", "--exit"),
        ("runc", None, "lsm-profile", "restore", "--lsm-profile"),
        ("runc", "1.1.15", "manage-cgroups", "restore", ""),
        ("runc", "1.2.0", "manage-cgroups", "restore", "--manage-cgroups-mode"),
        ("crun", None, "manage-cgroups", "restore", ""),
        ("crun", "1.4.4", "manage-cgroups", "dump", ""),
        ("crun", "1.4.5", "manage-cgroups", "dump", "--manage-cgroups-mode"),
    ],
)
def test_flags_of_versions(
    caller: str, version: str | None, option: str, command: str, flag: str
) -> None:
    callers: dict[str, Runtime | Engine] = {**runtimes.runtimes(), **engines()}
    assert callers[caller].flag(option, command, version) == flag


def test_tcp_close_of_podman_needs_crun() -> None:
    podman = engines()["podman"]
    assert podman.flag("tcp-close", "restore", "5.8.6", "crun")
    assert not podman.flag("tcp-close", "restore", "5.8.6", "runc")


@pytest.mark.parametrize(
    ("version", "variable", "command", "stripped"),
    [
        ("3.0.1", "HOME", "dump", False),
        ("4.0.0", "HOME", "dump", True),
        (None, "HOME", "dump", True),
        ("4.3.1", "CRIU_CONFIG_FILE", "restore", True),
        ("4.8.0", "CRIU_CONFIG_FILE", "restore", False),
        (None, "CRIU_CONFIG_FILE", "restore", False),
    ],
)
def test_podman_strips_by_version(
    version: str | None, variable: str, command: str, stripped: bool
) -> None:
    assert engines()["podman"].strips(variable, command, version) is stripped


@pytest.mark.parametrize(("version", "sends"), [("1.4.1", False), ("1.4.2", True), (None, True)])
def test_a_runtime_sends_nothing_with_a_command_that_it_lacks(
    version: str | None, sends: bool
) -> None:
    assert any(runtimes.runtimes()["crun"].all_sent("pre-dump", version)) is sends


@pytest.mark.parametrize(
    ("runtime", "option", "command", "since"),
    [
        ("runc", "tcp-established", "dump", None),
        ("runc", "link-remap", "dump", "1.3.0"),
        # Before 1.2.0 it sent the same, and had no flag for another value.
        ("runc", "manage-cgroups", "restore", None),
        ("crun", "manage-cgroups", "dump", None),
        ("crun", "cgroup-root", "restore", "1.21"),
    ],
)
def test_since_when_a_runtime_sends_a_value(
    runtime: str, option: str, command: str, since: str | None
) -> None:
    caller = runtimes.runtimes()[runtime]
    field = caller.sends(option, command)
    field = field or next(each for each in caller.all_sent(command) if each.option == option)
    assert caller.sent_since(field) == since


@pytest.mark.parametrize(
    ("engine", "option", "command"),
    [("podman", "inherit-fd", "restore"), ("docker", "inherit-fd", "restore")],
)
def test_what_an_engine_adds_replaces_nothing(engine: str, option: str, command: str) -> None:
    caller = engines()[engine]
    assert caller.sends(option, command) is None
    assert option in {field.option for field in caller.all_sent(command)}


def test_libcriu_counts() -> None:
    crun = runtimes.runtimes()["crun"]
    assert crun.sends("network-lock", "dump", "1.19", "4.0")
    assert not crun.sends("network-lock", "dump", "1.19", "4.1")


@pytest.mark.parametrize(
    ("text", "caller"),
    [
        ("runc", Caller("runc", None)),
        ("crun@1.26", Caller("crun", "1.26")),
        (" RunC@v1.0.0-rc7 ", Caller("runc", "1.0.0-rc7")),
        ("crio", Caller("cri-o", None)),
        ("containerd-shim", Caller("containerd", None)),
        ("moby@28", Caller("docker", "28")),
        ("liblxc", Caller("lxc", None)),
        ("Podman@5.7.0", Caller("podman", "5.7.0")),
        ("podman+runc", Caller("podman", None, Caller("runc"))),
        ("podman@5.4.2+runc", Caller("podman", "5.4.2", Caller("runc"))),
        (
            "podman@5.4.2+ds1+Runc@1.1.15+ds1",
            Caller("podman", "5.4.2+ds1", Caller("runc", "1.1.15+ds1")),
        ),
        ("docker@28+runc@v1.3.0", Caller("docker", "28", Caller("runc", "1.3.0"))),
        ("incus+lxc", Caller("incus", None, Caller("lxc"))),
    ],
)
def test_callers_are_found(text: str, caller: Caller) -> None:
    assert find_caller(text) == caller


def test_names_of_callers() -> None:
    assert caller_names() == (
        *("runc", "crun", "youki", "lxc", "podman", "cri-o", "containerd", "docker", "incus"),
        *("crio", "containerd-shim", "moby", "liblxc"),
    )
    assert {find_caller(name).name for name in caller_names()} == set(caller_names()[:9])


_KNOWN = "known ones: runc, crun, youki, lxc, podman, cri-o, containerd, docker, incus$"


@pytest.mark.parametrize("text", ["", "rnc", "runc.conf", "kata@1", "podman+kata", "kata+runc"])
def test_unknown_callers(text: str) -> None:
    with pytest.raises(UnknownCallerError, match=_KNOWN):
        find_caller(text)


@pytest.mark.parametrize("text", ["runc@", "runc@latest", "crun@1.x"])
def test_invalid_versions(text: str) -> None:
    with pytest.raises(ValueError, match="has no version after the @"):
        find_caller(text)


@pytest.mark.parametrize("text", ["incus+runc", "podman+lxc", "runc+crun"])
def test_runtimes_that_do_not_fit(text: str) -> None:
    with pytest.raises(ValueError, match=" does not use "):
        find_caller(text)


@pytest.mark.parametrize("text", ["podman@5.4.2+runc@1.1.15", "crun@1.26", "docker+runc"])
def test_caller_as_text(text: str) -> None:
    assert str(find_caller(text)) == text


@pytest.mark.parametrize(
    ("version", "since", "until", "inside"),
    [
        ("1.0.0-rc6", "1.0.0-rc7", None, False),
        ("1.0.0-rc7", "1.0.0-rc7", None, True),
        ("1.0.0-rc10", "1.0.0-rc7", None, True),
        ("1.0.0", "1.0.0-rc7", None, True),
        ("1.0.0-rc7", "1.0.0", None, False),
        ("1.0.0-0ubuntu1", "1.0.0", None, True),
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
    assert [
        (runtime.name, version)
        for runtime, version in runtimes_of(find_caller("podman@5+runc@1.1"))
    ] == [("runc", "1.1")]
    assert len(runtimes_of(None)) == len(runtimes.runtimes())
    assert all(
        name in runtimes.runtimes() for engine in engines().values() for name in engine.runtimes
    )


_ALL = [(name, None, None, None) for name in runtimes.runtimes()]


@pytest.mark.parametrize(
    ("present", "named", "expected"),
    [
        ("", None, _ALL),
        ("runc@1.1", None, [("runc", "1.1", None, None)]),
        ("runc@1.1 crun", None, [("runc", "1.1", None, None), ("crun", None, None, None)]),
        ("runc podman@5.0", None, [("runc", None, "podman", "5.0")]),
        (
            "runc podman@5.0 docker",
            None,
            [("runc", None, "podman", "5.0"), ("runc", None, "docker", None)],
        ),
        # Docker does not use crun.
        ("crun docker", None, [("crun", None, None, None)]),
        # Without a runtime it may be any of the engines'.
        ("podman@5.0", None, [("crun", None, "podman", "5.0"), ("runc", None, "podman", "5.0")]),
        # The user knows better.
        ("runc podman", "youki@0.5", [("youki", "0.5", None, None)]),
        ("runc", "podman@4.0", [("crun", None, "podman", "4.0"), ("runc", None, "podman", "4.0")]),
    ],
)
def test_who_may_call(
    present: str, named: str | None, expected: list[tuple[str, str | None, str | None, str | None]]
) -> None:
    context = Context(
        caller=find_caller(named) if named else None,
        present=tuple(map(find_caller, present.split())),
    )
    found = [
        (
            chain.runtime.name,
            chain.version,
            chain.engine and chain.engine.name,
            chain.engine_version,
        )
        for chain in find_chains(context)
    ]
    assert found == expected
    above = [engine.name for engine, _ in engines_present(context)]
    if named or present:
        known = named.split() if named else present.split()
        names = [word.partition("@")[0] for word in known]
        assert above == [name for name in names if name in engines()]
    else:
        assert above == list(engines())
