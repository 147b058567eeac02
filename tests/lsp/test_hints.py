# SPDX-License-Identifier: MIT
"""Inlay hints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lsp.editor import make_range, open_document

if TYPE_CHECKING:
    from tests.lsp.client import Client


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("verbosity 4\n", [("CRIU: +1, level 3", 11)]),
        ("verbosity=4\nverbosity\n", []),
        ("tcp-close false\n", [("CRIU: on", 15)]),
        ("no-tcp-close yes\n", [("CRIU: tcp-close off", 16)]),
        ("manage-cgroups ignore\n", [("CRIU: ignored", 21)]),
        ("ghost-limit 10m\n", [("CRIU: 10 bytes", 15)]),
        ("ghost-limit 1M\n", [("CRIU: 1048576 bytes", 14)]),
        ("timeout 10m\n", [("CRIU: 10 s", 11)]),
        ("tcp-est\n", [("CRIU: tcp-established", 7)]),
        ('log-file "a#b"\n', [("CRIU: a", 14)]),
        ('log-file "a"\n', []),
        ("log-file\nshell-job\n", [("CRIU: --shell-job", 8)]),
        ("port 0\n", []),
    ],
)
def test_inlay_hints(client: Client, text: str, result: list[tuple[str, int]]) -> None:
    uri = open_document(client, text)
    hints = client.of(uri, "inlayHint", range=make_range(0, 0, 0, 99))
    assert [(hint["label"], hint["position"]["character"]) for hint in hints] == result
    assert client.of(uri, "inlayHint", range=make_range(50, 0, 0, 99)) == []
