# SPDX-License-Identifier: MIT
"""The recipes of a justfile: each is a script, after those that it depends on.

Source: just.systems, the manual; just's src/recipe.rs (``run_linewise``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from criulint.embedded.following import follow_scripts
from criulint.embedded.model import UNKNOWN, HostedText, Script, join
from criulint.embedded.steps import Steps, scripts_of, substitute
from criulint.source import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from criulint.embedded.model import FollowedHost
    from criulint.source import Source

_NAME = r"[A-Za-z_][\w-]*"
_ASSIGNMENT = re.compile(rf"(export[ \t]+)?({_NAME})[ \t]*:=[ \t]*")
# `set shell := ["bash", "-c"]`, `set export`
_SETTING = re.compile(rf"set[ \t]+({_NAME})(?:[ \t]*:=[ \t]*(.*))?", re.DOTALL)
# `name parameters: dependencies`
_HEADER = re.compile(rf"@?({_NAME})((?:[ \t][^:\n]*)?):(?!=)(.*)", re.DOTALL)
# `$name='default'`, `+names`: signs, name, default.
_PARAMETER = re.compile(
    rf"([+*]?\$?)({_NAME})(?:=(\"(?:[^\"\\]|\\.)*\"|'[^']*'|{_NAME}|\([^()]*\)|`[^`]*`))?"
)
# A string in three quotes or one; single quotes have no escapes.
_STRING = re.compile(
    r'"""(?P<indented>(?:[^\\]|\\.)*?)"""|\'\'\'(?P<raw_indented>.*?)\'\'\''
    r'|"(?P<escaped>(?:[^"\\]|\\.)*)"|\'(?P<raw>[^\']*)\'',
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|\r?\n[ \t]*|([nrt\"\\]))")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
# `{{{{`, which is text, or `{{expression}}`.
_INTERPOLATION = re.compile(r"\{\{\{\{|\{\{((?:[^{}\"']|\"(?:[^\"\\]|\\.)*\"|'[^']*'){0,200})\}\}")
_OPERATOR = re.compile(r"[ \t]*([+/])[ \t]*")
# A dependency: `name`, `(name argument)`; those after `&&` run later.
_DEPENDENCY = re.compile(rf"(?:\([ \t]*)?({_NAME})(?:([ \t][^()]{{0,1000}})\))?|&&")
# `env("NAME", `: the default follows.
_GIVEN = re.compile(r"env(?:_var_or_default)?\(\s*(?:\"[^\"\n]*\"|'[^'\n]*')\s*,\s*")
_SHELL_OPTION = "-cu"
_MAX_RECIPES = 1000

_Values = dict[str, "HostedText | None"]


class _Dependency(NamedTuple):
    """A recipe that another one needs, and the code of the arguments that it is given."""

    name: str
    arguments: HostedText


@dataclass
class _Recipe:
    """A recipe; its body is dedented."""

    name: str
    parameters: _Values
    exported: set[str]
    before: list[_Dependency]
    after: list[_Dependency]
    body: list[HostedText] = field(default_factory=list)


def follow(source: Source) -> FollowedHost:
    """Return the files that a justfile writes. HostError if it cannot be followed."""
    return follow_scripts(find_scripts(decode(source.data)))


def find_scripts(text: str) -> list[Script]:
    """Return a script for each recipe."""
    justfile = _Justfile()
    justfile.read(HostedText.of(text))
    return justfile.scripts()


class _Justfile:
    """The variables and recipes of a justfile so far."""

    def __init__(self) -> None:
        self._variables: _Values = {}
        self._exported: set[str] = set()
        self._recipes: dict[str, _Recipe] = {}
        self._shell = ["sh", _SHELL_OPTION]
        self._exports_all = False

    def read(self, text: HostedText) -> None:
        """Read the whole file."""
        position = 0
        while position < len(text):
            end = text.text.find("\n", position) + 1 or len(text)
            line = text[position:end]
            content = line.text.rstrip("\r\n")
            assignment = _ASSIGNMENT.match(content)
            setting = _SETTING.match(content)
            if assignment:
                end = self._assign(text, position, assignment)
            elif setting:
                self._set(setting)
            elif header := _HEADER.match(content):
                end = self._read_recipe(text, line, header, end)
            position = end

    def _assign(self, text: HostedText, position: int, match: re.Match[str]) -> int:
        """Read an assignment, and return the offset after it."""
        start = position + match.end()
        value, end = self._evaluate(text, start, self._variables)
        self._variables[match[2]] = value
        if match[1]:
            self._exported.add(match[2])
        return text.text.find("\n", end) + 1 or len(text)

    def _set(self, match: re.Match[str]) -> None:
        value = (match[2] or "true").strip()
        if match[1] == "shell":
            self._shell = [word[1:-1] for word in re.findall(r"\"[^\"]*\"|'[^']*'", value)]
        elif match[1] == "export":
            self._exports_all = value == "true"

    def _read_recipe(
        self, text: HostedText, line: HostedText, header: re.Match[str], end: int
    ) -> int:
        """Read a recipe whose body begins at `end`, and return the offset after it."""
        parameters: _Values = {}
        exported: set[str] = set()
        for parameter in _PARAMETER.finditer(header[2]):
            default: HostedText | None = None
            if parameter[3]:
                start = header.start(2) + parameter.start(3)
                default, _ = self._evaluate_term(line, start, self._variables)
            parameters[parameter[2]] = default
            if "$" in parameter[1]:
                exported.add(parameter[2])
        before, after = _dependencies(line[header.start(3) : header.end(3)])
        recipe = _Recipe(header[1], parameters, exported, before, after)
        self._recipes[recipe.name] = recipe
        return _read_body(text, end, recipe)

    # --- values

    def _evaluate(
        self, text: HostedText, start: int, known: Mapping[str, HostedText | None]
    ) -> tuple[HostedText | None, int]:
        """Return the value of an expression, None if it is not known, and where it ends."""
        value, end = self._evaluate_term(text, start, known)
        while operator := _OPERATOR.match(text.text, end):
            right, end = self._evaluate_term(text, operator.end(), known)
            if value is None or right is None:
                value = None
            elif operator[1] == "/":
                offset = right.offsets[0]
                value = join([value, HostedText.at("/", offset, offset), right])
            else:
                value = join([value, right])
        line_end = text.text.find("\n", end)
        rest = text.text[end : line_end if line_end >= 0 else len(text)].strip()
        if rest and not rest.startswith(("#", ")")):
            return None, end
        return value, end

    def _evaluate_term(
        self, text: HostedText, start: int, known: Mapping[str, HostedText | None]
    ) -> tuple[HostedText | None, int]:
        """Return the value of a string, of a variable or of a default, and where it ends."""
        string = _STRING.match(text.text, start)
        if string:
            return _string_value(text, string), string.end()
        given = _GIVEN.match(text.text, start)
        if given and (string := _STRING.match(text.text, given.end())):
            closing = text.text.find(")", string.end())
            return _string_value(text, string), max(closing, string.end() - 1) + 1
        name = re.compile(_NAME).match(text.text, start)
        if name and text.text[name.end() : name.end() + 1] != "(":
            return known.get(name[0]), name.end()
        return None, start

    def _interpolate(self, line: HostedText, known: _Values) -> HostedText:
        """Return a line with ``{{expressions}}`` replaced."""

        def replace(match: re.Match[str]) -> HostedText | str:
            if match[1] is None:
                return "{{"
            expression = match[1]
            start = match.start(1) + len(expression) - len(expression.lstrip())
            inner = line[start : match.start(1) + len(expression.rstrip())]
            value, _ = self._evaluate(inner, 0, known)
            return UNKNOWN if value is None else value

        return substitute(line, _INTERPOLATION, replace)

    # --- what is run

    def scripts(self) -> list[Script]:
        """Return a script for each recipe that no other one depends on."""
        needed = {
            dependency.name
            for recipe in self._recipes.values()
            for dependency in (*recipe.before, *recipe.after)
        }
        roots = [recipe for name, recipe in self._recipes.items() if name not in needed]
        return scripts_of(self._run(recipe) for recipe in roots or self._recipes.values())

    def _run(self, root: _Recipe) -> Steps:
        """Return the steps of a recipe and of those that it depends on, each call once."""
        steps = Steps()
        done: set[tuple[str, ...]] = set()
        waiting: list[tuple[_Recipe, bool]] = [(root, False)]
        while waiting and len(done) < _MAX_RECIPES:
            recipe, is_ready = waiting.pop()
            given = [value.text if value else "" for value in recipe.parameters.values()]
            call = (recipe.name, *given)
            if is_ready:
                self._run_recipe(recipe, steps)
            elif call not in done:
                done.add(call)
                before, after = (
                    [(inner, False) for each in needed if (inner := self._give(each, recipe))]
                    for needed in (recipe.before, recipe.after)
                )
                waiting += reversed([*before, (recipe, True), *after])
        return steps

    def _give(self, dependency: _Dependency, caller: _Recipe) -> _Recipe | None:
        """Return the recipe that another one needs, with the arguments for its parameters."""
        recipe = self._recipes.get(dependency.name)
        if recipe is None:
            return None
        known = {**self._variables, **caller.parameters}
        parameters = dict(recipe.parameters)
        text, position = dependency.arguments, 0
        for name in parameters:
            position += len(text.text[position:]) - len(text.text[position:].lstrip())
            if position == len(text):
                break
            parameters[name], end = self._evaluate_term(text, position, known)
            if end == position:
                return replace(recipe, parameters=dict.fromkeys(parameters))
            position = end
        return replace(recipe, parameters=parameters)

    def _run_recipe(self, recipe: _Recipe, steps: Steps) -> None:
        """Add the lines of a recipe, or its whole body if that is a script."""
        known = {**self._variables, **recipe.parameters}
        variables = {
            name: value
            for name, value in known.items()
            if value is not None
            and (self._exports_all or name in self._exported or name in recipe.exported)
        }
        lines = [self._interpolate(line, known) for line in recipe.body]
        if lines and lines[0].text.startswith("#!"):
            steps.run(join(lines), self._shell, variables)
            return
        for line in _join_lines(lines):
            command = line[len(line.text) - len(line.text.lstrip("@-")) :]
            if command.text.strip():
                steps.run(command, self._shell[:1], variables)


def _dependencies(text: HostedText) -> tuple[list[_Dependency], list[_Dependency]]:
    """Return the recipes that run before another one, and those that run after it."""
    before: list[_Dependency] = []
    after: list[_Dependency] = []
    found = before
    for match in _DEPENDENCY.finditer(text.text.partition("#")[0]):
        if match[0] == "&&":
            found = after
        else:
            found.append(_Dependency(match[1], text[match.start(2) : match.end(2)]))
    return before, after


def _read_body(text: HostedText, start: int, recipe: _Recipe) -> int:
    """Add the lines of a body to its recipe, and return the offset after them."""
    indent: str | None = None
    position = start
    while position < len(text):
        end = text.text.find("\n", position) + 1 or len(text)
        line = text[position:end]
        blanks = len(line.text) - len(line.text.lstrip(" \t"))
        if not line.text.strip():
            recipe.body.append(line[blanks:])
        elif not blanks:
            break
        else:
            if indent is None:
                indent = line.text[:blanks]
            recipe.body.append(line[len(indent) if line.text.startswith(indent) else blanks :])
        position = end
    while recipe.body and not recipe.body[-1].text.strip():
        recipe.body.pop()
    return position


def _join_lines(lines: Sequence[HostedText]) -> Iterator[HostedText]:
    """Yield the lines, without their ends; a backslash at the end joins the next one."""
    parts: list[HostedText] = []
    for line in lines:
        content = line[: len(line.text.rstrip("\r\n"))]
        if parts:
            content = content[len(content.text) - len(content.text.lstrip()) :]
        if content.text.endswith("\\"):
            parts.append(content[: len(content) - 1])
            continue
        yield join([*parts, content])
        parts = []
    if parts:
        yield join(parts)


def _string_value(text: HostedText, match: re.Match[str]) -> HostedText:
    name = match.lastgroup or "raw"
    value = text[match.start(name) : match.end(name)]
    if "indented" in name:
        value = dedent_string(value)
    if name in ("escaped", "indented"):
        value = substitute(value, _ESCAPE, _unescape)
    return value


def _unescape(match: re.Match[str]) -> str:
    if match[1]:
        return chr(min(int(match[1], 16), 0x10FFFF))
    return _ESCAPES.get(match[2], match[2]) if match[2] else ""


def dedent_string(text: HostedText) -> HostedText:
    """Return the text without a line end at its beginning and without the common indent."""
    lines = list(text.lines())
    if lines and not lines[0].text.strip():
        lines = lines[1:]
    indents = [len(line.text) - len(line.text.lstrip(" \t")) for line in lines if line.text.strip()]
    width = min(indents, default=0)
    cut = [line[width:] if line.text.strip() else line[-1:] for line in lines]
    return join(cut, text.offsets[-1])
