# SPDX-License-Identifier: MIT
"""What runtimes really sent to CRIU, compared with what criulint says they send.

`data/wire.jsonl` holds requests of real runtimes and engines that checkpointed and restored real
containers with a CRIU that wrote down what it was asked. The options have CRIU's names, and a value
that differs from container to container is ``(dynamic)``. A line without `flags` is of a caller
whose user asked for nothing: `sends` are the options, `names` the file that was named (null: none)
with an `annotation`, with `files` in /etc/criu, and with a `libcriu`; `environment` are the
variables that reached CRIU. A line with `flags` has what `changes` with them; null is not sent.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from criulint.cli import main
from criulint.criu.context import Role
from criulint.criu.precedence import FileNames, Invocation, candidate_files
from criulint.criu.releases import latest_release
from criulint.criu.runtimes import Engine, Runtime, engines, find_caller, runtimes
from tests.criu.wire import predict, unseen

if TYPE_CHECKING:
    from collections.abc import Iterator

_DYNAMIC = "(dynamic)"
_ROWS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "data/wire.jsonl").read_text("utf-8").splitlines()
]
_REQUESTS = [row for row in _ROWS if "flags" not in row]
_FLAGGED = [row for row in _ROWS if "flags" in row]


def _id(row: dict[str, Any]) -> str:
    words = (row["caller"], row.get("runtime", ""), row["command"], *row.get("flags", ()))
    return " ".join(filter(None, words))


def _caller(row: dict[str, Any]) -> Invocation:
    named = find_caller(row["caller"])
    called = find_caller(row.get("runtime", row["caller"]))
    runtime = runtimes()[called.name]
    engine = engines().get(named.name)
    return Invocation(
        runtime,
        called.version,
        engine,
        named.version if engine else None,
        row["command"],
        runtime.rpc,
    )


@pytest.mark.parametrize("row", _REQUESTS, ids=_id)
def test_effective_predicts_the_request(row: dict[str, Any]) -> None:
    caller = _caller(row)
    predicted = predict(caller, latest_release())
    assert set(predicted) ^ set(row["sends"]) <= unseen(caller)
    for option, value in row["sends"].items():
        sent = value if isinstance(value, list) else [value]
        for ours, real in zip(predicted[option], sent, strict=value != _DYNAMIC):
            assert real in (ours, _DYNAMIC), option


_CALLED_DIRECTLY = [row for row in _REQUESTS if "names" in row]


@pytest.mark.parametrize("row", _CALLED_DIRECTLY, ids=_id)
def test_the_named_file_is_the_one_that_is_read(row: dict[str, Any]) -> None:
    for names in row["names"]:
        there = {f"/etc/criu/{name}.conf" for name in names.get("files", ())}
        files = candidate_files(
            FileNames(home="", variable="", config=None, rpc=names.get("annotation")),
            _caller(row),
            names.get("libcriu", latest_release()),
            there.__contains__,
        )
        read = [file.path for file in files if file.role is Role.RPC and file.state == "read"]
        # crun looks for both its files, and names the second one whether it is there or not.
        assert read[-1:] == ([names["file"]] if names["file"] else []), names


@pytest.mark.parametrize("row", _CALLED_DIRECTLY, ids=_id)
def test_the_command_says_so(
    row: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--runtime", row["caller"], "--for", row["command"], "--root", str(tmp_path)]
    assert main(["effective", "--format", "json", *words]) == 0
    shown = {option["option"] for option in json.loads(capsys.readouterr().out)["options"]}
    assert shown ^ set(row["sends"]) <= unseen(_caller(row))


@pytest.mark.parametrize("row", [row for row in _REQUESTS if "environment" in row], ids=_id)
def test_environment_of_engines(row: dict[str, Any]) -> None:
    caller = _caller(row)
    for variable in ("HOME", "CRIU_CONFIG_FILE"):
        assert bool(caller.strips(variable)) is (variable not in row["environment"])


@pytest.mark.parametrize("row", _FLAGGED, ids=_id)
def test_flags_are_known(row: dict[str, Any]) -> None:
    """criulint knows each flag that changes something."""
    given = {word.partition("=")[0] for word in row["flags"]}
    for option in row["changes"]:
        assert _flags(row, option) & given, option


@pytest.mark.parametrize("row", _FLAGGED, ids=_id)
def test_effective_predicts_what_flags_change(row: dict[str, Any]) -> None:
    caller = _caller(row)
    usual = predict(caller, latest_release())
    changed = predict(caller, latest_release(), row["flags"])
    changes = {
        option: changed[option][-1] if option in changed else None
        for option in {*usual, *changed}
        if usual.get(option) != changed.get(option)
    }
    # What is known only at run time is so before and after.
    dynamic = {name for name in changes if name == "work-dir" and name in usual}
    assert set(changes) - dynamic == set(row["changes"]) - dynamic
    for option, value in row["changes"].items():
        is_descriptor = option == "status-fd"
        assert value in (changes[option], _DYNAMIC) or is_descriptor, option


def _flags(row: dict[str, Any], option: str) -> set[str]:
    caller = _caller(row)
    assert caller.runtime
    if caller.engine:
        runtime = caller.runtime.name
        return {caller.engine.flag(option, row["command"], caller.engine_version, runtime)}
    return {caller.runtime.flag(option, row["command"], caller.version)}


def _entries(part: str) -> Iterator[tuple[Runtime | Engine, dict[str, Any]]]:
    facts = json.loads(
        (Path(__file__).parents[2] / "criulint/criu/runtimes.json").read_text("utf-8")
    )
    for callers in (runtimes(), engines()):
        kind = "runtimes" if callers is runtimes() else "engines"
        for name, caller in callers.items():
            for entry in facts[kind][name][part]:
                if entry["seen"] == "on the wire":
                    yield caller, entry


def test_what_claims_to_be_seen_was_seen() -> None:
    """Each entry of `runtimes.json`, with each of its commands, has a request that shows it."""
    for caller, entry in _entries("sends"):
        for command in entry["commands"]:
            assert any(
                row["command"] == command
                and _names(row, caller)
                and entry["option"] in row["sends"]
                for row in _REQUESTS
            ), (caller.name, entry)
            flag = entry.get("flag")
            if flag and flag != "--image-path":
                assert _has_flagged(caller, command, flag, entry["option"]), (caller.name, entry)
    for caller, entry in _entries("flags"):
        for command in entry["commands"]:
            flag = entry["flag"]
            assert _has_flagged(caller, command, flag, entry["option"]), (caller.name, entry)


def _names(row: dict[str, Any], caller: Runtime | Engine) -> bool:
    return find_caller(row["caller"]).name == caller.name


def _has_flagged(caller: Runtime | Engine, command: str, flag: str, option: str) -> bool:
    return any(
        row["command"] == command
        and _names(row, caller)
        and flag in {word.partition("=")[0] for word in row["flags"]}
        and option in row["changes"]
        for row in _FLAGGED
    )
