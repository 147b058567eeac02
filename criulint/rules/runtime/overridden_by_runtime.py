# SPDX-License-Identifier: MIT
"""CRIU401."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.context import COMMANDS, Role
from criulint.criu.options import ONE_RUN_OPTIONS
from criulint.finding import Severity
from criulint.named_tuple import NamedTuple
from criulint.rules.base import FileProblem, Move, Scope, problem_at, rule
from criulint.rules.runtime.callers import (
    DEFAULT_ROLES,
    knows_runtimes,
    name_with_version,
    possible_callers,
    possible_chains,
    severity_of_caller,
)
from criulint.rules.variables import last_of_variable
from criulint.source import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from criulint.criu.runtimes import Chain, RequestField, Runtime
    from criulint.criu.settings import Setting, Settings

# What depends on the container, so that no file can set it.
_CALLERS_CHOICE = frozenset(
    ("daemon", "freeze-cgroup", "images-dir", "restore-detached", "root", "tree", "verbosity")
)


class Override(NamedTuple):
    """A runtime that sends a value other than the file's.

    `version` is None unless the user named one. `commands` are those with which the runtime sends
    `field`; empty if those are all commands that use the option. With others it may send another
    value.
    """

    runtime: Runtime
    version: str | None
    field: RequestField
    commands: tuple[str, ...]

    @property
    def name(self) -> str:
        """The runtime's name, with its version and commands where they matter."""
        name = name_with_version(self.runtime, self.version, self.field)
        return f"{name} ({', '.join(self.commands)})" if self.commands else name


@rule(
    "CRIU401",
    "overridden-by-runtime",
    Severity.WARNING,
    severity_varies=True,
    bad="tcp-established\n",
    good="# tcp-established: in /etc/criu/runc.conf\n",
    path="/etc/criu/default.conf",
    runtime="runc",
    about_option=True,
)
def overridden_by_runtime(settings: Settings) -> Iterator[FileProblem]:
    """The runtime sends its own value with each request, so the line in a default file has no
    effect.

    CRIU reads its default files first, then applies what the runtime sends, and finally reads the
    runtime's own file. runc, crun and youki send an explicit “off” for `tcp-established`,
    `shell-job`, `file-locks` and `ext-unix-sk` unless their user asks for them, and always send
    their own log file, level and directories. runc always sends the network namespace as
    `empty-ns`; Podman, containerd and Docker make their runtime send a `work-dir`. The dump then
    fails as if the line were not there. In the runtime's own file (`/etc/criu/runc.conf`,
    `/etc/criu/crun.conf`) the line takes effect.

    Sources: criu/cr-service.c, `setup_opts_from_req` (v4.2); runc libcontainer/criu_linux.go; crun
    src/libcrun/criu.c; youki container_checkpoint.rs; lxc src/lxc/criu.c.
    """
    if settings.role is Role.RPC:
        yield from check_level_over_rpc(settings)
    elif settings.role in DEFAULT_ROLES:
        yield from check_default_file(settings)


def check_level_over_rpc(settings: Settings) -> Iterator[FileProblem]:
    """From 4.2 on the client's level wins over its file (criu/cr-service.c)."""
    level = settings.last("verbosity")
    if level and settings.release >= "4.2":
        yield problem_at(
            level,
            "no effect: CRIU 4.2 or later uses the log level that the caller sends",
            "remove the line",
            scope=Scope.LINE,
            unwanted=True,
        )


def check_default_file(settings: Settings) -> Iterator[FileProblem]:
    """Report what runtimes override, each option once, at the line that counts in the file."""
    for name, several in settings.by_name.items():
        option = settings.table.options[name]
        if _has_another_rule(settings, option.variable):
            continue
        # All values of a list count, otherwise the last one.
        counting = several if option.accumulates else several[-1:]
        if counting[-1] is not last_of_variable(settings, option.variable):
            continue  # CRIU302 and CRIU303 report what another option of the file overrides
        found = [(setting, find_overrides(settings, setting)) for setting in counting]
        for setting, overrides in [(each, by) for each, by in found if by][-1:]:
            message = f"overridden by {describe_overrides(setting, overrides)}"
            severity = severity_of_caller(settings)
            if name in _CALLERS_CHOICE:
                yield problem_at(
                    setting,
                    message,
                    "remove the line: the caller chooses this",
                    severity=severity,
                    scope=Scope.LINE,
                    unwanted=True,
                )
            else:
                move = _move(settings, setting, overrides)
                yield problem_at(setting, message, severity=severity, move=move)


def _has_another_rule(settings: Settings, variable: str) -> bool:
    """Return whether CRIU306 or CRIU409 reports what happens to a variable."""
    is_needed_twice = variable == "tcp-close" and settings.release >= "3.15"
    return is_needed_twice or variable in ONE_RUN_OPTIONS


def describe_overrides(setting: Setting, overrides: Iterable[Override]) -> str:
    """Return who sends what: ``runc, crun: off unless `--shell-job` is given; LXC: on``."""
    names: dict[str, list[str]] = {}
    for override in overrides:
        field = override.field
        # Another option of the same variable is named.
        other = "" if field.option == setting.option.positive else f"`{field.option}` "
        names.setdefault(other + field.words, []).append(override.name)
    return "; ".join(f"{', '.join(several)}: {value}" for value, several in names.items())


def find_overrides(settings: Settings, setting: Setting) -> list[Override]:
    """Return who overrides a setting of a default file."""
    overrides = []
    for chain in possible_chains(settings):
        commands = _used_commands(settings, setting, chain.runtime, settings.context.commands)
        fields = _overriding_fields(settings, setting, chain, commands)
        by_words: dict[str, tuple[RequestField, list[str]]] = {}
        for command, field in fields.items():
            _, several = by_words.setdefault(field.words, (field, []))
            several.append(command)
        for field, several in by_words.values():
            some = tuple(several) if len(several) < len(commands) else ()
            overrides.append(Override(chain.runtime, chain.version, field, some))
    return list(dict.fromkeys(overrides))


def is_overridden(settings: Settings, setting: Setting, commands: Iterable[str] = COMMANDS) -> bool:
    """Return whether all callers, which are known, override a setting with these commands."""
    if not knows_runtimes(settings) or settings.role not in DEFAULT_ROLES:
        return False
    for chain in possible_chains(settings):
        used = _used_commands(settings, setting, chain.runtime, commands)
        fields = _overriding_fields(settings, setting, chain, used)
        if not used or len(fields) < len(used):
            return False
    return True


def _used_commands(
    settings: Settings, setting: Setting, runtime: Runtime, commands: Iterable[str]
) -> list[str]:
    """Return those of `commands` with which a runtime could use a setting."""
    used = settings.table.options[setting.option.positive].commands
    return [
        command
        for command in runtime.commands
        if command in used and command in commands and settings.on(command)
    ]


def _overriding_fields(
    settings: Settings, setting: Setting, chain: Chain, commands: Iterable[str]
) -> dict[str, RequestField]:
    """Return, by command, what a runtime sends that replaces a setting of a default file."""
    name = setting.option.variable
    return {
        command: field
        for command, field in _sent_fields(settings, chain, name, commands)
        if _replaces(chain.runtime, setting, field)
        and not _agrees(setting, field)
        and not _is_ignored(settings, chain.runtime, field)
    }


def _sent_fields(
    settings: Settings, chain: Chain, name: str, commands: Iterable[str]
) -> Iterator[tuple[str, RequestField]]:
    """Yield what a runtime sends for an option, by command; an engine may decide for it."""
    runtime, version, engine, engine_version = chain
    for command in commands:
        field = engine.sends(name, command, engine_version) if engine else None
        field = field or runtime.sends(name, command, version, settings.release)
        if field:
            yield command, field


def _replaces(runtime: Runtime, setting: Setting, field: RequestField) -> bool:
    """Return whether what is sent replaces a setting: CRIU adds it to most lists."""
    from criulint.criu.runtimes import is_replaced

    option = setting.option
    if not option.accumulates or (runtime.rpc and is_replaced(option.name)):
        return True
    return not field.adds and option.replaces(None, setting.value)


def _agrees(setting: Setting, field: RequestField) -> bool:
    """Return whether a setting has the value that is sent anyway."""
    if isinstance(field.value, bool):
        # It shares the variable of leave-running, and sets another value.
        is_another = setting.name == "leave-stopped"
        return not is_another and field.value is (setting.option.negates is None)
    if field.value is None or setting.value is None:
        return False
    number = setting.option.number(setting.value)
    return field.value == (decode(setting.value) if number is None else number)


def _is_ignored(settings: Settings, runtime: Runtime, field: RequestField) -> bool:
    """Return whether CRIU ignores the field: it has options that a client cannot switch off."""
    from criulint.criu.runtimes import cannot_be_cleared

    is_off = runtime.rpc and field.value is False
    return is_off and cannot_be_cleared(field.option, settings.release)


def _move(settings: Settings, setting: Setting, overrides: Iterable[Override]) -> Move:
    names = {override.runtime.name for override in overrides}
    callers = (caller for caller in possible_callers(settings) if caller.runtime.name in names)
    return Move(setting, tuple(callers))
