# SPDX-License-Identifier: MIT
"""Regular expressions in hosts (of ``sed``, ``grep``, Ansible), matched in linear time.

They are not trusted: with Python's own matcher, a short one could take forever. RE2 has no
backreferences and no look-around; an expression that needs them is not followed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class Match(Protocol):
    """A match in a text, with the methods of `re.Match`."""

    def start(self, group: int = 0) -> int:
        """Return where a group begins, -1 if it is not part of the match."""

    def end(self, group: int = 0) -> int:
        """Return where a group ends."""

    def span(self, group: int = 0) -> tuple[int, int]:
        """Return where a group begins and ends."""

    def groups(self) -> tuple[str | None, ...]:
        """Return the texts of all groups."""


class Regex:
    """A compiled expression; the longest of the leftmost matches counts, as POSIX requires.

    Source: POSIX.1-2017, XBD 9.1.
    """

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled

    def search(self, text: str) -> Match | None:
        """Return the first match in a text, None if there is none."""
        found: Match | None = self._compiled.search(_make_encodable(text))
        return found

    def matches(self, text: str) -> Iterator[Match]:
        """Yield the matches; as in `sed`, an empty one right after another does not count."""
        end = -1
        for found in self._compiled.finditer(_make_encodable(text)):
            if found.span() != (end, end):
                yield found
            end = found.end()


def _make_encodable(text: str) -> str:
    """Return a text of the same length in which bytes that are not UTF-8 are question marks.

    RE2 encodes what it searches.
    """
    return text.encode("utf-8", "replace").decode("utf-8")


def compile_regex(pattern: str, *, ignores_case: bool = False) -> Regex | None:
    """Return a compiled expression in the syntax of RE2; None if it cannot be matched."""
    try:
        import re2
    except ImportError:  # without the extra `scripts`
        return None
    options = re2.Options()
    options.longest_match = True
    options.case_sensitive = not ignores_case
    options.log_errors = False
    try:
        return Regex(re2.compile(pattern, options))
    except (re2.error, UnicodeEncodeError):
        return None
