# SPDX-License-Identifier: MIT
"""The roles of the files that a script names to CRIU: by a variable, an option, an annotation."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from criulint.criu.paths import CONFIG_ANNOTATION, CONFIG_VARIABLE
from criulint.embedded.model import HostedText

if TYPE_CHECKING:
    from criulint.embedded.shell.state import Evaluation, State


# As an option, `org.criu.config=FILE`, and in JSON, which `jq` and `sed` edit:
# `"org.criu.config": "FILE"`, `.annotations["org.criu.config"] = "FILE"`.
_ANNOTATION = re.compile(
    r"(?:\A|[\s\"'])org\.criu\.config(?:=|[\"']?\]?\s*[:=]\s*[\"'])([^\s\"'\\]+)"
)


def note_words(evaluator: Evaluation, state: State, words: list[HostedText]) -> None:
    """Note the files that the words of a command name to CRIU."""
    is_criu = any(posixpath.basename(word.text) == "criu" for word in words)
    for number, word in enumerate(words):
        name, equals, value = word.text.partition("=")
        if is_criu and name == "--config" and equals:
            _note(evaluator, state, value, "cli")
        elif is_criu and name == "--config" and number + 1 < len(words):
            _note(evaluator, state, words[number + 1].text, "cli")
        elif CONFIG_ANNOTATION in word.text and (found := _ANNOTATION.search(word.text)):
            _note(evaluator, state, found[1], "rpc")
        elif name == CONFIG_VARIABLE and equals:
            _note(evaluator, state, value, "env")


def note_variable(evaluator: Evaluation, name: str, state: State) -> None:
    """Note the file that a variable names to CRIU."""
    value = state.variables.get(name)
    if name == CONFIG_VARIABLE and isinstance(value, HostedText) and value.text:
        _note(evaluator, state, value.text, "env")


def _note(evaluator: Evaluation, state: State, path: str, role: str) -> None:
    _, full_path = state.key(path)
    evaluator.roles[full_path] = role
