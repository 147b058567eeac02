# SPDX-License-Identifier: MIT
"""The files that a script names to CRIU: by a variable, an option, an annotation."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from criulint.criu.paths import CONFIG_ANNOTATION, CONFIG_VARIABLE
from criulint.embedded.hosted import HostedText

if TYPE_CHECKING:
    from criulint.embedded.shell.state import Evaluation, State


# As an option, and in JSON, which `jq` and `sed` edit.
_ANNOTATION = re.compile(
    r"(?:\A|[\s\"'])org\.criu\.config(?:=|[\"']?\]?\s*[:=]\s*[\"'])([^\s\"'\\]+)"
)


def note_words(evaluator: Evaluation, state: State, words: list[HostedText]) -> None:
    """Note the files that the words of a command name to CRIU."""
    is_criu = any(posixpath.basename(word.text) == "criu" for word in words)
    for number, word in enumerate(words):
        text = word.text
        if is_criu and text == "--config" and number + 1 < len(words):
            evaluator.roles[state.key(words[number + 1].text)[1]] = "cli"
        elif is_criu and text.startswith("--config="):
            evaluator.roles[state.key(text[9:])[1]] = "cli"
        elif CONFIG_ANNOTATION in text and (found := _ANNOTATION.search(text)):
            evaluator.roles[state.key(found[1])[1]] = "rpc"
        elif text.startswith(f"{CONFIG_VARIABLE}="):
            evaluator.roles[state.key(text.partition("=")[2])[1]] = "env"


def note_variable(evaluator: Evaluation, name: str, state: State) -> None:
    """Note the file that a variable names to CRIU."""
    value = state.variables.get(name)
    if name == CONFIG_VARIABLE and isinstance(value, HostedText) and value.text:
        evaluator.roles[state.key(value.text)[1]] = "env"
