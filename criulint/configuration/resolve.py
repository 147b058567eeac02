# SPDX-License-Identifier: MIT
"""Which settings apply to a file: the command line's, its configuration file's, or defaults."""

from __future__ import annotations

import os
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from criulint.configuration.limits import RunLimits
from criulint.configuration.release import known_release
from criulint.criu.context import COMMANDS, Context
from criulint.finding import Finding, Severity
from criulint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from criulint.configuration.load import Configuration
    from criulint.configuration.release import ChosenRelease
    from criulint.configuration.search import Search
    from criulint.criu.releases import Release

# These apply to the files that their patterns match.
_BY_PATTERN = ("files", "per-file-ignores")
# These apply to the images whose names their patterns match.
_BY_IMAGE = "images"
# The values of these from several places add up; of the other keys the last one wins.
_ADDED = ("extend-select", "ignore", "per-file-ignores")


class SettingOrigin(NamedTuple):
    """A value as written, and where: a command line option, or a place in a configuration file."""

    value: Any
    place: str


class ImageIgnore(NamedTuple):
    """A word of `ignore` in a table for images, and the rules that it names.

    `pattern` is the table's, and `line` the 1-based one of the key.
    """

    pattern: str
    word: str
    codes: frozenset[str]
    line: int


class _Layer(NamedTuple):
    """Values by key, and where each comes from. Of several layers, the last counts most."""

    values: Mapping[str, Any]
    origins: Mapping[str, SettingOrigin]


class FileSettings:
    """The settings that hold for a file; files with the same ones share an object.

    `codes` are the rules to report, None for those that run by default; `fail_on` is the lowest
    severity that makes the exit status 1, None for none. `waived` rules also run, but an image's
    configuration hides their findings. `limits` are what the configuration allows a run. `origins`
    holds, for each key that is set, what was written and where. `note` tells the user that
    `release` stands in for another.
    """

    __slots__ = (
        "codes",
        "configuration",
        "context",
        "fail_on",
        "limits",
        "note",
        "origins",
        "release",
        "severities",
        "waived",
    )

    def __init__(  # noqa: PLR0913, PLR0917 - one for each setting
        self,
        release: Release,
        context: Context,
        codes: frozenset[str] | None,
        severities: Mapping[str, Severity],
        fail_on: Severity | None,
        configuration: Configuration | None,
        origins: Mapping[str, tuple[SettingOrigin, ...]],
        note: str,
        limits: RunLimits,
        waived: frozenset[str],
    ) -> None:
        self.release = release
        self.context = context
        self.codes = codes
        self.severities = severities
        self.fail_on = fail_on
        self.configuration = configuration
        self.origins = origins
        self.note = note
        self.limits = limits
        self.waived = waived

    def __str__(self) -> str:
        """Return in a few words who reads the file, and which configuration it has."""
        parts = [f"CRIU {self.release}"]
        if self.context.role:
            parts.append(f"role {self.context.role.value}")
        if self.context.caller:
            parts.append(str(self.context.caller))
        if self.context.commands != COMMANDS:
            parts.append("for " + ", ".join(self.context.commands))
        parts.append(self.configuration.path if self.configuration else "no configuration file")
        return ", ".join(parts)

    def in_context(self, context: Context) -> FileSettings:
        """Return the same settings in another context."""
        return FileSettings(
            self.release,
            context,
            self.codes,
            self.severities,
            self.fail_on,
            self.configuration,
            self.origins,
            self.note,
            self.limits,
            self.waived,
        )

    @property
    def reported_codes(self) -> frozenset[str]:
        """The rules to report, also where those are the default ones."""
        return _all_codes({}) if self.codes is None else self.codes

    @property
    def codes_to_run(self) -> frozenset[str] | None:
        """The rules to run: those to report, and those whose findings are hidden."""
        return self.codes | self.waived if self.codes is not None else None

    def fails(self, finding: Finding) -> bool:
        """Return whether a finding makes the exit status 1."""
        return self.fail_on is not None and finding.severity >= self.fail_on


class Resolver:
    """Finds the settings of files.

    `given` holds what the command line says, by key, as a configuration file would write it. A
    `configuration` holds for all files; without one and without a `search`, files have none.

    In an image, `found` is what the image says about its files, in the same form: it overrides the
    configuration, except for tables about the image with the names `image`.

    `choose` returns the release that `criu` is set to. By default that is a known one; only
    `criulint.chosen_criu.chosen_release` looks for one that is installed.
    """

    def __init__(
        self,
        given: Mapping[str, Any],
        configuration: Configuration | None = None,
        search: Search | None = None,
        *,
        found: Mapping[str, Any] = MappingProxyType({}),
        image: tuple[str, ...] = (),
        choose: Callable[[str | None], ChosenRelease] = known_release,
    ) -> None:
        self._choose = choose
        self._written = given
        self._given = _read(given)
        self._image = image
        self._written_found = found
        self._found = _read(found)
        self._configuration = configuration
        self._search = search
        self._closest: dict[str, Configuration | None] = {}
        self._known: dict[tuple[object, ...], FileSettings] = {}

    def in_image(self, names: tuple[str, ...]) -> Resolver:
        """Return a resolver for the files of the image with these names; see the class."""
        return Resolver(
            self._written, self._configuration, self._search, image=names, choose=self._choose
        )

    def with_found(self, found: Mapping[str, Any]) -> Resolver:
        """Return a resolver for files that the image says something about; see the class."""
        return Resolver(
            self._written,
            self._configuration,
            self._search,
            found=found,
            image=self._image,
            choose=self._choose,
        )

    def image_values(self) -> dict[str, Any]:
        """Return what the command line, or else the configuration, says about the image, by key."""
        configuration = self.configuration()
        values: dict[str, Any] = {}
        for pair in self._image_tables(configuration):
            values |= _for_pattern(configuration, *pair)[0] if configuration else {}
        return {**values, **self._given}

    def image_ignores(self) -> list[ImageIgnore]:
        """Return the words of `ignore` in the tables for the image."""
        from criulint.rules.selection import matching

        configuration = self.configuration()
        if not configuration:
            return []
        found = []
        for table, number in self._image_tables(configuration):
            pattern, written = list(configuration.written[table].items())[number]
            line = configuration.lines.get((table, pattern, "ignore"), 1)
            found += [
                ImageIgnore(pattern, word, frozenset(matching(word)), line)
                for word in written.get("ignore", ())
            ]
        return found

    def image_patterns(self) -> dict[str, bool]:
        """Return the patterns of the tables for images, and whether each matches the image."""
        configuration = self.configuration()
        written = configuration.written.get(_BY_IMAGE, {}) if configuration else {}
        matching = {number for _, number in self._image_tables(configuration)}
        return {pattern: number in matching for number, pattern in enumerate(written)}

    def _image_tables(self, configuration: Configuration | None) -> tuple[tuple[str, int], ...]:
        """Return the tables of a configuration that are for the image, each with its number."""
        tables = configuration.values.get(_BY_IMAGE, ()) if configuration else ()
        return tuple(
            (_BY_IMAGE, number)
            for number, (pattern, _) in enumerate(tables)
            if any(pattern.match(name) for name in self._image)
        )

    def configuration(self, directory: str = os.curdir) -> Configuration | None:
        """Return the configuration for the files in a directory, by default the working directory.

        ConfigurationError if it cannot be used.
        """
        if self._search is None:
            return self._configuration
        try:
            return self._closest[directory]
        except KeyError:
            found = self._closest[directory] = self._search.closest(directory)
            return found

    def settings(self, path: str) -> FileSettings:
        """Return the settings of a file, which need not exist.

        ConfigurationError if its configuration or its CRIU cannot be used.
        """
        configuration = self.configuration(os.path.dirname(path))
        matched: tuple[tuple[str, int], ...] = ()
        if configuration and not configuration.values.keys().isdisjoint(_BY_PATTERN):
            relative = configuration.relative(path)
            matched = tuple(
                (key, number)
                for key in _BY_PATTERN
                for number, (pattern, _) in enumerate(configuration.values.get(key, ()))
                if pattern.match(relative)
            )
        known = (id(configuration), matched)
        settings = self._known.get(known)
        if settings is None:
            settings = self._known[known] = self._resolve(configuration, matched)
        return settings

    def includes(self, path: str) -> bool:
        """Return whether its configuration includes a file that is found in a directory."""
        return self._matches("include", path)

    def excludes(self, path: str, *, is_directory: bool = False) -> bool:
        """Return whether its configuration excludes a file or a directory."""
        return self._matches("exclude", path, is_directory=is_directory)

    def _matches(self, key: str, path: str, *, is_directory: bool = False) -> bool:
        configuration = self.configuration(os.path.dirname(path))
        patterns = configuration and configuration.values.get(key)
        return bool(
            configuration
            and patterns
            and patterns.match(configuration.relative(path), is_directory=is_directory)
        )

    def _resolve(
        self, configuration: Configuration | None, matched: tuple[tuple[str, int], ...]
    ) -> FileSettings:
        """Return the settings of the files that match these patterns: table, number of pattern."""
        layers: list[_Layer] = []
        image_layers: list[_Layer] = []
        if configuration:
            layers.append(_for_all_files(configuration))
            layers += [_for_pattern(configuration, *pair) for pair in matched]
        layers.append(
            _Layer(
                self._found,
                {
                    key: SettingOrigin(word, "the image")
                    for key, word in self._written_found.items()
                },
            )
        )
        if configuration and self._image:
            tables = self._image_tables(configuration)
            image_layers = [_for_pattern(configuration, *pair) for pair in tables]
        given = _Layer(
            self._given,
            {key: SettingOrigin(word, option(key)) for key, word in self._written.items()},
        )
        values, origins = _merge([*layers, *image_layers, given])
        waived = frozenset[str]()
        if any("ignore" in layer.values for layer in image_layers):
            everything, _ = _merge([*layers, *map(_without_ignore, image_layers), given])
            waived = _all_codes(everything) - _all_codes(values)
        return self._make_settings(values, origins, configuration, waived)

    def _make_settings(
        self,
        values: Mapping[str, Any],
        origins: Mapping[str, tuple[SettingOrigin, ...]],
        configuration: Configuration | None,
        waived: frozenset[str],
    ) -> FileSettings:
        chosen = self._choose(values.get("criu"))
        return FileSettings(
            chosen.release,
            Context(
                values.get("role"),
                values.get("runtime"),
                values.get("commands", COMMANDS),
                any_release="criu" not in values,
            ),
            _codes(values),
            _severities(values.get("severity", ())),
            fail_on=values.get("fail-on", Severity.WARNING),
            configuration=configuration,
            origins=origins,
            note=chosen.note,
            limits=RunLimits(**values.get("limits", {})),
            waived=waived,
        )


def _merge(
    layers: list[_Layer],
) -> tuple[dict[str, Any], dict[str, tuple[SettingOrigin, ...]]]:
    """Return the values of several layers, the last of which counts most, and their origins."""
    values: dict[str, Any] = {}
    origins: dict[str, tuple[SettingOrigin, ...]] = {}
    for layer in layers:
        if "select" in layer.values:
            # A new selection replaces all that was selected before.
            for key in ("extend-select", "ignore"):
                values.pop(key, None)
                origins.pop(key, None)
        for key, value in layer.values.items():
            if key in _ADDED and key in values:
                values[key] |= value
                origins[key] += (layer.origins[key],)
            else:
                values[key] = value
                origins[key] = (layer.origins[key],)
    return values, origins


def _without_ignore(layer: _Layer) -> _Layer:
    return layer._replace(
        values={key: value for key, value in layer.values.items() if key != "ignore"}
    )


def _for_all_files(configuration: Configuration) -> _Layer:
    values = {
        key: value
        for key, value in configuration.values.items()
        if key not in (*_BY_PATTERN, _BY_IMAGE)
    }
    origins = {
        key: SettingOrigin(configuration.written[key], configuration.place(key)) for key in values
    }
    return _Layer(values, origins)


def _for_pattern(configuration: Configuration, table: str, number: int) -> _Layer:
    """Return what the numbered pattern of a table sets."""
    pattern, written = list(configuration.written[table].items())[number]
    value = configuration.values[table][number][1]
    if table == "per-file-ignores":
        origin = SettingOrigin(written, configuration.place(table, pattern))
        return _Layer({table: value}, {table: origin})
    origins = {
        key: SettingOrigin(word, configuration.place(table, pattern, key))
        for key, word in written.items()
    }
    return _Layer(value, origins)


def option(key: str) -> str:
    """Return the command line option that sets a key."""
    return "--for" if key == "commands" else f"--{key}"


def _read(given: Mapping[str, Any]) -> dict[str, Any]:
    if not given:
        return {}
    from criulint.configuration.keys import KEYS, Section

    return Section(KEYS).read(dict(given))


def _codes(values: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the codes of the rules to report, None for those that run by default."""
    if not values.keys() & {"select", *_ADDED}:
        return None
    selected = values.get("select")
    if selected is None:
        from criulint.rules.selection import default_codes

        selected = default_codes()
    nothing = frozenset[str]()
    extended, *ignored = (values.get(key, nothing) for key in _ADDED)
    return frozenset((selected | extended).difference(*ignored))


def _all_codes(values: Mapping[str, Any]) -> frozenset[str]:
    """Return the codes of the rules to report."""
    from criulint.rules.selection import default_codes

    codes = _codes(values)
    return default_codes() if codes is None else codes


def _severities(pairs: tuple[tuple[frozenset[str], Severity], ...]) -> dict[str, Severity]:
    """Return the severity that each rule is given; a word that names fewer rules wins."""
    by_size = sorted(pairs, key=lambda pair: -len(pair[0]))
    return {code: severity for codes, severity in by_size for code in codes}
