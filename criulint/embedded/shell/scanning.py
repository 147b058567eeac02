# SPDX-License-Identifier: MIT
"""Where quotes, substitutions and here-documents of shell code end.

Source: POSIX.1-2024, Shell Command Language, 2.2 Quoting, 2.3 Token Recognition, 2.7.4
Here-Document.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_QUOTED = r"\\(?s:.)|`(?:\\(?s:.)|[^`\\])*(?:`|\Z)"
_SINGLE = r"'[^']*(?:'|\Z)|\$'(?:\\(?s:.)|[^'\\])*(?:'|\Z)"
# The tokens that matter in each context: those that open, close or hide one.
_TOKENS = {
    "code": re.compile(
        rf"{_QUOTED}|{_SINGLE}|\$\(\(|\(\(|\$\(|\$\{{|[<>]\(|<<<|<<-?|[\"()\n]|#|\b(?:case|esac)\b"
    ),
    "quotes": re.compile(rf"{_QUOTED}|\$\(\(|\$\(|\$\{{|\""),
    "parameter": re.compile(rf"{_QUOTED}|{_SINGLE}|\$\(\(|\$\(|\$\{{|[\"}}]"),
    "quoted parameter": re.compile(rf"{_QUOTED}|\$\(\(|\$\(|\$\{{|[\"}}]"),
    "arithmetic": re.compile(rf"{_QUOTED}|\$\(\(|\$\(|\$\{{|\)\)|[(\"]"),
    "parenthesis": re.compile(rf"{_QUOTED}|\$\(\(|\$\(|\$\{{|[()\"]"),
}
_CLOSERS = {"code": ")", "parenthesis": ")", "quotes": '"', "arithmetic": "))"}
_OPENED = {'"': "quotes", "$((": "arithmetic", "$(": "code", "<(": "code", ">(": "code"}
# What may be before a command: the beginning, a separator, or a keyword.
_COMMAND_POSITION = re.compile(
    r"(?:\A|[\n;&|({!`)]|\b(?:then|do|else|elif|if|while|until|for))[ \t]*\Z"
)
# After `<<`: a word that may have quotes in it.
_DELIMITER = re.compile(r"[ \t]*((?:'[^'\n]*'|\"[^\"\n]*\"|\\.|[^ \t\n;&|<>()'\"\\])+)")
_QUOTES = re.compile(r"'([^']*)'|\"([^\"]*)\"|\\(.)")
_SINGLE_QUOTES = re.compile(r"'[^']*'")
_ANSI_QUOTES = re.compile(r"\$'(?:\\(?s:.)|[^'\\])*'")
_BACKTICKS = re.compile(r"`(?:\\(?s:.)|[^`\\])*`")
# People do not write constructs that are nested more deeply.
_MAX_DEPTH = 400


class Heredoc(NamedTuple):
    """A here-document: its delimiter, and where its lines begin and end, without the delimiter.

    `is_literal`: the delimiter is quoted, and nothing is expanded. `strips_tabs` as ``<<-`` does.
    `end` is the offset after the line with the delimiter.
    """

    delimiter: str
    is_literal: bool
    strips_tabs: bool
    first: int
    last: int
    end: int


class _HeredocMark(NamedTuple):
    """The operator of a here-document, by its offset, and the delimiter after it."""

    start: int
    delimiter: str
    is_literal: bool
    strips_tabs: bool


class Scanner:
    """Finds here-documents, by the offsets of their operators, and the ends of constructs."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.heredocs: dict[int, Heredoc] = {}
        #: The quoted or substituted parts and comments that are not inside each other.
        self.hidden: list[tuple[int, int]] = []
        # The here-documents that begin on the next line.
        self._pending: list[_HeredocMark] = []

    def scan(self) -> None:
        """Find the here-documents of the whole text, and other parts that hide structure."""
        self._scan("code", 0, to_end=True)

    def end(self, context: str, start: int) -> int | None:
        """Return the offset after what closes a construct whose inside begins at `start`.

        `context` is ``code`` in ``$(``, ``quotes``, ``parameter``, ``quoted parameter`` or
        ``arithmetic``. None if nothing closes it.
        """
        return self._scan(context, start, to_end=False)

    def part_end(self, position: int, *, in_quotes: bool = False) -> int | None:
        """Return the offset after what is quoted or substituted at a position of a word.

        The same position if nothing is, None if nothing closes it.
        """
        text = self.text
        character = text[position]
        if character == "\\":
            return min(position + 2, len(text))
        if character in "'`":
            found = (_SINGLE_QUOTES if character == "'" else _BACKTICKS).match(text, position)
            return found.end() if found else None
        if character == '"':
            return self.end("quotes", position + 1)
        if character == "$":
            return self._dollar_end(position, in_quotes=in_quotes)
        if character in "<>" and text.startswith("(", position + 1):
            return self.end("code", position + 2)
        return position

    def _dollar_end(self, position: int, *, in_quotes: bool) -> int | None:
        """Return the offset after what a ``$`` begins, None if nothing closes it."""
        text = self.text
        if text.startswith("$((", position):
            return self.end("arithmetic", position + 3)
        if text.startswith("$(", position):
            return self.end("code", position + 2)
        if text.startswith("${", position):
            return self.end("quoted parameter" if in_quotes else "parameter", position + 2)
        if text.startswith("$'", position) and not in_quotes:
            found = _ANSI_QUOTES.match(text, position)
            return found.end() if found else None
        return position + 1

    def _scan(self, context: str, position: int, *, to_end: bool) -> int | None:
        """Return the offset after what closes the context of a position, None if nothing does.

        `to_end`: the context is the whole text, which nothing closes. Then its quoted and
        substituted parts and its comments are noted in `hidden`.
        """
        # How many `case`s are open: their patterns end with a lone `)`.
        cases = 0
        # The contexts around the current one, each with its open `case`s.
        stack: list[tuple[str, int]] = []
        # Where the current part of a word begins, and how many contexts are around it.
        part_start: int | None = None
        part_depth = 0
        while token := _TOKENS[context].search(self.text, position):
            what, start, position = token[0], token.start(), token.end()
            if what == _CLOSERS.get(context, "}"):
                if context == "code" and (cases or (to_end and not stack)):
                    continue
                if not stack:
                    return position
                context, cases = stack.pop()
                if part_start is not None and len(stack) == part_depth:
                    self.hidden.append((part_start, position))
                    part_start = None
            elif inner := self._opened_context(what, context, start):
                if len(stack) > _MAX_DEPTH:
                    return None
                if to_end and part_start is None and self._is_part_of_word(what, start):
                    part_start, part_depth = start, len(stack)
                stack.append((context, cases))
                context, cases = inner, 0
            elif context == "code":
                cases += self._change_of_cases(what, start, cases)
                position = self._skip(what, start, position)
                if to_end and part_start is None and _hides(what, token, position):
                    self.hidden.append((start, position))
        if part_start is not None:
            self.hidden.append((part_start, len(self.text)))
        return None

    def _change_of_cases(self, what: str, start: int, cases: int) -> int:
        """Return 1 for a `case`, -1 for the `esac` of one."""
        if what not in ("case", "esac") or not self._is_command_position(start):
            return 0
        return 1 if what == "case" else -min(cases, 1)

    def _opened_context(self, what: str, context: str, start: int) -> str | None:
        """Return the context that a token opens."""
        if what == "((":
            return "arithmetic" if self._is_command_position(start) else "code"
        if what == "(":
            return "code" if context == "code" else "parenthesis"
        if what == "${":
            return "quoted parameter" if context.startswith("quote") else "parameter"
        return _OPENED.get(what)

    def _is_part_of_word(self, what: str, start: int) -> bool:
        """Return whether what a token opens is part of a word, and not a command."""
        if what not in ("(", "(("):
            return True
        # An array, or a pattern.
        return self.text[max(start - 1, 0) : start] in ("=", "@", "+", "?", "*")

    def _is_command_position(self, offset: int) -> bool:
        return _COMMAND_POSITION.search(self.text, max(offset - 12, 0), offset) is not None

    def _skip(self, what: str, start: int, position: int) -> int:
        """Return the offset after a token in code that opens nothing.

        A comment extends to the end of its line, and here-documents follow a newline.
        """
        if what == "#":
            if start and self.text[start - 1] not in " \t\n;&|()`":
                return position
            end = self.text.find("\n", position)
            return len(self.text) if end < 0 else end
        if what in ("<<", "<<-"):
            return self._note_heredoc(what, start, position)
        if what == "\n" and self._pending:
            return self._read_heredocs(position)
        return position

    def _note_heredoc(self, what: str, start: int, position: int) -> int:
        found = _DELIMITER.match(self.text, position)
        if found is None:
            return position
        delimiter = _QUOTES.sub(lambda match: match[1] or match[2] or match[3] or "", found[1])
        is_literal = delimiter != found[1]
        self._pending.append(_HeredocMark(start, delimiter, is_literal, what == "<<-"))
        return found.end()

    def _read_heredocs(self, position: int) -> int:
        """Read the here-documents that begin at a position, and return the offset after them."""
        for mark in self._pending:
            first = position
            last, position = self._find_delimiter(first, mark)
            self.heredocs[mark.start] = Heredoc(
                mark.delimiter, mark.is_literal, mark.strips_tabs, first, last, position
            )
        self._pending = []
        return position

    def _find_delimiter(self, position: int, mark: _HeredocMark) -> tuple[int, int]:
        """Return where the line with the delimiter begins and ends.

        If there is none, both are the end of the text.
        """
        text = self.text
        is_continued = False
        while position < len(text):
            end = text.find("\n", position)
            stop = len(text) if end < 0 else end
            line = text[position:stop]
            word = line.lstrip("\t") if mark.strips_tabs else line
            if word == mark.delimiter and not is_continued:
                return position, min(stop + 1, len(text))
            backslashes = len(line) - len(line.rstrip("\\"))
            is_continued = not mark.is_literal and backslashes % 2 == 1
            position = stop + 1
        return len(text), len(text)


def _hides(what: str, token: re.Match[str], position: int) -> bool:
    """Return whether a token up to a position is a quote or a comment."""
    if what[0] == "#":
        return position > token.end()
    return what[0] in "\\'$`" and what != "\\\n"
