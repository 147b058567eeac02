# SPDX-License-Identifier: MIT
"""The documentation of a rule: as text, as a Markdown page, and as JSON.

`criulint.report.rule` shows it on a terminal.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.rules.base import AnyRule

# What an example shows in place of invisible characters.
_VISIBLE = {"\t": "<TAB>", "\r": "<CR>", "\0": "<NUL>", "\ufeff": "<BOM>"}

# The URLs of the sources that an explanation names.
_SOURCES = {
    r"criu/[a-z0-9/-]+\.c": "https://github.com/checkpoint-restore/criu/blob/v4.2/",
    r"libcontainer/criu_linux\.go": "https://github.com/opencontainers/runc/blob/v1.3.0/",
    r"src/libcrun/criu\.c": "https://github.com/containers/crun/blob/1.26/",
    r"src/lxc/criu\.c": "https://github.com/lxc/lxc/blob/main/",
    r"libpod/oci_conmon_common\.go": "https://github.com/containers/podman/blob/main/",
    r"internal/oci/runtime_oci\.go": "https://github.com/cri-o/cri-o/blob/main/",
}


def as_json(rule: AnyRule) -> dict[str, Any]:
    """Return what ``criulint rule --format json`` prints for a rule."""
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": str(rule.severity),
        "severity_varies": rule.severity_varies,
        "fixable": rule.fixable,
        "summary": rule.summary,
        "explanation": rule.explanation,
        "bad": rule.bad,
        "good": rule.good,
        "bad_machine": list(rule.bad_host),
        "good_machine": list(rule.good_host),
        "criu": rule.criu,
        "path": rule.path,
        "good_path": rule.good_path,
        "runtime": rule.runtime,
        "url": rule.url,
    }


def rule_text(rule: AnyRule) -> str:
    """Return a rule's summary and explanation as text."""
    return f"{rule.summary}\n\n{rule.explanation}"


def markdown(rule: AnyRule) -> str:
    """Return the page of a rule, with the examples."""
    return "\n\n".join(
        (
            f"# {rule.name} ({rule.code})",
            f"*{facts(rule)}*",
            rule.summary,
            _link_sources(rule.explanation),
            *_examples(rule),
        )
    )


def help_text(rule: AnyRule) -> str:
    """Return what to show below a rule's summary, as text: the explanation and the examples."""
    parts = [rule.explanation]
    for title, lines, host in examples(rule):
        parts += ["\n".join((f"{title}:", *(f"    {line}" for line in lines))), *host_note(host)]
    return "\n\n".join((*parts, rule.url))


def help_markdown(rule: AnyRule) -> str:
    """Return what to show below a rule's summary, as Markdown."""
    link = f"[The page of {rule.code} {rule.name}]({rule.url})"
    return "\n\n".join((_link_sources(rule.explanation), *_examples(rule), link))


def _examples(rule: AnyRule) -> Iterator[str]:
    for title, lines, host in examples(rule):
        yield f"## {title}"
        yield "\n".join(("```text", *lines, "```"))
        yield from host_note(host, "`")


def examples(rule: AnyRule) -> Iterator[tuple[str, list[str], tuple[str, ...]]]:
    """Yield the bad example and the good one: a title, the lines, and the host's files."""
    yield f"Bad{_circumstances(rule)}", _example_lines(rule.bad), rule.bad_host
    place = f" ({rule.good_path})" if rule.good_path != rule.path else ""
    yield f"Good{place}", _example_lines(rule.good), rule.good_host


def facts(rule: AnyRule) -> str:
    """Return the severity of a rule, and whether it has fixes."""
    fix = "can often be fixed with --fix" if rule.fixable else "has no automatic fix"
    return f"{shown_severity(rule)}; {fix}"


def shown_severity(rule: AnyRule) -> str:
    """Return the severity of a rule, and whether it varies."""
    return f"{rule.severity} (varies)" if rule.severity_varies else str(rule.severity)


def _circumstances(rule: AnyRule) -> str:
    """Return, in parentheses, what the examples need besides their text."""
    parts = [rule.path] if rule.path else []
    if rule.criu:
        parts.append(f"CRIU {rule.criu}")
    if rule.runtime:
        parts.append(f"under {rule.runtime.replace('@', ' ')}")
    return f" ({', '.join(parts)})" if parts else ""


def host_note(files: tuple[str, ...], quote: str = "") -> list[str]:
    """Return a paragraph about the files around an example, if there are any."""
    if not files:
        return []
    names = ", ".join(f"{quote}{shorten(file)}{quote}" for file in files)
    return [f"On a host with {names}"]


def _example_lines(text: str) -> list[str]:
    """Return the lines of an example, with names for invisible characters."""
    for character, name in _VISIBLE.items():
        text = text.replace(character, name)
    return text.rstrip().split("\n")


def _link_sources(explanation: str) -> str:
    """Return an explanation whose sources are links."""
    before, heading, sources = explanation.rpartition("\n\nSource")
    if not heading:
        return explanation
    for pattern, address in _SOURCES.items():
        sources = re.sub(rf"(?<![\w/])({pattern})", rf"[\1]({address}\1)", sources)
    return before + heading + sources
