# SPDX-License-Identifier: MIT
"""The keys of criulint's configuration and their values.

Reading a file, showing settings, and the JSON Schema all use `KEYS`.
"""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any, Protocol

from criulint import __version__
from criulint.configuration.limits import RunLimits
from criulint.criu import runtimes
from criulint.criu.context import COMMANDS, Caller, Role
from criulint.criu.releases import Release, UnknownReleaseError, find_release, releases
from criulint.finding import Severity
from criulint.named_tuple import NamedTuple
from criulint.patterns import Patterns, parse_patterns
from criulint.rules.selection import matching
from criulint.text import did_you_mean, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Schema = dict[str, Any]


class WrongValueError(ValueError):
    """An invalid value of a key; `place` is the path of keys and words to the mistake."""

    def __init__(self, message: str, *place: str) -> None:
        super().__init__(message)
        self.place = place


class ValueType(Protocol):
    """The type of a key's values."""

    def read(self, value: Any) -> Any:
        """Return the meaning of a TOML value. WrongValueError if it is invalid."""

    def schema(self) -> Schema:
        """Return the JSON Schema of the values."""


class Key(NamedTuple):
    """A key, the type of its values, and what it is for."""

    name: str
    kind: ValueType
    description: str


_TYPES = {
    str: "a string",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a table",
}


def _wrong_type(wanted: str, value: object, *place: str) -> WrongValueError:
    return WrongValueError(
        f"must be {wanted}, not {_TYPES.get(type(value), 'a date or a time')}", *place
    )


class _Word:
    """A string that `parse` accepts; it raises ValueError for others."""

    def __init__(self, parse: Callable[[str], Any], schema: Callable[[], Schema]) -> None:
        self._parse = parse
        self._schema = schema

    def read(self, value: Any) -> Any:
        if not isinstance(value, str):
            raise _wrong_type("a string", value)
        try:
            return self._parse(value)
        except ValueError as error:
            raise WrongValueError(shown_line(error), value) from None

    def schema(self) -> Schema:
        return self._schema()


class _Switch:
    """True or false."""

    def read(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise _wrong_type("true or false", value)
        return value

    def schema(self) -> Schema:
        return {"type": "boolean"}


class _Number:
    """A whole number from 1 to `most`."""

    def __init__(self, most: int) -> None:
        self._most = most

    def read(self, value: Any) -> int:
        if type(value) is not int:  # a bool is an int, too
            raise _wrong_type("a number", value)
        if not 1 <= value <= self._most:
            raise WrongValueError(
                f"must be a number from 1 to {self._most}; only the command line can allow more"
            )
        return value

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": 1, "maximum": self._most}


class _List:
    """A list of at least one word; `join` combines their meanings."""

    def __init__(self, word: _Word, join: Callable[[list[Any]], Any]) -> None:
        self._word = word
        self._join = join

    def read(self, value: Any) -> Any:
        if not isinstance(value, list):
            raise _wrong_type("a list of strings", value)
        if not value:
            raise WrongValueError("the list is empty")
        if wrong := next((item for item in value if not isinstance(item, str)), None):
            raise _wrong_type("a list of strings", wrong)
        return self._join([self._word.read(item) for item in value])

    def schema(self) -> Schema:
        return {"type": "array", "items": self._word.schema(), "minItems": 1, "uniqueItems": True}


class _Table:
    """A table whose keys are words, read as a tuple of pairs."""

    def __init__(self, word: _Word, kind: ValueType) -> None:
        self._word = word
        self._kind = kind

    def read(self, value: Any) -> tuple[tuple[Any, Any], ...]:
        if not isinstance(value, dict):
            raise _wrong_type("a table", value)
        pairs = []
        for name, entry in value.items():
            try:
                key = self._word.read(name)
            except WrongValueError as error:
                trap = any(name == key.name for key in KEYS)
                hint = f"; the key {name} must be above the first table" if trap else ""
                raise WrongValueError(f"{error}{hint}", name) from None
            try:
                pairs.append((key, self._kind.read(entry)))
            except WrongValueError as error:
                raise WrongValueError(f"{shorten(name)}: {error}", name, *error.place) from None
        return tuple(pairs)

    def schema(self) -> Schema:
        return {
            "type": "object",
            "propertyNames": self._word.schema(),
            "additionalProperties": self._kind.schema(),
        }


class Section:
    """A table with a fixed set of optional keys, read as a dictionary."""

    def __init__(self, keys: tuple[Key, ...]) -> None:
        self._keys = {key.name: key for key in keys}

    def read(self, value: Any) -> dict[str, Any]:
        """Return the meaning of each key. WrongValueError for an unknown key or a wrong value."""
        if not isinstance(value, dict):
            raise _wrong_type("a table", value)
        read = {}
        for name, entry in value.items():
            key = self._keys.get(name)
            if key is None:
                hint = did_you_mean(name, self._keys) or f"; choose from {', '.join(self._keys)}"
                raise WrongValueError(f"no key '{shorten(name)}'{hint}", name)
            try:
                read[name] = key.kind.read(entry)
            except WrongValueError as error:
                raise WrongValueError(f"{name}: {error}", name, *error.place) from None
        return read

    def schema(self) -> Schema:
        """Return the JSON Schema of the table."""
        properties = {
            key.name: {**key.kind.schema(), "description": key.description}
            for key in self._keys.values()
        }
        return {"type": "object", "properties": properties, "additionalProperties": False}


def shown_line(error: Exception) -> str:
    """Return the message of an error on one line."""
    return " ".join(str(error).split())


# What the words mean


def _choice(known: Mapping[str, Any]) -> Callable[[str], Any]:
    """Return a parser of the words in `known`."""

    def parse(word: str) -> Any:
        if word not in known:
            hint = did_you_mean(word, known) or f"; choose from {', '.join(known)}"
            raise ValueError(f"unknown value '{shorten(word)}'{hint}")
        return known[word]

    return parse


def _enum(known: Iterable[str]) -> Callable[[], Schema]:
    words = list(known)
    return lambda: {"type": "string", "enum": words}


def _release(word: str) -> str:
    """Return a release, or ``installed``, which only a run can turn into one."""
    if word == "installed":
        return word
    try:
        return find_release(word)
    except UnknownReleaseError as error:
        known = releases()
        if re.fullmatch(r"\d+(\.\d+)*", error.release) and Release(error.release) < known[0]:
            raise ValueError(
                f"no schema for CRIU {error.release}: the oldest known release is {known[0]}, the"
                f" newest {known[-1]}"
            ) from None
        hint = (
            did_you_mean(error.release, (*releases(), "installed"))
            or f"; known releases: {', '.join(releases())}"
        )
        raise ValueError(f"no schema for CRIU {shorten(error.release)}{hint}") from None


def read_caller(word: str) -> Caller:
    """Return the caller for ``NAME`` or ``NAME@VERSION``. ValueError if the name is unknown."""
    try:
        return runtimes.find_caller(word)
    except runtimes.UnknownCallerError as error:
        hint = did_you_mean(error.name, error.known) or f"; choose from {', '.join(error.known)}"
        raise ValueError(f"no runtime '{shorten(error.name)}'{hint}") from None


def _pattern(word: str) -> str:
    """Return a pattern of gitignore(5) unchanged. ValueError if it cannot match anything."""
    try:
        found = parse_patterns([word])
    except ValueError as error:
        raise ValueError(f"'{shorten(word)}' is {error}") from None
    if not found:
        raise ValueError(f"the pattern '{shorten(word)}' matches nothing")
    return word


def _one_pattern(word: str) -> Patterns:
    if _pattern(word).startswith("!"):
        raise ValueError(f"the pattern '{shorten(word)}' matches nothing")
    return parse_patterns([word])


def _requirement(word: str) -> str:
    """Return a requirement unchanged. ValueError if this criulint does not meet it."""
    for part in word.split(","):
        match = re.fullmatch(_REQUIREMENT, part.strip())
        if not match:
            raise ValueError(f"'{shorten(word)}' is not a version or a range such as >=1.2,<2")
        if not _COMPARISONS[match[1] or "=="](_numbers(__version__), _numbers(match[2])):
            raise ValueError(f"criulint {shorten(word)} is required, and this is {__version__}")
    return word


def _numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a release, without zeros at the end: 1.0 and 1 are equal."""
    numbers = [int(number) for number in re.findall(r"\d+", re.split(r"[^\d.]", version)[0])]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


_REQUIREMENT = r"(==|!=|<=|>=|<|>)?\s*(\d+(?:\.\d+)*)"
_COMPARISONS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


def _union(sets: list[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def _release_schema() -> Schema:
    return {"type": "string", "enum": ["installed", *reversed(releases())]}


#: Where the JSON Schema has the words that name rules.
RULE_REFERENCE = "#/definitions/rule"

_RULE = _Word(matching, lambda: {"$ref": RULE_REFERENCE})
_RULES = _List(_RULE, _union)
_PATTERN = _Word(_one_pattern, lambda: {"type": "string", "pattern": "^[^#!\\s]"})
_PATTERNS = _List(
    _Word(_pattern, lambda: {"type": "string", "pattern": "^[^#\\s]"}), parse_patterns
)
_SEVERITIES = {str(severity): severity for severity in sorted(Severity, reverse=True)}
_COMMANDS = _Word(_choice({command: command for command in COMMANDS}), _enum(COMMANDS))

PER_FILE_KEYS = (
    Key(
        "criu",
        _Word(_release, _release_schema),
        "The CRIU release that reads the files, or `installed` for the one on this host."
        " Default: the newest known.",
    ),
    Key(
        "runtime",
        _Word(
            read_caller,
            lambda: {
                "type": "string",
                "pattern": f"^({'|'.join(runtimes.caller_names())})(@v?[0-9].*)?"
                f"(\\+({'|'.join(runtimes.runtimes())})(@v?[0-9].*)?)?$",
                "examples": ["runc@1.3.0", "crun", "podman@5.4.2+runc@1.1.15"],
            },
        ),
        "What calls CRIU, with its version if known: `runc@1.3.0`, `podman@5.4.2+runc@1.1.15`."
        " Default: anything.",
    ),
    Key(
        "role",
        _Word(_choice({role.value: role for role in Role}), _enum(role.value for role in Role)),
        "Which of CRIU's configuration files a file is: `default` is /etc/criu/default.conf, `user`"
        " ~/.criu/default.conf, `env` the one that $CRIU_CONFIG_FILE names, `cli` that of --config,"
        " `rpc` one that a runtime names, such as runc.conf and crun.conf. Default: by the file's"
        " path.",
    ),
    Key(
        "commands",
        _List(_COMMANDS, lambda words: tuple(command for command in COMMANDS if command in words)),
        "The CRIU commands that read the files. Default: all of them.",
    ),
)

# The author of a file can also write its configuration, which can therefore only lower a limit.
_LIMITS = Section(
    tuple(
        Key(name, _Number(RunLimits._field_defaults[name]), description)
        for name, description in (
            ("size", "Largest configuration file, in bytes."),
            ("document", "Largest YAML or JSON file with configuration files in it, in bytes."),
            ("findings", "Most findings of a run, in all files together."),
            ("time", "Longest run, in seconds."),
        )
    )
)

_SELECTION_KEYS = (
    Key(
        "select",
        _RULES,
        "The rules to report, by code, prefix of a code, or name; `ALL` for all. Default: all"
        " but CRIU6.",
    ),
    Key("extend-select", _RULES, "Rules to report in addition to those of `select`."),
    Key("ignore", _RULES, "Rules not to report, even if they are selected."),
)
_FAILURE_KEYS = (
    Key(
        "severity",
        _Table(_RULE, _Word(_choice(_SEVERITIES), _enum(_SEVERITIES))),
        "Other severities for rules. The more specific name wins: `CRIU201` before `CRIU2`.",
    ),
    Key(
        "fail-on",
        _Word(_choice({**_SEVERITIES, "never": None}), _enum([*_SEVERITIES, "never"])),
        "The lowest severity that makes the exit status 1. Default: warning.",
    ),
)
_TEXT = _Word(str, lambda: {"type": "string"})
#: The words of ``layers`` and ``--layers``.
LAYERS = ("all", "own", "base")

PER_IMAGE_KEYS = (
    *(key for key in PER_FILE_KEYS if key.name != "role"),
    *_SELECTION_KEYS,
    *_FAILURE_KEYS,
    Key(
        "layers",
        _Word(_choice({word: word for word in LAYERS}), _enum(LAYERS)),
        "Report findings from `all` layers, only from the image's `own`, or only from its"
        " `base` image. Default: `all`.",
    ),
    Key("base", _TEXT, "The name of the base image. Default: what labels or the Dockerfile say."),
    Key("dockerfile", _TEXT, "The Dockerfile that the image is built from."),
    Key("require-file", _Switch(), "Whether an image without a file to check is an error."),
)

KEYS = (
    *PER_FILE_KEYS,
    *_SELECTION_KEYS,
    Key(
        "per-file-ignores",
        _Table(_PATTERN, _RULES),
        "Rules not to report in the files that a pattern matches. Patterns are those of"
        " gitignore(5), relative to the directory of the configuration file.",
    ),
    *_FAILURE_KEYS,
    Key(
        "required-version",
        _Word(
            _requirement,
            lambda: {
                "type": "string",
                "pattern": "^\\s*(==|!=|<=|>=|<|>)?\\s*[0-9]+(\\.[0-9]+)*\\s*(,.*)?$",
                "examples": [">=1.2", "1.2.3"],
            },
        ),
        "The version of criulint that the configuration needs, or a range such as `>=1.2,<2`."
        " Other versions stop with an error.",
    ),
    Key(
        "limits",
        _LIMITS,
        "Stricter limits than the defaults on what files may cost: `size` and `document` in"
        " bytes, `findings`, and `time` in seconds. Only `--limit` can allow more.",
    ),
    Key(
        "include",
        _PATTERNS,
        "Files in directories to check besides criu/*.conf, .criu/*.conf, *criu*.conf, runc.conf"
        " and crun.conf: patterns of gitignore(5).",
    ),
    Key("exclude", _PATTERNS, "Files and directories to skip: patterns of gitignore(5)."),
    Key(
        "files",
        _Table(_PATTERN, Section(PER_FILE_KEYS)),
        "Other settings for the files that a pattern of gitignore(5) matches; of several patterns"
        " the last one wins.",
    ),
    Key(
        "images",
        _Table(_PATTERN, Section(PER_IMAGE_KEYS)),
        "Other settings for `criulint image`, for the images whose names a pattern of gitignore(5)"
        " matches, with or without scheme, tag and digest; of several patterns the last one wins.",
    ),
)
