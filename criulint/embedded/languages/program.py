# SPDX-License-Identifier: MIT
"""A program, reduced to the parts that matter for the files that it writes.

The modules of the languages turn their syntax trees into this form, and `run` runs it. Code that
has no form here is None, an expression with an unknown value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from criulint.embedded.model import HostedText


class Literal(NamedTuple):
    """A string, or the digits of a number."""

    text: HostedText
    is_number: bool = False


class Truth(NamedTuple):
    """A constant that is true or false; null, such as ``None``, is false."""

    is_true: bool


class Not(NamedTuple):
    """The negation of a condition."""

    value: Expression


class Equal(NamedTuple):
    """Whether two values are equal."""

    left: Expression
    right: Expression


class Name(NamedTuple):
    """A variable, used at the offset `start`."""

    name: str
    start: int


class Member(NamedTuple):
    """An attribute, a field or a method of a value."""

    of: Expression
    name: str
    start: int


class Call(NamedTuple):
    """A call; `named` are the arguments that have names."""

    function: Expression
    arguments: Sequence[Expression]
    named: Mapping[str, Expression]
    start: int


class Concatenation(NamedTuple):
    """Texts or lists, concatenated; `is_sum` says that numbers would be added up."""

    parts: Sequence[Expression]
    start: int
    is_sum: bool = False


class PathJoin(NamedTuple):
    """Parts of a path (Python's ``/``)."""

    parts: Sequence[Expression]
    start: int


class PercentFormat(NamedTuple):
    """A template of ``%`` conversions and its values."""

    template: Expression
    values: Expression
    start: int


class Items(NamedTuple):
    """A list of values."""

    items: Sequence[Expression]
    start: int


class Entries(NamedTuple):
    """A map, or the fields of a structure; if it `is_whole`, missing fields are null."""

    entries: Sequence[tuple[Expression, Expression]]
    start: int
    is_whole: bool = False


class Choice(NamedTuple):
    """One of several values: the first if the condition is known to be true.

    `is_default` says that the last one replaces an unknown first one; `mentions` are the names in
    the condition.
    """

    options: Sequence[Expression]
    start: int
    is_default: bool = False
    condition: Expression = None
    mentions: frozenset[str] = frozenset()


class Index(NamedTuple):
    """An entry of a map, or an item of a list."""

    of: Expression
    key: Expression
    start: int


class Each(NamedTuple):
    """The values of an expression for each item of a list (a comprehension).

    Only items for which the `condition` is true count.
    """

    names: Sequence[str]
    over: Expression
    item: Expression
    start: int
    condition: Expression = Truth(is_true=True)


class Spread(NamedTuple):
    """The items of a list as arguments of a call."""

    of: Expression


class Contains(NamedTuple):
    """Whether a list, a map or a text contains a value."""

    of: Expression
    value: Expression


class Places(NamedTuple):
    """The numbers that a loop counts to go through a list: 0, 1, ...

    `ends_at_null` says that the list ends before the first null, as in C.
    """

    of: Expression
    start: int
    ends_at_null: bool = False


class BeforeNull(NamedTuple):
    """The items of a list before the first null."""

    of: Expression


class Function(NamedTuple):
    """A function. `start` is the offset of its body, `defaults` are values of its parameters.

    An inner function sees the variables of the function that calls it. `receiver` is the name of
    the object in a method, `rest` that of the list of all further arguments; `keywords` are
    keyword-only parameters.
    """

    name: str
    parameters: Sequence[str]
    body: Sequence[Statement]
    start: int
    defaults: Mapping[str, Expression] = {}
    is_inner: bool = False
    receiver: str = ""
    rest: str = ""
    keywords: Sequence[str] = ()


Expression = (
    Literal
    | Truth
    | Not
    | Equal
    | Name
    | Member
    | Call
    | Concatenation
    | PathJoin
    | PercentFormat
    | Items
    | Entries
    | Choice
    | Index
    | Each
    | Spread
    | Contains
    | Places
    | BeforeNull
    | Function
    | None
)


class Assign(NamedTuple):
    """An assignment to one name, or to several that unpack a list; `adds` is ``+=``."""

    names: Sequence[str]
    value: Expression
    adds: bool = False


class Evaluate(NamedTuple):
    """An expression whose value is not used."""

    value: Expression


class Branch(NamedTuple):
    """Alternatives, one of which is run: the first one if the condition is known to be true.

    `mentions` are the names in the condition.
    """

    arms: Sequence[Sequence[Statement]]
    condition: Expression = None
    mentions: frozenset[str] = frozenset()


class Loop(NamedTuple):
    """Statements that are run for each item of a list, or an unknown number of times."""

    names: Sequence[str]
    over: Expression
    body: Sequence[Statement]


class Leave(NamedTuple):
    """The end of a function, or of the program or a loop."""

    value: Expression = None
    is_loop: bool = False


Statement = Assign | Evaluate | Branch | Loop | Leave


class Program(NamedTuple):
    """A host in a programming language.

    `functions` are by name, methods with the class in front; `imports` are full names by the names
    that the host uses.
    """

    body: Sequence[Statement]
    functions: Mapping[str, Function]
    imports: Mapping[str, str] = {}


def walk_program(part: object) -> Iterator[object]:
    """Yield the statements and expressions in a part of a program."""
    pending = [part]
    while pending:
        part = pending.pop()
        if isinstance(part, Literal):
            yield part
            continue
        if part is None or isinstance(part, str):
            continue
        if isinstance(part, dict):
            pending.extend(part.values())
        elif isinstance(part, (tuple, list)):
            if hasattr(part, "_fields"):
                yield part
            pending.extend(part)
