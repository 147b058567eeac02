# SPDX-License-Identifier: MIT
"""The build steps that made each layer, and the lines of the Dockerfile that they come from.

Sources: OCI image-spec, config.md (``history``: a step without ``empty_layer`` for each
layer); the texts that Docker, BuildKit and Buildah write into ``created_by``.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from criulint.embedded.dockerfile import follow
from criulint.embedded.dockerfile.parse import parse
from criulint.embedded.hosted import HostedText
from criulint.embedded.hosts import HostError
from criulint.image import ImageError
from criulint.source import Source, decode, encode
from criulint.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_MAKES_LAYERS = frozenset(("RUN", "COPY", "ADD"))
_OTHER_INSTRUCTIONS = frozenset(
    (
        "ARG",
        "CMD",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "ONBUILD",
        "SHELL",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
    )
)
# Commands that may name a file and do not change its content.
_HARMLESS = frozenset(("[", "cat", "chgrp", "chmod", "chown", "grep", "ls", "stat", "test"))
_WORDS = re.compile(r"[^\s\\\"'\[\],]+")
_SHELL = re.compile(r"(?:\|\d+ .*?)?/bin/sh -c ", re.DOTALL)
# Docker wrote this, after the shell, before instructions that run nothing.
_NO_COMMAND = re.compile(r"[^#]* -c #\(nop\) +")
# A checksum is cut to as much as a reader needs.
_CHECKSUM = re.compile(r"\b((?:file|dir|multi):[0-9a-f]{12})[0-9a-f]{20,}")
_CHECKSUM_WORD = re.compile(r"(file|dir|multi):[0-9a-f]+")
_OPTIONS = re.compile(r"(?:--[a-z-]+(?:=\S+)?\s+)*")
_VARIABLE = re.compile(r"\$(?:\w+|\{[^}]*\})")
_MAX_DOCKERFILE = 1 << 20


class BuildStep(NamedTuple):
    """A build step in the words of a Dockerfile, and the instruction that it comes from.

    `instruction` is None if that is not known.
    """

    text: str
    instruction: Instruction | None = None

    @property
    def name(self) -> str:
        """The name of the instruction; another word if the text is not one."""
        return self.text.partition(" ")[0]

    @property
    def line(self) -> int:
        """The 1-based line of the Dockerfile; 0 if it is not known."""
        return self.instruction.line if self.instruction else 0


class Instruction(NamedTuple):
    """An instruction of a Dockerfile, on a 1-based line.

    `heredocs` are the names of its heredocs and their lines, and `shell` is what runs its commands
    if not the usual shell. `writes` are CRIU's files that it certainly writes.
    """

    name: str
    value: str
    line: int
    heredocs: tuple[tuple[str, str], ...] = ()
    shell: tuple[str, ...] = ()
    writes: frozenset[str] = frozenset()


class Dockerfile(NamedTuple):
    """The instructions of a Dockerfile that make the layers of its image, in order.

    `from_scratch` is true if there is no other image below them.
    """

    instructions: list[Instruction]
    from_scratch: bool


# --- the history


def group_steps(history: Sequence[Mapping[str, Any]], layers: int) -> list[list[BuildStep]]:
    """Return for each of the `layers` layers the steps that may have made it.

    There are none if the history does not fit. Without ``--layers`` Buildah makes one layer
    of several steps, and marks all but the last as empty.
    """
    groups: list[list[BuildStep]] = []
    pending: list[BuildStep] = []
    for entry in history:
        text = entry.get("created_by")
        step = BuildStep(extract_instruction(text if isinstance(text, str) else ""))
        if entry.get("empty_layer") is True:
            if step.name in _MAKES_LAYERS:
                pending.append(step)
        else:
            groups.append([*pending, step])
            pending = []
    return groups if len(groups) == layers else [[] for _ in range(layers)]


def extract_instruction(created_by: str) -> str:
    """Return the instruction in a history's text, without what builders add around it."""
    text = _CHECKSUM.sub(r"\1", created_by.strip().removesuffix("# buildkit").strip())
    no_command = _NO_COMMAND.match(text)
    if no_command:
        return text[no_command.end() :].strip()
    shell = _SHELL.match(text)
    if shell:
        return f"RUN {text[shell.end() :].strip()}"
    if text.startswith("RUN "):
        command = text[4:].strip()
        shell = _SHELL.match(command)
        return f"RUN {command[shell.end() :].strip()}" if shell else text
    return text


# --- the Dockerfile


@dataclass
class _Stage:
    """A stage of a Dockerfile, with the instructions of the stages that it is based on."""

    from_scratch: bool
    instructions: list[Instruction] = field(default_factory=list)


def read_dockerfile(path: str) -> Dockerfile:
    """Read what the last stage of a Dockerfile does, and the stages that it is based on.

    Raise ImageError if it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(_MAX_DOCKERFILE)
    except OSError as error:
        raise ImageError(f"{escape(path)}: {error.strerror or error}") from None
    stage = _last_stage(_parse_instructions(decode(data)))
    if stage is None:
        raise ImageError(f"{escape(path)} is not a Dockerfile: it has no FROM")
    instructions = [
        instruction for instruction in stage.instructions if instruction.name in _MAKES_LAYERS
    ]
    return Dockerfile(instructions, stage.from_scratch)


def _last_stage(instructions: Iterator[Instruction]) -> _Stage | None:
    """Return the last stage, or None if there is no FROM."""
    stages: dict[str, _Stage] = {}
    stage: _Stage | None = None
    for instruction in instructions:
        if instruction.name == "FROM":
            base, name = _parse_from(instruction.value)
            below = stages.get(base)
            if below:
                stage = _Stage(below.from_scratch, list(below.instructions))
            else:
                stage = _Stage(base == "scratch")
            stages[name] = stage
        elif stage:
            stage.instructions.append(instruction)
    return stage


def _parse_instructions(text: str) -> Iterator[Instruction]:
    """Yield the instructions, without those that other builds run."""
    shell: tuple[str, ...] = ()
    instructions = parse(HostedText.of(text)).instructions
    writes = _find_written_files(text, [parsed.start for parsed in instructions])
    for parsed, paths in zip(instructions, writes, strict=True):
        if parsed.is_trigger:
            continue
        if parsed.name == "FROM":
            shell = ()
        elif parsed.name == "SHELL":
            shell = tuple(_WORDS.findall(parsed.value.text))
        value = " ".join(part.text for part in (*parsed.flags, parsed.value))
        heredocs = tuple((each.name, each.content.text) for each in parsed.heredocs)
        yield Instruction(parsed.name, value, parsed.line, heredocs, shell, paths)


def _find_written_files(text: str, starts: list[int]) -> list[frozenset[str]]:
    """Return CRIU's files that the instructions at these offsets write, as far as that is known."""
    found: list[set[str]] = [set() for _ in starts]
    try:
        files = follow(Source(encode(text))).files
    except HostError:  # without the extra `scripts`
        files = []
    for file in files:
        for _, command in file.commands or ((0, file.command),):
            number = bisect_right(starts, command) - 1
            if number >= 0:
                found[number].add(file.path)
    return [frozenset(paths) for paths in found]


def _parse_from(value: str) -> tuple[str, str]:
    """Return the image or stage that a stage is based on, and its own name."""
    words = _OPTIONS.sub("", value, count=1).split()
    has_name = len(words) > 2 and words[1].lower() == "as"
    # Nothing can refer to a stage with this name.
    name = words[2].lower() if has_name else "\0"
    return words[0].lower() if words else "", name


# --- both


def match_instructions(
    groups: list[list[BuildStep]], dockerfile: Dockerfile
) -> list[list[BuildStep]]:
    """Return the steps with their instructions.

    They are matched from the end, as far as the history and the Dockerfile agree, and only
    where the match is certain.
    """
    left = list(dockerfile.instructions)
    result = [list(group) for group in groups]
    # The first layer that has a step with an instruction.
    earliest = len(groups)
    for number in range(len(groups) - 1, -1, -1):
        if not _match_group(result[number], left):
            break
        if any(step.instruction for step in result[number]):
            earliest = number
    # A squashed layer has the name of its last step. It is the first layer of all, or is
    # directly above those of the base image.
    is_whole = not left and (dockerfile.from_scratch or earliest > 0)
    if not is_whole and earliest < len(groups):
        result[earliest] = groups[earliest]
    return result


def _match_group(group: list[BuildStep], left: list[Instruction]) -> bool:
    """Add their instructions to a layer's steps, from the last on.

    Matched instructions are removed from `left`. Return whether all steps have one.
    """
    for number in range(len(group) - 1, -1, -1):
        step = group[number]
        # WORKDIR makes a layer if the directory is missing.
        if step.name in _OTHER_INSTRUCTIONS:
            continue
        if not left or not _agree(step, left[-1]):
            return False
        instruction = left.pop()
        text = step.text
        if instruction.name == "RUN" and instruction.shell:
            # Builders write a shell other than the usual one into the text.
            text = f"RUN {instruction.value}"
        group[number] = BuildStep(text, instruction)
    return True


def _agree(step: BuildStep, instruction: Instruction) -> bool:
    """Return whether a step may come from an instruction."""
    if instruction.name == "RUN":
        return _run_agrees(step, instruction)
    if step.name != instruction.name:
        return False
    actual = _split_words(step.text.partition(" ")[2])
    written = _split_words(_strip_options(instruction.value))
    if not actual or not written or not _is_same_path(actual[-1], written[-1]):
        return False
    # Docker and Buildah write a checksum instead of what was copied.
    if _CHECKSUM_WORD.fullmatch(actual[0]):
        return True
    return len(actual) == len(written) and all(map(_is_same_word, actual[:-1], written[:-1]))


def _strip_options(value: str) -> str:
    return _OPTIONS.sub("", value, count=1)


def _split_words(text: str) -> list[str]:
    """Return the words, without quotes and without the syntax of a JSON list."""
    return re.sub(r"[\"'\\]", "", re.sub(r"[\[\],]", " ", text)).split()


def _run_agrees(step: BuildStep, instruction: Instruction) -> bool:
    command = step.text.removeprefix("RUN ").strip()
    actual = _WORDS.findall(_strip_options(command))
    for variant in _run_variants(instruction):
        written = _WORDS.findall(variant)
        if step.name == "RUN" and actual == written:
            return True
        if instruction.shell:
            with_shell = [*instruction.shell, *written]
            has_arguments = command.startswith("|")
            if actual == with_shell or (has_arguments and actual[-len(with_shell) :] == with_shell):
                return True
    return False


def _run_variants(instruction: Instruction) -> list[str]:
    """Return the texts that builders may write for a RUN: with heredocs in place, or alone."""
    value = _strip_options(instruction.value)
    if not instruction.heredocs:
        return [value]
    heredocs = [f"{body}\n{name}" for name, body in instruction.heredocs]
    bodies = [body for _, body in instruction.heredocs]
    return ["\n".join(bodies), "\n".join((value, *heredocs))]


def _is_same_word(actual: str, written: str) -> bool:
    """Return whether a word may be the written one, with any values of variables."""
    pattern = ".*".join(map(re.escape, _VARIABLE.split(written)))
    return re.fullmatch(pattern, actual, re.DOTALL) is not None


def _is_same_path(actual: str, written: str) -> bool:
    """Return the same for a destination; some builders put the working directory before it."""
    actual, written = actual.rstrip("/"), written.rstrip("/")
    if _is_same_word(actual, written):
        return True
    relative = written.removeprefix("./")
    return not written.startswith(("/", "$")) and (
        relative in ("", ".") or _is_same_word(actual, f"$D/{relative}")
    )


# --- one of several steps


class _Writes(Enum):
    """Whether a step writes a file."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"


def step_that_wrote(group: list[BuildStep], path: str) -> BuildStep | None:
    """Return the step of a layer that wrote a file, or None if several of them may have."""
    writers = [step for step in group if step.name not in _OTHER_INSTRUCTIONS]
    if len(writers) < 2:
        return next(iter(writers or group[-1:]), None)
    candidates: list[BuildStep] = []
    for step in reversed(writers):
        writes = _writes(step, path)
        if writes is _Writes.YES and not candidates:
            return step
        if writes is not _Writes.NO:
            candidates.append(step)
    # If it is copied and no command was run, nothing else can have written it.
    has_run = any(step.name == "RUN" for step in writers)
    return candidates[0] if len(candidates) == 1 and not has_run else None


def _writes(step: BuildStep, path: str) -> _Writes:
    """Return whether a step writes the file at a path."""
    if step.instruction and path in step.instruction.writes:
        return _Writes.YES
    return _run_writes(step, path) if step.name == "RUN" else _copy_writes(step, path)


def _run_writes(step: BuildStep, path: str) -> _Writes:
    if re.search(rf"(?:>|\btee\b(?: -a)?)\s*[\"']?{re.escape(path)}(?![\w./-])", step.text):
        return _Writes.YES
    directory, name = os.path.split(path)
    names = rf"(?<![\w.-]){re.escape(name)}(?![\w.-])"
    if len(directory) > 1:
        names += rf"|{re.escape(directory)}(?!/?[\w.-])"
    commands = re.split(r"&&|;|\|", step.text[len("RUN ") :])
    if all(_is_harmless(command, names) for command in commands if re.search(names, command)):
        return _Writes.NO
    return _Writes.MAYBE


def _is_harmless(command: str, names: str) -> bool:
    """Return whether a command that names a file, as the pattern `names`, does not write it."""
    if ">" in command:
        return False
    words = command.split()
    if words and os.path.basename(words[0]) == "busybox":
        words = words[1:]
    program = os.path.basename(words[0]) if words else ""
    if program in ("cp", "ln"):
        destination = words[-1]
        return destination.startswith("/") and not re.search(names, destination)
    return program in _HARMLESS


def _copy_writes(step: BuildStep, path: str) -> _Writes:
    """Return the same for COPY, ADD, and whatever else has a destination as its last word."""
    destination = (step.text.split() or [""])[-1]
    if destination == path:
        return _Writes.YES
    is_above = f"{path}/".startswith(f"{destination.rstrip('/')}/")
    if destination.startswith("/") and "$" not in destination and not is_above:
        return _Writes.NO
    is_parent = destination.rstrip("/") == os.path.dirname(path).rstrip("/")
    if step.name == "COPY" and step.instruction and is_parent:
        return _copy_into_directory_writes(step, step.instruction, os.path.basename(path))
    return _Writes.MAYBE


def _copy_into_directory_writes(step: BuildStep, instruction: Instruction, name: str) -> _Writes:
    """Return whether a COPY into a directory writes the file with this name there."""
    sources = _WORDS.findall(_strip_options(instruction.value))[:-1]
    if "dir:" in step.text or any(re.search(r"[*?$]|<<", source) for source in sources):
        return _Writes.MAYBE
    if name in (os.path.basename(source.rstrip("/")) for source in sources):
        return _Writes.YES
    # The checksum says that there was a single file.
    return _Writes.NO if "file:" in step.text else _Writes.MAYBE
