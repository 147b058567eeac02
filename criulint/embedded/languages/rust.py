# SPDX-License-Identifier: MIT
"""Rust: its syntax, and the parts of its library that write files or run commands.

Sources: the Rust reference, "Tokens" (string literals); std::fs, std::io, std::process, std::fmt.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from criulint.embedded import shell
from criulint.embedded.languages import shared
from criulint.embedded.languages.follower import follow_program
from criulint.embedded.languages.literals import Escapes, dedent, strip
from criulint.embedded.languages.program import (
    Assign,
    Branch,
    Call,
    Choice,
    Concatenation,
    Entries,
    Evaluate,
    Function,
    Index,
    Items,
    Leave,
    Literal,
    Loop,
    Member,
    Name,
    Program,
)
from criulint.embedded.languages.reader import Reader
from criulint.embedded.languages.run import Library
from criulint.embedded.languages.run_values import File, Table, join_path
from criulint.embedded.languages.trees import Tree, children, field
from criulint.embedded.model import HostedText
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
    """Return the files that a Rust program writes."""
    return follow_program(parse(decode(source.data)), LIBRARY, shell.follow_script)


def parse(text: str) -> Program:
    """Return the program in a text."""
    return _Reader(Tree(text, "tree_sitter_rust")).program()


_ESCAPES = Escapes(
    re.compile(
        r"\\(?:\r?\n[ \t\r\n]*|x(?P<hex>[0-9a-fA-F]{2})|u\{(?P<hex6>[0-9a-fA-F]{1,6})\}"
        r"|(?P<name>.))"
    ),
    {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\", "'": "'", '"': '"'},
)
_FIELD = re.compile(r"(\{\{|\}\})|\{(\w*)\}|\{[^{}]*\}")
# Macros that make text, write it, or make a list.
_FORMATS = frozenset(("format", "print", "println", "eprintln", "panic", "bail", "anyhow"))


class _Reader(Reader):
    """Reads Rust."""

    # --- statements

    def _constant(self, node: Node) -> Iterator[Statement]:
        yield Assign([self.text(node, "name")], self.expression(field(node, "value")))

    def _let(self, node: Node) -> Iterator[Statement]:
        pattern, value = field(node, "pattern"), field(node, "value")
        if pattern and value:
            names = self._names(pattern)
            if value.type in self.statements:  # a block, `if` or `match` as a value
                yield from self.statement(value)
            yield Assign(names, self.expression(value))

    def _names(self, pattern: Node) -> list[str]:
        if pattern.type == "tuple_pattern":
            return [self.tree.text(child) for child in children(pattern)]
        if pattern.type in ("reference_pattern", "mut_pattern"):
            return self._names(pattern.named_children[-1])
        return [self.tree.text(pattern)]

    def _assignment(self, node: Node) -> Iterator[Statement]:
        left, operator = field(node, "left"), self.text(node, "operator")
        if left and operator in ("", "+="):
            value = self.expression(field(node, "right"))
            yield Assign([self.tree.text(left)], value, adds=operator == "+=")

    def _call_statement(self, node: Node) -> Iterator[Statement]:
        function = field(node, "function")
        if function and function.type == "field_expression":
            of = field(function, "value")
            is_push = self.text(function, "field") in ("push_str", "push")
            if of and of.type == "identifier" and is_push:
                arguments = field(node, "arguments")
                first = next(children(arguments), None) if arguments else None
                values = [self.identifier(of), self.expression(first)]
                pushed = Call(Name("(pushed)", 0), values, {}, self.start(node))
                yield Assign([self.tree.text(of)], pushed)
                return
        yield Evaluate(self._call(node))

    def _match(self, node: Node) -> Iterator[Statement]:
        yield from self.effects(field(node, "value"))
        body = field(node, "body")
        arms = [field(arm, "value") for arm in (children(body, "match_arm") if body else ())]
        yield Branch(
            [[*self.statement(arm)] if arm else [] for arm in arms],
            mentions=self.mentions(field(node, "value")),
        )

    def _for(self, node: Node) -> Iterator[Statement]:
        pattern = field(node, "pattern")
        names = self._names(pattern) if pattern else ["_"]
        over = self.expression(field(node, "value"))
        yield Loop(names, over, self.block(field(node, "body")))

    def _loop(self, node: Node) -> Iterator[Statement]:
        yield Loop(["_"], None, self.block(field(node, "body")))

    def _definition(self, node: Node) -> Iterator[Statement]:
        listed = field(node, "parameters")
        names = [
            self.text(child, "pattern")
            for child in (children(listed, "parameter") if listed else ())
        ]
        function = self.define(self.text(node, "name"), names, node)
        self.functions[function.name] = _with_value(function)
        return iter(())

    def _members(self, node: Node) -> Iterator[Statement]:
        if body := field(node, "body"):
            yield from self.statements_of(body)

    # --- expressions

    def _string(self, node: Node) -> Expression:
        opening = self.tree.text(node).find('"') + 1
        return self.string(node, _ESCAPES, opening)

    def _raw_string(self, node: Node) -> Expression:
        text = self.tree.text(node)
        opening = text.find('"') + 1
        hashes = text[:opening].count("#")
        return Literal(HostedText.of(text, self.start(node))[opening : len(text) - 1 - hashes])

    def _character(self, node: Node) -> Expression:
        return self.string(node, _ESCAPES)

    def _scoped(self, node: Node) -> Expression:
        """Return a path by its last two names, as a member: `std::fs::write` is `fs.write`."""
        text = re.sub(r"<[^<>]*>", "", self.tree.text(node)).replace(" ", "")
        names = [name for name in text.split("::") if name][-2:]
        start = self.start(node)
        first = Name(names[0], start)
        return Member(first, names[1], start) if len(names) > 1 else first

    def _field(self, node: Node) -> Expression:
        of = self.expression(field(node, "value"))
        return Member(of, self.text(node, "field"), self.start(node))

    def _call(self, node: Node) -> Call:
        function = self.expression(field(node, "function"))
        arguments = self.expressions_in(field(node, "arguments"))
        return Call(function, arguments, {}, self.start(node))

    def _binary(self, node: Node) -> Expression:
        if self.text(node, "operator") != "+":
            return None
        return Concatenation(self.operands(node, "+"), self.start(node), is_sum=True)

    def _if_value(self, node: Node) -> Expression:
        arms = [field(node, name) for name in ("consequence", "alternative")]
        options = [self._block_value(arm) for arm in arms if arm]
        return Choice(options, self.start(node)) if options else None

    def _match_value(self, node: Node) -> Expression:
        body = field(node, "body")
        arms = [field(arm, "value") for arm in (children(body, "match_arm") if body else ())]
        options = [self._block_value(arm) for arm in arms if arm]
        return Choice(options, self.start(node)) if options else None

    def _block_value(self, node: Node) -> Expression:
        if node.type not in ("block", "else_clause"):
            return self.expression(node)
        last = node.named_children[-1] if node.named_children else None
        return self._block_value(last) if last else None

    def _array(self, node: Node) -> Expression:
        return Items(self.expressions_in(node), self.start(node))

    def _structure(self, node: Node) -> Expression:
        body = field(node, "body")
        entries: list[tuple[Expression, Expression]] = []
        for child in children(body) if body else ():
            if child.type == "shorthand_field_initializer":
                name = child.named_children[0]
                entries.append((shared.literal(self.tree, name), self.expression(name)))
            elif (name_node := field(child, "field")) and (value := field(child, "value")):
                entries.append((shared.literal(self.tree, name_node), self.expression(value)))
        return Entries(entries, self.start(node))

    def _closure(self, node: Node) -> Function:
        listed = field(node, "parameters")
        patterns = list(children(listed)) if listed else []
        names = [self.tree.text(pattern) for pattern in patterns]
        first = [
            Assign(self._names(pattern), Name(name, self.start(pattern)))
            for pattern, name in zip(patterns, names, strict=True)
            if not name.isidentifier()
        ]
        function = self.define("", names, node)
        body = field(node, "body")
        if body and body.type != "block":
            return function._replace(body=[*first, Leave(self.expression(body))])
        function = _with_value(function)
        return function._replace(body=[*first, *function.body])

    def _index(self, node: Node) -> Expression:
        parts = list(children(node))
        if len(parts) != 2:
            return None
        return Index(self.expression(parts[0]), self.expression(parts[1]), self.start(node))

    # --- macros

    def _macro(self, node: Node) -> Expression:
        name = self.text(node, "macro").rpartition("::")[2]
        tree = next(children(node, "token_tree"), None)
        start = self.start(node)
        parts = self._arguments_of_macro(tree) if tree else []
        values = [self._macro_value(part) for part in parts]
        if name == "vec":
            return Items(values, start)
        if name == "concat":
            return Concatenation(values, start)
        if name in ("write", "writeln") and values:
            text = self._format_macro(parts[1:], start)
            if name == "writeln":
                end = Literal(HostedText.at("\n", start, start))
                text = Concatenation([text, end] if text else [end], start)
            return Call(Name("(write)", start), [values[0], text], {}, start)
        if name in ("indoc", "formatdoc", "dedent") and values:
            text = values[0] if name != "formatdoc" else self._format_macro(parts, start)
            return Call(Name("(indoc)", start), [text], {}, start)
        return self._format_macro(parts, start) if name in _FORMATS else None

    def _arguments_of_macro(self, node: Node) -> list[list[Node]]:
        """Return the arguments of a macro, each as the tokens that it consists of."""
        parts: list[list[Node]] = [[]]
        for token in node.children[1:-1]:
            if token.type == ",":
                parts.append([])
            elif "comment" not in token.type:
                parts[-1].append(token)
        return [part for part in parts if part]

    def _macro_value(self, tokens: Sequence[Node]) -> Expression:
        """Return the value of tokens: a literal, a name or a list, with what converts it."""
        tokens = [token for token in tokens if token.type not in ("&", "mut", "mutable_specifier")]
        if not tokens:
            return None
        first, *rest = tokens
        calls = [token for token in rest if token.is_named and token.type == "identifier"]
        if any(self.tree.text(call) not in _CONVERSIONS for call in calls):
            return None
        if any(token.type not in (".", "identifier", "token_tree") for token in rest):
            return None
        if first.type == "token_tree":
            items = [self._macro_value(part) for part in self._arguments_of_macro(first)]
            return Items(items, self.start(first))
        return self.expression(first)

    def _format_macro(self, parts: Sequence[Sequence[Node]], start: int) -> Expression:
        """Return what a template and its values, the arguments of a macro, make."""
        if not parts or len(parts[0]) != 1:
            return None
        template = self.expression(parts[0][0])
        if not isinstance(template, Literal):
            return None
        values: list[Expression] = []
        named: dict[str, Expression] = {}
        for tokens in parts[1:]:
            if len(tokens) > 2 and tokens[1].type == "=":
                named[self.tree.text(tokens[0])] = self._macro_value(tokens[2:])
            else:
                values.append(self._macro_value(tokens))
        return Concatenation(_fields(template.text, values, named), start)

    effective = frozenset(
        ("call_expression", "assignment_expression", "macro_invocation", "compound_assignment_expr")
    )
    statements: ClassVar = {
        "const_item": _constant,
        "static_item": _constant,
        "let_declaration": _let,
        "assignment_expression": _assignment,
        "compound_assignment_expr": _assignment,
        "call_expression": _call_statement,
        "expression_statement": Reader.statements_of,
        "try_expression": Reader.statements_of,
        "block": Reader.statements_of,
        "unsafe_block": Reader.statements_of,
        "async_block": Reader.statements_of,
        "else_clause": Reader.statements_of,
        "if_expression": Reader.branch,
        "match_expression": _match,
        "for_expression": _for,
        "while_expression": _loop,
        "loop_expression": _loop,
        "return_expression": Reader.leave,
        "break_expression": lambda *_: [Leave(is_loop=True)],
        "continue_expression": lambda *_: [Leave(is_loop=True)],
        "function_item": _definition,
        "impl_item": _members,
        "trait_item": _members,
        "mod_item": _members,
    }
    expressions: ClassVar = {
        "string_literal": _string,
        "raw_string_literal": _raw_string,
        "char_literal": _character,
        "integer_literal": Reader.number,
        "boolean_literal": Reader.truth,
        "identifier": Reader.identifier,
        "scoped_identifier": _scoped,
        "generic_function": lambda self, node: self.expression(field(node, "function")),
        "field_expression": _field,
        "call_expression": _call,
        "binary_expression": _binary,
        "try_expression": Reader.inner,
        "await_expression": Reader.inner,
        "parenthesized_expression": Reader.inner,
        "reference_expression": lambda self, node: self.expression(field(node, "value")),
        "unary_expression": Reader.negation,
        "if_expression": _if_value,
        "match_expression": _match_value,
        "block": _block_value,
        "array_expression": _array,
        "tuple_expression": _array,
        "struct_expression": _structure,
        "closure_expression": _closure,
        "index_expression": _index,
        "macro_invocation": _macro,
    }


def _with_value(function: Function) -> Function:
    """Return the function with its last expression as what it returns."""
    if function.body and isinstance(last := function.body[-1], Evaluate):
        return function._replace(body=[*function.body[:-1], Leave(last.value)])
    return function


def _fields(
    template: HostedText, values: Sequence[Expression], named: dict[str, Expression]
) -> list[Expression]:
    """Return the text of a template and the values between, in their order."""
    parts: list[Expression] = []
    rest = iter(values)
    last = 0
    for match in _FIELD.finditer(template.text):
        parts.append(Literal(template[last : match.start()]))
        last = match.end()
        name = match[2]
        if match[1]:
            parts.append(Literal(template[match.start() : match.start() + 1]))
        elif name == "":
            parts.append(next(rest, None))
        elif name and name.isdecimal():
            parts.append(values[int(name)] if len(name) < 4 and int(name) < len(values) else None)
        elif name:
            parts.append(named.get(name, Name(name, template.offsets[match.start()])))
        else:
            parts.append(None)
    parts.append(Literal(template[last:]))
    return parts


# --- the library

_CONVERSIONS = frozenset(
    (
        *("to_string", "into", "to_owned", "as_bytes", "as_str", "as_ref", "clone", "to_vec"),
        *("into_bytes", "unwrap", "expect", "to_path_buf", "as_path", "display", "context"),
        *("with_context", "into_boxed_str", "as_mut", "iter", "into_iter", "create", "truncate"),
        *("to_str", "to_string_lossy", "unwrap_or_default", "map_err", "ok", "by_ref", "as_os_str"),
    )
)


def _write(call: LibraryCall) -> Value:
    file = call.argument(0)
    if isinstance(file, File):
        call.run.append(file, call.text(1))
    return file


def _push(call: LibraryCall) -> Value:
    value, more = call.arguments
    if isinstance(value, list):
        return [*value, more]
    if isinstance(value, HostedText):
        return shared.put_together([value, call.text(1)], "", call.start)
    return value


def _join(call: LibraryCall) -> Value:
    if isinstance(call.receiver, list):
        texts = shared.texts_of(call.receiver, call.start)
        return shared.put_together(texts, call.text(0).text, call.start)
    return join_path([call.receiver, *call.arguments], call.start)


def _open(call: LibraryCall) -> Value:
    options = call.receiver if isinstance(call.receiver, list) else []
    names = {option.text for option in options if isinstance(option, HostedText)}
    if not names & {"write", "append"}:
        return None
    return call.run.open(call.text(0), call.start, append="append" in names)


def _write_or_option(call: LibraryCall) -> Value:
    return _option(call) if isinstance(call.receiver, list) else shared.write(call)


def _option(call: LibraryCall) -> Value:
    if not isinstance(call.receiver, list):
        return None
    return [*call.receiver, shared.at(call.name, call)]


def _sorted_map(call: LibraryCall) -> Value:
    return Table([], call.start, is_sorted=True)


def _map(call: LibraryCall) -> Value:
    return Table([], call.start)


def _map_items(call: LibraryCall) -> Value:
    items = call.receiver.entries if isinstance(call.receiver, Table) else call.receiver
    if not isinstance(items, list):
        return None
    lists = [[*item] if isinstance(item, tuple) else item for item in items]
    return [call.run.invoke(call.argument(0), [item]) for item in lists]


def _insert(call: LibraryCall) -> Value:
    table = call.receiver
    if isinstance(table, Table):
        table.add(call.argument(0), call.run.doubt(call.argument(1)))
    return None


def _is_empty(call: LibraryCall) -> Value:
    value = call.receiver
    if isinstance(value, HostedText):
        return not value.text if value.is_known else None
    return not value if isinstance(value, list) else None


def _is_there(call: LibraryCall) -> Value:
    return True if isinstance(call.receiver, (HostedText, Table)) else None


def _indoc(call: LibraryCall) -> Value:
    text = call.argument(0)
    return dedent(text[text.text.startswith("\n") :]) if isinstance(text, HostedText) else None


def _trim(sides: str) -> shared.Handler:
    def trim(call: LibraryCall) -> Value:
        return strip(call.receiver, None, sides) if isinstance(call.receiver, HostedText) else None

    return trim


LIBRARY = Library(
    functions={
        "fs.write": shared.write_whole,
        "File.create": shared.create,
        "File.create_new": shared.create,
        "OpenOptions.new": lambda _: [],
        "File.options": lambda _: [],
        "fs.rename": shared.rename,
        "fs.remove_file": shared.remove,
        "(write)": _write,
        "(pushed)": _push,
        "(indoc)": _indoc,
        "String.new": lambda call: shared.at("", call),
        "Vec.new": lambda _: [],
        **dict.fromkeys(("HashMap.new", "IndexMap.new"), _map),
        "BTreeMap.new": _sorted_map,
        **dict.fromkeys(
            (
                *("Path.new", "PathBuf.from", "String.from", "Ok", "Some", "Box.new", "Cow.from"),
                *("BufWriter.new", "LineWriter.new", "Arc.new"),
            ),
            shared.same_argument,
        ),
        "Command.new": shared.command,
    },
    methods={
        **dict.fromkeys(_CONVERSIONS, shared.same_receiver),
        "write_all": shared.write,
        "write": _write_or_option,
        "append": _option,
        "open": _open,
        "map": _map_items,
        **dict.fromkeys(("collect", "cloned", "copied"), shared.same_receiver),
        "join": _join,
        "concat": lambda call: _join(call._replace(arguments=[shared.at("", call)])),
        "arg": shared.add_words,
        "args": shared.add_words,
        "insert": _insert,
        "is_empty": _is_empty,
        "contains": shared.contains,
        "starts_with": shared.starts_with,
        "ends_with": shared.ends_with,
        **dict.fromkeys(("is_some", "is_ok"), _is_there),
        "trim": _trim("lr"),
        "trim_start": _trim("l"),
        "trim_end": _trim("r"),
    },
    writers=frozenset(("write", "create", "create_new", "new", "write_all", "(write)", "open")),
)
