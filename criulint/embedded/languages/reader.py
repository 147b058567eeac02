# SPDX-License-Identifier: MIT
"""The base of the readers of all languages: a walk through a syntax tree of limited depth."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from criulint.embedded.languages.literals import unescape_literal
from criulint.embedded.languages.program import (
    Branch,
    Concatenation,
    Evaluate,
    Function,
    Items,
    Leave,
    Literal,
    Loop,
    Name,
    Not,
    Places,
    Program,
    Truth,
)
from criulint.embedded.languages.trees import children, field
from criulint.embedded.model import HostedText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tree_sitter import Node

    from criulint.embedded.languages.literals import Escapes
    from criulint.embedded.languages.program import Expression, Statement
    from criulint.embedded.languages.trees import Tree

# How a counting loop begins, and continues.
_COUNTER = re.compile(r"(?<!\w)([^\W\d]\w*)\s*:?=\s*0\s*;?\Z")
_COUNTS = re.compile(r"\s*(?:i\s*\+\+|\+\+\s*i|i\s*\+=\s*1)\s*")
# Functions that test a value.
_QUESTION = re.compile(
    r"(?:\A|\W)(?:is_(?:empty|some|none|ok)|has|includes|contains(?:_key)?|Contains|get|strip|trim"
    r"|starts_?[wW]ith|ends_?[wW]ith|HasPrefix|HasSuffix|len|bool|isinstance|strcmp"
    r"|exists|is_?file|existsSync|(?:File)?Exists|read|read_text|readFileSync|read_to_string)\Z"
)
# Deeper code is left out. A level of the tree takes up to four calls here.
_MAX_DEPTH = 150


class Reader:
    """Turns a syntax tree into a program; a language says how it reads each kind of node."""

    #: How statements and expressions are read, by the kinds of their nodes.
    statements: ClassVar[Mapping[str, Callable[[Any, Node], Iterable[Statement]]]] = {}
    expressions: ClassVar[Mapping[str, Callable[[Any, Node], Expression]]] = {}
    #: The fields of a node that takes an item of a list: the list, and the number.
    index_fields: ClassVar[tuple[str, str]] = ("argument", "index")
    #: The kinds of nodes that have an effect inside a condition: assignments and calls.
    effective: ClassVar[frozenset[str]] = frozenset(("call_expression", "assignment_expression"))

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.functions: dict[str, Function] = {}
        self.imports: dict[str, str] = {}
        #: How many functions surround the current node.
        self.level = 0
        self._depth = 0
        # Whether a condition is read.
        self._asks = False

    def program(self) -> Program:
        """Return the whole program."""
        body = self.block(self.tree.root)
        return Program(body, self.functions, self.imports)

    def block(self, node: Node | None) -> list[Statement]:
        """Return the statements in a node."""
        if node is None or self._depth > _MAX_DEPTH:
            return []
        self._depth += 1
        found = [statement for child in children(node) for statement in self.statement(child)]
        self._depth -= 1
        return found

    def statement(self, node: Node) -> Iterable[Statement]:
        """Return the statements of a node, which is a statement or an expression."""
        if self._depth > _MAX_DEPTH:
            return ()
        read = self.statements.get(node.type)
        if read is None:
            value = self.expression(node)
            return () if value is None else (Evaluate(value),)
        self._depth += 1
        found = [*read(self, node)]
        self._depth -= 1
        return found

    def statements_of(self, node: Node) -> Iterator[Statement]:
        """Yield the statements of the children of a node."""
        for child in children(node):
            yield from self.statement(child)

    def branch(self, node: Node) -> Iterator[Statement]:
        """Yield the statements of an `if`: those in its condition, and its arms."""
        condition = field(node, "condition")
        yield from self.effects(condition)
        arms = [field(node, "consequence"), field(node, "alternative")]
        yield Branch(
            [[*self.statement(arm)] if arm else [] for arm in arms],
            self.condition(condition),
            self.mentions(condition),
        )

    def loop(self, node: Node) -> Iterator[Statement]:
        """Yield a loop over values that are not known."""
        yield Loop(["_"], None, self.body(node))

    def counting_loop(self, node: Node) -> Iterator[Statement]:
        """Yield a loop that counts to go through a list, or one over values that are not known."""
        clause = next(children(node, "for_clause"), node)
        counter = _COUNTER.search(self.text(clause, "initializer"))
        update = self.text(clause, "update") + self.text(clause, "increment")
        if counter is None or not _COUNTS.fullmatch(update.replace(counter[1], "i")):
            yield from self.loop(node)
            return
        name = counter[1]
        yield Loop([name], self._places(clause, field(node, "body"), name), self.body(node))

    def _places(self, clause: Node, body: Node | None, name: str) -> Expression:
        """Return the numbers that a loop counts, if it goes through all of a list."""
        condition = field(clause, "condition")
        ended = self._find_item(condition, name)
        indexed = ended or self._find_item(body, name)
        if indexed is None:
            return None
        of = field(indexed, self.index_fields[0])
        bound = self.tree.text(condition)
        is_whole = re.search(rf"\b{re.escape(self.tree.text(of))}\b", bound)
        if not is_whole or re.search(r"[-+/]\s*[1-9]|<=|>", bound.replace("->", "")):
            return None
        return Places(self.expression(of), self.start(clause), ends_at_null=ended is not None)

    def body(self, node: Node) -> list[Statement]:
        """Return the statements of the body of a loop."""
        body = field(node, "body")
        return [*self.statement(body)] if body else []

    def _find_item(self, node: Node | None, name: str) -> Node | None:
        """Return the first node below a node that indexes a list by a variable."""
        pending = [node] if node else []
        of, index = self.index_fields
        while pending:
            node = pending.pop()
            if field(node, of) and self.text(node, index) == name:
                return node
            pending += reversed(node.named_children)
        return None

    def leave(self, node: Node) -> Iterator[Statement]:
        """Yield the return of a value."""
        yield Leave(self.inner(node))

    def effects(self, node: Node | None) -> Iterator[Statement]:
        """Yield the statements in a condition: its assignments and calls."""
        if node is None or self._depth > _MAX_DEPTH:
            return
        if node.type in self.effective:
            yield from self.statement(node)
            return
        self._depth += 1
        for child in children(node):
            yield from self.effects(child)
        self._depth -= 1

    def expression(self, node: Node | None) -> Expression:
        """Return the expression of a node."""
        read = self.expressions.get(node.type) if node else None
        if node is None or read is None or self._depth > _MAX_DEPTH:
            return None
        if self._asks and node.type in self.effective and not self._is_question(node):
            left = field(node, "left", "name")
            return Name(self.tree.text(left), self.start(node)) if left else None
        self._depth += 1
        found = read(self, node)
        self._depth -= 1
        return found

    def condition(self, node: Node | None) -> Expression:
        """Return a condition without its `effects`."""
        outer, self._asks = self._asks, True
        found = self.expression(node)
        self._asks = outer
        return found

    def _is_question(self, node: Node) -> bool:
        """Return whether a call only tests something, without an effect."""
        return _QUESTION.search(self.text(node, "function")) is not None

    def expressions_in(self, node: Node | None) -> list[Expression]:
        """Return the expressions that a node consists of."""
        return [self.expression(child) for child in children(node)] if node else []

    def listing(self, node: Node, spread: str) -> Expression:
        """Return a list; a child of the kind `spread` is a list whose items become its own."""
        start = self.start(node)
        parts: list[Expression] = []
        items: list[Expression] = []
        for child in children(node):
            if child.type == spread:
                parts += [Items(items, start), self.inner(child)]
                items = []
            else:
                items.append(self.expression(child))
        return Concatenation([*parts, Items(items, start)], start) if parts else Items(items, start)

    def inner(self, node: Node) -> Expression:
        """Return the only expression in a node."""
        return self.expression(next(children(node), None))

    def text(self, node: Node, name: str) -> str:
        """Return the text of a field of a node, empty if it is missing."""
        return self.tree.text(field(node, name))

    def start(self, node: Node) -> int:
        """Return the offset of a node."""
        return self.tree.start(node)

    def identifier(self, node: Node) -> Name:
        """Return a variable."""
        return Name(self.tree.text(node), self.start(node))

    def number(self, node: Node) -> Expression:
        """Return a number, if it is written as it reads."""
        text = self.tree.text(node)
        if not text.isdecimal():
            return None
        return Literal(HostedText.of(text, self.start(node)), is_number=True)

    def negation(self, node: Node) -> Expression:
        """Return the negation of a value; for other signs, the value."""
        value = self.expression(field(node, "argument", "operand") or next(children(node), None))
        return Not(value) if self.tree.text(node).startswith("!") else value

    def truth(self, node: Node) -> Truth:
        """Return what is written as true or false."""
        return Truth(self.tree.text(node).lower() == "true")

    def string(self, node: Node, escapes: Escapes | None, opening: int = 1) -> Literal:
        """Return a string without the characters that open it, and the one that closes it."""
        start = self.start(node) + opening
        raw = self.tree.slice(start, self.tree.end(node) - 1)
        return Literal(
            unescape_literal(raw, start, escapes) if escapes else HostedText.of(raw, start)
        )

    def concatenation(self, node: Node) -> Concatenation:
        """Return adjacent strings."""
        return Concatenation(self.expressions_in(node), self.start(node))

    def mentions(self, node: Node | None) -> frozenset[str]:
        """Return the names that a condition mentions."""
        return frozenset(re.findall(r"[^\W\d]\w*", self.tree.text(node)))

    def operands(self, node: Node, operator: str) -> list[Expression]:
        """Return the operands of a chain of one operator, however long it is."""
        operands: list[Expression] = []
        left: Node | None = node
        while left and left.type == node.type and self.text(left, "operator") == operator:
            operands.append(self.expression(field(left, "right")))
            left = field(left, "left")
        return [self.expression(left), *reversed(operands)]

    def define(
        self,
        name: str,
        parameters: list[str],
        node: Node,
        defaults: Mapping[str, Expression] | None = None,
        rest: str = "",
    ) -> Function:
        """Return the function of a node, and keep one that has a name."""
        self.level += 1
        body = self.block(field(node, "body"))
        self.level -= 1
        is_inner = self.level > 0 or not name
        function = Function(
            name, parameters, body, self.start(node), defaults or {}, is_inner, rest=rest
        )
        if name:
            self.functions[name] = function
        return function
