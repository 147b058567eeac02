# SPDX-License-Identifier: MIT
"""A configuration as a JSON or YAML object, with the line and column of each option and value.

A configuration is flat: names, each with a value or a list of values. Deeper nesting is never
valid, so it is not expanded, which keeps deep nesting and YAML's aliases cheap: a nested list
becomes `[]`, a nested object `{}`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import lark

from criulint.text import shorten

if TYPE_CHECKING:
    import yaml

Position = tuple[int, int]

#: How many digits a number may have; CRIU's numbers have 20 at most.
_MAX_DIGITS = 1000
# Characters of the text that a message quotes.
_MAX_QUOTED = 43


class YamlMissingError(Exception):
    """PyYAML, which reads YAML, is not installed."""


@dataclass(frozen=True, order=True)
class DocumentProblem:
    """Something wrong at a 1-based line and column (in code points)."""

    line: int
    column: int
    message: str


class _UnreadableError(Exception):
    """Text that is not such an object; the problem says why."""

    def __init__(self, place: Position, message: str) -> None:
        self.problem = DocumentProblem(*place, message)


@dataclass
class ConfigData:
    """A configuration as plain data, and where its parts stand.

    `keys` holds the place of each name; `values` that of each value, by `(name, None)`, and of
    each value of a list, by `(name, index)`. `problems` are the reasons why the text is not such
    an object.
    """

    instance: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, Position] = field(default_factory=dict)
    values: dict[tuple[str, int | None], Position] = field(default_factory=dict)
    problems: list[DocumentProblem] = field(default_factory=list)


@dataclass
class _Value:
    """A value and its place: a scalar (`data`), a list (`items`) or an object (`members`)."""

    place: Position
    data: Any = None
    items: list[_Value] | None = None
    members: list[tuple[_Value, _Value]] | None = None

    @property
    def flat(self) -> Any:
        """The value, empty if it is a list or an object."""
        if self.items is not None:
            return []
        return {} if self.members is not None else self.data


def read_config_data(data: bytes, kind: str) -> ConfigData:
    """Read a document of a kind, `json` or `yaml`.

    Raises YamlMissingError for YAML if PyYAML is not installed; never for what the data holds.
    """
    try:
        text = data.decode("utf-8-sig")
        return _document(_read_json(text) if kind == "json" else _read_yaml(text))
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()  # without the byte order mark
        return ConfigData(problems=[DocumentProblem(*_end(before), "not UTF-8")])
    except _UnreadableError as error:
        return ConfigData(problems=[error.problem])


def _document(root: _Value) -> ConfigData:
    document = ConfigData()
    if root.members is None:
        raise _UnreadableError(
            root.place, "a configuration must be an object of options and their values"
        )
    for key, value in root.members:
        name = key.data
        if not isinstance(name, str):
            document.problems.append(
                DocumentProblem(*key.place, "an option's name must be a string")
            )
        elif name in document.keys:
            line = document.keys[name][0]
            message = (
                f"duplicate key {shorten(json.dumps(name), _MAX_QUOTED)}, first on line {line};"
                " to repeat an option, use a list"
            )
            document.problems.append(DocumentProblem(*key.place, message))
        else:
            document.keys[name] = key.place
            document.values[name, None] = value.place
            document.instance[name] = value.flat
            if value.items is not None:
                document.instance[name] = [item.flat for item in value.items]
                document.values |= {
                    (name, index): item.place for index, item in enumerate(value.items)
                }
    return document


def _end(text: str) -> Position:
    """Return the place right after a text."""
    return text.count("\n") + 1, len(text) - text.rfind("\n")


@lark.v_args(inline=True)
class _Build(lark.Transformer[lark.Token, _Value]):
    """Builds values during parsing, so that no nesting is too deep."""

    def start(self, value: _Value) -> _Value:
        return value

    def object(self, bracket: lark.Token, *members: Any) -> _Value:
        return _Value(_place(bracket), members=[member for member in members if member])

    def array(self, bracket: lark.Token, *items: Any) -> _Value:
        return _Value(_place(bracket), items=[item for item in items if item])

    def member(self, key: _Value, value: _Value) -> tuple[_Value, _Value]:
        return key, value

    def string(self, token: lark.Token) -> _Value:
        return _Value(_place(token), json.loads(token))

    def scalar(self, token: lark.Token) -> _Value:
        if token.type == "NUMBER" and len(token) > _MAX_DIGITS:
            raise _UnreadableError(
                _place(token), f"a number has {len(token)} digits, more than {_MAX_DIGITS}"
            )
        return _Value(_place(token), json.loads(token))


def _place(token: lark.Token) -> Position:
    assert token.line is not None and token.column is not None
    return token.line, token.column


@cache
def _json_parser() -> lark.Lark:
    return lark.Lark.open(
        "json.lark", rel_to=__file__, parser="lalr", lexer="basic", transformer=_Build()
    )


def _read_json(text: str) -> _Value:
    try:
        value: Any = _json_parser().parse(text)
    except lark.UnexpectedCharacters as error:
        raise _UnreadableError(
            (error.line, error.column), f"not JSON: unexpected {error.char!a}"
        ) from error
    except lark.UnexpectedToken as error:
        if error.token.type == "$END":
            raise _UnreadableError(_end(text.rstrip()), "not JSON: it ends too early") from error
        raise _UnreadableError(
            _place(error.token),
            f"not JSON: unexpected {shorten(json.dumps(error.token)[1:-1], _MAX_QUOTED)}",
        ) from error
    assert isinstance(value, _Value)
    return value


def _read_yaml(text: str) -> _Value:
    try:
        import yaml
    except ImportError as error:
        raise YamlMissingError from error
    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        raise _UnreadableError(_end(text[: error.position]), f"not YAML: {error.reason}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        assert mark is not None
        place = (mark.line + 1, mark.column + 1)
        reason = " ".join(filter(None, (error.context, error.problem)))
        raise _UnreadableError(place, f"not YAML: {reason}") from error
    except RecursionError as error:
        raise _UnreadableError((1, 1), "nested too deeply") from error
    if root is None:
        raise _UnreadableError(
            (1, 1), "a configuration must be an object of options and their values"
        )
    return _yaml_value(root, depth=2)


def _yaml_value(node: yaml.Node, depth: int) -> _Value:
    """Return a node's value, expanded `depth` levels deep."""
    import yaml

    place = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.SequenceNode):
        return _Value(
            place, items=[_yaml_value(item, depth - 1) for item in node.value] if depth else []
        )
    if isinstance(node, yaml.MappingNode):
        pairs = node.value if depth == 2 else []
        return _Value(
            place, members=[(_yaml_value(key, 0), _yaml_value(value, 1)) for key, value in pairs]
        )
    assert isinstance(node, yaml.ScalarNode)
    return _Value(place, _yaml_scalar(node, place))


def _yaml_scalar(node: yaml.ScalarNode, place: Position) -> Any:
    """Return a scalar as JSON has it; dates and other types that JSON lacks stay text."""
    from yaml.constructor import SafeConstructor

    text: str = node.value
    if node.tag == "tag:yaml.org,2002:null":
        return None
    convert = {
        "tag:yaml.org,2002:bool": SafeConstructor.construct_yaml_bool,
        "tag:yaml.org,2002:int": SafeConstructor.construct_yaml_int,
        "tag:yaml.org,2002:float": SafeConstructor.construct_yaml_float,
    }.get(node.tag)
    if convert is None:
        return text
    if len(text) > _MAX_DIGITS:
        raise _UnreadableError(place, f"a number has {len(text)} digits, more than {_MAX_DIGITS}")
    try:
        return convert(SafeConstructor(), node)
    except (ValueError, KeyError, IndexError) as error:
        kind = node.tag.rpartition(":")[2]
        reason = f"not YAML: {shorten(json.dumps(text), _MAX_QUOTED)} is not a valid {kind}"
        raise _UnreadableError(place, reason) from error
