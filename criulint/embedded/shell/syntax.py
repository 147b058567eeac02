# SPDX-License-Identifier: MIT
"""The syntax of shell code: a tree of commands, whose words are ranges of the text.

tree-sitter's grammar for bash gives the structure. The words of a simple command and its
redirections are split here, because that must be exact: the grammar drops the CR of CR LF, breaks
words at continued lines, and knows one here-document per line.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from criulint.criu.paths import CONFIG_ANNOTATION
from criulint.embedded import parsing
from criulint.embedded.hosts import MissingExtraError
from criulint.embedded.shell.scanning import Heredoc, Scanner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tree_sitter import Node, Parser

_MAX_DEPTH = 150
# Words of a command.
_MAX_WORDS = 50_000
# Parameters, assignments, and characters that are only part of a word; the grammar reads some of
# them as blanks, and an empty value as the beginning of a longer one.
_SHOWN = re.compile(
    r"\$(?:\w+|[@*#?$!-])?|(?<![^\s;&|(])[A-Za-z_]\w*(?:\[[^\]\n]*\])?\+?=|[^\t\n -~]", re.ASCII
)
_SPACE = re.compile(r"(?:[ \t]|\\\n)+")
# `2>&1`, `{name}<file`: the descriptor, and the operator; `<(` and `>(` are parts of words.
_REDIRECT = re.compile(
    r"(\d+(?=[<>])|\{\w+\}(?=[<>]))?(<<<|<<-|<<|<&|<>|<(?!\()|>>|>&|>\||>(?!\()|&>>|&>)"
)
_PLAIN = re.compile(r"[^\\'\"$`\t\n ;&|<>()]+")
_IN = re.compile(r"\s+in(?=[\s;])")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(\[[^\]]*\])?(\+?)=")
_LEAVING = re.compile(r"\b(?:break|exit|return)\b")
_SIGNS = ("$?", "$_", "$(", "`", CONFIG_ANNOTATION)


# Nodes that are simple commands.
_SIMPLE = frozenset(
    (
        "command",
        "declaration_command",
        "unset_command",
        "variable_assignment",
        "variable_assignments",
    )
)

#: Commands whose words are assignments.
DECLARING = frozenset(("export", "local", "declare", "readonly", "typeset"))


class WordSpan(NamedTuple):
    """Where a word begins and ends in the text."""

    start: int
    end: int


class Assignment(NamedTuple):
    """``NAME=WORD``, ``NAME[SUBSCRIPT]=WORD`` or ``NAME=(WORDS)``; `adds` for ``+=``."""

    name: str
    subscript: str | None
    adds: bool
    value: WordSpan
    elements: tuple[WordSpan, ...] | None


class Redirect(NamedTuple):
    """A redirection, at an offset; `descriptor` is empty for the default."""

    start: int
    descriptor: str
    operator: str
    target: WordSpan
    heredoc: Heredoc | None


class Simple(NamedTuple):
    """A simple command."""

    start: int
    end: int
    assignments: tuple[Assignment, ...]
    words: tuple[WordSpan, ...]
    redirects: tuple[Redirect, ...]


class CommandList(NamedTuple):
    """Commands one after the other."""

    items: tuple[Command, ...]


class Compound(NamedTuple):
    """A command with redirections, and in a subshell if `is_subshell`."""

    start: int
    body: Command
    redirects: tuple[Redirect, ...]
    is_subshell: bool


class Pipeline(NamedTuple):
    """Commands, each of which reads what the one before it prints."""

    items: tuple[Command, ...]


class Negation(NamedTuple):
    """``! COMMAND``"""

    body: Command


class AndOr(NamedTuple):
    """``LEFT && RIGHT`` or ``LEFT || RIGHT``"""

    left: Command
    is_and: bool
    right: Command


class If(NamedTuple):
    """``if``; `otherwise` is another one for ``elif``."""

    condition: Command
    body: Command
    otherwise: Command | None


class While(NamedTuple):
    """``while``, or ``until``."""

    condition: Command
    body: Command
    is_until: bool


class For(NamedTuple):
    """``for NAME in WORDS``; `words` is None for the arguments."""

    start: int
    name: str
    words: tuple[WordSpan, ...] | None
    body: Command


class CountingFor(NamedTuple):
    """``for ((FIRST; CONDITION; UPDATE))``"""

    parts: tuple[WordSpan, WordSpan, WordSpan]
    body: Command


class CaseItem(NamedTuple):
    """``PATTERN | PATTERN) BODY``, and what ends it: ``;;``, ``;&`` or ``;;&``."""

    patterns: tuple[WordSpan, ...]
    body: Command
    end: str


class Case(NamedTuple):
    """``case WORD in ITEMS esac``"""

    word: WordSpan
    items: tuple[CaseItem, ...]


class FunctionDefinition(NamedTuple):
    """The definition of a function."""

    name: str
    body: Command


class Condition(NamedTuple):
    """``[[ ... ]]``; the words are those between the brackets."""

    start: int
    words: tuple[WordSpan, ...]


class Arithmetic(NamedTuple):
    """``(( ... ))``"""

    expression: WordSpan


class Unparsed(NamedTuple):
    """Code that cannot be parsed."""

    start: int


Command = (
    Simple
    | CommandList
    | Compound
    | Pipeline
    | Negation
    | AndOr
    | If
    | While
    | For
    | CountingFor
    | Case
    | FunctionDefinition
    | Condition
    | Arithmetic
    | Unparsed
)


class SyntaxTree:
    """The commands of a text, and facts about the whole text that following them needs."""

    def __init__(self, root: CommandList, scanner: Scanner) -> None:
        self.root = root
        self.scanner = scanner

    @cached_property
    def signs(self) -> frozenset[str]:
        """The features in the text that take extra work."""
        return frozenset(sign for sign in _SIGNS if sign in self.scanner.text)

    @cached_property
    def last_leaving(self) -> int:
        """Where the last word that may leave a loop begins; -1 if there is none."""
        return max((found.start() for found in _LEAVING.finditer(self.scanner.text)), default=-1)


class _UnreadableError(Exception):
    """A simple command that is not one."""

    def __init__(self, start: int) -> None:
        super().__init__(start)
        self.start = start


@lru_cache(maxsize=1)
def _parser() -> Parser:
    try:
        import tree_sitter
        import tree_sitter_bash
    except ImportError:
        raise MissingExtraError(
            "shell code needs tree-sitter: install criulint with the extra `scripts`"
        ) from None
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


@lru_cache(maxsize=256)
def parse_shell(text: str) -> SyntaxTree:
    """Return the commands of shell code.

    MissingExtraError without the parser, HostError if it takes too long.
    """
    scanner = Scanner(text)
    scanner.scan()
    tree = parsing.parse_tree(_parser(), _structure(text, scanner).encode("ascii"))
    return SyntaxTree(_Reader(text, scanner).sequence(tree.root_node.children, 0), scanner)


def _structure(text: str, scanner: Scanner) -> str:
    """Return the text, in the same length, without what only matters inside words.

    A here-document is ``<`` and a word, and its lines are blank.
    """
    parts: list[tuple[int, int, str]] = []
    for operator, heredoc in scanner.heredocs.items():
        width = 3 if heredoc.strips_tabs else 2
        parts.append((operator + 1, operator + width, " "))
        parts.append((heredoc.first, heredoc.end, " "))
    for start, end in scanner.hidden:
        is_comment = text[start] == "#"
        parts.append((start, end, " " if is_comment else "x"))
    pieces: list[str] = []
    position = 0
    for start, end, sign in sorted(parts):
        if start >= position:  # not in another one
            hidden = text[start:end]
            pieces.append(_SHOWN.sub(_hide, text[position:start]))
            pieces.append(re.sub(r"[^\n]", " ", hidden) if sign == " " else "x" * len(hidden))
            position = end
    pieces.append(_SHOWN.sub(_hide, text[position:]))
    return "".join(pieces)


def _hide(match: re.Match[str]) -> str:
    return "x" * len(match[0])


class _Reader:
    """Turns tree-sitter's nodes into commands. Their offsets are those of the text."""

    def __init__(self, text: str, scanner: Scanner) -> None:
        self._text = text
        self._scanner = scanner

    def sequence(self, nodes: Sequence[Node], depth: int) -> CommandList:
        """Return the statements among some nodes."""
        items = [self._statement(node, node.end_byte, depth) for node in nodes if node.is_named]
        return CommandList(tuple(item for item in items if item is not None))

    def _statement(self, node: Node, end: int, depth: int) -> Command | None:
        """Return the command of a node; redirections up to `end` belong to its last command."""
        if depth > _MAX_DEPTH:
            return Unparsed(node.start_byte)
        kind = node.type
        if kind in ("comment", "heredoc_body", "heredoc_end"):
            return None
        if kind in _SIMPLE or (kind == "subshell" and node.is_missing):
            return self._simple(node.start_byte, end)
        convert = self._conversions.get(kind)
        if convert is None or any(child.is_missing for child in node.children):
            return Unparsed(node.start_byte)
        return convert(self, node, end, depth + 1)

    def _require_statement(self, node: Node, end: int, depth: int) -> Command:
        return self._statement(node, end, depth) or Unparsed(node.start_byte)

    # --- conversions, each of one kind of node; redirections up to `end` belong to the command

    def _redirected(self, node: Node, end: int, depth: int) -> Command:
        body = node.child_by_field_name("body")
        end = max(end, node.end_byte)
        if body is None:
            return self._simple(node.start_byte, end)
        return self._require_statement(body, end, depth)

    def _compound(self, node: Node, end: int, depth: int) -> Command:
        body: Command
        if node.children and node.children[0].type == "((":
            body = Arithmetic(WordSpan(node.start_byte + 2, node.end_byte - 2))
        else:
            body = self.sequence(node.children, depth)
        return self._with_redirects(node, body, end)

    def _with_redirects(self, node: Node, body: Command, end: int) -> Command:
        """Return a compound command with the redirections between its node's end and `end`."""
        is_subshell = node.type == "subshell"
        try:
            rest = self._split(node.end_byte, end)
        except _UnreadableError as error:
            return Unparsed(error.start)
        if rest.words:
            return Unparsed(node.start_byte)
        if not rest.redirects and not is_subshell:
            return body
        return Compound(node.start_byte, body, rest.redirects, is_subshell)

    def _list(self, node: Node, end: int, depth: int) -> Command:
        parts = [child for child in node.children if child.is_named and child.type != "comment"]
        operator = next((child.type for child in node.children if not child.is_named), "")
        if len(parts) != 2 or operator not in ("&&", "||"):
            return Unparsed(node.start_byte)
        left = self._require_statement(parts[0], parts[0].end_byte, depth)
        return AndOr(left, operator == "&&", self._require_statement(parts[1], end, depth))

    def _pipeline(self, node: Node, end: int, depth: int) -> Command:
        parts = [child for child in node.children if child.is_named and child.type != "comment"]
        if not parts:
            return Unparsed(node.start_byte)
        items = [self._require_statement(part, part.end_byte, depth) for part in parts[:-1]]
        return Pipeline((*items, self._require_statement(parts[-1], end, depth)))

    def _negation(self, node: Node, end: int, depth: int) -> Command:
        return Negation(self._require_statement(node.children[-1], end, depth))

    def _if(self, node: Node, end: int, depth: int) -> Command:
        condition, rest = _cut(node.children[1:], "then")
        body = [child for child in rest if child.type not in ("elif_clause", "else_clause")]
        otherwise: Command | None = None
        for clause in reversed(rest):
            if clause.type == "else_clause":
                otherwise = self.sequence(clause.children, depth)
            elif clause.type == "elif_clause":
                elif_condition, elif_body = _cut(clause.children[1:], "then")
                otherwise = If(
                    self.sequence(elif_condition, depth),
                    self.sequence(elif_body, depth),
                    otherwise,
                )
        command = If(self.sequence(condition, depth), self.sequence(body, depth), otherwise)
        return self._with_redirects(node, command, end)

    def _while(self, node: Node, end: int, depth: int) -> Command:
        body = node.child_by_field_name("body")
        if body is None:
            return Unparsed(node.start_byte)
        condition = [child for child in node.children[1:] if child.start_byte < body.start_byte]
        command = While(
            self.sequence(condition, depth),
            self.sequence(body.children, depth),
            node.children[0].type == "until",
        )
        return self._with_redirects(node, command, end)

    def _for(self, node: Node, end: int, depth: int) -> Command:
        body = node.child_by_field_name("body")
        variable = node.child_by_field_name("variable")
        if body is None or variable is None or node.children[0].type == "select":
            return Unparsed(node.start_byte)
        words: tuple[WordSpan, ...] | None = None
        if marker := _IN.match(self._text, variable.end_byte):
            last = max(
                [child.end_byte for child in node.children_by_field_name("value")],
                default=marker.end(),
            )
            words = self._words(marker.end(), last)
            if words is None:
                return Unparsed(node.start_byte)
        name = self._text[variable.start_byte : variable.end_byte]
        command = For(node.start_byte, name, words, self.sequence(body.children, depth))
        return self._with_redirects(node, command, end)

    def _counting_for(self, node: Node, end: int, depth: int) -> Command:
        body = node.child_by_field_name("body")
        opening = next((child for child in node.children if child.type == "(("), None)
        closing = next((child for child in node.children if child.type == "))"), None)
        marks = [child for child in node.children if child.type == ";"]
        if body is None or opening is None or closing is None or len(marks) < 2:
            return Unparsed(node.start_byte)
        borders = (opening.end_byte, *(mark.end_byte for mark in marks[:2]))
        ends = (marks[0].start_byte, marks[1].start_byte, closing.start_byte)
        first, condition, update = map(WordSpan, borders, ends)
        command = CountingFor((first, condition, update), self.sequence(body.children, depth))
        return self._with_redirects(node, command, end)

    def _case(self, node: Node, end: int, depth: int) -> Command:
        value = node.child_by_field_name("value")
        marker = next((child for child in node.children if child.type == "in"), None)
        words = self._words(value.start_byte, marker.start_byte) if value and marker else None
        if not words or len(words) != 1:
            return Unparsed(node.start_byte)
        items = tuple(
            self._case_item(child, depth) for child in node.children if child.type == "case_item"
        )
        return self._with_redirects(node, Case(words[0], items), end)

    def _case_item(self, node: Node, depth: int) -> CaseItem:
        closing = next((at for at, child in enumerate(node.children) if child.type == ")"), 0)
        patterns: list[WordSpan] = []
        for child in node.children[:closing]:
            if not child.is_named:
                continue
            if patterns and patterns[-1].end == child.start_byte:
                patterns[-1] = WordSpan(patterns[-1].start, child.end_byte)
            else:
                patterns.append(WordSpan(child.start_byte, child.end_byte))
        ends = [child.type for child in node.children if child.type in (";;", ";&", ";;&")]
        body = self.sequence(node.children[closing + 1 :], depth)
        return CaseItem(tuple(patterns), body, ends[-1] if ends else ";;")

    def _function(self, node: Node, end: int, depth: int) -> Command:
        name = node.child_by_field_name("name")
        body = node.child_by_field_name("body")
        if name is None or body is None:
            return Unparsed(node.start_byte)
        command = self._require_statement(body, end, depth)
        return FunctionDefinition(self._text[name.start_byte : name.end_byte], command)

    def _test(self, node: Node, end: int, _: int) -> Command:
        if not self._text.startswith("[[", node.start_byte):
            return self._simple(node.start_byte, end)
        words = self._words(node.start_byte + 2, node.end_byte - 2, has_operators=True)
        if words is None:
            return Unparsed(node.start_byte)
        return self._with_redirects(node, Condition(node.start_byte, words), end)

    _conversions: ClassVar[Mapping[str, Callable[[_Reader, Node, int, int], Command]]] = {
        "redirected_statement": _redirected,
        "compound_statement": _compound,
        "subshell": _compound,
        "list": _list,
        "pipeline": _pipeline,
        "negated_command": _negation,
        "if_statement": _if,
        "while_statement": _while,
        "for_statement": _for,
        "c_style_for_statement": _counting_for,
        "case_statement": _case,
        "function_definition": _function,
        "test_command": _test,
    }

    # --- simple commands

    def _simple(self, start: int, end: int) -> Command:
        try:
            return self._split(start, end)
        except _UnreadableError as error:
            return Unparsed(error.start)

    def _split(self, start: int, end: int) -> Simple:
        """Split a simple command into assignments, words and redirections."""
        assignments: list[Assignment] = []
        words: list[WordSpan] = []
        redirects: list[Redirect] = []
        position = self._skip_blanks(start, end)
        while position < end:
            if found := _REDIRECT.match(self._text, position):
                redirect = self._redirect(found, end)
                redirects.append(redirect)
                position = redirect.target.end
            elif assignment := self._assignment_after(words, position, end):
                if words:  # `declare NAME=(WORDS)`: the name is an argument
                    words.append(WordSpan(position, position + len(assignment.name)))
                assignments.append(assignment)
                position = assignment.value.end
            else:
                words.append(WordSpan(position, self._word_end(position, end)))
                position = words[-1].end
                if len(words) > _MAX_WORDS:
                    raise _UnreadableError(start)
            position = self._skip_blanks(position, end)
        return Simple(start, end, tuple(assignments), tuple(words), tuple(redirects))

    def _assignment_after(
        self, words: Sequence[WordSpan], start: int, end: int
    ) -> Assignment | None:
        """Return the assignment at an offset; after the first word, most are arguments."""
        assignment = self._assignment(start, end)
        if assignment is None or not words:
            return assignment
        declares = self._text[words[0].start : words[0].end] in DECLARING
        return assignment if declares and assignment.elements is not None else None

    def _redirect(self, found: re.Match[str], end: int) -> Redirect:
        start = self._skip_blanks(found.end(), max(end, found.end()))
        target = WordSpan(start, self._word_end(start, max(end, start)))
        operator = found.start(2)
        heredoc = None
        if found[2] in ("<<", "<<-"):
            heredoc = self._scanner.heredocs.get(operator)
            if heredoc is None:
                raise _UnreadableError(operator)
        return Redirect(operator, found[1] or "", found[2], target, heredoc)

    def _assignment(self, start: int, end: int) -> Assignment | None:
        found = _ASSIGNMENT.match(self._text, start, end)
        if found is None:
            return None
        name, index, adds = found[1], found[2], bool(found[3])
        elements = None
        if self._text.startswith("(", found.end()):
            closing = self._scanner.end("code", found.end() + 1)
            if closing is None:
                raise _UnreadableError(start)
            elements = self._words(found.end() + 1, closing - 1)
            value = WordSpan(found.end(), closing)
        else:
            value = WordSpan(found.end(), self._word_end(found.end(), end, may_be_empty=True))
        return Assignment(name, index and index[1:-1], adds, value, elements)

    def _words(
        self, start: int, end: int, *, has_operators: bool = False
    ) -> tuple[WordSpan, ...] | None:
        """Return the words between two offsets, None if there is anything else."""
        words = []
        position = self._skip_blanks(start, end, newlines=True)
        while position < end:
            try:
                stop = self._word_end(position, end)
            except _UnreadableError:
                if not has_operators:
                    return None
                stop = position + 1
                while stop < end and self._text[stop] in "&|<>" and self._text[position] in "&|":
                    stop += 1
            words.append(WordSpan(position, stop))
            position = self._skip_blanks(stop, end, newlines=True)
        return tuple(words)

    def _skip_blanks(self, position: int, end: int, *, newlines: bool = False) -> int:
        while position < end:
            if found := _SPACE.match(self._text, position):
                position = found.end()
            elif newlines and self._text[position] == "\n":
                position += 1
            elif self._text[position] == "#":
                stop = self._text.find("\n", position)
                position = end if stop < 0 else stop
            else:
                break
        return min(position, end)

    def _word_end(self, start: int, end: int, *, may_be_empty: bool = False) -> int:
        """Return where a word ends that begins at `start`. _UnreadableError if there is none."""
        position = start
        text = self._text
        while position < end:
            if found := _PLAIN.match(text, position):
                position = found.end()
                continue
            stop = self._scanner.part_end(position)
            if stop == position:
                break
            if stop is None or stop > end:
                raise _UnreadableError(position)
            position = stop
        if position == start and not may_be_empty:
            raise _UnreadableError(start)
        return position


def _cut(nodes: Sequence[Node], kind: str) -> tuple[Sequence[Node], Sequence[Node]]:
    """Return the nodes before and after the first one of a kind."""
    at = next((at for at, node in enumerate(nodes) if node.type == kind), len(nodes))
    return nodes[:at], nodes[at + 1 :]
