# SPDX-License-Identifier: MIT
"""Python: its syntax, and the parts of its library that write files or run commands.

Sources: the language reference, 2.5 to 2.7 (literals); the library reference of ``open``,
``pathlib``, ``os``, ``textwrap``, ``subprocess``, ``io``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from criulint.embedded import shell
from criulint.embedded.hosts import HostError
from criulint.embedded.languages.follower import follow_program
from criulint.embedded.languages.literals import (
    Escapes,
    replace_text,
    unescape_literal,
    unify_line_ends,
)
from criulint.embedded.languages.program import (
    Assign,
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
    Leave,
    Literal,
    Loop,
    Member,
    Name,
    Not,
    PathJoin,
    PercentFormat,
    Program,
    Spread,
    Truth,
)
from criulint.embedded.languages.python_library import PYTHON_LIBRARY
from criulint.embedded.languages.reader import Reader
from criulint.embedded.languages.trees import Tree, children, field
from criulint.embedded.model import HostedText, move_to_host
from criulint.source import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from criulint.embedded.languages.program import Expression, Statement
    from criulint.embedded.model import FollowedHost
    from criulint.source import Source


def follow(source: Source) -> FollowedHost:
    """Return the files that a Python program writes."""
    return follow_program(parse(decode(source.data)), PYTHON_LIBRARY, shell.follow_script)


def follow_text(text: HostedText) -> FollowedHost:
    """Return the files that a Python program inside another host writes."""
    return move_to_host(follow_program(parse(text.text), PYTHON_LIBRARY, shell.follow_script), text)


def parse(text: str) -> Program:
    """Return the program in a text."""
    _refuse_deep(text)
    return _Reader(Tree(text, "tree_sitter_python")).program()


# As many levels as Python allows; the grammar's scanner crashes at a few hundred.
_MAX_LEVELS = 100
_BLANKS = re.compile(r"^[ \t]+(?=[^\s#])", re.MULTILINE)


def _refuse_deep(text: str) -> None:
    """Raise HostError for a program with more levels of indentation than Python allows."""
    levels = [0]
    for blanks in _BLANKS.finditer(text):
        width = len(blanks[0].expandtabs())
        while width < levels[-1]:
            levels.pop()
        if width > levels[-1]:
            levels.append(width)
        if len(levels) > _MAX_LEVELS:
            raise HostError("nested too deeply")


# --- literals

_STRING = re.compile(
    r"\\(?:\r?\n|x(?P<hex>[0-9a-fA-F]{2})|u(?P<hex4>[0-9a-fA-F]{4})|U(?P<hex8>[0-9a-fA-F]{8})"
    r"|(?P<unknown>N\{[^}]{0,200}\})|(?P<octal>[0-7]{1,3})|(?P<name>.))",
    re.DOTALL,
)
_BYTES = re.compile(
    r"\\(?:\r?\n|x(?P<bytes>[0-9a-fA-F]{2})|(?P<octal_bytes>[0-7]{1,3})|(?P<name>.))", re.DOTALL
)
# Data classes, named tuples, and the like.
_MAKING = re.compile(r"\b(?:dataclass|NamedTuple|BaseModel|define|frozen|attrs)\b")
_OPEN = HostedText.of("{")
_CLOSE = HostedText.of("}")


class _Reader(Reader):
    """Reads Python; `_class` is the class that is read."""

    effective = frozenset(("call", "named_expression"))
    _class = ""

    # --- statements

    def _expression_statement(self, node: Node) -> Iterator[Statement]:
        for child in children(node):
            if child.type == "assignment":
                yield from self._assignment(child)
            elif child.type == "augmented_assignment":
                name = self._target(field(child, "left"))
                value = self.expression(field(child, "right"))
                is_sum = self.text(child, "operator") == "+="
                if name:
                    yield Assign([name], value if is_sum else None, adds=is_sum)
            elif child.type not in ("string", "concatenated_string"):  # a docstring is not code
                yield Evaluate(self.expression(child))

    def _assignment(self, node: Node) -> Iterator[Statement]:
        left, right = field(node, "left"), field(node, "right")
        targets = [left]
        while right and right.type == "assignment":
            targets.append(field(right, "left"))
            right = field(right, "right")
        value = self.expression(right)
        for target in targets:
            names = self._targets(target)
            if target and target.type == "subscript":  # os.environ["CRIU_CONFIG_FILE"] = ...
                key = self.expression(field(target, "subscript"))
                yield Evaluate(Entries([(key, value)], self.start(target)))
            elif names and right:
                yield Assign(names, value)

    def _targets(self, node: Node | None) -> list[str]:
        if node and node.type in ("pattern_list", "tuple_pattern", "list_pattern"):
            return [self._target(child) for child in children(node)]
        name = self._target(node)
        return [name] if name else []

    def _target(self, node: Node | None) -> str:
        """Return a variable's name, with the class in front if it is one of a class."""
        if node is None:
            return ""
        text = self.tree.text(node)
        if node.type == "attribute":
            owner, _, name = text.rpartition(".")
            return f"{self._class}.{name}" if owner in ("self", "cls") and self._class else text
        if node.type != "identifier":
            return "[]"
        return f"{self._class}.{text}" if self._class and not self.level else text

    def _with(self, node: Node) -> Iterator[Statement]:
        for clause in children(node, "with_clause"):
            for item in children(clause, "with_item"):
                value = field(item, "value")
                if value and value.type == "as_pattern":
                    names = self._targets_of_alias(field(value, "alias"))
                    first = next(children(value), None)
                    yield Assign(names or ["_"], self.expression(first))
                else:
                    yield Evaluate(self.expression(value))
        yield from self.block(field(node, "body"))

    def _targets_of_alias(self, node: Node | None) -> list[str]:
        return self._targets(next(children(node), None)) if node else []

    def _if(self, node: Node) -> Iterator[Statement]:
        condition = field(node, "condition")
        yield from self.effects(condition)
        arms = [self.block(field(node, "consequence"))]
        has_else = False
        for child in children(node, "elif_clause", "else_clause"):
            has_else = child.type == "else_clause"
            arms.append(self.block(field(child, "consequence", "body")))
        if not has_else:
            arms.append([])
        if re.match(r"__name__\s*==|TYPE_CHECKING$|True$", self.tree.text(condition)):
            arms = arms[:1]
        yield Branch(arms, self.condition(condition), self.mentions(condition))

    def _for(self, node: Node) -> Iterator[Statement]:
        names = self._targets(field(node, "left")) or ["_"]
        yield Loop(names, self.expression(field(node, "right")), self.block(field(node, "body")))

    def _while(self, node: Node) -> Iterator[Statement]:
        yield Loop(["_"], None, self.block(field(node, "body")))

    def _try(self, node: Node) -> Iterator[Statement]:
        body = self.block(field(node, "body"))
        handlers = [
            [item for block in children(child, "block") for item in self.block(block)]
            for child in children(node, "except_clause", "except_group_clause")
        ]
        for child in children(node, "else_clause"):
            body += self.block(field(child, "body"))
        yield Branch([body, *handlers])
        for child in children(node, "finally_clause"):
            for block in children(child, "block"):
                yield from self.block(block)

    def _match(self, node: Node) -> Iterator[Statement]:
        body = field(node, "body")
        cases = children(body, "case_clause") if body else ()
        yield Branch(
            [self.block(field(case, "consequence")) for case in cases],
            mentions=self.mentions(field(node, "subject")),
        )

    def _definition(self, node: Node) -> Iterator[Statement]:
        name = self.text(node, "name")
        if self._class and not self.level:
            name = f"{self._class}.{name}"
        listed = field(node, "parameters")
        names, defaults = self._parameters(listed)
        splats = list(children(listed, "list_splat_pattern")) if listed else []
        rest = self.tree.text(splats[0]).lstrip("*") if splats else ""
        function = self.define(name, names, node, defaults, rest)
        if splats and listed:
            # Those after the list have to be given by their names.
            before = [each for each in children(listed) if each.end_byte <= splats[0].start_byte]
            places = len([each for each in before if self.tree.text(each) not in ("self", "cls")])
            self.functions[name] = function._replace(
                parameters=names[:places], keywords=names[places:]
            )
        return iter(())

    def _parameters(self, node: Node | None) -> tuple[list[str], dict[str, Expression]]:
        names: list[str] = []
        defaults: dict[str, Expression] = {}
        for child in children(node) if node else ():
            if "separator" in child.type or "splat" in child.type:
                continue
            name_node = field(child, "name") or child
            if child.type == "typed_parameter":
                name_node = child.named_children[0]
            name = self.tree.text(name_node)
            if name in ("self", "cls") and not names:
                continue
            names.append(name)
            if value := field(child, "value"):
                defaults[name] = self.expression(value)
        return names, defaults

    def _class_definition(self, node: Node) -> Iterator[Statement]:
        outer, self._class = self._class, self.text(node, "name")
        level, self.level = self.level, 0
        body = field(node, "body")
        yield from self.block(body)
        maker = f"{self._class}.__init__"
        if body and maker not in self.functions and self._has_maker(node):
            self.functions[maker] = self._maker(maker, body)
        self._class, self.level = outer, level

    def _has_maker(self, node: Node) -> bool:
        """Return whether a class gets a constructor that sets its fields."""
        decorators = children(node.parent, "decorator") if node.parent else ()
        text = " ".join(self.tree.text(each) for each in decorators)
        return _MAKING.search(f"{text} {self.text(node, 'superclasses')}") is not None

    def _maker(self, name: str, body: Node) -> Function:
        """Return the constructor of a data class."""
        names: list[str] = []
        defaults: dict[str, Expression] = {}
        for statement in children(body, "expression_statement"):
            for child in children(statement, "assignment"):
                left = field(child, "left")
                if field(child, "type") and left and left.type == "identifier":
                    names.append(self.tree.text(left))
                    defaults[names[-1]] = self.expression(field(child, "right"))
        start = self.start(body)
        assigned = [Assign([f"{self._class}.{each}"], Name(each, start)) for each in names]
        fields: list[tuple[Expression, Expression]] = [
            (Literal(HostedText.at(each, start, start)), Name(each, start)) for each in names
        ]
        made = Leave(Entries(fields, start))
        return Function(name, names, [*assigned, made], start, defaults)

    def _decorated(self, node: Node) -> Iterator[Statement]:
        definition = field(node, "definition")
        if definition:
            yield from self.statement(definition)

    def _import(self, node: Node) -> Iterator[Statement]:
        for child in children(node, "aliased_import"):
            self.imports[self.text(child, "alias")] = self.tree.text(field(child, "name"))
        return iter(())

    def _import_from(self, node: Node) -> Iterator[Statement]:
        module = self.text(node, "module_name")
        for child in node.children_by_field_name("name"):
            name = self.tree.text(field(child, "name") or child)
            alias = self.text(child, "alias") or name
            self.imports[alias] = f"{module}.{name}"
        return iter(())

    # --- expressions

    def _string(self, node: Node) -> Expression:
        start, end = (child for child in (node.children[0], node.children[-1]))
        prefix = self.tree.text(start).rstrip("'\"").lower()
        if end.type != "string_end":
            return None
        parts: list[Expression] = []
        begin = start.end_byte
        for child in children(node, "interpolation"):
            parts.append(self._piece(begin, child.start_byte, prefix))
            parts.append(self._interpolation(child))
            begin = child.end_byte
        # Where a string is only backslashes, the grammar makes them part of its end.
        quotes = len(self.tree.text(start)) - len(prefix)
        parts.append(self._piece(begin, end.end_byte - quotes, prefix))
        return parts[0] if len(parts) == 1 else Concatenation(parts, self.start(node))

    def _piece(self, begin: int, end: int, prefix: str) -> Literal:
        start = self.tree.offset(begin)
        raw = self.tree.slice(start, self.tree.offset(end))
        text = HostedText.of(raw, start)
        if "r" not in prefix:
            text = unescape_literal(raw, start, Escapes(_BYTES if "b" in prefix else _STRING))
        if "\r" in raw:
            text = unify_line_ends(text, raw, start)
        if "f" in prefix:
            text = replace_text(replace_text(text, "{{", _OPEN), "}}", _CLOSE)
        return Literal(text)

    def _interpolation(self, node: Node) -> Expression:
        if field(node, "format_specifier", "type_conversion"):
            return None
        return self.expression(field(node, "expression"))

    def _attribute(self, node: Node) -> Expression:
        of = field(node, "object")
        name = self.text(node, "attribute")
        start = self.start(node)
        if of and self._class and self.tree.text(of) in ("self", "cls"):
            return Member(Name(self._class, start), name, start)
        return Member(self.expression(of), name, start)

    def _call(self, node: Node) -> Expression:
        arguments: list[Expression] = []
        named: dict[str, Expression] = {}
        listed = field(node, "arguments")
        if listed and listed.type == "generator_expression":
            arguments.append(self._comprehension(listed))
        elif listed:
            for child in children(listed):
                if child.type == "keyword_argument":
                    named[self.text(child, "name")] = self.expression(field(child, "value"))
                else:
                    arguments.append(self.expression(child))
        function = self.expression(field(node, "function"))
        return Call(function, arguments, named, self.start(node))

    def _binary(self, node: Node) -> Expression:
        operator = self.text(node, "operator")
        start = self.start(node)
        if operator == "%":
            left, right = field(node, "left"), field(node, "right")
            return PercentFormat(self.expression(left), self.expression(right), start)
        if operator not in ("+", "/"):
            return None
        parts = self.operands(node, operator)
        return (
            Concatenation(parts, start, is_sum=True) if operator == "+" else PathJoin(parts, start)
        )

    def _conditional(self, node: Node) -> Expression:
        parts = self.expressions_in(node)
        if len(parts) != 3:
            return None
        value, condition, other = parts
        mentions = self.mentions(list(children(node))[1])
        return Choice([value, other], self.start(node), condition=condition, mentions=mentions)

    def _comparison(self, node: Node) -> Expression:
        operator = "".join(child.type for child in node.children if not child.is_named)
        sides = self.expressions_in(node)
        if len(sides) == 2 and operator in ("in", "not in", "notin"):
            contains = Contains(sides[1], sides[0])
            return contains if operator == "in" else Not(contains)
        if len(sides) != 2 or operator not in ("==", "!=", "is", "is not", "isnot"):
            return None
        equal = Equal(*sides)
        return equal if operator in ("==", "is") else Not(equal)

    def _boolean(self, node: Node) -> Expression:
        if self.text(node, "operator") != "or":
            return None
        options = [self.expression(field(node, side)) for side in ("left", "right")]
        return Choice(options, self.start(node), is_default=True)

    def _listing(self, node: Node) -> Expression:
        return self.listing(node, "list_splat")

    def _dictionary(self, node: Node) -> Expression:
        entries = [
            (self.expression(field(child, "key")), self.expression(field(child, "value")))
            for child in children(node, "pair")
        ]
        return Entries(entries, self.start(node))

    def _comprehension(self, node: Node) -> Expression:
        clauses = list(children(node, "for_in_clause"))
        conditions = [self.inner(clause) for clause in children(node, "if_clause")]
        if len(clauses) != 1 or len(conditions) > 1:
            return None
        names = self._targets(field(clauses[0], "left"))
        over = self.expression(field(clauses[0], "right"))
        body = self.expression(field(node, "body"))
        condition = conditions[0] if conditions else Truth(is_true=True)
        return Each(names or ["_"], over, body, self.start(node), condition)

    def _lambda(self, node: Node) -> Function:
        names, defaults = self._parameters(field(node, "parameters"))
        body = field(node, "body")
        leave = Leave(self.expression(body))
        return Function("", names, [leave], self.start(node), defaults, is_inner=True)

    def _named_expression(self, node: Node) -> Expression:
        return self.expression(field(node, "value"))

    def _assignment_in_condition(self, node: Node) -> Iterator[Statement]:
        yield Assign([self.text(node, "name")], self._named_expression(node))

    def _subscript(self, node: Node) -> Expression:
        return Index(
            self.expression(field(node, "value")),
            self.expression(field(node, "subscript")),
            self.start(node),
        )

    statements: ClassVar = {
        "expression_statement": _expression_statement,
        "named_expression": _assignment_in_condition,
        "with_statement": _with,
        "if_statement": _if,
        "for_statement": _for,
        "while_statement": _while,
        "try_statement": _try,
        "match_statement": _match,
        "return_statement": Reader.leave,
        "raise_statement": lambda *_: [Leave()],
        "break_statement": lambda *_: [Leave(is_loop=True)],
        "continue_statement": lambda *_: [Leave(is_loop=True)],
        "function_definition": _definition,
        "class_definition": _class_definition,
        "decorated_definition": _decorated,
        "import_statement": _import,
        "import_from_statement": _import_from,
    }
    expressions: ClassVar = {
        "string": _string,
        "concatenated_string": Reader.concatenation,
        "integer": Reader.number,
        "true": Reader.truth,
        "false": Reader.truth,
        "none": lambda *_: Truth(is_true=False),
        "comparison_operator": _comparison,
        "not_operator": lambda self, node: Not(self.inner(node)),
        "identifier": Reader.identifier,
        "attribute": _attribute,
        "call": _call,
        "binary_operator": _binary,
        "boolean_operator": _boolean,
        "conditional_expression": _conditional,
        "parenthesized_expression": Reader.inner,
        "await": Reader.inner,
        "named_expression": _named_expression,
        "lambda": _lambda,
        "list_splat": lambda self, node: Spread(self.inner(node)),
        "list": _listing,
        "tuple": _listing,
        "expression_list": _listing,
        "dictionary": _dictionary,
        "list_comprehension": _comprehension,
        "generator_expression": _comprehension,
        "subscript": _subscript,
    }
