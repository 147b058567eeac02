# SPDX-License-Identifier: GPL-2.0-only
"""What there is to say of an option, for hovering over it and for completing it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from criulint.criu.context import COMMANDS, Role
from criulint.criu.options import Arity, Option, option_table
from criulint.criu.runtimes import always_set, engine_of, runtimes_of
from criulint.finding import Finding
from criulint.linter.linter import Linter
from criulint.lsp.document import Document
from criulint.lsp.markdown import prose
from criulint.source import Source

# What they find in a line that stands alone, other lines may mend; or it only says that the line could be left out.
_NOT_OF_THE_OPTION = frozenset(("CRIU304", "CRIU310"))


def usage(option: Option) -> str:
    """How the option is written in a file."""
    form = option.form or "|".join(option.choices) or option.kind.upper()
    return (
        option.name
        + {Arity.NONE: "", Arity.REQUIRED: f" {form}", Arity.OPTIONAL: f"[={form}]"}[option.arity]
    )


def explanation(option: Option, document: Document) -> str:
    """Markdown: what the option does, its values, its default, since when there is one, and who overrides it."""
    facts = option.facts
    parts = [f"```text\n{usage(option)}\n```", prose(facts["description"])]
    if advice := facts.get("x-criu-advice"):
        parts.append(prose(advice))
    if docs := option.value.get("x-criu-enum-docs"):
        parts.append("\n".join(f"- `{choice}`: {prose(text)}" for choice, text in docs.items()))
    elif suggested := option.suggested:
        parts.append("Known: " + ", ".join(f"`{value}`" for value in suggested))
    told = [prose(line) for line in _facts(facts)]
    told += [f"**overridden**: {prose(line)}" for line in overriding(option, document)]
    parts.append("\n".join(f"- {line}" for line in told))
    return "\n\n".join(parts)


def _facts(facts: dict[str, Any]) -> Iterator[str]:
    if "x-criu-default" in facts:
        yield f"default: {_shown(facts['x-criu-default'])}"
    yield f"since CRIU {facts['x-criu-since']}"
    if (commands := facts.get("x-criu-commands")) and not set(COMMANDS) <= set(commands):
        yield f"for {', '.join(commands)}"
    if facts["x-criu-repeat"] == "accumulate":
        yield "may be given several times"
    if negation := facts.get("x-criu-negated-by"):
        yield f"switched off by `{negation}`"
    if facts.get("deprecated"):
        yield "deprecated" + (f": use `{new}`" if (new := facts.get("x-criu-replaced-by")) else "")
    in_file = facts.get("x-criu-in-file")
    if in_file == "ignored":
        yield "does nothing in a file"
    elif in_file == "exits":
        yield "makes CRIU print something and end"


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "none"
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else f"`{value}`"


def overriding(option: Option, document: Document) -> Iterator[str]:
    """Who sends another value with every request: a line for each runtime and engine, if the file is not read after that."""
    if document.set.role is Role.RPC:
        return
    name = option.positive
    commands = document.settings.context.commands
    caller = document.settings.context.caller
    told = []
    for runtime, version in runtimes_of(caller):
        by_words: dict[str, list[str]] = {}
        for command in commands:
            sent = runtime.sends(name, command, version)
            if sent and runtime.rpc:
                by_words.setdefault(sent.words, []).append(command)
        told += [
            f"{runtime.title} sends {words} ({', '.join(sending)})"
            for words, sending in by_words.items()
        ]
    engine = engine_of(caller)
    for command in commands if engine else ():
        sent = engine.sends(name, command) if engine else None
        if sent and engine:
            told.append(f"{engine.title} makes it send {sent.words} ({command})")
    if not told and always_set(name):
        told.append("each RPC request sets it: runc, crun and others")
    yield from told


@lru_cache(maxsize=16)
def objections(linter: Linter, path: str) -> dict[str, Finding]:
    """The worst that the rules find about an option in a file of this path, whatever its value is, by the option's name."""
    found: dict[str, Finding] = {}
    for option in option_table(linter.release).options.values():
        for finding in linter.check(Source(_example(option), path)).findings:
            if finding.code[4] in "34" and finding.code not in _NOT_OF_THE_OPTION:
                worst = found.setdefault(option.name, finding)
                if finding.severity > worst.severity:
                    found[option.name] = finding
    return found


def _example(option: Option) -> bytes:
    """A line that sets the option."""
    value = next(iter(values(option)), str(option.default or 1))
    return (
        option.name
        + {Arity.NONE: "", Arity.REQUIRED: f" {value}", Arity.OPTIONAL: f"={value}"}[option.arity]
    ).encode()


def values(option: Option) -> list[str]:
    """The values that are known for an option."""
    if option.kind == "verbosity":
        low, high = option.value["x-criu-range"]
        return [str(level) for level in range(low, high + 1)]
    return list(option.choices or option.suggested)
