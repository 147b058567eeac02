# SPDX-License-Identifier: GPL-2.0-only
"""Which settings hold for a file: those of the command line, of its configuration file, and what is usual, in this order."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from criulint.configuration import Search
from criulint.configuration.release import chosen_release
from criulint.criu.context import COMMANDS, Context
from criulint.finding import Finding, Severity
from criulint.linter.linter import Linter
from criulint.source import Source

if TYPE_CHECKING:
    from criulint.configuration.load import Configuration
    from criulint.host.filesystem import FindHost

# These hold for the files that their patterns match.
_BY_PATTERN = ("files", "per-file-ignores")
# What several places say of these counts together; elsewhere the last one counts.
_ADDED = ("extend-select", "ignore", "per-file-ignores")


class Origin(NamedTuple):
    """A value as written, and where: an option of the command line, or a place in a configuration file."""

    value: Any
    place: str


# Values by key, and where each comes from.
_Layer = tuple[Mapping[str, Any], Mapping[str, Origin]]


class FileSettings:
    """The settings that hold for a file; files with the same ones share an object.

    `origins` tells of each key that is set what was written and where.
    """

    def __init__(
        self,
        release: str,
        context: Context,
        codes: frozenset[str] | None,
        severities: Mapping[str, Severity],
        fail_on: Severity | None,
        configuration: Configuration | None,
        origins: Mapping[str, tuple[Origin, ...]],
        locate: FindHost | None = None,
    ) -> None:
        self.release = release
        self.context = context
        self.codes = codes
        self.severities = severities
        self.fail_on = fail_on
        self.configuration = configuration
        self.origins = origins
        self._locate = locate

    def __str__(self) -> str:
        """Who reads the file, and which configuration it has, in a few words."""
        parts = [f"CRIU {self.release}"]
        if self.context.role:
            parts.append(f"role {self.context.role.value}")
        if self.context.caller:
            parts.append("@".join(filter(None, self.context.caller)))
        if self.context.commands != COMMANDS:
            parts.append("for " + ", ".join(self.context.commands))
        parts.append(self.configuration.path if self.configuration else "no configuration file")
        return ", ".join(parts)

    @cached_property
    def _linter(self) -> Linter:
        return Linter(self.release, self.codes, self.context, self._locate)

    def check(self, data: bytes, path: str | None) -> list[Finding]:
        """The findings of a file, with the severities that are wanted for them."""
        return self._weighed(self._linter.check(data, path))

    @property
    def hidden(self) -> list[Finding]:
        """What suppressions hid in the file that was checked last."""
        return self._linter.hidden

    @property
    def enabled_codes(self) -> frozenset[str]:
        """The codes of the rules whose findings are wanted."""
        return self._linter.enabled_codes

    def check_together(self, first: Source, second: Source) -> list[Finding]:
        """The findings between two files that CRIU reads one after the other; they are in `second`."""
        return self._weighed(self._linter.check_together(first, second))

    def _weighed(self, findings: list[Finding]) -> list[Finding]:
        if self.severities:
            return [
                finding._replace(severity=self.severities.get(finding.code, finding.severity))
                for finding in findings
            ]
        return findings

    def fails(self, finding: Finding) -> bool:
        """Whether a finding makes the exit status 1."""
        return self.fail_on is not None and finding.severity >= self.fail_on


class Resolver:
    """Finds the settings of files.

    `given` holds what the command line says, by key, as a configuration file would write it. With a `configuration`, that
    one counts for all files; with neither one nor a `search` there is none. `locate` tells what is known of the machine
    around a file.
    """

    def __init__(
        self,
        given: Mapping[str, Any],
        configuration: Configuration | None = None,
        search: Search | None = None,
        locate: FindHost | None = None,
    ) -> None:
        self._written = given
        self._given = _read(given)
        self._configuration = configuration
        self._search = search
        self._locate = locate
        self._closest: dict[str, Configuration | None] = {}
        self._known: dict[tuple[object, ...], FileSettings] = {}

    def with_defaults(self, defaults: Mapping[str, Any], locate: FindHost) -> Resolver:
        """Return a resolver with other values for what the command line does not say.

        Like the command line, they override the configuration.
        """
        given = {**defaults, **self._written}
        return Resolver(given, self._configuration, self._search, locate)

    def configuration(self, directory: str) -> Configuration | None:
        """The configuration for the files in a directory. ConfigurationError if it can't be used."""
        if self._search is None:
            return self._configuration
        try:
            return self._closest[directory]
        except KeyError:
            found = self._closest[directory] = self._search.closest(directory)
            return found

    def settings(self, path: str) -> FileSettings:
        """The settings of a file, which need not exist. ConfigurationError if its configuration or its CRIU
        can't be used.
        """
        configuration = self.configuration(os.path.dirname(path))
        matched: tuple[tuple[str, int], ...] = ()
        if configuration and not configuration.values.keys().isdisjoint(_BY_PATTERN):
            relative = configuration.relative(path)
            matched = tuple(
                (key, number)
                for key in _BY_PATTERN
                for number, (pattern, _) in enumerate(configuration.values.get(key, ()))
                if pattern.match_file(relative)
            )
        known = (id(configuration), matched)
        settings = self._known.get(known)
        if settings is None:
            settings = self._known[known] = self._resolved(configuration, matched)
        return settings

    def includes(self, path: str) -> bool:
        """Whether its configuration wants a file in a directory checked, whatever the file's name is."""
        return self._matches("include", path)

    def excludes(self, path: str, *, is_directory: bool = False) -> bool:
        """Whether its configuration leaves a file or a directory out."""
        return self._matches("exclude", path, "/" if is_directory else "")

    def _matches(self, key: str, path: str, suffix: str = "") -> bool:
        configuration = self.configuration(os.path.dirname(path))
        patterns = configuration and configuration.values.get(key)
        return bool(
            configuration
            and patterns
            and patterns.match_file(configuration.relative(path) + suffix)
        )

    def _resolved(
        self, configuration: Configuration | None, matched: tuple[tuple[str, int], ...]
    ) -> FileSettings:
        layers: list[_Layer] = []
        if configuration:
            layers.append(_for_all_files(configuration))
            layers += [_for_pattern(configuration, *pair) for pair in matched]
        layers.append(
            (self._given, {key: Origin(value, option(key)) for key, value in self._written.items()})
        )
        values: dict[str, Any] = {}
        origins: dict[str, tuple[Origin, ...]] = {}
        for read, places in layers:
            if "select" in read:
                # Who selects anew starts anew.
                for key in ("select", "extend-select", "ignore"):
                    values.pop(key, None)
                    origins.pop(key, None)
            for key, value in read.items():
                if key in _ADDED and key in values:
                    values[key] |= value
                    origins[key] += (places[key],)
                else:
                    values[key] = value
                    origins[key] = (places[key],)
        return FileSettings(
            chosen_release(values.get("criu")),
            Context(
                values.get("role"),
                values.get("runtime"),
                values.get("commands", COMMANDS),
                "criu" not in values,
            ),
            _codes(values),
            _severities(values.get("severity", ())),
            values.get("fail-on", Severity.WARNING),
            configuration,
            origins,
            self._locate,
        )


def _for_all_files(configuration: Configuration) -> _Layer:
    values = {key: value for key, value in configuration.values.items() if key not in _BY_PATTERN}
    return values, {
        key: Origin(configuration.written[key], configuration.place(key)) for key in values
    }


def _for_pattern(configuration: Configuration, table: str, number: int) -> _Layer:
    """What the numbered pattern of a table says."""
    pattern, written = list(configuration.written[table].items())[number]
    value = configuration.values[table][number][1]
    if table == "per-file-ignores":
        return {table: value}, {table: Origin(written, configuration.place(table, pattern))}
    return value, {
        key: Origin(word, configuration.place(table, pattern, key)) for key, word in written.items()
    }


def option(key: str) -> str:
    """The option of the command line that sets a key."""
    return "--for" if key == "commands" else f"--{key}"


def _read(given: Mapping[str, Any]) -> dict[str, Any]:
    if not given:
        return {}
    from criulint.configuration.keys import KEYS, Section

    return Section(KEYS).read(dict(given))


def _codes(values: Mapping[str, Any]) -> frozenset[str] | None:
    """The rules to report, None for the usual ones."""
    if not values.keys() & {"select", *_ADDED}:
        return None
    selected = values.get("select")
    if selected is None:
        from criulint.rules.selection import default_codes

        selected = default_codes()
    nothing = frozenset[str]()
    extended, *ignored = (values.get(key, nothing) for key in _ADDED)
    return frozenset((selected | extended).difference(*ignored))


def _severities(pairs: tuple[tuple[frozenset[str], Severity], ...]) -> dict[str, Severity]:
    """The severity that each rule is given; what names fewer rules counts more."""
    by_size = sorted(pairs, key=lambda pair: -len(pair[0]))
    return {code: severity for codes, severity in by_size for code in codes}
