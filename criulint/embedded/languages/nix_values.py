# SPDX-License-Identifier: MIT
"""The values of Nix's expressions, which are evaluated when they are needed.

Sources: the Nix manual, "Built-in Functions"; nixpkgs, lib/strings.nix.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from criulint.embedded.languages.literals import fill, hole, join_limited, unify_line_ends
from criulint.embedded.languages.nix_strings import strip_indentation, unescape, unescape_indented
from criulint.embedded.languages.shared import put_together
from criulint.embedded.languages.trees import Tree, children, field
from criulint.embedded.model import HostedText, join

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tree_sitter import Node

#: The deepest expression that is followed, and the most steps of one walk or evaluation.
MAX_DEPTH = 150
MAX_STEPS = 100_000
#: Functions that say when, or with which priority, a value counts: the value is the last argument.
MODIFIERS = frozenset(
    ("mkIf", "mkForce", "mkDefault", "mkOverride", "mkBefore", "mkAfter", "mkOrder", "mkVMOverride")
)
_TRUTHS = ("true", "false")
_MISSED_INTERPOLATION = re.compile(r"(?<=')\$\{[^{}]*\}")


class NixScope(NamedTuple):
    """The names that an expression sees, and where each is defined."""

    names: Mapping[str, Thunk | KnownValue] = {}
    outer: NixScope | None = None

    def find(self, name: str) -> Thunk | KnownValue | None:
        """Return what a name stands for, None if it is not defined here."""
        scope: NixScope | None = self
        while scope:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None


class Thunk(NamedTuple):
    """An expression that is evaluated when it is needed."""

    node: Node
    scope: NixScope


class KnownValue(NamedTuple):
    """A known value where an expression is expected."""

    value: NixValue


class StoreFile(NamedTuple):
    """A file in the store."""

    content: HostedText


class Lambda(NamedTuple):
    """A function of one argument."""

    name: str
    body: Node
    scope: NixScope


NixValue = HostedText | bool | list["NixValue"] | dict[str, Thunk] | StoreFile | Lambda | None


def application(tree: Tree, node: Node) -> tuple[str, list[Node]]:
    """Return the last name of an applied function, and its arguments."""
    arguments: list[Node] = []
    function: Node | None = node
    while function and function.type == "apply_expression":
        argument = field(function, "argument")
        if argument:
            arguments.append(argument)
        function = field(function, "function")
    name = tree.text(function).rpartition(".")[2] if function else ""
    return name, arguments[::-1]


class NixEvaluation:
    """Evaluates expressions; of each condition, it takes the choice with a given number."""

    def __init__(self, tree: Tree, choice: int) -> None:
        self._tree = tree
        self._choice = choice
        self._depth = 0
        self._steps = 0
        #: Whether a condition was met.
        self.has_choices = False

    def value(self, thunk: Thunk | KnownValue | None) -> NixValue:
        """Return the value of an expression, None if it is not known."""
        self._steps += 1
        if isinstance(thunk, KnownValue):
            return thunk.value
        if thunk is None or self._depth > MAX_DEPTH or self._steps > MAX_STEPS:
            return None
        evaluate = self._evaluators.get(thunk.node.type)
        if evaluate is None:
            return None
        self._depth += 1
        found: NixValue = evaluate(self, thunk.node, thunk.scope)
        self._depth -= 1
        return found

    def text(self, thunk: Thunk | None) -> HostedText:
        """Return a value as text."""
        value = self.value(thunk)
        if isinstance(value, HostedText):
            return value
        return hole(self._tree.start(thunk.node) if thunk else 0)

    def bindings(self, node: Node, scope: NixScope, *, is_recursive: bool) -> dict[str, Thunk]:
        """Return the attributes of a set, without those that have several names."""
        names: dict[str, Thunk] = {}
        inner = NixScope(names, scope) if is_recursive else scope
        for listed in children(node, "binding_set"):
            for binding in children(listed, "binding"):
                path = self.attribute_names(field(binding, "attrpath"), scope)
                value = field(binding, "expression")
                if len(path) == 1 and value:
                    names[path[0]] = Thunk(value, inner)
        return names

    def attribute_names(self, node: Node | None, scope: NixScope) -> list[str]:
        """Return the names in an attribute path."""
        names = []
        for child in children(node) if node else ():
            if child.type == "identifier":
                names.append(self._tree.text(child))
            else:
                names.append(self.text(Thunk(child, scope)).text)
        return names

    # --- strings

    def _string(self, node: Node, scope: NixScope) -> NixValue:
        parts = []
        for child in children(node):
            if child.type == "interpolation":
                parts.append(self._interpolation(child, scope))
            else:
                raw, start = self._tree.text(child), self._tree.start(child)
                text = HostedText.of(raw, start)
                if child.type == "escape_sequence":
                    text = unescape(raw, start)
                elif child.type == "dollar_escape":  # the dollar follows as text
                    text = text[:0]
                parts.append(text)
        text = join(parts, self._tree.start(node) + 1)
        return unify_line_ends(text, self._tree.text(node)[1:], self._tree.start(node) + 1)

    def _interpolation(self, node: Node, scope: NixScope) -> HostedText:
        expression = field(node, "expression")
        if expression is None:
            return hole(self._tree.start(node))
        value = self.value(Thunk(expression, scope))
        return value if isinstance(value, HostedText) else hole(self._tree.start(node))

    def _indented_string(self, node: Node, scope: NixScope) -> NixValue:
        parts: list[tuple[HostedText, bool]] = []
        start = last = self._tree.start(node) + 2
        for child in children(node, "interpolation", "escape_sequence", "dollar_escape"):
            parts.append((self._plain(last, self._tree.start(child)), True))
            last = self._tree.end(child)
            if child.type == "interpolation":
                parts.append((self._interpolation(child, scope), False))
            else:
                parts.append((unescape_indented(self._tree.text(child), last), False))
        parts.append((self._plain(last, self._tree.end(node) - 2), True))
        return strip_indentation([part for part in parts if part[0].text or not part[1]], start)

    def _plain(self, start: int, end: int) -> HostedText:
        """Return text that reads as it is written; the grammar misses interpolations after `'`."""
        text = HostedText.of(self._tree.slice(start, end), start)
        return fill(text, _MISSED_INTERPOLATION, lambda _: None)

    # --- other values

    def _inner(self, node: Node, scope: NixScope) -> NixValue:
        body = field(node, "body", "expression") or next(children(node), None)
        return self.value(Thunk(body, scope)) if body else None

    def _variable(self, node: Node, scope: NixScope) -> NixValue:
        name = self._tree.text(node)
        found = scope.find(name)
        return name == "true" if found is None and name in _TRUTHS else self.value(found)

    def _integer(self, node: Node, _scope: NixScope) -> NixValue:
        return HostedText.of(self._tree.text(node), self._tree.start(node))

    def _list(self, node: Node, scope: NixScope) -> NixValue:
        return [self.value(Thunk(child, scope)) for child in children(node)]

    def _attributes(self, node: Node, scope: NixScope) -> NixValue:
        return self.bindings(node, scope, is_recursive=node.type == "rec_attrset_expression")

    def _let(self, node: Node, scope: NixScope) -> NixValue:
        inner = NixScope(self.bindings(node, scope, is_recursive=True), scope)
        body = field(node, "body")
        return self.value(Thunk(body, inner)) if body else None

    def _if(self, node: Node, scope: NixScope) -> NixValue:
        condition = field(node, "condition")
        takes_first = self._ask(Thunk(condition, scope) if condition else None)
        arm = field(node, "consequence" if takes_first else "alternative")
        return self.value(Thunk(arm, scope)) if arm else None

    def _ask(self, condition: Thunk | None) -> bool:
        """Return whether a condition is true; the choice decides unknown ones."""
        value = self.value(condition)
        if isinstance(value, bool):
            return value
        self.has_choices = True
        return not self._choice

    def _select(self, node: Node, scope: NixScope) -> NixValue:
        expression = field(node, "expression")
        value = self.value(Thunk(expression, scope)) if expression else None
        for name in self.attribute_names(field(node, "attrpath"), scope):
            if not isinstance(value, dict) or name not in value:
                default = field(node, "default")
                return self.value(Thunk(default, scope)) if default else None
            value = self.value(value[name])
        return value

    def _binary(self, node: Node, scope: NixScope) -> NixValue:
        operator = self._tree.text(field(node, "operator"))
        if operator in ("==", "!="):
            return self._compare(node, scope, is_equal=operator == "==")
        combine = {"+": self._add_texts, "++": self._add_lists, "//": self._merge_sets}.get(
            operator
        )
        if combine is None:
            return None
        sides = self._operands(node, operator)
        return combine([self.value(Thunk(side, scope)) for side in sides], sides)

    def _compare(self, node: Node, scope: NixScope, *, is_equal: bool) -> NixValue:
        sides = [field(node, "left"), field(node, "right")]
        values = [self.value(Thunk(side, scope)) if side else None for side in sides]
        if None in values or any(isinstance(value, (list, dict)) for value in values):
            return None
        left, right = (value.text if isinstance(value, HostedText) else value for value in values)
        return (left == right) == is_equal

    def _add_texts(self, values: list[NixValue], sides: list[Node]) -> NixValue:
        if not any(isinstance(value, HostedText) for value in values):
            return None
        return join_limited(
            value if isinstance(value, HostedText) else hole(self._tree.start(side))
            for value, side in zip(values, sides, strict=True)
        )

    def _add_lists(self, values: list[NixValue], _sides: list[Node]) -> NixValue:
        lists = [value if isinstance(value, list) else [None] for value in values]
        return [item for items in lists for item in items]

    def _merge_sets(self, values: list[NixValue], _sides: list[Node]) -> NixValue:
        merged: dict[str, Thunk] = {}
        for value in values:
            merged.update(value if isinstance(value, dict) else {})
        return merged

    def _operands(self, node: Node, operator: str) -> list[Node]:
        """Return the operands of a chain, `a + b + c`, which may be too long for recursion."""
        operands: list[Node] = []
        pending = [node]
        while pending:
            part = pending.pop()
            left, right = field(part, "left"), field(part, "right")
            is_same = part.type == node.type and operator == self._tree.text(
                field(part, "operator")
            )
            if is_same and left and right:
                pending += [right, left]
            else:
                operands.append(part)
        return operands

    def _function(self, node: Node, scope: NixScope) -> NixValue:
        name, body = field(node, "universal"), field(node, "body")
        if name is None or body is None or field(node, "formals"):
            return None
        return Lambda(self._tree.text(name), body, scope)

    def _apply(self, node: Node, scope: NixScope) -> NixValue:
        name, nodes = application(self._tree, node)
        arguments = [Thunk(argument, scope) for argument in nodes]
        if name in MODIFIERS:
            return self.value(arguments[-1])
        if (known := self._functions.get(name)) and len(arguments) == known[0]:
            found: NixValue = known[1](self, *arguments)
            return found
        function = field(node, "function")
        value = self.value(Thunk(function, scope)) if function else None
        return self._enter(value, arguments[-1])

    def _enter(self, function: NixValue, argument: Thunk | KnownValue) -> NixValue:
        """Return the value of a function for an argument."""
        if not isinstance(function, Lambda):
            return None
        inner = NixScope({function.name: argument}, function.scope)
        return self.value(Thunk(function.body, inner))

    # --- functions of nixpkgs

    def _concat(self, separator: HostedText, items: NixValue, start: int) -> NixValue:
        return put_together(_texts(items, start), separator.text, start)

    def _concat_separated(self, separator: Thunk, items: Thunk) -> NixValue:
        return self._concat(self.text(separator), self.value(items), self._tree.start(items.node))

    def _concat_plain(self, items: Thunk) -> NixValue:
        return self._concat(HostedText.of(""), self.value(items), self._tree.start(items.node))

    def _concat_lines(self, items: Thunk) -> NixValue:
        start = self._tree.start(items.node)
        texts = _texts(self.value(items), start)
        return join(
            [
                part
                for text in texts
                for part in (text, HostedText.at("\n", text.offsets[-1], text.offsets[-1]))
            ],
            start,
        )

    def _map(self, function: Thunk, items: Thunk) -> NixValue:
        values, mapped = self.value(items), self.value(function)
        if not isinstance(values, list) or not isinstance(mapped, Lambda):
            return None
        return [self._enter(mapped, KnownValue(value)) for value in values]

    def _pairs(self, attributes: Thunk) -> list[tuple[HostedText, Thunk]] | None:
        """Return the names and values of a set, in the order of the names; None if not known."""
        found = self.value(attributes)
        if not isinstance(found, dict):
            return None
        return [(self._place(name, found[name]), found[name]) for name in sorted(found)]

    def _place(self, name: str, value: Thunk) -> HostedText:
        """Return a name of a set where it is written."""
        binding = value.node.parent
        start = self._tree.start(binding or value.node)
        written = self._tree.text(binding)
        opening = written.startswith('"')
        if not written.startswith(name, opening):
            return HostedText.at(name, start, start)
        return HostedText.of(name, start + opening)

    def _map_attributes(self, function: Thunk, attributes: Thunk) -> NixValue:
        mapped, pairs = self.value(function), self._pairs(attributes)
        if pairs is None:
            return None
        return [self._enter(self._enter(mapped, KnownValue(name)), value) for name, value in pairs]

    def _attribute_list(self, attributes: Thunk) -> NixValue:
        return [name for name, _ in self._pairs(attributes) or ()]

    def _key_values(self, _options: Thunk, attributes: Thunk) -> NixValue:
        pairs = self._pairs(attributes)
        if pairs is None:
            return None
        parts: list[HostedText] = []
        for name, value in pairs:
            end = name.offsets[-1]
            found = self.value(value)
            text = HostedText.at(str(found).lower(), end, end) if isinstance(found, bool) else found
            parts += [name, HostedText.at("=", end, end)]
            parts.append(text if isinstance(text, HostedText) else hole(end))
            parts.append(HostedText.at("\n", parts[-1].offsets[-1], parts[-1].offsets[-1]))
        return join(parts, self._tree.start(attributes.node))

    def _concat_mapped(self, separator: Thunk, function: Thunk, items: Thunk) -> NixValue:
        return self._concat(
            self.text(separator), self._map(function, items), self._tree.start(items.node)
        )

    def _concat_mapped_plain(self, function: Thunk, items: Thunk) -> NixValue:
        mapped = self._map(function, items)
        return self._concat(HostedText.of(""), mapped, self._tree.start(items.node))

    def _optional_string(self, condition: Thunk, text: Thunk) -> NixValue:
        return self.text(text)[: None if self._ask(condition) else 0]

    def _optional(self, condition: Thunk, item: Thunk) -> NixValue:
        return [self.value(item)] if self._ask(condition) else []

    def _optionals(self, condition: Thunk, items: Thunk) -> NixValue:
        return self.value(items) if self._ask(condition) else []

    def _write_text(self, _name: Thunk, text: Thunk) -> NixValue:
        return StoreFile(self.text(text))

    def _to_string(self, value: Thunk) -> NixValue:
        found = self.value(value)
        if not isinstance(found, bool):
            return found
        start = self._tree.start(value.node)
        return HostedText.at("1" if found else "", start, start)

    def _bool_to_string(self, value: Thunk) -> NixValue:
        found = self.value(value)
        start = self._tree.start(value.node)
        return HostedText.at(str(found).lower(), start, start) if isinstance(found, bool) else None

    _functions: ClassVar[Mapping[str, tuple[int, Callable[..., NixValue]]]] = {
        "concatStringsSep": (2, _concat_separated),
        "concatStrings": (1, _concat_plain),
        "concatLines": (1, _concat_lines),
        "concatMapStringsSep": (3, _concat_mapped),
        "concatMapStrings": (2, _concat_mapped_plain),
        "map": (2, _map),
        "optionalString": (2, _optional_string),
        "optional": (2, _optional),
        "optionals": (2, _optionals),
        "writeText": (2, _write_text),
        "toFile": (2, _write_text),
        "toString": (1, _to_string),
        "boolToString": (1, _bool_to_string),
        "mapAttrsToList": (2, _map_attributes),
        "attrNames": (1, _attribute_list),
        "toKeyValue": (2, _key_values),
    }
    _evaluators: ClassVar[Mapping[str, Callable[..., NixValue]]] = {
        "string_expression": _string,
        "indented_string_expression": _indented_string,
        "interpolation": _inner,
        "parenthesized_expression": _inner,
        "with_expression": _inner,
        "assert_expression": _inner,
        "variable_expression": _variable,
        "integer_expression": _integer,
        "list_expression": _list,
        "attrset_expression": _attributes,
        "rec_attrset_expression": _attributes,
        "let_expression": _let,
        "if_expression": _if,
        "select_expression": _select,
        "binary_expression": _binary,
        "function_expression": _function,
        "apply_expression": _apply,
    }


def _texts(items: NixValue, start: int) -> list[HostedText]:
    """Return the items of a list as text."""
    if not isinstance(items, list):
        return [hole(start)]
    return [item if isinstance(item, HostedText) else hole(start) for item in items]
