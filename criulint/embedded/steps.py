# SPDX-License-Identifier: MIT
"""The steps of a host as one shell script.

A Dockerfile, a playbook or a makefile runs commands and writes files, one after the other, on the
same disk. Here they become one shell script whose characters keep their places in the host, so that
one evaluator handles all of them. Each command is a separate process, as in the host: only files,
the directory and exported variables pass from one to the next.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded.model import UNKNOWN, HostedText, Script, join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_VARIABLE_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
# `#!program arguments`
_SHEBANG = re.compile(r"#![ \t]*(\S+)(?:[ \t]+([^\r\n]*?))?[ \t\r]*(?:\n|$)")
#: Programs that run shell code.
FOLLOWED_SHELLS = frozenset(("sh", "bash", "dash", "ash"))


def quote(text: HostedText) -> HostedText:
    """Return a word of the shell that stands for the text."""
    start, end = text.offsets[0], text.offsets[-1]
    parts = [HostedText.at("'", start, start)]
    begin = 0
    for match in re.finditer("'", text.text):
        offset = text.offsets[match.start()]
        parts += [text[begin : match.start()], HostedText.at("'\\''", offset, offset)]
        begin = match.end()
    parts += [text[begin:], HostedText.at("'", end, end)]
    return join(parts)


def shebang_words(text: HostedText) -> list[HostedText]:
    """Return the interpreter that the first line of a script names, and its argument, if any."""
    match = _SHEBANG.match(text.text)
    if not match:
        return []
    words = [text[match.start(1) : match.end(1)]]
    if match[2] and not re.search(r"(?:^|/)env\Z", match[1]):
        words.append(text[match.start(2) : match.end(2)])
    elif match[2]:
        words += split_at_blanks(text[match.start(2) : match.end(2)])
        words = [word for word in words if word.text not in ("-S", "--")]
    return words


def split_at_blanks(text: HostedText) -> list[HostedText]:
    """Return the words between blanks; nothing is quoted."""
    return [text[match.start() : match.end()] for match in re.finditer(r"\S+", text.text)]


def join_lines(lines: Iterable[HostedText]) -> HostedText:
    """Return the texts as one, each with a line end."""
    parts: list[HostedText] = []
    for line in lines:
        end = line.offsets[-1]
        parts += [line, HostedText.at("\n", end, end)]
    return join(parts)


class Unknowns:
    """The unknown parts of a host: those with the same name have the same place.

    That tells the evaluator that two of them are equal.
    """

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def text(self, name: str, start: int, end: int) -> HostedText:
        """Return the unknown text that stands between two offsets."""
        return HostedText(UNKNOWN, [self._places.setdefault(name, start), end])

    def hide(self, text: HostedText, pattern: re.Pattern[str]) -> HostedText:
        """Return the text with an unknown part for each match."""

        def replace(match: re.Match[str]) -> HostedText:
            start, end = text.offsets[match.start()], text.offsets[match.end()]
            return self.text(match[0], start, end)

        return substitute(text, pattern, replace)


class Steps:
    """The steps of a host so far; `parts` are their lines of code."""

    def __init__(self, steps: Steps | None = None) -> None:
        self.parts: list[HostedText] = list(steps.parts) if steps else []

    def __bool__(self) -> bool:
        return bool(self.parts)

    def _add(self, *parts: HostedText) -> None:
        """Add a line; characters without a place get that of its beginning."""
        self.parts += parts
        end = parts[-1].offsets[-1]
        self.parts.append(HostedText.at("\n", end, end))

    def call(self, words: Sequence[HostedText], variables: Mapping[str, HostedText] = {}) -> None:
        """Add a command with these words, run with these variables too."""
        if not words:
            return
        start = words[0].offsets[0]
        parts: list[HostedText] = []
        for name, value in variables.items():
            if _VARIABLE_NAME.fullmatch(name):
                parts += [HostedText.at(f"{name}=", start, start), quote(value)]
                parts.append(HostedText.at(" ", start, start))
        for word in words:
            parts += [quote(word), HostedText.at(" ", word.offsets[-1], word.offsets[-1])]
        self._add(*parts)

    def run(
        self,
        code: HostedText,
        shell: Sequence[str] = ("sh",),
        variables: Mapping[str, HostedText] = {},
    ) -> None:
        """Add shell code that runs in its own shell, or in that of its `#!` line.

        `shell` is the program with its options.
        """
        start = code.offsets[0]
        words = shebang_words(code) or [HostedText.at(word, start, start) for word in shell]
        self.call([*words, HostedText.at("-c", start, start), code], variables)

    def write(self, path: HostedText, content: HostedText, *, appends: bool = False) -> None:
        """Add the writing of a file."""
        start = content.offsets[0]
        command = HostedText.at("printf %s ", start, start)
        redirection = HostedText.at(" >> " if appends else " > ", start, start)
        self._add(command, quote(content), redirection, quote(path))

    def remove(self, path: HostedText) -> None:
        """Add the removal of a file."""
        start = path.offsets[0]
        self.call([HostedText.at("rm", start, start), HostedText.at("-rf", start, start), path])

    def copy(self, source: HostedText, target: HostedText) -> None:
        """Add the copying of a file on the disk itself."""
        start = source.offsets[0]
        self.call([HostedText.at("cp", start, start), source, target])

    def enter(self, directory: HostedText) -> None:
        """Add the change to another directory."""
        start = directory.offsets[0]
        self.call([HostedText.at("cd", start, start), directory])

    def export(self, name: str, value: HostedText) -> None:
        """Set a variable for the commands that follow."""
        if _VARIABLE_NAME.fullmatch(name):
            start = value.offsets[0]
            self._add(HostedText.at(f"export {name}=", start, start), quote(value))

    def default(self, name: str, value: HostedText) -> None:
        """Set a variable for the commands that follow, which others may set to another value."""
        if _VARIABLE_NAME.fullmatch(name):
            start, end = value.offsets[0], value.offsets[-1]
            command = HostedText.at(f"export {name}=${{_given_{name}-", start, start)
            self._add(command, quote(value), HostedText.at("}", end, end))

    def extend(self, steps: Steps) -> None:
        """Add other steps."""
        self.parts += steps.parts

    def maybe(self, steps: Steps, start: int) -> None:
        """Add steps that a condition may skip."""
        self.choose([steps, Steps()], start)

    def choose(self, branches: Sequence[Steps], start: int) -> None:
        """Add branches, one of which is run, depending on an unknown condition."""
        if not any(branches):
            return
        word = "if"
        for branch in branches[:-1]:
            self._add(HostedText.at(f'{word} [ "$(hostname)" = x ]; then :', start, start))
            self.parts += branch.parts
            word = "elif"
        if branches[-1]:
            self._add(HostedText.at("else", start, start))
            self.parts += branches[-1].parts
        self._add(HostedText.at("fi", start, start))

    def script(self) -> Script:
        """Return the steps as a script."""
        return Script(join(self.parts), "sh")


def scripts_of(steps: Iterable[Steps]) -> list[Script]:
    """Return a script for each, without those that do nothing."""
    return [each.script() for each in steps if each]


def substitute(
    text: HostedText,
    pattern: re.Pattern[str],
    value: Callable[[re.Match[str]], HostedText | str | None],
) -> HostedText:
    """Return the text with each match replaced; where `value` returns None, it stays."""
    parts: list[HostedText] = []
    begin = 0
    for match in pattern.finditer(text.text):
        new = value(match)
        if new is None:
            continue
        start, end = text.offsets[match.start()], text.offsets[match.end()]
        parts.append(text[begin : match.start()])
        parts.append(HostedText.at(new, start, end) if isinstance(new, str) else new)
        begin = match.end()
    if not parts:
        return text
    parts.append(text[begin:])
    return join(parts)
