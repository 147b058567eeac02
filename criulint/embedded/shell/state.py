# SPDX-License-Identifier: MIT
"""The state of a shell at one point of one way through its code: variables and files."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

from criulint.embedded.model import UNKNOWN, HostedText, WrittenFile, join

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from criulint.embedded.shell.syntax import Command, SyntaxTree, WordSpan

# While code is evaluated, each unknown part is a distinct character, so that what is
# written to "$A/x" and to "$A/x" is one file, and to "$B/x" another.
_FIRST = 0x100000
_LAST = 0x10FFFD
_MARKS = re.compile(f"[{chr(_FIRST)}-{chr(_LAST)}]")
# A pattern that matches nothing but itself.
_PLAIN = re.compile(r"[\w.-]+")
#: The most characters of a file or a word, so that text that repeats itself cannot fill the memory.
MAX_TEXT_LENGTH = 1 << 20

#: A variable's value: text, or the elements of an array.
VariableValue = HostedText | list[HostedText]
#: A machine, or empty for this one, and a path on it; or a pipe, which has an empty path.
FileKey = tuple[str, str]


class TooMuchError(Exception):
    """Code that would take too much time or memory."""


class TooManyStepsError(TooMuchError):
    """Code that would take too many steps."""


class Placeholders:
    """The characters that stand for parts that are not known."""

    def __init__(self) -> None:
        self._characters: dict[object, str] = {}

    def text(self, what: object, start: int, end: int) -> HostedText:
        """Return the text of the unknown part that `what` names, at two offsets."""
        character = self._characters.get(what)
        if character is None:
            number = min(_FIRST + len(self._characters), _LAST)
            character = self._characters[what] = chr(number)
        return HostedText.at(character, start, end)

    def adopt(self, text: HostedText) -> HostedText:
        """Return a host's text with such characters for what the host does not know."""
        if text.is_known and not _MARKS.search(text.text):
            return text
        parts = []
        position = 0
        for found in re.finditer(f"{UNKNOWN}|{_MARKS.pattern}", text.text):
            parts.append(text[position : found.start()])
            start, end = text.offsets[found.start()], text.offsets[found.end()]
            parts.append(self.text(("text", start), start, end))
            position = found.end()
        parts.append(text[position:])
        return join(parts)


def is_known(text: str) -> bool:
    """Return whether no part of a text is unknown."""
    return _MARKS.search(text) is None


def erase_placeholders(text: str) -> str:
    """Return a text with `UNKNOWN` for each part that is not known."""
    return _MARKS.sub(UNKNOWN, text)


class Piece(NamedTuple):
    """The last piece of a content: a text, the command that wrote it, and the pieces before it."""

    before: Piece | None
    text: HostedText
    command: int
    length: int


class FileState(NamedTuple):
    """A file: its content, the offset of the command that made it.

    `age` is how many programs had been run when it was last written.
    """

    content: Piece | None
    command: int
    age: int


class Unit(NamedTuple):
    """Shell code that is run: its text, its commands, and the shells that may run it."""

    text: HostedText
    tree: SyntaxTree
    shells: tuple[str, ...]

    def word(self, span: WordSpan) -> str:
        """Return a word as it is written."""
        return self.text.text[span.start : span.end]


class StatusQuestion(NamedTuple):
    """The question that a status depends on; with the same one, tests have the same answer.

    `is_positive`: whether the command succeeds if the answer is yes.
    """

    question: object
    is_positive: bool

    def negate(self) -> StatusQuestion:
        """Return what the opposite status depends on."""
        return self._replace(is_positive=not self.is_positive)


class State:
    """One way through the code, up to the current point. `copy` it where ways part."""

    def __init__(self, variables: Mapping[str, VariableValue | None]) -> None:
        self.variables: dict[str, VariableValue | None] = dict(variables)
        self.functions: dict[str, tuple[Unit, Command]] = {}
        self.arguments: list[HostedText] | None = None
        #: Whether there may be more arguments.
        self.has_more = False
        #: The values of the current function's local variables before it was called.
        self.locals: dict[str, VariableValue | None] = {}
        self.exported: frozenset[str] = frozenset()
        #: The variables that have a default, for which the caller of the code may give a value.
        self.defaulted: frozenset[str] = frozenset()
        self.files: dict[FileKey, FileState] = {}
        self.directories: frozenset[FileKey] = frozenset()
        self.descriptors: dict[str, FileKey | None] = {}
        #: What substitutions print on this way, by their places, while a command is run.
        self.outputs: dict[tuple[int, int], HostedText] = {}
        self.machine = ""
        self.directory = ""
        #: Whether the last command succeeded; None if that is not known.
        self.status: bool | None = True
        #: Whether the status is that of a test, and not of a program.
        self.is_test = False
        #: What the status depends on, if it is not known.
        self.question: StatusQuestion | None = None
        #: The answers that this way assumes.
        self.answers: dict[object, bool] = {}
        #: What ended the code: exit, return, break, continue, and how many loops are left.
        self.ended = ""
        self.levels = 0
        self.has_failed = False
        self.age = 0
        #: Files that were removed or overwritten after a program could read them.
        self.past: tuple[tuple[FileKey, FileState], ...] = ()

    def copy(self) -> State:
        """Return an independent copy."""
        new = State.__new__(State)
        new.__dict__.update(self.__dict__)
        new.variables = dict(self.variables)
        new.functions = dict(self.functions)
        new.files = dict(self.files)
        new.descriptors = dict(self.descriptors)
        return new

    @property
    def identity(self) -> tuple[object, ...]:
        """A value that is equal for states that continue the same way, however they were reached.

        It does not include `answers`, nor the last status unless the code has ended.
        """
        return (
            frozenset((name, id(value)) for name, value in self.variables.items()),
            frozenset((name, id(body)) for name, (_, body) in self.functions.items()),
            frozenset((key, id(file.content), file.age) for key, file in self.files.items()),
            frozenset(self.descriptors.items()),
            id(self.arguments),
            self.has_more,
            self.machine,
            self.directory,
            self.ended and self.status,
            self.ended,
            self.levels,
            self.has_failed,
            tuple((key, id(file.content)) for key, file in self.past),
        )

    @property
    def progress(self) -> tuple[object, ...]:
        """A value that changes from one iteration of a loop to the next, if the loop is to end."""
        return (
            frozenset((name, id(value)) for name, value in self.variables.items()),
            frozenset((key, id(file.content)) for key, file in self.files.items()),
            id(self.arguments),
        )

    def succeed(self) -> None:
        """Note that a command succeeded."""
        self.resolve(True)

    def resolve(
        self,
        status: bool | None,
        *,
        is_test: bool = False,
        question: StatusQuestion | None = None,
    ) -> None:
        """Note the status of a command."""
        self.status, self.is_test, self.question = status, is_test, question

    def ask(self, asked: StatusQuestion) -> None:
        """Note that a command's status is the answer to a question, if this way has one."""
        answer = self.answer(asked.question)
        status = None if answer is None else answer == asked.is_positive
        self.resolve(status, is_test=True, question=asked)

    def answer(self, question: object) -> bool | None:
        """Return the answer to a question on this way, None if it is open.

        A value that is equal to one text is not equal to another one, and not empty.
        """
        if question in self.answers or not isinstance(question, tuple):
            return self.answers.get(question)
        kind, subject, words = (*question, "", "")[:3]
        equal = next(
            (
                other[2]
                for other, is_true in self.answers.items()
                if is_true and isinstance(other, tuple) and other[:2] == ("are equal", subject)
            ),
            "",
        )
        if not equal or not is_known(equal):
            return None
        if kind == "is empty":
            return False
        if kind == "case":
            is_plain = all(map(_PLAIN.fullmatch, words))
            return equal in words if is_plain and _PLAIN.fullmatch(equal) else None
        return False if kind == "are equal" and is_known(words) and words != equal else None

    def choose(self, status: bool) -> None:
        """Assume that the last command succeeded, or that it did not."""
        if self.question:
            question, is_positive = self.question
            self.answers = {**self.answers, question: status == is_positive}
        self.resolve(status, is_test=self.is_test)

    def note_default(self, name: str, *, is_default: bool) -> None:
        """Note whether the current value of a variable is a default."""
        self.defaulted = self.defaulted | {name} if is_default else self.defaulted - {name}

    # --- files

    def key(self, path: str) -> FileKey:
        """Return the key of a path, seen from the current directory."""
        return self.machine, normalize(posixpath.join(self.directory, path))

    def open(self, key: FileKey, command: int, *, adds: bool) -> None:
        """Open a file for writing: empty it, unless the writer `adds` to it."""
        if adds and key in self.files:
            return
        self.discard(key)
        self.files[key] = FileState(None, command, self.age)

    def discard(self, key: FileKey) -> None:
        """Forget a file that is removed or overwritten; keep it if a program may have read it."""
        file = self.files.pop(key, None)
        if file and file.content and file.age < self.age:
            self.past = (*self.past, (key, file))

    def put(self, key: FileKey, text: HostedText, command: int) -> None:
        """Add text at the end of a file."""
        if not text.text:
            return
        file = self.files.get(key) or FileState(None, command, self.age)
        length = (file.content.length if file.content else 0) + len(text)
        if length > MAX_TEXT_LENGTH:
            raise TooMuchError("writes too much to be followed")
        piece = Piece(file.content, text, command, length)
        self.files[key] = FileState(piece, file.command, self.age)

    def write(self, descriptor: str, text: HostedText, command: int) -> None:
        """Print text on a descriptor; what goes to a terminal is dropped."""
        key = self.descriptors.get(descriptor)
        if key is not None:
            self.put(key, text, command)

    def read(self, key: FileKey, end: int) -> HostedText | None:
        """Return the content of a file, None if it was not written here."""
        file = self.files.get(key)
        if file is None:
            return None
        return join([text for text, _ in pieces(file)], end)

    def is_directory(self, key: FileKey) -> bool:
        """Return whether a path is certainly that of a directory."""
        machine, path = key
        if key in self.directories or posixpath.basename(path) in ("criu", ".criu", "etc"):
            return True
        inside = path.rstrip("/") + "/"
        return any(other.startswith(inside) for owner, other in self.files if owner == machine)

    def match(self, pattern: re.Pattern[str]) -> list[str]:
        """Return the paths of files on this machine that a pattern matches as they are written."""
        return sorted(
            path
            for owner, path in self.files
            if owner == self.machine and path and pattern.fullmatch(path)
        )


class Evaluation(Protocol):
    """The evaluation that commands and expansions are part of.

    `roles` are those that files get here, by path.
    """

    unknowns: Placeholders
    roles: dict[str, str]

    def problem(self, offset: int, reason: str) -> None:
        """Note what cannot be followed."""

    def agree(self, readings: Sequence[HostedText], edges: tuple[int, int]) -> HostedText:
        """Return the text that several shells agree on; where they differ, it is unknown."""

    def read_input(self, state: State, offset: int) -> HostedText:
        """Return all that is left of standard input."""

    def capture(
        self, code: HostedText, unit: Unit, state: State, *, keeps_newlines: bool = False
    ) -> HostedText | None:
        """Return what code prints, None if that is not known."""

    def provide(self, state: State, text: HostedText, offset: int, descriptor: str) -> None:
        """Let a descriptor read a text."""

    def merge(self, states: Iterable[State]) -> list[State]:
        """Return the states, equal ones once, and no more than can be followed."""

    def execute(self, command: Command, unit: Unit, state: State) -> list[State]:
        """Run a command, and return the states after it."""

    def run(self, state: State, words: list[HostedText], unit: Unit, offset: int) -> list[State]:
        """Run a program, builtin or function with its words, and return the states after it."""

    def run_text(self, code: HostedText, shells: tuple[str, ...], state: State) -> list[State]:
        """Run a text as code, and return the states after it."""


def normalize(path: str) -> str:
    """Return a path without ``//``, ``.`` and ``..``."""
    is_directory = path.endswith("/") and path != "/"
    path = re.sub("//+", "/", posixpath.normpath(path)) if path else path
    return f"{path}/" if is_directory else path


def pieces(file: FileState) -> list[tuple[HostedText, int]]:
    """Return the texts of a file, in order, with the commands that wrote them."""
    found: list[tuple[HostedText, int]] = []
    piece = file.content
    while piece:
        found.append((piece.text, piece.command))
        piece = piece.before
    return found[::-1]


def make_written(key: FileKey, file: FileState) -> WrittenFile:
    """Return a file as the host's readers see it."""
    texts = pieces(file)
    commands: list[tuple[int, int]] = []
    length = 0
    for text, command in texts:
        if not commands or commands[-1][1] != command:
            commands.append((length, command))
        length += len(text)
    content = join([text for text, _ in texts], file.command)
    content = HostedText(erase_placeholders(content.text), content.offsets)
    return WrittenFile(erase_placeholders(key[1]), content, file.command, tuple(commands))


def iterate_files(state: State) -> Iterator[tuple[FileKey, FileState]]:
    """Yield the files that a way through the code leaves, and those that existed in between."""
    yield from state.past
    yield from state.files.items()


def restore_descriptors(states: list[State], descriptors: dict[str, FileKey | None]) -> list[State]:
    """Return the states with the descriptors that they had before."""
    for state in states:
        state.descriptors = dict(descriptors)
    return states


def restore_variables(state: State, values: Mapping[str, VariableValue | None]) -> None:
    """Give variables their earlier values; those with None were not set."""
    for name, value in values.items():
        if value is None:
            state.variables.pop(name, None)
        else:
            state.variables[name] = value
