# SPDX-License-Identifier: MIT
"""Running shell code without running it: each way through it, and the files that it leaves.

A command takes a `State` and gives the states that it may end in. Where a condition is not known,
both ways are followed; ways that end in the same state are one.
"""

from __future__ import annotations

import re
from itertools import dropwhile
from typing import TYPE_CHECKING, Any, ClassVar

from criulint.criu.paths import is_destination
from criulint.embedded.hosts import HEAD, HostError, follow_host, interpreter
from criulint.embedded.model import FollowedHost, HostedText, WrittenFile, join, move_to_host
from criulint.embedded.shell import branches, commands, loops, wrappers
from criulint.embedded.shell.control import CONTROL
from criulint.embedded.shell.narrowing import Narrowing
from criulint.embedded.shell.redirects import apply_redirect, printed_file, redirect
from criulint.embedded.shell.simple import run_simple
from criulint.embedded.shell.state import (
    Placeholders,
    State,
    TooManyStepsError,
    TooMuchError,
    Unit,
    erase_placeholders,
    is_known,
    iterate_files,
    make_written,
    restore_descriptors,
    restore_variables,
)
from criulint.embedded.shell.syntax import (
    DECLARING,
    AndOr,
    Arithmetic,
    Case,
    CommandList,
    Compound,
    Condition,
    CountingFor,
    For,
    FunctionDefinition,
    If,
    Negation,
    Pipeline,
    Simple,
    Unparsed,
    While,
    parse_shell,
)
from criulint.embedded.shell.ways import MAX_WAYS, choose_ways, join_ways
from criulint.source import Source, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from criulint.embedded.model import Script
    from criulint.embedded.shell.state import VariableValue
    from criulint.embedded.shell.syntax import Command

#: By the name of the program: which shells it may be.
_SHELLS = {
    "bash": ("bash",),
    "dash": ("dash",),
    "ash": ("busybox",),
    "busybox": ("busybox",),
}
_PYTHON = re.compile(r"(?:.*/)?python[\d.]*")
_ANY_SHELL = ("bash", "dash", "busybox")

# The most commands that are run on all ways, and levels of code in code and of functions in
# functions.
_MAX_STEPS = 25_000
_MAX_DEPTH = 25
# The most outputs of one substitution that are followed.
_MAX_OUTPUTS = 4
# The most characters of code.
_MAX_LENGTH = 1 << 21


def evaluate(script: Script) -> FollowedHost:
    """Return the files that a script writes."""
    return Evaluator().follow(script)


class _SeveralOutputsError(Exception):
    """A substitution that prints different things on different ways."""

    def __init__(self, place: tuple[int, int], outputs: list[HostedText]) -> None:
        super().__init__(place)
        self.place = place
        self.outputs = outputs


class Evaluator:
    """One evaluation of a script, and of all code that it runs."""

    def __init__(self) -> None:
        self.unknowns = Placeholders()
        #: Paths that are given to CRIU here, with the roles that this gives them.
        self.roles: dict[str, str] = {}
        self.problems: dict[tuple[int, str], None] = {}
        # What programs in other languages write, by their text and place.
        self._by_programs: dict[tuple[object, ...], WrittenFile] = {}
        self._steps = 0
        self._depth = 0
        self._is_limited = False
        self._narrowing: Narrowing | None = None

    def follow(self, script: Script) -> FollowedHost:
        """Return the files that a script writes, and what could not be followed."""
        text = self.unknowns.adopt(script.text)
        start = text.offsets[0]
        if len(text) > _MAX_LENGTH:
            return FollowedHost([], [(start, "too long to be followed")])
        try:
            unit = self.unit(text, _SHELLS.get(script.shell, _ANY_SHELL))
            try:
                states = self._run(unit, script.variables)
            except TooManyStepsError:
                self._begin_again()
                self.problem(
                    start, "too many steps: commands that do not mention CRIU's files are skipped"
                )
                self._narrowing = Narrowing(unit)
                states = self._run(unit, script.variables)
        except TooMuchError as error:
            return FollowedHost([], [*self.problems, (start, str(error))])
        if self._is_limited:
            self.problems[start, "too many branches: not all combinations are checked"] = None
        found = [*self._collect(states), *self._by_programs.values()]
        return FollowedHost(found, list(self.problems))

    def _run(self, unit: Unit, variables: Mapping[str, VariableValue | None]) -> list[State]:
        states = self._sequence(unit.tree.root, unit, State(variables))
        if self._is_library(unit):
            states += self._run_functions(states, unit.text.offsets[0])
        return states

    def _begin_again(self) -> None:
        self.roles.clear()
        self._by_programs.clear()
        self.problems.clear()
        self._steps = self._depth = 0
        self._is_limited = False

    def _skips(self, command: Command, unit: Unit, state: State) -> bool:
        """Return whether a command of long code is left out; one that prints to a file is not."""
        if self._narrowing is None:
            return False
        output = state.descriptors.get("1")
        is_shown = output is None or output[1].startswith(">(")
        return is_shown and not self._narrowing.keeps(command, unit)

    def _collect(self, states: list[State]) -> list[WrittenFile]:
        """Return CRIU's files that some ways leave, without those ways that fail if others do not.

        A way that fails leaves incomplete files.
        """
        good = [state for state in states if not state.has_failed] or states
        found: dict[tuple[object, ...], WrittenFile] = {}
        for state in good:
            for key, file in iterate_files(state):
                path = erase_placeholders(key[1])
                role = self.roles.get(key[1], "")
                if not key[1] or not (role or is_destination(path)):
                    continue
                written = make_written(key, file)
                content = written.content
                identity = (key, content.text, tuple(content.offsets))
                found.setdefault(identity, written._replace(role=role))
        return sorted(found.values(), key=lambda written: written.command)

    def _is_library(self, unit: Unit) -> bool:
        """Return whether code defines functions and runs nothing: others will call them."""
        return any(isinstance(item, FunctionDefinition) for item in unit.tree.root.items) and all(
            isinstance(item, FunctionDefinition)
            or (
                isinstance(item, Simple)
                and (not item.words or unit.word(item.words[0]) in DECLARING)
            )
            for item in unit.tree.root.items
        )

    def _run_functions(self, states: list[State], offset: int) -> list[State]:
        """Return what each function of a library leaves."""
        found = []
        for state in states[:1]:
            for name in state.functions:
                new = state.copy()
                new.ended, new.arguments = "", None
                found += self._call(new, name, None, offset)
        return found

    def unit(self, text: HostedText, shells: tuple[str, ...]) -> Unit:
        """Return shell code as a unit."""
        return Unit(text, parse_shell(text.text), shells)

    def problem(self, offset: int, reason: str) -> None:
        """Note what cannot be followed."""
        self.problems[offset, reason] = None

    # --- ways

    def merge(self, states: Iterable[State], *, is_between: bool = False) -> list[State]:
        """Return the states, equal ones once, and no more than can be followed.

        `is_between` says that nothing depends on the last command's exit status.
        """
        unique = join_ways(states, is_between=is_between)
        if len(unique) <= MAX_WAYS:
            return unique
        self._is_limited = True
        return choose_ways(unique)

    def _sequence(self, sequence: CommandList, unit: Unit, state: State) -> list[State]:
        """Return the states after commands that run one after the other."""
        states = [state]
        asks = "$?" in unit.tree.signs
        for number, item in enumerate(sequence.items, start=1):
            after: list[State] = []
            for current in states:
                if current.ended:
                    after.append(current)
                elif self._skips(item, unit, current):
                    current.age += 1
                    current.resolve(None)
                    after.append(current)
                else:
                    after += self.execute(item, unit, current)
            is_between = number < len(sequence.items) and not asks
            states = self.merge(after, is_between=is_between) if len(after) > 1 else after
        return states

    def execute(self, command: Command, unit: Unit, state: State) -> list[State]:
        """Return the states after a command."""
        self._steps += 1
        if self._steps > _MAX_STEPS:
            raise TooManyStepsError("takes too many steps to be followed")
        run = self._runners[type(command)]
        if unit.tree.signs.isdisjoint(("$(", "`")):
            return run(self, command, unit, state)
        before, depth, narrowing = state.copy(), self._depth, self._narrowing
        try:
            return run(self, command, unit, state)
        except _SeveralOutputsError as error:
            self._depth, self._narrowing = depth, narrowing
            found: list[State] = []
            for output in error.outputs[:_MAX_OUTPUTS]:
                way = before.copy()
                way.outputs = {**before.outputs, error.place: output}
                found += self.execute(command, unit, way)
            for new in found:
                new.outputs = before.outputs
            return self.merge(found)

    def _unparsed(self, command: Unparsed, unit: Unit, state: State) -> list[State]:
        self.problem(unit.text.offsets[command.start], "not understood")
        state.resolve(None)
        return [state]

    # --- compound commands

    def _compound(self, command: Compound, unit: Unit, state: State) -> list[State]:
        outer = dict(state.descriptors)
        if not redirect(self, command.redirects, unit, state):
            state.descriptors = outer
            state.resolve(False)
            return [state]
        if command.is_subshell:
            return restore_descriptors(self._subshell(command.body, unit, state), outer)
        return restore_descriptors(self.execute(command.body, unit, state), outer)

    def _subshell(self, body: Command, unit: Unit, state: State) -> list[State]:
        """Run a command so that only the files remain."""
        before = state.copy()
        return [_come_back(new, before) for new in self.execute(body, unit, state)]

    def _pipeline(self, command: Pipeline, unit: Unit, state: State) -> list[State]:
        """Run the commands in subshells; each reads the pipe that the one before it writes."""
        outer = dict(state.descriptors)
        start = unit.text.offsets[0]
        states = [state]
        self._depth += 1
        for number, item in enumerate(command.items):
            is_last = number == len(command.items) - 1
            pipe = ("|", f"{self._depth}.{start}.{number}")
            following: list[State] = []
            for new in states:
                new.descriptors = dict(outer)
                if number:
                    new.descriptors["0"] = ("|", f"{self._depth}.{start}.{number - 1}")
                if not is_last:
                    new.files.pop(pipe, None)
                    new.descriptors["1"] = pipe
                following += self._subshell(item, unit, new)
            for new in following if number else ():
                new.files.pop(("|", f"{self._depth}.{start}.{number - 1}"), None)
            states = self.merge(following)
        self._depth -= 1
        return restore_descriptors(states, outer)

    def _function(self, command: FunctionDefinition, unit: Unit, state: State) -> list[State]:
        state.functions[command.name] = (unit, command.body)
        state.succeed()
        return [state]

    def run(self, state: State, words: list[HostedText], unit: Unit, offset: int) -> list[State]:
        """Run a command with these words; `offset` is its place in the host."""
        name = words[0].text
        if name in state.functions:
            return self._call(state, name, words[1:], offset)
        if not is_known(name):
            return self._run_unknown(state, words, offset)
        control = CONTROL.get(name)
        if control:
            return control(self, state, words, unit, offset)
        if "/" in name and state.key(name) in state.files:
            shell = interpreter(encode(self._head(name, state)))
            file = wrappers.Inner([], None, shell, words[1:], path=words[0])
            return self._run_wrapped(file, state, unit, offset)
        inner = wrappers.unwrap(name, words)
        if inner:
            return self._run_wrapped(inner, state, unit, offset)
        if _PYTHON.fullmatch(name):
            self._run_python(state, words, offset)
        commands.run(self, state, words, unit, offset)
        return [state]

    def _run_python(self, state: State, words: list[HostedText], offset: int) -> None:
        """Follow a program in Python: that of ``-c``, of standard input, or of a file."""
        code: HostedText | None
        rest = list(dropwhile(_is_python_option, words[1:]))
        if not rest or rest[0].text == "-":
            code = self.read_input(state, offset)
        elif rest[0].text == "-c":
            code = rest[1] if len(rest) > 1 else None
        else:
            code = state.read(state.key(rest[0].text), offset)
        if code is None or "criu" not in code.text:
            return
        try:
            found = follow_host(Source(encode(erase_placeholders(code.text)), "x.py"), "python")
            followed = move_to_host(found, code)
        except HostError as error:
            self.problem(offset, str(error))
            return
        for written in followed.files:
            text = (written.path, written.content.text, *written.content.offsets)
            self._by_programs.setdefault(text, written)

    @staticmethod
    def _head(path: str, state: State) -> str:
        content = state.read(state.key(path), 0)
        return content.text[:HEAD] if content else ""

    def _run_unknown(self, state: State, words: list[HostedText], offset: int) -> list[State]:
        """Run a command whose name is not known: a program, or one of the functions."""
        if words[0].text == self.unknowns.text("arguments", 0, 0).text and state.functions:
            found = []
            for name in state.functions:
                found += self._call(state.copy(), name, None, offset)
            return self.merge(found)
        commands.run_program(self, state, words, offset)
        return [state]

    def _call(
        self, state: State, name: str, arguments: list[HostedText] | None, offset: int
    ) -> list[State]:
        """Call a function."""
        if self._depth > _MAX_DEPTH:
            self.problem(offset, f"`{name}` calls itself too often")
            raise TooMuchError(f"`{name}` calls itself too often to be followed")
        unit, body = state.functions[name]
        outer = state.arguments, state.has_more
        state.arguments, state.has_more = self._cut_arguments(arguments)
        outer_locals, state.locals = state.locals, {}
        self._depth += 1
        narrowing = self._narrowing
        if narrowing and not narrowing.is_related(body, unit):
            self._narrowing = None  # its arguments may name a file
        states = self.execute(body, unit, state)
        self._narrowing = narrowing
        self._depth -= 1
        for new in states:
            restore_variables(new, new.locals)
            new.arguments, new.has_more = outer
            new.locals = outer_locals
            if new.ended == "return":
                new.ended = ""
        return states

    def _cut_arguments(
        self, arguments: list[HostedText] | None
    ) -> tuple[list[HostedText] | None, bool]:
        """Return the known arguments, and whether there may be more: those of the script itself."""
        unknown = self.unknowns.text("arguments", 0, 0).text
        texts = [argument.text for argument in arguments or ()]
        if arguments is None or unknown not in texts:
            return arguments, False
        known = arguments[: texts.index(unknown)]
        return known or None, bool(known)

    def _run_wrapped(
        self, inner: wrappers.Inner, state: State, unit: Unit, offset: int
    ) -> list[State]:
        """Run what another program runs: words, code, or code from standard input."""
        outer_machine, outer_directory = state.machine, state.directory
        outer_exported = state.exported
        outer_values = {}
        for assignment in inner.assignments:
            name, _, _ = assignment.text.partition("=")
            outer_values[name] = state.variables.get(name)
            state.variables[name] = assignment[len(name) + 1 :]
            state.exported |= {name}
        if inner.machine:
            state.machine = f"{state.machine}{inner.machine}\0"
            state.directory = ""
        if inner.code is None and inner.words:
            if not inner.keeps_variables:
                state.exported = frozenset(outer_values)
            states = self.run(state, inner.words, unit, offset)
        else:
            states = self._run_code(inner, state, offset)
        for new in states:
            new.machine, new.directory = outer_machine, outer_directory
            new.exported = outer_exported
            restore_variables(new, outer_values)
        return states

    def _run_code(self, inner: wrappers.Inner, state: State, offset: int) -> list[State]:
        """Run code in a shell of its own, which only gets exported variables."""
        code = inner.code
        if inner.path is not None:
            code = state.read(state.key(inner.path.text), offset)
            if code is None:
                commands.run_program(self, state, [inner.path], offset)
                return [state]
        elif code is None:
            code = self.read_input(state, offset)
        if not is_known(code.text) and len(code) == 1:
            commands.run_program(self, state, inner.words or [code], offset)
            return [state]
        before = state.copy()
        kept = state.exported if inner.keeps_variables else frozenset(inner.names)
        state.variables = {name: value for name, value in state.variables.items() if name in kept}
        state.functions = {}
        state.arguments = inner.arguments
        if inner.name is not None:
            state.variables["0"] = inner.name
        states = self.run_text(code, _SHELLS.get(inner.shell, _ANY_SHELL), state)
        return [_come_back(new, before) for new in states]

    def run_text(self, code: HostedText, shells: tuple[str, ...], state: State) -> list[State]:
        """Run a text as code."""
        if self._depth > _MAX_DEPTH or len(code) > _MAX_LENGTH:
            raise TooMuchError("nested too deeply to be followed")
        self._depth += 1
        unit = self.unit(code, shells)
        states = self._sequence(unit.tree.root, unit, state)
        self._depth -= 1
        return states

    # --- input and output

    def provide(self, state: State, text: HostedText, offset: int, descriptor: str) -> None:
        """Let a descriptor read a text."""
        self._steps += 1
        key = ("|", f"<{offset}.{descriptor}.{self._steps}")
        state.put(key, text, offset)
        if key not in state.files:
            state.open(key, offset, adds=False)
        state.descriptors[descriptor] = key

    def read_input(self, state: State, offset: int) -> HostedText:
        """Return all that is left of standard input."""
        key = state.descriptors.get("0")
        text = state.read(key, offset) if key else None
        if text is None:
            return self.unknowns.text(("input", offset), offset, offset)
        return text

    def capture(
        self, code: HostedText, unit: Unit, state: State, *, keeps_newlines: bool = False
    ) -> HostedText | None:
        """Return what code prints, None if that is not known.

        Newlines at its end are cut off, unless it `keeps_newlines`.
        """
        self._steps += 1
        if self._depth > _MAX_DEPTH:
            raise TooMuchError("nested too deeply to be followed")
        place = (code.offsets[0], self._depth)
        if place in state.outputs:
            return state.outputs[place]
        new = state.copy()
        key = ("|", f"({code.offsets[0]}.{self._steps}")
        new.open(key, code.offsets[0], adds=False)
        new.descriptors["1"] = key
        self._depth += 1
        inner = self.unit(code, unit.shells)
        if (printed := printed_file(inner.tree.root)) and unit.shells == ("bash",):
            apply_redirect(self, printed, inner, new)
            new.put(key, self.read_input(new, code.offsets[0]), code.offsets[0])
        states = self._sequence(inner.tree.root, inner, new)
        self._depth -= 1
        outputs = {}
        for after in states:
            text = after.read(key, code.offsets[0])
            assert text is not None
            if not keeps_newlines:
                text = text[: len(text.text.rstrip("\n"))]
            outputs[text.text, tuple(text.offsets)] = text
        if len(states) == 1:
            state.files.update(states[0].files)
            state.files.pop(key, None)
            state.resolve(states[0].status, is_test=states[0].is_test)
        if len(outputs) > 1:
            raise _SeveralOutputsError(place, list(outputs.values()))
        return next(iter(outputs.values()))

    def agree(self, readings: Sequence[HostedText], edges: tuple[int, int]) -> HostedText:
        """Return the text that several shells agree on; where they differ, it is unknown."""
        first, *others = readings
        if all(other.text == first.text for other in others):
            return first
        texts = [reading.text for reading in readings]
        shortest = min(map(len, texts))
        start = next(
            (at for at in range(shortest) if len({text[at] for text in texts}) > 1), shortest
        )
        end = next(
            (at for at in range(shortest - start) if len({text[-1 - at] for text in texts}) > 1),
            shortest - start,
        )
        unknown = self.unknowns.text(("shells", edges, start), *edges)
        return join([first[:start], unknown, first[len(first) - end :]])

    _runners: ClassVar[dict[type, Callable[[Evaluator, Any, Unit, State], list[State]]]] = {
        AndOr: branches.run_and_or,
        Arithmetic: branches.run_arithmetic,
        Case: branches.run_case,
        Condition: branches.run_condition,
        If: branches.run_if,
        Negation: branches.run_negation,
        For: loops.run_for,
        CountingFor: loops.run_counting_for,
        While: loops.run_while,
        Simple: run_simple,
        CommandList: _sequence,
        Compound: _compound,
        Pipeline: _pipeline,
        FunctionDefinition: _function,
        Unparsed: _unparsed,
    }


def _is_python_option(word: HostedText) -> bool:
    """Return whether a word is an option of Python's that names no program."""
    return word.text.startswith("-") and word.text not in ("-", "-c")


def _come_back(inner: State, outer: State) -> State:
    """Return the state after a subshell: its files, and all else as it was."""
    new = outer.copy()
    new.files, new.past, new.age = inner.files, inner.past, inner.age
    new.directories = inner.directories
    new.resolve(inner.status, is_test=inner.is_test)
    if inner.ended == "exit" and inner.has_failed:
        new.resolve(False)
    return new
