# SPDX-License-Identifier: MIT
"""Expanding the words of shell code: parameters, substitutions, quotes, splitting, patterns.

Sources: POSIX.1-2024, Shell Command Language, 2.6 Word Expansions; bash(1), EXPANSION; dash(1).
"""

from __future__ import annotations

import re
from itertools import islice, pairwise
from typing import TYPE_CHECKING, NamedTuple

from criulint.embedded.model import HostedText, join
from criulint.embedded.shell.arithmetic import calculate
from criulint.embedded.shell.escapes import expand_escapes
from criulint.embedded.shell.parameters import modify
from criulint.embedded.shell.patterns import Part, compile_pattern
from criulint.embedded.shell.scanning import Scanner
from criulint.embedded.shell.state import MAX_TEXT_LENGTH, TooMuchError, Unit, is_known
from criulint.embedded.shell.syntax import CommandList, SyntaxTree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from criulint.embedded.shell.scanning import Heredoc
    from criulint.embedded.shell.state import Evaluation, State
    from criulint.embedded.shell.syntax import WordSpan

# `$NAME` or a special parameter, or the beginning of `${`, `$((`, `$(` or `$'`.
_PARAMETER = re.compile(
    r"\$(?:(?P<name>[A-Za-z_]\w*|[0-9@*#?$!-])"
    r"|(?P<braces>\{)|(?P<arithmetic>\(\()|(?P<code>\()|(?P<ansi>'))"
)
# In `${...}`: `!` or `#` before a name, and a subscript after it.
_IN_BRACES = re.compile(r"(!|#(?=[\w@*]))?([A-Za-z_]\w*|\d+|[@*#?$!-])(?:\[([^\]]*)\])?")
# What ends ordinary text in each mode.
_STOPS = {
    "word": re.compile(r"[\\'\"$`]|<\("),
    "quotes": re.compile(r"[\\\"$`]"),
    "heredoc": re.compile(r"[\\$`]"),
}
_ESCAPABLE = {"quotes": '$`"\\\n', "heredoc": "$`\\\n"}
# Parameters that expand to any number of words, even in quotes.
_MANY = re.compile(r"\$@|\$\{@\}|\$\{\w+\[@\]\}")
_GLOB = re.compile(r"[*?\[]")
_BRACES = re.compile(r"\{[^{}\s]*\}")
# `1..9`, `1..9..2`, `a..e`
_RANGE = re.compile(r"(-?\d{1,18})\.\.(-?\d{1,18})(?:\.\.(-?\d{1,18}))?|([A-Za-z])\.\.([A-Za-z])")
# The most words that one word with braces expands to.
_MAX_WORDS = 1000
# The most braces in a row, and nested: with two choices in each, more are too many words for a
# shell.
_MAX_BRACES = 50

# Where a part of the code begins and ends.
_Offsets = tuple[int, int]


class _Braces(NamedTuple):
    """Braces that make several words: the offsets of both, and of the commas between them.

    Without commas, they are a range.
    """

    start: int
    end: int
    commas: list[int]


class Expansion:
    """Expands the words of a unit of code in a state.

    `asks` says that the words are a test, which a default does not decide, because the caller may
    set another value. Text is written with the default.
    """

    def __init__(
        self, evaluator: Evaluation, unit: Unit, state: State, *, asks: bool = False
    ) -> None:
        self._evaluator = evaluator
        self._unit = unit
        self._state = state
        self._asks = asks
        #: Whether part of a word is a default.
        self.has_default = False
        self._text = unit.text.text
        self._scanner = unit.tree.scanner

    # --- what becomes of a word

    def words(self, words: Sequence[WordSpan]) -> list[HostedText]:
        """Return the expanded words."""
        found: list[HostedText] = []
        for word in words:
            for parts in self._spread(word):
                found += self._split(parts, word)
        return found

    def text(self, word: WordSpan, *, is_assigned: bool = False) -> HostedText:
        """Return the expanded text of a word that is not split."""
        parts = self._parts(word.start, word.end, "word", tilde=True)
        if is_assigned:
            parts = [part._replace(breaks=False) for part in parts]
        return self._join(parts, word)

    def target(self, word: WordSpan) -> HostedText:
        """Return the path of a redirection."""
        found = self.words([word])
        return found[0] if len(found) == 1 else self.unknown(("target", word.start), word)

    def heredoc(self, heredoc: Heredoc) -> HostedText:
        """Return the text of a here-document."""
        text = self._unit.text[heredoc.first : heredoc.last]
        if heredoc.strips_tabs:
            text = _strip_tabs(text, joins=not heredoc.is_literal)
        if heredoc.is_literal:
            return text
        unit = Unit(text, SyntaxTree(CommandList(()), Scanner(text.text)), self._unit.shells)
        parts = Expansion(self._evaluator, unit, self._state).quoted_parts("heredoc")
        return join([part.text for part in parts], text.offsets[0])

    def quoted_parts(self, mode: str) -> list[Part]:
        """Return the parts of the whole text, which is one in quotes or a here-document."""
        return self._parts(0, len(self._text), mode)

    def pattern(self, word: WordSpan) -> re.Pattern[str] | None:
        """Return a word as the pattern of `case`, None if a part is unknown."""
        return compile_pattern(self._parts(word.start, word.end, "word", tilde=True))

    def unknown(self, what: object, word: WordSpan) -> HostedText:
        """Return an unknown text in place of a word."""
        offsets = self._unit.text.offsets
        key = (what, offsets[word.start])
        return self._evaluator.unknowns.text(key, offsets[word.start], offsets[word.end])

    def _join(self, parts: Sequence[Part], word: WordSpan) -> HostedText:
        if sum(len(part.text) for part in parts) > MAX_TEXT_LENGTH:
            raise TooMuchError("has words that are too long to be followed")
        return join([part.text for part in parts], self._unit.text.offsets[word.start])

    # --- braces

    def _spread(self, word: WordSpan) -> Iterator[list[Part]]:
        """Yield the parts of each word that the braces in a word make; bash alone knows them."""
        raw = self._text[word.start : word.end]
        found = "{" in raw and "bash" in self._unit.shells and _may_spread(raw)
        alternatives = self._alternatives(word.start, word.end) if found else None
        if alternatives is None or len(alternatives) == 1:
            yield self._parts(word.start, word.end, "word", tilde=True)
        elif self._unit.shells != ("bash",):
            yield [Part(self.unknown("braces", word), is_quoted=True)]
        else:
            for segments in alternatives:
                parts: list[Part] = []
                for number, segment in enumerate(segments):
                    if isinstance(segment, HostedText):
                        parts.append(Part(segment, is_quoted=True))
                    else:
                        parts += self._parts(*segment, "word", tilde=not number)
                yield parts

    def _alternatives(
        self, start: int, end: int, depth: int = 0
    ) -> list[list[_Offsets | HostedText]]:
        """Return the words that braces make, each as a list of ranges and texts."""
        found: list[list[_Offsets | HostedText]] = [[]]
        for _ in range(_MAX_BRACES):
            braces = self._find_braces(start, end)
            if braces is None:
                return [[*before, (start, end)] for before in found]
            middle: list[list[_Offsets | HostedText]] = []
            if not braces.commas:
                middle = [[text] for text in self._range(braces.start + 1, braces.end)]
            elif depth < _MAX_BRACES:
                for first, last in pairwise([braces.start, *braces.commas, braces.end]):
                    middle += self._alternatives(first + 1, last, depth + 1)
            else:
                break
            words = (
                [*before, (start, braces.start), *inner] for before in found for inner in middle
            )
            found = list(islice(words, _MAX_WORDS))
            start = braces.end + 1
        raise TooMuchError("has too many braces to be followed")

    def _find_braces(self, start: int, end: int) -> _Braces | None:
        """Return the first braces that make words."""
        position = start
        while position < end:
            stop = self._skip_quoted(position, end)
            if stop == position and self._text[position] == "{":
                found = self._close_braces(position, end)
                if found:
                    return found
            position = max(stop, position + 1)
        return None

    def _close_braces(self, start: int, end: int) -> _Braces | None:
        """Return the braces that begin at `start`, None if they are text: ``{}``, ``{a}``."""
        depth = 0
        commas: list[int] = []
        position = start
        while position < end:
            stop = self._skip_quoted(position, end)
            if stop > position:
                position = stop
                continue
            character = self._text[position]
            depth += (character == "{") - (character == "}")
            if character == "," and depth == 1:
                commas.append(position)
            if depth == 0:
                is_range = _RANGE.fullmatch(self._text, start + 1, position)
                return _Braces(start, position, commas) if commas or is_range else None
            position += 1
        return None

    def _skip_quoted(self, position: int, end: int) -> int:
        """Return the offset after what is quoted or substituted at a position."""
        return self._part_end(position, end)

    def _part_end(self, position: int, end: int, *, in_quotes: bool = False) -> int:
        stop = self._scanner.part_end(position, in_quotes=in_quotes)
        return end if stop is None else min(stop, end)

    def _range(self, start: int, end: int) -> list[HostedText]:
        """Return the words of ``{1..9}``; numbers get leading zeros if one of the two has them."""
        found = _RANGE.fullmatch(self._text, start, end)
        assert found
        if found[4]:
            first, last, step = ord(found[4]), ord(found[5]), 1
        else:
            first, last, step = int(found[1]), int(found[2]), abs(int(found[3] or 1)) or 1
        step = step if last >= first else -step
        numbers = range(first, last + (1 if step > 0 else -1), step)[:_MAX_WORDS]
        width = 0
        if not found[4] and re.search(r"(?:\A|-|\.)0\d", found[0]):
            width = max(len(found[1]), len(found[2]))
        offsets = self._unit.text.offsets
        texts = [chr(number) if found[4] else str(number).zfill(width) for number in numbers]
        return [HostedText.at(text, offsets[start], offsets[end]) for text in texts]

    # --- splitting

    def _split(self, parts: list[Part], word: WordSpan) -> list[HostedText]:
        """Return the words that the parts of one word are split into: none, one, or several."""
        fields: list[list[Part]] = []
        current: list[Part] = []
        for part in (*self._separated_parts(parts), None):
            if part is not None:
                current.append(part)
            elif current:
                fields.append(current)
                current = []
        return [text for field in fields for text in self._glob(field, word)]

    def _separated_parts(self, parts: list[Part]) -> Iterator[Part | None]:
        """Yield the parts of one word, with None where another word begins."""
        for part in parts:
            if part.breaks:
                yield None
            elif part.is_quoted or not part.is_substituted:
                yield part
            else:
                for number, piece in enumerate(self._split_text(part.text)):
                    if number:
                        yield None
                    if piece is not None:
                        yield Part(piece, is_quoted=False)

    def _split_text(self, text: HostedText) -> Iterator[HostedText | None]:
        """Yield the pieces of a substituted text, with None at an end that a separator marks.

        Blanks at the ends separate the text from what is beside it.
        """
        separators = self._state.variables.get("IFS")
        ifs = separators.text if isinstance(separators, HostedText) else " \t\n"
        blanks = re.escape("".join(sign for sign in ifs if sign in " \t\n"))
        others = re.escape("".join(sign for sign in ifs if sign not in " \t\n"))
        pattern = "|".join(
            part
            for part in (
                others and (f"[{blanks}]*[{others}][{blanks}]*" if blanks else f"[{others}]"),
                blanks and f"[{blanks}]+",
            )
            if part
        )
        position = 0
        for found in re.finditer(pattern, text.text) if pattern else ():
            piece = text[position : found.start()]
            is_blank = not others or not re.search(f"[{others}]", found[0])
            if found.start() == 0 and is_blank:
                yield None
            else:
                yield piece
            position = found.end()
        yield text[position:] if position < len(text) else None

    def _glob(self, field: list[Part], word: WordSpan) -> list[HostedText]:
        """Return the files that a pattern matches among those that the code has written."""
        text = self._join(field, word)
        if any(not part.is_quoted and _GLOB.search(part.text.text) for part in field):
            pattern = compile_pattern(field, is_path=True)
            paths = self._state.match(pattern) if pattern else []
            if paths:
                offsets = text.offsets
                return [HostedText.at(path, offsets[0], offsets[-1]) for path in paths]
        return [text]

    # --- parts

    def _parts(self, start: int, end: int, mode: str, *, tilde: bool = False) -> list[Part]:
        """Return the parts of a range of the text: of a word, in quotes, of a here-document."""
        parts: list[Part] = []
        text = self._text
        position = start
        if tilde:
            position = self._tilde(start, end, parts)
        is_quoted = mode != "word"
        while position < end:
            found = _STOPS[mode].search(text, position, end)
            stop = found.start() if found else end
            if stop > position:
                parts.append(Part(self._unit.text[position:stop], is_quoted))
            if found is None:
                break
            position = self._special(stop, end, mode, parts)
        return parts

    def _tilde(self, start: int, end: int, parts: list[Part]) -> int:
        if not re.compile(r"~(?=/|\Z)").match(self._text, start, end):
            return start
        home = self._state.variables.get("HOME")
        if not isinstance(home, HostedText):
            home = self._evaluator.unknowns.text(
                ("variable", "HOME"), *self._edges(start, start + 1)
            )
        parts.append(Part(home, is_quoted=True))
        return start + 1

    def _edges(self, start: int, end: int) -> tuple[int, int]:
        offsets = self._unit.text.offsets
        return offsets[start], offsets[end]

    def _special(self, position: int, end: int, mode: str, parts: list[Part]) -> int:
        """Add what a backslash, a quote, a `$` or a backtick begins; return where it ends."""
        character = self._text[position]
        if character == "\\":
            return self._backslash(position, end, mode, parts)
        if character == "<":
            return self._process(position, end, parts)
        if character == "$":
            return self._dollar(position, end, mode, parts)
        stop = self._part_end(position, end)
        if character == "'":
            parts.append(Part(self._unit.text[position + 1 : stop - 1], is_quoted=True))
        elif character == '"':
            inner = self._parts(position + 1, stop - 1, "quotes")
            if not inner and not _MANY.fullmatch(self._text, position + 1, stop - 1):
                inner = [Part(self._unit.text[position + 1 : position + 1], is_quoted=True)]
            parts += inner
        else:
            self._backticks(position, stop, mode, parts)
        return max(stop, position + 1)

    def _backslash(self, position: int, end: int, mode: str, parts: list[Part]) -> int:
        """Add what a backslash means, and return the offset after it."""
        following = self._text[position + 1 : min(position + 2, end)]
        if following == "\n":
            return position + 2
        if mode != "word" and (not following or following not in _ESCAPABLE[mode]):
            parts.append(Part(self._unit.text[position : position + 1], is_quoted=True))
            return position + 1
        if following:
            offsets = self._unit.text.offsets
            text = HostedText(following, (offsets[position], offsets[position + 2]))
            parts.append(Part(text, is_quoted=True))
        return position + 2

    def _process(self, position: int, end: int, parts: list[Part]) -> int:
        """Add the name of the file that contains the output of ``<(...)``."""
        stop = self._part_end(position, end)
        edges = self._edges(position, stop)
        name = self._evaluator.unknowns.text(("process", edges), *edges)
        code = self._unit.text[position + 2 : stop - 1]
        output = self._evaluator.capture(code, self._unit, self._state, keeps_newlines=True)
        if output is not None:
            key = self._state.key(name.text)
            self._state.open(key, edges[0], adds=False)
            self._state.put(key, output, edges[0])
        parts.append(Part(name, is_quoted=True))
        return stop

    def _backticks(self, start: int, end: int, mode: str, parts: list[Part]) -> None:
        pattern = r'\\([\\$`"])' if mode == "quotes" else r"\\([\\$`])"
        inner = self._unit.text[start + 1 : end - 1]
        pieces: list[HostedText] = []
        position = 0
        for found in re.finditer(pattern, inner.text):
            pieces += (inner[position : found.start()], inner[found.start(1) : found.end()])
            position = found.end()
        code = join([*pieces, inner[position:]], inner.offsets[0])
        self._substitute(code, start, end, mode, parts)

    def _substitute(
        self, code: HostedText, start: int, end: int, mode: str, parts: list[Part]
    ) -> None:
        output = self._evaluator.capture(code, self._unit, self._state)
        if output is None:
            output = self._evaluator.unknowns.text(
                ("output", code.offsets[0]), *self._edges(start, end)
            )
        parts.append(Part(output, mode != "word", is_substituted=True))

    def _dollar(self, position: int, end: int, mode: str, parts: list[Part]) -> int:
        """Add what a ``$`` expands to, and return the offset after it."""
        found = _PARAMETER.match(self._text, position, end)
        is_quoted = mode != "word"
        if found is None:
            return self._lone_dollar(position, end, mode, parts)
        if found["ansi"]:
            return self._ansi_quotes(position, end, mode, parts)
        if found["name"]:
            self._parameter(found["name"], None, (position, found.end()), parts, is_quoted)
            return found.end()
        stop = self._part_end(position, end, in_quotes=is_quoted)
        closing = "))" if found["arithmetic"] else ")"
        inner = (found.end(), stop - len(closing))
        if found["arithmetic"]:
            self._arithmetic(*inner, is_quoted, parts)
        elif found["code"]:
            self._substitute(self._unit.text[slice(*inner)], position, stop, mode, parts)
        else:
            self._braces(*inner, mode, parts)
        return max(stop, position + 2)

    def _lone_dollar(self, position: int, end: int, mode: str, parts: list[Part]) -> int:
        """Add a ``$`` that begins no expansion; before quotes, bash drops it."""
        is_translated = mode == "word" and self._text.startswith('$"', position)
        if is_translated and "bash" in self._unit.shells:
            if self._unit.shells != ("bash",):
                stop = self._part_end(position + 1, end)
                unknown = self._evaluator.unknowns.text(
                    ("quotes", position), *self._edges(position, stop)
                )
                parts.append(Part(unknown, is_quoted=True))
                return stop
        else:
            parts.append(Part(self._unit.text[position : position + 1], is_quoted=True))
        return position + 1

    def _ansi_quotes(self, position: int, end: int, mode: str, parts: list[Part]) -> int:
        """Add the text of ``$'...'``, which dash does not know, and return the offset after it."""
        if mode != "word":
            parts.append(Part(self._unit.text[position : position + 1], is_quoted=True))
            return position + 1
        stop = self._part_end(position, end)
        inner = self._unit.text[position + 2 : stop - 1]
        edges = self._edges(position, stop)
        readings = []
        for shell in self._unit.shells:
            if shell != "dash":
                readings.append(expand_escapes(inner, "quotes", shell)[0])
            elif "'" in inner.text:  # the quotes end there
                readings.append(self._evaluator.unknowns.text(("quotes", edges), *edges))
            else:
                readings.append(join([self._unit.text[position : position + 1], inner]))
        text = self._evaluator.agree(readings, edges)
        parts.append(Part(text, is_quoted=True))
        return stop

    def _arithmetic(self, start: int, end: int, is_quoted: bool, parts: list[Part]) -> None:
        expression = self._parts(start, end, "quotes")
        edges = self._edges(start, end)
        text = "".join(part.text.text for part in expression)
        value = calculate(text, self._state.variables) if is_known(text) else None
        if value is None:
            result = self._evaluator.unknowns.text(("sum", start), *edges)
        else:
            result = HostedText.at(str(value), *edges)
        parts.append(Part(result, is_quoted, is_substituted=True))

    # --- parameters

    def _parameter(
        self,
        name: str,
        index: str | None,
        span: tuple[int, int],
        parts: list[Part],
        is_quoted: bool,
    ) -> None:
        """Add the value of a parameter, an unknown text if it has none."""
        if name in ("@", "*"):
            values = self._state.arguments
            if values is not None and self._state.has_more:
                values = [*values, self._evaluator.unknowns.text("arguments", *self._edges(*span))]
            self._many(values, name, span, parts, is_quoted)
            return
        value = self._state.variables.get(name)
        if isinstance(value, list) and index in ("@", "*"):
            self._many(value, index, span, parts, is_quoted)
            return
        text = self.value(name, index)
        if text is None:
            text = self._evaluator.unknowns.text(("variable", name), *self._edges(*span))
        parts.append(Part(text, is_quoted, is_substituted=True))

    def _many(
        self,
        values: list[HostedText] | None,
        name: str,
        span: tuple[int, int],
        parts: list[Part],
        is_quoted: bool,
    ) -> None:
        edges = self._edges(*span)
        if values is None:
            unknown = self._evaluator.unknowns.text("arguments", *edges)
            parts.append(Part(unknown, is_quoted, is_substituted=True))
            return
        separators = self._state.variables.get("IFS")
        separator = separators.text[:1] if isinstance(separators, HostedText) else " "
        for number, value in enumerate(values):
            if number and is_quoted and name == "*":
                parts.append(Part(HostedText.at(separator, *edges), is_quoted=True))
            elif number:
                empty = HostedText.at(" ", *edges)
                parts.append(Part(empty, is_quoted=True, breaks=True))
            parts.append(Part(value, is_quoted, is_substituted=True))

    def value(self, name: str, index: str | None = None) -> HostedText | None:
        """Return the value of a parameter, None if it is not known."""
        state = self._state
        if name in state.defaulted:
            self.has_default = True
            if self._asks:
                return None
        if name == "#":
            is_open = state.arguments is None or state.has_more
            return None if is_open else HostedText.at(str(len(state.arguments or ())), 0, 0)
        if name.isdigit() and name != "0":
            return self._argument(int(name))
        value = state.variables.get(name)
        if isinstance(value, list):
            number = calculate(index or "0", state.variables)
            return None if number is None else _element(value, number)
        return value if index in (None, "0", "@", "*") else None

    def _argument(self, number: int) -> HostedText | None:
        arguments = self._state.arguments
        if arguments is None or (number > len(arguments) and self._state.has_more):
            return None
        return _element(arguments, number - 1)

    def _is_set(self, name: str) -> bool | None:
        """Return whether a parameter has a value, None if it may have one."""
        if name in ("@", "*") or (name.isdigit() and name != "0"):
            needed = int(name) if name.isdigit() else 1
            if needed <= len(self._state.arguments or ()):
                return True
            is_open = self._state.arguments is None or self._state.has_more
            return None if is_open else False
        return True if name in self._state.variables else None

    def _braces(self, start: int, end: int, mode: str, parts: list[Part]) -> None:
        """Add the expansion of ``${...}``."""
        found = _IN_BRACES.match(self._text, start, end)
        edges = (start - 2, end + 1)
        is_quoted = mode != "word"
        if found is None or found[1] == "!":
            what = ("braces", self._text[start:end])
            unknown = self._evaluator.unknowns.text(what, *self._edges(*edges))
            parts.append(Part(unknown, is_quoted, is_substituted=True))
            return
        name, index = found[2], found[3]
        operator = self._text[found.end() : end]
        if not operator and not found[1]:
            self._parameter(name, index, edges, parts, is_quoted)
        elif match := re.match(r":?[-=+?]", operator):
            word = (found.end() + len(match[0]), end)
            self._default((name, index), match[0], word, mode, parts)
        else:
            value = self.value(name, index)
            if found[1]:
                value = self._length(name, index, edges)
            elif value is not None:
                value = self._modify(value, found.end(), end)
            if value is None:
                what = ("braces", self._text[start:end])
                value = self._evaluator.unknowns.text(what, *self._edges(*edges))
            parts.append(Part(value, is_quoted, is_substituted=True))

    def _length(self, name: str, index: str | None, span: tuple[int, int]) -> HostedText | None:
        value = self._state.variables.get(name)
        if isinstance(value, list) and index in ("@", "*"):
            return HostedText.at(str(len(value)), *self._edges(*span))
        if name in ("@", "*"):
            return self.value("#")
        text = self.value(name, index)
        if text is None or not is_known(text.text) or not text.text.isascii():
            return None  # some count bytes, some characters
        return HostedText.at(str(len(text.text)), *self._edges(*span))

    def _modify(self, value: HostedText, start: int, end: int) -> HostedText | None:
        def expand(first: int, last: int) -> list[Part]:
            return self._parts(first, last, "word")

        return modify(value, self._text, start, end, expand)

    def _default(
        self,
        parameter: tuple[str, str | None],
        operator: str,
        word: tuple[int, int],
        mode: str,
        parts: list[Part],
    ) -> None:
        """Add a parameter's value, or a word where it has none; with ``+`` the other way round."""
        name, index = parameter
        is_set = self._is_set(name)
        value = self.value(name, index) if is_set and name not in ("@", "*") else None
        if is_set and operator[0] == ":" and value is not None and not value.text:
            is_set = False
        edges = (word[0] - len(operator) - len(name) - 2, word[1] + 1)
        is_quoted = mode != "word"
        if operator[-1] == "+":
            if is_set:
                parts += self._word_parts(*word, mode)
            elif is_set is None:
                what = ("alternative", self._text[slice(*word)], name)
                unknown = self._evaluator.unknowns.text(what, *self._edges(*edges))
                parts.append(Part(unknown, is_quoted, is_substituted=True))
        elif is_set or operator[-1] == "?":
            self._parameter(name, index, edges, parts, is_quoted)
        else:
            default = self._word_parts(*word, mode)
            is_open = is_set is None or name in self._state.defaulted
            self.has_default |= is_open
            if operator[-1] == "=" and name.isidentifier():
                text = join([part.text for part in default], self._unit.text.offsets[word[0]])
                self._state.variables[name] = text
                self._state.note_default(name, is_default=is_open)
            if self._asks and is_open:
                unknown = self._evaluator.unknowns.text(("variable", name), *self._edges(*edges))
                default = [Part(unknown, is_quoted, is_substituted=True)]
            parts += default

    def _word_parts(self, start: int, end: int, mode: str) -> list[Part]:
        if mode != "word":
            return self._parts(start, end, "quotes")
        found = self._parts(start, end, mode, tilde=True)
        # Blanks that are written here split words, too.
        return [part if part.is_quoted else part._replace(is_substituted=True) for part in found]


_EMPTY = HostedText("", (0,))


def _element(values: list[HostedText], number: int) -> HostedText:
    return values[number] if -len(values) <= number < len(values) else _EMPTY


def _strip_tabs(text: HostedText, *, joins: bool) -> HostedText:
    """Return lines without the tabs that they begin with; continued lines keep theirs."""
    lines: list[HostedText] = []
    is_continued = False
    for line in text.lines():
        tabs = 0 if is_continued else len(line) - len(line.text.lstrip("\t"))
        lines.append(line[tabs:])
        body = line.text.rstrip("\n")
        is_continued = joins and (len(body) - len(body.rstrip("\\"))) % 2 == 1
    return join(lines, text.offsets[0])


def _may_spread(word: str) -> bool:
    """Return whether a word has braces with a comma or a range between them."""
    if "," in word[word.index("{") : word.rfind("}") + 1]:
        return True
    return any(".." in found[0] for found in _BRACES.finditer(word))
