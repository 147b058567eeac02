# SPDX-License-Identifier: GPL-2.0-only
"""What a rule is, and the line in both views that rules look at.

A rule is metadata and a pure function. Most look at one line, whatever file it stands in, so what they say of a line can
be remembered; a few need the whole reading. Neither kind reads files, prints or decides about severity thresholds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from criulint.criu.getopt import Error, ErrorKind, Found, Parsed, parse
from criulint.criu.options import Arity, Option, OptionTable
from criulint.criu.reading import Reading
from criulint.criu.scanner import LineScan, Word, line_scanner, scan_line_3_16
from criulint.criu.settings import Setting, Settings
from criulint.criu.values import external_crashes
from criulint.finding import Fix, Severity
from criulint.rules import guesses
from criulint.source import code_points, decode, encode
from criulint.syntax import LineTree, parse_line

if TYPE_CHECKING:
    from criulint.host.filesystem import Surroundings
    from criulint.suppressions import Suppressions


class Rewrite(NamedTuple):
    """A fix: the text that the line becomes (without LF; may hold several lines), or None if the line goes."""

    title: str
    text: str | None
    safe: bool


class Problem(NamedTuple):
    """What a rule finds: 0-based code points in the line, the end exclusive, and what to say there.

    `severity` is for a case that is better or worse than the rule's other ones.
    """

    start: int
    end: int
    message: str
    help: str = ""
    rewrite: Rewrite | None = None
    severity: Severity | None = None


class FileProblem(NamedTuple):
    """A `Problem` and the 1-based line that it is on; `fix` where one line's rewriting does not mend it."""

    line: int
    problem: Problem
    fix: Fix | None = None


LineCheck = Callable[["Line"], Iterator[Problem]]
FileCheck = Callable[[Reading], Iterator[FileProblem]]
SettingsCheck = Callable[[Settings], Iterator[FileProblem]]
SurroundingsCheck = Callable[[Settings, "Surroundings"], Iterator[FileProblem]]
SuppressionsCheck = Callable[["Suppressions"], Iterator[FileProblem]]


# By the first digit of the code, for rules that name no others.
_READING = "Sources: criu/config.c, `parse_config` and `parse_options` (v4.2); the GNU C library, posix/getopt.c."
_FAMILY_SOURCES = {
    "1": _READING,
    "2": _READING,
    "3": "Source: criu/config.c, `parse_options` (v4.2).",
}


class Rule(NamedTuple):
    """A rule. `code` never changes its meaning, `name` explains itself; either names the rule everywhere.

    The docstring of its function is its documentation (Markdown); `bad` and `good` are whole files that the tests run
    with the release `example_release` (None: the newest known), the path `example_path` and the caller of CRIU
    `example_runtime`; `bad_machine` and
    `good_machine` list what lies around them (`criulint.host.filesystem.Listing`). `default`: whether the rule runs without
    being selected.
    """

    code: str
    name: str
    severity: Severity
    bad: str
    good: str
    example_release: str | None
    fixable: bool
    check_line: LineCheck | None = None
    check_file: FileCheck | None = None
    check_settings: SettingsCheck | None = None
    example_path: str | None = None
    example_runtime: str | None = None
    default: bool = True
    check_surroundings: SurroundingsCheck | None = None
    check_suppressions: SuppressionsCheck | None = None
    bad_machine: tuple[str, ...] = ()
    good_machine: tuple[str, ...] = ()

    def around(self, machine: tuple[str, ...]) -> Surroundings | None:
        """The surroundings of an example, if the rule looks at them."""
        from criulint.host.filesystem import Listing, Surroundings

        return (
            Surroundings(Listing(machine), self.example_path) if self.check_surroundings else None
        )

    @property
    def summary(self) -> str:
        """The first paragraph of the documentation, on one line."""
        return self._documentation.partition("\n\n")[0].replace("\n", " ")

    @property
    def explanation(self) -> str:
        """The documentation without its first paragraph, with its sources."""
        text = self._documentation.partition("\n\n")[2]
        sources = _FAMILY_SOURCES.get(self.code[4]) if "\nSource" not in text else None
        return f"{text}\n\n{sources}" if sources else text

    @property
    def _documentation(self) -> str:
        from inspect import cleandoc  # takes long to import, and a check does without

        checks = (
            self.check_line,
            self.check_file,
            self.check_settings,
            self.check_suppressions,
            self.check_surroundings,
        )
        return cleandoc(next(check.__doc__ or "" for check in checks if check))

    @property
    def url(self) -> str:
        """The page of the rule in the documentation."""
        return f"https://criulint.readthedocs.io/en/stable/rules/{self.name}/"


def line_rule(
    code: str,
    name: str,
    severity: Severity,
    *,
    bad: str,
    good: str,
    criu: str | None = None,
    fixable: bool = False,
) -> Callable[[LineCheck], Rule]:
    """Make a `Rule` of a function that looks at one line; the function's docstring becomes the documentation."""

    def make(check: LineCheck) -> Rule:
        return Rule(code, name, severity, bad, good, criu, fixable, check_line=check)

    return make


def file_rule(
    code: str,
    name: str,
    severity: Severity,
    *,
    bad: str,
    good: str,
    criu: str | None = None,
    fixable: bool = False,
) -> Callable[[FileCheck], Rule]:
    """Make a `Rule` of a function that looks at the whole reading; the function's docstring becomes the documentation."""

    def make(check: FileCheck) -> Rule:
        return Rule(code, name, severity, bad, good, criu, fixable, check_file=check)

    return make


def settings_rule(
    code: str,
    name: str,
    severity: Severity,
    *,
    bad: str,
    good: str,
    path: str | None = None,
    runtime: str | None = None,
    criu: str | None = None,
    fixable: bool = False,
    default: bool = True,
) -> Callable[[SettingsCheck], Rule]:
    """Make a `Rule` of a function that looks at all that a file sets; `path` and `runtime` are those of the examples."""

    def make(check: SettingsCheck) -> Rule:
        return Rule(
            code,
            name,
            severity,
            bad,
            good,
            criu,
            fixable,
            check_settings=check,
            example_path=path,
            example_runtime=runtime,
            default=default,
        )

    return make


def suppressions_rule(
    code: str, name: str, severity: Severity, *, bad: str, good: str, fixable: bool = False
) -> Callable[[SuppressionsCheck], Rule]:
    """Make a `Rule` of a function that looks at a file's suppressions when all other rules have been asked."""

    def make(check: SuppressionsCheck) -> Rule:
        return Rule(code, name, severity, bad, good, None, fixable, check_suppressions=check)

    return make


def surroundings_rule(
    code: str,
    name: str,
    severity: Severity,
    *,
    bad: str,
    bad_machine: tuple[str, ...] = (),
    good: str,
    good_machine: tuple[str, ...] = (),
    path: str = "/etc/criu/default.conf",
) -> Callable[[SurroundingsCheck], Rule]:
    """Make a `Rule` of a function that looks at the machine around a file, too; it is asked if one is known.

    `path` is where the examples lie on their machines.
    """

    def make(check: SurroundingsCheck) -> Rule:
        rule = Rule(
            code,
            name,
            severity,
            bad,
            good,
            None,
            False,
            check_surroundings=check,
            example_path=path,
        )
        return rule._replace(bad_machine=bad_machine, good_machine=good_machine)

    return make


def at(
    setting: Setting,
    message: str,
    help: str = "",
    rewrite: Rewrite | None = None,
    severity: Severity | None = None,
) -> FileProblem:
    """A problem at the words of a setting."""
    return FileProblem(
        setting.line, Problem(setting.start, setting.end, message, help, rewrite, severity)
    )


# What nobody could read in two ways: a name, perhaps a value without blanks, quotes or "#", perhaps a comment.
_PLAIN = re.compile(
    rb"""[ \t]*(?P<name>[A-Za-z][A-Za-z0-9-]*)(?:(?:[ ]+|=)(?P<value>[^\s\0"'\#=][^\s\0"\#]*))?(?:[ ]+(?:\#[^\0]*)?)?""",
    re.VERBOSE,
)


class Line:
    """One line in both views, read as if it stood alone in the file."""

    def __init__(self, raw: bytes, has_newline: bool, table: OptionTable) -> None:
        self.raw = raw
        self.has_newline = has_newline
        self.table = table
        self.scan: LineScan = line_scanner(table.release)(raw, has_newline)

    @cached_property
    def text(self) -> str:
        """The line without LF."""
        return decode(self.raw)

    @cached_property
    def tree(self) -> LineTree:
        """The line as written."""
        return parse_line(self.text)

    @cached_property
    def words(self) -> list[bytes]:
        """What the scanner makes of the line."""
        return [word.text for word in self.scan.words]

    @cached_property
    def parsed(self) -> Parsed:
        """What ``getopt_long`` makes of the words, if nothing stands before or behind them."""
        return parse(self.words, self.table)

    @cached_property
    def error(self) -> Error | None:
        """The first word that ``getopt_long`` refuses; an option that waits for its value is none."""
        for event in self.parsed.events:
            if isinstance(event, Error) and event.kind is not ErrorKind.MISSING_VALUE:
                return event
        return None

    @cached_property
    def found(self) -> Found | None:
        """The option of the line's first word, if ``getopt_long`` takes it."""
        for event in self.parsed.events[:1]:
            if isinstance(event, Found) and event.word == 0:
                return event
        return None

    @cached_property
    def waiting(self) -> Error | None:
        """The last word's option if its value is missing: it takes the next line's first word, if there is one."""
        for event in self.parsed.events[-1:]:
            if isinstance(event, Error) and event.kind is ErrorKind.MISSING_VALUE:
                return event
        return None

    @cached_property
    def invalid(self) -> tuple[Found, str] | None:
        """The first option whose value CRIU refuses, and its message."""
        for event in self.parsed.events:
            if isinstance(event, Found):
                refusal = event.refusal
                if refusal is not None:
                    return event, refusal
        return None

    @cached_property
    def stops(self) -> Found | None:
        """The first option at which CRIU prints and ends."""
        for event in self.parsed.events:
            if isinstance(event, Found) and event.option.facts.get("x-criu-in-file") == "exits":
                return event
        return None

    @property
    def refused(self) -> bool:
        """Whether CRIU refuses the line while reading, or ends there."""
        return bool(self.scan.refused or self.error or self.invalid or self.stops)

    @cached_property
    def plain(self) -> bool:
        """Whether CRIU reads the line as it looks; only the value itself may then be a mistake."""
        match = _PLAIN.fullmatch(self.raw)
        if (
            not match
            or self.refused
            or self.waiting
            or not self.found
            or len(self.parsed.events) != 1
        ):
            return False
        return (
            self.found.option.name.encode() == match["name"]
            and self.found.value == match["value"]
            and not self.parsed.dropped
            and not self.scan.unsafe
        )

    # Columns

    def column(self, offset: int) -> int:
        """The 0-based code point of the byte at `offset`."""
        return code_points(self.raw, offset)

    def word_span(self, index: int) -> tuple[int, int]:
        """The 0-based code points that word `index` was made of."""
        word: Word = self.scan.words[index]
        return self.column(word.start), self.column(word.end)

    def value_span(self, found: Found) -> tuple[int, int]:
        """The 0-based code points of a found option's value: behind the ``=`` if it has one."""
        index = found.value_word if found.value_word >= 0 else found.word
        start, end = self.word_span(index)
        if found.value_word == found.word and not found.short:
            start += self.text[start:end].find("=") + 1
        return start, end

    @property
    def visible_span(self) -> tuple[int, int]:
        """The 0-based code points of the line without the blanks around its text."""
        stripped = self.text.strip(" \t\v\f\r")
        start = len(self.text) - len(self.text.lstrip(" \t\v\f\r")) if stripped else 0
        return start, start + len(stripped) if stripped else len(self.text)

    # What the author meant, and how to write it

    @property
    def written_value(self) -> str | None:
        """The value as written, without the quotes around it."""
        token = self.tree.value
        if token is None:
            return None
        if token.kind == "QUOTED":
            return token.text[1:-1].replace('\\"', '"')
        if token.kind == "SINGLE_QUOTED":
            return token.text[1:-1]
        return token.text

    @property
    def quotes_work(self) -> bool:
        """Whether double quotes can be used in a file of the release."""
        return line_scanner(self.table.release) is scan_line_3_16

    def reads_as(self, text: str, name: str, value: str | None) -> bool:
        """Whether CRIU reads `text` as just the option `name` with `value`, and takes that."""
        line = Line(encode(text), self.has_newline, self.table)
        events = line.parsed.events
        if len(events) != 1 or line.parsed.dropped or line.scan.unsafe or line.refused:
            return False
        event = events[0]
        if name == "external" and external_crashes(_bytes(value) or b""):
            return False
        return (
            isinstance(event, Found) and event.option.name == name and event.value == _bytes(value)
        )

    def rewrite(self, option: Option, value: str | None, *, whole: bool = False) -> str | None:
        """This line's text if it sets `option` to `value`, its indentation and comment kept.

        None if CRIU can't be told so in a file, or if words would get lost: those behind the written value, unless `value`
        stands for the `whole` line, and those behind a NUL byte.
        """
        nul = self.tree.nul_rest
        if (self.tree.extra and not whole) or (nul and nul.text.strip("\0 \t\v\f\r")):
            return None
        indent = self.text[: len(self.text) - len(self.text.lstrip(" \t"))]
        comment = self.tree.comment.text.rstrip("\r") if self.tree.comment else ""
        for body in _spellings(option, value):
            if self.reads_as(body, option.name, value):
                if not comment:
                    return indent + body
                if self.reads_as(f"{body} {comment}", option.name, value):
                    return f"{indent}{body} {comment}"
                return f"{indent}{comment}\n{indent}{body}"
        return None

    def removal(self, *, safe: bool) -> Rewrite:
        """The fix for a line that has to go: its comment stays."""
        indent = self.text[: len(self.text) - len(self.text.lstrip(" \t"))]
        comment = self.tree.comment
        return Rewrite("Remove the line", indent + comment.text if comment else None, safe)

    def split_rewrite(self) -> Rewrite | None:
        """The fix for a line that holds several options and nothing else: one line for each."""
        comment = self.tree.comment
        text = self.text[: comment.start] if comment else self.text
        lines = guesses.split_options(text, self.table)
        if not lines:
            return None
        indent = text[: len(text) - len(text.lstrip(" \t"))]
        above = [indent + comment.text] if comment else []
        return Rewrite(
            "Write one option a line",
            "\n".join(above + [indent + part for part in lines]),
            safe=True,
        )


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else encode(value)


def _spellings(option: Option, value: str | None) -> Iterator[str]:
    """All ways to write an option with a value, the plainest first."""
    if value is None:
        yield option.name
        return
    if option.arity is Arity.REQUIRED:
        yield f"{option.name} {value}"
    yield f"{option.name}={value}"
    if option.arity is Arity.REQUIRED:
        quoted = value.replace('"', '\\"')
        yield f'{option.name} "{quoted}"'
        # From 3.16 on CRIU looks for a second word from a place in the value that depends on the quote's column, so
        # blanks before the quote protect those in the value (criu/config.c, parse_statement).
        last_blank = encode(value).rfind(b" ")
        padding = " " * max(last_blank - 1 - len(option.name), 1)
        yield f'{option.name}{padding}"{quoted}"'
