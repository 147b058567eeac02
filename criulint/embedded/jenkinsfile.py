# SPDX-License-Identifier: MIT
"""The shell steps of a Jenkins pipeline, in their order.

Sources: www.jenkins.io (Pipeline: ``sh``, ``writeFile``); groovy-lang.org (*Strings*).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded.following import follow_scripts
from criulint.embedded.model import UNKNOWN, HostedText, Script
from criulint.embedded.steps import Steps, scripts_of, substitute
from criulint.source import decode

if TYPE_CHECKING:
    from criulint.embedded.model import FollowedHost
    from criulint.source import Source

# A comment, or a literal: one in three quotes, and one on a line.
_TOKEN = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))"
    r"|'''(?P<raw>(?:[^\\]|\\.)*?)'''|\"\"\"(?P<text>(?:[^\\]|\\.)*?)\"\"\""
    r"|(?P<open>(?:'''|\"\"\").*)"  # so that nothing is searched for twice
    r"|(?<!\\)'(?P<raw_line>(?:[^'\\\n]|\\.)*)'|(?<!\\)\"(?P<text_line>(?:[^\"\\\n]|\\.)*)\"",
    re.DOTALL,
)
# What is before a literal that `sh` runs: `sh `, `sh(script: `.
_CALL = re.compile(r"(?:^|[\s;{(])sh[ \t(]+(?:[^'\"{}]*\bscript[ \t]*:[ \t\r\n]*)?\Z")
_FILE = re.compile(r"\bwriteFile\b[^'\"{}]*\bfile[ \t]*:[ \t]*\Z")
_TEXT = re.compile(r"\A[ \t\r\n]*,[ \t\r\n]*text[ \t]*:[ \t\r\n]*\Z")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(\r?\n)|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_INTERPOLATION = re.compile(
    r"\\(?:u([0-9a-fA-F]{4})|(\r?\n)|(.))|\$(?:\{[^{}]*\}|[A-Za-z_]\w*(?:\.\w+)*)", re.DOTALL
)


def follow(source: Source) -> FollowedHost:
    """Return the files that a Jenkins pipeline writes. HostError if it cannot be followed."""
    return follow_scripts(find_scripts(decode(source.data)))


def find_scripts(text: str) -> list[Script]:
    """Return the steps as one script."""
    host = HostedText.of(text)
    steps = Steps()
    end = 0
    path: HostedText | None = None
    for match in _TOKEN.finditer(text):
        name = match.lastgroup or ""
        if name in ("comment", "open"):
            continue
        before = text[max(end, match.start() - 400) : match.start()]
        end = match.end()
        value = _value(host[match.start(name) : match.end(name)], name)
        if path is not None and _TEXT.search(before):
            steps.write(path, value)
        elif _CALL.search(before):
            steps.run(value, ["sh"])
        path = value if _FILE.search(before) else None
    return scripts_of([steps])


def _value(text: HostedText, name: str) -> HostedText:
    """Return the value of a literal; Groovy interpolates those in double quotes."""
    if name.startswith("raw"):
        return substitute(text, _ESCAPE, _unescape)
    return substitute(
        text,
        _INTERPOLATION,
        lambda match: UNKNOWN if match[0].startswith("$") else _unescape(match),
    )


def _unescape(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return "" if match[2] else _ESCAPES.get(match[3], match[3])
