# SPDX-License-Identifier: MIT
"""Nix: files of NixOS and Home Manager modules, and shell code of packages and services.

Sources: the NixOS manual (``environment.etc``), and nixpkgs' trivial builders.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from criulint.criu.paths import is_destination
from criulint.embedded import shell
from criulint.embedded.languages.nix_values import (
    MAX_DEPTH,
    MAX_STEPS,
    MODIFIERS,
    NixEvaluation,
    NixScope,
    NixValue,
    StoreFile,
    Thunk,
    application,
)
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

_SHELL_WRITERS = frozenset(("writeShellScript", "writeShellScriptBin", "writeBash", "writeBashBin"))
_SHELL_RUNNERS = frozenset(("runCommand", "runCommandLocal", "runCommandCC", "runCommandNoCC"))
# Attributes whose text bash runs.
_SHELL_ATTRIBUTES = re.compile(
    r"(?:pre|post)[A-Z]\w*|\w+Phase|script|shellHook|buildCommand|fakeRootCommands|extraCommands"
    r"|runAsRoot|extraActivation|postBootCommands"
)


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
    walk.visit(tree.root, NixScope(), ())
    return walk.found


class _Walk:
    """A walk through all of an expression, with the attributes that lead to each part."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.found = FollowedHost([], [])
        self._depth = 0
        self._steps = 0

    def visit(self, node: Node | None, scope: NixScope, path: tuple[str, ...]) -> None:
        """Visit an expression that is the value of the attributes `path`."""
        self._steps += 1
        if node is None or self._depth > MAX_DEPTH or self._steps > MAX_STEPS:
            return
        self._depth += 1
        visit = self._visitors.get(node.type, _Walk._visit_children)
        visit(self, node, scope, path)
        self._depth -= 1

    def _visit_children(self, node: Node, scope: NixScope, _path: tuple[str, ...]) -> None:
        for child in children(node):
            self.visit(child, scope, ())

    def _visit_transparent(self, node: Node, scope: NixScope, path: tuple[str, ...]) -> None:
        """Visit an expression whose value is that of a part."""
        for child in children(node):
            self.visit(child, scope, path)

    def _visit_function(self, node: Node, scope: NixScope, path: tuple[str, ...]) -> None:
        self.visit(field(node, "body"), self._parameters(node, scope), path)

    def _parameters(self, node: Node, scope: NixScope) -> NixScope:
        """Return the scope in a function: its parameters have their defaults, or are unknown."""
        names: dict[str, Thunk] = {}
        inner = NixScope(names, scope)
        formals = field(node, "formals")
        for formal in children(formals, "formal") if formals else ():
            default = field(formal, "default")
            names[self.tree.text(field(formal, "name"))] = Thunk(default or formal, inner)
        if universal := field(node, "universal"):
            names[self.tree.text(universal)] = Thunk(node.children[0], inner)
        return inner

    def _visit_let(self, node: Node, scope: NixScope, path: tuple[str, ...]) -> None:
        inner = NixScope(self._bindings(node, scope), scope)
        for listed in children(node, "binding_set"):
            self._visit_bindings(listed, inner, ())
        self.visit(field(node, "body"), inner, path)

    def _visit_attributes(self, node: Node, scope: NixScope, path: tuple[str, ...]) -> None:
        if node.type == "rec_attrset_expression":
            scope = NixScope(self._bindings(node, scope), scope)
        for listed in children(node, "binding_set"):
            self._visit_bindings(listed, scope, path)

    def _visit_bindings(self, node: Node, scope: NixScope, path: tuple[str, ...]) -> None:
        """Visit the attributes of a set, and those that it inherits."""
        for binding in children(node, "binding"):
            names = (*path, *self._attribute_names(field(binding, "attrpath"), scope))
            expression = field(binding, "expression")
            if expression:
                self._visit_binding(binding, names, Thunk(expression, scope))
                self.visit(expression, scope, names)
        for inherited in children(node, "inherit"):
            for name in (name for listed in children(inherited) for name in children(listed)):
                value = scope.find(self.tree.text(name))
                if isinstance(value, Thunk):
                    self._visit_binding(inherited, (*path, self.tree.text(name)), value)

    def _visit_application(self, node: Node, scope: NixScope, path: tuple[str, ...]) -> None:
        """Visit the arguments of a call; modifiers keep the attributes that lead to a value."""
        name, arguments = self._application(node)
        if name in MODIFIERS or name == "mkMerge":
            for argument in arguments[:-1]:
                self.visit(argument, scope, ())
            last = arguments[-1]
            if last.type == "list_expression":
                for element in children(last):
                    self.visit(element, scope, path)
            else:
                self.visit(last, scope, path)
            return
        self._call(node, name, [Thunk(argument, scope) for argument in arguments])
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

    def _visit_binding(self, binding: Node, path: tuple[str, ...], value: Thunk) -> None:
        """Note what an attribute writes, by its path: ``environment.etc."criu/x.conf".text``."""
        name = path[-1] if path else ""
        file = next((part for part in path if is_destination(part)), None)
        start = self.tree.start(binding)
        if file and (name in ("text", "content", "contents", "source") or name == file):
            for content in self._variants(value):
                if isinstance(content, StoreFile):
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

    def _call(self, node: Node, name: str, arguments: Sequence[Thunk]) -> None:
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

    def _write_text(self, path: Thunk, content: Thunk, start: int) -> None:
        """Note a file if its path is one of CRIU's."""
        text = self._text(path)
        if text and is_destination(text.text):
            self._write_variants(text.text, content, start)

    def _write_variants(self, path: str, value: Thunk, start: int) -> None:
        for content in self._variants(value):
            if isinstance(content, HostedText):
                self._write(path, content, start)

    def _write(self, path: str, content: HostedText, start: int) -> None:
        self.found.files.append(WrittenFile(path, content, start))

    def _follow_shell(self, value: Thunk) -> None:
        for text in self._variants(value):
            if isinstance(text, HostedText) and "criu" in text.text:
                followed = shell.follow_script(Script(text, "bash"))
                self.found.files.extend(followed.files)
                self.found.problems.extend(followed.problems)

    def _follow_python(self, value: Thunk) -> None:
        from criulint.embedded.languages import python

        for text in self._variants(value):
            if isinstance(text, HostedText) and "criu" in text.text:
                followed = python.follow_text(text)
                self.found.files.extend(followed.files)
                self.found.problems.extend(followed.problems)

    # --- values

    def _variants(self, value: Thunk) -> Iterator[NixValue]:
        """Yield the value with the first, then with the second choice of each condition."""
        evaluation = NixEvaluation(self.tree, 0)
        yield evaluation.value(value)
        if evaluation.has_choices:
            yield NixEvaluation(self.tree, 1).value(value)

    def value(self, thunk: Thunk) -> NixValue:
        """Return a value."""
        return NixEvaluation(self.tree, 0).value(thunk)

    def _text(self, thunk: Thunk) -> HostedText | None:
        value = self.value(thunk)
        return value if isinstance(value, HostedText) else None

    def _attributes(self, thunk: Thunk) -> dict[str, Thunk]:
        value = self.value(thunk)
        return value if isinstance(value, dict) else {}

    def _bindings(self, node: Node, scope: NixScope) -> dict[str, Thunk]:
        return NixEvaluation(self.tree, 0).bindings(node, scope, is_recursive=True)

    def _attribute_names(self, node: Node | None, scope: NixScope) -> list[str]:
        return NixEvaluation(self.tree, 0).attribute_names(node, scope)

    def _application(self, node: Node) -> tuple[str, list[Node]]:
        return application(self.tree, node)


def _full_path(path: Sequence[str], file: str) -> str:
    """Return the path of a file that attributes name: those of ``environment.etc`` are in /etc."""
    index = path.index(file)
    return f"/etc/{file}" if index and path[index - 1] == "etc" else file
