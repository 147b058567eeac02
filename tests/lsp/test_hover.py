# SPDX-License-Identifier: MIT
"""What a hover shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lsp.editor import open_document

if TYPE_CHECKING:
    from tests.lsp.client import Client


@pytest.mark.parametrize(
    ("text", "line", "character", "parts"),
    [
        (
            "tcp-close false\n",
            0,
            2,
            [
                "CRIU 4.2.1: sets tcp-close; ignores `false`",
                "Drops TCP",
                "default: off",
                "since CRIU 3.11",
            ],
        ),
        (
            "tcp-close\ntcp-close false # criulint: ignore[CRIU201]\n",
            1,
            38,
            [
                "**CRIU201 value-ignored**\n\n",
                "[What it means and what to do](https://criulint.readthedocs.io",
            ],
        ),
        (
            "manage-cgroups=full\n",
            0,
            3,
            ["- `full`: restores all", "runc sends `soft` unless `--manage-cgroups-mode`"],
        ),
        ("tcp_close\n", 0, 3, ["refused: unrecognized option", "Drops TCP"]),
        ("external mnt[]:m\n", 0, 3, ["external TYPE[ID]{:VALUE}", "may be given several times"]),
        ("log-file\nx\n", 1, 0, ["read as the value of `log-file`"]),
    ],
)
def test_hover(client: Client, text: str, line: int, character: int, parts: list[str]) -> None:
    found = client.of(open_document(client, text, "default.conf"), "hover", line, character)
    assert found["contents"]["kind"] == "markdown"
    for part in parts:
        assert part in found["contents"]["value"]


@pytest.mark.parametrize(
    ("text", "line", "character"),
    [("", 0, 0), ("# tcp-close\n", 0, 4), ("a\n\n", 1, 0), ("x\n", 9, 9)],
)
def test_nothing_to_hover_over(client: Client, text: str, line: int, character: int) -> None:
    assert client.of(open_document(client, text), "hover", line, character) is None
