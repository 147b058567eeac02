# SPDX-License-Identifier: MIT
"""Who called CRIU, which release it was, and what its configuration files say."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from criulint.criu.context import Caller, Context, Role
from criulint.criu.paths import DIRECTORY
from criulint.criu.precedence import find_effective, make_invocation
from criulint.criu.reading import Reading
from criulint.criu.releases import latest_release, nearest_release
from criulint.criu.runtimes import engine_of, find_caller, runtimes, runtimes_of
from criulint.criu.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from criulint.advise.log import Log
    from criulint.criu.precedence import ConfigFile, Invocation, Step
    from criulint.criu.releases import Release
    from criulint.finding import Finding
    from criulint.host.config_files import ConfigFiles
    from criulint.source import Source

# Names that people take for CRIU's.
_WRONG_NAMES = ("/etc/criu.conf", "/root/.criu.conf")
#: The release that many hosts still have, assumed if a log does not name its release.
_COMMON_RELEASE = "4.1.1"
# The caller that sends most requests, assumed if a log does not name its caller.
_COMMON_RUNTIME = "runc"


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
        #: Whether an unknown RPC client called CRIU; it is treated as runc.
        self.is_assumed = self.caller is None and log.is_rpc
        if self.is_assumed:
            self.caller = find_caller(_COMMON_RUNTIME)
        self.release = release or (nearest_release(log.release) if log.release else None)
        self.command = command or log.command
        self.files = files
        # What files say, by command, so that a large one is not read again for each remedy.
        self._config_files: dict[str, list[ConfigFile]] = {}
        self._steps: dict[str, dict[str, list[Step]]] = {}
        self._findings: dict[str | None, list[Finding]] = {}

    @property
    def releases(self) -> tuple[Release, ...]:
        """The releases for which advice has to hold, the likeliest last."""
        if self.release:
            return (self.release,)
        return (nearest_release(_COMMON_RELEASE), latest_release())

    @property
    def likely_command(self) -> str:
        """The command of CRIU, or the likeliest one."""
        return self.command or "dump"

    @cached_property
    def runtimes(self) -> tuple[str, ...]:
        """The names of the runtimes that called CRIU, the usual one first."""
        known = [runtime.name for runtime, _ in runtimes_of(self.caller)] if self.caller else []
        logged = [name for name in known if name in self.log.runtimes]
        return tuple(logged or known)

    @cached_property
    def client_file(self) -> str | None:
        """The file of the host that the runtime names to CRIU; None if there is none yet."""
        files = self.config_files(self.likely_command)
        read = [file for file in files if file.role is Role.RPC and file.state == "read"]
        inside = (self.inside(file.path) for file in read)
        return next((path for path in inside if path in self._own_files), None)

    @cached_property
    def other_file(self) -> str | None:
        """The file that the client named to CRIU, if it is not one of its runtime's."""
        own = self._own_files
        named = [file.path for file in self.log.files if file.is_named]
        return next((path for path in reversed(named) if own and path not in own), None)

    @cached_property
    def _own_files(self) -> frozenset[str]:
        """The paths that the runtimes name to CRIU on their own."""
        return frozenset(file.path for name in self.runtimes for file in runtimes()[name].files)

    def inside(self, name: str) -> str:
        """Return the path of a file on its machine, given the name that messages show."""
        return self.files.inside(name) if self.files else name

    def config_files(self, command: str) -> list[ConfigFile]:
        """Return the files of the host that are for one of CRIU's commands."""
        if self.files is None:
            return []
        if command not in self._config_files:
            invocation = self.invocation(command)
            self._config_files[command] = self.files.read(invocation, self.releases[-1])
        return self._config_files[command]

    def steps(self, command: str) -> Mapping[str, list[Step]]:
        """Return the steps to what options are for a command, by the name of the option."""
        if command not in self._steps:
            files, invocation = self.config_files(command), self.invocation(command)
            found = self._steps[command] = {}
            for option in find_effective(files, invocation, self.releases[-1]):
                for step in option.steps:
                    found.setdefault(step.name, []).append(step)
        return self._steps[command]

    def findings(self, source: Source, context: Context) -> list[Finding]:
        """Return what the linter finds in a file, which is always read in the same context."""
        if source.path not in self._findings:
            from criulint.linter.linter import Linter

            linter = Linter(self.releases[-1], context=context)
            self._findings[source.path] = linter.check(source).findings
        return self._findings[source.path]

    @cached_property
    def others(self) -> list[tuple[str, Settings]]:
        """The settings in files that are mistaken for CRIU's or a runtime's, by their names."""
        assert self.files
        return [
            (path, Settings(Reading(source, self.releases[-1]), Context()))
            for path, source in self.files.others(DIRECTORY, _WRONG_NAMES)
        ]

    def invocation(self, command: str) -> Invocation:
        """Return who called CRIU with a command; an engine with the runtime that the log shows."""
        caller = self.caller
        if caller and caller.runtime is None and engine_of(caller):
            caller = caller._replace(runtime=Caller(self.runtimes[0]))
        return make_invocation(caller, command)


def _logged_caller(log: Log) -> Caller | None:
    name = log.caller or next(iter(log.runtimes), None)
    return find_caller(name) if name else None
