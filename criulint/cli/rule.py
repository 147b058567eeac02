# SPDX-License-Identifier: GPL-2.0-only
"""``criulint rule``: the documentation of the rules."""

from __future__ import annotations

import argparse
import json
import re
from typing import Any

from criulint.cli.inputs import unknown_word
from criulint.rules.base import AnyRule
from criulint.rules.registry import RULES, find_rule
from criulint.text import shorten


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint rule`` to its parser."""
    parser.add_argument(
        "rule", nargs="?", metavar="CODE|NAME", help="a rule; without one, all are listed"
    )
    parser.add_argument("--all", action="store_true", help="explain all rules")
    parser.add_argument("--format", choices=("text", "json", "md"), default="text")


def run(args: argparse.Namespace) -> int:
    """Print what was asked for."""
    chosen = RULES
    if args.rule:
        rule = find_rule(args.rule)
        if rule is None:
            raise unknown_word(
                "rule", args.rule, [word for rule in RULES for word in (rule.code, rule.name)]
            )
        chosen = (rule,)
    if args.format == "json":
        objects = [_json(rule) for rule in chosen]
        print(json.dumps(objects[0] if args.rule else objects, indent=2))
    elif args.rule or args.all or args.format == "md":
        render = markdown if args.format == "md" else _text
        print("\n\n".join(render(rule) for rule in chosen))
    else:
        for rule in chosen:
            print(f"{rule.code}  {rule.severity!s:7}  {rule.name:24} {rule.summary}")
    return 0


def _json(rule: AnyRule) -> dict[str, Any]:
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": str(rule.severity),
        "fixable": rule.fixable,
        "summary": rule.summary,
        "explanation": rule.explanation,
        "bad": rule.bad,
        "good": rule.good,
        "bad_machine": list(rule.bad_host),
        "good_machine": list(rule.good_host),
        "criu": rule.criu,
        "path": rule.path,
        "runtime": rule.runtime,
        "url": rule.url,
    }


def _example(text: str) -> str:
    """An example with what can't be seen made visible."""
    shown = (
        text.replace("\t", "<TAB>")
        .replace("\r", "<CR>")
        .replace("\0", "<NUL>")
        .replace("\ufeff", "<BOM>")
    )
    return shown.rstrip("\n")


def _circumstances(rule: AnyRule) -> str:
    """What the examples need besides their text."""
    parts = [rule.path, rule.criu and f"CRIU {rule.criu}"]
    parts.append(rule.runtime and f"under {rule.runtime.replace('@', ' ')}")
    told = ", ".join(part for part in parts if part)
    return f" ({told})" if told else ""


def _machine(files: tuple[str, ...], mark: str) -> str:
    """What lies around an example, as a paragraph of its own."""
    return (
        f"\n\nOn a machine with {', '.join(f'{mark}{shorten(file)}{mark}' for file in files)}"
        if files
        else ""
    )


def _facts(rule: AnyRule) -> str:
    fix = "can often be fixed with --fix" if rule.fixable else "has no automatic fix"
    return f"{rule.severity}; {fix}"


def _text(rule: AnyRule) -> str:
    release = _circumstances(rule)

    def indented(text: str) -> str:
        return "\n".join(f"    {line}" for line in _example(text).split("\n"))

    return (
        f"{rule.code} {rule.name}  [{_facts(rule)}]\n\n{rule.summary}\n\n{rule.explanation}\n\n"
        f"Bad{release}:\n{indented(rule.bad)}{_machine(rule.bad_host, '')}\n\n"
        f"Good:\n{indented(rule.good)}{_machine(rule.good_host, '')}\n\n{rule.url}"
    )


# Where a source that an explanation names can be read.
_SOURCES = (
    (r"criu/[a-z0-9/-]+\.c", "https://github.com/checkpoint-restore/criu/blob/v4.2/{}"),
    (r"libcontainer/criu_linux\.go", "https://github.com/opencontainers/runc/blob/v1.3.0/{}"),
    (r"src/libcrun/criu\.c", "https://github.com/containers/crun/blob/1.26/{}"),
    (r"src/lxc/criu\.c", "https://github.com/lxc/lxc/blob/main/{}"),
    (r"libpod/oci_conmon_common\.go", "https://github.com/containers/podman/blob/main/{}"),
    (r"internal/oci/runtime_oci\.go", "https://github.com/cri-o/cri-o/blob/main/{}"),
)


def _linked(text: str) -> str:
    """An explanation whose sources are links."""
    before, mark, sources = text.rpartition("\n\nSource")
    for pattern, address in _SOURCES if mark else ():
        sources = re.sub(
            rf"(?<![\w/])({pattern})", rf"[\1]({address.format(chr(92) + '1')})", sources
        )
    return before + mark + sources


def markdown(rule: AnyRule) -> str:
    """The page of a rule."""
    release = _circumstances(rule)
    return (
        f"# {rule.name} ({rule.code})\n\n*{_facts(rule)}*\n\n{rule.summary}\n\n{_linked(rule.explanation)}\n\n"
        f"## Bad{release}\n\n```text\n{_example(rule.bad)}\n```{_machine(rule.bad_host, '`')}\n\n"
        f"## Good\n\n```text\n{_example(rule.good)}\n```{_machine(rule.good_host, '`')}"
    )
