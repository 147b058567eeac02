# SPDX-License-Identifier: MIT
"""Semantic tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lsp.editor import make_range, open_document, semantic_tokens

if TYPE_CHECKING:
    from tests.lsp.client import Client


def test_semantic_tokens(client: Client) -> None:
    text = (
        "# \U0001d11e\ntcp-close false # c\nghost-limit 10M\nmanage-cgroups=full\n"
        "log-file \U0001d11e\nbad_ x\nlog-file x y\n"
    )
    uri = open_document(client, text)
    result = semantic_tokens(client, uri, text)
    assert result == [
        ("# \U0001d11e", "comment", False),
        ("tcp-close", "property", False),
        ("false", "string", True),
        ("# c", "comment", False),
        ("ghost-limit", "property", False),
        ("10M", "number", False),
        ("manage-cgroups", "property", False),
        ("=", "operator", False),
        ("full", "enumMember", False),
        ("log-file", "property", False),
        ("\U0001d11e", "string", False),
        ("bad_", "property", True),
        ("x", "string", True),
        ("log-file", "property", False),
        ("x", "string", False),
        ("y", "string", True),
    ]
    assert (
        semantic_tokens(client, uri, text, "semanticTokens/range", range=make_range(2, 0, 0, 3))
        == result[4:9]
    )
