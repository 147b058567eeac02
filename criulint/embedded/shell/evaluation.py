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
from criulint.embedded.shell import commands, wrappers
from criulint.embedded.shell.arithmetic import calculate, calculate_and_assign
from criulint.embedded.shell.conditions import check_condition, question_of
from criulint.embedded.shell.control import CONTROL
from criulint.embedded.shell.expansion import Expansion
from criulint.embedded.shell.narrowing import Narrowing
from criulint.embedded.shell.roles import note_variable
from criulint.embedded.shell.state import (
    FileKey,
    Placeholders,
    State,
    TooManyStepsError,
    TooMuchError,
    Unit,
    erase_placeholders,
    is_known,
    iterate_files,
    join_ways,
    make_written,
)
from criulint.embedded.shell.syntax import (
    DECLARING,
    AndOr,
    Arithmetic,
    Assignment,
    Case,
    Command,
    CommandList,
    Compound,
    Condition,
    CountingFor,
    For,
    FunctionDefinition,
    If,
    Negation,
    Pipeline,
    Redirect,
    Simple,
    Unparsed,
    While,
    WordSpan,
    parse_shell,
)
from criulint.source import Source, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from criulint.embedded.model import Script
    from criulint.embedded.shell.state import VariableValue

#: By the name of the program: which shells it may be.
_SHELLS = {
    "bash": ("bash",),
    "dash": ("dash",),
    "ash": ("busybox",),
    "busybox": ("busybox",),
}
_PYTHON = re.compile(r"(?:.*/)?python[\d.]*")
_ANY_SHELL = ("bash", "dash", "busybox")

# The most ways that are followed at the same time, commands that are run on all of them, and levels
# of code in code and of functions in functions.
_MAX_WAYS = 32
_MAX_STEPS = 25_000
_MAX_DEPTH = 25
# The most iterations of a loop, of one that writes no file, and of one that waits: it never ends,
# or counts until it is left for an unknown reason.
_MAX_TURNS = 1000
_MAX_IDLE_TURNS = 30
_MAX_WAITING_TURNS = 3
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
                and (not item.words or self._word(item.words[0], unit) in DECLARING)
            )
            for item in unit.tree.root.items
        )

    @staticmethod
    def _word(word: WordSpan, unit: Unit) -> str:
        return unit.text.text[word.start : word.end]

    def _run_functions(self, states: list[State], offset: int) -> list[State]:
        """Return what each function of a library leaves."""
        found = []
        for state in states[:1]:
            for name in state.functions:
                new = state.copy()
                new.ended, new.arguments = "", None
                found += self.call(new, name, None, offset)
        return found

    def unit(self, text: HostedText, shells: tuple[str, ...]) -> Unit:
        """Return shell code as a unit."""
        return Unit(text, parse_shell(text.text), shells)

    def problem(self, offset: int, reason: str) -> None:
        """Note what cannot be followed."""
        self.problems[offset, reason] = None

    # --- ways

    def _merge(self, states: Iterable[State], *, is_between: bool = False) -> list[State]:
        """Return the states, equal ones once, and no more than can be followed.

        `is_between` says that nothing depends on the last command's exit status.
        """
        unique = join_ways(states, is_between=is_between)
        if len(unique) <= _MAX_WAYS:
            return unique
        self._is_limited = True
        return _choose_ways(unique)

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
            states = self._merge(after, is_between=is_between) if len(after) > 1 else after
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
            return self._merge(found)

    def _unparsed(self, command: Unparsed, unit: Unit, state: State) -> list[State]:
        self.problem(unit.text.offsets[command.start], "not understood")
        state.resolve(None)
        return [state]

    def _negation(self, command: Negation, unit: Unit, state: State) -> list[State]:
        states = self.execute(command.body, unit, state)
        for new in states:
            if not new.ended:
                question = new.question and new.question.negate()
                status = None if new.status is None else not new.status
                new.resolve(status, is_test=True, question=question)
        return states

    def _and_or(self, command: AndOr, unit: Unit, state: State) -> list[State]:
        """Run the right command on the ways on which the left one leads to it."""
        found: list[State] = []
        for new in self.execute(command.left, unit, state):
            if new.ended:
                found.append(new)
                continue
            status = new.status
            if status is None and not new.is_test and command.is_and:
                status = True  # a program has run
            if status is None:
                other = new.copy()
                other.choose(not command.is_and)
                new.choose(command.is_and)
                found.append(other)
            if status is None or status == command.is_and:
                found += self.execute(command.right, unit, new)
            else:
                found.append(new)
        return self._merge(found)

    def _if(self, command: If, unit: Unit, state: State) -> list[State]:
        """Run the body, the rest, or both on separate ways if the condition is not known."""
        found: list[State] = []
        for new in self.execute(command.condition, unit, state):
            if new.ended:
                found.append(new)
                continue
            status = new.status
            other = new if status is False else None
            if status is None:
                other = new.copy()
                other.choose(False)
                new.choose(True)
            if status is not False:
                new.succeed()
                found += self.execute(command.body, unit, new)
            if other is not None:
                other.succeed()
                found += (
                    self.execute(command.otherwise, unit, other) if command.otherwise else [other]
                )
        return self._merge(found)

    def _case(self, command: Case, unit: Unit, state: State) -> list[State]:
        """Run the first item that matches; where that is not known, each that may."""
        expansion = Expansion(self, unit, state, asks=True)
        subject = expansion.text(command.word)
        known = subject.text if is_known(subject.text) else None
        found: list[State] = []
        is_certain = False
        for number, item in enumerate(command.items):
            raw = tuple(self._word(pattern, unit) for pattern in item.patterns)
            question: tuple[object, ...] = ("case", subject.text, raw)
            if len(raw) == 1 and re.fullmatch(r"[\w.-]+", raw[0]):
                question = ("are equal", subject.text, raw[0])
            matches = self._match(item.patterns, known, expansion)
            matches = state.answer(question) if matches is None else matches
            if matches is False:
                continue
            chosen = state.copy()
            if matches is None:
                chosen.answers = {**state.answers, question: True}
                state.answers = {**state.answers, question: False}
            found += self._case_bodies(command, number, unit, chosen)
            if matches:
                is_certain = True
                break
        if not is_certain:
            state.succeed()
            found.append(state)
        return self._merge(found)

    def _match(
        self, patterns: Sequence[WordSpan], subject: str | None, expansion: Expansion
    ) -> bool | None:
        """Return whether a word matches one of the patterns, None if that is not known."""
        compiled = [expansion.pattern(pattern) for pattern in patterns]
        if any(pattern and pattern.pattern == r"(?s:.*)\Z" for pattern in compiled):
            return True
        if subject is None:
            return None
        if any(pattern and pattern.fullmatch(subject) for pattern in compiled):
            return True
        return None if None in compiled else False

    def _case_bodies(self, command: Case, number: int, unit: Unit, state: State) -> list[State]:
        """Run the body of an item, and those after it as far as it falls through."""
        state.succeed()
        states = [state]
        for item in command.items[number:]:
            states = [after for new in states for after in self.execute(item.body, unit, new)]
            if item.end == ";;":
                break
        return states

    # --- loops

    def _for(self, command: For, unit: Unit, state: State) -> list[State]:
        """Run the body for each word, as long as iterations may still change something."""
        if command.words is None:
            values = state.arguments
        else:
            values = Expansion(self, unit, state).words(command.words)
        offset = unit.text.offsets[command.start]
        if values is None:
            values = [self.unknowns.text(("loop", offset), offset, offset)]
        states = [state]
        before = _contents(states)
        for number, value in enumerate(values[:_MAX_TURNS]):
            if number == _MAX_IDLE_TURNS and _contents(states) == before:
                break
            if number >= _MAX_WAITING_TURNS and value.text.isdigit() and _is_left(states):
                break
            running, states = states, []
            for new in running:
                if new.ended:
                    states.append(new)
                    continue
                new.variables[command.name] = value
                states += self._turn(command.body, unit, new)
            states = self._merge(states)
        return [_leave_loop(new) for new in states]

    def _turn(self, body: Command, unit: Unit, state: State) -> list[State]:
        """Run the body of a loop once; ways that `continue` ended go on."""
        states = self.execute(body, unit, state)
        for new in states:
            if new.ended == "continue" and new.levels <= 1:
                new.ended = ""
        return states

    def _while(self, command: While, unit: Unit, state: State) -> list[State]:
        """Iterate until the condition decides, or an iteration changes nothing."""
        done: list[State] = []
        running = [state]
        written = _contents(running)
        most = _MAX_WAITING_TURNS if self._is_endless(command, unit) else _MAX_TURNS
        for number in range(most):
            if number == _MAX_IDLE_TURNS and _contents(running) == written:
                break
            following: list[State] = []
            for new in running:
                following += self._iterate(command, unit, new, done)
            done += [new for new in following if new.ended]
            running = self._merge(new for new in following if not new.ended)
            if not running:
                break
        for new in done:
            if not new.ended:
                new.succeed()
        return self._merge([_leave_loop(new) for new in (*done, *running)])

    def _iterate(self, command: While, unit: Unit, state: State, done: list[State]) -> list[State]:
        """Return the states after one iteration; `done` gets those in which the loop is over."""
        before = state.progress
        following: list[State] = []
        for ready in self.execute(command.condition, unit, state):
            if ready.ended or ready.status is command.is_until:
                done.append(ready)
                continue
            after = self._turn(command.body, unit, ready)
            # The number of iterations is not known: one stands for all.
            is_open = ready.status is None or len(after) > 1
            if is_open or any(new.progress == before for new in after):
                done += after
            else:
                following += after
        return following

    def _is_endless(self, command: While, unit: Unit) -> bool:
        """Return whether a loop never ends: its condition is constant, and nothing leaves it."""
        condition = command.condition
        if isinstance(condition, CommandList) and len(condition.items) == 1:
            (condition,) = condition.items
        if not isinstance(condition, Simple) or len(condition.words) != 1:
            return False
        word = self._word(condition.words[0], unit)
        is_constant = word == ("false" if command.is_until else "true")
        return is_constant and unit.tree.last_leaving < condition.end

    def _counting_for(self, command: CountingFor, unit: Unit, state: State) -> list[State]:
        """Iterate as the three expressions say; if one is not known, once."""
        first, condition, update = command.parts
        self._assign(first, unit, state)
        done: list[State] = []
        running = [state]
        before = _contents(running)
        for number in range(_MAX_TURNS):
            if number == _MAX_IDLE_TURNS and _contents(running) == before:
                break
            if number >= _MAX_WAITING_TURNS and _is_left(done):
                break
            following: list[State] = []
            for new in running:
                goes_on = (
                    self._assign(condition, unit, new) if condition.end > condition.start else 1
                )
                if goes_on == 0:
                    done.append(new)
                    continue
                for after in self._turn(command.body, unit, new):
                    if goes_on is None or after.ended:
                        done.append(after)
                    else:
                        self._assign(update, unit, after)
                        following.append(after)
            running = self._merge(following)
            if not running:
                break
        return [_leave_loop(new) for new in (*done, *running)]

    def _assign(self, word: WordSpan, unit: Unit, state: State) -> int | None:
        text = self._word(word, unit).replace("$", "")
        return calculate_and_assign(text, state.variables, unit.text.offsets[word.start])

    def _arithmetic(self, command: Arithmetic, unit: Unit, state: State) -> list[State]:
        value = self._assign(command.expression, unit, state)
        names = set(re.findall(r"[A-Za-z_]\w*", self._word(command.expression, unit)))
        is_known = value is not None and names.isdisjoint(state.defaulted)
        state.resolve(value != 0 if is_known else None, is_test=True)
        return [state]

    def _condition(self, command: Condition, unit: Unit, state: State) -> list[State]:
        expansion = Expansion(self, unit, state, asks=True)
        status = check_condition(command.words, unit, expansion, state)
        state.resolve(status, is_test=True)
        if status is None:
            texts = tuple(expansion.text(word).text for word in command.words)
            state.ask(question_of(texts))
        return [state]

    # --- compound commands

    def _compound(self, command: Compound, unit: Unit, state: State) -> list[State]:
        outer = dict(state.descriptors)
        if not self._redirect(command.redirects, unit, state):
            state.descriptors = outer
            state.resolve(False)
            return [state]
        if command.is_subshell:
            return _restore(self._subshell(command.body, unit, state), outer)
        return _restore(self.execute(command.body, unit, state), outer)

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
            states = self._merge(following)
        self._depth -= 1
        return _restore(states, outer)

    def _function(self, command: FunctionDefinition, unit: Unit, state: State) -> list[State]:
        state.functions[command.name] = (unit, command.body)
        state.succeed()
        return [state]

    # --- simple commands

    def _simple(self, command: Simple, unit: Unit, state: State) -> list[State]:
        """Return the states after a simple command: assignments alone, or with a command."""
        outer = dict(state.descriptors)
        first = self._word(command.words[0], unit) if command.words else ""
        expansion = Expansion(self, unit, state, asks=first in ("[", "test"))
        state.is_test, state.status = False, True
        words = self._expand(command, unit, expansion)
        if not self._redirect(command.redirects, unit, state):
            state.descriptors = outer
            state.resolve(False)
            return [state]
        if not words:
            for assignment in command.assignments:
                self.set(assignment, unit, state)
            return _restore([state], outer)
        if words[0].text in DECLARING:
            states = self._run_words(command, words, unit, state)
            for assignment in command.assignments:
                self.set(assignment, unit, state)
        else:
            states = self._run_with_assignments(command, words, unit, state)
        if expansion.has_default:
            self._note_defaults(words, first, states)
        keeps_redirections = words[0].text == "exec" and len(words) == 1
        return states if keeps_redirections else _restore(states, outer)

    def _run_with_assignments(
        self, command: Simple, words: list[HostedText], unit: Unit, state: State
    ) -> list[State]:
        """Run a command with the variables that are set before it: ``A=1 B=2 command``."""
        before: dict[str, VariableValue | None] = {}
        for assignment in command.assignments:
            before[assignment.name] = state.variables.get(assignment.name)
            self.set(assignment, unit, state)
        exported = state.exported
        state.exported |= before.keys()
        states = self._run_words(command, words, unit, state)
        for new in states:
            if before:
                new.exported = exported
            _restore_variables(new, before)
        return states

    def _run_words(
        self, command: Simple, words: list[HostedText], unit: Unit, state: State
    ) -> list[State]:
        if "$_" in unit.tree.signs:
            state.variables["_"] = words[-1]
        return self.run(state, words, unit, unit.text.offsets[command.start])

    @staticmethod
    def _note_defaults(words: Sequence[HostedText], first: str, states: Iterable[State]) -> None:
        """Note which variables are defaults after a command with a default in its words."""
        for new in states:
            if first in DECLARING:
                for word in words[1:]:
                    new.note_default(word.text.partition("=")[0], is_default="=" in word.text)
            elif first.startswith(("$", '"$')) and words[0].text in ("true", "false"):
                new.resolve(None, is_test=True)

    def _expand(self, command: Simple, unit: Unit, expansion: Expansion) -> list[HostedText]:
        """Return the words of a command; those of a declaration are assignments."""
        if command.words and self._word(command.words[0], unit) in DECLARING:
            return [
                expansion.text(word, is_assigned=True)
                if "=" in self._word(word, unit)
                else expansion.text(word)
                for word in command.words
            ]
        return expansion.words(command.words)

    def set(self, assignment: Assignment, unit: Unit, state: State) -> None:
        """Give a variable a value."""
        expansion = Expansion(self, unit, state)
        name = assignment.name
        old = state.variables.get(name)
        if assignment.elements is not None:
            elements = expansion.words(assignment.elements)
            before = old if assignment.adds and isinstance(old, list) else []
            state.variables[name] = [*before, *elements]
            return
        value = expansion.text(assignment.value, is_assigned=True)
        if assignment.subscript is not None:
            self._set_element(name, assignment.subscript, value, state)
        elif assignment.adds and not isinstance(old, list):
            offset = value.offsets[0]
            if old is None:
                old = self.unknowns.text(("variable", name), offset, offset)
            state.variables[name] = join([old, value])
        elif assignment.adds:
            state.variables[name] = None
        else:
            state.variables[name] = value
        state.note_default(name, is_default=expansion.has_default)
        note_variable(self, name, state)

    @staticmethod
    def _set_element(name: str, index: str, value: HostedText, state: State) -> None:
        old = state.variables.get(name)
        elements = list(old) if isinstance(old, list) else []
        number = calculate(index, state.variables)
        if number is not None and 0 <= number <= len(elements):
            elements[number : number + 1] = [value]
            state.variables[name] = elements
        else:
            state.variables[name] = None

    def run(self, state: State, words: list[HostedText], unit: Unit, offset: int) -> list[State]:
        """Run a command with these words; `offset` is its place in the host."""
        name = words[0].text
        if name in state.functions:
            return self.call(state, name, words[1:], offset)
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
                found += self.call(state.copy(), name, None, offset)
            return self._merge(found)
        commands.run_program(self, state, words, offset)
        return [state]

    def call(
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
            _restore_variables(new, new.locals)
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
            _restore_variables(new, outer_values)
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

    def _redirect(self, redirects: Sequence[Redirect], unit: Unit, state: State) -> bool:
        """Apply redirections to a state; return whether that worked."""
        for redirect in redirects:
            offset = unit.text.offsets[redirect.start]
            if redirect.operator == "<<<" and unit.shells != ("bash",):
                self.problem(offset, "a here-string, which only some shells support")
                return False
            self._apply(redirect, unit, state)
            if redirect.operator.startswith("&") and "dash" in unit.shells:
                # There, it is a command in the background, and an empty file.
                key = state.descriptors["1"]
                state.descriptors["1"] = state.descriptors["2"] = None
                if key:
                    state.put(key, self.unknowns.text(("&>", offset), offset, offset), offset)
        return True

    def _apply(self, redirect: Redirect, unit: Unit, state: State) -> None:
        """Let a descriptor read or write what a redirection names."""
        expansion = Expansion(self, unit, state)
        offset = unit.text.offsets[redirect.start]
        operator = redirect.operator
        is_input = operator.startswith("<") and operator != "<>"
        descriptor = redirect.descriptor or ("0" if operator.startswith("<") else "1")
        if redirect.heredoc or operator == "<<<":
            if redirect.heredoc:
                text = expansion.heredoc(redirect.heredoc)
            else:
                text = expansion.text(redirect.target, is_assigned=True)
                end = text.offsets[-1]
                text = join([text, HostedText("\n", (end, end))])
            self.provide(state, text, offset, descriptor)
            return
        target = expansion.target(redirect.target)
        if operator in ("<&", ">&") and re.fullmatch(r"\d+-?|-", target.text):
            source = target.text.rstrip("-")
            state.descriptors[descriptor] = state.descriptors.get(source)
            return
        path = target.text
        if is_input:
            self._open_input(path, descriptor, state, offset)
            return
        key = _special(path, state) if path.startswith("/dev/") else state.key(path)
        if key and not path.startswith("/dev/"):
            state.open(key, offset, adds=operator in (">>", "&>>", "<>"))
        state.descriptors[descriptor] = key
        if operator.startswith("&") or (operator == ">&" and not redirect.descriptor):
            state.descriptors["2"] = key

    def _open_input(self, path: str, descriptor: str, state: State, offset: int) -> None:
        if path in ("/dev/stdin", "/dev/fd/0"):
            return
        text = state.read(state.key(path), offset) if path else None
        if text is None:
            text = self.unknowns.text(("content", path), offset, offset)
        self.provide(state, text, offset, descriptor)

    def provide(self, state: State, text: HostedText, offset: int, descriptor: str = "0") -> None:
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
        if (printed := _printed_file(inner.tree.root)) and unit.shells == ("bash",):
            self._apply(printed, inner, new)
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
        Simple: _simple,
        CommandList: _sequence,
        Compound: _compound,
        Pipeline: _pipeline,
        Negation: _negation,
        AndOr: _and_or,
        If: _if,
        While: _while,
        For: _for,
        CountingFor: _counting_for,
        Case: _case,
        FunctionDefinition: _function,
        Condition: _condition,
        Arithmetic: _arithmetic,
        Unparsed: _unparsed,
    }


def _is_python_option(word: HostedText) -> bool:
    """Return whether a word is an option of Python's that names no program."""
    return word.text.startswith("-") and word.text not in ("-", "-c")


def _printed_file(root: CommandList) -> Redirect | None:
    """Return the redirection of ``$(< FILE)``, which prints the file."""
    if len(root.items) == 1 and isinstance(command := root.items[0], Simple):
        is_input = [redirect.operator for redirect in command.redirects] == ["<"]
        if is_input and not command.words and not command.assignments:
            return command.redirects[0]
    return None


def _choose_ways(states: list[State]) -> list[State]:
    """Return as many states as may be followed, with each answer to a question in one of them.

    The others are spread over all.
    """
    chosen: set[int] = set()
    answered: set[tuple[object, bool]] = set()
    for number, state in enumerate(states):
        if not answered.issuperset(state.answers.items()):
            answered.update(state.answers.items())
            chosen.add(number)
    for number in _spread(range(len(states))):
        if len(chosen) >= _MAX_WAYS:
            break
        chosen.add(number)
    numbers = sorted(chosen)
    return [states[number] for number in _spread(numbers)]


def _spread(numbers: Sequence[int]) -> Sequence[int]:
    """Return as many of some numbers as there may be ways, evenly spaced."""
    step = max(len(numbers) / _MAX_WAYS, 1)
    return [numbers[int(place * step)] for place in range(min(_MAX_WAYS, len(numbers)))]


def _leave_loop(state: State) -> State:
    if state.ended in ("break", "continue"):
        state.levels -= 1
        if state.levels <= 0:
            state.ended = ""
    return state


def _restore(states: list[State], descriptors: dict[str, tuple[str, str] | None]) -> list[State]:
    for state in states:
        state.descriptors = dict(descriptors)
    return states


def _restore_variables(state: State, values: Mapping[str, VariableValue | None]) -> None:
    """Give variables their earlier values; those with None were not set."""
    for name, value in values.items():
        if value is None:
            state.variables.pop(name, None)
        else:
            state.variables[name] = value


def _come_back(inner: State, outer: State) -> State:
    """Return the state after a subshell: its files, and all else as it was."""
    new = outer.copy()
    new.files, new.past, new.age = inner.files, inner.past, inner.age
    new.directories = inner.directories
    new.resolve(inner.status, is_test=inner.is_test)
    if inner.ended == "exit" and inner.has_failed:
        new.resolve(False)
    return new


def _special(path: str, state: State) -> tuple[str, str] | None:
    """Return what an output device, such as ``/dev/stdout``, stands for."""
    number = {"/dev/stdout": "1", "/dev/stderr": "2"}.get(path) or path.removeprefix("/dev/fd/")
    return state.descriptors.get(number)


def _is_left(states: Iterable[State]) -> bool:
    """Return whether a loop may have been left on some ways."""
    return any(state.ended for state in states)


def _contents(states: Iterable[State]) -> set[frozenset[tuple[FileKey, int]]]:
    """Return what distinguishes the files of states, without pipes, from those of other states."""
    return {
        frozenset((key, id(file.content)) for key, file in state.files.items() if key[1])
        for state in states
    }
