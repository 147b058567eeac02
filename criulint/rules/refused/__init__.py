# SPDX-License-Identifier: GPL-2.0-only
"""Family 1xx: CRIU refuses the file while reading it, or prints something and ends there.

The engine asks these only of a line that CRIU refuses, in the order of `LINE_RULES`, the most specific first, and takes
the first answer. Where a rule knows how to mend the line, the mended line is looked at in turn, so that the second
mistake of a line is told of too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from criulint.criu.getopt import ErrorKind, ParsedOption, ParseError
from criulint.criu.options import Arity, Option, option_table
from criulint.criu.reading import Reading
from criulint.criu.releases import latest_release, releases
from criulint.criu.values import external_crashes
from criulint.finding import Edit, Fix, Severity, Span
from criulint.rules import guesses
from criulint.rules.base import FileProblem, Problem, Rewrite, rule
from criulint.rules.line import Line
from criulint.source import Source, code_points, decode
from criulint.syntax import LineKind
from criulint.text import shorten

_BLANKS = " \t\v\f\r"


def _failing_word(line: Line) -> int | None:
    """The index of the word that CRIU refuses, or None."""
    if line.error:
        return line.error.word
    return line.invalid[0].word if line.invalid else None


def _replaced(line: Line, start: int, end: int, text: str) -> str:
    return line.text[:start] + text + line.text[end:]


@rule(
    "CRIU116",
    "nul-byte",
    Severity.ERROR,
    bad="tcp\0-close\n",
    good="tcp-close\n",
    fixable=True,
)
def nul_byte(line: Line) -> Iterator[Problem]:
    """A NUL byte ends the line for CRIU, and what is left of it is refused.

    CRIU handles lines as C strings, which end at the first NUL. Files in UTF-16, as some Windows editors write them, have
    a NUL in every character. CRIU then refuses the first letter as an unknown or ambiguous option.

    Save the file as UTF-8 or plain ASCII.
    """
    nul = line.tree.nul_rest
    if not nul:
        return
    without = line.text.replace("\0", "")
    yield Problem(
        nul.start,
        nul.start + 1,
        f"CRIU takes the NUL byte for the end of the line and reads only `{_shown(line.text[: nul.start])}`",
        "remove the NUL bytes; a file in UTF-16 must be saved as UTF-8",
        Rewrite("Remove the NUL bytes", without, safe=False),
    )


def utf16_problem(source: Source) -> FileProblem:
    """The one finding for a file in UTF-16, whose first line CRIU refuses."""
    message = "the file is in UTF-16: CRIU takes the byte order mark for a part of a name, and each NUL for the end of a line"
    problem = Problem(0, 2, message, "save the file as UTF-8 without a byte order mark")
    try:
        text = source.data.decode("utf-16").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return FileProblem(1, problem)
    if 2 * sum(character.isascii() for character in text) < len(text):
        return FileProblem(
            1, problem
        )  # other bytes behind the mark, which only happen to be UTF-16
    last = len(source.lines)
    end = (
        Span(1, 1, last, len(source.text(last)) + 1)
        if not source.ends_with_newline
        else Span(1, 1, last + 1, 1)
    )
    return FileProblem(
        1, problem, Fix("Write the file as UTF-8", (Edit(end, text),), safe=text.isascii())
    )


@rule(
    "CRIU110",
    "byte-order-mark",
    Severity.ERROR,
    bad="\ufefftcp-close\n",
    good="tcp-close\n",
    fixable=True,
)
def byte_order_mark(line: Line) -> Iterator[Problem]:
    """A byte order mark stands before the option, and CRIU takes it for a part of the name.

    Some editors put the three bytes EF BB BF in front of a file in UTF-8. CRIU does not skip them: it refuses the first
    line, even if that is a comment or empty.

    Save the file without a byte order mark.
    """
    bom = line.tree.bom
    if bom:
        yield Problem(
            bom.start,
            bom.end,
            "CRIU takes the byte order mark for a part of the option's name",
            "save the file as UTF-8 without a byte order mark",
            Rewrite("Remove the byte order mark", line.text[bom.end :].lstrip("\ufeff"), safe=True),
        )


_STOPS = {
    "help": "CRIU prints its help and exits with status 0: every command seems to succeed and does nothing",
    "version": "CRIU prints its version and exits with status 0: every command seems to succeed and does nothing",
    "ms": "CRIU refuses `ms` in every release: it is deprecated, and every command ends with an error",
}


@rule(
    "CRIU114",
    "stops-criu",
    Severity.ERROR,
    bad="version\n",
    good="verbosity=4\n",
    fixable=True,
)
def stops_criu(line: Line) -> Iterator[Problem]:
    """CRIU prints something and ends as soon as it reads this option.

    `help` and `version` make every CRIU command print and exit with status 0 without doing its work: a dump "succeeds" and
    writes nothing. `ms` and `feature list` make every command fail. A line with the single letter `h` is an abbreviation
    of `help`.

    Remove the line, and give the option on the command line when you want to see its output.
    """
    found = line.exiting_option
    if found:
        start, end = line.word_span(found.word)
        yield Problem(
            start,
            end,
            _STOPS.get(found.option.name, "CRIU ends here, whatever command it was given"),
            "remove the line",
            line.removal(safe=False) if found.word == 0 else None,
        )
    elif (
        line.invalid
        and line.invalid[0].option.name == "feature"
        and line.invalid[0].value == b"list"
    ):
        start, end = line.value_span(line.invalid[0])
        yield Problem(
            start,
            end,
            "no release of CRIU knows the feature `list` that its man page mentions: every command ends with"
            f" “{line.invalid[1]}”",
            "remove the line; `criu check --feature NAME` checks one feature",
            line.removal(safe=False),
        )


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

    CRIU knows no sections, no `key: value`, no blanks around `=`, no comments but those with `#`, and no backslash that
    continues a line. It takes `[criu]` or `;` for the name of an option, and `=` for the first word of a value.

    Write an option as `name`, `name value` or `name=value`.
    """
    tree = line.tree
    if tree.kind is LineKind.STRAY:
        yield from _stray(line)
    elif tree.kind is LineKind.SECTION:
        start, end = line.visible_span
        start = max(start, tree.bom.end if tree.bom else 0)
        yield Problem(
            start,
            end,
            "CRIU knows no sections and takes this for an option",
            "remove the line, or make it a comment with `#`",
            Rewrite("Make the section a comment", _replaced(line, start, start, "# "), safe=True),
        )
    elif tree.kind is LineKind.FOREIGN_COMMENT and tree.comment:
        comment = tree.comment
        length = 1 if comment.text.startswith(";") else 2
        yield Problem(
            comment.start,
            comment.start + length,
            f"CRIU knows no comments with `{comment.text[:length]}` and takes this for an option",
            "begin a comment with `#`",
            Rewrite(
                "Begin the comment with #",
                _replaced(line, comment.start, comment.start + length, "#"),
                safe=True,
            ),
        )
    elif tree.name and not tree.dashes and (marked := _foreign_mark(line)):
        yield marked
    elif (
        tree.name
        and tree.separator
        and (tree.separator.kind == "COLON" or _has_blanks_around(line))
    ):
        separator = tree.separator
        known, _ = line.table.resolve(tree.name.text.encode("utf-8", "surrogateescape"))
        option, certain = (
            (known, True) if known else guesses.intended_option(tree.name.text, line.table)
        )
        text = None
        if option and tree.value and not tree.extra:
            text = _meant(line, option.name, line.written_value or "")
        elif not option and tree.value and (name := tree.name.text.rstrip(":")):
            text = _replaced(line, tree.name.start + len(name), tree.value.start, " ")
        yield Problem(
            separator.start,
            separator.end,
            f"CRIU takes `{separator.text}` for a part of the option's name or of its value",
            "write `name value` or `name=value`, without blanks around `=`",
            Rewrite("Write it as CRIU reads it", text, safe=certain or not option)
            if text is not None
            else None,
        )
    elif tree.dashes and tree.name is None:
        pass
    elif tree.name and tree.name.text.endswith("\\") and not tree.value:
        yield Problem(
            tree.name.end - 1,
            tree.name.end,
            "CRIU takes the backslash for a part of the option's name; a line can't be continued on the next one",
            "write the option and its value on one line",
        )


_DOCUMENT_MARK = re.compile(r"-{3,}|=+")
_JSON_MEMBER = re.compile(r'"(?P<name>[A-Za-z_-]+)"\s*(?P<colon>:)\s*(?P<value>.*?)\s*,?\s*')


def _stray(line: Line) -> Iterator[Problem]:
    """Lines that begin as no option does, and as other formats' lines do."""
    start, end = line.visible_span
    text = line.text[start:end]
    member = _JSON_MEMBER.fullmatch(text)
    dashes = line.tree.dashes
    if member:
        option, certain = guesses.intended_option(member["name"], line.table)
        mended = _meant(line, option.name, member["value"].strip('"')) if option else None
        yield Problem(
            start + member.start("colon"),
            start + member.end("colon"),
            "this is written as in JSON, and CRIU takes all of it for an option's name",
            "write `name value` or `name=value`, without quotes, `:` and commas",
            Rewrite("Write it as CRIU reads it", mended, safe=certain) if mended else None,
        )
    elif _DOCUMENT_MARK.fullmatch(text):
        yield Problem(
            start,
            end,
            f"CRIU takes `{_shown(text)}` for an option without a name",
            "remove the line",
            Rewrite("Remove the line", None, safe=True),
        )
    elif text.startswith("="):
        yield Problem(
            start, start + 1, "there is no option's name before the `=`", "write `name=value`"
        )
    elif dashes and dashes.text == "-" and line.tree.extra:
        yield Problem(
            dashes.start,
            dashes.end,
            "CRIU knows no lists and takes the dash for an option's name",
            "remove the dash",
            Rewrite(
                "Remove the dash",
                _replaced(line, dashes.start, line.tree.extra.start, ""),
                safe=guesses.intended_option(line.tree.extra.text.partition(" ")[0], line.table)[1],
            )
            if line.tree.extra.text[0].isalpha()
            else None,
        )


def _foreign_mark(line: Line) -> Problem | None:
    """``//`` or ``;`` behind an option, or a ``:`` glued between name and value."""
    tree = line.tree
    for token in (tree.value, tree.extra):
        if token and token.text.startswith(("//", ";")):
            length = 1 if token.text.startswith(";") else 2
            return Problem(
                token.start,
                token.start + length,
                f"CRIU knows no comments with `{token.text[:length]}` and takes this for a word",
                "begin a comment with `#`",
                Rewrite(
                    "Begin the comment with #",
                    _replaced(line, token.start, token.start + length, "#"),
                    safe=True,
                ),
            )
    name = tree.name
    if name and not tree.value and name.text.endswith((";", ",")):
        mark = name.text[-1]
        at = name.start + len(name.text.rstrip(";,"))
        return Problem(
            at,
            name.end,
            f"CRIU takes the `{mark}` for a part of the option's name",
            f"remove the `{mark}`",
            Rewrite(f"Remove the {mark}", _replaced(line, at, name.end, ""), safe=True),
        )
    before, colon, after = name.text.partition(":") if name else ("", "", "")
    option = line.table.options.get(before)
    if name and colon and option and not tree.value:
        mended = _meant(line, option.name, after) if after else None
        return Problem(
            name.start + len(before),
            name.start + len(before) + 1,
            "CRIU takes the `:` for a part of the option's name",
            "write `name value` or `name=value`",
            Rewrite("Write it as CRIU reads it", mended, safe=True) if mended else None,
        )
    return None


def _has_blanks_around(line: Line) -> bool:
    separator = line.tree.separator
    if not separator or separator.kind != "EQUALS":
        return False
    before = line.text[separator.start - 1 : separator.start]
    after = line.text[separator.end : separator.end + 1]
    return before in tuple(_BLANKS) or (after in tuple(_BLANKS) and bool(line.tree.value))


def _meant(line: Line, name: str, value: str) -> str | None:
    """The line's text with what the author meant by setting an option to a value, or None if that can't be told."""
    option = line.table.options[name]
    if option.arity is not Arity.NONE:
        return line.rewrite(option, value)
    switch = guesses.parse_boolean(value)
    if switch is None:
        return None
    wanted = guesses.switch_name(option, on=switch)
    return line.rewrite(line.table.options[wanted], None) if wanted in line.table.options else None


@rule(
    "CRIU108",
    "leading-dashes",
    Severity.ERROR,
    bad="--tcp-established\n-v4\n",
    good="tcp-established\nverbosity=4\n",
    fixable=True,
)
def leading_dashes(line: Line) -> Iterator[Problem]:
    """The option is written with the dashes of the command line.

    CRIU itself puts `--` in front of the first word of a line. `--tcp-close` becomes `----tcp-close`, `-v4` becomes
    `---v4`, and no option is called so.

    Write the long name of the option, without dashes.
    """
    dashes = line.tree.dashes
    name = line.tree.name
    if not dashes or (not name and (line.tree.extra or len(dashes.text) > 2)):
        return  # other formats' lines: CRIU111
    text, safe = _without_dashes(line)
    yield Problem(
        dashes.start,
        dashes.end,
        f"CRIU puts `--` before the name itself and reads `{_shown(decode(line.words[0]))}`"
        if line.words
        else "CRIU puts `--` before the name itself",
        "write the option's long name without dashes",
        Rewrite("Remove the dashes", text, safe) if text is not None else None,
    )


def _without_dashes(line: Line) -> tuple[str | None, bool]:
    """A line of the command line's options as a line of a file, and whether that is beyond doubt."""
    dashes, name = line.tree.dashes, line.tree.name
    if not dashes or not name:
        return None, False
    short = line.table.short.get(name.text[:1].encode("utf-8", "surrogateescape"))
    if len(dashes.text) > 1 or not short:
        return line.text[: dashes.start] + line.text[name.start :], True
    # `-v4`, `-D DIR`, `-j`
    glued = _GLUED.match(line.text, name.start + 1)
    attached = glued[0] if glued else ""
    others = [
        token for token in (line.tree.separator, line.tree.value) if token and token.kind != "BLANK"
    ]
    if attached and any(token.start > name.start + len(attached) for token in others):
        return None, False
    value = attached.lstrip("=") or line.written_value or ""
    certain = not attached.startswith("=")
    if short.option.name == "verbosity":
        if not attached.strip("v") and not line.written_value:
            # `-vv` adds two to the level 2; levels past 4 are the same as 4.
            return line.rewrite(short.option, str(min(3 + len(attached), 4))), True
        return (
            (line.rewrite(short.option, value), certain and bool(attached))
            if value.isdecimal()
            else (None, False)
        )
    if short.arity is Arity.NONE:
        return (
            (line.rewrite(short.option, None), True)
            if not attached and not line.tree.value
            else (None, False)
        )
    return line.rewrite(short.option, value or None), certain


_GLUED = re.compile(r"[^ \t\v\f\r\0#]*")


@rule(
    "CRIU112",
    "comment-glued",
    Severity.ERROR,
    bad="tcp-close# drop connections\n",
    good="tcp-close # drop connections\n",
    fixable=True,
)
def comment_glued(line: Line) -> Iterator[Problem]:
    """A comment without a blank before it is read as a part of the option.

    CRIU looks for the `#` of a comment at the beginning of a line, behind the blank that ends a name, and in a value. It
    does not look for it in an option's name, nor in the value of `name=value`.

    Put a blank before the `#`, or the comment on a line of its own.
    """
    name, comment, index = line.tree.name, line.tree.comment, _failing_word(line)
    value = line.tree.value
    if name and comment and comment.start == name.end:
        start, at = name.start, comment.start
    elif line.scan.refused and value and value.kind == "WORD" and "#" in value.text[1:]:
        start, at = value.start, value.start + value.text.find("#", 1)
    elif index is not None:
        start, end = line.word_span(index)
        at = line.text.find("#", start, end)
    else:
        return
    if at <= start:
        return
    text = _replaced(line, at, at, " ")
    glued = line.text[at + 1 : at + 2] in ("", *_BLANKS)
    option, _ = guesses.intended_option(line.text[start:at].partition("=")[0], line.table)
    yield Problem(
        at,
        at + 1,
        f"CRIU takes the `#` for a part of the option: {_error_message(line)}",
        "put a blank before the `#`",
        Rewrite("Put a blank before the comment", text, safe=option is not None or glued),
    )


@rule(
    "CRIU113",
    "tab-before-space",
    Severity.ERROR,
    bad="log-file\t/var/log/criu.log # the log\n",
    good="log-file /var/log/criu.log # the log\n",
    fixable=True,
)
def tab_before_space(line: Line) -> Iterator[Problem]:
    """A tab ends the option's name, but a later blank makes CRIU take the tab for a part of it.

    From 3.16 on CRIU looks for the first blank of a line, and for a tab only if the line has no blank at all. A blank
    anywhere behind the tab, even in a comment, makes everything before it the name.

    Use a blank between name and value.
    """
    separator, comment = line.tree.separator, line.tree.comment
    word = line.words[0] if line.words else b""
    before = line.text[: comment.start].rstrip("\t") if comment else ""
    if separator and separator.kind == "BLANK" and "\t" in separator.text and b"\t" in word:
        rest = line.text[separator.end :]
        if comment and separator.end < len(before) < comment.start:
            rest = line.text[separator.end : len(before)] + " " + line.text[comment.start :]
        yield Problem(
            separator.start,
            separator.end,
            f"a blank further on makes CRIU take the tab for a part of the option's name: {_error_message(line)}",
            "use a blank instead of the tab",
            Rewrite(
                "Replace the tabs by blanks", line.text[: separator.start] + " " + rest, safe=True
            ),
        )
    elif comment and before and len(before) < comment.start:
        start, end = len(before), comment.start
        text = before + " " + line.text[comment.start :]
        if (
            separator
            and separator.kind == "BLANK"
            and "\t" in separator.text
            and separator.end <= len(before)
        ):
            start, end = separator.start, separator.end
            text = line.text[:start] + " " + text[end:]
        yield Problem(
            start,
            end,
            f"a blank in the comment makes CRIU take the tab for a part of the option: {_error_message(line)}",
            "use a blank instead of the tab",
            Rewrite("Replace the tabs by blanks", text, safe=True),
        )


@rule(
    "CRIU109",
    "carriage-return",
    Severity.ERROR,
    bad="tcp-close\r\n",
    good="tcp-close\n",
    fixable=True,
)
def carriage_return(line: Line) -> Iterator[Problem]:
    """The line ends with CR LF, and CRIU takes the CR for a part of the option.

    CRIU ends lines at LF only. The CR of a Windows line end becomes the last character of a flag's name, or of the value
    of `name=value`, and CRIU refuses both.

    Save the file with Unix line ends.
    """
    index = _failing_word(line)
    if index is None or b"\r" not in line.words[index]:
        return
    if b"\r" in line.words[index].rstrip(b"\r"):
        at = line.text.find("\r", *line.word_span(index))
        yield Problem(
            at,
            at + 1,
            "CRIU ends lines at LF, not at CR, and takes what follows for a part of the option",
            "save the file with Unix line ends (LF)",
            Rewrite("End the lines with LF", line.text.replace("\r", "\n").rstrip("\n"), safe=True),
        )
        return
    _, end = line.word_span(index)
    start = len(line.text[:end].rstrip("\r"))
    yield Problem(
        start,
        end,
        "CRIU takes the carriage return at the end of the line for a part of the option",
        "save the file with Unix line ends (LF)",
        Rewrite("Remove the carriage return", _replaced(line, start, end, ""), safe=True),
    )


@rule(
    "CRIU117",
    "blank-in-quotes",
    Severity.ERROR,
    bad='images-dir "/srv/checkpoints/web server"\n',
    good='images-dir                 "/srv/checkpoints/web server"\n',
    fixable=True,
)
def blank_in_quotes(line: Line) -> Iterator[Problem]:
    """CRIU refuses the blank in this quoted value, because of where it stands.

    From 3.16 on CRIU looks for a second word in a quoted value, from a column that depends on where the quote opens: a
    blank is refused unless it comes earlier in the value than the opening quote does in the line, plus two. The example
    in CRIU's own man page is refused for this reason.

    More blanks before the opening quote move that column to the right; better still, use a value without blanks.
    """
    value = line.tree.value
    if not (line.scan.refused and value and value.kind == "QUOTED"):
        return
    at = line.column(line.scan.refused_at)
    if not value.start < at < value.end:
        return
    option = line.table.options.get(line.tree.name.text) if line.tree.name else None
    text = line.rewrite(option, line.written_value) if option else None
    inside = value.text.find(" ", max(at - value.start - 1, 1)) + value.start
    yield Problem(
        inside if inside > value.start else at,
        (inside if inside > value.start else at) + 1,
        "CRIU refuses a blank this far inside quotes: “Unsupported configuration file format”",
        "put more blanks before the opening quote, or use a value without blanks"
        if text
        else "use a value without blanks: no spelling of this one can be read",
        Rewrite("Move the quoted value to where CRIU takes its blanks", text, safe=True)
        if text
        else None,
    )


@rule(
    "CRIU105",
    "unexpected-value",
    Severity.ERROR,
    bad="tcp-close=true\n",
    good="tcp-close\n",
    fixable=True,
)
def unexpected_value(line: Line) -> Iterator[Problem]:
    """A flag is given a value.

    A flag is switched on by its name alone, and most are switched off by their name with `no-` before it.
    `tcp-close=true` and `tcp-close=false` are both refused.
    """
    error = line.error
    if not error or error.kind is not ErrorKind.UNEXPECTED_VALUE:
        return
    start, end = line.word_span(error.word)
    equals = start + line.text[start:end].find("=")
    option, _ = line.table.resolve(error.name)
    if option is None:
        return
    value = line.text[equals + 1 : end]
    switch = guesses.parse_boolean(value.rstrip(_BLANKS))
    wanted, text = "", None
    if switch is not None and error.word == 0:
        wanted = guesses.switch_name(option, on=switch)
        text = (
            line.rewrite(line.table.options[wanted], None) if wanted in line.table.options else None
        )
    yield Problem(
        equals,
        end,
        f"CRIU refuses a value for the flag `{option.name}`: {decode(error.message)}",
        guesses.flag_help(option),
        Rewrite(f"Write `{wanted}`", text, safe=True) if text else None,
    )


@rule(
    "CRIU103",
    "ambiguous-abbreviation",
    Severity.ERROR,
    bad="tcp\n",
    good="tcp-established\n",
)
def ambiguous_abbreviation(line: Line) -> Iterator[Problem]:
    """The name is an abbreviation of more than one option.

    CRIU takes every unambiguous beginning of an option's name. This one fits several options.

    Write the full name.
    """
    error = line.error
    if error and error.kind is ErrorKind.AMBIGUOUS_OPTION:
        start, end = line.word_span(error.word)
        shown = ", ".join(f"`{name}`" for name in error.candidates[:6])
        more = ", ..." if len(error.candidates) > 6 else ""
        yield Problem(
            start,
            start + len(decode(error.name)) if error.word == 0 else end,
            f"`{_shown(decode(error.name))}` can mean {len(error.candidates)} options, and CRIU refuses it",
            f"write the full name: {shown}{more}",
        )


@rule(
    "CRIU102",
    "option-not-in-release",
    Severity.ERROR,
    bad="allow-uprobes\n",
    good="tcp-close\n",
    criu="4.1.1",
)
def option_not_in_release(line: Line) -> Iterator[Problem]:
    """The option exists, but not in the CRIU release that is to read the file.

    CRIU refuses a whole file for one option that it does not know, so a file that several releases read must hold only
    options that all of them have.
    """
    error = line.error
    if not error or error.kind is not ErrorKind.UNRECOGNIZED_OPTION:
        return
    name = decode(error.name)
    since = _first_release(name)
    if since:
        start, _ = line.word_span(error.word)
        yield Problem(
            start,
            start + len(name),
            f"CRIU {line.table.release} does not know `{name}`, which came with {since}: {_shown(decode(error.message))}",
            f"remove the line, or use CRIU {since} or later",
        )


def _first_release(name: str) -> str | None:
    if name not in option_table(latest_release()).options:
        return None
    return next(release for release in releases() if name in option_table(release).options)


@rule(
    "CRIU101",
    "unknown-option",
    Severity.ERROR,
    bad="tcp_established\n",
    good="tcp-established\n",
    fixable=True,
)
def unknown_option(line: Line) -> Iterator[Problem]:
    """No option has this name.

    CRIU refuses the whole file for one name that it does not know: every command that reads the file fails.
    """
    error = line.error
    if not error or error.kind is not ErrorKind.UNRECOGNIZED_OPTION:
        return
    start, end = line.word_span(error.word)
    word = line.words[error.word]
    if not word.startswith(b"--"):
        yield Problem(
            start,
            end,
            f"CRIU takes `{_shown(decode(word))}` for options of one letter: {_shown(decode(error.message))}",
            "write `name=value` if this is the option's value" if line.first_option else "",
        )
        return
    name = decode(error.name)
    if error.word == 0:
        end = min(start + len(name), end)
    option, certain = guesses.intended_option(name, line.table)
    text = None
    if option and error.word == 0 and (certain or re.fullmatch(r"[A-Za-z_-]+", name)):
        text = _replaced(line, start, end, option.name)
        if option.arity is Arity.NONE and "=" in line.text[end : end + 1]:
            text = None
    yield Problem(
        start,
        end,
        f"CRIU {line.table.release} has no option `{_shown(name)}`: {_shown(decode(error.message))}",
        f"did you mean `{option.name}`?" if option else guesses.no_option_help(name),
        Rewrite(f"Write `{option.name}`", text, certain) if option and text else None,
    )


@rule(
    "CRIU106",
    "invalid-value",
    Severity.ERROR,
    bad="network-lock nft\n",
    good="network-lock nftables\n",
    fixable=True,
)
def invalid_value(line: Line) -> Iterator[Problem]:
    """CRIU checks this option's value while it reads the file, and refuses this one.

    Only some options are checked; the others take anything, and fail or do nothing later.
    """
    if not line.invalid:
        return
    found, refusal = line.invalid
    option = found.option
    start, end = line.value_span(found)
    value = decode(found.value or b"")
    suggestion, certain = guesses.intended_value(value, option)
    text = None
    if suggestion is not None and found.word == 0:
        text = line.rewrite(option, suggestion)
    yield Problem(
        start,
        max(end, start + 1) if start < len(line.text) else end,
        f"CRIU refuses this value of `{option.name}`: {_shown(refusal)}",
        guesses.value_help(option, suggestion),
        Rewrite(f"Write `{_shown(suggestion or '')}`", text, certain) if text is not None else None,
    )


@rule(
    "CRIU107",
    "unsupported-line",
    Severity.ERROR,
    bad="enable-fs hugetlbfs, ceph\n",
    good="enable-fs hugetlbfs,ceph\n",
    fixable=True,
)
def unsupported_line(line: Line) -> Iterator[Problem]:
    """CRIU cannot make a name and one value of the line.

    From 3.16 on CRIU refuses a line with a second word of two or more characters behind the value, a value with an opening
    quote and no closing one, and text behind a closing quote. It says "Unsupported configuration file format", without
    the file's name or the line's number.
    """
    if not line.scan.refused:
        return
    tree = line.tree
    message = "CRIU refuses the line: “Unsupported configuration file format”; "
    if tree.value and tree.value.kind == "UNCLOSED":
        inner = tree.value.text[1:].rstrip(_BLANKS)
        text = _rewritten_value(line, inner) if inner else None
        yield Problem(
            tree.value.start,
            tree.value.start + 1,
            message + "the quote is not closed",
            "remove the quote, or close it",
            Rewrite("Remove the lone quote", text, safe=False) if text else None,
        )
        return
    option = line.table.options.get(tree.name.text) if tree.name else None
    at = line.column(line.scan.refused_at)
    start, end = (
        (tree.extra.start, tree.extra.start + len(tree.extra.text.rstrip(_BLANKS)))
        if tree.extra
        else (at, at)
    )
    if not tree.extra and tree.value:
        start, end = tree.value.start, tree.value.end
    reason = (
        "more than one word follows the name"
        if tree.extra
        else "it can't tell name and value apart"
    )
    help_text = "an option takes one value, without blanks"
    rewrite = line.split_rewrite()
    if rewrite and tree.value:
        reason, help_text = "it reads one option a line", "write each option on a line of its own"
        start = tree.value.start if option and option.arity is Arity.NONE else start
    elif option is None and tree.name:
        meant, _ = guesses.intended_option(tree.name.text, line.table)
        hint = f"did you mean `{meant.name}`? " if meant else ""
        help_text = f"{hint}`{_shown(tree.name.text)}` is no option; a comment begins with `#`"
    elif option and option.arity is Arity.NONE:
        start = tree.value.start if tree.value else start
        help_text = f"{guesses.flag_help(option)}; a comment begins with `#`"
    elif option and tree.value and tree.value.kind == "QUOTED":
        help_text = "remove what stands behind the closing quote"
    elif option and tree.value and tree.value.kind == "SINGLE_QUOTED":
        reason, help_text = "it knows no single quotes", "use double quotes"
        text = _rewritten_value(line, line.written_value or "")
        rewrite = Rewrite("Use double quotes", text, safe=True) if text else None
    elif option and tree.value and tree.extra:
        joined, safe = guesses.joined_value(
            option, tree.value.text, line.text[tree.value.end : end]
        )
        help_text = guesses.several_words_help(option, quotes_work=line.quotes_work)
        text = line.rewrite(option, joined, whole=True) if joined is not None else None
        rewrite = (
            Rewrite(f"Write `{_shown(joined or '')}`", text, safe)
            if text
            else _repeated(line, option, end)
        )
    yield Problem(
        start,
        max(end, start + 1) if start < len(line.text) else end,
        message + reason,
        help_text,
        rewrite,
    )


def _repeated(line: Line, option: Option, end: int) -> Rewrite | None:
    """The fix for several paths behind an option that can be repeated."""
    value = line.tree.value
    paths = line.text[value.start : end].split() if value else []
    if (
        option.kind != "path"
        or not option.accumulates
        or not all(path.startswith("/") for path in paths)
    ):
        return None
    indent = line.text[: len(line.text) - len(line.text.lstrip(" \t"))]
    comment = [indent + line.tree.comment.text] if line.tree.comment else []
    return Rewrite(
        "Repeat the option",
        "\n".join(comment + [f"{indent}{option.name} {path}" for path in paths]),
        safe=True,
    )


def _rewritten_value(line: Line, value: str) -> str | None:
    option = line.table.options.get(line.tree.name.text) if line.tree.name else None
    return line.rewrite(option, value) if option and option.arity is not Arity.NONE else None


@rule(
    "CRIU115",
    "unsafe-read",
    Severity.ERROR,
    bad='log-file "criu.log"\n',
    good="log-file criu.log\n",
    criu="3.15",
    fixable=True,
)
def unsafe_read(line: Line) -> Iterator[Problem]:
    """CRIU's C code leaves its memory on this line, and is known to crash on it or to read garbage.

    Up to 3.15 a quoted value is stored as a pointer into memory that CRIU frees: the value is garbage and CRIU aborts, and
    ten or more words on a line write past an array. From 3.16 on five or more lines in a file that separate name and value
    by a tab, with no blank in the line, do the same. In all releases `external macvlan` without `]:` is a null pointer.

    Use blanks between name and value; with CRIU up to 3.15 use no quotes.
    """
    if line.scan.unsafe:
        value = line.tree.value
        text = (
            _rewritten_value(line, line.written_value or "")
            if value and value.kind == "QUOTED"
            else None
        )
        start, end = (value.start, value.end) if value else line.visible_span
        yield Problem(
            start,
            end,
            f"CRIU {line.table.release} stores a pointer to memory that it frees: the value is garbage, and CRIU crashes",
            "write the value without quotes" if text else "quotes can't be used up to CRIU 3.15",
            Rewrite("Remove the quotes", text, safe=True) if text else None,
        )
    for event in line.parsed.results:
        if (
            not isinstance(event, ParsedOption)
            or event.option.name != "external"
            or event.value is None
        ):
            continue
        if external_crashes(event.value):
            yield Problem(
                *line.value_span(event),
                "CRIU crashes on `macvlan` without `]:` while reading the file (SIGSEGV)",
                "write `external macvlan[IN]:OUT`",
            )


def _overflow(reading: Reading) -> Iterator[FileProblem]:
    line = reading.scan.overflow_line
    if not line:
        return
    tabs = [
        (number, text, text.find("\t"))
        for number, text in enumerate(map(decode, reading.source.lines), 1)
        if "\t" in text and " " not in text and len(reading.scan.lines[number - 1].words) == 2
    ]
    if reading.uses_scanner_3_16 and tabs:
        edits = tuple(
            Edit(Span(number, tab + 1, number, len(text) - len(text[tab:].lstrip("\t")) + 1), " ")
            for number, text, tab in tabs
        )
        number, _, tab = next((entry for entry in reversed(tabs) if entry[0] <= line), tabs[0])
        message = f"{len(tabs)} lines with a tab and no blank make CRIU write past its memory, and it crashes"
        problem = Problem(tab, tab + 1, message, "use a blank between name and value")
        yield FileProblem(number, problem, Fix("Replace the tabs by blanks", edits, safe=True))
    else:
        text = decode(reading.source.lines[line - 1])
        message = f"the words of this line do not fit into CRIU {reading.release}'s memory, and it crashes"
        yield FileProblem(
            line, Problem(0, len(text), message, "an option takes one value, without blanks")
        )


@rule(
    "CRIU104",
    "missing-value",
    Severity.ERROR,
    bad="tcp-close\nlog-file\n",
    good="tcp-close\nlog-file /var/log/criu.log\n",
)
def missing_value(reading: Reading) -> Iterator[FileProblem]:
    """The option needs a value and has none.

    At the end of the file CRIU refuses that. Anywhere else it takes the next line for the value, and refuses the file if
    that is no value of the option; CRIU213 tells of the next lines that CRIU takes.
    """
    for event in reading.parsed.results:
        if isinstance(event, ParseError) and event.kind is ErrorKind.MISSING_VALUE:
            name, message = decode(event.name), decode(event.message)
        elif isinstance(event, ParsedOption) and reading.takes_next_line(event) and event.refusal:
            name, message = event.option.name, f"CRIU takes the next line for it: {event.refusal}"
        else:
            continue
        number = reading.word_lines[event.word]
        raw = reading.source.lines[number - 1]
        start, end = (code_points(raw, offset) for offset in reading.word_span(event.word))
        yield FileProblem(
            number,
            Problem(
                start,
                end,
                f"`{_shown(name)}` needs a value: {_shown(message)}",
                f"write `{_shown(name)} VALUE` or `{_shown(name)}=VALUE`",
            ),
        )


def _error_message(line: Line) -> str:
    if line.error:
        return _shown(decode(line.error.message))
    return _shown(line.invalid[1]) if line.invalid else "the line is refused"


def _shown(text: str) -> str:
    """A piece of the file inside a message: printable, and not too long."""
    return shorten(text)


#: In the order of their specificity: the first that explains why a line is refused is the one to tell.
LINE_RULES = (
    nul_byte,
    byte_order_mark,
    stops_criu,
    leading_dashes,
    foreign_syntax,
    tab_before_space,
    comment_glued,
    carriage_return,
    blank_in_quotes,
    unexpected_value,
    ambiguous_abbreviation,
    option_not_in_release,
    unknown_option,
    invalid_value,
    unsupported_line,
)

unsafe_read.file_check = _overflow

#: Asked of every line, refused or not, and of the file as a whole.
UNSAFE = unsafe_read

FILE_RULES = (missing_value,)
