# SPDX-License-Identifier: MIT
"""Who called CRIU, which release it was, and what its configuration files say."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from criulint.criu import precedence
from criulint.criu.options import option_table
from criulint.criu.reading import Reading
from criulint.criu.releases import latest_release, nearest_release
from criulint.criu.runtimes import engine_of, find_caller, runtimes, runtimes_of
from criulint.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.advise.log import Log
    from criulint.advise.messages import Remedy
    from criulint.criu.context import Caller
    from criulint.criu.precedence import ConfigFile, Effective
    from criulint.criu.reading import ReadOption
    from criulint.criu.releases import Release
    from criulint.host.config_files import ConfigFiles

#: What many hosts still have, if a log does not say which release wrote it.
_COMMON_RELEASE = "4.1.1"
# Who sends most requests, if a log does not say who did.
_COMMON_RUNTIME = "runc"
_DIRECTORY = "/etc/criu"
# Names that people take for CRIU's.
_WRONG_NAMES = ("/etc/criu.conf", "/root/.criu.conf")


class Existing(NamedTuple):
    """A line of a file that sets an option already.

    `line` is 1-based. `reason` says why it does not count; empty if it does.
    """

    path: str
    line: int
    text: str
    reason: str


class Situation:
    """The CRIU of a log, its caller, and its files.

    `caller` is who called it, None for CRIU's own command line; `release` the release, None if it
    is not known. `files` are those of the host, None if they say nothing about the log. `command`
    is the command of CRIU, None for what the log says.
    """

    def __init__(
        self,
        log: Log,
        caller: Caller | None,
        release: Release | None,
        files: ConfigFiles | None,
        command: str | None = None,
    ) -> None:
        self.log = log
        self.caller = caller or _logged_caller(log)
        #: Whether an RPC client called CRIU of which nothing is known; it is taken for runc.
        self.is_assumed = self.caller is None and log.is_rpc
        if self.is_assumed:
            self.caller = find_caller(_COMMON_RUNTIME)
        self.release = release or (nearest_release(log.release) if log.release else None)
        self.command = command or log.command
        self._files = files
        # What files say, by the command: a large one is not read for each remedy again.
        self._config_files: dict[str, list[ConfigFile]] = {}
        self._effective: dict[str, list[Effective]] = {}

    @property
    def releases(self) -> tuple[Release, ...]:
        """The releases for which advice has to hold, the likeliest last."""
        if self.release:
            return (self.release,)
        return (nearest_release(_COMMON_RELEASE), latest_release())

    @cached_property
    def runtimes(self) -> tuple[str, ...]:
        """The names of the runtimes that called CRIU, the usual one first."""
        known = [runtime.name for runtime, _ in runtimes_of(self.caller)] if self.caller else []
        logged = [name for name in known if name in self.log.runtimes]
        return tuple(logged or known)

    def config_files(self, command: str) -> list[ConfigFile]:
        """Return the files of the host that are for one of CRIU's commands."""
        if self._files is None:
            return []
        if command not in self._config_files:
            caller = self.precedence_caller(command)
            self._config_files[command] = self._files.read(caller, self.releases[-1])
        return self._config_files[command]

    def existing(self, remedy: Remedy) -> Iterator[Existing]:
        """Yield the lines of files that set what a remedy sets."""
        if self._files is None:
            return
        seen: set[tuple[str, int]] = set()
        for command in remedy.commands:
            if command not in ("dump", "pre-dump", "restore"):
                continue
            for found in (*self._counting(remedy, command), *self._unread(remedy, command)):
                if (found.path, found.line) not in seen:
                    seen.add((found.path, found.line))
                    yield found

    def precedence_caller(self, command: str) -> precedence.Caller:
        """Return who called CRIU with a command, as `criulint.criu.precedence` wants it."""
        if self.caller is None:
            return precedence.Caller(None, None, None, None, command, self.log.is_rpc)
        name = self.runtimes[0] if self.runtimes else ""
        version = self.caller.version if self.caller.name == name else None
        engine = engine_of(self.caller)
        runtime = runtimes()[name] if name else None
        return precedence.Caller(
            runtime,
            version,
            engine,
            self.caller.version if engine else None,
            command,
            bool(runtime and runtime.rpc),
        )

    def _counting(self, remedy: Remedy, command: str) -> Iterator[Existing]:
        """Yield what the files that CRIU reads say of the option."""
        table = option_table(self.releases[-1])
        option = table.options.get(remedy.option)
        if option is None:
            return
        if command not in self._effective:
            caller = self.precedence_caller(command)
            layers = precedence.order_layers(
                self.config_files(command), caller, (), self.releases[-1]
            )
            self._effective[command] = precedence.effective(
                table, layers, caller.title, rpc=caller.rpc
            )
        for effective in self._effective[command]:
            if table.options[effective.option].variable != option.variable:
                continue
            for step in effective.steps:
                if step.origin.path and step.name == option.name:
                    reason = step.reason
                    if step.effect == "overridden":
                        reason = f"{step.reason} overrides it"
                    text = f"{step.name} {step.value}" if not option.is_flag else step.name
                    yield Existing(step.origin.path, step.origin.line or 1, text, reason)

    @cached_property
    def _others(self) -> list[tuple[str, list[ReadOption]]]:
        """The options in all files that CRIU or people could take for its own, by their names."""
        assert self._files
        release = self.releases[-1]
        return [
            (name, Reading(Source(data, name), release).options)
            for name, data in self._files.others(_DIRECTORY, _WRONG_NAMES)
        ]

    def _unread(self, remedy: Remedy, command: str) -> Iterator[Existing]:
        """Yield what files that CRIU does not read say of the option."""
        assert self._files
        files = self.config_files(command)
        reasons = {file.path: file.reason for file in files if file.state == "not-read"}
        read = {file.path for file in files if file.state not in ("not-read", "missing")}
        who = self.precedence_caller(command).title or "CRIU on its command line"
        for name, options in self._others:
            if name in read:
                continue
            reason = reasons.get(name) or f"{who} does not read this file"
            for read_option in options:
                if read_option.name == remedy.option:
                    text = f"{read_option.name} {read_option.value or ''}".strip()
                    yield Existing(name, read_option.line, text, reason)


def _logged_caller(log: Log) -> Caller | None:
    name = log.caller or next(iter(log.runtimes), None)
    return find_caller(name) if name else None
