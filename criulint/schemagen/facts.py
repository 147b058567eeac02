# SPDX-License-Identifier: MIT
"""What was extracted from a release's help text, manual page and, if it was run, binary.

A facts file, `schema/facts/criu-RELEASE.json`, holds only names, forms and arities, no sentences.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

ArityName = Literal["none", "required", "optional"]

_ARITIES: tuple[ArityName, ...] = ("none", "required", "optional")


class FactsError(ValueError):
    """A facts file that does not have the form that this module writes."""


@dataclass
class DocumentedOption:
    """What one document says about one option.

    `forms` are the value's forms as written (`[mode]`, `PID`; an empty form is left out), and
    `arity` follows from them. `negatable` marks an option shown as `--[no-]NAME`; `default` is a
    value that the text calls the default; `choices` are the values that it lists.
    """

    name: str
    short: str | None = None
    arity: ArityName = "none"
    forms: list[str] = field(default_factory=list)
    negatable: bool = False
    default: str | None = None
    choices: list[str] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)

    def add_value(self, form: str) -> None:
        """Add a form of the option's value; an empty form means that it takes no value."""
        if form:
            self.forms.append(form)
            self.arity = "optional" if _is_bracketed(form) else "required"

    def to_json(self) -> dict[str, Any]:
        """Return the fact as JSON data, without what the document does not say."""
        data: dict[str, Any] = {
            "name": self.name,
            "short": self.short,
            "arity": self.arity,
            "forms": self.forms,
        }
        data |= {"negatable": self.negatable, "default": self.default, "choices": self.choices}
        data["sections"] = self.sections
        return {key: value for key, value in data.items() if value}


@dataclass
class Page:
    """What one document says.

    `negation`: whether it says that flags have a twin that begins with `no-`.
    """

    negation: bool
    options: list[DocumentedOption]

    def to_json(self) -> dict[str, Any]:
        """Return the page's facts as JSON data."""
        return {"negation": self.negation, "options": [option.to_json() for option in self.options]}

    @classmethod
    def from_json(cls, data: Any) -> Page:
        """Return the facts in JSON data that `to_json` wrote. FactsError for other data."""
        try:
            options = [DocumentedOption(**option) for option in data["options"]]
            page = cls(bool(data["negation"]), options)
        except (TypeError, KeyError) as error:
            raise FactsError(f"not a document's facts: {error}") from error
        if any(option.arity not in _ARITIES for option in options):
            raise FactsError("not a document's facts: unknown arity")
        return page


@dataclass
class ProbedOption:
    """What a binary says about one option.

    `same_as` is an earlier option that sets the same thing (see `criulint.schemagen.probe`).
    `values` are the values that were tried, each with CRIU's message, None if CRIU accepts it.
    """

    name: str
    arity: ArityName
    same_as: str | None = None
    values: dict[str, str | None] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the fact as JSON data."""
        data: dict[str, Any] = {"name": self.name, "arity": self.arity, "same-as": self.same_as}
        data["values"] = self.values
        return {key: value for key, value in data.items() if value}


@dataclass
class Binary:
    """What a binary says: its version, its long options in its order, its short options' arities.

    The arity is None for a short option with which CRIU exits at once (`-h`, `-V`).
    """

    version: str
    options: list[ProbedOption]
    short_options: dict[str, ArityName | None]

    def to_json(self) -> dict[str, Any]:
        """Return the binary's facts as JSON data."""
        return {
            "version": self.version,
            "short-options": self.short_options,
            "options": [option.to_json() for option in self.options],
        }

    @classmethod
    def from_json(cls, data: Any) -> Binary:
        """Return the facts in JSON data that `to_json` wrote. FactsError for other data."""
        try:
            options = [
                ProbedOption(
                    option["name"],
                    option["arity"],
                    option.get("same-as"),
                    dict(option.get("values", {})),
                )
                for option in data["options"]
            ]
            return cls(data["version"], options, dict(data["short-options"]))
        except (AttributeError, TypeError, KeyError, ValueError) as error:
            raise FactsError(f"not a binary's facts: {error}") from error


@dataclass
class Facts:
    """Everything that was extracted from one release; a source that was not available is None."""

    release: str
    help: Page | None = None
    man: Page | None = None
    binary: Binary | None = None

    def choices(self, option: str) -> list[str]:
        """Return the values of an option that the documents list."""
        return [
            choice
            for page in (self.help, self.man)
            if page is not None
            for documented in page.options
            if documented.name == option
            for choice in documented.choices
        ]

    def to_json(self) -> dict[str, Any]:
        """Return the facts as the JSON data of a facts file."""
        data: dict[str, Any] = {"release": self.release}
        for key, source in (("help", self.help), ("man", self.man), ("binary", self.binary)):
            if source is not None:
                data[key] = source.to_json()
        return data

    @classmethod
    def from_json(cls, data: Any) -> Facts:
        """Return the facts in JSON data that `to_json` wrote. FactsError for other data."""
        if not isinstance(data, dict) or not isinstance(data.get("release"), str):
            raise FactsError("not a facts file: it names no release")
        return cls(
            data["release"],
            Page.from_json(data["help"]) if "help" in data else None,
            Page.from_json(data["man"]) if "man" in data else None,
            Binary.from_json(data["binary"]) if "binary" in data else None,
        )


def merge_documented(options: Iterable[DocumentedOption]) -> list[DocumentedOption]:
    """Merge what a document says about an option in several places, in order of first mention.

    An option that is shown with and without a value takes an optional one.
    """
    merged: dict[str, DocumentedOption] = {}
    for option in options:
        known = merged.setdefault(option.name, option)
        if known is option:
            continue
        known.short = known.short or option.short
        known.negatable = known.negatable or option.negatable
        known.default = known.default or option.default
        known.arity = option.arity if known.arity == option.arity else "optional"
        known.forms += [form for form in option.forms if form not in known.forms]
        known.choices += [value for value in option.choices if value not in known.choices]
        known.sections += [section for section in option.sections if section not in known.sections]
    return list(merged.values())


def _is_bracketed(form: str) -> bool:
    """Return whether one pair of brackets encloses the whole form.

    It does in `[fs[,fs]]`, but not in `[controller:]/newroot`.
    """
    depth = 0
    for position, char in enumerate(form):
        depth += {"[": 1, "]": -1}.get(char, 0)
        if depth <= 0:
            return position == len(form) - 1 and form[0] == "["
    return False
