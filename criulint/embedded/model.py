# SPDX-License-Identifier: MIT
"""The types that the parts of this package exchange: text with its places in the host file.

A *host* is the file that a person edits: a script, a Dockerfile, YAML. A *script* is shell code in
it, and a *written* file is one that running the host would leave on disk.
"""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING

from criulint.named_tuple import NamedTuple
from criulint.source import encode
from criulint.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

#: Stands for an unknown part of a text, of any length, such as a variable's value.
UNKNOWN = "\ufffc"

# Characters of all texts that are produced while a host is followed; what people write produces a
# few times its own size.
_MAX_MADE = 1 << 24
# Visits of nodes of a document; a node counts each time it is referred to.
_MAX_VISITS = 1 << 20
# Seconds of processor time for parsing; a megabyte of what people write takes less than one.
_MAX_SECONDS = 5.0
# Parts around a command above which a comment counts for it.
_MAX_AROUND = 20


class TooMuchWorkError(Exception):
    """More work than any host that people write needs; the message says which kind of work."""


class Work:
    """What following a host may still cost: characters, visits of nodes, seconds of parsing."""

    def __init__(self, characters: float, visits: float, seconds: float) -> None:
        self.characters = characters
        self.visits = visits
        self.seconds = seconds

    @classmethod
    def of_host(cls) -> Work:
        """Return what following one host may cost."""
        return cls(_MAX_MADE, _MAX_VISITS, _MAX_SECONDS)


_UNLIMITED = Work(inf, inf, inf)


class _Current:
    """The budget of the current host; there is no limit if nothing is followed."""

    work = _UNLIMITED


@contextmanager
def limited_work(work: Work | None = None) -> Iterator[None]:
    """Raise TooMuchWorkError if the block, in all, takes more `work` than a host may.

    A variable or an alias that contains another one twice, and so on, would take all memory or
    time. A nested block shares the budget of the outer one.
    """
    is_outermost = _Current.work is _UNLIMITED
    if is_outermost:
        _Current.work = work or Work.of_host()
    try:
        yield
    finally:
        if is_outermost:
            _Current.work = _UNLIMITED


def _charge_text(count: int) -> None:
    work = _Current.work
    work.characters -= count
    if work.characters < 0:
        raise TooMuchWorkError("produces too much text to be followed")


def charge_visits(count: int) -> None:
    """Charge visits of nodes. TooMuchWorkError if there are too many."""
    work = _Current.work
    work.visits -= count
    if work.visits < 0:
        raise TooMuchWorkError("refers to its parts too often to be followed")


def seconds_to_parse() -> float:
    """Return how long the parsers may still take."""
    return max(0.0, _Current.work.seconds)


def charge_parsing(seconds: float) -> None:
    """Charge time of a parser."""
    _Current.work.seconds -= seconds


class HostedText:
    """Text as the host evaluates it, and the place of each of its characters in the host.

    `offsets` holds the offset in the host, in code points, of each character of `text` and of its
    end: one more than there are characters. A part that is not known is one `UNKNOWN` character.
    """

    __slots__ = ("offsets", "text")

    def __init__(self, text: str, offsets: Sequence[int]) -> None:
        _charge_text(len(text))
        assert len(offsets) == len(text) + 1
        self.text = text
        self.offsets = offsets

    @classmethod
    def of(cls, text: str, start: int = 0) -> HostedText:
        """Return text that the host spells the same, from the offset `start` on."""
        return cls(text, range(start, start + len(text) + 1))

    @classmethod
    def at(cls, text: str, start: int, end: int) -> HostedText:
        """Return text that the host spells differently, between two offsets."""
        return cls(text, [start] * len(text) + [end])

    def __len__(self) -> int:
        return len(self.text)

    def __getitem__(self, part: slice) -> HostedText:
        start, stop, _ = part.indices(len(self.text))
        stop = max(start, stop)
        return HostedText(self.text[start:stop], self.offsets[start : stop + 1])

    @property
    def is_known(self) -> bool:
        """Whether no part is unknown."""
        return UNKNOWN not in self.text

    @property
    def is_placed(self) -> bool:
        """Whether each character has a place in the host, as encoded ones do not."""
        return len(self.text) < 2 or self.offsets[0] != self.offsets[len(self.text) - 1]

    def lines(self) -> Iterator[HostedText]:
        """Yield the lines, each with its end if it has one."""
        start = 0
        while start < len(self.text):
            end = self.text.find("\n", start) + 1 or len(self.text)
            yield self[start:end]
            start = end


def join(parts: Iterable[HostedText], end: int = 0) -> HostedText:
    """Return the texts as one; `end` is the offset of its end if there are none."""
    characters: list[str] = []
    offsets: list[int] = []
    for part in parts:
        if part.text:
            _charge_text(len(part.text))
            characters.append(part.text)
            offsets.extend(part.offsets[:-1])
        end = part.offsets[-1]
    offsets.append(end)
    return HostedText("".join(characters), offsets)


def separate(texts: Iterable[HostedText], separator: str) -> Iterator[HostedText]:
    """Yield the texts with a separator between each two, placed where the first of them ends."""
    end: int | None = None
    for text in texts:
        if end is not None:
            yield HostedText.at(separator, end, end)
        yield text
        end = text.offsets[-1]


def hide_templates(text: HostedText, *, has_tags: bool) -> HostedText:
    """Return a text in which the parts that a template engine will replace are unknown.

    Those are in ``{{ }}``, and if it `has_tags` also in ``{% %}``.
    """
    pieces: list[HostedText] = []
    position = 0
    closings = {"{{": "}}", "{%": "%}"} if has_tags else {"{{": "}}"}
    places = dict.fromkeys(closings, -1)
    while True:
        for opening, place in places.items():
            if place < position:
                found = text.text.find(opening, position)
                places[opening] = found if found >= 0 else len(text)
        start, opening = min((place, opening) for opening, place in places.items())
        if start == len(text):
            break
        end = text.text.find(closings[opening], start + 2)
        end = len(text) if end == -1 else end + 2
        edges = (text.offsets[start], text.offsets[end])
        pieces += (text[position:start], HostedText.at(UNKNOWN, *edges))
        position = end
    return join([*pieces, text[position:]]) if pieces else text


class Script(NamedTuple):
    """Shell code in a host.

    `shell` is the name of the program that runs it (``sh``, ``bash``, ``dash``, ``ash``); empty if
    that is not known. `variables` are set before it begins; None is an unknown value.
    """

    text: HostedText
    shell: str = ""
    variables: Mapping[str, HostedText | None] = {}


class WrittenFile(NamedTuple):
    """A file that the host writes.

    `path` may hold `UNKNOWN` parts. `command` is the offset in the host of what writes it;
    `commands` are the pairs of an offset in `content` and the one of the command that writes what
    begins there, if there are several. `role` is the value of the `criulint.criu.context.Role`
    that the host gives the file, empty if its path implies that. `around` are offsets of what the
    command is a part of, such as a block in a document: a comment above it counts for the command.
    """

    path: str
    content: HostedText
    command: int
    commands: tuple[tuple[int, int], ...] = ()
    role: str = ""
    around: tuple[int, ...] = ()

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return encode(self.content.text)

    @property
    def shown_path(self) -> str:
        """The path to show, escaped, with an ellipsis for each unknown part."""
        return escape(self.path.replace(UNKNOWN, "…"))


class CopiedFile(NamedTuple):
    """A file beside the host that it copies to a path, which ends with a slash for a folder.

    `start` is the offset of the name of the file.
    """

    source: str
    target: str
    start: int


class FollowedHost(NamedTuple):
    """The files that a host writes, and what could not be followed: offset and reason.

    `errors` are mistakes in the host itself, in the same form. `copies` are files elsewhere that it
    copies.
    """

    files: list[WrittenFile]
    problems: list[tuple[int, str]]
    errors: tuple[tuple[int, str], ...] = ()
    copies: tuple[CopiedFile, ...] = ()


def surround(followed: FollowedHost, parts: Iterable[tuple[int, int]]) -> FollowedHost:
    """Return what was followed, with the parts of the host that its commands are in.

    Each part is an offset and the one of its end, and lies within another or beside it. A comment
    above a part counts for all commands in it (`WrittenFile.around`).
    """
    waiting = deque(sorted(parts, key=lambda part: (part[0], -part[1])))
    around: dict[int, tuple[int, ...]] = {}
    inside: list[tuple[int, int]] = []
    for command in sorted({file.command for file in followed.files}):
        while waiting and waiting[0][0] <= command:
            inside.append(waiting.popleft())
        inside = [part for part in inside if command < part[1]]
        around[command] = tuple(start for start, _ in inside[-_MAX_AROUND:])
    files = [file._replace(around=(*file.around, *around[file.command])) for file in followed.files]
    return followed._replace(files=files)


def move_to_host(followed: FollowedHost, text: HostedText) -> FollowedHost:
    """Return what was followed in `text` as if it were a host, with the offsets of its own."""
    offsets = text.offsets
    files = [
        file._replace(
            content=HostedText(
                file.content.text, [offsets[offset] for offset in file.content.offsets]
            ),
            command=offsets[file.command],
            commands=tuple((place, offsets[command]) for place, command in file.commands),
            around=tuple(offsets[place] for place in file.around),
        )
        for file in followed.files
    ]
    problems = [(offsets[offset], reason) for offset, reason in followed.problems]
    errors = tuple((offsets[offset], reason) for offset, reason in followed.errors)
    return FollowedHost(files, problems, errors)
