# SPDX-License-Identifier: MIT
"""A page for each rule, and the table of all rules by family and by severity."""

from __future__ import annotations

import io
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING

from criulint.cli import main
from criulint.finding import Severity
from criulint.rules.families import FAMILIES
from criulint.rules.registry import RULES
from criulint.rules.rendering import markdown, shown_severity
from docs.generate.markdown import block, code, contents, listing, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.rules.base import AnyRule

_MEANINGS = {
    Severity.ERROR: "CRIU refuses the file, crashes, or a command fails.",
    Severity.WARNING: "CRIU runs, but does not do what the file says.",
    Severity.INFO: "The file works; it could be better, or its effect depends on the runtime.",
}
_INTRODUCTION = """\
A rule has a code, such as `CRIU201`, and a name, such as `value-ignored`. Either one works
wherever a rule is named, and so does a prefix of a code: `CRIU2` is its whole family. The page of a
rule says what CRIU does, shows a bad file, the finding, and a good file, and how to silence the
rule; `criulint rule CRIU201` prints most of it in the terminal. [](../guide/findings.md) explains
how to read a finding. For a *fixable* rule, `--fix` or `--unsafe-fixes` fixes most findings.
"""


def pages() -> dict[str, str]:
    """Return the pages by path."""
    return {"rules/index.md": _index()} | {f"rules/{rule.name}.md": _page(rule) for rule in RULES}


def _index() -> str:
    return "\n".join(["# Rules\n", _INTRODUCTION, *_families(), *_severities(), _contents()])


def _families() -> Iterator[str]:
    for family in FAMILIES:
        yield f"## {family.prefix}xx: {family.title}\n\n{family.summary}\n"
        rows = [_row(rule) for rule in RULES if rule.family is family]
        yield table(("rule", "severity", "what it finds"), rows)


def _row(rule: AnyRule) -> tuple[str, str, str]:
    marks = [shown_severity(rule), "fixable" if rule.fixable else ""]
    marks.append("" if rule.default else "off by default")
    return f"{rule.code} {_link(rule)}", ", ".join(filter(None, marks)), rule.summary


def _link(rule: AnyRule) -> str:
    return f"[{rule.name}]({rule.name}.md)"


def _severities() -> Iterator[str]:
    yield "## By severity\n"
    for severity, meaning in _MEANINGS.items():
        links = [_link(rule) for rule in RULES if rule.severity is severity]
        yield f"**{severity}**: {meaning} {listing(links)}.\n"


def _contents() -> str:
    return contents((f"{rule.code} {rule.name}", rule.name) for rule in RULES)


def _page(rule: AnyRule) -> str:
    text = f"{markdown(rule)}\n{_silence(rule)}"
    if rule.bad_host:
        return text
    # A suppression without use takes the rules that it could hide.
    printed = _printed(rule, "select") or _printed(rule, "extend-select")
    before, heading, after = text.rpartition("\n## Good")
    return f"{before}\ncriulint reports:\n\n{block('text', printed)}{heading}{after}"


def _silence(rule: AnyRule) -> str:
    """Return how to hide the findings of a rule."""
    return (
        "\nTo silence the rule on one line, write"
        f" `# criulint: ignore[{rule.code}] reason` after the option, or alone on the line above"
        " it."
        f' To silence it everywhere, write `ignore = ["{rule.code}"]` into `criulint.toml`.'
        " [](../guide/suppressions.md) has the details.\n"
    )


def _printed(rule: AnyRule, select: str) -> str:
    """Return what ``criulint check`` prints for the bad example."""
    path = rule.path or "criu/example.conf"
    arguments = ["check", "--isolated", "--color=never", "--format=full", "--fail-on=never"]
    arguments += [f"--{select}={rule.code}", f"--stdin-filename={path}"]
    if rule.criu:
        arguments.append(f"--criu={rule.criu}")
    if rule.runtime:
        arguments.append(f"--runtime={rule.runtime}")
    output, standard_input = io.StringIO(), sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(rule.bad.encode("utf-8", "surrogateescape")))
    try:
        with redirect_stdout(output), redirect_stderr(io.StringIO()):
            main([*arguments, "-"])
    finally:
        sys.stdin = standard_input
    return output.getvalue().strip("\n")


def linked(text: str) -> str:
    """Return text in which codes of rules are links, for a page two folders below the top."""
    by_code = {rule.code: rule for rule in RULES}

    def link(match: re.Match[str]) -> str:
        rule = by_code[match[0]]
        return f"[{code(rule.code)}](../../rules/{rule.name}.md)"

    return re.sub(r"CRIU\d{3}", link, text)
