# SPDX-License-Identifier: MIT
"""Shells, variables and directories as manifests name them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from criulint.embedded.manifest.load import is_mapping, items, mapping_values
from criulint.embedded.steps import FOLLOWED_SHELLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from yaml import Node

    from criulint.embedded.manifest.load import YamlDocument
    from criulint.embedded.model import HostedText


def shell_words(text: str) -> list[str] | None:
    """Return the shell that a command line runs code with (``bash -e {0}``); None if none."""
    words = [word for word in text.split() if word != "{0}"]
    for number, word in enumerate(words):
        if os.path.basename(word) in FOLLOWED_SHELLS:
            return [word, *_options(words[number + 1 :])]
    return None


def _options(words: Sequence[str]) -> Iterator[str]:
    """Yield the options of a shell, `pipefail` of ``-eo pipefail`` among them."""
    takes_name = False
    for word in words:
        is_option = word.startswith(("-", "+"))
        if is_option or takes_name:
            yield word
        takes_name = is_option and word[1:2] != "-" and word.endswith(("o", "O"))


def runs_shell_code(words: Sequence[HostedText]) -> bool:
    """Return whether one of the words is a shell."""
    return any(os.path.basename(word.text) in FOLLOWED_SHELLS for word in words)


def environment(document: YamlDocument, node: Node | None) -> dict[str, HostedText]:
    """Return variables, written as a mapping, as ``NAME=value`` or as names and values."""
    found: dict[str, HostedText] = {}
    if is_mapping(node):
        pairs = mapping_values(node).items()
        found = {name: text for name, value in pairs if (text := document.text(value)) is not None}
    for item in items(node):
        if is_mapping(item):
            entry = mapping_values(item)
            name, value = document.text(entry.get("name")), document.text(entry.get("value"))
            if name is not None and value is not None:
                found[name.text] = value
        elif text := document.text(item):
            key, separator, _ = text.text.partition("=")
            if separator:
                found[key] = text[len(key) + 1 :]
    return {name: document.hide(value) for name, value in found.items()}


def join_environments(
    document: YamlDocument, nodes: Iterable[Node | None]
) -> dict[str, HostedText]:
    """Return the variables of all nodes; the later ones win."""
    return {name: value for node in nodes for name, value in environment(document, node).items()}
