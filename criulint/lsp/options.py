# SPDX-License-Identifier: MIT
"""Documentation of options, for hovers and completions."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from criulint.criu.context import COMMANDS, Role
from criulint.criu.options import Arity, Option, option_table
from criulint.criu.runtimes import always_set, engine_of, runtimes_of
from criulint.lsp.markdown import prose
from criulint.rules.registry import RULES
from criulint.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.finding import Finding
    from criulint.linter.linter import Linter
    from criulint.lsp.document import Document

_CODES_ABOUT_OPTIONS = frozenset(rule.code for rule in RULES if rule.about_option)


def option_usage(option: Option) -> str:
    """Return how the option is written in a file: ``port NUM``, ``manage-cgroups[=none|...]``."""
    form = option.form or "|".join(option.choices) or option.kind.upper()
    suffixes = {Arity.NONE: "", Arity.REQUIRED: f" {form}", Arity.OPTIONAL: f"[={form}]"}
    return option.name + suffixes[option.arity]


def explanation(option: Option, document: Document) -> str:
    """Return Markdown: what the option does, its values and default, and what overrides it."""
    return "\n\n".join(
        (
            f"```text\n{option_usage(option)}\n```",
            prose(option.description),
            details(option, document),
        )
    )


def details(option: Option, document: Document) -> str:
    """Return Markdown: what `explanation` says after the usage and the description."""
    parts = []
    if option.advice:
        parts.append(prose(option.advice))
    if option.choice_descriptions:
        parts.append(
            "\n".join(
                f"- `{choice}`: {prose(text)}"
                for choice, text in option.choice_descriptions.items()
            )
        )
    elif option.suggested:
        parts.append("Known: " + ", ".join(f"`{value}`" for value in option.suggested))
    facts = [prose(line) for line in _facts(option)]
    facts += [f"**overridden**: {prose(line)}" for line in overriding(option, document)]
    parts.append("\n".join(f"- {line}" for line in facts))
    return "\n\n".join(parts)


def _facts(option: Option) -> Iterator[str]:
    if option.has_default:
        yield f"default: {_describe_default(option.default)}"
    yield f"since CRIU {option.since}"
    if not set(COMMANDS) <= set(option.commands):
        yield f"for {', '.join(option.commands)}"
    if option.accumulates:
        yield "may be given several times"
    if option.negated_by:
        yield f"switched off by `{option.negated_by}`"
    if option.is_deprecated:
        yield "deprecated" + (f": use `{option.replaced_by}`" if option.replaced_by else "")
    if option.is_ignored:
        yield "does nothing in a file"
    elif option.exits:
        yield "makes CRIU print something and exit"


def _describe_default(value: bool | int | str | None) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"`{value}`"


def overriding(option: Option, document: Document) -> list[str]:
    """Return a line for each runtime and engine that sends another value with its requests.

    There are none if CRIU reads the file after the request.
    """
    if document.settings_set.role is Role.RPC:
        return []
    name = option.positive
    context = document.settings.context
    lines = []
    for runtime, version in runtimes_of(context.caller):
        by_words: dict[str, list[str]] = {}
        for command in context.commands:
            sent = runtime.sends(name, command, version, document.settings.release)
            if sent and runtime.rpc:
                by_words.setdefault(sent.words, []).append(command)
        lines += [
            f"{runtime.title} sends {words} ({', '.join(commands)})"
            for words, commands in by_words.items()
        ]
    engine = engine_of(context.caller)
    if engine:
        for command in context.commands:
            sent = engine.sends(name, command, context.caller and context.caller.version)
            if sent:
                lines.append(f"{engine.title} makes it send {sent.words} ({command})")
    if not lines and always_set(name):
        lines.append("each RPC request sets it: runc, crun and others")
    return lines


@lru_cache(maxsize=16)
def objections(linter: Linter, path: str) -> dict[str, Finding]:
    """Return the worst finding about each option itself in a file at `path`, by option name.

    These are findings of rules that report an option whatever its value is.
    """
    found: dict[str, Finding] = {}
    for option in option_table(linter.release).options.values():
        for finding in linter.check(Source(_example(option), path)).findings:
            if finding.code in _CODES_ABOUT_OPTIONS:
                worst = found.setdefault(option.name, finding)
                if finding.severity > worst.severity:
                    found[option.name] = finding
    return found


def _example(option: Option) -> bytes:
    """Return a line that sets the option."""
    value = next(iter(offered_values(option)), str(option.default or 1))
    suffixes = {Arity.NONE: "", Arity.REQUIRED: f" {value}", Arity.OPTIONAL: f"={value}"}
    return f"{option.name}{suffixes[option.arity]}".encode()


def offered_values(option: Option) -> list[str]:
    """Return the values to offer for an option."""
    if option.kind == "verbosity" and option.range:
        low, high = option.range
        return [str(level) for level in range(low, high + 1)]
    return list(option.choices or option.suggested)
