# SPDX-License-Identifier: MIT
"""What the page of promises names is there: tests, limits, bounds."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from criulint import discovery, patterns
from criulint.advise import log
from criulint.configuration import load
from criulint.configuration.limits import DEFAULT_LIMITS
from criulint.embedded import decode, model
from criulint.embedded.manifest import files
from criulint.embedded.manifest import load as manifest
from criulint.lsp import protocol

_TOP = Path(__file__).parents[2]
_PAGE = (_TOP / "docs/guide/promises.md").read_text(encoding="utf-8")


def test_each_promise_names_a_test_that_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", _PAGE)
    assert len(named) > 25
    for path, name in named:
        tree = ast.parse((_TOP / path).read_text(encoding="utf-8"))
        found = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert name in found, f"{path}::{name}"
    sections = _PAGE.split("\n## ")[1:]
    assert all("`tests/" in section for section in sections)


def test_limits_are_those_of_the_program() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\d,]+(?: MiB)?) \|", _PAGE, re.MULTILINE))
    shown = {
        name: int(text.removesuffix(" MiB").replace(",", "")) << (20 if "MiB" in text else 0)
        for name, text in rows.items()
    }
    assert shown == DEFAULT_LIMITS._asdict()


def test_bounds_are_those_of_the_program() -> None:
    assert load._MAX_SIZE == discovery._MAX_IGNORE_FILE == files._MAX_CONTENT == 1 << 20
    for number in (
        discovery._MAX_IGNORE_PATTERNS,
        patterns.MAX_LENGTH,
        manifest._MAX_EVENTS,
        protocol._MAX_DOCUMENTS,
        protocol._MAX_CHARACTERS,
        model._MAX_MADE,
        model._MAX_VISITS,
        log._MAX_LINES,
    ):
        assert f"{number:,}" in _PAGE
    assert f"{log.MAX_LOG_SIZE >> 20} MiB, {log._MAX_LINES:,}" in _PAGE
    assert f"characters, {model._MAX_SECONDS:.0f} seconds" in _PAGE
    assert f"{decode._MAX_SIZE >> 10} KiB" in _PAGE
    assert f"{manifest._MAX_DEPTH} deep" in _PAGE
    assert f"{protocol._MAX_MESSAGE >> 20} MiB, {protocol._MAX_HEADER >> 10} KiB" in _PAGE
