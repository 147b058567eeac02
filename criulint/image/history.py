# SPDX-License-Identifier: GPL-2.0-only
"""Which build step made a layer, and on which line of the Dockerfile that stands.

Sources: OCI image-spec, config.md (``history``: a step without ``empty_layer`` for each layer); the texts that Docker,
BuildKit and Buildah put into ``created_by``.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from criulint.image import ImageError
from criulint.rules.words import visible

_MAKES_LAYERS = frozenset(("RUN", "COPY", "ADD"))
_WORDS = re.compile(r"[^\s\\\"'\[\],]+")
_SHELL = re.compile(r"(?:\|\d+ (?:[^ ]+=\S* )*)?/bin/sh -c (#\(nop\) +)?", re.DOTALL)
# Whoever reads it has no use for all of it.
_CHECKSUM = re.compile(r"\b((?:file|dir|multi):[0-9a-f]{12})[0-9a-f]{20,}")
_OPTIONS = re.compile(r"--[a-z-]+(=\S+)?\s+")


class Step(NamedTuple):
    """A build step: what it was, in a Dockerfile's words, and where it stands; `line` is 1-based, 0 if that is not known."""

    text: str
    line: int = 0


class Instruction(NamedTuple):
    """An instruction of a Dockerfile on a 1-based line."""

    name: str
    value: str
    line: int


def steps(history: Sequence[Mapping[str, Any]], layers: int) -> list[list[Step]]:
    """For each layer the steps that may have made it, the likeliest last; nothing where the history does not tell.

    Without ``--layers`` Buildah makes one layer of several steps, and calls all but the last of them empty.
    """
    groups: list[list[Step]] = []
    waiting: list[Step] = []
    for entry in history:
        text = entry.get("created_by")
        step = Step(instruction_text(text if isinstance(text, str) else ""))
        if entry.get("empty_layer") is True:
            if step.text.partition(" ")[0] in _MAKES_LAYERS:
                waiting.append(step)
        else:
            groups.append([*waiting, step])
            waiting = []
    return groups if len(groups) == layers else [[] for _ in range(layers)]


def instruction_text(created_by: str) -> str:
    """What a step was, without what the builders put around it."""
    text = _CHECKSUM.sub(r"\1", created_by.strip().removesuffix("# buildkit").strip())
    shell = _SHELL.match(text)
    if shell:
        rest = text[shell.end() :].strip()
        return rest if shell[1] else f"RUN {rest}"
    if text.startswith("RUN "):
        rest = text[4:].strip()
        inner = _SHELL.match(rest)
        return f"RUN {rest[inner.end() :].strip()}" if inner else text
    return text


def dockerfile(path: str) -> list[Instruction]:
    """The instructions of the last stage of a Dockerfile. ImageError if it can't be read."""
    try:
        import dockerfile_parse  # type: ignore[import-untyped]
    except ImportError:
        raise ImageError("to read a Dockerfile takes dockerfile-parse: pip install 'criulint[image]'") from None
    try:
        with open(path, "rb") as file:
            data = file.read(1 << 20)
    except OSError as error:
        raise ImageError(f"{visible(path)}: {error.strerror or error}") from None
    try:
        parser = dockerfile_parse.DockerfileParser(fileobj=io.BytesIO(data), env_replace=False)
        found = [
            Instruction(entry["instruction"].upper(), entry["value"], entry["startline"] + 1)
            for entry in parser.structure
            if entry["instruction"] != "COMMENT"
        ]
    except (ValueError, KeyError, IndexError, AttributeError, UnicodeError) as error:
        raise ImageError(f"{visible(path)} is no Dockerfile: {error}") from None
    stages = [number for number, instruction in enumerate(found) if instruction.name == "FROM"]
    if not stages:
        raise ImageError(f"{visible(path)} is no Dockerfile: it has no FROM")
    return found[stages[-1] + 1 :]


def located(groups: list[list[Step]], instructions: list[Instruction]) -> list[list[Step]]:
    """The steps with their lines in the Dockerfile, as far from the end as the two agree."""
    making = [instruction for instruction in instructions if instruction.name in _MAKES_LAYERS]
    result = [list(group) for group in groups]
    for group in reversed(result):
        for number in range(len(group) - 1, -1, -1):
            step = group[number]
            name = step.text.partition(" ")[0]
            if name not in _MAKES_LAYERS:
                continue  # WORKDIR makes a layer if the directory is missing
            if not making or not _agree(step.text, making[-1]):
                return result
            group[number] = step._replace(line=making.pop().line)
    return result


def _agree(text: str, instruction: Instruction) -> bool:
    """Whether a step is what an instruction says. What COPY and ADD copy is a checksum in the history."""
    name, _, value = text.partition(" ")
    if name != instruction.name:
        return False
    told, written = _WORDS.findall(value), _WORDS.findall(_OPTIONS.sub("", instruction.value))
    if name == "RUN":
        return _WORDS.findall(_OPTIONS.sub("", value)) == written or _heredoc(instruction.value)
    return not told or not written or told[-1].rstrip("/") == written[-1].rstrip("/") or "in" in told


def _heredoc(value: str) -> bool:
    return "<<" in value


def made(group: list[Step], path: str) -> Step | None:
    """The step of a layer that made a file: the last one that writes to it, or else names it, or else the last one."""
    if len(group) == 1:
        return group[0]
    directory, name = os.path.split(path)
    writes = re.compile(rf"(?:>>?|\btee\b(?: -a)?)\s*[\"']?{re.escape(path)}(?![\w./-])")
    for wanted in (path, name, directory):
        naming = [step for step in group if wanted and wanted in step.text]
        if naming:
            likely = [step for step in naming if not step.text.startswith("RUN") or writes.search(step.text)]
            return (likely or naming)[-1]
    return group[-1] if group else None
