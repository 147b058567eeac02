# SPDX-License-Identifier: MIT
"""All runs of a program: each arm of each branch is taken at least once.

Functions that nothing calls are run on their own.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from criulint.criu.paths import is_destination
from criulint.embedded.languages.function_names import is_runner, is_writer
from criulint.embedded.languages.literals import fill
from criulint.embedded.languages.program import (
    Assign,
    Entries,
    Leave,
    Literal,
    Name,
    walk_program,
)
from criulint.embedded.languages.run import (
    TEST_DIRECTORY,
    Run,
    called_name,
    is_criu_path,
    is_script,
)
from criulint.embedded.languages.run_values import File, Subprocess
from criulint.embedded.model import (
    UNKNOWN,
    FollowedHost,
    HostedText,
    Script,
    WrittenFile,
    hide_templates,
    join,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from criulint.embedded.languages.program import (
        Branch,
        Choice,
        Expression,
        Function,
        Program,
        Statement,
    )
    from criulint.embedded.languages.run import Library
    from criulint.embedded.languages.run_values import Table

# What runs before a method of a class that nothing calls.
_BEFORE_METHODS = ("__init__", "setUp", "setup_method")

# Of all runs together.
_MAX_STEPS = 100_000
# The most runs of a function, and those without a new arm: the remaining ones may be unreachable.
_MAX_RUNS = 48
_MAX_IDLE_RUNS = 3
# The name that stands for maps in the names that a function mentions: they may describe files.
_MAP = "{}"


class _BudgetError(Exception):
    """Following the program takes too long."""


class Follower:
    """Runs a program until each arm of its branches was taken, and collects what it writes."""

    def __init__(self, program: Program, library: Library) -> None:
        self._program = program
        self._library = library
        self._taken: Counter[tuple[int, int]] = Counter()
        self._waiting: set[tuple[int, int]] = set()
        self._arms: dict[int, Sequence[Sequence[Statement]]] = {}
        self._names: dict[int, frozenset[str]] = {}
        self._steps = 0
        self._relevant = _relevant_functions(program, library)
        #: Where the bodies of the functions begin that were run.
        self.entered: set[int] = set()
        #: Whether the program takes too long to follow to its end.
        self.is_cut = False
        #: The maps of the current run.
        self.tables: list[Table] = []

    def count_step(self) -> None:
        """Count a step; _BudgetError if there were too many."""
        self._steps += 1
        if self._steps > _MAX_STEPS:
            raise _BudgetError

    def names_in(self, statement: Assign) -> frozenset[str]:
        """Return the names of the variables in the value of an assignment."""
        names = self._names.get(id(statement))
        if names is None:
            found = walk_program(statement.value)
            names = frozenset(each.name for each in found if isinstance(each, Name))
            self._names[id(statement)] = names
        return names

    def choose_arm(self, branch: Branch) -> Sequence[Statement]:
        """Return the arm to take: the one that was taken least often."""
        arms = self._arms.get(id(branch))
        if arms is None:
            arms = [arm for arm in branch.arms if not self._is_dead_end(arm)] or branch.arms
            self._arms[id(branch)] = arms
        return arms[self._choose(id(branch), len(arms))] if arms else ()

    def choose_option(self, choice: Choice) -> Expression:
        """Return the option to take: the one that was taken least often."""
        return choice.options[self._choose(id(choice), len(choice.options))]

    def _choose(self, key: int, count: int) -> int:
        chosen = min(range(count), key=lambda arm: self._taken[key, arm])
        self._taken[key, chosen] += 1
        self._waiting.discard((key, chosen))
        self._waiting.update((key, arm) for arm in range(count) if not self._taken[key, arm])
        return chosen

    def _is_dead_end(self, arm: Sequence[Statement]) -> bool:
        if not arm or not isinstance(arm[-1], Leave) or arm[-1].is_loop:
            return False
        return not _mentions(arm) & self._relevant

    def follow(self) -> list[Run]:
        """Return all runs that differ."""
        runs: list[Run] = []
        try:
            self._run_all(None, runs)
            names = sorted(self._program.functions, key=lambda name: name != "main")
            for name in names:
                function = self._program.functions[name]
                if name in self._relevant and function.start not in self.entered:
                    self._run_all(function, runs)
        except _BudgetError:
            self.is_cut = True
        return runs

    def _run_all(self, function: Function | None, runs: list[Run]) -> None:
        """Run the program, and then a function, until each arm was taken or is out of reach."""
        self._waiting.clear()
        idle = 0
        for _ in range(_MAX_RUNS):
            taken = len(self._taken)
            self.tables = []
            run = Run(self._program, self._library, self)
            runs.append(run)
            run.run_body(self._program.body)
            if function:
                owner = function.name.rpartition(".")[0]
                for name in (f"{owner}.{method}" for method in _BEFORE_METHODS):
                    if name in self._program.functions:
                        run.run_function(self._program.functions[name])
                run.run_function(function)
            for table in self.tables:
                if not table.is_used:
                    _write_table(run, table)
            idle = idle + 1 if len(self._taken) == taken else 0
            if not self._waiting or idle == _MAX_IDLE_RUNS:
                break


# --- maps and structures that describe files

_PATH_FIELDS = frozenset(("path", "dest", "destination", "target", "filename", "file", "name"))
_CONTENT_FIELDS = frozenset(("content", "contents", "data", "text", "body"))
# What a template may replace: `{name}`, `%(name)s`, `%s`, `${name}`.
_PLACEHOLDER = re.compile(r"\{\w*\}|%\(\w+\)s|%[sdvq]|\$\{?\w+\}?")


def _write_table(run: Run, table: Table) -> None:
    """Note the files that a map describes."""
    for path, content in _files_of(table):
        if "\n" in content.text:
            text = fill(hide_templates(content, has_tags=False), _PLACEHOLDER, lambda _: None)
            run.written.append(file := File(path, table.start))
            file.parts.append(text)


def _files_of(table: Table) -> Iterator[tuple[HostedText, HostedText]]:
    """Yield paths and contents: ``{path: content}``, or ``{"path": path, "content": content}``."""
    fields: dict[str, HostedText] = {}
    for key, value in table.entries:
        if not (isinstance(key, HostedText) and isinstance(value, HostedText)):
            continue
        if is_criu_path(key):
            yield key, value
        fields[key.text.lower()] = value
    path = next((fields[name] for name in _PATH_FIELDS if name in fields), None)
    content = next((fields[name] for name in _CONTENT_FIELDS if name in fields), None)
    if path and content and is_criu_path(path):
        yield path, content


# --- what is worth running


def _relevant_functions(program: Program, library: Library) -> frozenset[str]:
    """Return the names of functions that may write, including the library's."""
    relevant = {*library.writers, _MAP}

    def may_write(name: str) -> bool:
        return name in relevant or is_writer(name) or is_runner(name)

    mentions = {name: _mentions(function.body) for name, function in program.functions.items()}
    scripts = {
        name
        for statement in program.body
        if isinstance(statement, Assign) and _has_script(statement.value)
        for name in statement.names
    }
    found = {
        name
        for name, function in program.functions.items()
        if _has_script(function.body) or _uses(function.body, scripts)
    }
    while True:
        relevant |= found | {name.rpartition(".")[2] for name in found}
        # The callers of those, in turn.
        found = {
            name
            for name, mentioned in mentions.items()
            if name not in relevant and any(map(may_write, mentioned))
        }
        if not found:
            return frozenset(relevant)


def _mentions(part: object) -> frozenset[str]:
    """Return the names that are called or described in a part of a program."""
    names = set()
    for found in walk_program(part):
        if isinstance(found, Entries):
            names.add(_MAP)
        elif name := called_name(found):
            names.add(name)
    return frozenset(names)


def _has_script(part: object) -> bool:
    return any(
        isinstance(found, Literal) and is_script(found.text.text) for found in walk_program(part)
    )


def _uses(part: object, names: set[str]) -> bool:
    return bool(names) and any(
        isinstance(each, Name) and each.name in names for each in walk_program(part)
    )


# --- the result


def follow_program(
    program: Program, library: Library, follow: Callable[[Script], FollowedHost]
) -> FollowedHost:
    """Return the files that a program writes; `follow` follows the shell code that it runs."""
    files: dict[object, WrittenFile] = {}
    scripts: dict[object, Script] = {}
    follower = Follower(program, library)
    for run in follower.follow():
        run_scripts = list(_scripts_of(run))  # they name files to CRIU
        for file in _written_by(run):
            content = file.content
            files.setdefault((file.path, content.text, tuple(content.offsets)), file)
        for script in run_scripts:
            scripts.setdefault((script.text.text, tuple(script.text.offsets)), script)
    followed = FollowedHost(list(files.values()), [])
    if follower.is_cut:
        followed.problems.append((0, "too long to follow to its end"))
    for script in scripts.values():
        inner = follow(script)
        followed.files.extend(inner.files)
        followed.problems.extend(inner.problems)
    return followed


def _written_by(run: Run) -> Iterator[WrittenFile]:
    """Yield CRIU's files that a run wrote, except those for a test."""
    for file in run.written:
        assert file.path is not None
        path = file.path.text
        role = run.roles.get(path, "")
        if TEST_DIRECTORY not in path and (role or is_destination(path)):
            text = file.text()
            content = HostedText(text.text.replace(TEST_DIRECTORY, UNKNOWN), text.offsets)
            yield WrittenFile(path, content, file.command, tuple(file.commands), role)


def _scripts_of(run: Run) -> Iterator[Script]:
    """Yield the shell code that a run ran and that mentions CRIU."""
    scripts = []
    for code in run.scripts:
        if isinstance(code, Subprocess):
            run.note_words(code.words)
            code = code.script()  # noqa: PLW2901
        if "criu" in code.text.text:
            scripts.append(code)
    yield from _join_scripts(scripts)


def _join_scripts(scripts: Sequence[Script]) -> Iterator[Script]:
    """Yield consecutive scripts of the same shell as one."""
    for _, steps in groupby(scripts, key=lambda script: script.shell):
        found = list(steps)
        yield found[0] if len(found) == 1 else _together(found)


def _together(scripts: Sequence[Script]) -> Script:
    """Return scripts that run one after the other as one script, each in its own shell."""
    parts: list[HostedText] = []
    for script in scripts:
        start, end = script.text.offsets[0], script.text.offsets[-1]
        parts += [
            HostedText.at("(\n", start, start),
            script.text,
            HostedText.at("\n)\n", end, end),
        ]
    return Script(join(parts), scripts[0].shell)
