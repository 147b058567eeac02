# SPDX-License-Identifier: MIT
"""Small mistakes put into the source of a module, one at a time."""

from __future__ import annotations

import ast
from collections import defaultdict
from functools import singledispatch
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
#: What types are made of, not behaviour.
_TYPING = {"cast", "TypeVar", "ParamSpec", "NewType"}
_GENERIC = {"dict", "frozenset", "list", "set", "tuple", "type", "Callable", "Literal"}


T = TypeVar("T")


class Mutant(NamedTuple):
    """A module with one mistake: its path, the 1-based line of the mistake, and the sources."""

    path: str
    line: int
    before: str
    after: str

    @property
    def change(self) -> str:
        """The lines that differ, without their indentation: ``-`` before, ``+`` after."""
        before = self.before.splitlines()[self.line - 1 :]
        after = self.after.splitlines()[self.line - 1 :]
        while before[-1:] == after[-1:] and len(before) > 1 and len(after) > 1:
            before.pop()
            after.pop()
        removed = [f"- {line.strip()}" for line in before]
        return "\n".join([*removed, *(f"+ {line.strip()}" for line in after)])


class _Change(NamedTuple):
    node: ast.expr | ast.stmt
    text: str


def make_mutants(path: str, source: str) -> dict[int, list[Mutant]]:
    """Return the mutants of a module by the line that they change."""
    data = source.encode()
    starts = [0, *accumulate(len(line) for line in data.splitlines(keepends=True))]
    found = defaultdict(list)
    for node, text in _walk(ast.parse(source)):
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        after = (data[:start] + text.encode() + data[end:]).decode()
        found[node.lineno].append(Mutant(path, node.lineno, source, after))
    return dict(found)


def _walk(node: ast.AST) -> Iterator[_Change]:
    """Yield the changes of a node and of the nodes in it that affect a program's behaviour."""
    yield from _mutate(node)
    for child in _children(node):
        yield from _walk(child)


@singledispatch
def _children(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes inside one, without decorators, annotations and text for people."""
    yield from ast.iter_child_nodes(node)


@_children.register(ast.Import)
@_children.register(ast.ImportFrom)
@_children.register(ast.Assert)
@_children.register(ast.JoinedStr)
def _no_children(node: ast.AST) -> Iterator[ast.AST]:
    yield from ()


@_children.register(ast.Expr)
def _children_of_expression(node: ast.Expr) -> Iterator[ast.AST]:
    if not isinstance(node.value, ast.Constant):
        yield node.value


@_children.register(ast.FunctionDef)
def _children_of_function(node: ast.FunctionDef) -> Iterator[ast.AST]:
    yield from node.args.defaults
    yield from filter(None, node.args.kw_defaults)
    yield from node.body


@_children.register(ast.ClassDef)
def _children_of_class(node: ast.ClassDef) -> Iterator[ast.AST]:
    yield from node.body


@_children.register(ast.Lambda)
def _children_of_lambda(node: ast.Lambda) -> Iterator[ast.AST]:
    yield node.body


@_children.register(ast.AnnAssign)
def _children_of_annotated(node: ast.AnnAssign) -> Iterator[ast.AST]:
    if node.value:
        yield node.value


@_children.register(ast.Assign)
def _children_of_assignment(node: ast.Assign) -> Iterator[ast.AST]:
    names = [name.id for name in node.targets if isinstance(name, ast.Name)]
    if not any(name.startswith("__") or _is_limit(name, node.value) for name in names):
        yield from node.targets
        yield node.value


def _is_limit(name: str, value: ast.expr) -> bool:
    """Return whether a large number is a limit of our own: one more or less is not a bug."""
    is_large = isinstance(value, ast.BinOp) or (
        isinstance(value, ast.Constant) and isinstance(value.value, int) and value.value > 99
    )
    return is_large and name.lstrip("_").startswith("MAX_")


@_children.register(ast.If)
def _children_of_condition(node: ast.If) -> Iterator[ast.AST]:
    if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        yield from node.orelse
    else:
        yield from ast.iter_child_nodes(node)


@_children.register(ast.Call)
def _children_of_call(node: ast.Call) -> Iterator[ast.AST]:
    of_types = isinstance(node.func, ast.Name) and node.func.id in _TYPING
    yield from node.args[1:] if of_types else ast.iter_child_nodes(node)


@_children.register(ast.Subscript)
def _children_of_subscript(node: ast.Subscript) -> Iterator[ast.AST]:
    if not (isinstance(node.value, ast.Name) and node.value.id in _GENERIC):
        yield from ast.iter_child_nodes(node)


@singledispatch
def _mutate(node: ast.AST) -> Iterator[_Change]:
    """Yield the changes of a node."""
    yield from ()


def _expression(node: ast.expr, changed: ast.expr) -> _Change:
    return _Change(node, f"({ast.unparse(changed)})")


@_mutate.register(ast.Compare)
def _mutate_comparison(node: ast.Compare) -> Iterator[_Change]:
    for index, operator in enumerate(node.ops):
        operators = [*node.ops[:index], _OPPOSITES[type(operator)](), *node.ops[index + 1 :]]
        yield _expression(node, ast.Compare(node.left, operators, node.comparators))


@_mutate.register(ast.BoolOp)
def _mutate_logic(node: ast.BoolOp) -> Iterator[_Change]:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield _expression(node, ast.BoolOp(other, node.values))
    for values in _without_one(node.values):
        yield _expression(node, ast.BoolOp(node.op, values) if len(values) > 1 else values[0])


@_mutate.register(ast.UnaryOp)
def _mutate_negation(node: ast.UnaryOp) -> Iterator[_Change]:
    if isinstance(node.op, ast.Not):
        yield _expression(node, node.operand)


@_mutate.register(ast.If)
@_mutate.register(ast.While)
@_mutate.register(ast.IfExp)
def _mutate_condition(node: ast.If | ast.While | ast.IfExp) -> Iterator[_Change]:
    if not (isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
        yield _expression(node.test, ast.UnaryOp(ast.Not(), node.test))


@_mutate.register(ast.comprehension)
def _mutate_comprehension(node: ast.comprehension) -> Iterator[_Change]:
    for condition in node.ifs:
        yield _expression(condition, ast.UnaryOp(ast.Not(), condition))


@_mutate.register(ast.BinOp)
def _mutate_sum(node: ast.BinOp) -> Iterator[_Change]:
    if isinstance(node.op, ast.Add | ast.Sub):
        other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        yield _expression(node, ast.BinOp(node.left, other, node.right))


@_mutate.register(ast.Constant)
def _mutate_constant(node: ast.Constant) -> Iterator[_Change]:
    value = node.value
    if isinstance(value, bool):
        yield _Change(node, repr(not value))
    elif isinstance(value, int):
        yield _Change(node, f"({value + 1})")
        yield _Change(node, f"({value - 1})")
    elif isinstance(value, str):
        if " " not in value:
            yield _Change(node, f"({value + 'X'!r})")
    elif isinstance(value, bytes) and b" " not in value:
        yield _Change(node, f"({value + b'X'!r})")


@_mutate.register(ast.Return)
def _mutate_return(node: ast.Return) -> Iterator[_Change]:
    # None is as false as False, which becomes True as a constant.
    if node.value and not (isinstance(node.value, ast.Constant) and not node.value.value):
        yield _Change(node, "return None")


@_mutate.register(ast.AugAssign)
@_mutate.register(ast.Break)
@_mutate.register(ast.Continue)
@_mutate.register(ast.Raise)
def _mutate_statement(node: ast.stmt) -> Iterator[_Change]:
    yield _Change(node, "pass")


@_mutate.register(ast.Expr)
def _mutate_call(node: ast.Expr) -> Iterator[_Change]:
    if not isinstance(node.value, ast.Constant):
        yield _Change(node, "pass")


@_mutate.register(ast.Assign)
def _mutate_assignment(node: ast.Assign) -> Iterator[_Change]:
    if all(isinstance(target, ast.Attribute | ast.Subscript) for target in node.targets):
        yield _Change(node, "pass")


@_mutate.register(ast.List)
@_mutate.register(ast.Set)
@_mutate.register(ast.Tuple)
def _mutate_elements(node: ast.List | ast.Set | ast.Tuple) -> Iterator[_Change]:
    if isinstance(node, ast.Set) or isinstance(node.ctx, ast.Load):
        for elements in _without_one(node.elts):
            if isinstance(node, ast.Set):
                yield _expression(node, ast.Set(elements))
            else:
                yield _expression(node, type(node)(elements, ast.Load()))


@_mutate.register(ast.Dict)
def _mutate_dict(node: ast.Dict) -> Iterator[_Change]:
    pairs = list(zip(node.keys, node.values, strict=True))
    for kept in _without_one(pairs):
        yield _expression(node, ast.Dict([key for key, _ in kept], [value for _, value in kept]))


def _without_one(values: list[T]) -> Iterator[list[T]]:
    for index in range(len(values)):
        yield [*values[:index], *values[index + 1 :]]
