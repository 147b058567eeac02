# SPDX-License-Identifier: MIT
"""CRIU111 foreign-syntax."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint import guesses
from criulint.finding import Severity
from criulint.rules.base import FileProblem, Problem, Rewrite, rule
from criulint.rules.line import write_text
from criulint.source import WHITESPACE, encode
from criulint.syntax import LineKind
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from criulint.criu.reading import Reading
    from criulint.rules.line import Line
    from criulint.syntax import Token

_SYNTAX_HELP = "write `name value` or `name=value`"
_CONTINUATION_HELP = "write the option and its value on one line"

# Compiled when they are used: most refused lines are not of these formats.
_DOCUMENT_MARK = r"-{3,}|=+"
_JSON_MEMBER = r'"(?P<name>[A-Za-z_-]+)"\s*(?P<colon>:)\s*(?P<value>.*?)\s*,?\s*'
# Other marks are found at the beginning of a line only (the grammar's FOREIGN_COMMENT).
_TRAILING_COMMENT_MARKS = ("//", ";")


@rule(
    "CRIU111",
    "foreign-syntax",
    Severity.ERROR,
    bad="[criu]\nlog-file = /var/log/criu.log\n; keep connections\ntcp-established: yes\n",
    good="# keep connections\nlog-file /var/log/criu.log\ntcp-established\n",
    fixable=True,
)
def foreign_syntax(line: Line) -> Iterator[Problem]:
    """The line is written in the syntax of another configuration format.

    CRIU has no sections, no `key: value`, no spaces around `=`, no comments but those with `#`, and
    no backslash that continues a line. It reads `[criu]` or `;` as the name of an option, and `=`
    as the first word of a value.

    A file in another format altogether (JSON, TOML, a script, a log, a program) is reported once,
    and is never changed.

    Write an option as `name`, `name value` or `name=value`.
    """
    for check in _CHECKS[line.tree.kind]:
        problem = check(line)
        if problem:
            yield problem
            return


def _section(line: Line) -> Problem:
    start, end = line.visible_span
    if line.tree.bom:
        start = max(start, line.tree.bom.end)
    return Problem(
        start,
        end,
        "CRIU has no sections: it reads this as an option and refuses the file",
        "remove the line, or make it a comment with `#`",
        write_text(line.replace(start, start, "# "), safe=True),
    )


def _comment_line(line: Line) -> Problem | None:
    return _comment_mark(line, line.tree.comment, "an option") if line.tree.comment else None


def _comment_mark(line: Line, token: Token, what: str) -> Problem:
    """Report a token that begins with the mark of another format's comments."""
    mark = ";" if token.text.startswith(";") else token.text[:2]
    end = token.start + len(mark)
    return Problem(
        token.start,
        end,
        f"`{mark}` does not begin a comment: CRIU reads this as {what} and refuses the file",
        "begin comments with `#`",
        write_text(line.replace(token.start, end, "#"), safe=True, names_comment=True),
    )


# Lines that do not begin as an option does.


def _json_member(line: Line) -> Problem | None:
    """Check for ``"name": value,``."""
    start, end = line.visible_span
    member = re.fullmatch(_JSON_MEMBER, line.text[start:end])
    if not member:
        return None
    option, certain = guesses.intended_option(member["name"], line.table)
    text = line.rewrite_setting(option, member["value"].strip('"')) if option else None
    return Problem(
        start + member.start("colon"),
        start + member.end("colon"),
        "this is JSON: CRIU reads it as the name of an option and refuses the file",
        f"{_SYNTAX_HELP}, without quotes, `:` or commas",
        write_text(text, safe=certain) if text else None,
    )


def _document_mark(line: Line) -> Problem | None:
    """Check for YAML's ``---``, and lines of ``=`` as below headings."""
    start, end = line.visible_span
    text = line.text[start:end]
    if not re.fullmatch(_DOCUMENT_MARK, text):
        return None
    return Problem(
        start,
        end,
        f"CRIU reads `{shorten(text)}` as an option without a name and refuses the file",
        "remove the line",
        Rewrite("Remove the line", None, safe=True),
    )


def _missing_name(line: Line) -> Problem | None:
    """Check for ``=value``."""
    start, _ = line.visible_span
    if not line.text.startswith("=", start):
        return None
    return Problem(
        start,
        start + 1,
        "CRIU finds no option name before the `=` and refuses the file",
        "write `name=value`",
    )


def _list_item(line: Line) -> Problem | None:
    """Check for ``- name``."""
    dashes, words = line.tree.dashes, line.tree.extra
    if not dashes or dashes.text != "-" or not words:
        return None
    option, certain = guesses.intended_option(words.text.partition(" ")[0], line.table)
    text = line.replace(dashes.start, words.start, "")
    has_name = option is not None and words.text[0].isalpha()
    return Problem(
        dashes.start,
        dashes.end,
        "CRIU has no lists: it reads the dash as the name of an option and refuses the file",
        "remove the dash" if option else "write `name VALUE` for each value of an option",
        write_text(text, safe=certain) if has_name else None,
    )


# Lines that begin with a name.


def _trailing_comment(line: Line) -> Problem | None:
    """Check for ``name // comment`` and ``name value ; comment``."""
    if line.tree.dashes:
        return None
    for token in (line.tree.value, line.tree.extra):
        if token and token.text.startswith(_TRAILING_COMMENT_MARKS):
            return _comment_mark(line, token, "a value")
    return None


def _terminated_name(line: Line) -> Problem | None:
    """Check for ``name;`` and ``name,``."""
    tree = line.tree
    name = tree.name
    assert name
    if tree.dashes or tree.value or not name.text.endswith((";", ",")):
        return None
    mark = name.text[-1]
    start = name.start + len(name.text.rstrip(";,"))
    return Problem(
        start,
        name.end,
        f"CRIU reads the `{mark}` as part of the option name and refuses the file",
        f"remove the `{mark}`",
        write_text(line.replace(start, name.end, ""), safe=True),
    )


def _attached_colon(line: Line) -> Problem | None:
    """Check for ``name:value``, and ``name:`` without a value."""
    tree = line.tree
    assert tree.name
    if tree.dashes or tree.value:
        return None
    name, colon, value = tree.name.text.partition(":")
    option = line.table.options.get(name)
    if not colon or not option:
        return None
    text = line.rewrite_setting(option, value) if value else None
    start = tree.name.start + len(name)
    return Problem(
        start,
        start + 1,
        "CRIU reads the `:` as part of the option name and refuses the file",
        _SYNTAX_HELP,
        write_text(text, safe=True) if text else None,
    )


def _separator(line: Line) -> Problem | None:
    """Check for ``name: value`` and ``name = value``."""
    tree = line.tree
    separator = tree.separator
    if not separator:
        return None
    assert tree.name
    if separator.kind != "COLON" and not _has_spaces_around(line, separator):
        return None
    rewrite = _separator_fix(line, tree.name)
    return Problem(
        separator.start,
        separator.end,
        f"CRIU reads the `{separator.text}` as part of the name or of the value and refuses the"
        " file",
        _ask_for_name(line, tree.name, rewrite) or f"{_SYNTAX_HELP}, without spaces around `=`",
        rewrite,
    )


def _ask_for_name(line: Line, name: Token, rewrite: Rewrite | None) -> str:
    """Return the question for a name that is not an option, but resembles one; else nothing."""
    if line.table.resolve(encode(name.text))[0]:
        return ""
    option, certain = guesses.intended_option(name.text, line.table)
    if option is None or certain:
        return ""
    if rewrite:
        return rewrite.question
    return f"did you mean `{option.name}`? {_SYNTAX_HELP}, without spaces around `=`"


def _has_spaces_around(line: Line, separator: Token) -> bool:
    """Return whether there is whitespace before an ``=``, or between it and the value."""
    if separator.kind != "EQUALS":
        return False
    before = line.text[separator.start - 1 : separator.start]
    after = line.text[separator.end : separator.end + 1]
    return _is_whitespace(before) or (line.tree.value is not None and _is_whitespace(after))


def _is_whitespace(character: str) -> bool:
    return character != "" and character in WHITESPACE


def _separator_fix(line: Line, name: Token) -> Rewrite | None:
    value = line.tree.value
    if not value:
        return None
    option, _ = line.table.resolve(encode(name.text))
    certain = option is not None
    if not option:
        option, certain = guesses.intended_option(name.text, line.table)
    if option:
        if line.tree.extra:
            return None
        written = line.written_value or ""
        if option.kind == "verbosity" and not certain:
            written = guesses.log_level(written) or written
        text = line.rewrite_setting(option, written)
        return write_text(text, safe=certain) if text is not None else None
    # Whatever the name is to become, CRIU will not read it with the separator.
    bare_name = name.text.rstrip(":")
    if not bare_name:
        return None
    text = line.replace(name.start + len(bare_name), value.start, " ")
    return write_text(text, safe=True)


def _backslash_after_name(line: Line) -> Problem | None:
    r"""Check for ``name\``."""
    name = line.tree.name
    assert name
    if not name.text.endswith("\\") or line.tree.value:
        return None
    return Problem(
        name.end - 1,
        name.end,
        "CRIU reads the backslash as part of the option name: a line cannot be continued",
        _CONTINUATION_HELP,
    )


# In the order in which they are tried: the first problem is the one that is reported.
_CHECKS: dict[LineKind, tuple[Callable[[Line], Problem | None], ...]] = {
    LineKind.BLANK: (),
    LineKind.COMMENT: (),
    LineKind.SECTION: (_section,),
    LineKind.FOREIGN_COMMENT: (_comment_line,),
    LineKind.STRAY: (_json_member, _document_mark, _missing_name, _list_item),
    LineKind.OPTION: (
        _trailing_comment,
        _terminated_name,
        _attached_colon,
        _separator,
        _backslash_after_name,
    ),
}


@foreign_syntax.also
def continued_line(before: str) -> Iterator[Problem]:
    r"""Report a line that ends with a backslash, if CRIU refuses the next line for its name."""
    text = before.rstrip(" \t\r")
    if text.endswith("\\") and not text.lstrip().startswith("#"):
        yield Problem(
            len(text) - 1,
            len(text),
            "CRIU reads the backslash as text, not as a continuation, and refuses the next line",
            _CONTINUATION_HELP,
        )


def goes_on(line: Line) -> bool:
    """Return whether a line seems to continue on the next one."""
    return any(continued_line.check(line.text))


@foreign_syntax.also
def foreign_file(reading: Reading) -> Iterator[FileProblem]:
    """Report a file that is not a CRIU configuration file once, instead of each of its lines."""
    from criulint.filetype import foreign_type

    found = foreign_type(reading)
    if found and reading.error:
        line = reading.source.text(1)
        problem = Problem(
            0,
            len(line.rstrip()),
            f"this is {found.name}, not a CRIU configuration file: CRIU refuses it at line"
            f" {reading.error.line}",
            found.advice,
        )
        yield FileProblem(1, problem)
