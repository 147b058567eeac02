# SPDX-License-Identifier: MIT
"""The recipes of a makefile: each rule is a script, after those of what it needs.

Source: the manual of GNU make, chapters 4 to 6.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from criulint.embedded.following import follow_scripts
from criulint.embedded.hosts import HostError
from criulint.embedded.model import HostedText, Script, join, separate
from criulint.embedded.steps import Steps, Unknowns, scripts_of, split_at_blanks
from criulint.source import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.embedded.model import FollowedHost
    from criulint.source import Source

# `export NAME := value`: modifiers, name, operator.
_ASSIGNMENT = re.compile(
    r"[ \t]*((?:(?:export|override|private)[ \t]+)*)([^\s:#=?+!]+)[ \t]*(\?|\+|:{1,3}|!)?=[ \t]*"
)
# `export define NAME =`: modifiers, name.
_DEFINE = re.compile(
    r"[ \t]*((?:(?:export|override)[ \t]+)*)define[ \t]+([^\s=:?+]+)[ \t]*(?:[:?+]*=)?[ \t]*\Z"
)
_ENDEF = re.compile(r"[ \t]*endef\b")
_EXPORT = re.compile(r"[ \t]*export(?:[ \t]+(.*))?\Z", re.DOTALL)
_CONDITION = re.compile(r"[ \t]*(ifeq|ifneq|ifdef|ifndef|else|endif)\b")
# `targets: what they need`, also with `::` or `&:`; the groups are these and the colon.
_RULE = re.compile(r"([^:=#]*?)(&?::?)(?!=)(.*)\Z", re.DOTALL)
# Before a command of a recipe: `@`, `-` and `+` are make's.
_PREFIX = re.compile(r"[ \t]*[@+-][ \t@+-]*|[ \t]+")
# `$$`, the beginning of `$(NAME)` or `${NAME}`, or `$N` with a name of one character.
_REFERENCE = re.compile(r"\$(?:\$|\(|\{|(.)|\Z)", re.DOTALL)
_NAME = re.compile(r"[^\s:#=$(){},]+\Z")
# Spaces before a `#` are part of the value; the `#` can be escaped.
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)#.*\Z", re.DOTALL)
_CONTINUATION = re.compile(r"(?:(?<![ \t])[ \t]+)?\\\r?\n[ \t]*")
_RECIPE_CONTINUATION = re.compile(r"(\\\r?\n)\t")

# The deepest nesting of references, and the most characters of a value.
_MAX_DEPTH = 50
_MAX_LENGTH = 1 << 20
# The most rules that one rule needs, and iterations of `foreach`.
_MAX_NEEDED = 1000
# The most rules that are looked at, lines that are run, and references, for all targets together.
_MAX_STEPS = 300_000


@dataclass
class _Variable:
    """A variable; its value is None if it is not known, and may have references to expand."""

    value: HostedText | None
    is_expanded: bool = False


@dataclass
class _Rule:
    """A rule: its targets, what these need, and the lines of its recipe."""

    targets: list[HostedText]
    needed: list[HostedText] = field(default_factory=list)
    recipe: list[_RecipeLine] = field(default_factory=list)
    #: What `%` stands for in the rule for a pattern that this one was made from.
    stem: HostedText | None = None


class _Branch(NamedTuple):
    """The branch of a condition, both by number."""

    condition: int
    number: int


@dataclass
class _RecipeLine:
    """A line of a recipe, and the branches of conditions that it is in, the outer one first."""

    text: HostedText
    branches: tuple[_Branch, ...]

    def condition(self, depth: int) -> int | None:
        """Return the number of the condition at a depth, None if there are fewer around it."""
        return self.branches[depth].condition if depth < len(self.branches) else None


def follow(source: Source) -> FollowedHost:
    """Return the files that a makefile writes. HostError if it cannot be followed."""
    return follow_scripts(find_scripts(decode(source.data)))


def find_scripts(text: str) -> list[Script]:
    """Return a script for each rule."""
    makefile = _Makefile()
    makefile.read(HostedText.of(text))
    return makefile.scripts()


class _Makefile:
    """The variables and rules of a makefile so far."""

    def __init__(self) -> None:
        self._variables: dict[str, _Variable] = {}
        self._exported: set[str] = set()
        self._exports_all = False
        self._rules: list[_Rule] = []
        self._patterns: list[_Rule] = []
        # The rules to run before a rule, which is looked up for each target that needs it.
        self._related: dict[int, list[_Rule]] = {}
        self._environment: list[tuple[str, _Variable]] = []
        self._own_variables: dict[str, dict[str, HostedText]] = {}
        self._is_one_shell = False
        self._prefix = "\t"
        self._branches: list[_Branch] = []
        self._conditions = 0
        self._steps = 0
        self._depth = 0
        self._unknowns = Unknowns()

    # --- reading

    def read(self, text: HostedText) -> None:
        """Read all lines."""
        lines = _logical_lines(text)
        current: _Rule | None = None
        for line in lines:
            content = _without_end(line)
            if current and content.text.startswith(self._prefix):
                current.recipe.append(_RecipeLine(content[1:], tuple(self._branches)))
                continue
            match = _DEFINE.match(_strip_comment(content).text)
            if match:
                self._define(match, lines)
                continue
            if not content.text.strip() or content.text.lstrip().startswith("#"):
                continue
            content = _strip_comment(_join_continued(content))
            if self._read_condition(content):
                continue
            if self._read_variable(content):
                if not self._branches:
                    current = None
                continue
            current = self._read_rule(content) or current

    def _define(self, match: re.Match[str], lines: Iterator[HostedText]) -> None:
        """Read the lines of ``define`` up to ``endef`` as the value of a variable."""
        body: list[HostedText] = []
        for line in lines:
            if _ENDEF.match(line.text):
                break
            body.append(line)
        value = join(body) if body else HostedText("", [0])
        value = value[: len(value.text.removesuffix("\n").removesuffix("\r"))]
        self._assign(match[2], "", value, is_exported="export" in match[1])

    def _read_condition(self, content: HostedText) -> bool:
        """Return whether a line is part of a condition, and note the branch that it begins."""
        match = _CONDITION.match(content.text)
        if not match:
            return False
        if match[1] == "endif":
            if self._branches:
                self._branches.pop()
        elif match[1] == "else":
            if self._branches:
                last = self._branches.pop()
                self._branches.append(last._replace(number=last.number + 1))
        else:
            self._conditions += 1
            self._branches.append(_Branch(self._conditions, 0))
        return True

    def _read_variable(self, content: HostedText) -> bool:
        """Return whether a line is an assignment or another directive, and note what it sets."""
        match = _ASSIGNMENT.match(content.text)
        if match:
            value = content[match.end() :]
            self._assign(match[2], match[3] or "", value, is_exported="export" in match[1])
            return True
        match = _EXPORT.match(content.text)
        if match:
            if match[1]:
                self._exported.update(match[1].split())
            else:
                self._exports_all = True
            return True
        return (
            re.match(r"[ \t]*(?:-?include|sinclude|vpath|unexport|undefine)\b", content.text)
            is not None
        )

    def _assign(
        self, name: str, operator: str, value: HostedText, *, is_exported: bool = False
    ) -> None:
        """Give a variable a value; `operator` is what is before the ``=``."""
        if is_exported:
            self._exported.add(name)
        if name == ".RECIPEPREFIX":
            self._prefix = value.text[:1] or "\t"
            return
        old = self._variables.get(name)
        if self._branches and old is not None:
            # Which branch of a condition is taken is not known.
            self._variables[name] = _Variable(None)
        elif operator == "?" and old is not None:
            return
        elif operator == "!":
            self._variables[name] = _Variable(None)
        elif operator == "+" and old is not None:
            self._append(name, old, value)
        elif operator.startswith(":"):
            self._variables[name] = _Variable(self._expand(value, {}), is_expanded=True)
        else:
            self._variables[name] = _Variable(value)

    def _append(self, name: str, old: _Variable, value: HostedText) -> None:
        if old.value is None:
            return
        if old.is_expanded:
            value = self._expand(value, {})
        start = value.offsets[0]
        separator = [HostedText.at(" ", start, start)] if old.value.text else []
        self._variables[name] = _Variable(join([old.value, *separator, value]), old.is_expanded)

    def _read_rule(self, content: HostedText) -> _Rule | None:
        """Return the rule on a line, None if it is none, or sets a variable of a target."""
        text = content.text
        rule = _RULE.match(_hide_references(text))
        if not rule:
            return None
        targets = split_at_blanks(self._expand(content[: rule.end(1)], {}))
        rest = content[rule.start(3) :]
        names = [target.text for target in targets]
        if ".ONESHELL" in names:
            self._is_one_shell = True
        if any(name.startswith(".") and name.isupper() for name in names):
            return None
        assignment = _ASSIGNMENT.match(rest.text)
        if assignment:  # of a variable for this target alone
            for name in names:
                own = self._own_variables.setdefault(name, {})
                own[assignment[2]] = rest[assignment.end() :]
            return None
        needed, semicolon, _ = rest.text.partition(";")
        after = rest[: len(needed)]
        pattern = after.text.rpartition(":")[2]
        after = after[len(after.text) - len(pattern) :]
        ordered = [word for word in split_at_blanks(self._expand(after, {})) if word.text != "|"]
        found = _Rule(targets, ordered)
        if semicolon:
            found.recipe.append(_RecipeLine(rest[len(needed) + 1 :], tuple(self._branches)))
        self._rules.append(found)
        return found

    # --- what is run

    def scripts(self) -> list[Script]:
        """Return a script for each rule, which runs what the rule needs first."""
        by_target: dict[str, list[_Rule]] = {}
        self._patterns = [
            rule for rule in self._rules if rule.targets and "%" in rule.targets[0].text
        ]
        self._environment = [
            (name, variable)
            for name, variable in self._variables.items()
            if (self._exports_all or name in self._exported) and variable.value is not None
        ]
        for rule in self._rules:
            for target in rule.targets:
                by_target.setdefault(target.text, []).append(rule)
        # What another rule needs is run with that.
        needed = {word.text for rule in self._rules for word in rule.needed}
        roots = [
            rule
            for rule in self._rules
            if not any(target.text in needed for target in rule.targets)
        ]
        return scripts_of(self._run(rule, by_target) for rule in roots or self._rules)

    def _run(self, root: _Rule, by_target: dict[str, list[_Rule]]) -> Steps:
        """Return the steps of a rule, after those of the rules that it needs, each once."""
        steps = Steps()
        done: set[int] = set()
        waiting: list[tuple[_Rule, bool]] = [(root, False)]
        while waiting and len(done) < _MAX_NEEDED:
            rule, is_ready = waiting.pop()
            if is_ready:
                self._run_recipe(rule, steps)
                continue
            if id(rule) in done:
                continue
            done.add(id(rule))
            waiting.append((rule, True))
            rules = self._find_related(rule, by_target)
            self._charge(len(rules))
            waiting += [(inner, False) for inner in reversed(rules)]
        return steps

    def _find_related(self, rule: _Rule, by_target: dict[str, list[_Rule]]) -> list[_Rule]:
        """Return the rules for what a rule needs, and the other ones for its targets."""
        found = self._related.get(id(rule))
        if found is None:
            found = [inner for word in rule.needed for inner in self._rules_for(word, by_target)]
            for target in rule.targets:
                others = by_target.get(target.text, ())
                self._charge(len(others))
                found += [other for other in others if other is not rule]
            self._related[id(rule)] = found
        return found

    def _rules_for(self, word: HostedText, by_target: dict[str, list[_Rule]]) -> list[_Rule]:
        """Return the rules that make a target, or else a pattern rule applied to it."""
        found = by_target.get(word.text)
        if found is not None:
            return found
        for rule in self._patterns:
            self._charge(1)
            first, _, last = rule.targets[0].text.partition("%")
            stem = word.text[len(first) : len(word.text) - len(last)]
            if stem and f"{first}{stem}{last}" == word.text:
                part = word[len(first) : len(first) + len(stem)]
                needed = [_fill_pattern(other, part) for other in rule.needed]
                by_target[word.text] = [_Rule([word], needed, rule.recipe, part)]
                return by_target[word.text]
        return []

    def _charge(self, steps: int) -> None:
        self._steps += steps
        if self._steps > _MAX_STEPS:
            raise HostError("takes too many steps to be followed")

    def _run_recipe(self, rule: _Rule, steps: Steps) -> None:
        """Add the lines of a recipe, with the variables that make exports."""
        self._charge(1 + len(rule.recipe))
        automatic = _automatic_variables(rule)
        for target in rule.targets:
            for name, value in self._own_variables.get(target.text, {}).items():
                automatic[name] = self._expand(value, automatic)
        self._charge(len(self._environment))
        for name, variable in self._environment:
            steps.export(name, self._value(variable, automatic))
        lines = [
            _RecipeLine(self._expand(line.text, automatic), line.branches) for line in rule.recipe
        ]
        if self._is_one_shell and lines:
            first = lines[0]
            parts = [_strip_prefix(first.text)]
            for line in lines[1:]:
                start = line.text.offsets[0]
                parts += [HostedText.at("\n", start, start), line.text]
            lines = [_RecipeLine(join(parts), first.branches)]
        self._run_lines(lines, 0, steps)

    def _run_lines(self, lines: list[_RecipeLine], depth: int, steps: Steps) -> None:
        """Add lines; those with the same condition around them at a depth are its branches."""
        shell = self._shell()
        for condition, group in groupby(lines, lambda line: line.condition(depth)):
            if condition is not None:
                self._run_condition(list(group), depth, steps)
                continue
            for line in group:
                for part in [line.text] if self._is_one_shell else _split_lines(line.text):
                    steps.run(_strip_tabs(_strip_prefix(part)), shell)

    def _run_condition(self, lines: list[_RecipeLine], depth: int, steps: Steps) -> None:
        """Add the lines in the branches of the condition at a depth; one of them is run."""
        branches: dict[int, list[_RecipeLine]] = {}
        for line in lines:
            branches.setdefault(line.branches[depth].number, []).append(line)
        choices = []
        for inner_lines in branches.values():
            choice = Steps()
            self._run_lines(inner_lines, depth + 1, choice)
            choices.append(choice)
        if len(choices) == 1:
            choices.append(Steps())
        steps.choose(choices, lines[0].text.offsets[0])

    def _shell(self) -> list[str]:
        variable = self._variables.get("SHELL")
        value = self._value(variable, {}) if variable and variable.value is not None else None
        return value.text.split() if value and value.text.strip() and value.is_known else ["sh"]

    # --- values

    def _value(self, variable: _Variable, automatic: dict[str, HostedText]) -> HostedText:
        assert variable.value is not None
        return variable.value if variable.is_expanded else self._expand(variable.value, automatic)

    def _expand(self, text: HostedText, automatic: dict[str, HostedText]) -> HostedText:
        """Return the text with references replaced: by unknown parts where they are not known."""
        if "$" not in text.text:
            return text
        parts: list[HostedText] = []
        begin = 0
        self._depth += 1
        while match := _REFERENCE.search(text.text, begin):
            parts.append(text[begin : match.start()])
            start = match.start()
            if match[0] == "$$":
                begin = match.end()
                parts.append(text[begin - 1 : begin])
                continue
            if match[1]:
                begin = match.end()
                name = text[begin - 1 : begin]
            else:
                begin = _closing(text.text, match.end(), match[0][-1:])
                name = text[match.end() : begin]
                begin = min(begin + 1, len(text))
            value = self._refer(name, automatic)
            parts.append(
                self._unknowns.text(name.text, text.offsets[start], text.offsets[begin])
                if value is None
                else value
            )
        self._depth -= 1
        parts.append(text[begin:])
        expanded = join(parts)
        if len(expanded) > _MAX_LENGTH:
            return self._unknowns.text("", text.offsets[0], text.offsets[-1])
        return HostedText(expanded.text, [*expanded.offsets[:-1], text.offsets[-1]])

    def _refer(self, name: HostedText, automatic: dict[str, HostedText]) -> HostedText | None:
        """Return the value of a reference, None if it is not known."""
        self._charge(1)
        if self._depth > _MAX_DEPTH:
            return None
        function, _, argument = name.text.partition(" ")
        if argument:
            return self._call_function(function, name[len(function) + 1 :], automatic)
        if not _NAME.match(name.text):
            return None
        if name.text in automatic:
            return automatic[name.text]
        variable = self._variables.get(name.text)
        known = variable is not None and variable.value is not None
        return self._value(variable, automatic) if variable and known else None

    def _call_function(
        self, function: str, argument: HostedText, automatic: dict[str, HostedText]
    ) -> HostedText | None:
        """Return the value of one of make's functions, None if it is not followed."""
        if function == "call":
            return self._call(argument, automatic)
        if function in ("addprefix", "addsuffix"):
            return self._add_to_words(argument, automatic, is_prefix=function == "addprefix")
        if function == "foreach":
            return self._for_each(argument, automatic)
        if function not in ("strip", "dir", "notdir"):
            return None
        value = self._expand(argument, automatic)
        stripped = value.text.strip()
        value = value[value.text.find(stripped) :][: len(stripped)]
        if function == "strip":
            return value
        cut = value.text.rfind("/") + 1
        return value[:cut] if function == "dir" else value[cut:]

    def _add_to_words(
        self, argument: HostedText, automatic: dict[str, HostedText], *, is_prefix: bool
    ) -> HostedText | None:
        """Return the value of ``addprefix`` or ``addsuffix``, None without a second argument."""
        addition, comma, _ = argument.text.partition(",")
        if not comma:
            return None
        added = self._expand(argument[: len(addition)], automatic)
        words = split_at_blanks(self._expand(argument[len(addition) + 1 :], automatic))
        pairs = ((added, word) if is_prefix else (word, added) for word in words)
        return _join_words([join(pair) for pair in pairs], argument.offsets[0])

    def _for_each(
        self, argument: HostedText, automatic: dict[str, HostedText]
    ) -> HostedText | None:
        """Return the value of ``foreach``, None if it has too few arguments."""
        parts = _split_arguments(argument)
        if len(parts) != 3:
            return None
        name, words, text = parts
        variable = self._expand(name, automatic).text.strip()
        found = [
            self._expand(text, {**automatic, variable: word})
            for word in split_at_blanks(self._expand(words, automatic))[:_MAX_NEEDED]
        ]
        return _join_words(found, argument.offsets[0])

    def _call(self, call: HostedText, automatic: dict[str, HostedText]) -> HostedText | None:
        """Return the value of a variable that takes arguments, which commas separate."""
        variable = self._variables.get(call.text.partition(",")[0].strip())
        if variable is None or variable.value is None:
            return None
        arguments = dict(automatic)
        for number, match in enumerate(re.finditer(r",([^,]*)", call.text), 1):
            argument = call[match.start(1) : match.end(1)]
            arguments[str(number)] = self._expand(argument, automatic)
        return self._value(variable, arguments)


def _join_words(words: list[HostedText], start: int) -> HostedText:
    """Return words with blanks between them; `start` is the place of none."""
    return join(separate(words, " "), start)


def _split_arguments(text: HostedText) -> list[HostedText]:
    """Return three arguments of a function; commas in references and the last one are text."""
    parts: list[HostedText] = []
    depth = begin = 0
    for position, character in enumerate(text.text):
        depth += (character in "({") - (character in ")}")
        if character == "," and not depth and len(parts) < 2:
            parts.append(text[begin:position])
            begin = position + 1
    return [*parts, text[begin:]]


def _fill_pattern(word: HostedText, stem: HostedText) -> HostedText:
    place = word.text.find("%")
    return join([word[:place], stem, word[place + 1 :]]) if place >= 0 else word


def _logical_lines(text: HostedText) -> Iterator[HostedText]:
    """Yield the lines, each with those that a backslash at the end joins to it."""
    start = 0
    content = text.text
    position = 0
    while start < len(content):
        end = content.find("\n", position) + 1 or len(content)
        body = content[position:end].rstrip("\r\n")
        position = end
        if (len(body) - len(body.rstrip("\\"))) % 2 and end < len(content):
            continue
        yield text[start:end]
        start = end


def _without_end(line: HostedText) -> HostedText:
    return line[: len(line.text.removesuffix("\n").removesuffix("\r"))]


def _join_continued(text: HostedText) -> HostedText:
    parts = []
    begin = 0
    for match in _CONTINUATION.finditer(text.text):
        start, end = text.offsets[match.start()], text.offsets[match.end()]
        parts += [text[begin : match.start()], HostedText.at(" ", start, end)]
        begin = match.end()
    return join([*parts, text[begin:]])


def _strip_comment(text: HostedText) -> HostedText:
    match = _COMMENT.search(text.text)
    return text[: match.end(1)] if match else text


def _strip_prefix(text: HostedText) -> HostedText:
    match = _PREFIX.match(text.text)
    return text[match.end() :] if match else text


def _strip_tabs(text: HostedText) -> HostedText:
    """Return a line of a recipe without the tab of the lines that continue it."""
    parts = []
    begin = 0
    for match in _RECIPE_CONTINUATION.finditer(text.text):
        parts.append(text[begin : match.end(1)])
        begin = match.end()
    return join([*parts, text[begin:]])


def _split_lines(text: HostedText) -> list[HostedText]:
    """Return the lines of a recipe that a reference expands to; each has its own shell."""
    return [_without_end(line) for line in _logical_lines(text)]


def _hide_references(text: str) -> str:
    """Return the text with references of variables as x, in the same length."""
    return re.sub(r"\$(?:\([^()]*\)|\{[^{}]*\}|.)", lambda match: "x" * len(match[0]), text)


def _closing(text: str, start: int, opening: str) -> int:
    """Return the index of the bracket that closes a reference that begins before `start`."""
    closing = ")" if opening == "(" else "}"
    depth = 1
    for position in range(start, len(text)):
        if text[position] == opening:
            depth += 1
        elif text[position] == closing:
            depth -= 1
            if not depth:
                return position
    return len(text)


def _automatic_variables(rule: _Rule) -> dict[str, HostedText]:
    """Return the known ones of ``$@``, ``$<`` and ``$*``, with their directories and files."""
    found: dict[str, HostedText] = {}
    if len(rule.targets) == 1 and "%" not in rule.targets[0].text:
        found["@"] = rule.targets[0]
    if rule.needed and "%" not in rule.needed[0].text:
        found["<"] = rule.needed[0]
    if rule.stem is not None:
        found["*"] = rule.stem
    for name, value in list(found.items()):
        cut = value.text.rfind("/") + 1
        found[f"{name}D"] = value[: max(cut - 1, 0)] if cut else value[:0]
        found[f"{name}F"] = value[cut:]
    return found
