# SPDX-License-Identifier: MIT
"""The call of a command: its words, its options, and the files that they name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from criulint.embedded.model import HostedText

if TYPE_CHECKING:
    from collections.abc import Iterable

    from criulint.embedded.shell.state import Evaluation, FileKey, State, Unit


class CommandCall(NamedTuple):
    """A command that is run: its words, the first one of which is its name."""

    evaluator: Evaluation
    state: State
    unit: Unit
    words: list[HostedText]
    offset: int

    @property
    def end(self) -> int:
        """The offset of the end of the words."""
        return self.words[-1].offsets[-1]

    def print(self, text: HostedText) -> None:
        """Write on standard output."""
        self.state.write("1", text, self.offset)

    def key(self, path: HostedText) -> FileKey:
        """Return the key of a path."""
        return self.state.key(path.text)

    def content(self, path: HostedText) -> HostedText:
        """Return the content of a file, which is unknown if it was not written here."""
        if path.text in ("-", "/dev/stdin", "/dev/fd/0"):
            return self.evaluator.read_input(self.state, self.offset)
        text = self.state.read(self.key(path), self.offset)
        if text is None:
            what = ("content", self.key(path))
            text = self.evaluator.unknowns.text(what, path.offsets[0], path.offsets[-1])
        return text

    def replace(self, key: FileKey, text: HostedText) -> None:
        """Give a file another content."""
        self.state.open(key, self.offset, adds=False)
        self.state.put(key, text, self.offset)

    def unknown(self, what: str) -> HostedText:
        """Return an unknown text."""
        return self.evaluator.unknowns.text((what, self.offset), self.words[0].offsets[0], self.end)

    def options(self, with_value: str = "", long_with_value: Iterable[str] = ()) -> Options:
        """Return the options among the words; letters and names of `with_value` take one."""
        return parse_options(self.words[1:], with_value, long_with_value)


class Options(NamedTuple):
    """The options of a command: flags, options with values, and the other words."""

    flags: set[str]
    values: dict[str, HostedText]
    rest: list[HostedText]


def parse_options(
    words: list[HostedText],
    with_value: str = "",
    long_with_value: Iterable[str] = (),
    *,
    stops: bool = False,
) -> Options:
    """Return the options in some words, as getopt does; if it `stops`, up to the first operand."""
    flags: set[str] = set()
    values: dict[str, HostedText] = {}
    rest: list[HostedText] = []
    waiting = ""
    for number, word in enumerate(words):
        text = word.text
        if waiting:
            values[waiting], waiting = word, ""
        elif text == "--":
            rest += words[number + 1 :]
            break
        elif text.startswith("--"):
            name, sign, _ = text.partition("=")
            if sign:
                values[name] = word[len(name) + 1 :]
            elif name in long_with_value:
                waiting = name
            else:
                flags.add(name)
        elif text.startswith("-") and len(text) > 1:
            waiting = _cluster(word, with_value, flags, values)
        elif stops:
            rest += words[number:]
            break
        else:
            rest.append(word)
    return Options(flags, values, rest)


def _cluster(
    word: HostedText, with_value: str, flags: set[str], values: dict[str, HostedText]
) -> str:
    """Note the options of one word; return the one whose value is the next word."""
    for at, letter in enumerate(word.text[1:], 2):
        if letter in with_value:
            if at < len(word.text):
                values[letter] = word[at:]
                return ""
            return letter
        flags.add(letter)
    return ""


def text_at(text: str, offset: int) -> HostedText:
    """Return text that the command itself produces, at an offset."""
    return HostedText.at(text, offset, offset)
