# SPDX-License-Identifier: GPL-2.0-only
"""Family 2xx: CRIU starts, but does not do what the line says.

The engine asks these of lines that CRIU does not refuse: `VALUE_RULES` of all of them, `SHAPE_RULES` only of those that
are not written in the plainest way (`Line.is_unambiguous`), since these alone can be read otherwise than they look.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from criulint.criu import values
from criulint.criu.getopt import ParsedOption
from criulint.criu.options import PATH_KINDS, Arity, Option
from criulint.criu.reading import Reading
from criulint.criu.settings import Settings
from criulint.finding import Severity
from criulint.rules import guesses
from criulint.rules.base import FileProblem, Problem, Rewrite, problem_at, rule
from criulint.rules.line import Line
from criulint.source import code_points, decode
from criulint.syntax import Token
from criulint.text import shorten

_BLANKS = " \t\v\f\r"
_NUMBERS = frozenset(("int", "size", "verbosity"))


def _own_value(line: Line) -> tuple[ParsedOption, str] | None:
    """The line's option and the value that CRIU takes for it, if it has one."""
    found = line.first_option
    if found is None or found.value is None or found.option.is_ignored:
        return None
    return found, decode(found.value)


def _rewrite(
    line: Line, option: Option, value: str | None, title: str, *, safe: bool, whole: bool = False
) -> Rewrite | None:
    if value and "#" in (line.written_value or "") and "#" not in value:
        return None  # what CRIU takes for a comment would get lost
    text = line.rewrite(option, value, whole=whole)
    return Rewrite(title, text, safe) if text is not None and text != line.text else None


def _ignored_words(line: Line) -> tuple[int, int, str] | None:
    """What is written on the line behind the option and is no comment, yet becomes no part of it: code points, text.

    That is a word that ``getopt_long`` is given and drops, or text that the scanner throws away.
    """
    dropped = [index for index in line.parsed.dropped if line.scan.words[index].text]
    if dropped:
        start = line.word_span(dropped[0])[0]
        end = line.word_span(dropped[-1])[1]
        if line.tree.value and line.text[start] == "=":
            end = max(end, line.tree.value.end)
        if line.tree.extra:
            end = max(end, line.tree.extra.start + len(line.tree.extra.text.rstrip(_BLANKS)))
        return start, end, line.text[start:end]
    found, extra = line.first_option, line.tree.extra
    word = line.tree.value
    if word and word.kind == "WORD" and "#" in word.text and not line.scan.words[-1].end > word.end:
        return None  # CRIU takes the rest for a comment
    if extra and found and found.value is not None:
        text = extra.text.rstrip(_BLANKS)
        if text and text.encode("utf-8", "surrogateescape") not in found.value:
            return extra.start, extra.start + len(text), text
    return None


@rule(
    "CRIU201",
    "value-ignored",
    Severity.WARNING,
    bad="tcp-close false\n",
    good="no-tcp-close\n",
    fixable=True,
)
def value_ignored(line: Line) -> Iterator[Problem]:
    """A flag is given a value behind a blank, and CRIU ignores the value.

    A flag is on when its name stands in the file. `tcp-close false`, `tcp-close no` and `tcp-close 0` all switch it **on**,
    without a word from CRIU; `no-tcp-close true` switches `tcp-close` off.

    Write the name alone, or the name with `no-` before it where CRIU has that.
    """
    found = line.first_option
    if not found or found.short or found.option.arity is not Arity.NONE:
        return
    ignored = _ignored_words(line)
    if not ignored:
        return
    start, end, text = ignored
    option = found.option
    several = line.split_rewrite()
    if several:
        yield Problem(
            start,
            end,
            f"CRIU ignores `{shorten(text)}`: it reads one option a line",
            "write each option on a line of its own",
            several,
        )
        return
    switch = guesses.parse_boolean(text.lstrip("=: "))
    effect = f"switches `{option.negates}` off" if option.negates is not None else "switches it ON"
    rewrite = None
    if switch is not None:
        wanted = line.table.options.get(guesses.switch_name(option, on=switch))
        if wanted:
            rewrite = _rewrite(line, wanted, None, f"Write `{wanted.name}`", safe=True)
    yield Problem(
        start,
        end,
        f"CRIU ignores `{shorten(text)}` and {effect}: `{option.name}` is a flag",
        guesses.flag_help(option),
        rewrite,
    )


_BARE_EFFECT = {
    "verbosity": "raises the level by one, to 3 if nothing else sets it",
    "cpu-cap": "asks for all checks",
    "manage-cgroups": "takes the mode `soft`",
    "ext-unix-sk": "allows every external datagram socket",
}


@rule(
    "CRIU202",
    "equals-required",
    Severity.WARNING,
    bad="manage-cgroups ignore\nverbosity 4\n",
    good="manage-cgroups=ignore\nverbosity=4\n",
    fixable=True,
)
def equals_required(line: Line) -> Iterator[Problem]:
    """The value of this option must be attached with `=`; behind a blank CRIU ignores it.

    `verbosity`, `cpu-cap`, `manage-cgroups` and `ext-unix-sk` take a value only as `name=value`. `manage-cgroups ignore`
    means `manage-cgroups=soft`, `cpu-cap none` asks for all checks, and `verbosity 4` adds one to the level. CRIU's own man
    page, source and tests use the broken form.
    """
    found = line.first_option
    if (
        not found
        or found.short
        or found.option.arity is not Arity.OPTIONAL
        or found.value is not None
    ):
        return
    ignored = _ignored_words(line)
    if not ignored:
        return
    start, end, text = ignored
    option = found.option
    value = line.written_value if line.tree.value and not line.tree.extra else text
    value = (value or "").lstrip("=: ").strip(_BLANKS)
    meant, certain = _attached_value(option, value) if "#" not in value else (None, False)
    end = start + len(text.partition("#")[0])
    effect = _BARE_EFFECT.get(option.name, "acts as if no value were given")
    yield Problem(
        start,
        end,
        f"CRIU ignores `{shorten(text)}` and {effect}",
        f"attach the value: `{option.name}={shorten(meant)}`"
        if meant
        else f"write `{option.name}=VALUE`",
        _rewrite(
            line, option, meant, "Write `" + shorten(f"{option.name}={meant}") + "`", safe=certain
        )
        if meant
        else None,
    )


def _attached_value(option: Option, value: str) -> tuple[str | None, bool]:
    if not value:
        return None, False
    if option.name == "verbosity":
        if re.fullmatch(r"v+", value):
            # The command line's `-vv` adds two to the level 2; levels past 4 are the same as 4.
            return str(min(2 + len(value), 4)), True
        # Words would silence CRIU.
        return (value, True) if re.fullmatch(r"-?[0-9]+", value) else (None, False)
    if option.refusal(value.encode("utf-8", "surrogateescape")) is None:
        return value, True
    return guesses.intended_value(value, option)


@rule(
    "CRIU203",
    "value-truncated",
    Severity.WARNING,
    bad='log-file "criu#1.log"\n',
    good="log-file=criu#1.log\n",
    fixable=True,
)
def value_truncated(line: Line) -> Iterator[Problem]:
    """CRIU cuts the value at a `#`, even inside quotes, or at a NUL byte.

    From 3.16 on the first `#` of a value begins a comment, quoted, escaped or not. The form `name=value` is the only one
    that keeps it; a value with a `#` and a blank cannot be written at all.
    """
    own = _own_value(line)
    written = line.written_value
    if not own or written is None:
        return
    found, value = own
    nul, token = line.tree.nul_rest, line.tree.value
    if nul and token and token.end == nul.start and len(nul.text.strip("\0" + _BLANKS)):
        yield Problem(
            nul.start,
            nul.start + 1,
            "CRIU takes the NUL byte for the end of the value",
            "remove the NUL byte",
        )
    if not token or "#" not in written or "#" in value or not written.startswith(value):
        return
    at = token.text.find("#") + token.start
    if token.kind == "WORD" and line.text[at + 1 : at + 2] in ("", " ", "\t", "\r"):
        return  # a comment, and CRIU takes it for one
    rewrite = None
    if found.option.kind not in _NUMBERS and not {written[:1], written[-1:]} & set(_QUOTES):
        rewrite = _rewrite(
            line, found.option, written, "Attach the value with =", safe=token.kind == "QUOTED"
        )
    yield Problem(
        at,
        token.end,
        f"CRIU takes the `#` for the beginning of a comment and sets `{found.option.name}` to `{shorten(value)}`",
        "attach the value with `=`, where CRIU does not look for comments"
        if rewrite
        else "CRIU has no spelling for this value",
        rewrite,
    )


@rule(
    "CRIU204",
    "word-ignored",
    Severity.WARNING,
    bad="ghost-limit 1 M\n",
    good="ghost-limit 1M\n",
    fixable=True,
)
def word_ignored(line: Line) -> Iterator[Problem]:
    """CRIU ignores a word behind the option's value.

    A second word of one character, text glued to a closing quote, anything behind `""`, and a word behind `name=value` are
    dropped without a message. Up to 3.15 that holds for every further word.
    """
    found = line.first_option
    nul = line.tree.nul_rest
    hidden = nul.text.strip("\0" + _BLANKS) if nul and not line.tree.value else ""
    if nul and (hidden or not line.tree.name) and line.parsed.terminator < 0:
        yield Problem(
            nul.start,
            nul.start + 1,
            f"CRIU takes the NUL byte for the end of the line and ignores the rest: `{shorten(nul.text)}`",
            "remove the NUL bytes",
        )
        return
    if not found or found.value is None or found.option.arity is Arity.NONE:
        ignored = None if found else _ignored_words(line)
        if ignored and line.parsed.terminator < 0 and not line.unfinished_option:
            yield Problem(*ignored[:2], f"CRIU ignores `{shorten(ignored[2])}`")
        return
    ignored = _ignored_words(line)
    option = found.option
    if not ignored or found.value.startswith(b"=") or option.kind in ("list", "flag-list"):
        return  # CRIU211 and CRIU216 tell of these
    if not found.value and line.tree.separator and line.tree.separator.kind == "EQUALS":
        return  # `name= value`: CRIU214
    if found.value.endswith(b"#") or (
        line.tree.value and _quotes_stay(decode(found.value), line.tree.value)
    ):
        return  # a comment, glued to the value (CRIU217); CRIU207
    if option.is_ignored:
        return  # CRIU209
    several = line.split_rewrite()
    if several:
        yield Problem(
            *ignored[:2],
            f"CRIU ignores `{shorten(ignored[2])}`: it reads one option a line",
            "write each option on a line of its own",
            several,
        )
        return
    start, end, text = ignored
    glued = line.tree.value is not None and line.tree.value.end == start
    joined, certain = None, False
    if decode(found.value) == line.written_value:
        joined, certain = guesses.joined_value(
            option, decode(found.value), text if glued else " " + text
        )
    rewrite = (
        _rewrite(line, option, joined, f"Write `{shorten(joined)}`", safe=certain, whole=True)
        if joined
        else None
    )
    yield Problem(
        start,
        end,
        f"CRIU ignores `{shorten(text)}` and sets `{option.name}` to {_taken(option, found.value)}",
        guesses.several_words_help(option, quotes_work=line.quotes_work),
        rewrite,
    )


@rule(
    "CRIU205",
    "rest-ignored",
    Severity.WARNING,
    bad="tcp-close --\nlog-file /var/log/criu.log\n",
    good="tcp-close\nlog-file /var/log/criu.log\n",
)
def rest_ignored(reading: Reading) -> Iterator[FileProblem]:
    """CRIU reads `--` here, which ends the options: it ignores the rest of the file.

    A second word `--` does that, and from 3.16 on a line of nothing but blanks that ends with a NUL byte.
    """
    terminator = reading.parsed.terminator
    if terminator < 0:
        return
    number = reading.word_lines[terminator]
    raw = reading.source.lines[number - 1]
    start, end = reading.word_span(terminator)
    if terminator < len(reading.words) - 1 or b"--" in raw[start:end]:
        yield FileProblem(
            number,
            Problem(
                code_points(raw, start),
                max(code_points(raw, end), code_points(raw, start) + 1),
                "CRIU reads `--` here, which ends the options: it ignores all that follows in the file",
                "remove it",
            ),
        )


def _taken(option: Option, value: bytes) -> str:
    """What CRIU makes of a value, for a message."""
    number = option.number(value)
    if number is None:
        return f"`{shorten(decode(value))}`" if value else "an empty value"
    if option.kind == "size":
        return f"{number} byte{'' if number == 1 else 's'}"
    if option.name == "timeout":
        return (
            f"{number} second{'' if number == 1 else 's'}"
            if number
            else "0, which is no time limit"
        )
    return f"level {number}" if option.kind == "verbosity" else str(number)


_CANONICAL = {
    "int": re.compile(r"[0-9]+"),
    "size": re.compile(r"[0-9]+(?:[KMG](?:i?B)?)?"),
    "verbosity": re.compile(r"[0-9]+|v?"),
}
_NEGATIVE = frozenset(("ps-socket", "status-fd"))  # -1 is their default


@rule(
    "CRIU206",
    "number-misread",
    Severity.WARNING,
    bad="timeout 10m\nghost-limit 10m\n",
    good="timeout 600\nghost-limit 10M\n",
    fixable=True,
)
def number_misread(line: Line) -> Iterator[Problem]:
    """CRIU reads another number than the one that stands here.

    CRIU converts numbers with C's `atoi`: it takes the digits at the beginning and ignores the rest, and where there are
    none it takes 0. It does not notice numbers that are too large. `timeout 10m` is ten seconds, `timeout never` is no
    limit at all. Sizes know the capital letters K, M and G only: `ghost-limit 10m` is ten **bytes**.
    """
    own = _own_value(line)
    if not own:
        return
    found, value = own
    option = found.option
    number = value.strip(_BLANKS)
    if option.kind not in _NUMBERS or not number or number.startswith("="):
        return
    if _CANONICAL[option.kind].fullmatch(number) and _in_range(option, number):
        return
    if option.name in _NEGATIVE and number == "-1":
        return
    start, end = line.value_span(found)
    end -= len(value) - len(value.rstrip(_BLANKS))
    meant, certain = guesses.meant_number(option, number)
    rewrite = (
        _rewrite(line, option, meant, f"Write `{shorten(meant)}`", safe=certain) if meant else None
    )
    help_text = (f"did you mean `{meant}`? " if meant else "") + _number_help(option)
    at = line.text.find("#", start)
    if (
        at > start
        and found.value_word == found.word
        and _CANONICAL[option.kind].fullmatch(number.partition("#")[0])
    ):
        help_text = "put a blank before the `#` of a comment"
        rewrite = Rewrite(
            "Put a blank before the comment", f"{line.text[:at]} {line.text[at:]}", safe=True
        )
    message = f"CRIU reads `{shorten(number)}` as {_taken(option, found.value or b'')}"
    yield Problem(start, end, message, help_text, rewrite)


def _in_range(option: Option, number: str) -> bool:
    if option.kind == "verbosity":
        return True  # a level past 4 is the same as 4
    digits = re.match(r"[0-9]*", number)
    count = int(digits[0][:40] or "0") if digits else 0
    if option.kind == "size":
        return values.parse_size(number.encode()) == count << {"K": 10, "M": 20, "G": 30}.get(
            number.strip("iB")[-1:], 0
        )
    low, high = option.value.get("x-criu-range", (0, 2**31 - 1))
    return bool(low <= count <= high)


def _number_help(option: Option) -> str:
    if option.kind == "size":
        return "a size is a number, with K, M or G behind it for units of 1024"
    if option.kind == "verbosity":
        return "a level is a number from 0 (nothing) to 4 (everything)"
    limits = option.range
    if option.name == "timeout":
        return "a timeout is a number of seconds; 0 is no limit"
    return f"write a number from {limits[0]} to {limits[1]}" if limits else "write a number"


@rule(
    "CRIU207",
    "literal-quotes",
    Severity.WARNING,
    bad="log-file=\"criu.log\"\nwork-dir '/run/criu'\n",
    good="log-file=criu.log\nwork-dir /run/criu\n",
    fixable=True,
)
def literal_quotes(line: Line) -> Iterator[Problem]:
    """The quotes become a part of the value.

    CRIU knows double quotes only, and only behind a blank: in `name="value"` they belong to the value, and so do single
    quotes everywhere.
    """
    own = _own_value(line)
    if not own or not (own[1][:1] in tuple(_QUOTES) or own[1][-1:] in tuple(_QUOTES)):
        return
    found, value = own
    token = line.tree.value
    if not token or not _quotes_stay(value, token):
        return
    written = line.written_value if token.kind != "WORD" else value.strip(_QUOTES)
    rewrite = None
    if token.kind != "UNCLOSED" and written and written[-1] not in ";,":
        rewrite = _rewrite(
            line, found.option, written, "Remove the quotes", safe=token.kind != "WORD"
        )
    start, end = token.start, token.end
    if token.kind == "WORD" and token.text[:1] not in tuple(_QUOTES):
        start = end - 1
    behind_blank = '; double quotes work behind a blank: `name "value"`' if line.quotes_work else ""
    yield Problem(
        start,
        end,
        f"CRIU takes the quotes for a part of the value and sets `{found.option.name}` to `{shorten(value)}`",
        "remove the quotes" + behind_blank,
        rewrite,
    )


_QUOTES = "\"'\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"


def _quotes_stay(value: str, token: Token) -> bool:
    """Whether the quotes of a value as written are a part of the value that CRIU takes."""
    if token.kind == "WORD":
        return value[:1] in tuple(_QUOTES) or value[-1:] in tuple(_QUOTES)
    return value[:1] == token.text[:1] and value != token.text[1:-1].replace('\\"', '"')


_VARIABLE = re.compile(r"\$(?:\w+|\{[^}$]*\}|\([^)$]*\))|`[^`]+`")
_SPECIFIER = re.compile(r"(?<!%)%[a-zA-Z]")
_GLOB = re.compile(r"[*?]|\[[^\[\]]+\]")


@rule(
    "CRIU208",
    "not-expanded",
    Severity.WARNING,
    bad="work-dir ~/criu\nlog-file $HOME/criu.log\n",
    good="work-dir /root/criu\nlog-file /root/criu.log\n",
)
def not_expanded(line: Line) -> Iterator[Problem]:
    """CRIU takes the value as it stands: it expands no `~`, no variables, no `%` specifiers and no wildcards.

    `work-dir ~/criu` names a directory called `~`.
    """
    own = _own_value(line)
    if not own:
        return
    found, value = own
    if found.option.kind in _NUMBERS or found.option.kind in ("flag-list", "enum"):
        return
    match = _VARIABLE.search(value)
    if not match and found.option.kind in PATH_KINDS:
        match = re.match(r"~[^/]*", value) or _SPECIFIER.search(value) or _GLOB.search(value)
    if match:
        start, end = line.value_span(found)
        at = line.text.find(match[0], start, end)
        yield Problem(
            at if at >= 0 else start,
            at + len(match[0]) if at >= 0 else end,
            f"CRIU does not expand `{shorten(match[0])}`: it sets `{found.option.name}` to `{shorten(value)}`",
            "write the value out",
        )


@rule(
    "CRIU209",
    "ignored-in-file",
    Severity.WARNING,
    bad="config /etc/criu/more.conf\n",
    good="# the options of more.conf go here\n",
    fixable=True,
)
def ignored_in_file(line: Line) -> Iterator[Problem]:
    """The option does nothing in a configuration file.

    `config` and `no-default-config` choose the files that CRIU reads; when one of these is read, the choice is made. CRIU
    has no way to include a file in another one.
    """
    found = line.first_option
    if found and found.option.is_ignored:
        start, end = line.visible_span
        if line.tree.comment:
            end = len(line.text[: line.tree.comment.start].rstrip(_BLANKS))
        yield Problem(
            start,
            end,
            f"CRIU ignores `{found.option.name}` in a file: it works on the command line only",
            "remove the line",
            line.removal(safe=True),
        )


@rule(
    "CRIU210",
    "blank-in-value",
    Severity.WARNING,
    bad="log-file criu.log\t\n",
    good="log-file criu.log\n",
    fixable=True,
)
def blank_in_value(line: Line) -> Iterator[Problem]:
    """A tab or a carriage return becomes a part of the value.

    From 3.16 on only blanks end a value. A tab behind it, and the CR of a Windows line end, stay in it: the log file is
    then called `criu.log` and a tab.
    """
    own = _own_value(line)
    if not own or own[0].option.kind in _NUMBERS:
        return
    found, value = own
    match = re.search(r"[\t\v\f\r]+", value)
    if not match:
        return
    start, end = line.value_span(found)
    at = line.text.find(match[0], start, end)
    at = at if at >= 0 else start
    trailing = value[: match.start()] if match.end() == len(value) else None
    name = (
        "carriage return"
        if match[0].startswith("\r")
        else "tab"
        if match[0].startswith("\t")
        else "control character"
    )
    yield Problem(
        at,
        at + len(match[0]),
        f"the {name} becomes a part of the value: CRIU sets `{found.option.name}` to `{shorten(value)}`",
        "save the file with Unix line ends (LF)"
        if name == "carriage return"
        else f"remove the {name}",
        _rewrite(line, found.option, trailing, f"Remove the {name}", safe=True)
        if trailing
        else None,
    )


@rule(
    "CRIU211",
    "equals-in-value",
    Severity.WARNING,
    bad="timeout = 5\n",
    good="timeout=5\n",
    fixable=True,
)
def equals_in_value(line: Line) -> Iterator[Problem]:
    """A blank before the `=` makes it a part of the value.

    `log-file =a` sets `log-file` to `=a`; `timeout = 5` sets it to `=`, which CRIU reads as 0, no limit.
    """
    own = _own_value(line)
    separator = line.tree.separator
    if not own or not own[1].startswith("=") or not separator or separator.kind != "EQUALS":
        return
    found, value = own
    start, end = separator.start, separator.end
    if line.text[start - 1 : start] not in tuple(_BLANKS):
        start, end = separator.end, separator.end + 1  # `name==value`: the first one is right
    taken = (
        f", that is {_taken(found.option, found.value or b'')}"
        if found.option.kind in _NUMBERS
        else ""
    )
    written = (line.written_value or "").lstrip("= ")
    rewrite = (
        _rewrite(line, found.option, written, "Write one =, without blanks", safe=True)
        if written
        else None
    )
    yield Problem(
        start,
        end,
        f"CRIU sets `{found.option.name}` to `{shorten(value)}`{taken}",
        "write `name value` or `name=value`, with one `=` and without blanks around it",
        rewrite,
    )


@rule(
    "CRIU212",
    "abbreviation",
    Severity.WARNING,
    bad="tcp-est\n",
    good="tcp-established\n",
    fixable=True,
)
def abbreviation(line: Line) -> Iterator[Problem]:
    """The name is an abbreviation, which the next CRIU may refuse.

    CRIU takes every unambiguous beginning of an option's name. A new option can make it ambiguous, and the file is then
    refused: `pre` stopped working with 3.14, `ghost` with 3.18.
    """
    found = line.first_option
    if not found or found.short:
        return
    written = line.words[0][2:].partition(b"=")[0]
    if written != found.option.name.encode():
        start = line.word_span(0)[0]
        end = start + len(decode(written))
        text = line.text[:start] + found.option.name + line.text[end:]
        yield Problem(
            start,
            end,
            f"`{shorten(decode(written))}` stands for `{found.option.name}`, until a new option makes it ambiguous",
            f"write `{found.option.name}`",
            Rewrite(f"Write `{found.option.name}`", text, safe=True),
        )


@rule(
    "CRIU213",
    "next-line-swallowed",
    Severity.WARNING,
    bad="log-file\ntcp-close\n",
    good="log-file criu.log\ntcp-close\n",
)
def next_line_swallowed(reading: Reading) -> Iterator[FileProblem]:
    """The option's value is missing, and CRIU takes the next line for it.

    `log-file`, and `tcp-close` on the next line, log to a file called `--tcp-close`, and `tcp-close` is not set. A comment
    behind the name does not help: `log-file # to be done` has no value either.
    """
    for event in reading.parsed.results:
        if not isinstance(event, ParsedOption) or not reading.takes_next_line(event):
            continue
        if event.refusal is not None:
            continue  # CRIU104
        number, value_line = reading.word_lines[event.word], reading.word_lines[event.value_word]
        raw = reading.source.lines[number - 1]
        start, end = reading.word_span(event.word)
        name = event.option.name
        yield FileProblem(
            number,
            Problem(
                code_points(raw, start),
                code_points(raw, end),
                f"`{name}` has no value here, so CRIU takes line {value_line} for it and sets it to"
                f" `{shorten(decode(event.value or b''))}`",
                f"write `{name} VALUE` or `{name}=VALUE`",
            ),
        )


@rule(
    "CRIU214",
    "empty-value",
    Severity.WARNING,
    bad="log-file= criu.log\n",
    good="log-file=criu.log\n",
    fixable=True,
)
def empty_value(line: Line) -> Iterator[Problem]:
    """The value is empty.

    CRIU takes an empty value while it reads the file, and fails later, or takes it for 0. A blank behind the name is enough
    to make one (from 3.16 on), and `name= value` has an empty value too: the blank ends it.
    """
    own = _own_value(line)
    if not own or own[1]:
        return
    found, _ = own
    option = found.option
    written = line.written_value
    if (written and "#" in written) or (
        line.tree.value and line.tree.value.kind == "QUOTED" and _ignored_words(line)
    ):
        return  # CRIU203, CRIU204
    start, end = line.value_span(found)
    rewrite = None
    if written and line.tree.separator and line.tree.separator.kind == "EQUALS":
        rewrite = _rewrite(line, option, written, "Remove the blank behind =", safe=True)
    if start >= end:
        start, end = line.word_span(0)
    yield Problem(
        start,
        end,
        f"CRIU sets `{option.name}` to an empty value"
        + (f", that is {_taken(option, b'')}" if option.kind in _NUMBERS else ""),
        "write the value directly behind `=`" if written else "write a value, or remove the line",
        rewrite,
    )


@rule(
    "CRIU215",
    "literal-backslash",
    Severity.WARNING,
    bad="log-file criu\\tlog\n",
    good="log-file criu-log\n",
)
def literal_backslash(line: Line) -> Iterator[Problem]:
    r"""A backslash is a part of the value: it escapes nothing but a double quote.

    CRIU turns `\"` into `"` (up to 3.15 only inside quotes). `\n`, `\t`, `\\` and a backslash before a blank stay as they
    are, and a backslash at the end of a line does not continue it.
    """
    own = _own_value(line)
    if not own or "\\" not in own[1] or own[0].option.name == "cgroup-props":
        return
    found, value = own
    at = value.find("\\")
    start, end = line.value_span(found)
    column = line.text.find("\\", start, end)
    column = column if column >= 0 else start
    yield Problem(
        column,
        min(column + 2, max(end, column + 1)),
        f"the backslash stays in the value: CRIU sets `{found.option.name}` to `{shorten(value)}`",
        "a line can't be continued" if at == len(value) - 1 else r"CRIU knows no escape but `\"`",
    )


_FREE_KINDS = PATH_KINDS | {"string", "structured", "host-or-socket"}


@rule(
    "CRIU217",
    "trailing-punctuation",
    Severity.WARNING,
    bad="log-file criu.log;\n",
    good="log-file criu.log\n",
    fixable=True,
)
def trailing_punctuation(line: Line) -> Iterator[Problem]:
    """The `;`, `,` or `#` at the end becomes a part of the value.

    CRIU ends a statement with the line: `log-file criu.log;` logs to a file called `criu.log;`. Behind `name=value` a
    comment needs a blank before it: `log-file=criu.log# the log` logs to a file called `criu.log#`.
    """
    own = _own_value(line)
    token = line.tree.value
    if not own or own[0].option.kind not in _FREE_KINDS or own[1][-1:] not in tuple(";,#"):
        return
    found, value = own
    mark = value[-1]
    kept = value.rstrip(mark)
    if not kept or not token or token.kind != "WORD":
        return
    start, end = line.value_span(found)
    end = line.text.rfind(mark, start, end) + 1
    start += len(line.text[start:end].rstrip(mark))
    if mark == "#":
        help_text = "put a blank before the `#` of a comment"
        text = f"{line.text[:start]} {line.text[start:]}"
        rewrite: Rewrite | None = Rewrite(
            "Put a blank before the comment", text, bool(line.parsed.dropped)
        )
    else:
        help_text = f"remove the `{mark}`"
        rewrite = _rewrite(line, found.option, kept, f"Remove the {mark}", safe=False)
    message = f"the `{mark}` becomes a part of the value: CRIU sets `{found.option.name}` to `{shorten(value)}`"
    yield Problem(start, end, message, help_text, rewrite)


_EXTERNAL = re.compile(r"(?P<type>[a-z]+)\[(?P<id>[^\]]*)\](?::(?P<value>.*))?", re.DOTALL)
_HEX_IDS = frozenset(("file", "tty"))


@rule(
    "CRIU216",
    "partly-read-value",
    Severity.WARNING,
    bad="external mnt[]:ms\n",
    good="external mnt[]:m\nexternal mnt[]:s\n",
    fixable=True,
)
def partly_read_value(line: Line) -> Iterator[Problem]:
    """CRIU reads a part of the value, or keeps a value that can never mean anything.

    `external mnt[]:ms` enables masters only, since one letter counts. Numbers in `external file[...]` and `tty[...]` are
    lower-case hexadecimal without `0x`. Lists have no blanks. With a `cgroup-dump-controller` that does not exist CRIU dumps
    no controller. `cgroup-props` needs line breaks, which no value in a file can
    have.
    """
    own = _own_value(line)
    if not own:
        return
    found, value = own
    option = found.option
    start, end = line.value_span(found)
    if option.name == "cgroup-props":
        yield Problem(
            start,
            end,
            "CRIU wants line breaks in this value, and no value in a file can have any: every dump fails",
            "write the properties to a file of their own and name it with `cgroup-props-file`",
        )
    elif option.name == "external":
        yield from _external(line, option, value, start, end)
    elif option.name == "join-ns" and not value.startswith("user:") and "," in value:
        at = line.text.find(",", start, end)
        yield Problem(at, end, "CRIU reads user and group for the type `user` only", "remove them")
    elif option.name == "veth-pair" and len(value.encode("utf-8", "surrogateescape")) > 191:
        yield Problem(
            start,
            end,
            "CRIU cuts the value: it keeps 199 bytes of `veth[IN]:OUT`",
            "use shorter names",
        )
    elif option.name == "cgroup-dump-controller" and not value.startswith("name="):
        known = option.suggested
        if not set(value.split(",")) <= set(known):  # some are mounted together, as `cpu,cpuacct`
            yield Problem(
                start,
                end,
                "no controller has this name, so that CRIU dumps none at all",
                f"controllers are {', '.join(known)}",
            )
    elif option.kind in ("list", "flag-list"):
        ignored = _ignored_words(line)
        if ignored:
            joined, certain = guesses.joined_value(option, value, " " + ignored[2])
            yield Problem(
                ignored[0],
                ignored[1],
                f"CRIU ignores `{shorten(ignored[2])}`: it sets `{option.name}` to `{shorten(value)}`",
                guesses.several_words_help(option, quotes_work=line.quotes_work),
                _rewrite(
                    line, option, joined, f"Write `{shorten(joined)}`", safe=certain, whole=True
                )
                if joined
                else None,
            )


def _external(line: Line, option: Option, value: str, start: int, end: int) -> Iterator[Problem]:
    if value.startswith("mnt[]"):
        rest = value[5:]
        if rest in ("", ":m", ":s", ":"):
            return
        both = re.fullmatch(r":(ms|sm)", rest)
        first, second = (
            (line.rewrite(option, f"mnt[]:{letter}") for letter in "ms") if both else (None, None)
        )
        yield Problem(
            start,
            end,
            f"CRIU reads no more of this than `mnt[]{rest[:2] if rest[0] == ':' else ''}`",
            "give `external mnt[]:m` and `external mnt[]:s` on two lines"
            if both
            else "remove the rest",
            Rewrite("Write two lines", f"{first}\n{second}", safe=True)
            if first and second
            else None,
        )
        return
    suggested = {form.partition("[")[0] for form in option.suggested}
    match = _EXTERNAL.fullmatch(value)
    if not match or match["type"] not in suggested:
        if value.startswith("macvlan"):
            return  # CRIU115
        yield Problem(
            start,
            end,
            "CRIU keeps this, but no resource ever matches it",
            "write it as `TYPE[ID]` or `TYPE[ID]:VALUE`; the types are "
            + ", ".join(sorted(suggested)),
        )
    elif (
        match["type"] in _HEX_IDS and re.search(r"0[xX]|[A-F]", match["id"]) and not match["value"]
    ):
        fixed = re.sub(r"0[xX]", "", match["id"]).lower()
        yield Problem(
            start,
            end,
            "CRIU compares these numbers as lower-case hexadecimal without `0x`, so this never matches",
            f"write `{match['type']}[{shorten(fixed)}]`",
            _rewrite(
                line,
                option,
                f"{match['type']}[{fixed}]",
                "Write the numbers as CRIU does",
                safe=True,
            ),
        )
    elif match["type"] == "unix" and not match["id"].isdigit():
        yield Problem(
            start,
            end,
            "CRIU compares the inode as a decimal number, so this never matches",
            "write `unix[INODE]`",
        )


#: For lines that are not written in the plainest way.
SHAPE_RULES = (
    value_ignored,
    equals_required,
    value_truncated,
    word_ignored,
    equals_in_value,
    abbreviation,
)

#: For every line with an option.
VALUE_RULES = (
    number_misread,
    literal_quotes,
    not_expanded,
    ignored_in_file,
    blank_in_value,
    empty_value,
    literal_backslash,
    partly_read_value,
    trailing_punctuation,
)

FILE_RULES = (rest_ignored, next_line_swallowed)


@rule(
    "CRIU218",
    "value-lost",
    Severity.WARNING,
    bad="libdir /usr/lib/criu\n",
    good="work-dir /srv/criu\n",
    criu="3.15",
)
def value_lost(settings: Settings) -> Iterator[FileProblem]:
    """CRIU forgets the value before it uses it, and takes what is in its memory by then.

    These releases keep a pointer to the words of the file, which are freed when the file is read. The value of `libdir`,
    `external`, `action-script`, `inherit-fd` and others is garbage then, and so CRIU finds no such directory, matches no
    such resource, or crashes. On the command line the same option works.

    Sources: criu/config.c, criu/external.c (v3.15; mended in 3.16); criu/irmap.c (v3.19; mended in 4.0); criu/namespaces.c
    (v4.2).
    """
    old = settings.release < "3.16"
    for setting in settings.all:
        value = setting.value or b""
        lost = {
            "action-script": old,
            "cgroup-root": old and b":" in value,
            "external": old and not value.startswith(b"mnt[]"),
            "inherit-fd": old,
            "irmap-scan-path": settings.release < "4.0",
            "join-ns": old and not value.partition(b":")[2][:1].isdigit(),
            "libdir": old,
        }.get(setting.name, False)
        if lost:
            yield problem_at(
                setting,
                f"CRIU {settings.release} frees this value before it uses it, and takes whatever is in its memory then",
                "give the option on the command line, or use a newer CRIU",
            )
        elif (
            setting.name == "join-ns"
            and value.startswith(b"user:")
            and b"," in value
            and settings.release >= "3.17"
        ):
            yield problem_at(
                setting,
                "CRIU frees the numbers of the user and the group before it uses them, and may take any others",
                "leave them out",
            )


SETTINGS_RULES = (value_lost,)
