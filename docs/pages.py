# SPDX-License-Identifier: GPL-2.0-only
"""The pages that are made of what the code knows: rules, options, releases, runtimes, the command line."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from criulint.cli import full_parser
from criulint.cli.rule import markdown
from criulint.cli.schema import differences
from criulint.criu.releases import latest_release, load_schema, releases
from criulint.criu.runtimes import Runtime, engines, runtimes
from criulint.rules.registry import RULES

_FAMILIES = {
    "1": "CRIU refuses the file",
    "2": "CRIU reads the line otherwise than it looks",
    "3": "Options that fight, miss a companion, or do not belong in a file",
    "4": "Which file, and which runtime",
    "5": "The machine or image around the file",
    "6": "Layout",
    "9": "Comments that hide findings",
}


def write(folder: Path) -> None:
    """Write all generated pages below ``rules`` and ``reference`` of `folder`, anew."""
    made = {
        "rules/index.md": _rules(),
        "reference/options.md": _options(),
        "reference/releases.md": _releases(),
        "reference/runtimes.md": _runtimes(),
        "reference/command-line.md": _command_line(),
        **{f"rules/{rule.name}.md": markdown(rule) + "\n" for rule in RULES},
    }
    for name in ("rules", "reference"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")


def _rules() -> str:
    def parts() -> Iterator[str]:
        yield "# Rules\n"
        for family, title in _FAMILIES.items():
            yield f"## CRIU{family}xx: {title}\n"
            yield "| code | name | severity | what it finds |\n| --- | --- | --- | --- |"
            for rule in RULES:
                if rule.code[4] == family:
                    off = "" if rule.default else ", off unless selected"
                    yield f"| {rule.code} | [{rule.name}]({rule.name}.md) | {rule.severity}{off} | {_cell(rule.summary)} |"
            yield ""
        yield "```{toctree}\n:hidden:\n"
        yield from (rule.name for rule in RULES)
        yield "```"

    return "\n".join(parts()) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _options() -> str:
    schema = load_schema(latest_release())

    def parts() -> Iterator[str]:
        yield f"# Options of CRIU {latest_release()}\n"
        yield "What a configuration file can set, out of [the schema](releases.md) of the newest release.\n"
        for name, facts in sorted(schema["properties"].items()):
            if "x-criu-negates" not in facts:
                yield _option(name, facts, schema["$defs"][name])

    return "\n".join(parts())


def _option(name: str, facts: dict[str, Any], value: dict[str, Any]) -> str:
    default = facts.get("x-criu-default")
    rows = {
        "value": {
            "none": "none, it is a flag",
            "required": "required",
            "optional": "optional, behind `=`",
        }[facts["x-criu-arity"]],
        "form": value.get("x-criu-form") and f"`{value['x-criu-form']}`",
        "one of": ", ".join(
            f"`{choice}`" for choice in value.get("enum", ()) if isinstance(choice, str)
        ),
        "default": f"`{default}`" if default not in (None, True, False) else "",
        "switched off by": f"`{facts['x-criu-negated-by']}`"
        if "x-criu-negated-by" in facts
        else "",
        "short": f"`-{facts['x-criu-short']}`" if "x-criu-short" in facts else "",
        "since": f"CRIU {facts['x-criu-since']}",
        "commands": ", ".join(facts["x-criu-commands"]),
        "twice": facts["x-criu-repeat"].replace("-", " "),
        "in a file": " ".join(
            filter(None, (facts["x-criu-in-file"] + ".", facts.get("x-criu-advice")))
        ),
        "successor": f"`{facts['x-criu-replaced-by']}`" if "x-criu-replaced-by" in facts else "",
    }
    table = "\n".join(f"| {key} | {_cell(text)} |" for key, text in rows.items() if text)
    return f"## {name}\n\n{facts['description']}\n\n| | |\n| --- | --- |\n{table}\n"


def _releases() -> str:
    def parts() -> Iterator[str]:
        yield "# What changed from release to release\n"
        yield "What each release of CRIU changed in its options; `criulint schema diff OLD NEW` compares any two.\n"
        for old, new in reversed(list(pairwise(releases()))):
            lines = list(differences(load_schema(old), load_schema(new)))
            yield f"## CRIU {new}\n"
            yield (
                "\n".join(["```text", *lines, "```"])
                if lines
                else f"The options are those of {old}."
            )
            yield ""

    return "\n".join(parts())


def _runtimes() -> str:
    def parts() -> Iterator[str]:
        yield "# What runtimes read and send\n"
        yield "A runtime calls CRIU, an engine calls a runtime. What a runtime sends overrides the default files.\n"
        for runtime in runtimes().values():
            yield _runtime(runtime)
        for engine in engines().values():
            names = " or ".join(runtimes()[name].title for name in engine.runtimes)
            yield f"## {engine.title}\n\nIt calls {names}.\n"
            for variable in ("HOME", "CRIU_CONFIG_FILE"):
                if commands := [
                    command
                    for command in ("dump", "pre-dump", "restore")
                    if engine.strips(variable, command)
                ]:
                    yield f"- `{variable}` does not reach CRIU at {', '.join(commands)}."
            yield ""

    return "\n".join(parts())


def _runtime(runtime: Runtime) -> str:
    lines = [f"## {runtime.title}\n"]
    for file in runtime.files:
        needs = f"{runtime.title} {file.since}" + (f" and CRIU {file.criu}" if file.criu else "")
        only = f", if there is no `{file.only_without}`" if file.only_without else ""
        lines.append(f"- It names `{file.path}` to CRIU, from {needs} on{only}.")
    if not runtime.files:
        lines.append("- It names no file to CRIU: only the default files count.")
    lines += ["", "| option | commands | what it sends | versions |", "| --- | --- | --- | --- |"]
    for sent in dict.fromkeys(
        sent for command in runtime.commands for sent in runtime.all_sent(command)
    ):
        versions = f"from {sent.since} on" if sent.since else ""
        lines.append(
            f"| `{sent.option}` | {', '.join(sent.commands)} | {sent.words} | {versions} |"
        )
    return "\n".join([*lines, ""])


def _command_line() -> str:
    parser = full_parser()
    commands = next(
        action for action in parser._actions if isinstance(action, argparse._SubParsersAction)
    )

    def parts() -> Iterator[str]:
        yield "# Command line\n"
        for name, command in commands.choices.items():
            yield from _command(name, command)

    return "\n".join(parts())


def _command(name: str, command: argparse.ArgumentParser) -> Iterator[str]:
    yield f"## criulint {name}\n\n{command.description}\n"
    rows = []
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, inner in action.choices.items():
                yield from _command(f"{name} {word}", inner)
            continue
        if isinstance(action, argparse._HelpAction):
            continue
        value = action.metavar or ("|".join(map(str, action.choices)) if action.choices else "")
        value = value if isinstance(value, str) else " ".join(value)
        takes = action.nargs != 0
        shown = ", ".join(
            f"`{word}{f' {value}' if takes and value else ''}`" for word in action.option_strings
        )
        text = (action.help or "") % {**vars(action), "prog": command.prog}
        rows.append(
            f"| {_cell(shown or f'`{value or action.dest}`')} | {_cell(text).replace('<', '&lt;')} |"
        )
    if rows:
        yield "\n".join(["| argument | what it does |", "| --- | --- |", *rows, ""])
