# SPDX-License-Identifier: MIT
"""The tests of a Bats file: each is a function of Bash that runs between setup and teardown.

Source: bats-core.readthedocs.io, *Writing tests*; bats-preprocess of bats-core.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded.following import follow_scripts
from criulint.embedded.model import HostedText, Script, join
from criulint.source import decode

if TYPE_CHECKING:
    from criulint.embedded.model import FollowedHost
    from criulint.source import Source

# bats-preprocess: BATS_TEST_PATTERN, and its form with a comment.
_TEST = re.compile(
    r"^([ \t]*)@test[ \t]+(.*?[^\s])[ \t]+\{(?=[ \t]*(?:#[^\n]*)?(\r?)$)", re.MULTILINE
)
# `name() { # @test`
_FUNCTION_TEST = re.compile(
    r"^[ \t]*(?:function[ \t]+)?([A-Za-z_]\w*)[ \t]*\(\)[ \t]*\{[ \t]*#[ \t]*@test[ \t]*\r?$",
    re.MULTILINE,
)
# `setup() {`
_FUNCTION = re.compile(
    r"^[ \t]*(?:function[ \t]+)?(setup|teardown|setup_file|teardown_file)[ \t]*(?:\(\)|\{)",
    re.MULTILINE,
)
# `run` keeps the status and the output of a command; what the command writes is the same.
_RUN = re.compile(
    r"(?:^|(?<=[;&|]))([ \t]*(?:(?:then|else|do|if|!|sudo)[ \t]+)*)"
    r"(run(?:[ \t]+(?:-\d+|!|--[a-z-]+|-N))*[ \t]+)(?!\(\))",
    re.MULTILINE,
)
_FAILING_RUN = re.compile(r"\$\([ \t]*run\b")


def follow(source: Source) -> FollowedHost:
    """Return the files that a Bats file writes. HostError if it cannot be followed."""
    return follow_scripts(find_scripts(decode(source.data)))


def find_scripts(text: str) -> list[Script]:
    """Return the tests as one script, as Bats runs them."""
    host = HostedText.of(text)
    names: list[tuple[int, str]] = [
        (match.start(), match[1]) for match in _FUNCTION_TEST.finditer(text)
    ]
    parts: list[HostedText] = []
    begin = 0
    edits = [(match, True) for match in _TEST.finditer(text)]
    edits += [(match, False) for match in _RUN.finditer(text)]
    for match, is_test in sorted(edits, key=lambda edit: edit[0].start()):
        if match.start() < begin:
            continue
        if is_test:
            name = f"bats_test_{len(names) + 1}"
            names.append((match.start(), name))
            start = match.start()
            parts += [host[begin:start], HostedText.at(f"{match[1]}{name}() {{", start, start)]
        else:
            parts.append(host[begin : match.start(2)])
        begin = match.end() if is_test else match.end(2)
    parts.append(host[begin:])
    end = len(text)
    calls = _calls([name for _, name in sorted(names)], set(_FUNCTION.findall(text)))
    parts.append(HostedText.at(calls, end, end))
    return [Script(join(parts), "bash")]


def _calls(tests: list[str], functions: set[str]) -> str:
    """Return the code that runs the tests: each with the functions around it in a subshell."""

    def call(name: str) -> list[str]:
        return [name] if name in functions else []

    lines = call("setup_file")
    lines += ["; ".join(["(", *call("setup"), test, *call("teardown"), ")"]) for test in tests]
    lines = [line.replace("(;", "(").replace("; )", ")") for line in lines]
    return "\n" + "\n".join([*lines, *call("teardown_file")]) + "\n"
