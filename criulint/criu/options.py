# SPDX-License-Identifier: MIT
"""The options of a CRIU release, from its schema: names, arities, values, and facts for rules."""

from __future__ import annotations

import re
from bisect import bisect_left
from enum import Enum
from functools import cache, cached_property
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from criulint.criu import values
from criulint.criu.context import COMMANDS
from criulint.criu.releases import Release, load_schema
from criulint.criu.values import VALUE_CHECKS
from criulint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

#: The kinds of values that are paths.
PATH_KINDS = frozenset(("file", "dir", "path"))
#: Options that are valid for one run of CRIU only: a process, a descriptor, a query.
ONE_RUN_OPTIONS = frozenset(("tree", "close", "status-fd", "ps-socket", "feature"))

# criu/config.c, parse_options: all other integers are stored as they are.
_CONVERSIONS = {"port": values.port_number, "timeout": values.timeout_seconds}


class Arity(str, Enum):
    """Whether an option takes a value, in ``getopt_long``'s terms."""

    NONE = "none"
    REQUIRED = "required"
    OPTIONAL = "optional"


class Option:
    """A long option of a release.

    `facts` is its property in the schema, `value` the schema of one value.
    """

    def __init__(self, name: str, facts: dict[str, Any], value: dict[str, Any]) -> None:
        self.name = name
        self.facts = facts
        self.value = value
        self.arity = Arity(facts["x-criu-arity"])
        self.kind: str = value.get("x-criu-kind", "string")
        #: The name of the flag that this option switches off: ``x`` for ``no-x``.
        self.negates: str | None = facts.get("x-criu-negates")
        #: The name without ``no-`` if the option negates another, else its own name.
        self.positive: str = self.negates or name
        #: The option whose name stands for CRIU's variable: options with one variable share it.
        #: Source: criu/include/cr_options.h (v4.2).
        self.variable: str = facts.get("x-criu-variable", self.positive)

    def __repr__(self) -> str:
        return f"Option({self.name!r})"

    @property
    def description(self) -> str:
        """What the option does, in a sentence of Markdown."""
        text: str = self.facts["description"]
        return text

    @property
    def advice(self) -> str:
        """What to consider before setting the option in a file; empty if nothing."""
        text: str = self.facts.get("x-criu-advice", "")
        return text

    @property
    def is_flag(self) -> bool:
        """Whether the option takes no value."""
        return self.arity is Arity.NONE

    @property
    def negated_by(self) -> str | None:
        """The name of the option that switches this flag off."""
        return self.facts.get("x-criu-negated-by")

    @property
    def default(self) -> bool | int | str | None:
        """The value of CRIU's variable when nothing sets it, None if there is none."""
        return self.facts.get("x-criu-default")

    @property
    def default_path(self) -> str:
        """The default of an option that takes a path; empty if there is none."""
        default = self.default
        return default if isinstance(default, str) else ""

    @property
    def has_default(self) -> bool:
        """Whether it is known what applies when nothing sets the option; that may be nothing."""
        return "x-criu-default" in self.facts

    @property
    def is_ignored(self) -> bool:
        """Whether CRIU ignores the option in a file."""
        return self.facts.get("x-criu-in-file") == "ignored"

    @property
    def is_for_one_run(self) -> bool:
        """Whether it belongs on the command line, because it is for one run of CRIU."""
        return self.exits or self.name in ONE_RUN_OPTIONS

    @property
    def exits(self) -> bool:
        """Whether CRIU prints something and exits when it reads this option in a file."""
        return self.facts.get("x-criu-in-file") == "exits"

    @property
    def repeat(self) -> str:
        """What CRIU does with an option given twice: ``last-wins``, ``accumulate``, ..."""
        text: str = self.facts["x-criu-repeat"]
        return text

    @property
    def accumulates(self) -> bool:
        """Whether CRIU keeps all values of an option that is given several times."""
        return self.repeat == "accumulate"

    def replaces(self, value: bytes | None, earlier: bytes | None) -> bool:
        """Return whether `value` of an option that accumulates makes CRIU forget an `earlier` one.

        None is the option without a value.
        """
        replaces = self.facts.get("x-criu-replaces")
        if replaces is None:
            return False
        by_all = value is None or re.search(replaces, _text(value)) is not None
        return by_all and self.can_be_replaced(earlier)

    def can_be_replaced(self, value: bytes | None) -> bool:
        """Return whether a later value of an accumulating option can make CRIU forget this one."""
        replaced = self.facts.get("x-criu-replaced")
        return replaced is None or value is None or re.search(replaced, _text(value)) is not None

    @property
    def commands(self) -> tuple[str, ...]:
        """CRIU's commands that use the option; if none is known, all that a file is for."""
        return tuple(self.facts.get("x-criu-commands") or COMMANDS)

    @property
    def since(self) -> str:
        """The first release that has the option."""
        text: str = self.facts["x-criu-since"]
        return text

    @property
    def is_deprecated(self) -> bool:
        """Whether CRIU's documentation or its messages advise against the option."""
        return bool(self.facts.get("deprecated"))

    @property
    def replaced_by(self) -> str:
        """The option to use instead; empty if there is none."""
        text: str = self.facts.get("x-criu-replaced-by", "")
        return text

    @property
    def is_documented(self) -> bool:
        """Whether ``criu --help`` or the manual page has the option."""
        return bool(self.facts.get("x-criu-documented"))

    @property
    def is_hidden(self) -> bool:
        """Whether the option is not meant for users, and not to be suggested."""
        return bool(self.facts.get("x-criu-hidden"))

    @property
    def rpc_field(self) -> str:
        """The field of CRIU's RPC request that does the same; empty if there is none."""
        text: str = self.facts.get("x-criu-rpc-field", "")
        return text

    @property
    def form(self) -> str:
        """How a value is written, such as ``KIND[ID]:PATH``; empty if it is free text."""
        text: str = self.value.get("x-criu-form", "")
        return text

    @property
    def range(self) -> tuple[int, int] | None:
        """The smallest and the largest number that make sense; None if any does."""
        limits = self.value.get("x-criu-range")
        return None if limits is None else (limits[0], limits[1])

    @property
    def suggested(self) -> tuple[str, ...]:
        """Values that make sense, if CRIU accepts others too."""
        return tuple(self.value.get("x-criu-suggested", ()))

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that CRIU accepts, if it accepts no others."""
        return tuple(choice for choice in self.value.get("enum", ()) if isinstance(choice, str))

    @property
    def choice_descriptions(self) -> dict[str, str]:
        """What a value does, in Markdown, by value; may be empty."""
        descriptions: dict[str, str] = self.value.get("x-criu-enum-docs", {})
        return descriptions

    def refusal(self, value: bytes | None) -> str | None:
        """Return CRIU's message if it refuses a value on every host, else None.

        The message is without the place in CRIU's source. `value` is None for the bare option.
        """
        if value is None or self._accepts is None:
            return None
        rest = self._accepts(value)
        if rest is None:
            return None
        return refusal_text(self.name, self.value, _text(value), _text(rest))

    def number(self, value: bytes) -> int | None:
        """Return the number that CRIU reads in a value; None for an option without numbers.

        A size is in bytes, a timeout in seconds; a level of ``verbosity`` is the one that the
        value sets if nothing has set it before.
        """
        if self.kind == "size":
            return values.parse_size(value)
        if self.kind == "verbosity":
            return values.log_level(value)
        if self.kind != "int":
            return None
        return _CONVERSIONS.get(self.name, values.atoi)(value)

    @cached_property
    def _accepts(self) -> Callable[[bytes], bytes | None] | None:
        """The part of a value that CRIU refuses, as a function of the value; None if it takes any.

        It replaces the schema's keywords, so that a check needs no JSON Schema library.
        """
        check = self.value.get("x-criu-check")
        if check:
            return VALUE_CHECKS[check]
        enum = self.value.get("enum")
        if enum is not None:
            choices = frozenset(choice.encode() for choice in enum if isinstance(choice, str))
            return lambda value: None if value in choices else value
        pattern = self.value.get("pattern")
        if pattern:
            search = re.compile(pattern).search
            return lambda value: None if search(_text(value)) else value
        return None


def refusal_text(name: str, schema: dict[str, Any], value: str, rest: str) -> str:
    """Return CRIU's message for a value that it refuses.

    `schema` is that of the option's values, `rest` the part of the value that is refused.
    """
    template: str = schema["x-criu-refusal"]
    if value.startswith(":") and "x-criu-refusal-without-key" in schema:
        template, rest = schema["x-criu-refusal-without-key"], value[1:]
    return template.format(name=name, value=value, rest=rest)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


class ShortOption(NamedTuple):
    """A one-letter option, with the arity that CRIU's short option string gives it."""

    option: Option
    arity: Arity


class OptionTable:
    """The ``getopt_long`` table of a release, from its schema."""

    def __init__(self, release: str) -> None:
        schema = load_schema(release)
        values = schema["$defs"]
        self.release = Release(release)
        #: In the order of CRIU's table.
        self.options: dict[str, Option] = {
            name: Option(name, facts, values[name]) for name, facts in schema["properties"].items()
        }
        self.short: dict[bytes, ShortOption] = {
            letter.encode(): ShortOption(self.options[entry["option"]], Arity(entry["arity"]))
            for letter, entry in schema["x-criu-short-options"].items()
        }
        self._resolved: dict[bytes, tuple[Option | None, tuple[str, ...]]] = {
            name.encode(): (option, ()) for name, option in self.options.items()
        }
        self._sorted_names = sorted(self.options)
        self._places = {name: place for place, name in enumerate(self.options)}

    def resolve(self, name: bytes) -> tuple[Option | None, tuple[str, ...]]:
        """Return the option that a name means, and the candidates if it is ambiguous.

        The name may be abbreviated. An unknown name gives None and no candidates.
        """
        known = self._resolved.get(name)
        if known is not None:
            return known
        prefix = name.decode("latin-1")
        following = self._sorted_names[bisect_left(self._sorted_names, prefix) :]
        names = takewhile(lambda known: known.startswith(prefix), following)
        matches = [self.options[known] for known in sorted(names, key=self._places.__getitem__)]
        if not matches:
            return None, ()
        first = matches[0]
        # getopt_long treats entries with the same flag, value and arity as one option.
        others = [option for option in matches[1:] if not _same_entry(first, option)]
        if not others:
            return first, ()
        return None, (first.name, *(option.name for option in others))


def _same_entry(first: Option, second: Option) -> bool:
    return second.facts.get("x-criu-same-as") == first.name  # schema


@cache
def option_table(release: str) -> OptionTable:
    """Return the table of a release from `criulint.criu.releases.releases`."""
    return OptionTable(release)
