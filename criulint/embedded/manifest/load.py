# SPDX-License-Identifier: MIT
"""Reading YAML and JSON into nodes, and the values of the nodes."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard

from criulint.embedded.hosts import HostError
from criulint.embedded.manifest.scalars import Scalars
from criulint.embedded.manifest.templates import hide
from criulint.embedded.model import charge_visits
from criulint.embedded.steps import Unknowns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from yaml import MappingNode, Node, ScalarNode, SequenceNode

    from criulint.embedded.model import HostedText

_MAX_DEPTH = 500
# The most brackets in one file, including those in text.
_MAX_OPEN = 5000
_BRACKET = re.compile(r"[][{}]")
_BRACKETS = {"[": 1, "{": 1, "]": -1, "}": -1}
_MAX_EVENTS = 300_000
# What a merged key costs, in visits: it is kept for each mapping.
_MERGED = 8


class YamlDocument(NamedTuple):
    """A YAML document: its root, how to read its scalars, and which parts of them are unknown."""

    root: Node
    scalars: Scalars
    unknowns: Unknowns

    def hide(self, text: HostedText) -> HostedText:
        """Return the text with an unknown part for each expression of a template."""
        return hide(text, self.unknowns)

    def text(self, node: Node | None) -> HostedText | None:
        """Return the text of a node; None if it is not a scalar, or nothing."""
        if not is_scalar(node) or node.tag == "tag:yaml.org,2002:null":
            return None
        return self.scalars.read(node)

    def texts(self, node: Node | None) -> list[HostedText]:
        """Return the text of a scalar, or those of a list, however nested."""
        charge_visits(1)
        if is_sequence(node):
            return [text for item in node.value for text in self.texts(item)]
        text = self.text(node)
        return [] if text is None else [text]

    def parts(self) -> Iterator[tuple[int, int]]:
        """Yield where each item of a list, and each key with its value, begins and ends."""
        offset = self.scalars.offset
        for node in walk_nodes(self.root):
            for item in items(node):
                yield offset(item.start_mark), offset(item.end_mark)
            for key, value in node.value if is_mapping(node) else ():
                yield offset(key.start_mark), offset(value.end_mark)


def load_yaml(text: HostedText) -> list[YamlDocument]:
    """Return the documents of a YAML text.

    yaml.YAMLError if it is not YAML, HostError if it is too large.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    _refuse_large(text.text, loader)
    scalars = Scalars(text)
    roots = yaml.compose_all(text.text, Loader=loader)
    return [YamlDocument(root, scalars, Unknowns()) for root in roots if root]


def _refuse_large(text: str, loader: Any) -> None:
    """Raise HostError for YAML that would take too much of the C stack or of memory."""
    import yaml

    # The library takes long for what it finally refuses.
    if max(accumulate(map(_BRACKETS.__getitem__, _BRACKET.findall(text))), default=0) > _MAX_OPEN:
        raise HostError("nested too deeply")
    depth = 0
    for number, event in enumerate(yaml.parse(text, Loader=loader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MAX_DEPTH:
            raise HostError("nested too deeply")
        if number > _MAX_EVENTS:
            raise HostError("too large")


def _kind(node: Node | None) -> str:
    return getattr(node, "id", "")


def is_scalar(node: Node | None) -> TypeGuard[ScalarNode]:
    """Return whether a node is a text, a number or the like."""
    return _kind(node) == "scalar"


def is_sequence(node: Node | None) -> TypeGuard[SequenceNode]:
    """Return whether a node is a list."""
    return _kind(node) == "sequence"


def is_mapping(node: Node | None) -> TypeGuard[MappingNode]:
    """Return whether a node is a mapping."""
    return _kind(node) == "mapping"


def items(node: Node | None) -> list[Node]:
    """Return the items of a list; there are none in another node."""
    return node.value if is_sequence(node) else []


def mapping_values(node: Node | None) -> Mapping[str, Node]:
    """Return the values of a mapping by their keys, with those that it merges (``<<``)."""
    if not is_mapping(node):
        return {}
    found: dict[str, Node] | None = vars(node).get("criulint_values")
    if found is None:
        # Aliases ask for the same mapping over and over, and one may merge itself.
        vars(node)["criulint_values"] = found = {}
        found.update(_merge(node))
    return found


def _merge(node: MappingNode) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for key, value in node.value:
        if is_scalar(key) and key.value == "<<" and key.tag.endswith(":merge"):
            for merged in items(value) or [value]:
                more = mapping_values(merged)
                charge_visits(1 + _MERGED * len(more))
                for name, inherited in more.items():
                    found.setdefault(name, inherited)
    found.update((key.value, value) for key, value in node.value if is_scalar(key))
    found.pop("<<", None)
    return found


def walk_nodes(root: Node) -> Iterator[Node]:
    """Yield a node and all below it, each once."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if is_mapping(node):
            waiting += [part for pair in reversed(node.value) for part in reversed(pair)]
        elif is_sequence(node):
            waiting += reversed(node.value)
