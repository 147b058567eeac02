# SPDX-License-Identifier: MIT
"""What Ansible's tasks run and write: the tasks of a play work on the same files.

Source: docs.ansible.com, the modules of ansible.builtin.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from criulint.criu.paths import is_destination
from criulint.embedded.expressions import compile_regex
from criulint.embedded.manifest.jinja import Rendering, has_tags
from criulint.embedded.manifest.load import (
    is_mapping,
    is_scalar,
    is_sequence,
    items,
    mapping_values,
    walk_nodes,
)
from criulint.embedded.manifest.shells import environment
from criulint.embedded.model import HostedText, charge_visits, join
from criulint.embedded.steps import Steps, join_lines, quote
from criulint.embedded.words import split_quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from yaml import Node

    from criulint.embedded.manifest.jinja import TemplateScope, TemplateValue
    from criulint.embedded.manifest.load import YamlDocument

_COLLECTIONS = ("ansible.builtin.", "ansible.legacy.")
_TASKS = ("pre_tasks", "roles", "tasks", "post_tasks", "handlers")
_BLOCKS = ("block", "rescue", "always")
_LOOPS = ("loop", "with_items", "with_list", "with_flattened")
# Words for false: of a condition, and of a parameter or a state.
_NEVER = frozenset(("false", "no"))
_FALSE = frozenset(("absent", "false", "no", "off"))
# Parameters with the path of the file, and the lines around a block.
_PATHS = ("path", "dest", "destfile", "name")
_MARKER = "# {mark} ANSIBLE MANAGED BLOCK"
# The most iterations of a loop.
_MAX_LOOP = 200
# The deepest nesting of values, and of templates in the variables of templates.
_MAX_DEPTH = 20
_MAX_NESTING = 4
# Values of variables and of the items of loops, in a play.
_MAX_VALUES = 100_000

#: The parameters of a module.
_Texts = dict[str, HostedText]


def find_tasks(document: YamlDocument, taken: set[int]) -> Iterator[Steps]:
    """Yield the steps of each play, or of a file of tasks; `taken` gets the nodes of the tasks."""
    root = document.root
    if not is_sequence(root):
        return
    plays = [item for item in root.value if is_mapping(item)]
    if any("hosts" in mapping_values(play) for play in plays):
        for play in plays:
            tasks = _Tasks(document, taken)
            tasks.add_play(mapping_values(play))
            yield tasks.steps
    elif any(
        _module(mapping_values(play)) or set(_BLOCKS) & mapping_values(play).keys()
        for play in plays
    ):
        tasks = _Tasks(document, taken)
        for play in plays:
            tasks.add(play, {})
        yield tasks.steps


def is_tasks(document: YamlDocument) -> bool:
    """Return whether a document is a playbook, or a file of tasks."""
    found = [mapping_values(item) for item in items(document.root)]
    return any("hosts" in task or _module(task) for task in found)


def _module(task: Mapping[str, Node]) -> str:
    """Return the name of the module that a task uses, without its collection; empty if unknown."""
    for key in task:
        for collection in _COLLECTIONS:
            if key.removeprefix(collection) in _MODULES:
                return key.removeprefix(collection)
        if key in ("action", "local_action"):
            return key
    return ""


@dataclass
class _File:
    """What is known about a file that tasks edit: its lines, and whether those are all."""

    lines: list[HostedText] = field(default_factory=list)
    is_whole: bool = False

    def content(self) -> HostedText:
        """Return the content that the lines are."""
        return join_lines(self.lines)


class _Tasks:
    """The tasks of a play so far."""

    def __init__(self, document: YamlDocument, taken: set[int]) -> None:
        self._document = document
        self._taken = taken
        self._files: dict[str, _File] = {}
        # The variables of the current task.
        self._environment: _Texts = {}
        # Whether templates are rendered with their first branches, and whether they have others.
        self._takes_first = True
        self._has_branches = False
        self._values_left = _MAX_VALUES
        self.steps = Steps()

    def add_play(self, play: Mapping[str, Node]) -> None:
        """Add the tasks of a play."""
        variables = self._variables(play)
        for name, value in environment(self._document, play.get("environment")).items():
            self.steps.export(name, value)
        for key in _TASKS:
            for task in items(play.get(key)):
                if key != "roles":
                    self.add(task, variables)

    def add(self, node: Node, variables: TemplateScope) -> None:
        """Add a task, or those of a block."""
        task = mapping_values(node)
        condition = task.get("when")
        if is_scalar(condition) and condition.value.lower() in _NEVER:
            self._taken.update(map(id, walk_nodes(node)))
            return
        charge_visits(1 + len(variables))
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

    def _variables(self, where: Mapping[str, Node]) -> TemplateScope:
        return {
            name: self._value(value) for name, value in mapping_values(where.get("vars")).items()
        }

    def _value(self, node: Node, depth: int = 0) -> TemplateValue:
        """Return the value of a node: text, a list, or a mapping; aliases may repeat it."""
        if not self._may_go_on():
            return None
        if depth < _MAX_DEPTH and is_sequence(node):
            return [self._value(item, depth + 1) for item in node.value[:_MAX_LOOP]]
        if depth < _MAX_DEPTH and is_mapping(node):
            return {
                key: self._value(value, depth + 1) for key, value in mapping_values(node).items()
            }
        return self._document.text(node)

    def _add_module(self, node: Node, task: Mapping[str, Node], variables: TemplateScope) -> None:
        """Add what the module of a task does, in each round of its loop."""
        name = _module(task)
        key = next((key for key in task if key.rpartition(".")[2] == name), "")
        if not key or name not in _MODULES:
            return
        before = self.steps
        start = self._document.scalars.offset(node.start_mark)
        for scope in self._loop(task, variables):
            # Where templates have conditions, once with the first branches and once with the last.
            renderings = []
            self._has_branches = False
            for takes_first in (True, False):
                self._takes_first = takes_first
                if takes_first or self._has_branches:
                    self.steps = Steps()
                    if self._run(_MODULES[name], task, key, scope):
                        self._taken.update((id(task[key]), id(node)))
                    renderings.append(self.steps)
            if len(renderings) == 1:
                before.extend(renderings[0])
            else:
                before.choose(renderings, start)
                self._files.clear()
        self._takes_first = True
        self.steps = before

    def _run(
        self,
        run: Callable[[_Tasks, _Texts], bool],
        task: Mapping[str, Node],
        key: str,
        scope: TemplateScope,
    ) -> bool:
        """Run a module with the parameters of a task."""
        parameters = self._parameters(task[key], task.get("args"), scope)
        variables = environment(self._document, task.get("environment"))
        self._environment = {name: self._resolve(value, scope) for name, value in variables.items()}
        has_run = run(self, parameters)
        paths = [parameters[name].text for name in _PATHS if name in parameters]
        # A file in a directory that is not known is one of CRIU's by the names in its template.
        return has_run and (not paths or any(map(is_destination, paths)))

    def _loop(self, task: Mapping[str, Node], variables: TemplateScope) -> Iterator[TemplateScope]:
        """Yield the variables for each round of a loop; an unknown list is one round."""
        loop = next((task[key] for key in _LOOPS if key in task), None)
        control = mapping_values(task.get("loop_control")).get("loop_var")
        name = control.value if is_scalar(control) else "item"
        found = self._value(loop) if loop else None
        if isinstance(found, HostedText):
            found = Rendering(found, variables, self._document.unknowns).value
        if not isinstance(found, list):
            yield {key: value for key, value in variables.items() if not loop or key != name}
            return
        for item in found:
            charge_visits(1 + len(variables))
            yield {**variables, name: self._resolve_all(item, variables)}

    def _may_go_on(self) -> bool:
        """Count a value, and return whether more are allowed."""
        self._values_left -= 1
        return self._values_left > 0

    def _resolve_all(self, value: TemplateValue, variables: TemplateScope) -> TemplateValue:
        if not self._may_go_on():
            return None
        if isinstance(value, dict):
            return {key: self._resolve_all(inner, variables) for key, inner in value.items()}
        return self._resolve(value, variables) if isinstance(value, HostedText) else value

    def _resolve(self, text: HostedText, variables: TemplateScope, depth: int = 0) -> HostedText:
        """Return a text with its templates rendered, as far as they are known."""
        if not has_tags(text.text) or depth > _MAX_NESTING:
            return self._document.hide(text)
        rendering = Rendering(
            text, variables, self._document.unknowns, takes_first=self._takes_first
        )
        self._has_branches |= rendering.has_branches
        return self._resolve(rendering.text, variables, depth + 1)

    def _parameters(self, node: Node, args: Node | None, variables: TemplateScope) -> _Texts:
        """Return the parameters of a module: a mapping, or words ``name=value``."""
        found: _Texts = {}
        text = self._document.text(node)
        if text is not None:
            found[""] = self._resolve(text, variables)
            for word in split_quoted(text):
                name, separator, _ = word.text.partition("=")
                if separator and re.fullmatch(r"[a-z_]+", name):
                    found[name] = self._resolve(word[len(name) + 1 :], variables)
        for where in (args, node):
            for name, value in mapping_values(where).items():
                text = self._document.text(value)
                if text is not None:
                    found[name] = self._resolve(text, variables)
                elif is_sequence(value) and name == "argv":
                    words = [self._resolve(word, variables) for word in self._document.texts(value)]
                    found["argv"] = join_lines([quote(word) for word in words])
        return found

    # --- modules; each returns whether it has understood the task

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
        """Run a command without a shell."""
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
    charge_visits(len(lines))
    pattern = parameters.get("regexp") or parameters.get("regex")
    if pattern is not None and pattern.is_known:
        expression = compile_regex(pattern.text)
        if expression is None:
            return []
        found = [number for number, text in enumerate(lines) if expression.search(text.text)]
        if found or _is_absent(parameters):
            return found
    word = parameters.get("search_string")
    if word is not None:
        return [number for number, text in enumerate(lines) if word.text in text.text]
    return [number for number, text in enumerate(lines) if text.text == line.text]
