# SPDX-License-Identifier: MIT
"""A page for each release of CRIU: what it changes for configuration files."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from criulint import check
from criulint.cli.schema import differences
from criulint.criu.releases import latest_release, load_schema, releases
from criulint.rules.registry import RULES
from docs.generate.markdown import block, code, contents, definitions, listing, plain, table
from docs.generate.rules import linked
from docs.generate.runtimes import files_since

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from criulint.rules.base import AnyRule

# That a release has an option or not is a part of the page of its own.
_OPTIONS_COME_AND_GO = {"CRIU102"}
# Of no interest to authors of files: how the schema says it.
_INTERNAL = ("refused with: ", "check: ", "pattern: ")
_INDEX = """\
# What each release changes

Before you upgrade CRIU: what the new release reads differently in your files.

criulint knows every release of CRIU that reads configuration files, from {oldest} on. `--criu`, or
`criu` in `criulint.toml`, names the one that reads yours; the default is the newest, {newest}.
`criulint schema diff OLD NEW` compares any two. The table names options that are new, removed or
changed; the page of a release also says which lines are read differently.
"""


def pages() -> dict[str, str]:
    """Return the pages by path."""
    pairs = list(pairwise(releases()))
    made = {f"reference/releases/{new}.md": _page(old, new) for old, new in pairs}
    return {"reference/releases/index.md": _index(pairs), **made}


def _index(pairs: Sequence[tuple[str, str]]) -> str:
    rows = [
        (f"[{new}]({new}.md)", *map(_names, _differences(old, new))) for old, new in reversed(pairs)
    ]
    return "\n".join(
        [
            _INDEX.format(oldest=releases()[0], newest=latest_release()),
            table(("release", "new", "removed", "changed"), rows),
            contents((f"CRIU {new}", new) for _, new in reversed(pairs)),
        ]
    )


def _names(entries: list[tuple[str, str]]) -> str:
    names = dict.fromkeys(name for name, _ in entries if not name.startswith("no-"))
    return ", ".join(map(code, names)) or "-"


def _differences(
    old: str, new: str
) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[tuple[str, str]]]:
    """Return what is new, what is gone and what changed, as names and what there is to say."""
    added, gone, changed = [], [], []
    for line in differences(load_schema(old), load_schema(new)):
        mark, text = line[0], line[2:]
        if mark == "+":
            added.append((text.split(" ")[0].split("[")[0], text))
        elif mark == "-":
            gone.append((text, text))
        else:
            name, _, change = text.partition(": ")
            if not change.startswith(_INTERNAL):
                changed.append((name, change.replace(" -> ", " → ")))
    return added, gone, changed


def _page(old: str, new: str) -> str:
    return "\n".join(_parts(old, new))


def _parts(old: str, new: str) -> Iterator[str]:
    added, gone, changed = _differences(old, new)
    yield f"# What CRIU {new} changes for your files\n"
    command = code(f"criulint check --criu {new}")
    yield f"Compared with CRIU {old}. To check files for this release: {command}.\n"
    if added:
        yield f"## New options\n\nCRIU {old} refuses a file that sets one of them.\n"
        yield definitions(_new_options(added, load_schema(new)))
    if gone:
        yield f"## Removed options\n\nCRIU {new} refuses a file that sets one of them.\n"
        yield "\n".join(f"- {code(name)}" for name, _ in gone) + "\n"
    if changed:
        yield "## Changed options\n"
        yield "\n".join(f"- {code(name)}: {plain(text)}" for name, text in changed) + "\n"
    if named := files_since(new):
        yield "## Runtimes\n"
        yield "\n".join(f"- {line}" for line in named) + "\n"
    moved = list(_findings_that_changed(old, new))
    if moved:
        yield "## Lines that are read differently\n"
        yield from moved
    if not (added or gone or changed or named or moved):
        yield "Nothing: the options are the same, and so is the way in which files are read.\n"


def _new_options(added: list[tuple[str, str]], schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, usage in added:
        facts = schema["properties"][name]
        if "x-criu-negates" in facts:
            continue
        negation = facts.get("x-criu-negated-by")
        parts = [facts["description"], facts.get("x-criu-advice", "")]
        if commands := facts["x-criu-commands"]:
            parts.append(f"For {listing(commands)}.")
        if negation:
            parts.append(f"Switched off by {code(negation)}.")
        yield code(usage), plain(" ".join(filter(None, parts)))


def _findings_that_changed(old: str, new: str) -> Iterator[str]:
    """Compare what criulint finds in the examples of all rules for the two releases."""
    for rule in RULES:
        if rule.bad_host or rule.code in _OPTIONS_COME_AND_GO:
            continue
        before, after = _codes(rule, old), _codes(rule, new)
        if before != after and not (before | after) & _OPTIONS_COME_AND_GO:
            where = f" in `{rule.path}`" if rule.path else ""
            yield f"{rule.summary} For example{where}:\n"
            yield block("text", rule.bad)
            yield f"CRIU {old}: {_said(before)}. CRIU {new}: {_said(after)}.\n"


def _codes(rule: AnyRule, release: str) -> frozenset[str]:
    path = rule.path or "criu/example.conf"
    findings = check(rule.bad.encode("utf-8", "surrogateescape"), path=path, criu=release)
    return frozenset(finding.code for finding in findings)


def _said(codes: frozenset[str]) -> str:
    return linked(listing(sorted(codes))) if codes else "nothing to report"
