# SPDX-License-Identifier: MIT
"""``criulint rule``: explain the rules."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from criulint.cli import add_format_argument
from criulint.cli.inputs import unknown_word
from criulint.cli.streams import show
from criulint.report.terminal import style_for
from criulint.rules import rendering
from criulint.rules.registry import RULES, find_rule
from criulint.text import to_json

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint rule`` to its parser."""
    parser.add_argument(
        "rule", nargs="?", metavar="CODE|NAME", help="the rule to explain (default: list all rules)"
    )
    parser.add_argument("--all", action="store_true", help="explain all rules")
    add_format_argument(parser, "text", "json", "md")


def run(args: argparse.Namespace) -> int:
    """Print what was asked for; return the exit status."""
    chosen = RULES
    if args.rule:
        rule = find_rule(args.rule)
        if rule is None:
            known = [word for each in RULES for word in (each.code, each.name)]
            raise unknown_word("rule", args.rule, known)
        chosen = (rule,)
    if args.format == "json":
        objects = [rendering.as_json(rule) for rule in chosen]
        print(to_json(objects[0] if args.rule else objects, indent=2))
    elif args.format == "md":
        print("\n\n".join(map(rendering.markdown, chosen)))
    else:
        from criulint.report.rule import render_list, render_rule

        style = style_for(sys.stdout, "auto")
        if args.rule or args.all:
            show("\n\n".join(render_rule(rule, style) for rule in chosen), style)
        else:
            show(render_list(chosen, style), style)
    return 0
