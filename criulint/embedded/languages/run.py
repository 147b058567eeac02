# SPDX-License-Identifier: MIT
"""One run of a program, to find what it writes to which file.

What a language's library does is in a `Library`; which arm a branch takes that is not known is up
to a `Guide`: the `Follower` in `criulint.embedded.languages.follower`, which runs the program
several times.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from criulint.criu.paths import CONFIG_ANNOTATION, CONFIG_VARIABLE, is_destination
from criulint.embedded.languages.function_names import (
    ADDS,
    ASKING,
    EXPECTED,
    HARMLESS,
    READING,
    SHOWS,
    is_runner,
    is_writer,
)
from criulint.embedded.languages.literals import MAX_TEXT, fill_conversions, hole, join_limited
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
)
from criulint.embedded.languages.run_values import (
    MAX_ITEMS,
    File,
    Number,
    Subprocess,
    Table,
    as_text,
    before_null,
    has_value,
    is_true,
    join_path,
    string_of,
)
from criulint.embedded.model import HostedText, Script, hide_templates, join

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from criulint.embedded.languages.program import Expression, Program, Statement
    from criulint.embedded.languages.run_values import Value

# Stands for a temporary directory of a test, in which it may try anything.
TEST_DIRECTORY = "\ufffb"
_TEST_DIRECTORIES = frozenset(("tmp_path", "tmpdir", "TempDir"))
# Functions that make such a directory in a test, and other directories elsewhere.
_TEMPORARY = frozenset(("mkdtemp", "TemporaryDirectory", "MkdirTemp", "tempdir", "mkdtempSync"))
_TESTS = re.compile(r"(?i)(?:.*\.)?(?:test|set_?up)\w*")
# Names of errors, for which a loop goes on to the next item.
_ERRORS = frozenset(("err", "error", "e"))
# Names of the argument with a command's standard input.
_STDIN = ("input", "input_text", "stdin")
# The deepest nesting of calls, and of expressions.
_MAX_CALLS = 12
_MAX_DEPTH = 120


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


def _key(path: HostedText) -> str:
    """Return what distinguishes a path from others; for an unknown one, that is its place."""
    return path.text if path.is_known else f"{path.text}\n{[*path.offsets]}"


class _Frame(NamedTuple):
    """The variables of a function, and what it returned."""

    variables: dict[str, Value]
    parent: _Frame | None = None
    returned: list[Value] = []  # noqa: RUF012 - each frame gets its own


class Guide(Protocol):
    """What chooses the arms of branches, and counts what the runs of a program do.

    `entered` are the places where the bodies of the functions begin that were run, `tables` the
    maps of the current run.
    """

    entered: set[int]
    tables: list[Table]

    def count_step(self) -> None:
        """Count a step; end the run if there were too many."""

    def names_in(self, statement: Assign) -> frozenset[str]:
        """Return the names of the variables in the value of an assignment."""

    def choose_arm(self, branch: Branch) -> Sequence[Statement]:
        """Return the arm to take."""

    def choose_option(self, choice: Choice) -> Expression:
        """Return the option to take."""


class Run:
    """One run of a program: its variables, and the files and scripts so far."""

    def __init__(self, program: Program, library: Library, guide: Guide) -> None:
        self._program = program
        self._library = library
        self._guide = guide
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
            if isinstance(text, HostedText) and is_script(text.text):
                self.run_shell(hide_templates(text, has_tags=False))

    def run_shell(self, text: HostedText, shell: str = "sh") -> None:
        """Run a text as shell code."""
        self.note_command()
        self.note_code(text.text)
        interpreter = _SHEBANG.match(text.text)
        self.scripts.append(Script(text, interpreter[1] if interpreter else shell))

    def note_words(self, words: Sequence[Value]) -> None:
        """Note the file that the words of a command name to CRIU."""
        texts = [string_of(word) or "" for word in words]
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
            self._guide.count_step()
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
        """Take the arm that the condition decides, or one that the guide chooses."""
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
            return self._execute(self._guide.choose_arm(branch))
        # Which arm an item of a list takes is certain, but not known here.
        self._unsure += 1
        has_ended = self._execute(self._guide.choose_arm(branch))
        self._unsure -= 1
        return has_ended

    def _truth_of(self, condition: Expression) -> bool | None:
        """Return whether a condition is true, None if that is not known."""
        return is_true(self._evaluate(condition))

    def _assign(self, statement: Assign) -> None:
        """Give variables a value; several names get its items."""
        value = self._evaluate(statement.value)
        names = statement.names
        if isinstance(value, Table) and EXPECTED.search(names[0]):
            value.is_used = True  # what a test compares with
        if self._item_names and self._guide.names_in(statement) & self._item_names:
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
        """Run the body for each item of a known list, once for an unknown one."""
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
        self._guide.count_step()
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
            return HostedText.at(TEST_DIRECTORY, expression.start, expression.start)
        return self._lookup(expression.name)

    def _lookup(self, name: str) -> Value:
        frame: _Frame | None = self._frame
        while frame:
            if name in frame.variables:
                return frame.variables[name]
            frame = frame.parent
        return self._globals.variables.get(name)

    def _member(self, expression: Member) -> Value:
        """Return a known member: a variable, a field, an attribute of the library."""
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
        """Return texts or lists put together; an unknown part is a hole in a text."""
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
        """Return a template of ``%`` conversions with its values."""
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
            self.note_role(string_of(key) or "", value)
        table = Table(entries, expression.start, is_whole=expression.is_whole)
        self._guide.tables.append(table)
        return table

    def _choice(self, expression: Choice) -> Value:
        """Return the option that the condition decides, or one that the guide chooses."""
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
        return self._evaluate(self._guide.choose_option(expression))

    def _index(self, expression: Index) -> Value:
        of, key = self._evaluate(expression.of), self._evaluate(expression.key)
        if isinstance(of, Table) and isinstance(key, HostedText):
            return of.get(key.text)
        if isinstance(of, list) and isinstance(key, Number) and key.text.isdecimal():
            index = int(key.text[:9])
            return of[index] if index < len(of) else None
        return None

    def _each(self, expression: Each) -> Value:
        """Return the list of a comprehension, None if an item is not known to belong to it."""
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
        items = before_null(items) if expression.ends_at_null else items
        return [
            Number.at(str(index), expression.start, expression.start) for index in range(len(items))
        ]

    def _items_before_null(self, expression: BeforeNull) -> Value:
        items = self._evaluate(expression.of)
        return before_null(items) if isinstance(items, list) else None

    def _function(self, expression: Function) -> Value:
        return expression

    def _call(self, expression: Call) -> Value:
        """Return the value of a call: of the library, of a function of the program, or by name."""
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
        name = called_name(expression)
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
        """Return the function of the program that a call means, None if it is another one."""
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
            return HostedText.at(TEST_DIRECTORY, call.start, call.start)
        if written := _written_by_name(call):
            self.write(*written, call.start)
            return None
        if isinstance(call.receiver, File) and ADDS.search(call.name):
            self.append(call.receiver, hole(call.start))
        functions = [value for value in call.arguments if isinstance(value, Function)]
        if functions or not HARMLESS.fullmatch(call.name):
            self.note_command()
        for function in functions:
            self.invoke(function, [])
        if is_runner(call.name) and not functions:
            self._run_by_name(call)
            return None
        if not SHOWS.search(call.name):
            for argument in (*call.arguments, *call.named.values()):
                self.use(argument)
        return None

    def _run_by_name(self, call: LibraryCall) -> None:
        """Run the command in the arguments of a call: a list, several texts, or shell code."""
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
        self._guide.entered.add(function.start)
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


def _assume(condition: Expression) -> bool | None:
    """Return the assumed value of an unknown condition: what it tests for does not exist."""
    if isinstance(condition, Not):
        answer = _assume(condition.value)
        return None if answer is None else not answer
    if isinstance(condition, Choice) and condition.is_default:  # `or`
        answers = [_assume(option) for option in condition.options]
        return True if True in answers else None
    if isinstance(condition, Equal):
        functions = (called_name(condition.left), called_name(condition.right))
        return None if READING.isdisjoint(functions) else False
    asks = isinstance(condition, Contains) or called_name(condition) in ASKING
    return False if asks else None


def _skips(arms: Sequence[Sequence[Statement]]) -> bool | None:
    """Return the condition with which a loop goes on, if just one of two arms leaves."""
    if len(arms) != 2:
        return None
    leaves = [bool(arm) and isinstance(arm[-1], Leave) for arm in arms]
    return None if leaves[0] == leaves[1] else leaves[1]


def called_name(part: object) -> str:
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


# --- shell code in texts

# How it names a file to CRIU.
_NAMING = re.compile(
    r"\bcriu\b[^\n;|&]{0,1000}? --config[= ](?P<cli>[^\s'\"]+)"
    rf"|\b{CONFIG_VARIABLE}=(?P<env>[^\s'\"]+)"
    rf"|\b{re.escape(CONFIG_ANNOTATION)}=(?P<rpc>[^\s'\"]+)"
)
# `#!/bin/sh`, `#!/usr/bin/env bash`
_SHEBANG = re.compile(
    r"#!\s*(?:/usr)?(?:/bin/env\s+(?:-S\s+)?|/(?:usr/|local/)*bin/)(sh|bash|dash|ash)\b"
)
# How code begins that has no such line.
_COMMAND = re.compile(r"\s*(?:#[^\n]*\n\s*)*(?:set [-+][A-Za-z]|sudo |mkdir -p )")


def is_script(text: str) -> bool:
    """Return whether a text begins as shell code; without `#!`, it has to name CRIU's directory."""
    if _SHEBANG.match(text):
        return True
    return _COMMAND.match(text) is not None and "criu/" in text


# --- calls that are known only by their name


def _written_by_name(call: LibraryCall) -> tuple[HostedText, HostedText] | None:
    """Return the path and the text of a call such as ``write_file(host, path, text)``."""
    if not is_writer(call.name):
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
