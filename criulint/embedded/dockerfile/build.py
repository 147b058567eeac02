# SPDX-License-Identifier: MIT
"""What building a Dockerfile runs and writes: each stage becomes a separate script.

Sources: the reference of Dockerfiles (docs.docker.com); BuildKit, frontend/dockerfile.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from criulint.embedded.dockerfile.expand import expand, split_list, split_words
from criulint.embedded.dockerfile.parse import Instruction, parse_dockerfile
from criulint.embedded.dockerfile.stages import GlobalArguments
from criulint.embedded.model import UNKNOWN, CopiedFile, HostedText, Script, join
from criulint.embedded.steps import Steps, scripts_of, shebang_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from criulint.embedded.dockerfile.expand import Variables

_DEFAULT_SHELL = ("/bin/sh", "-c")
_URL = re.compile(r"(?:https?|git|ssh)://|git@")


@dataclass
class _Stage:
    """A stage, with what it inherits from the one that it is based on."""

    variables: Variables = field(default_factory=dict)
    arguments: Variables = field(default_factory=dict)
    exported: set[str] = field(default_factory=set)
    shell: list[HostedText] = field(default_factory=list)
    directory: HostedText | None = None
    steps: Steps = field(default_factory=Steps)
    triggers: list[Instruction] = field(default_factory=list)
    entrypoint: list[HostedText] = field(default_factory=list)
    command: list[HostedText] = field(default_factory=list)
    has_shell_entrypoint: bool = False

    def derive(self) -> _Stage:
        """Return a stage that is based on this one."""
        return _Stage(
            variables=dict(self.variables),
            exported=set(self.exported),
            shell=self.shell,
            directory=self.directory,
            steps=Steps(self.steps),
            entrypoint=self.entrypoint,
            command=self.command,
            has_shell_entrypoint=self.has_shell_entrypoint,
        )

    def known(self) -> Variables:
        """Return the variables that words are expanded with; ENV beats ARG."""
        return {**self.arguments, **self.variables}


class BuiltStages(NamedTuple):
    """The scripts of the stages, and the files of the build context that they copy.

    `instructions` are the offsets at which each instruction begins and the next one does.
    """

    scripts: list[Script]
    copies: list[CopiedFile]
    instructions: list[tuple[int, int]]


def build(text: HostedText) -> BuiltStages:
    """Return what building a Dockerfile does."""
    parsed = parse_dockerfile(text)
    builder = _Builder(parsed.escape)
    if not any(instruction.name == "FROM" for instruction in parsed.instructions):
        builder.begin()  # a part of a Dockerfile, as documents show it
    for instruction in parsed.instructions:
        builder.add(instruction)
    starts = [instruction.start for instruction in parsed.instructions]
    instructions = list(zip(starts, [*starts[1:], text.offsets[-1] + 1], strict=False))
    return BuiltStages(builder.scripts(), builder.copies, instructions)


class _Builder:
    """The stages so far."""

    def __init__(self, escape: str) -> None:
        self._escape = escape
        self._globals = GlobalArguments(escape)
        self._stages: list[_Stage] = []
        self._names: dict[str, _Stage] = {}
        # Files that are copied from a stage, each after what that stage does.
        self._copied: list[Steps] = []
        #: The files of the build context that are copied.
        self.copies: list[CopiedFile] = []

    def scripts(self) -> list[Script]:
        """Return a script for each stage, and one for those that are built on its triggers."""
        children = [self._derive(stage) for stage in self._stages if stage.triggers]
        for stage in self._stages:
            self._add_start(stage)
        steps = [stage.steps for stage in (*self._stages, *children)]
        return scripts_of([*steps, *self._copied])

    def _derive(self, stage: _Stage) -> _Stage:
        """Return a stage that is based on this one, after what that triggers."""
        child = stage.derive()
        for trigger in stage.triggers:
            self._add_to(child, trigger)
        return child

    def add(self, instruction: Instruction) -> None:
        """Add an instruction to the current stage, or begin another one."""
        if instruction.name == "FROM":
            self._begin_stage(instruction)
        elif self._stages:
            stage = self._stages[-1]
            if instruction.is_trigger:
                stage.triggers.append(instruction)
            else:
                self._add_to(stage, instruction)
        elif instruction.name == "ARG":
            self._globals.add(instruction)

    def begin(self) -> None:
        """Begin a stage that is based on an image that is not known."""
        self._stages.append(_Stage())

    def _begin_stage(self, instruction: Instruction) -> None:
        head = self._globals.read_head(instruction)
        below = self._names.get(head.base.lower())
        stage = self._derive(below) if below else _Stage()
        self._stages.append(stage)
        self._names[str(len(self._stages) - 1)] = stage
        if head.name:
            self._names[head.name] = stage

    def _add_to(self, stage: _Stage, instruction: Instruction) -> None:
        add = self._INSTRUCTIONS.get(instruction.name)
        if add:
            add(self, stage, instruction)

    def _expand(self, stage: _Stage, word: HostedText) -> HostedText:
        return expand(word, stage.known(), self._escape)

    # --- variables

    def _add_argument(self, stage: _Stage, instruction: Instruction) -> None:
        for word in split_words(instruction.value, self._escape):
            name, has_default, _ = word.text.partition("=")
            value = self._globals.values.get(name)
            if has_default:
                value = self._expand(stage, word[len(name) + 1 :])
            stage.arguments[name] = value
            if value is not None and name not in stage.variables:
                stage.steps.default(name, value)

    def _add_variables(self, stage: _Stage, instruction: Instruction) -> None:
        known = stage.known()
        words = split_words(instruction.value, self._escape)
        if not words:
            return
        if "=" not in words[0].text:
            # The old form: a name, and the rest of the line.
            value = instruction.value[len(words[0]) :]
            stripped = value[len(value.text) - len(value.text.lstrip()) :]
            pairs = [(words[0].text, stripped)]
        else:
            pairs = [
                (word.text[: (cut := word.text.find("="))], word[cut + 1 :])
                for word in words
                if "=" in word.text
            ]
        for name, value in pairs:
            expanded = expand(value, known, self._escape)
            stage.variables[name] = expanded
            stage.steps.export(name, expanded)

    # --- commands

    def _set_shell(self, stage: _Stage, instruction: Instruction) -> None:
        stage.shell = split_list(instruction.value) or stage.shell

    def _shell(self, stage: _Stage, start: int) -> list[HostedText]:
        return stage.shell or [HostedText.at(word, start, start) for word in _DEFAULT_SHELL]

    def _words(self, stage: _Stage, instruction: Instruction) -> list[HostedText]:
        """Return the words of a command in the exec form, or of the shell that runs it."""
        words = split_list(instruction.value)
        if words is not None:
            return words
        code = instruction.value
        if not code.text and not instruction.heredocs:
            return []
        if len(instruction.heredocs) == 1 and re.fullmatch(r"\d*<<\S+", code.text):
            body = instruction.heredocs[0].body
            interpreter = shebang_words(body)
            if interpreter:
                return [*interpreter, HostedText.at("-c", body.offsets[0], body.offsets[0]), body]
            return [*self._shell(stage, instruction.start), body]
        end = code.offsets[-1]
        bodies = [
            part
            for heredoc in instruction.heredocs
            for part in (HostedText.at("\n", end, end), heredoc.source)
        ]
        return [*self._shell(stage, instruction.start), join([code, *bodies])]

    def _add_run(self, stage: _Stage, instruction: Instruction) -> None:
        stage.steps.call(self._words(stage, instruction))

    def _set_entrypoint(self, stage: _Stage, instruction: Instruction) -> None:
        stage.entrypoint = self._words(stage, instruction)
        stage.has_shell_entrypoint = split_list(instruction.value) is None
        stage.command = []

    def _set_command(self, stage: _Stage, instruction: Instruction) -> None:
        stage.command = self._words(stage, instruction)

    def _add_start(self, stage: _Stage) -> None:
        """Add the command that a container of the image runs when it starts."""
        arguments = [] if stage.has_shell_entrypoint else stage.command
        stage.steps.call([*stage.entrypoint, *arguments])

    def _set_directory(self, stage: _Stage, instruction: Instruction) -> None:
        directory = self._expand(stage, instruction.value)
        stage.directory = _join_paths(stage.directory, directory)
        stage.steps.enter(stage.directory)

    # --- files

    def _add_copy(self, stage: _Stage, instruction: Instruction) -> None:
        words = split_list(instruction.value)
        if words is None:
            words = split_words(instruction.value, self._escape)
        if len(words) < 2:
            return
        words = [self._expand(stage, word) for word in words]
        target = _join_paths(stage.directory, words[-1])
        is_directory = words[-1].text.endswith("/") or len(words) > 2
        origin = _flag(instruction, "--from")
        heredocs = {mark.text: None for mark in words[:-1] if "<<" in mark.text}
        bodies = iter(instruction.heredocs)
        for word in words[:-1]:
            if word.text in heredocs:
                heredoc = next(bodies, None)
                if heredoc:
                    path = _inside(target, heredoc.name) if is_directory else target
                    self._write(stage, path, heredoc.body, expands=heredoc.expands)
                continue
            if origin is not None:
                name = posixpath.basename(word.text.rstrip("/"))
                self._copy_from(origin, word, _inside(target, name) if is_directory else target)
            elif not _URL.match(word.text):
                slash = "/" if is_directory and not target.text.endswith("/") else ""
                self.copies.append(CopiedFile(word.text, target.text + slash, word.offsets[0]))

    def _write(self, stage: _Stage, path: HostedText, body: HostedText, *, expands: bool) -> None:
        if expands:
            body = expand(body, stage.known(), "\\", quotes=False)
        stage.steps.write(path, body)

    def _copy_from(self, origin: str, source: HostedText, target: HostedText) -> None:
        other = self._names.get(origin.lower())
        if other:
            copied = Steps(other.steps)
            copied.copy(_join_paths(HostedText.at("/", 0, 0), source), target)
            self._copied.append(copied)

    _INSTRUCTIONS: ClassVar[dict[str, Callable[[_Builder, _Stage, Instruction], None]]] = {
        "ADD": _add_copy,
        "ARG": _add_argument,
        "CMD": _set_command,
        "COPY": _add_copy,
        "ENTRYPOINT": _set_entrypoint,
        "ENV": _add_variables,
        "RUN": _add_run,
        "SHELL": _set_shell,
        "WORKDIR": _set_directory,
    }


def _flag(instruction: Instruction, name: str) -> str | None:
    for flag in instruction.flags:
        key, _, value = flag.text.partition("=")
        if key == name:
            return value
    return None


def _join_paths(directory: HostedText | None, path: HostedText) -> HostedText:
    """Return a path that may be relative to the directory, or to one that is not known."""
    if path.text.startswith(("/", UNKNOWN)):
        return path
    start = path.offsets[0]
    return join(
        [
            directory or HostedText.at(UNKNOWN, start, start),
            HostedText.at("/", start, start),
            path,
        ]
    )


def _inside(directory: HostedText, name: str) -> HostedText:
    end = directory.offsets[-1]
    separator = "" if directory.text.endswith("/") else "/"
    return join([directory, HostedText.at(separator + name, end, end)])
