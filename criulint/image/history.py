# SPDX-License-Identifier: MIT
"""The build steps that made each layer, and the lines of the Dockerfile that they come from.

Sources: OCI image-spec, config.md (``history``: a step without ``empty_layer`` for each
layer); the texts that Docker, BuildKit and Buildah write into ``created_by``: BuildKit,
frontend/dockerfile/dockerfile2llb/convert.go (dispatchCopy, dispatchRun); Buildah,
imagebuildah/stage_executor.go (getCreatedBy).
"""

from __future__ import annotations

import os
import posixpath
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from criulint.embedded.dockerfile.parse import ParsedDockerfile, parse_dockerfile
from criulint.embedded.dockerfile.stages import GlobalArguments, StageHead
from criulint.embedded.hosts import HostError, follow_host
from criulint.embedded.model import HostedText, TooMuchWorkError, limited_work
from criulint.finding import Aspect
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
_MAKES_DIRECTORIES = frozenset(("WORKDIR",))
# The programs that change an aspect of a path that is already there.
_CHANGERS = {
    Aspect.ACCESS: frozenset(("chmod", "chown", "chgrp", "setfacl", "install")),
    Aspect.NAME: frozenset(("ln",)),
}
_SETS_METADATA = frozenset(("ENV", "LABEL"))
# Commands that may name a file and do not change its content.
_HARMLESS = frozenset(("[", "cat", "chgrp", "chmod", "chown", "grep", "ls", "stat", "test"))
_WORDS = re.compile(r"[^\s\\\"'\[\],]+")
# The values of ARG, and then a shell, which builders write before a command.
_ARGUMENTS = r"(?:\|\d+ .{0,4096}?)?"
_SHELL = re.compile(
    rf"{_ARGUMENTS}(?:/[\w./-]{{1,60}}/)?(?:ba|da|a|z|k|mk)?sh"
    r"(?: -[A-Za-z]+(?: pipefail)?){0,8}? -[A-Za-z]*c ",
    re.DOTALL,
)
_BARE_SHELL = re.compile(r"(?:/[\w./-]{1,60}/)?(?:ba|da|a|z|k|mk)?sh")
# Docker wrote this, after the shell, before instructions that run nothing.
_NO_COMMAND = re.compile(r"[^#]* -c #\(nop\) +")
# A checksum is shortened to what a reader needs.
_CHECKSUM = re.compile(r"\b((?:file|dir|multi):[0-9a-f]{12})[0-9a-f]{20,}")
_CHECKSUM_WORD = re.compile(r"(file|dir|multi):[0-9a-f]+")
# Buildah adds the checksums of directories that a command mounts.
_MOUNT_CHECKSUMS = re.compile(r"(?::(?:sha256:)?[0-9a-f]{64}){1,100}\Z")
_OPTIONS = re.compile(r"(?:--[a-z-]+(?:=\S+)?\s+)*")
_VARIABLE = re.compile(r"\$(?:\w+|\{[^}$]*\})")
_MAX_DOCKERFILE = 1 << 20
# An image is compared with the last stages.
_MAX_STAGES = 100
# Longer steps are too long for a line of a Dockerfile, and too expensive to search.
_MAX_STEP = 1 << 16
# The bytes of a layer's steps that are searched for the step that wrote a file.
_MAX_TEXT = 1 << 17


class BuildStep(NamedTuple):
    """A build step in the words of a Dockerfile, and the instruction that it comes from.

    `instruction` is None if that is not known.
    """

    text: str
    instruction: BuildInstruction | None = None

    @property
    def name(self) -> str:
        """The name of the instruction; another word if the text is not one."""
        return self.text.partition(" ")[0]

    @property
    def line(self) -> int:
        """The 1-based line of the Dockerfile; 0 if it is not known."""
        return self.instruction.line if self.instruction else 0


# Which steps may have made a file, in a layer that has several.
_ALL_STEPS = BuildStep("all steps in one layer")


class BuildInstruction(NamedTuple):
    """An instruction of a Dockerfile, from the 1-based `line` to `last_line`.

    `heredocs` are the names of its heredocs and their lines, and `shell` is what runs its commands
    if not the usual shell. `writes` are CRIU's files that it certainly writes.
    `is_trigger`: whether it follows ONBUILD, so that another build runs it. `head` is what FROM
    says.
    """

    name: str
    value: str
    line: int
    heredocs: tuple[tuple[str, str], ...] = ()
    shell: tuple[str, ...] = ()
    writes: frozenset[str] = frozenset()
    last_line: int = 0
    is_trigger: bool = False
    head: StageHead | None = None

    @property
    def text(self) -> str:
        """The instruction as a Dockerfile has it, on one line."""
        return f"{self.name} {self.value}"


class Dockerfile(NamedTuple):
    """The instructions of a Dockerfile that make the layers of its image, in order.

    `settings` are the instructions that set variables and labels, `base` is the name of the base
    image, empty if there is none, and `lines` are the lines of the file. `elsewhere` are the
    1-based lines of the instructions that make other images. `number` is that of the stage, from 0
    on, and `others` are the other stages, which ``--target`` builds, the last one first.
    """

    instructions: list[BuildInstruction]
    settings: list[BuildInstruction]
    base: str
    lines: list[str]
    elsewhere: frozenset[int] = frozenset()
    number: int = 0
    others: tuple[Dockerfile, ...] = ()

    @property
    def from_scratch(self) -> bool:
        """Whether it is not built on another image."""
        return not self.base


# --- the history


def group_steps(history: Sequence[Mapping[str, Any]], layers: int) -> list[list[BuildStep]]:
    """Return for each of the `layers` layers the steps that may have made it.

    There are none if the history does not fit. Without ``--layers`` Buildah makes one layer
    of several steps, and marks all but the last as empty.
    """
    groups: list[list[BuildStep]] = []
    pending: list[BuildStep] = []
    for number, (step, is_empty) in enumerate(_parse_steps(history)):
        if not groups and _is_above_base(history[number]):
            # The layers of the base image are in this one.
            pending = [_ALL_STEPS, *(each for each in pending if each is not _ALL_STEPS)]
        if not is_empty:
            groups.append([*pending, step])
            pending = []
        elif step.name in _MAKES_LAYERS:
            pending.append(step)
    if pending and layers == 1:
        # All steps say that they made no layer: a single layer has all of them.
        groups.append(pending)
    return groups if len(groups) == layers else [[] for _ in range(layers)]


def _is_above_base(entry: Mapping[str, Any]) -> bool:
    """Return whether Buildah says that a step has a base image: ``FROM NAME`` in the comment."""
    comment = entry.get("comment")
    return isinstance(comment, str) and comment.startswith("FROM ")


def _parse_steps(history: Sequence[Mapping[str, Any]]) -> Iterator[tuple[BuildStep, bool]]:
    """Yield the steps of a history, and whether each made no layer."""
    shell = ""
    for entry in history:
        created_by = entry.get("created_by")
        text = created_by[:_MAX_STEP] if isinstance(created_by, str) else ""
        text = extract_instruction(text, shell)
        # The image is a committed container: this is the command that it ran, not what changed it.
        step = _ALL_STEPS if _BARE_SHELL.fullmatch(text) else BuildStep(text)
        if step.name == "SHELL":
            shell = " ".join(_WORDS.findall(text)[1:])
        yield step, entry.get("empty_layer") is True


def find_setting(
    history: Sequence[Mapping[str, Any]], instruction: str, key: str
) -> BuildStep | None:
    """Return the last step that sets a variable or label, None if the history has none."""
    found = None
    for step, _ in _parse_steps(history):
        if step.name == instruction and _sets(step.text, key):
            found = step
    return found


def find_instruction(dockerfile: Dockerfile, instruction: str, key: str) -> BuildInstruction | None:
    """Return the last instruction that sets a variable or label, None if there is none."""
    return next(
        (
            each
            for each in reversed(dockerfile.settings)
            if each.name == instruction and _sets(each.text, key)
        ),
        None,
    )


def _sets(text: str, key: str) -> bool:
    """Return whether the text of ENV or LABEL sets a key."""
    return re.search(rf"(?<!\S)[\"']?{re.escape(key)}[\"']?(?:=|\s)", text) is not None


def extract_instruction(created_by: str, shell: str = "") -> str:
    """Return the instruction in a history's text, without what builders add to it.

    `shell` is what an earlier SHELL has set.
    """
    text = _CHECKSUM.sub(r"\1", created_by.strip().removesuffix("# buildkit").strip())
    no_command = _NO_COMMAND.match(text)
    if no_command:
        return text[no_command.end() :].strip()
    command = text.removeprefix("RUN ").strip()
    inner = _unwrap(command, shell)
    return f"RUN {inner}" if inner != command or text.startswith("RUN ") else text


def _unwrap(command: str, shell: str = "") -> str:
    """Return a command without the shell that runs it, and the values of ARG before that."""
    if shell:
        found = re.match(rf"{_ARGUMENTS}{re.escape(shell)} ", command, re.DOTALL)
        if found:
            return command[found.end() :].strip()
    found = _SHELL.match(command)
    return command[found.end() :].strip() if found else command


# --- the Dockerfile


@dataclass
class _Stage:
    """A stage of a Dockerfile, with the instructions of the stages that it is based on."""

    base: str
    instructions: list[BuildInstruction] = field(default_factory=list)


def read_dockerfile(path: str) -> Dockerfile:
    """Read what the last stage of a Dockerfile does, and the stages that it is based on.

    Raise ImageError if it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            text = decode(file.read(_MAX_DOCKERFILE))
    except OSError as error:
        raise ImageError(f"{escape(path)}: {error.strerror or error}") from None
    try:
        found = list(_parse_instructions(text))
    except TooMuchWorkError as error:
        raise ImageError(f"{escape(path)} {error}") from None
    stages = _find_stages(each for each in found if not each.is_trigger)
    if not stages:
        raise ImageError(f"{escape(path)} is not a Dockerfile: it has no FROM")
    lines = text.split("\n")
    last, *others = (
        _read_stage(stage, found, lines)._replace(number=number)
        for number, stage in list(enumerate(stages))[: -_MAX_STAGES - 1 : -1]
    )
    return last._replace(others=tuple(others))


def _read_stage(stage: _Stage, found: list[BuildInstruction], lines: list[str]) -> Dockerfile:
    """Return what a stage does; `found` are all instructions of the Dockerfile."""
    instructions = [each for each in stage.instructions if each.name in _MAKES_LAYERS]
    settings = [each for each in stage.instructions if each.name in _SETS_METADATA]
    own = {each.line for each in stage.instructions}
    elsewhere = frozenset(
        line
        for each in found
        if each.name != "FROM" and each.line not in own
        for line in range(each.line, each.last_line + 1)
    )
    return Dockerfile(instructions, settings, stage.base, lines, elsewhere)


def _find_stages(instructions: Iterator[BuildInstruction]) -> list[_Stage]:
    """Return the stages in order."""
    stages: list[_Stage] = []
    by_name: dict[str, _Stage] = {}
    for instruction in instructions:
        head = instruction.head
        if head:
            below = by_name.get(head.base.lower())
            if below:
                stages.append(_Stage(below.base, list(below.instructions)))
            else:
                stages.append(_Stage("" if head.base == "scratch" else head.base))
            if head.name:
                by_name[head.name] = stages[-1]
        elif stages:
            stages[-1].instructions.append(instruction)
    return stages


def _parse_instructions(text: str) -> Iterator[BuildInstruction]:
    """Yield the instructions, including those that other builds run."""
    shell: tuple[str, ...] = ()
    dockerfile = parse_dockerfile(HostedText.of(text))
    instructions = dockerfile.instructions
    heads = _read_heads(dockerfile)
    writes = _find_written_files(text, [parsed.start for parsed in instructions])
    for parsed, paths in zip(instructions, writes, strict=True):
        if parsed.name == "FROM":
            shell = ()
        elif parsed.name == "SHELL" and not parsed.is_trigger:
            shell = tuple(_WORDS.findall(parsed.value.text))
        value = " ".join(part.text for part in (*parsed.flags, parsed.value))
        heredocs = tuple((each.name, each.content.text) for each in parsed.heredocs)
        yield BuildInstruction(
            parsed.name,
            value,
            parsed.line,
            heredocs,
            shell,
            paths,
            parsed.last_line,
            parsed.is_trigger,
            heads.get(parsed.start),
        )


def _read_heads(dockerfile: ParsedDockerfile) -> dict[int, StageHead]:
    """Return what each FROM says, by its offset.

    TooMuchWorkError if arguments hold others again and again.
    """
    arguments = GlobalArguments(dockerfile.escape)
    heads: dict[int, StageHead] = {}
    with limited_work():
        for instruction in dockerfile.instructions:
            if instruction.name == "FROM" and not instruction.is_trigger:
                heads[instruction.start] = arguments.read_head(instruction)
            elif instruction.name == "ARG" and not heads:
                arguments.add(instruction)
    return heads


def _find_written_files(text: str, starts: list[int]) -> list[frozenset[str]]:
    """Return CRIU's files that the instructions at these offsets write, as far as that is known."""
    found: list[set[str]] = [set() for _ in starts]
    try:
        files = follow_host(Source(encode(text)), "dockerfile").files
    except HostError:  # too much to follow, or without the extra `scripts`
        files = []
    for file in files:
        for _, command in file.commands or ((0, file.command),):
            number = bisect_right(starts, command) - 1
            if number >= 0:
                found[number].add(file.path)
    return [frozenset(paths) for paths in found]


# --- both


def match_instructions(
    groups: list[list[BuildStep]], dockerfile: Dockerfile
) -> list[list[BuildStep]]:
    """Return the steps with their instructions.

    They are matched from the end, as far as the history and the Dockerfile agree, and only
    where the match is certain. Other programs may have added layers above those of the build.
    """
    left = list(dockerfile.instructions)
    result = [list(group) for group in groups]
    # The first layer with a step that has an instruction.
    earliest = len(groups)
    for number in range(len(groups) - 1, -1, -1):
        if earliest == len(groups) and _is_foreign(groups[number]):
            continue
        if not _match_group(result[number], left):
            break
        if any(step.instruction for step in result[number]):
            earliest = number
    # A squashed layer may only have the name of its last step. It is the first layer of all, or
    # directly above the base image.
    is_whole = not left and (dockerfile.from_scratch or earliest > 0)
    if is_whole or earliest == len(groups):
        return result
    if sum(step.instruction is not None for step in result[earliest]) < 2:
        result[earliest] = groups[earliest]
    return result


def _is_foreign(group: list[BuildStep]) -> bool:
    """Return whether something other than a build made a layer, such as ``umoci insert``."""
    instructions = _MAKES_LAYERS | _OTHER_INSTRUCTIONS
    return bool(group) and all(step.name not in instructions for step in group)


def _match_group(group: list[BuildStep], left: list[BuildInstruction]) -> bool:
    """Add the instructions to a layer's steps, from the last on.

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


def _agree(step: BuildStep, instruction: BuildInstruction) -> bool:
    """Return whether a step may come from an instruction."""
    if instruction.name == "RUN":
        return _run_agrees(step, instruction)
    if step.name != instruction.name:
        return False
    # BuildKit writes some options, and Buildah --link.
    actual = _split_words(_strip_options(step.text.partition(" ")[2]))
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
    """Return the words, without quotes, the dash of a heredoc, and the syntax of a JSON list."""
    text = re.sub(r"[\"'\\]", "", re.sub(r"[\[\],]", " ", text))
    return text.replace("<<-", "<<").split()


def _run_agrees(step: BuildStep, instruction: BuildInstruction) -> bool:
    """Return whether a step may come from a RUN, in any of the ways that builders write it."""
    command = _MOUNT_CHECKSUMS.sub("", step.text.removeprefix("RUN ").strip())
    actual = _WORDS.findall(_strip_options(command))
    if step.name == "RUN" and _is_heredoc_file(command, instruction):
        return True
    for variant in _run_variants(instruction):
        written = _WORDS.findall(variant)
        # The list of an exec form may name the shell.
        inner = _WORDS.findall(_unwrap(" ".join(written)))
        if step.name == "RUN" and actual in (written, inner):
            return True
        if instruction.shell:
            with_shell = [*instruction.shell, *written]
            has_arguments = command.startswith("|")
            if actual == with_shell or (has_arguments and actual[-len(with_shell) :] == with_shell):
                return True
    return False


def _is_heredoc_file(command: str, instruction: BuildInstruction) -> bool:
    """Return whether a command is BuildKit's name for a heredoc, which begins with ``#!``.

    Source: BuildKit, frontend/dockerfile/dockerfile2llb/convert.go (dispatchRun).
    """
    words = _strip_options(command).split()
    if len(instruction.heredocs) != 1:
        return False
    name, body = instruction.heredocs[0]
    return body.lstrip("\t").startswith("#!") and words == [f"/dev/pipes/{name}"]


def _run_variants(instruction: BuildInstruction) -> list[str]:
    """Return the texts that builders may write for a RUN: with heredocs in place, or alone."""
    value = _strip_options(instruction.value)
    if not instruction.heredocs:
        return [value]
    heredocs = [f"{body}\n{name}" for name, body in instruction.heredocs]
    bodies = [body for _, body in instruction.heredocs]
    # The first two are BuildKit's, the last one is Buildah's.
    return ["\n".join(bodies), "\n".join((value, *heredocs)), "\n".join((value, *bodies))]


def _is_same_word(actual: str, written: str) -> bool:
    """Return whether a word may be the written one, with any values of variables."""
    first, *others = _VARIABLE.split(written)
    if not others:
        return actual == first
    *inner, last = others
    end = len(actual) - len(last)
    if not actual.startswith(first) or not actual.endswith(last):
        return False
    # The first place of each is as good as any: one search for each, whatever the text.
    place = len(first)
    for part in inner:
        place = actual.find(part, place, end)
        if place < 0:
            return False
        place += len(part)
    return place <= end


def _is_same_path(actual: str, written: str) -> bool:
    """Return the same for a destination; some builders put the working directory in front."""
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


def find_step(
    group: list[BuildStep], path: str, aspect: Aspect = Aspect.CONTENT
) -> BuildStep | None:
    """Return the step of a layer that made an aspect of a path; None if there are no steps.

    If several may have, the step says so.
    """
    if not group:
        return None
    # An instruction that only sets something is the last one of a layer if all are squashed.
    is_squashed = group[-1].name in _OTHER_INSTRUCTIONS - _MAKES_DIRECTORIES or not group[-1].text
    if len(group) == 1:
        return _ALL_STEPS if is_squashed and group[0].text else group[0]
    writers = [step for step in group if step.name not in _OTHER_INSTRUCTIONS and step.text]
    if len(writers) == 1 and not is_squashed:
        return writers[0]
    if sum(len(step.text) for step in writers) > _MAX_TEXT:
        return _ALL_STEPS
    changer = _find_changer(writers, path, aspect)
    return changer or step_that_wrote(writers, path) or _ALL_STEPS


def _find_changer(writers: list[BuildStep], path: str, aspect: Aspect) -> BuildStep | None:
    """Return the last step with a command that changes the access to a path, or links it."""
    programs = _CHANGERS.get(aspect)
    if not programs:
        return None
    for step in reversed(writers):
        for command in re.split(r"&&|;|\||\n", step.text.removeprefix("RUN ")):
            words = _WORDS.findall(command)
            is_change = any(os.path.basename(word) in programs for word in words[:2])
            if step.name == "RUN" and is_change and _names(words[1:], path):
                return step
    return None


def _names(words: Sequence[str], path: str) -> bool:
    """Return whether one of the words of a command is a path, or with ``-R`` one above it."""
    is_recursive = any(re.fullmatch("-[A-Za-z]*R[A-Za-z]*|--recursive", word) for word in words)
    for word in words:
        place = word.rstrip("/") or "/"
        if place == path or (is_recursive and path.startswith(f"{place}/")):
            return True
    return False


def step_that_wrote(writers: list[BuildStep], path: str) -> BuildStep | None:
    """Return the one of several steps that wrote a file, or None if more of them may have."""
    if len(writers) == 1:
        return writers[0]
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
    """Return whether a RUN writes the file at a path."""
    directory, name = os.path.split(path)
    # Expressions take a hundred times as long, and an image may have thousands of paths.
    if name not in step.text and directory not in step.text:
        return _Writes.NO
    if path in step.text and re.search(
        rf"(?:>|\btee\b(?: -a)?)\s*[\"']?{re.escape(path)}(?![\w./-])", step.text
    ):
        return _Writes.YES
    names = rf"(?<![\w.-]){re.escape(name)}(?![\w.-])"
    if len(directory) > 1:
        names += rf"|{re.escape(directory)}(?!/?[\w.-])"
    commands = re.split(r"&&|;|\|", step.text[len("RUN ") :])
    naming = [command for command in commands if re.search(names, command)]
    are_harmless = (
        _is_about_others(command, names, path) or _is_harmless(command, path) for command in naming
    )
    return _Writes.NO if all(are_harmless) else _Writes.MAYBE


def _is_about_others(command: str, names: str, path: str) -> bool:
    """Return whether all files that a command names, found by the pattern `names`, are others."""
    words = [word.lstrip("0123456789&<>") for word in _WORDS.findall(command)]
    return all(_is_elsewhere(word, path) for word in words if re.search(names, word))


def _is_elsewhere(word: str, path: str) -> bool:
    """Return whether a word is an absolute path, and neither `path` nor a directory above it."""
    return word.startswith("/") and not f"{path}/".startswith(f"{posixpath.normpath(word)}/")


def _is_harmless(command: str, path: str) -> bool:
    """Return whether a command that names the file at a path does not write it."""
    if ">" in command:
        return False
    words = command.split()
    if words and os.path.basename(words[0]) == "busybox":
        words = words[1:]
    program = os.path.basename(words[0]) if words else ""
    if program in ("cp", "ln"):
        return _is_elsewhere(words[-1], path)
    return program in _HARMLESS


def _copy_writes(step: BuildStep, path: str) -> _Writes:
    """Return the same for COPY, ADD, and other instructions whose last word is a destination."""
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


def _copy_into_directory_writes(
    step: BuildStep, instruction: BuildInstruction, name: str
) -> _Writes:
    """Return whether a COPY into a directory writes the file with this name there."""
    sources = _WORDS.findall(_strip_options(instruction.value))[:-1]
    if "dir:" in step.text or any(re.search(r"[*?$]|<<", source) for source in sources):
        return _Writes.MAYBE
    if name in (os.path.basename(source.rstrip("/")) for source in sources):
        return _Writes.YES
    # The checksum says that there was a single file.
    return _Writes.NO if "file:" in step.text else _Writes.MAYBE
