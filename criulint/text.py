# SPDX-License-Identifier: MIT
"""Text for people: escaping, shortening, plurals, and suggestions for misspelled words.

Files, paths and images come from strangers, and parts of them are shown on terminals and in the
logs of CI systems, which obey commands in a log. All escaping is here:

- `escape` turns any text into one line, `make_safe` keeps its lines: neither leaves control
characters, characters that reorder or hide others, or anything that GitHub or Azure reads as a
command.
- `make_commands_safe` does the same, except for criulint's own commands.
- `escape_markdown` escapes all markup, `to_markdown` keeps code in backticks.
- `to_json` writes JSON that `make_safe` would not change.

Sources: actions/runner, ActionCommand.cs (``::`` at the beginning of a line, blanks or not; ``##[``
anywhere); microsoft/azure-pipelines-agent, Command.cs (``##vso[`` anywhere). Both search for the
latter with a culture-sensitive comparison, which ignores some characters.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_MAX_LENGTH = 80
# No name that criulint knows is longer, and the time to compare is quadratic.
_MAX_COMPARED = 60

# The second mark of a possible command; the characters that .NET ignores are not ASCII.
_MARK = re.compile(r"(#[^ -~]*)#(?=[^ -~]*[\[v])", re.IGNORECASE)
# The escapes that criulint writes itself: colours, and links to its documentation or to a file.
_COLOUR = re.compile(
    r"(\x1b\[[0-9;]*m|\x1b\]8;;(?:(?:https://criulint\.readthedocs\.io/|file://)[\w./%~-]*)?\x1b\\)"
)
_OUR_COMMAND = re.compile(r"::(?:error|warning|notice) |##vso\[task\.logissue ")


def escape(text: str) -> str:
    """Return `text` on one line, with control characters and undecodable bytes escaped."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape_character(char) for char in text)


def _escape_character(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8 (`criulint.source.decode`)
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def make_safe(text: str, *, colours: bool = False) -> str:
    """Return text that is safe to show. Lines and tabs stay, and with `colours` ANSI codes, too."""
    return "\n".join(_make_line_safe(line, colours) for line in text.split("\n"))


def _make_line_safe(line: str, colours: bool) -> str:
    if not line.isprintable():
        parts = _COLOUR.split(line) if colours else [line]
        parts[::2] = ["\t".join(map(escape, part.split("\t"))) for part in parts[::2]]
        line = "".join(parts)
    if "#" in line:
        line = _MARK.sub(r"\1\\x23", line)
    blanks = len(line) - len(line.lstrip(" \t"))
    if line.startswith("::", blanks):
        line = f"{line[:blanks]}\\x3a{line[blanks + 1 :]}"
    return line


def make_commands_safe(text: str) -> str:
    """Return safe text in which lines may begin with commands of criulint's own reports."""

    def safe(line: str) -> str:
        command = _OUR_COMMAND.match(line)
        end = command.end() if command else 0
        # The rest of a command is not at the beginning of its line.
        return line[:end] + (make_safe("." + line[end:])[1:] if command else make_safe(line))

    return "\n".join(map(safe, text.split("\n")))


def to_json(value: object, indent: int | None = None) -> str:
    """Return JSON in printable ASCII, without what a log could read as a command."""
    import json

    text = json.dumps(value, indent=indent)
    # All three are in strings only.
    return text.replace("\x7f", "\\u007f").replace("##", "#\\u0023")


def escape_markdown(text: str) -> str:
    """Return `text` on one line of Markdown, with all markup escaped."""
    return re.sub(r"""[&<>"'`\\*_\[\]|#~!$@]""", lambda match: f"&#{ord(match[0])};", escape(text))


def code_markdown(text: str) -> str:
    """Return `text` as code in Markdown."""
    return f"<code>{escape_markdown(text)}</code>"


def to_markdown(text: str) -> str:
    """Return a message as one line of Markdown: code between backticks is the only markup."""
    return mark_code(text, escape_markdown, code_markdown)


def mark_code(text: str, show: Callable[[str], str], show_code: Callable[[str], str]) -> str:
    """Return a message, with `show_code` applied to what backticks enclose, `show` to the rest."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:  # the backticks do not pair up
        return show(text)
    return "".join(
        show_code(piece) if number % 2 else show(piece) for number, piece in enumerate(pieces)
    )


def shorten(text: str, most: int = _MAX_LENGTH) -> str:
    """Return part of a file for a message: escaped, and cut to `most` characters."""
    text = escape(text[: most + 1])
    return text if len(text) <= most else text[: most - 3] + "..."


def plural(count: int, noun: str, plural_noun: str = "") -> str:
    """Return the count and its noun: ``1 file``, ``2 files``, ``2 entries`` with its own plural."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {plural_noun or noun + 's'}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the known word closest to `word`, or nothing."""
    close = find_closest(word, known) if len(word) <= _MAX_LENGTH else None
    return f"; did you mean {close!r}?" if close else ""


def find_closest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known word closest to `word`, comparing 60 characters.

    None if none is close: `cutoff` is the least similarity, 1 for equal words.
    """
    from difflib import get_close_matches  # slow to import, and a clean file does not need it

    close = get_close_matches(word[:_MAX_COMPARED], list(known), n=1, cutoff=cutoff)
    return close[0] if close else None
