# SPDX-License-Identifier: MIT
"""Which files CRIU reads, in which order, and which value of an option counts."""

from __future__ import annotations

import pytest

from criulint.criu.context import Context, Role
from criulint.criu.options import option_table
from criulint.criu.precedence import (
    ConfigFile,
    Effective,
    FileNames,
    Invocation,
    ValueOrigin,
    candidate_files,
    effective,
    file_layer,
    order_layers,
    sharing_variable,
)
from criulint.criu.reading import Reading
from criulint.criu.releases import Release
from criulint.criu.runtimes import runtimes
from criulint.criu.settings import Settings
from criulint.source import Source

_COMMAND_LINE = Invocation(None, None, None, None, "dump", rpc=False)
_NAMES = FileNames("", "", None, None)


def _caller(name: str, version: str | None = None) -> Invocation:
    runtime = runtimes()[name]
    return Invocation(runtime, version, None, None, "dump", rpc=runtime.rpc)


def _files(
    names: FileNames, caller: Invocation = _COMMAND_LINE, existing: tuple[str, ...] = ()
) -> list[tuple[str, str, str]]:
    found = candidate_files(names, caller, "4.2", existing.__contains__)
    return [(file.path, file.state, file.reason) for file in found]


_DEFAULT = ("/etc/criu/default.conf", "read", "")


@pytest.mark.parametrize(
    ("names", "files"),
    [
        (_NAMES, [_DEFAULT]),
        (_NAMES._replace(home="/root"), [_DEFAULT, ("/root/.criu/default.conf", "read", "")]),
        (_NAMES._replace(home="/"), [_DEFAULT, ("/.criu/default.conf", "read", "")]),
        (_NAMES._replace(variable="/v"), [_DEFAULT, ("/v", "read", "")]),
        (
            FileNames("/root", "/v", "/c", None),
            [
                ("/etc/criu/default.conf", "not-read", "--config /c replaces it"),
                ("/root/.criu/default.conf", "not-read", "--config /c replaces it"),
                ("/v", "read", ""),
                ("/c", "read", ""),
            ],
        ),
    ],
)
def test_files_of_the_command_line(names: FileNames, files: list[tuple[str, str, str]]) -> None:
    assert _files(names) == files


@pytest.mark.parametrize(
    ("caller", "existing", "files"),
    [
        (_caller("runc"), (), [("/etc/criu/runc.conf", "read", "")]),
        (
            _caller("runc", "1.0.0-rc6"),
            (),
            [("/etc/criu/runc.conf", "not-read", "needs runc 1.0.0-rc7 or later")],
        ),
        (
            _caller("crun"),
            ("/etc/criu/crun.conf",),
            [
                ("/etc/criu/crun.conf", "read", ""),
                ("/etc/criu/runc.conf", "not-read", "crun reads /etc/criu/crun.conf instead"),
            ],
        ),
        (
            _caller("crun", "1.25"),
            (),
            [
                (path, "not-read", "needs crun 1.26 and CRIU 4.2 or later")
                for path in ("/etc/criu/crun.conf", "/etc/criu/runc.conf")
            ],
        ),
        (_caller("youki"), (), []),
    ],
)
def test_files_of_a_runtime(
    caller: Invocation, existing: tuple[str, ...], files: list[tuple[str, str, str]]
) -> None:
    assert _files(_NAMES, caller, existing) == [_DEFAULT, *files]


def _read(text: str, role: Role, path: str, criu: str = "4.2") -> ConfigFile:
    reading = Reading(Source(text.encode(), path), criu)
    return ConfigFile(path, role, settings=Settings(reading, Context(role)))


def _effective(*files: ConfigFile, caller: Invocation = _COMMAND_LINE) -> dict[str, Effective]:
    layers = order_layers(files, caller, (), Release("4.2"))
    found = effective(option_table("4.2"), layers, caller.title, rpc=caller.rpc)
    return {each.option: each for each in found}


def test_the_last_file_wins() -> None:
    first = _read("timeout 1\ntcp-close\n", Role.DEFAULT, "/a")
    second = _read("\ntimeout 2\nno-tcp-close\n", Role.USER, "/b")
    found = _effective(first, second)
    assert (found["timeout"].value, found["tcp-close"].value) == (2, False)
    assert [step.effect for step in found["timeout"].steps] == ["overridden", "wins"]
    assert [(str(step.origin), step.reason) for step in found["timeout"].steps] == [
        ("/a:1", "/b:2"),
        ("/b:2", ""),
    ]
    assert [step.value for step in found["timeout"].winners] == [2]


def test_lists_add_up() -> None:
    files = [
        _read("external a\n", Role.DEFAULT, "/a"),
        _read("external b\n", Role.USER, "/b"),
    ]
    found = _effective(*files)["external"]
    assert found.is_list
    assert [step.value for step in found.winners] == ["a", "b"]
    assert [step.effect for step in found.steps_with("adds")] == ["adds", "adds"]


def test_a_runtime_comes_after_the_default_file_and_before_its_own() -> None:
    default = _read("tcp-established\n", Role.DEFAULT, "/etc/criu/default.conf")
    own = _read("tcp-established\n", Role.RPC, "/etc/criu/runc.conf")
    assert _effective(default, caller=_caller("runc"))["tcp-established"].value is False
    found = _effective(default, own, caller=_caller("runc"))["tcp-established"]
    assert found.value is True
    assert [str(step.origin) for step in found.steps] == [
        "/etc/criu/default.conf:1",
        "runc",
        "/etc/criu/runc.conf:1",
    ]


@pytest.mark.parametrize(("criu", "readings"), [("4.1.1", 2), ("4.2", 1)])
def test_old_releases_read_the_file_of_a_client_twice(criu: str, readings: int) -> None:
    file = _read("external a\ntimeout 5\n", Role.RPC, "/etc/criu/runc.conf", criu)
    layers = order_layers([file], _caller("runc"), (), Release(criu))
    names = [option.name for layer in layers for _, option, _ in layer.settings]
    assert names.count("external") == readings
    assert names.count("timeout") == 1


def test_a_file_that_was_not_read_sets_nothing() -> None:
    assert file_layer(ConfigFile("/a", Role.DEFAULT, "missing")).settings == []


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("tcp-close", {"tcp-close", "no-tcp-close"}),
        ("leave-running", {"leave-running", "leave-stopped"}),
        ("daemon", {"daemon", "no-daemon", "restore-detached", "no-restore-detached"}),
        ("timeout", {"timeout"}),
    ],
)
def test_options_that_share_a_variable(name: str, others: set[str]) -> None:
    assert sharing_variable(option_table("4.2").options, name) == others


def test_origin_in_words() -> None:
    assert str(ValueOrigin("runc")) == "runc"
    assert str(ValueOrigin("file", "/a", 3)) == "/a:3"
