# SPDX-License-Identifier: MIT
"""What a template engine has yet to replace: Helm's and Jinja's actions.

An expression is an unknown word. There are two renderings, with the first and with the last branch
of each condition.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded.model import HostedText, join
from criulint.embedded.steps import Unknowns

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What a template engine has yet to replace.
TEMPLATE = re.compile(r"\{\{|\{%")
#: `{{ ... }}`, `{% ... %}`, `{# ... #}`
TAG = re.compile(
    r"\{\{(?:(?!\{\{).){0,4096}?\}\}|\{%(?:(?!\{%).){0,4096}?%\}|\{#(?:(?!\{#).){0,4096}?#\}",
    re.DOTALL,
)
# An action where a value or a line begins without a quote: YAML cannot hold it.
_OUTSIDE_QUOTES = re.compile(r"^[ \t]*(?:- +)*(?:[\w./\"'-]+:[ \t]+)?\{[{%]", re.MULTILINE)
_WORD = re.compile(r"\{[{%]-?\s*(else\s+(?:if|with)|[a-z]+)\b")
_OPENING = frozenset(("if", "with", "range", "for", "unless"))
_BETWEEN = frozenset(("else", "elif", "else if", "else with"))
_CLOSING = frozenset(("end", "endif", "endfor", "endwith"))
# Actions that render as nothing, and need no end.
_SILENT = frozenset(("set", "template"))
_DEFINING = frozenset(("define", "block"))


def hide(text: HostedText, unknowns: Unknowns) -> HostedText:
    """Return the text with an unknown part for each expression."""
    if "{{" not in text.text and "{%" not in text.text:
        return text
    return unknowns.hide(text, _EXPRESSION)


# What a template engine replaces, also `${{ ... }}` of GitHub.
_EXPRESSION = re.compile(
    r"\$?\{\{(?:(?!\{\{).){0,4096}?\}\}|\{%(?:(?!\{%).){0,4096}?%\}", re.DOTALL
)


def has_bare_templates(text: str) -> bool:
    """Return whether a YAML file holds templates in a way that YAML does not allow."""
    return _OUTSIDE_QUOTES.search(text) is not None


def renderings(text: HostedText) -> Iterator[HostedText]:
    """Yield what the text may become, with unknown parts."""
    first = _Rendering(text, takes_first=True)
    yield first.render()
    if first.has_branches:
        yield _Rendering(text, takes_first=False).render()


def _word(match: re.Match[str]) -> str:
    """Return the keyword of an action; another word, or nothing, if it has none."""
    found = _WORD.match(match[0])
    return re.sub(r"\s+", " ", found[1]) if found else ""


def _find_branching(actions: list[re.Match[str]]) -> set[int]:
    """Return the offsets of the actions that begin a condition with several branches."""
    found: set[int] = set()
    opened: list[int] = []
    for match in actions:
        word = _word(match)
        if word in _OPENING or word in _DEFINING:
            opened.append(match.start())
        elif word in _BETWEEN and opened:
            found.add(opened[-1])
        elif word in _CLOSING and opened:
            opened.pop()
    return found


class _Rendering:
    """A text with one branch of each condition."""

    def __init__(self, text: HostedText, *, takes_first: bool) -> None:
        self._text = text
        self._takes_first = takes_first
        self._parts: list[HostedText] = []
        # For each open condition: whether this branch is kept.
        self._open: list[bool] = []
        self._unknowns = Unknowns()
        self._actions = list(TAG.finditer(text.text))
        # The offsets of conditions that have more than one branch.
        self._branching = _find_branching(self._actions)
        self.has_branches = bool(self._branching)

    def render(self) -> HostedText:
        text = self._text
        begin = 0
        for match in self._actions:
            if match.start() < begin:
                continue
            start, end, is_alone = self._extent(match)
            self._keep(begin, start)
            begin = end
            word = _word(match)
            if word in _OPENING or word in _DEFINING:
                self._open.append(self._takes_first or match.start() not in self._branching)
            elif word in _BETWEEN and self._open:
                self._open[-1] = not self._takes_first and word == "else"
            elif word in _CLOSING:
                if self._open:
                    self._open.pop()
            elif not (word in _SILENT or re.match(r"\{(?:\{-?\s*/\*|#|%)", match[0])):
                self._keep_expression(match, start, end, is_alone=is_alone)
        self._keep(begin, len(text))
        return join(self._parts, text.offsets[-1])

    def _extent(self, match: re.Match[str]) -> tuple[int, int, bool]:
        """Return where an action begins and ends, and whether it is alone on its line.

        If it is, that is the whole line.
        """
        text = self._text.text
        line = text.rfind("\n", 0, match.start()) + 1
        end = text.find("\n", match.end()) + 1 or len(text)
        if text[line : match.start()].strip() or text[match.end() : end].strip():
            dollar = match.start() > 0 and text[match.start() - 1] == "$" and match[0][1] == "{"
            return match.start() - dollar, match.end(), False
        return line, end, True

    def _keep(self, start: int, end: int) -> None:
        if all(self._open):
            self._parts.append(self._text[start:end])

    def _keep_expression(
        self, match: re.Match[str], start: int, end: int, *, is_alone: bool
    ) -> None:
        """Add an unknown word, or an unknown line if the action is alone on it."""
        if not all(self._open):
            return
        offsets = self._text.offsets
        start_offset, end_offset = offsets[match.start()], offsets[match.end()]
        unknown = self._unknowns.text(match[0], start_offset, end_offset)
        if is_alone:
            # Lines that are not known, which may be of any kind: a comment.
            mark = HostedText.at("# ", offsets[match.start()], offsets[match.start()])
            indent = self._text[start : match.start()]
            self._parts += [indent, mark, unknown, self._text[match.end() : end]]
        else:
            self._parts.append(unknown)
