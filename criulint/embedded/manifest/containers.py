# SPDX-License-Identifier: MIT
"""What containers run: Kubernetes and its relatives, Compose.

Sources: kubernetes.io (define a command and arguments for a container: ``$(NAME)``), the Compose
specification (``command``, interpolation).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded.dockerfile.expand import expand
from criulint.embedded.manifest.load import (
    is_mapping,
    is_scalar,
    is_sequence,
    items,
    mapping_values,
    walk_nodes,
)
from criulint.embedded.manifest.shells import environment, runs_shell_code
from criulint.embedded.model import HostedText, join
from criulint.embedded.steps import Steps, substitute
from criulint.embedded.words import split_quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from yaml import Node

    from criulint.embedded.manifest.load import YamlDocument

_REFERENCE = re.compile(r"\$(?:\$|\(([A-Za-z_][\w.-]*)\))")
_DOLLARS = re.compile(r"\$\$")


def find_containers(document: YamlDocument, taken: set[int]) -> Iterator[Steps]:
    """Yield what each container of the file runs; the initial containers of a pod run in order."""
    services = mapping_values(mapping_values(document.root).get("services"))
    compose = {id(service) for service in services.values()}
    for node in walk_nodes(document.root):
        if not is_mapping(node) or id(node) in taken:
            continue
        mapping = mapping_values(node)
        if id(node) in compose:
            steps = Steps()
            _call_service(document, mapping, steps)
            yield steps
        elif is_sequence(mapping.get("initContainers")):
            yield _call_all(document, mapping["initContainers"], taken)
        elif is_sequence(mapping.get("command")) or is_sequence(mapping.get("args")):
            steps = Steps()
            call_container(document, mapping, steps)
            yield steps


def _call_all(document: YamlDocument, containers: Node, taken: set[int]) -> Steps:
    steps = Steps()
    for container in items(containers):
        taken.add(id(container))
        call_container(document, mapping_values(container), steps)
    return steps


def call_container(document: YamlDocument, container: Mapping[str, Node], steps: Steps) -> None:
    """Add what a container runs."""
    variables = environment(document, container.get("env"))
    keys = ("entrypoint", "command", "args")
    words = [word for key in keys for word in document.texts(container.get(key))]
    words = [_replace_references(document.hide(word), variables) for word in words]
    if runs_shell_code(words):
        steps.call(words, variables)


def _replace_references(word: HostedText, variables: dict[str, HostedText]) -> HostedText:
    """Return a word with Kubernetes's ``$(NAME)`` replaced, where there is such a variable."""

    def replace(match: re.Match[str]) -> HostedText | str | None:
        if match[1]:
            return variables.get(match[1])
        return "$" if match[0] == "$$" else None

    return substitute(word, _REFERENCE, replace)


def _call_service(document: YamlDocument, service: Mapping[str, Node], steps: Steps) -> None:
    """Add what a service of Compose runs; a text is split into words, but no shell runs it."""
    words: list[HostedText] = []
    for key in ("entrypoint", "command"):
        node = service.get(key)
        texts = [_interpolate(text) for text in document.texts(node)]
        if is_scalar(node):
            texts = [word for text in texts for word in split_quoted(text)]
        words += texts
    if runs_shell_code(words):
        steps.call(words, environment(document, service.get("environment")))


def _interpolate(text: HostedText) -> HostedText:
    """Return a text of Compose with its variables replaced by their defaults."""
    parts = []
    begin = 0
    for match in _DOLLARS.finditer(text.text):
        parts += [expand(text[begin : match.start()], {}, "", quotes=False)]
        parts.append(text[match.start() + 1 : match.end()])
        begin = match.end()
    parts.append(expand(text[begin:], {}, "", quotes=False))
    return join(parts)
