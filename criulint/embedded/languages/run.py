# SPDX-License-Identifier: MIT
"""Running a program to find what it writes to which file.

Values are text, lists, maps, and files and buffers that are written to; everything else is unknown.
The program is run several times, so that each arm of each branch is taken at least once; functions
that nothing calls are run on their own. What a language's library does is in a `Library`.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from criulint.criu.paths import CONFIG_ANNOTATION, CONFIG_VARIABLE, is_destination
from criulint.embedded.hosted import (
    UNKNOWN,
    FollowedHost,
    HostedText,
    Script,
    WrittenFile,
    hide_templates,
    join,
)
from criulint.embedded.languages.literals import (
    MAX_TEXT,
    fill,
    fill_conversions,
    hole,
    join_limited,
)
from criulint.embedded.languages.program import (
    Assign,
    BeforeNull,
    Branch,
    Call,
    Choice,
    Concatenation,
    Contains,
    Each,
    Entries,
    Equal,
    Evaluate,
    Function,
    Index,
    Items,
    Leave,
    Literal,
    Loop,
    Member,
    Name,
    Not,
    PathJoin,
    PercentFormat,
    Places,
    Spread,
    Truth,
    walk_program,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from criulint.embedded.languages.program import Expression, Program, Statement

# Stands for a temporary directory of a test, in which it may try anything.
_TEST = "\ufffb"
_TEST_DIRECTORIES = frozenset(("tmp_path", "tmpdir", "TempDir"))
# Functions that make such a directory in a test, and other directories elsewhere.
_TEMPORARY = frozenset(("mkdtemp", "TemporaryDirectory", "MkdirTemp", "tempdir", "mkdtempSync"))
# What runs before a method of a class that nothing calls.
_BEFORE_METHODS = ("__init__", "setUp", "setup_method")
_TESTS = re.compile(r"(?i)(?:.*\.)?(?:test|set_?up)\w*")

_MAX_STEPS = 100_000
_MAX_RUNS = 48
# Consecutive runs without a new arm, after which the remaining arms may be unreachable.
_MAX_IDLE_RUNS = 3
_MAX_CALLS = 12
_MAX_DEPTH = 120
#: The most items of a list, and pieces of a file.
MAX_ITEMS = 1000
# The most characters of a name.
_MAX_NAME = 100


class Number(HostedText):
    """The digits of a number."""

    __slots__ = ()


class File:
    """A file or a buffer that is written to; a buffer has no path."""

    def __init__(self, path: HostedText | None = None, command: int = 0) -> None:
        self.path = path
        self.command = command
        self.parts: list[HostedText] = []
        self.size = 0
        #: Where in the text, and where in the host, each command that writes begins.
        self.commands: list[tuple[int, int]] = []

    def text(self) -> HostedText:
        """Return what was written."""
        return join(self.parts, self.command)


class Subprocess:
    """A command by its words, and its standard input."""

    def __init__(self, words: Sequence[Value], start: int) -> None:
        self.words = [*words]
        self.start = start
        self.stdin: Value = None

    def script(self) -> Script:
        """Return the command as shell code."""
        texts = [as_text(word, self.start) for word in self.words]
        parts = [part for text in texts for part in (_quote(text), _between(" ", text))]
        if self.stdin is not None:
            parts = [*_pipe(as_text(self.stdin, self.start)), *parts]
        return Script(join(parts, self.start), "sh")


class Table:
    """A map, or a structure with fields; a sorted one has its keys in order."""

    def __init__(
        self,
        entries: list[tuple[Value, Value]],
        start: int,
        *,
        is_sorted: bool = False,
        is_whole: bool = False,
    ) -> None:
        self.start = start
        self.is_used = False
        self._entries = entries
        self._is_sorted = is_sorted
        self._is_whole = is_whole

    @property
    def entries(self) -> list[tuple[Value, Value]]:
        """The keys with their values, in order."""
        if self._is_sorted:
            return sorted(self._entries, key=lambda entry: _string(entry[0]) or "")
        return self._entries

    @cached_property
    def _indexes(self) -> dict[str | None, int]:
        """Where each known key is in `_entries`; of several, the last one."""
        return {_string(key): index for index, (key, _) in enumerate(self._entries)}

    def add(self, key: Value, value: Value) -> None:
        """Give a key a value."""
        name = _string(key)
        if name is not None and name in self._indexes:
            self._entries[self._indexes[name]] = (key, value)
        else:
            self._indexes[name] = len(self._entries)
            self._entries.append((key, value))

    def get(self, key: str) -> Value:
        """Return the value of a key, None if it is not known."""
        self.is_used = True
        index = self._indexes.get(key)
        if index is None:
            return False if self._is_whole else None
        return self._entries[index][1]


Value = HostedText | list["Value"] | Table | File | Subprocess | Function | bool | None


class LibraryCall(NamedTuple):
    """A call that the library answers. `receiver` is the value that a method belongs to."""

    run: Run
    name: str
    receiver: Value
    arguments: Sequence[Value]
    named: Mapping[str, Value]
    start: int

    def argument(self, index: int, *names: str) -> Value:
        """Return an argument by its place, or by one of its names."""
        for name in names:
            if name in self.named:
                return self.named[name]
        return self.arguments[index] if index < len(self.arguments) else None

    def text(self, index: int, *names: str) -> HostedText:
        """Return an argument as text, unknown if it is not known or missing."""
        return as_text(self.argument(index, *names), self.start)


class Library(NamedTuple):
    """What a language's own functions do.

    `functions` are by full names (``os.path.join``), `methods` by names; a method is also tried
    for a function that is not known. Names of attributes have a dot in front (``.parent``).
    `writers` are the names without which nothing is written or run.
    """

    functions: Mapping[str, Callable[[LibraryCall], Value]]
    methods: Mapping[str, Callable[[LibraryCall], Value]]
    writers: frozenset[str]


class _BudgetError(Exception):
    """Following the program takes too long."""


def as_text(value: Value, start: int) -> HostedText:
    """Return a value as text, an unknown one if it is not text."""
    if isinstance(value, HostedText):
        return value
    if isinstance(value, File) and value.path is None:
        return value.text()
    return hole(start)


def _string(value: Value) -> str | None:
    return value.text if isinstance(value, HostedText) else None


def _key(path: HostedText) -> str:
    """Return what distinguishes a path from others; for an unknown one, that is its place."""
    return path.text if path.is_known else f"{path.text}\n{[*path.offsets]}"


class _Frame(NamedTuple):
    """The variables of a function, and what it returned."""

    variables: dict[str, Value]
    parent: _Frame | None = None
    returned: list[Value] = []  # noqa: RUF012 - each frame gets its own


class Run:
    """One run of a program: its variables, and the files and scripts so far."""

    def __init__(self, program: Program, library: Library, follower: Follower) -> None:
        self._program = program
        self._library = library
        self._follower = follower
        self._files: dict[str, File] = {}
        self._frame = _Frame({}, None, [])
        self._globals = self._frame
        self._depth = 0
        self._calls: list[str] = []
        self._call_start = 0
        # The variables that are items of known lists, and how many branches that test them surround
        # the current statement.
        self._item_names: set[str] = set()
        self._unsure = 0
        #: The roles of files that are named to CRIU, by their paths.
        self.roles: dict[str, str] = {}
        #: What was written, in order, and the shell code that was run.
        self.written: list[File] = []
        self.scripts: list[Script | Subprocess] = []
        self._ran_since: set[int] = set()

    # --- what the library calls

    def open(self, path: HostedText, start: int, *, append: bool) -> File:
        """Return the file at a path, emptied unless it is appended to."""
        key = _key(path)
        known = self._files.get(key)
        if known and append:
            return known
        self.remove(path)
        file = File(path, start)
        self._files[key] = file
        self.written.append(file)
        return file

    def write(
        self, path: HostedText, text: HostedText, start: int, *, append: bool = False
    ) -> None:
        """Write a whole text to a path."""
        self.append(self.open(path, start, append=append), text)

    def append(self, file: File, text: HostedText) -> None:
        """Write more to a file."""
        text = self._doubt(text)
        if file.size + len(text) <= MAX_TEXT and len(file.parts) < MAX_ITEMS:
            file.parts.append(text)
            file.commands.append((file.size, self._call_start))
            file.size += len(text)

    def doubt(self, value: Value) -> Value:
        """Return a value that is added to others; unknown where the run might take another arm."""
        if not self._unsure:
            return value
        return self._doubt(value) if isinstance(value, HostedText) else None

    def _doubt(self, text: HostedText) -> HostedText:
        if not self._unsure:
            return text
        line_end = text[len(text.text.rstrip("\n")) :]
        return join([hole(text.offsets[0]), line_end])

    def rename(self, path: HostedText, new: HostedText) -> None:
        """Give a file another path."""
        file = self._files.pop(_key(path), None)
        if file:
            self.remove(new)
            file.path = new
            self._files[_key(new)] = file

    def remove(self, path: HostedText) -> None:
        """Remove a file; what was written to it counts if a command may have read it."""
        file = self._files.pop(_key(path), None)
        if file and id(file) not in self._ran_since:
            self.written.remove(file)

    def use(self, value: Value) -> None:
        """Note one or several texts that leave the program, because they may be scripts."""
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, HostedText) and _is_script(text.text):
                self.run_shell(hide_templates(text, has_tags=False))

    def run_shell(self, text: HostedText, shell: str = "sh") -> None:
        """Run a text as shell code."""
        self.note_command()
        self.note_code(text.text)
        interpreter = _SHEBANG.match(text.text)
        self.scripts.append(Script(text, interpreter[1] if interpreter else shell))

    def note_words(self, words: Sequence[Value]) -> None:
        """Note the file that the words of a command name to CRIU."""
        texts = [_string(word) or "" for word in words]
        self.note_code(" ".join(texts))

    def note_code(self, text: str) -> None:
        """Note the files that shell code names to CRIU."""
        for match in _NAMING.finditer(text):
            self.roles.update((match[name], name) for name in ("cli", "env", "rpc") if match[name])

    def start_command(self, words: Sequence[Value], start: int, stdin: Value = None) -> Subprocess:
        """Return a command that is run, and may still be given more words and `stdin`."""
        self.note_command()
        command = Subprocess(words, start)
        command.stdin = stdin
        self.scripts.append(command)
        return command

    def note_role(self, name: str, value: Value) -> None:
        """Note a variable or an annotation that names a file to CRIU."""
        role = {CONFIG_VARIABLE: "env", CONFIG_ANNOTATION: "rpc"}.get(name)
        if role and isinstance(value, HostedText):
            self.roles[value.text] = role

    def note_command(self) -> None:
        """Note that a command ran that may read the files written so far."""
        self._ran_since.update(map(id, self.written))

    def invoke(self, function: Value, arguments: Sequence[Value]) -> Value:
        """Call a function of the program that is a value."""
        if not isinstance(function, Function) or len(self._calls) >= _MAX_CALLS:
            return None
        return self._enter(function, arguments, {}, self._frame)

    # --- statements

    def run_body(self, body: Sequence[Statement]) -> None:
        """Run the statements of the program itself."""
        self._execute(body)

    def run_function(self, function: Function) -> None:
        """Run a function that nothing calls: its parameters have their defaults, or are unknown."""
        self.use(self._enter(function, None, {}, self._globals))

    def _execute(self, statements: Sequence[Statement]) -> bool:
        """Run statements; return whether they ended what they are a part of."""
        for statement in statements:
            self._follower.count_step()
            if isinstance(statement, Assign):
                self._assign(statement)
            elif isinstance(statement, Evaluate):
                self._evaluate(statement.value)
            elif isinstance(statement, Branch):
                if self._branch(statement):
                    return True
            elif isinstance(statement, Loop):
                self._loop(statement)
            else:
                if not statement.is_loop:
                    self._frame.returned[:] = [self._evaluate(statement.value)]
                return True
        return False

    def _branch(self, branch: Branch) -> bool:
        takes_first = self._truth_of(branch.condition)
        asks_item = bool(branch.mentions & self._item_names)
        if takes_first is None and asks_item:
            takes_first = _assume(branch.condition)
            skips = _skips(branch.arms) if takes_first is None else None
            if skips is not None:
                # Unless it is about an error, the rest of the iteration is not certain.
                self._unsure += _ERRORS.isdisjoint(branch.mentions)
                takes_first = skips
        if takes_first is not None and len(branch.arms) == 2:
            return self._execute(branch.arms[not takes_first])
        if not asks_item:
            return self._execute(self._follower.choose_arm(branch))
        # Which arm an item of a list takes is certain, but not known here.
        self._unsure += 1
        has_ended = self._execute(self._follower.choose_arm(branch))
        self._unsure -= 1
        return has_ended

    def _truth_of(self, condition: Expression) -> bool | None:
        """Return whether a condition is true, None if that is not known."""
        return is_true(self._evaluate(condition))

    def _assign(self, statement: Assign) -> None:
        value = self._evaluate(statement.value)
        names = statement.names
        if isinstance(value, Table) and _EXPECTED.search(names[0]):
            value.is_used = True  # what a test compares with
        if self._item_names and self._follower.names_in(statement) & self._item_names:
            self._item_names.update(names)
        if len(names) == 1:
            if statement.adds:
                value = self._add(self._lookup(names[0]), self.doubt(value))
            self._set(names[0], value)
            return
        items = value if isinstance(value, list) and len(value) == len(names) else None
        for index, name in enumerate(names):
            # Go's `file, err := os.Create(...)`: the first one is the value.
            single = value if index == 0 and not isinstance(value, list) else None
            self._set(name, items[index] if items else single)

    def _add(self, value: Value, more: Value) -> Value:
        if isinstance(value, list) and isinstance(more, list):
            value.extend(more[: MAX_ITEMS - len(value)])
            return value
        if isinstance(value, File):
            self.append(value, as_text(more, value.command))
            return value
        if isinstance(value, HostedText) and not isinstance(value, Number):
            return join_limited([value, as_text(more, value.offsets[-1])])
        return None

    def _set(self, name: str, value: Value) -> None:
        owner, _, attribute = name.partition(".")
        if attribute == "Stdin" and isinstance(command := self._lookup(owner), Subprocess):
            command.stdin = value
        is_global = "." in name and owner not in self._frame.variables
        frame = self._globals if is_global else self._frame
        frame.variables[name] = value

    def _loop(self, statement: Loop) -> None:
        over = self._iterate(self._evaluate(statement.over))
        if over is None:
            for name in statement.names:
                self._set(name, None)
            self._execute(statement.body)
            return
        self._item_names.update(statement.names)
        unsure = self._unsure
        for item in over:
            self._bind(statement.names, item)
            has_ended = self._execute(statement.body)
            self._unsure = unsure
            if has_ended and self._frame.returned:
                return

    def _iterate(self, value: Value) -> list[Value] | None:
        if isinstance(value, Table):
            value.is_used = True
            return [[key, item] for key, item in value.entries]
        return list(value[:MAX_ITEMS]) if isinstance(value, list) else None

    def _bind(self, names: Sequence[str], item: Value) -> None:
        if len(names) == 1:
            self._set(names[0], item)
            return
        parts: Sequence[Value] = item if isinstance(item, list) else [item]
        if len(parts) != len(names):
            # Go's `for _, line := range lines`.
            parts = [None] * (len(names) - 1) + [item]
        for name, part in zip(names, parts, strict=True):
            self._set(name, part)

    # --- expressions

    def _evaluate(self, expression: Expression) -> Value:
        self._follower.count_step()
        if expression is None or self._depth > _MAX_DEPTH:
            return None
        self._depth += 1
        try:
            return self._evaluators[type(expression)](self, expression)
        finally:
            self._depth -= 1

    def _literal(self, expression: Literal) -> Value:
        if expression.is_number:
            return Number(expression.text.text, expression.text.offsets)
        return expression.text

    def _truth(self, expression: Truth) -> Value:
        return expression.is_true

    def _not(self, expression: Not) -> Value:
        answer = self._truth_of(expression.value)
        return None if answer is None else not answer

    def _equal(self, expression: Equal) -> Value:
        left, right = self._evaluate(expression.left), self._evaluate(expression.right)
        if isinstance(left, bool) or isinstance(right, bool):
            return left is right if left is not None and right is not None else None
        if not (isinstance(left, HostedText) and isinstance(right, HostedText)):
            return None
        return left.text == right.text if left.is_known and right.is_known else None

    def _name(self, expression: Name) -> Value:
        if expression.name in _TEST_DIRECTORIES:
            return HostedText.at(_TEST, expression.start, expression.start)
        return self._lookup(expression.name)

    def _lookup(self, name: str) -> Value:
        frame: _Frame | None = self._frame
        while frame:
            if name in frame.variables:
                return frame.variables[name]
            frame = frame.parent
        return self._globals.variables.get(name)

    def _member(self, expression: Member) -> Value:
        if dotted := dotted_name(expression):
            value = self._lookup(dotted)
            if value is not None:
                return value
        of = self._evaluate(expression.of)
        if isinstance(of, Table):
            return of.get(expression.name)
        if isinstance(of, Subprocess) and expression.name == "stdin":
            of.stdin = of.stdin or File()
            return of.stdin
        if method := self._library.methods.get(f".{expression.name}"):
            return method(LibraryCall(self, expression.name, of, (), {}, expression.start))
        return None

    def _concatenation(self, expression: Concatenation) -> Value:
        values = [self._evaluate(part) for part in expression.parts]
        if values and any(isinstance(value, list) for value in values):
            lists = [value if isinstance(value, list) else [None] for value in values]
            return [item for items in lists for item in items][:MAX_ITEMS]
        if all(value is None for value in values):
            return None
        if expression.is_sum and all(isinstance(value, Number) for value in values):
            return None
        starts = map(_start, expression.parts)
        texts = [
            as_text(value, start or expression.start)
            for value, start in zip(values, starts, strict=True)
        ]
        return join_limited(texts, expression.start)

    def _path_join(self, expression: PathJoin) -> Value:
        values = [self._evaluate(part) for part in expression.parts]
        return join_path(values, expression.start)

    def _percent_format(self, expression: PercentFormat) -> Value:
        template = self._evaluate(expression.template)
        if not isinstance(template, HostedText):
            return None
        values = self._evaluate(expression.values)
        named = {}
        if isinstance(values, Table):
            named = {
                key.text: as_text(value, expression.start)
                for key, value in values.entries
                if isinstance(key, HostedText)
            }
        texts = values if isinstance(values, list) else [values]
        return fill_conversions(
            template, [as_text(text, expression.start) for text in texts], named
        )

    def _items(self, expression: Items) -> Value:
        return [self._evaluate(item) for item in expression.items[:MAX_ITEMS]]

    def _entries(self, expression: Entries) -> Value:
        entries = [
            (self._evaluate(key), self._evaluate(value)) for key, value in expression.entries
        ]
        for key, value in entries:
            self.note_role(_string(key) or "", value)
        table = Table(entries, expression.start, is_whole=expression.is_whole)
        self._follower.tables.append(table)
        return table

    def _choice(self, expression: Choice) -> Value:
        if expression.is_default:
            value: Value = None
            for option in expression.options:
                value = self._evaluate(option)
                if value is not None and is_true(value) is not False:
                    return value
            return value
        takes_first = self._truth_of(expression.condition)
        if takes_first is not None and len(expression.options) == 2:
            return self._evaluate(expression.options[not takes_first])
        if expression.mentions & self._item_names:
            return None
        return self._evaluate(self._follower.choose_option(expression))

    def _index(self, expression: Index) -> Value:
        of, key = self._evaluate(expression.of), self._evaluate(expression.key)
        if isinstance(of, Table) and isinstance(key, HostedText):
            return of.get(key.text)
        if isinstance(of, list) and isinstance(key, Number) and key.text.isdecimal():
            index = int(key.text[:9])
            return of[index] if index < len(of) else None
        return None

    def _each(self, expression: Each) -> Value:
        over = self._iterate(self._evaluate(expression.over))
        if over is None:
            return None
        values: list[Value] = []
        self._item_names.update(expression.names)
        for item in over:
            self._bind(expression.names, item)
            is_counted = self._truth_of(expression.condition)
            if is_counted is None:
                return None
            if is_counted:
                values.append(self._evaluate(expression.item))
        return values

    def _spread(self, expression: Spread) -> Value:
        return self._evaluate(expression.of)

    def _contains(self, expression: Contains) -> Value:
        return has_value(self._evaluate(expression.of), self._evaluate(expression.value))

    def _places(self, expression: Places) -> Value:
        items = self._evaluate(expression.of)
        if not isinstance(items, list):
            return None
        items = _before_null(items) if expression.ends_at_null else items
        return [
            Number.at(str(index), expression.start, expression.start) for index in range(len(items))
        ]

    def _items_before_null(self, expression: BeforeNull) -> Value:
        items = self._evaluate(expression.of)
        return _before_null(items) if isinstance(items, list) else None

    def _function(self, expression: Function) -> Value:
        return expression

    def _call(self, expression: Call) -> Value:
        function = expression.function
        receiver: Value = None
        if isinstance(function, Function):  # called where it is defined
            return self.invoke(function, self._arguments(expression))
        dotted = self._full_name(dotted_name(function))
        if isinstance(function, Member) and dotted not in self._library.functions:
            receiver = self._evaluate(function.of)
        arguments = self._arguments(expression)
        named = {name: self._evaluate(value) for name, value in expression.named.items()}
        for name, value in named.items():
            self.note_role(name, value)
        name = _called_name(expression)
        call = LibraryCall(self, name, receiver, arguments, named, expression.start)
        self._call_start = expression.start
        if known := self._library.functions.get(dotted):
            return known(call)
        local = self._function_of(function, dotted, receiver)
        if local and len(self._calls) < _MAX_CALLS and local.name not in self._calls:
            return self._enter(local, arguments, named, self._frame, receiver)
        return self._answer(call)

    def _arguments(self, expression: Call) -> list[Value]:
        values: list[Value] = []
        for argument in expression.arguments[:MAX_ITEMS]:
            value = self._evaluate(argument)
            values += value if isinstance(argument, Spread) and isinstance(value, list) else [value]
        return values[:MAX_ITEMS]

    def _full_name(self, dotted: str) -> str:
        first, dot, rest = dotted.partition(".")
        return self._program.imports.get(first, first) + dot + rest

    def _function_of(self, function: Expression, dotted: str, receiver: Value) -> Function | None:
        if dotted in self._program.functions:
            return self._program.functions[dotted]
        if isinstance(function, Name):
            value = self._lookup(function.name)
            if isinstance(value, Function):
                return value
        if isinstance(function, Member) and (receiver is None or isinstance(receiver, Table)):
            return self._program.functions.get(function.name) or self._method(function.name)
        if isinstance(function, Name):
            return self._program.functions.get(f"{dotted}.__init__")
        return None

    def _method(self, name: str) -> Function | None:
        """Return the method of this name, if there is only one."""
        found = [
            method
            for dotted, method in self._program.functions.items()
            if dotted.rpartition(".")[2] == name
        ]
        return found[0] if len(found) == 1 else None

    def _answer(self, call: LibraryCall) -> Value:
        """Return the value of a call of a method, or of a function known only by its name."""
        if method := self._library.methods.get(call.name):
            return method(call)
        if call.name in _TEST_DIRECTORIES or (
            call.name in _TEMPORARY and any(map(_TESTS.fullmatch, self._calls))
        ):
            return HostedText.at(_TEST, call.start, call.start)
        if written := _written_by_name(call):
            self.write(*written, call.start)
            return None
        if isinstance(call.receiver, File) and _ADDS.search(call.name):
            self.append(call.receiver, hole(call.start))
        functions = [value for value in call.arguments if isinstance(value, Function)]
        if functions or not _HARMLESS.fullmatch(call.name):
            self.note_command()
        for function in functions:
            self.invoke(function, [])
        if _is_runner(call.name) and not functions:
            self._run_by_name(call)
            return None
        if not _SHOWS.search(call.name):
            for argument in (*call.arguments, *call.named.values()):
                self.use(argument)
        return None

    def _run_by_name(self, call: LibraryCall) -> None:
        words = next((value for value in call.arguments if isinstance(value, list)), None)
        if words is None:
            texts = [value for value in call.arguments if isinstance(value, HostedText)]
            if len(texts) < 2:
                if texts and re.search(r"\s", texts[0].text):
                    self.run_shell(texts[0])
                return
            words = [*texts]
        stdin = next((call.named[name] for name in _STDIN if name in call.named), None)
        self.start_command(words, call.start, stdin)

    def _enter(
        self,
        function: Function,
        arguments: Sequence[Value] | None,
        named: Mapping[str, Value],
        caller: _Frame,
        receiver: Value = None,
    ) -> Value:
        """Run a function; its arguments may be unknown."""
        self._follower.entered.add(function.start)
        parent = caller if function.is_inner else None
        frame = _Frame({}, parent, [])
        outer, self._frame = self._frame, frame
        for name in (*function.parameters, *function.keywords):
            default = function.defaults.get(name)
            frame.variables[name] = self._evaluate(default)
        if function.receiver:
            frame.variables[function.receiver] = receiver
        frame.variables.update(zip(function.parameters, arguments or (), strict=False))
        if function.rest:
            count = len(function.parameters)
            frame.variables[function.rest] = None if arguments is None else [*arguments[count:]]
        frame.variables.update(
            (name, value) for name, value in named.items() if name in frame.variables
        )
        self._calls.append(function.name)
        unsure = self._unsure
        try:
            self._execute(function.body)
        finally:
            self._calls.pop()
            self._frame = outer
            self._unsure = unsure
        return frame.returned[0] if frame.returned else None

    _evaluators: ClassVar[dict[type, Callable[[Any, Any], Value]]] = {
        Literal: _literal,
        Truth: _truth,
        Not: _not,
        Equal: _equal,
        Name: _name,
        Member: _member,
        Call: _call,
        Concatenation: _concatenation,
        PathJoin: _path_join,
        PercentFormat: _percent_format,
        Items: _items,
        Entries: _entries,
        Choice: _choice,
        Index: _index,
        Each: _each,
        Spread: _spread,
        Contains: _contains,
        Places: _places,
        BeforeNull: _items_before_null,
        Function: _function,
    }


def is_true(value: Value) -> bool | None:
    """Return whether a value counts as true, None if that is not known."""
    if isinstance(value, Number):
        return value.text.strip("0") != "" if value.is_known else None
    if isinstance(value, HostedText):
        return bool(value.text) if value.is_known else None
    if isinstance(value, list):
        return bool(value)
    return value if isinstance(value, bool) else None


def has_value(of: Value, value: Value) -> bool | None:
    """Return whether a text, a list or the keys of a map have a value, None if not known."""
    if isinstance(of, Table):
        of = [key for key, _ in of.entries]
    items = of if isinstance(of, list) else [of]
    known = [item.text for item in items if isinstance(item, HostedText) and item.is_known]
    if not isinstance(value, HostedText) or not value.is_known or len(known) < len(items):
        return None
    return value.text in (known if isinstance(of, list) else known[0])


def flatten(values: Sequence[Value]) -> list[Value]:
    """Return the values, with each list replaced by its items."""
    lists = [value if isinstance(value, list) else [value] for value in values]
    return [item for items in lists for item in items]


def _before_null(items: list[Value]) -> list[Value]:
    """Return the items before the first null, or structure of nulls."""
    for index, item in enumerate(items):
        parts = [value for _, value in item.entries[:1]] if isinstance(item, Table) else [item]
        if not parts or is_true(parts[0]) is False:
            return items[:index]
    return items


# Methods and functions that test whether something contains a value, or whether a file exists.
_ASKING = (
    *("includes", "has", "contains", "Contains", "contains_key"),
    *("exists", "is_file", "isfile", "existsSync", "Exists", "FileExists"),
)
# Those that return the content of a file.
_READING = frozenset(("read", "read_text", "readFileSync", "read_to_string", "ReadFile"))


def _assume(condition: Expression) -> bool | None:
    """Return the assumed value of an unknown condition: what it tests for does not exist."""
    if isinstance(condition, Not):
        answer = _assume(condition.value)
        return None if answer is None else not answer
    if isinstance(condition, Choice) and condition.is_default:  # `or`
        answers = [_assume(option) for option in condition.options]
        return True if True in answers else None
    if isinstance(condition, Equal):
        functions = (_called_name(condition.left), _called_name(condition.right))
        return None if _READING.isdisjoint(functions) else False
    asks = isinstance(condition, Contains) or _called_name(condition) in _ASKING
    return False if asks else None


# Names of errors, for which a loop goes on to the next item.
_ERRORS = frozenset(("err", "error", "e"))


def _skips(arms: Sequence[Sequence[Statement]]) -> bool | None:
    """Return the condition with which a loop goes on, if just one of two arms leaves."""
    if len(arms) != 2:
        return None
    leaves = [bool(arm) and isinstance(arm[-1], Leave) for arm in arms]
    return None if leaves[0] == leaves[1] else leaves[1]


def _called_name(part: object) -> str:
    """Return the name of the function in a call; empty for anything else."""
    if isinstance(part, Call) and isinstance(part.function, (Name, Member)):
        return part.function.name
    return ""


def _start(expression: Expression) -> int:
    return getattr(expression, "start", 0)


def dotted_name(expression: Expression) -> str:
    """Return the name of a variable or member, as ``os.path.join``; empty for anything else."""
    names: list[str] = []
    while isinstance(expression, Member):
        names.append(expression.name)
        expression = expression.of
    if not isinstance(expression, Name):
        return ""
    names.append(expression.name)
    return ".".join(reversed(names))


def join_path(values: Sequence[Value], start: int, *, absolute_wins: bool = True) -> Value:
    """Return the parts of a path with slashes between them.

    In Go and JavaScript, an absolute part does not replace those before it.
    """
    parts: list[HostedText] = []
    for value in values:
        part = as_text(value, start)
        if part.text.startswith("/") and absolute_wins:
            parts = []
        elif parts and parts[-1].text[-1:] == "/" and part.text[:1] == "/":
            part = part[1:]
        elif parts and parts[-1].text[-1:] != "/" and part.text[:1] != "/":
            parts.append(_between("/", parts[-1]))
        parts.append(part)
    return join(parts, start)


def _between(text: str, after: HostedText) -> HostedText:
    offset = after.offsets[-1]
    return HostedText.at(text, offset, offset)


# --- commands

# How shell code names a file to CRIU.
_NAMING = re.compile(
    r"\bcriu\b[^\n;|&]{0,1000}? --config[= ](?P<cli>[^\s'\"]+)"
    rf"|\b{CONFIG_VARIABLE}=(?P<env>[^\s'\"]+)"
    rf"|\b{re.escape(CONFIG_ANNOTATION)}=(?P<rpc>[^\s'\"]+)"
)
_SHEBANG = re.compile(
    r"#!\s*(?:/usr)?(?:/bin/env\s+(?:-S\s+)?|/(?:usr/|local/)*bin/)(sh|bash|dash|ash)\b"
)
# How shell code begins that has no such line.
_COMMAND = re.compile(r"\s*(?:#[^\n]*\n\s*)*(?:set [-+][A-Za-z]|sudo |mkdir -p )")


def _is_script(text: str) -> bool:
    """Return whether a text begins as shell code; without `#!`, it has to name CRIU's directory."""
    if _SHEBANG.match(text):
        return True
    return _COMMAND.match(text) is not None and "criu/" in text


def _quote(text: HostedText) -> HostedText:
    """Return the text as one word of the shell."""
    quoted = fill(text, re.compile("'"), lambda _: "'\\''")
    start, end = quoted.offsets[0], quoted.offsets[-1]
    return join([HostedText.at("'", start, start), quoted, HostedText.at("'", end, end)])


def _pipe(stdin: HostedText) -> list[HostedText]:
    # The end of the format becomes that of what is printed.
    end = stdin.offsets[-1]
    head = HostedText.at("printf %s ", end, end)
    return [head, _quote(stdin), _between(" | ", stdin)]


# --- calls that are known only by their name

# Names are matched without underscores, in lower case.
_WRITE_PREFIXES = (
    *("must", "sudo", "root", "remote", "safe", "atomic", "host", "guest", "container", "node"),
    *("ssh", "do"),
)
_WRITES = re.compile(
    r"(?:write|put|create|upload|install|add|set|save|ensure|push|update|replace)"
    r"(?:text|string|bytes|lines|data|contents?|conf|config|to|in|remote|host|container|guest)?"
    r"(?:file|conf|config|contents?|to|sync|text)?"
)
_RUNS = re.compile(
    r"(?:must|command)?(?:run|runner|exec|execute|sudo|sh|bash|shell|ssh|system|succeed"
    r"|waituntilsucceeds|checkcall|checkoutput)"
    r"(?:cmd|commands?|shell|bash|sh|run|root|remote|script|sync|(?:in|on)\w+)?(?:sync)?"
)
_STDIN = ("input", "input_text", "stdin")
_HARMLESS = re.compile(
    r"(?i)mkdir(?:s|all|sync|_p)?|makedirs|create_dir_all|chmod|chown|exists|f?print(?:f|ln|)|println"
    r"|error[f]?|warn(?:ing)?|info|debug|log[f]?|fatal[f]?|f?close|f?flush|f?sync|unwrap|expect|len"
    r"|str|string|exit|perror|dir(?:name)?"
)
# Variables for what is expected, or is not.
_EXPECTED = re.compile(r"(?i)expect|want|golden|invalid|wrong|\bbad")
# Methods that write to their file in an unknown way.
_ADDS = re.compile(r"(?i)write|print|put|append|push|copy|dump|encode|execute|save")
# Functions that only show a text to people, or compare it.
_SHOWS = re.compile(
    r"(?i)print|log|err|warn|info|debug|fail|help|usage|assert|expect|panic|message|msg|hint|echo"
    r"|docs?|describe|skip|exception|equal|contain|match|note|show|say|write_?line"
)


def _plain(name: str) -> str:
    return name[:_MAX_NAME].replace("_", "").lower()


def _is_writer(name: str) -> bool:
    """Return whether a function writes a file, by its name: ``must_write_file``."""
    name = _plain(name)
    while prefix := next((each for each in _WRITE_PREFIXES if name.startswith(each)), ""):
        name = name.removeprefix(prefix)
    return _WRITES.fullmatch(name) is not None


def _is_runner(name: str) -> bool:
    """Return whether a function runs a command, by its name: ``run_on_host``."""
    return _RUNS.fullmatch(_plain(name)) is not None


def _written_by_name(call: LibraryCall) -> tuple[HostedText, HostedText] | None:
    """Return the path and the text of a call such as ``write_file(host, path, text)``."""
    if not _is_writer(call.name):
        return None
    values = [*call.arguments, *call.named.values()]
    texts = [value for value in values if isinstance(value, HostedText)]
    paths = [index for index, text in enumerate(texts) if is_criu_path(text)]
    if len(paths) != 1 or paths[0] + 1 >= len(texts):
        return None
    path, content = texts[paths[0]], texts[paths[0] + 1]
    return (path, content) if "\n" in content.text else None


def is_criu_path(path: HostedText) -> bool:
    """Return whether a path is one of CRIU's files."""
    return "\n" not in path.text and is_destination(path.text)


# --- maps and structures that describe files

_PATH_FIELDS = frozenset(("path", "dest", "destination", "target", "filename", "file", "name"))
_CONTENT_FIELDS = frozenset(("content", "contents", "data", "text", "body"))
_PLACEHOLDER = re.compile(r"\{\w*\}|%\(\w+\)s|%[sdvq]|\$\{?\w+\}?")


def _files_of(table: Table) -> Iterator[tuple[HostedText, HostedText]]:
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


# --- all runs of a program


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


def _write_table(run: Run, table: Table) -> None:
    for path, content in _files_of(table):
        if "\n" in content.text:
            text = fill(hide_templates(content, has_tags=False), _PLACEHOLDER, lambda _: None)
            run.written.append(file := File(path, table.start))
            file.parts.append(text)


def _mentions(part: object) -> frozenset[str]:
    """Return the names that are called or described in a part of a program."""
    names = set()
    for found in walk_program(part):
        if isinstance(found, Entries):
            names.add("{}")
        elif name := _called_name(found):
            names.add(name)
    return frozenset(names)


def _has_script(part: object) -> bool:
    return any(
        isinstance(found, Literal) and _is_script(found.text.text) for found in walk_program(part)
    )


def _uses(part: object, names: set[str]) -> bool:
    return bool(names) and any(
        isinstance(each, Name) and each.name in names for each in walk_program(part)
    )


def _relevant_functions(program: Program, library: Library) -> frozenset[str]:
    """Return the names of functions that may write, including the library's."""
    relevant = {*library.writers, "{}"}

    def may_write(name: str) -> bool:
        return name in relevant or _is_writer(name) or _is_runner(name)

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
        found = {
            name
            for name, mentioned in mentions.items()
            if name not in relevant and any(map(may_write, mentioned))
        }
        if not found:
            return frozenset(relevant)


def follow_program(
    program: Program, library: Library, follow: Callable[[Script], FollowedHost]
) -> FollowedHost:
    """Return the files that a program writes; `follow` follows the shell code that it runs."""
    found: dict[tuple[str, str, tuple[int, ...]], WrittenFile] = {}
    scripts: dict[tuple[str, tuple[int, ...]], Script] = {}
    follower = Follower(program, library)
    for run in follower.follow():
        codes = [code.script() if isinstance(code, Subprocess) else code for code in run.scripts]
        for code in run.scripts:
            if isinstance(code, Subprocess):
                run.note_words(code.words)
        roles = run.roles
        for file in run.written:
            assert file.path is not None
            role = roles.get(file.path.text, "")
            if _TEST in file.path.text or not (role or is_destination(file.path.text)):
                continue
            text = file.text()
            text = HostedText(text.text.replace(_TEST, UNKNOWN), text.offsets)
            key = (file.path.text, text.text, tuple(text.offsets))
            written = WrittenFile(file.path.text, text, file.command, tuple(file.commands), role)
            found.setdefault(key, written)
        for script in _put_steps_together([code for code in codes if "criu" in code.text.text]):
            scripts.setdefault((script.text.text, tuple(script.text.offsets)), script)
    followed = FollowedHost(list(found.values()), [])
    if follower.is_cut:
        followed.problems.append((0, "too long to follow to its end"))
    for script in scripts.values():
        inner = follow(script)
        followed.files.extend(inner.files)
        followed.problems.extend(inner.problems)
    return followed


def _put_steps_together(scripts: Sequence[Script]) -> Iterator[Script]:
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
