# SPDX-License-Identifier: MIT
"""CRIU401 and ``criulint effective`` say the same of a line in a default file."""

from __future__ import annotations

import pytest

from criulint.criu.context import Role
from criulint.criu.options import ONE_RUN_OPTIONS, Arity, Option, option_table
from criulint.criu.precedence import ConfigFile, Invocation, effective, order_layers
from criulint.criu.releases import find_release
from criulint.criu.runtimes import engine_of, find_caller, runtimes_of
from criulint.rules.runtime.overridden_by_runtime import find_overrides
from tests.rules.asking import settings

_CALLERS = (
    *("runc", "runc@1.0.3", "crun", "crun@1.4.4", "crun@1.19", "lxc", "youki"),
    *("podman", "podman@3.0.1", "containerd", "docker", "cri-o", "incus"),
)


def _lines(option: Option) -> list[str]:
    values = option.choices or option.suggested or ("1", "cpu:/a", "net")
    given = [] if option.arity is Arity.NONE else [f"{option.name}={value}" for value in values]
    return given if option.arity is Arity.REQUIRED else [option.name, *given]


@pytest.mark.parametrize("release", ["3.17.1", "4.2.1"])
@pytest.mark.parametrize("name", _CALLERS)
def test_a_line_is_overridden_or_effective(name: str, release: str) -> None:
    named = find_caller(name)
    engine = engine_of(named)
    runtime, version = runtimes_of(named)[0]
    table = option_table(find_release(release))
    wrong = []
    for option in table.options.values():
        used = table.options[option.positive].commands
        # These have rules of their own, CRIU409 and CRIU306.
        has_another_rule = option.positive == "tcp-close" or option.name in ONE_RUN_OPTIONS
        if option.exits or option.is_ignored or has_another_rule:
            continue
        for command in set(used) & set(runtime.commands):
            engine_version = named.version if engine else None
            caller = Invocation(runtime, version, engine, engine_version, command, runtime.rpc)
            for line in _lines(option):
                answers = _is_overridden(line, name, caller, release)
                if answers is not None and answers[0] != answers[1]:
                    wrong.append((line, command, *answers))
    assert not wrong


def _is_overridden(
    line: str, name: str, caller: Invocation, release: str
) -> tuple[bool, bool] | None:
    """Return what CRIU401 says, and `effective`; None for a line that CRIU refuses."""
    table = option_table(find_release(release))
    commands = (caller.command,)
    file = settings(f"{line}\n", criu=release, role=Role.DEFAULT, commands=commands, caller=name)
    if file.reading.error:
        return None
    overrides = find_overrides(file, file.all[-1])
    read = [ConfigFile("/etc/criu/default.conf", Role.DEFAULT, settings=file)]
    layers = order_layers(read, caller, [], table.release)
    steps = [
        (option, step)
        for option in effective(table, layers, caller.title, rpc=caller.rpc)
        for step in option.steps
        if step.origin.path
    ]
    ((option, step),) = steps
    is_lost = step not in option.winners
    # Leaving it running is another value than leaving it stopped.
    is_same = step.value in [winner.value for winner in option.winners] and (
        step.name != "leave-stopped" or option.option == step.name
    )
    is_expected = step.reason.startswith("CRIU accepts it")
    by_runtime = any(override.runtime is caller.runtime for override in overrides)
    return by_runtime, is_lost and not is_same and not is_expected
