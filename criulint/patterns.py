# SPDX-License-Identifier: MIT
"""Patterns of gitignore(5), matched in a number of steps bounded by the lengths involved.

Patterns come from untrusted ``.gitignore`` and ``criulint.toml`` files. As regular expressions they
could take exponential time. Here a star is matched greedily, and only the last one backtracks, as
earlier ones never need to. Sources: gitignore(5); git, dir.c and wildmatch.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from criulint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

#: The most characters of a pattern: no path is longer.
MAX_LENGTH = 4096

_STAR = "*"
_SLASH = "/"
_WILD = frozenset("*?[\\")
_POSIX: dict[str, Callable[[str], bool]] = {
    "alnum": str.isalnum,
    "alpha": str.isalpha,
    "blank": lambda character: character in " \t",
    "cntrl": lambda character: character < " " or character == "\x7f",
    "digit": lambda character: "0" <= character <= "9",
    "graph": lambda character: character > " " and character.isprintable(),
    "lower": str.islower,
    "print": str.isprintable,
    "punct": lambda character: "!" <= character <= "~" and not character.isalnum(),
    "space": str.isspace,
    "upper": str.isupper,
    "xdigit": lambda character: character in "0123456789abcdefABCDEF",
}


def is_literal(text: str) -> bool:
    """Return whether a pattern has no wildcards."""
    return _WILD.isdisjoint(text)


class _Literal(NamedTuple):
    """One character."""

    character: str

    def matches(self, character: str) -> bool:
        return character == self.character


class _Any(NamedTuple):
    """A question mark."""

    def matches(self, _: str) -> bool:
        return True


class _Class(NamedTuple):
    """A bracket expression: ranges of characters, and named classes."""

    negated: bool
    ranges: tuple[tuple[str, str], ...]
    named: tuple[Callable[[str], bool], ...]

    def matches(self, character: str) -> bool:
        found = any(first <= character <= last for first, last in self.ranges) or any(
            is_in(character) for is_in in self.named
        )
        return found is not self.negated


_Token = _Literal | _Any | _Class | str  # a string is a star or a slash


class Pattern:
    """One pattern. ValueError if it is too long, or can match nothing."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_LENGTH:
            raise ValueError(f"a pattern of more than {MAX_LENGTH} characters")
        #: Whether matching paths are excluded; false with ``!``.
        self.excludes = not text.startswith("!")
        text = text.removeprefix("!")
        self._for_directories = text.endswith("/")
        text = text.removesuffix("/")
        self._anchored = "/" in text
        text = text.removeprefix("/")
        if not text:
            raise ValueError("an empty pattern")
        self._literal = text if _WILD.isdisjoint(text) else None
        self._segments = [] if self._literal else _split(list(_tokens(text)))
        # Most patterns for names have no wildcards but stars: these are the pieces between them.
        self._pieces = None if self._literal or self._anchored else _pieces(self._segments[0])

    def matches(self, path: str, name: str, *, is_directory: bool) -> bool:
        """Return whether the pattern matches a path with slashes, whose last component is `name`.

        The path is relative to the pattern's directory. The content of a directory that matches is
        not considered (see `Patterns`).
        """
        if self._for_directories and not is_directory:
            return False
        if self._literal is not None:
            return self._literal == (path if self._anchored else name)
        if self._pieces:
            return _matches_pieces(self._pieces, name)
        if not self._anchored:
            return _matches_segment(self._segments[0], name)
        return _match_greedily(
            self._segments, path.split("/"), _is_double_star, _matches_segment, least=1
        )


class Patterns:
    """A list of patterns: the last one that matches decides."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._patterns = list(patterns)
        self._patterns.reverse()

    def __len__(self) -> int:
        return len(self._patterns)

    def decide(self, path: str, *, is_directory: bool) -> bool | None:
        """Return whether the patterns exclude the path itself; None if none of them matches."""
        name = path.rpartition("/")[2]
        for pattern in self._patterns:
            if pattern.matches(path, name, is_directory=is_directory):
                return pattern.excludes
        return None

    def match(self, path: str, *, is_directory: bool = False) -> bool:
        """Return whether the patterns exclude a path, or a directory above it."""
        end = path.find("/")
        while end != -1:
            if self.decide(path[:end], is_directory=True):
                return True
            end = path.find("/", end + 1)
        return self.decide(path, is_directory=is_directory) is True


def parse_patterns(lines: Iterable[str]) -> Patterns:
    """Return the patterns in `lines`, without comments. ValueError if one is invalid."""
    return Patterns(map(Pattern, filter(None, map(_trim, lines))))


def parse_leniently(lines: Iterable[str]) -> Patterns:
    """Return the patterns in `lines`, without invalid ones, which git skips."""
    found = map(_pattern_or_none, filter(None, map(_trim, lines)))
    return Patterns(pattern for pattern in found if pattern)


def _pattern_or_none(line: str) -> Pattern | None:
    try:
        return Pattern(line)
    except ValueError:
        return None


def _trim(line: str) -> str:
    """Return a line without the blanks at its end, unless a backslash keeps them.

    Empty if it is a comment.
    """
    line = line.removesuffix("\r")
    if line.startswith("#"):
        return ""
    bare = line.rstrip(" ")
    backslashes = len(bare) - len(bare.rstrip("\\"))
    return f"{bare} " if backslashes % 2 and len(bare) < len(line) else bare


def _tokens(text: str) -> Iterable[_Token]:
    """Yield the tokens of a pattern. ValueError if it is malformed."""
    position = 0
    while position < len(text):
        character = text[position]
        position += 1
        if character in (_STAR, _SLASH):
            yield character
        elif character == "?":
            yield _Any()
        elif character == "[":
            found, position = _parse_class(text, position)
            yield found
        elif character == "\\":
            escaped = _character(text, position)
            yield _SLASH if escaped == _SLASH else _Literal(escaped)
            position += 1
        else:
            yield _Literal(character)


def _character(text: str, position: int) -> str:
    if position >= len(text):
        raise ValueError("a pattern that ends in a bracket expression, or with a backslash")
    return text[position]


def _parse_class(text: str, position: int) -> tuple[_Class, int]:
    """Return the bracket expression after a ``[``, and the position after it."""
    negated = _character(text, position) in "!^"
    position += negated
    ranges: list[tuple[str, str]] = []
    named = []
    first = True
    while first or _character(text, position) != "]":
        first = False
        if text.startswith("[:", position):
            end = text.find("]", position)
            name = text[position + 2 : max(end, 0)].removesuffix(":")
            if end != -1 and text[end - 1] == ":":
                if name not in _POSIX:
                    raise ValueError("a pattern with an unknown class of characters")
                named.append(_POSIX[name])
                position = end + 1
                continue
        low, position = _member(text, position)
        ranges.append((low, low))
        if text.startswith("-", position) and not text.startswith("-]", position):
            high, position = _member(text, position + 1)
            ranges.append((low, high))
    return _Class(negated, tuple(ranges), tuple(named)), position + 1


def _member(text: str, position: int) -> tuple[str, int]:
    """Return a character of a bracket expression, and the position after it."""
    if _character(text, position) == "\\":
        position += 1
    return _character(text, position), position + 1


def _split(tokens: Sequence[_Token]) -> list[list[_Token]]:
    """Return the tokens between slashes."""
    segments: list[list[_Token]] = [[]]
    for token in tokens:
        if token == _SLASH:
            segments.append([])
        else:
            segments[-1].append(token)
    return segments


def _pieces(segment: Sequence[_Token]) -> list[str] | None:
    """Return the texts between the stars of a segment, None if it has other wildcards."""
    pieces = [""]
    for token in segment:
        if isinstance(token, _Literal):
            pieces[-1] += token.character
        elif token == _STAR:
            pieces.append("")
        else:
            return None
    return pieces


def _matches_pieces(pieces: Sequence[str], name: str) -> bool:
    """Return whether a name contains the pieces in order, with the outer ones at its ends."""
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return name == first
    if not (name.startswith(first) and name.endswith(last)):
        return False
    place, end = len(first), len(name) - len(last)
    for piece in pieces[1:-1]:
        found = name.find(piece, place, end)
        if found == -1:
            return False
        place = found + len(piece)
    return place <= end


def _is_double_star(segment: Sequence[_Token]) -> bool:
    return len(segment) > 1 and all(token == _STAR for token in segment)


def _is_star(token: _Token) -> bool:
    return token == _STAR


def _matches_token(token: _Token, character: str) -> bool:
    return not isinstance(token, str) and token.matches(character)


def _matches_segment(segment: Sequence[_Token], name: str) -> bool:
    return _match_greedily(segment, name, _is_star, _matches_token)


_Part = TypeVar("_Part")


def _match_greedily(
    pattern: Sequence[_Part],
    items: Sequence[str],
    is_wild: Callable[[_Part], bool],
    matches: Callable[[_Part, str], bool],
    least: int = 0,
) -> bool:
    """Return whether a pattern matches all items: a wild part matches any number of them.

    One at the end matches at least `least`. The work is at most the product of the two lengths.
    """
    part = item = 0
    resume_part, resume_item = -1, 0
    while item < len(items):
        if part < len(pattern) and is_wild(pattern[part]):
            part += 1
            resume_part, resume_item = part, item
        elif part < len(pattern) and matches(pattern[part], items[item]):
            part += 1
            item += 1
        elif part == len(pattern) == resume_part:
            return True  # a wild part at the end matches the rest
        elif resume_part != -1:
            resume_item += 1
            part, item = resume_part, resume_item
        else:
            return False
    if least and part < len(pattern):
        return False  # a wild part at the end that matches nothing
    return all(map(is_wild, pattern[part:]))
