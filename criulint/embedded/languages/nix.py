# SPDX-License-Identifier: MIT
"""Nix: files of NixOS and Home Manager modules, and shell code of packages and services.

Sources: the Nix manual, "String literals"; ``stripIndentation`` in libexpr/parser-state.hh (2.24);
the NixOS manual (``environment.etc``), and nixpkgs' trivial builders.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from criulint.criu.paths import is_destination
from criulint.embedded import shell
from criulint.embedded.languages.literals import fill, hole, join_limited, unify_line_ends
from criulint.embedded.languages.shared import put_together
from criulint.embedded.languages.trees import Tree, children, field
from criulint.embedded.model import (
    FollowedHost,
    HostedText,
    Script,
    WrittenFile,
    join,
    move_to_host,
)
from criulint.source import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tree_sitter import Node

    from criulint.source import Source


def follow(source: Source) -> FollowedHost:
    """Return the files that a Nix expression describes, and those that its shell code writes."""
    text = decode(source.data)
    tree = Tree(text, "tree_sitter_nix")
    if not tree.root.has_error:
        return _follow_tree(tree)
    # Documents show attributes without the braces around them.
    whole = join(
        [HostedText.at("{\n", 0, 0), HostedText.of(text), HostedText.at("\n}", 0, len(text))]
    )
    return move_to_host(_follow_tree(Tree(whole.text, "tree_sitter_nix")), whole)


def _follow_tree(tree: Tree) -> FollowedHost:
    walk = _Walk(tree)
    walk.visit(tree.root, _Scope(), ())
    return walk.found


_MAX_DEPTH = 150
_MAX_STEPS = 100_000
_TRUTHS = ("true", "false")

_MISSED_INTERPOLATION = re.compile(r"(?<=')\$\{[^{}]*\}")
_NAMES: Mapping[str, str] = {"n": "\n", "r": "\r", "t": "\t"}

# Functions that say when, or with which priority, a value counts: the value is the last argument.
_MODIFIERS = frozenset(
    ("mkIf", "mkForce", "mkDefault", "mkOverride", "mkBefore", "mkAfter", "mkOrder", "mkVMOverride")
)
_SHELL_WRITERS = frozenset(("writeShellScript", "writeShellScriptBin", "writeBash", "writeBashBin"))
_SHELL_RUNNERS = frozenset(("runCommand", "runCommandLocal", "runCommandCC", "runCommandNoCC"))
# Attributes whose text bash runs.
_SHELL_ATTRIBUTES = re.compile(
    r"(?:pre|post)[A-Z]\w*|\w+Phase|script|shellHook|buildCommand|fakeRootCommands|extraCommands"
    r"|runAsRoot|extraActivation|postBootCommands"
)


class _Scope(NamedTuple):
    """The names that an expression sees, and where each is defined."""

    names: Mapping[str, _Thunk | _KnownValue] = {}
    outer: _Scope | None = None

    def find(self, name: str) -> _Thunk | _KnownValue | None:
        scope: _Scope | None = self
        while scope:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None


class _Thunk(NamedTuple):
    """An expression that is evaluated when it is needed."""

    node: Node
    scope: _Scope


class _KnownValue(NamedTuple):
    """A known value where an expression is expected."""

    value: _Value


class _StoreFile(NamedTuple):
    """A file in the store."""

    content: HostedText


class _Lambda(NamedTuple):
    """A function of one argument."""

    name: str
    body: Node
    scope: _Scope


_Value = HostedText | bool | list["_Value"] | dict[str, _Thunk] | _StoreFile | _Lambda | None


class _Walk:
    """A walk through all of an expression, with the attributes that lead to each part."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.found = FollowedHost([], [])
        self._depth = 0
        self._steps = 0

    def visit(self, node: Node | None, scope: _Scope, path: tuple[str, ...]) -> None:
        """Visit an expression that is the value of the attributes `path`."""
        self._steps += 1
        if node is None or self._depth > _MAX_DEPTH or self._steps > _MAX_STEPS:
            return
        self._depth += 1
        visit = self._visitors.get(node.type, _Walk._visit_children)
        visit(self, node, scope, path)
        self._depth -= 1

    def _visit_children(self, node: Node, scope: _Scope, _path: tuple[str, ...]) -> None:
        for child in children(node):
            self.visit(child, scope, ())

    def _visit_transparent(self, node: Node, scope: _Scope, path: tuple[str, ...]) -> None:
        """Visit an expression whose value is that of a part."""
        for child in children(node):
            self.visit(child, scope, path)

    def _visit_function(self, node: Node, scope: _Scope, path: tuple[str, ...]) -> None:
        self.visit(field(node, "body"), self._parameters(node, scope), path)

    def _parameters(self, node: Node, scope: _Scope) -> _Scope:
        """Return the scope in a function: its parameters have their defaults, or are unknown."""
        names: dict[str, _Thunk] = {}
        inner = _Scope(names, scope)
        formals = field(node, "formals")
        for formal in children(formals, "formal") if formals else ():
            default = field(formal, "default")
            names[self.tree.text(field(formal, "name"))] = _Thunk(default or formal, inner)
        if universal := field(node, "universal"):
            names[self.tree.text(universal)] = _Thunk(node.children[0], inner)
        return inner

    def _visit_let(self, node: Node, scope: _Scope, path: tuple[str, ...]) -> None:
        inner = _Scope(self._bindings(node, scope), scope)
        for listed in children(node, "binding_set"):
            self._visit_bindings(listed, inner, ())
        self.visit(field(node, "body"), inner, path)

    def _visit_attributes(self, node: Node, scope: _Scope, path: tuple[str, ...]) -> None:
        if node.type == "rec_attrset_expression":
            scope = _Scope(self._bindings(node, scope), scope)
        for listed in children(node, "binding_set"):
            self._visit_bindings(listed, scope, path)

    def _visit_bindings(self, node: Node, scope: _Scope, path: tuple[str, ...]) -> None:
        """Visit the attributes of a set, and those that it inherits."""
        for binding in children(node, "binding"):
            names = (*path, *self._attribute_names(field(binding, "attrpath"), scope))
            expression = field(binding, "expression")
            if expression:
                self._visit_binding(binding, names, _Thunk(expression, scope))
                self.visit(expression, scope, names)
        for inherited in children(node, "inherit"):
            for name in (name for listed in children(inherited) for name in children(listed)):
                value = scope.find(self.tree.text(name))
                if isinstance(value, _Thunk):
                    self._visit_binding(inherited, (*path, self.tree.text(name)), value)

    def _visit_application(self, node: Node, scope: _Scope, path: tuple[str, ...]) -> None:
        """Visit the arguments of a call; modifiers keep the attributes that lead to a value."""
        name, arguments = self._application(node)
        if name in _MODIFIERS or name == "mkMerge":
            for argument in arguments[:-1]:
                self.visit(argument, scope, ())
            last = arguments[-1]
            if last.type == "list_expression":
                for element in children(last):
                    self.visit(element, scope, path)
            else:
                self.visit(last, scope, path)
            return
        self._call(node, name, [_Thunk(argument, scope) for argument in arguments])
        self._visit_children(node, scope, ())

    _visitors: ClassVar[Mapping[str, Callable[..., None]]] = {
        "source_code": _visit_transparent,
        "parenthesized_expression": _visit_transparent,
        "if_expression": _visit_transparent,
        "with_expression": _visit_transparent,
        "assert_expression": _visit_transparent,
        "binary_expression": _visit_transparent,
        "function_expression": _visit_function,
        "let_expression": _visit_let,
        "attrset_expression": _visit_attributes,
        "rec_attrset_expression": _visit_attributes,
        "apply_expression": _visit_application,
    }

    # --- what writes

    def _visit_binding(self, binding: Node, path: tuple[str, ...], value: _Thunk) -> None:
        """Note what an attribute writes, by its path: ``environment.etc."criu/x.conf".text``."""
        name = path[-1] if path else ""
        file = next((part for part in path if is_destination(part)), None)
        start = self.tree.start(binding)
        if file and (name in ("text", "content", "contents", "source") or name == file):
            for content in self._variants(value):
                if isinstance(content, _StoreFile):
                    content = content.content  # noqa: PLW2901
                elif name == "source":
                    continue
                if isinstance(content, HostedText):
                    self._write(_full_path(path, file), content, start)
        elif file and name == "argument" and path[-2] in ("f", "f+"):  # systemd.tmpfiles.settings
            self._write_variants(file, value, start)
        elif name == "testScript":
            self._follow_python(value)
        elif _SHELL_ATTRIBUTES.fullmatch(name) or "activationScripts" in path[-3:-1]:
            self._follow_shell(value)

    def _call(self, node: Node, name: str, arguments: Sequence[_Thunk]) -> None:
        """Note what a call of one of the builders of nixpkgs writes."""
        start = self.tree.start(node)
        if name == "writeTextDir" and len(arguments) == 2:
            self._write_text(arguments[0], arguments[1], start)
        elif name == "writeTextFile" and arguments:
            attributes = self._attributes(arguments[0])
            if {"destination", "text"} <= attributes.keys():
                self._write_text(attributes["destination"], attributes["text"], start)
        elif name == "writeShellApplication" and arguments:
            attributes = self._attributes(arguments[0])
            if "text" in attributes:
                self._follow_shell(attributes["text"])
        elif (name in _SHELL_WRITERS and len(arguments) == 2) or (
            name in _SHELL_RUNNERS and len(arguments) == 3
        ):
            self._follow_shell(arguments[-1])
        elif name in ("writeScript", "writeScriptBin") and len(arguments) == 2:
            text = self._text(arguments[1])
            if text and re.match(r"#!\S*(?:/|sh\b)", text.text):
                self._follow_shell(arguments[1])

    def _write_text(self, path: _Thunk, content: _Thunk, start: int) -> None:
        """Note a file if its path is one of CRIU's."""
        text = self._text(path)
        if text and is_destination(text.text):
            self._write_variants(text.text, content, start)

    def _write_variants(self, path: str, value: _Thunk, start: int) -> None:
        for content in self._variants(value):
            if isinstance(content, HostedText):
                self._write(path, content, start)

    def _write(self, path: str, content: HostedText, start: int) -> None:
        self.found.files.append(WrittenFile(path, content, start))

    def _follow_shell(self, value: _Thunk) -> None:
        for text in self._variants(value):
            if isinstance(text, HostedText) and "criu" in text.text:
                followed = shell.follow_script(Script(text, "bash"))
                self.found.files.extend(followed.files)
                self.found.problems.extend(followed.problems)

    def _follow_python(self, value: _Thunk) -> None:
        from criulint.embedded.languages import python

        for text in self._variants(value):
            if isinstance(text, HostedText) and "criu" in text.text:
                followed = python.follow_text(text)
                self.found.files.extend(followed.files)
                self.found.problems.extend(followed.problems)

    # --- values

    def _variants(self, value: _Thunk) -> Iterator[_Value]:
        """Yield the value with the first, then with the second choice of each condition."""
        evaluation = _Evaluation(self.tree, 0)
        yield evaluation.value(value)
        if evaluation.has_choices:
            yield _Evaluation(self.tree, 1).value(value)

    def value(self, thunk: _Thunk) -> _Value:
        """Return a value."""
        return _Evaluation(self.tree, 0).value(thunk)

    def _text(self, thunk: _Thunk) -> HostedText | None:
        value = self.value(thunk)
        return value if isinstance(value, HostedText) else None

    def _attributes(self, thunk: _Thunk) -> dict[str, _Thunk]:
        value = self.value(thunk)
        return value if isinstance(value, dict) else {}

    def _bindings(self, node: Node, scope: _Scope) -> dict[str, _Thunk]:
        return _Evaluation(self.tree, 0).bindings(node, scope, is_recursive=True)

    def _attribute_names(self, node: Node | None, scope: _Scope) -> list[str]:
        return _Evaluation(self.tree, 0).attribute_names(node, scope)

    def _application(self, node: Node) -> tuple[str, list[Node]]:
        return application(self.tree, node)


def _full_path(path: Sequence[str], file: str) -> str:
    """Return the path of a file that attributes name: those of ``environment.etc`` are in /etc."""
    index = path.index(file)
    return f"/etc/{file}" if index and path[index - 1] == "etc" else file


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


class _Evaluation:
    """Evaluates expressions; of each condition, it takes the choice with a given number."""

    def __init__(self, tree: Tree, choice: int) -> None:
        self._tree = tree
        self._choice = choice
        self._depth = 0
        self._steps = 0
        #: Whether a condition was met.
        self.has_choices = False

    def value(self, thunk: _Thunk | _KnownValue | None) -> _Value:
        """Return the value of an expression, None if it is not known."""
        self._steps += 1
        if isinstance(thunk, _KnownValue):
            return thunk.value
        if thunk is None or self._depth > _MAX_DEPTH or self._steps > _MAX_STEPS:
            return None
        evaluate = self._evaluators.get(thunk.node.type)
        if evaluate is None:
            return None
        self._depth += 1
        found: _Value = evaluate(self, thunk.node, thunk.scope)
        self._depth -= 1
        return found

    def text(self, thunk: _Thunk | None) -> HostedText:
        """Return a value as text."""
        value = self.value(thunk)
        if isinstance(value, HostedText):
            return value
        return hole(self._tree.start(thunk.node) if thunk else 0)

    def bindings(self, node: Node, scope: _Scope, *, is_recursive: bool) -> dict[str, _Thunk]:
        """Return the attributes of a set, without those that have several names."""
        names: dict[str, _Thunk] = {}
        inner = _Scope(names, scope) if is_recursive else scope
        for listed in children(node, "binding_set"):
            for binding in children(listed, "binding"):
                path = self.attribute_names(field(binding, "attrpath"), scope)
                value = field(binding, "expression")
                if len(path) == 1 and value:
                    names[path[0]] = _Thunk(value, inner)
        return names

    def attribute_names(self, node: Node | None, scope: _Scope) -> list[str]:
        """Return the names in an attribute path."""
        names = []
        for child in children(node) if node else ():
            if child.type == "identifier":
                names.append(self._tree.text(child))
            else:
                names.append(self.text(_Thunk(child, scope)).text)
        return names

    # --- strings

    def _string(self, node: Node, scope: _Scope) -> _Value:
        parts = []
        for child in children(node):
            if child.type == "interpolation":
                parts.append(self._interpolation(child, scope))
            else:
                raw, start = self._tree.text(child), self._tree.start(child)
                text = HostedText.of(raw, start)
                if child.type == "escape_sequence":
                    text = _unescape(raw, start)
                elif child.type == "dollar_escape":  # the dollar follows as text
                    text = text[:0]
                parts.append(text)
        text = join(parts, self._tree.start(node) + 1)
        return unify_line_ends(text, self._tree.text(node)[1:], self._tree.start(node) + 1)

    def _interpolation(self, node: Node, scope: _Scope) -> HostedText:
        expression = field(node, "expression")
        if expression is None:
            return hole(self._tree.start(node))
        value = self.value(_Thunk(expression, scope))
        return value if isinstance(value, HostedText) else hole(self._tree.start(node))

    def _indented_string(self, node: Node, scope: _Scope) -> _Value:
        parts: list[tuple[HostedText, bool]] = []
        start = last = self._tree.start(node) + 2
        for child in children(node, "interpolation", "escape_sequence", "dollar_escape"):
            parts.append((self._plain(last, self._tree.start(child)), True))
            last = self._tree.end(child)
            if child.type == "interpolation":
                parts.append((self._interpolation(child, scope), False))
            else:
                parts.append((_unescape_indented(self._tree.text(child), last), False))
        parts.append((self._plain(last, self._tree.end(node) - 2), True))
        return strip_indentation([part for part in parts if part[0].text or not part[1]], start)

    def _plain(self, start: int, end: int) -> HostedText:
        """Return text that reads as it is written; the grammar misses interpolations after `'`."""
        text = HostedText.of(self._tree.slice(start, end), start)
        return fill(text, _MISSED_INTERPOLATION, lambda _: None)

    # --- other values

    def _inner(self, node: Node, scope: _Scope) -> _Value:
        body = field(node, "body", "expression") or next(children(node), None)
        return self.value(_Thunk(body, scope)) if body else None

    def _variable(self, node: Node, scope: _Scope) -> _Value:
        name = self._tree.text(node)
        found = scope.find(name)
        return name == "true" if found is None and name in _TRUTHS else self.value(found)

    def _integer(self, node: Node, _scope: _Scope) -> _Value:
        return HostedText.of(self._tree.text(node), self._tree.start(node))

    def _list(self, node: Node, scope: _Scope) -> _Value:
        return [self.value(_Thunk(child, scope)) for child in children(node)]

    def _attributes(self, node: Node, scope: _Scope) -> _Value:
        return self.bindings(node, scope, is_recursive=node.type == "rec_attrset_expression")

    def _let(self, node: Node, scope: _Scope) -> _Value:
        inner = _Scope(self.bindings(node, scope, is_recursive=True), scope)
        body = field(node, "body")
        return self.value(_Thunk(body, inner)) if body else None

    def _if(self, node: Node, scope: _Scope) -> _Value:
        condition = field(node, "condition")
        takes_first = self._ask(_Thunk(condition, scope) if condition else None)
        arm = field(node, "consequence" if takes_first else "alternative")
        return self.value(_Thunk(arm, scope)) if arm else None

    def _ask(self, condition: _Thunk | None) -> bool:
        """Return whether a condition is true; the choice decides unknown ones."""
        value = self.value(condition)
        if isinstance(value, bool):
            return value
        self.has_choices = True
        return not self._choice

    def _select(self, node: Node, scope: _Scope) -> _Value:
        expression = field(node, "expression")
        value = self.value(_Thunk(expression, scope)) if expression else None
        for name in self.attribute_names(field(node, "attrpath"), scope):
            if not isinstance(value, dict) or name not in value:
                default = field(node, "default")
                return self.value(_Thunk(default, scope)) if default else None
            value = self.value(value[name])
        return value

    def _binary(self, node: Node, scope: _Scope) -> _Value:
        operator = self._tree.text(field(node, "operator"))
        if operator in ("==", "!="):
            return self._compare(node, scope, is_equal=operator == "==")
        combine = {"+": self._add_texts, "++": self._add_lists, "//": self._merge_sets}.get(
            operator
        )
        if combine is None:
            return None
        sides = self._operands(node, operator)
        return combine([self.value(_Thunk(side, scope)) for side in sides], sides)

    def _compare(self, node: Node, scope: _Scope, *, is_equal: bool) -> _Value:
        sides = [field(node, "left"), field(node, "right")]
        values = [self.value(_Thunk(side, scope)) if side else None for side in sides]
        if None in values or any(isinstance(value, (list, dict)) for value in values):
            return None
        left, right = (value.text if isinstance(value, HostedText) else value for value in values)
        return (left == right) == is_equal

    def _add_texts(self, values: list[_Value], sides: list[Node]) -> _Value:
        if not any(isinstance(value, HostedText) for value in values):
            return None
        return join_limited(
            value if isinstance(value, HostedText) else hole(self._tree.start(side))
            for value, side in zip(values, sides, strict=True)
        )

    def _add_lists(self, values: list[_Value], _sides: list[Node]) -> _Value:
        lists = [value if isinstance(value, list) else [None] for value in values]
        return [item for items in lists for item in items]

    def _merge_sets(self, values: list[_Value], _sides: list[Node]) -> _Value:
        merged: dict[str, _Thunk] = {}
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

    def _function(self, node: Node, scope: _Scope) -> _Value:
        name, body = field(node, "universal"), field(node, "body")
        if name is None or body is None or field(node, "formals"):
            return None
        return _Lambda(self._tree.text(name), body, scope)

    def _apply(self, node: Node, scope: _Scope) -> _Value:
        name, nodes = application(self._tree, node)
        arguments = [_Thunk(argument, scope) for argument in nodes]
        if name in _MODIFIERS:
            return self.value(arguments[-1])
        if (known := self._functions.get(name)) and len(arguments) == known[0]:
            found: _Value = known[1](self, *arguments)
            return found
        function = field(node, "function")
        value = self.value(_Thunk(function, scope)) if function else None
        return self._enter(value, arguments[-1])

    def _enter(self, function: _Value, argument: _Thunk | _KnownValue) -> _Value:
        """Return the value of a function for an argument."""
        if not isinstance(function, _Lambda):
            return None
        inner = _Scope({function.name: argument}, function.scope)
        return self.value(_Thunk(function.body, inner))

    # --- functions of nixpkgs

    def _concat(self, separator: HostedText, items: _Value, start: int) -> _Value:
        return put_together(texts_of_nix(items, start), separator.text, start)

    def _concat_separated(self, separator: _Thunk, items: _Thunk) -> _Value:
        return self._concat(self.text(separator), self.value(items), self._tree.start(items.node))

    def _concat_plain(self, items: _Thunk) -> _Value:
        return self._concat(HostedText.of(""), self.value(items), self._tree.start(items.node))

    def _concat_lines(self, items: _Thunk) -> _Value:
        start = self._tree.start(items.node)
        texts = texts_of_nix(self.value(items), start)
        return join(
            [
                part
                for text in texts
                for part in (text, HostedText.at("\n", text.offsets[-1], text.offsets[-1]))
            ],
            start,
        )

    def _map(self, function: _Thunk, items: _Thunk) -> _Value:
        values, mapped = self.value(items), self.value(function)
        if not isinstance(values, list) or not isinstance(mapped, _Lambda):
            return None
        return [self._enter(mapped, _KnownValue(value)) for value in values]

    def _pairs(self, attributes: _Thunk) -> list[tuple[HostedText, _Thunk]] | None:
        """Return the names and values of a set, in the order of the names; None if not known."""
        found = self.value(attributes)
        if not isinstance(found, dict):
            return None
        return [(self._place(name, found[name]), found[name]) for name in sorted(found)]

    def _place(self, name: str, value: _Thunk) -> HostedText:
        """Return a name of a set where it is written."""
        binding = value.node.parent
        start = self._tree.start(binding or value.node)
        written = self._tree.text(binding)
        opening = written.startswith('"')
        if not written.startswith(name, opening):
            return HostedText.at(name, start, start)
        return HostedText.of(name, start + opening)

    def _map_attributes(self, function: _Thunk, attributes: _Thunk) -> _Value:
        mapped, pairs = self.value(function), self._pairs(attributes)
        if pairs is None:
            return None
        return [self._enter(self._enter(mapped, _KnownValue(name)), value) for name, value in pairs]

    def _attribute_list(self, attributes: _Thunk) -> _Value:
        return [name for name, _ in self._pairs(attributes) or ()]

    def _key_values(self, _options: _Thunk, attributes: _Thunk) -> _Value:
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

    def _concat_mapped(self, separator: _Thunk, function: _Thunk, items: _Thunk) -> _Value:
        return self._concat(
            self.text(separator), self._map(function, items), self._tree.start(items.node)
        )

    def _concat_mapped_plain(self, function: _Thunk, items: _Thunk) -> _Value:
        mapped = self._map(function, items)
        return self._concat(HostedText.of(""), mapped, self._tree.start(items.node))

    def _optional_string(self, condition: _Thunk, text: _Thunk) -> _Value:
        return self.text(text)[: None if self._ask(condition) else 0]

    def _optional(self, condition: _Thunk, item: _Thunk) -> _Value:
        return [self.value(item)] if self._ask(condition) else []

    def _optionals(self, condition: _Thunk, items: _Thunk) -> _Value:
        return self.value(items) if self._ask(condition) else []

    def _write_text(self, _name: _Thunk, text: _Thunk) -> _Value:
        return _StoreFile(self.text(text))

    def _to_string(self, value: _Thunk) -> _Value:
        found = self.value(value)
        if not isinstance(found, bool):
            return found
        start = self._tree.start(value.node)
        return HostedText.at("1" if found else "", start, start)

    def _bool_to_string(self, value: _Thunk) -> _Value:
        found = self.value(value)
        start = self._tree.start(value.node)
        return HostedText.at(str(found).lower(), start, start) if isinstance(found, bool) else None

    _functions: ClassVar[Mapping[str, tuple[int, Callable[..., _Value]]]] = {
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
    _evaluators: ClassVar[Mapping[str, Callable[..., _Value]]] = {
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


def texts_of_nix(items: _Value, start: int) -> list[HostedText]:
    """Return the items of a list as text."""
    if not isinstance(items, list):
        return [hole(start)]
    return [item if isinstance(item, HostedText) else hole(start) for item in items]


# --- strings


def _unescape(raw: str, start: int) -> HostedText:
    """Return the value of an escape in a quoted string; an unknown one stands for itself."""
    if raw[1:2] in _NAMES:
        return HostedText.at(_NAMES[raw[1]], start, start + len(raw))
    return HostedText.at(raw[1:], start, start + len(raw))


def _unescape_indented(raw: str, end: int) -> HostedText:
    """Return the value of an escape between pairs of single quotes; `end` is its end."""
    start = end - len(raw)
    if raw == "'''":
        return HostedText.of("''", start)
    if raw.startswith("''\\"):
        return HostedText.at(_NAMES.get(raw[3:], raw[3:]), start, end)
    return HostedText.of("", end)  # of a dollar, which follows as text


def strip_indentation(parts: Sequence[tuple[HostedText, bool]], start: int) -> HostedText:
    """Return the parts of an indented string without the indentation of its lines.

    The second value of a part says whether it is text as it is written, whose blanks at the
    beginning of a line may be indentation.
    """
    parts = _without_first_line(parts)
    margin = _margin(parts)
    found: list[HostedText] = []
    at_start, dropped = True, 0
    for text, is_plain in parts:
        if not is_plain:  # a line break that is escaped begins a line here, too
            found.append(text)
            at_start, dropped = text.text == "\n", 0
            continue
        last = 0
        for index, character in enumerate(text.text):
            if character == "\n":
                at_start, dropped = True, 0
            elif not at_start:
                continue
            elif character == " " and dropped < margin:
                found.append(text[last:index])
                last = index + 1
                dropped += 1
            elif character != " ":
                at_start = False
        found.append(text[last:])
    if parts and parts[-1][1] and (last_line := re.search(r"\n *\Z", parts[-1][0].text)):
        blanks = last_line.end() - last_line.start() - 1 - dropped
        whole = join(found, start)
        return whole[: len(whole) - blanks]
    return join(found, start)


def _without_first_line(
    parts: Sequence[tuple[HostedText, bool]],
) -> Sequence[tuple[HostedText, bool]]:
    if parts and parts[0][1] and (blank := re.match(r" *\n", parts[0][0].text)):
        return [(parts[0][0][blank.end() :], True), *parts[1:]]
    return parts


_NO_MARGIN = 1 << 30  # of a string that is blank: all blanks go


def _margin(parts: Sequence[tuple[HostedText, bool]]) -> int:
    margin: int | None = None
    at_start, indent = True, 0
    for text, is_plain in parts:
        for character in text.text if is_plain else "x":
            if character == "\n":
                at_start, indent = True, 0
            elif at_start and character == " ":
                indent += 1
            elif at_start:
                at_start = False
                margin = indent if margin is None else min(margin, indent)
    return _NO_MARGIN if margin is None else margin
