# SPDX-License-Identifier: MIT
"""JavaScript and TypeScript: their syntax, and the parts of Node's library that write files.

Sources: ECMA-262, 12.9 (literals); Node's documentation of fs, path and child_process.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from criulint.embedded import shell
from criulint.embedded.languages import shared
from criulint.embedded.languages.follower import follow_program
from criulint.embedded.languages.literals import (
    Escapes,
    replace_text,
    strip,
    unescape_literal,
    unify_line_ends,
)
from criulint.embedded.languages.program import (
    Assign,
    Branch,
    Call,
    Choice,
    Concatenation,
    Entries,
    Equal,
    Function,
    Index,
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
from criulint.embedded.languages.run_values import (
    MAX_ITEMS,
    Table,
    as_text,
    flatten,
    is_true,
    join_path,
)
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
    """Return the files that a JavaScript or TypeScript program writes."""
    is_typescript = (source.path or "").lower().endswith((".ts", ".mts", ".cts"))
    program = parse(decode(source.data), "typescript" if is_typescript else "tsx")
    return follow_program(program, LIBRARY, shell.follow_script)


def parse(text: str, language: str = "tsx") -> Program:
    """Return the program in a text; `language` is ``typescript``, or ``tsx`` for all others."""
    return _Reader(Tree(text, "tree_sitter_typescript", f"language_{language}")).program()


_ESCAPES = Escapes(
    re.compile(
        r"\\(?:\r?\n|x(?P<hex>[0-9a-fA-F]{2})|u(?P<hex4>[0-9a-fA-F]{4})"
        r"|u\{(?P<hex6>[0-9a-fA-F]{1,6})\}|(?P<octal>[0-7]{1,3})|(?P<name>.))",
        re.DOTALL,
    ),
    {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"},
    keeps_unknown=False,
)


_PATTERNS = frozenset(("array_pattern", "object_pattern"))


class _Reader(Reader):
    """Reads JavaScript; `_class` is the class that is read."""

    _class = ""

    # --- statements

    def _declaration(self, node: Node) -> Iterator[Statement]:
        for child in children(node, "variable_declarator"):
            name, value = field(child, "name"), field(child, "value")
            if name is None or value is None:
                continue
            if name.type in _PATTERNS:
                yield Assign(["(value)"], self.expression(value))
                yield from self._take_apart(name, Name("(value)", self.start(name)))
            elif name.type == "identifier":
                found = self.expression(value)
                if isinstance(found, Function):
                    self.functions[self.tree.text(name)] = found._replace(name=self.tree.text(name))
                yield Assign([self.tree.text(name)], found)
            else:
                yield from self.effects(value)

    def _items_of(self, pattern: Node) -> list[str]:
        """Return the names in a pattern such as ``[, value]``, with ``_`` where there is none."""
        names: list[str] = []
        is_missing = True
        for child in pattern.children[1:-1]:
            if child.is_named:
                names.append(self.tree.text(child))
            elif is_missing:
                names.append("_")
            is_missing = not child.is_named
        return names

    def _take_apart(self, pattern: Node, value: Expression) -> Iterator[Statement]:
        """Yield the assignments of a pattern such as ``[key, value]`` or ``{name, value}``."""
        if pattern.type == "array_pattern":
            names = self._items_of(pattern)
            yield Assign(names if len(names) > 1 else [*names, "_"], value)
            return
        for child in children(pattern):
            key = field(child, "key", "left") or child
            name = field(child, "value") if child.type == "pair_pattern" else key
            member: Expression = Member(value, self.tree.text(key), self.start(child))
            if default := field(child, "right"):
                options = [member, self.expression(default)]
                member = Choice(options, self.start(child), is_default=True)
            if name:
                yield Assign([self.tree.text(name)], member)

    def _assignment(self, node: Node) -> Iterator[Statement]:
        left = field(node, "left")
        operator = self.text(node, "operator")
        if left and left.type in ("identifier", "member_expression") and operator in ("", "+="):
            value = self.expression(field(node, "right"))
            yield Assign([self._name_of(left)], value, adds=operator == "+=")

    def _name_of(self, node: Node) -> str:
        text = self.tree.text(node)
        return f"{self._class}.{text[5:]}" if text.startswith("this.") else text

    def _for_in(self, node: Node) -> Iterator[Statement]:
        left = field(node, "left")
        names = ["_"]
        first: list[Statement] = []
        if left and left.type == "object_pattern":
            names = ["(item)"]
            first = [*self._take_apart(left, Name("(item)", self.start(left)))]
        elif left:
            listed = left.type == "array_pattern"
            names = self._items_of(left) if listed else [self.tree.text(left)]
        over = self.expression(field(node, "right"))
        if self.text(node, "operator") == "in":
            over = None
        yield Loop(names, over, [*first, *self.body(node)])

    def _try(self, node: Node) -> Iterator[Statement]:
        handler = field(node, "handler")
        arms = [self.block(field(node, "body"))]
        if handler:
            arms.append(self.block(field(handler, "body")))
        yield Branch(arms)
        if finalizer := field(node, "finalizer"):
            yield from self.block(field(finalizer, "body"))

    def _switch(self, node: Node) -> Iterator[Statement]:
        arms: list[list[Statement]] = []
        body = field(node, "body")
        for case in children(body) if body else ():
            parts = [
                part
                for child in case.children_by_field_name("body")
                for part in self.statement(child)
            ]
            arms.append([part for part in parts if not (isinstance(part, Leave) and part.is_loop)])
        yield Branch([*arms, []], mentions=self.mentions(field(node, "value")))

    def _definition(self, node: Node) -> Iterator[Statement]:
        name = self.text(node, "name")
        if self._class:
            name = f"{self._class}.{name}"
        self._define(name, node)
        return iter(())

    def _define(self, name: str, node: Node) -> Function:
        """Return a function whose body begins with the unpacking of its parameters."""
        if single := field(node, "parameter"):
            return self.define(name, [self.tree.text(single)], node)
        names: list[str] = []
        defaults: dict[str, Expression] = {}
        first: list[Statement] = []
        rest = ""
        listed = field(node, "parameters")
        for child in children(listed) if listed else ():
            pattern = field(child, "pattern") or child
            parameter = self.tree.text(pattern)
            if pattern.type == "rest_pattern":
                rest = parameter.removeprefix("...").strip()
                continue
            if pattern.type in _PATTERNS:
                parameter = f"({len(names)})"
                first += self._take_apart(pattern, Name(parameter, self.start(pattern)))
            names.append(parameter)
            if value := field(child, "value"):
                defaults[parameter] = self.expression(value)
        function = self.define(name, names, node, defaults, rest)
        function = function._replace(body=[*first, *function.body])
        if name:
            self.functions[name] = function
        return function

    def _class_declaration(self, node: Node) -> Iterator[Statement]:
        outer, self._class = self._class, self.text(node, "name")
        body = field(node, "body")
        for member in children(body) if body else ():
            if member.type == "method_definition":
                yield from self._definition(member)
            elif value := field(member, "value"):
                name = self.text(member, "name") or self.text(member, "property")
                yield Assign([f"{self._class}.{name}"], self.expression(value))
        self._class = outer

    def _import(self, node: Node) -> Iterator[Statement]:
        source = self.text(node, "source").strip("'\"").removeprefix("node:")
        for clause in children(node, "import_clause"):
            for part in children(clause):
                for specifier in children(part, "import_specifier"):
                    name = self.text(specifier, "name")
                    self.imports[self.text(specifier, "alias") or name] = f"{source}.{name}"
        return iter(())

    # --- expressions

    def _string(self, node: Node) -> Expression:
        return self.string(node, _ESCAPES)

    def _template(self, node: Node, escapes: Escapes | None = _ESCAPES) -> Expression:
        start = self.start(node)
        parts: list[Expression] = []
        last = start + 1
        for child in children(node, "template_substitution"):
            parts.append(self._piece(last, self.start(child), escapes))
            parts.append(self.inner(child))
            last = self.tree.end(child)
        parts.append(self._piece(last, self.tree.end(node) - 1, escapes))
        return parts[0] if len(parts) == 1 else Concatenation(parts, start)

    def _piece(self, start: int, end: int, escapes: Escapes | None) -> Literal:
        raw = self.tree.slice(start, end)
        text = unescape_literal(raw, start, escapes) if escapes else HostedText.of(raw, start)
        return Literal(unify_line_ends(text, raw, start) if "\r" in raw else text)

    def _call(self, node: Node) -> Expression:
        function = self.expression(field(node, "function"))
        listed = field(node, "arguments")
        if listed and listed.type == "template_string":
            if self.text(node, "function") == "String.raw":
                return self._template(listed, None)
            return Call(function, [self._template(listed)], {}, self.start(node))
        return Call(function, self.expressions_in(listed), {}, self.start(node))

    def _new(self, node: Node) -> Expression:
        function = self.expression(field(node, "constructor"))
        return Call(function, self.expressions_in(field(node, "arguments")), {}, self.start(node))

    def _member(self, node: Node) -> Expression:
        of = field(node, "object")
        start = self.start(node)
        if of and of.type == "this" and self._class:
            return Member(Name(self._class, start), self.text(node, "property"), start)
        return Member(self.expression(of), self.text(node, "property"), start)

    def _binary(self, node: Node) -> Expression:
        operator = self.text(node, "operator")
        start = self.start(node)
        if operator == "+":
            return Concatenation(self.operands(node, "+"), start, is_sum=True)
        if operator in ("||", "??"):
            return Choice(self.operands(node, operator), start, is_default=True)
        if operator in ("===", "==", "!==", "!="):
            equal = Equal(*(self.expression(field(node, side)) for side in ("left", "right")))
            return equal if operator[0] == "=" else Not(equal)
        return None

    def _ternary(self, node: Node) -> Expression:
        options = [self.expression(field(node, name)) for name in ("consequence", "alternative")]
        condition = self.expression(field(node, "condition"))
        mentions = self.mentions(field(node, "condition"))
        return Choice(options, self.start(node), condition=condition, mentions=mentions)

    def _array(self, node: Node) -> Expression:
        return self.listing(node, "spread_element")

    def _object(self, node: Node) -> Expression:
        entries: list[tuple[Expression, Expression]] = []
        for child in children(node):
            key, value = field(child, "key"), field(child, "value")
            if child.type == "shorthand_property_identifier":
                entries.append((shared.literal(self.tree, child), self.identifier(child)))
            elif key and value:
                name = self.inner(key) if key.type == "computed_property_name" else self._key(key)
                entries.append((name, self.expression(value)))
        is_whole = not list(children(node, "spread_element"))
        return Entries(entries, self.start(node), is_whole)

    def _key(self, node: Node) -> Expression:
        return self._string(node) if node.type == "string" else shared.literal(self.tree, node)

    def _index(self, node: Node) -> Expression:
        of = self.expression(field(node, "object"))
        return Index(of, self.expression(field(node, "index")), self.start(node))

    def _function(self, node: Node) -> Function:
        function = self._define("", node)
        body = field(node, "body")
        if body and body.type != "statement_block":
            first = [part for part in function.body if isinstance(part, Assign)]
            function = function._replace(body=[*first, Leave(self.expression(body))])
        return function

    def _assigned_value(self, node: Node) -> Expression:
        return self.expression(field(node, "right"))

    index_fields = ("object", "index")
    effective = frozenset(("call_expression", "assignment_expression", "await_expression"))
    statements: ClassVar = {
        "lexical_declaration": _declaration,
        "variable_declaration": _declaration,
        "assignment_expression": _assignment,
        "augmented_assignment_expression": _assignment,
        "expression_statement": Reader.statements_of,
        "statement_block": Reader.statements_of,
        "export_statement": Reader.statements_of,
        "else_clause": Reader.statements_of,
        "labeled_statement": Reader.statements_of,
        "if_statement": Reader.branch,
        "for_in_statement": _for_in,
        "for_statement": Reader.counting_loop,
        "while_statement": Reader.loop,
        "do_statement": Reader.loop,
        "try_statement": _try,
        "switch_statement": _switch,
        "return_statement": Reader.leave,
        "throw_statement": lambda *_: [Leave()],
        "break_statement": lambda *_: [Leave(is_loop=True)],
        "continue_statement": lambda *_: [Leave(is_loop=True)],
        "function_declaration": _definition,
        "generator_function_declaration": _definition,
        "class_declaration": _class_declaration,
        "import_statement": _import,
    }
    expressions: ClassVar = {
        "string": _string,
        "template_string": _template,
        "number": Reader.number,
        "null": lambda *_: Truth(is_true=False),
        "undefined": lambda *_: Truth(is_true=False),
        "true": Reader.truth,
        "false": Reader.truth,
        "identifier": Reader.identifier,
        "call_expression": _call,
        "new_expression": _new,
        "member_expression": _member,
        "subscript_expression": _index,
        "binary_expression": _binary,
        "ternary_expression": _ternary,
        "parenthesized_expression": Reader.inner,
        "await_expression": Reader.inner,
        "as_expression": Reader.inner,
        "satisfies_expression": Reader.inner,
        "non_null_expression": Reader.inner,
        "unary_expression": Reader.negation,
        "spread_element": lambda self, node: Spread(self.inner(node)),
        "array": _array,
        "object": _object,
        "arrow_function": _function,
        "function_expression": _function,
        "assignment_expression": _assigned_value,
    }


# --- the library


def _flag(options: Value) -> str:
    found = (
        [options.get(key) for key in ("flag", "flags")] if isinstance(options, Table) else [options]
    )
    return next((flag.text for flag in found if isinstance(flag, HostedText)), "")


def _write_file(call: LibraryCall) -> Value:
    append = _flag(call.argument(2)).startswith("a")
    call.run.write(call.text(0), call.text(1), call.start, append=append)
    return None


def _open(call: LibraryCall) -> Value:
    flag = _flag(call.argument(1))
    if flag.startswith("r") and "+" not in flag:
        return None
    return call.run.open(call.text(0), call.start, append=flag.startswith("a"))


def _join(call: LibraryCall) -> Value:
    if not isinstance(call.receiver, list):  # of paths
        return shared.join_paths(call)
    separator = call.text(0).text if call.arguments else ","
    return shared.put_together(shared.texts_of(call.receiver, call.start), separator, call.start)


def _map(call: LibraryCall) -> Value:
    function = call.argument(0)
    if not isinstance(call.receiver, list):
        return None
    return [call.run.invoke(function, [item]) for item in call.receiver]


def _filter(call: LibraryCall) -> Value:
    function = call.argument(0)
    if not isinstance(call.receiver, list):
        return None
    kept: list[Value] = []
    for item in call.receiver:
        # `Boolean` is not a function of the program.
        answer = call.run.invoke(function, [item]) if isinstance(function, Function) else item
        is_kept = is_true(answer)
        if is_kept is None:
            return None
        kept += [item] if is_kept else []
    return kept


def _flat(call: LibraryCall) -> Value:
    if not isinstance(call.receiver, list):
        return None
    return flatten(call.receiver)[:MAX_ITEMS]


def _keys(call: LibraryCall) -> Value:
    table = call.argument(0)
    return [key for key, _ in table.entries] if isinstance(table, Table) else None


def _values(call: LibraryCall) -> Value:
    table = call.argument(0)
    if not isinstance(table, Table):
        return None
    table.is_used = True
    return [value for _, value in table.entries]


def _concat(call: LibraryCall) -> Value:
    if isinstance(call.receiver, list):
        return [*call.receiver, *flatten(call.arguments)][:MAX_ITEMS]
    return None


def _entries(call: LibraryCall) -> Value:
    table = call.argument(0)
    if not isinstance(table, Table):
        return None
    table.is_used = True
    return [[key, value] for key, value in table.entries]


def _replace(call: LibraryCall) -> Value:
    text, old = call.receiver, call.argument(0)
    if not (isinstance(text, HostedText) and isinstance(old, HostedText)):
        return None
    return replace_text(text, old.text, as_text(call.argument(1), call.start))


def _trim(sides: str) -> shared.Handler:
    def trim(call: LibraryCall) -> Value:
        return strip(call.receiver, None, sides) if isinstance(call.receiver, HostedText) else None

    return trim


def _spawn(call: LibraryCall) -> Value:
    words = call.argument(1)
    options = call.arguments[-1] if call.arguments else None
    stdin = options.get("input") if isinstance(options, Table) else None
    if isinstance(words, list):
        call.run.start_command([call.argument(0), *words], call.start, stdin)
    elif isinstance(options, Table) and options.get("input") is None:
        shared.shell_code(call)
    return None


LIBRARY = Library(
    functions={
        "path.resolve": lambda call: join_path(call.arguments, call.start),
        "Buffer.from": shared.same_argument,
        "String": shared.same_argument,
        "Object.entries": _entries,
        "Object.keys": _keys,
        "Object.values": _values,
        **dict.fromkeys(("Map", "Set", "Array.from", "Object.freeze"), shared.same_argument),
        "Deno.writeTextFile": _write_file,
        "Deno.writeTextFileSync": _write_file,
        "Bun.write": shared.write_whole,
        "path.join": shared.join_paths,
        "path.posix.join": shared.join_paths,
    },
    methods={
        **dict.fromkeys(
            ("writeFileSync", "writeFile", "outputFile", "outputFileSync"), _write_file
        ),
        **dict.fromkeys(("appendFileSync", "appendFile"), shared.append_whole),
        **dict.fromkeys(("createWriteStream", "openSync"), _open),
        **dict.fromkeys(("write", "end"), shared.write),
        "writeSync": shared.write_to_argument,
        **dict.fromkeys(("renameSync", "rename"), shared.rename),
        **dict.fromkeys(("unlinkSync", "unlink", "rmSync", "rm"), shared.remove),
        "join": _join,
        "map": _map,
        "forEach": _map,
        "filter": _filter,
        "includes": shared.contains,
        "startsWith": shared.starts_with,
        "endsWith": shared.ends_with,
        "flat": _flat,
        "flatMap": lambda call: _flat(call._replace(receiver=_map(call))),
        "entries": shared.same_receiver,
        "concat": _concat,
        "push": shared.append_item,
        "toString": shared.buffer_text,
        "replace": _replace,
        "replaceAll": _replace,
        "trim": _trim("lr"),
        "trimStart": _trim("l"),
        "trimEnd": _trim("r"),
        **dict.fromkeys(("execSync", "exec", "$"), shared.shell_code),
        **dict.fromkeys(
            ("spawnSync", "spawn", "execFileSync", "execFile", "execa", "execaSync"), _spawn
        ),
    },
    writers=frozenset(
        (
            *("writeFileSync", "writeFile", "outputFile", "outputFileSync", "writeTextFile"),
            *("writeTextFileSync", "appendFileSync", "appendFile", "createWriteStream", "openSync"),
            *("write", "end", "execSync", "exec", "spawnSync", "spawn", "execFileSync", "execFile"),
            *("execa", "execaSync", "$", "forEach"),
        )
    ),
)
