# SPDX-License-Identifier: MIT
"""The commands in a terminal session: after their prompts, without the output between them."""

from __future__ import annotations

import re

from criulint.embedded.model import HostedText, join

# `$ `, `user@host:~$ `, `[root@host ~]# `, `(venv) $ `; `# ` alone may begin a comment.
_WHOSE = r"(?:\([\w.-]+\) ?)?(?:\[?[\w.-]+@[\w.-]+[: ][^\s\]$#]*\]? ?)"
_PROMPT = re.compile(rf"[ \t]*(?:{_WHOSE}?[$%]|{_WHOSE}#)[ \t]+")
_ROOT_PROMPT = re.compile(r"[ \t]*#[ \t]+")
_SECOND_PROMPT = re.compile(r"[ \t]*>(?:[ \t]|$)")
_HERE_DOCUMENT = re.compile(r"<<(-?)[ \t]*(?:\\?(\w+)|'([^'\n]+)'|\"([^\"\n]+)\")")


def has_prompts(text: str) -> bool:
    """Return whether a line begins with a prompt that is not a comment."""
    return any(map(_PROMPT.match, text.splitlines()))


def has_root_prompts(text: str) -> bool:
    """Return whether lines begin with what is root's prompt, or a comment."""
    return any(map(_ROOT_PROMPT.match, text.splitlines()))


def commands(text: HostedText) -> HostedText:
    """Return the commands of a session: lines after prompts, with the lines that continue them."""
    prompt = _PROMPT if has_prompts(text.text) else _ROOT_PROMPT
    lines = list(text.lines())
    found: list[HostedText] = []
    index = 0
    while index < len(lines):
        match = prompt.match(lines[index].text)
        index += 1
        if match:
            line = lines[index - 1][match.end() :]
            command = _Command()
            command.read(line.text)
            found.append(line)
            while index < len(lines) and command.is_open:
                line = _continue(lines[index], prompt)
                command.read(line.text)
                found.append(line)
                index += 1
    return join(found, text.offsets[-1])


def _continue(line: HostedText, prompt: re.Pattern[str]) -> HostedText:
    second = _SECOND_PROMPT.match(line.text)
    return line[second.end() :] if second and not prompt.match(line.text) else line


class _Command:
    """A command that is read line by line."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, bool]] = []
        self._quote = ""
        self._continues = False

    @property
    def is_open(self) -> bool:
        """Whether the shell would ask for another line."""
        return bool(self._waiting or self._quote or self._continues)

    def read(self, line: str) -> None:
        """Read another line."""
        line = line.rstrip("\r\n")
        if self._waiting:
            word, strips = self._waiting[0]
            if (line.lstrip("\t") if strips else line) == word:
                self._waiting.pop(0)
            return
        self._quote = _quote_after(line, self._quote)
        self._continues = not self._quote and line.endswith("\\")
        if not self._quote:
            self._waiting = [
                (match[2] or match[3] or match[4], bool(match[1]))
                for match in _HERE_DOCUMENT.finditer(line)
                if line[match.start() - 1 : match.start()] != "<"
            ]


def _quote_after(line: str, quote: str) -> str:
    """Return the quote that is open at the end of a line; `quote` is open at its beginning."""
    index = 0
    while index < len(line):
        character = line[index]
        if character == "\\" and quote != "'":
            index += 1
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "#" and (not index or line[index - 1].isspace()):
            break
        index += 1
    return quote
