# SPDX-License-Identifier: MIT
"""What Ansible's tasks run and write: the tasks of a play work on the same files.

Source: docs.ansible.com, the modules of ansible.builtin.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from criulint.embedded.expressions import compile_expression
from criulint.embedded.hosted import HostedText, join
from criulint.embedded.manifest.load import is_mapping, is_scalar, is_sequence, items, values
from criulint.embedded.manifest.shells import environment
from criulint.embedded.steps import Steps, join_lines, quote, substitute
from criulint.embedded.words import split_quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from yaml import Node

    from criulint.embedded.manifest.load import Document

_COLLECTIONS = ("ansible.builtin.", "ansible.legacy.")
_TASKS = ("pre_tasks", "roles", "tasks", "post_tasks", "handlers")
_BLOCKS = ("block", "rescue", "always")
_VARIABLE = re.compile(r"\{\{-?\s*([A-Za-z_]\w*)(?:\.(\w+)|\[['\"](\w+)['\"]\])?\s*-?\}\}")
_LOOPS = ("loop", "with_items", "with_list", "with_flattened")
_FALSE = frozenset(("absent", "false", "no", "off"))
_PATHS = ("path", "dest", "destfile", "name")
_MARKER = "# {mark} ANSIBLE MANAGED BLOCK"
_MAX_LOOP = 200

#: The parameters of a module, or the variables that a template may name.
_Texts = dict[str, HostedText]


def find_tasks(document: Document, taken: set[int]) -> Iterator[Steps]:
    """Yield the steps of each play, or of a file of tasks; `taken` gets the nodes of the tasks."""
    root = document.root
    if not is_sequence(root):
        return
    plays = [item for item in root.value if is_mapping(item)]
    if any("hosts" in values(play) for play in plays):
        for play in plays:
            tasks = _Tasks(document, taken)
            tasks.add_play(values(play))
            yield tasks.steps
    elif any(_module(values(play)) or set(_BLOCKS) & values(play).keys() for play in plays):
        tasks = _Tasks(document, taken)
        for play in plays:
            tasks.add(play, {})
        yield tasks.steps


def _module(task: Mapping[str, Node]) -> str:
    """Return the name of the module that a task uses, without its collection."""
    for key in task:
        for collection in _COLLECTIONS:
            if key.removeprefix(collection) in _MODULES:
                return key.removeprefix(collection)
        if key in ("action", "local_action"):
            return key
    return ""


@dataclass
class _File:
    """What is known of a file that tasks edit: its lines, and whether these are all of it."""

    lines: list[HostedText] = field(default_factory=list)
    is_whole: bool = False

    def content(self) -> HostedText:
        """Return the content that the lines are."""
        return join_lines(self.lines)


class _Tasks:
    """The tasks of a play so far."""

    def __init__(self, document: Document, taken: set[int]) -> None:
        self._document = document
        self._taken = taken
        self._files: dict[str, _File] = {}
        # The variables of the current task.
        self._environment: _Texts = {}
        self.steps = Steps()

    def add_play(self, play: dict[str, Node]) -> None:
        """Add the tasks of a play."""
        variables = self._variables(play)
        for name, value in environment(self._document, play.get("environment")).items():
            self.steps.export(name, value)
        for key in _TASKS:
            for task in items(play.get(key)):
                if key != "roles":
                    self.add(task, variables)

    def add(self, node: Node, variables: _Texts) -> None:
        """Add a task, or those of a block."""
        task = values(node)
        variables = {**variables, **self._variables(task)}
        blocks = [key for key in _BLOCKS if key in task]
        before = self.steps
        is_conditional = "when" in task
        if is_conditional:
            self.steps = Steps()
        for key in blocks:
            for inner in items(task[key]):
                self.add(inner, variables)
        if not blocks:
            self._add_module(node, task, variables)
        if is_conditional:
            if self.steps:
                before.maybe(self.steps, self._document.scalars.offset(node.start_mark))
            self.steps = before

    def _variables(self, where: dict[str, Node]) -> _Texts:
        found = values(where.get("vars"))
        return {
            name: text
            for name, value in found.items()
            if (text := self._document.text(value)) is not None
        }

    def _add_module(self, node: Node, task: dict[str, Node], variables: _Texts) -> None:
        name = _module(task)
        key = next((key for key in task if key.rpartition(".")[2] == name), "")
        if not key or name not in _MODULES:
            return
        for scope in self._loop(task, variables):
            parameters = self._parameters(task[key], task.get("args"), scope)
            self._environment = {
                name: _resolve(self._document, value, scope)
                for name, value in environment(self._document, task.get("environment")).items()
            }
            if _MODULES[name](self, parameters):
                self._taken.add(id(task[key]))
                self._taken.add(id(node))

    def _loop(self, task: dict[str, Node], variables: _Texts) -> Iterator[_Texts]:
        """Yield the variables for each round of a loop; an unknown list is one round."""
        loop = next((task[key] for key in _LOOPS if key in task), None)
        control = values(task.get("loop_control")).get("loop_var")
        name = control.value if is_scalar(control) else "item"
        if not is_sequence(loop):
            yield variables
            return
        for item in loop.value[:_MAX_LOOP]:
            text = self._document.text(item)
            scope = {key: value for key, value in variables.items() if key != name}
            if text is not None:
                scope[name] = _resolve(self._document, text, variables)
            for key, value in values(item).items():
                inner = self._document.text(value)
                if inner is not None:
                    scope[f"{name}.{key}"] = _resolve(self._document, inner, variables)
            yield scope

    def _parameters(self, node: Node, args: Node | None, variables: _Texts) -> _Texts:
        """Return the parameters of a module: a mapping, or words ``name=value``."""
        found: _Texts = {}
        text = self._document.text(node)
        if text is not None:
            found[""] = _resolve(self._document, text, variables)
            for word in split_quoted(text):
                name, separator, _ = word.text.partition("=")
                if separator and re.fullmatch(r"[a-z_]+", name):
                    found[name] = _resolve(self._document, word[len(name) + 1 :], variables)
        for where in (args, node):
            for name, value in values(where).items():
                text = self._document.text(value)
                if text is not None:
                    found[name] = _resolve(self._document, text, variables)
                elif is_sequence(value) and name == "argv":
                    words = [
                        _resolve(self._document, word, variables)
                        for word in self._document.texts(value)
                    ]
                    found["argv"] = join_lines([quote(word) for word in words])
        return found

    # --- modules; each returns whether it has done something

    def shell(self, parameters: _Texts) -> bool:
        """Run shell code."""
        code = parameters.get("cmd") or parameters.get("")
        if code is None:
            return False
        directory = parameters.get("chdir")
        if directory is not None:
            self.steps.enter(directory)
        executable = parameters.get("executable")
        self.steps.run(code, [executable.text if executable else "sh"], self._environment)
        self._files.clear()
        return True

    def command(self, parameters: _Texts) -> bool:
        """Run a command, the words of which no shell sees."""
        if "argv" in parameters:
            words = split_quoted(parameters["argv"])
        else:
            words = split_quoted(parameters.get("cmd") or parameters.get("") or _NOTHING)
        if words:
            self.steps.call(words, self._environment)
            self._files.clear()
        return bool(words)

    def copy(self, parameters: _Texts) -> bool:
        """Write a file."""
        path, content = parameters.get("dest"), parameters.get("content")
        if path is None or content is None:
            return False
        lines = [line[: len(line.text.rstrip("\n"))] for line in content.lines()]
        self._files[path.text] = _File(lines, is_whole=True)
        self.steps.write(path, content)
        return True

    def lineinfile(self, parameters: _Texts) -> bool:
        """Replace the last line that matches, or add a line unless it is there."""
        path = _path(parameters)
        if path is None:
            return False
        if _is_absent(parameters):
            return self._remove_line(path, parameters)
        line = parameters.get("line")
        if line is None:
            return False
        file = self._files.setdefault(path.text, _File())
        matching = _matching(file.lines, parameters, line)
        if "backrefs" in parameters and parameters["backrefs"].text.lower() not in _FALSE:
            return bool(matching)
        if matching:
            file.lines[matching[-1]] = line
            self._rewrite(path, file)
            return True
        is_first = parameters.get("insertbefore", _NOTHING).text == "BOF"
        file.lines.insert(0 if is_first else len(file.lines), line)
        if file.is_whole or is_first:
            self._rewrite(path, file)
        else:
            end = line.offsets[-1]
            self.steps.write(path, join([line, HostedText.at("\n", end, end)]), appends=True)
        return True

    def _remove_line(self, path: HostedText, parameters: _Texts) -> bool:
        file = self._files.get(path.text)
        if file is None:
            return True
        matching = _matching(file.lines, parameters, parameters.get("line") or _NOTHING)
        file.lines = [line for number, line in enumerate(file.lines) if number not in matching]
        self._rewrite(path, file)
        return True

    def _rewrite(self, path: HostedText, file: _File) -> None:
        content = file.content() if file.lines else HostedText("", [path.offsets[0]])
        self.steps.write(path, content)

    def blockinfile(self, parameters: _Texts) -> bool:
        """Add a block between two lines that mark it, or replace the one between these."""
        path = _path(parameters)
        block = parameters.get("block", parameters.get("content"))
        if path is None or block is None:
            return False
        if _is_absent(parameters):
            return True
        start = block.offsets[0]
        marker = parameters.get("marker", _NOTHING).text or _MARKER
        begin = parameters.get("marker_begin", _NOTHING).text or "BEGIN"
        end = parameters.get("marker_end", _NOTHING).text or "END"
        first, last = (
            HostedText.at(marker.replace("{mark}", mark), offset, offset)
            for mark, offset in ((begin, start), (end, block.offsets[-1]))
        )
        lines = [first, *(line[: len(line.text.rstrip("\n"))] for line in block.lines()), last]
        file = self._files.setdefault(path.text, _File())
        texts = [line.text for line in file.lines]
        if first.text in texts and last.text in texts:
            file.lines[texts.index(first.text) : texts.index(last.text) + 1] = lines
            self._rewrite(path, file)
            return True
        file.lines += lines
        if file.is_whole:
            self._rewrite(path, file)
        else:
            self.steps.write(path, _File(lines).content(), appends=True)
        return True

    def file(self, parameters: _Texts) -> bool:
        """Remove a file."""
        path = _path(parameters)
        if path is None or parameters.get("state", _NOTHING).text != "absent":
            return False
        self._files.pop(path.text, None)
        self.steps.remove(path)
        return True


_NOTHING = HostedText("", [0])

_MODULES: dict[str, Callable[[_Tasks, _Texts], bool]] = {
    "shell": _Tasks.shell,
    "raw": _Tasks.shell,
    "command": _Tasks.command,
    "copy": _Tasks.copy,
    "lineinfile": _Tasks.lineinfile,
    "blockinfile": _Tasks.blockinfile,
    "file": _Tasks.file,
}


def _path(parameters: _Texts) -> HostedText | None:
    return next((parameters[key] for key in _PATHS if key in parameters), None)


def _is_absent(parameters: _Texts) -> bool:
    return parameters.get("state", _NOTHING).text.lower() == "absent"


def _matching(lines: list[HostedText], parameters: _Texts, line: HostedText) -> list[int]:
    """Return the indexes of the lines that a task replaces or removes."""
    pattern = parameters.get("regexp") or parameters.get("regex")
    if pattern is not None and pattern.is_known:
        expression = compile_expression(pattern.text)
        if expression is None:
            return []
        found = [number for number, text in enumerate(lines) if expression.search(text.text)]
        if found or _is_absent(parameters):
            return found
    word = parameters.get("search_string")
    if word is not None:
        return [number for number, text in enumerate(lines) if word.text in text.text]
    return [number for number, text in enumerate(lines) if text.text == line.text]


def _resolve(document: Document, text: HostedText, variables: _Texts) -> HostedText:
    """Return a text with the variables that are known, and unknown parts for other templates."""

    def replace(match: re.Match[str]) -> HostedText | str | None:
        name = ".".join(filter(None, (match[1], match[2] or match[3])))
        value = variables.get(name)
        return None if value is None else document.hide(value)

    return document.hide(substitute(text, _VARIABLE, replace))
