# SPDX-License-Identifier: GPL-2.0-only
"""Which build step made a layer, and on which line of the Dockerfile that stands.

Sources: OCI image-spec, config.md (``history``: a step without ``empty_layer`` for each layer); the texts that Docker,
BuildKit and Buildah put into ``created_by``.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from criulint.image import ImageError
from criulint.text import escape

_MAKES_LAYERS = frozenset(("RUN", "COPY", "ADD"))
_OTHERS = frozenset(
    (
        *(
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
        ),
        *("STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
    )
)
# Commands that may name a file, and do not change what is in it.
_HARMLESS = frozenset(("[", "cat", "chgrp", "chmod", "chown", "grep", "ls", "stat", "test"))
_WORDS = re.compile(r"[^\s\\\"'\[\],]+")
_SHELL = re.compile(r"(?:\|\d+ .*?)?/bin/sh -c ", re.DOTALL)
# What Docker put before instructions that run nothing, behind the shell.
_NO_COMMAND = re.compile(r"[^#]* -c #\(nop\) +")
# Whoever reads it has no use for all of it.
_CHECKSUM = re.compile(r"\b((?:file|dir|multi):[0-9a-f]{12})[0-9a-f]{20,}")
_CHECKSUM_WORD = re.compile(r"(file|dir|multi):[0-9a-f]+")
_OPTIONS = re.compile(r"(?:--[a-z-]+(?:=\S+)?\s+)*")
_VARIABLE = re.compile(r"\$(?:\w+|\{[^}]*\})")
# Source: BuildKit, frontend/dockerfile/parser/parser.go (ParseHeredoc).
_HEREDOC = re.compile(r"(?<!\S)\d*<<(-?)([\"']?)([^<\s\"']+)\2(?!\S)")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Step(NamedTuple):
    """A build step: what it was, in a Dockerfile's words, and the instruction that it was made by, if that is known."""

    text: str
    instruction: Instruction | None = None

    @property
    def name(self) -> str:
        """The name of its instruction; another word if it is none."""
        return self.text.partition(" ")[0]

    @property
    def line(self) -> int:
        """The line of the Dockerfile; 0 if that is not known."""
        return self.instruction.line if self.instruction else 0


class Instruction(NamedTuple):
    """An instruction of a Dockerfile on a 1-based line; `bodies` are its heredocs, `shell` what runs its commands."""

    name: str
    value: str
    line: int
    bodies: tuple[str, ...] = ()
    shell: tuple[str, ...] = ()


class Recipe(NamedTuple):
    """What of a Dockerfile makes the layers of its image, in order. `from_scratch` if no other image lies below them."""

    instructions: list[Instruction]
    from_scratch: bool


# --- the history


def steps(history: Sequence[Mapping[str, Any]], layers: int) -> list[list[Step]]:
    """For each layer the steps that may have made it; nothing where the history does not tell.

    Without ``--layers`` Buildah makes one layer of several steps, and calls all but the last of them empty.
    """
    groups: list[list[Step]] = []
    waiting: list[Step] = []
    for entry in history:
        text = entry.get("created_by")
        step = Step(instruction_text(text if isinstance(text, str) else ""))
        if entry.get("empty_layer") is True:
            if step.name in _MAKES_LAYERS:
                waiting.append(step)
        else:
            groups.append([*waiting, step])
            waiting = []
    return groups if len(groups) == layers else [[] for _ in range(layers)]


def instruction_text(created_by: str) -> str:
    """What a step was, without what the builders put around it."""
    text = _CHECKSUM.sub(r"\1", created_by.strip().removesuffix("# buildkit").strip())
    nothing = _NO_COMMAND.match(text)
    if nothing:
        return text[nothing.end() :].strip()
    shell = _SHELL.match(text)
    if shell:
        return f"RUN {text[shell.end() :].strip()}"
    if text.startswith("RUN "):
        rest = text[4:].strip()
        inner = _SHELL.match(rest)
        return f"RUN {rest[inner.end() :].strip()}" if inner else text
    return text


# --- the Dockerfile


def dockerfile(path: str) -> Recipe:
    """What the last stage of a Dockerfile does, and the stages that it is based on. ImageError if it can't be read."""
    try:
        import dockerfile_parse  # type: ignore[import-untyped]
    except ImportError:
        raise ImageError(
            "--dockerfile needs dockerfile-parse: install criulint with the extra `image`"
        ) from None
    try:
        with open(path, "rb") as file:
            lines = file.read(1 << 20).removeprefix(_BYTE_ORDER_MARK).split(b"\n")
    except OSError as error:
        raise ImageError(f"{escape(path)}: {error.strerror or error}") from None
    try:
        # An empty line does not end an instruction, for Docker; for this parser it does, and a comment does not.
        data = b"\n".join(line if line.strip() else b"#" for line in lines)
        parser = dockerfile_parse.DockerfileParser(fileobj=io.BytesIO(data), env_replace=False)
        structure = [entry for entry in parser.structure if entry["instruction"] != "COMMENT"]
    except (ValueError, KeyError, IndexError, AttributeError, UnicodeError) as error:
        raise ImageError(f"{escape(path)} is no Dockerfile: {error}") from None
    stages: dict[str, list[Instruction]] = {}
    below: list[Instruction] | None = None  # what the stage is based on
    stage: list[Instruction] | None = None
    from_scratch: dict[int, bool] = {}
    for instruction in _instructions(
        structure, [line.decode("utf-8", "replace") for line in lines]
    ):
        if instruction.name == "FROM":
            base, name = _from(instruction.value)
            below = stages.get(base)
            stage = list(below or ())
            from_scratch[id(stage)] = (
                from_scratch[id(below)] if below is not None else base == "scratch"
            )
            stages[name] = stage
        elif stage is not None:
            stage.append(instruction)
    if stage is None:
        raise ImageError(f"{escape(path)} is no Dockerfile: it has no FROM")
    return Recipe([one for one in stage if one.name in _MAKES_LAYERS], from_scratch[id(stage)])


def _instructions(
    structure: Sequence[Mapping[str, Any]], lines: Sequence[str]
) -> Iterator[Instruction]:
    """The instructions that are none of the lines of a heredoc."""
    end = -1
    shell: tuple[str, ...] = ()
    for entry in structure:
        if entry["startline"] <= end:
            continue
        name, value = entry["instruction"].upper(), entry["value"]
        bodies, end = [], entry["endline"]
        for mark in _HEREDOC.finditer(value) if name in _MAKES_LAYERS else ():
            first = end + 1
            end = next((n for n in range(first, len(lines)) if _ends(lines[n], mark)), len(lines))
            bodies.append("\n".join(lines[first:end]))
        if name == "FROM":
            shell = ()
        elif name == "SHELL":
            shell = tuple(_WORDS.findall(value))
        yield Instruction(name, value, entry["startline"] + 1, tuple(bodies), shell)


def _ends(line: str, mark: re.Match[str]) -> bool:
    line = line.rstrip("\r")
    return (line.lstrip("\t") if mark[1] else line) == mark[3]


def _from(value: str) -> tuple[str, str]:
    """The image or the stage that a stage is based on, and its own name."""
    words = _OPTIONS.sub("", value, count=1).split()
    name = words[2].lower() if len(words) > 2 and words[1].lower() == "as" else ""
    return words[0].lower() if words else "", name or "\0"


# --- both


def located(groups: list[list[Step]], recipe: Recipe) -> list[list[Step]]:
    """The steps with their instructions, as far from the end as the two agree, and only where that is sure."""
    left = list(recipe.instructions)
    result = [list(group) for group in groups]
    earliest = len(groups)  # the first layer that has a step with an instruction
    for number in range(len(groups) - 1, -1, -1):
        if not _locate(result[number], left):
            break
        if any(step.instruction for step in result[number]):
            earliest = number
    # A squashed layer is called after its last step. It is the first layer of all, or lies on those of the base image.
    whole = not left and (recipe.from_scratch or earliest > 0)
    if not whole and earliest < len(groups):
        result[earliest] = groups[earliest]
    return result


def _locate(group: list[Step], left: list[Instruction]) -> bool:
    """Find the instructions of a layer's steps, from the last on; whether all have one."""
    for number in range(len(group) - 1, -1, -1):
        step = group[number]
        if step.name in _OTHERS:  # WORKDIR makes a layer if the directory is missing
            continue
        if not left or not _agree(step, left[-1]):
            return False
        instruction = left.pop()
        # Builders put another shell than the usual one into the text.
        text = (
            f"RUN {instruction.value}"
            if instruction.name == "RUN" and instruction.shell
            else step.text
        )
        group[number] = Step(text, instruction)
    return True


def _agree(step: Step, instruction: Instruction) -> bool:
    """Whether a step is what an instruction says."""
    if instruction.name == "RUN":
        return _run_agrees(step, instruction)
    if step.name != instruction.name:
        return False
    told = _plain_words(step.text.partition(" ")[2])
    written = _plain_words(_OPTIONS.sub("", instruction.value, count=1))
    if not told or not written or not _same_place(told[-1], written[-1]):
        return False
    # Docker and Buildah tell a checksum instead of what was copied.
    return bool(_CHECKSUM_WORD.fullmatch(told[0])) or (
        len(told) == len(written) and all(map(_same_word, told[:-1], written[:-1]))
    )


def _plain_words(text: str) -> list[str]:
    """The words, without quotes and what makes a list of them."""
    return re.sub(r"[\"'\[\],\\]", lambda match: " " if match[0] in "[]," else "", text).split()


def _run_agrees(step: Step, instruction: Instruction) -> bool:
    command = step.text.removeprefix("RUN ").strip()
    told = _WORDS.findall(_OPTIONS.sub("", command, count=1))
    value = _OPTIONS.sub("", instruction.value, count=1)
    variants = [value]
    if instruction.bodies:
        names = [mark[3] for mark in _HEREDOC.finditer(value)]
        pairs = zip(instruction.bodies, names, strict=False)
        variants = [
            "\n".join(instruction.bodies),
            "\n".join((value, *(f"{body}\n{name}" for body, name in pairs))),
        ]
    for variant in variants:
        written = _WORDS.findall(variant)
        if step.name == "RUN" and told == written:
            return True
        shelled = [*instruction.shell, *written]
        if instruction.shell and (
            told == shelled or (command.startswith("|") and told[-len(shelled) :] == shelled)
        ):
            return True
    return False


def _same_word(told: str, written: str) -> bool:
    """Whether a word is what is written, with any values of variables."""
    pattern = ".*".join(map(re.escape, _VARIABLE.split(written)))
    return re.fullmatch(pattern, told, re.DOTALL) is not None


def _same_place(told: str, written: str) -> bool:
    """The same for a place to copy to; some builders put the working directory before."""
    told, written = told.rstrip("/"), written.rstrip("/")
    if _same_word(told, written):
        return True
    relative = written.removeprefix("./")
    return not written.startswith(("/", "$")) and (
        relative in ("", ".") or _same_word(told, f"$D/{relative}")
    )


# --- one of several steps


def made(group: list[Step], path: str) -> Step | None:
    """The step of a layer that made a file. None if it may be more than one of them."""
    makers = [step for step in group if step.name not in _OTHERS]
    if len(makers) < 2:
        return next(iter(makers or group[-1:]), None)
    doubtful: list[Step] = []
    for step in reversed(makers):
        certain = _writes(step, path)
        if certain and not doubtful:
            return step
        if certain is not False:
            doubtful.append(step)
    # Nothing else can have made it, if it is copied and no command was run.
    runs = any(step.name == "RUN" for step in makers)
    return doubtful[0] if len(doubtful) == 1 and not runs else None


def _writes(step: Step, path: str) -> bool | None:
    """Whether a step writes a file; None if it may."""
    directory, name = os.path.split(path)
    if step.name == "RUN":
        if re.search(rf"(?:>|\btee\b(?: -a)?)\s*[\"']?{re.escape(path)}(?![\w./-])", step.text):
            return True
        names = rf"(?<![\w.-]){re.escape(name)}(?![\w.-])" + (
            rf"|{re.escape(directory)}(?!/?[\w.-])" if len(directory) > 1 else ""
        )
        commands = [
            command for command in re.split(r"&&|;|\|", step.text[4:]) if re.search(names, command)
        ]
        return False if all(_is_harmless(command, names) for command in commands) else None
    place = (step.text.split() or [""])[-1]
    if place == path:
        return True
    if (
        place.startswith("/")
        and "$" not in place
        and not f"{path}/".startswith(f"{place.rstrip('/')}/")
    ):
        return False
    if step.name == "COPY" and step.instruction and place.rstrip("/") == directory.rstrip("/"):
        sources = _WORDS.findall(_OPTIONS.sub("", step.instruction.value, count=1))[:-1]
        if "dir:" not in step.text and not any(
            re.search(r"[*?$]|<<", source) for source in sources
        ):
            if name in (os.path.basename(source.rstrip("/")) for source in sources):
                return True
            if "file:" in step.text:
                return False
    return None


def _is_harmless(command: str, names: str) -> bool:
    """Whether a command that names a file does not write to it."""
    words = command.split()
    if words and os.path.basename(words[0]) == "busybox":
        words = words[1:]
    program = os.path.basename(words[0]) if words else ""
    elsewhere = (
        program in ("cp", "ln") and words[-1].startswith("/") and not re.search(names, words[-1])
    )
    return ">" not in command and (program in _HARMLESS or elsewhere)
