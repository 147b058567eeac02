# SPDX-License-Identifier: MIT
"""Hosts whose parser is not installed."""

from __future__ import annotations

import sys
from unittest.mock import patch

import pytest

from criulint.embedded import hosts
from criulint.embedded.languages import trees
from criulint.source import Source


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("x.py", "tree_sitter"),
        ("x.py", "tree_sitter_python"),
        ("x.go", "tree_sitter_go"),
        ("x.rs", "tree_sitter_rust"),
        ("x.c", "tree_sitter_c"),
        ("x.ts", "tree_sitter_typescript"),
        ("x.nix", "tree_sitter_nix"),
        ("x.pp", "tree_sitter_puppet"),
        ("x.md", "markdown_it"),
    ],
)
def test_message_names_the_extra(name: str, module: str) -> None:
    source = Source(b"open('/etc/criu/runc.conf', 'w').write('x')", name)
    kind = hosts.kind_of(name)
    assert kind
    hosts.follow_host(source, kind)  # imports what the patch would otherwise forget again
    trees.load_grammar.cache_clear()
    with patch.dict(sys.modules, {module: None}), pytest.raises(hosts.MissingExtraError) as error:
        hosts.follow_host(source, kind)
    assert "criulint with the extra `scripts`" in str(error.value)
    assert hosts.follow_host(source, kind)
