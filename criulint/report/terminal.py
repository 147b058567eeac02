# SPDX-License-Identifier: MIT
"""What a terminal shows: colours, links, lines that fit, and the columns that text takes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from criulint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TextIO

# Terminals that are known to follow OSC 8, by the variables that they set.
_LINKING = ("WT_SESSION", "KONSOLE_VERSION", "KITTY_WINDOW_ID", "DOMTERM", "ALACRITTY_WINDOW_ID")
_LINKING_PROGRAMS = frozenset(("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper"))
_FIRST_LINKING_VTE = 5000
_MIN_WIDTH = 40


class Style(NamedTuple):
    """How text is shown.

    `width` is the number of columns in which text for people is wrapped, None for lines of any
    length. `links`: whether words may be links (OSC 8).
    """

    colour: bool = False
    width: int | None = None
    links: bool = False

    def paint(self, text: str, code: str) -> str:
        """Return `text` in the colour of an ANSI code."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text

    def link(self, text: str, url: str) -> str:
        """Return `text` as a link, if the terminal has links."""
        return f"\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\" if self.links and url else text

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


PLAIN = Style()


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
    """Return text that is safe on a terminal, with one character for each.

    Control characters become their pictures, and what is not printable U+FFFD. Where columns do not
    matter, `criulint.text.escape` says more.
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

    The library wcwidth knows more, such as sequences of emoji. Carets under a line of a CRIU file
    are not worth a dependency.
    """
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    bases = [character for character in text if not combining(character)]
    return len(bases) + sum(east_asian_width(character) in "WF" for character in bases)


_GAP = "  "
_LEAST_COLUMN = 10


def lay_out_table(rows: Sequence[Sequence[str]], style: Style, most: int = 60) -> list[str]:
    """Return the lines of a table: columns side by side, cells wrapped to fit the `style`.

    The rows have equally many cells. Columns are as wide as their widest cell, but for the last
    one at most `most` columns if the width is not limited.
    """
    widths = [max(map(count_columns, column)) for column in zip(*rows, strict=True)]
    if style.width is None:
        widths = [min(width, most) for width in widths[:-1]]
        return [_join(row, widths) for row in rows]
    room = max(style.width, _MIN_WIDTH) - len(_GAP) * (len(widths) - 1)
    for least, columns in ((_LEAST_COLUMN, range(1, len(widths))), (1, range(len(widths)))):
        # The names in the first column are cut last.
        while sum(widths) > room and (widest := max(widths[each] for each in columns)) > least:
            widths[widths.index(widest, columns[0])] -= 1
    return [line for row in rows for line in _wrap_row(row, widths)]


def _wrap_row(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    from itertools import zip_longest
    from textwrap import wrap

    cells = [
        wrap(cell, width, break_on_hyphens=False) if cell else []
        for cell, width in zip(row, widths, strict=True)
    ]
    for parts in zip_longest(*cells, fillvalue=""):
        yield _join(parts, widths[:-1])


def _join(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cell + " " * (width - count_columns(cell))
        for cell, width in zip(cells, widths, strict=False)
    ]
    return _GAP.join([*padded, *cells[len(widths) :]]).rstrip()
