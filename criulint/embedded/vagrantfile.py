# SPDX-License-Identifier: MIT
"""The shell provisioners of a Vagrantfile, machine by machine, and the files that it uploads.

Sources: developer.hashicorp.com (Vagrant, shell provisioner; provisioners run outside in),
plugins/provisioners/shell of Vagrant; Ruby's literals (docs.ruby-lang.org, *Literals*).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

from criulint.embedded.following import follow_scripts
from criulint.embedded.model import UNKNOWN, CopiedFile, HostedText, Script, join, separate
from criulint.embedded.steps import Steps, scripts_of, split_at_blanks, substitute
from criulint.source import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.embedded.model import FollowedHost
    from criulint.source import Source

# Tokens that may be skipped, and literals. A here-document is a mark; its lines follow the mark's
# line.
_TOKEN = re.compile(
    r"(?P<block>^=begin\b.*?(?:^=end\b[^\n]*|\Z))|(?P<comment>#[^\n]*)"
    r"|<<(?P<squiggle>[-~]?)(?P<quote>[\"'`]?)(?P<word>[A-Z_a-z]\w*)(?P=quote)"
    # An unterminated literal extends to the end of the file.
    r'|"(?P<double>(?:[^"\\]|\\.)*)(?:"|\\?\Z)|\'(?P<single>(?:[^\'\\]|\\.)*)(?:\'|\\?\Z)'
    r"|%(?P<percent>[qQ]?)(?:\((?P<parentheses>[^()]*)\)|\{(?P<braces>[^{}]*)\}"
    r"|\[(?P<brackets>[^\[\]]*)\]|\|(?P<bars>[^|]*)\|)",
    re.DOTALL | re.MULTILINE,
)
# The groups of the literals' texts.
_LITERALS = ("double", "single", "parentheses", "braces", "brackets", "bars")
# What is before a literal that a variable gets: `script =`, also `script = ENV["X"] ||`.
_ASSIGNMENT = re.compile(
    r"(?:^|[\s;])([$@]?[A-Za-z_]\w*)[ \t]*=[ \t\r\n]*"
    r"(?:ENV(?:\[['\"]\w+['\"]\][ \t]*\|\||\.fetch\([ \t]*['\"]\w+['\"][ \t]*,)[ \t]*)?\Z"
)
# `names = %w[a b]` and `names.join(" ")`.
_WORDS = re.compile(r"(?<![\w$@])([$@]?[A-Za-z_]\w*)[ \t]*=[ \t]*%w(?:\[([^\[\]]*)\]|\(([^()]*)\))")
_JOINED = re.compile(r"\s*([$@]?[A-Za-z_]\w*)\.join\(\s*(?:'([^'\\]*)'|\"([^\"#]*)\")\s*\)\s*")
# `inline:`, `:inline =>`, `"inline" =>` or `shell.inline =`, then a variable or a literal.
_INLINE = re.compile(
    r"(?:\binline:|:inline[ \t]*=>|[\"']inline[\"'][ \t]*=>|\.inline[ \t]*=)[ \t\r\n\\]*"
    r"(?:([$@]?[A-Za-z_]\w*)\b)?"
)
# `web.vm.provision` and `config.vm.define "web" do |web|`.
_PROVISION = re.compile(r"\b([A-Za-z_]\w*)\.vm\.provision\b")
_DEFINE = re.compile(r"\.vm\.define\b[^\n]{0,500}\bdo[ \t]*\|[ \t]*([A-Za-z_]\w*)")
# `env: {"NAME" => "value"}` and `args: ["a", "b"]`, in the same spellings as `inline`.
_ENVIRONMENT = re.compile(r"(?:\benv:|:env[ \t]*=>|\.env[ \t]*=)[ \t]*\{([^{}]*)\}")
_ARGUMENTS = re.compile(r"(?:\bargs:|:args[ \t]*=>|\.args[ \t]*=)[ \t\r\n]*\[?")
# `"NAME" => "value"`, `NAME: 'value'`
_PAIR = re.compile(
    r"(?:[\"']?\b([A-Za-z_]\w*)[\"']?[ \t]*(?:=>|:))[ \t]*(?:\"([^\"#\\]*)\"|'([^'\\]*)')"
)
# In double quotes: `\u00e9`, `\xe9`, a continued line, `\n`.
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{1,2})|(\r?\n)|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "e": "\x1b", "s": " ", "0": "\0", "a": "\a", "b": "\b"}
_SINGLE_ESCAPE = re.compile(r"\\([\\'])")
_INTERPOLATION = re.compile(r"#\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")
# Methods after a here-document that do not change what its code does.
_HARMLESS_METHODS = re.compile(r"\.(?:strip|chomp|freeze|rstrip|lstrip|dup|to_s)\b")
_LINE_END = re.compile(r"\r(?=\n)")
# A provisioner that copies a file; up to five lines.
_UPLOAD = re.compile(
    r"^[^#\n]*\.vm\.provision[ \t]*\(?[ \t]*(?:[\"']file[\"']|:file)((?:[^\n]*\n){1,5})",
    re.MULTILINE,
)
# `source: "path"`, `"destination" => "path"`
_WORD = re.compile(r":?(source|destination)[ \t]*(?:=>|:)[ \t]*[\"']([^\"'#\n]*)[\"']")
_TAB = 8
# How far from its code a provisioner's variables may be, in characters.
_WINDOW = 4096


class _Literal(NamedTuple):
    """A text in the file: where it begins and ends, and what it is; None if that is not known."""

    start: int
    end: int
    value: HostedText | None


class _Provisioner(NamedTuple):
    """Shell code, the machine that it runs on (the variable of its block), and where it stands."""

    code: HostedText
    machine: str
    start: int
    variables: dict[str, HostedText]
    arguments: list[HostedText]


def follow(source: Source) -> FollowedHost:
    """Return the files that a Vagrantfile writes. HostError if it cannot be followed."""
    text = decode(source.data)
    return follow_scripts(find_scripts(text))._replace(copies=tuple(_find_copies(text)))


def _find_copies(text: str) -> Iterator[CopiedFile]:
    """Yield the files that provisioners upload."""
    for match in _UPLOAD.finditer(text):
        words = dict(_WORD.findall(match[1]))
        if "source" in words and "destination" in words:
            start = match.start(1) + match[1].find(words["source"])
            yield CopiedFile(words["source"], words["destination"], start)


def find_scripts(text: str) -> list[Script]:
    """Return a script for each machine, or one if there is only one."""
    provisioners = list(_Vagrantfile(text).provisioners())
    machines = [(match[1], match.start()) for match in _DEFINE.finditer(text)]
    names = {name for name, _ in machines}
    outer = [entry for entry in provisioners if entry.machine not in names]
    inner: dict[int, list[_Provisioner]] = {start: [] for _, start in machines}
    for entry in provisioners:
        starts = [
            start for name, start in machines if name == entry.machine and start < entry.start
        ]
        if starts:
            inner[starts[-1]].append(entry)
    found = [_run([*outer, *entries]) for entries in inner.values() if entries]
    return scripts_of(found or [_run(outer)])


def _run(provisioners: list[_Provisioner]) -> Steps:
    steps = Steps()
    for entry in provisioners:
        if entry.arguments:
            start = entry.code.offsets[0]
            words = [HostedText.at(word, start, start) for word in ("bash", "-c")]
            name = HostedText.at("vagrant-shell", start, start)
            steps.call([*words, entry.code, name, *entry.arguments], entry.variables)
        else:
            steps.run(entry.code, ["bash"], entry.variables)
    return steps


class _Vagrantfile:
    """The literals of a Vagrantfile, and the variables that hold some of them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._host = HostedText.of(text)
        self._variables: dict[str, HostedText | None] = {}
        self._lists = {
            match[1]: split_at_blanks(self._host[match.start(group) : match.end(group)])
            for match in _WORDS.finditer(text)
            for group in (2, 3)
            if match[group]
        }
        self._literals: dict[int, _Literal] = {}
        # The text without literals and comments, in the same length.
        self._code = self._read()
        self._starts = sorted(self._literals)

    def _read(self) -> str:
        """Note all literals, and return the text with blanks instead of them and of comments.

        The first character of a literal stays: it ends the blanks before the literal.
        """
        text = self._text
        code = list(text)
        position = 0
        pending: list[re.Match[str]] = []  # here-documents that begin on the next line
        while match := _TOKEN.search(text, position):
            line_end = text.find("\n", position) if pending else -1
            if 0 <= line_end < match.start():
                position = self._read_heredocs(pending, line_end + 1, code)
                pending = []
                continue
            position = match.end()
            if match["block"] or match["comment"]:
                _blank_out(code, match.start(), match.end())
                continue
            if not match["word"]:
                self._add(_Literal(match.start(), match.end(), self._literal(match)))
            elif _is_heredoc(text, match):
                pending.append(match)
            else:
                position = match.start() + len("<<")
                continue
            _blank_out(code, match.start() + 1, match.end())
        if pending:
            line_end = text.find("\n", position)
            if line_end >= 0:
                self._read_heredocs(pending, line_end + 1, code)
        return "".join(code)

    def _add(self, literal: _Literal) -> None:
        self._literals[literal.start] = literal
        assignment = _ASSIGNMENT.search(self._text[max(0, literal.start - 200) : literal.start])
        if assignment:
            self._variables[assignment[1]] = literal.value

    def _literal(self, match: re.Match[str]) -> HostedText | None:
        """Return the text of a literal; single quotes have no escapes."""
        name = next(name for name in _LITERALS if match[name] is not None)
        value = self._host[match.start(name) : match.end(name)]
        is_raw = name == "single" or match["percent"] == "q"
        if is_raw:
            return substitute(value, _SINGLE_ESCAPE, lambda found: found[1])
        return self._interpolate(value)

    def _interpolate(self, text: HostedText) -> HostedText:
        """Return a text with escapes and variables replaced."""
        parts: list[HostedText] = []
        begin = 0
        for match in _INTERPOLATION.finditer(text.text):
            parts.append(substitute(text[begin : match.start()], _ESCAPE, _unescape))
            value = self._variables.get(match[1].strip()) or self._join_list(match[1])
            if value is None:
                start, end = text.offsets[match.start()], text.offsets[match.end()]
                value = HostedText.at(UNKNOWN, start, end)
            parts.append(value)
            begin = match.end()
        parts.append(substitute(text[begin:], _ESCAPE, _unescape))
        return join(parts)

    def _join_list(self, expression: str) -> HostedText | None:
        """Return the words of a list with a text between them; None if it is something else."""
        found = _JOINED.fullmatch(expression)
        words = self._lists.get(found[1], []) if found else []
        if not found or not words:
            return None
        separator = _ESCAPE.sub(_unescape, found[3]) if found[3] is not None else found[2]
        return join(separate(words, separator))

    def _read_heredocs(self, marks: list[re.Match[str]], start: int, code: list[str]) -> int:
        """Read the here-documents that begin at `start`, and return the offset after them."""
        for mark in marks:
            start = self._read_heredoc(mark, start, code)
        return start

    def _read_heredoc(self, mark: re.Match[str], start: int, code: list[str]) -> int:
        """Read the here-document that begins at `start`, and return the offset after it."""
        text = self._text
        lines: list[HostedText] = []
        begin = end = start
        while end < len(text):
            begin, end = end, text.find("\n", end) + 1 or len(text)
            line = text[begin:end].strip("\r\n")
            if (line.strip() if mark["squiggle"] else line) == mark["word"]:
                break
            lines.append(self._host[begin:end])
        else:  # the word that ends it is missing
            begin = end
        _blank_out(code, start, end)
        body = _dedent(lines, begin) if mark["squiggle"] == "~" else join(lines, begin)
        self._add(_Literal(mark.start(), mark.end(), self._heredoc_value(mark, body)))
        return end

    def _heredoc_value(self, mark: re.Match[str], body: HostedText) -> HostedText | None:
        """Return what a here-document means, None if a method changes it."""
        after = self._text[mark.end() : mark.end() + 80].split("\n")[0]
        methods = _HARMLESS_METHODS.sub("", after).strip()
        if methods.startswith((".", "%", "+")):
            return None
        return body if mark["quote"] == "'" else self._interpolate(body)

    def provisioners(self) -> Iterator[_Provisioner]:
        """Yield the shell provisioners, in their order."""
        owners = [(match.start(), match[1]) for match in _PROVISION.finditer(self._code)]
        for match in _INLINE.finditer(self._code):
            literal = self._literals.get(match.end())
            code = self._variables.get(match[1]) if match[1] else literal and literal.value
            if code is None:
                continue
            number = bisect_left(owners, (match.start(), ""))
            start, machine = owners[number - 1] if number else (match.start(), "")
            end = owners[number][0] if number < len(owners) else len(self._text)
            window = (max(start, match.start() - _WINDOW), min(end, match.start() + _WINDOW))
            variables = self._environment(*window)
            normalized = substitute(code, _LINE_END, lambda _: "")
            arguments = self._arguments(*window)
            yield _Provisioner(normalized, machine, match.start(), variables, arguments)

    def _arguments(self, start: int, end: int) -> list[HostedText]:
        """Return the arguments of a provisioner between two offsets; only literals are known."""
        match = _ARGUMENTS.search(self._code, start, end)
        if match is None:
            return []
        first = match.end()
        last = first
        if self._text[match.end() - 1] == "[":
            last = self._code.find("]", first)
        starts = self._starts[bisect_left(self._starts, first) : bisect_right(self._starts, last)]
        found = [
            literal.value or HostedText.at(UNKNOWN, literal.start, literal.end)
            for literal in map(self._literals.__getitem__, starts)
        ]
        return found or [HostedText.at(UNKNOWN, match.start(), first)]

    def _environment(self, start: int, end: int) -> dict[str, HostedText]:
        """Return the variables in ``env: {...}`` between two offsets."""
        found: dict[str, HostedText] = {}
        for hash_ in _ENVIRONMENT.finditer(self._text, start, end):
            for pair in _PAIR.finditer(self._text, hash_.start(1), hash_.end(1)):
                group = 2 if pair[2] is not None else 3
                found[pair[1]] = self._host[pair.start(group) : pair.end(group)]
        return found


def _blank_out(code: list[str], start: int, end: int) -> None:
    """Replace the characters between two offsets by blanks, except newlines."""
    code[start:end] = ["\n" if character == "\n" else " " for character in code[start:end]]


def _is_heredoc(text: str, match: re.Match[str]) -> bool:
    """Return whether ``<<WORD`` begins a here-document, and does not add to something."""
    if match["squiggle"] or match["quote"]:
        return True
    before = text[: match.start()].rstrip(" \t")[-1:]
    return match["word"].isupper() and before in ("=", "(", ",", ":", ">", "")


def _unescape(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if code:
        return chr(int(code, 16))
    return "" if match[3] else _ESCAPES.get(match[4], match[4])


def _dedent(lines: list[HostedText], end: int) -> HostedText:
    """Return the lines without the indent that all have; a tab is as wide as up to 8 blanks."""
    widths = [_width(line.text) for line in lines if line.text.strip()]
    common = min(widths, default=0)
    return join((_cut(line, common) for line in lines), end)


def _width(line: str) -> int:
    width = 0
    for character in line:
        if character == "\t":
            width = (width // _TAB + 1) * _TAB
        elif character == " ":
            width += 1
        else:
            break
    return width


def _cut(line: HostedText, common: int) -> HostedText:
    width = position = 0
    for character in line.text:
        if character not in " \t" or width >= common:
            break
        width = (width // _TAB + 1) * _TAB if character == "\t" else width + 1
        if width > common:
            break
        position += 1
    return line[position:]
