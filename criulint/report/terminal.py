# SPDX-License-Identifier: MIT
"""Output on a terminal: colours, links, lines that fit, and the width of text in columns."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from criulint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TextIO

# Terminals that are known to support OSC 8, by the variables that they set.
_LINKING = ("WT_SESSION", "KONSOLE_VERSION", "KITTY_WINDOW_ID", "DOMTERM", "ALACRITTY_WINDOW_ID")
_LINKING_PROGRAMS = frozenset(("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper"))
_FIRST_LINKING_VTE = 5000
_MIN_WIDTH = 40

# ANSI codes that are readable on dark and on light: plain blue and grey are not.
BOLD, RED, GREEN, YELLOW, CYAN = "1", "31", "32", "33", "36"


class Style(NamedTuple):
    """How text is shown.

    `width` is the number of columns in which text for people is wrapped, None for lines of any
    length. `links`: whether words may be links (OSC 8).
    """

    colour: bool = False
    width: int | None = None
    links: bool = False

    def paint(self, text: str, code: str) -> str:
        """Return `text` in the colour of an ANSI code; none if it is empty."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and code and text else text

    def link(self, text: str, url: str) -> str:
        """Return `text` as a link, if the terminal has links."""
        return f"\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\" if self.links and url else text

    def link_path(self, text: str, path: str) -> str:
        """Return `text` as a link to a file of this host, if the terminal has links."""
        return self.link(text, _file_url(path)) if self.links else text

    def wrap(self, text: str, first: int, indent: int) -> list[str]:
        """Return `text` in lines that fit: `first` columns are taken in the first one.

        The others are to be indented by `indent` columns.
        """
        if self.width is None:
            return [text]
        import textwrap

        wrapper = textwrap.TextWrapper(
            max(self.width, _MIN_WIDTH),
            initial_indent=" " * first,
            subsequent_indent=" " * indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines = wrapper.wrap(text) or [" " * first]
        return [lines[0][first:], *(line[indent:] for line in lines[1:])]

    def fold(self, text: str, code: str = "", first: int = 0, indent: int = 0) -> list[str]:
        """Return `text` in lines that fit, in the colour of an ANSI code.

        The first one is indented by `first` columns, the others by `indent`.
        """
        lines = self.wrap(text, first, indent)
        return [
            " " * (indent if number else first) + self.paint(line, code)
            for number, line in enumerate(lines)
        ]


PLAIN = Style()


def _file_url(path: str) -> str:
    """Return the URL of a file; it names the host, because a terminal may show another host's."""
    from urllib.parse import quote

    host = os.uname().nodename if hasattr(os, "uname") else ""
    absolute = os.path.abspath(path).replace(os.sep, "/")
    return f"file://{quote(host)}/{quote(os.fsencode(absolute.lstrip('/')))}"


def style_for(stream: TextIO, choice: str, environment: Mapping[str, str] = os.environ) -> Style:
    """Return how to write to a stream; `choice` is the word of ``--color``.

    Sources: no-color.org, bixense.com/clicolors; Egmont Koblinger's “Hyperlinks in terminal
    emulators”.
    """
    is_terminal = stream.isatty() and environment.get("TERM") != "dumb"
    colour = choice == "always" or (choice == "auto" and _has_colour(is_terminal, environment))
    return Style(
        colour,
        _width(stream, environment) if is_terminal or "COLUMNS" in environment else None,
        colour and is_terminal and _has_links(environment),
    )


def _has_colour(is_terminal: bool, environment: Mapping[str, str]) -> bool:
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR") or environment.get("CLICOLOR_FORCE"):
        return True
    return is_terminal


def _has_links(environment: Mapping[str, str]) -> bool:
    if "FORCE_HYPERLINK" in environment:
        return environment["FORCE_HYPERLINK"] not in ("", "0")
    vte = environment.get("VTE_VERSION", "")
    return (
        any(name in environment for name in _LINKING)
        or environment.get("TERM_PROGRAM") in _LINKING_PROGRAMS
        or (vte.isdecimal() and int(vte) >= _FIRST_LINKING_VTE)
    )


def _width(stream: TextIO, environment: Mapping[str, str]) -> int | None:
    columns = environment.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (AttributeError, ValueError, OSError):
        return None


def render_control_pictures(text: str) -> str:
    """Return text that is safe on a terminal, with one character for each of its own.

    Control characters become their pictures, and other unprintable ones U+FFFD. Where columns do
    not matter, `criulint.text.escape` shows more.
    """
    if text.isprintable():
        return text
    return "".join(map(_control_picture, text))


def _control_picture(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return character if character.isprintable() else "\ufffd"


def count_columns(text: str) -> int:
    """Return the columns that printable text takes on a terminal.

    The library wcwidth handles more, such as emoji sequences, but carets under a line of a CRIU
    file are not worth a dependency.
    """
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    bases = [character for character in text if not combining(character)]
    return len(bases) + sum(east_asian_width(character) in "WF" for character in bases)


_GAP = "  "
_LEAST_COLUMN = 10
# More columns than a character takes, and the blank before it.
_WIDEST = 3


class Cell(NamedTuple):
    """A cell of a table: its text, an ANSI code for it, and where it leads to."""

    text: str
    colour: str = ""
    url: str = ""


def lay_out_table(rows: Sequence[Sequence[str | Cell]], style: Style, most: int = 60) -> list[str]:
    """Return the lines of a table: columns side by side, cells wrapped to fit the `style`.

    The rows have equally many cells. Columns are as wide as their widest cell, but for the last
    one at most `most` columns if the width is not limited.
    """
    return [line for lines in lay_out_rows(rows, style, most) for line in lines]


def lay_out_rows(
    rows: Sequence[Sequence[str | Cell]], style: Style, most: int = 60
) -> list[list[str]]:
    """Return the lines of each row of a table; see `lay_out_table`."""
    table = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in rows]
    widths = [
        max(count_columns(cell.text) for cell in column) for column in zip(*table, strict=True)
    ]
    if style.width is None:
        widths = [min(width, most) for width in widths[:-1]]
        return [[_join(row, [cell.text for cell in row], widths, style)] for row in table]
    room = max(style.width, _MIN_WIDTH) - len(_GAP) * (len(widths) - 1)
    for least, columns in ((_LEAST_COLUMN, range(1, len(widths))), (1, range(len(widths)))):
        # The names in the first column are cut last.
        while sum(widths) > room and (widest := max(widths[each] for each in columns)) > least:
            widths[widths.index(widest, columns[0])] -= 1
    return [list(_wrap_row(row, widths, style)) for row in table]


def _wrap_row(row: Sequence[Cell], widths: Sequence[int], style: Style) -> Iterator[str]:
    from itertools import zip_longest

    cells = [_wrap_cell(cell.text, width) for cell, width in zip(row, widths, strict=True)]
    for parts in zip_longest(*cells, fillvalue=""):
        yield _join(row, parts, widths[:-1], style)


def _wrap_cell(text: str, width: int) -> list[str]:
    """Return the lines of a cell: broken at blanks, long words at their parts."""
    if count_columns(text) <= width:
        return [text]
    lines: list[str] = []
    room = 0
    for word in text.split():
        columns = count_columns(word)
        if columns >= room and not (columns > width and room > max(width // 2, _WIDEST)):
            lines.append("")
            room = width
        first, *others = _break_word(word, room - 1 if lines[-1] else width, width)
        lines[-1] += f" {first}" if lines[-1] else first
        lines += others
        room = width - count_columns(lines[-1])
    return lines


def _break_word(word: str, first: int, width: int) -> Iterator[str]:
    """Yield the parts of a word: the first one in `first` columns, the others in `width`."""
    room = first
    while count_columns(word) > room:
        end = room
        while end > 1 and count_columns(word[:end]) > room:
            end -= 1
        part = 1 + max(word.rfind(mark, 0, end) for mark in "/,=]")
        cut = part if part > end // 2 else end
        yield word[:cut]
        word, room = word[cut:], width
    yield word


def _join(row: Sequence[Cell], parts: Sequence[str], widths: Sequence[int], style: Style) -> str:
    """Return a line of a row: `parts` of its cells, padded to the `widths` of all but the last."""
    last = max((index for index, part in enumerate(parts) if part), default=-1)
    shown = [
        style.paint(style.link(part, cell.url) if part else "", cell.colour)
        + (" " * (width - count_columns(part)) if index < last else "")
        for index, (cell, part, width) in enumerate(zip(row, parts, [*widths, 0], strict=True))
    ]
    return _GAP.join(shown[: last + 1])
