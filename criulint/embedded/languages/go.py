# SPDX-License-Identifier: MIT
"""Go: its syntax, and the parts of its library that write files or run commands.

Sources: the language specification (string literals, composite literals); the packages os, io,
fmt, path/filepath, strings, os/exec.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from criulint.embedded import shell
from criulint.embedded.languages import shared
from criulint.embedded.languages.follower import follow_program
from criulint.embedded.languages.literals import Escapes, replace_text, strip
from criulint.embedded.languages.program import (
    Assign,
    Branch,
    Call,
    Concatenation,
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
    Program,
    Spread,
    Truth,
)
from criulint.embedded.languages.reader import Reader
from criulint.embedded.languages.run import Library
from criulint.embedded.languages.run_values import MAX_ITEMS, File, as_text, flatten
from criulint.embedded.languages.trees import Tree, children, field
from criulint.embedded.model import HostedText, hide_templates, join
from criulint.source import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node

    from criulint.embedded.languages.program import Expression, Statement
    from criulint.embedded.languages.run import LibraryCall
    from criulint.embedded.languages.run_values import Value
    from criulint.embedded.model import FollowedHost
    from criulint.source import Source


def follow(source: Source) -> FollowedHost:
    """Return the files that a Go program writes."""
    return follow_program(parse(decode(source.data)), LIBRARY, shell.follow_script)


def parse(text: str) -> Program:
    """Return the program in a text."""
    return _Reader(Tree(text, "tree_sitter_go")).program()


_ESCAPES = Escapes(
    re.compile(
        r"\\(?:x(?P<bytes>[0-9a-fA-F]{2})|u(?P<hex>[0-9a-fA-F]{4})|U(?P<hex8>[0-9a-fA-F]{8})"
        r"|(?P<octal_bytes>[0-7]{3})|(?P<name>.))"
    )
)


class _Reader(Reader):
    """Reads Go."""

    def __init__(self, tree: Tree) -> None:
        super().__init__(tree)
        self._fields: dict[str, list[Node]] = {}

    # --- statements

    def _declaration(self, node: Node) -> Iterator[Statement]:
        for child in children(node):
            if child.type == "var_spec_list":
                yield from self._declaration(child)
            elif child.type in ("const_spec", "var_spec"):
                names = [
                    self.tree.text(name)
                    for name in child.children_by_field_name("name")
                    if name.is_named
                ]
                yield from self._assign(names, field(child, "value"), self.text(child, "type"))

    def _assignment(self, node: Node) -> Iterator[Statement]:
        names = [self.tree.text(child) for child in self._list_nodes(field(node, "left"))]
        if self.text(node, "operator") == "+=" and len(names) == 1:
            yield Assign(names, self.expression(field(node, "right")), adds=True)
        else:
            yield from self._assign(names, field(node, "right"))

    def _assign(self, names: list[str], value: Node | None, kind: str = "") -> Iterator[Statement]:
        values = [self.expression(child) for child in self._list_nodes(value)]
        if not values and kind:  # `var b strings.Builder`
            values = [Call(_parse_dotted_name(kind), [], {}, 0) for _ in names]
        if len(values) == len(names):
            for name, found in zip(names, values, strict=True):
                yield Assign([name], found)
        elif names and values:
            yield Assign(names, values[0])

    def _list_nodes(self, node: Node | None) -> list[Node]:
        if node is None:
            return []
        return list(children(node)) if node.type == "expression_list" else [node]

    def _types(self, node: Node) -> Iterator[Statement]:
        for child in children(node, "type_spec"):
            kind = field(child, "type")
            if kind and kind.type == "struct_type":
                self._fields[self.text(child, "name")] = self._fields_of(kind)
        return iter(())

    def _fields_of(self, node: Node) -> list[Node]:
        return [
            name
            for listed in children(node, "field_declaration_list")
            for declaration in children(listed, "field_declaration")
            for name in declaration.children_by_field_name("name")
            if name.is_named
        ]

    def _expression_statement(self, node: Node) -> Iterator[Statement]:
        yield Evaluate(self.inner(node))

    def _if(self, node: Node) -> Iterator[Statement]:
        if initializer := field(node, "initializer"):
            yield from self.statement(initializer)
        yield from self.effects(field(node, "condition"))
        other = field(node, "alternative")
        rest = self.block(other)
        if other and other.type == "if_statement":
            rest = [*self.statement(other)]
        condition = field(node, "condition")
        yield Branch(
            [self.block(field(node, "consequence")), rest],
            self.condition(condition),
            self.mentions(condition),
        )

    def _for(self, node: Node) -> Iterator[Statement]:
        body = self.block(field(node, "body"))
        for clause in children(node, "range_clause"):
            left = self._list_nodes(field(clause, "left"))
            names = [self.tree.text(name) for name in left] or ["_"]
            over = self.expression(field(clause, "right"))
            if len(names) == 1:
                names = [*names, "_"]
            yield Loop(names, over, body)
            return
        yield from self.counting_loop(node)

    def _switch(self, node: Node) -> Iterator[Statement]:
        cases = list(children(node, "expression_case", "type_case", "default_case"))
        arms = [
            [item for part in children(case, "statement_list") for item in self.block(part)]
            for case in cases
        ]
        if not any(case.type == "default_case" for case in cases):
            arms.append([])
        yield Branch(arms, mentions=self.mentions(field(node, "value")))

    def _return(self, node: Node) -> Iterator[Statement]:
        values = [
            self.expression(child)
            for listed in children(node, "expression_list")
            for child in children(listed)
        ]
        yield Leave(values[0] if values else None)

    def _definition(self, node: Node) -> Iterator[Statement]:
        function = self._define(self.text(node, "name"), node)
        if receiver := field(node, "receiver"):
            name = self._names_in(receiver)
            self.functions[function.name] = function._replace(receiver=name[0] if name else "")
        return iter(())

    def _define(self, name: str, node: Node) -> Function:
        parameters = field(node, "parameters")
        names = self._names_in(parameters) if parameters else []
        last = parameters.named_children[-1] if parameters and parameters.named_children else None
        has_rest = last is not None and last.type == "variadic_parameter_declaration"
        rest = names.pop() if has_rest and names else ""
        function = self.define(name, names, node, rest=rest)
        first = list(self._results(node))
        if first:
            returned = first[0].names[0]
            body = [
                part._replace(value=Name(returned, 0)) if part == Leave() else part
                for part in function.body
            ]
            function = function._replace(body=[*first, *body])
            if name:
                self.functions[name] = function
        return function

    def _results(self, node: Node) -> Iterator[Assign]:
        """Yield the assignments of zero to the results that have names."""
        result = field(node, "result")
        if result is None or result.type != "parameter_list":
            return
        for child in children(result, "parameter_declaration"):
            for name in child.children_by_field_name("name"):
                start = self.start(name)
                empty = Literal(HostedText.at("", start, start))
                value = empty if self.text(child, "type") == "string" else None
                yield Assign([self.tree.text(name)], value)

    def _names_in(self, parameters: Node) -> list[str]:
        return [
            self.tree.text(name)
            for child in children(parameters)
            for name in child.children_by_field_name("name")
            if name.is_named
        ]

    def _blocks(self, node: Node) -> Iterator[Statement]:
        yield from self.block(node)

    def _import(self, node: Node) -> Iterator[Statement]:
        for child in node.named_children:
            if child.type == "import_spec_list":
                yield from self._import(child)
            elif child.type == "import_spec" and (alias := self.text(child, "name")):
                path = self.text(child, "path").strip('"`')
                self.imports[alias] = path.rpartition("/")[2]

    # --- expressions

    def _raw_string(self, node: Node) -> Expression:
        return Literal(shared.without_carriage_returns(self.string(node, None).text))

    def _string(self, node: Node) -> Expression:
        return self.string(node, _ESCAPES)

    def _call(self, node: Node) -> Expression:
        function = field(node, "function")
        arguments = self.expressions_in(field(node, "arguments"))
        return Call(self.expression(function), arguments, {}, self.start(node))

    def _selector(self, node: Node) -> Expression:
        of = self.expression(field(node, "operand"))
        return Member(of, self.text(node, "field"), self.start(node))

    def _conversion(self, node: Node) -> Expression:
        return self.expression(field(node, "operand"))

    def _unary(self, node: Node) -> Expression:
        return self.negation(node) if self.text(node, "operator") in ("&", "*", "!") else None

    def _binary(self, node: Node) -> Expression:
        operator = self.text(node, "operator")
        if operator == "|":  # flags, for `os.OpenFile`
            return shared.literal(self.tree, node)
        if operator in ("==", "!="):
            equal = Equal(*(self.expression(field(node, side)) for side in ("left", "right")))
            return equal if operator == "==" else Not(equal)
        if operator != "+":
            return None
        return Concatenation(self.operands(node, "+"), self.start(node), is_sum=True)

    def _composite(self, node: Node) -> Expression:
        kind, body = field(node, "type"), field(node, "body")
        name = self.tree.text(kind)
        if name.rpartition(".")[2] in ("Builder", "Buffer"):
            return Call(_parse_dotted_name(name), [], {}, self.start(node))
        if kind is None or body is None:
            return None
        return self._value(body, kind)

    def _value(self, node: Node, kind: Node | None) -> Expression:
        """Return the value of a list, a map or a structure in braces."""
        start = self.start(node)
        inner = field(kind, "element", "value") if kind else None
        is_list = kind is not None and kind.type in ("slice_type", "array_type", "map_type")
        elements = list(children(node, "literal_element"))
        if elements and not is_list and (names := self._names_of(kind)):
            values = [self._element(child, None) for child in elements]
            fields = [shared.literal(self.tree, name) for name in names]
            return Entries(list(zip(fields, values, strict=False)), start)
        if elements:
            return Items([self._element(child, inner) for child in elements], start)
        entries: list[tuple[Expression, Expression]] = []
        for child in children(node, "keyed_element"):
            key, value = field(child, "key"), field(child, "value")
            name = next(children(key), None) if key else None
            if name and value:
                is_field = name.type == "identifier" and not is_list
                key_value = shared.literal(self.tree, name) if is_field else self.expression(name)
                entries.append((key_value, self._element(value, inner)))
        return Entries([*entries, *(() if is_list else self._zeros(entries, kind))], start)

    def _zeros(
        self, entries: Sequence[tuple[Expression, Expression]], kind: Node | None
    ) -> Iterator[tuple[Expression, Expression]]:
        """Yield the fields of a structure that are not given, with their zero values."""
        given = {key.text.text for key, _ in entries if isinstance(key, Literal)}
        for name in self._names_of(kind):
            key = shared.literal(self.tree, name)
            declared = self.text(name.parent, "type") if name.parent else ""
            if key.text.text not in given and declared in ("string", "bool"):
                empty = Literal(HostedText.at("", key.text.offsets[0], key.text.offsets[0]))
                yield key, empty if declared == "string" else Truth(is_true=False)

    def _names_of(self, kind: Node | None) -> list[Node]:
        """Return the names of the fields of a structure's type."""
        if kind and kind.type == "struct_type":
            return self._fields_of(kind)
        return self._fields.get(self.tree.text(kind).lstrip("*"), [])

    def _element(self, node: Node, kind: Node | None) -> Expression:
        value = next(children(node), None)
        if value and value.type == "literal_value":
            return self._value(value, kind)
        return self.expression(value)

    def _plain_value(self, node: Node) -> Expression:
        return self._value(node, None)

    def _function(self, node: Node) -> Function:
        return self._define("", node)

    def _index(self, node: Node) -> Expression:
        of = self.expression(field(node, "operand"))
        return Index(of, self.expression(field(node, "index")), self.start(node))

    index_fields = ("operand", "index")
    statements: ClassVar = {
        "const_declaration": _declaration,
        "var_declaration": _declaration,
        "short_var_declaration": _assignment,
        "assignment_statement": _assignment,
        "expression_statement": _expression_statement,
        "defer_statement": _expression_statement,
        "go_statement": _expression_statement,
        "if_statement": _if,
        "for_statement": _for,
        "expression_switch_statement": _switch,
        "type_switch_statement": _switch,
        "return_statement": _return,
        "break_statement": lambda *_: [Leave(is_loop=True)],
        "continue_statement": lambda *_: [Leave(is_loop=True)],
        "function_declaration": _definition,
        "method_declaration": _definition,
        "block": _blocks,
        "statement_list": _blocks,
        "labeled_statement": _blocks,
        "import_declaration": _import,
        "type_declaration": _types,
    }
    expressions: ClassVar = {
        "raw_string_literal": _raw_string,
        "interpreted_string_literal": _string,
        "rune_literal": _string,
        "int_literal": Reader.number,
        "true": Reader.truth,
        "false": Reader.truth,
        "identifier": Reader.identifier,
        "call_expression": _call,
        "selector_expression": _selector,
        "type_conversion_expression": _conversion,
        "parenthesized_expression": Reader.inner,
        "unary_expression": _unary,
        "binary_expression": _binary,
        "composite_literal": _composite,
        "literal_value": _plain_value,
        "func_literal": _function,
        "variadic_argument": lambda self, node: Spread(self.inner(node)),
        "index_expression": _index,
        "expression_list": Reader.inner,
    }


def _parse_dotted_name(name: str) -> Expression:
    first, *rest = name.lstrip("*").split(".")
    found: Expression = Name(first, 0)
    for part in rest:
        found = Member(found, part, 0)
    return found


# --- the library


def _print_to(call: LibraryCall) -> Value:
    file = call.argument(0)
    if isinstance(file, File):
        call.run.append(file, shared.format_arguments(call, 1))
    return None


def _print_line_to(call: LibraryCall) -> Value:
    file = call.argument(0)
    if isinstance(file, File):
        call.run.append(file, shared.join_arguments(call, 1, "\n"))
    return None


def _open_file(call: LibraryCall) -> Value:
    flags = call.argument(1)
    text = flags.text if isinstance(flags, HostedText) else ""
    return call.run.open(call.text(0), call.start, append="O_APPEND" in text)


def _append(call: LibraryCall) -> Value:
    first, *more = call.arguments or [None]
    if isinstance(first, HostedText):  # bytes
        return join([first, *(as_text(part, call.start) for part in more)])
    items = first if isinstance(first, list) else []
    return [*items, *flatten(more)][:MAX_ITEMS]


def _join(call: LibraryCall) -> Value:
    texts = shared.texts_of(call.argument(0), call.start)
    return shared.put_together(texts, call.text(1).text, call.start)


def _strip(sides: str, *, with_characters: bool = True) -> shared.Handler:
    def strip_text(call: LibraryCall) -> Value:
        text = call.argument(0)
        if not isinstance(text, HostedText):
            return None
        return strip(text, call.text(1).text if with_characters else None, sides)

    return strip_text


def _replace(call: LibraryCall) -> Value:
    text, old, new = (call.argument(index) for index in range(3))
    if not (isinstance(text, HostedText) and isinstance(old, HostedText)):
        return None
    return replace_text(text, old.text, as_text(new, call.start))


def _execute(call: LibraryCall) -> Value:
    """Write a template of text/template to a file, or elsewhere."""
    file, template = call.argument(0), call.receiver
    if isinstance(file, File) and isinstance(template, HostedText):
        call.run.append(file, hide_templates(template, has_tags=False))
    else:
        call.run.use(template)
    return None


def _set_variable(call: LibraryCall) -> Value:
    call.run.note_role(call.text(0).text, call.argument(1))
    return None


LIBRARY = Library(
    functions={
        **dict.fromkeys(("os.WriteFile", "ioutil.WriteFile"), shared.write_whole),
        "os.Create": shared.create,
        "os.Setenv": _set_variable,
        "t.Setenv": _set_variable,
        "os.OpenFile": _open_file,
        "os.Rename": shared.rename,
        "os.Remove": shared.remove,
        **dict.fromkeys(("filepath.Join", "path.Join"), shared.join_paths),
        **dict.fromkeys(
            (
                "string",
                "filepath.Clean",
                "path.Clean",
                "filepath.FromSlash",
                "bufio.NewWriter",
                "template.Must",
                "strings.NewReader",
                "bytes.NewReader",
            ),
            shared.same_argument,
        ),
        **dict.fromkeys(
            ("strings.Builder", "bytes.Buffer", "bytes.NewBufferString", "bytes.NewBuffer"),
            shared.buffer,
        ),
        **dict.fromkeys(("io.WriteString",), shared.write_to_argument),
        "fmt.Fprintf": _print_to,
        "fmt.Fprintln": _print_line_to,
        "fmt.Fprint": shared.write_to_argument,
        "fmt.Sprintf": lambda call: shared.format_arguments(call, 0),
        "fmt.Sprint": shared.same_argument,
        "fmt.Sprintln": lambda call: shared.join_arguments(call, 0, "\n"),
        "append": _append,
        "strings.Join": _join,
        "strings.Contains": shared.of_arguments(shared.contains),
        "slices.Contains": shared.of_arguments(shared.contains),
        "strings.HasPrefix": shared.of_arguments(shared.starts_with),
        "strings.HasSuffix": shared.of_arguments(shared.ends_with),
        "strings.TrimSpace": _strip("lr", with_characters=False),
        "strings.Trim": _strip("lr"),
        "strings.TrimLeft": _strip("l"),
        "strings.TrimRight": _strip("r"),
        "strings.ReplaceAll": _replace,
        "exec.Command": shared.command,
        "exec.CommandContext": lambda call: call.run.start_command(call.arguments[1:], call.start),
    },
    methods={
        "Parse": shared.same_argument,
        "Execute": _execute,
        **dict.fromkeys(("WriteString", "Write", "WriteByte", "WriteRune"), shared.write),
        "String": shared.buffer_text,
        "Bytes": shared.buffer_text,
        "Name": lambda call: call.receiver.path if isinstance(call.receiver, File) else None,
    },
    writers=frozenset(
        (
            *("WriteFile", "Create", "OpenFile", "WriteString", "Write", "Fprintf", "Fprintln"),
            *("Fprint", "Command", "CommandContext", "Execute"),
        )
    ),
)
