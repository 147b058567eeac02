# SPDX-License-Identifier: MIT
"""C: its syntax, and the parts of its library that write files or run commands.

Sources: ISO C 6.4.5 (string literals) and 7.23 (files); POSIX open, write, dprintf, system.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from criulint.embedded import shell
from criulint.embedded.languages import shared
from criulint.embedded.languages.follower import follow_program
from criulint.embedded.languages.literals import Escapes, unescape_literal
from criulint.embedded.languages.program import (
    Assign,
    BeforeNull,
    Branch,
    Call,
    Choice,
    Concatenation,
    Entries,
    Equal,
    Evaluate,
    Index,
    Items,
    Leave,
    Literal,
    Loop,
    Member,
    Name,
    Not,
    Program,
    Truth,
)
from criulint.embedded.languages.reader import Reader
from criulint.embedded.languages.run import Library
from criulint.embedded.languages.run_values import File, Number
from criulint.embedded.languages.trees import Tree, children, field
from criulint.embedded.model import HostedText
from criulint.source import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from criulint.embedded.languages.program import Expression, Statement
    from criulint.embedded.languages.run import LibraryCall
    from criulint.embedded.languages.run_values import Value
    from criulint.embedded.model import FollowedHost
    from criulint.source import Source


def follow(source: Source) -> FollowedHost:
    """Return the files that a C program writes."""
    return follow_program(parse(decode(source.data)), LIBRARY, shell.follow_script)


def parse(text: str) -> Program:
    """Return the program in a text."""
    return _Reader(Tree(text, "tree_sitter_c")).program()


_ESCAPES = Escapes(
    re.compile(
        r"\\(?:\r?\n|x(?P<bytes>[0-9a-fA-F]+)|(?P<octal_bytes>[0-7]{1,3})"
        r"|u(?P<hex>[0-9a-fA-F]{4})|U(?P<hex8>[0-9a-fA-F]{8})|(?P<name>.))",
        re.DOTALL,
    ),
    keeps_unknown=False,
)
# A macro whose value is strings, and macros that are strings.
_MACRO = re.compile(r'(?:\s|\\\r?\n|"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*(?!\w))+', re.DOTALL)
# A string, or the name of another macro.
_MACRO_PART = re.compile(r'"((?:[^"\\]|\\.)*)"|([A-Za-z_]\w*)', re.DOTALL)
# Functions that put text into their first argument, and the place of the text.
_COPIES = {
    "strcpy": 1, "strncpy": 1, "strcat": 1, "strncat": 1, "sprintf": 1, "snprintf": 2,
    "asprintf": 1,
}  # fmt: skip


class _Reader(Reader):
    """Reads C."""

    def __init__(self, tree: Tree) -> None:
        super().__init__(tree)
        # The names of the fields of structures, by the names of their types.
        self._fields: dict[str, list[Node]] = {}

    # --- statements

    def _declaration(self, node: Node) -> Iterator[Statement]:
        names = self._names_of(field(node, "type"))
        for child in node.children_by_field_name("declarator"):
            if child.type == "init_declarator":
                name = self._name_of(field(child, "declarator"))
                value = self.expression(field(child, "value"))
                yield Assign([name], self._give_fields(value, names) if names else value)

    def _names_of(self, node: Node | None) -> list[Node]:
        """Return the names of the fields of a type, none if it is not a structure."""
        if node is None:
            return []
        if node.type != "struct_specifier":
            return self._fields.get(self.tree.text(node), [])
        name = f"struct {self.text(node, 'name')}"
        if body := field(node, "body"):
            self._fields[name] = [
                declarator
                for declaration in children(body, "field_declaration")
                for declarator in declaration.children_by_field_name("declarator")
            ]
        return self._fields.get(name, [])

    def _give_fields(self, value: Expression, names: list[Node]) -> Expression:
        """Return a list of values as a structure with these fields, or as a list of such."""
        fields = [
            Literal(HostedText.at(self._name_of(name), self.start(name), self.start(name)))
            for name in names
        ]
        nothing = Truth(is_true=False)
        if isinstance(value, Entries):
            given = {key.text.text for key, _ in value.entries if isinstance(key, Literal)}
            rest = [(name, nothing) for name in fields if name.text.text not in given]
            return value._replace(entries=[*value.entries, *rest])
        if not isinstance(value, Items):
            return value
        if any(isinstance(item, (Items, Entries)) for item in value.items):
            return value._replace(items=[self._give_fields(item, names) for item in value.items])
        values = [*value.items, *[nothing] * (len(names) - len(value.items))]
        return Entries(list(zip(fields, values, strict=False)), value.start)

    def _structure(self, node: Node) -> Iterator[Statement]:
        self._names_of(node)
        return iter(())

    def _type(self, node: Node) -> Iterator[Statement]:
        names = self._names_of(field(node, "type"))
        for child in node.children_by_field_name("declarator"):
            self._fields[self.tree.text(child)] = names
        return iter(())

    def _name_of(self, node: Node | None) -> str:
        """Return the name that a declarator declares."""
        for _ in range(20):
            if node is None or node.type in ("identifier", "field_identifier"):
                break
            node = field(node, "declarator") or next(children(node), None)
        return self.tree.text(node)

    def _macro(self, node: Node) -> Iterator[Statement]:
        value = field(node, "value")
        text = self.tree.text(value)
        if value is None or not _MACRO.fullmatch(text):
            return
        start = self.start(value)
        parts: list[Expression] = []
        for match in _MACRO_PART.finditer(text):
            if match[2]:
                parts.append(Name(match[2], start + match.start()))
            else:
                parts.append(Literal(unescape_literal(match[1], start + match.start(1), _ESCAPES)))
        yield Assign([self.text(node, "name")], Concatenation(parts, start))

    def _assignment(self, node: Node) -> Iterator[Statement]:
        left = field(node, "left")
        if left and left.type == "identifier" and self.text(node, "operator") in ("=", ""):
            yield Assign([self.tree.text(left)], self.expression(field(node, "right")))

    def _call_statement(self, node: Node) -> Iterator[Statement]:
        name = self.text(node, "function")
        listed = field(node, "arguments")
        arguments = list(children(listed)) if listed else []
        place = _COPIES.get(name)
        if place and len(arguments) > place:
            target = arguments[0]
            if target.type == "pointer_expression":
                target = field(target, "argument") or target
            values = [self.expression(argument) for argument in arguments[place:]]
            value: Expression = values[0]
            if "printf" in name:
                value = Call(Name("(printf)", 0), values, {}, self.start(node))
            yield Assign([self.tree.text(target)], value, adds="cat" in name)
            return
        yield Evaluate(self._call(node))

    def _for(self, node: Node) -> Iterator[Statement]:
        """Read a loop; ``for (p = list; *p; p++)`` goes through a list."""
        pointer = self._pointer_loop(node)
        if pointer is None:
            yield from self.counting_loop(node)
            return
        name, over = pointer
        yield Loop([name], BeforeNull(over), self.body(node))

    def _pointer_loop(self, node: Node) -> tuple[str, Expression] | None:
        first, condition = field(node, "initializer"), field(node, "condition")
        if first and first.type == "declaration":
            first = field(first, "declarator")
        if first is None or condition is None:
            return None
        name = self._name_of(field(first, "left", "declarator"))
        text = re.sub(r"\s", "", self.tree.text(condition))
        ends = (f"*{name}", f"{name}->", f"(*{name})")
        if not name or not text.startswith(ends):
            return None
        value = field(first, "right", "value")
        return (name, self.expression(value)) if value and value.type == "identifier" else None

    def _switch(self, node: Node) -> Iterator[Statement]:
        body = field(node, "body")
        arms = [
            [
                part
                for child in children(case)
                for part in self.statement(child)
                if not (isinstance(part, Leave) and part.is_loop)
            ]
            for case in (children(body, "case_statement") if body else ())
        ]
        yield Branch([*arms, []], mentions=self.mentions(field(node, "condition")))

    def _definition(self, node: Node) -> Iterator[Statement]:
        declarator = field(node, "declarator")
        while declarator and declarator.type == "pointer_declarator":
            declarator = field(declarator, "declarator")
        if declarator and declarator.type == "function_declarator":
            listed = field(declarator, "parameters")
            names = [
                self._name_of(field(child, "declarator"))
                for child in (children(listed, "parameter_declaration") if listed else ())
            ]
            self.define(self.text(declarator, "declarator"), names, node)
        return iter(())

    # --- expressions

    def _string(self, node: Node) -> Expression:
        opening = self.tree.text(node).find('"') + 1
        return self.string(node, _ESCAPES, opening)

    def _character(self, node: Node) -> Expression:
        return self.string(node, _ESCAPES)

    def _call(self, node: Node) -> Call:
        function = self.expression(field(node, "function"))
        arguments = self.expressions_in(field(node, "arguments"))
        return Call(function, arguments, {}, self.start(node))

    def _binary(self, node: Node) -> Expression:
        operator = self.text(node, "operator")
        if operator == "|":  # the flags of `open`
            return shared.literal(self.tree, node)
        if operator in ("==", "!="):
            equal = Equal(*(self.expression(field(node, side)) for side in ("left", "right")))
            return equal if operator == "==" else Not(equal)
        return None

    def _conditional(self, node: Node) -> Expression:
        options = [self.expression(field(node, name)) for name in ("consequence", "alternative")]
        condition = field(node, "condition")
        return Choice(
            options,
            self.start(node),
            condition=self.expression(condition),
            mentions=self.mentions(condition),
        )

    def _member(self, node: Node) -> Expression:
        of = self.expression(field(node, "argument"))
        return Member(of, self.text(node, "field"), self.start(node))

    def _list(self, node: Node) -> Expression:
        start = self.start(node)
        pairs = list(children(node, "initializer_pair"))
        if not pairs:
            return Items(self.expressions_in(node), start)
        entries: list[tuple[Expression, Expression]] = []
        for pair in pairs:
            designator = next(children(pair, "field_designator"), None)
            if designator:
                name = shared.literal(self.tree, designator.named_children[0])
                entries.append((name, self.expression(field(pair, "value"))))
        return Entries(entries, start)

    def _index(self, node: Node) -> Expression:
        of = self.expression(field(node, "argument"))
        return Index(of, self.expression(field(node, "index")), self.start(node))

    def _assigned_value(self, node: Node) -> Expression:
        return self.expression(field(node, "right"))

    def _cast(self, node: Node) -> Expression:
        return self.expression(field(node, "value"))

    statements: ClassVar = {
        "preproc_def": _macro,
        "declaration": _declaration,
        "assignment_expression": _assignment,
        "call_expression": _call_statement,
        "expression_statement": Reader.statements_of,
        "compound_statement": Reader.statements_of,
        "else_clause": Reader.statements_of,
        "preproc_ifdef": Reader.statements_of,
        "preproc_if": Reader.statements_of,
        "preproc_else": Reader.statements_of,
        "linkage_specification": Reader.statements_of,
        "declaration_list": Reader.statements_of,
        "if_statement": Reader.branch,
        "while_statement": Reader.loop,
        "for_statement": _for,
        "struct_specifier": _structure,
        "type_definition": _type,
        "do_statement": Reader.loop,
        "switch_statement": _switch,
        "return_statement": Reader.leave,
        "goto_statement": lambda *_: [Leave()],
        "break_statement": lambda *_: [Leave(is_loop=True)],
        "continue_statement": lambda *_: [Leave(is_loop=True)],
        "function_definition": _definition,
    }
    expressions: ClassVar = {
        "string_literal": _string,
        "char_literal": _character,
        "concatenated_string": Reader.concatenation,
        "number_literal": Reader.number,
        "identifier": Reader.identifier,
        "call_expression": _call,
        "binary_expression": _binary,
        "conditional_expression": _conditional,
        "parenthesized_expression": Reader.inner,
        "cast_expression": _cast,
        "null": lambda *_: Truth(is_true=False),
        "field_expression": _member,
        "unary_expression": Reader.negation,
        "pointer_expression": lambda self, node: self.expression(field(node, "argument")),
        "assignment_expression": _assigned_value,
        "initializer_list": _list,
        "subscript_expression": _index,
    }


# --- the library


def _fopen(call: LibraryCall) -> Value:
    mode = call.argument(1)
    if not isinstance(mode, HostedText) or not re.search("[wa+]", mode.text):
        return None
    return call.run.open(call.text(0), call.start, append="a" in mode.text)


def _open(call: LibraryCall) -> Value:
    flags = call.argument(1)
    text = flags.text if isinstance(flags, HostedText) else ""
    return call.run.open(call.text(0), call.start, append="O_APPEND" in text)


def _put(call: LibraryCall) -> Value:
    file = call.argument(1)
    if isinstance(file, File):
        call.run.append(file, call.text(0))
    return None


def _fwrite(call: LibraryCall) -> Value:
    file = call.argument(3)
    if isinstance(file, File):
        call.run.append(file, call.text(0))
    return None


def _print_to(call: LibraryCall) -> Value:
    file = call.argument(0)
    if isinstance(file, File):
        call.run.append(file, shared.format_arguments(call, 1))
    return None


def _compare(call: LibraryCall) -> Value:
    one, other = call.argument(0), call.argument(1)
    if not (isinstance(one, HostedText) and isinstance(other, HostedText)):
        return None
    if not (one.is_known and other.is_known):
        return None
    return Number.at("0" if one.text == other.text else "1", call.start, call.start)


LIBRARY = Library(
    functions={
        "strcmp": _compare,
        "fopen": _fopen,
        "open": _open,
        "creat": shared.create,
        "openat": lambda call: _open(call._replace(arguments=call.arguments[1:])),
        "fdopen": shared.same_argument,
        **dict.fromkeys(("fputs", "fputc", "putc"), _put),
        "fwrite": _fwrite,
        "fprintf": _print_to,
        "dprintf": _print_to,
        "write": shared.write_to_argument,
        "(printf)": lambda call: shared.format_arguments(call, 0),
        "strdup": shared.same_argument,
        **dict.fromkeys(("system", "popen"), shared.shell_code),
        **dict.fromkeys(
            ("execl", "execlp"),
            lambda call: call.run.start_command(call.arguments[1:], call.start),
        ),
        "rename": shared.rename,
        **dict.fromkeys(("unlink", "remove"), shared.remove),
    },
    methods={},
    writers=frozenset(
        (
            *("fopen", "open", "creat", "openat", "fputs", "fputc", "fwrite", "fprintf"),
            *("dprintf", "write", "system", "popen", "execl", "execlp"),
        )
    ),
)
